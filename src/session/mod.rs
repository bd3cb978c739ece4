//! Sessions: the one way to load releases, compare them and decide about a change, for the command line and for any other
//! program.
//!
//! A [`Session`] knows a configuration (`abigate.yaml`, with the policy in it), a store of baselines, [`Options`], and whom it
//! tells what it is doing ([`Events`]). It reads neither environment nor arguments, prints nothing, and keeps no state beside
//! itself: several of them may be in one process. Errors are one type, [`Error`].
//!
//! ```
//! use std::path::PathBuf;
//! use std::sync::Arc;
//!
//! use abigate::policy::{Date, Outcome};
//! use abigate::session::{Options, Session, Silent};
//!
//! # fn main() -> Result<(), abigate::session::Error> {
//! let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/session");
//! let mut options = Options::default();
//! // The policy, and beside it the store with two releases of a small library.
//! options.config = Some(here.join("abigate.yaml"));
//! let session = Session::open(options, Arc::new(Silent))?;
//!
//! let (old, new) = session.load_pair(["v1.0.0", "v1.1.0"], None)?;
//! let today = Date::parse("2026-11-29").expect("a day");
//! let verdict = session.compare(&old, &new, today)?;
//!
//! assert_eq!(verdict.outcome, Outcome::Breaking);
//! for root in verdict.findings.iter().filter(|finding| finding.derived_from.is_none()) {
//!     println!("{} {}: {}", root.tier.name(), root.change.rule, root.change.subject.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `options`, `events`, `error` | what a session is told, what it tells, why it has no answer |
//! | `config` | the file `abigate.yaml` |
//! | `resolve` | what a name means: a path, a stored release, `HEAD`, a git revision |
//! | `load`, `headers` | a name to a release |
//! | `judge` | two releases to a verdict, with what it means to the consumers that the policy names |
//! | `environment`, `consumers` | consumers with what they are loaded with; which of them break |
//! | `check` | would a release load |
//! | `gate`, `trust` | may a change be merged; whose policy and baselines say so |
//! | `comparison_cache` | what comparisons of stored releases found before |
//! | `git`, `source_lines` | what git and the checked out sources say of a change |

mod check;
mod comparison_cache;
mod config;
mod consumers;
mod environment;
mod error;
mod events;
mod gate;
mod git;
mod headers;
mod judge;
mod load;
mod options;
mod platforms;
mod resolve;
mod scope;
mod source_lines;
mod trust;

use std::path::PathBuf;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::policy::Policy;
use crate::store::{Entry, Location, Offline, Store};
use crate::{dwarf, probe};

pub use check::{CheckRequest, Checked};
pub use comparison_cache::Comparisons;
pub use config::{CONFIG_NAME, Config};
pub use consumers::{Impacts, Ranges};
pub use environment::Environment;
pub use error::{Error, Tried, Unreadable};
pub use events::{Events, Level, Notice, Phase, Silent};
pub use gate::{Acceptance, Decision, GateRequest};
pub use judge::Judge;
pub use load::parse_platform;
pub use options::Options;
pub use resolve::Named;

/// Bytes of stack of each thread. Recursion over hostile names and nested types is bounded, but deep.
const STACK: usize = 16 << 20;

/// Everything that questions about releases have in common. Cheap to clone: the clone shares threads and configuration.
#[derive(Clone)]
pub struct Session {
    config: Arc<Config>,
    store: Store,
    options: Arc<Options>,
    events: Arc<dyn Events>,
    threads: Arc<ThreadPool>,
    /// How debug info is read; none when it is not.
    debug_info: Option<dwarf::Options>,
    /// How public headers are asked; none when they are not.
    headers: Option<probe::Options>,
    /// Directories of headers that lie beside both inputs of a comparison.
    foreign_headers: Vec<PathBuf>,
    /// Directories of headers of each side of a comparison, where they were named.
    side_headers: [Vec<PathBuf>; 2],
    /// Which libraries are compared.
    scope: scope::Scope,
    /// A directory or an archive may hold dumps; else only shared objects count in it.
    takes_dumps: bool,
    /// Programs that export nothing are of interest as well.
    programs: bool,
}

impl Session {
    /// Starts threads, reads the configuration and opens the store that it names.
    ///
    /// # Errors
    /// The configuration cannot be read or has a mistake, or no thread starts.
    pub fn open(options: Options, events: Arc<dyn Events>) -> Result<Session, Error> {
        let threads = start(&options)?;
        let config = threads.install(|| Config::load(options.config.as_deref(), &options.directory))?;
        Session::new(config, options, events, threads)
    }

