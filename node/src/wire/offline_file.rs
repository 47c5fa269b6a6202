//! The layout of an offline file: a line that says what it is, and items, each after its length.

use std::io::{self, Read, Write};

use prost::Message as _;
use quince_core::feed::{AudienceId, FederationId, FeedId, Hash, Lane, NodeId};
use quince_core::roster::{CodeId, Inception, JoinClaim, JoinProof};
use quince_core::sync::{BareHead, FRAME_LEN_MAX, Frame, IdentityFrame};
use quince_proto::sync::v1 as pb;
use quince_proto::sync::v1::offline_item::Item;
use thiserror::Error;

use crate::office::network::SignedLane;
use crate::office::request::JoinByFile;
use crate::wire::sync_from_proto::FrameError;
use crate::wire::{sync_from_proto, sync_to_proto};

/// What a file begins with. The number is the version of the layout.
const START: &[u8] = b"quince-offline/1\n";

/// The longest item: a frame, and what is put around it.
const ITEM_LEN_MAX: usize = FRAME_LEN_MAX + 2 * 1024;

/// What a file is.
pub use quince_proto::sync::v1::OfflineKind as Kind;

/// A file's first item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// Whose federation.
    pub federation: FederationId,
    /// Who wrote it, as it says of itself.
    pub writer: NodeId,
    /// For whom; nobody in particular when it is a have file.
    pub recipient: Option<NodeId>,
    /// The writer's roster version.
    pub roster_version: u64,
    /// Hash of its text.
    pub roster_hash: Hash,
}

/// Bytes that are no offline file, or the end of what is one.
#[derive(Debug, Error)]
pub enum FileError {
    /// Something else.
    #[error("the file is no offline file: it does not begin with quince-offline/1")]
    Start,
    /// Longer than any item.
    #[error("the file has an item of {0} bytes, expected at most {ITEM_LEN_MAX}")]
    TooLong(usize),
    /// No message.
    #[error("the file is damaged: an item cannot be read")]
    Item(#[source] prost::DecodeError),
    /// No frame.
    #[error("the file is damaged: {0}")]
    Frame(#[from] FrameError),
    /// Not at the beginning, or not as it should be.
    #[error("the file has no header, or more than one")]
    Header,
    /// No request, or one in the wrong place.
    #[error("the file is no request of a newcomer, or a damaged one")]
    Request,
    /// It has no end.
    #[error("the file is cut short after {0} items: copy it again")]
    CutShort(u64),
    /// Items are missing.
    #[error("the file says that it has {said} items, but {found} were there")]
    Count {
        /// How many there should be.
        said: u64,
        /// How many there are.
        found: u64,
    },
    /// More than there should be.
    #[error("bytes follow the end of the file")]
    Rest,
    /// It cannot be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
}

/// Writes a file.
pub struct FileWriter<W> {
    out: W,
    items: u64,
}

/// Reads a file.
pub struct FileReader<R> {
    from: R,
    items: u64,
    ended: bool,
}

impl<W: Write> FileWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W, header: &Header) -> io::Result<Self> {
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

    /// Writes a frame.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn frame(&mut self, frame: Frame) -> io::Result<()> {
        self.items += 1;
        self.write(Item::Frame(sync_to_proto::frame(frame)))
    }

    /// Writes the end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        let items = self.items;
        self.write(Item::End(pb::OfflineEnd { items }))?;
        Ok(self.out)
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
    ///
    /// # Errors
    /// When it is no offline file.
    pub fn new(mut from: R) -> Result<(Self, Header), FileError> {
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
    ///
    /// # Errors
    /// When what follows is no part of an offline file, or misses.
    pub fn frame(&mut self) -> Result<Option<Frame>, FileError> {
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
                Some(Item::JoinRequest(_)) => return Err(FileError::Request),
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

/// A newcomer's request file.
#[must_use]
pub fn write_request(request: &JoinByFile) -> Vec<u8> {
    let header = Header {
        kind: Kind::Request,
        federation: request.federation,
        writer: request.claim.node,
        recipient: None,
        roster_version: 0,
        roster_hash: Hash([0; 32]),
    };
    let written = || {
        let mut writer = FileWriter::new(Vec::new(), &header)?;
        writer.items += 1;
        writer.write(Item::JoinRequest(pb::JoinRequest {
            code_id: request.code_id.0.to_vec().into(),
            proof: request.proof.0.to_vec().into(),
            inception: request.inception.to_bytes().to_vec().into(),
        }))?;
        let head = BareHead::from(&request.lane.head);
        let lane = IdentityFrame { head, entries: request.lane.entries.clone(), tls_keys: Vec::new() };
        writer.frame(Frame::IdentityLane(Box::new(lane)))?;
        writer.finish()
    };
    written().expect("writing to memory does not fail")
}

/// A newcomer's request file, read. Nothing in it is verified yet.
///
/// # Errors
/// When it is none.
pub fn read_request(bytes: &[u8]) -> Result<JoinByFile, FileError> {
    let (mut reader, header) = FileReader::new(bytes)?;
    let Some(Item::JoinRequest(join)) = reader.item()? else { return Err(FileError::Request) };
    reader.items += 1;
    let Some(Frame::IdentityLane(lane)) = reader.frame()? else { return Err(FileError::Request) };
    if reader.frame()?.is_some() || header.kind != Kind::Request {
        return Err(FileError::Request);
    }
    let inception = Inception::parse(&join.inception).map_err(|_| FileError::Request)?;
    let (federation, node) = (header.federation, inception.node_id());
    let tls_key = lane.tls_keys.first().copied().ok_or(FileError::Request)?;
    let head =
        lane.head.of(FeedId { node, audience: AudienceId::federation(&federation), lane: Lane::Identity });
    Ok(JoinByFile {
        federation,
        code_id: CodeId(join.code_id[..].try_into().map_err(|_| FileError::Request)?),
        claim: JoinClaim::by_file(&federation, node, tls_key, &head.head.root),
        proof: JoinProof(join.proof[..].try_into().map_err(|_| FileError::Request)?),
        inception,
        lane: SignedLane { head, entries: lane.entries },
    })
}
