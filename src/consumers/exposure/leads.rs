//! Which exported functions and variables of a release lead programs to a type.
//!
//! By their facts: parameters, results and the type of a variable, whether by value or behind pointers, and from there the
//! bases and members of types. Who calls a function has objects of these types in his hands, calls their virtual functions and
//! reads their members.

use std::collections::VecDeque;

use foldhash::{HashMap, HashSet};

use super::Reach;
use crate::abi::{Release, Type};
use crate::spelling::{self, Shape};

/// Pointers in types that are followed from what a function takes or gives: a list, its node, what the node points at. In
/// some libraries everything leads to everything else in the end.
const MOST_POINTERS: u32 = 2;
/// Operations of one type, such as pointers to functions, that are followed.
const DEEPEST: u32 = 16;

/// A type that another one mentions, and whether behind a pointer.
type Mention<'t> = (&'t str, bool);

/// For each exported function and variable the root causes whose types it leads to, by position, with the type that changed.
pub(super) fn to<'v>(reaches: &[Reach<'v>], release: &'v Release) -> HashMap<&'v str, Vec<(usize, &'v str)>> {
    let users = Users::of(release);
    let mut leading: HashMap<&str, Vec<(usize, &str)>> = HashMap::default();
    for (at, reach) in reaches.iter().enumerate() {
        let mut classes: Vec<&str> = reach.classes.iter().copied().collect();
        classes.sort_unstable();
        for class in classes {
            for name in users.around(class) {
                for symbol in users.symbols.get(name).into_iter().flatten() {
                    let known = leading.entry(symbol).or_default();
                    if known.last().is_none_or(|(last, _)| *last != at) {
                        known.push((at, class));
                    }
                }
            }
        }
    }
    leading
}

/// Who mentions a type.
#[derive(Default)]
struct Users<'v> {
    /// Types.
    types: HashMap<String, Vec<Mention<'v>>>,
    /// Exported functions and variables, be it behind pointers.
    symbols: HashMap<String, Vec<&'v str>>,
}

impl<'v> Users<'v> {
    fn of(release: &'v Release) -> Users<'v> {
        let mut users = Users::default();
        for library in release.parts() {
            for type_ in &library.types {
                users.type_(type_);
            }
            for function in &library.functions {
                function.types().for_each(|type_| users.symbol(&function.symbol, type_));
            }
            for variable in &library.variables {
                users.symbol(&variable.symbol, &variable.type_);
            }
        }
        users
    }

    fn type_(&mut self, type_: &'v Type) {
        for base in &type_.bases {
            self.types.entry(base.name.to_string()).or_default().push((&type_.name, false));
        }
        for mentioned in type_.members.iter().map(|member| &*member.type_).chain(type_.target.as_deref()) {
            names(mentioned, false, DEEPEST, &mut |name, behind_pointer| {
                self.types.entry(name.to_owned()).or_default().push((&type_.name, behind_pointer));
            });
        }
    }

    fn symbol(&mut self, symbol: &'v str, type_: &str) {
        names(type_, false, DEEPEST, &mut |name, _| {
            let known = self.symbols.entry(name.to_owned()).or_default();
            if known.last() != Some(&symbol) {
                known.push(symbol);
            }
        });
    }

    /// The type and those that lead to it with few pointers.
    fn around<'n>(&'n self, class: &'n str) -> HashSet<&'n str> {
        let mut found = HashSet::default();
        let mut next = VecDeque::from([(class, 0)]);
        // Those with fewer pointers come first, as nothing goes to the front with more.
        while let Some((name, pointers)) = next.pop_front() {
            if !found.insert(name) {
                continue;
            }
            for (user, behind_pointer) in self.types.get(name).into_iter().flatten() {
                match (behind_pointer, pointers < MOST_POINTERS) {
                    (false, _) => next.push_front((*user, pointers)),
                    (true, true) => next.push_back((*user, pointers + 1)),
                    (true, false) => {}
                }
            }
        }
        found
    }
}

/// The names in a type in canonical spelling, and whether they are behind a pointer or in the signature of a function.
fn names(type_: &str, behind_pointer: bool, depth: u32, found: &mut dyn FnMut(&str, bool)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match spelling::shape(type_) {
        Shape::Named(name) => found(name, behind_pointer),
        Shape::Qualified(inner) => names(&inner, behind_pointer, depth, found),
        Shape::Array { element, .. } => names(&element, behind_pointer, depth, found),
        Shape::Pointer(to) | Shape::Reference(to) => names(&to, true, depth, found),
        Shape::Function { returns, parameters } => {
            names(&returns, true, depth, found);
            parameters.into_iter().for_each(|parameter| names(parameter, true, depth, found));
        }
        Shape::MemberPointer { class, to } => {
            found(class, true);
            names(&to, true, depth, found);
        }
    }
}
