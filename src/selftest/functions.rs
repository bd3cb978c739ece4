//! Breaks of what debug info says about exported functions and variables.

use super::names::{is_data, plain_function};
use super::subjects::{break_function, own_exports, shown};
use super::{Break, Broken};
use crate::abi::{Access, Function, Release};
use crate::rules::Rule;

pub(super) const BREAKS: &[Break] = &[
    Break { rule: Rule::ReturnTypeChanged, apply: return_other },
    Break { rule: Rule::ParameterTypeChanged, apply: take_other },
    Break { rule: Rule::VariadicChanged, apply: take_more },
    Break { rule: Rule::CallingConventionChanged, apply: call_otherwise },
    Break { rule: Rule::FunctionBecameNoreturn, apply: never_return },
    Break { rule: Rule::VariableTypeChanged, apply: hold_other },
    Break { rule: Rule::AccessChanged, apply: hide },
    Break { rule: Rule::DeclaredNotExported, apply: declare },
];

/// A builtin type that is represented in another way.
pub(super) fn other_type(type_: &str) -> &'static str {
    match type_.trim_end_matches(" const") {
        "int" | "unsigned int" => "float",
        "float" => "int",
        "double" => "long",
        _ => "double",
    }
}

/// Whether the linkage name is that of a C function, which says nothing of types.
fn is_c(function: &Function) -> bool {
    !function.symbol.starts_with("_Z")
}

fn return_other(release: &Release, nth: usize) -> Option<Broken> {
    // Names of templates say what they return.
    let wants = |f: &Function| f.returns.is_some() && (is_c(f) || plain_function(&f.symbol).is_some());
    break_function(release, nth, wants, |function| {
        let other = function.returns.as_deref().map_or("double", other_type);
        function.returns = Some(other.into());
        format!("returns {other}")
    })
}

fn take_other(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |f: &Function| is_c(f) && !f.parameters.is_empty();
    break_function(release, nth, wants, |function| {
        let first = &mut function.parameters[0];
        let other = other_type(&first.type_);
        first.type_ = other.into();
        format!("takes {other} first")
    })
}

fn take_more(release: &Release, nth: usize) -> Option<Broken> {
    break_function(
        release,
        nth,
        // Without a parameter it would be a function without a prototype, which takes anything before as well.
        |f| is_c(f) && !f.variadic && !f.parameters.is_empty(),
        |function| {
            function.variadic = true;
            "ends with ...".to_owned()
        },
    )
}

fn call_otherwise(release: &Release, nth: usize) -> Option<Broken> {
    break_function(
        release,
        nth,
        |f| f.calling_convention.is_none(),
        |function| {
            function.calling_convention = Some("LLVM_Win64".into());
            "has the calling convention of Windows".to_owned()
        },
    )
}

fn never_return(release: &Release, nth: usize) -> Option<Broken> {
    break_function(
        release,
        nth,
        |f| !f.noreturn,
        |function| {
            function.noreturn = true;
            "does not return".to_owned()
        },
    )
}

fn hold_other(release: &Release, nth: usize) -> Option<Broken> {
    let described = own_exports(release, |e| is_data(e) && e.is_strong()).filter_map(|(at, export)| {
        let variables = &release.libraries[at].variables;
        let found = variables.binary_search_by(|v| v.symbol.cmp(&export.name)).ok()?;
        Some((at, found))
    });
    let (at, found) = described.into_iter().nth(nth)?;
    let mut new = release.clone();
    let variable = &mut new.libraries[at].variables[found];
    let other = other_type(&variable.type_);
    variable.type_ = other.into();
    let what = format!("{} is {other}", shown(&variable.symbol));
    Some(Broken::new(new, what))
}

fn hide(release: &Release, nth: usize) -> Option<Broken> {
    let is_member = |f: &Function| f.parameters.first().is_some_and(|p| p.artificial);
    break_function(
        release,
        nth,
        |f| is_member(f) && f.access == Access::Public,
        |function| {
            function.access = Access::Private;
            "is private".to_owned()
        },
    )
}

/// A header that declares what nobody defines.
fn declare(release: &Release, nth: usize) -> Option<Broken> {
    let headers = release
        .headers
        .as_ref()
        .filter(|headers| headers.evidence.headers.as_ref().is_some_and(|probe| probe.emitted))?;
    let function = headers.functions.iter().filter(|f| !f.is_virtual && is_c(f)).nth(nth)?;
    let symbol: Box<str> = format!("{}_abigate_selftest", function.symbol).into();
    let mut new = release.clone();
    let functions = &mut new.headers.as_mut()?.functions;
    let at = functions.partition_point(|known| known.symbol < symbol);
    functions.insert(at, Function { symbol: symbol.clone(), ..function.clone() });
    Some(Broken::new(new, format!("{symbol} is declared")))
}
