//! Following the logs of other services: each event is applied once, in order, whatever the bus
//! loses, repeats or reorders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bus::{Bus, Heard, Subscription};
use model::{Instant, Logged, Moved, StreamName};
use store::{Db, Event, Place, Run, StreamHead, Tx, cause};
use tokio::time::Instant as Deadline;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::Error;
use crate::log::LogClient;

/// A projection of another service's streams.
#[async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// The name that its positions are kept under.
    fn name(&self) -> &'static str;

    /// The streams that it follows: service and kind, such as `ledger/book`.
    fn family(&self) -> &'static str;

    /// Applies a run of events that directly follow those applied before. May run again when the
    /// transaction is tried again; its effects are kept with the position, or not at all.
    async fn apply(&self, tx: &Tx, stream: &StreamName, events: &[Event]) -> Result<(), Error>;

    /// Removes everything that the stream's events have left, to apply them from the first again.
    async fn forget(&self, tx: &Tx, stream: &StreamName) -> Result<(), Error>;
}

/// A consumer at work on the streams it follows. Cheap to clone.
#[derive(Clone)]
pub struct Follower {
    service: &'static str,
    consumer: Arc<dyn Consumer>,
    db: Db,
    log: LogClient,
    clock: Clock,
}

/// How many events are read and applied at once.
const RUN_LENGTH: u64 = 500;

/// How long a reader waits for what it wrote to be applied.
const AT_LEAST_TIMEOUT: Duration = Duration::from_secs(2);

/// How often heads are compared, so that a lost last event is found too.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// How far a comparison looks back: clocks differ, and commits take a moment.
const LOOK_BACK_SECONDS: i64 = 120;

/// How long a follower waits for more, while events come faster than it applies them.
const GATHER: Duration = Duration::from_millis(25);

/// Notices that were heard together.
#[derive(Default)]
struct Gathered {
    streams: BTreeMap<StreamName, Told>,
    missed: bool,
}

/// What was heard of one stream.
#[derive(Default)]
struct Told {
    furthest: i64,
    /// The events that came along, by number.
    events: BTreeMap<i64, Logged>,
}

impl Follower {
    pub(crate) fn new(
        service: &'static str,
        consumer: Arc<dyn Consumer>,
        db: Db,
        log: LogClient,
        clock: Clock,
    ) -> Self {
        Self { service, consumer, db, log, clock }
    }

    /// Hears of the streams that it follows, and shares them with its replicas.
    pub(crate) fn subscribe(&self, bus: &Bus) -> Subscription {
        let group = format!("{}.{}", self.service, self.consumer.name());
        bus.follow(self.consumer.family(), &group)
    }

    /// How far a stream has been applied.
    pub async fn position(&self, stream: &StreamName) -> Result<Option<Place>, Error> {
        Ok(self.db.position(self.consumer.name(), stream).await?)
    }

    /// The events of a stream after a number, as its owner's log has them, without applying any;
    /// `None` where the owner does not know the stream.
    pub async fn events(&self, stream: &StreamName, after: i64) -> Result<Option<Run>, Error> {
        self.log.events(stream, after, RUN_LENGTH).await
    }

    /// Makes sure that a stream is applied up to a number that its owner has given out.
    pub async fn at_least(&self, stream: &StreamName, number: i64) -> Result<(), Error> {
        let deadline = Deadline::now() + AT_LEAST_TIMEOUT;
        let reached = |place: Option<Place>| place.is_some_and(|place| place.number >= number);
        let from = self.position(stream).await?;
        if reached(from) {
            return Ok(());
        }
        let followed = tokio::time::timeout_at(deadline, self.follow_from(stream, from)).await;
        let Ok(place) = followed else {
            return Err(Error::unavailable("This view is still catching up with the book."));
        };
        if reached(place?) {
            return Ok(());
        }
        Err(Error::field("at_least", "is beyond what has happened in this book"))
    }

    /// Applies everything that the owner's log holds beyond our position.
    pub async fn follow(&self, stream: &StreamName) -> Result<Option<Place>, Error> {
        let from = self.position(stream).await?;
        self.follow_from(stream, from).await
    }

