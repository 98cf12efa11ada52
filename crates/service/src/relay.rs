//! From the outbox to a bus that may be away: each event is sent at least once.

use std::sync::Arc;
use std::time::Duration;

use bus::Sender;
use model::Logged;
use store::{Db, Tx};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::clock::Clock;

/// Sends what a service's outbox holds. One replica does so at a time; a second one that did would
/// only repeat what consumers know.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Inner>);

struct Inner {
    service: &'static str,
    db: Db,
    sender: Arc<dyn Sender>,
    clock: Clock,
    /// Rung when an event was committed.
    bell: Arc<Notify>,
    holder: Uuid,
}

/// How many events are handed over at once.
const BATCH: u64 = 500;

const LEASE: &str = "relay";

/// How long nobody else sends while this replica does; longer than a batch takes, or fails in.
const LEASE_SECONDS: i64 = 10;

/// How often the outbox is looked into without being called: another replica may have died with
/// its rows in it.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What came of looking into the outbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Looked {
    Empty,
    Sent,
    /// Another replica is sending.
    Held,
}

impl Relay {
    pub(crate) fn new(
        service: &'static str,
        db: Db,
        sender: Arc<dyn Sender>,
        clock: Clock,
        bell: Arc<Notify>,
    ) -> Relay {
        Relay(Arc::new(Inner { service, db, sender, clock, bell, holder: Uuid::new_v4() }))
    }

    /// Sends everything that waits.
    pub(crate) async fn send(&self) -> anyhow::Result<Looked> {
        if self.0.db.unsent(1).await?.is_empty() {
            return Ok(Looked::Empty);
        }
        while self.take_lease().await? {
            let events = self.0.db.unsent(BATCH).await?;
            let outcome = self.0.sender.send(self.0.service, &events).await;
            let sent = if outcome.is_ok() { events.clone() } else { Vec::new() };
            self.finish(sent).await?;
            outcome?;
            metrics::counter!("events_sent_total", "service" => self.0.service)
                .increment(events.len() as u64);
            if (events.len() as u64) < BATCH {
                return Ok(Looked::Sent);
            }
        }
        Ok(Looked::Held)
    }

    async fn take_lease(&self) -> Result<bool, store::Error> {
        let (holder, now) = (self.0.holder, self.0.clock.now());
        let until = now.plus_seconds(LEASE_SECONDS);
        let take = move |tx: Tx| async move { tx.take_lease(LEASE, holder, now, until).await };
        self.0.db.write(take).await
    }

    /// Forgets what was sent, and lets others send.
    async fn finish(&self, sent: Vec<Logged>) -> Result<(), store::Error> {
        let (holder, sent) = (self.0.holder, Arc::new(sent));
        let finish = move |tx: Tx| {
            let sent = Arc::clone(&sent);
            async move {
                tx.remove_sent(&sent).await?;
                tx.return_lease(LEASE, holder).await
            }
        };
        self.0.db.write(finish).await
    }

    /// Works until it is told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut away = Pause::between(Duration::from_millis(100), Duration::from_secs(5));
        let mut held = Pause::between(Duration::from_millis(5), Duration::from_millis(500));
        loop {
            let (pause, bell) = match self.send().await {
                Ok(Looked::Held) => (held.next(), None),
                Ok(Looked::Empty | Looked::Sent) => {
                    away.begin_anew();
                    held.begin_anew();
                    (LOOK_EVERY, Some(&self.0.bell))
                }
                Err(error) => {
                    let service = self.0.service;
                    metrics::counter!("events_send_failures_total", "service" => service)
                        .increment(1);
                    if away.is_new() {
                        tracing::warn!(service, %error, "events wait in the outbox; will try on");
                    }
                    (away.next(), None)
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                () = rung(bell) => {}
            }
        }
    }
}

/// Never, where there is no bell to hear.
async fn rung(bell: Option<&Arc<Notify>>) {
    match bell {
        Some(bell) => bell.notified().await,
        None => std::future::pending().await,
    }
}

/// A pause that doubles each time, up to the longest.
struct Pause {
    first: Duration,
    next: Duration,
    longest: Duration,
}

impl Pause {
    fn between(first: Duration, longest: Duration) -> Pause {
        Pause { first, next: first, longest }
    }

    fn is_new(&self) -> bool {
        self.next == self.first
    }

    fn begin_anew(&mut self) {
        self.next = self.first;
    }

    fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now
    }
}
