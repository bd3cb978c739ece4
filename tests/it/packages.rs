//! Packages of distributions and libraries packed by themselves: read, written, and refused by what they are.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Builds a library of C++ with a version script.
    fn library(&self, name: &str, source: &str, flags: &[&str]) {
        fs::write(self.path("source.cc"), source).expect("written");
        let mut compiler = Command::new("g++");
        compiler.args(["-shared", "-fPIC", "-O1", "-o", name, "source.cc"]).args(flags);
        assert!(compiler.current_dir(self.0.path()).status().expect("g++ runs").success());
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.0.path()).env_remove("ABIGATE_STORE");
        command.output().expect("abigate runs")
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const SOURCE: &str = "#include <vector>\nnamespace shop { int price(int x) { return x; } std::vector<int> all() { return {1, 2}; } }\n\
                      extern \"C\" int shop_open() { return 1; }\n";

/// dpkg's own tool finds nothing to change in what is written, and says what is missing later.
#[test]
fn dpkg_accepts_the_symbols_that_are_exported() {
    let folder = Folder::new();
    fs::write(folder.path("map"), "SHOP_1 { global: shop_open; };\n").expect("written");
    folder.library("libshop.so.1", SOURCE, &["-Wl,-soname,libshop.so.1", "-Wl,--version-script=map"]);
    let export = folder.run(&[
        "export",
        "libshop.so.1",
        "--format",
        "symbols",
        "--package-version",
        "1.2",
        "-o",
        "symbols",
    ]);
    assert_eq!(export.status.code(), Some(0), "{}", text(&export));
    let symbols = fs::read_to_string(folder.path("symbols")).expect("written");
    assert!(symbols.starts_with("libshop.so.1 libshop1 #MINVER#\n"), "{symbols}");
    assert!(
        symbols.contains("\n shop_open@SHOP_1 1.2\n") && symbols.contains("\n SHOP_1@SHOP_1 1.2\n"),
        "{symbols}"
    );
    let nameless = folder.run(&["export", "libshop.so.1", "--format", "symbols"]);
    assert_eq!(nameless.status.code(), Some(2));
    assert!(text(&nameless).contains("--package-version"), "{}", text(&nameless));
    if Command::new("dpkg-gensymbols").arg("--version").output().is_err() {
        eprintln!("dpkg-gensymbols is not here: that it accepts the file was not tried");
        return;
    }
    let check = |library: &str| {
        let library = format!("-e{library}");
        let mut tool = Command::new("dpkg-gensymbols");
        tool.args(["-plibshop1", "-v1.2", "-c4", "-Isymbols", "-Ocompared", &library]);
        fs::create_dir_all(folder.path("debian")).expect("a folder");
        let control = "Source: shop\nMaintainer: nobody <nobody@example.org>\n\nPackage: libshop1\nArchitecture: any\n\
                       Description: shop\n";
        fs::write(folder.path("debian/control"), control).expect("written");
        tool.current_dir(folder.0.path()).output().expect("dpkg-gensymbols runs")
    };
    let accepted = check("libshop.so.1");
    assert!(accepted.status.success(), "{}", text(&accepted));
    fs::create_dir_all(folder.path("new")).expect("a folder");
    let less = SOURCE.replace("int price(int x)", "long price(long x)");
    folder.library("new/libshop.so.1", &less, &["-Wl,-soname,libshop.so.1", "-Wl,--version-script=map"]);
    let lost = check("new/libshop.so.1");
    assert!(!lost.status.success() && text(&lost).contains("_ZN4shop5priceEi"), "{}", text(&lost));
}

#[test]
fn a_library_may_be_packed_by_itself() {
    let folder = Folder::new();
    folder.library("libshop.so.1", SOURCE, &["-Wl,-soname,libshop.so.1"]);
    let plain = fs::read(folder.path("libshop.so.1")).expect("read");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain).expect("packed");
    fs::write(folder.path("libshop.so.1.gz"), gzip.finish().expect("packed")).expect("written");
    fs::write(folder.path("libshop.so.1.zst"), zstd::encode_all(&plain[..], 3).expect("packed"))
        .expect("written");
    for name in ["libshop.so.1.gz", "libshop.so.1.zst"] {
        let diff = folder.run(&["diff", "libshop.so.1", name]);
        assert_eq!(diff.status.code(), Some(0), "{}", text(&diff));
        assert!(!text(&diff).contains("symbol-") && text(&diff).contains("1 library"), "{}", text(&diff));
    }
    // A bomb is refused.
    let zeros = [&plain[..64], &vec![0u8; 100 << 20]].concat();
    fs::write(folder.path("bomb.so.zst"), zstd::encode_all(&zeros[..], 3).expect("packed")).expect("written");
    let bomb = folder.run(&["dump", "bomb.so.zst"]);
    assert_eq!(bomb.status.code(), Some(2), "{}", text(&bomb));
}

