//! Requests of `node.proto`.

use quince_core::domain::common::Label;
use quince_core::domain::field::{Faults, FieldError};
use quince_core::domain::handle::Handle;
use quince_core::domain::text::Words;
use quince_core::domain::{FieldErrors, Instant, RecordKind};
use quince_proto::admin::v1 as admin;

use super::{each, names, required, unless_empty};
use crate::office::caller::Role;
use crate::office::request::{NewPeer, NewToken};
use crate::wire::Gate;
use crate::wire::page::{Page, page};
use crate::wire::record::from_proto::{handle, instant};
use crate::wire::vocabulary::Vocabulary;

/// The most methods of a token: more than the API has.
pub const METHODS_MAX: usize = 100;

/// Which member to reach always, and where.
pub fn add_peer(request: admin::AddPeerRequest) -> Gate<NewPeer> {
    let mut faults = Faults::default();
    let handle = faults.take("handle", handle(&request.handle));
    let address = faults.take("address", unless_empty(request.address, |text| text.parse()));
    let built = || Some(NewPeer { handle: handle?, address: address? });
    Ok(faults.finish(built())?)
}

/// Which peer to forget.
pub fn remove_peer(request: &admin::RemovePeerRequest) -> Gate<Handle> {
    Ok(handle(&request.handle).map_err(|e| e.under("handle"))?)
}

/// A token to issue. `known` says which methods there are; an integrator names at least one, and nobody else any.
pub fn create_token(request: admin::CreateTokenRequest, known: fn(&str) -> bool) -> Gate<NewToken> {
    let mut faults = Faults::default();
    let token = faults.take("token", required(request.token, "a token")).unwrap_or_default();
    let holder = faults.take("token.holder", Words::new(token.holder));
    let role = faults.take("token.role", Role::from_value(token.role));
    let expires = faults.take("token.expires", token.expires.map(instant).transpose());
    let party = names::parse_optional_record(RecordKind::Party, &token.party);
    let party = faults.take("token.party", party);
    let integrator = role == Some(Role::Integrator);
    let count = token.methods.len();
    let expected = "at least one method for an integrator, and none for any other role";
    faults.require(integrator != (count == 0), "token.methods", format!("{count} methods"), expected);
    let methods = faults.take_all("token.methods", methods(token.methods, known));
    let built = || {
        Some(NewToken {
            holder: holder?,
            role: role?,
            expires: expires?,
            party: party?,
            methods: methods?.into_iter().collect(),
        })
    };
    Ok(faults.finish(built())?)
}

/// Which token.
pub fn revoke_token(request: &admin::RevokeTokenRequest) -> Gate<String> {
    Ok(names::parse_id("tokens", &request.name).map_err(|e| e.under("name"))?)
}

/// Where the business clock is set to.
pub fn set_business_time(request: admin::SetBusinessTimeRequest) -> Gate<Instant> {
    let time = required(request.time, "an instant such as 2027-03-01T08:00:00Z").and_then(instant);
    Ok(time.map_err(|e| e.under("time"))?)
}

/// Whose entries, and which of them first.
pub fn list_audit_entries(request: &admin::ListAuditEntriesRequest) -> Gate<(Option<Label>, Page<u64>)> {
    let holder =
        unless_empty(request.holder.clone(), Words::new).map_err(|e: FieldError| e.under("holder"))?;
    Ok((holder, page(request)?))
}

fn methods(methods: Vec<String>, known: fn(&str) -> bool) -> Result<Vec<String>, FieldErrors> {
    const EXPECTED: &str = "a full method name such as /quince.api.v1.NeedService/CreateNeed";
    each(methods, METHODS_MAX, |method| {
        if known(&method) { Ok(method) } else { Err(FieldError::of(method, EXPECTED)) }
    })
}
