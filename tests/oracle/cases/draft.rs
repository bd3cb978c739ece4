//! What a case is written as: the texts of a library's two versions in one, with `@(old@|new@)` where they differ.

use crate::dice::Dice;

/// Both versions of a library, and the program that uses the old one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    header: String,
    /// Source files of the library by number, in the order in which they are linked.
    sources: Vec<String>,
    /// A second library of the release.
    desk: String,
    /// The version script.
    map: String,
    program: String,
    flags: String,
    link: String,
    /// Options of the program, where they are not the old library's.
    program_flags: Option<String>,
    is_swapped: bool,
}

/// One version of a library.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) header: String,
    pub(crate) sources: Vec<String>,
    pub(crate) desk: String,
    pub(crate) map: String,
    /// Options of the compiler, and of the linker, one after the other.
    pub(crate) flags: Vec<String>,
    pub(crate) link: Vec<String>,
}

impl Draft {
    pub(crate) fn new(header: &str, source: &str, program: &str) -> Draft {
        Draft {
            header: header.to_owned(),
            sources: vec![source.to_owned()],
            program: program.to_owned(),
            ..Draft::default()
        }
    }

    /// One more source file, before or behind the others.
    pub(crate) fn source(mut self, dice: &mut Dice, text: &str) -> Draft {
        let at = dice.below(self.sources.len() + 1);
        self.sources.insert(at, text.to_owned());
        self
    }

    pub(crate) fn desk(self, text: &str) -> Draft {
        Draft { desk: text.to_owned(), ..self }
    }

    pub(crate) fn map(self, text: &str) -> Draft {
        Draft { map: text.to_owned(), ..self }
    }

    pub(crate) fn flags(self, text: &str) -> Draft {
        Draft { flags: text.to_owned(), ..self }
    }

    pub(crate) fn link(self, text: &str) -> Draft {
        Draft { link: text.to_owned(), ..self }
    }

    /// Everywhere another word.
    pub(crate) fn renamed(self, from: &str, to: &str) -> Draft {
        let now = |text: &str| text.replace(from, to);
        Draft {
            header: now(&self.header),
            sources: self.sources.iter().map(|text| now(text)).collect(),
            program: now(&self.program),
            ..self
        }
    }

    /// The edit is made or taken back.
    pub(crate) fn either_way(self, dice: &mut Dice) -> Draft {
        Draft { is_swapped: dice.one_in(2), ..self }
    }

    pub(crate) fn old(&self) -> Side {
        self.side(self.is_swapped)
    }

    pub(crate) fn new_side(&self) -> Side {
        self.side(!self.is_swapped)
    }

    pub(crate) fn program_flags(self, text: &str) -> Draft {
        Draft { program_flags: Some(text.to_owned()), ..self }
    }

    pub(crate) fn flags_of_program(&self) -> Vec<String> {
        match &self.program_flags {
            Some(text) => text.split_whitespace().map(str::to_owned).collect(),
            None => self.old().flags,
        }
    }

    /// What was written for the old library.
    pub(crate) fn program(&self) -> String {
        expand(&self.program, self.is_swapped)
    }

    fn side(&self, is_second: bool) -> Side {
        let words = |text: &str| expand(text, is_second).split_whitespace().map(str::to_owned).collect();
        Side {
            header: expand(&self.header, is_second),
            sources: self.sources.iter().map(|text| expand(text, is_second)).collect(),
            desk: expand(&self.desk, is_second),
            map: expand(&self.map, is_second),
            flags: words(&self.flags),
            link: words(&self.link),
        }
    }
}

/// Takes one of each `@(first@|second@)`.
fn expand(text: &str, is_second: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("@(") {
        let (choice, after) = behind.split_once("@)").expect("what is opened is closed");
        let (first, second) = choice.split_once("@|").expect("two versions");
        out.push_str(before);
        out.push_str(if is_second { second } else { first });
        rest = after;
    }
    out + rest
}

/// Puts what stands behind each name in its place.
pub(crate) fn fill(text: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}
