//! Names for everything that a unit's walk found, and what it defines entered for all units to see.

use std::sync::{Arc, OnceLock};

use foldhash::HashMap;

use super::debug_units::{DebugUnits, DieRef, Language};
use super::entry::Die;
use super::names::{Definition, NameCache, NameId, Names};
use super::spell::{Namer, Speller, is_named_type, is_namespace};
use super::surface::Surface;
use super::unit_scanner::{self, Item, NONE, Symbol, SymbolCache, Walk, is_template_parameter};
use super::unnamed::{self, Holders};
use crate::spelling;

/// What is kept of a unit.
#[derive(Default)]
pub(super) struct UnitIndex {
    /// Offsets of types, ascending, with their names.
    pub named: Vec<(u32, NameId)>,
    /// Entries behind exported symbols.
    pub symbols: Vec<Symbol>,
    /// Names and offsets of constants.
    pub constants: Vec<(NameId, u32)>,
    /// Classes, and names and offsets of their static members that have a value.
    pub members: Vec<(NameId, NameId, u32)>,
}

impl UnitIndex {
    /// The name of the type at an offset.
    pub(super) fn name(&self, offset: u32) -> Option<NameId> {
        let at = self.named.binary_search_by_key(&offset, |(offset, _)| *offset).ok()?;
        Some(self.named[at].1)
    }

    /// Puts names in the place of those that are only written so.
    pub(super) fn complete(&mut self, written: &HashMap<NameId, NameId>) {
        if written.is_empty() {
            return;
        }
        let named = self.named.iter_mut().map(|(_, name)| name);
        for name in named.chain(self.members.iter_mut().map(|(class, ..)| class)) {
            if let Some(full) = written.get(name) {
                *name = *full;
            }
        }
    }
}

/// Template arguments in template arguments that are followed before the text of the name has to do.
const DEPTH: u32 = 24;

/// What units hold that others refer to: types in units of their own, what dwz shares, what LTO merged.
pub(super) struct Foreign<'a> {
    units: Vec<OnceLock<Vec<Item<'a>>>>,
    /// There are units of that sort, so that what one compilation wrote may lie in several.
    is_divided: bool,
    /// See [`Foreign::holders`].
    holders: OnceLock<Holders>,
}

impl<'a> Foreign<'a> {
    pub(super) fn new(debug_units: &DebugUnits<'a>) -> Foreign<'a> {
        // Only compilations have a name.
        let is_divided = debug_units.units.iter().any(|unit| !unit.is_skeleton && unit.core.name.is_none());
        let units = debug_units.units.iter().map(|_| OnceLock::new()).collect();
        Foreign { units, is_divided, holders: OnceLock::new() }
    }

    /// Where the unnamed types of all units in C stand: who has them may lie in another unit.
    fn holders(&self, debug_units: &DebugUnits<'a>) -> &Holders {
        self.holders.get_or_init(|| {
            let mut units: Vec<u32> = (0..debug_units.units.len() as u32)
                .filter(|unit| debug_units.units[*unit as usize].language == Language::C)
                .collect();
            units.sort_by_key(|unit| debug_units.rank(*unit));
            let mut all = Holders::default();
            for unit in units {
                for (at, holder) in unnamed::collect(debug_units, unit, self.items(debug_units, unit), true) {
                    all.entry(at).or_insert(holder);
                }
            }
            all
        })
    }

    fn items(&self, debug_units: &DebugUnits<'a>, unit: u32) -> &[Item<'a>] {
        let walk =
            || unit_scanner::walk(debug_units, unit, &Surface::new(&[]), &mut SymbolCache::default(), false);
        self.units[unit as usize].get_or_init(|| walk().map(|walk| walk.items).unwrap_or_default())
    }
}

/// Unnamed types that are the first thing in each other and are followed for a name.
const NESTED: u32 = 16;

/// Stands for what cannot be named, and for what is named at the moment: nothing is part of its own name.
const DAMAGED: &str = "(damaged)";

struct Naming<'n, 'a> {
    debug_units: &'n DebugUnits<'a>,
    foreign: &'n Foreign<'a>,
    unit: u32,
    names: &'n Names,
    cache: &'n mut NameCache,
    items: &'n [Item<'a>],
    known: Vec<Option<NameId>>,
    depth: u32,
    /// Names are put together from the entries of their template arguments: what other producers than GCC write in the
    /// text of a name leaves enumerators without their type, or arguments out.
    structural: bool,
    /// See [`Naming::typedefs`].
    typedefs: Option<HashMap<u32, u32>>,
    /// Where unnamed types stand; known when one asks.
    holders: Option<Arc<Holders>>,
}

