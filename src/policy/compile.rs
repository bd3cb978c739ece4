//! A policy: the entries of the file looked into, with the files that they refer to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use foldhash::{HashMap, HashMapExt};

use super::budget::Budget;
use super::config_error::{ConfigError, Place, Wrong, hint, nearest};
use super::fields::{ListOrMap, Strings};
use super::file::{Entries, File, TierEntry};
use super::level::{Level, Levels};
use super::lists::{self, BadLine};
use super::named::SymbolPattern;
use super::require::{Needed, Requirement};
use super::tier::{self, BUILT_IN, TierRule};
use super::waiver::Waiver;
use crate::abi::Release;
use crate::patterns::{BadPattern, Claims, Glob, NamePattern, PathPattern, Patterns, Whose};
use crate::platform::floor::Promise;
use crate::rules::{CATALOGUE, Rule};

/// Gives the text of a file that a policy refers to, by the name that it uses.
pub type Reader<'r> = dyn Fn(&str) -> io::Result<String> + 'r;

/// What a project promises, and what its gate does about it. The default is the policy of a project that says nothing.
#[derive(Clone, Debug)]
pub struct Policy {
    /// In order; the first that something belongs to is its tier. The built-in ones are among them.
    pub(super) tiers: Vec<TierRule>,
    pub(super) require: Vec<Requirement>,
    /// The oldest system that releases have to run on.
    pub(super) floor: Option<Promise>,
    pub(super) forbidden: Vec<SymbolPattern>,
    pub(super) required: Vec<SymbolPattern>,
    pub(super) budgets: Vec<Budget>,
    pub(super) waivers: Vec<Waiver>,
    pub(super) patterns: Patterns,
    /// The file has a word on what is promised.
    is_told: bool,
    /// What the files say that it refers to, in the order in which they were read.
    texts: Vec<String>,
    file: File,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            tiers: BUILT_IN.map(TierRule::built_in).to_vec(),
            require: Vec::new(),
            floor: None,
            forbidden: Vec::new(),
            required: Vec::new(),
            budgets: Vec::new(),
            waivers: Vec::new(),
            patterns: Patterns::default(),
            is_told: false,
            texts: Vec::new(),
            file: File::default(),
        }
    }
}

impl Policy {
    /// Looks into the entries of a file.
    ///
    /// # Errors
    /// The first that means nothing, contradicts another one, or refers to a file that cannot be read.
    pub fn new(file: &File, read: &Reader<'_>) -> Result<Policy, ConfigError> {
        let texts = RefCell::new(Vec::new());
        let keep = |path: &str| {
            let text = read(path)?;
            texts.borrow_mut().push(text.clone());
            Ok(text)
        };
        let mut policy = compile(file, &keep).map_err(|wrong| wrong.locate(&file.text))?;
        policy.texts = texts.into_inner();
        Ok(policy)
    }

    /// Whether no waiver may hide what breaks in a tier.
    pub fn never_waives(&self, tier: &str) -> bool {
        self.tiers.iter().any(|rule| rule.name == tier && rule.is_never_waived)
    }

    /// Whether a tier goes by what consumers import, so that they have to be known.
    pub fn goes_by_consumers(&self) -> bool {
        self.tiers.iter().any(|tier| tier.members.imported_by.is_some())
    }

    /// Makes what enough consumers import part of the tiers that go by it. Several versions of one project, which its name
    /// without the version tells, are one consumer.
    pub fn meet(&mut self, consumers: &[Release]) {
        if !self.goes_by_consumers() {
            return;
        }
        let mut by_symbol: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for consumer in consumers {
            let project = consumer.name.split(' ').next().unwrap_or_default();
            for import in consumer.libraries.iter().flat_map(|library| &library.imports) {
                by_symbol.entry(&import.name).or_default().insert(project);
            }
        }
        for members in self.tiers.iter_mut().map(|tier| &mut tier.members) {
            let Some(least) = members.imported_by else { continue };
            let known = by_symbol.iter().filter(|(_, projects)| projects.len() >= least as usize);
            let names: Vec<String> = known.map(|(name, _)| (*name).to_owned()).collect();
            self.texts.push(names.join("\n"));
            members.imports.extend(names);
        }
    }

