//! `{a,b}` written out, so that what matches need not know of it.

use super::BadPattern;

/// Patterns that one may stand for.
const MOST: usize = 256;

/// Everything that a pattern with braces stands for. A backslash makes the next character an ordinary one, and is kept.
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, BadPattern> {
    if pattern.len() > super::LONGEST {
        return Err(BadPattern(format!("a pattern of more than {} bytes", super::LONGEST)));
    }
    let mut done = Vec::new();
    // Written out from the left: what is at the end of the list has braces left to look for from that place on.
    let mut rest = vec![(String::new(), pattern.to_owned())];
    while let Some((before, after)) = rest.pop() {
        if rest.len() + done.len() > MOST {
            return Err(BadPattern(format!("{pattern:?} stands for more than {MOST} patterns")));
        }
        let Some(group) = Group::find(&after)? else {
            done.push(before + &after);
            continue;
        };
        let before = before + group.before;
        // Last in, first out: the first alternative comes next.
        for alternative in group.alternatives.iter().rev() {
            rest.push((before.clone(), format!("{alternative}{}", group.after)));
        }
    }
    Ok(done)
}

struct Group<'p> {
    before: &'p str,
    alternatives: Vec<&'p str>,
    after: &'p str,
}

impl Group<'_> {
    /// The first braces of a pattern.
    fn find(pattern: &str) -> Result<Option<Group<'_>>, BadPattern> {
        let unbalanced =
            |what| BadPattern(format!("unbalanced {what} in {pattern:?} (\\{what} is the character)"));
        let (mut depth, mut open, mut start) = (0usize, 0, 0);
        let mut alternatives = Vec::new();
        let mut escaped = false;
        for (at, c) in pattern.char_indices() {
            match c {
                _ if escaped => {
                    escaped = false;
                    continue;
                }
                '\\' => escaped = true,
                '{' => {
                    if depth == 0 {
                        (open, start) = (at, at + 1);
                    }
                    depth += 1;
                }
                ',' if depth == 1 => {
                    alternatives.push(&pattern[start..at]);
                    start = at + 1;
                }
                '}' if depth == 0 => return Err(unbalanced("}")),
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        alternatives.push(&pattern[start..at]);
                        let (before, after) = (&pattern[..open], &pattern[at + 1..]);
                        return Ok(Some(Group { before, alternatives, after }));
                    }
                }
                _ => {}
            }
        }
        if depth > 0 { Err(unbalanced("{")) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_written_out_in_order() {
        assert_eq!(expand("a").unwrap(), ["a"]);
        assert_eq!(expand("a{b,c}d").unwrap(), ["abd", "acd"]);
        assert_eq!(expand("{,m_}{a,b{c,d}}").unwrap(), ["a", "bc", "bd", "m_a", "m_bc", "m_bd"]);
        assert_eq!(expand(r"\{a,b\}").unwrap(), [r"\{a,b\}"]);
    }

    #[test]
    fn what_does_not_end_well() {
        assert!(expand("{a").unwrap_err().0.contains("unbalanced {"));
        assert!(expand("a}").unwrap_err().0.contains("unbalanced }"));
        assert!(expand(&"{a,b}".repeat(30)).unwrap_err().0.contains("more than 256"));
        assert!(expand(&"{".repeat(1000)).is_err());
        assert!(expand(&"{,".repeat(500)).is_err());
        assert!(expand(&"a".repeat(5000)).unwrap_err().0.contains("more than 2048 bytes"));
    }
}
