//! Streams that never end: when one that broke off is worth taking up, and how.

use std::time::Duration;

use tonic::{Code, Response, Status, Streaming};

use crate::connect::Node;
use crate::context::Context;
use crate::failure::Failure;

/// The first pause before a broken watch is taken up again.
const PAUSE_FIRST: Duration = Duration::from_millis(250);

/// Pauses double up to this, so that a node that is down all night is not hammered.
const PAUSE_LAST: Duration = Duration::from_secs(30);

/// Tries again until the node is back.
pub(crate) async fn take_up<M>(
    cx: &mut Context<'_>,
    attempt: impl AsyncFn(&Node) -> Result<Response<Streaming<M>>, Status>,
) -> Result<Streaming<M>, Failure> {
    let mut pause = PAUSE_FIRST;
    loop {
        cx.print.say(&format!("the watch broke off; taking it up again in {pause:?}"))?;
        tokio::time::sleep(pause).await;
        match attempt(&cx.node).await {
            Ok(stream) => return Ok(stream.into_inner()),
            Err(status) if passes(&status) => pause = PAUSE_LAST.min(pause * 2),
            Err(status) => return Err(cx.node.explain(&status)),
        }
    }
}

/// Whether waiting may help.
pub(crate) fn passes(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::Cancelled | Code::Unknown | Code::Internal | Code::ResourceExhausted
    )
}
