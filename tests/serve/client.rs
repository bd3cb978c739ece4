//! The command line as a client of the service: `login`, `push`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::between::{Says, Stranger, Wire};
use crate::engines::{all, assert_verified, compared, platform, store};
use crate::support::{Service, abigate, fail, succeed};

/// A directory of a client's own, which is its home as well.
pub(crate) struct Checkout {
    pub(crate) place: tempfile::TempDir,
}

impl Checkout {
    /// With the policy of [`store`], and its baselines where they are wanted.
    pub(crate) fn new(with_baselines: bool) -> Checkout {
        let place = tempfile::tempdir().unwrap();
        fs::copy(store().join("abigate.yaml"), place.path().join("abigate.yaml")).unwrap();
        if with_baselines {
            std::os::unix::fs::symlink(store().join("baselines"), place.path().join("baselines")).unwrap();
        }
        Checkout { place }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn abigate(&self, arguments: &[&str]) -> Command {
        abigate(self.place.path(), arguments)
    }

    /// Logs in.
    pub(crate) fn login(&self, url: &str, token: &str) -> Output {
        let file = self.path("token");
        fs::write(&file, token).unwrap();
        self.abigate(&["login", url]).stdin(fs::File::open(file).unwrap()).output().unwrap()
    }
}

/// The libraries of a stored release.
fn libraries(release: &Path) -> usize {
    let names = fs::read_dir(release).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".abi.zst")).count()
}

#[test]
fn a_token_is_tried_before_it_is_kept() {
    let service = Service::start(&crate::support::Engine::Embedded);
    let checkout = Checkout::new(false);
    let refused = checkout.login(service.url(), "abg_wrong");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("does not accept this token") && !said.contains("abg_wrong"), "{said}");
    let file = checkout.path(".config/abigate/tokens.json");
    assert!(!file.exists());
    let kept = checkout.login(&format!("{}/p/shop", service.url()), &service.admin_token());
    let said = String::from_utf8(kept.stdout).unwrap();
    assert!(said.contains(&format!("logged in to {}", service.url())), "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    succeed(&mut checkout.abigate(&["push", "--help"]));
    assert!(succeed(&mut checkout.abigate(&["logout"])).contains("logged out of"));
    assert!(fail(&mut checkout.abigate(&["logout"]), 2).contains("there is no token"));
}

#[test]
fn only_what_is_missing_is_sent() {
    for engine in all() {
        let service = Service::start(&engine);
        let wire = Wire::to(service.port());
        let checkout = Checkout::new(true);
        let to = format!("{}/p/shop", wire.url());
        let push = |more: &[&str]| {
            let mut command = checkout.abigate(&["push", "--to", &to]);
            command.args(more);
            command
        };
        assert!(fail(&mut push(&[]), 2).contains("abigate login"));
        assert!(checkout.login(&wire.url(), &service.admin_token()).status.success());
        assert!(fail(&mut push(&[]), 2).contains("--create makes it"));
        let all: usize = ["v1.0.0", "v1.1.0"]
            .map(|release| libraries(&store().join("baselines").join(release).join(platform())))
            .iter()
            .sum();
        let said = succeed(&mut push(&["--create"]));
        assert_eq!(said.lines().filter(|line| line.starts_with("pushed ")).count(), 2, "{said}");
        assert!((1..=all).contains(&wire.facts()), "{:?}", wire.requests());

        // A project that is there is no mistake, and nothing is sent twice.
        wire.reset();
        let said = succeed(&mut push(&["--create"]));
        assert_eq!(said.lines().filter(|line| line.starts_with("unchanged ")).count(), 2, "{said}");
        // What is there is asked, a snapshot each.
        assert_eq!((wire.facts(), wire.requests().len()), (0, 3), "{:?}", wire.requests());
        assert!(wire.sent() < 16 << 10, "{} bytes", wire.sent());

        // A release that is another one now is not sent over it.
        let file = store().join("baselines/v1.1.0").join(platform());
        let dumps = fs::read_dir(file).unwrap().map(|entry| entry.unwrap().path());
        let dumps: Vec<PathBuf> =
            dumps.filter(|path| path.extension().is_some_and(|it| it == "zst")).collect();
        let mut other = push(&["--release", "v1.0.0"]);
        assert!(fail(other.args(&dumps), 2).contains("a snapshot never changes"));
        // The same facts under another name: their header is all that is sent.
        wire.reset();
        let mut renamed = push(&["--release", "v1.2.0"]);
        assert!(succeed(renamed.args(&dumps)).contains("pushed v1.2.0"));
        assert_eq!(wire.facts(), 0);
        assert_verified(&service);
        assert_eq!(compared(&service, "shop", "v1.1.0...v1.2.0")["outcome"], "compatible");
    }
}

