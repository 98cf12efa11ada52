//! What Kafka promises to groups, on a real one.

use super::*;

/// The Kafka of this run, where there is one, as an installation of the test's own.
fn kafka() -> Option<Bus> {
    let url = testing::urls().into_iter().find(|url| url.starts_with("kafka:"))?;
    Some(crate::connect(&url).unwrap())
}

#[tokio::test]
async fn what_is_done_is_not_told_again_and_what_is_not_done_is() {
    let Some(bus) = kafka() else { return };
    tell_things(&bus, 1..=40).await;
    let mut first = bus.follow(FAMILY, "suite.counter");
    hear_all(&mut first, 1..=40).await;
    first.done();
    first.leave().await;

    tell_things(&bus, 41..=60).await;
    let mut second = bus.follow(FAMILY, "suite.counter");
    let mut heard = hear_all(&mut second, 41..=60).await;
    heard.sort_unstable();
    assert_eq!(heard, (41..=60).collect::<Vec<_>>(), "what the first did is done");
    second.leave().await;

    let mut third = bus.follow(FAMILY, "suite.counter");
    let mut again = hear_all(&mut third, 41..=60).await;
    again.sort_unstable();
    assert_eq!(again, heard, "the second had no effect");

    let mut another_group = bus.follow(FAMILY, "suite.another");
    hear_all(&mut another_group, 1..=60).await;
}

#[tokio::test]
async fn members_of_a_group_share_and_the_ones_that_stay_take_over() {
    let Some(bus) = kafka() else { return };
    let mut one = bus.follow(FAMILY, "suite.counter");
    let mut two = bus.follow(FAMILY, "suite.counter");
    let mut told = 0;
    let mut heard: [BTreeSet<i64>; 2] = Default::default();
    let both_work = async {
        while heard.iter().any(BTreeSet::is_empty) {
            tell_things(&bus, told + 1..=told + 20).await;
            told += 20;
            for (member, heard) in [&mut one, &mut two].into_iter().zip(&mut heard) {
                while let Ok(next) = tokio::time::timeout(MOMENT, member.next()).await {
                    heard.insert(number(next));
                }
                member.done();
            }
        }
    };
    tokio::time::timeout(DEADLINE, both_work).await.expect("both members have work");

    one.leave().await;
    tell_things(&bus, told + 1..=told + 40).await;
    let [ones, twos] = heard;
    let rest = (1..=told + 40).filter(|number| !ones.contains(number) && !twos.contains(number));
    hear_all(&mut two, rest).await;
}

#[tokio::test]
async fn an_event_arrives_as_it_was_committed() {
    let Some(bus) = kafka() else { return };
    let mut member = bus.follow(FAMILY, "suite.counter");
    let mut sent = event("thing", 1);
    sent.event.cause = Some("request-1".to_owned());
    tell(&bus, std::slice::from_ref(&sent)).await;
    let heard = tokio::time::timeout(DEADLINE, member.next()).await.expect("it is heard");
    assert_eq!(heard, Some(Heard::Event(sent)));
}
