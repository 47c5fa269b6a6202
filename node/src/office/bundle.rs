//! Bundles: goods and who carries them, asked for together; and what is withdrawn when one half fails.
//!
//! A requisition is for an own need line, so transport is as well. Where the caller has none, one need is written with the
//! bundle: it names the goods' requisitions, and ends when nothing is left of these.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quince_core::domain::agreement::budget;
use quince_core::domain::agreement::bundle::{self, Half};
use quince_core::domain::agreement::halves::Pair;
use quince_core::domain::common::RELATED_MAX;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::text::{Description, Reason};
use quince_core::domain::{
    Amount, Common, Instant, Kind, LineId, LineNumber, Need, NeedLine, NeedState, Offer, Quantity, Record,
    RecordId, Requisition, Snapshot,
};

use crate::office::caller::Write;
use crate::office::request::{NewBundle, NewRequisition, NewTransport};
use crate::office::script::Script;
use crate::office::view::BundleView;
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{Family, Halves, NewRevision, WriteTx};

/// Requisitions of one bundle that are looked at: as many as one request writes.
const BUNDLE_MAX: usize = 2 * RELATED_MAX;

/// The other side of a bundle.
type Related = List<RecordId, 0, RELATED_MAX>;

/// What became of a bundle that was looked after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    /// All that belongs together.
    pub(crate) bundle: BTreeSet<RecordId>,
    /// How many requisitions were withdrawn.
    pub(crate) withdrawn: usize,
}

impl Office {
    /// Asks for goods and for who carries them: all of it is written, or nothing. Goods name their transport and transport
    /// its goods, so that they are withdrawn together.
    ///
    /// # Errors
    /// As for a single requisition, and when the lines are not about goods and transport.
    pub async fn create_bundle(&self, write: &Write, new: NewBundle) -> Result<BundleView> {
        let goods = new.goods.len();
        let mut script = self.begin(write).await?;
        if script.is_new() {
            self.write_bundle(&mut script, new).await?;
        }
        let written = script.written::<Requisition>().await?;
        let mut views = self.requisition_views(&mut script.tx, written).await?;
        let transport = views.split_off(goods.min(views.len()));
        let need = match script.written::<Need>().await?.into_iter().next() {
            Some(need) => Some(self.need_view(&mut script.tx, need).await?),
            None => None,
        };
        script.finish().await?;
        Ok(BundleView { goods: views, transport, need })
    }

    async fn write_bundle(&self, script: &mut Script<'_>, new: NewBundle) -> Result<()> {
        let goods_ids = next_ids(script, new.goods.len()).await?;
        let transport_ids = next_ids(script, new.transport.len()).await?;
        let transport = self.anchored(script, &new, &goods_ids).await?;
        let goods = goods_ids.iter().zip(new.goods.iter().cloned());
        let goods = goods.map(|(id, wish)| (id, wish, Kind::Goods, &transport_ids));
        let transport = transport_ids.iter().zip(transport);
        let transport = transport.map(|(id, wish)| (id, wish, Kind::Transport, &goods_ids));
        let halves: Vec<_> = goods.chain(transport).collect();
        let offers: BTreeSet<RecordId> =
            halves.iter().map(|(_, wish, ..)| wish.offer_line.record.clone()).collect();
        let mut exercise = None;
        for (id, wish, kind, related) in halves {
            let (need_line, offer_line) = (wish.need_line.clone(), wish.offer_line.clone());
            let written = self.write_half(script, id.clone(), wish, kind, related.clone()).await;
            let written = written.map_err(|error| about(&need_line, &offer_line, error))?;
            if *exercise.get_or_insert(written) != written {
                let words = "some of the bundle is an exercise, expected all of it or nothing";
                return Err(Error::new(ErrorKind::Invalid, words).hint("drills and real records do not mix"));
            }
        }
        for offer in offers {
            self.settle_if_own(script, &offer).await?;
        }
        Ok(())
    }

    /// Writes one requisition of a bundle; tells whether it is an exercise.
    async fn write_half(
        &self,
        script: &mut Script<'_>,
        id: RecordId,
        wish: NewRequisition,
        kind: Kind,
        related: Related,
    ) -> Result<bool> {
        check_kind(script, &wish.offer_line, kind).await?;
        let (mut requisition, audience) = self.decide_requisition(script, wish).await?;
        requisition.common.related = related;
        Ok(script.create_as(id, requisition, audience).await?.record.common.exercise)
    }

