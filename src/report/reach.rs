//! What a change of a type reaches, in one sentence.

use super::style::text_layout::{columns, count, number};
use crate::diff::{Affects, Change, Exposure};
use crate::policy::Verdict;

/// `12 functions by value, 340 by pointer, 5 types: at::add(…), at::mul(…)`, with as many of the names as go into a width;
/// none where nothing is known.
pub(super) fn sentence(change: &Change, width: usize) -> Option<String> {
    let affects = &change.affects;
    let parts = parts(affects);
    if parts.is_empty() {
        return None;
    }
    // The most direct first: what has no room is the least.
    let mut shown = parts.len();
    while shown > 1 && columns(&parts[..shown].join(", ")) > width {
        shown -= 1;
    }
    let mut text = parts[..shown].join(", ");
    for (at, name) in affects.names.iter().enumerate() {
        let more = format!("{} {name}", if at == 0 { ":" } else { "," });
        if columns(&text) + columns(&more) > width {
            break;
        }
        text.push_str(&more);
    }
    Some(text)
}

/// How many functions, variables, types and tables it reaches, the most direct first.
pub(super) fn parts(affects: &Affects) -> Vec<String> {
    let mut parts = Vec::new();
    if affects.by_value > 0 {
        parts.push(format!("{} by value", count(affects.by_value as usize, "function")));
    }
    if affects.by_pointer > 0 {
        parts.push(match affects.by_value {
            0 => format!("{} by pointer or reference", count(affects.by_pointer as usize, "function")),
            _ => format!("{} by pointer", number(affects.by_pointer as usize)),
        });
    }
    for (n, noun) in [
        (affects.variables, "exported variable"),
        (affects.types, "type that contains it"),
        (affects.vtables, "vtable"),
    ] {
        if n > 0 {
            parts.push(count(n as usize, noun).replace("type that contains its", "types that contain it"));
        }
    }
    parts
}

/// Why a change of a type weighs what it does.
pub(super) fn exposure(change: &Change) -> Option<String> {
    // Where it stands now: what is compiled by itself was a header's before.
    let place =
        change.location.as_ref().filter(|at| !at.is_source() || change.exposure < Some(Exposure::Declared));
    let file = place.map(|location| &*location.file);
    Some(match (change.exposure?, file) {
        (Exposure::ByValue, _) => "programs have it by value".to_owned(),
        (Exposure::Declared, Some(file)) => format!("programs can include its declaration in {file}"),
        (Exposure::Declared, None) => "programs may know its declaration".to_owned(),
        (Exposure::Unknown, Some(file)) => {
            format!("unknown whether programs see its definition, which is in {file}")
        }
        (Exposure::Unknown, None) => "unknown whether programs see its definition".to_owned(),
        (Exposure::Opaque, Some(file)) => {
            format!("programs have pointers to it only: it is defined in {file}")
        }
        (Exposure::Opaque, None) => "programs have pointers to it only".to_owned(),
        (Exposure::Private, _) => "no public header names it".to_owned(),
    })
}

/// Why some types are of unknown exposure, once for the whole report, and what to do about it.
pub(super) fn headers_unknown(verdict: &Verdict) -> Option<String> {
    let is_unknown = |exposure| exposure == Some(Exposure::Unknown);
    let types = verdict.findings.iter().filter(|finding| is_unknown(finding.change.exposure));
    let mut names: Vec<&str> = types.map(|finding| &*finding.change.subject.name).collect();
    names.sort_unstable();
    names.dedup();
    match (names.len(), verdict.ledger.headers.0) {
        (0, _) | (_, Some(_)) => None,
        (n, None) => Some(format!(
            "public headers not known: {} may be private; --headers DIR, or `headers` in abigate.yaml, tells",
            count(n, "type")
        )),
    }
}
