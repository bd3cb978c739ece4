//! How much a change weighs in a tier.

use super::config_error::{Place, Wrong, hint};
use super::fields::WordOr;
use super::profile::Profile;
use crate::rules::{CATALOGUE, Family, Rule, Severity};

/// What a policy says about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Breaking,
    Risky,
    /// Told, and stops nobody.
    Note,
    /// Counted, and not told.
    Ignore,
}

const LEVELS: [(&str, Level); 4] = [
    ("breaking", Level::Breaking),
    ("risky", Level::Risky),
    ("note", Level::Note),
    ("ignore", Level::Ignore),
];

/// Families under the words of `abigate explain --format json`.
const FAMILIES: [(&str, Family); 6] = [
    ("evidence", Family::Evidence),
    ("library", Family::Library),
    ("symbols", Family::Symbols),
    ("vtables", Family::Vtables),
    ("types", Family::Types),
    ("gate", Family::Gate),
];

impl Level {
    pub(super) fn parse(word: &str, place: &Place) -> Result<Level, Wrong> {
        let names = LEVELS.map(|level| level.0);
        let known = LEVELS.iter().find(|level| level.0 == word).map(|level| level.1);
        known.ok_or_else(|| place.wrong(format!("unknown severity {word:?}; {}", hint(word, &names))))
    }

    /// The severity of a change that the comparison judged to be `judged`; none when it is ignored. `named`: the policy
    /// speaks of this very rule.
    ///
    /// A word for many rules speaks of what counts: it makes no addition a break, and what cannot be certified no finding.
    /// What does no harm where it stands (an opaque type, a thunk that nobody calls) is not made worse by a word for its rule.
    pub(super) fn weigh(self, rule: Rule, judged: Severity, named: bool) -> Option<Severity> {
        // A word for everything speaks of libraries; the files that a gate goes by are spoken of by name.
        if rule.entry().family == Family::Gate && !named {
            return Some(judged);
        }
        let severity = match self {
            Level::Ignore => return None,
            Level::Note => return Some(Severity::Compatible),
            Level::Risky => Severity::Risky,
            Level::Breaking => Severity::Breaking,
        };
        let is_harmless =
            judged == Severity::Compatible && (!named || rule.severity() > Severity::Compatible);
        let is_unknown = judged == Severity::CannotCertify && !named;
        Some(if is_harmless || is_unknown { judged } else { severity })
    }
}

/// What an entry speaks of, the more special the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    All,
    Family,
    Rule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selector {
    All,
    Family(Family),
    Rule(Rule),
}

impl Selector {
    fn parse(word: &str, place: &Place, more: &[&str]) -> Result<Selector, Wrong> {
        if word == "all" {
            return Ok(Selector::All);
        }
        if let Some((_, family)) = FAMILIES.iter().find(|family| family.0 == word) {
            return Ok(Selector::Family(*family));
        }
        if let Some(rule) = Rule::from_id(word) {
            return Ok(Selector::Rule(rule));
        }
        let mut known: Vec<&str> = CATALOGUE.iter().map(|entry| entry.rule.id()).collect();
        known.extend(FAMILIES.iter().map(|family| family.0).chain(["all"]).chain(more.iter().copied()));
        let hint = match super::config_error::nearest(word, &known) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`abigate explain` lists the rules".to_owned(),
        };
        Err(place.wrong(format!("there is no rule or family {word:?}; {hint}")))
    }

    fn scope(self, rule: Rule) -> Option<Scope> {
        match self {
            Selector::All => Some(Scope::All),
            Selector::Family(family) => (rule.entry().family == family).then_some(Scope::Family),
            Selector::Rule(named) => (rule == named).then_some(Scope::Rule),
        }
    }
}

/// What a tier says about severities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Levels {
    /// What counts where no entry fits; none: the judgement of the comparison.
    base: Option<Level>,
    entries: Vec<(Option<Profile>, Selector, Level)>,
}

