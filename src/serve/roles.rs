//! Starting and stopping: which parts run in this process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::auth::issuer_keys::IssuerKeys;
use super::auth::secret;
use super::blobs::Blobs;
use super::config::{Config, Database, Objects};
use super::db::tokens::{self, ApiToken, Login};
use super::db::{Db, Tx, audit, migrate, new_id, now, projects};
use super::{State, http, queue, sweep, telemetry, work_directory};
use crate::remote::api::Scope;

/// Which parts run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Everything, in one process
    All,
    /// The API and the pages
    Web,
    /// Comparisons
    Worker,
    /// Nothing: the database is brought up to date
    Migrate,
}

/// The organisation that is there from the start.
const FIRST_TENANT: &str = "main";

/// How long the first token and the first link are good, in milliseconds.
const FIRST_TOKEN: i64 = 366 * 24 * 60 * 60 * 1000;
const FIRST_LINK: i64 = 24 * 60 * 60 * 1000;

/// How long what runs may take to end.
const GRACE: Duration = Duration::from_secs(15);

/// Runs the service until somebody stops it.
///
/// # Errors
/// It cannot start.
pub(crate) fn run(config: Config, role: Role) -> Result<()> {
    telemetry::log();
    runtime()?.block_on(serve(config, role))
}

/// What runs asynchronous code.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    // Two parts of TLS ask which library is to be used; the second answer is refused, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads")
}

/// Opens what the configuration names, without changing the schema.
pub(super) async fn open(config: Config) -> Result<State> {
    std::fs::create_dir_all(&config.data).with_context(|| config.data.display().to_string())?;
    let db = match &config.database {
        Database::Sqlite(file) => Db::sqlite(file).await.with_context(|| file.display().to_string())?,
        Database::Postgres(url) => Db::postgres(url).await?,
    };
    let blobs = match &config.objects {
        Objects::Directory(path) => Blobs::directory(path)?,
        Objects::S3 { bucket, prefix, s3 } => Blobs::s3(bucket, prefix, s3, std::env::vars())?,
    };
    Ok(State {
        db,
        blobs,
        keys: Arc::new(IssuerKeys::new(&config.issuers)?),
        metrics: telemetry::metrics()?,
        engine: env!("CARGO_PKG_VERSION").into(),
        address: Arc::default(),
        config: Arc::new(config),
    })
}

async fn serve(config: Config, role: Role) -> Result<()> {
    let is_embedded = matches!(config.database, Database::Sqlite(_));
    if is_embedded && matches!(role, Role::Web | Role::Worker) {
        anyhow::bail!(
            "a role of its own needs a database that several processes share: name a PostgreSQL by --database"
        );
    }
    let state = open(config).await?;
    match role {
        Role::All | Role::Migrate => migrate::run(&state.db).await?,
        Role::Web | Role::Worker => migrate::check(&state.db).await?,
    }
    let first = first_start(&state).await?;
    if role == Role::Migrate {
        tracing::info!(engine = state.db.engine(), "the database is up to date");
        return Ok(());
    }
    let stop = CancellationToken::new();
    tokio::spawn(signals(stop.clone()));
    let tracker = tokio_util::task::TaskTracker::new();
    if role != Role::Worker {
        listen(&state, &stop, &tracker).await?;
    }
    if let Some(address) = state.config.metrics_listen {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let stop = stop.clone();
        let served = axum::serve(listener, http::metrics_router(&state));
        tracker.spawn(async move { served.with_graceful_shutdown(stop.cancelled_owned()).await });
    }
    if role != Role::Web {
        work_directory::sweep(&state.config.data.join("work"), Duration::from_secs(3600));
        tracker.spawn(queue::work(state.clone(), stop.clone()));
        tracker.spawn(sweep::run(state.clone(), stop.clone()));
    }
    announce(&state, role, first);
    stop.cancelled().await;
    tracker.close();
    if tokio::time::timeout(GRACE, tracker.wait()).await.is_err() {
        tracing::warn!("what was being done did not end in time; it is found and done again");
    }
    state.db.close().await;
    Ok(())
}

async fn listen(
    state: &State,
    stop: &CancellationToken,
    tracker: &tokio_util::task::TaskTracker,
) -> Result<()> {
    let address = state.config.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let _ = state.address.set(listener.local_addr()?);
    let stop = stop.clone();
    let served = axum::serve(listener, http::router(state));
    tracker.spawn(async move { served.with_graceful_shutdown(stop.cancelled_owned()).await });
    Ok(())
}

/// The first signal asks to end; whoever sends a second one means it.
async fn signals(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    for again in [false, true] {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if again {
            std::process::exit(130);
        }
        stop.cancel();
    }
}

/// What an administrator gets on the first start.
struct First {
    link: String,
    token_file: std::path::PathBuf,
}

/// Makes the first organisation with a token and a link, once.
async fn first_start(state: &State) -> Result<Option<First>> {
    let mut tx = state.db.begin().await?;
    if projects::first_tenant(&mut tx).await?.is_some() {
        return Ok(None);
    }
    let tenant = projects::ensure_tenant(&mut tx, FIRST_TENANT, state.config.quota).await?;
    let token = make_token(&mut tx, &tenant, "first", Scope::Admin, FIRST_TOKEN).await?;
    let link = make_link(&mut tx, &tenant).await?;
    audit::append(&mut tx, "serve", "tenant.create", &json!({ "slug": FIRST_TENANT })).await?;
    let token_file = state.config.data.join("admin-token");
    write_secret(&token_file, &token).with_context(|| token_file.display().to_string())?;
    tx.commit().await?;
    Ok(Some(First { link, token_file }))
}

/// Makes a token of an organisation; its secret.
pub(super) async fn make_token(
    tx: &mut Tx,
    tenant: &str,
    name: &str,
    scope: Scope,
    kept: i64,
) -> Result<String> {
    let secret = secret::generate()?;
    let token = ApiToken {
        id: new_id(),
        tenant: tenant.to_owned(),
        project: None,
        name: name.to_owned(),
        scope,
        provenance: None,
        expires_at: now() + kept,
    };
    tokens::insert(tx, &token, &secret::hash(&secret)).await?;
    Ok(secret)
}

/// Makes a link that lets a browser in once; its secret.
pub(super) async fn make_link(tx: &mut Tx, tenant: &str) -> Result<String> {
    let secret = secret::generate()?;
    let login = Login { tenant: tenant.to_owned(), scope: Scope::Admin };
    tokens::insert_link(tx, &login, &secret::hash(&secret), now() + FIRST_LINK).await?;
    Ok(secret)
}

/// Writes a secret into a file that only its owner reads.
fn write_secret(path: &std::path::Path, secret: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}

/// Says where it is, for people: standard error is the log's.
#[expect(clippy::print_stdout)] // The one answer of a command that does not end.
fn announce(state: &State, role: Role, first: Option<First>) {
    let (url, data) = (state.public_url(), state.config.data.display());
    match role {
        Role::Worker => println!("abigate {} makes comparisons  (data in {data})", state.engine),
        _ => println!("abigate {} serves {url}  (data in {data})", state.engine),
    }
    if let Some(first) = first {
        println!("Administrator, once and within a day: {url}/login/{}", first.link);
        println!("Token for `abigate login {url}`: in {}", first.token_file.display());
    }
}
