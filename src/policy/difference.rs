//! What a change did to `abigate.yaml`: by keys, since most of them decide what stops it.

use std::collections::BTreeSet;

use serde_yaml::{Mapping, Value};

use super::File;

/// What differs between two texts of the file. Comments, order and layout do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileDifference {
    /// Keys of the file with another value, sorted; `store` and `waivers` are not among them.
    pub keys: Vec<String>,
    /// The directory of baselines, before and after, where it is another one.
    pub store: Option<(Option<String>, Option<String>)>,
    /// Waivers that came: what each accepts, and why.
    pub waivers: Vec<(String, String)>,
    /// The new text is no configuration.
    pub is_unreadable: bool,
}

/// Compares two texts of the file.
pub fn difference(old: &str, new: &str) -> FileDifference {
    let mut difference = FileDifference::default();
    let (Some(before), Some(after)) = (mapping(old), mapping(new)) else {
        difference.is_unreadable = true;
        return difference;
    };
    let keys: BTreeSet<String> = before.keys().chain(after.keys()).filter_map(word).collect();
    for key in keys {
        let (old, new) = (before.get(&*key), after.get(&*key));
        if old == new {
            continue;
        }
        match &*key {
            "store" => difference.store = Some((old.and_then(word), new.and_then(word))),
            "waivers" => difference.waivers = added(old, new),
            _ => difference.keys.push(key),
        }
    }
    difference
}

/// The file's mapping; none: it is no configuration.
fn mapping(text: &str) -> Option<Mapping> {
    // What is too deep for a reader is refused there.
    File::parse(text).ok()?;
    match serde_yaml::from_str(text) {
        Ok(Value::Mapping(mapping)) => Some(mapping),
        Ok(Value::Null) => Some(Mapping::new()),
        // A file of comments alone.
        _ => text
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
            .then(Mapping::new),
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        _ => None,
    }
}

/// Waivers that the new list has and the old one has not.
fn added(old: Option<&Value>, new: Option<&Value>) -> Vec<(String, String)> {
    let list = |value: Option<&Value>| value.and_then(Value::as_sequence).cloned().unwrap_or_default();
    let before = list(old);
    let new = list(new).into_iter().filter(|waiver| !before.contains(waiver));
    new.map(|waiver| {
        let part = |key: &str| {
            waiver.get(key).map(|value| match value {
                Value::Sequence(all) => all.iter().filter_map(word).collect::<Vec<_>>().join(", "),
                one => word(one).unwrap_or_default(),
            })
        };
        let what = [part("rule"), part("name"), part("library")].into_iter().flatten();
        (what.collect::<Vec<_>>().join(" "), part("reason").unwrap_or_default())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ() {
        let old = "build: build\nstore: a\nwaivers:\n- {rule: symbol-removed, name: f, reason: x}\n";
        assert_eq!(difference(old, &format!("# said again\n{old}")), FileDifference::default());
        let new = "build: other\nstore: ../b\ntiers:\n- {name: x, names: '**', severity: ignore}\nwaivers:\n\
                   - {rule: symbol-removed, name: f, reason: x}\n- {rule: symbol-removed, name: [g, h], reason: y}\n";
        let found = difference(old, new);
        assert_eq!(found.keys, ["build", "tiers"]);
        assert_eq!(found.store, Some((Some("a".to_owned()), Some("../b".to_owned()))));
        assert_eq!(found.waivers, [("symbol-removed g, h".to_owned(), "y".to_owned())]);
        assert_eq!(difference(old, "").keys, ["build"]);
        assert!(difference(old, "build: [").is_unreadable && difference(old, "x: 1").is_unreadable);
        // A waiver that goes makes the gate stricter.
        assert_eq!(difference(old, "build: build\nstore: a\n"), FileDifference::default());
    }
}