    /// Names of members and enumerators that promise something by convention.
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    /// Line of a waiver.
    pub(super) fn line_of_waiver(&self, number: usize) -> usize {
        Place::root("waivers").at(number).find(&self.file.text).0
    }

    /// Line of a required symbol.
    pub(super) fn line_of_required(&self, number: usize) -> usize {
        Place::root("required").at(number).find(&self.file.text).0
    }

    /// Line and text of a pattern of a tier.
    pub(super) fn pattern_of_tier(&self, tier: usize, key: &str, at: usize) -> (usize, &str) {
        let line = Place::root("tiers").at(tier).key(key).at(at).find(&self.file.text).0;
        let entry = self.file.entries.tiers.get(tier);
        let lists = entry.map(lists_of).into_iter().flatten();
        let text = lists.filter(|list| list.0 == key).find_map(|list| list.1.0.get(at));
        (line, text.map_or("", String::as_str))
    }

    /// The tier of that name, as it is in comparisons of that kind.
    pub fn tier(&self, name: &str, profile: super::Profile) -> Option<super::Tier> {
        let at = self.tiers.iter().position(|tier| tier.name == name)?;
        Some(self.tiers[at].tier(at, profile))
    }

    /// Whether a tier is of what inline functions of the headers call.
    pub(super) fn is_emitted(&self, tier: &super::Tier) -> bool {
        self.tiers.iter().any(|rule| rule.members.emitted && rule.name == tier.name())
    }

    /// Everything that it was read from: the file, and those that it refers to.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.file.text.as_str()).chain(self.texts.iter().map(String::as_str))
    }

    /// What it has, in one line.
    pub fn summary(&self) -> String {
        let count = |n: usize, what: &str| match n {
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        let parts = [
            (self.file.entries.tiers.len(), "tier"),
            (self.required.len(), "required symbol"),
            (self.forbidden.len(), "forbidden export"),
            (self.budgets.len(), "budget"),
            (self.waivers.len(), "waiver"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|part| part.0 > 0).map(|part| count(part.0, part.1)).collect();
        if told.is_empty() { "no policy: the built-in one counts".to_owned() } else { told.join(", ") }
    }

    /// A mistake about a waiver.
    pub(super) fn wrong_waiver(&self, number: usize, what: String) -> ConfigError {
        Place::root("waivers").at(number).wrong(what).locate(&self.file.text)
    }

    /// Whether there is anything to place but by the built-in tiers.
    pub(super) fn places_anything(&self) -> bool {
        self.tiers.len() > BUILT_IN.len()
            || self.tiers.iter().zip(BUILT_IN).any(|(tier, name)| tier.name != name || tier.has_members)
    }

    /// Whether it is another one than the default.
    pub(super) fn says_anything(&self) -> bool {
        self.is_told
    }

    /// Position of a built-in tier.
    pub(super) fn built_in(&self, name: &str) -> usize {
        self.tiers.iter().position(|tier| tier.name == name).unwrap_or(0)
    }
}

/// The rule of that id.
pub(super) fn rule(id: &str, place: &Place) -> Result<Rule, Wrong> {
    Rule::from_id(id).ok_or_else(|| {
        let known: Vec<&str> = CATALOGUE.iter().map(|entry| entry.rule.id()).collect();
        let hint = match nearest(id, &known) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`abigate explain` lists them".to_owned(),
        };
        place.wrong(format!("there is no rule {id:?}; {hint}"))
    })
}

