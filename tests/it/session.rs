//! The library as another program uses it: sessions, in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use abigate::gate::acknowledge::{Approval, How, Standing};
use abigate::policy::{Date, Outcome};
use abigate::session::{
    Config, Error, Events, GateRequest, Level, Named, Notice, Options, Session, Silent, Tried,
};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/session");

fn session(config: &Path) -> Session {
    let mut options = Options::default();
    options.config = Some(config.to_owned());
    Session::open(options, Arc::new(Silent)).expect("a session")
}

fn own() -> Session {
    session(&Path::new(FIXTURE).join("abigate.yaml"))
}

fn today() -> Date {
    Date::parse("2026-11-29").expect("a day")
}

/// The outcome, and the rules of the root causes.
fn compared(session: &Session) -> (Outcome, Vec<String>) {
    let (old, new) = session.load_pair(["v1.0.0", "v1.1.0"], None).expect("both");
    let verdict = session.compare(&old, &new, today()).expect("a verdict");
    let roots = verdict.findings.iter().filter(|finding| finding.derived_from.is_none());
    (verdict.outcome, roots.map(|finding| finding.change.rule.to_string()).collect())
}

#[test]
fn sessions_of_one_process_know_nothing_of_each_other() {
    let folder = tempfile::tempdir().expect("a directory");
    let lenient = folder.path().join("lenient.yaml");
    let text = format!(
        "store: {FIXTURE}/baselines\ntiers:\n  - {{ name: quiet, names: ['shop::**'], severity: note }}\n"
    );
    std::fs::write(&lenient, text).expect("a file");
    let strict = compared(&own());
    assert_eq!(strict.0, Outcome::Breaking);
    assert!(strict.1.iter().any(|rule| rule == "symbol-removed"), "{strict:?}");
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|number| {
                let lenient = &lenient;
                scope.spawn(move || match number % 2 {
                    0 => compared(&own()),
                    _ => compared(&session(lenient)),
                })
            })
            .collect();
        for (number, run) in runs.into_iter().enumerate() {
            let (outcome, roots) = run.join().expect("no panic");
            match number % 2 {
                0 => assert_eq!((outcome, roots), strict.clone()),
                _ => assert_eq!(outcome, Outcome::Compatible, "{roots:?}"),
            }
        }
    });
}

#[test]
fn a_configuration_need_not_be_a_file() {
    let text = "store: baselines\nplatform: linux-x86_64\n";
    let config = Config::parse(&Path::new(FIXTURE).join("none.yaml"), text).expect("a configuration");
    let session = Session::with(config, Options::default(), Arc::new(Silent)).expect("a session");
    assert_eq!(compared(&session).0, Outcome::Breaking);
    let error = Config::parse(Path::new("made.yaml"), "tears: 1\n").expect_err("a mistake");
    assert!(
        matches!(&error, Error::Config { file, cause } if file == "made.yaml" && cause.line == 1),
        "{error}"
    );
}

#[test]
fn names_that_mean_nothing_say_where_they_were_looked_for() {
    let session = own();
    assert!(matches!(session.resolve("v1.0"), Ok(Named::Stored { release, .. }) if release == "v1.0.0"));
    let error = session.load("v1.0.9", None).expect_err("nothing is called so");
    let Error::NotFound { name, tried, nearest } = &error else { panic!("{error}") };
    assert_eq!((&**name, &tried[0]), ("v1.0.9", &Tried::Path));
    assert!(matches!(&tried[1], Tried::Store { releases: 2, .. }), "{tried:?}");
    assert!(nearest.contains(&"v1.0.0".to_owned()), "{nearest:?}");
    let error = session.load("v1.0.0", Some("linux-aarch64")).expect_err("another platform");
    assert!(matches!(&error, Error::OtherPlatform { stored, .. } if stored.len() == 1), "{error}");
    let error = session.load("v1.0.0", Some("linux")).expect_err("no platform");
    assert!(matches!(error, Error::NotAPlatform(_)), "{error}");
}

/// Counts bytes and lines.
#[derive(Default)]
struct Counts {
    expected: AtomicU64,
    done: AtomicU64,
    warnings: AtomicU64,
}

impl Events for Counts {
    fn expect(&self, bytes: u64) {
        self.expected.fetch_add(bytes, Ordering::Relaxed);
    }

    fn done(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn notice(&self, notice: &Notice<'_>) {
        let is_warning = notice.level() == Level::Warning;
        self.warnings.fetch_add(u64::from(is_warning), Ordering::Relaxed);
    }
}

#[test]
fn what_is_read_is_told_to_whoever_asked() {
    let counts = Arc::new(Counts::default());
    let mut options = Options::default();
    options.config = Some(PathBuf::from(FIXTURE).join("abigate.yaml"));
    let session = Session::open(options, counts.clone()).expect("a session");
    session.load("v1.0.0", None).expect("a release");
    let [expected, done] = [&counts.expected, &counts.done].map(|count| count.load(Ordering::Relaxed));
    assert!(expected > 500 && expected == done, "{expected} {done}");
    assert_eq!(counts.warnings.load(Ordering::Relaxed), 0);
}

#[test]
fn the_gate_decides_without_a_command_line() {
    let session = own();
    let mut request = GateRequest::new("v1.1.0", today());
    request.base = Some("v1.0.0".to_owned());
    request.target = Some("main".to_owned());
    request.trust = Some("none".to_owned());
    let mut decision = session.gate(&request).expect("a decision");
    assert!(decision.is_breaking());
    let label = |name: &str| Approval::new(None, How::Label(name.to_owned()), Standing::Valid);
    session.accept(&mut decision, &[label("other")], Vec::new(), &|_, _| None);
    assert_eq!(decision.acceptances, []);
    session.accept(&mut decision, &[label("abi-break-accepted")], Vec::new(), &|_, _| None);
    let acceptance = decision.acceptances.first().expect("somebody accepts it");
    assert!(!acceptance.covers.is_empty() && acceptance.by.contains("abi-break-accepted"), "{acceptance:?}");
    assert_eq!(decision.gate.verdict.outcome, Outcome::Compatible);
}

/// The process that reads is told what the system said.
#[test]
fn an_unreadable_file_keeps_its_cause() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("libone.so");
    std::os::unix::fs::symlink(&path, &path).expect("a link to itself");
    let Error::Artifact(error) = own().load_paths(&[path]).expect_err("a loop") else {
        panic!("another error")
    };
    let abigate::artifact::Error::Read { cause, .. } = &error else { panic!("{error}") };
    assert!(cause.raw_os_error().is_some(), "{cause:?}");
    assert_eq!(error.to_string().matches(&cause.to_string()).count(), 1, "{error}");
}
