//! Types, functions, variables and constants that both releases describe in debug info.
//!
//! Only what both sides know is compared, and only what the surface of the old release reaches. A finding about a type is
//! one per rule; what follows from another finding says so.
//!
//! | file | what it does |
//! |---|---|
//! | `model` | the types of a release by name |
//! | `likeness` | whether two types look the same to compiled code |
//! | `class`, `members`, `virtuals` | two definitions of a class |
//! | `enums`, `aliases`, `functions`, `constants` | two definitions of the rest |
//! | `reach` | who uses a type, and how much of it programs know |
//! | `causes`, `renames` | what follows from what |
//! | `layouts` | a class before and after, byte by byte |
//! | `found` | one finding |

mod aliases;
mod causes;
mod class;
mod constants;
mod enums;
mod found;
mod functions;
mod layouts;
mod likeness;
mod members;
mod model;
mod reach;
mod renames;
mod virtuals;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashSet, HashSetExt};

use super::context::Context;
use super::{Affects, Change, Changes, Exposure, Member, Subject, SubjectKind};
use crate::abi::{Library, Location, Role, Type, TypeKind};
use crate::mangling;
use crate::rules::{Rule, Severity};
use crate::spelling;
use causes::{Causes, Judged};
use found::{Found, Part};
use layouts::SideBySide;
use likeness::Likenesses;
use model::Model;
use reach::Reach;
use renames::Renames;

/// Compares everything that debug info describes on both sides.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    let described =
        |pair: &&(&Library, &Library)| pair.0.evidence.dwarf.is_some() && pair.1.evidence.dwarf.is_some();
    let pairs: Vec<(&Library, &Library)> =
        context.pairs.iter().filter_map(|pair| pair.both()).filter(|pair| described(&pair)).collect();
    if pairs.is_empty() {
        return;
    }
    let (old, new) = (Model::new(pairs.iter().map(|p| p.0)), Model::new(pairs.iter().map(|p| p.1)));
    let renames = Renames::of(changes);
    let comparison = Comparison {
        likenesses: Likenesses::new(&old, &new),
        reach: Reach::new(&old, pairs.iter().map(|p| p.0).collect()),
        in_image: in_image(context),
        context,
        pairs: &pairs,
        renames: &renames,
        other_compiler: other_compiler(&pairs),
    };
    comparison.functions(changes);
    comparison.variables(changes);
    pairs.iter().for_each(|(old, new)| constants::compare(old, new, changes));
    comparison.types(changes);
}

struct Comparison<'c, 'a> {
    context: &'c Context<'a>,
    /// Libraries that debug info describes on both sides.
    pairs: &'c [(&'a Library, &'a Library)],
    likenesses: Likenesses<'c, 'a>,
    reach: Reach<'c, 'a>,
    /// Canonical names of the classes whose virtual tables both images show.
    in_image: HashSet<String>,
    renames: &'c Renames,
    /// The releases were compiled by compilers of different families, which describe different things.
    other_compiler: bool,
}

/// Whether one side was compiled by Clang and the other was not.
fn other_compiler(pairs: &[(&Library, &Library)]) -> bool {
    let by_clang = |l: &Library| l.producers.iter().any(|p| p.contains("clang"));
    pairs.iter().any(|(old, new)| by_clang(old) != by_clang(new))
}

/// Classes whose virtual tables are decoded on both sides.
fn in_image(context: &Context<'_>) -> HashSet<String> {
    let shown = |release: &crate::abi::Release| -> BTreeSet<String> {
        let tables = release.libraries.iter().flat_map(|l| &l.vtables);
        tables.map(|v| v.name.to_string()).filter(|name| name.starts_with("_ZTV")).collect()
    };
    let (old, new) = (shown(context.old), shown(context.new));
    let mut names = HashSet::new();
    for symbol in old.intersection(&new) {
        let text = mangling::display(symbol);
        let class = text.strip_prefix("vtable for ").unwrap_or(&text);
        names.insert(spelling::canonical(class).into_owned());
    }
    names
}

