//! The way of an event over a bus that may be away, to replicas that may die.

use std::time::Duration;

use bus::testing::Broker;
use bus::{Bus, Sender};
use model::Logged;

use super::*;

/// Less than the time after which heads are compared, so that what happens came over the bus.
const DEADLINE: Duration = Duration::from_secs(25);

/// Asks again and again until the answer is yes.
async fn until<Fut: Future<Output = bool>>(what: &str, condition: impl Fn() -> Fut) {
    let asked = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while !condition().await {
            ticks.tick().await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, asked).await.is_ok(), "{what} did not come about");
}

async fn shown(deployment: &TestDeployment, thing: Uuid) -> Value {
    read(deployment, thing, "").await.expect(200)["total"].clone()
}

async fn unsent(deployment: &TestDeployment) -> usize {
    deployment.database("counter").unsent(1000).await.unwrap().len()
}

#[tokio::test]
async fn while_the_broker_is_away_events_wait_and_readers_ask_the_owner() {
    on_each_database(&BOTH, |mut deployment| async move {
        let broker = Broker::default();
        deployment.crash_and_restart(Bus::new(broker.clone())).await;
        deployment.deployment.start();
        let thing = Uuid::now_v7();
        add(&deployment, thing, 1).await;
        until("the first total", async || shown(&deployment, thing).await == 1).await;

        broker.set_away(true);
        for amount in [2, 3] {
            add(&deployment, thing, amount).await;
        }
        let fresh = read(&deployment, thing, "?at_least=3").await.expect(200);
        assert_eq!(fresh, json!({ "total": 6, "as_of": 3 }));
        add(&deployment, thing, 4).await;
        assert_eq!(unsent(&deployment).await, 3, "they are kept");

        broker.set_away(false);
        until("the last total", async || shown(&deployment, thing).await == 10).await;
        until("an empty outbox", async || unsent(&deployment).await == 0).await;
    })
    .await;
}

#[tokio::test]
async fn an_event_that_came_along_is_applied_if_it_comes_next_and_doubted_otherwise() {
    let broker = Broker::default();
    let mut deployment = deploy(&BOTH).await;
    deployment.crash_and_restart(Bus::new(broker.clone())).await;
    let thing = Uuid::now_v7();
    add(&deployment, thing, 1).await;
    deployment.settle().await;
    deployment.deployment.start();

    let stream = StreamName::new("counter", "thing", thing);
    let head = deployment.database("counter").stream_head(&stream).await.unwrap().unwrap();
    // The owner knows nothing of these, so who applies them did not ask.
    let send = async |epoch: Uuid, number: i64, amount: i64| {
        let (kind, body) = ("added".to_owned(), amount.to_string());
        let event = Event { number, kind, at: START, cause: None, body };
        let logged = Logged { stream: stream.clone(), epoch, event };
        broker.send("counter", &[logged]).await.unwrap();
    };
    send(head.epoch, 2, 10).await;
    until("what came along", async || shown(&deployment, thing).await == 11).await;
    send(head.epoch, 2, 10).await;
    send(head.epoch, 3, 100).await;
    until("once each", async || shown(&deployment, thing).await == 111).await;
    // Neither directly next nor of this life: the owner is asked, who never went so far.
    send(Uuid::new_v4(), 4, 1000).await;
    until("the owner's word", async || shown(&deployment, thing).await == 1).await;
    send(head.epoch, 3, 100).await;
    add(&deployment, thing, 5).await;
    until("the owner's next", async || shown(&deployment, thing).await == 6).await;
}

/// Two replicas write, relay and follow together; one dies in the middle of its work.
async fn replicas_have_each_effect_once(one: TestDeployment, bus: impl Fn() -> Bus) {
    let mut one = one;
    one.crash_and_restart(bus()).await;
    let mut two = one.replica(bus()).await;
    one.deployment.start();
    two.deployment.start();
    let things: Vec<Uuid> = (0..8).map(|_| Uuid::now_v7()).collect();
    let mut expected = 0;
    for amount in 1..=6 {
        let adds = things
            .iter()
            .enumerate()
            .map(|(index, thing)| add(if index % 2 == 0 { &one } else { &two }, *thing, amount));
        futures::future::join_all(adds).await;
        expected += amount;
    }
    let all_show = async |deployment: &TestDeployment, total: i64| {
        let shown = things.iter().map(|thing| shown(deployment, *thing));
        futures::future::join_all(shown).await.iter().all(|shown| *shown == total)
    };
    until("every total", async || all_show(&two, expected).await).await;

    for service in ["counter", "adder"] {
        one.database(service).fuse().blow_after(3);
    }
    for amount in 7..=12 {
        futures::future::join_all(things.iter().map(|thing| add(&two, *thing, amount))).await;
        expected += amount;
    }
    drop(one);
    // If it died while it was sending, its lease is over by now.
    two.clock.advance_seconds(60);
    until("every total without the dead", async || all_show(&two, expected).await).await;
    until("an empty outbox", async || unsent(&two).await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_on_a_broker_in_memory_have_each_effect_once() {
    on_each_database(&BOTH, |deployment| async move {
        let broker = Broker::default();
        replicas_have_each_effect_once(deployment, || Bus::new(broker.clone())).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_on_kafka_have_each_effect_once() {
    on_each_database(&BOTH, |deployment| async move {
        let url = bus::testing::urls().into_iter().find(|url| url.starts_with("kafka:"));
        let Some(url) = url else { return };
        replicas_have_each_effect_once(deployment, || bus::connect(&url).unwrap()).await;
    })
    .await;
}
