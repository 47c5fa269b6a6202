//! Watching: what changed arrives in order, resuming repeats nothing, and the stream ends when it must.

use quince_node::office::Role;
use quince_proto::api::v1 as api;
use quince_proto::api::v1::desk_service_client::DeskServiceClient;
use quince_proto::api::v1::need_service_client::NeedServiceClient;
use quince_proto::api::v1::watch_response::Resource;
use tonic::{Code, Streaming};

use crate::counter::{Counter, by, masks, told};
use crate::database::on_both;

async fn watch(counter: &Counter, token: &str, cursor: &str) -> Streaming<api::WatchResponse> {
    let request = api::WatchRequest { cursor: cursor.to_owned(), collections: Vec::new() };
    DeskServiceClient::new(counter.routes.clone()).watch(by(token, request)).await.unwrap().into_inner()
}

/// The next need with its cursor; heartbeats are passed over.
async fn next_need(stream: &mut Streaming<api::WatchResponse>) -> (String, String) {
    loop {
        let message = stream.message().await.unwrap().unwrap();
        if let Some(Resource::Need(need)) = message.resource {
            return (need.name, message.cursor);
        }
    }
}

#[test]
fn a_watcher_sees_each_change_once_and_resumes_where_it_was() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut needs = NeedServiceClient::new(counter.routes.clone());
        let first = needs.create_need(by(&operator, masks(""))).await.unwrap().into_inner();
        let mut stream = watch(&counter, &operator, "0").await;
        let (name, cursor) = next_need(&mut stream).await;
        assert_eq!(name, first.name);

        let second = needs.create_need(by(&operator, masks(""))).await.unwrap().into_inner();
        assert_eq!(next_need(&mut stream).await.0, second.name);
        let mut resumed = watch(&counter, &operator, &cursor).await;
        assert_eq!(next_need(&mut resumed).await.0, second.name);
    });
}

#[test]
fn a_watch_ends_with_the_node_and_says_so() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut stream = watch(&counter, &operator, "").await;
        let live = stream.message().await.unwrap().unwrap();
        assert!(matches!(live.resource, Some(Resource::Heartbeat(_))));
        counter.stop.cancel();
        let ended = stream.message().await.unwrap_err();
        assert_eq!(
            (ended.code(), told(&ended).1.as_str()),
            (Code::Unavailable, "resume with the last cursor")
        );
    });
}

#[test]
fn a_cursor_beyond_the_newest_change_is_refused_and_the_newest_is_not() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut needs = NeedServiceClient::new(counter.routes.clone());
        needs.create_need(by(&operator, masks(""))).await.unwrap();
        let mut stream = watch(&counter, &operator, "0").await;
        let (_, newest) = next_need(&mut stream).await;
        watch(&counter, &operator, &newest).await;
        let beyond = (newest.parse::<u64>().unwrap() + 1).to_string();
        let request = api::WatchRequest { cursor: beyond.clone(), collections: Vec::new() };
        let mut desk = DeskServiceClient::new(counter.routes.clone());
        let refused = desk.watch(by(&operator, request)).await.unwrap_err();
        assert_eq!(refused.code(), Code::OutOfRange);
        assert_eq!(refused.message(), format!("cursor {beyond} is beyond the newest change, {newest}"));
    });
}
