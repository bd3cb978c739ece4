//! Which virtual functions a slot may be for.
//!
//! An image says the address of a slot's code, and code has any number of names: aliases, empty functions that a linker
//! folded into one, hidden ones. A slot therefore holds the set of all names at its address that can be meant: a class's
//! virtual table holds functions of the class and of its bases, never of an unrelated one. Where the image has no name
//! (pure virtual functions, stripped files) or several, debug info says which function the class declares for the slot.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use super::class_name;
use crate::abi::{Release, Slot, TypeinfoKind, VirtualTable, VtableGroup};
use crate::mangling;

/// More bases than any class has: the rest of a damaged graph is not followed.
const MOST_BASES: usize = 4096;

/// Where nothing says which classes a table is about, groups of names larger than this say nothing.
const MOST_FOREIGN_NAMES: usize = 16;

/// What code a slot leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Defined,
    Pure,
    Deleted,
    /// Null, or code without a name.
    Unknown,
}

/// A virtual function that a slot may be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// Linkage name; empty where only the role is known.
    pub linkage: String,
    /// The function without the class that implements it: equal for all its overrides.
    pub key: String,
    /// Name without scope and parameters.
    pub name: String,
}

/// What makes two slots the same virtual function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub state: State,
    /// All functions that it may be for, the likeliest first; empty where nothing says it.
    pub functions: Vec<Function>,
}

impl Identity {
    /// Nothing is known of it, so that it may be any function.
    pub(super) fn is_unknown(&self) -> bool {
        self.state == State::Unknown && self.functions.is_empty()
    }

    pub(super) fn shares_function(&self, other: &Identity) -> bool {
        self.functions.iter().any(|a| other.functions.iter().any(|b| a.key == b.key))
    }

    pub(super) fn shares_linkage(&self, other: &Identity) -> bool {
        self.functions
            .iter()
            .any(|a| !a.linkage.is_empty() && other.functions.iter().any(|b| a.linkage == b.linkage))
    }

    /// Certainly the same function, or the same lack of one.
    pub(super) fn equals(&self, other: &Identity) -> bool {
        match self.functions.is_empty() && other.functions.is_empty() {
            true => self.state == other.state && self.state != State::Unknown,
            false => self.shares_function(other),
        }
    }

    /// A destructor of either kind.
    pub(super) fn is_destructor(&self) -> bool {
        self.functions.iter().any(|function| function.key.ends_with("destructor"))
    }

    /// The destructor that gives the memory back.
    pub(super) fn is_deleting(&self) -> bool {
        self.functions.first().is_some_and(|function| function.key == DELETING)
    }

    /// Only the role of the function is known.
    pub(super) fn is_nameless(&self) -> bool {
        self.functions.first().is_none_or(|function| function.linkage.is_empty())
    }
}

/// Whether two slots can be the same function: without names, anything can.
pub(super) fn matches(a: &Identity, b: &Identity) -> bool {
    a.functions.is_empty() || b.functions.is_empty() || a.shares_function(b)
}

/// The virtual function behind a linkage name.
fn function(linkage: &str) -> Function {
    let plain =
        |key: &str| Function { linkage: linkage.to_owned(), key: key.to_owned(), name: key.to_owned() };
    let Some(signature) = mangling::parse(linkage).ok().and_then(|read| read.signature()) else {
        return plain(linkage);
    };
    if signature.name.starts_with('~') {
        // Clang fills a slot with a base's destructor where it does the same: only the role counts.
        return plain(if linkage.contains("D0Ev") { DELETING } else { DESTRUCTOR });
    }
    let params = signature.params.clone().unwrap_or_default().join(", ");
    let quals = if signature.is_const { " const" } else { "" };
    // The dual ABI renames a function without moving its slot.
    let neutral = params.replace("std::__cxx11::", "std::");
    Function {
        linkage: linkage.to_owned(),
        key: format!("{}({neutral}){quals}", signature.name),
        name: signature.name,
    }
}

