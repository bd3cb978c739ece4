//! What has a name that is asked for, and what each release says about it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::query::Query;
use super::{Kind, State};
use crate::abi::library_stem;
use crate::abi::{
    Export, Library, Location, Release, SymbolKind, Type, TypeKind, Typeinfo, VtableGroup, is_local_name,
};
use crate::diff::SubjectKind;
use crate::mangling;
use crate::patterns::QualifiedName;
use crate::spelling;

/// What can be told apart under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    /// A type, or a scope with what is in it.
    Scope,
    /// Symbols of one qualified name.
    Symbol,
    /// A constant, static member, enumerator or macro.
    Value,
}

type Key = (String, Sort);

/// Something with a name.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What each release says, in order.
    pub(super) seen: Vec<Seen>,
    /// The enum that it is a value of.
    pub(super) of_enum: Option<String>,
    /// In each release: a class with virtual functions whose own table no library shows. What happened to it is told by
    /// the tables of classes that inherit from it.
    hidden: Vec<bool>,
}

/// What a release says about an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is there. The number stands for every fact about it, whether [`State`] tells it or not.
    There(State, u64),
    /// It is not there.
    Gone,
    /// The release does not know things of its kind.
    Unknown,
}

/// Everything that was found, and how the subjects of findings lead to it.
#[derive(Debug, Default)]
pub(super) struct Entities {
    pub(super) list: Vec<Entity>,
    /// By linkage name: the entity, and whether the symbol is the entity itself and no member of it.
    pub(super) by_symbol: HashMap<String, (usize, bool)>,
    /// By qualified name: types, scopes and values.
    pub(super) by_name: HashMap<String, Vec<usize>>,
}

/// What a linkage name says.
struct Naming {
    key: Key,
    is_own: bool,
}

impl Entities {
    /// Looks for what is asked for in all releases.
    pub(super) fn find(releases: &[&Release], query: &Query) -> Entities {
        let classes: HashSet<String> =
            releases.par_iter().flat_map_iter(|release| declared(release, query)).collect();
        let bases = bases(releases, query);
        let namings = namings(releases, query, classes.into_iter().chain(bases.values().cloned()).collect());
        let drafts: Vec<BTreeMap<Key, Draft>> = releases
            .par_iter()
            .map(|release| Reading { query, namings: &namings, bases: &bases }.read(release))
            .collect();
        let mut entities = Entities::default();
        let keys: BTreeSet<Key> = drafts.iter().flat_map(|drafts| drafts.keys().cloned()).collect();
        let mut places: HashMap<Key, usize> = HashMap::default();
        for key in keys {
            let at = entities.list.len();
            entities.list.push(entity(&key, &drafts, releases));
            entities.by_name.entry(key.0.clone()).or_default().push(at);
            places.insert(key, at);
        }
        let found = namings.into_iter().filter_map(|(symbol, naming)| {
            Some((symbol.to_owned(), (*places.get(&naming.key)?, naming.is_own)))
        });
        entities.by_symbol = found.collect();
        entities
    }

    /// Whether any fact about any of them differs between two releases.
    pub(super) fn differ(&self, old: usize, new: usize) -> bool {
        let differs = |entity: &Entity| entity.seen[old] != entity.seen[new];
        self.list.iter().any(|entity| differs(entity) || entity.hidden[old] || entity.hidden[new])
    }
}

fn entity(key: &Key, drafts: &[BTreeMap<Key, Draft>], releases: &[&Release]) -> Entity {
    let found: Vec<Option<&Draft>> = drafts.iter().map(|drafts| drafts.get(key)).collect();
    // What is in a class is seen without debug info, too; that it is a struct is not.
    let declared = found.iter().flatten().rev().find_map(|draft| draft.declared);
    let kinds = found.iter().flatten().filter_map(|draft| draft.kind);
    let kind = declared.or(kinds.min()).unwrap_or(Kind::Scope);
    let is_by_symbols = found.iter().flatten().any(|draft| !draft.symbols.is_empty());
    let seen = found.iter().zip(releases).map(|(draft, release)| match draft {
        Some(draft) => draft.seen(),
        None if is_by_symbols || knows(release, kind) => Seen::Gone,
        None => Seen::Unknown,
    });
    let seen = seen.collect();
    let of_enum = found.iter().flatten().find_map(|draft| draft.of_enum.clone());
    let hidden = |draft: &Option<&Draft>| draft.is_some_and(|draft| draft.is_polymorphic && !draft.has_table);
    let hidden = found.iter().map(hidden).collect();
    Entity { name: key.0.clone(), kind, seen, of_enum, hidden }
}

