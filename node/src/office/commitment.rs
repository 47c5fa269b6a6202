//! Commitments: the supplier's half. Stock is decided in the one transaction that writes it, and its order in the
//! ledger is the only truth: a requester who comes too late gets a no with its reason, not an error.

use quince_core::domain::agreement::delivery::Deliveries;
use quince_core::domain::agreement::halves::{self, Standing};
use quince_core::domain::agreement::stock::{HoldWish, Stock, StockError, Written};
use quince_core::domain::terms::Terms;
use quince_core::domain::{
    Commitment, CommitmentState, Handle, LineId, Need, Offer, RecordId, RecordKind, Requisition, Snapshot,
};

use crate::office::caller::Write;
use crate::office::request::{CommitmentFilter, Grounds, NewCommitment, NewHold, Paging, Release, Target};
use crate::office::script::{Script, not_found};
use crate::office::settle;
use crate::office::view::{CommitmentView, Listing};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{ListQuery, Stored, View};

/// An own offer line with all that takes stock of it, and what was sent of that.
struct Shelf {
    offer: Snapshot<Offer>,
    line: LineId,
    taken: Vec<Snapshot<Commitment>>,
    deliveries: Deliveries,
}

impl Office {
    /// Reserves own stock for another city's need before it has asked.
    ///
    /// # Errors
    /// When less is free, or need and offer do not meet.
    pub async fn hold_stock(&self, write: &Write, new: NewHold) -> Result<CommitmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let shelf = Shelf::of(&mut script, &new.offer_line).await?;
            script.check_counts::<Offer>(&shelf.offer.id, &shelf.offer.record.common).await?;
            let need = script.find::<Need>(&new.need_line.record).await?;
            let wish = HoldWish {
                need: &need,
                need_line: new.need_line.line,
                amount: new.amount,
                until: new.until,
                terms: Some(new.terms).filter(|terms| *terms != Terms::default()),
            };
            let hold = shelf.stock()?.hold(self.catalogue(), script.now, wish)?;
            shelf.write(&mut script, Written::New(hold)).await?;
        }
        self.finish_commitment(script).await
    }

    /// Answers a requisition with yes, as far as stock is free. Where the rules leave only a no, or have given it
    /// already, that no is what comes back.
    ///
    /// # Errors
    /// When the requisition is not one to own stock, was answered before, or only holds are left of the stock.
    pub async fn commit_stock(&self, write: &Write, new: NewCommitment) -> Result<CommitmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            self.write_answer(&mut script, new).await?;
        }
        self.finish_commitment(script).await
    }

    /// Answers a requisition with no.
    ///
    /// # Errors
    /// When the requisition is not one to own stock, or was answered before.
    pub async fn decline_requisition(
        &self,
        write: &Write,
        requisition: &RecordId,
        grounds: Grounds,
    ) -> Result<CommitmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            self.write_decline(&mut script, requisition, grounds).await?;
        }
        self.finish_commitment(script).await
    }

    /// Answers all pending requisitions of one city with no, in one transaction.
    ///
    /// # Errors
    /// As for [`Office::decline_requisition`]; then nothing of it happened.
    pub async fn decline_all_requisitions(
        &self,
        write: &Write,
        requester: &Handle,
        grounds: Grounds,
    ) -> Result<Vec<CommitmentView>> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            for pending in script.tx.open_requisitions(requester, self.handle()).await? {
                match self.write_decline(&mut script, &pending.id, grounds.clone()).await {
                    // It names a line that never was: nobody waits for an answer to that.
                    Err(error) if error.kind == ErrorKind::NotFound => {}
                    declined => declined?,
                }
            }
        }
        let declined = script.written().await?;
        let views = self.commitment_views(&mut script.tx, declined).await?;
        script.finish().await?;
        Ok(views)
    }

    /// Gives held or promised stock back, whole or in part.
    ///
    /// # Errors
    /// When the commitment takes no stock, or less would not be kept.
    pub async fn release_commitment(
        &self,
        write: &Write,
        target: &Target,
        release: Release,
    ) -> Result<CommitmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let commitment = script.own::<Commitment>(target).await?;
            let shelf = Shelf::of(&mut script, &commitment.record.offer_line).await?;
            let Release { keep, grounds: Grounds { code, reason } } = release;
            let step = shelf.stock()?.release(script.now, &commitment.id, keep, code, reason)?;
            shelf.write(&mut script, step).await?;
            self.settle_with(&mut script, &shelf.offer.id).await?;
        }
        self.finish_commitment(script).await
    }

    /// A commitment, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn commitment(&self, id: &RecordId) -> Result<CommitmentView> {
        let mut view = self.store().view().await?;
        let commitment = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Commitment, id))?;
        self.commitment_view(&mut view, commitment).await
    }

    /// Commitments by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn commitments(
        &self,
        filter: &CommitmentFilter,
        page: &Paging<RecordId>,
    ) -> Result<Listing<CommitmentView>> {
        let mut view = self.store().view().await?;
        let found = candidates(&mut view, filter, page).await?;
        let Listing { items, more } = Listing::cut(found, page.size);
        Ok(Listing { items: self.commitment_views(&mut view, items).await?, more })
    }

    async fn write_answer(&self, script: &mut Script<'_>, new: NewCommitment) -> Result<()> {
        let (requisition, shelf) = self.asked_of(script, &new.requisition).await?;
        script.check_counts::<Offer>(&shelf.offer.id, &shelf.offer.record.common).await?;
        let stock = shelf.stock()?;
        // Whoever took the last of the stock has declined the others: that is their answer.
        if let Some(no) = stock.answer_to(&requisition.id).filter(|answer| is_declined(answer)) {
            script.note(RecordKind::Commitment.name_of(&no.id), Some(no.revision));
            return Ok(());
        }
        let need_line = &requisition.record.need_line;
        if let Some(need) = script.tx.get::<Need>(&need_line.record).await? {
            stock.check_item(self.catalogue(), &need, need_line.line)?;
        }
        let step = stock.answer(script.now, &requisition, new.amount, new.terms)?;
        shelf.write(script, step).await?;
        self.settle_with(script, &shelf.offer.id).await
    }

    async fn write_decline(
        &self,
        script: &mut Script<'_>,
        requisition: &RecordId,
        grounds: Grounds,
    ) -> Result<()> {
        let (requisition, shelf) = self.asked_of(script, requisition).await?;
        let Grounds { code, reason } = grounds;
        let declined = shelf.stock()?.decline(script.now, &requisition, code, reason)?;
        shelf.write(script, Written::New(declined)).await
    }

    /// A requisition to own stock, and the stock that it asks for.
    async fn asked_of(
        &self,
        script: &mut Script<'_>,
        requisition: &RecordId,
    ) -> Result<(Snapshot<Requisition>, Shelf)> {
        let requisition = script.find::<Requisition>(requisition).await?;
        let mut shelf = Shelf::of(script, &requisition.record.offer_line).await?;
        // A decline takes no stock, but it is an answer.
        let answer = script.tx.answer(&requisition.id, self.handle()).await?;
        let known = |answer: &Snapshot<Commitment>| shelf.taken.iter().any(|taken| taken.id == answer.id);
        let answer = answer.filter(|answer| !known(answer));
        shelf.taken.extend(answer);
        Ok((requisition, shelf))
    }

    async fn finish_commitment(&self, mut script: Script<'_>) -> Result<CommitmentView> {
        let commitment = script.first().await?;
        let view = self.commitment_view(&mut script.tx, commitment).await?;
        script.finish().await?;
        Ok(view)
    }

    async fn commitment_view(
        &self,
        view: &mut View,
        commitment: Snapshot<Commitment>,
    ) -> Result<CommitmentView> {
        let mut views = self.commitment_views(view, vec![commitment]).await?;
        Ok(views.pop().expect("one for each given"))
    }

    /// Commitments as they are shown, in the order given.
    pub(super) async fn commitment_views(
        &self,
        view: &mut View,
        commitments: Vec<Snapshot<Commitment>>,
    ) -> Result<Vec<CommitmentView>> {
        let answered: Vec<RecordId> =
            commitments.iter().filter_map(|one| one.record.requisition().cloned()).collect();
        let requisitions = view.get_all::<Requisition>(&answered).await?;
        let owners = self.owners(view, commitments.iter().map(|one| &one.id)).await?;
        let show = |snapshot: Snapshot<Commitment>| {
            let requisition = snapshot.record.requisition().and_then(|id| requisitions.get(id));
            CommitmentView {
                provenance: owners.provenance(&snapshot.id),
                paired: halves::standing(&snapshot, requisition) == Standing::Paired,
                snapshot,
            }
        };
        Ok(commitments.into_iter().map(show).collect())
    }
}

