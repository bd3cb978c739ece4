//! Where the processor supplements (psABI) put a value that is passed or returned: the classes of its bytes.
//!
//! Owns the rules of x86-64 and x32 (System V psABI, section 3.2.3), i386, AArch64 (AAPCS64), 32-bit Arm (AAPCS), ppc64le
//! (ELFv2), RISC-V and s390x on Linux. Pure: the caller has taken the type apart into scalars. What is passed by invisible
//! reference because copying it is not trivial in C++ is the caller's business too.
//!
//! Two types are passed alike if they have one size and equal places. Where the rules of a machine are not known here, the
//! answer is none, never a guess. All offsets and sizes are in bits.

use serde::{Deserialize, Serialize};

use crate::abi::Machine;

/// Larger values are in memory on every machine, whatever they consist of: nobody needs to take them apart.
pub const LARGEST: u64 = 128 * 8;

/// What the bits of a scalar mean to a calling convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScalarKind {
    /// Integers, enums, `bool`, pointers.
    Integer,
    /// Part of an integer: a bit-field, which may stand at any bit.
    Bits,
    /// IEEE binary floating point.
    Float,
    /// The 80-bit format of the x87.
    X87,
    /// `_Complex long double` where that is two numbers of the x87.
    ComplexX87,
    /// Two doubles that stand for one number (`__ibm128`).
    DoubleDouble,
    /// A vector of the machine.
    Vector,
}

/// A scalar in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scalar {
    /// Offset from the start of the value.
    pub offset: u64,
    /// Size.
    pub size: u64,
    /// What it is.
    pub kind: ScalarKind,
}

/// How the language sees the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A number or a pointer.
    Scalar,
    /// `_Complex`
    Complex,
    /// A struct, class or union.
    Aggregate,
}

/// A value, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Size.
    pub size: u64,
    /// Alignment of the type in bytes, where it is known.
    pub align: Option<u64>,
    /// Scalar, complex or aggregate.
    pub form: Form,
    /// Its scalars, sorted; none of a value larger than [`LARGEST`].
    pub scalars: Vec<Scalar>,
    /// There is a union in it, however deep.
    pub has_union: bool,
}

/// Where a part of a value is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// What follows starts in an even register, or at an aligned address.
    Aligned,
    /// A general-purpose register, or its word on the stack (class INTEGER).
    Integer,
    /// The low eightbyte of an SSE register.
    Sse,
    /// The next eightbyte of the same SSE register.
    SseUp,
    /// The top of the x87's stack.
    X87,
    /// The two topmost numbers of the x87's stack.
    ComplexX87,
    /// A floating-point register that holds so many bits.
    Float(u64),
    /// A vector register that holds so many bits.
    Vector(u64),
    /// Bytes in memory: on the stack, or where the caller says that the result goes.
    Memory,
    /// A general-purpose register with the address of a copy.
    Reference,
}

/// Where a value is passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// As an argument.
    pub argument: Vec<Place>,
    /// As a result.
    pub result: Vec<Place>,
}

impl Passage {
    fn both(places: Vec<Place>) -> Passage {
        Passage { argument: places.clone(), result: places }
    }
}

/// Where a value goes on a machine. None where the rules are not known.
pub fn passage(machine: &Machine, value: &Value) -> Option<Passage> {
    let abi = machine.abi.as_deref();
    Some(match &*machine.arch {
        "x86_64" | "x32" => x86_64(value),
        "i386" => i386(value),
        "aarch64" => aarch64(value),
        "arm" => arm(value, abi?)?,
        "ppc64le" if abi.is_none_or(|abi| abi == "elfv2") => ppc64le(value),
        "riscv64" => riscv(value, 64, abi?)?,
        "riscv32" => riscv(value, 32, abi?)?,
        "s390x" => s390x(value)?,
        _ => return None,
    })
}

