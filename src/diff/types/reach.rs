//! How programs get hold of a type of the old release, and what a change of it reaches.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::super::{Affects, Exposure};
use super::behind::Behind;
use super::model::Model;
use super::public::Public;
use crate::abi::{Constant, Function, Library, Release, Type, TypeKind, VirtualFunction};
use crate::mangling;
use crate::spelling::{self, Shape};

/// Names that a finding gives of what it reaches.
const MOST_NAMES: usize = 3;

/// A function, and what its types come to: names at their core, and whether by value.
type Described<'a> = (&'a str, Vec<(Vec<String>, bool)>);

/// Who uses which type.
pub(super) struct Reach<'m, 'a> {
    model: &'m Model<'a>,
    libraries: Vec<&'a Library>,
    release: &'a Release,
    public: Public<'m, 'a>,
    uses: OnceCell<Uses<'a>>,
    behind: OnceCell<Behind<'a>>,
    /// Types with members or targets that lead to a type, behind pointers, too.
    mentions: OnceCell<HashMap<String, Vec<&'a str>>>,
}

#[derive(Default)]
struct Uses<'a> {
    /// Types that contain the type as a member or base.
    embedded_in: HashMap<String, Vec<&'a str>>,
    /// Exported functions that take or return it.
    by_value: HashMap<String, Vec<&'a str>>,
    by_pointer: HashMap<String, Vec<&'a str>>,
    /// Exported variables of it.
    variables: HashMap<String, Vec<&'a str>>,
    /// Types that functions behind pointers take or return by value.
    passed_to_pointers: HashSet<String>,
    /// Types that functions behind pointers take by pointer.
    handed_to_pointers: HashSet<String>,
}

impl<'m, 'a> Reach<'m, 'a> {
    /// Of these libraries of a release, one of which may stand for its headers.
    pub(super) fn new(
        model: &'m Model<'a>,
        libraries: Vec<&'a Library>,
        release: &'a Release,
    ) -> Reach<'m, 'a> {
        let public = Public::new(model, &libraries, release.headers.as_ref());
        let (uses, behind, mentions) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Reach { model, libraries, release, public, uses, behind, mentions }
    }

    /// How much of a type programs can know. None for what they do not reach at all.
    pub(super) fn exposure(&self, type_: &Type) -> Option<Exposure> {
        if type_.reached.is_empty() {
            return None;
        }
        let uses = self.uses();
        let with = self.closure(&type_.name);
        if with.iter().any(|name| uses.by_value.contains_key(*name) || uses.variables.contains_key(*name)) {
            return Some(Exposure::ByValue);
        }
        // Who knows a type knows what is in it; an alias is known without what it stands for.
        let around = with.iter().filter(|name| ***name != *type_.name);
        let around = around.filter_map(|name| self.model.find(name));
        let around = around.filter(|type_| type_.kind != TypeKind::Typedef);
        let known = around.chain([type_]).map(|type_| self.public.of(type_)).max()?;
        let is_behind = || !self.public.knows_headers() && self.behind().has(type_);
        Some(if known == Exposure::Declared && is_behind() { Exposure::Unknown } else { known })
    }

