//! Types of C that share a name. C has no one-definition rule: each unit may call its own types what it likes, and what a
//! function reaches is the definition of its unit.
//!
//! Definitions of one name that say the same are one type. Of those that differ, one keeps the name: that of C++ units,
//! else one in a header, else the first by file. The others get a name with a mark in it, and so do the types inside
//! them. When it is known which of them are reached, marks become the file of the definition, `buffer@aio.c`, or go
//! where only one of a name is left. Neither depends on the order of units.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::debug_units::{DebugUnits, DieRef, Language};
use super::facts::{Reader, Table};
use super::name_builder::{UnitIndex, shape_of};
use super::names::{Definition, NameId, Names};
use super::reach::{Reached, is_same};
use crate::abi::{Type, TypeKind};

/// Around the number of a type in its name. No compiler writes them.
const MARK: (char, char) = ('\u{27e6}', '\u{27e7}');

/// Names that stand for several types.
#[derive(Default)]
pub(super) struct Namesakes {
    /// By name and by the shape of the definition: the name that the type gets.
    types: HashMap<NameId, HashMap<u32, NameId>>,
    /// The first unit that has a type, by the number in its mark.
    units: Vec<u32>,
}

/// What changes in the index of a unit.
struct Renamed {
    /// Position in the list of named types.
    at: usize,
    old: NameId,
    new: NameId,
    /// What the unit defines by this name inside of another type.
    inside: Option<Definition>,
}

impl Namesakes {
    /// Looks at the definitions of names that C units define more than once. `table` knows the names as they are written.
    pub(super) fn find(table: &Table<'_, '_>) -> Namesakes {
        let mut namesakes = Namesakes::default();
        let contested = table.names.contested();
        if contested.is_empty() {
            return namesakes;
        }
        let names: HashSet<NameId> = contested.iter().copied().collect();
        // What is inside of another type goes with it.
        let mut contested: Vec<_> = contested
            .into_iter()
            .filter(|name| !table.names.scopes(*name).any(|scope| names.contains(&scope)))
            .map(|name| (table.text(name), name))
            .filter(|(text, _)| !crate::abi::is_local_name(text))
            .collect();
        contested.sort_unstable();
        let different: Vec<_> = contested
            .par_iter()
            .map_init(|| Reader::new(table), |reader, (text, name)| (*name, different(reader, text, *name)))
            .filter(|(_, types)| types.len() > 1)
            .collect();
        for (name, types) in different {
            namesakes.separate(table, name, types);
        }
        namesakes
    }

    fn separate(&mut self, table: &Table<'_, '_>, name: NameId, types: Vec<Vec<Definition>>) {
        let mut by_shape: HashMap<u32, NameId> = HashMap::default();
        let (parent, component) = table.names.parts(name);
        for (at, definitions) in types.into_iter().enumerate() {
            let own = match at {
                0 => name,
                _ => {
                    let number = self.units.len();
                    self.units.push(definitions.first().map_or(0, |d| d.unit));
                    table.names.intern(parent, &format!("{component}{}{number}{}", MARK.0, MARK.1))
                }
            };
            by_shape.extend(definitions.iter().map(|d| (d.shape, own)));
            table.names.set_definitions(own, definitions);
        }
        self.types.insert(name, by_shape);
    }

    /// Gives the types of all units their names.
    pub(super) fn apply(&self, debug_units: &DebugUnits<'_>, names: &Names, indexes: &mut [UnitIndex]) {
        if self.types.is_empty() {
            return;
        }
        let renamed: Vec<Vec<Renamed>> = indexes
            .par_iter()
            .enumerate()
            .map(|(unit, index)| self.renamed(debug_units, names, unit as u32, index))
            .collect();
        // What stood inside of types that had one name is sorted out anew.
        let all = || renamed.iter().flatten();
        for old in all().filter(|renamed| renamed.inside.is_some()).map(|renamed| renamed.old) {
            names.forget_c(old);
        }
        for renamed in all() {
            if let Some(definition) = renamed.inside {
                names.define(renamed.new, definition);
            }
        }
        for (index, renamed) in indexes.iter_mut().zip(&renamed) {
            for renamed in renamed {
                index.named[renamed.at].1 = renamed.new;
            }
        }
    }

    /// The same for one index that was made later: of what is inside functions.
    pub(super) fn apply_to(
        &self,
        debug_units: &DebugUnits<'_>,
        names: &Names,
        unit: u32,
        index: &mut UnitIndex,
    ) {
        for renamed in self.renamed(debug_units, names, unit, index) {
            index.named[renamed.at].1 = renamed.new;
        }
    }

