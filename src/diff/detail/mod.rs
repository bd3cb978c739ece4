//! What a change says about its subject, as data: what it was and what it is, the members, enumerators, slots or symbols
//! that it is about, why it counts.
//!
//! What is particular to [`types`], [`symbols`], [`vtables`] and the [`gate`] stands in a file of its own.
//!
//! Nothing here is a sentence. `report` words it, and everybody else (histories, annotations, waivers, causes) works on
//! it. A variant serves as many rules as it fits; the rule says what became of what is listed. It is written into caches,
//! whose readers refuse what they do not know, and into JSON reports.

mod gate;
mod symbols;
mod types;
mod vtables;

use serde::{Deserialize, Serialize};

pub use gate::{FileChange, Floor, Measure};
pub use symbols::{Definition, Lost, SignatureDifference};
pub use types::{Base, Enumerator, Grown, Growth, Member, Moved, Part, Renamed, Room, Unit, ValueChange};
pub use vtables::{RttiBase, RttiDifference, SlotRetyped, SlotsDetail, Virtual};

use crate::abi::{Access, Encoding, Machine, Passing, StdLib, SymbolKind, TypeKind};
use crate::platform::calling_convention::Place;
use crate::rules::Rule;

/// What a change says besides its rule and its subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Rule and subject say everything.
    #[default]
    Nothing,
    /// A fact of its own.
    Note(Note),
    /// It is about a part of the subject.
    Part(Part),
    /// A property of the subject, or of a part of it, was one thing and is another.
    Changed(Changed),
    /// Members that came or went.
    Members {
        /// In the order of the class.
        members: Vec<Member>,
        /// Where those that came found room.
        room: Room,
    },
    /// Members that came at the end of a struct that grows on purpose.
    Grown {
        /// In the order of the class.
        members: Vec<Member>,
        /// Why old programs may go on as they are.
        how: Grown,
    },
    /// Bases that came or went.
    Bases(Vec<Base>),
    /// Members, bases or virtual functions that are elsewhere.
    Moved {
        /// What places are counted in.
        unit: Unit,
        /// In the order of the old release.
        items: Vec<Moved>,
    },
    /// Members or enumerators that have another name.
    Renamed(Vec<Renamed>),
    /// Enumerators that came or went.
    Enumerators(Vec<Enumerator>),
    /// Enumerators or constants that have another value.
    Values(Vec<ValueChange>),
    /// Virtual functions, as debug info declares them, that came (with their slots) or went.
    Virtuals(Vec<Virtual>),
    /// What became of the slots of a virtual table.
    Slots {
        /// How many there were and are, where that differs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<(u64, u64)>,
        /// What became of them.
        what: SlotsDetail,
    },
    /// Virtual functions of a base whose own virtual table no library shows.
    HiddenBase {
        /// They came; else they went.
        is_new: bool,
        /// Without their class.
        functions: Vec<String>,
        /// Classes that inherit from it and show it.
        classes: u64,
    },
    /// The bases that typeinfo describes.
    Rtti {
        /// How they were.
        old: Vec<RttiBase>,
        /// How they are.
        new: Vec<RttiBase>,
        /// What differs where the bases do not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        besides: Option<RttiDifference>,
    },
    /// A function has another signature.
    Signature {
        /// The whole function, demangled.
        old: String,
        /// The same now.
        new: String,
        /// What differs; none where the names could not be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        differences: Option<Vec<SignatureDifference>>,
    },
    /// Names are spelled another way throughout.
    Respelled {
        /// The part of the names that was replaced; may be empty.
        old: String,
        /// What replaced it; may be empty.
        new: String,
        /// Functions, variables and classes renamed by it.
        entities: u64,
        /// One of them, as it was.
        example: String,
    },
    /// Functions that are declared and not defined, by linkage name.
    Undefined(Vec<String>),
    /// Libraries, in the order of the file.
    Libraries(Vec<String>),
    /// A library that is needed.
    Needs {
        /// Its name.
        library: String,
    },
    /// A version that one library needs of another.
    NeedsOf {
        /// Who needs it.
        library: String,
        /// Who should define it.
        of: String,
    },
    /// A symbol that the subject was another name of, by linkage name.
    AliasOf(String),
    /// Features of hardening that are gone.
    Hardening(Vec<String>),
    /// What the release needs of the system.
    Floor {
        /// What it needed.
        old: Floor,
        /// What it needs.
        new: Floor,
        /// Libraries of the release that need more.
        needed_by: Vec<String>,
        /// Distributions that no longer have it.
        lost: Vec<String>,
    },
    /// Several definitions of one type.
    Definitions(Vec<Definition>),
    /// A virtual table has another shape in another library of the release.
    OtherShape {
        /// Library with the one.
        library: String,
        /// Library with the other.
        other: String,
    },
    /// What the old release said of some symbols or types and the new one does not.
    Lost {
        /// The first of them: linkage name of a symbol, name of a type.
        first: String,
        /// How many there are.
        count: u64,
        /// Of how many of the kind the old release said something.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<u64>,
        /// What is no longer known of them, and why.
        what: Lost,
    },
    /// A header that does not compile.
    Header {
        /// Types of the old release that were not compared.
        types: u64,
        /// What the compiler said.
        error: String,
    },
    /// Something is larger than a budget allows.
    Budget {
        /// What was measured.
        measure: Measure,
        /// How much it was; none: the library is new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<u64>,
        /// How much it is.
        new: u64,
        /// The limit that it is past.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
        /// The growth that it is past.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        growth: Option<Growth>,
    },
    /// What happened to the class behind an unnamed member happened to the class around it.
    Inside {
        /// The rule for that class.
        rule: Rule,
        /// What it says there.
        detail: Box<Detail>,
    },
    /// The policy requires what is concerned.
    Required(Box<Detail>),
    /// What was done to a file that the gate goes by.
    File(FileChange),
    /// Libraries of one name, by their paths.
    Paths(Vec<String>),
    /// A SONAME that is the old one although something breaks.
    Soname {
        /// The SONAME.
        name: String,
        /// Root causes that break who needs it.
        breaking: u64,
    },
}

