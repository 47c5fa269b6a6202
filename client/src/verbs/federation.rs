//! `quince federation`: found it, invite to it, join it, admit to it, leave it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use quince_proto::admin::v1::{
    AdmitMemberRequest, CreateFederationRequest, CreateInvitationRequest, GetFederationRequest,
    JoinFederationRequest, LeaveFederationRequest, ListInvitationsRequest, ListMembersRequest,
    RevokeInvitationRequest, SetCatalogueVersionRequest,
};

use crate::args::{ListArgs, SureArgs, WriteArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::name::Handle;
use crate::page::{Listed, collect};
use crate::verbs::offline::{self, Draft};

/// Shown below the help of joining and admitting.
const JOIN_HELP: &str = "\
A town with nothing but a memory stick joins in three steps; the invitation was made with --by-file:

  khajura$ quince federation join CODE --request khajura.request
  isfahan$ quince federation admit khajura --request khajura.request --words \"...\" --answer khajura.answer
  khajura$ quince federation join --answer khajura.answer

Both sides see the same six words, khajura when it writes its request and isfahan in `quince federation invitations` once
it has seen it. Compare them by telephone before you admit. The request holds no secret; the answer is encrypted.";

/// `quince federation …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Found a federation, with this node as its first member and only steward
    Create {
        /// What people call it
        name: String,
        #[command(flatten)]
        write: WriteArgs,
    },
    /// Show the federation and this node's place in it
    Show,
    /// Invite one city: prints a code that works once
    Invite(InviteArgs),
    /// List invitations, and the words of those who wait to be admitted
    Invitations,
    /// Take an invitation back
    Uninvite {
        /// Its id, as `federation invitations` shows it
        id: String,
        #[command(flatten)]
        sure: SureArgs,
    },
    /// Redeem an invitation: prints the words to read to the steward
    #[command(after_long_help = JOIN_HELP)]
    Join {
        /// The code; - reads it from standard input
        #[arg(required_unless_present = "answer")]
        code: Option<String>,
        /// Knock nowhere: write a request to be carried to the steward
        #[arg(long, value_name = "FILE", requires = "code")]
        request: Option<PathBuf>,
        /// Take the steward's answer to such a request
        #[arg(long, value_name = "FILE", conflicts_with_all = ["code", "request"])]
        answer: Option<PathBuf>,
    },
    /// Admit a newcomer, after comparing the six words
    #[command(after_long_help = JOIN_HELP)]
    Admit {
        /// The newcomer's handle
        handle: Handle,
        /// The words that the newcomer read out; not needed where the invitation trusts its code
        #[arg(long)]
        words: Option<String>,
        /// The request that the newcomer wrote, when it has no link
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
        /// Write an answer to be carried back: the roster, and all that the newcomer may read
        #[arg(long, value_name = "FILE")]
        answer: Option<PathBuf>,
    },
    /// List members
    Members {
        #[command(flatten)]
        list: ListArgs,
    },
    /// Name the version of the catalogue that members go by: that of this node's program, which signs the next roster
    SetCatalogue {
        /// The version, as `quince status` shows it
        version: String,
        #[command(flatten)]
        write: WriteArgs,
    },
    /// Stop replicating with the federation; own records stay
    Leave {
        /// The federation's name, typed again
        name: String,
        #[command(flatten)]
        sure: SureArgs,
    },
}

/// `quince federation invite`
#[derive(Args)]
pub(crate) struct InviteArgs {
    /// The handle that the newcomer's node has
    handle: Handle,
    /// The city's name, as people call it
    #[arg(long)]
    name: String,
    /// How long the code works: 30m, 24h, 7d; a day when not said
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    lifetime: Option<Duration>,
    /// Do not compare words: whoever has the code is trusted. For drills and demos
    #[arg(long)]
    trust_code: bool,
    /// The newcomer has no link and joins by a file, so this node need not be reachable
    #[arg(long)]
    by_file: bool,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Create { name, write } => create(cx, name, &write).await,
            Self::Show => {
                let request = GetFederationRequest {};
                let federation =
                    cx.node.call(request, async |r| cx.node.federation().get_federation(r).await).await?;
                cx.shown(&federation)
            }
            Self::Invite(args) => invite(cx, args).await,
            Self::Invitations => invitations(cx).await,
            Self::Uninvite { id, sure } => uninvite(cx, &id, &sure).await,
            Self::Join { answer: Some(answer), .. } => offline::import(cx, answer).await,
            Self::Join { code, request, .. } => join(cx, code.unwrap_or_default(), request).await,
            Self::Admit { handle, words, request, answer } => {
                admit(cx, handle, words.unwrap_or_default(), request, answer).await
            }
            Self::Members { list } => members(cx, list.limit).await,
            Self::SetCatalogue { version, write } => {
                let id = write.id();
                let request =
                    SetCatalogueVersionRequest { catalogue_version: version, request_id: id.clone() };
                let call = async |r| cx.node.federation().set_catalogue_version(r).await;
                let named = cx.node.write(&id, request, call).await?;
                cx.written(&named)
            }
            Self::Leave { name, sure } => {
                cx.confirm(&sure, &format!("leaving {name}"))?;
                let request = LeaveFederationRequest { confirm: name };
                let left =
                    cx.node.once(request, async |r| cx.node.federation().leave_federation(r).await).await?;
                cx.written(&left)
            }
        }
    }
}

