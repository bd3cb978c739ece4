//! Breaks of exported symbols, as the dynamic symbol table shows them.

use std::collections::{BTreeMap, BTreeSet};

use super::library::{add_library, new_library};
use super::names::{
    is_data, is_exported, is_strong_function, is_strong_plain_function, plain_function, rename, rename_one,
};
use super::subjects::{break_export, own_exports, own_libraries, remove_symbol, shown};
use super::{Break, Broken};
use crate::abi::{Binding, Export, Library, Release, Slot, SymbolKind, VersionDefinition, Visibility};
use crate::diff::symbols::exports::is_instance;
use crate::mangling::{self, Entity};
use crate::origin::{Origin, Origins};
use crate::rules::Rule;

pub(super) const BREAKS: &[Break] = &[
    Break { rule: Rule::SymbolRemoved, apply: remove },
    Break { rule: Rule::SymbolsRenamedTogether, apply: rename_scope },
    Break { rule: Rule::LeakedSymbolRemoved, apply: remove_leaked },
    Break { rule: Rule::SymbolMoved, apply: move_within_reach },
    Break { rule: Rule::SymbolOrphaned, apply: move_out_of_reach },
    Break { rule: Rule::WeakSymbolRemoved, apply: remove_weak },
    Break { rule: Rule::InstantiationRemoved, apply: remove_instance },
    Break { rule: Rule::SymbolAdded, apply: add },
    Break { rule: Rule::SignatureChanged, apply: add_parameter },
    Break { rule: Rule::SymbolRenamed, apply: rename_function },
    Break { rule: Rule::DefaultArgumentAbsorbed, apply: absorb },
    Break { rule: Rule::SymbolVersionChanged, apply: other_version },
    Break { rule: Rule::DefaultVersionChanged, apply: other_default_version },
    Break { rule: Rule::SymbolKindChanged, apply: other_kind },
    Break { rule: Rule::SymbolWeakened, apply: weaken },
    Break { rule: Rule::SymbolStrengthened, apply: strengthen },
    Break { rule: Rule::SymbolBecameUnique, apply: make_unique },
    Break { rule: Rule::SymbolVisibilityChanged, apply: protect },
    Break { rule: Rule::ObjectSizeChanged, apply: grow },
    Break { rule: Rule::AliasSplit, apply: split },
    Break { rule: Rule::VariableBecameConst, apply: make_read_only },
    Break { rule: Rule::ThreadLocalChanged, apply: other_storage },
    Break { rule: Rule::TypeReplaced, apply: type_replaced },
];

/// Takes out the nth own export that is wanted.
fn take_out(release: &Release, nth: usize, wants: impl Fn(&Export) -> bool) -> Option<Broken> {
    let (at, export) = own_exports(release, wants).nth(nth)?;
    let mut new = release.clone();
    remove_symbol(&mut new, &export.name);
    let what = format!("{} is gone from {}", shown(&export.name), release.libraries[at].name);
    Some(Broken::new(new, what))
}

fn remove(release: &Release, nth: usize) -> Option<Broken> {
    take_out(release, nth, is_strong_plain_function)
}

fn remove_weak(release: &Release, nth: usize) -> Option<Broken> {
    let is_inline = |e: &Export| e.binding == Binding::Weak && e.kind == SymbolKind::Func && !e.is_strong();
    take_out(release, nth, |e| is_inline(e) && !e.name.starts_with("_ZT"))
}

fn remove_instance(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |e: &Export| {
        let read = || mangling::parse(&e.name).ok().filter(|m| m.entity() == Entity::Function)?.signature();
        is_strong_function(e)
            && e.name.contains('I')
            && read().is_some_and(|s| {
                let in_template =
                    s.template_args.is_some() || s.scope.iter().any(|scope| scope.contains('<'));
                in_template && !s.is_local
            })
    };
    take_out(release, nth, wants)
}

fn remove_leaked(release: &Release, nth: usize) -> Option<Broken> {
    let origins = Origins::of(release);
    let all = release.libraries.iter().flat_map(|l| l.exports.iter().map(move |e| (l, e)));
    let leaked = |(l, e): &(&Library, &Export)| {
        matches!(origins.symbol(&e.name, e.is_strong(), l), Origin::ThirdParty(_))
            && !e.name.starts_with("_ZT")
    };
    let (library, export) = all.filter(leaked).nth(nth)?;
    let mut new = release.clone();
    remove_symbol(&mut new, &export.name);
    Some(Broken::new(new, format!("{} is gone from {}", shown(&export.name), library.name)))
}

