//! `quince offline`: replication by hand, for a city whose link is a memory stick.

mod read;
mod write;

use std::io::{IsTerminal as _, stdout};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use quince_proto::admin::v1::export_file_request::{Part, Start};
use quince_proto::admin::v1::import_file_response::Step;
use quince_proto::admin::v1::{ExportFileRequest, GetHaveFileRequest, ImportFileRequest, ImportReport};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::name::Handle;
use crate::verbs::offline::read::{Parts, Tick};
pub(crate) use crate::verbs::offline::write::Draft;

/// Shown below the help of the family.
pub(crate) const OFFLINE_HELP: &str = "\
A round between Isfahan, which has a link, and Khajura, which has a stick:

  khajura$ quince offline have -o khajura.have
  isfahan$ quince offline export --for khajura --since khajura.have -o for-khajura.quince
  khajura$ quince offline import for-khajura.quince

and the same the other way round. A file holds what its writer may show to the city it is for, from every city of the
federation: it need not come from the owner of a record. It is encrypted to that city, by age; nobody else reads it.
What a file brings is verified as what a peer sends. Importing one twice changes nothing, and one that breaks off, or
was damaged on the way, leaves what was whole in it: import it, or a better copy, again.";

/// `quince offline …`
#[derive(Subcommand)]
#[command(after_long_help = OFFLINE_HELP)]
pub(crate) enum Verb {
    /// Write a have file: what this city holds, so that another exports only what is missing here
    Have {
        /// The file to write; standard output when not said
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write a file for one city, with all that it may read and does not hold
    Export(ExportArgs),
    /// Take a file that another city wrote for this one
    Import {
        /// The file
        file: PathBuf,
    },
}

/// `quince offline export`
#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The handle of the city that the file is for
    #[arg(long = "for", value_name = "HANDLE")]
    recipient: Handle,
    /// A have file of that city; without one the file holds everything
    #[arg(long, value_name = "HAVE-FILE")]
    since: Option<PathBuf>,
    /// The file to write: whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Do not encrypt: whoever finds the stick reads what the federation wrote
    #[arg(long)]
    plain: bool,
}

impl ExportArgs {
    /// Everything for one city, encrypted.
    pub(super) fn whole(recipient: Handle, output: PathBuf) -> Self {
        Self { recipient, since: None, output, plain: false }
    }
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Have { output } => have(cx, output).await,
            Self::Export(args) => export(cx, args).await,
            Self::Import { file } => import(cx, file).await,
        }
    }
}

async fn have(cx: &mut Context<'_>, output: Option<PathBuf>) -> Result<(), Failure> {
    if output.is_none() && stdout().is_terminal() {
        return Err(Failure::new(Exit::Usage, "a have file is no text for a terminal")
            .with_hint("write it to a file: quince offline have -o FILE"));
    }
    let call = cx.node.endless_offline().get_have_file(GetHaveFileRequest {}).await;
    let mut parts = call.map_err(|status| cx.node.explain(&status))?.into_inner();
    let mut draft = output.map(Draft::begin).transpose()?;
    while let Some(part) = parts.message().await.map_err(|status| cx.node.explain(&status))? {
        match &mut draft {
            Some(draft) => draft.write(&part.data)?,
            None => cx.print.bytes(&part.data)?,
        }
    }
    match draft {
        Some(draft) => draft.finish(),
        None => Ok(()),
    }
}

pub(super) async fn export(cx: &mut Context<'_>, args: ExportArgs) -> Result<(), Failure> {
    let ExportArgs { recipient, since, output, plain } = args;
    if plain {
        cx.print.say("the file is not encrypted: whoever finds it reads what the federation wrote")?;
    }
    let start = Start { recipient: recipient.to_string(), plain };
    let start = ExportFileRequest { part: Some(Part::Start(start)) };
    let have = |data| ExportFileRequest { part: Some(Part::Have(data)) };
    let requests = Parts::of(since, Some(start), have)?;
    let call = cx.node.endless_offline().export_file(requests).await;
    let mut parts = call.map_err(|status| cx.node.explain(&status))?.into_inner();
    let (mut draft, mut tick, mut entries) = (Draft::begin(output)?, Tick::start(), 0);
    while let Some(part) = parts.message().await.map_err(|status| cx.node.explain(&status))? {
        draft.write(&part.data)?;
        entries = part.entries;
        if tick.is_due() && part.entries_left > 0 {
            cx.print.say(&format!("wrote {entries} of {} entries", entries + part.entries_left))?;
        }
    }
    draft.finish()?;
    Ok(cx.print.say(&format!("wrote {entries} entries for {recipient}"))?)
}

pub(super) async fn import(cx: &mut Context<'_>, file: PathBuf) -> Result<(), Failure> {
    let requests = Parts::of(Some(file), None, |data| ImportFileRequest { data })?;
    let (read, whole) = requests.progress();
    let call = cx.node.endless_offline().import_file(requests).await;
    let mut steps = call.map_err(|status| cx.node.explain(&status))?.into_inner();
    let (mut tick, mut report) = (Tick::start(), None);
    while let Some(message) = steps.message().await.map_err(|status| cx.node.explain(&status))? {
        match message.step {
            Some(Step::Entries(entries)) if tick.is_due() => {
                let percent = read.percent_of(whole);
                cx.print.say(&format!("read {percent} % of the file, {entries} new entries so far"))?;
            }
            Some(Step::Report(last)) => report = Some(last),
            _ => {}
        }
    }
    let report = report
        .ok_or_else(|| Failure::new(Exit::Unavailable, "the node did not say what came of the file"))?;
    cx.shown(&report)?;
    outcome(&report)
}

/// A file of which something was refused is not what its reader hoped for, and scripts must see it.
fn outcome(report: &ImportReport) -> Result<(), Failure> {
    if !report.read_only_reason.is_empty() {
        let message = format!("this node signs nothing any more: {}", report.read_only_reason);
        return Err(Failure::new(Exit::Refused, message).with_hint("quince status says what to do about it"));
    }
    if !report.broken_off.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            format!("the rest of the file was not read: {}", report.broken_off),
        )
        .with_hint("what was whole is stored; import a better copy of the file for the rest"));
    }
    if !report.roster_refused.is_empty() {
        return Err(Failure::new(
            Exit::Refused,
            format!("the roster in the file is refused: {}", report.roster_refused),
        ));
    }
    if report.feeds_refused > 0 {
        return Err(Failure::new(
            Exit::Refused,
            format!("{} feeds of the file are refused", report.feeds_refused),
        )
        .with_hint("the others are stored; the table says why these are not"));
    }
    Ok(())
}
