//! Uploads: what is announced, what is missing of it, the facts themselves, and the seal.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::dump;
use crate::hex::sha256;
use crate::remote::api::{Kind, LibraryEntry, Problem as Shown, Upload, UploadRequest, UploadState};
use crate::serve::State;
use crate::serve::auth::{Access, Actor};
use crate::serve::blobs::check_facts;
use crate::serve::db::projects::{self, Project};
use crate::serve::db::{audit, blobs, now, snapshots, uploads};
use crate::serve::problem::{Json, Path, Problem, Result};
use crate::store;

/// Bytes of a header line; the longest real one has some 3 kB.
const LONGEST_HEADER: usize = 256 << 10;

/// Announces a snapshot. Who announces the same again gets the same upload, and goes on with it.
#[utoipa::path(post, path = "/projects/{project}/uploads", request_body = UploadRequest, security(("token" = [])),
    params(("project" = String, Path)),
    responses((status = 200, body = Upload, description = "It was announced before."), (status = 201, body = Upload),
        (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown),
        (status = 409, body = Shown), (status = 413, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn create(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    Json(mut request): Json<UploadRequest>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Push(request.kind)).await?;
    check(&state, &actor, &request)?;
    request.libraries.sort_by(|a, b| a.file.cmp(&b.file));
    let trust = actor.trust(request.kind);
    let text = serde_json::to_string(&request).map_err(|error| Problem::invalid(error.to_string()))?;
    let digest = sha256(&text);
    let missing = missing(&state, &project, &request).await?;
    let what = (request.kind, &*request.name);
    if let Some(there) = snapshots::named(&state.db, &project.id, what, &request.platform, trust).await? {
        if snapshots::libraries(&state.db, &there.shown.id).await? != request.libraries {
            let (kind, name, platform) = (request.kind, &request.name, &request.platform);
            return Err(Problem::conflict(format!(
                "{kind} {name} is stored for {platform} with other libraries, and a snapshot never changes"
            )));
        }
        let (id, expires_at) = (String::new(), now());
        let upload = Upload {
            id,
            state: UploadState::Sealed,
            missing: vec![],
            expires_at,
            snapshot: Some(there.shown.id),
        };
        return Ok((StatusCode::OK, axum::Json(upload)).into_response());
    }
    if let Some(open) = uploads::same(&state.db, &project.id, &digest, trust).await? {
        let upload = Upload {
            id: open.id,
            state: UploadState::Open,
            missing,
            expires_at: open.expires_at,
            snapshot: None,
        };
        return Ok((StatusCode::OK, axum::Json(upload)).into_response());
    }
    let expires_at = now() + i64::from(state.config.upload.hours) * 60 * 60 * 1000;
    let mut tx = state.db.begin().await?;
    let id = uploads::insert(&mut tx, &project.id, (&text, &digest), trust, actor.provenance(), expires_at)
        .await?;
    tx.commit().await?;
    let upload = Upload { id, state: UploadState::Open, missing, expires_at, snapshot: None };
    Ok((StatusCode::CREATED, axum::Json(upload)).into_response())
}

/// Facts of an announcement that the organisation has not sent yet, each once.
async fn missing(state: &State, project: &Project, request: &UploadRequest) -> Result<Vec<String>> {
    let all: BTreeSet<&String> = request.libraries.iter().map(|library| &library.facts).collect();
    let mut missing = Vec::new();
    for sha256 in all {
        if !blobs::has(&state.db, &project.tenant, sha256).await? {
            missing.push(sha256.clone());
        }
    }
    Ok(missing)
}

/// Whether what is announced can be a snapshot.
fn check(state: &State, actor: &Actor, request: &UploadRequest) -> Result<()> {
    let limits = &state.config.upload;
    let name = store::check_release_name(&request.name).and_then(|()| store::check_name(&request.platform));
    name.map_err(|error| Problem::invalid(error.to_string()))?;
    if request.libraries.is_empty() || request.libraries.len() > limits.libraries {
        return Err(Problem::invalid(format!("an upload has from 1 to {} libraries", limits.libraries)));
    }
    let size: u128 = request.libraries.iter().map(|library| u128::from(library.size)).sum();
    if size > u128::from(limits.facts_mb << 20) {
        return Err(Problem::too_large(format!("an upload has at most {} MB of facts", limits.facts_mb)));
    }
    let mut files = BTreeSet::new();
    for library in &request.libraries {
        if !files.insert(&library.file) {
            return Err(Problem::invalid(format!("{} is announced twice", library.file)));
        }
        check_library(library, request)
            .map_err(|what| Problem::invalid(format!("{}: {what}", library.file)))?;
    }
    for commit in [&request.commit, &request.base_commit].into_iter().flatten() {
        if !(7..=64).contains(&commit.len()) || !commit.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Problem::invalid("a commit is its hash in hexadecimal"));
        }
    }
    said_by_forge(actor, request)
}

