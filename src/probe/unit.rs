//! The translation unit that a group of headers is compiled as.
//!
//! Each header and each name has a line of its own, so that the line of an error says whose it is.

use super::declared::Candidate;

/// Name of the file, which diagnostics mention.
pub(super) const FILE: &str = "abigate-probe.cpp";

/// Headers that are compiled together, and names that the compiler is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unit {
    /// As they are included.
    pub headers: Vec<String>,
    /// Functions and variables at namespace scope.
    pub candidates: Vec<Candidate>,
}

/// Whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    /// A header, by position.
    Header(usize),
    /// A name, by position.
    Candidate(usize),
}

impl Unit {
    /// The text. A using-declaration makes compilers describe all the overloads of a name that nothing uses; each has a
    /// namespace of its own, in which it cannot meet another one.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for header in &self.headers {
            text.push_str(&format!("#include <{header}>\n"));
        }
        for (number, candidate) in self.candidates.iter().enumerate() {
            text.push_str(&format!("namespace abigate_probe_{number} {{ using ::{}; }}\n", candidate.name));
        }
        text
    }

    /// Whose a line is, counted from one.
    pub(super) fn line(&self, number: usize) -> Option<Line> {
        let at = number.checked_sub(1)?;
        match at.checked_sub(self.headers.len()) {
            None => Some(Line::Header(at)),
            Some(at) => (at < self.candidates.len()).then_some(Line::Candidate(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_belong_to_what_stands_in_them() {
        let candidate = |name: &str| Candidate { name: name.to_owned() };
        let unit = Unit {
            headers: vec!["a.h".to_owned(), "b.h".to_owned()],
            candidates: vec![candidate("f"), candidate("n::g")],
        };
        let text = unit.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "#include <b.h>");
        assert_eq!(lines[3], "namespace abigate_probe_1 { using ::n::g; }");
        assert_eq!(unit.line(2), Some(Line::Header(1)));
        assert_eq!(unit.line(4), Some(Line::Candidate(1)));
        assert_eq!((unit.line(0), unit.line(5)), (None, None));
    }
}
