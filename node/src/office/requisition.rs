//! Requisitions: the requester's half. How much may be asked for is decided in the transaction that writes it.

use std::collections::{BTreeMap, BTreeSet};

use quince_core::domain::agreement::budget::{self, RequestError, Wish, WithdrawError};
use quince_core::domain::agreement::delivery::{Deliveries, Delivery};
use quince_core::domain::agreement::flood;
use quince_core::domain::agreement::halves::{self, Pair, pairs};
use quince_core::domain::text::Reason;
use quince_core::domain::{
    Amount, Audience, Commitment, CommitmentState, Handle, Need, Offer, RecordId, RecordKind, Requisition,
    Snapshot,
};

use crate::office::caller::Write;
use crate::office::request::{NewRequisition, PAGE_SIZE_MAX, Paging, RequisitionFilter, Target, Withdrawal};
use crate::office::script::{Script, not_found};
use crate::office::view::{Answer, Listing, RequisitionView};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{Halves, ListQuery, Stored, View};

impl Office {
    /// Asks for stock of an offer line, for an own need line.
    ///
    /// # Errors
    /// When the lines do not meet, the need lacks less than that, or too much is open already.
    pub async fn create_requisition(&self, write: &Write, new: NewRequisition) -> Result<RequisitionView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            self.write_requisition(&mut script, new).await?;
        }
        self.finish_requisition(script).await
    }

    /// A requisition, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn requisition(&self, id: &RecordId) -> Result<RequisitionView> {
        let mut view = self.store().view().await?;
        let requisition = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Requisition, id))?;
        self.requisition_view(&mut view, requisition).await
    }

    /// Requisitions by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn requisitions(
        &self,
        filter: &RequisitionFilter,
        page: &Paging<RecordId>,
    ) -> Result<Listing<RequisitionView>> {
        let mut view = self.store().view().await?;
        // An answer is computed, so whoever filters by it reads on until the page is full.
        let chunk = if filter.answer.is_some() { PAGE_SIZE_MAX } else { page.size + 1 };
        let (mut items, mut after) = (Vec::new(), page.after.clone());
        loop {
            let found = candidates(&mut view, filter, after.as_ref(), chunk).await?;
            let last = found.last().map(|requisition| requisition.id.clone());
            let ended = found.len() < chunk as usize;
            let views = self.requisition_views(&mut view, found).await?;
            items.extend(
                views.into_iter().filter(|one| filter.answer.is_none() || one.answer == filter.answer),
            );
            if ended || items.len() > page.size as usize {
                return Ok(Listing::cut(items, page.size));
            }
            after = last;
        }
    }

    /// Withdraws an own requisition. Unanswered it goes on counting against the need until the supplier answers.
    ///
    /// # Errors
    /// When there is nothing left to withdraw.
    pub async fn withdraw_requisition(
        &self,
        write: &Write,
        target: &Target,
        withdrawal: Withdrawal,
    ) -> Result<RequisitionView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let requisition = script.own::<Requisition>(target).await?;
            check_party(&mut script, &requisition.record.need_line.record).await?;
            let supplier = requisition.record.offer_line.owner();
            let answer = script.tx.answer(&requisition.id, supplier).await?;
            let answer = answer.as_ref().filter(|answer| halves::answers(answer, &requisition));
            let delivery = Delivery::default();
            let pair = Pair { requisition: &requisition, answer, delivery };
            let withdrawn = budget::withdraw(script.now, &pair, withdrawal.reason, withdrawal.force)?;
            let withdrawn = script.revise(&requisition, withdrawn).await?;
            self.settle_if_own(&mut script, &withdrawn.record.offer_line.record).await?;
        }
        self.finish_requisition(script).await
    }

    /// Says no to a hold that a supplier placed for an own need.
    ///
    /// # Errors
    /// When there is no such hold for an own need, or it no longer waits.
    pub async fn refuse_hold(
        &self,
        write: &Write,
        hold: &RecordId,
        reason: Reason,
    ) -> Result<RequisitionView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let hold = script.find::<Commitment>(hold).await?;
            let target = Target { id: hold.record.need_line.record.clone(), expected: None };
            let need = script.own::<Need>(&target).await?;
            script.check_party(&need.record.common)?;
            let asked = script.tx.asked(&need.id).await?;
            let own = asked.pairs();
            let refusal = budget::refuse(script.now, &need, &hold, &own, reason)?;
            let refusal = script.create(refusal, need.audience.clone()).await?;
            self.settle_if_own(&mut script, &refusal.record.offer_line.record).await?;
        }
        self.finish_requisition(script).await
    }

    /// Decides how much may be asked for, and writes the requisition.
    pub(super) async fn write_requisition(&self, script: &mut Script<'_>, new: NewRequisition) -> Result<()> {
        let offer = new.offer_line.record.clone();
        let (requisition, audience) = self.decide_requisition(script, new).await?;
        script.create(requisition, audience).await?;
        self.settle_if_own(script, &offer).await
    }

    /// Decides how much may be asked for: the requisition to write, and who may see it.
    pub(super) async fn decide_requisition(
        &self,
        script: &mut Script<'_>,
        new: NewRequisition,
    ) -> Result<(Requisition, Audience)> {
        let target = Target { id: new.need_line.record.clone(), expected: None };
        let need = script.own::<Need>(&target).await?;
        script.check_party(&need.record.common)?;
        script.check_counts::<Need>(&need.id, &need.record.common).await?;
        let offer = script.find::<Offer>(&new.offer_line.record).await?;
        let hold = match &new.hold {
            Some(hold) => Some(script.find::<Commitment>(hold).await?),
            None => None,
        };
        let wish = Wish {
            need_line: new.need_line.line,
            offer_line: new.offer_line.line,
            amount: new.amount,
            hold: hold.as_ref(),
            terms: new.terms,
            accept_short_dated: new.accept_short_dated,
        };
        let asked = asked(script, &need.id, offer.owner()).await?;
        let own = asked.pairs();
        let requisition = budget::request(self.catalogue(), script.now, &need, &offer, &own, wish)?;
        Ok((requisition, need.audience))
    }

    /// A city may ask its own stock; then what follows is written at once.
    pub(super) async fn settle_if_own(&self, script: &mut Script<'_>, offer: &RecordId) -> Result<()> {
        if offer.owner == *self.handle() { self.settle_with(script, offer).await } else { Ok(()) }
    }

    async fn finish_requisition(&self, mut script: Script<'_>) -> Result<RequisitionView> {
        let requisition = script.first().await?;
        let view = self.requisition_view(&mut script.tx, requisition).await?;
        script.finish().await?;
        Ok(view)
    }

    pub(super) async fn requisition_view(
        &self,
        view: &mut View,
        requisition: Snapshot<Requisition>,
    ) -> Result<RequisitionView> {
        let mut views = self.requisition_views(view, vec![requisition]).await?;
        Ok(views.pop().expect("one for each given"))
    }

    /// Requisitions as they are shown, in the order given.
    pub(super) async fn requisition_views(
        &self,
        view: &mut View,
        requisitions: Vec<Snapshot<Requisition>>,
    ) -> Result<Vec<RequisitionView>> {
        let ids: Vec<RecordId> = requisitions.iter().map(|one| one.id.clone()).collect();
        let commitments = view.answers(&ids).await?;
        let owners = self.owners(view, ids.iter()).await?;
        let pairs = pairs(&requisitions, &commitments, &Deliveries::none());
        let over_limit = over_limit(view, &pairs).await?;
        let show = |pair: &Pair<'_>| RequisitionView {
            snapshot: pair.requisition.clone(),
            provenance: owners.provenance(&pair.requisition.id),
            answer: answer(pair, &over_limit),
            commitment: pair.answer.map(|commitment| commitment.id.clone()),
            committed: pair.answer.map(|commitment| commitment.record.amount()).unwrap_or_default(),
        };
        Ok(pairs.iter().map(show).collect())
    }
}

