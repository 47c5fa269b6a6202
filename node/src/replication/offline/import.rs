//! Taking a file: opened and read where waiting is allowed, verified and saved by the owner of all sessions.

use std::collections::VecDeque;
use std::sync::Arc;

use quince_core::sync::offline::{FeedOutcome, OfflineImport};
use quince_core::sync::{Context, Frame};
use tokio::sync::mpsc;
use tracing::warn;

use super::seal::{Arriving, Opened, SealError};
use super::{Data, Offline, no_member};
use crate::office::error::{Error, ErrorKind};
use crate::office::view::{ImportStep, ImportView, RefusedFeedView};
use crate::replication::handle::NotTaken;
use crate::wire::offline_file::{FileError, FileReader, Header, Kind};

/// Frames that are saved together, unless their bytes end it earlier.
const FRAMES_MAX: usize = 64;

/// Bytes of entries that are saved together.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Parts of a file in which a newcomer looks for the roster: four times what it would take over the stream.
const ROSTER_PARTS_MAX: usize = 4;

/// Frames read ahead of those that are being saved.
const AHEAD_MAX: usize = 2;

/// What the reader of a file finds.
enum Found {
    Header(Box<Header>),
    Frames(Vec<Frame>),
}

impl Offline {
    /// Takes a file, and says what came of it.
    ///
    /// # Errors
    /// When nothing of it can be read here.
    pub(super) async fn read_import(
        &self,
        data: Data,
        sender: &mpsc::Sender<Result<ImportStep, Error>>,
    ) -> Result<ImportView, Error> {
        let (found, mut finds) = mpsc::channel(AHEAD_MAX);
        let key = Arc::clone(&self.key);
        let reading = tokio::task::spawn_blocking(move || read(Arriving::new(data), &key, &found));
        let Some(Found::Header(header)) = finds.recv().await else {
            return Err(reading
                .await
                .map_err(Error::internal)?
                .err()
                .unwrap_or_else(|| unreadable(&FileError::Header)));
        };
        let mut ahead = VecDeque::new();
        let ctx = match self.member_context().await? {
            Some(ctx) => ctx,
            None => self.enter(&mut finds, &mut ahead).await?,
        };
        check_header(&ctx, &header)?;
        let mut import = OfflineImport::new(header.writer);
        let mut broken_off = None;
        while let Some(frames) = next(&mut ahead, &mut finds).await {
            let taken = self.replication.take_frames(import, frames).await?;
            import = taken.import;
            if let Err(error) = taken.outcome {
                broken_off = Some(error.to_string());
                break;
            }
            // Whoever asked may be gone by now; what they brought is stored all the same.
            drop(sender.try_send(Ok(ImportStep::Stored(import.report().entries))));
        }
        drop(finds);
        let read = reading.await.map_err(Error::internal)?;
        let broken_off = broken_off.or_else(|| read.err().map(|error| error.message));
        self.report(&header, &import, broken_off).await
    }

    /// Becomes a member by the roster at the beginning of the file, if this node waits to be admitted. What was read for that
    /// is still to be taken.
    async fn enter(
        &self,
        finds: &mut mpsc::Receiver<Found>,
        ahead: &mut VecDeque<Vec<Frame>>,
    ) -> Result<Context, Error> {
        let mut rosters = Vec::new();
        while let Some(Found::Frames(frames)) = finds.recv().await {
            let notes = frames.iter().map_while(|frame| match frame {
                Frame::Roster { notes, .. } => Some(notes),
                _ => None,
            });
            rosters.extend(notes.flatten().cloned());
            let whole = frames.iter().any(|frame| !matches!(frame, Frame::Roster { .. }));
            ahead.push_back(frames);
            if whole || ahead.len() > ROSTER_PARTS_MAX {
                break;
            }
        }
        self.entrance.enter(&rosters).await?;
        self.context().await
    }