impl Shelf {
    /// Reads the line of an own offer for a decision about its stock.
    async fn of(script: &mut Script<'_>, line: &LineId) -> Result<Self> {
        let target = Target { id: line.record.clone(), expected: None };
        let offer = script.own::<Offer>(&target).await?;
        script.check_party(&offer.record.common)?;
        let taken = script.tx.stock(&offer.id).await?;
        let ids: Vec<RecordId> = taken.iter().map(|one| one.id.clone()).collect();
        let deliveries = script.tx.shipments(&ids).await?.deliveries();
        Ok(Self { offer, line: line.clone(), taken, deliveries })
    }

    fn stock(&self) -> Result<Stock<'_>> {
        Stock::new(&self.offer, self.line.line, &self.taken, &self.deliveries).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no line {}", self.line))
                .hint("`quince offer show` shows the lines of an offer")
        })
    }

    async fn write(&self, script: &mut Script<'_>, step: Written) -> Result<()> {
        let holder = script.caller().holder.to_string();
        let written = settle::write(&mut script.tx, script.now, &self.offer, step, &holder).await?;
        script.note(RecordKind::Commitment.name_of(&written.id), Some(written.revision));
        Ok(())
    }
}

fn is_declined(commitment: &Snapshot<Commitment>) -> bool {
    matches!(commitment.record.state, CommitmentState::Declined { .. })
}

