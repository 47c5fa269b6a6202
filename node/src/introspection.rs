//! What anybody may ask a node without a token: whether it is well, and how its API looks. Nothing here says who the
//! node is or what it holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

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

    fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }
}

/// Health checks (`grpc.health.v1`) and reflection (`grpc.reflection.v1`) beside the services of the API.
#[must_use]
pub fn beside(api: Routes, health: &Health) -> Routes {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(quince_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .expect("the descriptor sets are generated");
    let service = HealthService::from_health_reporter(health.reporter.clone());
    api.add_service(HealthServer::new(service)).add_service(reflection)
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
