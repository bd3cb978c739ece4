//! A file of secrets, which only its owner can read, and which one process after the other changes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;

/// Bytes that it has at most.
const LONGEST: u64 = 1 << 20;

type Result<T> = std::result::Result<T, Error>;

/// The file: JSON of whatever is kept in it. What is not there yet is the default.
#[derive(Clone, Debug)]
pub(super) struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// In a directory, which is made when the first secret is kept.
    pub(super) fn below(directory: &Path, name: &str) -> SecretFile {
        SecretFile { path: directory.join(name) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is kept.
    ///
    /// # Errors
    /// It cannot be read, or others can read it.
    pub(super) fn read<T: Default + DeserializeOwned>(&self) -> Result<T> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(T::default()),
            Err(error) => return Err(self.failed(error)),
        };
        let data = file.metadata().map_err(|error| self.failed(error))?;
        let wrong = |what: String| Error::Tokens { path: self.path.clone(), what };
        if !data.is_file() || data.len() > LONGEST {
            return Err(wrong("is no file of tokens".to_owned()));
        }
        if data.mode() & 0o077 != 0 {
            let mode = data.mode() & 0o777;
            return Err(wrong(format!("others may read it (mode {mode:o}): chmod 600, then get new tokens")));
        }
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text).map_err(|error| self.failed(error))?;
        // What is wrong is not shown, since it may be a token.
        serde_json::from_slice(&text).map_err(|error| {
            wrong(format!("is no file of tokens: line {}, column {}", error.line(), error.column()))
        })
    }

    /// Reads, changes and writes it.
    ///
    /// # Errors
    /// It cannot be read or written, or others can read it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut T)) -> Result<()>
    where
        T: Default + DeserializeOwned + Serialize,
    {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        let lock = made.and_then(|()| File::open(directory)).map_err(|error| self.failed(error))?;
        // A file system without locks only risks that one of two changes at once has to be made again.
        let _ = flock(&lock, FlockOperation::LockExclusive);
        let mut kept = self.read()?;
        change(&mut kept);
        let draft = self.path.with_extension(format!("{}.draft", std::process::id()));
        let write = || {
            // Whatever has that name was left by a process that was killed.
            let _ = fs::remove_file(&draft);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            serde_json::to_writer_pretty(&mut file, &kept)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&draft, &self.path)
        };
        write().map_err(|error| {
            let _ = fs::remove_file(&draft);
            self.failed(error)
        })
    }

    fn failed(&self, cause: io::Error) -> Error {
        Error::File { path: self.path.clone(), cause }
    }
}
