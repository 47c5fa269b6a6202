//! The reader's write path, against a model of the fold in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use quince_core::domain::{Codec as _, Handle, Offer, RecordId, RecordKind};
use quince_core::feed::{
    Entry, EntryKind, Extended, FeedId, Fields, Flags, Header, Lane, OriginLog, Raw, ReplicaLog,
};
use quince_core::sync::Usage;
use quince_node::store::StoreError;

use crate::city::{City, FEDERATION};
use crate::codec::Remembering;
use crate::database::on_both;
use quince_tests::samples::{hold, line, need, now, offer, requisition};

/// A record kind that a newer node writes.
const UNKNOWN: u16 = 99;

pub(crate) fn entry(kind: u16, number: u64, revision: u64, body: &[u8]) -> Entry {
    entry_of(Flags::default(), 1, (kind, number, revision), body)
}

fn entry_of(flags: Flags, schema: u16, (kind, number, revision): (u16, u64, u64), body: &[u8]) -> Entry {
    let header = Header::new(Fields {
        flags,
        kind: EntryKind(kind),
        schema,
        body_len: u32::try_from(body.len()).unwrap(),
        number,
        revision,
        time_s: 0,
        retain_until_s: 0,
    });
    Entry::full(header.unwrap(), Raw::from(body)).unwrap()
}

/// What a city signs by hand: entries in one batch, and the step that they are for a reader who holds `from`.
fn signed(city: &City, lane: Lane, before: &ReplicaLog, entries: &[Entry]) -> Extended {
    let feed = city.feed(lane);
    let log = OriginLog::restore(FEDERATION, feed, city.verifier().epoch, before.frontier().clone());
    let appended = log.append(entries, city.key()).unwrap();
    let head = appended.heads.last().unwrap();
    before.extend(appended.first, entries, head, &city.verifier()).unwrap()
}

pub(crate) async fn apply(to: &City, from: &City, lane: Lane, entries: &[Entry]) {
    let before = to.store.view().await.unwrap().replica(&from.feed(lane)).await.unwrap();
    let extended = signed(from, lane, &before, entries);
    let mut tx = to.store.begin_write().await.unwrap();
    assert_eq!(tx.apply(&extended, entries, now()).await.unwrap(), entries.len());
    tx.commit().await.unwrap();
}

#[test]
fn a_pulled_feed_shows_the_same_records_and_can_be_pulled_on() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let recife = City::found(&server, "recife", &codec).await;
        let first = isfahan.create(need("masks", "mask", 1)).await;
        isfahan.revise(&first, need("more masks", "mask", 1)).await;
        isfahan.create(requisition(line("isfahan/1"), line("quanzhou/1"), 5)).await;
        for place in 0..300 {
            isfahan.create(offer(&place.to_string(), "gown", 9)).await;
        }
        quanzhou.pull_all(&isfahan).await;
        for lane in Lane::ALL {
            recife.pull(&quanzhou, isfahan.feed(lane), &isfahan.verifier()).await.unwrap();
        }
        let expected = isfahan.everything().await;
        assert_eq!(expected.len(), 302);
        assert_eq!(quanzhou.everything().await, expected);
        assert_eq!(recife.everything().await, expected);
        assert!(recife.store.check().await.unwrap().faults.is_empty());
    });
}

#[test]
fn delivering_again_changes_nothing_and_a_gap_is_refused() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let body = codec.encode(&need("masks", "mask", 1).into());
        let entries = [entry(18, 5, 1, &body)];
        let empty = ReplicaLog::new(isfahan.feed(Lane::Urgent));
        let step = signed(&isfahan, Lane::Urgent, &empty, &entries);
        let next = signed(&isfahan, Lane::Urgent, &step.log, &[entry(18, 5, 2, &body)]);
        let mut tx = quanzhou.store.begin_write().await.unwrap();
        assert!(matches!(tx.apply(&next, &entries, now()).await, Err(StoreError::Conflict(_))));
        drop(tx);
        for expected in [1, 0, 0] {
            let mut tx = quanzhou.store.begin_write().await.unwrap();
            assert_eq!(tx.apply(&step, &entries, now()).await.unwrap(), expected);
            tx.commit().await.unwrap();
        }
        let mut view = quanzhou.store.view().await.unwrap();
        assert_eq!((view.change_no().await.unwrap(), view.last_changed().await.unwrap() > 0), (1, true));
    });
}

