//! Types for people: a class with every byte accounted for, an enumeration, a typedef, or a list of them.

pub mod json;

use std::io::{self, Write};

use super::safe;
use super::style::color::Paint;
use super::style::shorten;
use super::style::text_layout::{columns, count, wrap};
use crate::abi::{Access, Location, Passing, Role, Type, TypeKind};
use crate::layout::{Item, Layout, Layouts, Row, VirtualRow};
use crate::mangling::{self, RefQualifier};
use crate::spelling;

/// How types are printed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Columns of a line.
    pub width: usize,
    /// Whether colours show.
    pub color: bool,
    /// A ruler wherever a cache line begins.
    pub cache_lines: bool,
}

/// Bytes of a cache line.
const CACHE_LINE: u64 = 64;

/// The list of types: kind, size, name.
///
/// # Errors
/// Writing failed.
pub fn list(types: &[&Type], out: &mut dyn Write) -> io::Result<()> {
    let size = |type_: &Type| type_.size.map_or("-".to_owned(), |size| size.to_string());
    let widest = types.iter().map(|type_| size(type_).len()).max().unwrap_or(0);
    for type_ in types {
        let note = match (type_.is_incomplete(), type_.variant) {
            (true, _) => "  (declared only)".to_owned(),
            (_, 0) => String::new(),
            (_, variant) => format!("  (variant {})", u64::from(variant) + 1),
        };
        let name = safe::text(&type_.name);
        writeln!(out, "{:7} {:>widest$} {name}{note}", type_.kind.keyword(), size(type_))?;
    }
    Ok(())
}

/// One type with all that is known of it.
///
/// # Errors
/// Writing failed.
pub fn write<'l>(
    type_: &'l Type,
    layouts: &Layouts<'l>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: options.color };
    let writer = Writer { type_, layouts, paint, width: options.width, cache_lines: options.cache_lines };
    writer.heading(out)?;
    match type_.kind {
        TypeKind::Typedef => Ok(()),
        _ if type_.is_incomplete() => {
            writer.summary(&["declared only, its layout is not known".to_owned()], out)
        }
        TypeKind::Enum => writer.enumeration(out),
        _ => writer.class(out),
    }
}

struct Writer<'a, 'l> {
    type_: &'l Type,
    layouts: &'a Layouts<'l>,
    paint: Paint,
    width: usize,
    cache_lines: bool,
}

/// Widths of the columns left of the declarations.
struct Gutter {
    offset: usize,
    /// For the bits of bit-fields, with the colon; 0 when there are none.
    bits: usize,
    size: usize,
}

