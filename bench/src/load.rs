//! Loads, and what they measure.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::books::Writer;

/// A value and how long it took.
pub struct Timed<T> {
    pub took: Duration,
    pub value: T,
}

/// How long each request of a load took, sorted.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn new(mut all: Vec<Duration>) -> Latencies {
        all.sort_unstable();
        Latencies(all)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which so many per mille were answered.
    pub fn per_mille(&self, per_mille: usize) -> Duration {
        let index = (self.0.len() * per_mille).div_ceil(1000).saturating_sub(1);
        self.0.get(index).copied().unwrap_or_default()
    }
}

/// Sends requests at a steady rate, whether or not the ones before were answered, and measures
/// each from the moment at which it was due.
pub async fn steady<F, Fut>(rate: u64, duration: Duration, request: F) -> anyhow::Result<Latencies>
where
    F: Fn() -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let gap = Duration::from_micros(1_000_000 / rate);
    let count = u32::try_from(duration.as_micros() / gap.as_micros())?;
    let start = tokio::time::Instant::now() + gap;
    let all = (0..count).map(|n| {
        let due = start + gap * n;
        let request = &request;
        async move {
            tokio::time::sleep_until(due).await;
            request().await?;
            anyhow::Ok(due.elapsed())
        }
    });
    // The timer of tokio has a grain of one millisecond, in all loads alike.
    let results = futures::future::join_all(all).await;
    Ok(Latencies::new(results.into_iter().collect::<Result<_, _>>()?))
}

/// What writers and readers managed together.
pub struct Concurrent {
    pub writers: usize,
    pub readers: usize,
    pub added: usize,
    pub read: usize,
    pub took: Duration,
    pub adding: Latencies,
}

/// Writers that add as fast as they can, with readers among them. Any error ends it.
pub async fn together(
    writer: &Writer,
    writers: usize,
    readers: usize,
    duration: Duration,
) -> anyhow::Result<Concurrent> {
    let started = Instant::now();
    let (mut adding, mut reading) = (JoinSet::new(), JoinSet::new());
    for _ in 0..writers {
        let writer = writer.clone();
        adding.spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < duration {
                let sent = Instant::now();
                writer.add().await?;
                times.push(sent.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    for _ in 0..readers {
        let writer = writer.clone();
        reading.spawn(async move {
            let mut count = 0;
            while started.elapsed() < duration {
                writer.first_page().await?;
                writer.dashboard().await?;
                count += 2;
            }
            anyhow::Ok(count)
        });
    }
    let mut times = Vec::new();
    for one in adding.join_all().await {
        times.extend(one?);
    }
    let took = started.elapsed();
    let mut read = 0;
    for one in reading.join_all().await {
        read += one?;
    }
    Ok(Concurrent {
        writers,
        readers,
        added: times.len(),
        read,
        took,
        adding: Latencies::new(times),
    })
}
