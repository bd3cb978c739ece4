//! The files through which a step speaks to its job: the summary that the job shows, and outputs for later steps.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::cut;

/// Bytes that GitHub takes for a step's summary; a larger one is not shown at all.
pub const SUMMARY: usize = 1 << 20;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading its size or writing it failed.
    #[error("cannot append to {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a name that an output can have.
    #[error("{0:?} is no name of an output: letters, digits, - and _ are")]
    Name(String),
}

/// Appends Markdown to the job's summary, cut so that the whole file stays within [`SUMMARY`].
///
/// # Errors
/// Writing failed.
pub fn append_summary(path: &Path, markdown: &str) -> Result<(), Error> {
    append(path, |file| {
        let used = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        // What is there may not end its line, and Markdown starts at one.
        let gap = if used == 0 { "" } else { "\n\n" };
        let room = SUMMARY.saturating_sub(used.saturating_add(gap.len() + 1));
        if room == 0 {
            return Ok(());
        }
        writeln!(file, "{gap}{}", cut::markdown(markdown, room))
    })
}

/// Appends outputs of the step: names and values, which may have several lines.
///
/// # Errors
/// Writing failed, or a name is none; nothing is written then.
pub fn append_outputs(path: &Path, outputs: &[(&str, &str)]) -> Result<(), Error> {
    let mut text = String::new();
    for (name, value) in outputs {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(Error::Name((*name).to_owned()));
        }
        let end = delimiter(value);
        text.push_str(&format!("{name}<<{end}\n{value}\n{end}\n"));
    }
    append(path, |file| file.write_all(text.as_bytes()))
}

/// A line that the value does not have: the first of `END`, `END_1`, … that does not occur in it.
fn delimiter(value: &str) -> String {
    let mut delimiter = "END".to_owned();
    for number in 1_usize.. {
        if !value.contains(&delimiter) {
            break;
        }
        delimiter = format!("END_{number}");
    }
    delimiter
}

fn append(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened
        .and_then(|mut file| write(&mut file))
        .map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_summary_follows_what_is_there() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("summary.md");
        append_summary(&path, "# One").expect("written");
        append_summary(&path, "# Two").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("there"), "# One\n\n\n# Two\n");
    }

    #[test]
    fn a_summary_stays_within_its_limit() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("summary.md");
        let long = "a line of it\n".repeat(50_000);
        for _ in 0..4 {
            append_summary(&path, &long).expect("written");
        }
        let text = fs::read_to_string(&path).expect("there");
        assert!(text.len() <= SUMMARY && text.len() > SUMMARY - 100, "{}", text.len());
        assert!(text.contains("Cut here"));
    }

    #[test]
    fn outputs_cannot_end_early() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("output");
        let value = "first\nEND\nverdict=compatible\nEND_1";
        append_outputs(&path, &[("verdict", "breaking"), ("report", value)]).expect("written");
        assert_eq!(
            fs::read_to_string(&path).expect("there"),
            format!("verdict<<END\nbreaking\nEND\nreport<<END_2\n{value}\nEND_2\n")
        );
    }

    #[test]
    fn a_name_is_only_a_name() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("output");
        for name in ["", "a=b", "a\nb", "a<<END"] {
            let error = append_outputs(&path, &[("fine", "1"), (name, "2")]).expect_err(name);
            assert!(matches!(error, Error::Name(_)));
        }
        assert!(!path.exists());
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().expect("a directory");
        let error = append_summary(folder.path(), "text").expect_err("a directory is no file");
        assert!(error.to_string().starts_with(&format!("cannot append to {}: ", folder.path().display())));
    }
}
