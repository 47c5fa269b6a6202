//! Arbitrary domain records, for tests that hold for all of them.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use quince_core::domain::common::{
    Common, EXTERNAL_IDS_MAX, ExternalId, Label, Parties, PartyRole, Role, Share, Source,
};
use quince_core::domain::freight::{Freight, VOLUME_MILLILITRES_MAX, WEIGHT_GRAMS_MAX};
use quince_core::domain::handle::Handle;
use quince_core::domain::item::{Attribute, Attributes, Evidence, ItemCode, OwnItemState};
use quince_core::domain::kind::Kind;
use quince_core::domain::lines::{Lines, Numbered};
use quince_core::domain::list::List;
use quince_core::domain::money::Money;
use quince_core::domain::need::{NeedState, SHELF_LIFE_DAYS_MAX, ShelfLife, Urgency};
use quince_core::domain::offer::{OfferState, Recipient};
use quince_core::domain::party::PartyType;
use quince_core::domain::place::{Area, Place, Point};
use quince_core::domain::profile::TlsKeyHash;
use quince_core::domain::quantity::{AMOUNT_MAX, Pack};
use quince_core::domain::terms::{Basis, Payer, Terms};
use quince_core::domain::text::{Names, Text, TextOrigin, Texts, Words};
use quince_core::domain::time::{Date, When};
use quince_core::domain::{
    Amount, Commitment, CommitmentState, Instant, LineId, LineNumber, Measure, Need, NeedLine, Number, Offer,
    OfferLine, OwnItem, Party, Positive, Profile, Quantity, ReasonCode, Record, RecordId, Requisition,
    RequisitionState, Revision, Unit,
};

mod delivery;
mod publication;

