//! `quince peer`: the nodes that this one talks to.

use clap::Subcommand;
use quince_proto::admin::v1::{AddPeerRequest, ListPeersRequest, RemovePeerRequest};

use crate::context::Context;
use crate::failure::Failure;
use crate::name::Handle;
use crate::page::Listed;

/// `quince peer …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// List every other member: whether it is connected, when it was last heard, and the lag behind it
    List,
    /// Pin a member, so that this node always tries to reach it
    Add {
        /// The member's handle
        handle: Handle,
        /// HOST:PORT, where its profile is not enough
        #[arg(long, value_name = "HOST:PORT")]
        address: Option<String>,
    },
    /// Unpin a peer
    Remove {
        /// The member's handle
        handle: Handle,
    },
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List => {
                let peers =
                    cx.node.call(ListPeersRequest {}, async |r| cx.node.peers().list_peers(r).await).await?;
                cx.listed(&Listed { rows: peers.peers, more: false })
            }
            Self::Add { handle, address } => {
                let request =
                    AddPeerRequest { handle: handle.to_string(), address: address.unwrap_or_default() };
                let peer = cx.node.call(request, async |r| cx.node.peers().add_peer(r).await).await?;
                cx.written(&peer)
            }
            Self::Remove { handle } => {
                let request = RemovePeerRequest { handle: handle.to_string() };
                let peer = cx.node.once(request, async |r| cx.node.peers().remove_peer(r).await).await?;
                cx.written(&peer)
            }
        }
    }
}
