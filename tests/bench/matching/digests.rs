//! Two nodes that hear of the same changes in different batches and order: fails unless their digests are equal after every
//! step.

use anyhow::Result;
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::twins::agree;

use crate::watch::Watch;
use crate::{One, show};

/// Which problem, and how often it changes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    one: One,
    /// Changed records and the like
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    changes: u64,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let watch = Watch::start();
    let agreed = agree(&arguments.one.recipe()?, arguments.changes, catalogue)?;
    let rows = [
        ("changes", agreed.changes),
        ("steps, with equal digests after each", agreed.steps),
        ("restarts of the second node", agreed.restarts),
        ("different plans", agreed.plans as u64),
        ("most suggestions of a plan", agreed.suggestions_max as u64),
        ("CPU seconds", watch.spent().cpu() as u64),
    ];
    show(&rows.map(|(what, figure)| format!("{what:44} {figure}\n")).concat())
}
