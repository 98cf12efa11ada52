//! The handle of one service's database, and the transaction that a write runs in.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sea_orm::sea_query::{InsertStatement, OnConflict, SelectStatement};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    QueryResult, TransactionTrait,
};

use crate::batch::Batch;
use crate::cause;
use crate::error::{Error, WriteError};
use crate::sqlite::Writer;
use model::{Moved, StreamName};

/// Which SQL a database speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    Sqlite,
    Postgres,
    Mysql,
}

impl Dialect {
    pub const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

    /// The word for file names and the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
            Dialect::Mysql => "mysql",
        }
    }
}

/// What a commit sets going elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Committed {
    pub moved: Vec<Moved>,
    /// A job was ordered.
    pub enqueued: bool,
}

impl Committed {
    pub(crate) fn add(&mut self, other: Committed) {
        self.moved.extend(other.moved);
        self.enqueued |= other.enqueued;
    }
}

type OnCommit = Box<dyn Fn(&Committed) + Send + Sync>;

/// Where what is committed goes on to. Set once, by the frame.
#[derive(Default)]
pub(crate) struct Onward {
    on_commit: OnceLock<OnCommit>,
    outbox: AtomicBool,
}

impl Onward {
    pub(crate) fn has_outbox(&self) -> bool {
        self.outbox.load(Ordering::Relaxed)
    }

    pub(crate) fn tell(&self, committed: &Committed) {
        if let Some(told) = self.on_commit.get()
            && *committed != Committed::default()
        {
            told(committed);
        }
    }
}

/// One service's database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    dialect: Dialect,
    reader: DatabaseConnection,
    writer: Pool,
    onward: Arc<Onward>,
    #[cfg(feature = "testing")]
    fuse: crate::testing::Fuse,
}

enum Pool {
    /// SQLite: one writer for the file.
    Queue(Writer),
    /// A server: as many transactions at once as the pool has connections.
    Server(DatabaseConnection),
}

impl Db {
    pub(crate) fn sqlite(reader: DatabaseConnection, writer: DatabaseConnection) -> Db {
        let onward = Arc::<Onward>::default();
        let writer = Pool::Queue(Writer::start(writer, Arc::clone(&onward)));
        Db::with(Dialect::Sqlite, reader, writer, onward)
    }

    pub(crate) fn server(dialect: Dialect, pool: DatabaseConnection) -> Db {
        let writer = Pool::Server(pool.clone());
        Db::with(dialect, pool, writer, Arc::default())
    }

    fn with(dialect: Dialect, reader: DatabaseConnection, writer: Pool, onward: Arc<Onward>) -> Db {
        Db {
            inner: Arc::new(Inner {
                dialect,
                reader,
                writer,
                onward,
                #[cfg(feature = "testing")]
                fuse: crate::testing::Fuse::default(),
            }),
        }
    }

    /// For tests: what makes this handle fail as if the process had ended.
    #[cfg(feature = "testing")]
    pub fn fuse(&self) -> &crate::testing::Fuse {
        &self.inner.fuse
    }

    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// What to do after each commit that sets something going. Set once, by the frame.
    pub fn on_commit(&self, told: impl Fn(&Committed) + Send + Sync + 'static) {
        assert!(self.inner.onward.on_commit.set(Box::new(told)).is_ok(), "on_commit is set once");
    }

    /// From now on each event is also kept in the outbox, until it is said to be sent.
    pub fn use_outbox(&self) {
        self.inner.onward.outbox.store(true, Ordering::Relaxed);
    }

    /// For single reads that need no common snapshot.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// Runs several reads on one snapshot of the database.
    pub async fn snapshot<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(Arc<DatabaseTransaction>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        let tx = Arc::new(self.begin_snapshot().await?);
        let answer = work(Arc::clone(&tx)).await;
        // Nothing was written, so how the snapshot ends changes nothing.
        if let Some(tx) = Arc::into_inner(tx) {
            let _ = tx.rollback().await;
        }
        answer
    }

    /// A transaction whose reads all see what its first read sees.
    pub(crate) async fn begin_snapshot(&self) -> Result<DatabaseTransaction, Error> {
        let isolation = match self.inner.dialect {
            // A deferred transaction of a reader is a snapshot from its first read on.
            Dialect::Sqlite => None,
            Dialect::Postgres | Dialect::Mysql => Some(IsolationLevel::RepeatableRead),
        };
        let access = isolation.is_some().then_some(AccessMode::ReadOnly);
        let reader = self.inner.reader.clone();
        let begin = async move { reader.begin_with_config(isolation, access).await };
        Ok(finished(begin).await.ok_or(Error::Panicked)??)
    }

    /// Runs a closure in one transaction: all of it is kept, or none.
    ///
    /// The closure may run more than once (on PostgreSQL and MySQL, when the database says that
    /// another transaction was in the way), so it must not do anything outside the transaction.
    pub async fn write<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: WriteError,
    {
        #[cfg(feature = "testing")]
        self.inner.fuse.burn()?;
        match &self.inner.writer {
            Pool::Queue(writer) => writer.write(work).await,
            Pool::Server(pool) => {
                let (db, pool) = (self.clone(), pool.clone());
                let written = finished(async move { db.write_to_server(&pool, work).await });
                written.await.unwrap_or_else(|| Err(E::from(Error::Panicked)))
            }
        }
    }

