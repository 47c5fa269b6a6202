//! The owner's write path: records become revisions, and published ones entries under a signed head.

use std::collections::BTreeMap;

use quince_core::domain::{
    Audience, Handle, Instant, Number, Record, RecordId, RecordKind, Revision, Snapshot,
};
use quince_core::feed::header::{BODY_LEN_MAX, coarse_time};
use quince_core::feed::{
    AudienceId, Entry, EntryKind, FeedId, Fields, Flags, Header, Lane, OriginLog, Raw, ReplicaLog, SignedHead,
};

use super::bulk::{self, Insert, bytes, integers, texts};
use super::conn::on;
use super::error::StoreError;
use super::facts::{facts, lane_of};
use super::feed::FeedState;
use super::fold::{EntryPlace, Row};
use super::meta::Origin;
use super::row::{Place, audience_word, integer};
use super::write::WriteTx;

/// The version of the record bodies that this program writes and reads.
pub(super) const BODY_SCHEMA: u16 = 1;

const NEXT_NUMBER: &str = "SELECT COALESCE(MAX(number), 0) + 1 FROM own_revision";
const LAST_REVISION: &str = "SELECT revision, lane FROM record LEFT JOIN feed ON feed.feed = record.feed \
    WHERE kind = $1 AND owner = $2 AND number = $3";

/// See `bulk` for why there are two texts.
const INSERT_REVISIONS: Insert = Insert {
    sqlite: "INSERT INTO own_revision (time, number, revision, kind, audience, feed, idx, body, holder) VALUES",
    sqlite_end: "",
    postgres: "INSERT INTO own_revision (time, number, revision, kind, audience, feed, idx, body, holder) \
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], \
            $7::bigint[], $8::bytea[], $9::text[])",
};

/// A revision of an own record, decided by the domain's rules and not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// The record's number: a new one from [`WriteTx::allocate_number`], or the record's own.
    pub number: Number,
    /// [`Revision::FIRST`], or the one after the stored revision.
    pub revision: Revision,
    /// Who may see it. Private records stay in this database.
    pub audience: Audience,
    /// What it says.
    pub record: Record,
    /// Who wrote it: the holder of the token.
    pub holder: String,
}

/// An entry of the identity lane that is no record, such as the inception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// What the body is; below 16.
    pub kind: EntryKind,
    /// The body.
    pub body: Vec<u8>,
}

/// An own feed with entries that no head covers yet.
pub(super) struct OpenFeed {
    before: FeedState,
    entries: Vec<Entry>,
}

/// A revision on its way to the tables.
struct Prepared {
    new: NewRevision,
    body: Vec<u8>,
    /// The feed it goes into; `None` keeps it here.
    lane: Option<Lane>,
}

/// Where a prepared revision has been put.
struct Put {
    place: Option<EntryPlace>,
    leaf_hash: Vec<u8>,
}

