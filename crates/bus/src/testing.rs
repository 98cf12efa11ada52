//! For tests: the buses that this run has, and some as bad as the contract allows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use model::{Logged, Moved};
use uuid::Uuid;

use crate::embedded::Embedded;
use crate::{Engine, Heard, Inlet, Listener, Sender};

/// The buses of this run, each as an installation of its own: the embedded one always, Kafka where
/// the environment names it (`EXPENSE_TEST_KAFKA`).
pub fn urls() -> Vec<String> {
    let mut urls = vec!["embedded:".to_owned()];
    if let Ok(kafka) = std::env::var("EXPENSE_TEST_KAFKA") {
        let prefix = format!("test.{}", Uuid::new_v4());
        urls.push(format!("{kafka}?prefix={prefix}&partitions=4"));
    }
    urls
}

/// Loses, repeats and reorders what it is given, as a seed decides.
pub struct Unreliable(Arc<Inner>);

struct Inner {
    bus: Embedded,
    state: Mutex<State>,
}

struct State {
    random: u64,
    held_back: Vec<Moved>,
}

impl Unreliable {
    pub fn new(seed: u64) -> Self {
        let state = State { random: seed | 1, held_back: Vec::new() };
        Self(Arc::new(Inner { bus: Embedded::default(), state: Mutex::new(state) }))
    }
}

impl State {
    /// xorshift64: enough to make a mess that can be repeated.
    fn roll(&mut self, sides: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % sides
    }
}

impl Inner {
    fn tell(&self, moved: &[Moved]) {
        let tell = |moved: &Moved| self.bus.tell(Heard::Moved(moved.clone()));
        let mut state = self.state.lock().expect("no publisher panics");
        for one in moved {
            match state.roll(5) {
                0 => {}
                1 => [one, one].into_iter().for_each(tell),
                2 => state.held_back.push(one.clone()),
                3 => {
                    tell(one);
                    std::mem::take(&mut state.held_back).iter().for_each(tell);
                }
                _ => tell(one),
            }
        }
    }
}

impl Engine for Unreliable {
    fn inlet(&self) -> Inlet {
        let inner = Arc::clone(&self.0);
        Inlet::Call(Arc::new(move |moved| inner.tell(moved)))
    }

    fn listen(&self, service: &str, group: Option<&str>) -> Box<dyn Listener> {
        self.0.bus.listen(service, group)
    }
}

/// A broker in memory: it takes events from outboxes, passes them on whole, and can be away.
#[derive(Clone, Default)]
pub struct Broker {
    bus: Embedded,
    away: Arc<AtomicBool>,
}

impl Broker {
    /// From now on it can't be reached, or can be again.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}

#[async_trait]
impl Sender for Broker {
    async fn send(&self, _service: &str, events: &[Logged]) -> anyhow::Result<()> {
        self.ping().await?;
        events.iter().for_each(|event| self.bus.tell(Heard::Event(event.clone())));
        Ok(())
    }

    async fn ping(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.away.load(Ordering::SeqCst), "the broker is away");
        Ok(())
    }
}

impl Engine for Broker {
    fn inlet(&self) -> Inlet {
        Inlet::Outbox(Arc::new(self.clone()))
    }

    fn listen(&self, service: &str, group: Option<&str>) -> Box<dyn Listener> {
        self.bus.listen(service, group)
    }
}
