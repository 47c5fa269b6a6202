//! Two honest cities in the middle of their work, and a member who means harm.

use prost::Message as _;
use quince_core::feed::{Lane, NodeId};
use quince_node::store::Database;
use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_tests::attacker::{Feed, Mask, Member, Session, body};
use quince_tests::city::{City, Desk, Premises};
use quince_tests::eventually::eventually;
use quince_tests::{acts, federation, paper};

use crate::OFFICE;
use crate::database::Server;

/// The attacker. It stands before every honest city where things are sorted by handle.
pub(super) const AHRIMAN: &str = "ahriman";

/// The item of the entries that prove that honest ones still arrive.
const TENT: &str = "tent.family";

/// What the attacker asks for when it means no harm; nobody has it.
const NOTHING: &str = "ahriman:nothing";

/// Quanzhou offers masks, Isfahan needs some, has asked for a part, and waits for the answer.
pub(super) struct Stage {
    pub(super) quanzhou: City,
    pub(super) isfahan: City,
    pub(super) giver: Desk,
    pub(super) taker: Desk,
    pub(super) ahriman: Member,
    /// Isfahan's need.
    pub(super) need: String,
    /// Quanzhou's offer.
    pub(super) offer: String,
    /// Isfahan's request, unanswered.
    pub(super) requisition: String,
    tents: String,
    before: [Picture; 2],
}

/// What the people of an office see of honest cities.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Picture {
    pub(super) need: api::Need,
    pub(super) offer: api::Offer,
    matches: Vec<api::Match>,
    todos: Vec<api::Todo>,
}

impl Stage {
    /// Sets everything up, the attacker admitted and not yet connected.
    pub(super) async fn set() -> Self {
        Self::set_in([Premises::default(), Premises::default()]).await
    }

    /// The same, both cities with databases of this server.
    pub(super) async fn set_on(server: &Server) -> Self {
        let premises = async || match server.database().await {
            Database::Sqlite => Premises::default(),
            Database::Postgres { url, .. } => Premises { database: Some(url), ..Premises::default() },
        };
        Self::set_in([premises().await, premises().await]).await
    }