/// Requisitions in the order of the list, before their answers are known.
async fn candidates(
    view: &mut View,
    filter: &RequisitionFilter,
    after: Option<&RecordId>,
    limit: u32,
) -> Result<Vec<Snapshot<Requisition>>> {
    let of_one = match (&filter.need, &filter.offer) {
        (Some(need), _) => view.halves_of_need(need).await?,
        (None, Some(offer)) => view.halves_of_offer(offer).await?,
        (None, None) => {
            let (owner, after) = (filter.owner.clone(), after.cloned());
            let query = ListQuery { owner, after, ..ListQuery::of(RecordKind::Requisition, limit) };
            return Ok(view.list(&query).await?.into_iter().filter_map(Stored::into_family).collect());
        }
    };
    let matches = |one: &Snapshot<Requisition>| {
        filter.owner.as_ref().is_none_or(|owner| one.owner() == owner)
            && filter.offer.as_ref().is_none_or(|offer| one.record.offer_line.record == *offer)
            && after.is_none_or(|after| one.id > *after)
    };
    Ok(of_one.requisitions.into_iter().filter(matches).take(limit as usize).collect())
}

/// What counts against the need, and what counts against the limits towards the supplier.
async fn asked(script: &mut Script<'_>, need: &RecordId, supplier: &Handle) -> Result<Halves> {
    let mut asked = script.tx.asked(need).await?;
    let open = script.tx.open_requisitions(&need.owner, supplier).await?;
    asked.requisitions.extend(open.into_iter().filter(|one| one.record.need_line.record != *need));
    Ok(asked)
}

