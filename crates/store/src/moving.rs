//! Putting one database in the place of another, which is how a restore ends.
//!
//! Names are those that stand for `{service}` in the URL, as in [`crate::connect`].

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use crate::connect::database_name;

/// Where databases are, and how one is moved there.
enum Home {
    Folder,
    Postgres,
    Mysql,
}

fn home(url: &str) -> Home {
    match url.split(':').next() {
        Some("postgres" | "postgresql") => Home::Postgres,
        Some("mysql" | "mariadb") => Home::Mysql,
        _ => Home::Folder,
    }
}

/// True where there is a database, be it empty.
pub async fn exists(url: &str, name: &str) -> anyhow::Result<bool> {
    let url = url.replace("{service}", name);
    match home(&url) {
        Home::Folder => Ok(tokio::fs::try_exists(path(&url)).await?),
        Home::Postgres => {
            let (mut conn, name) = postgres(&url).await?;
            let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(name);
            Ok(found.fetch_optional(&mut conn).await?.is_some())
        }
        Home::Mysql => {
            let (mut conn, name) = mysql(&url).await?;
            Ok(!mysql_tables(&mut conn, &name).await?.is_empty())
        }
    }
}

/// Gives a database another name. Nobody may be connected to it.
pub async fn rename(url: &str, from: &str, to: &str) -> anyhow::Result<()> {
    let (from, to) = (url.replace("{service}", from), url.replace("{service}", to));
    match home(&from) {
        Home::Folder => rename_file(&path(&from), &path(&to)).await,
        Home::Postgres => {
            let ((mut conn, from), to) = (postgres(&from).await?, database_name(&to)?);
            let sql = format!("ALTER DATABASE \"{from}\" RENAME TO \"{to}\"");
            Ok(run(&mut conn, sql).await?)
        }
        Home::Mysql => {
            let ((mut conn, from), to) = (mysql(&from).await?, database_name(&to)?);
            rename_mysql(&mut conn, &from, &to).await
        }
    }
}

/// Removes a database that holds nothing of worth.
pub async fn remove(url: &str, name: &str) -> anyhow::Result<()> {
    let url = url.replace("{service}", name);
    match home(&url) {
        Home::Folder => {
            for file in with_companions(&path(&url)) {
                if tokio::fs::try_exists(&file).await? {
                    tokio::fs::remove_file(file).await?;
                }
            }
            Ok(())
        }
        Home::Postgres => {
            let (mut conn, name) = postgres(&url).await?;
            Ok(run(&mut conn, format!("DROP DATABASE IF EXISTS \"{name}\"")).await?)
        }
        Home::Mysql => {
            let (mut conn, name) = mysql(&url).await?;
            Ok(run_mysql(&mut conn, format!("DROP DATABASE IF EXISTS `{name}`")).await?)
        }
    }
}

fn path(url: &str) -> PathBuf {
    PathBuf::from(url.trim_start_matches("sqlite://"))
}

/// A file of SQLite, and what lies beside it where its last user was killed.
fn with_companions(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

async fn rename_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    for (from, to) in with_companions(from).into_iter().zip(with_companions(to)) {
        if tokio::fs::try_exists(&from).await? {
            tokio::fs::rename(from, to).await?;
        }
    }
    Ok(())
}

/// A connection to the server of a database, beside it, with the database's name.
async fn postgres(url: &str) -> anyhow::Result<(PgConnection, String)> {
    let options = PgConnectOptions::from_str(url)?.database("postgres").disable_statement_logging();
    Ok((options.connect().await?, database_name(url)?))
}

async fn run(conn: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.map(drop)
}

async fn mysql(url: &str) -> anyhow::Result<(MySqlConnection, String)> {
    let url = url.replacen("mariadb:", "mysql:", 1);
    let name = database_name(&url)?;
    let mut server = url::Url::parse(&url)?;
    server.set_path("");
    let options = MySqlConnectOptions::from_str(server.as_str())?.disable_statement_logging();
    Ok((options.connect().await?, name))
}

async fn run_mysql(conn: &mut MySqlConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.map(drop)
}

async fn mysql_tables(conn: &mut MySqlConnection, name: &str) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
               WHERE table_schema = ? ORDER BY 1";
    let rows = sqlx::query(sql).bind(name).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// MySQL renames tables, not databases: all of them go over in one statement, which happens or does
/// not.
async fn rename_mysql(conn: &mut MySqlConnection, from: &str, to: &str) -> anyhow::Result<()> {
    wait_until_nobody_uses(conn, from).await?;
    let create =
        format!("CREATE DATABASE IF NOT EXISTS `{to}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    run_mysql(conn, create).await?;
    let tables = mysql_tables(conn, from).await?;
    let moves: Vec<String> =
        tables.iter().map(|table| format!("`{from}`.`{table}` TO `{to}`.`{table}`")).collect();
    if !moves.is_empty() {
        run_mysql(conn, format!("RENAME TABLE {}", moves.join(", "))).await?;
    }
    Ok(run_mysql(conn, format!("DROP DATABASE `{from}`")).await?)
}

/// How long a connection that was closed may take to be gone; PostgreSQL waits as long by itself.
const FAREWELL: Duration = Duration::from_secs(5);

async fn wait_until_nobody_uses(conn: &mut MySqlConnection, name: &str) -> anyhow::Result<()> {
    let sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = ?";
    let deadline = tokio::time::Instant::now() + FAREWELL;
    loop {
        let users: i64 = sqlx::query_scalar(sql).bind(name).fetch_one(&mut *conn).await?;
        if users == 0 {
            return Ok(());
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "database \"{name}\" is being accessed by other users"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests;
