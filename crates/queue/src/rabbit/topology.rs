//! The queues of one service on a broker, and how a job's id gets into them.
//!
//! All are quorum queues. Workers hear the one called after the service. A job that failed waits in
//! the queue of its step, whose messages the broker moves back when their time is over; it lets go of
//! one only once it is safe in the other. What no retry can mend lies in the last queue, with its
//! reason, for people who watch the broker.

use std::time::Duration;

use futures::future::try_join_all;
use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Address, Broken};
use crate::LADDER_SECONDS;

/// How many parked messages the broker keeps; the rows of jobs are all kept.
const MOST_PARKED: i64 = 10_000;

/// A broker that is short of memory or disk takes messages and confirms none.
const CONFIRM_LIMIT: Duration = Duration::from_secs(10);

const PERSISTENT: u8 = 2;

/// The names of one service's queues.
pub(crate) struct Topology {
    pub work: ShortString,
    pub parked: ShortString,
    steps: [Step; LADDER_SECONDS.len()],
}

/// Where a job waits for its next attempt.
struct Step {
    queue: ShortString,
    wait_ms: i64,
}

impl Topology {
    pub fn new(address: &Address, service: &str) -> Topology {
        let work = format!("{}.{service}", address.prefix);
        let step = |seconds| Step {
            queue: format!("{work}.retry-{seconds}s").into(),
            wait_ms: seconds * address.second_ms,
        };
        Topology {
            steps: LADDER_SECONDS.map(step),
            parked: format!("{work}.parked").into(),
            work: work.into(),
        }
    }

    /// The queue in which a job waits for its next attempt.
    pub fn step(&self, step: usize) -> &ShortString {
        &self.steps[step].queue
    }

    /// Makes the queues that are not there yet.
    pub async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        let parked = [("x-max-length", AMQPValue::LongLongInt(MOST_PARKED))];
        declare(channel, &self.parked, parked).await?;
        declare(channel, &self.work, dead_letters_to(&self.parked)).await?;
        for step in &self.steps {
            let waiting = [("x-message-ttl", AMQPValue::LongLongInt(step.wait_ms))];
            let arguments = waiting.into_iter().chain(dead_letters_to(&self.work));
            declare(channel, &step.queue, arguments).await?;
        }
        Ok(())
    }
}

async fn declare(
    channel: &Channel,
    name: &ShortString,
    arguments: impl IntoIterator<Item = (&'static str, AMQPValue)>,
) -> lapin::Result<()> {
    let mut table = FieldTable::default();
    table.insert("x-queue-type".into(), text("quorum"));
    for (key, value) in arguments {
        table.insert(key.into(), value);
    }
    channel.queue_declare(name.clone(), QueueDeclareOptions::durable(), table).await?;
    Ok(())
}

/// A message moves at least once: this strategy needs a queue that never drops one for its length.
fn dead_letters_to(queue: &ShortString) -> [(&'static str, AMQPValue); 4] {
    [
        ("x-dead-letter-exchange", text("")),
        ("x-dead-letter-routing-key", text(queue.as_str())),
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
    ]
}

/// Puts ids of jobs into a queue; answers once the broker has all of them on disk.
pub(crate) async fn publish(
    channel: &Channel,
    queue: &ShortString,
    ids: &[Uuid],
    reason: Option<&str>,
) -> Result<(), Broken> {
    let confirmed = try_join_all(ids.iter().map(|id| publish_one(channel, queue, id, reason)));
    timeout(CONFIRM_LIMIT, confirmed).await.map_err(|_| Broken::Silent)??;
    Ok(())
}

async fn publish_one(
    channel: &Channel,
    queue: &ShortString,
    id: &Uuid,
    reason: Option<&str>,
) -> Result<(), Broken> {
    let mut headers = FieldTable::default();
    if let Some(reason) = reason {
        headers.insert("reason".into(), text(reason));
    }
    let properties =
        BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(headers);
    // Without this the broker would confirm what it has no queue for.
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let body = id.to_string();
    let sent = channel
        .basic_publish("".into(), queue.clone(), options, body.as_bytes(), properties)
        .await?;
    match sent.await? {
        Confirmation::Ack(None) => Ok(()),
        _ => Err(Broken::Refused(queue.to_string())),
    }
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
