//! Two nodes that hold the same records have the same plan: their digests are equal however changes arrive.

use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::generate::Recipe;
use quince_tests::evaluation::geography::Geography;
use quince_tests::evaluation::twins::agree;

/// As many as take some seconds where code is not optimized; `matching-bench digests` goes on to ten thousand and more.
const CHANGES: u64 = 2_000;

#[test]
fn two_nodes_have_equal_digests_after_every_step_however_the_changes_arrive() {
    let recipe = Recipe {
        seed: 1,
        geography: Geography::Clustered,
        supply_percent: 90,
        cities: 12,
        families: 12,
        needs: 300,
        offers: 300,
    };
    let agreed = agree(&recipe, CHANGES, &Catalogue::embedded()).unwrap();
    assert_eq!(agreed.changes, CHANGES);
    // Otherwise nothing was shown: the plan must have moved, and the second node must have begun anew.
    assert!(agreed.plans as u64 * 2 > agreed.steps && agreed.restarts > 1, "{agreed:?}");
    assert!(agreed.suggestions_max > 100, "{agreed:?}");
}
