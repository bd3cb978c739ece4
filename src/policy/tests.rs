//! The policy as a whole: changes in, findings out; and the file against its schema.

use serde_json::Value;

use super::*;
use crate::abi::{Export, Library, Release, Type, VersionDefinition};
use crate::diff::{self, Changes, Detail, Note, SlotsDetail, Subject, SubjectKind};
use crate::rules::Rule;

fn policy(text: &str) -> Policy {
    let read = |path: &str| match path {
        "shims.txt" => Ok("torch_get: V1\ntorch_new: V2\n".to_owned()),
        "imports.txt" => Ok("_ZN1a4usedEv\n".to_owned()),
        _ => Err(std::io::Error::other("no such file")),
    };
    let file = File::parse(text).unwrap_or_else(|mistake| panic!("{mistake}\n{text}"));
    Policy::new(&file, &read).unwrap_or_else(|mistake| panic!("{mistake}\n{text}"))
}

fn release(name: &str, exports: &[&str]) -> Release {
    let export = |name: &&str| Export { name: (*name).into(), ..Export::default() };
    let mut library = Library { name: "liba.so".to_owned(), ..Library::default() };
    library.exports = exports.iter().map(export).collect();
    library.exports.sort_by(|a, b| a.key().cmp(&b.key()));
    Release { name: name.to_owned(), libraries: vec![library], ..Release::default() }
}

fn context(profile: Profile) -> JudgeContext {
    let today = Date::parse("2026-11-25").unwrap();
    JudgeContext {
        profile,
        today,
        require: Vec::new(),
        file: "abigate.yaml".to_owned(),
        trust: None,
        aside: Vec::new(),
    }
}

/// The real comparison of two libraries that export these.
fn judged(text: &str, old: &[&str], new: &[&str]) -> Verdict {
    let (old, new) = (release("v1.0", old), release("v1.1", new));
    let policy = policy(text);
    let changes = crate::diff::compare_with(&old, &new, policy.patterns());
    judge(changes, &old, &new, &policy, &context(Profile::Minor)).unwrap()
}

/// Tier, rule, severity and number of symbols, in the order of reports.
fn told(verdict: &Verdict) -> Vec<(String, &'static str, &'static str, usize)> {
    let one = |f: &Finding| {
        (f.tier.name().to_owned(), f.change.rule.id(), f.severity.name(), f.change.members.len())
    };
    verdict.findings.iter().map(one).collect()
}

fn line(
    tier: &str,
    rule: &'static str,
    severity: &'static str,
    members: usize,
) -> (String, &'static str, &'static str, usize) {
    (tier.to_owned(), rule, severity, members)
}

#[test]
fn a_group_comes_apart_at_its_tiers() {
    let tiers = "tiers:\n- {name: stable, c-names: 'torch_*', severity: {symbol-added: risky}}\n\
                 - {name: inner, names: 'a::detail::**', severity: ignore}\n";
    let verdict = judged(tiers, &["x"], &["x", "torch_get", "torch_set", "_ZN1a6detail1fEv", "_ZN1a1gEv"]);
    let wanted =
        [line("stable", "symbol-added", "risky", 2), line("public", "symbol-added", "compatible", 1)];
    assert_eq!(told(&verdict), wanted);
    assert_eq!(verdict.ignored, 1);
    assert_eq!(verdict.findings[0].change.subject.name, "2 symbols of liba.so");
    assert_eq!(verdict.findings[1].change.subject.name, "a::g()");
    assert_eq!(verdict.outcome, Outcome::Compatible);
}

#[test]
fn the_first_tier_counts_and_exceptions_do_not() {
    let tiers = "tiers:\n- {name: stable, c-names: 'torch_*', except: 'torch_c_*', severity: {all: breaking}}\n\
                 - {name: inner, c-names: 'torch_c_*', severity: note}\n";
    let verdict = judged(tiers, &["torch_get", "torch_c_x", "other"], &[]);
    let tiers: Vec<(&str, &str)> =
        verdict.findings.iter().map(|f| (&*f.change.subject.name, f.tier.name())).collect();
    assert_eq!(tiers, [("torch_get", "stable"), ("other", "public"), ("torch_c_x", "inner")]);
    assert_eq!(verdict.findings[2].severity, Severity::Compatible);
}

