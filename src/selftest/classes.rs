//! Breaks of classes and unions: bases, members, size.

use super::functions::other_type;
use super::subjects::{break_type, own_types};
use super::{Break, Broken};
use crate::abi::{Access, BaseClass, Field, Library, Passing, Release, SpecialMembers, Type, TypeKind};
use crate::layout::{Item, Layouts};
use crate::rules::Rule;

pub(super) const BREAKS: &[Break] = &[
    Break { rule: Rule::TypeSizeChanged, apply: grow },
    Break { rule: Rule::TypeAlignmentChanged, apply: align },
    Break { rule: Rule::TailPaddingChanged, apply: lose_pod },
    Break { rule: Rule::PassingChanged, apply: pass_otherwise },
    Break { rule: Rule::BaseAdded, apply: add_base },
    Break { rule: Rule::BaseRemoved, apply: remove_base },
    Break { rule: Rule::BaseReordered, apply: reorder_bases },
    Break { rule: Rule::BaseMoved, apply: move_base },
    Break { rule: Rule::BaseVirtualityChanged, apply: other_virtuality },
    Break { rule: Rule::BaseAccessChanged, apply: hide_base },
    Break { rule: Rule::MemberAdded, apply: add_member },
    Break { rule: Rule::MemberRemoved, apply: remove_member },
    Break { rule: Rule::MemberMoved, apply: move_member },
    Break { rule: Rule::MemberReordered, apply: reorder_members },
    Break { rule: Rule::MemberAddedInPadding, apply: use_padding },
    Break { rule: Rule::MemberAddedInReserve, apply: use_reserve },
    Break { rule: Rule::MemberTypeChanged, apply: retype_member },
    Break { rule: Rule::MemberRenamed, apply: rename_member },
    Break { rule: Rule::MemberAccessChanged, apply: hide_member },
    Break { rule: Rule::MemberBecameMutable, apply: make_mutable },
    Break { rule: Rule::MemberCvChanged, apply: make_const },
    Break { rule: Rule::BitfieldChanged, apply: widen_bits },
    Break { rule: Rule::UnionMemberAdded, apply: add_alternative },
    Break { rule: Rule::UnionMemberRemoved, apply: remove_alternative },
    Break { rule: Rule::AnonymousMemberChanged, apply: grow_anonymous },
];

/// Bits of the members that breaks put in.
const WORD: u64 = 64;

/// A complete class or struct with a name of its own.
fn is_class(type_: &Type) -> bool {
    is_named(type_) && matches!(type_.kind, TypeKind::Class | TypeKind::Struct)
}

fn is_named(type_: &Type) -> bool {
    type_.size.is_some() && !type_.name.contains("(anonymous")
}

fn grow_by(type_: &mut Type, bits: u64) {
    type_.size = type_.size.map(|size| size + bits / 8);
}

fn new_member(type_: &str, bit_offset: u64, bits: u64) -> Field {
    let bit_size = Some(bits);
    Field { name: "selftest".into(), type_: type_.into(), bit_offset, bit_size, ..Field::default() }
}

fn grow(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_class, |type_| {
        grow_by(type_, WORD);
        "is 8 bytes larger".to_owned()
    })
}

fn align(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && t.align.is_some(),
        |type_| {
            let align = type_.align.unwrap_or(1) * 2;
            (type_.align, type_.aligned) = (Some(align), true);
            type_.size = type_.size.map(|size| size.next_multiple_of(align));
            format!("is aligned to {align} bytes")
        },
    )
}

/// A plain struct with padding at its end gets a constructor.
fn lose_pod(release: &Release, nth: usize) -> Option<Broken> {
    let is_plain = |library: &Library, type_: &Type| {
        let is_scalar = |field: &Field| {
            field.access == Access::Public
                && !field.type_.ends_with('&')
                && (field.type_.ends_with('*')
                    || library.base_types.iter().any(|base| base.name == field.type_))
        };
        let ends = |field: &Field| field.bit_offset + field.bit_size.unwrap_or(0);
        let end = type_.members.iter().map(ends).max().unwrap_or(0);
        is_class(type_)
            && type_.special == Some(SpecialMembers::None)
            && !type_.is_final
            && type_.bases.is_empty()
            && type_.virtuals.is_empty()
            && type_.vptr.is_none()
            && end > 0
            && type_.size.is_some_and(|size| end <= (size - 1) * 8)
            && type_.members.iter().all(is_scalar)
    };
    let (_, type_) = own_types(release, is_plain).nth(nth)?;
    let mut new = release.clone();
    for library in &mut new.libraries {
        for found in library.types.iter_mut().filter(|found| found.name == type_.name) {
            found.special = Some(SpecialMembers::Provided);
        }
    }
    Some(Broken::new(new, format!("{} has a constructor", type_.name)))
}

