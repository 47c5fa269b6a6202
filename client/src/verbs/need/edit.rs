//! Writing and rewriting a need: what was typed becomes a whole record, which the node judges.

use clap::Args;
use prost_types::FieldMask;
use quince_proto::api::v1::{CreateNeedRequest, Need, UpdateNeedRequest};
use quince_proto::record::v1::{self as record, NeedLine};

use crate::args::{EtagArgs, WriteArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::catalogue::Catalogue;
use crate::input::fault::{At, Faults};
use crate::input::need::{self, NeedLineInput};
use crate::input::sheet::Typed;
use crate::verbs::{NeedName, own_parties};

/// Shown below the help of whatever reads a file.
pub(in crate::verbs) const FILE_HELP: &str = "\
A file is YAML or JSON; its keys are the flags without dashes, those of a line under `lines`:
  title: {en: Masks for the hospitals, fa: ماسک}   # or one text in the profile's language
  party: [\"3:requester\"]
  lines:
    - item: mask.surgical.iir
      quantity: 1600 box of 50
      urgency: 1
      by: mid-March 2027-03-10..2027-03-20
      to: Isfahan,IR,32.654,51.668
    - {item: gown.isolation.l3, quantity: \">=500\", urgency: 2, to: \"Isfahan,IR\"}
A line is numbered by its place unless it says `line: NUMBER`.";

/// `quince need create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    typed: Typed<NeedLineInput>,
    /// Keep it private until it is submitted or opened
    #[arg(long)]
    draft: bool,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince need update`
#[derive(Args)]
pub(crate) struct UpdateArgs {
    /// Its id, such as isfahan/17
    id: NeedName,
    #[command(flatten)]
    typed: Typed<NeedLineInput>,
    /// Which line the flags change, where there are several
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    line: Option<u32>,
    /// Why; mandatory when a quantity, item or date changes
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

pub(super) async fn create(cx: &mut Context<'_>, args: CreateArgs) -> Result<(), Failure> {
    let record = typed_record(cx, args.typed).await?;
    let id = args.write.id();
    let request = CreateNeedRequest {
        need: Some(Need { record: Some(record), ..Need::default() }),
        request_id: id.clone(),
        draft: args.draft,
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut need = cx.node.write(&id, request, async |r| cx.node.needs().create_need(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        need.name.clear();
    }
    cx.written(&need)
}

/// The record that was typed, whole, as this city would write it.
pub(in crate::verbs) async fn typed_record(
    cx: &Context<'_>,
    typed: Typed<NeedLineInput>,
) -> Result<record::Need, Failure> {
    let (at, sheet) = typed.into_sheet()?;
    own_parties(cx, &sheet.common()).await?;
    let catalogue = Catalogue::ask(&cx.node, &sheet.lines).await?;
    let mut faults = Faults::default();
    let record = need::to_record(&sheet, at, &cx.author(), &catalogue, &mut faults);
    faults.end()?;
    Ok(record)
}

/// Reads, changes what was typed, writes back at the revision that was read.
pub(super) async fn update(cx: &mut Context<'_>, args: UpdateArgs) -> Result<(), Failure> {
    let mut need = super::get(cx, &args.id).await?;
    let record = need.record.get_or_insert_default();
    let paths = change(cx, record, args.typed, args.line).await?;
    need.etag = Some(args.etag.etag()).filter(|etag| !etag.is_empty()).unwrap_or(need.etag);
    let id = args.write.id();
    let request = UpdateNeedRequest {
        need: Some(need),
        update_mask: Some(FieldMask { paths }),
        request_id: id.clone(),
        reason: args.reason.unwrap_or_default(),
        public_contact: args.public_contact,
    };
    let need = cx.node.write(&id, request, async |r| cx.node.needs().update_need(r).await).await?;
    cx.written(&need)
}

/// Changes what was typed and says which paths that is.
async fn change(
    cx: &Context<'_>,
    record: &mut record::Need,
    typed: Typed<NeedLineInput>,
    number: Option<u32>,
) -> Result<Vec<String>, Failure> {
    let (at, mut sheet) = typed.into_sheet()?;
    let mut faults = Faults::default();
    sheet.common().refuse_fixed(at, &mut faults);
    let head = sheet.head(at, &cx.author(), &mut faults);
    let mut paths = Vec::new();
    if !head.title.is_empty() {
        record.title = head.title;
        paths.push("title".to_owned());
    }
    if !head.description.is_empty() {
        record.description = head.description;
        paths.push("description".to_owned());
    }
    if sheet.lines.iter().any(|line| *line != NeedLineInput::default()) {
        paths.push("lines".to_owned());
        if let (At::Flags, [input]) = (at, sheet.lines.as_mut_slice()) {
            let line = existing_line(&mut record.lines, number)?;
            input.item.get_or_insert_with(|| line.item.clone());
            let catalogue = Catalogue::ask(&cx.node, &sheet.lines).await?;
            sheet.lines[0].change(line, at, &catalogue, &mut faults);
        } else {
            let catalogue = Catalogue::ask(&cx.node, &sheet.lines).await?;
            record.lines = need::to_lines(&sheet.lines, at, &catalogue, &mut faults);
        }
    }
    faults.end()?;
    if paths.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing to change: give a text, a line's flags, or --file"));
    }
    Ok(paths)
}

fn existing_line(lines: &mut [NeedLine], number: Option<u32>) -> Result<&mut NeedLine, Failure> {
    let numbers: Vec<String> = lines.iter().map(|line| line.line.to_string()).collect();
    let failure = |what: String| {
        Failure::new(Exit::Usage, format!("--line: {what}, expected one of {}", numbers.join(", ")))
    };
    match (number, lines) {
        (None, [only]) => Ok(only),
        (None, _) => Err(failure("missing".to_owned())),
        (Some(number), lines) => {
            lines.iter_mut().find(|line| line.line == number).ok_or_else(|| failure(format!("got {number}")))
        }
    }
}
