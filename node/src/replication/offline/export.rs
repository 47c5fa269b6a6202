//! Making a file for another node out of the store.

use quince_core::domain::Handle;
use quince_core::feed::NodeId;
use quince_core::sync::offline::{Holding, OfflineExport};
use quince_core::sync::{Context, Effect, Rows};
use tokio::sync::mpsc;
use tracing::warn;

use super::have::{header, send};
use super::seal::{Buffer, Sealing};
use super::{Data, Offline, PART_LEN_MAX, Part};
use crate::office::error::{Error, ErrorKind};
use crate::replication::{load, work};
use crate::wire::offline_file::{FileWriter, Header, Kind};

impl Offline {
    /// Writes a file with all that the recipient may read and, by its have file, does not hold.
    pub(super) async fn write_export(
        &self,
        recipient: &Handle,
        plain: bool,
        mut have: Data,
        sender: &mpsc::Sender<Result<Part, Error>>,
    ) -> Result<(), Error> {
        let ctx = self.context().await?;
        let node = member(&ctx, recipient)?;
        let key = if plain { None } else { Some(self.recipient_key(recipient, node).await?) };
        let holding = match have.recv().await {
            None => Holding::default(),
            Some(first) => self.read_have(&ctx, replay(first, have, &self.tasks)).await?,
        };
        let buffer = Buffer::default();
        let sealing = Sealing::new(buffer.clone(), key.as_deref())
            .map_err(|error| Error::new(ErrorKind::State, error.to_string()))?;
        let header = Header { recipient: Some(node), ..header(&ctx, Kind::Feeds) };
        let mut writer = FileWriter::new(sealing, &header).map_err(Error::internal)?;
        let mut export = OfflineExport::new(&ctx, node, &holding);
        loop {
            while let Some(frame) = export.poll_frame() {
                writer.frame(frame).map_err(Error::internal)?;
                if buffer.len() >= PART_LEN_MAX {
                    send(sender, &buffer, export.entries()).await?;
                }
            }
            let Some(effect) = export.poll_read() else { break };
            export.handle_read(self.read(effect).await?);
        }
        for feed in export.damaged() {
            warn!(%feed, "the stored copy of a feed does not agree with itself, and is not in the file");
        }
        writer.finish().and_then(Sealing::finish).map_err(Error::internal)?;
        send(sender, &buffer, export.entries()).await
    }

    async fn read(&self, effect: Effect) -> Result<Rows, Error> {
        let rows = work::rows(&self.tools.store, effect).await?;
        Ok(rows.unwrap_or(Rows::Damaged))
    }

    /// To what the file is encrypted.
    async fn recipient_key(&self, recipient: &Handle, node: NodeId) -> Result<String, Error> {
        let mut view = self.tools.store.view().await?;
        let profile = load::profile(&mut view, node).await?;
        let key = profile.and_then(|profile| profile.offline_recipient).map(|key| key.to_string());
        key.ok_or_else(|| {
            let message =
                format!("{recipient} has published no key for offline files, or it has not arrived here");
            Error::new(ErrorKind::State, message)
                .hint("import a file from there first, or write one that everybody can read: --plain")
        })
    }
}

fn member(ctx: &Context, recipient: &Handle) -> Result<NodeId, Error> {
    let Some(node) = ctx.chain().roster().node_of(recipient) else {
        let message = format!("{recipient} is no member of this federation");
        return Err(Error::new(ErrorKind::NotFound, message).hint("`quince federation members` lists them"));
    };
    if node == ctx.me().node {
        return Err(Error::new(ErrorKind::Invalid, format!("{recipient} is this city itself")));
    }
    Ok(node)
}

/// The parts with the first one, which was read to see whether there is any.
fn replay(first: bytes::Bytes, mut rest: Data, tasks: &crate::shutdown::Tasks) -> Data {
    let (sender, parts) = mpsc::channel(1);
    tasks.spawn_detached(async move {
        let mut next = Some(first);
        while let Some(part) = next {
            if sender.send(part).await.is_err() {
                return;
            }
            next = rest.recv().await;
        }
    });
    parts
}
