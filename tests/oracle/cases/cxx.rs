//! Cases in C++: instances, padding, slots, what only headers say, and what is described elsewhere.

use super::Case;
use super::draft::Draft;
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
    "base-added",
    "base-moved",
    "base-removed",
    "base-reordered",
    "tail-padding-changed",
    "class-became-polymorphic",
];
const GONE: &[&str] = &[
    "symbol-removed",
    "symbol-renamed",
    "signature-changed",
    "instantiation-removed",
    "weak-symbol-removed",
    "symbols-renamed-together",
    "default-argument-absorbed",
    "template-parameters-changed",
];
const SLOTS: &[&str] = &[
    "virtual-inserted",
    "virtual-appended",
    "virtual-removed",
    "virtual-reordered",
    "pure-virtual-added",
    "virtual-became-pure",
    "secondary-vtable-changed",
];
const TAIL: &str =
    "a program's class that was compiled with either version meets one that was compiled with the other";
const FINAL: &str = "the compiler does not make use of it";

pub(crate) const CASES: &[Case] = &[
    Case::new("c++: explicit instance of a class removed", Breaks, GONE, |d| instance(d, 0)),
    Case::new("c++: explicit instance of a function removed", Breaks, GONE, |d| instance(d, 1)),
    Case::new("c++: explicit instance of other arguments", Breaks, GONE, |d| instance(d, 2)),
    Case::new("c++: instance whose body is in a source file removed", Breaks, GONE, |d| instance(d, 3)),
    Case::new("c++: static member of an instance removed", Breaks, GONE, |d| instance(d, 4)),
    Case::new("c++: implicit instance no longer emitted", Risky, &[], |d| instance(d, 5)),
    Case::new("c++: explicit instance added", Harmless, &[], |d| instance(d, 6)),
    Case::new("c++: tail padding", Breaks, LAYOUT, tail).unseen(TAIL),
    Case::new("c++: tail padding of an embedded class", Breaks, LAYOUT, tail_embedded).unseen(TAIL),
    Case::new("c++: empty class got a member", Breaks, LAYOUT, empty_grew),
    Case::new("c++: empty base added", Risky, &[], empty_base),
    Case::new("c++: functions folded by the linker", Harmless, &[], |d| folded(d, 0)),
    Case::new("c++: virtual function inserted among folded ones", Breaks, SLOTS, |d| folded(d, 1)),
    Case::new("c++: body of a folded function changed", Harmless, &[], |d| folded(d, 2)),
    Case::new("c++: virtual functions reordered among folded ones", Breaks, SLOTS, |d| folded(d, 3)),
    Case::new("c++: pure virtual function inserted", Breaks, SLOTS, |d| abstract_(d, 0)),
    Case::new("c++: pure virtual function at the end", Breaks, SLOTS, |d| abstract_(d, 1)),
    Case::new("c++: function added to an abstract class", Harmless, &[], |d| abstract_(d, 2)),
    Case::new("c++: pure virtual functions reordered", Breaks, SLOTS, |d| abstract_(d, 3)),
    Case::new("c++: pure virtual function removed", Breaks, SLOTS, |d| abstract_(d, 4)),
    Case::new("c++: virtual function at the end of what only the library creates", Risky, &[], |d| {
        created(d, true)
    }),
    Case::new("c++: what only the library creates became final", Risky, &[], |d| created(d, false)),
    Case::new("c++: virtual function at the end of a final class", Risky, &[], final_grows)
        .but_debug("it does not say that nobody derives from the class"),
    Case::new("c++: class described in another library changes", Breaks, LAYOUT, |d| elsewhere(d, 0)),
    Case::new("c++: virtual functions of a class in another library", Breaks, SLOTS, |d| elsewhere(d, 1)),
    Case::new("c++: function added to a class in another library", Harmless, &[], |d| elsewhere(d, 2)),
    Case::new("c++: class became final", Breaks, &["became-final"], |d| finals(d, true))
        .unseen(FINAL)
        .but_debug("it does not say it"),
    Case::new("c++: virtual function became final", Breaks, &["became-final"], |d| finals(d, false))
        .unseen(FINAL)
        .but_debug("it does not say it"),
    Case::new("c++: inline function written otherwise", Harmless, &[], |d| inline(d, 0)),
    Case::new("c++: inline function calls what is gone", Breaks, GONE, |d| inline(d, 1)),
    Case::new("c++: inline function reads another place", Breaks, LAYOUT, |d| inline(d, 2)),
    Case::new("c++: constant changed", Breaks, &["constant-changed", "static-member-changed"], |d| {
        inline(d, 3)
    }),
    Case::new("c++: constant in a namespace", Breaks, &["constant-changed"], constant)
        .but_debug("compilers leave constants out that nothing uses"),
    Case::new("c++: default argument changed", Harmless, &[], |d| inline(d, 4)),
    Case::new("c++: inline namespace", Breaks, GONE, |d| namespace(d, 0)),
    Case::new("c++: ABI tag", Breaks, GONE, |d| namespace(d, 1)),
    Case::new("c++: namespace renamed", Breaks, GONE, |d| namespace(d, 2)),
    Case::new("c++: alias for a namespace added", Harmless, &[], |d| namespace(d, 3)),
    Case::new("c++: interface without a key function changes", Breaks, SLOTS, interface)
        .but_debug("compilers describe such a class in no library; a report names it"),
    Case::new(
        "c++: pointer to a member of another type",
        Breaks,
        &[
            "member-type-changed",
            "typedef-changed",
            "type-size-changed",
            "signature-changed",
            "parameter-type-changed",
        ],
        pointer_to_member,
    )
    .unseen("the number happens to come out as before"),
    Case::new(
        "c++: base of an exception",
        Breaks,
        &["rtti-bases-changed", "base-removed", "base-added", "type-size-changed"],
        exception_base,
    ),
    Case::new("c++: namesake in an unnamed namespace changes", Risky, &[], unnamed_namespace),
    Case::new(
        "c++: no type information",
        Breaks,
        &["typeinfo-removed", "symbol-removed", "evidence-lost"],
        no_rtti,
    )
    .but_headers("headers do not say how the library was compiled"),
    Case::new("c++: copying got a body", Breaks, LAYOUT, copying),
    Case::new("c++: hidden implementation changes", Risky, &[], implementation),
    Case::new(
        "c++: virtual base added",
        Breaks,
        &[
            "base-added",
            "base-removed",
            "base-virtuality-changed",
            "type-size-changed",
            "member-moved",
            "class-became-polymorphic",
        ],
        virtual_base,
    ),
    Case::new(
        "c++: underlying type",
        Breaks,
        &["underlying-type-changed", "type-size-changed", "member-moved", "member-type-changed"],
        underlying,
    ),
    Case::new("c++: parameter by reference became by value", Breaks, GONE, |d| spelling(d, 0)),
    Case::new("c++: declared in other words", Harmless, &[], |d| spelling(d, 1)),
    Case::new("c++: access widened", Harmless, &[], access),
    Case::new(
        "c++: member in a base from now on",
        Breaks,
        &[
            "base-added",
            "member-removed",
            "passing-changed",
            "member-moved",
            "type-size-changed",
            "tail-padding-changed",
        ],
        into_base,
    )
    .unseen("it stands where it stood"),
    Case::new("c++: member of an instance", Breaks, LAYOUT, template_member)
        .unseen("a number that grew into padding reads the same while that is zero"),
    Case::new("c++: function with C linkage takes a class that grows", Breaks, LAYOUT, c_linkage),
    Case::new("c++: options that change no ABI", Harmless, &[], idle_flag),
    Case::new("c++: overload added", Harmless, &[], overload),
    Case::new("c++: virtual function moved to a base", Breaks, SLOTS, into_root)
        .unseen("the slot stays where it was"),
];

