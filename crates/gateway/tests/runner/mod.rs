//! Runs one topic of recordings: a gateway per configuration, a step after the other.

mod client;
mod compare;
mod meant;
mod recording;
mod redis;
mod service;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gateway::{Config, Gateway, Locals, Settings};
use model::Instant;
use tokio::net::TcpListener;

use client::Connection;
use recording::{Case, Places, Topic};
use redis::Redis;
use service::ScriptedService;

/// Runs every case of `tests/kong/<name>.json`, and tells of all that differ.
pub async fn topic(name: &str) {
    topic_with(name, None).await;
}

/// The same for gateways that count in a Redis, where this run has one.
pub async fn topic_on_redis(name: &str) {
    match Redis::open().await {
        None => println!("{name}: left out, as EXPENSE_TEST_REDIS names no Redis"),
        redis => topic_with(name, redis).await,
    }
}

async fn topic_with(name: &str, redis: Option<Redis>) {
    let mut topic = Topic::read(name);
    topic.leave_out(meant::LEFT_OUT_OF_FILES);
    let service = ScriptedService::start().await;
    let closed_port = unused_port().await;
    let mut bench = Bench { topic: &topic, service, closed_port, redis, gateways: HashMap::new() };
    let mut problems = Vec::new();
    let mut differing = 0_usize;
    for case in &topic.cases {
        let differences = bench.run(case).await;
        match (meant::difference(&case.id), differences.is_empty()) {
            (None, true) => {}
            (None, false) => problems.push(format!("{}\n{}", case.id, differences.join("\n"))),
            (Some(_), false) => differing += 1,
            (Some(why), true) => {
                problems.push(format!("{} does not differ, though it should: {why}", case.id));
            }
        }
    }
    let count = topic.cases.len();
    println!("{name}: {count} cases, {differing} differ on purpose");
    assert!(count > 0, "the topic {name} has no cases");
    assert!(
        problems.is_empty(),
        "{} of {count} cases of {name} differ\n\n{}",
        problems.len(),
        problems.join("\n\n")
    );
}

struct Bench<'a> {
    topic: &'a Topic,
    service: ScriptedService,
    closed_port: u16,
    redis: Option<Redis>,
    /// One per configuration, for the cases that may share it.
    gateways: HashMap<String, Running>,
}

/// A gateway that listens, with a clock that stands still.
struct Running {
    port: u16,
    clock: Arc<AtomicI64>,
}

/// The moment of cases that name none.
const NOON: &str = "2026-03-01T12:00:00Z";

impl Bench<'_> {
    async fn run(&mut self, case: &Case) -> Vec<String> {
        if let Some(redis) = &mut self.redis {
            redis.empty().await;
        }
        let fresh;
        let gateway = if case.fresh {
            fresh = self.start(&case.config).await;
            &fresh
        } else {
            if !self.gateways.contains_key(&case.config) {
                let started = self.start(&case.config).await;
                self.gateways.insert(case.config.clone(), started);
            }
            &self.gateways[&case.config]
        };
        let moment: jiff::Timestamp = case.clock.as_deref().unwrap_or(NOON).parse().unwrap();
        gateway.clock.store(moment.as_microsecond(), Ordering::SeqCst);
        let places = self.places(gateway.port);
        let mut differences = Vec::new();
        let mut connection = None;
        for (number, step) in case.steps(&places).into_iter().enumerate() {
            let advance = step.advance.unwrap_or(0) * 1_000_000;
            gateway.clock.fetch_add(advance, Ordering::SeqCst);
            self.service.follow(step.upstream.clone());
            let mut open = match connection.take().filter(|_| step.reuse) {
                Some(open) => open,
                None => Connection::open(gateway.port).await,
            };
            let answer = open.ask(&step).await;
            connection = Some(open);
            let seen = self.service.seen();
            let mut found = compare::step(&step, &answer, &seen);
            if let Some(redis) = &mut self.redis {
                found.extend(redis.differences(&step.redis_saw).await);
            }
            differences.extend(found.into_iter().map(|text| format!("  step {number}: {text}")));
        }
        differences
    }

    async fn start(&self, config: &str) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let file = self.places(port).fill(&self.topic.configs[config].declarative).to_string();
        let config = Config::parse(&file).unwrap_or_else(|error| panic!("{config}: {error}"));
        let settings = Settings { server_token: "kong/3.9.3".into(), ..Settings::default() };
        let clock = Arc::new(AtomicI64::new(0));
        let read = clock.clone();
        let tell = Arc::new(move || Instant(read.load(Ordering::SeqCst)));
        let gateway = Gateway::new(config, settings, Locals::new(), &[], tell).unwrap();
        tokio::spawn(async move { gateway.serve(listener, std::future::pending()).await });
        Running { port, clock }
    }

    fn places(&self, proxy_port: u16) -> Places {
        Places {
            upstream_port: self.service.port,
            closed_port: self.closed_port,
            proxy_port,
            redis_port: self.redis.as_ref().map_or(0, |redis| redis.port),
        }
    }
}

async fn unused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}
