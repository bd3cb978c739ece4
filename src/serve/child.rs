//! The process that makes one comparison: `abigate judge-one DIR`. It reads what strangers sent, so it has an empty
//! environment, a directory of its own, and limits; whatever becomes of it, the service goes on.
//!
//! [`Task`] and [`Outcome`] are what parent and child tell each other, in files of that directory:
//!
//! | path | what |
//! |---|---|
//! | `task.json` | the task |
//! | `abigate.yaml` and what it names | the policy, if there is one |
//! | `baselines/RELEASE/PLATFORM/` | both releases, as in any store |
//! | `out/` | the reports, and `outcome.json`, which is written last |

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::config::ComparisonLimits;

/// What is asked of the child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task {
    /// Name of the old release.
    pub(super) old: String,
    /// Name of the new one.
    pub(super) new: String,
    /// Their platform.
    pub(super) platform: String,
    /// The day on which waivers are judged, in days since 1970.
    pub(super) today: i32,
    /// Bytes of address space.
    pub(super) memory: u64,
    /// Seconds of processor time.
    pub(super) seconds: u64,
}

/// What the child says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// In a word: `compatible`, `breaking`, `inconclusive`.
    pub(super) outcome: String,
    /// In a line.
    pub(super) headline: String,
    /// Roots by severity, in the tiers that may stop somebody.
    pub(super) counts: Vec<(String, usize)>,
    /// All findings.
    pub(super) findings: Vec<Finding>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Finding {
    /// What waivers call it.
    pub(super) fingerprint: String,
    /// Its rule.
    pub(super) rule: String,
    /// How bad it is.
    pub(super) severity: String,
    /// Which tier it is in.
    pub(super) tier: String,
    /// What changed.
    pub(super) name: String,
    /// Whether it is a root cause.
    pub(super) is_root: bool,
}

/// Formats of reports, with the names of their files.
pub(super) const REPORTS: [(&str, &str); 4] =
    [("json", "report.json"), ("html", "report.html"), ("text", "report.txt"), ("markdown", "report.md")];

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The input cannot be compared; it would be the same the next time.
    #[error("{0}")]
    Input(String),
    /// The process died, or took too much; the next time it may not.
    #[error("{0}")]
    Died(String),
    /// The service stops.
    #[error("the service is stopping")]
    Stopping,
    /// The process could not be started or read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Bytes of standard error that are kept.
const LONGEST_REASON: u64 = 2000;

/// How long what is being done may go on when the service stops.
const GRACE: Duration = Duration::from_secs(10);

/// Runs a child in a directory that is prepared, to its end.
pub(super) async fn run(
    directory: &Path,
    limits: &ComparisonLimits,
    stop: &CancellationToken,
) -> Result<Outcome, Error> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("judge-one")
        .arg(directory)
        .current_dir(directory)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stderr = child.stderr.take();
    let reason = tokio::spawn(async move {
        let mut text = Vec::new();
        if let Some(stderr) = stderr {
            // What comes after that is of no interest, and the child is not kept waiting for a reader: it gets EPIPE.
            let _ = stderr.take(LONGEST_REASON).read_to_end(&mut text).await;
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let too_long = tokio::time::sleep(Duration::from_secs(limits.seconds));
    let status = tokio::select! {
        status = child.wait() => status?,
        () = too_long => {
            child.kill().await?;
            return Err(Error::Died(format!("it took longer than {} s", limits.seconds)));
        }
        () = after(stop, GRACE) => {
            child.kill().await?;
            return Err(Error::Stopping);
        }
    };
    let reason = reason.await.unwrap_or_default();
    match status.code() {
        Some(0) => {
            let text = tokio::fs::read(directory.join("out/outcome.json")).await?;
            serde_json::from_slice(&text).map_err(|error| Error::Died(error.to_string()))
        }
        Some(2) => Err(Error::Input(reason.trim().trim_start_matches("abigate: ").to_owned())),
        _ => Err(Error::Died(format!("its process ended with {status}; {}", reason.trim()))),
    }
}

async fn after(stop: &CancellationToken, while_: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(while_).await;
}
