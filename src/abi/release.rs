//! A release: the libraries that are published together for one platform.

use std::fmt;

use super::{HEADERS, Library, Machine, Type};

/// Bases of bases that are followed: debug info may be damaged.
const DEEPEST: usize = 64;

/// A named set of libraries for one platform and variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// `v2.4.0`, `HEAD`, or what the user named when the input has no better name.
    pub name: String,
    /// Platform and variant, where known.
    pub platform: Platform,
    /// Sorted by name, then path.
    pub libraries: Vec<Library>,
    /// What the public headers say, where they were asked: a library of no file.
    pub headers: Option<Library>,
    /// It was read from packages of a distribution, which say themselves what they need of the system. Dumps do not keep it.
    pub is_distributions: bool,
}

/// `linux-aarch64`, or with a variant `linux-x86_64-cu126`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Operating system and architecture: `linux-aarch64`. Empty where unknown.
    pub name: String,
    /// What else tells builds of one release apart: `cu126`, `debug`.
    pub variant: Option<String>,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.variant {
            Some(variant) => write!(f, "-{variant}"),
            None => Ok(()),
        }
    }
}

impl Platform {
    /// Reads `linux-x86_64-cu126`: the system, the architecture and, after the second hyphen, a variant.
    pub fn parse(text: &str) -> Platform {
        let mut parts = text.splitn(3, '-');
        let (system, arch) = (parts.next().unwrap_or(""), parts.next());
        Platform {
            name: arch.map_or_else(|| system.to_owned(), |arch| format!("{system}-{arch}")),
            variant: parts.next().map(str::to_owned),
        }
    }
}

impl Release {
    /// A release of what was read: puts the libraries in order, and what the headers say where it belongs.
    pub fn new(name: String, platform: Platform, mut libraries: Vec<Library>) -> Release {
        libraries.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
        let is_headers = |library: &Library| library.evidence.headers.is_some() && library.name == HEADERS;
        let headers = libraries.iter().position(is_headers).map(|at| libraries.remove(at));
        libraries.retain(|library| !is_headers(library));
        Release { name, platform, libraries, headers, is_distributions: false }
    }

    /// Everything that is written down: the libraries, and what the headers say.
    pub fn parts(&self) -> impl Iterator<Item = &Library> {
        self.libraries.iter().chain(&self.headers)
    }

    /// The machine that most libraries are for.
    pub fn machine(&self) -> Machine {
        let machines = || self.libraries.iter().map(|library| &library.machine);
        let count = |machine: &Machine| machines().filter(|other| *other == machine).count();
        machines().max_by_key(|machine| count(machine)).cloned().unwrap_or_default()
    }

    /// The first library that exports a symbol, in any version.
    pub fn exporter(&self, symbol: &str) -> Option<&Library> {
        self.libraries.iter().find(|library| library.exports_named(symbol).next().is_some())
    }

    /// The class of that canonical name, as the first library that knows it describes it, or else the headers.
    pub fn class(&self, name: &str) -> Option<&Type> {
        self.parts()
            .find_map(|library| library.types_named(name).next().filter(|type_| type_.kind.is_class()))
    }

    /// The direct, non-virtual base at an offset in bytes.
    pub fn base_at(&self, class: &Type, offset: i64) -> Option<&Type> {
        let bits = u64::try_from(offset.checked_mul(8)?).ok()?;
        let base = class.bases.iter().find(|base| base.bit_offset == Some(bits) && !base.is_virtual)?;
        self.class(&base.name)
    }

    /// Linkage name of the function that a class, or the bases that share its virtual table, declare for a slot.
    pub fn declared_virtual<'r>(&'r self, class: &'r Type, slot: u64) -> Option<&'r str> {
        let mut class = class;
        for _ in 0..DEEPEST {
            if let Some(function) = class.virtuals.iter().find(|function| function.slot == Some(slot)) {
                return function.symbol.as_deref();
            }
            class = self.base_at(class, 0)?;
        }
        None
    }

    /// The library that the loader or the release knows under this name (SONAME or file name).
    pub fn library(&self, name: &str) -> Option<&Library> {
        self.libraries.iter().find(|l| l.link_name() == name || l.name == name)
    }
}
