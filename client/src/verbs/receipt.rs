//! `quince receipt`: what this city counted of what others sent.

use clap::{Args, Subcommand};
use prost_types::FieldMask;
use quince_proto::api::v1::{
    Consignment, CorrectReceiptRequest, GetNeedRequest, GetReceiptRequest, ListReceiptsRequest, Receipt,
    RecordReceiptRequest,
};
use quince_proto::record::v1::{self as record, ReceiptLine};

use crate::args::{EtagArgs, ListArgs, WriteArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::fault::{At, Faults};
use crate::input::receipt::{CountInput, CountedArgs, ReceiptInput};
use crate::input::{place, when};
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{ConsignmentName, NeedName, ReceiptName, name_or_empty, own_parties, parent};

/// Shown below the help of whatever reads a file.
const FILE_HELP: &str = "\
A file is YAML or JSON; its keys are the flags without dashes, those of a line under `lines`:
  received: 2027-03-15
  lines:
    - {line: 1, good: 79840, damaged: 120, missing: 40}
    - {line: 2, good: 500, note: two boxes were open}
Amounts are in the line's base unit. A line that is left out was not counted yet; with --complete what is not accounted
for is missing.";

/// `quince receipt …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Count a consignment for this city's needs; once for each consignment
    #[command(after_long_help = FILE_HELP)]
    Record(RecordArgs),
    /// Count again: while counting goes on, or with a reason once it is complete
    #[command(after_long_help = FILE_HELP)]
    Correct(CorrectArgs),
    /// List receipts of all cities
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        /// Only those of this consignment
        #[arg(long, value_name = "ID")]
        consignment: Option<ConsignmentName>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a receipt
    Show {
        /// Its id, such as isfahan/23
        id: ReceiptName,
    },
}

