//! `abigate history`, on the stored releases of torch and on releases that the compiler makes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use abigate::abi::Release;
use abigate::history::{Query, history};
use abigate::policy::{File, Policy};
use abigate::store::Store;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn run(arguments: &[&str], store: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.arg("history").args(arguments).arg("--store").arg(store).current_dir(root());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command
        .env("XDG_CACHE_HOME", cache)
        .env_remove("ABIGATE_STORE")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("abigate runs")
}

/// A part of the store: some releases for one platform, with what their headers say or without.
struct Part(tempfile::TempDir);

impl Part {
    fn new(releases: &[&str], headers: bool) -> Part {
        // Those of a static are not removed: in the build folder they disturb nobody.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        for release in releases {
            let inside = Path::new(release).join("linux-aarch64");
            let (from, to) = (root().join("baselines").join(&inside), folder.path().join(&inside));
            std::fs::create_dir_all(&to).expect("a directory");
            let sums = std::fs::read_to_string(from.join("SHA256SUMS")).expect("checksums");
            let wanted = |line: &&str| headers || !line.ends_with("  headers.abi.zst");
            let sums: Vec<&str> = sums.lines().filter(wanted).collect();
            for line in &sums {
                let (_, name) = line.split_once("  ").expect("a name");
                std::fs::copy(from.join(name), to.join(name)).expect("copied");
            }
            std::fs::write(to.join("SHA256SUMS"), sums.join("\n") + "\n").expect("written");
        }
        Part(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Seven of the stored releases, without their headers: a build for tests takes long enough for these.
fn older() -> &'static Path {
    static OLDER: OnceLock<Part> = OnceLock::new();
    let releases = ["v2.4.1", "v2.5.1", "v2.6.0", "v2.7.1", "v2.8.0", "v2.9.1", "v2.10.0"];
    OLDER.get_or_init(|| Part::new(&releases, false)).path()
}

/// Of these.
fn torch(arguments: &[&str]) -> Output {
    run(&[arguments, &["--platform", "linux-aarch64"]].concat(), older())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The only name that is told.
#[track_caller]
fn only(report: &Value) -> &Value {
    let names = report["names"].as_array().expect("names");
    assert_eq!(names.len(), 1, "{report:#}");
    &names[0]
}

/// `v2.6.0 came` for each row.
fn events(name: &Value) -> Vec<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = name["changes"].as_array().expect("changes").iter();
    rows.map(|row| format!("{} {}", text(row, "release"), text(row, "event"))).collect()
}

/// Rules of one release, in order.
fn rules<'v>(name: &'v Value, release: &str) -> Vec<&'v str> {
    let rows = name["changes"].as_array().expect("changes").iter().filter(|row| row["release"] == release);
    let findings = rows.flat_map(|row| row["findings"].as_array().expect("findings"));
    findings.map(|finding| finding["rule"].as_str().expect("a rule")).collect()
}

/// Whether each stored release exports a symbol, oldest first.
fn exported(symbol: &str) -> Vec<(String, bool)> {
    let store = Store::open(older());
    let entries = store.list().expect("the store is there").into_iter();
    let entries = entries.filter(|entry| entry.platform.to_string() == "linux-aarch64");
    let has = |release: &Release| release.libraries.iter().any(|l| l.exports_named(symbol).next().is_some());
    entries.map(|e| (e.release.clone(), has(&store.load(&e).expect("it loads")))).collect()
}

#[test]
fn a_symbol_that_came() {
    let report = json(&torch(&["aoti_torch_abi_version", "--format", "json"]));
    let name = only(&report);
    let first =
        exported("aoti_torch_abi_version").into_iter().find(|(_, there)| *there).expect("it is there");
    assert_eq!(name["since"], first.0.as_str());
    assert_eq!(events(name), [format!("{} came", first.0)]);
    assert_eq!((&name["may_be_older"], &name["gone"]), (&false.into(), &Value::Null));
    assert_eq!(rules(name, &first.0), ["symbol-added"]);
    assert_eq!(report["releases"].as_array().map(Vec::len), Some(7));
}