async fn check_party(script: &mut Script<'_>, need: &RecordId) -> Result<()> {
    if script.caller().party.is_none() {
        return Ok(());
    }
    let need = script.find::<Need>(need).await?;
    script.check_party(&need.record.common)
}

/// Which of the unanswered ones are more than their suppliers owe answers to.
async fn over_limit(view: &mut View, pairs: &[Pair<'_>]) -> Result<BTreeSet<RecordId>> {
    let waiting = pairs.iter().filter(|pair| pair.is_open()).map(|pair| pair.requisition);
    let mut between: BTreeMap<(Handle, Handle), BTreeSet<RecordId>> = BTreeMap::new();
    for one in waiting {
        let cities = (one.owner().clone(), one.record.offer_line.owner().clone());
        between.entry(cities).or_default().insert(one.id.clone());
    }
    let mut over = BTreeSet::new();
    for ((requester, supplier), waiting) in between {
        let open = view.open_requisitions(&requester, &supplier).await?;
        let refused = flood::over_limit(&open);
        let owed: BTreeSet<_> =
            open.into_iter().map(|one| one.id).filter(|id| !refused.contains(id)).collect();
        over.extend(waiting.into_iter().filter(|id| !owed.contains(id)));
    }
    Ok(over)
}

fn answer(pair: &Pair<'_>, over_limit: &BTreeSet<RecordId>) -> Option<Answer> {
    let requisition = pair.requisition;
    let withdrawn = !requisition.record.is_requested();
    match pair.answer.map(|answer| &answer.record.state) {
        None if requisition.record.is_refusal() => None,
        None if over_limit.contains(&requisition.id) => Some(Answer::OverLimit),
        None | Some(CommitmentState::Held { .. }) => Some(Answer::Pending),
        Some(CommitmentState::Committed { .. }) => Some(Answer::Committed),
        Some(CommitmentState::Declined { .. }) => Some(Answer::Declined),
        Some(CommitmentState::Released { amount, .. }) if withdrawn && *amount > Amount::ZERO => {
            Some(Answer::WithdrawnTooLate)
        }
        Some(CommitmentState::Released { .. }) => Some(Answer::Released),
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        use RequestError as E;

        let message = error.to_string();
        match error {
            E::NeedNotOpen(_) => Self::new(ErrorKind::State, message).hint("open or resume the need first"),
            E::OfferNotOpen(_) => Self::new(ErrorKind::State, message).hint("look for another offer"),
            E::Private(_) => Self::new(ErrorKind::State, message).hint("publish it first"),
            E::NoSuchLine(_) => Self::new(ErrorKind::NotFound, message).hint("look at the record's lines"),
            E::ExerciseDiffers => {
                Self::new(ErrorKind::Invalid, message).hint("drills and real records do not mix")
            }
            E::KindDiffers { .. } | E::UnitDiffers { .. } => Self::new(ErrorKind::Invalid, message)
                .hint("name lines about the same thing in the same unit"),
            E::Item(_) => Self::new(ErrorKind::Invalid, message)
                .hint("`quince item show` lists what may replace an item; name another line"),
            E::MoreThanLacking { .. } => Self::new(ErrorKind::State, message)
                .hint("ask for less, raise the need line, or withdraw another requisition"),
            E::OverLimit(_) => {
                Self::new(ErrorKind::Limit, message).hint("wait for an answer, or withdraw what is open")
            }
            E::HoldMismatch(_) => Self::new(ErrorKind::Invalid, message)
                .hint("`quince commitment show` names the lines that a hold is for"),
            E::HoldOver { .. } => Self::new(ErrorKind::State, message).hint("ask without naming the hold"),
        }
    }
}

impl From<WithdrawError> for Error {
    fn from(error: WithdrawError) -> Self {
        Self::new(ErrorKind::State, error.to_string()).hint("there is nothing left to withdraw")
    }
}
