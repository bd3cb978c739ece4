//! `abigate.yaml` as it is written: keys and values, none of them looked into yet.
//!
//! `policy.schema.json` describes the same for editors; a test holds the two together.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::config_error::{ConfigError, Place, from_yaml};
use super::fields::{ListOrMap, Strings, WordOr};

/// The file. What its patterns, names and words mean is for [`super::Policy`] to find out.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub(super) entries: Entries,
    /// The text that it was read from, for the places of mistakes.
    pub(super) text: String,
}

impl File {
    /// Reads the text.
    ///
    /// # Errors
    /// The first thing that is no YAML, no key of the file, or no value for its key.
    pub fn parse(text: &str) -> Result<File, ConfigError> {
        too_deep(text)?;
        // A file with nothing but comments is an empty mapping to everybody who writes one.
        let is_empty = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        let entries = match is_empty {
            true => Entries::default(),
            false => serde_yaml::from_str(text).map_err(|error| from_yaml(&error, text))?,
        };
        Ok(File { entries, text: text.to_owned() })
    }

    /// Directory of baselines.
    pub fn store(&self) -> Option<&str> {
        self.entries.store.as_deref()
    }

    /// Platform to compare, where a release is stored for several.
    pub fn platform(&self) -> Option<&str> {
        self.entries.platform.as_deref()
    }

    /// How public headers are asked.
    pub fn headers(&self) -> Option<&Headers> {
        self.entries.headers.as_ref()
    }

    /// What it says to the gate.
    pub fn gate(&self) -> &Gate {
        &self.entries.gate
    }

    /// Programs and extensions that are asked what a release does to them, or lists of what they import.
    pub fn consumers(&self) -> &[String] {
        &self.entries.consumers.0
    }

    /// Paths of the lists that tiers name.
    pub fn lists(&self) -> Vec<&str> {
        let lists = self.entries.tiers.iter().map(|tier| tier.listed.0.iter().chain(&tier.imports.0));
        lists.flatten().map(String::as_str).collect()
    }

    /// A mistake about one of the consumers.
    pub fn wrong_consumer(&self, number: usize, what: String) -> ConfigError {
        Place::root("consumers").at(number).wrong(what).locate(&self.text)
    }

    /// Patterns of the libraries that are compared; none: all.
    pub fn libraries(&self) -> &[String] {
        &self.entries.libraries.0
    }

    /// Patterns of libraries that are left out.
    pub fn excluded(&self) -> &[String] {
        &self.entries.exclude.0
    }

    /// What `HEAD` means: files or directories.
    pub fn build(&self) -> &[String] {
        &self.entries.build.0
    }
}

/// Brackets that may be open at once, in text and comments too.
const DEEPEST: usize = 1000;

/// The YAML reader takes time that is quadratic in open braces. Nobody who writes a policy opens that many.
fn too_deep(text: &str) -> Result<(), ConfigError> {
    let mut depth = 0usize;
    for (line, content) in (1..).zip(text.lines()) {
        for (at, byte) in content.bytes().enumerate() {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                return Err(ConfigError { line, column: at + 1, what: "too many open brackets".to_owned() });
            }
        }
    }
    Ok(())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Entries {
    store: Option<String>,
    platform: Option<String>,
    build: Strings,
    libraries: Strings,
    exclude: Strings,
    #[serde(deserialize_with = "headers")]
    headers: Option<Headers>,
    consumers: Strings,
    gate: Gate,
    pub(super) require: ListOrMap,
    pub(super) tiers: Vec<TierEntry>,
    pub(super) own: Strings,
    pub(super) third_party: Strings,
    pub(super) floor: Option<String>,
    pub(super) forbidden: Strings,
    pub(super) required: Strings,
    pub(super) reserved: Option<Strings>,
    pub(super) sentinels: Option<Strings>,
    pub(super) budgets: Vec<BudgetEntry>,
    pub(super) waivers: Vec<WaiverEntry>,
}

