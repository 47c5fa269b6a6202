//! The connection to the node: TLS with the profile's root only, the token on every call, bounded waiting, and one
//! retry with the same request id when the node did not answer.

use std::time::Duration;

use quince_proto::admin::v1::{
    audit_service_client::AuditServiceClient, drill_service_client::DrillServiceClient,
    federation_service_client::FederationServiceClient, offline_service_client::OfflineServiceClient,
    peer_service_client::PeerServiceClient, status_service_client::StatusServiceClient,
    token_service_client::TokenServiceClient,
};
use quince_proto::api::v1::{
    call_service_client::CallServiceClient, commitment_service_client::CommitmentServiceClient,
    consignment_service_client::ConsignmentServiceClient, desk_service_client::DeskServiceClient,
    history_service_client::HistoryServiceClient, item_service_client::ItemServiceClient,
    knowledge_service_client::KnowledgeServiceClient, match_service_client::MatchServiceClient,
    message_service_client::MessageServiceClient, need_service_client::NeedServiceClient,
    offer_service_client::OfferServiceClient, partnership_service_client::PartnershipServiceClient,
    party_service_client::PartyServiceClient, receipt_service_client::ReceiptServiceClient,
    report_service_client::ReportServiceClient, requisition_service_client::RequisitionServiceClient,
};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::profile::Profile;

/// A person waits: a node in reach answers a handshake well within this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The node gives up on a request after the same time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Finds out that a silent node is gone while watching.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Lets a node that is just restarting come back before the one retry.
const RETRY_PAUSE: Duration = Duration::from_millis(300);

/// What every client of a service sends through.
pub(crate) type Service = InterceptedService<Channel, Caller>;

/// The node, as the profile tells it. Connects at the first call.
pub(crate) struct Node {
    endpoint: String,
    channel: Channel,
    caller: Caller,
}

/// Puts on each request who calls, in which language, and how long the answer is waited for.
#[derive(Clone)]
pub(crate) struct Caller {
    authorization: MetadataValue<Ascii>,
    language: MetadataValue<Ascii>,
    timeout: Option<Duration>,
}

impl Node {
    /// Prepares the connection. Fails only when the profile's values cannot make one.
    pub(crate) fn new(profile: &Profile) -> Result<Self, Failure> {
        let unusable = |field: &str, error: &dyn std::fmt::Display| {
            Failure::new(Exit::Usage, format!("profile: {field} cannot be used: {error}"))
        };
        let endpoint = Endpoint::from(profile.endpoint.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .user_agent(concat!("quince/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| unusable("user agent", &error))?;
        let endpoint = match &profile.ca {
            None => endpoint,
            Some(pem) => endpoint
                .tls_config(
                    ClientTlsConfig::new()
                        .ca_certificate(Certificate::from_pem(pem))
                        .timeout(CONNECT_TIMEOUT),
                )
                .map_err(|error| unusable("ca", &error))?,
        };
        let mut authorization: MetadataValue<Ascii> =
            format!("Bearer {}", profile.token).parse().map_err(|error| unusable("token", &error))?;
        authorization.set_sensitive(true);
        let language = profile.language.parse().map_err(|error| unusable("language", &error))?;
        Ok(Self {
            endpoint: profile.endpoint.to_string(),
            channel: endpoint.connect_lazy(),
            caller: Caller { authorization, language, timeout: Some(REQUEST_TIMEOUT) },
        })
    }

    /// A write that carries a request id, which makes a second one harmless, today or by hand tomorrow.
    pub(crate) async fn write<Q: Clone, R>(
        &self,
        request_id: &str,
        request: Q,
        attempt: impl AsyncFn(Q) -> Result<Response<R>, Status>,
    ) -> Result<R, Failure> {
        self.call(request, attempt).await.map_err(|failure| match failure.exit {
            Exit::Unavailable => failure.with_hint(format!(
                "whether it was written is not known: repeat it with --request-id {request_id}"
            )),
            _ => failure,
        })
    }

    /// Calls, and calls once more with the same request when the node was not there.
    pub(crate) async fn call<Q: Clone, R>(
        &self,
        request: Q,
        attempt: impl AsyncFn(Q) -> Result<Response<R>, Status>,
    ) -> Result<R, Failure> {
        match attempt(request.clone()).await {
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(RETRY_PAUSE).await;
                self.once(request, attempt).await
            }
            first => self.explained(first),
        }
    }

    /// Calls once: for writes without a request id, of which a second one could do something else.
    pub(crate) async fn once<Q, R>(
        &self,
        request: Q,
        attempt: impl AsyncFn(Q) -> Result<Response<R>, Status>,
    ) -> Result<R, Failure> {
        self.explained(attempt(request).await)
    }

    /// What a failed call means.
    pub(crate) fn explain(&self, status: &Status) -> Failure {
        Failure::from_status(status, &self.endpoint)
    }

    /// The desk without a limit on how long an answer may take, because a watch never ends.
    pub(crate) fn endless_desk(&self) -> DeskServiceClient<Service> {
        DeskServiceClient::new(self.endless())
    }

    /// Matches without such a limit.
    pub(crate) fn endless_matches(&self) -> MatchServiceClient<Service> {
        MatchServiceClient::new(self.endless())
    }

    /// Offline files without such a limit: how long one takes is the stick's doing.
    pub(crate) fn endless_offline(&self) -> OfflineServiceClient<Service> {
        OfflineServiceClient::new(self.endless())
    }

    fn endless(&self) -> Service {
        let caller = Caller { timeout: None, ..self.caller.clone() };
        InterceptedService::new(self.channel.clone(), caller)
    }

    fn service(&self) -> Service {
        InterceptedService::new(self.channel.clone(), self.caller.clone())
    }

    fn explained<R>(&self, answer: Result<Response<R>, Status>) -> Result<R, Failure> {
        answer.map(Response::into_inner).map_err(|status| self.explain(&status))
    }
}

macro_rules! clients {
    ($($method:ident: $client:ident;)*) => {
        /// One client per service; all share the connection.
        impl Node {$(
            pub(crate) fn $method(&self) -> $client<Service> {
                $client::new(self.service())
            }
        )*}
    };
}

clients! {
    audit: AuditServiceClient;
    calls: CallServiceClient;
    commitments: CommitmentServiceClient;
    consignments: ConsignmentServiceClient;
    desk: DeskServiceClient;
    drill: DrillServiceClient;
    federation: FederationServiceClient;
    history: HistoryServiceClient;
    items: ItemServiceClient;
    knowledge: KnowledgeServiceClient;
    matches: MatchServiceClient;
    messages: MessageServiceClient;
    needs: NeedServiceClient;
    offers: OfferServiceClient;
    parties: PartyServiceClient;
    partnerships: PartnershipServiceClient;
    peers: PeerServiceClient;
    receipts: ReceiptServiceClient;
    reports: ReportServiceClient;
    requisitions: RequisitionServiceClient;
    status: StatusServiceClient;
    tokens: TokenServiceClient;
}

impl Interceptor for Caller {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request.metadata_mut().insert("accept-language", self.language.clone());
        if let Some(timeout) = self.timeout {
            request.set_timeout(timeout);
        }
        Ok(request)
    }
}
