//! Invitations from a steward's side: issuing them, checking what newcomers prove, and admitting them.

use std::time::Duration;

use quince_core::domain::common::Label;
use quince_core::domain::{Handle, Instant, Profile};
use quince_core::feed::{Hash, NodeId};
use quince_core::roster::{
    Address, CodeId, Invitation, JoinClaim, JoinError, JoinProof, RosterChain, Secret, SignedRoster, SixWords,
};

use crate::office::federation::{not_in_federation, store_lane};
use crate::office::identity::profile_of;
use crate::office::network::{SignedLane, Welcome};
use crate::office::request::{JoinByFile, NewInvitation};
use crate::office::roster::{admitting, parse_name, stored_chain, whole_seconds};
use crate::office::view::{INVITATION_LIFETIME, InvitationState, InvitationView, MemberView};
use crate::office::{Error, ErrorKind, Office, Result, Write};
use crate::store::{InvitationRow, View};

/// How long an invitation is open when nobody says.
const LIFETIME_DEFAULT: Duration = Duration::from_hours(24);

/// Invitations open at once: more are a mistake, or somebody who hands them out.
const OPEN_MAX: usize = 1_000;

impl Office {
    /// Issues a single-use invitation. The code is told here and nowhere else.
    ///
    /// # Errors
    /// [`ErrorKind::State`] unless this node is a steward that can be dialled, [`ErrorKind::AlreadyExists`] for a handle
    /// that was ever given.
    pub async fn create_invitation(&self, write: &Write, new: NewInvitation) -> Result<InvitationView> {
        let mut script = self.begin(write).await?;
        let chain = self.steward_chain(&mut script.tx).await?;
        let row = match script.repeats().map(code_id).transpose()? {
            Some(known) => find(&mut script.tx, &known).await?,
            None => {
                script.check_whole_office()?;
                check_handle(&mut script.tx, &new.handle, self.real_now()).await?;
                let row = self.draw_invitation(&new, self.real_now())?;
                script.tx.put_invitation(&row).await?;
                script.note(format!("invitations/{}", row.code_id), None);
                row
            }
        };
        let terms = self.terms_of(&row, &chain)?;
        if terms.addresses.is_empty() && !new.by_file {
            return Err(unreachable());
        }
        let code = terms.to_code();
        script.finish().await?;
        Ok(InvitationView { code: Some(code), ..self.show(&row, Some(&chain)) })
    }

