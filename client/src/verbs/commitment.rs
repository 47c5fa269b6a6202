//! `quince commitment`: hold stock, promise it, decline, give it back.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    CommitStockRequest, Commitment, DeclineRequisitionRequest, GetCommitmentRequest, HoldStockRequest,
    ListCommitmentsRequest, ReleaseCommitmentRequest,
};
use quince_proto::record::v1::{CommitmentState, ReasonCode, Terms};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::fault::{At, Faults};
use crate::input::terms::TermsInput;
use crate::input::when;
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{
    CommitmentName, NeedLineName, NeedName, OfferLineName, OfferName, RequisitionName, name_or_empty,
    numbers, parent,
};

/// `quince commitment …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Reserve own stock for a need before its city has asked
    Hold(HoldArgs),
    /// Answer a requisition with yes, whole or in part
    Commit(CommitArgs),
    /// Answer a requisition with no
    Decline(DeclineArgs),
    /// Give stock back, whole or in part, before dispatch
    Release(ReleaseArgs),
    /// List commitments
    List(ListCommitments),
    /// Show a commitment
    Show {
        /// Its id, such as quanzhou/21
        id: CommitmentName,
    },
}

/// `quince commitment hold`
#[derive(Args)]
pub(crate) struct HoldArgs {
    /// The own offer's line, such as quanzhou/4.1
    #[arg(long, value_name = "LINE")]
    offer: OfferLineName,
    /// The need's line, such as isfahan/17.1
    #[arg(long, value_name = "LINE")]
    need: NeedLineName,
    /// How much, in the offer line's base unit
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(1..))]
    quantity: i64,
    /// Until when: a day or an instant; 72 hours when not said
    #[arg(long, value_name = "WHEN", value_parser = when::parse_end)]
    until: Option<prost_types::Timestamp>,
    #[command(flatten)]
    terms: TermsInput,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince commitment commit`
#[derive(Args)]
pub(crate) struct CommitArgs {
    /// The requisition's id, such as isfahan/19
    requisition: RequisitionName,
    /// How much, in the offer line's base unit; all that was asked for when not said
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(1..))]
    quantity: Option<i64>,
    #[command(flatten)]
    terms: TermsInput,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince commitment decline`
#[derive(Args)]
pub(crate) struct DeclineArgs {
    /// The requisition's id, such as isfahan/19
    requisition: RequisitionName,
    /// The kind of reason
    #[arg(long, value_name = "CODE", value_parser = choice::<ReasonCode>())]
    code: ReasonCode,
    /// Why, in words
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince commitment release`
#[derive(Args)]
pub(crate) struct ReleaseArgs {
    /// Its id, such as quanzhou/21
    id: CommitmentName,
    /// What stays committed; without it everything is released
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(1..))]
    keep: Option<i64>,
    /// The kind of reason
    #[arg(long, value_name = "CODE", value_parser = choice::<ReasonCode>())]
    code: ReasonCode,
    /// Why, in words
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    sure: SureArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince commitment list`
#[derive(Args)]
pub(crate) struct ListCommitments {
    /// Only those of this node
    #[arg(long, value_name = "HANDLE")]
    node: Option<Handle>,
    /// Only those for this need
    #[arg(long, value_name = "ID")]
    need: Option<NeedName>,
    /// Only those of this offer
    #[arg(long, value_name = "ID")]
    offer: Option<OfferName>,
    /// Only those in this state; may be repeated
    #[arg(long, value_parser = choice::<CommitmentState>())]
    state: Vec<CommitmentState>,
    #[command(flatten)]
    list: ListArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Hold(args) => hold(cx, args).await,
            Self::Commit(args) => commit(cx, args).await,
            Self::Decline(args) => decline(cx, args).await,
            Self::Release(args) => release(cx, args).await,
            Self::List(args) => list(cx, &args).await,
            Self::Show { id } => {
                let request = GetCommitmentRequest { name: id.to_string() };
                let shown =
                    cx.node.call(request, async |r| cx.node.commitments().get_commitment(r).await).await?;
                cx.shown(&shown)
            }
        }
    }
}

async fn hold(cx: &mut Context<'_>, args: HoldArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let request = HoldStockRequest {
        offer_line: args.offer.to_string(),
        need_line: args.need.to_string(),
        amount: args.quantity,
        held_until: args.until,
        terms: terms(cx, &args.terms)?,
        request_id: id.clone(),
    };
    let held = cx.node.write(&id, request, async |r| cx.node.commitments().hold_stock(r).await).await?;
    cx.written(&held)
}

async fn commit(cx: &mut Context<'_>, args: CommitArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let request = CommitStockRequest {
        requisition: args.requisition.to_string(),
        amount: args.quantity.unwrap_or_default(),
        terms: terms(cx, &args.terms)?,
        request_id: id.clone(),
    };
    let answer = cx.node.write(&id, request, async |r| cx.node.commitments().commit_stock(r).await).await?;
    cx.written(&answer)?;
    let promised = answer.record.as_ref().map_or(0, |record| record.amount);
    if let Some(typed) = args.quantity.filter(|typed| 0 < promised && promised < *typed) {
        cx.print.say(&format!("{promised} and not {typed}: no more was asked for, or no more is free"))?;
    }
    kept_promise(&answer)
}

/// Stock may run out between asking and answering. The answer is then written and shown all the same, but whoever
/// typed "commit" must not read success.
fn kept_promise(answer: &Commitment) -> Result<(), Failure> {
    match answer.record.as_ref().map(|record| record.state()) {
        Some(CommitmentState::Declined) => {
            Err(Failure::new(Exit::Refused, "the requisition was declined instead")
                .with_hint("the reason code says why: quince commitment show ID"))
        }
        _ => Ok(()),
    }
}

async fn decline(cx: &mut Context<'_>, args: DeclineArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let request = DeclineRequisitionRequest {
        requisition: args.requisition.to_string(),
        reason_code: args.code.into(),
        reason: args.reason.unwrap_or_default(),
        request_id: id.clone(),
    };
    let declined =
        cx.node.write(&id, request, async |r| cx.node.commitments().decline_requisition(r).await).await?;
    cx.written(&declined)
}

async fn release(cx: &mut Context<'_>, args: ReleaseArgs) -> Result<(), Failure> {
    match args.keep {
        None => cx.confirm(&args.sure, "releasing all of this commitment")?,
        Some(keep) => cx.confirm(&args.sure, &format!("releasing all but {keep} of this commitment"))?,
    }
    let id = args.write.id();
    let request = ReleaseCommitmentRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        keep_amount: args.keep.unwrap_or_default(),
        reason_code: args.code.into(),
        reason: args.reason,
        request_id: id.clone(),
    };
    let released =
        cx.node.write(&id, request, async |r| cx.node.commitments().release_commitment(r).await).await?;
    cx.written(&released)
}

async fn list(cx: &mut Context<'_>, args: &ListCommitments) -> Result<(), Failure> {
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListCommitmentsRequest {
            parent: parent(args.node.as_ref()),
            page_size,
            page_token,
            need: name_or_empty(args.need.as_ref()),
            offer: name_or_empty(args.offer.as_ref()),
            states: numbers(&args.state),
        };
        let page = cx.node.call(request, async |r| cx.node.commitments().list_commitments(r).await).await?;
        Ok((page.commitments, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

fn terms(cx: &Context<'_>, input: &TermsInput) -> Result<Option<Terms>, Failure> {
    let mut faults = Faults::default();
    let terms = input.to_record(At::Flags, cx.author().now, &mut faults);
    faults.end()?;
    Ok(terms)
}