fn instance(d: &mut Dice, edit: usize) -> Draft {
    let type_ = d.pick(&["int", "long", "short"]);
    let body = "template <class T> long Box<T>::weigh(int by) const { return v * by; }\n";
    let class = "template <class T> struct Box { T v; long weigh(int by) const; static int count; };\n";
    let count = "template <class T> int Box<T>::count = 4;\n";
    let function = "template <class T> long twice(T v);\n";
    let function_body = "template <class T> __attribute__((noinline)) long twice(T v) { return v * 2; }\n";
    let uses = format!(
        "int main() {{ Box<{type_}> box; box.v = 5; line(\"weigh\", box.weigh(3)); line(\"other\", other(4)); return 0; }}\n"
    );
    let other = "long other(int n) { return n + 1; }\n";
    let draft = |header: String, source: String, program: &str| {
        Draft::new(&format!("{header}long other(int n);\n"), &format!("{source}{other}"), program)
    };
    // The header may go on to promise it.
    let promise = |what: &str| {
        if edit.is_multiple_of(2) {
            format!("@(extern template {what};@|@)\n")
        } else {
            format!("extern template {what};\n")
        }
    };
    match edit {
        0 => draft(
            format!("{class}{body}{count}{}", promise(&format!("struct Box<{type_}>"))),
            format!("@(template struct Box<{type_}>;@|@)\n"),
            &uses,
        ),
        1 => draft(
            format!("{function_body}{}", promise(&format!("long twice<{type_}>({type_})"))),
            format!("@(template long twice<{type_}>({type_});@|@)\n"),
            &format!(
                "int main() {{ line(\"twice\", twice<{type_}>(3)); line(\"other\", other(4)); return 0; }}\n"
            ),
        ),
        2 => {
            let now = if type_ == "int" { "unsigned" } else { "int" };
            draft(
                format!("{class}{body}{count}extern template struct Box<@({type_}@|{now}@)>;\n"),
                format!("template struct Box<@({type_}@|{now}@)>;\n"),
                &uses,
            )
        }
        3 => draft(
            format!("{class}{function}"),
            format!(
                "{body}{count}{function_body}@(template struct Box<{type_}>; template long twice({type_});@|template long Box<{type_}>::weigh(int) const;@)\n"
            ),
            &format!(
                "int main() {{ line(\"twice\", twice<{type_}>(3)); line(\"other\", other(4)); return 0; }}\n"
            ),
        ),
        4 => draft(
            format!("{class}{body}"),
            format!(
                "{count}@(template struct Box<{type_}>;@|template long Box<{type_}>::weigh(int) const;@)\n"
            ),
            &format!(
                "int main() {{ line(\"count\", Box<{type_}>::count); line(\"other\", other(4)); return 0; }}\n"
            ),
        ),
        5 => draft(
            format!("{class}{body}{count}"),
            format!(
                "@(long inner(int n) {{ Box<{type_}> box; box.v = n; return box.weigh(2); }}@|long inner(int n) {{ return n * 2; }}@)\n"
            ),
            &uses,
        ),
        _ => draft(
            format!("{class}{body}{count}@(@|extern template struct Box<{type_}>;@)\n"),
            format!("@(@|template struct Box<{type_}>;@)\n"),
            &uses,
        ),
    }
}

/// Ways in which a class is one of C or not, with the same members.
fn plain_or_not(d: &mut Dice) -> (String, &'static str) {
    let members = d.pick(&["long a; char b;", "int a; short b;", "double a; int b;", "long a; short b;"]);
    let extra = d.pick(&["Part();", "Part(int);  Part() = default;", "Part(); Part(long, char);"]);
    let written = d.pick(&["struct Part { @(EXTRA@|@) MEMBERS };", "struct Part { MEMBERS @(EXTRA@|@) };"]);
    (written.replace("EXTRA", extra).replace("MEMBERS", members), extra)
}

fn tail(d: &mut Dice) -> Draft {
    let (part, extra) = plain_or_not(d);
    let defined = constructors(extra);
    Draft::new(
        &format!("{part}\nvoid reset(Part &part);\nPart *new_part(int n);\nlong sum(const Part &part);\n"),
        &format!("@({defined}@|@)\n__attribute__((noinline)) static void copy(Part &to, const Part &from) {{ to = from; }}\nvoid reset(Part &part) {{ static Part none; none.a = 3; none.b = 4; copy(part, none); }}\nPart *new_part(int n) {{ Part *part = new Part(); part->a = n; part->b = 1; return part; }}\nlong sum(const Part &part) {{ return (long)part.a + part.b; }}\n"),
        "struct Own : Part { char c = 7; short d = 9; };\nint main() { Own own; own.a = 1; own.b = 2; line(\"sum\", sum(own)); reset(own); line(\"c\", own.c); line(\"d\", own.d); line(\"a\", (long)own.a); Part *part = new_part(4); line(\"part\", sum(*part)); delete part; return 0; }\n",
    )
    .either_way(d)
}