/// Class of an eightbyte (x86-64 psABI, 3.2.3).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Eightbyte {
    None,
    Integer,
    Sse,
    SseUp,
    X87,
    X87Up,
    Memory,
}

impl Eightbyte {
    fn merge(self, other: Eightbyte) -> Eightbyte {
        use Eightbyte::{Integer, Memory, None, Sse, X87, X87Up};
        match (self, other) {
            (a, b) if a == b => a,
            (None, a) | (a, None) => a,
            (Memory, _) | (_, Memory) => Memory,
            (Integer, _) | (_, Integer) => Integer,
            (X87 | X87Up, _) | (_, X87 | X87Up) => Memory,
            _ => Sse,
        }
    }
}

fn x86_64(value: &Value) -> Passage {
    if let [Scalar { kind: ScalarKind::ComplexX87, .. }] = value.scalars[..]
        && value.form == Form::Complex
    {
        return Passage { argument: vec![Place::Aligned, Place::Memory], result: vec![Place::ComplexX87] };
    }
    let memory = || {
        let aligned = value.align.is_some_and(|align| align > 8);
        let argument = if aligned { vec![Place::Aligned, Place::Memory] } else { vec![Place::Memory] };
        Passage { argument, result: vec![Place::Memory] }
    };
    let Some(classes) = eightbytes(value) else { return memory() };
    let mut places = Vec::new();
    for class in &classes {
        places.push(match class {
            Eightbyte::None | Eightbyte::X87Up => continue,
            Eightbyte::Integer => Place::Integer,
            Eightbyte::Sse => Place::Sse,
            Eightbyte::SseUp => Place::SseUp,
            Eightbyte::X87 => Place::X87,
            Eightbyte::Memory => return memory(),
        });
    }
    match places.contains(&Place::X87) {
        true => Passage { argument: memory().argument, result: places },
        false => Passage::both(places),
    }
}

/// The classes of a value's eightbytes. None: it is in memory.
fn eightbytes(value: &Value) -> Option<Vec<Eightbyte>> {
    use Eightbyte::{Integer, Memory, Sse, SseUp, X87, X87Up};
    // Up to eight, for a vector of 512 bits.
    let count = usize::try_from(value.size.div_ceil(64)).ok().filter(|count| *count <= 8)?;
    let mut classes = vec![Eightbyte::None; count];
    for scalar in &value.scalars {
        let (first, inner) = match scalar.kind {
            ScalarKind::Integer | ScalarKind::Bits => (Integer, Integer),
            ScalarKind::Float | ScalarKind::Vector => (Sse, SseUp),
            ScalarKind::X87 => (X87, X87Up),
            ScalarKind::ComplexX87 | ScalarKind::DoubleDouble => return None,
        };
        let natural = match scalar.kind {
            ScalarKind::Bits => 1,
            ScalarKind::Integer if scalar.size > 128 => 64,
            _ => scalar.size.max(1),
        };
        if scalar.offset % natural != 0 {
            return None;
        }
        let end = scalar.offset.saturating_add(scalar.size.max(1));
        for at in scalar.offset / 64..end.div_ceil(64) {
            // A flexible array has no bytes of its own.
            let Some(class) = usize::try_from(at).ok().and_then(|at| classes.get_mut(at)) else { break };
            *class = class.merge(if at == scalar.offset / 64 { first } else { inner });
        }
    }
    let is_vector = classes.first() == Some(&Sse) && classes.iter().skip(1).all(|class| *class == SseUp);
    if count > 2 && !is_vector {
        return None;
    }
    for at in 0..count {
        let before = at.checked_sub(1).and_then(|at| classes.get(at)).copied();
        match classes.get(at)? {
            Memory => return None,
            X87Up if before != Some(X87) => return None,
            SseUp if !matches!(before, Some(Sse | SseUp)) => *classes.get_mut(at)? = Sse,
            _ => {}
        }
    }
    Some(classes)
}

