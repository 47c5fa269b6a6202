//! One row of the table: how far a flow is, folded out of what one office shows. Asked, promised, sent and received are never
//! added together, and what nobody said is not assumed.

use std::collections::BTreeSet;

use quince_proto::api::v1 as api;
use quince_proto::record::v1::{
    CallState, ConsignmentState, MessageType, PublicationState, Quantity, RecordRef,
};
use serde::Serialize;

use crate::demo::figure::{amount, stated};
use crate::demo::seen::{Carries as _, Seen, flows};

/// What stands where there is nothing.
const NOTHING: &str = "–";

/// How far one flow is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What was asked for.
    pub asked: String,
    /// What suppliers committed.
    pub promised: String,
    /// What left.
    pub sent: String,
    /// What receivers counted as good.
    pub received: String,
    /// In one word or a few.
    pub state: String,
}

/// A line with what is counted on it.
struct Line<'a> {
    quantity: Option<&'a Quantity>,
    coverage: api::Coverage,
}

impl Row {
    /// The row of a flow, out of everything that an office shows.
    #[must_use]
    pub fn of(all: &Seen, scheme: &str, flow: &str) -> Self {
        let seen = all.of(scheme, flow);
        let needs: Vec<Line<'_>> = need_lines(&seen.needs);
        let lines = if needs.is_empty() { offer_lines(&seen.offers) } else { need_lines(&seen.needs) };
        let counted = |count: fn(&api::Coverage) -> i64| counted(&lines, count);
        let sent = if lines.is_empty() { shipped(&seen.consignments) } else { counted(|c| c.dispatched) };
        Self {
            asked: asked(&needs),
            promised: counted(|c| c.committed),
            sent,
            received: counted(|c| c.good),
            state: state(all, &seen, &lines, scheme, flow),
        }
    }
}

fn need_lines(needs: &[api::Need]) -> Vec<Line<'_>> {
    let lines = needs.iter().flat_map(|need| {
        let lines = need.record.iter().flat_map(|record| &record.lines);
        lines.map(|line| Line {
            quantity: line.quantity.as_ref(),
            coverage: covered(&need.coverage, line.line),
        })
    });
    lines.collect()
}

fn offer_lines(offers: &[api::Offer]) -> Vec<Line<'_>> {
    let lines = offers.iter().flat_map(|offer| {
        let lines = offer.record.iter().flat_map(|record| &record.lines);
        lines.map(|line| Line {
            quantity: line.quantity.as_ref(),
            coverage: covered(&offer.coverage, line.line),
        })
    });
    lines.collect()
}

fn covered(coverage: &[api::Coverage], line: u32) -> api::Coverage {
    coverage.iter().find(|one| one.line == line).cloned().unwrap_or_default()
}

