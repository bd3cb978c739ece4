//! One source through two compilers and in every form that debug info comes in: the facts have to be the same.
//!
//! Each cell of the matrix is a build of `fixtures/dwarf`; what is said about types, functions, variables and constants
//! is held against the reference cell. [`EXCEPTIONS`] are what producers really say less or otherwise, and nothing else.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use abigate::abi::Library;
use abigate::artifact::DebugFiles;
use abigate::{binary, dwarf};
use serde_json::Value;

const SOURCES: [&str; 3] = ["classes", "functions", "templates"];

/// One build.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    compiler: &'static str,
    optimize: &'static str,
    dwarf: u8,
    form: &'static str,
}

const REFERENCE: Cell = Cell { compiler: "g++", optimize: "-O0", dwarf: 5, form: "plain" };

/// Forms, and the compilers that can make them.
const FORMS: &[(&str, &[&str])] = &[
    ("plain", &["g++", "clang++"]),
    ("directory", &["g++", "clang++"]),
    ("types", &["g++", "clang++"]),
    ("split", &["g++", "clang++"]),
    ("split-types", &["g++", "clang++"]),
    ("package", &["g++", "clang++"]),
    ("package-types", &["g++", "clang++"]),
    ("dwz", &["g++", "clang++"]),
    ("dwz-shared", &["g++", "clang++"]),
    ("zlib", &["g++", "clang++"]),
    ("zstd", &["g++", "clang++"]),
    ("zdebug", &["g++", "clang++"]),
    ("lto", &["g++", "clang++"]),
    ("sections", &["g++", "clang++"]),
    ("lld", &["g++", "clang++"]),
    ("link", &["g++", "clang++"]),
    ("build-id", &["g++", "clang++"]),
    ("dwarf64", &["g++", "clang++"]),
    ("object", &["g++", "clang++"]),
    ("object-types", &["g++", "clang++"]),
    ("simple-names", &["clang++"]),
    ("standalone", &["clang++"]),
];

/// What a producer says less or otherwise.
struct Exception {
    /// Cells that it is about.
    cells: fn(&Cell) -> bool,
    /// Kind and name of the fact; `*` at the end stands for anything.
    fact: &'static str,
    /// Fields that differ; `*` when the whole fact is there or not.
    fields: &'static [&'static str],
}

fn clang(cell: &Cell) -> bool {
    cell.compiler == "clang++"
}

fn clang_types(cell: &Cell) -> bool {
    clang(cell) && cell.form.ends_with("types")
}

fn before_3(cell: &Cell) -> bool {
    cell.dwarf < 3
}

fn gcc_before_4(cell: &Cell) -> bool {
    !clang(cell) && cell.dwarf < 4
}

fn clang_before_4(cell: &Cell) -> bool {
    clang(cell) && cell.dwarf < 4
}

fn clang_2(cell: &Cell) -> bool {
    clang(cell) && cell.dwarf == 2
}

