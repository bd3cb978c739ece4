//! What kind of symbol a linkage name is, of which class, and what it leads to: as much as its first characters say, so
//! that it may be asked of every symbol of a library. What takes a whole reading is for [`fn@super::parse`].
//!
//! The one place that knows how special names begin (Itanium C++ ABI, section 5.1.4) and how the name of a class stands
//! in the names of its members (section 5.1.3).

use super::{CtorDtor, source_name};

/// What a linkage name that begins with `_Z` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolForm {
    /// A function or variable: what has no special name.
    Plain,
    /// What the compiler lays out for a type.
    Table(Table),
    /// `_ZTh`, `_ZTv`, `_ZTc`.
    Thunk(Thunk),
    /// `_ZGV`: whether a static variable is initialized.
    Guard,
    /// `_ZGR`: a temporary whose life a reference extends.
    ReferenceTemporary,
    /// `_ZTH`: initializes thread-local variables.
    TlsInit,
    /// `_ZTW`: gives the address of a thread-local variable.
    TlsWrapper,
    /// `_ZGTt` and `_ZGTn`: a clone for transactional memory, and the original beside one.
    TransactionClone,
    /// Any other special name: `_ZTA`, `_ZGI`, `_ZGA`, `_ZTF`, `_ZTJ`.
    Other,
}

/// What the compiler lays out for a type (sections 2.5, 2.6 and 2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `_ZTV`.
    Vtable,
    /// `_ZTT`.
    Vtt,
    /// `_ZTC`, of a base while an object of the class is built. The base and its offset follow the class.
    ConstructionVtable,
    /// `_ZTI`.
    Typeinfo,
    /// `_ZTS`.
    TypeinfoName,
}

/// Which pointers a thunk moves (section 5.1.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thunk {
    /// `this`, by a constant.
    NonVirtual,
    /// `this`, by what the virtual table says.
    Virtual,
    /// The result as well.
    Covariant,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 5] =
        [Table::Vtable, Table::Vtt, Table::ConstructionVtable, Table::Typeinfo, Table::TypeinfoName];

    /// How its linkage names begin.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Table::Vtable => "_ZTV",
            Table::Vtt => "_ZTT",
            Table::ConstructionVtable => "_ZTC",
            Table::Typeinfo => "_ZTI",
            Table::TypeinfoName => "_ZTS",
        }
    }

    /// Whether a linkage name is one of these.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        name.starts_with(self.prefix())
    }

    /// The table of a type, given its mangled name.
    #[must_use]
    pub fn of(self, type_: &str) -> String {
        format!("{}{type_}", self.prefix())
    }
}

/// A linkage name that begins with `_Z`, told from its first characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'n> {
    name: &'n str,
    form: SymbolForm,
    /// Of a table the type; of a thunk, guard or clone the encoding that it is of; of others the encoding behind `_Z`.
    body: &'n str,
}

/// Tells what a linkage name is; None for what is no C++ name of the Itanium ABI.
#[must_use]
pub fn symbol(name: &str) -> Option<Symbol<'_>> {
    let rest = name.strip_prefix("_Z")?;
    let plain = Symbol { name, form: SymbolForm::Plain, body: rest };
    let special = |form, at: usize| Symbol { name, form, body: rest.get(at..).unwrap_or("") };
    let mut bytes = rest.bytes();
    Some(match (bytes.next(), bytes.next()) {
        (Some(b'T'), Some(letter)) => match letter {
            b'V' => special(SymbolForm::Table(Table::Vtable), 2),
            b'T' => special(SymbolForm::Table(Table::Vtt), 2),
            b'C' => special(SymbolForm::Table(Table::ConstructionVtable), 2),
            b'I' => special(SymbolForm::Table(Table::Typeinfo), 2),
            b'S' => special(SymbolForm::Table(Table::TypeinfoName), 2),
            b'H' => special(SymbolForm::TlsInit, 2),
            b'W' => special(SymbolForm::TlsWrapper, 2),
            b'h' => thunk(name, Thunk::NonVirtual, rest.get(1..)),
            b'v' => thunk(name, Thunk::Virtual, rest.get(1..)),
            b'c' => thunk(name, Thunk::Covariant, rest.get(2..)),
            _ => special(SymbolForm::Other, 2),
        },
        (Some(b'G'), Some(letter)) => match letter {
            b'V' => special(SymbolForm::Guard, 2),
            b'R' => special(SymbolForm::ReferenceTemporary, 2),
            b'T' => special(SymbolForm::TransactionClone, 3),
            _ => special(SymbolForm::Other, 2),
        },
        _ => plain,
    })
}

