//! The built-in policy: which tier a change is in, how much it weighs there, and the outcome.

use sha2::{Digest, Sha256};

use super::{Finding, Ledger, Outcome, Tier, Verdict};
use crate::abi::Release;
use crate::diff::origin::{Origin, Origins};
use crate::diff::{Change, Changes, SubjectKind, pair_libraries};
use crate::rules::{Rule, Severity};

/// Applies the policy to all changes between two releases.
pub fn judge(changes: Changes, old: &Release, new: &Release) -> Verdict {
    let changes = changes.into_vec();
    let origins = Origins::of(old);
    let ids: Vec<String> = fingerprints(&changes);
    let tiers: Vec<Tier> = changes.iter().map(|c| tier(c, old, &origins)).collect();
    let mut findings: Vec<Finding> = changes
        .into_iter()
        .zip(ids.iter().cloned().zip(tiers))
        .map(|(change, (id, tier))| Finding {
            id,
            tier,
            severity: severity(&change, tier),
            derived_from: change.derived_from.and_then(|root| ids.get(root).cloned()),
            change,
        })
        .collect();
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    Verdict {
        outcome: outcome(&findings),
        releases: (old.name.clone(), new.name.clone()),
        platform: platform(old, new),
        ledger: ledger(old, new),
        findings,
    }
}

/// Worst first, roots before what follows from them, what reaches most before the rest.
fn order(finding: &Finding) -> impl Ord + '_ {
    let change = &finding.change;
    let reach = change.affects.symbols + change.affects.derived;
    (
        std::cmp::Reverse(finding.severity),
        finding.tier,
        finding.derived_from.is_some(),
        change.rule,
        std::cmp::Reverse(reach),
        &change.subject.name,
        &finding.id,
    )
}

fn tier(change: &Change, old: &Release, origins: &Origins) -> Tier {
    // Whether the release loads concerns everybody, whichever library is the reason.
    let loads = [
        Rule::UnresolvedLibrary,
        Rule::UnresolvedSymbol,
        Rule::UnresolvedVersion,
        Rule::ExecutableStackRequired,
    ];
    if loads.contains(&change.rule) {
        return Tier::Public;
    }
    let library =
        change.subject.library.as_deref().and_then(|name| old.libraries.iter().find(|l| l.name == name));
    let bundled = library.is_some_and(|l| origins.is_bundled(l));
    if bundled || change.rule == Rule::LeakedSymbolRemoved {
        return Tier::ThirdParty;
    }
    let Some(library) = library else { return Tier::Public };
    let symbol = change.subject.symbol.as_deref().or_else(|| match change.subject.kind {
        // Groups are made of one origin, so that any member tells.
        SubjectKind::Symbols => change.members.first().map(|m| m.symbol.as_str()),
        _ => None,
    });
    let Some(symbol) = symbol else { return Tier::Public };
    let name = symbol.split('@').next().unwrap_or(symbol);
    let strong = library.exports_named(name).any(crate::abi::Export::is_strong);
    match origins.symbol(name, strong, library) {
        Origin::Own => Tier::Public,
        Origin::ThirdParty(_) => Tier::ThirdParty,
        Origin::Toolchain => Tier::Toolchain,
    }
}

/// Outside the public tier nothing stops anybody.
fn severity(change: &Change, tier: Tier) -> Severity {
    match tier {
        Tier::Public => change.severity,
        Tier::ThirdParty | Tier::Toolchain => change.severity.min(Severity::Compatible),
    }
}

fn outcome(findings: &[Finding]) -> Outcome {
    if findings.iter().any(|f| f.severity == Severity::Breaking) {
        Outcome::Breaking
    } else if findings.iter().any(|f| f.severity == Severity::CannotCertify) {
        Outcome::CannotCertify
    } else {
        Outcome::Compatible
    }
}

/// The same change has the same fingerprint in every comparison; a second one of the same kind gets a number.
fn fingerprints(changes: &[Change]) -> Vec<String> {
    let mut count = std::collections::HashMap::<String, usize>::new();
    changes
        .iter()
        .map(|change| {
            let subject = &change.subject;
            let symbol = subject.symbol.as_deref().unwrap_or(&subject.name);
            let key = [change.rule.id(), subject.library.as_deref().unwrap_or(""), symbol].join("\0");
            let hash = Sha256::digest(key.as_bytes());
            let id: String = hash.iter().take(6).map(|b| format!("{b:02x}")).collect();
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
            (all + d.exported_functions as usize, known + d.functions as usize)
        })
    };
    let gaps = [old, new].into_iter().flat_map(|r| {
        r.libraries
            .iter()
            .flat_map(move |l| l.evidence.gaps.iter().map(move |g| format!("{} {}: {g}", r.name, l.name)))
    });
    Ledger {
        libraries: pair_libraries(old, new).iter().filter(|p| p.both().is_some()).count(),
        old_exports: exports(old),
        new_exports: exports(new),
        old_rtti: rtti(old),
        new_rtti: rtti(new),
        old_types: described(old),
        new_types: described(new),
        gaps: gaps.collect(),
    }
}
