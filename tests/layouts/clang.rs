//! What Clang says of its own accord about classes and virtual tables: `-fdump-record-layouts-complete` and
//! `-fdump-vtable-layouts`, read into the same form as the facts.

use std::collections::BTreeMap;

/// A class by its own members and direct bases; offsets and widths are in bits, sizes in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) size: u64,
    pub(crate) align: u64,
    /// Where the pointer to the virtual table is that the class itself introduced.
    pub(crate) vptr: Option<u64>,
    /// Bases that are not virtual, with their offsets.
    pub(crate) bases: BTreeMap<String, u64>,
    /// All virtual bases, those of bases included, with their offsets in an object of exactly this class.
    pub(crate) virtual_bases: BTreeMap<String, u64>,
    /// Name, offset, and the width of a bit-field, in order of declaration.
    pub(crate) members: Vec<(String, u64, Option<u64>)>,
}

/// One virtual table of a group, as [`abigate::abi::VirtualTable`] has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) offsets: Vec<i64>,
    pub(crate) top: i64,
    pub(crate) typeinfo: String,
    pub(crate) slots: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Dump {
    pub(crate) layouts: BTreeMap<String, Layout>,
    /// Groups by linkage name.
    pub(crate) groups: BTreeMap<String, Vec<Table>>,
    /// Slots of the virtual functions that a class declares, by class and linkage name.
    pub(crate) slots: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Reads what Clang printed while it compiled functions without parameters in classes outside namespaces.
pub(crate) fn read(text: &str) -> Dump {
    let mut dump = Dump::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let mut block = || {
            let mut block = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.trim().is_empty()) {
                block.push(line);
            }
            block
        };
        if line.ends_with("Dumping AST Record Layout") {
            let (name, layout) = record(&block());
            let known = dump.layouts.entry(name.clone()).or_insert_with(|| layout.clone());
            assert_eq!(*known, layout, "{name} is printed twice");
        } else if let Some(head) =
            line.strip_prefix("Vtable for ").or_else(|| line.strip_prefix("Construction vtable for "))
        {
            let (name, tables) = (group_name(head), group(head, &block()));
            let known = dump.groups.entry(name.clone()).or_insert_with(|| tables.clone());
            assert_eq!(*known, tables, "{name} is printed twice");
        } else if let Some(head) = line.strip_prefix("VTable indices for ") {
            let slots = block().into_iter().map(|line| {
                let (index, function) = line.split_once(" | ").expect("an index and a function");
                (function_name(function), index.trim().parse().expect("a number"))
            });
            let slots = slots.collect();
            dump.slots.insert(quoted(head)[0].to_owned(), slots);
        }
    }
    dump
}

/// What stands in single quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('\'').skip(1).step_by(2).collect()
}

/// One class: lines such as `   8:0-2 |   int x`, two columns deeper for each level, and sizes at the end.
fn record(block: &[&str]) -> (String, Layout) {
    let (mut layout, mut name) = (Layout::default(), String::new());
    let mut sizes = BTreeMap::new();
    for line in block {
        let (place, text) = line.split_once('|').unwrap_or_else(|| panic!("no column in {line:?}"));
        let (place, text) = (place.trim(), text.strip_prefix(' ').unwrap_or(text));
        if place.is_empty() {
            for part in text.trim().trim_matches(['[', ']']).split(',') {
                if let Some((what, value)) = part.split_once('=') {
                    sizes.insert(what.trim().to_owned(), value.parse::<u64>().expect("a number"));
                }
            }
            continue;
        }
        let depth = (text.len() - text.trim_start().len()) / 2;
        let text = text.trim_start();
        if depth == 0 {
            text.trim_end_matches(" (empty)")
                .split_once(' ')
                .expect("a keyword and a name")
                .1
                .clone_into(&mut name);
        } else if depth == 1 {
            item(&mut layout, place, text);
        }
    }
    (layout.size, layout.align) = (sizes["sizeof"], sizes["align"]);
    (name, layout)
}

fn item(layout: &mut Layout, place: &str, text: &str) {
    let (byte, bits) = place.split_once(':').map_or((place, None), |(byte, bits)| (byte, Some(bits)));
    let byte: u64 = byte.parse().unwrap_or_else(|_| panic!("no offset: {place}"));
    let text = text.strip_suffix(" (empty)").unwrap_or(text);
    let base = |kind: &str| {
        Some(text.strip_suffix(kind)?.split_once(' ').expect("a keyword and a name").1.trim_end().to_owned())
    };
    if text.ends_with("vtable pointer)") {
        layout.vptr = Some(byte * 8);
    } else if let Some(name) = base("(primary virtual base)").or_else(|| base("(virtual base)")) {
        layout.virtual_bases.insert(name, byte * 8);
    } else if let Some(name) = base("(primary base)").or_else(|| base("(base)")) {
        layout.bases.insert(name, byte * 8);
    } else {
        // The type, a space, and a name that may be none.
        let (type_, name) = text.rsplit_once(' ').expect("a type and a name");
        let name = name.to_owned();
        match bits.map(|bits| bits.split_once('-').expect("first and last bit")) {
            None => layout.members.push((name, byte * 8, None)),
            // Of bit-fields without a name nothing is said elsewhere.
            Some(_) if name.is_empty() => {}
            Some((first, last)) => {
                let number = |text: &str| text.parse::<u64>().expect("a bit");
                let width = number(last) - number(first) + 1;
                // One that fills its type is a plain member in debug info of GCC, and in the facts.
                let fills = width == 8 && type_ == "unsigned char" && number(first) == 0;
                layout.members.push((name, byte * 8 + number(first), Some(width).filter(|_| !fills)));
            }
        }
    }
}

