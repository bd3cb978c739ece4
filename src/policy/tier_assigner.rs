//! Which tier a change is in. A change that stands for symbols of several tiers is taken apart, as far as they have nothing
//! in common but the change; what has one cause stays whole, in the tier where it weighs most.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::Policy;
use super::named::Named;
use super::profile::Profile;
use super::tier::{INTERNAL, Item, PUBLIC, THIRD_PARTY, TOOLCHAIN, TierRule};
use crate::abi::{Export, Library, Location, Release, unversioned};
use crate::diff::{AffectedSymbol, Change, Detail, Note, Subject, SubjectKind};
use crate::mangling;
use crate::origin::{Origin, Origins};
use crate::rules::{Rule, Severity};

/// A change in its tier.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) change: Change,
    /// Position among the tiers of the policy.
    pub(super) tier: usize,
    /// What it weighs there; none when it is ignored.
    pub(super) severity: Option<Severity>,
    /// The waiver that speaks of it, if that is about this very change.
    pub(super) waiver: Option<usize>,
    /// The new SONAME that declares it, between major releases.
    pub(super) declared: Option<String>,
}

/// Everything that placing needs.
pub(super) struct TierAssigner<'a> {
    policy: &'a Policy,
    profile: Profile,
    old: &'a Release,
    origins: Origins<'a>,
    /// A library has version nodes, which a tier may go by.
    has_versions: bool,
    /// A library has symbols that nobody is promised.
    has_unpromised: bool,
    /// The libraries of both releases by file name, the old one's first.
    libraries: HashMap<&'a str, Placeable<'a>>,
    /// What the headers of both releases say, once where that is the same release.
    headers: Vec<&'a Library>,
    /// Where the headers declare things, once a tier goes by that.
    declared: OnceLock<Declared<'a>>,
    /// Waivers that have not come to their end.
    waivers: Vec<usize>,
}

/// The library of a name in both releases.
#[derive(Default)]
struct Placeable<'a> {
    /// The old release's, and the new one's if that is another.
    of: Vec<&'a Library>,
    /// For each of them, whether it [`is_entered_by_name`].
    entered_by_name: Vec<bool>,
    /// For each tier, whether it has the first of them in it as a whole.
    in_tiers: Vec<bool>,
}

impl<'a> Placeable<'a> {
    fn of_releases(releases: [&'a Release; 2], policy: &Policy) -> HashMap<&'a str, Placeable<'a>> {
        let mut found: HashMap<&str, Placeable<'a>> = HashMap::default();
        for release in distinct(releases) {
            let mut seen: HashSet<&str> = HashSet::default();
            for library in release.libraries.iter().filter(|library| seen.insert(&library.name)) {
                let known = found.entry(library.name.as_str()).or_default();
                if known.of.is_empty() {
                    let tiers = policy.tiers.iter();
                    known.in_tiers = tiers.map(|tier| tier.members.has_library(library)).collect();
                }
                known.of.push(library);
                known.entered_by_name.push(is_entered_by_name(library, releases));
            }
        }
        found
    }
}

/// What the names begin with by which Python enters its extension modules: `PyInit_m`, `PyInitU_m`.
const ENTRY: &str = "PyInit";

/// Whether a library is a Python extension module that nothing is linked against: the interpreter looks for its entry point, and
/// nobody for anything else in it.
fn is_entered_by_name(library: &Library, releases: [&Release; 2]) -> bool {
    let is_needed = |release: &Release| {
        release.libraries.iter().any(|other| {
            other.dynamic.needed.iter().any(|needed| needed == library.link_name() || *needed == library.name)
        })
    };
    let is_linkable = library.name.starts_with("lib") && library.dynamic.soname.is_some();
    !is_linkable && library.exports_from(ENTRY).next().is_some() && !releases.into_iter().any(is_needed)
}

/// Each of them once: a release may be held against itself.
fn distinct([old, new]: [&Release; 2]) -> impl Iterator<Item = &Release> {
    let other = (!std::ptr::eq(old, new)).then_some(new);
    [old].into_iter().chain(other)
}

/// Files by what is declared in them.
#[derive(Default)]
struct Declared<'a> {
    /// Of functions and variables, by linkage name.
    symbols: HashMap<&'a str, Vec<&'a str>>,
    /// Of types and constants, by qualified name.
    names: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Declared<'a> {
    fn of(libraries: &[&'a Library]) -> Declared<'a> {
        let mut found = Declared::default();
        let add = |to: &mut HashMap<&'a str, Vec<&'a str>>, name: &'a str, at: &'a Option<Location>| {
            if let Some(location) = at {
                to.entry(name).or_default().push(&*location.file);
            }
        };
        for library in libraries {
            library.functions.iter().for_each(|f| add(&mut found.symbols, &f.symbol, &f.location));
            library.variables.iter().for_each(|v| add(&mut found.symbols, &v.symbol, &v.location));
            library.types.iter().for_each(|t| add(&mut found.names, &t.name, &t.location));
            library.constants.iter().for_each(|c| add(&mut found.names, &c.name, &c.location));
        }
        found
    }

    /// The files that declare a symbol, and a type or constant.
    fn files(&self, symbol: Option<&str>, name: Option<&str>) -> impl Iterator<Item = &'a str> {
        let of_symbol = symbol.and_then(|symbol| self.symbols.get(symbol));
        let of_name = name.and_then(|name| self.names.get(name));
        [of_symbol, of_name].into_iter().flatten().flatten().copied()
    }
}

/// What tells the parts of a change apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket {
    tier: usize,
    /// The policy requires what is gone.
    required: bool,
    /// An addition that should be registered and is not.
    unregistered: bool,
    waiver: Option<usize>,
}

