//! The reference pipeline: the least that copies signed, durable records between two SQLite files over mutual TLS. It
//! has no rules, no query tables and no API; it shows what the machine can do.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use quince_tests::port;
use tempfile::TempDir;

use crate::figures::Figures;
use crate::ours::{AWAY, SINGLE_PAUSE, SINGLES};
use crate::process::received_from;
use crate::stopwatch;

/// How long its server may take to listen.
const START_MAX: Duration = Duration::from_secs(20);

/// Between two looks at a server that starts or a client that connects.
const LOOK_PAUSE: Duration = Duration::from_millis(5);

/// Its variant: sealed batches of 100, rusqlite, one signature each, full durability, group commit of 16 batches.
const WRITER: [&str; 4] = ["100", "rusqlite", "aws", "FULL"];
const GROUP: [&str; 2] = ["none", "16"];

/// The built pipeline and its files.
#[derive(Debug)]
pub(crate) struct Reference {
    program: PathBuf,
    folder: TempDir,
    records: u64,
}

/// A server of it; stops when dropped.
struct Server {
    process: Child,
    port: String,
}

impl Reference {
    /// Builds it and makes its source database.
    pub(crate) fn build(checkout: &Path, records: u64) -> Result<Self> {
        let here = std::env::current_exe()?;
        let target = here.parent().context("the bench lies in a folder")?.join("reference");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--bin", "node", "--target-dir"]).arg(&target);
        succeed(cargo.arg("--manifest-path").arg(checkout.join("Cargo.toml")))?;
        let reference = Self { program: target.join("release/node"), folder: tempfile::tempdir()?, records };
        succeed(reference.command(&["certs"]).arg(reference.file("certs")))?;
        let source = reference.file("source.db");
        succeed(reference.command(&["init"]).arg(source).args([&records.to_string(), "seal"]))?;
        Ok(reference)
    }

    /// One run: everything, then what changed meanwhile, then single changes.
    pub(crate) fn run(&mut self) -> Result<Figures> {
        for old in ["a.db", "a.db-wal", "a.db-shm", "b.db", "b.db-wal", "b.db-shm"] {
            if self.file(old).exists() {
                std::fs::remove_file(self.file(old))?;
            }
        }
        std::fs::copy(self.file("source.db"), self.file("a.db"))?;
        let server = self.serve()?;
        let (initial_s, told) = timed(&mut self.pull(&server, self.records))?;
        self.append(&server, AWAY, Duration::ZERO)?;
        let (incremental_s, _) = timed(&mut self.pull(&server, AWAY))?;

        let waiting = self.pull(&server, SINGLES).stdout(Stdio::piped()).spawn()?;
        let began = stopwatch::start();
        while received_from(&server.port).is_none() && began.elapsed() < START_MAX {
            std::thread::sleep(LOOK_PAUSE);
        }
        self.append(&server, SINGLES, SINGLE_PAUSE)?;
        let singles = String::from_utf8(waiting.wait_with_output()?.stdout)?;
        Ok(Figures {
            initial_s,
            records_per_s: self.records as f64 / initial_s,
            source_cpu_s_per_million: number(&told, "server ")?,
            receiver_cpu_s_per_million: number(&told, "cpu client ")?,
            wire_bytes_per_record: Some(number(&told, "wire ")?),
            receiver_peak_mib: Some(number(&told, "rss ")?),
            incremental_s,
            change_p50_ms: number(&singles, "p50 ")?,
            change_p99_ms: number(&singles, "p99 ")?,
            answered_change_p50_ms: None,
            loaded_change_p50_ms: None,
            loaded_change_p99_ms: None,
        })
    }

    fn serve(&self) -> Result<Server> {
        let port = port::free().to_string();
        let mut command = self.command(&["serve"]);
        command.arg(self.file("a.db")).arg(&port).arg(self.file("certs")).args(["seal", "aws"]);
        let mut server = Server { process: command.spawn()?, port };
        let began = stopwatch::start();
        while TcpStream::connect(format!("127.0.0.1:{}", server.port)).is_err() {
            if began.elapsed() > START_MAX || server.process.try_wait()?.is_some() {
                bail!("the server does not listen on port {}", server.port);
            }
            std::thread::sleep(LOOK_PAUSE);
        }
        Ok(server)
    }

    /// The command that copies so many records and ends.
    fn pull(&self, server: &Server, records: u64) -> Command {
        let mut command = self.command(&["pull"]);
        command.arg(self.file("b.db")).arg(&server.port).arg(self.file("certs")).args(["seal", "aws"]);
        command.arg(records.to_string()).args(WRITER).arg(server.process.id().to_string()).args(GROUP);
        command
    }

    fn append(&self, server: &Server, records: u64, pause: Duration) -> Result<String> {
        let mut command = self.command(&["append", &server.port]);
        command.arg(self.file("certs")).args(["aws", &records.to_string(), &pause.as_micros().to_string()]);
        succeed(&mut command)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words);
        command
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn timed(command: &mut Command) -> Result<(f64, String)> {
    let began = stopwatch::start();
    let told = succeed(command)?;
    Ok((began.elapsed().as_secs_f64(), told))
}

fn succeed(command: &mut Command) -> Result<String> {
    let done = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?}"))?;
    if !done.status.success() {
        bail!("{command:?} ended with {}", done.status);
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// The number behind a word of its report.
fn number(told: &str, word: &str) -> Result<f64> {
    let (_, rest) =
        told.split_once(word).with_context(|| format!("expected `{word}` in its report: {told}"))?;
    let digits = rest.split(' ').next().unwrap_or_default();
    digits.parse().with_context(|| format!("expected a number after `{word}`: {told}"))
}
