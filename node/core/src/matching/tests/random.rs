//! Families of lines drawn from a seed, as rows that a test can change: split a need, inflate it, call it something else.
//! The draws have heavy tails, windows, tiers, earmarks, exclusions and partnerships, like real tables do.

use std::collections::BTreeSet;

use crate::domain::handle::Handle;
use crate::domain::id::LineId;
use crate::matching::Partners;
use crate::matching::tests::town::Town;

/// Units offered for a hundred units asked for.
pub(super) const RATIOS: [u32; 6] = [30, 60, 90, 100, 120, 200];

/// The numbers of offers begin here, those of needs at 10, so that a further line changes no other line's id.
const FIRST_OFFER: u64 = 100_000;

const ITEMS: [&str; 4] = ["masks", "masks", "respirators", "basic"];
const COUNTRIES: [&str; 5] = ["AA", "AB", "AC", "AD", "AE"];

/// A sequence that follows from a seed (SplitMix64).
pub(super) struct Dice(u64);

/// A city.
#[derive(Clone)]
pub(super) struct City {
    pub(super) name: String,
    country: &'static str,
    /// In degrees.
    latitude: i32,
    longitude: i32,
}

/// A need line.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) number: u64,
    pub(super) city: usize,
    pub(super) item: String,
    pub(super) amount: i64,
    pub(super) tier: u8,
    pub(super) counted: i64,
    /// Further options, as [`Town::add`] reads them.
    pub(super) more: String,
}

/// An offer line.
#[derive(Clone)]
pub(super) struct Offered {
    pub(super) number: u64,
    pub(super) city: usize,
    pub(super) item: String,
    pub(super) amount: i64,
    pub(super) counted: i64,
    pub(super) countries: Vec<&'static str>,
    pub(super) excluded: Vec<usize>,
    /// Further options, as [`Town::add`] reads them.
    pub(super) more: String,
}

/// The lines of one family.
#[derive(Clone)]
pub(super) struct Family {
    pub(super) cities: Vec<City>,
    pub(super) partners: Vec<(usize, usize)>,
    pub(super) needs: Vec<Asked>,
    pub(super) offers: Vec<Offered>,
}

/// A family as records, with the ids of its rows.
pub(super) struct Built {
    pub(super) town: Town,
    pub(super) needs: Vec<LineId>,
    pub(super) offers: Vec<LineId>,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// Both ends included.
    pub(super) fn between(&mut self, first: i64, last: i64) -> i64 {
        first + i64::try_from(self.next() % u64::try_from(last - first + 1).unwrap()).unwrap()
    }

    /// So many times in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn shuffle<T>(&mut self, rows: &mut [T]) {
        for at in (1..rows.len()).rev() {
            rows.swap(at, self.below(at + 1));
        }
    }

    /// Heavy-tailed, 1 to 9,999.
    fn amount(&mut self) -> i64 {
        let least = [1, 10, 10, 100, 100, 1_000][self.below(6)];
        self.between(least, least * 10 - 1)
    }
}

impl Family {
    /// 5 to 15 cities, 10 to 40 lines a side, so many units offered for a hundred asked for.
    pub(super) fn draw(seed: u64, percent: u32) -> Self {
        Self::sized(seed, percent, (5, 15), (10, 40))
    }

    /// The same with bounds of one's own.
    pub(super) fn sized(seed: u64, percent: u32, cities: (i64, i64), lines: (i64, i64)) -> Self {
        let mut dice = Dice::new(seed);
        let cities: Vec<_> = (0..dice.between(cities.0, cities.1)).map(|at| city(&mut dice, at)).collect();
        let partners = (0..cities.len() / 2).map(|_| (dice.below(cities.len()), dice.below(cities.len())));
        let partners = partners.collect();
        let count = |dice: &mut Dice| u64::try_from(dice.between(lines.0, lines.1)).unwrap();
        let (needs, offers) = (count(&mut dice), count(&mut dice));
        let needs: Vec<_> = (0..needs).map(|at| asked(&mut dice, 10 + at, cities.len())).collect();
        let offers = (0..offers).map(|at| offered(&mut dice, FIRST_OFFER + at, cities.len()));
        let mut offers: Vec<_> = offers.collect();
        let wanted = needs.iter().map(|need| need.amount).sum::<i64>() * i64::from(percent) / 100;
        let before: i64 = offers.iter().map(|offer| offer.amount).sum();
        offers.iter_mut().for_each(|offer| offer.amount = (offer.amount * wanted / before).max(1));
        Self { cities, partners, needs, offers }
    }

