//! What programs have compiled in: constants with their values, and macros (`-g3`) of the library's own headers, as the
//! headers leave them.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use abigate::abi::StaticMember;
use abigate::dwarf::debug_files::Alone;
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

fn facts(folder: &Path, compiler: &str, flags: &[&str], units: &[&str]) -> dwarf::Facts {
    let mut command = Command::new(compiler);
    command.current_dir(folder).args(["-std=c++17", "-shared", "-fPIC", "-o", "libcompiled.so"]);
    let output = command.args(flags).args(units).output().expect("the compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let data = std::fs::read(folder.join("libcompiled.so")).expect("readable");
    let library = binary::read("libcompiled.so", &data).expect("it is ELF");
    let facts = dwarf::read(&data, &library, &Alone, &dwarf::Options::default());
    let facts = facts.expect("it reads").expect("there is debug info");
    assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
    facts
}

fn is_there(compiler: &str) -> bool {
    let found = Command::new(compiler).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {compiler} is not installed");
    }
    found
}

const CONSTANTS: &str = "
namespace shop {
enum Plain { PA, PB = 7, PC = -2 };
enum class Scoped : unsigned char { X = 200 };
struct Item {
  static constexpr int a = 1;
  static const int b = -2;
  static constexpr double d = 1.5;
  static constexpr bool t = true;
  static constexpr char letter = 'x';
  static constexpr Scoped scoped = Scoped::X;
  static inline const unsigned long most = 18446744073709551615u;
  int f();
};
constexpr int plain = 22;
const int older = 23;
static const short negative = -4;
constexpr float real = 0.25f;
constexpr long double extended = 2.5L;
template <class T> constexpr int sized = sizeof(T);
int Item::f() { return a + b + plain + older + negative + (int)real + sized<int>; }
int use(Plain plain, Scoped scoped) { return plain + int(scoped); }
}
";

/// Constants that are used: Clang says nothing of others, and GCC nothing of inline variables that it does not emit.
#[test]
fn constants_with_their_values() {
    let folder = tempfile::tempdir().expect("a directory");
    std::fs::write(folder.path().join("constants.cc"), CONSTANTS).expect("writable");
    let statics = [
        "a int const 1",
        "b int const -2",
        "d double const 1.5",
        "letter char const 120",
        "most unsigned long const 18446744073709551615",
        "scoped shop::Scoped const 200",
        "t bool const true",
    ];
    let constants = [
        "shop::negative short const -4",
        "shop::older int const 23",
        "shop::plain int const 22",
        "shop::real float const 0.25",
        "shop::sized int const 4",
    ];
    for compiler in ["g++", "clang++"].into_iter().filter(|compiler| is_there(compiler)) {
        for flags in [&["-g"][..], &["-gdwarf-4", "-O2"], &["-g", "-fdebug-types-section"]] {
            let facts = facts(folder.path(), compiler, flags, &["constants.cc"]);
            let name = format!("{compiler} {flags:?}");
            // Only GCC gives the value of a long double, whose formats nobody decodes here.
            let (extended, others): (Vec<_>, Vec<_>) =
                facts.constants.iter().partition(|c| &*c.name == "shop::extended");
            assert!(extended.iter().all(|c| c.value.starts_with("0x")), "{extended:?}");
            let found: Vec<String> =
                others.iter().map(|c| format!("{} {} {}", c.name, c.type_, c.value)).collect();
            assert_eq!(found, constants, "{name}");
            let type_ = |name: &str| facts.types.iter().find(|t| *t.name == *name).expect("it is reached");
            let text =
                |s: &StaticMember| format!("{} {} {}", s.name, s.type_, s.value.as_deref().unwrap_or("?"));
            let found: Vec<String> = type_("shop::Item").statics.iter().map(text).collect();
            assert_eq!(found, statics, "{name}");
            let enumerators =
                |name: &str| type_(name).enumerators.iter().map(|e| e.value).collect::<Vec<_>>();
            assert_eq!(enumerators("shop::Plain"), [0, 7, -2], "{name}");
            assert_eq!(enumerators("shop::Scoped"), [200], "{name}");
        }
    }
}

#[test]
fn macros_of_own_headers() {
    let folder = tempfile::tempdir().expect("a directory");
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
        if !is_there(compiler) {
            continue;
        }
        for flags in forms {
            for units in [&["first.cc", "second.cc"][..], &["first.cc"]] {
                let flags = [&["-g3", "-DON_COMMAND_LINE=9"], *flags].concat();
                let facts = facts(folder.path(), compiler, &flags, units);
                let found: Vec<String> =
                    facts.macros.iter().map(|m| format!("{} {}", m.name, m.value)).collect();
                assert_eq!(found, expected, "{compiler} {flags:?} {units:?}");
            }
        }
    }
}
