//! The whole database, looked through: the file itself, every entry against what its owner signed, and every row that was
//! read out of an entry against that entry.

use quince_core::domain::{RecordId, RecordKind};
use quince_core::feed::{FeedId, Lane};
use quince_core::roster::IdentityLane;

use super::conn::{Conn, on};
use super::error::StoreError;
use super::facts::facts;
use super::feed::FeedState;
use super::record::RecordRow;
use super::view::{Store, View};

const INTEGRITY: &str = "PRAGMA integrity_check";
const RECORDS: &str = "SELECT r.kind, r.owner, r.number, r.revision, r.leaf_hash, r.audience, r.contested, r.changed, \
        r.body AS own_body, e.header, e.body, r.state, r.exercise, r.items, r.urgency, r.need_owner, r.need_number, \
        r.offer_owner, r.offer_number, r.answers_owner, r.answers_number, r.due \
    FROM record r LEFT JOIN entry e ON e.feed = r.feed AND e.idx = r.idx \
    WHERE (r.kind, r.owner, r.number) > ($1, $2, $3) ORDER BY r.kind, r.owner, r.number LIMIT $4";
/// What is in no feed has no hash; but it stands in two places.
const UNLIKE: &str = "SELECT r.number FROM record r \
    JOIN own_revision o ON o.number = r.number AND o.revision = r.revision \
    WHERE r.body IS NOT NULL AND o.body IS NOT NULL AND r.body <> o.body ORDER BY r.number";

/// Records read at once.
const PAGE: i64 = 500;

/// What was looked through, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Feeds re-hashed.
    pub feeds: usize,
    /// Entries re-hashed.
    pub entries: u64,
    /// What is wrong, a sentence each; empty when all is well.
    pub faults: Vec<String>,
    /// Why a node with this database and head file would sign nothing.
    pub silent: Option<String>,
}

/// A record, and the columns that lists and links are read from.
#[derive(sqlx::FromRow)]
struct FactsRow {
    #[sqlx(flatten)]
    record: RecordRow,
    kind: i64,
    owner: String,
    number: i64,
    state: String,
    exercise: bool,
    items: String,
    urgency: i64,
    need_owner: Option<String>,
    need_number: Option<i64>,
    offer_owner: Option<String>,
    offer_number: Option<i64>,
    answers_owner: Option<String>,
    answers_number: Option<i64>,
    due: Option<i64>,
}

impl Store {
    /// Checks the file, re-hashes every feed against its head, checks the head's signature where its owner's keys are held,
    /// and reads every record against its columns. Changes nothing.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        let mut view = self.view().await?;
        let mut report =
            CheckReport { silent: view.reason_to_close(&self.shared.heads).await?, ..CheckReport::default() };
        if let Conn::Sqlite(_) = view.conn {
            let said: Vec<String> = on!(&mut view.conn, db => sqlx::query_scalar(INTEGRITY).fetch_all(db))?;
            report.faults.extend(said.into_iter().filter(|line| line != "ok"));
        }
        for feed in view.feeds().await? {
            report.feeds += 1;
            report.entries += feed.size();
            view.check_feed(&feed, &mut report.faults).await?;
        }
        view.check_records(&mut report.faults).await?;
        Ok(report)
    }
}

impl View {
    async fn check_feed(&mut self, feed: &FeedState, faults: &mut Vec<String>) -> Result<(), StoreError> {
        let good = self.good_prefix(feed).await?;
        if good != feed.frontier {
            faults.push(format!(
                "feed {} is damaged after {} of {} entries",
                feed.id,
                good.size(),
                feed.size()
            ));
        }
        if let Some(signed) = feed.head
            && self.prefix_root(&feed.id, signed.head.size).await? != Some(signed.head.root)
        {
            faults.push(format!("feed {} does not have the root of its head", feed.id));
        }
        let Some((federation, lane)) = self.federation().await?.zip(self.identity_lane(feed).await) else {
            // Where the keys are not held, nobody can tell.
            return Ok(());
        };
        for signed in [feed.head, feed.target].into_iter().flatten() {
            let epoch = signed.head.epoch;
            let fault = match lane.of_epoch(federation, epoch) {
                None => Some(format!("its owner has not begun epoch {epoch}")),
                Some(verifier) => verifier.check(&signed).err().map(|fault| fault.to_string()),
            };
            faults.extend(fault.map(|fault| format!("the head of feed {} does not count: {fault}", feed.id)));
        }
        Ok(())
    }

    /// The keys of a feed's owner, if they are held and sound.
    async fn identity_lane(&mut self, feed: &FeedState) -> Option<IdentityLane> {
        let id = FeedId { lane: Lane::Identity, ..feed.id };
        let size = self.feed(&id).await.ok()??.size();
        let entries = self.entries(&id, 0..size, usize::MAX).await.ok()?;
        IdentityLane::replay(id.node, &entries).ok()
    }

    async fn check_records(&mut self, faults: &mut Vec<String>) -> Result<(), StoreError> {
        let mut after = (0, String::new(), 0);
        loop {
            let rows: Vec<FactsRow> = on!(&mut self.conn, db => sqlx::query_as(RECORDS)
                .bind(after.0).bind(&after.1).bind(after.2).bind(PAGE).fetch_all(db))?;
            let Some(last) = rows.last() else { break };
            after = (last.kind, last.owner.clone(), last.number);
            faults.extend(rows.into_iter().filter_map(|row| self.fault_of(row)));
        }
        let unlike: Vec<i64> = on!(&mut self.conn, db => sqlx::query_scalar(UNLIKE).fetch_all(db))?;
        faults.extend(unlike.into_iter().map(|number| {
            format!(
                "own record {number} is not what its last revision says, and nobody can tell which is right"
            )
        }));
        Ok(())
    }

    fn fault_of(&self, row: FactsRow) -> Option<String> {
        let name = format!("{}/{}", row.owner, row.number);
        match row.record.read(&self.shared) {
            Err(fault) => Some(fault.to_string()),
            Ok(None) => None,
            Ok(Some(stored)) => {
                let facts = facts(&stored.snapshot.id.owner, &stored.snapshot.record);
                let is_whole = row.state == facts.state
                    && row.exercise == facts.exercise
                    && row.items == facts.items
                    && row.urgency == i64::from(facts.urgency)
                    && names(&row.need_owner, row.need_number, facts.need.as_ref())
                    && names(&row.offer_owner, row.offer_number, facts.offer.as_ref())
                    && names(&row.answers_owner, row.answers_number, facts.answers.as_ref())
                    && row.due == facts.due;
                let kind = RecordKind::from_code(u16::try_from(row.kind).ok()?)?;
                (!is_whole).then(|| format!("{kind:?} {name} is listed as what it is not"))
            }
        }
    }
}

fn names(owner: &Option<String>, number: Option<i64>, id: Option<&RecordId>) -> bool {
    owner.as_deref() == id.map(|id| id.owner.as_str())
        && number.map(i64::unsigned_abs) == id.map(|id| id.number.get())
}