impl Entries {
    /// Whether there is anything but where things are.
    pub(super) fn speaks_of_promises(&self) -> bool {
        let lists = [&self.forbidden, &self.required, &self.own, &self.third_party]
            .iter()
            .any(|list| !list.0.is_empty());
        let patterns = self.reserved.is_some() || self.sentinels.is_some();
        let is_empty = self.tiers.is_empty() && self.budgets.is_empty() && self.waivers.is_empty();
        lists || patterns || !is_empty || self.floor.is_some() || self.require != ListOrMap::default()
    }
}

/// How `abigate gate` tells release branches, and who may let a break through.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Gate {
    release_branches: Option<Strings>,
    labels: Option<Strings>,
    trailers: Option<Strings>,
}

impl Gate {
    /// Patterns of release branches, where it has a word on them.
    pub fn release_branches(&self) -> Option<&[String]> {
        self.release_branches.as_ref().map(|list| &*list.0)
    }

    /// Labels that accept what a pull request breaks.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_ref().map(|list| &*list.0)
    }

    /// Trailers of commit messages that do.
    pub fn trailers(&self) -> Option<&[String]> {
        self.trailers.as_ref().map(|list| &*list.0)
    }
}

/// Which headers are public, and how they are compiled.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Headers {
    folders: Strings,
    groups: Vec<Strings>,
    except: Strings,
    compiler: Option<String>,
    flags: Strings,
    keep_going: bool,
}

/// As a mapping, or as the directories alone: `headers: include`.
fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Headers>, D::Error> {
    struct FoldersOrMap;
    impl<'de> Visitor<'de> for FoldersOrMap {
        type Value = Option<Headers>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a directory, a list of directories or a mapping")
        }

        fn visit_str<E: serde::de::Error>(self, folder: &str) -> Result<Option<Headers>, E> {
            Ok(Some(Headers { folders: Strings(vec![folder.to_owned()]), ..Headers::default() }))
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Option<Headers>, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<Headers>, A::Error> {
            let mut folders = Vec::new();
            while let Some(folder) = items.next_element()? {
                folders.push(folder);
            }
            Ok(Some(Headers { folders: Strings(folders), ..Headers::default() }))
        }

        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Option<Headers>, A::Error> {
            Headers::deserialize(MapAccessDeserializer::new(entries)).map(Some)
        }
    }
    deserializer.deserialize_any(FoldersOrMap)
}

impl Headers {
    /// Directories that they are included from, beside the file or inside what is compared.
    pub fn folders(&self) -> &[String] {
        &self.folders.0
    }

    /// Patterns of the headers of each translation unit.
    pub fn groups(&self) -> Vec<Vec<String>> {
        self.groups.iter().map(|group| group.0.clone()).collect()
    }

    /// Patterns of headers that are left alone.
    pub fn except(&self) -> &[String] {
        &self.except.0
    }

    /// The compiler.
    pub fn compiler(&self) -> Option<&str> {
        self.compiler.as_deref()
    }

    /// Options for the compiler.
    pub fn flags(&self) -> &[String] {
        &self.flags.0
    }

    /// Headers that do not compile are left out.
    pub fn keep_going(&self) -> bool {
        self.keep_going
    }
}

/// A part of the surface: what belongs to it, and how much its changes weigh.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TierEntry {
    pub(super) name: String,
    #[serde(default)]
    pub(super) names: Strings,
    #[serde(default)]
    pub(super) c_names: Strings,
    #[serde(default)]
    pub(super) headers: Strings,
    #[serde(default)]
    pub(super) libraries: Strings,
    #[serde(default)]
    pub(super) versions: Strings,
    #[serde(default)]
    pub(super) listed: Strings,
    #[serde(default)]
    pub(super) imports: Strings,
    #[serde(default)]
    pub(super) emitted: bool,
    #[serde(default)]
    pub(super) imported_by: Option<u32>,
    #[serde(default)]
    pub(super) except: Strings,
    #[serde(default)]
    pub(super) severity: WordOr<WordOr<String>>,
    #[serde(default)]
    pub(super) additions: Option<String>,
    #[serde(default)]
    pub(super) unregistered: Option<String>,
    #[serde(default)]
    pub(super) waivers: Option<String>,
}

