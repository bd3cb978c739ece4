//! Types, functions, variables and constants that both releases describe, in debug info or in public headers.
//!
//! Only what both sides know is compared, and only what the surface of the old release reaches. A finding about a type is
//! one per rule; what follows from another finding says so.
//!
//! | file | what it does |
//! |---|---|
//! | `identity` | which types are one where names do not say it, in C |
//! | `model` | the types of a release by name |
//! | `layout_equivalence`, `names` | whether two types look the same to compiled code, and mean the same to programs |
//! | `scalars`, `compilation` | the types of the language, and options that change them |
//! | `passing` | where a type goes when it is passed by value |
//! | `class`, `members`, `flat`, `virtuals` | two definitions of a class |
//! | `growth` | how C libraries grow on purpose |
//! | `enums`, `aliases`, `functions`, `constants` | two definitions of the rest |
//! | `symbols`, `gone` | which functions and variables are compared, which types went |
//! | `reach` | who uses a type, and how much of it programs know |
//! | `macros` | whether two macros have one replacement |
//! | `declarations` | enumerators that are another kind of constant now |
//! | `public` | which types programs know at all |
//! | `causes`, `renames` | what follows from what |
//! | `layouts` | a class before and after, byte by byte |
//! | `finals`, `header_binary` | what only headers tell: `final`, and layouts that the library does not share |
//! | `tail_padding` | where derived classes go on |
//! | `found` | one finding |

mod aliases;
mod bases;
mod behind;
mod causes;
mod class;
mod compilation;
mod constants;
mod declarations;
mod enums;
mod finals;
mod flat;
mod functions;
mod gone;
mod growth;
mod header_binary;
mod identity;
mod inherited_virtuals;
mod layout_equivalence;
mod layouts;
mod macro_value;
mod macros;
mod members;
mod model;
mod names;
mod passing;
mod public;
mod raw_finding;
mod reach;
mod renames;
mod scalars;
mod symbols;
mod tail_padding;
mod virtuals;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet, HashSetExt};

use super::context::Context;
use super::vtables::class_name;
use super::{Affects, Change, Changes, Detail, Exposure, Lost, Note, Part, Subject, SubjectKind, Value};
use crate::abi::{Export, Library, Location, Release, Role, Type, TypeKind, VtableGroup};
use crate::rules::{Rule, Severity};
use crate::spelling;
use causes::{Causes, ChangedType};
use compilation::Compilation;
use identity::Identities;
use layout_equivalence::{LayoutEquivalence, LayoutEquivalences};
use layouts::SideBySide;
use model::Model;
use raw_finding::{RawFinding, Relation};
use reach::Reach;
use renames::Renames;
use tail_padding::Tails;

