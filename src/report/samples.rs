//! A verdict that every format is tested with: one finding of each shape.

use crate::abi::Location;
use crate::diff::{
    AffectedSymbol, Affects, Change, Detail, Exposure, Floor, LayoutChange, LayoutRow, Lost, Member, Note,
    Room, SlotRow, SlotsChange, SlotsDetail, Subject, SubjectKind, Value,
};
use crate::policy::{
    AffectedConsumers, ConsumerImpact, Finding, HowToAccept, Ledger, Outcome, Profile, Tier, Verdict, Waived,
};
use crate::rules::{Rule, Severity};

const CPU: &str = "libtorch_cpu.so";
const C10: &str = "libc10.so";

fn member(symbol: &str, library: &str) -> AffectedSymbol {
    AffectedSymbol { symbol: symbol.to_owned(), library: library.to_owned(), replaced_by: None }
}

fn finding(id: &str, tier: Tier, change: Change) -> Finding {
    let severity = change.severity;
    Finding {
        id: id.to_owned(),
        tier,
        severity,
        change,
        derived_from: None,
        waived: None,
        unreleased: None,
        consumers: AffectedConsumers::default(),
        compiled_in: Vec::new(),
    }
}

fn signatures() -> Vec<Finding> {
    let old = "_ZN2at3addERKNS_6TensorES2_";
    let new = "_ZN2at3addERKNS_6TensorES2_b";
    let change = Change::new(Rule::SignatureChanged, Subject::symbol(SubjectKind::Function, old, CPU))
        .between(
            Value::name("at::add(at::Tensor const&, at::Tensor const&)"),
            Value::name("at::add(at::Tensor const&, at::Tensor const&, bool)"),
        )
        .with_members(vec![AffectedSymbol { replaced_by: Some(new.to_owned()), ..member(old, CPU) }]);
    let long = "at::native::very_long_scope::another_scope::convolution_backward_overrideable(at::Tensor const&, \
                c10::optional<at::Tensor> const&, c10::ArrayRef<long>, c10::ArrayRef<long>, bool)";
    let wide = Change::new(Rule::SignatureChanged, Subject::named(SubjectKind::Function, long, CPU))
        .between(Value::name(long), Value::Name(long.replace("c10::optional", "std::optional")));
    let more = |n: usize| {
        let name = format!("at::native::kernel{n}(int)");
        let change = Change::new(Rule::SignatureChanged, Subject::named(SubjectKind::Function, &name, CPU))
            .between(Value::name(&*name), Value::Name(name.replace("int", "long")));
        finding(&format!("5160{n:04}"), Tier::public(), change)
    };
    let first = [finding("51600001", Tier::public(), change), finding("51600002", Tier::public(), wide)];
    first.into_iter().chain((3..6).map(more)).collect()
}

fn vtables() -> Vec<Finding> {
    let class = |name: &str| Subject::named(SubjectKind::Class, name, C10);
    let mut inserted = Change::new(Rule::VirtualInserted, class("c10::TensorImpl"))
        .with_detail(Detail::Slots {
            count: Some((42, 43)),
            what: SlotsDetail::Added {
                slots: vec![12],
                functions: vec!["is_strides_like_custom(c10::MemoryFormat) const".to_owned()],
            },
        })
        .with_members(vec![member("_ZTVN3c1010TensorImplE", C10)]);
    inserted.affects = Affects {
        symbols: 3,
        derived: 1,
        classes: vec!["at::FunctionalTensorWrapper".to_owned(), "c10::UndefinedTensorImpl".to_owned()],
        libraries: vec![CPU.to_owned()],
        ..Affects::default()
    };
    let follows = Change::new(Rule::SecondaryVtableChanged, class("c10::UndefinedTensorImpl"));
    let mut follows = finding("71b10002", Tier::public(), follows);
    follows.derived_from = Some("71b10001".to_owned());
    vec![finding("71b10001", Tier::public(), inserted), follows]
}

