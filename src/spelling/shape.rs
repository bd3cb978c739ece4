//! A canonical type taken apart by one step: what it points at, what it is an array of, what it returns.

use std::borrow::Cow;

/// The outermost operation of a type in canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape<'t> {
    /// A name: builtin, class, enum, typedef.
    Named(&'t str),
    /// `const`, `volatile`, `restrict`, `_Atomic`, and the type without them.
    Qualified(Cow<'t, str>),
    /// `T*`
    Pointer(Cow<'t, str>),
    /// `T&` and `T&&`
    Reference(Cow<'t, str>),
    /// `T[3]`; no bound for `T[]`.
    Array {
        /// Type of an element.
        element: Cow<'t, str>,
        /// Number of elements, where it is a number.
        bound: Option<u64>,
    },
    /// `R (A, B)`
    Function {
        /// Type of the result: `void` where there is none.
        returns: Cow<'t, str>,
        /// Types of the parameters, `...` included.
        parameters: Vec<&'t str>,
    },
    /// `T C::*`
    MemberPointer {
        /// The class.
        class: &'t str,
        /// What it points at: an object type, or a function type.
        to: Cow<'t, str>,
    },
}

/// Declarators in declarators that are followed; real ones stay below five.
const DEPTH: u32 = 32;

const QUALIFIERS: [&str; 4] = [" const", " volatile", " restrict", " _Atomic"];

/// Takes the outermost operation off a type in canonical spelling. Any other text is a name.
#[must_use]
pub fn shape(type_: &str) -> Shape<'_> {
    let Some(open) = declarator(type_) else { return simple(type_) };
    let Some(close) = matching(type_, open) else { return Shape::Named(type_) };
    let (left, inside, right) = (type_[..open].trim_end(), &type_[open + 1..close], &type_[close + 1..]);
    if !begins_declarator(inside) {
        return Shape::Function { returns: left.into(), parameters: super::split_arguments(inside) };
    }
    // What is left of the declarator after one operation stands around the same place.
    let around = |inner: &str| -> String {
        let gap = if right.starts_with('(') { " " } else { "" };
        match inner {
            "" => format!("{left}{gap}{right}"),
            _ => format!("{left} ({inner}){right}"),
        }
    };
    step(inside, &around, DEPTH).unwrap_or(Shape::Named(type_))
}

/// Takes one operation off a declarator. `around` puts what is left of it back to where it stood.
fn step<'t>(declarator: &'t str, around: &dyn Fn(&str) -> String, depth: u32) -> Option<Shape<'t>> {
    if let Some((open, close)) = nested(declarator) {
        let depth = depth.checked_sub(1)?;
        let (before, after) = (&declarator[..open], &declarator[close + 1..]);
        let around = |inner: &str| match inner {
            "" => around(&format!("{before}{after}")),
            _ => around(&format!("{before}({inner}){after}")),
        };
        return step(&declarator[open + 1..close], &around, depth);
    }
    let left = |inner: &str| -> Cow<'t, str> { around(inner).into() };
    if let Some(inner) = QUALIFIERS.iter().find_map(|q| declarator.strip_suffix(q)) {
        return Some(Shape::Qualified(left(inner)));
    }
    if declarator.ends_with(']') {
        let (start, end) = first_bound(declarator)?;
        let element = left(&format!("{}{}", &declarator[..start], &declarator[end + 1..]));
        return Some(Shape::Array { element, bound: declarator[start + 1..end].parse().ok() });
    }
    if declarator.ends_with(')') {
        let start = opening(declarator)?;
        let parameters = super::split_arguments(&declarator[start + 1..declarator.len() - 1]);
        return Some(Shape::Function { returns: left(declarator[..start].trim_end()), parameters });
    }
    if let Some(inner) = declarator.strip_suffix("&&").or_else(|| declarator.strip_suffix('&')) {
        return Some(Shape::Reference(left(inner)));
    }
    let inner = declarator.strip_suffix('*')?;
    let Some(class) = inner.strip_suffix("::") else { return Some(Shape::Pointer(left(inner))) };
    let start = last_word(class);
    Some(Shape::MemberPointer { class: &class[start..], to: left(class[..start].trim_end()) })
}

/// The parentheses inside of a declarator around another one: `(*)` in `*(*)(long)`.
fn nested(declarator: &str) -> Option<(usize, usize)> {
    let mut angles = 0usize;
    let open = declarator.bytes().position(|byte| {
        match byte {
            b'<' => angles += 1,
            b'>' => angles = angles.saturating_sub(1),
            _ => {}
        }
        byte == b'(' && angles == 0
    });
    let open = open.filter(|&open| begins_declarator(&declarator[open + 1..]))?;
    Some((open, matching(declarator, open)?))
}

