//! Patterns over qualified C++ names, component by component.
//!
//! - `c10::*`: what stands in `c10` itself; `*` and `?` stay within a component
//! - `c10::impl::**`: `c10::impl` and everything in it, at any depth; `**::detail::**` wherever
//! - `c10::ArrayRef`: with any template arguments; `c10::ArrayRef<long>`, `c10::ArrayRef<std::*>`: with these
//! - `c10::Error::operator<<`, `a::B::operator std::*`: operators as they are declared, without parameters
//!
//! A name inside of template arguments or parameters is never looked at unless the pattern has template arguments of its
//! own there.

use super::glob::{Tokens, escape};
use super::qualified::{Component, OPERATORS, QualifiedName, is_conversion};
use super::sequence::{self, Segment};
use super::{BadPattern, braces};

/// A pattern over qualified C++ names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    alternatives: Vec<Vec<Segment<Wanted>>>,
    /// For each alternative a word that stands in the linkage name of whatever matches, so that most need not be read.
    words: Vec<Option<Word>>,
}

/// A word that is looked for in many names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    trigrams: Trigrams,
}

/// Which sequences of three bytes stand in a text, by a bit for each hash: most words are not in a text because one of
/// theirs is not, which is found out much faster than by looking for the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigrams([u64; 8]);

impl Trigrams {
    /// Those of a text.
    pub fn of(text: &str) -> Trigrams {
        let mut bits = [0; 8];
        for bytes in text.as_bytes().windows(3) {
            let number = bytes.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
            // The upper nine bits of a multiplicative hash: a word of eight, and one of its bits.
            let hash = number.wrapping_mul(0x9E37_79B1) >> 23;
            bits[hash as usize / 64] |= 1 << (hash % 64);
        }
        Trigrams(bits)
    }

    /// Whether a text with these may have one with those in it.
    fn may_contain(&self, other: &Trigrams) -> bool {
        self.0.iter().zip(&other.0).all(|(all, wanted)| all & wanted == *wanted)
    }
}

/// Shorter words are in every other name.
const SHORTEST_WORD: usize = 3;

/// Names in `std` that mangled names abbreviate.
const ABBREVIATED: [&str; 7] = ["std", "allocator", "string", "istream", "ostream", "iostream", "basic_"];

/// What a component has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    name: Tokens,
    /// None: whatever they are, and whether there are any.
    arguments: Option<Tokens>,
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<NamePattern, BadPattern> {
        if text.trim().is_empty() {
            return Err(BadPattern("an empty pattern".to_owned()));
        }
        let expanded = braces::expand(text.strip_prefix("::").unwrap_or(text))?;
        let alternatives: Vec<Vec<Segment<Wanted>>> =
            expanded.iter().map(|one| segments(one)).collect::<Result<_, _>>()?;
        let word = |text: String| Word { trigrams: Trigrams::of(&text), text };
        let words = alternatives.iter().map(|one| longest_word(one).map(word)).collect();
        Ok(NamePattern { alternatives, words })
    }

    /// Whether a linkage name may be one of a name that matches. It is quick, and yes where it cannot tell.
    pub fn may_match(&self, symbol: &str) -> bool {
        self.words.iter().any(|word| word.as_ref().is_none_or(|word| symbol.contains(&word.text)))
    }

    /// The same for a name in whatever form whose trigrams are known, since many patterns are asked about it.
    pub fn may_match_with(&self, name: &str, trigrams: &Trigrams) -> bool {
        let has = |word: &Word| trigrams.may_contain(&word.trigrams) && name.contains(&word.text);
        self.words.iter().any(|word| word.as_ref().is_none_or(has))
    }

    /// Whether the name is what the pattern says.
    pub fn matches(&self, name: &QualifiedName) -> bool {
        let is = |wanted: &Wanted, at: usize| wanted.matches(&name.components[at]);
        let count = name.components.len();
        self.alternatives.iter().any(|segments| sequence::matches(segments, count, is))
    }
}

impl QualifiedName {
    /// A pattern for this name: with its template arguments, and without parameters.
    pub fn as_pattern(&self) -> String {
        let component = |component: &Component| {
            let name = escape(&component.name);
            match &component.arguments {
                // `operator<` needs a space before its arguments.
                Some(arguments) if name.ends_with('<') => format!("{name} <{}>", escape(arguments)),
                Some(arguments) => format!("{name}<{}>", escape(arguments)),
                None => name,
            }
        };
        self.components.iter().map(component).collect::<Vec<_>>().join("::")
    }
}

