//! `quince token`: who may call this node.

use clap::{Args, Subcommand};
use quince_proto::admin::v1::{CreateTokenRequest, ListTokensRequest, RevokeTokenRequest, Role, Token};

use crate::args::SureArgs;
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::when;
use crate::page::Listed;
use crate::verbs::{PartyName, name_or_empty};

/// `quince token …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Make a token; its secret is told once, on stdout
    Create(CreateArgs),
    /// List tokens, without their secrets
    List,
    /// Take a token back, at once
    Revoke {
        /// Its id, as `token list` shows it
        id: String,
        #[command(flatten)]
        sure: SureArgs,
    },
}

/// `quince token create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    /// Whose it is, as the audit log will show it
    holder: String,
    /// What it allows
    #[arg(long, value_parser = choice::<Role>())]
    role: Role,
    /// When it ends: a day or an instant; the node decides when not said
    #[arg(long, value_name = "WHEN", value_parser = when::parse_end)]
    expires: Option<prost_types::Timestamp>,
    /// The one party that it may write for
    #[arg(long, value_name = "ID")]
    party: Option<PartyName>,
    /// A method that an integrator may call, such as /quince.api.v1.NeedService/CreateNeed; may be repeated
    #[arg(long, value_name = "METHOD")]
    method: Vec<String>,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(args) => create(cx, args).await,
            Self::List => {
                let tokens = cx
                    .node
                    .call(ListTokensRequest {}, async |r| cx.node.tokens().list_tokens(r).await)
                    .await?;
                cx.listed(&Listed { rows: tokens.tokens, more: false })
            }
            Self::Revoke { id, sure } => {
                let id = id.strip_prefix("tokens/").unwrap_or(&id);
                cx.confirm(&sure, &format!("revoking token {id}"))?;
                let request = RevokeTokenRequest { name: format!("tokens/{id}") };
                let token = cx.node.call(request, async |r| cx.node.tokens().revoke_token(r).await).await?;
                cx.written(&token)
            }
        }
    }
}

async fn create(cx: &mut Context<'_>, args: CreateArgs) -> Result<(), Failure> {
    let token = Token {
        holder: args.holder,
        role: args.role.into(),
        expires: args.expires,
        party: name_or_empty(args.party.as_ref()),
        methods: args.method,
        ..Token::default()
    };
    let request = CreateTokenRequest { token: Some(token) };
    // Once only: it carries no request id, and a second token would be one that nobody knows of.
    let token = cx.node.once(request, async |r| cx.node.tokens().create_token(r).await).await?;
    cx.written(&token)
}