const EXCEPTIONS: &[Exception] = &[
    // GCC gives members the place of their definition when it has seen that before it writes the class down.
    Exception { cells: clang, fact: "function _ZN*", fields: &["location"] },
    // GCC describes the declaration of a variable, Clang its definition.
    Exception { cells: clang, fact: "variable *", fields: &["location"] },
    // Clang puts an instance where it is asked for, and an enumeration where it is defined and not first declared.
    Exception { cells: clang, fact: "type forms::Array<short, 4>", fields: &["location"] },
    Exception { cells: clang, fact: "type forms::Opaque", fields: &["location"] },
    // Clang does not say in which function a class is, and leaves out the call operator that makes a lambda.
    Exception { cells: clang, fact: "type forms::local_class()::Result", fields: &["*"] },
    Exception { cells: clang, fact: "type Result", fields: &["*"] },
    Exception { cells: clang, fact: "function _ZN5forms11local_classEv", fields: &["returns"] },
    Exception { cells: clang, fact: "type forms::closure()::{lambda}", fields: &["*"] },
    Exception { cells: clang, fact: "type (anonymous class with start)", fields: &["*"] },
    Exception { cells: clang, fact: "function _ZN5forms7closureEi", fields: &["returns"] },
    // GCC leaves out the arguments of an alias template, which shows when there are several instances.
    Exception { cells: clang, fact: "type forms::Single", fields: &["*"] },
    Exception { cells: clang, fact: "type forms::Everything", fields: &["members.single"] },
    // In a type unit of its own, nothing says what a typedef calls an unnamed class.
    Exception { cells: clang_types, fact: "type forms::(anonymous struct with first)", fields: &["*"] },
    Exception { cells: clang_types, fact: "type forms::Everything", fields: &["members.named"] },
    // `restrict` came with DWARF 3.
    Exception { cells: before_3, fact: "type forms::Everything", fields: &["members.restricted"] },
    // References to rvalues came with DWARF 4: GCC makes them plain ones before.
    Exception { cells: gcc_before_4, fact: "function _ZNO5forms5Point2atEj", fields: &["returns"] },
    Exception { cells: gcc_before_4, fact: "function _ZN5forms3sumE*", fields: &["parameters.0"] },
    Exception { cells: gcc_before_4, fact: "type forms::Everything", fields: &["members.functions"] },
    // So did scoped enumerations, and underlying types with DWARF 3. GCC tells them anyway.
    Exception { cells: clang_before_4, fact: "type forms::S*", fields: &["scoped"] },
    Exception { cells: clang_2, fact: "type forms::*", fields: &["target"] },
];

/// The cells, the reference first.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for compiler in ["g++", "clang++"] {
        for optimize in ["-O0", "-O2"] {
            for dwarf in [5, 4, 3, 2] {
                for (form, compilers) in FORMS {
                    let is_old = dwarf < 4 && *form != "plain";
                    // DWARF 64 starts with version 3, and needs 5 with Clang and type units.
                    if compilers.contains(&compiler) && !is_old {
                        cells.push(Cell { compiler, optimize, dwarf, form });
                    }
                }
            }
        }
    }
    cells
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dwarf")
}

/// Why a cell cannot be built here, or what went wrong.
#[derive(Debug)]
enum Trouble {
    Missing(String),
    Failed(String),
}

type Built<T> = Result<T, Trouble>;

