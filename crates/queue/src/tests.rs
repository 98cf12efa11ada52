//! The suite that every kind of queue passes, on every database and broker that this run has.

mod broker;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use model::Instant;
use store::jobs::{Listed, State};
use store::{Db, Error};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::rabbit::{Address, Rabbit};
use crate::{Job, LADDER_SECONDS, LEASE_SECONDS, Queue, check, connect};

const NOW: Instant = Instant(1_795_000_000_000_000);

/// How long a test waits for what should happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks at what nobody tells of.
const A_MOMENT: Duration = Duration::from_millis(50);

/// One process with a queue at work, and a clock that stands still until it is moved.
struct Replica {
    queue: Queue,
    now: Arc<AtomicI64>,
    running: JoinHandle<()>,
}

impl Replica {
    fn start(queue: Queue, now: &Arc<AtomicI64>) -> Replica {
        let running = carry(&queue, now);
        Replica { queue, now: Arc::clone(now), running }
    }

    fn now(&self) -> Instant {
        Instant(self.now.load(Ordering::SeqCst))
    }

    /// Moves the clock, which nobody is told by itself.
    fn move_to(&self, now: Instant) {
        self.now.store(now.0, Ordering::SeqCst);
        self.queue.ring();
    }

    /// Ends with what it holds and starts again.
    async fn crash(&mut self) {
        self.running.abort();
        let _aborted = (&mut self.running).await;
        self.running = carry(&self.queue, &self.now);
    }

    async fn next(&self) -> Job {
        let claimed = async {
            loop {
                if let Some(job) = self.queue.claim(self.now()).await.unwrap() {
                    return job;
                }
                self.queue.rung().await;
            }
        };
        tokio::time::timeout(PATIENCE, claimed).await.expect("a job comes")
    }