fn pass_otherwise(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && t.passing.is_some(),
        |type_| {
            let (other, text) = match type_.passing {
                Some(Passing::Reference) => (Passing::Value, "by value"),
                _ => (Passing::Reference, "by reference"),
            };
            type_.passing = Some(other);
            format!("is passed {text}")
        },
    )
}

fn add_base(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_class, |type_| {
        let bit_offset = type_.size.map(|size| size * 8);
        let (is_virtual, access) = (false, Access::Public);
        type_.bases.push(BaseClass { name: "SelftestBase".into(), bit_offset, is_virtual, access });
        grow_by(type_, WORD);
        "has one more base".to_owned()
    })
}

fn remove_base(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && !t.bases.is_empty(),
        |type_| {
            let gone = type_.bases.pop().map(|base| base.name).unwrap_or_default();
            format!("does not derive from {gone} any more")
        },
    )
}

fn reorder_bases(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |t: &Type| is_class(t) && t.bases.len() > 1 && t.bases[..2].iter().all(|b| !b.is_virtual);
    break_type(release, nth, wants, |type_| {
        type_.bases.swap(0, 1);
        let (first, rest) = type_.bases.split_at_mut(1);
        std::mem::swap(&mut first[0].bit_offset, &mut rest[0].bit_offset);
        "its first two bases are swapped".to_owned()
    })
}

fn move_base(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |t: &Type| is_class(t) && t.bases.last().is_some_and(|base| base.bit_offset.is_some());
    break_type(release, nth, wants, |type_| {
        if let Some(last) = type_.bases.last_mut() {
            last.bit_offset = last.bit_offset.map(|at| at + WORD);
        }
        grow_by(type_, WORD);
        "its last base is 8 bytes further on".to_owned()
    })
}

fn other_virtuality(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && !t.bases.is_empty(),
        |type_| {
            let base = &mut type_.bases[0];
            base.is_virtual = !base.is_virtual;
            base.bit_offset = (!base.is_virtual).then_some(0);
            format!("derives from {} {}", base.name, if base.is_virtual { "virtually" } else { "plainly" })
        },
    )
}

fn hide_base(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |t: &Type| is_class(t) && t.bases.first().is_some_and(|b| b.access == Access::Public);
    break_type(release, nth, wants, |type_| {
        type_.bases[0].access = Access::Private;
        format!("derives from {} privately", type_.bases[0].name)
    })
}

/// Position of the last member that has a name and whole bytes, and that nobody keeps in reserve.
fn last_member(type_: &Type) -> Option<usize> {
    type_.members.iter().rposition(is_plain)
}

fn is_plain(member: &Field) -> bool {
    !member.name.is_empty() && !member.bit_field && !is_reserve(&member.name)
}

/// Names of room that is kept for later.
fn is_reserve(name: &str) -> bool {
    let word = name.trim_matches(|c: char| c == '_' || c.is_ascii_digit());
    ["reserved", "padding", "pad", "spare", "unused"].contains(&word)
}

/// Changes the last plain member of the nth class that has one which is wanted.
fn break_member(
    release: &Release,
    nth: usize,
    wants: impl Fn(&Field) -> bool,
    change: impl Fn(&mut Field) -> String,
) -> Option<Broken> {
    let position = |t: &Type| t.members.iter().rposition(|m| is_plain(m) && wants(m));
    break_type(
        release,
        nth,
        |t| is_class(t) && position(t).is_some(),
        |type_| {
            let Some(at) = position(type_) else { return String::new() };
            let name = type_.members[at].name.clone();
            format!("its member {name} {}", change(&mut type_.members[at]))
        },
    )
}

