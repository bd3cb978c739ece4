//! How libraries in C grow on purpose: structs that get longer at the end while old programs go on using the front.
//!
//! Debug info does not show whether the library keeps to the convention, so that such growth is risky, with the reason, and
//! never harmless. A struct of which programs have objects of their own, by value or in others, breaks as any other.

use super::super::{Detail, Grown, Room};
use super::model::Model;
use super::raw_finding::RawFinding;
use super::reach::Reach;
use crate::abi::{Field, Function, Parameter, Role, Type, TypeKind};
use crate::rules::{Rule, Severity};
use crate::spelling::{self, Shape};

/// What is known around a type that grew.
struct Growth<'c, 'm, 'a> {
    model: &'c Model<'a>,
    reach: &'c Reach<'m, 'a>,
}

/// Members that say the size of the struct they are in, and nothing else.
const OWN_SIZE: [&str; 18] = [
    "cbsize",
    "cb",
    "dwsize",
    "structsize",
    "struct_size",
    "struct_sz",
    "structsz",
    "sizeof_struct",
    "size_of_struct",
    "sizeof_self",
    "self_size",
    "selfsize",
    "abi_size",
    "nstructsize",
    "ulsize",
    "dwstructsize",
    "sstructsize",
    "sizeof_",
];

/// Members that say the size of the struct, or of something else that is in it.
const SOME_SIZE: [&str; 5] = ["sz", "size", "_size", "size_", "length"];

/// Members that say which version of the struct they are in a program knows, and nothing else.
const OWN_VERSION: [&str; 10] = [
    "iversion",
    "struct_version",
    "structversion",
    "abi_version",
    "abiversion",
    "api_version",
    "apiversion",
    "interface_version",
    "nstructversion",
    "_version",
];

/// Members that say the version of the struct, or of something else.
const SOME_VERSION: [&str; 3] = ["version", "ver", "dwversion"];

/// Members behind a size that it is the size of.
const CONTENTS: [&str; 32] = [
    "data", "buf", "buffer", "ptr", "p", "base", "bytes", "items", "elems", "elements", "array", "arr",
    "values", "vals", "mem", "memory", "addr", "address", "begin", "start", "head", "storage", "payload",
    "content", "contents", "text", "str", "string", "capacity", "cap", "alloc", "used",
];

/// What structs are called that programs fill in for a call.
const FILLED_IN: [&str; 44] = [
    "opts",
    "opt",
    "options",
    "option",
    "attr",
    "attrs",
    "attribute",
    "attributes",
    "param",
    "params",
    "parameters",
    "config",
    "cfg",
    "conf",
    "configuration",
    "info",
    "args",
    "arg",
    "arguments",
    "desc",
    "descriptor",
    "settings",
    "spec",
    "ops",
    "operations",
    "callbacks",
    "handlers",
    "hooks",
    "api",
    "interface",
    "iface",
    "vtable",
    "hints",
    "request",
    "req",
    "query",
    "caps",
    "capabilities",
    "properties",
    "props",
    "features",
    "limits",
    "init",
    "setup",
];

/// Lowers what only says that a struct grew at its end on purpose. An exported constructor would write behind the objects of
/// old programs: a class with one is not to come here.
pub(super) fn weigh<'a>(
    reach: &Reach<'_, 'a>,
    (model, new_model): (&Model<'a>, &Model<'a>),
    (old, new): (&Type, &Type),
    found: &mut [RawFinding],
) {
    let is_added = |f: &RawFinding| {
        f.rule == Rule::MemberAdded && matches!(f.detail, Detail::Members { room: Room::AtEnd, .. })
    };
    // What programs have of it has the members that asked for less, unless the declaration itself asks.
    let is_wider = old.align.zip(new.align).is_some_and(|(old, new)| old < new) && !new.aligned;
    let is_growth = |f: &RawFinding| {
        f.rule == Rule::TypeSizeChanged || (f.rule == Rule::TypeAlignmentChanged && is_wider) || is_added(f)
    };
    // Another choice in an unnamed union, which moves nothing but what comes behind it.
    let is_choice = |f: &RawFinding| {
        f.rule == Rule::AnonymousMemberChanged
            && matches!(f.detail, Detail::Inside { rule: Rule::UnionMemberAdded, .. })
    };
    let breaks = |f: &&RawFinding| f.severity == Severity::Breaking;
    let grew = old.size.zip(new.size).is_some_and(|(old, new)| old < new);
    if !grew
        || !found.iter().any(|f| is_added(f) || is_choice(f))
        || !found.iter().filter(breaks).all(|f| is_growth(f) || is_choice(f))
        || !is_plain(old)
        || !is_plain(new)
    {
        return;
    }
    let growth = Growth { model, reach };
    let on_purpose = || if reach.has_objects(&old.name) { None } else { growth.reason(old) };
    let Some(reason) = growth.inside(old, new_model).or_else(on_purpose) else { return };
    for change in found.iter_mut().filter(|f| f.severity == Severity::Breaking) {
        change.severity = Severity::Risky;
        if let Detail::Members { members, .. } = &mut change.detail {
            change.detail = Detail::Grown { members: std::mem::take(members), how: reason.clone() };
        }
    }
}

