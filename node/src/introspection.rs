//! What a probe may ask a node without a token: whether it is well, and its numbers. Nothing here says who the node is
//! or what it holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Whether the node serves, told to gRPC health checks and to `/healthz`. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
    serving: Arc<AtomicBool>,
}

impl Default for Health {
    fn default() -> Self {
        Self { reporter: HealthReporter::new(), serving: Arc::default() }
    }
}

impl Health {
    /// Says from now on whether the node serves.
    pub async fn say(&self, serving: bool) {
        self.serving.store(serving, Ordering::Relaxed);
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        // The empty name stands for the server as a whole.
        self.reporter.set_service_status("", status).await;
    }

    /// What answers gRPC health checks.
    #[must_use]
    pub fn reporter(&self) -> HealthReporter {
        self.reporter.clone()
    }

    fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }
}

/// `/metrics` for Prometheus, `/healthz` for probes.
pub fn metrics_page(numbers: PrometheusHandle, health: Health) -> Router {
    Router::new()
        .route("/metrics", get(|State(numbers): State<PrometheusHandle>| async move { numbers.render() }))
        .with_state(numbers)
        .route("/healthz", get(healthz).with_state(health))
}

async fn healthz(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.is_serving() {
        (StatusCode::OK, "serving\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    }
}
