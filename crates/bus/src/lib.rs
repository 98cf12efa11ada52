//! Tells consumers that a stream has moved; carries no truth.
//!
//! A bus may lose, repeat or reorder what it carries: a consumer reads the events that it misses
//! from the log of the service that owns the stream, compares heads now and then, and ignores what
//! it has. So nothing depends on a bus but speed.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Logged, Moved};

mod embedded;
pub mod kafka;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

/// What a subscriber hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// A stream has this number now; the event is in its owner's log.
    Moved(Moved),
    /// The same, with the event, so that one who stands right before it need not ask.
    Event(Logged),
    /// Something was lost on the way: compare heads.
    Missed,
}

impl Heard {
    /// Which stream moved, and to which number.
    pub fn moved(self) -> Option<Moved> {
        match self {
            Heard::Moved(moved) => Some(moved),
            Heard::Event(Logged { stream, event, .. }) => {
                Some(Moved { stream, number: event.number })
            }
            Heard::Missed => None,
        }
    }
}

/// A bus of any kind. Cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<dyn Engine>);

/// What a kind of bus can do; [`tests`] holds each to the same contract.
pub trait Engine: Send + Sync {
    /// How it is told.
    fn inlet(&self) -> Inlet;

    /// What is told of a service's streams. One of those that share a group hears it; without a
    /// group, everyone does, from now on.
    fn listen(&self, service: &str, group: Option<&str>) -> Box<dyn Listener>;
}

/// Tells a bus of this process that streams have moved.
pub type Call = Arc<dyn Fn(&[Moved]) + Send + Sync>;

/// How a bus is told that streams have moved.
#[derive(Clone)]
pub enum Inlet {
    /// By a call after each commit: it is part of this process and can't be away.
    Call(Call),
    /// From an outbox that keeps each event until the bus has it.
    Outbox(Arc<dyn Sender>),
}

/// The way to a bus that may be away.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Hands over events of one service; an error means that some may have to be sent again.
    async fn send(&self, service: &str, events: &[Logged]) -> anyhow::Result<()>;

    /// Answers when the bus does.
    async fn ping(&self) -> anyhow::Result<()>;
}

/// One who listens to a bus.
#[async_trait]
pub trait Listener: Send {
    /// The next thing told; `None` once the bus is gone. Nothing is lost where the wait is given up.
    async fn next(&mut self) -> Option<Heard>;

    /// What has arrived already, without waiting.
    fn heard(&mut self) -> Option<Heard>;

    /// Everything heard so far has had its effect, so that nobody else needs to hear it again.
    fn done(&mut self) {}

    /// Leaves the group, so that others take over at once.
    async fn leave(self: Box<Self>) {}
}

/// Opens the bus that a URL names: `embedded:`, private to this process, or `kafka://…`.
///
/// A broker that is away is no error: it is looked for again until it is there.
pub fn connect(url: &str) -> anyhow::Result<Bus> {
    match Kind::of(url)? {
        Kind::Embedded => Ok(Bus::new(embedded::Embedded::default())),
        Kind::Kafka(address) => Ok(Bus::new(kafka::Kafka::new(address)?)),
    }
}

/// Refuses a URL that names no bus.
pub fn check(url: &str) -> anyhow::Result<()> {
    Kind::of(url).map(drop)
}

/// True where a bus reaches no other process, so that all services must run in this one.
pub fn is_private(url: &str) -> bool {
    url.starts_with("embedded:")
}

enum Kind {
    Embedded,
    Kafka(kafka::Address),
}

impl Kind {
    fn of(url: &str) -> anyhow::Result<Kind> {
        if url == "embedded:" {
            return Ok(Kind::Embedded);
        }
        let Some(rest) = url.strip_prefix("kafka://") else {
            // Of a URL that is not understood, nobody knows where a password stands.
            let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
            anyhow::bail!(
                "bus = \"{scheme}\" is no bus that is known here; use \"embedded:\" or \
                 \"kafka://host:9092\""
            );
        };
        let address = kafka::Address::parse(rest);
        Ok(Kind::Kafka(address.map_err(|error| anyhow::anyhow!("bus: {error}"))?))
    }
}

impl Bus {
    pub fn new(engine: impl Engine + 'static) -> Bus {
        Bus(Arc::new(engine))
    }

    /// How this bus is told.
    pub fn inlet(&self) -> Inlet {
        self.0.inlet()
    }

    /// Hears of a family's streams, such as `ledger/book`, sharing them with all that name the same
    /// group.
    pub fn follow(&self, family: &str, group: &str) -> Subscription {
        self.listen(family, Some(group))
    }

    /// Hears everything that is told of a family's streams from now on.
    pub fn tap(&self, family: &str) -> Subscription {
        self.listen(family, None)
    }

    fn listen(&self, family: &str, group: Option<&str>) -> Subscription {
        let service = family.split('/').next().unwrap_or_default();
        Subscription { family: family.to_owned(), listener: self.0.listen(service, group) }
    }
}

/// A listener of one family's streams.
pub struct Subscription {
    family: String,
    listener: Box<dyn Listener>,
}

impl Subscription {
    /// The next thing heard; `None` once the bus is gone.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            let heard = self.listener.next().await?;
            if self.concerns(&heard) {
                return Some(heard);
            }
        }
    }

    /// What has been heard already, without waiting.
    pub fn heard(&mut self) -> Option<Heard> {
        loop {
            let heard = self.listener.heard()?;
            if self.concerns(&heard) {
                return Some(heard);
            }
        }
    }

    fn concerns(&self, heard: &Heard) -> bool {
        match heard {
            Heard::Moved(moved) => moved.stream.family() == self.family,
            Heard::Event(logged) => logged.stream.family() == self.family,
            Heard::Missed => true,
        }
    }

    /// Everything heard so far has had its effect: after a restart it need not be told again.
    pub fn done(&mut self) {
        self.listener.done();
    }

    /// Ends in order, so that another replica takes over at once.
    pub async fn leave(self) {
        self.listener.leave().await;
    }
}
