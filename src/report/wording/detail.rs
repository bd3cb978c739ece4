//! One sentence about a change, without a full stop.

use super::value::amount;
use super::{list, offset, place};
use crate::abi::{TypeinfoKind, unversioned};
use crate::diff::{
    Changed, Definition, Detail, FileChange, Grown, Growth, Lost, Measure, Member, Moved, Note, Part, Room,
    RttiDifference, SignatureDifference, SlotsDetail, Unit, Virtual,
};
use crate::mangling;
use crate::rules::Rule;

/// Items that a sentence names before it counts the rest.
const FEW: usize = 4;

/// Slots, constants and functions of headers that a sentence names.
const FEWER: usize = 3;

/// None: rule, subject and what it was and is say everything.
pub(super) fn sentence(rule: Rule, detail: &Detail) -> Option<String> {
    Some(match detail {
        Detail::Nothing => return None,
        Detail::Note(note) => text(*note).to_owned(),
        Detail::Part(part) => of_part(part),
        Detail::Changed(Changed { part, note, .. }) => {
            let parts: Vec<String> =
                part.iter().map(of_part).chain(note.map(|note| text(note).to_owned())).collect();
            return Some(parts.join(": ")).filter(|text| !text.is_empty());
        }
        Detail::Members { members, room } => members_at(members, *room),
        Detail::Grown { members, how } => {
            format!("{}: {}", members_at(members, Room::AtEnd), grown(how))
        }
        Detail::Bases(bases) => named(bases, |b| match b.is_virtual {
            true => format!("virtual {}", b.name),
            false => b.name.clone(),
        }),
        Detail::Moved { unit: Unit::Bits, items } => {
            let one = |m: &Moved| format!("{} {} → {}", name(&m.name), offset(m.old), offset(m.new));
            format!("byte offsets: {}", named(items, one))
        }
        Detail::Moved { unit: Unit::Slots, items } => {
            format!("slots: {}", named(items, |m| format!("{} {} → {}", m.name, m.old, m.new)))
        }
        Detail::Renamed(list) => {
            named(list, |renamed| format!("{} is now named {}", renamed.old, renamed.new))
        }
        Detail::Enumerators(list) => named(list, |e| format!("{} = {}", e.name, e.value)),
        Detail::Values(values) => {
            let texts: Vec<String> =
                values.iter().map(|v| format!("{} {} → {}", v.name, v.old, v.new)).collect();
            list(&texts, if rule == Rule::ConstantChanged { FEWER } else { FEW })
        }
        Detail::Virtuals(functions) => named(functions, |f: &Virtual| match f.slot {
            Some(slot) => format!("{} in slot {slot}", f.name),
            None => f.name.clone(),
        }),
        Detail::Slots { what, .. } => slots(what),
        Detail::HiddenBase { is_new, functions, classes } => format!(
            "{}: {}; seen in {classes} classes that inherit from it: no library shows its own vtable",
            if *is_new { "new" } else { "gone" },
            functions.join(", ")
        ),
        Detail::Rtti { besides, .. } => rtti(besides.as_ref()?),
        Detail::Signature { differences, .. } => signature(differences.as_ref()?),
        Detail::Respelled { entities, example, .. } => format!("{entities} entities, such as {example}"),
        Detail::Undefined(symbols) => {
            let names: Vec<String> =
                symbols.iter().map(|symbol| mangling::display(symbol).into_owned()).collect();
            format!("no library of the release exports {}", list(&names, FEWER))
        }
        Detail::Libraries(libraries) => libraries.join(", "),
        Detail::Needs { library } => format!("needs {library}"),
        Detail::NeedsOf { library, of } => format!("{library} needs it from {of}, which does not define it"),
        Detail::AliasOf(symbol) => format!("no longer the same as {}", mangling::display(symbol)),
        Detail::Hardening(features) => format!("lost {}", features.join(", ")),
        Detail::Floor { lost, needed_by, .. } => match &lost[..] {
            [] => format!("needed by {}", needed_by.join(", ")),
            lost => format!("no longer runs on {}", lost.join(", ")),
        },
        Detail::Definitions(definitions) => {
            let texts: Vec<String> = definitions.iter().map(definition).collect();
            format!("several definitions: {}", texts.join(", "))
        }
        Detail::OtherShape { library, other } => {
            format!("its vtable in {other} has another shape than in {library}")
        }
        Detail::Lost { first, count, known, what } => lost(first, (*count, *known), what),
        Detail::Header { types, error } => format!(
            "it does not compile, and the old release's {types} types in it were not compared: {error}"
        ),
        Detail::Budget { measure, most, growth, .. } => budget(measure, *most, growth.as_ref()),
        Detail::Inside { rule, detail } => {
            let what = rule.entry().title;
            sentence(*rule, detail).map_or_else(|| what.to_owned(), |detail| format!("{what}: {detail}"))
        }
        Detail::File(change) => file(change),
        Detail::Paths(paths) => list(paths, FEW),
        Detail::Soname { name, breaking: 1 } => format!("something breaks, and the SONAME is still {name}"),
        Detail::Soname { name, breaking } => {
            format!("{breaking} root causes break it, and the SONAME is still {name}")
        }
        Detail::Required(detail) => {
            let required = "the policy requires it";
            let sentence = sentence(rule, detail);
            sentence.map_or_else(|| required.to_owned(), |detail| format!("{detail}; {required}"))
        }
    })
}

