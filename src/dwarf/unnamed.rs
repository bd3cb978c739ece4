//! Whose unnamed types are. C has no scopes but files and functions, so that GCC puts the unnamed types of a class beside
//! it: who has one for a type says where it stands.
//!
//! The names are those that producers who nest them lead to: `outer::member`, `outer::(anonymous union with first)`.

use foldhash::{HashMap, HashSet};

use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;
use super::spell::is_named_type;
use super::unit_scanner::{Item, NONE};

/// Pointers, arrays and qualifiers around a type after which debug info is taken for damaged.
const DEPTH: u32 = 64;

/// Unnamed classes that are the first thing in each other and are followed.
const NESTED: u32 = 16;

/// Where an unnamed type stands.
pub(super) struct Holder {
    /// The class around it; none for what stands in no class.
    pub class: Option<DieRef>,
    /// What it is called there.
    pub component: String,
}

/// Who has the unnamed types of some unit, by their entries.
pub(super) type Holders = HashMap<DieRef, Holder>;

/// What the classes, typedefs, variables and functions of a unit written in C have of unnamed types. `others`: it may refer
/// to types of other units.
pub(super) fn collect<'a>(
    debug_units: &DebugUnits<'a>,
    unit: u32,
    items: &[Item<'a>],
    others: bool,
) -> Holders {
    let mut collector =
        Collector { debug_units, unnamed: HashSet::default(), others, holders: Holders::default() };
    let is_unnamed = |item: &&Item<'a>| item.name.is_none() && item.parent == NONE && is_named_type(item.tag);
    let unnamed = items.iter().filter(is_unnamed).map(|item| DieRef { unit, offset: item.offset });
    collector.unnamed = unnamed.collect();
    if collector.unnamed.is_empty() && !others {
        return collector.holders;
    }
    for item in items {
        if matches!(item.tag, gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type) {
            collector.class(DieRef { unit, offset: item.offset });
        }
    }
    if others || collector.unnamed.iter().any(|at| !collector.holders.contains_key(at)) {
        collector.outside(unit);
    }
    collector.holders
}

struct Collector<'c, 'a> {
    debug_units: &'c DebugUnits<'a>,
    unnamed: HashSet<DieRef>,
    others: bool,
    holders: Holders,
}

impl<'a> Collector<'_, 'a> {
    /// The unnamed type at the core of an entry's type that nobody has yet, and whether it is the type itself.
    fn unnamed(&self, die: &Die<'a>) -> Option<(DieRef, bool)> {
        let mut at = self.debug_units.reference(die, gimli::DW_AT_type)?;
        let mut is_itself = true;
        for _ in 0..DEPTH {
            if self.unnamed.contains(&at) {
                return (!self.holders.contains_key(&at)).then_some((at, is_itself));
            }
            let type_ = self.debug_units.die(at)?;
            match type_.tag {
                gimli::DW_TAG_pointer_type
                | gimli::DW_TAG_array_type
                | gimli::DW_TAG_const_type
                | gimli::DW_TAG_volatile_type
                | gimli::DW_TAG_restrict_type
                | gimli::DW_TAG_atomic_type => {
                    at = self.debug_units.reference(&type_, gimli::DW_AT_type)?;
                    is_itself = false;
                }
                tag if self.others && at.unit != die.at.unit && is_class_or_enum(tag) => {
                    let is_unnamed = !type_.has(gimli::DW_AT_name) && !self.holders.contains_key(&at);
                    return is_unnamed.then_some((at, is_itself));
                }
                _ => return None,
            }
        }
        None
    }

    fn class(&mut self, at: DieRef) {
        let Some(die) = self.debug_units.die(at) else { return };
        let mut taken: HashSet<String> = HashSet::default();
        for member in self.debug_units.children(&die) {
            if member.tag != gimli::DW_TAG_member {
                continue;
            }
            let Some((unnamed, is_itself)) = self.unnamed(&member) else { continue };
            let name = self.debug_units.text(&member, gimli::DW_AT_name);
            let component = match (name, is_itself) {
                (Some(name), true) => name,
                (name, _) => {
                    let component = described(self.debug_units, unnamed, None);
                    match (taken.contains(&component), name) {
                        // An array or pointer of each of two unnamed types that begin alike.
                        (true, Some(name)) => described(self.debug_units, unnamed, Some(&name)),
                        _ => component,
                    }
                }
            };
            taken.insert(component.clone());
            self.holders.insert(unnamed, Holder { class: Some(at), component });
        }
    }

    /// Typedefs of pointers and arrays, variables, and functions, in this order.
    fn outside(&mut self, unit: u32) {
        let Some(root) = self.debug_units.root(unit) else { return };
        let entries = self.debug_units.children(&root);
        for tag in [gimli::DW_TAG_typedef, gimli::DW_TAG_variable, gimli::DW_TAG_subprogram] {
            for die in entries.iter().filter(|die| die.tag == tag) {
                let Some(name) = self.debug_units.text(die, gimli::DW_AT_name) else { continue };
                self.hold(die, &name);
                if tag == gimli::DW_TAG_subprogram {
                    for child in self.debug_units.children(die) {
                        if child.tag == gimli::DW_TAG_formal_parameter {
                            self.hold(&child, &name);
                        }
                    }
                }
            }
        }
    }

    fn hold(&mut self, die: &Die<'a>, name: &str) {
        let Some((unnamed, is_itself)) = self.unnamed(die) else { return };
        let component = match (die.tag, is_itself) {
            // A typedef gives its own name, be it to what a type unit describes.
            (gimli::DW_TAG_typedef, true) if unnamed.unit == die.at.unit => return,
            (gimli::DW_TAG_typedef, true) => name.to_owned(),
            _ => {
                let Some(type_) = self.debug_units.die(unnamed) else { return };
                format!("(anonymous {} of {name})", super::class::keyword(type_.tag))
            }
        };
        self.holders.insert(unnamed, Holder { class: None, component });
    }
}

fn is_class_or_enum(tag: gimli::DwTag) -> bool {
    is_named_type(tag) && tag != gimli::DW_TAG_typedef && tag != gimli::DW_TAG_template_alias
}

/// What an unnamed type is called after what is in it, and after the member that has it where that does not suffice.
fn described(debug_units: &DebugUnits<'_>, at: DieRef, member: Option<&str>) -> String {
    let what = debug_units.die(at).map_or("struct", |die| super::class::keyword(die.tag));
    match (first_name(debug_units, at, NESTED), member) {
        (Some(first), None) => format!("(anonymous {what} with {first})"),
        (Some(first), Some(member)) => format!("(anonymous {what} with {first} of {member})"),
        (None, member) => format!("(anonymous {what} of {})", member.unwrap_or("nothing")),
    }
}

/// The name of the first enumerator or member that has one, be it inside an unnamed member.
pub(super) fn first_name(debug_units: &DebugUnits<'_>, at: DieRef, depth: u32) -> Option<String> {
    let die = debug_units.die(at)?;
    let children = debug_units.children(&die);
    let mut parts =
        children.iter().filter(|c| matches!(c.tag, gimli::DW_TAG_member | gimli::DW_TAG_enumerator));
    parts.find_map(|child| match debug_units.text(child, gimli::DW_AT_name) {
        Some(name) => Some(name),
        None => {
            first_name(debug_units, debug_units.reference(child, gimli::DW_AT_type)?, depth.checked_sub(1)?)
        }
    })
}
