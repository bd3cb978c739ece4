//! Artifacts of every kind, whole and hostile, made in memory.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use crate::archives::{bz2, deb, deflated, gzip, header, stored, tar, xz, zip, zst};
use abigate::artifact::{Artifact, Error, Identity, Kind, Limits, open};
use tempfile::TempDir;
use zip::CompressionMethod;

const LIBRARY: &[u8] = include_bytes!("../fixtures/libtiny.so");

/// A folder of its own for one test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, bytes).expect("a file");
        path
    }

    fn open(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<Artifact, Error> {
        open(&self.file(name, bytes), &Limits::default())
    }
}

fn open_bytes(name: &str, bytes: impl AsRef<[u8]>) -> Result<Artifact, Error> {
    keep_as_seed(bytes.as_ref());
    Place::new().open(name, bytes)
}

/// For `ci/fuzz`, which starts from the archives that these tests make.
fn keep_as_seed(bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("ABIGATE_SEEDS").filter(|_| bytes.len() < 64 << 10) {
        let name = bytes.iter().fold(0_u64, |hash, &b| hash.wrapping_mul(31).wrapping_add(b.into()));
        fs::write(Path::new(&folder).join(format!("{name:016x}")), bytes).expect("the directory is there");
    }
}

fn refusal(name: &str, bytes: impl AsRef<[u8]>) -> String {
    one_line(&open_bytes(name, bytes).expect_err(name))
}

fn one_line(error: &Error) -> String {
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    text
}

fn paths(artifact: &Artifact) -> Vec<&str> {
    artifact.members.iter().map(|member| member.path()).collect()
}

fn identity(project: &str, version: &str, platform: &str, variant: &str) -> Identity {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Identity {
        project: some(project),
        version: some(version),
        platform: some(platform),
        variant: some(variant),
    }
}

/// The library with another ELF type.
fn elf_of_type(kind: u8) -> Vec<u8> {
    let mut elf = LIBRARY.to_vec();
    elf[16] = kind;
    elf
}

// Single files

#[test]
fn a_shared_object() {
    let artifact = open_bytes("libtiny.so.1", LIBRARY).expect("a library");
    assert_eq!(artifact.kind, Kind::SharedObject);
    let member = &artifact.members[0];
    assert_eq!(
        (member.name(), member.path(), member.size()),
        ("libtiny.so.1", "libtiny.so.1", LIBRARY.len() as u64)
    );
    assert_eq!(&*member.data().expect("bytes"), LIBRARY);
}

#[test]
fn a_shared_object_by_another_name() {
    assert_eq!(open_bytes("plugin.bin", LIBRARY).expect("a library").kind, Kind::SharedObject);
}

#[test]
fn other_files_are_called_what_they_are() {
    let cases: &[(&[u8], &str)] = &[
        (b"just words\n", "a text file"),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "a Mach-O file"),
        (b"!<arch>\n", "a static library"),
        (&elf_of_type(4), "a core dump"),
        (&LIBRARY[..20], "a truncated ELF file"),
        (&gzip(b"words"), "a gzip file with neither a tar file nor a shared object in it"),
        (&[0, 159, 146, 150], "a file of an unknown type"),
    ];
    for (bytes, what) in cases {
        let text = refusal("thing", bytes);
        assert!(
            text.ends_with(&format!(": {what}; expected a shared object or an archive of them")),
            "{text}"
        );
    }
    assert_eq!(open_bytes("thing", elf_of_type(2)).expect("a program").kind, Kind::Program);
}

#[test]
fn missing_and_empty() {
    let place = Place::new();
    let missing = open(&place.path("not\nhere"), &Limits::default()).expect_err("missing");
    assert!(one_line(&missing).ends_with("no such file or directory"));
    assert!(matches!(place.open("empty.so", b""), Err(Error::Empty { .. })));
    assert!(matches!(open(Path::new("/dev/null"), &Limits::default()), Err(Error::NotAFile { .. })));
}

#[test]
fn dumps() {
    for (name, bytes) in [
        ("a.abi.zst", zst(b"{\"abigate\":1}")),
        ("a.json", b"{ \"abigate\": 1 }".to_vec()),
        ("a.yaml", b"abigate: 1\n".to_vec()),
    ] {
        let artifact = open_bytes(name, &bytes).expect(name);
        assert_eq!((artifact.kind, paths(&artifact)), (Kind::Dump, vec![name]));
        assert_eq!(&*artifact.members[0].data().expect("bytes"), bytes);
    }
    assert!(refusal("a.abi.zst", zst(b"{}")).contains("neither a tar file, a shared object nor a dump"));
}

