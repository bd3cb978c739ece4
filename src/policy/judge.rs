//! Changes to a verdict: each in its tier, what it weighs there, which are accepted, and the outcome.

use std::cmp::Reverse;

use sha2::{Digest, Sha256};

use super::config_error::ConfigError;
use super::date::Until;
use super::tier_assigner::{Placed, TierAssigner};
use super::unknown_layouts::unknown_layouts;
use super::{
    AffectedConsumers, Date, Finding, Ledger, Outcome, Policy, Profile, Requirement, Soname, Tier, Trust,
    Verdict, Waived, budget, compiled_in, exports, owed,
};
use crate::abi::Release;
use crate::diff::{Change, Changes, pair_libraries};
use crate::rules::{Rule, Severity};

/// What a verdict depends on besides the releases and the policy.
#[derive(Clone, Debug)]
pub struct JudgeContext {
    /// What kind of comparison it is.
    pub profile: Profile,
    /// The day on which waivers are judged.
    pub today: Date,
    /// What has to be comparable besides what the policy requires.
    pub require: Vec<Requirement>,
    /// What the file of the policy is called in the report.
    pub file: String,
    /// Whose policy and baselines these are, where a gate asks.
    pub trust: Option<Trust>,
    /// Changes that a comparison of libraries does not see: what was done to the files that the gate goes by, and what is not
    /// sure about what was compared.
    pub aside: Vec<Change>,
}

impl JudgeContext {
    /// Those of a comparison of two releases, on that day.
    pub fn of(old: &Release, new: &Release, today: Date) -> JudgeContext {
        JudgeContext {
            profile: Profile::of(&old.name, &new.name),
            today,
            require: Vec::new(),
            file: "abigate.yaml".to_owned(),
            trust: None,
            aside: Vec::new(),
        }
    }
}

/// Applies a policy to all changes between two releases.
///
/// # Errors
/// A waiver that would hide a break in a tier where none may be waived.
pub fn judge(
    changes: Changes,
    old: &Release,
    new: &Release,
    policy: &Policy,
    context: &JudgeContext,
) -> Result<Verdict, ConfigError> {
    let is_over = |at: &usize| policy.waivers[*at].is_over(context.today, &old.name);
    let (over, valid): (Vec<usize>, Vec<usize>) = (0..policy.waivers.len()).partition(is_over);
    let mut placed = place(changes, (old, new), policy, context, valid.clone());
    let used: Vec<usize> = placed.all.iter().filter_map(|p| p.waiver).collect();
    waive_what_follows(&mut placed.all);
    check_never(policy, &placed.all)?;
    let unused: Vec<usize> = valid.into_iter().filter(|at| !used.contains(at)).collect();
    let notices = notices(policy, &context.file, &over, &unused);
    Ok(Verdict { notices, ..verdict(placed, old, new, policy, context) })
}

/// The same without waivers: what the policy thinks of changes that nobody has looked at yet.
pub fn judge_unwaived(
    changes: Changes,
    old: &Release,
    new: &Release,
    policy: &Policy,
    context: &JudgeContext,
) -> Verdict {
    let placed = place(changes, (old, new), policy, context, Vec::new());
    verdict(placed, old, new, policy, context)
}

/// All changes, with those that only a policy makes one, in their tiers.
fn place(
    changes: Changes,
    (old, new): (&Release, &Release),
    policy: &Policy,
    context: &JudgeContext,
    waivers: Vec<usize>,
) -> AllPlaced {
    let mut changes = changes.into_vec();
    changes.extend(context.aside.iter().cloned());
    // A floor that is named is the one that counts, wherever it stood.
    if let Some(floor) = &policy.floor {
        let severity = if floor.meets(new) { Severity::Compatible } else { Severity::Breaking };
        let raised = changes.iter_mut().filter(|change| change.rule == Rule::PlatformFloorRaised);
        raised.for_each(|change| change.severity = severity);
    }
    changes.extend(exports::forbidden(&policy.forbidden, old, new));
    changes.extend(budget::exceeded(&policy.budgets, old, new));
    let assigner = TierAssigner::new(policy, context.profile, (old, new), waivers);
    let mut all = assigner.all(changes);
    lift(&mut all);
    AllPlaced { all, sonames: Soname::all(old, new, assigner.origins()) }
}

