//! Who owns a file, as CODEOWNERS says: the last line with a pattern that fits.

use crate::patterns::Glob;

/// Where the file may be, in the order in which forges look for it.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Logins of the owners of a path, in small letters. Teams are nobody here: who is in one is not known without asking.
pub fn owners(text: &str, path: &str) -> Vec<String> {
    let mut owners = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(pattern) = words.next() else { continue };
        if fits(pattern, path) {
            let logins = words.filter_map(|word| word.strip_prefix('@')).filter(|login| !login.contains('/'));
            owners = logins.map(str::to_ascii_lowercase).collect();
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
        assert_eq!(owners(text, "abigate.yaml"), ["ada"]);
        assert_eq!(owners(text, "src/abigate.yaml"), ["everybody"]);
        assert_eq!(owners(text, "baselines/v1/linux/SHA256SUMS"), ["bob"]);
        assert_eq!(owners("/src/ @a\n", "abigate.yaml"), [""; 0]);
        assert_eq!(owners("/abigate.yaml\n", "abigate.yaml"), [""; 0]);
    }
}