    async fn follow_from(
        &self,
        stream: &StreamName,
        mut from: Option<Place>,
    ) -> Result<Option<Place>, Error> {
        loop {
            let after = from.map_or(0, |place| place.number);
            let Some(run) = self.log.events(stream, after, RUN_LENGTH).await? else {
                // Erased at its owner: so it is here.
                if from.is_some() {
                    self.rebuild(stream).await?;
                }
                return Ok(None);
            };
            let belongs_elsewhere =
                from.is_some_and(|from| from.epoch != run.epoch || from.number > run.head);
            if belongs_elsewhere {
                tracing::info!(%stream, consumer = self.consumer.name(), "rebuilding a stream");
                self.rebuild(stream).await?;
                from = None;
                continue;
            }
            let Some(last) = run.events.last() else { return Ok(from) };
            let to = Place { epoch: run.epoch, number: last.number };
            let is_all = last.number == run.head;
            if self.apply(stream, from, to, run).await? && is_all {
                return Ok(Some(to));
            }
            from = self.position(stream).await?;
        }
    }

    /// False where somebody else applied from the same position meanwhile.
    async fn apply(
        &self,
        stream: &StreamName,
        from: Option<Place>,
        to: Place,
        run: Run,
    ) -> Result<bool, Error> {
        let after = from.map_or(0, |place| place.number);
        let without_gap = (after + 1..).zip(&run.events).all(|(n, event)| n == event.number);
        if !without_gap {
            let gap = anyhow::anyhow!("the log of {stream} has a gap after {after}");
            return Err(Error::internal(gap));
        }
        let cause = run.events.last().and_then(|last| last.cause.clone()).unwrap_or_default();
        let (consumer, stream) = (Arc::clone(&self.consumer), stream.clone());
        let events = Arc::new(run.events);
        let applied = self.db.write(move |tx| {
            let (consumer, stream) = (Arc::clone(&consumer), stream.clone());
            let events = Arc::clone(&events);
            async move {
                let is_ours = tx.move_position(consumer.name(), &stream, from, to).await?;
                if is_ours {
                    consumer.apply(&tx, &stream, &events).await?;
                }
                Ok::<_, Error>(is_ours)
            }
        });
        cause::scope(cause, applied).await
    }

    async fn rebuild(&self, stream: &StreamName) -> Result<(), Error> {
        let (consumer, stream) = (Arc::clone(&self.consumer), stream.clone());
        self.db
            .write(move |tx| {
                let (consumer, stream) = (Arc::clone(&consumer), stream.clone());
                async move {
                    tx.forget_position(consumer.name(), &stream).await?;
                    consumer.forget(&tx, &stream).await
                }
            })
            .await
    }

    /// Asks the owner which streams moved since an instant, and follows those that we are behind
    /// in. True where there was something to do.
    pub(crate) async fn compare_heads(&self, since: Instant) -> Result<bool, Error> {
        let mut behind = false;
        let mut after = None;
        loop {
            let heads = self.log.moved_since(self.consumer.family(), since, after.as_ref()).await?;
            let Some(last) = heads.last() else { return Ok(behind) };
            after = Some(last.stream.clone());
            for head in &heads {
                behind |= self.follow_to(head).await?;
            }
        }
    }

    async fn follow_to(&self, head: &StreamHead) -> Result<bool, Error> {
        let at_head = Some(Place { epoch: head.epoch, number: head.number });
        let from = self.position(&head.stream).await?;
        if from == at_head {
            return Ok(false);
        }
        self.follow_from(&head.stream, from).await?;
        Ok(true)
    }

