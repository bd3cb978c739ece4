//! Functions and variables that are exported on both sides: which ones are compared, and what is made of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use foldhash::{HashSet, HashSetExt};

use super::super::context::member;
use super::super::{AffectedSymbol, Change, ChangeId, Changes, Note, Subject, SubjectKind, Value};
use super::raw_finding::RawFinding;
use super::{Comparison, causes, functions};
use crate::abi::{Export, Function, HEADERS, Library, Location, unversioned};
use crate::mangling;
use crate::rules::{Rule, Severity};
use crate::spelling;

impl<'a> Comparison<'_, 'a> {
    pub(super) fn functions(&self, changes: &mut Changes) {
        let mut told: BTreeMap<(Rule, String), ChangeId> = BTreeMap::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for pair in self.pairs {
            let library = pair.0;
            for old in &library.functions {
                let Some(new) = self.now(library, &old.symbol, |l| &l.functions, |f| &f.symbol) else {
                    continue;
                };
                if same_function(old, new) || !seen.insert(&old.symbol) {
                    continue;
                }
                // What a lambda returns is said in its own function, by some compilers as `auto`.
                if mangling::display(&old.symbol).contains("{lambda") {
                    continue;
                }
                let is_interface = || old.is_virtual && !self.is_told_with_its_class(&old.symbol);
                let home = self.home(library, &old.symbol);
                let Some(library) = home.or_else(|| is_interface().then_some(library)) else { continue };
                let is_inline =
                    !old.only_here && library.described_export(&old.symbol).is_some_and(|e| !e.is_strong());
                // What old programs call is another version than the one that headers declare now.
                let is_kept = library.name == HEADERS || pair.0.name == HEADERS;
                let is_kept = is_kept && self.is_another_version(&old.symbol);
                for found in functions::function(&self.equivalences, old, new) {
                    let places = (&old.location, &new.location);
                    let mut change = describe(&found, SubjectKind::Function, library, &old.symbol, places);
                    let key = (found.rule, change.subject.name.clone());
                    // Constructors and destructors are several symbols of one function.
                    if let Some(id) = told.get(&key) {
                        let known = &mut changes.as_mut_slice()[*id];
                        known.members.append(&mut change.members);
                        known.affects.symbols += 1;
                        continue;
                    }
                    // Programs have a copy of an inline function of their own.
                    if is_inline {
                        change.severity = change.severity.min(Severity::Risky);
                    }
                    if is_kept {
                        change.severity = change.severity.min(Severity::Source);
                    }
                    change.derived_from = self.renames.explain(&found, change.severity, changes);
                    told.insert(key, changes.push(change));
                }
            }
        }
    }

    /// The library that exports what headers declare. What none exports, programs cannot have used, but for C functions:
    /// a header declares them for all platforms, and they keep their promise by name alone, unless it is a private one.
    fn home(&self, library: &'a Library, symbol: &str) -> Option<&'a Library> {
        if library.name != HEADERS {
            return Some(library);
        }
        let place = library.function(symbol).and_then(|function| function.location.as_ref());
        let is_private = place.is_some_and(|place| Location::is_private_by_name(&place.file));
        let is_promise = !symbol.starts_with("_Z") && !is_private;
        self.context.old.exporter(symbol).or_else(|| is_promise.then_some(library))
    }

    /// Whether the debug info of a library says of a class what its virtual function returns, so that a change is told there.
    fn is_told_with_its_class(&self, symbol: &str) -> bool {
        let signature = mangling::parse(symbol).ok().and_then(|name| name.signature());
        let Some(class) = signature.map(|signature| signature.scope.join("::")) else { return false };
        let class = spelling::canonical(&class);
        let libraries = self.pairs.iter().map(|pair| pair.0).filter(|library| library.name != HEADERS);
        let mut functions =
            libraries.flat_map(|library| library.types_named(&class)).flat_map(|t| &t.virtuals);
        functions.any(|function| function.symbol.as_deref() == Some(symbol))
    }

    pub(super) fn variables(&self, changes: &mut Changes) {
        let mut seen: HashSet<&str> = HashSet::new();
        for pair in self.pairs {
            let library = pair.0;
            for old in &library.variables {
                let Some(new) = self.now(library, &old.symbol, |l| &l.variables, |v| &v.symbol) else {
                    continue;
                };
                let access = (!self.other_compiler).then(|| old.access.zip(new.access)).flatten();
                let narrowed = access.filter(|(old, new)| new > old).map(|(old, new)| {
                    let change = RawFinding::independent(Rule::MemberAccessChanged);
                    change.between(Value::Access(old), Value::Access(new))
                });
                if (old.type_ == new.type_ && narrowed.is_none()) || !seen.insert(&old.symbol) {
                    continue;
                }
                let Some(library) = self.home(library, &old.symbol) else { continue };
                let found = functions::variable(&self.equivalences, old, new);
                for found in found.into_iter().chain(narrowed) {
                    let known = |c: &Change| {
                        c.rule == found.rule && c.subject.symbol.as_deref() == Some(&*old.symbol)
                    };
                    if changes.as_slice().iter().any(known) {
                        continue;
                    }
                    let rule = match found.rule {
                        Rule::VariableTypeChanged if self.is_static_member(&old.symbol) => {
                            Rule::StaticMemberChanged
                        }
                        rule => rule,
                    };
                    let found = RawFinding { rule, ..found };
                    let places = (&old.location, &new.location);
                    let mut change = describe(&found, SubjectKind::Variable, library, &old.symbol, places);
                    change.derived_from = self.renames.explain(&found, change.severity, changes);
                    // What programs have of an array is a copy, which none has that no header declares.
                    if change.rule == Rule::ArrayBoundChanged && self.is_undeclared(&old.symbol) {
                        change.severity = change.severity.min(Severity::Risky);
                        change = change.with_note(Note::Undeclared);
                    }
                    changes.push(change);
                }
            }
        }
    }

    /// Whether all public headers of the old release are known, and none declares a variable of C.
    fn is_undeclared(&self, variable: &str) -> bool {
        let headers = self.context.old.headers.as_ref().filter(|headers| headers.are_all_headers());
        headers.is_some_and(|headers| !variable.starts_with("_Z") && headers.variable(variable).is_none())
    }

    /// Lets functions whose declaration is what it was, and whose linkage name is another one, follow from the alias that
    /// stands for another type, or the template that has other parameters.
    pub(super) fn signatures(&self, changes: &mut Changes) {
        let aliases: BTreeMap<String, ChangeId> = changes
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
    fn same_declaration(&self, member: &AffectedSymbol) -> Option<Vec<String>> {
        let (before, after) = (member.name(), unversioned(member.replaced_by.as_deref()?));
        let old = self.pairs.iter().find_map(|(old, _)| old.function(before))?;
        let new = self.pairs.iter().find_map(|(_, new)| new.function(after))?;
        let names = || {
            let types = old.parameters.iter().map(|p| &*p.type_);
            types.flat_map(|type_| self.equivalences.old.core(type_).0).collect()
        };
        same_parameters(old, new).then(names)
    }

    /// Whether a variable is a member of a class that is known.
    fn is_static_member(&self, symbol: &str) -> bool {
        let scope = mangling::parse(symbol).ok().and_then(|m| m.signature()).map(|s| s.scope.join("::"));
        let class = scope.and_then(|scope| self.equivalences.old.find(&spelling::canonical(&scope)));
        class.is_some_and(|class| class.kind.is_class())
    }

    /// What the new release says about a symbol: its headers where the headers of the old one say something, else whichever
    /// library. Debug info is not held against headers: it knows more (bounds of arrays) and spells otherwise. Of a symbol
    /// with versions, what old programs bind to: the same version.
    fn now<T>(
        &self,
        of: &Library,
        symbol: &str,
        list: impl Fn(&'a Library) -> &'a Vec<T>,
        name: impl Fn(&T) -> &str,
    ) -> Option<&'a T> {
        let is_same_kind = |new: &&Library| (new.name == HEADERS) == (of.name == HEADERS);
        let has_version = of.exports_named(unversioned(symbol)).any(|export| export.version.is_some());
        let export = has_version.then(|| of.described_export(symbol)).flatten();
        let version = export.and_then(|export| export.version.as_deref());
        self.pairs.iter().map(|(_, new)| *new).filter(is_same_kind).find_map(|new| {
            let items = list(new);
            let symbol = described_version(new, symbol, version);
            items.binary_search_by(|item| name(item).cmp(&symbol)).ok().and_then(|at| items.get(at))
        })
    }

    /// Whether a symbol that old programs bind to is not the one that new links get.
    fn is_another_version(&self, symbol: &str) -> bool {
        let Some(old) = self.context.old.exporter(symbol).and_then(|l| l.described_export(symbol)) else {
            return false;
        };
        let Some(new) = self.context.new.exporter(symbol) else { return false };
        let version = old.version.as_deref();
        version.is_some() && described_version(new, symbol, version) != symbol
    }
}

/// How a library describes the version of a symbol that another one described as `symbol`; by name alone where it has no
/// such version.
fn described_version<'s>(library: &Library, symbol: &'s str, version: Option<&str>) -> Cow<'s, str> {
    let name = unversioned(symbol);
    if version.is_none() && symbol == name {
        return Cow::Borrowed(symbol);
    }
    let same = |export: &&Export| version.is_some() && export.version.as_deref() == version;
    match library.exports_named(name).find(same) {
        Some(export) => Cow::Owned(library.described_name(export).into_owned()),
        None if library.exports_named(name).next().is_none() => Cow::Borrowed(symbol),
        // A version that is gone is told as that.
        None if symbol != name => Cow::Borrowed(symbol),
        None => Cow::Borrowed(name),
    }
}

