//! PostgreSQL's logical replication of the same rows between two local servers: what an office can have that has a database
//! administrator. TLS; the subscriber's commits do not wait for its disk, as it is by default. It streams what was written while the
//! subscription was off, as a node sends what another one has missed; it signs and checks nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use quince_tests::port;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::figures::{Figures, percentile};
use crate::ours::{AWAY, SINGLE_PAUSE, SINGLES};
use crate::process::Process;
use crate::sample::Needs;
use crate::stopwatch;

/// Where the distributions of Linux put the servers' programs, under their versions.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// Whom a server runs as that is started by root, which it refuses to run as.
const NOBODY: u32 = 65_534;

/// What can be asked of a record at a node: what its tables have as columns, and by what they find it.
const SCHEMA: &str = "CREATE TABLE record (kind bigint, owner text COLLATE \"C\", number bigint, revision bigint NOT NULL, \
        leaf_hash bytea NOT NULL, audience text NOT NULL, feed bigint NOT NULL, idx bigint NOT NULL, state text NOT NULL, \
        items text NOT NULL, urgency bigint NOT NULL, changed bigint NOT NULL, header bytea NOT NULL, body bytea NOT NULL, \
        PRIMARY KEY (kind, owner, number)); \
    ALTER TABLE record ALTER COLUMN body SET STORAGE EXTERNAL; \
    CREATE INDEX by_changed ON record (changed); CREATE UNIQUE INDEX by_entry ON record (feed, idx)";

const INSERT: &str = "INSERT INTO record SELECT 1, 'quanzhou', n, 1, sha256(b), 'federation', 1, n, 'open', items, 3, n, \
        substr(sha512(b) || sha512(b), 1, 72), b \
    FROM UNNEST($1::bigint[], $2::bytea[], $3::text[]) r(n, b, items)";

/// Rows of one transaction at the publisher: a tile.
const ROWS: usize = 256;

/// The bodies repeat after so many: to make them costs more than to insert them.
const BODIES: usize = 4_096;

/// Between two looks at the subscriber, where much is waited for.
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// More write-ahead log than the rows of a run make, so that none of it is removed in the middle.
const SETTINGS: &[&str] = &[
    "listen_addresses='127.0.0.1'",
    "wal_level=logical",
    "ssl=on",
    "max_wal_size=4GB",
    "shared_buffers=256MB",
    "autovacuum=off",
];

/// The two servers.
#[derive(Debug)]
pub(crate) struct Logical {
    publisher: Server,
    subscriber: Server,
    records: u64,
    written: u64,
    bodies: Vec<(Vec<u8>, String)>,
    _folder: TempDir,
}

/// One server; stops when dropped.
#[derive(Debug)]
struct Server {
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    /// This process is root's.
    as_nobody: bool,
}

