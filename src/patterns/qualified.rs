//! A C++ name taken apart at its `::`, which may also stand in template arguments, parameters and conversion operators.

use std::fmt;

use crate::mangling;
use crate::spelling;

/// The components of a qualified name, outermost first, without ABI tags and parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QualifiedName {
    pub(super) components: Vec<Component>,
}

/// One component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// `Foo`, `operator()`, `operator std::string`, `(anonymous namespace)`.
    pub(super) name: String,
    /// Template arguments in canonical spelling.
    pub(super) arguments: Option<String>,
}

/// Symbols that follow the word `operator`, the longer ones before those that they begin with.
pub(super) const OPERATORS: &[&str] = &[
    " new[]",
    " delete[]",
    " new",
    " delete",
    " co_await",
    "->*",
    "<=>",
    "<<=",
    ">>=",
    "()",
    "[]",
    "->",
    "<<",
    ">>",
    "<=",
    ">=",
    "==",
    "!=",
    "&&",
    "||",
    "++",
    "--",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "&=",
    "|=",
    "^=",
    "<",
    ">",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "&",
    "|",
    "~",
    "!",
    "=",
    ",",
];

impl QualifiedName {
    /// What a linkage name names: of a vtable or typeinfo the class, of a thunk the function. A name that is not mangled
    /// is one component.
    pub fn of_symbol(symbol: &str) -> QualifiedName {
        let signature = mangling::parse(symbol).ok().and_then(|mangled| mangled.signature());
        let Some(signature) = signature else {
            let component = Component { name: symbol.to_owned(), arguments: None };
            return QualifiedName { components: vec![component] };
        };
        let mut components: Vec<Component> = signature.scope.iter().map(|scope| component(scope)).collect();
        components.push(Component {
            name: signature.name,
            arguments: signature.template_args.map(|arguments| arguments.join(", ")),
        });
        QualifiedName { components }
    }

    /// The components of a name in canonical spelling.
    pub fn parse(text: &str) -> QualifiedName {
        let mut components = Vec::new();
        let mut rest = text;
        loop {
            let end = component_end(rest);
            components.push(component(&rest[..end]));
            match rest[end..].strip_prefix("::") {
                Some(after) => rest = after,
                None => return QualifiedName { components },
            }
        }
    }
}

impl QualifiedName {
    /// The scope that the name is in; none where it is in none.
    pub fn scope(&self) -> Option<QualifiedName> {
        let (_, scope) = self.components.split_last()?;
        (!scope.is_empty()).then(|| QualifiedName { components: scope.to_vec() })
    }
}

/// With template arguments, without parameters and ABI tags.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, component) in self.components.iter().enumerate() {
            let separator = if number > 0 { "::" } else { "" };
            write!(f, "{separator}{}", component.name)?;
            if let Some(arguments) = &component.arguments {
                // `operator<` needs a space before its arguments.
                let space = if component.name.ends_with('<') { " " } else { "" };
                write!(f, "{space}<{arguments}>")?;
            }
        }
        Ok(())
    }
}

