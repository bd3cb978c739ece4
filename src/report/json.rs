//! For programs: one JSON object, described by `report.schema.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::summary::{Counts, Exports, Summary};
use super::wording::{self, Wording};
use crate::abi::Location;
use crate::diff::{
    AffectedSymbol, Affects, Detail, Exposure, LayoutChange, LayoutRow, SlotRow, SlotsChange, Subject,
};
use crate::policy::{
    AffectedConsumers, ConsumerImpact, Finding, HowToAccept, Ledger, Outcome, Owed, Profile, Tier, Trust,
    Verdict, Waived,
};
use crate::rules::{Rule, Severity};

/// Raised when a key changes its meaning or goes away; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Report::new(verdict))?;
    writeln!(out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    verdict: Outcome,
    old: Side<'a>,
    new: Side<'a>,
    platform: Option<&'a str>,
    policy: PolicyOut<'a>,
    summary: SummaryOut,
    evidence: EvidenceOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owes: Option<Owed>,
    consumers: Option<&'a ConsumerImpact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ways_out: Option<WaysOut<'a>>,
    #[serde(serialize_with = "findings")]
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct Side<'a> {
    release: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    build: &'a [String],
}

#[derive(Serialize)]
struct PolicyOut<'a> {
    file: Option<&'a str>,
    profile: Profile,
    notices: &'a [String],
    ignored: usize,
    /// Whose policy and baselines a gate went by.
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<&'a Trust>,
}

#[derive(Serialize)]
struct SummaryOut {
    breaking: usize,
    risky: usize,
    source: usize,
    compatible: usize,
    cannot_certify: usize,
    tiers: BTreeMap<Tier, Counts>,
    derived: usize,
    waived: usize,
    unreleased: usize,
    exports: Exports,
    symbols_gone: usize,
    symbols_added: usize,
}

#[derive(Serialize)]
struct EvidenceOut<'a> {
    libraries: usize,
    exports: Exports,
    rtti: Rtti,
    types: Types,
    headers: Headers,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unknown_layouts: &'a [String],
    gaps: &'a [String],
    unmet: &'a [String],
}

/// What can be done about a verdict that stops somebody.
#[derive(Serialize)]
struct WaysOut<'a> {
    fix: Vec<Fix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept: Option<Accept<'a>>,
    text: Vec<String>,
}

#[derive(Serialize)]
struct Fix {
    rule: Rule,
    remedy: &'static str,
}

#[derive(Serialize)]
struct Accept<'a> {
    label: Option<&'a str>,
    by_somebody_else: bool,
    waivers: &'a str,
}

#[derive(Serialize)]
struct Rtti {
    old: Decoded,
    new: Decoded,
}

#[derive(Serialize)]
struct Headers {
    old: Option<usize>,
    new: Option<usize>,
}

#[derive(Serialize)]
struct Types {
    old: Described,
    new: Described,
}

#[derive(Serialize)]
struct Described {
    functions: usize,
    described: usize,
}

#[derive(Serialize)]
struct Decoded {
    symbols: usize,
    decoded: usize,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    id: &'a str,
    rule: Rule,
    severity: Severity,
    tier: &'a Tier,
    subject: &'a Subject,
    old: Option<String>,
    new: Option<String>,
    detail: Option<String>,
    /// What these three words say.
    data: &'a Detail,
    derived_from: Option<&'a str>,
    exposure: Option<Exposure>,
    location: Option<&'a Location>,
    layout: Option<LayoutOut<'a>>,
    slots: Option<SlotsOut<'a>>,
    affects: &'a Affects,
    members: &'a [AffectedSymbol],
    /// The waiver that accepts it.
    waived: Option<&'a Waived>,
    /// The release that does not have what it is about.
    unreleased: Option<&'a str>,
    consumers: &'a AffectedConsumers,
}

#[derive(Serialize)]
struct LayoutOut<'a> {
    old_size: u64,
    new_size: u64,
    rows: Vec<RowOut<'a>>,
}

#[derive(Serialize)]
struct RowOut<'a> {
    depth: usize,
    text: &'a str,
    /// Left out on the side that does not have it; null where its place is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_bit_offset: Option<Option<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_bit_offset: Option<Option<u64>>,
}

impl<'a> LayoutOut<'a> {
    fn new(layout: &'a LayoutChange) -> LayoutOut<'a> {
        let row = |row: &'a LayoutRow| RowOut {
            depth: row.depth,
            text: &row.text,
            old_bit_offset: row.old,
            new_bit_offset: row.new,
        };
        let (old_size, new_size) = layout.size;
        LayoutOut { old_size, new_size, rows: layout.rows.iter().map(row).collect() }
    }
}

