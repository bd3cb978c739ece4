//! Functions and variables that both releases export and describe: what their linkage names do not say.

use super::super::Value;
use super::layout_equivalence::LayoutEquivalences;
use super::members::qualifiers;
use super::raw_finding::RawFinding;
use crate::abi::{Function, Variable};
use crate::rules::{Rule, Severity};

/// Compares two descriptions of one function.
pub(super) fn function(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
) -> Vec<RawFinding> {
    let mut found = Vec::new();
    returns(equivalences, old, new, &mut found);
    // Other names say what the parameters are.
    if !old.symbol.starts_with("_Z") {
        parameters(equivalences, old, new, &mut found);
    }
    if old.variadic != new.variadic {
        let (from, to) = (Value::Variadic(old.variadic), Value::Variadic(new.variadic));
        found.push(RawFinding::independent(Rule::VariadicChanged).between(from, to));
    }
    if old.calling_convention != new.calling_convention {
        let value = |f: &Function| Value::Convention(f.calling_convention.as_deref().map(str::to_owned));
        found.push(RawFinding::independent(Rule::CallingConventionChanged).between(value(old), value(new)));
    }
    // A static member function has the linkage name of one that is not.
    if old.is_static != new.is_static && has_this(old) != has_this(new) {
        let (from, to) = (Value::Static(old.is_static), Value::Static(new.is_static));
        found.push(RawFinding::independent(Rule::CallingConventionChanged).between(from, to));
    }
    if new.noreturn && !old.noreturn {
        found.push(RawFinding::independent(Rule::FunctionBecameNoreturn));
    }
    if new.access > old.access {
        let change = RawFinding::independent(Rule::AccessChanged);
        found.push(change.between(Value::Access(old.access), Value::Access(new.access)));
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
    found: &mut Vec<RawFinding>,
) {
    if old.returns == new.returns {
        return;
    }
    let type_ = |f: &Function| Value::type_(f.returns.as_deref().unwrap_or("void"));
    let change = match (&old.returns, &new.returns) {
        (Some(from), Some(to)) => retyped(equivalences, Rule::ReturnTypeChanged, from, to),
        // Callers leave the result where it is, unless it wants memory of theirs.
        (None, Some(to)) if !is_class(equivalences, to) => {
            Some(RawFinding::independent(Rule::ReturnTypeChanged).weighing(Severity::Compatible))
        }
        _ => Some(RawFinding::independent(Rule::ReturnTypeChanged)),
    };
    found.extend(change.map(|change| change.between(type_(old), type_(new))));
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
) -> Option<RawFinding> {
    let is_same = equivalences.old.resolve(old) == equivalences.new.resolve(new);
    (!is_same).then(|| RawFinding::retyped(rule, equivalences.of(old, new)))
}

fn parameters(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
    found: &mut Vec<RawFinding>,
) {
    let types = |f: &Function| Value::Parameters(f.parameters.iter().map(|p| p.type_.to_string()).collect());
    let between = |change: RawFinding| change.between(types(old), types(new));
    if old.parameters.len() != new.parameters.len() {
        found.push(between(RawFinding::independent(Rule::ParameterTypeChanged)));
        return;
    }
    let each = old.parameters.iter().zip(&new.parameters).filter_map(|(a, b)| {
        let found = retyped(equivalences, Rule::ParameterTypeChanged, &a.type_, &b.type_)?;
        match equivalences.differ_in_bounds(&a.type_, &b.type_) {
            true => Some(RawFinding { rule: Rule::ArrayBoundChanged, severity: Severity::Breaking, ..found }),
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
) -> Vec<RawFinding> {
    if old.type_ == new.type_ {
        return Vec::new();
    }
    let (a, b) = (equivalences.old.resolve(&old.type_), equivalences.new.resolve(&new.type_));
    let (from, to) = (Value::type_(&*old.type_), Value::type_(&*new.type_));
    if a == b {
        let is_const = |type_: &str| qualifiers(type_).contains(&"const");
        let became_const = is_const(&new.type_) && !is_const(&old.type_);
        let change = RawFinding::independent(Rule::VariableBecameConst).between(from, to);
        return if became_const { vec![change] } else { Vec::new() };
    }
    if equivalences.differ_in_bounds(&a, &b) {
        // Consumers of an array without a bound ask the library for it.
        return vec![RawFinding::independent(Rule::ArrayBoundChanged).between(from, to)];
    }
    let change = retyped(equivalences, Rule::VariableTypeChanged, &old.type_, &new.type_);
    change.map(|change| change.between(from, to)).into_iter().collect()
}