    /// All invitations of this steward, without their secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations(&self) -> Result<Vec<InvitationView>> {
        let mut view = self.store().view().await?;
        let chain = stored_chain(&mut view).await?;
        let rows = view.invitations().await?;
        Ok(rows.iter().map(|row| self.show(row, chain.as_ref())).collect())
    }

    /// Takes an invitation back. One that was used already stays as it is.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::State`].
    pub async fn revoke_invitation(&self, write: &Write, id: &str) -> Result<InvitationView> {
        let mut script = self.begin(write).await?;
        let mut row = find(&mut script.tx, &code_id(id)?).await?;
        if script.is_new() {
            script.check_whole_office()?;
            if state_of(&row, self.real_now()) == InvitationState::Admitted {
                return Err(Error::new(
                    ErrorKind::State,
                    format!("{} has been admitted already", row.handle),
                ));
            }
            word(InvitationState::Revoked).clone_into(&mut row.state);
            script.tx.put_invitation(&row).await?;
            script.note(format!("invitations/{}", row.code_id), None);
        }
        let chain = stored_chain(&mut script.tx).await?;
        script.finish().await?;
        Ok(self.show(&row, chain.as_ref()))
    }

    /// A newcomer's proof: on success it is remembered that this node asks to be admitted. A wrong proof counts while
    /// the invitation is open; once it is redeemed, nobody but its newcomer can use it, and nobody can spoil it.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] for whatever is wrong with code or proof, without saying more than the newcomer knows.
    pub async fn redeem(&self, code: &CodeId, claim: &JoinClaim, proof: &JoinProof) -> Result<Welcome> {
        // A stranger without an invitation takes nobody's turn to write.
        find(&mut self.store().view().await?, code).await?;
        let mut tx = self.store().begin_write().await?;
        let chain = self.steward_chain(&mut tx).await?;
        let mut row = find(&mut tx, code).await?;
        let checked = self.check_proof(&row, &chain, claim, proof)?;
        let open = row.node.is_none();
        match &checked {
            Ok(()) if open => {
                word(InvitationState::Redeemed).clone_into(&mut row.state);
                row.node = Some(claim.node);
                tx.put_invitation(&row).await?;
            }
            Err(JoinError::Proof) if open => {
                row.failures += 1;
                tx.put_invitation(&row).await?;
            }
            _ => {}
        }
        let rosters = tx.rosters_since(0).await?;
        tx.commit().await?;
        checked.map_err(not_believed)?;
        Ok(Welcome { rosters, steward: self.own_lane().await? })
    }

    /// Whether a newcomer that proved its invitation has been admitted: the whole roster once it has.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] as [`Office::redeem`].
    pub async fn admission(
        &self,
        code: &CodeId,
        claim: &JoinClaim,
        proof: &JoinProof,
    ) -> Result<Option<Vec<SignedRoster>>> {
        let mut view = self.store().view().await?;
        let chain = self.steward_chain(&mut view).await?;
        let row = find(&mut view, code).await?;
        if row.node != Some(claim.node) {
            return Err(refused("another node redeemed it"));
        }
        self.check_proof(&row, &chain, claim, proof)?.map_err(not_believed)?;
        if chain.roster().handle_of(&claim.node) != Some(&row.handle) {
            return Ok(None);
        }
        Ok(Some(view.rosters_since(0).await?))
    }

    /// Signs the next roster version with the newcomer in it, after people compared the six words.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when nobody proved an invitation for this handle, [`ErrorKind::Invalid`] for other words.
    pub async fn admit_member(&self, write: &Write, handle: &Handle, words: &str) -> Result<MemberView> {
        self.admit(write, handle, words, None).await
    }

    /// The same for a newcomer whose request came in a file. Its identity lane is kept, so that a file can be made for it.
    ///
    /// # Errors
    /// As [`Office::redeem`] and [`Office::admit_member`].
    pub async fn admit_by_file(
        &self,
        write: &Write,
        handle: &Handle,
        words: &str,
        request: &JoinByFile,
    ) -> Result<MemberView> {
        let row = find(&mut self.store().view().await?, &request.code_id).await?;
        if row.handle != *handle {
            let message = format!("the request is for {}, not for {handle}", row.handle);
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        self.redeem(&request.code_id, &request.claim, &request.proof).await?;
        self.admit(write, handle, words, Some(&request.lane)).await
    }

    async fn admit(
        &self,
        write: &Write,
        handle: &Handle,
        words: &str,
        lane: Option<&SignedLane>,
    ) -> Result<MemberView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_whole_office()?;
            let chain = self.steward_chain(&mut script.tx).await?;
            let mut row = redeemed_for(&mut script.tx, handle).await?;
            let node = row.node.expect("a redeemed invitation names its node");
            self.check_words(&chain, &row, node, words)?;
            let signed = admitting(&chain, (handle, node), self.handle(), self.identity()?, self.real_now())?;
            let chain = chain.accept(signed.clone()).map_err(Error::internal)?;
            script.tx.put_roster(&signed).await?;
            if let Some(lane) = lane {
                store_lane(&mut script.tx, &chain, lane, script.now).await?;
            }
            word(InvitationState::Admitted).clone_into(&mut row.state);
            script.tx.put_invitation(&row).await?;
            script.note(format!("members/{handle}"), None);
        }
        let member = script.tx.member(handle).await?;
        let member =
            member.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{handle} is no member")))?;
        let profile = script.tx.get::<Profile>(&profile_of(handle)).await?.map(|found| found.record);
        script.finish().await?;
        self.tell_network();
        Ok(self.member_view(&member, profile.as_ref(), None))
    }

    /// The roster, where this node may sign the next version.
    pub(super) async fn steward_chain(&self, view: &mut View) -> Result<RosterChain> {
        let chain = stored_chain(view).await?.ok_or_else(not_in_federation)?;
        let stewards = &chain.roster().stewards;
        if stewards.contains_key(self.handle()) {
            return Ok(chain);
        }
        let names = stewards.keys().map(Handle::as_str).collect::<Vec<_>>().join(", ");
        Err(Error::new(ErrorKind::State, format!("{} is no steward of this federation", self.handle()))
            .hint(format!("stewards are {names}")))
    }

    fn draw_invitation(&self, new: &NewInvitation, now: Instant) -> Result<InvitationRow> {
        let entropy = &self.identity()?.entropy;
        let (shortest, longest) = INVITATION_LIFETIME;
        let lifetime = new.lifetime.unwrap_or(LIFETIME_DEFAULT);
        if !(shortest..=longest).contains(&lifetime) {
            let message = format!("lifetime is {} s, expected 15 minutes to 7 days", lifetime.as_secs());
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let expires = whole_seconds(now.plus(lifetime))?;
        Ok(InvitationRow {
            code_id: CodeId(entropy.bytes()),
            secret: Secret(entropy.bytes()),
            handle: new.handle.clone(),
            name: parse_name(new.display_name.as_str())?.to_string(),
            trust_code: new.trust_code,
            expires: Instant::from_parts(expires.as_second(), 0).map_err(Error::internal)?,
            failures: 0,
            state: word(InvitationState::Open).to_owned(),
            node: None,
            newcomer: None,
        })
    }

    /// What the code says, from what is stored of it.
    fn terms_of(&self, row: &InvitationRow, chain: &RosterChain) -> Result<Invitation> {
        let identity = self.identity()?;
        let addresses: Vec<Address> =
            identity.endpoints.iter().filter_map(|endpoint| endpoint.to_string().parse().ok()).collect();
        Ok(Invitation {
            federation: chain.federation(),
            steward_spki: Hash(identity.tls_key.0),
            addresses,
            code_id: row.code_id,
            secret: row.secret,
            handle: row.handle.clone(),
            name: parse_name(&row.name)?,
            expires: whole_seconds(row.expires)?,
        })
    }

    /// What is to be said to a proof. Time and wrong proofs end an invitation only until it is redeemed.
    fn check_proof(
        &self,
        row: &InvitationRow,
        chain: &RosterChain,
        claim: &JoinClaim,
        proof: &JoinProof,
    ) -> Result<std::result::Result<(), JoinError>> {
        let now = self.real_now();
        if state_of(row, now) == InvitationState::Revoked {
            return Err(refused("it was revoked"));
        }
        let terms = self.terms_of(row, chain)?;
        match row.node {
            None => Ok(terms.check(claim, proof, row.failures, whole_seconds(now)?)),
            Some(node) if node == claim.node => Ok(terms.verify(claim, proof)),
            Some(_) => Err(refused("another node redeemed it")),
        }
    }

    fn check_words(&self, chain: &RosterChain, row: &InvitationRow, node: NodeId, words: &str) -> Result<()> {
        if words.trim().is_empty() {
            return if row.trust_code {
                Ok(())
            } else {
                Err(Error::new(ErrorKind::Invalid, "the six words are missing")
                    .hint("call the newcomer and have them read out: `quince federation admit HANDLE --words \"...\"`"))
            };
        }
        let expected = self.words_of(chain, row, node)?.to_string();
        let given = words.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        if given == expected {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Invalid,
            "the words are not those of this newcomer; somebody else may have answered",
        )
        .hint("do not admit it; revoke the invitation and issue another"))
    }

    fn words_of(&self, chain: &RosterChain, row: &InvitationRow, newcomer: NodeId) -> Result<SixWords> {
        let spki = Hash(self.identity()?.tls_key.0);
        Ok(SixWords::of(&chain.federation(), &newcomer, &spki, &row.code_id))
    }

    fn show(&self, row: &InvitationRow, chain: Option<&RosterChain>) -> InvitationView {
        let state = state_of(row, self.real_now());
        let redeemed = row.node.filter(|_| state == InvitationState::Redeemed);
        let words = chain.zip(redeemed).and_then(|(chain, node)| self.words_of(chain, row, node).ok());
        InvitationView {
            id: row.code_id.to_string(),
            handle: row.handle.clone(),
            display_name: Label::new(row.name.as_str()).unwrap_or_else(|_| label_of(&row.handle)),
            expires: row.expires,
            code: None,
            state,
            words: words.map(|words| words.to_string()),
            node_id: redeemed.map(|node| node.0),
        }
    }
}