/// What stands before a service refuses for a while: whoever asks again gets through, and is not told of it.
#[test]
fn a_service_that_stumbles_is_asked_again() {
    let service = Service::start(&crate::support::Engine::Embedded);
    let wire = Wire::to(service.port());
    let checkout = Checkout::new(true);
    assert!(checkout.login(&wire.url(), &service.admin_token()).status.success());
    let to = format!("{}/p/shop", wire.url());
    for status in [429, 502, 503, 504] {
        let release = format!("v1.{status}.0");
        let file = store().join("baselines/v1.0.0").join(platform()).join("libshop.so.abi.zst");
        let mut push = checkout.abigate(&["push", "--create", "--release", &release, "--to", &to]);
        wire.refuse(&[status, status]);
        let said = succeed(push.arg(&file));
        assert!(said.contains(&format!("pushed {release}")), "{said}");
        assert_eq!(wire.refusals(), 0, "nobody met the {status}");
    }
    // One that refuses for good is told as what it is.
    wire.refuse(&[503; 50]);
    let said = fail(&mut checkout.abigate(&["push", "--to", &to, "v1.0"]), 2);
    assert!(said.contains("503") && !said.contains("<html>"), "{said}");
}

/// A project that somebody else has cannot be made, and a token of another organization or project does not see it.
#[test]
fn what_a_token_may_not_do_is_said() {
    let service = Service::start(&crate::support::Engine::Embedded);
    service.make_project("shop", "private");
    service.make_project("other", "private");
    let checkout = Checkout::new(true);
    let to = format!("{}/p/shop", service.url());
    let push = |token: &str| {
        let mut command = checkout.abigate(&["push", "--to", &to, "v1.0"]);
        command.env("ABIGATE_TOKEN", token);
        command
    };
    let said = fail(&mut push(&service.token("read", Some("shop"))), 2);
    assert!(said.contains("403") && said.contains("push-releases"), "{said}");
    let said = fail(&mut push(&service.token("admin", Some("other"))), 2);
    assert!(said.contains("may not see it"), "{said}");
    let said = fail(&mut push("abg_none"), 2);
    assert!(said.contains("401") && said.contains("abigate login") && !said.contains("abg_none"), "{said}");
    succeed(&mut push(&service.token("push-releases", Some("shop"))));
}

