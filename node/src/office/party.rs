//! Parties: the organisations that this office speaks for. A person never leaves the node.

use quince_core::domain::party::PartyType;
use quince_core::domain::{Audience, Handle, Party, RecordId, RecordKind, Snapshot};

use crate::office::caller::Write;
use crate::office::request::{Paging, PartyPatch, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{Listing, PartyView};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{ListQuery, Stored, View};

impl Office {
    /// Writes a new party.
    ///
    /// # Errors
    /// When the caller may write for one party only.
    pub async fn create_party(&self, write: &Write, party: Party) -> Result<PartyView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_whole_office()?;
            let audience = if party.is_private() { Audience::Private } else { Audience::Federation };
            script.create(party, audience).await?;
        }
        self.finish_party(script).await
    }

    /// A party, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn party(&self, id: &RecordId) -> Result<PartyView> {
        let mut view = self.store().view().await?;
        let party = view.get(id).await?.ok_or_else(|| not_found(RecordKind::Party, id))?;
        self.party_view(&mut view, party).await
    }

    /// Parties by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn parties(
        &self,
        owner: Option<&Handle>,
        page: &Paging<RecordId>,
    ) -> Result<Listing<PartyView>> {
        let mut view = self.store().view().await?;
        let (owner, after) = (owner.cloned(), page.after.clone());
        let query = ListQuery { owner, after, ..ListQuery::of(RecordKind::Party, page.size + 1) };
        let found = view.list(&query).await?.into_iter().filter_map(Stored::into_family).collect();
        let Listing { items, more } = Listing::cut(found, page.size);
        Ok(Listing { items: self.party_views(&mut view, items).await?, more })
    }

    /// Writes parts of a party anew.
    ///
    /// # Errors
    /// When a published party would become a person, who is private.
    pub async fn update_party(&self, write: &Write, target: &Target, patch: PartyPatch) -> Result<PartyView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            revise_party(&mut script, target, patch).await?;
        }
        self.finish_party(script).await
    }

    async fn finish_party(&self, mut script: Script<'_>) -> Result<PartyView> {
        let party = script.first().await?;
        let view = self.party_view(&mut script.tx, party).await?;
        script.finish().await?;
        Ok(view)
    }

    async fn party_view(&self, view: &mut View, party: Snapshot<Party>) -> Result<PartyView> {
        let mut views = self.party_views(view, vec![party]).await?;
        Ok(views.pop().expect("one for each given"))
    }

    /// Parties as they are shown, in the order given.
    pub(super) async fn party_views(
        &self,
        view: &mut View,
        parties: Vec<Snapshot<Party>>,
    ) -> Result<Vec<PartyView>> {
        let owners = self.owners(view, parties.iter().map(|party| &party.id)).await?;
        let show =
            |snapshot: Snapshot<Party>| PartyView { provenance: owners.provenance(&snapshot.id), snapshot };
        Ok(parties.into_iter().map(show).collect())
    }
}

async fn revise_party(script: &mut Script<'_>, target: &Target, patch: PartyPatch) -> Result<()> {
    if script.caller().party.as_ref().is_some_and(|party| *party != target.id) {
        script.check_whole_office()?;
    }
    let old = script.own::<Party>(target).await?;
    let PartyPatch { party_type, names, place, public_contact, retired, reason } = patch;
    let mut party = old.record.clone();
    party.common = party.common.revised(script.now, reason);
    party.party_type = party_type.unwrap_or(party.party_type);
    party.names = names.unwrap_or(party.names);
    party.place = place.unwrap_or(party.place);
    party.public_contact = public_contact.unwrap_or(party.public_contact);
    party.retired = retired.unwrap_or(party.retired);
    let audience = match (&old.audience, party.is_private()) {
        (Audience::Private, true) => Audience::Private,
        (published, true) if *published != Audience::Private => return Err(published_person(&old)),
        _ => Audience::Federation,
    };
    script.put(Snapshot { audience, ..old.revised(party).map_err(Error::used_up)? }).await?;
    Ok(())
}

fn published_person(party: &Snapshot<Party>) -> Error {
    let (id, now, person) = (&party.id, party.record.party_type, PartyType::Person);
    Error::new(
        ErrorKind::State,
        format!("party {id} is published as {now}, expected a private one for {person}"),
    )
    .hint("retire it, and enter the person as a new party")
}