/// What inline functions of public headers call is what every program that includes them needs.
#[test]
fn calls_of_inline_functions_make_a_tier() {
    let tiers = "tiers:\n- {name: called, emitted: true}\n- {name: public, severity: note}\n";
    let (mut old, new) =
        (release("v1.0", &["_ZN1a4usedEv", "_ZN1a6unusedEv"]), release("v1.1", &["_ZN1a1xEv"]));
    let import = crate::abi::Import {
        name: "_ZN1a4usedEv".into(),
        version: None,
        library: None,
        weak: false,
        copy: None,
    };
    old.headers = Some(Library { imports: vec![import], ..Library::default() });
    let changes = crate::diff::compare(&old, &new);
    let verdict = judge(changes, &old, &new, &policy(tiers), &context(Profile::Minor)).unwrap();
    let removed = |tier: &str| -> Vec<&str> {
        let of_tier = verdict.findings.iter().filter(|f| f.tier.name() == tier);
        of_tier.flat_map(|f| f.change.members.iter().map(|m| m.symbol.as_str())).collect()
    };
    assert_eq!(removed("called"), ["_ZN1a4usedEv"]);
    assert!(removed("public").contains(&"_ZN1a6unusedEv"), "{:?}", told(&verdict));
    let compiled_in: Vec<&String> = verdict.findings.iter().flat_map(|f| &f.compiled_in).collect();
    assert_eq!(compiled_in, ["_ZN1a4usedEv"]);
}

#[test]
fn imports_make_a_tier() {
    let tiers = "tiers:\n- {name: used, imports: imports.txt}\n- {name: public, severity: note}\n";
    let verdict = judged(tiers, &["_ZN1a4usedEv", "_ZN1a6unusedEv"], &["_ZN1a1xEv"]);
    let breaking: Vec<&Finding> =
        verdict.findings.iter().filter(|f| f.severity == Severity::Breaking).collect();
    assert_eq!(breaking.len(), 1, "{:?}", told(&verdict));
    assert_eq!((breaking[0].tier.name(), &*breaking[0].change.subject.name), ("used", "a::used()"));
}

#[test]
fn the_profile_decides() {
    let text =
        "tiers:\n- name: public\n  severity: {patch: {all: breaking}, minor: {all: risky}, trunk: ignore}\n";
    let (old, new) = (release("v1", &["_ZN1a1fEv", "_ZN1a1gEv"]), release("v2", &["_ZN1a1gEv"]));
    let severity = |profile| {
        let changes = crate::diff::compare(&old, &new);
        let verdict = judge(changes, &old, &new, &policy(text), &context(profile)).unwrap();
        (verdict.findings.first().map(|f| f.severity), verdict.ignored)
    };
    assert_eq!(severity(Profile::Patch), (Some(Severity::Breaking), 0));
    assert_eq!(severity(Profile::Minor), (Some(Severity::Risky), 0));
    assert_eq!(severity(Profile::Trunk), (None, 1));
}

#[test]
fn additions_have_to_be_registered() {
    let text = "tiers:\n- {name: stable, c-names: 'torch_*', listed: shims.txt, additions: registered}\n";
    let verdict =
        judged(text, &["torch_get"], &["torch_get", "torch_new", "torch_secret", "torch_wild", "free"]);
    let wanted = [
        line("stable", "symbol-added", "breaking", 2),
        line("stable", "symbol-added", "compatible", 1),
        line("public", "symbol-added", "compatible", 1),
    ];
    assert_eq!(told(&verdict), wanted);
    assert_eq!(verdict.findings[0].change.detail, Detail::Note(Note::Unregistered));
    let risky = text.replace("registered}", "registered, unregistered: risky}");
    let verdict = judged(&risky, &["torch_get"], &["torch_get", "torch_secret"]);
    assert_eq!(told(&verdict), [line("stable", "symbol-added", "risky", 1)]);
}

