//! Which consumers break: between two releases, and over all that are stored.

use rayon::prelude::*;

use super::{Environment, Error, Phase, Session};
use crate::abi::Release;
use crate::consumers::range::Range;
use crate::consumers::{self, Impact};
use crate::policy::{Date, JudgeContext};

/// What the step from one release to another does to consumers.
#[derive(Debug)]
pub struct Impacts {
    /// The release that they were built against.
    pub old: Release,
    /// The one that they run on.
    pub new: Release,
    /// One for each consumer.
    pub impacts: Vec<Impact>,
}

/// With which stored releases consumers load.
#[derive(Debug)]
pub struct Ranges {
    /// Names of the releases, oldest first.
    pub names: Vec<String>,
    /// What was read of them.
    pub releases: Vec<Release>,
    /// One for each consumer.
    pub ranges: Vec<Range>,
}

impl Session {
    /// What the step from one release to another does to the consumers that files hold. `platform`: of stored releases; none
    /// for the consumers' own.
    ///
    /// # Errors
    /// Something cannot be read, or the policy has a mistake.
    pub fn consumer_impacts(
        &self,
        names: [&str; 2],
        files: &[String],
        platform: Option<&str>,
        today: Date,
    ) -> Result<Impacts, Error> {
        let policy = self.policy()?;
        let environment = self.environment(files)?;
        let platform = platform.map(str::to_owned).or_else(|| platform_of(&environment));
        let (old, new) = self.load_pair(names, platform.as_deref())?;
        let context = JudgeContext { file: self.config.file_name(), ..JudgeContext::of(&old, &new, today) };
        let verdict = self.judge_under(&old, &new, &policy, &context)?;
        self.events.phase(Phase::Loading);
        let impacts = self.install(|| environment.impacts(&old, &new, &verdict));
        Ok(Impacts { old, new, impacts })
    }

    /// With which stored releases the consumers that files hold load. `platform`: of the releases; none for the consumers'
    /// own.
    ///
    /// # Errors
    /// Something cannot be read.
    pub fn consumer_ranges(&self, files: &[String], platform: Option<&str>) -> Result<Ranges, Error> {
        let environment = self.environment(files)?;
        let platform = platform.map(str::to_owned).or_else(|| platform_of(&environment));
        let entries = self.stored_history(platform.as_deref())?;
        self.install(|| {
            let load = |entry| self.store.load_linkage(entry);
            let releases: Vec<Release> = entries.par_iter().map(load).collect::<Result<_, _>>()?;
            let all: Vec<&Release> = releases.iter().collect();
            let foreign = consumers::foreign(&environment.consumers, &all, &environment.system);
            let missing = |release: &Release| -> Vec<Vec<consumers::Missing>> {
                let image = environment.process_image(release, &foreign);
                (0..environment.consumers.len()).into_par_iter().map(|at| image.missing(at)).collect()
            };
            let by_release: Vec<Vec<Vec<consumers::Missing>>> = releases.par_iter().map(missing).collect();
            let ranges = environment.consumers.iter().enumerate().map(|(at, consumer)| Range {
                consumer: consumer.name.clone(),
                releases: by_release.iter().map(|of_release| of_release[at].clone()).collect(),
            });
            let ranges = ranges.collect();
            let names = entries.iter().map(|entry| entry.release.clone()).collect();
            Ok(Ranges { names, releases, ranges })
        })
    }
}

/// The platform that the consumers are for, where they say one.
fn platform_of(environment: &Environment) -> Option<String> {
    let consumer = environment.consumers.first();
    let arch = consumer.map(|consumer| consumer.machine().arch).filter(|arch| !arch.is_empty())?;
    Some(format!("linux-{arch}"))
}
