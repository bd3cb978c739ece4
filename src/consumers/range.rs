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
}
