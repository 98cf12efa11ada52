//! For tests: a new, empty database of any kind, and the kinds that this run has.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, Statement};

use crate::db::Db;
use crate::error::Error;

/// The base URLs of this run: SQLite in a folder always, servers where the environment names them
/// (`EXPENSE_TEST_POSTGRES`, `EXPENSE_TEST_MYSQL`, each without a database name).
pub fn urls(folder: &std::path::Path) -> Vec<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let unique = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut urls = vec![format!("sqlite://{}/{unique}_{{service}}.db", folder.display())];
    for name in ["EXPENSE_TEST_POSTGRES", "EXPENSE_TEST_MYSQL"] {
        if let Ok(base) = std::env::var(name) {
            urls.push(format!("{}/{unique}_{{service}}", base.trim_end_matches('/')));
        }
    }
    urls
}

/// Opens and migrates a new database at one of [`urls`].
pub async fn open(url: &str, service: &str) -> Db {
    let db = crate::connect(url, service).await.expect("the database opens");
    db.migrate(&[]).await.expect("the frame's tables are made");
    db
}

/// Everything in a SQLite database but the tables of the frame's own work, as text: two databases
/// that hold the same have the same dump, whatever order rows were written in.
pub async fn dump(db: &Db) -> String {
    let rows = async |sql: String| {
        let select = Statement::from_string(db.reader().get_database_backend(), sql);
        let rows = db.reader().query_all_raw(select).await.expect("the dump is read");
        rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("text")).collect::<Vec<_>>()
    };
    let own = ["'migration'", "'position'", "'job'", "'schedule'", "'stream'", "'event'"].join(",");
    let tables = rows(format!(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ({own}) ORDER BY name"
    ));
    let mut text = String::new();
    for table in tables.await {
        let columns =
            rows(format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')"));
        let row = columns.await.join(" || ', ' || ");
        let lines = rows(format!("SELECT {row} AS line FROM \"{table}\" ORDER BY line")).await;
        text.push_str(&format!("{table}\n  {}\n", lines.join("\n  ")));
    }
    text
}

/// Empties every table of a SQLite database but the list of migrations.
pub async fn empty(db: &Db) {
    let deleted = db.write(|tx| async move {
        let select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migration'";
        let select = Statement::from_string(tx.conn().get_database_backend(), select);
        for row in tx.conn().query_all_raw(select).await? {
            let table = row.try_get_by_index::<String>(0)?;
            tx.conn().execute_unprepared(&format!("DELETE FROM \"{table}\"")).await?;
        }
        Ok::<_, Error>(())
    });
    deleted.await.expect("the tables are emptied");
}

/// Lets a number of writes through and then no more: a crash between any two commits.
#[derive(Default)]
pub struct Fuse(AtomicI64);

impl Fuse {
    /// From now on, so many writes succeed and every later one fails.
    pub fn blow_after(&self, writes: i64) {
        self.0.store(writes + 1, Ordering::SeqCst);
    }

    pub(crate) fn burn(&self) -> Result<(), Error> {
        // 0: no fuse; 1: blown.
        let step = |left: i64| if left > 1 { Some(left - 1) } else { None };
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Err(1) => Err(Error::Closed),
            _ => Ok(()),
        }
    }
}
