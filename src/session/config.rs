//! `abigate.yaml`: what a project tells every command about itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Error;
use super::scope::Scope;
use crate::artifact::open_regular;
use crate::git::{self, Tree};
use crate::patterns::Glob;
use crate::policy::{self, ConfigError, Policy};
use crate::probe;
use crate::store::Location;

/// Name of the file.
pub const CONFIG_NAME: &str = "abigate.yaml";

/// A configuration is written by hand, but for waivers after a large change; anything larger is another file. In bytes.
pub(super) const LARGEST: u64 = 4 << 20;

/// A consumer that a commit has: a program, an extension or a list. In bytes.
const LARGEST_CONSUMER: u64 = 1 << 30;

/// A list of names that a policy refers to; a symbol table has some megabytes. In bytes.
const LARGEST_LIST: u64 = 64 << 20;

/// The configuration, with its paths made relative to the current directory. The default is what counts where there is none.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file, if there is one.
    pub(super) file: Option<PathBuf>,
    /// Where baselines are.
    pub(super) store: Option<Location>,
    /// Platform to compare, where a release is stored for several.
    pub(super) platform: Option<String>,
    /// What `HEAD` means.
    pub(super) build: Vec<PathBuf>,
    /// How public headers are asked.
    pub(super) headers: Option<probe::Options>,
    /// Everything else in it.
    entries: policy::File,
    /// Where what it names is read, if not beside it: the files of a commit, and its directory in them.
    commit: Option<(Tree, String)>,
}

impl Config {
    /// Reads the file that was named, or the one that is found from a directory upwards; none is a configuration as well.
    ///
    /// # Errors
    /// The file cannot be read, or has a mistake.
    pub fn load(named: Option<&Path>, directory: &Path) -> Result<Config, Error> {
        match named {
            Some(file) => Config::read(file),
            None => match find(&directory.canonicalize().map_err(io_error(directory))?) {
                Some(file) => Config::read(&file),
                None => Ok(Config::default()),
            },
        }
    }

    fn read(file: &Path) -> Result<Config, Error> {
        // Who names a pipe waits for it: `--config <(make-policy)`.
        let text = File::open(file).and_then(|file| read_text(file, LARGEST));
        Config::parse(file, &text.map_err(io_error(file))?)
    }

    /// The same of a text that was read already. `file`: what it is called, and what its paths are relative to.
    ///
    /// # Errors
    /// It has a mistake.
    pub fn parse(file: &Path, text: &str) -> Result<Config, Error> {
        let name = file.display().to_string();
        let entries = policy::File::parse(text).map_err(|cause| Error::Config { file: name, cause })?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let store = entries.store().map(|text| Location::parse(Path::new(text), folder)).transpose();
        Ok(Config {
            file: Some(file.to_owned()),
            store: store.map_err(|cause| Error::StoreAddress { file: file.to_owned(), cause })?,
            platform: entries.platform().map(str::to_owned),
            headers: entries.headers().map(|asked| probe::Options {
                folders: asked.folders().iter().map(|path| folder_or_inside(folder, path)).collect(),
                groups: asked.groups(),
                except: asked.except().to_vec(),
                compiler: asked.compiler().map(str::to_owned),
                flags: asked.flags().to_vec(),
                keep_going: asked.keep_going(),
                ..probe::Options::default()
            }),
            build: entries.build().iter().map(|path| folder.join(path)).collect(),
            entries,
            commit: None,
        })
    }

    /// The same, with lists and consumers out of a commit; `directory`: the file's own in there.
    pub(super) fn at_commit(self, tree: Tree, directory: &str) -> Config {
        Config { commit: Some((tree, directory.to_owned())), ..self }
    }

    /// The policy, with the files that it refers to, which lie beside it.
    ///
    /// # Errors
    /// It has a mistake.
    pub fn policy(&self) -> Result<Policy, Error> {
        let read = |path: &str| match &self.commit {
            None => open_regular(&self.directory().join(path)).and_then(|file| read_text(file, LARGEST_LIST)),
            Some((tree, directory)) => {
                let data = git::below(directory, path).and_then(|path| tree.read(&path, LARGEST_LIST));
                let data = data.map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
                String::from_utf8(data).map_err(|_| io::Error::other("is not UTF-8 text"))
            }
        };
        self.policy_with(&read)
    }

    /// The policy, with the files that it refers to read in another way.
    ///
    /// # Errors
    /// It has a mistake.
    pub fn policy_with(&self, read: &policy::Reader<'_>) -> Result<Policy, Error> {
        Policy::new(&self.entries, read).map_err(|cause| self.at(cause))
    }

    /// Whether it names consumers.
    pub fn names_consumers(&self) -> bool {
        !self.entries.consumers().is_empty()
    }

    /// Files of the consumers that it names: they lie beside it, and wildcards in the names of files count. Those of a commit
    /// are written into a directory for that.
    ///
    /// # Errors
    /// Nothing is called so.
    pub(super) fn consumers(&self, scratch: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
        if let (Some((tree, directory)), Some(scratch)) = (&self.commit, scratch) {
            return self.consumers_at(tree, directory, scratch);
        }
        let mut files = Vec::new();
        for (number, text) in self.entries.consumers().iter().enumerate() {
            let path = self.directory().join(text);
            let found = match path.file_name().and_then(|name| name.to_str()) {
                Some(name) if name.contains(['*', '?', '[', '{']) => {
                    let glob = Glob::parse(name);
                    glob.map_err(|bad| self.at(self.entries.wrong_consumer(number, bad.0)))
                        .and_then(|glob| matching(path.parent().unwrap_or(Path::new("")), &glob))?
                }
                _ if path.exists() => vec![path],
                _ => Vec::new(),
            };
            if found.is_empty() {
                let what = format!("no file is called {text}");
                return Err(self.at(self.entries.wrong_consumer(number, what)));
            }
            // Two patterns may mean the same file, which is one consumer.
            files.extend(found.into_iter().filter(|file| !files.contains(file)).collect::<Vec<_>>());
        }
        Ok(files)
    }