/// Whether nobody derives from it and it has no virtual table.
fn is_plain(type_: &Type) -> bool {
    type_.kind != TypeKind::Union
        && type_.vptr.is_none()
        && type_.virtuals.is_empty()
        && type_.bases.is_empty()
}

impl<'a> Growth<'_, '_, 'a> {
    /// Where the type has no name but that of the only member that is one, and the class around it kept its places: most
    /// often a union, of which another alternative is larger.
    fn inside(&self, old: &Type, new_model: &Model<'a>) -> Option<Grown> {
        let (class, member) = old.name.rsplit_once("::")?;
        let (before, after) = self.model.definition(class).zip(new_model.definition(class))?;
        let is_it = |field: &&Field| *field.name == *member && field.type_ == old.name;
        before.members.iter().find(is_it)?;
        let places = |type_: &Type| -> Vec<(Box<str>, u64)> {
            type_.members.iter().map(|field| (field.name.clone(), field.bit_offset)).collect()
        };
        let keeps = (before.size, before.align) == (after.size, after.align)
            && before.kind.is_class()
            && places(before) == places(after);
        (keeps && self.reach.users(&old.name) == [class]).then(|| Grown::Inside(class.to_owned()))
    }

    fn reason(&self, old: &Type) -> Option<Grown> {
        if let Some(member) = self.size_member(old) {
            return Some(Grown::SizeMember(member.name.to_string()));
        }
        if let Some(member) = self.version_member(old) {
            return Some(Grown::VersionMember(member.name.to_string()));
        }
        if old.c && old.reached == [Role::Header] {
            return Some(Grown::OnlyInHeaders);
        }
        let functions = self.reach.functions_with(&old.name);
        self.size_beside(old, &functions)
            .or_else(|| self.handed_out(old, &functions))
            .or_else(|| self.counted_and_sized(old, &functions))
    }