impl Wanted {
    fn matches(&self, component: &Component) -> bool {
        let arguments = match (&self.arguments, &component.arguments) {
            (None, _) => true,
            (Some(wanted), Some(arguments)) => wanted.matches(arguments),
            (Some(_), None) => false,
        };
        arguments && self.name.matches(&component.name)
    }
}

/// The longest word that the components ask for. Identifiers stand in mangled names as they are, where they come first.
fn longest_word(segments: &[Segment<Wanted>]) -> Option<String> {
    let words = segments.iter().filter_map(|segment| match segment {
        Segment::One(wanted) => wanted.name.word(),
        Segment::Any => None,
    });
    let is_told = |word: &String| {
        let is_abbreviated = ABBREVIATED.iter().any(|name| name.contains(&**word) || word.contains(name));
        word.len() >= SHORTEST_WORD && !is_abbreviated && !word.starts_with("operator")
    };
    words.filter(is_told).max_by_key(String::len)
}

fn segments(text: &str) -> Result<Vec<Segment<Wanted>>, BadPattern> {
    let mut segments = Vec::new();
    let mut rest = text;
    loop {
        let (segment, after) = segment(rest, text)?;
        segments.push(segment);
        match after.strip_prefix("::") {
            Some(after) => rest = after,
            None if after.is_empty() => return Ok(segments),
            None => return Err(BadPattern(format!("{text:?}: :: is expected before {after:?}"))),
        }
    }
}

/// The first component of `rest`, and what comes after it.
fn segment<'p>(rest: &'p str, whole: &str) -> Result<(Segment<Wanted>, &'p str), BadPattern> {
    if let Some(after) = rest.strip_prefix("**").filter(|after| after.is_empty() || after.starts_with("::")) {
        return Ok((Segment::Any, after));
    }
    let operator = operator(rest);
    let (name_end, is_last) = match operator {
        Some(end) => (end, false),
        None if is_conversion(rest) => (rest.len(), true),
        None => (name_end(rest, whole)?, false),
    };
    let name = &rest[..name_end];
    if name.is_empty() {
        return Err(BadPattern(format!("{whole:?} has a component without a name")));
    }
    if operator.is_none() && name.contains("**") && !name.contains("\\*") {
        return Err(BadPattern(format!("{whole:?}: ** stands for whole components, between ::")));
    }
    let mut after = &rest[name_end..];
    let mut arguments = None;
    let listed = after.trim_start_matches(' ');
    if !is_last && listed.starts_with('<') {
        let end = arguments_end(listed).ok_or_else(|| BadPattern(format!("unbalanced < in {whole:?}")))?;
        arguments = Some(Tokens::parse(&spaced(&listed[1..end]), false)?);
        after = &listed[end + 1..];
    }
    Ok((Segment::One(Wanted { name: Tokens::parse(name, false)?, arguments }), after))
}

/// Where the symbol after the word `operator` ends: the longest after which nothing, `::` or template arguments follow.
/// A symbol with a `*` in it is a wildcard that matches itself and more.
fn operator(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("operator")?;
    let ends = |rest: &str| rest.is_empty() || rest.starts_with("::") || rest.trim_start().starts_with('<');
    OPERATORS
        .iter()
        .filter(|symbol| after.strip_prefix(**symbol).is_some_and(ends))
        .map(|symbol| "operator".len() + symbol.len())
        .next()
}

/// Where a name without an operator symbol ends: before template arguments or `::`.
fn name_end(rest: &str, whole: &str) -> Result<usize, BadPattern> {
    // The symbol of an operator that goes on with a wildcard: `operator<*`.
    let symbol = rest.strip_prefix("operator").unwrap_or("");
    let symbol = symbol.len() - symbol.trim_start_matches(['<', '>', '=', '-']).len();
    let from = if symbol > 0 { "operator".len() + symbol } else { 0 };
    let mut chars = rest.char_indices().skip_while(|(at, _)| *at < from);
    // Depth of parentheses and brackets that are part of a name: `(anonymous namespace)`, `{lambda(int)#1}`.
    let mut depth = 0usize;
    let mut parentheses = 0usize;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                // A brace that is itself encloses parameters of a lambda.
                match chars.next() {
                    Some((_, '{')) => depth += 1,
                    Some((_, '}')) => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            '(' if depth == 0 && at > 0 => {
                return Err(BadPattern(format!(
                    "{whole:?}: leave the parameters out, a pattern stands for all overloads"
                )));
            }
            '(' => (depth, parentheses) = (depth + 1, parentheses + 1),
            ')' => (depth, parentheses) = (depth.saturating_sub(1), parentheses.saturating_sub(1)),
            '>' if depth == 0 => return Err(BadPattern(format!("unbalanced > in {whole:?}"))),
            '<' if depth == 0 => return Ok(at),
            ':' if depth == 0 && rest[at..].starts_with("::") => return Ok(at),
            _ => {}
        }
    }
    match parentheses {
        0 => Ok(rest.len()),
        _ => Err(BadPattern(format!("unbalanced ( in {whole:?}"))),
    }
}

