//! Jobs and schedules: what a service does when nobody is waiting for the answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use model::Instant;
use queue::{Job, Queue};
use store::{Db, cause};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

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
    /// Rung when a job was ordered.
    bell: Arc<Notify>,
}

/// The longest that a worker sleeps, since another replica may have left work behind.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Worker {
    pub(crate) fn new(
        service: &'static str,
        db: Db,
        queue: Queue,
        jobs: HashMap<&'static str, JobHandler>,
        schedules: Vec<Schedule>,
        clock: Clock,
        bell: Arc<Notify>,
    ) -> Worker {
        Worker(Arc::new(Inner { service, db, queue, jobs, schedules, clock, bell }))
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
        // A task of its own, so that a panic fails the job and not the worker.
        let scope = cause::current().unwrap_or_default();
        let done = tokio::spawn(cause::scope(scope, handler(job.clone()))).await;
        let outcome = done.unwrap_or_else(|panic| Err(Error::internal(panic)));
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
                () = self.0.bell.notified() => {}
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
