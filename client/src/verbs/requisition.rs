//! `quince requisition`: ask for stock, with or without transport, take it back, refuse a hold, decline a flood.

mod bundle;

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    Answer, CreateRequisitionRequest, DeclineAllRequisitionsRequest, GetRequisitionRequest,
    ListRequisitionsRequest, RefuseHoldRequest, Requisition, WithdrawRequisitionRequest,
};
use quince_proto::record::v1::{self as record, Common, ReasonCode};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::fault::{At, Faults};
use crate::input::terms::TermsInput;
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{
    CommitmentName, NeedLineName, NeedName, OfferLineName, OfferName, RequisitionName, name_or_empty, parent,
};

/// `quince requisition …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Ask for stock of an offer line for an own need line
    Create(CreateArgs),
    /// Ask for suggested goods and for who carries them, all of it or nothing
    #[command(after_long_help = bundle::HELP)]
    Bundle(bundle::BundleArgs),
    /// List requisitions and what became of them
    List(ListRequisitions),
    /// Show a requisition
    Show {
        /// Its id, such as isfahan/19
        id: RequisitionName,
    },
    /// Take an own requisition back
    Withdraw(WithdrawArgs),
    /// Say no to a hold that a supplier placed for an own need
    Refuse {
        /// The hold's id, such as quanzhou/21
        hold: CommitmentName,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        write: WriteArgs,
    },
    /// Decline all pending requisitions of one city
    DeclineAll(DeclineAllArgs),
}

/// `quince requisition create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    /// The own need's line, such as isfahan/17.1
    #[arg(long, value_name = "LINE")]
    need: NeedLineName,
    /// The offer's line, such as quanzhou/4.1
    #[arg(long, value_name = "LINE")]
    offer: OfferLineName,
    /// How much, in the need line's base unit
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(1..))]
    quantity: i64,
    /// The hold that this answers
    #[arg(long, value_name = "ID")]
    hold: Option<CommitmentName>,
    /// Goods with less shelf life than usual are welcome
    #[arg(long)]
    accept_short_dated: bool,
    #[command(flatten)]
    terms: TermsInput,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince requisition list`
#[derive(Args)]
pub(crate) struct ListRequisitions {
    /// Only those of this node
    #[arg(long, value_name = "HANDLE")]
    node: Option<Handle>,
    /// Only those for this need
    #[arg(long, value_name = "ID")]
    need: Option<NeedName>,
    /// Only those for this offer
    #[arg(long, value_name = "ID")]
    offer: Option<OfferName>,
    /// Only those that became this
    #[arg(long, value_parser = choice::<Answer>())]
    answer: Option<Answer>,
    #[command(flatten)]
    list: ListArgs,
}

/// `quince requisition withdraw`
#[derive(Args)]
pub(crate) struct WithdrawArgs {
    /// Its id, such as isfahan/19
    id: RequisitionName,
    /// Why
    #[arg(long)]
    reason: String,
    /// Free the quantity although the supplier has not answered
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    sure: SureArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince requisition decline-all`
#[derive(Args)]
pub(crate) struct DeclineAllArgs {
    /// The requester
    #[arg(long, value_name = "HANDLE")]
    from: Handle,
    /// The kind of reason
    #[arg(long, value_name = "CODE", value_parser = choice::<ReasonCode>())]
    code: ReasonCode,
    /// Why, in words
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    sure: SureArgs,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(args) => create(cx, args).await,
            Self::Bundle(args) => bundle::bundle(cx, args).await,
            Self::List(args) => list(cx, &args).await,
            Self::Show { id } => {
                let request = GetRequisitionRequest { name: id.to_string() };
                let shown =
                    cx.node.call(request, async |r| cx.node.requisitions().get_requisition(r).await).await?;
                cx.shown(&shown)
            }
            Self::Withdraw(args) => withdraw(cx, args).await,
            Self::Refuse { hold, reason, write } => {
                let id = write.id();
                let request =
                    RefuseHoldRequest { commitment: hold.to_string(), request_id: id.clone(), reason };
                let refused = cx
                    .node
                    .write(&id, request, async |r| cx.node.requisitions().refuse_hold(r).await)
                    .await?;
                cx.written(&refused)
            }
            Self::DeclineAll(args) => decline_all(cx, args).await,
        }
    }
}

async fn create(cx: &mut Context<'_>, args: CreateArgs) -> Result<(), Failure> {
    let author = cx.author();
    let mut faults = Faults::default();
    let record = record::Requisition {
        common: Some(Common { exercise: author.exercise, ..Common::default() }),
        need_line: Some(args.need.to_ref()),
        offer_line: Some(args.offer.to_ref()),
        amount: args.quantity,
        hold: args.hold.as_ref().map(CommitmentName::to_ref),
        terms: args.terms.to_record(At::Flags, author.now, &mut faults),
        accept_short_dated: args.accept_short_dated,
        ..record::Requisition::default()
    };
    faults.end()?;
    let id = args.write.id();
    let request = CreateRequisitionRequest {
        requisition: Some(Requisition { record: Some(record), ..Requisition::default() }),
        request_id: id.clone(),
        validate_only: args.validate_only,
    };
    let mut created =
        cx.node.write(&id, request, async |r| cx.node.requisitions().create_requisition(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        created.name.clear();
    }
    cx.written(&created)
}

async fn list(cx: &mut Context<'_>, args: &ListRequisitions) -> Result<(), Failure> {
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListRequisitionsRequest {
            parent: parent(args.node.as_ref()),
            page_size,
            page_token,
            need: name_or_empty(args.need.as_ref()),
            offer: name_or_empty(args.offer.as_ref()),
            answer: args.answer.map_or(0, Into::into),
        };
        let page = cx.node.call(request, async |r| cx.node.requisitions().list_requisitions(r).await).await?;
        Ok((page.requisitions, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn withdraw(cx: &mut Context<'_>, args: WithdrawArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, "withdrawing this requisition")?;
    let id = args.write.id();
    let request = WithdrawRequisitionRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        reason: args.reason,
        force: args.force,
    };
    let withdrawn =
        cx.node.write(&id, request, async |r| cx.node.requisitions().withdraw_requisition(r).await).await?;
    cx.written(&withdrawn)
}

async fn decline_all(cx: &mut Context<'_>, args: DeclineAllArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, &format!("declining everything that {} asks for", args.from))?;
    let id = args.write.id();
    let request = DeclineAllRequisitionsRequest {
        requester: args.from.node(),
        reason_code: args.code.into(),
        reason: args.reason.unwrap_or_default(),
        request_id: id.clone(),
    };
    let declined = cx
        .node
        .write(&id, request, async |r| cx.node.commitments().decline_all_requisitions(r).await)
        .await?;
    for commitment in &declined.commitments {
        cx.written(commitment)?;
    }
    Ok(cx.print.say(&format!("{} requisitions of {} declined", declined.commitments.len(), args.from))?)
}