/// A plug-in's descriptor grows: its host takes the address, and no program has a copy of it.
#[test]
fn a_plug_in_has_no_copies() {
    let folder = Folder::new();
    for (side, size) in [("old", 12), ("new", 13)] {
        fs::create_dir(folder.path(side)).expect("a folder");
        let source = format!("extern \"C\" {{ long plugin_declaration_[{size}] = {{1}}; }}");
        folder.library(&format!("{side}/ed25519.so"), &source, &[]);
        folder.library(&format!("{side}/libshop.so.1"), SOURCE, &["-Wl,-soname,libshop.so.1"]);
    }
    let diff = folder.run(&["diff", "old", "new", "--fail-on", "breaking"]);
    assert_eq!(diff.status.code(), Some(0), "{}", text(&diff));
    let said = text(&diff);
    assert!(said.contains("object-size-changed") && said.contains("loaded by name"), "{said}");
}

/// A small RPM package: what rpm's documents say that is needed.
fn rpm(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let header = |texts: &[(u32, &str)]| {
        let (mut entries, mut store) = (Vec::new(), Vec::new());
        for (tag, text) in texts {
            for number in [*tag, 6, store.len() as u32, 1] {
                entries.extend(number.to_be_bytes());
            }
            store.extend(text.bytes().chain([0]));
        }
        let mut header = b"\x8e\xad\xe8\x01\0\0\0\0".to_vec();
        header.extend((texts.len() as u32).to_be_bytes());
        header.extend((store.len() as u32).to_be_bytes());
        [header, entries, store].concat()
    };
    let mut package = vec![0u8; 96];
    package[..5].copy_from_slice(b"\xed\xab\xee\xdb\x03");
    package.extend(header(&[(269, "0123")]));
    package.resize(package.len().next_multiple_of(8), 0);
    package.extend(header(&[(1000, "shop"), (1001, "1.2"), (1002, "3.fc41"), (1022, "x86_64")]));
    let mut cpio = Vec::new();
    for (name, mode, content) in files.iter().chain([&("TRAILER!!!", 0, &b""[..])]) {
        let numbers = [1, *mode, 0, 0, 1, 0, content.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        let fields: String = numbers.iter().map(|number| format!("{number:08x}")).collect();
        cpio.extend(format!("070701{fields}{name}\0").bytes());
        cpio.resize(cpio.len().next_multiple_of(4), 0);
        cpio.extend(*content);
        cpio.resize(cpio.len().next_multiple_of(4), 0);
    }
    package.extend(zstd::encode_all(&cpio[..], 3).expect("packed"));
    package
}

#[test]
fn rpm_packages_are_read() {
    let folder = Folder::new();
    folder.library("libshop.so.1", SOURCE, &["-Wl,-soname,libshop.so.1"]);
    let library = fs::read(folder.path("libshop.so.1")).expect("read");
    let files = [
        ("./usr/lib64/libshop.so", 0o120_777, &b"libshop.so.1"[..]),
        ("./usr/lib64/libshop.so.1", 0o100_755, &library),
        ("./usr/share/doc/shop", 0o100_644, &b"words"[..]),
    ];
    let package = rpm(&files);
    fs::write(folder.path("shop.rpm"), &package).expect("written");
    let show = folder.run(&["show", "shop.rpm"]);
    assert_eq!(show.status.code(), Some(0), "{}", text(&show));
    assert!(text(&show).contains("libshop.so.1"), "{}", text(&show));
    let diff = folder.run(&["diff", "shop.rpm", "shop.rpm"]);
    assert!(text(&diff).contains("v1.2-3.fc41") && text(&diff).contains("linux-x86_64"), "{}", text(&diff));
    // Cut anywhere it is an error, and none that ends the program.
    for end in (0..package.len()).step_by(97).chain([95, 97, 112, 200]) {
        fs::write(folder.path("cut.rpm"), &package[..end]).expect("written");
        let cut = folder.run(&["dump", "cut.rpm"]);
        assert_eq!(cut.status.code(), Some(2), "{end} {}", text(&cut));
    }
}

/// Wheels of other systems are refused by what is in them.
#[test]
fn libraries_of_other_systems_are_named() {
    let folder = Folder::new();
    let pack = |archive: &str, names: &[&str]| {
        let mut tar = tar::Builder::new(fs::File::create(folder.path(archive)).expect("a file"));
        for name in names {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            header.set_cksum();
            tar.append_data(&mut header, name, &b"MZ"[..]).expect("packed");
        }
        tar.finish().expect("packed");
    };
    for (name, what) in [
        ("a.dll", "Windows DLLs: a.dll"),
        ("b.pyd", "Windows DLLs: b.pyd"),
        ("lib/libc.dylib", "macOS libraries: libc.dylib"),
        ("libd.a", "static libraries: libd.a"),
    ] {
        pack("other.tar", &["README", name]);
        let output = folder.run(&["dump", "other.tar"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output).contains(what), "{}", text(&output));
    }
    assert!(Path::new(&folder.path("other.tar")).exists());
}

/// A Debian package of a library, with the `symbols` file that says what is promised of it.
fn deb_with_symbols(folder: &Folder, version: &str, symbols: &str) -> String {
    let root = folder.path(&format!("root-{version}"));
    fs::create_dir_all(root.join("DEBIAN")).expect("a folder");
    fs::create_dir_all(root.join("usr/lib")).expect("a folder");
    fs::copy(folder.path("libshop.so.1"), root.join("usr/lib/libshop.so.1")).expect("copied");
    let control = format!(
        "Package: libshop1\nVersion: {version}\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: shop\n"
    );
    fs::write(root.join("DEBIAN/control"), control).expect("written");
    fs::write(root.join("DEBIAN/symbols"), symbols).expect("written");
    let package = format!("libshop1_{version}.deb");
    let mut tool = Command::new("dpkg-deb");
    tool.args(["--root-owner-group", "-Zxz", "-b"]).arg(&root).arg(folder.path(&package));
    assert!(tool.output().expect("dpkg-deb runs").status.success());
    package
}

/// What a package's `symbols` file binds to one version of the package is no promise; everything else in it is.
#[test]
fn what_a_symbols_file_promises_is_what_counts() {
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        eprintln!("dpkg-deb is not here: packages with a symbols file were not tried");
        return;
    }
    let folder = Folder::new();
    let flags = ["-Wl,-soname,libshop.so.1"];
    let all = "extern \"C\" { int shop_open() { return 1; } int shop_own() { return 2; } }\n";
    folder.library("libshop.so.1", all, &flags);
    let private =
        "libshop.so.1 libshop1 #MINVER#\n| libshop1 (= 1.0-1)\n shop_open@Base 1.0\n shop_own@Base 0 1\n";
    let old = deb_with_symbols(&folder, "1.0-1", private);
    let promised = "libshop.so.1 libshop1 #MINVER#\n shop_open@Base 1.0\n shop_own@Base 1.0\n";
    let promising = deb_with_symbols(&folder, "1.0-2", promised);
    let less = all.replace("int shop_own() { return 2; } ", "");
    folder.library("libshop.so.1", &less, &flags);
    let new = deb_with_symbols(&folder, "1.1-1", "libshop.so.1 libshop1 #MINVER#\n shop_open@Base 1.0\n");
    let kept = folder.run(&["diff", &old, &new]);
    assert_eq!(kept.status.code(), Some(0), "{}", text(&kept));
    assert!(text(&kept).contains("internal: symbol-removed"), "{}", text(&kept));
    let broken = folder.run(&["diff", &promising, &new]);
    assert_eq!(broken.status.code(), Some(1), "{}", text(&broken));
    assert!(text(&broken).contains("shop_own"), "{}", text(&broken));
}

