//! A city's counter: its API without a socket, a token for each role, and a clock that stands still.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quince_core::domain::item::Catalogue;
use quince_core::roster::SignedRoster;
use quince_node::api::{Api, routes};
use quince_node::clock::Clock;
use quince_node::clock::Entropy;
use quince_node::keys::OfflineKey;
use quince_node::matcher::Matcher;
use quince_node::office::{BusinessTime, Error, ErrorKind, Office, Role, Settings, TokenHash};
use quince_node::replication::{self, Entrance, Offline, OfflineParts, Replication};
use quince_node::shutdown::Tasks;
use quince_node::store::TokenRow;
use quince_node::tls::reach::Reach;
use quince_node::tls::{Dialler, TlsIdentity};
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;
use tonic::{Request, Status};
use tonic_health::server::HealthReporter;
use tonic_types::StatusExt as _;

use crate::city::City;
use crate::database::Server;
use quince_tests::samples;

pub(crate) struct Counter {
    pub(crate) routes: Routes,
    pub(crate) stop: CancellationToken,
    city: City,
    matcher: Mutex<Option<Matcher>>,
}

/// Offline files of an office that is in no federation.
fn offline(city: &City, clock: &Clock) -> Offline {
    let pem = TlsIdentity::make_peer(clock.real_now()).unwrap();
    let peer = Arc::new(TlsIdentity::from_pem("the peer key", &pem).unwrap());
    let (store, tasks) = (city.store.clone(), Tasks::new());
    let replication = Replication {
        store: store.clone(),
        clock: clock.clone(),
        entropy: Entropy::seeded(1),
        tls_key: peer.tls_key(),
        dialler: Dialler::new(peer, Reach::Local),
    };
    Offline::new(OfflineParts {
        store,
        clock: clock.clone(),
        entropy: Entropy::seeded(2),
        replication: replication::start(replication, &tasks),
        key: Arc::new(OfflineKey::generate()),
        entrance: Arc::new(Closed),
        tasks,
    })
}

/// Nobody becomes a member here.
struct Closed;

#[tonic::async_trait]
impl Entrance for Closed {
    async fn enter(&self, _: &[SignedRoster]) -> Result<(), Error> {
        Err(Error::new(ErrorKind::State, "this office waits for nothing"))
    }
}

impl Counter {
    pub(crate) async fn open(server: &Server) -> Self {
        Self::with(server, false).await
    }

    pub(crate) async fn with(server: &Server, require_approver: bool) -> Self {
        Self::at(server, require_approver, BusinessTime::Machine).await
    }

    /// One whose clock is set.
    pub(crate) async fn drill(server: &Server) -> Self {
        Self::at(server, false, BusinessTime::Drill).await
    }

    async fn at(server: &Server, require_approver: bool, time: BusinessTime) -> Self {
        let city = City::found(server, "isfahan", &Arc::default()).await;
        let clock = Clock::stopped_at(samples::now());
        let settings = Settings { time, ..Settings::default() };
        let office = Office::open(city.store.clone(), clock.clone(), settings).await.unwrap();
        let catalogue = Arc::new(Catalogue::embedded());
        let (worker, matcher) =
            Matcher::new(city.store.clone(), clock.clone(), city.handle.clone(), catalogue);
        let stop = CancellationToken::new();
        let routes = routes(Api {
            office,
            matcher,
            offline: offline(&city, &clock),
            health: HealthReporter::new(),
            require_approver,
            stop: stop.clone(),
            tasks: TaskTracker::new(),
        });
        Self { routes, stop, city, matcher: Mutex::new(Some(worker)) }
    }

    /// Lets the matcher plan from now on.
    pub(crate) fn plan(&self) {
        let matcher = self.matcher.lock().unwrap().take().unwrap();
        tokio::spawn(matcher.run(self.stop.clone()));
    }

    /// A token for this role, whose name is also its secret and its holder.
    pub(crate) async fn token(&self, role: Role) -> String {
        let methods =
            if role == Role::Integrator { vec!["/quince.api.v1.NeedService/ListNeeds"] } else { vec![] };
        let row = TokenRow {
            id: role.to_string(),
            secret: TokenHash::of(role.as_str()).0,
            holder: role.to_string(),
            role: role.to_string(),
            party: None,
            methods: methods.into_iter().map(ToOwned::to_owned).collect(),
            created: samples::now(),
            expires: samples::now().plus(Duration::from_hours(1)),
            revoked: None,
        };
        let mut tx = self.city.store.begin_write().await.unwrap();
        tx.put_token(&row).await.unwrap();
        tx.commit().await.unwrap();
        role.to_string()
    }
}

/// A request with this token.
pub(crate) fn by<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// Reason and hint of a refusal.
pub(crate) fn told(status: &Status) -> (String, String) {
    let info = status.get_details_error_info().unwrap();
    (info.reason, info.metadata["hint"].clone())
}

/// 80,000 masks, now.
pub(crate) fn masks(request_id: &str) -> api::CreateNeedRequest {
    let quantity = record::Quantity {
        qualifier: record::Qualifier::Exact.into(),
        amount: 80_000,
        unit: "piece".to_owned(),
        pack: None,
    };
    let line = record::NeedLine {
        line: 1,
        kind: record::Kind::Goods.into(),
        item: "mask.surgical.iir".to_owned(),
        quantity: Some(quantity),
        urgency: 1,
        ..Default::default()
    };
    let need = record::Need { lines: vec![line], ..Default::default() };
    api::CreateNeedRequest {
        need: Some(api::Need { record: Some(need), ..Default::default() }),
        request_id: request_id.to_owned(),
        ..Default::default()
    }
}
