//! The verbs, one file per family: each asks, calls once or a few times, and prints.

pub(crate) mod audit;
pub(crate) mod call;
pub(crate) mod commitment;
pub(crate) mod consignment;
pub(crate) mod desk;
pub(crate) mod drill;
pub(crate) mod federation;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod item;
pub(crate) mod knowledge;
pub(crate) mod matches;
pub(crate) mod message;
pub(crate) mod need;
pub(crate) mod offer;
pub(crate) mod offline;
pub(crate) mod partnership;
pub(crate) mod party;
pub(crate) mod peer;
pub(crate) mod receipt;
pub(crate) mod report;
pub(crate) mod requisition;
pub(crate) mod shell;
pub(crate) mod token;

use std::io::Write;

use quince_proto::api::v1::GetPartyRequest;
use quince_proto::record::v1 as record;

use crate::args::{Cli, Global, NodeVerb, Verb};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::common::CommonInput;
use crate::input::sheet::Author;
use crate::input::text::Texts;
use crate::name::{Handle, LineName, RecordName, short_record};

/// Runs one command.
pub(crate) fn run(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    match cli.verb {
        Verb::Shell(verb) => verb.run(out),
        Verb::Node(verb) => call(&cli.global, *verb, out, err),
    }
}

/// Runs a verb that needs the node.
fn call(global: &Global, verb: NodeVerb, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let mut cx = Context::open(global, out, err)?;
        // Boxed, because the futures of all verbs together would not fit on a small stack.
        Box::pin(dispatch(&mut cx, verb)).await
    })
}

async fn dispatch(cx: &mut Context<'_>, verb: NodeVerb) -> Result<(), Failure> {
    match verb {
        NodeVerb::Status => desk::status(cx).await,
        NodeVerb::Todo(args) => desk::todo(cx, &args).await,
        NodeVerb::Watch(args) => desk::watch(cx, args).await,
        NodeVerb::Federation(verb) => verb.run(cx).await,
        NodeVerb::Peer(verb) => verb.run(cx).await,
        NodeVerb::Offline(verb) => verb.run(cx).await,
        NodeVerb::Party(verb) => verb.run(cx).await,
        NodeVerb::Item(verb) => verb.run(cx).await,
        NodeVerb::Need(verb) => verb.run(cx).await,
        NodeVerb::Offer(verb) => verb.run(cx).await,
        NodeVerb::Match(verb) => verb.run(cx).await,
        NodeVerb::Requisition(verb) => verb.run(cx).await,
        NodeVerb::Commitment(verb) => verb.run(cx).await,
        NodeVerb::Consignment(verb) => verb.run(cx).await,
        NodeVerb::Receipt(verb) => verb.run(cx).await,
        NodeVerb::Call(verb) => verb.run(cx).await,
        NodeVerb::Partnership(verb) => verb.run(cx).await,
        NodeVerb::Message(verb) => verb.run(cx).await,
        NodeVerb::Knowledge(verb) => verb.run(cx).await,
        NodeVerb::Report(verb) => verb.run(cx).await,
        NodeVerb::Import(args) => import::import(cx, &args).await,
        NodeVerb::History(args) => history::history(cx, &args).await,
        NodeVerb::Drill(verb) => verb.run(cx).await,
        NodeVerb::Token(verb) => verb.run(cx).await,
        NodeVerb::Audit(verb) => verb.run(cx).await,
    }
}

/// A list's parent: one node, or every node.
fn parent(node: Option<&Handle>) -> String {
    node.map(Handle::node).unwrap_or_default()
}

/// The name, or nothing where a filter was not given.
fn name_or_empty(name: Option<&impl std::fmt::Display>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}

/// The numbers of a filter by enum.
fn numbers<E: Copy + Into<i32>>(choices: &[E]) -> Vec<i32> {
    choices.iter().map(|choice| (*choice).into()).collect()
}

/// The texts of a record; none where none were typed.
fn texts(typed: Option<&Texts>, author: &Author<'_>) -> Vec<record::Text> {
    typed.map(|texts| texts.to_record(author.language)).unwrap_or_default()
}

/// Refuses parties that were named by an id and are not this node's. A record holds their numbers only, so another city's
/// party would silently become the own one of the same number.
async fn own_parties(cx: &Context<'_>, common: &CommonInput) -> Result<(), Failure> {
    for party in common.named_parties() {
        own_party(cx, "party", &party).await?;
    }
    Ok(())
}

/// Refuses a party that is not this node's.
async fn own_party(cx: &Context<'_>, key: &str, party: &PartyName) -> Result<(), Failure> {
    let request = GetPartyRequest { name: party.to_string() };
    let found = cx.node.call(request, async |r| cx.node.parties().get_party(r).await).await?;
    if found.provenance.is_some_and(|provenance| provenance.own) {
        return Ok(());
    }
    let id = short_record(&party.to_ref());
    Err(Failure::new(Exit::Usage, format!("{key}: {id} is another city's, expected an own party"))
        .with_hint("quince party list shows them; quince party add makes one"))
}

type NeedName = RecordName<crate::name::Needs>;
type OfferName = RecordName<crate::name::Offers>;
type RequisitionName = RecordName<crate::name::Requisitions>;
type CommitmentName = RecordName<crate::name::Commitments>;
type PartyName = RecordName<crate::name::Parties>;
type ConsignmentName = RecordName<crate::name::Consignments>;
type ReceiptName = RecordName<crate::name::Receipts>;
type CallName = RecordName<crate::name::Calls>;
type PartnershipName = RecordName<crate::name::Partnerships>;
type MessageName = RecordName<crate::name::Messages>;
type KnowledgeName = RecordName<crate::name::Knowledge>;
type ReportName = RecordName<crate::name::Reports>;
type NeedLineName = LineName<crate::name::Needs>;
type OfferLineName = LineName<crate::name::Offers>;
