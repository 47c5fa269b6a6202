//! Consignments: what leaves is decided in the transaction that writes it, over own promises and what was sent of them.

use std::collections::BTreeSet;

use quince_core::domain::agreement::delivery::{Counted, Deliveries};
use quince_core::domain::agreement::shipment::{self, Counts, Plan, Promises, ShipmentError};
use quince_core::domain::consignment::Event;
use quince_core::domain::text::Reason;
use quince_core::domain::{
    Audience, Commitment, Consignment, Handle, Number, RecordId, RecordKind, Snapshot,
};

use crate::office::caller::Write;
use crate::office::publication::one;
use crate::office::request::{ConsignmentFilter, ConsignmentPatch, Paging, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{ConsignmentView, Listing};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::View;

/// Own promises that a consignment names, and what else was sent of them.
struct Cargo {
    commitments: Vec<Snapshot<Commitment>>,
    others: Deliveries,
}

impl Office {
    /// Plans a consignment of own promises.
    ///
    /// # Errors
    /// When something in it is not promised, or more than is left of a promise.
    pub async fn plan_consignment(&self, write: &Write, plan: Plan) -> Result<ConsignmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_new_parties(&plan.common).await?;
            let named: Vec<Number> = plan.lines.iter().map(|line| line.commitment).collect();
            let cargo = self.cargo(&mut script, &named, None).await?;
            let planned = shipment::plan(script.now, plan, cargo.promises())?;
            script.create(planned, cargo.audience()).await?;
        }
        self.finish_consignment(script).await
    }

    /// planned → dispatched.
    ///
    /// # Errors
    /// When a document is missing, or its promises have shrunk.
    pub async fn dispatch_consignment(
        &self,
        write: &Write,
        target: &Target,
        event: Event,
        waive: Option<Reason>,
    ) -> Result<ConsignmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Consignment>(target).await?;
            let cargo = self.cargo_of(&mut script, &old).await?;
            let sent = shipment::dispatch(script.now, &old.record, event, waive, cargo.promises())?;
            self.move_consignment(&mut script, &old, sent).await?;
        }
        self.finish_consignment(script).await
    }

    /// Adds a fact.
    ///
    /// # Errors
    /// When its state does not allow that fact.
    pub async fn add_consignment_event(
        &self,
        write: &Write,
        target: &Target,
        event: Event,
    ) -> Result<ConsignmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Consignment>(target).await?;
            let counted = counts(&mut script, &old).await?;
            let moved = shipment::enter(script.now, &old.record, event, &counted)?;
            self.move_consignment(&mut script, &old, moved).await?;
        }
        self.finish_consignment(script).await
    }

    /// planned → cancelled.
    ///
    /// # Errors
    /// When it has left.
    pub async fn cancel_consignment(
        &self,
        write: &Write,
        target: &Target,
        reason: Reason,
    ) -> Result<ConsignmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Consignment>(target).await?;
            let cancelled = old.record.cancel(script.now, reason)?;
            self.move_consignment(&mut script, &old, cancelled).await?;
        }
        self.finish_consignment(script).await
    }

    /// Writes parts of a consignment anew.
    ///
    /// # Errors
    /// When it is over, no reason is given after the dispatch, or more would be sent than is left.
    pub async fn correct_consignment(
        &self,
        write: &Write,
        target: &Target,
        patch: ConsignmentPatch,
        reason: Option<Reason>,
    ) -> Result<ConsignmentView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Consignment>(target).await?;
            let plan = patch.onto(&old.record);
            let named: Vec<Number> = plan.lines.iter().map(|line| line.commitment).collect();
            let cargo = self.cargo(&mut script, &named, Some(&old.id)).await?;
            let (promises, counted) = (cargo.promises(), counts(&mut script, &old).await?);
            let corrected = shipment::correct(script.now, &old.record, plan, reason, promises, &counted)?;
            self.move_consignment(&mut script, &old, corrected).await?;
        }
        self.finish_consignment(script).await
    }

    /// A consignment, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn consignment(&self, id: &RecordId) -> Result<ConsignmentView> {
        let mut view = self.store().view().await?;
        let found = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Consignment, id))?;
        Ok(one(self.consignment_views(&mut view, vec![found]).await?))
    }

    /// Consignments by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn consignments(
        &self,
        filter: &ConsignmentFilter,
        page: &Paging<RecordId>,
    ) -> Result<Listing<ConsignmentView>> {
        let mut view = self.store().view().await?;
        let Listing { items, more } = candidates(self, &mut view, filter, page).await?;
        Ok(Listing { items: self.consignment_views(&mut view, items).await?, more })
    }

    async fn finish_consignment(&self, mut script: Script<'_>) -> Result<ConsignmentView> {
        let written = script.first().await?;
        let view = one(self.consignment_views(&mut script.tx, vec![written]).await?);
        script.finish().await?;
        Ok(view)
    }

    /// Consignments as they are shown, in the order given.
    pub(super) async fn consignment_views(
        &self,
        view: &mut View,
        consignments: Vec<Snapshot<Consignment>>,
    ) -> Result<Vec<ConsignmentView>> {
        let owners = self.owners(view, consignments.iter().map(|one| &one.id)).await?;
        let receipts = view.receipts_for(&consignments).await?;
        let counted = Counted::new(&receipts);
        let mut views = Vec::with_capacity(consignments.len());
        for snapshot in consignments {
            let lines = snapshot.record.lines.iter();
            let outcomes = lines.map(|line| (line.line, counted.of_line(&snapshot, line))).collect();
            let of_this = receipts.iter().filter(|receipt| receipt.record.consignment == snapshot.id);
            let receipts = of_this.map(|receipt| receipt.id.clone()).collect();
            let thanks = thanks_for(view, &snapshot).await?;
            let provenance = owners.provenance(&snapshot.id);
            views.push(ConsignmentView { outcomes, receipts, thanks, provenance, snapshot });
        }
        Ok(views)
    }

    async fn cargo_of(&self, script: &mut Script<'_>, consignment: &Snapshot<Consignment>) -> Result<Cargo> {
        let named: Vec<Number> = consignment.record.amounts().into_keys().collect();
        self.cargo(script, &named, Some(&consignment.id)).await
    }

    /// Reads the promises that these numbers name, and what other consignments than `besides` send of them.
    async fn cargo(
        &self,
        script: &mut Script<'_>,
        named: &[Number],
        besides: Option<&RecordId>,
    ) -> Result<Cargo> {
        let ids: Vec<RecordId> =
            named.iter().map(|number| RecordId::new(self.handle().clone(), *number)).collect();
        let commitments: Vec<_> = script.tx.get_all::<Commitment>(&ids).await?.into_values().collect();
        for commitment in &commitments {
            script.check_party_of_offer(&commitment.record.offer_line.record).await?;
        }
        let shipments = script.tx.shipments(&ids).await?;
        let shipments = match besides {
            Some(besides) => shipments.without(besides),
            None => shipments,
        };
        Ok(Cargo { commitments, others: shipments.deliveries() })
    }

    async fn move_consignment(
        &self,
        script: &mut Script<'_>,
        old: &Snapshot<Consignment>,
        moved: Consignment,
    ) -> Result<()> {
        for line in old.record.lines.iter() {
            script.check_party_of_offer(&line.offer_line.record).await?;
        }
        script.revise(old, moved).await?;
        // What came back, or never left, is free again where its promise was released meanwhile.
        let offers: BTreeSet<RecordId> =
            old.record.lines.iter().map(|line| line.offer_line.record.clone()).collect();
        for offer in offers {
            self.settle_with(script, &offer).await?;
        }
        Ok(())
    }
}

