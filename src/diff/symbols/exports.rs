//! The export lists of each pair, walked side by side: what changed about symbols that are still there, and lists of
//! what is gone and what is new.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use super::super::context::{Context, member};
use super::super::{AffectedSymbol, Change, ChangeId, Changes, Detail, Note, Subject, SubjectKind, Value};
use crate::abi::{Binding, Export, Library, SymbolKind};
use crate::mangling;
use crate::rules::{Rule, Severity};

/// A symbol on one side only.
#[derive(Clone, Copy)]
pub(in crate::diff) struct OneSided<'a> {
    pub library: &'a Library,
    /// The library's counterpart in the other release.
    pub counterpart: Option<&'a Library>,
    pub export: &'a Export,
}

/// What the walk found on one side only.
#[derive(Default)]
pub(in crate::diff) struct Differences<'a> {
    pub gone: Vec<OneSided<'a>>,
    pub added: Vec<OneSided<'a>>,
    /// Definitions of what the old release had elsewhere or under another version, which are no additions: library, symbol,
    /// version.
    pub known: HashSet<Definition<'a>>,
}

/// An export of a library of the new release.
pub(in crate::diff) type Definition<'a> = (&'a str, &'a str, Option<&'a str>);

/// See [`Definition`].
pub(in crate::diff) fn definition<'a>(library: &'a Library, export: &'a Export) -> Definition<'a> {
    (&library.name, &export.name, export.version.as_deref())
}

/// Walks all pairs. Symbols of libraries that have no counterpart are not listed: the library is the finding.
pub(in crate::diff) fn compare<'a>(context: &Context<'a>, changes: &mut Changes) -> Differences<'a> {
    let mut differences = Differences::default();
    for (old, new) in context.pairs.iter().filter_map(|p| p.both()) {
        let mut together = BTreeMap::<(Rule, Severity), Vec<AffectedSymbol>>::new();
        walk(&Sides::new(old, new, context), &mut differences, changes, &mut together);
        report_together(&old.name, together, changes);
    }
    differences
}

/// What changed about symbols that other libraries of the new release define: each with the library and the definition.
pub(in crate::diff) fn compare_moved<'a>(
    context: &Context<'a>,
    moved: &[(OneSided<'a>, &'a Library, &'a Export)],
    changes: &mut Changes,
) {
    let mut by_library = BTreeMap::<&str, BTreeMap<(Rule, Severity), Vec<AffectedSymbol>>>::new();
    let mut sides = BTreeMap::<(&str, &str), Sides<'_>>::new();
    for &(symbol, provider, export) in moved {
        let together = by_library.entry(&symbol.library.name).or_default();
        let sides = sides
            .entry((&symbol.library.name, &provider.name))
            .or_insert_with(|| Sides::new(symbol.library, provider, context));
        compare_one(sides, symbol.export, export, changes, together);
    }
    for (library, together) in by_library {
        report_together(library, together, changes);
    }
}

/// Two libraries, and what decides for all of their symbols how they are bound.
struct Sides<'a> {
    old: &'a Library,
    new: &'a Library,
    /// The public headers of the old release, where all of them are known.
    headers: Option<&'a Library>,
    /// Compilers of different families: only GCC makes symbols unique.
    other_compiler: bool,
    /// On one side GCC saw the whole program, and made every symbol a strong one.
    whole_program: OnceCell<bool>,
}

