//! What one watcher of changes is sent: what changed, and then what more comes.

use std::convert::Infallible;

use quince_proto::api::v1 as proto;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::api::Api;
use crate::api::outlet::{self, Frame, Outlet};
use crate::office::view::ChangeNo;
use crate::office::{Error, ErrorKind, Office, TokenHash};
use crate::wire::from_proto::Watch;
use crate::wire::to_proto;

/// Changes read at once: one short read of the store, and at most 3 MiB of records.
const READ_MAX: u32 = 100;

const FRAME: Frame = Frame { queue_max: 16, hint: "resume with the last cursor" };

/// Begins to watch.
///
/// # Errors
/// When it resumes from a change that has not happened here: the cursor is another node's, or this one was restored.
pub(super) fn open(
    api: &Api,
    token: TokenHash,
    watch: Watch,
) -> Result<ReceiverStream<Result<proto::WatchResponse, Status>>, Error> {
    let latest = ChangeNo(api.office.latest_change().borrow().changed);
    let after = watch.after.unwrap_or(latest);
    if after > latest {
        let message = format!("cursor {} is beyond the newest change, {}", after.0, latest.0);
        return Err(Error::new(ErrorKind::OutOfRange, message)
            .hint("it is another node's, or this node was restored: begin with the cursor 0, which repeats what you have"));
    }
    let office = api.office.clone();
    Ok(outlet::open(api, token, &FRAME, |outlet| Watcher { office, watch, after, outlet }.follow()))
}

struct Watcher {
    office: Office,
    watch: Watch,
    after: ChangeNo,
    outlet: Outlet<proto::WatchResponse>,
}

impl Watcher {
    /// Sends what changed until something ends it.
    async fn follow(mut self) -> Result<Infallible, Error> {
        let mut bell = self.office.latest_change();
        let mut pulse = outlet::pulse();
        loop {
            bell.mark_unchanged();
            self.catch_up().await?;
            tokio::select! {
                rung = bell.changed() => rung.map_err(|_| self.outlet.closing())?,
                _ = pulse.tick() => {
                    self.outlet.send(to_proto::heartbeat(self.after, self.office.now())).await?;
                }
            }
        }
    }

    /// Sends everything up to now, as long as the token lives.
    async fn catch_up(&mut self) -> Result<(), Error> {
        loop {
            self.outlet.check_token().await?;
            let (listing, read) = self.office.changes(self.after, &self.watch.kinds, READ_MAX).await?;
            for change in &listing.items {
                self.outlet.send(to_proto::change(change)).await?;
            }
            self.after = read;
            if !listing.more {
                return Ok(());
            }
        }
    }
}
