//! The keys that issuers of identity tokens publish (RFC 7517), as this service has read them.
//!
//! Keys come and go. What was read counts for ten minutes, so that a key which its issuer took back is not believed for longer;
//! a key that is not among them makes them be read again, but not for everybody who makes one up.

use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::remote::is_protected;
use crate::serve::config::Issuer;

/// How long keys count after they were read.
const COUNT: Duration = Duration::from_secs(10 * 60);

/// How soon an issuer is asked again.
const ASKED_AGAIN: Duration = Duration::from_secs(5);

/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of an issuer's keys.
const LARGEST: usize = 1 << 20;

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The issuer has none of this name.
    #[error("its key is not one of its issuer's")]
    Unknown,
    /// It is of a kind that nobody can use.
    #[error("its issuer's key cannot be used: {0}")]
    Unusable(String),
    /// The issuer does not answer, or not with keys.
    #[error("the issuer's keys could not be read: {0}")]
    Unread(String),
}

/// The keys of all issuers of the configuration. No other is ever asked.
#[derive(Debug)]
pub(crate) struct IssuerKeys {
    client: reqwest::Client,
    issuers: Vec<(Issuer, Mutex<Option<Answer>>)>,
}

/// What an issuer answered last.
#[derive(Debug)]
struct Answer {
    keys: Result<JwkSet, Error>,
    asked: Instant,
}

impl Answer {
    /// The key, or none where the issuer has to be asked again.
    fn key(&self, kid: &str, now: Instant) -> Option<Result<DecodingKey, Error>> {
        let age = now.saturating_duration_since(self.asked);
        match &self.keys {
            Err(error) if age < ASKED_AGAIN => Some(Err(error.clone())),
            Err(_) => None,
            Ok(_) if age >= COUNT => None,
            Ok(keys) => match keys.find(kid) {
                Some(key) => {
                    Some(DecodingKey::from_jwk(key).map_err(|error| Error::Unusable(error.to_string())))
                }
                None => (age < ASKED_AGAIN).then_some(Err(Error::Unknown)),
            },
        }
    }
}

impl IssuerKeys {
    /// Knows no key yet.
    ///
    /// # Errors
    /// TLS has no root certificates.
    pub(crate) fn new(issuers: &[Issuer]) -> Result<IssuerKeys, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let issuers = issuers.iter().map(|issuer| (issuer.clone(), Mutex::default())).collect();
        Ok(IssuerKeys { client, issuers })
    }

    /// An issuer of the configuration.
    pub(crate) fn issuer(&self, name: &str) -> Option<&Issuer> {
        self.issuers.iter().map(|(issuer, _)| issuer).find(|issuer| issuer.issuer == name)
    }

    /// A key of an issuer. A slow one keeps nobody waiting but who waits for its own.
    ///
    /// # Errors
    /// There is none, or it cannot be had.
    pub(crate) async fn key(&self, issuer: &Issuer, kid: &str) -> Result<DecodingKey, Error> {
        let (_, answer) = self.issuers.iter().find(|(known, _)| known == issuer).ok_or(Error::Unknown)?;
        let mut answer = answer.lock().await;
        if let Some(key) = answer.as_ref().and_then(|answer| answer.key(kid, Instant::now())) {
            return key;
        }
        let fresh = Answer { keys: self.read(issuer).await, asked: Instant::now() };
        let key = fresh.key(kid, fresh.asked).unwrap_or(Err(Error::Unknown));
        *answer = Some(fresh);
        key
    }

    async fn read(&self, issuer: &Issuer) -> Result<JwkSet, Error> {
        #[derive(Deserialize)]
        struct Configuration {
            jwks_uri: String,
        }
        /// Keys of a kind that did not exist yet when this was written must not hide the others.
        #[derive(Deserialize)]
        struct Keys {
            keys: Vec<Value>,
        }
        let unread = |error: serde_json::Error| Error::Unread(error.to_string());
        let address = match &issuer.keys {
            Some(address) => address.clone(),
            None => {
                let place =
                    format!("{}/.well-known/openid-configuration", issuer.issuer.trim_end_matches('/'));
                let text = self.get(&place).await?;
                serde_json::from_slice::<Configuration>(&text).map_err(unread)?.jwks_uri
            }
        };
        if !is_protected(&address) {
            return Err(Error::Unread("they are neither behind https nor on this machine".to_owned()));
        }
        let keys: Keys = serde_json::from_slice(&self.get(&address).await?).map_err(unread)?;
        let keys = keys.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(JwkSet { keys: keys.collect() })
    }

    async fn get(&self, address: &str) -> Result<Vec<u8>, Error> {
        let failed = |error: reqwest::Error| Error::Unread(error.without_url().to_string());
        let answer = self.client.get(address).send().await;
        let mut answer = answer.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            text.extend_from_slice(&chunk);
            if text.len() > LARGEST {
                return Err(Error::Unread("they are larger than 1 MiB".to_owned()));
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(keys: Result<JwkSet, Error>) -> Answer {
        Answer { keys, asked: Instant::now() }
    }

    #[test]
    fn keys_count_for_a_while_and_made_up_ones_are_not_asked_for_at_once() {
        let key = r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#;
        let answer = answered(Ok(serde_json::from_str(key).unwrap()));
        let at = |age| answer.asked + age;
        assert!(answer.key("a", at(Duration::ZERO)).is_some_and(|key| key.is_ok()));
        assert!(answer.key("a", at(COUNT)).is_none(), "it may have been taken back");
        assert!(matches!(answer.key("b", at(Duration::ZERO)), Some(Err(Error::Unknown))));
        assert!(answer.key("b", at(ASKED_AGAIN)).is_none(), "it may be a new one");
    }

    #[test]
    fn an_issuer_that_does_not_answer_is_left_alone_for_a_moment() {
        let answer = answered(Err(Error::Unread("no".to_owned())));
        assert!(matches!(answer.key("a", answer.asked), Some(Err(Error::Unread(_)))));
        assert!(answer.key("a", answer.asked + ASKED_AGAIN).is_none());
    }
}
