//! Live lists that no honest owner writes: everybody who holds the same feeds still shows the same.

use std::sync::Arc;

use quince_core::domain::{Codec as _, Need, NeedState, Record};
use quince_core::feed::{Entry, EntryKind, Lane, LaneSizes, LiveList, TILE_LEAVES};
use quince_tests::samples::{need, offer};

use crate::apply::{apply, entry};
use crate::city::City;
use crate::codec::Remembering;
use crate::database::{Server, on_both};
use crate::lists::{assert_sound, compact, pull_live};

/// The record that these tests are about.
const OURS: u64 = 1;

/// Numbers of the others, from this on.
const OTHERS: u64 = 1_000;

/// An owner that signs whatever it is told to, and two that read it.
struct Town {
    codec: Arc<Remembering>,
    isfahan: City,
    quanzhou: City,
    recife: City,
}

impl Town {
    async fn found(server: &Server) -> Self {
        let codec: Arc<Remembering> = Arc::default();
        let isfahan = City::found(server, "isfahan", &codec).await;
        let quanzhou = City::found(server, "quanzhou", &codec).await;
        let recife = City::found(server, "recife", &codec).await;
        Self { codec, isfahan, quanzhou, recife }
    }

    fn revision(&self, number: u64, revision: u64, record: impl Into<Record>) -> Entry {
        let record = record.into();
        entry(record.kind().code(), number, revision, &self.codec.encode(&record))
    }

    /// A tile of other records less so many entries.
    fn others(&self, less: u64, from: u64) -> Vec<Entry> {
        let numbers = from..from + TILE_LEAVES - less;
        numbers.map(|number| self.revision(number, 1, offer("of another record", "gown", 5))).collect()
    }

    /// Quanzhou takes what Isfahan signs.
    async fn take(&self, lane: Lane, entries: &[Entry]) {
        apply(&self.quanzhou, &self.isfahan, lane, entries).await;
    }

    /// Quanzhou takes a list of one tile.
    async fn list(&self, lane: Lane, sizes: LaneSizes, dead: &[u64]) {
        let list = LiveList::new(lane, TILE_LEAVES, sizes, dead.iter().copied()).unwrap();
        let parts = list.to_bodies();
        let parts: Vec<Entry> = parts.iter().map(|body| entry(EntryKind::LIVE_LIST.0, 0, 0, body)).collect();
        self.take(lane, &parts).await;
    }
}

/// The need as a city shows it: its revision and state.
async fn shown(at: &City) -> Option<(u64, NeedState)> {
    let found = at.store.view().await.unwrap().get::<Need>(&"isfahan/1".parse().unwrap()).await.unwrap();
    found.map(|need| (need.revision.get(), need.record.state))
}

fn withdrawn() -> Need {
    Need { state: NeedState::Withdrawn, ..need("masks", "mask", 1) }
}

#[test]
fn an_older_revision_that_lives_stands_again_when_its_owner_calls_the_newest_dead() {
    for (older, newest) in
        [(Lane::Normal, Lane::Normal), (Lane::Urgent, Lane::Normal), (Lane::Normal, Lane::Urgent)]
    {
        on_both(move |server| async move {
            let town = Town::found(&server).await;
            let first = town.revision(OURS, 1, need("masks", "mask", 1));
            let second = town.revision(OURS, 2, withdrawn());
            if older == newest {
                town.take(newest, &[&[first, second][..], &town.others(2, OTHERS)].concat()).await;
            } else {
                town.take(older, &[&[first][..], &town.others(1, 2 * OTHERS)].concat()).await;
                town.take(
                    newest,
                    &[&town.others(1, OTHERS)[..1], &[second], &town.others(1, OTHERS)[1..]].concat(),
                )
                .await;
            }
            assert_eq!(shown(&town.quanzhou).await, Some((2, NeedState::Withdrawn)));
            town.list(newest, LaneSizes::default(), &[1]).await;
            assert_eq!(shown(&town.quanzhou).await, Some((1, NeedState::Open)), "{older} and {newest}");
            compact(&town.quanzhou).await;
            assert_sound(&town.quanzhou).await;
            for lane in [Lane::Urgent, Lane::Normal] {
                pull_live(&town.recife, &town.quanzhou, &town.isfahan, lane).await;
            }
            assert_eq!(town.recife.everything().await, town.quanzhou.everything().await);
        });
    }
}

#[test]
fn of_several_older_revisions_that_live_the_highest_stands_and_none_that_is_dead_too() {
    on_both(|server| async move {
        let town = Town::found(&server).await;
        let revisions: Vec<Entry> =
            (1..=4).map(|revision| town.revision(OURS, revision, need("masks", "mask", 3))).collect();
        town.take(Lane::Normal, &[&revisions[..], &town.others(4, OTHERS)].concat()).await;
        town.list(Lane::Normal, LaneSizes::default(), &[2, 3]).await;
        assert_eq!(shown(&town.quanzhou).await, Some((2, NeedState::Open)));
        let of_isfahan = town.quanzhou.store.view().await.unwrap().usage(&town.isfahan.handle).await.unwrap();
        assert_eq!(of_isfahan.records, TILE_LEAVES - 4 + 1, "it counts once, as one that lives");
    });
}

#[test]
fn a_list_waits_for_the_rest_of_a_less_urgent_lane_of_which_a_beginning_is_held() {
    on_both(|server| async move {
        let town = Town::found(&server).await;
        let others = town.others(1, OTHERS);
        let normal = [&[town.revision(OURS, 1, need("masks", "mask", 3))][..], &others].concat();
        town.take(Lane::Normal, &normal[..100]).await;
        town.take(
            Lane::Urgent,
            &[&[town.revision(OURS, 2, withdrawn())][..], &town.others(1, 2 * OTHERS)].concat(),
        )
        .await;
        // Both revisions go; the list of the urgent lane rests on that of the normal one.
        let sizes = LaneSizes { normal: TILE_LEAVES + 1, bulk: 0 };
        town.list(Lane::Urgent, sizes, &[0]).await;
        assert_eq!(
            shown(&town.quanzhou).await,
            Some((2, NeedState::Withdrawn)),
            "the beginning says that it is open"
        );
        assert!(!town.quanzhou.store.view().await.unwrap().is_compacting().await.unwrap());
        town.take(Lane::Normal, &normal[100..]).await;
        assert_eq!(
            shown(&town.quanzhou).await,
            Some((2, NeedState::Withdrawn)),
            "the list of the normal lane lacks"
        );
        town.list(Lane::Normal, LaneSizes::default(), &[0]).await;
        assert_eq!(shown(&town.quanzhou).await, None);
        compact(&town.quanzhou).await;
        assert_sound(&town.quanzhou).await;
    });
}

#[test]
fn a_list_waits_for_nothing_where_nothing_less_urgent_is_held() {
    on_both(|server| async move {
        let town = Town::found(&server).await;
        town.take(
            Lane::Urgent,
            &[&[town.revision(OURS, 2, withdrawn())][..], &town.others(1, OTHERS)].concat(),
        )
        .await;
        town.list(Lane::Urgent, LaneSizes { normal: TILE_LEAVES + 1, bulk: 0 }, &[0]).await;
        assert_eq!(shown(&town.quanzhou).await, None);
        assert!(town.quanzhou.store.view().await.unwrap().is_compacting().await.unwrap());
    });
}
