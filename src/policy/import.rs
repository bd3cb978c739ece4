//! Suppression files of libabigail, read as what they are in a policy.
//!
//! A section there hides whatever meets all its conditions. A tier has everything that meets any of its own, so that a section
//! with one condition on names becomes a tier; a section about removed symbols becomes a waiver, which has a name and a library.
//! Whatever would hide more here than it did there is left out, with its line and the reason: nothing is hidden by accident.

use std::fmt::Write as _;

/// Alternatives that one regular expression may stand for.
const MOST: usize = 64;

/// What came of a suppression file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Keys of `abigate.yaml`.
    pub yaml: String,
    /// What has no equivalent, in the order of the file.
    pub left_out: Vec<LeftOut>,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Line of the file, from 1.
    pub line: usize,
    /// What it is and why: a sentence without a full stop.
    pub why: String,
}

/// A section: `[suppress_type]` and the properties below it.
struct Section {
    kind: String,
    line: usize,
    properties: Vec<Property>,
}

struct Property {
    key: String,
    value: String,
    line: usize,
}

/// Reads a suppression file.
#[must_use]
pub fn import(text: &str) -> Imported {
    let mut out = Imported::default();
    let (mut tiers, mut waivers) = (String::new(), String::new());
    for section in sections(text, &mut out.left_out) {
        match convert(&section) {
            Ok(Entry::Tier(text)) => tiers += &text,
            Ok(Entry::Waiver(text)) => waivers += &text,
            Ok(Entry::Nothing) => {}
            Err(left) => out.left_out.push(left),
        }
    }
    out.left_out.sort_by_key(|left| left.line);
    for (key, entries) in [("tiers", tiers), ("waivers", waivers)] {
        if !entries.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(out.yaml, "{key}:\n{entries}");
        }
    }
    for left in &out.left_out {
        let _ = writeln!(out.yaml, "# line {}: left out: {}", left.line, left.why.replace(['\n', '\r'], " "));
    }
    out
}

/// What a section became.
enum Entry {
    Tier(String),
    Waiver(String),
    /// What it hides weighs nothing here.
    Nothing,
}

fn sections(text: &str, left_out: &mut Vec<LeftOut>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let mut line = line.to_owned();
        // A value goes on behind a backslash at the end of the line.
        while let Some(start) = line.strip_suffix('\\').map(str::to_owned) {
            let Some((_, next)) = lines.next() else { break };
            line = start + next.trim_start();
        }
        let (line, number) = (line.trim(), at + 1);
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(kind) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(kind, _)| kind)
        {
            sections.push(Section { kind: kind.trim().to_owned(), line: number, properties: Vec::new() });
        } else {
            // What is no property may have been meant as a condition: the section is not kept without it.
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let property =
                Property { key: key.trim().to_owned(), value: value.trim().to_owned(), line: number };
            match sections.last_mut() {
                Some(section) => section.properties.push(property),
                None => left_out.push(LeftOut {
                    line: number,
                    why: format!("{} stands before any section", property.key),
                }),
            }
        }
    }
    sections
}

/// What a section says, sorted by what it is for.
#[derive(Default)]
struct Conditions<'s> {
    label: Option<&'s str>,
    /// Patterns of names, of which one condition may make several.
    names: Option<Vec<String>>,
    except: Vec<String>,
    versions: Option<Vec<String>>,
    libraries: Option<Vec<String>>,
    is_dropped: bool,
    /// A name that is given as it is, not by an expression.
    is_exact: bool,
    is_of_removed: bool,
    is_of_added: bool,
}

