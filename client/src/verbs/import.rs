//! `quince import`: needs and offers from a spreadsheet, all of them or none.

mod progress;
mod send;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quince_proto::api::v1::{CreateNeedRequest, CreateOfferRequest, Need, Offer};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::catalogue::Catalogue;
use crate::input::fault::Faults;
use crate::input::import::entry::Prepared;
use crate::input::import::table::parse_delimiter;
use crate::input::import::{Entry, Family, Table, refusal};
use crate::input::sheet::Author;
use crate::print::table::plain;
use crate::verbs::import::send::{Created, Ready, Request, check, write};

/// The columns of what would be written.
const HEAD: [&str; 5] = ["ROW", "RECORD", "TITLE", "ITEM", "QUANTITY"];

/// Shown below the help.
pub(crate) const IMPORT_HELP: &str = "\
One row is one line of a need or an offer. The first row names the columns, in any order;
they are the keys of the files that `need create --file` and `offer create --file` read:
  record,group,title,item,quantity,urgency,by,to,available,from
  need,A,Masks,mask.surgical.iir,80000,1,2027-03-15,\"Isfahan,IR\",,
  need,A,,gown.isolation.l3,>=500,2,,\"Isfahan,IR\",,
  offer,,Hand rub,sanitizer.hand,~200 bottle of 500,,,,2027-03-01,\"Isfahan,IR\"

Columns:
  which rows are one record: record (need or offer), group. Rows of one group are the lines of
    one record; a row without a group is a record of its own
  above the lines, said once in a group: title, description, incident, call, party,
    external-id, value, currency, approximate, source, locator, as-of, continues, related
  of any line: kind, item, quantity, attribute, min-lot, note, to (of an offer's line: where
    the lane of a transport ends)
  of a need's line: urgency, by, min-shelf-life-days, accept-lower-grade, accept-basis
  of an offer's line: available, from, expires, weight, volume, cold-chain, earmarked-for,
    excluded, basis, estimate, freight, duty, insurance
  instead of a need's to and an offer's from: place, country, latitude, longitude
  instead of by and available: date
Several values in a cell (party, external-id, value, related, attribute, accept-basis,
earmarked-for, excluded) have | between them. A value or an estimate needs as-of, the day for
which it was stated; as-of without a value needs source.

A row of HXL hashtags below the header, or in its place, says which column is which:
  #item            item       #inneed  #quantity  quantity    #value           value
  #item+name       title      #date               date        #currency        currency
  #loc             place      #date+asof          as-of       #org+source      source
  #country         country    #meta+kind          record      #meta            note
  #geo+lat         latitude   #meta+id            group
  #geo+lon         longitude

The file is CSV in UTF-8, at most 8 MiB and 5,000 rows. Every row is checked here, then by the
node, before anything is written: if one row has a fault, none is written.

Repeating is safe: if the connection breaks while it writes, run the same command on the same
file again. A row is known again by its place and content, and what was written already is not
written twice, for 30 days.";

/// `quince import`
#[derive(Args)]
pub(crate) struct ImportArgs {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only check, and say row by row what would be written
    #[arg(long)]
    dry_run: bool,
    /// What rows are that do not say
    #[arg(long, value_enum)]
    record: Option<Told>,
    /// What separates columns: a character, or tab [default: the only one of comma, semicolon and tab that the header has]
    #[arg(long, value_name = "CHARACTER", value_parser = parse_delimiter)]
    delimiter: Option<u8>,
    /// A column to leave out, by its header or hashtag; may be repeated
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// Keep the records private until they are submitted or opened
    #[arg(long)]
    draft: bool,
    /// They are a drill
    #[arg(long)]
    exercise: bool,
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

pub(crate) async fn import(cx: &mut Context<'_>, args: &ImportArgs) -> Result<(), Failure> {
    let ready = prepare(cx, args).await.map_err(by_row)?;
    let judged = check(cx, &ready).await.map_err(by_row)?;
    if args.dry_run {
        return tell(cx, &ready, judged);
    }
    write(cx, &ready).await
}

/// Every record of the file, or every fault of every row.
async fn prepare(cx: &mut Context<'_>, args: &ImportArgs) -> Result<Vec<Ready>, Failure> {
    let mut faults = Faults::default();
    let table = Table::read(&args.file, args.delimiter, &args.ignore, &mut faults)?;
    let family = args.record.map(|told| match told {
        Told::Need => Family::Need,
        Told::Offer => Family::Offer,
    });
    warn_of_doubles(cx, &table)?;
    let entries = Entry::all(table, family, &mut faults);
    if entries.is_empty() && faults.is_empty() {
        return Err(Failure::new(Exit::Usage, "the file has no rows below its header"));
    }
    let catalogue = catalogue(cx, &entries).await?;
    let exercise = cx.author().exercise || args.exercise;
    let manner = format!("{} {exercise} {} {}", cx.language(), args.draft, args.public_contact);
    let mut ready = Vec::with_capacity(entries.len());
    for entry in entries {
        let prepared = entry.prepare(&Author { exercise, ..cx.author() }, &catalogue, &mut faults);
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

/// Two rows that say the same are hinted at and not refused: two hospitals may ask for the same.
fn warn_of_doubles(cx: &mut Context<'_>, table: &Table) -> Result<(), Failure> {
    for (row, before) in table.doubles() {
        cx.print.say(&format!("warning: row {row} says the same as row {before}"))?;
    }
    Ok(())
}

/// What would be written, a line for each row.
fn tell(cx: &mut Context<'_>, ready: &[Ready], judged: Vec<Created>) -> Result<(), Failure> {
    if cx.print.is_json() {
        judged.into_iter().try_for_each(|created| created.nameless().print_json(cx))?;
    } else {
        let rows = (1..).zip(ready).flat_map(|(number, one)| {
            one.entry.rows.iter().map(move |row| {
                let cell = |name: &str| row.text(name).unwrap_or_default().to_owned();
                let record = format!("{} {number}", one.entry.family.word());
                vec![row.number.to_string(), record, cell("title"), cell("item"), cell("quantity")]
            })
        });
        cx.print.data(&plain(&HEAD, rows))?;
    }
    Ok(cx.print.say(&format!("records in order: {}; nothing was written", ready.len()))?)
}

/// Faults in the order of the rows, however they were found.
fn by_row(mut failure: Failure) -> Failure {
    failure.fields.sort_by_key(|(place, _)| refusal::number(place));
    failure
}
