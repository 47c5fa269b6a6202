//! `quince item`: the catalogue, searchable in every language it has terms in.

use clap::Subcommand;
use quince_proto::api::v1::{GetItemRequest, SearchItemsRequest};

use crate::args::ListArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::Listed;

/// `quince item …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Propose items for words in any language; a person picks the grade
    Search {
        /// What is looked for
        #[arg(required = true, value_name = "WORD")]
        words: Vec<String>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show an item: what it counts in, packs, standards, what may replace it
    Show {
        /// Its code, such as mask.surgical.iir
        code: String,
    },
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Search { words, list } => search(cx, words.join(" "), list.limit).await,
            Self::Show { code } => {
                let code = code.strip_prefix("items/").unwrap_or(&code);
                let request = GetItemRequest { name: format!("items/{code}") };
                let item = cx.node.call(request, async |r| cx.node.items().get_item(r).await).await?;
                cx.shown(&item)
            }
        }
    }
}

/// A search has one page: what does not stand in it was too far from the words.
async fn search(cx: &mut Context<'_>, query: String, limit: u32) -> Result<(), Failure> {
    let page_size = i32::try_from(limit).unwrap_or(i32::MAX);
    let request = SearchItemsRequest { query, page_size };
    let found = cx.node.call(request, async |r| cx.node.items().search_items(r).await).await?;
    cx.listed(&Listed { rows: found.proposals, more: false })
}
