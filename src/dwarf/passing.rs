//! How a class is passed by value, worked out where the compiler did not record it.
//!
//! A class goes by invisible reference when copying, moving or destroying it is not trivial, or when it can be neither
//! copied nor moved (Itanium C++ ABI, section 3.1.2). Clang records the outcome. GCC describes every special member that
//! a class declares, and says of which it is defaulted or deleted: what the compiler adds to these follows from the rules
//! of the language (C++ standard, class.copy.ctor and class.dtor).

use foldhash::HashMap;

use super::debug_units::{DebugUnits, DieRef, Language};
use super::entry::Die;
use super::facts::Table;
use super::unit_scanner::is_template_parameter;
use super::value;
use crate::abi::Passing;

/// Nesting of classes in classes after which debug info is taken for damaged.
const DEPTH: u32 = 48;

/// What one special member does. The worst of the parts decides about the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    /// It copies bytes, or nothing at all.
    Trivial,
    /// It runs code.
    Work,
    /// It cannot be called.
    Deleted,
}

/// How a declaration of a special member ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Provided,
    Defaulted,
    Deleted,
}

/// The special members that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Special {
    copy: Does,
    /// None where rvalues are copied.
    move_: Option<Does>,
    destroy: Does,
}

impl Special {
    const TRIVIAL: Special =
        Special { copy: Does::Trivial, move_: Some(Does::Trivial), destroy: Does::Trivial };

    fn passing(self) -> Passing {
        let moved = self.move_.unwrap_or(Does::Deleted);
        let works = [self.copy, moved, self.destroy].contains(&Does::Work);
        if works || (self.copy == Does::Deleted && moved == Does::Deleted) {
            Passing::Reference
        } else {
            Passing::Value
        }
    }
}

/// Special members of classes that were worked out before; None where something about the class is not known.
pub(super) type Specials = HashMap<DieRef, Option<Special>>;

/// What a class declares.
#[derive(Default)]
struct Declarations {
    copy: Option<Declared>,
    move_: Option<Declared>,
    copy_assignment: bool,
    move_assignment: bool,
    destructor: Option<Declared>,
    has_virtual_destructor: bool,
    is_dynamic: bool,
}

/// The passing convention of a class that does not record it; None where debug info does not suffice.
pub(super) fn derive<'a>(table: &Table<'_, 'a>, die: &Die<'a>, known: &mut Specials) -> Option<Passing> {
    special(table, die, known, DEPTH).map(Special::passing)
}

/// Whether the unit's producer describes deleted and defaulted members; in C there are none.
pub(super) fn tells_all(debug_units: &DebugUnits<'_>, unit: u32) -> bool {
    let unit = &debug_units.units[unit as usize];
    if unit.language == Language::C {
        return true;
    }
    let Some(rest) = unit.producer.strip_prefix("GNU C++") else { return false };
    let version = rest.split(' ').nth(1).and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    let strict = rest.contains("-gstrict-dwarf") && unit.core.header.version() < 5;
    version.is_some_and(|version| version >= 7) && !strict
}

fn special<'a>(table: &Table<'_, 'a>, die: &Die<'a>, known: &mut Specials, depth: u32) -> Option<Special> {
    if let Some(known) = known.get(&die.at) {
        return *known;
    }
    // A class that is part of itself is damaged.
    known.insert(die.at, None);
    let special = if depth == 0 { None } else { work_out(table, die, known, depth - 1) };
    known.insert(die.at, special);
    special
}

