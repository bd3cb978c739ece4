//! Edits of what classes are made of.

use super::Operator;
use super::places::{class, insert_member, is_laid_out, is_number, named, size};
use crate::dice::Dice;
use crate::model::{Access, Base, Class, Destructor, Item, Key, Library, Member, Role, Type};

/// The layout of these is used by everybody who includes the header.
fn is_open(class: &Class) -> bool {
    is_laid_out(class) && class.members.iter().any(|m| m.bits.is_none())
}

pub(super) const OPERATORS: &[Operator] = &[
    Operator::breaks("member added at the end", &["member-added"], |library, dice| {
        added(library, dice, |c| c.role != Role::Exception, |class, _| class.members.len())
    }),
    Operator::breaks("member added in the middle", &["member-added"], |library, dice| {
        added(library, dice, |c| !c.members.is_empty(), |class, dice| dice.below(class.members.len()))
    }),
    Operator::breaks("member added to a base", &["member-added"], |library, dice| {
        let bases = ["Point", "Label", "Record", "Shape", "Sink", "Root", "Failure"];
        added(library, dice, |c| bases.contains(&&*c.name), |class, _| class.members.len())
    }),
    Operator::breaks("member added to an exception", &["member-added"], |library, dice| {
        added(library, dice, |c| c.role == Role::Exception, |_, _| 0)
    }),
    Operator::breaks("member added to a nested class", &["member-added"], |library, dice| {
        let id = library.id();
        let outer = named(library, "Outer")?;
        let inner = outer.nested.iter_mut().find_map(|item| match item {
            Item::Class(class) => Some(class),
            _ => None,
        })?;
        let at = dice.below(inner.members.len() + 1);
        insert_member(id, inner, at, Type::of("long"));
        Some("Outer".to_owned())
    }),
    Operator::breaks("member added to a template", &["member-added"], |library, dice| {
        let id = library.id();
        let class = class(library, dice, |c| c.template.is_some())?;
        insert_member(id, class, 1, Type::of("double"));
        Some(class.name.clone())
    }),
    Operator::tells("member added in padding", &["member-added-in-padding"], |library, dice| {
        let id = library.id();
        let class =
            class(library, dice, |c| ["Point", "Label", "Record"].contains(&&*c.name) && hole(c).is_some())?;
        let at = hole(class)?;
        insert_member(id, class, at, Type::of("char"));
        Some(class.name.clone())
    }),
    Operator::breaks("member added in the tail", &["tail-padding-changed"], |library, _| {
        let id = library.id();
        let class = named(library, "Record").filter(|class| has_tail(class))?;
        insert_member(id, class, class.members.len(), Type::of("char"));
        Some("Record".to_owned())
    })
    .unseen("the library gives the member the value that the derived class has there"),
    Operator::breaks("class got a constructor", &["tail-padding-changed"], |library, dice| {
        let is_plain = |class: &Class| {
            let is_public = |m: &Member| m.access == Access::Public;
            class.key == Key::Struct
                && is_laid_out(class)
                && class.bases.is_empty()
                && !class.has_constructor
                && class.members.iter().all(is_public)
                && has_tail(class)
        };
        let class = class(library, dice, |c| c.role == Role::Value && is_plain(c))?;
        class.has_constructor = true;
        Some(class.name.clone())
    })
    .unseen("it takes another program, or a derived class of the library's, to see it"),
    Operator::tells("reserve used", &["member-added-in-reserve"], |library, _| {
        let id = library.id();
        let class = named(library, "Options")?;
        let at = class.members.iter().position(|m| m.name == "reserved")?;
        class.members[at].type_ = Type::array("long", 3);
        insert_member(id, class, at, Type::of("long"));
        Some("Options".to_owned())
    }),
    Operator::breaks("member removed", &["member-removed"], |library, dice| {
        let class = class(library, dice, |c| is_open(c) && c.members.len() > 1)?;
        // The first one is named in an inline function.
        let at = dice.between(1, class.members.len() - 1);
        class.members.remove(at);
        Some(class.name.clone())
    })
    .unseen("the last of several small members goes without moving anything"),
    Operator::breaks("only member removed", &["member-removed"], |library, dice| {
        let class = class(library, dice, |c| is_open(c) && c.members.len() == 1)?;
        class.members.clear();
        Some(class.name.clone())
    }),
    Operator::breaks("members reordered", &["member-reordered", "member-moved"], |library, dice| {
        let differ = |pair: &[Member]| size(&pair[0].type_) != size(&pair[1].type_);
        let is_own = |class: &Class| is_open(class) && class.members.windows(2).any(differ);
        let class = class(library, dice, is_own)?;
        let at = class.members.windows(2).position(differ)?;
        class.members.swap(at, at + 1);
        Some(class.name.clone())
    }),
    Operator::breaks("member of another kind", &["member-type-changed"], |library, dice| {
        retyped(library, dice, |type_| match type_ {
            "int" | "unsigned" => Some("float"),
            "float" => Some("int"),
            "long" | "unsigned long" => Some("double"),
            "double" => Some("long"),
            _ => None,
        })
    }),
    Operator::breaks("member grew", &["member-type-changed"], |library, dice| {
        retyped(library, dice, |type_| match type_ {
            "bool" | "char" | "unsigned char" | "short" => Some("int"),
            "int" | "unsigned" => Some("long"),
            "float" => Some("double"),
            _ => None,
        })
    })
    .unseen("a small number that grows into padding is the same in its lower bytes"),
    Operator::breaks("member shrank", &["member-type-changed"], |library, dice| {
        retyped(library, dice, |type_| match type_ {
            "int" | "unsigned" => Some("short"),
            "long" | "unsigned long" => Some("int"),
            "double" => Some("float"),
            _ => None,
        })
    })
    .unseen("a small number that leaves padding is the same in its lower bytes where nothing moves"),
    Operator::tells("member lost its sign", &["member-type-changed"], |library, dice| {
        retyped(library, dice, |type_| match type_ {
            "int" => Some("unsigned"),
            "long" => Some("unsigned long"),
            _ => None,
        })
    }),
    Operator::tells("member renamed", &["member-renamed"], |library, dice| {
        let is_free = |m: &Member| m.access == Access::Public && is_number(&m.type_) && m.name != "last";
        let class = class(library, dice, |c| is_open(c) && c.members.iter().any(is_free))?;
        class.members.iter_mut().find(|m| is_free(m))?.name = "renamed".to_owned();
        Some(class.name.clone())
    }),
    Operator::tells("access of a member narrowed", &["member-access-changed"], |library, dice| {
        let class = class(library, dice, |c| ["Order", "Options", "Mixed"].contains(&&*c.name))?;
        let member = class.members.iter_mut().find(|m| m.group.is_none())?;
        member.access = Access::Private;
        Some(class.name.clone())
    }),
    Operator::breaks("bit-field widened", &["bitfield-changed"], |library, dice| {
        let class = named(library, "Flags")?;
        let at = dice.below(3);
        *class.members.get_mut(at)?.bits.as_mut()? += 4;
        Some("Flags".to_owned())
    }),
    Operator::breaks(
        "bit-fields reordered",
        &["bitfield-changed", "member-reordered", "member-moved"],
        |library, dice| {
            let class = named(library, "Flags")?;
            let at = dice.below(3);
            let same = class.members[at].bits == class.members[at + 1].bits;
            (!same).then(|| class.members.swap(at, at + 1)).map(|()| "Flags".to_owned())
        },
    ),
    Operator::breaks(
        "bit-field became a member",
        &["bitfield-changed", "member-type-changed"],
        |library, dice| {
            let class = named(library, "Flags")?;
            let at = dice.below(4);
            class.members.get_mut(at)?.bits = None;
            Some("Flags".to_owned())
        },
    ),
    Operator::breaks("bit-field added", &["member-added", "bitfield-changed"], |library, dice| {
        let id = library.id();
        let class = named(library, "Flags")?;
        let at = dice.below(3);
        insert_member(id, class, at, Type::of("unsigned"));
        class.members[at].bits = Some(7);
        Some("Flags".to_owned())
    }),
    Operator::breaks("class aligned", &["type-alignment-changed"], |library, dice| {
        let class = class(library, dice, |c| is_laid_out(c) && c.role == Role::Value)?;
        class.attributes = "alignas(32) ".to_owned();
        Some(class.name.clone())
    }),
    Operator::breaks("member aligned", &["type-alignment-changed", "member-moved"], |library, dice| {
        let class = class(library, dice, |c| is_open(c) && c.role == Role::Value && c.members.len() > 1)?;
        class.members.last_mut()?.prefix = "alignas(16) ".to_owned();
        Some(class.name.clone())
    }),
    Operator::breaks(
        "class packed",
        &["member-moved", "type-alignment-changed", "type-size-changed", "member-type-changed"],
        |library, dice| {
            let name = dice.pick(&["Point", "Order", "Label", "Options"]);
            let at = library.position(|item| matches!(item, Item::Class(c) if c.name == name))?;
            library.items.insert(at + 1, Item::Text("#pragma pack(pop)".to_owned()));
            library.items.insert(at, Item::Text("#pragma pack(push, 1)".to_owned()));
            Some(name.to_owned())
        },
    )
    .untold_by("", "debug info does not say how a packed class is aligned that keeps its offsets")
    .unseen("where nothing is wider than its neighbours need, only the alignment changes"),
    Operator::breaks("array member grew", &["array-bound-changed"], |library, _| {
        let class = named(library, "Order")?;
        let bound = class.members.iter_mut().find(|m| m.name == "lines")?.type_.bound.as_mut()?;
        *bound = format!("{bound} + 2");
        Some("Order".to_owned())
    }),
    Operator::breaks("array member shrank", &["array-bound-changed"], |library, _| {
        let class = named(library, "Order")?;
        class.members.iter_mut().find(|m| m.name == "lines")?.type_.bound = Some("1".to_owned());
        Some("Order".to_owned())
    }),
    Operator::breaks("base added", &["base-added"], |library, dice| {
        let class = class(library, dice, |c| is_laid_out(c) && c.key != Key::Union && c.bases.is_empty())?;
        let name = class.name.clone();
        class.bases.push(public("Extra"));
        extra(library, &name, Some("long"))?;
        Some(name)
    }),
    Operator::tells("empty base added", &["base-added"], |library, dice| {
        let class = class(library, dice, |c| is_laid_out(c) && c.role == Role::Value && c.bases.is_empty())?;
        let name = class.name.clone();
        class.bases.push(public("Extra"));
        extra(library, &name, None)?;
        Some(name)
    }),
    Operator::breaks("base removed", &["base-removed"], |library, dice| {
        let class = named(library, "Place")?;
        let at = dice.below(2);
        class.bases.remove(at);
        Some("Place".to_owned())
    }),
    Operator::breaks(
        "base of a polymorphic class removed",
        &["base-removed", "rtti-bases-changed"],
        |library, _| {
            let class = named(library, "Panel")?;
            class.bases.remove(1);
            // What it overrode is its own now.
            class.methods.retain(|m| m.name != "itself");
            let kept: Vec<String> = library.class("Shape")?.methods.iter().map(|m| m.name.clone()).collect();
            let class = named(library, "Panel")?;
            for method in &mut class.methods {
                if method.virtual_ == crate::model::Virtual::Override && !kept.contains(&method.name) {
                    method.virtual_ = crate::model::Virtual::Yes;
                }
            }
            Some("Panel".to_owned())
        },
    ),
    Operator::breaks("bases reordered", &["base-reordered"], |library, dice| {
        let class = class(library, dice, |c| c.bases.len() == 2)?;
        class.bases.swap(0, 1);
        Some(class.name.clone())
    }),
    Operator::breaks("base became virtual", &["base-virtuality-changed"], |library, dice| {
        let (name, at) =
            dice.pick(&[("Place", 0), ("Place", 1), ("Panel", 1), ("Circle", 0), ("Archive", 0)]);
        named(library, name)?.bases.get_mut(at)?.is_virtual = true;
        Some(name.to_owned())
    }),
    Operator::breaks("base is no longer virtual", &["base-virtuality-changed"], |library, _| {
        for name in ["Left", "Right"] {
            named(library, name)?.bases[0].is_virtual = false;
        }
        // There are two of it now: what overrides it is ambiguous.
        Some("Left".to_owned())
    }),
    Operator::tells("access of a base narrowed", &["base-access-changed"], |library, dice| {
        let at = dice.below(2);
        named(library, "Place")?.bases[at].access = Access::Private;
        Some("Place".to_owned())
    }),
    Operator::breaks("struct became a union", &["type-kind-changed"], |library, _| {
        named(library, "Options")?.key = Key::Union;
        Some("Options".to_owned())
    }),
    Operator::tells("union member added", &["union-member-added"], |library, _| {
        let id = library.id();
        let class = named(library, "Number")?;
        insert_member(id, class, 3, Type::of("short"));
        Some("Number".to_owned())
    }),
    Operator::breaks("union grew", &["union-member-added"], |library, _| {
        let id = library.id();
        let class = named(library, "Number")?;
        insert_member(id, class, 3, Type::array("long", 3));
        Some("Number".to_owned())
    }),
    Operator::breaks("union shrank", &["union-member-removed"], |library, _| {
        named(library, "Number")?.members.retain(|m| m.name != "wide");
        Some("Number".to_owned())
    }),
    Operator::tells("small union member removed", &["union-member-removed"], |library, _| {
        named(library, "Number")?.members.retain(|m| m.name != "real");
        Some("Number".to_owned())
    }),
    Operator::breaks("anonymous struct changed", &["anonymous-member-changed"], |library, _| {
        let class = named(library, "Mixed")?;
        class.members.iter_mut().find(|m| m.name == "first")?.type_ = Type::of("double");
        Some("Mixed".to_owned())
    }),
    Operator::breaks("anonymous union grew", &["anonymous-member-changed"], |library, _| {
        let class = named(library, "Mixed")?;
        class.members.iter_mut().find(|m| m.name == "fine")?.type_ = Type::array("long", 2);
        Some("Mixed".to_owned())
    }),
    Operator::breaks("template has one more parameter", &["template-parameters-changed"], |library, dice| {
        let class = class(library, dice, |c| c.template.is_some())?;
        class.template.as_mut()?.parameters.push("V = int".to_owned());
        Some(class.name.clone())
    }),
    Operator::breaks("copying got a body", &["passing-changed"], |library, dice| {
        let class = class(library, dice, |c| ["Point", "Label"].contains(&&*c.name))?;
        let name = class.name.clone();
        let copies: String = class.members.iter().map(|m| format!(" {0} = other.{0};", m.name)).collect();
        class.has_constructor = true;
        class.extra.push(format!("{name}(const {name}& other) {{{copies} }}"));
        Some(name)
    })
    .unseen("an object of more than 16 bytes is passed in memory either way; where it may lie differs"),
    Operator::breaks("destructor of an embedded class got a body", &["passing-changed"], |library, _| {
        named(library, "Point")?.destructor = Some(Destructor { is_virtual: false, is_inline: false });
        Some("Point".to_owned())
    })
    .unseen("an object of more than 16 bytes is passed in memory either way; who destroys it differs"),
];