impl Gutter {
    fn new(rows: &[Row<'_>]) -> Gutter {
        let mut gutter = Gutter { offset: "offset".len(), bits: 0, size: "size".len() };
        for row in rows {
            let (offset, bits, size) = place(row);
            gutter.offset = gutter.offset.max(offset.len());
            gutter.bits = gutter.bits.max(bits.len());
            gutter.size = gutter.size.max(size.len());
        }
        gutter
    }

    fn width(&self) -> usize {
        2 + self.offset + self.bits + 2 + self.size + 2
    }

    fn line(&self, offset: &str, bits: &str, size: &str) -> String {
        let Gutter { offset: first, bits: second, size: third } = *self;
        format!("  {offset:>first$}{bits:second$}  {size:>third$}  ")
    }
}

/// Offset in bytes, bits in that byte (`:3-4`), size in bytes. What does not fill bytes has bits instead of a size.
fn place(row: &Row<'_>) -> (String, String, String) {
    if matches!(row.item, Item::Close(_)) {
        return Default::default();
    }
    let Some(start) = row.start else {
        return ("?".to_owned(), String::new(), row.size.map_or("?".to_owned(), bytes));
    };
    let offset = (start / 8).to_string();
    match row.size {
        None => (offset, String::new(), "?".to_owned()),
        Some(size) if is_bits(row) => {
            let first = start % 8;
            let bits = match size {
                0 | 1 => format!(":{first}"),
                _ => format!(":{first}-{}", first.saturating_add(size - 1)),
            };
            (offset, bits, String::new())
        }
        Some(size) => (offset, String::new(), bytes(size)),
    }
}

fn bytes(bits: u64) -> String {
    bits.div_ceil(8).to_string()
}

fn is_bits(row: &Row<'_>) -> bool {
    let is_bit_field = matches!(row.item, Item::Member(field) if field.bit_field);
    is_bit_field || row.start.is_some_and(|at| at % 8 != 0) || row.size.is_some_and(|size| size % 8 != 0)
}

/// `4 bytes`, `3 bits`
fn amount(bits: u64) -> String {
    let many = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    if bits.is_multiple_of(8) { count(many(bits / 8), "byte") } else { count(many(bits), "bit") }
}

/// The text of a row before it is put in columns.
struct Declaration {
    before: String,
    /// What stands out, after the column of types.
    name: String,
    after: String,
}

impl Writer<'_, '_> {
    fn heading(&self, out: &mut dyn Write) -> io::Result<()> {
        let type_ = self.type_;
        let keyword = match (type_.kind, type_.scoped) {
            (TypeKind::Enum, true) => "enum class",
            (kind, _) => kind.keyword(),
        };
        let target = type_.target.as_deref().map(spelling::terse);
        let target = match (type_.kind, target) {
            (TypeKind::Typedef, Some(target)) => format!(" = {target}"),
            (_, Some(target)) => format!(" : {target}"),
            (_, None) => String::new(),
        };
        let marks = if type_.is_final { " final" } else { "" };
        let variants = self.layouts.variants(&type_.name).len();
        let variant = match variants {
            0 | 1 => String::new(),
            _ => format!("  variant {} of {variants}", u64::from(type_.variant) + 1),
        };
        let place = type_.location.as_ref().map(location).unwrap_or_default();
        let rest = format!("{marks}{target}");
        let first = columns(keyword) + 1 + columns(&type_.name) + columns(&rest) + columns(&variant);
        let gap = match place.is_empty() {
            true => "",
            false if first + 2 + columns(&place) > self.width => "\n  ",
            false => "  ",
        };
        let (name, place) = (self.paint.bold(&type_.name), self.paint.dim(&safe::text(&place)));
        let variant = self.paint.notice(&variant);
        let head = format!("{keyword} {name}{rest}{variant}");
        writeln!(out, "{}{gap}{place}", safe::line(&head))
    }

    fn enumeration(&self, out: &mut dyn Write) -> io::Result<()> {
        let list = &self.type_.enumerators;
        let widest = list.iter().map(|e| e.value.to_string().len()).max().unwrap_or(0).max("value".len());
        if !list.is_empty() {
            writeln!(out, "\n  {}", self.paint.dim(&format!("{:>widest$}", "value")))?;
        }
        let mut known: foldhash::HashMap<i128, &str> = foldhash::HashMap::default();
        for enumerator in list {
            let first = known.entry(enumerator.value).or_insert(&enumerator.name);
            let alias = match **first == *enumerator.name {
                true => String::new(),
                false => self.paint.dim(&format!("  = {first}")),
            };
            let line = format!("  {:>widest$}  {}{alias}", enumerator.value, enumerator.name);
            writeln!(out, "{}", safe::line(&line))?;
        }
        self.summary(&[count(list.len(), "enumerator")], out)
    }

    fn class(&self, out: &mut dyn Write) -> io::Result<()> {
        let layout = self.layouts.of(self.type_);
        let gutter = Gutter::new(&layout.rows);
        if !layout.rows.is_empty() {
            let head = gutter.line("offset", "", "size");
            writeln!(out, "\n{}", self.paint.dim(head.trim_end()))?;
        }
        self.rows(&layout, &gutter, out)?;
        self.statics(&gutter, out)?;
        self.virtuals(&gutter, out)?;
        self.summary(&facts(&layout), out)
    }

