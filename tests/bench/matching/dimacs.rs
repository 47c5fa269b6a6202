//! Writes each family of a generated problem as a DIMACS file. Where the best plan is known, a remark tells the cost of
//! the best flow.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::network::Network;

use crate::{One, create, say};

/// Where to write which problem.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder for one file per family
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    one: One,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let instance = arguments.one.instance(catalogue)?;
    let families = instance.problem.families();
    let mut arcs = 0;
    for (family, (needs, offers)) in families.iter().enumerate() {
        let network = Network::of_family(&instance.problem, needs, offers);
        let mut remarks = vec![format!("family {family}, {} offers, {} needs", offers.len(), needs.len())];
        if let Some(optimum) = &instance.optimum {
            let cost = Network::cost_of(&optimum.families[family], needs.len(), offers.len());
            remarks.push(format!("optimum {cost}"));
        }
        let mut file = create(&arguments.out, &format!("family-{family:04}.min"))?;
        network.write_dimacs(&mut file, &remarks)?;
        file.flush()?;
        arcs += network.arcs.len();
    }
    say(&format!("{} families, {arcs} arcs", families.len()));
    Ok(())
}