fn i386(value: &Value) -> Passage {
    let kind = value.scalars.first().map(|scalar| scalar.kind);
    let result = match (value.form, kind) {
        (Form::Scalar, Some(ScalarKind::Float | ScalarKind::X87)) => vec![Place::X87],
        (Form::Scalar, Some(ScalarKind::Vector)) => vec![Place::Vector(value.size)],
        (Form::Scalar, _) => integers(value.size, 32),
        (Form::Complex, _) if value.size == 64 => integers(value.size, 32),
        _ => vec![Place::Memory],
    };
    let argument = match (value.form, kind) {
        (Form::Scalar, Some(ScalarKind::Vector)) => vec![Place::Vector(value.size)],
        _ => vec![Place::Memory],
    };
    Passage { argument, result }
}

fn integers(size: u64, word: u64) -> Vec<Place> {
    let count = size.div_ceil(word);
    // What is longer is compared by its size.
    (0..count.min(32)).map(|_| Place::Integer).collect()
}

/// Up to `most` floating-point numbers or vectors of one kind and nothing else, one behind the other: HFA and HVA. The size
/// of one in bits, how many, and the kind.
fn homogeneous(value: &Value, most: u64, sizes: &[u64]) -> Option<(u64, u64, ScalarKind)> {
    let first = value.scalars.first()?;
    let kinds = [ScalarKind::Float, ScalarKind::Vector, ScalarKind::DoubleDouble];
    let count = value.size.checked_div(first.size)?;
    let is_one = |scalar: &Scalar| {
        scalar.kind == first.kind
            && scalar.size == first.size
            && scalar.offset.is_multiple_of(first.size)
            && scalar.offset < value.size
    };
    let is_homogeneous = kinds.contains(&first.kind)
        && sizes.contains(&first.size)
        && (1..=most).contains(&count)
        && value.size.is_multiple_of(first.size)
        && value.scalars.iter().all(is_one)
        && (0..count).all(|n| value.scalars.iter().any(|scalar| scalar.offset == n * first.size));
    is_homogeneous.then_some((first.size, count, first.kind))
}

/// Whether a scalar of that size or more is in it.
fn has_scalar_of(value: &Value, bits: u64) -> bool {
    match value.size > LARGEST {
        true => value.align.is_some_and(|align| align * 8 >= bits),
        false => value.scalars.iter().any(|scalar| scalar.size >= bits && scalar.kind != ScalarKind::Bits),
    }
}

fn aligned(is_aligned: bool, mut places: Vec<Place>) -> Vec<Place> {
    if is_aligned {
        places.insert(0, Place::Aligned);
    }
    places
}

fn registers(size: u64, count: u64, kind: ScalarKind) -> Vec<Place> {
    let place = if kind == ScalarKind::Vector { Place::Vector(size) } else { Place::Float(size) };
    (0..count).map(|_| place).collect()
}

fn aarch64(value: &Value) -> Passage {
    if let Some((size, count, kind)) = homogeneous(value, 4, &[16, 32, 64, 128]) {
        return Passage::both(registers(size, count, kind));
    }
    if value.size > 128 {
        return Passage { argument: vec![Place::Reference], result: vec![Place::Memory] };
    }
    let places = integers(value.size, 64);
    Passage { argument: aligned(has_scalar_of(value, 128), places.clone()), result: places }
}

fn arm(value: &Value, abi: &str) -> Option<Passage> {
    let homogeneous = homogeneous(value, 4, &[32, 64, 128]).filter(|_| abi == "hard-float");
    if !["hard-float", "soft-float"].contains(&abi) {
        return None;
    }
    if let Some((size, count, kind)) = homogeneous {
        return Some(Passage::both(registers(size, count, kind)));
    }
    let words = integers(value.size, 32);
    let in_memory = value.size > 32 && value.form != Form::Scalar;
    let result = if in_memory { vec![Place::Memory] } else { words.clone() };
    Some(Passage { argument: aligned(has_scalar_of(value, 64), words), result })
}