/// Where the `>` is that closes the `<` at the start.
fn arguments_end(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' if bytes[at - 1] != b'-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// One space after each comma, as the canonical spelling has it.
fn spaced(arguments: &str) -> String {
    arguments.split(',').map(str::trim).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        NamePattern::parse(pattern)
            .unwrap_or_else(|e| panic!("{pattern}: {e}"))
            .matches(&QualifiedName::parse(name))
    }

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for name in yes {
            assert!(matches(pattern, name), "{pattern} does not match {name}");
        }
        for name in no {
            assert!(!matches(pattern, name), "{pattern} matches {name}");
        }
    }

    /// The trigrams of a word never say that it is not in a text that it is in.
    #[test]
    fn trigrams_leave_out_no_word() {
        let texts =
            ["_ZN3c105Error4whatEv", "at::native::add(c10::Scalar const&)", "ab", "", "Größe_über_alles"];
        for text in texts {
            let all = Trigrams::of(text);
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            for (from, start) in places.iter().enumerate() {
                for end in &places[from..] {
                    assert!(all.may_contain(&Trigrams::of(&text[*start..*end])), "{text} {start} {end}");
                }
            }
        }
        let error = Trigrams::of("Error");
        assert!(!Trigrams::of("_ZN3c105StuffC1Ev").may_contain(&error));
        let pattern = NamePattern::parse("c10::{Error,Warning}::**").unwrap();
        for name in ["_ZN3c105Error4whatEv", "_ZN3c105StuffC1Ev", "c10::Warning::a", "c10::warn", "x"] {
            assert_eq!(pattern.may_match_with(name, &Trigrams::of(name)), pattern.may_match(name), "{name}");
        }
    }

    /// A quick no has to be right: whatever matches has the word in its linkage name.
    #[test]
    fn words_of_linkage_names() {
        let may = |pattern: &str, symbol: &str| NamePattern::parse(pattern).unwrap().may_match(symbol);
        assert!(may("a::recursive_*", "_ZN1a13recursive_fooEv") && !may("a::recursive_*", "_ZN1a3fooEv"));
        assert!(may("c10::{Error,Warning}::**", "_ZN3c107WarningC1Ev"));
        assert!(!may("c10::{Error,Warning}::**", "_ZN3c105StuffC1Ev"));
        // What is abbreviated, made up, or no identifier tells nothing.
        for (pattern, symbol) in [
            ("std::basic_string::**", "_ZNSs4swapERSs"),
            ("std::allocator::*", "_ZNSaIcEC1Ev"),
            ("std::string", "_ZTISs"),
            ("a::operator std::*", "_ZN1acvSsEv"),
            ("**::~Error", "_ZN3c105ErrorD1Ev"),
            ("**", "_ZN3c105ErrorD1Ev"),
            ("a::b", "_ZN1a1bEv"),
        ] {
            assert!(may(pattern, symbol), "{pattern} {symbol}");
        }
    }

    #[test]
    fn components() {
        check("c10::*", &["c10::Error", "c10::ArrayRef<int>"], &["c10", "c10::impl::X", "at::c10", "Error"]);
        check("c10::impl::**", &["c10::impl", "c10::impl::X", "c10::impl::X::f"], &["c10::implX", "c10"]);
        check("**::detail::**", &["detail", "a::detail::f", "a::b::detail"], &["a::details"]);
        check("**", &["a", "a::b::c<d>"], &[]);
        check("at::**::backward*", &["at::backward", "at::a::b::backward_x"], &["at::backward::x"]);
        check("{at,c10}::{A,B}", &["at::A", "c10::B"], &["at::C"]);
        check("::a::b", &["a::b"], &["x::a::b"]);
        check("THP?ar*", &["THPVariable_Wrap"], &["x::THPVariable_Wrap"]);
    }

    #[test]
    fn template_arguments_only_where_the_pattern_has_some() {
        check("c10::*", &[], &["std::vector<c10::SymInt>", "std::f<c10::A>::g"]);
        check("std::vector", &["std::vector<c10::SymInt, std::allocator<c10::SymInt>>", "std::vector"], &[]);
        check("std::vector::push_back", &["std::vector<a::B>::push_back"], &["std::vector<a::push_back>"]);
        check(
            "std::vector<c10::*>",
            &["std::vector<c10::SymInt, x<y>>"],
            &["std::vector<int>", "std::vector"],
        );
        check("a<b<c>, d<e,f>>::g", &["a<b<c>, d<e, f>>::g"], &["a<b<c>>::g"]);
        check("a<*>::b<c>", &["a<x::y<z>>::b<c>"], &["a::b<c>", "a<x>::b"]);
    }

    #[test]
    fn operators() {
        check("a::operator<", &["a::operator<", "a::operator< <int>"], &["a::operator<<", "a::operator<="]);
        check("a::operator<<", &["a::operator<<", "a::operator<< <int>"], &["a::operator<"]);
        check("a::operator< <int>", &["a::operator< <int>"], &["a::operator<", "a::operator< <long>"]);
        check("a::operator()", &["a::operator()(int)", "a::operator()"], &["a::operator[]"]);
        check("a::operator[]", &["a::operator[]"], &["a::operator()", "a::operator new[]"]);
        check("a::operator->", &["a::operator->"], &["a::operator->*", "a::operator-"]);
        check("a::operator*", &["a::operator*", "a::operator<<", "a::operator bool"], &["b::operator*"]);
        check("a::operator new*", &["a::operator new", "a::operator new[]"], &["a::operator delete"]);
        check("a::operator b::C", &["a::operator b::C"], &["a::operator b::D", "a::operator b"]);
        check("a::operator std::*", &["a::operator std::vector<b::C>"], &["a::operator bool"]);
        check("a::operator<=>", &["a::operator<=>"], &["a::operator<="]);
        check("operators::x", &["operators::x"], &[]);
        check("a::operator()::**", &["a::operator()(int) const::{lambda()#1}::operator()"], &["a::f"]);
    }

    #[test]
    fn unnamed_things() {
        check("(anonymous namespace)::**", &["(anonymous namespace)::f"], &["f"]);
        check("a::(anonymous *)::f", &["a::(anonymous namespace)::f"], &[]);
        check(r"a::f::\{lambda*", &["a::f(int)::{lambda(int)#1}"], &[]);
    }

    #[test]
    fn what_is_no_pattern() {
        let error = |pattern: &str| NamePattern::parse(pattern).unwrap_err().0;
        assert!(error("a::f(int)").contains("leave the parameters out"));
        assert!(error("a<b").contains("unbalanced <"));
        assert!(error("a::(anonymous*::f").contains("unbalanced ("));
        assert!(error("a>b").contains("unbalanced >"));
        assert!(error("a::b**").contains("whole components"));
        assert!(error("a::::b").contains("without a name"));
        assert!(error("a::").contains("without a name"));
        assert!(error("a<b>c").contains("expected before"));
        assert!(error("{a").contains("unbalanced {"));
        assert!(error(" ").contains("empty"));
        for hostile in ["<".repeat(2000), "a::**::".repeat(250), "{a,{".repeat(400), "operator".repeat(200)] {
            let _ = NamePattern::parse(&hostile);
        }
    }

    #[test]
    fn matching_is_bounded() {
        let started = std::time::Instant::now();
        let pattern = NamePattern::parse(&format!("{}b", "**::*a*::".repeat(220))).unwrap();
        let name = QualifiedName::parse(&"aaaaaaaa::".repeat(2000));
        assert!(!pattern.matches(&name));
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }

    #[test]
    fn a_name_is_a_pattern_for_itself() {
        for name in [
            "a::B<c::D*, e<f>>::g",
            "a::operator< <int>",
            "a::operator<<",
            "a::operator[]",
            "a::operator()",
            "a::operator*",
            "a::operator->*",
            "a::operator b::C<d*>",
            "(anonymous namespace)::f",
            "a::f::{lambda(int)#1}::operator()",
            "a::(anonymous union with b)",
        ] {
            let name = QualifiedName::parse(name);
            let pattern = NamePattern::parse(&name.as_pattern());
            assert!(pattern.is_ok_and(|pattern| pattern.matches(&name)), "{}", name.as_pattern());
        }
    }
}
