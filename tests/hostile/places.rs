//! Devices, pipes, links, and names that lead out of a folder: nobody waits for them, reads them without an end, or writes
//! where they lead.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use super::{Run, fixture};

fn pipe(path: &Path) {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
}

/// The path of a library that can be read.
fn library() -> String {
    fixture("elf/libtiny-x86_64.so").display().to_string()
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    pipe(&here.join("pipe.so"));
    let _socket = UnixListener::bind(here.join("socket.so")).expect("a socket");
    symlink("/dev/zero", here.join("link.so")).expect("a link");
    for name in ["/dev/zero", "/dev/full", "/dev/null", "/dev/random", "pipe.so", "socket.so", "link.so"] {
        Run::new(here, &["dump", name]).refuses(&[name, "neither a regular file nor a directory"]);
        Run::new(here, &["diff", &library(), name])
            .refuses(&[name, "neither a regular file nor a directory"]);
    }
}

#[test]
fn a_folder_of_what_is_no_file() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    fs::create_dir(here.join("lib")).expect("a directory");
    pipe(&here.join("lib/pipe.so"));
    pipe(&here.join("lib/pipe.abi.zst"));
    symlink("/dev/zero", here.join("lib/zero.so")).expect("a link");
    symlink(fixture("elf/libtiny-x86_64.so"), here.join("lib/out.so")).expect("a link");
    Run::new(here, &["dump", "lib"]).refuses(&["lib: no shared object in this directory", "zero.so"]);
    fs::copy(library(), here.join("lib/libtiny.so")).expect("a copy");
    let run = Run::new(here, &["--verbose", "dump", "lib"]);
    run.succeeds();
    assert_eq!(run.out.matches("{\"abigate\":").count(), 1, "{}", run.out);
    assert!(run.err.contains("out.so is a link that leads outside"), "{}", run.err);
}

/// What a policy refers to, and a policy that is found and not named.
#[test]
fn a_policy_that_leads_elsewhere() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    pipe(&here.join("pipe"));
    for list in ["pipe", "/dev/zero", "/dev/full"] {
        let policy = format!("tiers:\n  - name: a\n    listed: {list}\n");
        fs::write(here.join("abigate.yaml"), policy).expect("a file");
        Run::new(here, &["policy", "check"]).refuses(&["abigate.yaml:3:", list, "not a regular file"]);
    }
    Run::new(here, &["--config", "/dev/zero", "policy", "check"]).refuses(&["/dev/zero: is larger than"]);
    fs::remove_file(here.join("abigate.yaml")).expect("it was there");
    pipe(&here.join("abigate.yaml"));
    Run::new(here, &["dump", &library()]).succeeds();
}

/// Debug info is looked for where a library says, which may be anywhere.
#[test]
fn debug_info_that_is_no_file() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    fs::write(here.join("a.cc"), "void f() {}\n").expect("a file");
    let mut compiler = Command::new("g++");
    compiler.args(["-shared", "-fPIC", "-Wl,--build-id", "-o", "liba.so", "a.cc"]).current_dir(here);
    assert!(compiler.status().expect("g++ runs").success());
    let data = fs::read(here.join("liba.so")).expect("a library");
    let id = abigate::binary::read("liba.so", &data).expect("a library").build_id.expect("a build-id");
    let place = here.join(".build-id").join(&id[..2]);
    fs::create_dir_all(&place).expect("a directory");
    let file = place.join(format!("{}.debug", &id[2..]));
    let dump = || Run::new(here, &["--debug-dir", ".", "dump", "liba.so"]);
    pipe(&file);
    dump().succeeds();
    for device in ["/dev/zero", "/dev/full"] {
        fs::remove_file(&file).expect("it was there");
        symlink(device, &file).expect("a link");
        dump().succeeds();
    }
}

