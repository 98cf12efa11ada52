//! The one writer of a SQLite file: a fair queue of closures that share commits.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};

use crate::cause;
use crate::db::{Committed, Dialect, Onward, Tx, leaked, take};
use crate::error::{Error, WriteError};

/// How many closures may share one commit: enough to spread the flush, few enough that the first
/// of them does not wait long.
const MOST_IN_ONE_COMMIT: usize = 64;

/// How many closures may wait before callers are held back.
const QUEUE_LENGTH: usize = 1024;

pub(crate) struct Writer {
    queue: mpsc::Sender<Order>,
    onward: Arc<Onward>,
}

enum Order {
    Work(Work),
    Close(oneshot::Sender<()>),
}

type Work = Box<dyn FnOnce(Arc<DatabaseTransaction>) -> BoxFuture<'static, Done> + Send>;

/// A closure that has run inside its savepoint.
struct Done {
    keep: bool,
    effects: Committed,
    /// Tells the caller, once it is known whether the commit succeeded.
    answer: Box<dyn FnOnce(Result<(), Error>) + Send>,
}

impl Writer {
    pub(crate) fn start(conn: DatabaseConnection, onward: Arc<Onward>) -> Writer {
        let (queue, orders) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(run(conn, orders, Arc::clone(&onward)));
        Writer { queue, onward }
    }

    pub(crate) async fn write<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: WriteError,
    {
        let (reply, answered) = oneshot::channel();
        let cause = cause::current();
        let has_outbox = self.onward.has_outbox();
        let boxed: Work = Box::new(move |conn| {
            let future = run_one(conn, has_outbox, work, reply);
            match cause {
                Some(cause) => cause::scope(cause, future).boxed(),
                None => future.boxed(),
            }
        });
        self.queue.send(Order::Work(boxed)).await.map_err(|_| E::from(Error::Closed))?;
        answered.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Order::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

async fn run_one<T, E, F, Fut>(
    conn: Arc<DatabaseTransaction>,
    has_outbox: bool,
    work: F,
    reply: oneshot::Sender<Result<T, E>>,
) -> Done
where
    F: Fn(Tx) -> Fut + Send + Sync,
    Fut: Future<Output = Result<T, E>> + Send,
    T: Send + 'static,
    E: WriteError,
{
    let tx = Tx::new(conn, Dialect::Sqlite, has_outbox);
    let effects = Arc::clone(&tx.effects);
    let outcome = AssertUnwindSafe(async { work(tx).await }).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(E::from(Error::Panicked)));
    Done {
        keep: outcome.is_ok(),
        // Of what is undone, nobody is told.
        effects: if outcome.is_ok() { take(&effects) } else { Committed::default() },
        answer: Box::new(move |commit| {
            let _ = reply.send(match (outcome, commit) {
                (Ok(value), Ok(())) => Ok(value),
                (Ok(_), Err(error)) => Err(E::from(error)),
                (Err(error), _) => Err(error),
            });
        }),
    }
}

async fn run(conn: DatabaseConnection, mut orders: mpsc::Receiver<Order>, onward: Arc<Onward>) {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Work(work) => {
                if let Some(closing) = commit_together(&conn, work, &mut orders, &onward).await {
                    return close(conn, closing).await;
                }
            }
            Order::Close(closing) => return close(conn, closing).await,
        }
    }
}

async fn close(conn: DatabaseConnection, closing: oneshot::Sender<()>) {
    let _ = conn.close().await;
    let _ = closing.send(());
}

/// Runs the first closure and those that wait behind it in one transaction, then answers them.
async fn commit_together(
    conn: &DatabaseConnection,
    first: Work,
    orders: &mut mpsc::Receiver<Order>,
    onward: &Onward,
) -> Option<oneshot::Sender<()>> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let shared = match conn.begin_with_options(options).await {
        Ok(begun) => Arc::new(begun),
        // Dropping the work answers its caller with `Closed`, which reads as "unavailable".
        Err(error) => {
            tracing::error!(%error, "the writer can't begin a transaction");
            return None;
        }
    };
    let mut done = Vec::new();
    let mut closing = None;
    let mut next = Some(first);
    savepoint(&shared, "SAVEPOINT work").await;
    while let Some(work) = next.take() {
        let one = work(Arc::clone(&shared)).await;
        let keep = one.keep;
        done.push(one);
        if done.len() < MOST_IN_ONE_COMMIT {
            match orders.try_recv() {
                Ok(Order::Work(work)) => next = Some(work),
                Ok(Order::Close(reply)) => closing = Some(reply),
                Err(_) => {}
            }
        }
        end_savepoint(&shared, keep, next.is_some()).await;
    }
    let committed = commit(shared).await;
    if committed.is_ok() {
        let mut all = Committed::default();
        done.iter_mut().for_each(|one| all.add(std::mem::take(&mut one.effects)));
        onward.tell(&all);
    }
    for one in done {
        (one.answer)(committed.clone());
    }
    closing
}

/// Keeps or undoes what a closure did, and opens the savepoint of the next. A commit keeps the last
/// one by itself.
async fn end_savepoint(shared: &DatabaseTransaction, keep: bool, goes_on: bool) {
    match (keep, goes_on) {
        (true, true) => savepoint(shared, "RELEASE work; SAVEPOINT work").await,
        (true, false) => {}
        // Undone, it is still open.
        (false, _) => savepoint(shared, "ROLLBACK TO work").await,
    }
}

async fn savepoint(shared: &DatabaseTransaction, statement: &str) {
    if let Err(error) = shared.execute_unprepared(statement).await {
        tracing::error!(%error, "the writer could not \"{statement}\"");
    }
}

async fn commit(shared: Arc<DatabaseTransaction>) -> Result<(), Error> {
    let transaction = Arc::into_inner(shared).ok_or_else(leaked)?;
    Ok(transaction.commit().await?)
}
