//! The translation unit that a group of headers is compiled as.
//!
//! Each header and each name has a line of its own, so that the line of an error says whose it is.

use super::declared::Candidate;
use crate::dwarf::PROBED;
use crate::toolchain::compiler::Language;

/// Name of the file, which diagnostics mention.
pub(super) const FILE: &str = "abigate-probe.cpp";

/// Headers that are compiled together, and names that the compiler is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unit {
    /// The headers of C that others expect to be included first come first: [`STANDARD`].
    pub after_standard: bool,
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

/// What programs in C have mostly included before a library's header.
const STANDARD: [&str; 6] = ["stddef.h", "stdint.h", "stdio.h", "stdlib.h", "time.h", "sys/types.h"];

/// Lines for each candidate.
const LINES_EACH: usize = 2;

impl Unit {
    /// Of some headers alone.
    pub(super) fn of(headers: Vec<String>) -> Unit {
        Unit { headers, ..Unit::default() }
    }

    /// The text. A using-declaration makes compilers of C++ describe all the overloads of a name that nothing uses; each has
    /// a namespace of its own, in which it cannot meet another one. In C it is a pointer to what the name is. No macro may
    /// stand for the name meanwhile.
    pub(super) fn text(&self, language: Language) -> String {
        let mut text = String::new();
        for header in self.standard().iter().copied().chain(self.headers.iter().map(String::as_str)) {
            text.push_str(&format!("#include <{header}>\n"));
        }
        for (number, candidate) in self.candidates.iter().enumerate() {
            let name = &candidate.name;
            let last = name.rsplit("::").next().unwrap_or(name);
            match last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                true => text.push_str(&format!("#undef {last}\n")),
                false => text.push('\n'),
            }
            text.push_str(&match language {
                Language::C => format!("__typeof__({name}) *{PROBED}{name};\n"),
                Language::Cxx => format!("namespace abigate_probe_{number} {{ using ::{name}; }}\n"),
            });
        }
        text
    }

    fn standard(&self) -> &'static [&'static str] {
        if self.after_standard { &STANDARD } else { &[] }
    }

    /// Whose a line is, counted from one.
    pub(super) fn line(&self, number: usize) -> Option<Line> {
        let at = number.checked_sub(1 + self.standard().len())?;
        match at.checked_sub(self.headers.len()) {
            None => Some(Line::Header(at)),
            Some(at) => {
                let at = at / LINES_EACH;
                (at < self.candidates.len()).then_some(Line::Candidate(at))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Location;

    #[test]
    fn lines_belong_to_what_stands_in_them() {
        let location = Location { file: "a.h".into(), line: 1 };
        let candidate = |name: &str| Candidate {
            name: name.to_owned(),
            location: location.clone(),
            is_inline: false,
            is_noreturn: false,
            label: None,
            parameters: Vec::new(),
        };
        let unit = Unit {
            after_standard: false,
            headers: vec!["a.h".to_owned(), "b.h".to_owned()],
            candidates: vec![candidate("f"), candidate("n::g"), candidate("n::operator+")],
        };
        let text = unit.text(Language::Cxx);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "#include <b.h>");
        assert_eq!(
            lines[4..],
            [
                "#undef g",
                "namespace abigate_probe_1 { using ::n::g; }",
                "",
                "namespace abigate_probe_2 { using ::n::operator+; }"
            ]
        );
        assert_eq!(unit.line(2), Some(Line::Header(1)));
        assert_eq!(unit.line(3), Some(Line::Candidate(0)));
        assert_eq!(unit.line(6), Some(Line::Candidate(1)));
        assert_eq!((unit.line(0), unit.line(9)), (None, None));
        let after = Unit { after_standard: true, ..unit.clone() };
        let line = after.text(Language::C).lines().position(|line| line == "#include <a.h>").unwrap();
        assert_eq!(after.line(line + 1), Some(Line::Header(0)));
        assert_eq!(after.line(line), None);
        assert!(unit.text(Language::C).contains("#undef f\n__typeof__(f) *abigate_probe_of_f;\n"));
    }
}