    /// The family as records.
    pub(super) fn build(&self) -> Built {
        let mut town = Town::new();
        for city in &self.cities {
            town.settle(&city.name, city.country, city.latitude, city.longitude);
        }
        let name = |city: usize| self.cities[city].name.parse::<Handle>().unwrap();
        let both = self.partners.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
        let published: BTreeSet<_> = both.map(|(one, other)| (name(one), name(other))).collect();
        town.sources.partners = Partners::of(&published);
        let needs = self.needs.iter().map(|need| {
            town.next = need.number;
            town.add(&self.need_line(need))
        });
        let needs = needs.collect();
        let offers = self.offers.iter().map(|offer| {
            town.next = offer.number;
            town.add(&self.offer_line(offer))
        });
        let offers = offers.collect();
        Built { town, needs, offers }
    }

    fn need_line(&self, need: &Asked) -> String {
        let Asked { number, city, item, amount, tier, counted, more } = need;
        let city = &self.cities[*city].name;
        format!("need N{number} {city} {item} {amount} tier={tier} counted={counted} {more}")
    }

    fn offer_line(&self, offer: &Offered) -> String {
        let Offered { number, city, item, amount, counted, countries, excluded, more } = offer;
        let city = &self.cities[*city].name;
        let earmark =
            if countries.is_empty() { String::new() } else { format!("earmark={}", countries.join(",")) };
        let excluded: Vec<_> = excluded.iter().map(|city| self.cities[*city].name.as_str()).collect();
        let exclude =
            if excluded.is_empty() { String::new() } else { format!("exclude={}", excluded.join(",")) };
        format!("offer O{number} {city} {item} {amount} counted={counted} {earmark} {exclude} {more}")
    }

    /// A number that no need line has.
    pub(super) fn next_need(&self) -> u64 {
        self.needs.iter().map(|need| need.number).max().unwrap_or(9) + 1
    }

    /// A number that no offer line has.
    pub(super) fn next_offer(&self) -> u64 {
        self.offers.iter().map(|offer| offer.number).max().unwrap_or(FIRST_OFFER) + 1
    }

    /// All lines in words, for a failing test to show.
    pub(super) fn shown(&self) -> String {
        let needs = self.needs.iter().map(|need| self.need_line(need));
        needs.chain(self.offers.iter().map(|offer| self.offer_line(offer))).collect::<Vec<_>>().join("\n")
    }
}

fn city(dice: &mut Dice, at: i64) -> City {
    City {
        name: format!("city-{at:02}"),
        country: COUNTRIES[dice.below(COUNTRIES.len())],
        latitude: i32::try_from(dice.between(36, 60)).unwrap(),
        longitude: i32::try_from(dice.between(-10, 40)).unwrap(),
    }
}

fn asked(dice: &mut Dice, number: u64, cities: usize) -> Asked {
    let mut more = window(dice, (60, 40), (10, 15));
    if dice.chance(20) {
        more += " lower";
    }
    if dice.chance(10) {
        more += " shelf=90";
    }
    Asked {
        number,
        city: dice.below(cities),
        item: ITEMS[dice.below(ITEMS.len())].to_owned(),
        amount: dice.amount(),
        tier: [1, 2, 2, 2, 3, 3, 3, 3, 4, 4][dice.below(10)],
        counted: 0,
        more,
    }
}

fn offered(dice: &mut Dice, number: u64, cities: usize) -> Offered {
    let mut more = window(dice, (20, 60), (30, 20));
    if dice.chance(20) {
        more += &format!(" expires={}", dice.between(30, 300));
    }
    let some = dice.below(3) + 1;
    let excluded = if dice.chance(15) { (0..some).map(|_| dice.below(cities)).collect() } else { Vec::new() };
    let country = COUNTRIES[dice.below(COUNTRIES.len())];
    Offered {
        number,
        city: dice.below(cities),
        item: ITEMS[dice.below(ITEMS.len())].to_owned(),
        amount: dice.amount(),
        counted: 0,
        countries: if dice.chance(10) { vec![country] } else { Vec::new() },
        excluded,
        more,
    }
}

/// An end and a beginning, each so many times in a hundred and within so many days.
fn window(dice: &mut Dice, (ends, last): (usize, i64), (begins, latest): (usize, i64)) -> String {
    let by = dice.chance(ends).then(|| dice.between(2, last));
    let from = dice.chance(begins).then(|| dice.between(1, latest).min(by.unwrap_or(latest)));
    let word = |name: &str, day: Option<i64>| day.map(|day| format!(" {name}={day}")).unwrap_or_default();
    word("by", by) + &word("from", from)
}
