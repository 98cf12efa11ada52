//! The bus of one process: a broadcast in memory.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::{Engine, Heard, Inlet, Listener};

/// How far a listener may fall behind before it is told that it missed something.
const LENGTH: usize = 4096;

#[derive(Clone)]
pub(crate) struct Embedded(broadcast::Sender<Heard>);

impl Default for Embedded {
    fn default() -> Self {
        Self(broadcast::Sender::new(LENGTH))
    }
}

impl Embedded {
    pub(crate) fn tell(&self, heard: Heard) {
        // An error means that nobody listens, which is no error here.
        let _ = self.0.send(heard);
    }
}

impl Engine for Embedded {
    fn inlet(&self) -> Inlet {
        let bus = self.clone();
        Inlet::Call(Arc::new(move |moved| {
            moved.iter().for_each(|one| bus.tell(Heard::Moved(one.clone())));
        }))
    }

    /// In one process there is nobody to share a group with.
    fn listen(&self, _service: &str, _group: Option<&str>) -> Box<dyn Listener> {
        Box::new(Receiver(self.0.subscribe()))
    }
}

struct Receiver(broadcast::Receiver<Heard>);

#[async_trait]
impl Listener for Receiver {
    async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(heard) => Some(heard),
            Err(RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(RecvError::Closed) => None,
        }
    }

    fn heard(&mut self) -> Option<Heard> {
        match self.0.try_recv() {
            Ok(heard) => Some(heard),
            Err(TryRecvError::Lagged(_)) => Some(Heard::Missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}
