//! Cases in C: what the machine sees of a type, whose type it is, and how libraries grow.

use super::Case;
use super::draft::{Draft, fill};
use crate::c::Effect::{Breaks, Harmless, Risky};
use crate::dice::Dice;

const LAYOUT: &[&str] = &[
    "member-added",
    "member-removed",
    "member-moved",
    "member-reordered",
    "member-type-changed",
    "type-size-changed",
    "type-alignment-changed",
    "passing-changed",
    "member-added-in-padding",
    "array-bound-changed",
    "bitfield-changed",
    "anonymous-member-changed",
    "union-member-added",
    "union-member-removed",
    "type-kind-changed",
    "typedef-changed",
    "tail-padding-changed",
];
const CALL: &[&str] = &[
    "parameter-type-changed",
    "return-type-changed",
    "passing-changed",
    "typedef-changed",
    "signature-changed",
];
const GONE: &[&str] = &["symbol-removed", "symbol-renamed", "symbol-version-changed", "version-node-removed"];
const OPTION: &[&str] =
    &["abi-option-changed", "base-type-changed", "type-size-changed", "member-moved", "typedef-changed"];
const VALUE: &str = "the number happens to come out as before";
const BUILD: &str = "headers do not say how the library was compiled";

pub(crate) const CASES: &[Case] = &[
    Case::new("c: by value, a part in another register", Breaks, LAYOUT, another_register)
        .unseen("of more than 16 bytes, all is in memory"),
    Case::new("c: by value, padding filled by another class", Breaks, LAYOUT, padding_changes_class),
    Case::new("c: by value, padding filled by the same class", Risky, &[], padding_keeps_class),
    Case::new("c: union by value, another class", Breaks, LAYOUT, union_changes_class),
    Case::new("c: union by value, the same class", Risky, &[], union_keeps_class),
    Case::new("c: returned in memory from now on", Breaks, LAYOUT, grows_into_memory),
    Case::new("c: complex number", Breaks, CALL, complex).unseen(VALUE),
    Case::new("c: one of like unnamed types changes", Breaks, LAYOUT, unnamed_changes),
    Case::new("c: unnamed type gets a tag", Harmless, &[], unnamed_named),
    Case::new("c: another type with unnamed ones in front", Harmless, &[], unnamed_in_front),
    Case::new(
        "c: unnamed enumeration renumbered",
        Breaks,
        &["enumerator-value-changed", "constant-changed"],
        |d| unnamed_enum(d, true),
    ),
    Case::new(
        "c: constants of an enumeration renumbered",
        Breaks,
        &["enumerator-value-changed", "constant-changed"],
        |d| unnamed_enum(d, false),
    )
    .but_debug("nothing that is exported has its type"),
    Case::new("c: private namesake changes", Risky, &[], namesake_changes),
    Case::new("c: public type with a private namesake changes", Breaks, LAYOUT, public_namesake)
        .unseen("the one member that the program looks at lies where it lay"),
    Case::new("c: namesake in another library changes", Risky, &[], |d| desk(d, false)),
    Case::new("c: type of the second library changes", Breaks, LAYOUT, |d| desk(d, true)),
    Case::new("c: signedness of char by a flag", Breaks, OPTION, char_flag).unseen(VALUE).but_headers(BUILD),
    Case::new("c: size of wchar_t by a flag", Breaks, OPTION, |d| flag(d, "-fshort-wchar"))
        .unseen(VALUE)
        .but_headers(BUILD),
    Case::new("c: long double by a flag", Breaks, OPTION, |d| flag(d, "-mlong-double-64"))
        .unseen(VALUE)
        .but_headers(BUILD),
    Case::new("c: sizes of enumerations by a flag", Breaks, OPTION, |d| flag(d, "-fshort-enums"))
        .unseen(VALUE)
        .but_headers(BUILD),
    Case::new("c: packing by a flag", Breaks, OPTION, |d| flag(d, "-fpack-struct=2"))
        .unseen(VALUE)
        .but_headers(BUILD),
    Case::new("c: flags that change no ABI", Harmless, &[], idle_flag),
    Case::new("c: table of the library grows at its end", Risky, &[], |d| table(d, 0)),
    Case::new("c: table of the library grows in front", Breaks, LAYOUT, |d| table(d, 1)),
    Case::new("c: table of the library in another order", Breaks, LAYOUT, |d| table(d, 2)),
    Case::new(
        "c: function in a table takes another type",
        Breaks,
        &["member-type-changed", "typedef-changed"],
        |d| table(d, 3),
    ),
    Case::new("c: table of the program grows", Breaks, LAYOUT, program_table),
    Case::new("c: sized struct grows at its end", Risky, &[], |d| sized(d, true)),
    Case::new("c: sized struct grows inside", Breaks, LAYOUT, |d| sized(d, false)),
    Case::new("c: struct with its size beside it grows", Risky, &[], size_beside),
    Case::new("c: macro of another value", Breaks, &["constant-changed"], |d| macro_(d, "3", "5"))
        .but_debug("plain -g has no macros"),
    Case::new("c: macro written otherwise", Harmless, &[], |d| {
        let now = d.pick(&["(1 + 2)", "0x3", "( 3 )", "(1 | 2)"]);
        macro_(d, "3", now)
    }),
    Case::new("c: macro with another number of parameters", Risky, &[], macro_parameters),
    Case::new("c: constant of another value", Breaks, &["constant-changed"], |d| constant(d, true))
        .but_debug("compilers leave constants out that nothing uses"),
    Case::new("c: constant written otherwise", Harmless, &[], |d| constant(d, false)),
    Case::new("c: version macros", Risky, &[], version_macros),
    Case::new("c: inline function calls what is gone", Breaks, GONE, |d| inline(d, true)),
    Case::new("c: inline function written otherwise", Harmless, &[], |d| inline(d, false)),
    Case::new("c: inline function reads another place", Breaks, LAYOUT, inline_reads),
    Case::new("c: default version changed, the old one kept", Risky, &[], |d| symver(d, 0)),
    Case::new("c: default version changed, the old one dropped", Breaks, GONE, |d| symver(d, 1)),
    Case::new("c: old version dropped", Breaks, GONE, |d| symver(d, 2)),
    Case::new(
        "c: old version takes another type",
        Breaks,
        &["parameter-type-changed", "passing-changed"],
        |d| symver(d, 3),
    )
    .but_headers("they declare the default version alone"),
    Case::new("c: default version takes another type, the old one kept", Risky, &[], |d| symver(d, 4)),
    Case::new("c: alias removed", Breaks, GONE, |d| alias(d, 0)),
    Case::new("c: alias became a function", Risky, &[], |d| alias(d, 1)),
    Case::new("c: alias of another type", Breaks, CALL, |d| alias(d, 2)).unseen(VALUE),
    Case::new("c: assembler name changed", Breaks, GONE, |d| label(d, true)),
    Case::new("c: name changed under one assembler name", Harmless, &[], |d| label(d, false)),
    Case::new("c: function became an ifunc", Risky, &[], |d| ifunc(d, false)),
    Case::new("c: ifunc of another type", Breaks, CALL, |d| ifunc(d, true)),
    Case::new("c: element of a flexible array", Breaks, LAYOUT, flexible).unseen(VALUE),
    Case::new("c: flexible array written otherwise", Harmless, &[], flexible_spelling),
    Case::new(
        "c: enumeration outgrows int",
        Breaks,
        &["type-size-changed", "underlying-type-changed", "member-moved", "enumerator-added"],
        large_enum,
    )
    .unseen("on a little-endian machine the lower half stands where it stood"),
    Case::new("c: enumerators renumbered", Breaks, &["enumerator-value-changed"], renumbered),
    Case::new(
        "c: enumerator removed",
        Breaks,
        &["enumerator-removed", "enumerator-renamed"],
        enumerator_removed,
    ),
    Case::new("c: bit-field got a sign", Breaks, &["member-type-changed", "bitfield-changed"], bits_sign)
        .unseen(VALUE),
    Case::new("c: bit-field of another type, the same bits", Risky, &[], bits_retyped),
    Case::new("c: bit-field of width 0", Breaks, LAYOUT, bits_zero),
    Case::new("c: bit-fields in another order", Breaks, LAYOUT, bits_order),
    Case::new("c: bit-field in spare bits", Risky, &[], bits_spare),
    Case::new(
        "c: variable of another type",
        Breaks,
        &["variable-type-changed", "object-size-changed", "array-bound-changed", "type-size-changed"],
        |d| variable(d, 0),
    )
    .unseen(VALUE),
    Case::new("c: variable became const", Breaks, &["variable-became-const", "member-cv-changed"], |d| {
        variable(d, 1)
    })
    .unseen("a program at a fixed address has a copy"),
    Case::new(
        "c: array became a pointer",
        Breaks,
        &["variable-type-changed", "object-size-changed", "array-bound-changed"],
        |d| variable(d, 2),
    ),
    Case::new("c: variable starts with another value", Harmless, &[], |d| variable(d, 3)),
    Case::new("c: variable better aligned", Harmless, &[], |d| variable(d, 4)),
    Case::new("c: function hidden", Breaks, GONE, |d| visibility(d, "hidden")),
    Case::new("c: function weak", Risky, &[], |d| visibility(d, "weak")),
    Case::new("c: function protected", Risky, &[], |d| visibility(d, "protected")),
    Case::new("c: number became a handle", Breaks, CALL, |d| handle(d, true)).unseen(VALUE),
    Case::new("c: handle became void", Risky, &[], |d| handle(d, false)),
    Case::new("c: handle renamed", Risky, &[], handle_renamed),
    Case::new("c: alternative of a union grows", Risky, &[], |d| alternative(d, false)),
    Case::new("c: alternative outgrows its union", Breaks, LAYOUT, |d| alternative(d, true)),
    Case::new("c: type of a function became one of a pointer", Harmless, &[], function_typedef),
    Case::new("c: number behind a pointer", Breaks, CALL, out_parameter).unseen(VALUE),
    Case::new("c: array of structs that grow", Breaks, LAYOUT, stride),
    Case::new("c: pointers exchanged", Breaks, CALL, pointers_exchanged),
    Case::new("c: like parameters exchanged", Breaks, CALL, like_exchanged),
    Case::new("c: callback of another type", Breaks, CALL, callback),
    Case::new("c: another spelling of a parameter", Harmless, &[], spelling),
    Case::new("c: opaque struct changes", Risky, &[], opaque),
    Case::new("c: reserve used", Risky, &[], reserve),
    Case::new("c: prototype that takes what was promoted", Breaks, CALL, |d| prototype(d, true)),
    Case::new("c: prototype that takes what was passed", Risky, &[], |d| prototype(d, false)),
    Case::new("c: union became transparent", Risky, &[], transparent),
    Case::new("c: variadic function", Breaks, &["variadic-changed", "parameter-type-changed"], variadic)
        .unseen("on x86-64 arguments stay where they are"),
    Case::new("c: member aligned", Breaks, LAYOUT, aligned_member),
    Case::new("c: alignment as it was", Harmless, &[], idle_alignment),
    Case::new("c: const behind a pointer", Harmless, &[], const_behind),
    Case::new("c: member of a union in a struct in a union", Breaks, LAYOUT, deep),
    Case::new("c: pointer to an array of another bound", Breaks, LAYOUT, table_rows).unseen(VALUE),
];

