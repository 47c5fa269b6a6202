//! Who this node is: its inception, its keys, and the profile that says so to others.
//!
//! The profile is record number 1 of every node. It is written at the first start and again whenever the
//! configuration says something else; it travels in the identity lane once there is a federation.

use quince_core::domain::common::{Common, Label};
use quince_core::domain::list::List;
use quince_core::domain::place::Place;
use quince_core::domain::profile::{Endpoint, OfflineRecipient, TlsKeyHash};
use quince_core::domain::text::Names;
use quince_core::domain::{Audience, Handle, Instant, Number, Profile, RecordId, Revision, Snapshot};
use quince_core::roster::Inception;

use crate::clock::Entropy;
use crate::office::{Error, Office, Result};
use crate::store::{NewRevision, Signer, WriteTx};

/// Who writes the profile: the node itself, at its start.
const HOLDER: &str = "quince-node";

/// What only the process knows of its node: keys and configuration.
#[derive(Clone)]
pub struct Identity {
    /// The first entry of the identity lane.
    pub inception: Inception,
    /// Signs roster versions, where this node is a steward.
    pub steward: Signer,
    /// The key that speaks for this node in TLS.
    pub tls_key: TlsKeyHash,
    /// The office's names.
    pub names: Names,
    /// Where it sits.
    pub place: Option<Place>,
    /// Where others dial it.
    pub endpoints: Vec<Endpoint>,
    /// To whom others encrypt offline files for this node.
    pub offline_recipient: OfflineRecipient,
    /// The program and its version.
    pub software: Label,
    /// Where the secrets of tokens and invitations are drawn from.
    pub entropy: Entropy,
}

impl Office {
    /// Takes on the identity of its node, and writes the profile if it says something new. Called once, at the start.
    ///
    /// # Errors
    /// When the profile cannot be written; a node that signs nothing keeps the one it has.
    pub async fn introduce(&self, identity: Identity) -> Result<()> {
        let mut tx = self.store().begin_write().await?;
        let now = self.now();
        if self.store().read_only().is_none() {
            write_profile(&mut tx, self.handle(), &identity, now).await?;
            tx.commit().await?;
        }
        if self.shared.identity.set(identity).is_err() {
            return Err(Error::internal("the node was introduced twice"));
        }
        Ok(())
    }
}

/// The record id of a node's profile.
pub(super) fn profile_of(handle: &Handle) -> RecordId {
    RecordId::new(handle.clone(), Number::FIRST)
}

async fn write_profile(tx: &mut WriteTx, handle: &Handle, identity: &Identity, now: Instant) -> Result<()> {
    let id = profile_of(handle);
    let old: Option<Snapshot<Profile>> = tx.get(&id).await?;
    let next = profile(handle, identity, now)?;
    let revision = match &old {
        None => Some(Revision::FIRST),
        Some(old) if says_the_same(&old.record, &next) => return Ok(()),
        Some(old) => old.revision.next(),
    };
    let revision = revision.ok_or_else(|| Error::internal("the profile has used up its revisions"))?;
    let mut record = next;
    if let Some(old) = old {
        record.common.created = old.record.common.created;
    }
    let new = NewRevision {
        number: id.number,
        revision,
        audience: Audience::Federation,
        record: record.into(),
        holder: HOLDER.to_owned(),
    };
    tx.append(new, now).await?;
    Ok(())
}

fn profile(handle: &Handle, identity: &Identity, now: Instant) -> Result<Profile> {
    Ok(Profile {
        common: Common::new(now),
        handle: handle.clone(),
        names: identity.names.clone(),
        place: identity.place.clone(),
        endpoints: List::new(identity.endpoints.clone()).map_err(Error::internal)?,
        tls_keys: List::new(vec![identity.tls_key]).map_err(Error::internal)?,
        software: Some(identity.software.clone()),
        offline_recipient: Some(identity.offline_recipient.clone()),
    })
}

fn says_the_same(old: &Profile, new: &Profile) -> bool {
    let content = |profile: &Profile| Profile { common: new.common.clone(), ..profile.clone() };
    content(old) == content(new)
}