impl Logical {
    /// Sets both up, with the table and the subscription between them.
    pub(crate) async fn prepare(records: u64) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("quince-logical").tempdir()?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let (publisher, subscriber) =
            (Server::start(folder.path(), "publisher")?, Server::start(folder.path(), "subscriber")?);
        for server in [&publisher, &subscriber] {
            server.execute(SCHEMA).await?;
        }
        publisher.execute("CREATE PUBLICATION all_records FOR TABLE record").await?;
        let port = publisher.port;
        let subscribe = format!(
            "CREATE SUBSCRIPTION all_records CONNECTION 'host=127.0.0.1 port={port} user=postgres dbname=postgres \
             sslmode=require' PUBLICATION all_records WITH (copy_data = false)"
        );
        subscriber.execute(&subscribe).await?;
        let mut needs = Needs::from_seed(0);
        let body = |_| {
            let record = needs.next().record.expect("a need has a record");
            let items: Vec<&str> = record.lines.iter().map(|line| line.item.as_str()).collect();
            (record.encode_to_vec(), items.join(" "))
        };
        let bodies = (0..BODIES).map(body).collect();
        Ok(Self { publisher, subscriber, records, written: 0, bodies, _folder: folder })
    }

    /// One run: everything, then what was written while the subscription was off, then single changes.
    pub(crate) async fn run(&mut self) -> Result<Figures> {
        self.publisher.execute("TRUNCATE record").await?;
        self.arrived(0).await?;
        self.written = 0;
        let (publisher, subscriber) = (self.publisher.process()?, self.subscriber.process()?);
        self.miss(self.records).await?;
        let before = (publisher.tree_cpu_s()?, subscriber.tree_cpu_s()?);
        let initial_s = self.catch_up().await?;
        let per_million = 1e6 / self.records as f64;
        let source_cpu_s_per_million = (publisher.tree_cpu_s()? - before.0) * per_million;
        let receiver_cpu_s_per_million = (subscriber.tree_cpu_s()? - before.1) * per_million;
        self.miss(AWAY).await?;
        let incremental_s = self.catch_up().await?;
        let mut ways = self.singles().await?;
        Ok(Figures {
            initial_s,
            records_per_s: self.records as f64 / initial_s,
            source_cpu_s_per_million,
            receiver_cpu_s_per_million,
            wire_bytes_per_record: None,
            receiver_peak_mib: None,
            incremental_s,
            change_p50_ms: percentile(&mut ways, 0.5).context("a change")?,
            change_p99_ms: percentile(&mut ways, 0.99).context("a change")?,
            answered_change_p50_ms: None,
            loaded_change_p50_ms: None,
            loaded_change_p99_ms: None,
        })
    }

    /// Writes rows while the subscription is off.
    async fn miss(&mut self, rows: u64) -> Result<()> {
        self.subscriber.execute("ALTER SUBSCRIPTION all_records DISABLE").await?;
        let mut publisher = self.publisher.connect().await?;
        let end = self.written + rows;
        while self.written < end {
            let count = (end - self.written).min(ROWS as u64);
            self.insert(&mut publisher, count).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, publisher: &mut PgConnection, count: u64) -> Result<()> {
        let numbers: Vec<i64> =
            (self.written..self.written + count).map(i64::try_from).collect::<Result<_, _>>()?;
        let rows = || {
            numbers
                .iter()
                .zip(self.bodies.iter().cycle().skip(usize::try_from(self.written).unwrap_or(0) % BODIES))
        };
        let bodies: Vec<&[u8]> = rows().map(|(_, (body, _))| body.as_slice()).collect();
        let items: Vec<&str> = rows().map(|(_, (_, items))| items.as_str()).collect();
        sqlx::query(INSERT).bind(&numbers).bind(bodies).bind(items).execute(publisher).await?;
        self.written += count;
        Ok(())
    }

    /// Seconds from switching the subscription on until the subscriber tells all rows.
    async fn catch_up(&mut self) -> Result<f64> {
        let began = stopwatch::start();
        self.subscriber.execute("ALTER SUBSCRIPTION all_records ENABLE").await?;
        self.arrived(self.written).await?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// Waits until the subscriber tells so many rows.
    async fn arrived(&self, rows: u64) -> Result<()> {
        let (mut subscriber, rows) = (self.subscriber.connect().await?, i64::try_from(rows)?);
        // The newest is there first, which costs less to ask than how many there are.
        let newest = "SELECT COALESCE(MAX(changed), -1) + 1 FROM record";
        while sqlx::query_scalar::<_, i64>(newest).fetch_one(&mut subscriber).await? != rows {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM record").fetch_one(&mut subscriber).await?;
        ensure!(all == rows, "the subscriber has {all} rows, expected {rows}");
        Ok(())
    }

    /// Milliseconds from the statement that inserts a row until the subscriber, asked again and again, tells it.
    async fn singles(&mut self) -> Result<Vec<f64>> {
        let (mut publisher, mut subscriber) =
            (self.publisher.connect().await?, self.subscriber.connect().await?);
        let mut ways = Vec::new();
        for _ in 0..SINGLES {
            tokio::time::sleep(SINGLE_PAUSE).await;
            let (began, number) = (stopwatch::start(), i64::try_from(self.written)?);
            self.insert(&mut publisher, 1).await?;
            let told = "SELECT number FROM record WHERE kind = 1 AND owner = 'quanzhou' AND number = $1";
            let mut found: Option<i64> = None;
            while found.is_none() {
                found = sqlx::query_scalar(told).bind(number).fetch_optional(&mut subscriber).await?;
            }
            ways.push(began.elapsed().as_secs_f64() * 1e3);
        }
        Ok(ways)
    }
}

impl Server {
    fn start(folder: &Path, name: &str) -> Result<Self> {
        let programs = newest_programs()?;
        let data = folder.join(name);
        fs::create_dir(&data)?;
        let as_nobody = fs::metadata(&data)?.uid() == 0;
        let server = Self { programs, data: data.clone(), port: port::free(), as_nobody };
        server.hand_over(&data)?;
        server.run("initdb", &["-U", "postgres", "-A", "trust", "--locale=C.UTF-8"])?;
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        for (file, text) in
            [("server.crt", pair.cert.pem()), ("server.key", pair.signing_key.serialize_pem())]
        {
            fs::write(data.join(file), text)?;
            fs::set_permissions(data.join(file), Permissions::from_mode(0o600))?;
            server.hand_over(&data.join(file))?;
        }
        let mut settings = SETTINGS.join("\n");
        settings.push_str(&format!("\nport={}\nunix_socket_directories='{}'\n", server.port, data.display()));
        let file = data.join("postgresql.conf");
        fs::write(&file, fs::read_to_string(&file)? + &settings)?;
        let log = data.join("log");
        server.run("pg_ctl", &["-w", "-l", log.to_str().context("a path that is text")?, "start"])?;
        Ok(server)
    }

    /// Gives a file to whom the server runs as.
    fn hand_over(&self, file: &Path) -> Result<()> {
        if self.as_nobody {
            chown(file, Some(NOBODY), Some(NOBODY))?;
        }
        Ok(())
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<()> {
        let program = self.programs.join(program);
        let mut command = if self.as_nobody {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // What is in the home of whoever started it is not for it to read.
        command
            .env("HOME", &self.data)
            .arg("-D")
            .arg(&self.data)
            .args(words)
            .stdout(std::process::Stdio::null());
        let done = command.status().with_context(|| format!("{}", program.display()))?;
        ensure!(done.success(), "{} ended with {done}", program.display());
        Ok(())
    }

    async fn connect(&self) -> Result<PgConnection> {
        let options = PgConnectOptions::new().socket(&self.data).port(self.port).username("postgres");
        Ok(options.database("postgres").connect().await?)
    }

    async fn execute(&self, text: &str) -> Result<()> {
        let mut connection = self.connect().await?;
        // Made of constants and of a port.
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    fn process(&self) -> Result<Process> {
        let file = fs::read_to_string(self.data.join("postmaster.pid"))?;
        Ok(Process::numbered(file.lines().next().context("a process id")?.parse()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may never have started; then there is nothing to stop.
        let _ = self.run("pg_ctl", &["-m", "immediate", "stop"]);
    }
}

fn newest_programs() -> Result<PathBuf> {
    let versions = fs::read_dir(PROGRAMS).with_context(|| format!("install PostgreSQL; {PROGRAMS}"))?;
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(version);
    Ok(newest.context("no version of PostgreSQL is installed")?.join("bin"))
}
