//! A Redis of a test's own: killed, stopped and started again under a living connection.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use model::Instant;
use tempfile::TempDir;

use super::{LIMIT, NOW, counter, key, wait_until};
use crate::{Away, Cache, RedisServer, connect};

/// A server that ends with its test.
struct OwnRedis {
    port: u16,
    arguments: &'static [&'static str],
    process: Child,
    folder: TempDir,
}

impl OwnRedis {
    /// `None` where this run has no Redis at all.
    fn start(arguments: &'static [&'static str]) -> Option<OwnRedis> {
        std::env::var_os("EXPENSE_TEST_REDIS")?;
        let (port, folder) = (unused_port(), tempfile::tempdir().unwrap());
        let process = start(port, arguments, &folder);
        Some(OwnRedis { port, arguments, process, folder })
    }

    /// As a machine that loses its power would end it.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.process = start(self.port, self.arguments, &self.folder);
    }

    fn url(&self, credentials: &str) -> String {
        format!("redis://{credentials}127.0.0.1:{}", self.port)
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn start(port: u16, arguments: &[&str], folder: &TempDir) -> Child {
    let mut redis = Command::new("redis-server");
    redis.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]);
    redis.args(arguments).current_dir(folder.path()).stdout(Stdio::null());
    redis.spawn().expect("`redis-server` is on this machine where EXPENSE_TEST_REDIS is set")
}

fn unused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn answers(cache: &Cache) -> bool {
    let asked = tokio::time::timeout(LIMIT, cache.is_marked("anything", NOW));
    asked.await.expect("nothing hangs").is_ok()
}

#[tokio::test]
async fn what_one_process_counts_and_marks_another_sees() {
    let Ok(url) = std::env::var("EXPENSE_TEST_REDIS") else { return };
    let (one, other) = (connect(&url).unwrap(), connect(&url).unwrap());
    let (counters, later) = ([counter(&key("count"), 10, 60)], NOW.plus_seconds(60));
    assert_eq!(one.count(&counters, NOW).await, Ok(vec![0]));
    assert_eq!(other.count(&counters, NOW).await, Ok(vec![1]));
    let mark = key("mark");
    one.or_here().mark(&mark, NOW, later).await;
    assert!(other.or_here().is_marked(&mark, NOW).await);
}

#[tokio::test]
async fn a_redis_that_ends_and_comes_back_is_used_again() {
    let Some(mut redis) = OwnRedis::start(&[]) else { return };
    let cache = connect(&redis.url("")).unwrap();
    wait_until(async || answers(&cache).await).await;
    let counters = [counter(&key("count"), 10, 600)];
    for before in [0, 1] {
        assert_eq!(cache.count(&counters, NOW).await, Ok(vec![before]));
    }

    redis.kill();
    assert_eq!(cache.count(&counters, NOW).await, Err(Away));
    assert_eq!(cache.mark("mark", NOW, NOW.plus_seconds(600)).await, Err(Away));

    redis.start_again();
    wait_until(async || answers(&cache).await).await;
    assert_eq!(cache.count(&counters, NOW).await, Ok(vec![0]), "what it held is forgotten");
}

#[tokio::test]
async fn a_connection_that_was_closed_is_made_again_without_a_word() {
    let Some(mut redis) = OwnRedis::start(&[]) else { return };
    let (cache, other) = (connect(&redis.url("")).unwrap(), connect(&redis.url("")).unwrap());
    wait_until(async || answers(&cache).await).await;
    redis.kill();
    redis.start_again();
    wait_until(async || answers(&other).await).await;
    assert!(answers(&cache).await, "the first question finds the old connection closed");
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_away_and_not_waited_for() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let patience = std::time::Duration::from_millis(50);
    let server = RedisServer { port, patience, ..RedisServer::at("127.0.0.1") };
    let cache = Cache::on_redis(&server).unwrap();
    assert!(!answers(&cache).await);
    assert!(!answers(&cache).await);
}

#[tokio::test]
async fn a_password_opens_redis_and_is_not_shown() {
    let Some(redis) = OwnRedis::start(&["--requirepass", "s e/cret"]) else { return };
    let cache = connect(&redis.url(":s%20e%2Fcret@")).unwrap();
    wait_until(async || answers(&cache).await).await;
    for wrong in ["", ":guess@", "nobody:s%20e%2Fcret@"] {
        assert!(!answers(&connect(&redis.url(wrong)).unwrap()).await, "{wrong}");
    }
    let password = Some("s e/cret".to_owned());
    let server = RedisServer { password, ..RedisServer::at("host") };
    assert_eq!(format!("{server} {server:?}"), "redis://host:6379/0 redis://host:6379/0");
}

#[tokio::test]
async fn while_redis_is_away_this_process_remembers_for_itself() {
    let server = RedisServer { port: unused_port(), ..RedisServer::at("127.0.0.1") };
    let cache = Cache::on_redis(&server).unwrap();
    let (now, later): (Instant, Instant) = (NOW, NOW.plus_seconds(60));
    for before in [0, 1, 2, 2] {
        assert_eq!(cache.or_here().count("one", 2, now, later).await, before);
    }
    cache.or_here().mark("mark", now, later).await;
    assert!(cache.or_here().is_marked("mark", now).await);
    assert!(!cache.or_here().is_marked("mark", later).await);
    assert!(!cache.or_here().is_marked("other", now).await);
}
