//! Founding, joining and leaving a federation.
//!
//! A node's feeds name the federation, so they begin when it enters one: the inception first, then the profile, then
//! all that was written before and is not private.

use quince_core::domain::common::Label;
use quince_core::domain::item::{CATALOGUE_VERSION, CatalogueVersion};
use quince_core::domain::list::List;
use quince_core::domain::{Handle, Instant, Profile};
use quince_core::feed::{AudienceId, EntryKind, FederationId, FeedId, Hash, Lane, ReplicaLog};
use quince_core::roster::{IdentityLane, Invitation, JoinClaim, RosterChain, SignedRoster, SixWords};
use tracing::warn;

use crate::office::identity::Identity;
use crate::office::network::{NetworkError, SignedLane, Welcome};
use crate::office::request::{JoinByFile, Paging};
use crate::office::roster::{founding, naming, replay, store_new, stored_chain};
use crate::office::view::{FederationView, Listing, MemberView, Membership};
use crate::office::{Error, ErrorKind, Office, Result, Write};
use crate::store::{ListQuery, MemberRow, Meta, NewEntry, View, WriteTx};
use quince_core::domain::profile::Endpoint;
use quince_core::domain::{Number, RecordId, RecordKind};

/// More bytes than any identity lane has that a node writes before it is admitted.
const LANE_BYTES_MAX: usize = 1024 * 1024;