    /// Works until it is told to stop.
    pub(crate) async fn run(self, mut heard: Subscription, stop: CancellationToken) {
        let mut compared_at = Instant(0);
        let mut ticks = tokio::time::interval(COMPARE_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first comparison, which comes at once, finds what was left undone before.
        let mut is_behind = true;
        loop {
            let outcome = tokio::select! {
                biased;
                () = stop.cancelled() => return heard.leave().await,
                _ = ticks.tick() => self.compare_and_note(&mut compared_at).await,
                next = heard.next() => match next {
                    None => return,
                    Some(first) => {
                        let all = self.gather(first, &mut heard).await;
                        self.follow_all(all, &mut compared_at).await
                    }
                },
            };
            match outcome {
                Ok(Reached::Heads) => is_behind = false,
                Ok(Reached::Heard) => {}
                Err(error) => {
                    tracing::warn!(consumer = self.consumer.name(), %error, "could not follow; will try again");
                    // The comparison that comes next finds what was left undone.
                    is_behind = true;
                    ticks.reset_after(Duration::from_secs(1));
                    compared_at = Instant(0);
                }
            }
            if !is_behind {
                heard.done();
            }
        }
    }

    /// What was heard by now. Where several notices wait already, events come faster than they are
    /// applied: then a moment more lets many share one transaction.
    async fn gather(&self, first: Heard, heard: &mut Subscription) -> Gathered {
        let mut all = Gathered::default();
        all.note(first);
        if all.note_waiting(heard) {
            tokio::time::sleep(GATHER).await;
            all.note_waiting(heard);
        }
        all
    }

    async fn follow_all(&self, all: Gathered, compared_at: &mut Instant) -> Result<Reached, Error> {
        if all.missed {
            return self.compare_and_note(compared_at).await;
        }
        for (stream, told) in all.streams {
            self.follow_told(&stream, told).await?;
        }
        Ok(Reached::Heard)
    }

    /// Applies the events that came along as far as they directly follow ours, and asks the owner
    /// for the rest.
    async fn follow_told(&self, stream: &StreamName, told: Told) -> Result<(), Error> {
        let mut from = self.position(stream).await?;
        if told.is_known_at(from) {
            return Ok(());
        }
        if let Some((to, run)) = from.and_then(|from| told.run_after(from)) {
            let is_ours = self.apply(stream, from, to, run).await?;
            from = if is_ours { Some(to) } else { self.position(stream).await? };
        }
        if !told.is_known_at(from) {
            self.follow_from(stream, from).await?;
        }
        if let Some(last) = told.events.values().next_back() {
            self.measure_delay(last.event.at);
        }
        Ok(())
    }

    /// How long after it happened an event has its effect here.
    fn measure_delay(&self, at: Instant) {
        let micros = u64::try_from(self.clock.now().0 - at.0).unwrap_or(0);
        metrics::histogram!("event_delay_seconds", "consumer" => self.consumer.name())
            .record(Duration::from_micros(micros).as_secs_f64());
    }

    async fn compare_and_note(&self, compared_at: &mut Instant) -> Result<Reached, Error> {
        let now = self.clock.now();
        self.compare_heads(*compared_at).await?;
        *compared_at = now.plus_seconds(-LOOK_BACK_SECONDS);
        Ok(Reached::Heads)
    }
}

/// How far a step of following has come.
enum Reached {
    /// What was heard has been applied.
    Heard,
    /// Everything that the owners have was applied.
    Heads,
}

impl Gathered {
    /// False where nothing waited.
    fn note_waiting(&mut self, heard: &mut Subscription) -> bool {
        let waiting = std::iter::from_fn(|| heard.heard());
        waiting.map(|next| self.note(next)).count() > 0
    }

    fn note(&mut self, heard: Heard) {
        match heard {
            Heard::Missed => self.missed = true,
            Heard::Moved(Moved { stream, number }) => {
                self.streams.entry(stream).or_default().reach(number);
            }
            Heard::Event(logged) => {
                let told = self.streams.entry(logged.stream.clone()).or_default();
                told.reach(logged.event.number);
                told.events.insert(logged.event.number, logged);
            }
        }
    }
}

impl Told {
    fn reach(&mut self, number: i64) {
        self.furthest = self.furthest.max(number);
    }

    /// True where a position says that nothing of this is new.
    fn is_known_at(&self, place: Option<Place>) -> bool {
        place.is_some_and(|place| {
            let is_same_life = self.events.values().all(|logged| logged.epoch == place.epoch);
            self.furthest <= place.number && is_same_life
        })
    }

    /// The events that directly follow a position, in the same life of the stream.
    fn run_after(&self, from: Place) -> Option<(Place, Run)> {
        let next = |number| self.events.get(&number).filter(|it| it.epoch == from.epoch);
        let events: Vec<Event> =
            (from.number + 1..).map_while(next).map(|logged| logged.event.clone()).collect();
        let head = events.last()?.number;
        let to = Place { epoch: from.epoch, number: head };
        Some((to, Run { epoch: from.epoch, head, events }))
    }
}
