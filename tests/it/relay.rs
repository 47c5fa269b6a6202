//! Two cities that cannot reach each other, and a third between them whose disk turns a byte.

use quince_core::feed::{Entry, Header, Raw};
use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_tests::acts;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::eventually::eventually;
use quince_tests::{books, federation};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tonic::Status;

use crate::OFFICE;

/// A word of every need that tests write: it marks the entry to damage.
const MARK: &[u8] = b"masks wanted";

/// The same with its first bit turned.
const TURNED_MARK: &[u8] = b"lasks wanted";

/// What of a stored entry is turned.
#[derive(Debug, Clone, Copy)]
enum Turned {
    Body,
    Hash,
    /// The body, and the hash so that it fits: only the tree that the owner signed tells.
    BodyAndHash,
}

/// An entry as the database has it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    feed: i64,
    idx: i64,
    header: Vec<u8>,
    body: Vec<u8>,
    leaf_hash: Vec<u8>,
}

#[tokio::test]
async fn two_cities_that_cannot_reach_each_other_agree_through_a_third() {
    let (mut isfahan, mut kashgar, mut quanzhou) = three();
    let (taker, relay, giver) = (isfahan.start().await, kashgar.start().await, quanzhou.start().await);
    federation::found(&relay).await;
    federation::admit(&relay, &taker, "isfahan").await;
    federation::admit(&relay, &giver, "quanzhou").await;

    let need = acts::ask(&taker, 500, "").await.unwrap().name;
    let offer = acts::offer(&giver, 300, "").await.unwrap().name;
    eventually("the need to arrive", || acts::need_at(&giver, &need)).await;
    eventually("the offer to arrive", || acts::offer_at(&taker, &offer)).await;
    let requisition = acts::request(&taker, &need, &offer, 300, "").await.unwrap().name;
    eventually("the requisition to arrive", || acts::requisition_at(&giver, &requisition)).await;
    acts::commit(&giver, &requisition, 0, "").await.unwrap();
    eventually("the answer", || acts::answered(&taker, &requisition, api::Answer::Committed)).await;
    eventually("both to tell the same", || books::same(&taker, &giver)).await;
    eventually("the relay to tell it too", || books::same(&taker, &relay)).await;
    eventually("the giver to be known, heard and not connected", || is_heard_of(&taker, "quanzhou")).await;
    eventually("the relay to hold all that the taker wrote", || all_held(&taker, "isfahan")).await;
}

#[tokio::test]
async fn a_turned_byte_in_a_relays_body_reaches_nobody_and_the_relay_mends_itself() {
    a_relay_mends(Turned::Body).await;
}

#[tokio::test]
async fn a_turned_byte_in_a_relays_hash_reaches_nobody_and_the_relay_mends_itself() {
    a_relay_mends(Turned::Hash).await;
}

#[tokio::test]
async fn a_turned_byte_with_a_hash_that_fits_reaches_nobody_and_the_relay_mends_itself() {
    a_relay_mends(Turned::BodyAndHash).await;
}

/// A member without a session, of which something has arrived through others.
async fn is_heard_of(desk: &Desk, handle: &str) -> Result<(), Status> {
    let peers = desk.peers.clone().list_peers(admin::ListPeersRequest {}).await?.into_inner().peers;
    let is_heard = |peer: &admin::Peer| peer.handle == handle && !peer.connected && peer.last_heard.is_some();
    if peers.iter().any(is_heard) { Ok(()) } else { Err(Status::not_found(format!("{peers:?}"))) }
}

/// Its only peer is known to hold each of an office's own feeds, and others' feeds have no such figure.
async fn all_held(desk: &Desk, handle: &str) -> Result<(), Status> {
    let feeds = desk.status.clone().get_status(admin::GetStatusRequest {}).await?.into_inner().feeds;
    let as_expected = |feed: &admin::FeedStatus| feed.held_by == (feed.owner == handle).then_some(1);
    if feeds.iter().all(as_expected) { Ok(()) } else { Err(Status::not_found(format!("{feeds:?}"))) }
}

