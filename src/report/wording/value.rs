//! How something was and how it is, each in one line.

use super::counted;
use crate::abi::{Encoding, Machine, Passing, StdLib, SymbolKind};
use crate::diff::{Changed, Detail, Floor, Measure, RttiBase, Value};
use crate::platform::calling_convention::Place;

/// Both lines, where a change has them.
pub(super) fn before_and_after(detail: &Detail) -> (Option<String>, Option<String>) {
    match detail {
        Detail::Changed(Changed { old, new, .. }) => (Some(text(old)), Some(text(new))),
        Detail::Slots { count: Some((old, new)), .. } => {
            (Some(super::counted(*old, "slot")), Some(super::counted(*new, "slot")))
        }
        Detail::Rtti { old, new, .. } => (Some(bases(old)), Some(bases(new))),
        Detail::Signature { old, new, .. } => (Some(old.clone()), Some(new.clone())),
        Detail::Respelled { old, new, .. } => (Some(spelled(old)), Some(spelled(new))),
        Detail::Floor { old, new, .. } => (Some(floor(old)), Some(floor(new))),
        Detail::Budget { measure, old, new, .. } => {
            (old.map(|old| amount(measure, old)), Some(amount(measure, *new)))
        }
        Detail::Inside { detail, .. } | Detail::Required(detail) => before_and_after(detail),
        _ => (None, None),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::None => "(none)".to_owned(),
        Value::Unknown => "unknown".to_owned(),
        Value::Type(text)
        | Value::Name(text)
        | Value::Constant(text)
        | Value::Library(text)
        | Value::Section(text) => text.clone(),
        Value::Parameters(types) => format!("({})", types.join(", ")),
        Value::Arguments(items) | Value::Names(items) => items.join(", "),
        Value::Bytes(size) => counted(*size, "byte"),
        Value::Tables(count) => counted(*count, "virtual table"),
        Value::BitField { type_, bits: Some(bits) } => format!("{type_} : {bits}"),
        Value::BitField { type_, bits: None } => type_.clone(),
        Value::Offsets { top, others } if others.is_empty() => {
            format!("offset to top {top}, no virtual bases")
        }
        Value::Offsets { top, others } => {
            let numbers: Vec<String> = others.iter().map(i64::to_string).collect();
            format!("offset to top {top}, of virtual bases and calls {}", numbers.join(", "))
        }
        Value::Access(access) => access.keyword().to_owned(),
        Value::Kind(kind) => kind.keyword().to_owned(),
        Value::Symbol(kind) => symbol(*kind).to_owned(),
        Value::Stdlib(library) => stdlib(*library).to_owned(),
        Value::Passing(passing) => match passing {
            Passing::Value => "in registers or as bytes on the stack",
            Passing::Reference => "by invisible reference",
        }
        .to_owned(),
        Value::Virtual(is) => if *is { "virtual" } else { "not virtual" }.to_owned(),
        Value::Scoped(is) => if *is { "enum class" } else { "enum" }.to_owned(),
        Value::Variadic(is) => {
            if *is { "takes more arguments (...)" } else { "takes no more arguments" }.to_owned()
        }
        Value::Static(is) => if *is { "static" } else { "a member function with this" }.to_owned(),
        Value::InObject(is) => if *is { "in each object" } else { "static" }.to_owned(),
        Value::Convention(convention) => convention.as_deref().unwrap_or("the platform's").to_owned(),
        Value::Cxx11(is_new) => {
            if *is_new { "new ABI (std::__cxx11::string)" } else { "old ABI (std::string)" }.to_owned()
        }
        Value::Machine(value) => machine(value),
        Value::Producers(producers) => producers.join("; "),
        Value::Compilation(words) => words.join(" "),
        Value::SearchPath { is_runpath: true, path } => format!("RUNPATH {path}"),
        Value::SearchPath { is_runpath: false, path } => format!("RPATH {path}"),
        Value::Places(places) if places.is_empty() => "nowhere: it is empty".to_owned(),
        Value::Places(places) => places.iter().map(place).collect::<Vec<_>>().join(", "),
        Value::Options(options) if options.is_empty() => "not set".to_owned(),
        Value::Options(options) => options.join(" "),
        Value::BaseTypes(types) => types.iter().map(base_type).collect::<Vec<_>>().join(" or "),
        Value::Isa(level) => level.as_deref().unwrap_or("x86-64-baseline").to_owned(),
    }
}