fn work_out<'a>(table: &Table<'_, 'a>, die: &Die<'a>, known: &mut Specials, depth: u32) -> Option<Special> {
    let debug_units = table.debug_units;
    if !tells_all(debug_units, die.at.unit) {
        return None;
    }
    let mut declared = Declarations::default();
    let mut parts = Special::TRIVIAL;
    let mut is_known = true;
    for child in debug_units.children(die) {
        let part = match child.tag {
            gimli::DW_TAG_subprogram => {
                is_known &= declared.add(table, die, &child).is_some();
                continue;
            }
            gimli::DW_TAG_inheritance => {
                declared.is_dynamic |= child.has(gimli::DW_AT_virtuality);
                of_type(table, &child, known, depth)
            }
            gimli::DW_TAG_member
                if !child.has(gimli::DW_AT_external) && !child.has(gimli::DW_AT_declaration) =>
            {
                declared.is_dynamic |= child.flag(gimli::DW_AT_artificial);
                let type_ = debug_units
                    .reference(&child, gimli::DW_AT_type)
                    .and_then(|at| value::strip(debug_units, at));
                if type_.is_some_and(|type_| type_.tag == gimli::DW_TAG_rvalue_reference_type) {
                    parts.copy = Does::Deleted;
                }
                of_type(table, &child, known, depth)
            }
            _ => continue,
        };
        match part {
            Some(part) => parts.add(part),
            None => is_known = false,
        }
    }
    if !is_known {
        // Whatever the parts do: copies set the pointer to the virtual table, or the destructor does something.
        let works = declared.is_dynamic || declared.destructor == Some(Declared::Provided);
        return works.then_some(Special { copy: Does::Work, move_: Some(Does::Work), destroy: Does::Work });
    }
    Some(declared.special(parts, die.tag == gimli::DW_TAG_union_type))
}

/// Special members of what an entry's type is: of an array those of its elements.
fn of_type<'a>(table: &Table<'_, 'a>, die: &Die<'a>, known: &mut Specials, depth: u32) -> Option<Special> {
    let debug_units = table.debug_units;
    let mut type_ =
        debug_units.reference(die, gimli::DW_AT_type).and_then(|at| value::strip(debug_units, at))?;
    for _ in 0..DEPTH {
        match type_.tag {
            gimli::DW_TAG_array_type => {
                type_ = debug_units
                    .reference(&type_, gimli::DW_AT_type)
                    .and_then(|at| value::strip(debug_units, at))?;
            }
            gimli::DW_TAG_class_type | gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type => {
                if type_.flag(gimli::DW_AT_declaration) {
                    let definition = *table.names.definitions(table.id(type_.at)?).first()?;
                    let at = DieRef { unit: definition.unit, offset: definition.offset };
                    type_ = debug_units.die(at).filter(|die| !die.flag(gimli::DW_AT_declaration))?;
                }
                return special(table, &type_, known, depth);
            }
            _ => return Some(Special::TRIVIAL),
        }
    }
    None
}

impl Special {
    /// Takes a part of the class into account.
    fn add(&mut self, part: Special) {
        let rvalue = part.move_.unwrap_or(part.copy);
        self.copy = self.copy.max(part.copy);
        self.move_ = Some(self.move_.unwrap_or(Does::Trivial).max(rvalue));
        self.destroy = self.destroy.max(part.destroy);
        // What cannot be destroyed is not made either.
        if part.destroy == Does::Deleted {
            self.copy = Does::Deleted;
            self.move_ = Some(Does::Deleted);
        }
    }
}

