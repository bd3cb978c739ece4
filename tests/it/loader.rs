//! Whether releases load: held against the real loader of this machine, and from the outside.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use abigate::abi::Library;
use abigate::loader::{Problem, SearchFilesystem, load};
use serde_json::Value;

/// Provider of `f`, `g`, `h` and `data`: name, source, version script, SONAME.
const PROVIDERS: [(&str, &str, &str, &str); 14] = [
    ("plain", "int f(){return 1;} int g(){return 2;} int h(){return 3;} int data=4;", "", "liba.so.1"),
    ("no-g", "int f(){return 1;} int h(){return 3;} int data=4;", "", "liba.so.1"),
    (
        "weak-g",
        "int f(){return 1;} __attribute__((weak)) int g(){return 2;} int h(){return 3;} int data=4;",
        "",
        "liba.so.1",
    ),
    (
        "hidden-g",
        "int f(){return 1;} __attribute__((visibility(\"hidden\"))) int g(){return 2;} int h(){return 3;} int data;",
        "",
        "liba.so.1",
    ),
    (
        "protected",
        "__attribute__((visibility(\"protected\"))) int f(){return 1;} int g(){return f();} int h(){return 3;} \
         __attribute__((visibility(\"protected\"))) int data=4;",
        "",
        "liba.so.1",
    ),
    (
        "one-version",
        "int f(){return 1;} int g(){return 2;} int data=4;",
        "V1 { global: f; g; data; local: *; };",
        "liba.so.1",
    ),
    (
        "two-versions",
        "int f(){return 1;} int g(){return 2;} int h(){return 3;} int data=4;",
        "V1 { global: f; data; local: *; }; V2 { global: g; h; } V1;",
        "liba.so.1",
    ),
    (
        "other-version",
        "int f(){return 1;} int g(){return 2;} int h(){return 3;} int data=4;",
        "V1 { global: f; g; h; data; local: *; }; V2 { } V1;",
        "liba.so.1",
    ),
    (
        "old-and-default",
        "int f1(){return 1;} int f2(){return 9;} int g(){return 2;} int h(){return 3;} int data=4; \
         __asm__(\".symver f1,f@V1\"); __asm__(\".symver f2,f@@V2\");",
        "V1 { global: data; local: *; }; V2 { global: g; h; } V1;",
        "liba.so.1",
    ),
    (
        "only-old",
        "int f1(){return 1;} int g(){return 2;} int h(){return 3;} int data=4; __asm__(\".symver f1,f@V1\");",
        "V1 { local: *; }; V2 { global: g; h; data; } V1;",
        "liba.so.1",
    ),
    (
        "part-versions",
        "int f(){return 1;} int g(){return 2;} int h(){return 3;}",
        "V2 { global: g; };",
        "liba.so.1",
    ),
    ("renamed", "int f(){return 1;} int g(){return 2;} int h(){return 3;} int data=4;", "", "liba.so.2"),
    (
        "unique",
        "int f(){return 1;} int g(){return 2;} int h(){return 3;} int data=4; __asm__(\".type data, @gnu_unique_object\");",
        "",
        "liba.so.1",
    ),
    ("empty", "int nothing;", "", "liba.so.1"),
];