    async fn none(&self) -> bool {
        self.queue.claim(self.now()).await.unwrap().is_none()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn carry(queue: &Queue, now: &Arc<AtomicI64>) -> JoinHandle<()> {
    let (queue, now) = (queue.clone(), Arc::clone(now));
    let clock = Arc::new(move || Instant(now.load(Ordering::SeqCst)));
    tokio::spawn(async move { queue.run(clock, CancellationToken::new()).await })
}

/// A database with a queue for each of its replicas.
struct Place {
    service: String,
    db: Db,
    replicas: Vec<Replica>,
}

impl Place {
    /// Two replicas of a service. Its name is new, so that a broker knows nothing of it.
    async fn new(database: &str, broker: Option<&str>) -> Place {
        let db = store::testing::open(database, "queue").await;
        let now = Arc::new(AtomicI64::new(NOW.0));
        let service = Uuid::now_v7().to_string();
        let queues: Vec<Queue> = (0..2).map(|_| open(broker, &service, &db)).collect();
        let bells = queues.clone();
        db.on_commit(move |committed| {
            if committed.enqueued {
                bells.iter().for_each(Queue::ring);
            }
        });
        let replicas = queues.into_iter().map(|queue| Replica::start(queue, &now)).collect();
        Place { service, db, replicas }
    }

    async fn order(&self, kind: &'static str, due: Instant) -> Uuid {
        let id = Uuid::now_v7();
        let enqueue =
            move |tx: store::Tx| async move { tx.enqueue(id, kind, "7".to_owned(), due).await };
        self.db.write(enqueue).await.unwrap();
        id
    }

    async fn jobs(&self) -> Vec<Listed> {
        self.db.list_jobs(None, None, 1000).await.unwrap()
    }

    async fn close(self) {
        drop(self.replicas);
        self.db.close().await;
    }
}

fn open(broker: Option<&str>, service: &str, db: &Db) -> Queue {
    let Some(url) = broker else { return connect("embedded:", service, db).unwrap() };
    let mut address: Address = url.parse().unwrap();
    // The broker's ladder in milliseconds, as the test's clock is moved by hand.
    address.second_ms = 1;
    Queue { db: db.clone(), engine: Arc::new(Rabbit::new(address, service, db.clone())) }
}

/// The broker that this run has, if any.
fn rabbit() -> Option<String> {
    std::env::var("EXPENSE_TEST_RABBITMQ").ok()
}

/// Runs a body on each kind of queue with each database.
async fn on_each<F, Fut>(body: F)
where
    F: Fn(Place) -> Fut,
    Fut: Future<Output = Place>,
{
    let folder = tempfile::tempdir().unwrap();
    let rabbit = rabbit();
    for broker in std::iter::once(None).chain(rabbit.as_deref().map(Some)) {
        for database in store::testing::urls(folder.path()) {
            let kind = database.split(':').next().unwrap_or_default();
            println!("on {kind} and {}", broker.map_or("the table alone", |_| "RabbitMQ"));
            body(Place::new(&database, broker).await).await.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_brought_when_it_is_due_and_after_a_failure_one_step_up_the_ladder() {
    on_each(|mut place| async move {
        place.replicas.truncate(1);
        let replica = &place.replicas[0];
        assert!(replica.none().await);
        let later = place.order("count", NOW.plus_seconds(10)).await;
        let sooner = place.order("count", NOW).await;
        let job = replica.next().await;
        assert_eq!((job.id, job.kind.as_str(), job.body.as_str()), (sooner, "count", "7"));
        assert!(replica.none().await, "one worker has it, the other is not due");
        replica.queue.finish(&job).await.unwrap();

        let mut now = NOW.plus_seconds(10);
        replica.move_to(now);
        for seconds in LADDER_SECONDS {
            let job = replica.next().await;
            assert_eq!(job.id, later);
            assert!(!replica.queue.failed(&job, now, "no luck".to_owned()).await.unwrap());
            replica.move_to(now.plus_seconds(seconds - 1));
            assert!(replica.none().await, "it is not due");
            now = now.plus_seconds(seconds);
            replica.move_to(now);
        }
        let job = replica.next().await;
        assert!(replica.queue.failed(&job, now, "no luck".to_owned()).await.unwrap(), "parked");
        let parked = place.db.list_jobs(Some(State::Parked), None, 9).await.unwrap();
        assert_eq!((parked[0].id, parked[0].attempts), (later, 6));
        assert_eq!(parked[0].reason.as_deref(), Some("no luck"));
        replica.move_to(now.plus_seconds(100_000));
        assert!(replica.none().await);
        assert_eq!(place.jobs().await.len(), 1);
        place
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_workers_job_is_anothers_when_its_lease_is_over_and_parked_if_it_kills_them_all() {
    on_each(|mut place| async move {
        let deadly = place.order("count", NOW).await;
        place.replicas.truncate(1);
        let replica = &mut place.replicas[0];
        for attempt in 0..=5 {
            let job = replica.next().await;
            assert_eq!((job.id, job.attempts), (deadly, attempt));
            let kept = replica.now().plus_seconds(20);
            assert!(replica.queue.keep(&job, kept).await.unwrap());
            replica.crash().await;
            replica.move_to(kept.plus_seconds(LEASE_SECONDS - 1));
            assert!(replica.none().await, "its worker said that it was still at it");
            replica.move_to(kept.plus_seconds(LEASE_SECONDS));
        }
        let now = replica.now();
        let other = place.order("count", now).await;
        assert_eq!(place.replicas[0].next().await.id, other, "the deadly one is not given out");
        let parked = place.db.list_jobs(Some(State::Parked), None, 9).await.unwrap();
        assert_eq!(parked[0].id, deadly);
        assert!(parked[0].reason.as_deref().unwrap().contains("6 attempts"), "{parked:?}");
        place
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_exists_only_if_its_transaction_commits() {
    on_each(|mut place| async move {
        place.replicas.truncate(1);
        let refused = place.db.write(|tx| async move {
            tx.enqueue(Uuid::now_v7(), "count", String::new(), NOW).await?;
            Err::<(), _>(Error::Json("changed my mind".to_owned()))
        });
        assert!(refused.await.is_err());
        let kept = place.order("count", NOW).await;
        assert_eq!(place.replicas[0].next().await.id, kept);
        place
    })
    .await;
}

/// What workers did, for the test to judge.
#[derive(Default)]
struct Ledger {
    busy: Mutex<BTreeSet<Uuid>>,
    done: Mutex<BTreeMap<Uuid, usize>>,
    all_ordered: AtomicBool,
}

impl Ledger {
    fn done(self) -> BTreeMap<Uuid, usize> {
        self.done.into_inner().unwrap()
    }

    /// Does one job: those called "bad" are parked.
    async fn work_on(&self, job: Job, replica: &Replica) {
        assert!(self.busy.lock().unwrap().insert(job.id), "two workers are at one job");
        tokio::task::yield_now().await;
        assert!(self.busy.lock().unwrap().remove(&job.id));
        if job.kind == "bad" {
            replica.queue.park(&job, replica.now(), "it is bad".to_owned()).await.unwrap();
        } else {
            *self.done.lock().unwrap().entry(job.id).or_default() += 1;
            replica.queue.finish(&job).await.unwrap();
        }
    }
}

impl Place {
    /// Lets all replicas work until everything that was ordered is done or parked.
    async fn work(&self, ledger: &Ledger) {
        let working = join_all(self.replicas.iter().map(|replica| self.work_at(replica, ledger)));
        tokio::time::timeout(PATIENCE, working).await.expect("all is done");
    }

    async fn work_at(&self, replica: &Replica, ledger: &Ledger) {
        while !self.is_all_done(ledger).await {
            match replica.queue.claim(replica.now()).await.unwrap() {
                Some(job) => ledger.work_on(job, replica).await,
                None => {
                    // Nobody rings for the last job of another replica.
                    let rung = tokio::time::timeout(A_MOMENT, replica.queue.rung());
                    let _rung_or_not = rung.await;
                }
            }
        }
    }

    async fn is_all_done(&self, ledger: &Ledger) -> bool {
        let is_parked = |job: &Listed| job.standing.state == State::Parked;
        ledger.all_ordered.load(Ordering::SeqCst) && self.jobs().await.iter().all(is_parked)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_jobs_and_do_none_twice() {
    on_each(|place| async move {
        let mut ids = BTreeSet::new();
        for _ in 0..60 {
            ids.insert(place.order("count", NOW).await);
        }
        let ledger = Ledger { all_ordered: true.into(), ..Ledger::default() };
        place.work(&ledger).await;
        assert_eq!(ledger.done(), ids.into_iter().map(|id| (id, 1)).collect());
        assert_eq!(place.jobs().await, []);
        place
    })
    .await;
}

#[test]
fn an_unknown_queue_is_refused_with_those_that_are_known_and_without_its_password() {
    for url in ["redis://u:secret@h", "rabbit:", "", "embedded:x"] {
        let error = check(url).unwrap_err().to_string();
        assert!(error.contains("embedded:") && error.contains("amqp://"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    check("embedded:").unwrap();
    check("amqp://u:secret@h").unwrap();
}
