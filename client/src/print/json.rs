//! `--json`: the canonical protobuf JSON of a message of the API, on one line, keys in alphabetical order so that
//! equal messages print equal bytes. What was printed so can be read again.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use quince_proto::{admin::v1 as admin, api::v1 as api};

use crate::print::clean::escape_json;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(quince_proto::FILE_DESCRIPTOR_SET).expect("the committed descriptor set is whole")
});

/// A message of the contract that can be printed as JSON.
pub trait Described: prost::Message {
    /// Its full name in the contract.
    const NAME: &'static str;
}

macro_rules! described {
    ($($module:ident $package:literal: $($message:ident)*;)*) => {$($(
        impl Described for $module::$message {
            const NAME: &'static str = concat!($package, ".", stringify!($message));
        }
    )*)*};
}

described! {
    api "quince.api.v1": Need Offer Requisition Commitment Party Item ItemProposal Match Todo Revision
        AcceptOfferResponse CreateBundleResponse ExplainMatchResponse SimulateMatchResponse WatchMatchesResponse Plan
        ComparePlanResponse WatchResponse
        Consignment Receipt Call Partnership Message Knowledge Report;
    admin "quince.admin.v1": Status Federation Invitation Member Peer Token AuditEntry SetBusinessTimeResponse ImportReport;
}

/// The canonical JSON of a message.
#[must_use]
pub fn to_json<M: Described>(message: &M) -> String {
    let mut dynamic = DynamicMessage::new(descriptor::<M>());
    dynamic.transcode_from(message).expect("bindings and descriptor set come from the same files");
    let mut value = serde_json::to_value(&dynamic).expect("a message of the contract is always valid JSON");
    // Maps come in random order, and a dependency may have told serde_json to keep the order in which keys come.
    value.sort_all_objects();
    escape_json(&value.to_string())
}

/// The message that was printed as this JSON; the error says what is wrong with it.
///
/// # Errors
/// When it is no JSON, or of no such message.
pub fn from_json<M: Described + Default>(text: &str) -> Result<M, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let dynamic =
        DynamicMessage::deserialize(descriptor::<M>(), &mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    dynamic.transcode_to().map_err(|error| error.to_string())
}

fn descriptor<M: Described>() -> MessageDescriptor {
    POOL.get_message_by_name(M::NAME).expect("every printed message stands in the committed descriptor set")
}
