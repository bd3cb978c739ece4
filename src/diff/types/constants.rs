//! Constants and macros, whose values programs have compiled in.

use std::collections::BTreeMap;

use super::super::{Change, Changes, Detail, Note, Subject, SubjectKind, Value, ValueChange};
use super::macro_value as value;
use super::macros;
use crate::abi::{Constant, Library, Location};
use crate::rules::{Rule, Severity};

/// Compares the values of what both libraries define, as far as programs may have the old one compiled in.
pub(super) fn compare(
    old: &Library,
    new: &Library,
    may_name: &dyn Fn(&Constant) -> bool,
    changes: &mut Changes,
) {
    let mut tell = |name: &str, from: &str, to: &str, location: Option<&Location>| {
        let subject = Subject::named(SubjectKind::Constant, name, &old.name);
        let mut change = Change::new(Rule::ConstantChanged, subject)
            .between(Value::Constant(from.to_owned()), Value::Constant(to.to_owned()));
        change.location = location.cloned();
        if location.is_some_and(Location::is_source) {
            // No program has it compiled in.
            change.severity = Severity::Compatible;
        }
        changes.push(if is_release_version(name, from, to) || is_part_of_version(old, name, from, to) {
            change.with_severity(Severity::Compatible).with_note(Note::ReleaseVersion)
        } else {
            change
        });
    };
    let mut by_type: BTreeMap<&str, Vec<(&Constant, &Constant)>> = BTreeMap::new();
    let differ = both(&old.constants, &new.constants, |c| &*c.name).filter(|(a, b)| !is_one_value(a, b));
    for pair in differ.filter(|(before, _)| may_name(before)) {
        by_type.entry(&pair.0.type_).or_default().push(pair);
    }
    let mut together = Vec::new();
    for (type_, pairs) in by_type {
        match pairs.len() >= MANY && type_.contains("::") {
            true => together.push(all_of_type(type_, &pairs, &old.name)),
            false => pairs.iter().for_each(|(before, after)| {
                tell(&before.name, &before.value, &after.value, after.location.as_ref());
            }),
        }
    }
    for (before, after) in both(&old.macros, &new.macros, |m| &*m.name) {
        let is_number = |name: &str| [old, new].iter().all(|library| stands_for_number(library, name));
        let is_same = || {
            macros::same(&before.value, &after.value, &is_number)
                || value::is_same(
                    (&before.value, &|name| text(old, name)),
                    (&after.value, &|name| text(new, name)),
                )
        };
        if before.value != after.value && !is_same() {
            tell(&before.name, &before.value, &after.value, None);
        }
    }
    for change in together {
        changes.push(change);
    }
    parameters(old, new, changes);
}

/// Tells macros that no longer take as many arguments as old sources give them.
fn parameters(old: &Library, new: &Library, changes: &mut Changes) {
    let calls = |library: &'_ Library| -> BTreeMap<String, (String, Arguments)> {
        let called = library.macros.iter().filter_map(|known| {
            let (name, list) = known.name.strip_suffix(')')?.split_once('(')?;
            Some((name.to_owned(), (known.name.to_string(), Arguments::of(list))))
        });
        called.collect()
    };
    let after = calls(new);
    for (name, (from, taken)) in calls(old) {
        let Some((to, _)) = after.get(&name).filter(|(_, takes)| !takes.covers(&taken)) else { continue };
        let subject = Subject::named(SubjectKind::Constant, &*name, &old.name);
        let change = Change::new(Rule::ConstantChanged, subject)
            .between(Value::Constant(from), Value::Constant(to.clone()));
        changes.push(change.with_severity(Severity::Source));
    }
}

/// How many arguments a macro takes.
struct Arguments {
    least: usize,
    /// None for any number.
    most: Option<usize>,
}

impl Arguments {
    fn of(list: &str) -> Arguments {
        let count = list.split(',').filter(|name| !name.trim().is_empty()).count();
        match list.contains("...") {
            // The argument before them may be the last one.
            true => Arguments { least: count - 1, most: None },
            false => Arguments { least: count, most: Some(count) },
        }
    }

    fn covers(&self, other: &Arguments) -> bool {
        let enough = self.most.is_none_or(|most| other.most.is_some_and(|needed| needed <= most));
        self.least <= other.least && enough
    }
}

