//! Sending a snapshot: what it holds is announced first, and only what the service does not have yet is sent. Whoever is
//! interrupted starts again, and what arrived before stays there.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::api::{Kind, LibraryEntry, Upload, UploadRequest, UploadState};
use super::{Client, Error};
use crate::hex::sha256;

/// How hard facts are packed, of zstd's levels: a fifth larger than what takes a minute.
const LEVEL: i32 = 9;

/// An upload may end, or somebody else may seal the same, while this one is under way.
const TRIES: u32 = 3;

type Result<T> = std::result::Result<T, Error>;

/// A library as a store keeps it.
#[derive(Clone, Debug)]
pub struct Dumped {
    /// Name of the dump's file without `.abi.zst`.
    pub file: String,
    /// The text of the dump: a header line, and the facts.
    pub text: String,
}

/// What is to become a snapshot.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// What it is of.
    pub kind: Kind,
    /// Name of the release, hash of the commit, or number and hash.
    pub name: String,
    /// Platform and variant.
    pub platform: String,
    /// The commit that it was built from.
    pub commit: Option<String>,
    /// The commit that a pull request is based on.
    pub base_commit: Option<String>,
    /// Its libraries.
    pub libraries: Vec<Dumped>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The snapshot that it is now, or was before.
    pub snapshot: String,
    /// Whether it was there before.
    pub was_there: bool,
    /// Libraries that were sent.
    pub libraries: usize,
    /// Bytes of these, packed.
    pub bytes: u64,
}

/// Sends a snapshot to a project. `tell`: how many libraries of how many were sent.
///
/// # Errors
/// The service refuses or does not answer, or what is to be sent is no dump.
pub fn push(
    client: &Client,
    project: &str,
    parcel: &Parcel,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<Sent> {
    let entries = parcel.libraries.par_iter().map(entry).collect::<Result<Vec<LibraryEntry>>>()?;
    let request = UploadRequest {
        kind: parcel.kind,
        name: parcel.name.clone(),
        platform: parcel.platform.clone(),
        commit: parcel.commit.clone(),
        base_commit: parcel.base_commit.clone(),
        libraries: entries,
    };
    let sent = Counts::default();
    let mut tried = 0;
    loop {
        tried += 1;
        let upload = client.announce(project, &request)?;
        if let (UploadState::Sealed, Some(snapshot)) = (upload.state, &upload.snapshot) {
            // Whoever is cut off before the answer to its seal comes was the one who sent it.
            return Ok(sent.done(snapshot.clone(), tried == 1));
        }
        match send(client, &upload, &request, parcel, &sent, tell) {
            Ok(snapshot) => return Ok(sent.done(snapshot, false)),
            // Announced again, it is another upload, or a snapshot by now.
            Err(error) if matches!(error.status(), Some(404 | 409)) && tried < TRIES => {}
            Err(error) => return Err(error),
        }
    }
}

#[derive(Default)]
struct Counts {
    libraries: AtomicUsize,
    bytes: AtomicU64,
}

impl Counts {
    fn done(&self, snapshot: String, was_there: bool) -> Sent {
        let (libraries, bytes) = (self.libraries.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        Sent { snapshot, was_there, libraries, bytes }
    }
}

/// Sends what is missing and seals.
fn send(
    client: &Client,
    upload: &Upload,
    request: &UploadRequest,
    parcel: &Parcel,
    sent: &Counts,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<String> {
    let wanted = |entry: &LibraryEntry| upload.missing.contains(&entry.facts);
    let mut missing: Vec<(&LibraryEntry, &Dumped)> =
        request.libraries.iter().zip(&parcel.libraries).filter(|(entry, _)| wanted(entry)).collect();
    // The same facts may be those of several libraries; the largest are begun first.
    missing.sort_by(|(a, _), (b, _)| b.size.cmp(&a.size).then_with(|| a.facts.cmp(&b.facts)));
    missing.dedup_by(|(a, _), (b, _)| a.facts == b.facts);
    let (done, all) = (AtomicUsize::new(0), missing.len());
    tell(0, all);
    missing.into_par_iter().by_uniform_blocks(1).try_for_each(|(entry, dumped)| {
        let packed = zstd::bulk::compress(facts(dumped)?.1.as_bytes(), LEVEL)
            .map_err(|cause| Error::Dump { file: entry.file.clone(), what: cause.to_string() })?;
        client.put_facts(&upload.id, &entry.facts, &packed)?;
        sent.libraries.fetch_add(1, Ordering::Relaxed);
        sent.bytes.fetch_add(packed.len() as u64, Ordering::Relaxed);
        tell(done.fetch_add(1, Ordering::Relaxed) + 1, all);
        Result::Ok(())
    })?;
    let sealed = client.seal(&upload.id)?;
    sealed.snapshot.ok_or_else(|| {
        client.senseless(format!("the seal of {}", parcel.name), "there is no snapshot in it".to_owned())
    })
}

fn entry(dumped: &Dumped) -> Result<LibraryEntry> {
    let (header, facts) = facts(dumped)?;
    Ok(LibraryEntry {
        file: dumped.file.clone(),
        header: header.to_owned(),
        facts: sha256(facts.as_bytes()),
        size: facts.len() as u64,
    })
}

/// The header line of a dump and what follows it.
fn facts(dumped: &Dumped) -> Result<(&str, &str)> {
    let what = "is no dump in JSON Lines with a header line of its own";
    let wrong = || Error::Dump { file: dumped.file.clone(), what: what.to_owned() };
    let (header, facts) = dumped.text.split_once('\n').ok_or_else(wrong)?;
    if header.starts_with("{\"abigate\":") { Ok((header, facts)) } else { Err(wrong()) }
}
