//! Waivers: recorded decisions to accept a finding, with a reason and an end.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::config_error::{Place, Wrong};
use super::date::{Date, Until};
use super::file::WaiverEntry;
use super::named::{Named, SymbolPattern};
use crate::abi::unversioned;
use crate::diff::{Change, LayoutRow, SubjectKind};
use crate::patterns::Glob;
use crate::rules::Rule;
use crate::spelling;

/// A decision to accept findings of one rule.
#[derive(Clone, Debug)]
pub(super) struct Waiver {
    rule: Rule,
    /// None: whatever it is about.
    names: Vec<Name>,
    library: Option<Glob>,
    /// Fingerprints of how it was and how it is, for a decision about this very change.
    old: Option<String>,
    new: Option<String>,
    until: Option<Until>,
    pub(super) told: Waived,
}

/// What a waiver is about: a pattern, or a name as reports print it, which may have parameters.
#[derive(Clone, Debug)]
struct Name {
    pattern: Option<SymbolPattern>,
    /// In canonical spelling.
    printed: String,
}

impl Name {
    fn parse(text: &str) -> Result<Name, String> {
        if text.contains('\u{2026}') {
            return Err("a name that was shortened (…) may be several: --full prints whole ones".to_owned());
        }
        let printed = spelling::canonical(text).into_owned();
        match SymbolPattern::parse(text) {
            Ok(pattern) => Ok(Name { pattern: Some(pattern), printed }),
            // No pattern has parameters; what is printed of a function has.
            Err(_) if is_printed(text) => Ok(Name { pattern: None, printed }),
            Err(bad) => Err(bad.0),
        }
    }

    fn matches(&self, named: &Named<'_>) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.matches(named))
            || named.is_printed_as(&self.printed)
    }

    fn as_str(&self) -> &str {
        self.pattern.as_ref().map_or(&self.printed, SymbolPattern::as_str)
    }
}

/// Whether it is the name of a function as it is printed: with parameters, in which a star is a pointer.
fn is_printed(text: &str) -> bool {
    let Some((name, rest)) = text.split_once('(') else { return false };
    rest.contains(')') && !name.contains('*')
}

/// What reports say about a waiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// Why the finding is accepted.
    pub reason: String,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where it is discussed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// The last day, or the release that ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The new SONAME that declares the break: nobody had to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
}

impl Waived {
    /// By the new SONAME of the library.
    pub(super) fn by_soname(soname: String) -> Waived {
        let reason = "a break that the new SONAME declares".to_owned();
        Waived { reason, by: None, issue: None, until: None, declared: Some(soname) }
    }
}

impl Waiver {
    pub(super) fn read(entry: &WaiverEntry, place: &Place) -> Result<Waiver, Wrong> {
        let rule = super::compile::rule(&entry.rule, &place.key("rule"))?;
        let pattern = |(at, text): (usize, &String)| {
            Name::parse(text).map_err(|bad| place.key("name").at(at).wrong(bad))
        };
        let names = entry.name.0.iter().enumerate().map(pattern).collect::<Result<_, _>>()?;
        let library = entry.library.as_deref().map(Glob::parse).transpose();
        let library = library.map_err(|bad| place.key("library").wrong(bad.0))?;
        for (key, print) in [("old", &entry.old), ("new", &entry.new)] {
            let is_print =
                |text: &String| text.len() == FINGERPRINT && text.bytes().all(|b| b.is_ascii_hexdigit());
            if print.as_ref().is_some_and(|text| !is_print(text)) {
                return Err(place.key(key).wrong(
                    "a fingerprint has 16 hexadecimal digits (older versions wrote 12); --write-waivers writes it",
                ));
            }
        }
        if entry.reason.trim().is_empty() {
            return Err(place.key("reason").wrong("a waiver needs a reason"));
        }
        let end = |text: &String| {
            let what = format!("{text:?} is neither a day such as 2027-01-31 nor a release such as v2.16");
            Until::parse(text).ok_or_else(|| place.key("until").wrong(what))
        };
        let until = entry.until.as_ref().map(end).transpose()?;
        let told = Waived {
            reason: entry.reason.clone(),
            by: entry.by.clone(),
            issue: entry.issue.clone(),
            until: entry.until.clone(),
            declared: None,
        };
        Ok(Waiver { rule, names, library, old: entry.old.clone(), new: entry.new.clone(), until, told })
    }