/// A place in the psABI's words.
fn place(place: &Place) -> String {
    match place {
        Place::Aligned => "aligned".to_owned(),
        Place::Integer => "INTEGER".to_owned(),
        Place::Sse => "SSE".to_owned(),
        Place::SseUp => "SSEUP".to_owned(),
        Place::X87 => "X87".to_owned(),
        Place::ComplexX87 => "COMPLEX_X87".to_owned(),
        Place::Float(bits) => format!("floating-point register ({bits} bits)"),
        Place::Vector(bits) => format!("vector register ({bits} bits)"),
        Place::Memory => "MEMORY".to_owned(),
        Place::Reference => "address of a copy".to_owned(),
    }
}

/// `16 bytes, floating point`
fn base_type((size, encoding): &(u64, Encoding)) -> String {
    let what = match encoding {
        Encoding::Boolean => "boolean",
        Encoding::ComplexFloat => "complex",
        Encoding::DecimalFloat => "decimal floating point",
        Encoding::Float => "floating point",
        Encoding::Signed | Encoding::SignedChar => "signed",
        Encoding::Unsigned | Encoding::UnsignedChar => "unsigned",
        Encoding::Utf => "Unicode",
        Encoding::Other => "another encoding",
    };
    format!("{}, {what}", counted(*size, "byte"))
}

fn symbol(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Func => "func",
        SymbolKind::Object => "object",
        SymbolKind::Tls => "tls",
        SymbolKind::Ifunc => "ifunc",
        SymbolKind::Notype => "notype",
    }
}

fn stdlib(library: StdLib) -> &'static str {
    match library {
        StdLib::LibStdCxx => "libstdc++",
        StdLib::LibCxx => "libc++",
        StdLib::Both => "both",
        StdLib::Unknown => "unknown",
    }
}

fn machine(machine: &Machine) -> String {
    let mut text = format!("{}, {} bits", machine.arch, machine.bits);
    if machine.big_endian {
        text.push_str(", big-endian");
    }
    if let Some(abi) = &machine.abi {
        text.push_str(&format!(", {abi}"));
    }
    text
}

/// A part of a name that was replaced.
fn spelled(text: &str) -> String {
    if text.is_empty() { "(nothing)".to_owned() } else { text.to_owned() }
}

fn bases(bases: &[RttiBase]) -> String {
    let one = |base: &RttiBase| {
        let access = if base.non_public { "non-public " } else { "" };
        match base.offset {
            None => format!("{access}virtual {}", base.name),
            Some(offset) => format!("{access}{} at {offset}", base.name),
        }
    };
    match bases {
        [] => "no bases".to_owned(),
        bases => bases.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

/// From what to what, where a summary that counts the findings of a rule would leave out what matters about them:
/// `GLIBC_2.17 → 2.28, GLIBCXX_3.4.19 → 3.4.25`
pub(super) fn in_short(detail: &Detail) -> Option<String> {
    let Detail::Floor { old, new, .. } = detail else { return None };
    let raised: Vec<String> = new
        .versions
        .iter()
        .filter_map(|version| {
            let (family, number) = version.split_once('_')?;
            let before = old.versions.iter().find(|v| v.split_once('_').is_some_and(|(f, _)| f == family))?;
            Some(format!("{before} → {number}"))
        })
        .collect();
    (!raised.is_empty()).then(|| raised.join(", "))
}

/// `GLIBC_2.28, GLIBCXX_3.4.25 (manylinux_2_28)`
fn floor(floor: &Floor) -> String {
    let tag = floor.tag.as_ref().map(|tag| format!(" ({tag})")).unwrap_or_default();
    floor.versions.join(", ") + &tag
}

/// An amount for people: a size with its unit, a number of relocations.
pub(super) fn amount(measure: &Measure, amount: u64) -> String {
    let units = [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.iter().find(|(_, factor)| amount >= *factor) {
        _ if *measure == Measure::Relocations => amount.to_string(),
        Some((unit, factor)) => format!("{:.2} {unit}", amount as f64 / *factor as f64),
        None => format!("{amount} bytes"),
    }
}
