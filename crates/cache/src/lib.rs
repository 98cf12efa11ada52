//! What may be forgotten: counters and marks that expire.
//!
//! Nothing about money lives here, and losing all of it loses nothing but speed and strictness.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Instant;
use moka::sync::Cache as Memory;

#[cfg(test)]
mod tests;

/// A cache of any kind. Cheap to clone.
#[derive(Clone)]
pub struct Cache(Arc<dyn Engine>);

/// What a kind of cache can do; [`tests`] holds each to the same contract.
pub trait Engine: Send + Sync {
    /// Adds one to a counter unless it has reached `limit`, as one atomic step. The count after,
    /// or `None` where the limit was reached. A counter begins at 0 and is forgotten at `until`.
    fn count(&self, key: &str, limit: u64, now: Instant, until: Instant) -> Option<u64>;
    /// Remembers a key until an instant.
    fn mark(&self, key: &str, until: Instant);
    /// True where the key was marked and its time is not over.
    fn is_marked(&self, key: &str, now: Instant) -> bool;
}

/// Opens the cache that a URL names: `memory:`, private to this process.
pub fn connect(url: &str) -> anyhow::Result<Cache> {
    check(url)?;
    Ok(Cache(Arc::new(InMemory::default())))
}

/// Refuses a URL that names no cache.
pub fn check(url: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        url == "memory:",
        "cache = \"{url}\" is no cache that is known here; use \"memory:\""
    );
    Ok(())
}

impl Cache {
    pub fn count(&self, key: &str, limit: u64, now: Instant, until: Instant) -> Option<u64> {
        self.0.count(key, limit, now, until)
    }

    pub fn mark(&self, key: &str, until: Instant) {
        self.0.mark(key, until);
    }

    pub fn is_marked(&self, key: &str, now: Instant) -> bool {
        self.0.is_marked(key, now)
    }
}

/// How many keys are kept; the least used goes first.
const MOST_KEYS: u64 = 100_000;

struct InMemory(Memory<String, Arc<Entry>>);

struct Entry {
    until: Instant,
    count: AtomicU64,
}

impl Default for InMemory {
    fn default() -> Self {
        Self(Memory::new(MOST_KEYS))
    }
}

impl InMemory {
    /// The living entry of a key, made where there is none.
    fn entry(&self, key: &str, now: Instant, until: Instant) -> Arc<Entry> {
        let fresh = || Arc::new(Entry { until, count: AtomicU64::new(0) });
        let entry = self.0.get_with_by_ref(key, fresh);
        if now < entry.until {
            return entry;
        }
        self.0.entry_by_ref(key).or_insert_with_if(fresh, |old| old.until <= now).into_value()
    }
}

impl Engine for InMemory {
    fn count(&self, key: &str, limit: u64, now: Instant, until: Instant) -> Option<u64> {
        let entry = self.entry(key, now, until);
        let add = |count: u64| (count < limit).then_some(count + 1);
        entry.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).ok().map(|old| old + 1)
    }

    fn mark(&self, key: &str, until: Instant) {
        self.0.insert(key.to_owned(), Arc::new(Entry { until, count: AtomicU64::new(0) }));
    }

    fn is_marked(&self, key: &str, now: Instant) -> bool {
        self.0.get(key).is_some_and(|entry| now < entry.until)
    }
}