impl<'a> Sides<'a> {
    fn new(old: &'a Library, new: &'a Library, context: &Context<'a>) -> Sides<'a> {
        let other_compiler = old.is_by_clang() != new.is_by_clang();
        let headers = context.old.headers.as_ref().filter(|headers| headers.are_all_headers());
        Sides { old, new, headers, other_compiler, whole_program: OnceCell::new() }
    }

    /// Whether a variable of C is none that public headers declare, all of which are known.
    fn is_undeclared(&self, name: &str) -> bool {
        self.headers.is_some_and(|headers| !name.starts_with("_Z") && headers.variable(name).is_none())
    }

    fn whole_program(&self) -> bool {
        *self.whole_program.get_or_init(|| {
            let weak = |library: &Library| {
                let is_weak = |e: &&Export| e.binding != Binding::Global && e.name.starts_with("_Z");
                library.exports.iter().filter(is_weak).take(2).count()
            };
            // One symbol may have been made strong by hand.
            matches!((weak(self.old), weak(self.new)), (0, 2) | (2, 0))
        })
    }

    /// Whether nobody wrote that a symbol is bound otherwise now: of what every program that uses it has a copy of,
    /// compilers and linkers decide that.
    fn is_toolchains_choice(&self, from: &Export, to: &Export) -> bool {
        use Binding::{Global, Unique, Weak};
        if is_compiler_made(&from.name) {
            return true;
        }
        match (from.binding, to.binding) {
            (Weak, Unique) | (Unique, Weak) => self.other_compiler,
            (Unique, Global) => true,
            _ => is_instance(&from.name) || self.whole_program(),
        }
    }
}

fn report_together(
    library: &str,
    together: BTreeMap<(Rule, Severity), Vec<AffectedSymbol>>,
    changes: &mut Changes,
) {
    for ((rule, severity), members) in together {
        let subject = Subject::symbols(SubjectKind::Function, &members, library);
        let mut change = Change::new(rule, subject).with_severity(severity);
        change.affects.symbols = members.len() as u32;
        changes.push(change.with_members(members));
    }
}

fn walk<'a>(
    sides: &Sides<'a>,
    differences: &mut Differences<'a>,
    changes: &mut Changes,
    together: &mut BTreeMap<(Rule, Severity), Vec<AffectedSymbol>>,
) {
    let (old, new) = (sides.old, sides.new);
    let (mut left, mut right) = (old.exports.iter().peekable(), new.exports.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(l), Some(r)) => l.key().cmp(&r.key()),
        };
        match order {
            Ordering::Less => {
                let Some(export) = left.next() else { return };
                match version_changed(old, new, export, changes) {
                    Some(other) => drop(differences.known.insert(definition(new, other))),
                    None => {
                        differences.gone.push(OneSided { library: old, counterpart: Some(new), export });
                    }
                }
            }
            Ordering::Greater => {
                let Some(export) = right.next() else { return };
                differences.added.push(OneSided { library: new, counterpart: Some(old), export });
            }
            Ordering::Equal => {
                if let (Some(from), Some(to)) = (left.next(), right.next())
                    && from != to
                {
                    compare_one(sides, from, to, changes, together);
                }
            }
        }
    }
}

/// The name is still there under other versions only: one of these.
fn version_changed<'a>(
    old: &Library,
    new: &'a Library,
    export: &Export,
    changes: &mut Changes,
) -> Option<&'a Export> {
    let other = new.exports_named(&export.name).next()?;
    let subject = Subject::symbol(kind(export), &export.name, &old.name);
    let change = Change::new(Rule::SymbolVersionChanged, subject)
        .between(Value::Name(export.versioned_name()), Value::Name(other.versioned_name()))
        .with_members(vec![AffectedSymbol {
            replaced_by: Some(other.versioned_name()),
            ..member(export, old)
        }]);
    // An unversioned reference binds to a versioned definition; the other way round the loader only warns, and a
    // reference to another version is an error.
    let mut change = match export.version {
        None => change.with_severity(Severity::Compatible).with_note(Note::UnversionedStillBind),
        Some(_) => change,
    };
    change.derived_from = node_removed(old, export, changes);
    if let Some(node) = change.derived_from {
        let affects = &mut changes.as_mut_slice()[node].affects;
        affects.symbols += 1;
    }
    changes.push(change);
    Some(other)
}

/// The change that says the symbol's version is gone altogether.
fn node_removed(old: &Library, export: &Export, changes: &Changes) -> Option<ChangeId> {
    let version = export.version.as_deref()?;
    let is_node = |c: &Change| {
        c.rule == Rule::VersionNodeRemoved
            && c.subject.name == version
            && c.subject.library.as_deref() == Some(&old.name)
    };
    changes.as_slice().iter().position(is_node)
}

pub(in crate::diff) fn kind(export: &Export) -> SubjectKind {
    match export.kind {
        SymbolKind::Func | SymbolKind::Ifunc => SubjectKind::Function,
        _ => SubjectKind::Variable,
    }
}

/// Symbols that the compiler lays out from other facts, which have rules of their own.
fn is_compiler_made(name: &str) -> bool {
    ["_ZTV", "_ZTT", "_ZTC", "_ZTI", "_ZTS", "_ZGV"].iter().any(|p| name.starts_with(p))
}

/// A function of a class, as far as names and debug info say.
fn is_member(library: &Library, name: &str) -> bool {
    let Some(signature) = mangling::parse(name).ok().and_then(|read| read.signature()) else { return false };
    let scope = signature.scope.join("::");
    signature.ctor_dtor.is_some() || signature.is_const || library.types_named(&scope).next().is_some()
}

/// Whether a symbol is of an instance of a template, or of something inside a function.
pub(crate) fn is_instance(name: &str) -> bool {
    let Some(signature) = name.starts_with("_Z").then(|| mangling::parse(name).ok()?.signature()).flatten()
    else {
        return false;
    };
    name.starts_with("_ZZ")
        || signature.template_args.is_some()
        || signature.scope.iter().any(|part| part.ends_with('>'))
}