fn add_member(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && last_member(t).is_some(),
        |type_| {
            let Some(at) = last_member(type_) else { return String::new() };
            let place = type_.members[at].bit_offset;
            type_.members[at..].iter_mut().for_each(|member| member.bit_offset += WORD);
            type_.members.insert(at, new_member("long", place, WORD));
            grow_by(type_, WORD);
            format!("a new member before {}", type_.members[at + 1].name)
        },
    )
}

fn remove_member(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && last_member(t).is_some(),
        |type_| {
            let Some(at) = last_member(type_) else { return String::new() };
            format!("its member {} is gone", type_.members.remove(at).name)
        },
    )
}

fn move_member(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && last_member(t).is_some(),
        |type_| {
            let Some(at) = last_member(type_) else { return String::new() };
            type_.members[at..].iter_mut().for_each(|member| member.bit_offset += WORD);
            grow_by(type_, WORD);
            format!("its member {} is 8 bytes further on", type_.members[at].name)
        },
    )
}

/// Two neighbours that take as much room.
fn alike(type_: &Type) -> Option<usize> {
    type_.members.windows(2).position(|pair| {
        let size = pair[0].bit_size.filter(|size| *size > 0);
        pair.iter().all(is_plain) && size.is_some() && size == pair[1].bit_size
    })
}

fn reorder_members(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_class(t) && alike(t).is_some(),
        |type_| {
            let Some(at) = alike(type_) else { return String::new() };
            type_.members.swap(at, at + 1);
            let (first, second) = (type_.members[at].bit_offset, type_.members[at + 1].bit_offset);
            (type_.members[at].bit_offset, type_.members[at + 1].bit_offset) = (second, first);
            format!("its members {} and {} are swapped", type_.members[at + 1].name, type_.members[at].name)
        },
    )
}

/// Place in bits of a byte that nothing uses.
fn padding(layouts: &Layouts<'_>, type_: &Type) -> Option<u64> {
    let layout = layouts.of(type_);
    let gap = layout.rows.iter().find(|row| {
        let is_gap = matches!(row.item, Item::Hole | Item::Padding);
        is_gap && row.depth == 0 && row.size.is_some_and(|size| size >= 8)
    });
    gap?.start.map(|start| start.next_multiple_of(8))
}

fn use_padding(release: &Release, nth: usize) -> Option<Broken> {
    let layouts: Vec<Layouts<'_>> = release.libraries.iter().map(Layouts::new).collect();
    // The compiler says of a class with bases where its own padding is, not whether a derived class goes on in it.
    let wants = |_: &Library, t: &Type| is_class(t) && t.bases.is_empty() && !t.members.is_empty();
    let found =
        own_types(release, wants).filter_map(|(at, type_)| Some((type_, padding(&layouts[at], type_)?)));
    let (type_, place) = found.into_iter().nth(nth)?;
    let is_it = |t: &Type| t.name == type_.name && t.size.is_some();
    break_type(release, 0, is_it, |type_| {
        let after = type_.members.iter().position(|m| m.bit_offset > place).unwrap_or(type_.members.len());
        type_.members.insert(after, new_member("char", place, 8));
        format!("a new member in its padding at byte {}", place / 8)
    })
}

fn use_reserve(release: &Release, nth: usize) -> Option<Broken> {
    let reserve = |t: &Type| t.members.iter().position(|m| !m.bit_field && is_reserve(&m.name));
    break_type(
        release,
        nth,
        |t| is_class(t) && reserve(t).is_some(),
        |type_| {
            let Some(at) = reserve(type_) else { return String::new() };
            let was = std::mem::replace(&mut type_.members[at].name, "selftest".into());
            format!("a new member in the place of {was}")
        },
    )
}

fn retype_member(release: &Release, nth: usize) -> Option<Broken> {
    let is_simple = |m: &Field| !m.type_.ends_with(']') && !m.type_.ends_with('&');
    break_member(release, nth, is_simple, |member| {
        let other = other_type(&member.type_);
        member.type_ = other.into();
        format!("is {other}")
    })
}

