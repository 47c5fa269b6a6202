//! Peers: which members this node always tries to reach, and how the sessions with them are.

use std::collections::BTreeMap;

use quince_core::domain::Handle;

use crate::office::federation::membership;
use crate::office::network::{ReplicationView, SessionView};
use crate::office::request::NewPeer;
use crate::office::roster::stored_chain;
use crate::office::view::{Membership, PeerView};
use crate::office::{Error, ErrorKind, Office, Result, Write};
use crate::store::View;

impl Office {
    /// Every other member, pinned peers and sessions, by handle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn peers(&self) -> Result<Vec<PeerView>> {
        let mut peers = BTreeMap::new();
        for session in self.replication().await.sessions {
            peers.insert(session.handle.clone(), connected(session));
        }
        let mut view = self.store().view().await?;
        let members = members(&mut view).await?;
        for handle in members.into_iter().filter(|handle| handle != self.handle()) {
            peers.entry(handle.clone()).or_insert_with(|| absent(handle));
        }
        for row in view.peers().await?.into_iter().filter(|row| row.pinned) {
            let peer = peers.entry(row.handle.clone()).or_insert_with(|| absent(row.handle));
            peer.pinned = true;
            peer.address = peer.address.take().or(row.address);
        }
        let heard = view.heard(&peers.keys().collect::<Vec<_>>()).await?;
        peers.values_mut().for_each(|peer| peer.last_heard = heard.get(&peer.handle).copied());
        Ok(peers.into_values().collect())
    }

    /// Pins a member: this node always tries to reach it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for a stranger, [`ErrorKind::Invalid`] for this node itself.
    pub async fn add_peer(&self, write: &Write, new: NewPeer) -> Result<PeerView> {
        let address = new.address.map(|address| address.to_string());
        self.pin(write, &new.handle, true, address.as_deref()).await
    }

    /// Lets go of a pinned peer; sessions that the federation wants stay.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for a stranger.
    pub async fn remove_peer(&self, write: &Write, handle: &Handle) -> Result<PeerView> {
        self.pin(write, handle, false, None).await
    }

    /// Replication as the network tells it; nothing while there is no network.
    pub(super) async fn replication(&self) -> ReplicationView {
        match self.network() {
            Ok(network) => network.replication().await.unwrap_or_default(),
            Err(_) => ReplicationView::default(),
        }
    }

    async fn pin(
        &self,
        write: &Write,
        handle: &Handle,
        pinned: bool,
        address: Option<&str>,
    ) -> Result<PeerView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            script.check_whole_office()?;
            self.check_peer(&mut script.tx, handle).await?;
            script.tx.pin_peer(handle, pinned, address).await?;
            script.note(format!("peers/{handle}"), None);
        }
        script.finish().await?;
        self.tell_network();
        let known = self.peers().await?.into_iter().find(|peer| peer.handle == *handle);
        Ok(known.unwrap_or_else(|| absent(handle.clone())))
    }

    async fn check_peer(&self, view: &mut View, handle: &Handle) -> Result<()> {
        if handle == self.handle() {
            return Err(Error::new(ErrorKind::Invalid, format!("{handle} is this node itself")));
        }
        if view.member(handle).await?.is_some_and(|member| member.present) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::NotFound, format!("{handle} is no member of the federation"))
            .hint("`quince federation members` shows who is"))
    }
}

/// Who belongs to the federation, if there is one and this node belongs to it.
async fn members(view: &mut View) -> Result<Vec<Handle>> {
    let chain = match membership(view).await? {
        Membership::Alone => None,
        _ => stored_chain(view).await?,
    };
    Ok(chain.map(|chain| chain.roster().members.keys().cloned().collect()).unwrap_or_default())
}

fn connected(session: SessionView) -> PeerView {
    PeerView {
        handle: session.handle,
        pinned: false,
        connected: session.connected,
        outbound: session.outbound,
        address: session.address,
        since: session.since,
        behind: session.behind,
        lag: session.lag,
        last_heard: None,
        last_error: session.last_error,
    }
}

fn absent(handle: Handle) -> PeerView {
    PeerView {
        handle,
        pinned: false,
        connected: false,
        outbound: false,
        address: None,
        since: None,
        behind: 0,
        lag: Vec::new(),
        last_heard: None,
        last_error: None,
    }
}
