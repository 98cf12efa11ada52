//! Limits that several gateways share, and what happens while the Redis between them is away.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use cache::{Cache, RedisServer};
use futures::future::join_all;
use gateway::{Config, Gateway, Locals, Settings};
use model::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A file whose one route is limited as `config` says.
fn file(config: &str) -> Config {
    let file = format!(
        "{{_format_version: '3.0', services: [{{name: api, host: api, routes: [{{name: api, paths: \
         [/], plugins: [{{name: rate-limiting, config: {config}}}]}}]}}]}}"
    );
    Config::parse(&file).unwrap()
}

async fn gateway(file: Config) -> SocketAddr {
    let locals = Locals::from([("api".to_owned(), Router::new().fallback(async || "ok"))]);
    let now = Instant(1_774_440_000_000_000);
    let gateway = Gateway::new(file, Settings::default(), locals, &[], Arc::new(move || now));
    let gateway = gateway.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { gateway.serve(listener, pending()).await });
    address
}

/// The whole answer to a request from whoever `key` says.
async fn ask(gateway: SocketAddr, key: &str) -> String {
    let mut stream = TcpStream::connect(gateway).await.unwrap();
    let request =
        format!("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nx-key: {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Asks two gateways by turns and at once: how many requests passed, and how many did not.
async fn asked_together(gateways: [SocketAddr; 2]) -> (usize, usize) {
    // Nobody else, and no earlier run, has this key.
    let key = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos().to_string();
    let answers = join_all((0..120).map(|number| ask(gateways[number % 2], &key))).await;
    let count = |status: &str| answers.iter().filter(|answer| answer.contains(status)).count();
    (count("HTTP/1.1 200 OK"), count("HTTP/1.1 429 Too"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_gateways_on_one_redis_share_a_limit() {
    let Ok(url) = std::env::var("EXPENSE_TEST_REDIS") else { return };
    let port = url.rsplit(':').next().unwrap();
    let limit = "minute: 50, limit_by: header, header_name: x-key, fault_tolerant: false";
    let redis = format!("redis: {{host: 127.0.0.1, port: {port}, database: 9}}");
    let named = || file(&format!("{{policy: redis, {redis}, {limit}}}"));
    assert_eq!(asked_together([gateway(named()).await, gateway(named()).await]).await, (50, 70));

    let server =
        RedisServer { port: port.parse().unwrap(), database: 9, ..RedisServer::at("127.0.0.1") };
    let shared = || {
        let mut file = file(&format!("{{policy: local, {limit}}}"));
        file.share_limits(&Cache::on_redis(&server).unwrap());
        file
    };
    assert_eq!(asked_together([gateway(shared()).await, gateway(shared()).await]).await, (50, 70));

    let alone = || file(&format!("{{policy: local, {limit}}}"));
    assert_eq!(asked_together([gateway(alone()).await, gateway(alone()).await]).await, (100, 20));
}

#[tokio::test]
async fn while_redis_is_away_a_limit_does_as_it_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let config = |tolerant: bool| {
        format!(
            "{{policy: redis, redis: {{host: 127.0.0.1, port: {closed}}}, minute: 1, limit_by: ip, \
             fault_tolerant: {tolerant}}}"
        )
    };
    let tolerant = gateway(file(&config(true))).await;
    for _ in 0..3 {
        let answer = ask(tolerant, "").await.to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 200") && !answer.contains("ratelimit"), "{answer}");
    }
    let strict = ask(gateway(file(&config(false))).await, "").await;
    assert!(strict.starts_with("HTTP/1.1 500"), "{strict}");
    assert!(strict.contains("\"message\":\"An unexpected error occurred\""), "{strict}");
}

#[test]
fn a_password_may_stand_in_the_environment_and_is_never_shown() {
    let file = "{_format_version: '3.0', plugins: [{name: rate-limiting, config: {minute: 1, policy: \
                redis, redis: {host: redis, password: '{vault://env/redis-password}'}}}]}";
    let error = Config::parse(file).err().unwrap().to_string();
    assert!(error.contains("redis.password") && error.contains("REDIS_PASSWORD"), "{error}");
    let environment = |name: &str| Ok((name == "REDIS_PASSWORD").then(|| "secret".to_owned()));
    assert!(Config::parse_with(file, &environment).is_ok());
}

#[test]
fn what_can_not_be_shared_is_refused_with_what_would_be_right() {
    for (config, expected) in [
        ("{minute: 1, policy: redis}", "`redis` is missing"),
        ("{minute: 1, policy: redis, redis: {port: 1}}", "`host` is missing"),
        ("{minute: 1, policy: redis, redis: {host: h, ssl: true}}", "ssl_verify: true"),
        ("{minute: 1, policy: redis, redis: {host: 'redis://h'}}", "no host"),
        ("{minute: 1, policy: redis, redis: {host: h}, sync_rate: 0.01}", "0.02"),
        ("{minute: 1, policy: local, sync_rate: 1}", "policy: redis"),
    ] {
        let file = format!(
            "{{_format_version: '3.0', plugins: [{{name: rate-limiting, config: {config}}}]}}"
        );
        let error = Config::parse(&file).err().unwrap().to_string();
        assert!(error.contains(expected), "{config}: {error}");
    }
}