/// Whether two values are one: headers in C give them as they are written.
fn is_one_value(old: &Constant, new: &Constant) -> bool {
    let none = |_: &str| None;
    old.value == new.value
        || macros::same(&old.value, &new.value, &|_| false)
        || value::is_same((&old.value, &none), (&new.value, &none))
        || (old.type_ == new.type_ && value::is_same_constant(&old.value, &new.value))
}

/// Constants of one class that change together: somebody numbered them anew.
const MANY: usize = 8;

fn all_of_type(type_: &str, pairs: &[(&Constant, &Constant)], library: &str) -> Change {
    let class = type_.trim_end_matches(" const");
    let subject = Subject::named(SubjectKind::Constant, format!("{} of type {class}", pairs.len()), library);
    let value = |(before, after): &(&Constant, &Constant)| ValueChange {
        name: before.name.to_string(),
        old: before.value.to_string(),
        new: after.value.to_string(),
    };
    let detail = Detail::Values(pairs.iter().map(value).collect());
    let mut change = Change::new(Rule::ConstantChanged, subject).with_detail(detail);
    change.location = pairs[0].1.location.clone();
    change
}

/// Items of two lists, sorted by name, that have a name in common.
fn both<'l, T>(
    old: &'l [T],
    new: &'l [T],
    name: impl Fn(&T) -> &str,
) -> impl Iterator<Item = (&'l T, &'l T)> {
    old.iter().filter_map(move |before| {
        let at = new.binary_search_by(|after| name(after).cmp(name(before))).ok()?;
        Some((before, &new[at]))
    })
}

/// Words of a name that speaks of a version.
const VERSIONS: [&str; 13] = [
    "version",
    "ver",
    "vers",
    "libver",
    "libversion",
    "vernum",
    "verstring",
    "versionnum",
    "soversion",
    "soname",
    "release",
    "git",
    "build",
];

/// Words that say which part of a version, or what of it.
const PARTS: [&str; 36] = [
    "teeny",
    "int",
    "major",
    "minor",
    "patch",
    "micro",
    "tweak",
    "build",
    "string",
    "str",
    "hex",
    "number",
    "num",
    "revision",
    "rev",
    "release",
    "subminor",
    "sonum",
    "dllnum",
    "patchlevel",
    "level",
    "date",
    "id",
    "code",
    "suffix",
    "tag",
    "text",
    "full",
    "version",
    "ver",
    "year",
    "month",
    "day",
    "commit",
    "hash",
    "describe",
];

/// Versions of something else than the release, on which both sides have to agree.
const AGREED: [&str; 12] = [
    "protocol",
    "proto",
    "abi",
    "format",
    "interface",
    "schema",
    "wire",
    "file",
    "min",
    "minimum",
    "required",
    "max",
];

/// Whether two texts differ in nothing but versions of three or more parts: `"expat 2.2.10"`. One of two parts may be that of a
/// protocol.
fn is_same_but_for_version(from: &str, to: &str) -> bool {
    let without = |text: &str| {
        let is_of_version = |c: char| c.is_ascii_digit() || c == '.';
        let mut rest = text.starts_with('"').then_some(text)?;
        let (mut kept, mut is_any) = (String::new(), false);
        while let Some(start) = rest.find(is_of_version) {
            let end = rest[start..].find(|c| !is_of_version(c)).map_or(rest.len(), |end| start + end);
            let is_version = rest[start..end].trim_matches('.').matches('.').count() >= 2;
            kept.push_str(if is_version { &rest[..start] } else { &rest[..end] });
            is_any |= is_version;
            rest = &rest[end..];
        }
        is_any.then(|| kept + rest)
    };
    without(from).is_some_and(|from| without(to) == Some(from))
}

/// Whether a constant is there to differ between releases: `TORCH_VERSION_MINOR`, `ZLIB_VER_REVISION`, `"2.5.1"`. A
/// `PROTOCOL_VERSION` is not.
fn is_release_version(name: &str, from: &str, to: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&&**word));
    let is_dotted = |value: &str| {
        let text = value.trim_matches('"');
        text.matches('.').count() >= 1 && text.split('.').take(2).all(|n| n.parse::<u32>().is_ok())
    };
    let is_dated = |value: &str| {
        let digits = value.chars().filter(char::is_ascii_digit).count();
        value.starts_with('"') && digits >= 8
    };
    if has(&AGREED) {
        return false;
    }
    if words.iter().any(|word| word == "copyright") || is_same_but_for_version(from, to) {
        return true;
    }
    let whole = ["vernum", "verstring", "versionnum", "soversion"];
    // A word for each: that `RELEASE` is both says nothing of `RELEASE` alone.
    let of = words.iter().position(|word| VERSIONS.contains(&&**word));
    let has_part = words.iter().enumerate().any(|(at, word)| Some(at) != of && PARTS.contains(&&**word));
    let mut version = of.is_some() && (has_part || has(&whole) || (is_dotted(from) && is_dotted(to)));
    // `LIB_RELEASE`, `LIB_REVISION` alone: of the library, if the name has no more than that and what it is of.
    version |= words.len() == 2
        && words.last().is_some_and(|last| matches!(&**last, "release" | "revision" | "soversion"));
    version |= ["timestamp", "date", "id"].iter().any(|word| words.last().is_some_and(|last| last == word))
        && is_dated(from)
        && is_dated(to);
    version
}

