//! Tiers: named parts of the surface, what belongs to them, and what their changes weigh.

use std::sync::Arc;

use foldhash::HashSet;
use serde::{Serialize, Serializer};

use super::level::{Level, Levels};
use super::lists::Listed;
use super::named::{Named, SymbolPattern};
use super::profile::Profile;
use crate::abi::Library;
use crate::patterns::{Glob, NamePattern, PathPattern};

/// The library's own, and what no policy places elsewhere.
pub(super) const PUBLIC: &str = "public";
/// Bundled projects.
pub(super) const THIRD_PARTY: &str = "third-party";
/// What version nodes call private.
pub(super) const INTERNAL: &str = "internal";
/// Standard library instantiations, transactional clones, linker-made symbols.
pub(super) const TOOLCHAIN: &str = "toolchain";

/// Tiers that need no policy, in order.
pub(super) const BUILT_IN: [&str; 4] = [PUBLIC, THIRD_PARTY, TOOLCHAIN, INTERNAL];

/// Version nodes whose names say that nobody outside may use what is in them: `GLIBC_PRIVATE`, `Qt_6_PRIVATE_API`,
/// `LIBDBUS_PRIVATE_1.14`, `LIBFOO_INTERNAL_1`.
const PRIVATE_NODES: [&str; 2] = ["*{PRIVATE,Private,private}*", "*{_INTERNAL,_Internal,_internal}*"];

/// A named part of the surface with severities of its own. Ordered as the policy lists them, the built-in ones last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier {
    rank: u16,
    name: Arc<str>,
    can_stop: bool,
}

impl Tier {
    pub(super) fn new(rank: usize, name: &str, can_stop: bool) -> Tier {
        Tier { rank: u16::try_from(rank).unwrap_or(u16::MAX), name: name.into(), can_stop }
    }

    /// The word used in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its findings may stop somebody, so that they are told in full.
    pub fn can_stop(&self) -> bool {
        self.can_stop
    }

    /// Whether it is the one that everything is in unless somebody says otherwise, so that it goes without saying.
    pub fn is_default(&self) -> bool {
        &*self.name == PUBLIC
    }

    /// The default tier, as it is without a policy.
    pub fn public() -> Tier {
        Tier::new(0, PUBLIC, true)
    }

    /// The built-in tier of bundled projects.
    pub fn third_party() -> Tier {
        Tier::new(1, THIRD_PARTY, false)
    }

    /// The built-in tier of compiler, linker and C++ library.
    pub fn toolchain() -> Tier {
        Tier::new(2, TOOLCHAIN, false)
    }
}

impl Serialize for Tier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// A tier of the policy.
#[derive(Clone, Debug)]
pub(super) struct TierRule {
    pub(super) name: String,
    pub(super) members: Membership,
    /// Something may belong to it because the policy says so.
    pub(super) has_members: bool,
    pub(super) levels: Levels,
    /// What an addition weighs that no listed file names; none: as much as any other.
    pub(super) unregistered: Option<Level>,
    /// No waiver may hide what breaks here.
    pub(super) is_never_waived: bool,
}

impl TierRule {
    /// A built-in tier without a policy.
    pub(super) fn built_in(name: &str) -> TierRule {
        TierRule {
            name: name.to_owned(),
            members: Membership { versions: private_nodes(name), ..Membership::default() },
            has_members: false,
            levels: Levels::based_on(base(name)),
            unregistered: None,
            is_never_waived: false,
        }
    }

    pub(super) fn tier(&self, rank: usize, profile: Profile) -> Tier {
        Tier::new(rank, &self.name, self.levels.can_stop(profile))
    }
}

/// What a tier's changes weigh when its policy says nothing: other people's code stops nobody.
pub(super) fn base(name: &str) -> Option<Level> {
    (name == THIRD_PARTY || name == TOOLCHAIN || name == INTERNAL).then_some(Level::Note)
}

/// Whether the name of a version node says that it is private.
pub(crate) fn is_private_node(name: &str) -> bool {
    private_nodes(INTERNAL).iter().any(|glob| glob.matches(name))
}