/// Renames the outermost scope of at least as many functions as make a system.
fn rename_scope(release: &Release, nth: usize) -> Option<Broken> {
    const ENOUGH: usize = 6;
    let mut scopes: BTreeMap<String, usize> = BTreeMap::new();
    for (_, export) in own_exports(release, |e| is_strong_function(e) && e.name.starts_with("_ZN")) {
        let first = plain_function(&export.name).and_then(|s| s.scope.into_iter().next());
        if let Some(scope) = first {
            *scopes.entry(scope).or_default() += 1;
        }
    }
    let mut scopes: Vec<(String, usize)> = scopes.into_iter().filter(|(_, count)| *count >= ENOUGH).collect();
    // Namespaces hold more than classes.
    scopes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let (scope, _) = scopes.into_iter().nth(nth)?;
    let other = format!("{scope}_selftest");
    let encoded = |name: &str| format!("N{}{name}", name.len());
    let (from, to) = (encoded(&scope), encoded(&other));
    let from_const = from.replacen('N', "NK", 1);
    let to_const = to.replacen('N', "NK", 1);
    let mut new = release.clone();
    rename(&mut new, |name| {
        let is_inside = name.starts_with("_Z") && (name.contains(&from) || name.contains(&from_const));
        is_inside.then(|| name.replace(&from, &to).replace(&from_const, &to_const))
    })?;
    Some(Broken::new(new, format!("{scope} is called {other}")))
}

fn move_within_reach(release: &Release, nth: usize) -> Option<Broken> {
    moved(release, nth, true)
}

fn move_out_of_reach(release: &Release, nth: usize) -> Option<Broken> {
    moved(release, nth, false)
}

/// Moves a function to a library of its own, which the old one needs or not.
fn moved(release: &Release, nth: usize, is_needed: bool) -> Option<Broken> {
    let (at, export) = own_exports(release, is_strong_plain_function).nth(nth)?;
    let mut new = release.clone();
    remove_symbol(&mut new, &export.name);
    let from = &mut new.libraries[at];
    let mut target = new_library(from);
    target.versions.clone_from(&from.versions);
    target.exports.push(export.clone());
    let (old_home, new_home) = (from.name.clone(), target.name.clone());
    if is_needed {
        from.dynamic.needed.push(new_home.clone());
    }
    add_library(&mut new, target);
    let reach = if is_needed { "which it needs" } else { "which it does not need" };
    let what = format!("{} moved from {old_home} to {new_home}, {reach}", shown(&export.name));
    Some(Broken::new(new, what))
}

fn add(release: &Release, nth: usize) -> Option<Broken> {
    let (at, library) = own_libraries(release).filter(|(_, l)| !l.exports.is_empty()).nth(nth)?;
    let mut new = release.clone();
    let name = "abigate_selftest";
    new.libraries[at].exports.push(Export { name: name.into(), ..Export::default() });
    new.libraries[at].restore_order().ok()?;
    Some(Broken::new(new, format!("{} exports {name}", library.name)))
}

/// The linkage name with one more `int` at the end.
fn with_parameter(symbol: &str) -> Option<String> {
    let signature = plain_function(symbol).filter(|s| !s.variadic)?;
    let longer = match signature.params.as_deref() {
        Some([]) => format!("{}i", symbol.strip_suffix('v')?),
        _ => format!("{symbol}i"),
    };
    let read = plain_function(&longer)?;
    (read.qualified_name() == signature.qualified_name()).then_some(longer)
}

fn add_parameter(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |e: &Export| {
        is_strong_function(e) && with_parameter(&e.name).is_some_and(|name| !is_exported(release, &name))
    };
    let (_, export) = own_exports(release, wants).nth(nth)?;
    let longer = with_parameter(&export.name)?;
    let mut new = release.clone();
    rename_one(&mut new, &export.name, &longer)?;
    Some(Broken::new(new, format!("{} is {}", shown(&export.name), shown(&longer))))
}

