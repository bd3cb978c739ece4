//! Identity tokens of a job, by which a forge says which workflow runs: for whom they are, and where they come from.

use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;

use super::{Error, Origin};
use crate::http::{Token, Way, encoded, read};

/// Bytes of the answer that has the token in it.
const ANSWER: u64 = 1 << 20;

type Result<T> = std::result::Result<T, Error>;

/// Where a job's identity tokens come from.
#[derive(Clone, Debug)]
pub enum IdentitySource {
    /// GitHub Actions: the runner is asked for one, as often as one is needed.
    Github {
        /// Where (`ACTIONS_ID_TOKEN_REQUEST_URL`).
        url: String,
        /// By which right (`ACTIONS_ID_TOKEN_REQUEST_TOKEN`).
        token: Token,
    },
    /// GitLab: the job was given one.
    Given(Token),
}

impl IdentitySource {
    /// Whether all commands of a job have the same identity token.
    pub(super) fn counts_once(&self) -> bool {
        matches!(self, IdentitySource::Given(_))
    }

    /// A token for a service. One that is for somebody else is not sent there.
    pub(super) fn token(&self, audience: &Origin, way: &Way, time: Duration) -> Result<Token> {
        let token = match self {
            IdentitySource::Github { url, token } => ask(url, token, audience, way, time)?,
            IdentitySource::Given(token) => token.clone(),
        };
        let named = audiences(token.secret())
            .ok_or_else(|| Error::Identity("cannot be read: it is no JSON Web Token".to_owned()))?;
        if named != [audience.as_str()] {
            let named = named.join(" and ");
            return Err(Error::Identity(format!("is for {named:?}, and is not sent to {audience}")));
        }
        Ok(token)
    }
}

fn ask(url: &str, right: &Token, audience: &Origin, way: &Way, time: Duration) -> Result<Token> {
    let wrong =
        |what: String| Error::Identity(format!("cannot be had from GitHub: {}", right.hide_in(&what)));
    // The right to tokens goes where the runner says, by TLS or within this machine.
    let (origin, _) = Origin::split(url).map_err(|error| wrong(error.to_string()))?;
    let config = origin.way(way).config().timeout_global(Some(time)).build();
    let joint = if url.contains('?') { '&' } else { '?' };
    let request = Request::builder()
        .uri(format!("{url}{joint}audience={}", encoded(audience.as_str())))
        .header("Authorization", right.authorization())
        .header("Accept", "application/json");
    let request = request.body(()).map_err(|error| wrong(error.to_string()))?;
    let mut response = config.new_agent().run(request).map_err(|error| wrong(error.to_string()))?;
    if !response.status().is_success() {
        return Err(wrong(response.status().to_string()));
    }
    let body = read(&mut response, ANSWER).map_err(|error| wrong(error.to_string()))?;
    let value: Option<Value> = serde_json::from_slice(&body).ok();
    let token = value.as_ref().and_then(|value| value.get("value")?.as_str()).and_then(Token::new);
    token.ok_or_else(|| wrong("the answer has no token in it".to_owned()))
}

/// For whom a token says that it is; it is not verified, since that is up to them.
fn audiences(token: &str) -> Option<Vec<String>> {
    let payload = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&decoded(payload)?).ok()?;
    match claims.get("aud")? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) => several.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Base64 in the alphabet for URLs, without padding (RFC 7515).
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            data.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_it_is_defined() {
        let texts = [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")];
        for (text, data) in texts {
            assert_eq!(decoded(text).as_deref(), Some(data.as_bytes()), "{text}");
        }
        assert_eq!(decoded("-_-_").as_deref(), Some(&[0xfb, 0xff, 0xbf][..]));
        assert!(decoded("Zg==").is_none() && decoded("a+b/").is_none());
    }

    /// `{"aud":"https://abi.example"}`, the same as a list of one, and one of two.
    const ONE: &str = "e30.eyJhdWQiOiJodHRwczovL2FiaS5leGFtcGxlIn0.x";
    const LIST: &str = "e30.eyJhdWQiOlsiaHR0cHM6Ly9hYmkuZXhhbXBsZSJdfQ.x";
    const TWO: &str = "e30.eyJhdWQiOlsiaHR0cHM6Ly9hYmkuZXhhbXBsZSIsIngiXX0.x";

    #[test]
    fn a_token_goes_to_whom_it_is_for() {
        let send = |token: &str, to: &str| {
            let source = IdentitySource::Given(Token::new(token).unwrap());
            let sent = source.token(&to.parse().unwrap(), &Way::default(), Duration::from_secs(1));
            sent.map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(send(ONE, "https://abi.example"), Ok(()));
        assert_eq!(send(LIST, "https://abi.example"), Ok(()));
        for (token, to) in
            [(ONE, "https://other.example"), (ONE, "https://abi.example:8443"), (TWO, "https://abi.example")]
        {
            let error = send(token, to).unwrap_err();
            assert!(error.contains("is not sent to"), "{error}");
        }
        for token in ["abg_1", "e30.e30.x", "e30.!!.x"] {
            assert!(send(token, "https://abi.example").unwrap_err().contains("no JSON Web Token"), "{token}");
        }
    }
}
