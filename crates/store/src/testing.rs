//! For tests: a new, empty database of any kind, and the kinds that this run has.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

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
