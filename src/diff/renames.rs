//! Names that changed in one systematic way: a namespace, an alias, an inline namespace, an ABI tag.
//!
//! A pair of names that differ in one run of qualified identifiers suggests a substitution (`c10::optional` to
//! `std::optional`). One that turns many removed names into added ones is a cause of its own.

use std::collections::{BTreeMap, HashMap};

use super::gone::{Entity, take};
use super::{Change, Changes, Member, Subject, SubjectKind};
use crate::mangling;
use crate::rules::{Rule, Severity};

/// Entities that one substitution has to explain before it counts as systematic.
const FEWEST: usize = 5;

/// Substitutions that are tried, most frequent first.
const MOST_SUBSTITUTIONS: usize = 64;

/// A run of tokens and what it became.
type Substitution = (String, String);

/// Finds systematic renames; each becomes one change.
pub(super) fn find(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    for (from, to) in suggestions(gone, added) {
        let by_text: HashMap<&str, usize> =
            added.iter().enumerate().map(|(i, e)| (e.text.as_str(), i)).collect();
        let pairs: Vec<(usize, usize)> = gone
            .iter()
            .enumerate()
            .filter_map(|(g, e)| Some((g, *by_text.get(substitute(&e.text, &from, &to)?.as_str())?)))
            .collect();
        if pairs.len() < FEWEST {
            continue;
        }
        changes.push(renamed(gone, added, &pairs, &from, &to));
        let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
        take(gone, &gone_at);
        take(added, &added_at);
    }
}

fn renamed(
    gone: &[Entity<'_>],
    added: &[Entity<'_>],
    pairs: &[(usize, usize)],
    from: &str,
    to: &str,
) -> Change {
    let members: Vec<Member> =
        pairs.iter().flat_map(|&(g, a)| gone[g].members_replaced_by(&added[a])).collect();
    let shown = |text: &str| if text.is_empty() { "(nothing)".to_owned() } else { text.to_owned() };
    let name = format!("{} is spelt {}", shown(from), shown(to));
    let subject = Subject::named(SubjectKind::Spelling, name, gone[pairs[0].0].library());
    let mut change = Change::new(Rule::SymbolsRenamedTogether, subject).between(shown(from), shown(to));
    if !pairs.iter().any(|&(g, _)| gone[g].is_strong()) {
        change.severity = Severity::Risky;
    }
    change.detail = Some(format!("{} entities, such as {}", pairs.len(), gone[pairs[0].0].text));
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
            if let Some(substitution) = difference(&entity.text, &added[candidate].text) {
                *counts.entry(substitution).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<(Substitution, usize)> = counts.into_iter().filter(|c| c.1 >= 3).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.into_iter().take(MOST_SUBSTITUTIONS).map(|c| c.0).collect()
}

/// Splits text into identifiers, `::` and single other characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
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

/// The one run of tokens in which two texts differ, widened to whole qualified names and their template arguments.
fn difference(old: &str, new: &str) -> Option<Substitution> {
    let (a, b) = (tokens(old), tokens(new));
    let mut start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - start;
    let mut tail = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    while start > 0 && is_name(a[start - 1]) {
        start -= 1;
    }
    while tail > 0 && is_name(a[a.len() - tail]) {
        tail -= 1;
    }
    // `a::View<char` and `std::View<char, std::Traits<char>` lack the bracket that both texts go on with.
    let is_open =
        |run: &[&str]| run.iter().filter(|t| **t == "<").count() > run.iter().filter(|t| **t == ">").count();
    while tail > 0 && is_open(&a[start..a.len() - tail]) && a[a.len() - tail] == ">" {
        tail -= 1;
    }
    let (from, to) = (a.get(start..a.len() - tail)?, b.get(start..b.len() - tail)?);
    // Builtin types replace each other without being the same thing.
    let is_builtin = |run: &[&str]| {
        run.len() == 1 && !run[0].contains("::") && run[0].chars().all(|c| c.is_ascii_lowercase())
    };
    let is_spelling = match (template_id(from), template_id(to)) {
        (Some(from), Some(to)) => from == to,
        _ => is_qualified(from) && is_qualified(to) && to.len() > 1 && !is_builtin(from),
    };
    (from != to && is_spelling).then(|| (from.concat(), to.concat()))
}

fn is_name(token: &str) -> bool {
    token == "::" || token.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A longer run is another type, not another spelling.
fn is_qualified(run: &[&str]) -> bool {
    !run.is_empty() && run.len() <= 12 && run.iter().all(|t| is_name(t))
}

/// The template's own name in `scope::name<arguments>`: one that has it too is the same template in another place.
fn template_id<'t>(run: &[&'t str]) -> Option<&'t str> {
    let (name, arguments) = run.split_at(run.iter().position(|t| *t == "<")?);
    let mut depth = 0;
    let closed = arguments.iter().position(|token| {
        depth += match *token {
            "<" => 1,
            ">" => -1,
            _ => 0,
        };
        depth == 0
    });
    let is_whole = closed == Some(arguments.len() - 1) && run.len() <= 24;
    name.last().filter(|_| is_whole && is_qualified(name)).copied()
}

/// Replaces whole occurrences of `from`; none where there is none.
fn substitute(text: &str, from: &str, to: &str) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let bounded = !result.chars().chain(before.chars()).next_back().is_some_and(is_word)
            && !after.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
        result.push_str(before);
        result.push_str(if bounded { to } else { from });
        found |= bounded;
        rest = after;
    }
    result.push_str(rest);
    found.then_some(result)
}

