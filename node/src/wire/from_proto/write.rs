//! What makes a write safe to repeat: its request id, and a digest over everything that was asked.

use prost::Message;
use quince_core::domain::FieldError;
use quince_proto::{admin::v1 as admin, api::v1 as api};
use sha2::{Digest as _, Sha256};

use crate::office::caller::RetryKey;
use crate::wire::Gate;

/// A request that writes.
pub trait WriteRequest: Message {
    /// The id that the caller chose; empty for none.
    fn request_id(&self) -> &str {
        ""
    }

    /// Whether everything is to be checked and nothing kept.
    fn validate_only(&self) -> bool {
        false
    }
}

/// How a retry of this request is known.
pub fn retry_key(request: &impl WriteRequest) -> Gate<Option<RetryKey>> {
    if request.request_id().is_empty() {
        return Ok(None);
    }
    let id = request.request_id().parse().map_err(|e: FieldError| e.under("request_id"))?;
    Ok(Some(RetryKey { id, digest: Sha256::digest(request.encode_to_vec()).into() }))
}

macro_rules! writes {
    ($($request:ty $([$($field:ident),+])?),+ $(,)?) => {
        $(impl WriteRequest for $request {
            $($(writes!(@ $field);)+)?
        })+
    };
    (@ request_id) => {
        fn request_id(&self) -> &str {
            &self.request_id
        }
    };
    (@ validate_only) => {
        fn validate_only(&self) -> bool {
            self.validate_only
        }
    };
}

writes! {
    api::CreateNeedRequest [request_id, validate_only],
    api::UpdateNeedRequest [request_id],
    api::SubmitNeedRequest [request_id],
    api::ApproveNeedRequest [request_id],
    api::HoldNeedRequest [request_id],
    api::ResumeNeedRequest [request_id],
    api::WithdrawNeedRequest [request_id],
    api::MarkNeedDuplicateRequest [request_id],
    api::CreateOfferRequest [request_id, validate_only],
    api::UpdateOfferRequest [request_id],
    api::ConfirmOfferRequest [request_id],
    api::AcceptOfferRequest [request_id],
    api::WithdrawOfferRequest [request_id],
    api::CloseOfferRequest [request_id],
    api::CreatePartyRequest [request_id],
    api::UpdatePartyRequest [request_id],
    api::CreateRequisitionRequest [request_id, validate_only],
    api::CreateBundleRequest [request_id, validate_only],
    api::WithdrawRequisitionRequest [request_id],
    api::RefuseHoldRequest [request_id],
    api::HoldStockRequest [request_id],
    api::CommitStockRequest [request_id],
    api::DeclineRequisitionRequest [request_id],
    api::DeclineAllRequisitionsRequest [request_id],
    api::ReleaseCommitmentRequest [request_id],
    api::PlanConsignmentRequest [request_id, validate_only],
    api::DispatchConsignmentRequest [request_id],
    api::AddConsignmentEventRequest [request_id],
    api::CancelConsignmentRequest [request_id],
    api::CorrectConsignmentRequest [request_id],
    api::RecordReceiptRequest [request_id, validate_only],
    api::CorrectReceiptRequest [request_id],
    api::CreatePartnershipRequest [request_id, validate_only],
    api::EndPartnershipRequest [request_id],
    api::CreateCallRequest [request_id, validate_only],
    api::CloseCallRequest [request_id],
    api::CreateMessageRequest [request_id, validate_only],
    api::PublishMessageRequest [request_id],
    api::RetractMessageRequest [request_id],
    api::CreateKnowledgeRequest [request_id, validate_only],
    api::PublishKnowledgeRequest [request_id],
    api::RetractKnowledgeRequest [request_id],
    api::CreateReportRequest [request_id, validate_only],
    api::PublishReportRequest [request_id],
    api::RetractReportRequest [request_id],
    api::CreateItemRequest [request_id, validate_only],
    api::UpdateItemRequest [request_id],
    api::WithdrawItemRequest [request_id],
    admin::CreateFederationRequest [request_id],
    admin::CreateInvitationRequest [request_id],
    admin::RevokeInvitationRequest,
    admin::JoinFederationRequest,
    admin::AdmitMemberRequest,
    admin::SetCatalogueVersionRequest [request_id],
    admin::LeaveFederationRequest,
    admin::AddPeerRequest,
    admin::RemovePeerRequest,
    admin::CreateTokenRequest,
    admin::RevokeTokenRequest,
    admin::SetBusinessTimeRequest,
}