/// Any record.
pub(super) fn record() -> impl Strategy<Value = Record> {
    prop_oneof![
        profile().prop_map(Record::from),
        party().prop_map(Record::from),
        need().prop_map(Record::from),
        offer().prop_map(Record::from),
        requisition().prop_map(Record::from),
        commitment().prop_map(Record::from),
        delivery::consignment().prop_map(Record::from),
        delivery::receipt().prop_map(Record::from),
        publication::partnership().prop_map(Record::from),
        publication::call().prop_map(Record::from),
        publication::message().prop_map(Record::from),
        publication::knowledge().prop_map(Record::from),
        publication::report().prop_map(Record::from),
        own_item().prop_map(Record::from),
    ]
    .boxed()
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>(
    pattern: &'static str,
) -> impl Strategy<Value = T> {
    pattern.prop_map(|text| text.parse().unwrap())
}

fn words<const MAX: usize>() -> impl Strategy<Value = Words<MAX>> {
    "[^\\x00]{1,12}".prop_map(|text| Words::new(text).unwrap())
}

fn handle() -> impl Strategy<Value = Handle> {
    parsed("[a-wyz][a-z0-9-]{1,30}")
}

fn number() -> impl Strategy<Value = Number> {
    (1u64..1 << 53).prop_map(|n| Number::new(n).unwrap())
}

fn line_number() -> impl Strategy<Value = LineNumber> {
    (1u64..=100).prop_map(|n| LineNumber::new(n).unwrap())
}

fn record_id() -> impl Strategy<Value = RecordId> {
    (handle(), number()).prop_map(|(owner, number)| RecordId::new(owner, number))
}

fn line_id() -> impl Strategy<Value = LineId> {
    (record_id(), line_number()).prop_map(|(record, line)| record.line(line))
}

fn instant() -> impl Strategy<Value = Instant> {
    (Instant::MIN.micros()..=Instant::MAX.micros()).prop_map(|m| Instant::from_micros(m).unwrap())
}

fn amount() -> impl Strategy<Value = Amount> {
    (0..=AMOUNT_MAX).prop_map(|a| Amount::new(a).unwrap())
}

fn positive() -> impl Strategy<Value = Positive> {
    (1..=AMOUNT_MAX).prop_map(|a| Positive::new(a).unwrap())
}

fn unit() -> impl Strategy<Value = Unit> {
    parsed("piece|set|gram|millilitre|test|person|pallet|mission|minor:[A-Z]{3}|pack:[a-z]{1,9}")
}

fn measure() -> impl Strategy<Value = Measure> {
    prop_oneof![
        amount().prop_map(Measure::Exact),
        amount().prop_map(Measure::AtLeast),
        amount().prop_map(Measure::About),
        Just(Measure::Unknown),
    ]
}

fn quantity() -> impl Strategy<Value = Quantity> {
    let pack = (words(), positive()).prop_map(|(name, contains)| Pack { name, contains });
    (measure(), unit(), of(pack)).prop_map(|(measure, unit, pack)| Quantity { measure, unit, pack }).boxed()
}

fn texts<const MAX: usize>() -> impl Strategy<Value = Texts<MAX>> {
    let text = (words(), one_of(TextOrigin::ALL));
    btree_map(parsed("[a-z]{2}"), text, 0..4)
        .prop_map(|texts| {
            let text = |(language, (words, origin))| Text { language, words, origin };
            Texts::new(texts.into_iter().map(text).collect()).unwrap()
        })
        .boxed()
}

fn names() -> impl Strategy<Value = Names> {
    texts().prop_filter_map("a name", |names| Names::new(names).ok())
}

fn place() -> impl Strategy<Value = Place> {
    let point = (-90_000_000..=90_000_000, -180_000_000..=180_000_000);
    let point = of(point.prop_map(|(north, east)| Point::new(north, east).unwrap()));
    let aliases = vec(words(), 0..3).prop_map(|aliases| List::new(aliases).unwrap());
    let area =
        prop_oneof![parsed("[A-Z]{2}").prop_map(Area::Country), parsed("[0-9]{3}").prop_map(Area::Region)];
    (words(), area, point, aliases)
        .prop_map(|(name, area, point, aliases)| Place { name, area, point, aliases })
        .boxed()
}

fn when() -> impl Strategy<Value = When> {
    (of(instant()), of(instant()), of(words()))
        .prop_map(|(one, other, words)| {
            let ends = one.zip(other).map(|(one, other)| (one.min(other), one.max(other)));
            let (from, to) = ends.map_or((one, other), |(from, to)| (Some(from), Some(to)));
            When::new(from, to, words).unwrap()
        })
        .boxed()
}

fn money() -> impl Strategy<Value = Money> {
    let date = parsed::<Date>("[12][0-9]{3}-0[1-9]-[012][1-8]");
    (amount(), parsed("[A-Z]{3}"), date, any::<bool>())
        .prop_map(|(minor_units, currency, date, approximate)| Money {
            minor_units,
            currency,
            date,
            approximate,
        })
        .boxed()
}

fn terms() -> impl Strategy<Value = Terms> {
    let payer = || of(one_of(Payer::ALL));
    (of(one_of(Basis::ALL)), of(money()), payer(), payer(), payer())
        .prop_map(|(basis, estimate, freight, duty, insurance)| Terms {
            basis,
            estimate,
            freight,
            duty,
            insurance,
        })
        .boxed()
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let attribute = (words(), words(), of(words()), one_of(Evidence::ALL))
        .prop_map(|(name, value, standard, evidence)| Attribute { name, value, standard, evidence });
    vec(attribute, 0..3).prop_map(|attributes| Attributes::new(attributes).unwrap()).boxed()
}

fn common() -> impl Strategy<Value = Common> {
    let role = (number(), one_of(Role::ALL), of(1u32..=10_000));
    let role = role.prop_map(|(party, role, share)| {
        vec![PartyRole { party, role, share: share.map(|e4| Share::new(e4).unwrap()) }]
    });
    let parties = of(role).prop_map(|roles| Parties::new(roles.unwrap_or_default()).unwrap());
    let id = (words(), words()).prop_map(|(scheme, value)| ExternalId { scheme, value });
    let ids = vec(id, 0..3).prop_map(|ids| List::<_, 0, EXTERNAL_IDS_MAX>::new(ids).unwrap());
    let source = (words(), of(words()), of(instant())).prop_map(|(name, locator, as_of)| Source {
        name,
        locator,
        as_of,
    });
    let refs = (of(record_id()), of(words()), parties, ids, of(source), of(record_id()));
    let rest = (any::<bool>(), instant(), instant(), of(words()));
    (refs, rest)
        .prop_map(|((call, incident, parties, external_ids, source, continues), rest)| {
            let (exercise, created, updated, reason) = rest;
            Common {
                exercise,
                call,
                incident,
                parties,
                created,
                updated,
                external_ids,
                source,
                continues,
                reason,
                values: List::default(),
                related: List::default(),
            }
        })
        .boxed()
}

fn lines<L: Numbered + Clone + std::fmt::Debug + 'static>(
    line: impl Strategy<Value = L> + 'static,
    numbered: fn(L, LineNumber) -> L,
) -> impl Strategy<Value = Lines<L>> {
    btree_map(line_number(), line, 1..4)
        .prop_map(move |lines| {
            Lines::new(lines.into_iter().map(|(number, line)| numbered(line, number)).collect()).unwrap()
        })
        .boxed()
}

