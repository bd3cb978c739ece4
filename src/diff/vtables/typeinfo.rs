//! Type information that both releases have: bases, their places and flags (Itanium C++ ABI, section 2.9.5).

use super::super::Change;
use super::{class_change, class_name};
use crate::abi::{Library, Typeinfo, TypeinfoKind};
use crate::rules::Rule;

pub(super) fn typeinfo(library: &Library, old: &Typeinfo, new: &Typeinfo) -> Change {
    let bases = |t: &Typeinfo| -> Vec<String> {
        let one = |b: &crate::abi::Base| {
            let access = if b.is_private { "non-public " } else { "" };
            let kind = if b.is_virtual { "virtual " } else { "" };
            let name = class_name(&format!("_ZTI{}", b.base));
            // Of a virtual base the file says where in the vtable its place stands, which is not its place.
            match b.is_virtual {
                true => format!("{access}{kind}{name}"),
                false => format!("{access}{name} at {}", b.offset),
            }
        };
        t.bases.iter().map(one).collect()
    };
    let text = |t: &Typeinfo| match &bases(t)[..] {
        [] => "no bases".to_owned(),
        bases => bases.join(", "),
    };
    let (from, to) = (text(old), text(new));
    let same = from == to;
    let change = class_change(Rule::RttiBasesChanged, &old.name, library).between(from, to);
    if !same {
        return change;
    }
    // What is left are the flags, or where the vtable keeps the place of a virtual base.
    change.with_detail(match old.flags == new.flags && old.kind == new.kind {
        true => "the place of a virtual base stands elsewhere in the vtable".to_owned(),
        false => format!("{} before, {} now", inheritance(old), inheritance(new)),
    })
}

/// What the kind and the flags of a class's typeinfo say about its bases further up.
fn inheritance(typeinfo: &Typeinfo) -> &'static str {
    match (typeinfo.kind, typeinfo.flags & 3) {
        (TypeinfoKind::MultipleInheritance, 0) => "every base once",
        (TypeinfoKind::MultipleInheritance, 1) => "a base more than once",
        (TypeinfoKind::MultipleInheritance, 2) => "a virtual base shared by several bases",
        (TypeinfoKind::MultipleInheritance, _) => "a base more than once, and a shared virtual one",
        _ => "simple inheritance",
    }
}
