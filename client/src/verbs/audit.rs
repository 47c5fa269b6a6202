//! `quince audit`: who did what on this node.

use clap::Subcommand;
use quince_proto::admin::v1::ListAuditEntriesRequest;

use crate::args::ListArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::collect;

/// `quince audit …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// List what was done, newest first
    List {
        /// Only what this token's holder did
        #[arg(long)]
        holder: Option<String>,
        #[command(flatten)]
        list: ListArgs,
    },
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let Self::List { holder, list } = self;
        let holder = holder.unwrap_or_default();
        let all = collect(list.limit, async |page_size, page_token| {
            let request = ListAuditEntriesRequest { page_size, page_token, holder: holder.clone() };
            let page = cx.node.call(request, async |r| cx.node.audit().list_audit_entries(r).await).await?;
            Ok((page.entries, page.next_page_token))
        });
        let all = all.await?;
        cx.listed(&all)
    }
}