fn convert(section: &Section) -> Result<Entry, LeftOut> {
    let left = |line: usize, why: String| LeftOut { line, why };
    let kind = match section.kind.as_str() {
        "suppress_function" | "suppress_variable" | "suppress_type" | "suppress_file" => {
            section.kind.trim_start_matches("suppress_")
        }
        other => return Err(left(section.line, format!("[{other}] is no section of a suppression file"))),
    };
    let mut said = Conditions::default();
    for property in &section.properties {
        condition(&mut said, kind, property).map_err(|why| left(property.line, why))?;
    }
    let exact_only = section.properties.iter().find(|property| property.key == "type_kind");
    if let (Some(property), false) = (exact_only, said.is_exact) {
        return Err(left(
            property.line,
            format!("{} with an expression: other kinds of types would be hidden as well", property.key),
        ));
    }
    if said.is_of_added {
        return Ok(Entry::Nothing);
    }
    let selectors = [said.names.is_some(), said.versions.is_some(), said.libraries.is_some()];
    let number = selectors.iter().filter(|is_there| **is_there).count();
    if said.is_of_removed {
        return removed(section, &said).map_err(|why| left(section.line, why));
    }
    if number == 0 && said.except.is_empty() {
        return Err(left(section.line, format!("[{}] names nothing", section.kind)));
    }
    if number + usize::from(!said.except.is_empty() && said.names.is_none()) > 1 {
        let why = "names, versions and libraries together: a tier has what meets any of them, which would hide more; \
                   `abigate diff OLD NEW --write-waivers=why` writes waivers that have a name and a library";
        return Err(left(section.line, why.to_owned()));
    }
    Ok(Entry::Tier(tier(section, &said)))
}

fn tier(section: &Section, said: &Conditions<'_>) -> String {
    let mut text = String::new();
    if let Some(label) = said.label {
        let _ = writeln!(text, "  # {}", label.replace(['\n', '\r'], " "));
    }
    let _ = writeln!(text, "  - name: abignore-{}", section.line);
    let everything = vec!["**".to_owned()];
    let names = said.names.as_ref().or((!said.except.is_empty()).then_some(&everything));
    let lists =
        [("names", names), ("versions", said.versions.as_ref()), ("libraries", said.libraries.as_ref())];
    for (key, patterns) in lists.into_iter().filter_map(|(key, list)| Some((key, list?))) {
        let _ = writeln!(text, "    {key}: [{}]", quoted(patterns));
    }
    if !said.except.is_empty() {
        let _ = writeln!(text, "    except: [{}]", quoted(&said.except));
    }
    let severity = if said.is_dropped || section.kind == "suppress_file" { "ignore" } else { "note" };
    let _ = writeln!(text, "    severity: {severity}");
    text
}

/// A section about functions or variables that are gone.
fn removed(section: &Section, said: &Conditions<'_>) -> Result<Entry, String> {
    let Some(names) = said.names.as_ref().filter(|_| said.versions.is_none() && said.except.is_empty())
    else {
        return Err("removed symbols without a name: a waiver needs one".to_owned());
    };
    let libraries = said.libraries.clone().unwrap_or_default();
    let mut text = String::new();
    // A waiver has one library.
    let each: Vec<Option<&String>> =
        if libraries.is_empty() { vec![None] } else { libraries.iter().map(Some).collect() };
    for library in each {
        let _ = writeln!(text, "  - rule: symbol-removed\n    name: [{}]", quoted(names));
        if let Some(library) = library {
            let _ = writeln!(text, "    library: {}", quoted(std::slice::from_ref(library)));
        }
        let reason =
            said.label.map_or_else(|| format!("line {} of the suppressions", section.line), str::to_owned);
        let _ = writeln!(text, "    reason: {}", quoted(&[reason]));
    }
    Ok(Entry::Waiver(text))
}

fn quoted(texts: &[String]) -> String {
    // A text in JSON is one in YAML.
    let each: Vec<String> =
        texts.iter().map(|text| serde_json::Value::from(text.as_str()).to_string()).collect();
    each.join(", ")
}

