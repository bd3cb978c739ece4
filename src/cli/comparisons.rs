//! Comparisons of stored releases, which do not change: what was found is kept in the user's cache folder, called by a checksum
//! of everything that it depends on.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::{env, fs};

use anyhow::Result;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::context::Context;
use super::progress::Progress;
use super::{headers, load};
use crate::abi::Release;
use crate::dump::{self, Effort};
use crate::history::cache;
use crate::history::{self};
use crate::policy::{Finding, Policy, Profile};
use crate::probe;
use crate::store::Entry;

/// Releases of one platform, each compared with the one before it.
pub(super) struct Comparisons<'c> {
    entries: &'c [Entry],
    policy: &'c Policy,
    context: &'c Context,
    progress: &'c Progress,
    /// Releases that had to be read as a whole.
    whole: Vec<OnceLock<Release>>,
}

impl<'c> Comparisons<'c> {
    pub(super) fn new(
        entries: &'c [Entry],
        policy: &'c Policy,
        context: &'c Context,
        progress: &'c Progress,
    ) -> Comparisons<'c> {
        let whole = entries.iter().map(|_| OnceLock::new()).collect();
        Comparisons { entries, policy, context, progress, whole }
    }

    /// The same of releases that are there as a whole already.
    pub(super) fn of_releases(self, releases: Vec<Release>) -> Comparisons<'c> {
        Comparisons { whole: releases.into_iter().map(OnceLock::from).collect(), ..self }
    }

    /// The findings of the releases that are wanted, by position; none of those that are not.
    pub(super) fn findings(self, wanted: &[bool]) -> Result<Vec<Option<Vec<Finding>>>> {
        let findings = |(new, wanted): (usize, &bool)| wanted.then(|| self.of(new)).transpose();
        let all = wanted.par_iter().enumerate().map(findings).collect();
        // Freeing millions of names one by one takes longer than the operating system does.
        std::mem::forget(self.whole);
        all
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
        let findings = history::judge(self.whole(new - 1)?, self.whole(new)?, self.policy);
        if let Some(place) = place {
            // That it fails costs nothing but time.
            let kept = dump::compress(&cache::write(&findings), Effort::Fast);
            let _ = kept.and_then(|data| probe::keep(&place, &data));
        }
        Ok(findings)
    }

    fn whole(&self, at: usize) -> Result<&Release> {
        if self.whole[at].get().is_none() {
            let release = load::stored(&self.entries[at], self.context, self.progress)?;
            // Another thread may have been faster.
            let _ = self.whole[at].set(release);
        }
        Ok(self.whole[at].get_or_init(Release::default))
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
        let program = env::current_exe().and_then(fs::metadata).ok()?;
        add(&program.len().to_le_bytes());
        let changed = program.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        add(&changed.as_nanos().to_le_bytes());
        for entry in [old, new] {
            add(entry.release.as_bytes());
            add(entry.platform.to_string().as_bytes());
            add(&self.context.store.identity(entry).ok()?);
        }
        self.policy.texts().for_each(|text| add(text.as_bytes()));
        let name = crate::hex::hex(&hash.finalize());
        Some(headers::cache()?.with_file_name("comparisons").join(name + ".jsonl.zst"))
    }
}
