//! One pass over a unit: which types it names where, which of them it defines, and which entries stand behind exported
//! symbols.
//!
//! This is where the time goes, so that it reads no more than that: of members and parameters nothing at all, of
//! functions the linkage name. Names are given afterwards, when the whole unit is known ([`super::name_builder`]).

use gimli::{AttributeValue, DwTag, EntriesRaw, UnitOffset};

use super::debug_units::{DebugUnits, Language, Slice, Value, abbreviations};
use super::entry::skip_children;
use super::spell::{is_named_type, is_namespace};
use super::surface::Surface;
use foldhash::HashMap;

/// A scope or type of the unit, in the order of the file.
pub(super) struct Item<'a> {
    /// Offset in the unit, in bytes.
    pub offset: u32,
    /// Position of the surrounding item in the list; [`NONE`] in the unit itself.
    pub parent: u32,
    pub tag: DwTag,
    pub name: Option<Value<'a>>,
    /// What it completes (`DW_AT_specification`) or names in another unit (`DW_AT_signature`).
    pub origin: Option<Value<'a>>,
    /// Size in bytes of a complete type.
    pub size: Option<u64>,
    pub file: u64,
    pub line: u32,
    pub is_declaration: bool,
    /// Template parameters are among its children.
    pub is_template: bool,
    /// What a typedef stands for, where that is in the unit: its offset; else 0.
    pub target: u32,
}

/// An entry behind an exported symbol.
#[derive(Clone, Copy)]
pub(super) struct Symbol {
    /// Group of [`Surface`].
    pub group: u32,
    /// Offset in the unit, in bytes.
    pub offset: u32,
    /// It is a member: whether of a class, whose members are private unless they say otherwise.
    pub in_class: Option<bool>,
    /// It, or the class around it, only stands in for what a type unit is about, and functions may have no parameters.
    pub is_stub: bool,
    /// It is the definition of a variable that was declared as something less: an array without a bound.
    pub completes_declaration: bool,
    /// Where a function of C++ is defined, if that is in another file than its declaration: offset in the unit, in bytes.
    pub definition: Option<u32>,
}

/// A variable at namespace scope or static member whose value is known.
pub(super) struct Constant<'a> {
    /// Surrounding item.
    pub parent: u32,
    /// Offset in the unit, in bytes.
    pub offset: u32,
    pub name: Value<'a>,
    /// It is a static member.
    pub in_class: bool,
}

/// No surrounding item.
pub(super) const NONE: u32 = u32::MAX;

/// What the pass found.
#[derive(Default)]
pub(super) struct Walk<'a> {
    pub items: Vec<Item<'a>>,
    /// Functions and variables behind exported symbols.
    pub symbols: Vec<Symbol>,
    /// Constants at namespace scope and in classes.
    pub constants: Vec<Constant<'a>>,
}

/// Which symbol a string stands for, by its address: units repeat the same linkage names.
#[derive(Default)]
pub(super) struct SymbolCache {
    known: HashMap<usize, Option<u32>>,
    /// Start of a section of strings, and a bit for each of its bytes at which the name of no symbol starts. Most names
    /// are of this kind, and the bits of all of them fit into the processor's own cache.
    others: (usize, Vec<u64>),
}

/// Bytes of strings beyond which the bits are not worth their memory.
const MOST_STRINGS: usize = 1 << 30;

impl SymbolCache {
    /// The group of the name at an address; `strings` is the section it may lie in, `find` looks the name up.
    fn get(&mut self, key: usize, strings: &[u8], find: impl FnOnce() -> Option<u32>) -> Option<u32> {
        let start = strings.as_ptr().addr();
        let inside = key.checked_sub(start).filter(|at| *at < strings.len().min(MOST_STRINGS));
        let Some(at) = inside else { return *self.known.entry(key).or_insert_with(find) };
        if self.others.0 != start {
            self.others = (start, vec![0; strings.len().min(MOST_STRINGS) / 64 + 1]);
        }
        let (word, bit) = (at / 64, 1 << (at % 64));
        if self.others.1[word] & bit != 0 {
            return None;
        }
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let found = find();
        match found {
            Some(group) => drop(self.known.insert(key, Some(group))),
            None => self.others.1[word] |= bit,
        }
        found
    }
}

/// Nesting of scopes after which a unit is taken for damaged.
const DEPTH: usize = 256;

