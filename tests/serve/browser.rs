//! The pages in a browser: from the list of projects to what broke, at the sizes of a desk and of a phone, by keyboard.
//!
//! `drive.py` says what people do; `ci/browser` starts it. Screenshots stay in `target/service-pages`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::engines::store;
use crate::support::{Engine, Service, abigate, succeed};

#[test]
fn people_find_what_broke() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("service-pages");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let service = Service::start(&Engine::Embedded);
    service.make_project("secret", "private");
    let to = format!("{}/p/shop", service.url());
    let mut push = abigate(&store(), &["push", "--create=public", "--to", &to]);
    succeed(push.env("ABIGATE_TOKEN", service.admin_token()));
    let said = service.said().join(" ");
    let link = said.split_whitespace().find(|word| word.contains("/login/")).unwrap();

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let driven = Command::new(root.join("ci/browser"))
        .args([&root.join("tests/serve/drive.py"), &folder])
        .args([service.url(), link])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&driven.stdout) + String::from_utf8_lossy(&driven.stderr);
    match driven.status.code() {
        Some(0) => {}
        Some(77) if std::env::var_os("ABIGATE_REQUIRE_BACKENDS").is_none() => {
            eprintln!("left out: pages in a browser: {}", told.trim());
        }
        _ => panic!("{told}"),
    }
}