impl<'a> Comparison<'_, 'a> {
    fn types(&self, changes: &mut Changes) {
        let mut judged: Vec<Judged<'a>> = Vec::new();
        let mut lost: BTreeMap<&str, Vec<&'a Type>> = BTreeMap::new();
        let mut gone: Vec<(&'a Library, &'a Type)> = Vec::new();
        let mut names: Vec<(&'a str, model::Known<'a>)> = self.likenesses.old.names().collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        for (name, before) in names {
            if crate::abi::is_local_name(name) || before.first().reached.is_empty() {
                continue;
            }
            let Some(after) = self.likenesses.new.known(name) else {
                gone.push((before.library, before.first()));
                continue;
            };
            let (old, new) = match differing(before.variants, after.variants) {
                Some(pair) => pair,
                None if moved_into_source(before.first(), after.first()) => (before.first(), after.first()),
                None => continue,
            };
            if !old.is_incomplete() && new.is_incomplete() && needs_definition(new) {
                lost.entry(&before.library.name).or_default().push(old);
                continue;
            }
            let found = self.type_(old, new);
            if found.is_empty() {
                continue;
            }
            if let Some(exposure) = self.reach.exposure(old) {
                judged.push(Judged { old, new, library: &before.library.name, found, exposure });
            }
        }
        for (library, types) in lost {
            changes.push(types_lost(library, &types, self.other_compiler));
        }
        self.gone(&gone, changes);
        Causes::new(&judged, &self.likenesses, &self.reach, self.renames, changes).settle(changes);
        self.signatures(changes);
        self.lay_out(changes);
    }

    fn type_(&self, old: &'a Type, new: &'a Type) -> Vec<Found> {
        if old.is_incomplete() {
            return Vec::new();
        }
        if new.is_incomplete() {
            // What a compiler of another family leaves out is not known to be gone.
            let told = !self.other_compiler && !is_toolchains(old);
            return if told { vec![Found::aside(Rule::TypeBecameIncomplete)] } else { Vec::new() };
        }
        let mut found = match (old.kind, new.kind) {
            (TypeKind::Typedef, TypeKind::Typedef) => aliases::compare(&self.likenesses, old, new),
            (TypeKind::Enum, TypeKind::Enum) => {
                enums::compare(&self.likenesses, self.context.patterns, old, new)
            }
            (a, b) if a.is_class() && b.is_class() && (a == TypeKind::Union) == (b == TypeKind::Union) => {
                class::compare(&class::Pair {
                    old,
                    new,
                    likenesses: &self.likenesses,
                    patterns: self.context.patterns,
                    vtable_in_image: self.in_image.contains(&*old.name),
                    has_exported_constructor: self.has_constructor(old),
                    depth: class::DEPTH,
                })
            }
            (a, b) => self.other_kind(old, new, a, b),
        };
        if moved_into_source(old, new) {
            found.push(
                Found::aside(Rule::TypeBecameIncomplete)
                    .detail("it is defined in a file that nobody includes now"),
            );
        }
        if is_toolchains(old) {
            return self.of_toolchain(old, found);
        }
        match enclosing_of_unnamed(&old.name) {
            Some(_) => found.into_iter().map(class::as_part_of_another).collect(),
            None => found,
        }
    }

    fn other_kind(&self, old: &Type, new: &Type, from: TypeKind, to: TypeKind) -> Vec<Found> {
        // The name of an unnamed class, of which its own unit says no more.
        if new.target.as_deref() == Some(&*old.name) || old.target.as_deref() == Some(&*old.name) {
            return Vec::new();
        }
        let change = Found::cause(Rule::TypeKindChanged).between(from.keyword(), to.keyword());
        vec![match self.likenesses.of(&old.name, &old.name) {
            likeness::Likeness::Same => Found { part: Part::Aside, ..change.weighing(Severity::Source) },
            _ => change,
        }]
    }

    /// Of the standard library's classes only the layout counts: everything else is not for programs to see.
    fn of_toolchain(&self, old: &Type, found: Vec<Found>) -> Vec<Found> {
        if self.likenesses.kept(&old.name) {
            return Vec::new();
        }
        let concerns = |f: &Found| f.severity == Severity::Breaking;
        found.into_iter().filter(concerns).collect()
    }

    /// Whether the library exports a constructor of the class.
    fn has_constructor(&self, type_: &Type) -> bool {
        let mut encoded = String::new();
        let parts: Vec<&str> = type_.name.split("::").collect();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if parts.iter().any(|part| part.is_empty() || !part.chars().all(is_plain)) {
            return false;
        }
        parts.iter().for_each(|part| encoded.push_str(&format!("{}{part}", part.len())));
        let prefix = format!("_ZN{encoded}C");
        self.context
            .old
            .libraries
            .iter()
            .any(|l| super::context::exports_with_prefix(l, &prefix).any(crate::abi::Export::is_strong))
    }

    /// Lets functions whose declaration is what it was, and whose linkage name is another one, follow from the alias that
    /// stands for another type, or the template that has other parameters.
    fn signatures(&self, changes: &mut Changes) {
        let aliases: BTreeMap<String, super::ChangeId> = changes
            .as_slice()
            .iter()
            .enumerate()
            .filter(|(_, c)| matches!(c.rule, Rule::TypedefChanged | Rule::TemplateParametersChanged))
            .filter(|(_, c)| c.derived_from.is_none())
            .map(|(id, c)| (c.subject.name.clone(), id))
            .collect();
        if aliases.is_empty() {
            return;
        }
        for id in 0..changes.as_slice().len() {
            let change = &changes.as_slice()[id];
            let is_root = change.rule == Rule::SignatureChanged && change.derived_from.is_none();
            let Some(member) = change.members.first().filter(|_| is_root) else { continue };
            let Some(alias) = self
                .same_declaration(member)
                .and_then(|names| names.iter().find_map(|name| aliases.get(name)).copied())
            else {
                continue;
            };
            // It weighs what it brings about.
            let list = changes.as_mut_slice();
            list[alias].severity = list[alias].severity.max(list[id].severity);
            changes.attach(id, Some(alias));
        }
    }

    /// The aliases in the parameters of a function that is declared in the same words under another linkage name.
    fn same_declaration(&self, member: &Member) -> Option<Vec<String>> {
        let bare = |symbol: &str| symbol.split('@').next().unwrap_or(symbol).to_owned();
        let (before, after) = (bare(&member.symbol), bare(member.replaced_by.as_deref()?));
        let find = |library: &'a Library, symbol: &str| {
            let at = library.functions.binary_search_by(|f| (*f.symbol).cmp(symbol)).ok()?;
            Some(&library.functions[at])
        };
        let old = self.pairs.iter().find_map(|(old, _)| find(old, &before))?;
        let new = self.pairs.iter().find_map(|(_, new)| find(new, &after))?;
        let names = || {
            let types = old.parameters.iter().map(|p| &*p.type_);
            types.flat_map(|type_| reach::core(self.likenesses.old, type_).0).collect()
        };
        (old.parameters == new.parameters).then(names)
    }

    /// Shows what moved in a class where something moved: once, with its first root.
    fn lay_out(&self, changes: &mut Changes) {
        let side_by_side = SideBySide::new(self.likenesses.old, self.likenesses.new);
        let mut shown: HashSet<String> = HashSet::new();
        for change in changes.as_mut_slice() {
            let is_layout = change.subject.kind == SubjectKind::Type && change.affects != Affects::default();
            if change.derived_from.is_none() && is_layout && shown.insert(change.subject.name.clone()) {
                change.layout = side_by_side.of(&change.subject.name);
            }
        }
    }

    /// Types that something still there was declared with, and that are no longer.
    fn gone(&self, gone: &[(&'a Library, &'a Type)], changes: &mut Changes) {
        // Functions and variables that are there with other types.
        let retypes = [
            Rule::SignatureChanged,
            Rule::ParameterTypeChanged,
            Rule::ReturnTypeChanged,
            Rule::VariableTypeChanged,
            Rule::StaticMemberChanged,
        ];
        let retyped: BTreeMap<String, super::ChangeId> = changes
            .as_slice()
            .iter()
            .enumerate()
            .filter(|(_, c)| retypes.contains(&c.rule))
            .flat_map(|(id, c)| c.members.iter().map(move |m| (m.symbol.clone(), id)))
            .collect();
        for (library, type_) in gone {
            let is_called_otherwise =
                self.renames.renamed(&type_.name).any(|name| self.likenesses.new.find(&name).is_some());
            if is_called_otherwise
                || is_toolchains(type_)
                || type_.is_incomplete()
                || enclosing_of_unnamed(&type_.name).is_some()
            {
                continue;
            }
            let other = self.other_arguments(type_);
            // Instances of templates, with what is in them, come and go with what uses them; so do the names of types
            // between compilers.
            let is_instance =
                type_.name.contains('<') || (type_.kind == TypeKind::Typedef && self.other_compiler);
            if is_instance && other.is_none() {
                continue;
            }
            // Where nothing that is left mentions it, nobody can say that it is gone.
            let users = self.reach.users(&type_.name);
            let is_mentioned = || users.iter().any(|user| self.is_left(user) || retyped.contains_key(*user));
            let is_header = || self.reach.exposure(type_).is_some_and(|e| e != Exposure::Opaque);
            if !is_mentioned() || !is_header() {
                continue;
            }
            let subject = Subject::named(SubjectKind::Type, &*type_.name, &library.name);
            let mut change = match other {
                Some(other) => {
                    Change::new(Rule::TemplateParametersChanged, subject).between(&*type_.name, other)
                }
                None => Change::new(Rule::TypeRemoved, subject),
            };
            change.location.clone_from(&type_.location);
            let is_other = change.rule == Rule::TemplateParametersChanged;
            let id = changes.push(change);
            // It went because everything that is left of its users is declared with another type.
            let left = users.iter().filter(|user| self.is_left(user));
            let retypes: Option<Vec<super::ChangeId>> =
                left.map(|user| retyped.get(*user).copied()).collect();
            let cause = retypes.and_then(|all| all.first().copied()).filter(|_| !is_other);
            changes.attach(id, cause);
            // Whatever mentions an instance is spelt otherwise.
            for user in users.iter().filter(|_| is_other).filter_map(|user| retyped.get(*user)) {
                changes.attach(*user, Some(id));
            }
        }
    }

    /// The same template with more or fewer arguments, which the old release did not have.
    fn other_arguments(&self, type_: &Type) -> Option<String> {
        let (template, arguments) = spelling::template_arguments(&type_.name)?;
        let arguments = spelling::split_arguments(arguments);
        let same = |name: &&str| {
            let Some((other, list)) = spelling::template_arguments(name) else { return false };
            let list = spelling::split_arguments(list);
            let common = arguments.iter().zip(&list).all(|(a, b)| a == b);
            other == template
                && common
                && list.len() != arguments.len()
                && self.likenesses.old.find(name).is_none()
        };
        self.likenesses.new.names().map(|(name, _)| name).filter(same).min().map(str::to_owned)
    }

    /// Whether a symbol or type of the old release is there in the new one.
    fn is_left(&self, user: &str) -> bool {
        self.context.provider(user, None).is_some() || self.likenesses.new.find(user).is_some()
    }

    fn functions(&self, changes: &mut Changes) {
        let mut told: BTreeMap<(Rule, String), super::ChangeId> = BTreeMap::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for (library, _) in self.pairs {
            for old in &library.functions {
                let Some(new) = self.now(&old.symbol, |l| &l.functions, |f| &f.symbol) else { continue };
                if same_function(old, new) || !seen.insert(&old.symbol) {
                    continue;
                }
                let export = library.exports_named(&old.symbol).next();
                for found in functions::function(&self.likenesses, old, new) {
                    let subject = Subject::symbol(SubjectKind::Function, &old.symbol, &library.name);
                    let key = (found.rule, subject.name.clone());
                    let member = Member {
                        symbol: export
                            .map_or_else(|| old.symbol.to_string(), crate::abi::Export::versioned_name),
                        library: library.name.clone(),
                        replaced_by: None,
                    };
                    // Constructors and destructors are several symbols of one function.
                    if let Some(id) = told.get(&key) {
                        let change = &mut changes.as_mut_slice()[*id];
                        change.members.push(member);
                        change.affects.symbols += 1;
                        continue;
                    }
                    let mut change = causes::to_change(&found, subject).with_members(vec![member]);
                    change.affects.symbols = 1;
                    change.location = new.location.clone().or_else(|| old.location.clone());
                    // Programs have a copy of an inline function of their own.
                    if export.is_some_and(|e| !e.is_strong()) {
                        change.severity = change.severity.min(Severity::Risky);
                    }
                    change.derived_from = self.renames.explain(&found, change.severity, changes);
                    told.insert(key, changes.push(change));
                }
            }
        }
    }

    fn variables(&self, changes: &mut Changes) {
        let mut seen: HashSet<&str> = HashSet::new();
        for (library, _) in self.pairs {
            for old in &library.variables {
                let Some(new) = self.now(&old.symbol, |l| &l.variables, |v| &v.symbol) else { continue };
                if old.type_ == new.type_ || !seen.insert(&old.symbol) {
                    continue;
                }
                for found in functions::variable(&self.likenesses, old, new) {
                    let known = |c: &Change| {
                        c.rule == found.rule && c.subject.symbol.as_deref() == Some(&*old.symbol)
                    };
                    if changes.as_slice().iter().any(known) {
                        continue;
                    }
                    let subject = Subject::symbol(SubjectKind::Variable, &old.symbol, &library.name);
                    let rule = match found.rule {
                        Rule::VariableTypeChanged if self.is_static_member(&old.symbol) => {
                            Rule::StaticMemberChanged
                        }
                        rule => rule,
                    };
                    let found = Found { rule, ..found };
                    let member = Member {
                        symbol: old.symbol.to_string(),
                        library: library.name.clone(),
                        replaced_by: None,
                    };
                    let mut change = causes::to_change(&found, subject).with_members(vec![member]);
                    change.affects.symbols = 1;
                    change.location = new.location.clone().or_else(|| old.location.clone());
                    change.derived_from = self.renames.explain(&found, change.severity, changes);
                    changes.push(change);
                }
            }
        }
    }

    /// Whether a variable is a member of a class that is known.
    fn is_static_member(&self, symbol: &str) -> bool {
        let scope = mangling::parse(symbol).ok().and_then(|m| m.signature()).map(|s| s.scope.join("::"));
        let class = scope.and_then(|scope| self.likenesses.old.find(&spelling::canonical(&scope)));
        class.is_some_and(|class| class.kind.is_class())
    }

    /// What the new release says about a symbol, in whichever library.
    fn now<T>(
        &self,
        symbol: &str,
        list: impl Fn(&'a Library) -> &'a Vec<T>,
        name: impl Fn(&T) -> &str,
    ) -> Option<&'a T> {
        self.pairs.iter().find_map(|(_, new)| {
            let items = list(new);
            items.binary_search_by(|item| name(item).cmp(symbol)).ok().map(|at| &items[at])
        })
    }
}

