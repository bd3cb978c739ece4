//! What a change is about, as patterns see it.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::abi::unversioned;
use crate::patterns::{BadPattern, Glob, NamePattern, QualifiedName, Trigrams};
use crate::{mangling, spelling};

/// What a policy says of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Answers {
    /// For each tier, whether something belongs to it by this name, and whether it is an exception from it.
    pub(super) tiers: Vec<(bool, bool)>,
    /// Numbers of the patterns that match.
    pub(super) patterns: Vec<usize>,
}

impl Answers {
    /// Whether something belongs to a tier by this name.
    pub(super) fn belongs(&self, tier: usize) -> bool {
        self.tiers.get(tier).is_some_and(|answer| answer.0)
    }

    /// Whether it is an exception from it.
    pub(super) fn is_excepted(&self, tier: usize) -> bool {
        self.tiers.get(tier).is_some_and(|answer| answer.1)
    }
}

/// A symbol, a type, or something else with a name.
#[derive(Debug, Default)]
pub(super) struct Named<'a> {
    /// Linkage name, without version.
    pub(super) symbol: Option<&'a str>,
    /// Name in canonical spelling, of what has no symbol.
    name: Option<&'a str>,
    /// What is neither: a library, a version, a spelling.
    text: Option<&'a str>,
    /// As reports print it, where that is known.
    printed: Option<&'a str>,
    /// The version node: of a symbol, or itself.
    version: Option<&'a str>,
    /// Taken apart when somebody asks, which takes longer than all the rest.
    qualified: OnceCell<QualifiedName>,
    /// Of the linkage name or the name, once a pattern is asked.
    trigrams: OnceCell<Trigrams>,
    /// What the policy says of the name alone, where that was found out before.
    answers: Option<Arc<Answers>>,
}

impl<'a> Named<'a> {
    /// A symbol: `_ZN1a1fEv`, `uv_run`, `f@@V1`.
    pub(super) fn symbol(symbol: &'a str) -> Named<'a> {
        let name = unversioned(symbol);
        let version = symbol.get(name.len()..).map(|rest| rest.trim_start_matches('@'));
        Named { symbol: Some(name), version: version.filter(|v| !v.is_empty()), ..Named::default() }
    }

    /// A type, scope or constant.
    pub(super) fn name(name: &'a str) -> Named<'a> {
        Named { name: Some(name), ..Named::default() }
    }

    /// A version node.
    pub(super) fn version_node(name: &'a str) -> Named<'a> {
        Named { text: Some(name), version: Some(name), ..Named::default() }
    }

    /// The version node that it is in, where that is known.
    pub(super) fn version(&self) -> Option<&'a str> {
        self.version
    }

    /// The same, with its name as reports print it.
    pub(super) fn printed(self, name: &'a str) -> Named<'a> {
        Named { printed: Some(name), ..self }
    }

    /// Whether reports print that name for it: `a::f(int)`. `name` is in canonical spelling.
    pub(super) fn is_printed_as(&self, name: &str) -> bool {
        let is = |text: &str| text == name || spelling::canonical(text) == name;
        self.printed.or(self.name).or(self.text).is_some_and(is)
            || self.symbol.is_some_and(|symbol| is(&mangling::display(symbol)))
    }

    /// Anything else.
    pub(super) fn text(text: &'a str) -> Named<'a> {
        Named { text: Some(text), ..Named::default() }
    }

    /// The qualified name, where it has one.
    pub(super) fn qualified(&self) -> Option<&QualifiedName> {
        match (self.symbol, self.name) {
            (Some(symbol), _) => Some(self.qualified.get_or_init(|| QualifiedName::of_symbol(symbol))),
            (None, Some(name)) => Some(self.qualified.get_or_init(|| QualifiedName::parse(name))),
            (None, None) => None,
        }
    }

    /// The same, with what the policy says of the name.
    pub(super) fn answered(self, answers: Arc<Answers>) -> Named<'a> {
        Named { answers: Some(answers), ..self }
    }

    /// What the policy says of the name alone, where that was found out before.
    pub(super) fn answers(&self) -> Option<&Answers> {
        self.answers.as_deref()
    }

    /// Whether it has a qualified name that a pattern matches.
    pub(super) fn is(&self, pattern: &NamePattern) -> bool {
        let may_match =
            |text: &str| pattern.may_match_with(text, self.trigrams.get_or_init(|| Trigrams::of(text)));
        self.symbol.or(self.name).is_some_and(may_match)
            && self.qualified().is_some_and(|name| pattern.matches(name))
    }

    /// The name of what has no symbol.
    pub(super) fn plain_name(&self) -> Option<&'a str> {
        self.name
    }

    /// The name of what is in no scope and no C++ symbol: a C function, a typedef of C.
    pub(super) fn identifier(&self) -> Option<&'a str> {
        let is_mangled = |name: &&str| name.starts_with("_Z");
        match self.symbol {
            Some(symbol) => Some(symbol).filter(|s| !is_mangled(s)),
            None => self.name.filter(|name| !name.contains("::")),
        }
    }
}

/// A pattern over symbols and names: over linkage names when it starts with `_Z`, over qualified C++ names and C names
/// otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SymbolPattern {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Linkage(Glob),
    /// And the same text over what is no C++ name.
    Name(NamePattern, Glob),
}

impl SymbolPattern {
    pub(super) fn parse(text: &str) -> Result<SymbolPattern, BadPattern> {
        let kind = if text.starts_with("_Z") {
            Kind::Linkage(Glob::parse(text)?)
        } else {
            // `operator[]` is a good name and no good glob.
            let whole = Glob::parse(text).unwrap_or_else(|_| Glob::literal(text));
            Kind::Name(NamePattern::parse(text)?, whole)
        };
        Ok(SymbolPattern { text: text.to_owned(), kind })
    }

    pub(super) fn matches(&self, named: &Named<'_>) -> bool {
        match &self.kind {
            Kind::Linkage(glob) => named.symbol.is_some_and(|symbol| glob.matches(symbol)),
            Kind::Name(pattern, whole) => match (named.symbol.or(named.name), named.text) {
                (Some(_), _) => named.is(pattern),
                (None, text) => text.is_some_and(|text| whole.matches(text)),
            },
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linkage_names_names_and_texts() {
        let matches =
            |pattern: &str, named: Named<'_>| SymbolPattern::parse(pattern).unwrap().matches(&named);
        assert!(matches("_ZN1a*", Named::symbol("_ZN1a1fEv@@V1")));
        assert!(!matches("_ZN1a*", Named::name("a::f")));
        assert!(matches("a::*", Named::symbol("_ZN1a1fEv")));
        assert!(matches("a::f", Named::symbol("_ZN1a1fEv")) && matches("a::T", Named::name("a::T")));
        assert!(matches("uv_*", Named::symbol("uv_run")));
        assert!(matches("GLIBC_2.*", Named::text("GLIBC_2.17")));
        assert!(matches("a::operator[]", Named::symbol("_ZN1aixEi")));
        assert!(SymbolPattern::parse("a::f(int)").is_err());
    }
}
