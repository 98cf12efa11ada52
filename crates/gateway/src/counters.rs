//! Counters of fixed windows that forget themselves: the `local` policy of rate-limiting.
//!
//! This is the one place where requests meet. Another policy needs the same question answered by
//! another store: count all these windows, or none if one of them is full.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::Instant;

/// One window of one identifier.
#[derive(Debug)]
pub(crate) struct Window {
    /// As the counter would be named in Redis.
    pub(crate) key: String,
    /// How many requests fit: the last one that fits may fill a fraction.
    pub(crate) capacity: u64,
    pub(crate) ends: Instant,
}

/// Counts per window, in memory.
#[derive(Default)]
pub(crate) struct Counters {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    by_key: HashMap<String, Count>,
    /// When there are this many, those of the past are dropped.
    sweep_at: usize,
}

struct Count {
    used: u64,
    ends: Instant,
}

const LEAST_SWEEP: usize = 1024;

impl Counters {
    /// How much each window held before this request, which is counted in all of them unless one
    /// is full. Checking and counting are one step: parallel requests can't overshoot.
    ///
    /// It is an async function because a counter that replicas share has to be asked over a
    /// network; this one never waits.
    #[allow(clippy::unused_async)]
    pub(crate) async fn take(&self, windows: &[Window], now: Instant) -> Vec<u64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.sweep(now);
        let used: Vec<u64> = windows.iter().map(|window| counts.used(window, now)).collect();
        let full = windows.iter().zip(&used).any(|(window, used)| *used >= window.capacity);
        if !full {
            windows.iter().for_each(|window| counts.add(window, now));
        }
        used
    }
}

impl Counts {
    fn used(&self, window: &Window, now: Instant) -> u64 {
        let count = self.by_key.get(&window.key).filter(|count| count.ends > now);
        count.map_or(0, |count| count.used)
    }

    fn add(&mut self, window: &Window, now: Instant) {
        match self.by_key.get_mut(&window.key) {
            Some(count) if count.ends > now => count.used += 1,
            _ => {
                let first = Count { used: 1, ends: window.ends };
                self.by_key.insert(window.key.clone(), first);
            }
        }
    }

    /// Costs little: it runs when the number of counters has doubled since it last ran.
    fn sweep(&mut self, now: Instant) {
        if self.by_key.len() >= self.sweep_at.max(LEAST_SWEEP) {
            self.by_key.retain(|_, count| count.ends > now);
            self.sweep_at = self.by_key.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(key: &str, capacity: u64, ends: i64) -> Window {
        Window { key: key.into(), capacity, ends: Instant(ends) }
    }

    #[tokio::test]
    async fn a_full_window_keeps_the_others_uncounted() {
        let counters = Counters::default();
        let windows = [window("minute", 1, 60), window("hour", 5, 3600)];
        assert_eq!(counters.take(&windows, Instant(0)).await, [0, 0]);
        assert_eq!(counters.take(&windows, Instant(1)).await, [1, 1]);
        assert_eq!(counters.take(&windows, Instant(2)).await, [1, 1]);
    }

    #[tokio::test]
    async fn windows_of_the_past_are_forgotten() {
        let counters = Counters::default();
        for client in 0..10_000 {
            let ends = client + 1;
            counters.take(&[window(&format!("client {client}"), 1, ends)], Instant(client)).await;
        }
        let kept = counters.counts.lock().unwrap().by_key.len();
        assert!(kept <= 2 * LEAST_SWEEP, "{kept} counters are kept");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn parallel_requests_do_not_overshoot() {
        let counters = std::sync::Arc::new(Counters::default());
        let ask = |_| {
            let counters = counters.clone();
            tokio::spawn(async move {
                counters.take(&[window("ip", 100, 60)], Instant(0)).await[0] < 100
            })
        };
        let asked: Vec<_> = (0..500).map(ask).collect();
        let mut let_through = 0;
        for answer in asked {
            let_through += usize::from(answer.await.unwrap());
        }
        assert_eq!(let_through, 100);
    }
}