/// `quince receipt record`
#[derive(Args)]
pub(crate) struct RecordArgs {
    /// The consignment's id, such as quanzhou/7
    consignment: ConsignmentName,
    #[command(flatten)]
    counted: CountedArgs,
    /// Counting is over: what is not accounted for is missing
    #[arg(long)]
    complete: bool,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince receipt correct`
#[derive(Args)]
pub(crate) struct CorrectArgs {
    /// The receipt's id, such as isfahan/23
    id: ReceiptName,
    #[command(flatten)]
    counted: CountedArgs,
    /// Counting is over: what is not accounted for is missing
    #[arg(long)]
    complete: bool,
    /// Why; mandatory once it is complete
    #[arg(long)]
    reason: Option<String>,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Record(args) => record(cx, args).await,
            Self::Correct(args) => correct(cx, args).await,
            Self::List { node, consignment, list } => {
                self::list(cx, node.as_ref(), consignment.as_ref(), list.limit).await
            }
            Self::Show { id } => {
                let shown = get(cx, &id).await?;
                cx.shown(&shown)
            }
        }
    }
}

async fn get(cx: &Context<'_>, id: &ReceiptName) -> Result<Receipt, Failure> {
    let request = GetReceiptRequest { name: id.to_string() };
    cx.node.call(request, async |r| cx.node.receipts().get_receipt(r).await).await
}

async fn record(cx: &mut Context<'_>, args: RecordArgs) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let (at, input) = args.counted.into_input(&mut faults)?;
    let mut record = record::Receipt {
        common: Some(input.common().to_record(at, &cx.author(), &mut faults)),
        consignment: Some(args.consignment.to_ref()),
        ..record::Receipt::default()
    };
    change_head(&input, &mut record, at, &mut faults);
    change_lines(&input, &mut record.lines, at, &mut faults);
    faults.end()?;
    own_parties(cx, &input.common()).await?;
    if record.lines.iter().any(|line| line.line == 0) {
        let consignment = super::consignment::get(cx, &args.consignment).await?;
        let only = only_line(cx, &consignment).await?;
        record.lines.iter_mut().for_each(|line| line.line = only);
    }
    let id = args.write.id();
    let request = RecordReceiptRequest {
        receipt: Some(Receipt { record: Some(record), ..Receipt::default() }),
        request_id: id.clone(),
        validate_only: args.validate_only,
        public_contact: args.public_contact,
        complete: args.complete,
    };
    let mut counted =
        cx.node.write(&id, request, async |r| cx.node.receipts().record_receipt(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        counted.name.clear();
    }
    cx.written(&counted)
}

/// Reads, changes what was typed, writes back at the revision that was read.
async fn correct(cx: &mut Context<'_>, args: CorrectArgs) -> Result<(), Failure> {
    let mut receipt = get(cx, &args.id).await?;
    let record = receipt.record.get_or_insert_default();
    let mut faults = Faults::default();
    let (at, mut input) = args.counted.into_input(&mut faults)?;
    input.common().refuse_fixed(at, &mut faults);
    if let ([only], [typed]) = (record.lines.as_slice(), input.lines.as_mut_slice()) {
        typed.line.get_or_insert(only.line);
    }
    if input.lines.iter().any(|line| line.line.is_none()) {
        faults.missing(at, "line", &format!("one of {}", numbers(record.lines.iter().map(|line| line.line))));
    }
    let mut paths = change_head(&input, record, at, &mut faults);
    if change_lines(&input, &mut record.lines, at, &mut faults) {
        paths.push("lines");
    }
    faults.end()?;
    if paths.is_empty() && !args.complete {
        let message = "nothing to change: give a count, --received, --at, --note, --complete, or --file";
        return Err(Failure::new(Exit::Usage, message));
    }
    if paths.is_empty() {
        // An empty mask would mean everything; the lines as they were read change nothing but that they are complete.
        paths.push("lines");
    }
    receipt.etag = Some(args.etag.etag()).filter(|etag| !etag.is_empty()).unwrap_or(receipt.etag);
    let id = args.write.id();
    let request = CorrectReceiptRequest {
        receipt: Some(receipt),
        update_mask: Some(FieldMask { paths: paths.into_iter().map(str::to_owned).collect() }),
        request_id: id.clone(),
        reason: args.reason.unwrap_or_default(),
        public_contact: args.public_contact,
        complete: args.complete,
    };
    let corrected =
        cx.node.write(&id, request, async |r| cx.node.receipts().correct_receipt(r).await).await?;
    cx.written(&corrected)
}

async fn list(
    cx: &mut Context<'_>,
    node: Option<&Handle>,
    consignment: Option<&ConsignmentName>,
    limit: u32,
) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let consignment = name_or_empty(consignment);
        let request = ListReceiptsRequest { parent: parent(node), page_size, page_token, consignment };
        let page = cx.node.call(request, async |r| cx.node.receipts().list_receipts(r).await).await?;
        Ok((page.receipts, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

/// Changes what was typed above the lines, and says which paths that is.
fn change_head(
    input: &ReceiptInput,
    record: &mut record::Receipt,
    at: At,
    faults: &mut Faults,
) -> Vec<&'static str> {
    let mut paths = Vec::new();
    if let Some(text) = &input.received {
        record.received = faults.parse(at, "received", text, when::parse_past);
        paths.push("received");
    }
    if let Some(text) = &input.at {
        record.received_at = faults.parse(at, "at", text, place::parse);
        paths.push("received_at");
    }
    if let Some(note) = &input.note {
        record.note.clone_from(note);
        paths.push("note");
    }
    paths
}

/// Changes the lines that were typed, adds those that were not counted before, and says whether there was any. Number 0
/// stands for the only line until somebody has asked which that is.
fn change_lines(input: &ReceiptInput, lines: &mut Vec<ReceiptLine>, at: At, faults: &mut Faults) -> bool {
    for (index, typed) in input.lines.iter().enumerate() {
        let CountInput { line, .. } = typed;
        let number = line.unwrap_or_default();
        let found = lines.iter().position(|line| line.line == number).unwrap_or_else(|| {
            lines.push(ReceiptLine { line: number, ..ReceiptLine::default() });
            lines.len() - 1
        });
        typed.change(&mut lines[found], at.line(index), faults);
    }
    !input.lines.is_empty()
}

/// The one line of a consignment that is for this city: this node is asked whose the needs are.
async fn only_line(cx: &Context<'_>, consignment: &Consignment) -> Result<u32, Failure> {
    let lines = consignment.record.as_ref().map(|record| record.lines.as_slice()).unwrap_or_default();
    if let [only] = lines {
        return Ok(only.line);
    }
    let mut own = Vec::new();
    let mut asked = std::collections::BTreeMap::new();
    for line in lines {
        let Some(need) = &line.need_line else { continue };
        let mine = match asked.get(&need.owner) {
            Some(mine) => *mine,
            None => {
                let mine = is_own(cx, &need.owner, need.number).await?;
                asked.insert(need.owner.clone(), mine);
                mine
            }
        };
        if mine {
            own.push(line.line);
        }
    }
    match own.as_slice() {
        [only] => Ok(*only),
        [] => Err(Failure::new(Exit::Refused, "no line of this consignment is for this city")),
        several => {
            let several = numbers(several.iter().copied());
            Err(Failure::new(Exit::Usage, format!("--line: missing, expected one of {several}")))
        }
    }
}

/// Whether the need is this node's. A need that is not here is another city's: an owner has all of its own.
async fn is_own(cx: &Context<'_>, owner: &str, number: u64) -> Result<bool, Failure> {
    let Ok(name) = format!("{owner}/{number}").parse::<NeedName>() else { return Ok(false) };
    let request = GetNeedRequest { name: name.to_string() };
    match cx.node.call(request, async |r| cx.node.needs().get_need(r).await).await {
        Ok(need) => Ok(need.provenance.is_some_and(|provenance| provenance.own)),
        Err(failure) if failure.exit == Exit::NotFound => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn numbers(numbers: impl Iterator<Item = u32>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}