/// The linkage name of a function that is called a little differently.
fn called_otherwise(symbol: &str) -> Option<String> {
    let signature = plain_function(symbol).filter(|s| !s.name.starts_with("operator"))?;
    let name = &signature.name;
    let encoded = |name: &str| format!("{}{name}", name.len());
    let other = format!("{name}s");
    // What is similar to a name of two letters is another one.
    let is_clear = name.len() > 3 && symbol.matches(&encoded(name)).count() == 1;
    let renamed = is_clear.then(|| symbol.replace(&encoded(name), &encoded(&other)))?;
    (plain_function(&renamed)?.name == other).then_some(renamed)
}

fn rename_function(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |e: &Export| {
        is_strong_function(e) && called_otherwise(&e.name).is_some_and(|name| !is_exported(release, &name))
    };
    let (_, export) = own_exports(release, wants).nth(nth)?;
    let other = called_otherwise(&export.name)?;
    let mut new = release.clone();
    rename_one(&mut new, &export.name, &other)?;
    Some(Broken::new(new, format!("{} is called {}", shown(&export.name), shown(&other))))
}

/// Removes an overload beside a longer one.
fn absorb(release: &Release, nth: usize) -> Option<Broken> {
    let has_longer = |(at, export): &(usize, &Export)| {
        let Some(short) = plain_function(&export.name) else { return false };
        let params = short.params.clone().unwrap_or_default();
        let prefix = if params.is_empty() { export.name.strip_suffix('v') } else { Some(&*export.name) };
        let Some(prefix) = prefix else { return false };
        let exports = &release.libraries[*at].exports;
        let first = exports.partition_point(|e| *e.name < *prefix);
        let alike = exports[first..].iter().take_while(|e| e.name.starts_with(prefix));
        alike.filter(|e| e.name != export.name).filter_map(|e| plain_function(&e.name)).any(|long| {
            long.qualified_name() == short.qualified_name()
                && long.is_const == short.is_const
                && long.params.is_some_and(|p| p.len() > params.len() && p.starts_with(&params))
        })
    };
    let (at, export) = own_exports(release, is_strong_function).filter(has_longer).nth(nth)?;
    let mut new = release.clone();
    remove_symbol(&mut new, &export.name);
    let what = format!("{} is gone from {}", shown(&export.name), release.libraries[at].name);
    Some(Broken::new(new, format!("{what}, and a longer overload is there")))
}

/// A version beside another one.
fn next_version(version: &str) -> VersionDefinition {
    VersionDefinition { name: format!("{version}_SELFTEST").into(), parents: Vec::new(), weak: false }
}

fn other_version(release: &Release, nth: usize) -> Option<Broken> {
    let is_versioned = |e: &Export| e.version.is_some() && !e.hidden_version;
    let (at, export) = own_exports(release, is_versioned).nth(nth)?;
    let node = next_version(export.version.as_deref()?);
    let mut new = release.clone();
    let library = &mut new.libraries[at];
    library.exports.retain(|e| e.name != export.name);
    library.exports.push(Export { version: Some(node.name.clone()), ..export.clone() });
    let what = format!("{} is of version {}", shown(&export.name), node.name);
    library.versions.push(node);
    library.restore_order().ok()?;
    Some(Broken::new(new, what))
}

fn other_default_version(release: &Release, nth: usize) -> Option<Broken> {
    let is_versioned = |e: &Export| e.version.is_some() && !e.hidden_version;
    let (at, export) = own_exports(release, is_versioned).nth(nth)?;
    let node = next_version(export.version.as_deref()?);
    let mut new = release.clone();
    let library = &mut new.libraries[at];
    library.exports.iter_mut().filter(|e| e.key() == export.key()).for_each(|e| e.hidden_version = true);
    library.exports.push(Export { version: Some(node.name.clone()), ..export.clone() });
    let what = format!("{} is of version {} by default", shown(&export.name), node.name);
    library.versions.push(node);
    library.restore_order().ok()?;
    Some(Broken::new(new, what))
}

fn other_kind(release: &Release, nth: usize) -> Option<Broken> {
    break_export(release, nth, is_strong_plain_function, |export| {
        export.kind = SymbolKind::Object;
        export.size = Some(8);
        export.section = Some(".data".into());
        "is data".to_owned()
    })
}

