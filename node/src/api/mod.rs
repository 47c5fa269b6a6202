//! What operators and partners call: one file per service, ten lines per handler: caller, gate, one call, convert.
//!
//! Every request passes `gate` first, which asks `roles` whether this caller may call this method at all. Handlers
//! decide nothing: a rule that needs an `if` belongs into the office or the core.

use quince_proto::admin::v1::audit_service_server::AuditServiceServer;
use quince_proto::admin::v1::drill_service_server::DrillServiceServer;
use quince_proto::admin::v1::federation_service_server::FederationServiceServer;
use quince_proto::admin::v1::offline_service_server::OfflineServiceServer;
use quince_proto::admin::v1::peer_service_server::PeerServiceServer;
use quince_proto::admin::v1::status_service_server::StatusServiceServer;
use quince_proto::admin::v1::token_service_server::TokenServiceServer;
use quince_proto::api::v1::call_service_server::CallServiceServer;
use quince_proto::api::v1::commitment_service_server::CommitmentServiceServer;
use quince_proto::api::v1::consignment_service_server::ConsignmentServiceServer;
use quince_proto::api::v1::desk_service_server::DeskServiceServer;
use quince_proto::api::v1::history_service_server::HistoryServiceServer;
use quince_proto::api::v1::item_service_server::ItemServiceServer;
use quince_proto::api::v1::knowledge_service_server::KnowledgeServiceServer;
use quince_proto::api::v1::match_service_server::MatchServiceServer;
use quince_proto::api::v1::message_service_server::MessageServiceServer;
use quince_proto::api::v1::need_service_server::NeedServiceServer;
use quince_proto::api::v1::offer_service_server::OfferServiceServer;
use quince_proto::api::v1::partnership_service_server::PartnershipServiceServer;
use quince_proto::api::v1::party_service_server::PartyServiceServer;
use quince_proto::api::v1::receipt_service_server::ReceiptServiceServer;
use quince_proto::api::v1::report_service_server::ReportServiceServer;
use quince_proto::api::v1::requisition_service_server::RequisitionServiceServer;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::matcher::MatcherHandle;
use crate::office::Office;
use crate::replication::Offline;

mod audit;
mod call;
mod caller;
mod commitment;
mod consignment;
mod deadline;
mod desk;
mod drill;
mod federation;
mod gate;
mod history;
mod item;
mod knowledge;
mod matching;
mod message;
mod need;
mod offer;
mod offline;
mod outlet;
mod pace;
mod partnership;
mod party;
mod peer;
mod receipt;
mod report;
mod requisition;
pub mod roles;
mod status;
mod token;
mod watch;
mod watch_matches;

/// The longest request, in bytes: thirty times the longest record.
pub const MESSAGE_LEN_MAX: usize = 1024 * 1024;

/// What the services need.
#[derive(Debug, Clone)]
pub struct Api {
    /// Does everything.
    pub office: Office,
    /// Suggests who can help whom.
    pub matcher: MatcherHandle,
    /// Makes and takes offline files.
    pub offline: Offline,
    /// What the health service says.
    pub health: HealthReporter,
    /// Stock is committed by approvers only.
    pub require_approver: bool,
    /// Ends the streams that are open.
    pub stop: CancellationToken,
    /// Counts the tasks behind those streams.
    pub tasks: TaskTracker,
}

/// Adds services with the limit on requests that all of them have.
macro_rules! services {
    ($routes:expr, $($server:ident($service:expr)),+ $(,)?) => {
        $routes$(.add_service($server::new($service).max_decoding_message_size(MESSAGE_LEN_MAX)))+
    };
}

/// Every service behind the gate, health and reflection among them.
#[must_use]
pub fn routes(api: Api) -> Routes {
    let office = || api.office.clone();
    let services = services!(
        Routes::default(),
        NeedServiceServer(need::Needs(office())),
        OfferServiceServer(offer::Offers(office())),
        RequisitionServiceServer(requisition::Requisitions(office())),
        CommitmentServiceServer(commitment::Commitments(office())),
        PartyServiceServer(party::Parties(office())),
        CallServiceServer(call::Calls(office())),
        ConsignmentServiceServer(consignment::Consignments(office())),
        HistoryServiceServer(history::History(office())),
        KnowledgeServiceServer(knowledge::KnowledgeBase(office())),
        MessageServiceServer(message::Messages(office())),
        PartnershipServiceServer(partnership::Partnerships(office())),
        ReceiptServiceServer(receipt::Receipts(office())),
        ReportServiceServer(report::Reports(office())),
        ItemServiceServer(item::Items(office())),
        MatchServiceServer(matching::Matches(api.clone())),
        DeskServiceServer(desk::Desk::new(&api)),
        FederationServiceServer(federation::Federations(office())),
        OfflineServiceServer(offline::OfflineFiles(api.clone())),
        PeerServiceServer(peer::Peers(office())),
        TokenServiceServer(token::Tokens(office())),
        AuditServiceServer(audit::Audit(office())),
        DrillServiceServer(drill::Drills(office())),
        StatusServiceServer(status::Statuses { office: office(), matcher: api.matcher.clone() }),
        HealthServer(HealthService::from_health_reporter(api.health.clone())),
    );
    let services = services.add_service(reflection());
    let gate = gate::Gate::new(office(), api.require_approver);
    services.into_axum_router().layer(axum::middleware::from_fn_with_state(gate, gate::pass)).into()
}

/// Reflection over the services that this listener serves; the stream between nodes is not among them.
fn reflection()
-> tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection> {
    let builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(quince_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
    let builder =
        roles::services().into_iter().fold(builder, |builder, name| builder.with_service_name(name));
    let server = builder.build_v1().expect("the committed descriptors are tested");
    server.max_decoding_message_size(MESSAGE_LEN_MAX)
}
