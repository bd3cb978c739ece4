//! Which types of two releases are one, where the name does not say it.
//!
//! A C++ name is an identity. In C each file may have a type of its own by any name, and so may each library of a release.
//! Inside a library a dump tells namesakes apart by the file of their definition (`buffer@aio.c`), of which nothing
//! remains where there is only one; so a type may have another name on the other side without having changed. Here types
//! get one name on both sides: by what uses them first, then by what is in them. Libraries whose types of one name
//! differ get names of their own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use crate::abi::{HEADERS, Library, Type};

/// Libraries to compare, old and new, in which a name is one type.
pub(super) struct Identities<'a> {
    libraries: Vec<(Cow<'a, Library>, Cow<'a, Library>)>,
    /// Names that tell libraries apart, and how the libraries call these types themselves.
    own_names: HashMap<String, String>,
}

/// Names in the place of others, for one library.
type Renames = BTreeMap<String, String>;

impl<'a> Identities<'a> {
    pub(super) fn of(pairs: &[(&'a Library, &'a Library)]) -> Identities<'a> {
        let mut libraries: Vec<_> =
            pairs.iter().map(|(old, new)| (Cow::Borrowed(*old), Cow::Borrowed(*new))).collect();
        for (old, new) in &mut libraries {
            let renames = paired(old, new);
            if !renames.is_empty() {
                rename(new.to_mut(), &renames);
            }
        }
        let mut own_names = HashMap::default();
        for (at, renames) in apart(&libraries) {
            for (own, other) in &renames {
                own_names.insert(other.clone(), own.clone());
            }
            if let Some((old, new)) = libraries.get_mut(at) {
                rename(old.to_mut(), &renames);
                rename(new.to_mut(), &renames);
            }
        }
        Identities { libraries, own_names }
    }

    pub(super) fn pairs(&self) -> Vec<(&Library, &Library)> {
        self.libraries.iter().map(|(old, new)| (&**old, &**new)).collect()
    }

    /// What the library itself calls a type.
    pub(super) fn own_name(&self, name: &str) -> Option<&str> {
        self.own_names.get(name).map(String::as_str)
    }
}

/// The name without the file that tells it from namesakes; none where it has no such file, or is inside such a type.
fn base_of_marked(name: &str) -> Option<&str> {
    let (base, file) = name.split_once('@')?;
    (!file.contains("::")).then_some(base)
}

/// New names for types of the new library that the old one calls otherwise.
fn paired(old: &Library, new: &Library) -> Renames {
    let bases: BTreeSet<&str> =
        old.types.iter().chain(&new.types).filter_map(|type_| base_of_marked(&type_.name)).collect();
    let mut renames = Renames::new();
    if bases.is_empty() {
        return renames;
    }
    let by_base = |library: &'_ Library| {
        let mut found: HashMap<String, Vec<usize>> = HashMap::default();
        for (at, type_) in library.types.iter().enumerate() {
            let base = base_of_marked(&type_.name).unwrap_or(&type_.name);
            if bases.contains(base) && type_.variant == 0 {
                found.entry(base.to_owned()).or_default().push(at);
            }
        }
        found
    };
    let (in_old, in_new) = (by_base(old), by_base(new));
    for base in bases {
        let of = |found: &HashMap<String, Vec<usize>>| found.get(base).cloned().unwrap_or_default();
        let old_types: Vec<Candidate<'_>> = candidates(old, &of(&in_old));
        let new_types: Vec<Candidate<'_>> = candidates(new, &of(&in_new));
        pair(base, &old_types, &new_types, &mut renames);
    }
    renames
}

/// A type that shares its name, and what uses it.
struct Candidate<'l> {
    type_: &'l Type,
    users: BTreeSet<&'l str>,
}

fn candidates<'l>(library: &'l Library, types: &[usize]) -> Vec<Candidate<'l>> {
    let types = types.iter().filter_map(|at| library.types.get(*at));
    types.map(|type_| Candidate { type_, users: users(library, &type_.name) }).collect()
}

