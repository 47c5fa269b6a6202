//! Liars and floods: a city that splits its needs, inflates them, or writes them down for a thousand parties gains next to
//! nothing that it can use; codes of its own touch nobody; and as many crafted lines as a view can hold do not stop the plan.

use crate::matching::Plan;
use crate::matching::plan;
use crate::matching::tests::random::{Asked, Dice, Family, RATIOS};
use crate::matching::tests::served::of_need;
use crate::matching::tests::town::{CATALOGUE, Town};

/// Units offered for a hundred asked for: a lie pays where something is scarce, or nowhere.
const SCARCE: [u32; 3] = [30, 60, 90];

/// How many families every lie is tried on, over these ratios.
const FAMILIES: u64 = 204;

/// On how many of them a city invents a thousand parties: each such plan has a hundred times the pairs.
const CROWDED: u64 = 12;

/// What a liar may gain on average, in units of a hundred that it gets by being honest.
const GAIN_MAX_PERCENT: f64 = 5.0;

/// What a city writes instead of what it needs.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// Each need in so many lines.
    Split(i64),
    /// Each need so many times as large.
    Inflate(i64),
    /// Only the least urgent need so many times as large, so that nothing gets in the way of its more urgent ones.
    InflateLast(i64),
    /// So many lines, one for each party, and each asks for what all of them together need.
    Invent(u64),
}

/// What a liar truly needs in one line.
struct Truth {
    tier: u8,
    lacks: i64,
    /// The lines that ask for it.
    rows: Vec<usize>,
}

/// A family in which one city lies, and the truth.
fn lying(family: &Family, liar: usize, lie: Lie) -> (Family, Vec<Truth>) {
    let (own, others): (Vec<_>, Vec<_>) = family.needs.iter().cloned().partition(|need| need.city == liar);
    let mut lying = Family { needs: others, ..family.clone() };
    let mut next = family.next_need();
    let parties = own.len() as u64;
    let last = own.iter().map(|need| (need.tier, need.number)).max();
    let mut truth = Vec::new();
    for need in own {
        let (count, amount) = match lie {
            Lie::Split(count) => (count.min(need.amount), need.amount / count.min(need.amount)),
            Lie::Inflate(factor) => (1, need.amount * factor),
            Lie::InflateLast(factor) if last == Some((need.tier, need.number)) => (1, need.amount * factor),
            Lie::InflateLast(_) => (1, need.amount),
            Lie::Invent(count) => (i64::try_from(count / parties).unwrap(), need.amount),
        };
        let first = lying.needs.len();
        for at in 0..count {
            // The first line stays what it was, so that the lie does not turn on another hash.
            let number = if at == 0 { need.number } else { next };
            next += u64::from(at > 0);
            let rest = if let Lie::Split(_) = lie { need.amount - amount * (count - 1) } else { amount };
            let amount = if at == 0 { rest } else { amount };
            lying.needs.push(Asked { number, amount, ..need.clone() });
        }
        truth.push(Truth { tier: need.tier, lacks: need.amount, rows: (first..lying.needs.len()).collect() });
    }
    (lying, truth)
}

/// What a city can use of what it gets: of each need no more than it truly lacks; or, if it may pass on within a tier what
/// one need has too much, of each tier.
fn useful(family: &Family, truth: &[Truth]) -> [i64; 2] {
    let built = family.build();
    let plan = plan(&built.town.view(), &CATALOGUE);
    let got = |one: &Truth| one.rows.iter().map(|row| of_need(&plan, &built.needs[*row])).sum::<i64>();
    let by_line = truth.iter().map(|one| got(one).min(one.lacks)).sum();
    let by_tier = (1..=4).map(|tier| {
        let (of_tier, mut sums) = (truth.iter().filter(|one| one.tier == tier), (0, 0));
        of_tier.for_each(|one| sums = (sums.0 + got(one), sums.1 + one.lacks));
        sums.0.min(sums.1)
    });
    [by_line, by_tier.sum()]
}

/// What a lie brings over many towns.
#[derive(Default)]
struct Gain {
    honest: i64,
    lying: i64,
    parts: f64,
    cases: u32,
    worst: (f64, u64),
}

impl Gain {
    fn add(&mut self, seed: u64, honest: i64, lying: i64) {
        (self.honest, self.lying) = (self.honest + honest, self.lying + lying);
        if honest > 0 {
            let part = lying as f64 / honest as f64 - 1.0;
            (self.parts, self.cases) = (self.parts + part, self.cases + 1);
            if part > self.worst.0 {
                self.worst = (part, seed);
            }
        }
    }

    /// In all and on average over towns, in percent.
    fn percent(&self) -> [f64; 2] {
        let in_all = self.lying as f64 / self.honest as f64 - 1.0;
        [100.0 * in_all, 100.0 * self.parts / f64::from(self.cases)]
    }
}