    async fn report(
        &self,
        header: &Header,
        import: &OfflineImport,
        broken_off: Option<String>,
    ) -> Result<ImportView, Error> {
        let ctx = self.context().await?;
        let name = |node| ctx.chain().roster().handle_of(&node).map(ToString::to_string);
        let report = import.report();
        let refused = report.feeds.iter().filter_map(|(feed, outcome)| {
            let FeedOutcome::Refused(reason) = outcome else { return None };
            let owner = name(feed.node).unwrap_or_else(|| feed.node.to_string());
            Some(RefusedFeedView { owner, lane: feed.lane, reason: reason.clone() })
        });
        let refused: Vec<_> = refused.collect();
        for RefusedFeedView { owner, lane, reason } in &refused {
            warn!(owner, %lane, reason, "a feed in an offline file is refused: {reason}");
        }
        let count = |like: fn(&FeedOutcome) -> bool| report.feeds.values().filter(|it| like(it)).count();
        Ok(ImportView {
            writer: name(header.writer),
            entries: report.entries,
            grown: count(|outcome| matches!(outcome, FeedOutcome::Grew(_))),
            unchanged: count(|outcome| matches!(outcome, FeedOutcome::Unchanged)),
            refused,
            roster_version: report.roster_version,
            roster_refused: report.roster_refused.clone(),
            broken_off,
            read_only: self.tools.store.read_only(),
        })
    }
}

/// The next frames to be taken.
async fn next(ahead: &mut VecDeque<Vec<Frame>>, finds: &mut mpsc::Receiver<Found>) -> Option<Vec<Frame>> {
    if let Some(frames) = ahead.pop_front() {
        return Some(frames);
    }
    match finds.recv().await {
        Some(Found::Frames(frames)) => Some(frames),
        _ => None,
    }
}

/// Reads a file to its end, or to where it is wrong.
fn read(arriving: Arriving, key: &age::x25519::Identity, found: &mpsc::Sender<Found>) -> Result<(), Error> {
    let opened = Opened::open(arriving, key).map_err(|error| unopened(&error))?;
    let (mut reader, header) = FileReader::new(opened).map_err(|error| unreadable(&error))?;
    if found.blocking_send(Found::Header(Box::new(header))).is_err() {
        return Ok(());
    }
    loop {
        let (mut frames, mut bytes) = (Vec::new(), 0);
        let end = loop {
            match reader.frame() {
                Ok(Some(frame)) => {
                    bytes += frame.data_bytes();
                    frames.push(frame);
                    if frames.len() >= FRAMES_MAX || bytes >= BYTES_MAX {
                        break None;
                    }
                }
                Ok(None) => break Some(Ok(())),
                Err(error) => break Some(Err(unreadable(&error))),
            }
        };
        // What stands before the place that is wrong is whole, and every frame is verified alone.
        let gone = !frames.is_empty() && found.blocking_send(Found::Frames(frames)).is_err();
        match end {
            Some(end) => return end,
            None if gone => return Ok(()),
            None => {}
        }
    }
}

fn check_header(ctx: &Context, header: &Header) -> Result<(), Error> {
    let wrong = |message: String, hint: &str| Err(Error::new(ErrorKind::Invalid, message).hint(hint));
    if header.federation != ctx.federation() {
        let message = format!(
            "the file belongs to federation {}, this node to {}",
            header.federation,
            ctx.federation()
        );
        return wrong(message, "ask for a file of this node's federation");
    }
    match header.kind {
        Kind::Feeds => {}
        Kind::Have => {
            return wrong(
                "this is a have file: it says what a city holds, and holds nothing".to_owned(),
                "give it to `quince offline export --since`",
            );
        }
        Kind::Request => {
            return wrong(
                "this is the request of a newcomer".to_owned(),
                "a steward admits it: `quince federation admit HANDLE --request FILE`",
            );
        }
        Kind::Unspecified => {
            return wrong(
                "the file is of a kind that this version does not know".to_owned(),
                "upgrade this node",
            );
        }
    }
    if header.recipient != Some(ctx.me().node) {
        let name = header.recipient.and_then(|node| ctx.chain().roster().handle_of(&node).cloned());
        let name = name.map_or_else(|| "another city".to_owned(), |handle| handle.to_string());
        return wrong(format!("the file is for {name}, not for this city"), "carry it there");
    }
    Ok(())
}

fn unopened(error: &SealError) -> Error {
    let told = Error::new(ErrorKind::Invalid, with_cause(error));
    match error {
        SealError::Other => {
            told.hint("ask for one that is made for this city: `quince offline export --for HANDLE`")
        }
        _ => told.hint("copy the file again"),
    }
}

fn unreadable(error: &FileError) -> Error {
    Error::new(ErrorKind::Invalid, with_cause(error)).hint("copy the file again")
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

impl From<NotTaken> for Error {
    fn from(_: NotTaken) -> Self {
        no_member()
    }
}
