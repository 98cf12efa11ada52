//! RabbitMQ brings the ids of jobs to workers; what a job is and how it stands is in its row.
//!
//! A relay hands what is due to the broker, under a lease and with confirms. A worker acknowledges
//! once the row says what became of its attempt, so the broker brings again what a dead worker had.
//! Whatever is lost on the way is due in its row still, and is sent again; whatever comes twice finds
//! nothing to claim.

mod address;
mod topology;

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions, ConfirmSelectOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Acker, Channel, Connection, ConnectionProperties, Consumer};
use model::Instant;
use store::jobs::{Delivered, Standing, State};
use store::{Db, Error};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use address::Address;
use topology::{Topology, publish};

use crate::{Clock, Engine, Fate, Job};

/// How many jobs the broker brings ahead of their acknowledgement: one, so that the next waits where
/// any replica can take it, and not behind a long one here.
const PREFETCH: u16 = 1;

/// How many jobs are handed to the broker at once.
const BATCH: u64 = 100;

/// How long a relay may take to hand over a batch before another sends it too.
const SENDING_SECONDS: i64 = 60;

/// How long a job may wait at the broker for a worker before it is sent again.
const DOUBT_SECONDS: i64 = 900;

/// The longest that the relay sleeps, since another replica may have left something behind.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Between two attempts to connect: doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub(crate) struct Rabbit {
    service: String,
    address: Address,
    topology: Topology,
    db: Db,
    /// Rung when a job was ordered here.
    ordered: Notify,
    /// Rung when the broker has brought one.
    brought: Notify,
    desk: Mutex<Desk>,
}

/// What belongs to the connection that is open now, if one is.
#[derive(Default)]
struct Desk {
    publisher: Option<Channel>,
    brought: VecDeque<Delivery>,
    claimed: HashMap<Uuid, Acker>,
}

/// An open connection with what goes out and what comes in.
struct Session {
    connection: Connection,
    publisher: Channel,
    consumer: Consumer,
}