/// Tries lies on families: asserts what each brings in all and on average, and prints that and the worst.
fn gain(lies: &[Lie], families: u64) {
    let mut gains: Vec<_> = lies.iter().map(|_| [Gain::default(), Gain::default()]).collect();
    for seed in 3_000..3_000 + families {
        let percent = SCARCE[usize::try_from(seed).unwrap() % SCARCE.len()];
        let family = Family::sized(seed, percent, (5, 15), (10, 30));
        let liar = family.needs[Dice::new(seed).below(family.needs.len())].city;
        let (honest, truth) = lying(&family, liar, Lie::Inflate(1));
        let honest = useful(&honest, &truth);
        for (lie, gains) in lies.iter().zip(&mut gains) {
            let (crafted, truth) = lying(&family, liar, *lie);
            let lying = useful(&crafted, &truth);
            gains[0].add(seed, honest[0], lying[0]);
            gains[1].add(seed, honest[1], lying[1]);
        }
    }
    for (lie, gains) in lies.iter().zip(&gains) {
        for (gain, by) in gains.iter().zip(["line", "tier"]) {
            let ([in_all, mean], (worst, seed)) = (gain.percent(), gain.worst);
            let (worst, cases) = (100.0 * worst, gain.cases);
            println!(
                "{lie:?} by {by}: {in_all:+.2} % in all, {mean:+.2} % on average of {cases}, worst {worst:+.1} % (seed {seed})"
            );
            // Passing on within a tier is more than a city can truly do, and small towns turn single units into multiples.
            let held = if by == "line" { in_all.max(mean) } else { in_all };
            assert!(held <= GAIN_MAX_PERCENT, "{lie:?} by {by}: {in_all} {mean}");
        }
    }
}

#[test]
fn a_city_that_splits_its_needs_gains_next_to_nothing() {
    gain(&[Lie::Split(2), Lie::Split(20)], FAMILIES);
}

#[test]
fn a_city_that_inflates_its_needs_or_the_least_urgent_alone_gains_next_to_nothing() {
    let all = [2, 10, 1_000].map(Lie::Inflate);
    let last = [2, 1_000].map(Lie::InflateLast);
    gain(&[&all[..], &last[..]].concat(), FAMILIES);
}

#[test]
fn a_city_that_invents_a_thousand_parties_gains_next_to_nothing() {
    gain(&[Lie::Invent(1_000)], if cfg!(debug_assertions) { CROWDED } else { FAMILIES });
}

#[test]
fn codes_of_a_citys_own_and_whatever_they_claim_change_no_plan_of_others() {
    let of_others = |plan: &Plan| -> Vec<_> {
        let others = plan.suggestions().iter().filter(|one| one.need_line.owner().as_str() != "mallory");
        others.map(|one| (one.need_line.clone(), one.offer_line.clone(), one.amount)).collect()
    };
    for seed in 0..24 {
        let family = Family::draw(5_000 + seed, RATIOS[usize::try_from(seed).unwrap() % RATIOS.len()]);
        let before = family.build().town;
        let mut after = before.clone();
        after.settle("mallory", "AA", 45, 5);
        for item in CATALOGUE.iter() {
            let code = format!("mallory:{}", item.code.code());
            after.add(&format!("need mallory {code} 1000000 tier=1 lower"));
            after.add(&format!("offer mallory {code} 1000000 attr=bfe:99::certificate"));
        }
        for city in &family.cities {
            after.add(&format!("offer mallory {}:mask.surgical.iir 1000000", city.name));
            after.add(&format!("need mallory {}:mask.surgical.iir 1000000 tier=1", city.name));
        }
        let (before, after) = (before.plan(), after.plan());
        assert_eq!(of_others(&before), of_others(&after), "seed {seed}\n{}", family.shown());
    }
}

/// Lines of many cities in one family, each at a place of its own, of which no two fit by the last rule.
fn flood(cities: usize, lines: usize, distinct: bool) -> Town {
    let mut town = Town::new();
    for city in 0..cities {
        let latitude = i32::try_from(city % 100).unwrap() - 50;
        town.settle(&format!("flood-{city}"), "AA", latitude, i32::try_from(city / 100).unwrap());
        for line in 0..lines {
            let at = if distinct { format!("at=Shed-{city}-{line}") } else { String::new() };
            town.add(&format!("need flood-{city} masks 9 tier=2 {at}"));
            town.add(&format!("offer flood-{city} masks 9 lot=10 {at}"));
        }
    }
    town
}

/// Plans such a flood with two honest needs in it and one in another family; gives what the honest needs of the flooded
/// family get, the life-saving one first, and whether the bound was reached.
fn flooded(mut town: Town) -> ([i64; 2], bool) {
    town.settle("honest", "AA", 40, 30);
    let urgent = town.add("need honest masks 30 tier=1");
    let later = town.add("need honest masks 30 tier=4");
    town.add("offer honest masks 60 earmark=honest");
    let elsewhere = town.add("need honest blankets 30 tier=4");
    town.add("offer honest blankets 30");
    let plan = town.plan();
    assert_eq!(of_need(&plan, &elsewhere), 30, "another family has a bound of its own");
    assert!(plan.suggestions().iter().all(|one| one.need_line.owner().as_str() == "honest"));
    ([&urgent, &later].map(|need| of_need(&plan, need)), plan.parts.values().any(|part| part.cut_short))
}

#[test]
fn a_thousand_lines_that_fit_nothing_leave_the_honest_ones_in_their_family_everything() {
    for distinct in [false, true] {
        assert_eq!(flooded(flood(10, 50, distinct)), ([30, 30], false));
    }
}

/// Ten thousand lines where nothing is optimized, two hundred thousand elsewhere: minutes of difference. Both are more pairs than are
/// kept.
#[test]
fn crafted_lines_by_the_thousand_end_at_the_bound_and_leave_the_honest_ones_theirs() {
    let cities = if cfg!(debug_assertions) { 5 } else { 100 };
    for distinct in [false, true] {
        let (honest, cut_short) = flooded(flood(cities, 1_000, distinct));
        println!("{cities} cities, distinct places {distinct}: {honest:?}, cut short {cut_short}");
        assert_eq!((honest, cut_short), ([30, 30], true));
    }
}
