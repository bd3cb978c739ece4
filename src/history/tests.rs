//! Hand-made releases: what is told of a name, and what is not known.

use super::*;
use crate::abi::{
    Constant, DwarfCoverage, Enumerator, Export, Field, Function, HEADERS, Library, Macro, Parameter, Probe,
    Release, Role, Slot, Type, VirtualTable, VtableGroup,
};
use crate::policy::{File, Policy};

fn policy() -> Policy {
    let no_file = |_: &str| Err(std::io::Error::other("no file"));
    Policy::new(&File::parse("").unwrap(), &no_file).unwrap()
}

fn asked(releases: &[Release], text: &str) -> History {
    let releases: Vec<&Release> = releases.iter().collect();
    history(&releases, &Query::parse(text).unwrap(), &policy())
}

#[track_caller]
fn only(releases: &[Release], text: &str) -> Story {
    let history = asked(releases, text);
    assert_eq!(history.stories.len(), 1, "{:#?}", history.stories);
    history.stories.into_iter().next().unwrap()
}

/// Release and event of each row.
fn events(story: &Story) -> Vec<(usize, Event)> {
    story.rows.iter().map(|row| (row.release, row.event)).collect()
}

fn rules(row: &Row) -> Vec<Rule> {
    row.findings.iter().map(|told| told.rule).collect()
}

fn export(name: &str) -> Export {
    Export { name: name.into(), ..Export::default() }
}

fn type_(name: &str, kind: TypeKind, size: u64) -> Type {
    Type {
        name: name.into(),
        kind,
        size: Some(size),
        align: Some(8),
        location: Some(Location { file: "a.h".into(), line: 1 }),
        reached: vec![Role::Value],
        ..Type::default()
    }
}

fn class(name: &str, members: &[&str]) -> Type {
    let field = |(at, name): (usize, &&str)| Field {
        name: (*name).into(),
        type_: "long".into(),
        bit_offset: 64 * at as u64,
        bit_size: Some(64),
        ..Field::default()
    };
    let members: Vec<Field> = members.iter().enumerate().map(field).collect();
    Type { size: Some(8 * members.len() as u64), members, ..type_(name, TypeKind::Class, 0) }
}

fn enumeration(values: &[(&str, i128)]) -> Type {
    let one = |(name, value): &(&str, i128)| Enumerator { name: (*name).into(), value: *value };
    Type {
        enumerators: values.iter().map(one).collect(),
        target: Some("int".into()),
        ..type_("n::Color", TypeKind::Enum, 4)
    }
}

/// A release of one library that was compiled with `-g`.
fn release(name: &str, exports: &[&str], types: Vec<Type>) -> Release {
    let mut library = Library { name: "liba.so".to_owned(), types, ..Library::default() };
    library.exports = exports.iter().map(|name| export(name)).collect();
    library.evidence.dwarf = Some(DwarfCoverage { units: 1, ..DwarfCoverage::default() });
    library.functions = exports
        .iter()
        .map(|name| Function {
            symbol: (*name).into(),
            parameters: vec![Parameter { type_: "n::A*".into(), ..Parameter::default() }],
            ..Function::default()
        })
        .collect();
    library.restore_order().unwrap();
    Release { name: name.to_owned(), libraries: vec![library], ..Release::default() }
}

/// Without debug info.
fn stripped(mut release: Release) -> Release {
    for library in &mut release.libraries {
        (library.evidence.dwarf, library.types, library.functions) = (None, Vec::new(), Vec::new());
    }
    release
}

const F: &str = "_ZN1n1fEPNS_1AE";
const GET: &str = "_ZN1n1A3getEv";

#[test]
fn a_class_that_grows() {
    let releases = [
        release("v1.0.0", &[F, GET], vec![class("n::A", &["x"])]),
        release("v1.1.0", &[F, GET], vec![class("n::A", &["x"])]),
        release("v1.2.0", &[F, GET, "_ZN1n1A3setEv"], vec![class("n::A", &["w", "x"])]),
        release("v1.3.0", &[F, GET, "_ZN1n1A3setEv"], vec![class("n::A", &["w", "x"])]),
    ];
    let story = only(&releases, "n::A");
    assert_eq!((story.kind, story.libraries.as_slice()), (Kind::Class, &["liba.so".to_owned()][..]));
    assert_eq!(events(&story), [(0, Event::First), (2, Event::Changed)]);
    let row = &story.rows[1];
    let sizes = (row.before.as_ref().and_then(|s| s.size), row.state.as_ref().and_then(|s| s.size));
    assert_eq!(sizes, (Some(8), Some(16)));
    assert_eq!(row.added, ["_ZN1n1A3setEv"]);
    for rule in [Rule::MemberAdded, Rule::TypeSizeChanged] {
        let told = row.findings.iter().find(|told| told.rule == rule);
        assert!(told.is_some_and(|told| told.is_own && told.severity == Severity::Breaking), "{rule}");
    }
    let added = row.findings.iter().find(|told| told.rule == Rule::SymbolAdded).unwrap();
    assert!(!added.is_own && added.symbols.len() == 1);
}

