//! Work to be done later, at least once, with a ladder of retries.
//!
//! A job is written in the transaction that decides it ([`store::Tx::enqueue`]); a queue brings it
//! to one worker, keeps it while the worker is at it, and brings it again when that fails. What a job
//! is and how it stands is in its row, whichever engine carries it: an engine that forgets or repeats
//! one does no harm.

mod rabbit;
mod table;

use std::sync::Arc;

use async_trait::async_trait;
use model::Instant;
use store::jobs::{Standing, State};
use store::{Db, Error};
use tokio_util::sync::CancellationToken;

pub use store::jobs::Job;

#[cfg(test)]
mod tests;

/// How long a worker may be silent before another takes its job.
pub const LEASE_SECONDS: i64 = 60;

/// Seconds before each further attempt; after the last, a job is parked for a person.
pub const LADDER_SECONDS: [i64; 5] = [5, 30, 120, 600, 3600];

/// Where an engine that works in the background reads the time.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// What can carry jobs; [`tests`] holds each kind to the same contract.
#[async_trait]
pub trait Engine: Send + Sync {
    /// A job that is due, claimed until the lease is over; `None` where none is at hand.
    async fn claim(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error>;
    /// Hears what comes after an attempt, once the job's row says so.
    async fn settled(&self, job: &Job, fate: Fate);
    /// A job was ordered in this process.
    fn ring(&self);
    /// Returns when there may be something to claim.
    async fn rung(&self);
    /// When to look for something to claim though nobody rings.
    async fn next_due(&self) -> Result<Option<Instant>, Error>;
    /// Does what has to be done beside the workers, until it is told to stop.
    async fn run(&self, clock: Clock, stop: CancellationToken);
}

/// What comes after an attempt at a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Nothing: it is done, or another worker has it.
    Over,
    /// Another attempt, after so many steps up the ladder.
    Again { step: usize, due: Instant },
    /// A person has to look at it.
    Parked { reason: String },
}

/// One service's queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    db: Db,
    engine: Arc<dyn Engine>,
}

/// Opens the queue that a URL names for a service: `embedded:`, the job table of its own database, or
/// `amqp://…`, RabbitMQ beside that. A broker that is away is waited for while the queue runs.
pub fn connect(url: &str, service: &str, db: &Db) -> anyhow::Result<Queue> {
    let engine: Arc<dyn Engine> = match scheme(url) {
        "embedded" => Arc::new(table::Table::new(db.clone())),
        _ => Arc::new(rabbit::Rabbit::new(url.parse()?, service, db.clone())),
    };
    Ok(Queue { db: db.clone(), engine })
}

/// Refuses a URL that names no queue.
pub fn check(url: &str) -> anyhow::Result<()> {
    match scheme(url) {
        "embedded" if url == "embedded:" => Ok(()),
        "amqp" | "amqps" => url.parse::<rabbit::Address>().map(drop),
        // The rest may hold a password.
        scheme => anyhow::bail!(
            "queue = \"{scheme}:…\" is no queue that is known here; use \"embedded:\" or \
             \"amqp://user:password@host:5672\""
        ),
    }
}

fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

impl Queue {
    /// A job that is due, this worker's until the lease is over; [`Queue::keep`] makes it longer.
    pub async fn claim(&self, now: Instant) -> Result<Option<Job>, Error> {
        while let Some(job) = self.engine.claim(now, now.plus_seconds(LEASE_SECONDS)).await? {
            if step_after(&job) <= LADDER_SECONDS.len() {
                return Ok(Some(job));
            }
            // It takes its worker with it each time, which nobody is left to tell of.
            let reason = format!("{} attempts ended without a word", job.attempts);
            self.park(&job, now, reason).await?;
        }
        Ok(None)
    }

    /// Keeps a job for another lease. False where another worker has it by now.
    pub async fn keep(&self, job: &Job, now: Instant) -> Result<bool, Error> {
        self.db.keep_job(job, now.plus_seconds(LEASE_SECONDS)).await
    }

    pub async fn finish(&self, job: &Job) -> Result<(), Error> {
        let written = self.db.finish_job(job).await;
        self.engine.settled(job, Fate::Over).await;
        written
    }

    /// Leaves a job to the worker that has it by now.
    pub async fn leave(&self, job: &Job) {
        self.engine.settled(job, Fate::Over).await;
    }

    /// Tries a failed job again one step up the ladder, or parks it at the top. True where parked.
    pub async fn failed(&self, job: &Job, now: Instant, reason: String) -> Result<bool, Error> {
        let step = step_after(job);
        let Some(seconds) = LADDER_SECONDS.get(step) else {
            self.park(job, now, reason).await?;
            return Ok(true);
        };
        let due = now.plus_seconds(*seconds);
        let ready = Standing { state: State::Ready, due };
        self.put_back(job, ready, reason, Fate::Again { step, due }).await?;
        Ok(false)
    }

    /// Sets a job aside that no retry can mend.
    pub async fn park(&self, job: &Job, now: Instant, reason: String) -> Result<(), Error> {
        let parked = Standing { state: State::Parked, due: now };
        self.put_back(job, parked, reason.clone(), Fate::Parked { reason }).await
    }

    async fn put_back(
        &self,
        job: &Job,
        to: Standing,
        reason: String,
        fate: Fate,
    ) -> Result<(), Error> {
        let written = self.db.put_back_job(job, to, reason).await;
        // A row that could not be written is claimed again when its lease is over.
        let fate = if matches!(written, Ok(true)) { fate } else { Fate::Over };
        self.engine.settled(job, fate).await;
        written.map(drop)
    }

    /// Tells that a job was ordered in this process.
    pub fn ring(&self) {
        self.engine.ring();
    }

    /// Returns when there may be something to claim.
    pub async fn rung(&self) {
        self.engine.rung().await;
    }

    /// When to look for something to claim though nobody rings.
    pub async fn next_due(&self) -> Result<Option<Instant>, Error> {
        self.engine.next_due().await
    }

    /// How many jobs wait for a person.
    pub async fn count_parked(&self) -> Result<u64, Error> {
        self.db.count_parked_jobs().await
    }

    /// Does what has to be done beside the workers, until it is told to stop.
    pub async fn run(&self, clock: Clock, stop: CancellationToken) {
        self.engine.run(clock, stop).await;
    }
}

/// The step of the ladder that a job climbs when its attempt fails.
fn step_after(job: &Job) -> usize {
    usize::try_from(job.attempts).unwrap_or_default()
}
