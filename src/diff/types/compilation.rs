//! What the code was compiled with, where that changes the ABI: types of the language under an old name, and options of the
//! compiler, which are the cause of what follows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{AffectedSymbol, Affects, Change, ChangeId, Changes, Subject, SubjectKind, Value};
use super::model::Model;
use super::passing;
use super::reach::Reach;
use crate::abi::{AbiOption, BaseType, Encoding, Function, HEADERS, Library, TypeKind, VectorUnits};
use crate::platform::calling_convention::Place;
use crate::rules::{Rule, Severity};

/// What changed about how the code was compiled.
#[derive(Default)]
pub(super) struct Compilation {
    /// By what the option decides; see [`crate::abi::abi_option_choice`].
    options: BTreeMap<String, ChangeId>,
    base_types: BTreeMap<String, ChangeId>,
}

/// Options that move what is in classes.
const LAYOUTS: [&str; 9] = [
    "-fpack-struct",
    "-malign-double",
    "-mms-bitfields",
    "-m128bit-long-double",
    "-mlong-double",
    "-mabi",
    "-mlong",
    "-mstructure-size-boundary",
    "-fclang-abi-compat",
];

/// Options that change what names of the system stand for.
const SYSTEM: [&str; 2] = ["_TIME_BITS", "_FILE_OFFSET_BITS"];

/// Compares base types and options of each pair of libraries.
pub(super) fn compare(
    pairs: &[(&Library, &Library)],
    reach: &Reach<'_, '_>,
    model: &Model<'_>,
    changes: &mut Changes,
) -> Compilation {
    let mut found = Compilation::default();
    for (old, new) in pairs {
        found.options(old, new, model, changes);
        found.vectors(old, new, model, changes);
        found.base_types(old, new, reach, changes);
    }
    found
}

