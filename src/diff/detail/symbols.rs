//! What changes of symbols are about: signatures, definitions, and what debug info no longer says of them.

use serde::{Deserialize, Serialize};

/// What differs between two signatures. Positions count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureDifference {
    /// A parameter has another type.
    Parameter {
        /// Its position.
        at: u64,
        /// The type it had.
        old: String,
        /// The type it has.
        new: String,
    },
    /// Parameters were put in.
    ParametersAdded {
        /// Position of the first.
        at: u64,
        /// Their types.
        types: Vec<String>,
    },
    /// Parameters were taken out.
    ParametersRemoved {
        /// Position of the first.
        at: u64,
        /// Their types.
        types: Vec<String>,
    },
    /// Another number of parameters, in several places.
    ParameterCount {
        /// How many there were.
        old: u64,
        /// How many there are.
        new: u64,
    },
    /// It is `const` now; or no longer.
    Const(bool),
    /// It is `volatile` now; or no longer.
    Volatile(bool),
    /// It takes more arguments now; or no longer.
    Variadic(bool),
    /// Reference qualifiers; empty for none.
    RefQualifier {
        /// The one it had.
        old: String,
        /// The one it has.
        new: String,
    },
    /// Template arguments.
    TemplateArguments,
    /// Results, where the name says them.
    ReturnType {
        /// What it returned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// What it returns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// ABI tags.
    AbiTags,
}

/// One of several definitions of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// File and line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<crate::abi::Location>,
}

/// What is no longer known, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    /// Types of functions and variables.
    Declarations {
        /// The new library has no debug info at all.
        no_debug_info: bool,
    },
    /// Virtual tables and typeinfos; what was noted when they were read.
    Tables(Option<String>),
    /// Names of virtual functions.
    SlotNames,
    /// Definitions of types that are used by value.
    Definitions {
        /// A compiler of another family leaves out other types.
        other_compiler: bool,
    },
}
