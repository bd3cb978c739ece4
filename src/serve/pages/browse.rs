//! What there is: projects, the releases of one, what is in a snapshot.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Frame, Result, page};
use crate::dump;
use crate::remote::api::{ComparisonState, Kind, LibraryEntry, Snapshot, Trust, Visibility};
use crate::serve::State;
use crate::serve::auth::{Access, Actor};
use crate::serve::db::{comparisons, projects, snapshots};
use crate::serve::problem::Problem;

#[derive(Template)]
#[template(path = "projects.html", config = "src/serve/askama.toml")]
struct Projects {
    style: &'static str,
    engine: String,
    signed_in: bool,
    url: String,
    projects: Vec<ProjectLink>,
}

struct ProjectLink {
    slug: String,
    title: String,
    private: bool,
}

/// Projects that whoever asks may see; more than anybody reads are left to the API.
pub(super) async fn projects(Shared(state): Shared<State>, actor: Actor) -> Result<Response> {
    let found = projects::readable(&state.db, actor.tenant(), "", 1000).await?;
    let link = |project: projects::Project| ProjectLink {
        private: project.visibility == Visibility::Private,
        slug: project.slug,
        title: project.title,
    };
    let Frame { style, engine, signed_in } = Frame::new(&state, &actor);
    let projects =
        found.into_iter().filter(|project| actor.may(project, Access::Read).is_ok()).map(link).collect();
    Ok(page(StatusCode::OK, &Projects { style, engine, signed_in, url: state.public_url(), projects }))
}

#[derive(Template)]
#[template(path = "project.html", config = "src/serve/askama.toml")]
struct ProjectPage {
    style: &'static str,
    engine: String,
    signed_in: bool,
    url: String,
    slug: String,
    title: String,
    /// Newest first.
    releases: Vec<ReleaseRow>,
    /// Older releases, which are not shown.
    more: usize,
    names: Vec<String>,
    platforms: Vec<String>,
    newest: Option<String>,
    before: Option<String>,
    recent: Vec<Recent>,
    others: Vec<Snapshot>,
}

struct ReleaseRow {
    name: String,
    platforms: Vec<PlatformLink>,
    /// The release before it that has a platform in common, and that platform.
    before: Option<String>,
    platform: String,
}

struct PlatformLink {
    id: String,
    name: String,
}

struct Recent {
    id: String,
    class: &'static str,
    headline: String,
}

/// How much of a project.
#[derive(Debug, Deserialize)]
pub(super) struct HowMuch {
    /// All releases instead of the newest.
    all: Option<String>,
}

/// Releases that a page has a row for, unless all are asked for.
const NEWEST: usize = 40;

/// Releases behind the last row, among which the one before it is looked for.
const BEHIND: usize = 10;

/// A project: its releases, and what was compared last.
pub(super) async fn project(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    Query(how): Query<HowMuch>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let all = usize::try_from(snapshots::count_releases(&state.db, &project.id).await?).unwrap_or(usize::MAX);
    let shown = if how.all.is_some() { all } else { all.min(NEWEST) };
    let wanted = i64::try_from(shown.saturating_add(BEHIND)).unwrap_or(i64::MAX);
    let releases = snapshots::newest_releases(&state.db, &project.id, wanted).await?;
    let mut releases = rows(releases.into_iter().map(|snapshot| snapshot.shown));
    releases.truncate(shown);
    let others = snapshots::builds(&state.db, &project.id, 20).await?;
    let mut platforms: Vec<String> =
        releases.iter().flat_map(|row| row.platforms.iter().map(|platform| platform.name.clone())).collect();
    platforms.sort();
    platforms.dedup();
    let recent = comparisons::newest(&state.db, &project.id, 10).await?;
    let recent = recent.into_iter().filter(|one| one.state == ComparisonState::Done).map(|one| Recent {
        class: super::compared::look(one.outcome.as_deref()).0,
        headline: one.headline.unwrap_or_default(),
        id: one.id,
    });
    let Frame { style, engine, signed_in } = Frame::new(&state, &actor);
    let names: Vec<String> = releases.iter().map(|row| row.name.clone()).collect();
    Ok(page(
        StatusCode::OK,
        &ProjectPage {
            style,
            engine,
            signed_in,
            url: state.public_url(),
            slug: project.slug,
            title: project.title,
            newest: names.first().cloned(),
            before: names.get(1).cloned(),
            names,
            platforms,
            recent: recent.collect(),
            others: others.into_iter().map(|snapshot| snapshot.shown).collect(),
            more: all.saturating_sub(releases.len()),
            releases,
        },
    ))
}

