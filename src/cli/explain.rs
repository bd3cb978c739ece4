//! `abigate explain`: the catalogue of rules.

use anyhow::{Result, bail};

use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::report::style::{page, text_layout};
use crate::rules::acc_kinds::{self, Kind};
use crate::rules::{CATALOGUE, Entry, Rule};

/// Explain a rule and how to fix what it reports.
///
/// Without a rule: all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate explain signature-changed
  abigate explain Added_Virtual_Method     what abi-compliance-checker calls so
  abigate explain | grep vtable")]
pub(super) struct Explain {
    /// Id of the rule, as reports give it
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
}

pub(super) fn run(args: &Explain) -> Result<Exit> {
    let text = match (&args.rule, args.format) {
        (None, Form::Text) => table(),
        (None, Form::Json) => serde_json::to_string_pretty(CATALOGUE)? + "\n",
        (Some(id), Form::Text) => match acc_kinds::find(id) {
            Some(other) => kind(other),
            None => entry(find(id)?.entry()),
        },
        (Some(id), Form::Json) => serde_json::to_string_pretty(find(id)?.entry())? + "\n",
    };
    output::tell(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Fine)
}

/// What another tool's kind of change is called here.
fn kind(kind: &Kind) -> String {
    let ids: Vec<&str> = kind.rules.iter().map(|rule| rule.id()).collect();
    let told = match ids.is_empty() {
        true => "has no rule here".to_owned(),
        false => format!("is reported as {}", ids.join(" or ")),
    };
    let why = if kind.why.is_empty() { String::new() } else { format!(": {}", kind.why) };
    let sentence = format!("{} of abi-compliance-checker {told}{why}", kind.name);
    let mut text = text_layout::wrap(&sentence, output::text_width()).join("\n") + "\n";
    for rule in kind.rules {
        text += &format!("\n{}", entry(rule.entry()));
    }
    text
}

fn find(id: &str) -> Result<Rule> {
    if let Some(rule) = Rule::from_id(id) {
        return Ok(rule);
    }
    let mut ids: Vec<(usize, &str)> =
        CATALOGUE.iter().map(|e| (distance(id, e.rule.id()), e.rule.id())).collect();
    ids.sort();
    // Those that are about as near as the nearest one, if that is near at all.
    let most = ids.first().map_or(0, |nearest| (nearest.0 + 1).min(id.len() / 2));
    let nearest: Vec<&str> = ids.iter().filter(|(far, _)| *far <= most).take(3).map(|(_, id)| *id).collect();
    if nearest.is_empty() {
        bail!("there is no rule {id:?}; `abigate explain` lists them");
    }
    bail!("there is no rule {id:?}; did you mean {}?", nearest.join(" or "))
}

/// How far a mistyped id is from one that exists; part of an id is near, its start nearer.
fn distance(typed: &str, id: &str) -> usize {
    match id.find(typed) {
        Some(at) if typed.len() > 3 => at.min(1),
        _ => strsim::osa_distance(typed, id),
    }
}

fn table() -> String {
    let widest = CATALOGUE.iter().map(|e| e.rule.id().len()).max().unwrap_or(0);
    let mut text = String::new();
    for rules in CATALOGUE.chunk_by(|a, b| a.family == b.family) {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &format!("{}\n", rules[0].family.heading());
        for rule in rules {
            text += &format!("  {:widest$}  {:14}  {}\n", rule.rule, rule.severity, rule.title);
        }
    }
    text
}

/// The rule's page of the book.
fn entry(rule: &Entry) -> String {
    page::page(rule.page, output::text_width())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_ids_find_their_rule() {
        let error = |id: &str| find(id).unwrap_err().to_string();
        assert!(error("signature-change").contains("did you mean signature-changed"));
        assert!(error("sonmae-changed").contains("did you mean soname-changed"));
        assert!(error("vtable").contains("vtable-offset-changed or vtable-removed"));
        assert!(error("qqqqqqqq").contains("lists them"));
    }

    #[test]
    fn every_rule_is_in_the_table() {
        let text = table();
        assert!(CATALOGUE.iter().all(|e| text.contains(e.rule.id())));
        assert!(text.lines().all(|line| text_layout::columns(line) <= 100));
    }
}
