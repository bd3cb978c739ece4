//! Which finding is a decision that somebody made, and which only follows from one.
//!
//! A type whose own declaration is what it was changed because of a type that is part of it. Its findings follow from
//! what happened there, however far down.

use foldhash::{HashMap, HashSet, HashSetExt};

use super::super::{Change, ChangeId, Changes, Exposure, Subject, SubjectKind};
use super::compilation::Compilation;
use super::inherited_virtuals;
use super::layout_equivalence::LayoutEquivalences;
use super::raw_finding::{RawFinding, Relation};
use super::reach::{self, Reach};
use super::renames::Renames;
use crate::abi::{HEADERS, Location, Type, TypeKind};
use crate::rules::{Rule, Severity};
use crate::spelling;

/// Types in types that are followed.
const DEEPEST: u32 = 64;

/// What becomes of virtual functions in a declaration.
const DECLARED: [Rule; 4] =
    [Rule::VirtualInserted, Rule::VirtualRemoved, Rule::VirtualReordered, Rule::VirtualAppended];

/// A type on both sides, and what was found about it.
pub(super) struct ChangedType<'a> {
    pub(super) old: &'a Type,
    pub(super) new: &'a Type,
    /// Library of the old release.
    pub(super) library: &'a str,
    pub(super) found: Vec<RawFinding>,
    pub(super) exposure: super::super::Exposure,
}

/// Settles one type after the other.
pub(super) struct Causes<'c, 'm, 'a> {
    judged: &'c [ChangedType<'a>],
    by_name: HashMap<&'a str, usize>,
    equivalences: &'c LayoutEquivalences<'m, 'a>,
    reach: &'c Reach<'m, 'a>,
    renames: &'c Renames,
    compilation: &'c Compilation,
    /// What the image says about classes: `class-became-polymorphic` and the like, by canonical name.
    image: HashMap<(String, Rule), ChangeId>,
    /// The root of each type's layout changes.
    roots: Vec<Option<ChangeId>>,
    settled: Vec<bool>,
    open: HashSet<usize>,
    /// Every finding's change.
    ids: HashMap<(usize, Rule), ChangeId>,
}