fn asked(needs: &[Line<'_>]) -> String {
    match needs {
        [] => NOTHING.to_owned(),
        [one] => stated(one.quantity),
        many => format!("{} lines", many.len()),
    }
}

/// Amounts of different things are never added: one line has a figure, several have a count of lines.
fn counted(lines: &[Line<'_>], count: fn(&api::Coverage) -> i64) -> String {
    let touched: Vec<&Line<'_>> = lines.iter().filter(|line| count(&line.coverage) > 0).collect();
    let (some, all) = (touched.len(), lines.len());
    match touched[..] {
        [] => NOTHING.to_owned(),
        [line] if all == 1 => {
            amount(count(&line.coverage), line.quantity.map_or("", |quantity| &quantity.unit))
        }
        _ if some == all => format!("{all} lines"),
        _ => format!("{some} of {all} lines"),
    }
}

/// What left in consignments whose needs and offers belong to other flows.
fn shipped(consignments: &[api::Consignment]) -> String {
    let lines =
        consignments.iter().filter(|one| left(one)).flat_map(|one| &one.record).flat_map(|one| &one.lines);
    let lines: Vec<_> = lines.collect();
    match lines[..] {
        [] => NOTHING.to_owned(),
        [line] => amount(line.amount, &line.unit),
        _ => format!("{} lines", lines.len()),
    }
}

fn left(consignment: &api::Consignment) -> bool {
    use ConsignmentState::{Arrived, Closed, Dispatched};
    let state = consignment.record.as_ref().map(|record| record.state());
    state.is_some_and(|state| [Dispatched, Arrived, Closed].contains(&state))
}

fn state(all: &Seen, seen: &Seen, lines: &[Line<'_>], scheme: &str, flow: &str) -> String {
    let unanswered = seen.offers.is_empty() && seen.consignments.is_empty();
    let told = if !seen.needs.is_empty() && unanswered {
        answered(all, &seen.needs, scheme, flow)
    } else if lines.is_empty() && !seen.consignments.is_empty() {
        fanned_out(&seen.consignments)
    } else if !lines.is_empty() {
        delivered(seen, lines)
    } else {
        published(all, seen)
    };
    let thanked = seen.consignments.iter().any(|one| !one.thanks.is_empty());
    if thanked { format!("{told}, thanked") } else { told }
}

/// A need that only says that help is wanted is answered by what others relate to it.
fn answered(all: &Seen, needs: &[api::Need], scheme: &str, flow: &str) -> String {
    let asked: Vec<RecordRef> = needs.iter().filter_map(|need| reference(&need.name)).collect();
    let commons = all.needs.iter().map(|one| one.common());
    let commons = commons.chain(all.offers.iter().map(|one| one.common()));
    let commons = commons.chain(all.calls.iter().map(|one| one.common()));
    let answers = commons.flatten().filter(|common| common.related.iter().any(|one| asked.contains(one)));
    let answers = answers.flat_map(|common| flows(Some(common), scheme)).filter(|one| *one != flow);
    let answers: BTreeSet<&str> = answers.collect();
    match answers.is_empty() {
        true => "asked".to_owned(),
        false => format!("answered by {}", answers.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

fn delivered(seen: &Seen, lines: &[Line<'_>]) -> String {
    let all = |fits: fn(&api::Coverage) -> bool| lines.iter().all(|line| fits(&line.coverage));
    let any = |fits: fn(&api::Coverage) -> bool| lines.iter().any(|line| fits(&line.coverage));
    let planned = seen.consignments.iter().flat_map(|one| &one.record);
    let planned = planned.map(|record| record.state()).any(|state| state == ConsignmentState::Planned);
    let word = match () {
        () if all(|c| c.good > 0 && c.good >= c.dispatched) => "received",
        () if any(|c| c.good > 0) => "partly received",
        () if all(|c| c.dispatched > 0) => "dispatched",
        () if any(|c| c.dispatched > 0) => "partly dispatched",
        () if planned => "planned",
        () if all(|c| c.committed > 0) => "committed",
        () if any(|c| c.committed > 0) => "partly committed",
        () if any(|c| c.requested > 0) => "requested",
        () if seen.offers.is_empty() => "asked",
        () => "offered",
    };
    word.to_owned()
}

fn fanned_out(consignments: &[api::Consignment]) -> String {
    let lines =
        consignments.iter().filter(|one| left(one)).flat_map(|one| &one.record).flat_map(|one| &one.lines);
    let consignees: Vec<_> = lines.flat_map(|line| &line.consignees).collect();
    let places: BTreeSet<&str> =
        consignees.iter().filter_map(|one| one.place.as_ref()).map(|place| place.name.as_str()).collect();
    match consignees.is_empty() {
        true => "planned".to_owned(),
        false => format!("dispatched to {} consignees in {} places", consignees.len(), places.len()),
    }
}

/// What no match consumes.
fn published(all: &Seen, seen: &Seen) -> String {
    if let Some(call) = seen.calls.first() {
        return call_state(all, call);
    }
    let (messages, knowledge, reports) = (seen.messages.len(), seen.knowledge.len(), seen.reports.len());
    let out = PublicationState::Published;
    let intent =
        seen.messages.iter().flat_map(|one| &one.record).all(|one| one.r#type() == MessageType::Intent);
    let states = seen.messages.iter().flat_map(|one| &one.record).map(|one| one.state());
    let states = states.chain(seen.knowledge.iter().flat_map(|one| &one.record).map(|one| one.state()));
    let mut states = states.chain(seen.reports.iter().flat_map(|one| &one.record).map(|one| one.state()));
    match () {
        () if !states.all(|state| state == out) => "not published".to_owned(),
        () if messages > 0 && intent => "intent".to_owned(),
        () if messages > 0 => counted_word("published", "messages", messages),
        () if knowledge > 0 => counted_word("published", "publications", knowledge),
        () if reports > 0 => counted_word("reported", "reports", reports),
        () if !seen.partnerships.is_empty() => partnership(seen),
        () => "nothing".to_owned(),
    }
}

fn counted_word(one: &str, many: &str, count: usize) -> String {
    if count == 1 { one.to_owned() } else { format!("{count} {many}") }
}

fn call_state(all: &Seen, call: &api::Call) -> String {
    let state = match call.record.as_ref().map(|record| record.state()) {
        Some(CallState::Closed) => "closed",
        _ => "open",
    };
    let own = reference(&call.name);
    let commons = all.needs.iter().map(|one| one.common());
    let commons = commons.chain(all.offers.iter().map(|one| one.common()));
    let gathered = commons.flatten().filter(|common| common.call.is_some() && common.call == own).count();
    if gathered == 0 { state.to_owned() } else { format!("{state}, gathered {gathered}") }
}

fn partnership(seen: &Seen) -> String {
    let both = seen.partnerships.iter().all(|one| one.mutual);
    if both { "told by both sides" } else { "told by one side" }.to_owned()
}

/// The record that a resource name names.
fn reference(name: &str) -> Option<RecordRef> {
    let parts: Vec<&str> = name.split('/').collect();
    let [_, owner, _, number] = parts[..] else { return None };
    Some(RecordRef { owner: owner.to_owned(), number: number.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use quince_proto::record::v1 as record;

    use super::*;

    fn common(flow: &str, related: Vec<RecordRef>) -> Option<record::Common> {
        let external_ids = vec![record::ExternalId { scheme: "s".to_owned(), value: flow.to_owned() }];
        Some(record::Common { external_ids, related, ..Default::default() })
    }

    fn pieces(amount: i64) -> Option<Quantity> {
        Some(Quantity {
            qualifier: record::Qualifier::Exact.into(),
            amount,
            unit: "piece".to_owned(),
            pack: None,
        })
    }

    fn need(flow: &str, lines: &[(i64, api::Coverage)]) -> api::Need {
        let line = |(number, (amount, _)): (u32, &(i64, api::Coverage))| record::NeedLine {
            line: number,
            quantity: pieces(*amount),
            ..Default::default()
        };
        let record = record::Need {
            common: common(flow, Vec::new()),
            lines: (1..).zip(lines).map(line).collect(),
            ..Default::default()
        };
        let coverage = (1..).zip(lines).map(|(line, (_, coverage))| api::Coverage { line, ..*coverage });
        api::Need {
            name: "nodes/isfahan/needs/7".to_owned(),
            record: Some(record),
            coverage: coverage.collect(),
            ..Default::default()
        }
    }

    fn offer(flow: &str) -> api::Offer {
        let related = vec![RecordRef { owner: "isfahan".to_owned(), number: 7 }];
        let record = record::Offer { common: common(flow, related), ..Default::default() };
        api::Offer { name: "nodes/quanzhou/offers/3".to_owned(), record: Some(record), ..Default::default() }
    }

    fn state_of(coverage: api::Coverage) -> Row {
        let seen = Seen {
            needs: vec![need("F1", &[(500, coverage)])],
            offers: vec![offer("F1")],
            ..Seen::default()
        };
        Row::of(&seen, "s", "F1")
    }

    #[test]
    fn intent_promise_and_fact_stand_apart() {
        let coverage =
            |committed, dispatched, good| api::Coverage { committed, dispatched, good, ..Default::default() };
        let table = [
            (coverage(0, 0, 0), ["500 piece", "–", "–", "–", "offered"]),
            (coverage(400, 0, 0), ["500 piece", "400 piece", "–", "–", "committed"]),
            (coverage(400, 400, 0), ["500 piece", "400 piece", "400 piece", "–", "dispatched"]),
            (
                coverage(400, 400, 260),
                ["500 piece", "400 piece", "400 piece", "260 piece", "partly received"],
            ),
            (coverage(400, 400, 400), ["500 piece", "400 piece", "400 piece", "400 piece", "received"]),
        ];
        for (coverage, expected) in table {
            let Row { asked, promised, sent, received, state } = state_of(coverage);
            assert_eq!([asked, promised, sent, received, state], expected.map(ToOwned::to_owned));
        }
    }

    #[test]
    fn different_things_are_counted_by_line_and_never_added() {
        let done = api::Coverage { committed: 9, dispatched: 9, ..Default::default() };
        let needs = vec![need("F1", &[(9, done), (4, api::Coverage::default())])];
        let row = Row::of(&Seen { needs, offers: vec![offer("F1")], ..Seen::default() }, "s", "F1");
        assert_eq!((row.asked.as_str(), row.promised.as_str()), ("2 lines", "1 of 2 lines"));
        assert_eq!(row.state, "partly dispatched");
    }

    #[test]
    fn a_need_is_answered_by_the_flows_that_relate_to_it() {
        let needs = vec![need("F1", &[(0, api::Coverage::default())])];
        let seen = Seen { needs: needs.clone(), offers: vec![offer("F3"), offer("F2")], ..Seen::default() };
        assert_eq!(Row::of(&seen, "s", "F1").state, "answered by F2, F3");
        assert_eq!(Row::of(&Seen { needs, ..Seen::default() }, "s", "F1").state, "asked");
    }
}
