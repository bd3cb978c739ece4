//! The `symbols` file of a Debian package (deb-symbols(5)): what its maintainers promise of each library.
//!
//! A symbol whose dependency is bound to one version of the package (`libx1 (= 1.2-3)`, `libx1 (<< 1.3~)`) is for that version
//! only, and so is one that is optional or that the file does not have. The file is hostile text: lines that are none are left
//! out, and a pattern that is not understood promises whatever it may be about.

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::abi::Library;
use crate::mangling;

/// What the file says of each library, by SONAME.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebSymbols {
    libraries: BTreeMap<String, Section>,
}

/// What it says of one library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Section {
    /// Whether each dependency, the main one first, leaves later versions of the package in.
    lasting: Vec<bool>,
    /// Promised or not, by `name@NODE`.
    exact: HashMap<String, bool>,
    /// The same of demangled names with their node.
    demangled: HashMap<String, bool>,
    /// The same of all symbols of a node.
    nodes: HashMap<String, bool>,
    /// A pattern stands there that is not understood.
    has_unread: bool,
}

/// The node of symbols without version.
const BASE: &str = "Base";

impl DebSymbols {
    /// Reads the file.
    pub(super) fn parse(text: &str) -> DebSymbols {
        let mut found = DebSymbols::default();
        let mut soname: Option<String> = None;
        for line in text.lines() {
            let section = soname.as_ref().and_then(|name| found.libraries.get_mut(name));
            match (line.chars().next(), section) {
                (None | Some('#' | '*'), _) => {}
                (Some('|'), Some(section)) => section.lasting.push(is_lasting(&line[1..])),
                (Some(' '), Some(section)) => section.add(line.trim()),
                (Some('|' | ' '), None) => {}
                (Some(_), _) => {
                    let (name, dependency) = line.split_once(' ').unwrap_or((line, ""));
                    let section = Section { lasting: vec![is_lasting(dependency)], ..Section::default() };
                    found.libraries.insert(name.to_owned(), section);
                    soname = Some(name.to_owned());
                }
            }
        }
        found
    }

    /// Marks what the file does not promise of a library. One that it does not have stays as it is.
    pub fn mark(&self, library: &mut Library) {
        let Some(section) = self.libraries.get(library.link_name()) else { return };
        // Of a file that lists no symbol nobody can say what it leaves out.
        if section.exact.is_empty() && section.demangled.is_empty() && section.nodes.is_empty() {
            return;
        }
        for export in &mut library.exports {
            export.unpromised = !section.promises(&export.name, export.version.as_deref().unwrap_or(BASE));
        }
    }
}

impl Section {
    /// One symbol: `f@V 1.2`, `f@V 1.2 1`, `(optional)f@V 1.2`, `(c++)"a::f(int)@V" 1.2`, `(symver)V 1.2`.
    fn add(&mut self, line: &str) {
        let (tags, rest) = match line.strip_prefix('(').and_then(|line| line.split_once(')')) {
            Some((tags, rest)) => (tags, rest),
            None => ("", line),
        };
        let (symbol, rest) = match rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some((symbol, rest)) => (symbol, rest),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        let dependency = rest.split_whitespace().nth(1).map_or(Some(0), |number| number.parse().ok());
        let lasts = dependency.and_then(|at: usize| self.lasting.get(at)).copied().unwrap_or(true);
        let tags: Vec<&str> = tags.split('|').map(|tag| tag.split('=').next().unwrap_or(tag)).collect();
        let has = |tag: &str| tags.contains(&tag);
        let is_promised = lasts && !has("optional");
        if has("regex") || symbol.is_empty() {
            self.has_unread = true;
        } else if has("symver") {
            self.nodes.insert(symbol.to_owned(), is_promised);
        } else if has("c++") {
            self.demangled.insert(symbol.to_owned(), is_promised);
        } else {
            self.exact.insert(symbol.to_owned(), is_promised);
        }
    }

