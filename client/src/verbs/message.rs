//! `quince message`: words of support, thanks and statements.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    CreateMessageRequest, GetMessageRequest, ListMessagesRequest, Message, PublishMessageRequest,
    RetractMessageRequest,
};
use quince_proto::record::v1::{self as record, MessageType, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::text::Texts;
use crate::input::when;
use crate::name::{AnyName, Handle};
use crate::page::collect;
use crate::verbs::{MessageName, name_or_empty, own_parties, parent, texts};

/// `quince message …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Write a message and publish it, unless it is kept as a draft, or publish a draft: `publish ID`
    Publish(Box<PublishArgs>),
    /// List messages of all cities
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a message
    Show {
        /// Its id, such as isfahan/9
        id: MessageName,
    },
    /// Take a message back, for good; another may take its place
    Retract(RetractArgs),
}

/// `quince message publish`
#[derive(Args)]
pub(crate) struct PublishArgs {
    /// A draft to publish as it is, such as isfahan/9; then nothing else is said
    #[arg(conflicts_with_all = ["message_type", "text"])]
    id: Option<MessageName>,
    /// What it is
    #[arg(long = "type", id = "message_type", value_name = "TYPE", value_parser = choice::<MessageType>(), required_unless_present = "id")]
    message_type: Option<MessageType>,
    /// A short title
    #[arg(long, value_name = "TEXT")]
    title: Option<Texts>,
    /// The text
    #[arg(long, value_name = "TEXT", required_unless_present = "id")]
    text: Option<Texts>,
    /// To whom: a node's handle, or a name of somebody who runs none; may be repeated
    #[arg(long, value_name = "WHO")]
    to: Vec<String>,
    /// What it is about, such as a consignment that it acknowledges; may be repeated
    #[arg(long, value_name = "ID")]
    about: Vec<AnyName>,
    /// When it was said: 2027-03-15, "mid-February 2027-02-10..2027-02-20"
    #[arg(long, value_name = "WHEN", value_parser = when::parse_past)]
    said: Option<When>,
    /// Where it can be seen or heard
    #[arg(long, value_name = "ADDRESS")]
    link: Option<String>,
    /// A language in which it can be had beyond the text given here; may be repeated
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    #[command(flatten)]
    common: CommonInput,
    /// Keep it private until it is published
    #[arg(long)]
    draft: bool,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince message retract`
#[derive(Args)]
pub(crate) struct RetractArgs {
    /// Its id, such as isfahan/9
    id: MessageName,
    /// Why
    #[arg(long)]
    reason: String,
    /// The own message that takes its place
    #[arg(long, value_name = "ID")]
    superseded_by: Option<MessageName>,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    sure: SureArgs,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Publish(args) => match &args.id {
                Some(id) => publish(cx, id, &args.etag, &args.write).await,
                None => create(cx, *args).await,
            },
            Self::List { node, list } => self::list(cx, node.as_ref(), list.limit).await,
            Self::Show { id } => {
                let request = GetMessageRequest { name: id.to_string() };
                let shown = cx.node.call(request, async |r| cx.node.messages().get_message(r).await).await?;
                cx.shown(&shown)
            }
            Self::Retract(args) => retract(cx, args).await,
        }
    }
}

async fn create(cx: &mut Context<'_>, args: PublishArgs) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let author = cx.author();
    let record = record::Message {
        common: Some(args.common.to_record(At::Flags, &author, &mut faults)),
        r#type: args.message_type.map_or(0, Into::into),
        title: texts(args.title.as_ref(), &author),
        text: texts(args.text.as_ref(), &author),
        addressees: args.to,
        about: args.about.iter().map(AnyName::to_ref).collect(),
        said: args.said,
        locator: args.link.unwrap_or_default(),
        languages: args.language,
        ..record::Message::default()
    };
    faults.end()?;
    own_parties(cx, &args.common).await?;
    let id = args.write.id();
    let request = CreateMessageRequest {
        message: Some(Message { record: Some(record), ..Message::default() }),
        request_id: id.clone(),
        draft: args.draft,
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut created =
        cx.node.write(&id, request, async |r| cx.node.messages().create_message(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        created.name.clear();
    }
    cx.written(&created)
}

/// draft -> published.
async fn publish(
    cx: &mut Context<'_>,
    id: &MessageName,
    etag: &EtagArgs,
    write: &WriteArgs,
) -> Result<(), Failure> {
    let request_id = write.id();
    let request =
        PublishMessageRequest { name: id.to_string(), etag: etag.etag(), request_id: request_id.clone() };
    let published =
        cx.node.write(&request_id, request, async |r| cx.node.messages().publish_message(r).await).await?;
    cx.written(&published)
}

async fn list(cx: &mut Context<'_>, node: Option<&Handle>, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListMessagesRequest { parent: parent(node), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.messages().list_messages(r).await).await?;
        Ok((page.messages, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn retract(cx: &mut Context<'_>, args: RetractArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, "retracting this message")?;
    let id = args.write.id();
    let request = RetractMessageRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        reason: args.reason,
        superseded_by: name_or_empty(args.superseded_by.as_ref()),
    };
    let retracted =
        cx.node.write(&id, request, async |r| cx.node.messages().retract_message(r).await).await?;
    cx.written(&retracted)
}
