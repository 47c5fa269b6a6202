//! The verbs, one file per family: each asks, calls once or a few times, and prints.

pub(crate) mod audit;
pub(crate) mod commitment;
pub(crate) mod desk;
pub(crate) mod federation;
pub(crate) mod item;
pub(crate) mod matches;
pub(crate) mod need;
pub(crate) mod offer;
pub(crate) mod party;
pub(crate) mod peer;
pub(crate) mod requisition;
pub(crate) mod shell;
pub(crate) mod token;

use std::io::Write;

use crate::args::{Cli, Global, Verb};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::name::{Handle, LineName, RecordName};

/// Runs one command.
pub(crate) fn run(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    match cli.verb {
        Verb::Completions(args) => shell::completions(&args, out),
        Verb::Man(args) => shell::man(&args, out),
        verb => call(&cli.global, verb, out, err),
    }
}

/// Runs a verb that needs the node.
fn call(global: &Global, verb: Verb, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
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

async fn dispatch(cx: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Status => desk::status(cx).await,
        Verb::Todo(args) => desk::todo(cx, &args).await,
        Verb::Watch(args) => desk::watch(cx, args).await,
        Verb::Federation(verb) => verb.run(cx).await,
        Verb::Peer(verb) => verb.run(cx).await,
        Verb::Party(verb) => verb.run(cx).await,
        Verb::Item(verb) => verb.run(cx).await,
        Verb::Need(verb) => verb.run(cx).await,
        Verb::Offer(verb) => verb.run(cx).await,
        Verb::Match(verb) => verb.run(cx).await,
        Verb::Requisition(verb) => verb.run(cx).await,
        Verb::Commitment(verb) => verb.run(cx).await,
        Verb::Token(verb) => verb.run(cx).await,
        Verb::Audit(verb) => verb.run(cx).await,
        Verb::Completions(_) | Verb::Man(_) => unreachable!("answered before a profile was read"),
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

type NeedName = RecordName<crate::name::Needs>;
type OfferName = RecordName<crate::name::Offers>;
type RequisitionName = RecordName<crate::name::Requisitions>;
type CommitmentName = RecordName<crate::name::Commitments>;
type PartyName = RecordName<crate::name::Parties>;
type NeedLineName = LineName<crate::name::Needs>;
type OfferLineName = LineName<crate::name::Offers>;
