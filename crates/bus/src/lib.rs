//! Tells consumers that a stream has moved; carries no truth.
//!
//! A bus may lose, repeat or reorder what it carries: a consumer reads the events themselves from
//! the log of the service that owns the stream, compares heads now and then, and ignores what it
//! has. So a bus has little to do, and nothing depends on it but speed.

use std::sync::Arc;

use model::Moved;

mod embedded;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;

/// What a subscriber hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    Moved(Moved),
    /// Something was lost on the way: compare heads.
    Missed,
}

/// A bus of any kind. Cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<dyn Engine>);

/// What a kind of bus can do; [`tests`] holds each to the same contract.
pub trait Engine: Send + Sync {
    /// Passes on, soon and perhaps never, that these streams have moved.
    fn publish(&self, moved: &[Moved]);

    /// Everything published from now on.
    fn subscribe(&self) -> Subscription;
}

/// Opens the bus that a URL names: `embedded:`, private to this process.
pub fn connect(url: &str) -> anyhow::Result<Bus> {
    check(url)?;
    Ok(Bus::new(embedded::Embedded::default()))
}

/// Refuses a URL that names no bus.
pub fn check(url: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        url == "embedded:",
        "bus = \"{url}\" is no bus that is known here; use \"embedded:\""
    );
    Ok(())
}

/// True where a bus reaches no other process, so that all services must run in this one.
pub fn is_private(url: &str) -> bool {
    url.starts_with("embedded:")
}

impl Bus {
    pub fn new(engine: impl Engine + 'static) -> Bus {
        Bus(Arc::new(engine))
    }

    pub fn publish(&self, moved: &[Moved]) {
        self.0.publish(moved);
    }

    pub fn subscribe(&self) -> Subscription {
        self.0.subscribe()
    }
}

/// One listener of a bus.
pub struct Subscription(embedded::Receiver);

impl Subscription {
    /// The next thing heard; `None` once the bus is gone.
    pub async fn next(&mut self) -> Option<Heard> {
        self.0.next().await
    }

    /// What has been heard already, without waiting.
    pub fn heard(&mut self) -> Option<Heard> {
        self.0.heard()
    }
}
