//! How the bytes of a class are spent: what stands where, in order of offset, and where nothing stands.
//!
//! Types refer to each other by name, so the size of a base and the members of an anonymous union are looked up in the
//! library; what virtual bases and destructors lack in debug info is taken from the virtual tables in the image. Facts
//! come from files nobody vouches for: every sum saturates, nesting ends, and what overlaps is said to.
//!
//! All offsets and sizes are in bits.

use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::abi::{
    Access, BaseClass, Field, Library, Slot, Type, TypeKind, Typeinfo, VirtualFunction, VirtualTable,
    VtableGroup,
};
use crate::{mangling, spelling};

/// Typedefs, bases of bases and anonymous types in anonymous types that are followed.
const DEEPEST: usize = 32;

/// Rows after which anonymous types stay closed.
const MOST_ROWS: usize = 4096;

/// The layouts of one library's classes.
pub struct Layouts<'l> {
    library: &'l Library,
    /// Size of a pointer.
    word: u64,
    /// Virtual tables and type information by the canonical name of their class.
    vtables: HashMap<String, &'l VtableGroup>,
    typeinfos: HashMap<String, &'l Typeinfo>,
    /// By the address of the type, which several of one name do not share.
    extents: RefCell<HashMap<*const Type, Extent>>,
}

/// What of a class has to stay together when something derives from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Extent {
    /// End of the last base or member that is not virtual and not empty: a derived class may go on from here.
    data: u64,
    /// No data at all: takes no room as a base.
    is_empty: bool,
    /// A virtual base somewhere, so that `sizeof` counts what is not part of it as a base.
    has_virtual_bases: bool,
}

/// One class, laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout<'l> {
    /// In order of offset; virtual bases of unknown place last. Rows of an anonymous type follow its own.
    pub rows: Vec<Row<'l>>,
    /// Nothing to lay out but the class itself.
    pub is_empty: bool,
}

/// Something with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'l> {
    /// How many anonymous types are around it.
    pub depth: usize,
    /// Offset from the start of the class; none for a virtual base whose place is not known.
    pub start: Option<u64>,
    /// Room that it takes here; none when its type is not known.
    pub size: Option<u64>,
    /// What it is.
    pub item: Item<'l>,
    /// The room at the end of its type that is left to what follows.
    pub reused: u64,
    /// It stands where something else does, or past the end of the class: the facts do not fit together.
    pub is_misplaced: bool,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'l> {
    /// A base class that is not virtual.
    Base(&'l BaseClass),
    /// A virtual base, of the class itself or of another base.
    VirtualBase(&'l BaseClass),
    /// The pointer to the virtual table.
    Vptr,
    /// A data member.
    Member(&'l Field),
    /// A member of an unnamed type, whose members follow one level deeper; see [`Item::Close`].
    Open(&'l Field, TypeKind),
    /// The end of that type.
    Close(&'l Field),
    /// Nothing, before something.
    Hole,
    /// Nothing, up to the end.
    Padding,
    /// Virtual bases whose place is not known, or nothing.
    Unknown,
}

/// A slot of the virtual table that a class fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualRow<'l> {
    /// Where the function stands in the virtual table of the class.
    pub slot: Option<u64>,
    /// Linkage name.
    pub symbol: Option<&'l str>,
    /// The declaration.
    pub function: &'l VirtualFunction,
    /// `= 0`, as the virtual table in the image says; none when there is none.
    pub is_pure: Option<bool>,
}

impl Layout<'_> {
    /// Offsets and sizes of the holes.
    pub fn holes(&self) -> impl Iterator<Item = (u64, u64)> {
        self.gaps(Item::Hole)
    }

    /// Bits at the end of the class and of anonymous classes in it that nothing uses.
    pub fn padding(&self) -> u64 {
        self.gaps(Item::Padding).fold(0, |sum, (_, size)| sum.saturating_add(size))
    }

    /// Whether the place of everything is known, so that what is left are holes and padding.
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.start.is_some() && row.size.is_some() && row.item != Item::Unknown)
    }

    fn gaps(&self, item: Item<'static>) -> impl Iterator<Item = (u64, u64)> {
        self.rows.iter().filter(move |row| row.item == item).filter_map(|row| Some((row.start?, row.size?)))
    }
}

