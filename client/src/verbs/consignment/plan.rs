//! Planning a consignment: what was typed becomes a whole record, which the node judges.

use std::path::PathBuf;

use clap::Args;
use quince_proto::api::v1::{Consignment, GetCommitmentRequest, PlanConsignmentRequest};
use quince_proto::record::v1::{self as record, Carriage, ConsignmentLine};

use crate::args::WriteArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::consignment::{ConsignmentInput, ConsignmentLineInput, Fulfilment};
use crate::input::fault::{At, Faults};
use crate::input::sheet::read;
use crate::name::{short, short_record};
use crate::verbs::{own_parties, own_party, texts};

/// Shown below the help of whatever reads a file.
pub(super) const FILE_HELP: &str = "\
A file is YAML or JSON; its keys are the flags without dashes, those of the carriage under `carriage`, lines under `lines`:
  carriage: {by: air, from: \"Quanzhou,CN\", to: \"Isfahan,IR\", waybill: 999-1234}
  document: [\"packing-list:ready\", \"gift-certificate:required\"]
  lines:
    - commitment: quanzhou/5
      quantity: 80000
      lots: [{number: B77, expires: 2028-01-31, quantity: 80000}]
    - commitment: quanzhou/6
      consignees: [{name: Al-Zahra Hospital, place: \"Isfahan,IR\", quantity: 300}]
A line is numbered by its place unless it says `line: NUMBER`; without a quantity it takes all that was promised.";

/// A consignment as typed in either form.
#[derive(Args)]
pub(super) struct TypedConsignment {
    /// Read it from a file of YAML or JSON instead, with lots and consignees; - is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// An own commitment that it fulfils, and how much of it: ID or ID:AMOUNT; all of it when not said; may be repeated
    #[arg(long, value_name = "COMMITMENT")]
    commitment: Vec<String>,
    /// How much of the one commitment, in its base unit
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    quantity: Option<String>,
    #[command(flatten)]
    input: ConsignmentInput,
}

/// `quince consignment plan`
#[derive(Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    typed: TypedConsignment,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn plan(cx: &mut Context<'_>, args: PlanArgs) -> Result<(), Failure> {
    let (at, input) = args.typed.into_input()?;
    let author = cx.author();
    let mut faults = Faults::default();
    let fulfilments = input.fulfilments(at, &mut faults);
    if input.lines.is_empty() {
        match at {
            At::Flags => faults.missing(at, "commitment", "an own commitment such as quanzhou/5"),
            _ => faults.missing(at, "lines", "at least one line"),
        }
    }
    let mut carriage = Carriage::default();
    let carrier = input.carriage.change(&mut carriage, at, &mut faults);
    let mut record = record::Consignment {
        common: Some(input.common().to_record(at, &author, &mut faults)),
        title: texts(input.title.as_ref(), &author),
        description: texts(input.description.as_ref(), &author),
        carriage: Some(carriage).filter(|carriage| *carriage != Carriage::default()),
        documents: input.documents(at, &mut faults),
        ..record::Consignment::default()
    };
    faults.end()?;
    own_parties(cx, &input.common()).await?;
    if let Some(carrier) = carrier {
        own_party(cx, "carrier", &carrier).await?;
    }
    record.lines = lines(cx, fulfilments).await?;
    let id = args.write.id();
    let request = PlanConsignmentRequest {
        consignment: Some(Consignment { record: Some(record), ..Consignment::default() }),
        request_id: id.clone(),
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut planned =
        cx.node.write(&id, request, async |r| cx.node.consignments().plan_consignment(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        planned.name.clear();
    }
    cx.written(&planned)
}

/// The lines with their amounts. A record holds the numbers of own commitments only, so each is asked for: another city's
/// would silently become the own one of the same number.
pub(super) async fn lines(
    cx: &Context<'_>,
    fulfilments: Vec<Fulfilment>,
) -> Result<Vec<ConsignmentLine>, Failure> {
    let mut lines = Vec::new();
    for Fulfilment { commitment, mut line } in fulfilments {
        let request = GetCommitmentRequest { name: commitment.to_string() };
        let found = cx.node.call(request, async |r| cx.node.commitments().get_commitment(r).await).await?;
        let id = short_record(&commitment.to_ref());
        if !found.provenance.is_some_and(|provenance| provenance.own) {
            let message = format!("commitment: {id} is another city's, expected an own one");
            return Err(Failure::new(Exit::Usage, message).with_hint("quince commitment list --node HANDLE"));
        }
        if line.amount == 0 {
            line.amount = found.record.map_or(0, |record| record.amount);
        }
        if line.amount == 0 {
            return Err(Failure::new(
                Exit::Refused,
                format!("commitment {} promises nothing", short(&found.name)),
            ));
        }
        lines.push(line);
    }
    Ok(lines)
}

impl TypedConsignment {
    /// The input, and where it was typed.
    pub(super) fn into_input(self) -> Result<(At, ConsignmentInput), Failure> {
        let usage = |message: &str| Err(Failure::new(Exit::Usage, message));
        if let Some(file) = self.file {
            let typed = !self.commitment.is_empty() || self.quantity.is_some();
            if typed || self.input != ConsignmentInput::default() {
                return usage("--file takes the place of all other flags that say what is in it");
            }
            return Ok((At::File, read(&file)?));
        }
        let mut lines: Vec<_> =
            self.commitment.iter().map(|text| ConsignmentLineInput::of_flag(text)).collect();
        match (self.quantity, lines.as_mut_slice()) {
            (None, _) => {}
            (quantity, [only]) if only.quantity.is_none() => only.quantity = quantity,
            _ => {
                return usage(
                    "--quantity is of one --commitment; of several write --commitment ID:AMOUNT each",
                );
            }
        }
        Ok((At::Flags, ConsignmentInput { lines, ..self.input }))
    }
}
