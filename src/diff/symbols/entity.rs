//! What stands behind symbols: one entity of the source for all the names that it is exported under.

use rayon::prelude::*;

use super::super::context::member;
use super::super::{AffectedSymbol, Change, Subject, SubjectKind};
use super::exports::{OneSided, kind};
use crate::mangling::{self, DualAbi, Entity as Kind, Signature, Style};
use crate::rules::{Rule, Severity};

/// One thing in the source, with all symbols that stand for it: a constructor has several, and an inline function may
/// be exported by several libraries.
pub(in crate::diff) struct Entity<'a> {
    /// Canonical text, the same for all its symbols.
    pub text: String,
    pub kind: Kind,
    pub signature: Option<Signature>,
    pub dual_abi: DualAbi,
    /// Text without the marks of libstdc++'s new ABI.
    pub neutral: String,
    pub symbols: Vec<OneSided<'a>>,
    /// It is weak, and programs cannot make it themselves; see [`super::instances`].
    pub only_here: bool,
}

impl<'a> Entity<'a> {
    /// Whether the old release's definition is what programs use.
    pub(in crate::diff) fn is_strong(&self) -> bool {
        self.only_here || self.symbols.iter().any(|s| s.export.is_strong())
    }

    pub(in crate::diff) fn library(&self) -> &'a str {
        &self.symbols[0].library.name
    }

    pub(in crate::diff) fn members(&self) -> Vec<AffectedSymbol> {
        self.symbols.iter().map(|s| member(s.export, s.library)).collect()
    }

    /// Members, each with the symbol of `new` that took its place where the variants correspond.
    pub(in crate::diff) fn members_replaced_by(&self, new: &Entity<'_>) -> Vec<AffectedSymbol> {
        let variant =
            |name: &str| ["C1", "C2", "C3", "D0", "D1", "D2"].into_iter().find(|v| name.contains(v));
        self.symbols
            .iter()
            .map(|s| {
                let same = |n: &&OneSided<'_>| variant(&n.export.name) == variant(&s.export.name);
                let by = new.symbols.iter().find(same).or(new.symbols.first());
                AffectedSymbol {
                    replaced_by: by.map(|n| n.export.versioned_name()),
                    ..member(s.export, s.library)
                }
            })
            .collect()
    }

    pub(in crate::diff) fn subject(&self) -> Subject {
        let first = &self.symbols[0];
        let subject_kind = match self.kind {
            Kind::Vtable | Kind::Vtt | Kind::ConstructionVtable | Kind::Typeinfo | Kind::TypeinfoName => {
                SubjectKind::Class
            }
            _ => kind(first.export),
        };
        Subject {
            kind: subject_kind,
            // The spelling that before and after have.
            name: self.text.clone(),
            symbol: Some(first.export.name.to_string()),
            library: Some(first.library.name.clone()),
        }
    }

    /// A change about this entity; weak definitions weigh less, since programs carry their own copies.
    pub(in crate::diff) fn change(&self, rule: Rule) -> Change {
        let mut change = Change::new(rule, self.subject()).with_members(self.members());
        if !self.is_strong() {
            change.severity = change.severity.min(Severity::Risky);
        }
        change.affects.symbols = change.members.len() as u32;
        change
    }
}

/// Gathers symbols into entities, sorted by text. Names are read in parallel: they are the bulk of the work.
pub(in crate::diff) fn entities<'a>(symbols: &[OneSided<'a>]) -> Vec<Entity<'a>> {
    let mut read: Vec<Entity<'a>> = symbols
        .par_iter()
        .map(|&symbol| {
            let name = &*symbol.export.name;
            let mangled = mangling::parse(name).ok();
            let text = mangled.as_ref().and_then(|m| m.text(Style::Canonical));
            let dual_abi = mangled.as_ref().map_or(DualAbi::Neutral, mangling::Mangled::dual_abi);
            let neutral = match dual_abi {
                DualAbi::Neutral => None,
                _ => mangled.as_ref().and_then(mangling::Mangled::cxx11_neutral),
            };
            let text = text.unwrap_or_else(|| name.to_owned());
            Entity {
                neutral: neutral.unwrap_or_else(|| text.clone()),
                text,
                kind: mangled.as_ref().map_or(Kind::Other, mangling::Mangled::entity),
                signature: mangled.as_ref().and_then(mangling::Mangled::signature),
                dual_abi,
                symbols: vec![symbol],
                only_here: false,
            }
        })
        .collect();
    read.sort_by(|a, b| a.text.cmp(&b.text));
    let mut entities: Vec<Entity<'a>> = Vec::with_capacity(read.len());
    for entity in read {
        match entities.last_mut() {
            Some(last) if last.text == entity.text => last.symbols.extend(entity.symbols),
            _ => entities.push(entity),
        }
    }
    entities
}

/// Moves the entities at the given positions out of a list.
pub(in crate::diff) fn take<'a>(list: &mut Vec<Entity<'a>>, positions: &[usize]) -> Vec<Entity<'a>> {
    let mut taken: Vec<bool> = vec![false; list.len()];
    positions.iter().for_each(|&p| taken[p] = true);
    let mut at = 0;
    list.extract_if(.., |_| {
        at += 1;
        taken[at - 1]
    })
    .collect()
}
