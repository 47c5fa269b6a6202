//! A city office as a process of its own: set up, started, killed, and called through its public API.

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
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

use crate::eventually::eventually;
use crate::port;

/// A channel that carries the office's token.
pub type Line = InterceptedService<Channel, Bearer>;

/// One office. Dropping it kills its process and removes its data.
#[derive(Debug)]
pub struct City {
    handle: String,
    binary: PathBuf,
    folder: PathBuf,
    /// Removes the folder in the end; `None` for one that stays.
    temporary: Option<TempDir>,
    peer_port: u16,
    api_port: u16,
    drill: bool,
    process: Option<Child>,
}

/// Adds the bearer token to each call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

/// What an office is set up with, apart from its name.
#[derive(Debug, Clone, Default)]
pub struct Premises {
    /// Nobody can dial it: it has no peer listener and lives by dialling out.
    pub dials_out_only: bool,
    /// Other offices dial it at this port, behind which a link leads to its listener; `None` for the listener itself.
    pub reached_by: Option<u16>,
    /// A PostgreSQL database; `None` for SQLite in its data directory.
    pub database: Option<String>,
    /// It plays: its business clock can be set, and what it writes is an exercise.
    pub drill: bool,
}

/// The clients of one office.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Parties.
    pub parties: api::party_service_client::PartyServiceClient<Line>,
    /// Items.
    pub items: api::item_service_client::ItemServiceClient<Line>,
    /// Needs.
    pub needs: api::need_service_client::NeedServiceClient<Line>,
    /// Offers.
    pub offers: api::offer_service_client::OfferServiceClient<Line>,
    /// Requisitions.
    pub requisitions: api::requisition_service_client::RequisitionServiceClient<Line>,
    /// Commitments.
    pub commitments: api::commitment_service_client::CommitmentServiceClient<Line>,
    /// Consignments.
    pub consignments: api::consignment_service_client::ConsignmentServiceClient<Line>,
    /// Receipts.
    pub receipts: api::receipt_service_client::ReceiptServiceClient<Line>,
    /// Calls.
    pub calls: api::call_service_client::CallServiceClient<Line>,
    /// Partnerships.
    pub partnerships: api::partnership_service_client::PartnershipServiceClient<Line>,
    /// Messages.
    pub messages: api::message_service_client::MessageServiceClient<Line>,
    /// Reports.
    pub reports: api::report_service_client::ReportServiceClient<Line>,
    /// The history of any record.
    pub history: api::history_service_client::HistoryServiceClient<Line>,
    /// Matches.
    pub matches: api::match_service_client::MatchServiceClient<Line>,
    /// Todos and changes.
    pub desk: api::desk_service_client::DeskServiceClient<Line>,
    /// The federation.
    pub federation: admin::federation_service_client::FederationServiceClient<Line>,
    /// Peers.
    pub peers: admin::peer_service_client::PeerServiceClient<Line>,
    /// Offline files.
    pub offline: admin::offline_service_client::OfflineServiceClient<Line>,
    /// The node at a glance.
    pub status: admin::status_service_client::StatusServiceClient<Line>,
    /// Tokens.
    pub tokens: admin::token_service_client::TokenServiceClient<Line>,
    /// The audit log.
    pub audit: admin::audit_service_client::AuditServiceClient<Line>,
    /// Whether the office serves.
    pub health: HealthClient<Line>,
    /// What the office serves.
    pub reflection: ServerReflectionClient<Line>,
}

#[derive(serde::Deserialize)]
struct Profile {
    endpoint: String,
    ca: PathBuf,
    token: String,
}

impl City {
    /// Sets up an office that can be dialled, on SQLite, without starting it.
    ///
    /// # Panics
    /// When the office cannot be set up.
    #[must_use]
    pub fn set_up(binary: &str, handle: &str, place: &str) -> Self {
        Self::set_up_in(binary, handle, place, &Premises::default())
    }

