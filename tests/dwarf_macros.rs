//! Macros as compilers write them down with `-g3`: those of the library's own headers, as the headers leave them.

use std::path::Path;
use std::process::Command;

use abigate::dwarf::companions::Alone;
use abigate::{binary, dwarf};

const OWN: &str = r#"
#pragma once
#define OWN_VALUE 42
#define OWN_CHANGED 1
#undef OWN_CHANGED
#define OWN_CHANGED 2
#define OWN_GONE 7
#undef OWN_GONE
#define OWN_CALL(a, b) ((a) + (b))
#define OWN_CALLED(a) a
#undef OWN_CALLED
#define OWN_RESHAPED(a) a
#undef OWN_RESHAPED
#define OWN_RESHAPED(a, b) b
#define OWN_PLAIN() 1
#undef OWN_PLAIN
#define OWN_PLAIN 2
#define OWN_REST(format, ...) print(format, __VA_ARGS__)
#define OWN_TEXT "a b  c"
#define OWN_EMPTY
#include "deep.h"
#define OWN_AFTER DEEP_VALUE
#define OWN_KEPT 5
"#;
const DEEP: &str = "#ifndef DEEP_H\n#define DEEP_H\n#define DEEP_VALUE 3\n#endif\n";
// The first takes back what is there for everybody else.
const FIRST: &str = "#include <climits>\n#include \"own.h\"\n#define UNIT_ONLY 3\n#undef OWN_KEPT\nint first() { return OWN_VALUE; }\n";
const SECOND: &str = "#define UNIT_FIRST 3\n#include \"own.h\"\nint second() { return OWN_VALUE; }\n";

fn macros(folder: &Path, compiler: &str, flags: &[&str], units: &[&str]) -> Vec<String> {
    let mut command = Command::new(compiler);
    command.current_dir(folder).args([
        "-g3",
        "-DON_COMMAND_LINE=9",
        "-shared",
        "-fPIC",
        "-o",
        "libmacros.so",
    ]);
    let output = command.args(flags).args(units).output().expect("the compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let data = std::fs::read(folder.join("libmacros.so")).expect("readable");
    let library = binary::read("libmacros.so", &data).expect("it is ELF");
    let facts = dwarf::read(&data, &library, &Alone, &dwarf::Options::default());
    let facts = facts.expect("it reads").expect("there is debug info");
    assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
    facts.macros.iter().map(|m| format!("{} {}", m.name, m.value)).collect()
}

#[test]
fn macros_of_own_headers() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("own.h", OWN), ("deep.h", DEEP), ("first.cc", FIRST), ("second.cc", SECOND)] {
        std::fs::write(folder.path().join(name), text).expect("writable");
    }
    let expected = [
        "DEEP_VALUE 3",
        "OWN_AFTER DEEP_VALUE",
        "OWN_CALL(a,b) ((a) + (b))",
        "OWN_CHANGED 2",
        "OWN_KEPT 5",
        "OWN_PLAIN 2",
        "OWN_RESHAPED(a,b) b",
        "OWN_REST(format,...) print(format, __VA_ARGS__)",
        "OWN_TEXT \"a b  c\"",
        "OWN_VALUE 42",
    ];
    // .debug_macro, the GNU extension of it, and .debug_macinfo; Clang writes the last one before DWARF 5.
    let gcc: &[&[&str]] =
        &[&["-gdwarf-5"], &["-gdwarf-4"], &["-gdwarf-4", "-gstrict-dwarf"], &["-gdwarf-2", "-gstrict-dwarf"]];
    let clang: &[&[&str]] = &[&["-fdebug-macro", "-gdwarf-5"], &["-fdebug-macro", "-gdwarf-4"]];
    for (compiler, forms) in [("g++", gcc), ("clang++", clang)] {
        if !Command::new(compiler).arg("--version").output().is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: {compiler} is not installed");
            continue;
        }
        for flags in forms {
            for units in [&["first.cc", "second.cc"][..], &["first.cc"]] {
                assert_eq!(
                    macros(folder.path(), compiler, flags, units),
                    expected,
                    "{compiler} {flags:?} {units:?}"
                );
            }
        }
    }
}