#[test]
fn a_function_that_goes_and_comes_back() {
    let with = |name: &str| release(name, &[F, "_ZN1n1gEv"], Vec::new());
    let without = |name: &str| release(name, &[F], Vec::new());
    let releases = [without("v1.0.0"), with("v1.1.0"), without("v1.2.0"), with("v1.3.0"), with("v1.4.0")];
    let story = only(&releases, "n::g");
    assert_eq!(story.kind, Kind::Function);
    assert_eq!(events(&story), [(1, Event::Came), (2, Event::Gone), (3, Event::Back)]);
    assert_eq!(rules(&story.rows[1]), [Rule::SymbolRemoved]);
    // The linkage name leads to the same.
    let by_symbol = only(&releases, "_ZN1n1gEv");
    assert_eq!((&*by_symbol.name, events(&by_symbol)), ("n::g()", events(&story)));
}

#[test]
fn an_enumerator_that_moves_and_one_that_does_not() {
    let types = |values: &[(&str, i128)]| vec![enumeration(values)];
    let releases = [
        release("v1.0.0", &[F], types(&[("Red", 0), ("Blue", 1)])),
        release("v1.1.0", &[F], types(&[("Red", 0), ("Green", 1), ("Blue", 2)])),
        release("v1.2.0", &[F], types(&[("Red", 0), ("Blue", 2)])),
    ];
    let blue = only(&releases, "n::Color::Blue");
    assert_eq!(events(&blue), [(0, Event::First), (1, Event::Changed)]);
    assert_eq!(rules(&blue.rows[1]), [Rule::EnumeratorValueChanged]);
    assert_eq!(blue.rows[1].state.as_ref().unwrap().value.as_deref(), Some("2"));
    // An unscoped enumerator is a name of the namespace, too.
    assert_eq!(only(&releases, "n::Blue").name, "n::Color::Blue");
    assert_eq!(events(&only(&releases, "n::Color::Red")), [(0, Event::First)]);
    let green = only(&releases, "n::Color::Green");
    assert_eq!(events(&green), [(1, Event::Came), (2, Event::Gone)]);
    assert_eq!(rules(&green.rows[0]), [Rule::EnumeratorAdded]);
    assert_eq!(rules(&green.rows[1]), [Rule::EnumeratorRemoved]);
    let color = only(&releases, "n::Color");
    assert_eq!(color.kind, Kind::Enum);
    assert_eq!(events(&color), [(0, Event::First), (1, Event::Changed), (2, Event::Changed)]);
}

#[test]
fn what_a_release_cannot_know_is_not_gone() {
    let full = |name: &str| release(name, &[F], vec![class("n::B", &["x"])]);
    let releases = [full("v1.0.0"), stripped(full("v1.1.0")), full("v1.2.0")];
    let story = only(&releases, "n::B");
    assert_eq!(events(&story), [(0, Event::First), (1, Event::Unknown)]);
    // With a symbol of its own it is known to be there, though not what it looks like.
    let full = |name: &str| release(name, &[F, GET], vec![class("n::A", &["x"])]);
    let releases = [full("v1.0.0"), stripped(full("v1.1.0"))];
    let story = only(&releases, "n::A");
    assert_eq!(events(&story), [(0, Event::First), (1, Event::Changed)]);
    assert_eq!(story.rows[1].state.as_ref().unwrap().size, None);
}

