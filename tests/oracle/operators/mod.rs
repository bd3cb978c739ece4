//! Mutations: each an edit that somebody makes to a library, with what has to be said of it.

mod classes;
mod functions;
mod harmless;
mod places;
mod values;
mod virtuals;

use crate::dice::Dice;
use crate::model::Library;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Some programs that were built against the old library break.
    Breaks,
    /// No program that was built against it does, but the change is worth a word.
    Tells,
    /// Nothing above `source` may be said.
    Harmless,
}

/// One kind of edit.
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    /// One of these has to be among the findings.
    pub(crate) rules: &'static [&'static str],
    /// Makes the edit at a place that is chosen by chance, and gives the name of what it touched; none where there is
    /// no such place.
    pub(crate) edit: Edit,
    /// Why it is a break where the programs of the oracle do not notice.
    pub(crate) unseen: &'static str,
    /// What no binary tells: the compiler (any, if empty) and why. Only headers can help.
    pub(crate) untold: Option<(&'static str, &'static str)>,
}

pub(crate) type Edit = fn(&mut Library, &mut Dice) -> Option<String>;

impl Operator {
    const fn breaks(name: &'static str, rules: &'static [&'static str], edit: Edit) -> Operator {
        Operator { name, effect: Effect::Breaks, rules, edit, unseen: "", untold: None }
    }

    const fn tells(name: &'static str, rules: &'static [&'static str], edit: Edit) -> Operator {
        Operator { name, effect: Effect::Tells, rules, edit, unseen: "", untold: None }
    }

    const fn harmless(name: &'static str, edit: Edit) -> Operator {
        Operator { name, effect: Effect::Harmless, rules: &[], edit, unseen: "", untold: None }
    }

    const fn untold_by(self, compiler: &'static str, why: &'static str) -> Operator {
        Operator { untold: Some((compiler, why)), ..self }
    }

    const fn unseen(self, why: &'static str) -> Operator {
        Operator { unseen: why, ..self }
    }
}

/// All of them.
pub(crate) fn operators() -> impl Iterator<Item = &'static Operator> {
    [functions::OPERATORS, virtuals::OPERATORS, classes::OPERATORS, values::OPERATORS, harmless::OPERATORS]
        .into_iter()
        .flatten()
}
