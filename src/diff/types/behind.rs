//! C types to which programs get only through others of which nobody knows whether they are public. Needs no headers, and
//! is not asked where there are some.
//!
//! A header that is private need not say so in its name: what tells is that no exported function or variable leads to any of
//! its types but by way of a struct that is complete in a source file, or in a header that does say so.

use foldhash::{HashMap, HashSet};

use super::super::Exposure;
use super::model::Model;
use super::public::Public;
use super::reach::FunctionPointers;
use crate::abi::{Library, Location, Type, TypeKind};

/// Headers that have a struct or union, and none of whose types programs get to in another way.
#[derive(Default)]
pub(super) struct Behind<'a> {
    headers: HashSet<&'a str>,
}

impl<'a> Behind<'a> {
    /// By what the libraries of the old release describe.
    pub(super) fn new(model: &Model<'a>, libraries: &[&'a Library], public: &Public<'_, 'a>) -> Behind<'a> {
        // Virtual functions may take anything, and are not followed.
        if model.names().any(|(_, known)| known.variants.iter().any(|type_| !type_.virtuals.is_empty())) {
            return Behind::default();
        }
        let open = open_types(model, libraries, public);
        // By header: whether it has a class, and whether any of its types is open.
        let mut headers: HashMap<&'a str, (bool, bool)> = HashMap::default();
        for (name, known) in model.names() {
            for type_ in known.variants {
                let Some(place) = type_.location.as_ref().filter(|place| Location::is_own_header(place))
                else {
                    continue;
                };
                let of_header = headers.entry(&place.file).or_default();
                of_header.0 |= type_.c && type_.kind.is_class() && !type_.is_incomplete();
                of_header.1 |= !type_.c || open.contains(name);
            }
        }
        let behind = headers.into_iter().filter(|(_, (has_class, is_open))| *has_class && !is_open);
        Behind { headers: behind.map(|(file, _)| file).collect() }
    }

    /// Whether a type stands in such a header.
    pub(super) fn has(&self, type_: &Type) -> bool {
        type_.c && type_.location.as_ref().is_some_and(|place| self.headers.contains(&*place.file))
    }
}

/// Names of types that exported functions and variables mention, and of those that these have in them or lead to, as far as
/// programs may know them.
fn open_types<'a>(model: &Model<'a>, libraries: &[&'a Library], public: &Public<'_, 'a>) -> HashSet<String> {
    let mut open = HashSet::default();
    // By value, a type is known with all that is in it, wherever it is defined.
    let mut by_value: HashSet<String> = HashSet::default();
    let mut next: Vec<(String, bool)> = Vec::new();
    for library in libraries {
        let functions = library.functions.iter().flat_map(|function| function.types());
        let variables = library.variables.iter().map(|variable| &*variable.type_);
        functions.chain(variables).for_each(|type_| next.extend(mentioned(model, type_)));
    }
    while let Some((name, is_value)) = next.pop() {
        let is_new = open.insert(name.clone());
        let is_new_by_value = is_value && by_value.insert(name.clone());
        let Some(known) = model.known(&name).filter(|_| is_new || is_new_by_value) else { continue };
        for type_ in known.variants {
            let is_known = type_.kind == TypeKind::Typedef || public.of(type_) >= Exposure::Declared;
            if !is_value && !is_known {
                continue;
            }
            let bases = type_.bases.iter().map(|base| (base.name.to_string(), is_value));
            next.extend(bases);
            let inside = type_.members.iter().map(|member| &*member.type_).chain(type_.target.as_deref());
            let inside = inside.flat_map(|inner| mentioned(model, inner));
            next.extend(inside.map(|(name, inner_by_value)| (name, inner_by_value && is_value)));
        }
    }
    open
}

/// The named types in a type, those that functions in it take and return among them, and whether they are had by value.
fn mentioned(model: &Model<'_>, type_: &str) -> Vec<(String, bool)> {
    let (names, by_value) = model.core(type_);
    let of_functions = FunctionPointers::in_type(model, type_);
    let names = names.into_iter().map(|name| (name, by_value));
    names
        .chain(of_functions.passed.into_iter().map(|name| (name, true)))
        .chain(of_functions.handed.into_iter().map(|name| (name, false)))
        .collect()
}