impl Compilation {
    fn options(&mut self, old: &Library, new: &Library, model: &Model<'_>, changes: &mut Changes) {
        let knows = |l: &Library| l.evidence.dwarf.as_ref().is_some_and(|dwarf| dwarf.with_options > 0);
        if old.name == HEADERS || !knows(old) || !knows(new) || old.machine != new.machine {
            return;
        }
        let chosen = |library: &'_ Library| -> BTreeMap<String, BTreeSet<String>> {
            let mut by_choice: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for option in library.options.iter().filter(|option| !is_default(option, library)) {
                by_choice.entry(option.choice().to_owned()).or_default().insert(option.option.to_string());
            }
            by_choice
        };
        let (before, after) = (chosen(old), chosen(new));
        let choices: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for choice in choices.into_iter().filter(|choice| before.get(*choice) != after.get(*choice)) {
            if self.options.contains_key(choice) {
                continue;
            }
            let value = |of: &BTreeMap<String, BTreeSet<String>>| {
                Value::Options(of.get(choice).into_iter().flatten().cloned().collect())
            };
            let members = called_otherwise(choice, old, model);
            // More, once something follows.
            let severity = if members.is_empty() { Severity::Risky } else { Severity::Breaking };
            let mut change = Change::new(Rule::AbiOptionChanged, Subject::library(&old.name))
                .between(value(&before), value(&after))
                .with_severity(severity);
            change.affects.symbols = u32::try_from(members.len()).unwrap_or(u32::MAX);
            let change = change.with_members(members);
            self.options.insert(choice.clone(), changes.push(change));
        }
    }

    /// Registers for vectors are an option of the processor's, which most libraries may choose as they like: what they take
    /// and return by value decides whether it is an option of the calling convention.
    fn vectors(&mut self, old: &Library, new: &Library, model: &Model<'_>, changes: &mut Changes) {
        let units = |library: &Library| {
            let units = library.evidence.dwarf.as_ref().and_then(|dwarf| dwarf.vector_units);
            units.filter(|units| units.unknown == 0)
        };
        let (Some(before), Some(after)) = (units(old), units(new)) else { return };
        if old.machine != new.machine || widths(before) == widths(after) {
            return;
        }
        let weight = |function: &Function| {
            let bits = function.types().filter_map(|type_| passing::vector_bits(model, type_));
            bits.filter_map(|bits| in_registers(bits, before, after)).max()
        };
        let concerned = old.functions.iter().filter_map(|function| Some((function, weight(function)?)));
        let concerned: Vec<(&Function, Severity)> = concerned.collect();
        let Some(severity) = concerned.iter().map(|(_, severity)| *severity).max() else { return };
        let members = exports_of(concerned.into_iter().map(|(function, _)| function), old);
        if members.is_empty() || self.options.contains_key(VECTORS) {
            return;
        }
        let value = |units| {
            let options = widths(units).into_iter().filter_map(|bits| match bits {
                128 => None,
                256 => Some("-mavx".to_owned()),
                _ => Some("-mavx512f".to_owned()),
            });
            Value::Options(options.collect())
        };
        let mut change = Change::new(Rule::AbiOptionChanged, Subject::library(&old.name))
            .between(value(before), value(after))
            .with_severity(severity);
        change.affects.symbols = u32::try_from(members.len()).unwrap_or(u32::MAX);
        self.options.insert(VECTORS.to_owned(), changes.push(change.with_members(members)));
    }

    fn base_types(&mut self, old: &Library, new: &Library, reach: &Reach<'_, '_>, changes: &mut Changes) {
        let (before, after) = (by_name(&old.base_types), by_name(&new.base_types));
        for (name, from) in before {
            let Some(to) = after.get(name).filter(|to| **to != from) else { continue };
            if self.base_types.contains_key(name) {
                continue;
            }
            let sizes = |of: &BTreeSet<(u64, Encoding)>| of.iter().map(|one| one.0).collect::<BTreeSet<_>>();
            let signs = |of: &BTreeSet<(u64, Encoding)>| of.iter().map(|one| one.1).collect::<Vec<_>>();
            let is_integer =
                |of: &BTreeSet<(u64, Encoding)>| signs(of).iter().all(|e| e.is_signed().is_some());
            // The same bytes, of which some mean other numbers. Where units differ, one of them may be what it was.
            let is_sign = sizes(&from) == sizes(to) && is_integer(&from) && is_integer(to);
            let shares = from.intersection(to).next().is_some();
            let severity = if is_sign || shares { Severity::Risky } else { Severity::Breaking };
            let mut change =
                Change::new(Rule::BaseTypeChanged, Subject::named(SubjectKind::Type, name, &old.name))
                    .between(value(&from), value(to))
                    .with_severity(severity)
                    .with_members(users(reach, name, old));
            change.affects = Affects { symbols: 0, ..reach.affects(name) };
            change.derived_from = self.option_of(name);
            self.base_types.insert(name.to_owned(), changes.push(change));
        }
    }

    fn option_of(&self, base_type: &str) -> Option<ChangeId> {
        let choices: &[&str] = match base_type {
            "char" => &["-fsigned-char"],
            "wchar_t" => &["-fshort-wchar"],
            name if name.starts_with("long double") => &["-mlong-double", "-m128bit-long-double", "-mabi"],
            _ => &["-mabi", "-mlong"],
        };
        choices.iter().find_map(|choice| self.options.get(*choice)).copied()
    }

    /// The change of a type of the language.
    pub(super) fn base_type(&self, name: &str) -> Option<ChangeId> {
        self.base_types.get(name).copied()
    }

    /// The option that moves members without any declaration saying so.
    pub(super) fn moves_layouts(&self) -> Option<ChangeId> {
        LAYOUTS.iter().find_map(|choice| self.options.get(*choice)).copied()
    }

    /// The option that a finding about a type follows from.
    pub(super) fn explain(&self, rule: Rule, name: &str, is_toolchains: bool) -> Option<ChangeId> {
        let choices: &[&str] = match rule {
            Rule::UnderlyingTypeChanged => &["-fshort-enums"],
            Rule::TypedefChanged if name == "wchar_t" => &["-fshort-wchar"],
            Rule::TypedefChanged if is_toolchains => &SYSTEM,
            Rule::BitfieldChanged => &["-fsigned-bitfields"],
            _ => &[],
        };
        choices.iter().find_map(|choice| self.options.get(*choice)).copied()
    }

    /// Gives each option the weight of what follows from it.
    pub(super) fn weigh(&self, changes: &mut Changes) {
        // What follows from a type of the language follows from its option.
        for _ in 0..2 {
            let list = changes.as_mut_slice();
            for at in 0..list.len() {
                let Some(root) = list[at].derived_from else { continue };
                let is_ours = matches!(list[root].rule, Rule::AbiOptionChanged | Rule::BaseTypeChanged);
                if is_ours && list[root].severity < list[at].severity {
                    list[root].severity = list[at].severity;
                }
            }
        }
    }
}

/// The choice of registers for vectors.
const VECTORS: &str = "-mavx";

/// Bits of the widest vector registers of a library's units.
fn widths(units: VectorUnits) -> Vec<u64> {
    let all = [(128, units.bits_128), (256, units.bits_256), (512, units.bits_512)];
    all.into_iter().filter(|(_, count)| *count > 0).map(|(bits, _)| bits).collect()
}

/// What it weighs that a vector of so many bits was passed in registers by some units, and is by others. None where all
/// pass it as they did.
fn in_registers(bits: u64, before: VectorUnits, after: VectorUnits) -> Option<Severity> {
    let ways = |units| widths(units).into_iter().map(|width| bits <= width).collect::<BTreeSet<bool>>();
    let (before, after) = (ways(before), ways(after));
    match before == after {
        true => None,
        // Nobody says which unit has the function.
        false if before.intersection(&after).next().is_some() => Some(Severity::Risky),
        false => Some(Severity::Breaking),
    }
}