fn named<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    list(&items.iter().map(text).collect::<Vec<_>>(), FEW)
}

fn name(name: &str) -> &str {
    if name.is_empty() { "(unnamed)" } else { name }
}

fn file(change: &FileChange) -> String {
    match change {
        FileChange::Added => "added".to_owned(),
        FileChange::Removed => "removed".to_owned(),
        FileChange::Modified => "changed".to_owned(),
        FileChange::Unreadable => "cannot be read any more".to_owned(),
        FileChange::Keys(keys) => format!("changed: {}", list(keys, FEW)),
        FileChange::Owners(paths) => format!("other owners of {}", list(paths, FEW)),
        FileChange::Waiver(reason) => format!("reason: {reason}"),
    }
}

fn of_part(part: &Part) -> String {
    match part {
        Part::Member { name: own, bit_offset: Some(at) } => format!("{} at {}", name(own), place(*at)),
        Part::Member { name: own, bit_offset: None } => name(own).to_owned(),
        Part::Base(name) | Part::Function(name) => name.clone(),
        Part::Around(name) => format!("as part of {name}"),
        Part::Table(0) => "its own virtual table".to_owned(),
        Part::Table(table) => format!("secondary virtual table {table}"),
    }
}

fn text(note: Note) -> &'static str {
    match note {
        Note::LoadedByName => "it is loaded by name at run time, not linked",
        Note::UnversionedStillBind => "unversioned references still bind to it",
        Note::ConstructionVtable => "programs refer to the VTT, never to a construction vtable",
        Note::AbstractConstructor => {
            "the class is abstract: nobody creates an object of it, and C2 for derived classes is there"
        }
        Note::VttGone => "its VTT is gone, which constructors of derived classes need",
        Note::LinkedCopy => "a copy of another project's library, which is beside it",
        Note::ThirdPartyByPolicy => "third-party by the policy",
        Note::ScopeGone => "all its symbols are gone",
        Note::LongerOverload => "callers now reach the longer overload",
        Note::VttDiffers => "the table of construction vtables differs",
        Note::OtherFunctions => "other functions in the same slots",
        Note::VptrAdded => "it has a pointer to a virtual table now",
        Note::VptrRemoved => "it had a pointer to a virtual table",
        Note::ConstantGone => "a constant of the class is gone",
        Note::SameBits => "same bits, other numbers",
        Note::ReleaseVersion => "it says which release this is",
        Note::MovedIntoSource => "it is now defined in a source file",
        Note::NotInHeaders => "the public headers no longer define it",
        Note::HeadersDisagree => "in the library's debug info, and in the public headers",
        Note::HeadersStillDisagree => {
            "in the library's debug info, and in the public headers, as in the old release"
        }
        Note::SameBuild => "every library has the build-id and the facts of the old release",
        Note::NoHeaders => {
            "the old release was compared with its public headers, and the new one comes without: --headers names them"
        }
        Note::DebugInfoForHeaders => {
            "the old release was compared with its public headers, and the new one comes without; its debug info \
             stands in for them"
        }
        Note::HeadersCompiledDifferently => "the headers of the two releases were compiled differently",
        Note::HeadersNotComparable => {
            "the headers were compiled with other options, so that what they say was not compared"
        }
        Note::ParametersExchanged => "parameters of like types changed places",
        Note::CalledIfThere => "programs call it only where it is there",
        Note::DerivedMembers => "members of derived classes start there",
        Note::CopiedByPrograms => {
            "no exported function passes it by value; old programs copy and destroy it as they did"
        }
        Note::Undeclared => "no public header declares it, so that no program should have a copy",
        Note::TypesNotCompared => "as far as it was compared: types were not",
        Note::Unregistered => "not registered in a file that the policy lists",
    }
}