fn constructors(extra: &str) -> &'static str {
    match extra {
        "Part();" => "Part::Part() : a(0), b(0) {}",
        "Part(int);  Part() = default;" => "Part::Part(int n) : a(n), b(0) {}",
        _ => "Part::Part() : a(0), b(0) {} Part::Part(long x, char y) : a(x), b(y) {}",
    }
}

fn tail_embedded(d: &mut Dice) -> Draft {
    let (part, extra) = plain_or_not(d);
    let defined = constructors(extra);
    Draft::new(
        &format!("{part}\nstruct Whole {{ [[no_unique_address]] Part part; char c; }};\nvoid reset(Part &part);\nvoid fill(Whole &whole, int n);\nlong sum(const Whole &whole);\n"),
        &format!("@({defined}@|@)\nvoid reset(Part &part) {{ static Part none; none.a = 3; none.b = 4; part = none; }}\nvoid fill(Whole &whole, int n) {{ whole.part.a = n; whole.part.b = n + 1; whole.c = n + 2; }}\nlong sum(const Whole &whole) {{ return (long)whole.part.a + whole.part.b * 3 + whole.c * 5; }}\n"),
        "int main() { struct { Whole whole; long after[2]; } here = {}; fill(here.whole, 3); line(\"c\", here.whole.c); line(\"b\", here.whole.part.b); here.whole.c = 8; line(\"sum\", sum(here.whole)); line(\"after\", here.after[0]); reset(here.whole.part); line(\"still\", here.whole.c); return 0; }\n",
    )
    .either_way(d)
}

fn empty_grew(d: &mut Dice) -> Draft {
    let how = d.pick(&[
        "struct Whole : Tag { long v; };",
        "struct Whole { [[no_unique_address]] Tag tag; long v; };",
        "struct Whole { Tag tag; char v; };",
    ]);
    let member = d.pick(&["int more = 0;", "long more = 0;", "void *more = nullptr;"]);
    Draft::new(
        &format!("struct Tag {{ int kind() const {{ return 3; }} @(@|{member}@) }};\n{how}\nvoid fill(Whole &whole, int n);\nlong sum(const Whole &whole);\n"),
        "void fill(Whole &whole, int n) { whole.v = n; }\nlong sum(const Whole &whole) { return whole.v * 3 + whole.Whole::v; }\n",
        "int main() { struct { Whole whole; long after[3]; } here = {}; fill(here.whole, 3); line(\"v\", here.whole.v); here.whole.v = 5; line(\"sum\", sum(here.whole)); return 0; }\n",
    )
    .either_way(d)
}

fn empty_base(d: &mut Dice) -> Draft {
    let members = d.pick(&["long v; int w;", "int v;", "double x; short v;"]);
    Draft::new(
        &format!(
            "struct Tag {{ int kind() const {{ return 3; }} }};\nclass Whole @(@|: public Tag@) {{ public: Whole(); {members} }};\nvoid fill(Whole &whole, int n);\nlong sum(const Whole &whole);\n"
        ),
        "Whole::Whole() : v(0) {}\nvoid fill(Whole &whole, int n) { whole.v = n; }\nlong sum(const Whole &whole) { return whole.v * 3; }\n",
        "int main() { struct { Whole whole; long after[3]; } here = {}; fill(here.whole, 3); line(\"v\", here.whole.v); here.whole.v = 5; line(\"sum\", sum(here.whole)); return 0; }\n",
    )
}

/// Classes with functions that do the same, which the linker may make one.
fn folded(d: &mut Dice, edit: usize) -> Draft {
    let empty = d.one_in(2);
    let body = |n: usize| if empty { "return 1;".to_owned() } else { format!("return {n};") };
    let (a, b, c) = ("virtual long open(int n);", "virtual long read(int n);", "virtual long shut(int n);");
    let more = "virtual long more(int n);";
    let slots = match edit {
        1 => {
            let at = d.below(3);
            let list: Vec<String> = [a, b, c]
                .iter()
                .enumerate()
                .map(|(i, text)| if i == at { format!("@(@|{more}@) {text}") } else { (*text).to_owned() })
                .collect();
            list.join(" ")
        }
        3 => format!("{a} @({b} {c}@|{c} {b}@)"),
        _ => format!("{a} {b} {c}"),
    };
    let more_body = if edit == 1 { "@(@|long Port::more(int n) { return 1; }@)\n" } else { "" };
    let read = if edit == 2 { "@(return n;@|int m = n; m += 1; return m - 1;@)".to_owned() } else { body(2) };
    // Two that are told apart by what they return only where they are not folded.
    let link = if edit == 0 { "@(@|-fuse-ld=lld -Wl,--icf=all@)" } else { "-fuse-ld=lld -Wl,--icf=all" };
    Draft::new(
        &format!("class Port {{ public: Port(); virtual ~Port(); {slots} int state; }};\nclass Side {{ public: Side(); virtual ~Side(); virtual long open(int n); virtual long last(int n); }};\nlong drive(Port &port);\nlong drive_side(Side &side);\n"),
        &format!(
            "Port::Port() : state(2) {{}}\nPort::~Port() {{}}\nSide::Side() {{}}\nSide::~Side() {{}}\nlong Port::open(int n) {{ {} }}\nlong Port::read(int n) {{ {read} }}\nlong Port::shut(int n) {{ {} }}\n{more_body}long Side::open(int n) {{ {} }}\nlong Side::last(int n) {{ {} }}\n\
             long drive(Port &port) {{ return port.open(1) * 100 + port.read(2) * 10 + port.shut(3); }}\nlong drive_side(Side &side) {{ return side.open(1) * 10 + side.last(2); }}\n",
            body(1), body(3), body(1), body(3)
        ),
        "struct Own : Port { long open(int n) override { return 4; } long read(int n) override { return 5; } long shut(int n) override { return 6; } };\nint main() { Own own; line(\"own\", drive(own)); Port port; line(\"port\", drive(port)); Side side; line(\"side\", drive_side(side)); return 0; }\n",
    )
    .flags("-ffunction-sections")
    .link(link)
}

