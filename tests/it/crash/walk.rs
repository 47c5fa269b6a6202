//! The walk that is struck: from founding a federation through agreements of every kind.

use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_tests::acts::{self, Answer};
use quince_tests::city::Desk;
use quince_tests::eventually::eventually;
use quince_tests::federation;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::crash::act::{Act, Told};
use crate::crash::ledger::Ledger;
use crate::crash::outage::{Outage, Pair, Side, Step};

/// More than all agreements of a walk take.
const STOCK: i64 = 10_000;

/// What is asked for and promised each time.
const AMOUNT: i64 = 100;

/// Agreements of one walk; over the rounds every kind comes up.
const DEALS: usize = 4;

/// A call that is struck as often in a row is not struck by chance.
const TRIES_MAX: usize = 10;

/// A way in which an agreement can go.
#[derive(Debug, Clone, Copy)]
enum Deal {
    Whole,
    PartlyReleased,
    Declined,
    Withdrawn,
    HoldTaken,
    HoldRefused,
    HoldReleased,
}

/// Two offices under strikes, and what they acknowledged.
pub(crate) struct Walk {
    pair: Pair,
    desks: [Desk; 2],
    outage: Outage,
    ledger: Ledger,
    requests: u32,
    /// Calls that ended without an answer.
    lost: usize,
}

impl Walk {
    /// Starts both offices.
    pub(crate) async fn begin(mut pair: Pair, outage: Outage) -> Self {
        let desks = [pair.giver.start().await, pair.taker.start().await];
        Self { pair, desks, outage, ledger: Ledger::default(), requests: 0, lost: 0 }
    }

    /// Ends both offices.
    pub(crate) fn end(mut self) -> Pair {
        self.pair.each(|city| city.kill());
        self.pair
    }

