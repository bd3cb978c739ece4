//! Where in the checked out sources a member stands: debug info names the line of its class, and a remark belongs on its own.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::artifact::open_regular;
use crate::policy::Verdict;

/// A header that somebody reads has fewer, in bytes.
const LARGEST: u64 = 4 << 20;

/// Lines of a class that are looked through.
const LONGEST: usize = 2000;

/// Moves the places of findings about members to the lines of the members, where files below one of these directories have them.
pub(super) fn refine(verdict: &mut Verdict, folders: &[PathBuf]) {
    let mut texts: HashMap<String, Option<String>> = HashMap::new();
    for finding in &mut verdict.findings {
        let change = &mut finding.change;
        let Some(location) = &mut change.location else { continue };
        let members = change.detail.declared_members();
        if members.is_empty() {
            continue;
        }
        let file = location.file.to_string();
        let text = texts.entry(file.clone()).or_insert_with(|| read(&file, folders));
        let Some(text) = text else { continue };
        // The first of them that is there.
        if let Some(line) = members.iter().find_map(|member| find(text, location.line, member)) {
            location.line = line;
        }
    }
}

fn is_word(c: char) -> bool {
    crate::spelling::is_identifier(c)
}

fn read(file: &str, folders: &[PathBuf]) -> Option<String> {
    // What debug info says is not to be trusted with the rest of the disk.
    let path = Path::new(file);
    if !path.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
        return None;
    }
    folders.iter().find_map(|folder| {
        let mut text = String::new();
        let file = open_regular(&folder.join(path)).ok()?;
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        Some(text)
    })
}

/// The line on which the class that begins at line `class` declares a member, there or in an unnamed class of it.
fn find(text: &str, class: u32, name: &str) -> Option<u32> {
    let lines = (1u32..).zip(text.lines()).skip(class.saturating_sub(1) as usize).take(LONGEST);
    let mut scan = Scan { name, ..Scan::default() };
    for (number, line) in lines {
        match scan.line(line) {
            Seen::Declaration => return Some(number),
            Seen::End => return None,
            Seen::Nothing => {}
        }
    }
    None
}

/// What a line has in it.
enum Seen {
    Nothing,
    Declaration,
    /// The class ends.
    End,
}

/// Where in a class the reader is.
#[derive(Default)]
struct Scan<'t> {
    name: &'t str,
    in_comment: bool,
    /// Open braces, the class's first; whether what is inside belongs to the class: an unnamed class does.
    braces: Vec<bool>,
    parentheses: usize,
    /// Open angle brackets of template arguments.
    angles: usize,
    /// Parentheses were closed, as those of a function's parameters.
    has_parameters: bool,
    /// Words of the declaration so far.
    words: Vec<String>,
    /// Behind `=`: an initializer.
    is_value: bool,
    /// The last character that is no space.
    last: char,
}

