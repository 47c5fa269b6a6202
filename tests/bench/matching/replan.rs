//! What one changed record costs: a planner that is kept beside plans from nothing, and how much of what people are shown
//! moves with each change.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::Args;
use quince_core::domain::RecordId;
use quince_core::domain::item::Catalogue;
use quince_core::domain::lines::Lines;
use quince_core::domain::quantity::{Amount, Quantity};
use quince_core::matching::{Change, Epoch, Plan, Planner, Sources, View, plan};
use quince_tests::evaluation::records;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::watch::{Spent, Watch};
use crate::{One, say, show};

/// What the kernel counts for this process: the most memory it ever had.
const STATUS: &str = "/proc/self/status";

/// Which problem, and how often it changes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    one: One,
    /// Changed records, one after the other
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    changes: u64,
    /// After how many changes the kept plan is held against one from nothing
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    compare_every: u64,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let problem = arguments.one.instance(catalogue)?.problem;
    let home = problem.map.cities[0].handle.clone();
    let epoch = Epoch::containing(problem.now);
    let mut sources = records::sources(&problem);
    let watch = Watch::start();
    let from_nothing =
        |sources: &Sources| plan(&View::new(home.clone(), epoch, sources, catalogue), catalogue);
    let mut shown = from_nothing(&sources);
    let cold = watch.spent();
    say(&format!("planned from nothing; {} suggestions", shown.suggestions().len()));
    let mut planner = Planner::new(home.clone(), epoch, Arc::new(catalogue.clone()));
    fill(&mut planner, &sources);
    planner.plan();
    let mut rng = StdRng::seed_from_u64(arguments.changes);
    let (mut replans, mut moved, mut raw_moved) = (Vec::new(), Vec::new(), Vec::new());
    let mut before = shown.clone();
    for at in 1..=arguments.changes {
        let changed = change(&mut sources, &mut rng);
        let watch = Watch::start();
        changed.tell(&mut planner, &sources);
        let now = planner.plan();
        replans.push(watch.spent());
        let next = now.shown_after(&shown);
        moved.push(lines_moved(&next, &shown));
        raw_moved.push(lines_moved(&now, &before));
        (shown, before) = (next, now);
        if at % arguments.compare_every == 0 {
            ensure!(before == from_nothing(&sources), "after {at} changes the kept plan is another one");
            say(&format!("{at} changes; the kept plan equals one from nothing"));
        }
    }
    show(&table(cold, &replans, &moved, &raw_moved))
}

fn fill(planner: &mut Planner, sources: &Sources) {
    sources.places.iter().for_each(|(city, place)| planner.set_place(city, Some(place.clone())));
    sources.needs.values().for_each(|need| planner.set_need(need.clone()));
    sources.offers.values().for_each(|offer| planner.set_offer(offer.clone()));
}

/// A record that changed.
enum Changed {
    Need(RecordId),
    Offer(RecordId),
}

impl Changed {
    fn tell(&self, planner: &mut Planner, sources: &Sources) {
        match self {
            Self::Need(id) => planner.set_need(sources.needs[id].clone()),
            Self::Offer(id) => planner.set_offer(sources.offers[id].clone()),
        }
    }
}

/// Gives a record that chance picks another quantity.
fn change(sources: &mut Sources, rng: &mut StdRng) -> Changed {
    let needs = sources.needs.len();
    let at = rng.random_range(0..needs + sources.offers.len());
    if at < needs {
        let (id, need) = sources.needs.iter_mut().nth(at).expect("fewer than there are");
        let mut lines: Vec<_> = need.record.lines.iter().cloned().collect();
        lines.iter_mut().for_each(|line| line.quantity = other(&line.quantity, rng));
        need.record.lines = Lines::new(lines).expect("as many lines as before");
        return Changed::Need(id.clone());
    }
    let (id, offer) = sources.offers.iter_mut().nth(at - needs).expect("fewer than there are");
    let mut lines: Vec<_> = offer.record.lines.iter().cloned().collect();
    lines.iter_mut().for_each(|line| line.quantity = other(&line.quantity, rng));
    offer.record.lines = Lines::new(lines).expect("as many lines as before");
    Changed::Offer(id.clone())
}

/// From half to twice as much.
fn other(quantity: &Quantity, rng: &mut StdRng) -> Quantity {
    let was = quantity.cap().unwrap_or_default().get().max(1);
    let amount = rng.random_range(was / 2..=was.saturating_mul(2).min(Amount::MAX.get())).max(1);
    Quantity::exact(Amount::new(amount).expect("within bounds"), quantity.unit.clone())
}

fn lines_moved(now: &Plan, before: &Plan) -> usize {
    now.changes_since(before).iter().filter(|change| !matches!(change, Change::Added(_))).count()
}

fn table(cold: Spent, replans: &[Spent], shown: &[usize], raw: &[usize]) -> String {
    let cpu = |spent: &Spent| spent.cpu_seconds.unwrap_or(spent.seconds);
    let mut times: Vec<f64> = replans.iter().map(cpu).collect();
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let mut table = String::new();
    let mut row = |what: &str, figure: String| {
        let _ = writeln!(table, "{what:44} {figure}");
    };
    row("cold plan, view included, CPU ms", format!("{:.1}", cpu(&cold) * 1e3));
    row("most memory of this process, MiB", memory_mib().map_or("unknown".to_owned(), |mib| mib.to_string()));
    for (name, share) in [("median", 50), ("99th percentile", 99)] {
        let took = at(share);
        row(&format!("one changed record, {name}, CPU ms"), format!("{:.2}", took * 1e3));
        row("  as a part of the cold plan", format!("1/{:.0}", cpu(&cold) / took));
    }
    for (name, moved) in [("of the plan", raw), ("of what is shown", shown)] {
        let mut moved = moved.to_vec();
        moved.sort_unstable();
        let at = |share: usize| moved[(moved.len() * share / 100).min(moved.len() - 1)];
        row(
            &format!("lines {name} that move with a change"),
            format!("median {}, 95th percentile {}", at(50), at(95)),
        );
    }
    table
}

fn memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string(STATUS).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1_024)
}
