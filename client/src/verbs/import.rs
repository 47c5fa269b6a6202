//! `quince import`: needs and offers from a spreadsheet, all of them or none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quince_proto::api::v1::{CreateNeedRequest, CreateOfferRequest, Need, Offer};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::catalogue::Catalogue;
use crate::input::fault::Faults;
use crate::input::import::entry::Prepared;
use crate::input::import::{Entry, Family, Table};
use crate::print::table::plain;
use crate::verbs::own_parties;

/// After how many records progress is told: about a second of work.
const PROGRESS_RECORDS: usize = 50;

/// The columns of the report.
const HEAD: [&str; 4] = ["ROWS", "RECORD", "TITLE", "LINES"];

/// Shown below the help.
pub(crate) const IMPORT_HELP: &str = "\
One row is one line of a need or an offer. The first row names the columns, in any order; they are the keys of the files that
`need create --file` and `offer create --file` read, and mean the same:
  record,group,title,item,quantity,urgency,by,to,available,from,note
  need,A,Masks for the hospitals,mask.surgical.iir,80000,1,2027-03-15,\"Isfahan,IR,32.654,51.668\",,,
  need,A,,gown.isolation.l3,>=500,2,,\"Isfahan,IR\",,,
  offer,,Hand rub,sanitizer.hand,~20000 bottle of 500,,,,2027-03-01,\"Isfahan,IR\",

record is need or offer; rows of one group are one record, a row without a group is one of its own. Of what stands above the
lines (title, description, incident, call, party, external-id, value, currency, approximate, source, locator, as-of, related) a
group says each once. Lines have kind, item, quantity, attribute, min-lot, note; of a need also urgency, by, to,
min-shelf-life-days, accept-lower-grade, accept-basis; of an offer available, from, expires, earmarked-for, excluded, basis,
freight, duty, insurance. Instead of to and from there may be place, country, latitude and longitude, instead of by and available
a date. Cells that may hold several values (party, external-id, value, related, attribute, accept-basis, earmarked-for, excluded)
have | between them. A value needs as-of, the day for which it was stated.

A row of HXL hashtags below the header, or in its place, says which column is which: #item (code), #item+name (title), #inneed or
#quantity, #loc (place), #country, #geo+lat, #geo+lon, #date, #date+asof, #value, #currency, #org+source, #meta+kind (record),
#meta+id (group), #meta (note).

The file is CSV in UTF-8, at most 5,000 rows. Every row is checked here and then by the node before anything is written; one
faulty row, and nothing is. If the connection breaks in between, run the same command on the same file again: what is written
already is not written twice, for 30 days.";

/// `quince import`
#[derive(Args)]
pub(crate) struct ImportArgs {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only check, and say what would be written
    #[arg(long)]
    dry_run: bool,
    /// What rows are that do not say
    #[arg(long, value_enum)]
    record: Option<Told>,
    /// What separates columns [default: the only one of comma, semicolon and tab that the header has]
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,
    /// A column to leave out, by its header or hashtag; may be repeated
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// Keep the records private until they are submitted or opened
    #[arg(long)]
    draft: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
}

/// What a row is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Told {
    /// What a city asks for
    Need,
    /// What a city can give
    Offer,
}

/// A record that is ready, and where it comes from.
struct Ready {
    entry: Entry,
    request: Request,
}

/// What the node is asked.
enum Request {
    Need(Box<CreateNeedRequest>),
    Offer(Box<CreateOfferRequest>),
}

/// What the node answers.
enum Created {
    Need(Box<Need>),
    Offer(Box<Offer>),
}

pub(crate) async fn import(cx: &mut Context<'_>, args: &ImportArgs) -> Result<(), Failure> {
    let ready = prepare(cx, args).await?;
    check(cx, &ready).await?;
    if args.dry_run {
        let rows = ready.iter().map(Ready::cells);
        cx.print.data(&plain(&HEAD, rows))?;
        return Ok(cx.print.say(&format!("{} records are in order; nothing was written", ready.len()))?);
    }
    write(cx, &ready).await
}

/// Every record of the file, or every fault of every row.
async fn prepare(cx: &mut Context<'_>, args: &ImportArgs) -> Result<Vec<Ready>, Failure> {
    let table = Table::read(&args.file, args.delimiter, &args.ignore)?;
    let mut faults = Faults::default();
    let family = args.record.map(|told| match told {
        Told::Need => Family::Need,
        Told::Offer => Family::Offer,
    });
    let entries = Entry::all(table, family, &mut faults);
    if entries.is_empty() && faults.is_empty() {
        return Err(Failure::new(Exit::Usage, "the file has no rows below its header"));
    }
    warn_of_doubles(cx, &entries)?;
    let catalogue = catalogue(cx, &entries).await?;
    let manner = format!("{} {} {} {}", cx.language(), cx.author().exercise, args.draft, args.public_contact);
    let mut ready = Vec::with_capacity(entries.len());
    for entry in entries {
        let prepared = entry.prepare(&cx.author(), &catalogue, &mut faults);
        let request = request(prepared, entry.request_id(&manner), args);
        ready.push(Ready { entry, request });
    }
    faults.end()?;
    Ok(ready)
}