impl<'l> Row<'l> {
    fn new(depth: usize, start: u64, size: Option<u64>, item: Item<'l>) -> Row<'l> {
        Row { depth, start: Some(start), size, item, reused: 0, is_misplaced: false }
    }

    /// Where it ends, as far as that is known.
    pub fn end(&self) -> Option<u64> {
        Some(self.start?.saturating_add(self.size?))
    }

    /// The access of what it declares; none for what has none.
    pub fn access(&self) -> Option<Access> {
        match self.item {
            Item::Member(field) | Item::Open(field, _) => Some(field.access),
            _ => None,
        }
    }
}

/// A base or member before its neighbours are known.
struct Piece<'l> {
    start: u64,
    size: Option<u64>,
    /// As far as it has data. The room behind may be given to what follows.
    data: u64,
    item: Item<'l>,
}

struct VirtualBases<'l> {
    tables: Option<&'l VtableGroup>,
    found: Vec<(&'l BaseClass, Option<u64>)>,
    /// Their names.
    known: HashSet<&'l str>,
    /// Classes that were looked into.
    seen: HashSet<&'l str>,
}

impl<'l> Layouts<'l> {
    /// Looks everything up in one library.
    pub fn new(library: &'l Library) -> Layouts<'l> {
        let class = |symbol: &str| {
            let name = mangling::parse(symbol).ok()?.signature()?.qualified_name();
            Some(spelling::canonical(&name).into_owned())
        };
        let mut layouts = Layouts {
            library,
            word: match library.machine.bits {
                0 => 64,
                bits => u64::from(bits),
            },
            vtables: HashMap::new(),
            typeinfos: HashMap::new(),
            extents: RefCell::default(),
        };
        // Nothing but names of types needs them.
        if !library.types.is_empty() {
            let groups = library.vtables.iter().filter(|group| group.name.starts_with("_ZTV"));
            layouts.vtables = groups.filter_map(|group| Some((class(&group.name)?, group))).collect();
            let infos = library.typeinfos.iter().filter(|info| !info.bases.is_empty());
            layouts.typeinfos = infos.filter_map(|info| Some((class(&info.name)?, info))).collect();
        }
        layouts
    }

    /// All definitions of a name.
    pub fn variants(&self, name: &str) -> &'l [Type] {
        let types = &self.library.types;
        let first = types.partition_point(|t| *t.name < *name);
        let count = types[first..].iter().take_while(|t| *t.name == *name).count();
        &types[first..first + count]
    }