// Folders

#[test]
fn a_folder_is_read_recursively_and_sorted() {
    let place = Place::new();
    place.file("z/libz.so", LIBRARY);
    place.file("a/b/liba.so.1.2", LIBRARY);
    place.file("a/script.so", "/* GNU ld script */\nGROUP ( x )\n");
    place.file("a/object.so", elf_of_type(1));
    place.file("a/readme", "words");
    let artifact = open(place.0.path(), &Limits::default()).expect("a directory");
    assert_eq!((artifact.kind, paths(&artifact)), (Kind::Folder, vec!["a/b/liba.so.1.2", "z/libz.so"]));
    assert_eq!(&*artifact.members[1].data().expect("bytes"), LIBRARY);
    assert_eq!(
        artifact.skipped,
        [
            "a/object.so is not a shared object but a relocatable object",
            "a/script.so is not a shared object but a linker script"
        ]
    );
}

#[cfg(unix)]
#[test]
fn links_in_a_folder() {
    use std::os::unix::fs::symlink;
    let (place, outside) = (Place::new(), Place::new());
    place.file("lib/liba.so.1", LIBRARY);
    place.file("lib/real.bin", LIBRARY);
    let elsewhere = outside.file("libout.so", LIBRARY);
    symlink("liba.so.1", place.path("lib/liba.so")).expect("a link");
    symlink("real.bin", place.path("lib/libreal.so")).expect("a link");
    symlink("../lib", place.path("lib/loop")).expect("a link");
    symlink(&elsewhere, place.path("lib/libout.so")).expect("a link");
    symlink("nothing", place.path("lib/libgone.so")).expect("a link");
    let artifact = open(place.0.path(), &Limits::default()).expect("a directory");
    assert_eq!(paths(&artifact), ["lib/liba.so.1"]);
    let skipped = artifact.skipped.join("\n");
    assert!(skipped.contains("lib/libgone.so is a link that leads nowhere"), "{skipped}");
    assert!(skipped.contains("lib/libout.so is a link that leads outside"), "{skipped}");
    assert!(skipped.contains("lib/libreal.so is a link to lib/real.bin, which is not among"), "{skipped}");
    assert_eq!(artifact.skipped.len(), 3);
}

#[test]
fn a_folder_of_dumps() {
    let place = Place::new();
    place.file("x/liba.abi.zst", zst(b"{\"abigate\":1}"));
    place.file("x/fake.abi.zst", "words");
    let artifact = open(place.0.path(), &Limits::default()).expect("dumps");
    assert_eq!((artifact.kind, paths(&artifact)), (Kind::Dump, vec!["x/liba.abi.zst"]));
    assert_eq!(artifact.skipped, ["x/fake.abi.zst is not a dump but a text file"]);
    place.file("x/libb.so", LIBRARY);
    let artifact = open(place.0.path(), &Limits::default()).expect("a library");
    assert_eq!((artifact.kind, paths(&artifact)), (Kind::Folder, vec!["x/libb.so"]));
}

#[test]
fn a_folder_without_libraries() {
    let place = Place::new();
    place.file("readme", "words");
    let error = open(place.0.path(), &Limits::default()).expect_err("nothing");
    assert!(one_line(&error).ends_with("no shared object in this directory or below it: 1 entry: readme"));
    let limits = Limits { entries: 0, ..Limits::default() };
    assert!(matches!(open(place.0.path(), &limits), Err(Error::Entries { .. })));
}

// Zip files

#[test]
fn a_wheel() {
    let bytes = zip(&[
        ("torch/__init__.py", b"pass", deflated()),
        ("torch/lib/libc10.so", LIBRARY, deflated()),
        ("torch/lib/libstored.so", LIBRARY, stored()),
        ("torch/lib/libz.so.1", LIBRARY, deflated().compression_method(CompressionMethod::Zstd)),
        ("torch/lib/libtext.so", b"INPUT(x)", deflated()),
        ("torch-2.9.1.dist-info/METADATA", b"Name: torch\nVersion: 2.9.1+cu126\n\nwords", deflated()),
        ("torch-2.9.1.dist-info/WHEEL", b"Tag: cp312-cp312-manylinux_2_28_x86_64\n", deflated()),
    ]);
    let artifact = open_bytes("renamed.bin", &bytes).expect("a wheel");
    assert_eq!(artifact.kind, Kind::Zip);
    assert_eq!(paths(&artifact), ["torch/lib/libc10.so", "torch/lib/libstored.so", "torch/lib/libz.so.1"]);
    assert_eq!(artifact.identity, identity("torch", "2.9.1", "linux-x86_64", "cu126"));
    assert_eq!(artifact.skipped, ["torch/lib/libtext.so is not a shared object but a linker script"]);
    std::thread::scope(|scope| {
        for member in &artifact.members {
            scope.spawn(move || assert_eq!(&*member.data().expect("bytes"), LIBRARY));
        }
    });
}

