//! Offers: written, moved, shown. What follows for pending requisitions is written with the change of the offer.

use std::collections::BTreeSet;

use quince_core::domain::agreement::stock;
use quince_core::domain::lines::Lines;
use quince_core::domain::{
    Amount, Audience, Common, Need, NeedLine, NeedState, Offer, OfferLine, OfferState, Quantity, RecordId,
    RecordKind, Requisition, Snapshot, coverage,
};

use crate::office::caller::Write;
use crate::office::item::check_codes;
use crate::office::request::{
    Acceptance, NewRequisition, OfferFilter, OfferPatch, OfferStep, Paging, Target,
};
use crate::office::script::{Script, not_found};
use crate::office::view::{LineCoverage, Listing, NeedView, OfferView, RequisitionView};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{Halves, ListQuery, Stored, View};

/// Where the lines stand in a request.
const LINES: &str = "offer.record.lines";

impl Office {
    /// Writes a new offer, given as a draft; `publish` opens it.
    ///
    /// # Errors
    /// When its parties are unknown or not the caller's.
    pub async fn create_offer(&self, write: &Write, offer: Offer, publish: bool) -> Result<OfferView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            check_codes(&mut script, LINES, &offer.lines, None).await?;
            script.check_new_parties(&offer.common).await?;
            let offer = if publish { offer.open(script.now)? } else { offer };
            let audience = audience_of(offer.state, Audience::Private);
            script.create(offer, audience).await?;
        }
        self.finish_offer(script).await
    }

    /// An offer, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn offer(&self, id: &RecordId) -> Result<OfferView> {
        let mut view = self.store().view().await?;
        let offer = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Offer, id))?;
        self.offer_view(&mut view, offer).await
    }

    /// Offers by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn offers(&self, filter: &OfferFilter, page: &Paging<RecordId>) -> Result<Listing<OfferView>> {
        let mut view = self.store().view().await?;
        let query = ListQuery {
            owner: filter.owner.clone(),
            states: filter.states.iter().map(|state| state.as_str()).collect(),
            item: filter.item.clone(),
            after: page.after.clone(),
            ..ListQuery::of(RecordKind::Offer, page.size + 1)
        };
        let found = view.list(&query).await?.into_iter().filter_map(Stored::into_family).collect();
        let Listing { items, more } = Listing::cut(found, page.size);
        Ok(Listing { items: self.offer_views(&mut view, items).await?, more })
    }

    /// Writes parts of an offer anew, within what is held and promised of it.
    ///
    /// # Errors
    /// When the offer ended, a line would lose what is counted on it, or a published line changes without a reason.
    pub async fn update_offer(&self, write: &Write, target: &Target, patch: OfferPatch) -> Result<OfferView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let revised = revise_offer(&mut script, target, patch).await?;
            self.settle_with(&mut script, &revised.id).await?;
        }
        self.finish_offer(script).await
    }

    /// Moves an offer to another state. Its pending requisitions are declined when it ends.
    ///
    /// # Errors
    /// When its state does not allow the step.
    pub async fn move_offer(&self, write: &Write, target: &Target, step: OfferStep) -> Result<OfferView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let moved = step_offer(&mut script, target, step).await?;
            self.settle_with(&mut script, &moved.id).await?;
        }
        self.finish_offer(script).await
    }

    /// Takes another city's offer without having asked before: writes a need of one line and a requisition for it.
    ///
    /// # Errors
    /// When the line cannot be asked for.
    pub async fn accept_offer(
        &self,
        write: &Write,
        acceptance: Acceptance,
    ) -> Result<(NeedView, RequisitionView)> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            self.write_acceptance(&mut script, acceptance).await?;
        }
        let need = script.first().await?;
        let need = self.need_view(&mut script.tx, need).await?;
        let requisition = script.first::<Requisition>().await?;
        let requisition = self.requisition_view(&mut script.tx, requisition).await?;
        script.finish().await?;
        Ok((need, requisition))
    }

    async fn write_acceptance(&self, script: &mut Script<'_>, acceptance: Acceptance) -> Result<()> {
        self.check_opens_at_once()?;
        let offer = script.find::<Offer>(&acceptance.offer_line.record).await?;
        let (offer_line, amount) = (acceptance.offer_line.clone(), acceptance.amount);
        let line = offer.record.lines.get(offer_line.line).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no line {offer_line}"))
                .hint("`quince offer show` shows the lines of an offer")
        })?;
        let need = need_for(&offer, line, acceptance)?;
        let need = self.write_need(script, need, true).await?;
        let first = need.record.lines.iter().next().expect("a need has a line").line;
        let new = NewRequisition {
            need_line: need.line_id(first),
            offer_line,
            amount,
            hold: None,
            terms: line.terms.clone(),
            accept_short_dated: false,
        };
        self.write_requisition(script, new).await
    }

    /// A requisition needs an open need, and where an approver comes first the two cannot be written together.
    fn check_opens_at_once(&self) -> Result<()> {
        if !self.shared.settings.approve_needs {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::State,
            "needs are approved here before they open, so no offer is accepted in one step",
        )
        .hint("create the need, have it approved, then ask with `quince requisition create`"))
    }

    async fn finish_offer(&self, mut script: Script<'_>) -> Result<OfferView> {
        let offer = script.first().await?;
        let view = self.offer_view(&mut script.tx, offer).await?;
        script.finish().await?;
        Ok(view)
    }

    pub(super) async fn offer_view(&self, view: &mut View, offer: Snapshot<Offer>) -> Result<OfferView> {
        let mut views = self.offer_views(view, vec![offer]).await?;
        Ok(views.pop().expect("one for each given"))
    }

    /// Offers as they are shown, in the order given.
    pub(super) async fn offer_views(
        &self,
        view: &mut View,
        offers: Vec<Snapshot<Offer>>,
    ) -> Result<Vec<OfferView>> {
        let ids: Vec<RecordId> = offers.iter().map(|offer| offer.id.clone()).collect();
        let halves = view.halves_of_offers(&ids).await?;
        let owners = self.owners(view, ids.iter()).await?;
        let (now, nothing) = (self.now(), Halves::default());
        let show = |offer: Snapshot<Offer>| OfferView {
            coverage: coverage_of(&offer, halves.get(&offer.id).unwrap_or(&nothing)),
            provenance: owners.provenance(&offer.id),
            stale: offer.record.state == OfferState::Open && offer.record.is_stale(now),
            snapshot: offer,
        };
        Ok(offers.into_iter().map(show).collect())
    }
}

