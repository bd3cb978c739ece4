//! What consumers mean to a verdict: which of them each root cause breaks, so that what hurts most is told first.

use foldhash::{HashMap, HashSet};

use super::{Effect, Impact, Missing};
use crate::policy::{AffectedConsumers, ConsumerImpact, LostSymbol, Verdict};

/// Writes down with each root cause which consumers it breaks or reaches, and puts the findings in the order of that.
pub fn tell(verdict: &mut Verdict, impacts: &[Impact]) {
    let mut toll = ConsumerImpact::default();
    let ids = verdict.findings.iter().map(|finding| finding.id.clone());
    let positions: HashMap<String, usize> = ids.zip(0..).collect();
    let mut note = |id: &str, list: fn(&mut AffectedConsumers) -> &mut Vec<String>, consumer: &String| {
        let Some(finding) = positions.get(id).map(|at| &mut verdict.findings[*at]) else { return };
        let list = list(&mut finding.consumers);
        if list.last() != Some(consumer) {
            list.push(consumer.clone());
        }
    };
    for impact in impacts {
        let effect = impact.effect();
        toll.loaded += usize::from(!matches!(effect, Effect::NeverLoaded | Effect::Unrelated));
        let consumer = &impact.consumer;
        match effect {
            Effect::Broken => {
                toll.broken.push(consumer.clone());
                let reasons = impact.reasons.iter().flatten();
                reasons.for_each(|reason| note(&reason.finding, |concern| &mut concern.breaks, consumer));
            }
            Effect::Exposed => {
                toll.exposed.push(consumer.clone());
                let exposures = impact.exposures.iter();
                exposures.for_each(|one| note(&one.finding, |concern| &mut concern.reaches, consumer));
            }
            Effect::NeverLoaded | Effect::Unrelated | Effect::Fine => {}
        }
    }
    for (id, symbols) in lost_symbols(impacts) {
        if let Some(at) = positions.get(id) {
            verdict.findings[*at].consumers.symbols = symbols;
        }
    }
    verdict.consumers = Some(toll);
    verdict.sort();
}

/// For each root cause what consumers miss because of it, the most wanted first. What the old release did not have either is
/// nothing that it took away.
fn lost_symbols(impacts: &[Impact]) -> HashMap<&str, Vec<LostSymbol>> {
    let mut counts: HashMap<(&str, &str), usize> = HashMap::default();
    for impact in impacts.iter().filter(|impact| impact.effect() == Effect::Broken) {
        let mut seen = HashSet::default();
        for (missing, reason) in impact.new.iter().zip(&impact.reasons) {
            let (Missing::Symbol { name, .. }, Some(reason)) = (missing, reason) else { continue };
            if !impact.old.contains(missing) && seen.insert(name) {
                *counts.entry((&reason.finding, name)).or_default() += 1;
            }
        }
    }
    let mut by_finding: HashMap<&str, Vec<LostSymbol>> = HashMap::default();
    for ((finding, name), consumers) in counts {
        by_finding.entry(finding).or_default().push(LostSymbol { name: name.to_owned(), consumers });
    }
    for symbols in by_finding.values_mut() {
        symbols.sort_by(|a, b| (b.consumers, &a.name).cmp(&(a.consumers, &b.name)));
    }
    by_finding
}