/// `LIB_MAJOR` beside `LIB_MINOR`, and `LIB_VER` beside `LIB_VER_MAJOR`: what is a version by what stands beside it.
fn is_part_of_version(library: &Library, name: &str, from: &str, to: &str) -> bool {
    let parts = ["MAJOR", "MINOR", "PATCH", "MICRO"];
    let Some((prefix, part)) = name.rsplit_once('_') else { return false };
    let prefix = match part {
        "VER" | "VERSION" => name,
        _ if parts.contains(&part) => prefix,
        _ => return false,
    };
    let is_sibling = |other: &str| {
        let sibling = format!("{prefix}_{other}");
        other != part && text(library, &sibling).is_some_and(macros::is_number)
    };
    words(name).iter().all(|word| !AGREED.contains(&&**word))
        && macros::is_number(from)
        && macros::is_number(to)
        && parts.into_iter().any(is_sibling)
}

/// Macros that name macros, which are followed to a number.
const DEEPEST: usize = 8;

/// Whether a macro is that of a number, by another name perhaps.
fn stands_for_number(library: &Library, name: &str) -> bool {
    let texts = std::iter::successors(text(library, name), |name| text(library, name));
    texts.take(DEEPEST).any(macros::is_number)
}

/// The replacement text of a macro.
fn text<'l>(library: &'l Library, name: &str) -> Option<&'l str> {
    let at = library.macros.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
    library.macros.get(at).map(|known| &*known.value)
}

