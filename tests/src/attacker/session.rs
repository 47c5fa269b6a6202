//! A session as the attacker leads it: it can keep to the protocol, and it can send anything at any time.

use std::collections::BTreeMap;
use std::time::Duration;

use prost::Message as _;
use quince_core::feed::FeedId;
use quince_proto::sync::v1 as sync;
use sync::frame::Frame;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Request, Status, Streaming};

use crate::attacker::feed::{Feed, cost};
use crate::attacker::member::Member;
use crate::attacker::wire::Line;

/// Longer than any honest answer takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the stream of frames is.
const PATH: &str = "/quince.sync.v1.SyncService/Session";

/// One stream of frames.
#[derive(Debug)]
pub struct Session {
    out: UnboundedSender<Vec<u8>>,
    incoming: Incoming,
    /// Bytes of data that the victim still takes.
    credit: u64,
    told: BTreeMap<FeedId, Told>,
    /// By the victim's handles, the newest heads that it told.
    heads: BTreeMap<u32, sync::Head>,
    refusals: Vec<sync::Refuse>,
}

/// A feed that was announced, and how much of it was sent.
#[derive(Debug, Clone, Copy)]
struct Told {
    handle: u32,
    sent: Option<u64>,
}

#[derive(Debug)]
enum Incoming {
    Pending(JoinHandle<Result<Streaming<sync::Frame>, Status>>),
    Open(Box<Streaming<sync::Frame>>),
    Over,
}

/// How a victim ended a session.
#[derive(Debug, Default)]
pub struct Parting {
    /// The refusals that it sent.
    pub refusals: Vec<sync::Refuse>,
    /// Its farewell.
    pub bye: Option<sync::Bye>,
    /// The error that ended the stream, if one did.
    pub status: Option<Status>,
    /// It named feeds or heads before that.
    pub told: bool,
}

impl Parting {
    /// The code of the last refusal.
    #[must_use]
    pub fn code(&self) -> Option<sync::RefuseCode> {
        self.refusals.last().map(sync::Refuse::code)
    }
}

impl Session {
    /// Opens the stream, and says nothing.
    #[must_use]
    pub fn open(line: &Line) -> Self {
        let (out, frames) = unbounded_channel();
        let channel = line.channel.clone();
        let call = async move {
            let mut grpc = tonic::client::Grpc::new(channel);
            grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            let path = http::uri::PathAndQuery::from_static(PATH);
            let request = Request::new(UnboundedReceiverStream::new(frames));
            grpc.streaming(request, path, Anything).await.map(tonic::Response::into_inner)
        };
        let incoming = Incoming::Pending(tokio::spawn(call));
        Self { out, incoming, credit: 0, told: BTreeMap::new(), heads: BTreeMap::new(), refusals: Vec::new() }
    }

    /// Opens the stream and does all that an honest member does until feeds may flow.
    ///
    /// # Panics
    /// When the victim does not let the member in.
    pub async fn enter(line: &Line, member: &Member) -> Self {
        let mut session = Self::open(line);
        session.send(Frame::Hello(member.hello()));
        session.send(Frame::IdentityLane(member.identity.to_identity_lane()));
        session.until("the session to open", |frame| matches!(frame, Frame::HaveEnd(_)).then_some(())).await;
        session
    }

    /// The newest heads that the victim told, by its handles.
    #[must_use]
    pub const fn heads(&self) -> &BTreeMap<u32, sync::Head> {
        &self.heads
    }

    /// Sends a frame.
    pub fn send(&mut self, frame: Frame) {
        self.send_bytes(sync::Frame { frame: Some(frame) }.encode_to_vec());
    }

    /// Sends a message of these bytes.
    pub fn send_bytes(&mut self, bytes: Vec<u8>) {
        // A victim that hung up shows when its answer is read.
        self.out.send(bytes).ok();
    }

    /// Brings a feed as its owner would, as far as it has grown, and waits until the victim has saved it.
    ///
    /// # Panics
    /// When the victim ends the session or does not want the feed.
    pub async fn bring(&mut self, feed: &Feed) {
        let handle = self.announce(feed);
        let from = match self.told[&feed.id].sent {
            Some(sent) => sent,
            None => self.wanted(handle).await,
        };
        self.told.insert(feed.id, Told { handle, sent: Some(feed.size()) });
        for frame in feed.frames(handle, from) {
            self.pay(cost(&frame)).await;
            self.send(frame);
        }
        self.saved(handle, feed.size()).await;
    }

    /// Binds a feed, unless it is bound, and announces its head. Returns the handle.
    pub fn announce(&mut self, feed: &Feed) -> u32 {
        self.announce_as(feed, feed.head())
    }

    /// The same with another head.
    ///
    /// # Panics
    /// When there are more feeds than handles.
    pub fn announce_as(&mut self, feed: &Feed, head: sync::Head) -> u32 {
        let next = u32::try_from(self.told.len() + 1).expect("fewer feeds than handles");
        let handle = self.told.get(&feed.id).map_or(next, |told| told.handle);
        if handle == next {
            self.told.insert(feed.id, Told { handle, sent: None });
            self.send(feed.bind(handle));
        }
        self.send(Frame::Have(sync::Have { handle, head: Some(head), compared: false }));
        handle
    }

