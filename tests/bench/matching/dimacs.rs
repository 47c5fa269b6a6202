//! Writes each family of a generated problem as a DIMACS file: the network that the exact planner solves, with the cost of
//! its solution as a remark, or one of kilometres alone, for which a planted best plan is known.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_core::matching::{self, networks};
use quince_tests::evaluation::generate::Instance;
use quince_tests::evaluation::network::Network;
use quince_tests::evaluation::strategy::Case;

use crate::ortools::cost;
use crate::watch::Watch;
use crate::{One, create, say};

/// Where to write which problem.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder for one file per family
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Tiers and kilometres only, with no steps and nothing else that costs: what a planted best plan is best in
    #[arg(long)]
    kilometres_only: bool,
    #[command(flatten)]
    one: One,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let instance = arguments.one.instance(catalogue)?;
    let networks =
        if arguments.kilometres_only { of_kilometres(&instance) } else { of_rule(&instance, catalogue) };
    let mut arcs = 0;
    for (family, (network, remarks)) in networks.iter().enumerate() {
        let mut file = create(&arguments.out, &format!("family-{family:04}.min"))?;
        network.write_dimacs(&mut file, remarks)?;
        file.flush()?;
        arcs += network.arcs.len();
    }
    say(&format!("{} families, {arcs} arcs", networks.len()));
    Ok(())
}

/// A network and what is remarked about it.
type Remarked = (Network, Vec<String>);

fn of_kilometres(instance: &Instance) -> Vec<Remarked> {
    let families = instance.problem.families();
    let network = |(family, (needs, offers)): (usize, &(Vec<usize>, Vec<usize>))| {
        let mut remarks = vec![format!("family {family}, {} offers, {} needs", offers.len(), needs.len())];
        if let Some(optimum) = &instance.optimum {
            let cost = Network::cost_of(&optimum.families[family], needs.len(), offers.len());
            remarks.push(format!("optimum {cost}"));
        }
        (Network::of_family(&instance.problem, needs, offers), remarks)
    };
    families.iter().enumerate().map(network).collect()
}

/// Solves each of them too, and says how long that took in all.
fn of_rule(instance: &Instance, catalogue: &Catalogue) -> Vec<Remarked> {
    let case = Case::new(&instance.problem, catalogue);
    let networks = networks(case.view(), catalogue);
    let watch = Watch::start();
    let costs: Vec<i128> = networks.iter().map(cost).collect();
    let spent = watch.spent();
    say(&format!(
        "the core's exact planner: {:.3} s of CPU, objective {}",
        spent.cpu(),
        costs.iter().sum::<i128>()
    ));
    let remarked = |(network, cost): (&matching::Network, &i128)| {
        (Network::from(network), vec![format!("optimum {cost}")])
    };
    networks.iter().zip(&costs).map(remarked).collect()
}
