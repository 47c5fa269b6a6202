//! One replay for the whole suite: the offices in this process, what each of them shows at the end, and what their disks hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use quince_node::demo::{Door, Player, Seen, Story, Town, Verdict, federation};
use quince_proto::api::v1 as api;
use quince_proto::record::v1::{Common, RecordRef};

/// What is left when the story has been played and every office is closed.
pub(crate) struct Replay {
    /// The story.
    pub(crate) story: Story,
    /// How it ended.
    pub(crate) verdict: Verdict,
    /// What each office shows.
    pub(crate) seen: BTreeMap<String, Seen>,
    /// The organisations that each office knows.
    pub(crate) parties: BTreeMap<String, Vec<api::Party>>,
    /// Every byte on the disk of each office.
    pub(crate) disks: BTreeMap<String, Vec<u8>>,
    /// Resource names by the short names of the story.
    pub(crate) made: BTreeMap<String, String>,
}

/// The replay, played when somebody asks for the first time.
pub(crate) fn replay() -> &'static Replay {
    static REPLAY: OnceLock<Replay> = OnceLock::new();
    REPLAY.get_or_init(|| {
        quince_node::tls::install();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(play())
    })
}

async fn play() -> Replay {
    let folder = tempfile::tempdir().unwrap();
    let story = Story::newsletter().unwrap();
    let town = Town::build(folder.path(), &story).await.unwrap();
    let doors = town.doors();
    federation::found(&story.federation, &doors).await.unwrap();
    let mut player = Player::new(&story, doors.iter().cloned());
    player.play(|_| ()).await.unwrap();
    let made = player.made().clone();
    federation::settled(&doors).await.unwrap();
    let verdict = Verdict::of(&story, &doors).await.unwrap();
    let (mut seen, mut parties) = (BTreeMap::new(), BTreeMap::new());
    for door in &doors {
        seen.insert(door.handle.clone(), Seen::at(door).await.unwrap());
        parties.insert(door.handle.clone(), parties_at(door).await);
    }
    town.close().await;
    let disks =
        doors.iter().map(|door| (door.handle.clone(), bytes(&folder.path().join(&door.handle)))).collect();
    Replay { story, verdict, seen, parties, disks, made }
}

async fn parties_at(door: &Door) -> Vec<api::Party> {
    let mut client = api::party_service_client::PartyServiceClient::new(door.line.clone());
    let request = api::ListPartiesRequest { page_size: 1_000, ..Default::default() };
    client.list_parties(request).await.unwrap().into_inner().parties
}

/// Everything in a directory, one file after the other.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { bytes(&path) } else { std::fs::read(&path).unwrap() });
    }
    all
}

impl Replay {
    /// What an office shows that had no part in a flow.
    pub(crate) fn bystander(&self, flow: &str) -> &Seen {
        &self.seen[&self.story.observer(flow, 0).unwrap().handle]
    }

    /// The name of what an act made.
    pub(crate) fn name(&self, short: &str) -> &str {
        &self.made[short]
    }

    /// A need, as a bystander of its flow shows it.
    pub(crate) fn need(&self, flow: &str) -> &api::Need {
        let name = self.name(&format!("{flow}.need"));
        self.bystander(flow).needs.iter().find(|need| need.name == name).unwrap()
    }

    /// An offer, as a bystander of its flow shows it.
    pub(crate) fn offer(&self, flow: &str) -> &api::Offer {
        let name = self.name(&format!("{flow}.offer"));
        self.bystander(flow).offers.iter().find(|offer| offer.name == name).unwrap()
    }

    /// A consignment, as a bystander of its flow shows it.
    pub(crate) fn consignment(&self, flow: &str) -> &api::Consignment {
        let name = self.name(&format!("{flow}.consignment"));
        self.bystander(flow).consignments.iter().find(|one| one.name == name).unwrap()
    }

    /// A call, as a bystander of its flow shows it.
    pub(crate) fn call(&self, flow: &str) -> &api::Call {
        let name = self.name(&format!("{flow}.call"));
        self.bystander(flow).calls.iter().find(|one| one.name == name).unwrap()
    }

    /// Messages of a flow, as a bystander shows them.
    pub(crate) fn messages(&self, flow: &str) -> Vec<api::Message> {
        self.bystander(flow).of(&self.story.scheme, flow).messages
    }

    /// Reports of a flow, as a bystander shows them.
    pub(crate) fn reports(&self, flow: &str) -> Vec<api::Report> {
        self.bystander(flow).of(&self.story.scheme, flow).reports
    }

    /// The record that an act made, as other records name it.
    pub(crate) fn reference(&self, short: &str) -> RecordRef {
        quince_tests::paper::reference(self.name(short))
    }

    /// The roles of every record that any office shows, with the names of the parties that have them.
    pub(crate) fn roles(&self) -> BTreeMap<String, Vec<String>> {
        let seen = self.seen.values().next().unwrap();
        let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let needs = seen.needs.iter().map(|one| (&one.name, one.record.as_ref().unwrap().common.as_ref()));
        let offers = seen.offers.iter().map(|one| (&one.name, one.record.as_ref().unwrap().common.as_ref()));
        let calls = seen.calls.iter().map(|one| (&one.name, one.record.as_ref().unwrap().common.as_ref()));
        let knowledge =
            seen.knowledge.iter().map(|one| (&one.name, one.record.as_ref().unwrap().common.as_ref()));
        for (name, common) in needs.chain(offers).chain(calls).chain(knowledge) {
            let owner = name.split('/').nth(1).unwrap();
            for role in common.into_iter().flat_map(|common| &common.parties) {
                roles.entry(role.role.clone()).or_default().push(self.party(owner, role.party));
            }
        }
        roles
    }

    /// The name of a party, as an office that is not its own knows it.
    pub(crate) fn party(&self, owner: &str, number: u64) -> String {
        let (_, known) = self.parties.iter().find(|(office, _)| office.as_str() != owner).unwrap();
        let name = format!("nodes/{owner}/parties/{number}");
        let party = known.iter().find(|party| party.name == name).and_then(|party| party.record.as_ref());
        party.unwrap_or_else(|| panic!("{name} is known to others")).names[0].text.clone()
    }
}

/// What a record carries.
pub(crate) fn common(common: Option<&Common>) -> &Common {
    common.expect("every record carries it")
}
