//! Types that have to fit into a line.

use std::ops::Range;

use super::text_layout::{columns, shorten};

/// Arguments that are left out before a type is cut in the middle.
const MOST_ROUNDS: usize = 32;

/// Leaves out what says least until a type fits: the last arguments of template lists, then the middle.
pub(in crate::report) fn fitted(type_: &str, width: usize) -> String {
    let mut text = type_.to_owned();
    for _ in 0..MOST_ROUNDS {
        if columns(&text) <= width {
            return text;
        }
        let Some(range) = longest_end(&text) else { break };
        text.replace_range(range, "…");
    }
    shorten(&text, width)
}

/// The longest argument that ends a template list and is not its only one; with the ellipsis behind it, if there is.
fn longest_end(text: &str) -> Option<Range<usize>> {
    let mut lists: Vec<Vec<usize>> = Vec::new();
    let mut longest = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' | b'(' => lists.push(Vec::new()),
            b',' => lists.last_mut().into_iter().for_each(|commas| commas.push(at + 2)),
            b')' => drop(lists.pop()),
            b'>' if !text[..at].ends_with('-') => {
                let mut starts = lists.pop().unwrap_or_default();
                if starts.last().and_then(|start| text.get(*start..at)) == Some("…") {
                    starts.pop();
                }
                let Some(range) = starts.last().map(|start| *start..at) else { continue };
                let is_longer = longest.as_ref().is_none_or(|known: &Range<usize>| range.len() > known.len());
                if is_longer && text.get(range.clone()).is_some() {
                    longest = Some(range);
                }
            }
            _ => {}
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_types_lose_their_last_arguments_first() {
        let pointer = "c10::intrusive_ptr<c10::StorageImpl, c10::detail::null_type<c10::StorageImpl>>";
        assert_eq!(fitted(pointer, 100), pointer);
        assert_eq!(fitted(pointer, 60), "c10::intrusive_ptr<c10::StorageImpl, …>");
        assert_eq!(fitted("f<int, long, g<int, unsigned long>>", 20), "f<int, long, …>");
        assert_eq!(fitted("f<int, long, g<int, unsigned long>>", 12), "f<int, …>");
        assert_eq!(columns(&fitted(pointer, 20)), 20);
        assert_eq!(fitted("set(f<int, long> const&, bool)", 29), "set(f<int, …> const&, bool)");
        let _ = fitted(&"f<a, ".repeat(10_000), 20);
    }
}
