//! Where values go when they are passed, against what Clang does for each machine that it knows.

use std::process::Command;

use abigate::abi::Machine;
use abigate::platform::calling_convention::{Form, Place, Scalar, ScalarKind, Value, passage};

/// A struct in C and its scalars: offset, size and kind.
struct Sample {
    c: &'static str,
    /// In bits.
    size: u64,
    /// In bytes.
    align: u64,
    scalars: &'static [(u64, u64, ScalarKind)],
    has_union: bool,
}

use ScalarKind::{Bits, Float, Integer};

const SAMPLES: &[Sample] = &[
    sample("struct S { int a; };", 32, 4, &[(0, 32, Integer)]),
    sample("struct S { float a; };", 32, 4, &[(0, 32, Float)]),
    sample("struct S { double a; double b; };", 128, 8, &[(0, 64, Float), (64, 64, Float)]),
    sample("struct S { float a; int b; };", 64, 4, &[(0, 32, Float), (32, 32, Integer)]),
    sample("struct S { float a; float b; };", 64, 4, &[(0, 32, Float), (32, 32, Float)]),
    sample("struct S { double a; long long b; };", 128, 8, &[(0, 64, Float), (64, 64, Integer)]),
    sample("struct S { long long a; double b; };", 128, 8, &[(0, 64, Integer), (64, 64, Float)]),
    sample(
        "struct S { float a; int b; double c; };",
        128,
        8,
        &[(0, 32, Float), (32, 32, Integer), (64, 64, Float)],
    ),
    sample("struct S { float a[3]; };", 96, 4, &[(0, 32, Float), (32, 32, Float), (64, 32, Float)]),
    sample(
        "struct S { float a[4]; };",
        128,
        4,
        &[(0, 32, Float), (32, 32, Float), (64, 32, Float), (96, 32, Float)],
    ),
    sample("struct S { double a[3]; };", 192, 8, &[(0, 64, Float), (64, 64, Float), (128, 64, Float)]),
    sample(
        "struct S { double a[5]; };",
        320,
        8,
        &[(0, 64, Float), (64, 64, Float), (128, 64, Float), (192, 64, Float), (256, 64, Float)],
    ),
    sample(
        "struct S { long long a[3]; };",
        192,
        8,
        &[(0, 64, Integer), (64, 64, Integer), (128, 64, Integer)],
    ),
    sample("struct S { char a; double b; };", 128, 8, &[(0, 8, Integer), (64, 64, Float)]),
    sample(
        "struct __attribute__((packed)) S { char a; long long b; };",
        72,
        1,
        &[(0, 8, Integer), (8, 64, Integer)],
    ),
    sample("struct S { int a : 5; int b : 20; };", 32, 4, &[(0, 5, Bits), (5, 20, Bits)]),
    union("union S { double a; float b; };", 64, 8, &[(0, 32, Float), (0, 64, Float)]),
    union("union S { double a; long long b; };", 64, 8, &[(0, 64, Integer), (0, 64, Float)]),
    union("union S { double a; };", 64, 8, &[(0, 64, Float)]),
    union("union S { double a[2]; };", 128, 8, &[(0, 64, Float), (64, 64, Float)]),
];

const fn sample(
    c: &'static str,
    size: u64,
    align: u64,
    scalars: &'static [(u64, u64, ScalarKind)],
) -> Sample {
    Sample { c, size, align, scalars, has_union: false }
}

const fn union(c: &'static str, size: u64, align: u64, scalars: &'static [(u64, u64, ScalarKind)]) -> Sample {
    Sample { has_union: true, ..sample(c, size, align, scalars) }
}