impl Scan<'_> {
    fn line(&mut self, line: &str) -> Seen {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if self.in_comment {
                let end = rest.find("*/");
                self.in_comment = end.is_none();
                rest = end.map_or("", |at| &rest[at + 2..]);
                continue;
            }
            if rest.starts_with("//") || (self.last_is_line_start(line, rest) && c == '#') {
                return Seen::Nothing;
            }
            if let Some(inside) = rest.strip_prefix("/*") {
                self.in_comment = true;
                rest = inside;
                continue;
            }
            let end = match c {
                '"' | '\'' => literal(rest),
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let end = if rest.starts_with("::") || rest.starts_with("->") { 2 } else { end };
            let (token, after) = rest.split_at(end);
            rest = after;
            if is_word(c) {
                if token == self.name && self.declares(after) {
                    return Seen::Declaration;
                }
                self.words.push(token.to_owned());
            } else if end == c.len_utf8() && self.sign(c) {
                return Seen::End;
            }
            self.last = if c.is_whitespace() { self.last } else { c };
        }
        Seen::Nothing
    }

    /// Whether nothing of a line was read yet.
    fn last_is_line_start(&self, line: &str, rest: &str) -> bool {
        line.trim_start().len() == rest.len()
    }

    /// Whether a word is a name that is declared: what stands behind it ends a declarator.
    fn declares(&self, after: &str) -> bool {
        let after = after.trim_start();
        let ends = after.is_empty() || after.starts_with([';', ',', '=', '{', '[', ')']);
        let is_bits = after.starts_with(':') && !after.starts_with("::");
        let is_inside = !self.braces.is_empty() && self.braces.iter().all(|inside| *inside);
        // In parentheses stand parameters, but for `(*name)`.
        let is_declarator = (self.parentheses == 0 && self.angles == 0) || "*&^".contains(self.last);
        let is_type = self.words.is_empty();
        (ends || is_bits) && is_inside && is_declarator && !self.is_value && !is_type
    }

    /// Takes a sign in; true at the end of the class.
    fn sign(&mut self, c: char) -> bool {
        match c {
            '{' => {
                let is_class = |word: &String| ["struct", "union", "class"].contains(&&**word);
                let is_unnamed = self.words.len() == 1 && self.words.iter().all(is_class);
                self.braces.push(self.braces.is_empty() || is_unnamed);
                self.parentheses = 0;
                self.begin();
            }
            '}' => {
                self.braces.pop();
                self.begin();
                // Behind an unnamed class may stand the name of a member.
                self.words.push("}".to_owned());
                return self.braces.is_empty();
            }
            ';' => {
                self.begin();
                // A declaration of the class alone.
                return self.braces.is_empty();
            }
            '(' => self.parentheses += 1,
            ')' => {
                self.parentheses = self.parentheses.saturating_sub(1);
                self.has_parameters = true;
            }
            '<' if is_word(self.last) => self.angles += 1,
            '>' => self.angles = self.angles.saturating_sub(1),
            '=' => self.is_value = true,
            ',' if self.parentheses == 0 && !self.has_parameters => self.is_value = false,
            // Members that a constructor sets.
            ':' if self.has_parameters => self.is_value = true,
            ':' if matches!(
                self.words.last().map(String::as_str),
                Some("public" | "protected" | "private")
            ) =>
            {
                self.begin();
            }
            _ => {}
        }
        false
    }

    fn begin(&mut self) {
        self.words.clear();
        (self.is_value, self.has_parameters, self.angles) = (false, false, 0);
    }
}

/// Bytes of the literal that a text begins with, at most all of it.
fn literal(text: &str) -> usize {
    let mut chars = text.char_indices();
    let quote = chars.next().map(|(_, quote)| quote);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            c if Some(c) == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_member() {
        let text = "struct A { int x; };\nclass B {\n  // x is no member here\n  int colour() { return 1; }\n  int x = 0;\n};\nint y;\n";
        assert_eq!(find(text, 2, "x"), Some(5));
        assert_eq!(find(text, 2, "y"), None);
        assert_eq!(find(text, 2, "colou"), None);
        assert_eq!(find(text, 2, "colour"), None);
        assert_eq!(find(text, 99, "x"), None);
        assert_eq!(find(text, 1, "x"), Some(1));
    }

    #[test]
    fn other_uses_of_a_name_are_no_declaration() {
        let text = "struct S final : Base<x>\n{\npublic:\n  /* x;\n   x */\n  explicit S(int x) : n(x), m{x} {}\n  void set(int x, int n = x);\n  \
                    struct Inner { int x; };\n  using T = x;\n  int n = x;\n  const char* s = \"x;\"; x* p;\n  union {\n    float f;\n    int (*x)(int);\n  };\n};\n";
        assert_eq!(find(text, 1, "x"), Some(14));
        assert_eq!(find(text, 1, "n"), Some(10));
        assert_eq!(find(text, 1, "p"), Some(11));
        assert_eq!(find(text, 1, "m"), None);
        let text = "struct S {\n  Box<int[4]> boxed;\n  int a, b[2],\n      c : 3;\n  struct { int z; } in, *out;\n};\n";
        let lines = ["boxed", "a", "b", "c", "in", "out", "z"].map(|name| find(text, 1, name));
        assert_eq!(lines, [Some(2), Some(3), Some(3), Some(4), Some(5), Some(5), Some(5)]);
    }
}
