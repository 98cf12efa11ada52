//! Work to be done later, at least once, with a ladder of retries.
//!
//! A job is written in the transaction that decides it ([`store::Tx::enqueue`]); a queue brings it
//! to one worker, keeps it while the worker is at it, and brings it again when that fails.

use std::sync::Arc;

use async_trait::async_trait;
use model::Instant;
use store::jobs::State;
use store::{Db, Error};
use uuid::Uuid;

pub use store::jobs::Job;

#[cfg(test)]
mod tests;

/// How long a worker may be silent before another takes its job.
pub const LEASE_SECONDS: i64 = 300;

/// Seconds before each further attempt; after the last, a job is parked for a person.
pub const LADDER_SECONDS: [i64; 5] = [5, 30, 120, 600, 3600];

/// What a kind of queue can do; [`tests`] holds each to the same contract.
#[async_trait]
pub trait Engine: Send + Sync {
    /// The job that has been due longest, claimed until the lease is over.
    async fn claim(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error>;
    /// The job is done.
    async fn finish(&self, id: Uuid) -> Result<(), Error>;
    /// The job is to be tried again at an instant.
    async fn retry(&self, id: Uuid, due: Instant, reason: String) -> Result<(), Error>;
    /// The job waits for a person.
    async fn park(&self, id: Uuid, now: Instant, reason: String) -> Result<(), Error>;
    /// When there is something to claim next.
    async fn next_due(&self) -> Result<Option<Instant>, Error>;
}

/// One service's queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue(Arc<dyn Engine>);

/// Opens the queue that a URL names: `embedded:`, the job table of the service's own database.
pub fn connect(url: &str, db: &Db) -> anyhow::Result<Queue> {
    check(url)?;
    Ok(Queue(Arc::new(Table(db.clone()))))
}

/// Refuses a URL that names no queue.
pub fn check(url: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        url == "embedded:",
        "queue = \"{url}\" is no queue that is known here; use \"embedded:\""
    );
    Ok(())
}

impl Queue {
    pub async fn claim(&self, now: Instant) -> Result<Option<Job>, Error> {
        self.0.claim(now, now.plus_seconds(LEASE_SECONDS)).await
    }

    pub async fn finish(&self, job: &Job) -> Result<(), Error> {
        self.0.finish(job.id).await
    }

    /// Tries a failed job again one step up the ladder, or parks it at the top. True where parked.
    pub async fn failed(&self, job: &Job, now: Instant, reason: String) -> Result<bool, Error> {
        let step = usize::try_from(job.attempts).unwrap_or(0);
        match LADDER_SECONDS.get(step) {
            Some(seconds) => {
                self.0.retry(job.id, now.plus_seconds(*seconds), reason).await?;
                Ok(false)
            }
            None => {
                self.park(job, now, reason).await?;
                Ok(true)
            }
        }
    }

    /// Sets a job aside that no retry can mend.
    pub async fn park(&self, job: &Job, now: Instant, reason: String) -> Result<(), Error> {
        self.0.park(job.id, now, reason).await
    }

    pub async fn next_due(&self) -> Result<Option<Instant>, Error> {
        self.0.next_due().await
    }
}

/// The embedded queue: rows claimed by conditional updates.
struct Table(Db);

#[async_trait]
impl Engine for Table {
    async fn claim(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error> {
        self.0.claim_job(now, lease).await
    }

    async fn finish(&self, id: Uuid) -> Result<(), Error> {
        self.0.finish_job(id).await
    }

    async fn retry(&self, id: Uuid, due: Instant, reason: String) -> Result<(), Error> {
        self.0.put_back_job(id, State::Ready, due, reason).await
    }

    async fn park(&self, id: Uuid, now: Instant, reason: String) -> Result<(), Error> {
        self.0.put_back_job(id, State::Parked, now, reason).await
    }

    async fn next_due(&self) -> Result<Option<Instant>, Error> {
        self.0.next_job_due().await
    }
}