    /// Whether it has come to its end.
    pub(super) fn is_over(&self, today: Date, old: &str) -> bool {
        self.until.as_ref().is_some_and(|until| until.is_over(today, old))
    }

    /// Whether it speaks of a change of that rule to something in that library. Fingerprints are another question:
    /// [`Waiver::is_of`].
    pub(super) fn speaks_of(&self, rule: Rule, named: &Named<'_>, library: Option<&str>) -> bool {
        let in_library = |glob: &Glob| library.is_some_and(|library| glob.matches(library));
        rule == self.rule
            && self.library.as_ref().is_none_or(in_library)
            && (self.names.is_empty() || self.names.iter().any(|name| name.matches(named)))
    }

    /// Whether it is about this very change, as far as it says.
    pub(super) fn is_of(&self, change: &Change) -> bool {
        let is = |wanted: &Option<String>, actual: fn(&Change) -> String| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&actual(change)))
        };
        is(&self.old, old_fingerprint) && is(&self.new, new_fingerprint)
    }

    /// What it accepts, in a few words.
    pub(super) fn summary(&self) -> String {
        let mut text = self.rule.id().to_owned();
        if let Some(first) = self.names.first() {
            text += &format!(" {}", first.as_str());
        }
        if self.names.len() > 1 {
            text += &format!(" and {} more", self.names.len() - 1);
        }
        if let Some(library) = &self.library {
            text += &format!(" in {}", library.as_str());
        }
        text
    }

    pub(super) fn until(&self) -> Option<&Until> {
        self.until.as_ref()
    }
}

/// Hexadecimal digits of a fingerprint.
const FINGERPRINT: usize = 16;

/// What the subject of a change was: a waiver that carries it does not accept a change of something else. Made of data
/// alone, so that it outlives the words that reports find for it.
pub(super) fn old_fingerprint(change: &Change) -> String {
    let symbols: Vec<&str> = change.members.iter().map(|member| &*member.symbol).collect();
    fingerprint(change, "old", &(change.detail.old_side(), symbols, layout(change, |r| r.old)))
}

/// What it became: a waiver that carries it does not accept a further change.
pub(super) fn new_fingerprint(change: &Change) -> String {
    let symbols: Vec<&str> = change.members.iter().filter_map(|m| m.replaced_by.as_deref()).collect();
    fingerprint(change, "new", &(change.detail.new_side(), symbols, layout(change, |r| r.new)))
}

/// What a change was and what it became, in one: who accepted the one accepts no other.
pub(super) fn whole_fingerprint(change: &Change) -> String {
    let text = format!("{} {} {}", change.rule, old_fingerprint(change), new_fingerprint(change));
    let hash = Sha256::digest(text.as_bytes());
    crate::hex::hex(&hash[..FINGERPRINT / 2])
}

/// The rows of a layout that one side has, with their places.
fn layout(change: &Change, side: fn(&LayoutRow) -> Option<Option<u64>>) -> Vec<(&str, Option<u64>)> {
    let rows = change.layout.iter().flat_map(|layout| &layout.rows);
    rows.filter_map(|row| Some((&*row.text, side(row)?))).collect()
}

/// A fingerprint of a change under its rule and about its subject, as far as `facts` say. A release is called otherwise each
/// time, and groups of symbols are told apart by the symbols.
fn fingerprint(change: &Change, side: &str, facts: &impl Serialize) -> String {
    let subject = &change.subject;
    let name = match subject.kind {
        SubjectKind::Release | SubjectKind::Symbols => "",
        _ => subject.symbol.as_deref().map_or(&*subject.name, unversioned),
    };
    // Plain data always serializes.
    let key = (side, change.rule, subject.kind, name, subject.library.as_deref(), facts);
    let text = serde_json::to_string(&key).unwrap_or_default();
    let hash = Sha256::digest(text.as_bytes());
    crate::hex::hex(&hash[..FINGERPRINT / 2])
}
