//! Classes to compile: by hand for what is known to be hard, and made up from a seed for what nobody thought of.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Classes with what is asked about them: members that have an address, and bases that are not virtual.
#[derive(Default)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The bodies of its virtual functions, so that there are virtual tables.
    pub(crate) bodies: String,
    pub(crate) members: Vec<String>,
    pub(crate) bases: Vec<String>,
    /// Its declaration, or that of something in it, demands an alignment.
    pub(crate) is_aligned: bool,
    /// It, or something in it, has a member without an address of its own.
    pub(crate) has_no_address: bool,
    /// Classes that it is made of by inheritance, itself included.
    ancestors: BTreeSet<String>,
    /// Those of them that are virtual bases wherever they are bases.
    only_virtual: BTreeSet<String>,
    /// Its virtual functions and those of its bases.
    functions: BTreeSet<String>,
    /// Those of them that have no body yet.
    pure: BTreeSet<String>,
    is_final: bool,
}

pub(crate) fn by_hand() -> Vec<Class> {
    let classes: &[(&str, &str, &[&str], &[&str])] = &[
        ("Empty", "struct Empty {};", &[], &[]),
        ("AlsoEmpty", "struct AlsoEmpty {};", &[], &[]),
        ("EmptyBase", "struct EmptyBase : Empty { int a; };", &["a"], &["Empty"]),
        ("TwoEmpty", "struct TwoEmpty : Empty, AlsoEmpty { char a; };", &["a"], &["Empty", "AlsoEmpty"]),
        ("EmptyTwice", "struct EmptyTwice : Empty { Empty first; int a; };", &["first", "a"], &["Empty"]),
        ("NoAddress", "struct NoAddress { [[no_unique_address]] Empty e; int a; };", &["e", "a"], &[]),
        (
            "NoAddress2",
            "struct NoAddress2 { [[no_unique_address]] Empty e; [[no_unique_address]] Empty f; char c; };",
            &["e", "f", "c"],
            &[],
        ),
        ("Tail", "class Tail { long l; char c; public: Tail(); };", &[], &[]),
        ("TailReused", "struct TailReused : Tail { char d; };", &["d"], &["Tail"]),
        ("TailKept", "struct TailKept { long l; char c; };", &["l", "c"], &[]),
        ("TailOfKept", "struct TailOfKept : TailKept { char d; };", &["d"], &["TailKept"]),
        (
            "Fields",
            "struct Fields { int a : 3; int b : 30; unsigned c : 1; char d; int : 0; int e : 5; long f; };",
            &["d", "f"],
            &[],
        ),
        (
            "Packed",
            "struct __attribute__((packed)) Packed { char a; int b; double c; short d; };",
            &["a", "b", "c", "d"],
            &[],
        ),
        (
            "PackedTo2",
            "#pragma pack(push, 2)\nstruct PackedTo2 { char a; int b; double c; };\n#pragma pack(pop)",
            &["a", "b", "c"],
            &[],
        ),
        ("OverAligned", "struct alignas(64) OverAligned { char a; };", &["a"], &[]),
        (
            "HasOverAligned",
            "struct HasOverAligned { char a; OverAligned b; char c; };",
            &["a", "b", "c"],
            &[],
        ),
        (
            "AlignedMember",
            "struct AlignedMember { char a; alignas(32) char b; char c; };",
            &["a", "b", "c"],
            &[],
        ),
        ("Union", "union Union { char a; double b; int c[3]; };", &["a", "b", "c"], &[]),
        (
            "Anonymous",
            "struct Anonymous { char a; union { int b; char c; struct { short d, e; }; }; int f; };",
            &["a", "f"],
            &[],
        ),
        ("Flexible", "struct Flexible { int count; long rest[]; };", &["count", "rest"], &[]),
        ("NoElements", "struct NoElements { int a; int none[0]; char b; };", &["a", "none", "b"], &[]),
        ("Virtual", "struct Virtual { virtual ~Virtual(); int a; };", &["a"], &[]),
        ("Derived", "struct Derived : Virtual { int b; };", &["b"], &["Virtual"]),
        ("NewVptr", "struct NewVptr : TailKept { virtual void f(); char e; };", &["e"], &["TailKept"]),
        ("Multiple", "struct Multiple : Virtual, NewVptr { long m; };", &["m"], &["Virtual", "NewVptr"]),
        ("Left", "struct Left : virtual Virtual { int l; };", &["l"], &[]),
        ("Right", "struct Right : virtual Virtual { char r; };", &["r"], &[]),
        ("Diamond", "struct Diamond : Left, Right { char d; };", &["d"], &["Left", "Right"]),
        ("Wide", "struct Wide { char a; long double b; __int128 c; char d; };", &["a", "b", "c", "d"], &[]),
        (
            "Pointers",
            "struct Pointers { char a; int Wide::*data; void (Virtual::*method)(); void (*plain)(int); char& ref; };",
            &["a", "data", "method", "plain"],
            &[],
        ),
        (
            "Vector",
            "struct Vector { char a; float b __attribute__((vector_size(16))); char c; };",
            &["a", "b", "c"],
            &[],
        ),
        (
            "Complex",
            "struct Complex { char a; _Complex float b; _Complex double c; char d; };",
            &["a", "b", "c", "d"],
            &[],
        ),
        ("LargeArray", "struct LargeArray { char a[200]; short b[40000]; char c; };", &["a", "b", "c"], &[]),
        (
            "Abstract",
            "struct Abstract { virtual ~Abstract(); virtual void p() = 0; virtual void q() = delete; };",
            &[],
            &[],
        ),
        ("Interface", "struct Interface { virtual void p() = 0; virtual void r() = 0; };", &[], &[]),
        (
            "Implements",
            "struct Implements : Virtual, Interface { void p() override; void r() override; char i; };",
            &["i"],
            &["Virtual", "Interface"],
        ),
        ("Returns", "struct Returns { virtual Interface* self(); int r; };", &["r"], &[]),
        ("ReturnsVirtual", "struct ReturnsVirtual { virtual Virtual* self(); };", &[], &[]),
        (
            "Covariant",
            "struct Covariant : Virtual, Returns { Implements* self() override; };",
            &[],
            &["Virtual", "Returns"],
        ),
        (
            "CovariantTwice",
            "struct CovariantTwice : ReturnsVirtual { Left* self() override; virtual void g(); };",
            &[],
            &["ReturnsVirtual"],
        ),
        (
            "CovariantVirtual",
            "struct CovariantVirtual : virtual CovariantTwice { Diamond* self() override; int v; };",
            &["v"],
            &[],
        ),
        ("NearlyEmpty", "struct NearlyEmpty { virtual void n(); };", &[], &[]),
        ("VirtualPrimary", "struct VirtualPrimary : virtual NearlyEmpty { int a; };", &["a"], &[]),
        (
            "SharesPrimary",
            "struct SharesPrimary : virtual NearlyEmpty { void n() override; int b; };",
            &["b"],
            &[],
        ),
        (
            "OnePrimary",
            "struct OnePrimary : VirtualPrimary, SharesPrimary { int c; };",
            &["c"],
            &["VirtualPrimary", "SharesPrimary"],
        ),
        ("VirtualEmpty", "struct VirtualEmpty : virtual Empty { char c; };", &["c"], &[]),
        (
            "VirtualInVirtual",
            "struct VirtualInVirtual : virtual Diamond, virtual NearlyEmpty { long v; void n() override; };",
            &["v"],
            &[],
        ),
        (
            "Deep",
            "struct Deep : VirtualInVirtual, Returns { virtual void g(); ~Deep() override; char d; };",
            &["d"],
            &["VirtualInVirtual", "Returns"],
        ),
        ("Unimplemented", "struct Unimplemented : virtual Interface { void p() override; };", &[], &[]),
        ("OnlyPure", "struct OnlyPure { virtual void a() = 0; virtual void b() = 0; };", &[], &[]),
        (
            "HasPureBases",
            "struct HasPureBases : Unimplemented, virtual OnlyPure { void a() override; virtual ~HasPureBases(); };",
            &[],
            &["Unimplemented"],
        ),
        (
            "Complete",
            "struct Complete final : HasPureBases { void r() override; void b() override; };",
            &[],
            &["HasPureBases"],
        ),
    ];
    let bodies = |name: &str| match name {
        "Virtual" | "Abstract" | "HasPureBases" => format!("{name}::~{name}() {{}}"),
        "Deep" => "Deep::~Deep() {} void Deep::g() {}".to_owned(),
        "CovariantTwice" => {
            "Left* CovariantTwice::self() { return nullptr; } void CovariantTwice::g() {}".to_owned()
        }
        "Implements" => "void Implements::p() {} void Implements::r() {}".to_owned(),
        "Returns" => "Interface* Returns::self() { return nullptr; }".to_owned(),
        "ReturnsVirtual" => "Virtual* ReturnsVirtual::self() { return nullptr; }".to_owned(),
        "Covariant" => "Implements* Covariant::self() { return nullptr; }".to_owned(),
        "CovariantVirtual" => "Diamond* CovariantVirtual::self() { return nullptr; }".to_owned(),
        "NewVptr" => "void NewVptr::f() {}".to_owned(),
        "NearlyEmpty" | "SharesPrimary" | "VirtualInVirtual" => format!("void {name}::n() {{}}"),
        "Unimplemented" => "void Unimplemented::p() {}".to_owned(),
        "Complete" => "void Complete::r() {} void Complete::b() {}".to_owned(),
        _ => String::new(),
    };
    let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    classes
        .iter()
        .map(|(name, text, members, bases)| Class {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            bodies: bodies(name),
            members: owned(members),
            bases: owned(bases),
            // Clang 14 says so where a member demands it.
            is_aligned: ["OverAligned"].contains(name),
            is_final: true,
            ..Class::default()
        })
        .collect()
}