/// Names the items of a walk.
pub(super) fn index<'a>(
    debug_units: &DebugUnits<'a>,
    foreign: &Foreign<'a>,
    unit: u32,
    names: &Names,
    cache: &mut NameCache,
    walk: Walk<'a>,
) -> UnitIndex {
    let mut naming = Naming::new(debug_units, foreign, unit, names, cache, &walk.items, 0);
    let mut index = UnitIndex { symbols: walk.symbols, ..UnitIndex::default() };
    for (at, item) in walk.items.iter().enumerate() {
        let name = naming.name_of(at as u32);
        if is_named_type(item.tag) {
            index.named.push((item.offset, name));
            naming.define(item, name);
        }
    }
    naming.mark_ambiguous();
    for constant in walk.constants {
        let scope = naming.scope(constant.parent);
        let name = naming.plain(scope, constant.name);
        match constant.in_class {
            true => index.members.push((scope, name, constant.offset)),
            false => index.constants.push((name, constant.offset)),
        }
    }
    index
}

impl<'n, 'a> Naming<'n, 'a> {
    fn new(
        debug_units: &'n DebugUnits<'a>,
        foreign: &'n Foreign<'a>,
        unit: u32,
        names: &'n Names,
        cache: &'n mut NameCache,
        items: &'n [Item<'a>],
        depth: u32,
    ) -> Naming<'n, 'a> {
        let structural = !debug_units.units[unit as usize].producer.starts_with("GNU ");
        let known = vec![None; items.len()];
        Naming {
            debug_units,
            foreign,
            unit,
            names,
            cache,
            items,
            known,
            depth,
            structural,
            typedefs: None,
            holders: None,
        }
    }

    fn scope(&mut self, item: u32) -> NameId {
        if item == NONE { NameId::ROOT } else { self.name_of(item) }
    }

    fn name_of(&mut self, at: u32) -> NameId {
        if let Some(name) = self.known[at as usize] {
            return name;
        }
        self.known[at as usize] = Some(self.names.intern(NameId::ROOT, DAMAGED));
        let item = &self.items[at as usize];
        let name = self.of_origin(item).or_else(|| self.held(at)).unwrap_or_else(|| {
            let scope = self.scope(item.parent);
            self.component(at, scope)
        });
        self.known[at as usize] = Some(name);
        name
    }

    /// In C, an unnamed type is called after who has it, wherever its entry stands.
    fn held(&mut self, at: u32) -> Option<NameId> {
        let item = &self.items[at as usize];
        let is_c = self.debug_units.units[self.unit as usize].language == Language::C;
        if !is_c || item.name.is_some() || item.parent != NONE || self.depth == DEPTH {
            return None;
        }
        if !is_named_type(item.tag) || self.typedefs().contains_key(&item.offset) {
            return None;
        }
        let (debug_units, unit) = (self.debug_units, self.unit);
        let (holders, foreign) =
            match self.foreign.is_divided {
                true => (None, Some(self.foreign.holders(debug_units))),
                false => {
                    let items = self.items;
                    (
                        Some(self.holders.get_or_insert_with(|| {
                            Arc::new(unnamed::collect(debug_units, unit, items, false))
                        })),
                        None,
                    )
                }
            };
        let holders = holders.map(|holders| Arc::clone(holders));
        let holders = holders.as_deref().or(foreign)?;
        let holder = holders.get(&DieRef { unit, offset: item.offset })?;
        self.depth += 1;
        let scope = match holder.class {
            None => Some(NameId::ROOT),
            Some(class) => (&mut *self).id(class),
        };
        self.depth -= 1;
        Some(self.names.intern(scope?, &holder.component))
    }

    /// A class that is defined outside of its scope has the name of its declaration there.
    fn of_origin(&mut self, item: &Item<'a>) -> Option<NameId> {
        let origin = self.debug_units.follow(self.unit, item.origin.as_ref()?)?;
        if origin.unit != self.unit {
            return self.member_type(item, origin).or_else(|| self.elsewhere(origin));
        }
        // A declaration stands before; anything else would be a cycle.
        if origin.offset >= item.offset {
            return None;
        }
        let at = self.items.binary_search_by_key(&origin.offset, |item| item.offset).ok()?;
        if self.depth == DEPTH {
            return None;
        }
        if self.items[at].name.is_none() && item.name.is_none() {
            // Only the definition shows what an unnamed type is like.
            let scope = self.scope(self.items[at].parent);
            let component = self.unnamed(item);
            return Some(self.names.intern(scope, &component));
        }
        self.depth += 1;
        let name = self.name_of(at as u32);
        self.depth -= 1;
        Some(name)
    }

    /// The name of a stand-in for an unnamed type of another unit: only here are the class around and a member that has
    /// it for a type.
    fn member_type(&mut self, item: &Item<'a>, origin: DieRef) -> Option<NameId> {
        if item.name.is_some() || item.parent == NONE || self.debug_units.die(origin)?.has(gimli::DW_AT_name)
        {
            return None;
        }
        let parent = self.items[item.parent as usize].offset;
        let user = self.user(DieRef { unit: self.unit, offset: item.offset }, Some(parent));
        let component = user.or_else(|| self.first_child(origin))?;
        let scope = self.scope(item.parent);
        Some(self.names.intern(scope, &component))
    }

    /// The name of an entry in another unit.
    fn elsewhere(&mut self, die: DieRef) -> Option<NameId> {
        if let Some(known) = self.cache.elsewhere.get(&die) {
            return *known;
        }
        if self.depth == DEPTH {
            return None;
        }
        let items = self.foreign.items(self.debug_units, die.unit);
        let at = items.binary_search_by_key(&die.offset, |item| item.offset).ok();
        self.cache.elsewhere.insert(die, Some(self.names.intern(NameId::ROOT, DAMAGED)));
        let (debug_units, foreign, names, depth) =
            (self.debug_units, self.foreign, self.names, self.depth + 1);
        let name = at.map(|at| {
            let mut naming =
                Naming::new(debug_units, foreign, die.unit, names, &mut *self.cache, items, depth);
            naming.name_of(at as u32)
        });
        self.cache.elsewhere.insert(die, name);
        name
    }

    fn component(&mut self, at: u32, scope: NameId) -> NameId {
        let item = &self.items[at as usize];
        let Some(value) = item.name else {
            let component = self.unnamed(item);
            return self.names.intern(scope, &component);
        };
        if item.tag == gimli::DW_TAG_subprogram {
            let name = self.string(value).unwrap_or_default();
            return self.names.intern(scope, &format!("{name}()"));
        }
        let key = self.debug_units.string_key(self.unit, &value);
        if self.structural && item.is_template && self.depth < DEPTH {
            return self.template(item, scope, value, key);
        }
        let name = self.plain(scope, value);
        if self.structural && item.is_declaration {
            self.names.set_bare(name);
        }
        name
    }

    /// A name as it is written, in canonical spelling.
    fn plain(&mut self, scope: NameId, value: super::debug_units::Value<'a>) -> NameId {
        let (debug_units, unit) = (self.debug_units, self.unit);
        let canonical = || {
            let text = debug_units.string(unit, value)?;
            Some(spelling::canonical(&String::from_utf8_lossy(text.slice())).into_owned())
        };
        let name = match debug_units.string_key(unit, &value) {
            Some(key) => self.cache.name(self.names, scope, key, canonical),
            None => canonical().map(|text| self.names.intern(scope, &text)),
        };
        name.unwrap_or_else(|| self.names.intern(scope, DAMAGED))
    }

    fn string(&self, value: super::debug_units::Value<'a>) -> Option<String> {
        let text = self.debug_units.string(self.unit, value)?;
        Some(String::from_utf8_lossy(text.slice()).into_owned())
    }

    fn template(
        &mut self,
        item: &Item<'a>,
        scope: NameId,
        value: super::debug_units::Value<'a>,
        key: Option<usize>,
    ) -> NameId {
        let text = self.string(value).unwrap_or_default();
        // With simple template names, instances share the text. What is written has a key of its own: which of the two a
        // thread meets first must not show.
        let key = key.filter(|_| text.ends_with('>')).map(|key| !key);
        if let Some(known) = key.and_then(|key| self.cache.name(self.names, scope, key, || None)) {
            return known;
        }
        let canonical = spelling::canonical(&text).into_owned();
        let (base, written) = match spelling::template_arguments(&canonical) {
            Some((base, arguments)) => (base.to_owned(), spelling::split_arguments(arguments)),
            None => (canonical.clone(), Vec::new()),
        };
        let debug_units = self.debug_units;
        let arguments = debug_units.die(DieRef { unit: self.unit, offset: item.offset }).map(|die| {
            let children: Vec<Die<'a>> =
                debug_units.children(&die).into_iter().filter(|c| is_template_parameter(c.tag)).collect();
            self.depth += 1;
            let arguments = Speller::new(debug_units, &mut *self).template_arguments(&children, &written);
            self.depth -= 1;
            arguments
        });
        let component = format!("{base}<{}>", arguments.unwrap_or_default().join(", "));
        let name = match key {
            Some(key) => self.cache.name(self.names, scope, key, || Some(component.clone())),
            None => None,
        };
        let name = name.unwrap_or_else(|| self.names.intern(scope, &component));
        if key.is_some() && component != canonical {
            self.names.set_written(self.names.intern(scope, &canonical), name);
        }
        name
    }

    /// A component for something without a name: what it is used for tells it apart, a counter would shift.
    fn unnamed(&mut self, item: &Item<'a>) -> String {
        if is_namespace(item.tag) {
            return "(anonymous namespace)".to_owned();
        }
        let at = DieRef { unit: self.unit, offset: item.offset };
        if let Some(name) = self.linkage(at) {
            return name;
        }
        let parent = match item.parent {
            NONE => None,
            parent => Some(self.items[parent as usize].offset),
        };
        self.user(at, parent).or_else(|| self.first_child(at)).unwrap_or_else(|| {
            let what = super::class::keyword(item.tag);
            format!("(anonymous {what} at line {})", item.line)
        })
    }

    /// GCC describes `typedef struct {…} A;` by a struct without a name that links as `A`, and leaves out the typedef.
    fn linkage(&self, at: DieRef) -> Option<String> {
        let mangled = super::class::linkage_name(self.debug_units, &self.debug_units.die(at)?)?;
        let text = crate::mangling::demangle(&format!("_ZTI{mangled}"))?;
        let name = spelling::canonical(text.split_once(" for ")?.1).into_owned();
        super::names::components(&name).last().map(str::to_owned)
    }

    /// The typedef anywhere or the member of the class around that has it for a type.
    fn user(&mut self, at: DieRef, parent: Option<u32>) -> Option<String> {
        if let Some(&typedef) = self.typedefs().get(&at.offset) {
            return self.string(self.items[typedef as usize].name?);
        }
        let parent = self.debug_units.die(DieRef { unit: self.unit, offset: parent? })?;
        if is_namespace(parent.tag) {
            return None;
        }
        let is_user = |die: &&Die<'a>| {
            die.tag == gimli::DW_TAG_member && self.debug_units.reference(die, gimli::DW_AT_type) == Some(at)
        };
        let members = self.debug_units.children(&parent);
        self.debug_units.text(members.iter().find(is_user)?, gimli::DW_AT_name)
    }

    /// Marks names under which typedefs stand for different types: of instances of alias templates, for GCC, and of what
    /// Clang moves out of its class.
    fn mark_ambiguous(&mut self) {
        // In C, namesakes are told apart by what they say.
        if self.debug_units.units[self.unit as usize].language == Language::C {
            return;
        }
        // What the first of a name stands for; nothing once it is known to be ambiguous.
        let mut targets: HashMap<NameId, Option<u32>> = HashMap::default();
        let items = self.items;
        for (at, item) in items.iter().enumerate().filter(|(_, item)| item.tag == gimli::DW_TAG_typedef) {
            if self.structural && item.parent != NONE {
                continue;
            }
            if self.foreign.is_divided {
                self.note_target(at as u32);
            }
            if item.target == 0 {
                continue;
            }
            let name = self.name_of(at as u32);
            let first = *targets.entry(name).or_insert(Some(item.target));
            if first.is_some_and(|first| first != item.target && !self.is_same(first, item.target)) {
                self.names.set_ambiguous(name);
                targets.insert(name, None);
            }
        }
    }

    /// Enters what a typedef stands for, for all units to compare with.
    fn note_target(&mut self, at: u32) {
        let (debug_units, unit, offset) = (self.debug_units, self.unit, self.items[at as usize].offset);
        let Some(die) = debug_units.die(DieRef { unit, offset }) else { return };
        let text = Speller::new(debug_units, SeenThrough(self)).type_of(&die);
        // What has no name is called by what is around it, which differs between units.
        if !text.contains("(anonymous ") {
            let name = self.name_of(at);
            self.names.set_target(name, &text);
        }
    }

    /// Whether two entries of the unit are the same type: GCC repeats some where it moves classes into type units.
    fn is_same(&mut self, a: u32, b: u32) -> bool {
        let (debug_units, unit) = (self.debug_units, self.unit);
        let mut speller = Speller::new(debug_units, SeenThrough(self));
        let mut text = |offset| speller.spell(Some(DieRef { unit, offset }));
        text(a) == text(b)
    }

    /// Typedefs of the unit by the offset of what they stand for.
    fn typedefs(&mut self) -> &HashMap<u32, u32> {
        self.typedefs.get_or_insert_with(|| {
            let mut typedefs = HashMap::default();
            for (at, item) in self.items.iter().enumerate().filter(|(_, item)| item.target != 0) {
                typedefs.entry(item.target).or_insert(at as u32);
            }
            typedefs
        })
    }

    /// The first enumerator or member tells unnamed types of one scope apart.
    fn first_child(&self, at: DieRef) -> Option<String> {
        let die = self.debug_units.die(at)?;
        let children = self.debug_units.children(&die);
        if children
            .iter()
            .any(|c| self.debug_units.text(c, gimli::DW_AT_name).is_some_and(|name| name == "operator()"))
        {
            return Some("{lambda}".to_owned());
        }
        let name = unnamed::first_name(self.debug_units, at, NESTED)?;
        Some(format!("(anonymous {} with {name})", super::class::keyword(die.tag)))
    }

    fn define(&mut self, item: &Item<'a>, name: NameId) {
        let is_typedef = matches!(item.tag, gimli::DW_TAG_typedef | gimli::DW_TAG_template_alias);
        if item.is_declaration || (item.size.is_none() && !is_typedef) {
            return;
        }
        let (debug_units, unit) = (self.debug_units, self.unit);
        let size = item.size.unwrap_or(0);
        let definition = Definition {
            rank: debug_units.rank(unit),
            unit,
            offset: item.offset,
            shape: shape_of(debug_units, unit, size, item.file, item.line, is_typedef),
            is_c: debug_units.units[unit as usize].language == Language::C,
            is_typedef,
        };
        if self.cache.is_news(name, definition) {
            self.names.define(name, definition);
        }
    }
}