impl Office {
    /// Founds a federation with this node as its first member and only steward.
    ///
    /// # Errors
    /// [`ErrorKind::State`] when the node is in a federation already, [`ErrorKind::Invalid`] for the name.
    pub async fn create_federation(&self, write: &Write, display_name: Label) -> Result<FederationView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_whole_office()?;
            check_alone(&mut script.tx).await?;
            let identity = self.identity()?;
            let node = script.tx.own_node().await?;
            let signed = founding(display_name.as_str(), self.handle(), node, identity, self.real_now())?;
            let federation = signed.founds().expect("version 1 founds a federation");
            put_membership(&mut script.tx, Membership::Member).await?;
            script.tx.put_roster(&signed).await?;
            enter(&mut script.tx, federation, identity, script.now).await?;
            script.note(format!("federations/{federation}"), None);
        }
        let view = self.federation_in(&mut script.tx).await?;
        script.finish().await?;
        self.tell_network();
        Ok(view)
    }

    /// The federation as this node knows it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn federation(&self) -> Result<FederationView> {
        let mut view = self.store().view().await?;
        self.federation_in(&mut view).await
    }

    /// Redeems an invitation at the steward's node, and enters the federation with what that node tells. Until a steward
    /// has admitted it, the node waits; see [`Office::ask_for_admission`].
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a code that is not for this node, [`ErrorKind::State`] when it is in a federation,
    /// [`ErrorKind::Unavailable`] when the steward's node gives no answer, [`ErrorKind::Forbidden`] when it says no.
    pub async fn join_federation(&self, write: &Write, code: &str) -> Result<FederationView> {
        let mut script = self.begin(write).await?;
        script.check_whole_office()?;
        if !script.is_new() {
            return self.federation_in(&mut script.tx).await;
        }
        check_alone(&mut script.tx).await?;
        // Nobody else waits for the turn to write while this node knocks.
        drop(script);
        let invitation = self.check_code(code)?;
        let identity = self.identity()?;
        let Welcome { rosters, steward } =
            self.network()?.join(&invitation, &identity.inception).await.map_err(no_answer)?;
        let chain = replay(invitation.federation, rosters.clone())?;
        let mut script = self.begin(write).await?;
        check_alone(&mut script.tx).await?;
        put_membership(&mut script.tx, Membership::Pending).await?;
        script.tx.put_meta(Meta::Joining, code.as_bytes()).await?;
        store_new(&mut script.tx, &rosters).await?;
        enter(&mut script.tx, invitation.federation, identity, script.now).await?;
        store_lane(&mut script.tx, &chain, &steward, script.now).await?;
        script.note(format!("federations/{}", invitation.federation), None);
        let view = self.federation_in(&mut script.tx).await?;
        script.finish().await?;
        self.tell_network();
        Ok(view)
    }

    /// Stops replicating with the federation; what this node owns and what it received stay here.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] unless `confirm` is the federation's name, [`ErrorKind::State`] outside any federation or
    /// when the members would be left without a steward.
    pub async fn leave_federation(&self, write: &Write, confirm: &str) -> Result<FederationView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_whole_office()?;
            let chain = stored_chain(&mut script.tx).await?.ok_or_else(not_in_federation)?;
            check_leaving(&chain, self.handle(), confirm)?;
            put_membership(&mut script.tx, Membership::Left).await?;
            script.note(format!("federations/{}", chain.federation()), None);
        }
        let view = self.federation_in(&mut script.tx).await?;
        script.finish().await?;
        self.tell_network();
        Ok(view)
    }

    /// Names the version of the catalogue that members go by, in the next version of the roster. It is this node's, so that
    /// whoever names it has seen it work.
    ///
    /// # Errors
    /// [`ErrorKind::State`] for another version, where this node is no steward, or where other stewards must sign too.
    pub async fn set_catalogue(&self, write: &Write, version: CatalogueVersion) -> Result<FederationView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_whole_office()?;
            let chain = self.steward_chain(&mut script.tx).await?;
            if !version.is_embedded() {
                let message = format!(
                    "catalogue version is {version}, expected {CATALOGUE_VERSION}, which this node has"
                );
                return Err(Error::new(ErrorKind::State, message).hint("upgrade this node first"));
            }
            let signed = naming(&chain, version, self.handle(), self.identity()?, self.real_now())?;
            let accepted = chain.accept(signed.clone());
            accepted.map_err(|error| Error::new(ErrorKind::State, error.to_string()))?;
            script.tx.put_roster(&signed).await?;
            script.note(format!("federations/{}", chain.federation()), None);
        }
        let view = self.federation_in(&mut script.tx).await?;
        script.finish().await?;
        self.tell_network();
        Ok(view)
    }

    /// Says in the log when the roster names another version of the catalogue than this program has. Such a node goes on: it
    /// plans by its own, and its plans are told apart from others'.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn warn_of_catalogue(&self) -> Result<()> {
        let mut view = self.store().view().await?;
        let chain = stored_chain(&mut view).await?;
        if let Some(other) = chain.and_then(|chain| chain.roster().other_catalogue()) {
            warn!("{other}");
        }
        Ok(())
    }

    /// The members by handle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(&self, page: &Paging<Handle>) -> Result<Listing<MemberView>> {
        let mut view = self.store().view().await?;
        let mut rows = view.members(page.after.as_ref(), page.size + 1).await?;
        let more = rows.len() > page.size as usize;
        rows.truncate(page.size as usize);
        let profiles = profiles_after(&mut view, page).await?;
        let handles: Vec<&Handle> = rows.iter().map(|row| &row.handle).collect();
        let heard = view.heard(&handles).await?;
        let items = rows
            .iter()
            .filter(|row| row.present)
            .map(|row| {
                let profile = profiles.iter().find(|profile| profile.handle == row.handle);
                self.member_view(row, profile, heard.get(&row.handle).copied())
            })
            .collect();
        Ok(Listing { items, more })
    }

    /// The identity lane of this node as it stands, to show to a steward.
    ///
    /// # Errors
    /// [`ErrorKind::State`] while it is in no federation.
    pub async fn own_lane(&self) -> Result<SignedLane> {
        let mut view = self.store().view().await?;
        let federation = view.federation().await?.ok_or_else(not_in_federation)?;
        let node = view.own_node().await?;
        let id = FeedId { node, audience: AudienceId::federation(&federation), lane: Lane::Identity };
        let state = view.feed(&id).await?.ok_or_else(not_in_federation)?;
        let head = state.head.ok_or_else(not_in_federation)?;
        let entries = view.entries(&id, 0..head.head.size, LANE_BYTES_MAX).await?;
        Ok(SignedLane { head, entries })
    }

    /// One step of waiting: asks the steward's node whether this one has been admitted. Tells whether the wait is over.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the steward's node gives no answer now.
    pub async fn ask_for_admission(&self) -> Result<bool> {
        let mut view = self.store().view().await?;
        let Some(code) = view.meta_text(Meta::Joining).await? else { return Ok(true) };
        drop(view);
        let invitation: Invitation = code.parse().map_err(Error::internal)?;
        if invitation.addresses.is_empty() {
            // The answer comes in a file.
            return Ok(true);
        }
        let inception = &self.identity()?.inception;
        let answer = self.network()?.admission(&invitation, inception).await.map_err(no_answer)?;
        let Some(rosters) = answer else { return Ok(false) };
        self.become_member(&invitation, &rosters).await
    }

    /// The roster that a file brings, while this node waits to be admitted.
    ///
    /// # Errors
    /// [`ErrorKind::State`] when it does not wait, or is not listed.
    pub async fn admitted_by_file(&self, rosters: &[SignedRoster]) -> Result<()> {
        let code =
            self.store().view().await?.meta_text(Meta::Joining).await?.ok_or_else(not_in_federation)?;
        let invitation: Invitation = code.parse().map_err(Error::internal)?;
        if self.become_member(&invitation, rosters).await? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::State, "the roster in the file does not list this node")
            .hint("the steward writes the file after admitting it: `quince federation admit --answer FILE`"))
    }

    /// False when the roster does not list this node.
    async fn become_member(&self, invitation: &Invitation, rosters: &[SignedRoster]) -> Result<bool> {
        let chain = replay(invitation.federation, rosters.to_vec())?;
        if chain.roster().node_of(self.handle()) != Some(self.identity()?.inception.node_id()) {
            return Ok(false);
        }
        let mut tx = self.store().begin_write().await?;
        store_new(&mut tx, rosters).await?;
        put_membership(&mut tx, Membership::Member).await?;
        tx.remove_meta(Meta::Joining).await?;
        tx.commit().await?;
        self.tell_network();
        Ok(true)
    }

    /// Enters the federation of an invitation without knocking anywhere: what the answer says is to be carried to the
    /// steward. Asked again with a code of the same federation, it says so again.
    ///
    /// # Errors
    /// As [`Office::join_federation`], but for the steward's node.
    pub async fn request_by_file(&self, write: &Write, code: &str) -> Result<(FederationView, JoinByFile)> {
        let mut script = self.begin(write).await?;
        script.check_whole_office()?;
        let invitation = self.check_code(code)?;
        let identity = self.identity()?;
        if !waits_for_answer(&mut script.tx, &invitation).await? {
            check_alone(&mut script.tx).await?;
        }
        put_membership(&mut script.tx, Membership::Pending).await?;
        script.tx.put_meta(Meta::Joining, code.as_bytes()).await?;
        enter(&mut script.tx, invitation.federation, identity, script.now).await?;
        script.note(format!("federations/{}", invitation.federation), None);
        let view = self.federation_in(&mut script.tx).await?;
        script.finish().await?;
        let lane = self.own_lane().await?;
        let (federation, inception) = (invitation.federation, identity.inception);
        let tls_key = Hash(identity.tls_key.0);
        let claim = JoinClaim::by_file(&federation, inception.node_id(), tls_key, &lane.head.head.root);
        let proof = invitation.prove(&claim);
        Ok((view, JoinByFile { federation, code_id: invitation.code_id, claim, proof, inception, lane }))
    }

    pub(super) async fn federation_in(&self, view: &mut View) -> Result<FederationView> {
        let membership = membership(view).await?;
        let chain = stored_chain(view).await?;
        let words = match membership {
            Membership::Pending => Self::words_to_compare(view).await?,
            _ => None,
        };
        let steward = chain.as_ref().is_some_and(|chain| chain.roster().stewards.contains_key(self.handle()));
        let expires = chain.as_ref().map(|chain| Instant::from_parts(chain.roster().expires.as_second(), 0));
        Ok(FederationView {
            display_name: chain.as_ref().map(|chain| chain.roster().name.to_string()).unwrap_or_default(),
            federation_id: chain.as_ref().map(|chain| chain.federation().0),
            roster_version: chain.as_ref().map_or(0, |chain| chain.roster().version),
            catalogue_version: chain.as_ref().and_then(|chain| chain.roster().catalogue.clone()),
            roster_expires: expires.transpose().map_err(Error::internal)?,
            membership,
            steward: steward && membership == Membership::Member,
            words,
        })
    }

    pub(super) fn member_view(
        &self,
        row: &MemberRow,
        profile: Option<&Profile>,
        heard: Option<Instant>,
    ) -> MemberView {
        let name = profile.and_then(|profile| profile.names.as_slice().first());
        MemberView {
            handle: row.handle.clone(),
            display_name: name.map_or_else(|| row.handle.to_string(), |name| name.words.as_str().to_owned()),
            node_id: row.node.0,
            steward: row.steward,
            this_node: row.handle == *self.handle(),
            endpoints: profile.map(|profile| endpoints_of(&profile.endpoints)).unwrap_or_default(),
            last_heard: heard,
        }
    }

    fn check_code(&self, code: &str) -> Result<Invitation> {
        let invitation: Invitation =
            code.parse().map_err(|error: quince_core::roster::InvitationError| {
                Error::new(ErrorKind::Invalid, error.to_string())
            })?;
        if invitation.handle != *self.handle() {
            let message =
                format!("the invitation is for {}, this node is {}", invitation.handle, self.handle());
            return Err(Error::new(ErrorKind::Invalid, message)
                .hint("ask the steward for an invitation for this node's handle"));
        }
        if invitation.expires.as_second() <= self.real_now().to_parts().0 {
            let message = format!("the invitation expired at {}", invitation.expires);
            return Err(Error::new(ErrorKind::State, message).hint("ask the steward for a new one"));
        }
        Ok(invitation)
    }

    async fn words_to_compare(view: &mut View) -> Result<Option<String>> {
        let Some(code) = view.meta_text(Meta::Joining).await? else { return Ok(None) };
        let Invitation { federation, steward_spki, code_id, .. } = code.parse().map_err(Error::internal)?;
        let own = view.own_node().await?;
        Ok(Some(SixWords::of(&federation, &own, &steward_spki, &code_id).to_string()))
    }
}