/// Libraries between: name, source, search path option.
const BETWEEN: [(&str, &str, &str); 4] = [
    ("bare", "int f(); int b(){return f();}", ""),
    ("runpath", "int f(); int b(){return f();}", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/inner"),
    ("rpath", "int f(); int b(){return f();}", "-Wl,--disable-new-dtags,-rpath,$ORIGIN/inner"),
    ("interposing", "int f(); int g(){return 7;} int b(){return f()+g();}", ""),
];

/// Consumers: name, source, what they are linked with.
const CONSUMERS: [(&str, &str, &[&str]); 7] = [
    ("f-g", "int f(); int g(); int use(){return f()+g();}", &["a-plain"]),
    ("weak", "int f(); __attribute__((weak)) int g(); int use(){return f()+(g?g():0);}", &["a-plain"]),
    ("h-data", "int h(); extern int data; int use(){return h()+data;}", &["a-plain"]),
    ("versions", "int f(); int g(); int h(); int use(){return f()+g()+h();}", &["a-two-versions"]),
    ("default", "int f(); int use(){return f();}", &["a-old-and-default"]),
    ("through-b", "int b(); int f(); int use(){return b()+f();}", &["b-bare"]),
    ("both", "int b(); int g(); int h(); int use(){return b()+g()+h();}", &["b-bare", "a-plain"]),
];

/// Programs that have variables of the libraries as their own, by copy relocations: name, source, what they are linked with.
const PROGRAMS: [(&str, &str, &[&str]); 4] = [
    ("copies", "extern int data; int f(); int main(){return data+f();}", &["a-plain"]),
    ("copies-versioned", "extern int data; int g(); int main(){return data+g();}", &["a-two-versions"]),
    ("copies-through-b", "extern int data; int b(); int main(){return data+b();}", &["b-bare", "a-plain"]),
    (
        "copies-weak",
        "extern int data __attribute__((weak)); int f(); int main(){return data+f();}",
        &["a-plain"],
    ),
];

/// Search paths of consumers.
const PATHS: [(&str, &str); 4] = [
    ("none", ""),
    ("beside", "-Wl,--enable-new-dtags,-rpath,$ORIGIN"),
    ("runpath", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/lib"),
    ("rpath", "-Wl,--disable-new-dtags,-rpath,${ORIGIN}/lib:/nowhere"),
];

/// Where the provider and the library between lie, from the folder of the consumer.
const LAYOUTS: [(&str, &str); 4] = [("", ""), ("lib", "lib"), ("lib/inner", "lib"), ("inner", "")];

/// Combinations that are tried.
const TRIED: usize = 400;

struct Pool(tempfile::TempDir);

impl Pool {
    /// Builds every library once.
    fn new() -> Pool {
        let pool = Pool(tempfile::tempdir().expect("a directory"));
        for (name, source, script, soname) in PROVIDERS {
            let script = pool.script(name, script);
            pool.build(&format!("a-{name}"), source, &[&format!("-Wl,-soname,{soname}"), &script], &[]);
        }
        for (name, source, path) in BETWEEN {
            pool.build(&format!("b-{name}"), source, &["-Wl,-soname,libb.so", path], &["a-plain"]);
        }
        for (name, source, linked) in CONSUMERS {
            for (path_name, path) in PATHS {
                pool.build(&format!("c-{name}-{path_name}"), source, &[path], linked);
            }
        }
        for (name, source, linked) in PROGRAMS {
            for (path_name, path) in PATHS {
                pool.program(
                    &format!("c-{name}-{path_name}"),
                    source,
                    &[path, "-nostdlib", "-Wl,-e,main"],
                    linked,
                );
            }
        }
        // Loads what it is given as an interpreter loads its modules.
        let host = "#include <dlfcn.h>\n#include <stdio.h>\nint main(int n, char **v) { if (dlopen(v[1], RTLD_NOW)) return 0; \
                    fprintf(stderr, \"dlopen: %s\\n\", dlerror()); return 1; }";
        pool.program("host", host, &["-ldl"], &[]);
        pool
    }

    /// A program as it was linked before everything was position-independent.
    fn program(&self, name: &str, source: &str, flags: &[&str], linked: &[&str]) {
        let file = self.path(&format!("{name}.c"));
        fs::write(&file, source).expect("written");
        let mut compiler = Command::new("cc");
        compiler.args(["-no-pie", "-fno-pic", "-O1", "-w", "-Wl,--allow-shlib-undefined"]);
        compiler.arg("-o").arg(self.path(name)).arg(file).args(linked.iter().map(|name| self.path(name)));
        compiler.args(flags.iter().filter(|flag| !flag.is_empty()));
        assert!(compiler.status().expect("cc runs").success(), "{name}");
    }

    fn script(&self, name: &str, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let path = self.path(&format!("{name}.map"));
        fs::write(&path, text).expect("written");
        format!("-Wl,--version-script,{}", path.display())
    }

    fn build(&self, name: &str, source: &str, flags: &[&str], linked: &[&str]) {
        let file = self.path(&format!("{name}.c"));
        fs::write(&file, source).expect("written");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-nostdlib", "-O1", "-w", "-Wl,--allow-shlib-undefined"]);
        compiler.args(flags.iter().filter(|flag| !flag.is_empty())).arg("-o").arg(self.path(name)).arg(file);
        compiler.args(linked.iter().map(|name| self.path(name)));
        assert!(compiler.status().expect("cc runs").success(), "{name}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// What is missing: `library NAME`, `version VERSION LIBRARY`, `symbol NAME VERSION`.
type Missing = BTreeSet<String>;

/// What the real loader says, asked as `ldd -r` asks it, and whether it fell over.
fn really(consumer: &Path, searched: &str) -> (Missing, bool) {
    let output = Command::new("/lib64/ld-linux-x86-64.so.2")
        .arg(consumer)
        .env_clear()
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .env("LD_WARN", "yes")
        .env("LD_BIND_NOW", "yes")
        .env("LD_LIBRARY_PATH", searched)
        .output()
        .expect("the loader runs");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let mut missing = Missing::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let fact = match words[..] {
            [name, "=>", "not", "found"] => format!("library {name}"),
            ["undefined", "symbol:", name, ..] => match words.get(3..5) {
                Some(["version", version]) => format!("symbol {} {version}", name.trim_end_matches(',')),
                _ => format!("symbol {}", name.trim_end_matches(',')),
            },
            ["symbol", name, "version", version, "not", "defined", ..]
            | ["symbol", name, "version", version, ..] => {
                format!("symbol {} {version}", name.trim_end_matches(','))
            }
            _ if line.contains(": version `") && line.contains("' not found") => {
                let version =
                    line.split('`').nth(1).and_then(|rest| rest.split('\'').next()).expect("a version");
                let file = line.split(": version `").next().and_then(|start| start.rsplit('/').next());
                format!("version {version} {}", file.expect("a file"))
            }
            _ => {
                assert!(!line.contains("rror"), "{text}");
                continue;
            }
        };
        missing.insert(fact);
    }
    (missing, output.status.code().is_none() || text.contains("Inconsistency detected"))
}

/// What was bound to what: `consumer.so f → liba.so.1`.
type Bindings = BTreeSet<String>;

/// What a process that loads the consumer as a module says: its error, or what the loader bound in the given files.
fn dlopened(host: &Path, consumer: &Path, searched: &str, files: &[PathBuf]) -> Result<Bindings, String> {
    let output = Command::new(host)
        .arg(consumer)
        .env_clear()
        .envs([("LD_BIND_NOW", "yes"), ("LD_DEBUG", "bindings"), ("LD_LIBRARY_PATH", searched)])
        .output()
        .expect("the host runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() != Some(0) {
        let error = text.lines().find(|line| line.starts_with("dlopen: ")).unwrap_or("it fell over");
        return Err(error.to_owned());
    }
    let is_ours = |path: &str| files.iter().any(|file| file.as_path() == Path::new(path));
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    // `1234: binding file /a/consumer.so [0] to /a/liba.so.1 [0]: normal symbol `f' [V1]`
    let binding = |line: &str| {
        let (by, rest) = line.split_once("binding file ")?.1.split_once(" [0] to ")?;
        let (to, rest) = rest.split_once(" [0]: ")?;
        let symbol = rest.split_once('`')?.1.split_once('\'')?.0;
        (is_ours(by) && is_ours(to)).then(|| format!("{} {symbol} → {}", name(by), name(to)))
    };
    Ok(text.lines().filter_map(binding).collect())
}

/// What the simulation says of the same files: what is missing, what is bound to what, and what each file defines, so that
/// another one may only take its place.
fn simulated(files: &[PathBuf], consumer: &Path, searched: &str) -> (Missing, Bindings, BTreeSet<String>) {
    let libraries: Vec<Library> = files
        .iter()
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            abigate::binary::read(&name, &fs::read(path).expect("readable")).expect("ELF")
        })
        .collect();
    let mut disk = SearchFilesystem::default();
    let mut root = 0;
    for (library, path) in libraries.iter().zip(files) {
        let at = disk.add(library, &path.display().to_string(), true);
        if path == consumer {
            root = at;
        }
    }
    if !searched.is_empty() {
        disk.search(searched);
    }
    disk.complete();
    let (mut bindings, mut own) = (Bindings::new(), BTreeSet::new());
    for library in &libraries {
        own.extend(library.exports.iter().map(|export| format!("{} {}", library.name, export.name)));
    }
    let name = |at: usize| libraries[at].name.clone();
    let told = load(&disk, root, &[], |bound| {
        bindings.insert(format!("{} {} → {}", name(bound.by), bound.import.name, name(bound.file)));
    });
    let problem = |problem: &Problem<'_>| match problem {
        Problem::Library { name, .. } => format!("library {name}"),
        Problem::Version { version, library, .. } => format!("version {version} {library}"),
        Problem::Symbol { name, version: Some(version), .. } => format!("symbol {name} {version}"),
        Problem::Symbol { name, version: None, .. } => format!("symbol {name}"),
    };
    (told.problems.iter().map(problem).collect(), bindings, own)
}

/// A generator of numbers: the same ones in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Every symbol, version and library that one names missing is named by the other.
#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn the_real_loader_misses_the_same() {
    let pool = Pool::new();
    let mut numbers = Numbers(7);
    let (mut broken, mut copies, mut bound, mut kinds) = (0, 0, 0, BTreeSet::new());
    let consumers: Vec<&str> = CONSUMERS.iter().chain(&PROGRAMS).map(|(name, ..)| *name).collect();
    for tried in 0..TRIED {
        let folder = pool.path(&format!("try-{tried}"));
        let (mut provider, mut between) =
            (numbers.below(PROVIDERS.len() + 1), numbers.below(BETWEEN.len() + 1));
        let (consumer, mut path) = (numbers.below(consumers.len()), numbers.below(PATHS.len()));
        let is_program = consumer >= CONSUMERS.len();
        let (mut of_a, mut of_b) = LAYOUTS[numbers.below(LAYOUTS.len())];
        let searches = numbers.below(4) == 0;
        if numbers.below(5) < 3 {
            // All is where it is looked for, and may load.
            (between, path) = (between % BETWEEN.len(), 1 + path % 3);
            (of_a, of_b) = if path == 1 { ("", "") } else { ("lib", "lib") };
            provider = if numbers.below(2) == 0 { [0, 2, 4, 6][provider % 4] } else { provider };
        }
        let searched = match searches {
            true => folder.join("lib").display().to_string(),
            false => String::new(),
        };
        let mut files = Vec::new();
        let mut put = |from: String, inside: &str, name: &str| {
            let place = folder.join(inside).join(name);
            fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
            fs::copy(pool.path(&from), &place).expect("copied");
            files.push(place.clone());
            place
        };
        // The last of each is none at all.
        if let Some((name, _, _, soname)) = PROVIDERS.get(provider) {
            put(format!("a-{name}"), of_a, soname);
        }
        if let Some((name, ..)) = BETWEEN.get(between) {
            put(format!("b-{name}"), of_b, "libb.so");
        }
        let name = format!("c-{}-{}", consumers[consumer], PATHS[path].0);
        let consumer = put(name.clone(), "", "consumer.so");
        let (real, crashed) = really(&consumer, &searched);
        // A symbol whose version is missing is told once here, and twice by ld.so; where a library is missing, it goes on
        // and misses everything that this would have defined, as the simulation does.
        let (mut told, bindings, own) = simulated(&files, &consumer, &searched);
        for version in real.iter().filter_map(|fact| fact.strip_prefix("version ")) {
            let version = version.split(' ').next().unwrap_or_default();
            told.extend(
                real.iter().filter(|fact| fact.starts_with("symbol ") && fact.ends_with(version)).cloned(),
            );
        }
        let what = format!(
            "{name} with a-{} in {of_a:?} and b-{} in {of_b:?}, searching {searched:?}",
            PROVIDERS.get(provider).map_or("none", |p| p.0),
            BETWEEN.get(between).map_or("none", |b| b.0),
        );
        if crashed {
            // ld.so of glibc 2.36 does where the library of a version is not there or lost its versions: having named the
            // libraries that it did not find, it stops at an assertion of its own. It is no less broken for that.
            assert!(!told.is_empty(), "{what}");
            told.retain(|fact| fact.starts_with("library "));
        }
        assert_eq!(told, real, "{what}");
        copies += usize::from(is_program);
        if !is_program {
            match dlopened(&pool.path("host"), &consumer, &searched, &files) {
                Ok(mut really) => {
                    really.retain(|one| !one.split(" →").next().is_some_and(|start| own.contains(start)));
                    assert!(told.is_empty(), "{what}: dlopen finds nothing wrong, and {told:?} was told");
                    assert_eq!(bindings, really, "{what}");
                    bound += really.len();
                }
                Err(error) if crashed => {
                    assert!(error.contains("fell over") || !told.is_empty(), "{what}: {error}")
                }
                Err(error) => {
                    let names =
                        |fact: &String| fact.split(' ').nth(1).is_some_and(|name| error.contains(name));
                    assert!(told.iter().any(names), "{what}: {error}, and {told:?} was told");
                }
            }
        }
        broken += usize::from(crashed || !real.is_empty());
        kinds.extend(real.iter().map(|fact| fact.split(' ').next().unwrap_or_default().to_owned()));
        fs::remove_dir_all(folder).expect("removed");
    }
    // A generator that only makes what loads, or only what does not, shows nothing.
    assert!(copies > TRIED / 10 && bound > TRIED / 4, "{copies} programs, {bound} bindings");
    assert!(broken > TRIED / 5 && broken < TRIED * 4 / 5, "{broken} of {TRIED} did not load");
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["library", "symbol", "version"]);
}

