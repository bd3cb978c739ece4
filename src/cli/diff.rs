//! `abigate diff`: what the new release breaks.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::resolve::{self, Named};
use super::{Exit, Session, load};
use crate::abi::Release;
use crate::policy::{self, Verdict};
use crate::report::{self, TextOptions};
use crate::rules::Severity;

/// Say what the new release breaks
#[derive(Args)]
#[command(
    after_help = "Examples:\n  abigate diff v2.9 v2.10\n  abigate diff torch-2.5.1.whl torch-2.6.0.whl --format json -o report.json\n  abigate diff v2.10 build/lib --fail-on risky"
)]
pub(super) struct Arguments {
    /// Old release: a path, a stored release or a git revision
    old: String,
    /// New release
    new: String,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Everything, not a screenful
    #[arg(long)]
    full: bool,
    /// Exit with 1 from this severity on
    #[arg(long, value_enum, default_value_t = FailOn::Breaking)]
    fail_on: FailOn,
    /// Platform of stored releases, such as linux-aarch64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Breaking,
    Risky,
    Never,
}

pub(super) fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let (old, new) = releases(session, arguments)?;
    let verdict = policy::judge(crate::diff::compare(&old, &new), &old, &new);
    let text = match arguments.format {
        Format::Json => report::json(&verdict)?,
        Format::Text => report::text(&verdict, TextOptions { full: arguments.full, width: 100 }),
    };
    match &arguments.output {
        Some(path) => super::write_file(path, anstream::adapter::strip_str(&text).to_string().as_bytes())?,
        None => super::print(&text)?,
    }
    Ok(exit(&verdict, arguments.fail_on))
}

fn exit(verdict: &Verdict, fail_on: FailOn) -> Exit {
    let worst = |severity: Severity| verdict.findings.iter().any(|f| f.severity == severity);
    match fail_on {
        FailOn::Never => Exit::Ok,
        _ if worst(Severity::Breaking) => Exit::Findings,
        _ if worst(Severity::CannotCertify) => Exit::CannotCertify,
        FailOn::Risky if worst(Severity::Risky) => Exit::Findings,
        _ => Exit::Ok,
    }
}

fn releases(session: &Session, arguments: &Arguments) -> anyhow::Result<(Release, Release)> {
    let asked = arguments.platform.as_deref();
    let (old, new) = (resolve::name(session, &arguments.old)?, resolve::name(session, &arguments.new)?);
    let both = |old: anyhow::Result<Release>, new: anyhow::Result<Release>| Ok((old?, new?));
    match (&old, &new) {
        (Named::Path(old), Named::Path(new)) => {
            let (old, new) = rayon::join(|| load::release(old), || load::release(new));
            both(old, new)
        }
        (Named::Stored(old), Named::Stored(new)) => {
            let (platform, others) = resolve::shared_platform(session, asked, old, new)?;
            if !others.is_empty() {
                let others: Vec<String> = others.iter().map(ToString::to_string).collect();
                session.warn(&format!("comparing {platform}; --platform chooses {}", others.join(" or ")));
            }
            let find =
                |entries: &[crate::store::Entry]| entries.iter().find(|e| e.platform == platform).cloned();
            let load = |entries: &[crate::store::Entry]| match find(entries) {
                Some(entry) => session.store.load(&entry).map_err(Into::into),
                None => anyhow::bail!("{platform} is not stored"),
            };
            let (old, new) = rayon::join(|| load(old), || load(new));
            both(old, new)
        }
        (Named::Path(old), Named::Stored(new)) => {
            let old = load::release(old)?;
            let new = session.store.load(resolve::for_platform(asked, new, &old.platform)?)?;
            Ok((old, new))
        }
        (Named::Stored(old), Named::Path(new)) => {
            let new = load::release(new)?;
            let old = session.store.load(resolve::for_platform(asked, old, &new.platform)?)?;
            Ok((old, new))
        }
    }
}
