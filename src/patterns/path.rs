//! Paths of files: `*` stays within a directory, `**` goes through any number of them.

use super::glob::Tokens;
use super::sequence::{self, Segment};
use super::{BadPattern, braces};

/// A pattern over paths. It matches the end of a path, from a directory on, unless it starts with a slash: what comes before
/// depends on where somebody built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    alternatives: Vec<Vec<Segment<Tokens>>>,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<PathPattern, BadPattern> {
        let alternatives = braces::expand(text)?.iter().map(|one| segments(one)).collect::<Result<_, _>>()?;
        Ok(PathPattern { alternatives })
    }

    /// Whether the path is what the pattern says.
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let is = |tokens: &Tokens, at: usize| tokens.matches(parts[at]);
        self.alternatives.iter().any(|segments| sequence::matches(segments, parts.len(), is))
    }
}

fn segments(text: &str) -> Result<Vec<Segment<Tokens>>, BadPattern> {
    let (anchored, rest) = match text.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return Err(BadPattern("an empty pattern".to_owned()));
    }
    let mut segments = if anchored { Vec::new() } else { vec![Segment::Any] };
    for part in rest.split('/').filter(|part| !part.is_empty() && *part != ".") {
        segments.push(match part {
            "**" => Segment::Any,
            ".." => return Err(BadPattern(format!("{text:?}: .. is in no path of a header"))),
            part if part.contains("**") => {
                return Err(BadPattern(format!(
                    "{text:?}: ** stands for whole directories, between slashes"
                )));
            }
            part => Segment::One(Tokens::parse(part, true)?),
        });
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files() {
        let matches = |pattern: &str, path: &str| PathPattern::parse(pattern).unwrap().matches(path);
        assert!(matches("torch/csrc/stable/**", "torch/csrc/stable/c/shim.h"));
        assert!(matches("torch/csrc/stable/**", "src/torch/csrc/stable/library.h"));
        assert!(!matches("/torch/csrc/stable/**", "src/torch/csrc/stable/library.h"));
        assert!(!matches("torch/*.h", "torch/csrc/api.h"));
        assert!(matches("**/detail/**", "c10/detail/x.h"));
        assert!(matches("{a,b}/*.h", "x/b/c.h") && !matches("{a,b}/*.h", "xb/c.h"));
        assert!(matches("shim.h", "a/shim.h") && !matches("shim.h", "a/xshim.h"));
    }

    #[test]
    fn what_is_no_pattern() {
        for text in ["", "/", "a/../b", "a/b**", "[x/y"] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
        }
    }
}