/// Why a session is given up; the next begins with what the rows say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("RabbitMQ: {0}")]
    Broker(#[from] lapin::Error),
    #[error("RabbitMQ confirms nothing; it may be short of memory or disk")]
    Silent,
    #[error("RabbitMQ did not take a message for the queue {0}")]
    Refused(String),
    #[error("RabbitMQ ended the subscription; its queue may have been deleted")]
    Cancelled,
    #[error("RabbitMQ is not connected")]
    Absent,
    #[error(transparent)]
    Store(#[from] Error),
}

impl Rabbit {
    pub fn new(address: Address, service: &str, db: Db) -> Rabbit {
        Rabbit {
            service: service.to_owned(),
            topology: Topology::new(&address, service),
            address,
            db,
            ordered: Notify::new(),
            brought: Notify::new(),
            desk: Mutex::default(),
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> Result<Session, Broken> {
        let name = format!("expense-tracker {}", self.service);
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect_uri(self.address.uri.clone(), properties).await?;
        let publisher = connection.create_channel().await?;
        publisher.confirm_select(ConfirmSelectOptions::default()).await?;
        self.topology.declare(&publisher).await?;
        let channel = connection.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let (queue, options) = (self.topology.work.clone(), BasicConsumeOptions::default());
        let consumer =
            channel.basic_consume(queue, "".into(), options, FieldTable::default()).await?;
        Ok(Session { connection, publisher, consumer })
    }

    /// Relays and receives until the connection breaks or it is told to stop.
    async fn serve(
        &self,
        session: Session,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let Session { connection, publisher, consumer } = session;
        self.desk().publisher = Some(publisher.clone());
        // Neither half may be dropped in the middle: what it has claimed would wait for its lease.
        let over = stop.child_token();
        let relaying = async {
            let outcome = self.relay(&publisher, clock, &over).await;
            over.cancel();
            outcome
        };
        let receiving = async {
            let outcome = self.receive(consumer, &over).await;
            over.cancel();
            outcome
        };
        let (relayed, received) = tokio::join!(relaying, receiving);
        *self.desk() = Desk::default();
        // Nothing is lost with a connection that can't even be closed.
        let _ = connection.close(200, "the session is over".into()).await;
        received.and(relayed)
    }

    async fn receive(
        &self,
        mut consumer: Consumer,
        over: &CancellationToken,
    ) -> Result<(), Broken> {
        loop {
            let next = tokio::select! {
                () = over.cancelled() => return Ok(()),
                next = consumer.next() => next,
            };
            let delivery = next.ok_or(Broken::Cancelled)??;
            self.desk().brought.push_back(delivery);
            self.brought.notify_one();
        }
    }

    /// Hands every job to the broker as soon as it is due.
    async fn relay(
        &self,
        publisher: &Channel,
        clock: &Clock,
        over: &CancellationToken,
    ) -> Result<(), Broken> {
        while !over.is_cancelled() {
            if self.relay_batch(publisher, clock()).await? == BATCH {
                continue;
            }
            let pause = self.until_next(clock()).await?;
            tokio::select! {
                () = over.cancelled() => {}
                () = self.ordered.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Answers how many jobs were handed over.
    async fn relay_batch(&self, publisher: &Channel, now: Instant) -> Result<u64, Broken> {
        let lease = now.plus_seconds(SENDING_SECONDS);
        let doubted = now.plus_seconds(-DOUBT_SECONDS);
        let ids = self.db.claim_unsent_jobs(now, doubted, lease, BATCH).await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let count = ids.len() as u64;
        let sent = publish(publisher, &self.topology.work, &ids, None).await;
        let state = if sent.is_ok() { State::Sent } else { State::Ready };
        let sending = Standing { state: State::Sending, due: lease };
        self.db.move_jobs(ids, sending, Standing { state, due: now }).await?;
        sent.map(|()| count)
    }

    async fn until_next(&self, now: Instant) -> Result<Duration, Error> {
        let next = self.db.next_unsent_job_due().await?;
        let micros = next.map_or(i64::MAX, |next| next.0 - now.0);
        Ok(Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LONGEST_SLEEP))
    }

    /// Puts a delivery to the use that its job's row has for it.
    async fn open(
        &self,
        delivery: &Delivery,
        now: Instant,
        lease: Instant,
    ) -> Result<Option<Job>, Error> {
        let acker = &delivery.acker;
        let Some(id) = job_of(delivery) else {
            reject(acker).await;
            return Ok(None);
        };
        match self.db.claim_delivered_job(id, now, lease).await? {
            Delivered::Claimed(job) => {
                self.desk().claimed.insert(id, acker.clone());
                return Ok(Some(job));
            }
            Delivered::Parked(reason) => self.lay_aside(id, &reason, Some(acker)).await,
            Delivered::Nothing => acknowledge(acker).await,
        }
        Ok(None)
    }

    /// Lets a job that failed wait at the broker; where that can't be, the relay sends it in time.
    async fn delay(&self, id: Uuid, step: usize, due: Instant) -> Result<(), Broken> {
        self.publish(id, self.topology.step(step), None).await?;
        let ready = Standing { state: State::Ready, due };
        let sent = Standing { state: State::Sent, due };
        Ok(self.db.move_jobs(vec![id], ready, sent).await?)
    }

    /// Puts a job among the parked ones with its reason; where that can't be, the broker moves the
    /// delivery there by itself.
    async fn lay_aside(&self, id: Uuid, reason: &str, acker: Option<&Acker>) {
        let told = self.publish(id, &self.topology.parked, Some(reason)).await;
        match acker {
            Some(acker) if told.is_ok() => acknowledge(acker).await,
            Some(acker) => reject(acker).await,
            None => {}
        }
    }

    async fn publish(
        &self,
        id: Uuid,
        queue: &ShortString,
        reason: Option<&str>,
    ) -> Result<(), Broken> {
        let publisher = self.desk().publisher.clone().ok_or(Broken::Absent)?;
        publish(&publisher, queue, &[id], reason).await
    }
}

fn job_of(delivery: &Delivery) -> Option<Uuid> {
    std::str::from_utf8(&delivery.data).ok()?.parse().ok()
}

/// An acknowledgement that gets lost brings the message again, which then finds nothing to claim.
async fn acknowledge(acker: &Acker) {
    let _ = acker.ack(BasicAckOptions::default()).await;
}

/// The broker moves what is rejected to the parked ones.
async fn reject(acker: &Acker) {
    let _ = acker.reject(BasicRejectOptions { requeue: false }).await;
}

#[async_trait]
impl Engine for Rabbit {
    async fn claim(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error> {
        loop {
            let Some(delivery) = self.desk().brought.pop_front() else { return Ok(None) };
            match self.open(&delivery, now, lease).await {
                Ok(None) => {}
                Ok(claimed) => return Ok(claimed),
                Err(error) => {
                    // The broker would bring it at once; it is tried again with the database.
                    self.desk().brought.push_front(delivery);
                    return Err(error);
                }
            }
        }
    }

    async fn settled(&self, job: &Job, fate: Fate) {
        let acker = self.desk().claimed.remove(&job.id);
        match fate {
            Fate::Parked { reason } => {
                return self.lay_aside(job.id, &reason, acker.as_ref()).await;
            }
            Fate::Again { step, due } => {
                if let Err(error) = self.delay(job.id, step, due).await {
                    let service = &self.service;
                    tracing::debug!(service, job = %job.id, %error, "a job waits in its table");
                }
            }
            Fate::Over => {}
        }
        if let Some(acker) = acker {
            acknowledge(&acker).await;
        }
    }

    fn ring(&self) {
        self.ordered.notify_one();
    }

    async fn rung(&self) {
        self.brought.notified().await;
    }

    /// The broker brings what is due.
    async fn next_due(&self) -> Result<Option<Instant>, Error> {
        Ok(None)
    }

    async fn run(&self, clock: Clock, stop: CancellationToken) {
        let (service, mut pause) = (&self.service, FIRST_PAUSE);
        while !stop.is_cancelled() {
            let ended = match self.connect().await {
                Ok(session) => {
                    tracing::info!(service, "connected to RabbitMQ");
                    pause = FIRST_PAUSE;
                    self.serve(session, &clock, &stop).await
                }
                Err(error) => Err(error),
            };
            let Err(error) = ended else { return };
            tracing::warn!(service, %error, "jobs wait in their table and are sent later");
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
