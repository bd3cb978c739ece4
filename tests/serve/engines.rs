//! The suite that every pair of engines passes: SQLite with a directory always, PostgreSQL with S3 where `ci/with-backends`
//! has started them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Engine, Service};

/// All pairs of engines that are here. In CI a pair that is left out is a failure.
pub(crate) fn all() -> Vec<Engine> {
    let mut engines = vec![Engine::Embedded];
    match shared() {
        Some(engine) => engines.push(engine),
        None if env::var_os("ABIGATE_REQUIRE_BACKENDS").is_some() => panic!("run by ci/with-backends"),
        None => eprintln!(
            "left out: PostgreSQL with S3 (ci/with-backends cargo test --features serve --test serve)"
        ),
    }
    engines
}

/// PostgreSQL with a database of its own, and S3 with a prefix of its own.
pub(crate) fn shared() -> Option<Engine> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let server = env::var("ABIGATE_TEST_POSTGRES").ok()?;
    let s3 = env::var("ABIGATE_TEST_S3").ok()?;
    let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let made =
        Command::new("psql").args([&server, "-qc", &format!("CREATE DATABASE {name}")]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let database = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    Some(configured(&database, &s3, &name))
}

/// The service's configuration for a database and a server for S3.
pub(crate) fn configured(database: &str, s3: &str, prefix: &str) -> Engine {
    Engine::Configured(format!(
        "database: {database}\nobjects: s3://abigate/{prefix}\ns3: {{endpoint: \"{s3}\", region: us-east-1, \
         access-key-id: k, secret-access-key: s, allow-http: true}}"
    ))
}

/// The store of a small library with two releases, and the policy beside it.
pub(crate) fn store() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/session")
}

/// One library as it is announced, and its facts.
pub(crate) fn library(file: &str, header: &str, facts: &[u8]) -> (Value, Vec<u8>) {
    let digest = hex(&Sha256::digest(facts));
    (json!({ "file": file, "header": header, "facts": digest, "size": facts.len() }), facts.to_vec())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Libraries of a stored release.
pub(crate) fn stored(release: &Path) -> Vec<(Value, Vec<u8>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(release).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let dumps = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "zst"));
    dumps
        .map(|file| {
            let text = zstd::decode_all(&fs::read(file).unwrap()[..]).unwrap();
            let end = text.iter().position(|&byte| byte == b'\n').unwrap();
            let name = file.file_name().unwrap().to_str().unwrap().trim_end_matches(".abi.zst");
            library(name, std::str::from_utf8(&text[..end]).unwrap(), &text[end + 1..])
        })
        .collect()
}

/// Announces a release, sends what is missing, seals. The snapshot, and how much was sent.
pub(crate) fn push(
    service: &Service,
    project: &str,
    release: &str,
    platform: &str,
    libraries: &[(Value, Vec<u8>)],
) -> (String, usize) {
    push_as(service, &service.admin_token(), project, release, platform, libraries)
}