/// Where the first component ends: before `::`, or at the end of the text.
fn component_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = operator_end(text).unwrap_or(0);
    if is_conversion(text) {
        return text.len();
    }
    let mut depth = 0usize;
    while at < bytes.len() {
        match bytes[at] {
            b'<' | b'(' | b'{' | b'[' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && text[at..].starts_with("::") => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// `operator` followed by a type, which goes on to the end.
pub(super) fn is_conversion(text: &str) -> bool {
    let after = text.strip_prefix("operator ");
    after.is_some() && operator_end(text).is_none()
}

/// Where the symbol after the word `operator` ends.
fn operator_end(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("operator")?;
    if let Some(literal) = rest.strip_prefix("\"\"") {
        let name = literal.trim_start();
        let word = name.find(|c: char| !crate::spelling::is_identifier(c)).unwrap_or(name.len());
        return Some(text.len() - name.len() + word);
    }
    let symbol = OPERATORS.iter().find(|symbol| {
        // A word must end where it ends: `operator newtype`.
        rest.strip_prefix(**symbol).is_some_and(|after| {
            !symbol.ends_with(char::is_alphabetic) || !after.starts_with(crate::spelling::is_identifier)
        })
    })?;
    Some("operator".len() + symbol.len())
}

/// Takes template arguments, ABI tags and parameters off.
fn component(text: &str) -> Component {
    let start = operator_end(text).unwrap_or(0);
    if is_conversion(text) {
        return Component { name: text.to_owned(), arguments: None };
    }
    let mut name = text;
    // Parameters, but not `(anonymous namespace)` and `{lambda(int)#1}`.
    if let Some(at) = parameters(&name[start..]).filter(|at| start + at > 0) {
        name = &name[..start + at];
    }
    let arguments = match spelling::template_arguments(name) {
        Some((base, arguments)) if base.len() >= start => {
            name = base.trim_end();
            Some(arguments.to_owned())
        }
        _ => None,
    };
    let name = name.find("[abi:").map_or(name, |at| &name[..at]);
    Component { name: name.to_owned(), arguments }
}

/// Where the parameters of a function start.
fn parameters(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' if depth == 0 && !text[at..].starts_with("(anonymous ") => return Some(at),
            b'<' | b'(' | b'{' | b'[' => depth += 1,
            b'>' if at > 0 && text.as_bytes()[at - 1] == b'-' => {}
            b'>' | b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Components as text, with template arguments behind a bar.
    fn parts(name: &QualifiedName) -> Vec<String> {
        let text = |c: &Component| match &c.arguments {
            Some(arguments) => format!("{}|{arguments}", c.name),
            None => c.name.clone(),
        };
        name.components.iter().map(text).collect()
    }

    #[test]
    fn names_of_symbols() {
        for (symbol, wanted) in [
            ("_ZN3c1010TensorImplD1Ev", &["c10", "TensorImpl", "~TensorImpl"][..]),
            ("_ZTVN3c1010TensorImplE", &["c10", "TensorImpl"]),
            ("_ZTIN3c1010TensorImplE", &["c10", "TensorImpl"]),
            ("_ZThn16_N4dnnl4impl1fEv", &["dnnl", "impl", "f"]),
            (
                "_ZNSt6vectorIN3c106SymIntESaIS1_EE9push_backERKS1_",
                &["std", "vector|c10::SymInt, std::allocator<c10::SymInt>", "push_back"],
            ),
            ("_ZN1a1BltERKS0_", &["a", "B", "operator<"]),
            ("_ZN1a1BclEi", &["a", "B", "operator()"]),
            ("_ZN1a1BcvN1c1DEEv", &["a", "B", "operator c::D"]),
            ("_ZN1a1BcvT_IiEEv", &["a", "B", "operator int|int"]),
            ("_ZN12_GLOBAL__N_11fEv", &["(anonymous namespace)", "f"]),
            ("xnn_run", &["xnn_run"]),
            ("_Z3foov", &["foo"]),
        ] {
            let found = parts(&QualifiedName::of_symbol(symbol));
            // How the type of a conversion operator that is a template is told is the demangler's business.
            if symbol.contains("cvT_") {
                assert_eq!(found[..2], ["a", "B"]);
                continue;
            }
            assert_eq!(found, wanted, "{symbol}");
        }
    }

    #[test]
    fn a_name_is_written_as_it_is_read() {
        for text in ["a::B<c::D, e<f>>::g", "a::operator< <int>", "main", "(anonymous namespace)::f"] {
            assert_eq!(QualifiedName::parse(text).to_string(), text);
        }
        let name = QualifiedName::of_symbol("_ZN3c1010TensorImplD1Ev");
        assert_eq!(name.scope().unwrap().to_string(), "c10::TensorImpl");
        assert_eq!(QualifiedName::parse("main").scope(), None);
    }

    #[test]
    fn text_comes_apart_the_same_way() {
        for (text, wanted) in [
            ("a::B", &["a", "B"][..]),
            ("a::B<c::D, e<f>>::G", &["a", "B|c::D, e<f>", "G"]),
            ("a::B::operator<", &["a", "B", "operator<"]),
            ("a::operator<< <int>", &["a", "operator<<|int"]),
            ("a::operator< <b::C>", &["a", "operator<|b::C"]),
            ("a::operator()(int)", &["a", "operator()"]),
            ("a::operator->", &["a", "operator->"]),
            ("a::operator->*", &["a", "operator->*"]),
            ("a::operator new[]", &["a", "operator new[]"]),
            ("a::operator std::vector<b::C>", &["a", "operator std::vector<b::C>"]),
            ("a::operator newtype", &["a", "operator newtype"]),
            ("a::operator\"\" _km", &["a", "operator\"\" _km"]),
            ("a::operators::f", &["a", "operators", "f"]),
            ("(anonymous namespace)::f(b::C)", &["(anonymous namespace)", "f"]),
            (
                "a::f(int) const::{lambda(b::C)#1}::operator()(int) const",
                &["a", "f", "{lambda(b::C)#1}", "operator()"],
            ),
            ("f[abi:cxx11]", &["f"]),
            ("a::(anonymous union with b)", &["a", "(anonymous union with b)"]),
            ("", &[""]),
            ("a::", &["a", ""]),
        ] {
            assert_eq!(parts(&QualifiedName::parse(text)), wanted, "{text}");
        }
        for hostile in
            ["<".repeat(50_000), "a::".repeat(50_000), "operator".repeat(9_000), "operator<".repeat(9_000)]
        {
            let _ = QualifiedName::parse(&hostile);
        }
    }
}
