//! The service: `abigate serve`. It keeps what builds send, compares what somebody asks for, and shows it.
//!
//! The only part that knows asynchronous code, SQL and HTTP servers. It compares with [`crate::session`], as the command line
//! does, in processes of their own; everything else of the program knows nothing of it.
//!
//! | file | what it does |
//! |---|---|
//! | `config` | what it is told |
//! | `db` | the state, in SQLite or PostgreSQL: one file per table |
//! | `blobs` | facts and reports, in a directory or in S3 |
//! | `queue`, `worker`, `sweep` | jobs; one comparison; what was lost |
//! | `child`, `judge_one`, `work_directory` | the process that compares: asked, doing it, its directory |
//! | `auth` | who asks, and what they may do |
//! | `policies` | policies that comparisons are judged under |
//! | `api`, `pages` | what programs and people are answered; `problem`: when there is no other answer |
//! | `http`, `health`, `telemetry` | what is around all answers; whether it can answer; logs and metrics |
//! | `roles`, `admin` | starting and stopping; what an administrator does beside it |

mod admin;
mod api;
mod auth;
mod blobs;
mod child;
mod config;
mod db;
mod health;
mod http;
mod judge_one;
mod pages;
mod policies;
mod problem;
mod queue;
mod roles;
mod sweep;
mod telemetry;
mod work_directory;
mod worker;

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

pub(crate) use admin::{check_config, doctor, link, token, verify};
pub(crate) use config::{Config, File};
pub(crate) use judge_one::run as judge_one;
pub(crate) use roles::{Role, run};

use auth::issuer_keys::IssuerKeys;
use blobs::Blobs;
use db::Db;

/// What every part of the service has: cheap to clone.
#[derive(Clone)]
pub(crate) struct State {
    config: Arc<Config>,
    db: Db,
    blobs: Blobs,
    keys: Arc<IssuerKeys>,
    metrics: PrometheusHandle,
    /// Version of the program, which comparisons are kept by.
    engine: Arc<str>,
    /// Where it really listens, once it does.
    address: Arc<std::sync::OnceLock<std::net::SocketAddr>>,
}

impl State {
    /// How it is reached from outside.
    fn public_url(&self) -> String {
        match (&self.config.public_url, self.address.get()) {
            (Some(url), _) => url.clone(),
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => format!("http://{}", self.config.listen),
        }
    }
}

/// Today in Greenwich, in days since 1970.
fn today() -> i32 {
    i32::try_from(db::now() / (24 * 60 * 60 * 1000)).unwrap_or(i32::MAX)
}
