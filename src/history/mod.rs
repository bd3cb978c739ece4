//! What became of a name, or of a library, from one stored release to the next.
//!
//! Plain data, computed from releases: nothing here reads a file. What is a break, and how bad, is not judged a second
//! time: every change is a finding of the comparison of two neighbouring releases ([`crate::diff::compare_with`]) under the
//! policy, so that a history never says anything else than `abigate diff` does. These comparisons are of whole releases,
//! since what a change is depends on more than the name: a rename is told by what else was renamed, a symbol that moved by
//! another library's exports, the weight of a layout by who has it by value. Instead, releases between which nothing about
//! the name differs are not compared at all.
//!
//! - this file: the model
//! - [`query`]: which names are asked for
//! - [`entities`]: what has such a name, and what each release says about it
//! - [`reported`]: the findings that concern it
//! - [`timeline`]: both put together, without the releases in which nothing happened
//! - [`mod@library`]: the figures of one library, release by release
//! - [`cache`]: findings of stored releases as a cache keeps them
//! - [`mod@nearest`]: names like one that nothing has

pub mod cache;
mod entities;
mod library;
mod nearest;
mod query;
mod reported;
mod timeline;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::abi::{Cxx11Abi, Location, TypeKind};
use crate::diff::{AffectedSymbol, Detail, SubjectKind};
use crate::policy::Tier;
use crate::rules::{Rule, Severity};

pub use library::{library, library_names};
pub use nearest::nearest;
pub use query::Query;
pub use reported::judge;
pub use timeline::{Outline, history};

/// Everything that has a name which is asked for, and its way through the releases.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What was asked.
    pub query: String,
    /// Platform of the releases.
    pub platform: String,
    /// Names of the releases, oldest first.
    pub releases: Vec<String>,
    /// By name.
    pub stories: Vec<Story>,
}

/// What one named thing went through.
#[derive(Clone, Debug)]
pub struct Story {
    /// What it is, in the newest release that has it.
    pub kind: Kind,
    /// Qualified name, without parameters; the whole text where a linkage name was asked for.
    pub name: String,
    /// Where it is, in the newest release that has it: the libraries that export it, else those that describe it.
    pub libraries: Vec<String>,
    /// Where it is declared, in the newest release that knows.
    pub location: Option<Location>,
    /// Releases in which something happened, oldest first; never empty.
    pub rows: Vec<Row>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A class whose definition is not known, but its virtual table or type information.
    Class,
    /// `struct`
    Struct,
    /// `union`
    Union,
    /// `enum`
    Enum,
    /// `typedef` and `using`
    Typedef,
    /// A class or namespace of which only what is in it is known.
    Scope,
    /// A function with all its overloads.
    Function,
    /// Exported data.
    Variable,
    /// A value of an enum.
    Enumerator,
    /// A constant at namespace scope, or a static member with a value.
    Constant,
    /// A macro.
    Macro,
}

impl Kind {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Class => "class",
            Kind::Struct => "struct",
            Kind::Union => "union",
            Kind::Enum => "enum",
            Kind::Typedef => "typedef",
            Kind::Scope => "scope",
            Kind::Function => "function",
            Kind::Variable => "variable",
            Kind::Enumerator => "enumerator",
            Kind::Constant => "constant",
            Kind::Macro => "macro",
        }
    }

    /// Whether other things belong to it.
    pub fn has_members(self) -> bool {
        matches!(self, Kind::Class | Kind::Struct | Kind::Union | Kind::Scope)
    }
}

impl From<TypeKind> for Kind {
    fn from(kind: TypeKind) -> Kind {
        match kind {
            TypeKind::Class => Kind::Class,
            TypeKind::Struct => Kind::Struct,
            TypeKind::Union => Kind::Union,
            TypeKind::Enum => Kind::Enum,
            TypeKind::Typedef => Kind::Typedef,
        }
    }
}

/// A release in which something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Position among the releases.
    pub release: usize,
    /// What happened.
    pub event: Event,
    /// How it was in the release before that knew it, where it was there.
    pub before: Option<State>,
    /// How it is; none where it is not there.
    pub state: Option<State>,
    /// Linkage names, with versions, that came.
    pub added: Vec<String>,
    /// Linkage names, with versions, that went.
    pub removed: Vec<String>,
    /// What the comparison with the release before says, worst first.
    pub findings: Vec<Told>,
}

/// What happened to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It is there in the first release that is stored, and may be older.
    First,
    /// It was not there before.
    Came,
    /// It is not what it was.
    Changed,
    /// It is no longer there.
    Gone,
    /// It was gone, and is there again.
    Back,
    /// The release cannot tell whether it is there: it has no debug info and no headers.
    Unknown,
}

/// What a release says about a name, as far as it says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Libraries that export it, else those that describe it.
    pub libraries: Vec<String>,
    /// Size of a type in bytes.
    pub size: Option<u64>,
    /// Alignment of a type in bytes.
    pub align: Option<u64>,
    /// Non-static data members.
    pub members: Option<usize>,
    /// Slots of the primary virtual table.
    pub slots: Option<usize>,
    /// Enumerators of an enum.
    pub enumerators: Option<usize>,
    /// Value of a constant, macro or enumerator; what a typedef stands for.
    pub value: Option<String>,
    /// Linkage names with versions, sorted: its own, and of a class those of its member functions and data.
    pub symbols: Vec<String>,
    /// Where it is declared.
    pub location: Option<Location>,
}

/// A finding, as far as it concerns a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The rule.
    pub rule: Rule,
    /// What it weighs under the policy.
    pub severity: Severity,
    /// Part of the surface.
    pub tier: Tier,
    /// What the finding is about.
    pub subject: String,
    /// What kind of thing that is.
    pub kind: SubjectKind,
    /// It is about the name itself, not about a member function or a group of symbols.
    pub is_own: bool,
    /// What changed about it, how it was and is.
    pub detail: Detail,
    /// Rule and subject of what it follows from.
    pub follows: Option<(Rule, String)>,
    /// Symbols of the name that it stands for, or that took the place of others.
    pub symbols: Vec<AffectedSymbol>,
    /// How many symbols it stands for in all.
    pub of: usize,
}

/// The figures of one library.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Name of the library in the newest release.
    pub library: String,
    /// Platform of the releases.
    pub platform: String,
    /// Tiers in which something broke, in the order of the policy.
    pub tiers: Vec<String>,
    /// One row for each release, oldest first.
    pub rows: Vec<Figures>,
}

/// What one release of a library comes to, and how it differs from the release before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Name of the release.
    pub release: String,
    /// None: the release has no such library.
    pub now: Option<Now>,
    /// None: there is no release before to compare with, or neither has the library.
    pub since: Option<Since>,
}

/// What a library is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Now {
    /// File name.
    pub library: String,
    /// Exported symbols.
    pub exports: usize,
    /// Highest versions of system libraries that it needs: `GLIBC_2.28`.
    pub floor: Vec<String>,
    /// Names of libstdc++'s old and new ABI.
    pub cxx11: Cxx11Abi,
}

/// What changed about a library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Exported symbols that the release before did not export.
    pub added: usize,
    /// Those that only the release before exported.
    pub removed: usize,
    /// Breaking and risky root causes by tier, in the order of [`Table::tiers`].
    pub tiers: Vec<Breaks>,
    /// Classes whose virtual table or type information changed.
    pub vtables: usize,
    /// Types that are laid out otherwise.
    pub layouts: usize,
}

/// Root causes in one tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Breaks {
    /// Of severity breaking.
    pub breaking: usize,
    /// Of severity risky.
    pub risky: usize,
}
