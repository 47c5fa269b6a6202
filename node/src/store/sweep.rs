//! The owner's sweep: when more of its feeds is dead than live, it says so in live lists.
//!
//! Live is the winning revision of each own record, also of one that was withdrawn, as long as anything can name it or an
//! earlier revision could come back to life without it; a code keeps its meaning for ever. All three lanes are swept in one
//! transaction, from the least to the most urgent, so that each list can name the sizes of those that it rests on.

use std::collections::{BTreeMap, BTreeSet};

use quince_core::domain::{Handle, Instant, RecordKind};
use quince_core::feed::live_list::{LISTED_LANES, list_base};
use quince_core::feed::{
    AudienceId, EntryKind, FeedId, Fields, Lane, LaneSizes, ListPlace, LiveList, TILE_LEAVES,
};

use super::append::{fields, whole_entry};
use super::conn::on;
use super::error::StoreError;
use super::feed::FeedState;
use super::removal::Spot;
use super::row::integer;
use super::view::View;
use super::write::WriteTx;

/// Dead entries below which no sweep is worth the reading of its lists, however few records live.
const DEAD_MIN: u64 = 1_000;

/// By how much an entry can bring a sweep nearer, at most: it makes the revision before it dead, and when it withdraws, itself,
/// which then lives no more.
const STEPS_PER_ENTRY: u64 = 3;

/// Withdrawn records of an owner that may go from a feed: no promise names them, and all their revisions stand there, below
/// the base. One that became urgent on its way stays, as withdrawn: whoever holds an old beginning of the less urgent lane would
/// show it as open.
const MAY_GO: &str = "SELECT r.number FROM record r WHERE r.owner = $1 AND r.state = 'withdrawn' AND r.feed = $2 \
    AND NOT EXISTS (SELECT 1 FROM own_revision o WHERE o.number = r.number AND (o.feed <> r.feed OR o.idx >= $3)) \
    AND NOT EXISTS (SELECT 1 FROM record q WHERE q.need_owner = r.owner AND q.need_number = r.number) \
    AND NOT EXISTS (SELECT 1 FROM record q WHERE q.offer_owner = r.owner AND q.offer_number = r.number) \
    AND NOT EXISTS (SELECT 1 FROM mention m WHERE m.named_owner = r.owner AND m.named_number = r.number \
        AND m.kind IN (20, 21, 24, 25))";

/// An own lane on its way to a list.
struct Swept {
    feed: FeedState,
    base: u64,
    /// Entries that count, in their order.
    live: Vec<u64>,
    /// Winning revisions that nobody needs any more.
    going: Vec<Spot>,
}

impl View {
    /// How many entries the own feeds have that are swept. See [`WriteTx::sweep`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn swept_size(&mut self) -> Result<u64, StoreError> {
        Ok(self.own_listed().await?.iter().map(FeedState::size).sum())
    }

    /// The own feeds that have lists, the least urgent first.
    async fn own_listed(&mut self) -> Result<Vec<FeedState>, StoreError> {
        let Some(federation) = self.federation().await? else { return Ok(Vec::new()) };
        let (node, audience) = (self.own_node().await?, AudienceId::federation(&federation));
        let mut feeds = Vec::new();
        for lane in LISTED_LANES {
            feeds.extend(self.feed(&FeedId { node, audience, lane }).await?);
        }
        Ok(feeds)
    }
}