    pub(crate) fn desk(&self, side: Side) -> &Desk {
        &self.desks[side as usize]
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn lost(&self) -> usize {
        self.lost
    }

    pub(crate) fn outage(&self) -> &Outage {
        &self.outage
    }

    /// Walks.
    pub(crate) async fn go(&mut self) {
        self.federate().await;
        let offer = self.act(Side::Giver, Act::Offer { amount: STOCK }).await.name;
        let mut deals = [
            Deal::Whole,
            Deal::PartlyReleased,
            Deal::Declined,
            Deal::Withdrawn,
            Deal::HoldTaken,
            Deal::HoldRefused,
            Deal::HoldReleased,
        ];
        self.outage.shuffle(&mut deals);
        for deal in &deals[..DEALS] {
            self.deal(&offer, *deal).await;
        }
    }

    /// Founds, invites, joins, admits. The last two carry no request id: who got no answer looks whether it happened.
    async fn federate(&mut self) {
        let [giver, taker] = self.desks.clone();
        self.insist(async || federation::create(&giver, "found").await).await;
        let code = self.insist(async || federation::invite(&giver, "isfahan", "invite").await).await.code;
        self.insist(async || match federation::join(&taker, &code).await {
            Err(error) if !is_lost(&error) => stands_somewhere(&taker).await,
            answer => answer,
        })
        .await;
        self.sees(Side::Giver, async |desk| is_redeemed(desk).await).await;
        self.insist(async || match federation::admit_member(&giver, "isfahan").await {
            Err(error) if error.code() == Code::NotFound => is_admitted(&giver).await,
            answer => answer,
        })
        .await;
        self.sees(Side::Taker, async |desk| {
            federation::stands_at(desk, admin::MembershipState::Member).await
        })
        .await;
    }

    async fn deal(&mut self, offer: &str, deal: Deal) {
        let need = self.act(Side::Taker, Act::Ask { amount: 2 * AMOUNT }).await.name;
        self.sees(Side::Giver, async |desk| acts::need_at(desk, &need).await).await;
        match deal {
            Deal::Whole => {
                let requisition = self.request(&need, offer).await;
                self.act(Side::Giver, Act::Commit { requisition: requisition.clone(), amount: 0 }).await;
                self.answered(&requisition, api::Answer::Committed).await;
            }
            Deal::PartlyReleased => {
                let requisition = self.request(&need, offer).await;
                let promise =
                    self.act(Side::Giver, Act::Commit { requisition, amount: AMOUNT / 2 }).await.name;
                self.retitle(&need).await;
                self.act(Side::Giver, Act::Release { commitment: promise.clone(), keep: AMOUNT / 4 }).await;
                self.sees(Side::Taker, async |desk| amounts_to(desk, &promise, AMOUNT / 4).await).await;
            }
            Deal::Declined => {
                let requisition = self.request(&need, offer).await;
                self.act(Side::Giver, Act::Decline { requisition: requisition.clone() }).await;
                self.answered(&requisition, api::Answer::Declined).await;
            }
            Deal::Withdrawn => {
                let requisition = self.request(&need, offer).await;
                self.act(Side::Taker, Act::Withdraw { requisition: requisition.clone() }).await;
                let answered = self.answered(&requisition, api::Answer::Declined).await;
                self.ledger.settled(answered.commitment);
            }
            Deal::HoldTaken => {
                let hold = Box::new(self.hold(&need, offer).await);
                let requisition = self.act(Side::Taker, Act::TakeHold { hold }).await.name;
                self.answered(&requisition, api::Answer::Committed).await;
            }
            Deal::HoldRefused => {
                let hold = self.hold(&need, offer).await.name;
                self.act(Side::Taker, Act::RefuseHold { hold: hold.clone() }).await;
                self.sees(Side::Taker, async |desk| amounts_to(desk, &hold, 0).await).await;
            }
            Deal::HoldReleased => {
                let hold = self.hold(&need, offer).await.name;
                self.act(Side::Giver, Act::Release { commitment: hold.clone(), keep: 0 }).await;
                self.sees(Side::Taker, async |desk| amounts_to(desk, &hold, 0).await).await;
            }
        }
    }

    /// Asks, and waits until the supplier knows.
    async fn request(&mut self, need: &str, offer: &str) -> String {
        self.sees(Side::Taker, async |desk| acts::offer_at(desk, offer).await).await;
        let act = Act::Request { need: need.to_owned(), offer: offer.to_owned(), amount: AMOUNT };
        let requisition = self.act(Side::Taker, act).await.name;
        self.sees(Side::Giver, async |desk| acts::requisition_at(desk, &requisition).await).await;
        requisition
    }

    /// Reserves, and waits until the other city knows.
    async fn hold(&mut self, need: &str, offer: &str) -> api::Commitment {
        let act = Act::Hold { need: need.to_owned(), offer: offer.to_owned(), amount: AMOUNT };
        let hold = self.act(Side::Giver, act).await.name;
        self.sees(Side::Taker, async |desk| acts::commitment_at(desk, &hold).await).await
    }

    async fn retitle(&mut self, need: &str) {
        let need = self.sees(Side::Taker, async |desk| acts::need_at(desk, need).await).await;
        self.act(Side::Taker, Act::Retitle { need: Box::new(need), title: "masks wanted, corrected" }).await;
    }

    async fn answered(&mut self, requisition: &str, answer: api::Answer) -> api::Requisition {
        self.sees(Side::Taker, async |desk| acts::answered(desk, requisition, answer).await).await
    }

    /// Writes, again and again with one request id, until the office has answered.
    async fn act(&mut self, side: Side, act: Act) -> Told {
        self.requests += 1;
        let request_id = format!("walk-{}", self.requests);
        let desk = self.desk(side).clone();
        let told = self.insist(async || act.carry_out(&desk, &request_id).await).await;
        self.ledger.acknowledge(side, request_id, act, told.clone());
        told
    }

    /// Looks until one side sees something, under strikes.
    async fn sees<T>(&mut self, side: Side, look: impl AsyncFn(&Desk) -> Answer<T>) -> T {
        let desk = &self.desks[side as usize];
        let what = format!("the {side:?} to see it");
        self.outage.expose(&mut self.pair, Step::Wait, eventually(&what, || look(desk))).await
    }

    /// Calls until there is an answer, each time under strikes.
    async fn insist<T>(&mut self, call: impl AsyncFn() -> Answer<T>) -> T {
        let mut last = None;
        for _ in 0..TRIES_MAX {
            match self.outage.expose(&mut self.pair, Step::Call, call()).await {
                Err(error) if is_lost(&error) => last = Some(error),
                answer => return answer.unwrap(),
            }
            self.lost += 1;
        }
        panic!("no answer in {TRIES_MAX} tries, the last one ended with {last:?}");
    }
}

/// A refusal by the office says its reason and is final; anything else is a line that broke or a node that is ending.
fn is_lost(error: &Status) -> bool {
    error.code() == Code::Unavailable || error.get_details_error_info().is_none()
}

async fn amounts_to(desk: &Desk, commitment: &str, amount: i64) -> Answer<()> {
    let found = acts::commitment_at(desk, commitment).await?;
    let there = found.record.map(|record| record.amount);
    if there == Some(amount) { Ok(()) } else { Err(Status::not_found(format!("{there:?}"))) }
}

/// A newcomer that is not alone has joined before.
async fn stands_somewhere(newcomer: &Desk) -> Answer<()> {
    match federation::stands_at(newcomer, admin::MembershipState::Alone).await {
        Ok(()) => Err(Status::unavailable("it has not joined")),
        Err(error) if error.code() == Code::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

async fn is_redeemed(steward: &Desk) -> Answer<()> {
    match federation::invitation_state(steward).await? {
        admin::invitation::State::Open => Err(Status::not_found("nobody has redeemed it")),
        _ => Ok(()),
    }
}

async fn is_admitted(steward: &Desk) -> Answer<()> {
    match federation::invitation_state(steward).await? {
        admin::invitation::State::Admitted => Ok(()),
        state => Err(Status::not_found(format!("the invitation is {state:?}"))),
    }
}
