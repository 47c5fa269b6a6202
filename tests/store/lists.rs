//! Live lists: an owner sweeps, and everybody who holds its feeds comes to the same records, whichever way they came.

use std::collections::BTreeMap;
use std::sync::Arc;

use quince_core::domain::{
    Need, NeedState, Number, Offer, OfferState, Record, RecordId, RecordKind, Revision,
};
use quince_core::feed::live_list::closed_by;
use quince_core::feed::{ClosedList, Entry, FeedId, Lane, TILE_LEAVES};
use quince_node::store::{Mended, Stored};
use quince_tests::samples::{line, need, now, offer, own_item, requisition};

use crate::city::{City, revision, tamper};
use crate::codec::Remembering;
use crate::database::{Server, on_both};

/// Rounds in which every record is revised. Together more than a sweep needs.
const ROUNDS: u64 = 20;

/// Needs of the urgent lane, offers of the normal one, and items of the bulk one.
const EACH: u64 = 30;

fn record_of(place: u64, round: u64, ended: bool) -> Record {
    let words = format!("{place} in round {}", round % 7);
    match place % 3 {
        0 => Need {
            state: if ended { NeedState::Withdrawn } else { NeedState::Open },
            ..need(&words, "mask", 1)
        }
        .into(),
        1 => {
            let state = if ended { OfferState::Withdrawn } else { OfferState::Open };
            Offer { state, ..offer(&words, "mask", 5) }.into()
        }
        _ => own_item(&format!("isfahan:item.{place}"), &[("en", &words)]).into(),
    }
}