/// A thunk: its call offsets, two of them where the result is moved too, and then what it leads to.
fn thunk<'n>(name: &'n str, kind: Thunk, offsets: Option<&'n str>) -> Symbol<'n> {
    let count = if kind == Thunk::Covariant { 2 } else { 1 };
    let target = (0..count).try_fold(offsets.unwrap_or(""), |rest, _| call_offset(rest));
    Symbol { name, form: SymbolForm::Thunk(kind), body: target.unwrap_or("") }
}

/// What follows `<call-offset>`: `h <number> _` or `v <number> _ <number> _`.
fn call_offset(text: &str) -> Option<&str> {
    let number = |text: &'_ str| -> Option<usize> {
        let digits = text.strip_prefix('n').unwrap_or(text);
        let end = digits.bytes().take_while(u8::is_ascii_digit).count();
        (end > 0 && digits.as_bytes().get(end) == Some(&b'_')).then_some(text.len() - digits.len() + end + 1)
    };
    let rest = text.get(1..)?;
    let rest = rest.get(number(rest)?..)?;
    match text.as_bytes().first()? {
        b'h' => Some(rest),
        b'v' => rest.get(number(rest)?..),
        _ => None,
    }
}

impl<'n> Symbol<'n> {
    /// What it is.
    #[must_use]
    pub fn form(&self) -> SymbolForm {
        self.form
    }

    /// Which table of a type it is, if it is one.
    #[must_use]
    pub fn table(&self) -> Option<Table> {
        match self.form {
            SymbolForm::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Whether it is a thunk.
    #[must_use]
    pub fn is_thunk(&self) -> bool {
        matches!(self.form, SymbolForm::Thunk(_))
    }

    /// Whether the compiler made it from something else in the source.
    #[must_use]
    pub fn is_compiler_made(&self) -> bool {
        self.form != SymbolForm::Plain
    }

    /// The class that a table is of; None for other symbols, and for tables of types that are no classes, such as
    /// `_ZTIPFvvE`. Behind the class of a construction vtable its base follows, which is part of the text.
    #[must_use]
    pub fn class(&self) -> Option<Class<'n>> {
        self.table()?;
        let is_class = self.body.starts_with(|c: char| c.is_ascii_digit() || matches!(c, 'N' | 'S' | 'Z'));
        is_class.then_some(Class(self.body))
    }

    /// The mangled type that a table is of, classes or not.
    #[must_use]
    pub fn table_of(&self) -> Option<&'n str> {
        self.table().map(|_| self.body)
    }

    /// What a thunk leads to, as the encoding behind `_Z`; of what is no thunk its own encoding.
    #[must_use]
    pub fn target(&self) -> &'n str {
        match self.form {
            SymbolForm::Thunk(_) => self.body,
            _ => self.name.get(2..).unwrap_or(""),
        }
    }

    /// Whether it is of something inside a function.
    #[must_use]
    pub fn is_in_function(&self) -> bool {
        self.body.starts_with('Z')
    }

    /// Which constructor or destructor it is, or a thunk leads to. It takes a whole reading.
    #[must_use]
    pub fn variant(&self) -> Option<CtorDtor> {
        match self.form {
            SymbolForm::Plain | SymbolForm::Thunk(_) => super::parse(self.name).ok()?.signature()?.ctor_dtor,
            _ => None,
        }
    }

    /// The outermost scope of what it is about.
    #[must_use]
    pub fn scope(&self) -> Scope<'n> {
        let is_rtti = matches!(self.form, SymbolForm::Table(Table::Typeinfo | Table::TypeinfoName));
        if is_rtti && self.body.starts_with(['F', 'P', 'A', 'M', 'D']) {
            return Scope::PlainType;
        }
        let rest = self.body.trim_start_matches(['Z', 'L']);
        let (rest, is_nested) = match rest.strip_prefix('N') {
            Some(nested) => (nested.trim_start_matches(['K', 'V', 'r', 'R', 'O']), true),
            None => (rest, false),
        };
        if ["St", "Sa", "Sb", "Ss", "Si", "So", "Sd"].iter().any(|s| rest.starts_with(s)) {
            return Scope::Std;
        }
        match source_name(rest) {
            Some((name, after)) if is_nested => Scope::Named(name, after),
            Some((name, _)) => Scope::Global(name),
            None => Scope::Unnamed,
        }
    }
}

