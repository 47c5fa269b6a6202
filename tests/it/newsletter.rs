//! The newsletter played by processes that are killed again and again: the end is the same.
//!
//! Twenty times, before an act that the seed draws, one of the fourteen offices is struck a moment later: killed as a power cut
//! would, and started again. The player only asks again. What is counted at the end is what was written, once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quince_node::demo::story::Act;
use quince_node::demo::{Door, Player, Seen, Story, Verdict, federation};
use quince_tests::city::{City, Premises};
use rand::rngs::StdRng;
use rand::seq::index;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::mpsc;

use crate::OFFICE;
use crate::crash::outage::env_or;

/// How many offices are killed in one replay.
const STRIKES: usize = 20;

/// A strike falls within this time after its act begins: as long as an act takes.
const DELAY_MAX_MS: u64 = 40;

/// The offices' processes.
type Cities = Arc<Mutex<Vec<City>>>;

#[tokio::test(flavor = "multi_thread")]
async fn the_newsletter_ends_as_told_although_its_offices_are_killed_twenty_times() {
    let seed = env_or("QUINCE_CRASH_SEED", rand::random);
    say(&format!("run again with QUINCE_CRASH_SEED={seed}"));
    let mut rng = StdRng::seed_from_u64(seed);
    let story = Story::newsletter().unwrap();
    let cities = set_up(&story).await;
    let doors = doors(&cities);
    federation::found(&story.federation, &doors).await.unwrap();
    let struck_before: BTreeSet<usize> =
        index::sample(&mut rng, story.acts.len(), STRIKES).into_iter().collect();
    let (strike, strikes) = mpsc::unbounded_channel();
    let killer = tokio::spawn(kill(Arc::clone(&cities), strikes, rng));
    let mut player = Player::new(&story, doors.iter().cloned());
    let mut turn = 0;
    let played = player.play(|act: &Act| {
        if struck_before.contains(&turn) {
            strike.send(act.at.clone()).unwrap();
        }
        turn += 1;
    });
    played.await.unwrap();
    drop(strike);
    let killed = killer.await.unwrap();
    federation::settled(&doors).await.unwrap();
    let verdict = Verdict::of(&story, &doors).await.unwrap();
    let otherwise: Vec<_> = verdict.rows().filter(|judged| !judged.as_told).collect();
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert_eq!(killed, STRIKES);
    for door in &doors {
        check_counts(&story, door).await;
    }
}

/// Founds and starts every office, in threads: each of them takes a second of thought.
async fn set_up(story: &Story) -> Cities {
    let founding = story.offices.iter().cloned().map(|office| {
        tokio::task::spawn_blocking(move || {
            let premises = Premises { drill: true, ..Premises::default() };
            let mut city = City::set_up_in(OFFICE, &office.handle, &office.place, &premises);
            city.spawn();
            city
        })
    });
    let founding: Vec<_> = founding.collect();
    let mut cities = Vec::new();
    for one in founding {
        cities.push(one.await.unwrap());
    }
    for city in &cities {
        city.ready().await;
    }
    Arc::new(Mutex::new(cities))
}

fn doors(cities: &Cities) -> Vec<Door> {
    let cities = cities.lock().unwrap_or_else(PoisonError::into_inner);
    cities.iter().map(|city| Door::of(city.handle(), &city.data()).unwrap()).collect()
}

/// Kills an office for each strike, a moment after it was announced, and starts it again; gives how many. Every other time it
/// is the one that acts just then.
async fn kill(cities: Cities, mut strikes: mpsc::UnboundedReceiver<String>, mut rng: StdRng) -> usize {
    let mut killed = 0;
    while let Some(acting) = strikes.recv().await {
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..DELAY_MAX_MS))).await;
        let mut cities = cities.lock().unwrap_or_else(PoisonError::into_inner);
        let acting = cities.iter().position(|city| city.handle() == acting).unwrap();
        let struck = if rng.random() { acting } else { rng.random_range(0..cities.len()) };
        cities[struck].kill();
        cities[struck].spawn();
        killed += 1;
    }
    killed
}

/// Each act that creates made one record of its kind, and nothing else did; all of it is a drill.
async fn check_counts(story: &Story, door: &Door) {
    let acts = |call: &str| story.acts.iter().filter(|act| act.call == call).count();
    let seen = Seen::at(door).await.unwrap();
    let found = [
        ("needs", seen.needs.len(), acts("CreateNeed") + acts("AcceptOffer")),
        ("offers", seen.offers.len(), acts("CreateOffer")),
        ("consignments", seen.consignments.len(), acts("PlanConsignment")),
        ("calls", seen.calls.len(), acts("CreateCall")),
        ("partnerships", seen.partnerships.len(), acts("CreatePartnership")),
        ("messages", seen.messages.len(), acts("CreateMessage")),
        ("knowledge", seen.knowledge.len(), acts("CreateKnowledge")),
        ("reports", seen.reports.len(), acts("CreateReport")),
    ];
    for (kind, found, made) in found {
        assert_eq!(found, made, "{kind} at {}", door.handle);
    }
    let commons = seen.needs.iter().map(|need| need.record.as_ref().unwrap().common.as_ref().unwrap());
    assert!(commons.into_iter().all(|common| common.exercise), "an office in a drill writes exercises only");
}

#[expect(clippy::print_stderr, reason = "whoever runs the suite is to see the seed")]
fn say(words: &str) {
    eprintln!("newsletter: {words}");
}