#[test]
fn a_store_that_leads_elsewhere() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    let add = ["baseline", "add", &library(), "--release", "v1"];
    Run::new(here, &add).succeeds();
    let place = here.join("baselines/v1/linux-x86_64");
    for name in ["libtiny-x86_64.so.abi.zst", "SHA256SUMS"] {
        let file = place.join(name);
        let kept = fs::read(&file).expect("a file");
        let put = [&(|| symlink("/dev/zero", &file).expect("a link")) as &dyn Fn(), &|| pipe(&file)];
        for put in put {
            fs::remove_file(&file).expect("it was there");
            put();
            Run::new(here, &["diff", "v1", &library()]).refuses(&[name, "not a regular file"]);
            let run = Run::new(here, &["baseline", "verify"]);
            run.ends();
            assert!(run.code == Some(2) && run.err.contains("not a regular file"), "{}", run.err);
        }
        fs::remove_file(&file).expect("it was there");
        fs::write(&file, kept).expect("a file");
    }
    Run::new(here, &["baseline", "verify"]).succeeds();
}

/// A dump says what its library is called, and files are called after libraries.
#[test]
fn names_of_libraries_stay_in_the_folder() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    let run = Run::new(here, &["dump", &library()]);
    run.succeeds();
    let outside = here.join("outside").display().to_string();
    for name in ["../outside", "a/../../outside", &outside, "..", ".", ""] {
        let dump = run.out.replacen("\"libtiny-x86_64.so\"", &format!("\"{name}\""), 1);
        assert_ne!(dump, run.out);
        fs::write(here.join("a.abi"), dump).expect("a file");
        fs::create_dir_all(here.join("to/deep")).expect("a directory");
        for format in ["abi", "yaml"] {
            Run::new(here, &["dump", "a.abi", "--format", format, "-o", "to/deep/"]).refuses(&["name"]);
        }
        Run::new(here, &["baseline", "add", "a.abi", "--release", "v1"]).refuses(&["name"]);
        let names: Vec<_> =
            fs::read_dir(here).expect("a directory").map(|e| e.expect("an entry").file_name()).collect();
        assert!(names.iter().all(|name| ["a.abi", "to", "baselines"].iter().any(|n| name == n)), "{names:?}");
        assert_eq!(fs::read_dir(here.join("to")).expect("a directory").count(), 1);
        assert_eq!(fs::read_dir(here.join("to/deep")).expect("a directory").count(), 0);
    }
}

#[test]
fn nowhere_to_write_to() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    for format in ["abi", "yaml"] {
        Run::new(here, &["dump", &library(), "--format", format, "-o", "/dev/full"])
            .refuses(&["/dev/full", "No space left"]);
    }
    let run = Run::after(here, "exec >/dev/full;", &["dump", &library()]);
    run.refuses(&["standard output", "No space left"]);
}

/// Between what is enough to start and what is enough to finish lies an error, and no signal.
#[test]
fn too_little_memory_is_an_error() {
    let folder = tempfile::tempdir().expect("a directory");
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines");
    let store = store.to_str().expect("UTF-8");
    let mut refused = 0;
    for megabytes in (180..=300).step_by(20) {
        let limits = format!("ulimit -v {}; ulimit -c 0; exec \"$@\"", megabytes << 10);
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &limits,
            "sh",
            env!("CARGO_BIN_EXE_abigate"),
            "--threads",
            "2",
            "--store",
            store,
        ]);
        command.args(["diff", "v2.9", "v2.10", "--platform", "linux-x86_64", "--fail-on", "never"]);
        let run = Run::wait(command.current_dir(folder.path()), &["diff", "v2.9", "v2.10"]);
        assert!(
            matches!(run.code, Some(0 | 2)),
            "{megabytes} MB: {:?} {:?} {}",
            run.code,
            run.signal,
            run.err
        );
        refused += usize::from(run.code == Some(2));
    }
    assert!(refused > 0, "it finishes with 180 MB: give it less");
}
