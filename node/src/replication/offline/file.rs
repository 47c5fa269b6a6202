//! The layout of an offline file: a line that says what it is, and items, each after its length.

use std::io::{self, Read, Write as _};

use prost::Message as _;
use quince_core::feed::{FederationId, Hash, NodeId};
use quince_core::sync::Frame;
use quince_proto::sync::v1 as pb;
use quince_proto::sync::v1::offline_item::Item;
use thiserror::Error;

use super::seal::Sealing;
use crate::listener::limits::{FRAME_BYTES_MAX, FRAME_OVERHEAD_BYTES_MAX};
use crate::wire::sync_from_proto::FrameError;
use crate::wire::{sync_from_proto, sync_to_proto};

/// What a file begins with. The number is the version of the layout.
const START: &[u8] = b"quince-offline/1\n";

/// The longest item: a frame, and what is put around it.
const ITEM_LEN_MAX: usize = FRAME_BYTES_MAX + FRAME_OVERHEAD_BYTES_MAX;

/// What a file is.
pub(super) use quince_proto::sync::v1::OfflineKind as Kind;

/// A file's first item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) federation: FederationId,
    /// Who wrote it, as it says of itself.
    pub(super) writer: NodeId,
    /// For whom; nobody in particular when it is a have file.
    pub(super) recipient: Option<NodeId>,
    pub(super) roster_version: u64,
    pub(super) roster_hash: Hash,
}

/// Bytes that are no offline file, or the end of what is one.
#[derive(Debug, Error)]
pub(super) enum FileError {
    #[error("the file is no offline file: it does not begin with quince-offline/1")]
    Start,
    #[error("the file has an item of {0} bytes, expected at most {ITEM_LEN_MAX}")]
    TooLong(usize),
    #[error("the file is damaged: an item cannot be read")]
    Item(#[source] prost::DecodeError),
    #[error("the file is damaged: {0}")]
    Frame(#[from] FrameError),
    #[error("the file has no header, or more than one")]
    Header,
    #[error("the file is cut short after {0} items: copy it again")]
    CutShort(u64),
    #[error("the file says that it has {said} items, but {found} were there")]
    Count { said: u64, found: u64 },
    #[error("bytes follow the end of the file")]
    Rest,
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
}

/// Writes a file.
pub(super) struct FileWriter {
    out: Sealing,
    items: u64,
}

/// Reads a file.
pub(super) struct FileReader<R> {
    from: R,
    items: u64,
    ended: bool,
}

impl FileWriter {
    pub(super) fn new(mut out: Sealing, header: &Header) -> io::Result<Self> {
        out.write_all(START)?;
        let mut writer = Self { out, items: 0 };
        writer.write(Item::Header(pb::OfflineHeader {
            kind: header.kind.into(),
            federation_id: header.federation.0.to_vec().into(),
            writer_id: header.writer.0.to_vec().into(),
            recipient_id: header.recipient.map(|node| node.0.to_vec()).unwrap_or_default().into(),
            roster_version: header.roster_version,
            roster_hash: header.roster_hash.0.to_vec().into(),
        }))?;
        Ok(writer)
    }

    pub(super) fn frame(&mut self, frame: Frame) -> io::Result<()> {
        self.items += 1;
        self.write(Item::Frame(sync_to_proto::frame(frame)))
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let items = self.items;
        self.write(Item::End(pb::OfflineEnd { items }))?;
        self.out.finish()
    }

    fn write(&mut self, item: Item) -> io::Result<()> {
        let bytes = pb::OfflineItem { item: Some(item) }.encode_to_vec();
        let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.out.write_all(&len.to_be_bytes())?;
        self.out.write_all(&bytes)
    }
}

impl<R: Read> FileReader<R> {
    /// Reads what the file is.
    pub(super) fn new(mut from: R) -> Result<(Self, Header), FileError> {
        let mut start = [0; START.len()];
        let read = from.read_exact(&mut start);
        match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(FileError::Start),
            read => read?,
        }
        if start != START {
            return Err(FileError::Start);
        }
        let mut reader = Self { from, items: 0, ended: false };
        match reader.item()? {
            Some(Item::Header(it)) => Ok((reader, header(&it)?)),
            _ => Err(FileError::Header),
        }
    }

    /// The next frame that means something here; `None` at the end of the file.
    pub(super) fn frame(&mut self) -> Result<Option<Frame>, FileError> {
        while !self.ended {
            match self.item()? {
                Some(Item::Frame(frame)) => {
                    self.items += 1;
                    if let Some(frame) = sync_from_proto::frame(frame)? {
                        return Ok(Some(frame));
                    }
                }
                Some(Item::End(pb::OfflineEnd { items })) => {
                    self.ended = true;
                    if items != self.items {
                        return Err(FileError::Count { said: items, found: self.items });
                    }
                    if self.from.read(&mut [0])? != 0 {
                        return Err(FileError::Rest);
                    }
                }
                Some(Item::Header(_)) => return Err(FileError::Header),
                // An item of a kind that this version does not know.
                None => self.items += 1,
            }
        }
        Ok(None)
    }

    fn item(&mut self) -> Result<Option<Item>, FileError> {
        let mut len = [0; 4];
        self.fill(&mut len)?;
        let len = usize::try_from(u32::from_be_bytes(len)).unwrap_or(usize::MAX);
        if len > ITEM_LEN_MAX {
            return Err(FileError::TooLong(len));
        }
        let mut bytes = vec![0; len];
        self.fill(&mut bytes)?;
        Ok(pb::OfflineItem::decode(&bytes[..]).map_err(FileError::Item)?.item)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), FileError> {
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => FileError::CutShort(self.items),
            _ => error.into(),
        })
    }
}

fn header(it: &pb::OfflineHeader) -> Result<Header, FileError> {
    let id = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|_| FileError::Header);
    let recipient = if it.recipient_id.is_empty() { None } else { Some(NodeId(id(&it.recipient_id)?)) };
    Ok(Header {
        kind: it.kind(),
        federation: FederationId(id(&it.federation_id)?),
        writer: NodeId(id(&it.writer_id)?),
        recipient,
        roster_version: it.roster_version,
        roster_hash: Hash(id(&it.roster_hash)?),
    })
}