#[test]
fn a_zip_file_behind_something_else() {
    let mut bytes = zip(&[("liba.so", LIBRARY, deflated())]);
    // A zip file cannot start with anything else here, so what is put in front is one as well.
    let mut front = b"PK\x03\x04".to_vec();
    front.resize(100, 7);
    front.append(&mut bytes);
    let artifact = open_bytes("a.zip", &front).expect("a zip file");
    assert_eq!(&*artifact.members[0].data().expect("bytes"), LIBRARY);
}

#[test]
fn a_zip64_entry() {
    let bytes = zip(&[("liba.so", LIBRARY, deflated().large_file(true))]);
    assert_eq!(&*open_bytes("a.zip", bytes).expect("a zip file").members[0].data().expect("bytes"), LIBRARY);
}

#[test]
fn names_in_zip_files() {
    let artifact =
        open_bytes("a.zip", zip(&[("/x/./y\\..\\liba.so", LIBRARY, stored())])).expect("a zip file");
    assert_eq!(paths(&artifact), ["x/liba.so"]);
    for name in ["../liba.so", "a/../../liba.so", "a\u{1b}[1m.so", "a\0.so"] {
        let error = open_bytes("a.zip", zip(&[(name, LIBRARY, stored())])).expect_err(name);
        assert!(matches!(error, Error::Name { .. }), "{error}");
        one_line(&error);
    }
}

/// Unpackers have followed links that an archive brought along, and written through them.
#[test]
fn links_in_zip_files() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, target) in
        [("lib/liba.so", "liba.so.1"), ("lib/libup.so", "../../etc/x.so"), ("libroot.so", "/etc/x.so")]
    {
        writer.add_symlink(name, target, stored()).expect("a link");
    }
    writer.start_file("lib/liba.so.1", stored()).expect("an entry");
    writer.write_all(LIBRARY).expect("content");
    let artifact =
        open_bytes("a.zip", writer.finish().expect("a zip file").into_inner()).expect("a zip file");
    assert_eq!(paths(&artifact), ["lib/liba.so.1"]);
    assert_eq!(
        artifact.skipped,
        [
            "lib/libup.so is a link that leads outside, to ../../etc/x.so",
            "libroot.so is a link to etc/x.so, which is not among the shared objects here",
        ]
    );
}

#[test]
fn the_last_of_a_name_counts() {
    // The writer refuses a name twice, so the second one is renamed afterwards, in both its headers.
    let other = [LIBRARY, b"more"].concat();
    let mut bytes = zip(&[("liba.so", LIBRARY, stored()), ("libb.so", &other, stored())]);
    while let Some(at) = bytes.windows(7).position(|name| name == b"libb.so") {
        bytes[at + 3] = b'a';
    }
    let artifact = open_bytes("a.zip", bytes).expect("a zip file");
    assert_eq!(artifact.members[0].size(), other.len() as u64);
    assert_eq!(artifact.skipped, ["liba.so is there more than once, and only the last one counts"]);
}

/// Where the directory's entry of the first file is.
fn directory(zip: &[u8]) -> usize {
    zip.windows(4).position(|magic| magic == b"PK\x01\x02").expect("a directory")
}

#[test]
fn an_encrypted_member() {
    let mut bytes = zip(&[("liba.so", LIBRARY, deflated())]);
    let at = directory(&bytes);
    bytes[at + 8] |= 1;
    let text = refusal("a.zip", bytes);
    assert!(text.ends_with("a.zip: liba.so: encrypted (at byte 0)"), "{text}");
}

#[test]
fn an_unsupported_method() {
    let mut bytes = zip(&[("liba.so", LIBRARY, deflated())]);
    let at = directory(&bytes);
    bytes[at + 10] = 14;
    assert!(refusal("a.zip", bytes).contains("liba.so: packed with an unsupported method, number 14"));
}