fn compare_one(
    sides: &Sides<'_>,
    from: &Export,
    to: &Export,
    changes: &mut Changes,
    together: &mut BTreeMap<(Rule, Severity), Vec<AffectedSymbol>>,
) {
    let (old, new) = (sides.old, sides.new);
    let subject = || Subject::symbol(kind(from), &from.name, &old.name);
    let own = |rule| Change::new(rule, subject()).with_members(vec![member(from, old)]);
    if from.kind != to.kind {
        let thread_local = (from.kind == SymbolKind::Tls) != (to.kind == SymbolKind::Tls);
        let is_data = |kind: SymbolKind| matches!(kind, SymbolKind::Object | SymbolKind::Tls);
        let rule = match thread_local && is_data(from.kind) && is_data(to.kind) {
            true => Rule::ThreadLocalChanged,
            false => Rule::SymbolKindChanged,
        };
        let change = own(rule).between(Value::Symbol(from.kind), Value::Symbol(to.kind));
        // References to functions and to ifuncs are the same, and an untyped symbol says nothing.
        let harmless = matches!(
            (from.kind, to.kind),
            (SymbolKind::Func, SymbolKind::Ifunc) | (SymbolKind::Ifunc, SymbolKind::Func)
        ) || from.kind == SymbolKind::Notype
            || to.kind == SymbolKind::Notype;
        changes.push(if harmless { change.with_severity(Severity::Compatible) } else { change });
        return;
    }
    if from.binding != to.binding {
        let rule = match (from.binding, to.binding) {
            (_, Binding::Unique) => Rule::SymbolBecameUnique,
            (_, Binding::Weak) => Rule::SymbolWeakened,
            (_, Binding::Global) => Rule::SymbolStrengthened,
        };
        // A member function that was inline and is now defined in one place serves whoever found the copy.
        let was_inline = rule == Rule::SymbolStrengthened && is_member(old, &from.name);
        let is_choice = was_inline || sides.is_toolchains_choice(from, to);
        let severity = if is_choice { Severity::Compatible } else { rule.severity() };
        together.entry((rule, severity)).or_default().push(member(from, old));
    }
    if from.visibility != to.visibility {
        let rule = Rule::SymbolVisibilityChanged;
        together.entry((rule, rule.severity())).or_default().push(member(from, old));
    }
    if from.hidden_version != to.hidden_version && !from.hidden_version {
        let now = new.exports_named(&from.name).find(|e| !e.hidden_version);
        let now = now.map_or(Value::None, |export| Value::Name(export.versioned_name()));
        changes.push(own(Rule::DefaultVersionChanged).between(Value::Name(from.versioned_name()), now));
    }
    if from.size != to.size && !is_compiler_made(&from.name) {
        let size = |e: &Export| Value::Bytes(e.size.unwrap_or(0));
        let change = own(Rule::ObjectSizeChanged).between(size(from), size(to));
        // No program is linked against a plug-in, so that none has a copy: its host takes the address.
        let note = match old.is_plug_in() && new.is_plug_in() {
            true => Some(Note::LoadedByName),
            false => sides.is_undeclared(&from.name).then_some(Note::Undeclared),
        };
        changes.push(match note {
            Some(note) => change.with_severity(Severity::Risky).with_note(note),
            None => change,
        });
    }
    if is_writable(from) && is_read_only(to) && !is_compiler_made(&from.name) {
        let section = |e: &Export| Value::Section(e.section.as_deref().unwrap_or("").to_owned());
        changes.push(own(Rule::VariableBecameConst).between(section(from), section(to)));
    }
    alias_split(old, new, from, to, changes);
}

fn is_writable(export: &Export) -> bool {
    let section = export.section.as_deref().unwrap_or("");
    [".data", ".bss", ".sdata", ".sbss"]
        .iter()
        .any(|s| section == *s || section.starts_with(&format!("{s}.")))
        && !section.starts_with(".data.rel.ro")
}

fn is_read_only(export: &Export) -> bool {
    let section = export.section.as_deref().unwrap_or("");
    section.starts_with(".rodata") || section.starts_with(".data.rel.ro")
}

/// The symbol was another name of `alias_of`, both are still there, and they are two things now.
fn alias_split(old: &Library, new: &Library, from: &Export, to: &Export, changes: &mut Changes) {
    let Some(leader) = from.alias_of.as_deref() else { return };
    let Some(leader_now) = new.exports_named(leader).next() else { return };
    let group = |e: &Export| e.alias_of.as_deref().unwrap_or(&e.name).to_owned();
    if group(leader_now) == group(to) {
        return;
    }
    // Constructor and destructor variants, and functions that a linker folded, are not aliases that anybody wrote.
    if from.name.starts_with("_Z") && from.kind == SymbolKind::Func {
        return;
    }
    // Nor are two functions that debug info has in two places: an alias has the one entry of what it is an alias of.
    let place = |name: &str| old.function(name).and_then(|function| function.location.as_ref());
    if place(&from.name).zip(place(leader)).is_some_and(|(own, other)| own != other) {
        return;
    }
    let detail = Detail::AliasOf(leader.to_owned());
    let change = Change::new(Rule::AliasSplit, Subject::symbol(kind(from), &from.name, &old.name));
    changes.push(change.with_detail(detail).with_members(vec![member(from, old)]));
}
