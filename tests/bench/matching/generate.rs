//! Writes a generated problem as two tables that `external` and other people's programs can read, though only the columns
//! of `external` mean something to it: tiers, windows, exclusions and earmarks are for those who know them.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use quince_core::domain::Instant;
use quince_core::domain::item::Catalogue;
use quince_core::domain::offer::Recipient;
use quince_tests::evaluation::problem::{City, Problem};

use crate::{One, create, say};

/// How many digits of a degree are told: all that a point has.
const DEGREE_DIGITS: usize = 6;

/// Where to write which problem.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder for offers.csv and needs.csv
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    one: One,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let instance = arguments.one.instance(catalogue)?;
    let problem = &instance.problem;
    write_offers(arguments, problem)?;
    write_needs(arguments, problem)?;
    say(&format!("{} offers and {} needs", problem.offers.len(), problem.needs.len()));
    if let Some(best) = instance.optimum.map(|optimum| optimum.total()) {
        say(&format!("the best plan serves {:?} units by tier over {} unit-km", best.units, best.unit_km));
    }
    Ok(())
}

fn write_offers(arguments: &Arguments, problem: &Problem) -> Result<()> {
    let mut table = csv::Writer::from_writer(create(&arguments.out, "offers.csv")?);
    table.write_record([
        "id",
        "date",
        "item",
        "quantity",
        "place",
        "lat",
        "lon",
        "country",
        "from",
        "until",
        "earmarked_for",
        "excluded",
    ])?;
    for (at, offer) in problem.offers.iter().enumerate() {
        let city = &problem.map.cities[offer.city];
        let (lat, lon) = degrees(city);
        table.write_record([
            format!("offer-{at}"),
            offer.created.to_string(),
            problem.items.list[offer.item].code.to_string(),
            offer.amount.to_string(),
            city.handle.to_string(),
            lat,
            lon,
            city.country.to_string(),
            day(offer.from),
            day(offer.until),
            names(&offer.earmarked_for),
            names(&offer.excluded),
        ])?;
    }
    Ok(table.flush()?)
}

fn write_needs(arguments: &Arguments, problem: &Problem) -> Result<()> {
    let mut table = csv::Writer::from_writer(create(&arguments.out, "needs.csv")?);
    table.write_record([
        "id",
        "date",
        "item",
        "quantity",
        "place",
        "lat",
        "lon",
        "country",
        "tier",
        "earliest",
        "due",
        "accept_lower",
    ])?;
    for (at, need) in problem.needs.iter().enumerate() {
        let city = &problem.map.cities[need.city];
        let (lat, lon) = degrees(city);
        table.write_record([
            format!("need-{at}"),
            need.created.to_string(),
            problem.items.list[need.item].code.to_string(),
            need.amount.to_string(),
            city.handle.to_string(),
            lat,
            lon,
            city.country.to_string(),
            need.tier.to_string(),
            day(need.earliest),
            day(need.due),
            need.accept_lower.to_string(),
        ])?;
    }
    Ok(table.flush()?)
}

fn degrees(city: &City) -> (String, String) {
    let text = |e6: i32| format!("{:.DEGREE_DIGITS$}", f64::from(e6) / 1_000_000.0);
    city.point.map(|point| (text(point.latitude_e6()), text(point.longitude_e6()))).unwrap_or_default()
}

fn day(instant: Option<Instant>) -> String {
    instant.map(|instant| instant.to_string()).unwrap_or_default()
}

fn names(recipients: &[Recipient]) -> String {
    recipients.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