fn abstract_(d: &mut Dice, edit: usize) -> Draft {
    let (a, b, more) =
        ("virtual long open(int n) = 0;", "virtual long shut(int n) = 0;", "virtual long more(int n) = 0;");
    let slots = match edit {
        0 => format!("{a} @(@|{more}@) {b}"),
        1 => format!("{a} {b} @(@|{more}@)"),
        2 => format!("{a} {b} @(@|long plain(int n);@)"),
        3 => format!("@({a} {b}@|{b} {a}@)"),
        _ => format!("@({more}@|@) {a} {b}"),
    };
    let plain = if edit == 2 { "@(@|long Port::plain(int n) { return n; }@)\n" } else { "" };
    let call = if edit == 1 { "@(@| + port.more(3)@)" } else { "" };
    let protected = d.one_in(2);
    let (before, after) = if protected {
        ("protected: Port();", "Port::Port() {}\n")
    } else {
        ("public: Port();", "Port::Port() {}\n")
    };
    let key = d.one_in(2);
    let destructor = if key { "virtual ~Port();" } else { "virtual ~Port() {}" };
    let destroyed = if key { "Port::~Port() {}\n" } else { "" };
    let own_more = if edit == 4 { "long more(int) override { return 8; }" } else { "" };
    Draft::new(
        &format!(
            "class Port {{ {before} public: {destructor} {slots} virtual long name(); }};\nlong drive(Port &port);\nvoid drop(Port *port);\n"
        ),
        &format!(
            "{after}{destroyed}{plain}long Port::name() {{ return 7; }}\nlong drive(Port &port) {{ return port.open(1) * 100 + port.shut(2) * 10 + port.name(){call}; }}\nvoid drop(Port *port) {{ delete port; }}\n"
        ),
        &format!(
            "struct Own : Port {{ {own_more} long open(int n) override {{ return n + 4; }} long shut(int n) override {{ return n + 5; }} ~Own() override {{ line(\"gone\", 1); }} }};\nint main() {{ Own own; line(\"own\", drive(own)); drop(new Own); return 0; }}\n"
        ),
    )
}

fn final_grows(_: &mut Dice) -> Draft {
    Draft::new(
        "class Port final { public: Port(); virtual ~Port(); virtual long open(int n); @(@|virtual long more(int n);@) };\nlong drive(Port &port);\n",
        "Port::Port() {}\nPort::~Port() {}\nlong Port::open(int n) { return n; }\n@(@|long Port::more(int n) { return n; }@)\nlong drive(Port &port) { return port.open(1); }\n",
        "int main() { Port port; line(\"port\", drive(port)); return 0; }\n",
    )
}

/// A class whose constructors are private: nobody derives from it.
fn created(d: &mut Dice, grows: bool) -> Draft {
    let more = if grows { "virtual long more(int n);" } else { "" };
    let (class, function) = match (grows, d.one_in(2)) {
        (true, _) => ("", ""),
        (false, true) => ("@(@| final@)", ""),
        (false, false) => ("", "@(@| final@)"),
    };
    let defined = if grows { "@(@|long Port::more(int n) { return n; }@)" } else { "" };
    Draft::new(
        &format!(
            "class Port{class} {{ Port(); Port(const Port &) = delete; public: static Port *make(); virtual ~Port(); virtual long open(int n){function}; @(@|{more}@) private: int state; }};\nlong drive(Port *port);\n"
        ),
        &format!(
            "Port::Port() : state(3) {{}}\nPort *Port::make() {{ return new Port; }}\nPort::~Port() {{}}\nlong Port::open(int n) {{ return n * state; }}\n{defined}\nlong drive(Port *port) {{ return port->open(4); }}\n"
        ),
        "int main() { Port *port = Port::make(); line(\"drive\", drive(port)); line(\"open\", port->open(2)); delete port; return 0; }\n",
    )
}

/// A class whose key function is in the second library; the first only uses it.
fn elsewhere(d: &mut Dice, edit: usize) -> Draft {
    let (more, moves) = match edit {
        0 => ("", d.pick(&["@(@|long more;@)", "@(@|double more;@)"])),
        1 => ("@(@|virtual long more(int n);@)", ""),
        _ => ("@(@|long plain(int n);@)", ""),
    };
    let defined = match edit {
        1 => "@(@|long Ext::more(int n) { return n; }@)\n",
        2 => "@(@|long Ext::plain(int n) { return n; }@)\n",
        _ => "",
    };
    let inherits = d.one_in(2);
    let user = if inherits {
        "class User : public Ext { public: User(); long own; };\n"
    } else {
        "struct User { User(); Ext ext; long own; };\n"
    };
    let ext = if inherits { "user" } else { "user.ext" };
    Draft::new(
        &format!("class Ext {{ public: Ext(); virtual ~Ext(); {more} virtual long open(int n); {moves} int state; }};\n{user}long drive(Ext &ext);\nlong sum(const User &user);\nlong drive_user(User &user);\n"),
        &format!("User::User() : own(6) {{}}\nlong drive(Ext &ext) {{ return ext.open(3) + ext.state; }}\nlong sum(const User &user) {{ return user.own * 3 + {ext}.state; }}\nlong drive_user(User &user) {{ return drive({ext}); }}\n"),
        &format!("struct Own : Ext {{ long open(int n) override {{ return n * 9; }} }};\nint main() {{ struct {{ User user; long after[3]; }} here = {{}}; User &user = here.user; line(\"own\", user.own); {ext}.state = 4; line(\"sum\", sum(user)); line(\"drive\", drive_user(user)); Own own; own.state = 1; line(\"own\", drive(own)); return 0; }}\n"),
    )
    .desk(&format!("Ext::Ext() : state(1) {{}}\nExt::~Ext() {{}}\n{defined}long Ext::open(int n) {{ return n * 2; }}\n"))
}