fn run<S: AsRef<OsStr>>(folder: &Path, program: &str, arguments: &[S]) -> Built<()> {
    need(program)?;
    // Some packagers of split units never end on what the other compiler makes.
    let output = Command::new("timeout").args(["60", program]).args(arguments).current_dir(folder).output();
    let output = output.expect("coreutils are there");
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let words: Vec<_> = arguments.iter().map(|a| a.as_ref().to_string_lossy()).collect();
    Err(Trouble::Failed(format!("{program} {}: {said}", words.join(" "))))
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What a cell was built into.
struct Product {
    library: PathBuf,
    /// Folders to look for debug info in.
    folders: Vec<PathBuf>,
}

fn copy_sources(to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for file in std::fs::read_dir(fixture()).expect("the fixture is there") {
        let file = file.expect("readable").path();
        if !file.extension().is_some_and(|ending| ending == "cc" || ending == "h") {
            continue;
        }
        std::fs::copy(&file, to.join(file.file_name().expect("named"))).expect("copied");
    }
}

/// Builds a cell in a folder of its own; the sources are in `src` beside it.
fn build(cell: &Cell, root: &Path) -> Built<Product> {
    let name = format!("{}{}-{}-{}", cell.compiler, cell.optimize, cell.dwarf, cell.form);
    let mut folder = root.join(&name);
    let mut sources = root.join("src");
    if cell.form == "directory" {
        sources = folder.join("elsewhere/src");
        copy_sources(&sources);
        folder = folder.join("elsewhere/out/deep");
    }
    std::fs::create_dir_all(&folder).expect("a directory");
    let mut flags: Vec<String> =
        ["-std=c++20", "-w", "-fPIC", "-fvisibility-inlines-hidden"].map(str::to_owned).to_vec();
    flags.push(cell.optimize.to_owned());
    flags.push(format!("-gdwarf-{}", cell.dwarf));
    let mut link: Vec<String> = vec!["-shared".to_owned(), "-Wl,--build-id".to_owned()];
    let mut flag = |flag: &str| flags.push(flag.to_owned());
    match cell.form {
        "types" | "object-types" => flag("-fdebug-types-section"),
        "split" | "package" => flag("-gsplit-dwarf"),
        "split-types" | "package-types" => {
            flag("-gsplit-dwarf");
            flag("-fdebug-types-section");
        }
        "lto" => {
            flag("-flto");
            link.extend(["-flto", cell.optimize].map(str::to_owned));
            if cell.compiler == "clang++" {
                need("ld.lld")?;
                link.push("-fuse-ld=lld".to_owned());
            }
        }
        "lld" => {
            need("ld.lld")?;
            link.push("-fuse-ld=lld".to_owned());
        }
        "sections" => {
            flag("-ffunction-sections");
            flag("-fdata-sections");
            link.push("-Wl,--gc-sections".to_owned());
        }
        "dwarf64" => flag("-gdwarf64"),
        "simple-names" => flag("-gsimple-template-names"),
        "standalone" => flag("-fstandalone-debug"),
        _ => {}
    }
    for source in SOURCES {
        let mut arguments = flags.clone();
        arguments.extend(["-c", "-o"].map(str::to_owned));
        arguments.push(format!("{source}.o"));
        let path = if cell.form == "directory" {
            format!("../../src/{source}.cc")
        } else {
            sources.join(format!("{source}.cc")).display().to_string()
        };
        arguments.push(path);
        run(&folder, cell.compiler, &arguments)?;
    }
    let objects = SOURCES.map(|source| format!("{source}.o"));
    let mut product = Product { library: folder.join("libforms.so"), folders: Vec::new() };
    if cell.form.starts_with("object") {
        product.library = folder.join("forms.o");
        run(&folder, "ld", &["-r", "-o", "forms.o", &objects[0], &objects[1], &objects[2]])?;
        return Ok(product);
    }
    link.extend(["-o", "libforms.so"].map(str::to_owned));
    link.extend(objects);
    run(&folder, cell.compiler, &link)?;
    finish(cell, &folder, &mut product)?;
    Ok(product)
}

fn need(program: &str) -> Built<()> {
    if has(program) { Ok(()) } else { Err(Trouble::Missing(program.to_owned())) }
}

/// What comes after the linker.
fn finish(cell: &Cell, folder: &Path, product: &mut Product) -> Built<()> {
    let library = "libforms.so";
    match cell.form {
        "package" | "package-types" => {
            // Version 14 never ends on what GCC optimized in DWARF 5, and GNU's does not know that version.
            need("llvm-dwp")?;
            let made = run(folder, "timeout", &["5", "llvm-dwp", "-e", library, "-o", "libforms.so.dwp"]);
            if cell.dwarf == 5 && cell.optimize == "-O2" && made.is_err() {
                return Err(Trouble::Missing("an llvm-dwp that ends".to_owned()));
            }
            made?;
            for source in SOURCES {
                std::fs::remove_file(folder.join(format!("{source}.dwo"))).expect("it was there");
            }
        }
        // Version 0.15 does not know all of DWARF 5.
        "dwz" | "dwz-shared" if clang(cell) && cell.dwarf == 5 => {
            return Err(Trouble::Missing("a dwz that knows .debug_addr".to_owned()));
        }
        "dwz" => run(folder, "dwz", &[library])?,
        "dwz-shared" => {
            std::fs::copy(folder.join(library), folder.join("twin.so")).expect("copied");
            run(folder, "dwz", &["-m", "common.debug", library, "twin.so"])?;
        }
        "zlib" => run(folder, "objcopy", &["--compress-debug-sections=zlib", library])?,
        "zstd" => run(folder, "objcopy", &["--compress-debug-sections=zstd", library])?,
        "zdebug" => run(folder, "objcopy", &["--compress-debug-sections=zlib-gnu", library])?,
        "link" => {
            run(folder, "objcopy", &["--only-keep-debug", library, "libforms.debug"])?;
            run(folder, "objcopy", &["--strip-debug", "--add-gnu-debuglink=libforms.debug", library])?;
        }
        "build-id" => {
            let data = std::fs::read(folder.join(library)).expect("readable");
            let id = binary::read(library, &data).expect("it is ELF").build_id.expect("the linker made one");
            let place = folder.join("debug/.build-id").join(&id[..2]);
            std::fs::create_dir_all(&place).expect("a directory");
            let debug = place.join(format!("{}.debug", &id[2..])).display().to_string();
            run(folder, "objcopy", &["--only-keep-debug", library, &debug])?;
            run(folder, "objcopy", &["--strip-debug", library])?;
            product.folders.push(folder.join("debug"));
        }
        _ => {}
    }
    Ok(())
}

fn read(product: &Product) -> Library {
    let data = std::fs::read(&product.library).expect("readable");
    let mut library = binary::read("libforms.so", &data).expect("it is ELF");
    let files = DebugFiles::new(Some(&product.library), &product.folders);
    let facts = dwarf::read(&data, &library, &files, &dwarf::Options::default());
    facts.expect("it reads").expect("there is debug info").add_to(&mut library);
    library
}

/// Facts by kind and name.
type Facts = BTreeMap<String, Value>;

fn facts(library: &Library) -> Facts {
    fn add<T: serde::Serialize>(facts: &mut Facts, kind: &str, list: &[T]) {
        for fact in list {
            let mut fact = serde_json::to_value(fact).expect("plain data");
            // What a parameter is called is a hint that not every form has.
            for parameter in fact.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                parameter.as_object_mut().expect("a parameter").remove("name");
            }
            // Compilers differ in what they say of special members, and in what they make of it.
            fact.as_object_mut().expect("a fact").remove("special");
            let variant = fact.get("variant").map(|v| format!(" #{v}")).unwrap_or_default();
            let name = format!("{kind} {}{variant}", fact[kind].as_str().expect("named"));
            assert!(facts.insert(name, fact).is_none(), "facts have a name of their own");
        }
    }
    let mut facts = Facts::new();
    add(&mut facts, "type", &library.types);
    add(&mut facts, "function", &library.functions);
    add(&mut facts, "variable", &library.variables);
    add(&mut facts, "constant", &library.constants);
    facts
}

