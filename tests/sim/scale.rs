//! The fan-out of a large federation, with the real sessions and the real choice whom to dial. Larger ones are run by hand, by
//! `sim scale`.

use std::collections::BTreeSet;

use quince_core::sync::{DRAWS, FULL_MESH_MAX};
use quince_tests::frame_len::frame_len;
use quince_tests::sim::scale::{self, Figures, Options, Outcome};

/// Members: many times what a node draws, and few enough for a build without optimization.
const NODES: usize = 150;

/// The most times that a node may hear a body.
const BODIES_MAX: f64 = 1.05;

/// The most nodes on the way of an entry.
const HOPS_MAX: u8 = 8;

fn federation(nodes: usize) -> Outcome {
    scale::run(&Options { records: 8, ..Options::of(nodes) }, frame_len)
}

fn everybody_holds_everything(figures: &Figures) {
    assert_eq!(figures.level, figures.nodes, "{figures:?}");
    assert!(figures.hops_max <= HOPS_MAX, "{figures:?}");
}

#[test]
fn every_body_comes_about_once_to_everybody_and_on_after_a_fifth_is_lost() {
    let outcome = federation(NODES);
    assert_eq!(outcome.alarms, 0);
    everybody_holds_everything(&outcome.whole);
    everybody_holds_everything(&outcome.after);
    for figures in [outcome.whole, outcome.after] {
        assert!((1.0..=BODIES_MAX).contains(&figures.bodies), "{figures:?}");
    }
    // Every session is of two nodes, one of which has drawn the other.
    assert!(outcome.setup.sessions_mean <= 2.0 * DRAWS as f64, "{:?}", outcome.setup);
    assert_eq!(outcome.lost.left, NODES - NODES / 5);
    assert!(outcome.lost.in_one_piece * 100 >= outcome.lost.left * 99, "{:?}", outcome.lost);
}

#[test]
fn in_a_full_mesh_every_entry_comes_from_its_owner_or_over_one_that_can_be_dialled() {
    let outcome = federation(FULL_MESH_MAX);
    everybody_holds_everything(&outcome.whole);
    // Half of the members cannot be dialled, and two of them never meet.
    assert!(outcome.whole.hops_max <= 2, "{:?}", outcome.whole);
    assert_eq!(outcome.setup.sessions_max, FULL_MESH_MAX - 1);
}

#[test]
fn a_seed_gives_the_same_figures_again_and_another_seed_gives_others() {
    let options = Options { records: 2, ..Options::of(60) };
    let runs: Vec<Outcome> =
        [1, 1, 2].into_iter().map(|seed| scale::run(&Options { seed, ..options }, frame_len)).collect();
    assert_eq!(runs[0], runs[1]);
    let rows: BTreeSet<String> = runs.iter().map(Outcome::row).collect();
    assert_eq!(rows.len(), 2);
}
