//! Consumers with what every system and the interpreter that they are for have.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::context::Context;
use super::progress::Progress;
use super::{check, load};
use crate::abi::{Library, Release};
use crate::consumers::{self, Impact, ProcessImage};
use crate::platform;
use crate::policy::Verdict;

/// Consumers of one machine, and what they are loaded with besides a release.
pub(super) struct Scene {
    pub(super) consumers: Vec<Release>,
    pub(super) system: Vec<Library>,
    python: Option<Library>,
}

impl Scene {
    /// The consumers that files hold.
    pub(super) fn of_files(files: &[String], context: &Context, progress: &Progress) -> Result<Scene> {
        let read = |file: &String| read(Path::new(file), context, progress);
        let consumers: Vec<Release> = files.par_iter().map(read).collect::<Result<_>>()?;
        let arch = consumers[0].machine().arch;
        if let Some(other) = consumers.iter().find(|consumer| consumer.machine().arch != arch) {
            bail!("{} is for {}, and {} for {arch}", other.name, other.machine().arch, consumers[0].name);
        }
        Scene::new(consumers, files, context)
    }

    /// Consumers of one machine, at least one. `names`: what they were called, which may say for which Python they are.
    pub(super) fn new(consumers: Vec<Release>, names: &[String], context: &Context) -> Result<Scene> {
        let arch = consumers[0].machine().arch;
        // Each may be for another Python: what it defines differs little, and the newest has the most.
        let python = consumers
            .iter()
            .zip(names)
            .find_map(|(consumer, name)| check::python(None, consumer, name, context).transpose())
            .transpose()?;
        Ok(Scene { system: platform::libraries(&arch, None).unwrap_or_default(), python, consumers })
    }

    /// A release with the consumers on it.
    pub(super) fn ground<'a>(&'a self, release: &'a Release, foreign: &[&str]) -> ProcessImage<'a> {
        ProcessImage::new(release, &self.system, self.python.as_ref(), &self.consumers, foreign)
    }

    /// What the step from one release to the other does to each consumer.
    pub(super) fn impacts(&self, old: &Release, new: &Release, verdict: &Verdict) -> Vec<Impact> {
        let foreign = consumers::foreign(&self.consumers, &[old, new], &self.system);
        let (before, after) = (self.ground(old, &foreign), self.ground(new, &foreign));
        let impact =
            |(at, consumer): (usize, &Release)| consumers::impact(consumer, at, &before, &after, verdict);
        self.consumers.par_iter().enumerate().map(impact).collect()
    }
}

/// The consumers that the policy names.
pub(super) fn named(context: &Context, progress: &Progress) -> Result<Vec<Release>> {
    let files = context.config.consumers()?;
    files.par_iter().map(|file| read(file, context, progress)).collect()
}

fn read(file: &Path, context: &Context, progress: &Progress) -> Result<Release> {
    let mut consumer = load::paths(&[PathBuf::from(file)], &context.of_consumers(), progress)?;
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
