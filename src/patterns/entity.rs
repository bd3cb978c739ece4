//! Patterns over things with a name: by linkage name when they start with `_Z`, by qualified C++ name or C name otherwise.

use std::cell::OnceCell;

use super::{BadPattern, Glob, NamePattern, QualifiedName, Trigrams};

/// A symbol that several patterns are asked about: what they look at is found out once, when the first one asks.
pub struct SymbolName<'s> {
    linkage: &'s str,
    trigrams: OnceCell<Trigrams>,
    qualified: OnceCell<QualifiedName>,
}

impl<'s> SymbolName<'s> {
    /// Of a linkage name without version.
    pub fn new(linkage: &'s str) -> SymbolName<'s> {
        SymbolName { linkage, trigrams: OnceCell::new(), qualified: OnceCell::new() }
    }

    fn trigrams(&self) -> &Trigrams {
        self.trigrams.get_or_init(|| Trigrams::of(self.linkage))
    }

    fn qualified(&self) -> &QualifiedName {
        self.qualified.get_or_init(|| QualifiedName::of_symbol(self.linkage))
    }
}

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
        self.matches_symbol_read(&SymbolName::new(symbol))
    }

    /// The same of a symbol that many patterns are asked about.
    pub fn matches_symbol_read(&self, symbol: &SymbolName<'_>) -> bool {
        match self {
            EntityPattern::Linkage(glob) => glob.matches(symbol.linkage),
            EntityPattern::Name(pattern) => {
                pattern.may_match_with(symbol.linkage, symbol.trigrams())
                    && pattern.matches(symbol.qualified())
            }
        }
    }

    /// Whether it matches what has no symbol: a type, a constant.
    pub fn matches_name(&self, name: &QualifiedName) -> bool {
        matches!(self, EntityPattern::Name(pattern) if pattern.matches(name))
    }
}
