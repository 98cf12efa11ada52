//! Connections that wait for their next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many wait at most, and for how long; a service may close one earlier.
const MOST: usize = 256;
const LONGEST: Duration = Duration::from_secs(60);

/// The idle connections to one service; clones share them.
pub(crate) struct Idle<C>(Arc<Mutex<Vec<(C, Instant)>>>);

impl<C> Clone for Idle<C> {
    fn clone(&self) -> Self {
        Idle(self.0.clone())
    }
}

impl<C> Default for Idle<C> {
    fn default() -> Self {
        Idle(Arc::default())
    }
}

impl<C> Idle<C> {
    /// The connection that was used last: it is the least likely to have been closed.
    pub(crate) fn take(&self) -> Option<C> {
        self.fresh().pop().map(|(connection, _)| connection)
    }

    pub(crate) fn keep(&self, connection: C) {
        let mut connections = self.fresh();
        if connections.len() < MOST {
            connections.push((connection, Instant::now()));
        }
    }

    fn fresh(&self) -> MutexGuard<'_, Vec<(C, Instant)>> {
        let mut connections = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connections.retain(|(_, since)| since.elapsed() < LONGEST);
        connections
    }
}
