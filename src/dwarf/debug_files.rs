//! Files beside the library that hold its debug info: separate ones, split ones, the one that dwz shares.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use super::debug_units::Skeleton;
use crate::abi::Library;
use crate::binary::Image;

/// Bytes of a file, mapped or read.
#[derive(Clone)]
pub struct Bytes(Arc<dyn Deref<Target = [u8]> + Send + Sync>);

impl Bytes {
    /// Shares the bytes of something.
    pub fn new(bytes: impl Deref<Target = [u8]> + Send + Sync + 'static) -> Bytes {
        Bytes(Arc::new(bytes))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// A file that debug info refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The debug info that was stripped off, by build-id in hexadecimal and by `.gnu_debuglink`.
    Separate {
        /// Build-id.
        build_id: Option<String>,
        /// File name.
        link: Option<String>,
    },
    /// What dwz moved out (`.gnu_debugaltlink`).
    Supplementary {
        /// Path as written.
        path: String,
        /// Build-id in hexadecimal.
        build_id: String,
    },
    /// All split units in one file (`.dwp`).
    Package,
    /// A split unit (`.dwo`).
    Split {
        /// Compilation directory.
        folder: String,
        /// Path as written.
        path: String,
    },
}

/// Finds files that debug info refers to.
pub trait DebugFileSource: Sync {
    /// The bytes of a file; None where it is not to be found.
    fn open(&self, wanted: &Wanted) -> Option<Bytes>;
}

/// Nothing stands beside: the library is all there is.
pub struct Alone;

impl DebugFileSource for Alone {
    fn open(&self, _: &Wanted) -> Option<Bytes> {
        None
    }
}

pub(super) fn separate(
    image: &Image<'_>,
    library: &Library,
    debug_files: &dyn DebugFileSource,
) -> Option<Bytes> {
    let link = image.section_named(b".gnu_debuglink").and_then(|section| {
        let end = section.iter().position(|&b| b == 0)?;
        Some(String::from_utf8_lossy(&section[..end]).into_owned())
    });
    let build_id = library.build_id.clone();
    if link.is_none() && build_id.is_none() {
        return None;
    }
    debug_files.open(&Wanted::Separate { build_id, link })
}

pub(super) fn alternative(
    image: &Image<'_>,
    debug_files: &dyn DebugFileSource,
    gaps: &mut Vec<String>,
) -> Option<Bytes> {
    let section = image.section_named(b".gnu_debugaltlink")?;
    let end = section.iter().position(|&b| b == 0)?;
    let path = String::from_utf8_lossy(&section[..end]).into_owned();
    let build_id = crate::hex::hex(&section[end + 1..]);
    let found = debug_files.open(&Wanted::Supplementary { path: path.clone(), build_id });
    if found.is_none() {
        let name = path.rsplit('/').next().unwrap_or_default();
        gaps.push(format!("supplementary file {name} is missing: what dwz moved there is not known"));
    }
    found
}

/// A skeleton unit and the number that its split unit carries too.
pub(super) type SplitUnit = (u32, gimli::DwoId);

/// Split files that were found, each with the skeleton units that refer to it.
pub(super) struct Split {
    files: Vec<SplitFile<Bytes>>,
}

/// A file with split units.
pub(super) struct SplitFile<T> {
    pub name: String,
    pub units: Vec<SplitUnit>,
    pub content: T,
}

impl Split {
    pub(super) fn open(
        skeletons: &[Skeleton],
        debug_files: &dyn DebugFileSource,
        gaps: &mut Vec<String>,
    ) -> Split {
        if skeletons.is_empty() {
            return Split { files: Vec::new() };
        }
        if let Some(bytes) = debug_files.open(&Wanted::Package) {
            let units = skeletons.iter().map(|s| (s.unit, s.id)).collect();
            let package = SplitFile { name: "split debug info".to_owned(), units, content: bytes };
            return Split { files: vec![package] };
        }
        let found: Vec<Option<Bytes>> = skeletons
            .par_iter()
            .map(|s| debug_files.open(&Wanted::Split { folder: s.folder.clone(), path: s.name.clone() }))
            .collect();
        let mut files = Vec::new();
        for (skeleton, bytes) in skeletons.iter().zip(found) {
            let name = skeleton.name.rsplit('/').next().unwrap_or_default().to_owned();
            match bytes {
                Some(content) => {
                    files.push(SplitFile { name, units: vec![(skeleton.unit, skeleton.id)], content })
                }
                None => gaps.push(format!("split file {name} is missing: its types are not known")),
            }
        }
        Split { files }
    }

    /// The files as ELF images.
    pub(super) fn images(&self, gaps: &mut Vec<String>) -> Vec<SplitFile<Image<'_>>> {
        let mut images = Vec::new();
        for SplitFile { name, units, content } in &self.files {
            match Image::parse(content) {
                Ok(content) => images.push(SplitFile { name: name.clone(), units: units.clone(), content }),
                Err(cause) => gaps.push(format!("{name}: {cause}")),
            }
        }
        images
    }
}