impl WriteTx {
    /// The next number of this node's one sequence over all kinds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn allocate_number(&mut self) -> Result<Number, StoreError> {
        let next = match self.known.next_number {
            Some(next) => next,
            None => {
                let next: i64 = on!(&mut self.conn, db => sqlx::query_scalar(NEXT_NUMBER).fetch_one(db))?;
                Place::new("own_revision", "the next number").unsigned("number", next)?
            }
        };
        self.known.next_number = Some(next + 1);
        Number::new(next)
            .map_err(|error| StoreError::conflict(format!("the node has used up its numbers: {error}")))
    }

    /// Writes a revision of an own record, and its entry when it is published. A record goes into the same or
    /// a more urgent lane than its last revision. While the node is in no federation, nothing is published:
    /// see [`WriteTx::publish_backlog`].
    ///
    /// # Errors [`StoreError::ReadOnly`] when the node signs nothing, [`StoreError::Conflict`] when another
    /// revision was written meanwhile or the body is too long; of SQLite when a second first revision is written, that comes
    /// with the next question or the commit.
    pub async fn append(&mut self, new: NewRevision, now: Instant) -> Result<Snapshot<Record>, StoreError> {
        let mut written = self.append_all(vec![new], now).await?;
        Ok(written.pop().expect("one for each given"))
    }

    /// Like [`WriteTx::append`] for many, in order.
    ///
    /// # Errors
    /// As for one; nothing is written when one of them fails and the transaction is dropped.
    pub async fn append_all(
        &mut self,
        all: Vec<NewRevision>,
        now: Instant,
    ) -> Result<Vec<Snapshot<Record>>, StoreError> {
        self.shared.guard.check()?;
        let origin = self.known_origin().await?;
        let mut prepared = Vec::with_capacity(all.len());
        let mut last: BTreeMap<(RecordKind, Number), (Revision, Option<Lane>)> = BTreeMap::new();
        for new in all {
            let key = (new.record.kind(), new.number);
            let before = match last.get(&key) {
                Some(before) => Some(*before),
                None => self.last_revision(&origin, &new).await?,
            };
            let one = self.prepare(&origin, new, before)?;
            last.insert(key, (one.new.revision, one.lane));
            self.number_taken(one.new.number.get());
            prepared.push(one);
        }
        let puts = self.put_entries(&origin, &prepared, now).await?;
        self.put_revisions(&prepared, &puts, now).await?;
        let owner = &origin.handle;
        let rows: Vec<Row> = prepared.iter().zip(&puts).map(|(one, put)| one.row(owner, put)).collect();
        if rows.iter().all(|row| row.revision == Revision::FIRST) {
            // What stood in their places would have been in the way of `put_revisions`.
            self.fold_new(rows).await?;
        } else {
            self.fold(rows).await?;
        }
        Ok(prepared.into_iter().map(|one| one.snapshot(owner)).collect())
    }

    /// Appends an entry to the identity lane that is no record. The inception must be its first.
    ///
    /// # Errors
    /// As for [`WriteTx::append`]; [`StoreError::Conflict`] while the node is in no federation.
    pub async fn append_entry(&mut self, new: NewEntry, now: Instant) -> Result<(), StoreError> {
        self.shared.guard.check()?;
        let origin = self.known_origin().await?;
        if origin.federation.is_none() {
            return Err(StoreError::conflict("feeds exist only once the node is in a federation"));
        }
        let entry = whole_entry(Fields { kind: new.kind, ..fields(&new.body, now)? }, new.body);
        self.append_to(&origin, Lane::Identity, vec![entry], now).await?;
        Ok(())
    }

    /// Publishes what was written for the federation before there was one, in the order of the numbers. Tells
    /// how many.
    ///
    /// # Errors
    /// As for [`WriteTx::append`].
    pub async fn publish_backlog(&mut self, now: Instant) -> Result<usize, StoreError> {
        self.shared.guard.check()?;
        let origin = self.known_origin().await?;
        let backlog = self.unpublished(&origin.handle).await?;
        let mut prepared = Vec::with_capacity(backlog.len());
        for snapshot in backlog {
            let body = self.shared.codec.encode(&snapshot.record);
            let lane = Some(lane_of(&snapshot.record));
            let Snapshot { id, revision, audience, record } = snapshot;
            let new = NewRevision { number: id.number, revision, audience, record, holder: String::new() };
            prepared.push(Prepared { new, body, lane });
        }
        let puts = self.put_entries(&origin, &prepared, now).await?;
        for (one, put) in prepared.iter().zip(&puts) {
            let place = put.place.expect("a backlog is published");
            self.move_revision(one.new.number, one.new.revision, place).await?;
        }
        self.fold(prepared.iter().zip(&puts).map(|(one, put)| one.row(&origin.handle, put)).collect())
            .await?;
        Ok(prepared.len())
    }

    /// Signs the heads of all own feeds that have grown. Part of the commit.
    pub(super) async fn sign_open_feeds(&mut self) -> Result<Vec<SignedHead>, StoreError> {
        let mut all = Vec::new();
        for (id, OpenFeed { before, entries }) in std::mem::take(&mut self.open_feeds) {
            self.shared.guard.check()?;
            let origin = self.known_origin().await?;
            let federation = origin.federation.expect("feeds are opened in a federation only");
            let signer = self.shared.signer()?;
            let log = OriginLog::restore(federation, id, origin.epoch, before.frontier.clone());
            let appended = log
                .append(&entries, &*signer)
                .map_err(|error| StoreError::conflict(format!("feed {id} cannot grow: {error}")))?;
            let frontier = appended.log.frontier().clone();
            let saved = ReplicaLog::restore(id, frontier, appended.heads.last().copied(), None);
            self.save_feed(&before, &saved, &entries, before.heard).await?;
            all.extend(appended.heads);
        }
        Ok(all)
    }

    /// The stored revision before a new one, and the lane it is in.
    async fn last_revision(
        &mut self,
        origin: &Origin,
        new: &NewRevision,
    ) -> Result<Option<(Revision, Option<Lane>)>, StoreError> {
        if new.revision == Revision::FIRST {
            // A second first revision is refused by the key of `own_revision`.
            return Ok(None);
        }
        let (kind, number) = (i64::from(new.record.kind().code()), integer(new.number.get()));
        let row: Option<(i64, Option<i64>)> = on!(&mut self.conn, db => sqlx::query_as(LAST_REVISION)
            .bind(kind).bind(origin.handle.as_str()).bind(number).fetch_optional(db))?;
        let place = Place::new("record", format!("{}/{}", origin.handle, new.number));
        row.map(|(revision, lane)| {
            let revision = place.take("revision", Revision::new(place.unsigned("revision", revision)?))?;
            let lane = lane
                .map(|lane| place.take("lane", Lane::try_from(place.unsigned("lane", lane)?)))
                .transpose()?;
            Ok((revision, lane))
        })
        .transpose()
    }

    fn prepare(
        &self,
        origin: &Origin,
        new: NewRevision,
        before: Option<(Revision, Option<Lane>)>,
    ) -> Result<Prepared, StoreError> {
        let follows = before.map_or(Some(Revision::FIRST), |(revision, _)| revision.next());
        if follows != Some(new.revision) {
            let id = RecordId::new(origin.handle.clone(), new.number);
            let stored = before.map_or(0, |(revision, _)| revision.get());
            return Err(StoreError::conflict(format!(
                "{id} has revision {stored}, not the one before {}",
                new.revision
            )));
        }
        let lane = match &new.audience {
            Audience::Private => None,
            Audience::Federation if origin.federation.is_none() => None,
            Audience::Federation => Some(lane_of(&new.record)),
            Audience::Group(group) => {
                return Err(StoreError::conflict(format!("group {} is unknown", group.as_str())));
            }
        };
        let body = self.shared.codec.encode(&new.record);
        let earlier = before.and_then(|(_, lane)| lane);
        Ok(Prepared { new, body, lane: lane.map(|lane| earlier.map_or(lane, |earlier| lane.min(earlier))) })
    }

    /// Puts the published ones into their feeds, each feed's entries in one statement.
    async fn put_entries(
        &mut self,
        origin: &Origin,
        prepared: &[Prepared],
        now: Instant,
    ) -> Result<Vec<Put>, StoreError> {
        let mut puts: Vec<Put> =
            prepared.iter().map(|_| Put { place: None, leaf_hash: Vec::new() }).collect();
        for lane in Lane::ALL {
            let mut entries = Vec::new();
            for one in prepared.iter().filter(|one| one.lane == Some(lane)) {
                entries.push(one.entry(now)?);
            }
            if entries.is_empty() {
                continue;
            }
            let leaves: Vec<_> = entries.iter().map(Entry::leaf_hash).collect();
            let first = self.append_to(origin, lane, entries, now).await?;
            let of_lane = prepared.iter().zip(&mut puts).filter(|(one, _)| one.lane == Some(lane));
            for ((idx, leaf), (_, put)) in (first.idx..).zip(leaves).zip(of_lane) {
                *put = Put { place: Some(EntryPlace { feed: first.feed, idx }), leaf_hash: leaf.0.to_vec() };
            }
        }
        Ok(puts)
    }

    /// Stores entries at the end of an own feed; the head follows at the commit.
    pub(super) async fn append_to(
        &mut self,
        origin: &Origin,
        lane: Lane,
        entries: Vec<Entry>,
        now: Instant,
    ) -> Result<EntryPlace, StoreError> {
        let federation = origin.federation.expect("checked by the callers");
        let id = FeedId { node: origin.node, audience: AudienceId::federation(&federation), lane };
        let mut open = match self.open_feeds.remove(&id) {
            Some(open) => open,
            None => OpenFeed { before: self.known_feed(id, true, now).await?, entries: Vec::new() },
        };
        let mut end = open.before.clone();
        end.frontier.extend(open.entries.iter().map(Entry::leaf_hash));
        let first = EntryPlace { feed: end.key, idx: end.size() };
        self.insert_entries(&end, &entries).await?;
        open.before.heard = now;
        open.entries.extend(entries);
        self.open_feeds.insert(id, open);
        Ok(first)
    }

    async fn put_revisions(
        &mut self,
        all: &[Prepared],
        puts: &[Put],
        now: Instant,
    ) -> Result<(), StoreError> {
        let rows = || all.iter().zip(puts);
        let columns = vec![
            integers(all.iter().map(|_| now.micros())),
            integers(all.iter().map(|one| integer(one.new.number.get()))),
            integers(all.iter().map(|one| integer(one.new.revision.get()))),
            integers(all.iter().map(|one| i64::from(one.new.record.kind().code()))),
            texts(all.iter().map(|one| audience_word(&one.new.audience).to_owned())),
            integers(puts.iter().map(|put| put.place.map(|place| place.feed))),
            integers(puts.iter().map(|put| put.place.map(|place| integer(place.idx)))),
            bytes(rows().map(|(one, put)| one.body_here(put))),
            texts(all.iter().map(|one| one.new.holder.clone())),
        ];
        let count = all.len();
        bulk::insert_later(&mut self.conn, INSERT_REVISIONS, columns, move |inserted| {
            Place::new("own_revision", "the newest")
                .corrupt("number", format!("{inserted} of {count} are new"))
        })
        .await
    }
}