/// Where this node stands.
pub(super) async fn membership(view: &mut View) -> Result<Membership> {
    match view.meta_text(Meta::Membership).await?.as_deref() {
        None | Some("alone") => Ok(Membership::Alone),
        Some("pending") => Ok(Membership::Pending),
        Some("member") => Ok(Membership::Member),
        Some("left") => Ok(Membership::Left),
        Some(other) => Err(Error::internal(format!("membership {other:?} is unknown"))),
    }
}

/// The refusal outside any federation.
pub(super) fn not_in_federation() -> Error {
    Error::new(ErrorKind::State, "this node is in no federation").hint(
        "found one with `quince federation create NAME`, or join one with `quince federation join CODE`",
    )
}

async fn put_membership(tx: &mut WriteTx, membership: Membership) -> Result<()> {
    let word = match membership {
        Membership::Alone => "alone",
        Membership::Pending => "pending",
        Membership::Member => "member",
        Membership::Left => "left",
    };
    Ok(tx.put_meta(Meta::Membership, word.as_bytes()).await?)
}

/// Whether a request in a file was made for the same federation, and no answer has come yet.
async fn waits_for_answer(view: &mut View, invitation: &Invitation) -> Result<bool> {
    let pending = membership(view).await? == Membership::Pending;
    let same = view.federation().await? == Some(invitation.federation);
    Ok(pending && same && stored_chain(view).await?.is_none())
}

