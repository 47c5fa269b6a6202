//! A node that answers as it is told and remembers what it was asked. It knows no rule; it listens on a free port.

use std::collections::VecDeque;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use assert_cmd::Command;
use quince_proto::admin::v1 as admin;
use quince_proto::admin::v1::peer_service_server::{PeerService, PeerServiceServer};
use quince_proto::admin::v1::status_service_server::{StatusService, StatusServiceServer};
use quince_proto::admin::v1::{AddPeerRequest, ListPeersRequest, ListPeersResponse, Peer, RemovePeerRequest};
use quince_proto::api::v1::commitment_service_server::{CommitmentService, CommitmentServiceServer};
use quince_proto::api::v1::desk_service_server::{DeskService, DeskServiceServer};
use quince_proto::api::v1::item_service_server::{ItemService, ItemServiceServer};
use quince_proto::api::v1::match_service_server::{MatchService, MatchServiceServer};
use quince_proto::api::v1::need_service_server::{NeedService, NeedServiceServer};
use quince_proto::api::v1::offer_service_server::{OfferService, OfferServiceServer};
use quince_proto::api::v1::requisition_service_server::{RequisitionService, RequisitionServiceServer};
use quince_proto::api::v1::*;
use quince_proto::record::v1::{OwnItem, OwnItemState};
use rcgen::CertifiedKey;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::Stream;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

/// What is secret in every profile here.
pub(crate) const TOKEN: &str = "token-of-the-test";

/// How the node listens.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Listener {
    Plain,
    Tls,
    /// As the listener for peers does.
    TlsThatAsksForACertificate,
}

/// An item that the script can know: masks by the piece, or by the box of fifty.
pub(crate) fn masks() -> Item {
    Item {
        name: "items/mask.surgical.iir".to_owned(),
        code: "mask.surgical.iir".to_owned(),
        base_unit: "piece".to_owned(),
        packs: vec!["box=50".to_owned()],
        ..Item::default()
    }
}

/// The running node; it stops when it is dropped.
pub(crate) struct Fake {
    pub(crate) folder: TempDir,
    script: Arc<Mutex<Script>>,
    _runtime: Runtime,
}

/// Answers to give, and requests that came.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) need: VecDeque<Result<Need, Status>>,
    pub(crate) needs: Vec<Need>,
    /// Whose node this is; without it there is no status.
    pub(crate) handle: Option<String>,
    /// The catalogue's versions, that of the node and that of its roster.
    pub(crate) catalogues: [String; 2],
    /// Why there is no newer plan.
    pub(crate) plan_failure: String,
    /// How far the node lags behind.
    pub(crate) lag: Vec<admin::LaneLag>,
    pub(crate) feeds: Vec<admin::FeedStatus>,
    pub(crate) peers: Vec<Peer>,
    /// Pages hold at least so many rows, whatever was asked for.
    pub(crate) page_rows_min: usize,
    pub(crate) items: Vec<Item>,
    pub(crate) items_created: Vec<CreateItemRequest>,
    pub(crate) items_updated: Vec<UpdateItemRequest>,
    pub(crate) items_listed: Vec<ListItemsRequest>,
    pub(crate) commitment: VecDeque<Result<Commitment, Status>>,
    pub(crate) watches: VecDeque<Result<Vec<Result<WatchResponse, Status>>, Status>>,
    pub(crate) offer: VecDeque<Result<Offer, Status>>,
    /// All suggestions; a list shows those of the need that was asked for.
    pub(crate) matches: Vec<Match>,
    pub(crate) plan: Plan,
    pub(crate) comparisons: VecDeque<Result<ComparePlanResponse, Status>>,
    pub(crate) compared: Vec<ComparePlanRequest>,
    pub(crate) explained: VecDeque<Result<ExplainMatchResponse, Status>>,
    pub(crate) simulated: VecDeque<Result<SimulateMatchResponse, Status>>,
    pub(crate) match_watches: VecDeque<Result<Vec<Result<WatchMatchesResponse, Status>>, Status>>,
    pub(crate) matches_listed: Vec<ListMatchesRequest>,
    pub(crate) explanations: Vec<ExplainMatchRequest>,
    pub(crate) supposed: Vec<SimulateMatchRequest>,
    pub(crate) matches_watched: Vec<WatchMatchesRequest>,
    pub(crate) bundle: VecDeque<Result<CreateBundleResponse, Status>>,
    pub(crate) requisitions: Vec<Requisition>,
    pub(crate) bundled: Vec<CreateBundleRequest>,
    pub(crate) created: Vec<CreateNeedRequest>,
    pub(crate) updated: Vec<UpdateNeedRequest>,
    pub(crate) withdrawn: Vec<WithdrawNeedRequest>,
    pub(crate) listed: Vec<ListNeedsRequest>,
    pub(crate) watched: Vec<WatchRequest>,
    pub(crate) authorization: Vec<String>,
}

