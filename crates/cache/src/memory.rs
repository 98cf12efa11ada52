//! The cache of one process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::Instant;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Entries;

use crate::{Away, Counter, Engine};

/// How many keys are kept; what was not asked for the longest goes first.
const MOST_KEYS: u64 = 100_000;

pub(crate) struct InMemory {
    entries: Entries<String, Arc<Entry>>,
    /// Held while counters are compared and then added to.
    counting: Mutex<()>,
}

struct Entry {
    until: Instant,
    count: AtomicU64,
}

impl Default for InMemory {
    fn default() -> Self {
        let entries = Entries::builder().max_capacity(MOST_KEYS);
        let entries = entries.eviction_policy(EvictionPolicy::lru()).build();
        Self { entries, counting: Mutex::default() }
    }
}

impl InMemory {
    pub(crate) fn count(&self, counters: &[Counter], now: Instant) -> Vec<u64> {
        let _alone = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let entries: Vec<_> = counters.iter().map(|counter| self.entry(counter, now)).collect();
        let used: Vec<u64> =
            entries.iter().map(|entry| entry.count.load(Ordering::Relaxed)).collect();
        let is_full = counters.iter().zip(&used).any(|(counter, used)| *used >= counter.limit);
        if !is_full {
            for entry in &entries {
                entry.count.fetch_add(1, Ordering::Relaxed);
            }
        }
        used
    }

    /// The living entry of a counter, made where there is none.
    fn entry(&self, counter: &Counter, now: Instant) -> Arc<Entry> {
        let living = self.entries.get(&counter.key).filter(|entry| now < entry.until);
        living.unwrap_or_else(|| self.insert(&counter.key, counter.until))
    }

    fn insert(&self, key: &str, until: Instant) -> Arc<Entry> {
        let entry = Arc::new(Entry { until, count: AtomicU64::new(0) });
        self.entries.insert(key.to_owned(), Arc::clone(&entry));
        entry
    }

    pub(crate) fn mark(&self, key: &str, until: Instant) {
        self.insert(key, until);
    }

    pub(crate) fn is_marked(&self, key: &str, now: Instant) -> bool {
        self.entries.get(key).is_some_and(|entry| now < entry.until)
    }
}

#[async_trait]
impl Engine for InMemory {
    async fn count(&self, counters: &[Counter], now: Instant) -> Result<Vec<u64>, Away> {
        Ok(self.count(counters, now))
    }

    async fn mark(&self, key: &str, _: Instant, until: Instant) -> Result<(), Away> {
        self.mark(key, until);
        Ok(())
    }

    async fn is_marked(&self, key: &str, now: Instant) -> Result<bool, Away> {
        Ok(self.is_marked(key, now))
    }
}