impl<'c, 'm, 'a> Causes<'c, 'm, 'a> {
    pub(super) fn new(
        judged: &'c [ChangedType<'a>],
        equivalences: &'c LayoutEquivalences<'m, 'a>,
        reach: &'c Reach<'m, 'a>,
        renames: &'c Renames,
        compilation: &'c Compilation,
        changes: &Changes,
    ) -> Causes<'c, 'm, 'a> {
        let by_name = judged.iter().enumerate().map(|(i, j)| (&*j.old.name, i)).collect();
        let of_classes = changes.as_slice().iter().enumerate();
        let of_classes = of_classes.filter(|(_, c)| c.subject.kind == SubjectKind::Class);
        let image = of_classes
            .map(|(id, c)| ((spelling::canonical(&c.subject.name).into_owned(), c.rule), id))
            .collect();
        Causes {
            judged,
            by_name,
            equivalences,
            reach,
            renames,
            compilation,
            image,
            roots: vec![None; judged.len()],
            settled: vec![false; judged.len()],
            open: HashSet::new(),
            ids: HashMap::default(),
        }
    }

    /// Adds the findings of all types to the changes, each with its root, and lets what the image shows follow from them.
    pub(super) fn settle(mut self, changes: &mut Changes) {
        for at in 0..self.judged.len() {
            self.type_(at, DEEPEST, changes);
        }
        self.vtables(changes);
        self.weigh_tables(changes);
        self.variables(changes);
    }

    /// A table weighs no more than programs know of its class, as a layout does: nobody derives from what the public headers
    /// only declare. What a class has from its bases programs may know all the same.
    fn weigh_tables(&self, changes: &mut Changes) {
        for ((class, rule), id) in &self.image {
            let Some(change) = changes.as_mut_slice().get_mut(*id).filter(|_| DECLARED.contains(rule)) else {
                continue;
            };
            let symbol = change.subject.symbol.as_deref().unwrap_or_default();
            let type_ = self.equivalences.old.find(class);
            if type_.is_some_and(|type_| !type_.bases.is_empty()) || !self.reach.has_no_bases(symbol) {
                continue;
            }
            // A place in a source file is no proof that programs have no declaration: what an image shows stands against it.
            let is_hidden = |exposure: &Exposure| *exposure <= Exposure::Opaque;
            let exposure = match type_ {
                Some(type_) => self.reach.exposure(type_).filter(is_hidden),
                None => self.reach.exposure_of_table(class),
            };
            if let Some(exposure) = exposure {
                change.exposure = Some(exposure);
                change.severity = change.severity.min(exposure.most());
            }
        }
    }

    /// The root of what happened to a type's layout.
    fn type_(&mut self, at: usize, depth: u32, changes: &mut Changes) -> Option<ChangeId> {
        if self.settled[at] {
            return self.roots[at];
        }
        if !self.open.insert(at) {
            return None;
        }
        let all = self.judged;
        let judged = &all[at];
        let mut root = None;
        // Causes in the order of the catalogue would put a typedef last; the order found puts bases first.
        for found in judged.found.iter().filter(|f| f.relation != Relation::Consequence) {
            let known = self.image.get(&(judged.old.name.to_string(), found.rule)).copied();
            let id = known.unwrap_or_else(|| self.push(judged, found, None, changes));
            self.ids.insert((at, found.rule), id);
            if found.relation == Relation::Cause {
                root = root.or(Some(id));
            }
        }
        let is_consequence =
            |rule| judged.found.iter().any(|f| f.rule == rule && f.relation == Relation::Consequence);
        root = root.or_else(|| self.image_cause(&judged.old.name, &is_consequence));
        let mut consequences: Vec<&RawFinding> =
            judged.found.iter().filter(|f| f.relation == Relation::Consequence).collect();
        if root.is_none() && consequences.iter().any(|f| f.rule == Rule::TailPaddingChanged) {
            root = self.ids.get(&(at, Rule::MemberAddedInPadding)).copied();
        }
        if root.is_none() && !consequences.is_empty() {
            root = depth.checked_sub(1).and_then(|depth| self.of_parts(at, depth, changes));
            root = root.or_else(|| self.compilation.moves_layouts());
        }
        // Nobody else moved them: an alignment or packing that the declaration does not show comes first.
        consequences.sort_by_key(|f| match f.rule {
            Rule::TypeAlignmentChanged => 0,
            Rule::TypeSizeChanged => 1,
            _ => 2,
        });
        for found in consequences {
            let id = match self.image.get(&(judged.old.name.to_string(), found.rule)).copied() {
                Some(known) => {
                    changes.attach(known, root);
                    known
                }
                None => self.push(judged, found, root, changes),
            };
            self.ids.insert((at, found.rule), id);
            root = root.or(Some(id));
        }
        self.open.remove(&at);
        self.settled[at] = true;
        self.roots[at] = root;
        root
    }

    /// What the image says about the class that moves its members as well.
    fn image_cause(&self, class: &str, is_consequence: &dyn Fn(Rule) -> bool) -> Option<ChangeId> {
        let rules = [Rule::ClassBecamePolymorphic, Rule::ClassLostPolymorphism];
        rules
            .iter()
            .filter(|rule| !is_consequence(**rule))
            .find_map(|rule| self.image.get(&(class.to_owned(), *rule)).copied())
    }

    /// The root of a part that is not what it was.
    fn of_parts(&mut self, at: usize, depth: u32, changes: &mut Changes) -> Option<ChangeId> {
        let all = self.judged;
        let judged = &all[at];
        let mut names = reach::parts(self.equivalences.old, judged.old);
        names.extend(reach::parts(self.equivalences.new, judged.new));
        if super::is_toolchains(judged.old) {
            // Memory for a value is an array of bytes to its members.
            let arguments = judged.old.template.iter().filter_map(|argument| argument.type_.as_deref());
            names.extend(arguments.flat_map(|argument| self.equivalences.old.core(argument).0));
        }
        let of_language = names.iter().find_map(|name| self.compilation.base_type(name));
        let part = names.into_iter().find_map(|name| {
            let part = *self.by_name.get(&*name)?;
            let found = &self.judged[part].found;
            let moves = found.iter().any(|f| f.relation != Relation::Independent);
            // Bytes that are what they were may leave room for others now.
            let is_other = || found.iter().any(|f| f.rule == Rule::TailPaddingChanged);
            (part != at && moves && (!self.equivalences.kept(&name) || is_other()))
                .then(|| self.type_(part, depth, changes))?
        });
        part.or(of_language)
    }

    fn push(
        &self,
        judged: &ChangedType<'_>,
        found: &RawFinding,
        root: Option<ChangeId>,
        changes: &mut Changes,
    ) -> ChangeId {
        let subject = match &found.of {
            None => Subject::named(SubjectKind::Type, &*judged.old.name, judged.library),
            Some(member) => {
                let kind = if found.rule == Rule::ConstantChanged {
                    SubjectKind::Constant
                } else {
                    SubjectKind::Variable
                };
                Subject::named(kind, format!("{}::{member}", judged.old.name), judged.library)
            }
        };
        let mut change = to_change(found, subject);
        change.location = judged.new.location.clone().or_else(|| judged.old.location.clone());
        change.exposure = Some(judged.exposure);
        change.severity = change.severity.min(judged.exposure.most());
        let option =
            || self.compilation.explain(found.rule, &judged.old.name, super::is_toolchains(judged.old));
        change.derived_from =
            root.or_else(|| self.renames.explain(found, change.severity, changes)).or_else(option);
        let is_by_option = |root: ChangeId| {
            matches!(changes.as_slice()[root].rule, Rule::AbiOptionChanged | Rule::BaseTypeChanged)
        };
        if is_systems_business(judged) && !change.derived_from.is_some_and(is_by_option) {
            change.severity = change.severity.min(Severity::Compatible);
        }
        // What stops somebody must not hide behind what does not.
        if let Some(root) = change.derived_from.and_then(|root| changes.as_mut_slice().get_mut(root)) {
            match root.rule {
                // They weigh what they bring about.
                Rule::AbiOptionChanged | Rule::BaseTypeChanged | Rule::MemberAddedInPadding => {
                    root.severity = root.severity.max(change.severity)
                }
                _ if root.severity < change.severity => change.derived_from = None,
                _ => {}
            }
        }
        if change.derived_from.is_none() && found.relation != Relation::Independent {
            change.affects = self.reach.affects(&judged.old.name);
            // What only headers describe is a library's all the same.
            if change.subject.library.as_deref() == Some(HEADERS) {
                change.affects.libraries = self.reach.libraries_with(&judged.old.name);
            }
        }
        change.affects.through = self.reach.through(&judged.old.name);
        changes.push(change)
    }

    /// Lets virtual tables and typeinfos that changed follow from the declaration that changed.
    fn vtables(&self, changes: &mut Changes) {
        let mut image: Vec<_> = self.image.iter().collect();
        image.sort_unstable_by_key(|(_, id)| **id);
        for ((class, rule), id) in image {
            let root = match rule {
                Rule::RttiBasesChanged => {
                    let at = self.by_name.get(class.as_str()).copied();
                    at.and_then(|at| self.changed_bases(at))
                }
                Rule::VtableOffsetChanged | Rule::ThunkChanged | Rule::ConstructionVtableChanged => {
                    self.by_name.get(class.as_str()).and_then(|at| self.roots[*at])
                }
                Rule::SecondaryVtableChanged => self
                    .by_name
                    .get(class.as_str())
                    .and_then(|at| self.changed_bases(*at))
                    .or_else(|| self.declared_above(class)),
                rule if DECLARED.contains(rule) => {
                    let at = self.by_name.get(class.as_str()).filter(|at| self.declares_alike(**at));
                    at.and_then(|at| self.changed_bases(*at)).or_else(|| self.declared_above(class))
                }
                _ => continue,
            };
            changes.attach(*id, root);
        }
        inherited_virtuals::attach(changes, &|class| self.equivalences.old.find(class));
    }

    /// Whether a class itself declares the virtual functions that it did: what else happened to its virtual table happened to
    /// its bases.
    fn declares_alike(&self, at: usize) -> bool {
        let names = |type_: &Type| {
            let mut names: Vec<String> = type_.virtuals.iter().map(|v| v.name.to_string()).collect();
            names.sort_unstable();
            names
        };
        let judged = &self.judged[at];
        names(judged.old) == names(judged.new)
    }

    /// The change that says that a class has other bases.
    fn changed_bases(&self, at: usize) -> Option<ChangeId> {
        let rules = [Rule::BaseAdded, Rule::BaseRemoved, Rule::BaseReordered, Rule::BaseVirtualityChanged];
        rules.iter().find_map(|rule| self.ids.get(&(at, *rule)).copied())
    }

    /// A base of a class, however far up, whose virtual functions are declared otherwise, though no image shows its
    /// virtual table.
    fn declared_above(&self, class: &str) -> Option<ChangeId> {
        let mut next = vec![class.to_owned()];
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(name) = next.pop() {
            let Some(type_) = self.equivalences.old.find(&name) else { continue };
            for base in type_.bases.iter().filter(|base| seen.insert(base.name.to_string())) {
                let at = self.by_name.get(&*base.name);
                let declared =
                    |at: &usize| DECLARED.iter().find_map(|rule| self.ids.get(&(*at, *rule)).copied());
                if let Some(id) = at.and_then(declared) {
                    return Some(id);
                }
                next.push(base.name.to_string());
            }
        }
        None
    }

    /// Lets data that changed its size follow from its type.
    fn variables(&self, changes: &mut Changes) {
        for id in 0..changes.as_slice().len() {
            let change = &changes.as_slice()[id];
            let Some(symbol) =
                change.subject.symbol.clone().filter(|_| change.rule == Rule::ObjectSizeChanged)
            else {
                continue;
            };
            let retyped = [Rule::ArrayBoundChanged, Rule::VariableTypeChanged, Rule::StaticMemberChanged];
            let own = changes.as_slice().iter().position(|c| {
                retyped.contains(&c.rule) && c.subject.symbol.as_deref() == Some(symbol.as_str())
            });
            let root = own.or_else(|| {
                let names = self.reach.type_of(&symbol)?;
                let at = names.iter().find_map(|name| self.by_name.get(name.as_str()))?;
                self.roots[*at]
            });
            changes.attach(id, root);
        }
    }
}