    /// Lines of C++ with what they take on the left.
    fn rows(&self, layout: &Layout<'_>, gutter: &Gutter, out: &mut dyn Write) -> io::Result<()> {
        let mut access = vec![usual_access(self.type_.kind)];
        let has_labels = has_labels(&layout.rows, access[0]);
        let indent = |row: &Row<'_>| {
            let is_member = !matches!(row.item, Item::Base(_) | Item::VirtualBase(_) | Item::Vptr);
            2 * row.depth + if has_labels && (is_member || row.depth > 0) { 2 } else { 0 }
        };
        let room = self.width.saturating_sub(gutter.width());
        let declarations: Vec<Declaration> = layout.rows.iter().map(|row| self.declaration(row)).collect();
        // Types up to a width stand in a column; a longer one pushes its name to the right.
        let lines = || layout.rows.iter().zip(&declarations);
        let widths =
            lines().filter(|(_, d)| !d.name.is_empty()).map(|(row, d)| indent(row) + columns(&d.before));
        let column = widths.filter(|width| *width <= room * 2 / 5).max().unwrap_or(0);
        let mut ruler = Ruler::default();
        for (row, declaration) in lines() {
            if self.cache_lines {
                self.ruler(&mut ruler, row, gutter, room, out)?;
            }
            access.truncate(row.depth + 1);
            if let Some(new) = row.access().filter(|new| Some(new) != access.last()) {
                let label = format!("{}{}:", " ".repeat(indent(row).saturating_sub(2)), new.keyword());
                writeln!(out, "{}{}", gutter.line("", "", ""), self.paint.dim(&label))?;
                access[row.depth] = new;
            }
            if let Item::Open(_, kind) = row.item {
                access.push(usual_access(kind));
            }
            let (offset, bits, size) = place(row);
            let left = gutter.line(&offset, &bits, &size);
            let line = self.line(row, declaration, indent(row), column, room);
            writeln!(out, "{left}{}", safe::line(&line))?;
        }
        Ok(())
    }

    fn line(&self, row: &Row<'_>, text: &Declaration, indent: usize, column: usize, room: usize) -> String {
        let blank = " ".repeat(indent);
        let mut notes = String::new();
        if row.reused > 0 {
            notes.push_str(&format!("  last {} reused", amount(row.reused)));
        }
        if row.is_misplaced {
            notes.push_str("  misplaced");
        }
        let notes = self.paint.notice(&notes);
        match row.item {
            Item::Hole | Item::Padding | Item::Unknown => {
                format!("{blank}{}", self.paint.notice(&text.before))
            }
            Item::Vptr | Item::Close(_) => format!("{blank}{}{notes}", text.before),
            _ if text.name.is_empty() => {
                let fixed = columns(&text.after) + indent;
                format!(
                    "{blank}{}{}{notes}",
                    shorten::fitted(&text.before, room.saturating_sub(fixed)),
                    text.after
                )
            }
            _ => {
                let fixed = indent + 1 + columns(&text.name) + columns(&text.after);
                let before = shorten::fitted(&text.before, room.saturating_sub(fixed).max(12));
                // Inside a declarator the name stands close: `void (*name)(int)`.
                let is_inside = text.after.starts_with(')');
                let pad = match is_inside {
                    true => 0,
                    false => column.saturating_sub(indent + columns(&before)) + 1,
                };
                let name = self.paint.bold(&text.name);
                format!("{blank}{before}{}{name}{}{notes}", " ".repeat(pad), text.after)
            }
        }
    }

