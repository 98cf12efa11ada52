//! Runs one topic of recordings: a gateway per configuration, a step after the other.

mod accidents;
mod client;
mod compare;
pub mod load;
mod meant;
mod recording;
mod redis;
mod service;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use gateway::{Config, Gateway, Locals, Marks, Settings};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
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
    let metrics = Arc::new(Mutex::new(recorder().handle()));
    let gateways = HashMap::new();
    let mut bench = Bench { topic: &topic, service, closed_port, redis, metrics, gateways };
    let mut tally = Tally::default();
    for case in &topic.cases {
        match bench.run(case).await {
            Some(differences) => tally.count(&case.id, case.quirk.is_some(), differences),
            None => tally.left_aside += 1,
        }
    }
    tally.report(name);
}

/// How the cases of a topic ended.
#[derive(Default)]
struct Tally {
    alike: usize,
    /// Where Kong's answer is an accident of its making, and ours better.
    quirks: usize,
    differing: usize,
    outside: usize,
    /// What no parser has to take.
    left_aside: usize,
    problems: Vec<String>,
}

impl Tally {
    fn count(&mut self, case: &str, is_quirk: bool, differences: Vec<String>) {
        let outside = meant::outside(case);
        match (outside.or(meant::difference(case)), differences.is_empty()) {
            (None, true) => self.alike += 1,
            (None, false) => self.problems.push(format!("{case}\n{}", differences.join("\n"))),
            (Some(why), true) => {
                self.problems.push(format!("{case} does not differ, though it should: {why}"));
            }
            (Some(_), false) if outside.is_some() => self.outside += 1,
            (Some(_), false) if is_quirk => self.quirks += 1,
            (Some(_), false) => self.differing += 1,
        }
    }

    fn report(&self, name: &str) {
        let Tally { alike, quirks, differing, outside, left_aside, problems } = self;
        let count = alike + quirks + differing + outside + left_aside + problems.len();
        println!(
            "{name}: {count} cases, {alike} as Kong, {differing} differ on purpose, {quirks} \
             instead of an accident, {outside} outside the subset, {left_aside} too large"
        );
        let text = problems.join("\n\n");
        assert!(
            problems.is_empty(),
            "{} of {count} cases of {name} differ\n\n{text}",
            problems.len()
        );
        assert!(alike * 2 > count, "too few cases of {name} are compared");
        assert!(
            *differing <= (count / 20).max(1),
            "more than one case in twenty of {name} differs"
        );
    }
}

struct Bench<'a> {
    topic: &'a Topic,
    service: ScriptedService,
    closed_port: u16,
    redis: Option<Redis>,
    /// Those of the case that runs.
    metrics: Arc<Mutex<PrometheusHandle>>,
    /// One per configuration, for the cases that may share it.
    gateways: HashMap<String, Running>,
}

/// A gateway that listens, with a clock that stands still.
struct Running {
    port: u16,
    status_port: u16,
    clock: Arc<AtomicI64>,
}

/// The moment of cases that name none.
const NOON: &str = "2026-03-01T12:00:00Z";

impl Bench<'_> {
    /// How a case differs from its recording; none if it asks more than parsers have to take.
    async fn run(&mut self, case: &Case) -> Option<Vec<String>> {
        if let Some(redis) = &mut self.redis {
            redis.empty().await;
        }
        let recorder = recorder();
        *self.metrics.lock().unwrap() = recorder.handle();
        // All that a case does runs on this thread, so that its metrics are its own.
        let _recording = metrics::set_default_local_recorder(&recorder);
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
            if accidents::is_large(&step) {
                return None;
            }
            let advance = step.advance.unwrap_or(0) * 1_000_000;
            gateway.clock.fetch_add(advance, Ordering::SeqCst);
            self.service.follow(step.upstream.clone());
            let port = if step.port.is_some() { gateway.status_port } else { gateway.port };
            let mut open = match connection.take().filter(|_| step.reuse) {
                Some(open) => open,
                None => Connection::open(port).await,
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
        Some(differences)
    }

    async fn start(&self, config: &str) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let recorded = &self.topic.configs[config];
        let file = self.places(port).fill(&recorded.declarative).to_string();
        let config = Config::parse(&file).unwrap_or_else(|error| panic!("{config}: {error}"));
        let settings = settings(&recorded.settings);
        let clock = Arc::new(AtomicI64::new(0));
        let read = clock.clone();
        let tell = Arc::new(move || Instant(read.load(Ordering::SeqCst)));
        let gateway = Gateway::new(config, settings, Locals::new(), &[], tell).unwrap();
        let metrics = self.metrics.clone();
        let status = gateway.status(Arc::new(move || metrics.lock().unwrap().render()));
        let status_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let status_port = status_listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(status_listener, status).await });
        tokio::spawn(async move { gateway.serve(listener, std::future::pending()).await });
        Running { port, status_port, clock }
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

fn recorder() -> PrometheusRecorder {
    let mut builder = PrometheusBuilder::new();
    for (name, buckets) in gateway::HISTOGRAMS {
        let metric = Matcher::Full((*name).to_owned());
        builder = builder.set_buckets_for_metric(metric, buckets).unwrap();
    }
    builder.build_recorder()
}

/// What Kong's environment means to the gateway.
fn settings(variables: &BTreeMap<String, String>) -> Settings {
    let mut settings = Settings { server_token: "kong/3.9.3".into(), ..Settings::default() };
    for (name, value) in variables {
        match name.as_str() {
            "KONG_HEADERS" => settings.marks = Marks::parse(value.split(',')).unwrap(),
            "KONG_HEADERS_UPSTREAM" => settings.sends_request_id = value != "off",
            "KONG_TRUSTED_IPS" => {
                settings.trusted_proxies = value.split(',').map(|r| r.parse().unwrap()).collect();
            }
            "KONG_REAL_IP_HEADER" => settings.real_ip_header = value.parse().unwrap(),
            "KONG_REAL_IP_RECURSIVE" => settings.real_ip_recursive = value == "on",
            "KONG_ERROR_DEFAULT_TYPE" => {}
            _ => panic!("{name} has no meaning here"),
        }
    }
    settings
}

async fn unused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}
