//! The newsletter that Quince began with, played once, and what it forces the product to represent: a test for each of its
//! fourteen demands, asked at offices that had no part in what they are asked about.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, wherever the step is written")]

mod demands;
mod ending;
mod matching;
mod privacy;
mod replay;
