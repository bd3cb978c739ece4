//! Which names are asked for.

use memchr::memmem;

use crate::patterns::{BadPattern, EntityPattern, QualifiedName};

/// A name or a pattern over names: a linkage name (`_ZN3c10…`), or a qualified name with the wildcards of policies.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    wanted: EntityPattern,
    /// What every linkage name and qualified name that matches has in it; a sieve, so that few names need be read.
    needle: Option<memmem::Finder<'static>>,
}

/// Words that names are mangled without: abbreviated by the ABI, or spelt otherwise.
const ABBREVIATED: &[&str] = &[
    "std",
    "string",
    "allocator",
    "basic_string",
    "basic_istream",
    "basic_ostream",
    "basic_iostream",
    "istream",
    "ostream",
    "iostream",
    "char_traits",
    "operator",
    "anonymous",
    "namespace",
    "lambda",
    "unnamed",
    "union",
    "struct",
    "class",
    "with",
    "delete",
    "co_await",
    "unsigned",
    "signed",
    "short",
    "long",
    "bool",
    "char",
    "wchar_t",
    "char8_t",
    "char16_t",
    "char32_t",
    "int",
    "float",
    "double",
    "void",
    "const",
    "volatile",
    "new",
    "nullptr_t",
    "decltype",
    "auto",
    "__int128",
    "__float128",
    "cxx11",
    "abi",
    "noexcept",
];

impl Query {
    /// Reads a name or pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Query, BadPattern> {
        let text = text.trim();
        let is_linkage = text.starts_with("_Z");
        let wanted = EntityPattern::parse(if is_linkage { crate::abi::unversioned(text) } else { text })?;
        let needle = needle(text).map(|word| memmem::Finder::new(word).into_owned());
        Ok(Query { text: text.to_owned(), wanted, needle })
    }

    /// What was asked.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A word that everything which says something about such names has in it.
    pub fn word(&self) -> Option<&str> {
        self.needle.as_ref().and_then(|needle| std::str::from_utf8(needle.needle()).ok())
    }

    /// Whether it is asked for one symbol by its linkage name.
    pub(super) fn is_linkage(&self) -> bool {
        matches!(self.wanted, EntityPattern::Linkage(_))
    }

    /// Whether it names things that no other library can name: lambdas, what is in functions and unnamed namespaces.
    pub(super) fn asks_for_local(&self) -> bool {
        self.text.contains(['{', '('])
    }

    /// Whether a name may match at all: a linkage name, or a qualified name.
    pub(super) fn may_match(&self, name: &str) -> bool {
        self.needle.as_ref().is_none_or(|needle| needle.find(name.as_bytes()).is_some())
    }

    /// Whether a linkage name is asked for.
    pub(super) fn matches_linkage(&self, symbol: &str) -> bool {
        matches!(&self.wanted, EntityPattern::Linkage(glob) if glob.matches(symbol))
    }

    /// Whether a qualified name is asked for.
    pub(super) fn matches(&self, name: &QualifiedName) -> bool {
        self.wanted.matches_name(name)
    }
}

/// The longest run of letters that every name which matches has in it, mangled or not.
fn needle(text: &str) -> Option<&str> {
    // One of several alternatives need not be there, nor what an escape makes of the next character.
    if text.contains(['{', '\\', '[']) {
        return None;
    }
    // Arguments may be abbreviated to what was said before.
    let text = text.split('<').next().unwrap_or(text);
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let is_spelt = |word: &&str| word.len() > 1 && !ABBREVIATED.iter().any(|other| other.contains(*word));
    words.filter(is_spelt).max_by_key(|word| word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_needle_is_in_every_mangled_name() {
        assert_eq!(needle("c10::TensorImpl"), Some("TensorImpl"));
        assert_eq!(needle("c10::Tensor*"), Some("Tensor"));
        assert_eq!(needle("std::string"), None);
        assert_eq!(needle("std::str*"), None);
        assert_eq!(needle("{at,c10}::X1"), None);
        assert_eq!(needle("c10::ArrayRef<unsigned long>"), Some("ArrayRef"));
        assert_eq!(needle("**"), None);
    }

    #[test]
    fn linkage_names_and_qualified_names() {
        let query = Query::parse("_ZN3c105ErrorD*").unwrap();
        assert!(query.is_linkage() && query.matches_linkage("_ZN3c105ErrorD1Ev"));
        assert!(!query.matches_linkage("_ZN3c105ErrorC1Ev"));
        let query = Query::parse("c10::Error").unwrap();
        assert!(query.matches(&QualifiedName::parse("c10::Error")));
        assert!(query.may_match("_ZN3c105ErrorD1Ev") && !query.may_match("_ZN3c105Erro"));
        assert!(Query::parse("c10::f(int)").unwrap_err().0.contains("leave the parameters out"));
    }
}
