//! One office's public API, as a partner sees it: an address, a root certificate, a token.

use std::path::{Path, PathBuf};
use std::time::Duration;

use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde::Deserialize;
use thiserror::Error;
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

use crate::demo::codec::DynamicCodec;
use crate::token::PROFILE;

/// An answer that takes longer will not come: a local office answers in milliseconds.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// A channel that carries the office's token.
pub type Line = InterceptedService<Channel, Bearer>;

/// The way into one office.
#[derive(Debug, Clone)]
pub struct Door {
    /// The office's handle.
    pub handle: String,
    /// Its profile, for whoever goes on by hand.
    pub profile: PathBuf,
    /// Calls go here.
    pub line: Line,
}

/// Adds the bearer token to each call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

/// The profile that `init` wrote cannot be used.
#[derive(Debug, Error)]
#[error("the profile {} cannot be used: {fault}", path.display())]
pub struct DoorError {
    path: PathBuf,
    fault: String,
}

#[derive(Deserialize)]
struct Profile {
    endpoint: String,
    ca: PathBuf,
    token: String,
}

impl Door {
    /// The door of the office with this data directory. Nothing is dialled yet.
    ///
    /// # Errors
    /// When its profile cannot be read.
    pub fn of(handle: &str, data: &Path) -> Result<Self, DoorError> {
        let profile = data.join(PROFILE);
        let line = line(&profile).map_err(|fault| DoorError { path: profile.clone(), fault })?;
        Ok(Self { handle: handle.to_owned(), profile, line })
    }

    /// Calls a method of the contract.
    ///
    /// # Errors
    /// What the office answers instead.
    pub async fn call(
        &self,
        method: &MethodDescriptor,
        request: DynamicMessage,
    ) -> Result<DynamicMessage, Status> {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let path = path.parse().map_err(|_| Status::internal("a method's name is a path"))?;
        let mut grpc = Grpc::new(self.line.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = DynamicCodec(method.output());
        Ok(grpc.unary(Request::new(request), path, codec).await?.into_inner())
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        request.set_timeout(ANSWER_MAX);
        Ok(request)
    }
}

fn line(profile: &Path) -> Result<Line, String> {
    let text = std::fs::read_to_string(profile).map_err(|error| error.to_string())?;
    let read: Profile = toml::from_str(&text).map_err(|error| error.message().to_owned())?;
    let ca = profile.with_file_name(read.ca);
    let ca = std::fs::read(&ca).map_err(|error| format!("{}: {error}", ca.display()))?;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca));
    let endpoint = Endpoint::from_shared(read.endpoint).and_then(|endpoint| endpoint.tls_config(tls));
    let channel = endpoint.map_err(|error| error.to_string())?.connect_lazy();
    let bearer = format!("Bearer {}", read.token).parse().map_err(|_| "its token is not ASCII".to_owned())?;
    Ok(InterceptedService::new(channel, Bearer(bearer)))
}
