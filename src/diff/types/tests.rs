//! Hand-made types: what is a cause, what follows, and what is no news.

use crate::abi::{
    BaseClass, DwarfCoverage, Enumerator, Export, Field, Function, Library, Location, Parameter, Release,
    Role, Type, TypeKind,
};
use crate::diff::{Change, compare};
use crate::rules::{Rule, Severity};

fn field(name: &str, type_: &str, bytes: u64, size: u64) -> Field {
    Field {
        name: name.into(),
        type_: type_.into(),
        bit_offset: bytes * 8,
        bit_size: Some(size * 8),
        ..Field::default()
    }
}

fn class(name: &str, size: u64, members: Vec<Field>) -> Type {
    Type {
        name: name.into(),
        kind: TypeKind::Struct,
        size: Some(size),
        align: Some(8),
        members,
        location: Some(Location { file: "a.h".into(), line: 1 }),
        reached: vec![Role::Pointer],
        ..Type::default()
    }
}

fn with_base(mut type_: Type, base: &str) -> Type {
    let base =
        BaseClass { name: base.into(), bit_offset: Some(0), is_virtual: false, access: Default::default() };
    type_.bases.push(base);
    type_
}

fn typedef(name: &str, target: &str) -> Type {
    let target = Some(target.into());
    Type { kind: TypeKind::Typedef, size: None, align: None, target, ..class(name, 0, Vec::new()) }
}

fn enumeration(enumerators: &[(&str, i128)]) -> Type {
    let one = |(name, value): &(&str, i128)| Enumerator { name: (*name).into(), value: *value };
    Type {
        kind: TypeKind::Enum,
        enumerators: enumerators.iter().map(one).collect(),
        target: Some("int".into()),
        ..class("E", 4, Vec::new())
    }
}

/// A library that exports `f`, which takes these types.
fn release(mut types: Vec<Type>, parameters: &[&str]) -> Release {
    types.sort_by(|a, b| a.name.cmp(&b.name));
    let parameter = |type_: &&str| Parameter { type_: (*type_).into(), ..Parameter::default() };
    let function = Function {
        symbol: "f".into(),
        parameters: parameters.iter().map(parameter).collect(),
        ..Function::default()
    };
    let mut library =
        Library { name: "liba.so".into(), types, functions: vec![function], ..Library::default() };
    library.machine.bits = 64;
    library.evidence.dwarf = Some(DwarfCoverage::default());
    library.exports.push(Export {
        name: "f".into(),
        version: None,
        hidden_version: false,
        kind: Default::default(),
        binding: Default::default(),
        visibility: Default::default(),
        size: None,
        section: None,
        alias_of: None,
        unpromised: false,
    });
    Release { libraries: vec![library], ..Release::default() }
}

fn changes(old: Vec<Type>, new: Vec<Type>, parameters: &[&str]) -> Vec<Change> {
    compare(&release(old, parameters), &release(new, parameters)).into_vec()
}

/// Rule, severity and subject of each root.
fn roots(changes: &[Change]) -> Vec<(Rule, Severity, &str)> {
    let roots = changes.iter().filter(|c| c.derived_from.is_none());
    roots.map(|c| (c.rule, c.severity, c.subject.name.as_str())).collect()
}

#[test]
fn what_contains_a_class_that_grew_follows_from_it() {
    let all = |size: u64, more: &[Field]| {
        let mut members = vec![field("x", "long", 0, 8)];
        members.extend_from_slice(more);
        vec![
            class("A", size, members),
            with_base(class("B", size + 8, vec![field("y", "long", size, 8)]), "A"),
            class("C", 2 * size + 16, vec![field("b", "B[2]", 0, 2 * size + 16)]),
        ]
    };
    let found = changes(all(8, &[]), all(16, &[field("z", "long", 8, 8)]), &["C*", "B", "A const&"]);
    assert_eq!(roots(&found), [(Rule::MemberAdded, Severity::Breaking, "A")]);
    assert_eq!(found.iter().filter(|c| c.derived_from.is_some()).count(), found.len() - 1);
    let affects = &found[0].affects;
    assert_eq!((affects.by_value, affects.by_pointer, affects.types), (1, 0, 2));
    let layout = found[0].layout.as_ref().expect("it is shown before and after");
    assert_eq!(layout.size, (8, 16));
    assert_eq!(layout.rows.iter().map(|row| row.old.is_some()).collect::<Vec<_>>(), [true, false]);
}

