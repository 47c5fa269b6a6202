//! The command line as a whole: verbs, global flags, and the flags that many verbs share.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::clock;
use crate::verbs::{
    audit, call, commitment, consignment, desk, drill, federation, history, import, item, knowledge, matches,
    message, need, offer, offline, partnership, party, peer, receipt, report, requisition, shell, token,
};

/// Below a verb's own flags.
const GLOBAL: &str = "Global options";

/// Shown below the help of the whole.
const AFTER_HELP: &str = "\
Records are named isfahan/17, their lines isfahan/17.2; full names such as nodes/isfahan/needs/17 do as well.
Data goes to stdout, words go to stderr; --json prints the API's messages, one a line.

Exit codes:
  0  done
  1  a fault of the node or of this machine
  2  the command line, a file or a value was not understood
  3  no such record on this node
  4  a rule forbids it, or the commitment came back declined
  5  the record moved on since it was read, or the request id was used for something else
  6  the token is missing, ended or revoked, or its role does not allow this
  7  the node cannot be reached or is overloaded; try again

Profile: --profile, QUINCE_PROFILE, or quince/profile.toml in the user's configuration folder, mode 0600:
  endpoint = \"https://127.0.0.1:7443\"
  ca = \"api.crt\"          # PEM, relative to the profile
  token = \"...\"           # or token_file = \"...\"
  exercise = false        # everything written is a drill
  language = \"en\"         # of texts typed here";

/// The operator's command line for a Quince node.
#[derive(Parser)]
#[command(name = "quince", version, about, after_long_help = AFTER_HELP)]
pub struct Cli {
    /// Flags of every verb.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags of every verb.
#[derive(Args)]
pub(crate) struct Global {
    /// The profile: which node to call and with which token
    #[arg(long, global = true, help_heading = GLOBAL, env = "QUINCE_PROFILE", hide_env_values = true, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Print the API's messages as canonical protobuf JSON, one a line
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// With the node.
    #[command(flatten)]
    Node(Box<NodeVerb>),
    /// Without one.
    #[command(flatten)]
    Shell(ShellVerb),
}

/// What a shell and a manual want to know.
#[derive(Subcommand)]
pub(crate) enum ShellVerb {
    /// Print completions for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual, or write a page per command into a folder
    Man(shell::ManArgs),
}

/// What the node is asked.
#[derive(Subcommand)]
pub(crate) enum NodeVerb {
    /// Show the node's state: federation, feeds, records
    Status,
    /// List what waits for this city's answer, most urgent first
    Todo(desk::TodoArgs),
    /// Follow every change, from now or from a cursor on
    Watch(desk::WatchArgs),
    /// Found, join and run the federation
    #[command(subcommand)]
    Federation(federation::Verb),
    /// The nodes that this one talks to
    #[command(subcommand)]
    Peer(peer::Verb),
    /// Exchange files with a city that no link reaches, carried by hand
    #[command(subcommand)]
    Offline(offline::Verb),
    /// The organisations that this node speaks for
    #[command(subcommand)]
    Party(party::Verb),
    /// The catalogue and what cities add to it
    #[command(subcommand)]
    Item(item::Verb),
    /// What cities ask for
    #[command(subcommand)]
    Need(need::Verb),
    /// What cities can give
    #[command(subcommand)]
    Offer(offer::Verb),
    /// Suggestions of who can help whom
    #[command(subcommand)]
    Match(matches::Verb),
    /// The requester's half of an agreement
    #[command(subcommand)]
    Requisition(requisition::Verb),
    /// The supplier's half of an agreement
    #[command(subcommand)]
    Commitment(commitment::Verb),
    /// What left one city for another
    #[command(subcommand)]
    Consignment(consignment::Verb),
    /// What the receivers counted
    #[command(subcommand)]
    Receipt(receipt::Verb),
    /// Calls for help, which gather needs and offers
    #[command(subcommand)]
    Call(call::Verb),
    /// Standing relations of parties
    #[command(subcommand)]
    Partnership(partnership::Verb),
    /// Words of support, thanks and statements
    #[command(subcommand)]
    Message(message::Verb),
    /// Practices, training, documents and directories
    #[command(subcommand)]
    Knowledge(knowledge::Verb),
    /// What others say, with source and date
    #[command(subcommand)]
    Report(report::Verb),
    /// Create needs and offers from a spreadsheet (CSV): all of them or none
    #[command(after_long_help = import::IMPORT_HELP)]
    Import(import::ImportArgs),
    /// List the revisions of any record, newest first
    #[command(after_long_help = history::RECORD_HELP)]
    History(history::HistoryArgs),
    /// The clock of a node that was started for a drill
    #[command(subcommand)]
    Drill(drill::Verb),
    /// Who may call this node
    #[command(subcommand)]
    Token(token::Verb),
    /// Who did what on this node
    #[command(subcommand)]
    Audit(audit::Verb),
}

/// Of every list.
#[derive(Args)]
pub(crate) struct ListArgs {
    /// The most rows to show
    #[arg(long, value_name = "ROWS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

/// Of every write.
#[derive(Args)]
pub(crate) struct WriteArgs {
    /// Repeat a write safely: the same id gets the same answer for 30 days [default: random]
    #[arg(long, value_name = "ID", value_parser = request_id)]
    request_id: Option<String>,
}

/// Of every write to a record that exists.
#[derive(Args)]
pub(crate) struct EtagArgs {
    /// Refuse unless the record is still at this revision
    #[arg(long, value_name = "REVISION")]
    etag: Option<String>,
}

/// Of everything that cannot be undone.
#[derive(Args)]
pub(crate) struct SureArgs {
    /// Do not ask whether this is meant; required where there is no terminal
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
}

impl WriteArgs {
    /// The id as given, or a new one.
    pub(crate) fn id(&self) -> String {
        self.request_id.clone().unwrap_or_else(clock::request_id)
    }
}

impl EtagArgs {
    /// Empty when nobody insists.
    pub(crate) fn etag(&self) -> String {
        self.etag.clone().unwrap_or_default()
    }
}

/// As the contract bounds it.
fn request_id(text: &str) -> Result<String, String> {
    let printable = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if (1..=64).contains(&text.len()) && printable {
        return Ok(text.to_owned());
    }
    Err("expected 1 to 64 printable ASCII characters".to_owned())
}
