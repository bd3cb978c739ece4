//! The command that was typed, as somebody types it again.

use std::ffi::OsString;
use std::path::Path;

/// A command line that makes the same comparison: what was typed, without what only says how and where it is shown. A store
/// that the environment names is typed, since it is not there for the next reader.
pub(super) fn command(arguments: &[OsString], store: Option<&Path>) -> String {
    let mut words = vec!["abigate".to_owned()];
    let mut rest = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut has_store = false;
    while let Some(word) = rest.next() {
        let name = word.split('=').next().unwrap_or_default();
        match name {
            "--format" | "--output" | "-o" | "--color" | "--threads" => {
                if !word.contains('=') {
                    rest.next();
                }
                continue;
            }
            "--full" | "--quiet" | "-q" | "--verbose" | "-v" | "--timings" => continue,
            _ if word.starts_with("-o") && !word.starts_with("--") => continue,
            "--store" => has_store = true,
            _ => {}
        }
        words.push(quoted(&word));
    }
    if let Some(store) = store.filter(|_| !has_store) {
        words.splice(1..1, ["--store".to_owned(), quoted(&store.display().to_string())]);
    }
    words.join(" ")
}

/// A word as a shell wants it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./+=:@,%~^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!([quoted("v2.4"), quoted("a b"), quoted("it's")], ["v2.4", "'a b'", r"'it'\''s'"]);
    }

    #[test]
    fn a_command_is_repeated_with_what_it_depends_on() {
        let repeated = |line: &str, store: Option<&str>| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            command(&words, store.map(Path::new))
        };
        assert_eq!(
            repeated(
                "/x/abigate --config p.yaml diff a b --platform linux-x86_64 --format json -o r.json --full",
                None
            ),
            "abigate --config p.yaml diff a b --platform linux-x86_64"
        );
        assert_eq!(
            repeated("abigate gate -oabi.html --format=text -q", Some("s t")),
            "abigate --store 's t' gate"
        );
        assert_eq!(repeated("abigate --store s gate", Some("s")), "abigate --store s gate");
    }
}