/// A row for each release, from snapshots in whose order those of one release follow each other.
fn rows(snapshots: impl Iterator<Item = Snapshot>) -> Vec<ReleaseRow> {
    let mut names: Vec<(String, Vec<PlatformLink>)> = Vec::new();
    for snapshot in snapshots {
        let link = PlatformLink { id: snapshot.id, name: snapshot.platform };
        match names.last_mut() {
            Some((name, platforms)) if *name == snapshot.name => platforms.push(link),
            _ => names.push((snapshot.name, vec![link])),
        }
    }
    let common = |at: usize| {
        let own = &names.get(at)?.1;
        names.iter().skip(at + 1).find_map(|(name, others)| {
            let both = own.iter().find(|own| others.iter().any(|other| other.name == own.name))?;
            Some((name.clone(), both.name.clone()))
        })
    };
    let before: Vec<Option<(String, String)>> = (0..names.len()).map(common).collect();
    let row = |(name, platforms): (String, Vec<PlatformLink>), before: Option<(String, String)>| {
        let (before, platform) =
            before.map_or((None, String::new()), |(name, platform)| (Some(name), platform));
        ReleaseRow { name, platforms, before, platform }
    };
    names.into_iter().zip(before).map(|(release, before)| row(release, before)).collect()
}

#[derive(Template)]
#[template(path = "snapshot.html", config = "src/serve/askama.toml")]
struct SnapshotPage {
    style: &'static str,
    engine: String,
    signed_in: bool,
    slug: String,
    trust: &'static str,
    sealed: String,
    size: String,
    before: Option<String>,
    libraries: Vec<LibraryRow>,
    snapshot: Snapshot,
}

struct LibraryRow {
    name: String,
    file: String,
    producer: String,
    size: String,
}

/// What is in a snapshot.
pub(super) async fn snapshot(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, snapshot)): Path<(String, String)>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let found = snapshots::by_id(&state.db, &project.id, &snapshot).await?;
    let snapshot = found.ok_or_else(|| Problem::not_found("snapshot"))?.shown;
    let libraries = snapshots::libraries(&state.db, &snapshot.id).await?;
    let before = before(&state, &project.id, &snapshot).await?;
    let Frame { style, engine, signed_in } = Frame::new(&state, &actor);
    let shown = SnapshotPage {
        style,
        engine,
        signed_in,
        slug: project.slug,
        trust: match snapshot.trust {
            Trust::Release => "published as a release",
            Trust::Trusted => "built from a commit that is merged",
            Trust::Claimed => "a claim: whoever proposed the change built it",
        },
        sealed: moment(snapshot.sealed_at),
        size: bytes(snapshot.size),
        before,
        libraries: libraries.iter().map(library).collect(),
        snapshot,
    };
    Ok(page(StatusCode::OK, &shown))
}

/// The release before one on its platform.
async fn before(state: &State, project: &str, snapshot: &Snapshot) -> Result<Option<String>> {
    if snapshot.kind != Kind::Release {
        return Ok(None);
    }
    Ok(snapshots::release_before(&state.db, project, snapshot).await?)
}

fn library(entry: &LibraryEntry) -> LibraryRow {
    let dump = dump::read_header(&entry.header).ok().flatten().unwrap_or_default();
    let producer = dump.library.producers.first().cloned().unwrap_or_default();
    LibraryRow { name: dump.library.name, file: entry.file.clone(), producer, size: bytes(entry.size) }
}

/// Bytes as people read them.
fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", n / 1_000),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// A moment as a day and a time in Greenwich.
fn moment(milliseconds: i64) -> String {
    let seconds = milliseconds.div_euclid(1000);
    let day = i32::try_from(seconds.div_euclid(86_400)).unwrap_or(i32::MAX);
    let of_day = seconds.rem_euclid(86_400);
    format!("{} {:02}:{:02} UTC", crate::policy::Date::from_days(day), of_day / 3600, of_day % 3600 / 60)
}
