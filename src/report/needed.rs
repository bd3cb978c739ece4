//! What old programs need and a release broke, by name, whatever the policy makes of it: nobody should have to look for it below
//! what concerns nobody.

use std::cmp::Reverse;

use super::outline::importance;
use super::style::text_layout::{self, columns, count};
use crate::diff::Detail;
use crate::mangling;
use crate::policy::{Finding, Verdict};

/// Root causes in one line that break consumers, and of those that may.
const MOST: usize = 5;
const MOST_INLINE: usize = 8;

/// Columns of a function with its parameters; of a longer one the name has to do.
const WIDEST: usize = 60;

/// `they break on: c10::impl::cow::materialize_cow_storage(c10::StorageImpl&) (18 consumers)`: what breaks consumers, and what
/// else inline functions of the headers call.
pub(super) fn lines(verdict: &Verdict) -> Vec<String> {
    let line = |label: &str, causes: &[String], most: usize| {
        let causes: Vec<&str> = causes.iter().map(String::as_str).collect();
        (!causes.is_empty()).then(|| format!("{label}: {}", text_layout::list(&causes, most)))
    };
    let consumers = line("they break on", &consumers(verdict), MOST);
    let inline = line("inline code of the headers breaks on", &inline_code(verdict), MOST_INLINE);
    consumers.into_iter().chain(inline).collect()
}

/// The root causes that break consumers, most of them first.
fn consumers(verdict: &Verdict) -> Vec<String> {
    let breaks = |finding: &Finding| finding.consumers.breaks.len();
    let mut causes: Vec<&Finding> =
        verdict.findings.iter().filter(|f| f.derived_from.is_none() && breaks(f) > 0).collect();
    causes.sort_by_key(|finding| (Reverse(breaks(finding)), &finding.change.subject.name));
    let cause = |finding: &&Finding| {
        let symbols: Vec<&str> =
            finding.consumers.symbols.iter().map(|symbol| symbol.name.as_str()).collect();
        let of = count(breaks(finding), "consumer");
        match respelled(finding) {
            Some(why) => format!("{} ({of}: {why})", named(&symbols, WIDEST, finding)),
            None => format!("{} ({of})", named(&symbols, WIDEST, finding)),
        }
    };
    causes.iter().map(cause).collect()
}

/// What inline functions and macros call and no consumer that was asked misses, by root cause; not what somebody accepted.
fn inline_code(verdict: &Verdict) -> Vec<String> {
    let is_open = |finding: &Finding| finding.counts() && finding.consumers.breaks.is_empty();
    let root = |finding: &Finding| {
        let id = finding.derived_from.as_ref()?;
        verdict.findings.iter().find(|other| other.id == *id)
    };
    let called = verdict.findings.iter().filter(|f| !f.compiled_in.is_empty());
    let mut causes: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in called {
        let cause = root(finding).unwrap_or(finding);
        let symbols = finding.compiled_in.iter().map(String::as_str);
        match causes.iter_mut().find(|(other, _)| other.id == cause.id) {
            Some((_, known)) => known.extend(symbols),
            None if is_open(cause) => causes.push((cause, symbols.collect())),
            None => {}
        }
    }
    causes.sort_by_cached_key(|(finding, symbols)| {
        let (_, is_internal, scopes, name, id) = importance(finding);
        (
            Reverse(finding.severity),
            is_internal,
            scopes,
            Reverse(symbols.len()),
            name.to_owned(),
            id.to_owned(),
        )
    });
    let cause = |(finding, symbols): &(&Finding, Vec<&str>)| match respelled(finding) {
        Some(why) => format!("{} ({why})", named(symbols, 0, finding)),
        None => named(symbols, 0, finding),
    };
    causes.iter().map(cause).collect()
}

/// What is now called otherwise, where that is the cause.
fn respelled(finding: &Finding) -> Option<String> {
    match &finding.change.detail {
        Detail::Respelled { old, new, .. } if !old.is_empty() && !new.is_empty() => {
            let [old, new] = [old, new].map(|text| text_layout::shorten(text, WIDEST));
            Some(format!("{old} is now {new}"))
        }
        _ => None,
    }
}

/// `torch::Library::_def and 3 more`: the first of some symbols, or what the finding is about.
/// Names have their parameters where both have room in so many columns.
fn named(symbols: &[&str], room: usize, finding: &Finding) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in symbols.iter().map(|symbol| short(symbol, room)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match &names[..] {
        [] => text_layout::shorten(&finding.change.subject.name, WIDEST),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", text_layout::number(rest.len())),
    }
}

/// A function as it is declared, if there is room for that, else its qualified name.
fn short(symbol: &str, room: usize) -> String {
    let text = mangling::display(symbol);
    if columns(&text) <= room {
        return text.into_owned();
    }
    let signature = mangling::parse(symbol).ok().and_then(|mangled| mangled.signature());
    let is_function = |signature: &mangling::Signature| signature.params.is_some();
    let name = signature.filter(is_function).map(|signature| signature.qualified_name());
    text_layout::shorten(name.as_deref().unwrap_or(&text), WIDEST)
}