/// A push that is killed goes on where it was, and nobody sees half a release.
#[test]
fn a_push_that_is_killed_goes_on() {
    for engine in all() {
        let service = Service::start(&engine);
        service.make_project("shop", "public");
        let wire = Wire::to(service.port());
        let place = tempfile::tempdir().unwrap();
        let many = 12;
        let dumps = dumps(place.path(), many);
        let push = || {
            let url = format!("{}/p/shop", wire.url());
            let mut command = abigate(place.path(), &["push", "--to", &url, "--release", "v1.0.0"]);
            command.args(&dumps).env("ABIGATE_TOKEN", service.admin_token());
            command
        };
        let mut sent = 0;
        for stop in [1, 5] {
            wire.reset();
            wire.stop_after(stop);
            let mut child = push().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let begun = Instant::now();
            while !wire.has_stopped() {
                assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", wire.requests());
                thread::sleep(Duration::from_millis(5));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let list = service.call("GET", "/api/v1/projects/shop/snapshots", None, b"").json();
            assert_eq!(list["items"], json!([]));
            sent += stop;
        }
        wire.reset();
        assert!(succeed(&mut push()).contains("pushed v1.0.0"));
        // What had arrived when it was killed is not sent again; two may have been under way each time.
        assert!((many - sent - 4..=many - sent + 4).contains(&wire.facts()), "{:?}", wire.requests());
        assert!(wire.facts() < many);
        let list = service.call("GET", "/api/v1/projects/shop/snapshots", None, b"").json();
        assert_eq!(list["items"][0]["libraries"], many);
        assert_verified(&service);
    }
}

/// Dumps of made-up libraries that differ.
pub(crate) fn dumps(place: &Path, many: usize) -> Vec<PathBuf> {
    let one = |number: usize| {
        let path = place.join(format!("lib{number}.so.abi"));
        let header = json!({
            "abigate": 5, "library": format!("lib{number}.so"), "release": "v1.0.0", "platform": platform(),
            "machine": { "arch": "x86_64", "bits": 64 }, "evidence": {},
        });
        let export = json!({ "export": format!("f{number}") });
        fs::write(&path, format!("{header}\n{export}\n")).unwrap();
        path
    };
    (0..many).map(one).collect()
}

/// Where a token goes is said by whoever runs the program, and by nothing that a change brings along.
#[test]
fn a_token_goes_nowhere_else() {
    let stranger = Stranger::that(Says::answer("404 Not Found", "", "{}"));
    let checkout = Checkout::new(true);
    let kept = fs::read_to_string(checkout.path("abigate.yaml")).unwrap();
    fs::write(checkout.path("abigate.yaml"), format!("store: {}/p/shop\n{kept}", stranger.url())).unwrap();
    let service = Service::start(&crate::support::Engine::Embedded);
    service.make_project("shop", "private");
    let ask = |arguments: &[&str]| {
        let mut command = checkout.abigate(arguments);
        command.env("ABIGATE_TOKEN", "abg_secret").env("ABIGATE_SERVER", service.url());
        command.env("ABIGATE_ID_TOKEN", "e30.eyJhdWQiOiJ4In0.secret");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    ask(&["push"]);
    ask(&["diff", "v1.0.0", "v1.1.0"]);
    ask(&["baseline", "list"]);
    ask(&["gate", "baselines/v1.1.0"]);
    let asked = stranger.asked();
    assert!(asked.contains("GET /api/v1/projects/shop"), "{asked}");
    assert!(!asked.to_ascii_lowercase().contains("authorization") && !asked.contains("secret"), "{asked}");

    // Whoever was named may not send it on either.
    let goes_on = Stranger::that(Says::answer(
        "307 Temporary Redirect",
        &format!("Location: {}/x\r\n", stranger.url()),
        "",
    ));
    let said = ask(&["push", "--to", &format!("{}/p/shop", goes_on.url())]);
    assert!(said.contains("another address") && !said.contains("abg_secret"), "{said}");
    assert!(goes_on.asked().contains("abg_secret"));
    assert_eq!(stranger.asked(), asked);

    // An identity token that is for another service stays here.
    let elsewhere = Stranger::that(Says::answer("401 Unauthorized", "", "{}"));
    let mut command = checkout.abigate(&["push", "--to", &format!("{}/p/shop", elsewhere.url())]);
    command.env("ABIGATE_ID_TOKEN", "e30.eyJhdWQiOiJ4In0.secret");
    let said = fail(&mut command, 2);
    assert!(said.contains("is not sent to"), "{said}");
    assert!(!elsewhere.asked().contains("secret"), "{}", elsewhere.asked());
}

/// Whatever answers, the program ends soon, in little memory, and says what is wrong.
#[test]
fn answers_of_strangers_are_errors() {
    let ok = |body: &str| Says::answer("200 OK", "Content-Type: application/json\r\n", body);
    let endless = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n";
    for (says, wanted) in [
        (ok("<html><body>Welcome</body></html>"), "as the service does"),
        (ok("{}"), "as the service does"),
        (ok("null"), "as the service does"),
        (Says::answer("500 Internal Server Error", "", "<html>"), "500"),
        (
            Says::answer("302 Found", "Location: https://elsewhere.example/\r\n", ""),
            "https://elsewhere.example/",
        ),
        (Says::answer("403 Forbidden", "", &format!("{{\"detail\": \"{}\"}}", "x".repeat(1 << 19))), "403"),
        (Says::Endless(endless.to_vec()), "longer than"),
        (Says::Endless(chunked.to_vec()), "longer than"),
        (Says::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), "/api/v1/projects/shop"),
        (Says::This(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "does not answer"),
    ] {
        let stranger = Stranger::that(says);
        let checkout = Checkout::new(true);
        let begun = Instant::now();
        let to = format!("{}/p/shop", stranger.url());
        // Address space is mostly stacks of threads, and the program itself.
        let mut command = Command::new("bash");
        command.args(["-c", "ulimit -v 1500000; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_abigate")]);
        command.args(["push", "v1.0", "--to", &to]).current_dir(checkout.place.path());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", checkout.place.path());
        let said = fail(command.env("ABIGATE_TOKEN", "abg_secret"), 2);
        assert!(
            said.contains(wanted) && said.len() < 3000 && !said.contains("abg_secret"),
            "{wanted}: {said}"
        );
        assert!(begun.elapsed() < Duration::from_secs(30), "{wanted}: {:?}", begun.elapsed());
    }
}

/// One that never ends is given up.
#[test]
fn a_slow_answer_is_given_up() {
    use abigate::http::{RetryPolicy, Way};
    use abigate::remote::{Address, Client};
    let slow = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    for says in [
        Says::Slowly(slow.to_vec()),
        Says::Slowly(b"HTTP/1.1 200 OK\r\nX: ".to_vec()),
        Says::Slowly(Vec::new()),
    ] {
        let stranger = Stranger::that(says);
        let address: Address = format!("{}/p/shop", stranger.url()).parse().unwrap();
        let time = Duration::from_millis(300);
        let retry =
            RetryPolicy { tries: 3, in_all: 3 * time, pause: Duration::from_millis(10), timeout: time };
        let begun = Instant::now();
        let error =
            Client::new(address.origin.clone(), None, &Way::default(), retry).project("shop").unwrap_err();
        assert!(error.is_unreachable(), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
