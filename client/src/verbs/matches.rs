//! `quince match`: suggestions of who can help whom, why, what if, and as they change.

mod compare;
mod cover;
mod simulate;
mod watch;
mod why_not;

use std::cell::RefCell;

use clap::{Args, Subcommand};
use quince_proto::api::v1::{ExplainMatchRequest, ExplainMatchResponse, ListMatchesRequest, Match, Plan};

use crate::args::ListArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Listed, collect};
use crate::print::suggestion::plan_words;
use crate::verbs::{NeedLineName, NeedName, OfferLineName, OfferName, name_or_empty};

/// Shown below the help of `list`.
const LIST_HELP: &str = "\
CARRIAGE says how goods get there: within the city, the supplier brings them, lines of transport offers carry them, \
or nobody does.

With --need, and with --mine for the own needs in the list, a bar below the table shows how far each line is covered:
  isfahan/17.1  [#####=======---.....]  500 of 2,000 received, 700 promised, 300 suggested, 500 open

A suggestion binds nobody: `quince requisition create` asks for it, `quince commitment commit` promises it.

Examples:
  quince match list --mine
  quince match list --need isfahan/17";

/// Shown below the help of `explain`.
const EXPLAIN_HELP: &str = "\
Each suggestion with its reasons, one a line, and how it travels; then at most three candidates that are not \
suggested, and what blocks them.

Examples:
  quince match explain --need isfahan/17.1
  quince match explain --need isfahan/17.1 --offer quanzhou/4.2   # this pair only";

/// Shown below the help of `plan`.
const PLAN_HELP: &str = "\
Every node plans for itself. Nodes that know the same records have the same input digest, and with the same rules, \
catalogue and epoch the same plan digest. Where the inputs differ, one of them has not heard everything yet.

With --with it says what another node's plan is to this one's: the same; of different rules, so that one is to be \
upgraded; of another time, to be fetched again; not in sync yet, which is normal; or different although everything is \
equal, which is an alarm and ends with exit code 1.

Examples:
  quince match plan --json
  quince --profile quanzhou.toml match plan --json | quince match plan --with -";

/// `quince match …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// List suggestions, those that wait for this city first
    #[command(after_long_help = LIST_HELP)]
    List(ListMatches),
    /// Say why a pair is or is not suggested, or what blocks a line
    #[command(after_long_help = EXPLAIN_HELP)]
    Explain(ExplainArgs),
    /// Say what keeps a need or an offer from being suggested, or from being suggested in full
    #[command(after_long_help = why_not::HELP)]
    WhyNot(why_not::WhyNotArgs),
    /// Show what would change if a need or an offer existed; nothing is written
    #[command(subcommand, after_long_help = simulate::HELP)]
    Simulate(simulate::Verb),
    /// Follow suggestions as they are added, changed or removed
    #[command(after_long_help = watch::HELP)]
    Watch(watch::WatchArgs),
    /// Show what this node's newest plan was computed from, to hold against another node's
    #[command(after_long_help = PLAN_HELP)]
    Plan(compare::PlanArgs),
}

/// `quince match list`
#[derive(Args)]
pub(crate) struct ListMatches {
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
            Self::List(args) => list(cx, &args).await,
            Self::Explain(args) => {
                let request = ExplainMatchRequest {
                    need_line: name_or_empty(args.need.as_ref()),
                    offer_line: name_or_empty(args.offer.as_ref()),
                    ..ExplainMatchRequest::default()
                };
                let explained = explain(cx, request).await?;
                cx.shown(&explained)
            }
            Self::WhyNot(args) => why_not::why_not(cx, &args).await,
            Self::Simulate(verb) => verb.run(cx).await,
            Self::Watch(args) => watch::watch(cx, &args).await,
            Self::Plan(args) => compare::plan(cx, &args).await,
        }
    }
}

async fn list(cx: &mut Context<'_>, args: &ListMatches) -> Result<(), Failure> {
    let filter = ListMatchesRequest {
        mine_only: args.mine,
        need: name_or_empty(args.need.as_ref()),
        offer: name_or_empty(args.offer.as_ref()),
        ..ListMatchesRequest::default()
    };
    let (all, plan) = listed(cx, &filter, args.list.limit).await?;
    cx.listed(&all)?;
    if !cx.print.is_json() {
        cover::bars_below(cx, args, &all).await?;
    }
    match plan {
        Some(plan) => Ok(cx.print.say(&plan_words(&plan))?),
        None => Ok(()),
    }
}

/// Up to `limit` suggestions, and the plan that the last of them are from.
pub(super) async fn listed(
    cx: &Context<'_>,
    filter: &ListMatchesRequest,
    limit: u32,
) -> Result<(Listed<Match>, Option<Plan>), Failure> {
    let plan = RefCell::new(None);
    let all = collect(limit, async |page_size, page_token| {
        let request = ListMatchesRequest { page_size, page_token, ..filter.clone() };
        let page = cx.node.call(request, async |r| cx.node.matches().list_matches(r).await).await?;
        plan.replace(page.plan);
        Ok((page.matches, page.next_page_token))
    });
    let all = all.await?;
    Ok((all, plan.take()))
}

async fn explain(cx: &Context<'_>, request: ExplainMatchRequest) -> Result<ExplainMatchResponse, Failure> {
    cx.node.call(request, async |r| cx.node.matches().explain_match(r).await).await
}
