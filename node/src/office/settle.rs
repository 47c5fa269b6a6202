//! What follows by itself for an own offer: written with the step that causes it, or by the worker of the agreement.

use std::collections::BTreeSet;

use quince_core::domain::agreement::flood;
use quince_core::domain::agreement::stock::{self, Written};
use quince_core::domain::{
    Commitment, Handle, Instant, Offer, Record, RecordId, Requisition, Revision, Snapshot,
};

use crate::office::drill::BusinessTime;
use crate::office::script::Script;
use crate::office::{Error, Office, Result};
use crate::store::{NewRevision, WriteTx};

impl Office {
    /// Writes what follows by itself for an own offer, and notes it in the script.
    pub(super) async fn settle_with(&self, script: &mut Script<'_>, offer: &RecordId) -> Result<()> {
        let holder = script.caller().holder.to_string();
        let time = self.business_time();
        for written in settle(&mut script.tx, script.now, time, offer, &holder).await? {
            script.note(written.record.kind().name_of(&written.id), Some(written.revision));
        }
        Ok(())
    }

    /// Writes what follows by itself for an own offer, in the name of `holder`.
    ///
    /// # Errors
    /// When a record that the decision rests on is damaged, or the store fails.
    pub(crate) async fn settle(
        &self,
        tx: &mut WriteTx,
        offer: &RecordId,
        holder: &str,
    ) -> Result<Vec<Snapshot<Record>>> {
        settle(tx, self.now(), self.business_time(), offer, holder).await
    }
}

async fn settle(
    tx: &mut WriteTx,
    now: Instant,
    time: BusinessTime,
    offer: &RecordId,
    holder: &str,
) -> Result<Vec<Snapshot<Record>>> {
    // A requisition may name an offer that never was.
    let Some(offer) = tx.get::<Offer>(offer).await? else { return Ok(Vec::new()) };
    let mut unsettled = tx.unsettled(&offer.id).await?;
    // Somebody who plays owes nothing that is real an answer.
    unsettled.retain(|asked| time != BusinessTime::Drill || asked.record.common.exercise);
    let stock = tx.stock(&offer.id).await?;
    let promised: Vec<RecordId> = stock.iter().map(|one| one.id.clone()).collect();
    let deliveries = tx.shipments(&promised).await?.deliveries();
    let over_limit = over_limit(tx, offer.owner(), &unsettled, &stock).await?;
    let mut settled = Vec::new();
    for line in offer.record.lines.iter().map(|line| line.line) {
        for step in stock::settle(now, &offer, line, &stock, &unsettled, &over_limit, &deliveries) {
            settled.push(write(tx, now, &offer, step, holder).await?);
        }
    }
    Ok(settled)
}

/// Which of these requisitions are owed no answer: the open ones that their requesters' limits do not admit.
async fn over_limit(
    tx: &mut WriteTx,
    supplier: &Handle,
    unsettled: &[Snapshot<Requisition>],
    stock: &[Snapshot<Commitment>],
) -> Result<BTreeSet<RecordId>> {
    let requesters: BTreeSet<&Handle> = unsettled.iter().map(Snapshot::owner).collect();
    let mut owed = BTreeSet::new();
    for requester in requesters {
        let open = tx.open_requisitions(requester, supplier).await?;
        let over = flood::over_limit(&open);
        owed.extend(open.into_iter().map(|r| r.id).filter(|id| !over.contains(id)));
    }
    let answered: BTreeSet<&RecordId> = stock.iter().filter_map(|c| c.record.requisition()).collect();
    let open = unsettled.iter().filter(|r| !r.record.is_refusal() && !answered.contains(&r.id));
    Ok(open.map(|r| r.id.clone()).filter(|id| !owed.contains(id)).collect())
}

/// Writes a step of the supplier to the ledger, for those who see the offer.
pub(super) async fn write(
    tx: &mut WriteTx,
    now: Instant,
    offer: &Snapshot<Offer>,
    step: Written,
    holder: &str,
) -> Result<Snapshot<Record>> {
    let (number, revision, record) = match step {
        Written::New(record) => (tx.allocate_number().await?, Revision::FIRST, record),
        Written::Revised(id, record) => {
            let old = tx.get::<Commitment>(&id).await?.expect("the rules move what was read before");
            let next = old.revised(record).map_err(Error::used_up)?;
            (id.number, next.revision, next.record)
        }
    };
    let (audience, holder) = (offer.audience.clone(), holder.to_owned());
    let new = NewRevision { number, revision, audience, record: record.into(), holder };
    Ok(tx.append(new, now).await?)
}
