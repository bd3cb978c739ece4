//! Directories that are there while something is done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory that goes away with this.
#[derive(Debug)]
pub(super) struct WorkDirectory {
    path: PathBuf,
}

impl WorkDirectory {
    /// Makes it.
    pub(super) fn create(path: &Path) -> io::Result<WorkDirectory> {
        fs::create_dir_all(path)?;
        Ok(WorkDirectory { path: path.to_owned() })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what a program that was killed left behind, if that was a while ago: another one may be at work beside this.
pub(super) fn sweep(parent: &Path, age: std::time::Duration) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let old = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed > age));
        if old {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
