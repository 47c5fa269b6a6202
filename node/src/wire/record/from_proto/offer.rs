//! Offers, in the order of `offer.proto`.

use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::id::LINE_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::offer::{RECIPIENTS_MAX, Recipient};
use quince_core::domain::text::Words;
use quince_core::domain::{Amount, Freight, Kind, LineNumber, Offer, OfferLine, OfferState};
use quince_proto::record::v1 as proto;

use super::common::{attributes, common, instant, place, quantity, required_instant, terms, texts, when};
use super::{each, required, unless_empty};
use crate::wire::vocabulary::Vocabulary;

/// An offer.
pub fn offer(offer: proto::Offer) -> Result<Offer, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(offer.common));
    let state = faults.take("state", OfferState::from_value(offer.state));
    let title = faults.take_all("title", texts(offer.title));
    let description = faults.take_all("description", texts(offer.description));
    let lines = faults.take_all("lines", offer_lines(offer.lines));
    let confirmed = faults.take("confirmed", required_instant(offer.confirmed));
    let built = || {
        Some(Offer {
            common: common?,
            state: state?,
            title: title?,
            description: description?,
            lines: lines?,
            confirmed: confirmed?,
        })
    };
    faults.finish(built())
}

/// The lines of an offer.
pub fn offer_lines(lines: Vec<proto::OfferLine>) -> Result<Lines<OfferLine>, FieldErrors> {
    Ok(Lines::new(each(lines, LINE_MAX.into(), offer_line)?)?)
}

fn offer_line(line: proto::OfferLine) -> Result<OfferLine, FieldErrors> {
    let mut faults = Faults::default();
    let number = faults.take("line", LineNumber::new(line.line.into()));
    let kind = faults.take("kind", Kind::from_value(line.kind));
    let item = faults.take("item", line.item.parse());
    let attributes = faults.take_all("attributes", attributes(line.attributes));
    let quantity = required(line.quantity, "a quantity").map_err(Into::into).and_then(quantity);
    let quantity = faults.take_all("quantity", quantity);
    let available = faults.take_all("available", when(line.available));
    let available_at = faults.take_all("available_at", line.available_at.map(place).transpose());
    let expires = faults.take("expires", line.expires.map(instant).transpose());
    let min_lot = faults.take("min_lot", Amount::new(line.min_lot));
    let earmarked_for = faults.take_all("earmarked_for", recipients(line.earmarked_for));
    let excluded = faults.take_all("excluded", recipients(line.excluded));
    let terms = faults.take_all("terms", terms(line.terms));
    let note = faults.take("note", unless_empty(line.note, Words::new));
    let deliver_to = faults.take_all("deliver_to", line.deliver_to.map(place).transpose());
    let freight = faults.take_all("freight", freight(line.freight));
    let built = || {
        Some(OfferLine {
            line: number?,
            kind: kind?,
            item: item?,
            attributes: attributes?,
            quantity: quantity?,
            available: available?,
            available_at: available_at?,
            deliver_to: deliver_to?,
            freight: freight?,
            expires: expires?,
            min_lot: min_lot?,
            earmarked_for: earmarked_for?,
            excluded: excluded?,
            terms: terms?,
            note: note?,
        })
    };
    faults.finish(built())
}

/// Freight; none at all says as little as one of noughts.
fn freight(freight: Option<proto::Freight>) -> Result<Freight, FieldErrors> {
    let proto::Freight { weight_grams, volume_millilitres, cold_chain } = freight.unwrap_or_default();
    Freight::new(weight_grams, volume_millilitres, cold_chain)
}

fn recipients(names: Vec<String>) -> Result<List<Recipient, 0, RECIPIENTS_MAX>, FieldErrors> {
    Ok(List::new(each(names, RECIPIENTS_MAX, |name| name.parse::<Recipient>())?)?)
}
