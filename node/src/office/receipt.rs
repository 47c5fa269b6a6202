//! Receipts: what was counted of a consignment, once, for own needs.

use quince_core::domain::agreement::counting::{self, CountingError, Tally};
use quince_core::domain::agreement::delivery::Counted;
use quince_core::domain::coverage;
use quince_core::domain::text::Reason;
use quince_core::domain::{Common, Consignment, Handle, Need, Receipt, RecordId, RecordKind, Snapshot};

use crate::office::caller::Write;
use crate::office::need::withdraw_requisitions;
use crate::office::publication::one;
use crate::office::request::{Paging, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{Listing, ReceiptView};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{Halves, View};

impl Office {
    /// Counts a consignment for the first time. A need that then lacks nothing is fulfilled in the same transaction.
    ///
    /// # Errors
    /// When nothing in it is for this city, it has not left, or it is counted already.
    pub async fn record_receipt(
        &self,
        write: &Write,
        consignment: &RecordId,
        common: Common,
        tally: Tally,
    ) -> Result<ReceiptView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_new_parties(&common).await?;
            let consignment = script.find::<Consignment>(consignment).await?;
            let written = self.own_receipt(&mut script, &consignment).await?;
            let (now, receiver) = (script.now, self.handle());
            let receipt = counting::record(now, receiver, &consignment, written.as_ref(), common, tally)?;
            let receipt = script.create(receipt, consignment.audience.clone()).await?;
            fulfil(&mut script, &receipt.record).await?;
        }
        self.finish_receipt(script).await
    }

    /// Counts again.
    ///
    /// # Errors
    /// When it is complete and no reason is given, or more is accounted for than was dispatched.
    pub async fn correct_receipt(
        &self,
        write: &Write,
        target: &Target,
        tally: Tally,
        reason: Option<Reason>,
    ) -> Result<ReceiptView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Receipt>(target).await?;
            let consignment = script.find::<Consignment>(&old.record.consignment).await?;
            check_party(&mut script, &old.record).await?;
            let receipt = counting::correct(script.now, &old, &consignment, tally, reason)?;
            let receipt = script.revise(&old, receipt).await?;
            fulfil(&mut script, &receipt.record).await?;
        }
        self.finish_receipt(script).await
    }

    /// A receipt, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn receipt(&self, id: &RecordId) -> Result<ReceiptView> {
        let mut view = self.store().view().await?;
        let found = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Receipt, id))?;
        Ok(one(self.receipt_views(&mut view, vec![found]).await?))
    }

    /// Receipts by owner and number; those of one consignment are the ones that count for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn receipts(
        &self,
        owner: Option<&Handle>,
        consignment: Option<&RecordId>,
        page: &Paging<RecordId>,
    ) -> Result<Listing<ReceiptView>> {
        let mut view = self.store().view().await?;
        let Listing { items, more } = match consignment {
            None => self.page_of(&mut view, owner, &[], page).await?,
            Some(id) => {
                let found = view.get::<Consignment>(id).await?;
                let found = found.ok_or_else(|| not_found(RecordKind::Consignment, id))?;
                let mut found = view.receipts_for(&[found]).await?;
                found.retain(|one| owner.is_none_or(|owner| one.owner() == owner));
                found.retain(|one| page.after.as_ref().is_none_or(|after| one.id > *after));
                found.sort_by(|a, b| a.id.cmp(&b.id));
                Listing::cut(found, page.size)
            }
        };
        Ok(Listing { items: self.receipt_views(&mut view, items).await?, more })
    }

    /// The receipt that this city has written for a consignment.
    async fn own_receipt(
        &self,
        script: &mut Script<'_>,
        consignment: &Snapshot<Consignment>,
    ) -> Result<Option<Snapshot<Receipt>>> {
        let receipts = script.tx.receipts_for(std::slice::from_ref(consignment)).await?;
        Ok(receipts.into_iter().find(|receipt| receipt.owner() == self.handle()))
    }

    async fn finish_receipt(&self, mut script: Script<'_>) -> Result<ReceiptView> {
        let written = script.first().await?;
        let view = one(self.receipt_views(&mut script.tx, vec![written]).await?);
        script.finish().await?;
        Ok(view)
    }

    /// Receipts as they are shown, in the order given.
    pub(super) async fn receipt_views(
        &self,
        view: &mut View,
        receipts: Vec<Snapshot<Receipt>>,
    ) -> Result<Vec<ReceiptView>> {
        let owners = self.owners(view, receipts.iter().map(|one| &one.id)).await?;
        let named: Vec<RecordId> = receipts.iter().map(|one| one.record.consignment.clone()).collect();
        let consignments = view.get_all::<Consignment>(&named).await?;
        let all: Vec<Snapshot<Consignment>> = consignments.values().cloned().collect();
        let counting = view.receipts_for(&all).await?;
        let counted = Counted::new(&counting);
        let show = |snapshot: Snapshot<Receipt>| {
            let consignment = consignments.get(&snapshot.record.consignment);
            let first = consignment.and_then(|one| counted.by(one, snapshot.owner()));
            let counts = first.is_some_and(|first| first.id == snapshot.id);
            ReceiptView { provenance: owners.provenance(&snapshot.id), counts, snapshot }
        };
        Ok(receipts.into_iter().map(show).collect())
    }
}

