//! Random schedules: whatever the order of frames, disks, cuts and restarts, in the end everybody holds the same.

use proptest::prelude::*;
use quince_core::feed::Lane;

use crate::net::Net;

const CITIES: [&str; 3] = ["quanzhou", "isfahan", "turin"];

/// Steps of bad weather before it clears.
const STEPS: usize = 400;

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// One thing that happens.
fn act(net: &mut Net, dice: &mut Dice) {
    let (city, now) = (dice.below(CITIES.len()), net.now);
    match dice.below(100) {
        0..=2 => {
            let lane = Lane::ALL[1 + dice.below(4)];
            let (count, body_len) = ([1, 3, 300][dice.below(3)], [10, 1000][dice.below(2)]);
            net.cities[city].write(lane, count, body_len);
        }
        3..=4 if net.links.len() < 4 => net.connect(city, (city + 1 + dice.below(2)) % 3),
        5 if !net.links.is_empty() => net.cut(dice.below(net.links.len())),
        6 if dice.below(4) == 0 => crash(net, city),
        7 => flip(net, dice, city),
        8..=30 => {
            net.cities[city].work(now);
        }
        31..=45 => {
            net.cities[city].spread(now);
        }
        46..=60 => {
            net.send();
        }
        _ if !net.links.is_empty() => {
            let link = dice.below(net.links.len());
            net.deliver(link, dice.below(2));
        }
        _ => {}
    }
}

/// The process ends: its links break, what was not saved is lost.
fn crash(net: &mut Net, city: usize) {
    let touches = |net: &Net, link: usize| net.links[link].ends.iter().any(|end| end.city == city);
    for link in (0..net.links.len()).rev() {
        if touches(net, link) {
            net.cut(link);
        }
    }
    net.cities[city].restart();
}

/// A byte of somebody else's record changes on a disk.
fn flip(net: &mut Net, dice: &mut Dice, city: usize) {
    let owner = net.feed((city + 1) % 3, Lane::ALL[1 + dice.below(4)]);
    let rows = net.cities[city].disk.copy(owner).rows.len();
    if rows > 0 {
        net.cities[city].disk.flip(owner, dice.below(rows));
    }
}

/// The weather clears: damaged copies are found, everybody reaches everybody, and all come to rest.
fn clear(net: &mut Net) {
    for city in &mut net.cities {
        let feeds: Vec<_> = city.disk.copies.keys().copied().collect();
        feeds.into_iter().for_each(|feed| drop(city.disk.check(feed)));
    }
    (0..CITIES.len()).for_each(|city| crash(net, city));
    (0..CITIES.len()).for_each(|city| net.connect(city, (city + 1) % 3));
    net.drive();
    net.wait(40);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_schedule_all_cities_hold_equal_heads(seed: u64) {
        let (mut net, mut dice) = (Net::of(CITIES), Dice(seed));
        (0..STEPS).for_each(|_| act(&mut net, &mut dice));
        clear(&mut net);
        net.assert_equal();
        for alarm in net.cities.iter().flat_map(|city| &city.alarms) {
            let blames_nobody = matches!(alarm, quince_core::sync::Alarm::CopyDamaged { .. });
            prop_assert!(blames_nobody, "seed {seed}: {alarm:?}");
        }
    }
}
