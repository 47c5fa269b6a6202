//! The closed vocabularies: one table that pairs each word of the domain with its value in the contract.

use quince_core::domain::FieldError;
use quince_core::domain::call::CallState;
use quince_core::domain::commitment::ReasonCode;
use quince_core::domain::consignment::{
    ConsignmentState, DocumentState, DocumentType, EventType, TransportMode,
};
use quince_core::domain::coverage::Track;
use quince_core::domain::item::{Fit, OwnItemState};
use quince_core::domain::kind::Kind;
use quince_core::domain::knowledge::KnowledgeType;
use quince_core::domain::message::MessageType;
use quince_core::domain::offer::OfferState;
use quince_core::domain::partnership::PartnershipState;
use quince_core::domain::party::PartyType;
use quince_core::domain::receipt::ReceiptState;
use quince_core::domain::terms::{Basis, Payer};
use quince_core::domain::text::TextOrigin;
use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;

use crate::office::caller::Role;
use crate::office::view::{Answer, InvitationState, Membership, TodoKind};

/// A word with a value in the contract.
pub trait Vocabulary: Sized {
    /// The word of this value; an unknown or unspecified value is a fault that lists what would be good.
    fn from_value(value: i32) -> Result<Self, FieldError>;

    /// The value of this word.
    fn value(self) -> i32;
}

macro_rules! vocabulary {
    ($($word:ident = $value:path { $($variant:ident),+ $(,)? })+) => {
        $(impl Vocabulary for $word {
            fn from_value(value: i32) -> Result<Self, FieldError> {
                type Value = $value;
                match Value::try_from(value) {
                    $(Ok(Value::$variant) => Ok(Self::$variant),)+
                    _ => {
                        let known = [$(Value::$variant.as_str_name()),+];
                        Err(FieldError::of(value, known.join(", ")))
                    }
                }
            }

            fn value(self) -> i32 {
                type Value = $value;
                match self {
                    $(Self::$variant => Value::$variant.into(),)+
                }
            }
        })+
    };
}

vocabulary! {
    Fit = api::ItemFit {
        Equal, Tariff, TariffNote, Begins, Word, Contains, AllWords, Similar, Mentions, LeavesOpen,
    }
    Kind = record::Kind { Goods, Funds, Service, Transport, Personnel, Knowledge }
    TextOrigin = record::TextOrigin { Human, Machine }
    Basis = record::terms::Basis { Gift, Loan, Reimbursed }
    Payer = record::terms::Payer { Requester, Supplier, ThirdParty }
    OfferState = record::OfferState { Draft, Open, Closed, Withdrawn, Expired }
    ReasonCode = record::ReasonCode {
        Exhausted, OfferClosed, AlreadyAnswered, NotSuitable, Terms, NoTransport, WithdrawnByRequester,
        RefusedByRequester, HoldEnded, QuantityUnknown, NeedClosed, OverLimit, DeclinedByOperator, StockLost,
        Mismatch, Other,
    }
    PartyType = record::PartyType {
        City, Province, Ministry, Chamber, Foundation, Firm, UnOffice, Association, HealthFacility, Person, Other,
    }
    PartnershipState = record::PartnershipState { Active, Ended }
    CallState = record::CallState { Open, Closed }
    ConsignmentState = record::ConsignmentState {
        Planned, Dispatched, Arrived, Closed, Cancelled, Returned, Diverted, Lost,
    }
    TransportMode = record::TransportMode { Air, Sea, Rail, Road, Mail, None }
    DocumentType = record::DocumentType {
        PackingList, Invoice, GiftCertificate, CertificateOfConformity, CertificateOfOrigin, LabelLanguage,
        CustomsDeclaration, ImportPermit, Other,
    }
    DocumentState = record::DocumentState { Required, Ready, Waived }
    EventType = record::EventType {
        Dispatched, Hub, CustomsEntry, CustomsHold, CustomsRelease, Arrived, Closed, Cancelled, Returned, Diverted,
        Lost, Other,
    }
    ReceiptState = record::ReceiptState { Partial, Complete }
    MessageType = record::MessageType { Support, Thanks, Statement, Intent }
    KnowledgeType = record::KnowledgeType { Practice, Training, Document, Directory }
    OwnItemState = record::OwnItemState { Active, Withdrawn }
    Answer = api::Answer { Pending, Committed, Declined, Released, OverLimit, WithdrawnTooLate }
    Track = api::Track { None, Partial, Complete }
    TodoKind = api::TodoKind {
        AnswerRequisition, AnswerHold, ApproveNeed, ConfirmOffer, HoldEnding, AdmitMember, Dispatch, CountConsignment,
    }
    Role = admin::Role { Viewer, Operator, Approver, Admin, Auditor, Integrator }
    Membership = admin::MembershipState { Alone, Pending, Member, Left }
    InvitationState = admin::invitation::State { Open, Redeemed, Admitted, Revoked, Expired, Void }
}

/// A word that may be left unspecified.
pub fn optional<V: Vocabulary>(value: i32) -> Result<Option<V>, FieldError> {
    (value != 0).then(|| V::from_value(value)).transpose()
}

/// The value of a word, or of nothing.
pub fn value_or_unspecified<V: Vocabulary>(word: Option<V>) -> i32 {
    word.map_or(0, V::value)
}
