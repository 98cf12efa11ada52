//! Health: whether the process answers, and whether it can do its work.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use futures::future::{BoxFuture, join_all};
use http::StatusCode;
use tokio_util::sync::CancellationToken;

/// Asks whether something is there; the error says what is not.
type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What a process looks at before it says that it is ready. Cheap to clone.
#[derive(Clone, Default)]
pub struct Health(Vec<Part>);

#[derive(Clone)]
struct Part {
    name: String,
    check: Check,
    is_needed: bool,
}

/// What takes longer is away, as far as who asks is concerned.
const LIMIT: Duration = Duration::from_secs(2);

impl Health {
    /// Without this the process can answer nobody, so nobody should be sent to it.
    #[must_use]
    pub fn needs<F, Fut>(self, name: impl Into<String>, check: F) -> Health
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.with(name.into(), true, Arc::new(move || Box::pin(check())))
    }

    /// Without this the process does all that it promises, only later or less strictly.
    #[must_use]
    pub fn wants<F, Fut>(self, name: impl Into<String>, check: F) -> Health
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.with(name.into(), false, Arc::new(move || Box::pin(check())))
    }

    fn with(mut self, name: String, is_needed: bool, check: Check) -> Health {
        self.0.push(Part { name, check, is_needed });
        self
    }

    /// `live`: the process answers. `ready`: it can do its work, and is not about to stop.
    pub fn routes(self, stop: CancellationToken) -> Router {
        let ready = move || {
            let (health, stop) = (self.clone(), stop.clone());
            async move {
                let (is_well, report) = health.report().await;
                let (status, word) = match (stop.is_cancelled(), is_well) {
                    (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
                    (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
                    (false, true) => (StatusCode::OK, "ready"),
                };
                (status, format!("{word}\n{report}"))
            }
        };
        Router::new()
            .route("/health/live", get(async || "live\n"))
            .route("/health/ready", get(ready))
    }

    /// Whether all that is needed is there, and a line about each part.
    async fn report(&self) -> (bool, String) {
        let asked = self.0.iter().map(|part| tokio::time::timeout(LIMIT, (part.check)()));
        let (mut is_well, mut report) = (true, String::new());
        for (part, answer) in self.0.iter().zip(join_all(asked).await) {
            let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
            is_well &= answer.is_ok() || !part.is_needed;
            let state = answer.err().unwrap_or_else(|| "ok".to_owned());
            report.push_str(&format!("{}: {state}\n", part.name));
        }
        (is_well, report)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn ready(health: &Health, stop: &CancellationToken) -> (u16, String) {
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        let answer = health.clone().routes(stop.clone()).oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let text = to_bytes(body, usize::MAX).await.unwrap();
        (head.status.as_u16(), String::from_utf8_lossy(&text).into_owned())
    }

    #[tokio::test]
    async fn what_is_needed_decides_and_what_is_wanted_is_told() {
        let (stop, health) = (CancellationToken::new(), Health::default());
        let health = health.needs("database", async || Ok(()));
        let health = health.wants("bus", async || Err("refused".to_owned()));
        let told = "database: ok\nbus: refused\n";
        assert_eq!(ready(&health, &stop).await, (200, format!("ready\n{told}")));
        stop.cancel();
        assert_eq!(ready(&health, &stop).await, (503, format!("stopping\n{told}")));
        let health = Health::default().needs("database", async || Err("refused".to_owned()));
        let expected = (503, "not ready\ndatabase: refused\n".to_owned());
        assert_eq!(ready(&health, &CancellationToken::new()).await, expected);
    }
}
