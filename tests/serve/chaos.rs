//! What the service needs goes away, answers wrongly, and comes back: it says so, and recovers, and gives no wrong answer.
//!
//! Between the service and its database or object store stands a proxy of the test's own, which can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engines::{
    assert_verified_in, compared, configured, library, platform, push, push_both, shared, store, stored, text,
};
use crate::support::{Engine, Service, succeed};

/// How a proxy behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Mood {
    /// It hands everything on.
    Fine = 0,
    /// It closes every connection.
    Cut = 1,
    /// It answers 503 to everything.
    Busy = 2,
    /// It closes connections in the middle of answers.
    Truncating = 3,
}

/// A proxy before a server.
struct Proxy {
    port: u16,
    mood: Arc<AtomicU8>,
}

impl Proxy {
    fn before(server: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, mood) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU8::new(0)));
        let shared = mood.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, mood) = (server.clone(), shared.clone());
                thread::spawn(move || serve(client, &server, &mood));
            }
        });
        Proxy { port, mood }
    }

    fn is(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }
}

fn serve(mut client: TcpStream, server: &str, mood: &Arc<AtomicU8>) {
    match mood.load(Ordering::SeqCst) {
        1 => return,
        2 => {
            let _ = client.read(&mut [0; 65536]);
            let _ =
                client.write_all(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        _ => {}
    }
    let Ok(upstream) = TcpStream::connect(server) else { return };
    let (from, to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
    let there = mood.clone();
    thread::spawn(move || pipe(from, to, &there, false));
    pipe(upstream, client, mood, true);
}

fn pipe(mut from: TcpStream, mut to: TcpStream, mood: &AtomicU8, is_answer: bool) {
    from.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let (mut buffer, mut passed) = ([0; 16384], 0);
    loop {
        let now = mood.load(Ordering::SeqCst);
        if now == Mood::Cut as u8 || now == Mood::Busy as u8 {
            break;
        }
        let n = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                continue;
            }
            Err(_) => break,
        };
        passed += n;
        if to.write_all(&buffer[..n]).is_err() || (is_answer && now == Mood::Truncating as u8 && passed > 300)
        {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// The shared engines behind proxies.
fn behind_proxies() -> Option<(Engine, Proxy, Proxy)> {
    let Engine::Configured(keys) = shared()? else { return None };
    let value = |name: &str| keys.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let database = value("database: ");
    let (start, rest) = database.split_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let s3 = std::env::var("ABIGATE_TEST_S3").unwrap();
    let (db, objects) =
        (Proxy::before(server.to_owned()), Proxy::before(s3.trim_start_matches("http://").to_owned()));
    let database = format!("{start}@127.0.0.1:{}/{name}", db.port);
    let engine = configured(&database, &format!("http://127.0.0.1:{}", objects.port), name);
    Some((engine, db, objects))
}

/// Waits until readiness is as it should be; how long that took.
fn until(service: &Service, status: u16, most: Duration) -> Duration {
    let begun = Instant::now();
    loop {
        if service.call("GET", "/readyz", None, b"").status == status {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < most, "readiness is not {status} after {most:?}: {}", service.log());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn what_goes_away_is_told_and_comes_back() {
    let Some((engine, db, objects)) = behind_proxies() else {
        assert!(std::env::var_os("ABIGATE_REQUIRE_BACKENDS").is_none(), "run by ci/with-backends");
        eprintln!("left out: a database and an object store that go away (ci/with-backends)");
        return;
    };
    let service = Service::start(&engine);
    service.make_project("shop", "private");
    push_both(&service, "shop");
    let token = service.admin_token();
    for (proxy, mood) in [
        (&db, Mood::Cut),
        (&objects, Mood::Cut),
        (&objects, Mood::Busy),
        (&objects, Mood::Truncating),
        (&db, Mood::Truncating),
    ] {
        proxy.is(mood);
        let red = until(&service, 503, Duration::from_secs(10));
        // Whatever is asked meanwhile is answered rightly, or not.
        let list = service.api("GET", "/projects/shop/snapshots", &token, &Value::Null);
        assert!([200, 503].contains(&list.status), "{mood:?} {}", list.text());
        if list.status == 200 {
            assert_eq!(list.json()["items"].as_array().unwrap().len(), 2, "{mood:?}");
        }
        thread::sleep(Duration::from_secs(5).saturating_sub(red));
        proxy.is(Mood::Fine);
        let green = until(&service, 200, Duration::from_secs(30));
        eprintln!("{mood:?}: red after {red:?}, green after {green:?}");
    }
    // A comparison that is asked for while bytes are away is made when they are back.
    objects.is(Mood::Busy);
    let asked = service.api("GET", "/projects/shop/compare/v1.0.0...v1.1.0", &token, &Value::Null);
    assert_eq!(asked.status, 202, "{}", asked.text());
    thread::sleep(Duration::from_secs(3));
    objects.is(Mood::Fine);
    assert_eq!(compared(&service, "shop", "v1.0.0...v1.1.0")["state"], "done");
}

/// Nothing can be written any more: what was there is still told, what comes is refused, and nothing of it is half there.
#[test]
fn a_full_disk_is_told_and_passes() {
    let Some(service) = Service::start_on_disk(48 << 20) else {
        eprintln!("left out: a full disk (unshare may not mount one here)");
        return;
    };
    service.make_project("shop", "private");
    push_both(&service, "shop");
    let token = service.admin_token();
    let filler = service.data().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    for block in [1 << 16, 1 << 10, 1] {
        while file.write_all(&vec![0; block]).is_ok() {}
    }
    let red = until(&service, 503, Duration::from_secs(5));

    let stored = stored(&store().join("baselines/v1.0.0").join(platform()));
    // A release with facts that nobody has sent yet.
    let release = |n: u32| -> Vec<(Value, Vec<u8>)> {
        let more = format!("{{\"export\":\"only_of_{n}\"}}\n");
        let renamed = stored.iter().map(|(entry, facts)| {
            let header = text(&entry["header"]).replace("v1.0.0", &format!("v9.{n}.0"));
            library(text(&entry["file"]), &header, &[&facts[..], more.as_bytes()].concat())
        });
        renamed.collect()
    };
    let refused = (0..20).filter(|&n| {
        let renamed = release(n);
        let entries: Vec<&Value> = renamed.iter().map(|(entry, _)| entry).collect();
        let body = json!({ "kind": "release", "name": format!("v9.{n}.0"), "platform": platform(), "libraries": entries });
        let upload = service.api("POST", "/projects/shop/uploads", &token, &body);
        assert!([201, 503].contains(&upload.status), "{}", upload.text());
        if upload.status == 503 {
            return true;
        }
        let id = text(&upload.json()["id"]).to_owned();
        let is_sent = renamed.iter().all(|(entry, facts)| {
            let path = format!("/api/v1/uploads/{id}/facts/{}", text(&entry["facts"]));
            let packed = zstd::encode_all(&facts[..], 3).unwrap();
            let answer = service.call("PUT", &path, Some(&token), &packed);
            assert!([204, 503].contains(&answer.status), "{}", answer.text());
            answer.status == 204
        });
        let sealed = service.api("POST", &format!("/uploads/{id}/seal"), &token, &Value::Null);
        assert!(sealed.status == 503 || !is_sent || sealed.status == 200, "{}", sealed.text());
        sealed.status != 200
    });
    assert_eq!(refused.count(), 20, "a push came through on a full disk");
    let list = service.api("GET", "/projects/shop/snapshots", &token, &Value::Null);
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 2, "{}", list.text());

    drop(file);
    std::fs::remove_file(&filler).unwrap();
    let green = until(&service, 200, Duration::from_secs(30));
    eprintln!("full disk: red after {red:?}, green after {green:?}");
    push(&service, "shop", "v9.0.0", &platform(), &release(0));
    assert_eq!(compared(&service, "shop", "v1.0.0...v1.1.0")["state"], "done");
    // The disk is seen by the service's process only, not by one that verifies.
    let copy = service.path("copy");
    succeed(Command::new("cp").arg("-r").args([&service.data(), &copy]));
    assert_verified_in(&service, &copy);
}