    fn declaration(&self, row: &Row<'_>) -> Declaration {
        let text = |before: String| Declaration { before, name: String::new(), after: String::new() };
        let short = |type_: &str| spelling::inside(&self.type_.name, type_);
        let amount = row.size.map(amount).unwrap_or_default();
        match row.item {
            Item::Base(base) => {
                let access = access_word(base.access);
                let empty = if row.size == Some(0) { "empty " } else { "" };
                text(format!("{access}{empty}base {}", short(&base.name)))
            }
            Item::VirtualBase(base) => {
                text(format!("{}virtual base {}", access_word(base.access), short(&base.name)))
            }
            Item::Vptr => text("vptr".to_owned()),
            Item::Hole => text(format!("{amount} hole")),
            Item::Padding => text(format!("{amount} padding")),
            Item::Unknown => text(format!("{amount} virtual bases or padding")),
            Item::Open(_, kind) => text(format!("{} {{", kind.keyword())),
            Item::Close(field) if field.name.is_empty() => text("}".to_owned()),
            Item::Close(field) => text(format!("}} {}{}", field.name, spelling::declarator(&field.type_).1)),
            Item::Member(field) => {
                let type_ = match self.layouts.unnamed(self.type_, field) {
                    Some(unnamed) if unnamed.kind == TypeKind::Enum => {
                        format!("{}{}", enumerators(unnamed), spelling::declarator(&field.type_).1)
                    }
                    _ => short(&field.type_),
                };
                let (before, after) = spelling::declarator(&type_);
                let mutable = if field.mutable { "mutable " } else { "" };
                let width = match (field.bit_field, field.bit_size) {
                    (true, Some(width)) => format!(" : {width}"),
                    _ => String::new(),
                };
                Declaration {
                    before: format!("{mutable}{before}"),
                    name: field.name.to_string(),
                    after: format!("{after}{width}"),
                }
            }
        }
    }

    /// A line wherever a cache line has begun since the last row.
    fn ruler(
        &self,
        ruler: &mut Ruler,
        row: &Row<'_>,
        gutter: &Gutter,
        room: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // Members of a union start over; a ruler between them would say nothing.
        let Some(start) = row.start.filter(|_| row.depth == 0 && !matches!(row.item, Item::Close(_))) else {
            return Ok(());
        };
        let line = start / 8 / CACHE_LINE;
        if line > ruler.line {
            let inside = start - line * CACHE_LINE * 8;
            let since = if inside > 0 { format!(", began {} ago", amount(inside)) } else { String::new() };
            let text = format!("── cache line {line}{since} ");
            let rest = "─".repeat(room.min(48).saturating_sub(columns(&text)));
            let offset = (line * CACHE_LINE).to_string();
            let left = gutter.line(&offset, "", "");
            writeln!(out, "{}", self.paint.dim(&format!("{left}{text}{rest}")))?;
            ruler.line = line;
        }
        Ok(())
    }

    fn statics(&self, gutter: &Gutter, out: &mut dyn Write) -> io::Result<()> {
        if self.type_.statics.is_empty() {
            return Ok(());
        }
        let left = gutter.line("", "", "");
        let room = self.width.saturating_sub(gutter.width());
        let declarations: Vec<(String, String, String)> = self
            .type_
            .statics
            .iter()
            .map(|member| {
                let type_ = spelling::inside(&self.type_.name, &member.type_);
                let (before, after) = spelling::declarator(&type_);
                let value = member.value.as_deref().map(|value| format!(" = {value}")).unwrap_or_default();
                (format!("static {before}"), member.name.to_string(), format!("{after}{value}"))
            })
            .collect();
        let widths = declarations.iter().map(|(before, ..)| columns(before));
        let column = widths.filter(|width| *width <= room / 2).max().unwrap_or(0);
        writeln!(out)?;
        for (before, name, after) in &declarations {
            let fixed = 1 + columns(name) + columns(after);
            let before = shorten::fitted(before, room.saturating_sub(fixed).max(12));
            let pad = if after.starts_with(')') { 0 } else { column.saturating_sub(columns(&before)) + 1 };
            let line = format!("{left}{before}{}{}{after}", " ".repeat(pad), self.paint.bold(name));
            writeln!(out, "{}", safe::line(&line))?;
        }
        Ok(())
    }

