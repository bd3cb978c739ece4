//! Standard output that may be closed early, lines on standard error, and files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::report;

/// One line on standard error: `abigate: …`.
pub(super) fn complain(text: &str) {
    // eprintln! would panic when standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "abigate: {}", report::safe::text(&text.replace('\n', " ")));
}

/// Some lines on standard error as they are.
pub(super) fn inform(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", report::safe::lines(text));
}

/// Standard output. A reader who has seen enough (`| head`) is no error: the rest is swallowed.
pub(super) struct Stdout {
    out: BufWriter<io::StdoutLock<'static>>,
    is_closed: bool,
}

impl Stdout {
    pub(super) fn lock() -> Stdout {
        Stdout { out: BufWriter::with_capacity(1 << 16, io::stdout().lock()), is_closed: false }
    }

    fn unless_closed<T: Default>(
        &mut self,
        write: impl FnOnce(&mut BufWriter<io::StdoutLock<'static>>) -> io::Result<T>,
        otherwise: T,
    ) -> io::Result<T> {
        if self.is_closed {
            return Ok(otherwise);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.unless_closed(|out| out.write(data), data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed(|out| out.flush(), ())
    }
}

/// Prints a result, with one error message for whatever standard output may be.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = Stdout::lock();
    write(&mut out).and_then(|()| out.flush()).context("standard output")
}

/// The same for people: names that come out of files are shown there, and nothing obeys them.
pub(super) fn tell(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    print(|out| shown(write, out))
}

fn shown(write: impl FnOnce(&mut dyn Write) -> io::Result<()>, out: &mut dyn Write) -> io::Result<()> {
    let mut shown = report::safe::Shown::new(out);
    write(&mut shown)?;
    shown.finish()
}

/// How wide and high standard output is, and whether colours show on it.
pub(super) fn screen() -> report::Options {
    let stdout = io::stdout();
    let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    let mut options = report::Options { color, ..report::Options::default() };
    if stdout.is_terminal()
        && let Some((width, height)) = terminal_size::terminal_size()
    {
        options.width = usize::from(width.0).max(40);
        // The last line is the prompt's.
        options.height = usize::from(height.0).max(24) - 1;
    }
    options
}

/// Writes a verdict, of which every format makes its names safe in its own way, to a file, else to standard output, as wide as
/// the reader's screen is.
pub(super) fn verdict(
    place: Option<&Path>,
    full: bool,
    write: impl FnOnce(&report::Options, &mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    match place {
        // Nobody knows how wide the reader of a file is.
        Some(place) => {
            let options = report::Options { full, ..report::Options::default() };
            write_file(place, |out| write(&options, out))
        }
        None => {
            let options = report::Options { full, ..screen() };
            print(|out| write(&options, out))
        }
    }
}

/// The same for answers that are not made safe by their format.
pub(super) fn report(
    place: Option<&Path>,
    full: bool,
    write: impl FnOnce(&report::Options, &mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    verdict(place, full, |options, out| shown(|out| write(options, out), out))
}

/// Columns for running text, which nobody likes to read in longer lines.
pub(super) fn text_width() -> usize {
    screen().width.min(report::WIDTH)
}

/// Files that come into being together: written beside their places first, moved there when all are complete.
#[derive(Default)]
pub(super) struct Files {
    drafts: Vec<(PathBuf, PathBuf)>,
}

impl Files {
    /// Writes a file beside its place.
    pub(super) fn write(&mut self, place: &Path, data: &[u8]) -> Result<()> {
        self.write_with(place, |out| out.write_all(data))
    }

    /// Writes a file beside its place, piece by piece.
    pub(super) fn write_with(
        &mut self,
        place: &Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        let name = place.file_name().with_context(|| format!("{}: is not a file name", place.display()))?;
        let draft = place.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
        let result = File::create(&draft).and_then(|file| {
            self.drafts.push((draft, place.to_owned()));
            let mut out = BufWriter::new(file);
            write(&mut out)?;
            out.flush()
        });
        result.with_context(|| place.display().to_string())
    }

    /// Moves the files to their places.
    pub(super) fn publish(mut self) -> Result<()> {
        while let Some((draft, place)) = self.drafts.last() {
            fs::rename(draft, place).with_context(|| place.display().to_string())?;
            self.drafts.pop();
        }
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for (draft, _) in &self.drafts {
            // Nothing more can be done about a draft that does not go away.
            let _ = fs::remove_file(draft);
        }
    }
}

/// Writes one file, whole or not at all. What is no regular file (`/dev/stdout`, a pipe) is written to directly; `-` is
/// standard output, as for other tools.
pub(super) fn write_file(place: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if place == Path::new("-") {
        return print(write);
    }
    if place.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir()) {
        let mut file = fs::OpenOptions::new().write(true).open(place)?;
        return write(&mut file).with_context(|| place.display().to_string());
    }
    let mut files = Files::default();
    files.write_with(place, write)?;
    files.publish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_appear_together_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("abigate-output-{}", std::process::id()));
        fs::create_dir_all(folder.join("taken")).unwrap();
        let count = || fs::read_dir(&folder).unwrap().count();
        let mut files = Files::default();
        files.write(&folder.join("a"), b"a").unwrap();
        files.write_with(&folder.join("b"), |_| Err(io::Error::other("no"))).unwrap_err();
        assert_eq!(count(), 3);
        drop(files);
        assert_eq!(count(), 1);
        let mut files = Files::default();
        files.write(&folder.join("taken"), b"a").unwrap();
        assert!(files.publish().is_err());
        assert_eq!(count(), 1);
        let mut files = Files::default();
        files.write(&folder.join("a"), b"a").unwrap();
        files.publish().unwrap();
        assert_eq!(fs::read(folder.join("a")).unwrap(), b"a");
        fs::remove_dir_all(folder).unwrap();
    }
}
