//! `quince requisition bundle`: asks for suggested goods and for who carries them, in one step.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use quince_proto::api::v1::{
    Carriage, CarriageOutcome, CreateBundleRequest, ListMatchesRequest, Match, Requisition,
};
use quince_proto::record::v1::{self as record, Common, LineRef, OfferLine};

use crate::args::SureArgs;
use crate::clock;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::name::{LineName, Needs, Offers, RecordOrLine, short, short_line};
use crate::print::cover::grouped;
use crate::print::suggestion::carriage;
use crate::verbs::{NeedLineName, OfferLineName, matches, offer};

/// Shown below the help of `bundle`.
pub(super) const HELP: &str = "\
Takes what `quince match list` says is carried by offers of transport: a requisition for each of the goods and one for each \
line that carries them, all of them written or none. What will be asked of whom is shown first.

They belong together: when a carrier says no, or gives back what has not left, this node withdraws the goods; when nothing \
is left to carry, it withdraws the transport. What has left is never withdrawn. Each supplier answers for itself.

Transport is asked for on an own need line. Without --transport-need a need for it is written, which ends when nothing is \
left to carry.

Nothing is asked for twice: what is asked for is no longer suggested.

Examples:
  quince requisition bundle isfahan/17                            # all lines that travel together
  quince requisition bundle isfahan/17.2 --offer quanzhou/4.1
  quince requisition bundle isfahan/17 --transport-need isfahan/18.1 --yes";

/// Suggestions of one need that are looked at: more than any need has lines.
const SUGGESTIONS_MAX: u32 = 1_000;

/// Units of which a line counts what goods weigh or fill, so that there is no least number of them.
const MEASURES: [&str; 2] = ["gram", "millilitre"];

/// `quince requisition bundle`
#[derive(Args)]
pub(crate) struct BundleArgs {
    /// The own need, or one line of it, such as isfahan/17 or isfahan/17.2
    #[arg(value_name = "NEED")]
    need: RecordOrLine<Needs>,
    /// Only what this offer, or this line of one, gives
    #[arg(long, value_name = "ID")]
    offer: Option<RecordOrLine<Offers>>,
    /// The own line that asks for the transport
    #[arg(long, value_name = "LINE")]
    transport_need: Option<NeedLineName>,
    /// How much of the transport, in its line's base unit; as suggested when not said
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(1..))]
    transport_quantity: Option<i64>,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    #[command(flatten)]
    sure: SureArgs,
}

/// A line that carries the goods, and how much of it they take.
struct Carrier {
    line: LineRef,
    amount: i64,
    unit: String,
    item: String,
}

/// Shows what will be asked of whom, and asks it.
pub(super) async fn bundle(cx: &mut Context<'_>, args: BundleArgs) -> Result<(), Failure> {
    let goods = together(cx, &args).await?;
    let carriers = carriers(cx, &args, &goods).await?;
    let asked = ask_words(&goods, &carriers);
    for line in &asked {
        cx.print.say(line)?;
    }
    if !args.validate_only {
        cx.agree(&args.sure, &format!("this asks for {} lines at once", asked.len()))?;
    }
    let id = clock::request_id();
    let request = CreateBundleRequest {
        goods: goods.iter().map(|one| goods_requisition(cx, one)).collect::<Result<_, _>>()?,
        transport: carriers.iter().map(|one| transport_requisition(cx, &args, one)).collect(),
        request_id: id.clone(),
        validate_only: args.validate_only,
    };
    let written = cx.node.call(request, async |r| cx.node.requisitions().create_bundle(r).await).await;
    let mut written = written.map_err(|failure| match failure.exit {
        Exit::Unavailable => failure
            .with_hint("whether it was written is not known: `quince requisition list --need` tells, and nothing is asked twice"),
        _ => failure,
    })?;
    if args.validate_only {
        // The names that they would have had are nobody's yet.
        written.goods.iter_mut().chain(&mut written.transport).for_each(|one| one.name.clear());
        written.need = None;
    }
    cx.written(&written)
}

