//! For tests: a new, empty database of any kind, and the kinds that this run has.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, Statement};

use crate::config::Config;
use crate::db::{Db, Dialect};
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
    let db = crate::connect(url, service, &Config::default()).await.expect("the database opens");
    db.migrate(&[]).await.expect("the frame's tables are made");
    db
}

/// Everything in a database but the tables of the frame's own work, as text: two databases of a kind
/// that hold the same have the same dump, whatever order rows were written in.
pub async fn dump(db: &Db) -> String {
    let catalogue = Catalogue::of(db.dialect());
    let rows = async |sql: String| {
        let select = Statement::from_string(db.reader().get_database_backend(), sql);
        let rows = db.reader().query_all_raw(select).await.expect("the dump is read");
        rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("text")).collect::<Vec<_>>()
    };
    let own = ["migration", "position", "job", "schedule", "stream", "event", "unsent", "lease"];
    let mut text = String::new();
    for table in rows(catalogue.tables.to_owned()).await {
        if own.contains(&table.as_str()) {
            continue;
        }
        let columns = rows(catalogue.columns.replace("{table}", &table)).await.join(", ");
        let quote = catalogue.quote;
        let select =
            format!("SELECT concat_ws(', ', {columns}) FROM {quote}{table}{quote} ORDER BY 1");
        text.push_str(&format!("{table}\n  {}\n", rows(select).await.join("\n  ")));
    }
    text
}

/// How a database names its tables, and each column of `{table}` as an expression that is text.
struct Catalogue {
    tables: &'static str,
    columns: &'static str,
    quote: char,
}

impl Catalogue {
    fn of(dialect: Dialect) -> Catalogue {
        match dialect {
            Dialect::Sqlite => Catalogue {
                tables: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
                columns: "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')",
                quote: '"',
            },
            Dialect::Postgres => Catalogue {
                tables: "SELECT table_name::text FROM information_schema.tables \
                         WHERE table_schema = 'public' ORDER BY 1",
                columns: "SELECT 'quote_nullable(\"' || column_name || '\"::text)' \
                          FROM information_schema.columns \
                          WHERE table_schema = 'public' AND table_name = '{table}' \
                          ORDER BY ordinal_position",
                quote: '"',
            },
            // Of bytes, which an id is, there is text in hexadecimal only.
            Dialect::Mysql => Catalogue {
                tables: "SELECT table_name FROM information_schema.tables \
                         WHERE table_schema = DATABASE() ORDER BY 1",
                columns: "SELECT CONCAT('COALESCE(HEX(`', column_name, '`), ''NULL'')') \
                          FROM information_schema.columns \
                          WHERE table_schema = DATABASE() AND table_name = '{table}' \
                          ORDER BY ordinal_position",
                quote: '`',
            },
        }
    }
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