/// See [`Definition::shape`]. `file` is a number of the unit's.
pub(super) fn shape_of(
    debug_units: &DebugUnits<'_>,
    unit: u32,
    size: u64,
    file: u64,
    line: u32,
    is_typedef: bool,
) -> u32 {
    if is_typedef && debug_units.units[unit as usize].language != Language::C {
        return Definition::TYPEDEF;
    }
    let file = debug_units.source(unit, file).map_or(0, |id| debug_units.sources.shape(id));
    // A typedef beside a class of its name is another thing.
    let kind = if is_typedef { 0x5bd1_e995 } else { 0 };
    ((size as u32).rotate_left(20) ^ line.wrapping_mul(0x9E37_79B1) ^ file ^ kind).max(1)
}

impl Namer for &mut Naming<'_, '_> {
    fn id(&mut self, die: DieRef) -> Option<NameId> {
        if die.unit != self.unit {
            return self.elsewhere(die);
        }
        let at = self.items.binary_search_by_key(&die.offset, |item| item.offset).ok()?;
        Some(self.name_of(at as u32))
    }

    fn text(&mut self, name: NameId) -> Arc<str> {
        self.names.text(name).into()
    }

    fn is_ambiguous(&mut self, _: NameId) -> bool {
        false
    }
}

/// Takes every typedef for what it stands for.
struct SeenThrough<'s, 'n, 'a>(&'s mut Naming<'n, 'a>);

impl Namer for SeenThrough<'_, '_, '_> {
    fn id(&mut self, die: DieRef) -> Option<NameId> {
        (&mut *self.0).id(die)
    }

    fn text(&mut self, name: NameId) -> Arc<str> {
        self.0.names.text(name).into()
    }

    fn is_ambiguous(&mut self, _: NameId) -> bool {
        true
    }
}