fn ppc64le(value: &Value) -> Passage {
    let of_one = |size: u64, kind: ScalarKind| if kind == ScalarKind::DoubleDouble { size / 64 } else { 1 };
    if let Some((size, count, kind)) = homogeneous(value, 8, &[32, 64, 128]) {
        let count = count * of_one(size, kind);
        // IEEE quadruple precision is passed in vector registers.
        let kind = if size == 128 && kind == ScalarKind::Float { ScalarKind::Vector } else { kind };
        if count <= 8 {
            return Passage::both(registers(size, count, kind));
        }
    }
    let words = integers(value.size, 64);
    let result = if value.size > 128 { vec![Place::Memory] } else { words.clone() };
    let is_aligned = value.align.is_some_and(|align| align >= 16) || has_scalar_of(value, 128);
    Passage { argument: aligned(is_aligned, words), result }
}

fn riscv(value: &Value, word: u64, abi: &str) -> Option<Passage> {
    let longest = match abi {
        "soft-float" => 0,
        "single-float" => 32,
        "double-float" => 64,
        "quad-float" => 128,
        _ => return None,
    };
    let is_float = |scalar: &Scalar| scalar.kind == ScalarKind::Float && scalar.size <= longest;
    let is_integer = |scalar: &Scalar| {
        matches!(scalar.kind, ScalarKind::Integer | ScalarKind::Bits) && scalar.size <= word
    };
    let in_registers = match &value.scalars[..] {
        _ if value.has_union => false,
        [one] => is_float(one),
        [one, other] => {
            (is_float(one) && (is_float(other) || is_integer(other))) || (is_integer(one) && is_float(other))
        }
        _ => false,
    };
    if in_registers {
        let place = |scalar: &Scalar| match is_float(scalar) {
            true => Place::Float(scalar.size),
            false => Place::Integer,
        };
        return Some(Passage::both(value.scalars.iter().map(place).collect()));
    }
    if value.size > 2 * word {
        return Some(Passage { argument: vec![Place::Reference], result: vec![Place::Memory] });
    }
    let places = integers(value.size, word);
    let is_aligned = has_scalar_of(value, 2 * word) || value.align.is_some_and(|align| align * 8 >= 2 * word);
    Some(Passage { argument: aligned(is_aligned, places.clone()), result: places })
}