const DESTRUCTOR: &str = "destructor";
const DELETING: &str = "deleting destructor";

/// The exported functions of a release that are one piece of code under several names.
#[derive(Default)]
struct Aliases<'a> {
    /// Sorted names.
    groups: Vec<Vec<&'a str>>,
    of: HashMap<&'a str, usize>,
}

impl<'a> Aliases<'a> {
    fn new(release: &'a Release) -> Aliases<'a> {
        let mut aliases = Aliases::default();
        for library in &release.libraries {
            let mut by_leader: HashMap<&str, Vec<&'a str>> = HashMap::new();
            for export in &library.exports {
                if let Some(leader) = &export.alias_of {
                    by_leader.entry(leader).or_insert_with(|| vec![&**leader]).push(&export.name);
                }
            }
            for (_, mut names) in by_leader {
                names.sort_unstable();
                names.dedup();
                for &name in &names {
                    aliases.of.entry(name).or_insert(aliases.groups.len());
                }
                aliases.groups.push(names);
            }
        }
        aliases
    }

    fn names(&self, name: &str) -> &[&'a str] {
        self.of.get(name).map_or(&[], |&group| &self.groups[group])
    }
}

/// Says what the slots of one release's virtual tables hold.
pub(in crate::diff) struct SlotNames<'a> {
    release: &'a Release,
    aliases: OnceCell<Aliases<'a>>,
}

/// The classes whose functions a virtual table may hold.
#[derive(Default)]
struct Family {
    /// Mangled, as in the names of typeinfos.
    classes: BTreeSet<String>,
    /// All of them are there, but for what is below a class of the standard library.
    is_whole: bool,
    has_standard_base: bool,
}

impl Family {
    /// Whether a function may stand in the table; None where nobody can say.
    fn has(&self, linkage: &str) -> Option<bool> {
        let is_member = |class: &String| mangling::is_member(linkage, class) != Some(false);
        if self.classes.iter().any(is_member) || (self.has_standard_base && is_standard_member(linkage)) {
            return Some(true);
        }
        self.is_whole.then_some(false)
    }
}

fn is_standard(class: &str) -> bool {
    ["St", "NSt", "N10__cxxabiv1"].iter().any(|prefix| class.starts_with(prefix))
}

fn is_standard_member(linkage: &str) -> bool {
    ["_ZNSt", "_ZNKSt", "_ZN10__cxxabiv1", "_ZNK10__cxxabiv1"].iter().any(|p| linkage.starts_with(p))
}