    async fn write_to_server<T, E, F, Fut>(
        &self,
        pool: &DatabaseConnection,
        work: F,
    ) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, E>> + Send,
        E: WriteError,
    {
        let mut attempt = 0;
        loop {
            let outcome = self.try_on_server(pool, &work).await;
            match outcome {
                Err(error) if error.is_transient() && attempt < MAX_RETRIES => {
                    attempt += 1;
                    tokio::time::sleep(pause_before(attempt)).await;
                }
                other => return other,
            }
        }
    }

    async fn try_on_server<T, E, F, Fut>(&self, pool: &DatabaseConnection, work: &F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: WriteError,
    {
        // Read committed: the rows that must not move are locked by the updates themselves.
        let begun = pool.begin_with_config(Some(IsolationLevel::ReadCommitted), None).await;
        let conn = Arc::new(begun.map_err(|e| E::from(e.into()))?);
        let has_outbox = self.inner.onward.has_outbox();
        let tx = Tx::new(Arc::clone(&conn), self.inner.dialect, has_outbox);
        let effects = Arc::clone(&tx.effects);
        let answer = work(tx).await;
        let conn = Arc::into_inner(conn).ok_or_else(|| E::from(leaked()))?;
        match answer {
            Ok(value) => {
                conn.commit().await.map_err(|e| E::from(e.into()))?;
                self.inner.onward.tell(&take(&effects));
                Ok(value)
            }
            Err(error) => {
                let _ = conn.rollback().await;
                Err(error)
            }
        }
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), Error> {
        self.inner.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Finishes what is queued and closes the connections.
    pub async fn close(&self) {
        if let Pool::Queue(writer) = &self.inner.writer {
            writer.close().await;
        }
        let _ = self.inner.reader.close_by_ref().await;
    }
}

/// Runs a future to its end even where the caller goes away, as clients and workers do: cut off in
/// the middle, a transaction would stay open on its connection, and the next to get that one would
/// be refused. `None` where it panicked.
async fn finished<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let task = match cause::current() {
        Some(cause) => tokio::spawn(cause::scope(cause, future)),
        None => tokio::spawn(future),
    };
    task.await.ok()
}

const MAX_RETRIES: u32 = 8;

/// A pause that grows with the attempt and differs between tasks, so that two which collided do
/// not meet again.
fn pause_before(attempt: u32) -> Duration {
    let spread = u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
    Duration::from_micros(500 * u64::from(attempt * attempt) + 10 * spread)
}

pub(crate) fn leaked() -> Error {
    Error::Refused(DbErr::Custom("a closure kept its transaction after it returned".to_owned()))
}

pub(crate) fn take(effects: &Mutex<Committed>) -> Committed {
    std::mem::take(&mut effects.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A transaction that a write runs in. Owned by the closure; nothing of it may be kept.
pub struct Tx {
    conn: Arc<DatabaseTransaction>,
    dialect: Dialect,
    pub(crate) effects: Arc<Mutex<Committed>>,
    pub(crate) has_outbox: bool,
    cause: Option<Arc<str>>,
}

impl Tx {
    pub(crate) fn new(conn: Arc<DatabaseTransaction>, dialect: Dialect, has_outbox: bool) -> Tx {
        Tx { conn, dialect, effects: Arc::default(), has_outbox, cause: cause::current() }
    }

    /// The connection to run statements on.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.conn
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The id of the request or event behind this write.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Begins a set of statements whose results nobody reads.
    pub fn batch(&self) -> Batch {
        Batch::new(self.conn().get_database_backend())
    }

    /// Runs the statements of a batch in their order.
    pub async fn run(&self, batch: Batch) -> Result<(), Error> {
        for statement in batch.into_statements() {
            self.conn().execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Runs the statements of a batch, and then a query for its rows.
    pub async fn run_and_ask(
        &self,
        mut batch: Batch,
        query: &SelectStatement,
    ) -> Result<Vec<QueryResult>, Error> {
        batch.add(query);
        let mut statements = batch.into_statements();
        // The query, or all of them as one, of which it alone has rows.
        let last = statements.pop().expect("the query at least");
        for statement in statements {
            self.conn().execute_raw(statement).await?;
        }
        Ok(self.conn().query_all_raw(last).await?)
    }

    /// Inserts a row unless its key is taken; false where it is.
    ///
    /// MySQL reports matched rows of its "ignore" as inserted, so there the refusal is read; on
    /// PostgreSQL a refusal would end the transaction, so there it is avoided.
    pub async fn insert_if_absent(&self, mut insert: InsertStatement) -> Result<bool, Error> {
        if self.dialect != Dialect::Mysql {
            insert.on_conflict(OnConflict::new().do_nothing().to_owned());
            return Ok(self.conn().execute(&insert).await?.rows_affected() == 1);
        }
        match self.conn().execute(&insert).await.map_err(Error::from) {
            Ok(_) => Ok(true),
            Err(Error::Unique(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn note_moved(&self, stream: &StreamName, number: i64) {
        self.note(|effects| effects.moved.push(Moved { stream: stream.clone(), number }));
    }

    pub(crate) fn note_enqueued(&self) {
        self.note(|effects| effects.enqueued = true);
    }

    fn note(&self, change: impl FnOnce(&mut Committed)) {
        change(&mut self.effects.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