/// What concerns everybody, wherever it is: whether the release loads, and what the policy names itself.
const EVERYWHERE: [Rule; 11] = [
    Rule::UnresolvedLibrary,
    Rule::UnresolvedSymbol,
    Rule::UnresolvedVersion,
    Rule::ExecutableStackRequired,
    Rule::ForbiddenExport,
    Rule::SizeBudgetExceeded,
    Rule::LibraryAmbiguous,
    Rule::PolicyChanged,
    Rule::BaselineChanged,
    Rule::WaiverAdded,
    Rule::StoreMoved,
];

/// Roots that say of many findings at once what they have in common.
const SUMS: [Rule; 2] = [Rule::TypeReplaced, Rule::Cxx11AbiChanged];

impl<'a> TierAssigner<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        profile: Profile,
        releases: (&'a Release, &'a Release),
        waivers: Vec<usize>,
    ) -> TierAssigner<'a> {
        let (old, new) = releases;
        let mut origins = Origins::new(old, &policy.patterns.claims);
        if !std::ptr::eq(old, new) {
            origins = origins.joined_by(new);
        }
        let has_versions =
            [old, new].iter().any(|release| release.libraries.iter().any(|l| !l.versions.is_empty()));
        let has_unpromised = [old, new].iter().any(|release| {
            release
                .libraries
                .iter()
                .any(|l| is_entered_by_name(l, [old, new]) || l.exports.iter().any(|e| e.unpromised))
        });
        let libraries = Placeable::of_releases([old, new], policy);
        let headers = distinct([old, new]).filter_map(|release| release.headers.as_ref()).collect();
        let declared = OnceLock::new();
        TierAssigner {
            policy,
            profile,
            old,
            origins,
            has_versions,
            has_unpromised,
            libraries,
            headers,
            declared,
            waivers,
        }
    }

    /// Whose symbols the old release's are.
    pub(super) fn origins(&self) -> &Origins<'a> {
        &self.origins
    }

    /// Places all changes. What they follow from is counted anew, since some come apart.
    pub(super) fn all(&self, changes: Vec<Change>) -> Vec<Placed> {
        let parts: Vec<Vec<Placed>> = changes.into_par_iter().map(|change| self.one(change)).collect();
        let firsts: Vec<usize> =
            parts.iter().scan(0, |next, parts| Some(std::mem::replace(next, *next + parts.len()))).collect();
        let mut placed: Vec<Placed> = parts.into_iter().flatten().collect();
        for part in &mut placed {
            part.change.derived_from = part.change.derived_from.and_then(|root| firsts.get(root).copied());
        }
        self.weigh_sums(&mut placed);
        placed
    }

    /// A root that only sums up what follows from it weighs what that weighs, and is where the heaviest of it is.
    fn weigh_sums(&self, placed: &mut [Placed]) {
        let mut heaviest: BTreeMap<usize, (Option<Severity>, Reverse<usize>)> = BTreeMap::new();
        for part in placed.iter() {
            let Some(root) =
                part.change.derived_from.filter(|root| SUMS.contains(&placed[*root].change.rule))
            else {
                continue;
            };
            let weight = (part.severity, Reverse(part.tier));
            heaviest.entry(root).and_modify(|known| *known = weight.max(*known)).or_insert(weight);
        }
        for (root, (severity, Reverse(tier))) in heaviest {
            let root = &mut placed[root];
            if root.change.members.is_empty() && !matches!(root.change.detail, Detail::Required(_)) {
                root.tier = tier;
                root.severity = root.severity.min(severity);
            }
        }
    }

    fn one(&self, change: Change) -> Vec<Placed> {
        let fallback = self.fallback(&change);
        let is_simple = !self.places_anything() && self.policy.required.is_empty() && self.waivers.is_empty();
        if is_simple {
            let lot = Bucket { tier: fallback, required: false, unregistered: false, waiver: None };
            return vec![self.placed(change, lot)];
        }
        let is_loose = change.subject.kind == SubjectKind::Symbols || change.rule == Rule::SymbolAdded;
        if !is_loose || change.members.len() < 2 {
            let lot = self.whole(&change, fallback);
            return vec![self.placed(change, lot)];
        }
        let mut lots: BTreeMap<Bucket, Vec<AffectedSymbol>> = BTreeMap::new();
        for member in &change.members {
            lots.entry(self.member(&change, member, fallback)).or_default().push(member.clone());
        }
        if lots.len() == 1 {
            return lots.into_keys().map(|lot| self.placed(change.clone(), lot)).collect();
        }
        lots.into_iter().map(|(lot, members)| self.placed(part_of(&change, members), lot)).collect()
    }

    fn placed(&self, mut change: Change, lot: Bucket) -> Placed {
        change.rule = effective_rule(change.rule, lot.required);
        if lot.required {
            change.severity = Severity::Breaking;
            change.detail = Detail::Required(Box::new(std::mem::take(&mut change.detail)));
        }
        if lot.unregistered {
            change.detail = Detail::Note(Note::Unregistered);
        }
        let waiver = lot.waiver.filter(|waiver| self.policy.waivers[*waiver].is_of(&change));
        Placed { severity: self.weigh(&change, lot), tier: lot.tier, waiver, declared: None, change }
    }

    /// What a change weighs in a tier.
    fn weigh(&self, change: &Change, lot: Bucket) -> Option<Severity> {
        if lot.required {
            return Some(Severity::Breaking);
        }
        let tier = &self.policy.tiers[lot.tier];
        let level = match tier.unregistered.filter(|_| lot.unregistered) {
            Some(level) => Some((level, true)),
            None => tier.levels.of(change.rule, self.profile),
        };
        match level {
            Some((level, named)) => level.weigh(change.rule, change.severity, named),
            None => Some(change.severity),
        }
    }

    /// A change that stays whole.
    fn whole(&self, change: &Change, fallback: usize) -> Bucket {
        let named = versioned(change);
        let library = change.subject.library.as_deref();
        let of_subject = || {
            let placed = self.place(&named, library, change.location.as_ref());
            placed.or_else(|| self.by_ways(change))
        };
        let concerns_everybody = EVERYWHERE.contains(&change.rule);
        let is_its_own = matches!(
            change.subject.kind,
            SubjectKind::Function
                | SubjectKind::Variable
                | SubjectKind::Class
                | SubjectKind::Type
                | SubjectKind::Constant
        );
        let tiers: Vec<usize> = if concerns_everybody {
            vec![fallback]
        } else if is_its_own || change.members.is_empty() {
            vec![of_subject().unwrap_or(fallback)]
        } else {
            // Members that no tier names are where the subject is.
            let rest = of_subject().unwrap_or(fallback);
            let place = |m: &AffectedSymbol| {
                self.place(&Named::symbol(&m.symbol), Some(&m.library), None).unwrap_or(rest)
            };
            change.members.iter().map(place).collect()
        };
        let is_required = |symbol: &str| self.is_required(&Named::symbol(symbol));
        let required = is_lost(change.rule)
            && (self.is_required(&named) || change.members.iter().any(|member| is_required(&member.symbol)));
        let lot = |tier| Bucket { tier, required, unregistered: false, waiver: None };
        let weight = |tier: &usize| (self.weigh(change, lot(*tier)), Reverse(*tier));
        let mut lot = lot(tiers.into_iter().max_by_key(weight).unwrap_or(fallback));
        if required {
            lot.tier = self.out_of_sight(lot.tier);
        }
        lot.unregistered = change.rule == Rule::SymbolAdded && self.is_unregistered(&named, lot.tier);
        let rule = effective_rule(change.rule, required);
        let accepts = |waiver: &&usize| {
            let waiver = &self.policy.waivers[**waiver];
            let speaks_of = |member: &AffectedSymbol| {
                waiver.speaks_of(rule, &Named::symbol(&member.symbol), Some(&member.library))
            };
            waiver.speaks_of(rule, &named, library)
                || (!is_its_own && !change.members.is_empty() && change.members.iter().all(speaks_of))
        };
        lot.waiver = self.waivers.iter().find(accepts).copied();
        lot
    }

    /// A type that programs get at only through symbols which nobody is promised is as internal as these.
    fn by_ways(&self, change: &Change) -> Option<usize> {
        let internal = self.policy.built_in(INTERNAL);
        let is_internal = |symbol: &String| {
            let library = self.old.exporter(unversioned(symbol)).map(|library| library.name.as_str());
            self.place(&Named::symbol(symbol), library, None) == Some(internal)
        };
        let ways = &change.affects.through;
        (!ways.is_empty() && ways.iter().all(is_internal)).then_some(internal)
    }

    /// One of many symbols that have nothing in common but the change.
    fn member(&self, change: &Change, member: &AffectedSymbol, fallback: usize) -> Bucket {
        let named = Named::symbol(&member.symbol);
        let library = Some(&*member.library);
        let tier = match EVERYWHERE.contains(&change.rule) {
            true => fallback,
            false => self.place(&named, library, None).unwrap_or(fallback),
        };
        let required = is_lost(change.rule) && self.is_required(&named);
        let tier = if required { self.out_of_sight(tier) } else { tier };
        let unregistered = change.rule == Rule::SymbolAdded && self.is_unregistered(&named, tier);
        let rule = effective_rule(change.rule, required);
        let waiver = self
            .waivers
            .iter()
            .find(|at| self.policy.waivers[**at].speaks_of(rule, &named, library))
            .copied();
        Bucket { tier, required, unregistered, waiver }
    }

    fn is_required(&self, named: &Named<'_>) -> bool {
        self.policy.required.iter().any(|pattern| pattern.matches(named))
    }

    fn is_unregistered(&self, named: &Named<'_>, tier: usize) -> bool {
        let tier = &self.policy.tiers[tier];
        tier.unregistered.is_some() && !tier.members.listed.contains(named)
    }

    /// Whether there is anything to place but by the built-in tiers of whole libraries and origins.
    fn places_anything(&self) -> bool {
        self.has_versions || self.has_unpromised || self.policy.places_anything()
    }

    /// What the policy requires is not told in the one line of third parties and the toolchain.
    fn out_of_sight(&self, tier: usize) -> usize {
        let name = &*self.policy.tiers[tier].name;
        if [THIRD_PARTY, TOOLCHAIN, INTERNAL].contains(&name) { self.policy.built_in(PUBLIC) } else { tier }
    }

    /// The first tier that the policy says something belongs to.
    pub(super) fn place(
        &self,
        named: &Named<'_>,
        library: Option<&str>,
        location: Option<&Location>,
    ) -> Option<usize> {
        if !self.places_anything() {
            return None;
        }
        let placeable = library.and_then(|name| self.libraries.get(name));
        let files = || {
            let libraries = placeable.iter().flat_map(|placeable| &placeable.of);
            let name = class_of(named);
            let (symbol, name) = (named.symbol, name.as_deref());
            let declared = libraries.flat_map(|library| declared_in(library, symbol, name));
            let by_headers = self.declared.get_or_init(|| Declared::of(&self.headers)).files(symbol, name);
            declared.chain(by_headers).chain(location.map(|location| &*location.file)).collect()
        };
        let is_emitted = || {
            named.symbol.is_some_and(|symbol| self.headers.iter().any(|headers| headers.has_import(symbol)))
        };
        let library = placeable.and_then(|placeable| placeable.of.first().copied());
        let belongs = |(at, tier): (usize, &TierRule)| {
            let has_members = tier.has_members || !tier.members.versions.is_empty();
            let has_library = placeable.is_some_and(|placeable| placeable.in_tiers.get(at) == Some(&true));
            let item = Item { tier: at, named, library, has_library, files: &files, is_emitted: &is_emitted };
            has_members && tier.members.contains(&item)
        };
        let unpromised = || {
            let is_unpromised = placeable.is_some_and(|placeable| self.is_unpromised(named, placeable));
            is_unpromised.then(|| self.policy.built_in(INTERNAL))
        };
        self.policy.tiers.iter().enumerate().position(belongs).or_else(unpromised)
    }

    /// Whether a symbol is nobody's business outside its project: its package does not promise it, or it is in a library that is
    /// entered by other names only. The first library that has it tells.
    fn is_unpromised(&self, named: &Named<'_>, placeable: &Placeable<'_>) -> bool {
        if !self.has_unpromised {
            return false;
        }
        let libraries = &placeable.of;
        if let (None, Some(version)) = (named.symbol, named.version()) {
            let has_node = |library: &&&Library| library.versions.iter().any(|v| *v.name == *version);
            let Some(library) = libraries.iter().find(has_node) else { return false };
            let is_in_node = |export: &&Export| export.version.as_deref() == Some(version);
            let mut exports = library.exports.iter().filter(is_in_node).peekable();
            return exports.peek().is_some() && exports.all(|export| export.unpromised);
        }
        let Some(symbol) = named.symbol else { return false };
        let has_it = |library: &&Library| library.exports_named(symbol).next().is_some();
        let Some(at) = libraries.iter().position(has_it) else { return false };
        let library = libraries[at];
        let is_of_version = |export: &&Export| {
            named.version().is_none_or(|version| export.version.as_deref() == Some(version))
        };
        let is_unpromised = placeable.entered_by_name[at] && !symbol.starts_with(ENTRY)
            || library.exports_named(symbol).filter(is_of_version).all(|export| export.unpromised);
        // Last, since it takes longest.
        is_unpromised && self.of_origin(symbol, library) != self.policy.built_in(TOOLCHAIN)
    }

    /// The built-in tier.
    fn fallback(&self, change: &Change) -> usize {
        let tier = |name| self.policy.built_in(name);
        if EVERYWHERE.contains(&change.rule) {
            return tier(PUBLIC);
        }
        let library = change.subject.library.as_deref();
        let library = library.and_then(|name| self.old.libraries.iter().find(|l| l.name == name));
        if library.is_some_and(|l| self.origins.is_bundled(l)) || change.rule == Rule::LeakedSymbolRemoved {
            return tier(THIRD_PARTY);
        }
        let Some(library) = library else { return tier(PUBLIC) };
        let symbol = change.subject.symbol.as_deref().or_else(|| match change.subject.kind {
            // Groups are made of one origin, so that any member tells.
            SubjectKind::Symbols => change.members.first().map(|m| m.symbol.as_str()),
            _ => None,
        });
        if let Some(symbol) = symbol {
            return self.of_origin(symbol, library);
        }
        match change.subject.kind {
            SubjectKind::Type | SubjectKind::Constant => self.of_declared(&change.subject.name, library),
            _ => tier(PUBLIC),
        }
    }

    /// The built-in tier of a type or constant that a library declares.
    pub(super) fn of_declared(&self, name: &str, library: &Library) -> usize {
        let is_foreign = matches!(self.origins.named(name, library), Origin::ThirdParty(_));
        self.policy.built_in(if is_foreign { THIRD_PARTY } else { PUBLIC })
    }

    /// The built-in tier of a symbol that a library exports.
    pub(super) fn of_origin(&self, symbol: &str, library: &Library) -> usize {
        let name = unversioned(symbol);
        let strong = library.exports_named(name).any(Export::is_strong);
        self.policy.built_in(match self.origins.symbol(name, strong, library) {
            Origin::Own => PUBLIC,
            Origin::ThirdParty(_) => THIRD_PARTY,
            Origin::Toolchain => TOOLCHAIN,
        })
    }
}

