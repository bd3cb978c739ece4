//! Public headers of libraries without debug info: what a probe says about them, and what comparisons make of it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A library whose header says more than its symbols.
const HEADER: &str = r#"
#pragma once
#include <string>
#include <vector>
#define SHOP_LIMIT 12
#define SHOP_ADD(a, b) ((a) + (b))
namespace shop {
struct Price { int pounds; int pence; };
enum class State { Open, Sold = 5 };
constexpr int kMost = 7;
class Item {
 public:
  Item();
  virtual ~Item();
  virtual int price() const = 0;
  int twice() const { return 2 * rounded(price()); }
  static int rounded(int);
  std::vector<Price> history;
 private:
  std::string name_;
};
Price ask(int);
int rounded(double);
inline int both(int x) { return rounded(1.5 * x); }
extern int counter;
}
extern "C" int shop_sell(shop::Price* price, long count);
"#;

const SOURCE: &str = r#"
#include <shop/item.h>
namespace shop {
Item::Item() {}
Item::~Item() {}
int Item::rounded(int x) { return x; }
Price ask(int) { return {}; }
int rounded(double x) { return static_cast<int>(x); }
int counter;
}
extern "C" int shop_sell(shop::Price*, long) { return 0; }
"#;

/// A release: `include/shop/item.h` and `lib/libshop.so`, without debug info.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new(header: &str, flags: &[&str]) -> Shop {
        let shop = Shop { folder: tempfile::tempdir().expect("a directory") };
        shop.write("include/shop/item.h", header);
        shop.write("shop.cc", SOURCE);
        std::fs::create_dir(shop.path("lib")).expect("a directory");
        let mut compiler = Command::new("g++");
        compiler.args([
            "-std=c++17",
            "-O1",
            "-shared",
            "-fPIC",
            "-Iinclude",
            "shop.cc",
            "-o",
            "lib/libshop.so",
        ]);
        let done = compiler.args(flags).current_dir(shop.folder.path()).status().expect("g++ runs");
        assert!(done.success());
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("writable");
    }

    /// Runs the program with its temporary files and its cache in a folder of the release.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        std::fs::create_dir_all(self.path("tmp")).expect("a directory");
        command.args(arguments).current_dir(self.folder.path());
        command.env("TMPDIR", self.path("tmp")).env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("abigate runs")
    }

    /// The facts of the headers, as lines.
    fn facts(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[&["dump", "lib/libshop.so", "--headers", "include"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let mut is_headers = false;
        lines
            .filter(|line| {
                if line.get("abigate").is_some() {
                    is_headers = line["library"] == "headers";
                }
                is_headers
            })
            .collect()
    }

    /// A dump of the library with its headers.
    fn dump(&self) -> String {
        self.dump_with(&[])
    }

    /// The same, asked with more options.
    fn dump_with(&self, options: &[&str]) -> String {
        let place = self.path("shop.abi").display().to_string();
        let output =
            self.run(&[&["dump", "lib/libshop.so", "--headers", "include", "-o", &place], options].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        place
    }
}

fn find<'f>(facts: &'f [Value], kind: &str, name: &str) -> &'f Value {
    facts.iter().find(|fact| fact[kind] == name).unwrap_or_else(|| panic!("no {kind} {name} in {facts:#?}"))
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn everything_that_a_header_says() {
    let shop = Shop::new(HEADER, &[]);
    let facts = shop.facts(&[]);
    let probe = &facts[0]["evidence"]["headers"];
    assert_eq!(
        (&probe["standard"], &probe["headers"], &probe["emitted"]),
        (&"c++17".into(), &1.into(), &true.into())
    );
    let item = find(&facts, "type", "shop::Item");
    assert_eq!(item["size"], 64);
    assert_eq!(item["location"]["file"], "shop/item.h");
    assert!(item["reached"].as_array().expect("roles").contains(&"header".into()));
    // Nothing exported mentions it, and programs have its numbers all the same.
    assert_eq!(find(&facts, "type", "shop::State")["enumerators"][1]["value"], 5);
    assert_eq!(find(&facts, "constant", "shop::kMost")["value"], "7");
    assert_eq!(find(&facts, "macro", "SHOP_LIMIT")["value"], "12");
    assert_eq!(find(&facts, "macro", "SHOP_ADD(a,b)")["value"], "((a) + (b))");
    let sell = find(&facts, "function", "shop_sell");
    assert_eq!(sell["parameters"][0]["type"], "shop::Price*");
    assert_eq!(sell["location"]["line"], 27);
    assert_eq!(find(&facts, "function", "_ZN4shop3askEi")["returns"], "shop::Price");
    assert_eq!(find(&facts, "variable", "_ZN4shop7counterE")["type"], "int");
    // What inline functions are there, and what they call.
    find(&facts, "export", "_ZN4shop4bothEi");
    find(&facts, "export", "_ZNK4shop4Item5twiceEv");
    let called: Vec<&Value> = facts.iter().filter_map(|fact| fact.get("import")).collect();
    assert_eq!(called, ["_ZN4shop4Item7roundedEi", "_ZN4shop7roundedEd"]);
    // The standard library's functions are not the release's.
    assert!(
        !facts.iter().any(|fact| fact["function"].as_str().is_some_and(|name| name.starts_with("_ZNSt")))
    );
}

#[test]
fn both_compilers_say_the_same() {
    if Command::new("clang++").arg("--version").output().is_err() {
        eprintln!("skipped: there is no clang++");
        return;
    }
    let shop = Shop::new(HEADER, &[]);
    let (gcc, clang) = (shop.facts(&[]), shop.facts(&["--probe-cxx", "clang++"]));
    for name in ["shop::Item", "shop::Price", "shop::State"] {
        let [a, b] = [&gcc, &clang].map(|facts| find(facts, "type", name));
        for key in ["size", "members", "enumerators", "location"] {
            assert_eq!(a[key], b[key], "{name}");
        }
    }
    for name in ["shop_sell", "_ZN4shop3askEi"] {
        assert_eq!(find(&gcc, "function", name), find(&clang, "function", name));
    }
    assert_eq!(clang[0]["evidence"]["headers"]["emitted"], Value::Null, "Clang keeps no inline functions");
}

#[test]
fn the_library_says_which_dual_abi() {
    let shop = Shop::new(HEADER, &["-D_GLIBCXX_USE_CXX11_ABI=0", "-include", "string", "-DOLD"]);
    // A function that takes a string tells which one it is.
    shop.write("shop.cc", &format!("{SOURCE}\nnamespace shop {{ void name(std::string const&) {{}} }}\n"));
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++17", "-D_GLIBCXX_USE_CXX11_ABI=0", "-shared", "-fPIC", "-Iinclude", "shop.cc"]);
    assert!(
        compiler
            .args(["-o", "lib/libshop.so"])
            .current_dir(shop.folder.path())
            .status()
            .expect("g++")
            .success()
    );
    let facts = shop.facts(&[]);
    assert_eq!(facts[0]["evidence"]["headers"]["flags"], serde_json::json!(["-D_GLIBCXX_USE_CXX11_ABI=0"]));
    // The old string is one pointer.
    assert_eq!(find(&facts, "type", "shop::Item")["size"], 40);
}

#[test]
fn headers_that_do_not_compile_are_named() {
    let shop = Shop::new(HEADER, &[]);
    shop.write("include/shop/bad.h", "#include <no/such/file.h>\n");
    shop.write("include/shop/worse.h", "namespace shop { Unknown f(); }\n");
    // Included twice it cannot be compiled, and by itself it can.
    shop.write("include/shop/unguarded.h", "namespace shop { struct Once { int a; }; }\n");
    shop.write(
        "include/shop/zz.h",
        "#pragma once\n#include <shop/unguarded.h>\nnamespace shop { struct Last { Once once; }; }\n",
    );
    let refused = shop.run(&["dump", "lib/libshop.so", "--headers", "include"]);
    let text = errors(&refused);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{text}");
    assert!(text.contains("2 headers do not compile by themselves"), "{text}");
    assert!(text.contains("shop/bad.h:1: no/such/file.h: No such file or directory"), "{text}");
    assert!(text.contains("shop/worse.h:1: 'Unknown' does not name a type"), "{text}");
    let facts = shop.facts(&["--keep-going"]);
    let left_out: Vec<&Value> = facts[0]["evidence"]["headers"]["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|l| &l["header"])
        .collect();
    assert_eq!(left_out, ["shop/bad.h", "shop/worse.h"]);
    find(&facts, "type", "shop::Item");
    find(&facts, "type", "shop::Once");
    find(&facts, "type", "shop::Last");
}

/// A compiler quotes what it does not understand, and whoever proposes a header chooses what it includes.
#[test]
fn files_that_are_no_headers_are_not_quoted() {
    let elsewhere = tempfile::tempdir().expect("a directory");
    let secret = elsewhere.path().join("netrc");
    std::fs::write(&secret, "machine login hunter2\n").expect("written");
    let shop = Shop::new(HEADER, &[]);
    shop.write("include/shop/bad.h", &format!("#include \"{}\"\n", secret.display()));
    std::os::unix::fs::symlink(&secret, shop.folder.path().join("include/shop/link.h")).expect("a link");
    let refused = shop.run(&["dump", "lib/libshop.so", "--headers", "include"]);
    let text = errors(&refused);
    assert_eq!(refused.status.code(), Some(2), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("login"), "{text}");
    assert!(text.contains("neither among the headers nor the system's"), "{text}");
    let kept = shop.run(&["dump", "lib/libshop.so", "--headers", "include", "--keep-going"]);
    let told = errors(&kept) + &String::from_utf8_lossy(&kept.stdout);
    assert!(kept.status.success() && !told.contains("hunter2"), "{told}");
}

#[test]
fn layouts_of_bare_libraries_are_compared() {
    let old = Shop::new(HEADER, &[]);
    let header = HEADER
        .replace("int pounds;", "long pounds;")
        .replace("Sold = 5", "Sold = 6")
        .replace("SHOP_LIMIT 12", "SHOP_LIMIT 13")
        .replace("Price* price, long count", "Price* price, double count")
        .replace("extern int counter;", "extern int counter;\nint promised();");
    let new = Shop::new(HEADER, &[]);
    new.write("include/shop/item.h", &header);
    let source = SOURCE.replace("shop_sell(shop::Price*, long)", "shop_sell(shop::Price*, double)");
    new.write("shop.cc", &source);
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++17", "-O1", "-shared", "-fPIC", "-Iinclude", "shop.cc", "-o", "lib/libshop.so"]);
    assert!(compiler.current_dir(new.folder.path()).status().expect("g++ runs").success());
    let output = old.run(&["diff", &old.dump(), &new.dump(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found: Vec<(String, String, String)> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["derived_from"].is_null())
        .map(|finding| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&finding["severity"]), text(&finding["rule"]), text(&finding["subject"]["name"]))
        })
        .collect();
    let has = |severity: &str, rule: &str, name: &str| {
        let is = |f: &&(String, String, String)| (&*f.0, &*f.1, &*f.2) == (severity, rule, name);
        assert_eq!(found.iter().filter(is).count(), 1, "{severity} {rule} {name}: {found:#?}");
    };
    has("breaking", "member-type-changed", "shop::Price");
    has("breaking", "enumerator-value-changed", "shop::State");
    has("breaking", "parameter-type-changed", "shop_sell");
    has("risky", "constant-changed", "SHOP_LIMIT");
    has("risky", "declared-not-exported", "shop::promised()");
    // The same headers twice are no news.
    let same = old.run(&["diff", &old.dump(), &old.dump(), "--format", "json"]);
    let report: Value = serde_json::from_slice(&same.stdout).expect("JSON");
    assert!(
        report["findings"].as_array().expect("findings").iter().all(|f| f["rule"] == "release-suspect"),
        "{report:#}"
    );
}

#[test]
fn a_baseline_with_headers_wants_headers() {
    let shop = Shop::new(HEADER, &[]);
    let old = shop.dump();
    let output = shop.run(&["diff", &old, "lib/libshop.so"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}{}", errors(&output));
    assert!(text.contains("evidence-lost") && text.contains("--headers"), "{text}");
    // Debug info says as much.
    let debug = Shop::new(HEADER, &["-g"]);
    let library = debug.path("lib/libshop.so").display().to_string();
    let output = shop.run(&["diff", &old, &library]);
    assert_ne!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Other options make other headers of the same text; how fast or how chatty the compiler is does not.
#[test]
fn headers_that_were_asked_otherwise_are_not_compared() {
    let header = HEADER.replace(
        "struct Price { int pounds; int pence; };",
        "struct Price {\n#ifdef SHOP_WIDE\n  long pounds;\n#else\n  int pounds;\n#endif\n  int pence;\n};",
    );
    let (old, new) = (Shop::new(&header, &[]), Shop::new(&header, &[]));
    let plain = old.dump();
    let wide = old.run(&["diff", &plain, &new.dump_with(&["--probe-flag", "-DSHOP_WIDE"])]);
    let text = String::from_utf8_lossy(&wide.stdout).into_owned();
    assert_eq!(wide.status.code(), Some(3), "{text}");
    assert!(text.contains("evidence-lost") && text.contains("-DSHOP_WIDE"), "{text}");
    assert!(!text.contains("Price"), "{text}");
    let standard = ["--probe-flag", "-std=c++20", "--probe-flag", "-O2"];
    let newer = old.run(&["diff", &plain, &new.dump_with(&standard), "--full"]);
    let text = String::from_utf8_lossy(&newer.stdout).into_owned();
    assert_eq!(newer.status.code(), Some(0), "{text}");
    assert!(text.contains("producer-changed") && text.contains("c++20"), "{text}");
}

#[test]
fn headers_of_a_wheel_are_found() {
    let shop = Shop::new(HEADER, &[]);
    let wheel = shop.path("shop-1.0-py3-none-linux_x86_64.whl");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&wheel).expect("writable"));
    let options = zip::write::SimpleFileOptions::default();
    for (name, file) in
        [("shop/lib/libshop.so", "lib/libshop.so"), ("shop/include/shop/item.h", "include/shop/item.h")]
    {
        zip.start_file(name, options).expect("a member");
        zip.write_all(&std::fs::read(shop.path(file)).expect("readable")).expect("writable");
    }
    zip.finish().expect("writable");
    let output = shop.run(&["dump", &wheel.display().to_string(), "--header", "shop/*.h"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text.contains(r#""type":"shop::Item""#) && text.contains(r#""file":"shop/item.h""#), "{text}");
    // What it was unpacked into is gone.
    assert_eq!(std::fs::read_dir(shop.path("tmp")).expect("a directory").count(), 0);
    // A stored release keeps it.
    let wheel = wheel.display().to_string();
    let added =
        shop.run(&["--store", "store", "baseline", "add", &wheel, "--release", "v1", "--header", "shop/*.h"]);
    assert!(added.status.success(), "{}", errors(&added));
    assert!(shop.path("store/v1/linux-x86_64/headers.abi.zst").exists());
    let same = shop.run(&["--store", "store", "diff", "v1", &wheel, "--header", "shop/*.h"]);
    assert_eq!(same.status.code(), Some(0), "{}", String::from_utf8_lossy(&same.stdout));
}

#[test]
fn the_configuration_says_which_headers() {
    let shop = Shop::new(HEADER, &[]);
    shop.write("include/shop/other.h", "#pragma once\nnamespace shop { struct Other { int a; }; }\n");
    shop.write("include/shop/left.h", "#error never\n");
    shop.write(
        "abigate.yaml",
        "build: lib/libshop.so\nheaders:\n  folders: include\n  groups:\n    - shop/item.h\n    - [shop/other.h, 'shop/l*.h']\n  except: shop/left.h\n  flags: -DNDEBUG\n",
    );
    let output = shop.run(&["dump", "HEAD"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text.contains(r#""type":"shop::Other""#) && text.contains(r#""type":"shop::Item""#), "{text}");
    assert!(text.contains(r#""flags":["-DNDEBUG"],"headers":2"#), "{text}");
    let wrong = shop.run(&["dump", "HEAD", "--header", "shop/itme.h"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(errors(&wrong).contains("no header in"), "{}", errors(&wrong));
}

#[test]
fn headers_that_did_not_change_are_not_compiled_again() {
    // What messages of a header say of its place is no change of it: a wheel is unpacked somewhere else each time.
    let header = &format!("{HEADER}inline const char* shop_place() {{ return __FILE__; }}\n");
    let shop = Shop::new(header, &[]);
    shop.write("cxx", "#!/bin/sh\necho \"$@\" >>\"$(dirname \"$0\")/calls\"\nexec g++ \"$@\"\n");
    let wrapper = shop.path("cxx");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&wrapper, mode).expect("permissions");
    let wrapper = wrapper.display().to_string();
    let compilations = || {
        let calls = std::fs::read_to_string(shop.path("calls")).expect("calls");
        calls.lines().filter(|line| line.contains(" -c ")).count()
    };
    let first = shop.facts(&["--probe-cxx", &wrapper]);
    let before = compilations();
    assert_eq!(before, 2);
    assert_eq!(shop.facts(&["--probe-cxx", &wrapper]), first);
    assert_eq!(compilations(), before);
    std::fs::rename(shop.path("include"), shop.path("moved")).expect("renamed");
    let elsewhere = shop.run(&["dump", "lib/libshop.so", "--headers", "moved", "--probe-cxx", &wrapper]);
    assert!(elsewhere.status.success(), "{}", errors(&elsewhere));
    assert_eq!(compilations(), before);
    shop.write("include/shop/item.h", &header.replace("kMost = 7", "kMost = 8"));
    assert_eq!(find(&shop.facts(&["--probe-cxx", &wrapper]), "constant", "shop::kMost")["value"], "8");
    assert_eq!(compilations(), before + 2);
}

/// Temporary files and compilers go away with the process, though nobody told it.
#[test]
fn a_kill_leaves_nothing_behind() {
    let shop = Shop::new(HEADER, &[]);
    shop.write("cxx", "#!/bin/sh\ncase \" $* \" in *' -c '*) sleep 1000 ;; esac\nexec g++ \"$@\"\n");
    let wrapper = shop.path("cxx");
    std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("permissions");
    let wrapper = wrapper.display().to_string();
    let mut command =
        shop.command(&["dump", "lib/libshop.so", "--headers", "include", "--probe-cxx", &wrapper]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("abigate runs");
    let in_time = |what: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !what() {
            assert!(start.elapsed() < Duration::from_secs(60), "it did not come to pass");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let sleeping = || {
        let processes = std::fs::read_dir("/proc").expect("processes").flatten();
        let folder = shop.folder.path().display().to_string();
        let command =
            |entry: std::fs::DirEntry| std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let mine = |text: &Vec<u8>| {
            let text = String::from_utf8_lossy(text);
            text.contains(&folder) && text.contains("-c")
        };
        processes.map(command).filter(mine).count()
    };
    in_time(&|| sleeping() > 0);
    child.kill().expect("it is there");
    child.wait().expect("it is there");
    in_time(&|| std::fs::read_dir(shop.path("tmp")).expect("a directory").count() == 0);
    in_time(&|| sleeping() == 0);
}

#[test]
fn what_inline_functions_call_is_listed() {
    let shop = Shop::new(HEADER, &[]);
    let dump = shop.dump();
    let output = shop.run(&["show", &dump, "emitted"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "shop::Item::rounded(int)\nshop::rounded(double)\n");
    let output = shop.run(&["show", &dump, "emitted", "--mangled", "--match", "shop::rounded*"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "_ZN4shop7roundedEd\n");
    // Exported, and no header has it.
    shop.write("shop.cc", &format!("{SOURCE}\nnamespace shop {{ void secret() {{}} }}\n"));
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++17", "-shared", "-fPIC", "-Iinclude", "shop.cc", "-o", "lib/libshop.so"]);
    assert!(compiler.current_dir(shop.folder.path()).status().expect("g++ runs").success());
    let output = shop.run(&["show", &shop.dump(), "symbols"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let marked: Vec<&str> = text.lines().filter(|line| line.ends_with("(in no public header)")).collect();
    assert_eq!(marked.len(), 1, "{text}");
    assert!(marked[0].contains("shop::secret()"), "{text}");
    let without = shop.run(&["show", "lib/libshop.so", "emitted"]);
    assert_eq!(without.status.code(), Some(2));
    assert!(errors(&without).contains("--headers"), "{}", errors(&without));
}

#[test]
fn headers_of_one_release_are_not_taken_for_those_of_another() {
    let shop = Shop::new(HEADER, &[]);
    let other = Shop::new(HEADER, &[]);
    let library = other.path("lib/libshop.so").display().to_string();
    let output = shop.run(&["diff", &library, "lib/libshop.so", "--headers", "include"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("--old-headers DIR --new-headers DIR"), "{}", errors(&output));
    // The configuration's are those of HEAD; a file that was named and a dump have none.
    shop.write("abigate.yaml", "build: lib/libshop.so\nheaders: {folders: include}\n");
    let has_headers = |input: &str| {
        let output = shop.run(&["dump", input]);
        assert!(output.status.success(), "{}", errors(&output));
        String::from_utf8_lossy(&output.stdout).contains(r#""library":"headers""#)
    };
    assert!(has_headers("HEAD") && !has_headers(&library));
    let bare = other.path("bare.abi").display().to_string();
    assert!(other.run(&["dump", "lib/libshop.so", "-o", &bare]).status.success());
    assert!(!has_headers(&bare));
}

/// Two builds in directories of the checkout: its headers are those of one of them, and each may have its own.
#[test]
fn each_side_of_a_comparison_has_its_own_headers() {
    let grown = HEADER.replace("int pounds;", "int pounds; int shillings;");
    let (old, new) = (Shop::new(HEADER, &[]), Shop::new(&grown, &[]));
    let [old_library, new_library] = [&old, &new].map(|shop| shop.path("lib").display().to_string());
    let [old_headers, new_headers] = [&old, &new].map(|shop| shop.path("include").display().to_string());
    let checkout = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(checkout.path()).env_remove("ABIGATE_STORE");
        command.env("XDG_CACHE_HOME", checkout.path().join("cache")).output().expect("abigate runs")
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let sides = ["--old-headers", &old_headers, "--new-headers", &new_headers];
    let named = run(&[&["diff", &old_library, &new_library][..], &sides].concat());
    assert_eq!(named.status.code(), Some(1), "{}{}", said(&named), errors(&named));
    assert!(said(&named).contains("shillings"), "{}", said(&named));
    // They are compiled as all others are.
    let flag = ["--probe-flag", "-Dshillings=pennies"];
    let otherwise = run(&[&["diff", &old_library, &new_library][..], &sides, &flag].concat());
    assert!(said(&otherwise).contains("pennies"), "{}{}", said(&otherwise), errors(&otherwise));
    // What the configuration names is for its build, and never for another directory.
    let place = |name: &str| checkout.path().join(name);
    std::fs::create_dir_all(place("include/shop")).expect("a directory");
    std::fs::write(place("include/shop/item.h"), &grown).expect("written");
    for (shop, name) in [(&old, "lib/o"), (&new, "lib/n")] {
        std::fs::create_dir_all(place(name)).expect("a directory");
        std::fs::copy(shop.path("lib/libshop.so"), place(name).join("libshop.so")).expect("copied");
    }
    std::fs::write(place("abigate.yaml"), "build: lib/n\nheaders: include\n").expect("written");
    let two = run(&["diff", "lib/o", "lib/n"]);
    assert!(!said(&two).contains("types of the public headers: "), "{}", said(&two));
    assert!(errors(&two).contains("are those of this checkout"), "{}", errors(&two));
    // Nor is one directory beside both of them that of both.
    std::fs::write(place("abigate.yaml"), "headers: {keep-going: true}\n").expect("written");
    let beside = run(&["diff", "lib/o", "lib/n"]);
    assert!(!said(&beside).contains("types of the public headers: "), "{}", said(&beside));
}
