//! The same thing built twice: a few cells of the matrix that `ci/noise-matrix` builds in full.
//!
//! One source ([`SOURCE`]) by two compilers, at several levels, in every form of debug info. Nothing that is found between
//! two builds may be more than compatible, but what is about symbols that nm says came or went, weak ones at most risky.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use serde_json::Value;

const SOURCE: &str = "tests/fixtures/noise/shop";

/// Libraries in the order they are linked: file, sources, options.
type Plan = Vec<(String, Vec<String>, Vec<String>)>;

/// How one cell is built. Those of one compilation share its objects.
struct Cell {
    name: &'static str,
    compiler: &'static str,
    /// Name of the compilation.
    objects: &'static str,
    flags: &'static [&'static str],
    link: &'static [&'static str],
    /// What makes the library out of what the linker wrote.
    finish: &'static str,
}

const fn cell(
    name: &'static str,
    compiler: &'static str,
    objects: &'static str,
    flags: &'static [&'static str],
) -> Cell {
    Cell { name, compiler, objects, flags, link: &[], finish: "" }
}

/// The reference first.
const CELLS: &[Cell] = &[
    cell("gcc", "g++", "gcc", &["-O2", "-gdwarf-5"]),
    cell("gcc-order", "g++", "gcc", &["-O2", "-gdwarf-5"]),
    Cell { finish: "dwz", ..cell("gcc-dwz", "g++", "gcc", &["-O2", "-gdwarf-5"]) },
    Cell {
        link: &["-Wl,--compress-debug-sections=zlib"],
        ..cell("gcc-gz", "g++", "gcc", &["-O2", "-gdwarf-5"])
    },
    cell("gcc-elsewhere-O0", "g++", "gcc-elsewhere-O0", &["-O0", "-gdwarf-4"]),
    cell("gcc-types", "g++", "gcc-types", &["-O3", "-gdwarf-5", "-fdebug-types-section"]),
    cell("gcc-split", "g++", "gcc-split", &["-O1", "-gdwarf-4", "-gsplit-dwarf"]),
    Cell { link: &["-flto", "-O2"], ..cell("gcc-lto", "g++", "gcc-lto", &["-O2", "-gdwarf-5", "-flto"]) },
    cell("clang", "clang++", "clang", &["-O2", "-gdwarf-5"]),
    cell("clang-types", "clang++", "clang-types", &["-O0", "-gdwarf-4", "-fdebug-types-section"]),
    Cell {
        finish: "llvm-dwp",
        ..cell("clang-dwp", "clang++", "clang-split", &["-Os", "-gdwarf-5", "-gsplit-dwarf"])
    },
    Cell {
        link: &["-Wl,--gc-sections"],
        ..cell(
            "clang-sections-elsewhere",
            "clang++",
            "clang-elsewhere",
            &["-O1", "-gdwarf-5", "-ffunction-sections", "-fdata-sections"],
        )
    },
];

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn run(folder: &Path, program: &str, arguments: &[String]) -> Output {
    let output = Command::new(program).args(arguments).current_dir(folder).output().expect("it is installed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {text}", arguments.join(" "));
    output
}

/// Reads `build.txt`: in each line a library, its sources and link options, of which those that name a file of the folder
/// get the whole path.
fn plan(source: &Path) -> Plan {
    let text = std::fs::read_to_string(source.join("build.txt")).expect("the fixture is there");
    let absolute = |option: &str| match option.rsplit_once('=') {
        Some((head, file)) if source.join(file).is_file() => {
            format!("{head}={}", source.join(file).display())
        }
        _ => option.to_owned(),
    };
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let file = words.next().expect("a library").to_owned();
        let (units, options): (Vec<&str>, Vec<&str>) = words.partition(|word| word.ends_with(".cpp"));
        (file, units.into_iter().map(str::to_owned).collect(), options.into_iter().map(absolute).collect())
    };
    text.lines().filter(|text| !text.is_empty()).map(line).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Compiles what the cells of one compilation share.