/// All changes in their tiers, and the SONAMEs that are judged by them.
struct AllPlaced {
    all: Vec<Placed>,
    sonames: Vec<Soname>,
}

fn verdict(
    placed: AllPlaced,
    old: &Release,
    new: &Release,
    policy: &Policy,
    context: &JudgeContext,
) -> Verdict {
    let AllPlaced { all: mut placed, sonames } = placed;
    owed::declare(&mut placed, &sonames, policy, context.profile);
    placed.extend(owed::judged(&placed, &sonames, policy, context.profile));
    let require = policy.require.iter().chain(&context.require);
    let unmet: Vec<String> =
        require.filter_map(|requirement| requirement.unmet(old, new, &policy.patterns.claims)).collect();
    let ignored = placed.iter().filter(|p| p.severity.is_none()).count();
    let mut findings = findings(placed, policy, context.profile);
    compiled_in::note(&mut findings, old, new, policy);
    Verdict {
        outcome: outcome(&findings, &unmet),
        releases: (old.name.clone(), new.name.clone()),
        build: Vec::new(),
        is_same_build: findings.iter().any(|finding| finding.change.rule == Rule::ReleaseSuspect),
        platform: platform(old, new),
        policy: policy.says_anything().then(|| context.file.clone()),
        trust: context.trust.clone(),
        profile: context.profile,
        ledger: ledger(old, new),
        unmet,
        notices: Vec::new(),
        ignored,
        consumers: None,
        accept: None,
        sonames,
        findings,
    }
}

impl Verdict {
    /// Says anew what it comes to, once somebody has accepted more of the findings.
    pub(crate) fn settle(&mut self) {
        self.outcome = outcome(&self.findings, &self.unmet);
    }

    /// Puts the findings in the order in which they are told.
    pub(crate) fn sort(&mut self) {
        sort(&mut self.findings);
    }
}

/// Changes may follow from changes; a chain that is longer, or a circle, ends here.
const DEEPEST: usize = 64;

/// A root counts where what follows from it counts most, up to what it was judged to be: the break of an exported class
/// is not hidden behind an internal one.
fn lift(placed: &mut [Placed]) {
    for at in 0..placed.len() {
        let (severity, tier) = (placed[at].severity, placed[at].tier);
        let mut root = placed[at].change.derived_from;
        for _ in 0..DEEPEST {
            let Some(above) = root.and_then(|root| placed.get_mut(root)) else { break };
            let lifted = severity.map(|severity| severity.min(above.change.severity));
            if lifted > above.severity {
                (above.severity, above.tier) = (lifted, tier);
            }
            root = above.change.derived_from;
        }
    }
}

/// Who accepts a cause accepts what follows from it.
fn waive_what_follows(placed: &mut [Placed]) {
    for at in 0..placed.len() {
        let mut root = Some(at);
        for _ in 0..DEEPEST {
            let Some(above) = root else { break };
            if let Some(waiver) = placed[above].waiver {
                placed[at].waiver = Some(waiver);
                break;
            }
            root = placed[above].change.derived_from;
        }
    }
}

fn check_never(policy: &Policy, placed: &[Placed]) -> Result<(), ConfigError> {
    for part in placed {
        let tier = &policy.tiers[part.tier];
        if let Some(waiver) = part.waiver
            && tier.is_never_waived
            && part.severity >= Some(Severity::Breaking)
        {
            let (change, name) = (&part.change, &tier.name);
            let what = format!(
                "would hide a break in tier {name}, where no waiver may: {} {}",
                change.rule, change.subject.name
            );
            return Err(policy.wrong_waiver(waiver, what));
        }
    }
    Ok(())
}