#[test]
fn a_feed_of_this_node_of_a_stranger_or_of_another_federation_is_refused() {
    on_both(|server| async move {
        let isfahan = City::found(&server, "isfahan", &Arc::default()).await;
        let own = isfahan.feed(Lane::Normal);
        let stranger = FeedId { node: quince_core::feed::NodeId([99; 32]), ..own };
        let elsewhere = FeedId {
            node: quince_core::feed::NodeId([2; 32]),
            audience: quince_core::feed::AudienceId([8; 32]),
            lane: Lane::Normal,
        };
        for feed in [own, stranger, elsewhere] {
            let log = ReplicaLog::new(feed);
            let step = Extended { log, held: 0, first: 0, leaves: Vec::new(), dead_tiles: Vec::new() };
            let mut tx = isfahan.store.begin_write().await.unwrap();
            assert!(matches!(tx.apply(&step, &[], now()).await, Err(StoreError::Conflict(_))), "{feed}");
        }
    });
}

#[test]
fn entries_that_cannot_be_folded_are_quarantined_and_the_one_behind_each_arrives() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let good = codec.encode(&offer("masks", "mask", 5).into());
        let promise = codec.encode(&hold(line("quanzhou/1"), line("isfahan/1"), 5, 9).into());
        let poison = [
            entry(UNKNOWN, 1, 1, &good),
            entry(19, 0, 1, &good),
            entry(19, 1, 0, &good),
            entry(19, 1, 2_000_000, &good),
            entry(18, 1, 1, &good),
            entry(21, 1, 1, &promise),
            entry(1, 1, 1, &good),
            entry(19, 1, 1, b"nothing \0 good"),
            entry(19, 1, 1, &[0xff; 40]),
            entry_of(Flags::default(), 2, (19, 1, 1), &good),
        ];
        for (place, bad) in (100..).zip(&poison) {
            apply(&quanzhou, &isfahan, Lane::Normal, &[bad.clone(), entry(19, place, 1, &good)]).await;
        }
        let mut view = quanzhou.store.view().await.unwrap();
        let quarantined = view.quarantined(&isfahan.feed(Lane::Normal), 100).await.unwrap();
        let places: Vec<u64> = quarantined.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, (0..10).map(|place| 2 * place).collect::<Vec<_>>(), "{quarantined:?}");
        assert!(quarantined.iter().all(|(_, reason)| !reason.is_empty() && !reason.contains('\0')));
        assert_eq!(quarantined[0].1, "kind 99 is unknown");
        let counts = view.counts().await.unwrap();
        assert_eq!((counts.records[&RecordKind::Offer], counts.quarantined), (10, 10));
        let arrived = (100..110).map(|place| entry(19, place, 1, &good)).collect::<Vec<_>>();
        let bytes: usize = poison.iter().chain(&arrived).map(Entry::len_bytes).sum();
        let usage = view.usage(&isfahan.handle).await.unwrap();
        assert_eq!(usage, Usage { records: 20, bytes: bytes as u64 }, "what cannot be read counts as well");
    });
}

#[test]
fn the_salt_of_an_erasable_body_is_no_part_of_what_it_says() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let said = offer("masks", "mask", 5);
        let body = [&[0xa5; 16][..], &codec.encode(&said.clone().into())].concat();
        apply(&quanzhou, &isfahan, Lane::Normal, &[entry_of(Flags::ERASABLE, 1, (19, 1, 1), &body)]).await;
        let mut view = quanzhou.store.view().await.unwrap();
        let found = view.get::<Offer>(&"isfahan/1".parse().unwrap()).await.unwrap();
        assert_eq!(found.map(|found| found.record), Some(said));
    });
}

/// One revision as the model sees it.
type Seen = (u64, Entry);

/// The model: of the entries of a record the highest revision counts, then the greatest leaf hash; it is
/// contested when the highest revision was written twice.
fn model(owner: &Handle, seen: &[Seen]) -> BTreeMap<RecordId, (u64, Entry, bool)> {
    let mut state: BTreeMap<RecordId, (u64, Entry, bool)> = BTreeMap::new();
    for (number, entry) in seen {
        let id: RecordId = format!("{owner}/{number}").parse().unwrap();
        let revision = entry.header().unwrap().revision;
        let others = || seen.iter().filter(|(other, _)| other == number).map(|(_, entry)| entry);
        let highest = others().map(|other| other.header().unwrap().revision).max().unwrap();
        let top = || others().filter(|other| other.header().unwrap().revision == highest);
        let winner = top().max_by_key(|other| other.leaf_hash()).unwrap();
        let contested = top().any(|other| other.leaf_hash() != winner.leaf_hash());
        if revision == highest {
            state.insert(id, (highest, winner.clone(), contested));
        }
    }
    state
}