/// Whether a release says anything about things of a kind.
fn knows(release: &Release, kind: Kind) -> bool {
    match kind {
        Kind::Function | Kind::Variable | Kind::Scope => true,
        Kind::Macro => release.parts().any(|part| !part.macros.is_empty()),
        _ => release.headers.is_some() || release.libraries.iter().any(|l| l.evidence.dwarf.is_some()),
    }
}

/// Qualified names of the types that are asked for.
fn declared(release: &Release, query: &Query) -> Vec<String> {
    let types = release.parts().flat_map(|part| &part.types);
    types.filter_map(|type_| wanted(query, &type_.name)).collect()
}

/// The name as entities have it, if it is asked for.
fn wanted(query: &Query, name: &str) -> Option<String> {
    if query.is_linkage() || !query.may_match(name) {
        return None;
    }
    let name = QualifiedName::parse(name);
    query.matches(&name).then(|| name.to_string())
}

/// The class that a virtual table, a VTT or type information is of, by the linkage name.
fn is_class_data(symbol: &str) -> bool {
    // Type information of a pointer or function is of no class.
    let of_class =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, 'N' | 'S' | 'Z'));
    ["_ZTV", "_ZTI", "_ZTS", "_ZTT", "_ZTC"]
        .iter()
        .any(|prefix| symbol.strip_prefix(prefix).is_some_and(of_class))
}

/// Classes that others inherit from, as far as they are asked for.
fn bases<'r>(releases: &[&'r Release], query: &Query) -> HashMap<&'r str, String> {
    if query.is_linkage() {
        return HashMap::default();
    }
    let typeinfos = releases.iter().flat_map(|release| release.parts()).flat_map(|part| &part.typeinfos);
    let bases =
        typeinfos.filter(|typeinfo| is_class_data(&typeinfo.name)).flat_map(|typeinfo| &typeinfo.bases);
    let names: HashSet<&'r str> =
        bases.map(|base| &*base.base).filter(|name| query.may_match(name)).collect();
    let read = names.into_iter().map(|base| (base, QualifiedName::of_symbol(&format!("_ZTI{base}"))));
    let wanted = read.filter(|(_, name)| query.matches(name));
    wanted.map(|(base, name)| (base, name.to_string())).filter(|(_, name)| !is_local_name(name)).collect()
}

/// What the linkage names of all releases stand for, as far as it is asked for; each is read once.
fn namings<'r>(
    releases: &[&'r Release],
    query: &Query,
    mut classes: HashSet<String>,
) -> HashMap<&'r str, Naming> {
    let lists = releases.par_iter().map(|release| {
        let exports = release.parts().flat_map(|part| &part.exports);
        exports.map(|export| &*export.name).filter(|name| query.may_match(name)).collect::<HashSet<&str>>()
    });
    let symbols: HashSet<&'r str> = lists.reduce(HashSet::default, |mut all, some| {
        all.extend(some);
        all
    });
    if query.is_linkage() {
        let symbols = symbols.into_iter().filter(|symbol| query.matches_linkage(symbol));
        let naming = |symbol: &'r str| {
            let key = (mangling::display(symbol).into_owned(), Sort::Symbol);
            (symbol, Naming { key, is_own: true })
        };
        return symbols.map(naming).collect();
    }
    let read: Vec<(&str, QualifiedName)> = symbols
        .into_par_iter()
        .map(|symbol| (symbol, QualifiedName::of_symbol(symbol)))
        .filter(|(_, name)| query.asks_for_local() || !is_local_name(&name.to_string()))
        .filter(|(_, name)| query.matches(name) || name.scope().is_some_and(|scope| query.matches(&scope)))
        .collect();
    let of_classes = read.iter().filter(|(symbol, name)| is_class_data(symbol) && query.matches(name));
    classes.extend(of_classes.map(|(_, name)| name.to_string()));
    read.into_iter()
        .filter_map(|(symbol, name)| Some((symbol, naming(query, symbol, &name, &classes)?)))
        .collect()
}