fn finals(d: &mut Dice, is_class: bool) -> Draft {
    let (class, function) = if is_class { ("@(@| final@)", "") } else { ("", "@(@| final@)") };
    let declared = d.pick(&["class Port", "struct Port"]);
    Draft::new(
        &format!(
            "class Root {{ public: virtual ~Root(); virtual long open(int n); }};\n{declared}{class} : public Root {{ public: Port(); long open(int n) override{function}; int state; }};\nlong drive(Port &port);\n"
        ),
        "Root::~Root() {}\nlong Root::open(int n) { return n; }\nPort::Port() : state(2) {}\nlong Port::open(int n) { return n * 2; }\nlong drive(Port &port) { return port.open(4); }\n",
        "struct Own : Port { long open(int n) override { return n * 7; } };\nint main() { Own own; line(\"own\", drive(own)); Port port; line(\"port\", drive(port)); return 0; }\n",
    )
}

fn inline(d: &mut Dice, edit: usize) -> Draft {
    let uses = "int main() { Jar *jar = new_jar(5); line(\"level\", jar->level()); line(\"full\", is_full(jar)); line(\"pour\", pour(jar)); line(\"mark\", marked(Jar::mark)); line(\"known\", marked(known)); return 0; }\n";
    let member = d.pick(&["long more = 0;", "int more = 0;", "double more = 0;"]);
    let (layout, level, helper, mark, default) = match edit {
        0 => ("", "@(return level_;@|int n = level_; return n;@)", "helper", "4", "2"),
        1 => ("", "return helper(level_);", "@(helper@|helper2@)", "4", "2"),
        2 => (member, "return level_;", "helper", "4", "2"),
        3 => ("", "return level_;", "helper", "@(4@|6@)", "2"),
        _ => ("", "return level_;", "helper", "4", "@(2@|3@)"),
    };
    let layout = if layout.is_empty() { String::new() } else { format!("@(@|{layout}@)") };
    let level = level.replace("helper(", &format!("{helper}("));
    Draft::new(
        &format!(
            "int {helper}(int n);\nconstexpr int known = {mark};\nclass Jar {{ public: static constexpr int mark = {mark}; explicit Jar(int n); int level() const {{ {level} }} private: {layout} int level_; int rest_; }};\nJar *new_jar(int n);\ninline long is_full(const Jar *jar) {{ return jar->level() > 3; }}\nlong pour(const Jar *jar, int by = {default});\nlong marked(int mark);\n"
        ),
        &format!(
            "int {helper}(int n) {{ return n; }}\nJar::Jar(int n) : level_(n), rest_(9) {{}}\nJar *new_jar(int n) {{ return new Jar(n); }}\nlong pour(const Jar *jar, int by) {{ return by * 3; }}\nlong marked(int mark) {{ return mark == Jar::mark ? 1 : mark == known ? 2 : 3; }}\n"
        ),
        uses,
    )
}

fn constant(d: &mut Dice) -> Draft {
    let kind = d.pick(&["constexpr int", "inline constexpr unsigned", "const long", "static const short"]);
    let (open, name, close) = d.pick(&[
        ("namespace shop {", "shop::known", "}"),
        ("namespace shop::inner {", "shop::inner::known", "}"),
        ("namespace shop { inline namespace v1 {", "shop::known", "} }"),
        ("extern \"C\" {", "known", "}"),
    ]);
    let (old, new) = d.pick(&[("4", "6"), ("0x10", "0x20"), ("1'000", "1'001")]);
    let read = if d.one_in(2) { name } else { old };
    Draft::new(
        &format!("{open} {kind} known = @({old}@|{new}@); {close}\nlong marked(long mark);\n"),
        &format!("long marked(long mark) {{ return mark == {read} ? 1 : 2; }}\n"),
        &format!("int main() {{ line(\"known\", marked({name})); return 0; }}\n"),
    )
}

fn namespace(d: &mut Dice, edit: usize) -> Draft {
    let inner = d.pick(&["v1", "abi2", "__now"]);
    let (open, close, tag) = match edit {
        0 => (format!("namespace shop {{ @(@|inline namespace {inner} {{@)"), "@(@|}@) }", String::new()),
        1 => ("namespace shop {".to_owned(), "}", format!("@(@|__attribute__((abi_tag(\"{inner}\")))@)")),
        2 => ("namespace @(shop@|store@) {".to_owned(), "}", String::new()),
        _ => ("namespace shop {".to_owned(), "} @(@|namespace store = shop;@)", String::new()),
    };
    let scope = if edit == 2 { "@(shop@|store@)" } else { "shop" };
    Draft::new(
        &format!(
            "{open}\nstruct {tag} Point {{ int a, b; }};\nlong sum(const Point &point);\nclass Port {{ public: Port(); virtual ~Port(); virtual long open(int n); }};\n{close}\n"
        ),
        &format!(
            "{open}\nlong sum(const Point &point) {{ return point.a * 3 + point.b; }}\nPort::Port() {{}}\nPort::~Port() {{}}\nlong Port::open(int n) {{ return n; }}\n{}\n",
            close.replace("namespace store = shop;", "")
        ),
        &format!(
            "int main() {{ {scope}::Point point = {{ 3, 4 }}; line(\"sum\", sum(point)); {scope}::Port port; line(\"open\", port.open(2)); return 0; }}\n"
        ),
    )
}

fn interface(d: &mut Dice) -> Draft {
    let (a, b, more) = (
        "virtual long open(int n) = 0;",
        "virtual long shut(int n) = 0;",
        "virtual long more(int n) { return n; }",
    );
    let slots = match d.below(4) {
        0 => format!("@(@|{more}@) {a} {b}"),
        1 => format!("{a} @(@|{more}@) {b}"),
        2 => format!("@({a} {b}@|{b} {a}@)"),
        _ => format!("{a} @({more}@|@) {b}"),
    };
    let destructor = d.pick(&["virtual ~Listener() = default;", "virtual ~Listener() {}", ""]);
    let by = d.pick(&["Listener &l", "Listener *l"]);
    let (dot, own) = if by.contains('*') { ("l->", "&own") } else { ("l.", "own") };
    Draft::new(
        &format!("struct Listener {{ {destructor} {slots} }};\nlong notify({by});\n"),
        &format!("long notify({by}) {{ return {dot}open(1) * 10 + {dot}shut(2); }}\n"),
        &format!(
            "struct Own : Listener {{ long open(int n) override {{ return n + 3; }} long shut(int n) override {{ return n + 5; }} }};\nint main() {{ Own own; line(\"notify\", notify({own})); return 0; }}\n"
        ),
    )
}