/// The same by a token.
pub(crate) fn push_as(
    service: &Service,
    token: &str,
    project: &str,
    release: &str,
    platform: &str,
    libraries: &[(Value, Vec<u8>)],
) -> (String, usize) {
    let entries: Vec<&Value> = libraries.iter().map(|(entry, _)| entry).collect();
    let body = json!({ "kind": "release", "name": release, "platform": platform, "libraries": entries });
    let upload = service.api("POST", &format!("/projects/{project}/uploads"), token, &body);
    assert!([200, 201].contains(&upload.status), "{}", upload.text());
    let upload = upload.json();
    let missing = upload["missing"].as_array().unwrap();
    for digest in missing {
        let facts = &libraries.iter().find(|(entry, _)| entry["facts"] == *digest).unwrap().1;
        let path = format!("/api/v1/uploads/{}/facts/{}", text(&upload["id"]), text(digest));
        let put = service.call("PUT", &path, Some(token), &zstd::encode_all(&facts[..], 3).unwrap());
        assert_eq!(put.status, 204, "{}", put.text());
    }
    if upload["state"] == "sealed" {
        return (text(&upload["snapshot"]).to_owned(), 0);
    }
    let sealed = service.api("POST", &format!("/uploads/{}/seal", text(&upload["id"])), token, &Value::Null);
    assert_eq!(sealed.status, 200, "{}", sealed.text());
    (text(&sealed.json()["snapshot"]).to_owned(), missing.len())
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The platform and both releases of [`store`].
pub(crate) const RELEASES: [&str; 2] = ["v1.0.0", "v1.1.0"];

pub(crate) fn platform() -> String {
    let folder = fs::read_dir(store().join("baselines").join(RELEASES[0])).unwrap().next().unwrap().unwrap();
    folder.file_name().into_string().unwrap()
}

/// Pushes both releases of [`store`].
pub(crate) fn push_both(service: &Service, project: &str) -> Vec<String> {
    let push = |release: &&str| {
        let libraries = stored(&store().join("baselines").join(release).join(platform()));
        push(service, project, release, &platform(), &libraries).0
    };
    RELEASES.iter().map(push).collect()
}

/// Waits for a comparison to end.
pub(crate) fn compared(service: &Service, project: &str, pair: &str) -> Value {
    let begun = Instant::now();
    loop {
        let path = format!("/projects/{project}/compare/{pair}");
        let answer = service.api("GET", &path, &service.admin_token(), &Value::Null);
        match answer.status {
            200 => return answer.json(),
            202 => {
                assert!(begun.elapsed() < Duration::from_secs(120), "{}\n{}", answer.text(), service.log())
            }
            _ => panic!("{} {}", answer.status, answer.text()),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The policy of [`store`], as it is sent.
pub(crate) fn policy() -> Value {
    json!({ "config": fs::read_to_string(store().join("abigate.yaml")).unwrap(), "files": [] })
}

/// What the service says of two releases is what the command line says of them, byte for byte, without a policy and with one.
#[test]
fn reports_are_those_of_the_command_line() {
    for engine in all() {
        let service = Service::start(&engine);
        service.make_project("shop", "private");
        push_both(&service, "shop");
        for with_policy in [false, true] {
            // As somebody does who has the same store, and the same policy beside it.
            let place = service.path("checkout");
            if !place.exists() {
                fs::create_dir(&place).unwrap();
                std::os::unix::fs::symlink(store().join("baselines"), place.join("baselines")).unwrap();
            }
            if with_policy {
                fs::copy(store().join("abigate.yaml"), place.join("abigate.yaml")).unwrap();
                let put = service.api("PUT", "/projects/shop/policy", &service.admin_token(), &policy());
                assert_eq!(put.status, 204, "{}", put.text());
            }
            let mut command = service.abigate(&["diff", "v1.0.0", "v1.1.0", "--quiet", "--platform"]);
            command.arg(platform()).current_dir(&place);
            let formats = ["json", "html", "text", "markdown"];
            for format in formats {
                command.args(["--format", format, "-o"]).arg(service.path(&format!("of-cli.{format}")));
            }
            let code = command.output().unwrap().status.code();
            let comparison = compared(&service, "shop", "v1.0.0...v1.1.0");
            assert_eq!(comparison["state"], "done", "{comparison}");
            assert_eq!(comparison["outcome"] == "breaking", code == Some(1), "{comparison}");
            for format in formats {
                let path = format!("/projects/shop/comparisons/{}/report/{format}", text(&comparison["id"]));
                let report = service.api("GET", &path, &service.admin_token(), &Value::Null);
                let of_cli = fs::read_to_string(service.path(&format!("of-cli.{format}"))).unwrap();
                assert_eq!(report.text(), of_cli, "{format} {with_policy}");
            }
        }
    }
}

#[test]
fn what_is_there_already_is_not_sent_and_does_not_change() {
    for engine in all() {
        let service = Service::start(&engine);
        service.make_project("shop", "private");
        let libraries = stored(&store().join("baselines/v1.0.0").join(platform()));
        let (snapshot, sent) = push(&service, "shop", "v1.0.0", &platform(), &libraries);
        assert!(sent > 0);
        assert_eq!(push(&service, "shop", "v1.0.0", &platform(), &libraries), (snapshot.clone(), 0));
        // The same facts under another name: nothing is sent but their header.
        let renamed: Vec<(Value, Vec<u8>)> = libraries
            .iter()
            .map(|(entry, facts)| {
                let header = text(&entry["header"]).replace("\"v1.0.0\"", "\"v1.0.1\"");
                library(text(&entry["file"]), &header, facts)
            })
            .collect();
        assert_eq!(push(&service, "shop", "v1.0.1", &platform(), &renamed).1, 0);
        // Other facts under the same name.
        let mut other = libraries.clone();
        other[0] =
            library(text(&other[0].0["file"]), text(&other[0].0["header"]), b"{\"export\":\"other\"}\n");
        let entries: Vec<&Value> = other.iter().map(|(entry, _)| entry).collect();
        let body =
            json!({ "kind": "release", "name": "v1.0.0", "platform": platform(), "libraries": entries });
        let refused = service.api("POST", "/projects/shop/uploads", &service.admin_token(), &body);
        assert_eq!(refused.status, 409, "{}", refused.text());
        // A library comes back as it is in the store.
        let file = text(&libraries[0].0["file"]);
        let path = format!("/projects/shop/snapshots/{snapshot}/libraries/{file}");
        let dump = service.api("GET", &path, &service.admin_token(), &Value::Null);
        let whole = zstd::decode_all(&dump.data[..]).unwrap();
        let of_store =
            fs::read(store().join("baselines/v1.0.0").join(platform()).join(format!("{file}.abi.zst")))
                .unwrap();
        assert_eq!(whole, zstd::decode_all(&of_store[..]).unwrap());
        assert_verified(&service);
    }
}

/// Rows, bytes and the audit log agree.
pub(crate) fn assert_verified(service: &Service) {
    assert_verified_in(service, &service.data());
}

/// The same of a copy of its data directory.
pub(crate) fn assert_verified_in(service: &Service, data: &Path) {
    let mut command = service.abigate(&["serve", "verify", "--serve-config"]);
    let verified = command.arg(service.path("serve.yaml")).arg("--data").arg(data).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn answers_are_told_again_and_lists_have_pages() {
    for engine in all() {
        let service = Service::start(&engine);
        let token = service.admin_token();
        for name in ["a", "b", "c"] {
            service.make_project(name, "public");
        }
        let first = service.api("GET", "/projects?limit=2", &token, &Value::Null).json();
        assert_eq!((first["items"].as_array().unwrap().len(), text(&first["next"])), (2, "b"));
        let second = service.api("GET", "/projects?limit=2&after=b", &token, &Value::Null).json();
        assert_eq!((text(&second["items"][0]["slug"]), &second["next"]), ("c", &Value::Null));
        assert_eq!(service.api("GET", "/projects?limit=0", &token, &Value::Null).status, 422);

        let send = |key: &str, slug: &str| {
            let body = serde_json::to_vec(&json!({ "slug": slug })).unwrap();
            service.call_with("POST", "/api/v1/projects", &token, &[("Idempotency-Key", key)], &body)
        };
        let made = send("k1", "once");
        let again = send("k1", "once");
        assert_eq!((made.status, made.text()), (201, again.text()), "{}", made.text());
        assert_eq!(send("k1", "twice").status, 422);
        assert_eq!(send("k2", "once").status, 409);

        let shown = service.api("GET", "/projects/a", &token, &Value::Null);
        let etag = shown.headers["etag"].to_str().unwrap().to_owned();
        let known = service.call_with("GET", "/api/v1/projects/a", &token, &[("If-None-Match", &etag)], b"");
        assert_eq!((known.status, known.data.len()), (304, 0));
    }
}

#[test]
fn tokens_allow_what_they_say() {
    for engine in all() {
        let service = Service::start(&engine);
        service.make_project("shop", "private");
        service.make_project("other", "private");
        let (entry, _) = library("libx.so", "{}", b"");
        let announce = |token: &str, project: &str, kind: &str| {
            let body =
                json!({ "kind": kind, "name": "v1.0.0", "platform": "linux-x86_64", "libraries": [entry] });
            service.api("POST", &format!("/projects/{project}/uploads"), token, &body).status
        };
        // What passes the token is refused for its header.
        for (scope, allowed) in [
            ("read", [403, 403, 403]),
            ("push-claims", [422, 403, 403]),
            ("push", [422, 422, 403]),
            ("push-releases", [422, 422, 422]),
        ] {
            let token = service.token(scope, Some("shop"));
            assert_eq!(
                ["pull", "branch", "release"].map(|kind| announce(&token, "shop", kind)),
                allowed,
                "{scope}"
            );
            assert_eq!(announce(&token, "other", "pull"), 404, "{scope}");
            assert_eq!(service.api("GET", "/tokens", &token, &Value::Null).status, 403, "{scope}");
        }
        // A token for one project comes to it page by page, though the pages before show it nothing.
        let only = service.token("read", Some("shop"));
        let first = service.api("GET", "/projects?limit=1", &only, &Value::Null).json();
        assert_eq!((first["items"].as_array().unwrap().len(), &first["next"]), (0, &json!("other")));
        let second = service.api("GET", "/projects?limit=1&after=other", &only, &Value::Null).json();
        assert_eq!(second["items"][0]["slug"], "shop");
        let token = service.token("read", None);
        let id = service.api("GET", "/tokens?limit=200", &service.admin_token(), &Value::Null).json();
        let id = id["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        assert_eq!(service.api("GET", "/projects/shop", &token, &Value::Null).status, 200);
        let revoked = service.api("DELETE", &format!("/tokens/{id}"), &service.admin_token(), &Value::Null);
        assert_eq!(revoked.status, 204);
        assert_eq!(service.api("GET", "/projects/shop", &token, &Value::Null).status, 401);
        assert_eq!(service.call("GET", "/api/v1/projects/shop", None, b"").status, 404);
    }
}