/// Compares everything that debug info describes on both sides.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    let declares = |library: &Library| !library.functions.is_empty() || !library.variables.is_empty();
    // Debug info of which everything that is exported is in files that are missing says nothing about types either.
    let described = |(old, new): &&(&Library, &Library)| {
        let has_debug_info = |library: &Library| library.evidence.dwarf.is_some();
        has_debug_info(old) && has_debug_info(new) && (declares(new) || !declares(old))
    };
    let mut pairs: Vec<(&Library, &Library)> =
        context.pairs.iter().filter_map(|pair| pair.both()).filter(|pair| described(&pair)).collect();
    // Last: what the libraries' own debug info says of a type comes first.
    let headers = context.old.headers.as_ref().zip(context.new.headers.as_ref());
    pairs.extend(headers.filter(|(old, new)| super::headers::are_comparable(old, new)));
    if pairs.is_empty() {
        return super::repeated::gather(changes, &|type_, _| type_.to_owned());
    }
    let identities = Identities::of(&pairs);
    let pairs = identities.pairs();
    let base_types = pairs.iter().all(|(old, new)| !old.base_types.is_empty() && !new.base_types.is_empty());
    let known = changes.as_slice().len();
    let old = Model::new(pairs.iter().map(|p| p.0), base_types);
    let new = Model::new(pairs.iter().map(|p| p.1), base_types);
    let renames = Renames::of(changes);
    let seen = headers.filter(|(old, new)| super::headers::are_comparable(old, new));
    let enough = match seen {
        Some((old, _)) => tail_padding::enough(std::iter::once(old)),
        None => tail_padding::enough(pairs.iter().map(|pair| pair.0)),
    };
    let comparison = Comparison {
        equivalences: LayoutEquivalences::new(&old, &new),
        reach: Reach::new(&old, pairs.iter().map(|p| p.0).collect(), context.old),
        in_image: OnceCell::new(),
        new_instances: OnceCell::new(),
        new_constants: OnceCell::new(),
        tails: (
            Tails::new(&old, context.old, seen.map(|pair| pair.0), enough),
            Tails::new(&new, context.new, seen.map(|pair| pair.1), enough),
        ),
        context,
        pairs: &pairs,
        renames: &renames,
        other_compiler: other_compiler(&pairs),
        other_clang: pairs.iter().any(|(old, new)| new.is_by_clang() && old.producers != new.producers),
    };
    let compilation = compilation::compare(&pairs, &comparison.reach, &old, changes);
    comparison.functions(changes);
    comparison.variables(changes);
    pairs.iter().for_each(|(old, new)| {
        constants::compare(old, new, &|constant| comparison.reach.may_name(constant), changes);
    });
    comparison.types(&compilation, changes);
    compilation.weigh(changes);
    finals::compare(context.old, context.new, &old, changes);
    header_binary::compare(context.old, context.new, &comparison.reach, changes);
    for change in changes.as_mut_slice().iter_mut().skip(known) {
        if let Some(own) = identities.own_name(&change.subject.name) {
            change.subject.name = own.to_owned();
        }
    }
    super::repeated::gather(changes, &|type_, is_new| {
        let model = if is_new { &new } else { &old };
        model.resolve(type_).into_owned()
    });
}

struct Comparison<'c, 'a> {
    context: &'c Context<'a>,
    /// Libraries that debug info describes on both sides.
    pairs: &'c [(&'a Library, &'a Library)],
    equivalences: LayoutEquivalences<'c, 'a>,
    reach: Reach<'c, 'a>,
    /// Of the old and the new release.
    tails: (Tails<'c, 'a>, Tails<'c, 'a>),
    /// See [`in_image`]; known when a class that changed asks for it.
    in_image: OnceCell<HashSet<String>>,
    renames: &'c Renames,
    /// See [`Comparison::new_instances`]; known when an instance that went asks for it.
    new_instances: OnceCell<HashMap<&'a str, Vec<&'a str>>>,
    /// Constants of the new release; known when an enumerator that went asks for them.
    new_constants: OnceCell<Vec<declarations::Constants<'a>>>,
    /// The releases were compiled by compilers of different families, which describe different things.
    other_compiler: bool,
    /// The new release was compiled by another Clang, which leaves out other classes: those that nothing in it constructs.
    other_clang: bool,
}

/// Whether one side was compiled by Clang and the other was not.
fn other_compiler(pairs: &[(&Library, &Library)]) -> bool {
    pairs.iter().any(|(old, new)| old.is_by_clang() != new.is_by_clang())
}

/// Canonical names of the classes whose virtual tables, decoded on both sides, tell what became of their functions.
///
/// Slots of pure functions are all alike: tables that are the same may hide that such functions changed places.
fn in_image(context: &Context<'_>) -> HashSet<String> {
    fn shown(release: &Release) -> HashMap<&str, &VtableGroup> {
        let tables = release.libraries.iter().flat_map(|l| &l.vtables);
        tables.filter(|v| v.name.starts_with("_ZTV")).map(|v| (&*v.name, v)).collect()
    }
    let (old, new) = (shown(context.old), shown(context.new));
    let nameless = |group: &VtableGroup| {
        group.tables.iter().flat_map(|t| &t.slots).filter(|slot| slot.function().is_none()).count()
    };
    old.iter()
        .filter_map(|(name, before)| Some((name, before, new.get(name)?)))
        .filter(|(_, before, after)| before != after || nameless(before) < 2)
        .map(|(name, ..)| spelling::canonical(&class_name(name)).into_owned())
        .collect()
}