#[test]
fn what_is_required_breaks_however_weak() {
    let weak = |symbols: &[&str]| {
        let mut release = release("v1", symbols);
        for export in &mut release.libraries[0].exports {
            export.binding = crate::abi::Binding::Weak;
        }
        release
    };
    let symbols = ["_ZN1a4keptEv", "_ZN1a5otherEv", "_ZNSt6vectorIiSaIiEE4sizeEv"];
    let (old, new) = (weak(&symbols), weak(&["_ZN1b1xEv"]));
    let policy = policy("required: ['a::kept', 'std::vector<int, *>::size']\n");
    let verdict =
        judge(crate::diff::compare(&old, &new), &old, &new, &policy, &context(Profile::Trunk)).unwrap();
    let breaking: Vec<(&str, &str)> = verdict
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Breaking)
        .map(|f| (f.change.rule.id(), f.tier.name()))
        .collect();
    assert_eq!(
        breaking,
        [("symbol-removed", "public"), ("symbol-removed", "public")],
        "{:?}",
        told(&verdict)
    );
}

#[test]
fn new_exports_may_be_forbidden() {
    let text = "forbidden: ['std::filesystem::**', '_ZN1a*Ss*', 'uv_*']\n";
    let old = &["uv_old", "_ZN1a1gEv"];
    let new = &["uv_old", "uv_new", "_ZN1a1fESs", "_ZN1a1gEv", "_ZNSt10filesystem4path1xEv"];
    let verdict = judged(text, old, new);
    let forbidden = verdict.findings.iter().find(|f| f.change.rule == Rule::ForbiddenExport).unwrap();
    let names: Vec<&str> = forbidden.change.members.iter().map(|m| &*m.symbol).collect();
    assert_eq!(names, ["_ZN1a1fESs", "_ZNSt10filesystem4path1xEv", "uv_new"]);
    assert_eq!((forbidden.severity, forbidden.tier.name()), (Severity::Breaking, "public"));
}

/// A root in one tier, and what follows from it in another one.
fn chain(root: &str, derived: &str) -> Changes {
    let class = |name: &str| Subject::named(SubjectKind::Class, name, "liba.so");
    let mut changes = Changes::default();
    let at = changes.push(Change::new(Rule::VirtualInserted, class(root)));
    let mut follows = Change::new(Rule::SecondaryVtableChanged, class(derived));
    follows.derived_from = Some(at);
    changes.push(follows);
    changes
}

fn of_chain(text: &str) -> Result<Verdict, ConfigError> {
    let (old, new) = (release("v1", &["x"]), release("v2", &["x"]));
    judge(chain("a::detail::B", "a::C"), &old, &new, &policy(text), &context(Profile::Minor))
}

#[test]
fn a_root_counts_where_what_follows_from_it_does() {
    for level in ["note", "ignore"] {
        let text = format!("tiers:\n- {{name: inner, names: 'a::detail::**', severity: {level}}}\n");
        let verdict = of_chain(&text).unwrap();
        assert_eq!(told(&verdict)[0], line("public", "virtual-inserted", "breaking", 0), "{level}");
        assert_eq!(verdict.findings.len(), 2);
    }
    let verdict = of_chain("tiers:\n- {name: inner, names: 'a::**', severity: ignore}\n").unwrap();
    assert_eq!((verdict.findings.len(), verdict.ignored), (0, 2));
}

#[test]
fn who_accepts_a_cause_accepts_what_follows() {
    let verdict =
        of_chain("waivers:\n- {rule: virtual-inserted, name: 'a::detail::B', reason: fine, by: ada}\n")
            .unwrap();
    assert!(verdict.findings.iter().all(|f| f.waived.as_ref().is_some_and(|w| w.reason == "fine")));
    assert_eq!((verdict.outcome, verdict.notices.len()), (Outcome::Compatible, 0));
    // What follows may be accepted by itself; the cause counts then.
    let verdict =
        of_chain("waivers:\n- {rule: secondary-vtable-changed, name: 'a::*', reason: fine}\n").unwrap();
    assert_eq!(verdict.outcome, Outcome::Breaking);
}

