//! The embedded queue: the rows themselves, claimed by conditional updates.

use async_trait::async_trait;
use model::Instant;
use store::{Db, Error};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Clock, Engine, Fate, Job};

pub(crate) struct Table {
    db: Db,
    bell: Notify,
}

impl Table {
    pub(crate) fn new(db: Db) -> Table {
        Table { db, bell: Notify::new() }
    }
}

#[async_trait]
impl Engine for Table {
    async fn claim(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error> {
        self.db.claim_job(now, lease).await
    }

    /// The row has said it all.
    async fn settled(&self, _job: &Job, _fate: Fate) {}

    fn ring(&self) {
        self.bell.notify_one();
    }

    async fn rung(&self) {
        self.bell.notified().await;
    }

    async fn next_due(&self) -> Result<Option<Instant>, Error> {
        self.db.next_job_due().await
    }

    /// The workers are all that it takes.
    async fn run(&self, _clock: Clock, _stop: CancellationToken) {}
}
