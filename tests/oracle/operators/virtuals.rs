//! Edits of virtual functions and of what run-time type information says.

use super::Operator;
use super::places::{class, fresh, named, polymorphic};
use crate::dice::Dice;
use crate::library::same_slot;
use crate::model::{Access, Class, Function, Library, Role, Virtual};

pub(super) const OPERATORS: &[Operator] = &[
    Operator::breaks("virtual function inserted", &["virtual-inserted"], |library, dice| {
        let method = Function { virtual_: Virtual::Yes, ..fresh(library, "arrive") };
        let class = polymorphic(library, dice)?;
        class.methods.insert(0, method);
        Some(class.name.clone())
    }),
    Operator::breaks(
        "virtual function appended",
        &["virtual-appended", "virtual-inserted"],
        |library, dice| {
            let method = Function { virtual_: Virtual::Yes, ..fresh(library, "arrive") };
            let class = polymorphic(library, dice)?;
            class.methods.push(method);
            Some(class.name.clone())
        },
    ),
    Operator::breaks("virtual functions reordered", &["virtual-reordered"], |library, dice| {
        let is_own = |m: &Function| matches!(m.virtual_, Virtual::Yes | Virtual::Pure);
        let fits =
            |c: &Class| c.role == Role::Polymorphic && c.methods.iter().filter(|m| is_own(m)).count() > 1;
        let class = class(library, dice, fits)?;
        let own: Vec<usize> = (0..class.methods.len()).filter(|at| is_own(&class.methods[*at])).collect();
        let at = dice.below(own.len() - 1);
        class.methods.swap(own[at], own[at + 1]);
        Some(class.name.clone())
    }),
    Operator::breaks("virtual function removed", &["virtual-removed"], |library, dice| {
        let class = polymorphic(library, dice)?;
        let at = class.methods.iter().position(|m| matches!(m.virtual_, Virtual::Yes | Virtual::Pure))?;
        let (name, gone) = (class.name.clone(), class.methods.remove(at));
        for other in library.classes_mut() {
            other.methods.retain(|m| m.virtual_ != Virtual::Override || !same_slot(m, &gone));
        }
        Some(name)
    }),
    Operator::breaks("last virtual function removed", &["virtual-removed"], |library, dice| {
        let class = polymorphic(library, dice)?;
        let at = class.methods.iter().rposition(|m| matches!(m.virtual_, Virtual::Yes | Virtual::Pure))?;
        let (name, gone) = (class.name.clone(), class.methods.remove(at));
        for other in library.classes_mut() {
            other.methods.retain(|m| m.virtual_ != Virtual::Override || !same_slot(m, &gone));
        }
        Some(name)
    }),
    // Of a class whose vtable no library has, debug info does not say what is pure.
    Operator::breaks(
        "pure virtual function added",
        &["pure-virtual-added", "virtual-appended"],
        |library, dice| {
            let method = Function { virtual_: Virtual::Pure, ..fresh(library, "arrive") };
            let class = class(library, dice, |c| ["Shape", "Sink", "Listener", "Root"].contains(&&*c.name))?;
            class.methods.push(method);
            Some(class.name.clone())
        },
    ),
    Operator::breaks("virtual function became pure", &["virtual-became-pure"], |library, dice| {
        let class = class(library, dice, |c| ["Shape", "Sink", "Root"].contains(&&*c.name))?;
        let method = class.methods.iter_mut().find(|m| m.virtual_ == Virtual::Yes)?;
        method.virtual_ = Virtual::Pure;
        Some(class.name.clone())
    }),
    Operator::tells("pure virtual function got a body", &["pure-became-defined"], |library, _| {
        let class = named(library, "Listener")?;
        let method = class.methods.iter_mut().find(|m| m.virtual_ == Virtual::Pure)?;
        method.virtual_ = Virtual::Yes;
        Some("Listener".to_owned())
    })
    .untold_by("", "where a class has no key function, no library has its vtable"),
    Operator::tells("override added", &["override-added"], |library, dice| {
        let (base, derived) = dice.pick(&[("Shape", "Circle"), ("Shape", "Panel"), ("Root", "Right")]);
        let base = library.class(base)?.clone();
        let class = named(library, derived)?;
        let open = |m: &&Function| {
            m.virtual_ == Virtual::Yes
                && m.body.is_none()
                && !class.methods.iter().any(|own| same_slot(own, m))
        };
        let method = base.methods.iter().find(open)?.clone();
        // It does the same in other words, lest the compiler makes one function of both.
        let body = Some(crate::library::result(&method, " + in_other_words"));
        class.methods.push(Function { virtual_: Virtual::Override, is_fresh: true, body, ..method });
        library.private_source.push("static volatile long in_other_words = 0;".to_owned());
        Some(derived.to_owned())
    }),
    Operator::breaks("override removed", &["override-removed"], |library, dice| {
        let overrides =
            |c: &Class| c.methods.iter().any(|m| m.virtual_ == Virtual::Override && m.body.is_none());
        let class = class(library, dice, |c| c.role == Role::Polymorphic && overrides(c))?;
        let at = class.methods.iter().position(|m| m.virtual_ == Virtual::Override && m.body.is_none())?;
        class.methods.remove(at);
        Some(class.name.clone())
    }),
    Operator::breaks(
        "class hidden",
        &["vtable-removed", "typeinfo-removed", "symbol-removed", "weak-symbol-removed"],
        |library, dice| {
            let class = polymorphic(library, dice)?;
            class.attributes = "__attribute__((visibility(\"hidden\"))) ".to_owned();
            Some(class.name.clone())
        },
    )
    .unseen("what has no key function is emitted by every program that uses it"),
    Operator::breaks("class became polymorphic", &["class-became-polymorphic"], |library, dice| {
        let class = class(library, dice, |c| ["Record", "Archive", "Engine"].contains(&&*c.name))?;
        let method = class.methods.iter_mut().find(|m| !m.is_static && !m.is_inline);
        match (method, &mut class.destructor) {
            (Some(method), _) => method.virtual_ = Virtual::Yes,
            (None, Some(destructor)) => destructor.is_virtual = true,
            (None, None) => return None,
        }
        Some(class.name.clone())
    }),
    Operator::breaks("class is no longer polymorphic", &["class-lost-polymorphism"], |library, dice| {
        let name = dice.pick(&["Sink", "Root", "Shape"]);
        let class = named(library, name)?;
        let were: Vec<Function> =
            class.methods.iter().filter(|m| m.virtual_ != Virtual::No).cloned().collect();
        class.methods.iter_mut().for_each(|m| m.virtual_ = Virtual::No);
        class.destructor.as_mut()?.is_virtual = false;
        // A tree of classes may have no override without something to override.
        for other in library.classes_mut() {
            for method in &mut other.methods {
                if method.virtual_ == Virtual::Override && were.iter().any(|w| same_slot(w, method)) {
                    method.virtual_ = Virtual::Yes;
                }
            }
        }
        Some(name.to_owned())
    }),
    Operator::breaks(
        "destructor is no longer virtual",
        &["virtual-removed", "function-became-nonvirtual"],
        |library, dice| {
            let name = dice.pick(&["Shape", "Sink", "Root"]);
            named(library, name)?.destructor.as_mut()?.is_virtual = false;
            Some(name.to_owned())
        },
    ),
    Operator::breaks(
        "function is no longer virtual",
        &["function-became-nonvirtual", "virtual-removed"],
        |library, dice| {
            let class = class(library, dice, |c| ["Shape", "Sink", "Root", "Circle"].contains(&&*c.name))?;
            let method = class.methods.iter_mut().find(|m| m.virtual_ == Virtual::Yes)?;
            method.virtual_ = Virtual::No;
            let (name, was) = (class.name.clone(), method.clone());
            for other in library.classes_mut() {
                for method in &mut other.methods {
                    if method.virtual_ == Virtual::Override && same_slot(&was, method) {
                        method.virtual_ = Virtual::No;
                    }
                }
            }
            Some(name)
        },
    ),
    Operator::breaks(
        "covariant return",
        &["covariant-return-changed", "return-type-changed"],
        |library, _| {
            let class = named(library, "Panel")?;
            class.methods.iter_mut().find(|m| m.name == "itself")?.returns = "Panel*".to_owned();
            Some("Panel".to_owned())
        },
    ),
    Operator::breaks(
        "base of a polymorphic class became private",
        &["rtti-bases-changed", "base-access-changed"],
        |library, dice| {
            let (class, at) = dice.pick(&[("Panel", 1), ("Circle", 0), ("Left", 0), ("Timeout", 0)]);
            named(library, class)?.bases.get_mut(at)?.access = Access::Private;
            Some(class.to_owned())
        },
    )
    .unseen("a cast to the whole object looks at no access where the classes are as simple as these"),
    Operator::breaks("class became final", &[], |library, dice| {
        let class = class(library, dice, |c| ["Circle", "Panel", "Bottom"].contains(&&*c.name))?;
        class.is_final = true;
        Some(class.name.clone())
    })
    .untold_by("", "nothing in a binary says `final`: the library calls what programs override directly")
    .unseen("only where the compiler makes use of it"),
    Operator::breaks("virtual function of a second base inserted", &["virtual-inserted"], |library, _| {
        let method = Function { virtual_: Virtual::Yes, ..fresh(library, "arrive") };
        named(library, "Sink")?.methods.insert(0, method);
        Some("Sink".to_owned())
    }),
    Operator::breaks(
        "parameter of a virtual function changed",
        &["signature-changed", "virtual-removed", "virtual-inserted"],
        |library, dice| retyped(library, dice, |function| *function = function.clone().with("int", "extra")),
    ),
    Operator::breaks(
        "return type of a virtual function changed",
        &["return-type-changed"],
        |library, dice| {
            retyped(library, dice, |function| {
                function.returns = if function.returns == "double" { "long" } else { "double" }.to_owned();
            })
        },
    ),
    Operator::breaks(
        "virtual function lost const",
        &["signature-changed", "virtual-removed", "virtual-inserted"],
        |library, dice| retyped(library, dice, |function| function.is_const = !function.is_const),
    ),
    Operator::breaks("pure virtual function removed", &["virtual-removed"], |library, _| {
        let class = named(library, "Listener")?;
        class.methods.pop()?;
        Some("Listener".to_owned())
    }),
];

/// Changes a virtual function with all that override it.
fn retyped(library: &mut Library, dice: &mut Dice, change: impl Fn(&mut Function)) -> Option<String> {
    let class = class(library, dice, |c| ["Shape", "Sink", "Root", "Listener"].contains(&&*c.name))?;
    let was = class.methods.iter().find(|m| m.virtual_ != Virtual::No && m.body.is_none())?.clone();
    let name = class.name.clone();
    for class in library.classes_mut() {
        class
            .methods
            .iter_mut()
            .filter(|m| m.virtual_ != Virtual::No && same_slot(m, &was))
            .for_each(&change);
    }
    Some(name)
}