    /// The requisitions of transport, each for a need line; a need is written for those that have none.
    async fn anchored(
        &self,
        script: &mut Script<'_>,
        new: &NewBundle,
        goods_ids: &Related,
    ) -> Result<Vec<NewRequisition>> {
        let mut numbers =
            (1..).map(|line| LineNumber::new(line).expect("a bundle has fewer lines than a record"));
        let number = |wish: &NewTransport| if wish.need_line.is_none() { numbers.next() } else { None };
        let places: Vec<Option<LineNumber>> = new.transport.iter().map(number).collect();
        let numbered = || places.iter().copied().zip(&new.transport);
        let lines: Vec<_> = numbered().filter_map(|(number, wish)| Some((number?, wish))).collect();
        let need = match lines.as_slice() {
            [] => None,
            lines => Some(self.write_transport_need(script, new, lines, goods_ids).await?),
        };
        let line = |number: Option<LineNumber>| Some(need.as_ref()?.line_id(number?));
        let requisition = |(number, wish): (Option<LineNumber>, &NewTransport)| NewRequisition {
            need_line: wish.need_line.clone().or_else(|| line(number)).expect("one of the two is there"),
            offer_line: wish.offer_line.clone(),
            amount: wish.amount,
            hold: wish.hold.clone(),
            terms: wish.terms.clone(),
            accept_short_dated: false,
        };
        Ok(numbered().map(requisition).collect())
    }

    /// A need for the transport of the first goods: as urgent as the most urgent of them, and for whom they are.
    async fn write_transport_need(
        &self,
        script: &mut Script<'_>,
        new: &NewBundle,
        wishes: &[(LineNumber, &NewTransport)],
        goods_ids: &Related,
    ) -> Result<Snapshot<Need>> {
        self.check_writes_needs()?;
        let mut asking = Vec::new();
        for goods in &new.goods {
            let need = script.find::<Need>(&goods.need_line.record).await?;
            let line = need.record.lines.get(goods.need_line.line).cloned();
            asking.push((need.record, line.ok_or_else(|| no_line(&goods.need_line))?));
        }
        let (first, to) = asking.first().expect("a bundle has goods");
        let urgency = asking.iter().map(|(_, line)| line.urgency).min().expect("a bundle has goods");
        let mut lines = Vec::new();
        for (number, wish) in wishes {
            let asked = NeedLine { line: *number, urgency, ..to.clone() };
            lines.push(transport_line(script, wish, asked).await?);
        }
        let Common { exercise, call, incident, parties, .. } = first.common.clone();
        let related = goods_ids.clone();
        let need = Need {
            common: Common { exercise, call, incident, parties, related, ..Common::new(script.now) },
            state: NeedState::Draft,
            title: first.title.clone(),
            description: Description::default(),
            lines: Lines::new(lines).expect("a bundle has fewer lines than a record"),
        };
        self.write_need(script, need, true).await
    }

    /// A requisition needs an open need, and where an approver comes first the two cannot be written together.
    fn check_writes_needs(&self) -> Result<()> {
        if !self.shared.settings.approve_needs {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::State,
            "needs are approved here before they open, so no need for transport is written in one step",
        )
        .hint("create a need for the transport, have it approved, and name its line"))
    }

    /// Withdraws what is of no more use because another half of its bundle failed, and ends the need for transport that
    /// was written with it, in the name of `holder`. Writes nothing the second time.
    ///
    /// # Errors
    /// When a record that the decision rests on is damaged, or the store fails.
    pub(crate) async fn withdraw_with_failed(
        &self,
        tx: &mut WriteTx,
        requisition: &RecordId,
        holder: &str,
    ) -> Result<Swept> {
        let now = self.now();
        let mut halves = bundle_of(tx, requisition).await?;
        if halves.requisitions.is_empty() {
            return Ok(Swept::default());
        }
        let needs: BTreeSet<RecordId> =
            halves.requisitions.iter().map(|one| one.record.need_line.record.clone()).collect();
        let needs: Vec<RecordId> = needs.into_iter().collect();
        let needs: BTreeMap<RecordId, Snapshot<Need>> = tx.get_all(&needs).await?;
        let due = bundle::withdraw_with_failed(now, &in_bundle(&halves, &needs));
        let withdrawn = due.len();
        for (id, record) in due {
            let slot = halves.requisitions.iter_mut().find(|one| one.id == id);
            let slot = slot.expect("the rule moves what it was given");
            *slot = revise(tx, now, slot, record, holder).await?;
        }
        let over = |need: &&Snapshot<Need>| bundle::has_nothing_to_carry(need, &in_bundle(&halves, &needs));
        for need in needs.values().filter(over) {
            end_need(tx, now, need, holder).await?;
        }
        let bundle = halves.requisitions.into_iter().map(|one| one.id).collect();
        Ok(Swept { bundle, withdrawn })
    }
}

async fn next_ids(script: &mut Script<'_>, count: usize) -> Result<Related> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(script.next_id().await?);
    }
    Ok(List::new(ids).expect("a bundle has at most as many of each as a record names"))
}