impl Declarations {
    /// Takes a member function into account; None when it cannot be told what it is.
    fn add<'a>(&mut self, table: &Table<'_, 'a>, class: &Die<'a>, function: &Die<'a>) -> Option<()> {
        let debug_units = table.debug_units;
        let is_virtual = function.has(gimli::DW_AT_virtuality);
        self.is_dynamic |= is_virtual;
        let Some(name) = debug_units.text(function, gimli::DW_AT_name) else { return Some(()) };
        let is_implicit = function.flag(gimli::DW_AT_artificial);
        if name.starts_with('~') {
            self.has_virtual_destructor |= is_virtual;
            if !is_implicit {
                self.destructor = Some(declared(function));
            }
            return Some(());
        }
        let class_name = debug_units.text(class, gimli::DW_AT_name).unwrap_or_default();
        let is_constructor = !name.is_empty() && class_name.split('<').next() == Some(&name);
        if is_implicit || !(is_constructor || name == "operator=") {
            return Some(());
        }
        let children = debug_units.children(function);
        let mut parameters = children
            .iter()
            .filter(|c| c.tag == gimli::DW_TAG_formal_parameter && !c.flag(gimli::DW_AT_artificial));
        let (Some(first), None) = (parameters.next(), parameters.next()) else { return Some(()) };
        if children.iter().any(|child| is_template_parameter(child.tag)) {
            return Some(());
        }
        let type_ =
            debug_units.reference(first, gimli::DW_AT_type).and_then(|at| value::strip(debug_units, at))?;
        let target = match type_.tag {
            gimli::DW_TAG_reference_type | gimli::DW_TAG_rvalue_reference_type => debug_units
                .reference(&type_, gimli::DW_AT_type)
                .and_then(|at| value::strip(debug_units, at))?,
            _ => type_.clone(),
        };
        // A class inside a function has one entry alone.
        let name = |die: &Die<'a>| table.outer_id(die.at);
        let is_own = target.at == class.at || (name(class).is_some() && name(class) == name(&target));
        if !is_own {
            return Some(());
        }
        let is_move = type_.tag == gimli::DW_TAG_rvalue_reference_type;
        match (is_constructor, is_move) {
            (true, true) => self.move_ = Some(declared(function)),
            (true, false) => self.copy = worse(self.copy, declared(function)),
            (false, true) => self.move_assignment = true,
            (false, false) => self.copy_assignment = true,
        }
        Some(())
    }

    /// What the class does, given what its parts do.
    fn special(&self, mut parts: Special, is_union: bool) -> Special {
        if is_union {
            // A union does not know which of its members to copy.
            let strict = |does: Does| if does == Does::Trivial { does } else { Does::Deleted };
            parts = Special {
                copy: strict(parts.copy),
                move_: parts.move_.map(strict),
                destroy: strict(parts.destroy),
            };
        }
        let dynamic = if self.is_dynamic { Does::Work } else { Does::Trivial };
        let implicit_copy = parts.copy.max(dynamic);
        let implicit_move = parts.move_.unwrap_or(Does::Trivial).max(dynamic);
        // A defaulted move that would be deleted gives way to copying.
        let usable_move = Some(implicit_move).filter(|does| *does != Does::Deleted);
        let copy = match self.copy {
            Some(Declared::Provided) => Does::Work,
            Some(Declared::Deleted) => Does::Deleted,
            Some(Declared::Defaulted) => implicit_copy,
            None if self.move_.is_some() || self.move_assignment => Does::Deleted,
            None => implicit_copy,
        };
        let is_copied =
            self.copy.is_some() || self.copy_assignment || self.move_assignment || self.destructor.is_some();
        let move_ = match self.move_ {
            Some(Declared::Provided) => Some(Does::Work),
            Some(Declared::Deleted) => Some(Does::Deleted),
            Some(Declared::Defaulted) => usable_move,
            None if is_copied => None,
            None => usable_move,
        };
        let destroy = match self.destructor {
            Some(Declared::Provided) => Does::Work,
            Some(Declared::Deleted) => Does::Deleted,
            _ if self.has_virtual_destructor => parts.destroy.max(Does::Work),
            _ => parts.destroy,
        };
        Special { copy, move_, destroy }
    }
}

/// There may be one for const and one for plain objects.
fn worse(known: Option<Declared>, other: Declared) -> Option<Declared> {
    match known {
        Some(Declared::Provided) => known,
        Some(Declared::Defaulted) if other == Declared::Deleted => known,
        _ => Some(other),
    }
}

pub(super) fn declared(function: &Die<'_>) -> Declared {
    if function.flag(gimli::DW_AT_deleted) {
        return Declared::Deleted;
    }
    // Defaulted out of the class, it could be anything to who sees the class alone.
    match function.unsigned(gimli::DW_AT_defaulted) {
        Some(how) if how == u64::from(gimli::DW_DEFAULTED_in_class.0) => Declared::Defaulted,
        _ => Declared::Provided,
    }
}
