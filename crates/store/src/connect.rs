//! From a URL to a database: the one place that knows how each kind is opened.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlPoolOptions};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Database, Executor, Pool};
use url::Url;

use crate::config::Config;
use crate::db::{Db, Dialect};

/// How many readers a SQLite file has.
const SQLITE_READERS: u32 = 4;

/// Statements kept prepared on each connection; a service has fewer.
const STATEMENTS: usize = 400;

/// Opens the database of a service, making it where it does not exist.
///
/// `url` is `sqlite://PATH`, `postgres://…/NAME` or `mysql://…/NAME`; `{service}` in it stands for
/// the service's name. A server that does not answer yet is waited for as long as a request would
/// wait for a connection.
pub async fn connect(url: &str, service: &str, config: &Config) -> anyhow::Result<Db> {
    let url = url.replace("{service}", service);
    let scheme = url.split(':').next().unwrap_or_default().to_owned();
    match scheme.as_str() {
        "sqlite" => sqlite(&url, config).await,
        "postgres" | "postgresql" => postgres(&url, config).await,
        "mysql" | "mariadb" => mysql(&url, config).await,
        _ => anyhow::bail!(
            "\"{scheme}:\" is no database that is known here; use sqlite://, postgres:// or mysql://"
        ),
    }
}

async fn sqlite(url: &str, config: &Config) -> anyhow::Result<Db> {
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
            .acquire_timeout(config.acquire_timeout())
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let writer = pool(1).connect_with(options.clone()).await?;
    assert_durable(&writer).await?;
    let readers = pool(SQLITE_READERS).connect_lazy_with(options.pragma("query_only", "on"));
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

async fn postgres(url: &str, config: &Config) -> anyhow::Result<Db> {
    let options = PgConnectOptions::from_str(url)?
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let name = database_name(url)?;
    let limits = format!(
        "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}",
        config.statement_timeout_ms, config.idle_in_transaction_timeout_ms
    );
    let pool: PgPoolOptions = server_pool(config, limits);
    let pool = pool.connect_lazy_with(options.clone());
    match first_connection(&pool, &options, config).await {
        Err(error) if is_missing(&error) => create_postgres(&options, &name).await?,
        outcome => outcome?,
    }
    Ok(Db::server(Dialect::Postgres, SqlxPostgresConnector::from_sqlx_postgres_pool(pool)))
}

async fn create_postgres(options: &PgConnectOptions, name: &str) -> anyhow::Result<()> {
    // C collation: text compares by code point, as on the other two.
    let create = format!(
        "CREATE DATABASE \"{name}\" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    );
    let mut maintenance = options.clone().database("postgres").connect().await?;
    let created = sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut maintenance).await;
    maintenance.close().await?;
    unless_there(created)
}

async fn mysql(url: &str, config: &Config) -> anyhow::Result<Db> {
    let url = url.replacen("mariadb:", "mysql:", 1);
    let options = MySqlConnectOptions::from_str(&url)?
        .charset("utf8mb4")
        .collation("utf8mb4_bin")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let name = database_name(&url)?;
    let seconds = |ms: u32| Duration::from_millis(u64::from(ms)).as_secs_f64();
    // What MariaDB alone reads stands in its own kind of comment, what MySQL alone reads in the
    // other: MariaDB skips those of versions that it never had.
    let limits = format!(
        "SET @limits = 1 \
         /*M! , SESSION max_statement_time = {} , SESSION idle_transaction_timeout = {:.0} */ \
         /*!50708 , SESSION max_execution_time = {} */",
        seconds(config.statement_timeout_ms),
        seconds(config.idle_in_transaction_timeout_ms).ceil(),
        config.statement_timeout_ms
    );
    let pool: MySqlPoolOptions = server_pool(config, limits);
    let pool = pool.connect_lazy_with(options.clone());
    match first_connection(&pool, &options, config).await {
        Err(error) if is_missing(&error) => create_mysql(&url, &name).await?,
        outcome => outcome?,
    }
    Ok(Db::server(Dialect::Mysql, SqlxMySqlConnector::from_sqlx_mysql_pool(pool)))
}

async fn create_mysql(url: &str, name: &str) -> anyhow::Result<()> {
    let mut without_name = Url::parse(url)?;
    without_name.set_path("");
    let mut maintenance = MySqlConnectOptions::from_str(without_name.as_str())?.connect().await?;
    let create =
        format!("CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut maintenance).await?;
    Ok(maintenance.close().await?)
}

/// A pool whose connections begin with a statement that sets what the server itself enforces.
///
/// A connection that broke is found out before it is lent, and a server that refuses is tried again
/// with growing pauses until the time to acquire is over.
fn server_pool<DB: Database>(config: &Config, limits: String) -> PoolOptions<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    PoolOptions::new()
        .max_connections(config.connections)
        .acquire_timeout(config.acquire_timeout())
        .after_connect(move |connection: &mut DB::Connection, _| {
            let limits = limits.clone();
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(limits))).await?;
                Ok(())
            })
        })
}

/// Opens the first connection, so that a wrong address stops the start.
async fn first_connection<DB: Database>(
    pool: &Pool<DB>,
    options: &<DB::Connection as Connection>::Options,
    config: &Config,
) -> Result<(), sqlx::Error> {
    match pool.acquire().await {
        Ok(_) => Ok(()),
        // The pool says only that it waited in vain; one more try says for what.
        Err(sqlx::Error::PoolTimedOut) => {
            let again = tokio::time::timeout(config.acquire_timeout(), options.connect());
            again.await.map_err(|_| sqlx::Error::PoolTimedOut)?.map(drop)
        }
        Err(error) => Err(error),
    }
}

/// True where the server answers and has no database of this name.
fn is_missing(error: &sqlx::Error) -> bool {
    const POSTGRES: &str = "3D000";
    const MYSQL: u16 = 1049;
    let Some(error) = error.as_database_error() else { return false };
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => error.number() == MYSQL,
        None => error.code().as_deref() == Some(POSTGRES),
    }
}

/// Two replicas that start together both find the database missing; one of them makes it.
fn unless_there<T>(created: Result<T, sqlx::Error>) -> anyhow::Result<()> {
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
pub(crate) fn database_name(url: &str) -> anyhow::Result<String> {
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
