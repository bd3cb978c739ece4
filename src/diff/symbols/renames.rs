//! Names that changed in one systematic way: a namespace, an alias, an inline namespace, an ABI tag, the version at the end of C
//! names, the linkage of a language, constraints that compilers put into names.
//!
//! A pair of names that differ in one run of qualified identifiers suggests a substitution (`c10::optional` to
//! `std::optional`). One that turns many removed names into added ones is a cause of its own.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::super::{AffectedSymbol, Change, ChangeId, Changes, Detail, Subject, SubjectKind, Value};
use super::entity::{Entity, take};
use crate::mangling;
use crate::rules::{Rule, Severity};
use crate::spelling;

/// Entities that one substitution has to explain before it counts as systematic; one that moves everything of a namespace
/// into an inline namespace, or out of it, needs no more than what there is.
const FEWEST: usize = 5;

/// Substitutions that are tried, most frequent first.
const MOST_SUBSTITUTIONS: usize = 64;

/// A run of tokens and what it became.
type Substitution = (String, String);

/// Finds systematic renames; each becomes one change. What libstdc++'s dual ABI renamed besides counts as the same.
pub(in crate::diff) fn find(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let versioned = versioned(gone, added, changes);
    relinked(gone, added, changes);
    constrained(gone, added, changes);
    retagged(gone, added, changes);
    let suggestions = suggestions(gone, added);
    if suggestions.is_empty() {
        return;
    }
    let by_text = |added: &[Entity<'_>]| -> HashMap<String, usize> {
        added.iter().enumerate().map(|(i, e)| (e.neutral.clone(), i)).collect()
    };
    let mut left = by_text(added);
    for (from, to) in suggestions {
        let finder = memchr::memmem::Finder::new(&from);
        let pairs: Vec<(usize, usize)> = gone
            .iter()
            .enumerate()
            .filter(|(_, e)| finder.find(e.neutral.as_bytes()).is_some())
            .filter_map(|(g, e)| Some((g, *left.get(&substitute(&e.neutral, &from, &to)?)?)))
            .collect();
        let of_scope = || gone.iter().filter(|entity| has_scope(&entity.neutral, &from, None)).count();
        let is_whole = || is_neighbor(&from, &to) && pairs.len() == of_scope();
        if pairs.is_empty() || (pairs.len() < FEWEST && !is_whole()) {
            continue;
        }
        if let [(g, a)] = pairs[..] {
            changes.push(renamed_alone(&gone[g], &added[a]));
            take(gone, &[g]);
            take(added, &[a]);
            left = by_text(added);
            continue;
        }
        let mut change = renamed(gone, added, &pairs, &from, &to);
        // A namespace with the version that C names end with, as `icu_72` and `u_strlen_72`, was renamed with them.
        change.derived_from = versioned.iter().find_map(|((old, new), root)| {
            let stem = from.strip_suffix(old.as_str())?;
            (!stem.is_empty() && to.strip_suffix(new.as_str()) == Some(stem)).then_some(*root)
        });
        changes.push(change);
        let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
        take(gone, &gone_at);
        take(added, &added_at);
        left = by_text(added);
    }
}

/// C names that end with another version: `u_strlen_72` and `u_strlen_76`. Gives each pair of ends with its change.
fn versioned(
    gone: &mut Vec<Entity<'_>>,
    added: &mut Vec<Entity<'_>>,
    changes: &mut Changes,
) -> Vec<(Substitution, ChangeId)> {
    let mut by_stem: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    for (at, entity) in added.iter().enumerate() {
        if let Some((stem, end)) = versioned_name(entity) {
            by_stem.entry(stem).or_default().push((at, end));
        }
    }
    let mut groups: BTreeMap<Substitution, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, entity) in gone.iter().enumerate() {
        let Some((stem, end)) = versioned_name(entity) else { continue };
        // Of several nobody knows which one it became.
        if let Some([(new, new_end)]) = by_stem.get(stem).map(Vec::as_slice) {
            groups.entry((end.to_owned(), (*new_end).to_owned())).or_default().push((at, *new));
        }
    }
    groups.retain(|_, pairs| pairs.len() >= FEWEST);
    let mut found = Vec::new();
    for ((from, to), pairs) in &groups {
        let root = changes.push(renamed(gone, added, pairs, from, to));
        found.push(((from.clone(), to.clone()), root));
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = groups.into_values().flatten().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
    found
}

