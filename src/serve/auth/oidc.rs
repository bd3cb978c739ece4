//! Identity tokens that forges give their jobs, exchanged for tokens of ours: a workflow that a project named as its publisher
//! pushes without a stored secret.
//!
//! The token says of itself who signed it; only issuers of the configuration are asked for their keys (`issuer_keys`), so
//! that a token does not make the service call anybody. Each token counts once.

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::patterns::Glob;
use crate::remote::api::{Publisher, Scope};
use crate::serve::config::{Forge, Issuer};

use super::issuer_keys::{self, IssuerKeys};

/// Clocks may differ by so many seconds.
const LEEWAY: u64 = 60;

/// Why a token is refused. What is told to whoever sent it says what they have to mend, and nothing of others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// No issuer of the configuration.
    #[error("the token's issuer is not one that this service knows")]
    Issuer,
    /// The signature, the audience or a time.
    #[error("the token is not valid: {0}")]
    Invalid(String),
    /// A claim that has to be there.
    #[error("the token has no {0}")]
    Claim(&'static str),
    /// Jobs of such events run what strangers wrote with the rights of the project.
    #[error("tokens of {0} jobs are not exchanged")]
    Event(String),
    /// It is nobody whom the project named.
    #[error("the project has no publisher with this repository, workflow, environment and ref")]
    NoPublisher,
    /// The issuer's keys could not be had now: the token may be a good one.
    #[error("{0}")]
    Keys(String),
}

impl From<issuer_keys::Error> for Refused {
    fn from(error: issuer_keys::Error) -> Refused {
        match error {
            issuer_keys::Error::Unread(_) => Refused::Keys(error.to_string()),
            other => Refused::Invalid(other.to_string()),
        }
    }
}

/// What a token that is valid says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Who signed it.
    pub(crate) issuer: String,
    /// Its number.
    pub(crate) jti: String,
    /// When it ends, in milliseconds since 1970, with what clocks may differ.
    pub(crate) expires_at: i64,
    owner_id: String,
    repository_id: String,
    /// The workflow's file, without its ref.
    workflow: String,
    environment: Option<String>,
    git_ref: String,
    /// The commit.
    sha: String,
    /// Whether the job is about a change that is not merged.
    is_change: bool,
}

impl Identity {
    /// What it may do under a project's publishers: the most that one of them gives it.
    ///
    /// # Errors
    /// None of them is this.
    pub(crate) fn scope<'p>(
        &self,
        publishers: impl Iterator<Item = &'p Publisher>,
    ) -> Result<Scope, Refused> {
        let most = publishers.filter(|publisher| self.is(publisher)).map(|publisher| publisher.scope).max();
        let most = most.ok_or(Refused::NoPublisher)?;
        // Whoever proposes a change controls its workflow.
        let most = if self.is_change { most.min(Scope::PushClaims) } else { most };
        Ok(most.min(Scope::PushReleases))
    }

    fn is(&self, publisher: &Publisher) -> bool {
        let refs = Glob::parse(&publisher.refs).is_ok_and(|glob| glob.matches(&self.git_ref));
        publisher.issuer == self.issuer
            && publisher.owner_id == self.owner_id
            && publisher.repository_id == self.repository_id
            && publisher.workflow == self.workflow
            && publisher.environment.as_ref().is_none_or(|name| self.environment.as_ref() == Some(name))
            && (refs || self.is_change)
    }

    /// What is kept of it beside what it sends.
    pub(crate) fn provenance(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "repository_id": self.repository_id,
            "workflow": self.workflow,
            "ref": self.git_ref,
            "sha": self.sha,
        })
    }
}

/// Claims that every issuer's tokens have.
#[derive(Debug, Deserialize)]
struct Claims {
    jti: Option<String>,
    iat: Option<u64>,
    exp: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Reads a token. `audience`: how this service is reached, which the token has to be for.
///
/// # Errors
/// It is refused.
pub(crate) async fn identify(keys: &IssuerKeys, token: &str, audience: &str) -> Result<Identity, Refused> {
    let invalid = |error: jsonwebtoken::errors::Error| Refused::Invalid(error.to_string());
    let header = jsonwebtoken::decode_header(token).map_err(invalid)?;
    let issuer = keys.issuer(&issuer_of(token)?).ok_or(Refused::Issuer)?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(Refused::Invalid("it is signed neither by RS256 nor by ES256".to_owned()));
    }
    let kid = header.kid.ok_or(Refused::Claim("kid"))?;
    let key = keys.key(issuer, &kid).await?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_audience(&[audience]);
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(invalid)?.claims;
    identity(issuer, claims)
}