/// The outermost scope of what a symbol is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'n> {
    /// Namespace `std`, or a standard name that has an abbreviation.
    Std,
    /// A namespace or class, and the mangled text after it.
    Named(&'n str, &'n str),
    /// None: a name of the global namespace.
    Global(&'n str),
    /// A type that is no class: its typeinfo is emitted wherever it is thrown or asked for.
    PlainType,
    /// An operator, a lambda, or what is not told from the first characters.
    Unnamed,
}

/// The mangled name of a class as a type: `N3c105ErrorE`, `3Foo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class<'n>(&'n str);

/// What may stand between `_ZN` and the class in the name of a member function: qualifiers of `this` (section 5.1.3).
const MEMBERS: [&str; 12] =
    ["_ZN", "_ZNK", "_ZNV", "_ZNVK", "_ZNR", "_ZNKR", "_ZNVR", "_ZNVKR", "_ZNO", "_ZNKO", "_ZNVO", "_ZNVKO"];

impl<'n> Class<'n> {
    /// The class of that mangled name.
    #[must_use]
    pub fn new(mangled: &'n str) -> Class<'n> {
        Class(mangled)
    }

    /// The mangled name.
    #[must_use]
    pub fn mangled(self) -> &'n str {
        self.0
    }

    /// The name as it stands inside a nested name: `3c105Error` of `N3c105ErrorE`.
    #[must_use]
    pub fn nested(self) -> &'n str {
        self.0.strip_prefix('N').map_or(self.0, |name| name.strip_suffix('E').unwrap_or(name))
    }

    /// The linkage name of one of its tables.
    #[must_use]
    pub fn table(self, table: Table) -> String {
        table.of(self.0)
    }

    /// The linkage name of its deleting destructor.
    #[must_use]
    pub fn deleting_destructor(self) -> String {
        format!("_ZN{}D0Ev", self.nested())
    }

    /// How the linkage names of its member functions begin.
    pub fn member_prefixes(self) -> impl Iterator<Item = String> {
        let nested = self.nested();
        MEMBERS.into_iter().map(move |prefix| format!("{prefix}{nested}"))
    }

    /// What follows the class in the linkage name of one of its members, or of a class in it: `3addEi` of
    /// `_ZNK3Foo3addEi`.
    #[must_use]
    pub fn member(self, function: &str) -> Option<&str> {
        let rest = function.strip_prefix("_ZN")?.trim_start_matches(['V', 'K']);
        let rest = rest.strip_prefix(['R', 'O']).unwrap_or(rest);
        rest.strip_prefix(self.nested())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str) -> SymbolForm {
        symbol(name).expect(name).form()
    }

    #[test]
    fn forms() {
        for (name, wanted) in [
            ("_ZN1A1fEv", SymbolForm::Plain),
            ("_Z1fv", SymbolForm::Plain),
            ("_ZTV1A", SymbolForm::Table(Table::Vtable)),
            ("_ZTT1A", SymbolForm::Table(Table::Vtt)),
            ("_ZTC1D0_1A", SymbolForm::Table(Table::ConstructionVtable)),
            ("_ZTI1A", SymbolForm::Table(Table::Typeinfo)),
            ("_ZTSN1a1AE", SymbolForm::Table(Table::TypeinfoName)),
            ("_ZGVZ1fvE1x", SymbolForm::Guard),
            ("_ZGR1x_", SymbolForm::ReferenceTemporary),
            ("_ZTH1x", SymbolForm::TlsInit),
            ("_ZTW1x", SymbolForm::TlsWrapper),
            ("_ZThn16_N1A1fEv", SymbolForm::Thunk(Thunk::NonVirtual)),
            ("_ZTv0_n24_N1A1fEv", SymbolForm::Thunk(Thunk::Virtual)),
            ("_ZTch0_h16_N1A1fEv", SymbolForm::Thunk(Thunk::Covariant)),
            ("_ZGTtN1A1fEv", SymbolForm::TransactionClone),
            ("_ZTAX1x", SymbolForm::Other),
            ("_Z", SymbolForm::Plain),
            ("_ZT", SymbolForm::Plain),
        ] {
            assert_eq!(form(name), wanted, "{name}");
        }
        assert_eq!(symbol("memcpy"), None);
        assert_eq!(symbol(""), None);
    }

    #[test]
    fn thunks_lead_somewhere() {
        for name in
            ["_ZThn16_N1A1fEv", "_ZTv0_n24_N1A1fEv", "_ZTch0_h16_N1A1fEv", "_ZTcv0_n24_v0_n32_N1A1fEv"]
        {
            assert_eq!(symbol(name).unwrap().target(), "N1A1fEv", "{name}");
        }
        assert_eq!(symbol("_ZN1A1fEv").unwrap().target(), "N1A1fEv");
        for damaged in ["_ZTh", "_ZThn_x", "_ZTv0", "_ZTc", "_ZTcé", "_ZThé", "_ZGT"] {
            assert_eq!(symbol(damaged).unwrap().target().len(), symbol(damaged).unwrap().target().len());
            let _ = symbol(damaged).unwrap().scope();
        }
    }

    #[test]
    fn classes() {
        let class = |name| symbol(name).and_then(|s: Symbol<'_>| s.class());
        let error = class("_ZTVN3c105ErrorE").unwrap();
        assert_eq!((error.mangled(), error.nested()), ("N3c105ErrorE", "3c105Error"));
        assert_eq!(error.table(Table::Typeinfo), "_ZTIN3c105ErrorE");
        assert_eq!(error.deleting_destructor(), "_ZN3c105ErrorD0Ev");
        assert_eq!(class("_ZTI3Foo").unwrap().member("_ZNK3Foo3addEi"), Some("3addEi"));
        assert_eq!(class("_ZTI3Foo").unwrap().member("_ZNVKO3Foo3addEi"), Some("3addEi"));
        assert_eq!(class("_ZTI3Foo").unwrap().member("_ZN3Bar3addEi"), None);
        assert_eq!(class("_ZTIPFvvE"), None);
        assert_eq!(class("_ZN1A1fEv"), None);
    }

    #[test]
    fn variants() {
        let variant = |name| symbol(name).and_then(|s: Symbol<'_>| s.variant());
        assert_eq!(variant("_ZN2C1C1Ev"), Some(CtorDtor::CompleteCtor));
        assert_eq!(variant("_ZN2C1D0Ev"), Some(CtorDtor::DeletingDtor));
        assert_eq!(variant("_ZThn8_N2C1D1Ev"), Some(CtorDtor::CompleteDtor));
        assert_eq!(variant("_ZN2D01fEv"), None);
    }

    #[test]
    fn scopes() {
        let scope = |name| symbol(name).unwrap().scope();
        assert_eq!(scope("_ZNK3c105Error4whatEv"), Scope::Named("c10", "5Error4whatEv"));
        assert_eq!(scope("_ZThn16_N4dnnl4impl1fEv"), Scope::Named("dnnl", "4impl1fEv"));
        assert_eq!(scope("_ZTVSt9exception"), Scope::Std);
        assert_eq!(scope("_ZZNSt1a1bEvE1c"), Scope::Std);
        assert_eq!(scope("_ZTIPFvvE"), Scope::PlainType);
        assert_eq!(scope("_ZTV3Foo"), Scope::Global("Foo"));
        assert_eq!(scope("_ZplRK1AS1_"), Scope::Unnamed);
    }
}