async fn a_relay_mends(turned: Turned) {
    let (mut isfahan, mut kashgar, mut quanzhou) = three();
    let (taker, relay) = (isfahan.start().await, kashgar.start().await);
    federation::found(&relay).await;
    federation::admit(&relay, &taker, "isfahan").await;
    let asked = acts::ask(&taker, 500, "").await.unwrap();
    let asked = api::Need { provenance: None, ..asked };
    eventually("the relay to have the need", || acts::need_at(&relay, &asked.name)).await;

    kashgar.kill();
    let right = rows(&kashgar).await.into_iter().find(|row| mark(row).is_some()).unwrap();
    let wrong = turned.of(&right);
    overwrite(&kashgar, &wrong).await;
    let relay = kashgar.start().await;

    let giver = quanzhou.start().await;
    federation::admit(&relay, &giver, "quanzhou").await;
    eventually("the need to arrive", || as_asked(&giver, &asked)).await;
    eventually("the relay to mend its copy", || has(&kashgar, &right)).await;
    eventually("the relay to tell the need as it was asked", || same(&relay, &asked)).await;
    assert_eq!(acts::need_at(&giver, &asked.name).await.unwrap(), asked);
    let arrived = rows(&quanzhou).await.into_iter().find(|row| mark(row).is_some()).unwrap();
    assert_eq!((arrived.body, arrived.leaf_hash), (right.body, right.leaf_hash), "the turned byte arrived");
}

/// Isfahan and Quanzhou dial out only; Kashgar can be dialled.
fn three() -> (City, City, City) {
    let hidden = Premises { dials_out_only: true, ..Premises::default() };
    (
        City::set_up_in(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668", &hidden),
        City::set_up(OFFICE, "kashgar", "Kashgar,CN,39.47,75.989"),
        City::set_up_in(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676", &hidden),
    )
}

/// The need as it was asked. Whatever else is seen of it, at any moment, is the turned byte.
async fn as_asked(desk: &Desk, asked: &api::Need) -> Result<(), Status> {
    let seen = acts::need_at(desk, &asked.name).await?;
    assert_eq!(seen.record, asked.record);
    Ok(())
}

/// The relay's own reading of its copy: what it shows meanwhile is its disk's, not its partner's.
async fn same(relay: &Desk, asked: &api::Need) -> Result<(), Status> {
    let seen = acts::need_at(relay, &asked.name).await?;
    if seen == *asked { Ok(()) } else { Err(Status::not_found(format!("{seen:?}"))) }
}

impl Turned {
    fn of(self, right: &Row) -> Row {
        let mut wrong = right.clone();
        if matches!(self, Self::Body | Self::BodyAndHash) {
            wrong.body[mark(right).unwrap()] ^= 1;
        }
        match self {
            Self::Body => {}
            Self::Hash => wrong.leaf_hash[0] ^= 1,
            Self::BodyAndHash => {
                let header = Header::parse(&wrong.header).unwrap();
                let entry = Entry::full(header, Raw::from(wrong.body.clone())).unwrap();
                wrong.leaf_hash = entry.leaf_hash().0.to_vec();
            }
        }
        wrong
    }
}

/// Where the marked text stands in the body.
fn mark(row: &Row) -> Option<usize> {
    row.body.windows(MARK.len()).position(|window| window == MARK || window == TURNED_MARK)
}

async fn rows(city: &City) -> Vec<Row> {
    let mut database = open(city).await;
    let rows = sqlx::query_as("SELECT feed, idx, header, body, leaf_hash FROM entry WHERE body IS NOT NULL");
    let rows = rows.fetch_all(&mut database).await.unwrap();
    database.close().await.unwrap();
    rows
}

async fn has(city: &City, right: &Row) -> Result<(), Vec<Row>> {
    let rows = rows(city).await;
    if rows.contains(right) { Ok(()) } else { Err(rows) }
}

async fn overwrite(city: &City, row: &Row) {
    let mut database = open(city).await;
    sqlx::query("UPDATE entry SET body = $3, leaf_hash = $4 WHERE feed = $1 AND idx = $2")
        .bind(row.feed)
        .bind(row.idx)
        .bind(&row.body)
        .bind(&row.leaf_hash)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
}

async fn open(city: &City) -> SqliteConnection {
    SqliteConnectOptions::new().filename(city.database()).connect().await.unwrap()
}
