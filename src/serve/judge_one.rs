//! What the child of [`super::child`] does: one comparison, by the same session as the command line, so that its reports are
//! byte for byte those of `abigate diff`. Nothing here is asynchronous, and nothing here knows the service.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use super::child::{Finding, Outcome, REPORTS, Task};
use crate::policy::{Date, HowToAccept, Verdict};
use crate::report::{self, Format};
use crate::rules::Severity;
use crate::session::{CONFIG_NAME, Options, Session, Silent};

/// Bytes of one file that it may write.
const LARGEST_FILE: u64 = 256 << 20;

/// Makes the comparison that a directory describes.
///
/// # Errors
/// The directory is not complete, or the releases in it cannot be compared.
pub(crate) fn run(directory: &Path) -> Result<()> {
    let task = fs::read(directory.join("task.json")).context("task.json")?;
    let task: Task = serde_json::from_slice(&task).context("task.json")?;
    limit(&task)?;
    // What somebody types who has the same store and policy: reports lead there.
    let command = format!("abigate diff {} {} --platform {}", task.old, task.new, task.platform);
    let mut verdict = verdict(directory, &task)?;
    let waivers = format!("{command} --write-waivers='why'");
    verdict.accept = Some(HowToAccept { label: None, is_advisory: true, waivers, is_set_up: true });
    let out = directory.join("out");
    fs::create_dir_all(&out)?;
    for (format, file) in REPORTS {
        let format = Format::ALL.into_iter().find(|known| known.name() == format).context("a format")?;
        let options = report::Options { command: command.clone(), ..report::Options::default() };
        let mut file = BufWriter::new(File::create(out.join(file))?);
        report::write(&verdict, format, &options, &mut file)?;
        file.flush()?;
    }
    // Whoever finds it finds the reports as well.
    let draft = out.join("outcome.tmp");
    fs::write(&draft, serde_json::to_vec(&outcome(&verdict))?)?;
    fs::rename(draft, out.join("outcome.json"))?;
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget(verdict);
    Ok(())
}

/// Takes no more than it may, and does not outlive who asked.
fn limit(task: &Task) -> Result<()> {
    let most = |most| Rlimit { current: Some(most), maximum: Some(most) };
    set_parent_process_death_signal(Some(Signal::KILL))?;
    setrlimit(Resource::As, most(task.memory)).context("memory limit")?;
    setrlimit(Resource::Cpu, most(task.seconds)).context("time limit")?;
    setrlimit(Resource::Fsize, most(LARGEST_FILE)).context("file limit")?;
    setrlimit(Resource::Core, most(0)).context("core limit")?;
    Ok(())
}

fn verdict(directory: &Path, task: &Task) -> Result<Verdict> {
    let mut options = Options::default();
    let config = directory.join(CONFIG_NAME);
    options.config = config.exists().then_some(config);
    options.directory = directory.to_owned();
    options.store = Some(directory.join("baselines").into());
    options.scratch = directory.to_owned();
    options.threads = 2;
    let session = Session::open(options, Arc::new(Silent))?;
    let (old, new) = session.load_pair([&task.old, &task.new], Some(&task.platform))?;
    let verdict = session.compare(&old, &new, Date::from_days(task.today))?;
    std::mem::forget((old, new));
    Ok(verdict)
}

fn outcome(verdict: &Verdict) -> Outcome {
    let counts = report::counts(verdict);
    let finding = |finding: &crate::policy::Finding| Finding {
        fingerprint: finding.id.clone(),
        rule: finding.change.rule.id().to_owned(),
        severity: finding.severity.to_string(),
        tier: finding.tier.name().to_owned(),
        name: report::safe::text(&finding.change.subject.name).into_owned(),
        is_root: finding.derived_from.is_none(),
    };
    Outcome {
        outcome: verdict.outcome.name().to_owned(),
        headline: report::headline(verdict),
        counts: counts
            .present()
            .into_iter()
            .map(|(severity, n): (Severity, usize)| (severity.to_string(), n))
            .collect(),
        findings: verdict.findings.iter().map(finding).collect(),
    }
}