/// A published record, without its head.
fn record(name: &str) -> Vec<Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/published").join(name);
    let text = fs::read_to_string(file).expect("the record is there");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The record of `ci/debian-pairs` has enough pairs, and says of each why its verdict is right.
#[test]
fn pairs_of_debian_have_reasons() {
    let rows = record("debian-pairs.tsv");
    assert!(rows.len() >= 30, "{} pairs", rows.len());
    for row in rows {
        let [_, _, _, verdict, gone, reason] = &row[..] else { panic!("{row:?}") };
        assert!(["compatible", "breaking"].contains(&&**verdict) && gone.parse::<u32>().is_ok(), "{row:?}");
        assert!(!reason.is_empty(), "{row:?}");
    }
}

/// The record of `ci/wheel-pairs` likewise; what is said to load was opened by Python as a whole.
#[test]
fn pairs_of_wheels_have_reasons() {
    let rows = record("wheel-pairs.tsv");
    assert!(rows.len() >= 15, "{} pairs", rows.len());
    for row in rows {
        let [_, _, _, verdict, breaking, check, opened, _, _, reason] = &row[..] else { panic!("{row:?}") };
        assert!(["compatible", "breaking"].contains(&&**verdict) && !reason.is_empty(), "{row:?}");
        assert_eq!(verdict == "breaking", breaking != "0", "{row:?}");
        assert!(check == "loads" && opened.contains(" of "), "{row:?}");
    }
}
