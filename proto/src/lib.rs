//! The contract: generated bindings of everything under `quince/`, and nothing else.
//!
//! The bindings are committed, so that a build needs no protoc; the `bindings` test regenerates them and
//! fails on a difference. Rules of change stand in README.md.

/// Every message and service as an encoded `google.protobuf.FileDescriptorSet`, for reflection and JSON.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/quince.binpb");

macro_rules! package {
    ($file:literal) => {
        include!(concat!("gen/", $file, ".rs"));
    };
}

/// What is signed and stored for ever.
pub mod record {
    /// Version 1.
    pub mod v1 {
        package!("quince.record.v1");
    }
}

/// What nodes say to each other.
pub mod sync {
    /// Version 1.
    pub mod v1 {
        package!("quince.sync.v1");
    }
}

/// What operators and partners call.
pub mod api {
    /// Version 1.
    pub mod v1 {
        package!("quince.api.v1");
    }
}

/// Federation, peers, tokens, audit and status.
pub mod admin {
    /// Version 1.
    pub mod v1 {
        package!("quince.admin.v1");
    }
}