/// Numbers from a seed, the same everywhere.
struct Dice(u64);

impl Dice {
    /// From 0 to below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's multiplier; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

/// Made-up classes, each built of those before it.
pub(crate) fn made_up(seed: u64, count: usize) -> Vec<Class> {
    let mut dice = Dice(seed);
    let mut classes: Vec<Class> = Vec::new();
    for number in 0..count {
        let name = format!("R{number}");
        let class = make_up(&name, &classes, &mut dice);
        classes.push(class);
    }
    classes
}

fn make_up(name: &str, known: &[Class], dice: &mut Dice) -> Class {
    const SCALARS: [&str; 12] = [
        "char",
        "bool",
        "short",
        "int",
        "unsigned",
        "long",
        "float",
        "double",
        "long double",
        "void*",
        "wchar_t",
        "__int128",
    ];
    let mut class =
        Class { name: name.to_owned(), ancestors: BTreeSet::from([name.to_owned()]), ..Class::default() };
    let is_union = dice.chance(8);
    let mut heads = Vec::new();
    // Functions that several bases may have made their own: one body has to be the last.
    let mut contested = BTreeSet::new();
    for _ in 0..(if is_union { 0 } else { dice.roll(4) }) {
        let Some(base) = known.get(dice.roll(known.len().max(1) as u64) as usize) else { continue };
        // A base that is there twice has no address of its own; a virtual one is there once.
        let shared: BTreeSet<&String> = base.ancestors.intersection(&class.ancestors).collect();
        let is_once =
            |name: &&String| base.only_virtual.contains(*name) && class.only_virtual.contains(*name);
        if base.is_final || !shared.iter().all(is_once) {
            continue;
        }
        if !shared.is_empty() {
            contested.extend(base.functions.intersection(&class.functions).cloned());
        }
        class.ancestors.extend(base.ancestors.iter().cloned());
        class.only_virtual.extend(base.only_virtual.iter().cloned());
        class.functions.extend(base.functions.iter().cloned());
        class.pure.extend(base.pure.iter().cloned());
        class.is_aligned |= base.is_aligned;
        class.has_no_address |= base.has_no_address;
        if dice.chance(35) {
            heads.push(format!("virtual {}", base.name));
            class.only_virtual.insert(base.name.clone());
        } else {
            heads.push(base.name.clone());
            class.bases.push(base.name.clone());
        }
    }
    class.is_final = is_union;
    // Not packed: debug info leaves out that a class is, and where that does not show, its alignment is not known.
    let aligned = if dice.chance(6) {
        format!(" __attribute__((aligned({})))", 16 << dice.roll(3))
    } else {
        String::new()
    };
    let keyword = if is_union { "union" } else { "struct" };
    let colon = if heads.is_empty() { String::new() } else { format!(" : {}", heads.join(", ")) };
    let _ = writeln!(class.text, "{keyword}{aligned} {name}{colon} {{");
    class.is_aligned |= !aligned.is_empty();
    if !is_union {
        add_functions(&mut class, &contested, dice);
    }
    for number in 0..dice.roll(7) {
        let member = format!("m{number}");
        let scalar = SCALARS[dice.roll(SCALARS.len() as u64) as usize];
        match dice.roll(10) {
            0 | 1 if !is_union => {
                let _ = writeln!(
                    class.text,
                    "  {} {member} : {};",
                    ["int", "unsigned char", "long"][dice.roll(3) as usize],
                    1 + dice.roll(8)
                );
                continue;
            }
            2 => {
                let _ = writeln!(class.text, "  {scalar} {member}[{}];", 1 + dice.roll(5));
            }
            // Members of unions have to be trivial.
            3..=5 if !is_union && !known.is_empty() => {
                let other = &known[dice.roll(known.len() as u64) as usize];
                if !other.pure.is_empty() {
                    continue;
                }
                let unique = if dice.chance(25) { "[[no_unique_address]] " } else { "" };
                let _ = writeln!(class.text, "  {unique}{} {member};", other.name);
                class.is_aligned |= other.is_aligned;
                class.has_no_address |= other.has_no_address || !unique.is_empty();
            }
            _ => {
                let _ = writeln!(class.text, "  {scalar} {member};");
            }
        }
        class.members.push(member);
    }
    class.text.push_str("};");
    class
}

/// Virtual functions of its own, pure ones among them, and some of its bases' made its own.
fn add_functions(class: &mut Class, contested: &BTreeSet<String>, dice: &mut Dice) {
    let name = class.name.clone();
    for function in class.functions.clone() {
        if contested.contains(&function) || dice.chance(25) {
            let _ = writeln!(class.text, "  void {function}() override;");
            let _ = writeln!(class.bodies, "void {name}::{function}() {{}}");
            class.pure.remove(&function);
        }
    }
    if dice.chance(12) {
        let _ = writeln!(class.text, "  virtual ~{name}();");
        let _ = writeln!(class.bodies, "{name}::~{name}() {{}}");
    }
    for number in 0..(if dice.chance(40) { 1 + dice.roll(3) } else { 0 }) {
        let function = format!("f{number}{name}");
        if dice.chance(15) {
            let _ = writeln!(class.text, "  virtual void {function}() = 0;");
            class.pure.insert(function.clone());
        } else {
            let _ = writeln!(class.text, "  virtual void {function}();");
            let _ = writeln!(class.bodies, "void {name}::{function}() {{}}");
        }
        class.functions.insert(function);
    }
}