    fn virtuals(&self, gutter: &Gutter, out: &mut dyn Write) -> io::Result<()> {
        let rows = self.layouts.virtuals(self.type_);
        if rows.is_empty() {
            return Ok(());
        }
        let width = gutter.offset.max("slot".len());
        writeln!(out, "\n  {}", self.paint.dim(&format!("{:>width$}", "slot")))?;
        let mut rows = rows.iter().peekable();
        while let Some(row) = rows.next() {
            let mut slot = row.slot.map_or("?".to_owned(), |slot| slot.to_string());
            // The two destructors of a class stand side by side.
            if let Some(next) = rows.next_if(|next| std::ptr::eq(next.function, row.function)) {
                slot = format!("{slot}-{}", next.slot.unwrap_or(0));
            }
            let text = signature(row);
            let pure = if row.is_pure == Some(true) { " = 0" } else { "" };
            let room = self.width.saturating_sub(2 + width + 2 + columns(pure));
            let line = format!("  {slot:>width$}  {}{pure}", shorten::fitted(&text, room));
            writeln!(out, "{}", safe::line(&line))?;
        }
        Ok(())
    }

    /// The last lines: size, alignment, what the caller knows, and how the type is reached.
    fn summary(&self, facts: &[String], out: &mut dyn Write) -> io::Result<()> {
        let type_ = self.type_;
        let mut parts = Vec::new();
        parts.extend(type_.size.map(|size| format!("size {size}")));
        let demanded = if type_.aligned { " by its declaration" } else { "" };
        parts.extend(type_.align.map(|align| format!("align {align}{demanded}")));
        parts.extend_from_slice(facts);
        parts.extend(type_.passing.map(|passing| match passing {
            Passing::Value => "passed by value".to_owned(),
            Passing::Reference => "passed by reference".to_owned(),
        }));
        let (known, reached) = (parts.join(", "), reached(&type_.reached));
        let width = self.width.saturating_sub(2);
        let lines = match columns(&known) + 2 + columns(&reached) <= width {
            true => vec![format!("{known}; {reached}")],
            false => wrap(&known, width).into_iter().chain(wrap(&reached, width)).collect(),
        };
        writeln!(out)?;
        lines.iter().try_for_each(|line| writeln!(out, "  {line}"))
    }
}

/// Which cache line the last row was in.
#[derive(Default)]
struct Ruler {
    line: u64,
}

fn location(location: &Location) -> String {
    format!("{}:{}", location.file, location.line)
}

/// What members without a label have.
fn usual_access(kind: TypeKind) -> Access {
    if kind == TypeKind::Class { Access::Private } else { Access::Public }
}

fn has_labels(rows: &[Row<'_>], usual: Access) -> bool {
    rows.iter().any(|row| row.depth == 0 && row.access().is_some_and(|access| access != usual))
}

/// Before a base, where it is not public.
fn access_word(access: Access) -> &'static str {
    match access {
        Access::Public => "",
        Access::Protected => "protected ",
        Access::Private => "private ",
    }
}

/// Name and parameters of a virtual function, as its linkage name tells.
fn signature(row: &VirtualRow<'_>) -> String {
    let read = row.symbol.and_then(|symbol| mangling::parse(symbol).ok()?.signature());
    let Some(mut read) = read else {
        // Only a destructor's parameters are known without one.
        let parameters = if row.function.name.starts_with('~') { "()" } else { "" };
        return format!("{}{parameters}", row.function.name);
    };
    read.scope.clear();
    let mut text = read.qualified_name();
    let mut parameters: Vec<String> = read.params.iter().flatten().map(|p| spelling::terse(p)).collect();
    if read.variadic {
        parameters.push("...".to_owned());
    }
    text.push_str(&format!("({})", parameters.join(", ")));
    text.push_str(if read.is_const { " const" } else { "" });
    text.push_str(if read.is_volatile { " volatile" } else { "" });
    text.push_str(match read.ref_qualifier {
        RefQualifier::None => "",
        RefQualifier::Lvalue => " &",
        RefQualifier::Rvalue => " &&",
    });
    text
}

