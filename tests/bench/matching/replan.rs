//! What one changed record costs: a planner that is kept beside plans from nothing, and how much of what people are shown
//! moves with each change.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_core::domain::{Handle, ItemCode, LineId, RecordId};
use quince_core::matching::{Change, Epoch, Plan, Planner, Sources, View, plan};
use quince_tests::evaluation::problem::Problem;
use quince_tests::evaluation::{records, revise};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::watch::{Spent, Watch};
use crate::{One, say, show};

/// What the kernel counts for this process: the memory it has, and the most it ever had.
const STATUS: &str = "/proc/self/status";
const RESIDENT: &str = "VmRSS:";
const MOST: &str = "VmHWM:";

/// Which problem, and how often it changes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    one: One,
    /// Changed records, one after the other
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    changes: u64,
    /// How often everything is planned from nothing at first: the time of that is a median, with the later ones
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    cold_runs: u32,
    /// After how many changes the whole kept plan is held against one from nothing, which is timed too; the touched family
    /// always is
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    compare_every: u64,
}

/// What a run found.
#[derive(Default)]
struct Found {
    /// Memory with the records alone, and after the plan from nothing.
    memory_mib: [Option<u64>; 2],
    /// Of each plan from nothing, its view included.
    cold: Vec<Spent>,
    replans: Vec<Spent>,
    /// Of the list of everything that a kept plan suggests, by rank.
    lists: Vec<Spent>,
    /// Lines that moved of what is shown, and of the plan.
    shown: Vec<usize>,
    raw: Vec<usize>,
    families_compared: usize,
    plans_compared: usize,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let problem = arguments.one.instance(catalogue)?.problem;
    let nothing = Nothing {
        home: problem.map.cities[0].handle.clone(),
        epoch: Epoch::containing(problem.now),
        catalogue,
    };
    let families = Families::of(&problem);
    let mut sources = records::sources(&problem);
    let mut found = Found { memory_mib: [memory_mib(RESIDENT), None], ..Found::default() };
    let mut cold = nothing.plan(&sources);
    found.memory_mib[1] = memory_mib(MOST);
    for _ in 0..arguments.cold_runs {
        let watch = Watch::start();
        cold = nothing.plan(&sources);
        found.cold.push(watch.spent());
    }
    say(&format!("planned from nothing; {} suggestions", cold.suggestions().len()));
    let mut planner = Planner::new(nothing.home.clone(), nothing.epoch, Arc::new(catalogue.clone()));
    fill(&mut planner, &sources);
    planner.plan();
    let mut rng = StdRng::seed_from_u64(arguments.changes);
    let alone = |family, sources: &Sources| nothing.plan(&families.records(family, sources));
    let mut last: Vec<Last> =
        (0..families.records.len()).map(|family| Last::of(alone(family, &sources))).collect();
    for at in 1..=arguments.changes {
        let changed = change(&mut sources, &mut rng);
        let watch = Watch::start();
        changed.tell(&mut planner, &sources);
        let kept = planner.plan();
        found.replans.push(watch.spent());
        let watch = Watch::start();
        std::hint::black_box(kept.suggestions());
        found.lists.push(watch.spent());
        let family = families.of[changed.id()];
        let alone = alone(family, &sources);
        ensure!(
            families.suggestions(family, &kept) == families.suggestions(family, &alone),
            "after {at} changes the kept plan of family {family} is another one than from nothing"
        );
        found.families_compared += 1;
        last[family].moves_on(alone, &mut found);
        if at % arguments.compare_every == 0 {
            let watch = Watch::start();
            cold = nothing.plan(&sources);
            found.cold.push(watch.spent());
            ensure!(kept == cold, "after {at} changes the kept plan is another one");
            found.plans_compared += 1;
            say(&format!("{at} changes; the kept plan equals one from nothing"));
        }
    }
    show(&table(&found))
}

/// A family's plan before a change, and what was shown of it: other families' do not move.
struct Last {
    plan: Plan,
    shown: Plan,
}

impl Last {
    fn of(plan: Plan) -> Self {
        Self { shown: plan.clone(), plan }
    }

    fn moves_on(&mut self, now: Plan, found: &mut Found) {
        let shown = now.shown_after(&self.shown);
        found.raw.push(lines_moved(&now, &self.plan));
        found.shown.push(lines_moved(&shown, &self.shown));
        *self = Self { plan: now, shown };
    }
}

/// Plans from nothing.
struct Nothing<'a> {
    home: Handle,
    epoch: Epoch,
    catalogue: &'a Catalogue,
}

impl Nothing<'_> {
    fn plan(&self, sources: &Sources) -> Plan {
        plan(&View::new(self.home.clone(), self.epoch, sources, self.catalogue), self.catalogue)
    }
}

