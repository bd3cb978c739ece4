//! Values of the policy file that may be written in a short form.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// One text, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Strings(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strings, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Strings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Strings, E> {
                Ok(Strings(vec![text.to_owned()]))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Strings, E> {
                Ok(Strings::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strings, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = items.next_element()? {
                    texts.push(text);
                }
                Ok(Strings(texts))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

/// A mapping that keeps its order and its repeated keys, or one word that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WordOr<T> {
    Word(String),
    Map(Vec<(String, T)>),
}

impl<T> Default for WordOr<T> {
    fn default() -> WordOr<T> {
        WordOr::Map(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for WordOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WordOr<T>, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = WordOr<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word or a mapping")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<WordOr<T>, E> {
                Ok(WordOr::Word(word.to_owned()))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<WordOr<T>, E> {
                Ok(WordOr::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<WordOr<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    list.push(entry);
                }
                Ok(WordOr::Map(list))
            }
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

/// Texts by key, or texts alone: `[types, vtables]`, or `types: [libc10.so]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListOrMap {
    List(Strings),
    Map(Vec<(String, Strings)>),
}

impl Default for ListOrMap {
    fn default() -> ListOrMap {
        ListOrMap::List(Strings::default())
    }
}

impl<'de> Deserialize<'de> for ListOrMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ListOrMap, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = ListOrMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a list of texts or a mapping")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ListOrMap, E> {
                Ok(ListOrMap::List(Strings(vec![text.to_owned()])))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<ListOrMap, E> {
                Ok(ListOrMap::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ListOrMap, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = items.next_element()? {
                    texts.push(text);
                }
                Ok(ListOrMap::List(Strings(texts)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ListOrMap, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    list.push(entry);
                }
                Ok(ListOrMap::Map(list))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
