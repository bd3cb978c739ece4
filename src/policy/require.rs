//! Comparisons that have to be possible, or nothing is certified.

use std::fmt;

use super::config_error::{Place, Wrong, hint};
use crate::abi::{Library, Release};
use crate::diff::pair_libraries;
use crate::origin::Origins;
use crate::patterns::{Claims, Glob};

/// Something that has to be known of both releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needed {
    /// Layouts, enumerators, types of functions: by debug info, or by public headers that compile.
    Types,
    /// Vtables and typeinfo, all of those that are exported.
    Vtables,
    /// `.symtab`, which names the hidden functions in vtables.
    Symtab,
}

impl Needed {
    /// All of them.
    pub const ALL: [Needed; 3] = [Needed::Types, Needed::Vtables, Needed::Symtab];

    /// The word in policies and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Needed::Types => "types",
            Needed::Vtables => "vtables",
            Needed::Symtab => "symtab",
        }
    }

    pub(super) fn parse(word: &str, place: &Place) -> Result<Needed, Wrong> {
        let names = Needed::ALL.map(Needed::name);
        let known = Needed::ALL.into_iter().find(|needed| needed.name() == word);
        known.ok_or_else(|| place.wrong(format!("unknown evidence {word:?}; {}", hint(word, &names))))
    }

    /// Why a library lacks it, if it does.
    fn lack(self, library: &Library, release: &Release) -> Option<String> {
        let evidence = &library.evidence;
        match self {
            // Nothing exported, nothing to describe.
            Needed::Types => {
                let is_described = evidence.dwarf.is_some() || is_described_by_headers(release);
                (!is_described && !library.exports.is_empty()).then(|| "has no debug info".to_owned())
            }
            Needed::Vtables => (evidence.rtti_decoded < evidence.rtti_symbols).then(|| {
                let unread = evidence.rtti_symbols - evidence.rtti_decoded;
                format!("has {unread} of {} vtables and typeinfos that cannot be read", evidence.rtti_symbols)
            }),
            Needed::Symtab => {
                (!evidence.symtab && !library.vtables.is_empty()).then(|| "has no .symtab".to_owned())
            }
        }
    }
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What has to be known, and of which libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What.
    pub needed: Needed,
    /// Of libraries that one of these names; of all when there is none.
    pub libraries: Vec<Glob>,
}

impl Requirement {
    /// Why it is not met, in one line.
    pub(super) fn unmet(&self, old: &Release, new: &Release, claims: &Claims) -> Option<String> {
        let origins = Origins::new(old, claims);
        let concerns = |library: &Library| match self.libraries.is_empty() {
            true => !origins.is_bundled(library),
            false => {
                self.libraries.iter().any(|g| g.matches(&library.name) || g.matches(library.link_name()))
            }
        };
        let mut lacking = Vec::new();
        let mut compared = 0;
        for (before, after) in pair_libraries(old, new).iter().filter_map(|pair| pair.both()) {
            if !concerns(before) && !concerns(after) {
                continue;
            }
            compared += 1;
            for (release, library) in [(old, before), (new, after)] {
                let why = self.needed.lack(library, release);
                lacking.extend(why.map(|why| format!("{} of {} {why}", library.name, release.name)));
            }
        }
        if compared == 0 && !self.libraries.is_empty() {
            let globs: Vec<&str> = self.libraries.iter().map(Glob::as_str).collect();
            return Some(format!(
                "{} are required of {}, and neither release has it",
                self.needed,
                globs.join(", ")
            ));
        }
        let more = match lacking.len() {
            0 | 1 => String::new(),
            2 => ", and 1 more library lacks it".to_owned(),
            n => format!(", and {} more libraries lack it", n - 1),
        };
        lacking.first().map(|first| format!("{} are required, and {first}{more}", self.needed))
    }
}

/// Whether public headers were asked, and one of them compiles.
fn is_described_by_headers(release: &Release) -> bool {
    let probe = release.headers.as_ref().and_then(|headers| headers.evidence.headers.as_ref());
    probe.is_some_and(|probe| probe.headers > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{DwarfCoverage, Export};

    fn release(name: &str, libraries: &[(&str, bool)]) -> Release {
        let library = |&(name, has_types): &(&str, bool)| {
            let mut library = Library { name: name.to_owned(), ..Library::default() };
            library.exports.push(Export { name: "f".into(), ..Export::default() });
            library.evidence.dwarf = has_types.then(DwarfCoverage::default);
            library
        };
        Release {
            name: name.to_owned(),
            libraries: libraries.iter().map(library).collect(),
            ..Release::default()
        }
    }

    #[test]
    fn both_sides_of_every_library_that_counts() {
        let old = release("v1", &[("liba.so", true), ("libb.so", false)]);
        let new = release("v2", &[("liba.so", true), ("libb.so", false)]);
        let unmet = |globs: &[&str]| {
            let libraries = globs.iter().map(|g| Glob::parse(g).unwrap()).collect();
            Requirement { needed: Needed::Types, libraries }.unmet(&old, &new, &Claims::default())
        };
        let all = unmet(&[]).unwrap();
        assert_eq!(
            all,
            "types are required, and libb.so of v1 has no debug info, and 1 more library lacks it"
        );
        assert_eq!(unmet(&["liba.*"]), None);
        assert!(unmet(&["libc.so"]).unwrap().contains("neither release has it"));
    }

    #[test]
    fn vtables_that_cannot_be_read() {
        let mut old = release("v1", &[("liba.so", true)]);
        (old.libraries[0].evidence.rtti_symbols, old.libraries[0].evidence.rtti_decoded) = (3, 2);
        let unmet = |needed| {
            Requirement { needed, libraries: Vec::new() }.unmet(&old, &old.clone(), &Claims::default())
        };
        assert!(unmet(Needed::Vtables).unwrap().contains("1 of 3 vtables"));
        assert_eq!(unmet(Needed::Symtab), None);
    }
}