fn rename_member(release: &Release, nth: usize) -> Option<Broken> {
    break_member(
        release,
        nth,
        |_| true,
        |member| {
            member.name = format!("{}_selftest", member.name).into();
            format!("is called {}", member.name)
        },
    )
}

fn hide_member(release: &Release, nth: usize) -> Option<Broken> {
    break_member(
        release,
        nth,
        |m| m.access == Access::Public,
        |member| {
            member.access = Access::Private;
            "is private".to_owned()
        },
    )
}

fn make_mutable(release: &Release, nth: usize) -> Option<Broken> {
    break_member(
        release,
        nth,
        |m| !m.mutable,
        |member| {
            member.mutable = true;
            "is mutable".to_owned()
        },
    )
}

fn make_const(release: &Release, nth: usize) -> Option<Broken> {
    let may_be = |m: &Field| !m.type_.ends_with(" const") && !m.type_.ends_with([']', '&', ')']);
    break_member(release, nth, may_be, |member| {
        member.type_ = format!("{} const", member.type_).into();
        "is const".to_owned()
    })
}

fn widen_bits(release: &Release, nth: usize) -> Option<Broken> {
    let bits =
        |t: &Type| t.members.iter().rposition(|m| m.bit_field && m.bit_size.is_some() && !m.name.is_empty());
    break_type(
        release,
        nth,
        |t| is_class(t) && bits(t).is_some(),
        |type_| {
            let Some(at) = bits(type_) else { return String::new() };
            let field = &mut type_.members[at];
            field.bit_size = field.bit_size.map(|bits| bits + 1);
            format!("its bit-field {} is one bit wider", field.name)
        },
    )
}

fn is_union(type_: &Type) -> bool {
    is_named(type_) && type_.kind == TypeKind::Union && !type_.members.is_empty()
}

fn add_alternative(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_union, |type_| {
        type_.members.push(new_member("char", 0, 8));
        "has one more member".to_owned()
    })
}

/// The only largest member, and the size in bytes that is left without it.
fn largest(type_: &Type) -> Option<(usize, u64)> {
    let size = |m: &Field| m.bit_size.unwrap_or(0);
    let (at, _) = type_.members.iter().enumerate().max_by_key(|(_, m)| size(m))?;
    let rest =
        type_.members.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, m)| size(m)).max()?;
    let left = rest.div_ceil(8);
    (left > 0 && Some(left) < type_.size && !type_.members[at].name.is_empty()).then_some((at, left))
}

fn remove_alternative(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_union(t) && largest(t).is_some(),
        |type_| {
            let Some((at, left)) = largest(type_) else { return String::new() };
            type_.size = Some(left);
            format!("its member {} is gone, and it is smaller", type_.members.remove(at).name)
        },
    )
}

fn grow_anonymous(release: &Release, nth: usize) -> Option<Broken> {
    // The scope of a class may be an unnamed namespace, which is local.
    let is_anonymous = |t: &Type| t.kind.is_class() && t.size.is_some() && t.name.contains("::(anonymous ");
    let wants = |t: &Type| is_anonymous(t) && !t.members.is_empty();
    let (_, anonymous) = own_types(release, |_, t| wants(t)).nth(nth)?;
    let name = anonymous.name.clone();
    let mut broken = break_type(release, nth, wants, |type_| {
        let end = type_.size.unwrap_or(0) * 8;
        let (place, size) = if type_.kind == TypeKind::Union { (0, end + WORD) } else { (end, WORD) };
        type_.members.push(new_member("long", place, size));
        grow_by(type_, WORD);
        "has one more member and is larger".to_owned()
    })?;
    broken.new.libraries.iter_mut().flat_map(|l| &mut l.types).for_each(|type_| make_room(type_, &name));
    Some(broken)
}

/// A class that has a member of the type `grown` is as much larger as that is, and what follows the member moves.
fn make_room(class: &mut Type, grown: &str) {
    let Some(at) = class.members.iter().position(|m| *m.type_ == *grown) else { return };
    let place = class.members[at].bit_offset;
    class.members[at].bit_size = class.members[at].bit_size.map(|size| size + WORD);
    class.members.iter_mut().filter(|m| m.bit_offset > place).for_each(|m| m.bit_offset += WORD);
    grow_by(class, WORD);
}
