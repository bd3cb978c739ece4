//! What the environment says about services: tokens, the identity of the job, the proxy, and which services were named.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};

use super::global::Global;
use crate::http::{Proxy, Token};
use crate::remote::{Access, Address, IdentitySource, Origin, Tokens, is_address};

/// The service that may have the token of the environment: its address, or that of one of its projects.
const SERVER: &str = "ABIGATE_SERVER";

/// A token for the services that were named.
const TOKEN: &str = "ABIGATE_TOKEN";

/// What GitLab calls the job's identity token, by `id_tokens:` of the job.
const ID_TOKEN: &str = "ABIGATE_ID_TOKEN";

/// What there is to prove rights with.
pub(super) fn access(global: &Global) -> Result<Access> {
    let mut named = Vec::new();
    if let Some(store) = global.store.as_deref().and_then(|store| store.to_str()).filter(|it| is_address(it))
    {
        named.push(store.parse::<Address>()?.origin);
    }
    if let Some(server) = variable(SERVER) {
        named.push(server.parse::<Origin>().context(SERVER)?);
    }
    Ok(Access {
        named,
        token: token()?,
        identity: identity()?,
        tokens: tokens(),
        proxy: proxy()?,
        ..Access::default()
    })
}

/// The project that `ABIGATE_SERVER` names, if it names one.
pub(super) fn server() -> Option<Address> {
    variable(SERVER)?.parse().ok()
}

/// The file of tokens, where the system says that such things belong.
pub(super) fn tokens() -> Option<Tokens> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = directory("XDG_CONFIG_HOME").or_else(|| directory("HOME").map(|home| home.join(".config")))?;
    Some(Tokens::below(&base.join("abigate")))
}

/// The proxy of `HTTPS_PROXY`, and what is reached without it.
pub(super) fn proxy() -> Result<Option<Proxy>> {
    let either = |upper, lower| variable(upper).or_else(|| variable(lower));
    let except = either("NO_PROXY", "no_proxy").unwrap_or_default();
    // It may hold a password.
    let wrong = || anyhow!("HTTPS_PROXY is not the URL of a proxy");
    either("HTTPS_PROXY", "https_proxy").map(|url| Proxy::new(&url, &except).ok_or_else(wrong)).transpose()
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
