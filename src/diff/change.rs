//! What the comparison produces.

use serde::{Deserialize, Serialize};

use super::detail::{Detail, Note, Value};
use crate::abi::{Location, unversioned};
use crate::rules::{Rule, Severity};

/// Position of a change in the list of all changes.
pub type ChangeId = usize;

/// All changes between two releases, in the order they were found.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    list: Vec<Change>,
}

impl Changes {
    /// Adds a change and says where it is, so that derived ones can point at it.
    pub fn push(&mut self, change: Change) -> ChangeId {
        self.list.push(change);
        self.list.len() - 1
    }

    /// Adds all changes of another list.
    pub(super) fn append(&mut self, other: Changes) {
        let moved = self.list.len();
        self.list.extend(other.list.into_iter().map(|mut change| {
            change.derived_from = change.derived_from.map(|root| root + moved);
            change
        }));
    }

    /// The changes.
    pub fn as_slice(&self) -> &[Change] {
        &self.list
    }

    /// The changes, to be completed.
    pub fn as_mut_slice(&mut self) -> &mut [Change] {
        &mut self.list
    }

    /// Lets a change that has no cause yet follow from another one. What stops somebody does not hide behind what does
    /// not, and nothing follows from itself.
    pub(super) fn attach(&mut self, id: ChangeId, root: Option<ChangeId>) {
        let list = &mut self.list;
        let Some(root) = root.filter(|root| *root != id) else { return };
        if list[id].derived_from.is_some() || list[root].severity < list[id].severity {
            return;
        }
        let mut above = Some(root);
        for _ in 0..list.len() {
            match above {
                Some(next) if next == id => return,
                Some(next) => above = list[next].derived_from,
                None => break,
            }
        }
        list[id].derived_from = Some(root);
    }

    /// Lets everything point at its root, and counts what follows from each.
    pub(super) fn flatten(&mut self) {
        let list = &mut self.list;
        for id in 0..list.len() {
            let Some(mut root) = list[id].derived_from else { continue };
            for _ in 0..list.len() {
                match list[root].derived_from {
                    Some(above) if above != id => root = above,
                    _ => break,
                }
            }
            list[id].derived_from = Some(root);
        }
        let mut counts = vec![0u32; list.len()];
        list.iter().filter_map(|c| c.derived_from).for_each(|root| counts[root] += 1);
        for (change, count) in list.iter_mut().zip(counts) {
            change.affects.derived = count;
        }
    }

    /// The changes.
    pub fn into_vec(self) -> Vec<Change> {
        self.list
    }
}

/// One change, under one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The rule that it falls under.
    pub rule: Rule,
    /// Severity after exposure was looked at; the rule's own for a fully exposed entity.
    pub severity: Severity,
    /// What changed.
    pub subject: Subject,
    /// What changed about it, how it was and is, and why it counts.
    pub detail: Detail,
    /// The change that this one follows from.
    pub derived_from: Option<ChangeId>,
    /// How much of the subject programs know, where it is a type.
    pub exposure: Option<Exposure>,
    /// Where it is declared: in the new release, else in the old one.
    pub location: Option<Location>,
    /// The class before and after, where its layout changed and this is the first root that says so.
    pub layout: Option<LayoutChange>,
    /// The virtual table before and after, where functions took, left or changed slots and this does not only follow.
    pub slots: Option<SlotsChange>,
    /// Every symbol that this change stands for.
    pub members: Vec<AffectedSymbol>,
    /// What it reaches.
    pub affects: Affects,
}

impl Change {
    /// A change of full severity, to be completed.
    pub fn new(rule: Rule, subject: Subject) -> Change {
        Change {
            rule,
            severity: rule.severity(),
            subject,
            detail: Detail::Nothing,
            derived_from: None,
            exposure: None,
            location: None,
            layout: None,
            slots: None,
            members: Vec::new(),
            affects: Affects::default(),
        }
    }

    /// Sizes of the class before and after, in bytes, where they differ.
    pub fn resized(&self) -> Option<(u64, u64)> {
        self.layout.as_ref().map(|layout| layout.size).filter(|(old, new)| old != new)
    }

    /// Sets how a property of the subject was and how it is.
    #[must_use]
    pub fn between(self, old: Value, new: Value) -> Change {
        self.with_detail(Detail::changed(old, new))
    }

    /// Sets what it says.
    #[must_use]
    pub fn with_detail(mut self, detail: Detail) -> Change {
        self.detail = detail;
        self
    }

    /// Adds a fact to what it says.
    #[must_use]
    pub fn with_note(mut self, note: Note) -> Change {
        self.detail = std::mem::take(&mut self.detail).with_note(note);
        self
    }

    /// Lowers or raises the severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Change {
        self.severity = severity;
        self
    }

    /// Sets the symbols it stands for.
    #[must_use]
    pub fn with_members(mut self, members: Vec<AffectedSymbol>) -> Change {
        self.members = members;
        self
    }
}

/// How the bytes of a class were spent, and how they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LayoutChange {
    /// Size before and after, in bytes.
    pub size: (u64, u64),
    /// Bases, members, holes and padding of both, in order.
    pub rows: Vec<LayoutRow>,
}

/// Something with a place before, after, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayoutRow {
    /// How many unnamed classes are around it.
    pub depth: usize,
    /// Declaration, or what kind of gap it is.
    pub text: String,
    /// Offset in bits in the old class; no offset for a virtual base of unknown place. None: it was not there.
    pub old: Option<Option<u64>>,
    /// The same of the new class.
    pub new: Option<Option<u64>>,
}

