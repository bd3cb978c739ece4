//! What consumers mean to a verdict: which of them each root cause breaks, so that what hurts most is told first.

use super::{Effect, Impact};
use crate::policy::{Finding, Toll, Verdict};

/// Writes down with each root cause which consumers it breaks or reaches, and puts the findings in the order of that.
pub fn tell(verdict: &mut Verdict, impacts: &[Impact]) {
    let mut toll = Toll::default();
    for impact in impacts {
        let effect = impact.effect();
        toll.loaded += usize::from(effect != Effect::NeverLoaded);
        let name = || impact.consumer.clone();
        match effect {
            Effect::Broken => {
                toll.broken.push(name());
                for reason in impact.reasons.iter().flatten() {
                    note(verdict, &reason.finding, |finding| &mut finding.consumers.breaks, &impact.consumer);
                }
            }
            Effect::Exposed => {
                toll.exposed.push(name());
                for exposure in &impact.exposures {
                    let id = &exposure.finding;
                    note(verdict, id, |finding| &mut finding.consumers.reaches, &impact.consumer);
                }
            }
            Effect::NeverLoaded | Effect::Fine => {}
        }
    }
    verdict.consumers = Some(toll);
    verdict.sort();
}

fn note(verdict: &mut Verdict, id: &str, list: impl Fn(&mut Finding) -> &mut Vec<String>, consumer: &str) {
    let found = verdict.findings.iter_mut().find(|finding| finding.id == id);
    let Some(list) = found.map(list) else { return };
    if list.last().is_none_or(|last| last != consumer) {
        list.push(consumer.to_owned());
    }
}