    fn renamed(
        &self,
        debug_units: &DebugUnits<'_>,
        names: &Names,
        unit: u32,
        index: &UnitIndex,
    ) -> Vec<Renamed> {
        if self.types.is_empty() || debug_units.units[unit as usize].language != Language::C {
            return Vec::new();
        }
        let definition = |offset: u32| definition(debug_units, DieRef { unit, offset });
        // By name: what the unit itself defines; its typedefs only where there is nothing else.
        let mut own: HashMap<NameId, NameId> = HashMap::default();
        let mut found: Vec<(usize, NameId, Option<NameId>)> = Vec::new();
        for (at, &(offset, name)) in index.named.iter().enumerate() {
            let Some(by_shape) = self.types.get(&name) else { continue };
            let defined = definition(offset);
            let new = defined.and_then(|d| by_shape.get(&d.shape).copied());
            if let (Some(new), Some(defined)) = (new, defined) {
                match defined.is_typedef {
                    true => drop(own.entry(name).or_insert(new)),
                    false => drop(own.insert(name, new)),
                }
            }
            found.push((at, name, new));
        }
        let mut renamed: Vec<Renamed> = found
            .into_iter()
            .filter_map(|(at, old, new)| {
                let new = new.or_else(|| own.get(&old).copied())?;
                (new != old).then_some(Renamed { at, old, new, inside: None })
            })
            .collect();
        if own.is_empty() {
            return renamed;
        }
        let mut known: HashMap<NameId, Option<NameId>> = HashMap::default();
        for (at, &(offset, old)) in index.named.iter().enumerate() {
            if self.types.contains_key(&old) {
                continue;
            }
            if let Some(new) = inside(names, &own, &mut known, old) {
                renamed.push(Renamed { at, old, new, inside: definition(offset) });
            }
        }
        renamed
    }

    /// Puts into words which type of a name each is, now that it is known which are needed.
    pub(super) fn spell(&self, debug_units: &DebugUnits<'_>, reached: &mut Reached) {
        if self.units.is_empty() {
            return;
        }
        let mut by_name: BTreeMap<String, Vec<(usize, &Type)>> = BTreeMap::new();
        for type_ in &reached.types {
            if let Some((base, number)) = marked(&type_.name) {
                by_name.entry(base.to_owned()).or_default().push((number, type_));
            }
        }
        let mut words: Vec<String> = vec![String::new(); self.units.len()];
        for (base, mut types) in by_name {
            types.sort_by_key(|(_, type_)| precedence(type_));
            types.dedup_by_key(|(number, _)| *number);
            let has_plain = reached.types.iter().any(|type_| *type_.name == *base);
            let rest = if has_plain { &types[..] } else { &types[1..] };
            let file = |type_: &Type| type_.location.as_ref().map(|location| location.file.to_string());
            for (number, type_) in rest {
                let own = file(type_);
                let is_only = types.iter().filter(|(_, other)| file(other) == own).count() == 1;
                let unit = || debug_units.unit_name(self.units.get(*number).copied().unwrap_or(0));
                let mut word = word(&own.filter(|_| is_only).unwrap_or_else(unit));
                let is_taken = |word: &str| {
                    rest.iter()
                        .any(|(other, _)| other != number && words.get(*other).is_some_and(|w| w == word))
                };
                if is_taken(&word) {
                    let line = type_.location.as_ref().map_or(0, |location| location.line);
                    word = format!("{word}.{}.{line}", type_.kind.keyword());
                }
                if let Some(place) = words.get_mut(*number) {
                    *place = word;
                }
            }
        }
        let rewrite = |text: &mut Box<str>| {
            if text.contains(MARK.0) {
                *text = unmark(text, &words).into();
            }
        };
        reached.types.par_iter_mut().for_each(|type_| type_.for_each_name(&rewrite));
        reached.functions.iter_mut().for_each(|function| function.for_each_name(&rewrite));
        reached.variables.iter_mut().for_each(|variable| rewrite(&mut variable.type_));
        reached.constants.iter_mut().for_each(|constant| rewrite(&mut constant.type_));
    }
}

