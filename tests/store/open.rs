//! Opening: locks, migrations, refusals.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quince_node::store::{Access, Database, Meta, Store, StoreConfig, StoreError};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use crate::city::City;
use crate::codec::Remembering;
use crate::database::on_both;
use quince_tests::samples::need;

fn migrations(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../node/migrations").join(database)
}

fn file_names(database: &str) -> Vec<String> {
    let files = fs::read_dir(migrations(database)).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The newest migration of this program.
fn known() -> usize {
    file_names("sqlite").len()
}

/// Runs a statement that is the same for both databases, beside the store.
async fn execute(config: &StoreConfig, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    match &config.database {
        Database::Sqlite => {
            let options = SqliteConnectOptions::new().filename(config.data_dir.join("quince.db"));
            options.connect().await.unwrap().execute(statement).await.unwrap();
        }
        Database::Postgres { url, .. } => {
            let options: PgConnectOptions = url.parse().unwrap();
            options.connect().await.unwrap().execute(statement).await.unwrap();
        }
    }
}

/// Makes a database as the release of the first migration left it.
async fn begin_with_first_migration(config: &StoreConfig) {
    let sqlite = config.database == Database::Sqlite;
    let folder = tempfile::tempdir().unwrap();
    let all = migrations(if sqlite { "sqlite" } else { "postgres" });
    fs::copy(all.join("0001_node.sql"), folder.path().join("0001_node.sql")).unwrap();
    let first = Migrator::new(folder.path()).await.unwrap();
    match &config.database {
        Database::Sqlite => {
            let options = SqliteConnectOptions::new().filename(config.data_dir.join("quince.db"));
            first.run(&mut options.create_if_missing(true).connect().await.unwrap()).await.unwrap();
        }
        Database::Postgres { url, .. } => {
            let options: PgConnectOptions = url.parse().unwrap();
            first.run(&mut options.connect().await.unwrap()).await.unwrap();
        }
    }
}

fn codec() -> Arc<Remembering> {
    Arc::default()
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(file_names("sqlite"), file_names("postgres"));
    for (place, name) in (1..).zip(file_names("sqlite")) {
        assert!(name.starts_with(&format!("{place:04}_")), "{name} is not number {place}");
    }
}

#[test]
fn a_database_of_a_newer_program_is_refused_by_name() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &codec()).await;
        city.store.close().await;
        let City { store, config, .. } = city;
        drop(store);
        fs::create_dir_all(&config.data_dir).unwrap();
        let known = known();
        let found = known + 2;
        execute(&config, &format!("UPDATE _sqlx_migrations SET version = {found} WHERE version = {known}"))
            .await;
        let refused = Store::open(config, codec()).await.unwrap_err();
        let expected = format!("database has migration {found} newer than this binary knows ({known})");
        assert!(refused.to_string().starts_with(&expected), "{refused}");
    });
}

#[test]
fn an_older_sqlite_database_is_copied_before_it_is_migrated_and_an_older_postgres_waits_for_the_operator() {
    on_both(|server| async move {
        let dir = tempfile::tempdir().unwrap();
        let database = server.database().await;
        let data_dir = dir.path().to_owned();
        let config = StoreConfig { data_dir, database, access: Access::Node, fresh_token: [1; 16] };
        begin_with_first_migration(&config).await;
        let sqlite = config.database == Database::Sqlite;
        execute(
            &config,
            if sqlite {
                "INSERT INTO meta (name, value) VALUES ('handle', X'616263')"
            } else {
                "INSERT INTO meta (name, value) VALUES ('handle', 'abc')"
            },
        )
        .await;
        let beside = StoreConfig { access: Access::Beside, ..config.clone() };
        let refused = Store::open(beside, codec()).await.unwrap_err();
        assert!(matches!(refused, StoreError::NeedsMigration { found: 1, .. }), "{refused}");
        let config = match &config.database {
            Database::Sqlite => config,
            Database::Postgres { url, .. } => {
                let refused = Store::open(config.clone(), codec()).await.unwrap_err();
                assert!(refused.to_string().contains("pg_dump"), "{refused}");
                let database = Database::Postgres { url: url.clone(), migrate: true };
                StoreConfig { database, ..config }
            }
        };
        let store = Store::open(config.clone(), codec()).await.unwrap();
        assert_eq!(store.view().await.unwrap().meta(Meta::Handle).await.unwrap(), Some(b"abc".to_vec()));
        assert_eq!(dir.path().join("quince.db.before-migration-2").exists(), sqlite);
    });
}

#[test]
fn two_nodes_never_open_one_data_directory_but_a_command_may_work_beside_one() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &codec()).await;
        let refused = Store::open(city.config.clone(), codec()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Locked(_)), "{refused}");
        let beside = StoreConfig { access: Access::Beside, ..city.config.clone() };
        let store = Store::open(beside, codec()).await.unwrap();
        let mut tx = store.begin_write().await.unwrap();
        tx.put_meta(Meta::Joining, b"written beside").await.unwrap();
        tx.commit().await.unwrap();
        let mut view = city.store.view().await.unwrap();
        assert_eq!(view.meta_text(Meta::Joining).await.unwrap().as_deref(), Some("written beside"));
        assert!(store.read_only().is_some() && city.store.read_only().is_none());
    });
}

#[test]
fn the_store_token_stays_over_a_restart() {
    on_both(|server| async move {
        let mut city = City::found(&server, "isfahan", &codec()).await;
        city.config.fresh_token = [77; 16];
        let city = city.reopen().await;
        let token = city.store.view().await.unwrap().meta(Meta::StoreToken).await.unwrap();
        assert_eq!(token, Some(vec![1; 16]));
    });
}

#[test]
fn a_moved_log_begins_anew_and_a_reader_of_before_is_not_waited_for() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let log = async |city: &City| {
            let file = tokio::fs::metadata(city.path("quince.db-wal")).await;
            file.map_or(0, |file| file.len())
        };
        for round in 0..20 {
            city.create(need(&round.to_string(), "mask", 1)).await;
        }
        let mut before = city.store.view().await.unwrap();
        let counted = before.counts().await.unwrap();
        city.create(need("gloves", "glove", 1)).await;
        city.store.checkpoint().await.unwrap();
        assert_eq!(before.counts().await.unwrap(), counted, "the view is what it was");
        drop(before);
        city.store.checkpoint().await.unwrap();
        let long = log(&city).await;
        for round in 0..20 {
            city.create(need(&round.to_string(), "gown", 1)).await;
        }
        assert_eq!(long > 0, city.is_sqlite());
        assert!(log(&city).await <= long * 11 / 10, "{} bytes after {long}", log(&city).await);
        assert_eq!(city.everything().await.len(), 41);
    });
}