struct UnitScanner<'w, 'a> {
    debug_units: &'w DebugUnits<'a>,
    unit: u32,
    surface: &'w Surface<'w>,
    cache: &'w mut SymbolCache,
    walk: Walk<'a>,
    /// Look for types inside functions as well.
    bodies: bool,
    /// Definitions of variables that have a type of their own, each with what it completes.
    completing: Vec<(Value<'a>, u32)>,
    /// What definitions complete in a unit written in C, where declarations are no more than that.
    defined: Vec<Value<'a>>,
    /// Functions of C++ that are defined in another file than they are declared in: the declaration, and the definition.
    moved: Vec<(Value<'a>, u32)>,
    is_c: bool,
}

/// Attributes that the pass looks at.
#[derive(Default)]
struct Attributes<'a> {
    name: Option<Value<'a>>,
    linkage_name: Option<Value<'a>>,
    origin: Option<Value<'a>>,
    size: Option<u64>,
    file: u64,
    has_file: bool,
    line: u32,
    is_declaration: bool,
    is_external: bool,
    has_value: bool,
    has_type: bool,
    sibling: Option<u32>,
    target: u32,
}

/// Walks a unit.
///
/// # Errors
/// Where it leaves the format.
pub(super) fn walk<'a>(
    debug_units: &DebugUnits<'a>,
    unit: u32,
    surface: &Surface<'_>,
    cache: &mut SymbolCache,
    bodies: bool,
) -> gimli::Result<Walk<'a>> {
    let mut walker = UnitScanner {
        debug_units,
        unit,
        surface,
        cache,
        walk: Walk::default(),
        bodies,
        completing: Vec::new(),
        defined: Vec::new(),
        moved: Vec::new(),
        is_c: debug_units.units[unit as usize].language == Language::C,
    };
    walker.run()?;
    walker.complete();
    Ok(walker.walk)
}

impl<'w, 'a> UnitScanner<'w, 'a> {
    fn run(&mut self) -> gimli::Result<()> {
        let unit = &self.debug_units.units[self.unit as usize];
        let mut raw = unit.core.entries_raw(None)?;
        // Scopes that are open, by item.
        let mut open: Vec<u32> = Vec::new();
        while !raw.is_empty() {
            let offset = raw.next_offset().0 as u32;
            let Some(abbreviation) = raw.read_abbreviation()? else {
                open.pop();
                if open.is_empty() {
                    break;
                }
                continue;
            };
            let tag = abbreviation.tag();
            let has_children = abbreviation.has_children();
            let parent = open.last().copied().unwrap_or(NONE);
            if open.is_empty() {
                raw.skip_attributes(abbreviation.attributes())?;
                if !has_children {
                    break;
                }
                open.push(NONE);
                continue;
            }
            // Clang's modules are files, and no part of names.
            let is_file = tag == gimli::DW_TAG_module && unit.language.is_c_family();
            if is_file || !is_interesting(tag) {
                raw.skip_attributes(abbreviation.attributes())?;
                match tag {
                    gimli::DW_TAG_lexical_block if self.bodies && has_children => open.push(parent),
                    _ if has_children => self.skip(&mut raw, None),
                    _ => {}
                }
                continue;
            }
            let attributes = read(&mut raw, tag, abbreviation.attributes())?;
            let opens = self.visit(tag, offset, parent, &attributes, has_children);
            if tag == gimli::DW_TAG_subprogram && attributes.is_declaration && has_children {
                self.look_for_stub(offset, &raw);
            }
            match (has_children, opens) {
                (true, Some(item)) if open.len() < DEPTH => {
                    open.push(item);
                    self.look_for_template(item, &raw);
                }
                (true, _) => self.skip(&mut raw, attributes.sibling),
                (false, _) => {}
            }
        }
        Ok(())
    }

    /// Puts definitions in the place of declarations that say less: GCC repeats the type of a variable only then, and
    /// not its name.
    fn complete(&mut self) {
        let mut replaced = Vec::new();
        for (origin, offset) in &self.completing {
            let Some(declared) = self.debug_units.follow(self.unit, origin) else { continue };
            let symbols = &self.walk.symbols;
            if let Ok(at) = symbols.binary_search_by_key(&declared.offset, |symbol| symbol.offset)
                && declared.unit == self.unit
            {
                replaced.push((at, *offset));
            }
        }
        for origin in &self.defined {
            let Some(declared) = self.debug_units.follow(self.unit, origin) else { continue };
            let symbols = &mut self.walk.symbols;
            if declared.unit == self.unit
                && let Ok(at) = symbols.binary_search_by_key(&declared.offset, |symbol| symbol.offset)
            {
                symbols[at].is_stub = false;
            }
        }
        for (origin, offset) in &self.moved {
            let Some(declared) = self.debug_units.follow(self.unit, origin) else { continue };
            let symbols = &mut self.walk.symbols;
            if declared.unit == self.unit
                && let Ok(at) = symbols.binary_search_by_key(&declared.offset, |symbol| symbol.offset)
            {
                symbols[at].definition = Some(*offset);
            }
        }
        for (at, offset) in replaced {
            let symbol = &mut self.walk.symbols[at];
            (symbol.offset, symbol.completes_declaration) = (offset, true);
        }
    }

