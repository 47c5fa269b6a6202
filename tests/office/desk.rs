//! A desk in a city: its office, a clock that stands still, and the shortest words for what is done there.

use std::sync::Arc;

use quince_core::domain::agreement::audit::audit;
use quince_core::domain::common::{Common, Label, Parties, PartyRole, Role as Part};
use quince_core::domain::coverage::Coverage;
use quince_core::domain::lines::Lines;
use quince_core::domain::party::PartyType;
use quince_core::domain::terms::Terms;
use quince_core::domain::text::{Names, Reason};
use quince_core::domain::{
    Amount, Audience, Codec as _, Commitment, CommitmentState, LineId, LineNumber, Need, NeedState, Number,
    Offer, OfferState, Party, Positive, Quantity, ReasonCode, RecordId, RecordKind, Revision, Snapshot,
};
use quince_core::feed::{Entry, Lane};
use quince_node::agreement;
use quince_node::clock::Clock;
use quince_node::office::request::{
    Grounds, NewCommitment, NewHold, NewRequisition, Paging, Release, Target,
};
use quince_node::office::view::{Answer, CommitmentView, NeedView, OfferView, RequisitionView};
use quince_node::office::{Caller, Error, Office, RetryKey, Role, Settings, Write};
use quince_node::store::Family as _;

use crate::city::City;
use crate::codec::Remembering;
use crate::database::Server;
use quince_tests::samples;

pub(crate) struct Desk {
    pub(crate) city: City,
    pub(crate) office: Office,
    pub(crate) clock: Clock,
}

impl Desk {
    pub(crate) async fn open(server: &Server, name: &str, codec: &Arc<Remembering>) -> Self {
        Self::with(City::found(server, name, codec).await, Settings::default()).await
    }

    pub(crate) async fn with(city: City, settings: Settings) -> Self {
        let clock = Clock::stopped_at(samples::now());
        let office = Office::open(city.store.clone(), clock.clone(), settings).await.unwrap();
        Self { city, office, clock }
    }

    /// One city.
    pub(crate) async fn one(server: &Server) -> Self {
        Self::open(server, "isfahan", &Arc::default()).await
    }

    /// A city in need and a city with stock.
    pub(crate) async fn two(server: &Server) -> (Self, Self) {
        let codec = Arc::default();
        (Self::open(server, "isfahan", &codec).await, Self::open(server, "quanzhou", &codec).await)
    }

    pub(crate) async fn need(&self, pieces: i64) -> RecordId {
        self.try_need(&write(), pieces).await.unwrap().snapshot.id
    }

    pub(crate) async fn try_need(&self, write: &Write, pieces: i64) -> Result<NeedView, Error> {
        self.office.create_need(write, need(pieces), true).await
    }

    pub(crate) async fn offer(&self, pieces: i64) -> RecordId {
        self.try_offer(&write(), pieces).await.unwrap().snapshot.id
    }

    pub(crate) async fn try_offer(&self, write: &Write, pieces: i64) -> Result<OfferView, Error> {
        let offer = samples::offer("masks", "mask.surgical.iir", pieces);
        let offer = Offer { state: OfferState::Draft, ..offer };
        self.office.create_offer(write, offer, true).await
    }

    pub(crate) async fn party(&self) -> RecordId {
        let names = Names::new(samples::title("Red Crescent of Isfahan")).unwrap();
        let party = Party {
            common: Common::new(samples::now()),
            party_type: PartyType::Association,
            names,
            place: None,
            public_contact: None,
            retired: false,
        };
        self.office.create_party(&write(), party).await.unwrap().snapshot.id
    }

    pub(crate) async fn ask(&self, need: &RecordId, offer: &RecordId, pieces: i64) -> RecordId {
        self.try_ask(&write(), need, offer, pieces).await.unwrap().snapshot.id
    }

    pub(crate) async fn try_ask(
        &self,
        write: &Write,
        need: &RecordId,
        offer: &RecordId,
        pieces: i64,
    ) -> Result<RequisitionView, Error> {
        self.office.create_requisition(write, wish(need, offer, pieces)).await
    }

    /// Asks for what is held.
    pub(crate) async fn take(&self, hold: &CommitmentView, pieces: i64) -> RequisitionView {
        let half = &hold.snapshot.record;
        let new = NewRequisition {
            hold: Some(hold.snapshot.id.clone()),
            ..wish(&half.need_line.record, &half.offer_line.record, pieces)
        };
        self.office.create_requisition(&write(), new).await.unwrap()
    }

    pub(crate) async fn hold(&self, offer: &RecordId, need: &RecordId, pieces: i64) -> CommitmentView {
        let new = NewHold {
            offer_line: first_line(offer),
            need_line: first_line(need),
            amount: positive(pieces),
            until: None,
            terms: Terms::default(),
        };
        self.office.hold_stock(&write(), new).await.unwrap()
    }

    pub(crate) async fn commit(&self, requisition: &RecordId) -> CommitmentView {
        self.try_commit(&write(), requisition).await.unwrap()
    }

    pub(crate) async fn try_commit(
        &self,
        write: &Write,
        requisition: &RecordId,
    ) -> Result<CommitmentView, Error> {
        let new = NewCommitment { requisition: requisition.clone(), amount: None, terms: None };
        self.office.commit_stock(write, new).await
    }