/// A member of a class that is asked for belongs to the class; else it stands for itself, if it is asked for, or belongs
/// to the scope that is.
fn naming(query: &Query, symbol: &str, name: &QualifiedName, classes: &HashSet<String>) -> Option<Naming> {
    let text = name.to_string();
    if is_class_data(symbol) {
        return query.matches(name).then_some(Naming { key: (text, Sort::Scope), is_own: true });
    }
    let scope = name.scope().filter(|scope| query.matches(scope)).map(|scope| scope.to_string());
    match scope {
        Some(scope) if classes.contains(&scope) || !query.matches(name) => {
            Some(Naming { key: (scope, Sort::Scope), is_own: false })
        }
        _ => query.matches(name).then_some(Naming { key: (text, Sort::Symbol), is_own: true }),
    }
}

/// What one release says about an entity, while it is read.
#[derive(Debug, Default)]
struct Draft {
    /// What debug info or the headers say that it is.
    declared: Option<Kind>,
    /// What else tells.
    kind: Option<Kind>,
    state: State,
    exporting: BTreeSet<String>,
    describing: BTreeSet<String>,
    symbols: BTreeSet<String>,
    of_enum: Option<String>,
    is_polymorphic: bool,
    has_table: bool,
    /// Sum over hashes of facts, whatever their order.
    print: u64,
}

impl Draft {
    fn seen(&self) -> Seen {
        let libraries = if self.exporting.is_empty() { &self.describing } else { &self.exporting };
        let libraries = libraries.iter().cloned().collect();
        let symbols = self.symbols.iter().cloned().collect();
        Seen::There(State { libraries, symbols, ..self.state.clone() }, self.print)
    }

    /// Takes a fact into account. The library counts, but not the hash in its file name.
    fn note(&mut self, library: &Library, fact: &impl serde::Serialize) {
        let mut hasher = foldhash::fast::FixedState::default().build_hasher();
        library_stem(&library.name).hash(&mut hasher);
        // What cannot be written would have been refused when it was read.
        serde_json::to_string(fact).unwrap_or_default().hash(&mut hasher);
        self.print = self.print.wrapping_add(hasher.finish());
    }

    fn describe(&mut self, library: &Library, kind: Kind, location: Option<&Location>) {
        self.declared = self.declared.or(Some(kind));
        self.describing.insert(library.name.clone());
        if self.state.location.is_none() {
            self.state.location = location.cloned();
        }
    }
}

/// Reads one release.
struct Reading<'q, 'r> {
    query: &'q Query,
    namings: &'q HashMap<&'r str, Naming>,
    /// Classes that are asked for, by their mangled names in type information of classes that inherit from them.
    bases: &'q HashMap<&'r str, String>,
}

impl Reading<'_, '_> {
    fn read(&self, release: &Release) -> BTreeMap<Key, Draft> {
        let mut drafts = BTreeMap::new();
        for library in release.parts() {
            library.exports.iter().for_each(|export| self.export(library, export, &mut drafts));
            library.vtables.iter().for_each(|group| self.vtable(library, group, &mut drafts));
            library.typeinfos.iter().for_each(|typeinfo| self.typeinfo(library, typeinfo, &mut drafts));
            for vtt in &library.vtts {
                self.fact(library, &vtt.name, vtt, &mut drafts);
            }
            for function in &library.functions {
                let fact = (&function.returns, &function.parameters, function.variadic, function.noreturn);
                let more = (function.access, function.is_virtual, &function.calling_convention);
                self.described(library, &function.symbol, &(fact, more), &function.location, &mut drafts);
            }
            for variable in &library.variables {
                self.described(library, &variable.symbol, &variable.type_, &variable.location, &mut drafts);
            }
            if !self.query.is_linkage() {
                library.types.iter().for_each(|type_| self.type_(library, type_, &mut drafts));
                self.values(library, &mut drafts);
            }
        }
        // Who needs it, where something is there to be needed.
        for library in &release.libraries {
            for import in &library.imports {
                if let Some(naming) = self.namings.get(&*import.name)
                    && let Some(draft) = drafts.get_mut(&naming.key)
                {
                    draft.note(library, import);
                }
            }
        }
        drafts
    }