fn weaken(release: &Release, nth: usize) -> Option<Broken> {
    let is_global = |e: &Export| e.binding == Binding::Global && e.kind == SymbolKind::Func;
    break_export(
        release,
        nth,
        |e| is_global(e) && !is_instance(&e.name),
        |export| {
            export.binding = Binding::Weak;
            "is weak".to_owned()
        },
    )
}

fn strengthen(release: &Release, nth: usize) -> Option<Broken> {
    let is_weak = |e: &Export| e.binding == Binding::Weak && e.kind == SymbolKind::Func;
    // Of instances, compilers and linkers decide.
    break_export(
        release,
        nth,
        |e| is_weak(e) && !is_instance(&e.name),
        |export| {
            export.binding = Binding::Global;
            "is not weak any more".to_owned()
        },
    )
}

fn make_unique(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |e: &Export| is_data(e) && e.binding != Binding::Unique && !is_instance(&e.name);
    break_export(release, nth, wants, |export| {
        export.binding = Binding::Unique;
        "is unique".to_owned()
    })
}

fn protect(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |e: &Export| e.visibility == Visibility::Default && is_strong_function(e);
    break_export(release, nth, wants, |export| {
        export.visibility = Visibility::Protected;
        "is protected".to_owned()
    })
}

fn grow(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |e: &Export| is_data(e) && e.size.is_some() && e.is_strong();
    break_export(release, nth, wants, |export| {
        export.size = export.size.map(|size| size + 8);
        "is 8 bytes larger".to_owned()
    })
}

fn split(release: &Release, nth: usize) -> Option<Broken> {
    // The compiler makes several names of one constructor.
    let is_written = |e: &Export| !(e.name.starts_with("_Z") && e.kind == SymbolKind::Func);
    break_export(
        release,
        nth,
        |e| e.alias_of.is_some() && is_written(e),
        |export| {
            let leader = export.alias_of.take();
            format!("is not the same as {} any more", leader.as_deref().map(shown).unwrap_or_default())
        },
    )
}

fn make_read_only(release: &Release, nth: usize) -> Option<Broken> {
    let is_writable = |e: &Export| matches!(e.section.as_deref(), Some(".data" | ".bss"));
    break_export(
        release,
        nth,
        |e| is_data(e) && is_writable(e),
        |export| {
            export.section = Some(".rodata".into());
            "is in .rodata".to_owned()
        },
    )
}

fn other_storage(release: &Release, nth: usize) -> Option<Broken> {
    break_export(
        release,
        nth,
        |e| e.kind == SymbolKind::Tls || (is_data(e) && e.is_strong()),
        |export| match export.kind {
            SymbolKind::Tls => {
                export.kind = SymbolKind::Object;
                "is not thread-local any more".to_owned()
            }
            _ => {
                export.kind = SymbolKind::Tls;
                "is thread-local".to_owned()
            }
        },
    )
}

/// Functions of one `int` that take an `unsigned long`, as many as make it one decision.
fn type_replaced(release: &Release, nth: usize) -> Option<Broken> {
    const ENOUGH: usize = 5;
    let tables =
        release.libraries.iter().flat_map(|library| &library.vtables).flat_map(|group| &group.tables);
    let slots: BTreeSet<&str> = tables.flat_map(|table| &table.slots).filter_map(Slot::function).collect();
    let takes_int = |export: &&Export| {
        let signature = plain_function(&export.name);
        export.name.ends_with("Ei")
            && !slots.contains(&*export.name)
            && signature.is_some_and(|signature| signature.params.is_some_and(|params| params == ["int"]))
    };
    let replaced = |name: &str| format!("{}m", name.trim_end_matches('i'));
    let is_free = |export: &&Export| release.exporter(&replaced(&export.name)).is_none();
    let own = own_exports(release, is_strong_function).map(|(_, export)| export);
    let names: BTreeSet<Box<str>> = own
        .filter(takes_int)
        .filter(is_free)
        .skip(nth * ENOUGH)
        .take(ENOUGH)
        .map(|e| e.name.clone())
        .collect();
    if names.len() < ENOUGH {
        return None;
    }
    let mut new = release.clone();
    rename(&mut new, |name| names.contains(name).then(|| replaced(name)))?;
    Some(Broken::new(new, format!("{ENOUGH} functions take unsigned long instead of int")))
}
