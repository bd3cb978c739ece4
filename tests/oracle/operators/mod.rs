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

    /// A harmless edit that is told all the same, as something good to know.
    const fn told_as(self, rules: &'static [&'static str]) -> Operator {
        Operator { rules, ..self }
    }

    const fn untold_by(self, compiler: &'static str, why: &'static str) -> Operator {
        Operator { untold: Some((compiler, why)), ..self }
    }

    const fn unseen(self, why: &'static str) -> Operator {
        Operator { unseen: why, ..self }
    }
}

/// Rules that no edit of these sources can cause, and why.
pub(crate) const NOT_BY_EDIT: &[(&str, &str)] = &[
    ("became-final", "needs headers"),
    ("base-moved", "follows from what grew before it"),
    (
        "construction-vtable-changed",
        "GCC hides construction vtables, and what is behind them follows from a base",
    ),
    ("declared-not-exported", "needs headers"),
    ("evidence-lost", "debug info that is gone: a change of the build"),
    ("forbidden-export", "a policy forbids it"),
    ("header-binary-mismatch", "needs headers"),
    ("leaked-symbol-removed", "there is no third party in these libraries"),
    ("machine-changed", "a change of the build"),
    ("member-became-mutable", "GCC and Clang do not say so in debug info: harmless, and not told"),
    ("declared-not-exported", "libraries are compared without their headers"),
    ("library-added", "the number of libraries is given"),
    ("library-removed", "the number of libraries is given"),
    ("needed-soname-changed", "what is needed is the system's"),
    ("soname-bump-owed", "it is said beside every break of a library whose SONAME stays"),
    ("soname-bump-unneeded", "the oracle changes what is in a library, and its SONAME never for nothing"),
    ("policy-changed", "a change of the policy"),
    ("baseline-changed", "a change of the store"),
    ("waiver-added", "a change of the policy"),
    ("store-moved", "a change of the configuration"),
    ("library-ambiguous", "two libraries of one name in a build"),
    ("needed-removed", "told besides what moved away"),
    ("member-cv-changed", "libraries of the oracle write to every member"),
    ("odr-violation", "these libraries have one source each"),
    ("producer-changed", "a change of the build"),
    ("release-suspect", "a mistake of who compares"),
    ("secondary-vtable-changed", "follows from what is inserted in the base"),
    ("size-budget-exceeded", "a policy has the budget"),
    ("stdlib-changed", "a change of the build"),
    ("symbol-became-unique", "the compiler makes what is inline unique from the start"),
    ("text-relocations-added", "the compiler refuses it in position-independent code"),
    ("thunk-changed", "follows from what grew before a base"),
    ("type-became-incomplete", "programs of the oracle use every type whole"),
    ("type-replaced", "one edit is at one place"),
    ("type-removed", "programs of the oracle use every type"),
    ("unresolved-library", "a file that was not installed"),
    ("unresolved-symbol", "a library that was not linked"),
    ("unresolved-version", "a library that was not linked"),
    ("vtable-offset-changed", "follows from what grew before a base"),
];

/// All of them.
pub(crate) fn operators() -> impl Iterator<Item = &'static Operator> {
    [functions::OPERATORS, virtuals::OPERATORS, classes::OPERATORS, values::OPERATORS, harmless::OPERATORS]
        .into_iter()
        .flatten()
}