fn pointer_to_member(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int Cell::*pick;", "long Cell::*pick;"),
        ("long (Cell::*pick)(int);", "long (Cell::*pick)(double);"),
        ("int Cell::*pick;", "long (Cell::*pick)(int);"),
    ]);
    let is_data = old.starts_with("int");
    let to_data = new.starts_with("long Cell");
    let first = if is_data { "cell.*row.pick" } else { "(cell.*row.pick)(3)" };
    let second = if to_data {
        "cell.*row.pick"
    } else if new.contains("double") {
        "(cell.*row.pick)(3.5)"
    } else {
        "(cell.*row.pick)(3)"
    };
    let init = if is_data { "&Cell::b" } else { "&Cell::weigh" };
    Draft::new(
        &format!(
            "struct Cell {{ int a = 5; int b = 6; long weigh(@({}@|{}@) n); }};\nstruct Row {{ @({old}@|{new}@) int last; }};\nlong read(const Row &row);\n",
            "int",
            if new.contains("double") { "double" } else { "int" }
        ),
        &format!(
            "long Cell::weigh(@(int@|{}@) n) {{ return (long)(n * 2); }}\nlong read(const Row &row) {{ Cell cell; return @({first}@|{second}@) + row.last; }}\n",
            if new.contains("double") { "double" } else { "int" }
        ),
        &if is_data {
            format!("int main() {{ Row row = {{ {init}, 4 }}; line(\"read\", read(row)); return 0; }}\n")
        } else {
            "struct Own : Cell { long own(int n) { return n * 5; } };\nint main() { Row row = { static_cast<long (Cell::*)(int)>(&Own::own), 4 }; line(\"read\", read(row)); return 0; }\n".to_owned()
        },
    )
}

fn exception_base(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("std::runtime_error", "std::logic_error"),
        ("std::runtime_error", "std::exception"),
        ("std::out_of_range", "std::range_error"),
    ]);
    let caught = if old == "std::out_of_range" { "std::out_of_range" } else { "std::runtime_error" };
    let text = if new == "std::exception" {
        "@(: STD(\"bad\")@|@)".replace("STD", old)
    } else {
        format!(": @({old}@|{new}@)(\"bad\")")
    };
    Draft::new(
        &format!(
            "#include <stdexcept>\nclass Bad : public @({old}@|{new}@) {{ public: Bad(); ~Bad() override; }};\nvoid fail(int n);\n"
        ),
        &format!("Bad::Bad() {text} {{}}\nBad::~Bad() {{}}\nvoid fail(int n) {{ if (n) throw Bad(); }}\n"),
        &format!(
            "int main() {{ try {{ fail(1); }} catch (const {caught} &) {{ line(\"caught\", 1); }} catch (...) {{ line(\"else\", 2); }} return 0; }}\n"
        ),
    )
}

fn unnamed_namespace(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int a;", "long a; int b;"),
        (
            "virtual long f() { return 1; } int a;",
            "int b; virtual long g() { return 2; } virtual long f() { return 1; } int a;",
        ),
        ("char a;", "double a;"),
    ]);
    let own = format!(
        "#include <vector>\nnamespace {{ struct Node {{ @({old}@|{new}@) int v = 4; }}; }}\nlong inner(int n) {{ Node node; std::vector<int> list(n, node.v); return (long)list.size() + node.v; }}\n"
    );
    Draft::new(
        "struct Node { int v; };\nlong sum(const Node &node);\nlong inner(int n);\n",
        "long sum(const Node &node) { return node.v * 3; }\n",
        "int main() { Node node = { 5 }; line(\"sum\", sum(node)); line(\"inner\", inner(2)); return 0; }\n",
    )
    .source(d, &format!("#define OWN\n{own}"))
}

fn no_rtti(_: &mut Dice) -> Draft {
    Draft::new(
        "class Port { public: Port(); virtual ~Port(); virtual long open(int n); };\nPort *make_port();\n",
        "Port::Port() {}\nPort::~Port() {}\nlong Port::open(int n) { return n; }\nPort *make_port() { return new Port; }\n",
        "#include <typeinfo>\nstruct Own : Port { long open(int n) override { return n * 2; } };\nint main() { Port *port = make_port(); line(\"same\", typeid(*port) == typeid(Port)); line(\"cast\", dynamic_cast<Own *>(port) == nullptr); return 0; }\n",
    )
    .flags("@(@|-fno-rtti@)")
    .program_flags("")
}

fn copying(d: &mut Dice) -> Draft {
    let special = d.pick(&["Part(const Part &other);", "~Part();", "Part(Part &&other);"]);
    let defined = match special {
        "~Part();" => "Part::~Part() {}",
        "Part(Part &&other);" => "Part::Part(Part &&other) : v(other.v) {}",
        _ => "Part::Part(const Part &other) : v(other.v) {}",
    };
    let pass =
        if special.contains("&&") { "Part make(int n);" } else { "Part make(int n); long take(Part part);" };
    let take = if special.contains("&&") { "" } else { "long take(Part part) { return part.v * 3; }\n" };
    let call = if special.contains("&&") { "" } else { "line(\"take\", take(part));" };
    Draft::new(
        &format!("struct Part {{ Part(int n) : v(n) {{}} @(@|{special}@) int v; }};\n{pass}\n"),
        &format!("@(@|{defined}@)\nPart make(int n) {{ return Part(n); }}\n{take}"),
        &format!("int main() {{ Part part = make(4); line(\"v\", part.v); {call} return 0; }}\n"),
    )
    .either_way(d)
}