/// Commitments in the order of the list, one more than the page has.
async fn candidates(
    view: &mut View,
    filter: &CommitmentFilter,
    page: &Paging<RecordId>,
) -> Result<Vec<Snapshot<Commitment>>> {
    let of_one = match (&filter.need, &filter.offer) {
        (Some(need), _) => view.halves_of_need(need).await?,
        (None, Some(offer)) => view.halves_of_offer(offer).await?,
        (None, None) => {
            let query = ListQuery {
                owner: filter.owner.clone(),
                states: filter.states.iter().copied().collect(),
                after: page.after.clone(),
                ..ListQuery::of(RecordKind::Commitment, page.size + 1)
            };
            return Ok(view.list(&query).await?.into_iter().filter_map(Stored::into_family).collect());
        }
    };
    let matches = |one: &Snapshot<Commitment>| {
        filter.owner.as_ref().is_none_or(|owner| one.owner() == owner)
            && filter.offer.as_ref().is_none_or(|offer| one.record.offer_line.record == *offer)
            && (filter.states.is_empty() || filter.states.contains(one.record.state.as_str()))
            && page.after.as_ref().is_none_or(|after| one.id > *after)
    };
    Ok(of_one.commitments.into_iter().filter(matches).take(page.size as usize + 1).collect())
}

impl From<StockError> for Error {
    fn from(error: StockError) -> Self {
        use StockError as E;

        let message = error.to_string();
        match error {
            E::OfferNotOpen(_) | E::NeedNotOpen(_) => Self::new(ErrorKind::State, message),
            E::Private(_) => Self::new(ErrorKind::State, message).hint("publish the offer first"),
            E::QuantityUnknown(_) => Self::new(ErrorKind::State, message)
                .hint("give the offer line a quantity with `quince offer update`"),
            E::TooLittle { .. } => Self::new(ErrorKind::State, message)
                .hint("promise less, release a hold, or raise the offer line's quantity"),
            E::NeedMismatch(_) => Self::new(ErrorKind::Invalid, message)
                .hint("name lines about the same thing in the same unit"),
            E::Item(_) => Self::new(ErrorKind::Invalid, message)
                .hint("`quince item show` lists what may replace an item; name another line, or decline with the code mismatch"),
            E::HoldWindow { .. } => Self::new(ErrorKind::Invalid, message),
            E::AlreadyHeld(_) => Self::new(ErrorKind::AlreadyExists, message)
                .hint("release that hold first, or wait for its answer"),
            E::AlreadyAnswered { .. } => Self::new(ErrorKind::State, message)
                .hint("a requisition is answered once; more needs a new requisition"),
            E::NotConcerned(_) | E::Refusal(_) => {
                Self::new(ErrorKind::State, message).hint("`quince todo` shows what waits for an answer")
            }
            E::NoSuchCommitment(_) => Self::new(ErrorKind::NotFound, message),
            E::State { .. } | E::HoldLasts(_) => Self::new(ErrorKind::State, message),
            E::KeepsTooLittle { .. } => Self::new(ErrorKind::State, message)
                .hint("keep what has left, and cancel what is only planned: `quince consignment cancel`"),
            E::KeepsTooMuch { .. } => Self::new(ErrorKind::Invalid, message)
                .hint("an amount may only fall; keep less, or 0 to release all"),
        }
    }
}