#[test]
fn lies_about_sizes() {
    let length = LIBRARY.len() as u32;
    for (size, what) in [(length - 1, "unpacks to more"), (length + 1, "and has"), (200, "unpacks to more")] {
        let mut bytes = zip(&[("liba.so", LIBRARY, deflated())]);
        let at = directory(&bytes);
        bytes[at + 24..at + 28].copy_from_slice(&size.to_le_bytes());
        let artifact = open_bytes("a.zip", bytes).expect("a zip file");
        let text = one_line(&artifact.members[0].data().expect_err("a lie"));
        assert!(text.contains("liba.so: damaged at byte 0") && text.contains(what), "{text}");
    }
}

#[test]
fn damaged_content() {
    let mut bytes = zip(&[("liba.so", LIBRARY, stored())]);
    bytes[3000] ^= 1;
    let artifact = open_bytes("a.zip", bytes).expect("a zip file");
    assert!(
        one_line(&artifact.members[0].data().expect_err("damaged")).ends_with("its checksum does not fit")
    );
}

#[test]
fn overlapping_members() {
    let mut bytes = zip(&[("liba.so", LIBRARY, stored()), ("libb.so", LIBRARY, stored())]);
    let first = directory(&bytes);
    let second = first + directory(&bytes[first + 4..]) + 4;
    bytes.copy_within(first + 42..first + 46, second + 42);
    let text = refusal("a.zip", bytes);
    assert!(text.contains("it overlaps lib"), "{text}");
}

#[test]
fn a_zip_bomb() {
    let mut bomb = LIBRARY.to_vec();
    bomb.resize(70 << 20, 0);
    let bytes = zip(&[("liba.so", &bomb, deflated())]);
    assert!(matches!(open_bytes("a.zip", &bytes), Err(Error::Ratio { .. })));
    let place = Place::new();
    let path = place.file("a.zip", &bytes);
    let limits = Limits { ratio: 5000, ..Limits::default() };
    assert_eq!(open(&path, &limits).expect("allowed").members[0].data().expect("bytes").len(), bomb.len());
    assert!(matches!(open(&path, &Limits { member: 1 << 20, ..limits }), Err(Error::MemberSize { .. })));
    assert!(matches!(open(&path, &Limits { total: 1 << 20, ..limits }), Err(Error::TotalSize { .. })));
}

#[test]
fn zip_files_without_libraries() {
    assert!(refusal("a.zip", zip(&[])).ends_with("no shared object in this archive: it has no entries"));
    let text = refusal("a.zip", zip(&[("inner.zip", &zip(&[("liba.so", LIBRARY, stored())]), stored())]));
    assert!(text.ends_with("no shared object in this archive: 1 entry: inner.zip"), "{text}");
}

#[test]
fn truncated_zip_files() {
    let bytes = zip(&[("liba.so", LIBRARY, deflated()), ("libb.so", LIBRARY, deflated())]);
    for length in (4..bytes.len()).step_by(13) {
        let text = refusal("a.zip", &bytes[..length]);
        assert!(text.contains("damaged at byte"), "{length}: {text}");
    }
}

// Tar files

#[test]
fn tar_files_of_every_packing() {
    let plain = tar(&[("./x-1.0/readme", b"words"), ("./x-1.0/lib/liba.so.1", LIBRARY)]);
    for (name, bytes) in [
        ("x-1.0.tar", plain.clone()),
        ("x-1.0.tar.gz", gzip(&plain)),
        ("x-1.0.tar.xz", xz(&plain)),
        ("x-1.0.tar.zst", zst(&plain)),
        ("x-1.0.tar.bz2", bz2(&plain)),
    ] {
        let artifact = open_bytes(name, bytes).expect(name);
        assert_eq!((artifact.kind, paths(&artifact)), (Kind::Tar, vec!["x-1.0/lib/liba.so.1"]), "{name}");
        assert_eq!(artifact.identity, identity("x", "1.0", "", ""), "{name}");
        assert_eq!(&*artifact.members[0].data().expect("bytes"), LIBRARY, "{name}");
        assert!(artifact.skipped.is_empty(), "{name}");
    }
}

