//! Sizes, alignments and offsets that are read out of debug info, against those that a compiled program prints.
//!
//! Classes are written by hand for what is known to be hard, and made up from a seed for what nobody thought of. Every
//! compiler that is there compiles them into a program that prints what it made of them, and whose debug info is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use abigate::abi::Type;
use abigate::dwarf::companions::Alone;
use abigate::{binary, dwarf};

/// Classes with what is asked about them: members that have an address, and bases that are not virtual.
struct Class {
    name: String,
    text: String,
    members: Vec<String>,
    bases: Vec<String>,
    /// Classes that it is made of by inheritance, itself included.
    ancestors: BTreeSet<String>,
    is_final: bool,
}

fn by_hand() -> Vec<Class> {
    let classes: &[(&str, &str, &[&str], &[&str])] = &[
        ("Empty", "struct Empty {};", &[], &[]),
        ("AlsoEmpty", "struct AlsoEmpty {};", &[], &[]),
        ("EmptyBase", "struct EmptyBase : Empty { int a; };", &["a"], &["Empty"]),
        ("TwoEmpty", "struct TwoEmpty : Empty, AlsoEmpty { char a; };", &["a"], &["Empty", "AlsoEmpty"]),
        ("EmptyTwice", "struct EmptyTwice : Empty { Empty first; int a; };", &["first", "a"], &["Empty"]),
        ("NoAddress", "struct NoAddress { [[no_unique_address]] Empty e; int a; };", &["e", "a"], &[]),
        (
            "NoAddress2",
            "struct NoAddress2 { [[no_unique_address]] Empty e; [[no_unique_address]] Empty f; char c; };",
            &["e", "f", "c"],
            &[],
        ),
        ("Tail", "class Tail { long l; char c; public: Tail(); };", &[], &[]),
        ("TailReused", "struct TailReused : Tail { char d; };", &["d"], &["Tail"]),
        ("TailKept", "struct TailKept { long l; char c; };", &["l", "c"], &[]),
        ("TailOfKept", "struct TailOfKept : TailKept { char d; };", &["d"], &["TailKept"]),
        (
            "Fields",
            "struct Fields { int a : 3; int b : 30; unsigned c : 1; char d; int : 0; int e : 5; long f; };",
            &["d", "f"],
            &[],
        ),
        (
            "Packed",
            "struct __attribute__((packed)) Packed { char a; int b; double c; short d; };",
            &["a", "b", "c", "d"],
            &[],
        ),
        (
            "PackedTo2",
            "#pragma pack(push, 2)\nstruct PackedTo2 { char a; int b; double c; };\n#pragma pack(pop)",
            &["a", "b", "c"],
            &[],
        ),
        ("OverAligned", "struct alignas(64) OverAligned { char a; };", &["a"], &[]),
        (
            "HasOverAligned",
            "struct HasOverAligned { char a; OverAligned b; char c; };",
            &["a", "b", "c"],
            &[],
        ),
        (
            "AlignedMember",
            "struct AlignedMember { char a; alignas(32) char b; char c; };",
            &["a", "b", "c"],
            &[],
        ),
        ("Union", "union Union { char a; double b; int c[3]; };", &["a", "b", "c"], &[]),
        (
            "Anonymous",
            "struct Anonymous { char a; union { int b; char c; struct { short d, e; }; }; int f; };",
            &["a", "f"],
            &[],
        ),
        ("Flexible", "struct Flexible { int count; long rest[]; };", &["count", "rest"], &[]),
        ("NoElements", "struct NoElements { int a; int none[0]; char b; };", &["a", "none", "b"], &[]),
        ("Virtual", "struct Virtual { virtual ~Virtual(); int a; };", &["a"], &[]),
        ("Derived", "struct Derived : Virtual { int b; };", &["b"], &["Virtual"]),
        ("NewVptr", "struct NewVptr : TailKept { virtual void f(); char e; };", &["e"], &["TailKept"]),
        ("Multiple", "struct Multiple : Virtual, NewVptr { long m; };", &["m"], &["Virtual", "NewVptr"]),
        ("Left", "struct Left : virtual Virtual { int l; };", &["l"], &[]),
        ("Right", "struct Right : virtual Virtual { char r; };", &["r"], &[]),
        ("Diamond", "struct Diamond : Left, Right { char d; };", &["d"], &["Left", "Right"]),
        ("Wide", "struct Wide { char a; long double b; __int128 c; char d; };", &["a", "b", "c", "d"], &[]),
        (
            "Pointers",
            "struct Pointers { char a; int Wide::*data; void (Virtual::*method)(); void (*plain)(int); char& ref; };",
            &["a", "data", "method", "plain"],
            &[],
        ),
        (
            "Vector",
            "struct Vector { char a; float b __attribute__((vector_size(16))); char c; };",
            &["a", "b", "c"],
            &[],
        ),
        (
            "Complex",
            "struct Complex { char a; _Complex float b; _Complex double c; char d; };",
            &["a", "b", "c", "d"],
            &[],
        ),
        ("LargeArray", "struct LargeArray { char a[200]; short b[40000]; char c; };", &["a", "b", "c"], &[]),
    ];
    let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    classes
        .iter()
        .map(|(name, text, members, bases)| Class {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            members: owned(members),
            bases: owned(bases),
            ancestors: BTreeSet::new(),
            is_final: true,
        })
        .collect()
}