/// The exported functions whose calls the option changes, though no type says so: what they take or return goes elsewhere,
/// or means other numbers.
fn called_otherwise(choice: &str, library: &Library, model: &Model<'_>) -> Vec<AffectedSymbol> {
    let is_called: &dyn Fn(&Function) -> bool = match choice {
        "-freg-struct-return" => &|function| returns_class_in_registers(function, model),
        // Of the Microsoft ABI on x86, where every register is another one.
        "-mabi" if ["x86_64", "x32"].contains(&&*library.machine.arch) => &takes_something,
        "-mregparm" | "-mrtd" => &takes_something,
        "-mlong-double" => &|function| mentions_long_double(function, model),
        _ => return Vec::new(),
    };
    exports_of(library.functions.iter().filter(|function| is_called(function)), library)
}

fn exports_of<'l>(
    functions: impl Iterator<Item = &'l Function>,
    library: &'l Library,
) -> Vec<AffectedSymbol> {
    let exports = functions.filter_map(|function| library.exports_named(&function.symbol).next());
    let mut members: Vec<AffectedSymbol> =
        exports.map(|export| super::super::context::member(export, library)).collect();
    members.sort();
    members.dedup();
    members
}

fn takes_something(function: &Function) -> bool {
    !function.parameters.is_empty()
}

fn returns_class_in_registers(function: &Function, model: &Model<'_>) -> bool {
    let Some(result) = function.returns.as_deref() else { return false };
    let is_class = model.definition(&model.resolve(result)).is_some_and(|type_| type_.kind.is_class());
    is_class
        && passing::passage(model, result).is_some_and(|passage| {
            !passage.result.iter().any(|place| matches!(place, Place::Memory | Place::Reference))
        })
}

/// Whether a function takes or returns a `long double`, or a class that has one, by value or behind a pointer.
fn mentions_long_double(function: &Function, model: &Model<'_>) -> bool {
    function.types().any(|type_| {
        let is_one = |type_: &str| model.resolve(type_).starts_with("long double");
        model.core(type_).0.iter().any(|name| {
            let class = model.definition(name).filter(|type_| type_.kind != TypeKind::Enum);
            is_one(name) || class.is_some_and(|class| class.members.iter().any(|m| is_one(&m.type_)))
        })
    })
}

/// Whether the machine has it so without the option.
fn is_default(option: &AbiOption, library: &Library) -> bool {
    let machine = &library.machine;
    let is_x86 = ["x86_64", "x32", "i386"].contains(&&*machine.arch);
    match &*option.option {
        "-fsigned-char" | "-fno-unsigned-char" => is_x86,
        "-funsigned-char" | "-fno-signed-char" => {
            ["aarch64", "arm", "ppc64le", "ppc64", "ppc", "s390x", "s390", "riscv64", "riscv32"]
                .contains(&&*machine.arch)
        }
        "-fno-short-enums"
        | "-fno-short-wchar"
        | "-fno-pack-struct"
        | "-fsigned-bitfields"
        | "-fno-leading-underscore"
        | "-mno-ms-bitfields"
        | "-D_GLIBCXX_USE_CXX11_ABI=1"
        | "-mabi=sysv" => true,
        "-freg-struct-return" => machine.arch != "i386",
        "-fpcc-struct-return" => machine.arch == "i386",
        "-mlong-double-80" => is_x86,
        "-m128bit-long-double" => machine.arch == "x86_64",
        "-m96bit-long-double" => machine.arch == "i386",
        "-mlong-double-128" => ["aarch64", "riscv64", "s390x", "ppc64le"].contains(&&*machine.arch),
        "-mhard-float" => is_x86,
        "-D_FILE_OFFSET_BITS=64" | "-D_TIME_BITS=64" => machine.bits == 64,
        // The ELF header says it where the release is another one.
        option => ["-mfloat-abi=", "-mabi=lp", "-mabi=ilp", "-mabi=elf", "-mabi=aapcs"]
            .iter()
            .any(|start| option.starts_with(start)),
    }
}

/// Sizes in bytes and encodings of each name.
fn by_name(list: &[BaseType]) -> BTreeMap<&str, BTreeSet<(u64, Encoding)>> {
    let mut named: BTreeMap<&str, BTreeSet<(u64, Encoding)>> = BTreeMap::new();
    for base in list {
        named.entry(&base.name).or_default().insert((base.size, base.encoding));
    }
    named
}

fn value(of: &BTreeSet<(u64, Encoding)>) -> Value {
    Value::BaseTypes(of.iter().copied().collect())
}

/// The exported functions and variables that have a type of the language by value.
fn users(reach: &Reach<'_, '_>, name: &str, library: &Library) -> Vec<AffectedSymbol> {
    let member = |symbol: &str| {
        library.exports_named(symbol).next().map(|export| super::super::context::member(export, library))
    };
    let mut members: Vec<AffectedSymbol> =
        reach.users_by_value(name).into_iter().filter_map(member).collect();
    members.sort();
    members.dedup();
    members
}
