//! Whether two types look the same to compiled code: size, alignment, passing convention, and what scalars stand where.

use std::cell::RefCell;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::functions;
use super::model::Model;
use super::names;
use super::passing;
use super::scalars::{self, Scalar};
use crate::abi::{Field, Passing, Type, TypeKind};
use crate::spelling::{self, Shape};

/// How much alike two types are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LayoutEquivalence {
    /// Compiled code cannot tell them apart.
    Identical,
    /// The same bytes, of which some mean other numbers: signed and unsigned.
    SameBits,
    /// Another representation.
    Different,
}

/// Scalars of a class that are compared; a larger one is like no class of another name.
const MOST_LEAVES: usize = 4096;

/// Members and bases of one class that are looked at, however deep.
const MOST_STEPS: usize = 1 << 16;

/// Elements of an array of numbers from which on it is one scalar.
const LONG_ARRAY: u64 = 64;

/// Pointers to pointers, arrays of arrays and classes in classes that are followed.
const DEEPEST: u32 = 48;

/// A scalar and its place in bits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Leaf {
    offset: u64,
    size: u64,
    scalar: Scalar,
}

/// A type as compiled code sees it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Representation {
    /// In bits.
    size: u64,
    /// In bytes, where it is known.
    align: Option<u64>,
    passing: Option<Passing>,
    leaves: Vec<Leaf>,
}

/// What is known of types, by release (the new one is true) and name.
type Representations = HashMap<(bool, String), Option<Rc<Representation>>>;

/// Compares types of two releases.
pub(super) struct LayoutEquivalences<'m, 'a> {
    pub(super) old: &'m Model<'a>,
    pub(super) new: &'m Model<'a>,
    known: RefCell<Representations>,
    /// Pairs behind pointers that are being compared: taken for the same until something else differs.
    assumed: RefCell<HashSet<(String, String)>>,
    same_name: RefCell<HashMap<String, LayoutEquivalence>>,
}

/// Whether `(n::E)1` may be what `n::one` or `n::E::one` stands for.
fn is_enumerator(number: &str, name: &str) -> bool {
    let Some((enumeration, value)) = number.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return false;
    };
    let scope = enumeration.rsplit_once("::").map_or("", |(scope, _)| scope);
    let around = name.rsplit_once("::").map_or("", |(around, _)| around);
    value.parse::<i128>().is_ok() && (around == scope || around == enumeration)
}

impl<'m, 'a> LayoutEquivalences<'m, 'a> {
    pub(super) fn new(old: &'m Model<'a>, new: &'m Model<'a>) -> LayoutEquivalences<'m, 'a> {
        LayoutEquivalences {
            old,
            new,
            known: RefCell::new(HashMap::new()),
            assumed: RefCell::new(HashSet::new()),
            same_name: RefCell::new(HashMap::new()),
        }
    }

    /// Compares a type of the old release with one of the new release, both by value.
    pub(super) fn of(&self, old: &str, new: &str) -> LayoutEquivalence {
        self.by_value(old, new, DEEPEST)
    }

