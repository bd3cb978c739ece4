//! Functions that debug info knows by another name than the symbol's: versions of a symbol, aliases, names that assembler
//! gave. What they share is the address.
//!
//! An ifunc's address is that of its resolver, whose result is a pointer to what programs call. Where the result is no more
//! than a `void*`, the functions that it chooses from say what they are: those whose address it takes, else those of its
//! unit that are called after the symbol.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;
use crate::binary::{Image, functions_taken};

/// Typedefs and declarations that are followed before debug info is taken for damaged.
const DEPTH: u32 = 16;

/// The entries of the functions at some addresses. Of several of one type at one address, that of the first unit; of several
/// types, which a linker folded, none: nothing says which of them an alias is of.
pub(super) fn functions<'a>(
    debug_units: &DebugUnits<'a>,
    addresses: &BTreeMap<u64, Vec<u32>>,
) -> BTreeMap<u64, DieRef> {
    let units = 0..debug_units.units.len() as u32;
    let found: Vec<(u64, DieRef)> = units
        .into_par_iter()
        .filter(|unit| !debug_units.units[*unit as usize].is_terse && debug_units.covers(*unit, addresses))
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
    let mut all: BTreeMap<u64, Vec<DieRef>> = BTreeMap::new();
    for (address, die) in found {
        all.entry(address).or_default().push(die);
    }
    let chosen = all.into_iter().filter_map(|(address, mut dies)| {
        dies.sort_unstable();
        alike(debug_units, &dies).map(|die| (address, die))
    });
    chosen.collect()
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

/// The function that a resolver chooses, or one of several of one type. None where they are of several types, or none is
/// found.
pub(super) fn implementation<'a>(
    debug_units: &DebugUnits<'a>,
    image: &Image<'_>,
    resolver: DieRef,
    symbol: &str,
) -> Option<DieRef> {
    let die = debug_units.die(resolver)?;
    let (start, size) = (debug_units.low_pc(&die)?, debug_units.code_size(&die)?);
    let targets: BTreeMap<u64, Vec<u32>> =
        functions_taken(image, start, size).into_iter().map(|address| (address, Vec::new())).collect();
    let taken: Vec<DieRef> = match targets.is_empty() {
        true => Vec::new(),
        false => functions(debug_units, &targets).into_values().filter(|die| *die != resolver).collect(),
    };
    let called_so = |all: &[DieRef]| -> Vec<DieRef> {
        let is_so = |at: &&DieRef| name(debug_units, **at).is_some_and(|name| is_called_after(&name, symbol));
        all.iter().filter(is_so).copied().collect()
    };
    alike(debug_units, &taken).or_else(|| alike(debug_units, &called_so(&taken))).or_else(|| {
        let root = debug_units.root(resolver.unit)?;
        let children = debug_units.children(&root).into_iter();
        let is_other = |die: &Die<'a>| {
            die.tag == gimli::DW_TAG_subprogram && die.at != resolver && debug_units.low_pc(die).is_some()
        };
        let functions: Vec<DieRef> = children.filter(is_other).map(|die| die.at).collect();
        alike(debug_units, &called_so(&functions))
    })
}

/// `f_avx2` and `sse_f` are called after `f`.
fn is_called_after(name: &str, symbol: &str) -> bool {
    let rest = name.strip_prefix(symbol).map(|rest| rest.starts_with('_'));
    let before = name.strip_suffix(symbol).map(|before| before.ends_with('_'));
    rest == Some(true) || before == Some(true)
}

/// The first of some functions, if all of them are of one type.
fn alike(debug_units: &DebugUnits<'_>, functions: &[DieRef]) -> Option<DieRef> {
    let first = functions.first()?;
    let signature = signature(debug_units, *first);
    functions.iter().all(|other| self::signature(debug_units, *other) == signature).then_some(*first)
}

/// The entry that a definition is an instance of or completes, which has its name and types.
fn origin<'a>(debug_units: &DebugUnits<'a>, at: DieRef) -> Option<Die<'a>> {
    let mut die = debug_units.die(at)?;
    for _ in 0..DEPTH {
        let next = debug_units
            .reference(&die, gimli::DW_AT_abstract_origin)
            .or_else(|| debug_units.reference(&die, gimli::DW_AT_specification));
        let Some(next) = next.and_then(|at| debug_units.die(at)) else { break };
        die = next;
    }
    Some(die)
}

fn name(debug_units: &DebugUnits<'_>, at: DieRef) -> Option<String> {
    debug_units.text(&origin(debug_units, at)?, gimli::DW_AT_name)
}

/// Result and parameters, so far as it takes to tell them from others of another unit.
fn signature(debug_units: &DebugUnits<'_>, at: DieRef) -> Option<Vec<String>> {
    let die = origin(debug_units, at)?;
    let children = debug_units.children(&die);
    let parameters = children.iter().filter(|child| {
        matches!(child.tag, gimli::DW_TAG_formal_parameter | gimli::DW_TAG_unspecified_parameters)
    });
    Some(std::iter::once(&die).chain(parameters).map(|die| type_of(debug_units, die)).collect())
}

fn type_of<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> String {
    let mut text = String::new();
    let mut at = debug_units.reference(die, gimli::DW_AT_type);
    for _ in 0..DEPTH {
        let Some(type_) = at.and_then(|at| debug_units.die(at)) else { break };
        text.push_str(&format!("{:x} ", type_.tag.0));
        if let Some(name) = debug_units.text(&type_, gimli::DW_AT_name) {
            return text + &name;
        }
        at = debug_units.reference(&type_, gimli::DW_AT_type);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implementations_are_called_after_the_symbol() {
        assert!(is_called_after("f_avx2", "f") && is_called_after("generic_f", "f"));
        assert!(!is_called_after("g", "f") && !is_called_after("foo", "f") && !is_called_after("f", "f"));
    }
}