impl Prepared {
    fn entry(&self, now: Instant) -> Result<Entry, StoreError> {
        let fields = Fields {
            kind: EntryKind(self.new.record.kind().code()),
            number: self.new.number.get(),
            revision: self.new.revision.get(),
            ..fields(&self.body, now)?
        };
        Ok(whole_entry(fields, self.body.clone()))
    }

    /// The body, unless an entry keeps it.
    fn body_here(&self, put: &Put) -> Option<Vec<u8>> {
        put.place.is_none().then(|| self.body.clone())
    }

    fn row(&self, owner: &Handle, put: &Put) -> Row {
        Row {
            kind: self.new.record.kind(),
            id: RecordId::new(owner.clone(), self.new.number),
            revision: self.new.revision,
            leaf_hash: put.leaf_hash.clone(),
            audience: audience_word(&self.new.audience),
            place: put.place,
            body: self.body_here(put),
            contested: false,
            len: 0,
            facts: facts(owner, &self.new.record),
        }
    }

    fn snapshot(self, owner: &Handle) -> Snapshot<Record> {
        let NewRevision { number, revision, audience, record, .. } = self.new;
        Snapshot { id: RecordId::new(owner.clone(), number), revision, audience, record }
    }
}

/// The fields that all own entries have in common.
pub(super) fn fields(body: &[u8], now: Instant) -> Result<Fields, StoreError> {
    let body_len = u32::try_from(body.len()).ok().filter(|len| *len <= BODY_LEN_MAX);
    let body_len = body_len.ok_or_else(|| {
        StoreError::conflict(format!("the record has {} bytes, expected at most {BODY_LEN_MAX}", body.len()))
    })?;
    let (seconds, _) = now.to_parts();
    Ok(Fields {
        flags: Flags::default(),
        kind: EntryKind(0),
        schema: BODY_SCHEMA,
        body_len,
        number: 0,
        revision: 0,
        time_s: coarse_time(u64::try_from(seconds).unwrap_or(0)),
        retain_until_s: 0,
    })
}

pub(super) fn whole_entry(fields: Fields, body: Vec<u8>) -> Entry {
    let header = Header::new(fields).expect("numbers, revisions and years are bounded by their types");
    Entry::full(header, Raw::from(body)).expect("the header has the body's length")
}