/// The change that a finding about a symbol of the old release is; `places`: where it was and is declared.
fn describe(
    found: &RawFinding,
    kind: SubjectKind,
    library: &Library,
    symbol: &str,
    places: (&Option<Location>, &Option<Location>),
) -> Change {
    let without_export =
        || AffectedSymbol { symbol: symbol.to_owned(), library: library.name.clone(), replaced_by: None };
    let member = library.described_export(symbol).map_or_else(without_export, |e| member(e, library));
    let mut change = causes::to_change(found, Subject::symbol(kind, symbol, &library.name));
    change.affects.symbols = 1;
    change.location = places.1.as_ref().or(places.0.as_ref()).cloned();
    change.with_members(vec![member])
}

fn same_parameters(old: &Function, new: &Function) -> bool {
    old.parameters.len() == new.parameters.len()
        && old.parameters.iter().zip(&new.parameters).all(|(a, b)| a.is_typed_as(b))
}

/// Everything but the place of the declaration, which moves with every line before it.
fn same_function(old: &Function, new: &Function) -> bool {
    old.returns == new.returns
        // Names too: what changed places has others.
        && old.parameters == new.parameters
        && (old.variadic, old.noreturn, old.is_static, old.access)
            == (new.variadic, new.noreturn, new.is_static, new.access)
        && old.calling_convention == new.calling_convention
}
