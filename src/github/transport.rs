//! How a request is sent: its headers, its tries, and what each answer means.
//!
//! Answers are believed as little as other input: they have a longest length, and no address in them is followed.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use ureq::http::{self, HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use super::wire::Refusal;
use super::{Error, RetryPolicy, Target};
use crate::http::{Tries, Way, is_network, number, read, retry_after};

/// Bytes of an answer about one thing.
pub(super) const ANSWER: u64 = 1 << 20;
/// Bytes of an answer that lists a hundred, each with up to 65,536 characters of its own.
pub(super) const PAGE: u64 = 32 << 20;

/// Describes this API, whose later versions may do otherwise.
const VERSION: &str = "2022-11-28";
// The second is for what speaks GitHub's API and knows only the type that its description names.
const ACCEPT: &str = "application/vnd.github+json, application/json";

/// A request, by its path below the API's URL.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Vec<u8>>,
    /// Bytes that the answer may have.
    pub(super) longest: u64,
}

impl Request {
    /// How errors name it.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A try that failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether the same request may succeed later, and when GitHub says so.
    pub(super) passes: Option<Pause>,
}

/// Until when: what GitHub asked for, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pause(pub(super) Option<Duration>);

pub(super) struct Transport {
    agent: Agent,
    target: Target,
    patience: RetryPolicy,
    left: Cell<Duration>,
}

impl Transport {
    pub(super) fn new(target: Target, patience: RetryPolicy) -> Transport {
        let way = Way { proxy: target.proxy.clone(), ..Way::default() };
        let config = way.config().timeout_global(Some(patience.timeout)).build();
        Transport { agent: config.new_agent(), target, left: Cell::new(patience.in_all), patience }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// The tries of one request.
    pub(super) fn tries(&self) -> Tries<'_> {
        Tries::new(&self.patience, &self.left)
    }

    /// Sends a request until it succeeds, cannot succeed, or patience ends.
    pub(super) fn send<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let mut tries = self.tries();
        loop {
            match self.once(request) {
                Ok(answer) => return Ok(answer),
                Err(Failure { passes: Some(Pause(pause)), .. }) if tries.again(pause) => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// Sends a request once.
    pub(super) fn once<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Failure> {
        let mut response = self.run(request).map_err(|error| self.unanswered(request, &error))?;
        let status = response.status();
        let body = read(&mut response, request.longest);
        if !status.is_success() {
            return Err(self.refused(request, status, response.headers(), &body.unwrap_or_default()));
        }
        let body = body.map_err(|error| self.unanswered(request, &error))?;
        serde_json::from_slice(&body).map_err(|error| Failure {
            error: Error::Senseless { request: request.name(), why: error.to_string() },
            passes: None,
        })
    }

    fn run(&self, request: &Request) -> Result<Response<Body>, ureq::Error> {
        let builder = http::Request::builder()
            .method(request.method)
            .uri(format!("{}{}", self.target.api_url, request.path))
            .header("Accept", ACCEPT)
            .header("X-GitHub-Api-Version", VERSION)
            .header("Authorization", self.target.token.authorization());
        match &request.body {
            Some(body) => {
                let builder = builder.header("Content-Type", "application/json");
                self.agent.run(builder.body(body.as_slice())?)
            }
            None => self.agent.run(builder.body(())?),
        }
    }

    /// No answer, or one that cannot be read.
    fn unanswered(&self, request: &Request, error: &ureq::Error) -> Failure {
        let request = request.name();
        if let ureq::Error::BodyExceedsLimit(limit) = error {
            let why = format!("it is longer than {limit} bytes");
            return Failure { error: Error::Senseless { request, why }, passes: None };
        }
        let why = self.target.token.hide_in(&error.to_string());
        let passes = is_network(error).then_some(Pause(None));
        Failure { error: Error::Unreachable { request, why }, passes }
    }

    fn refused(&self, request: &Request, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
        let reason = status.canonical_reason().unwrap_or("");
        let message = match serde_json::from_slice::<Refusal>(body).unwrap_or_default().line() {
            line if line.is_empty() => reason.to_owned(),
            line => self.target.token.hide_in(&line),
        };
        let pause = wanted_pause(headers);
        let is_limit = status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::FORBIDDEN
                && (pause.is_some() || message.to_lowercase().contains("secondary rate limit"));
        if is_limit {
            return Failure { error: Error::RateLimited { retry_after: pause }, passes: Some(Pause(pause)) };
        }
        let request = request.name();
        if status.is_server_error() {
            let why = format!("it answered {} {reason}", status.as_u16());
            return Failure { error: Error::Unreachable { request, why }, passes: Some(Pause(pause)) };
        }
        if status == StatusCode::FORBIDDEN && message.contains("Resource not accessible by") {
            return Failure { error: Error::ReadOnly { message }, passes: None };
        }
        Failure { error: Error::Refused { request, status: status.as_u16(), message }, passes: None }
    }
}

/// The pause that GitHub asks for: in seconds, or until the hour's requests are counted anew.
fn wanted_pause(headers: &HeaderMap) -> Option<Duration> {
    if let Some(pause) = retry_after(headers) {
        return Some(pause);
    }
    let number = |name: &str| number(headers, name);
    if number("x-ratelimit-remaining")? != 0 {
        return None;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // One second more, as the clocks differ.
    let until = number("x-ratelimit-reset").map(|reset| Duration::from_secs(reset.saturating_add(1)));
    Some(until.map_or(Duration::from_secs(60), |until| until.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let value = |value: &str| value.parse().expect("a value");
        let headers = headers.iter().map(|(n, v)| (http::HeaderName::from_static(n), value(v)));
        wanted_pause(&headers.collect())
    }

    #[test]
    fn github_says_how_long() {
        assert_eq!(
            pause(&[("retry-after", "7"), ("x-ratelimit-remaining", "0")]),
            Some(Duration::from_secs(7))
        );
        assert_eq!(pause(&[("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "99")]), None);
        assert_eq!(pause(&[("x-ratelimit-remaining", "0")]), Some(Duration::from_secs(60)));
        assert_eq!(
            pause(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "99")]),
            Some(Duration::ZERO)
        );
        let far = pause(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "99999999999")]);
        assert!(far > Some(Duration::from_secs(3600)));
        assert_eq!(pause(&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]), None);
    }
}
