//! `quince match simulate`: what would change if a need or an offer existed.

use clap::{Args, Subcommand};
use quince_proto::api::v1::SimulateMatchRequest;
use quince_proto::api::v1::simulate_match_request::Supposed;

use crate::context::Context;
use crate::failure::Failure;
use crate::input::need::NeedLineInput;
use crate::input::offer::OfferLineInput;
use crate::input::sheet::Typed;
use crate::verbs::{need, offer};

/// Shown below the help of `simulate`.
pub(super) const HELP: &str = "\
Takes what `quince need create` and `quince offer create` take, flags or a file, and shows which suggestions would \
be added, removed, or given or carried otherwise, and then what stands in the way of lines that would get or give \
nothing.

Nothing is written and nobody is told. The record that does not exist is called `supposed` in the answer.

Examples:
  quince match simulate need --item mask.surgical.iir --quantity 80000 --urgency 1 --to Isfahan,IR
  quince match simulate offer --file offer.yaml";

/// `quince match simulate …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Suppose a need: one line by flags, several by a file, as for `quince need create`
    #[command(after_long_help = need::edit::FILE_HELP)]
    Need(Box<NeedArgs>),
    /// Suppose an offer: one line by flags, several by a file, as for `quince offer create`
    #[command(after_long_help = offer::edit::FILE_HELP)]
    Offer(Box<OfferArgs>),
}

/// `quince match simulate need`
#[derive(Args)]
pub(crate) struct NeedArgs {
    #[command(flatten)]
    typed: Typed<NeedLineInput>,
}

/// `quince match simulate offer`
#[derive(Args)]
pub(crate) struct OfferArgs {
    #[command(flatten)]
    typed: Typed<OfferLineInput>,
}

impl Verb {
    pub(super) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let (kind, supposed) = match self {
            Self::Need(args) => ("need", Supposed::Need(need::edit::typed_record(cx, args.typed).await?)),
            Self::Offer(args) => ("offer", Supposed::Offer(offer::edit::typed_record(cx, args.typed).await?)),
        };
        let request = SimulateMatchRequest { supposed: Some(supposed) };
        let simulated = cx.node.call(request, async |r| cx.node.matches().simulate_match(r).await).await?;
        cx.shown(&simulated)?;
        Ok(cx.print.say(&format!("this {kind} was only supposed; nothing was written"))?)
    }
}
