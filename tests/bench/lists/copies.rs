//! A copy of everything that an owner wrote, and whether copies show the same.

use anyhow::{Context as _, Result, ensure};
use quince_core::domain::{Codec as _, NeedState, Record, RecordId, RecordKind};
use quince_core::feed::tree::root;
use quince_core::feed::{Hash, Lane, TILE_LEAVES};
use quince_node::store::{ListQuery, Stored};
use quince_node::wire::RecordCodec;

use crate::lists::shelf::{Shelf, now};

/// Tiles that are taken in one transaction: about as many entries as a session saves at once.
const BATCH_TILES: u64 = 32;

/// Records that are read at once.
const PAGE: u32 = 1_000;

/// What all copies show.
pub(crate) struct Same {
    pub(crate) all: usize,
    pub(crate) withdrawn: usize,
    pub(crate) digest: Hash,
}

/// Brings a store up to another's own feeds, each tile verified, as one that was there from the beginning.
pub(crate) async fn follow(to: &Shelf, owner: &Shelf) -> Result<()> {
    for lane in Lane::ALL {
        follow_lane(to, owner, lane).await.with_context(|| format!("the {lane} lane"))?;
    }
    Ok(())
}

async fn follow_lane(to: &Shelf, owner: &Shelf, lane: Lane) -> Result<()> {
    let feed = owner.feed(lane).await?;
    let mut theirs = owner.store.view().await?;
    let Some(head) = theirs.feed(&feed).await?.and_then(|feed| feed.head) else { return Ok(()) };
    let mut log = to.store.view().await?.replica(&feed).await?;
    if log.frontier().size() >= head.head.size {
        return Ok(());
    }
    let index = theirs.tile_index(&feed, log.frontier().size() / TILE_LEAVES, head.head.size).await?;
    let catch_up = log.catch_up(index, &head, &owner.verifier().await?)?;
    log = catch_up.log;
    while log.frontier().size() < head.head.size {
        let mut tx = to.store.begin_write().await?;
        tx.save_target(&log, now()).await?;
        for _ in 0..BATCH_TILES {
            let held = log.frontier().size();
            if held == head.head.size {
                break;
            }
            let first = held / TILE_LEAVES * TILE_LEAVES;
            let end = head.head.size.min(first + TILE_LEAVES);
            let entries = theirs.entries(&feed, held..end, usize::MAX).await?;
            let leaves = theirs.leaf_hashes(&feed, first..end).await?;
            let whole = leaves.len() as u64 == TILE_LEAVES;
            let run =
                if whole { catch_up.index.tile(first / TILE_LEAVES, leaves)? } else { catch_up.index.edge() };
            let extended = log.extend_run(&run, held, &entries, None)?;
            tx.apply(&extended, &entries, now()).await?;
            log = extended.log;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// That copies show the same records of an owner as the owner does.
pub(crate) async fn assert_same(owner: &Shelf, copies: &[(&str, &Shelf)]) -> Result<Same> {
    let (mut leaves, mut withdrawn) = (Vec::new(), 0);
    for kind in RecordKind::ALL {
        let mut after = None;
        loop {
            let page = page(owner, owner, *kind, after.clone()).await?;
            for (name, copy) in copies {
                let found = self::page(copy, owner, *kind, after.clone()).await?;
                ensure!(
                    found == page,
                    "the {name} does not show what the owner shows after {after:?} of {kind:?}"
                );
            }
            for Stored { snapshot, .. } in &page {
                let body = RecordCodec.encode(&snapshot.record);
                let place = [u64::from(kind.code()), snapshot.id.number.get(), snapshot.revision.get()];
                let place: Vec<u8> = place.into_iter().flat_map(u64::to_be_bytes).collect();
                leaves.push(Hash::of(&[&place, &body]));
                withdrawn += usize::from(is_withdrawn(&snapshot.record));
            }
            after = page.last().map(|last| last.snapshot.id.clone());
            if after.is_none() {
                break;
            }
        }
    }
    Ok(Same { all: leaves.len(), withdrawn, digest: root(&leaves) })
}

fn is_withdrawn(record: &Record) -> bool {
    matches!(record, Record::Need(need) if need.state == NeedState::Withdrawn)
}

async fn page(at: &Shelf, owner: &Shelf, kind: RecordKind, after: Option<RecordId>) -> Result<Vec<Stored>> {
    let query = ListQuery { owner: Some(owner.handle.clone()), after, ..ListQuery::of(kind, PAGE) };
    let mut page = at.store.view().await?.list(&query).await?;
    for stored in &mut page {
        // Each store counts its changes for itself.
        stored.changed = 0;
    }
    Ok(page)
}