    fn behind(&self) -> &Behind<'a> {
        self.behind.get_or_init(|| Behind::new(self.model, &self.libraries, &self.public))
    }

    /// Whether programs may have the value of a constant compiled in.
    pub(super) fn may_name(&self, constant: &Constant) -> bool {
        self.public.may_name(constant)
    }

    /// How much programs can know of a class of which only its virtual table is known.
    pub(super) fn exposure_of_table(&self, class: &str) -> Option<Exposure> {
        self.public.is_named_nowhere(class).then_some(Exposure::Unknown)
    }

    /// Whether the type information beside a virtual table says that its class has no bases.
    pub(super) fn has_no_bases(&self, table: &str) -> bool {
        let Some(class) = table.strip_prefix("_ZTV") else { return false };
        let name = format!("_ZTI{class}");
        let mut known = self.release.libraries.iter().filter_map(|library| library.typeinfo(&name));
        known.next().is_some_and(|typeinfo| typeinfo.bases.is_empty())
    }

    /// Whether a function that programs call, or that calls programs, takes or returns the type by value.
    pub(super) fn is_passed(&self, name: &str) -> bool {
        let uses = self.uses();
        uses.by_value.contains_key(name) || uses.passed_to_pointers.contains(name)
    }

    /// The type and those that contain it, as far as they are passed by value.
    pub(super) fn passed_with<'n>(&'n self, name: &'n str) -> Vec<&'n str> {
        self.closure(name).into_iter().filter(|name| self.is_passed(name)).collect()
    }

    /// Whether a call between programs and the library takes or returns the type, or one that has it in itself, by value:
    /// of an exported function, one behind a pointer, or a virtual one. Inline functions that no library exports are
    /// programs' own.
    pub(super) fn crosses(&self, name: &str) -> bool {
        let uses = self.uses();
        let is_exported = |symbol: &&str| {
            self.release.libraries.iter().any(|library| library.exports_named(symbol).next().is_some())
        };
        let with = self.closure(name);
        with.iter().any(|name| {
            uses.passed_to_pointers.contains(*name)
                || uses.by_value.get(*name).is_some_and(|users| users.iter().any(is_exported))
        }) || self.model.names().any(|(_, known)| {
            known.first().virtuals.iter().any(|function| self.is_passed_by(function, &with))
        })
    }

    /// Whether a virtual function, which an override may stand behind, takes or returns one of some types by value.
    fn is_passed_by(&self, function: &VirtualFunction, types: &BTreeSet<&str>) -> bool {
        let is_one = |type_: &str| {
            let (names, by_value) = self.model.core(type_);
            by_value && names.iter().any(|name| types.contains(&**name))
        };
        if function.returns.as_deref().is_some_and(is_one) {
            return true;
        }
        // Most mention none of them.
        let own = |name: &str| {
            name.rsplit("::").next().is_some_and(|own| {
                let own = own.split('<').next().unwrap_or(own);
                function.symbol.as_deref().is_some_and(|symbol| symbol.contains(own))
            })
        };
        if !types.iter().any(|name| own(name)) {
            return false;
        }
        let signature =
            function.symbol.as_deref().and_then(|symbol| mangling::parse(symbol).ok()?.signature());
        let parameters = signature.and_then(|signature| signature.params).unwrap_or_default();
        parameters.iter().any(|type_| is_one(&spelling::canonical(type_)))
    }

    /// Whether programs have objects of the type: exported functions or variables have it, or something around it, by value.
    pub(super) fn has_objects(&self, name: &str) -> bool {
        let uses = self.uses();
        let has = |name: &&str| self.is_passed(name) || uses.variables.contains_key(*name);
        self.closure(name).iter().any(has)
    }

    /// Exported functions that mention the type behind a pointer.
    pub(super) fn functions_with(&self, name: &str) -> Vec<&'a Function> {
        let symbols = self.uses().by_pointer.get(name).into_iter().flatten();
        symbols
            .filter_map(|symbol| self.libraries.iter().find_map(|library| library.function(symbol)))
            .collect()
    }

    /// Whether functions that programs give the library are called with a pointer to the type.
    pub(super) fn is_handed_to_pointers(&self, name: &str) -> bool {
        self.uses().handed_to_pointers.contains(name)
    }

    /// What a change of the type's layout reaches.
    pub(super) fn affects(&self, name: &str) -> Affects {
        let uses = self.uses();
        let with = self.closure(name);
        let all = |of: &HashMap<String, Vec<&'a str>>| -> BTreeSet<&'a str> {
            with.iter().filter_map(|name| of.get(*name)).flatten().copied().collect()
        };
        let (by_value, variables) = (all(&uses.by_value), all(&uses.variables));
        let mut by_pointer = all(&uses.by_pointer);
        by_pointer.retain(|symbol| !by_value.contains(symbol));
        let has_vtable = |name: &&&str| {
            let type_ = self.model.find(name);
            type_.is_some_and(|t| t.reached.contains(&crate::abi::Role::Vtable))
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let names = if by_value.is_empty() { most_public(&by_pointer) } else { most_public(&by_value) };
        Affects {
            by_value: count(by_value.len()),
            by_pointer: count(by_pointer.len()),
            variables: count(variables.len()),
            vtables: count(with.iter().filter(has_vtable).count()),
            types: count(with.len() - 1),
            names,
            ..Affects::default()
        }
    }

    /// Files of the libraries that a type is of: those that export members of the class, else those that export what has it.
    pub(super) fn libraries_with(&self, name: &str) -> Vec<String> {
        let files = |has: &dyn Fn(&Library) -> bool| -> Vec<String> {
            let libraries = self.release.libraries.iter().filter(|library| has(library));
            libraries.map(|library| library.name.clone()).collect()
        };
        let starts = super::encoded(name).map(|name| [format!("_ZN{name}"), format!("_ZNK{name}")]);
        let is_member = |library: &Library| {
            starts.iter().flatten().any(|start| library.exports_from(start).next().is_some())
        };
        let own = files(&is_member);
        if !own.is_empty() {
            return own;
        }
        let uses = self.uses();
        let with = self.closure(name);
        let all = [&uses.by_value, &uses.by_pointer, &uses.variables];
        let symbols: BTreeSet<&str> = all
            .iter()
            .flat_map(|of| with.iter().filter_map(|name| of.get(*name)))
            .flatten()
            .copied()
            .collect();
        files(&|library| symbols.iter().any(|symbol| library.exports_named(symbol).next().is_some()))
    }

    /// All exported functions and variables through which programs get at a type: they have it, something that it is in, or
    /// something that leads to it. Empty where there are others ways (virtual functions, functions behind pointers), too many,
    /// or no versions of symbols that would tell one from the other.
    pub(super) fn through(&self, name: &str) -> Vec<String> {
        if self.libraries.iter().all(|library| library.versions.is_empty()) {
            return Vec::new();
        }
        let (uses, mentions) = (self.uses(), self.mentions());
        let mut types = BTreeSet::from([name]);
        let mut symbols: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            let has_vtable =
                self.model.find(name).is_some_and(|type_| type_.reached.contains(&crate::abi::Role::Vtable));
            if has_vtable || uses.passed_to_pointers.contains(name) || uses.handed_to_pointers.contains(name)
            {
                return Vec::new();
            }
            let all = [&uses.by_value, &uses.by_pointer, &uses.variables];
            symbols.extend(all.into_iter().filter_map(|of| of.get(name)).flatten().copied());
            let around = [&uses.embedded_in, mentions].into_iter().filter_map(|of| of.get(name)).flatten();
            next.extend(around.copied().filter(|outer| types.insert(*outer)));
            if types.len() > MOST_WAYS || symbols.len() > MOST_WAYS {
                return Vec::new();
            }
        }
        symbols.into_iter().map(str::to_owned).collect()
    }

    fn mentions(&self) -> &HashMap<String, Vec<&'a str>> {
        self.mentions.get_or_init(|| {
            let mut mentions: HashMap<String, Vec<&'a str>> = HashMap::default();
            for type_ in self.model.names().map(|(_, known)| known.first()) {
                let inside = type_.members.iter().map(|member| &member.type_).chain(&type_.target);
                for name in inside.flat_map(|type_| self.model.core(type_).0) {
                    mentions.entry(name).or_default().push(&type_.name);
                }
            }
            mentions
        })
    }

    /// Exported functions and variables that mention a type, and types that contain it.
    pub(super) fn users(&self, name: &str) -> Vec<&'a str> {
        let uses = self.uses();
        let all = [&uses.embedded_in, &uses.by_value, &uses.by_pointer, &uses.variables];
        all.into_iter().filter_map(|of| of.get(name)).flatten().copied().collect()
    }

    /// Exported functions and variables that have a type itself.
    pub(super) fn users_by_value(&self, name: &str) -> Vec<&'a str> {
        let uses = self.uses();
        [&uses.by_value, &uses.variables]
            .into_iter()
            .filter_map(|of| of.get(name))
            .flatten()
            .copied()
            .collect()
    }

    /// The named types at the core of an exported variable's type.
    pub(super) fn type_of(&self, variable: &str) -> Option<Vec<String>> {
        let variable = self.libraries.iter().find_map(|library| library.variable(variable));
        variable.map(|v| self.model.core(&v.type_).0)
    }

    /// The type and all types that contain it, however deep.
    fn closure<'n>(&'n self, name: &'n str) -> BTreeSet<&'n str> {
        let uses = self.uses();
        let mut found = BTreeSet::from([name]);
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            for outer in uses.embedded_in.get(name).into_iter().flatten() {
                if found.insert(outer) {
                    next.push(outer);
                }
            }
        }
        found
    }

    fn uses(&self) -> &Uses<'a> {
        self.uses.get_or_init(|| {
            let mut uses = Uses::default();
            let (model, libraries) = (self.model, &self.libraries);
            let add = |to: &mut HashMap<String, Vec<&'a str>>, names: Vec<String>, user: &'a str| {
                // Nobody asks who uses `int`.
                for name in names.into_iter().filter(|name| !spelling::is_builtin(name)) {
                    to.entry(name).or_default().push(user);
                }
            };
            let types: Vec<&'a Type> = model.names().map(|(_, known)| known.first()).collect();
            let parts: Vec<(&'a str, Vec<String>)> =
                types.par_iter().map(|type_| (&*type_.name, parts(model, type_))).collect();
            parts.into_iter().for_each(|(user, names)| add(&mut uses.embedded_in, names, user));
            let behind: Vec<FunctionPointers> =
                types.par_iter().map(|type_| FunctionPointers::of(model, type_)).collect();
            behind.into_iter().for_each(|found| found.add_to(&mut uses));
            for library in libraries {
                let callable: Vec<&'a Function> =
                    library.functions.iter().filter(|function| self.public.may_call(function)).collect();
                let called: Vec<FunctionPointers> = callable
                    .par_iter()
                    .map(|f| {
                        let mut found = FunctionPointers::default();
                        f.types().for_each(|type_| found.type_(model, type_, DEEPEST));
                        found
                    })
                    .collect();
                called.into_iter().for_each(|found| found.add_to(&mut uses));
                let described: Vec<Described<'a>> = callable
                    .par_iter()
                    .map(|f| (&*f.symbol, f.types().flat_map(|type_| uses_of(model, type_)).collect()))
                    .collect();
                for (symbol, types) in described {
                    for (names, by_value) in types {
                        let to = if by_value { &mut uses.by_value } else { &mut uses.by_pointer };
                        add(to, names, symbol);
                    }
                }
                for variable in &library.variables {
                    for (names, by_value) in uses_of(model, &variable.type_) {
                        let to = if by_value { &mut uses.variables } else { &mut uses.by_pointer };
                        add(to, names, &variable.symbol);
                    }
                }
            }
            uses
        })
    }
}

