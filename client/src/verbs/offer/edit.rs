//! Writing and rewriting an offer: what was typed becomes a whole record, which the node judges.

use clap::Args;
use prost_types::FieldMask;
use quince_proto::api::v1::{CreateOfferRequest, Offer, UpdateOfferRequest};
use quince_proto::record::v1::{self as record, OfferLine};

use crate::args::{EtagArgs, WriteArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::catalogue::Catalogue;
use crate::input::fault::{At, Faults};
use crate::input::offer::{self, OfferLineInput};
use crate::input::sheet::Typed;
use crate::verbs::{OfferName, own_parties};

/// Shown below the help of whatever reads a file.
pub(in crate::verbs) const FILE_HELP: &str = "\
A file is YAML or JSON; its keys are the flags without dashes, those of a line under `lines`:
  title: {en: Masks in stock, fa: ماسک}   # or one text in the profile's language
  party: [\"3:donor\"]
  lines:
    - item: mask.surgical.iir
      quantity: 1600 box of 50
      available: 2027-03-01
      from: Quanzhou,CN,24.874,118.676
      terms: {basis: gift, freight: supplier}
    - {item: gown.isolation.l3, quantity: \">=500\", from: \"Quanzhou,CN\"}
A line is numbered by its place unless it says `line: NUMBER`.";

/// `quince offer create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    typed: Typed<OfferLineInput>,
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

/// `quince offer update`
#[derive(Args)]
pub(crate) struct UpdateArgs {
    /// Its id, such as quanzhou/4
    id: OfferName,
    #[command(flatten)]
    typed: Typed<OfferLineInput>,
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
    let request = CreateOfferRequest {
        offer: Some(Offer { record: Some(record), ..Offer::default() }),
        request_id: id.clone(),
        draft: args.draft,
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut offer = cx.node.write(&id, request, async |r| cx.node.offers().create_offer(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        offer.name.clear();
    }
    cx.written(&offer)
}

/// The record that was typed, whole, as this city would write it.
pub(in crate::verbs) async fn typed_record(
    cx: &Context<'_>,
    typed: Typed<OfferLineInput>,
) -> Result<record::Offer, Failure> {
    let (at, sheet) = typed.into_sheet()?;
    own_parties(cx, &sheet.common()).await?;
    let catalogue = Catalogue::ask(&cx.node, &sheet.lines).await?;
    let mut faults = Faults::default();
    let record = offer::to_record(&sheet, at, &cx.author(), &catalogue, &mut faults);
    faults.end()?;
    Ok(record)
}

/// Reads, changes what was typed, writes back at the revision that was read.
pub(super) async fn update(cx: &mut Context<'_>, args: UpdateArgs) -> Result<(), Failure> {
    let mut offer = super::get(cx, &args.id).await?;
    let record = offer.record.get_or_insert_default();
    let paths = change(cx, record, args.typed, args.line).await?;
    offer.etag = Some(args.etag.etag()).filter(|etag| !etag.is_empty()).unwrap_or(offer.etag);
    let id = args.write.id();
    let request = UpdateOfferRequest {
        offer: Some(offer),
        update_mask: Some(FieldMask { paths }),
        request_id: id.clone(),
        reason: args.reason.unwrap_or_default(),
        public_contact: args.public_contact,
    };
    let offer = cx.node.write(&id, request, async |r| cx.node.offers().update_offer(r).await).await?;
    cx.written(&offer)
}

/// Changes what was typed and says which paths that is.
async fn change(
    cx: &Context<'_>,
    record: &mut record::Offer,
    typed: Typed<OfferLineInput>,
    number: Option<u32>,
) -> Result<Vec<String>, Failure> {
    let (at, mut sheet) = typed.into_sheet()?;
    let mut faults = Faults::default();
    sheet.common().refuse_fixed(at, &mut faults);
    let head = sheet.head(at, &cx.author(), &mut faults);
    let now = cx.author().now;
    let mut paths = Vec::new();
    if !head.title.is_empty() {
        record.title = head.title;
        paths.push("title".to_owned());
    }
    if !head.description.is_empty() {
        record.description = head.description;
        paths.push("description".to_owned());
    }
    if sheet.lines.iter().any(|line| *line != OfferLineInput::default()) {
        paths.push("lines".to_owned());
        if let (At::Flags, [input]) = (at, sheet.lines.as_mut_slice()) {
            let line = existing_line(&mut record.lines, number)?;
            input.item.get_or_insert_with(|| line.item.clone());
            let catalogue = Catalogue::ask(&cx.node, &sheet.lines).await?;
            sheet.lines[0].change(line, at, now, &catalogue, &mut faults);
        } else {
            let catalogue = Catalogue::ask(&cx.node, &sheet.lines).await?;
            record.lines = offer::to_lines(&sheet.lines, at, now, &catalogue, &mut faults);
        }
    }
    faults.end()?;
    if paths.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing to change: give a text, a line's flags, or --file"));
    }
    Ok(paths)
}

fn existing_line(lines: &mut [OfferLine], number: Option<u32>) -> Result<&mut OfferLine, Failure> {
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
