//! What became of each name, without the releases in which nothing did.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::entities::{Entities, Entity, Seen};
use super::query::Query;
use super::reported;
use super::{Event, History, Kind, Row, State, Story, Told};
use crate::abi::Release;
use crate::policy::{Finding, Policy};
use crate::rules::Rule;

/// The history of what is asked for. The releases are those of one platform, oldest first.
pub fn history(releases: &[&Release], query: &Query, policy: &Policy) -> History {
    let outline = Outline::new(releases, query);
    let compared = outline.compared();
    let findings = (0..releases.len()).into_par_iter();
    let findings =
        findings.map(|new| compared[new].then(|| reported::judge(releases[new - 1], releases[new], policy)));
    let findings: Vec<Option<Vec<Finding>>> = findings.collect();
    outline.tell(&findings)
}

/// What is asked for, and what each release says about it; not yet what the comparisons say.
#[derive(Debug)]
pub struct Outline {
    query: String,
    platform: String,
    releases: Vec<String>,
    entities: Entities,
}

impl Outline {
    /// Looks for what is asked for. Of the releases no more is needed than the facts that have [`Query::word`] in them.
    pub fn new(releases: &[&Release], query: &Query) -> Outline {
        Outline {
            query: query.as_str().to_owned(),
            platform: releases.first().map(|release| release.platform.to_string()).unwrap_or_default(),
            releases: releases.iter().map(|release| release.name.clone()).collect(),
            entities: Entities::find(releases, query),
        }
    }

    /// Whether nothing is called so.
    pub fn is_empty(&self) -> bool {
        self.entities.list.is_empty()
    }

    /// Which releases have to be compared with the one before them.
    pub fn compared(&self) -> Vec<bool> {
        let differ = |new: usize| new > 0 && self.entities.differ(new - 1, new);
        (0..self.releases.len()).map(differ).collect()
    }

    /// Puts the story together: `findings` are those of each release that was compared ([`super::judge`]).
    pub fn tell(self, findings: &[Option<Vec<Finding>>]) -> History {
        let told = findings.into_par_iter().skip(1).map(|findings| match findings {
            Some(findings) => reported::by_entity(&self.entities, findings),
            None => BTreeMap::new(),
        });
        let told: Vec<BTreeMap<usize, Vec<Told>>> = told.collect();
        put_together(self, told)
    }
}

fn put_together(outline: Outline, mut told: Vec<BTreeMap<usize, Vec<Told>>>) -> History {
    let Outline { query, platform, releases, entities } = outline;
    let stories = entities.list.iter().enumerate().map(|(at, entity)| {
        let of_entity = told.iter_mut().map(|told| told.remove(&at).unwrap_or_default());
        let of_entity: Vec<Vec<Told>> = std::iter::once(Vec::new()).chain(of_entity).collect();
        story(entity, of_entity)
    });
    let mut stories: Vec<Story> = stories.collect();
    stories.sort_by(|a, b| (&a.name, a.kind).cmp(&(&b.name, b.kind)));
    History { query, platform, releases, stories }
}

fn story(entity: &Entity, told: Vec<Vec<Told>>) -> Story {
    let newest = entity.seen.iter().rev().find_map(state);
    let location = entity.seen.iter().rev().filter_map(state).find_map(|state| state.location.clone());
    Story {
        kind: entity.kind,
        name: entity.name.clone(),
        libraries: newest.map(|state| state.libraries.clone()).unwrap_or_default(),
        location,
        rows: rows(entity, told),
    }
}

fn state(seen: &Seen) -> Option<&State> {
    match seen {
        Seen::There(state, _) => Some(state),
        Seen::Gone | Seen::Unknown => None,
    }
}

fn rows(entity: &Entity, told: Vec<Vec<Told>>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    // What was last known, and whether it was there at any time.
    let mut known: Option<Option<&State>> = None;
    for (release, (seen, told)) in entity.seen.iter().zip(told).enumerate() {
        let was_there = !rows.is_empty();
        let (event, now) = match (seen, known) {
            (Seen::Unknown, Some(Some(_))) if rows.last().is_some_and(|row| row.event != Event::Unknown) => {
                (Some(Event::Unknown), None)
            }
            (Seen::Unknown, _) => continue,
            (Seen::Gone, Some(Some(_))) => (Some(Event::Gone), None),
            (Seen::Gone, _) => (None, None),
            (Seen::There(now, _), None) if release == 0 => (Some(Event::First), Some(now)),
            (Seen::There(now, _), None | Some(None)) if was_there => (Some(Event::Back), Some(now)),
            (Seen::There(now, _), None | Some(None)) => (Some(Event::Came), Some(now)),
            (Seen::There(now, _), Some(Some(before))) => {
                let differs = is_told(before, now) || !told.is_empty();
                (differs.then_some(Event::Changed), Some(now))
            }
        };
        if let Some(event) = event {
            let findings =
                if event == Event::First { Vec::new() } else { about(entity, known.flatten(), now, told) };
            let mut row = row(release, event, known.flatten(), now);
            row.findings = findings;
            rows.push(row);
        }
        if *seen != Seen::Unknown {
            known = Some(now);
        }
    }
    rows
}

/// Whether a difference shows in what is told of a state.
fn is_told(before: &State, now: &State) -> bool {
    let facts = |s: &State| (s.size, s.align, s.members, s.slots, s.enumerators, s.value.clone());
    facts(before) != facts(now) || before.symbols != now.symbols
}

fn row(release: usize, event: Event, before: Option<&State>, now: Option<&State>) -> Row {
    let symbols = |state: Option<&State>| state.map(|s| s.symbols.clone()).unwrap_or_default();
    let (old, new) = (symbols(before), symbols(now));
    // Nothing is known to be gone of what is not known at all.
    let removed = old.iter().filter(|s| event != Event::Unknown && new.binary_search(s).is_err()).cloned();
    let added = new.iter().filter(|s| event != Event::First && old.binary_search(s).is_err()).cloned();
    Row {
        release,
        event,
        before: before.cloned(),
        state: now.cloned(),
        added: added.collect(),
        removed: removed.collect(),
        findings: Vec::new(),
    }
}

/// The findings that are about an entity; of those of an enum, the ones that this value explains.
fn about(entity: &Entity, before: Option<&State>, now: Option<&State>, told: Vec<Told>) -> Vec<Told> {
    if entity.kind != Kind::Enumerator {
        return told;
    }
    let changed = before.map(|s| &s.value) != now.map(|s| &s.value);
    let explains = |told: &Told| match told.rule {
        Rule::EnumeratorValueChanged | Rule::EnumSentinelMoved => {
            changed && before.is_some() && now.is_some() && mentions(entity, told)
        }
        Rule::EnumeratorRemoved => now.is_none() && mentions(entity, told),
        Rule::EnumeratorRenamed => before.is_none() != now.is_none() && mentions(entity, told),
        Rule::EnumeratorAdded => before.is_none() && mentions(entity, told),
        _ => true,
    };
    told.into_iter().filter(explains).collect()
}

/// Whether a finding is about the enumerator.
fn mentions(entity: &Entity, told: &Told) -> bool {
    let own = entity.name.rsplit("::").next().unwrap_or(&entity.name);
    told.detail.enumerators().contains(&own)
}
