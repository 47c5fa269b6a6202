//! One bit flipped in the files of a SQLite store: it is found before anything altered is used, or the check names it.
//!
//! The bits are flipped in the files themselves, wherever the value of a column stands in them. What `mend` proves of
//! statements is proved here of bytes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use quince_core::domain::{Audience, RecordId, RecordKind};
use quince_core::feed::{EntryKind, Lane, Sign as _};
use quince_core::roster::Inception;
use quince_core::roster::inception::next_key_hash;
use quince_node::store::{ListQuery, Meta, NewEntry, NewRevision, Store, StoreConfig};
use quince_tests::samples::{need, now, offer};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::city::{City, Closed, FEDERATION, revision};
use crate::database::on_both;

const DATABASE: &str = "quince.db";
const LOG: &str = "quince.db-wal";

/// Columns of the copy of a feed, and of the records in it.
const COPIED: [(&str, &str); 8] = [
    ("the header of an entry", "SELECT header FROM entry WHERE idx = 3"),
    ("the body of an entry", "SELECT body FROM entry WHERE idx = 3"),
    ("the leaf hash of an entry", "SELECT leaf_hash FROM entry WHERE idx = 3"),
    ("the leaf hash of an entry at the edge", "SELECT leaf_hash FROM entry WHERE idx = 299"),
    ("the root of a tile", "SELECT root FROM tile WHERE tile = 0"),
    ("the tree of a feed", "SELECT frontier FROM feed"),
    ("the size and the root of a head", "SELECT substr(head, 9, 40) FROM feed"),
    ("the items of a record", "SELECT CAST(items AS BLOB) FROM record WHERE number = 4"),
];

/// The value of a column, once the store is closed and all of it is in one file.
async fn column(file: &Path, statement: &str) -> Vec<u8> {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let statement = AssertSqlSafe(statement.to_owned());
    let value = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    value
}

/// Where a value stands in a file.
fn places(bytes: &[u8], value: &[u8]) -> Vec<usize> {
    (0..=bytes.len() - value.len()).filter(|at| bytes[*at..].starts_with(value)).collect()
}

/// What is wrong with a data directory, in one way or another; `None` when nothing is noticed.
async fn found(config: &StoreConfig, codec: &Arc<crate::codec::Remembering>) -> Option<String> {
    let store = match Store::open(config.clone(), codec.clone()).await {
        Ok(store) => store,
        Err(fault) => return Some(fault.to_string()),
    };
    let told = match store.check().await {
        Err(fault) => Some(fault.to_string()),
        Ok(report) => report.faults.into_iter().next().or(report.silent),
    };
    store.close().await;
    told
}

/// Flips a bit in the first, a middle and the last byte of every place where the value of a column stands. Pages that were
/// split leave copies behind in which nobody reads: a flip that is not noticed is in one of these.
async fn flip_everywhere(city: &Closed, what: &str, statement: &str) {
    let file = city.path(DATABASE);
    let value = column(&file, statement).await;
    let (bytes, heads) = (fs::read(&file).unwrap(), fs::read(city.path("heads")).unwrap());
    let places = places(&bytes, &value);
    let mut noticed = 0;
    for place in places {
        for offset in [0, value.len() / 2, value.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[place + offset] ^= 0x04;
            fs::write(&file, &flipped).unwrap();
            // Opening a store writes the heads of the database into it.
            fs::write(city.path("heads"), &heads).unwrap();
            if found(&city.config, &city.codec).await.is_some() {
                noticed += 1;
            } else {
                let read = column(&file, statement).await;
                assert_eq!(read, value, "{what}: byte {offset} at {place} is read and not noticed");
            }
        }
    }
    assert!(noticed >= 3, "{what} was never hit");
    fs::write(&file, &bytes).unwrap();
    fs::write(city.path("heads"), &heads).unwrap();
    assert_eq!(found(&city.config, &city.codec).await, None, "{what}");
}

