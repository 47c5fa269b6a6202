//! Requests of `offer.proto`.

use quince_core::domain::field::Faults;
use quince_core::domain::lines::Lines;
use quince_core::domain::need::Urgency;
use quince_core::domain::text::{Description, Title, Words};
use quince_core::domain::{
    FieldError, Instant, Offer, OfferLine, OfferState, Positive, RecordId, RecordKind, Revision,
};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::need::stamp;
use super::{
    CHOICES_MAX, each, mandatory_reason, mask, named, names, optional_reason, required, target, unless_empty,
};
use crate::office::request::{Acceptance, OfferFilter, OfferPatch, OfferStep, Target};
use crate::wire::page::{Page, page};
use crate::wire::record::{from_proto as record, to_proto};
use crate::wire::vocabulary::Vocabulary;
use crate::wire::{Gate, contact, entering};

const MASK: [&str; 4] = ["title", "description", "lines", "common.parties"];
const MASK_DEFAULT: [&str; 3] = ["title", "description", "lines"];
const RECORD: &str = "offer.record";

/// A draft to write, and whether it is to be published at once.
pub fn create_offer(now: Instant, request: api::CreateOfferRequest) -> Gate<(Offer, bool)> {
    let mut faults = Faults::default();
    let offer = request.offer.and_then(|offer| offer.record);
    let offer = faults.take(RECORD, required(offer, "an offer")).map(|mut offer| {
        stamp(now, &mut offer.common);
        let confirmed = Some(to_proto::instant(now));
        proto::Offer { state: OfferState::Draft.value(), confirmed, ..offer }
    });
    let offer = offer.and_then(|offer| faults.take_all(RECORD, record::offer(offer)));
    if let Some(offer) = &offer {
        entering::check_offer(&mut faults, RECORD, now, offer);
    }
    if let Some(offer) = offer.as_ref().filter(|_| !request.public_contact) {
        check_contact(&mut faults, Some(&offer.title), Some(&offer.description), Some(&offer.lines));
    }
    Ok((faults.finish(offer)?, !request.draft))
}

/// Which offer.
pub fn get_offer(request: &api::GetOfferRequest) -> Gate<RecordId> {
    Ok(named(RecordKind::Offer, &request.name)?)
}

/// Which offers, and which of them first.
pub fn list_offers(request: api::ListOffersRequest) -> Gate<(OfferFilter, Page<RecordId>)> {
    let page = page(&request)?;
    let mut faults = Faults::default();
    let owner = faults.take("parent", names::parse_parent(&request.parent));
    let filter = request.filter.unwrap_or_default();
    let states = faults.take_all("filter.states", each(filter.states, CHOICES_MAX, OfferState::from_value));
    let item = faults.take("filter.item", unless_empty(filter.item, |code| code.parse()));
    let built = || Some(OfferFilter { owner: owner?, states: states?.into_iter().collect(), item: item? });
    Ok((faults.finish(built())?, page))
}

/// What to change in which offer.
pub fn update_offer(request: api::UpdateOfferRequest) -> Gate<(Target, OfferPatch)> {
    let mut faults = Faults::default();
    let mask = faults.take_all("update_mask", mask(request.update_mask, &MASK, &MASK_DEFAULT));
    let offer = request.offer.unwrap_or_default();
    let target = target(&mut faults, RecordKind::Offer, "offer", &offer.name, &offer.etag);
    let written = faults.take(RECORD, required(offer.record, "an offer")).unwrap_or_default();
    let masked = |path| mask.as_ref().is_some_and(|mask| mask.contains(path));
    let common = written.common.unwrap_or_default();
    let title = masked("title").then(|| record::texts(written.title)).transpose();
    let description = masked("description").then(|| record::texts(written.description)).transpose();
    let lines = masked("lines").then(|| record::offer_lines(written.lines)).transpose();
    let parties = masked("common.parties").then(|| record::parties(common.parties)).transpose();
    let title = faults.take_all("offer.record.title", title);
    let description = faults.take_all("offer.record.description", description);
    let lines = faults.take_all("offer.record.lines", lines);
    let parties = faults.take_all("offer.record.common.parties", parties);
    if let Some(Some(lines)) = &lines {
        entering::check_lanes(&mut faults, "offer.record.lines", lines.iter());
    }
    let reason = optional_reason(&mut faults, request.reason);
    let built = || {
        Some(OfferPatch {
            title: title?,
            description: description?,
            lines: lines?,
            parties: parties?,
            reason: reason?,
        })
    };
    let patch = built();
    if let Some(patch) = patch.as_ref().filter(|_| !request.public_contact) {
        let (title, description) = (patch.title.as_ref(), patch.description.as_ref());
        check_contact(&mut faults, title, description, patch.lines.as_ref());
    }
    let built = || Some((target?, patch?));
    Ok(faults.finish(built())?)
}