/// What a class keeps in the same bytes in a base of its own is where it was.
#[test]
fn members_that_move_into_a_base_stay_where_they_are() {
    let fields = || vec![field("p", "int*", 0, 8), field("n", "long", 8, 8)];
    let whole = || class("A", 16, fields());
    let base = || class("B", 16, fields());
    let derived = || with_base(class("A", 16, Vec::new()), "B");
    let roots_of = |old: Vec<Type>, new: Vec<Type>| {
        let found = changes(old, new, &["A", "B*"]);
        roots(&found)
            .iter()
            .map(|(rule, severity, name)| (*rule, *severity, (*name).to_owned()))
            .collect::<Vec<_>>()
    };
    let a = |rule, severity| vec![(rule, severity, "A".to_owned())];
    assert_eq!(
        roots_of(vec![base(), whole()], vec![base(), derived()]),
        a(Rule::BaseAdded, Severity::Compatible)
    );
    assert_eq!(
        roots_of(vec![base(), derived()], vec![base(), whole()]),
        a(Rule::BaseRemoved, Severity::Source)
    );
    // In another order, they are not.
    let other = class("B", 16, vec![field("n", "long", 0, 8), field("p", "int*", 8, 8)]);
    let found = roots_of(vec![other.clone(), whole()], vec![other, derived()]);
    assert!(found.contains(&(Rule::BaseAdded, Severity::Breaking, "A".to_owned())), "{found:?}");
    // Neither are those of a base that has more.
    let more = class("B", 16, vec![field("p", "int*", 0, 8), field("m", "long", 8, 8)]);
    let found = roots_of(vec![more.clone(), whole()], vec![more, derived()]);
    assert!(found.contains(&(Rule::BaseAdded, Severity::Breaking, "A".to_owned())), "{found:?}");
}

#[test]
fn an_alias_of_another_size_is_the_cause_of_what_is_declared_with_it() {
    let all = |target: &str, size: u64| {
        vec![
            typedef("T", target),
            class("A", size + 8, vec![field("n", "T", 0, size), field("p", "int*", size, 8)]),
        ]
    };
    let found = changes(all("int", 8), all("__int128", 16), &["A*"]);
    assert_eq!(roots(&found), [(Rule::TypedefChanged, Severity::Breaking, "T")]);
    // Another name for the same thing.
    let found = changes(all("long", 8), all("long long", 8), &["A*"]);
    assert_eq!(roots(&found), [(Rule::TypedefChanged, Severity::Source, "T")]);
}

#[test]
fn exposure_decides_how_bad_it_is() {
    let old = || class("A", 8, vec![field("x", "long", 0, 8)]);
    let new = || class("A", 16, vec![field("x", "long", 0, 8), field("y", "long", 8, 8)]);
    let hidden = |mut type_: Type| {
        type_.location = Some(Location { file: "src/a.cc".into(), line: 1 });
        type_
    };
    let root = |old: Type, new: Type, parameter: &str| {
        let found = changes(vec![old], vec![new], &[parameter]);
        roots(&found).first().map(|root| root.1)
    };
    assert_eq!(root(old(), new(), "A*"), Some(Severity::Breaking));
    assert_eq!(root(hidden(old()), hidden(new()), "A*"), Some(Severity::Risky));
    assert_eq!(root(hidden(old()), hidden(new()), "A"), Some(Severity::Breaking));
    // An explicit instantiation stands in a source file, and its template in a header.
    let instance = |type_: Type| hidden(Type { name: "A<int>".into(), ..type_ });
    assert_eq!(root(instance(old()), instance(new()), "A<int>*"), Some(Severity::Breaking));
    let unreachable = |mut type_: Type| {
        type_.reached.clear();
        type_
    };
    assert_eq!(root(unreachable(old()), unreachable(new()), "int"), None);
}

#[test]
fn padding_and_reserves() {
    let a = |members: Vec<Field>| vec![class("A", 16, members)];
    let padded = vec![field("x", "int", 0, 4), field("y", "long", 8, 8)];
    let mut filled = padded.clone();
    filled.insert(1, field("z", "int", 4, 4));
    let found = changes(a(padded.clone()), a(filled), &["A"]);
    assert_eq!(roots(&found), [(Rule::MemberAddedInPadding, Severity::Risky, "A")]);
    let reserved = vec![field("x", "long", 0, 8), field("reserved", "char[8]", 8, 8)];
    let used = vec![field("x", "long", 0, 8), field("z", "int", 8, 4), field("reserved", "char[4]", 12, 4)];
    let found = changes(a(reserved.clone()), a(used), &["A"]);
    assert_eq!(roots(&found), [(Rule::MemberAddedInReserve, Severity::Compatible, "A")]);
    // What is not reserved must not shrink.
    let kept = vec![field("x", "long", 0, 8), field("name", "char[8]", 8, 8)];
    let cut = vec![field("x", "long", 0, 8), field("z", "int", 8, 4), field("name", "char[4]", 12, 4)];
    let found = changes(a(kept), a(cut), &["A"]);
    assert!(
        roots(&found).iter().any(|root| root.0 == Rule::ArrayBoundChanged && root.1 == Severity::Breaking)
    );
}

