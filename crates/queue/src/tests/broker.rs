//! What only a broker can do to jobs: be killed, repeat a message, bring one that is nobody's.

use lapin::options::{BasicGetOptions, BasicPublishOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use xtask::services::{Instance, RabbitMq};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_killed_amid_200_jobs_and_each_is_done_once_or_parked_with_a_reason() {
    if rabbit().is_none() {
        return;
    }
    let mut rabbit = Instance::start(&RabbitMq).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = store::testing::urls(folder.path()).pop().unwrap();
    let place = Place::new(&database, Some(&rabbit.address())).await;
    let (mut good, mut bad) = (BTreeSet::new(), BTreeSet::new());
    let mut order_50 = async || {
        for number in 0..50 {
            match number % 10 {
                0 => bad.insert(place.order("bad", NOW).await),
                _ => good.insert(place.order("count", NOW).await),
            };
        }
    };
    let ledger = Ledger::default();
    let working = place.work(&ledger);
    let upsetting = async {
        order_50().await;
        order_50().await;
        rabbit.kill().unwrap();
        order_50().await;
        tokio::task::block_in_place(|| rabbit.start_again().unwrap());
        order_50().await;
        ledger.all_ordered.store(true, Ordering::SeqCst);
    };
    tokio::join!(working, upsetting);
    assert_eq!(ledger.done(), good.into_iter().map(|id| (id, 1)).collect());
    let parked = place.jobs().await;
    assert_eq!(parked.iter().map(|job| job.id).collect::<BTreeSet<_>>(), bad);
    assert!(parked.iter().all(|job| job.reason.as_deref() == Some("it is bad")), "{parked:?}");
    place.close().await;
}

/// What another client of the broker can see and do.
struct Stranger(Channel);

impl Stranger {
    async fn new(url: &str) -> Stranger {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
        Stranger(connection.create_channel().await.unwrap())
    }

    async fn put(&self, queue: &str, body: &str) {
        let (queue, options) = (ShortString::from(queue), BasicPublishOptions::default());
        let properties = BasicProperties::default();
        let sent = self.0.basic_publish("".into(), queue, options, body.as_bytes(), properties);
        sent.await.unwrap().await.unwrap();
    }

    /// The next message of a queue and the reason in it, as soon as there is one.
    async fn take(&self, queue: &str) -> (String, Option<String>) {
        let taken = async {
            loop {
                let options = BasicGetOptions { no_ack: true };
                if let Some(got) = self.0.basic_get(queue.into(), options).await.unwrap() {
                    let headers = got.properties.headers().clone().unwrap_or_default();
                    let reason = headers.inner().get("reason").and_then(|it| it.as_long_string());
                    let body = String::from_utf8(got.data.clone()).unwrap();
                    return (body, reason.map(ToString::to_string));
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, taken).await.expect("a message comes")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_repeated_does_nothing_and_one_that_is_nobodys_is_laid_aside() {
    let Some(url) = rabbit() else { return };
    let folder = tempfile::tempdir().unwrap();
    let database = store::testing::urls(folder.path()).remove(0);
    let mut place = Place::new(&database, Some(&url)).await;
    place.replicas.truncate(1);
    let replica = &place.replicas[0];
    let work = format!("expense-tracker.{}", place.service);
    let parked = format!("{work}.parked");
    let stranger = Stranger::new(&url).await;

    let done = place.order("count", NOW).await;
    replica.queue.finish(&replica.next().await).await.unwrap();
    let bad = place.order("bad", NOW).await;
    replica.queue.park(&replica.next().await, NOW, "it is bad".to_owned()).await.unwrap();
    assert_eq!(stranger.take(&parked).await, (bad.to_string(), Some("it is bad".to_owned())));

    stranger.put(&work, &done.to_string()).await;
    stranger.put(&work, "not one of ours").await;
    stranger.put(&work, &bad.to_string()).await;
    let last = place.order("count", NOW).await;
    assert_eq!(replica.next().await.id, last, "the others are no work");
    let laid_aside = [stranger.take(&parked).await.0, stranger.take(&parked).await.0];
    assert!(laid_aside.contains(&"not one of ours".to_owned()), "{laid_aside:?}");
    assert!(laid_aside.contains(&bad.to_string()), "{laid_aside:?}");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_has_lost_is_sent_again() {
    let Some(url) = rabbit() else { return };
    let folder = tempfile::tempdir().unwrap();
    let database = store::testing::urls(folder.path()).remove(0);
    let mut place = Place::new(&database, Some(&url)).await;
    place.replicas.truncate(1);
    let replica = &place.replicas[0];
    let busy = place.order("count", NOW).await;
    let held = replica.next().await;
    assert_eq!(held.id, busy);
    let lost = place.order("count", NOW).await;
    let work = format!("expense-tracker.{}", place.service);
    assert_eq!(Stranger::new(&url).await.take(&work).await.0, lost.to_string());
    replica.queue.finish(&held).await.unwrap();
    replica.move_to(NOW.plus_seconds(3600));
    assert_eq!(replica.next().await.id, lost);
    place.close().await;
}
