//! A service as the store of the command line: the same answers as from a directory, out of a cache, without a network as well.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::between::{Says, Stranger, Wire};
use crate::client::Checkout;
use crate::engines::{all, hex, platform, store};
use crate::support::{Engine, Service, abigate, fail, succeed};

use sha2::{Digest, Sha256};

/// The dump of a release, as a build that is to be compared.
fn build(release: &str) -> String {
    let path = store().join("baselines").join(release).join(platform()).join("libshop.so.abi.zst");
    path.display().to_string()
}

/// What a command says and how it ends.
fn said(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.code() != Some(2), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    (status.code(), String::from_utf8(stdout).unwrap())
}

fn stderr(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stderr).unwrap()
}

/// A checkout whose `abigate.yaml` names a project.
fn checkout_of(url: &str) -> Checkout {
    let checkout = Checkout::new(false);
    let kept = fs::read_to_string(checkout.path("abigate.yaml")).unwrap();
    fs::write(checkout.path("abigate.yaml"), format!("{kept}store: {url}/p/shop\n")).unwrap();
    checkout
}

/// Pushes both releases of [`store`], as somebody who has them in a directory.
fn push_both(service: &Service) {
    let mut push = abigate(&store(), &["push", "--create", "--to", &format!("{}/p/shop", service.url())]);
    succeed(push.env("ABIGATE_TOKEN", service.admin_token()));
}

#[test]
fn a_service_answers_as_a_directory_does() {
    for engine in all() {
        let mut service = Service::start(&engine);
        push_both(&service);
        let wire = Wire::to(service.port());
        let (directory, remote) = (Checkout::new(true), checkout_of(&wire.url()));
        assert!(fail(&mut remote.abigate(&["baseline", "list"]), 2).contains("abigate login"));
        assert!(remote.login(&wire.url(), &service.admin_token()).status.success());
        let new = build("v1.1.0");
        let questions: &[&[&str]] = &[
            &["baseline", "list"],
            &["diff", "v1.0.0", "v1.1.0"],
            &["diff", "v1.0.0", "v1.1.0", "--format", "json"],
            &["diff", "v1.0.0", "v1.1.0", "--format", "html"],
            &["diff", "v1.0", &new, "--format", "markdown"],
            &["history", "shop::**"],
            &["history", "shop::Cart", "--format", "json"],
            &["gate", &new, "--base", "v1.0.0", "--trust", "none", "--format", "json"],
            &["check", "v1.0.0"],
            &["show", "v1.0.0", "symbols"],
            &["policy", "check", "--releases"],
        ];
        for question in questions {
            // What lies elsewhere is called otherwise.
            let ask = |checkout: &Checkout| {
                let (code, text) = said(&mut checkout.abigate(question));
                (code, text.replace(&checkout.place.path().display().to_string(), "PLACE"))
            };
            assert_eq!(ask(&directory), ask(&remote), "{question:?}");
        }
        assert!(succeed(&mut remote.abigate(&["baseline", "verify"])).contains("ok  v1.1.0"));

        // Each release came once. What is asked afterwards is whether there are others.
        let libraries =
            |wire: &Wire| wire.requests().iter().filter(|line| line.contains("/libraries/")).count();
        assert_eq!(libraries(&wire), 2, "{:?}", wire.requests());
        wire.reset();
        said(&mut remote.abigate(&["diff", "v1.0.0", "v1.1.0"]));
        said(&mut remote.abigate(&["history", "shop::Cart"]));
        assert_eq!(wire.requests().len(), 2, "{:?}", wire.requests());
        assert!(wire.came() < 1 << 10, "{} bytes", wire.came());

        // A file that was damaged in the cache comes again.
        let cached = files(&remote.path(".cache/abigate/services"), "libshop.so.abi.zst");
        assert_eq!(cached.len(), 2);
        fs::write(&cached[0], b"x").unwrap();
        said(&mut remote.abigate(&["diff", "v1.0.0", "v1.1.0"]));
        assert_eq!(libraries(&wire), 1, "{:?}", wire.requests());

        // Somebody releases, and then the network is gone.
        let mut push = abigate(&store(), &["push", "--release", "v1.2.0", "--to"]);
        push.arg(format!("{}/p/shop", service.url())).arg(build("v1.1.0"));
        succeed(push.env("ABIGATE_TOKEN", service.admin_token()));
        assert!(succeed(&mut remote.abigate(&["baseline", "list"])).contains("v1.2.0"));
        service.stop();
        for question in [questions[1], questions[2]] {
            assert_eq!(said(&mut directory.abigate(question)), said(&mut remote.abigate(question)));
            let warned = stderr(&mut remote.abigate(question));
            assert!(warned.contains("warning: offline, ") && warned.contains(" UTC"), "{warned}");
            assert_eq!(warned.matches("offline").count(), 1, "{warned}");
        }
        let missing = fail(&mut remote.abigate(&["diff", "v1.0.0", "v1.2.0"]), 2);
        assert!(missing.contains("v1.2.0 linux-x86_64 is not in the cache"), "{missing}");
        fs::remove_dir_all(remote.path(".cache")).unwrap();
        let nothing = fail(&mut remote.abigate(&["diff", "v1.0.0", "v1.1.0"]), 2);
        assert!(nothing.contains("does not answer") && !nothing.contains("offline"), "{nothing}");
    }
}