#[test]
fn representation_decides_about_types_of_members() {
    let other = |size: u64, members: Vec<Field>, name: &str| class(name, size, members);
    let types = |member: &str| {
        vec![
            class("A", 8, vec![field("m", member, 0, 8)]),
            other(8, vec![field("p", "void*", 0, 8)], "P"),
            other(8, vec![field("q", "char*", 0, 8)], "Q"),
            other(8, vec![field("d", "double", 0, 8)], "D"),
            typedef("L", "long"),
        ]
    };
    let weight = |from: &str, to: &str| {
        let found = changes(types(from), types(to), &["A"]);
        roots(&found).first().map(|root| (root.0, root.1))
    };
    let changed = |severity| Some((Rule::MemberTypeChanged, severity));
    assert_eq!(weight("long", "L"), None);
    assert_eq!(weight("P", "Q"), changed(Severity::Source));
    assert_eq!(weight("long", "unsigned long"), changed(Severity::Risky));
    assert_eq!(weight("long", "double"), changed(Severity::Breaking));
    assert_eq!(weight("P", "D"), changed(Severity::Breaking));
    assert_eq!(weight("P*", "Q*"), changed(Severity::Source));
    assert_eq!(weight("P*", "D*"), changed(Severity::Breaking));
    assert_eq!(weight("void (*)(int)", "void (*)(long)"), changed(Severity::Breaking));
    assert_eq!(weight("long", "long const"), Some((Rule::MemberCvChanged, Severity::Source)));
    assert_eq!(weight("int[2]", "int[1]"), Some((Rule::ArrayBoundChanged, Severity::Breaking)));
}

#[test]
fn enumerators_and_their_count() {
    let roots_of = |old: &[(&str, i128)], new: &[(&str, i128)]| -> Vec<Rule> {
        let found = changes(vec![enumeration(old)], vec![enumeration(new)], &["E"]);
        roots(&found).iter().map(|root| root.0).collect()
    };
    let old = [("A", 0), ("B", 1), ("COUNT", 2)];
    assert_eq!(
        roots_of(&old, &[("A", 0), ("B", 1), ("C", 2), ("COUNT", 3)]),
        [Rule::EnumSentinelMoved, Rule::EnumeratorAdded]
    );
    assert_eq!(
        roots_of(&old, &[("A", 0), ("C", 1), ("B", 2), ("COUNT", 3)]),
        [Rule::EnumeratorValueChanged, Rule::EnumSentinelMoved, Rule::EnumeratorAdded]
    );
    assert_eq!(
        roots_of(&[("A", 0), ("LAST", 1), ("COUNT", 2)], &[("A", 0), ("B", 1), ("LAST", 2), ("COUNT", 3)]),
        [Rule::EnumSentinelMoved, Rule::EnumeratorAdded]
    );
    // Nothing came that it counts: a limit for the width of the enum, or for values to come.
    assert_eq!(roots_of(&old, &[("A", 0), ("B", 1), ("COUNT", 5)]), [Rule::EnumSentinelMoved]);
    // Not the largest, but the last; and neither of both.
    assert_eq!(
        roots_of(&[("A", 9), ("B", 1), ("LAST", 2)], &[("A", 9), ("B", 1), ("C", 2), ("LAST", 3)]),
        [Rule::EnumSentinelMoved, Rule::EnumeratorAdded]
    );
    assert_eq!(
        roots_of(&[("A", 9), ("MAX", 2), ("B", 1)], &[("A", 9), ("MAX", 3), ("B", 1)]),
        [Rule::EnumeratorValueChanged]
    );
    assert_eq!(roots_of(&old, &[("A", 0), ("BB", 1), ("COUNT", 2)]), [Rule::EnumeratorRenamed]);
    assert_eq!(roots_of(&old, &[("A", 0), ("COUNT", 2)]), [Rule::EnumeratorRemoved]);
}

#[test]
fn a_definition_that_is_missing_is_lost_evidence_where_it_is_needed() {
    let old = || class("A", 8, vec![field("x", "long", 0, 8)]);
    let declared = |role| Type { size: None, members: Vec::new(), reached: vec![role], ..old() };
    let found = changes(vec![old()], vec![declared(Role::Value)], &["A"]);
    assert_eq!(roots(&found), [(Rule::EvidenceLost, Severity::CannotCertify, "A")]);
    let found = changes(vec![old()], vec![declared(Role::Pointer)], &["A*"]);
    assert_eq!(roots(&found), [(Rule::TypeBecameIncomplete, Severity::Source, "A")]);
}

