//! `quince match why-not`: what keeps a need or an offer from being suggested in full.

use std::str::FromStr;

use clap::Args;
use quince_proto::api::v1::{CarriageOutcome, ExplainMatchRequest, ExplainMatchResponse, Match, Need, Offer};
use quince_proto::record::v1::{OfferLine, Qualifier};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::name::{Needs, Offers, RecordOrLine, short};
use crate::print::clean::{clean, escape_json};
use crate::print::cover::{Cover, grouped, sum};
use crate::print::json::to_json;
use crate::print::suggestion::{blocked, obstacles};
use crate::verbs::matches::explain;
use crate::verbs::{need, offer};

/// Shown below the help of `why-not`.
pub(super) const HELP: &str = "\
For each line of which more is open than is suggested: how much that is, the nearest candidates that are not \
suggested, and what blocks each of them. What a sentence names is what to change: a date, a grade, an attribute, terms.

What is asked for and not yet answered does not count as open. What is suggested and nobody carries is told too: a \
transport for it is lacking.

With --json each line is an object of `line`, `open`, which is missing where it is not known, `suggested`, and \
`explanation`, which is what `quince match explain` answers.

An id alone is looked up as a need's first, and then as an offer's.

Examples:
  quince match why-not isfahan/17
  quince match why-not quanzhou/4.2
  quince match why-not --offer quanzhou/4";

/// `quince match why-not`
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhyNotArgs {
    /// A need, an offer, or a line of one, such as isfahan/17 or isfahan/17.2
    #[arg(value_name = "ID")]
    id: Option<Either>,
    /// A need or a line of it
    #[arg(long, value_name = "ID")]
    need: Option<RecordOrLine<Needs>>,
    /// An offer or a line of it
    #[arg(long, value_name = "ID")]
    offer: Option<RecordOrLine<Offers>>,
}

/// An id that may be a need's and an offer's; a full name says itself which.
#[derive(Debug, Clone)]
struct Either {
    typed: String,
    need: Option<RecordOrLine<Needs>>,
    offer: Option<RecordOrLine<Offers>>,
}

/// A line to ask about.
struct Line {
    /// Its short name.
    name: String,
    request: ExplainMatchRequest,
    /// How much of it suggestions could still take up; `None` where its quantity is not known.
    open: Option<i64>,
}

impl FromStr for Either {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (need, offer) = (text.parse().ok(), text.parse().ok());
        if need.is_none() && offer.is_none() {
            return Err(
                "expected a need, an offer or a line of one, such as isfahan/17 or isfahan/17.2".to_owned()
            );
        }
        Ok(Self { typed: text.to_owned(), need, offer })
    }
}

/// Asks about each line and tells what is in the way of those that lack suggestions.
pub(super) async fn why_not(cx: &mut Context<'_>, args: &WhyNotArgs) -> Result<(), Failure> {
    for line in lines(cx, args).await? {
        let explained = explain(cx, line.request.clone()).await?;
        let suggested = sum(explained.matches.iter().map(|one| one.amount));
        if cx.print.is_json() {
            cx.print.data(&json(&line, suggested, &explained))?;
        } else {
            cx.print.data(&format!("{}\n", told(&line, suggested, &explained)))?;
        }
    }
    Ok(())
}

async fn lines(cx: &Context<'_>, args: &WhyNotArgs) -> Result<Vec<Line>, Failure> {
    if let Some(id) = &args.need {
        return of_need(&need::get(cx, &id.record).await?, id.line);
    }
    if let Some(id) = &args.offer {
        return of_offer(&offer::get(cx, &id.record).await?, id.line);
    }
    let id = args.id.as_ref().expect("clap requires one of the three");
    if let Some(RecordOrLine { record, line }) = &id.need {
        match need::get(cx, record).await {
            Err(failure) if failure.exit == Exit::NotFound && id.offer.is_some() => {}
            found => return of_need(&found?, *line),
        }
    }
    if let Some(RecordOrLine { record, line }) = &id.offer {
        return match offer::get(cx, record).await {
            Err(failure) if failure.exit == Exit::NotFound && id.need.is_some() => {
                let message =
                    format!("{}: this node knows neither a need nor an offer of that name", id.typed);
                Err(Failure::new(Exit::NotFound, message)
                    .with_hint("quince need list and quince offer list show them"))
            }
            found => of_offer(&found?, *line),
        };
    }
    Ok(Vec::new())
}

