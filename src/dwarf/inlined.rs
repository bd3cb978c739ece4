//! Functions that a program or library has code of, be it inlined into other functions: DWARF 5, 3.3.8.
//!
//! What of it is another library's, only names tell: an inline function of a header is in everybody who calls it.

use std::collections::BTreeSet;

use gimli::{DwAt, EntriesRaw};
use rayon::prelude::*;

use super::debug_units::{DebugUnits, DieRef, Slice};
use super::entry::Die;

/// Entries that say what a function is, one behind the other: an instance, its abstract instance, its declaration.
const MOST_STEPS: usize = 4;

/// Linkage names of all functions that are defined or inlined in any unit.
pub(super) fn collect(debug_units: &DebugUnits<'_>) -> BTreeSet<String> {
    let units: Vec<Vec<DieRef>> = (0..debug_units.units.len() as u32)
        .into_par_iter()
        .map(|unit| {
            let mut found = Vec::new();
            // Damage ends the unit; what was found before it stands.
            let _ = walk(debug_units, unit, &mut found);
            found
        })
        .collect();
    let mut entries: Vec<DieRef> = units.into_iter().flatten().collect();
    entries.sort_unstable();
    entries.dedup();
    entries.par_iter().filter_map(|at| linkage_name(debug_units, *at)).collect()
}

/// Entries of functions with code, and abstract instances of those that are inlined.
fn walk(debug_units: &DebugUnits<'_>, unit: u32, found: &mut Vec<DieRef>) -> gimli::Result<()> {
    let core = &debug_units.units[unit as usize].core;
    let mut raw: EntriesRaw<'_, Slice<'_>> = core.entries_raw(None)?;
    while !raw.is_empty() {
        let offset = raw.next_offset().0 as u32;
        let Some(abbreviation) = raw.read_abbreviation()? else { continue };
        let attributes = abbreviation.attributes();
        let has = |name: DwAt| attributes.iter().any(|attribute| attribute.name() == name);
        match abbreviation.tag() {
            gimli::DW_TAG_subprogram
                if has(gimli::DW_AT_low_pc) || has(gimli::DW_AT_ranges) || has(gimli::DW_AT_inline) =>
            {
                found.push(DieRef { unit, offset });
                raw.skip_attributes(attributes)?;
            }
            gimli::DW_TAG_inlined_subroutine => {
                for specification in attributes {
                    let attribute = raw.read_attribute(*specification)?;
                    if attribute.name() == gimli::DW_AT_abstract_origin {
                        found.extend(debug_units.follow(unit, &attribute.value()));
                    }
                }
            }
            _ => raw.skip_attributes(attributes)?,
        }
    }
    Ok(())
}

/// The linkage name of an entry, or of the one that it is an instance of.
fn linkage_name(debug_units: &DebugUnits<'_>, at: DieRef) -> Option<String> {
    let mut at = at;
    for _ in 0..MOST_STEPS {
        let die: Die<'_> = debug_units.die(at)?;
        for name in [gimli::DW_AT_linkage_name, gimli::DW_AT_MIPS_linkage_name] {
            if let Some(text) = debug_units.text(&die, name) {
                return Some(text);
            }
        }
        let next = [gimli::DW_AT_abstract_origin, gimli::DW_AT_specification];
        at = next.iter().find_map(|name| debug_units.reference(&die, *name))?;
    }
    None
}
