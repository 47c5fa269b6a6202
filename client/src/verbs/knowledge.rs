//! `quince knowledge`: practices, training, documents and directories.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    CreateKnowledgeRequest, GetKnowledgeRequest, Knowledge, ListKnowledgeRequest, PublishKnowledgeRequest,
    RetractKnowledgeRequest,
};
use quince_proto::record::v1::{self as record, KnowledgeType, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::text::Texts;
use crate::input::when;
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{KnowledgeName, name_or_empty, own_parties, parent, texts};

/// `quince knowledge …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Write down a piece of knowledge and publish it, unless it is kept as a draft, or publish a draft: `publish ID`
    Publish(Box<PublishArgs>),
    /// List what is known of all cities
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a piece of knowledge
    Show {
        /// Its id, such as isfahan/9
        id: KnowledgeName,
    },
    /// Take a piece of knowledge back, for good; another may take its place
    Retract(RetractArgs),
}

/// `quince knowledge publish`
#[derive(Args)]
pub(crate) struct PublishArgs {
    /// A draft to publish as it is, such as isfahan/9; then nothing else is said
    #[arg(conflicts_with_all = ["knowledge_type", "title"])]
    id: Option<KnowledgeName>,
    /// What it is
    #[arg(long = "type", id = "knowledge_type", value_name = "TYPE", value_parser = choice::<KnowledgeType>(), required_unless_present = "id")]
    knowledge_type: Option<KnowledgeType>,
    /// A short title
    #[arg(long, value_name = "TEXT", required_unless_present = "id")]
    title: Option<Texts>,
    /// What it says
    #[arg(long, value_name = "TEXT")]
    description: Option<Texts>,
    /// Where it can be had
    #[arg(long, value_name = "ADDRESS")]
    link: Option<String>,
    /// A language in which it can be had; may be repeated
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    /// What it is about, in a few words; may be repeated
    #[arg(long, value_name = "WORDS")]
    topic: Vec<String>,
    /// When it was published: 2027-03-15, "mid-February 2027-02-10..2027-02-20"
    #[arg(long, value_name = "WHEN", value_parser = when::parse_past)]
    published: Option<When>,
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

/// `quince knowledge retract`
#[derive(Args)]
pub(crate) struct RetractArgs {
    /// Its id, such as isfahan/9
    id: KnowledgeName,
    /// Why
    #[arg(long)]
    reason: String,
    /// The own piece of knowledge that takes its place
    #[arg(long, value_name = "ID")]
    superseded_by: Option<KnowledgeName>,
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
                let request = GetKnowledgeRequest { name: id.to_string() };
                let shown =
                    cx.node.call(request, async |r| cx.node.knowledge().get_knowledge(r).await).await?;
                cx.shown(&shown)
            }
            Self::Retract(args) => retract(cx, args).await,
        }
    }
}

async fn create(cx: &mut Context<'_>, args: PublishArgs) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let author = cx.author();
    let record = record::Knowledge {
        common: Some(args.common.to_record(At::Flags, &author, &mut faults)),
        r#type: args.knowledge_type.map_or(0, Into::into),
        title: texts(args.title.as_ref(), &author),
        description: texts(args.description.as_ref(), &author),
        locator: args.link.unwrap_or_default(),
        languages: args.language,
        topics: args.topic,
        published: args.published,
        ..record::Knowledge::default()
    };
    faults.end()?;
    own_parties(cx, &args.common).await?;
    let id = args.write.id();
    let request = CreateKnowledgeRequest {
        knowledge: Some(Knowledge { record: Some(record), ..Knowledge::default() }),
        request_id: id.clone(),
        draft: args.draft,
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut created =
        cx.node.write(&id, request, async |r| cx.node.knowledge().create_knowledge(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        created.name.clear();
    }
    cx.written(&created)
}

/// draft -> published.
async fn publish(
    cx: &mut Context<'_>,
    id: &KnowledgeName,
    etag: &EtagArgs,
    write: &WriteArgs,
) -> Result<(), Failure> {
    let request_id = write.id();
    let request =
        PublishKnowledgeRequest { name: id.to_string(), etag: etag.etag(), request_id: request_id.clone() };
    let published =
        cx.node.write(&request_id, request, async |r| cx.node.knowledge().publish_knowledge(r).await).await?;
    cx.written(&published)
}

async fn list(cx: &mut Context<'_>, node: Option<&Handle>, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListKnowledgeRequest { parent: parent(node), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.knowledge().list_knowledge(r).await).await?;
        Ok((page.knowledge, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn retract(cx: &mut Context<'_>, args: RetractArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, "retracting this piece of knowledge")?;
    let id = args.write.id();
    let request = RetractKnowledgeRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        reason: args.reason,
        superseded_by: name_or_empty(args.superseded_by.as_ref()),
    };
    let retracted =
        cx.node.write(&id, request, async |r| cx.node.knowledge().retract_knowledge(r).await).await?;
    cx.written(&retracted)
}