/// Version nodes whose symbols belong to a tier whatever the policy says of it.
pub(super) fn private_nodes(tier: &str) -> Vec<Glob> {
    let globs = PRIVATE_NODES.iter().filter(|_| tier == INTERNAL);
    globs.filter_map(|text| Glob::parse(text).ok()).collect()
}

/// What belongs to a tier: whatever any of these says.
#[derive(Clone, Debug, Default)]
pub(super) struct Membership {
    pub(super) names: Vec<NamePattern>,
    pub(super) c_names: Vec<Glob>,
    pub(super) headers: Vec<PathPattern>,
    pub(super) libraries: Vec<Glob>,
    /// Version nodes that its symbols are in.
    pub(super) versions: Vec<Glob>,
    pub(super) listed: Listed,
    pub(super) imports: HashSet<String>,
    /// What at least as many consumers import; it is among `imports` once they are known.
    pub(super) imported_by: Option<u32>,
    /// What inline functions of the public headers call out of line.
    pub(super) emitted: bool,
    /// What does not, whatever the others say.
    pub(super) except: Vec<SymbolPattern>,
}

/// Something that belongs to some tier: its name, where it is, and where it is declared.
pub(super) struct Item<'a> {
    /// Position of the tier that it is held against.
    pub(super) tier: usize,
    pub(super) named: &'a Named<'a>,
    pub(super) library: Option<&'a Library>,
    /// The tier has that library in it as a whole ([`Membership::has_library`]).
    pub(super) has_library: bool,
    /// Files of its declaration, looked up when a tier goes by headers.
    pub(super) files: &'a dyn Fn() -> Vec<&'a str>,
    /// Whether inline functions of the public headers call it, looked up when a tier goes by that.
    pub(super) is_emitted: &'a dyn Fn() -> bool,
}

impl Membership {
    pub(super) fn contains(&self, item: &Item<'_>) -> bool {
        let named = item.named;
        self.is_member(item)
            && !named.answers().map_or_else(|| self.excepts(named), |answers| answers.is_excepted(item.tier))
    }

    /// Whether everything in a library belongs to it.
    pub(super) fn has_library(&self, library: &Library) -> bool {
        self.libraries.iter().any(|glob| glob.matches(&library.name) || glob.matches(library.link_name()))
    }

    /// Whether the symbol, or the version node itself, is in one of the tier's nodes. One that the library exports under
    /// several versions is where the name leads: in all of them.
    fn has_version_of(&self, item: &Item<'_>) -> bool {
        let is_one = |version: &str| self.versions.iter().any(|glob| glob.matches(version));
        match (item.named.version(), item.named.symbol, item.library) {
            _ if self.versions.is_empty() => false,
            (Some(version), ..) => is_one(version),
            (None, Some(symbol), Some(library)) => {
                let mut exports = library.exports_named(symbol).peekable();
                exports.peek().is_some() && exports.all(|e| e.version.as_deref().is_some_and(is_one))
            }
            _ => false,
        }
    }

    fn is_member(&self, item: &Item<'_>) -> bool {
        if self.emitted && (item.is_emitted)() || item.has_library || self.has_version_of(item) {
            return true;
        }
        let named = item.named;
        named.answers().map_or_else(|| self.has_name(named), |answers| answers.belongs(item.tier))
            || !self.headers.is_empty()
                && (item.files)().iter().any(|file| self.headers.iter().any(|pattern| pattern.matches(file)))
    }

    /// Whether it belongs to the tier by its name alone.
    pub(super) fn has_name(&self, named: &Named<'_>) -> bool {
        if named.symbol.is_some_and(|symbol| self.imports.contains(symbol)) || self.listed.contains(named) {
            return true;
        }
        let c_name = named.symbol.filter(|symbol| !symbol.starts_with("_Z"));
        c_name.is_some_and(|name| self.c_names.iter().any(|glob| glob.matches(name)))
            || self.names.iter().any(|pattern| named.is(pattern))
    }

    /// Whether it does not belong to the tier whatever else says so.
    pub(super) fn excepts(&self, named: &Named<'_>) -> bool {
        self.except.iter().any(|pattern| pattern.matches(named))
    }
}