/// Writes one revision of each of these records.
async fn write(city: &City, numbers: impl Iterator<Item = u64>, round: u64, ended: bool) {
    let mut tx = city.store.begin_write().await.unwrap();
    let mut all = Vec::new();
    for number in numbers {
        let id = RecordId::new(city.handle.clone(), Number::new(number).unwrap());
        all.push(revision(id, round, record_of(number, round, ended)));
    }
    tx.append_all(all, now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn sweep(city: &City) -> bool {
    let mut tx = city.store.begin_write().await.unwrap();
    tx.sweep(now()).await.unwrap();
    !tx.commit().await.unwrap().heads.is_empty()
}

/// Lets everything go that is to be let go.
pub(crate) async fn compact(city: &City) {
    while city.store.view().await.unwrap().is_compacting().await.unwrap() {
        let mut tx = city.store.begin_write().await.unwrap();
        tx.compact().await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// The list by which something of a feed may be left out.
async fn list(city: &City, feed: FeedId) -> Option<ClosedList> {
    let mut view = city.store.view().await.unwrap();
    let place = view.feed(&feed).await.unwrap()?.list?;
    let mut parts = BTreeMap::new();
    for index in place.first..place.end {
        parts.insert(index, view.entries(&feed, index..index + 1, 1).await.unwrap().pop().unwrap());
    }
    let closed = closed_by(feed.lane, place.end - 1, |index| parts.get(&index).cloned()).unwrap();
    assert_eq!(closed.place, place);
    Some(closed)
}

/// Fetches a feed as a session does that leaves out what is dead. Answers the bytes that came.
pub(crate) async fn pull_live(to: &City, from: &City, owner: &City, lane: Lane) -> usize {
    pull_some(to, from, owner, lane, usize::MAX).await
}

/// The same, but no more than so many steps.
async fn pull_some(to: &City, from: &City, owner: &City, lane: Lane, steps: usize) -> usize {
    let feed = owner.feed(lane);
    let mut theirs = from.store.view().await.unwrap();
    let Some(head) = theirs.feed(&feed).await.unwrap().and_then(|feed| feed.head) else { return 0 };
    let mut log = to.store.view().await.unwrap().replica(&feed).await.unwrap();
    let first_tile = log.frontier().size() / TILE_LEAVES;
    if log.frontier().size() >= head.head.size {
        return 0;
    }
    let index = theirs.tile_index(&feed, first_tile, head.head.size).await.unwrap();
    let mut bytes = 32 * (index.tiles.len() + index.edge.len());
    let catch_up = log.catch_up(index, &head, &owner.verifier()).unwrap();
    log = catch_up.log;
    let list = list(from, feed).await;
    if let Some(closed) = &list {
        bytes += usize::try_from(closed.list.base() / 8).unwrap() + 8192;
    }
    for _ in 0..steps {
        let held = log.frontier().size();
        if held == head.head.size {
            break;
        }
        let tile = held / TILE_LEAVES;
        let (extended, entries) = match &list {
            Some(closed) if closed.list.is_dead_tile(tile) => {
                let extended = log.extend_dead_tiles(&catch_up.index, tile..tile + 1, closed).unwrap();
                (extended, Vec::new())
            }
            _ => {
                let end = head.head.size.min((tile + 1) * TILE_LEAVES);
                let is_dead = |index| list.as_ref().is_some_and(|closed| !closed.list.is_live(index));
                let entries = theirs.entries(&feed, held..end, usize::MAX).await.unwrap();
                let spare = |(index, entry): (u64, Entry)| if is_dead(index) { entry.bury() } else { entry };
                let entries: Vec<Entry> = (held..).zip(entries).map(spare).collect();
                let leaves = theirs.leaf_hashes(&feed, tile * TILE_LEAVES..end).await.unwrap();
                let run = match leaves.len() as u64 == TILE_LEAVES {
                    true => catch_up.index.tile(tile, leaves).unwrap(),
                    false => catch_up.index.edge(),
                };
                bytes += entries.iter().map(|entry| entry.len_bytes() + 16).sum::<usize>();
                (log.extend_run(&run, held, &entries, list.as_ref()).unwrap(), entries)
            }
        };
        let mut tx = to.store.begin_write().await.unwrap();
        tx.apply(&extended, &entries, now()).await.unwrap();
        tx.commit().await.unwrap();
        log = extended.log;
    }
    bytes
}

async fn pull_all_live(to: &City, from: &City, owner: &City) -> usize {
    let mut bytes = 0;
    for lane in Lane::ALL {
        bytes += pull_live(to, from, owner, lane).await;
    }
    bytes
}

/// How many entries of another city are held with a body.
async fn bodies(at: &City, of: &City, lane: Lane) -> usize {
    let mut view = at.store.view().await.unwrap();
    let feed = of.feed(lane);
    let size = view.feed(&feed).await.unwrap().map_or(0, |feed| feed.size());
    let entries = view.entries(&feed, 0..size, usize::MAX).await.unwrap();
    entries.iter().filter(|entry| entry.body().is_some()).count()
}

pub(crate) async fn assert_sound(city: &City) {
    assert_eq!(city.store.check().await.unwrap().faults, Vec::<String>::new());
}

struct Town {
    isfahan: City,
    quanzhou: City,
    recife: City,
    acre: City,
}

/// Isfahan has written everything many times over and withdrawn a third; Quanzhou has followed all of it, and Isfahan has swept.
async fn town(server: &Server) -> Town {
    let codec: Arc<Remembering> = Arc::default();
    let isfahan = City::found(server, "isfahan", &codec).await;
    let quanzhou = City::found(server, "quanzhou", &codec).await;
    let recife = City::found(server, "recife", &codec).await;
    let acre = City::found(server, "acre", &codec).await;
    let all = || 1..=3 * EACH;
    for round in 1..=ROUNDS {
        write(&isfahan, all(), round, false).await;
        quanzhou.pull_all(&isfahan).await;
    }
    // Withdrawn: the first ten needs and offers; a promise names two of them.
    write(&isfahan, all().filter(|number| *number <= 30 && number % 3 != 2), ROUNDS + 1, true).await;
    quanzhou.create(requisition(line("isfahan/3"), line("isfahan/4"), 5)).await;
    isfahan.pull_all(&quanzhou).await;
    // So that what was written last lies behind the lists.
    write(&isfahan, all().filter(|number| *number > 30), ROUNDS + 1, false).await;
    for round in 2..12 {
        write(&isfahan, all().filter(|number| *number > 30), ROUNDS + round, false).await;
    }
    quanzhou.pull_all(&isfahan).await;
    assert!(sweep(&isfahan).await, "a sweep is due");
    Town { isfahan, quanzhou, recife, acre }
}

#[test]
fn whoever_saw_everything_and_whoever_came_through_a_list_show_the_same_records() {
    on_both(|server| async move {
        let Town { isfahan, quanzhou, recife, acre } = town(&server).await;
        quanzhou.pull_all(&isfahan).await;
        let expected: Vec<_> = isfahan
            .everything()
            .await
            .into_iter()
            .filter(|(_, it)| it.snapshot.id.owner == isfahan.handle)
            .collect();
        assert_eq!(
            expected.len(),
            3 * 30 - 20 + 2,
            "what was withdrawn is gone but for what a promise names"
        );
        let of_isfahan = |all: Vec<(RecordKind, Stored)>| -> Vec<_> {
            all.into_iter().filter(|(_, it)| it.snapshot.id.owner == isfahan.handle).collect()
        };
        assert_eq!(of_isfahan(quanzhou.everything().await), expected);
        pull_all_live(&recife, &isfahan, &isfahan).await;
        assert_eq!(of_isfahan(recife.everything().await), expected);
        compact(&quanzhou).await;
        assert_eq!(of_isfahan(quanzhou.everything().await), expected);
        pull_all_live(&acre, &quanzhou, &isfahan).await;
        compact(&acre).await;
        assert_eq!(of_isfahan(acre.everything().await), expected);
        for city in [&isfahan, &quanzhou, &recife, &acre] {
            assert_sound(city).await;
        }
        for lane in [Lane::Urgent, Lane::Normal, Lane::Bulk] {
            let (early, late) =
                (bodies(&quanzhou, &isfahan, lane).await, bodies(&acre, &isfahan, lane).await);
            assert_eq!(early, late, "{lane}");
            assert!(early < 30 + 256 + 12, "{lane}: {early} bodies");
        }
        let usage =
            |at: City| async move { at.store.view().await.unwrap().usage(&"isfahan".parse().unwrap()).await };
        assert_eq!(usage(quanzhou).await.unwrap(), usage(acre).await.unwrap());
    });
}

#[test]
fn an_owner_keeps_the_history_of_what_it_has_swept_and_can_revise_the_rest() {
    on_both(|server| async move {
        let Town { isfahan, .. } = town(&server).await;
        let mut view = isfahan.store.view().await.unwrap();
        let history = view.history(Number::new(1).unwrap(), None, 100).await.unwrap();
        assert_eq!(history.len() as u64, ROUNDS + 1);
        assert!(history.iter().all(|revision| revision.record.is_some()));
        drop(view);
        write(&isfahan, 31..=90, ROUNDS + 12, false).await;
        assert!(!sweep(&isfahan).await, "one sweep is enough for a while");
        assert_sound(&isfahan).await;
    });
}

#[test]
fn numbers_of_changes_never_go_back_and_whoever_keeps_records_hears_that_some_went() {
    on_both(|server| async move {
        let Town { isfahan, quanzhou, .. } = town(&server).await;
        let before = quanzhou.store.view().await.unwrap().last_changed().await.unwrap();
        quanzhou.pull_all(&isfahan).await;
        let quanzhou = quanzhou.reopen().await;
        let mut view = quanzhou.store.view().await.unwrap();
        let (last, removed) = (view.last_changed().await.unwrap(), view.last_removed().await.unwrap());
        assert!(removed > before && last >= removed);
        let mut cursor = 0;
        loop {
            let changes = view.changes(cursor, 7).await.unwrap();
            if changes.cursor == cursor {
                break;
            }
            cursor = changes.cursor;
        }
        assert_eq!(cursor, last, "a reader comes to the end");
    });
}

#[test]
fn letting_go_can_be_broken_off_anywhere_and_a_copy_on_the_way_can_go_on() {
    on_both(|server| async move {
        let Town { isfahan, mut quanzhou, mut recife, acre } = town(&server).await;
        quanzhou.pull_all(&isfahan).await;
        let expected = quanzhou.everything().await;
        let mut steps = 0;
        while quanzhou.store.view().await.unwrap().is_compacting().await.unwrap() {
            let mut tx = quanzhou.store.begin_write().await.unwrap();
            tx.compact().await.unwrap();
            if steps % 2 == 0 {
                tx.commit().await.unwrap();
            } else {
                drop(tx);
            }
            quanzhou = quanzhou.reopen().await;
            assert_sound(&quanzhou).await;
            assert_eq!(quanzhou.everything().await, expected);
            steps += 1;
        }
        assert!(steps > 2);
        for lane in Lane::ALL {
            for _ in 0..20 {
                pull_some(&recife, &quanzhou, &isfahan, lane, 1).await;
                recife = recife.reopen().await;
                assert_sound(&recife).await;
            }
        }
        pull_all_live(&acre, &isfahan, &isfahan).await;
        assert_eq!(recife.everything().await, acre.everything().await);
    });
}

#[test]
fn a_reader_that_was_away_since_before_the_list_loses_what_was_withdrawn_meanwhile() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let recife = City::found(&server, "recife", &codec).await;
        write(&isfahan, 1..=90, 1, false).await;
        quanzhou.pull_all(&isfahan).await;
        for round in 2..=ROUNDS {
            write(&isfahan, 1..=90, round, false).await;
        }
        write(&isfahan, (1..=30).filter(|number| number % 3 != 2), ROUNDS + 1, true).await;
        for round in 1..12 {
            write(&isfahan, 31..=90, ROUNDS + round, false).await;
        }
        assert!(sweep(&isfahan).await);
        pull_all_live(&recife, &isfahan, &isfahan).await;
        compact(&recife).await;
        assert_eq!(quanzhou.everything().await.len(), 90);
        pull_all_live(&quanzhou, &recife, &isfahan).await;
        assert_eq!(quanzhou.everything().await, recife.everything().await);
        assert_eq!(quanzhou.everything().await.len(), 70);
        compact(&quanzhou).await;
        assert_sound(&quanzhou).await;
        for lane in [Lane::Urgent, Lane::Normal, Lane::Bulk] {
            assert_eq!(bodies(&quanzhou, &isfahan, lane).await, bodies(&recife, &isfahan, lane).await);
        }
    });
}

#[test]
fn a_reader_of_the_urgent_lane_sees_what_was_withdrawn_there_whatever_old_beginning_of_another_lane_it_holds()
{
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let [quanzhou, recife, acre] = [
            City::found(&server, "quanzhou", &codec).await,
            City::found(&server, "recife", &codec).await,
            City::found(&server, "acre", &codec).await,
        ];
        // An everyday need becomes urgent, and is withdrawn as such.
        let id = RecordId::new(isfahan.handle.clone(), Number::new(1).unwrap());
        let first = isfahan.create(need("masks", "mask", 3)).await;
        assert_eq!(first.id, id);
        for city in [&quanzhou, &acre] {
            city.pull_all(&isfahan).await;
        }
        isfahan.revise(&first, Need { state: NeedState::Withdrawn, ..need("masks", "mask", 1) }).await;
        for round in 1..=ROUNDS {
            write(&isfahan, (2..=61).map(|number| number * 3), round, false).await;
            write(&isfahan, (2..=61).map(|number| number * 3 + 1), round, false).await;
        }
        let urgent = isfahan.feed(Lane::Urgent);
        // Quanzhou sees the withdrawal before the lists, Acre and Recife through them; Recife holds nothing less urgent.
        quanzhou.pull(&isfahan, urgent, &isfahan.verifier()).await.unwrap();
        assert!(sweep(&isfahan).await);
        quanzhou.pull(&isfahan, urgent, &isfahan.verifier()).await.unwrap();
        for city in [&recife, &acre] {
            pull_live(city, &isfahan, &isfahan, Lane::Urgent).await;
        }
        for city in [&quanzhou, &recife, &acre] {
            let found = city.store.view().await.unwrap().get::<Need>(&id).await.unwrap();
            assert_eq!(found.map(|need| need.record.state), Some(NeedState::Withdrawn), "{}", city.handle);
        }
        for city in [&quanzhou, &recife, &acre] {
            for lane in [Lane::Normal, Lane::Bulk] {
                pull_live(city, &isfahan, &isfahan, lane).await;
            }
            compact(city).await;
            assert_eq!(city.everything().await, isfahan.everything().await, "{}", city.handle);
            assert_sound(city).await;
        }
    });
}

