//! Patterns over things with a name: by linkage name when they start with `_Z`, by qualified C++ name or C name otherwise.

use super::{BadPattern, Glob, NamePattern, QualifiedName};

/// The one dialect in which commands and policies name symbols, types and constants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityPattern {
    /// Over mangled linkage names.
    Linkage(Glob),
    /// Over qualified names; of a C function its own.
    Name(NamePattern),
}

impl EntityPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<EntityPattern, BadPattern> {
        Ok(match text.starts_with("_Z") {
            true => EntityPattern::Linkage(Glob::parse(text)?),
            false => EntityPattern::Name(NamePattern::parse(text)?),
        })
    }

    /// Whether it matches a symbol by its linkage name.
    pub fn matches_symbol(&self, symbol: &str) -> bool {
        self.matches_symbol_read(symbol, &mut None)
    }

    /// The same; `qualified` is the symbol's name, filled in when it was read for the first time, which takes longer than
    /// all the rest.
    pub fn matches_symbol_read(&self, symbol: &str, qualified: &mut Option<QualifiedName>) -> bool {
        match self {
            EntityPattern::Linkage(glob) => glob.matches(symbol),
            EntityPattern::Name(pattern) => {
                pattern.may_match(symbol)
                    && pattern.matches(qualified.get_or_insert_with(|| QualifiedName::of_symbol(symbol)))
            }
        }
    }

    /// Whether it matches what has no symbol: a type, a constant.
    pub fn matches_name(&self, name: &QualifiedName) -> bool {
        matches!(self, EntityPattern::Name(pattern) if pattern.matches(name))
    }
}
