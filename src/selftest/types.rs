//! Breaks of types as a whole, of enums, typedefs, templates and constants.

use super::functions::other_type;
use super::subjects::{break_type, is_in_headers, own_libraries, own_types};
use super::{Break, Broken};
use crate::abi::{Enumerator, Library, Location, Release, Role, TemplateArgument, Type, TypeKind};
use crate::rules::Rule;
use crate::spelling;

pub(super) const BREAKS: &[Break] = &[
    Break { rule: Rule::TypeRemoved, apply: remove },
    Break { rule: Rule::TypeBecameIncomplete, apply: undefine },
    Break { rule: Rule::TypeKindChanged, apply: make_union },
    Break { rule: Rule::StaticMemberChanged, apply: retype_static },
    Break { rule: Rule::EnumeratorValueChanged, apply: other_value },
    Break { rule: Rule::EnumeratorRemoved, apply: remove_enumerator },
    Break { rule: Rule::EnumeratorRenamed, apply: rename_enumerator },
    Break { rule: Rule::EnumeratorAdded, apply: add_enumerator },
    Break { rule: Rule::EnumSentinelMoved, apply: move_sentinel },
    Break { rule: Rule::UnderlyingTypeChanged, apply: other_underlying },
    Break { rule: Rule::EnumScopedChanged, apply: other_scope },
    Break { rule: Rule::TypedefChanged, apply: other_target },
    Break { rule: Rule::ArrayBoundChanged, apply: other_bound },
    Break { rule: Rule::TemplateParametersChanged, apply: add_template_parameter },
    Break { rule: Rule::ConstantChanged, apply: other_constant },
    Break { rule: Rule::BecameFinal, apply: make_final },
    Break { rule: Rule::HeaderBinaryMismatch, apply: compile_otherwise },
];

fn remove(release: &Release, nth: usize) -> Option<Broken> {
    let is_complete = |t: &Type| t.size.is_some() || t.kind == TypeKind::Typedef;
    let wants =
        |_: &Library, t: &Type| is_complete(t) && !t.name.contains(['<', '(']) && is_in_headers(release, t);
    let (_, type_) = own_types(release, wants).nth(nth)?;
    let mut new = release.clone();
    let headers = new.headers.as_mut().into_iter();
    new.libraries
        .iter_mut()
        .chain(headers)
        .for_each(|library| library.types.retain(|t| t.name != type_.name));
    Some(Broken::new(new, format!("{} is gone", type_.name)))
}

fn undefine(release: &Release, nth: usize) -> Option<Broken> {
    // What is used by value cannot be done without.
    let is_by_value =
        |t: &Type| t.reached.iter().any(|r| matches!(r, Role::Base | Role::Member | Role::Value));
    let wants = |t: &Type| t.kind.is_class() && t.size.is_some() && !is_by_value(t);
    break_type(release, nth, wants, |type_| {
        let declared = Type {
            name: type_.name.clone(),
            kind: type_.kind,
            location: type_.location.clone(),
            reached: type_.reached.clone(),
            ..Type::default()
        };
        *type_ = declared;
        "is declared only".to_owned()
    })
}

/// A class with virtual functions that the headers declare final.
fn make_final(release: &Release, nth: usize) -> Option<Broken> {
    let is_known = |probe: &crate::abi::Probe| probe.finals;
    let headers = release.headers.as_ref().filter(|h| h.evidence.headers.as_ref().is_some_and(is_known))?;
    let open = |t: &&Type| t.size.is_some() && !t.is_final && !t.virtuals.is_empty() && !t.name.contains('<');
    let name = headers.types.iter().filter(open).nth(nth)?.name.clone();
    let mut new = release.clone();
    for type_ in new.headers.iter_mut().flat_map(|headers| &mut headers.types).filter(|t| t.name == name) {
        type_.is_final = true;
    }
    Some(Broken::new(new, format!("{name} is final")))
}