/// A type without parenthesised declarators.
fn simple(type_: &str) -> Shape<'_> {
    if let Some(inner) = QUALIFIERS.iter().find_map(|q| type_.strip_suffix(q)) {
        return Shape::Qualified(inner.into());
    }
    if let Some(inner) = type_.strip_suffix("&&").or_else(|| type_.strip_suffix('&')) {
        return Shape::Reference(inner.into());
    }
    if let Some(inner) = type_.strip_suffix('*') {
        let Some(class) = inner.strip_suffix("::") else { return Shape::Pointer(inner.into()) };
        let start = last_word(class);
        return match start {
            0 => Shape::Named(type_),
            _ => Shape::MemberPointer { class: &class[start..], to: class[..start].trim_end().into() },
        };
    }
    match first_bound(type_).filter(|_| type_.ends_with(']')) {
        Some((start, end)) => {
            let (element, rest) = (&type_[..start], &type_[end + 1..]);
            let element = if rest.is_empty() { element.into() } else { format!("{element}{rest}").into() };
            Shape::Array { element, bound: type_[start + 1..end].parse().ok() }
        }
        None => Shape::Named(type_),
    }
}

/// Offset of the parenthesis that a function or a parenthesised declarator opens: a space stands before it, as it does
/// before none that is part of a name.
fn declarator(type_: &str) -> Option<usize> {
    let mut depth = 0usize;
    let bytes = type_.as_bytes();
    memchr::memmem::find(bytes, b" (")?;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' if depth == 0 && at > 0 && bytes[at - 1] == b' ' => return Some(at),
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Whether what stands in parentheses is a declarator and not a list of parameters, which begins with a type.
fn begins_declarator(inside: &str) -> bool {
    if inside.starts_with(['*', '&']) {
        return true;
    }
    let mut depth = 0usize;
    let end = inside.bytes().position(|byte| {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(byte, b' ' | b',' | b'*')
    });
    end.is_some_and(|end| inside[end..].starts_with('*') && inside[..end].ends_with("::"))
}

/// Offset of the parenthesis that closes the one at `open`.
fn matching(type_: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in type_.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Offset of the parenthesis that the last character closes.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The first of the bounds that a text ends with: offsets of its brackets.
fn first_bound(text: &str) -> Option<(usize, usize)> {
    let mut start = text.len();
    while text[..start].ends_with(']') {
        start = text[..start].rfind('[')?;
    }
    let end = start + text[start..].find(']')?;
    Some((start, end))
}

/// Offset of the last word outside of brackets of any kind.
fn last_word(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'>' | b')' | b']' | b'}' => depth += 1,
            b'<' | b'(' | b'[' | b'{' => depth = depth.saturating_sub(1),
            b' ' | b'*' | b'&' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(type_: &str) -> String {
        match shape(type_) {
            Shape::Named(name) => name.to_owned(),
            Shape::Qualified(inner) => format!("cv {}", told(&inner)),
            Shape::Pointer(inner) => format!("ptr to {}", told(&inner)),
            Shape::Reference(inner) => format!("ref to {}", told(&inner)),
            Shape::Array { element, bound: Some(bound) } => format!("array {bound} of {}", told(&element)),
            Shape::Array { element, bound: None } => format!("array of {}", told(&element)),
            Shape::Function { returns, parameters } => {
                let all: Vec<String> = parameters.iter().map(|p| told(p)).collect();
                format!("function({}) returning {}", all.join(", "), told(&returns))
            }
            Shape::MemberPointer { class, to } => format!("member of {class} to {}", told(&to)),
        }
    }

    #[test]
    fn types_come_apart_from_the_outside_in() {
        for (type_, wanted) in [
            ("int", "int"),
            ("a::B<int (*)(char), 3> const&", "ref to cv a::B<int (*)(char), 3>"),
            ("char const* const*", "ptr to cv ptr to cv char"),
            ("int[2][3]", "array 2 of array 3 of int"),
            ("char[]", "array of char"),
            ("int (*)[3]", "ptr to array 3 of int"),
            ("int (*[4])(char)", "array 4 of ptr to function(char) returning int"),
            ("void (*)(int, ...)", "ptr to function(int, ...) returning void"),
            ("void ()", "function() returning void"),
            ("int (*(*)(long))(char)", "ptr to function(long) returning ptr to function(char) returning int"),
            ("void (* const)(int)", "cv ptr to function(int) returning void"),
            ("int n::P::*", "member of n::P to int"),
            ("void (n::P::*)(int) const", "member of n::P to function(int) returning void"),
            ("int (&)[5]", "ref to array 5 of int"),
            ("int (n::P::*)[2]", "member of n::P to array 2 of int"),
            ("n::Q::(anonymous union with x)[2]", "array 2 of n::Q::(anonymous union with x)"),
            ("(anonymous namespace)::A&&", "ref to (anonymous namespace)::A"),
            ("f(int)::{lambda(char)#1}*", "ptr to f(int)::{lambda(char)#1}"),
            ("void (int n::P::*, a<b>)", "function(member of n::P to int, a<b>) returning void"),
        ] {
            assert_eq!(told(type_), wanted, "{type_}");
        }
    }

    #[test]
    fn texts_that_are_no_types_are_names() {
        for text in ["", "(", "a (", "a (*", "]", "*", "::*", "a (])", "a ()])", "a (x])[", "\u{e4}*("] {
            let _ = told(text);
        }
        let _ = told(&format!("int {}{}", "(*".repeat(500), ")".repeat(500)));
    }
}