fn item() -> impl Strategy<Value = ItemCode> {
    parsed("([a-wyz][a-z0-9-]{1,30}:)?[a-z0-9][a-z0-9.-]{0,63}")
}

fn own_item() -> impl Strategy<Value = OwnItem> {
    let pack = (words(), positive()).prop_map(|(name, contains)| Pack { name, contains });
    let packs = vec(pack, 0..4).prop_map(|packs| List::new(packs).unwrap());
    let what = (common(), one_of(OwnItemState::ALL), item(), names(), unit());
    (what, packs, of(parsed("[0-9]{4}[.][0-9]{2}")), of(words()), texts())
        .prop_map(|((common, state, code, terms, base_unit), packs, hs6, hs_note, description)| OwnItem {
            common,
            state,
            code,
            terms,
            base_unit,
            packs,
            hs6,
            hs_note,
            description,
        })
        .boxed()
}

fn need_line() -> impl Strategy<Value = NeedLine> {
    let what = (one_of(Kind::ALL), item(), attributes(), quantity());
    let how = (1u32..=4, when(), of(place()), of(1..=SHELF_LIFE_DAYS_MAX), amount(), any::<bool>());
    let bases: BTreeSet<Basis> = Basis::ALL.iter().copied().collect();
    let bases = proptest::sample::subsequence(bases.into_iter().collect::<Vec<_>>(), 0..=3);
    (what, how, bases, of(words()))
        .prop_map(|((kind, item, attributes, quantity), how, bases, note)| {
            let (tier, needed, deliver_to, days, min_lot, accept_lower_grade) = how;
            NeedLine {
                line: LineNumber::new(1).unwrap(),
                kind,
                item,
                attributes,
                quantity,
                urgency: Urgency::new(tier).unwrap(),
                needed,
                deliver_to,
                min_shelf_life: days.map(|days| ShelfLife::new(days).unwrap()),
                min_lot,
                accept_lower_grade,
                acceptable_bases: bases.into_iter().collect(),
                note,
            }
        })
        .boxed()
}

fn need() -> impl Strategy<Value = Need> {
    let state = prop_oneof![
        Just(NeedState::Draft),
        Just(NeedState::Submitted),
        Just(NeedState::Open),
        Just(NeedState::OnHold),
        Just(NeedState::Fulfilled),
        Just(NeedState::Withdrawn),
        Just(NeedState::Expired),
        record_id().prop_map(|of| NeedState::Duplicate { of }),
    ];
    let lines = lines(need_line(), |line, number| NeedLine { line: number, ..line });
    (common(), state, texts(), texts(), lines)
        .prop_map(|(common, state, title, description, lines)| Need {
            common,
            state,
            title,
            description,
            lines,
        })
        .boxed()
}

fn freight() -> impl Strategy<Value = Freight> {
    let figures = (0..=WEIGHT_GRAMS_MAX, 0..=VOLUME_MILLILITRES_MAX, any::<bool>());
    let stated = figures.prop_map(|(weight, volume, cold)| Freight::new(weight, volume, cold).unwrap());
    of(stated).prop_map(Option::unwrap_or_default).boxed()
}

