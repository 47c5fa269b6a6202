//! A node without its API: store, office, peer listener and replication, in this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::common::{Common, Label};
use quince_core::domain::lines::Lines;
use quince_core::domain::profile::{Endpoint, TlsKeyHash};
use quince_core::domain::text::{Description, Names, Text, TextOrigin, Title};
use quince_core::domain::{Audience, Instant, Need, NeedState, Record, RecordId, Revision, Snapshot};
use quince_core::feed::{FeedId, Lane, NodeId, Sign as _, SigningKey};
use quince_core::roster::Inception;
use quince_core::roster::inception::next_key_hash;
use quince_node::clock::{Clock, Entropy};
use quince_node::listener::{Listener, Name, peer_server};
use quince_node::network::{Doorkeeper, Replicated};
use quince_node::office::identity::Identity;
use quince_node::office::request::NewInvitation;
use quince_node::office::{Caller, Office, Role, Settings, Write};
use quince_node::replication::{Replication, ReplicationHandle, start, sync_service};
use quince_node::shutdown::{Ended, Tasks};
use quince_node::store::{Access, Database, Meta, NewRevision, Store, StoreConfig};
use quince_node::tls::certificate::Pem;
use quince_node::tls::reach::Reach;
use quince_node::tls::{Dialler, Handshake, TlsIdentity};
use quince_node::wire::RecordCodec;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What outlives a stop: the disk, the keys, the address.
pub(crate) struct Town {
    pub(crate) name: String,
    pub(crate) dir: TempDir,
    key: SigningKey,
    tls: Pem,
    address: SocketAddr,
    reachable: bool,
}

/// A town whose node runs.
pub(crate) struct Running {
    pub(crate) store: Store,
    pub(crate) office: Office,
    pub(crate) replication: ReplicationHandle,
    pub(crate) node: NodeId,
    stop: mpsc::Sender<()>,
    ended: JoinHandle<Ended>,
}

impl Town {
    /// A town that others can dial.
    pub(crate) async fn new(name: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        Self {
            name: name.to_owned(),
            dir: tempfile::tempdir().unwrap(),
            key: SigningKey::from_seed(&Entropy::system().bytes()),
            tls: TlsIdentity::make_peer(Clock::system().real_now()).unwrap(),
            address: free,
            reachable: true,
        }
    }

    /// A town that only dials.
    pub(crate) async fn behind_a_wall(name: &str) -> Self {
        Self { reachable: false, ..Self::new(name).await }
    }

    fn inception(&self) -> Inception {
        let next = SigningKey::from_seed(&[0; 32]).public_key();
        Inception { signing_key: self.key.public_key(), next_key_hash: next_key_hash(&next), salt: [1; 16] }
    }

    pub(crate) fn node(&self) -> NodeId {
        self.inception().node_id()
    }

    pub(crate) async fn open_store(&self) -> Store {
        let config = StoreConfig {
            data_dir: self.dir.path().to_owned(),
            database: Database::Sqlite,
            access: Access::Node,
            fresh_token: Entropy::system().bytes(),
        };
        let store = Store::open(config, Arc::new(RecordCodec)).await.unwrap();
        store.sign_with(Arc::new(self.key.clone()));
        let mut tx = store.begin_write().await.unwrap();
        tx.put_meta(Meta::Handle, self.name.as_bytes()).await.unwrap();
        tx.put_meta(Meta::NodeId, &self.node().0).await.unwrap();
        tx.commit().await.unwrap();
        store
    }

    pub(crate) async fn start(&self) -> Running {
        let store = self.open_store().await;
        let (clock, tasks) = (Clock::system(), Tasks::new());
        let tls = Arc::new(TlsIdentity::from_pem("peer", &self.tls).unwrap());
        let office = Office::open(store.clone(), clock.clone(), Settings::default()).await.unwrap();
        let tls_key = tls.tls_key();
        office.introduce(self.identity(tls_key)).await.unwrap();
        let dialler = Dialler::new(tls.clone(), Reach::Local);
        let parts = Replication {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Entropy::system(),
            dialler,
            tls_key,
        };
        let replication = start(parts, &tasks);
        office.connect(Arc::new(Replicated(replication.clone())));
        if self.reachable {
            let tcp = TcpListener::bind(self.address).await.unwrap();
            let incoming =
                Listener::new(Name::Peer, Handshake::peer(&tls).unwrap(), clock).accept_from(tcp, &tasks);
            let door = sync_service(replication.clone(), store.clone(), Arc::new(Doorkeeper(office.clone())));
            let stop = tasks.stop().cancelled_owned();
            tasks
                .spawn("peers", peer_server().add_service(door).serve_with_incoming_shutdown(incoming, stop));
        }
        let (stop, signals) = mpsc::channel(2);
        let ended = tokio::spawn(tasks.run(signals));
        Running { store, office, replication, node: self.node(), stop, ended }
    }

