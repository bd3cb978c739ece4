//! Consumers with what every system and the interpreter that they are for have.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Error, Notice, Session, check, load};
use crate::abi::{Library, Release};
use crate::consumers::exposure::Exposures;
use crate::consumers::{self, Impact, ProcessImage};
use crate::platform;
use crate::policy::Verdict;
use crate::toolchain::Workplace;

type Result<T> = std::result::Result<T, Error>;

/// Consumers of one machine, and what they are loaded with besides a release.
#[derive(Debug)]
pub struct Environment {
    /// The consumers, at least one.
    pub consumers: Vec<Release>,
    /// What every system of their machine has.
    pub system: Vec<Library>,
    python: Option<Library>,
}

impl Environment {
    /// Consumers of one machine. `names`: what they were called, which may say for which Python they are.
    pub(super) fn new(consumers: Vec<Release>, names: &[String], session: &Session) -> Result<Environment> {
        let Some(first) = consumers.first() else { return Err(Error::NoConsumer) };
        let arch = first.machine().arch;
        if let Some(other) = consumers.iter().find(|consumer| consumer.machine().arch != arch) {
            let other = (other.name.clone(), other.machine().arch);
            return Err(Error::Machines { first: (first.name.clone(), arch), other });
        }
        // Each may be for another Python: what it defines differs little, and the newest has the most.
        let python = consumers
            .iter()
            .zip(names)
            .find_map(|(consumer, name)| check::python(None, consumer, name, session).transpose())
            .transpose()?;
        Ok(Environment { system: platform::libraries(&arch, None).unwrap_or_default(), python, consumers })
    }

    /// A release with the consumers on it.
    pub fn process_image<'a>(&'a self, release: &'a Release, foreign: &[&str]) -> ProcessImage<'a> {
        ProcessImage::new(release, &self.system, self.python.as_ref(), &self.consumers, foreign)
    }

    /// What the step from one release to the other does to each consumer.
    pub fn impacts(&self, old: &Release, new: &Release, verdict: &Verdict) -> Vec<Impact> {
        let foreign = consumers::foreign(&self.consumers, &[old, new], &self.system);
        let (before, after) = (self.process_image(old, &foreign), self.process_image(new, &foreign));
        let exposures = Exposures::new(old, verdict);
        let impact = |(at, consumer): (usize, &Release)| {
            consumers::impact(consumer, at, &before, &after, verdict, &exposures)
        };
        self.consumers.par_iter().enumerate().map(impact).collect()
    }
}

impl Session {
    /// Reads the consumers that files hold, all for one machine.
    ///
    /// # Errors
    /// A file cannot be read, there is none, or they are for different machines.
    pub fn environment(&self, files: &[String]) -> Result<Environment> {
        self.install(|| {
            let read = |file: &String| match read(Path::new(file), self) {
                Err(error) if is_no_consumer(&error) => Ok(Err(error.to_string())),
                found => found.map(|consumer| Ok((file.clone(), consumer))),
            };
            let all: Vec<std::result::Result<(String, Release), String>> =
                files.par_iter().map(read).collect::<Result<_>>()?;
            let (mut names, mut consumers, mut others) = (Vec::new(), Vec::new(), Vec::new());
            for one in all {
                match one {
                    Ok((file, consumer)) => {
                        names.push(file);
                        consumers.push(consumer);
                    }
                    Err(why) => others.push(why),
                }
            }
            if consumers.is_empty() && !others.is_empty() {
                return Err(Error::NoConsumers(others));
            }
            let arch = most_common(consumers.iter().map(|consumer| consumer.machine().arch));
            let mut of_all = names.into_iter().zip(consumers).collect::<Vec<_>>();
            of_all.retain(|(name, consumer)| {
                let own = consumer.machine().arch;
                if own != arch {
                    others.push(format!("{name}: it is for {own}, the others are for {arch}"));
                }
                own == arch
            });
            let (names, consumers): (Vec<String>, Vec<Release>) = of_all.into_iter().unzip();
            others.iter().for_each(|why| self.events.notice(&Notice::NotAConsumer { why }));
            Environment::new(consumers, &names, self)
        })
    }
}

/// Whether what was named is something else: no program, no library, and nothing that has any in it.
fn is_no_consumer(error: &Error) -> bool {
    use crate::artifact::Error as Artifact;
    match error {
        Error::NoSharedObject(_) => true,
        Error::Artifact(cause) => matches!(
            cause,
            Artifact::Unknown { .. }
                | Artifact::Empty { .. }
                | Artifact::NothingInFolder { .. }
                | Artifact::NothingInArchive { .. }
                | Artifact::NotAFile { .. }
        ),
        _ => false,
    }
}

/// The text that most are; of equally many the first.
fn most_common(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    let count = |text: &String| texts.iter().filter(|other| *other == text).count();
    texts.iter().rev().max_by_key(|text| count(text)).cloned().unwrap_or_default()
}

/// The consumers that the policy names.
pub(super) fn named(session: &Session) -> Result<Vec<Release>> {
    let is_at_commit = session.config.is_at_commit() && !session.config.written_consumers().is_empty();
    let scratch = is_at_commit.then(|| Workplace::create(&session.options.scratch)).transpose()?;
    let files = session.config.consumers(scratch.as_ref().map(Workplace::path))?;
    files.par_iter().map(|file| read(file, session)).collect()
}

fn read(file: &Path, session: &Session) -> Result<Release> {
    let mut consumer = load::paths(&[PathBuf::from(file)], &session.for_consumers())?;
    consumer.name = name(file, &consumer);
    Ok(consumer)
}

/// `torchvision 0.24.1` of a wheel or a list, else what the file is called.
fn name(file: &Path, consumer: &Release) -> String {
    let stem = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if stem.ends_with(".whl") {
        let mut parts = stem.split('-');
        if let (Some(project), Some(version)) = (parts.next(), parts.next()) {
            return format!("{project} {version}");
        }
    }
    match stem.ends_with(".abi.zst") || stem.ends_with(".abi") {
        true => consumer.name.clone(),
        false => stem,
    }
}