/// Definitions of one name by what they say, the one that keeps the name first.
fn different(reader: &mut Reader<'_, '_>, text: &str, name: NameId) -> Vec<Vec<Definition>> {
    let mut types: Vec<(Type, Vec<Definition>)> = Vec::new();
    for definition in reader.table.names.definitions(name) {
        let at = DieRef { unit: definition.unit, offset: definition.offset };
        let Some(type_) = reader.type_facts(text, at) else { continue };
        // `typedef struct A A;` says nothing.
        if definition.is_typedef && type_.target.as_deref() == Some(text) {
            continue;
        }
        let known = types.iter_mut().find(|(known, definitions)| {
            // Names of C++ are one type, whatever they say.
            is_same(known, &type_) || (!definition.is_c && definitions.iter().any(|d| !d.is_c))
        });
        match known {
            Some((_, definitions)) => definitions.push(definition),
            None => types.push((type_, vec![definition])),
        }
    }
    reader.edges.clear();
    types.sort_by(|(a, x), (b, y)| {
        let is_c = |definitions: &[Definition]| definitions.iter().all(|d| d.is_c);
        (is_c(x), precedence(a), x.first()).cmp(&(is_c(y), precedence(b), y.first()))
    });
    types.into_iter().map(|(_, definitions)| definitions).collect()
}

/// Which of several types has the name to itself: what programs can include comes first.
fn precedence(type_: &Type) -> (bool, bool, String, u32) {
    let location = type_.location.as_ref();
    let is_header = location.is_some_and(crate::abi::Location::is_own_header);
    let file = location.map(|l| l.file.to_string()).unwrap_or_default();
    (!is_header, type_.kind == TypeKind::Typedef, file, location.map_or(0, |l| l.line))
}

/// What an entry defines; none for a declaration.
fn definition(debug_units: &DebugUnits<'_>, at: DieRef) -> Option<Definition> {
    let die = debug_units.die(at)?;
    let is_typedef = die.tag == gimli::DW_TAG_typedef;
    let size = die.unsigned(gimli::DW_AT_byte_size);
    if die.flag(gimli::DW_AT_declaration) || (size.is_none() && !is_typedef) {
        return None;
    }
    let file = match die.value(gimli::DW_AT_decl_file) {
        Some(gimli::AttributeValue::FileIndex(file)) => file,
        Some(value) => value.udata_value().unwrap_or(0),
        None => 0,
    };
    let line = die.unsigned(gimli::DW_AT_decl_line).unwrap_or(0) as u32;
    let shape = shape_of(debug_units, at.unit, size.unwrap_or(0), file, line, is_typedef);
    Some(Definition {
        rank: debug_units.rank(at.unit),
        unit: at.unit,
        offset: at.offset,
        shape,
        is_c: true,
        is_typedef,
    })
}

/// The name of what is inside of a type that has namesakes. None where it is inside of none.
fn inside(
    names: &Names,
    own: &HashMap<NameId, NameId>,
    known: &mut HashMap<NameId, Option<NameId>>,
    name: NameId,
) -> Option<NameId> {
    let scopes: Vec<NameId> = names.scopes(name).collect();
    let at = scopes.iter().position(|scope| own.contains_key(scope))?;
    if let Some(known) = known.get(&name) {
        return *known;
    }
    let mut new = own[&scopes[at]];
    for scope in scopes[..at].iter().rev().chain([&name]) {
        new = names.intern(new, &names.parts(*scope).1);
    }
    known.insert(name, Some(new));
    Some(new)
}

/// The name without the mark at its end, and the number in it.
fn marked(name: &str) -> Option<(&str, usize)> {
    let (base, number) = name.strip_suffix(MARK.1)?.rsplit_once(MARK.0)?;
    Some((base, number.parse().ok()?))
}

/// A text with words in the place of marks.
fn unmark(text: &str, words: &[String]) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once(MARK.0) {
        plain.push_str(before);
        let Some((number, after)) = marked.split_once(MARK.1) else {
            rest = marked;
            continue;
        };
        let word = number.parse().ok().and_then(|number: usize| words.get(number));
        if let Some(word) = word.filter(|word| !word.is_empty()) {
            plain.push('@');
            plain.push_str(word);
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// A file as a part of a name: nothing in it that means something in the spelling of a type.
fn word(file: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '+' | '-');
    file.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_words_or_go() {
        let words = ["aio.c".to_owned(), String::new()];
        assert_eq!(unmark("buffer\u{27e6}0\u{27e7}::at const*", &words), "buffer@aio.c::at const*");
        assert_eq!(
            unmark("void (*)(b\u{27e6}1\u{27e7}*, c\u{27e6}0\u{27e7})", &words),
            "void (*)(b*, c@aio.c)"
        );
        assert_eq!(unmark("damaged\u{27e6}", &words), "damaged");
        assert_eq!(marked("buffer\u{27e6}12\u{27e7}"), Some(("buffer", 12)));
        assert_eq!(marked("buffer\u{27e6}12\u{27e7}::at"), None);
        assert_eq!(word("src/my file(1).c"), "src/my_file_1_.c");
    }
}
