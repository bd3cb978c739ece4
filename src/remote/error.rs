//! Why a request came to nothing, and why none was made.

use std::io;
use std::path::PathBuf;

use super::AddressError;
use crate::http::Token;

/// Why a request came to nothing, or none was made. No variant shows a token. The texts are whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No answer came, or none but that the service is in trouble.
    #[error("{origin} does not answer {request}: {why}")]
    Unreachable {
        /// The service.
        origin: String,
        /// Method and path.
        request: String,
        /// What happened instead.
        why: String,
    },
    /// The service does not do what was asked.
    #[error("{origin} refused {request}: {status} {detail}")]
    Refused {
        /// The service.
        origin: String,
        /// Method and path.
        request: String,
        /// HTTP's status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// It sends whoever asks elsewhere, where a token must not go.
    #[error("{origin} answers {request} with another address, {to}: no token goes there unless you name it")]
    Redirected {
        /// The service.
        origin: String,
        /// Method and path.
        request: String,
        /// Where to.
        to: String,
    },
    /// The answer is too long, or not what the API's description says.
    #[error("{origin} does not answer {request} as the service does: {why}")]
    Senseless {
        /// The service.
        origin: String,
        /// Method and path.
        request: String,
        /// What is wrong with it.
        why: String,
    },
    /// A text that is no address of a service.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The file of tokens cannot be used.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// There is no place for tokens.
    #[error("no directory for tokens: set HOME or XDG_CONFIG_HOME")]
    NoPlace,
    /// The file of tokens is one that others can read, or is no such file.
    #[error("{}: {what}", path.display())]
    Tokens {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// An identity token that is none, or is for somebody else.
    #[error("the job's identity token {0}")]
    Identity(String),
    /// What is to be sent is no dump of one library, or cannot be packed.
    #[error("{file}: {what}")]
    Dump {
        /// The library.
        file: String,
        /// Why.
        what: String,
    },
}

impl Error {
    /// The same without a token, should the service have sent it back.
    pub(super) fn without(mut self, token: &Token) -> Error {
        if let Error::Unreachable { why: text, .. }
        | Error::Refused { detail: text, .. }
        | Error::Redirected { to: text, .. }
        | Error::Senseless { why: text, .. } = &mut self
        {
            *text = token.hide_in(text);
        }
        self
    }

    /// Whether the service is not there now, so that what is known already may do.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Error::Unreachable { .. })
    }

    /// HTTP's status, where the service refused.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}
