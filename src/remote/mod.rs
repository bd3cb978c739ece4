//! The service, as a program sees it that talks to it. Blocking, and without the service's own code. Nothing here reads the
//! environment.
//!
//! | file | what it does |
//! |---|---|
//! | [`api`] | what is said over its API, as both ends share it |
//! | `address` | where a service is, and which project of it is meant |
//! | `client` | the requests, how they are sent, and when once more |
//! | `error` | why one came to nothing |

mod address;
pub mod api;
mod client;
mod error;

pub use address::{Address, AddressError, Origin, is_address};
pub use client::{Client, Fresh};
pub use error::Error;