#[test]
fn constants_macros_and_what_headers_say() {
    let with = |name: &str, value: &str| {
        let mut release = release(name, &[F], Vec::new());
        let library = &mut release.libraries[0];
        let constant =
            Constant { name: "n::kLimit".into(), type_: "int".into(), value: value.into(), location: None };
        library.constants.push(constant);
        library.macros.push(Macro { name: "N_MOST(x)".into(), value: value.into() });
        let mut headers = Library { name: HEADERS.to_owned(), ..Library::default() };
        headers.evidence.headers = Some(Probe::default());
        headers.types.push(class("n::OnlyInHeaders", if value == "1" { &["x"] } else { &["x", "y"] }));
        release.headers = Some(headers);
        release
    };
    let releases = [with("v1.0.0", "1"), with("v1.1.0", "2")];
    for (name, kind) in [("n::kLimit", Kind::Constant), ("N_MOST", Kind::Macro)] {
        let story = only(&releases, name);
        assert_eq!((story.kind, events(&story)), (kind, vec![(0, Event::First), (1, Event::Changed)]));
        assert_eq!(rules(&story.rows[1]), [Rule::ConstantChanged]);
    }
    let story = only(&releases, "n::OnlyInHeaders");
    assert_eq!(story.libraries, [HEADERS]);
    assert_eq!(events(&story), [(0, Event::First), (1, Event::Changed)]);
    assert_eq!(story.rows[1].state.as_ref().unwrap().size, Some(16));
}

#[test]
fn a_symbol_that_moves_to_another_library() {
    let two = |name: &str, first: &[&str], second: &[&str]| {
        let mut one = stripped(release(name, first, Vec::new()));
        let mut other = stripped(release(name, second, Vec::new())).libraries.remove(0);
        "libb.so".clone_into(&mut other.name);
        one.libraries[0].dynamic.needed = vec!["libb.so".to_owned()];
        one.libraries.push(other);
        one
    };
    let releases = [two("v1.0.0", &[F, GET], &["_ZN1n1hEv"]), two("v1.1.0", &[F], &[GET, "_ZN1n1hEv"])];
    let story = only(&releases, "n::A::get");
    assert_eq!(story.libraries, ["libb.so"]);
    assert_eq!(events(&story), [(0, Event::First), (1, Event::Changed)]);
    let told = &story.rows[1].findings[0];
    let libraries = told.detail.values().map(|(old, new)| (old.as_library(), new.as_library()));
    assert_eq!((told.rule, libraries), (Rule::SymbolMoved, Some((Some("liba.so"), Some("libb.so")))));
    assert!(story.rows[1].added.is_empty() && story.rows[1].removed.is_empty());
}

#[test]
fn a_pattern_gives_classes_with_what_is_in_them() {
    let mut release = stripped(release("v1.0.0", &[F, GET, "_ZN1n1B4sizeEv", "_ZTVN1n1AE"], Vec::new()));
    let slots = vec![Slot::Function(GET.into()), Slot::Pure];
    let tables = vec![VirtualTable { slots, ..VirtualTable::default() }];
    release.libraries[0].vtables.push(VtableGroup { name: "_ZTVN1n1AE".into(), relative: false, tables });
    let names = |text: &str| {
        let stories = asked(std::slice::from_ref(&release), text).stories;
        stories.into_iter().map(|story| (story.name, story.kind)).collect::<Vec<_>>()
    };
    let named = |names: &[(&str, Kind)]| -> Vec<(String, Kind)> {
        names.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
    };
    // What is known to be a class has its functions; what is not is a scope.
    assert_eq!(
        names("n::*"),
        named(&[("n::A", Kind::Class), ("n::B", Kind::Scope), ("n::f", Kind::Function)])
    );
    assert_eq!(names("n::A::*"), named(&[("n::A::get", Kind::Function)]));
    let story = only(std::slice::from_ref(&release), "n::A");
    let state = story.rows[0].state.as_ref().unwrap();
    assert_eq!((state.slots, state.symbols.len()), (Some(2), 2));
    assert!(names("m::*").is_empty());
}

#[test]
fn the_table_of_a_library() {
    let releases = [
        release("v1.0.0", &[F, GET], vec![class("n::A", &["x"])]),
        release("v1.1.0", &[F, "_ZN1n1hEv"], vec![class("n::A", &["x", "y"])]),
    ];
    let refs: Vec<&Release> = releases.iter().collect();
    let judged = |new: usize| new.checked_sub(1).map(|old| judge(refs[old], refs[new], &policy()));
    let findings: Vec<Option<Vec<crate::policy::Finding>>> = (0..refs.len()).map(judged).collect();
    let table = library(&refs, "liba", &findings).unwrap();
    assert_eq!((&*table.library, table.rows.len()), ("liba.so", 2));
    assert_eq!((table.rows[0].now.as_ref().unwrap().exports, &table.rows[0].since), (2, &None));
    let since = table.rows[1].since.as_ref().unwrap();
    assert_eq!((since.added, since.removed, since.layouts), (1, 1, 1));
    assert_eq!(table.tiers, ["public"]);
    assert!(since.tiers[0].breaking >= 2, "{since:?}");
    assert_eq!(library(&refs, "libz", &findings).unwrap_err(), ["liba"]);
}
