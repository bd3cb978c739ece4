//! Macros of the library's own headers, which programs have compiled in: `.debug_macro` (DWARF 5 section 6.3, and GNU's for
//! DWARF 4) and `.debug_macinfo` (DWARF 2 to 4).
//!
//! What a compiler predefines, the command line defines and the system's headers define says nothing about the library.
//! Neither do macros without a value: nearly all of them keep a header from being read twice.

use std::collections::BTreeMap;

use gimli::{AttributeValue, DebugMacroOffset, MacroEntry, MacroString, UnitRef};
use rayon::prelude::*;

use super::debug_units::{DebugUnits, Slice};
use crate::abi::Macro;

/// Imports that are followed from one list before they are taken for a cycle.
const IMPORTS: u32 = 100_000;

type Defined = BTreeMap<String, String>;

/// Macros of the library's own headers, and those that the compiler was called with, as far as all units agree; both sorted.
pub(super) struct Macros {
    pub of_headers: Vec<Macro>,
    pub of_command_line: Vec<Macro>,
}

/// What one unit says.
#[derive(Default)]
struct OfUnit {
    of_headers: Defined,
    of_command_line: Defined,
    error: Option<gimli::Error>,
}
type List<'a> = gimli::MacroIter<Slice<'a>>;

struct Collector<'c, 'a> {
    debug_units: &'c DebugUnits<'a>,
    unit: u32,
    /// Files that are open, by number in the line table: the unit's own source first.
    open: Vec<u64>,
    defined: Defined,
    /// Before any file is read: what the command line defines, and the compiler by itself.
    before: Defined,
    imports: u32,
}

/// All macros of own headers; where units differ, the first one's.
pub(super) fn collect(debug_units: &DebugUnits<'_>, gaps: &mut Vec<String>) -> Macros {
    let read: Vec<OfUnit> =
        (0..debug_units.units.len() as u32).into_par_iter().map(|unit| of_unit(debug_units, unit)).collect();
    let mut all = Defined::new();
    let mut command_line: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (unit, of_unit) in read.into_iter().enumerate() {
        if let Some(cause) = of_unit.error {
            let label = &debug_units.files[debug_units.units[unit].file as usize].label;
            gaps.push(format!("{label}: .debug_macro: {cause}"));
        }
        for (name, value) in of_unit.of_headers {
            all.entry(name).or_insert(value);
        }
        for (name, value) in of_unit.of_command_line {
            let known = command_line.entry(name).or_insert_with(|| Some(value.clone()));
            if known.as_ref().is_some_and(|known| *known != value) {
                *known = None;
            }
        }
    }
    let macro_ = |(name, value): (String, String)| Macro { name: name.into(), value: value.into() };
    let agreed = command_line.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Macros {
        of_headers: all.into_iter().map(macro_).collect(),
        of_command_line: agreed.map(macro_).collect(),
    }
}

fn of_unit(debug_units: &DebugUnits<'_>, unit: u32) -> OfUnit {
    let mut collector = Collector {
        debug_units,
        unit,
        open: Vec::new(),
        defined: Defined::new(),
        before: on_command_line(&debug_units.units[unit as usize].producer),
        imports: 0,
    };
    let Some(first) = first(debug_units, unit) else {
        return OfUnit { of_command_line: collector.before, ..OfUnit::default() };
    };
    let error = first.and_then(|list| collector.list(list)).err();
    OfUnit { of_headers: collector.defined, of_command_line: collector.before, error }
}

/// Macros among the options that some compilers put into the name of the producer.
fn on_command_line(producer: &str) -> Defined {
    let mut defined = Defined::new();
    let mut words = producer.split_whitespace();
    while let Some(word) = words.next() {
        let text = match word.strip_prefix("-D") {
            Some("") => words.next(),
            text => text,
        };
        if let Some(text) = text {
            let (name, value) = text.split_once('=').unwrap_or((text, "1"));
            defined.insert(name.to_owned(), value.to_owned());
        }
    }
    defined
}

/// Whether a macro comes from the compiler itself.
fn is_predefined(name: &str) -> bool {
    name.starts_with("__") || ["_LP64", "_ILP32", "linux", "unix", "i386"].contains(&name)
}

