//! What was found out about headers before: a file for each unit, called by a checksum of everything that the answer depends
//! on.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};

use super::Probe;
use crate::abi::Library;
use crate::dump::{self, Dump, Effort};
use crate::toolchain::compiler::Language;

/// The place of one unit's facts.
pub(super) struct Cache {
    path: Option<PathBuf>,
}

impl Cache {
    /// Looks where facts about a unit would be. `preprocessed` is all that the compiler sees of the headers.
    pub(super) fn new(probe: &Probe<'_>, language: Language, standard: &str, preprocessed: &str) -> Cache {
        let name = || key(probe, language, standard, preprocessed) + ".abi.zst";
        let path = probe.options.cache.as_ref().map(|folder| folder.join(name()));
        Cache { path }
    }

    /// The facts, if there are any. A file that is damaged counts as none.
    pub(super) fn get(&self) -> Option<Library> {
        let data = fs::read(self.path.as_ref()?).ok()?;
        dump::read(&data).ok()?.pop().map(|dump| dump.library)
    }

    /// Keeps facts. That it fails costs nothing but time.
    pub(super) fn put(&self, library: &Library) {
        let Some(path) = &self.path else { return };
        let dump = Dump { library: library.clone(), ..Dump::default() };
        let write = || -> io::Result<()> {
            let data = dump::compress(&dump::to_text(&dump), Effort::Fast)?;
            keep(path, &data)
        };
        let _ = write();
    }
}

/// Writes a file of a cache so that who reads meanwhile sees the whole of it or none.
pub(crate) fn keep(path: &Path, data: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    fs::write(&draft, data)?;
    fs::rename(&draft, path)
}

/// Changes whenever the same headers are asked in another way.
const WAY: &str = "4";

fn key(probe: &Probe<'_>, language: Language, standard: &str, preprocessed: &str) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&dump::VERSION.to_string());
    add(&probe.compiler.version);
    add(&probe.machine.arch);
    add(WAY);
    add(&format!("{language:?}"));
    add(standard);
    probe.flags.iter().for_each(|flag| add(flag));
    probe.exports.iter().for_each(|name| add(name));
    // A wheel is unpacked somewhere else each time, which line markers and `__FILE__` say; the longest names come first.
    let mut folders: Vec<(usize, String)> =
        probe.folders.iter().map(|folder| folder.display().to_string()).enumerate().collect();
    folders.sort_by_key(|(_, folder)| std::cmp::Reverse(folder.len()));
    for line in preprocessed.lines() {
        let mut line = Cow::Borrowed(line);
        for (number, folder) in &folders {
            if line.contains(folder.as_str()) {
                line = Cow::Owned(line.replace(folder.as_str(), &number.to_string()));
            }
        }
        add(&line);
    }
    crate::hex::hex(&hash.finalize())
}
