//! What strangers send, and what they ask for that is not theirs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::engines::{all, compared, library, push, push_both, text};
use crate::support::{Engine, Service};

const PLATFORM: &str = "linux-x86_64";

/// A header as dumps write it: the keys of an object sort, and `abigate` is the first.
fn header(release: &str) -> String {
    json!({
        "abigate": 6, "library": "libx.so", "release": release, "platform": PLATFORM,
        "machine": { "arch": "x86_64", "bits": 64 }, "cxx11": { "old": 0, "new": 0 },
        "evidence": { "symtab": true, "rtti_symbols": 0, "rtti_decoded": 0 },
    })
    .to_string()
}

fn announced(service: &Service, body: &Value) -> (u16, String) {
    let answer = service.api("POST", "/projects/shop/uploads", &service.admin_token(), body);
    (answer.status, answer.text())
}

#[test]
fn announcements_that_cannot_be_are_refused() {
    let service = Service::start(&Engine::Embedded);
    service.make_project("shop", "private");
    let entry = |file: &str, header: &str| library(file, header, b"{\"export\":\"f\"}\n").0;
    let fine = header("v1.0.0");
    let body = |name: &str, libraries: Value| json!({ "kind": "release", "name": name, "platform": PLATFORM, "libraries": libraries });
    assert_eq!(announced(&service, &body("v1.0.0", json!([entry("libx.so", &fine)]))).0, 201);
    let too_many: Vec<Value> = (0..5000).map(|n| entry(&format!("lib{n}.so"), &fine)).collect();
    let mut large = entry("libx.so", &fine);
    large["size"] = json!(u64::MAX);
    let mut digest = entry("libx.so", &fine);
    digest["facts"] = json!("../../../etc/passwd");
    for (what, body) in [
        ("reserved name", body("HEAD", json!([entry("libx.so", &fine)]))),
        ("path", body("../x", json!([entry("libx.so", &fine)]))),
        ("no library", body("v1.0.0", json!([]))),
        ("too many", body("v1.0.0", json!(too_many))),
        ("file", body("v1.0.0", json!([entry("../libx.so", &fine)]))),
        ("twice", body("v1.0.0", json!([entry("libx.so", &fine), entry("libx.so", &fine)]))),
        ("another release", body("v2.0.0", json!([entry("libx.so", &fine)]))),
        ("no header", body("v1.0.0", json!([entry("libx.so", "{\"export\":\"f\"}")]))),
        ("two lines", body("v1.0.0", json!([entry("libx.so", &format!("{fine}\n{fine}"))]))),
        ("size", body("v1.0.0", json!([large]))),
        ("digest", body("v1.0.0", json!([digest]))),
    ] {
        let (status, text) = announced(&service, &body);
        assert!([413, 422].contains(&status), "{what}: {status} {text}");
    }
}

#[test]
fn facts_that_were_not_announced_are_refused() {
    let service = Service::start(&Engine::Embedded);
    service.make_project("shop", "private");
    let token = service.admin_token();
    let facts = b"{\"export\":\"f\"}\n";
    let (entry, _) = library("libx.so", &header("v1.0.0"), facts);
    let body = json!({ "kind": "release", "name": "v1.0.0", "platform": PLATFORM, "libraries": [entry] });
    let upload = service.api("POST", "/projects/shop/uploads", &token, &body).json();
    let id = text(&upload["id"]);
    let put = |digest: &str, data: &[u8]| {
        service.call("PUT", &format!("/api/v1/uploads/{id}/facts/{digest}"), Some(&token), data).status
    };
    let digest = text(&entry["facts"]);
    let packed = |data: &[u8]| zstd::encode_all(data, 19).unwrap();
    // A bomb: 1 GB out of some kB.
    let bomb = zstd::encode_all(std::io::Read::take(std::io::repeat(b'x'), 1 << 30), 1).unwrap();
    for (what, data) in [
        ("bomb", bomb),
        ("other facts", packed(b"{\"export\":\"g\"}\n")),
        ("shorter", packed(b"{}\n")),
        ("no zstd", facts.to_vec()),
    ] {
        assert_eq!(put(digest, &data), 422, "{what}");
    }
    assert_eq!(put(&"0".repeat(64), &packed(facts)), 422);
    assert_eq!(put(digest, &vec![0; 65 << 20]), 413);
    let seal =
        |service: &Service| service.api("POST", &format!("/uploads/{id}/seal"), &token, &Value::Null).status;
    assert_eq!(seal(&service), 409);
    assert_eq!(put(digest, &packed(facts)), 204);
    assert_eq!((seal(&service), seal(&service)), (200, 200));
}

/// Lines that look like facts, and are none: the comparison ends with the reason, and is not tried for ever.
#[test]
fn facts_that_cannot_be_read_end_as_a_failed_comparison() {
    for engine in all() {
        let service = Service::start(&engine);
        service.make_project("shop", "private");
        for (release, facts) in [("v1.0.0", "{\"export\":\"f\"}\n"), ("v1.1.0", "{\"nonsense\":[[[[[}\n")] {
            let libraries = [library("libx.so", &header(release), facts.as_bytes())];
            push(&service, "shop", release, PLATFORM, &libraries);
        }
        let comparison = compared(&service, "shop", "v1.0.0...v1.1.0");
        assert_eq!(comparison["state"], "failed", "{comparison}");
        assert!(text(&comparison["reason"]).contains("line 2"), "{comparison}");
    }
}

