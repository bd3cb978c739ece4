//! What the public headers of a release say, and how they were asked.
//!
//! Facts of headers have the form of a library's: [`super::Release::headers`] is a [`super::Library`] of no file. Its
//! *exports* are the inline functions that programs compile into themselves, its *imports* what these functions call out of
//! line, which is what every program that includes the headers needs of the release's libraries.

use serde::{Deserialize, Serialize};

use super::is_default;

/// Name of the library that stands for the headers.
pub const HEADERS: &str = "headers";

/// How a compiler was asked about the headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Compiler and version: `GCC 12.2.0`.
    pub compiler: String,
    /// Language standard: `c++17`, `gnu++20`.
    pub standard: String,
    /// Flags that decide what the headers say, sorted: `-D_GLIBCXX_USE_CXX11_ABI=0`, `-DNDEBUG`. Directories are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Headers that were asked for and compile.
    pub headers: u32,
    /// Headers that were asked for and do not compile, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// What inline functions call out of line is known.
    #[serde(default, skip_serializing_if = "is_default")]
    pub emitted: bool,
    /// Which classes and virtual functions are `final` is known.
    #[serde(default, skip_serializing_if = "is_default")]
    pub finals: bool,
    /// Instances of templates that the headers leave to the library by `extern template`, as they are written there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extern_templates: Vec<String>,
    /// Templates of functions and variables, and members of class templates, that the headers declare and do not define.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_body: Vec<String>,
}

/// A header that does not compile.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// As it is included: `torch/extension.h`.
    pub header: String,
    /// The compiler's first error.
    pub error: String,
}