#[test]
fn the_state_follows_from_the_set_of_entries_and_not_from_their_order() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let name = |place| format!("offer {}", "x".repeat(place));
        let bodies: Vec<Vec<u8>> =
            (0..6).map(|place| codec.encode(&offer(&name(place), "mask", 5).into())).collect();
        // Three records; the second has two bodies at its highest revision, the third three at one and none
        // above.
        let urgent: Vec<Seen> = vec![
            (1, entry(19, 1, 1, &bodies[0])),
            (2, entry(19, 2, 3, &bodies[1])),
            (3, entry(19, 3, 1, &bodies[2])),
            (3, entry(19, 3, 1, &bodies[3])),
        ];
        let normal: Vec<Seen> = vec![
            (2, entry(19, 2, 3, &bodies[4])),
            (1, entry(19, 1, 2, &bodies[5])),
            (2, entry(19, 2, 1, &bodies[0])),
            (3, entry(19, 3, 1, &bodies[5])),
            (1, entry(19, 1, 2, &bodies[5])),
        ];
        let expected = model(&isfahan.handle, &[urgent.clone(), normal.clone()].concat());
        let entries = |seen: &[Seen]| seen.iter().map(|(_, entry)| entry.clone()).collect::<Vec<_>>();
        let (urgent, normal) = (entries(&urgent), entries(&normal));
        for (order, batch) in [(false, 9), (true, 9), (false, 1), (true, 1), (true, 2)] {
            let reader = City::found(&server, "quanzhou", &codec).await;
            let mut lanes = [(Lane::Urgent, &urgent), (Lane::Normal, &normal)];
            if order {
                lanes.reverse();
            }
            for (lane, entries) in lanes {
                for batch in entries.chunks(batch) {
                    apply(&reader, &isfahan, lane, batch).await;
                }
            }
            let found: BTreeMap<RecordId, (u64, bool)> = reader
                .everything()
                .await
                .into_iter()
                .map(|(_, stored)| {
                    (stored.snapshot.id.clone(), (stored.snapshot.revision.get(), stored.contested))
                })
                .collect();
            let wanted =
                expected.iter().map(|(id, (revision, _, contested))| (id.clone(), (*revision, *contested)));
            assert_eq!(found, wanted.collect(), "lanes reversed: {order}, {batch} at once");
            let bytes: usize = expected.values().map(|(_, winner, _)| winner.len_bytes()).sum();
            let usage = reader.store.view().await.unwrap().usage(&isfahan.handle).await.unwrap();
            assert_eq!(usage, Usage { records: 3, bytes: bytes as u64 }, "each counts once, as it stands");
            for (_, stored) in reader.everything().await {
                let (_, winner, _) = &expected[&stored.snapshot.id];
                let record = codec.decode(RecordKind::Offer, winner.body().unwrap()).unwrap();
                assert_eq!(stored.snapshot.record, record);
            }
        }
    });
}

#[test]
fn changes_are_read_from_a_cursor_without_loss_or_repetition() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        for place in 0..5 {
            isfahan.create(offer(&place.to_string(), "mask", 5)).await;
        }
        quanzhou.pull_all(&isfahan).await;
        let mut seen = Vec::new();
        let mut cursor = 0;
        loop {
            let mut view = quanzhou.store.view().await.unwrap();
            let changes = view.changes(cursor, 2).await.unwrap();
            if changes.cursor == cursor {
                break;
            }
            seen.extend(changes.records.iter().map(|stored| stored.snapshot.id.number.get()));
            cursor = changes.cursor;
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
        assert!(cursor <= quanzhou.store.progress().borrow().changed);
        quanzhou.create(need("beds", "bed", 2)).await;
        let mut view = quanzhou.store.view().await.unwrap();
        let changes = view.changes(cursor, 10).await.unwrap();
        assert_eq!(changes.records.len(), 1);
        assert_eq!(changes.records[0].snapshot.id.to_string(), "quanzhou/1");
        drop(view);
        let mut tx = quanzhou.store.begin_write().await.unwrap();
        tx.put_consumer("matcher", changes.cursor).await.unwrap();
        tx.commit().await.unwrap();
        let mut view = quanzhou.store.view().await.unwrap();
        assert_eq!(view.consumer("matcher").await.unwrap(), changes.cursor);
        assert_eq!(view.consumer("agreement").await.unwrap(), 0);
    });
}
