//! Logs and metrics: one line of JSON per event on standard error, and figures for Prometheus.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Seconds that requests and comparisons are counted by.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Makes events lines of the log. Called twice, the first counts.
pub(super) fn log() {
    // The libraries' own news are only of interest when they are bad.
    let targets = Targets::new().with_default(Level::WARN).with_target("abigate", Level::INFO);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(lines).with(targets).try_init();
}

/// Begins to count.
///
/// # Errors
/// Something counts already.
pub(super) fn metrics() -> Result<PrometheusHandle, BuildError> {
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    builder.install_recorder()
}
