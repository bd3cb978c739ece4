//! Releases in the cache that nobody has read for a long time go away, so that it does not grow for ever: they can be
//! downloaded again.
//!
//! When a release was read last is the time of its directory, `SERVICE/SNAPSHOT` below the cache of all services.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long a release stays that nobody reads.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How exactly it is known when a release was read last: a read costs no write mostly.
const EXACT: Duration = Duration::from_secs(24 * 60 * 60);

/// Remembers that a release is read now. That it cannot be is no trouble: it would be downloaded again.
pub(super) fn is_used(snapshot: &Path, now: SystemTime) {
    let is_known = age(snapshot, now).is_some_and(|age| age < EXACT);
    if !is_known && let Ok(directory) = File::open(snapshot) {
        let _ = directory.set_modified(now);
    }
}

/// Removes what nobody has read for so long. What cannot be removed stays.
pub(super) fn remove(cache: &Path, now: SystemTime) {
    for snapshot in directories(cache).flat_map(|service| directories(&service)) {
        if age(&snapshot, now).is_some_and(|age| age > KEPT) {
            let _ = fs::remove_dir_all(snapshot);
        }
    }
}

/// Directories in one; no links.
fn directories(place: &Path) -> impl Iterator<Item = std::path::PathBuf> + use<> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path())
}

/// None: it is not there, or its time is later than now.
fn age(snapshot: &Path, now: SystemTime) -> Option<Duration> {
    now.duration_since(fs::metadata(snapshot).ok()?.modified().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_stays() {
        let cache = tempfile::tempdir().unwrap();
        let [read, unread] = ["read", "unread"].map(|name| cache.path().join("service").join(name));
        for snapshot in [&read, &unread] {
            fs::create_dir_all(snapshot.join("v1")).unwrap();
        }
        fs::write(cache.path().join("service/list.json"), "{}").unwrap();
        let later = SystemTime::now() + KEPT + EXACT;
        remove(cache.path(), SystemTime::now());
        assert!(unread.exists());
        is_used(&read, later - EXACT);
        remove(cache.path(), later);
        assert!(read.exists() && !unread.exists() && cache.path().join("service/list.json").exists());
    }
}
