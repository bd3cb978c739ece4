//! What kind of comparison it is, which decides how much a change weighs.

use serde::Serialize;

use crate::versions;

/// What is compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Two patches of one release: `v2.14.0` and `v2.14.1`.
    Patch,
    /// Two releases: `v2.9.1` and `v2.10.0`.
    Minor,
    /// Two major releases: `v1.13.1` and `v2.0.0`. A new SONAME declares what it breaks, and the rest is judged.
    Major,
    /// A build that is no release yet: what a change did.
    Trunk,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 4] = [Profile::Patch, Profile::Minor, Profile::Major, Profile::Trunk];

    /// The word in policies and reports.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Patch => "patch",
            Profile::Minor => "minor",
            Profile::Major => "major",
            Profile::Trunk => "trunk",
        }
    }

    /// The profile of that name.
    pub fn from_name(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// What the names of the releases say. A name that is no version is a build of somebody's.
    pub fn of(old: &str, new: &str) -> Profile {
        match (line(old), line(new)) {
            (Some(old), Some(new)) if old == new => Profile::Patch,
            (Some((old, _)), Some((new, _))) if old < new => Profile::Major,
            (Some(_), Some(_)) => Profile::Minor,
            _ => Profile::Trunk,
        }
    }
}

/// Whether a name is a version: `v2.9`, `2.10.0`, `v2.10.0-rc1`, `2.6.0+cu126`.
pub(super) fn is_version(name: &str) -> bool {
    line(name).is_some()
}

/// The first two numbers of a version; the second of `v1` is 0.
fn line(name: &str) -> Option<(u64, u64)> {
    let version = versions::version(name)?;
    Some((*version.numbers.first()?, version.numbers.get(1).copied().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_follows_from_the_names() {
        for (old, new, profile) in [
            ("v2.14.0", "v2.14.1", Profile::Patch),
            ("v2.14", "2.14.3", Profile::Patch),
            ("v2.10.0-rc1", "v2.10.0", Profile::Patch),
            ("v2.9", "v2.10", Profile::Minor),
            ("v1.13.1", "v2.0.0", Profile::Major),
            ("v2.0.0", "v1.13.1", Profile::Minor),
            ("v0.9", "v0.10", Profile::Minor),
            ("v2.6.0+cu124", "v2.7.0+cu126", Profile::Minor),
            ("v1:2.66-4", "v1:2.75-10", Profile::Minor),
            ("v1:1.2.13.dfsg-1", "v1:1.3.dfsg+really1.3.1-1", Profile::Minor),
            ("v1.1.1n-0+deb11u5", "v1.1.1w-0+deb11u1", Profile::Patch),
            ("v2.9.1", "HEAD", Profile::Trunk),
            ("v2.9.1", "0123456789abcdef", Profile::Trunk),
            ("1234567", "v2.9", Profile::Trunk),
            ("old.so", "new.so", Profile::Trunk),
        ] {
            assert_eq!(Profile::of(old, new), profile, "{old} {new}");
        }
        for name in ["", "v", "2.x", "2..1", "1.2c10", "v2.9.so"] {
            assert!(!is_version(name), "{name}");
        }
    }
}
