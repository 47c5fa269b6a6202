//! Have files: what this node holds, and what another one says that it holds.

use quince_core::sync::offline::{Holding, OfflineImport};
use quince_core::sync::{Context, Frame};
use tokio::sync::mpsc;

use super::file::{FileReader, FileWriter, Header, Kind};
use super::seal::{Arriving, Buffer, Sealing};
use super::{Data, Offline, PART_LEN_MAX, Part, abandoned};
use crate::office::error::{Error, ErrorKind};

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
        writer.finish().map_err(Error::internal)?;
        send(sender, &buffer, (0, 0)).await
    }

    /// Reads another node's have file. What it says of this node's own feeds is an echo of them.
    pub(super) async fn read_have(&self, ctx: &Context, have: Data) -> Result<Holding, Error> {
        let read = tokio::task::spawn_blocking(move || {
            let (mut reader, header) = FileReader::new(Arriving::new(have))?;
            let mut holding = Holding::default();
            let mut frames = Vec::new();
            while let Some(frame) = reader.frame()? {
                holding.take(&frame)?;
                frames.push(frame);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((header, holding, frames))
        });
        let read = read.await.map_err(Error::internal)?;
        let (header, holding, frames) = read.map_err(|error| {
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
        self.compare_echo(ctx, &header, frames).await?;
        Ok(holding.under(header.roster_version, header.roster_hash))
    }

    /// A node that was restored learns here that others know more of it.
    async fn compare_echo(&self, ctx: &Context, header: &Header, frames: Vec<Frame>) -> Result<(), Error> {
        let mut own = None;
        let frames = frames.into_iter().filter(|frame| {
            if let Frame::Bind { handle, feed } = frame
                && feed.node == ctx.me().node
            {
                own = Some(*handle);
                return true;
            }
            matches!(frame, Frame::Have { handle, .. } if own == Some(*handle))
        });
        let import = OfflineImport::new(header.writer);
        let _ = self.replication.take_frames(import, frames.collect()).await?;
        Ok(())
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
