//! Loads, and what they measure.

use std::future::Future;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
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
    let mut due = pulse(gap, count);
    let (mut running, mut times) = (FuturesUnordered::new(), Vec::new());
    loop {
        tokio::select! {
            Some(due) = due.recv() => {
                let sent = request();
                running.push(async move { sent.await.map(|()| due.elapsed()) });
            }
            Some(took) = running.next() => times.push(took?),
            else => return Ok(Latencies::new(times)),
        }
    }
}

/// The moments at which something is due. A thread of its own keeps time: tokio's timer has a grain
/// of a millisecond, as much as some of the answers take.
fn pulse(gap: Duration, count: u32) -> mpsc::UnboundedReceiver<Instant> {
    let (pulses, due) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let start = Instant::now();
        for n in 1..=count {
            let next = start + gap * n;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            if pulses.send(next).is_err() {
                return;
            }
        }
    });
    due
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
