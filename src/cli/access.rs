//! What the environment says about services: tokens, the identity of the job, the proxy, and which services were named.

use std::{env, fs};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::http::{PROXY, Proxy, Roots, Token, Way};
use crate::remote::{Access, Address, IdentitySource, JobTokens, Origin, Tokens};
use crate::store::Location;

use super::directories;

/// The service that may have the token of the environment: its address, or that of one of its projects.
const SERVER: &str = "ABIGATE_SERVER";

/// A token for the services that were named.
const TOKEN: &str = "ABIGATE_TOKEN";

/// A file with the certificates of who signs those of services, in the place of Mozilla's list.
const ROOTS: &str = "SSL_CERT_FILE";

/// What GitLab calls the job's identity token, by `id_tokens:` of the job.
const ID_TOKEN: &str = "ABIGATE_ID_TOKEN";

/// What there is to prove rights with. `store`: where whoever runs the program says that baselines are.
pub(super) fn access(store: Option<&Location>) -> Result<Access> {
    let mut named = Vec::new();
    if let Some(Location::Service(address)) = store {
        named.push(address.origin.clone());
    }
    if let Some(server) = variable(SERVER) {
        named.push(server.parse::<Origin>().context(SERVER)?);
    }
    Ok(Access {
        named,
        token: token()?,
        identity: identity()?,
        job_tokens: directories::config().map(|directory| JobTokens::below(&directory)),
        tokens: tokens(),
        way: way()?,
        ..Access::default()
    })
}

/// The project that `ABIGATE_SERVER` names, if it names one.
pub(super) fn server() -> Option<Address> {
    variable(SERVER)?.parse().ok()
}

/// The file of tokens, where the system says that such things belong.
pub(super) fn tokens() -> Option<Tokens> {
    directories::config().map(|directory| Tokens::below(&directory))
}

/// The proxy of `HTTPS_PROXY`, and the certificates of `SSL_CERT_FILE`, which other programs know as well.
pub(super) fn way() -> Result<Way> {
    let roots = match variable(ROOTS) {
        None => Roots::default(),
        Some(path) => {
            let pem = fs::read(&path).with_context(|| format!("{ROOTS}: {path}"))?;
            Roots::parse(&pem)
                .with_context(|| format!("{ROOTS}: {path} is no file of certificates in PEM"))?
        }
    };
    let proxy = Proxy::of_variables(variable).map_err(|_| anyhow!("{PROXY} is not the URL of a proxy"))?;
    Ok(Way { proxy, roots })
}

fn token() -> Result<Option<Token>> {
    variable(TOKEN)
        .map(|text| Token::new(&text).with_context(|| format!("{TOKEN} is not a token")))
        .transpose()
}

fn identity() -> Result<Option<IdentitySource>> {
    if let Some(text) = variable(ID_TOKEN) {
        let token = Token::new(&text).with_context(|| format!("{ID_TOKEN} is not a token"))?;
        return Ok(Some(IdentitySource::Given(token)));
    }
    let right = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
    let (Some(url), Some(text)) = (variable("ACTIONS_ID_TOKEN_REQUEST_URL"), variable(right)) else {
        return Ok(None);
    };
    let Some(token) = Token::new(&text) else { bail!("{right} is not a token") };
    Ok(Some(IdentitySource::Github { url, token }))
}

/// A variable, of which an empty one is none.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
