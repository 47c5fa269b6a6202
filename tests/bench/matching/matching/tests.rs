//! The families that the core's own tests plan, drawn by the same code from the same seeds.

#![expect(dead_code, reason = "the core's tests change and explain what they draw; here it is only planned")]
#![expect(clippy::unwrap_used, reason = "what a test draws is valid, or the drawing is wrong")]

#[path = "../../../../node/core/src/matching/tests/random.rs"]
mod random;
#[path = "../../../../node/core/src/matching/tests/town.rs"]
pub(crate) mod town;

use quince_core::matching::View;

/// Units offered for a hundred units asked for.
pub(crate) const RATIOS: [u32; 6] = random::RATIOS;

/// The view of the family of this seed: its place in [`RATIOS`], and what is planned.
pub(crate) fn family(seed: u64) -> (usize, View) {
    let ratios = u64::try_from(RATIOS.len()).expect("a few");
    let ratio = usize::try_from(seed % ratios).expect("a few");
    (ratio, random::Family::draw(seed, RATIOS[ratio]).build().town.view())
}
