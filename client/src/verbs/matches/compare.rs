//! `quince match plan`: what the newest plan was computed from, and what another node's plan is to it.

use std::path::{Path, PathBuf};

use clap::Args;
use quince_proto::api::v1::{ComparePlanRequest, GetPlanRequest, Plan, PlanComparison};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::sheet::file_text;
use crate::print::json::from_json;

/// `quince match plan`
#[derive(Args)]
pub(crate) struct PlanArgs {
    /// Compare with what another node's `quince match plan --json` printed; - is standard input
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
}

pub(super) async fn plan(cx: &mut Context<'_>, args: &PlanArgs) -> Result<(), Failure> {
    let Some(file) = &args.with else {
        let plan = cx.node.call(GetPlanRequest {}, async |r| cx.node.matches().get_plan(r).await).await?;
        return cx.shown(&plan);
    };
    let request = ComparePlanRequest { other: Some(read(file)?) };
    let compared = cx.node.call(request, async |r| cx.node.matches().compare_plan(r).await).await?;
    cx.shown(&compared)?;
    match compared.comparison() {
        PlanComparison::OtherPlan => {
            Err(Failure::new(Exit::Failed, "the same rules made different plans from the same inputs")
                .with_hint(
                    "keep what `quince match plan --json` prints at both nodes, and report it with both",
                ))
        }
        _ => Ok(()),
    }
}

fn read(file: &Path) -> Result<Plan, Failure> {
    let fault = |error: String| {
        Failure::new(Exit::Usage, format!("file {}: {error}", file.display()))
            .with_hint("expected what `quince match plan --json` prints at the other node")
    };
    let text = file_text(file).map_err(|error| fault(format!("cannot be read: {error}")))?;
    from_json(&text).map_err(fault)
}
