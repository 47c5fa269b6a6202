//! Canonical protobuf JSON of messages, by reflection over the committed descriptors.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};

static CONTRACT: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(quince_proto::FILE_DESCRIPTOR_SET).expect("the committed descriptors are tested")
});

/// The contract, for reflection.
#[must_use]
pub fn contract() -> &'static DescriptorPool {
    &CONTRACT
}

/// A message of the contract as canonical JSON. `name` is its full name, such as `quince.api.v1.Need`.
#[must_use]
pub fn canonical(name: &str, message: &impl Message) -> String {
    let descriptor = CONTRACT.get_message_by_name(name).expect("the caller names a message of the contract");
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice());
    let dynamic = dynamic.expect("what was just encoded decodes by its own descriptor");
    serde_json::to_string(&dynamic).expect("a message with instants of the years 1 to 9999 has a JSON form")
}
