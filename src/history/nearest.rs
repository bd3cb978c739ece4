//! Names like one that nothing has.

use std::collections::BTreeSet;

use foldhash::HashSet;
use rayon::prelude::*;

use crate::abi::Release;
use crate::patterns::QualifiedName;

/// How many are given.
const MOST: usize = 3;

/// How far a name is from what was typed: in another scope, in other case, misspelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Far {
    OtherCase,
    OtherScope(usize),
    Misspelt(usize),
}

/// Up to three names of the releases that `typed` may have meant, nearest first.
pub fn nearest(releases: &[&Release], typed: &str) -> Vec<String> {
    let names = names(releases);
    let mut scored: Vec<(Far, &String)> =
        names.par_iter().filter_map(|name| Some((far(typed, name)?, name))).collect();
    scored.sort();
    scored.into_iter().take(MOST).map(|(_, name)| name.clone()).collect()
}

fn far(typed: &str, name: &str) -> Option<Far> {
    if name.eq_ignore_ascii_case(typed) {
        return Some(Far::OtherCase);
    }
    let own = |name: &str| name.rfind("::").map_or(0, |at| at + 2);
    let is_in_scope = name.strip_suffix(typed).is_some_and(|scope| scope.ends_with("::"));
    let is_elsewhere = typed.contains("::") && name[own(name)..] == typed[own(typed)..];
    if is_in_scope || is_elsewhere {
        return Some(Far::OtherScope(strsim::osa_distance(typed, name)));
    }
    // A third of it, which needs no comparison where the lengths alone differ more.
    let most = (typed.len() / 3).max(1);
    if typed.len().abs_diff(name.len()) > most {
        return None;
    }
    let distance = strsim::osa_distance(typed, name);
    (distance <= most).then_some(Far::Misspelt(distance))
}

/// All names of types, functions, variables and constants.
fn names(releases: &[&Release]) -> Vec<String> {
    let parts = || releases.iter().flat_map(|release| release.parts());
    let symbols: HashSet<&str> = parts().flat_map(|part| &part.exports).map(|e| &*e.name).collect();
    let read: HashSet<String> = symbols
        .into_par_iter()
        .filter_map(|symbol| worth_naming(&QualifiedName::of_symbol(symbol)))
        .collect();
    let mut names: BTreeSet<String> = read.into_iter().collect();
    for part in parts() {
        names.extend(part.types.iter().map(|type_| type_.name.to_string()));
        let values = |type_: &crate::abi::Type| {
            let of = type_.name.clone();
            type_.enumerators.iter().map(move |e| format!("{of}::{}", e.name)).collect::<Vec<_>>()
        };
        names.extend(part.types.iter().flat_map(values));
        names.extend(part.constants.iter().map(|constant| constant.name.to_string()));
        names.extend(part.macros.iter().map(|m| m.name.to_string()));
    }
    names.into_iter().collect()
}

/// Everything but constructors and destructors, which are asked for by their class.
fn worth_naming(name: &QualifiedName) -> Option<String> {
    let text = name.to_string();
    let (scope, own) = text.rsplit_once("::").unwrap_or(("", &text));
    let is_special = own.starts_with('~') || scope.rsplit("::").next() == Some(own);
    (!is_special).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_case_or_scope_is_nearer_than_a_misspelt_name() {
        assert_eq!(far("c10::tensorimpl", "c10::TensorImpl"), Some(Far::OtherCase));
        assert_eq!(far("TensorImpl", "c10::TensorImpl"), Some(Far::OtherScope(5)));
        assert_eq!(far("at::TensorImpl", "c10::TensorImpl"), Some(Far::OtherScope(3)));
        assert_eq!(far("c10::TensorImlp", "c10::TensorImpl"), Some(Far::Misspelt(1)));
        assert_eq!(far("c10::TensorImlp", "c10::Storage"), None);
        assert_eq!(far("c10::TensorImpl", "c10::ErrorReport"), None);
    }
}
