//! A node's life: it answers whoever asks how it is, and ends as it was told to.

use quince_node::shutdown::Ended;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_stream::StreamExt as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ListServiceResponse, ServerReflectionRequest};

use crate::connection::{channel, connect, ordinary};
use crate::house::{House, Running};

async fn call(running: &Running, name: &str) -> tonic::transport::Channel {
    let stream = connect(ordinary(&running.house.root()), running.addresses.api, name).await.unwrap();
    channel(stream).await
}

#[tokio::test]
async fn ordinary_clients_call_by_every_local_name_with_the_root_from_init() {
    let running = House::found(&["--api-name", "isfahan.example"]).await.run().await;
    for name in ["localhost", "127.0.0.1", "::1", "isfahan.example"] {
        let answer = HealthClient::new(call(&running, name).await).check(HealthCheckRequest::default()).await;
        assert_eq!(answer.unwrap().into_inner().status(), ServingStatus::Serving, "{name}");
    }
    let other = connect(ordinary(&running.house.root()), running.addresses.api, "quanzhou.example").await;
    assert!(other.is_err(), "the certificate does not name it");
}

#[tokio::test]
async fn reflection_lists_what_is_served() {
    let running = House::found(&[]).await.run().await;
    let list = MessageRequest::ListServices(String::new());
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let mut client = ServerReflectionClient::new(call(&running, "localhost").await);
    let answers = client.server_reflection_info(tokio_stream::once(request)).await;
    let answer = answers.unwrap().into_inner().next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(ListServiceResponse { service })) =
        answer.message_response
    else {
        panic!("a list of services was asked for")
    };
    let names: Vec<&str> = service.iter().map(|service| service.name.as_str()).collect();
    for name in ["grpc.health.v1.Health", "quince.api.v1.NeedService", "quince.admin.v1.FederationService"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[tokio::test]
async fn metrics_and_health_are_pages() {
    let running = House::found(&["--metrics-listen", "127.0.0.1:0"]).await.run().await;
    let page = |path: &'static str| async move {
        let mut stream = TcpStream::connect(running.addresses.metrics.unwrap()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    assert!(page("/healthz").await.ends_with("\r\n\r\nserving\n"));
    assert!(page("/metrics").await.contains("quince_connections{listener=\"metrics\"}"));
    assert!(page("/other").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn one_signal_ends_a_node_that_nobody_uses() {
    let running =
        House::found(&["--peer-listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]).await.run().await;
    running.signals.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ended::Drained);
    assert!(TcpStream::connect(running.addresses.api).await.is_err());
}

#[tokio::test]
async fn the_second_signal_cuts_a_stream_that_does_not_end() {
    let running = House::found(&[]).await.run().await;
    let mut client = HealthClient::new(call(&running, "localhost").await);
    let mut watched = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    running.signals.send(()).await.unwrap();
    // The stream goes on and tells that the node stops: nothing is cut yet.
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    running.signals.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ended::Cut);
    assert!(watched.next().await.unwrap().is_err());
}