    async fn set_in([here, there]: [Premises; 2]) -> Self {
        let mut quanzhou = City::set_up_in(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676", &here);
        let mut isfahan = City::set_up_in(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668", &there);
        let (giver, taker) = (quanzhou.start().await, isfahan.start().await);
        federation::found(&giver).await;
        federation::admit(&giver, &taker, "isfahan").await;
        let ahriman = Member::join(Mask::new(AHRIMAN), &quanzhou, &giver).await;

        let need = write_need(&taker, paper::MASKS, 50_000).await;
        let offer = write_offer(&giver, paper::MASKS, 80_000).await;
        let tents = write_offer(&giver, TENT, 1_000).await;
        for desk in [&giver, &taker] {
            eventually("the need", || acts::need_at(desk, &need)).await;
            eventually("the tents", || acts::offer_at(desk, &tents)).await;
        }
        eventually("the offer", || acts::offer_at(&taker, &offer)).await;
        let requisition = acts::request(&taker, &need, &offer, 30_000, "").await.unwrap().name;
        eventually("the request", || acts::requisition_at(&giver, &requisition)).await;
        let mut stage = Self {
            quanzhou,
            isfahan,
            giver,
            taker,
            ahriman,
            need,
            offer,
            requisition,
            tents,
            before: [Picture::default(), Picture::default()],
        };
        stage.assert_honest_entries_arrive().await;
        stage.look().await;
        stage
    }

    /// Remembers what both cities see now.
    pub(super) async fn look(&mut self) {
        self.before = self.pictures().await;
    }

    /// The attacker's session with Quanzhou, opened as an honest member would.
    pub(super) async fn enter(&self) -> Session {
        self.enter_at(&self.quanzhou).await
    }

    /// The same with either city.
    pub(super) async fn enter_at(&self, victim: &City) -> Session {
        Session::enter(&self.ahriman.dial(victim).await, &self.ahriman).await
    }

    /// What went before has harmed nobody: an honest need still travels and is matched, and both cities see what they saw.
    pub(super) async fn assert_unharmed(&self) {
        self.assert_unharmed_but(|_| ()).await;
    }

    /// The same, apart from what is `spared` in each picture.
    pub(super) async fn assert_unharmed_but(&self, spared: impl Fn(&mut Picture)) {
        self.assert_honest_entries_arrive().await;
        for (before, mut now) in self.before.iter().zip(self.pictures().await) {
            spared(&mut now);
            assert_eq!(&now, before);
        }
        for desk in [&self.giver, &self.taker] {
            assert_eq!(status(desk).await.read_only_reason, "");
        }
    }

    /// The attacker's own honest need, behind whatever stands before it in the feed, is there in both cities.
    pub(super) async fn assert_behind_arrived(&self, number: u64) {
        let name = format!("nodes/{AHRIMAN}/needs/{number}");
        for desk in [&self.giver, &self.taker] {
            eventually(&format!("{name} behind it"), || acts::need_at(desk, &name)).await;
        }
    }

    /// A need that Isfahan writes now is matched with Quanzhou's tents in both cities.
    pub(super) async fn assert_honest_entries_arrive(&self) {
        let need = write_need(&self.taker, TENT, 1).await;
        for desk in [&self.giver, &self.taker] {
            eventually("an honest need and its match", || matched(desk, &need, &self.tents)).await;
        }
    }

    async fn pictures(&self) -> [Picture; 2] {
        [self.picture(&self.giver).await, self.picture(&self.taker).await]
    }

    async fn picture(&self, desk: &Desk) -> Picture {
        let honest = |line: &str| !line.starts_with(&format!("nodes/{AHRIMAN}/"));
        let mut matches = matches(desk).await.unwrap();
        matches.retain(|found| found.item != TENT);
        let mut todos = todos(desk).await;
        todos.retain(|todo| honest(&todo.resource));
        let need = acts::need_at(desk, &self.need).await.unwrap();
        let offer = acts::offer_at(desk, &self.offer).await.unwrap();
        Picture { need, offer, matches, todos }
    }
}

/// Appends an honest need of the attacker's.
pub(super) fn push_honest(feed: &mut Feed, number: u64) {
    feed.push(body::NEED, (number, 1), body::need(NOTHING, 1, 4).encode_to_vec());
}

/// The id of the node behind a desk.
pub(super) async fn node_of(desk: &Desk) -> NodeId {
    status(desk).await.node_id.parse().unwrap()
}

pub(super) async fn status(desk: &Desk) -> admin::Status {
    desk.status.clone().get_status(admin::GetStatusRequest {}).await.unwrap().into_inner()
}

/// What an office says of one of the attacker's feeds.
pub(super) async fn feed_status(desk: &Desk, lane: Lane) -> Option<admin::FeedStatus> {
    let feeds = status(desk).await.feeds;
    feeds.into_iter().find(|feed| feed.owner == AHRIMAN && feed.lane == u32::from(lane.number()))
}

pub(super) async fn todos(desk: &Desk) -> Vec<api::Todo> {
    let request = api::ListTodosRequest { page_size: 1_000, ..Default::default() };
    desk.desk.clone().list_todos(request).await.unwrap().into_inner().todos
}

async fn matches(desk: &Desk) -> Result<Vec<api::Match>, String> {
    let request = api::ListMatchesRequest { page_size: 1_000, ..Default::default() };
    let answer = desk.matches.clone().list_matches(request).await;
    answer.map(|answer| answer.into_inner().matches).map_err(|error| error.to_string())
}

async fn matched(desk: &Desk, need: &str, offer: &str) -> Result<(), String> {
    let pair = |found: &api::Match| {
        found.need_line.starts_with(&format!("{need}/")) && found.offer_line.starts_with(&format!("{offer}/"))
    };
    let found = matches(desk).await?;
    if found.iter().any(pair) { Ok(()) } else { Err(format!("{found:?}")) }
}

async fn write_need(desk: &Desk, item: &str, amount: i64) -> String {
    let mut need = paper::need(amount);
    let line = &mut need.record.as_mut().unwrap().lines[0];
    item.clone_into(&mut line.item);
    line.urgency = if item == paper::MASKS { 1 } else { 4 };
    let request = api::CreateNeedRequest { need: Some(need), ..Default::default() };
    desk.needs.clone().create_need(request).await.unwrap().into_inner().name
}

async fn write_offer(desk: &Desk, item: &str, amount: i64) -> String {
    let mut offer = paper::offer(amount);
    item.clone_into(&mut offer.record.as_mut().unwrap().lines[0].item);
    let request = api::CreateOfferRequest { offer: Some(offer), ..Default::default() };
    desk.offers.clone().create_offer(request).await.unwrap().into_inner().name
}
