//! What may be forgotten: counters and marks that expire.
//!
//! Nothing about money lives here, and losing all of it loses nothing but speed and strictness.
//! That a cache is [`Away`] is an answer like any other: each caller says what it does then.
//! [`OrHere`] is what most of them do.

mod memory;
mod redis;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use model::Instant;

use memory::InMemory;
pub use redis::RedisServer;

/// A cache of any kind. Cheap to clone.
#[derive(Clone)]
pub struct Cache {
    engine: Arc<dyn Engine>,
    /// What this process remembers for itself; all there is where the engine is no other.
    here: Arc<InMemory>,
}

/// A number that grows by one until it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    pub key: String,
    /// At this number the counter is full; `u64::MAX` for one that never is.
    pub limit: u64,
    /// When a counter that begins now is forgotten.
    pub until: Instant,
}

/// The engine can't be asked right now, and has logged why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cache is away")]
pub struct Away;

/// What a kind of cache can do; [`tests`] holds each to the same contract.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Adds one to each of these counters, or to none if one is full, as one atomic step. How much
    /// each held before.
    async fn count(&self, counters: &[Counter], now: Instant) -> Result<Vec<u64>, Away>;
    /// Remembers a key until an instant.
    async fn mark(&self, key: &str, now: Instant, until: Instant) -> Result<(), Away>;
    /// True where the key was marked and its time is not over.
    async fn is_marked(&self, key: &str, now: Instant) -> Result<bool, Away>;
}

/// Opens the cache that a URL names: `memory:`, private to this process, or `redis://…`, which
/// need not answer yet.
pub fn connect(url: &str) -> anyhow::Result<Cache> {
    match scheme(url) {
        "memory" if url == "memory:" => Ok(Cache::in_memory()),
        "redis" | "rediss" => Cache::on_redis(&RedisServer::parse(url)?),
        other => anyhow::bail!(
            "cache = \"{other}:…\" is no cache that is known here; use \"memory:\" or \
             \"redis://HOST:6379\""
        ),
    }
}

/// Refuses a URL that names no cache.
pub fn check(url: &str) -> anyhow::Result<()> {
    connect(url).map(drop)
}

/// True where a cache reaches no other process.
pub fn is_private(url: &str) -> bool {
    scheme(url) == "memory"
}

/// All of a URL that can be told of it: what follows may hold a password.
fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

impl fmt::Debug for Cache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Cache")
    }
}

impl Cache {
    /// A cache of this process alone.
    pub fn in_memory() -> Cache {
        let here = Arc::new(InMemory::default());
        Cache { engine: Arc::clone(&here) as Arc<dyn Engine>, here }
    }

    /// A cache that processes share. It connects when it is first asked.
    pub fn on_redis(server: &RedisServer) -> anyhow::Result<Cache> {
        let engine = Arc::new(redis::Redis::new(server)?);
        Ok(Cache { engine, here: Arc::default() })
    }

    /// See [`Engine::count`].
    pub async fn count(&self, counters: &[Counter], now: Instant) -> Result<Vec<u64>, Away> {
        self.engine.count(counters, now).await
    }

    /// See [`Engine::mark`].
    pub async fn mark(&self, key: &str, now: Instant, until: Instant) -> Result<(), Away> {
        self.engine.mark(key, now, until).await
    }

    /// See [`Engine::is_marked`].
    pub async fn is_marked(&self, key: &str, now: Instant) -> Result<bool, Away> {
        self.engine.is_marked(key, now).await
    }

    /// The same cache for a caller that goes on while it is away.
    pub fn or_here(&self) -> OrHere<'_> {
        OrHere(self)
    }
}

/// A cache that is never away: meanwhile this process counts and remembers for itself.
pub struct OrHere<'a>(&'a Cache);

impl OrHere<'_> {
    /// Adds one to a counter that has not reached `limit`. How much it held before.
    pub async fn count(&self, key: &str, limit: u64, now: Instant, until: Instant) -> u64 {
        let counters = [Counter { key: key.to_owned(), limit, until }];
        let counted = self.0.count(&counters, now).await;
        let used = counted.unwrap_or_else(|Away| self.0.here.count(&counters, now));
        used.first().copied().unwrap_or_default()
    }

    /// Remembers a key until an instant, in this process also if the cache forgets it earlier.
    pub async fn mark(&self, key: &str, now: Instant, until: Instant) {
        self.0.here.mark(key, until);
        // Away: this process knows it, the others do without.
        let _told_others = self.0.mark(key, now, until).await;
    }

    /// True where the key was marked, here or by another process, and its time is not over.
    pub async fn is_marked(&self, key: &str, now: Instant) -> bool {
        self.0.here.is_marked(key, now) || self.0.is_marked(key, now).await.unwrap_or(false)
    }
}
