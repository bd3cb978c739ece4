//! The service, as a program sees it that talks to it: what is said over its API. Blocking, and without the service's own code.

pub mod api;