#[test]
fn long_names_links_and_holes() {
    let deep = format!("{}/liblong.so", ["directory"; 30].join("/"));
    let mut builder = tar::Builder::new(Vec::new());
    let mut plain = header("", tar::EntryType::Regular, LIBRARY.len() as u64, "");
    builder.append_data(&mut plain, &deep, LIBRARY).expect("a long name");
    builder.append_pax_extensions([("path", b"pax/libpax.so".as_slice())]).expect("pax");
    builder
        .append(&header("short", tar::EntryType::Regular, LIBRARY.len() as u64, ""), LIBRARY)
        .expect("an entry");
    for (name, kind, link) in [
        ("pax/liblink.so", tar::EntryType::Symlink, "libpax.so"),
        ("pax/libtwice.so", tar::EntryType::Symlink, "liblink.so"),
        ("libhard.so", tar::EntryType::Link, "./pax/libpax.so"),
        ("liblost.so", tar::EntryType::Symlink, "libgone.so"),
        ("libout.so", tar::EntryType::Symlink, "../../x.so"),
        ("libdevice.so", tar::EntryType::Char, ""),
        ("libholes.so", tar::EntryType::GNUSparse, ""),
    ] {
        builder.append(&header(name, kind, 0, link), &b""[..]).expect("an entry");
    }
    let bytes = builder.into_inner().expect("a tar file");
    let artifact = open_bytes("a.tar", bytes).expect("a tar file");
    assert_eq!(paths(&artifact), [deep.as_str(), "pax/libpax.so"]);
    assert_eq!(
        artifact.skipped,
        [
            "libout.so is a link that leads outside, to ../../x.so",
            "libholes.so is stored with holes (as a sparse file), which is not read",
            "liblost.so is a link to libgone.so, which is not among the shared objects here",
        ]
    );
}

#[test]
fn truncated_and_damaged_tar_files() {
    let plain = tar(&[("a/readme", b"words"), ("a/liba.so", LIBRARY)]);
    let packed = gzip(&plain);
    for length in [300, 700, 1000, packed.len() - 4] {
        let text = refusal("a.tar.gz", &packed[..length]);
        assert!(text.contains("damaged at byte"), "{text}");
    }
    assert!(refusal("a.tar", &plain[..3000]).contains("it ends in the middle of an entry"));
    let mut wrong = plain.clone();
    wrong[1024] ^= 1;
    let text = refusal("a.tar", &wrong);
    assert!(
        text.ends_with("damaged at byte 1024 of its unpacked content: the checksum of a header does not fit")
    );
    let unfinished = open_bytes("a.tar", &plain[..plain.len() - 1024]).expect("all there");
    assert!(unfinished.skipped[0].contains("ends without the mark of its end"));
}