#[test]
fn no_waiver_hides_a_break_where_none_may() {
    let text = "tiers:\n- {name: stable, names: 'a::C', waivers: never}\n\
                waivers:\n- {rule: virtual-inserted, name: 'a::detail::B', reason: fine}\n";
    let mistake = of_chain(text).unwrap_err();
    assert_eq!((mistake.line, mistake.column), (4, 3));
    assert!(mistake.what.contains("would hide a break in tier stable"), "{mistake}");
    // What is no break may be waived there as well.
    let text = text.replace("waivers: never", "severity: {all: risky}, waivers: never");
    assert!(of_chain(&text).is_ok());
}

#[test]
fn waivers_end_and_say_so() {
    let with = |until: &str, name: &str| {
        let text =
            format!("waivers:\n- {{rule: virtual-inserted, name: '{name}', reason: fine, until: {until}}}\n");
        let verdict = of_chain(&text).unwrap();
        (verdict.outcome, verdict.notices.join("\n"))
    };
    assert_eq!(with("2026-11-25", "a::detail::B"), (Outcome::Compatible, String::new()));
    let over = with("2026-11-24", "a::detail::B");
    let wanted = "abigate.yaml:2: the waiver of virtual-inserted a::detail::B ended on 2026-11-24 and no longer applies";
    assert_eq!(over, (Outcome::Breaking, wanted.to_owned()));
    let unused = with("2030-01-01", "a::other");
    assert_eq!(unused.1, "abigate.yaml:2: the waiver of virtual-inserted a::other matches nothing");
}

#[test]
fn a_waiver_takes_its_symbols_out_of_a_group() {
    let text = "tiers:\n- {name: public, severity: {symbol-added: breaking}}\n\
                waivers:\n- {rule: symbol-added, name: ['a::f', 'uv_*'], library: 'liba*', reason: fine}\n";
    let verdict = judged(text, &["x"], &["x", "_ZN1a1fEv", "_ZN1a1gEv", "uv_1"]);
    let waived = |f: &Finding| (f.waived.is_some(), f.change.members.len());
    let mut found: Vec<(bool, usize)> = verdict.findings.iter().map(waived).collect();
    found.sort_unstable();
    assert_eq!(found, [(false, 1), (true, 2)]);
    assert_eq!(verdict.outcome, Outcome::Breaking);
    let elsewhere = judged(&text.replace("liba*", "libb*"), &["x"], &["x", "_ZN1a1fEv"]);
    assert!(elsewhere.findings.iter().all(|f| f.waived.is_none()));
}

#[test]
fn written_waivers_load_and_waive_just_that() {
    let (old, new) = (["_ZN1a1fEv", "_ZN1a1gIiEEvv", "c_name", "x"], ["x", "_ZN1a1yEv"]);
    let verdict = judged("", &old, &new);
    assert_eq!(verdict.outcome, Outcome::Breaking);
    let text = write_waivers(&verdict, Severity::Breaking, "agreed: see #1").unwrap();
    let again = judged(&text, &old, &new);
    assert_eq!((again.outcome, &again.notices[..]), (Outcome::Compatible, &[][..]), "{text}");
    assert!(write_waivers(&again, Severity::Breaking, "x").is_none());
    assert!(again.findings.iter().any(|f| f.waived.as_ref().is_some_and(|w| w.reason == "agreed: see #1")));
    // One of the names stays, another one goes: that was not agreed on.
    let other = judged(&text, &["_ZN1a1fEv", "_ZN1a1hEv", "x"], &new);
    assert_eq!(other.outcome, Outcome::Breaking);
}

#[test]
fn fingerprints_are_of_one_change() {
    let (old, new) = (release("v1", &["x"]), release("v2", &["x"]));
    let changes = |count: (u64, u64), function: &str| {
        let subject = Subject::named(SubjectKind::Class, "a::B<c::D*>::operator[]", "liba.so");
        let mut changes = Changes::default();
        let what = SlotsDetail::Added { slots: vec![2], functions: vec![function.to_owned()] };
        let detail = Detail::Slots { count: Some(count), what };
        changes.push(Change::new(Rule::VirtualInserted, subject).with_detail(detail));
        changes
    };
    let verdict = |text: &str, count: (u64, u64), function: &str| {
        judge(changes(count, function), &old, &new, &policy(text), &context(Profile::Minor)).unwrap()
    };
    let text = write_waivers(&verdict("", (3, 4), "f()"), Severity::Breaking, "x").unwrap();
    let outcome = |count: (u64, u64), function: &str| verdict(&text, count, function).outcome;
    assert_eq!(outcome((3, 4), "f()"), Outcome::Compatible, "{text}");
    assert_eq!(outcome((3, 5), "f()"), Outcome::Breaking);
    assert_eq!(outcome((2, 4), "f()"), Outcome::Breaking);
    assert_eq!(outcome((3, 4), "g()"), Outcome::Breaking);
}

