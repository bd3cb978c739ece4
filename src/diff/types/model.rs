//! The types of one release, by name: a C++ name is one type, whichever library describes it.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};

use crate::abi::{BaseType, Library, Machine, Type, TypeKind};
use crate::spelling::{self, Shape};

/// Typedefs of typedefs that are followed.
const DEEPEST: usize = 32;

/// Pointers to pointers and arrays of arrays that are followed.
const MOST_STEPS: usize = 16;

/// What a release says about types.
pub(super) struct Model<'a> {
    types: HashMap<&'a str, Known<'a>>,
    /// Size of a pointer in bits.
    pub(super) word: u64,
    /// What the code is for, where a library says it.
    pub(super) machine: Option<&'a Machine>,
    /// Types of the language by name, as far as all units agree; none where the other release does not describe them.
    base_types: HashMap<&'a str, &'a BaseType>,
}

/// All definitions of one name in the library that describes it best.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) library: &'a Library,
    pub(super) variants: &'a [Type],
}

impl<'a> Known<'a> {
    /// The first definition, else the declaration.
    pub(super) fn first(self) -> &'a Type {
        &self.variants[0]
    }
}

impl<'a> Model<'a> {
    /// Of what these libraries of a release describe. Without `base_types` the types of the language are what they usually
    /// are on the machine.
    pub(super) fn new(libraries: impl Iterator<Item = &'a Library> + Clone, base_types: bool) -> Model<'a> {
        let described = libraries.clone().flat_map(|l| &l.base_types).filter(|_| base_types);
        let count = libraries.clone().map(|l| l.types.len()).sum();
        let mut types: HashMap<&'a str, Known<'a>> = HashMap::with_capacity(count);
        for library in libraries.clone() {
            for variants in library.types.chunk_by(|a, b| a.name == b.name) {
                let known = Known { library, variants };
                let entry = types.entry(&variants[0].name).or_insert(known);
                if entry.first().is_incomplete() && !variants[0].is_incomplete() {
                    *entry = known;
                }
            }
        }
        let machine = libraries.map(|l| &l.machine).find(|machine| machine.bits > 0);
        Model {
            types,
            word: machine.map_or(64, |machine| machine.bits).into(),
            machine,
            base_types: agreed(described),
        }
    }

    /// A type of the language as debug info describes it.
    pub(super) fn base_type(&self, name: &str) -> Option<&'a BaseType> {
        self.base_types.get(name).copied()
    }

    /// Everything known under a name.
    pub(super) fn known(&self, name: &str) -> Option<Known<'a>> {
        self.types.get(name).copied()
    }

    /// The definition or declaration of that name.
    pub(super) fn find(&self, name: &str) -> Option<&'a Type> {
        self.known(name).map(Known::first)
    }

    /// The same in one library.
    pub(super) fn first_in(&self, library: &'a Library, name: &str) -> Option<&'a Type> {
        // Where it is the only one that describes types, this is what was looked up already.
        let known = self.known(name).filter(|known| std::ptr::eq(known.library, library));
        known.map(Known::first).or_else(|| library.types_named(name).next())
    }

    /// The definition of a class, union or enum.
    pub(super) fn definition(&self, name: &str) -> Option<&'a Type> {
        self.find(name).filter(|type_| type_.size.is_some())
    }

    /// All names, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a str, Known<'a>)> {
        self.types.iter().map(|(name, known)| (*name, *known))
    }

    /// A type without qualifiers and typedefs on its outside.
    pub(super) fn resolve<'t>(&self, type_: &'t str) -> Cow<'t, str>
    where
        'a: 't,
    {
        self.resolve_through(type_, &mut |_| ())
    }

    /// The same, telling each typedef on the way.
    pub(super) fn resolve_through<'t>(&self, type_: &'t str, typedef: &mut dyn FnMut(&'a str)) -> Cow<'t, str>
    where
        'a: 't,
    {
        let mut current: Cow<'t, str> = Cow::Borrowed(type_);
        for _ in 0..DEEPEST {
            let next = match spelling::shape(&current) {
                Shape::Qualified(inner) => inner.into_owned(),
                Shape::Named(name) => {
                    let alias = self.find(name).filter(|t| t.kind == TypeKind::Typedef);
                    match alias.and_then(|t| t.target.as_deref().map(|target| (&*t.name, target))) {
                        Some((name, target)) => {
                            typedef(name);
                            target.to_owned()
                        }
                        None => break,
                    }
                }
                _ => break,
            };
            current = Cow::Owned(next);
        }
        current
    }

    /// Pointers on the way to what a type leads to.
    pub(super) fn indirections(&self, type_: &str) -> usize {
        let mut current = type_.to_owned();
        for steps in 0..MOST_STEPS {
            let next = match spelling::shape(&self.resolve(&current)) {
                Shape::Pointer(to) | Shape::Reference(to) => to.into_owned(),
                _ => return steps,
            };
            current = next;
        }
        MOST_STEPS
    }

    /// The named types that a type contains by value, typedefs on the way included.
    pub(super) fn embedded(&self, type_: &str) -> Vec<String> {
        self.walk(type_, false).0
    }

    /// The named types at the core of a type, typedefs on the way included, and whether no pointer stands before them.
    pub(super) fn core(&self, type_: &str) -> (Vec<String>, bool) {
        self.walk(type_, true)
    }

    fn walk(&self, type_: &str, through_pointers: bool) -> (Vec<String>, bool) {
        let mut names = Vec::new();
        let mut current = type_.to_owned();
        let mut by_value = true;
        for _ in 0..MOST_STEPS {
            let resolved = self.resolve_through(&current, &mut |typedef| names.push(typedef.to_owned()));
            let next = match spelling::shape(&resolved) {
                Shape::Pointer(to) | Shape::Reference(to) if through_pointers => {
                    by_value = false;
                    to.into_owned()
                }
                Shape::Array { element, .. } => element.into_owned(),
                Shape::Named(name) => {
                    names.push(name.to_owned());
                    break;
                }
                _ => break,
            };
            current = next;
        }
        (names, by_value)
    }
}

/// Those of which all units say the same size and encoding.
fn agreed<'a>(described: impl Iterator<Item = &'a BaseType>) -> HashMap<&'a str, &'a BaseType> {
    let mut known: HashMap<&str, Option<&BaseType>> = HashMap::new();
    for base in described {
        let entry = known.entry(&*base.name).or_insert(Some(base));
        if entry.is_some_and(|other| (other.size, other.encoding) != (base.size, base.encoding)) {
            *entry = None;
        }
    }
    known.into_iter().filter_map(|(name, base)| Some((name, base?))).collect()
}
