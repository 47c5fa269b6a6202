//! `quince match watch`: suggestions as they change.

use std::collections::BTreeMap;

use clap::Args;
use quince_proto::api::v1::{Match, MatchChange, MatchChangeType, WatchMatchesRequest, WatchMatchesResponse};
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

What changed is the amount, the item, the tier, the distance or the carriage. A drill is marked as such.

A watch that breaks off is taken up again and then repeats every suggestion, which it says on stderr, and tells what \
went meanwhile. With --json every message is a line: `snapshot` begins the list anew, `complete` ends a step, and a \
message without changes says that the node lives.

Example:
  quince match watch --mine";

/// `quince match watch`
#[derive(Args)]
pub(crate) struct WatchArgs {
    /// Only those that this city could act on
    #[arg(long)]
    mine: bool,
}

/// The suggestions that were told, by their lines.
#[derive(Default)]
struct Seen {
    shown: Suggestions,
    /// The whole list, as far as it has been told anew.
    listed: Option<Suggestions>,
}

type Suggestions = BTreeMap<(String, String), Match>;

impl Seen {
    /// Notes what a message tells. Gives what it does not tell: what went while nobody watched.
    fn take(&mut self, message: &WatchMatchesResponse) -> Vec<MatchChange> {
        let into = if message.snapshot { self.listed.get_or_insert_default() } else { &mut self.shown };
        for change in &message.changes {
            let one = change.r#match.clone().unwrap_or_default();
            let lines = (one.need_line.clone(), one.offer_line.clone());
            match change.r#type() {
                MatchChangeType::Removed => into.remove(&lines),
                _ => into.insert(lines, one),
            };
        }
        match self.listed.take_if(|_| message.snapshot && message.complete) {
            Some(listed) => {
                let before = std::mem::replace(&mut self.shown, listed);
                let gone = before.into_iter().filter(|(lines, _)| !self.shown.contains_key(lines));
                gone.map(|(_, one)| removed(one)).collect()
            }
            None => Vec::new(),
        }
    }
}

fn removed(one: Match) -> MatchChange {
    MatchChange {
        r#type: MatchChangeType::Removed.into(),
        previous_amount: one.amount,
        r#match: Some(one),
        ..MatchChange::default()
    }
}

/// Follows suggestions until it is interrupted. A first failure ends it, because then the profile may be wrong; a later
/// one is waited out.
pub(super) async fn watch(cx: &mut Context<'_>, args: &WatchArgs) -> Result<(), Failure> {
    let request = WatchMatchesRequest { mine_only: args.mine };
    let first = cx.node.endless_matches().watch_matches(request).await;
    let mut stream = first.map_err(|status| cx.node.explain(&status))?.into_inner();
    let mut seen = Seen::default();
    loop {
        let ended = follow(cx, &mut stream, &mut seen).await?;
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
    seen: &mut Seen,
) -> Result<Status, Failure> {
    seen.listed = None;
    loop {
        match stream.message().await {
            Ok(Some(message)) => {
                let gone = seen.take(&message);
                let lines = change_lines(&[&message.changes[..], &gone].concat());
                cx.print.streamed(&message, lines)?;
            }
            Ok(None) => return Ok(Status::unavailable("the node ended the watch")),
            Err(status) => return Ok(status),
        }
    }
}