impl<'a> SlotNames<'a> {
    pub(in crate::diff) fn new(release: &'a Release) -> SlotNames<'a> {
        SlotNames { release, aliases: OnceCell::new() }
    }

    /// What the slots of each table of a group hold.
    pub(super) fn identities(&self, group: &'a VtableGroup) -> Vec<Vec<Identity>> {
        let is_construction = group.name.starts_with("_ZTC");
        let family = match is_construction {
            true => Family::default(),
            false => self.family(&group.name[4..]),
        };
        let is_abstract = group.tables.iter().any(|table| table.slots.contains(&Slot::Pure));
        group
            .tables
            .iter()
            .enumerate()
            .map(|(at, table)| {
                let mut slots = self.table(table, &family, is_abstract);
                if !is_construction {
                    self.name_by_debug_info(group, at, &mut slots);
                }
                slots
            })
            .collect()
    }

    fn table(&self, table: &VirtualTable, family: &Family, is_abstract: bool) -> Vec<Identity> {
        let unknown = |state| Identity { state, functions: Vec::new() };
        let mut slots: Vec<Identity> = Vec::with_capacity(table.slots.len());
        for (slot, at) in table.slots.iter().zip(0u32..) {
            slots.push(match slot {
                Slot::Pure => unknown(State::Pure),
                Slot::Deleted => unknown(State::Deleted),
                Slot::Null | Slot::Unnamed => unknown(State::Unknown),
                Slot::Function(name) => self.named(name, table.other_names(at), family),
            });
        }
        if is_abstract {
            null_destructors(&table.slots, &mut slots);
        }
        slots
    }

    /// All functions at an address that the table may hold.
    fn named(&self, name: &str, others: &[Box<str>], family: &Family) -> Identity {
        let mut names: Vec<&str> = std::iter::once(name).chain(others.iter().map(|name| &**name)).collect();
        let aliases = self.aliases.get_or_init(|| Aliases::new(self.release)).names(name);
        if aliases.len() <= MOST_FOREIGN_NAMES {
            names.extend(aliases);
        } else {
            // Thousands of empty functions may be one: only those of the family are looked at.
            for prefix in family.classes.iter().filter_map(|class| mangling::member_prefixes(class)).flatten()
            {
                let first = aliases.partition_point(|alias| **alias < *prefix);
                names.extend(aliases[first..].iter().take_while(|alias| alias.starts_with(&prefix)));
            }
        }
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(*name) && family.has(name) != Some(false));
        // A member of the class or of a base is meant rather than what nobody can say anything of.
        if names.iter().any(|name| family.has(name) == Some(true)) {
            names.retain(|name| family.has(name) == Some(true));
        }
        match names.is_empty() {
            // Code of the family's that is hidden and the same as an unrelated function's.
            true => Identity { state: State::Unknown, functions: Vec::new() },
            false => Identity { state: State::Defined, functions: names.into_iter().map(function).collect() },
        }
    }

    /// The class and its bases, as far as the release's typeinfos tell.
    fn family(&self, class: &str) -> Family {
        let mut family = Family { is_whole: true, ..Family::default() };
        let mut next = vec![class];
        while let Some(class) = next.pop() {
            if family.classes.len() >= MOST_BASES {
                family.is_whole = false;
                return family;
            }
            if !family.classes.insert(class.to_owned()) {
                continue;
            }
            let name = format!("_ZTI{class}");
            let Some(typeinfo) = self.release.libraries.iter().find_map(|l| l.typeinfo(&name)) else {
                match is_standard(class) {
                    true => family.has_standard_base = true,
                    false => family.is_whole = false,
                }
                continue;
            };
            let of_class = matches!(
                typeinfo.kind,
                TypeinfoKind::Class | TypeinfoKind::SingleInheritance | TypeinfoKind::MultipleInheritance
            );
            family.is_whole &= of_class;
            next.extend(typeinfo.bases.iter().map(|base| &*base.base));
        }
        family
    }

    /// Names what the image has no name for, and of several names of one piece of code chooses the declared one.
    fn name_by_debug_info(&self, group: &VtableGroup, table: usize, slots: &mut [Identity]) {
        if slots.iter().all(|slot| slot.functions.len() == 1) {
            return;
        }
        let Some(class) = self.release.class(&crate::spelling::canonical(&class_name(&group.name))) else {
            return;
        };
        let top = group.tables.get(table).map_or(0, |table| table.top);
        let declares = match (table, top) {
            (0, 0) => Some(class),
            _ => self.release.base_at(class, top.wrapping_neg()),
        };
        let Some(declares) = declares else { return };
        for (slot, at) in slots.iter_mut().zip(0u64..).filter(|(slot, _)| slot.functions.len() != 1) {
            let Some(symbol) = self.release.declared_virtual(declares, at) else {
                // All but destructors have a slot in debug info.
                if slot.is_destructor() && !declares.virtuals.is_empty() {
                    slot.functions.retain(|one| one.key.ends_with(DESTRUCTOR));
                }
                continue;
            };
            let declared = function(symbol);
            if slot.functions.is_empty() {
                slot.functions.push(declared);
            } else if slot.functions.iter().any(|one| one.key == declared.key) {
                slot.functions.retain(|one| one.key == declared.key);
            }
        }
    }
}

