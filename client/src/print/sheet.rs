//! Sheets: one need or offer on a page, with its lines, how far each is, and where this copy comes from.

use quince_proto::api::v1::{Commitment, Coverage, Item, Need, Offer, Party, Provenance, Requisition, Track};
use quince_proto::record::v1::{
    Attribute, Common, Freight, Kind, NeedLine, NeedState, OfferLine, OfferState, OwnItemState, PartyRole,
    Qualifier, Quantity, Source, Terms, Text, terms,
};

use crate::choice::word;
use crate::input::freight::{volume, weight};
use crate::name::{short, short_record};
use crate::print::clean::clean;
use crate::print::records::item;
use crate::print::table::{self, Row};
use crate::print::words::{age, instant, money, or_nothing, place, quantity, text, when, yes};
use crate::print::{Shown, View};

/// What the column means, since people read a promise as stock that came.
const NOT_YET_RECEIVED: &str = "outstanding: not yet received, promised or not\n";

/// Characters of a full bar.
const BAR_CHARS: i64 = 20;

impl Shown for Need {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let mut sheet = heading(
            "need",
            &self.name,
            &word::<NeedState>(record.state),
            &self.etag,
            self.provenance.as_ref(),
            view,
        );
        sheet += &above_lines(&record.title, &record.description, record.common.as_ref(), view);
        if let Some(kept) = &record.duplicate_of {
            sheet += &format!("duplicate of {}\n", short_record(kept));
        }
        let lines = record.lines.iter().map(|line| {
            vec![
                line.line.to_string(),
                item(&line.item, line.kind),
                quantity(line.quantity.as_ref()),
                line.urgency.to_string(),
                when(line.needed.as_ref()),
                place(line.deliver_to.as_ref()),
                need_conditions(line),
            ]
        });
        sheet.push('\n');
        sheet += &table::plain(&["LINE", "ITEM", "QUANTITY", "URGENCY", "WHEN", "TO", "CONDITIONS"], lines);
        let whole = |line: u32| {
            record.lines.iter().find(|one| one.line == line).and_then(|one| known(one.quantity.as_ref()))
        };
        sheet + "\n" + &coverage_table(&self.coverage, "OUTSTANDING", whole) + NOT_YET_RECEIVED
    }
}

impl Shown for Offer {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let state = word::<OfferState>(record.state);
        let mut sheet = heading("offer", &self.name, &state, &self.etag, self.provenance.as_ref(), view);
        if self.stale {
            sheet += "stale: not confirmed for 30 days, so out of matching\n";
        }
        sheet += &above_lines(&record.title, &record.description, record.common.as_ref(), view);
        let lines = record.lines.iter().map(|line| {
            vec![
                line.line.to_string(),
                item(&line.item, line.kind),
                quantity(line.quantity.as_ref()),
                when(line.available.as_ref()),
                place(line.available_at.as_ref()),
                place(line.deliver_to.as_ref()),
                instant(line.expires.as_ref()),
                line.terms.as_ref().map_or_else(|| or_nothing(""), terms_words),
                offer_conditions(line),
            ]
        });
        sheet.push('\n');
        let head = ["LINE", "ITEM", "QUANTITY", "WHEN", "FROM", "TO", "EXPIRES", "TERMS", "CONDITIONS"];
        sheet += &table::plain(&head, lines);
        let whole = |line: u32| {
            record.lines.iter().find(|one| one.line == line).and_then(|one| known(one.quantity.as_ref()))
        };
        sheet + "\n" + &coverage_table(&self.coverage, "LEFT", whole)
    }
}