fn symbols() -> Vec<Finding> {
    let symbol = |name: &str| Subject::symbol(SubjectKind::Function, name, C10);
    let removed = Change::new(Rule::SymbolRemoved, symbol("_ZN3c105ErrorC1Ev"))
        .with_note(Note::AbstractConstructor)
        .with_members(vec![member("_ZN3c105ErrorC1Ev", C10), member("_ZN3c105ErrorC2Ev@@C10_1", C10)]);
    let weak = Subject::named(SubjectKind::Symbols, "inline functions of c10", C10);
    let weak = Change::new(Rule::WeakSymbolRemoved, weak)
        .with_members(vec![member("_ZN3c106detail3getEv", C10), member("_ZN3c106detail3setEv", C10)]);
    let added = Change::new(Rule::SymbolAdded, Subject::library(C10))
        .with_members(vec![member("_ZN3c103newEv", C10)]);
    let leaked = |name: &str, symbols: [&str; 2]| {
        let subject = Subject::named(SubjectKind::Scope, name, CPU);
        let members = symbols.iter().map(|s| member(s, CPU)).collect();
        Change::new(Rule::LeakedSymbolRemoved, subject).with_members(members)
    };
    let std = Subject::named(SubjectKind::Symbols, "std::vector", CPU);
    let std = Change::new(Rule::WeakSymbolRemoved, std)
        .with_severity(Severity::Compatible)
        .with_members(vec![member("_ZNSt6vectorIiSaIiEE9push_backEOi", CPU)]);
    vec![
        finding("5e600001", Tier::public(), removed),
        finding("3ea00001", Tier::public(), weak),
        finding("add00001", Tier::public(), added),
        finding(
            "1ea00001",
            Tier::third_party(),
            leaked("google::protobuf", ["_ZN6google8protobuf1aEv", "pb_b"]),
        ),
        finding("1ea00002", Tier::third_party(), leaked("dnnl", ["_ZN4dnnl1aEv", "dnnl_b"])),
        finding("57d00001", Tier::toolchain(), std),
    ]
}

fn libraries() -> Vec<Finding> {
    let floor = |version: &str| Floor { versions: vec![version.to_owned()], tag: None };
    let raised = Change::new(Rule::PlatformFloorRaised, Subject::library(CPU)).with_detail(Detail::Floor {
        old: floor("GLIBC_2.17"),
        new: floor("GLIBC_2.28"),
        needed_by: vec![CPU.to_owned()],
        lost: vec!["CentOS 7".to_owned()],
    });
    let lost = Subject::named(SubjectKind::Class, "c10::Stream", C10);
    let first = "_ZTVN3c106StreamE".to_owned();
    let lost = Change::new(Rule::EvidenceLost, lost).with_detail(Detail::Lost {
        first,
        count: 1,
        known: None,
        what: Lost::Tables(None),
    });
    vec![finding("f1000001", Tier::public(), raised), finding("1057e001", Tier::public(), lost)]
}

/// One finding of each shape, in the order that a judge would give.
pub(super) fn verdict() -> Verdict {
    let mut findings: Vec<Finding> =
        [libraries(), symbols(), vtables(), signatures()].into_iter().flatten().collect();
    findings.sort_by_key(|f| {
        (f.tier.clone(), std::cmp::Reverse(f.severity), f.change.rule, f.derived_from.is_some())
    });
    Verdict {
        outcome: Outcome::Breaking,
        releases: ("v2.9.1".to_owned(), "v2.10.0".to_owned()),
        build: Vec::new(),
        is_same_build: false,
        platform: Some("linux-aarch64".to_owned()),
        policy: None,
        trust: None,
        profile: Profile::Minor,
        unmet: Vec::new(),
        notices: Vec::new(),
        ignored: 0,
        consumers: None,
        accept: None,
        sonames: Vec::new(),
        ledger: Ledger {
            old_types: (0, 0),
            new_types: (0, 0),
            variables: (0, 0),
            headers: (None, None),
            header_files: ((0, 0), (0, 0)),
            libraries: 13,
            old_exports: 46_210,
            new_exports: 47_001,
            old_rtti: (6_937, 6_937),
            new_rtti: (6_950, 6_948),
            unknown_layouts: Vec::new(),
            gaps: vec!["libc10.so: no .symtab: vtable slots of hidden functions have no names".to_owned()],
        },
        findings,
    }
}

