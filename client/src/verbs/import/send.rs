//! Records to the node: all of them to be judged, then all of them to be written.

use quince_proto::api::v1::{CreateNeedRequest, CreateOfferRequest, Need, Offer};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::import::entry::places;
use crate::input::import::{Entry, refusal};
use crate::name::short;
use crate::print::table::plain;
use crate::verbs::import::progress::Progress;
use crate::verbs::own_parties;

/// The columns of what was written.
const HEAD: [&str; 3] = ["ROWS", "RECORD", "ID"];

/// What to do when nobody can say whether the last record was written.
const REPEAT: &str =
    "run the same command on the same file again: what is written already is not written twice";

/// What to do when the node refuses what it found in order before.
const CORRECT: &str = "correct what is refused and leave the other rows as and where they are: what is written already \
                       is then not written twice";

/// A record that is ready, and where it comes from.
pub(super) struct Ready {
    pub(super) entry: Entry,
    pub(super) request: Request,
}

/// What the node is asked.
pub(super) enum Request {
    Need(Box<CreateNeedRequest>),
    Offer(Box<CreateOfferRequest>),
}

/// What the node answers.
pub(super) enum Created {
    Need(Box<Need>),
    Offer(Box<Offer>),
}

/// Lets the node judge every record without writing one; its faults come back with their rows.
pub(super) async fn check(cx: &mut Context<'_>, ready: &[Ready]) -> Result<Vec<Created>, Failure> {
    let (mut judged, mut fields) = (Vec::with_capacity(ready.len()), Vec::new());
    let mut progress = Progress::start("checked", ready.len());
    for (index, one) in ready.iter().enumerate() {
        if let Err(failure) = own_parties(cx, &one.entry.common()).await {
            let row = one.entry.row_with("party").number;
            fields
                .extend(refused(failure)?.into_iter().map(|(_, words)| (format!("row {row}, party"), words)));
        }
        match one.send(cx, true).await {
            Ok(created) => judged.push(created),
            Err(failure) => {
                let told = |(path, words): (String, String)| (refusal::place(&one.entry, &path), words);
                fields.extend(refused(failure)?.into_iter().map(told));
            }
        }
        progress.tell(cx, index + 1)?;
    }
    if fields.is_empty() {
        return Ok(judged);
    }
    let mut failure = Failure::new(Exit::Usage, "the node found faults; nothing was written");
    failure.fields = fields;
    Err(failure)
}

/// What the node has against a record; a failure that has nothing to do with the record ends the check.
fn refused(failure: Failure) -> Result<Vec<(String, String)>, Failure> {
    match failure.exit {
        Exit::Unavailable | Exit::Denied | Exit::Failed => Err(failure),
        _ if failure.fields.is_empty() => Ok(vec![(String::new(), failure.message)]),
        _ => Ok(failure.fields),
    }
}

/// Writes them one after the other, and says which are written whether all of them are or not.
pub(super) async fn write(cx: &mut Context<'_>, ready: &[Ready]) -> Result<(), Failure> {
    let mut written = Vec::with_capacity(ready.len());
    let mut progress = Progress::start("wrote", ready.len());
    let mut broken = None;
    for (index, one) in ready.iter().enumerate() {
        match one.send(cx, false).await {
            Ok(created) => {
                created.print_json(cx)?;
                written.push(created.name().to_owned());
            }
            Err(failure) => {
                broken = Some(interrupted(&ready[..index], one, ready.len(), failure));
                break;
            }
        }
        progress.tell(cx, index + 1)?;
    }
    let rows = ready
        .iter()
        .zip(&written)
        .map(|(one, name)| vec![one.entry.numbers(), one.entry.family.word().to_owned(), short(name)]);
    if !cx.print.is_json() && !written.is_empty() {
        cx.print.data(&plain(&HEAD, rows))?;
    }
    match broken {
        Some(failure) => Err(failure),
        None => Ok(cx.print.say(&format!("records written: {}", ready.len()))?),
    }
}

/// Which rows are written, at which it ended, and what to do.
fn interrupted(written: &[Ready], at: &Ready, all: usize, failure: Failure) -> Failure {
    let rows: Vec<usize> = written.iter().flat_map(|one| &one.entry.rows).map(|row| row.number).collect();
    let done = match written.len() {
        0 => "no record is written".to_owned(),
        count => format!("{count} of {all} records are written, {}", places(&rows)),
    };
    let fields = failure.fields.iter().map(|(path, words)| (refusal::place(&at.entry, path), words.clone()));
    let (fields, place) = (fields.collect(), at.entry.place());
    let (doubt, hint) = match (failure.exit, &failure.hint) {
        (Exit::Unavailable | Exit::Failed, _) => ("whether it was written is not known", REPEAT.to_owned()),
        (Exit::Denied, Some(hint)) => ("it was not written", format!("{hint}; then {REPEAT}")),
        (Exit::Denied, None) => ("it was not written", REPEAT.to_owned()),
        _ => ("it was not written", CORRECT.to_owned()),
    };
    let message = format!("{done}; it ended at {place}, and {doubt}: {}", failure.message);
    Failure { message, fields, ..failure }.with_hint(hint)
}

impl Ready {
    /// Sends it. A check carries no request id: it is another request than the one that writes.
    async fn send(&self, cx: &Context<'_>, validate_only: bool) -> Result<Created, Failure> {
        let id = |id: &str| if validate_only { String::new() } else { id.to_owned() };
        match &self.request {
            Request::Need(request) => {
                let request_id = id(&request.request_id);
                let request = CreateNeedRequest { validate_only, request_id, ..request.as_ref().clone() };
                let need = cx.node.call(request, async |r| cx.node.needs().create_need(r).await).await?;
                Ok(Created::Need(Box::new(need)))
            }
            Request::Offer(request) => {
                let request_id = id(&request.request_id);
                let request = CreateOfferRequest { validate_only, request_id, ..request.as_ref().clone() };
                let offer = cx.node.call(request, async |r| cx.node.offers().create_offer(r).await).await?;
                Ok(Created::Offer(Box::new(offer)))
            }
        }
    }
}

impl Created {
    fn name(&self) -> &str {
        match self {
            Self::Need(need) => &need.name,
            Self::Offer(offer) => &offer.name,
        }
    }

    /// The message itself, where that is asked for.
    pub(super) fn print_json(&self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            _ if !cx.print.is_json() => Ok(()),
            Self::Need(need) => Ok(cx.print.streamed(need.as_ref(), None)?),
            Self::Offer(offer) => Ok(cx.print.streamed(offer.as_ref(), None)?),
        }
    }

    /// The name that it would have had is nobody's yet.
    pub(super) fn nameless(mut self) -> Self {
        match &mut self {
            Self::Need(need) => need.name.clear(),
            Self::Offer(offer) => offer.name.clear(),
        }
        self
    }
}
