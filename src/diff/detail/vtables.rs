//! What changes of virtual tables and typeinfos are about: slots and bases.

use serde::{Deserialize, Serialize};

use crate::abi::TypeinfoKind;

/// A declared virtual function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Virtual {
    /// Without the class.
    pub name: String,
    /// Its slot, where it has one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u64>,
}

/// What became of the slots of a virtual table. Functions are named without the class where it is the subject; a slot
/// without a function is named after what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotsDetail {
    /// So many pure functions more, nobody can tell which.
    MorePure(u64),
    /// So many fewer.
    FewerPure(u64),
    /// New functions after all others.
    After {
        /// The last slot that was there.
        slot: u64,
        /// Those behind it.
        functions: Vec<String>,
        /// By the old headers the class was final, so that no program has a table of its own for a derived one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        was_final: bool,
    },
    /// Functions at the end are gone.
    FromEnd(Vec<String>),
    /// Functions that stay in their slots, or change places.
    Functions(Vec<String>),
    /// Functions of the same name with other parameters.
    Retyped(Vec<SlotRetyped>),
    /// New functions between others.
    Added {
        /// Their slots in the new table.
        slots: Vec<u64>,
        /// Their names.
        functions: Vec<String>,
    },
    /// Functions between others that are gone.
    Removed {
        /// Their slots in the old table.
        slots: Vec<u64>,
        /// Their names.
        functions: Vec<String>,
    },
}

/// A slot that holds a function of the same name with other parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotRetyped {
    /// Its number.
    pub slot: u64,
    /// What it held.
    pub old: String,
    /// What it holds.
    pub new: String,
}

/// A base as typeinfo describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RttiBase {
    /// Its name.
    pub name: String,
    /// Protected or private.
    pub non_public: bool,
    /// Offset in bytes; none for a virtual base, whose place typeinfo does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

/// What differs between two typeinfos with the same bases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RttiDifference {
    /// Where the virtual table keeps the place of a virtual base.
    Place,
    /// How bases further up are shared: kind and flags (Itanium C++ ABI, section 2.9.5) of both.
    Inheritance {
        /// Of the old release.
        old: (TypeinfoKind, u32),
        /// Of the new one.
        new: (TypeinfoKind, u32),
    },
}