/// What is stored; that it expired or is void follows.
const STATES: [InvitationState; 4] =
    [InvitationState::Open, InvitationState::Redeemed, InvitationState::Admitted, InvitationState::Revoked];

/// How far an invitation is: what is stored, unless time or wrong proofs have ended it.
pub(super) fn state_of(row: &InvitationRow, now: Instant) -> InvitationState {
    let stored = STATES.into_iter().find(|state| word(*state) == row.state);
    match stored {
        Some(InvitationState::Open) | None if row.failures >= quince_core::roster::admit::FAILURES_MAX => {
            InvitationState::Void
        }
        Some(InvitationState::Open) | None if row.expires <= now => InvitationState::Expired,
        Some(state) => state,
        None => InvitationState::Open,
    }
}

const fn word(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Open => "open",
        InvitationState::Redeemed => "redeemed",
        InvitationState::Admitted => "admitted",
        InvitationState::Revoked => "revoked",
        InvitationState::Expired => "expired",
        InvitationState::Void => "void",
    }
}

fn code_id(name: &str) -> Result<CodeId> {
    let hex = name.strip_prefix("invitations/").unwrap_or(name);
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(CodeId).ok_or_else(|| unknown(name))
}

async fn find(view: &mut View, code: &CodeId) -> Result<InvitationRow> {
    view.invitation(code).await?.ok_or_else(|| unknown(&code.to_string()))
}

