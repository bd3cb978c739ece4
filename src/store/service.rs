//! A store that a service keeps. Which releases there are is asked each time; a release itself is downloaded once, when it is
//! first read, since a snapshot never changes.
//!
//! What was downloaded is kept in a directory of the user's: an ordinary store for each snapshot, and the list as it was last
//! told; what nobody reads for long goes away. A service that is away is answered for from there, and whoever asks is told so.
//! Every other trouble is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::write::{check_name, check_release_name, write_checksums, write_durably};
use super::{CHECKSUMS, EXTENSION, Entry, Error, Result, Store, io_error, unused};
use crate::abi::Platform;
use crate::hex::{hex, sha256};
use crate::http::RetryPolicy;
use crate::remote::api::{Kind, LibraryEntry, Page, Snapshot, SnapshotContents, Trust};
use crate::remote::{self, Address, Client, Fresh};

/// Pages of a list, with 200 releases each.
const MOST_PAGES: usize = 500;
/// Libraries of a release: what a service takes.
const MOST_LIBRARIES: usize = 4096;
/// Bytes of a release's facts.
const LARGEST: u64 = 4 << 30;
/// Bytes that a release may have in the cache.
const LARGEST_PACKED: u64 = 1 << 30;
/// How long somebody waits for a list who has the one of the last time.
const HASTE: RetryPolicy = RetryPolicy {
    tries: 2,
    in_all: Duration::from_secs(10),
    pause: Duration::from_millis(300),
    timeout: Duration::from_secs(10),
};
/// Bytes that packing may add to what cannot be packed.
const OVERHEAD: u64 = 64 << 10;

/// A service does not answer, so that what is known of it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offline {
    /// The project.
    pub address: Address,
    /// What happened instead of an answer.
    pub why: String,
    /// When it answered last, in milliseconds since 1970.
    pub asked_at: i64,
}

/// Who is told that a service is away.
pub type TellOffline = Arc<dyn Fn(&Offline) + Send + Sync>;

/// A project of a service, and what is known of it.
pub(super) struct Service {
    client: Client,
    /// The same for whoever can do without an answer.
    hasty: Client,
    /// It was found away.
    is_away: AtomicBool,
    address: Address,
    /// What is kept of it.
    place: PathBuf,
    tell: TellOffline,
    /// What was asked by this process, which is not asked again: all its answers go by the same list.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    list: Option<Arc<Vec<Snapshot>>>,
    commits: BTreeMap<String, Vec<Snapshot>>,
}

/// The list as it was last told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Listed {
    /// When, in milliseconds since 1970.
    asked_at: i64,
    pages: Vec<ListedPage>,
    /// Builds of commits that were asked for.
    #[serde(default)]
    commits: BTreeMap<String, Vec<Snapshot>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ListedPage {
    etag: Option<String>,
    page: Page<Snapshot>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.address)
    }
}

impl Service {
    /// `cache`: the directory of all services.
    pub(super) fn new(client: Client, address: Address, cache: &Path, tell: TellOffline) -> Service {
        let place = cache.join(&sha256(address.to_string().as_bytes())[..32]);
        let hasty = client.with_retry(HASTE);
        let (is_away, known) = (AtomicBool::new(false), Mutex::default());
        Service { client, hasty, is_away, address, place, tell, known }
    }

