//! Whom to dial, when, and what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use quince_core::domain::{Handle, Instant};
use quince_core::feed::NodeId;
use quince_core::roster::Address;
use quince_core::sync::{Moment, PAUSE_STRANGER, Retry, Role};
use quince_proto::sync::v1::sync_service_client::SyncServiceClient;
use tokio::sync::Notify;

use super::link::{Link, LinkId, outgoing};
use crate::listener::limits::{FRAME_BYTES_MAX, FRAME_OVERHEAD_BYTES_MAX};
use crate::tls::{DialError, Dialled, Dialler, PinSet};

/// The longest frame that is read from the wire, with what protobuf puts around it.
pub(super) const MESSAGE_BYTES_MAX: usize = FRAME_BYTES_MAX + FRAME_OVERHEAD_BYTES_MAX;

/// A member to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) handle: Handle,
    pub(super) node: NodeId,
    pub(super) addresses: Vec<Address>,
    pub(super) pins: PinSet,
}

/// A dial that came to nothing.
#[derive(Debug)]
pub(super) struct DialFailure {
    pub(super) message: String,
    /// Somebody else answers there.
    pub(super) stranger: bool,
}

/// Everybody to be reached.
#[derive(Default)]
pub(super) struct Dials(BTreeMap<NodeId, Dial>);

pub(super) struct Dial {
    pub(super) target: Target,
    retry: Retry,
    stage: Stage,
    pub(super) last_error: Option<String>,
    pub(super) since: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Due(Moment),
    Trying,
    Running(LinkId),
}

impl Dials {
    /// Takes the members to be reached from now on. One whose addresses or keys have changed is dialled at once.
    pub(super) fn aim(&mut self, targets: Vec<Target>, now: Moment, since: Instant) {
        let mut before = std::mem::take(&mut self.0);
        for target in targets {
            let known = before.remove(&target.node);
            let dial = match known {
                Some(dial) if dial.target == target => dial,
                Some(dial) if !matches!(dial.stage, Stage::Due(_)) => Dial { target, ..dial },
                _ => {
                    Dial { target, retry: Retry::default(), stage: Stage::Due(now), last_error: None, since }
                }
            };
            self.0.insert(dial.target.node, dial);
        }
    }

    /// Forgets everybody.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those whose time has come and who are not connected. They count as being tried from here on.
    pub(super) fn due(&mut self, now: Moment, connected: impl Fn(NodeId) -> bool) -> Vec<Target> {
        let ready = |dial: &&mut Dial| {
            let due = matches!(dial.stage, Stage::Due(at) if at <= now);
            due && !dial.target.addresses.is_empty() && !connected(dial.target.node)
        };
        let begin = |dial: &mut Dial| {
            dial.stage = Stage::Trying;
            dial.target.clone()
        };
        self.0.values_mut().filter(ready).map(begin).collect()
    }

    /// When the next is due, of those that are not connected.
    pub(super) fn next(&self, connected: impl Fn(NodeId) -> bool) -> Option<Moment> {
        let waiting =
            self.0.values().filter(|dial| !dial.target.addresses.is_empty() && !connected(dial.target.node));
        waiting.filter_map(|dial| if let Stage::Due(at) = dial.stage { Some(at) } else { None }).min()
    }

    /// A dial succeeded: a session begins.
    pub(super) fn running(&mut self, node: NodeId, link: LinkId) {
        if let Some(dial) = self.0.get_mut(&node) {
            dial.stage = Stage::Running(link);
        }
    }

    /// A dial failed.
    pub(super) fn failed(&mut self, node: NodeId, failure: DialFailure, now: Moment, dice: u64) {
        if let Some(dial) = self.0.get_mut(&node) {
            let pause = if failure.stranger { PAUSE_STRANGER } else { dial.retry.pause(dice) };
            dial.stage = Stage::Due(now.plus(pause));
            dial.last_error = Some(failure.message);
        }
    }

    /// A session with the node is over, whoever dialled. `opened` tells that feeds flowed in it, so that the next
    /// pause is the first again.
    pub(super) fn ended(
        &mut self,
        node: NodeId,
        link: LinkId,
        opened: bool,
        why: String,
        now: (Moment, Instant),
        dice: u64,
    ) {
        let Some(dial) = self.0.get_mut(&node) else { return };
        if opened {
            dial.retry.reset();
            dial.since = now.1;
        }
        dial.last_error = Some(why);
        if dial.stage != Stage::Trying && !matches!(dial.stage, Stage::Running(other) if other != link) {
            dial.stage = Stage::Due(now.0.plus(dial.retry.pause(dice)));
        }
    }

    /// Whether the node is one to be reached.
    pub(super) fn contains(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Dial> {
        self.0.values()
    }
}

impl DialFailure {
    pub(super) fn other(message: impl Into<String>) -> Self {
        Self { message: message.into(), stranger: false }
    }
}

impl From<DialError> for DialFailure {
    fn from(error: DialError) -> Self {
        let stranger = matches!(error, DialError::Authentication { .. });
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Self { message: format!("{error}{cause}"), stranger }
    }
}

/// Tries the addresses of a member one after the other, and begins the stream at the first that answers.
pub(super) async fn dial(
    dialler: Dialler,
    target: Target,
    writable: Arc<Notify>,
) -> Result<Link, DialFailure> {
    let mut last = DialFailure::other("no address");
    for address in target.addresses {
        match dialler.dial(&address, target.pins.clone()).await {
            Ok(dialled) => return begin(dialled, target.node, writable).await,
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

async fn begin(dialled: Dialled, node: NodeId, writable: Arc<Notify>) -> Result<Link, DialFailure> {
    let Dialled { channel, peer } = dialled;
    let (sender, frames) = outgoing(writable);
    let mut client = SyncServiceClient::new(channel)
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let answer = client.session(frames).await;
    let incoming = answer.map_err(|status| DialFailure::other(status.message()))?.into_inner();
    Ok(Link { role: Role::Dialled(node), peer, outgoing: sender, incoming })
}