impl<'a> Comparison<'_, 'a> {
    fn types(&self, compilation: &Compilation, changes: &mut Changes) {
        let mut judged: Vec<ChangedType<'a>> = Vec::new();
        // By whose they are: what the C++ library does not say must not stand for what the library's own classes do not.
        let mut lost: BTreeMap<(&str, bool), Vec<&'a Type>> = BTreeMap::new();
        let mut gone: Vec<(&'a Library, &'a Type)> = Vec::new();
        let unnamed_members = self.unnamed_members();
        let mut names: Vec<(&'a str, model::Known<'a>)> = self.equivalences.old.names().collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        for (name, before) in names {
            // What is in an unnamed member is told with the class around it.
            if crate::abi::is_local_name(name)
                || before.first().reached.is_empty()
                || unnamed_members.contains(name)
            {
                continue;
            }
            let after = self.equivalences.new.known(name);
            let Some(after) = after.or_else(|| self.by_enumerators(before.first())) else {
                gone.push((before.library, before.first()));
                continue;
            };
            let (old, new) = match differing(before.variants, after.variants) {
                Some(pair) => pair,
                None if self.moved_into_source(before.first(), after.first())
                    || self.differ_inside(before.first(), after.first(), class::DEEPEST)
                    || self.derived_go_on_elsewhere(before.first(), after.first()).is_some() =>
                {
                    (before.first(), after.first())
                }
                None => {
                    judged.extend(self.as_programs_see_it(name, before, after, &[]));
                    continue;
                }
            };
            if !old.is_incomplete() && new.is_incomplete() && needs_definition(new) {
                lost.entry((&before.library.name, is_toolchains(old))).or_default().push(old);
                continue;
            }
            let mut found = self.type_(old, new);
            // What programs compile may change in another way than what the library was compiled with.
            if let Some(other) = self.as_programs_see_it(name, before, after, &found) {
                match found.is_empty() {
                    true => judged.push(other),
                    false => found.extend(other.found),
                }
            }
            if found.is_empty() {
                continue;
            }
            if let Some(exposure) = self.reach.exposure(old) {
                judged.push(ChangedType { old, new, library: &before.library.name, found, exposure });
            }
        }
        for ((library, is_toolchains), types) in lost {
            let change = types_lost(library, &types, self.other_compiler);
            // They come with the toolchain, which is compared by itself.
            changes.push(if is_toolchains { change.with_severity(Severity::Compatible) } else { change });
        }
        self.gone(&gone, changes);
        Causes::new(&judged, &self.equivalences, &self.reach, self.renames, compilation, changes)
            .settle(changes);
        self.left_by_aliases(changes);
        self.signatures(changes);
        self.lay_out(changes);
    }

    /// An unnamed enumeration goes by its first enumerator: where that is another one now, the others say which it is.
    fn by_enumerators(&self, old: &Type) -> Option<model::Known<'a>> {
        let scope = |type_: &Type| type_.name.find("(anonymous enum ").map(|at| type_.name[..at].to_owned());
        let around = scope(old).filter(|_| old.kind == TypeKind::Enum)?;
        let is_it = |new: &Type| {
            new.kind == TypeKind::Enum
                && scope(new).as_ref() == Some(&around)
                && new
                    .enumerators
                    .iter()
                    .any(|one| old.enumerators.iter().any(|other| other.name == one.name))
        };
        let others = self
            .equivalences
            .new
            .names()
            .filter(|(name, known)| is_it(known.first()) && self.equivalences.old.known(name).is_none());
        others.min_by_key(|(name, _)| *name).map(|(_, known)| known)
    }

    /// Whether the public headers of both releases are compared.
    fn by_headers(&self) -> bool {
        self.pairs.iter().any(|(old, new)| old.evidence.headers.is_some() && new.evidence.headers.is_some())
    }

    /// The definitions of a class in the public headers of both releases.
    fn in_headers(&self, name: &str) -> Option<(Option<&'a Type>, Option<&'a Type>)> {
        let (old, new) = self
            .pairs
            .iter()
            .find(|(old, new)| old.evidence.headers.is_some() && new.evidence.headers.is_some())?;
        let find = |library: &'a Library, model: &Model<'a>| {
            let first = model.first_in(library, name);
            // `typedef struct S S` of what the headers only declare.
            let is_declared = |type_: &Type| {
                type_.is_incomplete()
                    || (type_.kind == TypeKind::Typedef && type_.target.as_deref() == Some(name))
            };
            first.filter(|type_| !is_declared(type_))
        };
        Some((find(old, self.equivalences.old), find(new, self.equivalences.new)))
    }

    /// What changed in a class as the headers define it, where the library has it with another layout; without what is
    /// known already.
    fn as_programs_see_it(
        &self,
        name: &str,
        before: model::Known<'a>,
        after: model::Known<'a>,
        known: &[RawFinding],
    ) -> Option<ChangedType<'a>> {
        let (Some(old), Some(new)) = self.in_headers(name)? else { return None };
        let is_same = |variants: &[Type], header: &Type| {
            variants.iter().any(|type_| header_binary::same_layout(type_, header))
        };
        let agrees = is_same(before.variants, old) && is_same(after.variants, new);
        if agrees || !old.kind.is_class() || !new.kind.is_class() || old.says_the_same_as(new) {
            return None;
        }
        let mut found = self.type_(old, new);
        found.retain(|found| !known.iter().any(|other| other.rule == found.rule && other.of == found.of));
        let exposure = self.reach.exposure(old)?;
        let library = &before.library.name;
        (!found.is_empty()).then_some(ChangedType { old, new, library, found, exposure })
    }

    /// Whether programs had the definition of a class and have it no more: the public headers say so or, where they are not
    /// known, the files that define it.
    fn moved_into_source(&self, old: &Type, new: &Type) -> bool {
        // Compilers call what programs cannot name after other things.
        if names::is_unnamed(&old.name) {
            return false;
        }
        match self.in_headers(&old.name) {
            Some((before, after)) => {
                old.kind.is_class() && !reach::is_instance(&old.name) && before.is_some() && after.is_none()
            }
            None => moved_into_source(old, new),
        }
    }

    fn type_(&self, old: &'a Type, new: &'a Type) -> Vec<RawFinding> {
        if old.is_incomplete() {
            return Vec::new();
        }
        if new.is_incomplete() {
            // What a compiler of another family leaves out is not known to be gone.
            let told = !self.other_compiler && !self.other_clang && !is_toolchains(old);
            return if told { vec![RawFinding::independent(Rule::TypeBecameIncomplete)] } else { Vec::new() };
        }
        let mut found = match (old.kind, new.kind) {
            // What the toolchain's names stand for is not always described.
            (TypeKind::Typedef, _) | (_, TypeKind::Typedef)
                if is_toolchains(old) && !(self.is_described(old, true) && self.is_described(new, false)) =>
            {
                Vec::new()
            }
            (TypeKind::Typedef, TypeKind::Typedef) => {
                aliases::compare(&self.equivalences, self.reach.is_passed(&old.name), old, new)
            }
            (TypeKind::Enum, TypeKind::Enum) => {
                let now = |name: &str| {
                    let constants = self.new_constants.get_or_init(|| {
                        self.pairs.iter().map(|pair| declarations::Constants::of(pair.1)).collect()
                    });
                    let name = declarations::enumerator(old, name);
                    constants.iter().find_map(|constants| constants.number(&name))
                };
                enums::compare(&self.equivalences, self.context.patterns, &now, old, new)
            }
            (a, b) if a.is_class() && b.is_class() && (a == TypeKind::Union) == (b == TypeKind::Union) => {
                class::compare(&class::Pair {
                    old,
                    new,
                    equivalences: &self.equivalences,
                    patterns: self.context.patterns,
                    told_by_image: self.in_image.get_or_init(|| in_image(self.context)).contains(&*old.name),
                    has_exported_constructor: self.has_constructor(old),
                    depth: class::DEEPEST,
                })
            }
            (a, b) => self.other_kind(old, new, a, b),
        };
        // Constants of an instance are described where they are used, and each compiler leaves out others.
        if self.other_compiler || reach::is_instance(&old.name) {
            found.retain(|f| f.rule != Rule::StaticMemberChanged || f.severity != Severity::Source);
        }
        // GCC says of no `constexpr` member that it is protected.
        if self.other_compiler {
            found.retain(|f| f.rule != Rule::MemberAccessChanged || f.of.is_none());
        }
        if self.moved_into_source(old, new) {
            found.push(RawFinding::independent(Rule::TypeBecameIncomplete).note(match self.by_headers() {
                true => Note::NotInHeaders,
                false => Note::MovedIntoSource,
            }));
        }
        if is_toolchains(old) {
            return self.of_toolchain(old, found);
        }
        if old.kind.is_class() && new.kind.is_class() {
            self.weigh_passing(old, &mut found);
            found.extend(self.passed_otherwise(old, new).filter(|_| !has(&found, Rule::PassingChanged)));
            found.extend(self.derived_go_on_elsewhere(old, new));
            if !self.has_constructor(old) {
                let models = (self.equivalences.old, self.equivalences.new);
                growth::weigh(&self.reach, models, (old, new), &mut found);
            }
        }
        if old.kind == TypeKind::Typedef && new.kind == TypeKind::Typedef {
            self.weigh_alias(old, new, &mut found);
        }
        match enclosing_of_unnamed(&old.name) {
            Some(_) => found.into_iter().map(class::as_part_of_another).collect(),
            None => found,
        }
    }

    /// Classes that derive from the class go on at another byte.
    fn derived_go_on_elsewhere(&self, old: &'a Type, new: &'a Type) -> Option<RawFinding> {
        tail_padding::compare((&self.tails.0, &self.tails.1), (old, new))
    }

    /// Names of the unnamed structs and unions that are members of others without a name of their own.
    fn unnamed_members(&self) -> HashSet<&'a str> {
        let reached = self.equivalences.old.names().map(|(_, known)| known.first());
        let members = reached.filter(|type_| !type_.reached.is_empty()).flat_map(|type_| &type_.members);
        let unnamed = members.filter(|field| field.name.is_empty() && !field.bit_field);
        unnamed.map(|field| &*field.type_).filter(|type_| type_.contains("(anonymous ")).collect()
    }

    /// Whether an unnamed member is not what it was, though the class around it is declared in the same words.
    fn differ_inside(&self, old: &Type, new: &Type, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        if !old.kind.is_class() || !new.kind.is_class() {
            return false;
        }
        old.members.iter().zip(&new.members).any(|(a, b)| {
            let inner = flat::unnamed(self.equivalences.old, a).zip(flat::unnamed(self.equivalences.new, b));
            inner.is_some_and(|(a, b)| !a.says_the_same_as(b) || self.differ_inside(a, b, depth))
        })
    }

    /// The type, or one that has it in itself and is declared as it was, is passed by value and goes elsewhere now.
    fn passed_otherwise(&self, old: &Type, new: &Type) -> Option<RawFinding> {
        let (before, after) = (self.equivalences.old, self.equivalences.new);
        let same = |name: &str| {
            let both = before.known(name).zip(after.known(name));
            both.is_some_and(|(old, new)| differing(old.variants, new.variants).is_none())
        };
        let passed = self.reach.passed_with(&old.name);
        let mut passed = passed.into_iter().filter(|name| *name == &*old.name || same(name));
        passed.find_map(|name| {
            let now = if name == &*old.name { &*new.name } else { name };
            let (from, to) = passing::passage(before, name).zip(passing::passage(after, now))?;
            let (from, to) = match from.argument == to.argument {
                true => (from.result, to.result),
                false => (from.argument, to.argument),
            };
            let (before, after) = (Value::Places(from.clone()), Value::Places(to.clone()));
            let detail = match name == &*old.name {
                true => Detail::changed(before, after),
                false => Detail::part_changed(Part::Around(name.to_owned()), before, after),
            };
            (from != to).then(|| RawFinding::consequence(Rule::PassingChanged).detail(detail))
        })
    }

    /// A class that is copied or destroyed otherwise goes elsewhere in calls. Where no call leads from programs into the
    /// library or back with it, all that pass it are compiled alike, and what remains is that old programs copy and destroy
    /// their objects as they did.
    fn weigh_passing(&self, old: &Type, found: &mut [RawFinding]) {
        let is_declared = |change: &&mut RawFinding| change.rule == Rule::PassingChanged;
        let Some(change) = found.iter_mut().find(is_declared) else { return };
        // Which virtual functions a class has that debug info only declares, nobody knows without headers.
        let is_hidden = |type_: &Type| {
            type_.is_incomplete() && type_.kind.is_class() && !type_.c && !is_toolchains(type_)
        };
        let hides = || self.equivalences.old.names().any(|(_, known)| is_hidden(known.first()));
        if !self.reach.crosses(&old.name) && (self.by_headers() || !hides()) {
            change.severity = change.severity.min(Severity::Risky);
            change.detail = std::mem::take(&mut change.detail).with_note(Note::CopiedByPrograms);
        }
    }

    /// An alias that leads to `void` or from it names what handles point at; one that leads to a pointer to function
    /// instead of the function is passed alike by who wrote the pointer.
    fn weigh_alias(&self, old: &Type, new: &Type, found: &mut [RawFinding]) {
        let Some(change) = found.iter_mut().find(|f| f.rule == Rule::TypedefChanged) else { return };
        let mut most = Severity::Source;
        let harmless = match (old.target.as_deref(), new.target.as_deref()) {
            (Some(from), Some(to)) => {
                let from = self.equivalences.old.resolve(from);
                let to = self.equivalences.new.resolve(to);
                // Pointers are all that there can be of what nobody can create.
                let is_handle = (from == "void") != (to == "void") && !self.reach.is_passed(&old.name);
                let renamed = self.renamed_handle(&from, &to);
                most = renamed.unwrap_or(most);
                renamed.is_some() || is_handle || self.became_pointer(old, &from, &to)
            }
            _ => false,
        };
        if harmless {
            change.relation = Relation::Independent;
            change.severity = change.severity.min(most);
        }
    }

    /// What an alias of pointers to a class weighs that only has another name now, where programs know no more than the name.
    fn renamed_handle(&self, from: &str, to: &str) -> Option<Severity> {
        use crate::spelling::{Shape, shape};
        let (before, after) = (self.equivalences.old, self.equivalences.new);
        let (Shape::Pointer(from), Shape::Pointer(to)) = (shape(from), shape(to)) else { return None };
        let (from, to) = (before.resolve(&from), after.resolve(&to));
        let is_other = before.find(&to).is_none() && after.find(&from).is_none();
        let (class, now) = before.find(&from).zip(after.find(&to)).filter(|_| is_other)?;
        let exposure = self.reach.exposure(class).filter(|_| class.kind.is_class() && now.kind.is_class())?;
        match exposure {
            Exposure::Private | Exposure::Opaque => Some(Severity::Source),
            Exposure::Unknown => Some(Severity::Risky),
            Exposure::Declared | Exposure::ByValue => None,
        }
    }

    /// Whether an alias of a function became one of the pointer to it, or the other way round, and everybody who uses it
    /// took the pointer away or put one there.
    fn became_pointer(&self, alias: &Type, from: &str, to: &str) -> bool {
        use crate::spelling::{Shape, shape};
        let is_function = |type_: &str| matches!(shape(type_), Shape::Function { .. });
        let to_pointer = match (shape(from), shape(to)) {
            (Shape::Function { .. }, Shape::Pointer(inner)) => {
                is_function(&inner) && self.equivalences.is_same(from, &inner)
            }
            (Shape::Pointer(inner), Shape::Function { .. }) => {
                is_function(&inner) && self.equivalences.is_same(&inner, to)
            }
            _ => false,
        };
        to_pointer && self.reach.users(&alias.name).iter().all(|user| self.uses_alike(user))
    }

    /// Whether a function, variable or type of the old release has types that are the same in the new one.
    fn uses_alike(&self, user: &str) -> bool {
        let (before, after) = (self.equivalences.old, self.equivalences.new);
        let alike = |old: &str, new: &str| {
            self.equivalences.of(old, new) == LayoutEquivalence::Identical
                && before.indirections(old) == after.indirections(new)
        };
        if let Some((old, new)) = self.equivalences.old.find(user).zip(self.equivalences.new.find(user)) {
            let (a, b) =
                (flat::members(self.equivalences.old, old), flat::members(self.equivalences.new, new));
            let target = old.target.as_deref().zip(new.target.as_deref());
            return a.len() == b.len()
                && a.iter().zip(&b).all(|(a, b)| alike(&a.type_, &b.type_))
                && target.is_none_or(|(a, b)| alike(a, b));
        }
        let old = self.pairs.iter().find_map(|pair| types_of(pair.0, user));
        let new = self.pairs.iter().find_map(|pair| types_of(pair.1, user));
        match old.zip(new) {
            Some((old, new)) => {
                old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| alike(old, new))
            }
            // Gone, or not described: told elsewhere.
            None => true,
        }
    }

    /// Whether a typedef leads to something that the release describes, or the type is that itself.
    fn is_described(&self, type_: &Type, in_old: bool) -> bool {
        if type_.kind != TypeKind::Typedef {
            return true;
        }
        let model = if in_old { self.equivalences.old } else { self.equivalences.new };
        let resolved = type_.target.as_deref().map(|target| model.resolve(target));
        resolved.is_some_and(|name| match spelling::shape(&name) {
            spelling::Shape::Named(name) if !spelling::is_builtin(name) => model.definition(name).is_some(),
            _ => true,
        })
    }

    fn other_kind(&self, old: &Type, new: &Type, from: TypeKind, to: TypeKind) -> Vec<RawFinding> {
        // The name of an unnamed class, of which its own unit says no more.
        if new.target.as_deref() == Some(&*old.name) || old.target.as_deref() == Some(&*old.name) {
            return Vec::new();
        }
        let change = RawFinding::cause(Rule::TypeKindChanged).between(Value::Kind(from), Value::Kind(to));
        let equivalence = match self.reach.is_passed(&old.name) {
            true => self.equivalences.passed(&old.name, &new.name),
            false => self.equivalences.of(&old.name, &new.name),
        };
        let independent = |change: RawFinding, severity| {
            let change = change.weighing(severity);
            vec![RawFinding { relation: Relation::Independent, ..change }]
        };
        match equivalence {
            LayoutEquivalence::Identical => independent(change, Severity::Source),
            LayoutEquivalence::SameBits => independent(change, Severity::Risky),
            LayoutEquivalence::Different => vec![change],
        }
    }

    /// Of the standard library's classes only the layout counts: everything else is not for programs to see.
    fn of_toolchain(&self, old: &Type, found: Vec<RawFinding>) -> Vec<RawFinding> {
        if self.equivalences.kept(&old.name) {
            return Vec::new();
        }
        let concerns = |f: &RawFinding| f.severity == Severity::Breaking;
        // Nobody changed its declaration: it follows from what it is an instance for, where that is known.
        found
            .into_iter()
            .filter(concerns)
            .map(|f| RawFinding { relation: Relation::Consequence, ..f })
            .collect()
    }

    /// Whether the library exports a constructor of the class.
    fn has_constructor(&self, type_: &Type) -> bool {
        exports_member(self.context.old, &type_.name, &["C"])
    }

    /// Shows what moved in a class where something moved: once, with its first root.
    fn lay_out(&self, changes: &mut Changes) {
        let side_by_side = SideBySide::new(self.equivalences.old, self.equivalences.new);
        let mut shown: HashSet<String> = HashSet::new();
        for change in changes.as_mut_slice() {
            let is_layout = change.subject.kind == SubjectKind::Type && change.affects != Affects::default();
            if change.derived_from.is_none() && is_layout && shown.insert(change.subject.name.clone()) {
                change.layout = side_by_side.of(&change.subject.name);
            }
        }
    }
}

