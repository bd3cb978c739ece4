//! Libraries with public headers beside their debug info: what of a type is public, headers of C compiled as C, headers that
//! are for others, and what only headers say.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Two releases of a library, each with `include/` and `libt.so`.
struct Releases {
    folder: tempfile::TempDir,
}

impl Releases {
    /// From the public header and the source of each side; `name` says by its ending which language they are in.
    fn new(name: &str, old: (&str, &str), new: (&str, &str), flags: &[&str]) -> Releases {
        let releases = Releases { folder: tempfile::tempdir().expect("a directory") };
        for (side, (header, source)) in [("old", old), ("new", new)] {
            let ending = if name.ends_with(".c") { "h" } else { "hpp" };
            releases.write(&format!("{side}/include/t.{ending}"), header);
            releases.write(&format!("{side}/{name}"), source);
            releases.compile(side, name, flags);
        }
        releases
    }

    fn compile(&self, side: &str, name: &str, flags: &[&str]) {
        let compiler = if name.ends_with(".c") { "gcc" } else { "g++" };
        let mut command = Command::new(compiler);
        command.args([
            "-g",
            "-O1",
            "-shared",
            "-fPIC",
            "-Iinclude",
            "-I.",
            "-Wl,-soname,libt.so.1",
            "-o",
            "libt.so",
        ]);
        let done = command.arg(name).args(flags).current_dir(self.path(side)).status().expect("it runs");
        assert!(done.success());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("writable");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.folder.path());
        command.env("XDG_CACHE_HOME", self.path("cache")).output().expect("abigate runs")
    }

    /// Dumps one side with its headers.
    fn dump(&self, side: &str, options: &[&str]) -> Output {
        let (library, headers, place) =
            (format!("{side}/libt.so"), format!("{side}/include"), format!("{side}.abi"));
        self.run(
            &[&["dump", "-q", &library, "--headers", &headers, "-o", &place, "--release", side], options]
                .concat(),
        )
    }

    /// The full report of a comparison without headers, and with them.
    fn compare(&self, options: &[&str]) -> (String, String) {
        let plain = self.run(&["diff", "--full", "old/libt.so", "new/libt.so"]);
        for side in ["old", "new"] {
            let done = self.dump(side, options);
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        let with = self.run(&["diff", "--full", "old.abi", "new.abi"]);
        (text(&plain), text(&with))
    }
}

