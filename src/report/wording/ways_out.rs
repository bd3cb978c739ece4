//! What can be done about a verdict that stops somebody: mend it, or have it accepted, in the words that do it.

use super::super::outline::Outline;
use crate::policy::{HowToAccept, Outcome, Verdict};
use crate::rules::{Rule, Severity};

/// What a line begins with that is a command: it is not wrapped.
pub(crate) const COMMAND: &str = "  ";

/// A line for each way; none where nothing stops.
pub(crate) fn ways_out(verdict: &Verdict) -> Vec<String> {
    remedy(verdict).into_iter().chain(acceptance(verdict)).collect()
}

/// The first sentence about how to fix what the report tells first.
fn remedy(verdict: &Verdict) -> Option<String> {
    if verdict.outcome == Outcome::Compatible {
        return None;
    }
    match worst(verdict) {
        Some((_, worst)) => Some(first_sentence(worst)),
        None => evidence(verdict),
    }
}

/// The rule that the report tells first, if it stops anybody.
fn worst(verdict: &Verdict) -> Option<(Severity, Rule)> {
    let outline = Outline::new(verdict);
    let worst = outline.told().find(|group| group.severity >= Severity::Breaking);
    worst.map(|group| (group.severity, group.rule))
}

/// The page of the rule says more.
fn first_sentence(rule: Rule) -> String {
    let remedy = rule.entry().remedy;
    let first = remedy.split(". ").next().unwrap_or(remedy).trim_end_matches('.');
    format!("To fix {rule}: {first}")
}

/// What to give where something could not be compared that has to be.
pub(crate) fn evidence(verdict: &Verdict) -> Option<String> {
    if let Some((Severity::CannotCertify, rule)) = worst(verdict) {
        return Some(first_sentence(rule));
    }
    let is_unmet = verdict.outcome == Outcome::CannotCertify && !verdict.unmet.is_empty();
    is_unmet.then(|| {
        "To fix it: give both releases what is required: build with -g, or name the public headers (headers: in abigate.yaml)"
            .to_owned()
    })
}

/// How to accept what breaks; where nothing is set up yet, how that is done.
pub(crate) fn acceptance(verdict: &Verdict) -> Vec<String> {
    match &verdict.accept {
        Some(how) if !how.is_set_up => {
            vec![
                "To check every change like this: abigate init, then abigate gate (abigate help start)"
                    .to_owned(),
            ]
        }
        Some(how) if verdict.outcome == Outcome::Breaking => accept(how),
        _ => Vec::new(),
    }
}

/// Who accepts a break, and how.
fn accept(how: &HowToAccept) -> Vec<String> {
    let HowToAccept { label, is_advisory, waivers, is_set_up: _ } = how;
    let mut lines = Vec::new();
    match label {
        Some(label) if *is_advisory => lines.push(format!("To accept it: set the label `{label}`")),
        Some(label) => lines.push(format!(
            "To accept it: somebody else with write access sets the label `{label}` (`{label}: NAME` for one library, rule or \
             name), or a code owner of abigate.yaml approves"
        )),
        None => {}
    }
    let by = match label {
        Some(_) if !is_advisory => {
            "Without a forge: first merge waivers into the target branch, as written by:"
        }
        _ => "To accept it for good: waivers in abigate.yaml, as written by:",
    };
    lines.push(by.to_owned());
    lines.push(format!("{COMMAND}{waivers}"));
    lines
}

/// The shortest way to accept, for a remark at a line.
pub(crate) fn accept_in_short(verdict: &Verdict) -> Option<String> {
    let how = verdict.accept.as_ref().filter(|how| how.is_set_up)?;
    Some(match &how.label {
        Some(label) if how.is_advisory => format!("How to accept: the label {label}"),
        Some(label) => {
            format!("How to accept: the label {label}, put there by somebody else with write access")
        }
        None => format!("How to accept: {}", how.waivers),
    })
}

/// The rules that stop, in the order in which they are told.
pub(crate) fn stopping(verdict: &Verdict) -> Vec<Rule> {
    let outline = Outline::new(verdict);
    let mut rules = Vec::new();
    for group in outline.told().filter(|group| group.severity >= Severity::Breaking) {
        if !rules.contains(&group.rule) {
            rules.push(group.rule);
        }
    }
    rules
}

/// A sentence of ours in a format's own form: what stands between backticks as `code` shows it, the rest as `text` does. A mark
/// without its other half is text.
pub(crate) fn with_code(line: &str, code: &dyn Fn(&str) -> String, text: &dyn Fn(&str) -> String) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(line);
    }
    let shown = |(at, part): (usize, &&str)| if at % 2 == 1 { code(part) } else { text(part) };
    parts.iter().enumerate().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn what_stops_says_how_to_go_on() {
        assert!(ways_out(&samples::unchanged()).is_empty());
        let verdict = samples::waived();
        let lines = ways_out(&verdict).join("\n");
        assert!(lines.starts_with("To fix ") && lines.contains("label `abi-break-accepted`"), "{lines}");
        assert!(lines.ends_with("--write-waivers='why'"), "{lines}");
        // Whoever compares two files for the first time has no policy for waivers.
        let mut first = samples::unchanged();
        let (label, waivers) = (None, String::new());
        first.accept = Some(HowToAccept { label, is_advisory: true, waivers, is_set_up: false });
        assert!(ways_out(&first).join("\n").contains("abigate init"));
        assert!(accept_in_short(&verdict).is_some_and(|line| line.contains("the label abi-break-accepted")));
    }
}
