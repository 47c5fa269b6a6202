//! Have files: what this node holds, and what another one says that it holds.

use quince_core::sync::offline::{Holding, OfflineImport};
use quince_core::sync::{Context, Frame, OWN_HEADS_MAX};
use tokio::sync::mpsc;

use super::seal::{Arriving, Buffer, Sealing};
use super::{Data, Offline, PART_LEN_MAX, Part, abandoned};
use crate::office::error::{Error, ErrorKind};
use crate::wire::offline_file::{FileReader, FileWriter, Header, Kind};

/// Frames of a have file that tell of this node's own feeds: two for each that it may have.
const ECHO_MAX: usize = 2 * OWN_HEADS_MAX;

impl Offline {
    /// Writes a have file. It says how much is held of what every member may read, and is not encrypted.
    pub(super) async fn write_have(&self, sender: &mpsc::Sender<Result<Part, Error>>) -> Result<(), Error> {
        let ctx = self.context().await?;
        let buffer = Buffer::default();
        let sealing = Sealing::new(buffer.clone(), None).map_err(Error::internal)?;
        let mut writer = FileWriter::new(sealing, &header(&ctx, Kind::Have)).map_err(Error::internal)?;
        for frame in Holding::of(&ctx).frames() {
            writer.frame(frame).map_err(Error::internal)?;
            if buffer.len() >= PART_LEN_MAX {
                send(sender, &buffer, (0, 0)).await?;
            }
        }
        writer.finish().and_then(Sealing::finish).map_err(Error::internal)?;
        send(sender, &buffer, (0, 0)).await
    }

    /// Reads another node's have file. What it says of this node's own feeds is an echo of them.
    pub(super) async fn read_have(&self, ctx: &Context, have: Data) -> Result<Holding, Error> {
        let me = ctx.me().node;
        let read = tokio::task::spawn_blocking(move || {
            let (mut reader, header) = FileReader::new(Arriving::new(have))?;
            let (mut holding, mut own, mut echo) = (Holding::default(), None, Vec::new());
            while let Some(frame) = reader.frame()? {
                holding.take(&frame)?;
                match &frame {
                    Frame::Bind { handle, feed } => own = (feed.node == me).then_some(*handle),
                    Frame::Have { handle, .. } if own == Some(*handle) => {}
                    _ => continue,
                }
                if own.is_some() && echo.len() < ECHO_MAX {
                    echo.push(frame);
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((header, holding, echo))
        });
        let read = read.await.map_err(Error::internal)?;
        let (header, holding, echo) = read.map_err(|error| {
            Error::new(ErrorKind::Invalid, format!("the have file: {error}"))
                .hint("make it anew at the other city: `quince offline have -o FILE`")
        })?;
        if header.kind != Kind::Have {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the file given as a have file is another kind of file",
            ));
        }
        if header.federation != ctx.federation() {
            return Err(Error::new(ErrorKind::Invalid, "the have file is of another federation"));
        }
        // A node that was restored learns here that others know more of it.
        self.replication.take_frames(OfflineImport::new(header.writer), echo).await?;
        Ok(holding.under(header.roster_version, header.roster_hash))
    }
}

/// What a file of this node says of itself.
pub(super) fn header(ctx: &Context, kind: Kind) -> Header {
    Header {
        kind,
        federation: ctx.federation(),
        writer: ctx.me().node,
        recipient: None,
        roster_version: ctx.chain().roster().version,
        roster_hash: ctx.chain().roster().hash(),
    }
}

/// Sends what has been written since.
pub(super) async fn send(
    sender: &mpsc::Sender<Result<Part, Error>>,
    buffer: &Buffer,
    (entries, entries_left): (u64, u64),
) -> Result<(), Error> {
    let part = Part { data: buffer.take(), entries, entries_left };
    sender.send(Ok(part)).await.map_err(|_| abandoned())
}