/// A C name without the version at its end, and that version: `u_strlen` and `_72`, `archive_open` and `_v2`.
fn versioned_name<'e>(entity: &'e Entity<'_>) -> Option<(&'e str, &'e str)> {
    if entity.signature.is_some() || !matches!(entity.kind, mangling::Entity::Other) {
        return None;
    }
    let name = entity.text.as_str();
    // `_1_2` is one version.
    let is_part = |c: char| c.is_ascii_digit() || c == '_';
    let numbers = name.len() - name.chars().rev().take_while(|c| is_part(*c)).count();
    let start = match name[..numbers].strip_suffix("_v") {
        Some(stem) => stem.len(),
        None => numbers,
    };
    let (stem, end) = name.split_at(start);
    let is_version = end.starts_with('_') && end.ends_with(|c: char| c.is_ascii_digit());
    (is_version && !stem.is_empty()).then_some((stem, end))
}

/// Functions that lost or got `extern "C"`: the same name, mangled on one side only.
fn relinked(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let mut by_name: HashMap<(&str, bool), Vec<usize>> = HashMap::new();
    for (at, entity) in added.iter().enumerate() {
        if let Some(name) = plain_name(entity) {
            by_name.entry(name).or_default().push(at);
        }
    }
    let mut pairs: [Vec<(usize, usize)>; 2] = [Vec::new(), Vec::new()];
    for (at, entity) in gone.iter().enumerate() {
        let Some((name, is_mangled)) = plain_name(entity) else { continue };
        if let Some([new]) = by_name.get(&(name, !is_mangled)).map(Vec::as_slice) {
            pairs[usize::from(is_mangled)].push((at, *new));
        }
    }
    for (pairs, [from, to]) in
        pairs.iter().zip([["extern \"C\"", "C++ linkage"], ["C++ linkage", "extern \"C\""]])
    {
        match &pairs[..] {
            [] => {}
            [(g, a)] => drop(changes.push(renamed_alone(&gone[*g], &added[*a]))),
            pairs => drop(changes.push(renamed(gone, added, pairs, from, to))),
        }
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().flatten().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
}

/// What is the same but for ABI tags, which classes and functions get so that old and new builds do not mix. libstdc++'s own tag
/// is told with its ABI.
fn retagged(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let has_tags = |entity: &Entity<'_>| !spelling::abi_tags(&entity.neutral).is_empty();
    if !gone.iter().chain(added.iter()).any(has_tags) {
        return;
    }
    let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, entity) in added.iter().enumerate() {
        by_text.entry(spelling::without_abi_tags(&entity.neutral).into_owned()).or_default().push(at);
    }
    let mut groups: BTreeMap<Substitution, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, entity) in gone.iter().enumerate() {
        let text = spelling::without_abi_tags(&entity.neutral);
        let Some([new]) = by_text.get(&*text).map(Vec::as_slice) else { continue };
        if let Some(tags) = tags_apart(&entity.neutral, &added[*new].neutral) {
            groups.entry(tags).or_default().push((at, *new));
        }
    }
    // One function with another tag is one function.
    groups.retain(|_, pairs| pairs.len() > 1);
    for ((from, to), pairs) in &groups {
        changes.push(renamed(gone, added, pairs, from, to));
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = groups.into_values().flatten().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
}