    /// The definition of a name that a certain variant means.
    fn find(&self, name: &str, variant: u32) -> Option<&'l Type> {
        let variants = self.variants(name);
        variants.iter().find(|t| t.variant == variant).or_else(|| variants.first())
    }

    /// The type behind a name, through typedefs.
    fn behind(&self, name: &str, variant: u32) -> Option<&'l Type> {
        let mut type_ = self.find(name, variant)?;
        for _ in 0..DEEPEST {
            match (&type_.target, type_.kind) {
                (Some(target), TypeKind::Typedef) => type_ = self.find(target, variant)?,
                _ => break,
            }
        }
        Some(type_)
    }

    /// The class behind a name, where its layout is known.
    fn class(&self, name: &str, variant: u32) -> Option<&'l Type> {
        self.behind(name, variant).filter(|type_| type_.kind.is_class() && !type_.is_incomplete())
    }

    /// The virtual tables of a class, where the image has them.
    pub fn vtable(&self, type_: &Type) -> Option<&'l VtableGroup> {
        self.vtables.get(&*type_.name).copied()
    }

    /// Lays a class or union out.
    pub fn of(&self, type_: &'l Type) -> Layout<'l> {
        let mut layout = Layout { rows: Vec::new(), is_empty: self.extent(type_, DEEPEST).is_empty };
        if type_.kind.is_class() && !type_.is_incomplete() {
            self.lay_out(type_, 0, 0, &mut layout.rows);
        }
        layout
    }

    fn lay_out(&self, type_: &'l Type, origin: u64, depth: usize, rows: &mut Vec<Row<'l>>) {
        let mut pieces = self.pieces(type_);
        let virtual_bases = if depth == 0 { self.virtual_bases(type_) } else { Vec::new() };
        let unplaced = virtual_bases.iter().any(|(_, place)| place.is_none());
        for (base, place) in &virtual_bases {
            if let Some(start) = *place {
                let data = self.room(base, type_);
                let item = Item::VirtualBase(base);
                pieces.push(Piece { start, size: data, data: data.unwrap_or(0), item });
            }
        }
        let is_union = type_.kind == TypeKind::Union;
        if !is_union {
            pieces.sort_by_key(|piece| piece.start);
        }
        let whole = type_.size.map(|size| origin.saturating_add(bits(size)));
        let gap = if unplaced { Item::Unknown } else { Item::Hole };
        let mut end = origin;
        // The row that reaches to `end`, and how far it has to.
        let mut last: Option<(usize, u64)> = None;
        // How far a base of unknown size goes, nobody knows.
        let mut is_known = true;
        for mut piece in pieces {
            let start = piece.start.saturating_add(origin);
            if start > end && is_known && !is_union {
                rows.push(Row::new(depth, end, Some(start - end), gap));
            }
            is_known = is_union || piece.size.is_some();
            let mut is_misplaced = false;
            if start < end && !is_union && piece.size != Some(0) {
                match last {
                    _ if piece.data == 0 && piece.size.is_some() => piece.size = Some(0),
                    Some((at, data)) if data <= start => {
                        let row: &mut Row<'_> = &mut rows[at];
                        row.reused = if data == row.start.unwrap_or(0) { 0 } else { end - start };
                        row.size = row.start.map(|from| start - from);
                        end = start;
                    }
                    // A virtual base may lend its pointer to the class.
                    _ if matches!(piece.item, Item::VirtualBase(_)) => {}
                    _ => is_misplaced = true,
                }
            }
            let piece_end = start.saturating_add(piece.size.unwrap_or(0));
            is_misplaced |= whole.is_some_and(|whole| piece_end > whole) && piece.size != Some(0);
            let at = rows.len();
            rows.push(Row { is_misplaced, ..Row::new(depth, start, piece.size, piece.item) });
            if let Item::Member(field) = piece.item
                && let Some(inner) = self.unnamed(type_, field)
                && inner.kind.is_class()
                && !inner.is_incomplete()
                && depth < DEEPEST
                && at < MOST_ROWS
            {
                rows[at].item = Item::Open(field, inner.kind);
                self.lay_out(inner, start, depth + 1, rows);
                rows.push(Row::new(depth, piece_end, Some(0), Item::Close(field)));
            }
            if piece_end > end {
                end = piece_end;
                last = Some((at, start.saturating_add(piece.data)));
            }
        }
        for (base, _) in virtual_bases.iter().filter(|(_, place)| place.is_none()) {
            let size = self.room(base, type_);
            rows.push(Row { start: None, ..Row::new(depth, 0, size, Item::VirtualBase(base)) });
        }
        let is_empty = self.extent(type_, DEEPEST).is_empty;
        if let Some(whole) = whole.filter(|whole| *whole > end && is_known && !is_empty) {
            let item = if unplaced { Item::Unknown } else { Item::Padding };
            rows.push(Row::new(depth, end, Some(whole - end), item));
        }
    }

    /// What a virtual base takes, without virtual bases of its own.
    fn room(&self, base: &BaseClass, type_: &Type) -> Option<u64> {
        self.class(&base.name, type_.variant).map(|class| self.extent(class, DEEPEST).data)
    }

    /// Everything that is not a virtual base.
    fn pieces(&self, type_: &'l Type) -> Vec<Piece<'l>> {
        let mut pieces = Vec::new();
        for base in type_.bases.iter().filter(|base| !base.is_virtual) {
            let class = self.class(&base.name, type_.variant);
            let extent = class.map(|class| self.extent(class, DEEPEST)).unwrap_or_default();
            let size = class.and_then(|class| match extent {
                Extent { is_empty: true, .. } => Some(0),
                Extent { has_virtual_bases: true, data, .. } => Some(data),
                _ => Some(bits(class.size?)),
            });
            let start = base.bit_offset.unwrap_or(0);
            pieces.push(Piece { start, size, data: extent.data, item: Item::Base(base) });
        }
        if let Some(start) = type_.vptr {
            pieces.push(Piece { start, size: Some(self.word), data: self.word, item: Item::Vptr });
        }
        for field in &type_.members {
            let (size, data) = self.member(field, type_.variant, DEEPEST);
            pieces.push(Piece { start: field.bit_offset, size, data, item: Item::Member(field) });
        }
        pieces
    }

    /// Size of a member, and how much of it has data: with `[[no_unique_address]]` the rest is given away as that of a
    /// base is.
    fn member(&self, field: &Field, variant: u32, depth: usize) -> (Option<u64>, u64) {
        let size = self.field_size(field, variant);
        let class = self.class(&field.type_, variant).filter(|_| !field.bit_field && depth > 0);
        let whole = size.unwrap_or(0);
        (size, class.map_or(whole, |class| self.extent(class, depth - 1).data.min(whole)))
    }

    /// Size of a member, looked up where the compiler knew its type by name only; 0 for a flexible array.
    pub fn field_size(&self, field: &Field, variant: u32) -> Option<u64> {
        if field.bit_size.is_some() {
            return field.bit_size;
        }
        let (element, bounds) = spelling::declarator(&field.type_);
        let bounds = bounds.strip_prefix('[').and_then(|bounds| bounds.strip_suffix(']'));
        let mut count = 1u64;
        for bound in bounds.into_iter().flat_map(|bounds| bounds.split("][")) {
            count = if bound.is_empty() { 0 } else { count.saturating_mul(bound.parse().ok()?) };
        }
        if count == 0 {
            return Some(0);
        }
        Some(bits(self.behind(element, variant)?.size?).saturating_mul(count))
    }

    /// The type of a member, or of the elements of one, that has no name of its own: nobody would find it elsewhere.
    pub fn unnamed(&self, class: &Type, field: &Field) -> Option<&'l Type> {
        let (element, bounds) = spelling::declarator(&field.type_);
        let component = element.strip_prefix(&*class.name)?.strip_prefix("::")?;
        // Debug info has no name for it, and it is called after its first use or what is in it.
        let is_unnamed =
            component.starts_with("(anonymous ") || (*component == *field.name && bounds.is_empty());
        self.find(element, class.variant).filter(|_| is_unnamed)
    }

    fn extent(&self, type_: &'l Type, depth: usize) -> Extent {
        let key = std::ptr::from_ref(type_);
        if let Some(known) = self.extents.borrow().get(&key) {
            return *known;
        }
        // A class that is its own base gets this.
        self.extents.borrow_mut().insert(key, Extent::default());
        let mut data = type_.vptr.map(|vptr| vptr.saturating_add(self.word));
        let mut reach = |end: u64| data = Some(data.unwrap_or(0).max(end));
        for field in &type_.members {
            let (size, data) = self.member(field, type_.variant, depth);
            // A member of an empty class may have been given no byte of its own, so that it can be given away.
            reach(if data == 0 { 0 } else { field.bit_offset.saturating_add(size.unwrap_or(0)) });
        }
        let mut has_virtual_bases = false;
        for base in &type_.bases {
            let class = self.class(&base.name, type_.variant).filter(|_| depth > 0);
            let inner = class.map(|class| self.extent(class, depth - 1)).unwrap_or_default();
            has_virtual_bases |= base.is_virtual || inner.has_virtual_bases;
            if !base.is_virtual && !inner.is_empty {
                reach(base.bit_offset.unwrap_or(0).saturating_add(inner.data));
            }
        }
        let is_empty = data.is_none() && !has_virtual_bases && type_.virtuals.is_empty();
        let extent = Extent { data: data.unwrap_or(0), is_empty, has_virtual_bases };
        self.extents.borrow_mut().insert(key, extent);
        extent
    }

    /// Every virtual base of a complete object and where it stands, in the order in which they are constructed.
    fn virtual_bases(&self, type_: &'l Type) -> Vec<(&'l BaseClass, Option<u64>)> {
        let mut search = VirtualBases {
            tables: self.vtable(type_),
            found: Vec::new(),
            known: HashSet::new(),
            seen: HashSet::new(),
        };
        self.collect_virtual(type_, Some(0), DEEPEST, &mut search);
        search.found
    }

    fn collect_virtual(&self, type_: &'l Type, at: Option<u64>, depth: usize, search: &mut VirtualBases<'l>) {
        // A class that comes a second time brings the same virtual bases.
        if depth == 0 || !self.extent(type_, DEEPEST).has_virtual_bases || !search.seen.insert(&type_.name) {
            return;
        }
        let info = self.typeinfos.get(&*type_.name).filter(|info| info.bases.len() == type_.bases.len());
        for (number, base) in type_.bases.iter().enumerate() {
            if base.is_virtual && !search.known.insert(&base.name) {
                continue;
            }
            let place = match base.is_virtual {
                false => at.zip(base.bit_offset).map(|(at, offset)| at.saturating_add(offset)),
                true => info.zip(search.tables).zip(at).and_then(|((info, group), at)| {
                    let base = info.bases.get(number).filter(|base| base.is_virtual)?;
                    at.checked_add_signed(self.virtual_offset(group, at, base.offset)?)
                }),
            };
            if let Some(class) = self.class(&base.name, type_.variant) {
                self.collect_virtual(class, place, depth - 1, search);
            }
            if base.is_virtual {
                search.found.push((base, place));
            }
        }
    }

    /// What the virtual table of the subobject at `at` says at `offset` bytes from its address point.
    fn virtual_offset(&self, group: &VtableGroup, at: u64, offset: i64) -> Option<i64> {
        let top = i64::try_from(at / 8).ok()?.checked_neg()?;
        let table: &VirtualTable = group.tables.iter().find(|table| table.top == top)?;
        let component = if group.relative { 4 } else { i64::try_from(self.word / 8).ok()? };
        // Before the address point stand the typeinfo, the offset to top, then these in reverse order.
        let back = offset.checked_neg()?.checked_div(component)?.checked_sub(2)?;
        let index = table.offsets.len().checked_sub(usize::try_from(back).ok()?)?;
        table.offsets.get(index)?.checked_mul(8)
    }

    /// The primary virtual table of a class, where the image has it.
    fn slots(&self, type_: &Type) -> &'l [Slot] {
        self.vtable(type_).and_then(|group| group.tables.first()).map_or(&[], |table| &table.slots)
    }

    /// The first of the two slots of the destructor. An abstract class may have null pointers there; without a virtual
    /// table, it is where that of the primary base is, or takes what the others leave.
    fn destructor_slot(&self, type_: &'l Type, depth: usize) -> Option<u64> {
        let slots = self.slots(type_);
        if !slots.is_empty() {
            let named = slots.iter().position(|slot| slot.function().is_some_and(is_destructor));
            let null = || slots.windows(2).position(|pair| *pair == [Slot::Null, Slot::Null]);
            return u64::try_from(named.or_else(null)?).ok();
        }
        let class = |base: &BaseClass| self.class(&base.name, type_.variant);
        let primary = type_.bases.iter().filter(|base| base.bit_offset == Some(0) && !base.is_virtual);
        let primary = primary.filter_map(class).find(|base| !self.extent(base, DEEPEST).is_empty);
        let inherited = primary.filter(|_| depth > 0).and_then(|base| self.destructor_slot(base, depth - 1));
        if inherited.is_some() {
            return inherited;
        }
        let taken: HashSet<u64> = type_.virtuals.iter().filter_map(|function| function.slot).collect();
        let is_own = type_.virtuals.iter().any(|f| f.slot.is_none() && f.name.starts_with('~'));
        let has_no_slots = |base| class(base).is_some_and(|base| self.extent(base, DEEPEST).is_empty);
        let is_alone = taken.len() + 1 == type_.virtuals.len() && type_.bases.iter().all(has_no_slots);
        let first = (0..).find(|slot| !taken.contains(slot))?;
        (type_.vptr.is_some() && is_own && is_alone && !taken.contains(&(first + 1))).then_some(first)
    }

    /// The virtual functions that a class declares, in order of their slots.
    pub fn virtuals(&self, type_: &'l Type) -> Vec<VirtualRow<'l>> {
        let slots = self.slots(type_);
        let named = (0u64..).zip(slots).filter_map(|(at, slot)| Some((slot.function()?, at)));
        let places: HashMap<&str, u64> = named.collect();
        let mut rows = Vec::new();
        for function in &type_.virtuals {
            let symbol = function.symbol.as_deref();
            let row = |slot, symbol, is_pure| VirtualRow { slot, symbol, function, is_pure };
            if function.name.starts_with('~') && symbol.is_none() {
                let named = (0..).zip(slots).filter_map(|(n, slot)| Some((n, slot.function()?)));
                let before = rows.len();
                rows.extend(
                    named
                        .filter(|(_, name)| is_destructor(name))
                        .map(|(slot, name)| row(Some(slot), Some(name), Some(false))),
                );
                if rows.len() == before {
                    match function.slot.or_else(|| self.destructor_slot(type_, DEEPEST)) {
                        Some(slot) => rows
                            .extend([slot, slot.saturating_add(1)].map(|slot| row(Some(slot), None, None))),
                        None => rows.push(row(None, None, None)),
                    }
                }
                continue;
            }
            let slot = symbol.and_then(|symbol| places.get(symbol).copied()).or(function.slot);
            let target = slot.and_then(|slot| slots.get(usize::try_from(slot).ok()?));
            rows.push(row(slot, symbol, target.map(|target| *target == Slot::Pure)));
        }
        rows.sort_by_key(|row| row.slot);
        rows
    }
}

