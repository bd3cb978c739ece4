//! What helps a header that does not compile, by what the compiler says of it.

use crate::abi::LeftOut;

/// Why a header does not compile by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Its authors want another one included, which may be named.
    IncludeInstead(Option<String>),
    /// A macro has to be defined first.
    Define(String),
    /// It is for another system, whose header it includes.
    OtherSystem(String),
    /// Something that is not part of the library is not installed: the header that is missing.
    Missing(String),
}

/// Headers and directories of headers that only other systems have.
const OF_OTHER_SYSTEMS: [&str; 24] = [
    "windows.h",
    "winsock2.h",
    "winsock.h",
    "ws2tcpip.h",
    "windef.h",
    "winnt.h",
    "winbase.h",
    "io.h",
    "direct.h",
    "tchar.h",
    "process.h",
    "crtdbg.h",
    "mach/",
    "TargetConditionals.h",
    "Availability.h",
    "AvailabilityMacros.h",
    "CoreFoundation/",
    "CoreServices/",
    "Carbon/",
    "sys/event.h",
    "sys/port.h",
    "port.h",
    "os2.h",
    "vmlinux.h",
];

/// What an error asks for; none where nobody can tell.
#[must_use]
pub fn hint(error: &str) -> Option<Hint> {
    if let Some(missing) = missing(error) {
        let is_of_other = |name: &&str| match name.ends_with('/') {
            true => missing.starts_with(name),
            false => missing.eq_ignore_ascii_case(name),
        };
        return Some(match OF_OTHER_SYSTEMS.iter().any(is_of_other) {
            true => Hint::OtherSystem(missing.to_owned()),
            false => Hint::Missing(missing.to_owned()),
        });
    }
    let text = error.split_once("#error").map_or(error, |(_, text)| text);
    let small = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| small.contains(word));
    if says(&[
        "directly",
        "instead",
        "do not include",
        "don't include",
        "never include",
        "use only with",
        "only with",
        "be included by",
        "be included from",
        "be included via",
        "be included through",
        "obsolete",
        "no longer",
    ]) {
        let systems = ["microsoft", "visual c", "windows", "macos", "mac os", "vxworks"];
        if let Some(system) = systems.iter().find(|system| small.contains(**system)) {
            return Some(Hint::OtherSystem((*system).to_owned()));
        }
        let own = error.split(':').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let names = text.split(|c: char| !(c.is_ascii_alphanumeric() || "./_-+".contains(c)));
        let named =
            names.map(|name| name.trim_end_matches('.')).find(|name| is_header(name) && !name.ends_with(own));
        return Some(Hint::IncludeInstead(named.map(str::to_owned)));
    }
    let is_macro = |word: &&str| {
        word.len() > 3
            && word.contains('_')
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    // The condition that it stands under is behind it; a guard says nothing.
    let is_guard = |word: &&str| word.ends_with("_H") || word.ends_with("_H_") || word.ends_with("_INCLUDED");
    let is_macro = |word: &&str| is_macro(word) && !is_guard(word);
    let wants = error.contains("#error");
    let words = || text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    if wants && let Some(name) = words().find(is_macro) {
        return Some(Hint::Define(name.to_owned()));
    }
    None
}

/// The header that a compiler does not find.
fn missing(error: &str) -> Option<&str> {
    let before = error.strip_suffix(": No such file or directory");
    let gcc = before.and_then(|text| text.rsplit(": ").next());
    gcc.or_else(|| error.split_once("' file not found")?.0.rsplit('\'').next())
}

fn is_header(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(stem, ending)| (!stem.is_empty(), ending));
    matches!(ending, Some((true, "h" | "hh" | "hpp" | "hxx")))
}

/// Whether a header says itself that programs for this system do not include it.
pub(super) fn is_for_others(left: &LeftOut) -> bool {
    matches!(hint(&left.error), Some(Hint::IncludeInstead(_) | Hint::OtherSystem(_)))
}

/// The error of a header that was left out, and what helps.
#[must_use]
pub fn explained(left: &LeftOut) -> String {
    let error = &left.error;
    match hint(error) {
        Some(Hint::IncludeInstead(Some(name))) => format!("{error}: use --header {name}"),
        Some(Hint::IncludeInstead(None)) => {
            format!("{error}: name the header that includes it with --header")
        }
        Some(Hint::Define(name)) => format!("{error}: define it with --probe-flag -D{name}=VALUE"),
        Some(Hint::OtherSystem(what)) => format!("{error}: for another system ({what})"),
        Some(Hint::Missing(name)) => {
            format!("{error}: install what has {name}, or name its directory with --probe-flag -IDIR")
        }
        None => error.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_helps() {
        let is = |error: &str, expected: Option<Hint>| assert_eq!(hint(error), expected, "{error}");
        is(
            "lzma/base.h:22: #error Never include this file directly. Use <lzma.h> instead.",
            Some(Hint::IncludeInstead(Some("lzma.h".to_owned()))),
        );
        is(
            "fuse3/fuse_common.h:13: #error \"Never include <fuse_common.h> directly; use <fuse.h> instead.\"",
            Some(Hint::IncludeInstead(Some("fuse.h".to_owned()))),
        );
        is(
            "pixman-version.h:31: #error pixman-version.h should only be included by pixman.h (#ifndef PIXMAN_H__)",
            Some(Hint::IncludeInstead(Some("pixman.h".to_owned()))),
        );
        is(
            "x/fuse_lowlevel.h:22: #error FUSE_USE_VERSION not defined",
            Some(Hint::Define("FUSE_USE_VERSION".to_owned())),
        );
        is(
            "uv/win.h:32: winsock2.h: No such file or directory",
            Some(Hint::OtherSystem("winsock2.h".to_owned())),
        );
        is("uv/darwin.h:3: 'mach/mach.h' file not found", Some(Hint::OtherSystem("mach/mach.h".to_owned())));
        is("a.h:1: png.h: No such file or directory", Some(Hint::Missing("png.h".to_owned())));
        is(
            "m.h:1: #error \"Use this header only with Microsoft Visual C++ compilers!\"",
            Some(Hint::OtherSystem("microsoft".to_owned())),
        );
        is("a.h:5: unknown type name 'T'", None);
    }
}
