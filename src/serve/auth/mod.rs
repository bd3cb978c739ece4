//! Who asks, and what they may do.
//!
//! - this file: [`Actor`], and [`Access`] to a project
//! - [`secret`]: tokens, links and cookies, of which only hashes are kept
//! - [`oidc`]: identity tokens of forges; [`issuer_keys`]: what their signatures are held against

pub(super) mod issuer_keys;
pub(super) mod oidc;
pub(super) mod secret;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::State;
use super::db::projects::{self, Project};
use super::db::tokens::{self, ApiToken, Login};
use super::problem::{Problem, Result};
use crate::remote::api::{Kind, Scope, Trust, Visibility};

/// Name of the cookie of a browser's session.
pub(super) const COOKIE: &str = "abigate_session";

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Actor {
    /// Nobody says.
    Anonymous,
    /// Who has a token.
    Token(ApiToken),
    /// A browser that was let in. It only reads: nothing that changes something goes by a cookie.
    Browser(Login),
}

/// What somebody wants to do with a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Read.
    Read,
    /// Send a snapshot of a kind.
    Push(Kind),
    /// Send something: which kind is not known yet.
    PushSome,
    /// Change it.
    Admin,
}

impl Actor {
    /// Whose they are.
    pub(super) fn tenant(&self) -> Option<&str> {
        match self {
            Actor::Anonymous => None,
            Actor::Token(token) => Some(&token.tenant),
            Actor::Browser(login) => Some(&login.tenant),
        }
    }

    /// As the audit log calls them.
    pub(super) fn name(&self) -> String {
        match self {
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::Token(token) => format!("token:{}", token.id),
            Actor::Browser(login) => format!("browser:{}", login.tenant),
        }
    }

    fn scope(&self) -> Option<Scope> {
        match self {
            Actor::Anonymous => None,
            Actor::Token(token) => Some(token.scope),
            Actor::Browser(_) => Some(Scope::Read),
        }
    }

    /// What a forge said of them, as JSON.
    pub(super) fn provenance(&self) -> Option<&str> {
        match self {
            Actor::Token(token) => token.provenance.as_deref(),
            _ => None,
        }
    }

    /// How far a snapshot of a kind that they send is believed.
    pub(super) fn trust(&self, kind: Kind) -> Trust {
        match (kind, self.scope()) {
            (Kind::Release, Some(Scope::PushReleases | Scope::Admin)) => Trust::Release,
            (Kind::Branch, Some(Scope::Push | Scope::PushReleases | Scope::Admin)) => Trust::Trusted,
            _ => Trust::Claimed,
        }
    }

    /// The organisation that they may administer.
    ///
    /// # Errors
    /// They may not, or are nobody.
    pub(super) fn administers(&self) -> Result<&str> {
        match self {
            Actor::Anonymous => Err(Problem::unauthorized("this needs a token")),
            Actor::Token(token) if token.scope == Scope::Admin && token.project.is_none() => {
                Ok(&token.tenant)
            }
            _ => Err(Problem::forbidden("this needs a token with the scope admin")),
        }
    }

    /// A project that they may do something with. What they may not even read is not there for them.
    ///
    /// # Errors
    /// It is not there for them, or they may not do that.
    pub(super) async fn project(&self, state: &State, slug: &str, access: Access) -> Result<Project> {
        let project =
            projects::by_slug(&state.db, slug).await?.ok_or_else(|| Problem::not_found("project"))?;
        self.may(&project, access)?;
        Ok(project)
    }

    /// Whether they may do something with a project.
    ///
    /// # Errors
    /// It is not there for them, or they may not do that.
    pub(super) fn may(&self, project: &Project, access: Access) -> Result<()> {
        if !self.may_read(project) {
            return Err(Problem::not_found("project"));
        }
        let wanted = match access {
            Access::Read => return Ok(()),
            Access::PushSome | Access::Push(Kind::Pull) => Scope::PushClaims,
            Access::Push(Kind::Branch) => Scope::Push,
            Access::Push(Kind::Release) => Scope::PushReleases,
            Access::Admin => Scope::Admin,
        };
        if matches!(self, Actor::Anonymous) {
            return Err(Problem::unauthorized("this needs a token"));
        }
        if self.is_of(project) && self.scope().is_some_and(|scope| scope >= wanted) {
            return Ok(());
        }
        Err(Problem::forbidden(format!("this needs a token of the project with the scope {}", wanted.name())))
    }

    /// Whether a project is their organisation's, and their token is not for another one.
    fn is_of(&self, project: &Project) -> bool {
        let only = match self {
            Actor::Token(token) => token.project.as_deref(),
            _ => None,
        };
        self.tenant() == Some(&project.tenant) && only.is_none_or(|only| only == project.id)
    }

    fn may_read(&self, project: &Project) -> bool {
        project.visibility == Visibility::Public || self.is_of(project)
    }
}

impl FromRequestParts<State> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Actor> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let refused = || Problem::unauthorized("the token is not known, or not good any more");
            let text = value.to_str().map_err(|_| refused())?;
            let secret = text.strip_prefix("Bearer ").ok_or_else(refused)?;
            let token = tokens::find(&state.db, &secret::hash(secret)).await?;
            return token.map(Actor::Token).ok_or_else(refused);
        }
        // A page elsewhere can make a browser send its cookie, but then it only reads, and sees nothing of the answer.
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        if let Some(secret) = cookie(&parts.headers).filter(|_| reads)
            && let Some(login) = tokens::find_session(&state.db, &secret::hash(secret)).await?
        {
            return Ok(Actor::Browser(login));
        }
        Ok(Actor::Anonymous)
    }
}

/// The secret of a browser's session.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