#[derive(Serialize)]
struct SlotsOut<'a> {
    rows: Vec<SlotOut<'a>>,
}

#[derive(Serialize)]
struct SlotOut<'a> {
    name: &'a str,
    /// Left out on the side that does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_slot: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_slot: Option<u32>,
}

impl<'a> SlotsOut<'a> {
    fn new(slots: &'a SlotsChange) -> SlotsOut<'a> {
        let row = |row: &'a SlotRow| SlotOut { name: &row.name, old_slot: row.old, new_slot: row.new };
        SlotsOut { rows: slots.rows.iter().map(row).collect() }
    }
}

impl<'a> Report<'a> {
    fn new(verdict: &'a Verdict) -> Report<'a> {
        Report {
            schema_version: SCHEMA_VERSION,
            verdict: verdict.outcome,
            old: Side { release: &verdict.releases.0, build: &[] },
            new: Side { release: &verdict.releases.1, build: &verdict.build },
            platform: verdict.platform.as_deref(),
            policy: PolicyOut {
                file: verdict.policy.as_deref(),
                profile: verdict.profile,
                notices: &verdict.notices,
                ignored: verdict.ignored,
                trust: verdict.trust.as_ref(),
            },
            summary: SummaryOut::new(Summary::new(verdict)),
            evidence: EvidenceOut::new(&verdict.ledger, &verdict.unmet),
            owes: (!verdict.sonames.is_empty()).then(|| Owed::of(verdict)),
            consumers: verdict.consumers.as_ref(),
            ways_out: WaysOut::new(verdict),
            findings: &verdict.findings,
        }
    }
}

impl<'a> WaysOut<'a> {
    /// None where nothing stops.
    fn new(verdict: &'a Verdict) -> Option<WaysOut<'a>> {
        let text = wording::ways_out(verdict);
        let fix = |rule: Rule| Fix { rule, remedy: rule.entry().remedy };
        let how = verdict.accept.as_ref().filter(|how| how.is_set_up);
        let accept = |how: &'a HowToAccept| Accept {
            label: how.label.as_deref(),
            by_somebody_else: !how.is_advisory,
            waivers: &how.waivers,
        };
        (verdict.outcome != Outcome::Compatible).then(|| WaysOut {
            fix: wording::stopping(verdict).into_iter().map(fix).collect(),
            accept: how.filter(|_| verdict.outcome == Outcome::Breaking).map(accept),
            text: text.iter().map(|line| line.trim().to_owned()).collect(),
        })
    }
}

impl SummaryOut {
    fn new(summary: Summary) -> SummaryOut {
        let Counts { breaking, risky, source, compatible, cannot_certify } = summary.counted;
        let Summary { tiers, derived, waived, unreleased, exports, symbols_gone, symbols_added, .. } =
            summary;
        SummaryOut {
            breaking,
            risky,
            source,
            compatible,
            cannot_certify,
            tiers,
            derived,
            waived,
            unreleased,
            exports,
            symbols_gone,
            symbols_added,
        }
    }
}

impl<'a> EvidenceOut<'a> {
    fn new(ledger: &'a Ledger, unmet: &'a [String]) -> EvidenceOut<'a> {
        let decoded = |(symbols, decoded): (usize, usize)| Decoded { symbols, decoded };
        let described = |(functions, described): (usize, usize)| Described { functions, described };
        EvidenceOut {
            libraries: ledger.libraries,
            exports: Exports { old: ledger.old_exports, new: ledger.new_exports },
            rtti: Rtti { old: decoded(ledger.old_rtti), new: decoded(ledger.new_rtti) },
            types: Types { old: described(ledger.old_types), new: described(ledger.new_types) },
            headers: Headers { old: ledger.headers.0, new: ledger.headers.1 },
            unknown_layouts: &ledger.unknown_layouts,
            gaps: &ledger.gaps,
            unmet,
        }
    }
}

/// One after the other, without a second list of them in memory.
fn findings<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(|finding| {
        let change = &finding.change;
        let Wording { old, new, detail } = Wording::of(change);
        FindingOut {
            id: &finding.id,
            rule: change.rule,
            severity: finding.severity,
            tier: &finding.tier,
            subject: &change.subject,
            old,
            new,
            detail,
            data: &change.detail,
            derived_from: finding.derived_from.as_deref(),
            exposure: change.exposure,
            location: change.location.as_ref(),
            layout: change.layout.as_ref().map(LayoutOut::new),
            slots: change.slots.as_ref().map(SlotsOut::new),
            affects: &change.affects,
            members: &change.members,
            waived: finding.waived.as_ref(),
            unreleased: finding.unreleased.as_deref(),
            consumers: &finding.consumers,
        }
    }))
}
