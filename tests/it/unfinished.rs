//! Nothing of what `ci/new-rule` writes is left to be filled in.

use std::fs;
use std::path::{Path, PathBuf};

/// In two parts, so that this file is not among what it finds.
const MARK: &str = concat!("FILL", "_IN");

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut items: Vec<PathBuf> =
        fs::read_dir(folder).expect("a directory").map(|item| item.expect("readable").path()).collect();
    items.sort();
    for item in items {
        if item.is_dir() {
            files(&item, found);
        } else {
            found.push(item);
        }
    }
}

#[test]
fn every_new_rule_is_filled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["src", "tests/fixtures/pairs"] {
        files(&root.join(folder), &mut all);
    }
    let mut left = Vec::new();
    for file in &all {
        let text = String::from_utf8_lossy(&fs::read(file).expect("readable")).into_owned();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some((_, what)) = line.split_once(MARK) {
                let place = file.strip_prefix(root).unwrap_or(file).display();
                left.push(format!("{place}:{number}: to be filled in:{what}"));
            }
        }
    }
    assert!(left.is_empty(), "{} places of a new rule:\n{}", left.len(), left.join("\n"));
}
