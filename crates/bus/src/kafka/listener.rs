//! One who listens: a member of a consumer group.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use rdkafka::Message;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Address, Cluster, Quiet, client, message};
use crate::{Heard, Listener};

/// How long to wait before a topic is looked for again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long leaving may take; without a goodbye, others take over when the session is over.
const LONGEST_GOODBYE: Duration = Duration::from_secs(3);

pub(super) struct Member {
    cluster: Arc<Cluster>,
    topic: String,
    consumer: StreamConsumer<Quiet>,
    has_joined: bool,
    is_cut_off: bool,
    /// The last message heard of each partition.
    heard: BTreeMap<i32, i64>,
}

impl Member {
    pub(super) fn new(cluster: Arc<Cluster>, service: &str, group: Option<&str>) -> Member {
        let config = match group {
            Some(group) => sharing(&cluster.address, group),
            None => alone(&cluster.address),
        };
        let consumer = config.create_with_context(Quiet);
        Member {
            topic: cluster.address.topic(service),
            consumer: consumer.expect("a configuration that is the same but for its names"),
            cluster,
            has_joined: false,
            is_cut_off: false,
            heard: BTreeMap::new(),
        }
    }

    async fn join(&mut self) {
        let mut pause = FIRST_PAUSE;
        while !self.has_joined {
            match self.try_to_join().await {
                Ok(()) => self.has_joined = true,
                Err(error) => {
                    self.complain(&error);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn try_to_join(&self) -> anyhow::Result<()> {
        self.cluster.make_topic(&self.topic).await?;
        Ok(self.consumer.subscribe(&[&self.topic])?)
    }

    /// The client reconnects by itself; a topic that is gone has to be made again.
    fn failed(&mut self, error: KafkaError) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition) {
            self.cluster.forget_topic(&self.topic);
            self.has_joined = false;
        }
        self.complain(&error.into());
    }

    /// Once for each time that the brokers are away.
    fn complain(&mut self, error: &anyhow::Error) {
        if !std::mem::replace(&mut self.is_cut_off, true) {
            tracing::warn!(topic = self.topic, %error, "nothing is heard from Kafka; will try on");
        }
    }
}

#[async_trait]
impl Listener for Member {
    async fn next(&mut self) -> Option<Heard> {
        loop {
            self.join().await;
            match self.consumer.recv().await {
                Ok(message) => {
                    self.heard.insert(message.partition(), message.offset());
                    self.is_cut_off = false;
                    return Some(message::heard(&message));
                }
                Err(error) => self.failed(error),
            }
        }
    }

    fn heard(&mut self) -> Option<Heard> {
        if !self.has_joined {
            return None;
        }
        match self.consumer.recv().now_or_never()? {
            Ok(message) => {
                self.heard.insert(message.partition(), message.offset());
                Some(message::heard(&message))
            }
            Err(error) => {
                self.failed(error);
                None
            }
        }
    }

    /// What is stored here is committed within a second, and before a partition is handed on.
    fn done(&mut self) {
        for (partition, offset) in std::mem::take(&mut self.heard) {
            // A partition that went to another member meanwhile is that one's to commit.
            let _theirs = self.consumer.store_offset(&self.topic, partition, offset);
        }
    }

    async fn leave(self: Box<Self>) {
        // Saying goodbye waits for a broker, which may be away: on a thread that nobody waits for.
        let (said, heard) = oneshot::channel();
        std::thread::spawn(move || {
            drop(self);
            let _nobody_waits = said.send(());
        });
        let _in_time = tokio::time::timeout(LONGEST_GOODBYE, heard).await;
    }
}

/// A member of a group of replicas: each message goes to one of them, and again to another if it
/// was not done.
fn sharing(address: &Address, group: &str) -> ClientConfig {
    let mut config = client(address);
    config
        .set("group.id", format!("{}.{group}", address.prefix))
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.offset.store", "false")
        .set("auto.commit.interval.ms", "1000")
        // Those who keep their partitions work on while others change hands.
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "2000")
        .set("fetch.error.backoff.ms", "100");
    config
}

/// The only member of a group that nobody comes back to.
fn alone(address: &Address) -> ClientConfig {
    let mut config = sharing(address, &format!("tap.{}", Uuid::new_v4()));
    config.set("auto.offset.reset", "latest").set("enable.auto.commit", "false");
    config
}