/// The named types in a type, and whether they are passed with it by value. An alias of a pointer is: what programs pass is
/// what it stands for, whatever they know of what that points at.
fn uses_of(model: &Model<'_>, type_: &str) -> Vec<(Vec<String>, bool)> {
    let (names, by_value) = model.core(type_);
    if by_value {
        return vec![(names, true)];
    }
    let aliases = model.embedded(type_);
    let behind = names.into_iter().filter(|name| !aliases.contains(name)).collect();
    vec![(behind, false), (aliases, true)]
}

/// Types that functions behind pointers take and return.
#[derive(Default)]
pub(super) struct FunctionPointers {
    /// By value.
    pub(super) passed: Vec<String>,
    /// By pointer.
    pub(super) handed: Vec<String>,
}

/// Functions that take functions, and pointers to pointers, that are followed.
const DEEPEST: u32 = 8;

impl FunctionPointers {
    /// Of the members of a class and the target of an alias.
    fn of(model: &Model<'_>, type_: &Type) -> FunctionPointers {
        let mut found = FunctionPointers::default();
        let types = type_.members.iter().map(|member| &*member.type_).chain(type_.target.as_deref());
        types.for_each(|type_| found.type_(model, type_, DEEPEST));
        found
    }

    /// Of one type.
    pub(super) fn in_type(model: &Model<'_>, type_: &str) -> FunctionPointers {
        let mut found = FunctionPointers::default();
        found.type_(model, type_, DEEPEST);
        found
    }

