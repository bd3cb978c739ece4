//! Names that promise something by convention: room that is kept for later, and enumerators that count the others.

/// Whether a member is there to be replaced: `reserved`, `_pad1`, `spare[4]`.
pub(super) fn is_reserved(name: &str) -> bool {
    let word = name.trim_matches(|c: char| c == '_' || c.is_ascii_digit()).to_ascii_lowercase();
    let word = word.strip_prefix("m_").unwrap_or(&word);
    matches!(word, "reserved" | "reserve" | "pad" | "padding" | "spare" | "unused" | "dummy" | "placeholder")
        || word.starts_with("reserved_")
        || word.ends_with("_reserved")
}

/// Whether an enumerator counts or ends the others, so that it moves with every new one: `NumOptions`, `COUNT`,
/// `COMPILE_TIME_MAX_DEVICE_TYPES`, `kLast`.
pub(super) fn is_sentinel(name: &str) -> bool {
    let words = words(name);
    let is = |word: &&String, known: &[&str]| known.contains(&word.as_str());
    let ends = ["count", "end", "last", "max", "sentinel", "num", "total", "limit"];
    let begins = ["num", "max", "count", "last", "end", "n"];
    let first = words.iter().find(|w| *w != "k");
    first.is_some_and(|w| is(&w, &begins) || words.iter().any(|w| w == "max"))
        || words.last().is_some_and(|w| is(&w, &ends))
}

/// `COMPILE_TIME_MAX` and `compileTimeMax`: compile, time, max.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_ascii_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if c != '_' {
            words.last_mut().into_iter().for_each(|word| word.push(c.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_for_later() {
        for name in ["reserved", "_reserved", "reserved2", "__pad1", "m_padding", "spare_", "reserved_ptr"] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["preserved", "x", "", "paddle", "padded", "reservation", "unused_count_total"] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn enumerators_that_count() {
        for name in
            ["COUNT", "NumOptions", "kNumModes", "COMPILE_TIME_MAX_DEVICE_TYPES", "MODE_END", "Last", "kMax"]
        {
            assert!(is_sentinel(name), "{name}");
        }
        for name in ["CPU", "Red", "Counter", "Friend", "maximal", "Endian", "Numeric", "k"] {
            assert!(!is_sentinel(name), "{name}");
        }
    }
}
