//! Qualified names, kept once each: a name is its scope and one component.
//!
//! Units repeat the same names thousands of times. A component is brought into canonical spelling when it is first seen;
//! after that a name costs one look-up in a cache that belongs to the thread. All threads share the names and, for each,
//! which units define the type of that name ([`Definition`]).

use std::collections::hash_map::Entry;
use std::hash::BuildHasher;
use std::sync::Mutex;

use foldhash::HashMap;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::debug_units::DieRef;

/// A qualified name. Numbers depend on which thread came first and must not show in any result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NameId(u32);

impl NameId {
    /// The global namespace.
    pub(super) const ROOT: NameId = NameId(u32::MAX);
}

/// Where a type is defined, and what tells one definition from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Definition {
    /// Order among the definitions of a name: see [`super::debug_units::DebugUnits::rank`].
    pub rank: u32,
    /// Unit, in the order of the files and of their sections.
    pub unit: u32,
    /// Offset of the entry in its unit, in bytes.
    pub offset: u32,
    /// Hash of size and place of declaration: definitions that agree in it are taken for one.
    pub shape: u32,
    /// The unit is written in C.
    pub is_c: bool,
    /// It is a typedef.
    pub is_typedef: bool,
}

impl Definition {
    /// The shape of typedefs in C++, which may be repeated wherever one likes.
    pub(super) const TYPEDEF: u32 = 0;
}

#[derive(Default)]
struct Shard {
    table: HashTable<u32>,
    entries: Vec<Named>,
}

struct Named {
    parent: NameId,
    component: Box<str>,
    /// One for each shape, that of the first unit. Nearly always none or one.
    definitions: Vec<Definition>,
    /// See [`Names::is_ambiguous`].
    is_ambiguous: bool,
    /// See [`Names::set_written`]; the root where there are several.
    full: Option<NameId>,
    /// See [`Names::set_target`].
    target: Option<u64>,
    /// See [`Names::set_bare`].
    is_bare: bool,
}

const SHARD_BITS: u32 = 6;

/// All names of one library.
pub(super) struct Names {
    shards: Vec<Mutex<Shard>>,
    hasher: FixedState,
}

impl Names {
    pub(super) fn new() -> Names {
        Names {
            shards: (0..1 << SHARD_BITS).map(|_| Mutex::default()).collect(),
            hasher: FixedState::default(),
        }
    }

    fn hash(&self, parent: NameId, component: &str) -> u64 {
        self.hasher.hash_one((parent.0, component))
    }

    fn shard(&self, index: u32) -> std::sync::MutexGuard<'_, Shard> {
        self.shards[index as usize].lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The name made of a scope and a component in canonical spelling.
    pub(super) fn intern(&self, parent: NameId, component: &str) -> NameId {
        let hash = self.hash(parent, component);
        // The lowest bits choose the bucket inside the table.
        let index = (hash >> 40) as u32 & ((1 << SHARD_BITS) - 1);
        let mut shard = self.shard(index);
        let Shard { table, entries } = &mut *shard;
        let equal = |&at: &u32| {
            let entry = &entries[at as usize];
            entry.parent == parent && *entry.component == *component
        };
        if let Some(&at) = table.find(hash, equal) {
            return NameId(at << SHARD_BITS | index);
        }
        let at = entries.len() as u32;
        table.insert_unique(hash, at, |&at| {
            let entry = &entries[at as usize];
            self.hash(entry.parent, &entry.component)
        });
        entries.push(Named {
            parent,
            component: component.into(),
            definitions: Vec::new(),
            is_ambiguous: false,
            full: None,
            target: None,
            is_bare: false,
        });
        NameId(at << SHARD_BITS | index)
    }

    /// The name of that text, if it occurs.
    pub(super) fn find(&self, text: &str) -> Option<NameId> {
        let mut name = NameId::ROOT;
        for component in components(text) {
            let hash = self.hash(name, component);
            let index = (hash >> 40) as u32 & ((1 << SHARD_BITS) - 1);
            let shard = self.shard(index);
            let at = shard.table.find(hash, |&at| {
                let entry = &shard.entries[at as usize];
                entry.parent == name && *entry.component == *component
            })?;
            name = NameId(at << SHARD_BITS | index);
        }
        Some(name)
    }

    fn with<T>(&self, name: NameId, read: impl FnOnce(&mut Named) -> T) -> T {
        let mut shard = self.shard(name.0 & ((1 << SHARD_BITS) - 1));
        read(&mut shard.entries[(name.0 >> SHARD_BITS) as usize])
    }