/// Everything but the place of the declaration, which moves with every line before it.
fn same_function(old: &crate::abi::Function, new: &crate::abi::Function) -> bool {
    old.returns == new.returns
        && old.parameters == new.parameters
        && (old.variadic, old.noreturn, old.is_static, old.access)
            == (new.variadic, new.noreturn, new.is_static, new.access)
        && old.calling_convention == new.calling_convention
}

/// A definition of the old release that is none of the new one, with the one that took its place.
fn differing<'a>(old: &'a [Type], new: &'a [Type]) -> Option<(&'a Type, &'a Type)> {
    let before = old.iter().find(|a| !new.iter().any(|b| a.says_the_same_as(b)))?;
    let after = new.iter().find(|b| !old.iter().any(|a| a.says_the_same_as(b))).or(new.first())?;
    Some((before, after))
}

/// Whether a class was defined in a header and is defined in a file that is compiled by itself now.
fn moved_into_source(old: &Type, new: &Type) -> bool {
    let place = |type_: &Type| type_.location.as_ref().map(Location::is_source);
    old.kind.is_class() && place(old) == Some(false) && place(new) == Some(true)
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
    let (subject, what) = match types {
        [_] => (Subject::named(SubjectKind::Type, &**first, library), first.to_string()),
        _ => (
            Subject::named(SubjectKind::Symbols, format!("{} types", types.len()), library),
            format!("{first} and {} more", types.len() - 1),
        ),
    };
    let detail = format!("{what}: used by value still, and debug info no longer says what is in it");
    match other_compiler {
        true => Change::new(Rule::EvidenceLost, subject).with_severity(Severity::Risky).with_detail(format!(
            "{detail}: another compiler leaves out other types (Clang: -fstandalone-debug)"
        )),
        false => Change::new(Rule::EvidenceLost, subject).with_detail(detail),
    }
}