    /// Waits until the victim wants a feed, and says from where.
    ///
    /// # Panics
    /// When it does not.
    pub async fn wanted(&mut self, handle: u32) -> u64 {
        let want = |frame: &Frame| match frame {
            Frame::Want(want) if want.handle == handle => Some(want.from),
            _ => None,
        };
        self.until("the victim to want a feed", want).await
    }

    /// Waits until the victim has saved so much of a feed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn saved(&mut self, handle: u32, size: u64) {
        let durable = |frame: &Frame| match frame {
            Frame::Durable(durable) if durable.handle == handle && durable.size >= size => Some(()),
            _ => None,
        };
        self.until("the victim to save a feed", durable).await;
    }

    /// Waits until the victim has saved so much of a feed, or has refused it or the session.
    ///
    /// # Panics
    /// When it does neither.
    pub async fn saved_or_refused(&mut self, handle: u32, size: u64) {
        let over = |frame: &Frame| match frame {
            Frame::Durable(durable) if durable.handle == handle && durable.size >= size => Some(()),
            Frame::Refuse(refuse) if [handle, 0].contains(&refuse.handle) => Some(()),
            _ => None,
        };
        self.until("the victim to save or refuse a feed", over).await;
    }

    /// Waits until everything sent so far has been looked at: the victim answers in order.
    ///
    /// # Panics
    /// When it ends the session.
    pub async fn settled(&mut self) {
        let nonce = rand::random();
        self.send(Frame::Ping(sync::Ping { nonce }));
        let answer = |frame: &Frame| matches!(frame, Frame::Pong(pong) if pong.nonce == nonce).then_some(());
        self.until("an answer to a ping", answer).await;
    }

    /// Waits for a refusal of what was sent of this feed, or of the session as a whole.
    ///
    /// # Panics
    /// When none comes.
    pub async fn refused(&mut self, handle: u32) -> sync::RefuseCode {
        let refuse = |frame: &Frame| match frame {
            Frame::Refuse(refuse) if [handle, 0].contains(&refuse.handle) => Some(refuse.code()),
            _ => None,
        };
        self.until("a refusal", refuse).await
    }

    /// Listens until the victim ends the session.
    ///
    /// # Panics
    /// When it does not.
    pub async fn parting(mut self) -> Parting {
        let mut parting = Parting::default();
        loop {
            match self.next().await {
                Ok(Some(Frame::Bye(bye))) => parting.bye = Some(bye),
                Ok(Some(Frame::Bind(_) | Frame::Have(_))) => parting.told = true,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(status) => {
                    parting.status = Some(status);
                    break;
                }
            }
        }
        parting.refusals = self.refusals;
        parting
    }

    /// Listens until a frame says what is waited for.
    ///
    /// # Panics
    /// When the session ends before.
    pub async fn until<T>(&mut self, what: &str, look: impl Fn(&Frame) -> Option<T>) -> T {
        loop {
            match self.next().await {
                Ok(Some(frame)) => {
                    if let Some(found) = look(&frame) {
                        return found;
                    }
                }
                over => panic!("the session ended before {what}: {over:?}; refused: {:?}", self.refusals),
            }
        }
    }

    /// The next frame; `None` at the end. Pings are answered, and credit and refusals are kept in mind.
    async fn next(&mut self) -> Result<Option<Frame>, Status> {
        let frame =
            tokio::time::timeout(PATIENCE, self.read()).await.expect("the victim says nothing at all")?;
        match &frame {
            Some(Frame::Hello(hello)) => self.credit += hello.credit,
            Some(Frame::Credit(credit)) => self.credit += credit.bytes,
            Some(Frame::Ping(ping)) => self.send(Frame::Pong(sync::Pong { nonce: ping.nonce })),
            Some(Frame::Refuse(refuse)) => self.refusals.push(refuse.clone()),
            Some(Frame::Have(sync::Have { handle, head: Some(head), .. })) => {
                self.heads.insert(*handle, head.clone());
            }
            _ => {}
        }
        Ok(frame)
    }

    async fn read(&mut self) -> Result<Option<Frame>, Status> {
        if let Incoming::Pending(call) = &mut self.incoming {
            let opened = call.await.expect("the call does not panic");
            self.incoming = Incoming::Over;
            self.incoming = Incoming::Open(Box::new(opened?));
        }
        match &mut self.incoming {
            Incoming::Open(frames) => Ok(frames.message().await?.and_then(|message| message.frame)),
            _ => Ok(None),
        }
    }

    /// Waits until the victim takes so many bytes more.
    async fn pay(&mut self, bytes: u64) {
        while self.credit < bytes {
            match self.next().await {
                Ok(Some(_)) => {}
                over => {
                    panic!("the session ended before more credit: {over:?}; refused: {:?}", self.refusals)
                }
            }
        }
        self.credit -= bytes;
    }
}

/// Sends any bytes as a message, and reads frames.
#[derive(Debug)]
struct Anything;

impl Codec for Anything {
    type Encode = Vec<u8>;
    type Decode = sync::Frame;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Anything {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for Anything {
    type Item = sync::Frame;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<sync::Frame>, Status> {
        sync::Frame::decode(buffer).map(Some).map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