/// All files of a name below a directory.
fn files(directory: &Path, name: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, name));
        } else if path.file_name().is_some_and(|it| it == name) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_service_is_not_written_as_a_directory_is() {
    let service = Service::start(&Engine::Embedded);
    push_both(&service);
    let remote = checkout_of(service.url());
    assert!(remote.login(service.url(), &service.admin_token()).status.success());
    let new = build("v1.1.0");
    let to = format!("{}/p/shop", service.url());
    for (command, wanted) in [
        (
            &["baseline", "add", &new, "--release", "v1.3"][..],
            format!("abigate push {new} --release v1.3 --to {to}"),
        ),
        (&["baseline", "add", &new, "--replace"], format!("abigate push {new} --to {to}")),
        (&["baseline", "remove", "v1.0.0"], "never removed".to_owned()),
    ] {
        let refused = fail(&mut remote.abigate(command), 2);
        assert!(refused.contains(&wanted), "{refused}");
    }
    let wrong = Checkout::new(false);
    fs::write(wrong.path("abigate.yaml"), "store: http://abi.example.org/p/shop\n").unwrap();
    let refused = fail(&mut wrong.abigate(&["baseline", "list"]), 2);
    assert!(refused.contains("abigate.yaml: store: ") && refused.contains("not https"), "{refused}");
}

fn git(place: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]);
    let output = git.args(arguments).current_dir(place).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The gate takes the address from the commit that a change starts from, and the build of that commit from the service.
#[test]
fn a_gate_goes_by_the_store_of_the_base() {
    for engine in all() {
        let service = Service::start(&engine);
        push_both(&service);
        let wire = Wire::to(service.port());
        let remote = checkout_of(&wire.url());
        assert!(remote.login(&wire.url(), &service.admin_token()).status.success());
        let place = remote.place.path();
        git(place, &["init", "-q"]);
        git(place, &["add", "abigate.yaml"]);
        git(place, &["commit", "-qm", "base"]);
        let start = git(place, &["rev-parse", "HEAD"]);
        git(place, &["switch", "-qc", "change"]);
        let stranger = Stranger::that(Says::answer("404 Not Found", "", "{}"));
        let written = fs::read_to_string(remote.path("abigate.yaml")).unwrap();
        fs::write(remote.path("abigate.yaml"), written.replace(&wire.url(), &stranger.url())).unwrap();
        git(place, &["commit", "-qam", "change"]);

        let new = build("v1.0.0");
        let gate = || {
            let mut gate = remote.abigate(&["gate", &new, "--base", "v1.0.0", "--format", "json"]);
            let output = gate.env("ABIGATE_TOKEN", "abg_of_somebody").output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice::<Value>(&output.stdout).unwrap()
        };
        let report = gate().to_string();
        assert!(report.contains("store-moved"), "{report}");
        assert!(
            wire.requests().iter().any(|line| line.contains(&format!("kind=branch&limit=200&name={start}"))),
            "{:?}",
            wire.requests()
        );
        assert_eq!(stranger.asked(), "");

        // A build of that commit that is merged counts; what a pull request claims to be one does not.
        for (kind, name, counts) in [("pull", format!("7@{start}"), false), ("commit", start.clone(), true)] {
            let to = format!("{}/p/shop", service.url());
            let mut push = abigate(place, &["push", "--to", &to, "--kind", kind, "--release", &name]);
            succeed(push.arg(build("v1.1.0")).env("ABIGATE_TOKEN", service.admin_token()));
            let mut text = remote.abigate(&["gate", &new, "--base", "v1.0.0"]);
            let output = text.output().unwrap();
            let shown = String::from_utf8(output.stdout).unwrap();
            assert_eq!(shown.contains("Everything since v1.0.0"), counts, "{kind}: {shown}");
        }
    }
}

