//! COMMON blocks of Fortran: data that programs and the library share by the name of the block, and by the order of what each
//! says is in it.
//!
//! Debug info has them inside of the functions that use them. All are to say the same; the first one is taken.

use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;
use super::surface::Surface;

/// Functions in functions, modules and blocks that are looked into.
const DEEPEST: u32 = 6;

/// The entries of the blocks that are exported, each with its group.
pub(super) fn find(debug_units: &DebugUnits<'_>, surface: &Surface<'_>) -> Vec<(u32, DieRef)> {
    let is_fortran = |unit: &u32| {
        let unit = &debug_units.units[*unit as usize];
        unit.producer.contains("Fortran") || unit.producer.contains("flang")
    };
    let mut found = Vec::new();
    for unit in (0..debug_units.units.len() as u32).filter(is_fortran) {
        if let Some(root) = debug_units.root(unit) {
            look(debug_units, surface, &root, DEEPEST, &mut found);
        }
    }
    found
}

fn look<'a>(
    debug_units: &DebugUnits<'a>,
    surface: &Surface<'_>,
    around: &Die<'a>,
    depth: u32,
    found: &mut Vec<(u32, DieRef)>,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for die in debug_units.children(around) {
        match die.tag {
            gimli::DW_TAG_subprogram | gimli::DW_TAG_module | gimli::DW_TAG_lexical_block => {
                look(debug_units, surface, &die, depth, found);
            }
            gimli::DW_TAG_common_block => {
                let names = [gimli::DW_AT_linkage_name, gimli::DW_AT_name];
                let mut texts = names.into_iter().filter_map(|name| debug_units.text(&die, name));
                let group = texts.find_map(|text| surface.find(text.as_bytes()));
                found.extend(group.map(|group| (group, die.at)));
            }
            _ => {}
        }
    }
}