fn text(output: &Output) -> String {
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const PUBLIC: &str = "#include <stdarg.h>
struct conn;
struct opts { int size; struct { int a; struct { long x; } in; } part; };
extern const char conn_version[];
extern int conn_table[];
struct conn *conn_open(const struct opts *opts);
int conn_vlog(struct conn *new, const char *format, va_list list);
void conn_set(void (*call)(void *, unsigned int));
_Noreturn void conn_die(int class);
";

fn source(private: &str, more: &str) -> String {
    format!(
        "#include <t.h>\n#include <stdlib.h>\n{private}\n{more}\nconst char conn_version[] = \"1\"; int conn_table[4];\n\
         struct conn *conn_open(const struct opts *opts) {{ struct conn *c = calloc(1, sizeof *c); c->fd = opts->size; return c; }}\n\
         int conn_vlog(struct conn *new, const char *format, va_list list) {{ return new->fd; }}\n\
         void conn_set(void (*call)(void *, unsigned int)) {{ call(0, 1); }} void conn_die(int class) {{ exit(class); }}\n"
    )
}

/// No `extern \"C\"`, names that are keywords of C++, nested unnamed types: it is C, and says the same as the debug info.
#[test]
fn headers_of_c_are_compiled_as_c() {
    let old = source("struct conn { int fd; };", "");
    let releases = Releases::new("t.c", (PUBLIC, &old), (PUBLIC, &old), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(with.contains("no changes"), "{with}");
    let dumped = std::fs::read_to_string(releases.path("old.abi")).expect("a dump");
    let function = dumped.lines().find(|line| line.contains("\"function\":\"conn_die\"")).expect("described");
    assert!(dumped.contains("gnu17") && function.contains("noreturn"), "{function}");
    // What both compilers say of the headers alone is the same.
    for side in ["old", "new"] {
        let stripped =
            Command::new("strip").arg("--strip-debug").arg(releases.path(side).join("libt.so")).status();
        assert!(stripped.expect("strip runs").success());
    }
    let done = releases.dump("new", &[]);
    assert!(done.status.success());
    for compiler in ["g++", "clang++"] {
        if Command::new(compiler).arg("--version").output().is_err() {
            continue;
        }
        let done = releases.dump("old", &["--probe-cxx", compiler]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let report = text(&releases.run(&["diff", "--full", "old.abi", "new.abi"]));
        for word in ["parameter-type-changed", "variable-type-changed", "return-type-changed"] {
            assert!(!report.contains(word), "{compiler}: {report}");
        }
    }
}

#[test]
fn what_headers_only_declare_is_opaque() {
    let impl_h = |more: &str| format!("struct conn {{ int fd; {more} long last; }};\n");
    let source = source("#include \"conn_impl.h\"", "");
    let releases = Releases::new(
        "t.c",
        (PUBLIC, &source.replace("#include \"conn_impl.h\"", &impl_h(""))),
        (PUBLIC, &source.replace("#include \"conn_impl.h\"", &impl_h("long used;"))),
        &[],
    );
    for (side, more) in [("old", ""), ("new", "long used;")] {
        releases.write(&format!("{side}/conn_impl.h"), &impl_h(more));
        releases.write(&format!("{side}/t.c"), &source);
        releases.compile(side, "t.c", &[]);
    }
    let (plain, with) = releases.compare(&[]);
    assert!(plain.contains("risky") && !plain.contains("breaking"), "{plain}");
    assert!(
        plain.contains("public headers not known: 1 type") && plain.contains("unknown whether"),
        "{plain}"
    );
    assert!(with.starts_with("COMPATIBLE") && !with.contains("risky"), "{with}");
    assert!(with.contains("pointers to it only") && !with.contains("public headers not known"), "{with}");
}

/// A public header gives names to structs that private headers define, another name or their own.
#[test]
fn an_alias_shows_nothing_of_what_it_stands_for() {
    let public = "typedef struct state_data state;\ntypedef struct other other;\n\
                  state *make(void);\nint use(const state *s, const other *o);\n";
    let private = |more: &str| {
        format!(
            "#include <t.h>\nstruct part {{ {more} int a; }};\n\
             struct state_data {{ struct part part; int last; }};\nstruct other {{ struct part part; }};\n"
        )
    };
    let source = "#include \"dec/state.h\"\nstatic state only;\nstate *make(void) { return &only; }\n\
                  int use(const state *s, const other *o) { return s->last + o->part.a; }\n";
    let releases = Releases { folder: tempfile::tempdir().expect("a folder") };
    for (side, more) in [("old", ""), ("new", "long used;")] {
        releases.write(&format!("{side}/include/t.h"), public);
        releases.write(&format!("{side}/dec/state.h"), &private(more));
        releases.write(&format!("{side}/t.c"), source);
        releases.compile(side, "t.c", &[]);
    }
    let (plain, with) = releases.compare(&[]);
    assert!(with.starts_with("COMPATIBLE") && !with.contains("risky"), "{with}");
    assert!(plain.contains("risky") && !plain.contains("breaking"), "{plain}");
}

/// The library is one file: what it defines may be what programs fill in.
#[test]
fn an_amalgamation_is_an_ordinary_library() {
    let body = |more: &str| {
        format!(
            "struct module {{ int version; {more} int (*close)(void); }};\nint add(struct module *m) {{ return m->close(); }}\n"
        )
    };
    let header = |more: &str| {
        format!("struct module {{ int version; {more} int (*close)(void); }};\nint add(struct module *m);\n")
    };
    let more = "int (*open)(void);";
    let releases = Releases::new("t.c", (&header(""), &body("")), (&header(more), &body(more)), &[]);
    let (plain, with) = releases.compare(&[]);
    assert!(
        plain.contains("risky") && plain.contains("unknown whether programs see its definition"),
        "{plain}"
    );
    assert!(with.starts_with("BREAKING") && with.contains("member-added"), "{with}");
}

/// A header that wants another one included, and one for another system, are for others; the answer is the same each time.
#[test]
fn headers_for_others_are_left_out_each_time() {
    let main =
        "#define T_INSIDE 1\n#include <t/part.h>\nstruct s { struct part p; };\nint use(struct s *s);\n";
    let source = "#include <t.h>\nint use(struct s *s) { return s->p.a; }\n";
    let releases = Releases { folder: tempfile::tempdir().expect("a directory") };
    releases.write("old/include/t.h", main);
    releases.write(
        "old/include/t/part.h",
        "#ifndef T_INSIDE\n#error Never include this file directly. Use <t.h> instead.\n#endif\n#ifndef P\n#define P\nstruct part { int a; };\n#endif\n",
    );
    releases.write("old/include/t/win.h", "#include <winsock2.h>\nint on_windows(SOCKET s);\n");
    releases.write("old/t.c", source);
    releases.compile("old", "t.c", &[]);
    let mut dumps = Vec::new();
    for _ in 0..3 {
        let done = releases.dump("old", &[]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        dumps.push(std::fs::read_to_string(releases.path("old.abi")).expect("a dump"));
    }
    assert!(dumps[0] == dumps[1] && dumps[1] == dumps[2]);
    assert!(dumps[0].contains("\"name\":\"p\"") && dumps[0].contains("winsock2.h"), "{}", dumps[0]);
    assert!(!dumps[0].contains("directly"), "{}", dumps[0]);
    // A header that declares what the library exports and does not compile is not for others, and it says what it needs.
    releases
        .write("old/include/t.h", &format!("#if T_API < 3\n#error only version 3 or later\n#endif\n{main}"));
    let refused = releases.dump("old", &[]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains("--probe-flag -DT_API=VALUE"), "{message}");
    assert!(releases.dump("old", &["--probe-flag", "-DT_API=3"]).status.success());
}

/// Build systems learn from pkg-config where headers are included from, and programs include others first.
#[test]
fn headers_are_compiled_as_programs_include_them() {
    let releases = Releases { folder: tempfile::tempdir().expect("a directory") };
    for (side, more) in [("old", ""), ("new", " long more;")] {
        let include = |name: &str| format!("{side}/include/t-1.0/t/{name}");
        let conf = format!("#include <tlocal.h>\nstruct conf {{ tlong value;{more} }};\n");
        releases.write(&include("conf.h"), &conf);
        releases.write(&include("t.h"), "#ifndef T_H\n#define T_H\n#include <t/conf.h>\nlong t_get(struct conf *conf);\ntypedef struct conf tconf;\n#endif\n");
        releases.write(&include("a.h"), "int t_print(FILE *to, const b_name *name);\n");
        releases.write(&include("b.h"), "typedef size_t b_name;\nint t_late(tconf *conf);\n");
        releases.write(&format!("{side}/lib/t-1.0/include/tlocal.h"), "typedef long tlong;\n");
        releases.write(
            &format!("{side}/t.c"),
            "#include <stdio.h>\n#include <t/t.h>\n#include <t/b.h>\n#include <t/a.h>\n\
             long t_get(struct conf *conf) { return conf->value; }\n\
             int t_print(FILE *to, const b_name *name) { return fprintf(to, \"%zu\", *name); }\n\
             int t_late(tconf *conf) { return conf != 0; }\n",
        );
        let flags = ["-Iinclude/t-1.0", "-Ilib/t-1.0/include", "-g0"];
        releases.compile(side, "t.c", &flags);
    }
    let (plain, with) = releases.compare(&[]);
    assert!(plain.starts_with("COMPATIBLE") && plain.contains("types not compared"), "{plain}");
    assert!(with.starts_with("BREAKING") && with.contains("long more"), "{with}");
    assert!(!with.contains("left out"), "{with}");
    let dumped = std::fs::read_to_string(releases.path("old.abi")).expect("a dump");
    assert!(dumped.contains("t_print") && dumped.contains("t_late"), "{dumped}");
    let directory = releases.path("");
    assert!(!dumped.contains(&*directory.to_string_lossy()), "a dump has no path of this machine: {dumped}");
    // Nobody asked for the headers: it is said where they are, and the words that are given compile them.
    for side in ["old", "new"] {
        std::fs::rename(
            releases.path(&format!("{side}/libt.so")),
            releases.path(&format!("{side}/lib/libt.so")),
        )
        .expect("moved");
    }
    let offered = releases.run(&["diff", "old", "new"]);
    let said = String::from_utf8_lossy(&offered.stderr).into_owned();
    assert!(said.contains("public headers are in old/include and new/include: --header '**'"), "{said}");
    let asked = text(&releases.run(&["diff", "old/lib/libt.so", "new/lib/libt.so", "--header", "**"]));
    assert!(asked.starts_with("BREAKING"), "{asked}");
    let quiet = releases.run(&["diff", "old", "new", "-q"]);
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
}

/// All headers that lack the same other package are named at once; a header that is private by its name is nobody's to miss.
#[test]
fn headers_that_lack_another_package_are_all_named() {
    let header = "#include <t/a0.h>\nint get(int value);\n";
    let source = "int get(int value) { return value; }\n";
    let releases = Releases::new("t.c", ("int get(int value);\n", source), (header, source), &["-g0"]);
    releases.write("new/include/t/a_p.h", "#include <nowhere/own.h>\nint get(int);\n");
    for number in 0..9 {
        let text = format!("#include <elsewhere/all.h>\nint get(int value);\nint get_{number}(int);\n");
        releases.write(&format!("new/include/t/a{number}.h"), &text);
    }
    let refused = releases.dump("new", &[]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{message}");
    let names = (0..9).all(|number| message.contains(&format!("t/a{number}.h: ")));
    assert!(names && message.contains("install what has elsewhere/all.h"), "{message}");
    assert!(!message.contains("a_p.h"), "{message}");
    releases.write("new/elsewhere/all.h", "");
    let flag = format!("-I{}", releases.path("new").display());
    let done = releases.dump("new", &["--probe-flag", &flag]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let dumped = std::fs::read_to_string(releases.path("new.abi")).expect("a dump");
    assert!(dumped.contains("a_p.h"), "left out, and said: {dumped}");
}

/// What headers need is on record where the library has its macros in its debug info.
#[test]
fn headers_get_the_macros_that_they_need_from_debug_info() {
    let header = |more: &str| {
        format!(
            "#ifndef T_LEVEL\n#error define T_LEVEL\n#endif\nstruct level {{ int a[T_LEVEL]; {more} }};\nint get(struct level *level);\n"
        )
    };
    let source = "#include <t.h>\nint get(struct level *level) { return level->a[0]; }\n";
    let flags = ["-g3", "-DT_LEVEL=3", "-DT_PRIVATE"];
    let releases = Releases::new("t.c", (&header(""), source), (&header("long last;"), source), &flags);
    let (_, with) = releases.compare(&[]);
    assert!(with.starts_with("BREAKING") && with.contains("long last"), "{with}");
    let dumped = std::fs::read_to_string(releases.path("old.abi")).expect("a dump");
    assert!(dumped.contains("-DT_LEVEL=3") && !dumped.contains("T_PRIVATE"), "{dumped}");
}

/// A header that does not compile says nothing, and the report says that.
#[test]
fn headers_that_fell_out_are_counted() {
    let header = "#error never\nint get(int);\n";
    let source = "int get(int value) { return value; }\n";
    let releases = Releases::new("t.c", (header, source), (header, source), &[]);
    let (_, with) = releases.compare(&["--keep-going"]);
    assert!(with.contains("0 of 1 public headers compile; left out: t.h"), "{with}");
    assert!(
        !with.contains("types of the public headers") && with.contains("functions with types: 1 of 1"),
        "{with}"
    );
    for side in ["old", "new"] {
        releases.write(
            &format!("{side}/include/u.h"),
            "struct part { int a; };\nint get_part(struct part *part);\n",
        );
    }
    let (_, with) = releases.compare(&["--keep-going"]);
    assert!(with.contains("(headers that compile: 1 of 2 before, 1 of 2 after)"), "{with}");
}

/// One release has headers of C that are none of C++, and headers of C++.
#[test]
fn each_header_is_compiled_in_its_language() {
    let releases = Releases { folder: tempfile::tempdir().expect("a folder") };
    for (side, more) in [("old", ""), ("new", "long last;")] {
        let c = format!("struct plain {{ int class; {more} }};\nint plain_get(struct plain *new);\n");
        releases.write(&format!("{side}/include/plain.h"), &c);
        releases.write(
            &format!("{side}/include/t.hpp"),
            "namespace t { class Shape { public: virtual ~Shape(); int a; }; int area(Shape &); }\n",
        );
        releases.write(
            &format!("{side}/t.cc"),
            "#include <t.hpp>\nt::Shape::~Shape() {} int t::area(Shape &shape) { return shape.a; }\n\
             extern \"C\" int plain_get(void *plain) { return *(int *)plain; }\n",
        );
        releases.compile(side, "t.cc", &[]);
    }
    let (_, with) = releases.compare(&[]);
    assert!(with.starts_with("BREAKING") && with.contains("plain") && with.contains("long last"), "{with}");
    let dumped = std::fs::read_to_string(releases.path("old.abi")).expect("a dump");
    assert!(dumped.contains("\"type\":\"t::Shape\"") && !dumped.contains("left_out"), "{dumped}");
}

/// The library is compiled with another macro than programs are: both layouts count.
#[test]
fn a_class_with_two_layouts_is_told() {
    for (name, flag) in [("t.c", "-DNDEBUG"), ("t.cc", "-DNDEBUG")] {
        let header = |more: &str| {
            format!(
                "struct A {{\n  int a;\n#ifndef NDEBUG\n  int check; {more}\n#endif\n}};\nint f(struct A *a);\n"
            )
        };
        let include = if name.ends_with(".c") { "#include <t.h>" } else { "#include <t.hpp>" };
        let source = format!("{include}\nint f(struct A *a) {{ return a->a; }}\n");
        let releases = Releases::new(name, (&header(""), &source), (&header("int more;"), &source), &[flag]);
        let (plain, with) = releases.compare(&[]);
        assert!(plain.contains("no changes"), "{plain}");
        assert!(with.contains("header-binary-mismatch") && with.starts_with("BREAKING"), "{with}");
        assert!(with.contains("member-added") && with.contains("int more"), "{with}");
        // Compiled as programs do, there is one layout.
        let agreeing = Releases::new(name, (&header(""), &source), (&header(""), &source), &[]);
        let (_, with) = agreeing.compare(&[]);
        assert!(with.contains("no changes"), "{with}");
    }
}

#[test]
fn a_class_or_function_that_became_final_is_told() {
    let header = |class: &str, function: &str| {
        format!(
            "struct B {{ B(); virtual ~B(); long b; }};\nstruct C {class} : virtual B {{ C(); long c; virtual long v() {function}; virtual long v(int); }};\n\
             struct Plain {class} {{ int x; }};\nlong drive(C *, Plain *);\n"
        )
    };
    let source = "#include <t.hpp>\nB::B() : b(5) {} B::~B() {} C::C() : c(6) {} long C::v() { return c; } long C::v(int x) { return x; }\n\
                  long drive(C *p, Plain *) { return p->b * 10 + p->v(); }\n";
    let (open, class, function) = (header("", ""), header("final", ""), header("", "final"));
    let closed = Releases::new("t.cc", (&open, source), (&class, source), &[]);
    let (_, with) = closed.compare(&[]);
    assert!(with.starts_with("BREAKING") && with.contains("became-final"), "{with}");
    // Without anything virtual, only sources notice.
    let plain =
        with.split("became-final").skip(1).any(|part| part.contains("Plain") && part.contains("source"));
    assert!(plain, "{with}");
    let sealed = Releases::new("t.cc", (&open, source), (&function, source), &[]);
    let (_, with) = sealed.compare(&[]);
    assert!(
        with.starts_with("BREAKING") && with.contains("C::v()") && !with.contains("C::v(int)\n    C::v"),
        "{with}"
    );
    // What was final before, and what is opened, is nothing.
    for (old, new) in [(&class, &class), (&class, &open), (&class, &function), (&function, &open)] {
        let (_, with) = Releases::new("t.cc", (old, source), (new, source), &[]).compare(&[]);
        assert!(!with.contains("became-final"), "{with}");
    }
}

/// It is called by its first enumerator, which may be a new one.
#[test]
fn an_unnamed_enumeration_is_known_by_its_other_enumerators() {
    let header = |list: &str| format!("enum {{ {list} }};\nenum {{ OTHER = 4 }};\nlong paint(int color);\n");
    let source = "#include <t.h>\nlong paint(int color) { return color; }\n";
    let compare = |old: &str, new: &str| {
        Releases::new("t.c", (&header(old), source), (&header(new), source), &[]).compare(&[]).1
    };
    let report = compare("RED, BLUE", "ZERO, RED, BLUE");
    assert!(report.starts_with("BREAKING") && report.contains("RED 0 → 1"), "{report}");
    let report = compare("ZERO, RED, BLUE", "RED = 1, BLUE");
    assert!(report.contains("enumerator-removed") && !report.contains("BLUE 2"), "{report}");
    assert!(!compare("RED = 1, BLUE", "ZERO, RED, BLUE").starts_with("BREAKING"));
}

/// The compiler says neither of a declaration in C.
#[test]
fn headers_alone_name_parameters_and_labels_of_c() {
    let alone = |old: (&str, &str), new: (&str, &str)| {
        let releases = Releases::new("t.c", old, new, &[]);
        releases.compare(&["--no-debug-info"]).1
    };
    let grown = |member: &str| {
        format!(
            "#include <stddef.h>\nstruct opts {{ int a; {member} }};\nlong go(const struct opts *opts, size_t len);\n"
        )
    };
    let source = "#include <t.h>\nlong go(const struct opts *opts, size_t len) { return opts->a; }\n";
    let report = alone((&grown(""), source), (&grown("void *b;"), source));
    assert!(report.starts_with("RISKY") && report.contains("go takes the size"), "{report}");

    let pair = |list: &str| format!("long pair({list});\n");
    let (old, new) = (pair("long width, long height"), pair("long height, long width"));
    let defined = |list: &str| format!("long pair({list}) {{ return width - 2 * height; }}\n");
    let report =
        alone((&old, &defined("long width, long height")), (&new, &defined("long height, long width")));
    assert!(report.contains("changed places") || report.contains("parameter-type-changed"), "{report}");

    let labeled = |name: &str| format!("long {name}(int n) __asm__(\"run64\");\n");
    let source = |name: &str| format!("#include <t.h>\nlong {name}(int n) {{ return n; }}\n");
    let report = alone((&labeled("run"), &source("run")), (&labeled("run_now"), &source("run_now")));
    assert!(report.contains("no changes"), "{report}");
}

/// Nobody derives from what was final, or from what the public headers only declare.
#[test]
fn a_table_that_programs_do_not_extend_may_grow() {
    let header = |word: &str, more: &str| {
        format!(
            "class P {word} {{ public: P(); virtual ~P(); virtual long f(); {more} struct Hidden; Hidden *h; }};\n"
        )
    };
    let source = |more: &str, hidden: &str| {
        format!(
            "#include <t.hpp>\nP::P() {{}} P::~P() {{}} long P::f() {{ return 1; }} {more}\n\
                 struct P::Hidden {{ virtual ~Hidden(); virtual long a(); {hidden} int x; }}; P::Hidden::~Hidden() {{}} long P::Hidden::a() {{ return 2; }}\n"
        )
    };
    let (more, defined) = ("virtual long g();", "long P::g() { return 3; }");
    let grown = |word: &str| {
        let (old, new) = (header(word, ""), header(word, more));
        let (before, after) = (source("", ""), source(defined, ""));
        Releases::new("t.cc", (&old, &before), (&new, &after), &[]).compare(&[]).1
    };
    let (open, closed) = (grown(""), grown("final"));
    assert!(open.starts_with("BREAKING") && open.contains("virtual-appended"), "{open}");
    assert!(may_pass(&closed) && closed.contains("which was final"), "{closed}");

    let same = header("", "");
    let hidden = "virtual long b() { return 4; }";
    let releases = Releases::new("t.cc", (&same, &source("", "")), (&same, &source("", hidden)), &[]);
    let (plain, with) = releases.compare(&[]);
    let (_, alone) = releases.compare(&["--no-debug-info"]);
    for report in [plain, with, alone] {
        assert!(may_pass(&report), "{report}");
    }
}

/// Nothing breaks for certain.
fn may_pass(report: &str) -> bool {
    report.starts_with("COMPATIBLE") || report.starts_with("RISKY")
}

#[test]
fn an_initializer_is_what_a_constructor_is_to_derived_classes() {
    let header = |count: &str, more: &str| {
        format!("struct B {{ int count{count}; char flag; {more} }};\nint f(B *);\n")
    };
    let source = "#include <t.hpp>\nint f(B *b) { return b->count; }\n";
    let (plain, initialized) = (header("", ""), header(" = 0", ""));
    let (braces, both) = (header("{0}", ""), header(" = 0", "B(int n) : count(n) {}"));
    for new in [&initialized, &braces] {
        let (_, with) = Releases::new("t.cc", (&plain, source), (new, source), &[]).compare(&[]);
        assert!(with.starts_with("BREAKING") && with.contains("tail-padding-changed"), "{with}");
    }
    for (old, new) in [(&initialized, &braces), (&initialized, &both), (&plain, &plain)] {
        let (_, with) = Releases::new("t.cc", (old, source), (new, source), &[]).compare(&[]);
        assert!(!with.contains("tail-padding-changed"), "{with}");
    }
}

#[test]
fn instances_that_headers_leave_to_the_library_are_promises() {
    let header = |external: &str| {
        format!(
            "namespace n {{ struct A {{ int a; }};\ntemplate <class T> struct Box {{ T value; int take(); virtual ~Box() {{}} }};\n\
             template <class T> int Box<T>::take() {{ return sizeof(T); }}\ntemplate <class T> int twice(T value);\n\
             {external} }}\n"
        )
    };
    let source = |instances: &str| {
        format!(
            "#include <t.hpp>\nnamespace n {{ template <class T> int twice(T) {{ return 2; }} }}\n\
             {instances}\nnamespace n {{ int always() {{ return 1; }} }}\n"
        )
    };
    let external = header("extern template struct Box<A>;");
    let inline = header("");
    let with_box = source("template struct n::Box<n::A>;");
    let with_twice = source("template int n::twice<long>(long);");
    let without = source("");
    for (header, old) in [(&external, &with_box), (&inline, &with_twice)] {
        let (_, with) = Releases::new("t.cc", (header, old), (&inline, &without), &[]).compare(&[]);
        assert!(with.starts_with("BREAKING") && with.contains("instantiation-removed"), "{with}");
    }
    // Every program has its own.
    let (_, with) = Releases::new("t.cc", (&inline, &with_box), (&inline, &without), &[]).compare(&[]);
    assert!(with.starts_with("RISKY") && with.contains("weak-symbol-removed"), "{with}");
}

#[test]
fn a_struct_that_headers_no_longer_define_is_told() {
    let source = "#include \"t.h\"\nint get(S *s) { return s->a; }\n";
    let own = "#include \"t.h\"\nstruct S { int a, b; };\nint get(S *s) { return s->a; }\n";
    let old = ("typedef struct S { int a, b; } S;\nint get(S *s);\n", source);
    let releases = Releases::new("t.c", old, ("typedef struct S S;\nint get(S *s);\n", own), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(with.contains("type-became-incomplete"), "{with}");
}

#[test]
fn declarations_without_a_prototype_take_any_arguments() {
    let source = |parameters: &str| format!("#include \"t.h\"\nint start{parameters} {{ return 1; }}\n");
    for (before, now, breaks) in [
        ("()", "(void)", false),
        ("(mode, name) int mode; char *name;", "(int mode, char *name)", false),
        ("(share) double share;", "(float share)", true),
    ] {
        let new = (format!("int start{now};\n"), source(now));
        let old = ("int start();\n", &*source(before));
        let releases = Releases::new("t.c", old, (&new.0, &new.1), &[]);
        let (_, with) = releases.compare(&[]);
        assert_eq!(with.contains("parameter-type-changed"), breaks, "{now}: {with}");
        assert!(!with.contains("variadic-changed"), "{now}: {with}");
    }
}

#[test]
fn an_enumerator_that_became_a_macro_is_what_its_value_says() {
    let source = "#include \"t.h\"\nint paint(enum color of) { return of == GREEN; }\n";
    let before = "enum color { RED = 1, BLUE = 2, GREEN = 4 };\nint paint(enum color of);\n";
    let after = |value: u32| {
        format!("enum color {{ RED = 1, BLUE = 2 }};\n#define GREEN {value}\nint paint(enum color of);\n")
    };
    let releases = Releases::new("t.c", (before, source), (&after(4), source), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(!with.contains("enumerator-"), "{with}");
    let releases = Releases::new("t.c", (before, source), (&after(5), source), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(with.starts_with("BREAKING") && with.contains("enumerator-value-changed"), "{with}");
}

/// Neither GCC nor Clang has values of them in the debug info of a probe.
#[test]
fn constants_of_headers_are_read_off_their_text() {
    let header = |first: &str, limit: &str| format!("{first} LIMIT = {limit};\nint start(int mode);\n");
    for (file, first) in
        [("t.c", "static const int"), ("t.cc", "constexpr int"), ("t.cc", "const unsigned long")]
    {
        for (now, differs) in [("8", true), ("0x4", false)] {
            let (old, new) = (header(first, "4"), header(first, now));
            let ending = if file == "t.c" { "h" } else { "hpp" };
            let source = format!("#include \"t.{ending}\"\nint start(int mode) {{ return mode + LIMIT; }}\n");
            let releases = Releases::new(file, (&old, &source), (&new, &source), &["-g0"]);
            let (_, with) = releases.compare(&[]);
            assert_eq!(with.contains("constant-changed"), differs, "{file} {first} {now}: {with}");
        }
    }
}

/// `shop_peek` is exported for the library's own tests: programs know neither it nor what only it takes.
#[test]
fn what_only_undeclared_functions_take_is_not_public() {
    let header = |more: &str| {
        format!(
            "struct answer {{ int n; {more} }};\ntypedef void (*answered)(void *, struct answer *);\n\
             void shop_ask(answered then, void *arg);\nvoid shop_free_answer(struct answer *it);\n"
        )
    };
    let source = |more: &str| {
        format!(
            "#include <stdlib.h>\n#include \"t.h\"\nenum kind {{ {more} PLAIN, LAST }};\n\
             int shop_peek(enum kind kind, struct answer *it) {{ return kind == PLAIN ? it->n : LAST; }}\n\
             void shop_ask(answered then, void *arg) {{ then(arg, calloc(1, sizeof(struct answer))); }}\n\
             void shop_free_answer(struct answer *it) {{ free(it); }}\n"
        )
    };
    let (old, new) = (header(""), header("char *name;"));
    let releases = Releases::new("t.c", (&old, &source("")), (&new, &source("FANCY,")), &[]);
    let (plain, with) = releases.compare(&[]);
    assert!(plain.starts_with("BREAKING"), "nothing says that programs do not call it: {plain}");
    assert!(with.starts_with("RISKY") && with.contains("only callbacks get it"), "{with}");
    assert!(with.contains("enumerator-value-changed  ×1  compatible"), "{with}");
}

/// A constant of a private header is nothing that programs have compiled in, where all public headers are known.
#[test]
fn constants_of_private_headers_are_not_public() {
    let source = |value: u32| {
        format!(
            "#include \"t.h\"\n#line 1 \"hash.h\"\nstatic const unsigned hash_multiplier = {value}u;\n#line 1 \"t.c\"\n\
             unsigned t_hash(const unsigned *key) {{ return *key * hash_multiplier + T_SEED; }}\n"
        )
    };
    let header = |seed: u32| {
        format!(
            "static const unsigned t_most = {seed}u;\n#define T_SEED 3\nunsigned t_hash(const unsigned *key);\n"
        )
    };
    let releases = Releases::new("t.c", (&header(7), &source(5)), (&header(7), &source(9)), &[]);
    let (plain, with) = releases.compare(&[]);
    assert!(plain.starts_with("RISKY") && plain.contains("hash_multiplier"), "{plain}");
    assert!(with.starts_with("COMPATIBLE") && !with.contains("hash_multiplier"), "{with}");
    let releases = Releases::new("t.c", (&header(7), &source(5)), (&header(8), &source(9)), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(with.contains("t_most") && !with.contains("hash_multiplier"), "{with}");
}

/// What no exported function leads to, and what no header declares: nothing says that programs and the library share it.
#[test]
fn what_is_not_shared_weighs_less() {
    let header = |more: &str| {
        format!("struct request {{ int number; {more} }};\nint t_control(int number, void *request);\n")
    };
    let source = |count: u32| {
        format!(
            "#include \"t.h\"\nconst char t_keys_[{count}] = {{ 1 }};\n\
             int t_control(int number, void *request) {{ return t_keys_[number] + ((struct request *)request)->number; }}\n"
        )
    };
    let releases =
        Releases::new("t.c", (&header(""), &source(8)), (&header("long deadline;"), &source(9)), &[]);
    let (plain, with) = releases.compare(&[]);
    assert!(plain.starts_with("BREAKING") && plain.contains("object-size-changed"), "{plain}");
    assert!(with.starts_with("RISKY"), "{with}");
    assert!(
        with.contains("no public header declares it")
            && with.contains("no exported function or variable leads to it"),
        "{with}"
    );
    // A member that moves is at another place for whoever gets it.
    let moved = "struct request { long deadline; int number; };\nint t_control(int number, void *request);\n";
    let releases = Releases::new("t.c", (&header(""), &source(8)), (moved, &source(8)), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(with.starts_with("BREAKING"), "{with}");
    // A variable that a header declares is copied into programs.
    let declared = |count: u32| format!("{}extern const char t_keys_[{count}];\n", header(""));
    let releases = Releases::new("t.c", (&declared(8), &source(8)), (&declared(9), &source(9)), &[]);
    let (_, with) = releases.compare(&[]);
    assert!(with.starts_with("BREAKING") && with.contains("object-size-changed"), "{with}");
}
