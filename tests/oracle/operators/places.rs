//! Where an edit can be made: one of the places that fit, chosen by chance.

use crate::dice::Dice;
use crate::model::{
    Access, Class, Enum, Function, Home, Item, Library, Member, Role, Type, Variable, Virtual,
};

/// Chooses one of what fits.
fn choose<'l, T>(
    all: impl Iterator<Item = &'l mut T>,
    dice: &mut Dice,
    fits: impl Fn(&T) -> bool,
) -> Option<&'l mut T> {
    let mut fitting: Vec<&mut T> = all.filter(|one| fits(one)).collect();
    if fitting.is_empty() { None } else { Some(fitting.swap_remove(dice.below(fitting.len()))) }
}

pub(super) fn class<'l>(
    library: &'l mut Library,
    dice: &mut Dice,
    fits: impl Fn(&Class) -> bool,
) -> Option<&'l mut Class> {
    choose(library.classes_mut(), dice, fits)
}

pub(super) fn named<'l>(library: &'l mut Library, name: &str) -> Option<&'l mut Class> {
    library.classes_mut().find(|class| class.name == name)
}

pub(super) fn enum_<'l>(library: &'l mut Library, name: &str) -> Option<&'l mut Enum> {
    library.enums_mut().find(|enum_| enum_.name == name)
}

pub(super) fn function<'l>(
    library: &'l mut Library,
    dice: &mut Dice,
    fits: impl Fn(&Function) -> bool,
) -> Option<&'l mut Function> {
    choose(library.functions_mut(), dice, |f| f.home == Home::Main && !f.is_fresh && fits(f))
}

/// A function with C++ linkage that the library defines.
pub(super) fn plain<'l>(library: &'l mut Library, dice: &mut Dice) -> Option<&'l mut Function> {
    function(library, dice, Function::is_plain)
}

pub(super) fn c_function<'l>(
    library: &'l mut Library,
    dice: &mut Dice,
    fits: impl Fn(&Function) -> bool,
) -> Option<&'l mut Function> {
    function(library, dice, |f| f.has_c_linkage && f.body.is_none() && f.prefix.is_empty() && fits(f))
}

pub(super) fn variable<'l>(library: &'l mut Library, name: &str) -> Option<&'l mut Variable> {
    library.variables_mut().find(|variable| variable.name == name)
}

/// A function of a class that is not virtual, and defined by the library.
pub(super) fn method<'l>(
    library: &'l mut Library,
    dice: &mut Dice,
    fits: impl Fn(&Function) -> bool,
) -> Option<(String, &'l mut Function)> {
    let fits = |m: &Function| {
        m.virtual_ == Virtual::No && !m.is_inline && !m.is_fresh && m.body.is_none() && fits(m)
    };
    let class = class(library, dice, |class| class.role == Role::Value && class.methods.iter().any(&fits))?;
    let name = class.name.clone();
    choose(class.methods.iter_mut(), dice, fits).map(|method| (name, method))
}

/// A class with virtual functions of its own, which nobody throws.
pub(super) fn polymorphic<'l>(library: &'l mut Library, dice: &mut Dice) -> Option<&'l mut Class> {
    class(library, dice, |class| class.role == Role::Polymorphic)
}

/// A class whose members are declared one after the other.
pub(super) fn is_laid_out(class: &Class) -> bool {
    class.template.is_none()
        && class.role != Role::Handle
        && class.key != crate::model::Key::Union
        && class.members.iter().all(|m| m.group.is_none())
}

pub(super) fn is_number(type_: &Type) -> bool {
    type_.bound.is_none() && size(type_).is_some()
}

/// Size of an arithmetic type in bytes, on a 64-bit system.
pub(super) fn size(type_: &Type) -> Option<u64> {
    match &*type_.name {
        "bool" | "char" | "unsigned char" => Some(1),
        "short" => Some(2),
        "int" | "unsigned" | "float" => Some(4),
        "long" | "unsigned long" | "double" => Some(8),
        _ => None,
    }
}

/// Puts a member that nothing depends on at a place of a class; its name is taken by nobody.
pub(super) fn insert_member(id: u32, class: &mut Class, at: usize, type_: Type) {
    let access = class.members.first().map_or(Access::Public, |m| m.access);
    let name = "arrived".to_owned();
    let member =
        Member { id, name, type_, access, bits: None, prefix: String::new(), group: None, is_fresh: true };
    class.members.insert(at, member);
}

/// A function that nobody calls yet.
pub(super) fn fresh(library: &mut Library, name: &str) -> Function {
    Function { is_fresh: true, ..Function::new(library.id(), name, "int").with("int", "first") }
}

/// A place in the header, between two items.
pub(super) fn insert(library: &mut Library, before: impl Fn(&Item) -> bool, item: Item) -> Option<()> {
    let at = library.position(before)?;
    library.items.insert(at, item);
    Some(())
}

pub(super) fn is_class(name: &'static str) -> impl Fn(&Item) -> bool {
    move |item| matches!(item, Item::Class(class) if class.name == name)
}

/// Takes an item out.
pub(super) fn take(library: &mut Library, fits: impl Fn(&Item) -> bool) -> Option<Item> {
    let at = library.position(fits)?;
    Some(library.items.remove(at))
}
