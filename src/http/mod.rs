//! What every client of an HTTP API needs: a secret that shows nowhere, the proxy on the way, and when a request is sent once
//! more. Which requests there are, and what their answers mean, is the clients' own: [`crate::github`], [`crate::remote`].

mod proxy;
mod retry;
mod token;
mod way;

use ureq::Body;
use ureq::http::{HeaderMap, Response};

use std::time::Duration;

pub(crate) use proxy::PROXY;
pub use proxy::Proxy;
pub use retry::RetryPolicy;
pub(crate) use retry::Tries;
pub use token::Token;
pub use way::{Roots, Way};

/// As this program calls itself.
const USER_AGENT: &str = concat!("abigate/", env!("CARGO_PKG_VERSION"));

/// Whether no answer came, or a part of one, so that the same request may succeed later.
pub(crate) fn is_network(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Protocol(_)
    )
}

/// The body of an answer, which may have so many bytes.
pub(crate) fn read(response: &mut Response<Body>, longest: u64) -> Result<Vec<u8>, ureq::Error> {
    response.body_mut().with_config().limit(longest).read_to_vec()
}

/// Text as a part of a path, or as a value in a query, in which nothing begins another one (RFC 3986).
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// A header that is a number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The pause that a server asks for before the next try.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}