/// Numbers from a seed, the same everywhere.
struct Dice(u64);

impl Dice {
    /// From 0 to below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's multiplier; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

/// Made-up classes, each built of those before it.
fn made_up(seed: u64, count: usize) -> Vec<Class> {
    let mut dice = Dice(seed);
    let mut classes: Vec<Class> = Vec::new();
    for number in 0..count {
        let name = format!("R{number}");
        let class = make_up(&name, &classes, &mut dice);
        classes.push(class);
    }
    classes
}

fn make_up(name: &str, known: &[Class], dice: &mut Dice) -> Class {
    const SCALARS: [&str; 12] = [
        "char",
        "bool",
        "short",
        "int",
        "unsigned",
        "long",
        "float",
        "double",
        "long double",
        "void*",
        "wchar_t",
        "__int128",
    ];
    let mut class = Class {
        name: name.to_owned(),
        text: String::new(),
        members: Vec::new(),
        bases: Vec::new(),
        ancestors: BTreeSet::from([name.to_owned()]),
        is_final: false,
    };
    let is_union = dice.chance(8);
    let mut heads = Vec::new();
    for _ in 0..(if is_union { 0 } else { dice.roll(3) }) {
        let Some(base) = known.get(dice.roll(known.len().max(1) as u64) as usize) else { continue };
        // A base that is there twice has no address of its own.
        if base.is_final || !base.ancestors.is_disjoint(&class.ancestors) {
            continue;
        }
        class.ancestors.extend(base.ancestors.iter().cloned());
        if dice.chance(20) {
            heads.push(format!("virtual {}", base.name));
        } else {
            heads.push(base.name.clone());
            class.bases.push(base.name.clone());
        }
    }
    class.is_final = is_union;
    // Not packed: debug info leaves out that a class is, and where that does not show, its alignment is not known.
    let aligned = if dice.chance(6) {
        format!(" __attribute__((aligned({})))", 16 << dice.roll(3))
    } else {
        String::new()
    };
    let keyword = if is_union { "union" } else { "struct" };
    let colon = if heads.is_empty() { String::new() } else { format!(" : {}", heads.join(", ")) };
    let _ = writeln!(class.text, "{keyword}{aligned} {name}{colon} {{");
    if !is_union && dice.chance(30) {
        let _ = writeln!(class.text, "  virtual void f{name}();");
    }
    for number in 0..dice.roll(7) {
        let member = format!("m{number}");
        let scalar = SCALARS[dice.roll(SCALARS.len() as u64) as usize];
        match dice.roll(10) {
            0 | 1 if !is_union => {
                let _ = writeln!(
                    class.text,
                    "  {} {member} : {};",
                    ["int", "unsigned char", "long"][dice.roll(3) as usize],
                    1 + dice.roll(8)
                );
                continue;
            }
            2 => {
                let _ = writeln!(class.text, "  {scalar} {member}[{}];", 1 + dice.roll(5));
            }
            // Members of unions have to be trivial.
            3..=5 if !is_union && !known.is_empty() => {
                let other = &known[dice.roll(known.len() as u64) as usize].name;
                let unique = if dice.chance(25) { "[[no_unique_address]] " } else { "" };
                let _ = writeln!(class.text, "  {unique}{other} {member};");
            }
            _ => {
                let _ = writeln!(class.text, "  {scalar} {member};");
            }
        }
        class.members.push(member);
    }
    class.text.push_str("};");
    class
}

/// A program that prints `class size align` and, indented, what is where.
fn program(classes: &[Class]) -> String {
    let mut text = String::from("#include <cstdio>\n#include <cstddef>\n");
    for class in classes {
        let _ = writeln!(text, "{}", class.text);
    }
    // Only used types are described.
    for class in classes {
        let _ = writeln!(text, "void use(const {0}*) {{}}\n{0}* make{0}() {{ return nullptr; }}", class.name);
    }
    text.push_str("int main() {\n");
    for class in classes {
        let name = &class.name;
        let _ = writeln!(text, "  printf(\"{name} %zu %zu\\n\", sizeof({name}), alignof({name}));");
        for member in &class.members {
            let _ = writeln!(text, "  printf(\" {member} %zu\\n\", offsetof({name}, {member}));");
        }
        for base in &class.bases {
            let _ = writeln!(
                text,
                "  {{ auto* p = reinterpret_cast<{name}*>(0x10000); printf(\" base:{base} %zu\\n\", (size_t)static_cast<{base}*>(p) - 0x10000); }}"
            );
        }
    }
    text + "}\n"
}

/// Size, alignment and offsets of each class, in bytes.
type Layouts = BTreeMap<String, (u64, u64, BTreeMap<String, u64>)>;

fn printed(text: &str) -> Layouts {
    let mut layouts = Layouts::new();
    let mut last = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        if line.starts_with(' ') {
            layouts.get_mut(&last).expect("a class").2.insert(words[0].to_owned(), number(1));
        } else {
            last = words[0].to_owned();
            layouts.insert(last.clone(), (number(1), number(2), BTreeMap::new()));
        }
    }
    layouts
}

