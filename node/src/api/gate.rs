//! What every request passes before a handler sees it: known method, live token, right role, pace, deadline; and what every
//! write that fails leaves behind, a line in the audit log. A write that succeeds leaves its line with its own
//! transaction.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use quince_core::domain::Instant;

use crate::api::pace::Paces;
use crate::api::roles::{Access, Rule};
use crate::api::{deadline, roles};
use crate::office::{Caller, Error, ErrorKind, Grant, Office, Role, TokenHash};
use crate::tls::ApiClient;
use crate::wire::status;

/// The longest bearer token, in bytes: ours are far shorter, and hashing strangers' texts is work.
const TOKEN_LEN_MAX: usize = 256;

/// A stranger who tries again and again is logged this often, and counted always.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// Addresses whose last log line is remembered: more strangers than this at once share one line a minute.
const STRANGERS_MAX: usize = 1_024;

/// The gate of one listener.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    office: Office,
    require_approver: bool,
    strangers: Arc<Mutex<BTreeMap<Option<IpAddr>, Instant>>>,
    paces: Arc<Paces>,
}

/// Lets a request through to its handler, or answers it.
pub(super) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let Some(rule) = roles::rule(request.uri().path()) else {
        return status::unknown_method(request.uri().path()).into_http();
    };
    if rule.access == Access::Public {
        return next.run(request).await;
    }
    let time = deadline::of(request.headers());
    // Nobody waits for the answer any more, so nothing is begun, however quickly it would be done.
    if time.is_zero() {
        return status::status(late(time)).into_http();
    }
    let address = request.extensions().get::<ApiClient>().map(|client| client.remote.ip());
    let hash = bearer(request.headers()).map(TokenHash::of);
    match tokio::time::timeout(time, gate.admit(rule, address, hash)).await {
        Ok(Ok((caller, hash))) => gate.serve(rule, caller, hash, time, request, next).await,
        Ok(Err(error)) => status::status(error).into_http(),
        Err(_) => status::status(late(time)).into_http(),
    }
}

impl Gate {
    pub(super) fn new(office: Office, require_approver: bool) -> Self {
        Self { office, require_approver, strangers: Arc::default(), paces: Arc::default() }
    }

    /// Who calls, if this caller may call this method.
    async fn admit(
        &self,
        rule: &'static Rule,
        address: Option<IpAddr>,
        hash: Option<TokenHash>,
    ) -> Result<(Caller, TokenHash), Error> {
        let grant = match &hash {
            Some(hash) => self.office.authenticate(hash).await?,
            None => None,
        };
        let (Some(hash), Some(grant)) = (hash, grant) else {
            return Err(self.stranger(address, hash.is_some()));
        };
        let caller = Caller {
            holder: grant.holder.clone(),
            role: grant.role,
            address,
            method: rule.method,
            party: grant.party.clone(),
        };
        if !permits(&grant, rule, self.require_approver) {
            self.note(rule, &caller, "PERMISSION_DENIED").await;
            let message = format!("{} is not for the role {}", rule.method, grant.role);
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        if grant.role == Role::Integrator
            && let Err(error) = self.paces.call(hash, self.office.real_now())
        {
            self.note(rule, &caller, "RESOURCE_EXHAUSTED").await;
            return Err(error);
        }
        Ok((caller, hash))
    }

    /// Runs the handler within its time. A stream has begun when its head is there, and goes on as long as it likes.
    async fn serve(
        &self,
        rule: &'static Rule,
        caller: Caller,
        hash: TokenHash,
        time: Duration,
        mut request: Request,
        next: Next,
    ) -> Response {
        request.extensions_mut().insert(caller.clone());
        request.extensions_mut().insert(hash);
        let answer = tokio::time::timeout(time, next.run(request)).await;
        let response = answer.unwrap_or_else(|_| status::status(late(time)).into_http());
        let code = status::code_name(response.headers());
        metrics::counter!("quince_api_requests_total", "method" => rule.method, "code" => code).increment(1);
        if code != "OK" {
            self.note(rule, &caller, code).await;
        }
        response
    }

    /// Writes the audit line of a write that was refused or failed. If even that fails, the log has it.
    async fn note(&self, rule: &Rule, caller: &Caller, code: &str) {
        if !rule.access.writes() {
            return;
        }
        if let Err(error) = self.office.record_refusal(caller, code).await {
            tracing::error!(method = rule.method, holder = %caller.holder, code, %error, "could not audit a refusal");
        }
    }

    /// Counts a failed authentication, and logs it unless this address was logged lately.
    fn stranger(&self, address: Option<IpAddr>, with_token: bool) -> Error {
        metrics::counter!("quince_api_authentication_failures_total").increment(1);
        if self.is_news(address, self.office.now()) {
            let address = address.map_or("an unknown address".to_owned(), |address| address.to_string());
            tracing::warn!(address, with_token, "refused a caller at {address}: no live token");
        }
        let message =
            if with_token { "the token is unknown, expired or revoked" } else { "no bearer token was sent" };
        Error::new(ErrorKind::Unauthenticated, message)
    }

    fn is_news(&self, address: Option<IpAddr>, now: Instant) -> bool {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.retain(|_, last| now.since(*last) < LOG_EVERY);
        if strangers.len() >= STRANGERS_MAX || strangers.contains_key(&address) {
            return false;
        }
        strangers.insert(address, now);
        true
    }
}

/// Whether the token's role has the access, and an integrator's list of methods the method.
fn permits(grant: &Grant, rule: &Rule, require_approver: bool) -> bool {
    let named = grant.role != Role::Integrator || grant.methods.contains(rule.method);
    named && rule.access.allows(grant.role, require_approver)
}

/// The token behind `Bearer`, whose case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let fits = (1..=TOKEN_LEN_MAX).contains(&token.len());
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(token)
}

fn late(time: Duration) -> Error {
    Error::new(ErrorKind::Deadline, format!("the request took longer than its {} ms", time.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn a_token_is_what_follows_the_word_bearer() {
        assert_eq!(bearer(&headers("Bearer abc")), Some("abc"));
        assert_eq!(bearer(&headers("bearer abc")), Some("abc"));
        for wrong in ["abc", "Basic abc", "Bearer", "Bearer "] {
            assert_eq!(bearer(&headers(wrong)), None, "{wrong}");
        }
        assert_eq!(bearer(&headers(&format!("Bearer {}", "a".repeat(TOKEN_LEN_MAX + 1)))), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