async fn check_alone(view: &mut View) -> Result<()> {
    match membership(view).await? {
        Membership::Alone => Ok(()),
        Membership::Left => Err(Error::new(
            ErrorKind::State,
            "this node has left its federation, to which its records belong",
        )
        .hint("make another node with `quince-node init` to be in another federation")),
        Membership::Pending | Membership::Member => {
            Err(Error::new(ErrorKind::State, "this node is in a federation already")
                .hint("`quince federation leave` leaves it; a node belongs to one federation at a time"))
        }
    }
}

/// Begins the feeds in a federation, once for each.
async fn enter(tx: &mut WriteTx, federation: FederationId, identity: &Identity, now: Instant) -> Result<()> {
    tx.put_meta(Meta::Federation, &federation.0).await?;
    let node = tx.own_node().await?;
    let id = FeedId { node, audience: AudienceId::federation(&federation), lane: Lane::Identity };
    if tx.feed(&id).await?.is_none() {
        let body = identity.inception.to_bytes().to_vec();
        tx.append_entry(NewEntry { kind: EntryKind::INCEPTION, body }, now).await?;
    }
    tx.publish_backlog(now).await?;
    Ok(())
}

/// Stores another member's identity lane after checking it whole.
pub(super) async fn store_lane(
    tx: &mut WriteTx,
    chain: &RosterChain,
    lane: &SignedLane,
    now: Instant,
) -> Result<()> {
    let feed = lane.head.head.feed;
    let refused =
        |why: String| Error::new(ErrorKind::State, format!("the identity lane that came is wrong: {why}"));
    if chain.roster().handle_of(&feed.node).is_none() {
        return Err(refused(format!("node {} is no member", feed.node)));
    }
    let keys = IdentityLane::replay(feed.node, &lane.entries).map_err(|error| refused(error.to_string()))?;
    let held: ReplicaLog = tx.replica(&feed).await?;
    if held.frontier().size() >= lane.head.head.size {
        return Ok(());
    }
    let extended = held
        .extend(0, &lane.entries, &lane.head, &keys.current(chain.federation()))
        .map_err(|error| refused(error.to_string()))?;
    tx.apply(&extended, &lane.entries, now).await?;
    Ok(())
}