/// Single renames: the only removed and the only added function of a scope with these parameters, similarly named.
pub(super) fn single(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let old = by_shape(gone);
    let new = by_shape(added);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (shape, removed) in &old {
        if let ([g], Some([a])) = (&removed[..], new.get(shape).map(Vec::as_slice))
            && let (Some(from), Some(to)) = (&gone[*g].signature, &added[*a].signature)
            && strsim::normalized_levenshtein(&from.name, &to.name) >= 0.6
        {
            pairs.push((*g, *a));
        }
    }
    pairs.sort_unstable();
    for &(g, a) in &pairs {
        let mut change = gone[g].change(Rule::SymbolRenamed).between(&*gone[g].text, &*added[a].text);
        change.members = gone[g].members_replaced_by(&added[a]);
        changes.push(change);
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
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
        let found = difference("f(c10::optional<long>, int)", "f(std::optional<long>, int)");
        assert_eq!(found, Some(("c10::optional".to_owned(), "std::optional".to_owned())));
        let found = difference("f(a::View<char>, int)", "f(std::View<char, std::Traits<char>>, int)");
        assert_eq!(
            found,
            Some(("a::View<char>".to_owned(), "std::View<char, std::Traits<char>>".to_owned()))
        );
        let found = difference("f(b::O<a::View<char>>)", "f(b::O<std::View<char, b::T>>)");
        assert_eq!(found, Some(("a::View<char>".to_owned(), "std::View<char, b::T>".to_owned())));
        assert_eq!(difference("f(a::P<b::C>)", "f(b::C)"), None);
        assert_eq!(
            difference("f(a::P<b::C>)", "f(a::Q<b::C>)"),
            Some(("a::P".to_owned(), "a::Q".to_owned()))
        );
        assert_eq!(difference("f(int)", "f(long)"), None);
        assert_eq!(difference("f(a::B)", "f(a::B, int)"), None);
    }

    #[test]
    fn substitution_respects_name_boundaries() {
        assert_eq!(substitute("f(a::B<a::B>)", "a::B", "c::B").as_deref(), Some("f(c::B<c::B>)"));
        assert_eq!(substitute("f(xa::B, a::Bx)", "a::B", "c::B"), None);
        assert_eq!(substitute("f(n::a::B)", "a::B", "c::B"), None);
    }
}
