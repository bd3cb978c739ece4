//! Functions and variables that both releases export and describe: what their linkage names do not say.

use super::super::{Note, Value};
use super::layout_equivalence::LayoutEquivalences;
use super::members::qualifiers;
use super::raw_finding::RawFinding;
use crate::abi::{Function, Parameter, Variable};
use crate::rules::{Rule, Severity};
use crate::spelling::{self, Shape};

/// Compares two descriptions of one function.
pub(super) fn function(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
) -> Vec<RawFinding> {
    let mut found = Vec::new();
    returns(equivalences, old, new, &mut found);
    if let Some(change) = exchanged(equivalences, old, new) {
        found.push(change);
    } else if !old.symbol.starts_with("_Z") {
        // Other names say what the parameters are.
        parameters(equivalences, old, new, &mut found);
    }
    if old.variadic != new.variadic && !is_unprototyped(old) && !is_unprototyped(new) {
        let (from, to) = (Value::Variadic(old.variadic), Value::Variadic(new.variadic));
        found.push(RawFinding::independent(Rule::VariadicChanged).between(from, to));
    }
    if old.calling_convention != new.calling_convention {
        let value = |f: &Function| Value::Convention(f.convention().map(str::to_owned));
        found.push(RawFinding::independent(Rule::CallingConventionChanged).between(value(old), value(new)));
    }
    // Callers have no code behind the call that it could return to.
    if old.noreturn && !new.noreturn {
        let change = RawFinding::independent(Rule::CallingConventionChanged);
        let noreturn = Value::Convention(Some("noreturn".to_owned()));
        found.push(change.between(noreturn, Value::Convention(None)));
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

/// `int f();` in C, which says nothing of the parameters. What C23 and C++ mean by `f(...)` is as good as never exported from C.
fn is_unprototyped(function: &Function) -> bool {
    function.variadic && function.parameters.is_empty() && !function.symbol.starts_with("_Z")
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
    (!equivalences.is_same(old, new)).then(|| RawFinding::retyped(rule, equivalences.passed(old, new)))
}

fn parameters(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
    found: &mut Vec<RawFinding>,
) {
    let types = |f: &Function| Value::Parameters(f.parameters.iter().map(|p| p.type_.to_string()).collect());
    let between = |change: RawFinding| change.between(types(old), types(new));
    if is_unprototyped(old) || is_unprototyped(new) {
        let list = if is_unprototyped(old) {
            (&new.parameters, equivalences.new)
        } else {
            (&old.parameters, equivalences.old)
        };
        if list.0.iter().any(|parameter| is_promoted(&list.1.resolve(&parameter.type_))) {
            found.push(between(RawFinding::independent(Rule::ParameterTypeChanged)));
        }
        return;
    }
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

/// Whether callers that have no prototype pass something else than the type: a `double` for a `float`.
pub(super) fn is_promoted(resolved: &str) -> bool {
    matches!(resolved, "float" | "_Float16" | "__bf16" | "__fp16")
}

/// Parameters of like types that changed places: callers pass each as the other one.
///
/// Types tell, where each stands elsewhere now and names do not say otherwise; else names, which may have been bettered only.
fn exchanged(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Function,
    new: &Function,
) -> Option<RawFinding> {
    let (a, b) = (&old.parameters, &new.parameters);
    if a.len() != b.len() {
        return None;
    }
    let names = |list: &[Parameter]| -> Option<Vec<String>> {
        list.iter().map(|p| p.name.as_deref().map(str::to_owned)).collect()
    };
    let first = usize::from(has_this(old));
    let own = |list: &[Parameter]| names(list.get(first..)?);
    let same = |x: &Parameter, y: &Parameter| equivalences.is_same(&x.type_, &y.type_);
    let retyped: Vec<usize> = (0..a.len()).filter(|at| !same(&a[*at], &b[*at])).collect();
    let named = own(a).zip(own(b)).filter(|(old, _)| old.iter().all(|name| !name.is_empty()));
    let moved: Option<Vec<usize>> = named.map(|(old, new)| {
        let is_elsewhere =
            |at: &usize| old[*at] != new[*at] && new.contains(&old[*at]) && old.contains(&new[*at]);
        (0..old.len()).filter(is_elsewhere).collect()
    });
    let text = |f: &Function| {
        let one = |p: &Parameter| match p.name.as_deref() {
            Some(name) => format!("{} {name}", p.type_),
            None => p.type_.to_string(),
        };
        Value::Parameters(f.parameters.iter().map(one).collect())
    };
    let change = |severity: Severity| {
        let found = RawFinding::independent(Rule::ParameterTypeChanged).weighing(severity);
        Some(found.between(text(old), text(new)).note(Note::ParametersExchanged))
    };
    let permuted = retyped.len() == 2 && {
        let (x, y) = (retyped[0], retyped[1]);
        same(&a[x], &b[y]) && same(&a[y], &b[x])
    };
    match moved {
        Some(moved) if permuted && moved.len() == 2 => change(Severity::Breaking),
        None if permuted => change(Severity::Breaking),
        Some(moved) if retyped.is_empty() && moved.len() >= 2 => change(Severity::Risky),
        _ => None,
    }
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
    if equivalences.is_same(&old.type_, &new.type_) {
        return Vec::new();
    }
    if equivalences.differ_in_bounds(&a, &b) {
        // A declaration without the bound says nothing of it, and the symbol's size tells whether it changed.
        let is_open = |type_: &str| matches!(spelling::shape(type_), Shape::Array { bound: None, .. });
        if is_open(&a) != is_open(&b) {
            return Vec::new();
        }
        // Consumers of an array without a bound ask the library for it.
        return vec![RawFinding::independent(Rule::ArrayBoundChanged).between(from, to)];
    }
    let change = retyped(equivalences, Rule::VariableTypeChanged, &old.type_, &new.type_);
    change.map(|change| change.between(from, to)).into_iter().collect()
}
