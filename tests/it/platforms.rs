//! Inputs with builds of one library for several machines: each is compared with the one for the same machine.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::archives::{stored, zip};

const MACHINES: [&str; 2] = ["i386", "x86_64"];

/// On a 32-bit machine something may break that nobody with a 64-bit one sees.
const OLD: &str = "#line 1 \"shop.h\"\n\
                   struct Item { int id; long long weight; };\n\
                   #line 1 \"shop.c\"\n\
                   long long weigh(struct Item *item) { return item->weight; }\n\
                   int price(int id) { return id; }\n\
                   int rate(int id) { return id + 1; }\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `DIRECTORY/MACHINE/libshop.so` of a source, with debug info.
    fn build(&self, directory: &str, machines: &[&str], source: &str) {
        fs::write(self.path("shop.c"), source).expect("written");
        for machine in machines {
            let folder = self.path(directory).join(machine);
            fs::create_dir_all(&folder).expect("a folder");
            let mut clang = Command::new("clang");
            clang.arg(format!("--target={machine}-linux-gnu")).arg("-o").arg(folder.join("libshop.so"));
            clang.args(["-g", "-fPIC", "-shared", "-nostdlib", "-fuse-ld=lld", "-Wl,-soname,libshop.so"]);
            let built = clang.arg("shop.c").current_dir(self.0.path()).status();
            assert!(built.expect("clang runs").success());
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.0.path()).env_remove("ABIGATE_STORE");
        command.output().expect("abigate runs")
    }

    fn told(&self, arguments: &[&str], wanted: i32) -> String {
        let output = self.run(arguments);
        let text = text(&output);
        assert_eq!(output.status.code(), Some(wanted), "{arguments:?}: {text}");
        text
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Verdicts and their platforms, in order.
fn verdicts(text: &str) -> Vec<(&str, &str)> {
    let headline = |line: &'_ str| line.contains(" → ") && line.contains(" (linux-");
    let one = |line| {
        let (word, rest): (&str, &str) = str::split_once(line, ' ')?;
        let (_, platform) = rest.split_once(" (linux-")?;
        Some((word, platform.split(')').next()?))
    };
    text.lines().filter(|line| headline(line)).filter_map(one).collect()
}

fn has_compilers() -> bool {
    let runs = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    let all = runs("clang") && runs("ld.lld");
    if !all {
        eprintln!("clang and lld are not here: libraries for several machines were not tried");
    }
    all
}

#[test]
fn each_machine_is_compared_with_itself() {
    if !has_compilers() {
        return;
    }
    let folder = Folder::new();
    folder.build("old", &MACHINES, OLD);
    folder.build("same", &MACHINES, &OLD.replace("id + 1", "id + 2"));
    let told = folder.told(&["diff", "old", "same"], 0);
    assert_eq!(verdicts(&told), [("COMPATIBLE", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    // Gone for one machine only: the library for the other one does not make up for it.
    let lost = OLD.replace("int rate", "#ifdef __x86_64__\nint rate") + "#endif\n";
    folder.build("lost", &MACHINES, &lost);
    let told = folder.told(&["diff", "old", "lost"], 1);
    assert_eq!(verdicts(&told), [("BREAKING", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    assert!(told.contains("symbol-removed") && told.contains("rate"), "{told}");
    // Another layout for one machine only.
    let aligned = OLD.replace("long long weight;", "_Alignas(8) long long weight;");
    folder.build("aligned", &MACHINES, &aligned);
    let told = folder.told(&["diff", "old", "aligned"], 1);
    assert_eq!(verdicts(&told), [("BREAKING", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    assert!(told.contains("12 → 16 bytes"), "{told}");
    let told = folder.told(&["diff", "old", "aligned", "--platform", "linux-x86_64"], 0);
    assert_eq!(verdicts(&told), [("COMPATIBLE", "x86_64")], "{told}");
    assert!(
        folder.told(&["diff", "old", "same", "--platform", "linux-arm"], 2).contains("only for linux-i386")
    );
    // A report for programs is about one.
    let told = folder.told(&["diff", "old", "aligned", "--format", "json"], 2);
    assert!(told.contains("--platform names it"), "{told}");
    let told = folder.told(&["diff", "old", "aligned", "--format", "json", "--platform", "linux-i386"], 1);
    assert!(told.contains("\"linux-i386\""), "{told}");
}

#[test]
fn a_machine_may_come_and_go() {
    if !has_compilers() {
        return;
    }
    let folder = Folder::new();
    folder.build("both", &MACHINES, OLD);
    folder.build("one", &MACHINES[1..], OLD);
    let told = folder.told(&["diff", "both", "one"], 1);
    assert_eq!(verdicts(&told), [("BREAKING", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    assert!(told.contains("library-removed"), "{told}");
    let told = folder.told(&["diff", "one", "both"], 0);
    assert_eq!(verdicts(&told), [("COMPATIBLE", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    // An archive is no other thing than a directory.
    let bytes = |place: &str| fs::read(folder.path(place)).expect("a library");
    let (i386, x86_64) = (bytes("both/i386/libshop.so"), bytes("both/x86_64/libshop.so"));
    let entries = [("jni/x86/libshop.so", &*i386, stored()), ("jni/x86_64/libshop.so", &*x86_64, stored())];
    fs::write(folder.path("old.aar"), zip(&entries)).expect("written");
    fs::write(folder.path("new.aar"), zip(&entries[1..])).expect("written");
    let told = folder.told(&["diff", "old.aar", "new.aar"], 1);
    assert_eq!(verdicts(&told), [("BREAKING", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    // A file of symbols is about one.
    let export = ["export", "old.aar", "--format", "symbols", "--package-version", "1"];
    let told = folder.told(&export, 2);
    assert!(told.contains("several platforms: --platform chooses one of linux-i386, linux-x86_64"), "{told}");
    let told = folder.told(&[&export[..], &["--platform", "linux-i386"]].concat(), 0);
    assert_eq!(told.matches("libshop.so ").count(), 1, "{told}");
    assert!(told.contains("rate@Base"), "{told}");
}

#[test]
fn each_machine_is_stored_by_itself() {
    if !has_compilers() {
        return;
    }
    let folder = Folder::new();
    folder.build("both", &MACHINES, OLD);
    folder.build(
        "broken",
        &MACHINES,
        &OLD.replace("int rate", "#ifdef __x86_64__\nint rate").replace("1; }\n", "1; }\n#endif\n"),
    );
    folder.build("one", &MACHINES[1..], OLD);
    let told = folder.told(&["baseline", "add", "both", "--release", "v1.0"], 0);
    assert!(told.contains("added v1.0 linux-i386") && told.contains("added v1.0 linux-x86_64"), "{told}");
    let told = folder.told(&["diff", "v1.0", "broken"], 1);
    assert_eq!(verdicts(&told), [("BREAKING", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    let told = folder.told(&["diff", "v1.0", "one"], 0);
    assert_eq!(verdicts(&told), [("COMPATIBLE", "x86_64")], "{told}");
    // Dumps say for which machine they are, whatever lies beside them.
    folder.told(&["dump", "both", "-o", "dumps/"], 0);
    let told = folder.told(&["diff", "dumps", "broken"], 1);
    assert_eq!(verdicts(&told), [("BREAKING", "i386"), ("COMPATIBLE", "x86_64")], "{told}");
    // What comes to one answer asks which platform is meant.
    let gate = ["gate", "both", "--base", "v1.0", "--trust", "none"];
    assert!(
        folder.told(&["check", "both"], 2).contains("--platform chooses one of linux-i386, linux-x86_64")
    );
    assert!(folder.told(&gate, 2).contains("--platform chooses one of linux-i386, linux-x86_64"));
    let told = folder.told(&[&gate[..], &["--platform", "linux-i386"]].concat(), 0);
    assert_eq!(verdicts(&told), [("COMPATIBLE", "i386")], "{told}");
}