/// Takes one property in; an error is why the section cannot be kept.
fn condition<'s>(said: &mut Conditions<'s>, kind: &str, property: &'s Property) -> Result<(), String> {
    let Property { key, value, .. } = property;
    let twice = || format!("{key}, beside another condition on the name");
    let mut name = |patterns: Vec<String>| match said.names.replace(patterns) {
        None => Ok(()),
        Some(_) => Err(twice()),
    };
    match (kind, key.as_str()) {
        (_, "label") => said.label = Some(value),
        (_, "drop" | "drop_artifact") => said.is_dropped = matches!(value.as_str(), "yes" | "true"),
        (_, "soname_regexp" | "file_name_regexp") if said.libraries.is_none() => {
            said.libraries = Some(globs(value)?);
        }
        ("file", _) => return Err(format!("{key}: a tier names libraries by what they are called")),
        (_, "name") => {
            name(vec![literal(value)])?;
            said.is_exact = true;
        }
        (_, "name_regexp") => name(name_patterns(value)?)?,
        (_, "name_not_regexp") => said.except.extend(name_patterns(value)?),
        ("function" | "variable", "symbol_name") => name(vec![literal(value)])?,
        ("function" | "variable", "symbol_name_regexp") => name(linkage_patterns(value)?)?,
        ("function" | "variable", "symbol_version") => said.versions = Some(vec![literal(value)]),
        ("function" | "variable", "symbol_version_regexp") => said.versions = Some(globs(value)?),
        ("function" | "variable", "change_kind") => match value.as_str() {
            "all" => {}
            "added-function" | "added-variable" => said.is_of_added = true,
            "deleted-function" | "deleted-variable" => said.is_of_removed = true,
            other => return Err(format!("change_kind = {other}: a tier has all changes of what is in it")),
        },
        ("function", "allow_other_aliases") if matches!(value.as_str(), "yes" | "true") => {}
        // With a name of its own a type is of one kind; without one, the whole section is left out above.
        ("type", "type_kind") => {}
        ("type", "changed_enumerators" | "changed_enumerators_regexp") => {
            return Err(format!("{key}: `sentinels:` says which enumerators move with each new one"));
        }
        ("type", "source_location_not_in" | "source_location_not_regexp") => {
            return Err(format!("{key}: `headers:` says which declarations are public"));
        }
        ("type", "accessed_through") => {
            return Err(format!(
                "{key}: classes that programs only have pointers to weigh less by themselves"
            ));
        }
        ("type", _) if key.starts_with("has_") => {
            return Err(format!("{key}: a tier has all changes of a type; a waiver accepts this one"));
        }
        _ => return Err(format!("{key} has no equivalent")),
    }
    Ok(())
}

/// A name as a pattern that matches it alone.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "*?[]{}\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A regular expression over plain text as wildcards.
fn globs(expression: &str) -> Result<Vec<String>, String> {
    let mut globs = Vec::new();
    for Branch { parts, at_start, at_end } in branches(expression)? {
        let mut text = if at_start { String::new() } else { "*".to_owned() };
        for part in parts {
            match part {
                Part::Text(piece) => text += &piece,
                Part::Anything if text.ends_with('*') => {}
                Part::Anything => text.push('*'),
            }
        }
        if !at_end && !text.ends_with('*') {
            text.push('*');
        }
        globs.push(text);
    }
    Ok(globs)
}

/// A regular expression over linkage names.
fn linkage_patterns(expression: &str) -> Result<Vec<String>, String> {
    let mut patterns = Vec::new();
    for glob in globs(expression)? {
        // What starts with _Z is read as a linkage name, anything else as the name of a C function.
        if glob.starts_with('*') {
            patterns.push(format!("_Z{glob}"));
        }
        patterns.push(glob);
    }
    Ok(patterns)
}