impl Levels {
    /// One level for everything that no entry speaks of.
    pub(super) fn based_on(base: Option<Level>) -> Levels {
        Levels { base, entries: Vec::new() }
    }

    /// Reads `severity:` of a tier; what it does not speak of stays as it is.
    pub(super) fn read(&mut self, entry: &WordOr<WordOr<String>>, place: &Place) -> Result<(), Wrong> {
        let entries = match entry {
            WordOr::Word(word) => return self.push(None, Selector::All, word, place, place),
            WordOr::Map(entries) => entries,
        };
        let profiles = Profile::ALL.map(Profile::name);
        for (number, (key, value)) in entries.iter().enumerate() {
            let (at_key, at_value) = (place.key_at(number), place.key(key));
            match (Profile::from_name(key), value) {
                (Some(profile), WordOr::Word(word)) => {
                    self.push(Some(profile), Selector::All, word, &at_key, &at_value)?;
                }
                (Some(profile), WordOr::Map(entries)) => {
                    for (number, (key, word)) in entries.iter().enumerate() {
                        let at_key = at_value.key_at(number);
                        let selector = Selector::parse(key, &at_key, &[])?;
                        self.push(Some(profile), selector, word, &at_key, &at_value.key(key))?;
                    }
                }
                (None, WordOr::Word(word)) => {
                    let selector = Selector::parse(key, &at_key, &profiles)?;
                    self.push(None, selector, word, &at_key, &at_value)?;
                }
                (None, WordOr::Map(_)) => {
                    Selector::parse(key, &at_key, &profiles)?;
                    return Err(at_value
                        .wrong(format!("{key} takes a severity; only profiles have rules of their own")));
                }
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        profile: Option<Profile>,
        selector: Selector,
        word: &str,
        at_key: &Place,
        at_value: &Place,
    ) -> Result<(), Wrong> {
        let level = Level::parse(word, at_value)?;
        if self.entries.iter().any(|entry| entry.0 == profile && entry.1 == selector) {
            return Err(at_key.wrong("the same rule and profile are there twice"));
        }
        self.entries.push((profile, selector, level));
        Ok(())
    }

    /// What is said about a rule, and whether it is said about this very rule. The more special entry counts: a rule
    /// before its family before all; of two alike, the one for this profile.
    pub(super) fn of(&self, rule: Rule, profile: Profile) -> Option<(Level, bool)> {
        let weighed = self.entries.iter().filter_map(|(of, selector, level)| {
            Some((selector.scope(rule)?, closeness(*of, profile)?, *level))
        });
        let best = weighed.max_by_key(|(scope, closeness, _)| (*scope, *closeness));
        let is_named = |scope: Scope| {
            // All rules of that family are about files that the gate goes by.
            let is_of_gate = scope == Scope::Family && rule.entry().family == Family::Gate;
            scope == Scope::Rule || is_of_gate
        };
        best.map(|(scope, _, level)| (level, is_named(scope))).or(self.base.map(|level| (level, false)))
    }

    /// Whether anything can stop somebody under that profile.
    pub(super) fn can_stop(&self, profile: Profile) -> bool {
        let stops = |level: Level| matches!(level, Level::Breaking | Level::Risky);
        CATALOGUE.iter().any(|entry| self.of(entry.rule, profile).is_none_or(|(level, _)| stops(level)))
    }
}

/// How closely an entry fits a profile; none: not at all. What holds between minor releases holds between major ones of which
/// nothing is said.
fn closeness(entry: Option<Profile>, profile: Profile) -> Option<u8> {
    match entry {
        None => Some(0),
        Some(Profile::Minor) if profile == Profile::Major => Some(1),
        Some(of) => (of == profile).then_some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Levels, Wrong> {
        let mut levels = Levels::based_on(None);
        levels.read(&serde_yaml::from_str(text).unwrap(), &Place::root("severity")).map(|()| levels)
    }

    #[test]
    fn the_more_special_entry_counts() {
        let levels = read(
            "all: note\nsymbols: risky\nsymbol-removed: breaking\n\
             patch: {all: breaking, weak-symbol-removed: risky}\nminor: ignore\n",
        )
        .unwrap();
        let level = |rule, profile| levels.of(rule, profile).unwrap().0;
        assert_eq!(level(Rule::SonameChanged, Profile::Trunk), Level::Note);
        assert_eq!(level(Rule::SymbolMoved, Profile::Trunk), Level::Risky);
        assert_eq!(level(Rule::SonameChanged, Profile::Patch), Level::Breaking);
        // A family is more special than a profile.
        assert_eq!(level(Rule::SymbolMoved, Profile::Patch), Level::Risky);
        assert_eq!(level(Rule::WeakSymbolRemoved, Profile::Patch), Level::Risky);
        assert_eq!(level(Rule::SymbolRemoved, Profile::Minor), Level::Breaking);
        assert_eq!(level(Rule::SonameChanged, Profile::Minor), Level::Ignore);
        // Major releases have the minor ones' entries until they have their own.
        assert_eq!(level(Rule::SonameChanged, Profile::Major), Level::Ignore);
        let own = read("{minor: ignore, major: risky}").unwrap();
        assert_eq!(own.of(Rule::SonameChanged, Profile::Major).unwrap().0, Level::Risky);
        assert!(levels.can_stop(Profile::Minor));
        assert!(!read("note").unwrap().can_stop(Profile::Patch));
        assert!(read("{symbols: note}").unwrap().can_stop(Profile::Patch));
    }

    #[test]
    fn a_word_for_many_rules_speaks_of_what_counts() {
        let weigh = |level: Level, judged, named| level.weigh(Rule::SymbolAdded, judged, named);
        assert_eq!(weigh(Level::Breaking, Severity::Compatible, false), Some(Severity::Compatible));
        assert_eq!(weigh(Level::Breaking, Severity::Compatible, true), Some(Severity::Breaking));
        assert_eq!(weigh(Level::Breaking, Severity::Risky, false), Some(Severity::Breaking));
        assert_eq!(weigh(Level::Risky, Severity::Breaking, false), Some(Severity::Risky));
        assert_eq!(weigh(Level::Risky, Severity::CannotCertify, false), Some(Severity::CannotCertify));
        assert_eq!(weigh(Level::Risky, Severity::CannotCertify, true), Some(Severity::Risky));
        assert_eq!(weigh(Level::Note, Severity::CannotCertify, false), Some(Severity::Compatible));
        assert_eq!(weigh(Level::Ignore, Severity::Breaking, true), None);
        // A break of what nobody can see stays harmless.
        let opaque = Level::Breaking.weigh(Rule::VirtualInserted, Severity::Compatible, true);
        assert_eq!(opaque, Some(Severity::Compatible));
    }

    #[test]
    fn mistakes() {
        let error = |text: &str| format!("{:?}", read(text).unwrap_err());
        assert!(error("symbol-remved: note").contains("did you mean symbol-removed?"));
        assert!(error("simbols: note").contains("did you mean symbols?"));
        assert!(error("pach: note").contains("did you mean patch?"));
        assert!(error("qqqqqqqqqq: note").contains("lists the rules"));
        assert!(error("all: braking").contains("did you mean breaking?"));
        assert!(error("{all: note, all: risky}").contains("there twice"));
        assert!(error("symbols: {all: note}").contains("only profiles"));
    }

    #[test]
    fn every_family_has_a_word() {
        for entry in CATALOGUE {
            assert!(FAMILIES.iter().any(|family| family.1 == entry.family), "{:?}", entry.family);
        }
        for (word, family) in FAMILIES {
            assert_eq!(serde_json::to_value(family).unwrap(), word);
        }
    }
}