/// The first tags in which two texts differ that are otherwise the same: `[abi:v1]` and `[abi:v2]`, or nothing on one side.
fn tags_apart(old: &str, new: &str) -> Option<Substitution> {
    let (from, to) = (spelling::abi_tags(old), spelling::abi_tags(new));
    let at = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    match (from.get(at), to.get(at)) {
        (Some(a), Some(b)) => Some(((*a).to_owned(), (*b).to_owned())),
        (Some(a), None) => Some(((*a).to_owned(), String::new())),
        (None, Some(b)) => Some((String::new(), (*b).to_owned())),
        (None, None) => None,
    }
}

/// Functions that are what they were, and whose names have their constraints now or lost them: compilers began to put them
/// there, and an option of Clang takes them out again.
fn constrained(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let has_constraint = |entity: &Entity<'_>| {
        let parsed = entity.symbols.first().map(|symbol| mangling::parse(&symbol.export.name));
        parsed.is_some_and(|parsed| parsed.is_ok_and(|mangled| mangled.is_constrained()))
    };
    let mut by_name: HashMap<String, Vec<(usize, bool)>> = HashMap::new();
    for (at, entity) in added.iter().enumerate() {
        if let Some(signature) = &entity.signature {
            by_name.entry(signature.qualified_name()).or_default().push((at, has_constraint(entity)));
        }
    }
    let mut pairs: [Vec<(usize, usize)>; 2] = [Vec::new(), Vec::new()];
    for (at, entity) in gone.iter().enumerate() {
        let Some(signature) = &entity.signature else { continue };
        let Some(candidates) = by_name.get(&signature.qualified_name()) else { continue };
        let had = has_constraint(entity);
        let is_it = |(new, has): &&(usize, bool)| {
            *has != had && entity.kind == added[*new].kind && entity.signature == added[*new].signature
        };
        let mut same = candidates.iter().filter(is_it);
        // Functions that only their constraints tell apart have one name without them.
        if let (Some((new, _)), None) = (same.next(), same.next()) {
            pairs[usize::from(had)].push((at, *new));
        }
    }
    for (pairs, [from, to]) in pairs.iter_mut().zip([["", "requires"], ["requires", ""]]) {
        let mut taken: HashMap<usize, usize> = HashMap::new();
        pairs.iter().for_each(|(_, new)| *taken.entry(*new).or_default() += 1);
        pairs.retain(|(_, new)| taken.get(new) == Some(&1));
        match &pairs[..] {
            [] => {}
            [(g, a)] => drop(changes.push(renamed_alone(&gone[*g], &added[*a]))),
            pairs => {
                let mut change = renamed(gone, added, pairs, from, to);
                change.subject.name = "constraints in names".to_owned();
                changes.push(change);
            }
        }
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().flatten().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
}

/// The name of a function outside of all namespaces that has no template arguments, and whether it is mangled.
fn plain_name<'e>(entity: &'e Entity<'_>) -> Option<(&'e str, bool)> {
    match (&entity.signature, entity.kind) {
        (None, mangling::Entity::Other) => Some((&entity.text, false)),
        (Some(signature), mangling::Entity::Function) => {
            let is_plain = signature.scope.is_empty()
                && signature.params.is_some()
                && signature.template_args.is_none()
                && !signature.name.starts_with("operator");
            is_plain.then_some((&signature.name, true))
        }
        _ => None,
    }
}

