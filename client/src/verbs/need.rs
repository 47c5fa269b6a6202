//! `quince need`: what cities ask for, from the first draft to the end.

pub(super) mod edit;

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    ApproveNeedRequest, GetNeedRequest, HoldNeedRequest, ListNeedRevisionsRequest, ListNeedsRequest,
    MarkNeedDuplicateRequest, Need, NeedFilter, ResumeNeedRequest, SubmitNeedRequest, WithdrawNeedRequest,
};
use quince_proto::record::v1::NeedState;

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{NeedName, numbers, parent};

/// `quince need …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Ask for something: one line by flags, several by a file. It opens at once unless --draft
    #[command(after_long_help = edit::FILE_HELP)]
    Create(edit::CreateArgs),
    /// List needs of all cities
    List(ListNeeds),
    /// Show a need: its lines, and how far each is
    Show {
        /// Its id, such as isfahan/17
        id: NeedName,
    },
    /// Change an own need: texts, one line by flags, or all lines by a file
    #[command(after_long_help = edit::FILE_HELP)]
    Update(edit::UpdateArgs),
    /// Hand a draft in for approval
    Submit(StepArgs),
    /// Open a need that was handed in
    Approve(StepArgs),
    /// Pause an open need
    Hold {
        #[command(flatten)]
        step: StepArgs,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Open a paused need again
    Resume(StepArgs),
    /// Take a need back, for good
    Withdraw {
        #[command(flatten)]
        step: StepArgs,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        sure: SureArgs,
    },
    /// Say that another need stays in this one's place
    Duplicate {
        #[command(flatten)]
        step: StepArgs,
        /// The need that stays
        #[arg(long, value_name = "ID")]
        of: NeedName,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// List a need's revisions, newest first
    History {
        /// Its id, such as isfahan/17
        id: NeedName,
        #[command(flatten)]
        list: ListArgs,
    },
}

/// Of every step in a need's life.
#[derive(Args)]
pub(crate) struct StepArgs {
    /// Its id, such as isfahan/17
    id: NeedName,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince need list`
#[derive(Args)]
pub(crate) struct ListNeeds {
    /// Only those of this node
    #[arg(long, value_name = "HANDLE")]
    node: Option<Handle>,
    /// Only those in this state; may be repeated
    #[arg(long, value_parser = choice::<NeedState>())]
    state: Vec<NeedState>,
    /// Only those with this item
    #[arg(long, value_name = "CODE")]
    item: Option<String>,
    /// Only those at least this urgent, 1 being the most urgent tier
    #[arg(long, value_name = "TIER", value_parser = clap::value_parser!(u32).range(1..=4))]
    urgency: Option<u32>,
    #[command(flatten)]
    list: ListArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(args) => edit::create(cx, args).await,
            Self::List(args) => list(cx, args).await,
            Self::Show { id } => {
                let need = get(cx, &id).await?;
                cx.shown(&need)
            }
            Self::Update(args) => edit::update(cx, args).await,
            Self::Submit(step) => submit(cx, &step).await,
            Self::Approve(step) => approve(cx, &step).await,
            Self::Hold { step, reason } => hold(cx, &step, reason).await,
            Self::Resume(step) => resume(cx, &step).await,
            Self::Withdraw { step, reason, sure } => {
                cx.confirm(&sure, "withdrawing this need")?;
                withdraw(cx, &step, reason).await
            }
            Self::Duplicate { step, of, reason } => duplicate(cx, &step, &of, reason).await,
            Self::History { id, list } => history(cx, &id, list.limit).await,
        }
    }
}

/// The need of this name.
pub(super) async fn get(cx: &Context<'_>, id: &NeedName) -> Result<Need, Failure> {
    let request = GetNeedRequest { name: id.to_string() };
    cx.node.call(request, async |r| cx.node.needs().get_need(r).await).await
}

async fn list(cx: &mut Context<'_>, args: ListNeeds) -> Result<(), Failure> {
    let filter = NeedFilter {
        states: numbers(&args.state),
        item: args.item.unwrap_or_default(),
        urgency_at_most: args.urgency.unwrap_or_default(),
    };
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListNeedsRequest {
            parent: parent(args.node.as_ref()),
            page_size,
            page_token,
            filter: Some(filter.clone()),
        };
        let page = cx.node.call(request, async |r| cx.node.needs().list_needs(r).await).await?;
        Ok((page.needs, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn submit(cx: &mut Context<'_>, step: &StepArgs) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = SubmitNeedRequest { name, etag, request_id: request_id.clone() };
    let need = cx.node.write(&request_id, request, async |r| cx.node.needs().submit_need(r).await).await?;
    cx.written(&need)
}

async fn approve(cx: &mut Context<'_>, step: &StepArgs) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = ApproveNeedRequest { name, etag, request_id: request_id.clone() };
    let need = cx.node.write(&request_id, request, async |r| cx.node.needs().approve_need(r).await).await?;
    cx.written(&need)
}

async fn hold(cx: &mut Context<'_>, step: &StepArgs, reason: Option<String>) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let reason = reason.unwrap_or_default();
    let request = HoldNeedRequest { name, etag, request_id: request_id.clone(), reason };
    let need = cx.node.write(&request_id, request, async |r| cx.node.needs().hold_need(r).await).await?;
    cx.written(&need)
}

async fn resume(cx: &mut Context<'_>, step: &StepArgs) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = ResumeNeedRequest { name, etag, request_id: request_id.clone() };
    let need = cx.node.write(&request_id, request, async |r| cx.node.needs().resume_need(r).await).await?;
    cx.written(&need)
}

async fn withdraw(cx: &mut Context<'_>, step: &StepArgs, reason: String) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = WithdrawNeedRequest { name, etag, request_id: request_id.clone(), reason };
    let need = cx.node.write(&request_id, request, async |r| cx.node.needs().withdraw_need(r).await).await?;
    cx.written(&need)
}

async fn duplicate(
    cx: &mut Context<'_>,
    step: &StepArgs,
    of: &NeedName,
    reason: Option<String>,
) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = MarkNeedDuplicateRequest {
        name,
        etag,
        request_id: request_id.clone(),
        duplicate_of: of.to_string(),
        reason: reason.unwrap_or_default(),
    };
    let need =
        cx.node.write(&request_id, request, async |r| cx.node.needs().mark_need_duplicate(r).await).await?;
    cx.written(&need)
}

async fn history(cx: &mut Context<'_>, id: &NeedName, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListNeedRevisionsRequest { name: id.to_string(), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.needs().list_need_revisions(r).await).await?;
        Ok((page.revisions, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

impl StepArgs {
    /// Name, etag and request id.
    fn parts(&self) -> (String, String, String) {
        (self.id.to_string(), self.etag.etag(), self.write.id())
    }
}
