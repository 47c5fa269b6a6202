//! The contract's enums in words: `NEED_STATE_ON_HOLD` is typed `on-hold` and read `on hold`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use quince_proto::admin::v1::{MembershipState, Role, invitation};
use quince_proto::api::v1::{Answer, TodoKind, Track};
use quince_proto::record::v1::{
    CallState, CommitmentState, ConsignmentState, DocumentState, DocumentType, EventType, Kind,
    KnowledgeType, MessageType, NeedState, OfferState, OwnItemState, PartnershipState, PartyType,
    PublicationState, Qualifier, ReasonCode, ReceiptState, RequisitionState, TransportMode, terms,
};

/// An enum of the contract.
pub trait Choice: Copy + Send + Sync + TryFrom<i32> + Into<i32> + 'static {
    /// What all its names begin with.
    const PREFIX: &'static str;

    /// The name in the contract.
    fn proto_name(self) -> &'static str;

    /// Every value that says something.
    fn all() -> impl Iterator<Item = Self> {
        (1..).map_while(|number| Self::try_from(number).ok())
    }

    /// As it is typed: `on-hold`.
    fn typed(self) -> String {
        let name = self.proto_name();
        name.strip_prefix(Self::PREFIX).unwrap_or(name).to_lowercase().replace('_', "-")
    }

    /// The value that is typed so.
    fn from_typed(text: &str) -> Option<Self> {
        Self::all().find(|choice| choice.typed() == text)
    }
}

macro_rules! choices {
    ($($type:path = $prefix:literal;)*) => {$(
        impl Choice for $type {
            const PREFIX: &'static str = $prefix;

            fn proto_name(self) -> &'static str {
                self.as_str_name()
            }
        }
    )*};
}

choices! {
    Answer = "ANSWER_";
    CallState = "CALL_STATE_";
    CommitmentState = "COMMITMENT_STATE_";
    ConsignmentState = "CONSIGNMENT_STATE_";
    DocumentState = "DOCUMENT_STATE_";
    DocumentType = "DOCUMENT_TYPE_";
    EventType = "EVENT_TYPE_";
    invitation::State = "STATE_";
    Kind = "KIND_";
    KnowledgeType = "KNOWLEDGE_TYPE_";
    MembershipState = "MEMBERSHIP_STATE_";
    MessageType = "MESSAGE_TYPE_";
    NeedState = "NEED_STATE_";
    OfferState = "OFFER_STATE_";
    OwnItemState = "OWN_ITEM_STATE_";
    PartnershipState = "PARTNERSHIP_STATE_";
    PartyType = "PARTY_TYPE_";
    PublicationState = "PUBLICATION_STATE_";
    Qualifier = "QUALIFIER_";
    ReasonCode = "REASON_CODE_";
    ReceiptState = "RECEIPT_STATE_";
    RequisitionState = "REQUISITION_STATE_";
    Role = "ROLE_";
    terms::Basis = "BASIS_";
    terms::Payer = "PAYER_";
    TodoKind = "TODO_KIND_";
    Track = "TRACK_";
    TransportMode = "TRANSPORT_MODE_";
}

/// A parser for the command line that knows every value, so that help and completions list them.
pub(crate) fn choice<E: Choice>() -> impl TypedValueParser<Value = E> {
    PossibleValuesParser::new(E::all().map(E::typed))
        .map(|typed| E::from_typed(&typed).expect("the parser only lets known values through"))
}

/// Every value as it is typed, for the sentence that says what was expected.
pub(crate) fn listed<E: Choice>() -> String {
    E::all().map(E::typed).collect::<Vec<_>>().join(", ")
}

/// How a value is read: `on hold`; a value of a newer contract is told by its number.
pub(crate) fn word<E: Choice>(number: i32) -> String {
    match E::try_from(number) {
        Ok(_) if number == 0 => "-".to_owned(),
        Ok(choice) => choice.typed().replace('-', " "),
        Err(_) => format!("unknown ({number})"),
    }
}
