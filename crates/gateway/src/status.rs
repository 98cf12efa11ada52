//! The status listener: whether the gateway is ready, what runs through it, and its metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONNECTION, CONTENT_TYPE, SERVER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use crate::gateway::Gateway;
use crate::headers;
use crate::plugins::Plugin;

/// Renders the metrics of this process in Prometheus' text form.
pub type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// Counts of connections and requests since the start.
#[derive(Default)]
pub(crate) struct Traffic {
    accepted: AtomicU64,
    open: AtomicU64,
    requests: AtomicU64,
    answering: AtomicU64,
}

/// Adds one to a count for as long as it lives.
pub(crate) struct Counted<'a>(&'a AtomicU64);

impl Traffic {
    pub(crate) fn connection(&self) -> Counted<'_> {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Counted::start(&self.open)
    }

    pub(crate) fn request(&self) -> Counted<'_> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Counted::start(&self.answering)
    }

    fn total_requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Connections by what they do; a request that is being read counts as waiting.
    fn connections(&self) -> [(&'static str, u64); 6] {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (open, writing) = (read(&self.open), read(&self.answering));
        let accepted = read(&self.accepted);
        [
            ("accepted", accepted),
            ("handled", accepted),
            ("active", open),
            ("reading", 0),
            ("writing", writing),
            ("waiting", open.saturating_sub(writing)),
        ]
    }
}

impl<'a> Counted<'a> {
    fn start(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Counted(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
struct Status {
    gateway: Gateway,
    render: Render,
}

const ADMIN_LATENCY: HeaderName = HeaderName::from_static("x-kong-admin-latency");

impl Gateway {
    /// What a status listener answers: `/status`, `/status/ready` and `/metrics`. It is for
    /// operators and probes; the outside must not reach it.
    pub fn status(&self, render: Render) -> Router {
        let status = Status { gateway: self.clone(), render };
        Router::new()
            .route("/status", get(overview))
            .route("/status/ready", get(ready))
            .route("/metrics", get(metrics))
            .fallback(async || told(StatusCode::NOT_FOUND, json!({"message": "Not found"})))
            .layer(middleware::from_fn_with_state(status.clone(), marked))
            .with_state(status)
    }
}

async fn overview(State(Status { gateway, .. }): State<Status>) -> Response {
    let traffic = gateway.traffic();
    let mut server = serde_json::Map::new();
    for (state, count) in traffic.connections() {
        server.insert(format!("connections_{state}"), count.into());
    }
    server.insert("total_requests".into(), traffic.total_requests().into());
    let hash = gateway.running().config().hash.clone();
    told(StatusCode::OK, json!({"configuration_hash": hash, "server": server}))
}

async fn ready(State(Status { gateway, .. }): State<Status>) -> Response {
    if gateway.running().config().routes.is_empty() {
        let message = "no configuration available (empty configuration present)";
        return told(StatusCode::SERVICE_UNAVAILABLE, json!({ "message": message }));
    }
    told(StatusCode::OK, json!({"message": "ready"}))
}

fn told(status: StatusCode, body: serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

async fn metrics(State(Status { gateway, render }): State<Status>) -> impl IntoResponse {
    gateway.measure();
    ([(CONTENT_TYPE, "text/plain; charset=UTF-8")], render())
}

impl Gateway {
    /// Sets the gauges, which are only looked at when somebody asks for metrics.
    fn measure(&self) {
        let running = self.running();
        let is_prometheus = |plugin: &Plugin| matches!(plugin, Plugin::Prometheus(_));
        if !running.config().plugins.iter().any(|attached| is_prometheus(&attached.plugin)) {
            return;
        }
        let traffic = self.traffic();
        for (state, count) in traffic.connections() {
            gauge(
                "kong_nginx_connections_total",
                &[("subsystem", "http"), ("state", state)],
                count,
            );
        }
        gauge("kong_nginx_requests_total", &[("subsystem", "http")], traffic.total_requests());
        gauge("kong_node_info", &[("version", &self.settings().server_token)], 1);
        gauge("kong_datastore_reachable", &[], 1);
    }
}

fn gauge(name: &'static str, labels: &[(&'static str, &str)], value: u64) {
    let labels: Vec<_> = labels
        .iter()
        .map(|(name, value)| ::metrics::Label::new(*name, (*value).to_owned()))
        .collect();
    ::metrics::gauge!(name, labels).set(f64::from(u32::try_from(value).unwrap_or(u32::MAX)));
}

/// Marks every answer as Kong's status listener does.
async fn marked(
    State(Status { gateway, .. }): State<Status>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let mut answer = next.run(request).await;
    let latency = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let marks = answer.headers_mut();
    marks.insert(ADMIN_LATENCY, latency.into());
    marks.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    marks.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
    marks.insert(SERVER, headers::of_text(&gateway.settings().server_token));
    answer
}
