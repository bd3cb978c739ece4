//! The HTML report in a browser: one of two small libraries that were built for it, and one of stored releases.
//!
//! `drive.py` says what readers do; `ci/browser` starts it. Reports and screenshots stay in `target/page`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A member is put in, another one changes its type, and a virtual function takes a slot.
const OLD: &str = r#"
struct Range { int first, last; };
class Shape {
public:
  virtual ~Shape();
  virtual int area() const;
  virtual int draw(int depth);
  int id_;
  bool is_visible_ : 1;
  bool is_filled_ : 1;
  union { long whole; Range parts; } extent_;
  char name_[64];
  void* owner_;
};
Shape::~Shape() {}
int Shape::area() const { return id_; }
int Shape::draw(int depth) { return depth; }
int paint(Shape shape, long how) { return shape.id_ + how; }
void take(Shape*) {}
extern "C" int hostile() { return 1; }
"#;

const NEW: &str = r#"
struct Range { int first, last; };
class Shape {
public:
  virtual ~Shape();
  virtual int area() const;
  virtual int perimeter() const;
  virtual int draw(int depth);
  long id_;
  bool is_visible_ : 1;
  bool is_shared_ : 1;
  bool is_filled_ : 1;
  union { long whole; Range parts; } extent_;
  char name_[64];
  void* owner_;
};
Shape::~Shape() {}
int Shape::area() const { return id_; }
int Shape::perimeter() const { return 4; }
int Shape::draw(int depth) { return depth; }
int paint(Shape shape, unsigned long how, bool twice) { return shape.id_ + how; }
void take(Shape*) {}
"#;

/// What no compiler calls a symbol, and an assembler does.
const HOSTILE: &str =
    "<script>document.title=\"owned\"</script><img src=x onerror=\"document.title='owned'\">";

/// Where reports go: everything is made anew.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("page");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a directory");
    folder
}

fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{command:?}\n{}", told.concat());
}

fn build(folder: &Path, side: &str, source: &str) -> PathBuf {
    let folder = folder.join(side);
    fs::create_dir_all(&folder).expect("a directory");
    let [text, object, library] = ["shape.cc", "shape.o", "libshape.so"].map(|name| folder.join(name));
    fs::write(&text, source).expect("written");
    run(Command::new("g++").args(["-g", "-fPIC", "-w", "-c", "-o"]).args([&object, &text]));
    run(Command::new("objcopy").arg(format!("--redefine-sym=hostile={HOSTILE}")).arg(&object));
    run(Command::new("g++").args(["-g", "-shared", "-o"]).args([&library, &object]));
    library
}

fn report(arguments: &[&str], place: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command
        .args(["--quiet", "diff", "--format", "html", "--fail-on", "never", "-o"])
        .arg(place)
        .args(arguments);
    run(command.current_dir(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn readers_find_their_way() {
    let folder = folder();
    let [old, new] = [("old", OLD), ("new", NEW)].map(|(side, source)| build(&folder, side, source));
    let [old, new] = [&old, &new].map(|path| path.to_str().expect("UTF-8"));
    report(&[old, new], &folder.join("shapes.html"));
    let text = fs::read_to_string(folder.join("shapes.html")).expect("a report");
    assert!(text.contains("&lt;script&gt;document.title"), "the hostile symbol is not told");
    report(&[old, old], &folder.join("unchanged.html"));
    // Releases with few and with many root causes, under a policy and without one.
    let stored = ["--store", "baselines", "v2.9", "v2.10", "--platform"];
    report(
        &[&stored[..], &["linux-aarch64", "--config", "ci/pytorch.abigate.yaml"]].concat(),
        &folder.join("torch-policy.html"),
    );
    report(&[&stored[..], &["linux-x86_64"]].concat(), &folder.join("torch-large.html"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let driven = Command::new(root.join("ci/browser"))
        .args([&root.join("tests/page/drive.py"), &folder])
        .args(["shapes", "unchanged", "torch-policy", "torch-large"])
        .output()
        .expect("bash runs");
    let told = [&driven.stdout, &driven.stderr].map(|text| String::from_utf8_lossy(text));
    match driven.status.code() {
        Some(77) => eprintln!("skipped: {}", told[1].trim()),
        Some(0) => println!("{}", told[0]),
        _ => panic!("{}", told.concat()),
    }
}