    /// Goes behind the children of the entry just read.
    fn skip(&self, raw: &mut EntriesRaw<'w, Slice<'a>>, sibling: Option<u32>) {
        let core = &self.debug_units.units[self.unit as usize].core;
        // A sibling that does not lie ahead would never end.
        let ahead = sibling.filter(|offset| *offset as usize > raw.next_offset().0);
        let jump = ahead.and_then(|offset| {
            let start = UnitOffset(offset as usize);
            let rest = core.header.range_from(start..).ok()?;
            Some(EntriesRaw::new(
                rest,
                core.header.encoding(),
                abbreviations(&self.debug_units.units[self.unit as usize]),
                start,
            ))
        });
        match jump {
            Some(jump) => *raw = jump,
            // A damaged entry shows when the next one is read.
            None => drop(skip_children(raw)),
        }
    }

    /// Takes down what an entry says; gives the item whose children should be walked.
    fn visit(
        &mut self,
        tag: DwTag,
        offset: u32,
        parent: u32,
        attributes: &Attributes<'a>,
        has_children: bool,
    ) -> Option<u32> {
        if let (true, Some(origin), false) = (self.is_c, attributes.origin, is_named_type(tag)) {
            self.defined.push(origin);
        }
        match tag {
            gimli::DW_TAG_subprogram => {
                // Producers name the file of a definition only where it is another one.
                if let (false, Some(origin), true) = (self.is_c, attributes.origin, attributes.has_file) {
                    self.moved.push((origin, offset));
                }
                self.symbol(offset, parent, attributes);
                // The name of a definition may stand in its declaration, which has no children.
                self.bodies.then(|| self.item(tag, offset, parent, attributes)).filter(|_| has_children)
            }
            gimli::DW_TAG_variable | gimli::DW_TAG_member => {
                self.symbol(offset, parent, attributes);
                if let (true, Some(origin)) = (attributes.has_type, attributes.origin) {
                    self.completing.push((origin, offset));
                }
                let in_class = !self.is_namespace(parent);
                let is_constant = attributes.has_value && (tag == gimli::DW_TAG_variable || in_class);
                if let (true, Some(name)) = (is_constant, attributes.name) {
                    self.walk.constants.push(Constant { parent, offset, name, in_class });
                }
                None
            }
            gimli::DW_TAG_enumeration_type | gimli::DW_TAG_typedef | gimli::DW_TAG_template_alias => {
                self.item(tag, offset, parent, attributes);
                None
            }
            _ => Some(self.item(tag, offset, parent, attributes)),
        }
    }

    fn is_namespace(&self, item: u32) -> bool {
        item == NONE || is_namespace(self.walk.items[item as usize].tag)
    }

    fn item(&mut self, tag: DwTag, offset: u32, parent: u32, attributes: &Attributes<'a>) -> u32 {
        self.walk.items.push(Item {
            offset,
            parent,
            tag,
            name: attributes.name,
            origin: attributes.origin,
            size: attributes.size,
            file: attributes.file,
            line: attributes.line,
            is_declaration: attributes.is_declaration,
            is_template: false,
            target: attributes.target,
        });
        self.walk.items.len() as u32 - 1
    }

    /// Producers put template parameters before everything else.
    fn look_for_template(&mut self, item: u32, raw: &EntriesRaw<'w, Slice<'a>>) {
        let mut ahead = raw.clone();
        if let Ok(Some(first)) = ahead.read_abbreviation() {
            let item = &mut self.walk.items[item as usize];
            item.is_template = is_template_parameter(first.tag());
        }
    }

    /// Linking whole programs, GCC adds declarations of constructors and destructors that have lost their class and
    /// parameters, under the names it has for them itself (`__ct_comp `).
    fn is_nameless(&self, attributes: &Attributes<'a>) -> bool {
        let name = || self.debug_units.string(self.unit, attributes.name?);
        attributes.is_declaration && name().is_some_and(|name| name.slice().ends_with(b" "))
    }

    /// Where a type unit needs a class inside a function, GCC puts a declaration around it that has nothing else in it.
    fn look_for_stub(&mut self, offset: u32, raw: &EntriesRaw<'w, Slice<'a>>) {
        if let Some(symbol) = self.walk.symbols.last_mut().filter(|symbol| symbol.offset == offset)
            && let Ok(Some(first)) = raw.clone().read_abbreviation()
        {
            symbol.is_stub |= super::spell::is_named_type(first.tag());
        }
    }