/// Functions, variables and types that mention a type.
fn users<'l>(library: &'l Library, name: &str) -> BTreeSet<&'l str> {
    let is_used = |text: &str| find_name(text, name, 0).is_some();
    let mut users = BTreeSet::new();
    for function in &library.functions {
        if function.types().any(is_used) {
            users.insert(&*function.symbol);
        }
    }
    users.extend(library.variables.iter().filter(|v| is_used(&v.type_)).map(|v| &*v.symbol));
    for type_ in &library.types {
        let mut texts = type_.members.iter().map(|m| &m.type_).chain(&type_.target);
        if *type_.name != *name && texts.any(|text| is_used(text)) {
            users.insert(base_of_marked(&type_.name).unwrap_or(&type_.name));
        }
    }
    users
}

/// How much speaks for two types being one: who uses them first.
fn likeness(old: &Candidate<'_>, new: &Candidate<'_>) -> usize {
    let (a, b) = (old.type_, new.type_);
    let file = |type_: &Type| type_.location.as_ref().map(|location| location.file.clone());
    let common = old.users.intersection(&new.users).count();
    let members =
        a.members.iter().filter(|m| b.members.iter().any(|n| n.name == m.name && !n.name.is_empty()));
    let same = |yes: bool, weight: usize| if yes { weight } else { 0 };
    common.min(1 << 20) * 1_000_000
        + same(a.says_the_same_as(b), 100_000)
        + members.count().min(99) * 1_000
        + same(file(a).is_some() && file(a) == file(b), 100)
        + same(a.kind == b.kind, 10)
        + same(a.name == b.name, 5)
}

fn pair(base: &str, old: &[Candidate<'_>], new: &[Candidate<'_>], renames: &mut Renames) {
    let mut likely: Vec<(usize, usize, usize)> = Vec::new();
    for (x, a) in old.iter().enumerate() {
        likely.extend(new.iter().enumerate().map(|(y, b)| (likeness(a, b), x, y)));
    }
    // Both lists are sorted by name.
    likely.sort_by_key(|&(likeness, x, y)| (std::cmp::Reverse(likeness), x, y));
    let (mut from, mut to) = (HashSet::default(), HashSet::default());
    let mut taken: BTreeSet<String> = old.iter().map(|c| c.type_.name.to_string()).collect();
    for (likeness, x, y) in likely {
        if likeness > 0 && !from.contains(&x) && !to.contains(&y) {
            from.insert(x);
            to.insert(y);
            let (a, b) = (&old[x].type_.name, &new[y].type_.name);
            if a != b {
                renames.insert(b.to_string(), a.to_string());
            }
        }
    }
    for (_, added) in new.iter().enumerate().filter(|(y, _)| !to.contains(y)) {
        let own = added.type_.name.to_string();
        if taken.insert(own.clone()) {
            continue;
        }
        // Its name is that of another type of the old library.
        let file = added.type_.location.as_ref().map_or("", |location| &*location.file);
        let mut name = format!("{base}@{file}");
        while !taken.insert(name.clone()) {
            name.push('+');
        }
        renames.insert(own, name);
    }
}

