//! Eight clients after one offer line, over the wire, on every database.

use quince_node::store::Database;
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use quince_tests::acts::{self, Answer};
use quince_tests::city::{City, Desk, Premises};
use quince_tests::eventually::eventually;
use quince_tests::{books, federation};
use tokio::task::JoinSet;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::OFFICE;
use crate::database::{Server, on_both};

const CLIENTS: usize = 8;

/// Times that each client asks.
const ROUNDS: i64 = 4;

const AMOUNT: i64 = 50;

/// Half of what is asked for, less a little: the last winner gets a part.
const STOCK: i64 = 790;

/// One client, with a connection of its own to each office.
struct Client {
    taker: Desk,
    giver: Desk,
    need: String,
    offer: String,
}

#[test]
fn eight_racing_clients_are_never_promised_more_than_there_is_and_every_loser_has_a_reason() {
    on_both(|server| async move {
        let mut quanzhou =
            City::set_up_in(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676", &on(&server).await);
        let mut isfahan = City::set_up_in(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668", &on(&server).await);
        let (giver, taker) = (quanzhou.start().await, isfahan.start().await);
        federation::found(&giver).await;
        federation::admit(&giver, &taker, "isfahan").await;
        let offer = acts::offer(&giver, STOCK, "").await.unwrap().name;
        eventually("the offer to arrive", || acts::offer_at(&taker, &offer)).await;

        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let need = acts::ask(&taker, 2 * ROUNDS * AMOUNT, "").await.unwrap().name;
            let client = Client { taker: isfahan.desk(), giver: quanzhou.desk(), need, offer: offer.clone() };
            clients.spawn(client.run());
        }
        tokio::select! {
            results = clients.join_all() => assert_eq!(results.len(), CLIENTS),
            () = audit(&giver, &offer) => {}
        }

        let told = eventually("both cities to tell the same", || books::same(&giver, &taker)).await;
        told.check_stock();
        assert_eq!(told.reserved(&offer), STOCK, "stock is left although more was asked for");
        assert_eq!(told.commitments.len(), told.requisitions.len(), "each requisition has one answer");
        let losers =
            told.commitments.iter().filter_map(|answer| answer.record.as_ref()).filter(|a| a.amount == 0);
        let losers: Vec<_> = losers.collect();
        assert!(!losers.is_empty(), "nobody lost: no race");
        for loser in losers {
            assert_ne!(loser.reason_code(), record::ReasonCode::Unspecified, "{loser:?}");
        }
    });
}

async fn on(server: &Server) -> Premises {
    let database = match server.database().await {
        Database::Sqlite => None,
        Database::Postgres { url, .. } => Some(url),
    };
    Premises { database, ..Premises::default() }
}

/// Looks at the owner's books during the race.
async fn audit(giver: &Desk, offer: &str) {
    loop {
        let seen = acts::offer_at(giver, offer).await.unwrap().coverage[0];
        assert!(seen.held + seen.committed <= STOCK, "{seen:?}");
    }
}

impl Client {
    async fn run(self) {
        for _ in 0..ROUNDS {
            for requisition in self.request().await {
                let name = &requisition.name;
                eventually("the requisition to arrive", || acts::requisition_at(&self.giver, name)).await;
                self.answer(name).await;
                eventually("the answer to arrive", || is_answered(&self.taker, name)).await;
            }
        }
    }

    /// Asks twice at once: one of the two is to wait for the other's answer.
    async fn request(&self) -> Vec<api::Requisition> {
        let ask = || acts::request(&self.taker, &self.need, &self.offer, AMOUNT, "");
        written(tokio::join!(ask(), ask()), "LIMIT")
    }

    /// Answers twice at once: whoever is not refused tells of one and the same answer, and only a no is told twice.
    async fn answer(&self, requisition: &str) {
        let commit = || acts::commit(&self.giver, requisition, 0, "");
        let told = written(tokio::join!(commit(), commit()), "STATE");
        if let [first, second] = &told[..] {
            assert_eq!(first.name, second.name, "{requisition} is answered twice");
            assert_eq!(first.record.as_ref().map(|no| no.amount), Some(0), "{requisition} is promised twice");
        }
    }
}

/// What was written. Whoever wrote nothing was told why.
fn written<T>(answers: (Answer<T>, Answer<T>), expected: &str) -> Vec<T> {
    let refused = |status: Status| {
        let reason = status.get_details_error_info().map(|info| info.reason);
        assert_eq!(reason.as_deref(), Some(expected), "{status}");
    };
    [answers.0, answers.1].into_iter().filter_map(|answer| answer.map_err(refused).ok()).collect()
}

async fn is_answered(desk: &Desk, requisition: &str) -> Answer<()> {
    match acts::requisition_at(desk, requisition).await?.answer() {
        api::Answer::Committed | api::Answer::Declined => Ok(()),
        other => Err(Status::not_found(format!("{requisition} is {other:?}"))),
    }
}