#[test]
fn types_that_contain_themselves_end() {
    let odd = |size: u64| {
        let mut types = vec![
            with_base(class("A", size, vec![field("b", "B", 0, 8)]), "B"),
            with_base(class("B", size, vec![field("a", "A[1000000]", 0, 8)]), "A"),
            typedef("T", "T"),
            class("U", size, vec![field("t", "T", 0, 8), field("x", "((((", 0, 8)]),
        ];
        // Classes without data in classes without data: few types, and no end of paths.
        let next = |n: u32| format!("N{}", n + 1);
        types.extend((0..60).map(|n| {
            class(&format!("N{n}"), size, vec![field("a", &next(n), 0, 8), field("b", &next(n), 0, 8)])
        }));
        types
    };
    let found = changes(odd(8), odd(16), &["A", "U", "N0"]);
    assert!(found.iter().any(|change| change.rule == Rule::TypeSizeChanged));
}

/// Releases of two compilers, whose debug info leaves out other things.
fn by_compilers(old: (&str, Vec<Type>), new: (&str, Vec<Type>)) -> Vec<Change> {
    let by = |(producer, types): (&str, Vec<Type>)| {
        let mut release = release(types, &["A*"]);
        release.libraries[0].producers = vec![producer.to_owned()];
        release
    };
    compare(&by(old), &by(new)).into_vec()
}

#[test]
fn what_another_compiler_leaves_out_is_no_change_of_the_library() {
    let known = || class("A", 8, vec![field("x", "long", 0, 8)]);
    let used = |roles: &[Role]| Type { reached: roles.to_vec(), ..known() };
    let left_out = |roles: &[Role]| Type { size: None, align: None, members: Vec::new(), ..used(roles) };
    let severities = |old: &str, new: &str, roles: &[Role]| -> Vec<(Rule, Severity)> {
        let found = by_compilers((old, vec![used(roles)]), (new, vec![left_out(roles)]));
        found.iter().filter(|c| c.rule != Rule::ProducerChanged).map(|c| (c.rule, c.severity)).collect()
    };
    let (gcc, clang, other) = ("GNU C++17 12.2.0", "clang version 14.0.6", "clang version 19.1.7");
    let value = [Role::Value];
    assert_eq!(severities(gcc, clang, &value), [(Rule::EvidenceLost, Severity::Compatible)]);
    assert_eq!(severities(gcc, gcc, &value), [(Rule::EvidenceLost, Severity::CannotCertify)]);
    let pointer = [Role::Pointer];
    assert_eq!(severities(gcc, clang, &pointer), []);
    assert_eq!(severities(other, clang, &pointer), []);
    assert_eq!(severities(clang, clang, &pointer), [(Rule::TypeBecameIncomplete, Severity::Source)]);
}

/// dwz makes one of two unnamed structs that Clang only declares.
#[test]
fn names_of_the_toolchain_that_stand_for_nothing_known_are_not_compared() {
    let system = |type_: Type| Type {
        location: Some(Location { file: "<bits/types/siginfo_t.h>".into(), line: 1 }),
        ..type_
    };
    let own = |target: &str| system(typedef("siginfo_t", target));
    let whole = || system(class("siginfo_t", 128, vec![field("si_signo", "int", 0, 4)]));
    let count = |old: Type, new: Type| changes(vec![old], vec![new], &["siginfo_t*"]).len();
    assert_eq!(count(own("siginfo_t"), own("max_align_t")), 0);
    assert_eq!(count(own("max_align_t"), whole()), 0);
    assert_eq!(count(whole(), own("max_align_t")), 0);
    // One that leads somewhere is.
    assert_eq!(count(own("int"), own("long")), 1);
}

#[test]
fn what_a_lambda_returns_is_its_own_business() {
    let with = |returns: &str, symbol: &str| {
        let mut release = release(Vec::new(), &[]);
        release.libraries[0].functions[0].symbol = symbol.into();
        release.libraries[0].functions[0].returns = Some(returns.into());
        release.libraries[0].exports[0].name = symbol.into();
        release
    };
    let count = |symbol: &str| compare(&with("auto", symbol), &with("long", symbol)).into_vec().len();
    assert_eq!(count("_ZZ1fvENKUlvE_clEv"), 0);
    assert_eq!(count("_Z1gv"), 1);
}