    fn identity(&self, tls_key: TlsKeyHash) -> Identity {
        let endpoints: Vec<Endpoint> =
            if self.reachable { vec![self.address.to_string().parse().unwrap()] } else { Vec::new() };
        let name = Text::new("en", &self.name, TextOrigin::Human).unwrap();
        Identity {
            inception: self.inception(),
            steward: Arc::new(self.key.clone()),
            tls_key,
            names: Names::new(quince_core::domain::text::Texts::new(vec![name]).unwrap()).unwrap(),
            place: None,
            endpoints,
            offline_recipient: format!("age1{}", "q".repeat(58)).parse().unwrap(),
            software: Label::new("quince-node/test").unwrap(),
            entropy: Entropy::system(),
        }
    }
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.send(()).await.unwrap();
        let ended = timeout(PATIENCE, self.ended).await.expect("the node stops in time").unwrap();
        assert_eq!(ended, Ended::Drained);
        self.store.close().await;
    }

    pub(crate) async fn found(&self) {
        self.office.create_federation(&write(), Label::new("Silk Road Relief").unwrap()).await.unwrap();
    }

    /// Lets another town in, as people do it: a code, a knock, an admission.
    pub(crate) async fn admit(&self, town: &Town, newcomer: &Self) {
        let new = NewInvitation {
            handle: town.name.parse().unwrap(),
            display_name: Label::new(town.name.as_str()).unwrap(),
            lifetime: None,
            trust_code: true,
            by_file: false,
        };
        let code = self.office.create_invitation(&write(), new).await.unwrap().code.unwrap();
        newcomer.office.join_federation(&write(), &code).await.unwrap();
        assert!(!newcomer.office.ask_for_admission().await.unwrap(), "nobody has admitted it yet");
        self.office.admit_member(&write(), &town.name.parse().unwrap(), "").await.unwrap();
        assert!(newcomer.office.ask_for_admission().await.unwrap());
    }

    /// Publishes needs of everyday, all in one transaction.
    pub(crate) async fn write(&self, count: usize, words: &str) -> Vec<RecordId> {
        let mut tx = self.store.begin_write().await.unwrap();
        let mut ids = Vec::new();
        for _ in 0..count {
            let number = tx.allocate_number().await.unwrap();
            let id = RecordId::new(self.office.handle().clone(), number);
            let new = NewRevision {
                number,
                revision: Revision::FIRST,
                audience: Audience::Federation,
                record: Record::Need(need(words)),
                holder: "test".to_owned(),
            };
            tx.append(new, now()).await.unwrap();
            ids.push(id);
        }
        tx.commit().await.unwrap();
        ids
    }

    pub(crate) async fn feed(&self, lane: Lane) -> FeedId {
        let federation = self.store.view().await.unwrap().federation().await.unwrap().unwrap();
        let audience = quince_core::feed::AudienceId::federation(&federation);
        FeedId { node: self.node, audience, lane }
    }

    pub(crate) async fn size(&self, feed: FeedId) -> u64 {
        let state = self.store.view().await.unwrap().feed(&feed).await.unwrap();
        state.and_then(|feed| feed.head).map_or(0, |signed| signed.head.size)
    }

    /// Waits until this town can show so many entries of a feed.
    pub(crate) async fn reaches(&self, feed: FeedId, size: u64) {
        let mut progress = self.store.progress();
        let reached = async {
            while self.size(feed).await < size {
                progress.changed().await.unwrap();
            }
        };
        let done = timeout(PATIENCE, reached).await;
        assert!(
            done.is_ok(),
            "{} of {size} entries arrived; {:?}",
            self.size(feed).await,
            self.replication.report().await.peers
        );
    }

    /// Waits until this town knows so many roster versions.
    pub(crate) async fn knows_roster(&self, version: u64) {
        wait("the roster arrives", async || {
            let newer = self.store.view().await.unwrap().rosters_since(version - 1).await.unwrap();
            (!newer.is_empty()).then_some(())
        })
        .await;
    }

    pub(crate) async fn need(&self, id: &RecordId) -> Option<Snapshot<Need>> {
        self.store.view().await.unwrap().get::<Need>(id).await.unwrap()
    }
}

/// Waits for an answer.
pub(crate) async fn wait<T>(what: &str, answer: impl AsyncFn() -> Option<T>) -> T {
    let answered = async {
        loop {
            if let Some(answer) = answer().await {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, answered).await.unwrap_or_else(|_| panic!("{what}"))
}

pub(crate) fn write() -> Write {
    let caller = Caller {
        holder: Label::new("desk").unwrap(),
        role: Role::Admin,
        address: None,
        method: "/test/Write",
        party: None,
    };
    Write { caller, retry: None, validate_only: false }
}

fn now() -> Instant {
    "2027-03-01T08:00:00Z".parse().unwrap()
}

fn need(words: &str) -> Need {
    use std::collections::BTreeSet;

    use quince_core::domain::need::Urgency;
    use quince_core::domain::time::When;
    use quince_core::domain::{Amount, Kind, LineNumber, NeedLine, Quantity, Unit};
    let line = NeedLine {
        line: LineNumber::new(1).unwrap(),
        kind: Kind::Goods,
        item: "mask.surgical.iir".parse().unwrap(),
        attributes: Default::default(),
        quantity: Quantity::exact(Amount::new(80_000).unwrap(), Unit::Piece),
        urgency: Urgency::new(3).unwrap(),
        needed: When::default(),
        deliver_to: None,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: false,
        acceptable_bases: BTreeSet::new(),
        note: None,
    };
    Need {
        common: Common::new(now()),
        state: NeedState::Open,
        title: Title::new(vec![Text::new("en", words, TextOrigin::Human).unwrap()]).unwrap(),
        description: Description::default(),
        lines: Lines::new(vec![line]).unwrap(),
    }
}
