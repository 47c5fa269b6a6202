//! `quince match`: suggestions of who can help whom, and why.

use std::cell::RefCell;

use clap::{Args, Subcommand};
use quince_proto::api::v1::{ExplainMatchRequest, ListMatchesRequest};

use crate::args::ListArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::collect;
use crate::print::office::plan_words;
use crate::verbs::{NeedLineName, NeedName, OfferLineName, OfferName, name_or_empty};

/// `quince match …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// List suggestions, those that wait for this city first
    List {
        /// Only those that this city could act on
        #[arg(long)]
        mine: bool,
        /// Only those of this need
        #[arg(long, value_name = "ID")]
        need: Option<NeedName>,
        /// Only those of this offer
        #[arg(long, value_name = "ID")]
        offer: Option<OfferName>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Say why a pair is or is not suggested, or what blocks a line
    Explain(ExplainArgs),
}

/// `quince match explain`
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct ExplainArgs {
    /// A need's line, such as isfahan/17.1
    #[arg(long, value_name = "LINE")]
    need: Option<NeedLineName>,
    /// An offer's line
    #[arg(long, value_name = "LINE")]
    offer: Option<OfferLineName>,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List { mine, need, offer, list } => {
                let filter = ListMatchesRequest {
                    mine_only: mine,
                    need: name_or_empty(need.as_ref()),
                    offer: name_or_empty(offer.as_ref()),
                    ..ListMatchesRequest::default()
                };
                self::list(cx, &filter, list.limit).await
            }
            Self::Explain(args) => {
                let request = ExplainMatchRequest {
                    need_line: name_or_empty(args.need.as_ref()),
                    offer_line: name_or_empty(args.offer.as_ref()),
                };
                let explained =
                    cx.node.call(request, async |r| cx.node.matches().explain_match(r).await).await?;
                cx.shown(&explained)
            }
        }
    }
}

async fn list(cx: &mut Context<'_>, filter: &ListMatchesRequest, limit: u32) -> Result<(), Failure> {
    let plan = RefCell::new(None);
    let all = collect(limit, async |page_size, page_token| {
        let request = ListMatchesRequest { page_size, page_token, ..filter.clone() };
        let page = cx.node.call(request, async |r| cx.node.matches().list_matches(r).await).await?;
        plan.replace(page.plan);
        Ok((page.matches, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)?;
    match plan.take() {
        Some(plan) => Ok(cx.print.say(&plan_words(&plan))?),
        None => Ok(()),
    }
}