/// A property of the subject, or of a part of it, was one thing and is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// The part; none: the subject itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// How it was.
    pub old: Value,
    /// How it is.
    pub new: Value,
    /// What more there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// A fact without numbers or names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The library is loaded by name at run time, not linked.
    LoadedByName,
    /// References without a version still find the symbol.
    UnversionedStillBind,
    /// Programs refer to the VTT, never to a construction virtual table.
    ConstructionVtable,
    /// The class is abstract, so that nobody calls its complete object constructor.
    AbstractConstructor,
    /// The VTT is gone, which constructors of derived classes need.
    VttGone,
    /// A library of another project beside it defines the same symbols: a copy was linked in.
    LinkedCopy,
    /// The policy calls it a third party's.
    ThirdPartyByPolicy,
    /// Nothing of a namespace or class is left.
    ScopeGone,
    /// Callers reach the longer overload now.
    LongerOverload,
    /// The table of construction virtual tables differs.
    VttDiffers,
    /// Other functions are in the same slots.
    OtherFunctions,
    /// The class has a pointer to a virtual table now.
    VptrAdded,
    /// The class had a pointer to a virtual table.
    VptrRemoved,
    /// A constant of the class is gone.
    ConstantGone,
    /// The same bits stand for other numbers.
    SameBits,
    /// A constant says which release this is.
    ReleaseVersion,
    /// The class is defined in a source file now.
    MovedIntoSource,
    /// The public headers defined the class and do not any more.
    NotInHeaders,
    /// Debug info of the libraries and the public headers give the class two layouts.
    HeadersDisagree,
    /// The same, and so they did in the old release.
    HeadersStillDisagree,
    /// Every library of the new release has build-id and facts of the old one.
    SameBuild,
    /// The old release was compared with its headers, and the new one comes without.
    NoHeaders,
    /// The same, and debug info stands in for them.
    DebugInfoForHeaders,
    /// The headers were compiled differently.
    HeadersCompiledDifferently,
    /// The headers were compiled with options that make other headers of the same text.
    HeadersNotComparable,
    /// No list of the policy has the addition.
    Unregistered,
    /// Parameters of like types changed places.
    ParametersExchanged,
    /// Programs call it only where it is there.
    CalledIfThere,
    /// Members of derived classes start at that byte.
    DerivedMembers,
    /// Types of one side or both are not known.
    TypesNotCompared,
    /// No call between programs and the library passes it.
    CopiedByPrograms,
    /// All public headers are known, and none declares it.
    Undeclared,
}