/// A token that was exchanged for a commit's is for that commit.
fn said_by_forge(actor: &Actor, request: &UploadRequest) -> Result<()> {
    let Some(provenance) = actor.provenance() else { return Ok(()) };
    let provenance: serde_json::Value = serde_json::from_str(provenance).unwrap_or_default();
    let sha = provenance.get("sha").and_then(|sha| sha.as_str()).unwrap_or_default();
    let built = request.commit.as_deref();
    // A change is built from a merge that its forge makes, so that its commit is another one.
    if request.kind == Kind::Pull || built.is_none_or(|built| built == sha) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("the token is for the commit {sha}")))
}

fn check_library(library: &LibraryEntry, request: &UploadRequest) -> std::result::Result<(), String> {
    store::check_name(&library.file).map_err(|error| error.to_string())?;
    if library.facts.len() != 64
        || !library.facts.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err("facts is not a SHA-256 in small hexadecimal digits".to_owned());
    }
    if library.header.len() > LONGEST_HEADER || library.header.contains(['\n', '\r']) {
        return Err("the header is not one line of at most 256 KiB".to_owned());
    }
    // What reads dumps reads this one as well.
    let dump = dump::read_header(&library.header).map_err(|error| format!("header: {error}"))?;
    let dump = dump.ok_or("the header is not that of one library")?;
    if dump.release.as_deref() != Some(&*request.name) || dump.platform.to_string() != request.platform {
        return Err(format!(
            "the header is of another release or platform than {} {}",
            request.name, request.platform
        ));
    }
    Ok(())
}

/// An upload of a project that whoever asks may push to.
async fn find(state: &State, actor: &Actor, id: &str) -> Result<(uploads::Upload, Project, UploadRequest)> {
    let gone = || Problem::not_found("upload");
    let upload = uploads::by_id(&state.db, id).await?.ok_or_else(gone)?;
    let project = projects::by_id(&state.db, &upload.project).await?.ok_or_else(gone)?;
    // Who may only read the project may not know of its uploads.
    actor.may(&project, Access::PushSome).map_err(|_| gone())?;
    let request = serde_json::from_str(&upload.request).map_err(|_| gone())?;
    Ok((upload, project, request))
}

/// An upload, and what is still missing of it.
#[utoipa::path(get, path = "/uploads/{upload}", security(("token" = [])), params(("upload" = String, Path)),
    responses((status = 200, body = Upload), (status = 404, body = Shown)))]
pub(super) async fn show(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(upload): Path<String>,
) -> Result<axum::Json<Upload>> {
    let (upload, project, request) = find(&state, &actor, &upload).await?;
    let uploads::Upload { id, snapshot, expires_at, .. } = upload;
    let (stands, missing) = match snapshot {
        Some(_) => (UploadState::Sealed, Vec::new()),
        None => (UploadState::Open, missing(&state, &project, &request).await?),
    };
    Ok(axum::Json(Upload { id, state: stands, missing, expires_at, snapshot }))
}

