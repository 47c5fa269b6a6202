//! The door for other nodes: sessions, and newcomers with an invitation.

use std::sync::Arc;

use futures_shim::Answer;
use quince_core::feed::FederationId;
use quince_core::roster::{CodeId, JoinClaim, JoinProof, SignedRoster};
use quince_core::sync::Role;