/// What a property was or is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// There is none.
    None,
    /// There is one, and it is not known.
    Unknown,
    /// A type, as debug info spells it.
    Type(String),
    /// Types of parameters.
    Parameters(Vec<String>),
    /// Template arguments.
    Arguments(Vec<String>),
    /// A function, variable, class or symbol.
    Name(String),
    /// Members or bases, in order.
    Names(Vec<String>),
    /// The value of a constant.
    Constant(String),
    /// A library.
    Library(String),
    /// A section.
    Section(String),
    /// A size or alignment in bytes.
    Bytes(u64),
    /// A number of virtual tables.
    Tables(u64),
    /// A bit-field: its type and its width in bits; or a whole member.
    BitField {
        /// Declared type.
        #[serde(rename = "type")]
        type_: String,
        /// None: no bit-field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bits: Option<u64>,
    },
    /// What stands before the slots of a virtual table.
    Offsets {
        /// Offset to top in bytes.
        top: i64,
        /// Offsets of virtual bases and virtual calls.
        others: Vec<i64>,
    },
    /// Who may use it.
    Access(Access),
    /// Class, union, enumeration or typedef.
    Kind(TypeKind),
    /// Function, object, TLS, ifunc.
    Symbol(SymbolKind),
    /// The C++ library.
    Stdlib(StdLib),
    /// How it is passed.
    Passing(Passing),
    /// A base is virtual or not.
    Virtual(bool),
    /// An enumeration is scoped or not.
    Scoped(bool),
    /// A function takes more arguments or not.
    Variadic(bool),
    /// A function is static, or has `this`.
    Static(bool),
    /// A member is in each object, or static.
    InObject(bool),
    /// A function's calling convention; none: the platform's.
    Convention(Option<String>),
    /// The new or the old ABI of libstdc++.
    Cxx11(bool),
    /// The machine.
    Machine(Machine),
    /// Compilers, as they recorded themselves.
    Producers(Vec<String>),
    /// Compiler, language standard and options.
    Compilation(Vec<String>),
    /// Where the loader looks.
    SearchPath {
        /// `DT_RUNPATH`; else `DT_RPATH`.
        is_runpath: bool,
        /// As written.
        path: String,
    },
    /// Level of the instruction set; none: the baseline.
    Isa(Option<String>),
    /// Where a value goes when it is passed or returned.
    Places(Vec<Place>),
    /// Options of the compiler; none: not set.
    Options(Vec<String>),
    /// How a type of the language is represented: size in bytes and encoding, of several kinds of units where they differ.
    BaseTypes(Vec<(u64, Encoding)>),
}

impl Detail {
    /// A property of the subject.
    pub fn changed(old: Value, new: Value) -> Detail {
        Detail::Changed(Changed { part: None, old, new, note: None })
    }

    /// A property of a part of the subject.
    pub fn part_changed(part: Part, old: Value, new: Value) -> Detail {
        Detail::Changed(Changed { part: Some(part), old, new, note: None })
    }

    /// The same with a fact besides.
    #[must_use]
    pub fn with_note(self, note: Note) -> Detail {
        match self {
            Detail::Changed(changed) => Detail::Changed(Changed { note: Some(note), ..changed }),
            _ => Detail::Note(note),
        }
    }

    /// What a property was and is.
    pub fn values(&self) -> Option<(&Value, &Value)> {
        match self {
            Detail::Changed(Changed { old, new, .. }) => Some((old, new)),
            Detail::Inside { detail, .. } | Detail::Required(detail) => detail.values(),
            _ => None,
        }
    }

    /// What it says of the old release alone: the same whatever became of that.
    pub fn old_side(&self) -> Detail {
        match self {
            Detail::Changed(Changed { old, .. }) => Detail::changed(old.clone(), Value::None),
            Detail::Signature { old, .. } | Detail::Respelled { old, .. } => {
                Detail::changed(Value::name(&**old), Value::None)
            }
            Detail::Slots { count, .. } => {
                let what = SlotsDetail::Functions(Vec::new());
                Detail::Slots { count: count.map(|(old, _)| (old, 0)), what }
            }
            Detail::Rtti { old, .. } => Detail::Rtti { old: old.clone(), new: Vec::new(), besides: None },
            Detail::Floor { old, .. } => Detail::Floor {
                old: old.clone(),
                new: Floor { versions: Vec::new(), tag: None },
                needed_by: Vec::new(),
                lost: Vec::new(),
            },
            Detail::Budget { measure, old, .. } => {
                let (measure, old) = (measure.clone(), old.map(coarse));
                Detail::Budget { measure, old, new: 0, most: None, growth: None }
            }
            Detail::Inside { rule, detail } => {
                Detail::Inside { rule: *rule, detail: Box::new(detail.old_side()) }
            }
            Detail::Required(detail) => Detail::Required(Box::new(detail.old_side())),
            _ => Detail::Nothing,
        }
    }