/// Facts of a library, under zstd. Nothing is kept that is not what was announced.
#[utoipa::path(put, path = "/uploads/{upload}/facts/{sha256}", security(("token" = [])),
    params(("upload" = String, Path), ("sha256" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/zstd"),
    responses((status = 204), (status = 404, body = Shown), (status = 413, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn put_facts(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((upload, sha256)): Path<(String, String)>,
    body: std::result::Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<StatusCode> {
    let (upload, project, request) = find(&state, &actor, &upload).await?;
    if upload.snapshot.is_some() {
        return Err(Problem::conflict("the upload is sealed"));
    }
    let announced = request.libraries.iter().find(|library| library.facts == sha256);
    let size = announced.ok_or_else(|| Problem::invalid("these facts were not announced"))?.size;
    let most = state.config.upload.packed_mb;
    let body = body.map_err(|_| Problem::too_large(format!("packed facts have at most {most} MB")))?;
    if blobs::has(&state.db, &project.tenant, &sha256).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (allowed, used) = projects::quota(&state.db, &project.tenant).await?;
    let stored = i64::try_from(body.len()).unwrap_or(i64::MAX);
    if used.saturating_add(stored) > allowed {
        return Err(Problem::too_large(format!("the organisation may store {} MB, and does", allowed >> 20)));
    }
    let (data, sum) = (body.clone(), sha256.clone());
    let checked = tokio::task::spawn_blocking(move || check_facts(&data, &sum, size)).await;
    checked
        .map_err(|error| Problem::malformed(error.to_string()))?
        .map_err(|refused| Problem::invalid(refused.to_string()))?;
    // Whoever else has sent them has sent the same; packed otherwise, perhaps, and then theirs stay.
    if blobs::stored(&state.db, &sha256).await?.is_none() {
        state.blobs.put_facts(&sha256, body).await?;
    }
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let mut tx = state.db.begin().await?;
    blobs::insert(&mut tx, &project.tenant, &sha256, size, stored).await?;
    tx.commit().await?;
    metrics::counter!("abigate_facts_stored_total").increment(1);
    Ok(StatusCode::NO_CONTENT)
}

/// Makes an upload a snapshot. Sealing it twice is sealing it once.
#[utoipa::path(post, path = "/uploads/{upload}/seal", security(("token" = [])), params(("upload" = String, Path)),
    responses((status = 200, body = Upload), (status = 404, body = Shown), (status = 409, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn seal(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(upload): Path<String>,
) -> Result<axum::Json<Upload>> {
    let (upload, project, request) = find(&state, &actor, &upload).await?;
    let sealed = |snapshot| Upload {
        id: upload.id.clone(),
        state: UploadState::Sealed,
        missing: Vec::new(),
        expires_at: upload.expires_at,
        snapshot: Some(snapshot),
    };
    if let Some(snapshot) = upload.snapshot.clone() {
        return Ok(axum::Json(sealed(snapshot)));
    }
    let mut tx = state.db.begin().await?;
    for library in &request.libraries {
        match blobs::size(&mut tx, &project.tenant, &library.facts).await? {
            None => {
                return Err(Problem::conflict(format!("the facts of {} are still missing", library.file)));
            }
            Some(size) if u64::try_from(size) != Ok(library.size) => {
                return Err(Problem::invalid(format!("the facts of {} have {size} bytes", library.file)));
            }
            Some(_) => {}
        }
    }
    let provenance = upload.provenance.as_deref();
    let snapshot = match snapshots::insert(&mut tx, &project.id, &request, upload.trust, provenance).await {
        Err(error) if error.is_duplicate() => {
            return Err(Problem::conflict("somebody else has sealed a snapshot of this name"));
        }
        inserted => inserted?,
    };
    if !uploads::seal(&mut tx, &upload.id, &snapshot).await? {
        return Err(Problem::conflict("somebody else has sealed this upload: ask for it again"));
    }
    let what = json!({
        "project": project.slug, "snapshot": snapshot, "kind": request.kind, "name": request.name,
        "platform": request.platform, "trust": upload.trust,
    });
    audit::append(&mut tx, &actor.name(), "snapshot.seal", &what).await?;
    tx.commit().await?;
    metrics::counter!("abigate_snapshots_sealed_total").increment(1);
    Ok(axum::Json(sealed(snapshot)))
}