fn run(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.args(arguments).current_dir(folder).env_remove("ABIGATE_STORE").output().expect("abigate runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A release of two libraries, and what happens to it.
#[test]
fn a_release_loads_until_something_is_taken_out_of_it() {
    let folder = tempfile::tempdir().expect("a directory");
    let lib = folder.path().join("lib");
    fs::create_dir(&lib).expect("a directory");
    let build = |name: &str, source: &str, flags: &[&str]| {
        let file = folder.path().join("source.cc");
        fs::write(&file, source).expect("written");
        let mut compiler = Command::new("g++");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(lib.join(name)).arg(file).args(flags);
        assert!(compiler.current_dir(&lib).status().expect("g++ runs").success());
    };
    let inner = "#include <string>\nnamespace shop { std::string name(int x) { return std::to_string(x); } int spare() { return 1; } }\n";
    build("libinner.so", inner, &["-Wl,-soname,libinner.so"]);
    let outer =
        "#include <string>\nnamespace shop { std::string name(int); int use() { return name(3).size(); } }\n";
    build("libouter.so", outer, &["-L.", "-linner", "-Wl,-rpath,$ORIGIN"]);
    let check = |arguments: &[&str]| run(&[&["check", "lib"], arguments].concat(), folder.path());
    let fine = check(&[]);
    assert_eq!(fine.status.code(), Some(0), "{}", text(&fine));
    assert!(text(&fine).starts_with("LOADS  "), "{}", text(&fine));
    // The answer for programs says the same, as its schema has it.
    let json: Value = serde_json::from_slice(&check(&["--format", "json"]).stdout).expect("JSON");
    let schema: Value = serde_json::from_str(abigate::report::CHECK_SCHEMA).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(validator.is_valid(&json), "{json:#}");
    assert_eq!((&json["loads"], &json["libraries"]), (&true.into(), &2.into()));
    assert!(
        json["bound"]["release"].as_u64() > Some(0) && json["bound"]["system"].as_u64() > Some(0),
        "{json:#}"
    );

    // A symbol is renamed.
    build("libinner.so", &inner.replace("name(", "nom("), &["-Wl,-soname,libinner.so"]);
    let renamed = check(&[]);
    assert_eq!(renamed.status.code(), Some(1), "{}", text(&renamed));
    let told = text(&renamed);
    assert!(told.starts_with("DOES NOT LOAD"), "{told}");
    assert!(told.contains("breaking unresolved-symbol  shop::name[abi:cxx11](int)"), "{told}");
    assert!(told.contains("libouter.so"), "{told}");
    let json: Value = serde_json::from_slice(&check(&["--format", "json"]).stdout).expect("JSON");
    assert!(validator.is_valid(&json), "{json:#}");
    assert_eq!((&json["loads"], &json["faults"][0]["rule"]), (&false.into(), &"unresolved-symbol".into()));

    // A library is removed.
    fs::remove_file(lib.join("libinner.so")).expect("removed");
    let removed = check(&[]);
    assert_eq!(removed.status.code(), Some(1));
    assert!(text(&removed).contains("breaking unresolved-library  libinner.so"), "{}", text(&removed));
    // It may be somewhere else.
    let other = folder.path().join("other");
    fs::create_dir(&other).expect("a directory");
    build("../other/libinner.so", inner, &["-Wl,-soname,libinner.so"]);
    let with = check(&["--with", "other"]);
    assert_eq!(with.status.code(), Some(0), "{}", text(&with));
    assert!(text(&with).contains("beside it"), "{}", text(&with));
    // Another package may have it, where the search path leads out of the release.
    build("libinner.so", inner, &["-Wl,-soname,libinner.so"]);
    build("libouter.so", outer, &["-L.", "-linner", "-Wl,-rpath,$ORIGIN/../../vendor/lib"]);
    fs::remove_file(lib.join("libinner.so")).expect("removed");
    let open = check(&[]);
    assert_eq!(open.status.code(), Some(0), "{}", text(&open));
    assert!(text(&open).contains("with 1 reference: libinner.so (--with names them)"), "{}", text(&open));
    assert_eq!(check(&["--strict"]).status.code(), Some(1));
}

/// What a system of a tag has not, and what hardened ones refuse.
#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn a_floor_that_is_raised_is_told_with_the_version() {
    let folder = tempfile::tempdir().expect("a directory");
    let source = folder.path().join("source.c");
    fs::write(&source, "#include <pthread.h>\nint f(pthread_t* t, void* (*g)(void*)) { return pthread_create(t, 0, g, 0); }\n")
        .expect("written");
    let library = folder.path().join("libnew.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-z", "execstack", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().expect("cc runs").success());
    let check = |arguments: &[&str]| run(&[&["check", "libnew.so"], arguments].concat(), folder.path());
    let any = check(&[]);
    assert!(text(&any).contains("breaking executable-stack-required  libnew.so"), "{}", text(&any));
    let old = text(&check(&["--platform", "manylinux_2_28"]));
    assert!(old.contains("breaking platform-floor-raised  GLIBC_2.34"), "{old}");
    assert!(old.contains("manylinux_2_28") && !old.contains("unresolved-symbol"), "{old}");
    let unknown = check(&["--platform", "manylinux_x"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown).contains("no manylinux tag"), "{}", text(&unknown));
}