/// The line of a need for transport: the offered item in its unit, otherwise as `asked` for the goods.
async fn transport_line(script: &mut Script<'_>, wish: &NewTransport, asked: NeedLine) -> Result<NeedLine> {
    let offer = script.find::<Offer>(&wish.offer_line.record).await?;
    let line = offer.record.lines.get(wish.offer_line.line).ok_or_else(|| no_line(&wish.offer_line))?;
    Ok(NeedLine {
        line: asked.line,
        kind: Kind::Transport,
        item: line.item.clone(),
        attributes: line.attributes.clone(),
        quantity: Quantity::exact(wish.amount.amount(), line.quantity.unit.clone()),
        urgency: asked.urgency,
        needed: asked.needed,
        deliver_to: asked.deliver_to,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: false,
        acceptable_bases: BTreeSet::new(),
        note: None,
    })
}

/// The kind of a need line and of its offer line are the same, so that one is looked at.
async fn check_kind(script: &mut Script<'_>, offer_line: &LineId, expected: Kind) -> Result<()> {
    let offer = script.find::<Offer>(&offer_line.record).await?;
    let line = offer.record.lines.get(offer_line.line).ok_or_else(|| no_line(offer_line))?;
    if line.kind == expected {
        return Ok(());
    }
    let came = format!("the offer line is about {}, expected {expected}", line.kind);
    Err(Error::new(ErrorKind::Invalid, came)
        .hint("name the lines that are carried as goods, and those that carry them as transport"))
}

fn no_line(line: &LineId) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no line {line}")).hint("look at the record's lines")
}

/// Of several, which one was refused.
fn about(need_line: &LineId, offer_line: &LineId, error: Error) -> Error {
    Error { message: format!("{offer_line} for {need_line}: {}", error.message), ..error }
}

/// Own requisitions that name each other, from this one on, with their answers and what became of these. Nothing of more
/// than one request writes: nobody asked for that together.
async fn bundle_of(tx: &mut WriteTx, first: &RecordId) -> Result<Halves> {
    let mut found: BTreeMap<RecordId, Snapshot<Requisition>> = BTreeMap::new();
    let mut waiting: Vec<Snapshot<Requisition>> = tx.get(first).await?.into_iter().collect();
    while let Some(one) = waiting.pop() {
        let id = one.id.clone();
        let named = one.record.common.related.iter().filter(|named| named.owner == id.owner);
        let named: Vec<RecordId> = named.filter(|named| !found.contains_key(named)).cloned().collect();
        found.insert(id.clone(), one);
        if found.len() > BUNDLE_MAX {
            return Ok(Halves::default());
        }
        if !named.is_empty() {
            let named: BTreeMap<RecordId, Snapshot<Requisition>> = tx.get_all(&named).await?;
            let names_it = |other: &Snapshot<Requisition>| other.record.common.related.contains(&id);
            waiting.extend(named.into_values().filter(names_it));
        }
    }
    if found.len() < 2 {
        return Ok(Halves::default());
    }
    let ids: Vec<RecordId> = found.keys().cloned().collect();
    let commitments = tx.answers(&ids).await?;
    let promised: Vec<RecordId> = commitments.iter().map(|one| one.id.clone()).collect();
    let deliveries = Arc::new(tx.shipments(&promised).await?.deliveries());
    Ok(Halves { requisitions: found.into_values().collect(), commitments, deliveries })
}

/// What each half is to its bundle. One whose need line is gone carries nothing.
fn in_bundle<'a>(halves: &'a Halves, needs: &BTreeMap<RecordId, Snapshot<Need>>) -> Vec<Half<'a>> {
    let kind = |line: &LineId| Some(needs.get(&line.record)?.record.lines.get(line.line)?.kind);
    let half = |pair: Pair<'a>| Half {
        transport: kind(&pair.requisition.record.need_line) == Some(Kind::Transport),
        pair,
    };
    halves.pairs().into_iter().map(half).collect()
}

/// Ends a need that nobody has any more, and withdraws what a person still asked for it.
async fn end_need(tx: &mut WriteTx, now: Instant, need: &Snapshot<Need>, holder: &str) -> Result<()> {
    let reason = Reason::new("nothing is left for it to carry").expect("a few words are a short text");
    let ended = need.record.withdraw(now, reason.clone())?;
    revise(tx, now, need, ended, holder).await?;
    let asked = tx.asked(&need.id).await?;
    let own = asked.pairs();
    for (id, record) in budget::withdraw_for_ended_need(now, &need.id, &own, &reason) {
        let old =
            own.iter().find(|pair| pair.requisition.id == id).expect("the rule moves what it was given");
        revise(tx, now, old.requisition, record, holder).await?;
    }
    Ok(())
}

/// Writes the next revision of an own record for the same audience.
async fn revise<F>(
    tx: &mut WriteTx,
    now: Instant,
    old: &Snapshot<F>,
    record: F,
    holder: &str,
) -> Result<Snapshot<F>>
where
    F: Family + Into<Record> + Clone,
{
    let next = old.revised(record).map_err(Error::used_up)?;
    let new = NewRevision {
        number: next.id.number,
        revision: next.revision,
        audience: next.audience.clone(),
        record: next.record.clone().into(),
        holder: holder.to_owned(),
    };
    tx.append(new, now).await?;
    Ok(next)
}
