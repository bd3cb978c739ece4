//! What can be reached from the surface: the types behind exported symbols, the types these mention, and so on.
//!
//! Each type is read once, from the first unit that defines it. The work goes in rounds: all types that the facts of one
//! round mention and that are not known yet are the next round. What a round does depends on the rounds before alone, not
//! on the threads that share it.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::debug_units::DieRef;
use super::facts::{Edge, Reader, Table, Type};
use super::function::Described;
use super::names::{Definition, NameId};
use super::namesakes::Namesakes;
use super::surface::Surface;
use crate::abi::{Constant, Function, Role, Variable};

/// Facts and the types that they mention.
#[derive(Default)]
pub(super) struct Reached {
    pub functions: Vec<Function>,
    pub variables: Vec<Variable>,
    pub constants: Vec<Constant>,
    pub types: Vec<Type>,
}

/// An entry behind an exported symbol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SymbolEntry {
    /// See [`super::unit_scanner::Symbol::is_stub`]: others come first.
    pub is_stub: bool,
    /// See [`super::unit_scanner::Symbol::completes_declaration`]: others come after.
    pub says_less: bool,
    pub die: DieRef,
    /// Access of the members around it when they say nothing; None where there is no class around.
    pub in_class: Option<bool>,
}

type Edges = Vec<(NameId, DieRef, Edge)>;

/// Types that one round has to read, each with an entry that mentions it.
type Frontier = BTreeMap<NameId, DieRef>;

pub(super) struct Search<'r, 'a> {
    pub table: &'r Table<'r, 'a>,
    pub surface: &'r Surface<'r>,
    /// The first entry for each group of symbols.
    pub entries: Vec<Option<SymbolEntry>>,
    /// The first definition for each group of symbols, of those that stand in another file than the declaration.
    pub definitions: HashMap<u32, DieRef>,
    /// Constants, each once.
    pub constants: Vec<(NameId, DieRef)>,
    /// Static members with a value by class, out of all units.
    pub members: HashMap<NameId, Vec<(NameId, DieRef)>>,
    /// Classes whose vtable or typeinfo is exported.
    pub classes: Vec<NameId>,
    /// Keep every type that any unit defines.
    pub all_types: bool,
    /// Types that the library's own files define are on the surface, whoever uses them; those that nothing reaches are left
    /// out.
    pub headers: bool,
    /// Types of C that share a name.
    pub namesakes: &'r Namesakes,
}

impl Search<'_, '_> {
    pub(super) fn run(self) -> Reached {
        let mut reached = Reached::default();
        let mut edges: HashMap<NameId, Vec<(NameId, Edge)>> = HashMap::default();
        let mut roots: Vec<(NameId, Edge)> = Vec::new();
        let mut frontier = Frontier::new();
        let mut known: HashSet<NameId> = HashSet::default();
        let mut in_headers: Vec<NameId> = Vec::new();

        let symbols = self.symbols(&mut reached);
        let constants = self.constants(&mut reached);
        for (name, die, edge) in symbols.into_iter().chain(constants) {
            roots.push((name, edge));
            mention(&mut frontier, &known, name, die);
        }
        let nowhere = DieRef { unit: u32::MAX, offset: 0 };
        for &class in &self.classes {
            mention(&mut frontier, &known, class, nowhere);
        }
        if self.all_types || self.headers {
            for name in self.table.names.defined() {
                mention(&mut frontier, &known, name, nowhere);
            }
        }
        while !frontier.is_empty() {
            known.extend(frontier.keys().copied());
            let round = self.types(std::mem::take(&mut frontier));
            for (name, types, mentioned) in round {
                if self.headers && types.iter().any(is_in_header) {
                    in_headers.push(name);
                }
                reached.types.extend(types);
                let list = edges.entry(name).or_default();
                for (target, die, edge) in mentioned {
                    list.push((target, edge));
                    mention(&mut frontier, &known, target, die);
                }
            }
        }
        let roles = self.roles(&roots, &in_headers, &edges);
        self.finish(&mut reached, &roles);
        reached
    }