fn s390x(value: &Value) -> Option<Passage> {
    if value.scalars.iter().any(|scalar| scalar.kind == ScalarKind::Vector) {
        return None;
    }
    let in_register = [8, 16, 32, 64].contains(&value.size) && value.form != Form::Complex;
    let argument = match &value.scalars[..] {
        _ if !in_register => vec![Place::Reference],
        [one] if one.kind == ScalarKind::Float && one.size == value.size && !value.has_union => {
            vec![Place::Float(one.size)]
        }
        _ => vec![Place::Integer],
    };
    let is_plain = value.form == Form::Scalar && in_register;
    let result = if is_plain { argument.clone() } else { vec![Place::Memory] };
    Some(Passage { argument, result })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScalarKind::{Bits, Float, Integer, Vector, X87};

    fn machine(arch: &str, abi: Option<&str>) -> Machine {
        Machine { arch: arch.into(), bits: 64, big_endian: false, abi: abi.map(str::to_owned) }
    }

    /// An aggregate of scalars: offset, size and kind.
    fn aggregate(size: u64, scalars: &[(u64, u64, ScalarKind)]) -> Value {
        let scalar = |&(offset, size, kind): &(u64, u64, ScalarKind)| Scalar { offset, size, kind };
        Value {
            size,
            align: Some(8),
            form: Form::Aggregate,
            scalars: scalars.iter().map(scalar).collect(),
            has_union: false,
        }
    }

    fn argument(arch: &str, abi: Option<&str>, value: &Value) -> Vec<Place> {
        passage(&machine(arch, abi), value).expect("the rules are known").argument
    }

    /// Examples of the x86-64 psABI and what GCC makes of them.
    #[test]
    fn eightbytes_of_x86_64() {
        use Place::{Memory, Sse, SseUp};
        let of =
            |size, scalars: &[(u64, u64, ScalarKind)]| argument("x86_64", None, &aggregate(size, scalars));
        assert_eq!(of(64, &[(0, 64, Float)]), [Sse]);
        assert_eq!(of(64, &[(0, 64, Float), (0, 64, Integer)]), [Place::Integer]);
        assert_eq!(of(128, &[(0, 32, Float), (64, 64, Float)]), [Sse, Sse]);
        // What came into padding.
        assert_eq!(of(128, &[(0, 32, Float), (32, 32, Integer), (64, 64, Float)]), [Place::Integer, Sse]);
        assert_eq!(of(192, &[(0, 64, Float), (64, 64, Float), (128, 64, Float)]), [Memory]);
        assert_eq!(of(128, &[(0, 8, Integer), (8, 64, Float)]), [Memory]);
        assert_eq!(of(64, &[(0, 5, Bits), (5, 30, Bits)]), [Place::Integer]);
        assert_eq!(of(256, &[(0, 256, Vector)]), [Sse, SseUp, SseUp, SseUp]);
        assert_eq!(of(256, &[(0, 128, Vector), (128, 128, Vector)]), [Memory]);
        assert_eq!(of(8, &[]), []);
        let x87 = passage(&machine("x86_64", None), &aggregate(128, &[(0, 128, X87)])).expect("known");
        assert_eq!((x87.argument, x87.result), (vec![Memory], vec![Place::X87]));
        assert_eq!(of(128, &[(0, 128, X87), (0, 32, Integer)]), [Memory]);
    }

    #[test]
    fn homogeneous_aggregates() {
        let floats: Vec<_> = (0..4).map(|n| (n * 32, 32, Float)).collect();
        let arm = aggregate(128, &floats);
        assert_eq!(argument("aarch64", None, &arm), [Place::Float(32); 4]);
        assert_eq!(argument("arm", Some("hard-float"), &arm), [Place::Float(32); 4]);
        assert_eq!(argument("arm", Some("soft-float"), &arm), [Place::Integer; 4]);
        assert_eq!(argument("ppc64le", Some("elfv2"), &arm), [Place::Float(32); 4]);
        assert_eq!(argument("riscv64", Some("double-float"), &arm), [Place::Integer; 2]);
        assert_eq!(argument("s390x", None, &arm), [Place::Reference]);
        let mixed = aggregate(64, &[(0, 32, Float), (32, 32, Integer)]);
        assert_eq!(argument("aarch64", None, &mixed), [Place::Integer]);
        assert_eq!(argument("riscv64", Some("double-float"), &mixed), [Place::Float(32), Place::Integer]);
        let five: Vec<_> = (0..5).map(|n| (n * 64, 64, Float)).collect();
        assert_eq!(argument("aarch64", None, &aggregate(320, &five)), [Place::Reference]);
        assert_eq!(argument("ppc64le", Some("elfv2"), &aggregate(320, &five)), [Place::Float(64); 5]);
    }

    #[test]
    fn unions_are_integers_to_riscv() {
        let union = Value { has_union: true, ..aggregate(64, &[(0, 64, Float)]) };
        assert_eq!(argument("riscv64", Some("double-float"), &union), [Place::Integer]);
        assert_eq!(argument("aarch64", None, &union), [Place::Float(64)]);
        assert_eq!(argument("s390x", None, &union), [Place::Integer]);
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let value = aggregate(64, &[(0, 64, Float)]);
        for (arch, abi) in [("mips64", None), ("arm", None), ("ppc64", Some("elfv1")), ("riscv64", None)] {
            assert_eq!(passage(&machine(arch, abi), &value), None, "{arch}");
        }
    }
}