fn compile(cell: &Cell, plan: &Plan, root: &Path) {
    let objects = root.join("objects").join(cell.objects);
    std::fs::create_dir_all(&objects).expect("a directory");
    let mut source = Path::new(env!("CARGO_MANIFEST_DIR")).join(SOURCE);
    let mut named = source.display().to_string();
    if cell.objects.contains("elsewhere") {
        let copy = objects.join("another/place");
        std::fs::create_dir_all(&copy).expect("a directory");
        for file in std::fs::read_dir(&source).expect("the fixture is there") {
            let file = file.expect("readable").path();
            std::fs::copy(&file, copy.join(file.file_name().expect("named"))).expect("copied");
        }
        (source, named) = (copy, ".".to_owned());
    }
    for unit in plan.iter().flat_map(|(_, units, _)| units) {
        let mut arguments = words(&["-std=c++17", "-fPIC", "-w", "-c"]);
        arguments.extend(words(cell.flags));
        arguments.extend([format!("-I{named}"), format!("{named}/{unit}"), "-o".to_owned()]);
        arguments.push(objects.join(format!("{unit}.o")).display().to_string());
        run(&source, cell.compiler, &arguments);
    }
}

/// Links the libraries of a cell into a folder of its own.
fn link(cell: &Cell, plan: &Plan, root: &Path) -> PathBuf {
    let (objects, out) = (root.join("objects").join(cell.objects), root.join("cells").join(cell.name));
    std::fs::create_dir_all(&out).expect("a directory");
    for (library, units, options) in plan {
        let path =
            |unit: &String, ending: &str| objects.join(format!("{unit}{ending}")).display().to_string();
        let mut files: Vec<String> = units.iter().map(|unit| path(unit, ".o")).collect();
        if cell.name.ends_with("order") {
            files.reverse();
        }
        let mut arguments = words(&["-shared", "-Wl,--build-id", "-o", library]);
        arguments.push(format!("-Wl,-soname,{library}"));
        arguments.extend(words(cell.link));
        arguments.extend(files);
        arguments.extend(options.iter().cloned());
        run(&out, cell.compiler, &arguments);
        match cell.finish {
            "dwz" => drop(run(&out, "dwz", std::slice::from_ref(library))),
            "llvm-dwp" => {
                let mut split: Vec<String> = units.iter().map(|unit| path(unit, ".dwo")).collect();
                split.extend(["-o".to_owned(), format!("{library}.dwp")]);
                drop(run(&out, "llvm-dwp", &split));
                split[..units.len()]
                    .iter()
                    .for_each(|file| std::fs::remove_file(file).expect("it was there"));
            }
            _ => {}
        }
    }
    out
}

/// Does something to each of a list, on all processors.
fn each<T: Sync>(list: &[T], act: impl Fn(&T) + Sync) {
    let queue = Mutex::new(list.iter());
    let next = || queue.lock().expect("no panic").next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = next() {
                    act(item);
                }
            });
        }
    });
}

/// Builds all cells whose tools are there.
fn build_all(root: &Path) -> Vec<(&'static Cell, PathBuf)> {
    let plan = plan(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SOURCE));
    let tools =
        |cell: &Cell| ["nm", cell.compiler, cell.finish].into_iter().filter(|tool| !tool.is_empty()).all(has);
    let (built, left_out): (Vec<&Cell>, Vec<&Cell>) = CELLS.iter().partition(|cell| tools(cell));
    for cell in left_out {
        let _ = writeln!(
            std::io::stderr(),
            "{}: left out, {} or {} is missing",
            cell.name,
            cell.compiler,
            cell.finish
        );
    }
    let mut compilations = built.clone();
    compilations.dedup_by_key(|cell| cell.objects);
    each(&compilations, |cell| compile(cell, &plan, root));
    let folders = Mutex::new(BTreeMap::new());
    each(&built, |cell| {
        let folder = link(cell, &plan, root);
        folders.lock().expect("no panic").insert(cell.name, folder);
    });
    let folders = folders.into_inner().expect("no panic");
    built.into_iter().map(|cell| (cell, folders[cell.name].clone())).collect()
}