/// The binary, without whatever the surroundings say about profiles.
pub(crate) fn quince() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quince"));
    command.env_remove("QUINCE_PROFILE").env_remove("XDG_CONFIG_HOME");
    command
}

impl Fake {
    /// Starts a node and writes a profile for it.
    pub(crate) fn start(listener: Listener) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = Arc::new(Mutex::new(Script::default()));
        let runtime = Runtime::new().expect("a runtime");
        let incoming =
            runtime.block_on(async { TcpListener::bind("127.0.0.1:0").await }).expect("a free port");
        let port = incoming.local_addr().expect("bound").port();
        let scheme = if listener == Listener::Plain { "http" } else { "https" };
        let mut server = Server::builder();
        if listener != Listener::Plain {
            server = server.tls_config(tls(folder.path(), listener)).expect("a good certificate");
        }
        let told = Told(script.clone());
        let router = server
            .add_service(NeedServiceServer::new(told.clone()))
            .add_service(ItemServiceServer::new(told.clone()))
            .add_service(CommitmentServiceServer::new(told.clone()))
            .add_service(MatchServiceServer::new(told.clone()))
            .add_service(OfferServiceServer::new(told.clone()))
            .add_service(RequisitionServiceServer::new(told.clone()))
            .add_service(StatusServiceServer::new(told.clone()))
            .add_service(PeerServiceServer::new(told.clone()))
            .add_service(DeskServiceServer::new(told));
        runtime.spawn(async move {
            router
                .serve_with_incoming(TcpIncoming::from(incoming))
                .await
                .expect("serves until it is dropped");
        });
        let fake = Self { folder, script, _runtime: runtime };
        let ca = if listener == Listener::Plain { "" } else { "ca = \"api.crt\"\n" };
        fake.write_profile(&format!("endpoint = \"{scheme}://127.0.0.1:{port}\"\n{ca}token = \"{TOKEN}\"\n"));
        fake
    }

    pub(crate) fn write_profile(&self, text: &str) {
        let path = self.folder.path().join("profile.toml");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("changed");
    }

    /// A command with this node's profile.
    pub(crate) fn quince(&self, args: &[&str]) -> Command {
        let mut command = quince();
        command.env("QUINCE_PROFILE", self.folder.path().join("profile.toml")).args(args);
        command
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("no test panics while it holds the script")
    }
}

/// Writes a certificate that is its own root, as a node's is.
pub(crate) fn certificate(folder: &Path) -> CertifiedKey<rcgen::KeyPair> {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    fs::write(folder.join("api.crt"), certified.cert.pem()).expect("written");
    certified
}

fn tls(folder: &Path, listener: Listener) -> ServerTlsConfig {
    let CertifiedKey { cert, signing_key } = certificate(folder);
    let config = ServerTlsConfig::new().identity(Identity::from_pem(cert.pem(), signing_key.serialize_pem()));
    match listener {
        Listener::TlsThatAsksForACertificate => config.client_ca_root(Certificate::from_pem(cert.pem())),
        _ => config,
    }
}

#[derive(Clone)]
struct Told(Arc<Mutex<Script>>);

impl Told {
    fn script<T>(&self, request: &Request<T>) -> MutexGuard<'_, Script> {
        let mut script = self.0.lock().expect("no test panics while it holds the script");
        let authorization = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        script.authorization.push(authorization.unwrap_or_default().to_owned());
        script
    }
}

fn next<T>(answers: &mut VecDeque<Result<T, Status>>) -> Result<Response<T>, Status> {
    answers.pop_front().unwrap_or_else(|| Err(Status::internal("the script has ended"))).map(Response::new)
}

/// A service of which only some methods are scripted.
macro_rules! service {
    ($service:ident { $($scripted:tt)* } $($method:ident: $request:ident => $response:ident;)*) => {
        #[tonic::async_trait]
        impl $service for Told {
            $($scripted)*
            $(async fn $method(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                Err(Status::unimplemented("not scripted"))
            })*
        }
    };
}