/// A class that exported functions take and that the library has larger than the headers say.
fn compile_otherwise(release: &Release, nth: usize) -> Option<Broken> {
    let in_headers = |name: &str| {
        let mut types = release.headers.iter().flat_map(|headers| &headers.types);
        types.any(|t| *t.name == *name && t.size.is_some())
    };
    let is_taken = |t: &Type| t.reached.iter().any(|r| matches!(r, Role::Value | Role::Pointer));
    let wants = |t: &Type| {
        t.kind.is_class() && t.size.is_some() && is_taken(t) && !t.name.contains('<') && in_headers(&t.name)
    };
    break_type(release, nth, wants, |type_| {
        type_.size = type_.size.map(|size| size + 8);
        "is larger than the headers say".to_owned()
    })
}

fn make_union(release: &Release, nth: usize) -> Option<Broken> {
    let is_simple = |t: &Type| t.bases.is_empty() && t.vptr.is_none() && !t.name.contains("(anonymous");
    let is_struct = |t: &Type| matches!(t.kind, TypeKind::Class | TypeKind::Struct) && t.members.len() > 1;
    break_type(
        release,
        nth,
        |t| is_struct(t) && is_simple(t),
        |type_| {
            type_.kind = TypeKind::Union;
            type_.members.iter_mut().for_each(|member| member.bit_offset = 0);
            "is a union".to_owned()
        },
    )
}

fn retype_static(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| t.kind.is_class() && !t.statics.is_empty(),
        |type_| {
            let member = &mut type_.statics[0];
            let other = other_type(&member.type_);
            member.type_ = format!("{other} const").into();
            format!("its static member {} is {other} const", member.name)
        },
    )
}

fn is_enum(type_: &Type) -> bool {
    type_.kind == TypeKind::Enum && !type_.enumerators.is_empty() && !type_.name.contains("(anonymous")
}

fn highest(type_: &Type) -> i128 {
    type_.enumerators.iter().map(|e| e.value).max().unwrap_or(0)
}

/// Whether an enumerator stands for the number of the others or the end of them, as its name says.
fn is_sentinel(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["count", "_max", "_end", "_last"].iter().any(|end| name.ends_with(end)) || name.starts_with("num")
}

fn other_value(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_enum(t) && !is_sentinel(&t.enumerators[0].name),
        |type_| {
            let value = highest(type_) + 1;
            let first = &mut type_.enumerators[0];
            first.value = value;
            format!("{} is {value}", first.name)
        },
    )
}

fn remove_enumerator(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_enum, |type_| format!("{} is gone", type_.enumerators.remove(0).name))
}

fn rename_enumerator(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_enum, |type_| {
        let first = &mut type_.enumerators[0];
        let name = format!("{}_selftest", first.name);
        let was = std::mem::replace(&mut first.name, name.as_str().into());
        format!("{was} is called {name}")
    })
}

fn add_enumerator(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_enum, |type_| {
        let value = highest(type_) + 1;
        type_.enumerators.push(Enumerator { name: "selftest".into(), value });
        format!("one more enumerator of value {value}")
    })
}

fn move_sentinel(release: &Release, nth: usize) -> Option<Broken> {
    let sentinel = |t: &Type| {
        let is_last = |e: &Enumerator| e.value == highest(t);
        t.enumerators.iter().position(|e| is_sentinel(&e.name) && is_last(e))
    };
    break_type(
        release,
        nth,
        |t| is_enum(t) && sentinel(t).is_some(),
        |type_| {
            let Some(at) = sentinel(type_) else { return String::new() };
            let value = type_.enumerators[at].value;
            type_.enumerators[at].value += 1;
            type_.enumerators.insert(at, Enumerator { name: "selftest".into(), value });
            format!("one more enumerator before {}", type_.enumerators[at + 1].name)
        },
    )
}

fn other_underlying(release: &Release, nth: usize) -> Option<Broken> {
    break_type(
        release,
        nth,
        |t| is_enum(t) && t.size.is_some(),
        |type_| {
            let (size, other) = if type_.size == Some(8) { (4, "int") } else { (8, "long") };
            type_.size = Some(size);
            type_.align = type_.align.map(|_| size);
            type_.target = Some(other.into());
            format!("its underlying type is {other}")
        },
    )
}

fn other_scope(release: &Release, nth: usize) -> Option<Broken> {
    break_type(release, nth, is_enum, |type_| {
        type_.scoped = !type_.scoped;
        format!("is an enum{}", if type_.scoped { " class" } else { "" })
    })
}

