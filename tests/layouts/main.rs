//! Layouts and virtual tables that are read out of files, against what the compilers themselves say.
//!
//! Classes are written by hand for what is known to be hard, and made up from a seed for what nobody thought of. Every
//! compiler that is there compiles them into a program that prints what it made of them, and whose debug info is read.
//! Clang prints all layouts and virtual tables as well, and both compilers have to agree with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use abigate::abi::{Type, VirtualTable};
use abigate::dwarf::debug_files::Alone;
use abigate::{binary, dwarf};

mod clang;
mod classes;

use classes::{Class, by_hand, made_up};

/// A program that prints `class size align` and, indented, what is where.
fn program(classes: &[Class]) -> String {
    let mut text = String::from("#include <cstdio>\n#include <cstddef>\n");
    for class in classes {
        let _ = writeln!(text, "{}\n{}", class.text, class.bodies);
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
    let folder = tempfile::tempdir().expect("a directory");
    for compiler in compilers() {
        for flags in [&["-gdwarf-5"][..], &["-gdwarf-4", "-fdebug-types-section"], &["-O2"]] {
            let compared = compare(compiler, flags, &by_hand(), folder.path());
            assert!(compared > 60, "{compared}");
        }
    }
}

/// Seeds to make classes of; `$LAYOUT_SEEDS` says how many, for those who have time.
fn seeds() -> std::ops::RangeInclusive<u64> {
    1..=std::env::var("LAYOUT_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

#[test]
fn classes_from_a_seed() {
    let folder = tempfile::tempdir().expect("a directory");
    for compiler in compilers() {
        for seed in seeds() {
            let compared = compare(compiler, &[], &made_up(seed, 120), folder.path());
            assert!(compared > 200, "{compared}");
        }
    }
}

/// What is made of each class, whole where that can be, so that there are virtual tables.
fn library(classes: &[Class]) -> String {
    // Without headers: Clang 14 ends badly where its dump meets their templates.
    let mut text = String::from(
        "template<class T> T* make() { if constexpr (__is_constructible(T)) return new T; else return nullptr; }\n",
    );
    for class in classes {
        let _ = writeln!(text, "{}\n{}", class.text, class.bodies);
        let _ = writeln!(text, "{0}* make_{0}() {{ return make<{0}>(); }}", class.name);
    }
    text
}

/// The layouts as the facts have them, in the form of Clang's.
fn layout(type_: &Type, virtual_bases: BTreeMap<String, u64>) -> clang::Layout {
    let fixed = type_.bases.iter().filter(|base| !base.is_virtual);
    clang::Layout {
        size: type_.size.unwrap_or(0),
        align: type_.align.unwrap_or(0),
        vptr: type_.vptr,
        bases: fixed.map(|base| (base.name.to_string(), base.bit_offset.unwrap_or(u64::MAX))).collect(),
        virtual_bases,
        members: type_
            .members
            .iter()
            .map(|m| (m.name.to_string(), m.bit_offset, m.bit_size.filter(|_| m.bit_field)))
            .collect(),
    }
}

fn table(table: &VirtualTable) -> clang::Table {
    clang::Table {
        offsets: table.offsets.clone(),
        top: table.top,
        typeinfo: table.typeinfo.as_deref().unwrap_or_default().to_owned(),
        slots: table.slots.iter().map(|slot| slot.as_str().to_owned()).collect(),
    }
}

/// The words of a group one after the other.
fn words(tables: &[clang::Table]) -> Vec<String> {
    let mut words = Vec::new();
    for table in tables {
        words.extend(table.offsets.iter().map(ToString::to_string));
        words.extend([table.top.to_string(), table.typeinfo.clone()]);
        words.extend(
            table.slots.iter().map(|slot| if slot == "(null)" { "0".to_owned() } else { slot.clone() }),
        );
    }
    words
}

/// Whether a group is as Clang's dump says, but for what compilers really do with the slots of destructors.
fn is_same_group(compiler: &str, found: &[clang::Table], expected: &[clang::Table]) -> bool {
    let (found_words, expected_words) = (words(found), words(expected));
    let is_abstract = expected_words.iter().any(|word| word == "(pure)");
    let same_word = |(found, expected): (&String, &String)| {
        let (is_complete, is_deleting) = (expected.ends_with("D1Ev"), expected.ends_with("D0Ev"));
        found == expected
            || match compiler {
                // Nobody calls them in the virtual tables of an abstract class: GCC leaves their slots empty.
                "g++" => is_abstract && (is_complete || is_deleting) && found == "0",
                // Without virtual bases both kinds of destructor do the same, and so does that of a base where nothing
                // is added: Clang emits one of them.
                _ => is_complete && found.ends_with("D2Ev"),
            }
    };
    // Empty slots at the end of a table look like offsets of the next one.
    let same_shape = |(found, expected): (&clang::Table, &clang::Table)| {
        (&found.offsets, found.slots.len()) == (&expected.offsets, expected.slots.len())
    };
    let is_unused = expected.iter().flat_map(|table| &table.slots).any(|slot| slot == "(null)");
    let has_empty = is_unused || compiler == "g++" && is_abstract;
    found_words.len() == expected_words.len()
        && found_words.iter().zip(&expected_words).all(same_word)
        && found.len() == expected.len()
        && (has_empty || found.iter().zip(expected).all(same_shape))
}

/// Holds what a compiler's library says against Clang's dump; gives how many layouts, tables and slots there were,
/// and how many the compilers disagree on.
fn compare_with_clang(
    compiler: &str,
    flags: &[&str],
    classes: &[Class],
    folder: &Path,
    dump: &clang::Dump,
) -> (usize, usize, usize, usize) {
    let (source, object) = (folder.join("library.cc"), folder.join("library.so"));
    std::fs::write(&source, library(classes)).expect("writable");
    let mut command = Command::new(compiler);
    command.args(["-std=c++20", "-w", "-g", "-fPIC", "-shared", "-o"]).arg(&object).arg(&source);
    command.arg(if compiler == "g++" { "-femit-class-debug-always" } else { "-fstandalone-debug" });
    let output = command.args(flags).output().expect("the compiler runs");
    assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
    let data = std::fs::read(&object).expect("readable");
    let mut library = binary::read("library.so", &data).expect("it is ELF");
    let options = dwarf::Options { all_types: true, ..dwarf::Options::default() };
    let facts =
        dwarf::read(&data, &library, &Alone, &options).expect("it reads").expect("there is debug info");
    facts.add_to(&mut library);
    let mut wrong = Vec::new();
    let (mut layouts, mut slots, mut disputed) = (0, 0, 0);
    // The compilers disagree on how much room [[no_unique_address]] leaves at the end of a class. What GCC made of it is held
    // against what its program prints.
    let is_disputed = |class: &Class| compiler == "g++" && class.has_no_address;
    let name = format!("{compiler} {}", flags.join(" "));
    for class in classes {
        let Some(expected) = dump.layouts.get(&class.name) else { panic!("{} is not dumped", class.name) };
        let type_ = library.types.iter().find(|t| *t.name == *class.name);
        let type_ = type_.unwrap_or_else(|| panic!("{name}: {} is not described", class.name));
        let mut found = layout(type_, expected.virtual_bases.clone());
        // Clang 14 says nothing of an alignment that a typedef or a declaration demands.
        if compiler != "g++" && class.is_aligned {
            found.align = expected.align;
        }
        if found != *expected && is_disputed(class) {
            disputed += 1;
        } else if found != *expected {
            wrong.push(format!("{}\n  clang {expected:?}\n  found {found:?}", class.text));
        }
        layouts += 1;
        // Direct virtual bases are among Clang's virtual ones.
        for base in type_.bases.iter().filter(|base| base.is_virtual) {
            assert!(expected.virtual_bases.contains_key(&*base.name), "{}", class.text);
        }
        // Clang says nothing of an abstract class that nobody derives from: it needs no virtual table of it.
        let Some(declared) = dump.slots.get(&class.name) else { continue };
        for function in &type_.virtuals {
            let (Some(symbol), Some(slot)) = (&function.symbol, function.slot) else { continue };
            let expected = declared.get(&**symbol);
            if expected != Some(&slot) {
                wrong.push(format!("{}\n  {symbol}: slot {slot}, clang {expected:?}", class.text));
            }
            slots += 1;
        }
    }
    for group in &library.vtables {
        let found: Vec<clang::Table> = group.tables.iter().map(table).collect();
        let expected = dump.groups.get(&*group.name);
        // An abstract class that nobody derives from needs no virtual table: GCC writes it all the same.
        if compiler == "g++" && expected.is_none() && words(&found).iter().any(|word| word == "(pure)") {
            continue;
        }
        let is_same = expected.is_some_and(|expected| is_same_group(compiler, &found, expected));
        let of_disputed = |class: &&Class| {
            is_disputed(class) && group.name.ends_with(&format!("{}{}", class.name.len(), class.name))
        };
        if !is_same && disputed > 0 && classes.iter().any(|class| of_disputed(&class)) {
            disputed += 1;
        } else if !is_same {
            wrong.push(format!("{}\n  clang {expected:?}\n  found {found:?}", group.name));
        }
    }
    let evidence = &library.evidence;
    assert_eq!(evidence.rtti_decoded, evidence.rtti_symbols, "{name}: {:?}", evidence.gaps);
    assert!(wrong.is_empty(), "{name}: {} differences\n{}", wrong.len(), wrong.join("\n"));
    (layouts, library.vtables.len(), slots, disputed)
}

fn dump_of_clang(classes: &[Class], folder: &Path) -> clang::Dump {
    let source = folder.join("library.cc");
    std::fs::write(&source, library(classes)).expect("writable");
    let mut command = Command::new("clang++");
    command.args(["-std=c++20", "-w", "-fPIC", "-c", "-o", "/dev/null"]).arg(&source);
    for dump in ["-fdump-record-layouts-complete", "-fdump-vtable-layouts"] {
        command.args(["-Xclang", dump]);
    }
    let output = command.output().expect("clang++ runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    clang::read(&String::from_utf8_lossy(&output.stdout))
}

#[test]
fn clang_says_the_same_of_layouts_and_virtual_tables() {
    if !compilers().contains(&"clang++") {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED the comparison with Clang's dumps: clang++ is not installed"
        );
        return;
    }
    let folder = tempfile::tempdir().expect("a directory");
    let (mut all, mut all_disputed) = (0, 0);
    let sets = std::iter::once(by_hand()).chain(seeds().map(|seed| made_up(seed, 120)));
    for classes in sets {
        let dump = dump_of_clang(&classes, folder.path());
        for compiler in compilers() {
            for flags in [&["-O0"][..], &["-O2", "-gdwarf-4"]] {
                let (layouts, groups, slots, disputed) =
                    compare_with_clang(compiler, flags, &classes, folder.path(), &dump);
                assert!(layouts == classes.len() && groups > 20 && slots > 20, "{groups} {slots}");
                all += layouts;
                all_disputed += disputed;
            }
        }
    }
    // One class may be part of half of a set.
    assert!(all_disputed * 20 <= all, "the compilers disagree on {all_disputed} of {all}");
}
