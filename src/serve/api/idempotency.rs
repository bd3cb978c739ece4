//! `Idempotency-Key`: who did not hear the answer to a request asks again with the same key, and gets it.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::hex::sha256;
use crate::serve::State;
use crate::serve::auth::Actor;
use crate::serve::db::Tx;
use crate::serve::db::idempotency::{self, Answer};
use crate::serve::problem::{Problem, Result};

/// Characters of a key.
const LONGEST: usize = 200;

/// A request that may come twice.
pub(super) struct Repeatable {
    actor: String,
    key: Option<String>,
    request: String,
}

impl Repeatable {
    /// A request: what it is, and what is in it.
    pub(super) fn new(
        actor: &Actor,
        headers: &HeaderMap,
        what: &str,
        body: &impl Serialize,
    ) -> Result<Repeatable> {
        let key = headers
            .get("idempotency-key")
            .map(|value| value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST));
        let key = match key {
            None => None,
            Some(Some(key)) => Some(key.to_owned()),
            Some(None) => {
                return Err(Problem::malformed("an Idempotency-Key has from 1 to 200 characters of ASCII"));
            }
        };
        let body = serde_json::to_string(body).unwrap_or_default();
        Ok(Repeatable { actor: actor.name(), key, request: sha256(format!("{what}\n{body}")) })
    }

    /// The answer that it got before.
    pub(super) async fn answered(&self, state: &State) -> Result<Option<Response>> {
        let Some(key) = &self.key else { return Ok(None) };
        let Some(answer) = idempotency::find(&state.db, &self.actor, key).await? else { return Ok(None) };
        if answer.request != self.request {
            return Err(Problem::invalid("this Idempotency-Key was used for another request"));
        }
        let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let kind = [(header::CONTENT_TYPE, "application/json")];
        Ok(Some((status.unwrap_or(StatusCode::OK), kind, answer.body).into_response()))
    }

    /// Keeps the answer that it gets now, in the transaction of what was done.
    pub(super) async fn keep(&self, tx: &mut Tx, status: StatusCode, body: &impl Serialize) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let body = serde_json::to_string(body).unwrap_or_default();
        let answer = Answer { request: self.request.clone(), status: i64::from(status.as_u16()), body };
        if idempotency::insert(tx, &self.actor, key, &answer).await? {
            Ok(())
        } else {
            Err(Problem::conflict("a request with this Idempotency-Key is being answered: ask again"))
        }
    }
}