    fn export(&self, library: &Library, export: &Export, drafts: &mut BTreeMap<Key, Draft>) {
        let Some(naming) = self.namings.get(&*export.name) else { return };
        let draft = drafts.entry(naming.key.clone()).or_default();
        draft.exporting.insert(library.name.clone());
        draft.symbols.insert(export.versioned_name());
        draft.note(library, export);
        let kind = match (naming.key.1, naming.is_own, export.kind) {
            (Sort::Scope, true, _) => Kind::Class,
            (Sort::Scope, false, _) => Kind::Scope,
            (_, _, SymbolKind::Func | SymbolKind::Ifunc | SymbolKind::Notype) => Kind::Function,
            _ => Kind::Variable,
        };
        draft.kind = Some(draft.kind.map_or(kind, |known| known.min(kind)));
    }

    fn vtable(&self, library: &Library, group: &VtableGroup, drafts: &mut BTreeMap<Key, Draft>) {
        if let Some(draft) = self.fact(library, &group.name, group, drafts)
            && group.name.starts_with("_ZTV")
        {
            draft.state.slots = group.tables.first().map(|table| table.slots.len());
            draft.has_table = true;
        }
        // A member function may enter or leave it without any other trace.
        let slots = group.tables.iter().flat_map(|table| &table.slots);
        for function in slots.filter_map(|slot| slot.function()) {
            if let Some(naming) = self.namings.get(function).filter(|naming| naming.key.1 == Sort::Symbol)
                && let Some(draft) = drafts.get_mut(&naming.key)
            {
                draft.note(library, &(&group.name, function));
            }
        }
    }

    fn typeinfo(&self, library: &Library, typeinfo: &Typeinfo, drafts: &mut BTreeMap<Key, Draft>) {
        if let Some(draft) = self.fact(library, &typeinfo.name, typeinfo, drafts) {
            draft.is_polymorphic = true;
        }
        // A base that nothing else tells of is a class all the same.
        for base in &typeinfo.bases {
            let Some(name) = self.bases.get(&*base.base) else { continue };
            let draft = drafts.entry((name.clone(), Sort::Scope)).or_default();
            draft.describing.insert(library.name.clone());
            draft.kind = Some(Kind::Class);
            draft.is_polymorphic = true;
        }
    }