fn described(types: &[Type], expected: &Layouts) -> Layouts {
    let mut layouts = Layouts::new();
    for type_ in types.iter().filter(|t| t.kind.is_class() && expected.contains_key(&*t.name)) {
        let asked = &expected[&*type_.name].2;
        let mut offsets: BTreeMap<String, u64> = BTreeMap::new();
        for member in type_.members.iter().filter(|m| asked.contains_key(&*m.name)) {
            offsets.insert(member.name.to_string(), member.bit_offset / 8);
        }
        for base in &type_.bases {
            if let Some(offset) = base.bit_offset {
                offsets.insert(format!("base:{}", base.name), offset / 8);
            }
        }
        let whole = (type_.size.unwrap_or(0), type_.align.unwrap_or(0), offsets);
        layouts.insert(type_.name.to_string(), whole);
    }
    layouts
}

/// Compiles, runs and reads; gives the number of offsets that were compared.
fn compare(compiler: &str, flags: &[&str], classes: &[Class], folder: &Path) -> usize {
    let (source, object) = (folder.join("layouts.cc"), folder.join("layouts"));
    std::fs::write(&source, program(classes)).expect("writable");
    let mut command = Command::new(compiler);
    // Position independent, so that the program is read like a library; unresolved virtual functions are never called.
    command
        .args(["-std=c++20", "-w", "-g", "-fPIE", "-pie", "-Wl,--unresolved-symbols=ignore-all", "-o"])
        .arg(&object)
        .arg(&source);
    // Whole classes, though their virtual functions are defined elsewhere.
    command.arg(if compiler == "g++" { "-femit-class-debug-always" } else { "-fstandalone-debug" });
    let output = command.args(flags).output().expect("the compiler runs");
    assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(&object).output().expect("the program runs");
    let expected = printed(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(expected.len(), classes.len());

    let data = std::fs::read(&object).expect("readable");
    let library = binary::read("layouts", &data).expect("it is ELF");
    let options = dwarf::Options { all_types: true, ..dwarf::Options::default() };
    let facts =
        dwarf::read(&data, &library, &Alone, &options).expect("it reads").expect("there is debug info");
    let found = described(&facts.types, &expected);
    let name = format!("{compiler} {}", flags.join(" "));
    for (class, expected) in &expected {
        let text = || classes.iter().find(|c| c.name == *class).map_or("", |c| &c.text);
        let found =
            found.get(class).unwrap_or_else(|| panic!("{name}: {class} is not described\n{}", text()));
        // Without a member that asks for it, Clang 14 says nothing of an alignment that a typedef or a declaration demands.
        assert_eq!(
            (found.0, &found.2),
            (expected.0, &expected.2),
            "{name}: {class}: size and offsets\n{}",
            text()
        );
        if compiler == "g++" {
            assert_eq!(found.1, expected.1, "{name}: {class}: alignment\n{}", text());
        }
    }
    expected.values().map(|layout| layout.2.len()).sum()
}

fn compilers() -> Vec<&'static str> {
    let is_there =
        |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success());
    ["g++", "clang++"].into_iter().filter(is_there).collect()
}

#[test]
fn classes_that_are_known_to_be_hard() {
    if compilers().len() < 2 {
        eprintln!("SKIPPED the comparison with clang++: it is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    for compiler in compilers() {
        for flags in [&["-gdwarf-5"][..], &["-gdwarf-4", "-fdebug-types-section"], &["-O2"]] {
            let compared = compare(compiler, flags, &by_hand(), folder.path());
            assert!(compared > 60, "{compared}");
        }
    }
}

#[test]
fn classes_from_a_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    for compiler in compilers() {
        for seed in [1, 2, 3] {
            let compared = compare(compiler, &[], &made_up(seed, 120), folder.path());
            assert!(compared > 200, "{compared}");
        }
    }
}
