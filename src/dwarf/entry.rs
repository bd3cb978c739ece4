//! Single debugging information entries: one read with all attributes, and its direct children.
//!
//! For entries that become facts. The walk over whole units ([`super::unit_scanner`]) reads less of each.

use gimli::{AttributeValue, DwAt, DwTag, EntriesRaw, Operation, UnitOffset};

use super::debug_units::{DebugUnits, DieRef, Slice, Value};

/// An entry with its attributes.
#[derive(Clone)]
pub(super) struct Die<'a> {
    pub at: DieRef,
    pub tag: DwTag,
    has_children: bool,
    attributes: Vec<gimli::Attribute<Slice<'a>>>,
    /// Offset behind the attributes: the first child, if there are children.
    end: u32,
}

/// Children that one entry may have before it is taken for damaged: ten times those of the largest enumerations known.
const MOST_CHILDREN: usize = 1 << 20;

impl<'a> DebugUnits<'a> {
    fn raw(&self, unit: u32, offset: u32) -> Option<EntriesRaw<'_, Slice<'a>>> {
        let unit = self.units.get(unit as usize)?;
        unit.core.entries_raw(Some(UnitOffset(offset as usize))).ok()
    }

    /// The entry at a place; None where there is none.
    pub(super) fn die(&self, at: DieRef) -> Option<Die<'a>> {
        let mut raw = self.raw(at.unit, at.offset)?;
        read(&mut raw, at.unit)
    }

    /// The direct children of an entry.
    pub(super) fn children(&self, die: &Die<'a>) -> Vec<Die<'a>> {
        let mut children = Vec::new();
        if !die.has_children {
            return children;
        }
        let Some(mut raw) = self.raw(die.at.unit, die.end) else { return children };
        while let Some(child) = read(&mut raw, die.at.unit) {
            if child.has_children {
                let sibling = child.value(gimli::DW_AT_sibling);
                let next = match sibling {
                    // A sibling that does not lie ahead would make the list endless.
                    Some(AttributeValue::UnitRef(offset)) if offset.0 > child.end as usize => {
                        Some(offset.0 as u32)
                    }
                    _ => skip_children(&mut raw),
                };
                let Some(next) = next else { break };
                let Some(again) = self.raw(die.at.unit, next) else { break };
                raw = again;
            }
            children.push(child);
            if children.len() == MOST_CHILDREN {
                break;
            }
        }
        children
    }

    /// Follows a reference attribute of an entry.
    pub(super) fn reference(&self, die: &Die<'a>, name: DwAt) -> Option<DieRef> {
        self.follow(die.at.unit, &die.value(name)?)
    }

    /// The text of a string attribute.
    pub(super) fn text(&self, die: &Die<'a>, name: DwAt) -> Option<String> {
        let text = self.string(die.at.unit, die.value(name)?)?;
        Some(String::from_utf8_lossy(text.slice()).into_owned())
    }
}

fn read<'a>(raw: &mut EntriesRaw<'_, Slice<'a>>, unit: u32) -> Option<Die<'a>> {
    let offset = raw.next_offset().0 as u32;
    let abbreviation = raw.read_abbreviation().ok()??;
    let mut attributes = Vec::new();
    raw.read_attributes(abbreviation.attributes(), &mut attributes).ok()?;
    Some(Die {
        at: DieRef { unit, offset },
        tag: abbreviation.tag(),
        has_children: abbreviation.has_children(),
        attributes,
        end: raw.next_offset().0 as u32,
    })
}

/// Reads past all children of the entry that was read last; gives the offset behind them.
pub(super) fn skip_children(raw: &mut EntriesRaw<'_, Slice<'_>>) -> Option<u32> {
    let mut depth = 1usize;
    while depth > 0 {
        match raw.read_abbreviation().ok()? {
            None => depth -= 1,
            Some(abbreviation) => {
                raw.skip_attributes(abbreviation.attributes()).ok()?;
                depth += usize::from(abbreviation.has_children());
            }
        }
    }
    Some(raw.next_offset().0 as u32)
}

impl<'a> Die<'a> {
    /// Value of an attribute, in the class that its name says.
    pub(super) fn value(&self, name: DwAt) -> Option<Value<'a>> {
        self.attributes.iter().find(|a| a.name() == name).map(gimli::Attribute::value)
    }

    pub(super) fn has(&self, name: DwAt) -> bool {
        self.attributes.iter().any(|a| a.name() == name)
    }

    /// A flag that is set.
    pub(super) fn flag(&self, name: DwAt) -> bool {
        matches!(self.value(name), Some(AttributeValue::Flag(true)))
    }

    /// An unsigned constant.
    pub(super) fn unsigned(&self, name: DwAt) -> Option<u64> {
        self.value(name)?.udata_value()
    }

    /// A constant of either sign, as it is written.
    pub(super) fn raw_value(&self, name: DwAt) -> Option<Value<'a>> {
        self.attributes.iter().find(|a| a.name() == name).map(gimli::Attribute::raw_value)
    }

    /// A constant, or an expression that is one or adds one: all that member locations and slots use.
    pub(super) fn constant_or_expression(&self, name: DwAt, encoding: gimli::Encoding) -> Option<u64> {
        match self.value(name)? {
            AttributeValue::Exprloc(expression) => simple(expression, encoding),
            AttributeValue::Block(block) => simple(gimli::Expression(block), encoding),
            value => value.udata_value().or_else(|| value.sdata_value().and_then(|v| u64::try_from(v).ok())),
        }
    }
}

/// The value of `DW_OP_constu N` or `DW_OP_plus_uconst N`. Anything longer, such as the way to a virtual base, is none.
fn simple(expression: gimli::Expression<Slice<'_>>, encoding: gimli::Encoding) -> Option<u64> {
    let mut operations = expression.operations(encoding);
    let first = operations.next().ok()??;
    if operations.next().ok()?.is_some() {
        return None;
    }
    match first {
        Operation::UnsignedConstant { value } | Operation::PlusConstant { value } => Some(value),
        Operation::SignedConstant { value } => u64::try_from(value).ok(),
        _ => None,
    }
}
