//! Messages, knowledge and reports: published rather than agreed on, and taken back rather than changed.

use quince_core::domain::text::Reason;
use quince_core::domain::transition::TransitionError;
use quince_core::domain::{
    Audience, Common, Handle, Instant, Knowledge, Message, Publication, Record, RecordId, Report, Snapshot,
};

use crate::office::caller::Write;
use crate::office::request::{Paging, Target};
use crate::office::script::{Script, not_found};
use crate::office::view::{Listing, PublicationView};
use crate::office::{Error, Office, Result};
use crate::store::{Family, ListQuery, Stored, View};

/// A family of publications.
pub trait Published: Family + Into<Record> + Clone {
    /// What every record carries.
    fn common(&self) -> &Common;
    /// Where it stands.
    fn state(&self) -> &Publication;
    /// draft → published.
    fn publish(&self, now: Instant) -> std::result::Result<Self, TransitionError>;
    /// Takes it back, or lets another take its place.
    fn retract(
        &self,
        now: Instant,
        own: &RecordId,
        by: Option<RecordId>,
        reason: Reason,
    ) -> std::result::Result<Self, TransitionError>;
}

macro_rules! published {
    ($($family:ident),+) => {
        $(impl Published for $family {
            fn common(&self) -> &Common {
                &self.common
            }

            fn state(&self) -> &Publication {
                &self.state
            }

            fn publish(&self, now: Instant) -> std::result::Result<Self, TransitionError> {
                self.publish(now)
            }

            fn retract(
                &self,
                now: Instant,
                own: &RecordId,
                by: Option<RecordId>,
                reason: Reason,
            ) -> std::result::Result<Self, TransitionError> {
                self.retract(now, own, by, reason)
            }
        })+
    };
}

published!(Message, Knowledge, Report);

impl Office {
    /// Writes a draft and, if it is to be published, publishes it in the same revision.
    ///
    /// # Errors
    /// When a party that it names is unknown.
    pub async fn create_publication<P: Published>(
        &self,
        write: &Write,
        draft: P,
        publish: bool,
    ) -> Result<PublicationView<P>> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_new_parties(draft.common()).await?;
            let record = if publish { draft.publish(script.now)? } else { draft };
            let audience = audience_of(record.state(), Audience::Private);
            script.create(record, audience).await?;
        }
        self.finish_publication(script).await
    }

    /// draft → published.
    ///
    /// # Errors
    /// When it is not a draft.
    pub async fn publish<P: Published>(&self, write: &Write, target: &Target) -> Result<PublicationView<P>> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let draft = script.own::<P>(target).await?;
            let published = draft.record.publish(script.now)?;
            move_publication(&mut script, &draft, published).await?;
        }
        self.finish_publication(script).await
    }

    /// published → retracted, or superseded by another own record.
    ///
    /// # Errors
    /// When it is not published, or there is no such other record.
    pub async fn retract<P: Published>(
        &self,
        write: &Write,
        target: &Target,
        by: Option<RecordId>,
        reason: Reason,
    ) -> Result<PublicationView<P>> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = script.own::<P>(target).await?;
            if let Some(by) = &by {
                script.find::<P>(by).await?;
            }
            let retracted = old.record.retract(script.now, &old.id, by, reason)?;
            move_publication(&mut script, &old, retracted).await?;
        }
        self.finish_publication(script).await
    }

    /// A publication, own or another city's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::office::ErrorKind::NotFound).
    pub async fn publication<P: Published>(&self, id: &RecordId) -> Result<PublicationView<P>> {
        let mut view = self.store().view().await?;
        let found = view.get::<P>(id).await?.ok_or_else(|| not_found(P::KIND, id))?;
        Ok(one(self.publication_views(&mut view, vec![found]).await?))
    }

    /// Publications of a family by owner and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn publications<P: Published>(
        &self,
        owner: Option<&Handle>,
        page: &Paging<RecordId>,
    ) -> Result<Listing<PublicationView<P>>> {
        let mut view = self.store().view().await?;
        let Listing { items, more } = self.page_of::<P>(&mut view, owner, &[], page).await?;
        Ok(Listing { items: self.publication_views(&mut view, items).await?, more })
    }

    /// A page of a family by owner and number, in one of these states.
    pub(super) async fn page_of<F: Family>(
        &self,
        view: &mut View,
        owner: Option<&Handle>,
        states: &[&'static str],
        page: &Paging<RecordId>,
    ) -> Result<Listing<Snapshot<F>>> {
        let query = ListQuery {
            owner: owner.cloned(),
            states: states.to_vec(),
            after: page.after.clone(),
            ..ListQuery::of(F::KIND, page.size + 1)
        };
        let found = view.list(&query).await?.into_iter().filter_map(Stored::into_family).collect();
        Ok(Listing::cut(found, page.size))
    }

    async fn finish_publication<P: Published>(&self, mut script: Script<'_>) -> Result<PublicationView<P>> {
        let written = script.first().await?;
        let view = one(self.publication_views(&mut script.tx, vec![written]).await?);
        script.finish().await?;
        Ok(view)
    }

    /// Publications as they are shown, in the order given.
    pub(super) async fn publication_views<P>(
        &self,
        view: &mut View,
        publications: Vec<Snapshot<P>>,
    ) -> Result<Vec<PublicationView<P>>> {
        let owners = self.owners(view, publications.iter().map(|one| &one.id)).await?;
        let show =
            |snapshot: Snapshot<P>| PublicationView { provenance: owners.provenance(&snapshot.id), snapshot };
        Ok(publications.into_iter().map(show).collect())
    }
}

async fn move_publication<P: Published>(script: &mut Script<'_>, old: &Snapshot<P>, moved: P) -> Result<()> {
    script.check_party(old.record.common())?;
    let audience = audience_of(moved.state(), old.audience.clone());
    script.put(Snapshot { audience, ..old.revised(moved).map_err(Error::used_up)? }).await?;
    Ok(())
}

/// A draft is private; nothing that was published becomes private again.
fn audience_of(state: &Publication, before: Audience) -> Audience {
    if *state == Publication::Published { Audience::Federation } else { before }
}

/// The one view of the one record that was shown.
pub(super) fn one<V>(mut views: Vec<V>) -> V {
    views.pop().expect("one for each given")
}