/// A regular expression over qualified names as patterns, in which `*` stays within a component.
fn name_patterns(expression: &str) -> Result<Vec<String>, String> {
    let mut patterns = Vec::new();
    for Branch { mut parts, at_start, at_end } in branches(expression)? {
        if !at_start && parts.first() != Some(&Part::Anything) {
            parts.insert(0, Part::Anything);
        }
        if !at_end && parts.last() != Some(&Part::Anything) {
            parts.push(Part::Anything);
        }
        let last = parts.len() - 1;
        let mut texts = vec![String::new()];
        for (at, part) in parts.into_iter().enumerate() {
            texts = match part {
                Part::Text(piece) => {
                    let piece = without_classes(&piece).ok_or_else(|| {
                        format!("{expression:?}: a class of so many characters has no equivalent in names")
                    })?;
                    texts.iter().map(|text| joined(text, &piece)).collect()
                }
                // At the end: the rest of the component, and all in it.
                Part::Anything if at == last => texts
                    .iter()
                    .map(|text| {
                        if text.is_empty() || text.ends_with("::") {
                            format!("{text}**")
                        } else {
                            format!("{text}*::**")
                        }
                    })
                    .collect(),
                // Elsewhere: within the component, or from one into another.
                Part::Anything => texts
                    .iter()
                    .flat_map(|text| {
                        let across =
                            if text.is_empty() || text.ends_with("::") { "**::*" } else { "*::**::*" };
                        [format!("{text}*"), format!("{text}{across}")]
                    })
                    .collect(),
            };
            if texts.len() > MOST {
                return Err(format!("{expression:?} stands for too many patterns"));
            }
        }
        patterns.extend(texts);
    }
    // `*::x` is among `**::x`.
    let all = patterns.clone();
    patterns.retain(|text| text.strip_prefix("*::").is_none_or(|rest| !all.contains(&format!("**::{rest}"))));
    patterns.dedup();
    Ok(patterns)
}

/// Characters that a class in a name may stand for.
const MOST_IN_CLASS: usize = 10;

/// `{0,1,2}` for `[0-2]`: patterns of names have no classes. None: it stands for too many.
fn without_classes(piece: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = piece.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '[' => {
                let class: Vec<char> = chars.by_ref().take_while(|c| *c != ']').collect();
                let mut members = Vec::new();
                let mut at = 0;
                while let Some(&first) = class.get(at) {
                    let last = (class.get(at + 1) == Some(&'-')).then(|| class.get(at + 2)).flatten();
                    at += if last.is_some() { 3 } else { 1 };
                    members.extend((first..=*last.unwrap_or(&first)).take(MOST_IN_CLASS + 1));
                }
                if members.len() > MOST_IN_CLASS {
                    return None;
                }
                let members: Vec<String> = members.iter().map(|c| literal(&c.to_string())).collect();
                out.push_str(&format!("{{{}}}", members.join(",")));
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// Two pieces of a pattern; a component of nothing but a wildcard before `::` is any scope.
fn joined(text: &str, piece: &str) -> String {
    match text.strip_suffix("**::*") {
        Some(scope) if piece.starts_with("::") => format!("{scope}**{piece}"),
        _ => format!("{text}{piece}"),
    }
}

/// One alternative of an expression.
struct Branch {
    parts: Vec<Part>,
    /// It begins with `^`.
    at_start: bool,
    /// It ends with `$`.
    at_end: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A piece of a wildcard pattern.
    Text(String),
    /// `.*`
    Anything,
}

/// The alternatives of a POSIX extended expression, as far as wildcards can say the same.
fn branches(expression: &str) -> Result<Vec<Branch>, String> {
    let mut found = Vec::new();
    for alternative in expand(expression, 0)? {
        let at_start = alternative.starts_with('^');
        let body = alternative.trim_start_matches('^');
        let at_end = body.ends_with('$') && !body.ends_with("\\$");
        let body = if at_end { &body[..body.len() - 1] } else { body };
        found.push(Branch { parts: parts(body, expression)?, at_start, at_end });
    }
    Ok(found)
}

/// Groups and bars written out.
fn expand(expression: &str, depth: usize) -> Result<Vec<String>, String> {
    let refused = |why: &str| Err(format!("{expression:?}: {why}"));
    if depth > 16 || expression.len() > 4096 {
        return refused("it is nested too deeply, or too long");
    }
    let top = split(expression)?;
    if top.len() > 1 {
        let mut all = Vec::new();
        for part in top {
            all.extend(expand(&part, depth + 1)?);
            if all.len() > MOST {
                return refused("it stands for too many patterns");
            }
        }
        return Ok(all);
    }
    let Some((start, end)) = group(expression) else { return Ok(vec![expression.to_owned()]) };
    let (before, inner, after) = (&expression[..start], &expression[start + 1..end], &expression[end + 1..]);
    let is_optional = after.starts_with('?');
    if after.starts_with(['*', '+', '{']) {
        return refused("a repeated group has no equivalent");
    }
    let mut choices = split(inner)?;
    if is_optional {
        choices.push(String::new());
    }
    let after = after.trim_start_matches('?');
    let mut all = Vec::new();
    for choice in choices {
        all.extend(expand(&format!("{before}{choice}{after}"), depth + 1)?);
        if all.len() > MOST {
            return refused("it stands for too many patterns");
        }
    }
    Ok(all)
}

/// What an expression may be, at its outermost bars.
fn split(expression: &str) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut open = 0usize;
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        if c == '|' && open == 0 {
            parts.push(String::new());
            continue;
        }
        let part = parts.last_mut().expect("starts with one");
        part.push(c);
        match c {
            '\\' => part.extend(chars.next()),
            '(' => open += 1,
            ')' => {
                open = open
                    .checked_sub(1)
                    .ok_or_else(|| format!("{expression:?}: a bracket closes that none opened"))?;
            }
            _ => {}
        }
    }
    if open > 0 {
        return Err(format!("{expression:?}: a bracket is not closed"));
    }
    Ok(parts)
}

