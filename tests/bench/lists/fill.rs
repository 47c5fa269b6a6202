//! What the owner writes: needs of two lanes, some of which become urgent on the way, and knowledge.

use anyhow::{Result, bail};
use prost::Message as _;
use prost_types::Timestamp;
use quince_core::domain::knowledge::KnowledgeType;
use quince_core::domain::text::Names;
use quince_core::domain::time::When;
use quince_core::domain::{
    Audience, Codec as _, Instant, Knowledge, Need, Number, Publication, Record, RecordKind, Revision,
};
use quince_node::store::NewRevision;
use quince_node::wire::RecordCodec;
use quince_proto::record::v1 as proto;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use crate::lists::shelf::{Shelf, now};
use crate::sample::Needs;

/// Revisions in one transaction: some megabytes.
const BATCH: usize = 8_192;

/// The seed of the order in which records are revised.
const SEED: u64 = 20;

/// Records with these remainders of twenty are urgent from the beginning.
const URGENT: std::ops::Range<u64> = 0..2;

/// Those with this one are everyday at first and urgent in the second half of their revisions.
const RISING: u64 = 2;

/// The tier of the urgent lane.
const MOST_URGENT: u32 = 1;

/// Those with these are knowledge, which goes into the bulk lane.
const KNOWLEDGE: std::ops::Range<u64> = 3..5;

/// How much is written, and in which order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) records: u64,
    pub(crate) revisions: u64,
    pub(crate) scattered: bool,
}

impl Plan {
    pub(crate) const fn entries(&self) -> u64 {
        self.records * self.revisions
    }

    /// Writes everything.
    pub(crate) async fn fill(&self, owner: &Shelf) -> Result<()> {
        let first = owner.store.begin_write().await?.allocate_number().await?.get();
        let mut written = vec![0; usize::try_from(self.records)?];
        let mut needs = Needs::from_seed(SEED);
        for batch in self.order()?.chunks(BATCH) {
            let at = now();
            let mut all = Vec::with_capacity(batch.len());
            for place in batch {
                let count: &mut u64 = &mut written[usize::try_from(*place)?];
                *count += 1;
                all.push(NewRevision {
                    number: Number::new(first + u64::from(*place))?,
                    revision: Revision::new(*count)?,
                    audience: Audience::Federation,
                    record: self.record(u64::from(*place), *count, &mut needs, at)?,
                    holder: "bench".to_owned(),
                });
            }
            let mut tx = owner.store.begin_write().await?;
            tx.append_all(all, at).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Which record is revised when.
    fn order(&self) -> Result<Vec<u32>> {
        let round = 0..u32::try_from(self.records)?;
        let mut order: Vec<u32> = (0..self.revisions).flat_map(|_| round.clone()).collect();
        if self.scattered {
            order.shuffle(&mut StdRng::seed_from_u64(SEED));
        }
        Ok(order)
    }

    fn record(&self, place: u64, revision: u64, needs: &mut Needs, at: Instant) -> Result<Record> {
        let kind = place % 20;
        let ended = revision == self.revisions && (place / 20).is_multiple_of(10);
        let urgent = URGENT.contains(&kind) || (kind == RISING && revision * 2 > self.revisions);
        let need = need(needs, at, urgent, ended)?;
        if KNOWLEDGE.contains(&kind) { Ok(knowledge(need, ended)?.into()) } else { Ok(need.into()) }
    }
}

fn need(needs: &mut Needs, at: Instant, urgent: bool, ended: bool) -> Result<Need> {
    let mut record = needs.next().record.unwrap_or_default();
    let (seconds, nanos) = at.to_parts();
    let time = Some(Timestamp { seconds, nanos });
    record.common = Some(proto::Common { created: time, updated: time, ..Default::default() });
    record.state = if ended { proto::NeedState::Withdrawn } else { proto::NeedState::Open }.into();
    for line in record.lines.iter_mut().filter(|_| urgent) {
        line.urgency = MOST_URGENT;
    }
    match RecordCodec.decode(RecordKind::Need, &record.encode_to_vec())? {
        Record::Need(need) => Ok(need),
        other => bail!("a need was read as {:?}", other.kind()),
    }
}

/// Knowledge that says what a need says.
fn knowledge(need: Need, ended: bool) -> Result<Knowledge> {
    Ok(Knowledge {
        common: need.common,
        state: if ended { Publication::Retracted } else { Publication::Published },
        knowledge_type: KnowledgeType::Practice,
        title: Names::new(need.title)?,
        description: need.description,
        locator: None,
        languages: Default::default(),
        topics: Default::default(),
        published: When::default(),
    })
}
