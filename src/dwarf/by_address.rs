//! Functions that debug info knows by another name than the symbol's: versions of a symbol, aliases, names that assembler
//! gave. What they share is the address.
//!
//! An ifunc's address is that of its resolver, whose result is a pointer to what programs call.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;

/// Typedefs and declarations that are followed before debug info is taken for damaged.
const DEPTH: u32 = 16;

/// The entries of the functions at some addresses. Of several at one address, that of the first unit.
pub(super) fn functions<'a>(
    debug_units: &DebugUnits<'a>,
    addresses: &BTreeMap<u64, Vec<u32>>,
) -> BTreeMap<u64, DieRef> {
    let units = 0..debug_units.units.len() as u32;
    let found: Vec<(u64, DieRef)> = units
        .into_par_iter()
        .filter(|unit| debug_units.covers(*unit, addresses))
        .flat_map_iter(|unit| {
            let root = debug_units.root(unit);
            let entries = root.map(|root| debug_units.children(&root)).unwrap_or_default();
            let function = |die: Die<'a>| {
                let address = debug_units.low_pc(&die)?;
                addresses.contains_key(&address).then_some((address, die.at))
            };
            let functions = entries.into_iter().filter(|die| die.tag == gimli::DW_TAG_subprogram);
            functions.filter_map(function).collect::<Vec<_>>()
        })
        .collect();
    let mut first = BTreeMap::new();
    for (address, die) in found {
        let known = first.entry(address).or_insert(die);
        *known = (*known).min(die);
    }
    first
}

/// The function type that a resolver's result points at. None where it says no more than `void*`.
pub(super) fn resolved(debug_units: &DebugUnits<'_>, resolver: DieRef) -> Option<DieRef> {
    let mut die = debug_units.die(resolver)?;
    let mut through_pointer = false;
    for _ in 0..DEPTH {
        let next = match die.tag {
            gimli::DW_TAG_subprogram if !die.has(gimli::DW_AT_type) => debug_units
                .reference(&die, gimli::DW_AT_abstract_origin)
                .or_else(|| debug_units.reference(&die, gimli::DW_AT_specification)),
            gimli::DW_TAG_subroutine_type => return through_pointer.then_some(die.at),
            gimli::DW_TAG_pointer_type if through_pointer => None,
            gimli::DW_TAG_pointer_type => {
                through_pointer = true;
                debug_units.reference(&die, gimli::DW_AT_type)
            }
            gimli::DW_TAG_subprogram
            | gimli::DW_TAG_typedef
            | gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type => debug_units.reference(&die, gimli::DW_AT_type),
            _ => None,
        };
        die = debug_units.die(next?)?;
    }
    None
}
