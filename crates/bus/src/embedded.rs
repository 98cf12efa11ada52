//! The bus of one process: a broadcast in memory.

use model::Moved;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::{Engine, Heard, Subscription};

/// How far a listener may fall behind before it is told that it missed something.
const LENGTH: usize = 4096;

pub(crate) struct Embedded(broadcast::Sender<Moved>);

impl Default for Embedded {
    fn default() -> Self {
        Self(broadcast::Sender::new(LENGTH))
    }
}

impl Engine for Embedded {
    fn publish(&self, moved: &[Moved]) {
        for one in moved {
            // An error means that nobody listens, which is no error here.
            let _ = self.0.send(one.clone());
        }
    }

    fn subscribe(&self) -> Subscription {
        Subscription(Receiver(self.0.subscribe()))
    }
}

pub(crate) struct Receiver(broadcast::Receiver<Moved>);

impl Receiver {
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(moved) => Some(Heard::Moved(moved)),
            Err(RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(RecvError::Closed) => None,
        }
    }

    pub(crate) fn heard(&mut self) -> Option<Heard> {
        match self.0.try_recv() {
            Ok(moved) => Some(Heard::Moved(moved)),
            Err(TryRecvError::Lagged(_)) => Some(Heard::Missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}
