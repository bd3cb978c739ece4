//! `**` over components: any number of them, none included.

/// A component of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment<T> {
    /// `**`
    Any,
    /// What one component has to be.
    One(T),
}

/// Whether `count` components are what the segments say; `is` compares one of them by its position. Like a glob, goes
/// back to the last `**` only.
pub(super) fn matches<T>(segments: &[Segment<T>], count: usize, is: impl Fn(&T, usize) -> bool) -> bool {
    let (mut at, mut pos) = (0, 0);
    let mut any: Option<(usize, usize)> = None;
    while pos < count {
        match segments.get(at) {
            Some(Segment::Any) => {
                any = Some((at, pos));
                at += 1;
            }
            Some(Segment::One(one)) if is(one, pos) => {
                at += 1;
                pos += 1;
            }
            _ => match &mut any {
                Some((any_at, from)) => {
                    *from += 1;
                    (at, pos) = (*any_at + 1, *from);
                }
                None => return false,
            },
        }
    }
    segments[at..].iter().all(|segment| matches!(segment, Segment::Any))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_components() {
        let one = |c| Segment::One(c);
        let is = |segments: &[Segment<char>], text: &str| {
            let text: Vec<char> = text.chars().collect();
            matches(segments, text.len(), |c, at| text[at] == *c)
        };
        let ends = [Segment::Any, one('b')];
        assert!(is(&ends, "b") && is(&ends, "aab") && is(&ends, "bb") && !is(&ends, "ba"));
        let begins = [one('a'), Segment::Any];
        assert!(is(&begins, "a") && is(&begins, "abc") && !is(&begins, "b") && !is(&begins, ""));
        assert!(is(&[Segment::Any], "") && !is(&[], "a"));
    }
}