fn abigate(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_abigate")).args(arguments).output().expect("abigate runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn findings(old: &Path, new: &Path) -> Vec<Value> {
    let (old, new) = (old.display().to_string(), new.display().to_string());
    let report = abigate(&["diff", &old, &new, "--format", "json", "--fail-on", "never"]);
    let mut report: Value = serde_json::from_slice(&report).expect("the report is JSON");
    serde_json::from_value(report["findings"].take()).expect("a list")
}

/// Kinds of the exported symbols, by library and name, as nm says them.
type Symbols = BTreeMap<(String, String), String>;

fn symbols(folder: &Path) -> Symbols {
    let mut symbols = Symbols::new();
    for library in ["libbase.so", "libshop.so"] {
        let output = run(folder, "nm", &words(&["-D", "--defined-only", library]));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let mut words = line.split_whitespace().rev();
            let (Some(name), Some(kind)) = (words.next(), words.next()) else { continue };
            symbols.insert((library.to_owned(), name.replace("@@", "@")), kind.to_owned());
        }
    }
    symbols
}

/// Why a finding has no right to be there; None when it has.
fn objection(finding: &Value, before: &Symbols, after: &Symbols) -> Option<String> {
    let severity = finding["severity"].as_str().unwrap_or_default();
    if severity == "compatible" {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().replace("@@", "@");
    let members = finding["members"].as_array().expect("a list");
    let about: Vec<(String, String)> =
        members.iter().map(|member| (text(&member["library"]), text(&member["symbol"]))).collect();
    let stayed = about.iter().any(|symbol| before.contains_key(symbol) == after.contains_key(symbol));
    let is_weak =
        |symbol| before.get(symbol).or(after.get(symbol)).is_some_and(|kind| "VvWwu".contains(&**kind));
    // An instance of a template whose body stands in a source file is a promise, though it is weak: who links against a build
    // that emits it does not load with one that has put it into its callers.
    let is_promise = finding["rule"] == "instantiation-removed";
    let too_much = severity != "risky" && !is_promise && about.iter().any(is_weak);
    let wrong = about.is_empty() || stayed || too_much;
    wrong.then(|| {
        format!("{severity} {} {} {}", finding["rule"], finding["subject"]["name"], finding["detail"])
    })
}

/// Ordered pairs of cells: each with the reference and with the one of its compiler.
fn pairs(built: &[(&'static Cell, PathBuf)]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (at, (cell, _)) in built.iter().enumerate() {
        let own =
            built.iter().position(|(other, _)| other.compiler == cell.compiler).expect("at least itself");
        for reference in [0, own] {
            if reference != at && !pairs.contains(&(reference, at)) {
                pairs.extend([(reference, at), (at, reference)]);
            }
        }
    }
    pairs
}

/// What is wrong with one cell by itself: findings against itself, or other bytes from elsewhere.
fn unlike_itself(folder: &Path, root: &Path) -> Option<&'static str> {
    if !findings(folder, folder).is_empty() {
        return Some("findings against itself");
    }
    let copy = root.join("another/place").join(folder.file_name().expect("named"));
    std::fs::create_dir_all(&copy).expect("a directory");
    for file in std::fs::read_dir(folder).expect("it is there") {
        let file = file.expect("readable").path();
        std::fs::copy(&file, copy.join(file.file_name().expect("named"))).expect("copied");
    }
    let path = |folder: &Path, file: &str| folder.join(file).display().to_string();
    let here = abigate(&["dump", &path(folder, "libbase.so"), &path(folder, "libshop.so"), "--threads", "1"]);
    let there = abigate(&["dump", &path(&copy, "libshop.so"), &path(&copy, "libbase.so"), "--threads", "4"]);
    (here != there).then_some("the dump of a copy, by more threads, has other bytes")
}

#[test]
fn one_source_is_one_library() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let built = build_all(root.path());
    let exports: Vec<Symbols> = built.iter().map(|(_, folder)| symbols(folder)).collect();
    let wrong = Mutex::new(Vec::new());
    each(&pairs(&built), |&(old, new)| {
        for finding in findings(&built[old].1, &built[new].1) {
            if let Some(why) = objection(&finding, &exports[old], &exports[new]) {
                let pair = format!("{} -> {}", built[old].0.name, built[new].0.name);
                wrong.lock().expect("no panic").push(format!("{pair}: {why}"));
            }
        }
    });
    each(&built, |(cell, folder)| {
        if let Some(why) = unlike_itself(folder, root.path()) {
            wrong.lock().expect("no panic").push(format!("{}: {why}", cell.name));
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    assert!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
}