/// What has to be renamed in which libraries, since others have another type of that name.
fn apart(libraries: &[(Cow<'_, Library>, Cow<'_, Library>)]) -> BTreeMap<usize, Renames> {
    let mut renames: BTreeMap<usize, Renames> = BTreeMap::new();
    let are_many = libraries.iter().filter(|(old, _)| old.name != HEADERS).count() > 1;
    if !are_many {
        return renames;
    }
    // Old and new definition in each library that has one, of names that C gives.
    let mut by_name: BTreeMap<&str, BTreeMap<usize, Sides<'_>>> = BTreeMap::new();
    let complete = |type_: &&Type| !type_.is_incomplete() && type_.variant == 0;
    for only_c in [true, false] {
        for (at, (old, new)) in libraries.iter().enumerate() {
            let all = old.types.iter().map(|t| (t, false)).chain(new.types.iter().map(|t| (t, true)));
            for (type_, is_new) in all.filter(|(t, _)| complete(t) && t.c == only_c) {
                // What is inside goes with the type around it.
                if only_c && !type_.name.contains("::") {
                    by_name.entry(&type_.name).or_default();
                }
                if let Some(sides) = by_name.get_mut(&*type_.name) {
                    let side = sides.entry(at).or_default();
                    *(if is_new { &mut side.new } else { &mut side.old }) = Some(type_);
                }
            }
        }
    }
    for (name, by_library) in by_name {
        if by_library.len() < 2 {
            continue;
        }
        let mut groups: Vec<(Sides<'_>, Vec<usize>)> = Vec::new();
        let mut ordered: Vec<(usize, Sides<'_>)> = by_library.into_iter().collect();
        // C++ and the headers keep the name.
        ordered.sort_by_key(|(at, sides)| (sides.is_c(), libraries[*at].0.name != HEADERS, *at));
        for (at, sides) in ordered {
            match groups.iter_mut().find(|(known, _)| known.agree(&sides)) {
                Some((known, members)) => {
                    known.old = known.old.or(sides.old);
                    known.new = known.new.or(sides.new);
                    members.push(at);
                }
                None => groups.push((sides, vec![at])),
            }
        }
        for (_, members) in groups.into_iter().skip(1) {
            let first = members.iter().map(|at| &libraries[*at].0.name).min();
            let own = format!("{name}@{}", first.map_or("", String::as_str));
            for at in members.into_iter().filter(|at| libraries[*at].0.name != HEADERS) {
                renames.entry(at).or_default().insert(name.to_owned(), own.clone());
            }
        }
    }
    renames
}

/// A type in one library before and after, as far as it is there.
#[derive(Clone, Copy, Default)]
struct Sides<'l> {
    old: Option<&'l Type>,
    new: Option<&'l Type>,
}

impl Sides<'_> {
    fn is_c(&self) -> bool {
        self.old.or(self.new).is_some_and(|type_| type_.c)
    }

    /// Whether both libraries may mean one type: as far as both have it, they say the same before and after.
    fn agree(&self, other: &Sides<'_>) -> bool {
        let agree = |a: Option<&Type>, b: Option<&Type>| a.zip(b).is_none_or(|(a, b)| is_one(a, b));
        if !self.is_c() && !other.is_c() {
            return true;
        }
        agree(self.old, other.old) && agree(self.new, other.new)
    }
}

/// Whether two libraries describe one declaration. Compilers and languages differ in what they record of how it is passed.
fn is_one(a: &Type, b: &Type) -> bool {
    let members = |type_: &Type| -> Vec<(Box<str>, u64, Option<u64>)> {
        type_.members.iter().map(|m| (m.name.clone(), m.bit_offset, m.bit_size)).collect()
    };
    a.says_the_same_as(b)
        || (a.kind.is_class() && b.kind.is_class())
            && a.size == b.size
            && (a.c != b.c)
            && a.bases.is_empty()
            && b.bases.is_empty()
            && members(a) == members(b)
}

/// Gives types of a library other names.
fn rename(library: &mut Library, renames: &Renames) {
    let look = |text: &mut Box<str>| {
        if let Some(renamed) = renamed(text, renames) {
            *text = renamed.into();
        }
    };
    library.types.iter_mut().for_each(|type_| type_.for_each_name(&look));
    library.functions.iter_mut().for_each(|function| function.for_each_name(&look));
    library.variables.iter_mut().for_each(|variable| look(&mut variable.type_));
    library.constants.iter_mut().for_each(|constant| look(&mut constant.type_));
    library.types.sort_by(|a, b| (&a.name, a.variant).cmp(&(&b.name, b.variant)));
}

