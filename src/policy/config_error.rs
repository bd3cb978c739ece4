//! What is wrong with a policy, and where in its text.
//!
//! The YAML reader keeps positions for its own errors only. A mistake that shows later, when entries are taken together, is
//! therefore looked up: the text is read once more along the way to the entry, and refused there.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A mistake in the text of a policy. Shown as `line:column: sentence`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {what}")]
pub struct ConfigError {
    /// One-based line.
    pub line: usize,
    /// One-based column.
    pub column: usize,
    /// One sentence without a full stop.
    pub what: String,
}

/// The way to an entry: `tiers`, third, `names`, second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// The value of a key.
    Key(String),
    /// An entry of a list; a value that stands for a list of one is that one.
    At(usize),
    /// A key of a mapping, by its number.
    KeyAt(usize),
    /// A key that is there a second time.
    Again(String),
}

impl Place {
    pub(super) fn root(key: &str) -> Place {
        Place(vec![Step::Key(key.to_owned())])
    }

    #[must_use]
    fn step(&self, step: Step) -> Place {
        let mut steps = self.0.clone();
        steps.push(step);
        Place(steps)
    }

    /// The value of a key.
    #[must_use]
    pub(super) fn key(&self, key: &str) -> Place {
        self.step(Step::Key(key.to_owned()))
    }

    /// An entry of a list.
    #[must_use]
    pub(super) fn at(&self, position: usize) -> Place {
        self.step(Step::At(position))
    }

    /// A key itself.
    #[must_use]
    pub(super) fn key_at(&self, position: usize) -> Place {
        self.step(Step::KeyAt(position))
    }

    /// What is wrong here.
    pub(super) fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong { place: self.clone(), what: what.into() }
    }

    /// Line and column in the text.
    pub(super) fn find(&self, text: &str) -> (usize, usize) {
        let error = Seek(&self.0).deserialize(serde_yaml::Deserializer::from_str(text)).err();
        error.and_then(|e| e.location()).map_or((1, 1), |at| (at.line(), at.column()))
    }

    /// Reads the way as the YAML reader writes it: `tiers[2].severity`.
    fn parse(path: &str) -> Place {
        let part = |part: &str| match part.strip_suffix(']').map(str::parse) {
            Some(Ok(position)) => Step::At(position),
            _ => Step::Key(part.to_owned()),
        };
        Place(path.split(['.', '[']).filter(|p| !p.is_empty()).map(part).collect())
    }
}

/// A mistake whose place has yet to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    place: Place,
    what: String,
}

impl Wrong {
    pub(super) fn locate(self, text: &str) -> ConfigError {
        let (line, column) = self.place.find(text);
        ConfigError { line, column, what: self.what }
    }
}

/// A mistake that the YAML reader found.
pub(super) fn from_yaml(error: &serde_yaml::Error, text: &str) -> ConfigError {
    let (mut line, mut column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or(&message);
    let quoted = |before: &str| Some(what.split(before).nth(1)?.split('`').next()?.to_owned());
    let what = if let Some(key) = quoted("duplicate field `") {
        let way = what.split(": duplicate").next().filter(|way| *way != what).unwrap_or("");
        (line, column) = Place::parse(way).step(Step::Again(key.clone())).find(text);
        format!("key {key:?} is there twice")
    } else if let Some(key) = quoted("missing field `") {
        format!("key {key:?} is missing")
    } else if let Some(key) = quoted("unknown field `") {
        let known = what.split("expected ").nth(1).unwrap_or("");
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        format!("unknown key {key:?}; {}", hint(&key, &known))
    } else {
        what.to_owned()
    };
    ConfigError { line, column, what }
}

/// `did you mean store?`, or all there are.
pub(super) fn hint(typed: &str, known: &[&str]) -> String {
    match nearest(typed, known) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// The nearest of several words, if any is near.
pub(super) fn nearest<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |word: &str| strsim::osa_distance(typed, word);
    let nearest = known.iter().min_by_key(|word| distance(word))?;
    (distance(nearest) <= (typed.chars().count() / 3).max(2)).then_some(nearest)
}

/// Goes to a place and refuses what is there, which is how its position comes out.
struct Seek<'s>(&'s [Step]);

/// What the reader is told; nobody sees it.
const HERE: &str = "here";

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    // Scalars end here too: what they are refused with carries their position as well.
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HERE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((Step::At(position), rest)) = self.0.split_first() else {
            return Err(A::Error::custom(HERE));
        };
        for _ in 0..*position {
            items.next_element::<IgnoredAny>()?;
        }
        items.next_element_seed(Seek(rest))?;
        Err(A::Error::custom(HERE))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let here = || A::Error::custom(HERE);
        let (step, rest) = self.0.split_first().ok_or_else(here)?;
        let mut seen = 0;
        for number in 0.. {
            match step {
                Step::KeyAt(wanted) if *wanted == number => {
                    entries.next_key_seed(Seek(&[]))?;
                    return Err(here());
                }
                Step::Again(wanted) => match entries.next_key_seed(UnlessAgain { wanted, seen })? {
                    Some(is_it) => seen += usize::from(is_it),
                    None => return Err(here()),
                },
                Step::Key(wanted) => match entries.next_key::<String>()? {
                    Some(key) if key == *wanted => {
                        entries.next_value_seed(Seek(rest))?;
                        return Err(here());
                    }
                    Some(_) => {}
                    None => return Err(here()),
                },
                _ => {
                    if entries.next_key::<IgnoredAny>()?.is_none() {
                        return Err(here());
                    }
                }
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Err(here())
    }
}

/// Reads a key, and refuses the second one of that name.
struct UnlessAgain<'s> {
    wanted: &'s str,
    seen: usize,
}

impl<'de> DeserializeSeed<'de> for UnlessAgain<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for UnlessAgain<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<bool, E> {
        if key == self.wanted && self.seen > 0 { Err(E::custom(HERE)) } else { Ok(key == self.wanted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\nb:\n  - x: one\n    y: [p, q,\n      r]\n  - {x: two, z: {k: v}}\n";

    #[test]
    fn places_are_found_in_the_text() {
        let b = Place::root("b");
        for (place, wanted) in [
            (Place::root("a"), (1, 4)),
            (b.at(0).key("x"), (3, 8)),
            (b.at(0).key("y").at(2), (5, 7)),
            (b.at(1).key("z").key("k"), (6, 21)),
            (b.at(1).key_at(1), (6, 14)),
            (b.at(1), (6, 5)),
            // As near as it goes.
            (b.at(0).key("x").at(0), (3, 8)),
            (b.at(0).key("none"), (3, 5)),
        ] {
            assert_eq!(place.find(TEXT), wanted, "{place:?}");
        }
    }

    #[test]
    fn a_repeated_key_is_the_second_one() {
        let text = "t:\n  - n: 1\n    m: 2\n    n: 3\n";
        assert_eq!(Place::parse("t[0]").step(Step::Again("n".to_owned())).find(text), (4, 5));
        assert_eq!(Place::parse("t[0].m"), Place::root("t").at(0).key("m"));
    }

    #[test]
    fn near_words_are_offered() {
        assert_eq!(hint("storr", &["store", "build"]), "did you mean store?");
        assert_eq!(hint("x", &["store", "build"]), "there are store, build");
    }
}
