//! Where a user's files of ours belong (XDG Base Directory Specification).

use std::env;
use std::path::PathBuf;

/// Of what is kept, and may be lost.
pub(super) fn cache() -> Option<PathBuf> {
    ours("XDG_CACHE_HOME", ".cache")
}

/// Of what somebody set up.
pub(super) fn config() -> Option<PathBuf> {
    ours("XDG_CONFIG_HOME", ".config")
}

/// Ours in the directory that a variable names, or else in one of the home.
fn ours(variable: &str, usual: &str) -> Option<PathBuf> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = directory(variable).or_else(|| directory("HOME").map(|home| home.join(usual)))?;
    Some(base.join("abigate"))
}