fn implementation(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("int a = 3;", "long pad = 0; int a = 3;"),
        ("int a = 3; char text[8];", "int a = 3;"),
        ("virtual ~Hidden() {} int a = 3;", "virtual ~Hidden() {} virtual long f() { return 1; } int a = 3;"),
    ]);
    Draft::new(
        "#include <memory>\nclass Jar { public: Jar(); ~Jar(); long level() const; private: struct Hidden; std::unique_ptr<Hidden> hidden_; };\n",
        &format!(
            "struct Jar::Hidden {{ @({old}@|{new}@) }};\nJar::Jar() : hidden_(new Hidden) {{}}\nJar::~Jar() {{}}\nlong Jar::level() const {{ return hidden_->a; }}\n"
        ),
        "int main() { Jar jar; line(\"level\", jar.level()); return 0; }\n",
    )
}

fn virtual_base(d: &mut Dice) -> Draft {
    let how = d.pick(&[
        "@(: public Root@|: public virtual Root@)",
        "@(: public Root@|: public Root, public virtual Tag@)",
    ]);
    Draft::new(
        &format!("class Root {{ public: Root(); long root; }};\nclass Tag {{ public: Tag(); long tag; }};\nclass Port {how} {{ public: Port(); long v; }};\nvoid fill(Port &port, int n);\nlong sum(const Port &port);\n"),
        "Root::Root() : root(1) {}\nTag::Tag() : tag(2) {}\nPort::Port() : v(3) {}\nvoid fill(Port &port, int n) { port.v = n; port.root = n + 1; }\nlong sum(const Port &port) { return port.v * 3 + port.root; }\n",
        "int main() { struct { Port port; long after[8]; } here = {}; fill(here.port, 5); line(\"v\", here.port.v); line(\"root\", here.port.root); here.port.v = 8; line(\"sum\", sum(here.port)); return 0; }\n",
    )
    .either_way(d)
}

fn underlying(d: &mut Dice) -> Draft {
    let (old, new) =
        d.pick(&[("int", "long"), ("unsigned char", "int"), ("short", "signed char"), ("long", "short")]);
    let scoped = d.pick(&["enum class", "enum"]);
    let name = if scoped == "enum class" { "Mode::" } else { "" };
    Draft::new(
        &format!(
            "{scoped} Mode : @({old}@|{new}@) {{ slow = 1, fast = 2 }};\nstruct Row {{ char a; Mode mode; char c; }};\nlong read(const Row &row);\nvoid fill(Row *rows, int count);\n"
        ),
        &format!(
            "long read(const Row &row) {{ return row.mode == {name}fast ? 10 + row.c : 20 + row.c; }}\nvoid fill(Row *rows, int count) {{ for (int at = 0; at < count; ++at) {{ rows[at].a = 1; rows[at].mode = {name}fast; rows[at].c = at; }} }}\n"
        ),
        &format!(
            "int main() {{ Row rows[9] = {{}}; rows[1].mode = {name}fast; rows[1].c = 4; line(\"read\", read(rows[1])); fill(rows, 3); line(\"c\", rows[2].c); line(\"mode\", rows[2].mode == {name}fast); return 0; }}\n"
        ),
    )
}

fn spelling(d: &mut Dice, edit: usize) -> Draft {
    let (old, new, value) = if edit == 0 {
        d.pick(&[
            ("const int &n", "int n", "n"),
            ("Part &part", "Part part", "part"),
            ("const Part &part", "const Part *part", "part"),
        ])
    } else {
        d.pick(&[
            ("int n", "const int n", "n"),
            ("unsigned long n", "std::size_t n", "n"),
            ("int n[3]", "int *n", "n"),
            ("const Part &part", "Part const &part", "part"),
            ("Part part", "struct Part part", "part"),
            ("int n", "number_t n", "n"),
            ("long (*n)(int)", "auto (*n)(int) -> long", "n"),
        ])
    };
    let argument = match old {
        "int n[3]" => "list",
        "long (*n)(int)" => "own",
        _ if value == "part" => "part",
        _ => "4",
    };
    Draft::new(
        &format!(
            "#include <cstddef>\ntypedef int number_t;\nstruct Part {{ int a; }};\nlong run(@({old}@|{new}@));\n"
        ),
        &format!("long run(@({old}@|{new}@)) {{ (void){value}; return 12; }}\n"),
        &format!(
            "static long own(int n) {{ return n; }}\nint main() {{ int list[3] = {{ 1, 2, 3 }}; (void)list; (void)own; Part part = {{ 3 }}; (void)part; line(\"run\", run({argument})); return 0; }}\n"
        ),
    )
}

fn access(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[("protected", "public"), ("private", "protected"), ("private", "public")]);
    Draft::new(
        &format!(
            "class Port {{ public: Port(); virtual ~Port(); long run(int n); @({old}@|{new}@): long inner(int n); virtual long slot(int n); int state; }};\n"
        ),
        "Port::Port() : state(3) {}\nPort::~Port() {}\nlong Port::inner(int n) { return n + state; }\nlong Port::slot(int n) { return inner(n) * 2; }\nlong Port::run(int n) { return slot(n) + 1; }\n",
        "int main() { Port port; line(\"run\", port.run(4)); return 0; }\n",
    )
}

fn into_base(d: &mut Dice) -> Draft {
    let constructed = d.one_in(2);
    let (ctor, defined) = if constructed { ("Whole();", "Whole::Whole() : w(0) {}\n") } else { ("", "") };
    Draft::new(
        &format!(
            "@(@|struct Root {{ int v; char k; }};@)\nstruct Whole @(@|: Root@) {{ {ctor} @(int v; char k;@|@) char w; }};\nvoid fill(Whole &whole, int n);\nlong sum(const Whole &whole);\n"
        ),
        &format!(
            "{defined}void fill(Whole &whole, int n) {{ whole.v = n; whole.k = n + 1; whole.w = n + 2; }}\nlong sum(const Whole &whole) {{ return whole.v * 3 + whole.k * 5 + whole.w; }}\n"
        ),
        "int main() { struct { Whole whole; long after[3]; } here = {}; fill(here.whole, 3); line(\"w\", here.whole.w); line(\"v\", here.whole.v); here.whole.w = 5; line(\"sum\", sum(here.whole)); return 0; }\n",
    )
}