fn request(prepared: Prepared, request_id: String, args: &ImportArgs) -> Request {
    let (draft, public_contact, validate_only) = (args.draft, args.public_contact, false);
    match prepared {
        Prepared::Need(record) => {
            let need = Some(Need { record: Some(record), ..Need::default() });
            Request::Need(Box::new(CreateNeedRequest {
                need,
                request_id,
                draft,
                validate_only,
                public_contact,
            }))
        }
        Prepared::Offer(record) => {
            let offer = Some(Offer { record: Some(record), ..Offer::default() });
            Request::Offer(Box::new(CreateOfferRequest {
                offer,
                request_id,
                draft,
                validate_only,
                public_contact,
            }))
        }
    }
}

/// What the node's catalogue says about every item of the file.
async fn catalogue(cx: &Context<'_>, entries: &[Entry]) -> Result<Catalogue, Failure> {
    let of = |family| entries.iter().filter(move |entry| entry.family == family);
    let needs: Vec<_> = of(Family::Need).flat_map(Entry::need_lines).collect();
    let offers: Vec<_> = of(Family::Offer).flat_map(Entry::offer_lines).collect();
    let mut catalogue = Catalogue::ask(&cx.node, &needs).await?;
    catalogue.extend(Catalogue::ask(&cx.node, &offers).await?);
    Ok(catalogue)
}

/// Two records that say the same are hinted at and not refused: two hospitals may ask for the same.
fn warn_of_doubles(cx: &mut Context<'_>, entries: &[Entry]) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for entry in entries {
        let mut bare = entry.clone();
        bare.rows.iter_mut().for_each(|row| row.number = 0);
        let place = entry.place();
        if let Some(before) = seen.insert(bare.request_id(""), place.clone()) {
            cx.print.say(&format!("warning: {place} says the same as {before}"))?;
        }
    }
    Ok(())
}

/// Lets the node judge every record without writing one; its faults come back with their rows.
async fn check(cx: &mut Context<'_>, ready: &[Ready]) -> Result<(), Failure> {
    let mut fields = Vec::new();
    for (index, one) in ready.iter().enumerate() {
        let judged = match own_parties(cx, &one.entry.common()).await {
            Ok(()) => one.send(cx, true).await.map(drop),
            Err(failure) => Err(failure),
        };
        match judged {
            Ok(()) => {}
            Err(failure) if matches!(failure.exit, Exit::Unavailable | Exit::Denied | Exit::Failed) => {
                return Err(failure);
            }
            Err(failure) => fields.extend(one.told(failure)),
        }
        progress(cx, "checked", index + 1, ready.len())?;
    }
    if fields.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(Exit::Usage, "the node found faults; nothing was written");
    failure.fields = fields;
    Err(failure)
}

async fn write(cx: &mut Context<'_>, ready: &[Ready]) -> Result<(), Failure> {
    for (index, one) in ready.iter().enumerate() {
        match one.send(cx, false).await {
            Ok(Created::Need(need)) => cx.written(&*need)?,
            Ok(Created::Offer(offer)) => cx.written(&*offer)?,
            Err(failure) => {
                let words = format!(
                    "{index} of {} records are written, up to {}: {}",
                    ready.len(),
                    one.entry.place(),
                    failure.message
                );
                let hint = "run the same command on the same file again: what is written already is not written twice";
                return Err(Failure { message: words, ..failure }.with_hint(hint));
            }
        }
        progress(cx, "wrote", index + 1, ready.len())?;
    }
    Ok(cx.print.say(&format!("{} records are written", ready.len()))?)
}

fn progress(cx: &mut Context<'_>, did: &str, done: usize, all: usize) -> Result<(), Failure> {
    if done.is_multiple_of(PROGRESS_RECORDS) && done < all {
        cx.print.say(&format!("{did} {done} of {all} records"))?;
    }
    Ok(())
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

    /// The node's faults, by row instead of by path.
    fn told(&self, failure: Failure) -> Vec<(String, String)> {
        if failure.fields.is_empty() {
            return vec![(self.entry.place(), failure.message)];
        }
        failure.fields.into_iter().map(|(path, words)| (self.row_of(&path), words)).collect()
    }

    /// `need.record.lines[1].quantity` is the quantity of the second row.
    fn row_of(&self, path: &str) -> String {
        let inner = path.split_once(".record.").map_or(path, |(_, inner)| inner);
        let line = inner.strip_prefix("lines[").and_then(|rest| rest.split_once(']'));
        let line =
            line.and_then(|(index, key)| Some((index.parse::<usize>().ok()?, key.trim_start_matches('.'))));
        match line.and_then(|(index, key)| Some((self.entry.rows.get(index)?, key))) {
            Some((row, key)) => format!("row {}, {key}", row.number),
            None => format!("{}, {inner}", self.entry.place()),
        }
    }

    fn cells(&self) -> Vec<String> {
        let family = match self.entry.family {
            Family::Need => "need",
            Family::Offer => "offer",
        };
        let title = self.entry.rows.iter().find_map(|row| row.text("title")).unwrap_or_default();
        let rows = self.entry.place();
        let rows = rows.trim_start_matches("rows ").trim_start_matches("row ");
        vec![rows.to_owned(), family.to_owned(), title.to_owned(), self.entry.rows.len().to_string()]
    }
}