async fn revise_offer(
    script: &mut Script<'_>,
    target: &Target,
    patch: OfferPatch,
) -> Result<Snapshot<Offer>> {
    let offer = script.own::<Offer>(target).await?;
    script.check_party(&offer.record.common)?;
    let OfferPatch { title, description, lines, parties, reason } = patch;
    let mut changed = offer.record.clone();
    changed.title = title.unwrap_or(changed.title);
    changed.description = description.unwrap_or(changed.description);
    changed.lines = lines.unwrap_or(changed.lines);
    check_codes(script, LINES, &changed.lines, Some(&offer.record.lines)).await?;
    if let Some(parties) = parties {
        changed.common.parties = parties;
        script.check_new_parties(&changed.common).await?;
    }
    let taken = script.tx.stock(&offer.id).await?;
    let naming = script.tx.halves_of_offer(&offer.id).await?;
    let counted = stock::counted(&offer, &taken, &naming.requisitions);
    let revised = offer.record.revise(script.now, changed, &counted, reason)?;
    script.revise(&offer, revised).await
}

async fn step_offer(script: &mut Script<'_>, target: &Target, step: OfferStep) -> Result<Snapshot<Offer>> {
    let offer = script.own::<Offer>(target).await?;
    script.check_party(&offer.record.common)?;
    let (now, old) = (script.now, &offer.record);
    let moved = match step {
        OfferStep::Confirm if old.state == OfferState::Draft => old.open(now)?,
        OfferStep::Confirm => old.confirm(now)?,
        OfferStep::Withdraw(reason) => old.withdraw(now, reason)?,
        OfferStep::Close(reason) => old.close(now, reason)?,
    };
    let audience = audience_of(moved.state, offer.audience.clone());
    script.put(Snapshot { audience, ..offer.revised(moved).map_err(Error::used_up)? }).await
}

/// The need that an accepted offer line answers: one line about the same item, in the same unit.
fn need_for(offer: &Snapshot<Offer>, line: &OfferLine, wish: Acceptance) -> Result<Need> {
    let Common { exercise, call, incident, .. } = offer.record.common.clone();
    let (call, incident) = (wish.common.call.clone().or(call), wish.common.incident.clone().or(incident));
    let lines = Lines::new(vec![NeedLine {
        line: line.line,
        kind: line.kind,
        item: line.item.clone(),
        attributes: line.attributes.clone(),
        quantity: Quantity::exact(wish.amount.amount(), line.quantity.unit.clone()),
        urgency: wish.urgency,
        needed: wish.needed,
        deliver_to: wish.deliver_to,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: false,
        acceptable_bases: BTreeSet::new(),
        note: wish.note,
    }]);
    let untitled = wish.title.as_slice().is_empty();
    Ok(Need {
        common: Common { exercise, call, incident, ..wish.common },
        state: NeedState::Draft,
        title: if untitled { offer.record.title.clone() } else { wish.title },
        description: wish.description,
        lines: lines.expect("one line is neither too few nor too many"),
    })
}

/// An offer is private until it opens; nothing that was published becomes private again.
fn audience_of(state: OfferState, before: Audience) -> Audience {
    if state == OfferState::Open { Audience::Federation } else { before }
}

fn coverage_of(offer: &Snapshot<Offer>, halves: &Halves) -> Vec<LineCoverage> {
    let lines = offer.record.lines.iter().map(|line| line.line);
    let cover = |line| {
        let Halves { requisitions, commitments, deliveries } = halves;
        let covered = coverage::of_offer_line(offer, line, requisitions, commitments, deliveries);
        LineCoverage { line, coverage: covered.expect("the line is one of the offer's own") }
    };
    lines.map(cover).collect()
}