/// Whether a finding is about what a C header of the system has for itself, which two distributions may have otherwise and no
/// library promises: what its streams and threads have inside, what the kernel fills in. What the library takes, gives or has
/// by value is compiled into both sides, whoever declares it; so are the classes of C++ libraries, and what options of the
/// build decide, such as `time_t` and `struct stat` or `wchar_t`.
fn is_systems_business(judged: &ChangedType<'_>) -> bool {
    let is_systems = |type_: &Type| type_.location.as_ref().is_some_and(Location::is_system);
    let is_c = !judged.old.name.contains(['<', ':']);
    let is_passed = judged.exposure == super::super::Exposure::ByValue;
    let is_enum = judged.old.kind == TypeKind::Enum && judged.old.size == judged.new.size;
    is_c && is_systems(judged.old)
        && is_systems(judged.new)
        && (is_enum || (!is_passed && is_internal_of_system(judged.old)))
}

/// Whether a type of a system's header is nobody's business but the system's: by a name that is reserved for that (C11 7.1.3),
/// as one of POSIX's threads, or as the kernel's.
fn is_internal_of_system(type_: &Type) -> bool {
    let is_reserved = type_.name.starts_with('_') || type_.name.starts_with("pthread_");
    let file = type_.location.as_ref().map_or("", |location| location.file.trim_start_matches('<'));
    let is_kernels = file.split('/').any(|part| part == "linux" || part == "asm" || part == "asm-generic");
    type_.kind != TypeKind::Typedef && (is_reserved || is_kernels)
}

/// The change that a finding is.
pub(super) fn to_change(found: &RawFinding, subject: Subject) -> Change {
    let mut change = Change::new(found.rule, subject).with_severity(found.severity);
    change.detail.clone_from(&found.detail);
    change.slots.clone_from(&found.slots);
    change
}
