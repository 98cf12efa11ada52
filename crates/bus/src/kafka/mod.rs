//! Apache Kafka: a topic for each service, a consumer group for each consumer.
//!
//! Topics keep seven days, since the owner's log is the truth. A service's events arrive in the
//! order of each stream; a broker that is away or starts again is looked for until it is there.

mod address;
mod listener;
mod message;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::Logged;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, Producer};

pub(crate) use address::Address;
pub use message::ATTRIBUTES;

use crate::{Engine, Inlet, Listener, Sender};

/// What the names of topics and groups begin with, unless the URL says otherwise.
pub const PREFIX: &str = "expense-tracker";
/// How many partitions a new topic gets, unless the URL says otherwise: so many replicas of a consumer
/// can work at once.
pub const PARTITIONS: i32 = 12;
/// How long a topic keeps events.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a broker may take to make a topic.
const TOPIC_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an event may take to be copied by the brokers before it counts as not sent.
const SEND_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a broker may take to say that it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) struct Kafka(Arc<Cluster>);

struct Cluster {
    address: Address,
    admin: AdminClient<Quiet>,
    producer: Mutex<FutureProducer<Quiet>>,
    /// Topics that we know to be there.
    topics: Mutex<HashSet<String>>,
}

impl Kafka {
    pub(crate) fn new(address: Address) -> anyhow::Result<Kafka> {
        Ok(Kafka(Arc::new(Cluster {
            admin: client(&address).create_with_context(Quiet)?,
            producer: Mutex::new(producer(&address)?),
            topics: Mutex::default(),
            address,
        })))
    }
}

impl Engine for Kafka {
    fn inlet(&self) -> Inlet {
        Inlet::Outbox(Arc::new(self.clone()))
    }

    fn listen(&self, service: &str, group: Option<&str>) -> Box<dyn Listener> {
        Box::new(listener::Member::new(Arc::clone(&self.0), service, group))
    }
}

#[async_trait]
impl Sender for Kafka {
    async fn send(&self, service: &str, events: &[Logged]) -> anyhow::Result<()> {
        let topic = self.0.address.topic(service);
        self.0.make_topic(&topic).await?;
        let sent = self.0.deliver(&topic, events).await;
        if sent.is_err() {
            self.0.recover(&topic)?;
        }
        sent
    }

    async fn ping(&self) -> anyhow::Result<()> {
        let cluster = Arc::clone(&self.0);
        let asked = move || cluster.admin.inner().fetch_metadata(None, PING_TIMEOUT).map(drop);
        Ok(tokio::task::spawn_blocking(asked).await??)
    }
}

impl Cluster {
    /// Makes a topic unless it is there.
    async fn make_topic(&self, topic: &str) -> anyhow::Result<()> {
        if lock(&self.topics).contains(topic) {
            return Ok(());
        }
        let retention = RETENTION.as_millis().to_string();
        // As many copies as the brokers are set to keep.
        let new = NewTopic::new(topic, self.address.partitions, TopicReplication::Fixed(-1))
            .set("cleanup.policy", "delete")
            .set("retention.ms", &retention);
        let options = AdminOptions::new().request_timeout(Some(TOPIC_TIMEOUT));
        for outcome in self.admin.create_topics([&new], &options).await? {
            match outcome {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                // Where we may not make topics, an administrator has.
                Err((
                    _,
                    RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed,
                )) => {}
                Err((_, code)) => anyhow::bail!("the topic {topic} can't be made: {code}"),
            }
        }
        lock(&self.topics).insert(topic.to_owned());
        Ok(())
    }

    /// Returns once the brokers have every event.
    async fn deliver(&self, topic: &str, events: &[Logged]) -> anyhow::Result<()> {
        let producer = lock(&self.producer).clone();
        let mut deliveries = Vec::with_capacity(events.len());
        for event in events {
            let queued = producer.send_result(message::record(topic, event));
            deliveries.push(queued.map_err(|(error, _)| error)?);
        }
        for delivery in deliveries {
            delivery.await?.map_err(|(error, _)| error)?;
        }
        Ok(())
    }

    /// After a failure: the topic may be gone, and a producer that lost its way stays lost.
    fn recover(&self, topic: &str) -> anyhow::Result<()> {
        self.forget_topic(topic);
        let mut held = lock(&self.producer);
        if held.client().fatal_error().is_some() {
            *held = producer(&self.address)?;
        }
        Ok(())
    }

    fn forget_topic(&self, topic: &str) {
        lock(&self.topics).remove(topic);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every client is told.
fn client(address: &Address) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &address.brokers)
        .set("client.id", &address.prefix)
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "2000")
        // New partitions are seen within a minute.
        .set("topic.metadata.refresh.interval.ms", "60000")
        .set_log_level(RDKafkaLogLevel::Warning);
    if let Some(login) = &address.login {
        config
            .set("security.protocol", "sasl_plaintext")
            .set("sasl.mechanism", "PLAIN")
            .set("sasl.username", &login.user)
            .set("sasl.password", &login.password);
    }
    config
}

fn producer(address: &Address) -> Result<FutureProducer<Quiet>, KafkaError> {
    client(address)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "lz4")
        // The partition that Kafka's own clients choose for a key.
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "1")
        .set("delivery.timeout.ms", SEND_TIMEOUT.as_millis().to_string())
        .create_with_context(Quiet)
}

/// Leaves it to the one who called to say what went wrong: the library would repeat it for each
/// connection of each client.
struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, text: &str) {
        tracing::debug!(facility, "kafka: {text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, "kafka: {reason}");
    }
}

impl ConsumerContext for Quiet {}
