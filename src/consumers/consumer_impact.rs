//! What consumers mean to a verdict: which of them each root cause breaks, so that what hurts most is told first.

use foldhash::HashMap;

use super::{Effect, Impact};
use crate::policy::{AffectedConsumers, ConsumerImpact, Verdict};

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
    verdict.consumers = Some(toll);
    verdict.sort();
}