fn compile(file: &File, read: &Reader<'_>) -> Result<Policy, Wrong> {
    let entries = &file.entries;
    let mut policy = Policy { file: file.clone(), ..Policy::default() };
    policy.is_told = entries.speaks_of_promises();
    policy.tiers = tiers(&entries.tiers, read)?;
    policy.require = requirements(&entries.require)?;
    policy.required = list(&entries.required, &Place::root("required"), SymbolPattern::parse)?;
    let floor = |text: &String| {
        let what = "is no system: a distribution (Debian 12), a manylinux tag (manylinux_2_28) or a version of glibc (GLIBC_2.28)";
        Promise::named(text).ok_or_else(|| Place::root("floor").wrong(format!("{text:?} {what}")))
    };
    policy.floor = entries.floor.as_ref().map(floor).transpose()?;
    policy.forbidden = list(&entries.forbidden, &Place::root("forbidden"), SymbolPattern::parse)?;
    for (at, forbidden) in entries.forbidden.0.iter().enumerate() {
        if entries.required.0.contains(forbidden) {
            let what = format!("{forbidden} is required and forbidden");
            return Err(Place::root("forbidden").at(at).wrong(what));
        }
    }
    if let Some(reserved) = &entries.reserved {
        policy.patterns.reserved = list(reserved, &Place::root("reserved"), Glob::parse)?;
    }
    if let Some(sentinels) = &entries.sentinels {
        policy.patterns.sentinels = list(sentinels, &Place::root("sentinels"), Glob::parse)?;
    }
    policy.patterns.claims = claims(entries)?;
    let budgets = Place::root("budgets");
    let read_budget = |(at, entry)| Budget::read(entry, &budgets.at(at));
    policy.budgets = entries.budgets.iter().enumerate().map(read_budget).collect::<Result<_, _>>()?;
    let place = Place::root("waivers");
    let mut seen = HashMap::new();
    for (at, entry) in entries.waivers.iter().enumerate() {
        let key = (&entry.rule, &entry.name.0, &entry.library, &entry.old, &entry.new);
        if let Some(first) = seen.insert(key, at) {
            return Err(place.at(at).wrong(format!("accepts the same as waiver {}", first + 1)));
        }
        policy.waivers.push(Waiver::read(entry, &place.at(at))?);
    }
    Ok(policy)
}

/// Whose things are: what the file says outright, and then what a tier names, which nobody does with what is not theirs.
fn claims(entries: &Entries) -> Result<Claims, Wrong> {
    let mut claims = Claims::default();
    // Names of files are told from names of things by how they end.
    let is_file = |text: &str| [".so", ".dylib", ".dll"].iter().any(|end| text.contains(end));
    for (key, texts, whose) in
        [("own", &entries.own, Whose::Own), ("third-party", &entries.third_party, Whose::ThirdParty)]
    {
        for (at, text) in texts.0.iter().enumerate() {
            let place = Place::root(key).at(at);
            if texts.0[..at].contains(text) {
                return Err(place.wrong(format!("{text} is there twice")));
            }
            if whose == Whose::ThirdParty && entries.own.0.contains(text) {
                return Err(place.wrong(format!("{text} is own and third-party")));
            }
            let added = match is_file(text) {
                true => claims.add_library(text, whose),
                false => claims.add_name(text, whose),
            };
            added.map_err(|bad| place.wrong(bad.0))?;
        }
    }
    let others = [tier::THIRD_PARTY, tier::TOOLCHAIN];
    for (number, entry) in entries.tiers.iter().enumerate().filter(|(_, e)| !others.contains(&&*e.name)) {
        let names = entry.names.0.iter().chain(&entry.c_names.0).map(String::as_str);
        let libraries = entry.libraries.0.iter().map(String::as_str);
        let except = entry.except.0.iter().map(String::as_str);
        let added = claims.add_part(names, libraries, except);
        added.map_err(|bad| Place::root("tiers").at(number).wrong(bad.0))?;
    }
    Ok(claims)
}

/// Patterns of a list, none of them twice.
fn list<T>(
    texts: &Strings,
    place: &Place,
    parse: impl Fn(&str) -> Result<T, BadPattern>,
) -> Result<Vec<T>, Wrong> {
    let read = |(at, text): (usize, &String)| {
        if texts.0[..at].contains(text) {
            return Err(place.at(at).wrong(format!("{text} is there twice")));
        }
        parse(text).map_err(|bad| place.at(at).wrong(bad.0))
    };
    texts.0.iter().enumerate().map(read).collect()
}