/// How large something may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BudgetEntry {
    pub(super) library: String,
    #[serde(default)]
    pub(super) of: Option<String>,
    #[serde(default)]
    pub(super) most: Option<String>,
    #[serde(default)]
    pub(super) growth: Option<String>,
}

/// A decision to accept a finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WaiverEntry {
    pub(super) rule: String,
    #[serde(default)]
    pub(super) name: Strings,
    #[serde(default)]
    pub(super) library: Option<String>,
    #[serde(default)]
    pub(super) old: Option<String>,
    #[serde(default)]
    pub(super) new: Option<String>,
    pub(super) reason: String,
    #[serde(default)]
    pub(super) by: Option<String>,
    #[serde(default)]
    pub(super) issue: Option<String>,
    #[serde(default)]
    pub(super) until: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        File::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn short_forms() {
        let file = File::parse("build: out/lib\nrequire: types\ntiers:\n").unwrap();
        assert_eq!(file.build(), ["out/lib"]);
        assert_eq!(File::parse("build: [a, b]\nstore: x").unwrap().build(), ["a", "b"]);
        assert!(File::parse("# nothing yet\n").unwrap().build().is_empty());
        let waiver = "waivers:\n- {rule: r, reason: x, until: 2.10, old: 0012}\n";
        let waiver = &File::parse(waiver).unwrap().entries.waivers[0];
        // Texts that look like numbers stay texts.
        assert_eq!((waiver.until.as_deref(), waiver.old.as_deref()), (Some("2.10"), Some("0012")));
    }

    #[test]
    fn mistakes_are_named_by_line_and_column() {
        assert_eq!(error("store: a\nplatfrom: x\n"), "2:1: unknown key \"platfrom\"; did you mean platform?");
        assert_eq!(
            error("store: a\ntiers:\n  - name: x\n    c-name: y\n"),
            "4:5: unknown key \"c-name\"; did you mean c-names?"
        );
        assert_eq!(
            error("tiers:\n  - name: x\n    names: a\n    name: y\n"),
            "4:5: key \"name\" is there twice"
        );
        assert_eq!(error("store: a\nbuild: b\nstore: c\n"), "3:1: key \"store\" is there twice");
        assert_eq!(error("waivers:\n  - rule: x\n"), "2:5: key \"reason\" is missing");
        assert!(
            error("build: {a: b}\n").contains("a text or a list of texts"),
            "{}",
            error("build: {a: b}\n")
        );
        assert!(error("store: [\n").starts_with("1:8: ") || error("store: [\n").starts_with("2:1: "));
        assert!(error("zzzzzzz: 1\n").contains(
            "there are store, platform, build, libraries, exclude, headers, consumers, gate, require"
        ));
    }

    #[test]
    fn hostile_text_is_an_error_or_nothing() {
        for text in [
            "[".repeat(100_000),
            "{a: ".repeat(50_000),
            "tiers: ".to_owned() + &"[".repeat(20_000),
            "- ".repeat(50_000),
            "a: &a [*a]\n".to_owned(),
            "tiers: &t [*t]\n".to_owned(),
            "x: &a [1,1]\ny: &b [*a,*a]\nz: [*b,*b,*c]\n".to_owned(),
            "tiers: !!binary x\n".to_owned(),
            "--- a\n--- b\n".to_owned(),
            "\u{0}".to_owned(),
            "?".to_owned(),
        ] {
            assert!(File::parse(&text).is_err(), "{}", &text[..10.min(text.len())]);
        }
    }
}
