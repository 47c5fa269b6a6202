//! What the store reads out of a record: its lane, and the columns that lists and links are made of.

use std::fmt::Write as _;

use quince_core::domain::{
    Handle, ItemCode, Knowledge, Message, Need, NeedState, Number, Offer, OfferState, Profile, Publication,
    Record, RecordId, RecordKind, Report,
};
use quince_core::feed::Lane;

/// What lists and links need of a record.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) state: &'static str,
    pub(super) exercise: bool,
    /// The item codes of its lines, or the code that it defines, each between spaces.
    pub(super) items: String,
    /// The most urgent tier of its lines; 0 without one.
    pub(super) urgency: u8,
    pub(super) need: Option<RecordId>,
    pub(super) offer: Option<RecordId>,
    /// The requisition that a commitment answers, the hold that a requisition answers, or the consignment that a receipt
    /// counts.
    pub(super) answers: Option<RecordId>,
    /// When a hold ends.
    pub(super) due: Option<i64>,
    /// What else it names; see `mention`.
    pub(super) mentions: Vec<RecordId>,
}

pub(super) const fn allows(lane: Lane, kind: RecordKind) -> bool {
    match kind {
        RecordKind::Profile => matches!(lane, Lane::Identity),
        RecordKind::Requisition | RecordKind::Commitment | RecordKind::Consignment | RecordKind::Receipt => {
            matches!(lane, Lane::Ledger)
        }
        RecordKind::Party
        | RecordKind::Need
        | RecordKind::Offer
        | RecordKind::Partnership
        | RecordKind::Call
        | RecordKind::Message
        | RecordKind::Knowledge
        | RecordKind::Report
        | RecordKind::OwnItem => {
            matches!(lane, Lane::Urgent | Lane::Normal | Lane::Bulk)
        }
    }
}

/// What only the place of a record shows to be wrong.
pub(super) fn check(owner: &Handle, number: Number, record: &Record) -> Result<(), String> {
    match record {
        Record::Profile(Profile { handle, .. }) if handle != owner || number != Number::FIRST => {
            Err(format!("profile {number} of {handle} in the feed of {owner}, expected its own, number 1"))
        }
        Record::Need(Need { state: NeedState::Draft | NeedState::Submitted, .. })
        | Record::Offer(Offer { state: OfferState::Draft, .. })
        | Record::Message(Message { state: Publication::Draft, .. })
        | Record::Knowledge(Knowledge { state: Publication::Draft, .. })
        | Record::Report(Report { state: Publication::Draft, .. }) => Err("a draft in a feed".to_owned()),
        Record::OwnItem(item) => item.check_owner(owner).map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

/// The lane that a record is published in.
pub(super) fn lane_of(record: &Record) -> Lane {
    match record {
        Record::Profile(_) => Lane::Identity,
        Record::Requisition(_) | Record::Commitment(_) | Record::Consignment(_) | Record::Receipt(_) => {
            Lane::Ledger
        }
        Record::Need(need) if urgency(need) == 1 => Lane::Urgent,
        Record::Call(_) => Lane::Urgent,
        Record::Need(_)
        | Record::Offer(_)
        | Record::Party(_)
        | Record::Partnership(_)
        | Record::Message(_)
        | Record::Report(_) => Lane::Normal,
        Record::Knowledge(_) | Record::OwnItem(_) => Lane::Bulk,
    }
}

fn urgency(need: &Need) -> u8 {
    need.lines.iter().map(|line| line.urgency.tier()).min().unwrap_or_default()
}

/// Reads the columns out of a record.
pub(super) fn facts(owner: &Handle, record: &Record) -> Facts {
    let mut facts = Facts {
        state: "active",
        exercise: record.common().exercise,
        items: String::new(),
        urgency: 0,
        need: None,
        offer: None,
        answers: None,
        due: None,
        mentions: record.common().call.iter().cloned().collect(),
    };
    match record {
        Record::Profile(_) => {}
        Record::Party(party) => facts.state = if party.retired { "retired" } else { "active" },
        Record::Need(need) => {
            facts.state = need.state.as_str();
            facts.items = spaced(need.lines.iter().map(|line| &line.item));
            facts.urgency = urgency(need);
        }
        Record::Offer(offer) => {
            facts.state = offer.state.as_str();
            facts.items = spaced(offer.lines.iter().map(|line| &line.item));
        }
        Record::Requisition(requisition) => {
            facts.state = requisition.state.as_str();
            facts.need = Some(requisition.need_line.record.clone());
            facts.offer = Some(requisition.offer_line.record.clone());
            facts.answers = requisition.hold().cloned();
        }
        Record::Commitment(commitment) => {
            facts.state = commitment.state.as_str();
            facts.need = Some(commitment.need_line.record.clone());
            facts.offer = Some(commitment.offer_line.record.clone());
            facts.answers = commitment.requisition().cloned();
            facts.due = commitment.held_until().map(|until| until.micros());
        }
        Record::Consignment(consignment) => {
            facts.state = consignment.state.as_str();
            let own = |number: &Number| RecordId::new(owner.clone(), *number);
            facts.mentions.extend(consignment.amounts().keys().map(own));
        }
        Record::Receipt(receipt) => {
            facts.state = receipt.state.as_str();
            facts.answers = Some(receipt.consignment.clone());
        }
        Record::Partnership(partnership) => facts.state = partnership.state.as_str(),
        Record::Call(call) => {
            facts.state = call.state.as_str();
            facts.items = spaced(call.items.iter());
        }
        Record::Message(message) => {
            facts.state = message.state.as_str();
            facts.mentions.extend(message.about.iter().cloned());
        }
        Record::Knowledge(knowledge) => facts.state = knowledge.state.as_str(),
        Record::Report(report) => {
            facts.state = report.state.as_str();
            facts.mentions.extend(report.about.iter().cloned());
        }
        Record::OwnItem(item) => {
            facts.state = item.state.as_str();
            facts.items = spaced(std::iter::once(&item.code));
        }
    }
    facts
}

fn spaced<'a>(codes: impl Iterator<Item = &'a ItemCode>) -> String {
    let mut all = " ".to_owned();
    for code in codes {
        write!(all, "{code} ").expect("a string takes it");
    }
    all
}