async fn create(cx: &mut Context<'_>, display_name: String, write: &WriteArgs) -> Result<(), Failure> {
    let id = write.id();
    let request = CreateFederationRequest { display_name, request_id: id.clone() };
    let created =
        cx.node.write(&id, request, async |r| cx.node.federation().create_federation(r).await).await?;
    cx.written(&created)
}

async fn invite(cx: &mut Context<'_>, args: InviteArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let lifetime = args.lifetime.map(|lifetime| prost_types::Duration {
        seconds: i64::try_from(lifetime.as_secs()).expect("the parser bounds it"),
        nanos: 0,
    });
    let request = CreateInvitationRequest {
        handle: args.handle.to_string(),
        display_name: args.name,
        lifetime,
        trust_code: args.trust_code,
        by_file: args.by_file,
        request_id: id.clone(),
    };
    let invitation =
        cx.node.write(&id, request, async |r| cx.node.federation().create_invitation(r).await).await?;
    cx.written(&invitation)
}

async fn invitations(cx: &mut Context<'_>) -> Result<(), Failure> {
    let request = ListInvitationsRequest {};
    let all = cx.node.call(request, async |r| cx.node.federation().list_invitations(r).await).await?;
    cx.listed(&Listed { rows: all.invitations, more: false })
}

async fn uninvite(cx: &mut Context<'_>, id: &str, sure: &SureArgs) -> Result<(), Failure> {
    let id = id.strip_prefix("invitations/").unwrap_or(id);
    cx.confirm(sure, &format!("revoking invitation {id}"))?;
    let request = RevokeInvitationRequest { name: format!("invitations/{id}") };
    let revoked = cx.node.call(request, async |r| cx.node.federation().revoke_invitation(r).await).await?;
    cx.written(&revoked)
}

/// Once only: a code works once, and the second answer would only say that it is used up.
async fn join(cx: &mut Context<'_>, code: String, request: Option<PathBuf>) -> Result<(), Failure> {
    let code = if code == "-" { std::io::read_to_string(std::io::stdin())?.trim().to_owned() } else { code };
    let message = JoinFederationRequest { code, by_file: request.is_some() };
    let joined = cx.node.once(message, async |r| cx.node.federation().join_federation(r).await).await?;
    if let Some(path) = request {
        let mut draft = Draft::begin(path)?;
        draft.write(&joined.request_file)?;
        draft.finish()?;
    }
    cx.written(&joined.federation.unwrap_or_default())
}

async fn admit(
    cx: &mut Context<'_>,
    handle: Handle,
    words: String,
    request: Option<PathBuf>,
    answer: Option<PathBuf>,
) -> Result<(), Failure> {
    let unread = |path: &PathBuf, error| {
        Failure::new(Exit::Usage, format!("{} cannot be read: {error}", path.display()))
    };
    let read = |path: PathBuf| std::fs::read(&path).map_err(|error| unread(&path, error));
    let request_file = request.map(read).transpose()?.unwrap_or_default().into();
    let message = AdmitMemberRequest { handle: handle.to_string(), words, request_file };
    let member = cx.node.once(message, async |r| cx.node.federation().admit_member(r).await).await?;
    cx.written(&member)?;
    match answer {
        Some(output) => offline::export(cx, offline::ExportArgs::whole(handle, output)).await,
        None => Ok(()),
    }
}

async fn members(cx: &mut Context<'_>, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListMembersRequest { page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.federation().list_members(r).await).await?;
        Ok((page.members, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

/// `30m`, `24h`, `7d`; the contract's bounds are the node's to check.
fn lifetime(text: &str) -> Result<Duration, String> {
    let expected = || "expected minutes, hours or days: 30m, 24h, 7d".to_owned();
    let (digits, seconds) = [("m", 60), ("h", 3_600), ("d", 86_400)]
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))
        .ok_or_else(expected)?;
    let count: u32 = digits.parse().map_err(|_| expected())?;
    Ok(Duration::from_secs(u64::from(count) * seconds))
}
