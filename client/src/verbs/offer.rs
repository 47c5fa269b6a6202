//! `quince offer`: what cities can give, from the first draft to the end.

pub(super) mod edit;

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    AcceptOfferRequest, CloseOfferRequest, ConfirmOfferRequest, GetOfferRequest, ListOfferRevisionsRequest,
    ListOffersRequest, Need, Offer, OfferFilter, WithdrawOfferRequest,
};
use quince_proto::record::v1::{self as record, Common, NeedLine, OfferState, Place, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::text::Texts;
use crate::input::when::Means;
use crate::input::{place, when};
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{OfferLineName, OfferName, numbers, parent};

/// `quince offer …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Offer something: one line by flags, several by a file. It opens at once unless --draft
    #[command(after_long_help = edit::FILE_HELP)]
    Create(edit::CreateArgs),
    /// List offers of all cities
    List(ListOffers),
    /// Show an offer: its lines, and what is left of each
    Show {
        /// Its id, such as quanzhou/4
        id: OfferName,
    },
    /// Change an own offer: texts, one line by flags, or all lines by a file
    #[command(after_long_help = edit::FILE_HELP)]
    Update(edit::UpdateArgs),
    /// Say that the stock is still there; after 30 days without it an offer leaves matching
    Confirm(StepArgs),
    /// Take an offer that was never asked for: writes a need and a requisition together
    Accept(AcceptArgs),
    /// Take an own offer back, for good
    Withdraw {
        #[command(flatten)]
        step: StepArgs,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        sure: SureArgs,
    },
    /// Nothing more to give: pending requisitions are declined
    Close {
        #[command(flatten)]
        step: StepArgs,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        sure: SureArgs,
    },
    /// List an offer's revisions, newest first
    History {
        /// Its id, such as quanzhou/4
        id: OfferName,
        #[command(flatten)]
        list: ListArgs,
    },
}

/// Of every step in an offer's life.
#[derive(Args)]
pub(crate) struct StepArgs {
    /// Its id, such as quanzhou/4
    id: OfferName,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince offer list`
#[derive(Args)]
pub(crate) struct ListOffers {
    /// Only those of this node
    #[arg(long, value_name = "HANDLE")]
    node: Option<Handle>,
    /// Only those in this state; may be repeated
    #[arg(long, value_parser = choice::<OfferState>())]
    state: Vec<OfferState>,
    /// Only those with this item
    #[arg(long, value_name = "CODE")]
    item: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

/// `quince offer accept`
#[derive(Args)]
pub(crate) struct AcceptArgs {
    /// The line to take, such as quanzhou/4.1
    line: OfferLineName,
    /// How much, in the offer line's base unit
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(1..))]
    quantity: i64,
    /// 1 (life-saving) to 4
    #[arg(long, value_name = "TIER", value_parser = clap::value_parser!(u32).range(1..=4))]
    urgency: u32,
    /// Where to: NAME,CC or NAME,CC,LAT,LON
    #[arg(long, value_name = "PLACE", value_parser = place::parse)]
    to: Place,
    /// When: 2027-03-15, 2027-03-01..2027-03-15, "mid-February 2027-02-10..2027-02-20"
    #[arg(long, value_name = "WHEN", value_parser = latest)]
    by: Option<When>,
    /// A short title
    #[arg(long, value_name = "TEXT")]
    title: Option<Texts>,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(args) => edit::create(cx, args).await,
            Self::List(args) => list(cx, args).await,
            Self::Show { id } => {
                let offer = get(cx, &id).await?;
                cx.shown(&offer)
            }
            Self::Update(args) => edit::update(cx, args).await,
            Self::Confirm(step) => confirm(cx, &step).await,
            Self::Accept(args) => accept(cx, args).await,
            Self::Withdraw { step, reason, sure } => {
                cx.confirm(&sure, "withdrawing this offer")?;
                withdraw(cx, &step, reason).await
            }
            Self::Close { step, reason, sure } => {
                cx.confirm(&sure, "closing this offer")?;
                close(cx, &step, reason).await
            }
            Self::History { id, list } => history(cx, &id, list.limit).await,
        }
    }
}

/// The offer of this name.
pub(super) async fn get(cx: &Context<'_>, id: &OfferName) -> Result<Offer, Failure> {
    let request = GetOfferRequest { name: id.to_string() };
    cx.node.call(request, async |r| cx.node.offers().get_offer(r).await).await
}

async fn list(cx: &mut Context<'_>, args: ListOffers) -> Result<(), Failure> {
    let filter = OfferFilter { states: numbers(&args.state), item: args.item.unwrap_or_default() };
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListOffersRequest {
            parent: parent(args.node.as_ref()),
            page_size,
            page_token,
            filter: Some(filter.clone()),
        };
        let page = cx.node.call(request, async |r| cx.node.offers().list_offers(r).await).await?;
        Ok((page.offers, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn confirm(cx: &mut Context<'_>, step: &StepArgs) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = ConfirmOfferRequest { name, etag, request_id: request_id.clone() };
    let offer =
        cx.node.write(&request_id, request, async |r| cx.node.offers().confirm_offer(r).await).await?;
    cx.written(&offer)
}

/// The item of the need comes from the offer's line; the rest is what the taker says.
async fn accept(cx: &mut Context<'_>, args: AcceptArgs) -> Result<(), Failure> {
    let author = cx.author();
    let line = NeedLine {
        line: 1,
        urgency: args.urgency,
        needed: args.by,
        deliver_to: Some(args.to),
        ..NeedLine::default()
    };
    let record = record::Need {
        common: Some(Common { exercise: author.exercise, ..Common::default() }),
        title: args.title.map(|title| title.to_record(author.language)).unwrap_or_default(),
        lines: vec![line],
        ..record::Need::default()
    };
    let id = args.write.id();
    let request = AcceptOfferRequest {
        offer_line: args.line.to_string(),
        amount: args.quantity,
        request_id: id.clone(),
        need: Some(Need { record: Some(record), ..Need::default() }),
    };
    let accepted = cx.node.write(&id, request, async |r| cx.node.offers().accept_offer(r).await).await?;
    cx.written(&accepted)
}

async fn withdraw(cx: &mut Context<'_>, step: &StepArgs, reason: String) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let request = WithdrawOfferRequest { name, etag, request_id: request_id.clone(), reason };
    let offer =
        cx.node.write(&request_id, request, async |r| cx.node.offers().withdraw_offer(r).await).await?;
    cx.written(&offer)
}

async fn close(cx: &mut Context<'_>, step: &StepArgs, reason: Option<String>) -> Result<(), Failure> {
    let (name, etag, request_id) = step.parts();
    let reason = reason.unwrap_or_default();
    let request = CloseOfferRequest { name, etag, request_id: request_id.clone(), reason };
    let offer = cx.node.write(&request_id, request, async |r| cx.node.offers().close_offer(r).await).await?;
    cx.written(&offer)
}

async fn history(cx: &mut Context<'_>, id: &OfferName, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListOfferRevisionsRequest { name: id.to_string(), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.offers().list_offer_revisions(r).await).await?;
        Ok((page.revisions, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

fn latest(text: &str) -> Result<When, String> {
    when::parse(text, Means::Latest)
}

impl StepArgs {
    /// Name, etag and request id.
    fn parts(&self) -> (String, String, String) {
        (self.id.to_string(), self.etag.etag(), self.write.id())
    }
}