fn template_member(d: &mut Dice) -> Draft {
    let (old, new) = d.pick(&[
        ("T v; int n;", "int n; T v;"),
        ("T v; int n;", "T v; T w; int n;"),
        ("T v; int n;", "T v; long n;"),
    ]);
    let argument = d.pick(&["double", "long", "Point"]);
    let (set, get) = if argument == "Point" { ("box.v.a = n", "box.v.a") } else { ("box.v = n", "box.v") };
    let how = d
        .pick(&[
            "struct Whole { Box<ARG> box; int last; };",
            "struct Whole { Box<ARG> box; Box<ARG> *next; int last; };",
            "using Alias = Box<ARG>; struct Whole { Alias box; int last; };",
        ])
        .replace("ARG", argument);
    Draft::new(
        &format!(
            "struct Point {{ int a, b; }};\ntemplate <class T> struct Box {{ @({old}@|{new}@) }};\n{how}\nvoid fill(Whole &whole, int n);\nlong sum(const Box<{argument}> &box);\n"
        ),
        &format!(
            "void fill(Whole &whole, int n) {{ auto &box = whole.box; {set}; box.n = n + 1; whole.last = n + 2; }}\nlong sum(const Box<{argument}> &box) {{ return (long){get} * 3 + box.n; }}\n"
        ),
        &format!(
            "int main() {{ struct {{ Whole whole; long after[8]; }} here = {{}}; fill(here.whole, 3); auto &box = here.whole.box; line(\"v\", (long){get}); line(\"n\", box.n); line(\"last\", here.whole.last); box.n = 9; line(\"sum\", sum(box)); return 0; }}\n"
        ),
    )
}

fn c_linkage(d: &mut Dice) -> Draft {
    let member = d.pick(&["long more;", "int more[4];"]);
    Draft::new(
        &format!(
            "struct Whole {{ @(@|{member}@) int v; }};\nextern \"C\" {{\nvoid shop_fill(Whole *whole, int n);\nlong shop_sum(const Whole *whole);\nWhole shop_make(int n);\n}}\n"
        ),
        "extern \"C\" void shop_fill(Whole *whole, int n) { whole->v = n; }\nextern \"C\" long shop_sum(const Whole *whole) { return whole->v * 3; }\nextern \"C\" Whole shop_make(int n) { Whole whole{}; whole.v = n; return whole; }\n",
        "int main() { struct { Whole whole; long after[8]; } here = {}; shop_fill(&here.whole, 3); line(\"v\", here.whole.v); here.whole.v = 5; line(\"sum\", shop_sum(&here.whole)); line(\"made\", shop_make(4).v); return 0; }\n",
    )
}

fn idle_flag(d: &mut Dice) -> Draft {
    let flag = d.pick(&[
        "-fno-semantic-interposition",
        "-fno-omit-frame-pointer",
        "-ffunction-sections",
        "-DNDEBUG",
        "-fno-strict-aliasing",
        "-fno-threadsafe-statics",
        "-fstack-protector-strong",
        "-fno-inline",
    ]);
    Draft::new(
        "#include <string>\nclass Port { public: Port(); virtual ~Port(); virtual long open(int n); std::string name() const; private: std::string name_; };\ntemplate <class T> struct Box { T v; };\nlong sum(const Box<int> &box);\n",
        "Port::Port() : name_(\"port\") {}\nPort::~Port() {}\nlong Port::open(int n) { static Port *none = nullptr; return none ? 0 : n; }\nstd::string Port::name() const { return name_ + \"!\"; }\nlong sum(const Box<int> &box) { return box.v * 2; }\n",
        "int main() { Port port; line(\"open\", port.open(3)); line(\"name\", port.name().size()); Box<int> box = { 4 }; line(\"sum\", sum(box)); return 0; }\n",
    )
    .flags(&format!("@(@|{flag}@)"))
    .program_flags("")
    .either_way(d)
}

fn overload(d: &mut Dice) -> Draft {
    let more = d.pick(&["long run(double n);", "long run(int n, int m);", "long run(long n);"]);
    let defined = more.replace(';', " { return 5; }");
    Draft::new(
        &format!(
            "class Port {{ public: Port(); long run(int n); @(@|{more}@) }};\nlong run(int n);\n@(@|{more}@)\n"
        ),
        &format!(
            "Port::Port() {{}}\nlong Port::run(int n) {{ return n; }}\n@(@|{}@)\nlong run(int n) {{ return n * 2; }}\n@(@|{defined}@)\n",
            defined.replacen("run", "Port::run", 1)
        ),
        "int main() { Port port; line(\"member\", port.run(3)); line(\"free\", run(4)); return 0; }\n",
    )
}

fn into_root(d: &mut Dice) -> Draft {
    let at_end = d.one_in(2);
    let (before, after) = if at_end {
        ("", "@(@|virtual long move(int n);@)")
    } else {
        ("@(@|virtual long move(int n);@)", "")
    };
    Draft::new(
        &format!(
            "class Root {{ public: Root(); virtual ~Root(); {before} virtual long open(int n); {after} }};\nclass Port : public Root {{ public: Port(); virtual long shut(int n); @(virtual long move(int n);@|@) }};\nlong drive(Port &port);\nlong drive_root(Root &root);\n"
        ),
        "Root::Root() {}\nRoot::~Root() {}\nlong Root::open(int n) { return n; }\n@(@|long Root::move(int n) { return n * 2; }@)\nPort::Port() {}\nlong Port::shut(int n) { return n * 3; }\n@(long Port::move(int n) { return n * 2; }@|@)\nlong drive(Port &port) { return port.open(1) * 100 + port.shut(2) * 10 + port.move(3); }\nlong drive_root(Root &root) { return root.open(5); }\n",
        "struct Own : Port { long open(int n) override { return 4; } long shut(int n) override { return 5; } long move(int n) override { return 6; } };\nint main() { Own own; line(\"own\", drive(own)); line(\"root\", drive_root(own)); Port port; line(\"port\", drive(port)); return 0; }\n",
    )
}