    fn symbols(&self, reached: &mut Reached) -> Edges {
        let described: Vec<(u32, Option<Described>, Edges)> = self
            .entries
            .par_iter()
            .enumerate()
            .filter_map(|(group, entry)| entry.map(|entry| (group as u32, entry)))
            .map_init(
                || Reader::new(self.table),
                |reader, (group, entry)| {
                    let mut facts =
                        reader.symbol_facts(entry.die, entry.in_class, self.surface.symbols(group)[0]);
                    let at = self.definitions.get(&group);
                    if let Some(at) = at.filter(|_| facts.is_some()) {
                        let only_here = reader.is_only_here(*at);
                        match &mut facts {
                            Some(Described::Function(function)) => function.only_here |= only_here,
                            Some(Described::Variable(variable)) => variable.only_here |= only_here,
                            None => {}
                        }
                    }
                    (group, facts, std::mem::take(&mut reader.edges))
                },
            )
            .collect();
        let mut all = Vec::new();
        for (group, facts, edges) in described {
            all.extend(edges);
            for symbol in self.surface.symbols(group) {
                match &facts {
                    Some(Described::Function(function)) => {
                        reached.functions.push(Function { symbol: (*symbol).into(), ..function.clone() });
                    }
                    Some(Described::Variable(variable)) => {
                        reached.variables.push(Variable { symbol: (*symbol).into(), ..variable.clone() });
                    }
                    None => {}
                }
            }
        }
        reached.functions.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        reached.variables.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        all
    }