    /// Sets up an office without starting it.
    ///
    /// # Panics
    /// When the office cannot be set up.
    #[must_use]
    pub fn set_up_in(binary: &str, handle: &str, place: &str, premises: &Premises) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = temporary.path().to_owned();
        let mut city = Self::at(binary, handle, folder, (port::free(), port::free()), premises);
        city.temporary = Some(temporary);
        city.init(place, premises);
        city
    }

    /// Sets up an office in a folder that stays, without starting it, or finds the one that was set up there.
    ///
    /// # Panics
    /// When the office cannot be set up, or the folder holds something else.
    #[must_use]
    pub fn settle(binary: &str, handle: &str, place: &str, premises: &Premises, folder: &Path) -> Self {
        let file = folder.join("ports");
        let known = std::fs::read_to_string(&file).ok();
        let ports: (u16, u16) = known.as_ref().map_or_else(
            || (port::free(), port::free()),
            |text| serde_json::from_str(text).expect("the ports that were written there"),
        );
        let city = Self::at(binary, handle, folder.to_owned(), ports, premises);
        if known.is_none() {
            std::fs::create_dir_all(folder).expect("a folder that can be made");
            city.init(place, premises);
            std::fs::write(file, serde_json::json!(ports).to_string()).expect("a file in an own folder");
        }
        city
    }

    fn at(binary: &str, handle: &str, folder: PathBuf, ports: (u16, u16), premises: &Premises) -> Self {
        Self {
            handle: handle.to_owned(),
            binary: binary.into(),
            folder,
            temporary: None,
            peer_port: ports.0,
            api_port: ports.1,
            drill: premises.drill,
            process: None,
        }
    }

    fn init(&self, place: &str, premises: &Premises) {
        let passphrase = self.folder().join("passphrase");
        std::fs::write(&passphrase, "correct horse battery staple\n").expect("a file in an own folder");
        let mut init = self.command("init");
        init.args(["--handle", &self.handle, "--name", &self.handle, "--place", place, "--peer-allow-local"])
            .args(["--api-listen", &self.api_address()])
            .arg("--recovery-file")
            .arg(self.folder().join("recovery"))
            .arg("--passphrase-file")
            .arg(&passphrase);
        if !premises.dials_out_only {
            let peer = self.peer_address();
            let advertised =
                premises.reached_by.map_or_else(|| peer.clone(), |port| format!("127.0.0.1:{port}"));
            init.args(["--peer-listen", &peer, "--peer-advertise", &advertised]);
        }
        if let Some(database) = &premises.database {
            init.args(["--database", database]);
        }
        carry_out(&mut init);
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
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log"));
        let mut run = self.command("run");
        if self.drill {
            run.arg("--drill");
        }
        let process = run
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

    /// Writes a backup of the database, whether the office runs or not.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn back_up(&self, to: &Path) {
        carry_out(self.command("backup").arg("--to").arg(to));
    }

    /// Puts a backup in the place of the database, as an operator would after a disk broke.
    ///
    /// # Panics
    /// When the office runs, or the files cannot be replaced.
    pub fn restore(&self, backup: &Path) {
        assert!(self.process.is_none(), "{} runs", self.handle);
        for beside in ["quince.db-wal", "quince.db-shm"] {
            let file = self.data().join(beside);
            if file.exists() {
                std::fs::remove_file(file).expect("an own file");
            }
        }
        std::fs::copy(backup, self.database()).expect("own files");
    }

    /// Copies the data directory as it is, under a name.
    ///
    /// # Panics
    /// When the office runs, or its files cannot be copied.
    pub fn keep(&self, name: &str) {
        assert!(self.process.is_none(), "{} runs", self.handle);
        copy_folder(&self.data(), &self.folder().join(name));
    }

    /// Puts a kept data directory in the place of the one that is.
    ///
    /// # Panics
    /// When the office runs, or its files cannot be replaced.
    pub fn bring_back(&self, name: &str) {
        assert!(self.process.is_none(), "{} runs", self.handle);
        std::fs::remove_dir_all(self.data()).expect("an own folder");
        copy_folder(&self.folder().join(name), &self.data());
    }

    /// The clients, with the office's own admin token, on a connection of their own.
    ///
    /// # Panics
    /// When the profile that `init` wrote cannot be read.
    #[must_use]
    pub fn desk(&self) -> Desk {
        self.desk_with(&self.profile().token)
    }

    /// The clients, with another token, on a connection of their own.
    ///
    /// # Panics
    /// When the profile that `init` wrote cannot be read.
    #[must_use]
    pub fn desk_with(&self, token: &str) -> Desk {
        let profile = self.profile();
        let ca = std::fs::read(self.data().join(profile.ca)).expect("the profile names a certificate");
        let channel = Endpoint::from_shared(profile.endpoint)
            .and_then(|endpoint| {
                endpoint.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)))
            })
            .expect("the profile names an endpoint")
            .connect_lazy();
        let bearer = Bearer(format!("Bearer {token}").parse().expect("a token is ASCII"));
        Desk::new(InterceptedService::new(channel, bearer))
    }

    /// The office's data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The file of its SQLite database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data().join("quince.db")
    }

    /// A folder beside the data directory, for what a test needs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
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

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg(verb).arg("--data").arg(self.data());
        command
    }

    fn profile(&self) -> Profile {
        let text = std::fs::read_to_string(self.data().join("profile.toml")).expect("init wrote a profile");
        toml::from_str(&text).expect("the profile is TOML")
    }
}