/// The suggestions that are meant and carried. They must travel together, or it would be several bundles.
async fn together(cx: &mut Context<'_>, args: &BundleArgs) -> Result<Vec<Match>, Failure> {
    let filter = ListMatchesRequest {
        need: args.need.record.to_string(),
        offer: args.offer.as_ref().map(|offer| offer.record.to_string()).unwrap_or_default(),
        ..ListMatchesRequest::default()
    };
    let (listed, _) = matches::listed(cx, &filter, SUGGESTIONS_MAX).await?;
    let is_meant = |one: &Match| {
        is_line(&one.need_line, args.need.line)
            && args.offer.as_ref().is_none_or(|offer| is_line(&one.offer_line, offer.line))
    };
    let mut carried = Vec::new();
    for one in listed.rows.into_iter().filter(is_meant) {
        match &one.carriage {
            Some(carriage) if carriage.outcome() == CarriageOutcome::Carried => carried.push(one),
            Some(other) => cx.print.say(&left_out(&one, other))?,
            None => {}
        }
    }
    let bundles = bundles(carried);
    match bundles.len() {
        1 => Ok(bundles.into_iter().next().unwrap_or_default()),
        0 => {
            let need = short(&args.need.record.to_string());
            let message = format!("no suggestion for {need} is carried by an offer of transport");
            Err(Failure::new(Exit::NotFound, message).with_hint(format!(
                "`quince match list --need {need}` says how each gets there; `quince requisition create` asks for goods alone"
            )))
        }
        _ => Err(several(&bundles)),
    }
}

fn is_line(name: &str, line: Option<u32>) -> bool {
    line.is_none_or(|line| name.ends_with(&format!("/lines/{line}")))
}

fn left_out(one: &Match, how: &Carriage) -> String {
    format!("left out: {} for {}, {}", short(&one.offer_line), short(&one.need_line), carriage(Some(how)))
}

/// Suggestions that share a line of transport belong together, also by way of others.
fn bundles(carried: Vec<Match>) -> Vec<Vec<Match>> {
    let mut bundles: Vec<(BTreeSet<String>, Vec<Match>)> = Vec::new();
    for one in carried {
        let rides = one.carriage.iter().flat_map(|carriage| &carriage.rides);
        let mut lines: BTreeSet<String> = rides.map(|ride| ride.transport_line.clone()).collect();
        let mut goods = Vec::new();
        let (joined, others) = bundles.into_iter().partition(|(with, _)| !with.is_disjoint(&lines));
        let joined: Vec<(BTreeSet<String>, Vec<Match>)> = joined;
        bundles = others;
        for (with, more) in joined {
            lines.extend(with);
            goods.extend(more);
        }
        goods.push(one);
        bundles.push((lines, goods));
    }
    bundles.into_iter().map(|(_, goods)| goods).collect()
}

fn several(bundles: &[Vec<Match>]) -> Failure {
    let told: Vec<String> = bundles
        .iter()
        .map(|goods| {
            let lines: BTreeSet<String> = goods.iter().map(|one| short(&one.need_line)).collect();
            let by = goods.first().map(|one| carriage(one.carriage.as_ref())).unwrap_or_default();
            format!("{} {by}", lines.into_iter().collect::<Vec<_>>().join(" "))
        })
        .collect();
    let message = format!("these travel apart, in {} bundles: {}", told.len(), told.join("; "));
    Failure::new(Exit::Usage, message)
        .with_hint("name one line, and with --offer one of its offers, for each bundle")
}

