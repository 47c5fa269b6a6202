//! A city office as a process of its own: set up, started, killed, and called through its public API.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use tempfile::TempDir;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

use crate::eventually::eventually;

/// A channel that carries the office's token.
pub type Line = InterceptedService<Channel, Bearer>;

/// One office. Dropping it kills its process and removes its data.
#[derive(Debug)]
pub struct City {
    handle: String,
    binary: PathBuf,
    folder: TempDir,
    peer_port: u16,
    api_port: u16,
    process: Option<Child>,
}

/// Adds the bearer token to each call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

/// The clients of one office.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Needs.
    pub needs: api::need_service_client::NeedServiceClient<Line>,
    /// Offers.
    pub offers: api::offer_service_client::OfferServiceClient<Line>,
    /// Requisitions.
    pub requisitions: api::requisition_service_client::RequisitionServiceClient<Line>,
    /// Commitments.
    pub commitments: api::commitment_service_client::CommitmentServiceClient<Line>,
    /// Matches.
    pub matches: api::match_service_client::MatchServiceClient<Line>,
    /// Todos and changes.
    pub desk: api::desk_service_client::DeskServiceClient<Line>,
    /// The federation.
    pub federation: admin::federation_service_client::FederationServiceClient<Line>,
    /// Peers.
    pub peers: admin::peer_service_client::PeerServiceClient<Line>,
    /// The node at a glance.
    pub status: admin::status_service_client::StatusServiceClient<Line>,
}

#[derive(serde::Deserialize)]
struct Profile {
    endpoint: String,
    ca: PathBuf,
    token: String,
}

impl City {
    /// Sets up an office that can be dialled, without starting it.
    ///
    /// # Panics
    /// When the office cannot be set up.
    #[must_use]
    pub fn set_up(binary: &str, handle: &str, place: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (peer_port, api_port) = (free_port(), free_port());
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, "correct horse battery staple\n").expect("a file in an own folder");
        let peer = format!("127.0.0.1:{peer_port}");
        let done = Command::new(binary)
            .args(["init", "--handle", handle, "--name", handle, "--place", place, "--peer-allow-local"])
            .args(["--peer-listen", &peer, "--peer-advertise", &peer])
            .args(["--api-listen", &format!("127.0.0.1:{api_port}")])
            .arg("--data")
            .arg(folder.path().join("data"))
            .arg("--recovery-file")
            .arg(folder.path().join("recovery"))
            .arg("--passphrase-file")
            .arg(&passphrase)
            .output()
            .expect("the binary starts");
        assert!(done.status.success(), "init failed: {}", String::from_utf8_lossy(&done.stderr));
        Self { handle: handle.to_owned(), binary: binary.into(), folder, peer_port, api_port, process: None }
    }

    /// Starts the office and waits until it answers.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub async fn start(&mut self) -> Desk {
        self.spawn();
        self.ready().await
    }

    /// Starts the process without waiting.
    ///
    /// # Panics
    /// When it runs already.
    pub fn spawn(&mut self) {
        assert!(self.process.is_none(), "{} runs already", self.handle);
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"));
        let process = Command::new(&self.binary)
            .arg("run")
            .arg("--data")
            .arg(self.data())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a file in an own folder"))
            .spawn()
            .expect("the binary starts");
        self.process = Some(process);
    }

    /// Waits until the office answers.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub async fn ready(&self) -> Desk {
        let desk = self.desk();
        eventually(&format!("{} to answer", self.handle), || {
            let mut status = desk.status.clone();
            async move { status.get_status(admin::GetStatusRequest {}).await.map_err(|error| error.to_string()) }
        })
        .await;
        desk
    }

    /// Ends the process as a power cut would: nothing is flushed, nothing is told.
    ///
    /// # Panics
    /// When the process cannot be ended.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("an own process");
            process.wait().expect("an own process");
        }
    }

    /// The clients, with the office's own admin token.
    ///
    /// # Panics
    /// When the profile that `init` wrote cannot be read.
    #[must_use]
    pub fn desk(&self) -> Desk {
        let text = std::fs::read_to_string(self.data().join("profile.toml")).expect("init wrote a profile");
        let profile: Profile = toml::from_str(&text).expect("the profile is TOML");
        let ca = std::fs::read(self.data().join(profile.ca)).expect("the profile names a certificate");
        let channel = Endpoint::from_shared(profile.endpoint)
            .and_then(|endpoint| {
                endpoint.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)))
            })
            .expect("the profile names an endpoint")
            .connect_lazy();
        let bearer = Bearer(format!("Bearer {}", profile.token).parse().expect("a token is ASCII"));
        Desk::new(InterceptedService::new(channel, bearer))
    }

    /// The office's data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder beside the data directory, for what a test needs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The office's handle.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// Where peers dial it.
    #[must_use]
    pub fn peer_address(&self) -> String {
        format!("127.0.0.1:{}", self.peer_port)
    }

    /// Where its API listens.
    #[must_use]
    pub fn api_address(&self) -> String {
        format!("127.0.0.1:{}", self.api_port)
    }
}

impl Desk {
    fn new(line: Line) -> Self {
        Self {
            needs: api::need_service_client::NeedServiceClient::new(line.clone()),
            offers: api::offer_service_client::OfferServiceClient::new(line.clone()),
            requisitions: api::requisition_service_client::RequisitionServiceClient::new(line.clone()),
            commitments: api::commitment_service_client::CommitmentServiceClient::new(line.clone()),
            matches: api::match_service_client::MatchServiceClient::new(line.clone()),
            desk: api::desk_service_client::DeskServiceClient::new(line.clone()),
            federation: admin::federation_service_client::FederationServiceClient::new(line.clone()),
            peers: admin::peer_service_client::PeerServiceClient::new(line.clone()),
            status: admin::status_service_client::StatusServiceClient::new(line),
        }
    }
}

impl Drop for City {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(30).collect();
            for line in tail.iter().rev() {
                // The test has failed: its reader wants to know what the office said last.
                std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{}: {line}\n", self.handle))
                    .ok();
            }
        }
        self.kill();
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A port that is free now. The office binds it a moment later; whoever takes it meanwhile fails the test loudly.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}
