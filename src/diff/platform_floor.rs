//! The platform floor of both releases: does the new one need a newer system than the old one did?

use super::context::Context;
use super::{Change, Changes, Detail, Subject};
use crate::platform::floor::{CXXABI, DISTRIBUTIONS, Floor, OLDEST_GCC, parse};
use crate::rules::{Rule, Severity};

/// Compares what both releases need from the system.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    let (old, new) = (Floor::of(context.old), Floor::of(context.new));
    let raised: Vec<&str> = new
        .highest
        .iter()
        .filter(|(family, (version, ..))| old.highest.get(*family).is_none_or(|o| o.0 < *version))
        // A family that is new altogether comes with a new dependency, unless the library was a C++ one before.
        .filter(|(family, _)| old.highest.contains_key(*family))
        .map(|(family, _)| *family)
        .collect();
    if raised.is_empty() {
        return;
    }
    let out: Vec<String> = DISTRIBUTIONS
        .iter()
        .filter(|(_, glibc, glibcxx)| old.meets(glibc, glibcxx) && !new.meets(glibc, glibcxx))
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    let needing: Vec<&str> =
        raised.iter().filter_map(|f| new.highest.get(f)).map(|(.., library)| *library).collect();
    let needing: Vec<String> = unique(needing).into_iter().map(str::to_owned).collect();
    let is_open = out.is_empty();
    let floor = |floor: &Floor<'_>| super::Floor {
        versions: floor.versions(&raised).map(str::to_owned).collect(),
        tag: floor.manylinux(),
    };
    let detail = Detail::Floor { old: floor(&old), new: floor(&new), needed_by: needing.clone(), lost: out };
    let mut change = Change::new(Rule::PlatformFloorRaised, Subject::release(&context.new.name));
    change.affects.libraries = needing;
    // A package says itself what it needs, and the distribution has it.
    let is_distributions = context.old.is_distributions && context.new.is_distributions;
    if is_distributions
        || (raised.iter().all(|f| keeps_nobody_out(f, &old, &new))
            && old.manylinux() == new.manylinux()
            && is_open)
    {
        change.severity = Severity::Compatible;
    }
    changes.push(change.with_detail(detail));
}

/// Whether every system that the old release ran on has what the new one needs of this family.
fn keeps_nobody_out(family: &str, old: &Floor<'_>, new: &Floor<'_>) -> bool {
    let version = |floor: &Floor<'_>, family: &str| floor.highest.get(family).map(|h| h.0.clone());
    let Some(needed) = version(new, family) else { return true };
    match family {
        // What the manylinux tags and distributions are about; a version that no tag allows is not known to be there.
        "GLIBC_" | "GLIBCXX_" => old.manylinux().is_some(),
        // Both come with the same library.
        "CXXABI_" => CXXABI.iter().any(|(cxxabi, glibcxx)| {
            parse(cxxabi).is_some_and(|c| needed <= c)
                && version(old, "GLIBCXX_").is_some_and(|o| parse(glibcxx).is_some_and(|g| g <= o))
        }),
        "GCC_" => parse(OLDEST_GCC).is_some_and(|oldest| needed <= oldest),
        _ => false,
    }
}

fn unique(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_below_what_was_needed_before_keeps_nobody_out() {
        let floor = |versions: &[(&'static str, &str)]| Floor {
            highest: versions.iter().map(|(family, v)| (*family, (parse(v).unwrap(), "", ""))).collect(),
        };
        let old = floor(&[("GLIBC_", "2.17"), ("GLIBCXX_", "3.4.21"), ("CXXABI_", "1.3"), ("GCC_", "3.0")]);
        let raised = |family, version| keeps_nobody_out(family, &old, &floor(&[(family, version)]));
        assert!(raised("CXXABI_", "1.3.9") && raised("GCC_", "3.3.1"));
        assert!(!raised("CXXABI_", "1.3.11") && !raised("GCC_", "12.0.0") && !raised("GOMP_", "5.0"));
    }
}
