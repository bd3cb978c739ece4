//! What can be done about a verdict that stops somebody: mend it, or have it accepted, in the words that do it.

use super::super::outline::Outline;
use crate::policy::{HowToAccept, Outcome, Verdict};
use crate::rules::Severity;

/// What a line begins with that is a command: it is not wrapped.
pub(crate) const COMMAND: &str = "  ";

/// A line for each way; none where nothing stops.
pub(crate) fn ways_out(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    if verdict.outcome == Outcome::Compatible {
        return lines;
    }
    // The rule that the report tells first.
    let outline = Outline::new(verdict);
    match outline.told().find(|group| group.severity >= Severity::Breaking).map(|group| group.rule) {
        Some(worst) => {
            // The page of the rule says more than its first sentence.
            let remedy = worst.entry().remedy;
            let first = remedy.split(". ").next().unwrap_or(remedy).trim_end_matches('.');
            lines.push(format!("To fix {}: {first}", worst));
        }
        None if !verdict.unmet.is_empty() => lines.push(
            "To fix it: give both releases what is required: build with -g, or name the public headers (headers: in abigate.yaml)"
                .to_owned(),
        ),
        None => {}
    }
    if verdict.outcome == Outcome::Breaking {
        lines.extend(verdict.accept.iter().flat_map(accept));
    }
    lines
}

/// Who accepts a break, and how.
fn accept(how: &HowToAccept) -> Vec<String> {
    let HowToAccept { label, is_advisory, waivers } = how;
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
    let how = verdict.accept.as_ref()?;
    Some(match &how.label {
        Some(label) => {
            format!("How to accept: the label {label}, put there by somebody else with write access")
        }
        None => format!("How to accept: {}", how.waivers),
    })
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
        assert!(accept_in_short(&verdict).is_some_and(|line| line.contains("the label abi-break-accepted")));
    }
}