/// A part of a struct that is passed in registers: both types, how it is set to a number, and read.
struct Part {
    old: &'static str,
    new: &'static str,
    set: &'static str,
    get: &'static str,
}

const fn part(old: &'static str, new: &'static str, set: &'static str, get: &'static str) -> Part {
    Part { old, new, set, get }
}

const PARTS: &[Part] = &[
    part("float v;", "int v;", "it.v = n", "it.v"),
    part("double v;", "long v;", "it.v = n", "it.v"),
    part("float v[2];", "int v[2];", "it.v[0] = n; it.v[1] = n + 1", "it.v[0] + it.v[1] * 3"),
    part(
        "struct { float a, b; } v;",
        "struct { float a; int b; } v;",
        "it.v.a = n; it.v.b = n + 2",
        "it.v.a + it.v.b * 3",
    ),
    part("union { double d; } v;", "union { double d; long l; } v;", "it.v.d = n", "it.v.d"),
    part("union { float f; };", "union { float f; int i; };", "it.f = n", "it.f"),
    part("struct { double x; } v[1];", "struct { long x; } v[1];", "it.v[0].x = n", "it.v[0].x"),
    part("float v;", "short v;", "it.v = n", "it.v"),
    part("double v;", "float v;", "it.v = n", "it.v"),
    part("int v;", "float v;", "it.v = n", "it.v"),
];
const NEIGHBORS: [&str; 5] = ["", "int n0;", "double n0;", "long n0;", "char n0;"];