impl WriteTx {
    /// Writes the lists of all own lanes, when more is dead than live and than is worth it. Tells at which
    /// [`View::swept_size`] the next sweep can be due.
    ///
    /// # Errors
    /// As for [`WriteTx::append`].
    pub async fn sweep(&mut self, now: Instant) -> Result<u64, StoreError> {
        self.shared.guard.check()?;
        let origin = self.known_origin().await?;
        let mut swept = Vec::new();
        for feed in self.own_listed().await? {
            swept.push(self.part(&origin.handle, feed).await?);
        }
        let (size, lacking) = due(self.dead_before(&swept).await?, &swept);
        if lacking > 0 {
            return Ok(size + lacking.div_ceil(STEPS_PER_ENTRY));
        }
        let mut sizes = BTreeMap::new();
        for lane in &swept {
            let size = self.write_list(lane, &sizes, now).await?;
            sizes.insert(lane.feed.id.lane, size);
        }
        for lane in &swept {
            self.remove_records(&lane.feed, &origin.handle, &lane.going).await?;
        }
        if swept.iter().any(|lane| !lane.going.is_empty()) {
            self.note_removal(&origin.handle).await?;
        }
        Ok(sizes.values().sum::<u64>() + DEAD_MIN / STEPS_PER_ENTRY)
    }

    /// Parts what lives in a feed from withdrawn records that may go.
    async fn part(&mut self, owner: &Handle, feed: FeedState) -> Result<Swept, StoreError> {
        let base = list_base(feed.size());
        let numbers: Vec<i64> = on!(&mut self.conn, db => sqlx::query_scalar(MAY_GO)
            .bind(owner.as_str()).bind(feed.key).bind(integer(base)).fetch_all(db))?;
        let numbers: BTreeSet<i64> = numbers.into_iter().collect();
        let may_go = |spot: &Spot| {
            spot.kind != i64::from(RecordKind::OwnItem.code()) && numbers.contains(&spot.number)
        };
        let (going, live): (Vec<Spot>, Vec<Spot>) =
            self.standing_in(&feed, owner).await?.into_iter().partition(may_go);
        Ok(Swept { feed, base, live: live.into_iter().map(|spot| spot.idx).collect(), going })
    }

    /// How many leaves the last lists called dead.
    async fn dead_before(&mut self, swept: &[Swept]) -> Result<u64, StoreError> {
        let mut dead = 0;
        for lane in swept {
            dead += self.live_list(&lane.feed).await?.map_or(0, |list| list.dead());
        }
        Ok(dead)
    }

    /// Writes the list of one lane, if it has whole tiles. Answers how many entries the lane has then.
    async fn write_list(
        &mut self,
        lane: &Swept,
        sizes: &BTreeMap<Lane, u64>,
        now: Instant,
    ) -> Result<u64, StoreError> {
        let Swept { feed, base, live, .. } = lane;
        if *base < TILE_LEAVES {
            return Ok(feed.size());
        }
        let of = |lane: Lane| sizes.get(&lane).copied().unwrap_or_default();
        let named = LaneSizes::below(feed.id.lane, of(Lane::Normal), of(Lane::Bulk));
        let mut live = live.iter().peekable();
        let dead = (0..*base).filter(|index| live.next_if_eq(&index).is_none());
        let list = LiveList::new(feed.id.lane, *base, named, dead)
            .map_err(|error| StoreError::conflict(error.to_string()))?;
        let mut entries = Vec::new();
        for body in list.to_bodies() {
            let fields = Fields { kind: EntryKind::LIVE_LIST, ..fields(&body, now)? };
            entries.push(whole_entry(fields, body));
        }
        let (first, end) = (feed.size(), feed.size() + entries.len() as u64);
        let origin = self.known_origin().await?;
        self.append_to(&origin, feed.id.lane, entries, now).await?;
        self.put_list(feed, ListPlace { base: *base, first, end }, None, *base).await?;
        Ok(end)
    }
}

/// How many entries there are, and how many more must die before a sweep is due: more must be dead, and not called so yet, than
/// lives, and than is worth it.
fn due(dead_before: u64, swept: &[Swept]) -> (u64, u64) {
    let live: u64 = swept.iter().map(|lane| lane.live.len() as u64).sum();
    let size: u64 = swept.iter().map(|lane| lane.feed.size()).sum();
    let dead = size.saturating_sub(live).saturating_sub(dead_before);
    (size, (live.max(DEAD_MIN) + 1).saturating_sub(dead))
}
