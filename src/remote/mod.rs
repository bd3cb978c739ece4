//! The service, as a program sees it that talks to it. Blocking, and without the service's own code. Nothing here reads the
//! environment.
//!
//! | file | what it does |
//! |---|---|
//! | [`api`] | what is said over its API, as both ends share it |
//! | `address` | where a service is, and which project of it is meant |
//! | `access`, `tokens`, `identity`, `job_tokens` | which token goes there: one that was named or kept, or that of a job |
//! | `secret_file` | where tokens are kept |
//! | `client` | the requests, how they are sent, and when once more |
//! | `push` | a snapshot, sent as far as it is missing |
//! | `error` | why one came to nothing |

mod access;
mod address;
pub mod api;
mod client;
mod error;
mod identity;
mod job_tokens;
mod push;
mod secret_file;
mod tokens;

pub use access::Access;
#[cfg(feature = "serve")]
pub(crate) use address::is_protected;
pub use address::{Address, AddressError, Origin, is_address};
pub use client::{Client, Fresh};
pub use error::Error;
pub use identity::IdentitySource;
pub use job_tokens::JobTokens;
pub use push::{Dumped, Parcel, Sent, push};
pub use tokens::Tokens;