/// Who stood in the slots of a virtual table, and who stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SlotsChange {
    /// Functions of both tables, in order.
    pub rows: Vec<SlotRow>,
}

/// A virtual function with a slot before, after, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotRow {
    /// Name for people, without the class where it is the subject; what the slot holds where that is no function.
    pub name: String,
    /// Number of its slot in the old table. None: it had none.
    pub old: Option<u32>,
    /// The same in the new table.
    pub new: Option<u32>,
}

/// How much of a type programs know, which decides how bad a change of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Behind pointers only, and the public headers do not name it.
    Private,
    /// Behind pointers only, and the public headers declare it without defining it: programs know its name.
    Opaque,
    /// Behind pointers only, and whether a public header defines it is not known: no headers were compared and it is in a
    /// file that seems private or is got at through such types only, or a public header has it under a macro.
    Unknown,
    /// Declared in a header: whoever includes it may create, embed and derive from it.
    Declared,
    /// Exported functions or variables have it by value, or in something that they have by value.
    ByValue,
}

impl Exposure {
    /// The most that a change of such a type can weigh.
    pub fn most(self) -> Severity {
        match self {
            Exposure::Private | Exposure::Opaque => Severity::Compatible,
            Exposure::Unknown => Severity::Risky,
            Exposure::Declared | Exposure::ByValue => Severity::CannotCertify,
        }
    }
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Name for people: demangled, a library's file name, a scope.
    pub name: String,
    /// Linkage name, where it is one symbol.
    pub symbol: Option<String>,
    /// Library that it is in, by the name the release knows it under.
    pub library: Option<String>,
}

/// Kinds of subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// The release as a whole.
    Release,
    /// One shared object.
    Library,
    /// A symbol version.
    Version,
    /// A namespace or class with everything in it.
    Scope,
    /// A function.
    Function,
    /// Data.
    Variable,
    /// A class, seen through its vtable or typeinfo.
    Class,
    /// A spelling that changed everywhere.
    Spelling,
    /// A class, union, enum or typedef, as declared.
    Type,
    /// A constant or macro.
    Constant,
    /// Several symbols that have nothing in common but the change.
    Symbols,
    /// A file of the repository.
    File,
}

impl Subject {
    /// The release.
    pub fn release(name: &str) -> Subject {
        Subject { kind: SubjectKind::Release, name: name.to_owned(), symbol: None, library: None }
    }

    /// A file of the repository, or something in it.
    pub fn file(name: &str) -> Subject {
        Subject { kind: SubjectKind::File, name: name.to_owned(), symbol: None, library: None }
    }

    /// A library.
    pub fn library(name: &str) -> Subject {
        Subject {
            kind: SubjectKind::Library,
            name: name.to_owned(),
            symbol: None,
            library: Some(name.to_owned()),
        }
    }

    /// Something named in a library.
    pub fn named(kind: SubjectKind, name: impl Into<String>, library: &str) -> Subject {
        Subject { kind, name: name.into(), symbol: None, library: Some(library.to_owned()) }
    }

    /// The symbol itself where there is one, else a count of them: `12 symbols of libfoo.so`.
    pub fn symbols(kind: SubjectKind, members: &[AffectedSymbol], library: &str) -> Subject {
        match members {
            [only] => Subject::symbol(kind, only.name(), library),
            _ => Subject::named(
                SubjectKind::Symbols,
                format!("{} symbols of {library}", members.len()),
                library,
            ),
        }
    }

    /// A symbol in a library, under its demangled name.
    pub fn symbol(kind: SubjectKind, symbol: &str, library: &str) -> Subject {
        Subject {
            kind,
            name: crate::mangling::display(symbol).into_owned(),
            symbol: Some(symbol.to_owned()),
            library: Some(library.to_owned()),
        }
    }
}

/// A symbol that a change stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AffectedSymbol {
    /// Linkage name, with `@VERSION` or `@@VERSION` where it has one.
    pub symbol: String,
    /// Library of the old release (of the new one, for additions).
    pub library: String,
    /// What it became, where that is another symbol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
}

impl AffectedSymbol {
    /// The linkage name without its version.
    pub fn name(&self) -> &str {
        unversioned(&self.symbol)
    }
}

/// What a change reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Affects {
    /// Exported symbols concerned.
    pub symbols: u32,
    /// Changes that follow from this one.
    pub derived: u32,
    /// Exported functions that take or return the type, or something that contains it, by value.
    #[serde(skip_serializing_if = "is_none")]
    pub by_value: u32,
    /// Other exported functions that take or return pointers or references to it.
    #[serde(skip_serializing_if = "is_none")]
    pub by_pointer: u32,
    /// Exported variables that are or contain it.
    #[serde(skip_serializing_if = "is_none")]
    pub variables: u32,
    /// Types that contain it as a member or base.
    #[serde(skip_serializing_if = "is_none")]
    pub types: u32,
    /// Exported virtual tables of it and of what contains it.
    #[serde(skip_serializing_if = "is_none")]
    pub vtables: u32,
    /// The most public of the functions, by their demangled names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Classes that inherit from the subject, by their demangled names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Libraries of the release concerned, besides the subject's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<String>,
    /// Of a type in libraries whose symbols have versions: all symbols through which programs get at it, if that is known.
    #[serde(skip)]
    pub through: Vec<String>,
}

/// For `skip_serializing_if`.
fn is_none(count: &u32) -> bool {
    *count == 0
}
