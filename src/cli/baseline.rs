//! `abigate baseline`: releases that are kept.

use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;

use super::{Exit, Session, load};
use crate::abi::Platform;
use crate::store::{Entry, names};

/// Keep, list, check and remove baselines
#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  abigate baseline add torch-2.9.1.whl --release v2.9.1\n  abigate baseline list\n  abigate baseline verify"
)]
pub(super) enum Command {
    /// Dump a release into the store
    #[command(
        after_help = "Example:\n  abigate baseline add build/lib --release v1.2.0 --platform linux-x86_64"
    )]
    Add {
        /// Shared object, folder, wheel, package or dumps
        input: PathBuf,
        /// Name to keep it under
        #[arg(long, value_name = "NAME")]
        release: String,
        /// Platform and variant, such as linux-x86_64-cu126 [default: what the input says]
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
        /// Overwrite a stored release of that name
        #[arg(long)]
        replace: bool,
    },
    /// List stored releases
    #[command(after_help = "Example:\n  abigate baseline list")]
    List,
    /// Check that every stored file is as it was written
    #[command(after_help = "Example:\n  abigate baseline verify v2.9")]
    Verify {
        /// Only this release
        release: Option<String>,
    },
    /// Remove a stored release
    #[command(after_help = "Example:\n  abigate baseline remove v2.9.1 --platform linux-aarch64")]
    Remove {
        /// Its full name
        release: String,
        /// Only on this platform
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
    },
}

pub(super) fn run(session: &Session, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Add { input, release, platform, replace } => {
            let mut loaded = load::release(input)?;
            loaded.name.clone_from(release);
            if let Some(platform) = platform {
                loaded.platform = Platform::parse(platform);
            }
            let entry = session.store.add(&loaded, *replace)?;
            super::print(&format!("{}\n", line(session, &entry)?))?;
        }
        Command::List => {
            for entry in session.store.list()? {
                super::print(&format!("{}\n", line(session, &entry)?))?;
            }
        }
        Command::Verify { release } => {
            for entry in select(session, release.as_deref(), None)? {
                let files = session.store.verify(&entry)?;
                super::print(&format!("{entry}: {files} libraries are right\n"))?;
            }
        }
        Command::Remove { release, platform } => {
            for entry in select(session, Some(release), platform.as_deref())? {
                session.store.remove(&entry)?;
                super::print(&format!("{entry}: removed\n"))?;
            }
        }
    }
    Ok(Exit::Ok)
}

fn line(session: &Session, entry: &Entry) -> anyhow::Result<String> {
    let files = session.store.files(entry)?;
    let bytes: u64 = files.iter().map(|f| f.1).sum();
    Ok(format!(
        "{:<10} {:<22} {:>3} libraries {:>6} kB",
        entry.release,
        entry.platform.to_string(),
        files.len(),
        bytes / 1000
    ))
}

fn select(session: &Session, release: Option<&str>, platform: Option<&str>) -> anyhow::Result<Vec<Entry>> {
    let entries = session.store.list()?;
    let stored = names::releases(&entries);
    let wanted = match release {
        None => None,
        Some(name) => match stored.iter().find(|s| **s == name) {
            Some(found) => Some(*found),
            None => {
                let nearest = names::nearest(name, stored.iter().copied());
                let hint = if nearest.is_empty() {
                    String::new()
                } else {
                    format!("; did you mean {}?", nearest.join(" or "))
                };
                bail!("{name} is not in {}{hint}", session.store.root().display())
            }
        },
    };
    let platform = platform.map(Platform::parse);
    let fits = |e: &&Entry| {
        wanted.is_none_or(|w| e.release == w) && platform.as_ref().is_none_or(|p| e.platform == *p)
    };
    let chosen: Vec<Entry> = entries.iter().filter(fits).cloned().collect();
    if chosen.is_empty() {
        bail!("nothing is stored in {} that fits", session.store.root().display());
    }
    Ok(chosen)
}
