//! Needs: written, moved, shown. A need that ends takes its requisitions with it.

use std::iter;

use quince_core::domain::agreement::budget;
use quince_core::domain::text::Reason;
use quince_core::domain::transition::TransitionError;
use quince_core::domain::{
    Audience, Instant, Need, NeedState, RecordId, RecordKind, Requisition, Revision, Snapshot, coverage,
};

use crate::office::caller::Write;
use crate::office::item::check_codes;
use crate::office::provenance::Owners;
use crate::office::request::{NeedFilter, NeedPatch, NeedStep, Paging, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{LineCoverage, Listing, NeedView};
use crate::office::{Error, Office, Result};
use crate::store::{Halves, ListQuery, Stored, View};

/// Where the lines stand in a request.
const LINES: &str = "need.record.lines";

impl Office {
    /// Writes a new need, given as a draft; `publish` opens it, or submits it where needs are approved.
    ///
    /// # Errors
    /// When its parties are unknown or not the caller's.
    pub async fn create_need(&self, write: &Write, need: Need, publish: bool) -> Result<NeedView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            check_codes(&mut script, LINES, &need.lines, None).await?;
            self.write_need(&mut script, need, publish).await?;
        }
        self.finish_need(script).await
    }

    /// A need, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::office::ErrorKind::NotFound).
    pub async fn need(&self, id: &RecordId) -> Result<NeedView> {
        let mut view = self.store().view().await?;
        let need = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Need, id))?;
        self.need_view(&mut view, need).await
    }

    /// Needs by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn needs(&self, filter: &NeedFilter, page: &Paging<RecordId>) -> Result<Listing<NeedView>> {
        let mut view = self.store().view().await?;
        let query = ListQuery {
            owner: filter.owner.clone(),
            states: filter.states.iter().copied().collect(),
            item: filter.item.clone(),
            urgency_at_most: filter.urgency_at_most.map(|urgency| urgency.tier()),
            after: page.after.clone(),
            ..ListQuery::of(RecordKind::Need, page.size + 1)
        };
        let found = view.list(&query).await?.into_iter().filter_map(Stored::into_family).collect();
        let Listing { items, more } = Listing::cut(found, page.size);
        Ok(Listing { items: self.need_views(&mut view, items).await?, more })
    }

    /// Writes parts of a need anew, within what its requisitions count on.
    ///
    /// # Errors
    /// When the need ended, a line would lose what is counted on it, or a published line changes without a reason.
    pub async fn update_need(&self, write: &Write, target: &Target, patch: NeedPatch) -> Result<NeedView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            revise_need(&mut script, target, patch).await?;
        }
        self.finish_need(script).await
    }

    /// Moves a need to another state. What it asked for is withdrawn when it ends.
    ///
    /// # Errors
    /// When its state does not allow the step.
    pub async fn move_need(&self, write: &Write, target: &Target, step: NeedStep) -> Result<NeedView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            self.step_need(&mut script, target, step).await?;
        }
        self.finish_need(script).await
    }

    /// Writes a draft and, if it is to be published, opens or submits it in the same revision.
    pub(super) async fn write_need(
        &self,
        script: &mut Script<'_>,
        need: Need,
        publish: bool,
    ) -> Result<Snapshot<Need>> {
        script.check_new_parties(&need.common).await?;
        let need = if publish { self.submitted(script.now, &need)? } else { need };
        let audience = audience_of(&need.state, Audience::Private);
        script.create(need, audience).await
    }

    /// draft → open, or → submitted where somebody has to approve.
    fn submitted(&self, now: Instant, need: &Need) -> std::result::Result<Need, TransitionError> {
        if self.shared.settings.approve_needs { need.submit(now) } else { need.open(now) }
    }

    async fn step_need(&self, script: &mut Script<'_>, target: &Target, step: NeedStep) -> Result<()> {
        let need = script.own::<Need>(target).await?;
        script.check_party(&need.record.common)?;
        let (now, old) = (script.now, &need.record);
        let moved = match step {
            NeedStep::Submit => self.submitted(now, old)?,
            NeedStep::Approve => old.approve(now)?,
            NeedStep::Hold(reason) => old.hold(now, reason)?,
            NeedStep::Resume => old.resume(now)?,
            NeedStep::Withdraw(reason) => old.withdraw(now, reason)?,
            NeedStep::Duplicate { of, reason } => {
                script.find::<Need>(&of).await?;
                old.duplicate(now, &need.id, of, reason)?
            }
        };
        let audience = audience_of(&moved.state, need.audience.clone());
        let moved = script.put(Snapshot { audience, ..need.revised(moved).map_err(Error::used_up)? }).await?;
        if moved.record.state.is_final() {
            withdraw_requisitions(script, &moved).await?;
        }
        Ok(())
    }

    async fn finish_need(&self, mut script: Script<'_>) -> Result<NeedView> {
        let is_new = script.is_new();
        let need = script.first::<Need>().await?;
        let view = if is_new && need.revision == Revision::FIRST {
            // Nobody has answered yet what is written just now.
            let owners = self.owners(&mut script.tx, iter::once(&need.id)).await?;
            shown(need, &Halves::default(), &owners)
        } else {
            self.need_view(&mut script.tx, need).await?
        };
        script.finish().await?;
        Ok(view)
    }

    pub(super) async fn need_view(&self, view: &mut View, need: Snapshot<Need>) -> Result<NeedView> {
        let mut views = self.need_views(view, vec![need]).await?;
        Ok(views.pop().expect("one for each given"))
    }

    /// Needs as they are shown, in the order given.
    pub(super) async fn need_views(
        &self,
        view: &mut View,
        needs: Vec<Snapshot<Need>>,
    ) -> Result<Vec<NeedView>> {
        let ids: Vec<RecordId> = needs.iter().map(|need| need.id.clone()).collect();
        let halves = view.halves_of_needs(&ids).await?;
        let owners = self.owners(view, ids.iter()).await?;
        let nothing = Halves::default();
        let show = |need: Snapshot<Need>| {
            let of_need = halves.get(&need.id).unwrap_or(&nothing);
            shown(need, of_need, &owners)
        };
        Ok(needs.into_iter().map(show).collect())
    }
}