const USE: &str = "
int main(void) {
  struct pack it = make_pack(6);
  line(\"made\", (long)(GET));
  memset(&it, 0, sizeof it);
  { int n = 9; SET; }
  line(\"taken\", take_pack(it, 2));
  line(\"late\", late_pack(1, 2, 3, 4, 5, it));
  struct { long before; struct pack it; long after; } box = { 11, it, 12 };
  fill_pack(&box.it, 4);
  line(\"box\", box.before + box.after);
  return 0;
}
";

/// A struct or union `pack` whose parts are set and read in one way.
fn pack(decl: &str, set: &str, get: &str) -> Draft {
    let words = [("DECL", decl), ("SET", set), ("GET", get)];
    let header = "DECL
struct pack make_pack(int n);
long take_pack(struct pack it, int by);
long late_pack(int a, int b, int c, int d, int e, struct pack it);
void fill_pack(struct pack *to, int n);
";
    let source = "
struct pack make_pack(int n) { struct pack it; memset(&it, 0, sizeof it); SET; return it; }
long take_pack(struct pack it, int by) { return (long)(GET) * by; }
long late_pack(int a, int b, int c, int d, int e, struct pack it) { return (long)(GET) + a + b + c + d + e; }
void fill_pack(struct pack *to, int n) { *to = make_pack(n); }
";
    Draft::new(&fill(header, &words), &fill(source, &words), &fill(USE, &words))
}

fn another_register(d: &mut Dice) -> Draft {
    let part = &PARTS[d.below(PARTS.len())];
    let neighbor = d.pick(&NEIGHBORS);
    let changed = format!("@({}@|{}@)", part.old, part.new);
    let body = if d.one_in(2) { format!("{neighbor} {changed}") } else { format!("{changed} {neighbor}") };
    pack(&format!("struct pack {{ {body} }};"), part.set, part.get)
}

fn padding_changes_class(d: &mut Dice) -> Draft {
    let (before, added) = d.pick(&[
        ("double d; float v;", "int more;"),
        ("long l; float v;", "short more;"),
        ("float v;", "int more;"),
        ("float w; float u; float v;", "char more;"),
        ("int i; double d[0]; float v;", "unsigned char more;"),
    ]);
    // Where an array of nothing aligns, there is no room.
    let before = before.replace("double d[0]; ", "float w; ");
    pack(&format!("struct pack {{ {before} @(@|{added}@) }};"), "it.v = n", "it.v")
}

fn padding_keeps_class(d: &mut Dice) -> Draft {
    let (before, added) = d.pick(&[
        ("long l; int v;", "short more;"),
        ("double d; char v;", "char more;"),
        ("int i; char v;", "unsigned char more;"),
        ("void *p; short v;", "int more;"),
        ("double d; int v;", "float more;"),
    ]);
    pack(&format!("struct pack {{ {before} @(@|{added}@) }};"), "it.v = n", "it.v")
}

fn union_changes_class(d: &mut Dice) -> Draft {
    let (old, added) = d.pick(&[
        ("double v;", "long l;"),
        ("float v;", "int i;"),
        ("float v;", "char c;"),
        ("double v; float f;", "short s;"),
        ("float v; float f[2];", "unsigned u;"),
        ("double v;", "void *p;"),
        ("double v;", "struct { float a; int b; } s;"),
    ]);
    let draft = pack(&format!("union pack {{ {old} @(@|{added}@) }};"), "it.v = n", "it.v");
    draft.renamed("struct pack", "union pack").either_way(d)
}

fn union_keeps_class(d: &mut Dice) -> Draft {
    let (old, added) = d.pick(&[
        ("long v; double d;", "int i;"),
        ("int v; float f;", "unsigned u;"),
        ("float v;", "float g[1];"),
        ("double v;", "struct { double only; } s;"),
        ("double v;", "float f;"),
    ]);
    pack(&format!("union pack {{ {old} @(@|{added}@) }};"), "it.v = n", "it.v")
        .renamed("struct pack", "union pack")
}

fn grows_into_memory(d: &mut Dice) -> Draft {
    let (old, added) = d.pick(&[
        ("long l; long v;", "char more;"),
        ("double d; int v; int w;", "short more;"),
        ("float v; float w; float x; float y;", "float more;"),
        ("int v;", "long more[2];"),
    ]);
    pack(&format!("struct pack {{ {old} @(@|{added}@) }};"), "it.v = n", "it.v").either_way(d)
}

fn complex(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("double _Complex", "float _Complex"),
        ("float _Complex", "double"),
        ("double", "double _Complex"),
        ("long double _Complex", "double _Complex"),
    ]);
    let header = format!("@({old}@|{new}@) turn(@({old}@|{new}@) z, int by);\n");
    let source = format!("@({old}@|{new}@) turn(@({old}@|{new}@) z, int by) {{ return z * by; }}\n");
    Draft::new(
        &header,
        &source,
        &format!(
            "int main(void) {{ {old} z = 3; z += 2; line(\"turned\", (long)turn(z, 4)); double _Complex w = turn(z, 2); line(\"w\", (long)w); return 0; }}\n"
        ),
    )
}

fn unnamed_changes(d: &mut Dice) -> Draft {
    let (kind, old, new) = d.pick(&[
        ("struct", "int", "long"),
        ("struct", "short", "double"),
        ("union", "int", "double"),
        ("struct", "float", "int"),
    ]);
    let which = d.below(3);
    let type_ = |at: usize| if at == which { format!("@({old}@|{new}@)") } else { old.to_owned() };
    let key = if kind == "union" { "union" } else { "struct" };
    let extra = if d.one_in(2) { "struct other { struct { int x; double q; } first; };\n" } else { "" };
    let header = format!(
        "{extra}struct box {{\n  {key} {{ int x; struct {{ {} y; }} in; }} left;\n  {key} {{ int x; struct {{ {} y; }} in; }} right;\n  {key} {{ int x; struct {{ {} y; }} in; }} deep[2];\n}};\nvoid fill_box(struct box *to, int n);\nlong sum_box(const struct box *it);\n",
        type_(0),
        type_(1),
        type_(2)
    );
    let source = "
void fill_box(struct box *to, int n) { memset(to, 0, sizeof *to); to->left.in.y = n + 1; to->right.in.y = n + 2; to->deep[0].in.y = n + 3; to->deep[1].in.y = n + 4; }
long sum_box(const struct box *it) { return (long)(it->left.in.y + it->right.in.y * 10 + it->deep[0].in.y * 100 + it->deep[1].in.y * 1000); }
";
    let program = "
int main(void) {
  struct { struct box it; long after[8]; } here;
  memset(&here, 0, sizeof here);
  fill_box(&here.it, 2);
  line(\"left\", (long)here.it.left.in.y); line(\"right\", (long)here.it.right.in.y);
  line(\"deep\", (long)here.it.deep[0].in.y); line(\"deeper\", (long)here.it.deep[1].in.y);
  line(\"after\", here.after[0] + here.after[1]);
  here.it.left.in.y = 3; here.it.right.in.y = 4; here.it.deep[0].in.y = 5; here.it.deep[1].in.y = 6;
  line(\"sum\", sum_box(&here.it));
  return 0;
}
";
    Draft::new(&header, source, program)
}

fn unnamed_named(d: &mut Dice) -> Draft {
    let decl = d.pick(&[
        "struct pack { struct @(@|inner@) { int a; int v; } in; };",
        "struct pack { union @(@|part@) { int v; char c; } in; };",
        "typedef struct @(@|tagged@) { int v; long w; } part_t; struct pack { part_t in; };",
        "typedef enum @(@|kinds@) { ONE, TWO } kind_t; struct pack { kind_t k; struct { int v; } in; };",
    ]);
    pack(decl, "it.in.v = n", "it.in.v")
}

fn unnamed_in_front(d: &mut Dice) -> Draft {
    let added = d.pick(&[
        "struct fresh { struct { int v; double z; } in; };",
        "struct fresh { union { int v; char name[40]; }; };",
        "typedef struct { int v; long more[3]; } fresh_t;",
        "struct fresh { struct { struct { int v; } in; } in; };",
    ]);
    pack(
        &format!(
            "@(@|{added}@)\nstruct pack {{ struct {{ int v; short s; }} in; union {{ int k; char c; }}; }};"
        ),
        "it.in.v = n",
        "it.in.v",
    )
}

fn unnamed_enum(d: &mut Dice, typed: bool) -> Draft {
    let (old, new) = d.pick(&[
        ("SHOP_NONE, ", "SHOP_NONE, SHOP_EARLY, "),
        ("", "SHOP_ZERO, "),
        ("SHOP_NONE = 4, ", "SHOP_NONE = 5, "),
    ]);
    let (open, close) = if typed { ("typedef enum", " kind_t") } else { ("enum", "") };
    Draft::new(
        &format!(
            "{open} {{ @({old}@|{new}@)SHOP_RED, SHOP_BLUE }}{close};\nlong paint({} color);\n",
            if typed { "kind_t" } else { "int" }
        ),
        &format!(
            "long paint({} color) {{ return color == SHOP_RED ? 10 : color == SHOP_BLUE ? 20 : 0; }}\n",
            if typed { "kind_t" } else { "int" }
        ),
        "int main(void) { line(\"red\", paint(SHOP_RED)); line(\"blue\", paint(SHOP_BLUE)); return 0; }\n",
    )
}

const NODES: [&str; 5] = [
    "int state; long total;",
    "double weight;",
    "char name[24]; int used;",
    "float a, b;",
    "struct node *next; int k;",
];

/// A library with a public `struct node`, and source files that have other ones of their own.
fn nodes(d: &mut Dice, public: &str, private: &str) -> Draft {
    let header = format!(
        "struct node {{ {public} int v; }};\nvoid fill_node(struct node *to, int n);\nlong sum_node(const struct node *it);\nlong walk(int n);\n"
    );
    let source = "
void fill_node(struct node *to, int n) { memset(to, 0, sizeof *to); to->v = n; }
long sum_node(const struct node *it) { return it->v * 3; }
";
    let kind = d.pick(&["struct", "struct", "union"]);
    let private = private.replace("struct node", &format!("{kind} node"));
    let own = format!(
        "#define OWN\n#include <string.h>\n{kind} node {{ {private} short own; }};\n\
         static long step({kind} node *it, int n) {{ memset(it, 0, sizeof *it); it->own = n; return it->own; }}\n\
         long walk_node({kind} node *it) {{ return it ? it->own : 7; }}\nlong walk(int n) {{ {kind} node it; return step(&it, n) + walk_node(0); }}\n"
    );
    let program = "
int main(void) {
  struct { struct node it; long after[4]; } here;
  memset(&here, 0, sizeof here);
  fill_node(&here.it, 5);
  line(\"v\", here.it.v); line(\"after\", here.after[0]);
  here.it.v = 4;
  line(\"sum\", sum_node(&here.it)); line(\"walk\", walk(6));
  return 0;
}
";
    let draft = Draft::new(&header, source, program).source(d, &own);
    if d.one_in(2) {
        let third = d.pick(&NODES);
        let third = format!(
            "#define OWN\nstruct node {{ {third} }};\nlong third(const struct node *it) {{ return it ? sizeof *it : 1; }}\n"
        );
        return draft.source(d, &third);
    }
    draft
}

fn namesake_changes(d: &mut Dice) -> Draft {
    let (public, old) = (d.pick(&NODES[..3]), d.pick(&NODES));
    // Perhaps into the very shape of the public one.
    let new = d.pick(&[public, "long more; char x;", "double one; double two;"]);
    nodes(d, public, &format!("@({old}@|{new}@)"))
}

fn public_namesake(d: &mut Dice) -> Draft {
    let (old, private) = (d.pick(&NODES[..3]), d.pick(&NODES));
    let new = d.pick(&["long more, most;", "double one; double two; double three;"]);
    nodes(d, &format!("@({old}@|{new}@)"), private)
}

/// Two libraries with a `struct item` each: private in the first, and in the second private or public.
fn desk(d: &mut Dice, is_public: bool) -> Draft {
    let (old, new) = d.pick(&[
        ("int a;", "long a; int b;"),
        ("double a;", "float a; int c[4];"),
        ("char a[6];", "char a[30];"),
    ]);
    let own = d.pick(&NODES[..3]);
    let first = format!(
        "struct item {{ {own} int v; }};\nlong shop_item(struct item *it) {{ return it ? it->v : 2; }}\nlong shop_sum(int n) {{ struct item it = {{0}}; it.v = n; return shop_item(&it); }}\n"
    );
    let shape = format!("@({old}@|{new}@)");
    let (public, private) = if is_public {
        (format!("struct record {{ {shape} int v; }};\n"), String::new())
    } else {
        (String::new(), format!("struct record {{ int v; }};\nstruct item {{ {shape} int v; }};\n"))
    };
    let declared = if is_public { "" } else { "struct record;\n" };
    let header = format!(
        "{declared}{public}long shop_sum(int n);\nlong desk_sum(const struct record *it);\nvoid desk_fill(struct record *to, int n);\nlong desk_size(int n);\n"
    );
    let uses = if is_public { "" } else { "long desk_item(struct item *it) { return it ? it->v : 0; }\n" };
    let second = format!(
        "{private}{uses}long desk_sum(const struct record *it) {{ return it ? it->v * 5 : 1; }}\nvoid desk_fill(struct record *to, int n) {{ if (to) to->v = n; }}\nlong desk_size(int n) {{ return n; }}\n"
    );
    let program = if is_public {
        "int main(void) { struct { struct record it; long after[6]; } here; memset(&here, 0, sizeof here); desk_fill(&here.it, 4); line(\"v\", here.it.v); here.it.v = 5; line(\"sum\", desk_sum(&here.it)); line(\"shop\", shop_sum(3)); return 0; }\n"
    } else {
        "int main(void) { line(\"sum\", desk_sum(0)); line(\"shop\", shop_sum(3)); line(\"size\", desk_size(8)); return 0; }\n"
    };
    Draft::new(&header, &first, program).desk(&second)
}

/// Types that flags change, together in one library.
fn flagged(flags: &str) -> Draft {
    let header = "#include <stddef.h>
enum level { LOW, HIGH };
struct mixed { char c; long l; enum level e; short s; long double wide; };
void fill_mixed(struct mixed *to, int n);
long sum_mixed(const struct mixed *it);
long narrow(const char *text);
long broad(const wchar_t *text);
long double twice(long double x);
";
    let source = "
void fill_mixed(struct mixed *to, int n) { memset(to, 0, sizeof *to); to->c = -n; to->l = n; to->e = HIGH; to->s = n; to->wide = n; }
long sum_mixed(const struct mixed *it) { return it->c + it->l * 3 + it->e * 5 + it->s * 7 + (long)it->wide; }
long narrow(const char *text) { return text[0] < 0 ? -1 : text[0]; }
long broad(const wchar_t *text) { long all = 0; for (int at = 0; at < 3; ++at) all = all * 3 + text[at]; return all; }
long double twice(long double x) { return x * 2; }
";
    let program = "
int main(void) {
  struct { struct mixed it; long after[4]; } here;
  memset(&here, 0, sizeof here);
  fill_mixed(&here.it, 3);
  line(\"c\", here.it.c); line(\"l\", here.it.l); line(\"e\", here.it.e); line(\"s\", here.it.s); line(\"wide\", (long)here.it.wide);
  here.it.l = 8; here.it.s = 2; line(\"sum\", sum_mixed(&here.it));
  line(\"narrow\", narrow(\"\\xf0\"));
  line(\"broad\", broad(L\"abc\"));
  line(\"twice\", (long)twice(4.0L));
  return 0;
}
";
    Draft::new(header, source, program).flags(flags)
}

fn flag(d: &mut Dice, flag: &str) -> Draft {
    flagged(&format!("@(@|{flag}@)")).either_way(d)
}

fn char_flag(d: &mut Dice) -> Draft {
    flagged(d.pick(&["@(@|-funsigned-char@)", "@(-funsigned-char@|@)", "@(-fsigned-char@|-funsigned-char@)"]))
}

fn idle_flag(d: &mut Dice) -> Draft {
    let flag = d.pick(&[
        "-fno-strict-aliasing",
        "-fno-omit-frame-pointer",
        "-fsigned-char",
        "-ffunction-sections",
        "-fno-semantic-interposition",
        "-fstack-protector-strong",
        "-DNDEBUG",
        "-D_GNU_SOURCE",
        "-fno-short-enums",
    ]);
    self::flag(d, flag)
}

/// A table of functions that the library hands out.
fn table(d: &mut Dice, edit: usize) -> Draft {
    let (a, b) = ("long (*open)(int);", "long (*shut)(int);");
    let c = d.pick(&["int count;", "const char *title;", "void *own;"]);
    let more = "long (*more)(int, double);";
    let list = match edit {
        0 => format!("{c} {a} {b} @(@|{more}@)"),
        1 => format!("@(@|{more}@) {c} {a} {b}"),
        2 => format!("{c} @({a} {b}@|{b} {a}@)"),
        _ => format!("{c} {a} @({b}@|long (*shut)(double);@)"),
    };
    let shut = if edit == 3 { "@(int@|double@)" } else { "int" };
    Draft::new(
        &format!("struct ops {{ {list} }};\nconst struct ops *shop_ops(void);\n"),
        &format!(
            "static long do_open(int n) {{ return n + 1; }}\nstatic long do_shut({shut} n) {{ return (long)(n * 2); }}\n\
             static const struct ops own = {{ .open = do_open, .shut = do_shut }};\nconst struct ops *shop_ops(void) {{ return &own; }}\n"
        ),
        "int main(void) { const struct ops *ops = shop_ops(); line(\"open\", ops->open(4)); line(\"shut\", ops->shut(5)); return 0; }\n",
    )
}

fn program_table(d: &mut Dice) -> Draft {
    let named = d.one_in(2);
    let call = if named { "call_t *" } else { "long (*" };
    let (a, b, more) = if named {
        (format!("{call}open;"), format!("{call}shut;"), format!("{call}more;"))
    } else {
        (format!("{call}open)(int);"), format!("{call}shut)(int);"), format!("{call}more)(int);"))
    };
    Draft::new(
        &format!(
            "typedef long call_t(int);\nstruct ops {{ {a} {b} @(@|{more}@) }};\nlong drive(const struct ops *ops);\n"
        ),
        "long drive(const struct ops *ops) { long all = ops->open(2) + ops->shut(3); @(@|if (ops->more) all += ops->more(4);@) return all; }\n",
        "static long one(int n) { return n; }\nstatic long two(int n) { return n * 2; }\nint main(void) { struct ops list[2] = { { one, two }, { two, one } }; line(\"drive\", drive(list)); return 0; }\n",
    )
}

fn sized(d: &mut Dice, at_end: bool) -> Draft {
    let size =
        d.pick(&["size_t size", "size_t sz", "unsigned cbSize", "unsigned struct_size", "unsigned int size"]);
    let name = size.rsplit(' ').next().expect("a name");
    let more = d.pick(&["long more;", "double more;", "void *more;"]);
    let (inside, end) = if at_end {
        (String::new(), format!("@(@|{more}@)"))
    } else {
        (format!("@(@|{more}@)"), String::new())
    };
    let header = format!(
        "#include <stddef.h>\nstruct opts {{ {size}; {inside} int depth; int width; {end} }};\nlong run(const struct opts *opts);\n"
    );
    let source = format!(
        "#define HAS(opts, field) ((opts)->{name} >= offsetof(struct opts, field) + sizeof (opts)->field)\n\
         long run(const struct opts *opts) {{ long all = 0; if (HAS(opts, depth)) all += opts->depth; if (HAS(opts, width)) all += opts->width * 10;@(@| if (HAS(opts, more)) all += 1000;@) return all; }}\n"
    );
    let program = format!(
        "int main(void) {{ struct opts opts = {{ 0 }}; opts.{name} = sizeof opts; opts.depth = 3; opts.width = 4; line(\"run\", run(&opts)); return 0; }}\n"
    );
    Draft::new(&header, &source, &program)
}

fn size_beside(d: &mut Dice) -> Draft {
    let more = d.pick(&["long more;", "double more;", "void *more;"]);
    let name = d.pick(&["size", "len", "opts_size", "bytes"]);
    Draft::new(
        &format!(
            "#include <stddef.h>\nstruct opts {{ int depth; int width; @(@|{more}@) }};\nlong run(const struct opts *opts, size_t {name});\n"
        ),
        &format!(
            "long run(const struct opts *opts, size_t {name}) {{ struct opts own = {{ 0 }}; memcpy(&own, opts, {name} < sizeof own ? {name} : sizeof own); return own.depth + own.width * 10; }}\n"
        ),
        "int main(void) { struct opts opts = { 0 }; opts.depth = 3; opts.width = 4; line(\"run\", run(&opts, sizeof opts)); return 0; }\n",
    )
}

fn macro_(d: &mut Dice, old: &str, new: &str) -> Draft {
    let more = d.pick(&["", "#define SHOP_TWICE(x) ((x) * 2)\n", "#define SHOP_NAME \"shop\"\n"]);
    Draft::new(
        &format!("{more}#define SHOP_FAST @({old}@|{new}@)\n#define SHOP_SLOW 9\nlong run(int mode);\n"),
        "long run(int mode) { return mode == SHOP_FAST ? 100 : mode == SHOP_SLOW ? 200 : -1; }\n",
        "int main(void) { line(\"fast\", run(SHOP_FAST)); line(\"slow\", run(SHOP_SLOW)); return 0; }\n",
    )
}

fn macro_parameters(d: &mut Dice) -> Draft {
    let (parameters, arguments, body) = d.pick(&[
        ("a@(@|, b@)", "3@(@|, 1@)", "run(a)"),
        ("@(a@|@)", "@(3@|@)", "run(3)"),
        ("a@(@|, ...@)", "3@(@|, 1, 2@)", "run(a)"),
        ("a@(, b@|@)", "3@(, 4@|@)", "run(a)"),
    ]);
    Draft::new(
        &format!("long run(int mode);\n#define SHOP_RUN({parameters}) {body}\n"),
        "long run(int mode) { return mode + 1; }\n",
        &format!("int main(void) {{ line(\"run\", SHOP_RUN({arguments})); return 0; }}\n"),
    )
}

fn constant(d: &mut Dice, is_other: bool) -> Draft {
    let (type_, old, other, same) = d.pick(&[
        ("int", "3", "5", "0x3"),
        ("unsigned", "3u", "7u", "3U"),
        ("long", "3L", "-3L", "3l"),
        ("unsigned char", "3", "4", "03"),
        ("double", "3.0", "3.5", "3.00"),
    ]);
    let new = if is_other { other } else { same };
    let known = d.pick(&["kind_limit", "3"]);
    Draft::new(
        &format!("static const {type_} kind_limit = @({old}@|{new}@);\nlong run(double mode);\n"),
        &format!("long run(double mode) {{ return mode == {known} ? 100 : -1; }}\n"),
        "int main(void) { line(\"run\", run(kind_limit)); return 0; }\n",
    )
}

fn prototype(d: &mut Dice, is_promoted: bool) -> Draft {
    let (old, new) = if is_promoted {
        ("double", "float")
    } else {
        d.pick(&[("int", "int"), ("double", "double"), ("char *", "char *")])
    };
    let argument = match old {
        "double" => "2.5",
        "int" => "7",
        _ => "(char *)\"shop\"",
    };
    // A definition without a prototype takes a double and hands itself a float.
    let promoted = if is_promoted { "float" } else { old };
    let value = if old == "char *" { "by[0]" } else { "by * 4" };
    Draft::new(
        &format!("long scale(@(@|{new} by@));\n"),
        &format!("long scale(@(by) {promoted} by;@|{new} by)@) {{ return (long)({value}); }}\n"),
        &format!("int main(void) {{ line(\"scaled\", scale({argument})); return 0; }}\n"),
    )
}

fn transparent(d: &mut Dice) -> Draft {
    let (first, second) = d.pick(&[
        ("int *v;", "float *f;"),
        ("const char *v;", "void *f;"),
        ("struct cell *v;", "struct wide *f;"),
        ("int v;", "unsigned f;"),
    ]);
    let read = if first.contains('*') { "it.v != 0" } else { "it.v + 3" };
    Draft::new(
        &format!(
            "typedef union {{ {first} {second} }} @(@|__attribute__((transparent_union))@) one_of;\n\
             long take(int n, one_of it);\n"
        ),
        &format!("long take(int n, one_of it) {{ return n + ({read}); }}\n"),
        "int main(void) { one_of it; memset(&it, 0, sizeof it); line(\"taken\", take(4, it)); return 0; }\n",
    )
    .either_way(d)
}

fn version_macros(d: &mut Dice) -> Draft {
    let (name, old, new) = d.pick(&[
        ("SHOP_VERSION_MINOR", "3", "4"),
        ("SHOP_VERSION", "\"1.3\"", "\"1.4\""),
        ("SHOP_VERNUM", "0x1030", "0x1040"),
        ("SHOP_RELEASE_DATE", "20240101", "20250101"),
    ]);
    Draft::new(
        &format!("#define {name} @({old}@|{new}@)\nlong run(int mode);\n"),
        "long run(int mode) { return mode + 1; }\n",
        "int main(void) { line(\"run\", run(3)); return 0; }\n",
    )
}

fn inline(d: &mut Dice, is_gone: bool) -> Draft {
    let quoted = d.pick(&["static inline", "static __inline__ __attribute__((always_inline))"]);
    let (decls, body, defs) = if is_gone {
        (
            "long @(run_impl@|run_impl2@)(int n);",
            "return @(run_impl@|run_impl2@)(n) + 1;",
            "long @(run_impl@|run_impl2@)(int n) { return n * 3; }",
        )
    } else {
        (
            "long run_impl(int n);",
            "@(return run_impl(n) + 1;@|long r = run_impl(n); return 1 + r;@)",
            "long run_impl(int n) { return n * 3; }",
        )
    };
    Draft::new(
        &format!("{decls}\n{quoted} long run(int n) {{ {body} }}\nlong other(int n);\n"),
        &format!("{defs}\nlong other(int n) {{ return n - 1; }}\n"),
        "int main(void) { line(\"run\", run(3)); line(\"other\", other(3)); return 0; }\n",
    )
}

fn inline_reads(d: &mut Dice) -> Draft {
    let added = d.pick(&["long more;", "int more;", "void *more;"]);
    Draft::new(
        &format!(
            "struct jar {{ @(@|{added}@) int level; int rest; }};\nstruct jar *new_jar(int n);\nvoid free_jar(struct jar *it);\nstatic inline int jar_level(const struct jar *it) {{ return it->level; }}\n"
        ),
        "struct jar *new_jar(int n) { struct jar *it = calloc(1, sizeof *it); it->level = n; return it; }\nvoid free_jar(struct jar *it) { free(it); }\n",
        "int main(void) { struct jar *it = new_jar(5); line(\"level\", jar_level(it)); free_jar(it); return 0; }\n",
    )
}

fn symver(_: &mut Dice, edit: usize) -> Draft {
    let one = "long run_one(struct size it) { return it.a + it.b; }\n";
    let two = "long run_two(struct size it) { return (it.a + it.b) * 2; }\n";
    // Same size, other registers.
    let wrong = "struct real { float a; float b; };\nlong run_one(struct real it) { return (long)(it.a + it.b) + 1; }\n";
    let real =
        "struct real { float a; float b; };\nlong run_two(struct real it) { return (long)(it.a + it.b); }\n";
    let name = |impl_: &str, version: &str| format!("__asm__(\".symver {impl_}, run{version}\");\n");
    let both = [&name("run_one", "@SHOP_1"), &*name("run_two", "@@SHOP_2")].concat();
    let first = name("run_one", "@@SHOP_1");
    let last = name("run_two", "@@SHOP_2");
    let map_two = "SHOP_1 { global: other; run; local: *; };\nSHOP_2 { global: run; extra; } SHOP_1;\n";
    let map_one = "SHOP_1 { global: other; run; local: *; };\n";
    let map_last = "SHOP_1 { global: other; local: *; };\nSHOP_2 { global: run; extra; } SHOP_1;\n";
    let (old, new, map) = match edit {
        0 => (format!("{one}{first}"), format!("{one}{two}{both}"), format!("@({map_one}@|{map_two}@)")),
        1 => (format!("{one}{first}"), format!("{two}{last}"), format!("@({map_one}@|{map_last}@)")),
        2 => (format!("{one}{two}{both}"), format!("{two}{last}"), format!("@({map_two}@|{map_last}@)")),
        3 => (format!("{one}{two}{both}"), format!("{wrong}{two}{both}"), map_two.to_owned()),
        _ => (format!("{one}{first}"), format!("{one}{real}{both}"), format!("@({map_one}@|{map_two}@)")),
    };
    // An old program asks for the old version.
    let asks = if matches!(edit, 2 | 3) { "__asm__(\".symver run, run@SHOP_1\");\n" } else { "" };
    let declared = if edit == 4 {
        "@(struct size { int a; int b; };\nlong run(struct size it);@|struct size { int a; int b; };\nstruct real_size { float a; float b; };\nlong run(struct real_size it);@)"
    } else {
        "struct size { int a; int b; };\nlong run(struct size it);"
    };
    Draft::new(
        &format!("{declared}\nlong other(int n);\n"),
        &format!("#define NO_HEADER\nstruct size {{ int a; int b; }};\n@({old}@|{new}@)long other(int n) {{ return n; }}\nlong extra(void) {{ return 1; }}\n"),
        &format!("{asks}int main(void) {{ struct size it = {{ 3, 4 }}; line(\"run\", run(it)); line(\"other\", other(2)); return 0; }}\n"),
    )
    .map(&map)
}

fn alias(d: &mut Dice, edit: usize) -> Draft {
    let type_ = d.pick(&["int", "long", "double"]);
    let wrong = if type_ == "double" { "int" } else { "double" };
    let declared = match edit {
        0 => format!("@(long also({type_} n);@|@)"),
        2 => format!("long also(@({type_}@|{wrong}@) n);"),
        _ => format!("long also({type_} n);"),
    };
    let usual = format!("long also({type_} n) __attribute__((alias(\"run\")));");
    let defined = match edit {
        0 => format!("@({usual}@|@)"),
        1 => format!("@({usual}@|long also({type_} n) {{ return (long)n * 3; }}@)"),
        _ => format!(
            "long turn({wrong} n) {{ return (long)n * 3; }}\n@({usual}@|long also({wrong} n) __attribute__((alias(\"turn\")));@)"
        ),
    };
    Draft::new(
        &format!("long run({type_} n);\n{declared}\n"),
        &format!("long run({type_} n) {{ return (long)n * 3; }}\n{defined}\n"),
        "int main(void) { line(\"run\", run(3)); line(\"also\", also(4)); return 0; }\n",
    )
}

fn label(_: &mut Dice, breaks: bool) -> Draft {
    let (name, label) =
        if breaks { ("run", "@(shop_run@|shop_run64@)") } else { ("@(run@|run_now@)", "shop_run") };
    Draft::new(
        &format!("long {name}(int n) __asm__(\"{label}\");\nlong other(int n);\n"),
        &format!("long {name}(int n) {{ return n * 3; }}\nlong other(int n) {{ return n; }}\n"),
        "int main(void) { line(\"run\", run(3)); line(\"other\", other(3)); return 0; }\n",
    )
}

fn ifunc(_: &mut Dice, breaks: bool) -> Draft {
    let usual = "long run(int n) __attribute__((ifunc(\"find_run\")));\nstatic void *find_run(void) { return (void *)run_fast; }\n";
    let fast = "static long run_fast(int n) { return n * 3; }\n";
    let source = if breaks {
        format!(
            "@({fast}{usual}@|static double run_fast(double n) {{ return n * 3; }}\ndouble run(double n) __attribute__((ifunc(\"find_run\")));\nstatic void *find_run(void) {{ return (void *)run_fast; }}\n@)"
        )
    } else {
        format!("@(long run(int n) {{ return n * 3; }}\n@|{fast}{usual}@)")
    };
    let declared = if breaks { "@(long run(int n);@|double run(double n);@)" } else { "long run(int n);" };
    Draft::new(
        &format!("{declared}\n"),
        &source,
        "int main(void) { line(\"run\", (long)run(3)); return 0; }\n",
    )
}

fn flexible(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int", "float"),
        ("float", "int"),
        ("short", "int"),
        ("double", "long"),
        ("struct cell", "struct wide"),
    ]);
    let read = if old.starts_with("struct") { "it->data[at].k" } else { "it->data[at]" };
    let bound = d.pick(&["", "", "0"]);
    Draft::new(
        &format!(
            "struct cell {{ int k; }};\nstruct wide {{ int j; int k; }};\nstruct packet {{ int count; @({old}@|{new}@) data[{bound}]; }};\nlong sum_packet(const struct packet *it);\n"
        ),
        &format!(
            "long sum_packet(const struct packet *it) {{ long all = 0; for (int at = 0; at < it->count; ++at) all = all * 3 + (long)({read} * 2); return all; }}\n"
        ),
        &format!(
            "int main(void) {{ struct packet *it = calloc(1, 200); it->count = 5; for (int at = 0; at < 5; ++at) {read} = at + 1; line(\"sum\", sum_packet(it)); return 0; }}\n"
        ),
    )
}

fn flexible_spelling(d: &mut Dice) -> Draft {
    let type_ = d.pick(&["int", "double", "char"]);
    Draft::new(
        &format!("struct packet {{ int count; {type_} data[@(0@|@)]; }};\nlong sum_packet(const struct packet *it);\n"),
        "long sum_packet(const struct packet *it) { long all = 0; for (int at = 0; at < it->count; ++at) all = all * 3 + (long)(it->data[at] * 2); return all; }\n",
        "int main(void) { struct packet *it = calloc(1, 200); it->count = 5; for (int at = 0; at < 5; ++at) it->data[at] = at + 1; line(\"sum\", sum_packet(it)); return 0; }\n",
    )
    .either_way(d)
}

fn large_enum(d: &mut Dice) -> Draft {
    let place = d.pick(&[
        "int before; enum level at; int v;",
        "enum level at; int v;",
        "char c; enum level at; short s; int v;",
    ]);
    pack(
        &format!("enum level {{ LOW, HIGH@(@|, HUGE_ONE = 0x100000000L@) }};\nstruct pack {{ {place} }};"),
        "it.at = HIGH; it.v = n",
        "it.v + it.at * 10",
    )
}

fn renumbered(d: &mut Dice) -> Draft {
    let list = d.pick(&[
        "@(@|FIRST, @)LOW, HIGH, TOP",
        "LOW = @(1@|2@), HIGH, TOP",
        "LOW, HIGH@(@| = 5@), TOP",
        "@(LOW, HIGH@|HIGH, LOW@), TOP",
    ]);
    levels(list, "LOW", "HIGH")
}

fn enumerator_removed(d: &mut Dice) -> Draft {
    let list = d.pick(&["LOW = 1, @(HIGH = 2, @|@)TOP = 3", "LOW, TOP, @(HIGH@|@)"]);
    levels(list, "LOW", "@(HIGH@|LOW@)")
}

fn levels(list: &str, one: &str, two: &str) -> Draft {
    Draft::new(
        &format!("enum level {{ {list} }};\nlong rate(enum level at);\nenum level best(int n);\n"),
        &format!(
            "long rate(enum level at) {{ if (at == {two}) return 20; if (at == {one}) return 10; return 30; }}\nenum level best(int n) {{ return n > 2 ? TOP : LOW; }}\n"
        ),
        "int main(void) { line(\"low\", rate(LOW)); line(\"high\", rate(HIGH)); line(\"best\", best(3) == TOP); return 0; }\n",
    )
}

fn bits_sign(d: &mut Dice) -> Draft {
    let bits = d.between(3, 6);
    let before = d.pick(&["", "unsigned a : 3;", "int w;"]);
    pack(
        &format!("struct pack {{ {before} @(signed@|unsigned@) v : {bits}; unsigned last : 2; }};"),
        "it.v = -1 - (n & 1)",
        "it.v",
    )
    .either_way(d)
}

fn bits_retyped(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("unsigned", "unsigned short"),
        ("unsigned", "unsigned char"),
        ("unsigned", "word_t"),
        ("int", "short"),
        ("unsigned", "unsigned long"),
    ]);
    // What stands in front decides the alignment, whatever the bits are declared as.
    let before = d.pick(&["long w;", "void *p;", "double d;"]);
    pack(
        &format!("typedef unsigned word_t;\nstruct pack {{ {before} @({old}@|{new}@) v : 5; }};"),
        "it.v = n & 7",
        "it.v",
    )
    .either_way(d)
}

fn bits_zero(d: &mut Dice) -> Draft {
    let type_ = d.pick(&["unsigned", "int"]);
    pack(&format!("struct pack {{ {type_} a : 4; @(@|{type_} : 0;@) {type_} v : 5; }};"), "it.v = n", "it.v")
        .either_way(d)
}

fn bits_order(d: &mut Dice) -> Draft {
    let (one, two) = d.pick(&[
        ("unsigned a : 4;", "unsigned v : 5;"),
        ("unsigned a : 1;", "unsigned v : 7;"),
        ("unsigned short a : 3;", "unsigned short v : 9;"),
    ]);
    pack(&format!("struct pack {{ int first; @({one} {two}@|{two} {one}@) }};"), "it.v = n", "it.v")
}

fn bits_spare(d: &mut Dice) -> Draft {
    let (list, more) = d.pick(&[
        ("unsigned a : 4; unsigned v : 5;", "unsigned more : 3;"),
        ("int w; unsigned v : 5;", "unsigned more : 2;"),
        ("unsigned v : 5; unsigned @(: 7@|used : 7@);", ""),
    ]);
    let more = if more.is_empty() { String::new() } else { format!("@(@|{more}@)") };
    pack(&format!("struct pack {{ {list} {more} }};"), "it.v = n", "it.v")
}

fn variable(d: &mut Dice, edit: usize) -> Draft {
    let (declared, defined, used) = match edit {
        0 => {
            let (old, new) = d.pick(&[("int table[3]", "long table[3]"), ("int table[3]", "int table[6]"), ("float table[2]", "int table[2]"), ("struct cell table[2]", "struct wide table[2]")]);
            let field = if old.starts_with("struct") { ".k" } else { "" };
            (
                format!("struct cell {{ int k; }};\nstruct wide {{ int j; int k; }};\nextern @({old}@|{new}@);\nvoid fill_table(int n);\nlong sum_table(void);\n"),
                format!("@({old}@|{new}@);\nvoid fill_table(int n) {{ for (unsigned at = 0; at < sizeof table / sizeof *table; ++at) table[at]{field} = n + at; }}\nlong sum_table(void) {{ long all = 0; for (unsigned at = 0; at < sizeof table / sizeof *table; ++at) all = all * 3 + (long)table[at]{field}; return all; }}\n"),
                format!("int main(void) {{ fill_table(4); line(\"one\", (long)table[0]{field}); line(\"two\", (long)table[1]{field}); table[1]{field} = 9; line(\"sum\", sum_table()); line(\"size\", sizeof table); return 0; }}\n"),
            )
        }
        1 => (
            "extern @(int@|const int@) limit;\nlong read_limit(void);\n".to_owned(),
            "@(int@|const int@) limit = 7;\nlong read_limit(void) { return limit; }\n".to_owned(),
            "int main(void) { line(\"limit\", limit); limit = 8; line(\"read\", read_limit()); return 0; }\n".to_owned(),
        ),
        2 => (
            "extern const char @(title[]@|*title@);\nlong read_title(void);\n".to_owned(),
            "const char @(title[]@|*title@) = \"shop title\";\nlong read_title(void) { return title[1]; }\n".to_owned(),
            "int main(void) { line(\"title\", title[0]); line(\"read\", read_title()); return 0; }\n".to_owned(),
        ),
        3 => (
            "extern int limit;\nextern const char *names[3];\nlong read_limit(void);\n".to_owned(),
            "int limit = @(7@|70@);\nconst char *names[3] = { \"a\", @(\"b\"@|\"bb\"@), 0 };\nlong read_limit(void) { return limit - @(7@|70@); }\n".to_owned(),
            "int main(void) { line(\"read\", read_limit()); line(\"name\", names[2] == 0); return 0; }\n".to_owned(),
        ),
        _ => (
            "extern int limit;\nlong read_limit(void);\n".to_owned(),
            "@(int limit = 7;@|int limit __attribute__((aligned(64))) = 7;@)\nlong read_limit(void) { return limit; }\n".to_owned(),
            "int main(void) { line(\"limit\", limit); line(\"read\", read_limit()); return 0; }\n".to_owned(),
        ),
    };
    Draft::new(&declared, &defined, &used)
}

fn visibility(d: &mut Dice, kind: &str) -> Draft {
    let attribute = if kind == "weak" {
        "__attribute__((weak))".to_owned()
    } else {
        format!("__attribute__((visibility(\"{kind}\")))")
    };
    let declared =
        if d.one_in(2) || kind != "hidden" { "long run(int n);" } else { "@(long run(int n);@|@)" };
    Draft::new(
        &format!("{declared}\nlong other(int n);\n"),
        &format!(
            "@(@|{attribute}@) long run(int n) {{ return n * 3; }}\nlong other(int n) {{ return n; }}\n"
        ),
        "int main(void) { line(\"run\", run(3)); line(\"other\", other(3)); return 0; }\n",
    )
}

fn handle(_: &mut Dice, breaks: bool) -> Draft {
    let (old, new) = if breaks {
        ("typedef int jar_t;", "typedef struct jar *jar_t;")
    } else {
        ("struct jar; typedef struct jar *jar_t;", "typedef void *jar_t;")
    };
    let open = if breaks {
        "static struct jar { int n; } own[8];\njar_t open_jar(int n) { @(own[n].n = n; return n;@|own[n].n = n; return own + n;@) }\nlong use_jar(jar_t it) { return own[@(it@|it - own@)].n * 3; }\n"
    } else {
        "static int own[8];\njar_t open_jar(int n) { own[n] = n; return (jar_t)(own + n); }\nlong use_jar(jar_t it) { return *(int *)it * 3; }\n"
    };
    Draft::new(
        &format!("@({old}@|{new}@)\njar_t open_jar(int n);\nlong use_jar(jar_t it);\n"),
        open,
        "int main(void) { jar_t it = open_jar(2); line(\"use\", use_jar(it)); return 0; }\n",
    )
}

/// What is behind the handle may change with its name: only the library knows it.
fn handle_renamed(d: &mut Dice) -> Draft {
    let (more, moves) =
        d.pick(&[("", ""), ("", "long more; "), ("", "char text[24]; "), ("struct box { it_t it; };", "")]);
    let names = d.pick(&[("jar_st", "jar_impl"), ("_jar", "jar"), ("jar", "jar_v2")]);
    let tag = format!("@({}@|{}@)", names.0, names.1);
    Draft::new(
        &format!(
            "typedef struct {tag} *it_t;\n{more}\nit_t open_jar(int n);\nlong use_jar(it_t it);\nvoid each_jar(void (*call)(it_t it, void *user), void *user);\n"
        ),
        &format!(
            "struct {tag} {{ @(@|{moves}@)int n; }};\nstatic struct {tag} own[8];\nit_t open_jar(int n) {{ own[n].n = n; return own + n; }}\nlong use_jar(it_t it) {{ return it->n * 3; }}\nvoid each_jar(void (*call)(it_t it, void *user), void *user) {{ call(own + 2, user); }}\n"
        ),
        "static void see(it_t it, void *user) { *(long *)user += use_jar(it); }\nint main(void) { it_t it = open_jar(2); line(\"use\", use_jar(it)); long all = 0; each_jar(see, &all); line(\"all\", all); return 0; }\n",
    )
}

/// A struct in a union, without a name of its own; the union has room for what it becomes, or has none.
fn alternative(d: &mut Dice, outgrows: bool) -> Draft {
    let (room, added) = if outgrows {
        d.pick(&[
            ("int room;", "long more;"),
            ("char room[8];", "double more;"),
            ("long room;", "int more[4];"),
        ])
    } else {
        d.pick(&[
            ("long room[4];", "int more;"),
            ("char room[64];", "char more[9];"),
            ("double room[3];", "short more;"),
        ])
    };
    Draft::new(
        &format!(
            "struct event {{ int kind; union {{ {room} struct {{ int key; @(@|{added}@) }} press; }} what; int time; }};\nlong look(const struct event *event);\nvoid fill(struct event *event, int n);\n"
        ),
        "long look(const struct event *event) { return event->what.press.key * 10 + event->time; }\nvoid fill(struct event *event, int n) { memset(event, 0, sizeof *event); event->what.press.key = n; event->time = n + 1; }\n",
        "int main(void) { struct { struct event it; long after[8]; } here; memset(&here, 0, sizeof here); fill(&here.it, 4); line(\"key\", here.it.what.press.key); line(\"time\", here.it.time); here.it.time = 7; here.it.what.press.key = 2; line(\"look\", look(&here.it)); line(\"after\", here.after[0] + here.after[1]); return 0; }\n",
    )
}

fn function_typedef(_: &mut Dice) -> Draft {
    Draft::new(
        "typedef long @(call_t(int)@|(*call_t)(int)@);\nstruct hook { int n; call_t @(*@|@)call; };\nlong drive(call_t @(*@|@)call, const struct hook *hook);\n",
        "long drive(call_t @(*@|@)call, const struct hook *hook) { return call(3) + hook->call(hook->n); }\n",
        "static long one(int n) { return n * 2; }\nint main(void) { struct hook hook = { 4, one }; line(\"drive\", drive(one, &hook)); return 0; }\n",
    )
}

fn out_parameter(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int", "long"),
        ("float", "double"),
        ("short", "int"),
        ("int", "float"),
        ("unsigned char", "int"),
    ]);
    Draft::new(
        &format!("void get(@({old}@|{new}@) *out, int n);\nlong put(const @({old}@|{new}@) *in, int n);\n"),
        &format!(
            "void get(@({old}@|{new}@) *out, int n) {{ *out = n; out[1] = n + 1; }}\nlong put(const @({old}@|{new}@) *in, int n) {{ return (long)(in[0] * 3 + in[1]) + n; }}\n"
        ),
        &format!(
            "int main(void) {{ {old} list[8] = {{ 0 }}; get(list, 4); line(\"one\", (long)list[0]); line(\"two\", (long)list[1]); line(\"three\", (long)list[2]); list[0] = 5; list[1] = 6; line(\"put\", put(list, 1)); return 0; }}\n"
        ),
    )
}

fn stride(d: &mut Dice) -> Draft {
    let more = d.pick(&["int more;", "double more;", "char more[3];"]);
    Draft::new(
        &format!(
            "struct cell {{ int v; @(@|{more}@) }};\nstruct sheet {{ int count; struct cell *cells; }};\nlong sum_sheet(const struct sheet *it);\n"
        ),
        "long sum_sheet(const struct sheet *it) { long all = 0; for (int at = 0; at < it->count; ++at) all = all * 3 + it->cells[at].v; return all; }\n",
        "int main(void) { struct cell cells[8] = { 0 }; for (int at = 0; at < 8; ++at) cells[at].v = at; struct sheet it = { 4, cells }; line(\"sum\", sum_sheet(&it)); return 0; }\n",
    )
}

fn pointers_exchanged(d: &mut Dice) -> Draft {
    let (one, two) = d.pick(&[
        ("int *to", "const int *from"),
        ("int *left", "const int *right"),
        ("int *dst", "const int *src"),
    ]);
    let name = |text: &str| text.rsplit('*').next().expect("a name").to_owned();
    let (to, from) = (name(one), name(two));
    Draft::new(
        &format!("void copy(@({one}, {two}@|{two}, {one}@));\n"),
        &format!("void copy(@({one}, {two}@|{two}, {one}@)) {{ *{to} = *{from}; }}\n"),
        "int main(void) { int one = 1, two = 2; copy(&one, &two); line(\"one\", one); line(\"two\", two); return 0; }\n",
    )
}

fn like_exchanged(d: &mut Dice) -> Draft {
    let (type_, one, two) = d.pick(&[
        ("int *", "dst", "src"),
        ("long ", "width", "height"),
        ("double ", "from", "to"),
        ("void *", "key", "value"),
    ]);
    let (a, b) = (format!("{type_}{one}"), format!("{type_}{two}"));
    let list = format!("@({a}, {b}@|{b}, {a}@)");
    Draft::new(
        &format!("long pair({list});\n"),
        &format!("long pair({list}) {{ return (long){one} * 3 - (long){two}; }}\n"),
        &format!("int main(void) {{ line(\"pair\", pair(({type_})6, ({type_})2)); return 0; }}\n"),
    )
}

fn callback(d: &mut Dice) -> Draft {
    let (old, new, call) = d.pick(&[
        ("int n", "double n", "call(3)"),
        ("int n", "const char *text", "call(@(3@|\"abc\"@))"),
        ("struct pair p", "struct wide p", "call((@(struct pair@|struct wide@)){ 1, 2 })"),
    ]);
    let takes = old.rsplit_once(' ').map_or(old, |(type_, _)| type_);
    let value = if takes.starts_with("struct") { "p.a * 3 + p.b" } else { "n * 2" };
    let through = d.one_in(2);
    let declared = if through {
        format!("typedef long (*call_t)(@({old}@|{new}@));\nlong drive(call_t call);\n")
    } else {
        format!("long drive(long (*call)(@({old}@|{new}@)));\n")
    };
    let head = if through {
        "long drive(call_t call)".to_owned()
    } else {
        format!("long drive(long (*call)(@({old}@|{new}@)))")
    };
    Draft::new(
        &format!("struct pair {{ int a, b; }};\nstruct wide {{ double a, b; }};\n{declared}"),
        &format!("{head} {{ return {call}; }}\n"),
        &format!(
            "static long own({old}) {{ return (long)({value}); }}\nint main(void) {{ line(\"drive\", drive(own)); return 0; }}\n"
        ),
    )
}

fn spelling(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int a[4]", "int *a"),
        ("int a[4]", "int a[8]"),
        ("long a[2]", "long long a[2]"),
        ("unsigned long *a", "size_t *a"),
        ("const int *a", "int const *restrict a"),
        ("signed int *a", "int *a"),
        ("unsigned *a", "uint32_t *a"),
        ("int *a", "number_t *a"),
        ("int *a", "int *const a"),
    ]);
    Draft::new(
        &format!(
            "#include <stddef.h>\n#include <stdint.h>\ntypedef int number_t;\nlong run(@({old}@|{new}@), int n);\nlong nothing(@(@|void@));\n"
        ),
        &format!(
            "long run(@({old}@|{new}@), int n) {{ return (long)a[0] + n; }}\nlong nothing(@(@|void@)) {{ return 4; }}\n"
        ),
        &format!(
            "int main(void) {{ {} list[9] = {{ 5, 6 }}; line(\"run\", run(list, 3)); line(\"nothing\", nothing()); return 0; }}\n",
            spelled(old)
        ),
    )
}

fn spelled(declared: &str) -> &'static str {
    match declared {
        "long a[2]" => "long",
        "unsigned long *a" => "unsigned long",
        "unsigned *a" => "unsigned",
        _ => "int",
    }
}

fn opaque(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int n;", "long pad; int n;"),
        ("int n; void *next;", "int n;"),
        ("int n; struct { int a; } in;", "struct { long a; } in; int n;"),
    ]);
    Draft::new(
        "struct jar;\nstruct jar *new_jar(int n);\nlong use_jar(const struct jar *it);\nvoid free_jar(struct jar *it);\n",
        &format!(
            "struct jar {{ @({old}@|{new}@) }};\nstruct jar *new_jar(int n) {{ struct jar *it = calloc(1, sizeof *it); it->n = n; return it; }}\nlong use_jar(const struct jar *it) {{ return it->n * 3; }}\nvoid free_jar(struct jar *it) {{ free(it); }}\n"
        ),
        "int main(void) { struct jar *it = new_jar(4); line(\"use\", use_jar(it)); free_jar(it); return 0; }\n",
    )
}

fn reserve(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("long reserved[4];", "long more; long reserved[3];"),
        ("void *reserved;", "long more;"),
        ("int reserved1; int reserved2;", "int more; int reserved2;"),
        ("unsigned char reserved[16];", "double more; unsigned char reserved[8];"),
    ]);
    pack(&format!("struct pack {{ long first; long v; @({old}@|{new}@) }};"), "it.v = n", "it.v")
}

