//! Where a store is: in a directory, or at a service.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::remote::{Address, AddressError, is_address};

/// Where baselines are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a directory.
    Directory(PathBuf),
    /// In a project of a service.
    Service(Address),
}

impl Location {
    /// What a path or an address means; `beside`: the directory that paths are relative to.
    ///
    /// # Errors
    /// It looks like an address and is none.
    pub fn parse(text: &Path, beside: &Path) -> Result<Location, AddressError> {
        match text.to_str().filter(|text| is_address(text)) {
            Some(address) => address.parse().map(Location::Service),
            None => Ok(Location::Directory(beside.join(text))),
        }
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Location {
        Location::Directory(path)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Directory(path) => path.display().fmt(f),
            Location::Service(address) => address.fmt(f),
        }
    }
}