fn added(
    library: &mut Library,
    dice: &mut Dice,
    fits: impl Fn(&Class) -> bool,
    at: impl Fn(&Class, &mut Dice) -> usize,
) -> Option<String> {
    let id = library.id();
    let class = class(library, dice, |c| is_laid_out(c) && fits(c))?;
    let at = at(class, dice);
    insert_member(id, class, at, Type::of("long"));
    Some(class.name.clone())
}

fn retyped(
    library: &mut Library,
    dice: &mut Dice,
    to: impl Fn(&str) -> Option<&'static str>,
) -> Option<String> {
    let fits = |m: &Member| m.bits.is_none() && m.type_.bound.is_none() && to(&m.type_.name).is_some();
    let class = class(library, dice, |c| is_laid_out(c) && c.members.iter().any(fits))?;
    let places: Vec<usize> = (0..class.members.len()).filter(|at| fits(&class.members[*at])).collect();
    let type_ = &mut class.members[dice.pick(&places)].type_;
    type_.name = to(&type_.name)?.to_owned();
    Some(class.name.clone())
}

/// Where a `char` fits between members, or behind the last one, without moving anything.
fn hole(class: &Class) -> Option<usize> {
    let mut end = 0;
    let mut widest = 1;
    for (at, member) in class.members.iter().enumerate() {
        let size = size(&member.type_)?;
        if end % size != 0 {
            return Some(at);
        }
        (end, widest) = (end + size, widest.max(size));
    }
    // Derived classes may have their members in the tail of one that is not an aggregate.
    (end % widest != 0 && class.name != "Record").then_some(class.members.len())
}

/// Whether there is padding at the end of a class of numbers.
fn has_tail(class: &Class) -> bool {
    let mut end: u64 = 0;
    let mut widest = 1;
    for member in &class.members {
        let Some(size) = size(&member.type_).filter(|_| is_number(&member.type_) && member.bits.is_none())
        else {
            return false;
        };
        end = end.next_multiple_of(size) + size;
        widest = widest.max(size);
    }
    end > 0 && !end.is_multiple_of(widest)
}

fn public(name: &str) -> Base {
    Base { name: name.to_owned(), access: Access::Public, is_virtual: false }
}

/// A class to derive from, before the one that does.
fn extra(library: &mut Library, before: &str, member: Option<&str>) -> Option<()> {
    let mut class = Class::new(Key::Struct, Role::Value, "Extra");
    if let Some(type_) = member {
        let id = library.id();
        insert_member(id, &mut class, 0, Type::of(type_));
    }
    let before = before.to_owned();
    let at = library.position(|item| matches!(item, Item::Class(class) if class.name == before))?;
    library.items.insert(at, Item::Class(class));
    Some(())
}
