//! The roster as this office works with it: founding it, growing it, and believing what others signed.

use std::time::Duration;

use jiff::Timestamp;
use quince_core::domain::item::CatalogueVersion;
use quince_core::domain::{Handle, Instant};
use quince_core::feed::{FederationId, NodeId};
use quince_core::roster::{Member, Name, Roster, RosterChain, RosterDraft, SignedRoster};

use crate::office::identity::Identity;
use crate::office::{Error, ErrorKind, Result};
use crate::store::{View, WriteTx};

/// How long a roster version stays fresh: long enough that a federation outlives a holiday of its stewards, short
/// enough that one without stewards shows.
const ROSTER_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// Version 1, signed: a federation of one.
pub(super) fn founding(
    name: &str,
    handle: &Handle,
    node: NodeId,
    identity: &Identity,
    now: Instant,
) -> Result<SignedRoster> {
    let draft = RosterDraft {
        name: parse_name(name)?,
        version: 1,
        previous: None,
        expires: expiry(now)?,
        threshold: 1,
        catalogue: Some(CatalogueVersion::embedded()),
        stewards: [(handle.clone(), identity.steward.public_key())].into(),
        members: [(handle.clone(), Member { node, record_limit: None })].into(),
    };
    let unsigned = SignedRoster::unsigned(Roster::new(draft).map_err(Error::internal)?);
    let federation = unsigned.founds().expect("version 1 founds a federation");
    Ok(unsigned.sign(&federation, handle, &*identity.steward))
}

/// The next version, signed by this steward: one more member.
pub(super) fn admitting(
    chain: &RosterChain,
    (handle, node): (&Handle, NodeId),
    steward: &Handle,
    identity: &Identity,
    now: Instant,
) -> Result<SignedRoster> {
    let mut draft = chain.roster().successor(expiry(now)?);
    draft.members.insert(handle.clone(), Member { node, record_limit: None });
    let roster = Roster::new(draft).map_err(|error| Error::new(ErrorKind::State, error.to_string()))?;
    Ok(SignedRoster::unsigned(roster).sign(&chain.federation(), steward, &*identity.steward))
}

/// The next version, signed by this steward: another version of the catalogue.
pub(super) fn naming(
    chain: &RosterChain,
    version: CatalogueVersion,
    steward: &Handle,
    identity: &Identity,
    now: Instant,
) -> Result<SignedRoster> {
    let draft = RosterDraft { catalogue: Some(version), ..chain.roster().successor(expiry(now)?) };
    let roster = Roster::new(draft).map_err(|error| Error::new(ErrorKind::State, error.to_string()))?;
    Ok(SignedRoster::unsigned(roster).sign(&chain.federation(), steward, &*identity.steward))
}

/// The chain that the store holds; `None` outside any federation.
pub(super) async fn stored_chain(view: &mut View) -> Result<Option<RosterChain>> {
    let Some(federation) = view.federation().await? else { return Ok(None) };
    let rosters = view.rosters_since(0).await?;
    if rosters.is_empty() {
        return Ok(None);
    }
    replay(federation, rosters).map(Some)
}

/// Checks versions from 1 on, one after the other.
pub(super) fn replay(federation: FederationId, rosters: Vec<SignedRoster>) -> Result<RosterChain> {
    let mut rosters = rosters.into_iter();
    let first = rosters.next().ok_or_else(|| refused("no version at all"))?;
    let begun = RosterChain::begin(federation, first).map_err(|error| refused(&error.to_string()))?;
    rosters.try_fold(begun, |chain, next| chain.accept(next).map_err(|error| refused(&error.to_string())))
}

/// Stores the versions that the store does not hold yet; all of them have been checked as one chain.
pub(super) async fn store_new(tx: &mut WriteTx, rosters: &[SignedRoster]) -> Result<()> {
    let held = tx.rosters_since(0).await?.last().map_or(0, |signed| signed.roster().version);
    for signed in rosters.iter().filter(|signed| signed.roster().version > held) {
        tx.put_roster(signed).await?;
    }
    Ok(())
}

/// A name as rosters and invitations carry it.
pub(super) fn parse_name(name: &str) -> Result<Name> {
    name.parse()
        .map_err(|error: quince_core::roster::NameError| Error::new(ErrorKind::Invalid, error.to_string()))
}

/// An instant as rosters and invitations carry it: in whole seconds.
pub(super) fn whole_seconds(at: Instant) -> Result<Timestamp> {
    Timestamp::from_second(at.to_parts().0).map_err(Error::internal)
}

fn expiry(now: Instant) -> Result<Timestamp> {
    whole_seconds(now.plus(ROSTER_LIFETIME))
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::State, format!("the roster that came is not to be believed: {why}"))
}
