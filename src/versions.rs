//! Which release a name means: versions in order, `v2.4` for the newest `v2.4.x`, and near misses.

use std::cmp::{Ordering, Reverse};

/// What a name of a release says as a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<'n> {
    /// At least one.
    pub numbers: Vec<u64>,
    /// What stands behind them: `-rc1`, `+cu126`.
    pub rest: &'n str,
    /// The numbers and what stands behind them, without what stands before.
    text: &'n str,
}

/// The version in a name, as projects call their tags: `v2.9`, `2024.1`, `v1`, `yaml-cpp-0.7.0`, `release-3.2`, `R_1_2_3`. A
/// number alone is one behind a word for it only, since commits and builds are numbers as well.
pub fn version(name: &str) -> Option<Version<'_>> {
    let is_start = |(at, c): &(usize, char)| {
        let before = &name[..*at];
        c.is_ascii_digit()
            && (before.is_empty()
                || before.ends_with(['-', '_', '/', '+'])
                || is_mark(before)
                || is_epoch(before))
    };
    let starts = name.char_indices().filter(is_start);
    let versions = starts.filter_map(|(at, _)| numbers(&name[at..]).map(|version| (at, version)));
    let is_enough = |(at, version): &(usize, Version<'_>)| {
        let word = name[..*at].trim_end_matches(['-', '_']).to_ascii_lowercase();
        let is_word = ["v", "r", "rel", "release", "version"].contains(&&*word);
        version.numbers.len() > 1 || (is_word && version.rest.is_empty())
    };
    versions.into_iter().find(is_enough).map(|(_, version)| version)
}

/// Whether what stands before a number ends with a letter that means a version: `v`, `lib-v`, `R`.
fn is_mark(before: &str) -> bool {
    let rest = before.strip_suffix(['v', 'V', 'r', 'R']);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_', '/']))
}

/// Whether what stands before a version is the epoch of a distribution, which counts how often they began anew: `1:2.66-4`.
fn is_epoch(before: &str) -> bool {
    let digits = before.strip_suffix(':').map(|epoch| epoch.strip_prefix('v').unwrap_or(epoch));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Numbers with dots or, where the first is followed by one, underscores between them, and what may stand behind these.
fn numbers(text: &str) -> Option<Version<'_>> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut end = digits(text);
    let mut numbers = vec![text[..end].parse().ok()?];
    let between = text[end..].chars().next().filter(|c| matches!(c, '.' | '_'));
    while let Some(after) = between.and_then(|between| text[end..].strip_prefix(between)) {
        let length = digits(after);
        if length == 0 {
            break;
        }
        numbers.push(after[..length].parse().ok()?);
        end += 1 + length;
    }
    let rest = &text[end..];
    // A pre-release or a build: -rc1, rc1, +cu126, .post1, _2.
    let plain = rest.strip_prefix('.').unwrap_or(rest);
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with(['-', '+', '_', '~']);
    // The patches of OpenSSL 1.1.1 were letters.
    let is_letter = rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.get(1..).is_some_and(is_end);
    let is_rest = is_end(rest)
        || is_letter
        || ["rc", "a", "b", "post", "dev", "alpha", "beta", "dfsg", "ds"]
            .iter()
            .any(|word| plain.starts_with(word));
    (is_rest && numbers.len() <= 8).then_some(Version { numbers, rest, text })
}

/// A name without what stands before its version.
fn bare(name: &str) -> &str {
    version(name).map_or_else(|| name.strip_prefix('v').unwrap_or(name), |version| version.text)
}

