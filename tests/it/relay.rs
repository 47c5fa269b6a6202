//! Two cities that cannot reach each other, and a third between them whose disk turns a byte.

use quince_proto::api::v1 as api;
use quince_tests::acts;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::eventually::eventually;
use quince_tests::{books, federation};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tonic::Status;

use crate::OFFICE;

/// A word of every need that tests write: it marks the entry to damage.
const MARK: &[u8] = b"masks wanted";

/// Where the byte turns.
#[derive(Debug, Clone, Copy)]
enum Column {
    Body,
    LeafHash,
}

/// A turned byte in a stored entry.
struct Damage {
    column: Column,
    right: Vec<u8>,
    wrong: Vec<u8>,
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
}

#[tokio::test]
async fn a_turned_byte_in_a_relays_body_reaches_nobody_and_the_relay_mends_itself() {
    a_relay_mends(Column::Body).await;
}

#[tokio::test]
async fn a_turned_byte_in_a_relays_hash_reaches_nobody_and_the_relay_mends_itself() {
    a_relay_mends(Column::LeafHash).await;
}

async fn a_relay_mends(column: Column) {
    let (mut isfahan, mut kashgar, mut quanzhou) = three();
    let (taker, relay) = (isfahan.start().await, kashgar.start().await);
    federation::found(&relay).await;
    federation::admit(&relay, &taker, "isfahan").await;
    let asked = acts::ask(&taker, 500, "").await.unwrap();
    let asked = api::Need { provenance: None, ..asked };
    eventually("the relay to have the need", || acts::need_at(&relay, &asked.name)).await;

    kashgar.kill();
    let damage = damage(&kashgar, column).await;
    assert!(!damage.is_mended(&kashgar).await);
    let relay = kashgar.start().await;

    let giver = quanzhou.start().await;
    federation::admit(&relay, &giver, "quanzhou").await;
    eventually("the need to arrive", || as_asked(&giver, &asked)).await;
    eventually("the relay to mend its copy", || async {
        if damage.is_mended(&kashgar).await { Ok(()) } else { Err("it has the turned byte") }
    })
    .await;
    assert_eq!(acts::need_at(&relay, &asked.name).await.unwrap(), asked);
    assert_eq!(acts::need_at(&giver, &asked.name).await.unwrap(), asked);
    assert!(!damage.is_in(&quanzhou).await, "the turned byte arrived");
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

/// Turns one bit of the relay's copy of the need.
async fn damage(city: &City, column: Column) -> Damage {
    let mut database = open(city).await;
    let bodies: Vec<(i64, i64, Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT feed, idx, body, leaf_hash FROM entry WHERE body IS NOT NULL")
            .fetch_all(&mut database)
            .await
            .unwrap();
    let marked = |body: &[u8]| body.windows(MARK.len()).position(|window| window == MARK);
    let (feed, idx, at, body, leaf) = bodies
        .into_iter()
        .find_map(|(feed, idx, body, leaf)| Some((feed, idx, marked(&body)?, body, leaf)))
        .unwrap();
    let (right, at) = match column {
        Column::Body => (body, at),
        Column::LeafHash => (leaf, 0),
    };
    let mut wrong = right.clone();
    wrong[at] ^= 1;
    let update = format!("UPDATE entry SET {} = $1 WHERE feed = $2 AND idx = $3", column.name());
    sqlx::query(AssertSqlSafe(update))
        .bind(&wrong)
        .bind(feed)
        .bind(idx)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    Damage { column, right, wrong }
}

impl Damage {
    /// The right bytes are stored, and the wrong ones are not.
    async fn is_mended(&self, city: &City) -> bool {
        self.stored(city, &self.right).await && !self.is_in(city).await
    }

    async fn is_in(&self, city: &City) -> bool {
        self.stored(city, &self.wrong).await
    }

    async fn stored(&self, city: &City, bytes: &[u8]) -> bool {
        let mut database = open(city).await;
        let count = format!("SELECT COUNT(*) FROM entry WHERE {} = $1", self.column.name());
        let count: i64 =
            sqlx::query_scalar(AssertSqlSafe(count)).bind(bytes).fetch_one(&mut database).await.unwrap();
        database.close().await.unwrap();
        count > 0
    }
}

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::LeafHash => "leaf_hash",
        }
    }
}

async fn open(city: &City) -> SqliteConnection {
    SqliteConnectOptions::new().filename(city.database()).connect().await.unwrap()
}