    pub(crate) async fn release(&self, commitment: &RecordId, keep: i64) -> Result<CommitmentView, Error> {
        let release = Release { keep: samples::amount(keep), grounds: grounds(ReasonCode::StockLost) };
        self.office.release_commitment(&write(), &target(commitment), release).await
    }

    pub(crate) async fn answer(&self, requisition: &RecordId) -> Option<Answer> {
        self.office.requisition(requisition).await.unwrap().answer
    }

    pub(crate) async fn need_coverage(&self, need: &RecordId) -> Coverage {
        self.office.need(need).await.unwrap().coverage[0].coverage
    }

    pub(crate) async fn offer_coverage(&self, offer: &RecordId) -> Coverage {
        self.office.offer(offer).await.unwrap().coverage[0].coverage
    }

    pub(crate) async fn commitments(&self) -> Vec<CommitmentView> {
        self.office.commitments(&Default::default(), &page(1_000)).await.unwrap().items
    }

    /// What follows by itself here.
    pub(crate) async fn settle(&self) {
        agreement::catch_up(&self.office).await.unwrap();
    }

    /// Gets everything that another city has written, and does what follows from it.
    pub(crate) async fn hear(&self, other: &Self) {
        self.city.pull_all(&other.city).await;
        self.settle().await;
    }

    /// Its ledger adds up: nothing is promised twice, and each figure in it is the one that follows from the others.
    pub(crate) async fn audit(&self) {
        let mut view = self.city.store.view().await.unwrap();
        let entries = view.entries(&self.city.feed(Lane::Ledger), 0..u64::MAX, usize::MAX).await.unwrap();
        let commitment = |entry: &Entry| {
            let header = entry.header().unwrap();
            let kind = RecordKind::from_code(header.kind.0).unwrap();
            let record = self.city.codec.decode(kind, entry.body().unwrap()).unwrap();
            let id = RecordId::new(self.city.handle.clone(), Number::new(header.number).unwrap());
            let revision = Revision::new(header.revision).unwrap();
            Some(Snapshot { id, revision, audience: Audience::Federation, record: Commitment::of(record)? })
        };
        let ledger: Vec<_> = entries.iter().filter_map(commitment).collect();
        assert_eq!(audit(&ledger), []);
    }
}

/// Both hear of each other, twice, so that answers to answers arrive.
pub(crate) async fn meet(one: &Desk, other: &Desk) {
    for _ in 0..2 {
        one.hear(other).await;
        other.hear(one).await;
    }
    one.hear(other).await;
}

pub(crate) fn need(pieces: i64) -> Need {
    let mut need = samples::need("masks", "mask.surgical.iir", 1);
    let mut line = need.lines.iter().next().unwrap().clone();
    line.quantity = Quantity::exact(samples::amount(pieces), line.quantity.unit);
    need.lines = Lines::new(vec![line]).unwrap();
    Need { state: NeedState::Draft, ..need }
}

pub(crate) fn wish(need: &RecordId, offer: &RecordId, pieces: i64) -> NewRequisition {
    NewRequisition {
        need_line: first_line(need),
        offer_line: first_line(offer),
        amount: positive(pieces),
        hold: None,
        terms: Terms::default(),
        accept_short_dated: false,
    }
}

/// A write of an operator of the whole office, without a request id.
pub(crate) fn write() -> Write {
    let caller = Caller {
        holder: Label::new("layla").unwrap(),
        role: Role::Operator,
        address: None,
        method: "/quince.api.v1.Test/Act",
        party: None,
    };
    Write { caller, retry: None, validate_only: false }
}

/// A write with a request id; `content` stands for what is asked.
pub(crate) fn write_once(id: &str, content: u8) -> Write {
    Write { retry: Some(RetryKey { id: id.parse().unwrap(), digest: [content; 32] }), ..write() }
}

/// A write by a token that is bound to one party.
pub(crate) fn write_for(party: &RecordId) -> Write {
    let mut write = write();
    write.caller.party = Some(party.clone());
    write
}

pub(crate) fn target(id: &RecordId) -> Target {
    Target { id: id.clone(), expected: None }
}

pub(crate) fn page<K>(size: u32) -> Paging<K> {
    Paging { after: None, size }
}

pub(crate) fn reason(words: &str) -> Reason {
    Reason::new(words).unwrap()
}

pub(crate) fn grounds(code: ReasonCode) -> Grounds {
    Grounds { code, reason: None }
}

pub(crate) fn positive(pieces: i64) -> Positive {
    Positive::new(pieces).unwrap()
}

pub(crate) fn first_line(record: &RecordId) -> LineId {
    record.line(LineNumber::new(1).unwrap())
}

/// The parties of a record that speaks for one.
pub(crate) fn spoken_for(party: &RecordId) -> Parties {
    let role = PartyRole { party: party.number, role: Part::Requester, share: None };
    Parties::new(vec![role]).unwrap()
}

/// How much is promised or held.
pub(crate) fn amount(view: &CommitmentView) -> i64 {
    view.snapshot.record.amount().get()
}

pub(crate) fn declined(view: &CommitmentView) -> Option<ReasonCode> {
    match &view.snapshot.record.state {
        CommitmentState::Declined { reason, .. } => Some(*reason),
        _ => None,
    }
}

pub(crate) fn pieces(pieces: i64) -> Amount {
    samples::amount(pieces)
}