fn is_excepted(cell: &Cell, fact: &str, field: &str, used: &mut [bool]) -> bool {
    let mut found = false;
    for (exception, used) in EXCEPTIONS.iter().zip(used) {
        let named = match exception.fact.strip_suffix('*') {
            Some(start) => fact.starts_with(start),
            None => fact == exception.fact,
        };
        if named && exception.fields.contains(&field) && (exception.cells)(cell) {
            *used = true;
            found = true;
        }
    }
    found
}

/// Fields of a fact, with those of lists by the name of the item or its number.
fn flat(fact: &serde_json::Map<String, Value>) -> BTreeMap<String, &Value> {
    let mut fields = BTreeMap::new();
    for (field, value) in fact {
        match value {
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    let name = item.get("name").and_then(Value::as_str).map(str::to_owned);
                    fields.insert(format!("{field}.{}", name.unwrap_or_else(|| number.to_string())), item);
                }
            }
            value => drop(fields.insert(field.clone(), value)),
        }
    }
    fields
}

/// Says what was not tested, even when the test passes.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Differences that no exception is about.
fn differences(
    cell: &Cell,
    (reference, expected): (&Library, &Facts),
    (library, found): (&Library, &Facts),
    used: &mut [bool],
) -> Vec<String> {
    let mut differences = Vec::new();
    // Optimizers leave out inline functions that nobody calls.
    let exported = |fact: &str| {
        let symbol = fact.strip_prefix("function ").or_else(|| fact.strip_prefix("variable "));
        symbol.is_none_or(|name| [reference, library].iter().all(|l| l.exports_named(name).next().is_some()))
    };
    let mut names: Vec<&String> = expected.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    for name in names.into_iter().filter(|name| exported(name)) {
        let (a, b) = match (expected.get(name), found.get(name)) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => (a, b),
            (a, _) => {
                if !is_excepted(cell, name, "*", used) {
                    differences.push(format!("{name}: {}", if a.is_some() { "missing" } else { "new" }));
                }
                continue;
            }
        };
        let (a, b) = (flat(a), flat(b));
        let mut fields: Vec<&String> = a.keys().chain(b.keys()).collect();
        fields.sort();
        fields.dedup();
        for field in fields {
            if a.get(field) != b.get(field) && !is_excepted(cell, name, field, used) {
                let text = |v: Option<&&Value>| v.map_or("nothing".to_owned(), ToString::to_string);
                let (a, b) = (text(a.get(field)), text(b.get(field)));
                differences.push(format!("{name}: {field}: {a} became {b}"));
            }
        }
    }
    differences.extend(library.evidence.gaps.iter().filter(|gap| !gap.contains("not linked")).cloned());
    differences
}

