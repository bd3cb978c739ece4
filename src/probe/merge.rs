//! The facts of all units as those of one library. A C++ name is one thing in all of them.

use std::collections::BTreeMap;

use crate::abi::{HEADERS, LeftOut, Library, Release, Type};

/// Puts the facts of several units together: of what is described twice, the first description counts, and a definition
/// before a declaration.
pub(super) fn merge(units: Vec<Library>, release: &Release) -> Library {
    let mut units = units.into_iter();
    let mut all = units.next().unwrap_or_default();
    all.name = HEADERS.to_owned();
    for unit in units {
        let (mine, theirs) = (&mut all.evidence, unit.evidence);
        if let (Some(mine), Some(theirs)) = (&mut mine.dwarf, theirs.dwarf) {
            mine.units += theirs.units;
        }
        if let (Some(mine), Some(theirs)) = (&mut mine.headers, theirs.headers) {
            mine.headers += theirs.headers;
            mine.left_out.extend(theirs.left_out);
            mine.emitted &= theirs.emitted;
            mine.finals &= theirs.finals;
            mine.extern_templates.extend(theirs.extern_templates);
            // Another unit may have the body.
            mine.without_body.retain(|name| theirs.without_body.contains(name));
        }
        mine.gaps.extend(theirs.gaps);
        all.types = types(std::mem::take(&mut all.types), unit.types);
        join(&mut all.functions, unit.functions, |f| f.symbol.to_string());
        join(&mut all.variables, unit.variables, |v| v.symbol.to_string());
        join(&mut all.constants, unit.constants, |c| c.name.to_string());
        join(&mut all.base_types, unit.base_types, |b| format!("{} {} {:?}", b.name, b.size, b.encoding));
        join(&mut all.options, unit.options, |o| o.option.to_string());
        join(&mut all.macros, unit.macros, |m| m.name.to_string());
        join(&mut all.exports, unit.exports, |e| e.name.to_string());
        join(&mut all.imports, unit.imports, |i| i.name.to_string());
    }
    // What another unit defines inline is no library's to define.
    let inline: Vec<String> = all.exports.iter().map(|export| export.name.to_string()).collect();
    all.functions.retain(|function| {
        let variants = crate::mangling::variants(&function.symbol);
        release.exporter(&function.symbol).is_some()
            || !variants.iter().any(|one| inline.binary_search_by(|known| (**known).cmp(one)).is_ok())
    });
    all.evidence.gaps.sort();
    all.evidence.gaps.dedup();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (functions, variables) = (count(all.functions.len()), count(all.variables.len()));
    if let Some(coverage) = &mut all.evidence.dwarf {
        (coverage.functions, coverage.variables) = (functions, variables);
    }
    if let Some(probe) = &mut all.evidence.headers {
        // A header that compiles in another unit is not left out.
        probe.left_out.sort();
        probe.left_out.dedup_by(|a: &mut LeftOut, b: &mut LeftOut| a.header == b.header);
        for names in [&mut probe.extern_templates, &mut probe.without_body] {
            names.sort();
            names.dedup();
        }
    }
    all
}

fn join<T>(mine: &mut Vec<T>, theirs: Vec<T>, key: impl Fn(&T) -> String) {
    mine.extend(theirs);
    // Stable: the first unit's comes first.
    mine.sort_by_cached_key(&key);
    mine.dedup_by_key(|item| key(item));
}

fn types(mine: Vec<Type>, theirs: Vec<Type>) -> Vec<Type> {
    let mut by_name: BTreeMap<Box<str>, Vec<Type>> = BTreeMap::new();
    for type_ in mine {
        by_name.entry(type_.name.clone()).or_default().push(type_);
    }
    let mut others: BTreeMap<Box<str>, Vec<Type>> = BTreeMap::new();
    for type_ in theirs {
        others.entry(type_.name.clone()).or_default().push(type_);
    }
    for (name, variants) in others {
        match by_name.get_mut(&name) {
            None => drop(by_name.insert(name, variants)),
            Some(known) => {
                let mut reached: Vec<_> =
                    known[0].reached.iter().chain(&variants[0].reached).copied().collect();
                reached.sort_unstable();
                reached.dedup();
                if known[0].is_incomplete() && !variants[0].is_incomplete() {
                    *known = variants;
                }
                known.iter_mut().for_each(|type_| type_.reached.clone_from(&reached));
            }
        }
    }
    by_name.into_values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Role, TypeKind};

    #[test]
    fn a_definition_counts_before_a_declaration() {
        let unit = |size: Option<u64>, role: Role| {
            let type_ = Type {
                name: "A".into(),
                kind: TypeKind::Class,
                size,
                reached: vec![role],
                ..Type::default()
            };
            Library { types: vec![type_], ..Library::default() }
        };
        let merged = merge(vec![unit(None, Role::Pointer), unit(Some(8), Role::Header)], &Release::default());
        assert_eq!(merged.types.len(), 1);
        assert_eq!(merged.types[0].size, Some(8));
        assert_eq!(merged.types[0].reached, [Role::Header, Role::Pointer]);
    }
}