/// What the reader of tar files says about an entry has the entry's name in it, as it is.
#[test]
fn a_damaged_size_is_told_in_one_line() {
    let mut header = header("a\nb\u{1b}[1m.so", tar::EntryType::Regular, 1, "");
    header.as_old_mut().size = *b"hhhhhhhhhhhh";
    header.set_cksum();
    let text = refusal("a.tar", header.as_bytes());
    assert!(text.contains("not a number") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn tar_bombs() {
    let zeros = vec![0; 100 << 20];
    let bytes = zst(&tar(&[("zeros", &zeros), ("liba.so", LIBRARY)]));
    assert!(matches!(open_bytes("a.tar.zst", &bytes), Err(Error::TotalSize { limit: 0x400_0000, .. })));
    let big = header("liba.so", tar::EntryType::Regular, 1 << 40, "");
    let lie = [big.as_bytes().as_slice(), LIBRARY].concat();
    assert!(matches!(open_bytes("a.tar", &lie), Err(Error::MemberSize { .. })));
    let name = header("x", tar::EntryType::GNULongName, 1 << 30, "");
    assert!(refusal("a.tar", name.as_bytes()).contains("a name or attribute of 1073741824 bytes"));
    let place = Place::new();
    let path = place.file("many.tar", tar(&[("a", b""), ("b", b""), ("c", b"")]));
    let limits = Limits { entries: 2, ..Limits::default() };
    assert!(matches!(open(&path, &limits), Err(Error::Entries { limit: 2, .. })));
}

#[test]
fn names_in_tar_files() {
    let artifact = open_bytes("a.tar", tar(&[("/usr/lib/liba.so", LIBRARY)])).expect("a tar file");
    assert_eq!(paths(&artifact), ["usr/lib/liba.so"]);
    assert!(matches!(open_bytes("a.tar", tar(&[("../liba.so", LIBRARY)])), Err(Error::Name { .. })));
}

#[test]
fn the_last_of_a_name_counts_in_tar_files() {
    let other = [LIBRARY, b"more"].concat();
    let artifact =
        open_bytes("a.tar", tar(&[("liba.so", LIBRARY), ("./liba.so", &other)])).expect("a tar file");
    assert_eq!(&*artifact.members[0].data().expect("bytes"), other);
    assert_eq!(artifact.skipped.len(), 1);
}

// Packages

#[test]
fn debian_packages() {
    let data = tar(&[("./usr/lib/libtiny.so.1", LIBRARY)]);
    for (name, bytes) in [
        ("data.tar", data.clone()),
        ("data.tar.gz", gzip(&data)),
        ("data.tar.xz", xz(&data)),
        ("data.tar.zst/", zst(&data)),
    ] {
        let artifact = open_bytes("a.deb", deb(name, &bytes)).expect(name);
        assert_eq!((artifact.kind, paths(&artifact)), (Kind::Deb, vec!["usr/lib/libtiny.so.1"]));
        assert_eq!(artifact.identity, identity("libtiny1", "1:1.2-3", "linux-x86_64", ""));
    }
    let text = refusal("a.deb", deb("data.tar.gz", &gzip(&data)[..500]));
    assert!(text.contains("a.deb(data.tar.gz): damaged at byte"), "{text}");
    let whole = deb("data.tar.xz", &xz(&data));
    assert!(refusal("a.deb", &whole[..whole.len() - 9]).contains("a part goes past the end of the file"));
    assert!(refusal("a.deb", deb("data.tar.lzma", b"]")).contains("packed with lzma"));
    assert!(refusal("a.deb", &whole[..72]).contains("without a data.tar"));
}

const INDEX: &[u8] = br#"{"name": "tiny", "version": "1.2", "subdir": "linux-aarch64"}"#;

#[test]
fn conda_packages() {
    let package = zst(&tar(&[("lib/libtiny.so.1", LIBRARY)]));
    let info = zst(&tar(&[("info/index.json", INDEX)]));
    let new = zip(&[
        ("metadata.json", b"{}", stored()),
        ("pkg-tiny-1.2-h0.tar.zst", &package, stored()),
        ("info-tiny-1.2-h0.tar.zst", &info, stored()),
    ]);
    let old = bz2(&tar(&[("info/index.json", INDEX), ("lib/libtiny.so.1", LIBRARY)]));
    for (name, bytes) in [("tiny-1.2-h0.conda", new), ("tiny-1.2-h0.tar.bz2", old)] {
        let artifact = open_bytes(name, bytes).expect(name);
        assert_eq!((artifact.kind, paths(&artifact)), (Kind::Conda, vec!["lib/libtiny.so.1"]), "{name}");
        assert_eq!(artifact.identity, identity("tiny", "1.2", "linux-aarch64", ""), "{name}");
        assert_eq!(&*artifact.members[0].data().expect("bytes"), LIBRARY);
    }
}

// Anything

/// Changes bytes at random, always the same ones: whatever comes of it, it is a result and not a panic.
#[test]
fn changed_bytes_do_no_harm() {
    let data = tar(&[("./usr/lib/libtiny.so.1", LIBRARY), ("x", b"words")]);
    let wholes = [
        (
            "a.zip",
            zip(&[("liba.so", LIBRARY, deflated()), ("libb.so", LIBRARY, deflated().large_file(true))]),
        ),
        ("a.tar", data.clone()),
        ("a.tar.gz", gzip(&data)),
        ("a.tar.zst", zst(&data)),
        ("a.deb", deb("data.tar.xz", &xz(&data))),
        ("a.so", LIBRARY.to_vec()),
    ];
    let place = Place::new();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for (name, whole) in &wholes {
        for _ in 0..400 {
            let mut bytes = whole.clone();
            // Headers are at the ends, so most of the changes are too.
            for _ in 0..1 + next(4) {
                let near = next(200.min(bytes.len()));
                let at = [near, bytes.len() - 1 - near, next(bytes.len())][next(3)];
                bytes[at] = [0, 0xff, 0x7f, next(256) as u8][next(4)];
            }
            if let Ok(artifact) = place.open(name, &bytes) {
                for member in &artifact.members {
                    let _ = member.data().map(|data| data.len());
                }
            }
        }
    }
}
