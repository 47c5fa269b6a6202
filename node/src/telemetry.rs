//! What a node says of itself while it runs: logs on standard error, and numbers for Prometheus.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// How often histograms are brought up to date, so that they do not grow while nobody collects.
const UPKEEP: Duration = Duration::from_secs(5);

/// Begins to log, once for the whole process.
///
/// # Panics
/// When the process logs already.
pub fn start_logs(log: &Log) {
    let filter = EnvFilter::builder().parse(&log.filter).expect("the configuration checked the filter");
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match log.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}

/// The numbers of the process. Several nodes in one process, as in tests, share them.
pub fn numbers() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let handle = PrometheusBuilder::new().install_recorder();
        handle.expect("nobody else in this process records metrics")
    };
    HANDLE.get_or_init(install).clone()
}

/// Keeps the numbers small until the node stops.
pub async fn upkeep(numbers: PrometheusHandle, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        numbers.run_upkeep();
    }
}
