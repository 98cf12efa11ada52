//! Reaching other services: through the merged router where they run in this process, through the
//! network where they do not.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use contracts::{Answer, PeerError, Transport};
use http::{Request, header};
use tower::ServiceExt;

use crate::clock::Clock;
use crate::tokens::sign_service;

/// Where each service is. Cheap to clone.
#[derive(Clone, Default)]
pub struct Reach(Arc<Places>);

#[derive(Default)]
struct Places {
    /// The router of this process, once it is built.
    local: OnceLock<Local>,
    /// `http://host:port` of the services that run elsewhere.
    remote: HashMap<String, String>,
    http: OnceLock<reqwest::Client>,
}

struct Local {
    router: Router,
    services: Vec<&'static str>,
}

impl Reach {
    /// Services that run in other processes, by name.
    pub fn with_remote(remote: HashMap<String, String>) -> Reach {
        Reach(Arc::new(Places { remote, ..Places::default() }))
    }

    pub(crate) fn set_local(&self, router: Router, services: Vec<&'static str>) {
        assert!(self.0.local.set(Local { router, services }).is_ok(), "a process is deployed once");
    }

    fn local(&self, service: &str) -> Option<&Router> {
        let local = self.0.local.get()?;
        local.services.contains(&service).then_some(&local.router)
    }

    fn http(&self) -> &reqwest::Client {
        self.0.http.get_or_init(|| {
            let builder = reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(ANSWER_TIMEOUT)
                .no_proxy();
            builder.build().unwrap_or_default()
        })
    }
}

/// How long another service may take, to be reached and to answer: less than who asks waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// One service's way to the others, with its own tokens.
pub(crate) struct ServiceTransport {
    pub from: &'static str,
    /// The services that it has said it asks: what is refused at start is decided by them.
    pub asks: Vec<&'static str>,
    pub reach: Reach,
    pub service_key: [u8; 32],
    pub clock: Clock,
}

#[async_trait]
impl Transport for ServiceTransport {
    async fn call(
        &self,
        service: &str,
        method: &'static str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, PeerError> {
        let Self { from, asks, .. } = self;
        assert!(asks.contains(&service), "{from} asks {service}, and its entry does not say so");
        let failed =
            |detail: String| PeerError { service: service.to_owned(), status: None, detail };
        let token = sign_service(&self.service_key, self.from, service, self.clock.now())
            .map_err(|e| failed(e.to_string()))?;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(cause) = store::cause::current().filter(|cause| !cause.is_empty()) {
            request = request.header("x-request-id", cause.as_ref());
        }
        let request = request.body(body.unwrap_or_default()).map_err(|e| failed(e.to_string()))?;
        match self.reach.local(service) {
            Some(router) => call_local(router.clone(), request).await.map_err(failed),
            None => self.call_remote(service, request).await.map_err(failed),
        }
    }
}

async fn call_local(router: Router, request: Request<Vec<u8>>) -> Result<Answer, String> {
    let response = match router.oneshot(request.map(Body::from)).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    Ok(Answer { status, body: body.map_err(|e| e.to_string())?.to_vec() })
}

impl ServiceTransport {
    async fn call_remote(
        &self,
        service: &str,
        request: Request<Vec<u8>>,
    ) -> Result<Answer, String> {
        let Some(base) = self.reach.0.remote.get(service) else {
            return Err(format!(
                "it runs neither here nor at an address under [services]; add {service} = \"http://HOST:PORT\""
            ));
        };
        let (parts, body) = request.into_parts();
        let url = format!("{}{}", base.trim_end_matches('/'), parts.uri);
        let response = self
            .reach
            .http()
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body)
            .send()
            .await
            .map_err(|e| e.to_string())?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|e| e.to_string())?.to_vec();
        Ok(Answer { status, body })
    }
}