    /// Whether programs give the type to the library only in arrays, each with a count and the size of an element beside it in
    /// the class that points at it.
    fn counted_and_sized(&self, old: &Type, functions: &[&'a Function]) -> Option<Grown> {
        if !functions.is_empty() {
            return None;
        }
        let mut first = None;
        for class in self.model.names().map(|(_, known)| known.first()) {
            for (at, pointer) in class.members.iter().enumerate() {
                match self.pointers(&pointer.type_, &old.name) {
                    None => continue,
                    // An object of the program's inside another.
                    Some((0, _)) => return None,
                    Some(_) => {}
                }
                let beside = class.members.iter().take(at + 3).skip(at.saturating_sub(2));
                let numbers: Vec<&Field> = beside.filter(|field| self.is_integer(&field.type_)).collect();
                let size = numbers.iter().find(|field| is_size_of_element(&field.name, &pointer.name));
                let is_counted = numbers.iter().any(|field| is_count(&field.name));
                let size = size.filter(|_| is_counted)?;
                first =
                    first.or_else(|| Some(Grown::SizeBesideArray(format!("{}::{}", class.name, size.name))));
            }
        }
        first
    }

    /// The first member, or the one behind it, where that is the size of the struct.
    fn size_member<'t>(&self, type_: &'t Type) -> Option<&'t Field> {
        let is_size = |field: &&'t Field| {
            let name = field.name.to_ascii_lowercase();
            // What comes first and is abbreviated is libbpf's way; a `size` is more often that of something else.
            let is_known = is_filled_in(&type_.name) || (name == "sz" && field.bit_offset == 0);
            let is_some = SOME_SIZE.contains(&&*name) && is_known && !has_contents(type_);
            self.is_unsigned(&field.type_) && !field.bit_field && (OWN_SIZE.contains(&&*name) || is_some)
        };
        type_.members.iter().take(2).filter(|field| field.bit_offset <= 64).find(is_size)
    }

    /// The first member, where that is the version of the struct: of a table of functions, or of what programs fill in.
    fn version_member<'t>(&self, type_: &'t Type) -> Option<&'t Field> {
        let first = type_.members.first().filter(|field| field.bit_offset == 0 && !field.bit_field)?;
        let name = first.name.to_ascii_lowercase();
        let is_table = || type_.members.iter().any(|field| self.model.resolve(&field.type_).contains("(*)("));
        let is_some = SOME_VERSION.contains(&&*name) && (is_filled_in(&type_.name) || is_table());
        (self.is_integer(&first.type_) && (OWN_VERSION.contains(&&*name) || is_some)).then_some(first)
    }

    fn is_unsigned(&self, type_: &str) -> bool {
        let resolved = self.model.resolve(type_);
        matches!(&*resolved, "unsigned int" | "unsigned long" | "unsigned long long" | "unsigned short")
    }

    fn is_integer(&self, type_: &str) -> bool {
        let resolved = self.model.resolve(type_);
        self.is_unsigned(type_)
            || matches!(&*resolved, "int" | "long" | "long long" | "short" | "unsigned char")
    }

    /// Whether every function that takes a pointer to the type takes its size beside it, or the version of the library
    /// that the program knows.
    fn size_beside(&self, old: &Type, functions: &[&'a Function]) -> Option<Grown> {
        let takers = functions.iter().filter(|f| self.takes(f, &old.name).next().is_some());
        let mut first = None;
        for function in takers {
            let list = &function.parameters;
            let is_told = self.takes(function, &old.name).all(|at| {
                let own = list.get(at).and_then(|p| p.name.as_deref()).unwrap_or_default();
                let pointer = Pointed { name: own, type_: &old.name };
                list.iter().enumerate().any(|(other, parameter)| {
                    let fit = pointer.fit_of(parameter);
                    let is_beside = other.abs_diff(at) == 1;
                    self.is_size(&parameter.type_)
                        && (fit == Fit::Certain || (fit == Fit::Likely && is_beside))
                })
            });
            if !is_told {
                return None;
            }
            first = first.or_else(|| Some(function.symbol.to_string()));
        }
        first.map(Grown::SizeBeside)
    }

    /// Whether a type may hold a size: a number, or a pointer to one that the library sets.
    fn is_size(&self, type_: &str) -> bool {
        match spelling::shape(&self.model.resolve(type_)) {
            Shape::Pointer(to) => self.is_unsigned(&to),
            _ => self.is_integer(type_),
        }
    }

    /// Positions of parameters that point at the type.
    fn takes(&self, function: &Function, name: &str) -> std::vec::IntoIter<usize> {
        let at: Vec<usize> = (0..function.parameters.len())
            .filter(|at| {
                let type_ = function.parameters.get(*at).map(|p| &*p.type_);
                type_.is_some_and(|type_| self.pointers(type_, name).is_some_and(|p| p.0 == 1))
            })
            .collect();
        at.into_iter()
    }

    /// How many pointers lead from a type to the named one, and whether that is const.
    fn pointers(&self, type_: &str, name: &str) -> Option<(u32, bool)> {
        let mut current = type_.to_owned();
        for depth in 0..4 {
            let is_const = current.ends_with(" const");
            let mut is_it = false;
            let resolved =
                self.model.resolve_through(&current, &mut |alias| is_it |= alias == name).into_owned();
            match spelling::shape(&resolved) {
                Shape::Pointer(inner) | Shape::Reference(inner) if !is_it => current = inner.into_owned(),
                Shape::Named(own) => return (is_it || own == name).then_some((depth, is_const)),
                _ => return None,
            }
        }
        None
    }

    /// Whether programs get the struct from the library alone.
    fn handed_out(&self, old: &Type, functions: &[&'a Function]) -> Option<Grown> {
        let mut from = None;
        for function in functions {
            let returned = function.returns.as_deref().and_then(|type_| self.pointers(type_, &old.name));
            let mut takes = false;
            for (at, parameter) in function.parameters.iter().enumerate() {
                match self.pointers(&parameter.type_, &old.name) {
                    // A method of C++ is no sign of where the object comes from.
                    Some((1, _)) if parameter.artificial => return None,
                    // Memory of the program's that the library fills.
                    Some((1, false)) if at > 0 || is_initializer(&function.symbol) => return None,
                    Some((1, _)) => takes = true,
                    Some((2, false)) => from = from.or(Some(function)),
                    _ => {}
                }
            }
            if returned.is_some_and(|(depth, _)| depth == 1) && !takes {
                from = from.or(Some(function));
            }
        }
        match from {
            Some(function) => Some(Grown::HandedOut(function.symbol.to_string())),
            // What programs give back came from there as well.
            None if self.reach.is_handed_to_pointers(&old.name)
                && functions.iter().all(|function| releases(&function.symbol)) =>
            {
                Some(Grown::HandedToCallbacks)
            }
            None => None,
        }
    }
}

/// A parameter that points at a struct.
struct Pointed<'n> {
    name: &'n str,
    /// Name of the struct.
    type_: &'n str,
}

