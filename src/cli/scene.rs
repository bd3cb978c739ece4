//! Consumers with what every system and the interpreter that they are for have, and the verdict over releases that they make
//! with it.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::context::Context;
use super::progress::Progress;
use super::{check, load};
use crate::abi::{Library, Release};
use crate::consumers::{self, Ground, Impact, toll};
use crate::loader::platform;
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
        // Each may be for another Python: what it defines differs little, and the newest has the most.
        let python = consumers
            .iter()
            .zip(files)
            .find_map(|(consumer, file)| check::python(None, consumer, file, context).transpose())
            .transpose()?;
        Ok(Scene { system: platform::libraries(&arch, None).unwrap_or_default(), python, consumers })
    }

    /// Those of the consumers that the policy names that are for a machine; none: it names none of these.
    fn of_policy(arch: &str, context: &Context, progress: &Progress) -> Result<Option<Scene>> {
        let mut consumers = named(context, progress)?;
        consumers.retain(|consumer| consumer.machine().arch == arch);
        let Some(first) = consumers.first() else { return Ok(None) };
        let python = check::python(None, first, &first.name, context)?;
        Ok(Some(Scene { system: platform::libraries(arch, None).unwrap_or_default(), python, consumers }))
    }

    /// A release with the consumers on it.
    pub(super) fn ground<'a>(&'a self, release: &'a Release, foreign: &[&str]) -> Ground<'a> {
        Ground::new(release, &self.system, self.python.as_ref(), &self.consumers, foreign)
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

/// Writes into a verdict what it means to the consumers that the policy names.
pub(super) fn tell(
    verdict: &mut Verdict,
    (old, new): (&Release, &Release),
    context: &Context,
    progress: &Progress,
) -> Result<()> {
    if let Some(scene) = Scene::of_policy(&old.machine().arch, context, progress)? {
        let impacts = scene.impacts(old, new, verdict);
        toll::tell(verdict, &impacts);
    }
    Ok(())
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
