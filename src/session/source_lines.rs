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

/// Moves the places of findings about members to the lines of the members, where files below one of these folders have them.
pub(super) fn refine(verdict: &mut Verdict, folders: &[PathBuf]) {
    let mut texts: HashMap<String, Option<String>> = HashMap::new();
    for finding in &mut verdict.findings {
        let change = &mut finding.change;
        let (Some(location), Some(detail)) = (&mut change.location, &change.detail) else { continue };
        let Some(member) = member(detail) else { continue };
        let file = location.file.to_string();
        let text = texts.entry(file.clone()).or_insert_with(|| read(&file, folders));
        let Some(text) = text else { continue };
        if let Some(line) = find(text, location.line, member) {
            location.line = line;
        }
    }
}

/// The member that a detail is about: `colour_` of `int colour_ at byte 12` and of `bool colour_ : 1 at byte 12 bit 1`.
fn member(detail: &str) -> Option<&str> {
    let (declaration, _) = detail.split_once(" at byte ")?;
    let declaration = declaration.rsplit_once(" : ").map_or(declaration, |(before, _)| before);
    let declaration = declaration.split('[').next().unwrap_or(declaration).trim_end();
    let start = declaration.rfind(|c: char| !is_word(c)).map_or(0, |at| at + 1);
    Some(&declaration[start..]).filter(|name| !name.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
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

/// The first line of the class that begins at a line which has the name as a word of its code.
fn find(text: &str, class: u32, name: &str) -> Option<u32> {
    let mut depth = 0i32;
    for (number, line) in (1u32..).zip(text.lines()).skip(class.saturating_sub(1) as usize).take(LONGEST) {
        let code = line.split("//").next().unwrap_or(line);
        let has = code.split(|c| !is_word(c)).any(|word| word == name);
        if has && depth > 0 {
            return Some(number);
        }
        depth += code.matches('{').count() as i32 - code.matches('}').count() as i32;
        if depth <= 0 && code.contains('}') {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_details() {
        assert_eq!(member("int colour_ at byte 12"), Some("colour_"));
        assert_eq!(member("bool set : 1 at byte 12 bit 1"), Some("set"));
        assert_eq!(member("char name_[64] at byte 0"), Some("name_"));
        assert_eq!(member("repr_ at byte 0"), Some("repr_"));
        assert_eq!(member("slot 3 is new: remove(int)"), None);
    }

    #[test]
    fn the_line_of_a_member() {
        let text = "struct A { int x; };\nclass B {\n  // x is no member here\n  int colour() { return 1; }\n  int x = 0;\n};\nint y;\n";
        assert_eq!(find(text, 2, "x"), Some(5));
        assert_eq!(find(text, 2, "y"), None);
        assert_eq!(find(text, 2, "colou"), None);
        assert_eq!(find(text, 99, "x"), None);
    }
}
