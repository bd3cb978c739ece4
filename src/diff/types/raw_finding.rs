//! What the comparison of one type, function or constant finds, before anybody knows what it follows from.

use super::super::{Detail, Note, SlotsChange, Value};
use super::layout_equivalence::LayoutEquivalence;
use crate::rules::{Rule, Severity};

/// How a finding relates to the others about the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// The declaration changed, and with it where things are.
    Cause,
    /// The declaration did not say so: it follows from a cause, here or in a type that is part of this one.
    Consequence,
    /// The declaration changed, and nothing moved for it.
    Independent,
}

/// One finding.
#[derive(Clone, Debug)]
pub(super) struct RawFinding {
    pub(super) rule: Rule,
    pub(super) severity: Severity,
    pub(super) relation: Relation,
    /// Name in the type, where it is about something that has one of its own: a static member.
    pub(super) of: Option<String>,
    pub(super) detail: Detail,
    pub(super) slots: Option<SlotsChange>,
}

impl RawFinding {
    pub(super) fn new(relation: Relation, rule: Rule) -> RawFinding {
        RawFinding {
            rule,
            severity: rule.severity(),
            relation,
            of: None,
            detail: Detail::Nothing,
            slots: None,
        }
    }

    pub(super) fn cause(rule: Rule) -> RawFinding {
        RawFinding::new(Relation::Cause, rule)
    }

    pub(super) fn consequence(rule: Rule) -> RawFinding {
        RawFinding::new(Relation::Consequence, rule)
    }

    pub(super) fn independent(rule: Rule) -> RawFinding {
        RawFinding::new(Relation::Independent, rule)
    }

    /// A type became another one. What compiled code cannot tell apart concerns sources alone; other numbers in the same
    /// bytes depend on which of them are used.
    pub(super) fn retyped(rule: Rule, equivalence: LayoutEquivalence) -> RawFinding {
        match equivalence {
            LayoutEquivalence::Identical => RawFinding::independent(rule).weighing(Severity::Source),
            LayoutEquivalence::SameBits => RawFinding::independent(rule).weighing(Severity::Risky),
            LayoutEquivalence::Different => RawFinding::cause(rule),
        }
    }

    pub(super) fn between(self, old: Value, new: Value) -> RawFinding {
        self.detail(Detail::changed(old, new))
    }

    pub(super) fn detail(mut self, detail: Detail) -> RawFinding {
        self.detail = detail;
        self
    }

    pub(super) fn note(mut self, note: Note) -> RawFinding {
        self.detail = self.detail.with_note(note);
        self
    }

    pub(super) fn slots(mut self, slots: &SlotsChange) -> RawFinding {
        self.slots = Some(slots.clone());
        self
    }

    pub(super) fn of(mut self, name: impl Into<String>) -> RawFinding {
        self.of = Some(name.into());
        self
    }

    pub(super) fn weighing(mut self, severity: Severity) -> RawFinding {
        self.severity = severity;
        self
    }
}
