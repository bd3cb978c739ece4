//! The book: its commands are run, its links lead somewhere, and its table of contents is that of the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use abigate::guide::TOPICS;
use abigate::rules::CATALOGUE;

use crate::sessions;

fn folder() -> PathBuf {
    sessions::root().join("src/guide")
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// Holds a file against what it is made of; `UPDATE_GOLDEN=1` writes it.
fn generated(place: &Path, expected: &str) {
    if is_update() {
        fs::write(place, expected).expect("writable");
    }
    assert_eq!(
        fs::read_to_string(place).expect("readable"),
        expected,
        "{}: UPDATE_GOLDEN=1",
        place.display()
    );
}

#[test]
fn every_session_in_the_book_is_real() {
    for topic in TOPICS {
        sessions::hold(&folder().join(format!("{}.md", topic.name)));
    }
}

/// Commands that are printed without what they say are at least commands.
#[test]
fn every_command_in_the_book_exists() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for topic in TOPICS {
        let blocks = topic.text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap_or(rest));
        let text: String = blocks.collect::<String>().replace("\\\n", " ");
        // The service is a program of its own where it is left out, and says so.
        let is_here = |line: &&str| cfg!(feature = "serve") || !line.starts_with("abigate serve");
        let commands = text.lines().map(str::trim).filter(|line| line.starts_with("abigate "));
        for line in commands.filter(is_here) {
            tried += 1;
            // What would ask somebody else, or not end, is only looked up.
            let asks =
                ["serve", "push", "login", "logout"].iter().any(|name| line.split(' ').nth(1) == Some(name));
            let help = if asks { "--help" } else { "" };
            // A shell knows about quotes and what stands behind a number sign.
            let script = format!("set -- {}; shift; exec \"$ABIGATE\" \"$@\" {help}", line.replace("$?", ""));
            let empty = tempfile::tempdir().expect("a directory");
            let mut command = Command::new("bash");
            command.args(["-f", "-c", &script]).env("ABIGATE", env!("CARGO_BIN_EXE_abigate"));
            command.env("HOME", empty.path()).env_remove("ABIGATE_STORE").current_dir(empty.path());
            let output = command.stdin(std::process::Stdio::null()).output().expect("bash runs");
            // There is nothing to compare here, which is no mistake of whoever typed it.
            let said = String::from_utf8_lossy(&output.stderr);
            if said.contains("Usage: ") || said.contains("try '--help'") || (asks && !output.status.success())
            {
                wrong.push(format!("{}: {line}\n  {said}", topic.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried >= 15, "{tried}");
}

/// Targets of links: `](target)` and `[label]: target`.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            found.push(target.to_owned());
        }
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.extend(inline.map(str::to_owned));
    }
    found
}

/// Labels of links: `[text][label]`.
fn labels(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if !in_code {
            found.extend(
                line.split("][").skip(1).filter_map(|rest| rest.split(']').next()).map(str::to_owned),
            );
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let here = folder();
    let shown = fs::read_to_string(here.join("links.md")).expect("readable");
    let mut wrong = Vec::new();
    let documents =
        TOPICS.iter().map(|topic| (here.join(format!("{}.md", topic.name)), topic.text.to_owned()));
    let readme = sessions::root().join("README.md");
    let readme = (readme.clone(), fs::read_to_string(readme).expect("readable"));
    for (place, text) in documents.chain([readme]) {
        let name = place.file_name().expect("named").to_string_lossy().into_owned();
        for target in targets(&text) {
            let file = target.split('#').next().unwrap_or_default();
            // The book is published without the repository, which its links name therefore.
            let in_repository = file.strip_prefix(concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/"));
            let path = match in_repository {
                Some(path) => sessions::root().join(path),
                None => place.parent().expect("in a directory").join(file),
            };
            let is_elsewhere = in_repository.is_none() && (target.contains("://") || file.is_empty());
            if !is_elsewhere && !path.exists() {
                wrong.push(format!("{name}: {target} is not there"));
            }
        }
        for label in labels(&text) {
            if !text.contains(&format!("\n[{label}]: ")) {
                wrong.push(format!("{name}: [{label}] means nothing at the end of the page"));
            }
            if name != "README.md" && !shown.contains(&format!("[{label}]: ")) {
                wrong.push(format!("{name}: [{label}] means nothing in links.md"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_contents_has_every_page() {
    let mut text = "# Summary\n".to_owned();
    for pages in TOPICS.chunk_by(|a, b| a.part == b.part) {
        text += &format!("\n# {}\n\n", pages[0].part);
        for topic in pages {
            text += &format!("- [{}]({}.md)\n", topic.title(), topic.name);
            if topic.name == "rules" {
                for entry in CATALOGUE {
                    text += &format!("  - [{0}](rules/{0}.md)\n", entry.rule);
                }
            }
        }
    }
    generated(&folder().join("SUMMARY.md"), &text);
    let links: String = TOPICS
        .iter()
        .map(|topic| format!("[{}.md]: crate::guide::{}\n", topic.name, topic.name.replace('-', "_")))
        .collect();
    generated(&folder().join("links.md"), &links);
    let known: BTreeSet<String> = TOPICS.iter().map(|topic| format!("{}.md", topic.name)).collect();
    for file in fs::read_dir(folder()).expect("a directory") {
        let name = file.expect("readable").file_name().to_string_lossy().into_owned();
        let is_page = name.ends_with(".md") && !["SUMMARY.md", "links.md"].contains(&&*name);
        assert!(!is_page || known.contains(&name), "{name} is in no list of topics");
    }
    for topic in TOPICS {
        assert!(topic.text.starts_with("# "), "{} has no title", topic.name);
    }
}

/// `abigate help` prints every page, and `abigate explain` the page of a rule.
#[test]
fn the_program_prints_the_book() {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_abigate")).args(arguments).output().expect("abigate runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, list, _) = run(&["help"]);
    assert_eq!(code, Some(0));
    for topic in TOPICS {
        assert!(
            list.contains(&format!("{}  ", topic.name)) && list.contains(topic.title()),
            "{}",
            topic.name
        );
        let (code, page, _) = run(&["help", topic.name]);
        let first = page.lines().next().unwrap_or_default();
        assert_eq!((code, first), (Some(0), topic.title().replace('`', "").as_str()), "{}", topic.name);
        assert!(!page.contains("]: "), "{page}");
    }
    assert_eq!(run(&["help", "baseline", "add"]).1, run(&["baseline", "add", "--help"]).1);
    assert_eq!(run(&["help", "virtual-inserted"]).1, run(&["explain", "virtual-inserted"]).1);
    let (code, _, error) = run(&["help", "waiver"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("did you mean waivers?"), "{error}");
}
