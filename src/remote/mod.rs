//! The service, as a program sees it that talks to it. Blocking, and without the service's own code. Nothing here reads the
//! environment: [`Access`] is told what there is.
//!
//! | file | what it does |
//! |---|---|
//! | [`api`] | what is said over its API, as both ends share it |
//! | `address` | where a service is, and which project of it is meant |
//! | `access`, `credentials`, `identity` | which token is shown to which service, and where it comes from |
//! | `client` | the requests, how they are sent, and when once more |
//! | `push` | sending a snapshot: only what the service does not have yet |
//! | `error` | why one came to nothing |

mod access;
mod address;
pub mod api;
mod client;
mod credentials;
mod error;
mod identity;
mod push;

pub use access::Access;
pub use address::{Address, AddressError, Origin, is_address};
pub use client::{Client, Fresh};
pub use credentials::Credentials;
pub use error::Error;
pub use identity::Identity;
pub use push::{Dumped, Sent, Snapshot, push};