/// An enumeration without a name, as far as it is short.
fn enumerators(type_: &Type) -> String {
    let names: Vec<&str> = type_.enumerators.iter().take(3).map(|e| &*e.name).collect();
    let more = if type_.enumerators.len() > names.len() { ", …" } else { "" };
    format!("enum {{ {}{more} }}", names.join(", "))
}

/// Holes and padding in words.
fn facts(layout: &Layout<'_>) -> Vec<String> {
    if layout.is_empty {
        return vec!["empty".to_owned()];
    }
    if !layout.is_complete() {
        return Vec::new();
    }
    let (mut number, mut sum) = (0, 0u64);
    for (_, size) in layout.holes() {
        number += 1;
        sum = sum.saturating_add(size);
    }
    let padding = layout.padding();
    match (number, padding) {
        (0, 0) => vec!["no holes".to_owned()],
        (0, _) => vec![format!("{} padding", amount(padding))],
        _ => {
            let holes = match number {
                1 => format!("1 hole of {}", amount(sum)),
                _ => format!("{} of {} in all", count(number, "hole"), amount(sum)),
            };
            let padding = (padding > 0).then(|| format!("{} padding", amount(padding)));
            std::iter::once(holes).chain(padding).collect()
        }
    }
}

/// `reached by value, through its vtable`: the ways that bind most come first.
fn reached(roles: &[Role]) -> String {
    let word = |role: &Role| match role {
        Role::Value => "by value",
        Role::Vtable => "through its vtable",
        Role::Header => "from a public header",
        Role::Base => "as a base",
        Role::Member => "as a member",
        Role::Pointer => "behind pointers",
        Role::Name => "by name",
    };
    if roles.is_empty() {
        return "nothing exported reaches it".to_owned();
    }
    let order =
        [Role::Value, Role::Vtable, Role::Base, Role::Member, Role::Header, Role::Pointer, Role::Name];
    let words: Vec<&str> = order.iter().filter(|role| roles.contains(role)).map(word).collect();
    format!("reached {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{BaseClass, Enumerator, Field, Library, Machine, StaticMember, VirtualFunction};

    fn library() -> Library {
        let field = |name: &str, type_: &str, at, size| Field {
            name: name.into(),
            type_: type_.into(),
            bit_offset: at,
            bit_size: Some(size),
            ..Field::default()
        };
        let pointer = "n::intrusive_ptr<n::Storage, n::detail::default_null_type<n::Storage>>";
        let function = |name: &str, slot, symbol: Option<&str>| VirtualFunction {
            slot,
            name: name.into(),
            symbol: symbol.map(Into::into),
            returns: None,
            access: Access::Public,
        };
        let class = Type {
            name: "n::A".into(),
            kind: TypeKind::Class,
            size: Some(192),
            align: Some(8),
            vptr: Some(0),
            bases: vec![BaseClass {
                name: "n::Empty".into(),
                bit_offset: Some(0),
                is_virtual: false,
                access: Access::Private,
            }],
            members: vec![
                field("storage_", pointer, 64, 64),
                Field { bit_field: true, mutable: true, ..field("small_", "unsigned int", 128, 3) },
                field(
                    "large_",
                    "std::map<long, n::A::Inner, std::less<long>, std::allocator<std::pair<long const, n::A::Inner>>>[4]",
                    192,
                    1344,
                ),
            ],
            statics: vec![StaticMember {
                name: "kMost".into(),
                type_: "int const".into(),
                value: Some("7".into()),
                access: Access::Public,
            }],
            virtuals: vec![
                function("~A", None, None),
                function("take", Some(2), Some("_ZN1n1A4takeERKSt6vectorIiSaIiEE")),
            ],
            location: Some(Location { file: "n/a.h".into(), line: 7 }),
            reached: vec![Role::Pointer, Role::Value],
            ..Type::default()
        };
        let empty = Type { name: "n::Empty".into(), size: Some(1), align: Some(1), ..Type::default() };
        let machine = Machine { bits: 64, ..Machine::default() };
        Library { machine, types: vec![class, empty], ..Library::default() }
    }

    fn shown(library: &Library, number: usize, options: Options) -> String {
        let layouts = Layouts::new(library);
        let mut out = Vec::new();
        write(&library.types[number], &layouts, &options, &mut out).expect("memory takes it");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_class_with_everything() {
        let options = Options { width: 80, color: false, cache_lines: true };
        let expected = "\
class n::A  n/a.h:7

  offset       size
       0          0  private empty base n::Empty
       0          8  vptr
                     public:
       8          8    n::intrusive_ptr<n::Storage, …> storage_
      16:0-2           mutable unsigned int  small_ : 3
      16:3-63          61 bits hole
      24        168    std::map<long, Inner> large_[4]

                     static int const kMost = 7

    slot
     0-1  ~A()
       2  take(std::vector<int> const&)

  size 192, align 8, 1 hole of 61 bits; reached by value, behind pointers
";
        assert_eq!(shown(&library(), 0, options), expected);
    }

    #[test]
    fn lines_fit_and_colours_change_nothing_else() {
        let library = library();
        for width in [48, 60, 80, 200] {
            let options = Options { width, color: false, cache_lines: true };
            let plain = shown(&library, 0, options);
            assert!(
                plain.lines().all(|line| columns(line) <= width && !line.ends_with(' ')),
                "{width}\n{plain}"
            );
            let colored = shown(&library, 0, Options { color: true, ..options });
            assert!(colored.contains("\x1b["));
            assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
        }
        let text = shown(&library, 1, Options { width: 80, color: false, cache_lines: false });
        assert_eq!(text, "class n::Empty\n\n  size 1, align 1, empty; nothing exported reaches it\n");
    }

    #[test]
    fn cache_lines_are_ruled_once_however_large_the_class() {
        let member = |at| Field {
            name: "x".into(),
            type_: "char".into(),
            bit_offset: at,
            bit_size: Some(8),
            ..Field::default()
        };
        let type_ = Type {
            name: "A".into(),
            kind: TypeKind::Struct,
            size: Some(1 << 60),
            members: vec![member(0), member(64 * 8 * 3), member(u64::MAX - 7)],
            ..Type::default()
        };
        let library = Library { types: vec![type_], ..Library::default() };
        let text = shown(&library, 0, Options { width: 80, color: false, cache_lines: true });
        let rulers: Vec<&str> = text.lines().filter(|line| line.contains("── cache line")).collect();
        assert_eq!(rulers.len(), 2, "{text}");
    }

    #[test]
    fn enumerations_name_their_aliases() {
        let enumerator = |name: &str, value| Enumerator { name: name.into(), value };
        let type_ = Type {
            name: "E".into(),
            kind: TypeKind::Enum,
            size: Some(1),
            align: Some(1),
            scoped: true,
            target: Some("signed char".into()),
            enumerators: vec![enumerator("a", -1), enumerator("b", 10), enumerator("last", 10)],
            ..Type::default()
        };
        let library = Library { types: vec![type_], ..Library::default() };
        let expected = "\
enum class E : signed char

  value
     -1  a
     10  b
     10  last  = b

  size 1, align 1, 3 enumerators; nothing exported reaches it
";
        assert_eq!(shown(&library, 0, Options { width: 80, color: false, cache_lines: false }), expected);
    }
}
