//! What can go wrong between a service and its database.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// An error of the store, in the words that a service needs to decide what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database can't be reached, or went away in the middle.
    #[error("the database can't be reached: {0}")]
    Unavailable(DbErr),
    /// The database ended a statement or a transaction that took longer than it may.
    #[error("the database took too long: {0}")]
    Slow(DbErr),
    /// Another transaction was in the way; the same work may succeed when it is tried again.
    #[error("another transaction was in the way: {0}")]
    Busy(DbErr),
    /// A row with this key is there already.
    #[error("a row with this key exists: {0}")]
    Unique(String),
    /// A statement or a row that the code did not expect.
    #[error("the database refused: {0}")]
    Refused(DbErr),
    /// Stored JSON that the code can't read, or a value that can't be stored as JSON.
    #[error("stored JSON does not fit: {0}")]
    Json(String),
    /// The closure panicked; its transaction was rolled back.
    #[error("the work panicked and was rolled back")]
    Panicked,
    /// The store was closed before the work was done.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// True where the same work, done again, may succeed at once.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Busy(_))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(key)) = error.sql_err() {
            return Error::Unique(key);
        }
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Error::Unavailable(error),
            DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => {
                classify(e, &error)
            }
            _ => Error::Refused(error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Json(error.to_string())
    }
}

fn classify(driver: &sqlx::Error, error: &DbErr) -> Error {
    match driver {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => Error::Unavailable(error.clone()),
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default().into_owned();
            let text = database.message();
            // PostgreSQL: serialisation failure, deadlock. MySQL answers 40001 for a deadlock and
            // HY000 with 1205 for a lock that was waited for too long. SQLite: 5 busy, 6 locked.
            let busy = matches!(code.as_str(), "40001" | "40P01" | "5" | "6" | "517")
                || text.contains("Lock wait timeout")
                || text.contains("Deadlock found")
                || text.contains("Record has changed since last read");
            // PostgreSQL: a statement or an idle transaction; MariaDB and MySQL say it in words.
            let slow = matches!(code.as_str(), "57014" | "25P03")
                || text.contains("max_statement_time exceeded")
                || text.contains("maximum statement execution time exceeded");
            // PostgreSQL: the server is shutting down, starting up or out of connections. MySQL:
            // it is shutting down, or ended this connection.
            let away = code.starts_with("57P")
                || code.starts_with("08")
                || matches!(code.as_str(), "53300" | "70100");
            if busy {
                Error::Busy(error.clone())
            } else if slow {
                Error::Slow(error.clone())
            } else if away {
                Error::Unavailable(error.clone())
            } else {
                Error::Refused(error.clone())
            }
        }
        _ => Error::Refused(error.clone()),
    }
}

/// The error of a closure given to [`crate::Db::write`]: it can carry a store error, and says
/// whether trying again may help.
pub trait WriteError: From<Error> + Send + 'static {
    fn is_transient(&self) -> bool;
}

impl WriteError for Error {
    fn is_transient(&self) -> bool {
        Error::is_transient(self)
    }
}