/// Where the first group begins and ends.
fn group(expression: &str) -> Option<(usize, usize)> {
    let (mut start, mut open, mut is_escaped) = (None, 0, false);
    for (at, byte) in expression.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'(' => {
                start.get_or_insert(at);
                open += 1;
            }
            b')' => {
                open -= 1;
                if open == 0 {
                    return start.map(|start| (start, at));
                }
            }
            _ => {}
        }
    }
    None
}

/// Classes with a name, as wildcards have them.
const CLASSES: [(&str, &str); 5] = [
    ("[:digit:]", "0-9"),
    ("[:alpha:]", "A-Za-z"),
    ("[:alnum:]", "A-Za-z0-9"),
    ("[:lower:]", "a-z"),
    ("[:upper:]", "A-Z"),
];

/// An expression without groups and bars.
fn parts(body: &str, expression: &str) -> Result<Vec<Part>, String> {
    let refused = |what: &str| Err(format!("{expression:?}: {what} has no equivalent"));
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let (piece, behind) = match c {
            '.' => ("?".to_owned(), after),
            '\\' => match after.chars().next() {
                Some(c) if c.is_ascii_punctuation() => (literal(&c.to_string()), &after[c.len_utf8()..]),
                _ => return refused("a backslash before a letter"),
            },
            '[' => match bracket(after) {
                Some((class, behind)) => (format!("[{class}]"), behind),
                None => return refused("this bracket"),
            },
            '*' | '+' | '?' | '{' => return refused("a repetition of nothing"),
            '^' | '$' => return refused("an anchor in the middle"),
            c => (literal(&c.to_string()), after),
        };
        let (is_any, is_class) = (c == '.', c == '[');
        let (repeat, behind) = match behind.chars().next() {
            Some(mark @ ('*' | '+' | '?' | '{')) => (Some(mark), &behind[1..]),
            _ => (None, behind),
        };
        match repeat {
            None => push(&mut parts, &piece),
            Some('*') if is_any => parts.push(Part::Anything),
            Some('+') if is_any => {
                push(&mut parts, "?");
                parts.push(Part::Anything);
            }
            Some('?') if !is_any && !is_class => push(&mut parts, &format!("{{{piece},}}")),
            // "\.*" at the end of a library's name is meant as ".*": any number of dots is none as well.
            Some('*') if piece == "." => return refused("any number of dots (.* is anything)"),
            Some(mark) => return refused(&format!("{c}{mark}")),
        }
        rest = behind;
    }
    Ok(parts)
}

