//! Type information that both releases have: bases, their places and flags (Itanium C++ ABI, section 2.9.5).

use super::super::{Change, Detail, RttiBase, RttiDifference};
use super::{class_change, class_name};
use crate::abi::{Library, Typeinfo};
use crate::rules::Rule;

pub(super) fn typeinfo(library: &Library, old: &Typeinfo, new: &Typeinfo) -> Change {
    let bases = |t: &Typeinfo| -> Vec<RttiBase> {
        let one = |b: &crate::abi::Base| RttiBase {
            name: class_name(&format!("_ZTI{}", b.base)),
            non_public: b.is_private,
            // Of a virtual base the file says where in the vtable its place stands, which is not its place.
            offset: Some(b.offset).filter(|_| !b.is_virtual),
        };
        t.bases.iter().map(one).collect()
    };
    let (from, to) = (bases(old), bases(new));
    // What is left are the flags, or where the vtable keeps the place of a virtual base.
    let besides = (from == to).then(|| match old.flags == new.flags && old.kind == new.kind {
        true => RttiDifference::Place,
        false => RttiDifference::Inheritance { old: (old.kind, old.flags), new: (new.kind, new.flags) },
    });
    let change = class_change(Rule::RttiBasesChanged, &old.name, library);
    change.with_detail(Detail::Rtti { old: from, new: to, besides })
}
