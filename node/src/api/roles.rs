//! Who may call what: one table, and what is not in it is refused.
//!
//! The rights build on each other: an operator reads what a viewer reads, an approver writes what an operator writes,
//! and an admin may do all of it, because a small office has one person. An auditor reads the log and nothing else. An
//! integrator has what an operator has, cut down to the methods that its token names.

use std::collections::BTreeSet;

use crate::office::caller::Role;

/// What a method does, as far as rights go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Says nothing about anybody's records; needs no token.
    Public,
    /// Reads what the city may see.
    Read,
    /// Writes what the city asks, offers, counts and publishes.
    Write,
    /// Decides about the city's stock and what of it leaves; operators too, unless an approver is required.
    Stock,
    /// Validates what an operator wrote.
    Approve,
    /// Reads about users, peers and the roster.
    Inspect,
    /// Changes users, peers and the roster.
    Administer,
    /// Reads the audit log.
    Audit,
    /// Reads how the node is; everybody with a token.
    Status,
}

/// A method with its access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The full name, such as `/quince.api.v1.NeedService/CreateNeed`.
    pub method: &'static str,
    /// What it does.
    pub access: Access,
}

macro_rules! table {
    ($($package:literal $service:literal { $($method:literal $access:ident,)+ })+) => {
        &[$($(Rule {
            method: concat!("/", $package, ".", $service, "/", $method),
            access: Access::$access,
        }),+),+]
    };
}

/// Every method of the API, sorted as in the contract.
pub const TABLE: &[Rule] = table! {
    "quince.api.v1" "NeedService" {
        "CreateNeed" Write,
        "GetNeed" Read,
        "ListNeeds" Read,
        "UpdateNeed" Write,
        "SubmitNeed" Write,
        "ApproveNeed" Approve,
        "HoldNeed" Write,
        "ResumeNeed" Write,
        "WithdrawNeed" Write,
        "MarkNeedDuplicate" Write,
        "ListNeedRevisions" Read,
    }
    "quince.api.v1" "OfferService" {
        "CreateOffer" Write,
        "GetOffer" Read,
        "ListOffers" Read,
        "UpdateOffer" Write,
        "ConfirmOffer" Write,
        "AcceptOffer" Write,
        "WithdrawOffer" Write,
        "CloseOffer" Write,
        "ListOfferRevisions" Read,
    }
    "quince.api.v1" "RequisitionService" {
        "CreateRequisition" Write,
        "CreateBundle" Write,
        "GetRequisition" Read,
        "ListRequisitions" Read,
        "WithdrawRequisition" Write,
        "RefuseHold" Write,
    }
    "quince.api.v1" "CommitmentService" {
        "HoldStock" Stock,
        "CommitStock" Stock,
        "DeclineRequisition" Write,
        "DeclineAllRequisitions" Write,
        "ReleaseCommitment" Stock,
        "GetCommitment" Read,
        "ListCommitments" Read,
    }
    "quince.api.v1" "ConsignmentService" {
        "PlanConsignment" Stock,
        "DispatchConsignment" Stock,
        "AddConsignmentEvent" Write,
        "CancelConsignment" Stock,
        "CorrectConsignment" Stock,
        "GetConsignment" Read,
        "ListConsignments" Read,
    }
    "quince.api.v1" "ReceiptService" {
        "RecordReceipt" Write,
        "CorrectReceipt" Write,
        "GetReceipt" Read,
        "ListReceipts" Read,
    }
    "quince.api.v1" "PartnershipService" {
        "CreatePartnership" Write,
        "GetPartnership" Read,
        "ListPartnerships" Read,
        "EndPartnership" Write,
    }
    "quince.api.v1" "CallService" {
        "CreateCall" Write,
        "GetCall" Read,
        "ListCalls" Read,
        "CloseCall" Write,
    }
    "quince.api.v1" "MessageService" {
        "CreateMessage" Write,
        "GetMessage" Read,
        "ListMessages" Read,
        "PublishMessage" Write,
        "RetractMessage" Write,
    }
    "quince.api.v1" "KnowledgeService" {
        "CreateKnowledge" Write,
        "GetKnowledge" Read,
        "ListKnowledge" Read,
        "PublishKnowledge" Write,
        "RetractKnowledge" Write,
    }
    "quince.api.v1" "ReportService" {
        "CreateReport" Write,
        "GetReport" Read,
        "ListReports" Read,
        "PublishReport" Write,
        "RetractReport" Write,
    }
    "quince.api.v1" "HistoryService" {
        "ListRevisions" Read,
    }
    "quince.api.v1" "PartyService" {
        "CreateParty" Write,
        "GetParty" Read,
        "ListParties" Read,
        "UpdateParty" Write,
    }
    "quince.api.v1" "ItemService" {
        "SearchItems" Read,
        "GetItem" Read,
        "ListItems" Read,
        "CreateItem" Write,
        "UpdateItem" Write,
        "WithdrawItem" Write,
    }
    "quince.api.v1" "MatchService" {
        "ListMatches" Read,
        "ExplainMatch" Read,
        "WatchMatches" Read,
        "SimulateMatch" Read,
        "GetPlan" Read,
        "ComparePlan" Read,
    }
    "quince.api.v1" "DeskService" {
        "ListTodos" Read,
        "Watch" Read,
    }
    "quince.admin.v1" "FederationService" {
        "CreateFederation" Administer,
        "GetFederation" Status,
        "CreateInvitation" Administer,
        "ListInvitations" Inspect,
        "RevokeInvitation" Administer,
        "JoinFederation" Administer,
        "AdmitMember" Administer,
        "ListMembers" Read,
        "SetCatalogueVersion" Administer,
        "LeaveFederation" Administer,
    }
    "quince.admin.v1" "StatusService" {
        "GetStatus" Status,
    }
    "quince.admin.v1" "DrillService" {
        "SetBusinessTime" Administer,
    }
    "quince.admin.v1" "PeerService" {
        "ListPeers" Read,
        "AddPeer" Administer,
        "RemovePeer" Administer,
    }
    "quince.admin.v1" "OfflineService" {
        "GetHaveFile" Inspect,
        "ExportFile" Administer,
        "ImportFile" Administer,
    }
    "quince.admin.v1" "TokenService" {
        "CreateToken" Administer,
        "ListTokens" Inspect,
        "RevokeToken" Administer,
    }
    "quince.admin.v1" "AuditService" {
        "ListAuditEntries" Audit,
    }
    "grpc.health.v1" "Health" {
        "Check" Public,
        "Watch" Public,
    }
    "grpc.reflection.v1" "ServerReflection" {
        "ServerReflectionInfo" Public,
    }
};

