//! Runs a test body on SQLite, and on PostgreSQL when `QUINCE_TEST_POSTGRES` names a server.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};

use quince_node::store::Database;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

const SERVER: &str = "QUINCE_TEST_POSTGRES";

static SKIPPED: Once = Once::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Which database a body runs on; it makes as many as it needs.
#[derive(Clone)]
pub(crate) struct Server {
    postgres: Option<PgConnectOptions>,
    made: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A database of its own for one store.
    pub(crate) async fn database(&self) -> Database {
        let Some(server) = &self.postgres else { return Database::Sqlite };
        let name = format!("quince_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(server, &format!("CREATE DATABASE {name}")).await;
        let url = server.clone().database(&name).to_url_lossy().to_string();
        self.made.lock().unwrap().push(name);
        Database::Postgres { url, migrate: false }
    }

    async fn drop_all(&self) {
        let Some(server) = &self.postgres else { return };
        let made = std::mem::take(&mut *self.made.lock().unwrap());
        for name in made {
            run(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn run(server: &PgConnectOptions, statement: &str) {
    let mut connection = server.connect().await.unwrap();
    // The text contains nothing but a name that this file made up.
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

/// Runs the body on each database there is.
pub(crate) fn on_both<F: Future<Output = ()>>(body: impl Fn(Server) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(body(Server { postgres: None, made: Arc::default() }));
    let Some(url) = env::var_os(SERVER) else {
        SKIPPED.call_once(report_skipped);
        return;
    };
    let postgres = url.to_str().unwrap().parse().unwrap();
    let server = Server { postgres: Some(postgres), made: Arc::default() };
    runtime.block_on(async {
        body(server.clone()).await;
        server.drop_all().await;
    });
}

#[expect(clippy::print_stderr, reason = "whoever runs the suite is to see that half of it was left out")]
fn report_skipped() {
    eprintln!("skipped on PostgreSQL: {SERVER} is not set");
}