/// The list that the unit refers to.
fn first<'a>(debug_units: &DebugUnits<'a>, unit: u32) -> Option<gimli::Result<List<'a>>> {
    let unit = &debug_units.units[unit as usize];
    let dwarf = &debug_units.files[unit.file as usize].dwarf;
    let mut entries = unit.core.entries();
    entries.next_entry().ok()?;
    let root = entries.current()?;
    let attribute = [gimli::DW_AT_macros, gimli::DW_AT_GNU_macros, gimli::DW_AT_macro_info]
        .into_iter()
        .find_map(|name| Some((name, root.attr_value(name)?)));
    match attribute? {
        (_, AttributeValue::DebugMacroRef(offset)) => Some(dwarf.macros(offset)),
        (gimli::DW_AT_GNU_macros, AttributeValue::SecOffset(offset)) => {
            Some(dwarf.macros(DebugMacroOffset(offset)))
        }
        (_, AttributeValue::DebugMacinfoRef(offset)) => Some(dwarf.macinfo(offset)),
        _ => None,
    }
}

impl<'a> Collector<'_, 'a> {
    fn list(&mut self, first: List<'a>) -> gimli::Result<()> {
        let unit = &self.debug_units.units[self.unit as usize];
        let file = &self.debug_units.files[unit.file as usize];
        // Lists that are being read, innermost last: an import is read where it stands.
        let mut lists = vec![first];
        while let Some(list) = lists.last_mut() {
            match list.next()? {
                None => drop(lists.pop()),
                Some(MacroEntry::StartFile { file, .. }) => self.open.push(file),
                Some(MacroEntry::EndFile) => drop(self.open.pop()),
                Some(MacroEntry::Define { line: 0, text }) if self.open.len() < 2 => {
                    self.define_before(&text);
                }
                Some(MacroEntry::Define { text, .. }) => self.define(&text),
                // What the unit's own source takes back is still there for everybody else.
                Some(MacroEntry::Undef { name, .. }) if self.open.len() > 1 => {
                    if let Some(name) = self.text(&name) {
                        self.undefine(&name);
                    }
                }
                Some(MacroEntry::Undef { .. }) => {}
                Some(MacroEntry::Import { offset }) => {
                    self.imports += 1;
                    if self.imports > IMPORTS || lists.len() > 64 {
                        break;
                    }
                    lists.push(file.dwarf.macros(offset)?);
                }
                Some(MacroEntry::ImportSup { .. } | MacroEntry::VendorExt { .. }) => {}
            }
        }
        Ok(())
    }

    fn text(&self, text: &MacroString<Slice<'a>>) -> Option<String> {
        let unit = &self.debug_units.units[self.unit as usize];
        let dwarf = &self.debug_units.files[unit.file as usize].dwarf;
        let text = text.string(UnitRef::new(dwarf, &unit.core)).ok()?;
        Some(String::from_utf8_lossy(text.slice()).into_owned())
    }

    fn define_before(&mut self, text: &MacroString<Slice<'a>>) {
        let Some(text) = self.text(text) else { return };
        let (bare, name, value) = Macro::parts_of(&text);
        if bare == name && !is_predefined(bare) {
            self.before.insert(bare.to_owned(), value.to_owned());
        }
    }

    fn define(&mut self, text: &MacroString<Slice<'a>>) {
        // The first file is the unit's own source, which nobody includes.
        let header = self.open.get(1..).and_then(<[u64]>::last);
        let Some(header) = header.and_then(|file| self.debug_units.source(self.unit, *file)) else { return };
        if self.debug_units.sources.path(header).starts_with('<') {
            return;
        }
        let Some(text) = self.text(text) else { return };
        let (bare, name, value) = Macro::parts_of(&text);
        // One that was defined with other parameters before.
        self.undefine(bare);
        if !value.is_empty() {
            self.defined.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Takes a macro back, whose parameters are not told.
    fn undefine(&mut self, name: &str) {
        self.defined.remove(name);
        let call = format!("{name}(");
        let with_parameters = self.defined.range(call.clone()..).next().map(|(known, _)| known.clone());
        if let Some(known) = with_parameters.filter(|known| known.starts_with(&call)) {
            self.defined.remove(&known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_in_the_name_of_the_producer() {
        let found = on_command_line("clang version 19 -g -D A=2 -DB -DC=x -O2");
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(found, [("A", "2"), ("B", "1"), ("C", "x")]);
        assert!(on_command_line("GNU C17 12.2.0 -g -Dx").contains_key("x"));
    }
}
