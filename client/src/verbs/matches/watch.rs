//! `quince match watch`: suggestions as they change.

use clap::Args;
use quince_proto::api::v1::{WatchMatchesRequest, WatchMatchesResponse};
use tonic::{Status, Streaming};

use crate::context::Context;
use crate::failure::Failure;
use crate::print::suggestion::change_lines;
use crate::resume;

/// Shown below the help of `watch`.
pub(super) const HELP: &str = "\
At first every suggestion is told as added, then what changes, a line for each:
  + isfahan/17.1 <- quanzhou/4.1  500 piece of mask.cloth; carriage: supplier brings
  ~ isfahan/17.1 <- quanzhou/4.1  500 -> 300 piece of mask.cloth; carriage: supplier brings
  - isfahan/17.1 <- quanzhou/4.1  300 piece of mask.cloth; gone: the offer is not open

A watch that breaks off is taken up again and then repeats every suggestion, which it says on stderr. With --json \
every message is a line; one without changes says that the node lives.

Example:
  quince match watch --mine";

/// `quince match watch`
#[derive(Args)]
pub(crate) struct WatchArgs {
    /// Only those that this city could act on
    #[arg(long)]
    mine: bool,
}

/// Follows suggestions until it is interrupted. A first failure ends it, because then the profile may be wrong; a later
/// one is waited out.
pub(super) async fn watch(cx: &mut Context<'_>, args: &WatchArgs) -> Result<(), Failure> {
    let request = WatchMatchesRequest { mine_only: args.mine };
    let first = cx.node.endless_matches().watch_matches(request).await;
    let mut stream = first.map_err(|status| cx.node.explain(&status))?.into_inner();
    loop {
        let ended = follow(cx, &mut stream).await?;
        if !resume::passes(&ended) {
            return Err(cx.node.explain(&ended));
        }
        let again = resume::take_up(cx, async |node| node.endless_matches().watch_matches(request).await);
        stream = again.await?;
        cx.print.say("the watch goes on; what comes first repeats every suggestion")?;
    }
}

/// Prints changes until the stream ends, and says how it ended.
async fn follow(
    cx: &mut Context<'_>,
    stream: &mut Streaming<WatchMatchesResponse>,
) -> Result<Status, Failure> {
    loop {
        match stream.message().await {
            Ok(Some(message)) => cx.print.streamed(&message, change_lines(&message))?,
            Ok(None) => return Ok(Status::unavailable("the node ended the watch")),
            Err(status) => return Ok(status),
        }
    }
}