/// A service that says what a test wants: one release with one library.
struct Hostile {
    snapshot: Value,
    entry: Value,
    dump: Vec<u8>,
}

impl Hostile {
    fn honest() -> Hostile {
        let dump = fs::read(build("v1.0.0")).unwrap();
        let text = zstd::decode_all(&dump[..]).unwrap();
        let end = text.iter().position(|&byte| byte == b'\n').unwrap();
        let facts = &text[end + 1..];
        Hostile {
            snapshot: json!({
                "id": "01HOSTILE", "kind": "release", "name": "v1.0.0", "platform": platform(), "trust": "release",
                "sealed_at": 0, "libraries": 1, "size": facts.len(),
            }),
            entry: json!({
                "file": "libshop.so", "header": std::str::from_utf8(&text[..end]).unwrap(),
                "facts": hex(&Sha256::digest(facts)), "size": facts.len(),
            }),
            dump,
        }
    }

    fn start(self) -> Stranger {
        let list = json!({ "items": [self.snapshot] }).to_string().into_bytes();
        let mut contents = self.snapshot.clone();
        contents["entries"] = json!([self.entry]);
        let (contents, dump) = (contents.to_string().into_bytes(), self.dump);
        Stranger::that(Says::By(Arc::new(move |path: &str| match path {
            _ if path.contains("/libraries/") => dump.clone(),
            _ if path.contains("/snapshots/") => contents.clone(),
            _ => list.clone(),
        })))
    }
}

/// Nothing that a service says is believed that cannot be checked, and nothing of it leaves the cache.
#[test]
fn a_hostile_service_is_refused() {
    type Change = fn(&mut Hostile);
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    let other: Change = |it| {
        let text = String::from_utf8(zstd::decode_all(&it.dump[..]).unwrap()).unwrap();
        it.dump = zstd::encode_all(text.replace("shop", "show").as_bytes(), 3).unwrap();
    };
    let bomb: Change = |it| {
        let header = it.entry["header"].as_str().unwrap().to_owned() + "\n";
        let zeros = std::io::Read::take(std::io::repeat(0), 512 << 20);
        it.dump = zstd::encode_all(std::io::Read::chain(header.as_bytes(), zeros), 1).unwrap();
    };
    let cases: [(Change, &str); 14] = [
        (other, "another header line"),
        (|it| it.entry["facts"] = json!("0".repeat(64)), "is not what was sent"),
        (|it| it.entry["size"] = json!(1), "is not what was sent"),
        (|it| it.entry["size"] = json!(u64::MAX), "larger than 4 GiB"),
        (|it| it.dump.truncate(100), "cannot be unpacked"),
        (|it| it.dump = b"<html>".to_vec(), "cannot be unpacked"),
        (bomb, "is not what was sent"),
        (|it| it.dump = vec![0; 8 << 20], "longer than"),
        (|it| it.entry["file"] = json!("../../x"), "cannot be a release or platform name"),
        (|it| it.snapshot["name"] = json!("../x"), "cannot be a release or platform name"),
        (|it| it.snapshot["name"] = json!("HEAD"), "always means something else"),
        (|it| it.snapshot["platform"] = json!("../x"), "cannot be a release or platform name"),
        (|it| it.snapshot["id"] = json!("../../x"), "cannot be a release"),
        (|it| it.snapshot["trust"] = json!("claimed"), "cannot find \"v1.0.0\""),
    ];
    let ask = |hostile: Hostile| {
        let stranger = hostile.start();
        let checkout = Checkout::new(false);
        let mut command = Command::new("bash");
        command.args(["-c", "ulimit -v 1500000; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_abigate")]);
        command.args(["check", "v1.0.0", "--store", &format!("{}/p/shop", stranger.url())]);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", checkout.place.path());
        let output = command.current_dir(checkout.place.path()).output().unwrap();
        let kept = files(&checkout.path(".cache"), "SHA256SUMS").len();
        (output.status.code(), String::from_utf8(output.stderr).unwrap(), kept)
    };
    let (code, said, kept) = ask(Hostile::honest());
    assert_eq!((code, kept), (Some(0), 1), "{said}");
    for (change, wanted) in cases {
        let mut hostile = Hostile::honest();
        change(&mut hostile);
        let (code, said, kept) = ask(hostile);
        assert_eq!((code, kept), (Some(2), 0), "{wanted}: {said}");
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    // Facts of another release under the header of this one.
    let mut swapped = Hostile::honest();
    let header = swapped.entry["header"].as_str().unwrap().to_owned();
    swapped.dump = packed(&format!("{header}\n{{\"export\":\"f\"}}\n"));
    assert!(ask(swapped).1.contains("is not what was sent"));
}