fn offer_line() -> impl Strategy<Value = OfferLine> {
    let what = (one_of(Kind::ALL), item(), attributes(), quantity());
    let recipients = || {
        let recipient =
            prop_oneof![handle().prop_map(Recipient::Node), parsed("[A-Z]{2}").prop_map(Recipient::Country),];
        btree_set(recipient, 0..3).prop_map(|some| List::new(some.into_iter().collect()).unwrap())
    };
    let how = (when(), of(place()), of(instant()), amount(), recipients(), recipients());
    let lane = (of(place()), freight());
    (what, how, lane, terms(), of(words()))
        .prop_map(|((kind, item, attributes, quantity), how, (deliver_to, freight), terms, note)| {
            let (available, available_at, expires, min_lot, earmarked_for, excluded) = how;
            OfferLine {
                line: LineNumber::new(1).unwrap(),
                kind,
                item,
                attributes,
                quantity,
                available,
                available_at,
                deliver_to,
                freight,
                expires,
                min_lot,
                earmarked_for,
                excluded,
                terms,
                note,
            }
        })
        .boxed()
}

fn offer() -> impl Strategy<Value = Offer> {
    let lines = lines(offer_line(), |line, number| OfferLine { line: number, ..line });
    (common(), one_of(OfferState::ALL), texts(), texts(), lines, instant())
        .prop_map(|(common, state, title, description, lines, confirmed)| Offer {
            common,
            state,
            title,
            description,
            lines,
            confirmed,
        })
        .boxed()
}

fn requisition() -> impl Strategy<Value = Requisition> {
    let state = prop_oneof![
        (positive(), of(record_id())).prop_map(|(amount, hold)| RequisitionState::Requested { amount, hold }),
        record_id().prop_map(|hold| RequisitionState::Refused { hold }),
        (positive(), of(record_id()), any::<bool>())
            .prop_map(|(amount, hold, forced)| RequisitionState::Withdrawn { amount, hold, forced }),
    ];
    (common(), state, line_id(), line_id(), unit(), terms(), any::<bool>())
        .prop_map(|(common, state, need_line, offer_line, unit, terms, accept_short_dated)| Requisition {
            common,
            state,
            need_line,
            offer_line,
            unit,
            terms,
            accept_short_dated,
        })
        .boxed()
}

fn commitment() -> impl Strategy<Value = Commitment> {
    let reason = || one_of(ReasonCode::ALL);
    let state = prop_oneof![
        (positive(), instant()).prop_map(|(amount, until)| CommitmentState::Held { amount, until }),
        (record_id(), positive(), of(reason())).prop_map(|(requisition, amount, reduced)| {
            CommitmentState::Committed { requisition, amount, reduced }
        }),
        (record_id(), reason())
            .prop_map(|(requisition, reason)| CommitmentState::Declined { requisition, reason }),
        (of(record_id()), amount(), reason()).prop_map(|(requisition, amount, reason)| {
            CommitmentState::Released { requisition, amount, reason }
        }),
    ];
    let stock = (1u64..=1_000_000, amount(), amount());
    (common(), state, line_id(), line_id(), unit(), terms(), stock)
        .prop_map(
            |(common, state, need_line, offer_line, unit, terms, (revision, line_amount, reserved_after))| {
                let offer_revision = Revision::new(revision).unwrap();
                Commitment {
                    common,
                    state,
                    need_line,
                    offer_line,
                    unit,
                    terms,
                    offer_revision,
                    line_amount,
                    reserved_after,
                }
            },
        )
        .boxed()
}

fn party() -> impl Strategy<Value = Party> {
    let contact = of(words().prop_map(|label: Label| label));
    (common(), one_of(PartyType::ALL), names(), of(place()), contact, any::<bool>())
        .prop_map(|(common, party_type, names, place, public_contact, retired)| Party {
            common,
            party_type,
            names,
            place,
            public_contact,
            retired,
        })
        .boxed()
}

fn profile() -> impl Strategy<Value = Profile> {
    let endpoints = vec(parsed("[a-z]{1,9}[.]example:[1-9][0-9]{0,3}"), 0..=4);
    let keys = vec(any::<[u8; 32]>().prop_map(TlsKeyHash), 1..=4);
    let recipient = of(parsed("age1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}"));
    (common(), handle(), names(), of(place()), endpoints, keys, of(words()), recipient)
        .prop_map(|(common, handle, names, place, endpoints, keys, software, offline_recipient)| Profile {
            common,
            handle,
            names,
            place,
            endpoints: List::new(endpoints).unwrap(),
            tls_keys: List::new(keys).unwrap(),
            software,
            offline_recipient,
        })
        .boxed()
}
