//! `quince call`: open invitations that gather needs and offers under one heading.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{Call, CloseCallRequest, CreateCallRequest, GetCallRequest, ListCallsRequest};
use quince_proto::record::v1::{self as record, CallState, Place, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::text::Texts;
use crate::input::when::Means;
use crate::input::{place, when};
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{CallName, numbers, own_parties, parent, texts};

/// `quince call …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Call for help; needs and offers join it with --call
    Create(Box<CreateArgs>),
    /// List calls of all cities
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        /// Only those in this state; may be repeated
        #[arg(long, value_parser = choice::<CallState>())]
        state: Vec<CallState>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a call, and what is gathered under it
    Show {
        /// Its id, such as isfahan/3
        id: CallName,
    },
    /// Close an own call; what was gathered under it stays
    Close {
        /// Its id, such as isfahan/3
        id: CallName,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        etag: EtagArgs,
        #[command(flatten)]
        sure: SureArgs,
        #[command(flatten)]
        write: WriteArgs,
    },
}

/// `quince call create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    /// A short title
    #[arg(long, value_name = "TEXT")]
    title: Texts,
    /// What else a reader should know
    #[arg(long, value_name = "TEXT")]
    description: Option<Texts>,
    /// Whom it is to help: NAME,CC or NAME,CC,LAT,LON; a region by its UN M49 code: Africa,002
    #[arg(long = "for", value_name = "PLACE", value_parser = place::parse, allow_hyphen_values = true)]
    for_place: Option<Place>,
    /// From when until when it is open: 2027-03-01..2027-04-30; a single day is the last
    #[arg(long, value_name = "WHEN", value_parser = latest)]
    open: Option<When>,
    /// What it asks for, as a code of the catalogue; anything when not said; may be repeated
    #[arg(long, value_name = "CODE")]
    item: Vec<String>,
    #[command(flatten)]
    common: CommonInput,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(args) => create(cx, *args).await,
            Self::List { node, state, list } => self::list(cx, node.as_ref(), &state, list.limit).await,
            Self::Show { id } => {
                let request = GetCallRequest { name: id.to_string() };
                let shown = cx.node.call(request, async |r| cx.node.calls().get_call(r).await).await?;
                cx.shown(&shown)
            }
            Self::Close { id, reason, etag, sure, write } => {
                cx.confirm(&sure, "closing this call")?;
                let request_id = write.id();
                let request = CloseCallRequest {
                    name: id.to_string(),
                    etag: etag.etag(),
                    request_id: request_id.clone(),
                    reason: reason.unwrap_or_default(),
                };
                let closed = cx
                    .node
                    .write(&request_id, request, async |r| cx.node.calls().close_call(r).await)
                    .await?;
                cx.written(&closed)
            }
        }
    }
}

async fn create(cx: &mut Context<'_>, args: CreateArgs) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let author = cx.author();
    let record = record::Call {
        common: Some(args.common.to_record(At::Flags, &author, &mut faults)),
        title: args.title.to_record(author.language),
        description: texts(args.description.as_ref(), &author),
        for_place: args.for_place,
        open: args.open,
        items: args.item,
        ..record::Call::default()
    };
    faults.end()?;
    own_parties(cx, &args.common).await?;
    let id = args.write.id();
    let request = CreateCallRequest {
        call: Some(Call { record: Some(record), ..Call::default() }),
        request_id: id.clone(),
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut call = cx.node.write(&id, request, async |r| cx.node.calls().create_call(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        call.name.clear();
    }
    cx.written(&call)
}

async fn list(
    cx: &mut Context<'_>,
    node: Option<&Handle>,
    states: &[CallState],
    limit: u32,
) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let states = numbers(states);
        let request = ListCallsRequest { parent: parent(node), page_size, page_token, states };
        let page = cx.node.call(request, async |r| cx.node.calls().list_calls(r).await).await?;
        Ok((page.calls, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

fn latest(text: &str) -> Result<When, String> {
    when::parse(text, Means::Latest)
}