fn variadic(d: &mut Dice) -> Draft {
    let draft = Draft::new(
        "long run(int n, @(int a, int b@|...@));\n",
        "#include <stdarg.h>\nlong run(int n, @(int a, int b@|...@)) { @(@|va_list list; va_start(list, n); int a = va_arg(list, int), b = va_arg(list, int); va_end(list);@) return n + a * 10 + b * 100; }\n",
        "int main(void) { line(\"run\", run(1, 2, 3)); return 0; }\n",
    );
    draft.either_way(d)
}

fn aligned_member(d: &mut Dice) -> Draft {
    let (type_, by) = d.pick(&[("int", 16), ("char", 8), ("double", 32), ("short", 16)]);
    pack(
        &format!("struct pack {{ int first; @(@|_Alignas({by})@) {type_} v; char last; }};"),
        "it.v = n",
        "it.v",
    )
}

fn idle_alignment(d: &mut Dice) -> Draft {
    let (type_, by) = d.pick(&[("int", 4), ("double", 8), ("char", 1), ("short", 2)]);
    pack(
        &format!("struct pack {{ int first; {type_} v @(@|__attribute__((aligned({by})))@); char last; }};"),
        "it.v = n",
        "it.v",
    )
    .either_way(d)
}

fn const_behind(d: &mut Dice) -> Draft {
    let type_ = d.pick(&["int", "char", "struct cell"]);
    let read = if type_ == "struct cell" { "it->k" } else { "*it" };
    let value = if type_ == "struct cell" { "{ 6 }" } else { "6" };
    Draft::new(
        &format!("struct cell {{ int k; }};\nlong run(@(@|const@) {type_} *it);\nstruct hook {{ long (*call)(int @(@|const@) n); int v; }};\nlong drive(const struct hook *hook);\n"),
        &format!("long run(@(@|const@) {type_} *it) {{ return {read} * 3; }}\nlong drive(const struct hook *hook) {{ return hook->call(hook->v); }}\n"),
        &format!("static long own(int n) {{ return n; }}\nint main(void) {{ {type_} it = {value}; line(\"run\", run(&it)); struct hook hook = {{ own, 3 }}; line(\"drive\", drive(&hook)); return 0; }}\n"),
    )
    .either_way(d)
}

fn deep(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[("int", "long"), ("float", "int"), ("short", "double"), ("char", "int")]);
    let named = d.one_in(2);
    let (field, path) = if named { (" in", "in.v") } else { ("", "v") };
    pack(
        &format!(
            "struct pack {{ int kind; union {{ char raw[4]; struct {{ char tag; @({old}@|{new}@) v; }}{field}; }}; }};"
        ),
        &format!("it.{path} = n"),
        &format!("it.{path}"),
    )
}

fn table_rows(d: &mut Dice) -> Draft {
    let (old, new) = (d.between(2, 4), d.between(5, 7));
    Draft::new(
        &format!("long sum_rows(int (*rows)[@({old}@|{new}@)], int count);\n"),
        &format!(
            "long sum_rows(int (*rows)[@({old}@|{new}@)], int count) {{ long all = 0; for (int at = 0; at < count; ++at) all = all * 3 + rows[at][0]; return all; }}\n"
        ),
        &format!(
            "int main(void) {{ int rows[9][{old}]; for (int at = 0; at < 9; ++at) for (int k = 0; k < {old}; ++k) rows[at][k] = at + 1; line(\"sum\", sum_rows(rows, 3)); return 0; }}\n"
        ),
    )
}
