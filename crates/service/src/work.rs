//! Jobs and schedules: what a service does when nobody is waiting for the answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use model::Instant;
use queue::{Job, LEASE_SECONDS, Queue};
use store::{Db, cause};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;
use crate::error::Error;

/// Does one kind of job. May run twice for one job, so its effect must be one that can.
pub type JobHandler = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// Does what a schedule is for.
pub type Handler = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

pub(crate) struct Schedule {
    pub name: &'static str,
    pub every_seconds: i64,
    pub handler: Handler,
}

/// One service's jobs and schedules.
#[derive(Clone)]
pub(crate) struct Worker(Arc<Inner>);

struct Inner {
    service: &'static str,
    db: Db,
    queue: Queue,
    jobs: HashMap<&'static str, JobHandler>,
    schedules: Vec<Schedule>,
    clock: Clock,
    keep_every: Duration,
}

/// The longest that a worker sleeps, since another replica may have left work behind.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How often a worker says that it is still at its job: a few times within its lease.
pub(crate) const KEEP_EVERY: Duration = Duration::from_secs(LEASE_SECONDS.unsigned_abs() / 4);

impl Worker {
    pub(crate) fn new(
        service: &'static str,
        db: Db,
        queue: Queue,
        jobs: HashMap<&'static str, JobHandler>,
        schedules: Vec<Schedule>,
        clock: Clock,
        keep_every: Duration,
    ) -> Worker {
        Worker(Arc::new(Inner { service, db, queue, jobs, schedules, clock, keep_every }))
    }

    /// Does one job or schedule that is due. False where there was none.
    pub(crate) async fn step(&self) -> Result<bool, Error> {
        if self.run_due_schedule().await? {
            return Ok(true);
        }
        let Some(job) = self.0.queue.claim(self.0.clock.now()).await? else { return Ok(false) };
        let cause = job.cause.clone().unwrap_or_default();
        cause::scope(cause, self.do_job(job)).await?;
        Ok(true)
    }

    async fn do_job(&self, job: Job) -> Result<(), Error> {
        let Inner { service, queue, jobs, clock, .. } = &*self.0;
        let Some(handler) = jobs.get(job.kind.as_str()) else {
            queue.park(&job, clock.now(), format!("nobody here does \"{}\"", job.kind)).await?;
            return Ok(());
        };
        let Some(outcome) = self.attempt(&job, handler).await else {
            tracing::warn!(service, kind = job.kind, job = %job.id, "a job is with another worker");
            queue.leave(&job).await;
            return Ok(());
        };
        let Err(error) = outcome else { return Ok(queue.finish(&job).await?) };
        let parked = if error.is_permanent() {
            queue.park(&job, clock.now(), error.to_string()).await?;
            true
        } else {
            queue.failed(&job, clock.now(), error.to_string()).await?
        };
        tracing::warn!(service, kind = job.kind, job = %job.id, parked, %error, "a job failed");
        metrics::counter!("jobs_failed_total", "service" => *service, "kind" => job.kind, "parked" => parked.to_string()).increment(1);
        Ok(())
    }

    /// Runs a job's handler and keeps the job meanwhile; `None` where it could not be kept, so that
    /// another worker may be at it.
    async fn attempt(&self, job: &Job, handler: &JobHandler) -> Option<Result<(), Error>> {
        // A task of its own, so that a panic fails the job and not the worker; it ends with the worker.
        let scope = cause::current().unwrap_or_default();
        let attempt = tokio::spawn(cause::scope(scope, handler(job.clone())));
        let mut attempt = AbortOnDropHandle::new(attempt);
        let mut kept = self.0.clock.now();
        loop {
            tokio::select! {
                done = &mut attempt => {
                    return Some(done.unwrap_or_else(|panic| Err(Error::internal(panic))));
                }
                () = tokio::time::sleep(self.0.keep_every) => {}
            }
            let now = self.0.clock.now();
            let free_at = kept.plus_seconds(LEASE_SECONDS);
            match self.0.queue.keep(job, now).await {
                Ok(true) => kept = now,
                // There is time to try again before another worker may take it.
                Err(error) if now.plus_seconds(LEASE_SECONDS / 2) < free_at => {
                    let service = self.0.service;
                    tracing::warn!(service, job = %job.id, %error, "a job could not be kept yet");
                }
                _ => {
                    attempt.abort();
                    let _ended = attempt.await;
                    return None;
                }
            }
        }
    }

    async fn run_due_schedule(&self) -> Result<bool, Error> {
        for schedule in &self.0.schedules {
            let due = self.0.db.schedule_due(schedule.name).await?;
            let now = self.0.clock.now();
            if due.is_none_or(|due| due <= now) && self.claim(schedule, due, now).await? {
                if let Err(error) = (schedule.handler)().await {
                    let service = self.0.service;
                    tracing::warn!(service, schedule = schedule.name, %error, "a schedule failed; it runs again when it is due");
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn claim(
        &self,
        schedule: &Schedule,
        seen: Option<Instant>,
        now: Instant,
    ) -> Result<bool, Error> {
        let (name, next) = (schedule.name, now.plus_seconds(schedule.every_seconds));
        self.0
            .db
            .write(move |tx| async move { Ok(tx.claim_schedule(name, seen, next).await?) })
            .await
    }

    /// Works until it is told to stop; finishes the job at hand first.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let worked = CancellationToken::new();
        let clock = self.0.clock.clone();
        let carrying = self.0.queue.run(Arc::new(move || clock.now()), worked.clone());
        let working = async {
            self.work(&stop).await;
            // What carries jobs is needed until the last is acknowledged.
            worked.cancel();
        };
        tokio::join!(working, carrying, self.count_parked(&worked));
    }

    async fn work(&self, stop: &CancellationToken) {
        loop {
            let slept = match self.step().await {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.until_next().await,
                Err(error) => {
                    let service = self.0.service;
                    tracing::warn!(service, %error, "the worker could not reach its jobs");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(slept) => {}
                () = self.0.queue.rung() => {}
            }
        }
    }

    /// Shows how many jobs wait for a person, also those that were parked before the start.
    async fn count_parked(&self, stop: &CancellationToken) {
        let parked = metrics::gauge!("jobs_parked", "service" => self.0.service);
        while !stop.is_cancelled() {
            if let Ok(count) = self.0.queue.count_parked().await {
                parked.set(count as f64);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LONGEST_SLEEP) => {}
            }
        }
    }

    async fn until_next(&self) -> Duration {
        let mut next = self.0.queue.next_due().await.unwrap_or(None);
        for schedule in &self.0.schedules {
            let due = self.0.db.schedule_due(schedule.name).await.unwrap_or(None);
            next = next.into_iter().chain(due).min();
        }
        let micros = next.map_or(i64::MAX, |next| next.0 - self.0.clock.now().0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LONGEST_SLEEP)
    }
}
