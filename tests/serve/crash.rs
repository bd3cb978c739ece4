//! Processes that are killed at any moment: nothing is lost, nothing is half there, nothing is done twice that shows.
//!
//! `ABIGATE_KILLS` says how often; CI kills some, `ci/full` kills more.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::engines::{assert_verified, compared, library, platform, push, shared, store, stored, text};
use crate::support::{Engine, Service};

fn kills(usual: usize) -> usize {
    std::env::var("ABIGATE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// The server is killed while somebody pushes: a snapshot is there whole, with all its facts, or not at all.
#[test]
fn a_server_that_is_killed_during_uploads_has_whole_snapshots() {
    let mut service = Service::start(&Engine::Embedded);
    service.make_project("shop", "private");
    let token = service.admin_token();
    let libraries = stored(&store().join("baselines/v1.0.0").join(platform()));
    let mut random = 42_u64;
    for round in 0..kills(8).min(50) {
        let release = format!("v9.{round}.0");
        let renamed: Vec<(Value, Vec<u8>)> = libraries
            .iter()
            .enumerate()
            .map(|(n, (entry, facts))| {
                let header = text(&entry["header"]).replace("\"v1.0.0\"", &format!("\"{release}\""));
                // Facts that nobody has sent yet.
                let own = format!("{{\"export\":\"only_of_{round}_{n}\"}}\n");
                library(text(&entry["file"]), &header, &[&facts[..], own.as_bytes()].concat())
            })
            .collect();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pause = Duration::from_micros(random >> 49);
        thread::scope(|scope| {
            let pushing = scope.spawn(|| try_push(&service, &token, &release, &renamed));
            thread::sleep(pause);
            let killed = Command::new("kill").args(["-9", &service.pid().to_string()]).status().unwrap();
            assert!(killed.success());
            let _ = pushing.join();
        });
        service.kill();
        service.run();
        let list = service.api("GET", "/projects/shop/snapshots?limit=200", &token, &Value::Null).json();
        for snapshot in list["items"].as_array().unwrap() {
            let path = format!("/projects/shop/snapshots/{}", text(&snapshot["id"]));
            let contents = service.api("GET", &path, &token, &Value::Null).json();
            assert_eq!(contents["entries"].as_array().unwrap().len(), libraries.len());
        }
        // Who pushes again comes to the same end.
        push(&service, "shop", &release, &platform(), &renamed);
    }
    service.stop();
    assert_verified(&service);
}

/// What somebody does who is cut off.
fn try_push(service: &Service, token: &str, release: &str, libraries: &[(Value, Vec<u8>)]) -> Option<()> {
    let entries: Vec<&Value> = libraries.iter().map(|(entry, _)| entry).collect();
    let body = json!({ "kind": "release", "name": release, "platform": platform(), "libraries": entries });
    let body = serde_json::to_vec(&body).unwrap();
    let upload = service.try_call("POST", "/api/v1/projects/shop/uploads", Some(token), &body)?.json();
    for (entry, facts) in libraries {
        let path = format!("/api/v1/uploads/{}/facts/{}", upload["id"].as_str()?, text(&entry["facts"]));
        service.try_call("PUT", &path, Some(token), &zstd::encode_all(&facts[..], 3).unwrap())?;
    }
    service.try_call(
        "POST",
        &format!("/api/v1/uploads/{}/seal", upload["id"].as_str()?),
        Some(token),
        b"",
    )?;
    Some(())
}

/// Workers are killed while they compare: every comparison is made in the end, once.
#[test]
fn comparisons_outlive_their_workers() {
    let Some(engine) = shared() else {
        assert!(std::env::var_os("ABIGATE_REQUIRE_BACKENDS").is_none(), "run by ci/with-backends");
        eprintln!("left out: workers are processes of their own only with PostgreSQL (ci/with-backends)");
        return;
    };
    let service = Service::start_role(&engine, "web");
    service.make_project("shop", "private");
    let token = service.admin_token();
    let libraries = stored(&store().join("baselines/v1.0.0").join(platform()));
    let pairs = kills(12).max(6);
    for n in 0..=pairs {
        let release = format!("v9.{n}.0");
        let renamed: Vec<(Value, Vec<u8>)> = libraries
            .iter()
            .map(|(entry, facts)| {
                let header = text(&entry["header"]).replace("\"v1.0.0\"", &format!("\"{release}\""));
                library(text(&entry["file"]), &header, facts)
            })
            .collect();
        push(&service, "shop", &release, &platform(), &renamed);
    }
    for n in 0..pairs {
        let path = format!("/projects/shop/compare/v9.{n}.0...v9.{}.0", n + 1);
        assert_eq!(service.api("GET", &path, &token, &Value::Null).status, 202);
    }
    let mut random = 7_u64;
    for _ in 0..kills(12) {
        let mut worker = start_worker(&service);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        thread::sleep(Duration::from_millis(150 + (random >> 54)));
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    let mut last = start_worker(&service);
    for n in 0..pairs {
        let comparison = compared(&service, "shop", &format!("v9.{n}.0...v9.{}.0", n + 1));
        assert_eq!(comparison["state"], "done", "{comparison}");
    }
    last.kill().unwrap();
    last.wait().unwrap();
    assert_verified(&service);
}

fn start_worker(service: &Service) -> Child {
    let mut command = service.abigate(&["serve", "--role", "worker", "--serve-config"]);
    command.arg(service.path("serve.yaml")).arg("--data").arg(Path::new(&service.data()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