fn renamed(
    gone: &[Entity<'_>],
    added: &[Entity<'_>],
    pairs: &[(usize, usize)],
    from: &str,
    to: &str,
) -> Change {
    let members: Vec<AffectedSymbol> =
        pairs.iter().flat_map(|&(g, a)| gone[g].members_replaced_by(&added[a])).collect();
    let shown = |text: &str| if text.is_empty() { "(nothing)".to_owned() } else { text.to_owned() };
    let name = format!("{} is spelt {}", shown(from), shown(to));
    let subject = Subject::named(SubjectKind::Spelling, name, gone[pairs[0].0].library());
    let mut change = Change::new(Rule::SymbolsRenamedTogether, subject).with_detail(Detail::Respelled {
        old: from.to_owned(),
        new: to.to_owned(),
        entities: pairs.len() as u64,
        example: gone[pairs[0].0].text.clone(),
    });
    if !pairs.iter().any(|&(g, _)| gone[g].is_strong()) {
        change.severity = Severity::Risky;
    }
    change.affects.symbols = members.len() as u32;
    change.with_members(members)
}

/// Substitutions that pairs of similar names suggest, the most frequent first.
fn suggestions(gone: &[Entity<'_>], added: &[Entity<'_>]) -> Vec<Substitution> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, entity) in added.iter().enumerate() {
        if let Some(signature) = &entity.signature {
            by_name.entry(&signature.name).or_default().push(i);
        }
    }
    let mut counts: BTreeMap<Substitution, usize> = BTreeMap::new();
    for entity in gone {
        let Some(candidates) = entity.signature.as_ref().and_then(|s| by_name.get(s.name.as_str())) else {
            continue;
        };
        // Names like operator() have too many candidates to learn from.
        if candidates.len() > 16 {
            continue;
        }
        for &candidate in candidates {
            for substitution in differences(&entity.neutral, &added[candidate].neutral) {
                *counts.entry(substitution).or_default() += 1;
            }
        }
    }
    let is_enough = |((from, to), count): &(Substitution, usize)| *count >= 3 || is_neighbor(from, to);
    let mut counts: Vec<(Substitution, usize)> = counts.into_iter().filter(is_enough).collect();
    // Of two that explain as much, the longer one says more.
    counts.sort_by(|a, b| (b.1, b.0.0.len()).cmp(&(a.1, a.0.0.len())).then_with(|| a.0.cmp(&b.0)));
    let is_left = |from: &str, to: &str| added.iter().any(|e| has_scope(&e.neutral, from, Some(to)));
    let suggested = counts.into_iter().map(|c| c.0).take(MOST_SUBSTITUTIONS);
    // A namespace that still has something in it was not renamed.
    suggested.filter(|(from, to)| from.contains(['<', ':']) || !is_left(from, to)).collect()
}

/// Whether one scope is in the other, or both are versions of one: an inline namespace came, went or has another name.
fn is_neighbor(from: &str, to: &str) -> bool {
    let is_scope = |text: &str| text.split("::").all(|part| !part.is_empty() && is_name(part));
    let stem = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned();
    let is_version = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    match (from.rsplit_once("::"), to.rsplit_once("::")) {
        _ if !is_scope(from) || !is_scope(to) => false,
        (_, Some((around, _))) if around == from => true,
        (Some((around, _)), _) if around == to => true,
        _ => is_version(from) && is_version(to) && stem(from) == stem(to),
    }
}

/// Splits text into identifiers, `::` and single other characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = spelling::is_identifier;
        let end = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Longest spelling, in tokens.
const LONGEST: usize = 24;