#[test]
fn every_form_says_the_same() {
    let root = tempfile::tempdir().expect("a temporary directory");
    copy_sources(&root.path().join("src"));
    let product =
        build(&REFERENCE, root.path()).unwrap_or_else(|trouble| panic!("the reference: {trouble:?}"));
    let reference = read(&product);
    let expected = facts(&reference);
    assert!(expected.len() > 100, "{expected:?}");
    let only = std::env::var("ABIGATE_CELL").unwrap_or_default();

    let cells: Vec<Cell> = cells().into_iter().filter(|cell| format!("{cell:?}").contains(&only)).collect();
    let queue = Mutex::new(cells.iter());
    let missing: Mutex<BTreeMap<String, u32>> = Mutex::default();
    let problems: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let used = Mutex::new(vec![false; EXCEPTIONS.len()]);
    let work = || {
        loop {
            let Some(cell) = queue.lock().expect("no panic").next() else { break };
            let name = format!("{} {} -gdwarf-{} {}", cell.compiler, cell.optimize, cell.dwarf, cell.form);
            let found = match build(cell, root.path()) {
                Ok(product) => {
                    let library = read(&product);
                    let mut used = used.lock().expect("no panic");
                    differences(cell, (&reference, &expected), (&library, &facts(&library)), &mut used)
                }
                Err(Trouble::Missing(tool)) => {
                    *missing.lock().expect("no panic").entry(tool).or_default() += 1;
                    continue;
                }
                Err(Trouble::Failed(text)) => vec![text],
            };
            for difference in found {
                problems.lock().expect("no panic").entry(difference).or_default().push(name.clone());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    for (tool, count) in missing.into_inner().expect("no panic") {
        say(&format!("SKIPPED {count} of {} cells: {tool} is not installed", cells.len()));
    }
    let problems = problems.into_inner().expect("no panic");
    let text: Vec<String> = problems
        .iter()
        .map(|(problem, cells)| format!("{problem}\n      in {}: {}", cells.len(), cells.join(", ")))
        .collect();
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), text.join("\n"));
    if has("clang++") && only.is_empty() {
        let unused: Vec<_> = EXCEPTIONS
            .iter()
            .zip(used.into_inner().expect("no panic"))
            .filter(|e| !e.1)
            .map(|e| e.0.fact)
            .collect();
        assert!(unused.is_empty(), "exceptions that are none any more: {unused:?}");
    }
}

/// What is not there is said by name, and is no error.
#[test]
fn missing_companions_are_gaps() {
    let root = tempfile::tempdir().expect("a temporary directory");
    copy_sources(&root.path().join("src"));
    let split = build(&Cell { form: "split", ..REFERENCE }, root.path()).expect("g++ splits");
    std::fs::remove_file(split.library.with_file_name("classes.dwo")).expect("it was there");
    let library = read(&split);
    assert_eq!(library.evidence.gaps, ["split file classes.dwo is missing: its types are not known"]);
    assert!(library.functions.iter().any(|f| &*f.symbol == "_ZN5forms4failEPKc"), "the others are read");

    match build(&Cell { form: "dwz-shared", ..REFERENCE }, root.path()) {
        Ok(shared) => {
            std::fs::remove_file(shared.library.with_file_name("common.debug")).expect("it was there");
            let library = read(&shared);
            let gap = "supplementary file common.debug is missing: what dwz moved there is not known";
            assert_eq!(library.evidence.gaps, [gap]);
        }
        Err(Trouble::Missing(tool)) => say(&format!("SKIPPED: {tool} is not installed")),
        Err(Trouble::Failed(text)) => panic!("{text}"),
    }
}

/// The same bytes whatever the number of threads, through the command line and from an object as well.
#[test]
fn threads_do_not_show() {
    let root = tempfile::tempdir().expect("a temporary directory");
    copy_sources(&root.path().join("src"));
    for form in ["types", "object"] {
        let product = build(&Cell { form, ..REFERENCE }, root.path()).expect("g++ builds it");
        let dump = |threads: &str| {
            let output = Command::new(env!("CARGO_BIN_EXE_abigate"))
                .args(["dump", "--threads", threads])
                .arg(&product.library)
                .output()
                .expect("abigate runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        let one = dump("1");
        assert!(String::from_utf8_lossy(&one).contains("forms::Everything"));
        assert!((2..5).all(|threads| dump(&threads.to_string()) == one));
    }
}

/// Classes inside functions, with what GCC repeats and leaves out around them where it writes type units or links whole
/// programs.
#[test]
fn what_stands_in_for_functions_is_not_taken_for_them() {
    const SOURCE: &str = r"
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>
namespace forms {
struct Logger { Logger(const char*, int); virtual ~Logger(); int64_t level; };
template <class T> struct Box {
  T held; int64_t count; std::vector<int64_t> list;
  int64_t get(int64_t x) { std::function<int64_t(int64_t)> f = [this, x](int64_t y) { return count + x + y; }; return f(x); }
};
int64_t keep(std::function<int64_t(int64_t)> f, uint64_t b) {
  struct Local { int64_t value; Box<int64_t> box; };
  Box<Local> box;
  box.list.push_back(f(3));
  std::map<int64_t, std::unique_ptr<Local>> all;
  all[3] = std::make_unique<Local>();
  return box.get(3) + b + all.size();
}
#ifdef SECOND
int64_t use() { Logger logger(__FILE__, 3); return logger.level; }
#else
__attribute__((noinline)) Logger::Logger(const char* file, int line) : level(line) { if (*file) keep({}, 0); }
Logger::~Logger() {}
#endif
}
";
    let root = tempfile::tempdir().expect("a temporary directory");
    let folder = root.path();
    std::fs::write(folder.join("first.cc"), SOURCE).expect("writable");
    std::fs::write(folder.join("second.cc"), format!("#define SECOND\n#define keep keep2\n{SOURCE}"))
        .expect("writable");
    let functions = |form: &str| {
        let name = format!("lib{form}.so");
        let arguments =
            ["-std=c++17", "-g", "-O2", "-fPIC", "-shared", form, "second.cc", "first.cc", "-o", &name];
        run(folder, "g++", &arguments).expect("g++ builds it");
        let product = Product { library: folder.join(&name), folders: Vec::new() };
        let facts = facts(&read(&product));
        let own = facts.into_iter().filter(|(name, _)| name.starts_with("function _ZN5forms"));
        own.map(|(name, mut fact)| {
            // Which copy's place is given is not the point.
            fact.as_object_mut().expect("an object").remove("location");
            (name, fact)
        })
        .collect::<Facts>()
    };
    let expected = functions("-gdwarf-5");
    assert_eq!(expected["function _ZN5forms4keepESt8functionIFllEEm"]["parameters"][1]["type"], "uint64_t");
    for form in ["-fdebug-types-section", "-flto"] {
        for (name, fact) in functions(form) {
            if let Some(expected) = expected.get(&name) {
                assert_eq!(fact, *expected, "{form}");
            }
        }
    }
}

/// Where Clang only declares an instance of a template, it writes an enumerator for an argument, and says nothing else of
/// it.
#[test]
fn an_instance_has_one_name_wherever_it_is_declared() {
    if !has("clang++") {
        say("SKIPPED: clang++ is not installed");
        return;
    }
    let root = tempfile::tempdir().expect("a temporary directory");
    let folder = root.path();
    let head =
        "namespace forms { enum Policy { one, two }; template <Policy P> struct Held { int value; }; }\n";
    let mut arguments = vec!["-g", "-fPIC", "-shared", "-o", "libheld.so"];
    // Declared before it is defined and after, so that either order would show.
    let names: Vec<String> = (0..9).map(|number| format!("unit{number}.cc")).collect();
    for (number, name) in names.iter().enumerate() {
        let function = match number {
            4 => "int read4(Held<two>& held) { return held.value; }".to_owned(),
            _ => format!("Held<two>* pass{number}(Held<two>* held) {{ return held; }}"),
        };
        std::fs::write(folder.join(name), format!("{head}namespace forms {{ {function} }}\n"))
            .expect("writable");
        arguments.push(name);
    }
    run(folder, "clang++", &arguments).expect("clang++ builds it");
    let product = Product { library: folder.join("libheld.so"), folders: Vec::new() };
    let library = read(&product);
    let types: Vec<&str> =
        library.types.iter().map(|t| &*t.name).filter(|name| name.contains("Held")).collect();
    assert_eq!(types, ["forms::Held<(forms::Policy)1>"]);
    let texts: Vec<Option<&str>> =
        library.functions.iter().map(|f| f.parameters[0].type_.split(['*', '&']).next()).collect();
    assert!(texts.iter().all(|text| *text == Some(types[0])), "{texts:?}");
}

/// GCC names no arguments of an alias template. Where dwz or type units leave each unit one instance, all units together
/// show that there are several.
#[test]
fn instances_of_alias_templates_in_units_of_their_own() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let folder = root.path();
    let head = "namespace forms {\ntemplate <class T> struct Box { T held; };\ntemplate <class T> using Alias = Box<T>*;\n";
    let mut sources = Vec::new();
    for (name, type_) in [("first", "int"), ("second", "long")] {
        let source = format!("{name}.cc");
        // A class for a type unit, with one instance in it.
        let text = format!(
            "{head}struct Uses_{name} {{ Alias<{type_}> box; }};\nint {name}(Uses_{name} uses) {{ return uses.box->held; }}\n}}\n"
        );
        std::fs::write(folder.join(&source), text).expect("writable");
        sources.push(source);
    }
    let flags = ["-g", "-fdebug-types-section", "-fPIC", "-shared", "-o", "libalias.so"];
    let arguments: Vec<&str> = flags.into_iter().chain(sources.iter().map(String::as_str)).collect();
    run(folder, "g++", &arguments).expect("g++ builds it");
    let library = read(&Product { library: folder.join("libalias.so"), folders: Vec::new() });
    let member = |class: &str| {
        let found = library.types.iter().find(|t| *t.name == *class).expect("it is reached");
        found.members[0].type_.to_string()
    };
    assert_eq!(member("forms::Uses_first"), "forms::Box<int>*");
    assert_eq!(member("forms::Uses_second"), "forms::Box<long>*");
}
