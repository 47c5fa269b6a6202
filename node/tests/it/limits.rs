//! The limits of listeners, seen on the wire.

use std::net::SocketAddr;

use quince_node::listener::limits;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::connection::{connect, ordinary, settings};
use crate::house::{House, stranger};
use crate::tls::client;

const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
const MAX_HEADER_LIST_SIZE: u16 = 6;

#[tokio::test]
async fn the_settings_that_the_api_really_sends_hold_its_limits() {
    let running = House::found(&[]).await.run().await;
    let config = ordinary(&running.house.root());
    let mut stream = connect(config, running.addresses.api, "localhost").await.unwrap();
    let sent = settings(&mut stream).await;
    assert!(sent.contains(&(MAX_CONCURRENT_STREAMS, 64)), "{sent:?}");
    assert!(sent.contains(&(MAX_HEADER_LIST_SIZE, 8 * 1024)), "{sent:?}");
    assert!(sent.contains(&(INITIAL_WINDOW_SIZE, 2 * 1024 * 1024)), "{sent:?}");
}

#[tokio::test]
async fn the_settings_that_peers_really_get_hold_theirs() {
    let running = House::found(&["--peer-listen", "127.0.0.1:0"]).await.run().await;
    let own = stranger();
    let mut stream =
        connect(client(&own, &own), running.addresses.peer.unwrap(), "peer.invalid").await.unwrap();
    let sent = settings(&mut stream).await;
    assert!(sent.contains(&(MAX_CONCURRENT_STREAMS, 64)), "{sent:?}");
    assert!(sent.contains(&(MAX_HEADER_LIST_SIZE, 8 * 1024)), "{sent:?}");
    assert!(sent.contains(&(INITIAL_WINDOW_SIZE, 5 * 1024 * 1024)), "{sent:?}");
}

#[tokio::test]
async fn one_address_gets_sixteen_connections_and_the_seventeenth_is_closed() {
    let running = House::found(&[]).await.run().await;
    let config = ordinary(&running.house.root());
    let mut open = Vec::new();
    for _ in 0..limits::CONNECTIONS_PER_ADDRESS_MAX {
        open.push(connect(config.clone(), running.addresses.api, "localhost").await.unwrap());
    }
    assert!(connect(config, running.addresses.api, "localhost").await.is_err());
    let still_open = settings(open.first_mut().unwrap()).await;
    assert!(!still_open.is_empty());
}

#[tokio::test]
async fn connections_that_never_begin_delay_nobody() {
    let running = House::found(&[]).await.run().await;
    let mut silent = Vec::new();
    for _ in 0..limits::CONNECTIONS_PER_ADDRESS_MAX - 1 {
        silent.push(TcpStream::connect(running.addresses.api).await.unwrap());
    }
    let config = ordinary(&running.house.root());
    let mut stream = connect(config, running.addresses.api, "localhost").await.unwrap();
    assert!(!settings(&mut stream).await.is_empty());
}

#[tokio::test]
async fn a_handshake_that_does_not_begin_in_time_is_broken_off() {
    let running = House::found(&[]).await.run().await;
    let mut silent = TcpStream::connect(running.addresses.api).await.unwrap();
    let ended = tokio::time::timeout(2 * limits::HANDSHAKE_MAX, silent.read(&mut [0; 1])).await;
    assert_eq!(ended.expect("the node closes the connection").unwrap(), 0);
}

#[tokio::test]
async fn metrics_serve_so_many_connections_and_close_the_rest() {
    let running = House::found(&["--metrics-listen", "127.0.0.1:0"]).await.run().await;
    let address: SocketAddr = running.addresses.metrics.unwrap();
    let mut open = Vec::new();
    for _ in 0..limits::METRICS_CONNECTIONS_MAX {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    let mut refused = TcpStream::connect(address).await.unwrap();
    assert_eq!(refused.read(&mut [0; 1]).await.unwrap_or(0), 0);
}
