//! Comparisons of stored releases, which do not change: what was found is kept in the user's cache directory, called by a checksum
//! of everything that it depends on.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Error, Session};
use crate::abi::Release;
use crate::dump::{self, Effort};
use crate::history::cache;
use crate::history::{self};
use crate::policy::{Finding, Policy, Profile};
use crate::probe;
use crate::store::Entry;

type Result<T> = std::result::Result<T, Error>;

/// Releases of one platform, each compared with the one before it.
pub struct Comparisons<'c> {
    entries: &'c [Entry],
    policy: &'c Policy,
    session: &'c Session,
    whole: Vec<Mutex<Whole>>,
}

/// A release that has to be read as a whole.
#[derive(Default)]
struct Whole {
    release: Option<Arc<Release>>,
    /// Comparisons that it is still needed for: its memory is the next one's after that.
    needed: usize,
}

impl<'c> Comparisons<'c> {
    /// Of releases that are read when they are needed.
    pub(super) fn new(entries: &'c [Entry], policy: &'c Policy, session: &'c Session) -> Comparisons<'c> {
        let whole = entries.iter().map(|_| Mutex::default()).collect();
        Comparisons { entries, policy, session, whole }
    }

    /// The same of releases that are there as a whole already.
    #[must_use]
    pub fn of_releases(self, releases: Vec<Release>) -> Comparisons<'c> {
        for (at, release) in releases.into_iter().enumerate().take(self.whole.len()) {
            self.lock(at).release = Some(Arc::new(release));
        }
        self
    }

    /// The findings of the releases that are wanted, by position; none of those that are not, and none of the first.
    ///
    /// # Errors
    /// A release cannot be read.
    pub fn findings(&self, wanted: &[bool]) -> Result<Vec<Option<Vec<Finding>>>> {
        let is_wanted = |new: usize| wanted.get(new) == Some(&true);
        for at in 0..self.whole.len() {
            self.lock(at).needed = usize::from(is_wanted(at)) + usize::from(is_wanted(at + 1));
        }
        let findings = |(new, wanted): (usize, &bool)| {
            let findings = wanted.then(|| self.of(new)).transpose();
            if *wanted {
                self.give_back(new - 1);
                self.give_back(new);
            }
            findings
        };
        self.session.install(|| wanted.par_iter().enumerate().map(findings).collect())
    }

    fn of(&self, new: usize) -> Result<Vec<Finding>> {
        let (before, now) = (&self.entries[new - 1], &self.entries[new]);
        let profile = Profile::of(&before.release, &now.release);
        let place = self.place(before, now);
        let known = place.as_ref().and_then(|place| fs::read(place).ok());
        let text = known.and_then(|data| zstd::decode_all(&data[..]).ok());
        let text = text.and_then(|text| String::from_utf8(text).ok());
        if let Some(known) = text.and_then(|text| cache::read(&text, self.policy, profile)) {
            return Ok(known);
        }
        let findings = history::judge(&*self.whole(new - 1)?, &*self.whole(new)?, self.policy);
        if let Some(place) = place {
            // That it fails costs nothing but time.
            let kept = dump::compress(&cache::write(&findings), Effort::Fast);
            let _ = kept.and_then(|data| probe::keep(&place, &data));
        }
        Ok(findings)
    }

    fn whole(&self, at: usize) -> Result<Arc<Release>> {
        if let Some(release) = &self.lock(at).release {
            return Ok(Arc::clone(release));
        }
        // Not locked: who waits for its parts may be given another comparison to do, which needs it too.
        let release = Arc::new(self.session.load_stored(&self.entries[at])?);
        Ok(Arc::clone(self.lock(at).release.get_or_insert(release)))
    }

    /// One comparison fewer needs a release.
    fn give_back(&self, at: usize) {
        let mut whole = self.lock(at);
        whole.needed = whole.needed.saturating_sub(1);
        let release = if whole.needed == 0 { whole.release.take() } else { None };
        // Freeing takes a while.
        drop(whole);
        drop(release);
    }

    fn lock(&self, at: usize) -> MutexGuard<'_, Whole> {
        self.whole[at].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the findings of a pair are kept; none where there is no such place.
    fn place(&self, old: &Entry, new: &Entry) -> Option<PathBuf> {
        let mut hash = Sha256::new();
        let mut add = |data: &[u8]| {
            hash.update((data.len() as u64).to_le_bytes());
            hash.update(data);
        };
        add(env!("CARGO_PKG_VERSION").as_bytes());
        // Another build of one version may find other things.
        add(self.session.options.program.as_ref()?.as_bytes());
        for entry in [old, new] {
            add(entry.release.as_bytes());
            add(entry.platform.to_string().as_bytes());
            add(&self.session.store.identity(entry).ok()?);
        }
        self.policy.texts().for_each(|text| add(text.as_bytes()));
        let name = crate::hex::hex(&hash.finalize());
        Some(self.session.options.cache.as_ref()?.join("comparisons").join(name + ".jsonl.zst"))
    }
}