fn other_target(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |t: &Type| t.kind == TypeKind::Typedef && t.target.is_some();
    break_type(release, nth, wants, |type_| {
        let other = type_.target.as_deref().map_or("double", other_type);
        type_.target = Some(other.into());
        format!("stands for {other}")
    })
}

/// An array type with one element more, where it has one bound.
fn longer(type_: &str) -> Option<(String, u64)> {
    let (element, bound) = type_.strip_suffix(']')?.split_once('[')?;
    let bound: u64 = bound.parse().ok()?;
    Some((format!("{element}[{}]", bound.checked_add(1)?), bound))
}

fn other_bound(release: &Release, nth: usize) -> Option<Broken> {
    let array =
        |t: &Type| t.members.iter().rposition(|m| longer(&m.type_).is_some_and(|(_, bound)| bound > 0));
    break_type(
        release,
        nth,
        |t| t.kind.is_class() && !t.name.contains("(anonymous") && array(t).is_some(),
        |type_| {
            let Some(at) = array(type_) else { return String::new() };
            let member = &mut type_.members[at];
            let Some((other, bound)) = longer(&member.type_) else { return String::new() };
            let bits = member.bit_size.unwrap_or(0);
            let element = bits / bound;
            member.bit_size = Some(bits + element);
            member.type_ = other.as_str().into();
            format!("its member {} is {other}", member.name)
        },
    )
}

fn add_template_parameter(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |_: &Library, t: &Type| {
        t.kind.is_class() && t.size.is_some() && spelling::template_arguments(&t.name).is_some()
    };
    let (_, type_) = own_types(release, wants).nth(nth)?;
    let other: Box<str> = format!("{}, int>", type_.name.strip_suffix('>')?).into();
    let mut new = release.clone();
    for library in &mut new.libraries {
        for found in library.types.iter_mut().filter(|t| t.name == type_.name) {
            found.name = other.clone();
            let (name, type_) = ("Selftest".into(), Some("int".into()));
            found.template.push(TemplateArgument { name, type_, value: None });
        }
        library.restore_order().ok()?;
    }
    Some(Broken::new(new, format!("{} is {other}", type_.name)))
}

/// Another value, which is a number where the first was one.
fn other_text(value: &str) -> String {
    format!("{value}1")
}

/// Constants of the library's own headers first, then macros, then constants that are members of classes.
fn other_constant(release: &Release, nth: usize) -> Option<Broken> {
    let is_version = |name: &str| name.to_ascii_lowercase().contains("version");
    let is_foreign = |at: &Location| at.is_system() || at.is_source();
    let constants = own_libraries(release).flat_map(|(at, l)| l.constants.iter().map(move |c| (at, c)));
    let constants = constants
        .filter(|(_, c)| !is_version(&c.name) && !c.location.as_ref().is_some_and(is_foreign))
        .map(|(at, c)| (at, &*c.name));
    let macros = own_libraries(release).flat_map(|(at, l)| l.macros.iter().map(move |m| (at, m)));
    let macros =
        macros.filter(|(_, m)| !is_version(&m.name) && !m.value.is_empty()).map(|(at, m)| (at, &*m.name));
    let all: Vec<(usize, &str)> = constants.chain(macros).take(nth + 1).collect();
    let Some((at, name)) = all.get(nth) else { return other_static(release, nth - all.len()) };
    let mut new = release.clone();
    let library = &mut new.libraries[*at];
    let constant = library.constants.iter_mut().find(|c| *c.name == **name).map(|c| &mut c.value);
    let value =
        constant.or_else(|| library.macros.iter_mut().find(|m| *m.name == **name).map(|m| &mut m.value))?;
    *value = other_text(value).into();
    let what = format!("{name} is {value}");
    Some(Broken::new(new, what))
}

fn other_static(release: &Release, nth: usize) -> Option<Broken> {
    let constant = |t: &Type| t.statics.iter().position(|s| s.value.is_some());
    break_type(
        release,
        nth,
        |t| t.kind.is_class() && constant(t).is_some(),
        |type_| {
            let Some(at) = constant(type_) else { return String::new() };
            let member = &mut type_.statics[at];
            member.value = member.value.as_deref().map(|value| other_text(value).into());
            format!("its constant {} has another value", member.name)
        },
    )
}
