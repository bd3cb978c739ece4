//! Enumerators in the names of instances that are only declared.
//!
//! Where a class is defined, its template arguments are entries of their own. Clang gives a declaration none of them: all
//! there is is the text of its name, which says `A<n::two>` where everybody else says `A<(n::E)2>`.

use foldhash::HashMap;
use rayon::prelude::*;

use super::debug_units::{DebugUnits, DieRef};
use super::names::{NameId, Names};
use super::value;

/// Notes for names with enumerators in them which ones they stand for.
pub(super) fn spell(debug_units: &DebugUnits<'_>, names: &Names) {
    // What is a type by that name is no enumerator, and most arguments are types.
    let is_unknown = |part: &str| is_path(part) && names.find(part).is_none();
    let bare: Vec<_> =
        names.bare().into_iter().filter(|(_, _, component)| parts(component).any(is_unknown)).collect();
    if bare.is_empty() {
        return;
    }
    let enumerators = all(debug_units, names);
    for (name, scope, component) in bare {
        let spelled = replace(&component, |part| enumerators.get(part)?.as_deref());
        if *spelled != *component {
            names.set_written(name, names.intern(scope, &spelled));
        }
    }
}

/// Whether a text is a qualified name of nothing but identifiers.
fn is_path(text: &str) -> bool {
    let is_identifier = |part: &str| {
        let starts = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        starts && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.split("::").all(is_identifier)
}

/// Template arguments of all depths, and what is around them.
fn parts(component: &str) -> impl Iterator<Item = &str> {
    component.split(['<', '>', ',']).map(str::trim)
}

/// A component with other template arguments.
fn replace<'a>(component: &'a str, other: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut spelled = String::new();
    for (at, piece) in component.split_inclusive(['<', '>', ',']).enumerate() {
        let text = piece.trim_end_matches(['<', '>', ',']);
        let part = text.trim();
        // What opens a list is the template.
        match other(part).filter(|_| at > 0 && !piece.ends_with('<')) {
            Some(other) => spelled.push_str(&piece.replacen(part, other, 1)),
            None => spelled.push_str(piece),
        }
    }
    spelled
}

/// What all enumerators are as template arguments; None where a name stands for several.
fn all(debug_units: &DebugUnits<'_>, names: &Names) -> HashMap<String, Option<String>> {
    let found: Vec<Vec<(String, String)>> = names
        .defined()
        .into_par_iter()
        .map(|name| of_one(debug_units, names, name).unwrap_or_default())
        .collect();
    let mut all: HashMap<String, Option<String>> = HashMap::default();
    for (name, value) in found.into_iter().flatten() {
        let known = all.entry(name).or_insert_with(|| Some(value.clone()));
        if known.as_ref() != Some(&value) {
            *known = None;
        }
    }
    all
}

/// The enumerators of an enumeration, by their qualified names.
fn of_one(debug_units: &DebugUnits<'_>, names: &Names, name: NameId) -> Option<Vec<(String, String)>> {
    let definition = *names.definitions(name).first()?;
    let die = debug_units.die(DieRef { unit: definition.unit, offset: definition.offset })?;
    if die.tag != gimli::DW_TAG_enumeration_type {
        return None;
    }
    let text = names.text(name);
    let scope = match die.flag(gimli::DW_AT_enum_class) {
        true => Some(&*text),
        false => text.rsplit_once("::").map(|(scope, _)| scope),
    };
    let is_signed = value::is_signed(debug_units, &die).unwrap_or(true);
    let size = die.unsigned(gimli::DW_AT_byte_size).unwrap_or(8);
    let mut enumerators = Vec::new();
    for child in debug_units.children(&die) {
        let own =
            debug_units.text(&child, gimli::DW_AT_name).filter(|_| child.tag == gimli::DW_TAG_enumerator);
        if let (Some(own), Some(value)) = (own, value::enumerator(&child, is_signed, size)) {
            let qualified = scope.map_or_else(|| own.clone(), |scope| format!("{scope}::{own}"));
            enumerators.push((qualified, format!("({text}){value}")));
        }
    }
    Some(enumerators)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_replaced_and_nothing_else() {
        let other = |part: &str| match part {
            "n::two" => Some("(n::E)2"),
            "A" => Some("(n::E)0"),
            _ => None,
        };
        assert_eq!(replace("A<n::two>", other), "A<(n::E)2>");
        assert_eq!(replace("B<int, n::two, A<A, n::two>>", other), "B<int, (n::E)2, A<(n::E)0, (n::E)2>>");
        assert_eq!(replace("B<n::twofold>", other), "B<n::twofold>");
        assert!(is_path("a::b_2") && is_path("c") && !is_path("2") && !is_path("") && !is_path("a b"));
    }
}
