//! What a compiler complains about, and on behalf of which line of the translation unit.

/// An error, with the line of the translation unit that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Line of the translation unit, from one; none where the compiler does not say.
    pub line: Option<usize>,
    /// Path of the file that it is in, as the compiler found it.
    pub file: String,
    /// What is wrong, with the place: `b.h:5: 'T' was not declared in this scope`.
    pub what: String,
}

/// The errors in what GCC or Clang printed about the translation unit of that file name.
///
/// Both print how a file came to be included before the first message about it, GCC from the inside out and Clang from the
/// outside in, and not again for the next message about the same file.
pub(crate) fn complaints(text: &str, unit: &str) -> Vec<Complaint> {
    let mut found = Vec::new();
    let mut line = None;
    let mut in_trace = false;
    for message in text.lines() {
        let from = message
            .strip_prefix("In file included from ")
            .or_else(|| message.trim_start().strip_prefix("from ").filter(|_| in_trace));
        if let Some(place) = from {
            if !in_trace {
                line = None;
            }
            in_trace = true;
            line = of_unit(place, unit).or(line);
            continue;
        }
        in_trace = false;
        let Some((place, what)) = split_error(message) else { continue };
        let own = of_unit(place, unit);
        let file = place.split(':').next().unwrap_or(place).to_owned();
        found.push(Complaint { line: own.or(line), file, what: format!("{}: {what}", short(place)) });
    }
    found
}

/// `b.h:5:10: error: what` as place and text.
fn split_error(message: &str) -> Option<(&str, &str)> {
    [": fatal error: ", ": error: "].iter().find_map(|word| message.split_once(word))
}

/// The line, where a place such as `abigate-probe.cpp:12:10,` is in the translation unit.
fn of_unit(place: &str, unit: &str) -> Option<usize> {
    let (_, rest) = place.split_once(unit)?;
    rest.strip_prefix(':')?.split([':', ',', ' ']).next()?.parse().ok()
}

/// A place without column, and without the directories that only this machine has.
fn short(place: &str) -> String {
    let mut parts = place.rsplitn(3, ':');
    let numbers = [parts.next(), parts.next()];
    match (numbers, parts.next()) {
        ([Some(_), Some(line)], Some(file)) => {
            let mut folders: Vec<&str> = file.rsplit('/').take(3).collect();
            folders.reverse();
            format!("{}:{line}", folders.join("/"))
        }
        _ => place.rsplit('/').next().unwrap_or(place).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gcc_tells_from_the_inside_out() {
        let text = "In file included from /tmp/x/inner.h:3,\n                 from abigate-probe.cpp:2:\n\
                    /tmp/x/y/z/deep.h:5:10: error: 'T' was not declared in this scope\n\
                    /tmp/x/y/z/deep.h:9:1: error: again\n\
                    abigate-probe.cpp:7:30: error: 'g' has not been declared in 'n'\n\
                    In file included from abigate-probe.cpp:3:\nb.h:1:10: fatal error: no.h: No such file or directory\n\
                    compilation terminated.\n";
        let found = complaints(text, "abigate-probe.cpp");
        let lines: Vec<Option<usize>> = found.iter().map(|complaint| complaint.line).collect();
        assert_eq!(lines, [Some(2), Some(2), Some(7), Some(3)]);
        assert_eq!(found[0].what, "y/z/deep.h:5: 'T' was not declared in this scope");
        assert_eq!(found[3].what, "b.h:1: no.h: No such file or directory");
    }

    #[test]
    fn clang_tells_from_the_outside_in() {
        let text = "In file included from abigate-probe.cpp:2:\nIn file included from /tmp/x/a.h:3:\n\
                    /tmp/x/b.h:5:10: error: unknown type name 'T'\n\
                    abigate-probe.cpp:4:1: error: no member named 'g' in namespace 'n'\n2 errors generated.\n";
        let lines: Vec<Option<usize>> =
            complaints(text, "abigate-probe.cpp").iter().map(|complaint| complaint.line).collect();
        assert_eq!(lines, [Some(2), Some(4)]);
    }
}
