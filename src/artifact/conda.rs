//! Conda packages: a zip file of two tar files, or one tar file in the older generation.
//!
//! The older one is told from other tar files by its index, in `tarball`.

use super::member::{Member, Source};
use super::zipped::Zipped;
use super::{Artifact, Error, Kind, Limits, Opened, identity, tarball};

/// Where a package says what it is.
pub(super) const INDEX: &str = "info/index.json";

/// The two tar files of a package, if a zip file has them.
#[derive(Default)]
pub(super) struct Halves {
    package: Option<(String, Zipped)>,
    info: Option<(String, Zipped)>,
}

impl Halves {
    /// Where a file at the top of a zip file belongs.
    pub(super) fn slot(&mut self, name: &str) -> Option<&mut Option<(String, Zipped)>> {
        let is_tar = |rest: &str| [".tar.zst", ".tar.gz", ".tar.bz2"].iter().any(|end| rest.ends_with(end));
        match name.split_once('-') {
            Some(("pkg", rest)) if is_tar(rest) => Some(&mut self.package),
            Some(("info", rest)) if is_tar(rest) => Some(&mut self.info),
            _ => None,
        }
    }

    pub(super) fn complete(&self) -> bool {
        self.package.is_some() && self.info.is_some()
    }
}

pub(super) fn open(file: &Opened, halves: &Halves, limits: &Limits) -> Result<Artifact, Error> {
    let (info, package) = (member(file, halves.info.as_ref()), member(file, halves.package.as_ref()));
    let (Some(info), Some(package)) = (info, package) else {
        let what = "a conda package without one of its two halves";
        return Err(Error::Unsupported { file: file.label.to_string(), what });
    };
    for (name, half) in [&halves.info, &halves.package].into_iter().flatten() {
        half.check(limits, &file.label, name)?;
    }
    let label = tarball::within(&file.label, info.path());
    let paper = tarball::paper(&info.data()?, &label, INDEX, limits)?;
    let identity = paper.as_deref().and_then(identity::conda).unwrap_or_default();
    tarball::inside(file, (package.path(), &package.data()?), (Kind::Conda, identity), limits)
}

fn member(file: &Opened, half: Option<&(String, Zipped)>) -> Option<Member> {
    let (name, zipped) = half?;
    Some(Member::new(&file.label, name.clone(), zipped.size(), Source::Zipped(zipped.clone())))
}
