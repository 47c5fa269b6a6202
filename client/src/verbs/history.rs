//! `quince history`: every revision of any record.

use clap::Args;
use quince_proto::api::v1::ListRevisionsRequest;

use crate::args::ListArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::name::FullName;
use crate::page::collect;

/// Shown below the help.
pub(crate) const RECORD_HELP: &str = "\
A record is named by its family and id, or by its full name:
  quince history consignment isfahan/17
  quince history nodes/isfahan/consignments/17
Families: need, offer, requisition, commitment, consignment, receipt, party, partnership, call, message, knowledge, report, item.
An owner has all revisions of its own records; of another city's record a node has the newest.";

/// `quince history`
#[derive(Args)]
pub(crate) struct HistoryArgs {
    /// The record: a family and an id, or a full name
    #[arg(value_name = "RECORD", num_args = 1..=2, required = true)]
    record: Vec<String>,
    #[command(flatten)]
    list: ListArgs,
}

pub(crate) async fn history(cx: &mut Context<'_>, args: &HistoryArgs) -> Result<(), Failure> {
    let name = name(&args.record)?;
    let all = collect(args.list.limit, async |page_size, page_token| {
        let request = ListRevisionsRequest { name: name.to_string(), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.history().list_revisions(r).await).await?;
        Ok((page.revisions, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

fn name(typed: &[String]) -> Result<FullName, Failure> {
    let parsed = match typed {
        [family, id] => FullName::of(family, id),
        _ => typed.concat().parse(),
    };
    parsed.map_err(|error| Failure::new(Exit::Usage, format!("RECORD: got {:?}, {error}", typed.join(" "))))
}
