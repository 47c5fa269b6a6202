//! What a node's refusal means to the person at the terminal: the only place that knows gRPC codes.

use std::error::Error;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::exit::Exit;
use crate::failure::Failure;

impl Failure {
    /// Explains a status, which `endpoint` answered or which came up on the way to it.
    pub(crate) fn from_status(status: &Status, endpoint: &str) -> Self {
        // Only what broke on this side of the wire has a source.
        match status.source() {
            Some(cause) => broken(endpoint, cause),
            None => refused(status),
        }
    }
}

fn refused(status: &Status) -> Failure {
    let details = status.get_error_details();
    let message = if status.message().is_empty() {
        format!("the node answered {:?} without a word", status.code())
    } else {
        status.message().to_owned()
    };
    let mut failure = Failure::new(exit(status.code(), &details), message);
    failure.fields = fields(&details);
    if failure.fields.first().is_some_and(|(path, _)| failure.message.starts_with(path.as_str())) {
        // The node puts the first fault into the sentence for those who see nothing else.
        "the node found faults; nothing was written".clone_into(&mut failure.message);
    }
    failure.hint = own_hint(status.code())
        .map(str::to_owned)
        .or_else(|| hint(&details))
        .or_else(|| default_hint(status.code()).map(str::to_owned));
    failure
}

/// Where the node's advice is for those who write clients, and the person at the terminal needs another.
fn own_hint(code: Code) -> Option<&'static str> {
    match code {
        Code::Unauthenticated => Some(
            "the token in the profile may have ended: `quince-node admin-token --data DIR` makes one on the node",
        ),
        _ => None,
    }
}

fn exit(code: Code, details: &ErrorDetails) -> Exit {
    match code {
        // A used-up quota is a rule, which trying again does not change; an overload says when to come back.
        Code::ResourceExhausted if is_rule(details) => Exit::Refused,
        Code::Ok => Exit::Ok,
        Code::InvalidArgument => Exit::Usage,
        Code::NotFound => Exit::NotFound,
        Code::FailedPrecondition | Code::OutOfRange => Exit::Refused,
        Code::AlreadyExists | Code::Aborted => Exit::Conflict,
        Code::PermissionDenied | Code::Unauthenticated => Exit::Denied,
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
            Exit::Unavailable
        }
        Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss => Exit::Failed,
    }
}

fn is_rule(details: &ErrorDetails) -> bool {
    details.retry_info().is_none() && details.error_info().is_some_and(|info| info.reason == "LIMIT")
}

fn fields(details: &ErrorDetails) -> Vec<(String, String)> {
    let bad_fields = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    let broken_rules = details.precondition_failure().into_iter().flat_map(|failure| &failure.violations);
    bad_fields
        .map(|field| (field.field.clone(), field.description.clone()))
        .chain(broken_rules.map(|rule| (rule.subject.clone(), rule.description.clone())))
        .collect()
}

/// What the node suggests: in Help, in the metadata of ErrorInfo, or by when to come back.
fn hint(details: &ErrorDetails) -> Option<String> {
    let help = details.help().and_then(|help| help.links.first()).map(|link| {
        if link.url.is_empty() {
            link.description.clone()
        } else {
            format!("{} ({})", link.description, link.url)
        }
    });
    let info = || details.error_info()?.metadata.get("hint").cloned();
    let retry = || {
        let delay = details.retry_info()?.retry_delay?;
        Some(format!("try again in {} s", delay.as_secs().max(1)))
    };
    help.or_else(info).or_else(retry)
}

fn default_hint(code: Code) -> Option<&'static str> {
    match code {
        Code::PermissionDenied => {
            Some("ask an admin for a token with another role: quince token create HOLDER --role ROLE")
        }
        Code::Aborted => Some("show the record again, then repeat the command"),
        Code::Unimplemented => Some("the node may be older than this command: compare `quince status`"),
        _ => None,
    }
}

/// The connection could not be made, or broke. The innermost cause says most.
fn broken(endpoint: &str, cause: &(dyn Error + 'static)) -> Failure {
    let causes = causes(cause);
    let innermost = causes.last().map_or_else(String::new, ToString::to_string);
    let failure = |what: &str| Failure::new(Exit::Unavailable, format!("{endpoint}: {what}: {innermost}"));
    match causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => failure("the node's certificate is not trusted")
            .with_hint(
                "the profile may be of another node: compare its `endpoint` and `ca` with the node's files",
            ),
        Some(_) => failure("no secure connection")
            .with_hint("the endpoint may not speak TLS 1.3: the profile needs the node's --api-listen"),
        None if causes.iter().any(|cause| refused_by_system(*cause)) => {
            failure("nobody listens there").with_hint("start the node: quince-node run --data DIR")
        }
        None if causes.iter().any(|cause| timed_out(*cause)) => {
            failure("no answer in time").with_hint("check the network, then the node's own log")
        }
        // In TLS 1.3 the client has finished when the server says no, so that it shows at the first request.
        None => failure("the connection broke before the answer").with_hint(
            "either the node was just stopped, or the endpoint is its listener for peers, which hangs up right after \
             the handshake on whoever shows no certificate: the profile needs the node's --api-listen",
        ),
    }
}

/// The chain of causes. An I/O error hides the error that it carries from its own chain.
fn causes<'a>(first: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next = Some(first);
    while let Some(cause) = next {
        causes.push(cause);
        let carried = cause.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        next = carried.map(|error| error as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    causes
}

fn timed_out(cause: &(dyn Error + 'static)) -> bool {
    let late = |error: &std::io::Error| error.kind() == std::io::ErrorKind::TimedOut;
    cause.is::<tonic::TimeoutExpired>() || cause.downcast_ref().is_some_and(late)
}

fn refused_by_system(cause: &(dyn Error + 'static)) -> bool {
    cause
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
}