/// What a change is about, with the version of its symbol where its members tell.
fn versioned(change: &Change) -> Named<'_> {
    let Some(symbol) = change.subject.symbol.as_deref() else { return named(&change.subject) };
    let own = change.members.iter().find(|member| unversioned(&member.symbol) == unversioned(symbol));
    own.map_or_else(|| named(&change.subject), |member| Named::symbol(&member.symbol))
}

/// What a change is about, for patterns.
pub(super) fn named(subject: &Subject) -> Named<'_> {
    let named = match (&subject.symbol, subject.kind) {
        (Some(symbol), _) => Named::symbol(symbol),
        (
            None,
            SubjectKind::Function
            | SubjectKind::Variable
            | SubjectKind::Class
            | SubjectKind::Scope
            | SubjectKind::Type
            | SubjectKind::Constant,
        ) => Named::name(&subject.name),
        (None, SubjectKind::Version) => Named::version_node(&subject.name),
        _ => Named::text(&subject.name),
    };
    named.printed(&subject.name)
}

/// Whether a rule says that programs no longer get what they had.
fn is_lost(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::SymbolRemoved
            | Rule::SymbolsRenamedTogether
            | Rule::Cxx11AbiChanged
            | Rule::LibraryRemoved
            | Rule::LeakedSymbolRemoved
            | Rule::SymbolOrphaned
            | Rule::WeakSymbolRemoved
            | Rule::InstantiationRemoved
            | Rule::SignatureChanged
            | Rule::SymbolRenamed
            | Rule::DefaultArgumentAbsorbed
            | Rule::VtableRemoved
            | Rule::TypeinfoRemoved
    )
}