/// Compares release names as versions, whatever stands before these: numbers by value, and `v2.4.0-rc1` before `v2.4.0`.
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
    bare(name).split(|c: char| !c.is_alphanumeric()).flat_map(|part| {
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

/// Bytes for each name, in whose order names stand as [`compare`] has them, for where only bytes are put in order.
pub fn sort_key(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(2 * name.len());
    for part in parts(name) {
        match part.parse::<u64>() {
            Ok(number) => {
                key.push(KEY_NUMBER);
                key.extend(number.to_be_bytes());
            }
            Err(_) => {
                key.push(KEY_WORD);
                key.extend(part.bytes());
                key.push(0);
            }
        }
    }
    key.push(KEY_END);
    key.extend(name.bytes());
    key
}

/// What begins a part of a sort key: a name that goes on with a word is before one that ends, and that is before one that goes
/// on with a number.
const KEY_WORD: u8 = 1;
const KEY_END: u8 = 2;
const KEY_NUMBER: u8 = 3;

/// The stored release that `name` means: the one of that name, else the newest that the name is a prefix of at a dot
/// (`v2.4` or `2.4` mean the newest `v2.4.x`), pre-releases last.
pub fn resolve<'a>(name: &str, releases: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let is_exact = |release: &&str| *release == name;
    let is_same = |release: &&str| release.strip_prefix('v') == Some(name) || bare(release) == name;
    if let Some(exact) = releases.clone().find(is_exact).or_else(|| releases.clone().find(is_same)) {
        return Some(exact);
    }
    let wanted = bare(name);
    let is_longer =
        |release: &&str| bare(release).strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'));
    if wanted.is_empty() { None } else { releases.filter(is_longer).max_by(|a, b| compare(a, b)) }
}

/// Whether a name is the whole hash of a commit: of SHA-1 or SHA-256, in hexadecimal.
pub fn is_hash(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The release whose name is a commit that starts with `hash` (at least seven hexadecimal digits), if only one is.
pub fn resolve_commit<'a>(hash: &str, releases: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let is_commit = |text: &str| text.len() >= 7 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut matching = releases.filter(|r| is_commit(hash) && is_commit(r) && r.starts_with(hash));
    matching.next().filter(|_| matching.next().is_none())
}

/// Up to three stored names that `name` may have meant, nearest first. One that goes on at a dot is as near as its beginning:
/// `v2.16` is one letter from `v2.15.0`, and `libz.so` none from `libz.so.1`.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    let mut scored: Vec<(Distance, &str)> =
        candidates.map(|c| (Distance::between(name, c), c)).filter(|s| s.0.letters <= most).collect();
    scored.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(b.1, a.1)));
    scored.dedup_by_key(|s| s.1);
    scored.into_iter().take(3).map(|s| s.1).collect()
}

/// How far a stored name is from one that was typed; the nearest is the least.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    /// They do not even look alike.
    is_other_shape: bool,
    /// Letters to be changed; as many as were typed where nothing is the same.
    letters: usize,
    /// How many letters at the start are the same: the more, the nearer.
    same_start: Reverse<usize>,
}

impl Distance {
    fn between(typed: &str, candidate: &str) -> Distance {
        let (typed, candidate) = (typed.to_lowercase(), candidate.to_lowercase());
        let (wanted, whole) = (bare(&typed), bare(&candidate));
        let dots = whole.match_indices('.').map(|(at, _)| &whole[..at]);
        let beginnings = || dots.clone().chain([whole]);
        let far = |beginning: &str| match strsim::osa_distance(wanted, beginning) {
            letters if letters < wanted.chars().count() => letters,
            _ => usize::MAX,
        };
        let shape = look_alikes(wanted);
        Distance {
            is_other_shape: !beginnings().any(|beginning| look_alikes(beginning) == shape),
            letters: beginnings().map(far).min().unwrap_or(usize::MAX),
            same_start: Reverse(wanted.chars().zip(whole.chars()).take_while(|(a, b)| a == b).count()),
        }
    }
}

