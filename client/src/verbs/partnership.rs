//! `quince partnership`: standing relations of parties, which count in matching once both sides publish them.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    CreatePartnershipRequest, EndPartnershipRequest, GetPartnershipRequest, ListPartnershipsRequest,
    Partnership,
};
use quince_proto::record::v1::{self as record, RecordRef, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::text::Texts;
use crate::input::when::{self, Means};
use crate::name::{Handle, NameError};
use crate::page::collect;
use crate::verbs::{PartnershipName, PartyName, own_parties, parent, texts};

/// `quince partnership …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Publish this side of a partnership
    Create(Box<CreateArgs>),
    /// List partnerships of all cities
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a partnership
    Show {
        /// Its id, such as isfahan/5
        id: PartnershipName,
    },
    /// Say that an own partnership is over
    End {
        /// Its id, such as isfahan/5
        id: PartnershipName,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        etag: EtagArgs,
        #[command(flatten)]
        sure: SureArgs,
        #[command(flatten)]
        write: WriteArgs,
    },
}

/// `quince partnership create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    /// The other side: a node's handle such as quanzhou, or a party of a node such as quanzhou/3
    #[arg(long, value_name = "WHO", value_parser = partner, required_unless_present = "with_name", conflicts_with = "with_name")]
    with: Option<RecordRef>,
    /// The other side, where it runs no node
    #[arg(long, value_name = "NAME")]
    with_name: Option<String>,
    /// A short title
    #[arg(long, value_name = "TEXT")]
    title: Option<Texts>,
    /// What else a reader should know
    #[arg(long, value_name = "TEXT")]
    description: Option<Texts>,
    /// Since when it holds
    #[arg(long, value_name = "WHEN", value_parser = earliest)]
    since: Option<When>,
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
            Self::List { node, list } => self::list(cx, node.as_ref(), list.limit).await,
            Self::Show { id } => {
                let request = GetPartnershipRequest { name: id.to_string() };
                let shown =
                    cx.node.call(request, async |r| cx.node.partnerships().get_partnership(r).await).await?;
                cx.shown(&shown)
            }
            Self::End { id, reason, etag, sure, write } => {
                cx.confirm(&sure, "ending this partnership")?;
                let request_id = write.id();
                let request = EndPartnershipRequest {
                    name: id.to_string(),
                    etag: etag.etag(),
                    request_id: request_id.clone(),
                    reason,
                };
                let ended = cx
                    .node
                    .write(&request_id, request, async |r| cx.node.partnerships().end_partnership(r).await)
                    .await?;
                cx.written(&ended)
            }
        }
    }
}

async fn create(cx: &mut Context<'_>, args: CreateArgs) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let author = cx.author();
    let record = record::Partnership {
        common: Some(args.common.to_record(At::Flags, &author, &mut faults)),
        title: texts(args.title.as_ref(), &author),
        description: texts(args.description.as_ref(), &author),
        partner: args.with,
        partner_name: args.with_name.unwrap_or_default(),
        since: args.since,
        ..record::Partnership::default()
    };
    faults.end()?;
    own_parties(cx, &args.common).await?;
    let id = args.write.id();
    let request = CreatePartnershipRequest {
        partnership: Some(Partnership { record: Some(record), ..Partnership::default() }),
        request_id: id.clone(),
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut created =
        cx.node.write(&id, request, async |r| cx.node.partnerships().create_partnership(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        created.name.clear();
    }
    cx.written(&created)
}

async fn list(cx: &mut Context<'_>, node: Option<&Handle>, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListPartnershipsRequest { parent: parent(node), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.partnerships().list_partnerships(r).await).await?;
        Ok((page.partnerships, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

/// A node's city itself is number 0.
fn partner(text: &str) -> Result<RecordRef, NameError> {
    match text.parse::<PartyName>() {
        Ok(party) => Ok(party.to_ref()),
        Err(error) if text.trim_start_matches("nodes/").contains('/') => Err(error),
        Err(_) => text.parse().map(|handle: Handle| RecordRef { owner: handle.to_string(), number: 0 }),
    }
}

fn earliest(text: &str) -> Result<When, String> {
    when::parse(text, Means::Earliest)
}