service! {
    NeedService {
        async fn create_need(&self, request: Request<CreateNeedRequest>) -> Result<Response<Need>, Status> {
            let mut script = self.script(&request);
            script.created.push(request.into_inner());
            next(&mut script.need)
        }

        async fn get_need(&self, request: Request<GetNeedRequest>) -> Result<Response<Need>, Status> {
            next(&mut self.script(&request).need)
        }

        async fn update_need(&self, request: Request<UpdateNeedRequest>) -> Result<Response<Need>, Status> {
            let mut script = self.script(&request);
            script.updated.push(request.into_inner());
            next(&mut script.need)
        }

        async fn withdraw_need(&self, request: Request<WithdrawNeedRequest>) -> Result<Response<Need>, Status> {
            let mut script = self.script(&request);
            script.withdrawn.push(request.into_inner());
            next(&mut script.need)
        }

        async fn list_needs(&self, request: Request<ListNeedsRequest>) -> Result<Response<ListNeedsResponse>, Status> {
            let mut script = self.script(&request);
            let request = request.into_inner();
            let start: usize = request.page_token.parse().unwrap_or_default();
            let asked = usize::try_from(request.page_size).unwrap_or_default();
            let end = script.needs.len().min(start + asked.max(script.page_rows_min));
            let next_page_token = if end < script.needs.len() { end.to_string() } else { String::new() };
            let needs = script.needs[start..end].to_vec();
            script.listed.push(request);
            Ok(Response::new(ListNeedsResponse { needs, next_page_token }))
        }
    }
    submit_need: SubmitNeedRequest => Need;
    approve_need: ApproveNeedRequest => Need;
    hold_need: HoldNeedRequest => Need;
    resume_need: ResumeNeedRequest => Need;
    mark_need_duplicate: MarkNeedDuplicateRequest => Need;
    list_need_revisions: ListNeedRevisionsRequest => ListNeedRevisionsResponse;
}

service! {
    ItemService {
        async fn get_item(&self, request: Request<GetItemRequest>) -> Result<Response<Item>, Status> {
            let script = self.script(&request);
            let name = request.into_inner().name;
            let item = script.items.iter().find(|item| item.name == name).cloned();
            item.map(Response::new).ok_or_else(|| Status::not_found("no such item"))
        }

        async fn create_item(&self, request: Request<CreateItemRequest>) -> Result<Response<Item>, Status> {
            let mut script = self.script(&request);
            let request = request.into_inner();
            let record = request.item.clone().unwrap_or_default().record;
            let code = record.as_ref().map(|record| record.code.clone()).unwrap_or_default();
            script.items_created.push(request);
            let record = record.map(|record| OwnItem { state: OwnItemState::Active.into(), ..record });
            Ok(Response::new(Item { name: format!("items/{code}"), code, record, ..Item::default() }))
        }

        async fn update_item(&self, request: Request<UpdateItemRequest>) -> Result<Response<Item>, Status> {
            let mut script = self.script(&request);
            let request = request.into_inner();
            script.items_updated.push(request.clone());
            Ok(Response::new(request.item.unwrap_or_default()))
        }

        async fn list_items(&self, request: Request<ListItemsRequest>) -> Result<Response<ListItemsResponse>, Status> {
            let mut script = self.script(&request);
            script.items_listed.push(request.into_inner());
            Ok(Response::new(ListItemsResponse { items: script.items.clone(), ..Default::default() }))
        }
    }
    search_items: SearchItemsRequest => SearchItemsResponse;
    withdraw_item: WithdrawItemRequest => Item;
}

service! {
    CommitmentService {
        async fn commit_stock(&self, request: Request<CommitStockRequest>) -> Result<Response<Commitment>, Status> {
            next(&mut self.script(&request).commitment)
        }
    }
    hold_stock: HoldStockRequest => Commitment;
    decline_requisition: DeclineRequisitionRequest => Commitment;
    decline_all_requisitions: DeclineAllRequisitionsRequest => DeclineAllRequisitionsResponse;
    release_commitment: ReleaseCommitmentRequest => Commitment;
    get_commitment: GetCommitmentRequest => Commitment;
    list_commitments: ListCommitmentsRequest => ListCommitmentsResponse;
}

service! {
    DeskService {
        type WatchStream = std::pin::Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

        async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
            let mut script = self.script(&request);
            script.watched.push(request.into_inner());
            let changes = next(&mut script.watches)?.into_inner();
            Ok(Response::new(Box::pin(tokio_stream::iter(changes))))
        }
    }
    list_todos: ListTodosRequest => ListTodosResponse;
}

service! {
    OfferService {
        async fn get_offer(&self, request: Request<GetOfferRequest>) -> Result<Response<Offer>, Status> {
            next(&mut self.script(&request).offer)
        }
    }
    create_offer: CreateOfferRequest => Offer;
    list_offers: ListOffersRequest => ListOffersResponse;
    update_offer: UpdateOfferRequest => Offer;
    confirm_offer: ConfirmOfferRequest => Offer;
    accept_offer: AcceptOfferRequest => AcceptOfferResponse;
    withdraw_offer: WithdrawOfferRequest => Offer;
    close_offer: CloseOfferRequest => Offer;
    list_offer_revisions: ListOfferRevisionsRequest => ListOfferRevisionsResponse;
}

