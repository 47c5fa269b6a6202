//! `quince consignment`: what leaves this city for another, from the plan to the end.

mod correct;
mod plan;

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    AddConsignmentEventRequest, CancelConsignmentRequest, Consignment, DispatchConsignmentRequest,
    GetConsignmentRequest, ListConsignmentsRequest,
};
use quince_proto::record::v1::{ConsignmentEvent, ConsignmentState, EventType, Place, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::{place, when};
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{CommitmentName, ConsignmentName, NeedName, name_or_empty, numbers, parent};

/// `quince consignment …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Plan a consignment of own commitments; what is planned counts against them
    #[command(after_long_help = plan::FILE_HELP)]
    Plan(plan::PlanArgs),
    /// Say that it has left
    Dispatch(DispatchArgs),
    /// Add a fact on the way; arrived, closed, returned, diverted and lost also move its state
    Event(EventArgs),
    /// Give a plan up: what was planned goes back to its commitments
    Cancel(CancelArgs),
    /// Write parts of it anew: anything while it is planned, afterwards with a reason
    #[command(after_long_help = plan::FILE_HELP)]
    Correct(correct::CorrectArgs),
    /// List consignments of all cities
    List(ListConsignmentsArgs),
    /// Show a consignment: lines, carriage, papers, events, and what the receivers counted
    Show {
        /// Its id, such as quanzhou/7
        id: ConsignmentName,
    },
}

/// What is known of a fact beside its kind.
#[derive(Args)]
pub(crate) struct FactArgs {
    /// When: 2027-03-15, 2027-03-15T12:00:00Z, 2027-03-14..2027-03-15; now when not said
    #[arg(long, value_name = "WHEN", value_parser = when::parse_past)]
    when: Option<When>,
    /// Where: NAME,CC or NAME,CC,LAT,LON
    #[arg(long, value_name = "PLACE", value_parser = place::parse, allow_hyphen_values = true)]
    place: Option<Place>,
    /// What else is to be known
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// `quince consignment dispatch`
#[derive(Args)]
pub(crate) struct DispatchArgs {
    /// Its id, such as quanzhou/7
    id: ConsignmentName,
    /// Dispatch without the papers that are still required, for this reason
    #[arg(long, value_name = "REASON")]
    waive_documents: Option<String>,
    #[command(flatten)]
    fact: FactArgs,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince consignment event`
#[derive(Args)]
pub(crate) struct EventArgs {
    /// Its id, such as quanzhou/7
    id: ConsignmentName,
    /// What happened
    #[arg(value_name = "EVENT", value_parser = choice::<EventType>())]
    event: EventType,
    #[command(flatten)]
    fact: FactArgs,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince consignment cancel`
#[derive(Args)]
pub(crate) struct CancelArgs {
    /// Its id, such as quanzhou/7
    id: ConsignmentName,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    sure: SureArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince consignment list`
#[derive(Args)]
pub(crate) struct ListConsignmentsArgs {
    /// Only those of this node
    #[arg(long, value_name = "HANDLE")]
    node: Option<Handle>,
    /// Only those with a line for this need
    #[arg(long, value_name = "ID")]
    need: Option<NeedName>,
    /// Only those with a line of this commitment
    #[arg(long, value_name = "ID")]
    commitment: Option<CommitmentName>,
    /// Only those in this state; may be repeated
    #[arg(long, value_parser = choice::<ConsignmentState>())]
    state: Vec<ConsignmentState>,
    #[command(flatten)]
    list: ListArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Plan(args) => plan::plan(cx, args).await,
            Self::Dispatch(args) => dispatch(cx, args).await,
            Self::Event(args) => event(cx, args).await,
            Self::Cancel(args) => cancel(cx, args).await,
            Self::Correct(args) => correct::correct(cx, args).await,
            Self::List(args) => list(cx, &args).await,
            Self::Show { id } => {
                let shown = get(cx, &id).await?;
                cx.shown(&shown)
            }
        }
    }
}

/// One consignment; the verbs of receipts read it too.
pub(super) async fn get(cx: &Context<'_>, id: &ConsignmentName) -> Result<Consignment, Failure> {
    let request = GetConsignmentRequest { name: id.to_string() };
    cx.node.call(request, async |r| cx.node.consignments().get_consignment(r).await).await
}

async fn dispatch(cx: &mut Context<'_>, args: DispatchArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let request = DispatchConsignmentRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        event: Some(args.fact.to_record(cx, EventType::Unspecified)),
        waive_documents: args.waive_documents.unwrap_or_default(),
    };
    let gone =
        cx.node.write(&id, request, async |r| cx.node.consignments().dispatch_consignment(r).await).await?;
    cx.written(&gone)
}

async fn event(cx: &mut Context<'_>, args: EventArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let request = AddConsignmentEventRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        event: Some(args.fact.to_record(cx, args.event)),
    };
    let moved =
        cx.node.write(&id, request, async |r| cx.node.consignments().add_consignment_event(r).await).await?;
    cx.written(&moved)
}

async fn cancel(cx: &mut Context<'_>, args: CancelArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, "cancelling this consignment")?;
    let id = args.write.id();
    let request = CancelConsignmentRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        reason: args.reason,
    };
    let cancelled =
        cx.node.write(&id, request, async |r| cx.node.consignments().cancel_consignment(r).await).await?;
    cx.written(&cancelled)
}

async fn list(cx: &mut Context<'_>, args: &ListConsignmentsArgs) -> Result<(), Failure> {
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListConsignmentsRequest {
            parent: parent(args.node.as_ref()),
            page_size,
            page_token,
            need: name_or_empty(args.need.as_ref()),
            commitment: name_or_empty(args.commitment.as_ref()),
            states: numbers(&args.state),
        };
        let page = cx.node.call(request, async |r| cx.node.consignments().list_consignments(r).await).await?;
        Ok((page.consignments, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

impl FactArgs {
    fn to_record(&self, cx: &Context<'_>, event: EventType) -> ConsignmentEvent {
        let now = when::to_instant(cx.author().now);
        let when = self.when.clone().unwrap_or(When {
            earliest: Some(now),
            latest: Some(now),
            words: String::new(),
        });
        ConsignmentEvent {
            r#type: event.into(),
            when: Some(when),
            place: self.place.clone(),
            note: self.note.clone().unwrap_or_default(),
        }
    }
}