/// A fingerprint is made of data: if one of these differs, waivers that people wrote no longer match.
#[test]
fn fingerprints_stay() {
    let member = |name: &str, bit_offset: u64| diff::Member {
        name: name.to_owned(),
        type_: "int".to_owned(),
        bit_offset,
        bits: None,
    };
    let change = |detail: Detail| {
        Change::new(Rule::MemberAdded, Subject::named(SubjectKind::Type, "a::B", "liba.so"))
            .with_detail(detail)
    };
    let added = |name: &str, at: u64| {
        change(Detail::Members { members: vec![member(name, at)], room: diff::Room::AtEnd })
    };
    let print = |change: &Change| (waiver::old_fingerprint(change), waiver::new_fingerprint(change));
    assert_eq!(print(&added("x", 64)), print(&added("x", 64)));
    assert_ne!(print(&added("x", 64)).1, print(&added("y", 64)).1);
    assert_ne!(print(&added("x", 64)).1, print(&added("x", 96)).1);
    let retyped =
        |old: &str, new: &str| change(Detail::changed(diff::Value::type_(old), diff::Value::type_(new)));
    let (base, other_old) = (print(&retyped("int", "long")), print(&retyped("short", "long")));
    assert!(base.0 != other_old.0 && base.1 == other_old.1, "{base:?} {other_old:?}");
    let other_new = print(&retyped("int", "double"));
    assert!(base.0 == other_new.0 && base.1 != other_new.1, "{base:?} {other_new:?}");
    assert_eq!((&*base.0, &*base.1), ("91b00d77d8dff258", "2ea0df620786798f"));
}

/// Two libraries with a public function, and one in a private version node that is called otherwise with each release.
fn with_private_nodes(text: &str, node: &str) -> Verdict {
    let versioned = |release: &str, node: &str| {
        let mut release = self::release(release, &["first", "helper"]);
        let library = &mut release.libraries[0];
        let versions = ["PAIR_1", node];
        for (export, version) in library.exports.iter_mut().zip(versions) {
            export.version = Some(version.into());
        }
        library.versions = versions
            .iter()
            .map(|name| VersionDefinition { name: (*name).into(), parents: Vec::new(), weak: false })
            .collect();
        release
    };
    let (old, new) = (versioned("v1.0", &format!("{node}_1")), versioned("v1.1", &format!("{node}_2")));
    let policy = policy(text);
    let changes = crate::diff::compare_with(&old, &new, policy.patterns());
    judge(changes, &old, &new, &policy, &context(Profile::Minor)).unwrap()
}

#[test]
fn version_nodes_say_what_is_private() {
    for node in ["LIBPAIR_PRIVATE", "Qt_6_PRIVATE_API", "PAIR_INTERNAL"] {
        let verdict = with_private_nodes("store: x\n", node);
        assert_eq!(verdict.outcome, Outcome::Compatible, "{node}");
        assert!(verdict.findings.iter().all(|f| f.tier.name() == "internal"), "{node}");
    }
    assert_eq!(with_private_nodes("store: x\n", "PAIR").outcome, Outcome::Breaking);
    // The policy knows better, both ways.
    let named = "tiers:\n- {name: hidden, versions: 'PAIR_*', severity: note}\n";
    let named = named.replace("'PAIR_*'", "'PAIR_X*'");
    assert_eq!(with_private_nodes(&named, "PAIR_X").outcome, Outcome::Compatible);
    let severe = "tiers:\n- {name: plugins, versions: 'LIBPAIR_PRIVATE_*', severity: breaking}\n";
    assert_eq!(with_private_nodes(severe, "LIBPAIR_PRIVATE").outcome, Outcome::Breaking);
}