/// Whether another parameter is the size of the struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    No,
    /// Where it stands beside the pointer.
    Likely,
    /// It says what it is the size of.
    Certain,
}

/// What the names of sizes end with, longest first, without underscores.
const SIZE_ENDS: [&str; 12] = [
    "sizeinbytes",
    "bytecount",
    "numbytes",
    "nbytes",
    "bytes",
    "length",
    "version",
    "size",
    "len",
    "ver",
    "abi",
    "sz",
];

/// What stands before such an ending and says nothing.
const BEFORE_SIZE: [&str; 16] = [
    "", "n", "num", "in", "u", "st", "the", "my", "self", "total", "user", "caller", "client", "abi", "api",
    "byte",
];

impl Pointed<'_> {
    /// By the parameter's name: `size`, `op_size` beside `op`, `sizeof_ops`, `nbytes`, `version`.
    fn fit_of(&self, parameter: &Parameter) -> Fit {
        let Some(name) = parameter.name.as_deref().map(plain) else { return Fit::No };
        if name == "cb" {
            return Fit::Likely;
        }
        let (before, end) = match name.strip_prefix("sizeof") {
            Some(rest) => (rest, "size"),
            None => {
                let Some(end) = SIZE_ENDS.iter().find(|end| name.ends_with(**end)) else { return Fit::No };
                (&name[..name.len() - end.len()], *end)
            }
        };
        let is_struct = before.starts_with("struct");
        let is_own = is_struct || self.is_called(before);
        if !is_own && !BEFORE_SIZE.contains(&before) {
            return Fit::No;
        }
        match end {
            "version" | "ver" | "abi" => Fit::Likely,
            _ if is_struct => Fit::Certain,
            // How many there are of what programs have several of.
            _ if self.is_list() => Fit::No,
            "length" | "len" if !is_own && !is_filled_in(self.type_) => Fit::No,
            _ if is_own => Fit::Certain,
            _ => Fit::Likely,
        }
    }

    /// Whether a word, or the beginning of it, is in the name of the pointer or of the struct, or the other way round.
    fn is_called(&self, word: &str) -> bool {
        // A letter begins too many words.
        let alike = |own: &str| own.starts_with(word) || (own.len() > 1 && word.starts_with(own));
        let last = self.type_.rsplit("::").next().unwrap_or(self.type_);
        !word.is_empty()
            && [self.name, last]
                .iter()
                .any(|name| alike(&plain(name)) || words(name).iter().any(|own| alike(own)))
    }

    /// Whether the pointer is called as what leads to many.
    fn is_list(&self) -> bool {
        let name = plain(self.name);
        let is_many = ["list", "array", "arr", "vec", "vector", "table", "tab", "elems", "entries"]
            .iter()
            .any(|end| name.ends_with(end));
        let is_plural = name.len() > 2 && name.ends_with('s') && !name.ends_with("ss");
        (is_many || is_plural) && !is_filled_in(self.type_)
    }
}

/// A name in small letters without underscores.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

fn is_initializer(symbol: &str) -> bool {
    let name = symbol.to_ascii_lowercase();
    ["init", "setup", "fill", "zero", "defaults", "reset", "clear"].iter().any(|word| name.contains(word))
}

/// Whether a function is called as one that programs give back what they got.
fn releases(symbol: &str) -> bool {
    let name = symbol.to_ascii_lowercase();
    ["free", "destroy", "release", "unref", "delete", "dispose"].iter().any(|word| name.contains(word))
}

