//! Who owns a file, as CODEOWNERS says: the last line with a pattern that fits.

use crate::patterns::Glob;

/// Where the file may be, in the order in which forges look for it.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Who owns something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Logins, in small letters.
    pub people: Vec<String>,
    /// Teams, as `organization/team` in small letters. Who is in one is not known without asking.
    pub teams: Vec<String>,
}

/// The owners of a path.
pub fn owners(text: &str, path: &str) -> Owners {
    let mut owners = Owners::default();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(pattern) = words.next() else { continue };
        if fits(pattern, path) {
            let names = words.filter_map(|word| word.strip_prefix('@')).map(str::to_ascii_lowercase);
            let (teams, people) = names.partition(|name| name.contains('/'));
            owners = Owners { people, teams };
        }
    }
    owners
}

fn fits(pattern: &str, path: &str) -> bool {
    let is_anchored = pattern.trim_end_matches('/').contains('/');
    let plain = pattern.trim_start_matches('/');
    if let Some(directory) = plain.strip_suffix('/') {
        let inside = |path: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        let anywhere = || path.match_indices('/').any(|(at, _)| inside(&path[at + 1..]));
        return inside(path) || (!is_anchored && anywhere());
    }
    let Ok(glob) = Glob::parse(plain) else { return false };
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_below = path.strip_prefix(plain).is_some_and(|rest| rest.starts_with('/'));
    if is_anchored { glob.matches(path) || is_below } else { glob.matches(name) || is_below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_fits_counts() {
        let text = "* @everybody\n# /abigate.yaml @nobody\n/abigate.yaml @Ada @org/team x@example.org\n/baselines/ @bob\n";
        assert_eq!(owners(text, "abigate.yaml").people, ["ada"]);
        assert_eq!(owners(text, "abigate.yaml").teams, ["org/team"]);
        assert_eq!(owners(text, "src/abigate.yaml").people, ["everybody"]);
        assert_eq!(owners(text, "baselines/v1/linux/SHA256SUMS").people, ["bob"]);
        assert_eq!(owners("/src/ @a\n", "abigate.yaml"), Owners::default());
        assert_eq!(owners("/abigate.yaml\n", "abigate.yaml"), Owners::default());
    }
}