/// A definition of the old release that is none of the new one, with the one that took its place.
fn differing<'a>(old: &'a [Type], new: &'a [Type]) -> Option<(&'a Type, &'a Type)> {
    let before = old.iter().find(|a| !new.iter().any(|b| a.says_the_same_as(b)))?;
    let after = new.iter().find(|b| !old.iter().any(|a| a.says_the_same_as(b))).or(new.first())?;
    Some((before, after))
}

/// Result and parameters of a function, or the type of a variable.
fn types_of<'l>(library: &'l Library, symbol: &str) -> Option<Vec<&'l str>> {
    if let Some(function) = library.function(symbol) {
        return Some(function.types().collect());
    }
    Some(vec![&*library.variable(symbol)?.type_])
}

fn has(found: &[RawFinding], rule: Rule) -> bool {
    found.iter().any(|f| f.rule == rule)
}

/// Whether a release has a strong member of a class, of one of the kinds that mangled names begin with: `C` for constructors, `D`
/// for destructors, `aS` for assignment.
fn exports_member(release: &Release, class: &str, kinds: &[&str]) -> bool {
    let Some(encoded) = encoded(class) else { return false };
    let prefixes = kinds.iter().map(|kind| format!("_ZN{encoded}{kind}"));
    let has =
        |prefix: String| release.libraries.iter().any(|l| l.exports_from(&prefix).any(Export::is_strong));
    prefixes.into_iter().any(has)
}

