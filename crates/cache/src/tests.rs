//! The suite that every kind of cache passes, and what a Redis that comes and goes does to it.

mod redis;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::Instant;

use crate::{Cache, Counter, check, connect, is_private};

const NOW: Instant = Instant(1_795_000_000_000_000);
/// For whatever has to happen at some time; no test is about how long it takes.
const LIMIT: Duration = Duration::from_secs(60);

/// The caches of this run: that in memory always, Redis where the environment names one.
fn caches() -> Vec<Cache> {
    let redis = std::env::var("EXPENSE_TEST_REDIS").ok();
    let urls = std::iter::once("memory:".to_owned()).chain(redis);
    urls.map(|url| connect(&url).unwrap()).collect()
}

/// A key that no other test and no other run has.
fn key(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let started = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!("test:{started}:{number}:{name}")
}

fn counter(key: &str, limit: u64, seconds: i64) -> Counter {
    Counter { key: key.to_owned(), limit, until: NOW.plus_seconds(seconds) }
}

/// Asks again and again until the answer is yes.
async fn wait_until(condition: impl AsyncFn() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let waiting = async {
        while !condition().await {
            tick.tick().await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.expect("it has not happened");
}

#[tokio::test]
async fn a_counter_counts_to_its_limit_and_no_further() {
    for cache in caches() {
        let (one, other) = (counter(&key("one"), 3, 60), counter(&key("other"), 3, 60));
        for before in [0, 1, 2, 3, 3] {
            assert_eq!(cache.count(std::slice::from_ref(&one), NOW).await, Ok(vec![before]));
        }
        assert_eq!(cache.count(&[other], NOW).await, Ok(vec![0]), "keys do not share");
        let endless = Counter { limit: u64::MAX, ..one };
        assert_eq!(cache.count(&[endless], NOW).await, Ok(vec![3]), "the limit is the asker's");
    }
}

#[tokio::test]
async fn several_counters_count_together_or_not_at_all() {
    for cache in caches() {
        let counters = [counter(&key("minute"), 1, 60), counter(&key("hour"), 5, 3600)];
        for before in [[0, 0], [1, 1], [1, 1]] {
            assert_eq!(cache.count(&counters, NOW).await, Ok(before.to_vec()));
        }
    }
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    for cache in caches() {
        let key = key("short");
        cache.count(&[counter(&key, 5, 2)], NOW).await.unwrap();
        assert_eq!(cache.count(&[counter(&key, 5, 2)], NOW).await, Ok(vec![1]));
        let mark = format!("{key}:mark");
        assert_eq!(cache.is_marked(&mark, NOW).await, Ok(false));
        cache.mark(&mark, NOW, NOW.plus_seconds(2)).await.unwrap();
        assert_eq!(cache.is_marked(&mark, NOW).await, Ok(true));

        // A cache in memory goes by the asker's clock, Redis by its own.
        let later = NOW.plus_seconds(2);
        wait_until(async || cache.is_marked(&mark, later).await == Ok(false)).await;
        let full = Counter { limit: 0, ..counter(&key, 0, 4) };
        wait_until(async || cache.count(std::slice::from_ref(&full), later).await == Ok(vec![0]))
            .await;
    }
}

/// However many count at once, no more get through than the limit allows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counting_is_atomic() {
    for cache in caches() {
        let race = counter(&key("race"), 500, 600);
        let counting = |_| {
            let (cache, race) = (cache.clone(), [race.clone()]);
            tokio::spawn(async move {
                let mut passed = 0;
                for _ in 0..500 {
                    passed += usize::from(cache.count(&race, NOW).await.unwrap()[0] < 500);
                }
                passed
            })
        };
        let tasks: Vec<_> = (0..4).map(counting).collect();
        let mut passed = 0;
        for task in tasks {
            passed += task.await.unwrap();
        }
        assert_eq!(passed, 500);
    }
}

#[test]
fn a_wrong_url_is_refused_with_what_would_be_right() {
    for (url, expected) in [
        ("paper:", "memory:"),
        ("memory:x", "memory:"),
        ("redis:", "redis://HOST:6379"),
        ("redis://", "redis://HOST:6379"),
        ("redis://:secret@host:99999", "invalid port"),
        ("redis://:secret@host/first", "database"),
        ("redis://:secret@host/-1", "database"),
        ("rediss://:secret@host/0#insecure", "after the database"),
        ("redis://:secret@host?protocol=resp3", "after the database"),
        ("redis+unix:///secret/socket", "redis://HOST:6379"),
    ] {
        let error = check(url).unwrap_err().to_string();
        assert!(error.contains("cache = ") && error.contains(expected), "{url}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_cache_is_private_or_shared_by_its_url() {
    check("rediss://user:p%40ss@cache.example:6380/3").unwrap();
    assert!(is_private("memory:"));
    assert!(!is_private("redis://127.0.0.1"));
}