    /// The same with a configuration that was read already ([`Config::parse`]).
    ///
    /// # Errors
    /// No thread starts.
    pub fn with(config: Config, options: Options, events: Arc<dyn Events>) -> Result<Session, Error> {
        let threads = start(&options)?;
        Session::new(config, options, events, threads)
    }

    /// A session with another configuration and store than one that is there already.
    fn assembled(config: Config, options: Options, store: Store, like: &Session) -> Result<Session, Error> {
        let (events, threads) = (like.events.clone(), like.threads.clone());
        let headers = Session::headers_of(&config, &options);
        Ok(Session {
            store,
            headers,
            scope: config.scope()?,
            config: Arc::new(config),
            options: Arc::new(options),
            events,
            threads,
            ..like.clone()
        })
    }

    fn headers_of(config: &Config, options: &Options) -> Option<probe::Options> {
        let cache = options.cache.as_ref().map(|cache| cache.join("headers"));
        let headers = options::headers(&options.headers, config.headers.as_ref())?;
        Some(probe::Options { cache, ..headers })
    }

    fn new(
        config: Config,
        options: Options,
        events: Arc<dyn Events>,
        threads: ThreadPool,
    ) -> Result<Session, Error> {
        let beside = || match config.file.as_ref().and_then(|file| file.parent()) {
            Some(directory) => Location::Directory(directory.join("baselines")),
            None => Location::Directory(PathBuf::from("baselines")),
        };
        let store = options.store.clone().or_else(|| config.store.clone()).unwrap_or_else(beside);
        let headers = Session::headers_of(&config, &options);
        Ok(Session {
            store: open_store(store, &options, &events)?,
            scope: config.scope()?,
            debug_info: options.debug_info.clone(),
            headers,
            foreign_headers: Vec::new(),
            side_headers: <[Vec<PathBuf>; 2]>::default(),
            takes_dumps: true,
            programs: false,
            config: Arc::new(config),
            options: Arc::new(options),
            events,
            threads: Arc::new(threads),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store of baselines.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What it was told.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whether debug info is read.
    pub fn reads_debug_info(&self) -> bool {
        self.debug_info.is_some()
    }

    /// Does something on the session's threads, which have the stack that deeply nested types need.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }

    /// The same session for who asks neither debug info nor headers.
    #[must_use]
    pub fn without_types(&self) -> Session {
        Session { debug_info: None, headers: None, ..self.clone() }
    }

    /// The same session for a comparison whose sides have these directories of public headers: the old one's, the new one's.
    #[must_use]
    pub fn with_side_headers(&self, folders: [Vec<PathBuf>; 2]) -> Session {
        Session { side_headers: folders, ..self.clone() }
    }

    /// The same session for a build, in which a dump is not what was built.
    fn for_builds(&self) -> Session {
        Session { takes_dumps: false, ..self.clone() }
    }

    /// The same session for consumers, programs among them, of whose debug info only matters what it says of copied
    /// functions.
    fn for_consumers(&self) -> Session {
        let debug_info = self.debug_info.clone().map(|options| dwarf::Options { inlined: true, ..options });
        Session { debug_info, headers: None, programs: true, takes_dumps: true, ..self.clone() }
    }

    /// Releases of one platform, oldest first, each to be compared with the one before it.
    pub fn comparisons<'s>(&'s self, entries: &'s [Entry], policy: &'s Policy) -> Comparisons<'s> {
        Comparisons::new(entries, policy, self)
    }
}

/// The store that is somewhere.
fn open_store(location: Location, options: &Options, events: &Arc<dyn Events>) -> Result<Store, Error> {
    let address = match location {
        Location::Directory(path) => return Ok(Store::open(path)),
        Location::Service(address) => address,
    };
    let Some(cache) = &options.cache else { return Err(Error::NoCache(address)) };
    let client = options.services.client(&address)?;
    let events = events.clone();
    let tell = move |offline: &Offline| events.notice(&Notice::Offline(offline));
    Ok(Store::of_service(client, address, &cache.join("services"), Arc::new(tell)))
}

fn start(options: &Options) -> Result<ThreadPool, Error> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(options.threads).stack_size(STACK);
    threads.build().map_err(Error::Threads)
}