    /// Nobody waits twice for a service that is away.
    fn client(&self) -> &Client {
        if self.is_away.load(Ordering::Relaxed) { &self.hasty } else { &self.client }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// All releases.
    pub(super) fn list(&self) -> Result<Vec<Entry>> {
        Ok(self.snapshots()?.iter().map(entry).collect())
    }

    /// Builds of a commit that is merged.
    pub(super) fn commits(&self, hash: &str) -> Result<Vec<Entry>> {
        if let Some(known) = self.known().commits.get(hash) {
            return Ok(known.iter().map(entry).collect());
        }
        let asked = self.client().snapshots(&self.address.project, Kind::Branch, Some(hash), None, None);
        let found = match asked {
            Ok(Fresh::New(page, _)) => {
                let found = self.believed(page.items, Kind::Branch, Some(hash))?;
                let mut listed = self.kept().unwrap_or_default();
                listed.commits.insert(hash.to_owned(), found.clone());
                self.keep(&listed);
                found
            }
            Ok(Fresh::Known) => Vec::new(),
            // That it is away was told with the list.
            Err(error) if error.is_unreachable() => {
                let kept = self.kept().and_then(|mut kept| kept.commits.remove(hash));
                self.believed(kept.unwrap_or_default(), Kind::Branch, Some(hash))?
            }
            Err(error) => return Err(self.refused(error)),
        };
        let entries = found.iter().map(entry).collect();
        self.known().commits.insert(hash.to_owned(), found);
        Ok(entries)
    }

    /// What tells one release from another: the service's own name of what never changes.
    pub(super) fn identity(&self, wanted: &Entry) -> Result<Vec<u8>> {
        Ok(format!("{} {}", self.address, self.snapshot(wanted)?.id).into_bytes())
    }

    /// How many libraries a release has, and how many bytes their facts.
    pub(super) fn size(&self, wanted: &Entry) -> Result<(usize, u64)> {
        let snapshot = self.snapshot(wanted)?;
        Ok((usize::try_from(snapshot.libraries).unwrap_or(usize::MAX), snapshot.size))
    }

    /// Reads a release from the store that it was downloaded into. One that was damaged there is downloaded again.
    pub(super) fn read<T>(&self, wanted: &Entry, read: impl Fn(&Store) -> Result<T>) -> Result<T> {
        let snapshot = self.snapshot(wanted)?;
        let store = Store::open(self.place.join(&snapshot.id));
        let folder = store.folder(wanted);
        if folder.join(CHECKSUMS).is_file() {
            unused::is_used(store.root(), SystemTime::now());
            match read(&store) {
                Err(Error::Damaged { .. } | Error::Io { .. }) => {
                    fs::remove_dir_all(store.root()).map_err(io_error(store.root()))?;
                }
                answer => return answer,
            }
        }
        match self.download(wanted, &snapshot, &store) {
            // Somebody else was faster.
            Err(Error::Exists(_)) => {}
            downloaded => {
                downloaded?;
                let cache = self.place.parent().unwrap_or(&self.place);
                unused::remove(cache, SystemTime::now());
            }
        }
        read(&store)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self, wanted: &Entry) -> Result<Snapshot> {
        let list = self.snapshots()?;
        let known = self.known();
        let mut all = list.iter().chain(known.commits.values().flatten());
        let found = all.find(|snapshot| entry(snapshot) == *wanted).cloned();
        found.ok_or_else(|| Error::Missing(wanted.to_string()))
    }

    fn snapshots(&self) -> Result<Arc<Vec<Snapshot>>> {
        let mut known = self.known();
        if let Some(list) = &known.list {
            return Ok(list.clone());
        }
        let list = Arc::new(self.ask()?);
        known.list = Some(list.clone());
        Ok(list)
    }

    /// Asks for the list. Pages that did not change are not sent again.
    fn ask(&self) -> Result<Vec<Snapshot>> {
        let kept = self.kept();
        match self.pages(kept.as_ref()) {
            Ok(pages) => {
                let commits = kept.map(|kept| kept.commits).unwrap_or_default();
                let listed = Listed { asked_at: now(), pages, commits };
                let found = self.listed(&listed)?;
                self.keep(&listed);
                Ok(found)
            }
            Err(error) if error.is_unreachable() => {
                let Some(kept) = kept else { return Err(Error::NotCached { what: None, why: error }) };
                self.is_away.store(true, Ordering::Relaxed);
                let (address, why) = (self.address.clone(), error.to_string());
                (self.tell)(&Offline { address, why, asked_at: kept.asked_at });
                self.listed(&kept)
            }
            Err(error) => Err(self.refused(error)),
        }
    }

    fn pages(&self, kept: Option<&Listed>) -> std::result::Result<Vec<ListedPage>, remote::Error> {
        let client = if kept.is_some() { &self.hasty } else { &self.client };
        let mut pages: Vec<ListedPage> = Vec::new();
        let mut after: Option<String> = None;
        for number in 0..MOST_PAGES {
            let before = |number: usize| kept?.pages.get(number);
            // The page behind another one is another page.
            let same = number == 0 || before(number - 1).is_some_and(|page| page.page.next == after);
            let known = before(number).filter(|_| same);
            let etag = known.and_then(|page| page.etag.as_deref());
            let project = &self.address.project;
            let page = match client.snapshots(project, Kind::Release, None, after.as_deref(), etag)? {
                Fresh::New(page, etag) => ListedPage { etag, page },
                Fresh::Known => match known {
                    Some(known) => known.clone(),
                    None => break,
                },
            };
            let next = page.page.next.clone();
            pages.push(page);
            match next {
                Some(next) if Some(&next) != after.as_ref() => after = Some(next),
                _ => break,
            }
        }
        Ok(pages)
    }

    fn listed(&self, listed: &Listed) -> Result<Vec<Snapshot>> {
        let items = listed.pages.iter().flat_map(|page| page.page.items.iter().cloned());
        self.believed(items.collect(), Kind::Release, None)
    }

    /// What may be compared with, checked. What somebody only claims is left out.
    fn believed(&self, found: Vec<Snapshot>, kind: Kind, name: Option<&str>) -> Result<Vec<Snapshot>> {
        let mut seen = BTreeSet::new();
        let mut believed = Vec::new();
        let is_believed = |trust: Trust| match kind {
            Kind::Release => trust == Trust::Release,
            Kind::Branch | Kind::Pull => trust >= Trust::Trusted,
        };
        for snapshot in found {
            let is_asked = snapshot.kind == kind && name.is_none_or(|name| name == snapshot.name);
            if !is_asked || !is_believed(snapshot.trust) {
                continue;
            }
            let platform = Platform::parse(&snapshot.platform).to_string();
            let is_id = !snapshot.id.is_empty()
                && snapshot.id.len() <= 64
                && snapshot.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            check_release_name(&snapshot.name)?;
            check_name(&snapshot.platform)?;
            if !is_id || platform != snapshot.platform {
                return Err(self.wrong(format!("{:?} cannot be a release", snapshot.name)));
            }
            if seen.insert((snapshot.name.clone(), platform)) {
                believed.push(snapshot);
            }
        }
        Ok(believed)
    }

    fn kept(&self) -> Option<Listed> {
        serde_json::from_slice(&fs::read(self.place.join("list.json")).ok()?).ok()
    }

    /// That it cannot be kept costs nothing but time.
    fn keep(&self, listed: &Listed) {
        let place = self.place.join("list.json");
        let draft = place.with_extension(format!("{}.draft", std::process::id()));
        let write = || {
            fs::create_dir_all(&self.place)?;
            fs::write(&draft, serde_json::to_vec(listed)?)?;
            fs::rename(&draft, &place)
        };
        if write().is_err() {
            let _ = fs::remove_file(&draft);
        }
    }

    fn download(&self, wanted: &Entry, snapshot: &Snapshot, store: &Store) -> Result<()> {
        let away = |error: remote::Error| match error.is_unreachable() {
            true => Error::NotCached { what: Some(wanted.to_string()), why: error },
            false => self.refused(error),
        };
        let contents = self.client().contents(&self.address.project, &snapshot.id).map_err(away)?;
        self.check(&contents, snapshot)?;
        let packed = AtomicU64::new(0);
        store.put(wanted, false, |folder| {
            let file = |library: &LibraryEntry| {
                let name = format!("{}{EXTENSION}", library.file);
                let longest = library.size + library.size / 128 + library.header.len() as u64 + OVERHEAD;
                let project = &self.address.project;
                let data =
                    self.client().library(project, &snapshot.id, &library.file, longest).map_err(away)?;
                let before = packed.fetch_add(data.len() as u64, Ordering::Relaxed);
                if before + data.len() as u64 > LARGEST_PACKED {
                    return Err(self.wrong(format!("{wanted} is larger than 1 GiB")));
                }
                verify(&data, library).map_err(|what| self.wrong(format!("{wanted}: {name} {what}")))?;
                write_durably(&folder.join(&name), &data)?;
                Ok((name, sha256(&data)))
            };
            let sums = contents.entries.par_iter().map(file).collect::<Result<BTreeMap<_, _>>>()?;
            write_checksums(folder, &sums)
        })
    }

    /// Whether what a snapshot is said to have in it can be that.
    fn check(&self, contents: &SnapshotContents, wanted: &Snapshot) -> Result<()> {
        let told = &contents.snapshot;
        let wrong = |what: &str| Err(self.wrong(format!("{} {}: {what}", wanted.name, wanted.platform)));
        if (&told.id, &told.name, &told.platform) != (&wanted.id, &wanted.name, &wanted.platform) {
            return wrong("the snapshot is another one");
        }
        if contents.entries.is_empty() || contents.entries.len() > MOST_LIBRARIES {
            return wrong("a release has from 1 to 4096 libraries");
        }
        let mut files = BTreeSet::new();
        let mut size = 0_u64;
        for library in &contents.entries {
            check_name(&library.file)?;
            if !files.insert(&library.file) {
                return wrong("a library is there twice");
            }
            size = size.saturating_add(library.size);
        }
        if size > LARGEST { wrong("it is larger than 4 GiB") } else { Ok(()) }
    }

    fn wrong(&self, what: String) -> Error {
        Error::Service { address: self.address.clone(), what }
    }

    /// A refusal, with what to do about it.
    fn refused(&self, error: remote::Error) -> Error {
        let what = match (error.status(), self.client.has_right()) {
            (Some(401 | 404), false) => {
                let login = format!("abigate login {} keeps a token for it", self.address.origin);
                format!("not found, or not to be read without a token: {login}")
            }
            (Some(404), true) => "not found, or this token may not read it".to_owned(),
            _ => return Error::Remote(error),
        };
        self.wrong(what)
    }
}

/// Whether a packed dump is the one that was announced. It is unpacked piece by piece, and no further than it may go.
fn verify(data: &[u8], library: &LibraryEntry) -> std::result::Result<(), String> {
    let unpacked =
        zstd::stream::read::Decoder::new(data).map_err(|error| format!("cannot be unpacked: {error}"));
    let mut text =
        unpacked?.take((library.header.len() as u64 + 1).saturating_add(library.size).saturating_add(1));
    let mut start = vec![0; library.header.len() + 1];
    let cut = |error: std::io::Error| format!("cannot be unpacked: {error}");
    text.read_exact(&mut start).map_err(cut)?;
    if start.split_last() != Some((&b'\n', library.header.as_bytes())) {
        return Err("has another header line than it is said to have".to_owned());
    }
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = text.read(&mut buffer).map_err(cut)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    let sum = hex(&hash.finalize());
    if (size, &sum) != (library.size, &library.facts) {
        return Err(format!("is not what was sent: SHA-256 is {sum}, and has to be {}", library.facts));
    }
    Ok(())
}

fn entry(snapshot: &Snapshot) -> Entry {
    Entry { release: snapshot.name.clone(), platform: Platform::parse(&snapshot.platform) }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
