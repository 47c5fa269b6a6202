//! A disk that fails and lives on: when it cannot synchronize, nothing is acknowledged until the next start; when it is full,
//! reads go on, and so do writes when there is room again.

use quince_core::domain::RecordKind;
use quince_node::office::error::{Error, ErrorKind};
use quince_node::store::{ListQuery, Store, StoreError};
use rand::RngExt as _;

use crate::town::Town;

/// Towns for each kind of failure.
const TOWNS: u64 = 12;

/// Transactions before the failure at most.
const BEFORE_MAX: u64 = 12;

/// More transactions than fit into what a log reuses.
const TRIES_MAX: usize = 500;

async fn write(town: &mut Town, store: &Store) -> Result<(), StoreError> {
    if town.chance.random_bool(0.6) { town.append(store).await } else { town.copy(store).await }
}

/// A town that has written a little.
async fn begin(seed: u64) -> (Town, Store) {
    let mut town = Town::new(seed, None);
    let store = town.open().await.unwrap().unwrap();
    town.found(&store).await.unwrap();
    for _ in 0..town.chance.random_range(1..BEFORE_MAX) {
        write(&mut town, &store).await.unwrap();
    }
    (town, store)
}

async fn reads_go_on(store: &Store) {
    let mut view = store.view().await.unwrap();
    for kind in [RecordKind::Need, RecordKind::Offer] {
        view.list(&ListQuery::of(kind, 1_000)).await.unwrap();
    }
}

/// Writes, loses power, and compares.
async fn goes_on(town: &mut Town, store: Store) {
    for _ in 0..town.chance.random_range(1..BEFORE_MAX) {
        write(town, &store).await.unwrap();
    }
    town.disk.remains();
    store.close().await;
    town.lose_power().unwrap();
    let store = town.open().await.unwrap().unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_synchronization_that_failed_stops_every_write_until_the_next_start() {
    for seed in 0..TOWNS {
        let (mut town, store) = begin(seed).await;
        town.disk.fail_next_sync();
        let failed = write(&mut town, &store).await.unwrap_err();
        assert!(town.disk.has_failed_sync() && matches!(failed, StoreError::Disk(_)), "{failed}");
        assert_eq!(Error::from(failed).kind, ErrorKind::Unavailable);
        for _ in 0..3 {
            let refused = write(&mut town, &store).await.unwrap_err();
            assert!(refused.to_string().contains("start the node again"), "{refused}");
            assert_eq!(Error::from(refused).kind, ErrorKind::ReadOnly);
        }
        assert!(store.read_only().is_some_and(|reason| reason.contains("disk")));
        reads_go_on(&store).await;
        store.close().await;
        drop(store);
        let store = town.open().await.unwrap().unwrap();
        goes_on(&mut town, store).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_by_name_and_takes_them_again_when_there_is_room() {
    for seed in 0..TOWNS {
        let (mut town, store) = begin(seed).await;
        town.disk.set_full(true);
        let mut refused = None;
        for _ in 0..TRIES_MAX {
            if let Err(error) = write(&mut town, &store).await {
                town.ledger.refuse();
                refused = Some(error);
                break;
            }
        }
        let refused = refused.unwrap();
        assert!(matches!(refused, StoreError::Full), "{refused}");
        assert_eq!(Error::from(refused).kind, ErrorKind::Unavailable);
        reads_go_on(&store).await;
        assert_eq!(store.read_only(), None);
        town.disk.set_full(false);
        goes_on(&mut town, store).await;
    }
}
