//! Gathers the shared objects of a directory or an archive while it is walked, and what is to be said of
//! the rest.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::elf;
use super::map;
use super::member::{Member, Source};
use super::names;
use super::sniff;
use super::{Artifact, Error, Identity, Kind, Limits};

/// A hostile archive could otherwise have us say a million sentences.
const MOST_SENTENCES: usize = 200;
/// As many links in a row as kernels follow.
const MOST_LINKS: usize = 40;
/// How many names an error gives as an idea of what is there.
const NAMES_SHOWN: usize = 5;

/// What was found so far.
pub(super) struct LibraryCollector<'l> {
    pub(super) file: Arc<str>,
    pub(super) limits: &'l Limits,
    members: BTreeMap<String, Member>,
    links: Vec<(String, String)>,
    skipped: Vec<String>,
    unsaid: usize,
    entries: usize,
    first_names: Vec<String>,
    /// Libraries of other systems, by what they are.
    others: BTreeMap<&'static str, Vec<String>>,
}

/// How names of libraries of other systems and kinds end, and what these are.
const OTHERS: [(&str, &str); 5] = [
    (".dll", "Windows DLLs"),
    (".pyd", "Windows DLLs"),
    (".lib", "Windows import libraries"),
    (".dylib", "macOS libraries"),
    (".a", "static libraries"),
];

impl<'l> LibraryCollector<'l> {
    pub(super) fn new(file: &Arc<str>, limits: &'l Limits) -> Self {
        Self {
            file: Arc::clone(file),
            limits,
            members: BTreeMap::new(),
            links: Vec::new(),
            skipped: Vec::new(),
            unsaid: 0,
            entries: 0,
            first_names: Vec::new(),
            others: BTreeMap::new(),
        }
    }

    /// Counts an entry of any type.
    pub(super) fn saw(&mut self, name: &str) -> Result<(), Error> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Error::Entries { file: self.file.to_string(), limit: self.limits.entries });
        }
        if self.first_names.len() < NAMES_SHOWN && !name.ends_with('/') {
            self.first_names.push(names::shown(name));
        }
        if let Some((_, what)) = OTHERS.iter().find(|(ending, _)| name.ends_with(ending)) {
            let known = self.others.entry(what).or_default();
            if known.len() < NAMES_SHOWN {
                known.push(names::shown(names::file_name(name)));
            }
        }
        Ok(())
    }

    /// The normalized path of an entry that is named like a library.
    pub(super) fn path(&self, name: &str) -> Result<String, Error> {
        names::normalize(name).map_err(|why| Error::Name {
            file: self.file.to_string(),
            member: names::shown(name),
            why,
        })
    }

    /// Whether an entry of that name may be of interest.
    pub(super) fn wants(&self, path: &str) -> bool {
        let name = names::file_name(path);
        names::is_library(name) || self.limits.programs && names::may_be_program(name)
    }

    /// Whether the first bytes of an entry named like a library are those of one; says so if not.
    pub(super) fn is_elf(&mut self, path: &str, head: &[u8]) -> bool {
        match sniff::look(head) {
            sniff::Look::Elf => true,
            _ if !names::is_library(names::file_name(path)) => false,
            other => {
                self.skip(format!("{path} is not a shared object but {}", other.describe()));
                false
            }
        }
    }

    /// Whether an ELF file named like a library is one; says so if not.
    pub(super) fn is_library(&mut self, path: &str, bytes: &[u8]) -> bool {
        let named = names::is_library(names::file_name(path));
        let other =
            elf::not_a_library(bytes, named).filter(|what| !self.limits.programs || *what != elf::PROGRAM);
        if let Some(what) = other {
            self.skip(format!("{path} is not a shared object but {what}"));
        }
        other.is_none()
    }

    pub(super) fn keep(&mut self, path: String, size: u64, source: Source) {
        let source = match source {
            Source::Kept(bytes) => map::filed(&bytes).map_or(Source::Kept(bytes), Source::Filed),
            source => source,
        };
        let member = Member::new(&self.file, path.clone(), size, source);
        if self.members.insert(path.clone(), member).is_some() {
            self.skip(format!("{path} is there more than once, and only the last one counts"));
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.members.contains_key(path)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// Notes a link named like a library: it is no news if it leads to a member, which is only known at
    /// the end.
    pub(super) fn link(&mut self, path: String, target: &str) {
        if !names::is_library(names::file_name(&path)) {
            return;
        }
        match names::link_target(&path, target) {
            Some(inside) => self.links.push((path, inside)),
            None => self.skip(format!("{path} is a link that leads outside, to {}", names::shown(target))),
        }
    }

    pub(super) fn skip(&mut self, sentence: String) {
        if self.skipped.len() < MOST_SENTENCES { self.skipped.push(sentence) } else { self.unsaid += 1 }
    }

    /// The artifact; an error if nothing was found.
    pub(super) fn finish(mut self, kind: Kind, identity: Identity) -> Result<Artifact, Error> {
        self.judge_links();
        if self.members.is_empty() {
            let (file, found) = (self.file.to_string(), self.found());
            return Err(match kind {
                Kind::Folder | Kind::Dump => Error::NothingInFolder { file, found },
                _ => Error::NothingInArchive { file, found },
            });
        }
        if self.unsaid > 0 {
            self.skipped.push(format!("{} more were skipped for reasons like these", self.unsaid));
        }
        Ok(Artifact {
            kind,
            members: self.members.into_values().collect(),
            identity,
            skipped: self.skipped,
            promises: None,
        })
    }

    fn judge_links(&mut self) {
        let links = std::mem::take(&mut self.links);
        let targets: HashMap<&str, &str> =
            links.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        for (path, target) in &links {
            let mut at = target.as_str();
            for _ in 0..MOST_LINKS {
                match targets.get(at) {
                    Some(next) if !self.members.contains_key(at) => at = next,
                    _ => break,
                }
            }
            if !self.members.contains_key(at) {
                let target = names::shown(target);
                self.skip(format!(
                    "{path} is a link to {target}, which is not among the shared objects here"
                ));
            }
        }
    }

    /// What there is instead of shared objects.
    fn found(&self) -> String {
        if !self.others.is_empty() {
            let others: Vec<String> =
                self.others.iter().map(|(what, names)| format!("{what}: {}", names.join(", "))).collect();
            return others.join("; ");
        }
        let mut found = match self.entries {
            0 => return "it has no entries".to_owned(),
            1 => "1 entry".to_owned(),
            n => format!("{n} entries"),
        };
        if !self.first_names.is_empty() {
            found += if self.entries > self.first_names.len() { ", such as " } else { ": " };
            found += &self.first_names.join(", ");
        }
        if let Some(sentence) = self.skipped.first() {
            found += "; ";
            found += sentence;
        }
        found
    }
}