/// A class whose layout changed, with everything that is said about it.
fn layout() -> Finding {
    let row = |depth, text: &str, old: Option<u64>, new: Option<u64>| {
        let bits = |at: Option<u64>| at.map(|at| Some(at * 8));
        LayoutRow { depth, text: text.to_owned(), old: bits(old), new: bits(new) }
    };
    let mut rows = vec![
        row(0, "vptr", Some(0), Some(0)),
        row(0, "DataPtr<\"</script>\"> data_", Some(8), Some(8)),
        row(0, "bool resizable_", None, Some(32)),
        row(0, "(7 bytes hole)", None, Some(33)),
        row(0, "union {", Some(32), Some(40)),
        row(1, "SymInt size_bytes_", Some(32), Some(40)),
        row(1, "char const* name_", Some(32), Some(40)),
        row(0, "}", Some(40), Some(48)),
        row(0, "int uses_", Some(40), None),
        row(0, "long uses_", None, Some(48)),
        row(0, "(4 bytes padding)", Some(44), None),
    ];
    rows.extend(
        (0..9).map(|at| row(0, &format!("void* reserved{at}_"), Some(48 + 8 * at), Some(56 + 8 * at))),
    );
    let subject = Subject::named(SubjectKind::Type, "c10::StorageImpl", C10);
    let mut change = Change::new(Rule::MemberAdded, subject).with_detail(Detail::Members {
        members: vec![Member {
            name: "resizable_".to_owned(),
            type_: "bool".to_owned(),
            bit_offset: 256,
            bits: None,
        }],
        room: Room::Anywhere,
    });
    change.layout = Some(LayoutChange { size: (120, 128), rows });
    change.exposure = Some(Exposure::ByValue);
    change.location = Some(Location { file: "c10/core/StorageImpl.h".into(), line: 41 });
    change.affects =
        Affects { by_value: 12, types: 3, names: vec!["at::add(T<1>)".to_owned()], ..Affects::default() };
    let consumers =
        AffectedConsumers { breaks: vec!["torchvision 0.24.1".to_owned()], ..AffectedConsumers::default() };
    Finding { consumers, ..finding("1a700001", Tier::public(), change) }
}

/// With what only a page draws, a name that is hostile to pages, and more symbols than anybody reads.
pub(super) fn drawn() -> Verdict {
    let mut verdict = waived();
    let slot = |name: &str, old, new| SlotRow { name: name.to_owned(), old, new };
    let mut slots = vec![slot("~TensorImpl()", Some(0), Some(0)), slot("is_custom() const", None, Some(1))];
    slots.extend((1..12).map(|at| slot(&format!("slot{at}()"), Some(at), Some(at + 1))));
    for finding in &mut verdict.findings {
        if finding.change.rule == Rule::VirtualInserted {
            finding.change.slots = Some(SlotsChange { rows: slots.clone() });
        }
    }
    let hostile = "f<\"</script><script>alert(1)</script>\">(A const&)";
    let members = (0..30).map(|at| member(&format!("_ZN3c106hidden{at}Ev"), C10)).collect();
    let change = Change::new(Rule::SymbolRemoved, Subject::named(SubjectKind::Scope, hostile, C10))
        .with_members(members);
    verdict.findings.insert(0, layout());
    verdict.findings.insert(0, finding("bad00001", Tier::public(), change));
    let broken = vec!["torchvision 0.24.1".to_owned()];
    verdict.consumers = Some(ConsumerImpact { loaded: 14, broken, exposed: Vec::new() });
    verdict
}

/// Nothing changed.
pub(super) fn unchanged() -> Verdict {
    Verdict { outcome: Outcome::Compatible, findings: Vec::new(), platform: None, ..verdict() }
}

/// Under a policy that accepts one finding, ignores some, requires what is not there, and has a waiver too many.
pub(super) fn waived() -> Verdict {
    let mut verdict = verdict();
    let waived = Waived {
        reason: "nobody calls it".to_owned(),
        by: Some("ada".to_owned()),
        issue: Some("https://example.org/1".to_owned()),
        until: Some("v2.16".to_owned()),
        declared: None,
    };
    for finding in &mut verdict.findings {
        if finding.change.rule == Rule::SymbolRemoved {
            finding.waived = Some(waived.clone());
        }
        if finding.id == "51600005" {
            finding.unreleased = Some("v2.9.1".to_owned());
        }
    }
    verdict.accept = Some(HowToAccept {
        label: Some("abi-break-accepted".to_owned()),
        is_advisory: false,
        waivers: "abigate diff v2.9.1 v2.10.0 --write-waivers='why'".to_owned(),
        is_set_up: true,
    });
    verdict.policy = Some("abigate.yaml".to_owned());
    verdict.ignored = 3;
    verdict.unmet = vec!["types are required, and libc10.so of v2.9.1 has no debug info".to_owned()];
    verdict.notices = vec!["abigate.yaml:41: the waiver of symbol-removed c10::f matches nothing".to_owned()];
    verdict
}
