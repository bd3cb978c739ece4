//! Archives and dumps of some kilobytes that unpack to gigabytes.

use std::fs;
use std::io::Write;

use crate::archives::{bz2, deb, deflated, header, stored, tar, xz, zip, zst};

use super::{Run, bytes};

/// Zeros that one packed piece stands for. Its packed bytes are repeated, which all these formats take for one stream.
const PIECE: usize = 16 << 20;

/// Pieces: 4 GiB of zeros.
const PIECES: usize = 256;

fn refused(name: &str, bomb: &[u8], parts: &[&str]) {
    let folder = tempfile::tempdir().expect("a directory");
    fs::write(folder.path().join(name), bomb).expect("a file");
    Run::new(folder.path(), &["dump", name]).refuses(&[&[name], parts].concat());
}

/// A tar file with a file of zeros before the library, packed.
fn packed(pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let zeros = (PIECE * PIECES) as u64;
    let start = header("zeros", tar::EntryType::Regular, zeros, "");
    let library = tar(&[("liba.so", &bytes("elf/libtiny-x86_64.so"))]);
    [pack(start.as_bytes()), pack(&vec![0; PIECE]).repeat(PIECES), pack(&library)].concat()
}

/// As small as it gets: a thousandth.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("gzip");
    encoder.finish().expect("gzip")
}

#[test]
fn tar_files() {
    for (name, pack) in
        [("a.tar.gz", gzip as fn(&[u8]) -> _), ("a.tar.xz", xz), ("a.tar.zst", zst), ("a.tar.bz2", bz2)]
    {
        let bomb = packed(pack);
        assert!(bomb.len() < PIECE * PIECES / 200, "{name}: {}", bomb.len());
        refused(name, &bomb, &["bytes unpacked (limits: "]);
    }
}

#[test]
fn packages() {
    let bomb = packed(zst);
    refused("a.deb", &deb("data.tar.zst", &bomb), &["data.tar.zst", "bytes unpacked (limits: "]);
    let info = zst(&tar(&[("info/index.json", b"{}")]));
    let halves = [("pkg-a-1-0.tar.zst", &*bomb, stored()), ("info-a-1-0.tar.zst", &info, stored())];
    refused("a-1-0.conda", &zip(&halves), &["pkg-a-1-0.tar.zst", "bytes unpacked (limits: "]);
}

#[test]
fn zip_files() {
    let mut library = bytes("elf/libtiny-x86_64.so");
    library.resize(100 << 20, 0);
    refused("a.zip", &zip(&[("liba.so", &library, deflated())]), &["liba.so", "times as many"]);
    let zstd = deflated().compression_method(zip::CompressionMethod::Zstd);
    refused("a.zip", &zip(&[("liba.so", &library, zstd)]), &["liba.so", "times as many"]);
    // What is no library stays packed, whatever it would unpack to.
    let small = bytes("elf/libtiny-x86_64.so");
    let whole = zip(&[("bomb.bin", &library, deflated()), ("liba.so", &small, deflated())]);
    let folder = tempfile::tempdir().expect("a directory");
    fs::write(folder.path().join("a.zip"), whole).expect("a file");
    Run::new(folder.path(), &["dump", "a.zip"]).succeeds();
}

#[test]
fn dumps() {
    let start = zst(b"{\"abigate\":2}\n");
    let bomb = [start, zst(&vec![b' '; PIECE]).repeat(PIECES)].concat();
    refused("a.abi.zst", &bomb, &["which no dump does"]);
}

/// YAML that repeats itself by reference: a billion of them in ten lines.
#[test]
fn a_billion_laughs() {
    let mut text = "abigate: 2\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{inner}]\n");
    }
    refused("a.abi.yaml", text.as_bytes(), &[]);
    let folder = tempfile::tempdir().expect("a directory");
    fs::write(folder.path().join("abigate.yaml"), text.replace("abigate: 2\n", "")).expect("a file");
    Run::new(folder.path(), &["policy", "check"]).refuses(&["abigate.yaml:1:1"]);
}