/// `int x at byte 8, bool set : 1 at byte 12 bit 3 (at the end)`
fn members_at(members: &[Member], room: Room) -> String {
    let text = named(members, |member| format!("{} at {}", member.declaration(), place(member.bit_offset)));
    let padding = "which was padding";
    let shared = "in bytes that other members of the union use";
    match room {
        Room::Anywhere => text,
        Room::AtEnd => format!("{text} (at the end)"),
        Room::PaddingSetByConstructors => format!(
            "{text}, {padding}: the exported constructors set it, code that was compiled into programs does not"
        ),
        Room::PaddingUnset => {
            format!("{text}, {padding}: programs that create objects leave it as it was in memory")
        }
        Room::SharedSetByConstructors => format!(
            "{text}, {shared}: the exported constructors set it, code that was compiled into programs does not"
        ),
        Room::SharedUnset => {
            format!("{text}, {shared}: programs that create objects leave it as it was in memory")
        }
    }
}

/// Why a struct may grow.
fn grown(how: &Grown) -> String {
    match how {
        Grown::SizeMember(name) => {
            format!("{name} says how much of it a program knows: safe if the library looks no further")
        }
        Grown::VersionMember(name) => {
            format!("{name} says which version of it a program knows: safe if the library looks no further")
        }
        Grown::OnlyInHeaders => {
            "no exported function or variable leads to it: safe unless the library gets it as void*"
                .to_owned()
        }
        Grown::SizeBeside(symbol) => format!(
            "{} takes the size that a program knows: safe if the library looks no further",
            mangling::display(symbol)
        ),
        Grown::SizeBesideArray(member) => {
            format!("{member} is the size that a program knows: safe if the library steps by it")
        }
        Grown::HandedOut(symbol) => format!(
            "only the library creates it, in {}: safe unless programs copy it or have their own",
            mangling::display(symbol)
        ),
        Grown::HandedToCallbacks => {
            "only callbacks get it, from the library: safe unless programs copy it or have their own"
                .to_owned()
        }
        Grown::Inside(class) => {
            format!("{class} has the room: programs that create objects leave it as it was in memory")
        }
    }
}

fn slots(what: &SlotsDetail) -> String {
    let pure = |count: u64| super::counted(count, "pure virtual function");
    match what {
        SlotsDetail::MorePure(count) => format!("{} more", pure(*count)),
        SlotsDetail::FewerPure(count) => format!("{} fewer", pure(*count)),
        SlotsDetail::After { slot, functions, was_final } => {
            let why = if *was_final { "; nobody derives from the class, which was final" } else { "" };
            format!("after slot {slot}: {}{why}", list(functions, FEWER))
        }
        SlotsDetail::FromEnd(functions) => format!("from the end: {}", list(functions, FEWER)),
        SlotsDetail::Functions(functions) => list(functions, FEWER),
        SlotsDetail::Retyped(slots) => {
            let text =
                |s: &crate::diff::SlotRetyped| format!("slot {} held {}, now holds {}", s.slot, s.old, s.new);
            list(&slots.iter().map(text).collect::<Vec<_>>(), FEWER)
        }
        SlotsDetail::Added { slots, functions } => {
            format!("{} new: {}", slots_are(slots), list(functions, FEWER))
        }
        SlotsDetail::Removed { slots, functions } => {
            format!("{} gone: {}", slots_are(slots), list(functions, FEWER))
        }
    }
}

/// `slot 3 is`, `slots 3 to 5 are`, `slots 3 and 7 are`, `4 slots from 3 on are`.
fn slots_are(positions: &[u64]) -> String {
    let count = positions.len() as u64;
    match positions {
        [] => String::new(),
        [only] => format!("slot {only} is"),
        [first, .., last] if last.saturating_sub(*first).saturating_add(1) == count => {
            format!("slots {first} to {last} are")
        }
        [first, last] => format!("slots {first} and {last} are"),
        [first, ..] => format!("{count} slots from {first} on are"),
    }
}

fn rtti(difference: &RttiDifference) -> String {
    match difference {
        RttiDifference::Place => "the place of a virtual base stands elsewhere in the vtable".to_owned(),
        RttiDifference::Inheritance { old, new } => {
            format!("{} before, {} now", inheritance(*old), inheritance(*new))
        }
    }
}

