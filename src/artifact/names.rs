//! Names of things in artifacts: which ones name libraries, how paths are made comparable and printable.

/// Longer paths than the longest that systems accept help nobody.
const LONGEST_PATH: usize = 4096;

/// Whether a file name is that of a shared object: `*.so`, or `*.so.` and digits and dots.
pub(super) fn is_library(name: &str) -> bool {
    let stem = match name.rfind(".so.") {
        Some(at) if name[at + 4..].bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
            name[at + 4..].bytes().any(|b| b.is_ascii_digit()).then(|| &name[..at])
        }
        _ => name.strip_suffix(".so"),
    };
    stem.is_some_and(|stem| !stem.is_empty() && !stem.ends_with('/'))
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
        for name in
            ["liba.so", "liba.so.1", "liba.so.1.2.3", "_C.cpython-312-x86_64-linux-gnu.so", "a.so.b.so"]
        {
            assert!(is_library(name), "{name}");
        }
        for name in
            [".so", "liba.so.", "liba.so..", "liba.so.1a", "liba.so.6-gdb.py", "liba.a", "so", ".so.1"]
        {
            assert!(!is_library(name), "{name}");
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
