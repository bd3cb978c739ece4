//! `abigate explain`: the catalogue.

use anyhow::bail;
use clap::Args;

use super::Exit;
use crate::rules::{CATALOGUE, Rule};

/// Say what a rule means
#[derive(Args)]
#[command(after_help = "Examples:\n  abigate explain\n  abigate explain virtual-inserted")]
pub(super) struct Arguments {
    /// Id of the rule; all of them without
    rule: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(id) = &arguments.rule else {
        for entry in CATALOGUE {
            super::print(&format!("{:<30} {:<15} {}\n", entry.rule, entry.severity, entry.title))?;
        }
        return Ok(Exit::Ok);
    };
    let Some(rule) = Rule::from_id(id) else {
        let ids = CATALOGUE.iter().map(|e| e.rule.id());
        let nearest = crate::store::names::nearest(id, ids);
        let hint = if nearest.is_empty() {
            String::new()
        } else {
            format!("; did you mean {}?", nearest.join(" or "))
        };
        bail!("there is no rule {id}{hint}")
    };
    let e = rule.entry();
    super::print(&format!(
        "{} ({}, since {})\n{}\n\nWhen:   {}\nEffect: {}\nRemedy: {}\n",
        e.rule, e.severity, e.since, e.title, e.trigger, e.effect, e.remedy
    ))?;
    Ok(Exit::Ok)
}
