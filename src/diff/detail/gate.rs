//! What changes of the whole are about that a policy or the system sets a limit to: files of the repository, sizes, versions of system libraries.

use serde::{Deserialize, Serialize};

/// What was done to a file that the gate goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileChange {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It has other content.
    Modified,
    /// It is no longer what it was: a link, a directory, a text that cannot be read.
    Unreadable,
    /// Keys of it have other values.
    Keys(Vec<String>),
    /// Other people own these paths by it.
    Owners(Vec<String>),
    /// A waiver came, with that reason.
    Waiver(String),
}

/// What a release needs of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// Highest versions: `GLIBC_2.28`.
    pub versions: Vec<String>,
    /// The manylinux tag that allows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// What a budget is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// All sections that are loaded, in bytes.
    Size,
    /// One section, in bytes.
    Section(String),
    /// A number of relocations.
    Relocations,
}