    /// Whether the entry stands behind an exported symbol, by its linkage name or, where C gives none, its name.
    fn symbol(&mut self, offset: u32, parent: u32, attributes: &Attributes<'a>) {
        if self.surface.len() == 0 || self.debug_units.units[self.unit as usize].is_terse {
            return;
        }
        let plain = || attributes.name.filter(|_| attributes.is_external && self.is_namespace(parent));
        let Some(name) = attributes.linkage_name.or_else(plain) else { return };
        let (debug_units, unit, surface) = (self.debug_units, self.unit, self.surface);
        let find = || debug_units.string(unit, name).and_then(|text| surface.find(text.slice()));
        let group = match debug_units.string_key(unit, &name) {
            Some(key) => self.cache.get(key, debug_units.strings(unit), find),
            None => find(),
        };
        if let Some(group) = group.filter(|_| !self.is_nameless(attributes)) {
            let in_class = match parent {
                NONE => None,
                parent => match self.walk.items[parent as usize].tag {
                    gimli::DW_TAG_class_type => Some(true),
                    gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type => Some(false),
                    _ => None,
                },
            };
            let around = self.walk.items.get(parent as usize);
            let is_stub = around.is_some_and(|item| item.is_declaration && item.origin.is_some())
                || (self.is_c && attributes.is_declaration);
            self.walk.symbols.push(Symbol {
                group,
                offset,
                in_class,
                is_stub,
                completes_declaration: false,
                definition: None,
            });
        }
    }
}

pub(super) fn is_template_parameter(tag: DwTag) -> bool {
    matches!(
        tag,
        gimli::DW_TAG_template_type_parameter
            | gimli::DW_TAG_template_value_parameter
            | gimli::DW_TAG_GNU_template_template_param
            | gimli::DW_TAG_GNU_template_parameter_pack
    )
}

fn is_interesting(tag: DwTag) -> bool {
    is_named_type(tag)
        || matches!(
            tag,
            gimli::DW_TAG_namespace
                | gimli::DW_TAG_module
                | gimli::DW_TAG_subprogram
                | gimli::DW_TAG_variable
                | gimli::DW_TAG_member
        )
}

fn read<'a>(
    raw: &mut EntriesRaw<'_, Slice<'a>>,
    tag: DwTag,
    specifications: &[gimli::AttributeSpecification],
) -> gimli::Result<Attributes<'a>> {
    let mut attributes = Attributes::default();
    let mut unread = 0;
    for (at, specification) in specifications.iter().enumerate() {
        let is_type = specification.name() == gimli::DW_AT_type;
        attributes.has_type |= is_type && tag == gimli::DW_TAG_variable;
        let is_target = is_type && tag == gimli::DW_TAG_typedef;
        if !is_target && !is_read(specification.name()) {
            continue;
        }
        if unread < at {
            raw.skip_attributes(&specifications[unread..at])?;
        }
        unread = at + 1;
        let attribute = raw.read_attribute(*specification)?;
        match specification.name() {
            gimli::DW_AT_name => attributes.name = Some(attribute.raw_value()),
            gimli::DW_AT_linkage_name | gimli::DW_AT_MIPS_linkage_name => {
                attributes.linkage_name = Some(attribute.raw_value());
            }
            gimli::DW_AT_specification | gimli::DW_AT_signature => {
                attributes.origin = Some(attribute.raw_value())
            }
            gimli::DW_AT_byte_size => attributes.size = attribute.udata_value(),
            gimli::DW_AT_decl_file => {
                attributes.file = attribute.udata_value().unwrap_or(0);
                attributes.has_file = true;
            }
            gimli::DW_AT_decl_line => attributes.line = attribute.udata_value().unwrap_or(0) as u32,
            gimli::DW_AT_declaration => attributes.is_declaration = true,
            gimli::DW_AT_external => attributes.is_external = true,
            gimli::DW_AT_const_value => attributes.has_value = true,
            name => {
                if let AttributeValue::UnitRef(offset) = attribute.raw_value() {
                    let offset = offset.0 as u32;
                    match name {
                        gimli::DW_AT_sibling => attributes.sibling = Some(offset),
                        _ => attributes.target = offset,
                    }
                }
            }
        }
    }
    raw.skip_attributes(&specifications[unread..])?;
    Ok(attributes)
}

fn is_read(name: gimli::DwAt) -> bool {
    matches!(
        name,
        gimli::DW_AT_name
            | gimli::DW_AT_linkage_name
            | gimli::DW_AT_MIPS_linkage_name
            | gimli::DW_AT_specification
            | gimli::DW_AT_signature
            | gimli::DW_AT_byte_size
            | gimli::DW_AT_decl_file
            | gimli::DW_AT_decl_line
            | gimli::DW_AT_declaration
            | gimli::DW_AT_external
            | gimli::DW_AT_const_value
            | gimli::DW_AT_sibling
    )
}
