//! Functions and variables that headers declare and that some library has to define.
//!
//! Of a probe compiled from headers: nothing in it is defined but what is inline. Members of instances are left out, since
//! programs make these themselves.

use std::collections::BTreeSet;

use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;
use super::facts::location;
use super::spell::is_namespace;

/// Nesting of scopes after which a unit is taken for damaged.
const DEPTH: usize = 64;

/// Linkage names of what the library's own headers declare; constructors and destructors as the compiler calls them for
/// itself (`C4`, `D4`).
pub(super) fn collect(debug_units: &DebugUnits<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for unit in 0..debug_units.units.len() as u32 {
        let offset = debug_units.units[unit as usize].core.header.header_size() as u32;
        let root = debug_units.die(DieRef { unit, offset });
        root.iter().for_each(|root| scope(debug_units, root, 0, &mut names));
    }
    names
}

fn scope<'a>(debug_units: &DebugUnits<'a>, around: &Die<'a>, depth: usize, names: &mut BTreeSet<String>) {
    if depth > DEPTH {
        return;
    }
    let in_class = depth > 0 && !is_namespace(around.tag);
    for die in debug_units.children(around) {
        match die.tag {
            gimli::DW_TAG_namespace
            | gimli::DW_TAG_class_type
            | gimli::DW_TAG_structure_type
            | gimli::DW_TAG_union_type => {
                // What has no name is of this unit alone.
                let name = debug_units.text(&die, gimli::DW_AT_name);
                if name.is_some_and(|name| !name.contains('<')) {
                    scope(debug_units, &die, depth + 1, names);
                }
            }
            gimli::DW_TAG_subprogram if is_for_a_library(debug_units, &die) => {
                names.extend(linkage_name(debug_units, &die, in_class));
            }
            gimli::DW_TAG_variable | gimli::DW_TAG_member if is_declared_variable(debug_units, &die) => {
                names.extend(linkage_name(debug_units, &die, in_class));
            }
            _ => {}
        }
    }
}

/// Whether a function can be defined elsewhere: it is no instance, not deleted, not made by the compiler, not pure.
fn is_for_a_library<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> bool {
    let is_instance = || debug_units.text(die, gimli::DW_AT_name).is_some_and(|name| is_instance(&name));
    let by_compiler = die.flag(gimli::DW_AT_artificial) || die.has(gimli::DW_AT_defaulted);
    let is_pure = matches!(
        die.value(gimli::DW_AT_virtuality),
        Some(gimli::AttributeValue::Virtuality(gimli::DW_VIRTUALITY_pure_virtual))
    );
    die.flag(gimli::DW_AT_external)
        && !die.flag(gimli::DW_AT_deleted)
        && !by_compiler
        && !is_pure
        && is_own(debug_units, die)
        && !is_instance()
}

fn is_declared_variable<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> bool {
    die.flag(gimli::DW_AT_external)
        && die.flag(gimli::DW_AT_declaration)
        && !die.has(gimli::DW_AT_const_value)
        && is_own(debug_units, die)
}

/// `f<int>`, and neither `operator<` nor `operator<<`.
fn is_instance(name: &str) -> bool {
    name.ends_with('>') && !name.starts_with("operator")
}

fn is_own<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> bool {
    location(debug_units, die).is_some_and(|location| location.is_own_header())
}

/// The linkage name; of what has C linkage, its name.
fn linkage_name<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>, in_class: bool) -> Option<String> {
    let mangled = [gimli::DW_AT_linkage_name, gimli::DW_AT_MIPS_linkage_name];
    let named = mangled.into_iter().find_map(|attribute| debug_units.text(die, attribute));
    named.or_else(|| debug_units.text(die, gimli::DW_AT_name).filter(|_| !in_class))
}
