//! How one service asks another: HTTP under `/internal/…`, with a socket or without.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why another service could not be asked, or what it refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{service} answered {status:?}: {detail}")]
pub struct PeerError {
    pub service: String,
    /// `None` where no answer came.
    pub status: Option<u16>,
    pub detail: String,
}

impl PeerError {
    /// True where the service is away and may come back.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.status, None | Some(502..=504))
    }
}

/// What another service answered.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// A way to reach the other services.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request with a service token for `service`; `path` begins with a slash and may
    /// carry a query.
    async fn call(
        &self,
        service: &str,
        method: &'static str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, PeerError>;
}

/// The other services, as one of them sees them. Cheap to clone; thin clients are made of it.
#[derive(Clone)]
pub struct Peers(Arc<dyn Transport>);

impl Peers {
    pub fn new(transport: impl Transport + 'static) -> Peers {
        Peers(Arc::new(transport))
    }

    /// Reads JSON from a path of another service.
    pub async fn get<T: DeserializeOwned>(
        &self,
        service: &str,
        path: &str,
    ) -> Result<T, PeerError> {
        read(service, self.0.call(service, "GET", path, None).await?)
    }

    /// Sends JSON to a path of another service and reads the answer.
    pub async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        service: &str,
        path: &str,
        body: &B,
    ) -> Result<T, PeerError> {
        let body = serde_json::to_vec(body).map_err(|e| garbled(service, None, &e))?;
        read(service, self.0.call(service, "POST", path, Some(body)).await?)
    }
}

fn read<T: DeserializeOwned>(service: &str, answer: Answer) -> Result<T, PeerError> {
    if (200..300).contains(&answer.status) {
        return serde_json::from_slice(&answer.body)
            .map_err(|e| garbled(service, Some(answer.status), &e));
    }
    let detail = String::from_utf8_lossy(&answer.body).chars().take(500).collect();
    Err(PeerError { service: service.to_owned(), status: Some(answer.status), detail })
}

fn garbled(service: &str, status: Option<u16>, error: &serde_json::Error) -> PeerError {
    let detail = format!("JSON that does not fit: {error}");
    PeerError { service: service.to_owned(), status, detail }
}