/// Target of Clang, architecture, word, ABI, and options that choose it.
type Target = (&'static str, &'static str, u8, Option<&'static str>, &'static [&'static str]);

const MACHINES: &[Target] = &[
    ("x86_64-linux-gnu", "x86_64", 64, None, &[]),
    ("i386-linux-gnu", "i386", 32, None, &[]),
    ("aarch64-linux-gnu", "aarch64", 64, None, &[]),
    ("powerpc64le-linux-gnu", "ppc64le", 64, Some("elfv2"), &[]),
    ("riscv64-linux-gnu", "riscv64", 64, Some("double-float"), &["-march=rv64gc", "-mabi=lp64d"]),
    ("s390x-linux-gnu", "s390x", 64, None, &[]),
];

/// One letter for each place: I for a word in general registers, F for a floating-point register, M for memory, R for a
/// reference.
fn letters(places: &[Place]) -> String {
    let letter = |place: &Place| match place {
        Place::Aligned | Place::SseUp => None,
        Place::Integer => Some('I'),
        Place::Sse | Place::Float(_) | Place::Vector(_) => Some('F'),
        Place::X87 | Place::ComplexX87 => Some('X'),
        Place::Memory => Some('M'),
        Place::Reference => Some('R'),
    };
    places.iter().filter_map(letter).collect()
}

/// The same from the parameters of a function in LLVM's language. On i386 the scalars of a struct stand on the stack one by
/// one.
fn of_clang(parameters: &str, arch: &str, word: u64) -> String {
    if arch == "i386" {
        return "M".to_owned();
    }
    let mut text = String::new();
    for parameter in split(parameters) {
        let type_ = parameter.trim();
        let count_of = |bits: u64| "I".repeat(bits.div_ceil(word) as usize);
        if type_.contains("byval") {
            text.push('M');
        } else if type_.contains("* ") || type_.starts_with("ptr") {
            text.push('R');
        } else if let Some((count, element)) = type_.strip_prefix('[').and_then(|t| t.split_once(" x ")) {
            let count: usize = count.parse().expect("a number");
            let one = match element.strip_prefix('i') {
                Some(bits) => count_of(bits.split(']').next().expect("a type").parse().expect("bits")),
                None => "F".to_owned(),
            };
            text.push_str(&one.repeat(count));
        } else if let Some(bits) = type_.strip_prefix('i').and_then(|t| t.split(' ').next()?.parse().ok()) {
            text.push_str(&count_of(bits));
        } else {
            text.push('F');
        }
    }
    text
}

/// Takes parameters apart, but for commas in braces and brackets.
fn split(parameters: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in parameters.chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("one").push(c);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

#[test]
fn values_go_where_clang_puts_them() {
    if Command::new("clang").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut wrong = Vec::new();
    for (target, arch, bits, abi, options) in MACHINES {
        let machine = Machine {
            arch: (*arch).into(),
            bits: *bits,
            big_endian: *arch == "s390x",
            abi: abi.map(str::to_owned),
        };
        for sample in SAMPLES {
            let source = folder.path().join("sample.c");
            let keyword = if sample.has_union { "union" } else { "struct" };
            std::fs::write(&source, format!("{}\nvoid f({keyword} S s) {{}}\n", sample.c))
                .expect("it is written");
            let output = Command::new("clang")
                .args(["-S", "-emit-llvm", "-O0", "-o", "-"])
                .arg(format!("--target={target}"))
                .args(*options)
                .arg(&source)
                .output();
            let output = output.or_else(|_| Command::new("clang").output()).expect("clang runs");
            let text = String::from_utf8_lossy(&output.stdout);
            let Some(line) = text.lines().find(|line| line.contains(" @f(")) else { continue };
            let parameters =
                line.split_once(" @f(").and_then(|(_, rest)| rest.rsplit_once(") ")).map_or("", |p| p.0);
            let scalar = |&(offset, size, kind): &(u64, u64, ScalarKind)| Scalar { offset, size, kind };
            let value = Value {
                size: sample.size,
                align: Some(sample.align),
                form: Form::Aggregate,
                scalars: sample.scalars.iter().map(scalar).collect(),
                has_union: sample.has_union,
            };
            let ours = letters(&passage(&machine, &value).expect("the rules are known").argument);
            let clangs = of_clang(parameters, arch, u64::from(*bits));
            if ours != clangs {
                wrong.push(format!("{arch}: {}: {ours}, and Clang {clangs} ({parameters})", sample.c));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