impl Desk {
    fn new(line: Line) -> Self {
        Self {
            parties: api::party_service_client::PartyServiceClient::new(line.clone()),
            items: api::item_service_client::ItemServiceClient::new(line.clone()),
            needs: api::need_service_client::NeedServiceClient::new(line.clone()),
            offers: api::offer_service_client::OfferServiceClient::new(line.clone()),
            requisitions: api::requisition_service_client::RequisitionServiceClient::new(line.clone()),
            commitments: api::commitment_service_client::CommitmentServiceClient::new(line.clone()),
            consignments: api::consignment_service_client::ConsignmentServiceClient::new(line.clone()),
            receipts: api::receipt_service_client::ReceiptServiceClient::new(line.clone()),
            calls: api::call_service_client::CallServiceClient::new(line.clone()),
            partnerships: api::partnership_service_client::PartnershipServiceClient::new(line.clone()),
            messages: api::message_service_client::MessageServiceClient::new(line.clone()),
            reports: api::report_service_client::ReportServiceClient::new(line.clone()),
            history: api::history_service_client::HistoryServiceClient::new(line.clone()),
            matches: api::match_service_client::MatchServiceClient::new(line.clone()),
            desk: api::desk_service_client::DeskServiceClient::new(line.clone()),
            federation: admin::federation_service_client::FederationServiceClient::new(line.clone()),
            peers: admin::peer_service_client::PeerServiceClient::new(line.clone()),
            offline: admin::offline_service_client::OfflineServiceClient::new(line.clone()),
            status: admin::status_service_client::StatusServiceClient::new(line.clone()),
            tokens: admin::token_service_client::TokenServiceClient::new(line.clone()),
            audit: admin::audit_service_client::AuditServiceClient::new(line.clone()),
            health: HealthClient::new(line.clone()),
            reflection: ServerReflectionClient::new(line),
        }
    }
}

impl Drop for City {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
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

fn carry_out(command: &mut Command) {
    let done = command.output().expect("the binary starts");
    assert!(done.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
}

/// Copies a folder whole, with the modes that keep its secrets.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a new folder");
    for entry in std::fs::read_dir(from).expect("an own folder") {
        let entry = entry.expect("an own folder");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            std::fs::copy(from, to).expect("own files");
        }
    }
    let mode = std::fs::metadata(from).expect("an own folder").permissions();
    std::fs::set_permissions(to, mode).expect("an own folder");
}