/// A name without what eyes and fingers mix up: O and 0, l, I and 1, capitals.
fn look_alikes(name: &str) -> String {
    let alike = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'l' | 'i' => '1',
        other => other,
    };
    name.chars().map(alike).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: [&str; 6] = ["v2.4.0", "v2.4.1", "v2.10.0", "v2.10.0-rc1", "v2.9.1", "nightly"];

    #[test]
    fn sort_keys_are_in_the_order_of_the_names() {
        let names = [
            "v2.4.0",
            "v2.4.1",
            "v2.10.0",
            "v2.10.0-rc1",
            "v2.10.0-rc10",
            "v2.10.0-rc2",
            "2.10",
            "v2.10",
            "v2.10.0.1",
            "v2.10.0a",
            "v02.10.0",
            "yaml-cpp-0.7.0",
            "release-3.2",
            "R_3_2",
            "nightly",
            "",
            "-",
            "v",
            "é1",
            "1.é",
            "v99999999999999999999.1",
            "v18446744073709551615.1",
            "v1",
            "v1-",
            "v1.0+cu126",
            "v1.0+cu13",
        ];
        for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
            assert_eq!(sort_key(a).cmp(&sort_key(b)), compare(a, b), "{a} {b}");
        }
    }

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
    fn tags_as_projects_call_them() {
        let numbers = |name: &str| version(name).map(|version| version.numbers);
        for (name, wanted) in [
            ("yaml-cpp-0.7.0", &[0, 7, 0][..]),
            ("boost-1.84.0", &[1, 84, 0]),
            ("release-3.2", &[3, 2]),
            ("R_1_2_3", &[1, 2, 3]),
            ("curl-7_88_1", &[7, 88, 1]),
            ("v1", &[1]),
            ("2024.1", &[2024, 1]),
            ("v2.10.0-rc1", &[2, 10, 0]),
            ("lib-v1.2", &[1, 2]),
            ("libfoo2-1.2.3", &[1, 2, 3]),
            ("1.2.post1", &[1, 2]),
        ] {
            assert_eq!(numbers(name).as_deref(), Some(wanted), "{name}");
        }
        for name in [
            "",
            "v",
            "main",
            "1234567",
            "0123456789abcdef",
            "2.x",
            "2..1",
            "1.2c10",
            "v2.9.so",
            "old.so",
            "pr-12",
        ] {
            assert_eq!(numbers(name), None, "{name}");
        }
        // A project that changed its mind about tags.
        let mut names = ["0.8.0", "yaml-cpp-0.7.0", "release-0.6.3", "yaml-cpp-0.10.0"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["release-0.6.3", "yaml-cpp-0.7.0", "0.8.0", "yaml-cpp-0.10.0"]);
        assert_eq!(resolve("0.7", names.into_iter()), Some("yaml-cpp-0.7.0"));
        assert_eq!(resolve("0.7.0", names.into_iter()), Some("yaml-cpp-0.7.0"));
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
        assert_eq!(nearest("v2.4.2", STORED.into_iter())[..2], ["v2.4.1", "v2.4.0"]);
        assert_eq!(nearest("v2.11", STORED.into_iter())[0], "v2.10.0");
        assert!(nearest("completely-different", STORED.into_iter()).is_empty());
    }

    #[test]
    fn what_looks_alike_comes_before_what_is_newer() {
        let stored = ["v2.15.0", "v2.14.1", "v2.10.0", "v2.1.0"];
        assert_eq!(nearest("v2.1O", stored.into_iter())[0], "v2.10.0");
        assert_eq!(nearest("V2.l0", stored.into_iter())[0], "v2.10.0");
    }

    #[test]
    fn files_that_are_called_otherwise_are_not_near() {
        let files = ["libdraw.so.1.2", "README", "new.so", "CMakeLists.txt"];
        assert_eq!(nearest("libdraw.so", files.into_iter()), ["libdraw.so.1.2"]);
        assert_eq!(nearest("libdarw.so", files.into_iter()), ["libdraw.so.1.2"]);
        assert!(nearest("old.so", files.into_iter()).is_empty());
        assert!(nearest("x", files.into_iter()).is_empty());
    }
}