#[test]
fn a_copy_that_was_damaged_after_it_let_go_is_cut_back_and_comes_again_through_the_list() {
    on_both(|server| async move {
        let Town { isfahan, quanzhou, recife, acre } = town(&server).await;
        quanzhou.pull_all(&isfahan).await;
        compact(&quanzhou).await;
        let expected = quanzhou.everything().await;
        let feed = isfahan.feed(Lane::Normal);
        let other = if quanzhou.is_sqlite() { "zeroblob(300)" } else { "decode(repeat('00', 300), 'hex')" };
        let foreign = "feed IN (SELECT feed FROM feed WHERE NOT own)";
        for statement in [
            format!("UPDATE entry SET body = {other} WHERE body IS NOT NULL AND {foreign}"),
            format!("DELETE FROM entry WHERE body IS NOT NULL AND {foreign}"),
            format!("DELETE FROM tile WHERE tile = 0 AND {foreign}"),
        ] {
            tamper(&quanzhou, &statement).await;
            assert!(!quanzhou.store.check().await.unwrap().faults.is_empty(), "{statement}");
            for lane in Lane::ALL {
                let mut tx = quanzhou.store.begin_write().await.unwrap();
                let feed = isfahan.feed(lane);
                let mended = tx.mend_feed(&feed, now()).await.unwrap();
                assert!(
                    matches!(mended, Mended::Truncated { .. }) || lane < Lane::Urgent,
                    "{statement}: {lane}"
                );
                let held = tx.feed(&feed).await.unwrap();
                assert!(
                    held.is_none_or(|held| held.head.is_none()),
                    "nothing is shown that cannot be explained"
                );
                tx.commit().await.unwrap();
                pull_live(&quanzhou, &isfahan, &isfahan, lane).await;
            }
            assert_sound(&quanzhou).await;
            assert_eq!(quanzhou.everything().await, expected, "{statement}");
            compact(&quanzhou).await;
        }
        pull_all_live(&recife, &quanzhou, &isfahan).await;
        pull_all_live(&acre, &isfahan, &isfahan).await;
        assert_eq!(recife.everything().await, acre.everything().await);
        assert!(bodies(&recife, &isfahan, feed.lane).await > 0);
    });
}

#[test]
fn a_newcomer_receives_little_more_than_what_lives() {
    on_both(|server| async move {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(&server, "isfahan", &codec).await;
        let quanzhou = City::found(&server, "quanzhou", &codec).await;
        let offers: Vec<u64> = (0..600).map(|place| place * 3 + 1).collect();
        for round in 1..=ROUNDS {
            write(&isfahan, offers.iter().copied(), round, false).await;
        }
        assert!(sweep(&isfahan).await);
        let bytes = pull_live(&quanzhou, &isfahan, &isfahan, Lane::Normal).await;
        assert_eq!(quanzhou.everything().await.len(), 600);
        let live = 600 * (44 + 300 + 16);
        assert!(bytes * 10 <= live * 12, "{bytes} bytes for {live} that live");
        let whole = 600 * usize::try_from(ROUNDS).unwrap() * 360;
        assert!(bytes * 10 < whole, "{bytes} bytes instead of {whole}");
        let first = quanzhou.everything().await.remove(0).1;
        assert_eq!(first.snapshot.revision, Revision::new(ROUNDS).unwrap());
    });
}