/// What turns one text into the other: the first qualified names in which they differ, with template arguments where
/// both have some, without, and the scopes alone in which the names agree.
fn differences(old: &str, new: &str) -> Vec<Substitution> {
    let (a, b) = (tokens(old), tokens(new));
    let mut start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    while start > 0 && is_name(a[start - 1]) {
        start -= 1;
    }
    let name = |t: &[&str]| start + t[start..].iter().take_while(|t| is_name(t)).count();
    let (a_end, b_end) = (name(&a), name(&b));
    let (from, to) = (&a[start..a_end], &b[start..b_end]);
    if from == to || from.is_empty() || to.is_empty() {
        return Vec::new();
    }
    let tail = from.iter().rev().zip(to.iter().rev()).take_while(|(x, y)| x == y).count();
    let scope = |t: &[&str]| t[..t.len().saturating_sub(tail)].concat().trim_end_matches("::").to_owned();
    let mut found = Vec::new();
    if tail > 0 {
        found.push((scope(from), scope(to)));
    }
    // Builtin types replace each other without being the same thing.
    let is_builtin = from.len() == 1 && from[0].chars().all(|c| c.is_ascii_lowercase());
    if !is_builtin && to.len() > 1 {
        found.push((from.concat(), to.concat()));
        if let (Some(x), Some(y)) = (arguments(&a[a_end..]), arguments(&b[b_end..])) {
            found.push((a[start..a_end + x].concat(), b[start..b_end + y].concat()));
        }
    }
    found.dedup();
    let is_it = |(from, to): &Substitution| {
        let is_short = [from, to].iter().all(|text| !text.is_empty() && tokens(text).len() <= LONGEST);
        is_short && from != to && substitute(old, from, to).as_deref() == Some(new)
    };
    found.retain(is_it);
    found
}

fn is_name(token: &str) -> bool {
    token == "::" || token.chars().all(spelling::is_identifier)
}

/// How many tokens the template arguments take that these tokens begin with.
fn arguments(tokens: &[&str]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "<" => depth += 1,
            ">" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at + 1);
        }
    }
    None
}

/// Whether anything in a text is inside the scope, and not only in another scope that is in it.
fn has_scope(text: &str, scope: &str, but: Option<&str>) -> bool {
    let is_in = |rest: &str, scope: &str| rest.strip_prefix(scope).is_some_and(|rest| rest.starts_with("::"));
    text.match_indices(scope).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let is_whole = !before.chars().next_back().is_some_and(|c| spelling::is_identifier(c) || c == ':');
        is_whole && is_in(rest, scope) && !but.is_some_and(|but| is_in(rest, but))
    })
}

/// Replaces whole occurrences of `from`; none where there is none.
fn substitute(text: &str, from: &str, to: &str) -> Option<String> {
    let is_word = |c: char| spelling::is_identifier(c) || c == ':';
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let bounded = !result.chars().chain(before.chars()).next_back().is_some_and(is_word)
            && !after.chars().next().is_some_and(spelling::is_identifier);
        result.push_str(before);
        result.push_str(if bounded { to } else { from });
        found |= bounded;
        rest = after;
    }
    result.push_str(rest);
    found.then_some(result)
}

