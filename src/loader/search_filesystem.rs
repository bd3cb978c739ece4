//! The files that the loader may find, and where they are.

use foldhash::{HashMap, HashSet};

use crate::abi::{Library, Machine};

/// A shared object at its place.
#[derive(Clone, Debug)]
pub struct File<'a> {
    /// What is known of it.
    pub library: &'a Library,
    /// Absolute and without `.` and `..`. What a wheel or another archive has is under `/`, as if all were installed into one
    /// directory.
    pub path: String,
    /// It belongs to what is judged, rather than to what is there besides.
    pub is_judged: bool,
}

/// How the paths of the system's libraries start, which are nowhere in particular.
const SYSTEM: &str = "system:";
/// How the path of the interpreter starts.
const INTERPRETER: &str = "interpreter:";

impl File<'_> {
    /// Whether every system has it.
    pub fn is_systems(&self) -> bool {
        self.path.starts_with(SYSTEM)
    }

    /// Whether it is the program that loads the modules.
    pub fn is_interpreter(&self) -> bool {
        self.path.starts_with(INTERPRETER)
    }

    /// The directory that it is in: `$ORIGIN`.
    pub(super) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// All files, and the directories that are searched for each of them.
#[derive(Clone, Debug, Default)]
pub struct SearchFilesystem<'a> {
    pub(super) files: Vec<File<'a>>,
    by_path: HashMap<String, usize>,
    folders: HashSet<String>,
    /// There is nothing but what was added.
    pub(super) is_complete: bool,
    /// Names of libraries that other packages have, as somebody knows.
    pub(super) foreign: HashSet<String>,
    /// Searched before the `DT_RUNPATH` of a file, as `LD_LIBRARY_PATH` is.
    pub(super) searched: Vec<String>,
    /// Positions of files that the system has, by the name that they are needed by.
    pub(super) system: HashMap<&'a str, usize>,
    /// Who defines a symbol: position of a file, and of its first export of that name.
    pub(super) exports: HashMap<&'a str, Vec<(u32, u32)>>,
}

impl<'a> SearchFilesystem<'a> {
    /// Adds a file. One that is there already stays.
    pub fn add(&mut self, library: &'a Library, path: &str, is_judged: bool) -> usize {
        let path = normal(path);
        if let Some(&known) = self.by_path.get(&path) {
            return known;
        }
        let mut folder = path.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            self.folders.insert(parent.to_owned());
            folder = parent;
        }
        self.by_path.insert(path.clone(), self.files.len());
        self.push(File { library, path, is_judged })
    }

    /// Adds a library of the system, which is found by its name alone.
    pub fn add_system(&mut self, library: &'a Library) {
        let path = format!("{SYSTEM}{}", library.name);
        let at = self.push(File { library, path, is_judged: false });
        self.system.insert(library.link_name(), at);
    }

    /// Adds the program that loads modules, such as an interpreter. It is no file that anything needs.
    pub fn add_interpreter(&mut self, library: &'a Library) -> usize {
        self.push(File { library, path: format!("{INTERPRETER}{}", library.name), is_judged: false })
    }

    /// Says that there is nothing else: a search path that leads out of what was added leads nowhere.
    pub fn complete(&mut self) {
        self.is_complete = true;
    }

    /// Says that a library of that name belongs to a package that is not here.
    pub fn add_foreign(&mut self, name: &str) {
        self.foreign.insert(name.to_owned());
    }

    /// Adds a directory that is searched for everything.
    pub fn search(&mut self, folder: &str) {
        self.searched.push(normal(folder));
    }

    fn push(&mut self, file: File<'a>) -> usize {
        let at = self.files.len();
        let mut before = "";
        for (export, number) in file.library.exports.iter().zip(0..) {
            if std::mem::replace(&mut before, &export.name) != &*export.name {
                self.exports.entry(&export.name).or_default().push((at as u32, number));
            }
        }
        self.files.push(file);
        at
    }

    /// All files.
    pub fn files(&self) -> &[File<'a>] {
        &self.files
    }

    /// Whether every system has a library of that name, be it in another version.
    pub fn is_systems(&self, name: &str) -> bool {
        self.system.contains_key(name)
    }

    /// The file at a path, if it is for that machine: the loader passes over others.
    pub(super) fn at(&self, folder: &str, name: &str, machine: &Machine) -> Option<usize> {
        let found = *self.by_path.get(&normal(&format!("{folder}/{name}")))?;
        let other = &self.files[found].library.machine;
        let is_same = other.arch == machine.arch
            && other.bits == machine.bits
            && other.big_endian == machine.big_endian;
        is_same.then_some(found)
    }

    /// Whether any file is in a directory or below it.
    pub(super) fn has_folder(&self, folder: &str) -> bool {
        self.folders.contains(&normal(folder))
    }
}

/// An absolute path without `.`, `..` and empty parts. What leads above the root stays at the root.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().flat_map(|part| ["/", part]).collect()
}