impl Access {
    /// Whether a role has it.
    #[must_use]
    pub fn allows(self, role: Role, require_approver: bool) -> bool {
        use Role::{Admin, Approver, Auditor, Integrator, Operator, Viewer};
        match self {
            Self::Public | Self::Status => true,
            Self::Read => matches!(role, Viewer | Operator | Approver | Admin | Integrator),
            Self::Write => matches!(role, Operator | Approver | Admin | Integrator),
            Self::Stock if require_approver => matches!(role, Approver | Admin),
            Self::Stock => matches!(role, Operator | Approver | Admin | Integrator),
            Self::Approve => matches!(role, Approver | Admin),
            Self::Inspect | Self::Administer => matches!(role, Admin),
            Self::Audit => matches!(role, Admin | Auditor),
        }
    }

    /// Whether it leaves a trace in the audit log.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Stock | Self::Approve | Self::Administer)
    }
}

/// The rule of a method; `None` for one that does not exist, which nobody may call.
#[must_use]
pub fn rule(method: &str) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.method == method)
}

/// Whether a token may name this method for an integrator.
#[must_use]
pub fn is_integrable(method: &str) -> bool {
    rule(method)
        .is_some_and(|rule| rule.access != Access::Public && rule.access.allows(Role::Integrator, false))
}

/// The full names of the services in the table.
#[must_use]
pub fn services() -> BTreeSet<&'static str> {
    let service = |rule: &Rule| rule.method.trim_start_matches('/').split('/').next();
    TABLE.iter().filter_map(service).collect()
}

#[cfg(test)]
mod tests;
