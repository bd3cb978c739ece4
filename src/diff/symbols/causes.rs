//! Symbols that came, went or changed because of a decision about their class, their version or the standard library.

use std::collections::{HashMap, HashSet};

use super::super::context::Context;
use super::super::{Change, ChangeId, Changes, SubjectKind};
use crate::abi::{Release, Slot, unversioned};
use crate::mangling;
use crate::rules::Rule;

/// What can happen to a virtual table.
const TABLES: [Rule; 11] = [
    Rule::VirtualInserted,
    Rule::VirtualReordered,
    Rule::VirtualRemoved,
    Rule::VirtualAppended,
    Rule::PureVirtualAdded,
    Rule::VirtualBecamePure,
    Rule::SecondaryVtableChanged,
    Rule::VtableOffsetChanged,
    Rule::ThunkChanged,
    Rule::CovariantReturnChanged,
    Rule::RttiBasesChanged,
];

/// Lets symbols follow from what explains them.
pub(in crate::diff) fn attach(context: &Context<'_>, changes: &mut Changes) {
    let causes = Causes::of(context, changes);
    for id in 0..changes.as_slice().len() {
        let change = &changes.as_slice()[id];
        if change.derived_from.is_none() {
            let root = causes.find(id, change);
            changes.attach(id, root);
        }
    }
}

/// What explains symbols.
struct Causes {
    /// Functions that left a virtual table, and those that entered one, with what says so.
    left: HashMap<String, ChangeId>,
    entered: HashMap<String, ChangeId>,
    /// The first change of each rule about a class, by demangled name.
    classes: HashMap<(String, Rule), ChangeId>,
    versions: HashMap<String, ChangeId>,
    stdlib: Option<ChangeId>,
}

impl Causes {
    fn of(context: &Context<'_>, changes: &Changes) -> Causes {
        let mut causes = Causes {
            left: HashMap::new(),
            entered: HashMap::new(),
            classes: HashMap::new(),
            versions: HashMap::new(),
            stdlib: None,
        };
        for (id, change) in changes.as_slice().iter().enumerate() {
            match change.rule {
                Rule::VersionNodeRemoved => drop(causes.versions.insert(change.subject.name.clone(), id)),
                Rule::StdlibChanged => causes.stdlib = causes.stdlib.or(Some(id)),
                _ => {}
            }
            if change.subject.kind != SubjectKind::Class {
                continue;
            }
            causes.classes.entry((change.subject.name.clone(), change.rule)).or_insert(id);
            let Some(vtable) = change.subject.symbol.as_deref().filter(|_| TABLES.contains(&change.rule))
            else {
                continue;
            };
            let before: HashSet<&str> = functions(context.old, vtable).collect();
            let after: HashSet<&str> = functions(context.new, vtable).collect();
            for function in before.difference(&after) {
                causes.left.entry((*function).to_owned()).or_insert(id);
            }
            for function in after.difference(&before) {
                causes.entered.entry((*function).to_owned()).or_insert(id);
            }
        }
        causes
    }

    fn find(&self, id: ChangeId, change: &Change) -> Option<ChangeId> {
        let member = change.members.first().map(|member| member.symbol.as_str()).unwrap_or_default();
        let (symbol, version) = member.split_once('@').unwrap_or((member, ""));
        match change.rule {
            Rule::SignatureChanged => self.left.get(symbol).copied().or_else(|| self.respelt(change)),
            Rule::SymbolsRenamedTogether | Rule::SymbolRenamed => self.respelt(change),
            Rule::SymbolRemoved | Rule::WeakSymbolRemoved => self
                .left
                .get(symbol)
                .copied()
                .or_else(|| self.thunk(symbol))
                .or_else(|| self.versions.get(version.trim_start_matches('@')).copied()),
            Rule::FunctionBecameNonvirtual => self.left.get(symbol).copied(),
            Rule::FunctionBecameVirtual => self.entered.get(symbol).copied(),
            Rule::OverrideAdded | Rule::OverrideRemoved => self.about(change, &[Rule::RttiBasesChanged]),
            // Type information is two symbols, and goes with the last virtual function.
            Rule::TypeinfoRemoved => {
                self.about(change, &[Rule::ClassLostPolymorphism, Rule::VtableRemoved, Rule::TypeinfoRemoved])
            }
            // A class has several virtual tables.
            Rule::VtableOffsetChanged => self.about(change, &[Rule::VtableOffsetChanged]),
            _ => None,
        }
        .filter(|root| *root != id)
    }

    /// A change of the same class under one of the rules.
    fn about(&self, change: &Change, rules: &[Rule]) -> Option<ChangeId> {
        rules.iter().find_map(|rule| self.classes.get(&(change.subject.name.clone(), *rule))).copied()
    }

    /// A thunk is made for the virtual table of the class whose function it leads to.
    fn thunk(&self, symbol: &str) -> Option<ChangeId> {
        let is_thunk = ["_ZTh", "_ZTv", "_ZTc"].iter().any(|prefix| symbol.starts_with(prefix));
        let signature = mangling::parse(symbol).ok().filter(|_| is_thunk)?.signature()?;
        let class = signature.scope.join("::");
        TABLES.iter().find_map(|rule| self.classes.get(&(class.clone(), *rule))).copied()
    }

    /// A function of the same name and parameters, but for the namespaces of the standard libraries.
    fn respelt(&self, change: &Change) -> Option<ChangeId> {
        let stdlib = self.stdlib?;
        let neutral = |symbol: &str| {
            let text = mangling::display(unversioned(symbol)).into_owned();
            ["std::__cxx11::", "std::__1::", "std::__ndk1::"]
                .iter()
                .fold(text, |text, ns| text.replace(ns, "std::"))
        };
        let member = change.members.first()?;
        (neutral(&member.symbol) == neutral(member.replaced_by.as_deref()?)).then_some(stdlib)
    }
}

/// The functions in the vtable of that name, wherever the release defines it.
fn functions<'a>(release: &'a Release, vtable: &str) -> impl Iterator<Item = &'a str> {
    let groups = release.libraries.iter().filter_map(move |library| library.vtable(vtable));
    groups.flat_map(|group| &group.tables).flat_map(|table| &table.slots).filter_map(Slot::function)
}