async fn redeemed_for(view: &mut View, handle: &Handle) -> Result<InvitationRow> {
    let rows = view.invitations().await?;
    let redeemed = rows.into_iter().find(|row| {
        row.handle == *handle && row.state == word(InvitationState::Redeemed) && row.node.is_some()
    });
    redeemed.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("nobody has redeemed an invitation for {handle} yet"))
            .hint("the newcomer redeems it with `quince federation join CODE`")
    })
}

async fn check_handle(view: &mut View, handle: &Handle, now: Instant) -> Result<()> {
    if view.member(handle).await?.is_some() {
        return Err(Error::new(ErrorKind::AlreadyExists, format!("handle {handle} is or was a member's"))
            .hint("handles are never reused; choose another"));
    }
    let open = |row: &&InvitationRow| {
        matches!(state_of(row, now), InvitationState::Open | InvitationState::Redeemed)
    };
    if view.invitations().await?.iter().filter(open).count() >= OPEN_MAX {
        return Err(Error::new(ErrorKind::Limit, format!("{OPEN_MAX} invitations are open already"))
            .hint("revoke those that nobody will redeem"));
    }
    Ok(())
}

fn unreachable() -> Error {
    Error::new(ErrorKind::State, "this node has no address at which a newcomer could knock").hint(
        "start it with --peer-listen and --peer-advertise HOST:PORT, or invite to join by a file: --by-file",
    )
}

fn label_of(handle: &Handle) -> Label {
    Label::new(handle.as_str()).expect("a handle is a label")
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("invitation {name} is unknown"))
}

fn not_believed(error: JoinError) -> Error {
    refused(&error.to_string())
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Forbidden, format!("the invitation is refused: {why}"))
}
