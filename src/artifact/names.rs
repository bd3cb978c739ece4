//! Names of things in artifacts: which ones name libraries, how paths are made comparable and printable.

/// Longer paths than the longest that systems accept help nobody.
const LONGEST_PATH: usize = 4096;

/// Whether a file name is that of a shared object: `*.so`, or `*.so.` and a version.
pub(super) fn is_library(name: &str) -> bool {
    let stem = match name.rfind(".so.") {
        Some(at) if is_version(&name[at + 4..]) => Some(&name[..at]),
        _ => name.strip_suffix(".so"),
    };
    stem.is_some_and(|stem| !stem.is_empty() && !stem.ends_with('/'))
}

/// Whether a text is a version: parts that begin with a number, as in `1t64.0.2`, or numbers, and after them perhaps what a
/// release is before it is one: `1.17.0-beta.1`, `2.0rc1`.
fn is_version(text: &str) -> bool {
    if text.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_digit())) {
        return true;
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let word = rest.trim_start_matches(['-', '_', '~', '+']);
    let is_stage = ["alpha", "beta", "rc", "pre", "dev"].iter().any(|stage| {
        let after = word.strip_prefix(stage);
        after.is_some_and(|after| after.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'))
    });
    numbers.bytes().any(|b| b.is_ascii_digit()) && (rest.is_empty() || is_stage)
}

/// Whether a file name may be that of a program: it has no extension, or one that is a version.
pub(super) fn may_be_program(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    !name.is_empty() && extension.is_none_or(|text| text.bytes().all(|b| b.is_ascii_digit()) || text == "out")
}

/// Whether a file name is that of a dump.
pub(super) fn is_dump(name: &str) -> bool {
    name.ends_with(".abi.zst") && name.len() > ".abi.zst".len()
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A path inside an archive as `a/b/c`: without a leading `/`, empty parts, `.` and `..`, and with
/// backslashes taken for `/`; or why it cannot be accepted.
pub(super) fn normalize(path: &str) -> Result<String, &'static str> {
    if path.len() > LONGEST_PATH {
        return Err("it is longer than 4096 bytes");
    }
    if path.contains(char::is_control) {
        return Err("it has control characters in it");
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or("it leads out of the archive")?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Where a link at `path` (normalized) leads inside its archive, if it stays inside. An absolute target is
/// taken from the archive's root, which is where packages are unpacked.
pub(super) fn link_target(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return normalize(target).ok();
    }
    let folder = path.rfind('/').map_or("", |at| &path[..at]);
    normalize(&format!("{folder}/{target}")).ok()
}

/// A name from outside as part of a message: one line, no control characters, not endless.
pub(super) fn shown(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().take(512) {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    if name.chars().nth(512).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_names() {
        for name in [
            "liba.so",
            "liba.so.1",
            "liba.so.1.2.3",
            "_C.cpython-312-x86_64-linux-gnu.so",
            "a.so.b.so",
            "liba.so.1.17.0-beta.1",
            "liba.so.2.0rc1",
            "liba.so.1-dev",
            "liba.so.1a",
            "liba.so.1t64.0.2",
        ] {
            assert!(is_library(name), "{name}");
        }
        for name in [
            ".so",
            "liba.so.",
            "liba.so..",
            "liba.so.6-gdb.py",
            "liba.so.1t64.0.2.debug",
            "liba.a",
            "so",
            ".so.1",
            "liba.so.1.debug",
            "liba.so.1-beta.txt",
            "liba.so.rc1",
        ] {
            assert!(!is_library(name), "{name}");
        }
        for (name, may_be) in
            [("app", true), ("python3.11", true), ("a.out", true), ("a.py", false), ("", false)]
        {
            assert_eq!(may_be_program(name), may_be, "{name}");
        }
    }

    #[test]
    fn paths_are_normalized() {
        assert_eq!(normalize("./usr//lib/./x").as_deref(), Ok("usr/lib/x"));
        assert_eq!(normalize("/usr/lib/../x").as_deref(), Ok("usr/x"));
        assert_eq!(normalize("a\\b").as_deref(), Ok("a/b"));
        assert!(normalize("a/../../b").is_err());
        assert!(normalize("a\0b").is_err());
        assert!(normalize(&"a".repeat(5000)).is_err());
    }

    #[test]
    fn links_stay_inside() {
        assert_eq!(link_target("usr/lib/a.so", "a.so.1").as_deref(), Some("usr/lib/a.so.1"));
        assert_eq!(link_target("usr/lib/a.so", "../../lib/a.so.1").as_deref(), Some("lib/a.so.1"));
        assert_eq!(link_target("usr/lib/a.so", "/lib/a.so.1").as_deref(), Some("lib/a.so.1"));
        assert_eq!(link_target("a.so", "../b.so"), None);
    }

    #[test]
    fn shown_is_one_line() {
        assert_eq!(shown("a\n\u{1b}[31mb"), "a\\n\\u{1b}[31mb");
    }
}
