//! What Kong 3.9.3 answered, asked of this gateway: the recordings in `tests/kong/`.
//!
//! Each case runs byte for byte over TCP against a scripted service. Where the gateway means to
//! differ, `runner/meant.rs` says so with the reason, and a listed case that does not differ fails
//! as well, so that the list stays true.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod runner;

use runner::{topic, topic_on_redis};

#[tokio::test]
async fn together() {
    topic("together").await;
}

#[tokio::test]
async fn matching() {
    topic("match").await;
}

#[tokio::test]
async fn upstream_uris() {
    topic("uri").await;
}

#[tokio::test]
async fn jwt() {
    topic("jwt").await;
}

#[tokio::test]
async fn cors() {
    topic("cors").await;
}

#[tokio::test]
async fn correlation_id() {
    topic("correlation-id").await;
}

#[tokio::test]
async fn request_size_limiting() {
    topic("request-size-limiting").await;
}

#[tokio::test]
async fn rate_limiting() {
    topic("rate-limiting").await;
}

#[tokio::test]
async fn rate_limiting_redis() {
    topic_on_redis("rate-limiting-redis").await;
}

#[tokio::test]
async fn headers() {
    topic("headers").await;
}

#[tokio::test]
async fn errors() {
    topic("errors").await;
}

#[tokio::test]
async fn retries() {
    topic("retries").await;
}

#[tokio::test]
async fn status() {
    topic("status").await;
}

#[test]
fn load() {
    runner::load::files();
}

#[tokio::test]
async fn termination() {
    topic("termination").await;
}
