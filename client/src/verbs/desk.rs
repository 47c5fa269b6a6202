//! `quince status`, `quince todo` and `quince watch`: how the node is, what waits, what changes.

use clap::Args;
use quince_proto::admin::v1::GetStatusRequest;
use quince_proto::api::v1::{ListTodosRequest, WatchRequest, WatchResponse};
use tonic::{Status, Streaming};

use crate::args::ListArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::collect;
use crate::print::office::{change_line, other_catalogue};
use crate::resume;

/// `quince todo`
#[derive(Args)]
pub(crate) struct TodoArgs {
    #[command(flatten)]
    list: ListArgs,
}

/// `quince watch`
#[derive(Args)]
pub(crate) struct WatchArgs {
    /// Take up after this change: a cursor that an earlier watch printed with --json; 0 = from the beginning
    #[arg(long, default_value = "", hide_default_value = true)]
    cursor: String,
    /// Only changes of this collection, such as needs; may be repeated
    #[arg(long, value_name = "COLLECTION")]
    collection: Vec<String>,
}

pub(crate) async fn status(cx: &mut Context<'_>) -> Result<(), Failure> {
    let status = cx.node.call(GetStatusRequest {}, async |r| cx.node.status().get_status(r).await).await?;
    cx.shown(&status)?;
    if let Some(named) = other_catalogue(&status) {
        let own = &status.catalogue_version;
        cx.print.say(&format!(
            "this node has catalogue version {own}, its federation goes by {named}: upgrade the older side, or plans differ"
        ))?;
    }
    if !status.read_only_reason.is_empty() {
        cx.print.say(&format!("this node signs nothing: {}", status.read_only_reason))?;
    }
    Ok(())
}

pub(crate) async fn todo(cx: &mut Context<'_>, args: &TodoArgs) -> Result<(), Failure> {
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListTodosRequest { page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.desk().list_todos(r).await).await?;
        Ok((page.todos, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

/// Follows changes until it is interrupted. A first failure ends it, because then the profile may be wrong; a later
/// one is waited out, and the last cursor loses and repeats nothing.
pub(crate) async fn watch(cx: &mut Context<'_>, args: WatchArgs) -> Result<(), Failure> {
    let mut request = WatchRequest { cursor: args.cursor, collections: args.collection };
    let mut stream =
        cx.node.endless_desk().watch(request.clone()).await.map_err(|s| cx.node.explain(&s))?.into_inner();
    loop {
        let ended = follow(cx, &mut stream, &mut request.cursor).await?;
        if !resume::passes(&ended) {
            return Err(cx.node.explain(&ended));
        }
        stream = resume::take_up(cx, async |node| node.endless_desk().watch(request.clone()).await).await?;
    }
}

/// Prints changes until the stream ends, and says how it ended.
async fn follow(
    cx: &mut Context<'_>,
    stream: &mut Streaming<WatchResponse>,
    cursor: &mut String,
) -> Result<Status, Failure> {
    loop {
        match stream.message().await {
            Ok(Some(change)) => {
                cursor.clone_from(&change.cursor);
                let line = change_line(&change, &Context::view(cx.language()));
                cx.print.streamed(&change, line)?;
            }
            Ok(None) => return Ok(Status::unavailable("the node ended the watch")),
            Err(status) => return Ok(status),
        }
    }
}