/// What the policy requires is no weak symbol and no leak.
fn effective_rule(rule: Rule, required: bool) -> Rule {
    match rule {
        Rule::WeakSymbolRemoved | Rule::LeakedSymbolRemoved if required => Rule::SymbolRemoved,
        rule => rule,
    }
}

/// Files that declare something in a library, where debug info says so.
fn declared_in<'l>(library: &'l Library, symbol: Option<&str>, name: Option<&str>) -> Vec<&'l str> {
    let mut files = Vec::new();
    if let Some(symbol) = symbol {
        files.extend(library.function(symbol).and_then(|function| function.location.as_ref()));
        files.extend(library.variable(symbol).and_then(|variable| variable.location.as_ref()));
    }
    if let Some(name) = name {
        files.extend(library.types_named(name).filter_map(|t| t.location.as_ref()));
        let constant = library.constants.binary_search_by(|c| (*c.name).cmp(name));
        files.extend(constant.ok().and_then(|at| library.constants[at].location.as_ref()));
    }
    files.into_iter().map(|location| &*location.file).collect()
}

/// The type or constant of that name, or the class of which a symbol is the vtable or typeinfo.
fn class_of<'n>(named: &Named<'n>) -> Option<Cow<'n, str>> {
    match (named.symbol, named.plain_name()) {
        (Some(symbol), _) if symbol.starts_with("_ZT") => {
            let signature = mangling::parse(symbol).ok().and_then(|mangled| mangled.signature());
            signature.map(|signature| Cow::Owned(signature.qualified_name()))
        }
        (_, name) => name.map(Cow::Borrowed),
    }
}

/// The change for some of its members.
fn part_of(change: &Change, members: Vec<AffectedSymbol>) -> Change {
    let library = change.subject.library.as_deref().unwrap_or_default();
    let all = change.members.len();
    let counted = change.subject.name.strip_prefix(&format!("{all} "));
    let subject = match (&members[..], counted) {
        ([only], _) => {
            let kind =
                if only.symbol.starts_with("_ZT") { SubjectKind::Class } else { SubjectKind::Function };
            Subject::symbols(kind, &members, library)
        }
        (_, Some(what)) => {
            Subject { name: format!("{} {what}", members.len()), symbol: None, ..change.subject.clone() }
        }
        (_, None) => Subject::symbols(SubjectKind::Function, &members, library),
    };
    let mut part = change.clone();
    if let (Detail::Lost { first, count, .. }, Some(own)) = (&mut part.detail, members.first()) {
        (*first, *count) = (own.symbol.clone(), members.len() as u64);
    }
    if part.affects.symbols as usize == all {
        part.affects.symbols = members.len() as u32;
    }
    part.subject = subject;
    part.members = members;
    part
}