/// Which family each record of a problem is in: all its records have one line.
struct Families {
    of: BTreeMap<RecordId, usize>,
    records: Vec<Vec<RecordId>>,
}

impl Families {
    fn of(problem: &Problem) -> Self {
        let (sources, mut families) = (records::sources(problem), BTreeMap::new());
        let family: BTreeMap<_, _> =
            problem.items.list.iter().map(|item| (&item.code, item.family)).collect();
        let mut put = |id: &RecordId, item: Option<&ItemCode>| {
            families.insert(id.clone(), item.and_then(|item| family.get(item)).copied().unwrap_or_default());
        };
        sources
            .needs
            .values()
            .for_each(|need| put(&need.id, need.record.lines.iter().next().map(|line| &line.item)));
        sources
            .offers
            .values()
            .for_each(|offer| put(&offer.id, offer.record.lines.iter().next().map(|line| &line.item)));
        let mut records = vec![Vec::new(); problem.families().len()];
        families.iter().for_each(|(id, family): (&RecordId, &usize)| records[*family].push(id.clone()));
        Self { of: families, records }
    }

    /// The records of one family alone, as they stand.
    fn records(&self, family: usize, all: &Sources) -> Sources {
        let ids = &self.records[family];
        let needs = ids.iter().filter_map(|id| all.needs.get(id));
        let offers = ids.iter().filter_map(|id| all.offers.get(id));
        Sources {
            needs: needs.map(|need| (need.id.clone(), need.clone())).collect(),
            offers: offers.map(|offer| (offer.id.clone(), offer.clone())).collect(),
            places: all.places.clone(),
            ..Sources::default()
        }
    }

    /// What a plan suggests in one family, in order: need line, offer line and amount.
    fn suggestions<'a>(&self, family: usize, plan: &'a Plan) -> Vec<(&'a LineId, &'a LineId, i64)> {
        let of_family = plan.suggestions().iter().filter(|one| self.of[&one.need_line.record] == family);
        of_family.map(|one| (&one.need_line, &one.offer_line, one.amount.get())).collect()
    }
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
    fn id(&self) -> &RecordId {
        match self {
            Self::Need(id) | Self::Offer(id) => id,
        }
    }

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
        revise::need_quantities(&mut need.record, rng);
        return Changed::Need(id.clone());
    }
    let (id, offer) = sources.offers.iter_mut().nth(at - needs).expect("fewer than there are");
    revise::offer_quantities(&mut offer.record, rng);
    Changed::Offer(id.clone())
}

fn lines_moved(now: &Plan, before: &Plan) -> usize {
    now.changes_since(before).iter().filter(|change| !matches!(change, Change::Added(_))).count()
}

fn table(found: &Found) -> String {
    let cold = sorted(&found.cold);
    let cold = cold[cold.len() / 2];
    let times = sorted(&found.replans);
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let mut table = String::new();
    let mut row = |what: &str, figure: String| {
        let _ = writeln!(table, "| {what} | {figure} |");
    };
    row("what", "found".to_owned());
    row("---", "---".to_owned());
    row("cold plan, view included, median CPU ms", format!("{:.1}", cold * 1e3));
    let mib = |mib: Option<u64>| mib.map_or("unknown".to_owned(), |mib| mib.to_string());
    row("memory with the records alone, MiB", mib(found.memory_mib[0]));
    row("most memory up to the cold plan, MiB", mib(found.memory_mib[1]));
    for (name, share) in [("median", 50), ("99th percentile", 99)] {
        let took = at(share);
        row(&format!("one changed record, {name}, CPU ms"), format!("{:.2}", took * 1e3));
        row(&format!("as a part of the cold plan, {name}"), format!("1/{:.0}", cold / took));
    }
    let lists = sorted(&found.lists);
    row(
        "and the list of all suggestions by rank, median, CPU ms",
        format!("{:.2}", lists[lists.len() / 2] * 1e3),
    );
    row(
        "changes after which the touched family equals one from nothing",
        found.families_compared.to_string(),
    );
    row("and the whole plan equals one from nothing", found.plans_compared.to_string());
    for (name, moved) in [("of the plan", &found.raw), ("of what is shown", &found.shown)] {
        let mut moved = moved.clone();
        moved.sort_unstable();
        let at = |share: usize| moved[(moved.len() * share / 100).min(moved.len() - 1)];
        row(
            &format!("lines {name} that move with a change"),
            format!("median {}, 95th percentile {}", at(50), at(95)),
        );
    }
    table
}

fn sorted(spent: &[Spent]) -> Vec<f64> {
    let mut times: Vec<f64> = spent.iter().map(|spent| spent.cpu()).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn memory_mib(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(STATUS).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1_024)
}