    /// Records a definition. The outcome does not depend on the order in which threads come by.
    pub(super) fn define(&self, name: NameId, definition: Definition) {
        self.with(name, |entry| match entry.definitions.iter_mut().find(|d| d.shape == definition.shape) {
            Some(known) => *known = (*known).min(definition),
            None => entry.definitions.push(definition),
        });
    }

    /// Notes that a name stands for several types.
    pub(super) fn set_ambiguous(&self, name: NameId) {
        self.with(name, |entry| entry.is_ambiguous = true);
    }

    /// Notes what a typedef of that name stands for. Where another one stands for something else, the name is ambiguous.
    pub(super) fn set_target(&self, name: NameId, target: &str) {
        let hash = self.hasher.hash_one(target);
        self.with(name, |entry| {
            entry.is_ambiguous |= entry.target.is_some_and(|known| known != hash);
            entry.target = Some(hash);
        });
    }

    /// Whether one unit has several typedefs of this name for different types: GCC gives all instances of an alias template
    /// the same name.
    pub(super) fn is_ambiguous(&self, name: NameId) -> bool {
        self.with(name, |entry| entry.is_ambiguous)
    }

    /// Notes how a producer writes the name of a template's instance, which it does where it gives no arguments.
    pub(super) fn set_written(&self, written: NameId, full: NameId) {
        self.with(written, |entry| match entry.full {
            None => entry.full = Some(full),
            Some(known) if known != full => entry.full = Some(NameId::ROOT),
            Some(_) => {}
        });
    }

    /// Notes that an entry of this name has no entries for its template arguments.
    pub(super) fn set_bare(&self, name: NameId) {
        self.with(name, |entry| entry.is_bare |= entry.component.ends_with('>'));
    }

    /// Scopes and components of names of which nobody says more than how they are written.
    pub(super) fn bare(&self) -> Vec<(NameId, NameId, Box<str>)> {
        let mut bare = Vec::new();
        for index in 0..self.shards.len() as u32 {
            for (at, entry) in self.shard(index).entries.iter().enumerate() {
                if entry.is_bare && entry.full.is_none() && entry.definitions.is_empty() {
                    let name = NameId((at as u32) << SHARD_BITS | index);
                    bare.push((name, entry.parent, entry.component.clone()));
                }
            }
        }
        bare
    }

    /// Names that are only written so, with the one that each stands for.
    pub(super) fn written(&self) -> HashMap<NameId, NameId> {
        let mut written = HashMap::default();
        for index in 0..self.shards.len() as u32 {
            for (at, entry) in self.shard(index).entries.iter().enumerate() {
                let full = entry.full.filter(|full| *full != NameId::ROOT && entry.definitions.is_empty());
                if let Some(full) = full {
                    written.insert(NameId((at as u32) << SHARD_BITS | index), full);
                }
            }
        }
        written
    }

    /// The scopes around a name, the nearest first.
    pub(super) fn scopes(&self, name: NameId) -> impl Iterator<Item = NameId> {
        let scope =
            |name: NameId| Some(self.with(name, |entry| entry.parent)).filter(|scope| *scope != NameId::ROOT);
        std::iter::successors(scope(name), move |name| scope(*name))
    }

    /// Scope and component of a name.
    pub(super) fn parts(&self, name: NameId) -> (NameId, Box<str>) {
        self.with(name, |entry| (entry.parent, entry.component.clone()))
    }

    /// Names that units written in C define, and that are defined more than once.
    pub(super) fn contested(&self) -> Vec<NameId> {
        let mut contested = Vec::new();
        for index in 0..self.shards.len() as u32 {
            for (at, entry) in self.shard(index).entries.iter().enumerate() {
                if entry.definitions.len() > 1 && entry.definitions.iter().any(|d| d.is_c) {
                    contested.push(NameId((at as u32) << SHARD_BITS | index));
                }
            }
        }
        contested
    }

    /// Replaces the definitions of a name.
    pub(super) fn set_definitions(&self, name: NameId, definitions: Vec<Definition>) {
        self.with(name, |entry| entry.definitions = definitions);
    }

    /// Takes away the definitions of a name that are written in C.
    pub(super) fn forget_c(&self, name: NameId) {
        self.with(name, |entry| entry.definitions.retain(|d| !d.is_c));
    }