#[test]
fn a_flipped_bit_in_the_file_of_a_copy_is_found() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        if !quanzhou.is_sqlite() {
            return;
        }
        for place in 0..300 {
            let item = if place == 3 { "bed.of.one.kind" } else { "mask" };
            isfahan.create(offer(&place.to_string(), item, 5)).await;
        }
        quanzhou.pull_all(&isfahan).await;
        quanzhou.store.close().await;
        let quanzhou = quanzhou.closed();
        for (what, statement) in COPIED {
            flip_everywhere(&quanzhou, what, statement).await;
        }
    });
}

#[test]
fn a_flipped_bit_in_a_private_record_is_named_by_the_check() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        if !city.is_sqlite() {
            return;
        }
        let mut tx = city.store.begin_write().await.unwrap();
        let id = RecordId::new(city.handle.clone(), tx.allocate_number().await.unwrap());
        let draft = NewRevision { audience: Audience::Private, ..revision(id, 1, need("masks", "mask", 1)) };
        tx.append(draft, now()).await.unwrap();
        tx.commit().await.unwrap();
        city.store.close().await;
        let city = city.closed();
        flip_everywhere(&city, "the body of a private record", "SELECT body FROM record").await;
    });
}

#[test]
fn a_flipped_bit_in_a_signed_head_is_named_by_the_check() {
    on_both(|server| async move {
        let city = City::alone(&server, "isfahan", &Arc::default()).await;
        if !city.is_sqlite() {
            return;
        }
        let key = city.key().public_key();
        let inception = Inception { signing_key: key, next_key_hash: next_key_hash(&key), salt: [7; 16] };
        let mut tx = city.store.begin_write().await.unwrap();
        tx.put_meta(Meta::NodeId, &inception.node_id().0).await.unwrap();
        tx.put_meta(Meta::Federation, &FEDERATION.0).await.unwrap();
        let entry = NewEntry { kind: EntryKind::INCEPTION, body: inception.to_bytes().to_vec() };
        tx.append_entry(entry, now()).await.unwrap();
        tx.commit().await.unwrap();
        city.create(need("masks", "mask", 1)).await;
        city.store.close().await;
        let city = city.closed();
        for lane in [Lane::Identity, Lane::Urgent] {
            for part in ["1, 48", "9, 40", "49"] {
                let statement =
                    format!("SELECT substr(head, {part}) FROM feed WHERE lane = {}", lane.number());
                flip_everywhere(&city, "a signed head", &statement).await;
            }
        }
    });
}

#[test]
fn after_a_flipped_bit_in_the_log_nothing_altered_is_read_and_a_node_that_lost_something_signs_nothing() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        if !city.is_sqlite() {
            return;
        }
        let mut written = Vec::new();
        for place in 0..20 {
            written.push(city.create(offer(&place.to_string(), "mask", 5)).await);
        }
        // As after the end of a process that nobody closed.
        let files = [DATABASE, LOG, "heads"].map(|name| (name, fs::read(city.path(name)).unwrap()));
        let log = files[1].1.len();
        let mut silent = 0;
        // An odd step, so that every part of pages and frames is met.
        for at in (0..log).step_by((log / 150) | 1) {
            let folder = tempfile::tempdir().unwrap();
            for (name, bytes) in &files {
                let mut bytes = bytes.clone();
                if *name == LOG {
                    bytes[at] ^= 0x10;
                }
                fs::write(folder.path().join(name), bytes).unwrap();
            }
            let config = StoreConfig { data_dir: folder.path().to_owned(), ..city.config.clone() };
            let store = Store::open(config, city.codec.clone()).await.unwrap();
            let mut view = store.view().await.unwrap();
            let found = view.list(&ListQuery::of(RecordKind::Offer, 1_000)).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|stored| stored.snapshot).collect();
            assert!(written.starts_with(&found), "byte {at}: what is read was never written");
            drop(view);
            assert!(store.check().await.unwrap().faults.is_empty(), "byte {at}");
            if store.read_only().is_some() {
                silent += 1;
            } else {
                assert_eq!(found, written, "byte {at}: something is lost and nobody knows");
            }
            store.close().await;
        }
        assert!(silent > 0, "no flip has hit what counts");
    });
}