service! {
    RequisitionService {
        async fn create_bundle(&self, request: Request<CreateBundleRequest>) -> Result<Response<CreateBundleResponse>, Status> {
            let mut script = self.script(&request);
            script.bundled.push(request.into_inner());
            next(&mut script.bundle)
        }

        async fn list_requisitions(&self, request: Request<ListRequisitionsRequest>) -> Result<Response<ListRequisitionsResponse>, Status> {
            let requisitions = self.script(&request).requisitions.clone();
            Ok(Response::new(ListRequisitionsResponse { requisitions, ..Default::default() }))
        }

        async fn get_requisition(&self, request: Request<GetRequisitionRequest>) -> Result<Response<Requisition>, Status> {
            let found = self.script(&request).requisitions.first().cloned();
            found.map(Response::new).ok_or_else(|| Status::not_found("no such requisition"))
        }
    }
    create_requisition: CreateRequisitionRequest => Requisition;
    withdraw_requisition: WithdrawRequisitionRequest => Requisition;
    refuse_hold: RefuseHoldRequest => Requisition;
}

service! {
    StatusService {
        async fn get_status(&self, request: Request<admin::GetStatusRequest>) -> Result<Response<admin::Status>, Status> {
            let script = self.script(&request);
            let handle = script.handle.clone().ok_or_else(|| Status::unavailable("no status"))?;
            let [catalogue_version, federation_catalogue_version] = script.catalogues.clone();
            Ok(Response::new(admin::Status {
                handle,
                catalogue_version,
                federation_catalogue_version,
                plan_failure: script.plan_failure.clone(),
                lag: script.lag.clone(),
                feeds: script.feeds.clone(),
                ..admin::Status::default()
            }))
        }
    }
}

service! {
    PeerService {
        async fn list_peers(&self, request: Request<ListPeersRequest>) -> Result<Response<ListPeersResponse>, Status> {
            Ok(Response::new(ListPeersResponse { peers: self.script(&request).peers.clone() }))
        }
    }
    add_peer: AddPeerRequest => Peer;
    remove_peer: RemovePeerRequest => Peer;
}

service! {
    MatchService {
        async fn list_matches(&self, request: Request<ListMatchesRequest>) -> Result<Response<ListMatchesResponse>, Status> {
            let mut script = self.script(&request);
            let request = request.into_inner();
            let start: usize = request.page_token.parse().unwrap_or_default();
            let size = usize::try_from(request.page_size).unwrap_or_default();
            let wanted = script.matches.iter().filter(|one| one.need_line.starts_with(&request.need));
            let matches: Vec<_> = wanted.skip(start).take(size + 1).cloned().collect();
            let next_page_token = if matches.len() > size { (start + size).to_string() } else { String::new() };
            let matches = matches.into_iter().take(size).collect();
            script.matches_listed.push(request);
            let plan = Some(script.plan.clone());
            Ok(Response::new(ListMatchesResponse { matches, next_page_token, plan }))
        }

        async fn explain_match(&self, request: Request<ExplainMatchRequest>) -> Result<Response<ExplainMatchResponse>, Status> {
            let mut script = self.script(&request);
            script.explanations.push(request.into_inner());
            next(&mut script.explained)
        }

        async fn simulate_match(&self, request: Request<SimulateMatchRequest>) -> Result<Response<SimulateMatchResponse>, Status> {
            let mut script = self.script(&request);
            script.supposed.push(request.into_inner());
            next(&mut script.simulated)
        }

        type WatchMatchesStream = std::pin::Pin<Box<dyn Stream<Item = Result<WatchMatchesResponse, Status>> + Send>>;

        async fn watch_matches(&self, request: Request<WatchMatchesRequest>) -> Result<Response<Self::WatchMatchesStream>, Status> {
            let mut script = self.script(&request);
            script.matches_watched.push(request.into_inner());
            let changes = next(&mut script.match_watches)?.into_inner();
            Ok(Response::new(Box::pin(tokio_stream::iter(changes))))
        }

        async fn get_plan(&self, request: Request<GetPlanRequest>) -> Result<Response<Plan>, Status> {
            Ok(Response::new(self.script(&request).plan.clone()))
        }

        async fn compare_plan(&self, request: Request<ComparePlanRequest>) -> Result<Response<ComparePlanResponse>, Status> {
            let mut script = self.script(&request);
            script.compared.push(request.into_inner());
            next(&mut script.comparisons)
        }
    }
}