/// A process that may not have the memory that it needs dies; it is tried three times, and no more.
#[test]
fn a_comparison_that_takes_too_much_is_given_up() {
    let service = Service::start_with(&Engine::Embedded, "comparison: {memory-mb: 24}");
    service.make_project("shop", "private");
    push_both(&service, "shop");
    let comparison = compared(&service, "shop", "v1.0.0...v1.1.0");
    assert_eq!(comparison["state"], "failed", "{comparison}");
    let health = service.call("GET", "/healthz", None, b"");
    assert_eq!(health.status, 200);
}

/// Nobody sees anything of another organisation, on any route that there is.
#[test]
fn strangers_see_nothing_on_any_route() {
    for engine in all() {
        let service = Service::start(&engine);
        service.make_project("shop", "private");
        let snapshots = push_both(&service, "shop");
        let comparison = compared(&service, "shop", "v1.0.0...v1.1.0");
        let finding = finding(&service, &comparison);
        let description = service.call("GET", "/api/openapi.json", None, b"").json();
        let stranger = stranger(&service);
        let given = |name: &str| match name {
            "project" => "shop".to_owned(),
            "snapshot" => snapshots[0].clone(),
            "comparison" => text(&comparison["id"]).to_owned(),
            "pair" => "v1.0.0...v1.1.0".to_owned(),
            "format" => "json".to_owned(),
            "fingerprint" => finding.clone(),
            // Nothing of these is known to be there.
            _ => "01HZZZZZZZZZZZZZZZZZZZZZZZ".to_owned(),
        };
        let mut seen = BTreeSet::new();
        for (path, methods) in description["paths"].as_object().unwrap() {
            if !path.contains('{') {
                continue;
            }
            let filled = fill(path, &given);
            for method in methods.as_object().unwrap().keys() {
                for token in [Some(&*stranger), None] {
                    let method = method.to_uppercase();
                    let answer = service.call(&method, &filled, token, &body_for(&method, path));
                    let refused = [401, 404].contains(&answer.status);
                    assert!(refused, "{method} {filled} {token:?}: {} {}", answer.status, answer.text());
                    seen.insert((method, path.clone()));
                }
            }
        }
        assert!(seen.len() >= 18, "{seen:?}");
        // Its owner does see it, by the same addresses.
        let path = format!("/projects/shop/comparisons/{}", text(&comparison["id"]));
        assert_eq!(service.api("GET", &path, &service.admin_token(), &Value::Null).status, 200);
        for page in ["/p/shop", &format!("/p/shop/comparisons/{}", text(&comparison["id"]))] {
            assert_eq!(service.call("GET", page, None, b"").status, 404, "{page}");
        }
        assert!(!service.call("GET", "/", None, b"").text().contains("shop"));
    }
}

fn fill(path: &str, given: &dyn Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap();
        filled += before;
        filled += &given(name);
        rest = behind;
    }
    filled + rest
}

/// A body that would be right, so that it is not what is refused.
fn body_for(method: &str, path: &str) -> Vec<u8> {
    let (entry, facts) = library("libx.so", &header("v9.0.0"), b"{\"export\":\"f\"}\n");
    let body = match (method, path.rsplit('/').next().unwrap()) {
        ("POST", "uploads") => {
            json!({ "kind": "release", "name": "v9.0.0", "platform": PLATFORM, "libraries": [entry] })
        }
        ("PUT", "policy") => json!({ "config": "platform: linux-x86_64\n" }),
        ("POST", "publishers") => json!({
            "issuer": "https://x", "owner_id": "1", "repository_id": "1", "workflow": "w", "refs": "*", "scope": "push",
        }),
        ("PUT", _) => return zstd::encode_all(&facts[..], 3).unwrap(),
        _ => return Vec::new(),
    };
    serde_json::to_vec(&body).unwrap()
}

/// An administrator of another organisation.
fn stranger(service: &Service) -> String {
    let mut command =
        service.abigate(&["serve", "token", "stranger", "--scope", "admin", "--organization", "other"]);
    command.arg("--serve-config").arg(service.path("serve.yaml")).arg("--data").arg(service.data());
    let made = command.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// The fingerprint of some finding of a comparison.
fn finding(service: &Service, comparison: &Value) -> String {
    let path = format!("/projects/shop/comparisons/{}/report/json", text(&comparison["id"]));
    let report = service.api("GET", &path, &service.admin_token(), &Value::Null).json();
    text(&report["findings"][0]["id"]).to_owned()
}

#[test]
fn tokens_that_are_none_are_refused_everywhere() {
    let service = Service::start(&Engine::Embedded);
    service.make_project("open", "public");
    for token in ["", "abg_", &"x".repeat(10_000), "abg_' OR 1=1 --"] {
        for path in ["/api/v1/projects", "/api/v1/projects/open", "/p/open", "/"] {
            assert_eq!(service.call("GET", path, Some(token), b"").status, 401, "{path} {token:.20}");
        }
    }
    assert_eq!(service.call("GET", "/api/v1/projects/open", None, b"").status, 200);
}