#[test]
fn a_policy_says_whose_things_are() {
    let fmt = ["_ZN3fmt3v101aEv", "_ZN3fmt3v101bEv", "_ZN3fmt3v101cEv", "_ZN3fmt3v101dEv", "x"];
    let outcome = |text: &str| judged(text, &fmt, &fmt[1..]).outcome;
    assert_eq!(outcome("store: x\n"), Outcome::Compatible);
    assert_eq!(outcome("own: 'fmt::**'\n"), Outcome::Breaking);
    assert_eq!(outcome("tiers:\n- {name: stable, names: 'fmt::**'}\n"), Outcome::Breaking);
    // Wherever something is, is not whose it is.
    assert_eq!(outcome("tiers:\n- {name: stable, names: '**::nothing::**'}\n"), Outcome::Compatible);
    let lost = |text: &str| judged(text, &["_ZN1a1fEv", "x"], &["x"]);
    assert_eq!(lost("store: x\n").outcome, Outcome::Breaking);
    let foreign = lost("third-party: 'a::**'\n");
    assert_eq!(foreign.outcome, Outcome::Compatible);
    assert_eq!(foreign.findings[0].change.rule, Rule::LeakedSymbolRemoved);
    assert_eq!(foreign.findings[0].tier.name(), "third-party");
    let wrong = File::parse("own: [a, b]\nthird-party: b\n").unwrap();
    let wrong = Policy::new(&wrong, &|_| Err(std::io::Error::other("no such file"))).unwrap_err().to_string();
    assert_eq!(wrong, "2:14: b is own and third-party");
}

#[test]
fn what_is_required_and_unknown_is_not_certified() {
    let verdict = judged("require: types\n", &["x"], &["x"]);
    assert_eq!(verdict.outcome, Outcome::CannotCertify);
    assert_eq!(
        verdict.unmet,
        ["types are required, and liba.so of v1.0 has no debug info, and 1 more library lacks it"]
    );
}

#[test]
fn a_release_falls_into_tiers() {
    let mut release = release("v1", &["torch_get", "_ZN1a1fEv", "_ZNSt6vectorIiSaIiEE4sizeEv"]);
    let type_ = |name: &str| Type { name: name.into(), ..Type::default() };
    release.libraries[0].types = vec![type_("a::B"), type_("torch_handle")];
    let policy = policy(
        "required: [gone, 'torch_*']\n\
         tiers:\n- {name: stable, c-names: ['torch_*', 'nothing_*'], names: torch_handle}\n",
    );
    let coverage = coverage(&policy, &release);
    assert_eq!(coverage.tiers, ["stable", "public", "third-party", "toolchain", "internal"]);
    let share = &coverage.libraries[0];
    assert_eq!((&share.symbols[..], &share.types[..]), (&[1, 1, 0, 1, 0][..], &[1, 1, 0, 0, 0][..]));
    assert_eq!(
        (&share.unmatched_symbols[..], &share.unmatched_types[..]),
        (&["_ZN1a1fEv".to_owned()][..], &["a::B".to_owned()][..])
    );
    assert_eq!(coverage.missing, [(1, "gone".to_owned())]);
    assert_eq!(coverage.idle, [(3, "nothing_* of tier stable".to_owned())]);
}

/// A symbol and a type of one name are two things, and what one release lacks is no less idle for having been met in another.
#[test]
fn what_is_known_of_names_is_the_same_in_every_release() {
    let policy = policy(
        "required: [gone, 'torch_*']\n\
         tiers:\n\
         - {name: stable, c-names: ['torch_*'], names: [torch_handle, 'a::**'], except: ['a::X::**', 'a::used']}\n\
         - {name: used, names: 'b::*', imports: imports.txt}\n",
    );
    let type_ = |name: &str| Type { name: name.into(), ..Type::default() };
    let mut first = release("v1", &["torch_get", "torch_handle", "_ZN1a1fEv", "_ZN1a4usedEv", "_ZN1a1XC1Ev"]);
    first.libraries[0].types = vec![type_("a::X"), type_("torch_get")];
    let mut second = release("v2", &["gone", "_ZN1b1fEv"]);
    second.libraries[0].types = vec![type_("a::X"), type_("b::torch_get"), type_("torch_handle")];
    let index = NameIndex::new(&policy);
    for release in [&first, &second, &first] {
        assert_eq!(coverage_with(&index, release), coverage(&policy, release), "{}", release.name);
    }
    let first = coverage(&policy, &first);
    assert_eq!(
        (&first.libraries[0].symbols[..2], &first.libraries[0].types[..2]),
        (&[3, 1][..], &[0, 0][..])
    );
    assert_eq!(first.missing, [(1, "gone".to_owned())]);
    assert_eq!(coverage(&policy, &second).missing, [(1, "torch_*".to_owned())]);
}