    fn type_(&mut self, model: &Model<'_>, type_: &str, depth: u32) {
        // Most types are no functions.
        let Some(depth) = depth.checked_sub(1).filter(|_| type_.contains('(')) else { return };
        let resolved = model.resolve(type_);
        match spelling::shape(&resolved) {
            Shape::Pointer(inner) | Shape::Reference(inner) | Shape::Array { element: inner, .. } => {
                self.type_(model, &inner, depth);
            }
            Shape::Function { returns, parameters } => {
                for type_ in parameters.into_iter().chain([&*returns]).filter(|type_| *type_ != "...") {
                    let (names, by_value) = model.core(type_);
                    if by_value { &mut self.passed } else { &mut self.handed }.extend(names);
                    self.type_(model, type_, depth);
                }
            }
            Shape::MemberPointer { to, .. } => self.type_(model, &to, depth),
            _ => {}
        }
    }

    fn add_to(self, uses: &mut Uses<'_>) {
        uses.passed_to_pointers.extend(self.passed);
        uses.handed_to_pointers.extend(self.handed);
    }
}

/// Whether a name is that of a template's instance, or of something in one.
pub(super) fn is_instance(name: &str) -> bool {
    name.contains('<')
}

/// Names of the types that a type has in it: bases and members, typedefs on the way included.
pub(super) fn parts(model: &Model<'_>, type_: &Type) -> Vec<String> {
    let mut names: Vec<String> = type_.bases.iter().map(|base| base.name.to_string()).collect();
    for member in &type_.members {
        names.extend(model.embedded(&member.type_));
    }
    names.extend(type_.target.iter().flat_map(|target| model.embedded(target)));
    names.sort_unstable();
    names.dedup();
    names
}

/// Symbols, and types, that lead to a type and are gone through.
const MOST_WAYS: usize = 64;

/// A few functions for people: those whose names are the shortest way from the outside.
fn most_public(symbols: &BTreeSet<&str>) -> Vec<String> {
    let mut names: Vec<String> = symbols.iter().map(|s| mangling::display(s).into_owned()).collect();
    names.sort_by_cached_key(|name| (spelling::seclusion(name), name.len(), name.clone()));
    names.dedup();
    names.truncate(MOST_NAMES);
    names
}
