//! What bears down on the node: members that want everything and read at a trickle, one that sends as fast as it is let, and
//! clients that call without a pause.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use quince_core::feed::Lane;
use quince_proto::api::v1 as api;
use quince_proto::sync::v1 as sync;
use quince_tests::attacker::feed::cost;
use quince_tests::attacker::{Mask, Member, Session};
use quince_tests::city::{City, Desk};
use sync::frame::Frame;
use tokio::task::JoinSet;

use super::records::Records;

/// Members that read at a trickle.
pub(super) const SLOW_PEERS: u8 = 32;

/// Between two frames of data that such a member reads.
const TRICKLE: Duration = Duration::from_secs(2);

/// What such a member says it takes at once: more than a node believes.
const GENEROUS_CREDIT: u64 = 1 << 40;

/// Records of the flood: as many bytes as a member may have in use.
const FLOOD_RECORDS: u64 = 90_000;

/// Clients that call without a pause, each on a connection of its own.
const CLIENTS: usize = 8;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Calls that were answered.
    pub(super) answered: AtomicU64,
    /// Calls that were refused for now.
    pub(super) refused: AtomicU64,
    /// Frames that the slow members have read.
    pub(super) frames: AtomicU64,
}

/// Everything at once, until dropped.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) tally: Arc<Tally>,
    _runs: JoinSet<()>,
}

impl Load {
    /// Members join, and then all begin together.
    pub(super) async fn begin(city: &City, desk: &Desk) -> Result<Self> {
        let mut members = Vec::new();
        for number in 0..=SLOW_PEERS {
            members.push(Member::join(Mask::new(&format!("peer-{number}")), city, desk).await);
        }
        let tally = Arc::new(Tally::default());
        let mut runs = JoinSet::new();
        for (number, member) in (0..=SLOW_PEERS).zip(members) {
            // An address each: as many connections of one are not let in.
            let from = Ipv4Addr::new(127, 0, 1, number + 1);
            let line = member.dial_from(city, from).await;
            let tally = Arc::clone(&tally);
            let session = Session::enter(&line, &member).await;
            if number < SLOW_PEERS {
                runs.spawn(trickle(session, tally));
            } else {
                runs.spawn(flood(session, member));
            }
        }
        for _ in 0..CLIENTS {
            runs.spawn(call(city.desk(), Arc::clone(&tally)));
        }
        Ok(Self { tally, _runs: runs })
    }
}

/// Wants every feed from its beginning, grants more credit than a node believes, and reads one frame of data now and then.
async fn trickle(mut session: Session, tally: Arc<Tally>) {
    session.send(Frame::Credit(sync::Credit { bytes: GENEROUS_CREDIT }));
    let heads = session.heads().clone();
    for (handle, head) in heads {
        let mode = sync::WantMode::Live.into();
        session.send(Frame::Want(sync::Want { handle, epoch: head.epoch, from: 0, mode }));
    }
    loop {
        let bytes = session.until("a frame", |frame| Some(cost(frame))).await;
        tally.frames.fetch_add(1, Ordering::Relaxed);
        if bytes > 0 {
            tokio::time::sleep(TRICKLE).await;
        }
    }
}

/// Sends a large feed as fast as credit comes.
async fn flood(mut session: Session, member: Member) {
    let mut feed = member.feed(Lane::Normal);
    let mut records = Records::of(i32::from(SLOW_PEERS), 100);
    for record in 1..=FLOOD_RECORDS {
        let (kind, body) = records.next();
        feed.push(kind, (record + 1, 1), body);
    }
    session.bring(&feed).await;
}

/// Asks for the longest pages, one after the other.
async fn call(desk: Desk, tally: Arc<Tally>) {
    loop {
        for answered in [needs(&desk).await, offers(&desk).await, matches(&desk).await, todos(&desk).await] {
            let count = if answered { &tally.answered } else { &tally.refused };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The longest page that may be asked for.
const PAGE: i32 = 1_000;

async fn needs(desk: &Desk) -> bool {
    let request = api::ListNeedsRequest { page_size: PAGE, ..Default::default() };
    desk.needs.clone().list_needs(request).await.is_ok()
}

async fn offers(desk: &Desk) -> bool {
    let request = api::ListOffersRequest { page_size: PAGE, ..Default::default() };
    desk.offers.clone().list_offers(request).await.is_ok()
}

async fn matches(desk: &Desk) -> bool {
    let request = api::ListMatchesRequest { page_size: PAGE, ..Default::default() };
    desk.matches.clone().list_matches(request).await.is_ok()
}

async fn todos(desk: &Desk) -> bool {
    let request = api::ListTodosRequest { page_size: PAGE, ..Default::default() };
    desk.desk.clone().list_todos(request).await.is_ok()
}
