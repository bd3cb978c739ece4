//! What changes say, in words: how it was, how it is, and one sentence without a full stop. The only place that makes
//! sentences of [`Detail`]s; every format takes them from here.

mod detail;
mod trust;
mod value;
mod ways_out;

#[cfg(test)]
mod tests;

use crate::diff::{Change, Detail};
use crate::rules::Rule;

/// A change in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wording {
    /// How it was, in one line, where that helps.
    pub(crate) old: Option<String>,
    /// How it is.
    pub(crate) new: Option<String>,
    /// What changed about it or why it counts.
    pub(crate) detail: Option<String>,
}

impl Wording {
    /// Of a change.
    pub(crate) fn of(change: &Change) -> Wording {
        Wording::new(change.rule, &change.detail)
    }

    /// From what to what, where a summary would leave out what matters by counting it.
    pub(crate) fn in_short(change: &Change) -> Option<String> {
        value::in_short(&change.detail)
    }

    /// Of what a change under that rule says.
    pub(crate) fn new(rule: Rule, detail: &Detail) -> Wording {
        let (old, new) = value::before_and_after(detail);
        Wording { old, new, detail: detail::sentence(rule, detail) }
    }
}

pub(crate) use trust::trust;
pub(crate) use ways_out::{COMMAND, accept_in_short, acceptance, evidence, stopping, ways_out, with_code};

/// `12 bytes`, `1 byte`
fn counted(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// `byte 8`, `byte 8 bit 3`
fn place(bits: u64) -> String {
    match bits % 8 {
        0 => format!("byte {}", bits / 8),
        bit => format!("byte {} bit {bit}", bits / 8),
    }
}

/// `8`, `8 bit 3`: a place beside others.
fn offset(bits: u64) -> String {
    place(bits).split_off("byte ".len())
}

/// `a, b, c, d and 3 more`
fn list(items: &[String], most: usize) -> String {
    match items.get(..most).filter(|_| items.len() > most) {
        None => items.join(", "),
        Some(first) => format!("{} and {} more", first.join(", "), items.len() - most),
    }
}
