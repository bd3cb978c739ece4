//! The catalogue of rules: what abigate can say, as data.
//!
//! Every finding carries the id of one rule. [`catalogue`] holds the table; this file gives it types; [`acc_kinds`] says
//! what the kinds of another tool are here. Ids are stable for ever: a rule may be split when that helps a user decide,
//! and none is dropped or merged away.

pub mod acc_kinds;
mod catalogue;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use catalogue::{CATALOGUE, Rule, pages};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Compatible,
    /// Old binaries go on working, old sources may not compile.
    Source,
    /// Depends on how it was used, or only breaks derived classes, `dlopen` or old systems.
    Risky,
    /// Some program built against the old release stops loading, crashes or computes wrong values.
    Breaking,
    /// What the old release was known to promise can no longer be checked.
    CannotCertify,
}

impl Severity {
    /// The word used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Compatible => "compatible",
            Severity::Source => "source",
            Severity::Risky => "risky",
            Severity::Breaking => "breaking",
            Severity::CannotCertify => "cannot-certify",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a rule has to know about both releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Headers, dynamic section and notes of the file.
    Header,
    /// The dynamic symbol table.
    Dynsym,
    /// Vtables and typeinfo in the image.
    Rtti,
    /// Debug info.
    Dwarf,
    /// The public headers, compiled into a probe.
    Headers,
    /// The files of the repository.
    Repository,
}

impl Evidence {
    /// What it is, for the page of a rule.
    fn sentence(self) -> &'static str {
        match self {
            Evidence::Header => "The ELF headers and the dynamic section of the file.",
            Evidence::Dynsym => "The dynamic symbol table.",
            Evidence::Rtti => "Vtables and typeinfos in the file.",
            Evidence::Dwarf => "Debug info, in the file or beside it, or the public headers.",
            Evidence::Headers => "The public headers.",
            Evidence::Repository => "The files of the repository.",
        }
    }
}

/// Which part of the catalogue a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// What is known at all.
    Evidence,
    /// The shared object as a whole.
    Library,
    /// Exported symbols.
    Symbols,
    /// Virtual tables and type information.
    Vtables,
    /// Classes, unions, enums, typedefs and constants.
    Types,
    /// The files that the gate goes by.
    Gate,
}

impl Family {
    /// What a list of its rules stands under.
    pub fn heading(self) -> &'static str {
        match self {
            Family::Evidence => "Evidence",
            Family::Library => "Library",
            Family::Symbols => "Symbols",
            Family::Vtables => "Vtables and type information",
            Family::Types => "Types and constants",
            Family::Gate => "The gate's own files",
        }
    }
}

/// One rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// The rule.
    #[serde(rename = "id")]
    pub rule: Rule,
    /// Part of the catalogue.
    pub family: Family,
    /// Severity of a fully exposed entity; less exposure lowers it.
    pub severity: Severity,
    /// What has to be known on both sides.
    pub evidence: Evidence,
    /// A few words.
    pub title: &'static str,
    /// What makes it fire.
    pub trigger: &'static str,
    /// What happens to a program that was built against the old release.
    pub effect: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
    /// Version of abigate that introduced it.
    pub since: &'static str,
    /// Its page in Markdown: the columns above, and the smallest example with what an old program does.
    #[serde(skip)]
    pub page: &'static str,
}

/// What stands around the example of a rule's page, which `ci/rule-pages` writes.
pub const EXAMPLE: [&str; 2] = ["<!-- example: written by ci/rule-pages -->\n", "<!-- end of example -->\n"];

impl Entry {
    /// The page as this row and an example make it.
    #[must_use]
    pub fn page_with(&self, example: &str) -> String {
        let Entry { rule, severity, title, trigger, effect, remedy, since, .. } = self;
        let [title, trigger, effect, remedy] = [title, trigger, effect, remedy].map(|text| escaped(text));
        let [begin, end] = EXAMPLE;
        let needs = self.evidence.sentence();
        format!(
            "# {rule}: {title}\n\nSeverity at most **{severity}**, since {since}. Family: {}.\n\n\
             ## When\n\n{trigger}\n\n## What happens to programs built against the old release\n\n{effect}\n\n\
             ## How to fix it\n\n{remedy}\n\n{begin}{example}{end}\n\
             ## Evidence needed on both sides\n\n{needs}\n",
            self.family.heading()
        )
    }
}

/// Text in Markdown of which nothing is a mark.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "[]<>*_`\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl Rule {
    /// The rule's row in the catalogue.
    pub fn entry(self) -> &'static Entry {
        &CATALOGUE[self as usize]
    }

    /// Severity of a fully exposed entity.
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// The rule of that id.
    pub fn from_id(id: &str) -> Option<Rule> {
        CATALOGUE.iter().map(|e| e.rule).find(|r| r.id() == id)
    }
}

/// Address of the page about a rule in the book: what reports link to. The book is where the package says that its home is.
pub fn page_url(rule: Rule) -> String {
    format!("{}/rules/{}.html", env!("CARGO_PKG_HOMEPAGE"), rule.id())
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Rule, D::Error> {
        let id = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Rule::from_id(&id).ok_or_else(|| serde::de::Error::custom(format!("{id:?} is no rule")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_rules() {
        for (i, entry) in CATALOGUE.iter().enumerate() {
            assert_eq!(entry.rule as usize, i, "{}", entry.rule);
            assert_eq!(Rule::from_id(entry.rule.id()), Some(entry.rule));
        }
    }

    /// `UPDATE_GOLDEN=1` writes the pages anew, but for their examples.
    #[test]
    fn pages_and_catalogue_agree() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/rules");
        let [begin, end] = EXAMPLE;
        let mut wrong = Vec::new();
        for entry in CATALOGUE {
            let after = entry.page.split_once(begin).map_or("", |(_, rest)| rest);
            let example = after.split_once(end).map_or("", |(example, _)| example);
            let expected = entry.page_with(example);
            if entry.page != expected {
                wrong.push(entry.rule.id());
                if std::env::var_os("UPDATE_GOLDEN").is_some() {
                    let place = folder.join(format!("{}.md", entry.rule));
                    std::fs::write(place, expected).expect("writable");
                }
            }
        }
        assert!(
            wrong.is_empty() || std::env::var_os("UPDATE_GOLDEN").is_some(),
            "UPDATE_GOLDEN=1 cargo test --lib rules:: writes {wrong:?}; ci/rule-pages fills in their examples"
        );
    }

    /// Nobody is sent from one break into another: a virtual function at the end is no mend where programs derive.
    #[test]
    fn there_is_one_advice_for_virtual_functions() {
        for rule in [Rule::VirtualInserted, Rule::VirtualAppended] {
            let remedy = CATALOGUE[rule as usize].remedy;
            assert!(remedy.contains("only when nobody outside derives"), "{rule}: {remedy}");
            assert!(remedy.contains("new interface class"), "{rule}: {remedy}");
        }
    }

    #[test]
    fn every_rule_has_an_address() {
        let url = page_url(Rule::SymbolRemoved);
        assert!(url.starts_with("https://") && url.ends_with("/rules/symbol-removed.html"), "{url}");
    }

    #[test]
    fn every_row_says_something_in_every_column() {
        for entry in CATALOGUE {
            let texts = [entry.title, entry.trigger, entry.effect, entry.remedy, entry.since];
            assert!(texts.iter().all(|t| !t.is_empty() && !t.ends_with(' ')), "{}", entry.rule);
            let plain = |c: char| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit();
            assert!(entry.rule.id().chars().all(plain), "{}", entry.rule);
        }
    }
}
