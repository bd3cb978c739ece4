//! Functions and variables that both releases export and describe: what their linkage names do not say.

use super::layout_equivalence::LayoutEquivalences;
use super::members::qualifiers;
use super::raw_finding::Found;
use crate::abi::{Function, Variable};
use crate::rules::{Rule, Severity};

/// Compares two descriptions of one function.
pub(super) fn function(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
) -> Vec<Found> {
    let mut found = Vec::new();
    returns(equivalences, old, new, &mut found);
    // Other names say what the parameters are.
    if !old.symbol.starts_with("_Z") {
        parameters(equivalences, old, new, &mut found);
    }
    if old.variadic != new.variadic {
        let text =
            |variadic: bool| if variadic { "takes more arguments (...)" } else { "takes no more arguments" };
        found.push(Found::aside(Rule::VariadicChanged).between(text(old.variadic), text(new.variadic)));
    }
    if old.calling_convention != new.calling_convention {
        let text = |f: &Function| f.calling_convention.as_deref().unwrap_or("the platform's").to_owned();
        found.push(Found::aside(Rule::CallingConventionChanged).between(text(old), text(new)));
    }
    // A static member function has the linkage name of one that is not.
    if old.is_static != new.is_static && has_this(old) != has_this(new) {
        let text = |f: &Function| if f.is_static { "static" } else { "a member function with this" };
        found.push(Found::aside(Rule::CallingConventionChanged).between(text(old), text(new)));
    }
    if new.noreturn && !old.noreturn {
        found.push(Found::aside(Rule::FunctionBecameNoreturn));
    }
    if new.access > old.access {
        let change = Found::aside(Rule::AccessChanged);
        found.push(change.between(old.access.keyword(), new.access.keyword()));
    }
    found
}

fn has_this(function: &Function) -> bool {
    function.parameters.first().is_some_and(|p| p.artificial)
}

fn returns(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
    found: &mut Vec<Found>,
) {
    if old.returns == new.returns {
        return;
    }
    let text = |f: &Function| f.returns.as_deref().unwrap_or("void").to_owned();
    let change = match (&old.returns, &new.returns) {
        (Some(from), Some(to)) => retyped(equivalences, Rule::ReturnTypeChanged, from, to),
        // Callers leave the result where it is, unless it wants memory of theirs.
        (None, Some(to)) if !is_class(equivalences, to) => {
            Some(Found::aside(Rule::ReturnTypeChanged).weighing(Severity::Compatible))
        }
        _ => Some(Found::aside(Rule::ReturnTypeChanged)),
    };
    found.extend(change.map(|change| change.between(text(old), text(new))));
}

fn is_class(equivalences: &LayoutEquivalences<'_, '_>, type_: &str) -> bool {
    let resolved = equivalences.new.resolve(type_);
    equivalences.new.find(&resolved).is_some_and(|t| t.kind.is_class())
}

/// None where the two are one type.
pub(super) fn retyped(
    equivalences: &LayoutEquivalences<'_, '_>,
    rule: Rule,
    old: &str,
    new: &str,
) -> Option<Found> {
    let is_same = equivalences.old.resolve(old) == equivalences.new.resolve(new);
    (!is_same).then(|| Found::retyped(rule, equivalences.of(old, new)))
}

fn parameters(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
    found: &mut Vec<Found>,
) {
    let text = |f: &Function| {
        let types: Vec<&str> = f.parameters.iter().map(|p| &*p.type_).collect();
        format!("({})", types.join(", "))
    };
    let between = |change: Found| change.between(text(old), text(new));
    if old.parameters.len() != new.parameters.len() {
        found.push(between(Found::aside(Rule::ParameterTypeChanged)));
        return;
    }
    let each = old.parameters.iter().zip(&new.parameters).filter_map(|(a, b)| {
        let found = retyped(equivalences, Rule::ParameterTypeChanged, &a.type_, &b.type_)?;
        match equivalences.differ_in_bounds(&a.type_, &b.type_) {
            true => Some(Found { rule: Rule::ArrayBoundChanged, severity: Severity::Breaking, ..found }),
            false => Some(found),
        }
    });
    found.extend(each.max_by_key(|found| found.severity).map(between));
}

/// Compares two descriptions of one variable.
pub(super) fn variable(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Variable,
    new: &Variable,
) -> Vec<Found> {
    if old.type_ == new.type_ {
        return Vec::new();
    }
    let (a, b) = (equivalences.old.resolve(&old.type_), equivalences.new.resolve(&new.type_));
    if a == b {
        let is_const = |type_: &str| qualifiers(type_).contains(&"const");
        let became_const = is_const(&new.type_) && !is_const(&old.type_);
        let change = Found::aside(Rule::VariableBecameConst).between(&*old.type_, &*new.type_);
        return if became_const { vec![change] } else { Vec::new() };
    }
    if equivalences.differ_in_bounds(&a, &b) {
        // Consumers of an array without a bound ask the library for it.
        return vec![Found::aside(Rule::ArrayBoundChanged).between(&*old.type_, &*new.type_)];
    }
    let change = retyped(equivalences, Rule::VariableTypeChanged, &old.type_, &new.type_);
    change.map(|change| change.between(&*old.type_, &*new.type_)).into_iter().collect()
}