/// Each line that carries some of the goods, with the units that its journeys take together.
async fn carriers(cx: &Context<'_>, args: &BundleArgs, goods: &[Match]) -> Result<Vec<Carrier>, Failure> {
    let mut journeys: BTreeMap<&str, BTreeMap<u32, i64>> = BTreeMap::new();
    for ride in goods.iter().filter_map(|one| one.carriage.as_ref()).flat_map(|carriage| &carriage.rides) {
        let units = journeys.entry(&ride.transport_line).or_default().entry(ride.journey).or_default();
        *units = units.saturating_add(ride.units);
    }
    if args.transport_quantity.is_some() && journeys.len() > 1 {
        let message =
            format!("{} lines carry it, expected one to which --transport-quantity applies", journeys.len());
        return Err(Failure::new(Exit::Usage, message)
            .with_hint("name one line of the need, or leave the quantity out"));
    }
    let mut carriers = Vec::new();
    for (name, units) in journeys {
        let line = line_ref(name)?;
        let offered = offered(cx, name, &line).await?;
        let unit = offered.quantity.as_ref().map(|quantity| quantity.unit.clone()).unwrap_or_default();
        let amount = match args.transport_quantity {
            Some(amount) => amount,
            None => suggested(&line, &unit, offered.min_lot, &units)?,
        };
        carriers.push(Carrier { line, amount, unit, item: offered.item });
    }
    Ok(carriers)
}

/// A journey takes at least one unit of what makes journeys, and what nobody weighed cannot be counted by weight.
fn suggested(
    line: &LineRef,
    unit: &str,
    min_lot: i64,
    journeys: &BTreeMap<u32, i64>,
) -> Result<i64, Failure> {
    let measured = MEASURES.contains(&unit);
    let least = if measured { min_lot } else { min_lot.max(1) };
    let amount = journeys.values().fold(0_i64, |sum, units| sum.saturating_add((*units).max(least)));
    if amount > 0 {
        return Ok(amount);
    }
    let message = format!(
        "{} is counted in {unit}, and how much the goods take of that is not stated",
        short_line(line)
    );
    Err(Failure::new(Exit::Usage, message).with_hint("say it with --transport-quantity"))
}

async fn offered(cx: &Context<'_>, name: &str, line: &LineRef) -> Result<OfferLine, Failure> {
    let named: OfferLineName = parsed(name)?;
    let found = offer::get(cx, named.record()).await?.record.unwrap_or_default();
    let found = found.lines.into_iter().find(|one| one.line == line.line);
    found.ok_or_else(|| Failure::new(Exit::NotFound, format!("there is no line {}", short_line(line))))
}

fn line_ref(name: &str) -> Result<LineRef, Failure> {
    parsed::<Offers>(name).map(|line| line.to_ref())
}

/// A name that the node told.
fn parsed<C: crate::name::Collection>(name: &str) -> Result<LineName<C>, Failure> {
    name.parse().map_err(|_| Failure::new(Exit::Failed, format!("the node told of {name}, which is no line")))
}

/// What will be asked of whom, a line each.
fn ask_words(goods: &[Match], carriers: &[Carrier]) -> Vec<String> {
    let goods = goods.iter().map(|one| {
        let (need, offer) = (short(&one.need_line), short(&one.offer_line));
        let city = offer.split('/').next().unwrap_or_default();
        format!("ask {city} for {} {} of {}: {offer} for {need}", grouped(one.amount), one.unit, one.item)
    });
    let transport = carriers.iter().map(|one| {
        let (line, amount) = (short_line(&one.line), grouped(one.amount));
        format!("ask {} for {amount} {} of {}: {line}, to carry it", one.line.owner, one.unit, one.item)
    });
    goods.chain(transport).collect()
}

fn goods_requisition(cx: &Context<'_>, one: &Match) -> Result<Requisition, Failure> {
    let need: NeedLineName = parsed(&one.need_line)?;
    Ok(requisition(cx, Some(need.to_ref()), line_ref(&one.offer_line)?, one.amount))
}

fn transport_requisition(cx: &Context<'_>, args: &BundleArgs, one: &Carrier) -> Requisition {
    let need_line = args.transport_need.as_ref().map(NeedLineName::to_ref);
    requisition(cx, need_line, one.line.clone(), one.amount)
}

fn requisition(
    cx: &Context<'_>,
    need_line: Option<LineRef>,
    offer_line: LineRef,
    amount: i64,
) -> Requisition {
    let common = Some(Common { exercise: cx.author().exercise, ..Common::default() });
    let record =
        record::Requisition { common, need_line, offer_line: Some(offer_line), amount, ..Default::default() };
    Requisition { record: Some(record), ..Requisition::default() }
}
