//! The types of the language by what the machine sees: size and encoding, whatever their name.

use super::model::Model;
use crate::abi::{BaseType, Encoding};

/// Format of a floating-point number, beside its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    /// Binary, of IEEE 754.
    Ieee,
    /// The 80 bits of the x87.
    X87,
    /// Two doubles for one number.
    DoubleDouble,
    /// `__bf16`
    Bfloat,
    /// `_Decimal64` and the like.
    Decimal,
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scalar {
    Signed,
    Unsigned,
    Bool,
    Float(Format),
    /// `_Complex`, of two numbers in a format.
    Complex(Format),
    Pointer(String),
    /// A pointer to a member of `class` that is of type `to`.
    MemberPointer {
        class: String,
        to: String,
    },
    /// Padding between virtual bases, vector types, … : known by name only.
    Named(String),
}

/// Size in bits and kind of a type of the language in canonical spelling. None for what is no such type.
pub(super) fn builtin(model: &Model<'_>, name: &str) -> Option<(u64, Scalar)> {
    if let Some(base) = model.base_type(name) {
        return Some((base.size.saturating_mul(8), described(model, base)));
    }
    if let Some(part) = name.strip_suffix(" _Complex") {
        return match builtin(model, part)? {
            (size, Scalar::Float(format)) => Some((size * 2, Scalar::Complex(format))),
            // GCC has complex integers.
            (size, _) => Some((size * 2, Scalar::Named(name.to_owned()))),
        };
    }
    if let Some((size, scalar)) = vector(model, name) {
        return Some((size, scalar));
    }
    by_name(name, model)
}

/// `float __vector(4)`: its elements say what the bits mean, but it is passed as a whole.
fn vector(model: &Model<'_>, name: &str) -> Option<(u64, Scalar)> {
    let (element, count) = name.rsplit_once(" __vector(")?;
    let count: u64 = count.strip_suffix(')')?.parse().ok()?;
    let (size, _) = by_name(&model.resolve(element), model)?;
    Some((size.checked_mul(count)?, Scalar::Named(name.to_owned())))
}

/// What debug info says. It does not tell formats apart that have one size: their names do.
fn described(model: &Model<'_>, base: &BaseType) -> Scalar {
    let size = base.size.saturating_mul(8);
    match base.encoding {
        Encoding::Boolean => Scalar::Bool,
        Encoding::Signed | Encoding::SignedChar => Scalar::Signed,
        Encoding::Unsigned | Encoding::UnsignedChar | Encoding::Utf => Scalar::Unsigned,
        Encoding::DecimalFloat => Scalar::Float(Format::Decimal),
        Encoding::Float => Scalar::Float(format(model, &base.name, size)),
        Encoding::ComplexFloat => {
            let part = base.name.strip_suffix(" _Complex").unwrap_or(&base.name);
            Scalar::Complex(format(model, part, size / 2))
        }
        Encoding::Other => Scalar::Named(base.name.to_string()),
    }
}

fn format(model: &Model<'_>, name: &str, size: u64) -> Format {
    match by_name(name, model) {
        Some((known, Scalar::Float(format))) if known == size => format,
        // Fortran's number with the 80 bits of the x87.
        _ if name.ends_with("(kind=10)") => Format::X87,
        _ => Format::Ieee,
    }
}

/// Whether two names of other languages, or one of them, stand for one representation.
pub(super) fn is_same_foreign(old: (&Model<'_>, &str), new: (&Model<'_>, &str)) -> bool {
    let is_foreign = |(model, name): (&Model<'_>, &str)| by_name(name, model).is_none();
    let known = |(model, name): (&Model<'_>, &str)| model.base_type(name).and_then(|_| builtin(model, name));
    (is_foreign(old) || is_foreign(new)) && known(old).is_some() && known(old) == known(new)
}

/// By the data models of Linux: LP64 and ILP32.
fn by_name(name: &str, model: &Model<'_>) -> Option<(u64, Scalar)> {
    use Scalar::{Bool, Float, Signed, Unsigned};
    let word = model.word;
    let is_bit_precise = name.contains("_BitInt(");
    Some(match name {
        "bool" => (8, Bool),
        "char" | "signed char" => (8, Signed),
        "unsigned char" | "char8_t" | "std::byte" => (8, Unsigned),
        "short" => (16, Signed),
        "unsigned short" | "char16_t" => (16, Unsigned),
        "int" | "wchar_t" => (32, Signed),
        "unsigned int" | "char32_t" => (32, Unsigned),
        "long" => (word, Signed),
        "unsigned long" => (word, Unsigned),
        "long long" => (64, Signed),
        "unsigned long long" => (64, Unsigned),
        "__int128" => (128, Signed),
        "unsigned __int128" => (128, Unsigned),
        "_Float16" => (16, Float(Format::Ieee)),
        "__bf16" => (16, Float(Format::Bfloat)),
        "float" | "_Float32" => (32, Float(Format::Ieee)),
        "double" | "_Float64" | "_Float32x" => (64, Float(Format::Ieee)),
        "__float128" | "_Float128" => (128, Float(Format::Ieee)),
        "__ibm128" => (128, Float(Format::DoubleDouble)),
        "_Decimal32" => (32, Float(Format::Decimal)),
        "_Decimal64" => (64, Float(Format::Decimal)),
        "_Decimal128" => (128, Float(Format::Decimal)),
        "long double" | "_Float64x" | "__float80" => long_double(model)?,
        "std::nullptr_t" | "decltype(nullptr)" => (word, Scalar::Pointer(String::new())),
        _ if is_bit_precise => return bit_precise(name),
        _ => return None,
    })
}

fn bit_precise(name: &str) -> Option<(u64, Scalar)> {
    let (name, scalar) = match name.strip_prefix("unsigned ") {
        Some(rest) => (rest, Scalar::Unsigned),
        None => (name, Scalar::Signed),
    };
    let bits: u64 = name.strip_prefix("_BitInt(")?.strip_suffix(')')?.parse().ok()?;
    let size =
        if bits <= 64 { bits.next_power_of_two().max(8) } else { bits.div_ceil(64).saturating_mul(64) };
    Some((size, scalar))
}

/// What `long double` is unless an option says otherwise. On machines that are not listed it is known by its name.
fn long_double(model: &Model<'_>) -> Option<(u64, Scalar)> {
    let scalar = |size, format| Some((size, Scalar::Float(format)));
    match model.machine.map_or("", |machine| &*machine.arch) {
        "x86_64" | "x32" => scalar(128, Format::X87),
        "i386" => scalar(96, Format::X87),
        "aarch64" | "riscv64" | "riscv32" | "s390x" | "loongarch64" => scalar(128, Format::Ieee),
        "arm" => scalar(64, Format::Ieee),
        "ppc64" | "ppc64le" | "ppc" => scalar(128, Format::DoubleDouble),
        _ => Some((0, Scalar::Named("long double".to_owned()))),
    }
}