    /// The different definitions of a name, that of the first unit first.
    pub(super) fn definitions(&self, name: NameId) -> Vec<Definition> {
        let mut definitions = self.with(name, |entry| entry.definitions.clone());
        definitions.sort_unstable();
        definitions
    }

    /// All names that have a definition.
    pub(super) fn defined(&self) -> Vec<NameId> {
        let mut names = Vec::new();
        for index in 0..self.shards.len() as u32 {
            let shard = self.shard(index);
            let defined = shard.entries.iter().enumerate().filter(|(_, entry)| !entry.definitions.is_empty());
            names.extend(defined.map(|(at, _)| NameId((at as u32) << SHARD_BITS | index)));
        }
        names
    }

    /// The whole name.
    pub(super) fn text(&self, name: NameId) -> String {
        let mut components: Vec<Box<str>> = Vec::new();
        let mut at = name;
        while at != NameId::ROOT {
            at = self.with(at, |entry| {
                components.push(entry.component.clone());
                entry.parent
            });
        }
        components.reverse();
        components.join("::")
    }
}

/// The components of a canonical name.
pub(super) fn components(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest.take()?;
        let mut depth = 0usize;
        for (at, byte) in whole.bytes().enumerate() {
            match byte {
                b'<' | b'(' | b'[' | b'{' => depth += 1,
                b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b':' if depth == 0 && whole[at..].starts_with("::") => {
                    rest = Some(&whole[at + 2..]);
                    return Some(&whole[..at]);
                }
                _ => {}
            }
        }
        Some(whole)
    })
}

/// Look-ups of one thread: names by scope and address of the component's text.
///
/// Linkers keep equal strings once, so that the address of a string stands for its content. It also does where they
/// don't; there are only more of them then.
#[derive(Default)]
pub(super) struct NameCache {
    names: HashMap<(u32, usize), NameId>,
    /// Definitions that this thread has entered: shape and the first of the units that it saw, by rank.
    defined: HashMap<NameId, (u32, u32)>,
    /// Names of entries that other units refer to.
    pub elsewhere: HashMap<DieRef, Option<NameId>>,
}

impl NameCache {
    /// Whether a definition has to be entered: not when this thread did so for an earlier unit.
    pub(super) fn is_news(&mut self, name: NameId, definition: Definition) -> bool {
        let Definition { rank: unit, shape, .. } = definition;
        match self.defined.entry(name) {
            Entry::Occupied(mut known) if known.get().0 == shape => {
                let first = &mut known.get_mut().1;
                let is_news = unit <= *first;
                *first = unit.min(*first);
                is_news
            }
            // Another shape: which of them this remembers does not matter.
            Entry::Occupied(_) => true,
            Entry::Vacant(place) => {
                place.insert((shape, unit));
                true
            }
        }
    }

    /// The name for a scope and a component whose text is at an address; `text` gives the canonical component when it is
    /// not known yet.
    pub(super) fn name(
        &mut self,
        names: &Names,
        parent: NameId,
        address: usize,
        text: impl FnOnce() -> Option<String>,
    ) -> Option<NameId> {
        if let Some(&known) = self.names.get(&(parent.0, address)) {
            return Some(known);
        }
        let name = names.intern(parent, &text()?);
        self.names.insert((parent.0, address), name);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_once() {
        let names = Names::new();
        let scope = names.intern(NameId::ROOT, "c10");
        let class = names.intern(scope, "ArrayRef<a::b>");
        assert_eq!(names.intern(scope, "ArrayRef<a::b>"), class);
        assert_ne!(names.intern(NameId::ROOT, "ArrayRef<a::b>"), class);
        assert_eq!(names.text(class), "c10::ArrayRef<a::b>");
        assert_eq!(names.find("c10::ArrayRef<a::b>"), Some(class));
        assert_eq!(names.find("c10::b"), None);
    }

    #[test]
    fn the_first_unit_defines() {
        let names = Names::new();
        let name = names.intern(NameId::ROOT, "A");
        let at =
            |unit, shape| Definition { rank: unit, unit, offset: 1, shape, is_c: false, is_typedef: false };
        for definition in [at(7, 1), at(3, 2), at(2, 1), at(5, 1)] {
            names.define(name, definition);
        }
        assert_eq!(names.definitions(name), [at(2, 1), at(3, 2)]);
        assert_eq!(names.defined(), [name]);
    }
}
