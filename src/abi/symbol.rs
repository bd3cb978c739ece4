//! The dynamic symbol table: definitions, references and symbol versions.

use serde::{Deserialize, Serialize};

use super::is_default;

/// What a symbol stands for (`st_type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SymbolKind {
    /// `STT_FUNC`
    #[default]
    Func,
    /// `STT_OBJECT` or `STT_COMMON`
    Object,
    /// `STT_TLS`
    Tls,
    /// `STT_GNU_IFUNC`
    Ifunc,
    /// `STT_NOTYPE` and anything else
    Notype,
}

/// `st_bind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    /// `STB_GLOBAL`
    #[default]
    Global,
    /// `STB_WEAK`
    Weak,
    /// `STB_GNU_UNIQUE`: one definition per process, even across `RTLD_LOCAL`
    Unique,
}

/// `st_other`: how references from inside the library bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// `STV_DEFAULT`
    #[default]
    Default,
    /// `STV_PROTECTED`: cannot be interposed
    Protected,
}

/// A definition in the dynamic symbol table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Linkage name.
    #[serde(rename = "export")]
    pub name: Box<str>,
    /// Version node (`GLIBC_2.17`), where the library defines versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Box<str>>,
    /// The version is not the default one (`name@V`, not `name@@V`): new links do not see it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hidden_version: bool,
    /// Function, data, …
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: SymbolKind,
    /// Strong, weak or unique.
    #[serde(default, skip_serializing_if = "is_default")]
    pub binding: Binding,
    /// Default or protected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub visibility: Visibility,
    /// Size in bytes of data (objects and TLS); functions have none here, since it is no promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Section of data, since it says whether the data is writable. Functions have none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Box<str>>,
    /// First name, in byte order, of the group of symbols that share its address, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<Box<str>>,
    /// The package that it is from promises it for this version only, or not at all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unpromised: bool,
}

/// A reference in the dynamic symbol table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Linkage name.
    #[serde(rename = "import")]
    pub name: Box<str>,
    /// Version needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Box<str>>,
    /// Library that has to define the version (`vn_file`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<Box<str>>,
    /// May stay undefined.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weak: bool,
    /// Size in bytes of the variable whose first value a program copies to itself (`R_*_COPY`), after which it is the
    /// program's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<u64>,
}

/// A function of which debug info says that there is code, be it inlined into others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inlined {
    /// Linkage name.
    #[serde(rename = "inlined")]
    pub name: Box<str>,
}

/// A version that the library defines (`.gnu.version_d`), without the base definition that repeats the SONAME.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionDefinition {
    /// Name of the node.
    #[serde(rename = "version")]
    pub name: Box<str>,
    /// Nodes that it inherits from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Box<str>>,
    /// `VER_FLG_WEAK`
    #[serde(default, skip_serializing_if = "is_default")]
    pub weak: bool,
}

impl Export {
    /// Key that lists are sorted by.
    pub fn key(&self) -> (&str, Option<&str>) {
        (&self.name, self.version.as_deref())
    }

    /// `name`, `name@VERSION` or `name@@VERSION`, as `nm -D` shows it; [`unversioned`] takes the version off again.
    pub fn versioned_name(&self) -> String {
        match &self.version {
            None => self.name.to_string(),
            Some(version) => {
                format!("{}{}{version}", self.name, if self.hidden_version { "@" } else { "@@" })
            }
        }
    }

    /// A definition that only this library is asked to make, unlike one that consumers emit as well. Inline functions
    /// and template instantiations are weak; so is what somebody marked as such by hand, most often in C, which has
    /// neither.
    pub fn is_strong(&self) -> bool {
        match self.binding {
            Binding::Global => true,
            Binding::Weak => !self.name.starts_with("_Z"),
            Binding::Unique => false,
        }
    }
}

impl Import {
    /// Key that lists are sorted by.
    pub fn key(&self) -> (&str, Option<&str>, Option<&str>) {
        (&self.name, self.version.as_deref(), self.library.as_deref())
    }
}

/// The name in what [`Export::versioned_name`] gives.
pub fn unversioned(versioned: &str) -> &str {
    versioned.split('@').next().unwrap_or(versioned)
}