/// Refuses a caller who may write for one party only, where others' needs were counted: a correction is written whole.
async fn check_party(script: &mut Script<'_>, receipt: &Receipt) -> Result<()> {
    for line in receipt.lines.iter() {
        if let Some(need) = script.tx.get::<Need>(&line.need_line.record).await? {
            script.check_party(&need.record.common)?;
        }
    }
    Ok(())
}

/// Ends the needs of a receipt that lack nothing any more. One whose quantity is unknown is ended by a person.
async fn fulfil(script: &mut Script<'_>, receipt: &Receipt) -> Result<()> {
    let mut needs: Vec<RecordId> = receipt.lines.iter().map(|line| line.need_line.record.clone()).collect();
    needs.sort();
    needs.dedup();
    for need in needs {
        let Some(need) = script.tx.get::<Need>(&need).await? else { continue };
        script.check_party(&need.record.common)?;
        let asked = script.tx.asked(&need.id).await?;
        if need.record.is_published() && lacks_nothing(&need, &asked) {
            let fulfilled = need.record.fulfil(script.now)?;
            let fulfilled = script.revise(&need, fulfilled).await?;
            withdraw_requisitions(script, &fulfilled).await?;
        }
    }
    Ok(())
}

fn lacks_nothing(need: &Snapshot<Need>, asked: &Halves) -> bool {
    let Halves { requisitions, commitments, deliveries } = asked;
    let mut lines = need.record.lines.iter();
    lines.all(|line| {
        let covered = coverage::of_need_line(need, line.line, requisitions, commitments, deliveries);
        covered.and_then(|coverage| coverage.outstanding).is_some_and(|outstanding| outstanding.is_zero())
    })
}

impl From<CountingError> for Error {
    fn from(error: CountingError) -> Self {
        use CountingError as E;

        let message = error.to_string();
        match error {
            E::Transition(error) => error.into(),
            E::NotForUs(_) | E::NoSuchLine { .. } => Self::new(ErrorKind::Invalid, message)
                .hint("`quince consignment show` names the lines and the needs that they are for"),
            E::NotDispatched { .. } => {
                Self::new(ErrorKind::State, message).hint("count it once it has arrived")
            }
            E::Counted { .. } => Self::new(ErrorKind::AlreadyExists, message)
                .hint("correct that receipt with `quince receipt correct`"),
            E::TooMuch { .. } => Self::new(ErrorKind::Invalid, message)
                .hint("what is beyond the dispatched quantity is `surplus`"),
        }
    }
}