fn requirements(entry: &ListOrMap) -> Result<Vec<Requirement>, Wrong> {
    let place = Place::root("require");
    let mut list_of = Vec::new();
    match entry {
        ListOrMap::List(words) => {
            for (at, word) in words.0.iter().enumerate() {
                list_of.push((Needed::parse(word, &place.at(at))?, Vec::new(), place.at(at)));
            }
        }
        ListOrMap::Map(entries) => {
            for (number, (word, libraries)) in entries.iter().enumerate() {
                let at = place.key_at(number);
                list_of.push((
                    Needed::parse(word, &at)?,
                    list(libraries, &place.key(word), Glob::parse)?,
                    at,
                ));
            }
        }
    }
    let mut requirements: Vec<Requirement> = Vec::new();
    for (needed, libraries, at) in list_of {
        if requirements.iter().any(|requirement| requirement.needed == needed) {
            return Err(at.wrong(format!("{needed} is there twice")));
        }
        requirements.push(Requirement { needed, libraries });
    }
    Ok(requirements)
}

/// The tiers in order, and after them the built-in ones that are not among them.
fn tiers(entries: &[TierEntry], read: &Reader<'_>) -> Result<Vec<TierRule>, Wrong> {
    let mut tiers: Vec<TierRule> = Vec::new();
    // Where each pattern was seen first: a second tier would never get what it names.
    let mut seen: HashMap<(&str, &str), &str> = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        let place = Place::root("tiers").at(number);
        let lists = lists_of(entry);
        for (key, texts) in lists.iter().filter(|list| list.0 != "except") {
            for (at, text) in texts.0.iter().enumerate() {
                match seen.insert((key, text), &entry.name) {
                    Some(first) if *first != entry.name => {
                        let what = format!("{text} is in tier {first} already, and the first counts");
                        return Err(place.key(key).at(at).wrong(what));
                    }
                    _ => {}
                }
            }
        }
        if tiers.iter().any(|tier| tier.name == entry.name) {
            return Err(place.key("name").wrong(format!("tier {} is there twice", entry.name)));
        }
        tiers.push(tier(entry, &place, read)?);
    }
    let missing = BUILT_IN.into_iter().filter(|name| !entries.iter().any(|entry| entry.name == *name));
    tiers.extend(missing.map(TierRule::built_in));
    Ok(tiers)
}

/// Keys of a tier that say what belongs to it.
fn lists_of(entry: &TierEntry) -> [(&'static str, &Strings); 8] {
    [
        ("names", &entry.names),
        ("c-names", &entry.c_names),
        ("headers", &entry.headers),
        ("libraries", &entry.libraries),
        ("versions", &entry.versions),
        ("listed", &entry.listed),
        ("imports", &entry.imports),
        ("except", &entry.except),
    ]
}

fn tier(entry: &TierEntry, place: &Place, read: &Reader<'_>) -> Result<TierRule, Wrong> {
    let name = &entry.name;
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_word) {
        let what = format!("{name:?} is no name of a tier: small letters, digits and hyphens");
        return Err(place.key("name").wrong(what));
    }
    let has_members = entry.emitted
        || entry.imported_by.is_some()
        || lists_of(entry).iter().any(|(key, texts)| *key != "except" && !texts.0.is_empty());
    if !has_members && !BUILT_IN.contains(&&**name) {
        let what = format!(
            "nothing belongs to tier {name}: it needs names, c-names, headers, libraries, versions, listed, imports, imported-by or emitted"
        );
        return Err(place.wrong(what));
    }
    let mut rule = TierRule::built_in(name);
    rule.has_members = has_members;
    let members = &mut rule.members;
    members.names = list(&entry.names, &place.key("names"), NamePattern::parse)?;
    members.c_names = list(&entry.c_names, &place.key("c-names"), Glob::parse)?;
    members.headers = list(&entry.headers, &place.key("headers"), PathPattern::parse)?;
    members.libraries = list(&entry.libraries, &place.key("libraries"), Glob::parse)?;
    members.versions.extend(list(&entry.versions, &place.key("versions"), Glob::parse)?);
    members.emitted = entry.emitted;
    if entry.imported_by == Some(0) {
        return Err(place
            .key("imported-by")
            .wrong("everything is imported by at least 0 consumers".to_owned()));
    }
    members.imported_by = entry.imported_by;
    members.except = list(&entry.except, &place.key("except"), SymbolPattern::parse)?;
    for (at, path) in entry.listed.0.iter().enumerate() {
        let place = place.key("listed").at(at);
        let bad = |(line, what): BadLine| place.wrong(format!("{path}:{line}: {what}"));
        members.listed.add(path, &text_of(path, &place, read)?).map_err(bad)?;
    }
    for (at, path) in entry.imports.0.iter().enumerate() {
        let text = text_of(path, &place.key("imports").at(at), read)?;
        members.imports.extend(lists::imports(&text).map(str::to_owned));
    }
    // A project's own tier of that name is as severe as it says.
    rule.levels = Levels::based_on(tier::base(name).filter(|_| *name != tier::INTERNAL));
    rule.levels.read(&entry.severity, &place.key("severity"))?;
    rule.unregistered = unregistered(entry, place)?;
    rule.is_never_waived = never_waived(entry, &rule.levels, place)?;
    Ok(rule)
}

