//! Which release a name means: versions in order, `v2.4` for the newest `v2.4.x`, and near misses.

use std::cmp::Ordering;

/// Compares release names as versions: numbers by value, and `v2.4.0-rc1` before `v2.4.0`.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (parts(a), parts(b));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            // A name that goes on with a word is a pre-release, one that goes on with a number is later.
            (None, Some(rest)) => rank_of_rest(rest).reverse(),
            (Some(rest), None) => rank_of_rest(rest),
            (Some(l), Some(r)) => match (l.parse::<u64>(), r.parse::<u64>()) {
                (Ok(l), Ok(r)) => l.cmp(&r),
                (Ok(_), Err(_)) => Ordering::Greater,
                (Err(_), Ok(_)) => Ordering::Less,
                (Err(_), Err(_)) => l.cmp(r),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn rank_of_rest(rest: &str) -> Ordering {
    if rest.parse::<u64>().is_ok() { Ordering::Greater } else { Ordering::Less }
}

/// Runs of digits and runs of letters, without what separates them.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let name = name.strip_prefix('v').unwrap_or(name);
    name.split(|c: char| !c.is_alphanumeric()).flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let same = |c: char| c.is_ascii_digit() == first.is_ascii_digit();
            let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            rest = after;
            Some(run)
        })
    })
}

/// The stored release that `name` means: the one of that name, else the newest that the name is a prefix of at a dot
/// (`v2.4` or `2.4` mean the newest `v2.4.x`), pre-releases last.
pub fn resolve<'a>(name: &str, releases: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let is_exact = |release: &&str| *release == name || release.strip_prefix('v') == Some(name);
    if let Some(exact) = releases.clone().find(is_exact) {
        return Some(exact);
    }
    let wanted = name.strip_prefix('v').unwrap_or(name);
    let is_longer = |release: &&str| {
        let release = release.strip_prefix('v').unwrap_or(release);
        release.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
    };
    if wanted.is_empty() { None } else { releases.filter(is_longer).max_by(|a, b| compare(a, b)) }
}

/// The release whose name is a commit that starts with `hash` (at least seven hexadecimal digits), if only one is.
pub fn resolve_commit<'a>(hash: &str, releases: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let is_commit = |text: &str| text.len() >= 7 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut matching = releases.filter(|r| is_commit(hash) && is_commit(r) && r.starts_with(hash));
    matching.next().filter(|_| matching.next().is_none())
}

/// Up to three stored names that `name` may have meant, nearest first.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(usize, &str)> = candidates.map(|c| (strsim::osa_distance(name, c), c)).collect();
    scored.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(b.1, a.1)));
    scored.dedup_by_key(|s| s.1);
    let most = name.chars().count().max(3) / 2 + 1;
    scored.into_iter().filter(|s| s.0 <= most).take(3).map(|s| s.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: [&str; 6] = ["v2.4.0", "v2.4.1", "v2.10.0", "v2.10.0-rc1", "v2.9.1", "nightly"];

    fn resolved(name: &str) -> Option<&'static str> {
        resolve(name, STORED.into_iter())
    }

    #[test]
    fn versions_compare_by_number() {
        let mut names = STORED.to_vec();
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["nightly", "v2.4.0", "v2.4.1", "v2.9.1", "v2.10.0-rc1", "v2.10.0"]);
        assert_eq!(compare("v2.4", "v2.4.0"), Ordering::Less);
    }

    #[test]
    fn a_short_version_means_the_newest_patch() {
        assert_eq!(resolved("v2.4"), Some("v2.4.1"));
        assert_eq!(resolved("2.4"), Some("v2.4.1"));
        assert_eq!(resolved("v2.4.0"), Some("v2.4.0"));
        assert_eq!(resolved("v2.1"), None);
        assert_eq!(resolved("v2"), Some("v2.10.0"));
        assert_eq!(resolved("nightly"), Some("nightly"));
        assert_eq!(resolved(""), None);
    }

    #[test]
    fn commits_resolve_when_unambiguous() {
        let stored = ["0123456789abcdef", "0123456fffffffff", "fedcba9876543210"];
        assert_eq!(resolve_commit("fedcba9", stored.into_iter()), Some("fedcba9876543210"));
        assert_eq!(resolve_commit("0123456", stored.into_iter()), None);
        assert_eq!(resolve_commit("fed", stored.into_iter()), None);
    }

    #[test]
    fn near_misses_come_nearest_first() {
        assert_eq!(nearest("v2.9.0", STORED.into_iter())[0], "v2.9.1");
        assert!(nearest("completely-different", STORED.into_iter()).is_empty());
    }
}
