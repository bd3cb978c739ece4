//! Where a verdict is published: whose API, in whose name, for which commit and pull request.

use super::{Proxy, Token};

/// Where a verdict is published. [`Environment::target`](super::Environment::target) makes one.
#[derive(Clone, Debug)]
pub struct Target {
    /// The API, without a slash at the end.
    pub api_url: String,
    /// The right to publish.
    pub token: Token,
    /// `owner/name`
    pub repository: String,
    /// Commit that the check run belongs to.
    pub head_sha: String,
    /// Pull request that is commented on.
    pub pull_request: Option<u64>,
    /// Proxy on the way there.
    pub proxy: Option<Proxy>,
}