/// The stock is still there.
pub fn confirm_offer(request: &api::ConfirmOfferRequest) -> Gate<(Target, OfferStep)> {
    step(&request.name, &request.etag, |_| Some(OfferStep::Confirm))
}

/// Which line to take, how much of it, and what the need says that is written with it.
pub fn accept_offer(now: Instant, request: api::AcceptOfferRequest) -> Gate<Acceptance> {
    let mut faults = Faults::default();
    let line = names::parse_line(RecordKind::Offer, &request.offer_line);
    let offer_line = faults.take("offer_line", line);
    let amount = faults.take("amount", Positive::new(request.amount));
    let mut need = request.need.and_then(|need| need.record).unwrap_or_default();
    stamp(now, &mut need.common);
    let common = faults.take_all("need.record.common", record::common(need.common));
    let title: Option<Title> = faults.take_all("need.record.title", record::texts(need.title));
    let description = faults.take_all("need.record.description", record::texts(need.description));
    let line = faults.take("need.record.lines", only_line(need.lines)).unwrap_or_default();
    let urgency = faults.take("need.record.lines[0].urgency", urgency(line.urgency));
    let needed = faults.take_all("need.record.lines[0].needed", record::when(line.needed));
    let place = line.deliver_to.map(record::place).transpose();
    let deliver_to = faults.take_all("need.record.lines[0].deliver_to", place);
    let note = faults.take("need.record.lines[0].note", unless_empty(line.note, Words::new));
    let built = || {
        Some(Acceptance {
            offer_line: offer_line?,
            amount: amount?,
            common: common?,
            title: title?,
            description: description?,
            urgency: urgency?,
            needed: needed?,
            deliver_to: deliver_to?,
            note: note?,
        })
    };
    let acceptance = built();
    if let Some(acceptance) = &acceptance {
        contact::check_texts(&mut faults, "need.record.title", acceptance.title.as_slice());
        contact::check_texts(&mut faults, "need.record.description", acceptance.description.as_slice());
        contact::check_notes(&mut faults, "need.record.lines", [acceptance.note.as_ref()].into_iter());
    }
    Ok(faults.finish(acceptance)?)
}

/// → withdrawn.
pub fn withdraw_offer(request: &api::WithdrawOfferRequest) -> Gate<(Target, OfferStep)> {
    step(&request.name, &request.etag, |faults| {
        mandatory_reason(faults, request.reason.clone()).map(OfferStep::Withdraw)
    })
}

/// → closed.
pub fn close_offer(request: &api::CloseOfferRequest) -> Gate<(Target, OfferStep)> {
    step(&request.name, &request.etag, |faults| {
        optional_reason(faults, request.reason.clone()).map(OfferStep::Close)
    })
}

/// Whose history, and which of it first.
pub fn list_offer_revisions(request: &api::ListOfferRevisionsRequest) -> Gate<(RecordId, Page<Revision>)> {
    Ok((named(RecordKind::Offer, &request.name)?, page(request)?))
}

fn step(
    name: &str,
    etag: &str,
    read: impl FnOnce(&mut Faults) -> Option<OfferStep>,
) -> Gate<(Target, OfferStep)> {
    let mut faults = Faults::default();
    let target = target(&mut faults, RecordKind::Offer, "", name, etag);
    let step = read(&mut faults);
    let built = || Some((target?, step?));
    Ok(faults.finish(built())?)
}

/// The one line of the need that an acceptance writes; nothing leaves everything open.
fn only_line(lines: Vec<proto::NeedLine>) -> Result<proto::NeedLine, FieldError> {
    let count = lines.len();
    match <[_; 1]>::try_from(lines) {
        Ok([line]) => Ok(line),
        Err(none) if none.is_empty() => Ok(proto::NeedLine::default()),
        Err(_) => Err(FieldError::of(format!("{count} lines"), "one line, for the one that is accepted")),
    }
}

/// Nobody asked for it before, so that it is not urgent unless somebody says so.
fn urgency(tier: u32) -> Result<Urgency, FieldError> {
    if tier == 0 { Ok(Urgency::LOWEST) } else { Urgency::new(tier) }
}

fn check_contact(
    faults: &mut Faults,
    title: Option<&Title>,
    description: Option<&Description>,
    lines: Option<&Lines<OfferLine>>,
) {
    contact::check_texts(faults, "offer.record.title", title.map_or(&[], |title| title.as_slice()));
    let description = description.map_or(&[][..], |description| description.as_slice());
    contact::check_texts(faults, "offer.record.description", description);
    let notes = lines.into_iter().flat_map(Lines::iter).map(|line| line.note.as_ref());
    contact::check_notes(faults, "offer.record.lines", notes);
}