/// Keys that the reader knows in an entry, from its answer to one that it does not.
fn keys(text: &str) -> Vec<String> {
    let error = serde_yaml::from_str::<file::Entries>(text).unwrap_err().to_string();
    let known = error.split("expected ").nth(1).unwrap_or_else(|| panic!("{error}"));
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let described = |value: &Value| {
        let mut keys: Vec<String> = value["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let defs = &schema["$defs"];
    for (text, object) in [
        ("zz: 1", &schema),
        ("tiers: [{zz: 1}]", &defs["tier"]),
        ("budgets: [{zz: 1}]", &defs["budget"]),
        ("headers: {zz: 1}", &defs["headers"]),
        ("waivers: [{zz: 1}]", &defs["waiver"]),
    ] {
        let mut read = keys(text);
        read.sort();
        assert_eq!(described(object), read, "{text}");
    }
    let words = |value: &Value| -> Vec<String> {
        value["enum"].as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words(&defs["evidence"]), Needed::ALL.map(Needed::name));
}

#[test]
fn the_schema_accepts_what_is_read_and_refuses_what_is_not() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let valid = |text: &str| validator.is_valid(&serde_yaml::from_str::<Value>(text).unwrap());
    for text in [
        "store: x\nbuild: [a, b]\n",
        "headers: include\n",
        "headers: [include, build/include]\n",
        "headers: {folders: include, keep-going: true}\n",
        "headers:\n",
        "require: types\n",
        "require: {types: liba.so, vtables: }\n",
        "tiers:\n",
        "tiers:\n- {name: a, names: x, severity: note}\n- {name: public, severity: {patch: breaking, minor: {all: risky}}}\n",
        "budgets:\n- {library: a, most: 4096}\n",
        "waivers:\n- {rule: symbol-removed, reason: x, until: 2027-01-31, old: '0123456789abcdef'}\n",
    ] {
        assert!(valid(text), "{text}");
        let _ = policy(text);
    }
    for text in [
        "stroe: x\n",
        "tiers:\n- {names: x}\n",
        "tiers:\n- {name: a, names: x, severity: bad}\n",
        "tiers:\n- {name: a, names: x, severity: {all: {all: note}}}\n",
        "budgets:\n- {library: a}\n",
        "waivers:\n- {rule: symbol-removed}\n",
        "require: tipes\n",
    ] {
        assert!(!valid(text), "{text}");
    }
}

#[test]
fn no_more_functions_are_described_than_there_are() {
    let (old, mut new) = (release("v1", &["x"]), release("v2", &["x"]));
    // As dumps have it that counted an ifunc.
    new.libraries[0].evidence.dwarf =
        Some(crate::abi::DwarfCoverage { functions: 34, exported_functions: 33, ..Default::default() });
    let verdict = judge_unwaived(Changes::default(), &old, &new, &policy(""), &context(Profile::Minor));
    assert_eq!(verdict.ledger.new_types, (33, 33));
}

/// Two releases of which the new one needs more of the system.
fn with_floors(text: &str, are_distributions: bool) -> Verdict {
    let needing = |name: &str, version: &str| {
        let mut release = release(name, &["open"]);
        release.libraries[0].imports.push(crate::abi::Import {
            name: "memcpy".into(),
            version: Some(version.into()),
            library: Some("libc.so.6".into()),
            weak: false,
            ..Default::default()
        });
        release.is_distributions = are_distributions;
        release
    };
    let (old, new) = (needing("v1.0", "GLIBC_2.17"), needing("v1.1", "GLIBC_2.34"));
    let changes = crate::diff::compare(&old, &new);
    judge(changes, &old, &new, &policy(text), &context(Profile::Minor)).unwrap()
}

#[test]
fn a_floor_counts_where_nobody_else_keeps_it() {
    let severity = |text: &str, are_distributions: bool| {
        let verdict = with_floors(text, are_distributions);
        let raised = verdict.findings.iter().find(|f| f.change.rule == Rule::PlatformFloorRaised);
        raised.map(|finding| finding.severity)
    };
    assert_eq!(severity("", false), Some(Severity::Risky));
    assert_eq!(severity("", true), Some(Severity::Compatible));
    for within in ["Debian 12", "manylinux_2_34", "GLIBC_2.34"] {
        assert_eq!(severity(&format!("floor: {within}\n"), false), Some(Severity::Compatible), "{within}");
    }
    for above in ["Debian 11", "manylinux_2_28", "GLIBC_2.17"] {
        assert_eq!(severity(&format!("floor: {above}\n"), true), Some(Severity::Breaking), "{above}");
    }
}

/// Two releases of a library of Python that exports these, and whether another one needs it.
fn extension_module(needed: bool, exports: [&[&str]; 2]) -> Verdict {
    let module = |name: &str, exports: &[&str]| {
        let mut release = release(name, exports);
        release.libraries[0].name = "_core.cpython-312-x86_64-linux-gnu.so".to_owned();
        let mut other = Library { name: "other.so".to_owned(), ..Library::default() };
        if needed {
            other.dynamic.needed.push(release.libraries[0].name.clone());
        }
        release.libraries.push(other);
        release
    };
    let (old, new) = (module("v1.0", exports[0]), module("v1.1", exports[1]));
    let changes = crate::diff::compare(&old, &new);
    judge(changes, &old, &new, &policy(""), &context(Profile::Minor)).unwrap()
}

#[test]
fn an_extension_module_promises_its_entry_point() {
    let exports: [&[&str]; 2] = [&["PyInit__core", "helper"], &["PyInit__core"]];
    assert_eq!(extension_module(false, exports).outcome, Outcome::Compatible);
    assert_eq!(extension_module(true, exports).outcome, Outcome::Breaking);
}

/// What sums up changes that are nobody's business is nobody's business.
#[test]
fn a_sum_weighs_what_it_sums_up() {
    let exports: [&[&str]; 2] = [
        &["PyInit__core", "_Z1aP1A", "_Z1bP1A", "_Z1cP1A", "_Z1dP1A", "_Z1eP1A"],
        &["PyInit__core", "_Z1aP1B", "_Z1bP1B", "_Z1cP1B", "_Z1dP1B", "_Z1eP1B"],
    ];
    let root = |needed| {
        let findings = extension_module(needed, exports).findings.into_iter();
        let mut roots = findings.filter(|finding| finding.change.rule == Rule::TypeReplaced);
        let root = roots.next().expect("one change in five declarations");
        (root.tier.name().to_owned(), root.severity)
    };
    assert_eq!(root(true), ("public".to_owned(), Severity::Breaking));
    assert_eq!(root(false).0, "internal");
    assert_eq!(extension_module(false, exports).outcome, Outcome::Compatible);
}

#[test]
fn what_a_package_does_not_promise_is_internal() {
    let old = |unpromised: bool| {
        let mut release = release("v1.0", &["open", "private_helper"]);
        release.libraries[0].exports.iter_mut().for_each(|e| e.unpromised = unpromised && &*e.name != "open");
        release
    };
    let new = release("v1.1", &["open"]);
    let outcome = |text: &str, unpromised| {
        let old = old(unpromised);
        judge(crate::diff::compare(&old, &new), &old, &new, &policy(text), &context(Profile::Minor))
            .unwrap()
            .outcome
    };
    assert_eq!(outcome("", false), Outcome::Breaking);
    assert_eq!(outcome("", true), Outcome::Compatible);
    // A policy knows better.
    assert_eq!(outcome("tiers: [{name: all, c-names: ['*']}]\n", true), Outcome::Breaking);
}