fn findings(placed: Vec<Placed>, policy: &Policy, profile: Profile) -> Vec<Finding> {
    let tiers: Vec<Tier> =
        policy.tiers.iter().enumerate().map(|(rank, tier)| tier.tier(rank, profile)).collect();
    let ids = fingerprints(&placed);
    let mut findings: Vec<Finding> = placed
        .into_iter()
        .zip(&ids)
        .filter_map(|(mut part, id)| {
            Some(Finding {
                id: id.clone(),
                tier: tiers[part.tier].clone(),
                severity: part.severity?,
                derived_from: part.change.derived_from.take().and_then(|root| ids.get(root).cloned()),
                waived: match part.waiver {
                    Some(waiver) => Some(policy.waivers[waiver].told.clone()),
                    None => part.declared.map(Waived::by_soname),
                },
                unreleased: None,
                change: part.change,
                consumers: AffectedConsumers::default(),
                compiled_in: Vec::new(),
            })
        })
        .collect();
    sort(&mut findings);
    findings
}

/// What could not be compared stands first where that is what the verdict says, else after what breaks.
fn sort(findings: &mut [Finding]) {
    let is_broken = findings.iter().any(|f| f.waived.is_none() && f.severity == Severity::Breaking);
    findings.sort_by(|a, b| order(a, is_broken).cmp(&order(b, is_broken)));
}

/// Worst first, roots before what follows from them, what breaks most consumers and then what reaches most before the rest.
fn order(finding: &Finding, is_broken: bool) -> impl Ord + '_ {
    let is_last_of_the_worst = is_broken && finding.severity == Severity::CannotCertify;
    let severity = if is_last_of_the_worst { Severity::Breaking } else { finding.severity };
    let change = &finding.change;
    let reach = change.affects.symbols + change.affects.derived;
    (
        Reverse(severity),
        is_last_of_the_worst,
        &finding.tier,
        finding.derived_from.is_some(),
        Reverse(finding.consumers.breaks.len()),
        change.rule,
        Reverse(reach),
        &change.subject.name,
        &finding.id,
    )
}

fn outcome(findings: &[Finding], unmet: &[String]) -> Outcome {
    let has = |severity| findings.iter().any(|f| f.counts() && f.severity == severity);
    if has(Severity::Breaking) {
        Outcome::Breaking
    } else if has(Severity::CannotCertify) || !unmet.is_empty() {
        Outcome::CannotCertify
    } else {
        Outcome::Compatible
    }
}

/// Waivers of which each line is looked up; who has more to clean up starts there.
const MOST_LINES: usize = 20;

/// What the policy has that does nothing: waivers that have come to their end, and those that match nothing.
fn notices(policy: &Policy, file: &str, over: &[usize], unused: &[usize]) -> Vec<String> {
    let over = over.iter().map(|at| {
        let end = match policy.waivers[*at].until() {
            Some(Until::Date(day)) => format!("ended on {day}"),
            Some(Until::Release(release)) => format!("ended with {release}"),
            None => "ended".to_owned(),
        };
        (*at, format!("{end} and no longer applies"))
    });
    let unused = unused.iter().map(|at| (*at, "matches nothing".to_owned()));
    let line = |(number, (at, what)): (usize, (usize, String))| {
        let of = policy.waivers[at].summary();
        match number < MOST_LINES {
            true => format!("{file}:{}: the waiver of {of} {what}", policy.line_of_waiver(at)),
            false => format!("{file}: waiver {} of {of} {what}", at + 1),
        }
    };
    over.chain(unused).enumerate().map(line).collect()
}

