//! Whether a branch is one of a release, on which only patches are made.

use crate::patterns::Glob;

/// What release branches are called where nobody says otherwise.
pub const USUAL: [&str; 6] = ["release/*", "releases/*", "release-*", "stable/*", "v[0-9]*", "[0-9]*.x"];

/// Whether a branch has a name of a release branch. `refs/heads/` before it is no part of the name.
pub fn is_release(branch: &str, patterns: &[Glob]) -> bool {
    let name = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    patterns.iter().any(|pattern| pattern.matches(name))
}

/// Whether a branch is called as branches of releases usually are.
pub fn is_usual_release(branch: &str) -> bool {
    let patterns: Vec<Glob> = USUAL.iter().filter_map(|text| Glob::parse(text).ok()).collect();
    is_release(branch, &patterns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names() {
        let patterns: Vec<Glob> = USUAL.iter().map(|text| Glob::parse(text).unwrap()).collect();
        for name in
            ["release/2.10", "releases/v3", "release-1.2", "stable/12", "v2.9", "2.x", "refs/heads/release/1"]
        {
            assert!(is_release(name, &patterns), "{name}");
        }
        for name in ["main", "viable/strict", "feature/release", "dev", "refs/heads/main", "vector"] {
            assert!(!is_release(name, &patterns), "{name}");
        }
    }
}
