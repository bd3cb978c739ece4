//! `abigate selftest --bypass`: what the author of a change can do to the gate that judges it, each tried in a repository of its
//! own with this very program, and what the repository that it is called in leaves open.
//!
//! - [`attacks`]: the table
//! - [`scratch`]: the repository that each is tried in
//! - [`fences`]: what only the repository's own files can stop

mod attacks;
mod fences;
mod scratch;

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::context::Context;
use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::report::safe;
use crate::report::style::text_layout::count;
use attacks::{ATTACKS, Attack};
use scratch::{Scratch, Template};

/// What came of an attack.
#[derive(Debug, Serialize)]
struct Row {
    attack: &'static str,
    /// The gate's exit code.
    exit: Option<i32>,
    /// It does not let the change pass.
    stopped: bool,
    /// The report says what was done.
    told: bool,
}

impl Row {
    fn of(attack: &Attack, exit: Option<i32>, said: &str) -> Row {
        let told = attack.told.iter().all(|word| said.contains(word))
            && attack.never.iter().all(|word| !said.contains(word));
        Row { attack: attack.name, exit, stopped: exit.is_some_and(|code| (1..=3).contains(&code)), told }
    }
}

#[derive(Serialize)]
struct Answers<'r> {
    attacks: &'r [Row],
    open: &'r [String],
}

pub(super) fn run(format: Form, context: &Context) -> Result<Exit> {
    let progress = context.progress();
    progress.say("trying to pass");
    let template = Template::new(&context.session.options().scratch)?;
    let mut rows = Vec::new();
    for attack in ATTACKS {
        let scratch = Scratch::new(&template)?;
        (attack.what)(&scratch)?;
        scratch.commit("Something harmless")?;
        let (exit, said) = scratch.gate(attack.arguments)?;
        rows.push(Row::of(attack, exit, &said));
    }
    let open = fences::open(Path::new("."), context.session.config());
    drop(progress);
    output::tell(|out| match format {
        Form::Json => {
            serde_json::to_writer_pretty(&mut *out, &Answers { attacks: &rows, open: &open })?;
            writeln!(out)
        }
        Form::Text => text(&rows, &open, out),
    })?;
    let is_safe = open.is_empty() && rows.iter().all(|row| row.stopped && row.told);
    Ok(if is_safe { Exit::Fine } else { Exit::Findings })
}

fn text(rows: &[Row], open: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "A change that breaks a library, and what its author does about the gate, in a scratch repository\n"
    )?;
    for row in rows {
        let answer = match (row.stopped, row.told) {
            (true, true) => "stopped",
            (true, false) => "UNSAID",
            (false, _) => "PASSES",
        };
        writeln!(out, "  {answer:8} {}", row.attack)?;
    }
    let stopped = rows.iter().filter(|row| row.stopped && row.told).count();
    writeln!(out, "\n{}: {stopped} stopped and reported", count(rows.len(), "attack"))?;
    match open {
        [] => writeln!(out, "This repository: its files leave nothing open that they can close"),
        open => {
            writeln!(out, "\nThis repository leaves open:")?;
            open.iter().try_for_each(|line| writeln!(out, "  - {}", safe::text(line)))
        }
    }
}