    /// Compares two bit-fields of one width: of their types, only the sign is in the bits. One bit is no other number for
    /// being `bool`.
    pub(super) fn bits(&self, old: &Field, new: &Field) -> LayoutEquivalence {
        let plain = |model: &Model<'_>, field: &Field| match bit_field(model, field) {
            Scalar::Bool if field.bit_size == Some(1) => Scalar::Unsigned,
            scalar => scalar,
        };
        match plain(self.old, old) == plain(self.new, new) {
            true => LayoutEquivalence::Identical,
            false => LayoutEquivalence::SameBits,
        }
    }

    /// The same of two types that are passed or returned: what has the same bytes may go elsewhere.
    pub(super) fn passed(&self, old: &str, new: &str) -> LayoutEquivalence {
        self.passed_at(old, new, DEEPEST)
    }

    fn passed_at(&self, old: &str, new: &str, depth: u32) -> LayoutEquivalence {
        let equivalence = self.by_value(old, new, depth);
        if equivalence == LayoutEquivalence::Different {
            return equivalence;
        }
        match (passing::passage(self.old, old), passing::passage(self.new, new)) {
            (Some(before), Some(after)) if before != after => LayoutEquivalence::Different,
            (Some(_), Some(_)) => equivalence,
            // The rules of the machine may tell a number from a class with the same bytes.
            _ if self.form(self.old, old) != self.form(self.new, new) => {
                equivalence.max(LayoutEquivalence::SameBits)
            }
            _ => equivalence,
        }
    }

    /// Whether a type is a class, and whether it is complex.
    fn form(&self, model: &Model<'_>, type_: &str) -> (bool, bool) {
        let resolved = model.resolve(type_);
        let is_class = model.find(&resolved).is_some_and(|type_| type_.kind.is_class());
        (is_class, resolved.ends_with(" _Complex"))
    }

    /// Whether the type of this name looks in the new release as it did.
    pub(super) fn kept(&self, name: &str) -> bool {
        if let Some(equivalence) = self.same_name.borrow().get(name) {
            return *equivalence == LayoutEquivalence::Identical;
        }
        let equivalence = self.by_value(name, name, DEEPEST);
        self.same_name.borrow_mut().insert(name.to_owned(), equivalence);
        equivalence == LayoutEquivalence::Identical
    }

    /// Whether two types are one to the language, whatever typedefs they are spelled with: qualifiers on the outside of a
    /// type and of parameters of functions do not count, nor does the bound of an array that has none.
    pub(super) fn is_same(&self, old: &str, new: &str) -> bool {
        self.same_type(old, new, DEEPEST)
    }

    fn same_type(&self, old: &str, new: &str, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let (a, b) = (self.old.resolve(old), self.new.resolve(new));
        let inside = |x: &str, y: &str| {
            self.qualifiers(self.old, x) == self.qualifiers(self.new, y) && self.same_type(x, y, depth)
        };
        match (spelling::shape(&a), spelling::shape(&b)) {
            (Shape::Named(x), Shape::Named(y)) => {
                x == y
                    || scalars::is_same_foreign((self.old, x), (self.new, y))
                    || self.is_same_unnamed(x, y, depth)
            }
            (Shape::Pointer(x), Shape::Pointer(y)) => inside(&x, &y),
            (Shape::Reference(x), Shape::Reference(y)) => {
                a.ends_with("&&") == b.ends_with("&&") && inside(&x, &y)
            }
            (Shape::Array { element: x, bound: n }, Shape::Array { element: y, bound: m }) => {
                n.unwrap_or(0) == m.unwrap_or(0) && inside(&x, &y)
            }
            (Shape::MemberPointer { class: c, to: x }, Shape::MemberPointer { class: d, to: y }) => {
                c == d && inside(&x, &y)
            }
            (
                Shape::Function { returns: r, parameters: p },
                Shape::Function { returns: s, parameters: q },
            ) => {
                let one = |(x, y): (&&str, &&str)| *x == *y || self.same_type(x, y, depth);
                p.len() == q.len() && self.same_type(&r, &s, depth) && p.iter().zip(&q).all(one)
            }
            _ => false,
        }
    }

    /// Whether two types that programs cannot name are one: compilers call them after what has them or what is in them.
    fn is_same_unnamed(&self, old: &str, new: &str, depth: u32) -> bool {
        names::is_unnamed(old)
            && names::is_unnamed(new)
            && self.by_value(old, new, depth) == LayoutEquivalence::Identical
            && names::of(self.old, old) == names::of(self.new, new)
    }

    /// The qualifiers on the outside of two types, sorted, those of their typedefs included.
    pub(super) fn qualifiers_of(&self, old: &str, new: &str) -> (Vec<&'static str>, Vec<&'static str>) {
        (self.qualifiers(self.old, old), self.qualifiers(self.new, new))
    }

    /// The qualifiers on the outside of a type, those of its typedefs included, sorted.
    fn qualifiers(&self, model: &Model<'_>, type_: &str) -> Vec<&'static str> {
        const WORDS: [&str; 4] = [" _Atomic", " const", " restrict", " volatile"];
        let mut found = Vec::new();
        let mut current = type_.to_owned();
        for _ in 0..DEEPEST {
            while let Some(word) = WORDS.iter().find(|word| current.ends_with(**word)) {
                current.truncate(current.len() - word.len());
                found.push(*word);
            }
            let alias = model.find(&current).filter(|t| t.kind == TypeKind::Typedef);
            let Some(target) = alias.and_then(|t| t.target.as_deref()) else { break };
            current = target.to_owned();
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether two types are arrays, or lead to arrays, of the same elements and other lengths.
    pub(super) fn differ_in_bounds(&self, old: &str, new: &str) -> bool {
        let (mut a, mut b) = (self.old.resolve(old).into_owned(), self.new.resolve(new).into_owned());
        let mut other_bounds = false;
        for _ in 0..DEEPEST {
            let (x, y) = match (spelling::shape(&a), spelling::shape(&b)) {
                (Shape::Array { element: x, bound: n }, Shape::Array { element: y, bound: m }) => {
                    // `T[0]` and `T[]` are one to the compilers that know both.
                    other_bounds |= n.unwrap_or(0) != m.unwrap_or(0);
                    (x, y)
                }
                (Shape::Pointer(x), Shape::Pointer(y)) | (Shape::Reference(x), Shape::Reference(y)) => (x, y),
                _ => break,
            };
            (a, b) = (self.old.resolve(&x).into_owned(), self.new.resolve(&y).into_owned());
        }
        other_bounds && self.of(&a, &b) == LayoutEquivalence::Identical
    }

    /// Whether no scalar of a class of the old release touches these bits. False where nobody says.
    pub(super) fn is_padding(&self, class: &str, start: u64, end: u64) -> bool {
        let Some(known) = self.representation(false, class, DEEPEST) else { return false };
        end <= known.size
            && known.leaves.iter().all(|leaf| {
                // A virtual base has a place that only the most derived class knows.
                !matches!(&leaf.scalar, Scalar::Named(name) if name.starts_with("virtual "))
                    && (leaf.offset >= end || leaf.offset.saturating_add(leaf.size) <= start)
            })
    }

    /// Offset and size in bits of each scalar of a type. None where nobody says.
    pub(super) fn places(&self, type_: &str, is_new: bool) -> Option<Vec<(u64, u64)>> {
        let model = if is_new { self.new } else { self.old };
        let known = self.representation(is_new, &model.resolve(type_), DEEPEST)?;
        Some(known.leaves.iter().map(|leaf| (leaf.offset, leaf.size)).collect())
    }

    /// Whether a class has no data: it takes no room as a base.
    pub(super) fn is_empty_class(&self, name: &str, is_old: bool) -> bool {
        let known = self.representation(!is_old, name, DEEPEST);
        known.is_some_and(|known| known.size == 8 && known.leaves.is_empty())
    }

    fn by_value(&self, old: &str, new: &str, depth: u32) -> LayoutEquivalence {
        let (a, b) = (self.old.resolve(old), self.new.resolve(new));
        let (Some(before), Some(after)) =
            (self.representation(false, &a, depth), self.representation(true, &b, depth))
        else {
            return self.by_facts(&a, &b);
        };
        match self.representations(&before, &after, depth) {
            // Types of one name are compared member by member elsewhere.
            equivalence if equivalence != LayoutEquivalence::Different && a != b => {
                match self.names_moved(&a, &b) {
                    true => LayoutEquivalence::Different,
                    false => equivalence,
                }
            }
            equivalence => equivalence,
        }
    }

    /// Whether two types of other names have members or enumerators of one name that stand for other bytes or values: old
    /// programs use the bytes of one for the other.
    fn names_moved(&self, old: &str, new: &str) -> bool {
        let (before, after) = (names::of(self.old, old), names::of(self.new, new));
        names::moved(&before, &after)
    }

    /// For what is too large to be taken apart, or what nobody defines.
    fn by_facts(&self, old: &str, new: &str) -> LayoutEquivalence {
        let facts = |type_: Option<&Type>| type_.map(|t| (t.size, t.align, t.passing));
        let same = old == new && facts(self.old.definition(old)) == facts(self.new.definition(new));
        if same { LayoutEquivalence::Identical } else { LayoutEquivalence::Different }
    }

    fn representations(&self, old: &Representation, new: &Representation, depth: u32) -> LayoutEquivalence {
        fn both<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.zip(b).is_none_or(|(a, b)| a == b)
        }
        if old.size != new.size
            || !both(old.align, new.align)
            || !both(old.passing, new.passing)
            || old.leaves.len() != new.leaves.len()
        {
            return LayoutEquivalence::Different;
        }
        let pairs = old.leaves.iter().zip(&new.leaves);
        pairs.map(|(a, b)| self.leaves(a, b, depth)).max().unwrap_or(LayoutEquivalence::Identical)
    }

    fn leaves(&self, old: &Leaf, new: &Leaf, depth: u32) -> LayoutEquivalence {
        if (old.offset, old.size) != (new.offset, new.size) {
            return LayoutEquivalence::Different;
        }
        match (&old.scalar, &new.scalar) {
            (a, b) if a == b => LayoutEquivalence::Identical,
            (Scalar::Pointer(a), Scalar::Pointer(b)) => self.behind(a, b, depth),
            (Scalar::MemberPointer { class: c, to: a }, Scalar::MemberPointer { class: d, to: b })
                if c == d =>
            {
                self.behind(a, b, depth)
            }
            (
                Scalar::Signed | Scalar::Unsigned | Scalar::Bool,
                Scalar::Signed | Scalar::Unsigned | Scalar::Bool,
            ) => LayoutEquivalence::SameBits,
            _ => LayoutEquivalence::Different,
        }
    }

    /// Whether two names are of one instance of a template, which one compiler names by its enumerators, since it is only
    /// declared, and the other by their numbers.
    pub(super) fn differ_in_enumerators(&self, old: &str, new: &str) -> bool {
        let is_declared = || self.old.definition(old).is_none() || self.new.definition(new).is_none();
        let parts =
            |name: &str| name.split(['<', '>', ',']).map(|part| part.trim().to_owned()).collect::<Vec<_>>();
        if !old.ends_with('>') || !new.ends_with('>') || !is_declared() {
            return false;
        }
        let (a, b) = (parts(old), parts(new));
        let same = |(x, y): (&String, &String)| x == y || is_enumerator(x, y) || is_enumerator(y, x);
        a.len() == b.len() && a.iter().zip(&b).all(same)
    }

    /// Whether a class that nobody describes, and that programs know pointers to, only has another name now.
    fn is_renamed_handle(&self, old: &str, new: &str) -> bool {
        let is_declared = |model: &Model<'_>, name: &str| {
            model.find(name).is_some_and(|type_| type_.is_incomplete() && type_.kind.is_class())
        };
        is_declared(self.old, old)
            && is_declared(self.new, new)
            && self.old.find(new).is_none()
            && self.new.find(old).is_none()
    }

    /// Compares what two pointers point at. A type of the same name is the same thing, whatever happened to it.
    fn behind(&self, old: &str, new: &str, depth: u32) -> LayoutEquivalence {
        let (a, b) = (self.old.resolve(old).into_owned(), self.new.resolve(new).into_owned());
        let untyped = |type_: &str| type_ == "void" || type_.is_empty();
        let is_one = || self.differ_in_enumerators(&a, &b) || self.is_renamed_handle(&a, &b);
        if a == b || untyped(&a) || untyped(&b) || is_one() {
            return LayoutEquivalence::Identical;
        }
        let Some(depth) = depth.checked_sub(1) else { return LayoutEquivalence::Different };
        if let (
            Shape::Function { returns: r, parameters: p },
            Shape::Function { returns: s, parameters: q },
        ) = (spelling::shape(&a), spelling::shape(&b))
        {
            // `int (*)()` of C takes what it is given.
            let unprototyped = match (&*p, &*q) {
                (["..."], ["..."]) => None,
                (["..."], list) => Some((list, self.new)),
                (list, ["..."]) => Some((list, self.old)),
                _ => None,
            };
            let takes_all = unprototyped.is_some_and(|(list, model)| {
                !list.iter().any(|type_| functions::is_promoted(&model.resolve(type_)))
            });
            if p.len() != q.len() && !takes_all {
                return LayoutEquivalence::Different;
            }
            let (p, q) = if takes_all { (&[][..], &[][..]) } else { (&*p, &*q) };
            let result = match (&*r, &*s) {
                ("void", "void") => LayoutEquivalence::Identical,
                (x, y) => self.passed_at(x, y, depth),
            };
            let parameters = p.iter().zip(q).map(|(x, y)| match (*x, *y) {
                ("...", "...") => LayoutEquivalence::Identical,
                (x, y) => self.passed_at(x, y, depth),
            });
            return parameters.max().unwrap_or(LayoutEquivalence::Identical).max(result);
        }
        if !self.assumed.borrow_mut().insert((a.clone(), b.clone())) {
            return LayoutEquivalence::Identical;
        }
        let equivalence = self.by_value(&a, &b, depth);
        self.assumed.borrow_mut().remove(&(a, b));
        equivalence
    }

    /// None where nobody says: an incomplete class, a type that has a name only.
    fn representation(&self, is_new: bool, resolved: &str, depth: u32) -> Option<Rc<Representation>> {
        let key = (is_new, resolved.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let model = if is_new { self.new } else { self.old };
        let mut leaves = Leaves { model, list: Vec::new(), steps: MOST_STEPS };
        let representation = leaves.whole(resolved, depth).map(|mut whole| {
            leaves.list.sort_unstable();
            // The members of a union that are alike say it once.
            leaves.list.dedup();
            whole.leaves = leaves.list;
            Rc::new(whole)
        });
        self.known.borrow_mut().insert(key, representation.clone());
        representation
    }
}

/// What the bits of a bit-field mean.
fn bit_field(model: &Model<'_>, member: &Field) -> Scalar {
    let resolved = model.resolve(&member.type_);
    let scalar = match model.definition(&resolved).filter(|t| t.kind == TypeKind::Enum) {
        Some(enumeration) => {
            let underlying = enumeration.target.as_deref();
            underlying.and_then(|t| scalars::builtin(model, &model.resolve(t)))
        }
        None => scalars::builtin(model, &resolved),
    };
    scalar.map_or(Scalar::Unsigned, |(_, scalar)| scalar)
}

/// Collects the scalars of a type.
struct Leaves<'m, 'a> {
    model: &'m Model<'a>,
    list: Vec<Leaf>,
    /// Types that may still be looked into: classes without data may be nested without end.
    steps: usize,
}

impl Leaves<'_, '_> {
    fn whole(&mut self, resolved: &str, depth: u32) -> Option<Representation> {
        if let Some(class) = self.model.definition(resolved).filter(|t| t.kind.is_class()) {
            self.class(class, 0, depth)?;
            let size = class.size?.saturating_mul(8);
            return Some(Representation {
                size,
                align: class.align,
                passing: class.passing,
                leaves: Vec::new(),
            });
        }
        let size = self.add(resolved, 0, depth)?;
        Some(Representation { size, ..Representation::default() })
    }

    /// Adds the scalars of a type at an offset, and says how large it is. All in bits.
    fn add(&mut self, type_: &str, offset: u64, depth: u32) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        self.steps = self.steps.checked_sub(1)?;
        if self.list.len() >= MOST_LEAVES {
            return None;
        }
        let model = self.model;
        let resolved = model.resolve(type_);
        let mut leaf = |size: u64, scalar: Scalar| {
            self.list.push(Leaf { offset, size, scalar });
            Some(size)
        };
        match spelling::shape(&resolved) {
            Shape::Pointer(to) | Shape::Reference(to) => leaf(model.word, Scalar::Pointer(to.into_owned())),
            Shape::MemberPointer { to, class } => {
                let is_function = matches!(spelling::shape(&to), Shape::Function { .. });
                let words = if is_function { 2 } else { 1 };
                let scalar = Scalar::MemberPointer { class: class.to_owned(), to: to.into_owned() };
                leaf(model.word * words, scalar)
            }
            Shape::Array { element, bound } => self.array(&element, bound.unwrap_or(0), offset, depth),
            Shape::Function { .. } | Shape::Qualified(_) => None,
            Shape::Named(name) => match model.definition(name) {
                Some(class) if class.kind.is_class() => self.class(class, offset, depth),
                Some(enumeration) => {
                    let underlying = enumeration.target.as_deref();
                    let underlying = underlying.and_then(|t| scalars::builtin(model, &model.resolve(t)));
                    let size = enumeration.size?.saturating_mul(8);
                    leaf(size, underlying.map_or(Scalar::Unsigned, |(_, scalar)| scalar))
                }
                None => match scalars::builtin(model, name)? {
                    // In memory it is the array of two numbers that it can be taken for.
                    (size, Scalar::Complex(format)) => {
                        leaf(size / 2, Scalar::Float(format));
                        let imaginary = Leaf {
                            offset: offset.saturating_add(size / 2),
                            size: size / 2,
                            scalar: Scalar::Float(format),
                        };
                        self.list.push(imaginary);
                        Some(size)
                    }
                    (size, scalar) => leaf(size, scalar),
                },
            },
        }
    }

    fn array(&mut self, element: &str, bound: u64, offset: u64, depth: u32) -> Option<u64> {
        let resolved = self.model.resolve(element);
        if bound == 0 {
            // Programs put elements there, however few the type has. What an element of a class that is only declared
            // is, nobody knows.
            let known = self.list.len();
            if self.add(&resolved, offset, depth).is_none() {
                self.list.truncate(known);
            }
            return Some(0);
        }
        if bound > LONG_ARRAY
            && let Some((size, scalar)) = scalars::builtin(self.model, &resolved)
            && (bound > MOST_LEAVES as u64 / 4 || !matches!(scalar, Scalar::Complex(_)))
        {
            let size = size.saturating_mul(bound);
            self.list.push(Leaf { offset, size, scalar });
            return Some(size);
        }
        let mut at = offset;
        for n in 0..bound {
            if n > MOST_LEAVES as u64 {
                return None;
            }
            at = at.saturating_add(self.add(&resolved, at, depth)?);
        }
        Some(at - offset)
    }

    fn class(&mut self, class: &Type, offset: u64, depth: u32) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        self.steps = self.steps.checked_sub(1)?;
        if let Some(vptr) = class.vptr {
            let scalar = Scalar::Pointer("(virtual table)".to_owned());
            self.list.push(Leaf { offset: offset.saturating_add(vptr), size: self.model.word, scalar });
        }
        for base in &class.bases {
            match (base.bit_offset, self.model.definition(&base.name)) {
                (Some(at), Some(definition)) => {
                    self.class(definition, offset.saturating_add(at), depth)?;
                }
                // A virtual base has its place in the most derived class.
                (None, _) => {
                    let scalar = Scalar::Named(format!("virtual {}", base.name));
                    self.list.push(Leaf { offset, size: 0, scalar });
                }
                (Some(_), None) => return None,
            }
        }
        for member in &class.members {
            self.member(member, offset, depth)?;
        }
        class.size.map(|size| size.saturating_mul(8))
    }

    fn member(&mut self, member: &Field, offset: u64, depth: u32) -> Option<()> {
        let at = offset.saturating_add(member.bit_offset);
        if !member.bit_field {
            return self.add(&member.type_, at, depth).map(drop);
        }
        let scalar = bit_field(self.model, member);
        self.list.push(Leaf { offset: at, size: member.bit_size.unwrap_or(0), scalar });
        Some(())
    }
}