/// Whether a linkage name is that of a destructor: `D0` deletes, `D1` destroys a whole object, `D2` a base.
fn is_destructor(symbol: &str) -> bool {
    ["D0Ev", "D1Ev", "D2Ev"].iter().any(|end| symbol.ends_with(end))
}

fn bits(bytes: u64) -> u64 {
    bytes.saturating_mul(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Machine;

    fn field(name: &str, type_: &str, bit_offset: u64, bit_size: u64) -> Field {
        Field {
            name: name.into(),
            type_: type_.into(),
            bit_offset,
            bit_size: Some(bit_size),
            ..Field::default()
        }
    }

    fn class(name: &str, size: u64, members: Vec<Field>) -> Type {
        Type { name: name.into(), kind: TypeKind::Struct, size: Some(size), members, ..Type::default() }
    }

    fn base(name: &str, bit_offset: Option<u64>) -> BaseClass {
        BaseClass { name: name.into(), bit_offset, is_virtual: bit_offset.is_none(), access: Access::Public }
    }

    fn library(mut types: Vec<Type>) -> Library {
        types.sort_by(|a, b| a.name.cmp(&b.name));
        let machine = Machine { arch: "x86_64".to_owned(), bits: 64, ..Machine::default() };
        Library { machine, types, ..Library::default() }
    }

    /// `offset+size what` of each row of class `A`, in bytes and bits.
    fn rows(types: Vec<Type>) -> Vec<String> {
        let library = library(types);
        let layouts = Layouts::new(&library);
        let type_ = layouts.variants("A").first().expect("there is one");
        let text = |row: &Row<'_>| {
            let what = match row.item {
                Item::Base(base) => format!("base {}", base.name),
                Item::VirtualBase(base) => format!("virtual {}", base.name),
                Item::Vptr => "vptr".to_owned(),
                Item::Member(field) => field.name.to_string(),
                Item::Open(field, kind) => format!("{} {}{{", kind.keyword(), field.name),
                Item::Close(_) => "}".to_owned(),
                Item::Hole => "hole".to_owned(),
                Item::Padding => "padding".to_owned(),
                Item::Unknown => "unknown".to_owned(),
            };
            let number = |value: Option<u64>| value.map_or("?".to_owned(), |value| value.to_string());
            let misplaced = if row.is_misplaced { " misplaced" } else { "" };
            format!("{}+{} {what}{misplaced}", number(row.start), number(row.size))
        };
        layouts.of(type_).rows.iter().map(text).collect()
    }

    #[test]
    fn holes_and_padding_are_found() {
        let members = vec![field("a", "char", 0, 8), field("b", "int", 32, 32), field("c", "char", 64, 8)];
        assert_eq!(
            rows(vec![class("A", 12, members)]),
            ["0+8 a", "8+24 hole", "32+32 b", "64+8 c", "72+24 padding"]
        );
    }

    #[test]
    fn bits_are_counted() {
        let bits = |name: &str, at, width| Field { bit_field: true, ..field(name, "int", at, width) };
        let members = vec![bits("a", 0, 3), bits("b", 5, 27)];
        assert_eq!(rows(vec![class("A", 4, members)]), ["0+3 a", "3+2 hole", "5+27 b"]);
    }

    #[test]
    fn a_class_goes_on_in_the_padding_of_its_base() {
        let mut b = class("B", 16, vec![field("x", "long", 0, 64), field("y", "char", 64, 8)]);
        b.kind = TypeKind::Class;
        let mut a = class("A", 16, vec![field("z", "char", 72, 8)]);
        a.bases.push(base("B", Some(0)));
        assert_eq!(rows(vec![a, b]), ["0+72 base B", "72+8 z", "80+48 padding"]);
    }

    #[test]
    fn empty_bases_take_no_room() {
        let mut a = class("A", 4, vec![field("x", "int", 0, 32)]);
        a.bases.push(base("E", Some(0)));
        assert_eq!(rows(vec![a, class("E", 1, Vec::new())]), ["0+0 base E", "0+32 x"]);
        assert_eq!(rows(vec![class("A", 1, Vec::new())]), [] as [&str; 0]);
    }

    #[test]
    fn unnamed_types_are_opened() {
        let mut inner = class(
            "A::(anonymous union with i)",
            8,
            vec![field("i", "int", 0, 32), field("d", "double", 0, 64)],
        );
        inner.kind = TypeKind::Union;
        let a = class("A", 8, vec![field("", "A::(anonymous union with i)", 0, 64)]);
        assert_eq!(rows(vec![a, inner]), ["0+64 union {", "0+32 i", "0+64 d", "64+0 }"]);
    }

    #[test]
    fn virtual_bases_without_a_known_place_come_last() {
        let mut a = class("A", 24, vec![field("x", "long", 64, 64)]);
        a.vptr = Some(0);
        a.bases.push(base("V", None));
        let v = class("V", 8, vec![field("y", "long", 0, 64)]);
        assert_eq!(rows(vec![a, v]), ["0+64 vptr", "64+64 x", "?+64 virtual V", "128+64 unknown"]);
    }

    #[test]
    fn facts_that_do_not_fit_are_said_to() {
        let members =
            vec![field("a", "long", 0, 64), field("b", "long", 32, 64), field("c", "int", u64::MAX, 32)];
        let rows = rows(vec![class("A", 8, members)]);
        assert!(rows.iter().any(|row| row.ends_with("b misplaced")), "{rows:?}");
        // A class that is its own base and member ends.
        let mut a = class("A", 8, vec![field("", "A", 0, 64)]);
        a.bases.push(base("A", Some(0)));
        assert!(!self::rows(vec![a]).is_empty());
    }

    #[test]
    fn members_of_empty_classes_give_their_byte_away() {
        let empty = class("E", 1, Vec::new());
        // A tuple's element holds its empty value in a member without an address of its own.
        let holder = class("H", 1, vec![field("value", "E", 0, 8)]);
        let mut a = class("A", 8, vec![field("nothing", "E", 0, 8), field("x", "long", 0, 64)]);
        a.bases.push(base("H", Some(0)));
        assert_eq!(rows(vec![a, holder, empty]), ["0+0 base H", "0+0 nothing", "0+64 x"]);
    }

    #[test]
    fn sizes_that_a_unit_did_not_know_are_looked_up() {
        let unknown = |name: &str, type_: &str, at| Field { bit_size: None, ..field(name, type_, at, 0) };
        let members = vec![
            unknown("one", "B", 0),
            unknown("four", "B[2][2]", 16),
            unknown("foreign", "C", 80),
            field("x", "char", 160, 8),
            unknown("rest", "char[]", 168),
        ];
        let b = class("B", 2, vec![field("y", "short", 0, 16)]);
        assert_eq!(
            rows(vec![class("A", 22, members), b]),
            ["0+16 one", "16+64 four", "80+? foreign", "160+8 x", "168+0 rest", "168+8 padding"]
        );
    }

    #[test]
    fn arrays_of_unnamed_types_show_an_element() {
        let inner = class("A::(anonymous struct with i)", 4, vec![field("i", "int", 0, 32)]);
        let a = class("A", 12, vec![field("many", "A::(anonymous struct with i)[3]", 0, 96)]);
        assert_eq!(rows(vec![a, inner]), ["0+96 struct many{", "0+32 i", "96+0 }"]);
    }

    fn polymorphic(slots: &[&str]) -> Library {
        let function = |name: &str, slot, symbol: Option<&str>| VirtualFunction {
            slot,
            name: name.into(),
            symbol: symbol.map(Into::into),
            returns: None,
            access: Access::Public,
        };
        let mut a = class("A", 8, Vec::new());
        a.vptr = Some(0);
        a.virtuals = vec![function("~A", None, None), function("f", Some(2), Some("_ZN1A1fEv"))];
        let mut library = library(vec![a]);
        if !slots.is_empty() {
            let slots = slots.iter().map(|slot| Slot::from(*slot)).collect();
            let tables = vec![VirtualTable { slots, ..VirtualTable::default() }];
            library.vtables = vec![VtableGroup { name: "_ZTV1A".into(), relative: false, tables }];
        }
        library
    }

    #[test]
    fn destructors_take_the_slots_that_the_image_or_the_others_leave_them() {
        let slots = |image: &[&str]| -> Vec<(Option<u64>, Option<bool>)> {
            let library = polymorphic(image);
            let rows = Layouts::new(&library).virtuals(&library.types[0]);
            rows.iter().map(|row| (row.slot, row.is_pure)).collect()
        };
        let unknown = [(Some(0), None), (Some(1), None), (Some(2), None)];
        assert_eq!(slots(&[]), unknown);
        // The image is right about what it names.
        assert_eq!(
            slots(&["_ZN1A1fEv", "_ZN1AD1Ev", "_ZN1AD0Ev"]),
            [(Some(0), Some(false)), (Some(1), Some(false)), (Some(2), Some(false))]
        );
        let pure = [(Some(0), None), (Some(1), None), (Some(2), Some(true))];
        assert_eq!(slots(&["(null)", "(null)", "(pure)"]), pure);
    }

    #[test]
    fn a_destructor_is_where_that_of_the_primary_base_is() {
        let mut library = polymorphic(&[]);
        let mut derived = class("B", 8, Vec::new());
        derived.bases.push(base("A", Some(0)));
        derived.virtuals =
            vec![VirtualFunction { name: "~B".into(), ..library.types[0].virtuals[0].clone() }];
        library.types.push(derived);
        let rows = Layouts::new(&library).virtuals(&library.types[1]);
        assert_eq!(rows.iter().map(|row| row.slot).collect::<Vec<_>>(), [Some(0), Some(1)]);
    }

    #[test]
    fn the_image_places_virtual_bases() {
        let mut a = class("A", 24, vec![field("x", "int", 64, 32)]);
        a.vptr = Some(0);
        a.bases.push(base("V", None));
        let mut library = library(vec![a, class("V", 8, vec![field("y", "long", 0, 64)])]);
        let table = VirtualTable { offsets: vec![99, 16], ..VirtualTable::default() };
        library.vtables = vec![VtableGroup { name: "_ZTV1A".into(), relative: false, tables: vec![table] }];
        library.typeinfos = vec![Typeinfo {
            name: "_ZTI1A".into(),
            kind: crate::abi::TypeinfoKind::MultipleInheritance,
            type_name: None,
            flags: 0,
            bases: vec![crate::abi::Base {
                base: "1V".into(),
                offset: -24,
                is_virtual: true,
                is_private: false,
            }],
        }];
        let layouts = Layouts::new(&library);
        let layout = layouts.of(&library.types[0]);
        let places: Vec<_> = layout.rows.iter().map(|row| (row.start, row.size)).collect();
        let place = |start, size| (Some(start), Some(size));
        assert_eq!(places, [place(0, 64), place(64, 32), place(96, 32), place(128, 64)]);
        assert!(layout.is_complete() && layout.padding() == 0);
    }
}