/// All stored releases of torch: pushed, and read from there, they are what they are here.
#[test]
#[ignore = "takes minutes: --ignored torch"]
fn releases_of_torch_are_the_same_from_a_service() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for engine in all() {
        let service = Service::start(&engine);
        let wire = Wire::to(service.port());
        let to = format!("{}/p/torch", wire.url());
        let push = || {
            let mut push = abigate(root, &["push", "--create", "--to", &to]);
            push.env("HOME", service.path("home")).env("ABIGATE_TOKEN", service.admin_token());
            succeed(&mut push)
        };
        let first = push();
        let releases: Vec<(String, String)> = first
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split([' ', ':']).collect();
                (words[1].to_owned(), words[2].to_owned())
            })
            .collect();
        assert!(releases.len() >= 16, "{first}");
        wire.reset();
        let second = push();
        assert!(second.lines().all(|line| line.starts_with("unchanged ")), "{second}");
        assert_eq!((wire.facts(), wire.requests().len()), (0, releases.len() + 1), "{:?}", wire.requests());

        let config = root.join("ci/pytorch.abigate.yaml");
        let remote = Checkout::new(false);
        let here = Checkout::new(false);
        let ask = |checkout: &Checkout, store: &str, arguments: &[&str]| {
            let mut command = checkout.abigate(arguments);
            command.arg("--config").arg(&config);
            command.env("ABIGATE_STORE", store).env("ABIGATE_TOKEN", service.admin_token());
            let (code, text) = said(&mut command);
            // How the same is asked again says where it was asked.
            (code, text.replace(store, "STORE"))
        };
        let directory = root.join("baselines").display().to_string();
        let same = |arguments: &[&str]| {
            let (here, there) = (ask(&here, &directory, arguments), ask(&remote, &to, arguments));
            assert!(here == there, "{arguments:?}: {} and {} bytes", here.1.len(), there.1.len());
        };
        same(&["baseline", "list"]);
        assert!(
            succeed(
                remote
                    .abigate(&["baseline", "verify", "--store", &to])
                    .env("ABIGATE_TOKEN", service.admin_token())
            )
            .lines()
            .count()
                >= 16
        );
        let mut platforms: Vec<&String> = releases.iter().map(|(_, platform)| platform).collect();
        platforms.sort();
        platforms.dedup();
        for platform in platforms {
            let of: Vec<&String> =
                releases.iter().filter(|(_, it)| it == platform).map(|(name, _)| name).collect();
            assert!(of.len() > 1, "{platform}");
            for pair in of.windows(2) {
                same(&["diff", pair[0], pair[1], "--platform", platform, "--format", "json"]);
            }
            same(&["history", "c10::TensorImpl", "--platform", platform, "--format", "json"]);
            let build = format!("{directory}/{}/{platform}/libc10.so.abi.zst", of[of.len() - 1]);
            same(&[
                "gate",
                &build,
                "--base",
                of[of.len() - 2],
                "--platform",
                platform,
                "--library",
                "libc10.so",
                "--trust",
                "none",
                "--format",
                "json",
            ]);
        }
    }
}