fn check_leaving(chain: &RosterChain, own: &Handle, confirm: &str) -> Result<()> {
    let roster = chain.roster();
    if roster.name.as_str() != confirm {
        let message = format!(
            "the confirmation is {confirm:?}, expected the federation's name {:?}",
            roster.name.as_str()
        );
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let last_steward = roster.stewards.len() == 1 && roster.stewards.contains_key(own);
    if last_steward && roster.members.len() > 1 {
        return Err(Error::new(
            ErrorKind::State,
            "this node is the only steward, and the others would be left without one",
        ));
    }
    Ok(())
}

async fn profiles_after(view: &mut View, page: &Paging<Handle>) -> Result<Vec<Profile>> {
    let after = page.after.as_ref().map(|handle| RecordId::new(handle.clone(), Number::FIRST));
    let query = ListQuery { after, ..ListQuery::of(RecordKind::Profile, page.size + 1) };
    let stored = view.list(&query).await?;
    Ok(stored
        .into_iter()
        .filter_map(|stored| stored.into_family::<Profile>())
        .map(|found| found.record)
        .collect())
}

fn endpoints_of<const MAX: usize>(endpoints: &List<Endpoint, 0, MAX>) -> Vec<String> {
    endpoints.iter().map(ToString::to_string).collect()
}

fn no_answer(error: NetworkError) -> Error {
    let kind = if error.refused { ErrorKind::Forbidden } else { ErrorKind::Unavailable };
    Error::new(kind, format!("the steward's node: {error}"))
}