/// Who a token says has signed it; believed only to choose whose keys it is held against.
fn issuer_of(token: &str) -> Result<String, Refused> {
    #[derive(Deserialize)]
    struct Iss {
        iss: String,
    }
    let claims = jsonwebtoken::dangerous::insecure_decode::<Iss>(token);
    claims.map(|data| data.claims.iss).map_err(|error| Refused::Invalid(error.to_string()))
}

fn identity(issuer: &Issuer, claims: Claims) -> Result<Identity, Refused> {
    let text = |name: &'static str| match claims.rest.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Refused::Claim(name)),
    };
    claims.iat.ok_or(Refused::Claim("iat"))?;
    let jti = claims.jti.clone().filter(|jti| !jti.is_empty()).ok_or(Refused::Claim("jti"))?;
    let expires_at =
        i64::try_from(claims.exp.saturating_add(LEEWAY).saturating_mul(1000)).unwrap_or(i64::MAX);
    let environment = text("environment").ok();
    let (owner, repository, workflow, is_change) = match issuer.forge {
        Forge::Github => {
            let event = text("event_name")?;
            if ["pull_request_target", "workflow_run"].contains(&&*event) {
                return Err(Refused::Event(event));
            }
            let is_change = event.starts_with("pull_request");
            ("repository_owner_id", "repository_id", text("job_workflow_ref")?, is_change)
        }
        Forge::Gitlab => {
            let is_change = text("pipeline_source")? == "merge_request_event";
            ("namespace_id", "project_id", text("ci_config_ref_uri")?, is_change)
        }
    };
    let workflow = workflow.split('@').next().unwrap_or_default().to_owned();
    Ok(Identity {
        issuer: issuer.issuer.clone(),
        jti,
        expires_at,
        owner_id: text(owner)?,
        repository_id: text(repository)?,
        workflow,
        environment,
        git_ref: git_ref(issuer.forge, &text)?,
        sha: text("sha")?,
        is_change,
    })
}

/// The ref as git spells it: GitLab names branches and tags apart.
fn git_ref(forge: Forge, text: &impl Fn(&'static str) -> Result<String, Refused>) -> Result<String, Refused> {
    let name = text("ref")?;
    Ok(match forge {
        Forge::Github => name,
        Forge::Gitlab if text("ref_type")? == "tag" => format!("refs/tags/{name}"),
        Forge::Gitlab => format!("refs/heads/{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn github() -> Issuer {
        let issuer = "https://token.actions.githubusercontent.com".to_owned();
        Issuer { issuer, forge: Forge::Github, keys: None }
    }

    fn claims(event: &str) -> Claims {
        serde_json::from_value(json!({
            "jti": "1", "iat": 1, "exp": 2, "event_name": event, "repository_owner_id": "7", "repository_id": 8,
            "job_workflow_ref": "o/r/.github/workflows/release.yml@refs/tags/v1", "ref": "refs/tags/v1", "sha": "ab",
        }))
        .unwrap()
    }

    fn publisher(refs: &str) -> Publisher {
        Publisher {
            issuer: github().issuer,
            owner_id: "7".to_owned(),
            repository_id: "8".to_owned(),
            workflow: "o/r/.github/workflows/release.yml".to_owned(),
            environment: None,
            refs: refs.to_owned(),
            scope: Scope::PushReleases,
        }
    }

    #[test]
    fn a_publisher_is_who_the_project_named() {
        let identity = identity(&github(), claims("push")).unwrap();
        let scope = |publisher: Publisher| identity.scope([&publisher].into_iter());
        assert_eq!(scope(publisher("refs/tags/v*")), Ok(Scope::PushReleases));
        assert_eq!(scope(publisher("refs/heads/*")), Err(Refused::NoPublisher));
        let mut other = publisher("refs/tags/v*");
        other.repository_id = "9".to_owned();
        assert_eq!(scope(other), Err(Refused::NoPublisher));
        let mut environment = publisher("refs/tags/v*");
        environment.environment = Some("release".to_owned());
        assert_eq!(scope(environment), Err(Refused::NoPublisher));
        let mut admin = publisher("refs/tags/v*");
        admin.scope = Scope::Admin;
        assert_eq!(scope(admin), Ok(Scope::PushReleases));
    }

    #[test]
    fn a_change_makes_claims_only() {
        let change = identity(&github(), claims("pull_request")).unwrap();
        assert_eq!(change.scope([&publisher("refs/heads/main")].into_iter()), Ok(Scope::PushClaims));
        for event in ["pull_request_target", "workflow_run"] {
            assert_eq!(identity(&github(), claims(event)), Err(Refused::Event(event.to_owned())));
        }
    }
}