    /// What it says of the new release: the same whatever was there before.
    pub fn new_side(&self) -> Detail {
        match self {
            Detail::Changed(changed) => Detail::Changed(Changed { old: Value::None, ..changed.clone() }),
            Detail::Signature { new, differences, .. } => {
                Detail::Signature { old: String::new(), new: new.clone(), differences: differences.clone() }
            }
            Detail::Respelled { new, .. } => Detail::changed(Value::None, Value::name(&**new)),
            Detail::Slots { count, what } => {
                Detail::Slots { count: count.map(|(_, new)| (0, new)), what: what.clone() }
            }
            Detail::Rtti { new, besides, .. } => {
                Detail::Rtti { old: Vec::new(), new: new.clone(), besides: besides.clone() }
            }
            Detail::Floor { new, needed_by, lost, .. } => Detail::Floor {
                old: Floor { versions: Vec::new(), tag: None },
                new: new.clone(),
                needed_by: needed_by.clone(),
                lost: lost.clone(),
            },
            Detail::Budget { measure, new, most, growth, .. } => Detail::Budget {
                measure: measure.clone(),
                old: None,
                new: coarse(*new),
                most: *most,
                growth: growth.clone(),
            },
            Detail::Inside { rule, detail } => {
                Detail::Inside { rule: *rule, detail: Box::new(detail.new_side()) }
            }
            Detail::Required(detail) => Detail::Required(Box::new(detail.new_side())),
            other => other.clone(),
        }
    }

    /// The enumerators that it is about, by all names that they had; none: it is about none.
    pub fn enumerators(&self) -> Vec<&str> {
        match self {
            Detail::Enumerators(list) => list.iter().map(|e| &*e.name).collect(),
            Detail::Values(list) => list.iter().map(|e| &*e.name).collect(),
            Detail::Renamed(list) => list.iter().flat_map(|e| [&*e.old, &*e.new]).collect(),
            Detail::Inside { detail, .. } | Detail::Required(detail) => detail.enumerators(),
            _ => Vec::new(),
        }
    }

    /// The members that are declared otherwise, by the names that they have now; those that the class no longer has by their
    /// old ones. What only moved is declared as it was.
    pub fn declared_members(&self) -> Vec<&str> {
        let names: Vec<&str> = match self {
            Detail::Members { members, .. } | Detail::Grown { members, .. } => {
                members.iter().map(|member| &*member.name).collect()
            }
            Detail::Renamed(list) => list.iter().map(|renamed| &*renamed.new).collect(),
            Detail::Part(Part::Member { name, .. })
            | Detail::Changed(Changed { part: Some(Part::Member { name, .. }), .. }) => vec![&**name],
            Detail::Inside { detail, .. } | Detail::Required(detail) => detail.declared_members(),
            _ => Vec::new(),
        };
        names.into_iter().filter(|name| !name.is_empty()).collect()
    }
}

impl Value {
    /// A type.
    pub fn type_(spelling: impl Into<String>) -> Value {
        Value::Type(spelling.into())
    }

    /// A name.
    pub fn name(name: impl Into<String>) -> Value {
        Value::Name(name.into())
    }

    /// The same where a name in it is spelled another way throughout.
    pub(super) fn respelled(&self, old: &str, new: &str) -> Value {
        let one = |text: &String| text.replace(old, new);
        let all = |texts: &Vec<String>| texts.iter().map(one).collect();
        match self {
            Value::Type(text) => Value::Type(one(text)),
            Value::Name(text) => Value::Name(one(text)),
            Value::Constant(text) => Value::Constant(one(text)),
            Value::Parameters(types) => Value::Parameters(all(types)),
            Value::Arguments(types) => Value::Arguments(all(types)),
            Value::BitField { type_, bits } => Value::BitField { type_: one(type_), bits: *bits },
            other => other.clone(),
        }
    }

    /// The library that it is.
    pub fn as_library(&self) -> Option<&str> {
        match self {
            Value::Library(name) => Some(name),
            _ => None,
        }
    }
}

/// An amount to three digits or so: every build is a few bytes larger or smaller than the one before.
fn coarse(amount: u64) -> u64 {
    let insignificant = (u64::BITS - amount.leading_zeros()).saturating_sub(10);
    amount >> insignificant << insignificant
}