    fn consumers_at(&self, tree: &Tree, directory: &str, scratch: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for (number, text) in self.entries.consumers().iter().enumerate() {
            let wrong = |what: String| self.at(self.entries.wrong_consumer(number, what));
            let whole = git::below(directory, text).map_err(|error| wrong(error.to_string()))?;
            let (above, name) = whole.rsplit_once('/').unwrap_or(("", &whole));
            let glob = Glob::parse(name).map_err(|bad| wrong(bad.0))?;
            let is_pattern = name.contains(['*', '?', '[', '{']);
            let mut found = false;
            for entry in tree.files(above)? {
                let (folder, own) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
                let fits = if is_pattern { !own.starts_with('.') && glob.matches(own) } else { own == name };
                if folder != above || !fits {
                    continue;
                }
                found = true;
                let place = scratch.join(number.to_string()).join(own);
                let above = place.parent().unwrap_or(scratch);
                std::fs::create_dir_all(above).map_err(io_error(above))?;
                let data = tree.content(&entry, LARGEST_CONSUMER)?;
                std::fs::write(&place, data).map_err(io_error(&place))?;
                files.push(place);
            }
            if !found {
                return Err(wrong(format!("no file is called {text}")));
            }
        }
        Ok(files)
    }

    /// Whether what it names is read from a commit.
    pub(super) fn is_at_commit(&self) -> bool {
        self.commit.is_some()
    }

    /// Where baselines are; none where it does not say.
    pub fn store(&self) -> Option<&Location> {
        self.store.as_ref()
    }

    /// The directory of baselines as it is written.
    pub(super) fn written_store(&self) -> Option<&str> {
        self.entries.store()
    }

    /// The consumers as they are written.
    pub(super) fn written_consumers(&self) -> &[String] {
        self.entries.consumers()
    }

    /// Paths of the lists that it names, as they are written.
    pub(super) fn lists(&self) -> Vec<&str> {
        self.entries.lists()
    }

    /// Which libraries it says are compared.
    pub(super) fn scope(&self) -> Result<Scope, Error> {
        Scope::read(self.entries.libraries(), self.entries.excluded())
    }

    /// What it says to the gate.
    pub fn gate(&self) -> &policy::GateSettings {
        self.entries.gate()
    }

    /// The file, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Platform to compare, where a release is stored for several.
    pub fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// What `HEAD` means.
    pub fn build(&self) -> &[PathBuf] {
        &self.build
    }

    /// The directory of the file.
    pub fn directory(&self) -> &Path {
        self.file.as_ref().and_then(|file| file.parent()).unwrap_or(Path::new(""))
    }

    /// A mistake with the file that it is in.
    pub(super) fn at(&self, cause: ConfigError) -> Error {
        let file = self.file.as_deref().unwrap_or(Path::new(CONFIG_NAME)).display().to_string();
        Error::Config { file, cause }
    }

    /// What reports call the file: where it lies is nobody's business.
    pub fn file_name(&self) -> String {
        let name = self.file.as_ref().and_then(|file| file.file_name());
        name.map_or_else(|| CONFIG_NAME.to_owned(), |name| name.to_string_lossy().into_owned())
    }
}

/// An error about a path.
pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Io { path, cause }
}

/// Files of a directory by a pattern, sorted; a directory that is not there has none.
fn matching(folder: &Path, glob: &Glob) -> Result<Vec<PathBuf>, Error> {
    let Ok(entries) = folder.read_dir() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_error(folder))?;
        if entry.file_name().to_str().is_some_and(|name| !name.starts_with('.') && glob.matches(name)) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// A directory beside the configuration, if it is there; else one that is to be found inside what is compared.
fn folder_or_inside(folder: &Path, path: &str) -> PathBuf {
    let beside = folder.join(path);
    if beside.is_dir() { beside } else { PathBuf::from(path) }
}

/// The text of a file that is no larger than that.
fn read_text(file: File, largest: u64) -> io::Result<String> {
    let mut text = Vec::new();
    file.take(largest + 1).read_to_end(&mut text)?;
    if text.len() as u64 > largest {
        return Err(io::Error::other(format!("is larger than {} KiB", largest >> 10)));
    }
    String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::other(format!("is not UTF-8 text from byte {at} on"))
    })
}

/// The nearest file from a directory upwards, not beyond the repository that the directory is in.
fn find(folder: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(folder);
    let folders = folder.ancestors().take_while(|folder| folder.starts_with(root));
    folders.map(|folder| folder.join(CONFIG_NAME)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_at_the_repository() {
        let root = std::env::temp_dir().join(format!("abigate-config-{}", std::process::id()));
        let inner = root.join("repo/a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(root.join(CONFIG_NAME), "").unwrap();
        assert_eq!(find(&inner), None);
        std::fs::create_dir(root.join("repo/.git")).unwrap();
        assert_eq!(find(&inner), None);
        std::fs::write(root.join("repo").join(CONFIG_NAME), "").unwrap();
        assert_eq!(find(&inner), Some(root.join("repo").join(CONFIG_NAME)));
        std::fs::remove_dir_all(root).unwrap();
    }
}
