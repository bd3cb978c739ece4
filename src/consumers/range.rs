//! With which of many releases a consumer loads.

use super::Missing;

/// One consumer over all releases, oldest first.
#[derive(Clone, Debug)]
pub struct Range {
    /// Its name, with its version.
    pub consumer: String,
    /// What it lacks with each release; nothing: it loads.
    pub releases: Vec<Vec<Missing>>,
}

impl Range {
    /// Positions of the first and the last release of the longest run with which it loads; of equal ones the newest.
    pub fn compatible(&self) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        let mut start = None;
        for (at, missing) in self.releases.iter().enumerate() {
            if !missing.is_empty() {
                start = None;
                continue;
            }
            let first = *start.get_or_insert(at);
            if best.is_none_or(|(from, to)| at - first >= to - from) {
                best = Some((first, at));
            }
        }
        best
    }
}

/// Versions of a package that one can depend on: from one with which a consumer loads up to before the next with which it
/// does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The first version.
    pub from: String,
    /// The first version after those that work; none where the newest one does.
    pub before: Option<String>,
}

impl Range {
    /// The versions of the longest run with which it loads. `releases`: names of the releases, with or without a `v`.
    pub fn pin(&self, releases: &[String]) -> Option<Pin> {
        let (first, last) = self.compatible()?;
        // What follows a plus is one build of the version among others.
        let version = |name: &String| {
            let name = name.trim_start_matches(['v', 'V']);
            name.split('+').next().unwrap_or(name).to_owned()
        };
        Some(Pin { from: releases.get(first).map(version)?, before: releases.get(last + 1).map(version) })
    }
}

impl Pin {
    /// As metadata of Python packages has it: `Requires-Dist: torch>=2.4.1,<2.6.0`.
    pub fn requires_dist(&self, package: &str) -> String {
        let before = self.before.iter().map(|before| format!(",<{before}"));
        format!("Requires-Dist: {package}>={}{}", self.from, before.collect::<String>())
    }

    /// As a recipe of conda has it under `run`: `pytorch >=2.4.1,<2.6.0a0`. Pre-releases of the version that does not work
    /// are ordered before it, so that `a0` keeps them out.
    pub fn conda(&self, package: &str) -> String {
        let before = self.before.iter().map(|before| format!(",<{before}a0"));
        format!("{package} >={}{}", self.from, before.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_run_counts() {
        let range = |loads: &[bool]| {
            let missing = |loads: &bool| match loads {
                true => Vec::new(),
                false => vec![Missing::Library { name: "liba.so".to_owned() }],
            };
            Range { consumer: String::new(), releases: loads.iter().map(missing).collect() }.compatible()
        };
        assert_eq!(range(&[false, true, true, false]), Some((1, 2)));
        assert_eq!(range(&[true, true, false, true]), Some((0, 1)));
        assert_eq!(range(&[true, false, true]), Some((2, 2)));
        assert_eq!(range(&[false]), None);
    }

    #[test]
    fn a_pin_ends_before_what_does_not_work() {
        let missing = |loads: &bool| match loads {
            true => Vec::new(),
            false => vec![Missing::Library { name: "liba.so".to_owned() }],
        };
        let pin = |loads: &[bool]| {
            let range = Range { consumer: String::new(), releases: loads.iter().map(missing).collect() };
            range.pin(&["v2.4.1".to_owned(), "v2.5.0+cpu".to_owned(), "v2.6.0".to_owned()])
        };
        let both = pin(&[true, true, false]).unwrap();
        assert_eq!(both.requires_dist("torch"), "Requires-Dist: torch>=2.4.1,<2.6.0");
        assert_eq!(both.conda("pytorch"), "pytorch >=2.4.1,<2.6.0a0");
        let open = pin(&[false, true, true]).unwrap();
        assert_eq!(open.requires_dist("torch"), "Requires-Dist: torch>=2.5.0");
        assert_eq!(open.conda("pytorch"), "pytorch >=2.5.0");
        assert_eq!(pin(&[false, false, false]), None);
    }
}