    fn constants(&self, reached: &mut Reached) -> Edges {
        let read: Vec<(Option<Constant>, Edges)> = self
            .constants
            .par_iter()
            .map_init(
                || Reader::new(self.table),
                |reader, &(name, die)| {
                    let name = self.table.text(name);
                    let constant = is_own(&name).then(|| reader.constant_facts(&name, die)).flatten();
                    (constant, std::mem::take(&mut reader.edges))
                },
            )
            .collect();
        let mut all = Vec::new();
        for (constant, edges) in read {
            if let Some(constant) = constant.filter(|c| !is_system(c)) {
                reached.constants.push(constant);
                all.extend(edges);
            }
        }
        reached.constants.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Reads the types of one round, in the order of their definitions.
    fn types(&self, frontier: Frontier) -> Vec<(NameId, Vec<Type>, Edges)> {
        let mut work: Vec<(Vec<DieRef>, NameId)> = frontier
            .into_par_iter()
            .map(|(name, mentioned)| (self.definitions(name, mentioned), name))
            .collect();
        // Neighbours in the file are read one after the other.
        work.par_sort_unstable();
        work.into_par_iter()
            .map_init(
                || Reader::new(self.table),
                |reader, (entries, name)| {
                    let text = self.table.text(name);
                    let mut types = Vec::new();
                    for at in entries {
                        if let Some(mut type_) = reader.type_facts(&text, at)
                            && !types.iter().any(|known| is_same(known, &type_))
                        {
                            type_.variant = types.len() as u32;
                            let members = self.members.get(&name).map_or(&[][..], Vec::as_slice);
                            reader.add_static_members(&mut type_, members.iter().map(|(_, die)| *die));
                            types.push(type_);
                        }
                    }
                    (name, types, std::mem::take(&mut reader.edges))
                },
            )
            .collect()
    }

    /// Entries to read for a name: each different definition, else the declaration that mentions it.
    fn definitions(&self, name: NameId, mentioned: DieRef) -> Vec<DieRef> {
        let definitions = self.table.names.definitions(name);
        let at = |d: &Definition| DieRef { unit: d.unit, offset: d.offset };
        if definitions.is_empty() {
            return if mentioned.unit == u32::MAX { Vec::new() } else { vec![mentioned] };
        }
        // `typedef struct {…} A;` gives the class the name of the typedef.
        let is_typedef = |d: &Definition| d.is_typedef;
        let mut definitions = definitions;
        if definitions.iter().any(|d| !is_typedef(d)) {
            definitions.retain(|d| !is_typedef(d));
        }
        if let Some(only) = definitions.first()
            && definitions.iter().all(is_typedef)
            && let Some(unnamed) = self.unnamed_target(at(only))
        {
            return vec![unnamed];
        }
        // In C, any unit may call its own types what it likes: those that are left say the same.
        let is_c = |d: &Definition| d.is_c;
        if definitions.iter().any(is_c) {
            let first = definitions.iter().find(|d| !is_c(d)).unwrap_or(&definitions[0]);
            if is_c(first) {
                return vec![at(first)];
            }
            definitions.retain(|d| !is_c(d));
        }
        // Names of one unit's own may mean other things in other units.
        if definitions.len() > 1 && crate::abi::is_local_name(&self.table.text(name)) {
            return vec![at(&definitions[0])];
        }
        definitions.iter().map(at).collect()
    }

    /// The class without a name of its own that a typedef names, where that is in a type unit.
    fn unnamed_target(&self, typedef: DieRef) -> Option<DieRef> {
        let debug_units = self.table.debug_units;
        let target =
            debug_units.die(debug_units.reference(&debug_units.die(typedef)?, gimli::DW_AT_type)?)?;
        let described = debug_units.die(debug_units.reference(&target, gimli::DW_AT_signature)?)?;
        (!described.has(gimli::DW_AT_name)).then_some(described.at)
    }

    /// How each type is reached.
    fn roles(
        &self,
        roots: &[(NameId, Edge)],
        in_headers: &[NameId],
        edges: &HashMap<NameId, Vec<(NameId, Edge)>>,
    ) -> HashMap<NameId, u8> {
        let mut roles: HashMap<NameId, u8> = HashMap::default();
        let mut work: Vec<NameId> = Vec::new();
        let mut add = |name: NameId, bits: u8, work: &mut Vec<NameId>| {
            let known = roles.entry(name).or_default();
            if *known | bits != *known {
                *known |= bits;
                work.push(name);
            }
            *known
        };
        for &(name, edge) in roots {
            add(name, bit(edge), &mut work);
        }
        for &class in &self.classes {
            add(class, 1 << Role::Vtable as u8, &mut work);
        }
        for &name in in_headers {
            add(name, 1 << Role::Header as u8, &mut work);
        }
        while let Some(name) = work.pop() {
            let own = add(name, 0, &mut work);
            for &(target, edge) in edges.get(&name).map_or(&[][..], Vec::as_slice) {
                // A typedef is the type that it stands for.
                let bits = if edge == Edge::Same { own } else { bit(edge) };
                add(target, bits, &mut work);
            }
        }
        roles
    }

    fn finish(&self, reached: &mut Reached, roles: &HashMap<NameId, u8>) {
        let by_text: HashMap<Arc<str>, u8> =
            roles.iter().map(|(&name, &bits)| (self.table.text(name), bits)).collect();
        const ROLES: [Role; 7] =
            [Role::Base, Role::Header, Role::Member, Role::Name, Role::Pointer, Role::Value, Role::Vtable];
        for type_ in &mut reached.types {
            let bits = by_text.get(&*type_.name).copied().unwrap_or_default();
            type_.reached = ROLES.into_iter().filter(|role| bits & 1 << *role as u8 != 0).collect();
        }
        if self.headers {
            reached.types.retain(|type_| !type_.reached.is_empty());
        }
        self.namesakes.spell(self.table.debug_units, reached);
        reached.types.sort_by(|a, b| (&a.name, a.variant).cmp(&(&b.name, b.variant)));
        reached.types.dedup_by(|a, b| a.name == b.name && a.variant == b.variant);
    }
}

/// Whether two definitions differ in nothing but their place: that of an explicit instantiation is another one with some
/// producers.
pub(super) fn is_same(a: &Type, b: &Type) -> bool {
    let shape = |t: &Type| (t.kind, t.size, t.align, t.vptr, t.scoped);
    shape(a) == shape(b)
        && (&a.bases, &a.members, &a.enumerators, &a.target)
            == (&b.bases, &b.members, &b.enumerators, &b.target)
}

/// Whether one of the library's own headers defines it, for everybody.
fn is_in_header(type_: &Type) -> bool {
    let is_own = type_.location.as_ref().is_some_and(crate::abi::Location::is_own_header);
    is_own && !type_.is_local() && !type_.is_incomplete()
}

fn bit(edge: Edge) -> u8 {
    let role = match edge {
        Edge::Base => Role::Base,
        Edge::Member => Role::Member,
        Edge::Name | Edge::Same => Role::Name,
        Edge::Pointer => Role::Pointer,
        Edge::Value => Role::Value,
    };
    1 << role as u8
}

fn mention(frontier: &mut Frontier, known: &HashSet<NameId>, name: NameId, die: DieRef) {
    if !known.contains(&name) {
        let first = frontier.entry(name).or_insert(die);
        *first = (*first).min(die);
    }
}

/// Whether a constant is the library's by its name: not of the C++ library or the compiler, nor of one unit.
fn is_own(name: &str) -> bool {
    !name.starts_with("__") && !name.starts_with("std::") && !crate::abi::is_local_name(name)
}

/// Whether a constant is of a header of the system.
fn is_system(constant: &Constant) -> bool {
    constant.location.as_ref().is_some_and(|location| location.is_system())
}