#[test]
fn a_class_that_went_with_everything_in_it() {
    let name = json(&torch(&["c10::impl::PyObjectSlot", "--format", "json"]));
    let name = only(&name);
    assert_eq!((&name["kind"], &name["gone"]), (&"scope".into(), &"v2.10.0".into()));
    assert_eq!(rules(name, "v2.10.0"), ["symbol-removed"]);
    let last = name["changes"].as_array().expect("changes").last().expect("a row");
    for symbol in last["removed"].as_array().expect("symbols") {
        let there = exported(symbol.as_str().expect("a name"));
        assert_eq!(there.iter().rev().take(2).map(|(_, there)| *there).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn a_class_whose_virtual_table_grew() {
    let name = json(&torch(&["c10d::Backend", "--format", "json"]));
    let name = only(&name);
    let slots: Vec<u64> = name["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter_map(|row| row["state"]["slots"].as_u64())
        .collect();
    assert_eq!(slots, [34, 41, 42, 46, 52]);
    assert!(rules(name, "v2.10.0").contains(&"virtual-inserted"));
    // Its base shows no table of its own: the tables of classes that inherit from it tell.
    let name = json(&torch(&["c10::intrusive_ptr_target", "--format", "json"]));
    assert!(rules(only(&name), "v2.10.0").contains(&"virtual-inserted"), "{name:#}");
}

/// What the headers say of a class that no debug info describes: a pointer less in a member makes it smaller.
#[test]
fn a_class_that_headers_describe() {
    let store = Part::new(&["v2.12.1", "v2.13.0"], true);
    let output = run(&["c10::TensorImpl", "--format", "json"], store.path());
    let report = json(&output);
    let name = only(&report);
    let sizes: Vec<u64> = name["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter_map(|row| row["state"]["size"].as_u64())
        .collect();
    assert_eq!(sizes, [184, 176]);
    let told = rules(name, "v2.13.0");
    assert!(told.contains(&"type-size-changed") && told.contains(&"member-moved"), "{told:?}");
}

#[test]
fn a_symbol_that_moved() {
    let output = Command::new(env!("CARGO_BIN_EXE_abigate"))
        .args([
            "diff",
            "v2.6",
            "v2.7",
            "--platform",
            "linux-aarch64",
            "--format",
            "json",
            "--fail-on",
            "never",
            "--store",
        ])
        .arg(older())
        .current_dir(root())
        .output();
    let report = json(&output.expect("abigate runs"));
    let findings = report["findings"].as_array().expect("findings");
    let moved = findings.iter().find(|finding| finding["rule"] == "symbol-moved").expect("something moved");
    let symbol = moved["members"][0]["symbol"].as_str().expect("a symbol");
    let history = json(&torch(&[symbol, "--format", "json"]));
    let name = only(&history);
    let row = name["changes"].as_array().expect("changes").iter().find(|row| row["release"] == "v2.7.1");
    let row = row.expect("it changed in that release");
    assert_eq!((&row["event"], &row["removed"]), (&"changed".into(), &Value::Array(Vec::new())), "{name:#}");
    assert_eq!(row["findings"][0]["rule"], "symbol-moved");
    assert_eq!((&row["findings"][0]["old"], &row["findings"][0]["new"]), (&moved["old"], &moved["new"]));
}

/// Nothing that the comparison finds is lost when a name is asked for, and nothing else is told.
#[test]
fn a_history_says_what_the_comparison_says() {
    let store = Store::open(older());
    let load = |name: &str| {
        let entries = store.list().expect("the store is there");
        let entry = entries.iter().find(|e| e.release == name && e.platform.variant.is_none()).expect(name);
        let mut release = store.load(entry).expect("it loads");
        release.libraries.retain(|library| library.name == "libc10.so");
        release
    };
    let no_file = |_: &str| Err(std::io::Error::other("no file"));
    let policy = Policy::new(&File::parse("").expect("empty"), &no_file).expect("a policy");
    let mut asked = 0;
    for pair in [["v2.5.1", "v2.6.0"], ["v2.7.1", "v2.8.0"], ["v2.9.1", "v2.10.0"]] {
        let [old, new] = pair.map(load);
        // Every third is enough: each is compared anew.
        for change in abigate::diff::compare(&old, &new).into_vec().into_iter().step_by(3) {
            let symbols = change.members.iter().map(|member| member.symbol.as_str());
            for symbol in change.subject.symbol.as_deref().into_iter().chain(symbols.take(1)) {
                let query = Query::parse(symbol).expect("a name");
                let told = history(&[&old, &new], &query, &policy);
                let rows = told.stories.iter().flat_map(|story| &story.rows);
                let mut rules = rows.flat_map(|row| &row.findings).map(|told| told.rule);
                assert!(rules.any(|rule| rule == change.rule), "{pair:?} {} {symbol}", change.rule);
                asked += 1;
            }
        }
    }
    assert!(asked > 15, "{asked}");
}

/// What is read of a release is enough.
#[test]
fn a_history_of_whole_releases_is_the_same() {
    let store = Store::open(older());
    let entries = store.list().expect("the store is there").into_iter();
    let entries = entries.filter(|entry| entry.platform.to_string() == "linux-aarch64");
    let releases: Vec<Release> = entries.map(|entry| store.load(&entry).expect("it loads")).collect();
    let releases: Vec<&Release> = releases.iter().collect();
    let no_file = |_: &str| Err(std::io::Error::other("no file"));
    let policy = Policy::new(&File::parse("").expect("empty"), &no_file).expect("a policy");
    for name in
        ["c10::SymNodeImpl", "c10::StorageImpl*", "torch_set_requires_grad", "c10::intrusive_ptr_target"]
    {
        let query = Query::parse(name).expect("a name");
        assert!(query.word().is_some());
        let mut whole = Vec::new();
        abigate::report::history::json::write(&history(&releases, &query, &policy), &mut whole)
            .expect("written");
        let output = torch(&[name, "--format", "json"]);
        match output.status.code() {
            Some(0) => assert!(output.stdout == whole, "{name}"),
            _ => assert!(String::from_utf8_lossy(&whole).contains("\"names\": []"), "{name}"),
        }
    }
}

#[test]
fn the_figures_of_a_library() {
    let table = json(&torch(&["--library", "libc10", "--format", "json"]));
    let rows = table["releases"].as_array().expect("releases");
    let store = Store::open(older());
    let mut before: Option<Vec<String>> = None;
    for row in rows {
        let entries = store.list().expect("the store is there");
        let is_it =
            |e: &&abigate::store::Entry| row["release"] == e.release.as_str() && e.platform.variant.is_none();
        let release = store.load(entries.iter().find(is_it).expect("stored")).expect("it loads");
        let library = release.library("libc10.so").expect("libc10");
        let names: Vec<String> = library.exports.iter().map(|e| e.name.to_string()).collect();
        assert_eq!(row["now"]["exports"], names.len());
        assert_eq!(row["now"]["cxx11"]["new"], library.cxx11.new);
        if let Some(before) = before {
            let added = names.iter().filter(|name| !before.contains(name)).count();
            let removed = before.iter().filter(|name| !names.contains(name)).count();
            assert_eq!((&row["since"]["added"], &row["since"]["removed"]), (&added.into(), &removed.into()));
        }
        before = Some(names);
    }
    assert_eq!(rows[0]["since"], Value::Null);
    let floor = |at: usize| rows[at]["now"]["floor"].to_string();
    assert!(floor(0).contains("GLIBCXX_3.4.19") && floor(2).contains("GLIBCXX_3.4.22"), "{table:#}");

    // As many breaks as the comparison finds in that library.
    let output = Command::new(env!("CARGO_BIN_EXE_abigate"))
        .args([
            "diff",
            "v2.8",
            "v2.9",
            "--platform",
            "linux-aarch64",
            "--format",
            "json",
            "--fail-on",
            "never",
            "--store",
        ])
        .arg(older())
        .current_dir(root())
        .output();
    let report = json(&output.expect("abigate runs"));
    let is_break = |finding: &&Value| {
        finding["severity"] == "breaking"
            && finding["derived_from"].is_null()
            && finding["subject"]["library"] == "libc10.so"
    };
    let breaks = report["findings"].as_array().expect("findings").iter().filter(is_break).count();
    assert_eq!(rows[5]["release"], "v2.9.1");
    assert_eq!(rows[5]["since"]["tiers"][0]["breaking"], breaks, "{table:#}");
    assert!(breaks > 0);
}

#[test]
fn a_chart_is_a_picture_of_the_same_figures() {
    let folder = tempfile::tempdir().expect("a directory");
    let place = folder.path().join("c10.svg");
    let arguments = ["--library", "libc10.so", "--chart", &place.to_string_lossy()];
    let table = text(&torch(&arguments));
    let svg = std::fs::read_to_string(&place).expect("it is there");
    for line in table.lines().filter(|line| line.starts_with("v2.") && !line.contains("GLIBC")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(svg.contains(&format!("{}: {} exported symbols", words[0], words[1])), "{line}");
    }
    assert_eq!(svg.matches("<title").count(), svg.matches("</title>").count());
    assert!(svg.starts_with("<svg xmlns=") && svg.trim_end().ends_with("</svg>"));
    assert!(!svg.contains("<script") && !svg.contains("href"));
    torch(&arguments);
    assert_eq!(std::fs::read_to_string(&place).expect("it is there"), svg);
}

#[test]
fn what_nothing_is_called_is_answered_with_names_like_it() {
    for (name, near) in [
        ("c10::TensorImlp", "c10::TensorImpl"),
        ("TensorImpl", "c10::TensorImpl"),
        ("aoti_torch_abi_versoin", "aoti_torch_abi_version"),
    ] {
        let output = torch(&[name]);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), text(&output)), (Some(2), String::new()), "{name}");
        assert!(complaint.contains(&format!("did you mean {near}")), "{complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
    let output = torch(&["--library", "libc11"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean libc10"));
    let output = torch(&["c10::f(int)"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("leave the parameters out"));
}

#[test]
fn many_names_are_a_line_each() {
    let shown = text(&torch(&["c10::**"]));
    assert_eq!(shown.lines().count(), 51, "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    assert!(shown.lines().last().is_some_and(|line| line.contains("more;")), "{shown}");
}

#[test]
fn several_platforms_are_chosen_from_with_a_word() {
    let output = run(&["aoti_torch_abi_version"], &root().join("baselines"));
    let warning = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(warning.contains("--platform chooses another one"), "{warning}");
    let output = run(&["main", "--platform", "linux-ppc64le"], &root().join("baselines"));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        complaint.contains("no release is stored for linux-ppc64le, only for linux-aarch64"),
        "{complaint}"
    );
}

/// Three releases of a small library: a class grows, an enumerator moves, a function goes and comes back.
const SOURCES: [(&str, &str); 3] = [
    (
        "v1.0.0",
        "namespace shop {
         enum Color { Red, Blue };
         struct Item { virtual ~Item(); virtual int price() const; long id; Color color; };
         struct Basket { Item first; long count; };
         int sell(Item item); int count(Basket basket); int refund(Item&);
         Item::~Item() {} int Item::price() const { return 0; }
         int sell(Item item) { return item.price(); } int count(Basket b) { return b.count; }
         int refund(Item&) { return 0; }
         }",
    ),
    (
        "v1.1.0",
        "namespace shop {
         enum Color { Red, Green, Blue };
         struct Item { virtual ~Item(); virtual int weight() const; virtual int price() const; long id; long stock; Color color; };
         struct Basket { Item first; long count; };
         int sell(Item item); int count(Basket basket);
         Item::~Item() {} int Item::price() const { return 0; } int Item::weight() const { return 0; }
         int sell(Item item) { return item.price(); } int count(Basket b) { return b.count; }
         }",
    ),
    (
        "v1.2.0",
        "namespace shop {
         enum Color { Red, Green, Blue };
         struct Item { virtual ~Item(); virtual int weight() const; virtual int price() const; long id; long stock; Color color; };
         struct Basket { Item first; long count; };
         int sell(Item item); int count(Basket basket); int refund(Item&);
         Item::~Item() {} int Item::price() const { return 0; } int Item::weight() const { return 0; }
         int sell(Item item) { return item.price(); } int count(Basket b) { return b.count; }
         int refund(Item&) { return 0; }
         }",
    ),
];

fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    for (release, source) in SOURCES {
        let (file, object) = (folder.path().join("shop.cc"), folder.path().join("libshop.so"));
        std::fs::write(&file, source).expect("writable");
        let mut compiler = Command::new("g++");
        compiler.args(["-std=c++17", "-g", "-shared", "-fPIC", "-o"]).arg(&object).arg(&file);
        assert!(compiler.current_dir(folder.path()).status().expect("g++ runs").success());
        let mut add = Command::new(env!("CARGO_BIN_EXE_abigate"));
        add.args(["baseline", "add", "--release", release, "--store"]).arg(folder.path().join("store"));
        let output = add.arg(&object).output().expect("abigate runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}

#[test]
fn types_that_the_compiler_laid_out() {
    let folder = shop();
    let store = folder.path().join("store");
    let asked = |name: &str| json(&run(&[name, "--format", "json"], &store));

    let item = asked("shop::Item");
    let item = only(&item);
    assert_eq!(events(item), ["v1.0.0 first", "v1.1.0 changed"]);
    assert_eq!(item["kind"], "struct");
    let sizes: Vec<u64> =
        [0, 1].map(|at| item["changes"][at]["state"]["size"].as_u64().expect("a size")).to_vec();
    assert_eq!(sizes, [24, 32]);
    let found = rules(item, "v1.1.0");
    for rule in ["member-added", "virtual-inserted", "type-size-changed"] {
        assert!(found.contains(&rule), "{rule}: {found:?}");
    }
    assert!(item["location"]["file"].as_str().is_some_and(|file| file.ends_with("shop.cc")), "{item:#}");

    // What only follows says from what.
    let basket = asked("shop::Basket");
    let basket = only(&basket);
    let findings = basket["changes"][1]["findings"].as_array().expect("findings");
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|f| f["follows_from"]["subject"] == "shop::Item"), "{basket:#}");

    let blue = asked("shop::Color::Blue");
    assert_eq!(events(only(&blue)), ["v1.0.0 first", "v1.1.0 changed"]);
    assert_eq!(rules(only(&blue), "v1.1.0"), ["enumerator-value-changed"]);
    let red = asked("shop::Color::Red");
    assert_eq!(events(only(&red)), ["v1.0.0 first"]);

    let refund = asked("shop::refund");
    assert_eq!(events(only(&refund)), ["v1.0.0 first", "v1.1.0 gone", "v1.2.0 back"]);
    assert_eq!(rules(only(&refund), "v1.1.0"), ["symbol-removed"]);
}

#[test]
fn what_people_read() {
    let folder = shop();
    let shown = text(&run(&["shop::Item"], &folder.path().join("store")));
    let lines: Vec<String> =
        shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(lines[0].starts_with("struct shop::Item libshop.so, "), "{shown}");
    assert!(
        lines[1].starts_with("v1.0.0 first stored release, may be older: size 24 bytes, 2 members"),
        "{shown}"
    );
    let changed = "v1.1.0 size 24 → 32 bytes, 2 → 3 members, ";
    assert!(lines.iter().any(|line| line.starts_with(changed)), "{shown}");
    assert!(lines.iter().any(|line| line.starts_with("breaking member-added: ")), "{shown}");
    assert_eq!(lines.last().map(String::as_str), Some("unchanged since; newest stored: v1.2.0"));
    let place = folder.path().join("out.txt");
    run(&["shop::Item", "-o", &place.to_string_lossy()], &folder.path().join("store"));
    assert_eq!(std::fs::read_to_string(place).expect("written"), shown);
}
