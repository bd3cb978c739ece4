//! Entries to facts of the model: what all kinds share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;

use super::PerThread;
use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;
use super::layout::Aligns;
use super::name_builder::UnitIndex;
use super::names::{NameId, Names};
use super::passing::Specials;
use super::spell::{Mention, Namer, Speller};
use super::value;
use crate::abi::{BaseType, Location};

pub(super) use crate::abi::Type;

/// How one fact mentions a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Edge {
    /// As a direct base.
    Base,
    /// As a non-static member.
    Member,
    /// By name only.
    Name,
    /// Behind a pointer or reference.
    Pointer,
    /// It stands for it: a typedef.
    Same,
    /// By value in the signature of a function, or as data.
    Value,
}

/// Names of types by their entries, over all units.
pub(super) struct Table<'t, 'a> {
    pub debug_units: &'t DebugUnits<'a>,
    pub names: &'t Names,
    pub indexes: &'t [UnitIndex],
    /// Indexes that hold types inside functions as well, made when such a type turns up.
    pub deep: &'t [OnceLock<UnitIndex>],
    /// Makes a deep index.
    pub look_deeper: &'t (dyn Fn(u32) -> UnitIndex + Sync),
    /// Whole names that were put together before.
    pub texts: &'t PerThread<HashMap<NameId, Arc<str>>>,
    /// Types of the language that facts mention.
    pub base_types: &'t Mutex<BTreeSet<BaseType>>,
}

impl<'t, 'a> Table<'t, 'a> {
    /// The name of the entry of a class, union, enumeration or typedef. One that the index does not have is looked for inside
    /// functions, which takes as long as the whole unit did: do not ask for other entries.
    pub(super) fn id(&self, die: DieRef) -> Option<NameId> {
        if let Some(name) = self.outer_id(die) {
            return Some(name);
        }
        self.deep[die.unit as usize].get_or_init(|| (self.look_deeper)(die.unit)).name(die.offset)
    }

    /// The same for what is not inside a function, without looking there.
    pub(super) fn outer_id(&self, die: DieRef) -> Option<NameId> {
        self.indexes.get(die.unit as usize)?.name(die.offset)
    }

    /// The whole name.
    pub(super) fn text(&self, name: NameId) -> Arc<str> {
        self.texts.with(|texts| texts.entry(name).or_insert_with(|| self.names.text(name).into()).clone())
    }
}

impl Namer for &Table<'_, '_> {
    fn id(&mut self, die: DieRef) -> Option<NameId> {
        Table::id(self, die)
    }

    fn text(&mut self, name: NameId) -> Arc<str> {
        Table::text(self, name)
    }

    fn is_ambiguous(&mut self, name: NameId) -> bool {
        self.names.is_ambiguous(name)
    }

    fn base_type(&mut self, base_type: BaseType) {
        self.base_types.lock().unwrap_or_else(PoisonError::into_inner).insert(base_type);
    }
}

/// Makes facts, and remembers which types they mention.
pub(super) struct Reader<'r, 'a> {
    speller: Speller<'r, 'a, &'r Table<'r, 'a>>,
    pub(super) table: &'r Table<'r, 'a>,
    /// Types that the facts made so far mention.
    pub edges: Vec<(NameId, DieRef, Edge)>,
    pub aligns: Aligns,
    pub specials: Specials,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(super) fn new(table: &'r Table<'r, 'a>) -> Reader<'r, 'a> {
        Reader {
            speller: Speller::new(table.debug_units, table),
            table,
            edges: Vec::new(),
            aligns: Aligns::default(),
            specials: Specials::default(),
        }
    }

    pub(super) fn debug_units(&self) -> &'r DebugUnits<'a> {
        self.table.debug_units
    }

    pub(super) fn encoding(&self, unit: u32) -> gimli::Encoding {
        self.debug_units().units[unit as usize].core.encoding()
    }

    /// The type that an entry's `DW_AT_type` says, as text. `edge` is how the fact uses it when it is not behind a pointer.
    pub(super) fn type_text(&mut self, die: &Die<'a>, edge: Edge) -> String {
        let text = self.speller.type_of(die);
        self.take_mentions(edge);
        text
    }
}

impl<'a> Reader<'_, 'a> {
    /// Like [`Reader::type_text`], for what has to be a class: typedefs are looked through.
    pub(super) fn class_text(&mut self, die: &Die<'a>, edge: Edge) -> String {
        let named = self.debug_units().reference(die, gimli::DW_AT_type);
        let Some(class) = named.and_then(|at| value::strip(self.debug_units(), at)) else {
            return self.type_text(die, edge);
        };
        let text = self.speller.spell(Some(class.at));
        self.take_mentions(edge);
        text
    }

    /// The type of a parameter: what is const about a copy concerns nobody else.
    pub(super) fn parameter_text(&mut self, die: &Die<'a>, edge: Edge) -> String {
        let text = self.type_text(die, edge);
        let plain = text.trim_end_matches(" volatile").trim_end_matches(" const");
        // Of an array or function, the qualifier belongs to the element or to the object.
        if text.ends_with([')', ']']) { text } else { plain.to_owned() }
    }

    fn take_mentions(&mut self, edge: Edge) {
        for (name, die, mention) in self.speller.mentions.drain(..) {
            let edge = match mention {
                Mention::Itself => edge,
                Mention::Behind => Edge::Pointer,
            };
            self.edges.push((name, die, edge));
        }
    }
}

/// `DW_AT_decl_file` and `DW_AT_decl_line`.
pub(super) fn location<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> Option<Location> {
    let line = die.unsigned(gimli::DW_AT_decl_line)?;
    Some(Location { line: u32::try_from(line).ok()?, ..place_in_file(debug_units, die)? })
}

/// The file of an entry, at line 0: a definition on the line whose number its declaration has gives only the file.
pub(super) fn place_in_file<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> Option<Location> {
    let file = match die.value(gimli::DW_AT_decl_file)? {
        gimli::AttributeValue::FileIndex(file) => file,
        value => value.udata_value()?,
    };
    let file = debug_units.source(die.at.unit, file)?;
    Some(Location { file: debug_units.sources.path(file).into(), line: 0 })
}