fn text_of(path: &str, place: &Place, read: &Reader<'_>) -> Result<String, Wrong> {
    read(path).map_err(|error| place.wrong(format!("{path}: {error}")))
}

/// `additions: registered`, and what it means for those that are not.
fn unregistered(entry: &TierEntry, place: &Place) -> Result<Option<Level>, Wrong> {
    match (entry.additions.as_deref(), &entry.unregistered) {
        (None | Some("free"), None) => Ok(None),
        (None | Some("free"), Some(_)) => {
            Err(place.key("unregistered").wrong("says something only with additions: registered"))
        }
        (Some("registered"), _) if entry.listed.0.is_empty() => {
            Err(place.key("additions").wrong("registered where? the tier has no key listed"))
        }
        (Some("registered"), None) => Ok(Some(Level::Breaking)),
        (Some("registered"), Some(word)) => Level::parse(word, &place.key("unregistered")).map(Some),
        (Some(other), _) => {
            let hint = hint(other, &["registered", "free"]);
            Err(place.key("additions").wrong(format!("unknown word {other:?}; {hint}")))
        }
    }
}

/// `waivers: never`.
fn never_waived(entry: &TierEntry, levels: &Levels, place: &Place) -> Result<bool, Wrong> {
    match entry.waivers.as_deref() {
        None | Some("allowed") => Ok(false),
        Some("never") => {
            let can_stop = |profile| levels.can_stop(profile);
            if super::Profile::ALL.into_iter().any(can_stop) {
                Ok(true)
            } else {
                let what = "nothing in this tier stops anybody: there is nothing to waive";
                Err(place.key("waivers").wrong(what))
            }
        }
        Some(other) => {
            let hint = hint(other, &["never", "allowed"]);
            Err(place.key("waivers").wrong(format!("unknown word {other:?}; {hint}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> io::Result<String> {
        match path {
            "shims.txt" => Ok("torch_get: V1\n".to_owned()),
            "bad.txt" => Ok("fine\nnot fine\n".to_owned()),
            _ => Err(io::Error::other("no such file")),
        }
    }

    fn policy(text: &str) -> Result<Policy, ConfigError> {
        Policy::new(&File::parse(text).expect("readable"), &read)
    }

    #[track_caller]
    fn wrong(text: &str, wanted: &str) {
        let error = policy(text).expect_err(text).to_string();
        assert_eq!(error, wanted);
    }

    #[test]
    fn without_a_word_it_is_the_default() {
        let policy = policy("store: x\n").unwrap();
        assert!(!policy.places_anything());
        assert_eq!(policy.tiers.iter().map(|t| &*t.name).collect::<Vec<_>>(), BUILT_IN);
    }

    #[test]
    fn built_in_tiers_keep_their_place_when_they_are_listed() {
        let policy = policy("tiers:\n- name: toolchain\n  severity: risky\n- {name: x, names: a}\n").unwrap();
        let names: Vec<&str> = policy.tiers.iter().map(|t| &*t.name).collect();
        assert_eq!(names, ["toolchain", "x", "public", "third-party", "internal"]);
        assert!(policy.places_anything());
    }

    #[test]
    fn mistakes_have_a_place() {
        wrong(
            "floor: Debain 12\n",
            "1:8: \"Debain 12\" is no system: a distribution (Debian 12), a manylinux tag (manylinux_2_28) or a version of glibc (GLIBC_2.28)",
        );
        wrong("tiers:\n  - name: a\n    names: [b, 'c<']\n", "3:16: unbalanced < in \"c<\"");
        wrong("tiers:\n  - name: a\n    names: 'c<'\n", "3:12: unbalanced < in \"c<\"");
        wrong(
            "tiers:\n  - {name: a, names: x}\n  - {name: b, names: x}\n",
            "3:22: x is in tier a already, and the first counts",
        );
        wrong("tiers:\n  - {name: a, names: [x, x]}\n", "2:26: x is there twice");
        wrong("tiers:\n  - {name: a, names: x}\n  - {name: a, names: y}\n", "3:12: tier a is there twice");
        wrong(
            "tiers:\n  - name: a\n",
            "2:5: nothing belongs to tier a: it needs names, c-names, headers, libraries, versions, listed, imports, imported-by or emitted",
        );
        wrong(
            "tiers:\n  - {name: A, names: x}\n",
            "2:12: \"A\" is no name of a tier: small letters, digits and hyphens",
        );
        wrong("tiers:\n  - {name: a, listed: none.txt}\n", "2:23: none.txt: no such file");
        wrong(
            "tiers:\n  - {name: a, listed: [shims.txt, bad.txt]}\n",
            "2:35: bad.txt:2: one name a line is expected, not \"not fine\"",
        );
        wrong(
            "tiers:\n  - name: a\n    names: x\n    severity:\n      symbol-remved: note\n",
            "5:7: there is no rule or family \"symbol-remved\"; did you mean symbol-removed?",
        );
        wrong(
            "tiers:\n  - name: a\n    names: x\n    severity: {all: note, patch: {all: brekaing}}\n",
            "4:40: unknown severity \"brekaing\"; did you mean breaking?",
        );
    }

    #[test]
    fn contradictions() {
        wrong("forbidden: [a]\nrequired: [b, a]\n", "1:13: a is required and forbidden");
        wrong(
            "tiers:\n  - {name: a, names: x, severity: note, waivers: never}\n",
            "2:50: nothing in this tier stops anybody: there is nothing to waive",
        );
        wrong(
            "tiers:\n  - {name: a, names: x, additions: registered}\n",
            "2:36: registered where? the tier has no key listed",
        );
        wrong(
            "tiers:\n  - {name: a, names: x, unregistered: risky}\n",
            "2:39: says something only with additions: registered",
        );
        wrong(
            "waivers:\n  - {rule: symbol-removed, name: a, reason: x}\n  - {rule: symbol-removed, name: a, reason: y}\n",
            "3:5: accepts the same as waiver 1",
        );
        wrong("require: [types, types]\n", "1:18: types is there twice");
    }

    #[test]
    fn waivers_say_what_why_and_how_long() {
        wrong(
            "waivers:\n  - {rule: symbol-gone, reason: x}\n",
            "2:12: there is no rule \"symbol-gone\"; did you mean symbol-moved?",
        );
        wrong("waivers:\n  - {rule: symbol-removed, reason: ' '}\n", "2:36: a waiver needs a reason");
        wrong(
            "waivers:\n  - rule: symbol-removed\n    reason: x\n    until: soon\n",
            "4:12: \"soon\" is neither a day such as 2027-01-31 nor a release such as v2.16",
        );
        wrong(
            "waivers:\n  - {rule: symbol-removed, reason: x, old: 12}\n",
            "2:44: a fingerprint has 16 hexadecimal digits (older versions wrote 12); --write-waivers writes it",
        );
    }

    #[test]
    fn patterns_of_members_and_enumerators() {
        let policy = policy("reserved: ['hole*']\n").unwrap();
        assert!(policy.patterns().is_reserved("hole1") && !policy.patterns().is_reserved("reserved"));
        assert!(policy.patterns().is_sentinel("COUNT"));
        wrong("sentinels: ['[']\n", "1:13: unbalanced [ in \"[\" (\\[ is the character)");
    }

    #[test]
    fn requirements_by_library_or_not() {
        let policy = policy("require: {types: [liba.so, 'libb*'], vtables: }\n").unwrap();
        assert_eq!(policy.require.len(), 2);
        assert_eq!((policy.require[0].libraries.len(), policy.require[1].libraries.len()), (2, 0));
        wrong("require: tipes\n", "1:10: unknown evidence \"tipes\"; did you mean types?");
    }
}
