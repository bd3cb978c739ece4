//! What a class declares of its special members, as far as that decides whether it is POD for the purpose of layout.

use super::class::access;
use super::debug_units::DebugUnits;
use super::entry::Die;
use super::passing::{self, Declared};
use super::unit_scanner::is_template_parameter;
use super::value;
use crate::abi::{Access, SpecialMembers};

/// See [`crate::abi::Type::special`] and [`crate::abi::Type::closed`].
pub(super) struct Declares {
    pub special: Option<SpecialMembers>,
    pub closed: bool,
}

/// Reads it off the entries in a class. `in_class`: members are private where nothing is said.
pub(super) fn of<'a>(
    debug_units: &DebugUnits<'a>,
    class: &Die<'a>,
    in_class: bool,
    children: &[Die<'a>],
) -> Declares {
    let name = debug_units.text(class, gimli::DW_AT_name).unwrap_or_default();
    let name = name.split('<').next().unwrap_or_default();
    let reader = Reader { debug_units, tells: tells(debug_units, class.at.unit) };
    let mut special = Some(SpecialMembers::None);
    let (mut constructors, mut usable) = (0u32, 0u32);
    for function in children.iter().filter(|child| child.tag == gimli::DW_TAG_subprogram) {
        let Some(own) = debug_units.text(function, gimli::DW_AT_name) else { continue };
        let is_constructor = !name.is_empty() && own == name;
        if function.flag(gimli::DW_AT_artificial) {
            // An implicit constructor that does something: there may be a member with an initializer.
            if is_constructor
                && reader.parameters(function).is_empty()
                && special == Some(SpecialMembers::None)
            {
                special = None;
            }
            continue;
        }
        if is_constructor {
            constructors += 1;
            usable += u32::from(access(function, in_class) != Access::Private);
        }
        let declares = if is_constructor {
            reader.constructor(function)
        } else if own.starts_with('~') {
            reader.other(function)
        } else if own == "operator=" {
            reader.assignment(function, class)
        } else {
            continue;
        };
        special = match (special, declares) {
            (Some(SpecialMembers::Provided), _) | (_, Some(SpecialMembers::Provided)) => {
                Some(SpecialMembers::Provided)
            }
            (known, declares) => known.zip(declares).map(|(known, declares)| known.max(declares)),
        };
    }
    Declares { special, closed: constructors > 0 && usable == 0 }
}

/// What a producer says of functions that are defaulted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// All.
    All,
    /// Nothing, which does not matter to it: any declaration is enough for it.
    NoNeed,
    /// Nothing.
    Nothing,
}

fn tells(debug_units: &DebugUnits<'_>, unit: u32) -> Tells {
    if passing::tells_all(debug_units, unit) {
        return Tells::All;
    }
    let producer = debug_units.units.get(unit as usize).map_or("", |unit| &unit.producer);
    let version = producer.split_once("clang version ").and_then(|(_, text)| text.split('.').next());
    match version.and_then(|version| version.parse::<u32>().ok()) {
        Some(0..16) => Tells::NoNeed,
        _ => Tells::Nothing,
    }
}

struct Reader<'r, 'a> {
    debug_units: &'r DebugUnits<'a>,
    tells: Tells,
}

impl<'a> Reader<'_, 'a> {
    fn constructor(&self, function: &Die<'a>) -> Option<SpecialMembers> {
        // Only one without parameters, or with one of the class's own type, can be defaulted.
        let parameters = self.parameters(function);
        let is_template =
            self.debug_units.children(function).iter().any(|child| is_template_parameter(child.tag));
        if parameters.len() > 1 || is_template {
            return Some(SpecialMembers::Provided);
        }
        let defaulted = match function.flag(gimli::DW_AT_explicit) {
            true => SpecialMembers::Explicit,
            false => SpecialMembers::Constructor,
        };
        self.weigh(function, defaulted)
    }

    fn other(&self, function: &Die<'a>) -> Option<SpecialMembers> {
        self.weigh(function, SpecialMembers::Assignment)
    }

    fn assignment(&self, function: &Die<'a>, class: &Die<'a>) -> Option<SpecialMembers> {
        let parameters = self.parameters(function);
        let [parameter] = parameters.as_slice() else { return Some(SpecialMembers::None) };
        let target = |die: &Die<'a>| {
            let at = self.debug_units.reference(die, gimli::DW_AT_type)?;
            value::strip(self.debug_units, at)
        };
        let type_ = target(parameter)?;
        let is_move = type_.tag == gimli::DW_TAG_rvalue_reference_type;
        let is_reference = is_move || type_.tag == gimli::DW_TAG_reference_type;
        let of = if is_reference { target(&type_)? } else { type_ };
        let name = |die: &Die<'a>| self.debug_units.text(die, gimli::DW_AT_name);
        if of.at != class.at && name(&of) != name(class) {
            return Some(SpecialMembers::None);
        }
        match is_move {
            true => Some(SpecialMembers::Assignment),
            false => self.weigh(function, SpecialMembers::Assignment),
        }
    }

    /// A function that is `defaulted` unless it has a body.
    fn weigh(&self, function: &Die<'a>, defaulted: SpecialMembers) -> Option<SpecialMembers> {
        match (passing::declared(function), self.tells) {
            (Declared::Defaulted | Declared::Deleted, _) => Some(defaulted),
            (Declared::Provided, Tells::All) => Some(SpecialMembers::Provided),
            (Declared::Provided, Tells::NoNeed) => Some(defaulted),
            (Declared::Provided, Tells::Nothing) => None,
        }
    }

    fn parameters(&self, function: &Die<'a>) -> Vec<Die<'a>> {
        let children = self.debug_units.children(function).into_iter();
        children
            .filter(|c| c.tag == gimli::DW_TAG_formal_parameter && !c.flag(gimli::DW_AT_artificial))
            .collect()
    }
}