/// What stands in brackets, and what is behind them.
fn bracket(mut rest: &str) -> Option<(String, &str)> {
    let mut class = String::new();
    loop {
        if let Some((name, range)) = CLASSES.iter().find(|(name, _)| rest.starts_with(name)) {
            class.push_str(range);
            rest = &rest[name.len()..];
            continue;
        }
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            ']' if class.is_empty() => return None,
            ']' => return Some((class, rest)),
            '[' | '\\' | '!' | '^' => return None,
            c => class.push(c),
        }
    }
}

fn push(parts: &mut Vec<Part>, piece: &str) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push_str(piece),
        _ => parts.push(Part::Text(piece.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{File, Policy};
    use super::*;
    use crate::patterns::{EntityPattern, QualifiedName};

    /// What comes of a file, which has to be a policy.
    fn imported(text: &str) -> Imported {
        let imported = import(text);
        let file = File::parse(&imported.yaml).unwrap_or_else(|error| panic!("{error}\n{}", imported.yaml));
        Policy::new(&file, &|_| panic!("no lists"))
            .unwrap_or_else(|error| panic!("{error}\n{}", imported.yaml));
        imported
    }

    fn matches(expression: &str, name: &str) -> bool {
        let patterns = name_patterns(expression).unwrap();
        let name = QualifiedName::parse(name);
        patterns.iter().any(|text| EntityPattern::parse(text).unwrap().matches_name(&name))
    }

    #[test]
    fn expressions_match_what_they_did() {
        for (expression, yes, no) in [
            (
                "^shop_internal_",
                &["shop_internal_a", "shop_internal_"][..],
                &["my_shop_internal_a", "shop_a"][..],
            ),
            ("Private$", &["FooPrivate", "a::b::FooPrivate"], &["Private::x", "PrivateFoo"]),
            ("^a::detail::.*", &["a::detail::x", "a::detail::b::c"], &["b::a::detail::x", "a::x"]),
            (".*::detail::.*", &["a::detail::x", "a::b::detail::x"], &["a::details::x"]),
            ("^_?(XmRow|XmText)Part$", &["XmRowPart", "_XmTextPart"], &["XmRow", "aXmRowPart"]),
            ("^a.*z$", &["az", "abz", "ab::cz", "a::b::z"], &["ba::z", "a::zb"]),
            ("^(a|b)::v[[:digit:]]::x", &["a::v1::x", "b::v2::xy"], &["c::v1::x", "a::vx::x"]),
            ("foo", &["foo", "a::xfoox::b", "xfoo"], &["fo", "a::b"]),
        ] {
            for name in yes {
                assert!(matches(expression, name), "{expression} {name}: {:?}", name_patterns(expression));
            }
            for name in no {
                assert!(!matches(expression, name), "{expression} {name}: {:?}", name_patterns(expression));
            }
        }
        for expression in ["(ab)*", "a{2}", "[0-9]+x", "a(b", "b)", r"\w+", "a^b"] {
            assert!(name_patterns(expression).is_err(), "{expression}");
        }
        assert_eq!(globs(r"^libspdk_nvme\.so\.14.*$").unwrap(), ["libspdk_nvme.so.14*"]);
        assert_eq!(linkage_patterns("^_Z").unwrap(), ["_Z*"]);
    }

    #[test]
    fn sections_become_tiers_and_waivers() {
        let text = "# private\n[suppress_function]\n  label = not for programs\n  name_regexp = ^shop_internal_\n\n\
                    ; and this\n[suppress_type]\n  type_kind = struct\n  name = shop::Scratch\n  drop = yes\n\
                    [suppress_variable]\nsymbol_version_regexp = .*_PRIVATE$\n\
                    [suppress_function]\nsymbol_name = old_call\nsoname_regexp = ^libshop\\.so\nchange_kind = deleted-function\n\
                    [suppress_function]\nname_regexp = .*\nchange_kind = added-function\n\
                    [suppress_type]\nname_not_regexp = ^(bsoncxx|mongocxx)::v[[:digit:]]::\n\
                    [suppress_file]\nfile_name_regexp = ^libplugin\n";
        let imported = imported(text);
        assert_eq!(imported.left_out, []);
        let expected = "tiers:\n  # not for programs\n  - name: abignore-2\n    names: [\"shop_internal_*::**\"]\n    severity: note\n  \
                        - name: abignore-7\n    names: [\"shop::Scratch\"]\n    severity: ignore\n  \
                        - name: abignore-11\n    versions: [\"*_PRIVATE\"]\n    severity: note\n  \
                        - name: abignore-20\n    names: [\"**\"]\n    except: [\"bsoncxx::v{0,1,2,3,4,5,6,7,8,9}::**\", \"mongocxx::v{0,1,2,3,4,5,6,7,8,9}::**\"]\n    \
                        severity: note\n  - name: abignore-22\n    libraries: [\"libplugin*\"]\n    severity: ignore\n\
                        waivers:\n  - rule: symbol-removed\n    name: [\"old_call\"]\n    library: \"libshop.so*\"\n    \
                        reason: \"line 13 of the suppressions\"\n";
        assert_eq!(imported.yaml, expected);
    }

    #[test]
    fn what_would_hide_more_is_left_out_by_line() {
        for (text, line, why) in [
            (
                "[suppress_type]\nname = A\nhas_data_member_inserted_at = end\n",
                3,
                "has_data_member_inserted_at",
            ),
            (
                "[suppress_type]\nname = A\nhas_data_members_inserted_between = {{8, 24}, {32, 64}}\n",
                3,
                "a waiver accepts",
            ),
            (
                "[suppress_type]\ntype_kind = enum\nname = A\nchanged_enumerators = LAST, MAX\n",
                4,
                "sentinels",
            ),
            ("[suppress_type]\ntype_kind = struct\nname_regexp = Part$\n", 2, "other kinds"),
            ("[suppress_type]\nsource_location_not_regexp = ^include/\ndrop = yes\n", 2, "headers:"),
            ("[suppress_type]\nname = A\naccessed_through = pointer\n", 3, "pointers"),
            ("[suppress_type]\nname = app_opts\nsoname_regexp = ^libevent\\.so\n", 1, "--write-waivers"),
            ("[suppress_function]\nname = f\nparameter = '0 int\n", 3, "no equivalent"),
            ("[suppress_function]\nname = f\nchange_kind = function-subtype-change\n", 3, "all changes"),
            ("[suppress_function]\nname = f\nname_regexp = f\n", 3, "another condition"),
            ("[suppress_function]\nlabel = nothing\n", 1, "names nothing"),
            ("[suppress_everything]\n", 1, "no section"),
            ("name = x\n", 1, "before any section"),
            ("[suppress_function]\nname = f\nwhat\n", 3, "what has no equivalent"),
            ("[suppress_type]\nname_regexp = \\\n  (ab)*\n", 2, "repeated group"),
        ] {
            let imported = imported(text);
            let left = imported.left_out.first().unwrap_or_else(|| panic!("{text}"));
            assert!(left.line == line && left.why.contains(why), "{text}{left:?}");
            assert!(!imported.yaml.contains("severity"), "{text}{}", imported.yaml);
            assert!(imported.yaml.contains(&format!("# line {line}: left out")), "{}", imported.yaml);
        }
    }

    #[test]
    fn hostile_text_is_said_to_be_no_suppression() {
        for text in [
            "[",
            "[suppress_type",
            "=",
            "\\",
            "[suppress_type]\nname_regexp = ((((((((((((((((((((a",
            "\u{0}",
        ] {
            let _ = imported(text);
        }
        let bars = format!("[suppress_type]\nname_regexp = {}\n", "(a|b)".repeat(200));
        assert_eq!(imported(&bars).left_out.len(), 1);
        let nested = format!("[suppress_type]\nname_regexp = {}a{}\n", "(".repeat(500), ")".repeat(500));
        assert_eq!(imported(&nested).left_out.len(), 1);
    }
}