/// Single renames: the only removed and the only added function of a scope with these parameters, similarly named.
pub(in crate::diff) fn single(
    gone: &mut Vec<Entity<'_>>,
    added: &mut Vec<Entity<'_>>,
    changes: &mut Changes,
) {
    let old = by_shape(gone);
    let new = by_shape(added);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (shape, removed) in &old {
        if let ([g], Some([a])) = (&removed[..], new.get(shape).map(Vec::as_slice))
            && let (Some(from), Some(to)) = (&gone[*g].signature, &added[*a].signature)
            && is_similar(&from.name, &to.name)
        {
            pairs.push((*g, *a));
        }
    }
    pairs.sort_unstable();
    for &(g, a) in &pairs {
        changes.push(renamed_alone(&gone[g], &added[a]));
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
}

/// One entity under another name.
fn renamed_alone(old: &Entity<'_>, new: &Entity<'_>) -> Change {
    let names = (Value::name(&*old.text), Value::name(&*new.text));
    let mut change = old.change(Rule::SymbolRenamed).between(names.0, names.1);
    change.members = old.members_replaced_by(new);
    change
}

/// Whether one name may be the other one, spelt another way: nearly the same letters, and not only another verb before the same
/// words, as in `set_size` and `get_size`, which are two functions.
fn is_similar(old: &str, new: &str) -> bool {
    let (a, b) = (words(old), words(new));
    let opposed = match (a.split_first(), b.split_first()) {
        (Some((x, rest)), Some((y, other))) => {
            !rest.is_empty() && rest == other && strsim::normalized_levenshtein(x, y) < 0.7
        }
        _ => false,
    };
    !opposed && strsim::normalized_levenshtein(old, new) >= 0.6
}

/// The words of `set_size` and `setSize`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        match c {
            '_' => words.push(String::new()),
            c => {
                if c.is_uppercase() {
                    words.push(String::new());
                }
                words.iter_mut().last().into_iter().for_each(|word| word.extend(c.to_lowercase()));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Strong functions by scope, parameters and qualifiers.
fn by_shape(entities: &[Entity<'_>]) -> BTreeMap<String, Vec<usize>> {
    let mut shapes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, entity) in entities.iter().enumerate() {
        let Some(signature) = &entity.signature else { continue };
        let Some(params) = &signature.params else { continue };
        let plain = matches!(entity.kind, mangling::Entity::Function) && signature.ctor_dtor.is_none();
        if plain && entity.is_strong() && !signature.name.starts_with("operator") {
            let shape = format!("{}({}){}", signature.scope.join("::"), params.join(","), signature.is_const);
            shapes.entry(shape).or_default().push(i);
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_widened_to_the_whole_name() {
        let found = differences("f(c10::optional<long>, int)", "f(std::optional<long>, int)");
        assert!(found.contains(&("c10::optional".to_owned(), "std::optional".to_owned())), "{found:?}");
        let found =
            differences("f(a::view<char>, a::view<char>)", "f(std::view<char, T>, std::view<char, T>)");
        assert_eq!(found, [("a::view<char>".to_owned(), "std::view<char, T>".to_owned())]);
        assert_eq!(differences("f(int)", "f(long)"), []);
        assert_eq!(differences("f(a::B)", "f(a::B, int)"), []);
        assert_eq!(differences("f(a::B)", "f(a::C, int)"), []);
    }

    #[test]
    fn a_namespace_is_renamed_wherever_it_occurs() {
        assert_eq!(differences("a::f(a::T)", "b::f(b::T)"), [("a".to_owned(), "b".to_owned())]);
        let found = differences("a::v1::T::f(a::v1::T*)", "a::v2::T::f(a::v2::T*)");
        assert_eq!(found, [("a::v1".to_owned(), "a::v2".to_owned())]);
        assert!(has_scope("f(a::T)", "a", None) && !has_scope("f(xa::T, b::a::T, a)", "a", None));
        assert!(has_scope("a::v1::f(a::T)", "a", Some("a::v1")));
        assert!(!has_scope("a::v1::f(a::v1::T)", "a", Some("a::v1")));
    }

    #[test]
    fn inline_namespaces_are_neighbors() {
        assert!(is_neighbor("n", "n::v1") && is_neighbor("n::v1", "n") && is_neighbor("n::v1", "n::v2"));
        assert!(is_neighbor("v1_2", "v1_3") && !is_neighbor("n::Reader", "n::Writer"));
        assert!(!is_neighbor("n", "m") && !is_neighbor("n::v1", "m::v1") && !is_neighbor("n", "n::v1::x"));
        assert!(!is_neighbor("n::A<int>", "n::A<long>"));
    }

    #[test]
    fn getters_are_no_setters() {
        assert!(
            is_similar("get_size", "get_sizes")
                && is_similar("colour", "color")
                && is_similar("read", "reads")
        );
        assert!(!is_similar("set_size", "get_size") && !is_similar("setSize", "getSize"));
        assert!(!is_similar("touch_extension", "windows"));
    }

    #[test]
    fn substitution_respects_name_boundaries() {
        assert_eq!(substitute("f(a::B<a::B>)", "a::B", "c::B").as_deref(), Some("f(c::B<c::B>)"));
        assert_eq!(substitute("f(xa::B, a::Bx)", "a::B", "c::B"), None);
        assert_eq!(substitute("f(n::a::B)", "a::B", "c::B"), None);
    }
}