impl Shown for Requisition {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let terms = record.terms.as_ref().map(terms_words);
        let related = record.common.map(|common| common.related).unwrap_or_default();
        // One stands in the row already.
        let all = Some(related).filter(|all| all.len() > 1).unwrap_or_default();
        let more = [
            ("terms", terms.unwrap_or_default()),
            ("with all", all.iter().map(short_record).collect::<Vec<_>>().join(", ")),
        ];
        turned(self, &more, view) + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Commitment {
    fn show(&self, view: &View<'_>) -> String {
        let record = self.record.clone().unwrap_or_default();
        let terms = record.terms.as_ref().map(terms_words);
        let stock = format!(
            "{} of {} reserved, offer revision {}",
            record.reserved_after, record.line_amount, record.offer_revision
        );
        let more = [
            ("stock", stock),
            ("terms", terms.unwrap_or_default()),
            ("said", record.common.map(|common| common.reason).unwrap_or_default()),
        ];
        turned(self, &more, view) + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Party {
    fn show(&self, view: &View<'_>) -> String {
        turned(self, &[], view) + &heard(self.provenance.as_ref(), view)
    }
}

impl Shown for Item {
    fn show(&self, view: &View<'_>) -> String {
        let own = self.record.clone().unwrap_or_default();
        let state = self.record.as_ref().map(|record| word::<OwnItemState>(record.state));
        let said = own.common.map(|common| common.reason).unwrap_or_default();
        let full =
            if own.description.is_empty() { String::new() } else { text(&own.description, view.language) };
        let terms: std::collections::BTreeMap<_, _> = self.terms.iter().collect();
        let terms: Vec<String> = terms.iter().map(|(language, term)| format!("{language}: {term}")).collect();
        facts(&[
            ("code", self.code.clone()),
            ("state", state.unwrap_or_default()),
            ("title", self.title.clone()),
            ("text", full),
            ("family", self.family.clone()),
            ("counts in", self.base_unit.clone()),
            ("packs", self.packs.join(", ")),
            ("standards", self.standards.clone()),
            ("hs", format!("{} {}", self.hs6, self.hs_note).trim().to_owned()),
            ("replaced by", self.may_be_replaced_by.join(", ")),
            ("if", self.replacement_conditions.clone()),
            ("terms", terms.join("; ")),
            ("record", short(&self.record_name)),
            ("revision", self.etag.clone()),
            ("said", said),
        ]) + &heard(self.provenance.as_ref(), view)
    }
}

/// `name  value` a line; what is empty is left out.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let known: Vec<_> = facts.iter().filter(|(_, value)| !value.is_empty()).collect();
    let width = known.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    known.iter().map(|(name, value)| format!("{name:width$}  {}\n", clean(value))).collect()
}

/// `[##########..........] 50 %` of the line's quantity is committed; intent and promise are never added to it.
pub(crate) fn bar(committed: i64, quantity: Option<i64>) -> String {
    let Some(whole) = quantity else { return "of an unknown quantity".to_owned() };
    if whole <= 0 || committed < 0 {
        return or_nothing("");
    }
    // Whoever is one piece short is not done: rounding goes down. What is promised on top is told as too much.
    let counted = i128::from(committed.min(whole));
    let share = |of: i64| (counted * i128::from(of) / i128::from(whole)) as usize;
    let full = share(BAR_CHARS);
    let empty = BAR_CHARS as usize - full;
    format!("[{}{}] {} %", "#".repeat(full), ".".repeat(empty), share(100))
}

/// The figure of a quantity; a line whose quantity is unknown has none.
fn known(quantity: Option<&Quantity>) -> Option<i64> {
    quantity.filter(|quantity| quantity.qualifier() != Qualifier::Unknown).map(|quantity| quantity.amount)
}

/// A row of a list, turned on its side, and what no list has room for.
pub(crate) fn turned<M: Row>(message: &M, more: &[(&str, String)], view: &View<'_>) -> String {
    let names: Vec<String> = M::HEAD.iter().map(|name| name.to_lowercase()).collect();
    let mut pairs: Vec<(&str, String)> = names.iter().map(String::as_str).zip(message.cells(view)).collect();
    pairs.extend_from_slice(more);
    facts(&pairs)
}

pub(crate) fn heading(
    kind: &str,
    name: &str,
    state: &str,
    etag: &str,
    provenance: Option<&Provenance>,
    view: &View<'_>,
) -> String {
    format!("{kind} {}, {state}, revision {}\n{}", clean(&short(name)), clean(etag), heard(provenance, view))
}

/// A copy is only as good as the last word from its owner.
pub(crate) fn heard(provenance: Option<&Provenance>, view: &View<'_>) -> String {
    match provenance {
        None => String::new(),
        Some(provenance) if provenance.own => "own record\n".to_owned(),
        Some(Provenance { owner, owner_last_heard: None, .. }) => {
            format!("of {}, not heard of lately\n", clean(owner))
        }
        Some(Provenance { owner, owner_last_heard, .. }) => {
            format!("as heard from {} {}\n", clean(owner), age(view.now, owner_last_heard.as_ref()))
        }
    }
}

pub(crate) fn above_lines(
    title: &[Text],
    description: &[Text],
    common: Option<&Common>,
    view: &View<'_>,
) -> String {
    let common = common.cloned().unwrap_or_default();
    let parties: Vec<String> = common.parties.iter().map(role).collect();
    let values: Vec<String> =
        common.values.iter().filter_map(|value| value.money.as_ref()).map(money).collect();
    let source = common.source.as_ref().map(source).unwrap_or_default();
    let known = |texts: &[Text]| if texts.is_empty() { String::new() } else { text(texts, view.language) };
    facts(&[
        ("exercise", if common.exercise { yes(true) } else { String::new() }),
        ("title", known(title)),
        ("text", known(description)),
        ("incident", common.incident),
        ("call", common.call.as_ref().map(short_record).unwrap_or_default()),
        ("parties", parties.join(", ")),
        ("worth", values.join(", ")),
        ("source", source),
        ("continues", common.continues.as_ref().map(short_record).unwrap_or_default()),
        ("with", common.related.iter().map(short_record).collect::<Vec<_>>().join(", ")),
        ("reason", common.reason),
    ])
}

/// `3 (donor, 12.50 %)`.
fn role(party: &PartyRole) -> String {
    match party.share_e4 {
        0 => format!("{} ({})", party.party, party.role),
        share => format!("{} ({}, {}.{:02} %)", party.party, party.role, share / 100, share % 100),
    }
}

fn source(source: &Source) -> String {
    let locator = if source.locator.is_empty() { String::new() } else { format!(", {}", source.locator) };
    let as_of = source.as_of.as_ref().map(|day| format!(", as of {}", instant(Some(day))));
    format!("{}{locator}{}", source.name, as_of.unwrap_or_default())
}

/// What a need line demands beyond item, quantity, date and place.
fn need_conditions(line: &NeedLine) -> String {
    let mut words = attributes(&line.attributes);
    if line.min_shelf_life_days > 0 {
        words.push(format!("{} days of shelf life on arrival", line.min_shelf_life_days));
    }
    words.extend(min_lot(line.min_lot));
    if line.accept_lower_grade {
        words.push("a lower grade will do".to_owned());
    }
    if !line.acceptable_bases.is_empty() {
        let bases: Vec<String> =
            line.acceptable_bases.iter().map(|basis| word::<terms::Basis>(*basis)).collect();
        words.push(format!("only as {}", bases.join(" or ")));
    }
    words.extend(Some(line.note.clone()).filter(|note| !note.is_empty()));
    or_nothing(&words.join("; "))
}

/// What an offer line is, and who may have it.
fn offer_conditions(line: &OfferLine) -> String {
    let mut words = attributes(&line.attributes);
    words.extend(line.freight.map(|freight| freight_words(line.kind(), freight)).unwrap_or_default());
    words.extend(min_lot(line.min_lot));
    if !line.earmarked_for.is_empty() {
        words.push(format!("only for {}", line.earmarked_for.join(", ")));
    }
    if !line.excluded.is_empty() {
        words.push(format!("not for {}", line.excluded.join(", ")));
    }
    words.extend(Some(line.note.clone()).filter(|note| !note.is_empty()));
    or_nothing(&words.join("; "))
}

/// What all of it weighs and fills, or what one unit of a transport carries.
fn freight_words(kind: Kind, freight: Freight) -> Vec<String> {
    let transport = kind == Kind::Transport;
    let [weighs, fills, cold] = if transport {
        ["each carries", "each has room for", "can keep it cold"]
    } else {
        ["weighs", "fills", "must be kept cold"]
    };
    let Freight { weight_grams, volume_millilitres, cold_chain } = freight;
    [
        (weight_grams > 0).then(|| format!("{weighs} {}", weight(weight_grams))),
        (volume_millilitres > 0).then(|| format!("{fills} {}", volume(volume_millilitres))),
        cold_chain.then(|| cold.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn min_lot(amount: i64) -> Option<String> {
    (amount > 0).then(|| format!("lots of at least {amount}"))
}

fn attributes(attributes: &[Attribute]) -> Vec<String> {
    let words = |attribute: &Attribute| match attribute.standard.as_str() {
        "" => format!("{}={}", attribute.name, attribute.value),
        standard => format!("{}={} by {standard}", attribute.name, attribute.value),
    };
    attributes.iter().map(words).collect()
}

fn terms_words(terms: &Terms) -> String {
    let payer = |what: &str, payer: i32| {
        let who = word::<terms::Payer>(payer);
        (payer != 0).then(|| format!("{what} by {who}"))
    };
    let basis = (terms.basis != 0).then(|| word::<terms::Basis>(terms.basis));
    let estimate = terms.estimate.as_ref().map(money);
    [
        basis,
        estimate,
        payer("freight", terms.freight),
        payer("duty", terms.duty),
        payer("insurance", terms.insurance),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}

/// How far each line is: intent, promise and fact in their own columns, and below it only what went wrong.
fn coverage_table(coverage: &[Coverage], rest: &str, quantity: impl Fn(u32) -> Option<i64>) -> String {
    let head = [
        "LINE",
        "REQUESTED",
        "HELD",
        "COMMITTED",
        "DISPATCHED",
        "GOOD",
        rest,
        "COMMIT",
        "TRANSIT",
        "FULFIL",
        "COMMITTED OF ALL",
    ];
    let rows = coverage.iter().map(|line| {
        vec![
            line.line.to_string(),
            line.requested.to_string(),
            line.held.to_string(),
            line.committed.to_string(),
            line.dispatched.to_string(),
            line.good.to_string(),
            line.outstanding.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string()),
            word::<Track>(line.commit_track),
            word::<Track>(line.transit_track),
            word::<Track>(line.fulfil_track),
            bar(line.committed, quantity(line.line)),
        ]
    });
    let table = table::plain(&head, rows);
    let wrong: Vec<_> = coverage.iter().map(wrong).filter(|(any, _)| *any).map(|(_, cells)| cells).collect();
    if wrong.is_empty() {
        return table;
    }
    let head = ["LINE", "DAMAGED", "MISSING", "REFUSED", "LOST", "SURPLUS", "TOO MUCH"];
    table + "\n" + &table::plain(&head, wrong.into_iter())
}

/// Whether anything of a line is not as it should be, and what.
fn wrong(line: &Coverage) -> (bool, Vec<String>) {
    let amounts = [line.damaged, line.missing, line.refused, line.lost, line.surplus, line.over_cover];
    let any = amounts.iter().any(|amount| *amount != 0);
    (any, std::iter::once(line.line.to_string()).chain(amounts.map(|amount| amount.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goods_weigh_and_what_a_transport_carries_is_said_in_words() {
        let freight = Freight { weight_grams: 12_500_000, volume_millilitres: 30_000_000, cold_chain: true };
        assert_eq!(
            freight_words(Kind::Goods, freight),
            ["weighs 12.5 t", "fills 30 m3", "must be kept cold"]
        );
        assert_eq!(
            freight_words(Kind::Transport, freight),
            ["each carries 12.5 t", "each has room for 30 m3", "can keep it cold"]
        );
        assert!(freight_words(Kind::Goods, Freight::default()).is_empty());
    }
}
