//! From a URL to a database: the one place that knows how each kind is opened.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use url::Url;

use crate::db::{Db, Dialect};

/// How many readers a SQLite file has, and how many connections a server's pool may open.
const CONNECTIONS: u32 = 4;
const SERVER_CONNECTIONS: u32 = 10;

/// How long a request waits for a free connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements kept prepared on each connection; a service has fewer.
const STATEMENTS: usize = 400;

/// Opens the database of a service, making it where it does not exist.
///
/// `url` is `sqlite://PATH`, `postgres://…/NAME` or `mysql://…/NAME`; `{service}` in it stands for
/// the service's name.
pub async fn connect(url: &str, service: &str) -> anyhow::Result<Db> {
    let url = url.replace("{service}", service);
    let scheme = url.split(':').next().unwrap_or_default().to_owned();
    match scheme.as_str() {
        "sqlite" => sqlite(&url).await,
        "postgres" | "postgresql" => postgres(&url).await,
        "mysql" | "mariadb" => mysql(&url).await,
        _ => anyhow::bail!(
            "\"{scheme}:\" is no database that is known here; use sqlite://, postgres:// or mysql://"
        ),
    }
}

async fn sqlite(url: &str) -> anyhow::Result<Db> {
    let path = url.trim_start_matches("sqlite://");
    if let Some(folder) = std::path::Path::new(path).parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
        .pragma("cache_size", "-4096")
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let pool = |most: u32| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let writer = pool(1).connect_with(options.clone()).await?;
    assert_durable(&writer).await?;
    let readers = pool(CONNECTIONS).connect_lazy_with(options.pragma("query_only", "on"));
    Ok(Db::sqlite(
        SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
        SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
    ))
}

/// Nothing acknowledged may be lost, so the file must really be in the mode that was asked for: a
/// file system without shared memory silently stays out of it.
async fn assert_durable(pool: &sqlx::SqlitePool) -> anyhow::Result<()> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await?;
    const FULL: i64 = 2;
    anyhow::ensure!(
        mode == "wal" && synchronous == FULL,
        "SQLite is in journal mode {mode} with synchronous {synchronous}; wal with 2 is needed, \
         so keep the data directory on a local file system"
    );
    Ok(())
}

async fn postgres(url: &str) -> anyhow::Result<Db> {
    let options = PgConnectOptions::from_str(url)?
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let name = database_name(url)?;
    let mut maintenance = options.clone().database("postgres").connect().await?;
    let known: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut maintenance)
        .await?;
    if known.is_none() {
        // C collation: text compares by code point, as on the other two.
        let create = format!(
            "CREATE DATABASE \"{name}\" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        );
        create_unless_there(
            sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut maintenance).await,
        )?;
    }
    maintenance.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(SERVER_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    Ok(Db::server(Dialect::Postgres, SqlxPostgresConnector::from_sqlx_postgres_pool(pool)))
}

async fn mysql(url: &str) -> anyhow::Result<Db> {
    let url = url.replacen("mariadb:", "mysql:", 1);
    let options = MySqlConnectOptions::from_str(&url)?
        .charset("utf8mb4")
        .collation("utf8mb4_bin")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let name = database_name(&url)?;
    let mut maintenance = options.clone().database("mysql").connect().await?;
    let create =
        format!("CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut maintenance).await?;
    maintenance.close().await?;
    let pool = MySqlPoolOptions::new()
        .max_connections(SERVER_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    Ok(Db::server(Dialect::Mysql, SqlxMySqlConnector::from_sqlx_mysql_pool(pool)))
}

/// Two replicas that start together both find the database missing; one of them makes it.
fn create_unless_there<T>(created: Result<T, sqlx::Error>) -> anyhow::Result<()> {
    const DUPLICATE_DATABASE: &str = "42P04";
    const UNIQUE_VIOLATION: &str = "23505";
    match created {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(e))
            if matches!(e.code().as_deref(), Some(DUPLICATE_DATABASE | UNIQUE_VIOLATION)) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The database's name in a URL, which must be plain since it goes into `CREATE DATABASE`.
fn database_name(url: &str) -> anyhow::Result<String> {
    let parsed = Url::parse(url)?;
    let name = parsed.path().trim_start_matches('/').to_owned();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    anyhow::ensure!(
        plain,
        "\"{name}\" is no database name; end the URL with letters, digits and underscores, \
         such as /expense_{{service}}"
    );
    Ok(name)
}