/// What receivers have counted of a consignment, by its lines.
async fn counts(script: &mut Script<'_>, consignment: &Snapshot<Consignment>) -> Result<Counts> {
    let receipts = script.tx.receipts_for(std::slice::from_ref(consignment)).await?;
    let counted = Counted::new(&receipts);
    let lines = consignment.record.lines.iter();
    Ok(lines.filter_map(|line| Some((line.line, counted.of_line(consignment, line)?))).collect())
}

impl Cargo {
    /// Who may see what is sent: those who see the promises.
    fn audience(&self) -> Audience {
        self.commitments.first().map_or(Audience::Federation, |promise| promise.audience.clone())
    }

    fn promises(&self) -> Promises<'_> {
        Promises { commitments: &self.commitments, others: &self.others }
    }
}

/// Messages of thanks by receivers of a consignment.
async fn thanks_for(view: &mut View, consignment: &Snapshot<Consignment>) -> Result<Vec<RecordId>> {
    let receivers: BTreeSet<&Handle> =
        consignment.record.lines.iter().map(|line| line.need_line.owner()).collect();
    let mut thanks = Vec::new();
    for receiver in receivers {
        let about = view.messages_about(&consignment.id, receiver).await?;
        let given = about.into_iter().filter(|one| one.record.thanks_for(&consignment.id));
        thanks.extend(given.map(|one| one.id));
    }
    Ok(thanks)
}

/// Consignments in the order of the list.
async fn candidates(
    office: &Office,
    view: &mut View,
    filter: &ConsignmentFilter,
    page: &Paging<RecordId>,
) -> Result<Listing<Snapshot<Consignment>>> {
    let promises = match (&filter.commitment, &filter.need) {
        (Some(commitment), _) => vec![commitment.clone()],
        (None, Some(need)) => {
            view.halves_of_need(need).await?.commitments.into_iter().map(|one| one.id).collect()
        }
        (None, None) => {
            let states: Vec<&'static str> = filter.states.iter().copied().collect();
            return office.page_of(view, filter.owner.as_ref(), &states, page).await;
        }
    };
    let mut found = view.shipments(&promises).await?.consignments;
    found.retain(|one| {
        filter.owner.as_ref().is_none_or(|owner| one.owner() == owner)
            && filter.need.as_ref().is_none_or(|need| names_need(one, need))
            && (filter.states.is_empty() || filter.states.contains(one.record.state.as_str()))
            && page.after.as_ref().is_none_or(|after| one.id > *after)
    });
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(Listing::cut(found, page.size))
}

fn names_need(consignment: &Snapshot<Consignment>, need: &RecordId) -> bool {
    consignment.record.lines.iter().any(|line| line.need_line.record == *need)
}

impl From<ShipmentError> for Error {
    fn from(error: ShipmentError) -> Self {
        use ShipmentError as E;

        let message = error.to_string();
        match error {
            E::Transition(error) => error.into(),
            E::NoSuchCommitment(_) => Self::new(ErrorKind::NotFound, message)
                .hint("`quince commitment list` shows what this city has promised"),
            E::NotCommitted { .. } => Self::new(ErrorKind::State, message)
                .hint("only what is promised is sent; hold, request and commit first"),
            E::TooMuch { .. } => {
                Self::new(ErrorKind::State, message).hint("send less, or cancel another consignment")
            }
            E::Received { .. } => Self::new(ErrorKind::State, message)
                .hint("what went back in part is the receiver's to count as refused; an event of type OTHER notes it"),
            E::Counted { .. } => Self::new(ErrorKind::State, message)
                .hint("the receiver's count stands until the receiver corrects it: `quince receipt correct`"),
            E::ExerciseDiffers => {
                Self::new(ErrorKind::Invalid, message).hint("drills and real records do not mix")
            }
        }
    }
}
