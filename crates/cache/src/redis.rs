//! The cache that processes share: Redis, or what speaks as it does.

mod link;
mod server;

use async_trait::async_trait;
use model::Instant;

use crate::{Away, Counter, Engine};
use link::Link;
pub use server::RedisServer;

/// KEYS: the counters. ARGV: for each its limit, and the seconds after which one that begins now
/// is forgotten. Keys, numbers and expiry are those that Kong's rate-limiting writes.
const COUNT: &str = "
local used, full = {}, false
for i, key in ipairs(KEYS) do
  used[i] = tonumber(redis.call('GET', key) or '0')
  full = full or used[i] >= tonumber(ARGV[2 * i - 1])
end
if not full then
  for i, key in ipairs(KEYS) do
    if redis.call('INCR', key) == 1 then
      redis.call('EXPIRE', key, ARGV[2 * i])
    end
  end
end
return used
";

pub(crate) struct Redis(Link);

impl Redis {
    pub(crate) fn new(server: &RedisServer) -> anyhow::Result<Redis> {
        Ok(Redis(Link::new(server)?))
    }
}

#[async_trait]
impl Engine for Redis {
    async fn count(&self, counters: &[Counter], now: Instant) -> Result<Vec<u64>, Away> {
        let mut count = redis::cmd("EVAL");
        count.arg(COUNT).arg(counters.len());
        for counter in counters {
            count.arg(&counter.key);
        }
        for counter in counters {
            count.arg(counter.limit).arg(milliseconds(now, counter.until).div_ceil(1000));
        }
        self.0.ask(&count).await
    }

    async fn mark(&self, key: &str, now: Instant, until: Instant) -> Result<(), Away> {
        let mut mark = redis::cmd("SET");
        mark.arg(key).arg("").arg("PX").arg(milliseconds(now, until));
        self.0.ask(&mark).await
    }

    async fn is_marked(&self, key: &str, _: Instant) -> Result<bool, Away> {
        self.0.ask(redis::cmd("EXISTS").arg(key)).await
    }
}

/// How long a key lives. Time is Redis's own from then on, so clocks that differ do no harm.
fn milliseconds(now: Instant, until: Instant) -> u64 {
    let microseconds = u64::try_from(until.0 - now.0).unwrap_or_default();
    microseconds.div_ceil(1000).max(1)
}
