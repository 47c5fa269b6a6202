//! Correcting a consignment: reads it, changes what was typed, writes it back at the revision that was read.

use clap::Args;
use prost_types::FieldMask;
use quince_proto::api::v1::CorrectConsignmentRequest;
use quince_proto::record::v1::{self as record, ConsignmentLine, Document};

use super::plan::{TypedConsignment, lines};
use crate::args::{EtagArgs, WriteArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::consignment::{CarriageInput, Fulfilment};
use crate::input::fault::{At, Faults};
use crate::verbs::{ConsignmentName, own_party};

/// `quince consignment correct`
#[derive(Args)]
pub(crate) struct CorrectArgs {
    /// Its id, such as quanzhou/7
    id: ConsignmentName,
    #[command(flatten)]
    typed: TypedConsignment,
    /// Why; mandatory once it is dispatched
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

pub(super) async fn correct(cx: &mut Context<'_>, args: CorrectArgs) -> Result<(), Failure> {
    let mut consignment = super::get(cx, &args.id).await?;
    let record = consignment.record.get_or_insert_default();
    let paths = change(cx, record, args.typed).await?;
    consignment.etag = Some(args.etag.etag()).filter(|etag| !etag.is_empty()).unwrap_or(consignment.etag);
    let id = args.write.id();
    let request = CorrectConsignmentRequest {
        consignment: Some(consignment),
        update_mask: Some(FieldMask { paths }),
        request_id: id.clone(),
        reason: args.reason.unwrap_or_default(),
        public_contact: args.public_contact,
    };
    let corrected =
        cx.node.write(&id, request, async |r| cx.node.consignments().correct_consignment(r).await).await?;
    cx.written(&corrected)
}

/// Changes what was typed and says which paths that is. A file replaces all lines, flags change those they name.
async fn change(
    cx: &Context<'_>,
    record: &mut record::Consignment,
    typed: TypedConsignment,
) -> Result<Vec<String>, Failure> {
    let (at, input) = typed.into_input()?;
    let mut faults = Faults::default();
    input.common().refuse_fixed(at, &mut faults);
    let fulfilments = input.fulfilments(at, &mut faults);
    let mut paths = Vec::new();
    let author = cx.author();
    if let Some(title) = &input.title {
        record.title = title.to_record(author.language);
        paths.push("title");
    }
    if let Some(description) = &input.description {
        record.description = description.to_record(author.language);
        paths.push("description");
    }
    let mut carrier = None;
    if input.carriage != CarriageInput::default() {
        let carriage = record.carriage.get_or_insert_default();
        carrier = input.carriage.change(carriage, at, &mut faults);
        paths.push("carriage");
    }
    let documents = input.documents(at, &mut faults);
    faults.end()?;
    if let Some(carrier) = carrier {
        own_party(cx, "carrier", &carrier).await?;
    }
    if !documents.is_empty() {
        documents.into_iter().for_each(|document| put_document(&mut record.documents, document));
        paths.push("documents");
    }
    if !fulfilments.is_empty() {
        change_lines(cx, &mut record.lines, at, fulfilments).await?;
        paths.push("lines");
    }
    if paths.is_empty() {
        let message = "nothing to change: give a text, a flag of the carriage, a paper, a line, or --file";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(paths.into_iter().map(str::to_owned).collect())
}

/// A paper of a type that stands there takes its place.
fn put_document(documents: &mut Vec<Document>, document: Document) {
    match documents.iter_mut().find(|one| one.r#type == document.r#type) {
        Some(one) => *one = document,
        None => documents.push(document),
    }
}

/// By flags a line is known by its commitment and keeps its number, lots and consignees; a new one gets the next number.
async fn change_lines(
    cx: &Context<'_>,
    old: &mut Vec<ConsignmentLine>,
    at: At,
    fulfilments: Vec<Fulfilment>,
) -> Result<(), Failure> {
    let new = lines(cx, fulfilments).await?;
    if matches!(at, At::File | At::Line(_)) {
        *old = new;
        return Ok(());
    }
    for line in new {
        let next = old.iter().map(|one| one.line).max().unwrap_or_default() + 1;
        match old.iter_mut().find(|one| one.commitment == line.commitment) {
            Some(one) => one.amount = line.amount,
            None => old.push(ConsignmentLine { line: next, ..line }),
        }
    }
    Ok(())
}
