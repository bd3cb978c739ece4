//! A path to a release: opens it, reads every shared object or dump in it.

use std::path::Path;

use anyhow::Context as _;
use rayon::prelude::*;

use crate::abi::{Library, Platform, Release};
use crate::artifact::{self, Artifact, Kind, Limits, Member};
use crate::{binary, dump};

/// Reads what is at a path.
///
/// The release is named after the version that the artifact says it has, else after the file.
pub(super) fn release(path: &Path) -> anyhow::Result<Release> {
    let artifact = artifact::open(path, &Limits::default())?;
    let mut release = match artifact.kind {
        Kind::Dump => dumps(path, &artifact)?,
        _ => objects(path, &artifact)?,
    };
    if release.name.is_empty() {
        release.name = name(path, &artifact);
    }
    if release.platform.name.is_empty() {
        release.platform.name =
            artifact.identity.platform.clone().or_else(|| machine(&release)).unwrap_or_default();
    }
    release.platform.variant = release.platform.variant.or(artifact.identity.variant);
    release.libraries.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    Ok(release)
}

fn name(path: &Path, artifact: &Artifact) -> String {
    match &artifact.identity.version {
        Some(version) => format!("v{version}"),
        None => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    }
}

fn machine(release: &Release) -> Option<String> {
    release.libraries.first().map(|l| format!("linux-{}", l.machine.arch))
}

fn place(path: &Path, artifact: &Artifact, member: &Member) -> String {
    match artifact.kind {
        Kind::SharedObject => path.display().to_string(),
        _ => format!("{}: {}", path.display(), member.path()),
    }
}

fn objects(path: &Path, artifact: &Artifact) -> anyhow::Result<Release> {
    let libraries: Vec<Library> = artifact
        .members
        .par_iter()
        .map(|member| {
            let data = member.data()?;
            let mut library =
                binary::read(member.name(), &data).with_context(|| place(path, artifact, member))?;
            library.path = (artifact.kind != Kind::SharedObject).then(|| member.path().to_owned());
            Ok(library)
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Release { name: String::new(), platform: Platform::default(), libraries })
}

fn dumps(path: &Path, artifact: &Artifact) -> anyhow::Result<Release> {
    let dumps: Vec<Vec<dump::Dump>> = artifact
        .members
        .par_iter()
        .map(|member| dump::read(&member.data()?).with_context(|| place(path, artifact, member)))
        .collect::<anyhow::Result<_>>()?;
    let dumps: Vec<dump::Dump> = dumps.into_iter().flatten().collect();
    let first = dumps.first().context("the dump is empty")?;
    Ok(Release {
        name: first.release.clone().unwrap_or_default(),
        platform: first.platform.clone(),
        libraries: dumps.into_iter().map(|d| d.library).collect(),
    })
}
