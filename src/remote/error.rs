//! Why a request came to nothing, and why none was made.

use std::io;
use std::path::PathBuf;

use super::AddressError;

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
    #[error("the answer of {origin} to {request} makes no sense: {why}")]
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
    #[error("there is no directory for tokens: set HOME or XDG_CONFIG_HOME")]
    NoPlace,
    /// A text that no header can carry, or no token of a forge.
    #[error("{0}")]
    NoToken(&'static str),
    /// Facts cannot be packed.
    #[error("{file}: {cause}")]
    Pack {
        /// The library.
        file: String,
        /// Why.
        cause: io::Error,
    },
}

impl Error {
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