/// A type with other names in it; none where it has none of them.
fn renamed(text: &str, renames: &Renames) -> Option<String> {
    let mut found: Vec<(usize, usize, &str)> = Vec::new();
    for (from, to) in renames {
        let mut start = 0;
        while let Some(at) = find_name(text, from, start) {
            found.push((at, from.len(), to));
            start = at + from.len();
        }
    }
    if found.is_empty() {
        return None;
    }
    found.sort_unstable();
    let (mut whole, mut end) = (String::with_capacity(text.len()), 0);
    for (at, length, to) in found {
        whole.push_str(text.get(end..at)?);
        whole.push_str(to);
        end = at + length;
    }
    whole.push_str(text.get(end..)?);
    Some(whole)
}

/// Where a name stands as a whole in the spelling of a type, from an offset on.
fn find_name(text: &str, name: &str, start: usize) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | '/' | '+' | '-');
    let mut from = start;
    while let Some(found) = text.get(from..)?.find(name) {
        let at = from + found;
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        if !before.ends_with(is_part) && !before.ends_with("::") && !after.starts_with(is_part) {
            return Some(at);
        }
        from = at + name.len().max(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Field, Function, Parameter, TypeKind};

    fn type_(name: &str, size: u64, members: &[&str]) -> Type {
        let field = |(at, name): (usize, &&str)| Field {
            name: (**name).into(),
            type_: "int".into(),
            bit_offset: at as u64 * 32,
            ..Field::default()
        };
        Type {
            name: name.into(),
            kind: TypeKind::Struct,
            c: true,
            size: Some(size),
            members: members.iter().enumerate().map(field).collect(),
            ..Type::default()
        }
    }

    fn library(name: &str, types: Vec<Type>, functions: &[(&str, &str)]) -> Library {
        let function = |(symbol, parameter): &(&str, &str)| Function {
            symbol: (*symbol).into(),
            parameters: vec![Parameter { type_: (*parameter).into(), ..Parameter::default() }],
            ..Function::default()
        };
        Library {
            name: name.to_owned(),
            types,
            functions: functions.iter().map(function).collect(),
            ..Library::default()
        }
    }

    #[test]
    fn a_namesake_that_comes_changes_no_identity() {
        let old = library("l", vec![type_("b", 8, &["x", "y"])], &[("put", "b*")]);
        let new = library(
            "l",
            vec![type_("b", 4, &["fd"]), type_("b@put.c", 12, &["x", "y", "z"])],
            &[("io", "b*"), ("put", "b@put.c*")],
        );
        let identities = Identities::of(&[(&old, &new)]);
        let (_, new) = identities.pairs()[0];
        assert_eq!(&*new.functions[1].parameters[0].type_, "b*");
        let grown = new.types.iter().find(|t| &*t.name == "b").unwrap();
        assert_eq!(grown.size, Some(12));
        assert_eq!(&*new.functions[0].parameters[0].type_, "b@*");
    }

    #[test]
    fn libraries_have_types_of_their_own() {
        let one = library("one.so", vec![type_("b", 8, &["x", "y"])], &[("one", "b*")]);
        let old = library("two.so", vec![type_("b", 4, &["fd"])], &[("two", "b (*)[2]")]);
        let new = library("two.so", vec![type_("b", 8, &["fd", "off"])], &[("two", "b (*)[2]")]);
        let identities = Identities::of(&[(&one, &one), (&old, &new)]);
        let pairs = identities.pairs();
        assert_eq!(&*pairs[0].0.types[0].name, "b");
        assert_eq!(&*pairs[1].1.types[0].name, "b@two.so");
        assert_eq!(&*pairs[1].1.functions[0].parameters[0].type_, "b@two.so (*)[2]");
        assert_eq!(identities.own_name("b@two.so"), Some("b"));
        let same = Identities::of(&[(&one, &one), (&one, &one)]);
        assert_eq!(&*same.pairs()[1].0.types[0].name, "b");
    }

    #[test]
    fn names_are_found_as_a_whole() {
        assert_eq!(find_name("void (*)(b*, abc, b)", "b", 0), Some(9));
        assert_eq!(find_name("ab a::b b@x.c b_ b2", "b", 0), None);
        assert_eq!(find_name("b::(anonymous union with i)", "b", 0), Some(0));
    }
}
