//! What operators see of a request: an id that crosses services and events, a log line, metrics.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use tracing::Instrument;
use uuid::Uuid;

use crate::error::Error;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken from a client.
const LONGEST_ID: usize = 64;

/// Runs a request under its id, and counts and logs how it ended.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let route = route.to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id, %method, route);
    let started = std::time::Instant::now();
    let mut response =
        store::cause::scope(id.as_str(), answer(request, next)).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let labels = [("method", method.to_string()), ("route", route), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());
    span.in_scope(|| {
        tracing::debug!(status, elapsed_us = elapsed.as_micros(), "answered");
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().entry(REQUEST_ID).or_insert(value);
    }
    response
}

/// A handler that panics answers 500 and takes nothing else with it.
async fn answer(request: Request<Body>, next: Next) -> Response {
    use futures::FutureExt;
    let caught = std::panic::AssertUnwindSafe(next.run(request)).catch_unwind().await;
    caught
        .unwrap_or_else(|_| Error::internal(anyhow::anyhow!("a handler panicked")).into_response())
}

/// The client's id where it is one that logs can hold, else a new one.
fn request_id(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_plain = |id: &&str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'#');
        !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(plain)
    };
    given.filter(is_plain).map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}
