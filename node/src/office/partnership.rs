//! Partnerships: standing relations of two parties, each side's word its own.

use quince_core::domain::text::Reason;
use quince_core::domain::{Audience, Handle, Partnership, PartnershipState, RecordId, RecordKind, Snapshot};

use crate::office::caller::Write;
use crate::office::publication::one;
use crate::office::request::{Paging, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{Listing, PartnershipView};
use crate::office::{Office, Result};
use crate::store::{ListQuery, Stored, View};

/// Partnerships of one city that are looked at for the other side's word: more than any city keeps.
const PARTNERSHIPS_MAX: u32 = 1_000;

impl Office {
    /// Publishes a new partnership.
    ///
    /// # Errors
    /// When a party that it names is unknown.
    pub async fn create_partnership(
        &self,
        write: &Write,
        partnership: Partnership,
    ) -> Result<PartnershipView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_new_parties(&partnership.common).await?;
            script.create(partnership, Audience::Federation).await?;
        }
        self.finish_partnership(script).await
    }

    /// active → ended.
    ///
    /// # Errors
    /// When it is over already.
    pub async fn end_partnership(
        &self,
        write: &Write,
        target: &Target,
        reason: Reason,
    ) -> Result<PartnershipView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<Partnership>(target).await?;
            script.check_party(&old.record.common)?;
            let ended = old.record.end(script.now, reason)?;
            script.revise(&old, ended).await?;
        }
        self.finish_partnership(script).await
    }

    /// A partnership, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::office::ErrorKind::NotFound).
    pub async fn partnership(&self, id: &RecordId) -> Result<PartnershipView> {
        let mut view = self.store().view().await?;
        let found = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Partnership, id))?;
        Ok(one(self.partnership_views(&mut view, vec![found]).await?))
    }

    /// Partnerships by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn partnerships(
        &self,
        owner: Option<&Handle>,
        page: &Paging<RecordId>,
    ) -> Result<Listing<PartnershipView>> {
        let mut view = self.store().view().await?;
        let Listing { items, more } = self.page_of(&mut view, owner, &[], page).await?;
        Ok(Listing { items: self.partnership_views(&mut view, items).await?, more })
    }

    async fn finish_partnership(&self, mut script: Script<'_>) -> Result<PartnershipView> {
        let written = script.first().await?;
        let view = one(self.partnership_views(&mut script.tx, vec![written]).await?);
        script.finish().await?;
        Ok(view)
    }

    /// Partnerships as they are shown, in the order given.
    pub(super) async fn partnership_views(
        &self,
        view: &mut View,
        partnerships: Vec<Snapshot<Partnership>>,
    ) -> Result<Vec<PartnershipView>> {
        let owners = self.owners(view, partnerships.iter().map(|one| &one.id)).await?;
        let mut views = Vec::with_capacity(partnerships.len());
        for snapshot in partnerships {
            let mutual = is_mutual(view, &snapshot).await?;
            views.push(PartnershipView { provenance: owners.provenance(&snapshot.id), mutual, snapshot });
        }
        Ok(views)
    }
}

/// Whether the other side says so too.
async fn is_mutual(view: &mut View, partnership: &Snapshot<Partnership>) -> Result<bool> {
    let (Some(partner), PartnershipState::Active) =
        (partnership.record.partner_node(), partnership.record.state)
    else {
        return Ok(false);
    };
    let query = ListQuery {
        owner: Some(partner.clone()),
        states: vec![PartnershipState::Active.as_str()],
        ..ListQuery::of(RecordKind::Partnership, PARTNERSHIPS_MAX)
    };
    let theirs = view.list(&query).await?.into_iter().filter_map(Stored::into_family::<Partnership>);
    Ok(theirs.into_iter().any(|one| one.record.partner_node() == Some(partnership.owner())))
}