    fn fact<'d>(
        &self,
        library: &Library,
        symbol: &str,
        fact: &impl serde::Serialize,
        drafts: &'d mut BTreeMap<Key, Draft>,
    ) -> Option<&'d mut Draft> {
        let draft = drafts.get_mut(&self.namings.get(symbol)?.key)?;
        draft.note(library, fact);
        Some(draft)
    }

    fn described(
        &self,
        library: &Library,
        symbol: &str,
        fact: &impl serde::Serialize,
        location: &Option<Location>,
        drafts: &mut BTreeMap<Key, Draft>,
    ) {
        let is_symbol = self.namings.get(symbol).is_some_and(|naming| naming.key.1 == Sort::Symbol);
        if let Some(draft) = self.fact(library, symbol, fact, drafts)
            && is_symbol
            && draft.state.location.is_none()
        {
            draft.state.location.clone_from(location);
        }
    }

    fn type_(&self, library: &Library, type_: &Type, drafts: &mut BTreeMap<Key, Draft>) {
        self.values_of_type(library, type_, drafts);
        let Some(name) = wanted(self.query, &type_.name) else { return };
        if is_local_name(&type_.name) {
            return;
        }
        let draft = drafts.entry((name, Sort::Scope)).or_default();
        draft.describe(library, type_.kind.into(), type_.location.as_ref());
        draft.is_polymorphic |= type_.vptr.is_some() || !type_.virtuals.is_empty();
        // The line of a declaration moves with what is before it.
        let file = type_.location.as_ref().map(|l| Location { file: l.file.clone(), line: 0 });
        draft.note(library, &Type { location: file, ..type_.clone() });
        let state = &mut draft.state;
        if type_.is_incomplete() || state.size.is_some() {
            return;
        }
        (state.size, state.align) = (type_.size, type_.align);
        state.location = type_.location.clone().or(state.location.take());
        match type_.kind {
            TypeKind::Enum => state.enumerators = Some(type_.enumerators.len()),
            TypeKind::Typedef => state.value = type_.target.as_deref().map(str::to_owned),
            _ => {
                state.members = Some(type_.members.len());
                // Where no image shows the table, its declaration shows whether there is any.
                let declared = type_.virtuals.iter().filter_map(|function| function.slot).max();
                state.slots = state.slots.or(declared.map(|slot| slot as usize + 1));
            }
        }
    }

    /// Enumerators and static members with a value.
    fn values_of_type(&self, library: &Library, type_: &Type, drafts: &mut BTreeMap<Key, Draft>) {
        for enumerator in &type_.enumerators {
            let name = format!("{}::{}", type_.name, enumerator.name);
            // What is in an unscoped enum is a name of the scope around it as well.
            let outside = || {
                let scope = type_.name.rsplit_once("::").map_or("", |(scope, _)| scope);
                let name = format!("{scope}::{}", enumerator.name);
                let name = name.trim_start_matches("::").to_owned();
                (!type_.scoped && wanted(self.query, &name).is_some()).then_some(())
            };
            if wanted(self.query, &name).is_none() && outside().is_none() {
                continue;
            }
            let draft = drafts.entry((name, Sort::Value)).or_default();
            draft.describe(library, Kind::Enumerator, type_.location.as_ref());
            draft.note(library, &enumerator.value.to_string());
            draft.state.value = Some(enumerator.value.to_string());
            draft.of_enum = Some(QualifiedName::parse(&type_.name).to_string());
        }
        for member in type_.statics.iter().filter(|member| member.value.is_some()) {
            let Some(name) = wanted(self.query, &format!("{}::{}", type_.name, member.name)) else {
                continue;
            };
            let value = member.value.as_deref().unwrap_or_default();
            value_of(library, name, value, type_.location.as_ref(), Kind::Constant, drafts);
        }
    }

    fn values(&self, library: &Library, drafts: &mut BTreeMap<Key, Draft>) {
        for constant in &library.constants {
            if let Some(name) = wanted(self.query, &constant.name) {
                let location = constant.location.as_ref();
                value_of(library, name, &constant.value, location, Kind::Constant, drafts);
            }
        }
        for macro_ in &library.macros {
            if let Some(name) = wanted(self.query, &macro_.name) {
                value_of(library, name, &macro_.value, None, Kind::Macro, drafts);
            }
        }
    }
}

fn value_of(
    library: &Library,
    name: String,
    value: &str,
    location: Option<&Location>,
    kind: Kind,
    drafts: &mut BTreeMap<Key, Draft>,
) {
    let draft = drafts.entry((name, Sort::Value)).or_default();
    draft.describe(library, kind, location);
    draft.note(library, &value);
    draft.state.value = Some(value.to_owned());
}

/// The name of a finding's subject as entities have it. A macro's parameters are no C++.
pub(super) fn subject_name(name: &str, kind: SubjectKind) -> String {
    match kind {
        SubjectKind::Constant => QualifiedName::parse(name).to_string(),
        _ => QualifiedName::parse(&spelling::canonical(name)).to_string(),
    }
}
