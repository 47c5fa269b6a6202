//! Twins: the planners of two nodes of one federation, which hear of the same changes in different batches and in different
//! order, one of them now and then from nothing. Their digests must be equal after every step.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Result, ensure};
use quince_core::domain::Handle;
use quince_core::domain::item::Catalogue;
use quince_core::matching::{Plan, Planner};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::evaluation::draw;
use crate::evaluation::generate::Recipe;
use crate::evaluation::world::{Change, Reader, World};

/// How many changes make a step, at most.
const STEP_CHANGES_MAX: u64 = 8;

/// How many of a hundred changes the first node plans at once, although more of the step is coming.
const AT_ONCE_PERCENT: u32 = 30;

/// How many of a hundred steps begin with the second node's restart.
const RESTARTS_PERCENT: u32 = 2;

/// How a run went in which all digests were equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreed {
    /// Changed records and the like.
    pub changes: u64,
    /// Steps, after each of which both digests were compared.
    pub steps: u64,
    /// How often the second node began from nothing.
    pub restarts: u64,
    /// How many different plans there were.
    pub plans: usize,
    /// The most suggestions of a plan.
    pub suggestions_max: usize,
}

/// Two nodes, and what they hear of.
struct Twins {
    homes: [Handle; 2],
    planners: [Planner; 2],
    world: World,
    catalogue: Arc<Catalogue>,
    rng: StdRng,
}

/// Lets a problem change so often, and compares the two nodes' digests of inputs and of plans after every step.
///
/// # Errors
/// When two digests differ: after which step, and of what.
pub fn agree(recipe: &Recipe, changes: u64, catalogue: &Catalogue) -> Result<Agreed> {
    let mut twins = Twins::new(recipe, catalogue);
    let (mut agreed, mut plans) = (Agreed::default(), BTreeSet::new());
    loop {
        let [one, other] = twins.planners.each_mut().map(Planner::plan);
        let when = || format!("seed {}, step {}, {} changes", recipe.seed, agreed.steps, agreed.changes);
        compare(&one, &other, &when)?;
        plans.insert(one.digest);
        agreed.suggestions_max = agreed.suggestions_max.max(one.suggestions().len());
        if agreed.changes >= changes {
            return Ok(Agreed { plans: plans.len(), ..agreed });
        }
        let left = changes - agreed.changes;
        let step = twins.rng.random_range(1..=STEP_CHANGES_MAX.min(left));
        agreed.restarts += u64::from(twins.step(step));
        agreed.changes += step;
        agreed.steps += 1;
    }
}

fn compare(one: &Plan, other: &Plan, when: &dyn Fn() -> String) -> Result<()> {
    let inputs = one.input_digest == other.input_digest;
    ensure!(inputs, "{}: the inputs differ: {} and {}", when(), one.input_digest, other.input_digest);
    let plans = one.digest == other.digest;
    ensure!(plans, "{}: equal inputs, but plans differ: {} and {}", when(), one.digest, other.digest);
    Ok(())
}

impl Twins {
    fn new(recipe: &Recipe, catalogue: &Catalogue) -> Self {
        let problem = recipe.instance(catalogue).problem;
        let cities = &problem.map.cities;
        let homes = [cities[0].handle.clone(), cities[cities.len() - 1].handle.clone()];
        let catalogue = Arc::new(catalogue.clone());
        let mut rng = StdRng::seed_from_u64(recipe.seed);
        let world = World::new(&problem, &homes, StdRng::from_rng(&mut rng));
        let planners =
            homes.each_ref().map(|home| Planner::new(home.clone(), world.epoch(), Arc::clone(&catalogue)));
        let mut twins = Self { homes, planners, world, catalogue, rng };
        (0..2).for_each(|node| twins.begin(node));
        twins
    }

    /// A node starts and reads everything, in whatever order.
    fn begin(&mut self, node: usize) {
        let (home, epoch) = (self.homes[node].clone(), self.world.epoch());
        self.planners[node] = Planner::new(home, epoch, Arc::clone(&self.catalogue));
        let mut everything = self.world.everything(node);
        shuffle(&mut everything, &mut self.rng);
        everything.into_iter().for_each(|change| change.tell(&mut self.planners[node]));
    }

    /// Lets so much change. Tells whether the second node was restarted.
    fn step(&mut self, changes: u64) -> bool {
        let mut heard: [Vec<Change>; 2] = Default::default();
        for _ in 0..changes {
            let (reader, change) = self.world.change();
            for (node, heard) in heard.iter_mut().enumerate() {
                if matches!(reader, Reader::All) || reader == Reader::Only(node) {
                    heard.push(change.clone());
                }
            }
        }
        let [first, second] = heard;
        for change in first {
            change.tell(&mut self.planners[0]);
            if draw::chance(&mut self.rng, AT_ONCE_PERCENT) {
                self.planners[0].plan();
            }
        }
        let restarts = draw::chance(&mut self.rng, RESTARTS_PERCENT);
        if restarts {
            self.begin(1);
        } else {
            let mut newest = newest(second);
            shuffle(&mut newest, &mut self.rng);
            newest.into_iter().for_each(|change| change.tell(&mut self.planners[1]));
        }
        restarts
    }
}

/// The last change of each subject, as a store tells them that is read only now.
fn newest(changes: Vec<Change>) -> Vec<Change> {
    let mut seen = BTreeSet::new();
    changes.into_iter().rev().filter(|change| seen.insert(change.subject())).collect()
}

fn shuffle<T>(all: &mut [T], rng: &mut StdRng) {
    for at in (1..all.len()).rev() {
        all.swap(at, rng.random_range(0..=at));
    }
}
