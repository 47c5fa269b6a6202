//! `quince drill`: the business clock of a node that plays.

use clap::Subcommand;
use prost_types::Timestamp;
use quince_proto::admin::v1::SetBusinessTimeRequest;

use crate::context::Context;
use crate::failure::Failure;
use crate::input::when;

/// `quince drill …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Set the business clock, which goes on from there; holds and needs whose time is over then end
    SetTime {
        /// A day or an instant: 2027-03-15, 2027-03-15T08:00:00Z
        #[arg(value_name = "WHEN", value_parser = when::parse_start)]
        time: Timestamp,
    },
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let Self::SetTime { time } = self;
        let request = SetBusinessTimeRequest { time: Some(time) };
        let set = cx.node.call(request, async |r| cx.node.drill().set_business_time(r).await).await?;
        cx.shown(&set)
    }
}
