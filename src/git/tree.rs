//! The files of a commit.

use super::{Error, Repository, Result};

/// The files of a commit. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    repository: Repository,
    commit: String,
}

/// What stands at a path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From the root of the repository.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Size in bytes; 0 of what is no file.
    pub size: u64,
    hash: String,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A directory.
    Directory,
    /// Another repository.
    Submodule,
}

impl Tree {
    pub(super) fn new(repository: Repository, commit: String) -> Tree {
        Tree { repository, commit }
    }

    /// Full hash of its commit.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The repository that it is of.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// What stands at a path, which is not followed where it is a link. The root is a directory.
    ///
    /// # Errors
    /// Git refuses.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>> {
        if path.is_empty() {
            let (path, hash) = (String::new(), self.commit.clone());
            return Ok(Some(Entry { path, kind: Kind::Directory, size: 0, hash }));
        }
        let list = self.list(&["ls-tree", "-l", "-z", "--full-tree", &self.commit, "--", path])?;
        Ok(list.into_iter().find(|entry| entry.path == path))
    }

    /// Everything below a directory but directories, sorted; nothing where there is no such directory.
    ///
    /// # Errors
    /// The path is a link or a submodule, or git refuses.
    pub fn files(&self, directory: &str) -> Result<Vec<Entry>> {
        match self.entry(directory)?.map(|entry| entry.kind) {
            None | Some(Kind::File) => return Ok(Vec::new()),
            Some(Kind::Directory) => {}
            Some(kind @ (Kind::Link | Kind::Submodule)) => return Err(refused(directory, kind)),
        }
        let mut arguments = vec!["ls-tree", "-r", "-l", "-z", "--full-tree", &self.commit];
        if !directory.is_empty() {
            arguments.extend(["--", directory]);
        }
        let mut entries = self.list(&arguments)?;
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// The content of a regular file of at most `most` bytes; none where there is none.
    ///
    /// # Errors
    /// It is no regular file, larger, or git refuses.
    pub fn read(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>> {
        self.entry(path)?.map(|entry| self.content(&entry, most)).transpose()
    }

    /// The content of an entry that is a regular file of at most `most` bytes.
    ///
    /// # Errors
    /// It is no regular file, larger, or git refuses.
    pub fn content(&self, entry: &Entry, most: u64) -> Result<Vec<u8>> {
        if entry.kind != Kind::File {
            return Err(refused(&entry.path, entry.kind));
        }
        if entry.size > most {
            return Err(Error::TooLarge { path: entry.path.clone(), most });
        }
        self.repository.run(&["cat-file", "blob", &entry.hash])
    }

    /// The contents of several entries that are regular files of at most `most` bytes, in their order and by one process; none
    /// of what is something else.
    ///
    /// # Errors
    /// Git refuses.
    pub fn contents(&self, entries: &[&Entry], most: u64) -> Result<Vec<Option<Vec<u8>>>> {
        let is_read = |entry: &&&Entry| entry.kind == Kind::File && entry.size <= most;
        let asked: String = entries.iter().filter(is_read).map(|entry| format!("{}\n", entry.hash)).collect();
        let output = self.repository.run_with(&["cat-file", "--batch"], asked)?;
        let mut rest = &output[..];
        let mut next = || -> Option<Vec<u8>> {
            // `HASH blob SIZE`, a line break, the content, a line break.
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let size: usize = std::str::from_utf8(&rest[..end]).ok()?.rsplit(' ').next()?.parse().ok()?;
            let content = rest.get(end + 1..)?.get(..size)?.to_vec();
            rest = rest.get(end + size + 2..).unwrap_or_default();
            Some(content)
        };
        Ok(entries.iter().map(|entry| if is_read(&entry) { next() } else { None }).collect())
    }

    fn list(&self, arguments: &[&str]) -> Result<Vec<Entry>> {
        let output = self.repository.run(&[&["--literal-pathspecs"], arguments].concat())?;
        Ok(output.split(|byte| *byte == 0).filter_map(|line| entry(&String::from_utf8_lossy(line))).collect())
    }
}

/// `100644 blob HASH    SIZE<tab>PATH`
fn entry(line: &str) -> Option<Entry> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, _, hash, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
    let kind = match mode {
        "120000" => Kind::Link,
        "160000" => Kind::Submodule,
        "040000" => Kind::Directory,
        _ => Kind::File,
    };
    let size = size.parse().unwrap_or(0);
    Some(Entry { path: path.to_owned(), kind, size, hash: hash.to_owned() })
}

fn refused(path: &str, kind: Kind) -> Error {
    let what = match kind {
        Kind::File => "is a file",
        Kind::Link => "is a symbolic link, which is not followed",
        Kind::Directory => "is a directory",
        Kind::Submodule => "is a submodule, whose files are in another repository",
    };
    Error::Path { path: path.to_owned(), what }
}