    fn promises(&self, name: &str, node: &str) -> bool {
        let exact = self.exact.get(&format!("{name}@{node}")).copied();
        let of_node = || self.nodes.get(node).copied();
        let demangled = || {
            let needs = !self.demangled.is_empty();
            needs
                .then(|| self.demangled.get(&format!("{}@{node}", mangling::display(name))).copied())
                .flatten()
        };
        exact.or_else(demangled).or_else(of_node).unwrap_or(self.has_unread)
    }
}

/// Whether a dependency leaves later versions of the package in, and is none on what is called private.
fn is_lasting(dependency: &str) -> bool {
    let packed: String = dependency.chars().filter(|c| !c.is_whitespace()).collect();
    let mut names = packed.split([',', '|']).map(|part| part.split(['(', '#']).next().unwrap_or(part));
    let is_private = names.any(|name| name.ends_with("-private") || name.ends_with("-internal"));
    !packed.contains("(=") && !packed.contains("(<") && !is_private
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Export;

    #[test]
    fn what_is_for_one_version_is_not_promised() {
        let text = "libx.so.1 libx1 #MINVER#\n| libx1 (= 1.2-3)\n| libx1 #MINVER#, libx1 (<< 1.3~)\n\
                    * Build-Depends-Package: libx-dev\n f@X_1 1.0\n own@X_1 0 1\n tied@X_1 1.1 2\n\
                    #MISSING: 1.1# gone@X_1 1.0\n (optional=internal)may@X_1 1.0\n (arch=amd64)here@Base 1.0\n\
                    \x20(c++)\"shop::price(int)@Base\" 1.0\n (symver)X_2 1.2\n X_1@X_1 1.0\nliby.so.1 liby1 #MINVER#\n";
        let symbols = DebSymbols::parse(text);
        let export = |(name, version): &(&str, Option<&str>)| Export {
            name: (*name).into(),
            version: version.map(Into::into),
            ..Export::default()
        };
        let exports = [
            ("f", Some("X_1")),
            ("here", None),
            ("_ZN4shop5priceEi", None),
            ("any", Some("X_2")),
            ("own", Some("X_1")),
            ("tied", Some("X_1")),
            ("may", Some("X_1")),
            ("unlisted", Some("X_1")),
            ("f", None),
        ];
        let mut library = Library { name: "libx.so.1.2".to_owned(), ..Library::default() };
        library.dynamic.soname = Some("libx.so.1".to_owned());
        library.exports = exports.iter().map(export).collect();
        symbols.mark(&mut library);
        let promised: Vec<bool> = library.exports.iter().map(|export| !export.unpromised).collect();
        assert_eq!(promised, [true, true, true, true, false, false, false, false, false]);
        // A library that the file does not have, or of which it has no symbol.
        for soname in ["libz.so.1", "liby.so.1"] {
            library.dynamic.soname = Some(soname.to_owned());
            library.exports.iter_mut().for_each(|export| export.unpromised = false);
            symbols.mark(&mut library);
            assert!(library.exports.iter().all(|export| !export.unpromised), "{soname}");
        }
    }

    #[test]
    fn dependencies_that_end_with_a_version_do_not_last() {
        for lasting in [" libx1 #MINVER#", " libx1 (>= 1.2), libx-data", " libx1"] {
            assert!(is_lasting(lasting), "{lasting}");
        }
        for bound in
            [" libx1 (= 1.2-3)", " libx1 #MINVER#, libx1 (<< 1.3~)", " libx1 (<=1.2)", " libx11-private"]
        {
            assert!(!is_lasting(bound), "{bound}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_understood_promises() {
        let text =
            "libx.so.1 libx1 #MINVER#\n (regex)\"^_ZN.*@Base$\" 1.0\n g@Base 1.0\n\n \n(\n (\n ()\n (\"\n";
        let symbols = DebSymbols::parse(text);
        assert!(symbols.libraries["libx.so.1"].promises("_ZN1aE", BASE));
    }
}