/// What the kind and the flags of a class's typeinfo say about its bases further up.
fn inheritance((kind, flags): (TypeinfoKind, u32)) -> &'static str {
    match (kind, flags & 3) {
        (TypeinfoKind::MultipleInheritance, 0) => "every base once",
        (TypeinfoKind::MultipleInheritance, 1) => "a base more than once",
        (TypeinfoKind::MultipleInheritance, 2) => "a virtual base shared by several bases",
        (TypeinfoKind::MultipleInheritance, _) => "a base more than once, and a shared virtual one",
        _ => "simple inheritance",
    }
}

fn signature(differences: &[SignatureDifference]) -> String {
    let now = |is: bool, word: &str| format!("{} {word}", if is { "now" } else { "no longer" });
    let one = |difference: &SignatureDifference| match difference {
        SignatureDifference::Parameter { at, old, new } => {
            format!("parameter {at}: changed from {old} to {new}")
        }
        SignatureDifference::ParametersAdded { at, types } => {
            format!("parameter {at} added: {}", types.join(", "))
        }
        SignatureDifference::ParametersRemoved { at, types } => {
            format!("parameter {at} removed: {}", types.join(", "))
        }
        SignatureDifference::ParameterCount { old, new } => format!("{new} parameters instead of {old}"),
        SignatureDifference::Const(is) => now(*is, "const"),
        SignatureDifference::Volatile(is) => now(*is, "volatile"),
        SignatureDifference::Variadic(is) => now(*is, "variadic"),
        SignatureDifference::RefQualifier { old, new } => {
            let text =
                |qualifier: &str| if qualifier.is_empty() { "none".to_owned() } else { qualifier.to_owned() };
            format!("ref-qualifier changed from {} to {}", text(old), text(new))
        }
        SignatureDifference::TemplateArguments => "template arguments differ".to_owned(),
        SignatureDifference::ReturnType { old, new } => {
            let text = |type_: &Option<String>| type_.clone().unwrap_or_else(|| "unknown".to_owned());
            format!("returns {} instead of {}", text(new), text(old))
        }
        SignatureDifference::AbiTags => "ABI tags differ".to_owned(),
    };
    match differences {
        [] => "encoded differently".to_owned(),
        differences => differences.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

/// `16 bytes at a.h:3`
fn definition(definition: &Definition) -> String {
    let size = definition.size.map_or("no size".to_owned(), |size| format!("{size} bytes"));
    match &definition.location {
        Some(at) => format!("{size} at {}:{}", at.file, at.line),
        None => size,
    }
}

/// `count`: how many things, and of how many.
fn lost(first: &str, (count, known): (u64, Option<u64>), what: &Lost) -> String {
    let first = match what {
        Lost::Definitions { .. } => first.to_owned(),
        _ => mangling::display(unversioned(first)).into_owned(),
    };
    let some = match count {
        0 | 1 => first,
        n => format!("{first} and {} more", n - 1),
    };
    let share = |kind: &str| match known {
        Some(known) => format!(" ({count} of {known} {kind} in the old release)"),
        None => String::new(),
    };
    match what {
        Lost::Declarations { no_debug_info } => {
            let share = share("functions and variables with types");
            let what_to_do = match no_debug_info {
                true => "no debug info: build it with -g, or name its directory with --debug-dir",
                false => "the new debug info leaves them out: compile their sources with -g as well",
            };
            format!("{some}: still exported, without types now{share}; {what_to_do}")
        }
        Lost::Tables(gap) => {
            let share = share("vtables and typeinfos");
            match gap {
                Some(gap) => format!("{some}: still exported, not readable now{share}: {gap}"),
                None => format!("{some}: still exported, not described now{share}"),
            }
        }
        Lost::SlotNames => {
            let share = share("vtables and typeinfos");
            format!("{some}: vtable slot names are gone{share}; dump the new library before it is stripped")
        }
        Lost::Definitions { other_compiler } => {
            let more = match other_compiler {
                true => ": another compiler leaves out other types (Clang: -fstandalone-debug)",
                false => "",
            };
            format!("{some}: used by value still, and debug info no longer says what is in it{more}")
        }
    }
}

fn budget(measure: &Measure, most: Option<u64>, growth: Option<&Growth>) -> String {
    let most = most.map(|most| format!("the budget is {}", amount(measure, most)));
    let growth = growth.map(|growth| match growth {
        Growth::By(most) => format!("it may grow by {}", amount(measure, *most)),
        Growth::Percent(percent) => format!("it may grow by {percent} %"),
    });
    let name = match measure {
        Measure::Size => "size in memory",
        Measure::Section(name) => name,
        Measure::Relocations => "relocations",
    };
    format!("{name}: {}", most.into_iter().chain(growth).collect::<Vec<_>>().join(", "))
}