/// `'D' (16 entries).` or `('B', 8) in 'D' (11 entries).` to a linkage name.
fn group_name(head: &str) -> String {
    let names = quoted(head);
    match names[..] {
        [class] => format!("_ZTV{}", source_name(class)),
        [base, class] => {
            let offset = head.split([',', ')']).nth(1).expect("an offset").trim();
            format!("_ZTC{}{offset}_{}", source_name(class), source_name(base))
        }
        _ => panic!("no names in {head:?}"),
    }
}

fn source_name(name: &str) -> String {
    assert!(!name.contains([':', '<', ' ', '(']), "{name}: only classes outside namespaces are read");
    format!("{}{name}", name.len())
}

/// The entries of a group: numbered lines, with adjustments and address points on lines of their own.
fn group(head: &str, block: &[&str]) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut entries, mut is_open) = (0, false);
    // The adjustments of the last slot, and its function.
    let mut thunk: Option<Thunk> = None;
    for line in block {
        let Some((number, text)) = line.split_once(" | ") else {
            if let (Some(thunk), Some(text)) = (&mut thunk, line.trim().strip_prefix('[')) {
                thunk.adjust(text.trim_end_matches(']'));
                *tables.last_mut().and_then(|t| t.slots.last_mut()).expect("a slot") = thunk.name();
            } else {
                assert!(line.trim().starts_with("-- ("), "{line:?}");
            }
            continue;
        };
        assert_eq!(number.trim().parse(), Ok(entries), "{line:?}");
        entries += 1;
        thunk = None;
        let offset = |kind: &str| {
            let number = text.strip_prefix(kind)?.trim().trim_matches(['(', ')']);
            Some(number.parse::<i64>().expect("a number"))
        };
        let before = offset("vcall_offset").or_else(|| offset("vbase_offset"));
        if before.is_some() || text.starts_with("offset_to_top") {
            // What stands before the offset to top opens a table as well.
            if !is_open {
                tables.push(Table::default());
                is_open = true;
            }
            let table = tables.last_mut().expect("one is open");
            match before {
                Some(offset) => table.offsets.push(offset),
                None => table.top = offset("offset_to_top").expect("a number"),
            }
            continue;
        }
        is_open = false;
        let table = tables.last_mut().expect("an offset to top comes first");
        if let Some(class) = text.strip_suffix(" RTTI") {
            table.typeinfo = format!("_ZTI{}", source_name(class));
        } else {
            let slot = match text {
                // Nobody calls it through this table.
                text if text.contains("[unused]") => "(null)".to_owned(),
                text if text.ends_with("[pure]") => "(pure)".to_owned(),
                text if text.ends_with("[deleted]") => "(deleted)".to_owned(),
                text => {
                    let function = function_name(text);
                    thunk = Some(Thunk { function: function.clone(), ..Thunk::default() });
                    function
                }
            };
            table.slots.push(slot);
        }
    }
    assert!(head.contains(&format!("({entries} entr")), "{head}: {entries} were read");
    tables
}

/// A function with what is done before and after it.
#[derive(Default)]
struct Thunk {
    function: String,
    this: Option<String>,
    result: Option<String>,
}

impl Thunk {
    /// `this adjustment: 0 non-virtual, -24 vcall offset offset` to a call offset as it is mangled.
    fn adjust(&mut self, text: &str) {
        let (kind, text) = text.split_once(" adjustment: ").expect("what is adjusted");
        let text = text.trim_end_matches(" method: ");
        let number = |text: &str| {
            let number = text.split_whitespace().next().expect("a number");
            number.replace('-', "n")
        };
        let (fixed, looked_up) = text.split_once(", ").map_or((text, None), |(a, b)| (a, Some(b)));
        assert!(fixed.ends_with("non-virtual"), "{text:?}");
        let offset = match looked_up {
            None => format!("h{}_", number(fixed)),
            Some(place) => format!("v{}_{}_", number(fixed), number(place)),
        };
        match kind {
            "this" => self.this = Some(offset),
            "return" => self.result = Some(offset),
            _ => panic!("adjusts {kind}"),
        }
    }

    fn name(&self) -> String {
        let function = self.function.strip_prefix("_Z").expect("mangled");
        let this = self.this.as_deref();
        match &self.result {
            Some(result) => format!("_ZTc{}{result}{function}", this.unwrap_or("h0_")),
            None => format!("_ZT{}{function}", this.expect("an adjustment")),
        }
    }
}

/// `void D::f()` or `D::~D() [complete]` to a linkage name.
fn function_name(text: &str) -> String {
    let (text, destructor) = match text {
        text if text.ends_with(" [complete]") => (text.trim_end_matches(" [complete]"), "D1"),
        text if text.ends_with(" [deleting]") => (text.trim_end_matches(" [deleting]"), "D0"),
        text => (text.trim_end_matches(" [pure]").trim_end_matches(" [deleted]"), ""),
    };
    let text = text.strip_suffix("()").unwrap_or_else(|| panic!("{text}: parameters are not read"));
    let name = text.rsplit([' ', '*']).next().expect("a name");
    let (class, function) = name.split_once("::").expect("a member");
    match destructor {
        "" => format!("_ZN{}{}Ev", source_name(class), source_name(function)),
        kind => format!("_ZN{}{kind}Ev", source_name(class)),
    }
}
