//! What others may ask of replication.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::profile::TlsKeyHash;
use quince_core::domain::{Handle, Instant};
use quince_core::feed::{FeedId, Lane, NodeId};
use quince_core::sync::Frame;
use quince_core::sync::offline::{ImportError, OfflineImport};
use tokio::sync::{Notify, mpsc, oneshot};

use super::link::Link;
use crate::tls::Dialler;

/// Requests that wait for the owner at a time. Each is answered within one round of it, so a few suffice; whoever comes
/// when all places are taken waits.
pub(super) const REQUESTS_MAX: usize = 32;

/// Talks to the owner of all sessions. Cheap to clone.
#[derive(Clone)]
pub struct ReplicationHandle {
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) membership: Arc<Notify>,
    pub(super) writable: Arc<Notify>,
    pub(super) dialler: Dialler,
    pub(super) tls_key: TlsKeyHash,
}

/// A member that this node is connected to, or tries to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerStatus {
    /// Its handle.
    pub handle: Handle,
    /// Its node.
    pub node: NodeId,
    /// A session runs.
    pub connected: bool,
    /// This node dialled.
    pub outbound: bool,
    /// Where the other end is, or would be dialled.
    pub address: Option<String>,
    /// Since when the session runs, or since when there is none.
    pub since: Option<Instant>,
    /// Entries that the peer announced and this node does not hold.
    pub behind: u64,
    /// The same lane by lane, where there are any.
    pub lag: Vec<Lag>,
    /// Why the last session ended or the last dial failed.
    pub last_error: Option<String>,
}

/// How far this node lags behind in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The lane.
    pub lane: Lane,
    /// Entries that were announced and that this node does not hold.
    pub entries: u64,
    /// Since when it was not level with what was announced, of the feed for which that is longest.
    pub time: Duration,
}

/// Replication as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The sessions that run or are being tried, by handle.
    pub peers: Vec<PeerStatus>,
    /// How far this node lags behind the peer that announced most, in each lane where it does.
    pub lag: Vec<Lag>,
    /// How many members are known to hold each own feed up to its newest entry.
    pub held_by: BTreeMap<FeedId, u32>,
}

/// Frames of an offline file were taken, and what is true of them is saved.
#[derive(Debug)]
pub(super) struct Taken {
    /// The import, further on.
    pub(super) import: OfflineImport,
    /// Why the file goes no further, if so.
    pub(super) outcome: Result<(), ImportError>,
}

/// The owner of all sessions takes no frames: this node is no member of a federation, it stops, or its store has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTaken;

/// Frames of an offline file that wait for their turn.
pub(super) struct Intake {
    pub(super) import: OfflineImport,
    pub(super) frames: Vec<Frame>,
    pub(super) reply: oneshot::Sender<Taken>,
}

/// What the owner is asked.
pub(super) enum Request {
    /// A peer has dialled; false when there is no room, or no federation.
    Open { link: Box<Link>, reply: oneshot::Sender<bool> },
    /// Frames of an offline file.
    Take(Box<Intake>),
    /// How replication is.
    Report { reply: oneshot::Sender<Report> },
}

impl ReplicationHandle {
    /// How replication is. Nothing is known of it when the node stops.
    pub async fn report(&self) -> Report {
        let (reply, answer) = oneshot::channel();
        let sent = self.requests.send(Request::Report { reply }).await;
        if sent.is_err() { Report::default() } else { answer.await.unwrap_or_default() }
    }

    /// Roster, membership, or pinned peers changed in the store: the owner looks again. Never waits, and several calls
    /// may be answered by one look.
    pub fn membership_changed(&self) {
        self.membership.notify_one();
    }

    /// Has frames of an offline file verified, and what is true of them saved.
    pub(super) async fn take_frames(
        &self,
        import: OfflineImport,
        frames: Vec<Frame>,
    ) -> Result<Taken, NotTaken> {
        let (reply, answer) = oneshot::channel();
        let intake = Box::new(Intake { import, frames, reply });
        self.requests.send(Request::Take(intake)).await.map_err(|_| NotTaken)?;
        answer.await.map_err(|_| NotTaken)
    }

    /// Hands over a connection that a peer has dialled. False when it cannot be served now.
    pub(super) async fn open(&self, link: Link) -> bool {
        let (reply, answer) = oneshot::channel();
        let link = Box::new(link);
        let sent = self.requests.send(Request::Open { link, reply }).await;
        sent.is_ok() && answer.await.unwrap_or(false)
    }
}