fn of_need(need: &Need, only: Option<u32>) -> Result<Vec<Line>, Failure> {
    let record = need.record.clone().unwrap_or_default();
    let lines = record.lines.iter().map(|line| {
        let cover = Cover::of_line(need, line, &[]);
        let need_line = format!("{}/lines/{}", need.name, line.line);
        let request = ExplainMatchRequest { need_line, ..ExplainMatchRequest::default() };
        let open = cover.open().map(|open| open.saturating_sub(cover.requested).max(0));
        (line.line, Line { name: cover.line, request, open })
    });
    chosen(&need.name, lines.collect(), only)
}

fn of_offer(offer: &Offer, only: Option<u32>) -> Result<Vec<Line>, Failure> {
    let record = offer.record.clone().unwrap_or_default();
    let lines = record.lines.iter().map(|line| {
        let offer_line = format!("{}/lines/{}", offer.name, line.line);
        let name = short(&offer_line);
        let request = ExplainMatchRequest { offer_line, ..ExplainMatchRequest::default() };
        (line.line, Line { name, request, open: left(offer, line) })
    });
    chosen(&offer.name, lines.collect(), only)
}

/// What of an offer's line is neither promised nor asked for.
fn left(offer: &Offer, line: &OfferLine) -> Option<i64> {
    let quantity = line.quantity.as_ref().filter(|quantity| quantity.qualifier() != Qualifier::Unknown)?;
    let Some(coverage) = offer.coverage.iter().find(|one| one.line == line.line) else {
        return Some(quantity.amount);
    };
    coverage.outstanding.map(|left| left.saturating_sub(coverage.requested).max(0))
}

/// All lines, or the one that was asked for.
fn chosen(record: &str, lines: Vec<(u32, Line)>, only: Option<u32>) -> Result<Vec<Line>, Failure> {
    let numbers: Vec<String> = lines.iter().map(|(number, _)| number.to_string()).collect();
    let chosen: Vec<Line> = lines
        .into_iter()
        .filter(|(number, _)| only.is_none_or(|only| only == *number))
        .map(|(_, line)| line)
        .collect();
    match only {
        Some(only) if chosen.is_empty() => {
            let (record, numbers) = (short(record), numbers.join(", "));
            let message = format!("{record} has no line {only}, expected one of {numbers}");
            Err(Failure::new(Exit::NotFound, message))
        }
        _ => Ok(chosen),
    }
}

/// For people: how much is lacking, and below it each candidate with what blocks it.
fn told(line: &Line, suggested: i64, explained: &ExplainMatchResponse) -> String {
    let name = &line.name;
    let lacks = line.open.is_none_or(|open| suggested < open);
    let mut head = match (line.open, lacks) {
        (Some(0), _) => format!("{name}: nothing is open"),
        (Some(open), false) => format!("{name}: all {} that are open are suggested", grouped(open)),
        (Some(open), true) => {
            format!("{name}: {} of {} open are suggested", grouped(suggested), grouped(open))
        }
        (None, _) => format!("{name}: {} of an unknown quantity are suggested", grouped(suggested)),
    };
    if lacks && explained.blocked.is_empty() {
        head += "; nothing else comes near it";
    }
    let blocked = explained.blocked.iter().filter(|_| lacks).map(|one| blocked(one, "  "));
    let below: String = explained.matches.iter().filter_map(stranded).chain(blocked).collect();
    format!("{head}\n{below}").trim_end().to_owned()
}

/// What is suggested and cannot travel.
fn stranded(one: &Match) -> Option<String> {
    let carriage = one.carriage.as_ref().filter(|one| one.outcome() == CarriageOutcome::Stranded)?;
    let (need, offer) = (short(&one.need_line), short(&one.offer_line));
    let head =
        format!("need {need} <- offer {offer}: {} suggested, and nobody carries it", grouped(one.amount));
    Some(format!("  {}\n{}", clean(&head), obstacles(carriage, "    ")))
}

/// The same for programs; amounts as the contract's JSON has them.
fn json(line: &Line, suggested: i64, explained: &ExplainMatchResponse) -> String {
    let ExplainMatchRequest { need_line, offer_line, .. } = &line.request;
    let name = if need_line.is_empty() { offer_line } else { need_line };
    let open = line.open.map(|open| format!(r#""open":"{open}","#)).unwrap_or_default();
    let (name, explained) = (escape_json(&serde_json::json!(name).to_string()), to_json(explained));
    format!("{{\"explanation\":{explained},\"line\":{name},{open}\"suggested\":\"{suggested}\"}}\n")
}