fn shown(need: Snapshot<Need>, halves: &Halves, owners: &Owners<'_>) -> NeedView {
    NeedView { coverage: coverage_of(&need, halves), provenance: owners.provenance(&need.id), snapshot: need }
}

async fn revise_need(script: &mut Script<'_>, target: &Target, patch: NeedPatch) -> Result<()> {
    let need = script.own::<Need>(target).await?;
    script.check_party(&need.record.common)?;
    let NeedPatch { title, description, lines, parties, reason } = patch;
    let mut changed = need.record.clone();
    changed.title = title.unwrap_or(changed.title);
    changed.description = description.unwrap_or(changed.description);
    changed.lines = lines.unwrap_or(changed.lines);
    check_codes(script, LINES, &changed.lines, Some(&need.record.lines)).await?;
    if let Some(parties) = parties {
        changed.common.parties = parties;
        script.check_new_parties(&changed.common).await?;
    }
    let asked = script.tx.asked(&need.id).await?;
    let counted = budget::counted(&need, &asked.pairs());
    let revised = need.record.revise(script.now, changed, &counted, reason)?;
    script.revise(&need, revised).await?;
    Ok(())
}

/// Withdraws what was asked for a need that has ended, in the same transaction as its end.
pub(super) async fn withdraw_requisitions(script: &mut Script<'_>, need: &Snapshot<Need>) -> Result<()> {
    let asked = script.tx.asked(&need.id).await?;
    let of_need = asked.pairs();
    let reason = need.record.common.reason.clone().unwrap_or_else(|| ended(&need.record.state));
    for (id, withdrawn) in budget::withdraw_for_ended_need(script.now, &need.id, &of_need, &reason) {
        let old = of_need.iter().find(|pair| pair.requisition.id == id);
        let old: &Snapshot<Requisition> = old.expect("the rule moves what it was given").requisition;
        script.revise(old, withdrawn).await?;
    }
    Ok(())
}

fn ended(state: &NeedState) -> Reason {
    Reason::new(format!("the need is {}", state.as_str())).expect("a state's word is a short text")
}

/// A need is private until it opens; nothing that was published becomes private again.
fn audience_of(state: &NeedState, before: Audience) -> Audience {
    if *state == NeedState::Open { Audience::Federation } else { before }
}

fn coverage_of(need: &Snapshot<Need>, halves: &Halves) -> Vec<LineCoverage> {
    let lines = need.record.lines.iter().map(|line| line.line);
    let cover = |line| {
        let Halves { requisitions, commitments, deliveries } = halves;
        let covered = coverage::of_need_line(need, line, requisitions, commitments, deliveries);
        LineCoverage { line, coverage: covered.expect("the line is one of the need's own") }
    };
    lines.map(cover).collect()
}