/// How a plain qualified name is mangled: `a::B` gives `1a1B`. None for names with template arguments and the like.
fn encoded(name: &str) -> Option<String> {
    let mut encoded = String::new();
    for part in name.split("::") {
        if part.is_empty() || !part.chars().all(spelling::is_identifier) {
            return None;
        }
        encoded.push_str(&format!("{}{part}", part.len()));
    }
    Some(encoded)
}

/// Whether a class was defined in a header and is defined in a file that is compiled by itself now.
fn moved_into_source(old: &Type, new: &Type) -> bool {
    let place = |type_: &Type| type_.location.as_ref().map(Location::is_source);
    old.kind.is_class()
        && !reach::is_instance(&old.name)
        && place(old) == Some(false)
        && place(new) == Some(true)
}

/// Whether programs cannot do with less than the definition.
fn needs_definition(type_: &Type) -> bool {
    type_.reached.iter().any(|role| matches!(role, Role::Base | Role::Member | Role::Value))
}

/// Types that belong to the compiler and the system's libraries.
fn is_toolchains(type_: &Type) -> bool {
    ["std::", "__gnu_cxx::", "__cxxabiv1::", "__"].iter().any(|prefix| type_.name.starts_with(prefix))
        || type_.location.as_ref().is_some_and(crate::abi::Location::is_system)
}

/// The class around a type that has no name but what is in it.
fn enclosing_of_unnamed(name: &str) -> Option<&str> {
    let (class, own) = name.rsplit_once("::(anonymous ")?;
    (!own.starts_with("namespace")).then_some(class)
}

fn types_lost(library: &str, types: &[&Type], other_compiler: bool) -> Change {
    let first = &types[0].name;
    let subject = match types {
        [_] => Subject::named(SubjectKind::Type, &**first, library),
        _ => Subject::named(SubjectKind::Symbols, format!("{} types", types.len()), library),
    };
    let what = Lost::Definitions { other_compiler };
    let detail = Detail::Lost { first: first.to_string(), count: types.len() as u64, known: None, what };
    let change = Change::new(Rule::EvidenceLost, subject).with_detail(detail);
    match other_compiler {
        // The library is what it was; but it has to be said.
        true => change.with_severity(Severity::Compatible),
        false => change,
    }
}
