//! Files of names that a policy refers to: one a line, `name: VERSION`, GNU dynamic lists, import lists.

use crate::abi::unversioned;
use foldhash::HashSet;

use super::named::{Named, SymbolPattern};

/// Names of one tier, from all of its files.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    exact: HashSet<String>,
    patterns: Vec<SymbolPattern>,
    /// Names with the version that has them first, as their line says.
    pub(super) dated: Vec<Dated>,
}

/// A name that a file says is there since some version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) name: String,
    /// As it is written: `TORCH_VERSION_2_11_0`.
    pub(super) version: String,
}

/// A name in a file, and what stands behind its colon.
struct Entry {
    line: usize,
    name: String,
    version: Option<String>,
}

/// A line that is none: its number, and what is wrong.
pub(super) type BadLine = (usize, String);

impl Listed {
    /// Adds the names of a file: symbols, C names, qualified C++ names, patterns over any of them.
    pub(super) fn add(&mut self, file: &str, text: &str) -> Result<(), BadLine> {
        for Entry { line, name, version } in names(text)? {
            if let Some(version) = version {
                self.dated.push(Dated { file: file.to_owned(), line, name: name.clone(), version });
            }
            if name.contains(['*', '?', '[']) || name.contains("::") {
                self.patterns.push(SymbolPattern::parse(&name).map_err(|bad| (line, bad.0))?);
            } else {
                self.exact.insert(name);
            }
        }
        Ok(())
    }

    pub(super) fn contains(&self, named: &Named<'_>) -> bool {
        let is_exact = |name: &str| self.exact.contains(name);
        named.symbol.is_some_and(is_exact)
            || named.identifier().is_some_and(is_exact)
            || self.patterns.iter().any(|pattern| pattern.matches(named))
    }
}

/// The symbols that consumers import: one a line, with its version or not, and with what `nm -D` says before it or not.
pub(super) fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or(line);
        let name = line.split_whitespace().last()?;
        Some(unversioned(name)).filter(|name| !name.is_empty())
    })
}

/// The names in a file.
fn names(text: &str) -> Result<Vec<Entry>, BadLine> {
    let text = without_comments(text)?;
    if text.contains(';') || text.trim_start().starts_with('{') { dynamic_list(&text) } else { lines(&text) }
}

/// Blanks out `/* … */`, and `#` and `//` up to the end of the line; lines keep their numbers.
fn without_comments(text: &str) -> Result<String, BadLine> {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['#', '/']) {
        clean.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if let Some(inner) = rest.strip_prefix("/*") {
            let line = clean.matches('\n').count() + 1;
            inner.find("*/").ok_or_else(|| (line, "a comment that does not end".to_owned()))? + 4
        } else if rest.starts_with('#') || rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            clean.push('/');
            rest = &rest[1..];
            continue;
        };
        clean.extend(rest[..end].matches('\n'));
        rest = &rest[end..];
    }
    clean.push_str(rest);
    Ok(clean)
}

/// `name` or `name: VERSION`, one a line.
fn lines(text: &str) -> Result<Vec<Entry>, BadLine> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        // A colon that is no part of `::` ends the name.
        let single = line
            .match_indices(':')
            .map(|(at, _)| at)
            .find(|&at| !line[at + 1..].starts_with(':') && !line[..at].ends_with(':'));
        let (name, version) = match single {
            Some(at) => (line[..at].trim_end(), Some(line[at + 1..].trim().to_owned())),
            None => (line, None),
        };
        match name {
            "" if line.is_empty() => {}
            "" => return Err((number, "a version without a name".to_owned())),
            name if name.contains(char::is_whitespace) && !name.contains("operator") => {
                return Err((number, format!("one name a line is expected, not {name:?}")));
            }
            name => {
                let version = version.filter(|version| !version.is_empty());
                found.push(Entry { line: number, name: name.to_owned(), version });
            }
        }
    }
    Ok(found)
}

/// `{ foo; bar*; extern "C++" { a::b; }; };` as the linker's `--dynamic-list` has it, or a version script, whose local
/// names are left out.
fn dynamic_list(text: &str) -> Result<Vec<Entry>, BadLine> {
    let mut found = Vec::new();
    let (mut depth, mut is_local) = (0usize, false);
    let mut word = String::new();
    let mut line = 1;
    for c in text.chars() {
        match c {
            '{' => {
                // What stands before is `extern "C"` or the name of a version.
                word.clear();
                depth += 1;
            }
            '}' | ';' => {
                let name = word.trim().trim_matches('"');
                if depth > 0 && !is_local && !name.is_empty() {
                    found.push(Entry { line, name: name.to_owned(), version: None });
                }
                word.clear();
                if c == '}' {
                    is_local = false;
                    depth = depth.checked_sub(1).ok_or_else(|| (line, "unbalanced }".to_owned()))?;
                }
            }
            ':' if matches!(word.trim(), "global" | "local") => {
                is_local = word.trim() == "local";
                word.clear();
            }
            c => {
                line += usize::from(c == '\n');
                word.push(c);
            }
        }
    }
    match depth {
        0 => Ok(found),
        _ => Err((line, "unbalanced {".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        names(text).unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn one_a_line() {
        let text = "# shims\naoti_torch_abi_version\n  torch_get: TORCH_VERSION_2_11_0  # new\n\na::B::f\na::g: V1\n";
        assert_eq!(found(text), ["aoti_torch_abi_version", "torch_get", "a::B::f", "a::g"]);
        let versions: Vec<Option<String>> = names(text).unwrap().into_iter().map(|e| e.version).collect();
        assert_eq!(versions, [None, Some("TORCH_VERSION_2_11_0".to_owned()), None, Some("V1".to_owned())]);
        assert_eq!(names("a\nb c\n").err().unwrap().0, 2);
        assert_eq!(names(": V1\n").err().unwrap().0, 1);
    }

    #[test]
    fn dynamic_lists_and_version_scripts() {
        let text = "{\n  /* C */ foo;\n  \"bar\"; bar*;\n  extern \"C++\" { a::b::*; };\n};\n";
        assert_eq!(found(text), ["foo", "bar", "bar*", "a::b::*"]);
        assert_eq!(found("V_1 { global: a; b; local: *; };\nV_2 { c; } V_1;"), ["a", "b", "c"]);
        assert_eq!(names("{ a; ").err().unwrap().1, "unbalanced {");
        assert_eq!(names("{ a; }; };").err().unwrap().1, "unbalanced }");
        assert_eq!(names("{\n/* a").err().unwrap(), (2, "a comment that does not end".to_owned()));
    }

    #[test]
    fn import_lists() {
        let text = "_ZN1aC1Ev\n                 U _Z1fv@VERS_1\nmemcpy@@GLIBC_2.17 # libc\n\n";
        assert_eq!(imports(text).collect::<Vec<_>>(), ["_ZN1aC1Ev", "_Z1fv", "memcpy"]);
    }

    #[test]
    fn what_is_listed() {
        let mut listed = Listed::default();
        listed.add("a.txt", "torch_get: V\nParallelFunc: V\na::b::*\n_Z1fv\nuv_*\n").unwrap();
        let has = |symbol: &str| listed.contains(&Named::symbol(symbol));
        assert!(has("torch_get") && has("_Z1fv") && has("uv_run") && has("_ZN1a1b1cEv"));
        assert!(!has("torch_set") && !has("_ZN1a1cEv"));
        assert!(listed.contains(&Named::name("ParallelFunc")));
        assert_eq!(listed.add("a.txt", "ok\na::f(int)\n").unwrap_err().0, 2);
    }
}