/// `LIB_VER_REVISION`, `n::kVersionMajor`: the words of the last component in small letters.
fn words(name: &str) -> Vec<String> {
    let own = name.rsplit("::").next().unwrap_or(name);
    let mut words = vec![String::new()];
    let mut previous = '_';
    for c in own.chars() {
        let begins = c == '_' || (c.is_ascii_uppercase() && previous.is_ascii_lowercase());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_that_are_numbered_anew_are_one_change() {
        let library = |shift: usize, type_: &str| Library {
            constants: (0..20)
                .map(|n| Constant {
                    name: format!("n::k{n:02}").into(),
                    type_: type_.into(),
                    value: (n + shift).to_string().into(),
                    location: None,
                })
                .collect(),
            ..Library::default()
        };
        let count = |type_: &str| {
            let mut changes = Changes::default();
            compare(&library(0, type_), &library(1, type_), &|_| true, &mut changes);
            changes.into_vec()
        };
        let together = count("n::Symbol const");
        assert_eq!(together.len(), 1);
        assert_eq!(together[0].subject.name, "20 of type n::Symbol");
        let Detail::Values(values) = &together[0].detail else { panic!("{:?}", together[0]) };
        assert_eq!((values.len(), &*values[2].name, &*values[2].new), (20, "n::k02", "3"));
        // Numbers that have nothing to do with each other.
        assert_eq!(count("int const").len(), 20);
    }

    #[test]
    fn macros_with_other_parameters() {
        let told = |from: &str, to: &str| {
            let library = |name: &str| Library {
                macros: vec![crate::abi::Macro { name: name.into(), value: "1".into() }],
                ..Library::default()
            };
            let mut changes = Changes::default();
            compare(&library(from), &library(to), &|_| true, &mut changes);
            changes.into_vec().len() == 1
        };
        for (from, to) in [("F(a)", "F(a,b)"), ("F(a,b)", "F(a)"), ("F(...)", "F(a)"), ("F()", "F(a)")] {
            assert!(told(from, to), "{from} {to}");
        }
        for (from, to) in [
            ("F(a,b)", "F(x,y)"),
            ("F(f)", "F(f,...)"),
            ("F(a,...)", "F(...)"),
            ("F(a,args...)", "F(a,...)"),
            ("F(a)", "F"),
            ("F", "F(a)"),
        ] {
            assert!(!told(from, to), "{from} {to}");
        }
    }

    #[test]
    fn parts_of_a_version_stand_together() {
        let macros = |all: &[(&str, &str)]| Library {
            macros: all
                .iter()
                .map(|(name, value)| crate::abi::Macro { name: (*name).into(), value: (*value).into() })
                .collect(),
            ..Library::default()
        };
        let old = macros(&[
            ("KEY_MAJOR", "1"),
            ("LIB_MAJOR", "0"),
            ("LIB_MINOR", "14"),
            ("PROTO_MAJOR", "1"),
            ("PROTO_MINOR", "1"),
        ]);
        assert!(
            is_part_of_version(&old, "LIB_MAJOR", "0", "1")
                && is_part_of_version(&old, "LIB_MINOR", "14", "2")
        );
        assert!(
            !is_part_of_version(&old, "KEY_MAJOR", "1", "2")
                && !is_part_of_version(&old, "PROTO_MAJOR", "1", "2")
        );
        assert!(!is_part_of_version(&old, "LIB_MAJOR", "0", "(1)"));
        let old = macros(&[("LIB_VER", "10639"), ("LIB_VER_MINOR", "6"), ("OTHER_VER", "1")]);
        assert!(is_part_of_version(&old, "LIB_VER", "10639", "10648"));
        assert!(!is_part_of_version(&old, "OTHER_VER", "1", "2"));
        let old = macros(&[("ROUND", "ROUND"), ("USAGE", "USAGE_DEFAULT"), ("USAGE_DEFAULT", "14")]);
        assert!(stands_for_number(&old, "USAGE") && !stands_for_number(&old, "ROUND"));
        assert!(is_release_version("LIB_SONAME", "\"0.14\"", "\"1.1.0\""));
    }

    #[test]
    fn releases_differ_in_their_version() {
        assert!(is_release_version("TORCH_VERSION_MINOR", "5", "6"));
        assert!(is_release_version("n::kVersion", "\"2.5.1\"", "\"2.6.0\""));
        for (name, from, to) in [
            ("LIB_VERNUM", "0x12d0", "0x1310"),
            ("LIB_VER_REVISION", "13", "1"),
            ("LIB_VERSION_RELEASE", "4", "0"),
            ("LIB_MINOR_VERSION", "15", "16"),
            ("LIB_VER_STRING", "\"1.6.37\"", "\"1.6.39\""),
            ("n::kVersionMajor", "1", "2"),
            ("FOO_RELEASE_DATE", "\"2024\"", "\"2025\""),
            ("FOO_RELEASE", "1", "2"),
            ("FOO_BUILD_NUMBER", "100", "120"),
            ("FOO_GIT_REVISION", "\"abc\"", "\"def\""),
            ("LIBCURL_TIMESTAMP", "\"2023-02-20\"", "\"2025-06-04\""),
            ("ONIGURUMA_VERSION_TEENY", "8", "9"),
            ("ONIGURUMA_VERSION_INT", "60908", "60909"),
            ("PACKAGE_STRING", "\"expat 2.2.10\"", "\"expat 2.5.0\""),
            ("USER_AGENT", "\"shop/1.2.3 (x86)\"", "\"shop/1.2.4 (x86)\""),
            ("ARES_COPYRIGHT", "\"2004 - 2020 A\"", "\"2004 - 2021 A\""),
        ] {
            assert!(is_release_version(name, from, to), "{name}");
        }
        assert!(!is_release_version("PROTOCOL_VERSION", "3", "4"));
        assert!(!is_release_version("FOO_API_LEVEL", "3", "4") && !is_release_version("RELEASE", "3", "4"));
        assert!(!is_release_version("KEY_BUTTON_RELEASE", "3", "4"));
        assert!(!is_release_version("WIRE_FORMAT_VERSION_MAJOR", "3", "4"));
        assert!(!is_release_version("MAX_LEVEL", "3", "4"));
        assert!(!is_release_version("HELLO", "\"HTTP/1.0\"", "\"HTTP/1.1\""));
        assert!(!is_release_version("PLACE", "\"/a 1.2.3\"", "\"/b 1.2.4\""));
        assert!(!is_release_version("PLACE", "\"/a\"", "\"/b\""));
        assert!(!is_release_version("kLimit", "1.5", "2.5"));
    }
}
