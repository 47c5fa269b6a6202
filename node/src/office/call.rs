//! Calls: open invitations that gather what others write under one heading.

use quince_core::domain::text::Reason;
use quince_core::domain::{Audience, Call, Handle, RecordId, RecordKind, Snapshot};

use crate::office::caller::Write;
use crate::office::publication::one;
use crate::office::request::{Paging, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{CallView, Listing};
use crate::office::{Office, Result};
use crate::store::View;

impl Office {
    /// Opens a new call.
    ///
    /// # Errors
    /// When a party that it names is unknown.
    pub async fn create_call(&self, write: &Write, call: Call) -> Result<CallView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_new_parties(&call.common).await?;
            script.create(call, Audience::Federation).await?;
        }
        self.finish_call(script).await
    }

    /// open → closed. What was gathered stays.
    ///
    /// # Errors
    /// When it is closed already.
    pub async fn close_call(
        &self,
        write: &Write,
        target: &Target,
        reason: Option<Reason>,
    ) -> Result<CallView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Call>(target).await?;
            script.check_party(&old.record.common)?;
            let closed = old.record.close(script.now, reason)?;
            script.revise(&old, closed).await?;
        }
        self.finish_call(script).await
    }

    /// A call, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::office::ErrorKind::NotFound).
    pub async fn call(&self, id: &RecordId) -> Result<CallView> {
        let mut view = self.store().view().await?;
        let found = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Call, id))?;
        Ok(one(self.call_views(&mut view, vec![found]).await?))
    }

    /// Calls by owner and number, in one of these states.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn calls(
        &self,
        owner: Option<&Handle>,
        states: &[&'static str],
        page: &Paging<RecordId>,
    ) -> Result<Listing<CallView>> {
        let mut view = self.store().view().await?;
        let Listing { items, more } = self.page_of(&mut view, owner, states, page).await?;
        Ok(Listing { items: self.call_views(&mut view, items).await?, more })
    }

    async fn finish_call(&self, mut script: Script<'_>) -> Result<CallView> {
        let written = script.first().await?;
        let view = one(self.call_views(&mut script.tx, vec![written]).await?);
        script.finish().await?;
        Ok(view)
    }

    /// Calls as they are shown, in the order given.
    pub(super) async fn call_views(
        &self,
        view: &mut View,
        calls: Vec<Snapshot<Call>>,
    ) -> Result<Vec<CallView>> {
        let owners = self.owners(view, calls.iter().map(|one| &one.id)).await?;
        let mut views = Vec::with_capacity(calls.len());
        for snapshot in calls {
            let gathered = view.gathered(&snapshot.id, snapshot.record.common.exercise).await?;
            views.push(CallView { provenance: owners.provenance(&snapshot.id), gathered, snapshot });
        }
        Ok(views)
    }
}
