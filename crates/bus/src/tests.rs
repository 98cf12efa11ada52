//! The suite that every kind of bus passes, and what only some kinds promise.

mod kafka;

use std::collections::BTreeSet;
use std::time::Duration;

use model::{Event, Instant, Logged, Moved, StreamName};
use uuid::Uuid;

use crate::{Bus, Heard, Inlet, Subscription, testing};

const FAMILY: &str = "suite/thing";

/// Longer than anything takes that happens at all.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long to listen before one tells again.
const MOMENT: Duration = Duration::from_millis(100);

/// An event of one of many streams, each of which has every number but once.
fn event(kind: &str, number: i64) -> Logged {
    let streams = 8;
    let id = Uuid::from_u128(u128::try_from(number % streams).unwrap());
    let event = Event {
        number,
        kind: "counted".to_owned(),
        at: Instant(1_795_521_600_000_000),
        cause: None,
        body: format!("{{\"number\":{number}}}"),
    };
    Logged { stream: StreamName::new("suite", kind, id), epoch: Uuid::from_u128(1), event }
}

async fn tell(bus: &Bus, events: &[Logged]) {
    let moved = |it: &Logged| Moved { stream: it.stream.clone(), number: it.event.number };
    match bus.inlet() {
        Inlet::Call(tell) => tell(&events.iter().map(moved).collect::<Vec<_>>()),
        Inlet::Outbox(sender) => {
            sender.ping().await.unwrap();
            sender.send("suite", events).await.unwrap();
        }
    }
}

async fn tell_things(bus: &Bus, numbers: impl Iterator<Item = i64>) {
    tell(bus, &numbers.map(|number| event("thing", number)).collect::<Vec<_>>()).await;
}

async fn hear(listener: &mut Subscription) -> i64 {
    let heard = tokio::time::timeout(DEADLINE, listener.next()).await;
    number(heard.expect("something is heard"))
}

fn number(heard: Option<Heard>) -> i64 {
    heard.and_then(Heard::moved).expect("news of a stream").number
}

/// Tells about nothing much until it is heard, from when on everything is.
async fn tune_in(bus: &Bus, listener: &mut Subscription) {
    let heard = async {
        loop {
            tell_things(bus, std::iter::once(0)).await;
            if tokio::time::timeout(MOMENT, listener.next()).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, heard).await.expect("the listener hears at last");
}

/// Hears numbers until all of some were heard.
async fn hear_all(listener: &mut Subscription, wanted: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut missing: BTreeSet<i64> = wanted.collect();
    let mut all = Vec::new();
    while !missing.is_empty() {
        let heard = hear(listener).await;
        missing.remove(&heard);
        all.push(heard);
    }
    all
}

fn of_stream(numbers: &[i64], stream: i64) -> Vec<i64> {
    numbers.iter().copied().filter(|number| *number > 0 && number % 8 == stream).collect()
}

/// Whoever listens hears of its family's streams, each in its order, and nobody has to listen.
async fn conforms(bus: Bus) {
    tell_things(&bus, 1..=3).await;
    let (mut one, mut two) = (bus.tap(FAMILY), bus.clone().tap(FAMILY));
    let mut others = bus.tap("suite/other");
    for listener in [&mut one, &mut two] {
        tune_in(&bus, listener).await;
    }
    tell_things(&bus, 11..=60).await;
    for listener in [&mut one, &mut two] {
        let heard = hear_all(listener, 11..=60).await;
        assert!(!heard.iter().any(|number| (1..=3).contains(number)), "what came before");
        for stream in 0..8 {
            let expected: Vec<i64> = (11..=60).filter(|number| number % 8 == stream).collect();
            assert_eq!(of_stream(&heard, stream), expected, "in order");
        }
    }
    let other = async {
        loop {
            tell(&bus, &[event("other", 70)]).await;
            if let Ok(heard) = tokio::time::timeout(MOMENT, others.next()).await {
                return number(heard);
            }
        }
    };
    let other = tokio::time::timeout(DEADLINE, other).await.expect("the other family is heard");
    assert_eq!(other, 70, "only its own family");

    let mut member = bus.follow(FAMILY, "suite.counter");
    tune_in(&bus, &mut member).await;
    tell_things(&bus, 71..=90).await;
    hear_all(&mut member, 71..=90).await;
    member.done();
    assert_eq!(member.heard(), None, "nothing waits");
    member.leave().await;
}

#[tokio::test]
async fn every_bus_conforms() {
    for url in testing::urls() {
        println!("on {}", url.split(':').next().unwrap_or_default());
        conforms(crate::connect(&url).unwrap()).await;
    }
}

#[tokio::test]
async fn a_listener_that_the_embedded_bus_leaves_behind_is_told() {
    let bus = crate::connect("embedded:").unwrap();
    let (mut slow, mut ending) = (bus.tap(FAMILY), bus.tap(FAMILY));
    tell_things(&bus, 0..20_000).await;
    assert_eq!(slow.next().await, Some(Heard::Missed));
    drop(bus);
    while ending.next().await.is_some() {}
}

#[test]
fn a_wrong_url_is_refused_with_what_would_be_right() {
    for (url, words) in [
        ("carrier-pigeon://me:secret@roof", ["carrier-pigeon", "embedded:", "kafka://"]),
        ("kafka:", ["kafka:", "embedded:", "kafka://"]),
        ("kafka://me:secret@kafka", ["bus: \"kafka\"", "host:port", "kafka://"]),
    ] {
        let error = crate::connect(url).err().unwrap().to_string();
        let has_all = words.iter().all(|word| error.contains(word));
        assert!(has_all && !error.contains("secret"), "{error}");
    }
    assert!(crate::is_private("embedded:") && !crate::is_private("kafka://kafka:9092"));
}