/// The same change has the same fingerprint in every comparison; a second one of the same kind gets a number.
fn fingerprints(placed: &[Placed]) -> Vec<String> {
    let mut count = std::collections::HashMap::<String, usize>::new();
    placed
        .iter()
        .map(|Placed { change, .. }| {
            let subject = &change.subject;
            let symbol = subject.symbol.as_deref().unwrap_or(&subject.name);
            let key = [change.rule.id(), subject.library.as_deref().unwrap_or(""), symbol].join("\0");
            let hash = Sha256::digest(key.as_bytes());
            let id = crate::hex::hex(&hash[..6]);
            let seen = count.entry(id.clone()).or_default();
            *seen += 1;
            if *seen > 1 { format!("{id}-{seen}") } else { id }
        })
        .collect()
}

fn platform(old: &Release, new: &Release) -> Option<String> {
    let (from, to) = (old.platform.to_string(), new.platform.to_string());
    (from == to && !from.is_empty()).then_some(from)
}

fn ledger(old: &Release, new: &Release) -> Ledger {
    let exports = |r: &Release| r.libraries.iter().map(|l| l.exports.len()).sum();
    let rtti = |r: &Release| {
        let sum =
            |f: fn(&crate::abi::Evidence) -> u32| r.libraries.iter().map(|l| f(&l.evidence) as usize).sum();
        (sum(|e| e.rtti_symbols), sum(|e| e.rtti_decoded))
    };
    let described = |r: &Release| {
        let dwarf = r.libraries.iter().filter_map(|l| l.evidence.dwarf);
        dwarf.fold((0, 0), |(all, known), d| {
            // Older dumps count what is no function by its symbol's type among those that are described.
            let described = d.functions.min(d.exported_functions);
            (all + d.exported_functions as usize, known + described as usize)
        })
    };
    let variables =
        |r: &Release| r.libraries.iter().filter_map(|l| l.evidence.dwarf).map(|d| d.variables as usize).sum();
    let gaps = [old, new].into_iter().flat_map(|r| {
        let own = r
            .parts()
            .flat_map(move |l| l.evidence.gaps.iter().map(move |g| format!("{} {}: {g}", r.name, l.name)));
        headers_left_out(r).into_iter().chain(own)
    });
    Ledger {
        libraries: pair_libraries(old, new).iter().filter(|p| p.both().is_some()).count(),
        old_exports: exports(old),
        new_exports: exports(new),
        old_rtti: rtti(old),
        new_rtti: rtti(new),
        old_types: described(old),
        new_types: described(new),
        variables: (variables(old), variables(new)),
        headers: (old.headers.as_ref().map(|h| h.types.len()), new.headers.as_ref().map(|h| h.types.len())),
        header_files: (header_files(old), header_files(new)),
        unknown_layouts: unknown_layouts(old, new),
        gaps: gaps.collect(),
    }
}

/// Public headers that were asked for, and how many of them compiled.
fn header_files(release: &Release) -> (usize, usize) {
    let probe = release.headers.as_ref().and_then(|headers| headers.evidence.headers.as_ref());
    probe.map_or((0, 0), |probe| {
        let compiled = probe.headers as usize;
        (compiled.saturating_add(probe.left_out.len()), compiled)
    })
}

/// What is not known since headers do not compile: which they are, and why the first of them does not.
fn headers_left_out(release: &Release) -> Option<String> {
    const NAMED: usize = 3;
    let probe = release.headers.as_ref()?.evidence.headers.as_ref()?;
    let first = probe.left_out.first()?;
    let (all, compiled) = header_files(release);
    let others: Vec<&str> = probe.left_out.iter().skip(1).take(NAMED - 1).map(|left| &*left.header).collect();
    let more = probe.left_out.len().saturating_sub(NAMED);
    let mut rest = others.join(", ");
    if more > 0 {
        rest.push_str(&format!(" and {more} more"));
    }
    let rest = if rest.is_empty() { rest } else { format!("; {rest}") };
    let (name, header, error) = (&release.name, &first.header, &first.error);
    Some(format!("{name}: {compiled} of {all} public headers compile; left out: {header} ({error}){rest}"))
}
