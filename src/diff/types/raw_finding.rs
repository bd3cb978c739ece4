//! What the comparison of one type, function or constant finds, before anybody knows what it follows from.

use super::super::SlotsChange;
use super::layout_equivalence::LayoutEquivalence;
use crate::abi::Field;
use crate::rules::{Rule, Severity};
use crate::spelling;

/// How a finding relates to the others about the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The declaration changed, and with it where things are.
    Cause,
    /// The declaration did not say so: it follows from a cause, here or in a type that is part of this one.
    Consequence,
    /// The declaration changed, and nothing moved for it.
    Aside,
}

/// One finding.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) rule: Rule,
    pub(super) severity: Severity,
    pub(super) part: Part,
    /// Name in the type, where it is about something that has one of its own: a static member.
    pub(super) of: Option<String>,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) slots: Option<SlotsChange>,
    /// Members were added behind all others, and nothing else happened to these.
    pub(super) at_end: bool,
}

impl Found {
    pub(super) fn new(part: Part, rule: Rule) -> Found {
        Found {
            rule,
            severity: rule.severity(),
            part,
            of: None,
            old: None,
            new: None,
            detail: None,
            slots: None,
            at_end: false,
        }
    }

    pub(super) fn cause(rule: Rule) -> Found {
        Found::new(Part::Cause, rule)
    }

    pub(super) fn consequence(rule: Rule) -> Found {
        Found::new(Part::Consequence, rule)
    }

    pub(super) fn aside(rule: Rule) -> Found {
        Found::new(Part::Aside, rule)
    }

    /// A type became another one. What compiled code cannot tell apart concerns sources alone; other numbers in the same
    /// bytes depend on which of them are used.
    pub(super) fn retyped(rule: Rule, equivalence: LayoutEquivalence) -> Found {
        match equivalence {
            LayoutEquivalence::Identical => Found::aside(rule).weighing(Severity::Source),
            LayoutEquivalence::SameBits => Found::aside(rule).weighing(Severity::Risky),
            LayoutEquivalence::Different => Found::cause(rule),
        }
    }

    pub(super) fn between(mut self, old: impl Into<String>, new: impl Into<String>) -> Found {
        self.old = Some(old.into());
        self.new = Some(new.into());
        self
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Found {
        self.detail = Some(detail.into());
        self
    }

    pub(super) fn slots(mut self, slots: &SlotsChange) -> Found {
        self.slots = Some(slots.clone());
        self
    }

    pub(super) fn of(mut self, name: impl Into<String>) -> Found {
        self.of = Some(name.into());
        self
    }

    pub(super) fn weighing(mut self, severity: Severity) -> Found {
        self.severity = severity;
        self
    }
}

/// A member as it is declared in its class: `int x`, `char name[16]`, `bool set : 1`.
pub(super) fn declaration(class: &str, field: &Field) -> String {
    let type_ = spelling::inside(class, &field.type_);
    let (before, after) = spelling::declarator(&type_);
    let width = match field.bit_size.filter(|_| field.bit_field) {
        Some(bits) => format!(" : {bits}"),
        None => String::new(),
    };
    let gap = if field.name.is_empty() || after.starts_with(')') { "" } else { " " };
    format!("{before}{gap}{}{after}{width}", field.name)
}

/// Items that a sentence names before it counts the rest.
const FEW: usize = 4;

/// `a, b, c, d and 3 more`
pub(super) fn list(items: &[String]) -> String {
    match items.len() {
        0..=FEW => items.join(", "),
        n => format!("{} and {} more", items[..FEW].join(", "), n - FEW),
    }
}

/// `byte 8`, `byte 8 bit 3`
pub(super) fn place(bits: u64) -> String {
    match bits % 8 {
        0 => format!("byte {}", bits / 8),
        bit => format!("byte {} bit {bit}", bits / 8),
    }
}

/// `8`, `8 bit 3`: a place beside others.
pub(super) fn offset(bits: u64) -> String {
    place(bits).split_off("byte ".len())
}

/// `16 bytes`
pub(super) fn bytes(size: u64) -> String {
    if size == 1 { "1 byte".to_owned() } else { format!("{size} bytes") }
}
