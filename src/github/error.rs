//! Why a request came to nothing.

use std::time::Duration;

/// Why a request came to nothing. No variant shows the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token only reads, as for every pull request from a fork. Nobody but the workflow can change that.
    #[error("the token may only read, as for pull requests from forks: {message}")]
    ReadOnly {
        /// What GitHub said.
        message: String,
    },
    /// GitHub wants fewer requests, for longer than there was patience.
    #[error("GitHub wants fewer requests{}", after(*.retry_after))]
    RateLimited {
        /// How long it wants to be left alone, where it said so.
        retry_after: Option<Duration>,
    },
    /// GitHub does not do what was asked.
    #[error("GitHub refused {request}: {status} {message}")]
    Refused {
        /// Method and path.
        request: String,
        /// HTTP's status.
        status: u16,
        /// What GitHub said.
        message: String,
    },
    /// No answer came, or none but that the server is in trouble.
    #[error("GitHub did not answer {request}: {why}")]
    Unreachable {
        /// Method and path.
        request: String,
        /// What happened instead.
        why: String,
    },
    /// The answer is too long, or not what the API's description says.
    #[error("GitHub's answer to {request} makes no sense: {why}")]
    Senseless {
        /// Method and path.
        request: String,
        /// What is wrong with it.
        why: String,
    },
}

fn after(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!("; it will take them in {} s", wait.as_secs()))
}