/// Whether a member is called as the size of one element of an array: `map_skel_sz` of `maps`, `entry_size` of `entries`, but
/// not `maps_size`, which may be that of all.
fn is_size_of_element(name: &str, array: &str) -> bool {
    let (name, array) = (plain(name), plain(array));
    let Some(of) = name.strip_suffix("size").or_else(|| name.strip_suffix("sz")) else { return false };
    let one = array.strip_suffix("ies").or(array.strip_suffix('s')).unwrap_or(&array);
    let is_element = ["elem", "element", "item", "entry", "struct"].contains(&of);
    is_element || (one.len() > 1 && of != array && of.starts_with(one))
}

/// Whether a member is called as the number of something.
fn is_count(name: &str) -> bool {
    let name = plain(name);
    ["cnt", "count", "num"].iter().any(|word| name.starts_with(word) || name.ends_with(word))
        || words(&name).last().is_some_and(|word| word == "n")
}

/// Whether the last word of a name, without what C puts behind it, is one of those for what programs fill in.
fn is_filled_in(name: &str) -> bool {
    let own = name.rsplit("::").next().unwrap_or(name);
    let is_ending = |word: &&String| !["t", "s", "st", "ex", "struct", "type", "v"].contains(&&***word);
    words(own).iter().rev().find(is_ending).is_some_and(|word| FILLED_IN.contains(&&**word))
}

/// The words of a name in small letters, `loadOptions2` and `load_options` alike.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = '_';
    for c in name.chars() {
        let begins = c == '_' || (c.is_ascii_uppercase() && !previous.is_ascii_uppercase());
        if begins || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    let word = |word: &String| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    words.iter().map(word).filter(|word| !word.is_empty()).collect()
}

/// Whether a struct has what a size in it may be the size of.
fn has_contents(type_: &Type) -> bool {
    type_.members.iter().any(|member| {
        let name = member.name.to_ascii_lowercase();
        CONTENTS.contains(&name.trim_matches('_')) || member.type_.ends_with("[]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_elements() {
        for (name, array) in
            [("map_skel_sz", "maps"), ("entry_size", "list"), ("progSize", "progs"), ("query_sz", "queries")]
        {
            assert!(is_size_of_element(name, array), "{name} {array}");
        }
        for (name, array) in
            [("maps_size", "maps"), ("size", "maps"), ("data_sz", "maps"), ("map_cnt", "maps")]
        {
            assert!(!is_size_of_element(name, array), "{name} {array}");
        }
        assert!(is_count("map_cnt") && is_count("numMaps") && is_count("n") && !is_count("maximum"));
        assert!(releases("ares_freeaddrinfo") && !releases("ares_getaddrinfo"));
    }

    #[test]
    fn structs_that_programs_fill_in() {
        for name in
            ["load_opts", "n::LoadOptions", "perf_event_attr", "cfg_t", "WNDCLASSEX_INFO", "argsEx", "opts2"]
        {
            assert!(is_filled_in(name), "{name}");
        }
        for name in ["buffer", "vec", "optics", "page", "", "n::Opt::Value"] {
            assert!(!is_filled_in(name), "{name}");
        }
    }

    #[test]
    fn sizes_beside_pointers() {
        let fit = |size: &str, name: &str, type_: &str| {
            Pointed { name, type_ }.fit_of(&Parameter { name: Some(size.into()), ..Parameter::default() })
        };
        for (size, name, type_) in [
            ("op_size", "o", "ops"),
            ("opSize", "op", "table"),
            ("stream_size", "strm", "z_stream_s"),
            ("struct_size", "x", "y"),
            ("sizeof_ops", "o", "ops"),
            ("addrlen", "addr", "sockaddr"),
        ] {
            assert_eq!(fit(size, name, type_), Fit::Certain, "{size} beside {type_}* {name}");
        }
        for (size, name, type_) in [
            ("size", "", "op"),
            ("sz", "o", "ops"),
            ("len", "o", "ops"),
            ("n_bytes", "x", "node"),
            ("version", "x", "node"),
            ("api_version", "x", "node"),
            ("cb", "x", "node"),
        ] {
            assert_eq!(fit(size, name, type_), Fit::Likely, "{size} beside {type_}* {name}");
        }
        for (size, name, type_) in [
            ("count", "op", "ops"),
            ("buf_size", "op", "ops"),
            ("size", "items", "item"),
            ("items_len", "items", "item"),
            ("len", "p", "point"),
            ("flags", "op", "ops"),
            ("out_size", "o", "ops"),
        ] {
            assert_eq!(fit(size, name, type_), Fit::No, "{size} beside {type_}* {name}");
        }
    }
}