/// GCC leaves the two destructor slots of a class null that nobody can construct.
fn null_destructors(slots: &[Slot], identities: &mut [Identity]) {
    let mut at = 0;
    while at < slots.len() {
        let nulls = slots[at..].iter().take_while(|slot| **slot == Slot::Null).count();
        if nulls == 2 {
            for (identity, role) in identities[at..].iter_mut().zip([DESTRUCTOR, DELETING]) {
                let role = role.to_owned();
                identity.functions = vec![Function { linkage: String::new(), key: role.clone(), name: role }];
            }
        }
        at += nulls.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Base, Export, Library, Typeinfo};

    fn release(classes: &[(&str, &[&str])], folded: &[&str]) -> Release {
        let base =
            |name: &&str| Base { base: (*name).into(), offset: 0, is_virtual: false, is_private: false };
        let typeinfo = |(name, bases): &(&str, &[&str])| Typeinfo {
            name: format!("_ZTI{name}").into(),
            kind: if bases.is_empty() { TypeinfoKind::Class } else { TypeinfoKind::SingleInheritance },
            type_name: None,
            flags: 0,
            bases: bases.iter().map(base).collect(),
        };
        let export = |(at, name): (usize, &&str)| Export {
            name: (*name).into(),
            version: None,
            hidden_version: false,
            kind: Default::default(),
            binding: Default::default(),
            visibility: Default::default(),
            size: None,
            section: None,
            alias_of: (at > 0).then(|| folded[0].into()),
            unpromised: false,
        };
        let library = Library {
            typeinfos: classes.iter().map(typeinfo).collect(),
            exports: folded.iter().enumerate().map(export).collect(),
            ..Library::default()
        };
        Release { libraries: vec![library], ..Release::default() }
    }

    fn names(release: &Release, slots: &[&str]) -> Vec<(State, Vec<String>)> {
        let slots = slots.iter().map(|slot| Slot::from(*slot)).collect();
        let tables = vec![VirtualTable { slots, ..VirtualTable::default() }];
        let group = VtableGroup { name: "_ZTV1D".into(), relative: false, tables };
        let identities = SlotNames::new(release).identities(&group).remove(0);
        identities.into_iter().map(|i| (i.state, i.functions.into_iter().map(|f| f.key).collect())).collect()
    }

    fn defined(keys: &[&str]) -> (State, Vec<String>) {
        (State::Defined, keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn folded_code_is_named_by_the_class_and_its_bases() {
        let release = release(&[("1B", &[]), ("1D", &["1B"])], &["_ZN1A1xEv", "_ZN1B1fEv", "_ZN1D1gEv"]);
        assert_eq!(names(&release, &["_ZN1A1xEv"]), [defined(&["f()", "g()"])]);
        assert_eq!(names(&release, &["_ZN1C1yEv"]), [(State::Unknown, vec![])], "of an unrelated class");
    }

    #[test]
    fn where_a_base_is_not_known_every_name_may_be_meant() {
        let release = release(&[("1D", &["1B"])], &["_ZN1A1xEv", "_ZN1C1yEv"]);
        assert_eq!(names(&release, &["_ZN1A1xEv"]), [defined(&["x()", "y()"])]);
        // What is known to be the class's own is meant.
        assert_eq!(names(&release, &["_ZN1D1gEv"]), [defined(&["g()"])]);
    }

    #[test]
    fn two_nulls_of_an_abstract_class_are_its_destructors() {
        let release = release(&[("1D", &[])], &[]);
        let slots = names(&release, &["(null)", "(null)", "(pure)"]);
        assert_eq!((&slots[0].1[0][..], &slots[1].1[0][..]), (DESTRUCTOR, DELETING));
        assert_eq!(
            names(&release, &["(null)", "(null)"]),
            [(State::Unknown, vec![]), (State::Unknown, vec![])]
        );
    }
}
