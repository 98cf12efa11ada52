//! A service over HTTP: connections kept, attempts repeated where that is safe, silence timed out.
//!
//! Bodies stream in both directions. The price: a request whose body has begun to flow is not
//! repeated, as its beginning is gone.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, Uri, Version};
use hyper::body::{Body as _, Frame, SizeHint};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::load::entities::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The way to one service.
pub(crate) struct Upstream {
    client: Client<HttpConnector<Resolver>, Lent>,
    authority: String,
    retries: u16,
    write_timeout: Duration,
    read_timeout: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The name of the service has no address.
    Unresolved,
    /// No connection, so nothing was sent.
    Unconnected,
    /// The connection broke, or what came was no HTTP.
    Broken,
    TimedOut,
}

impl Upstream {
    pub(crate) fn new(service: &Service) -> Self {
        let mut connector = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        connector.set_connect_timeout(Some(service.connect_timeout));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(60))
            .build(connector);
        Upstream {
            client,
            authority: format!("{}:{}", service.host, service.port),
            retries: service.retries,
            write_timeout: service.write_timeout,
            read_timeout: service.read_timeout,
        }
    }

    /// Sends the request to this target, once or more often; the answer's body is still to come.
    pub(crate) async fn send(
        &self,
        request: &Parts,
        target: &str,
        body: Body,
    ) -> Result<Response<Body>, Failure> {
        let uri = format!("http://{}{target}", self.authority);
        let Ok(uri) = uri.parse::<Uri>() else { return Err(Failure::Broken) };
        let body = Lent::new(body);
        let mut attempts = 0;
        loop {
            match self.attempt(request, &uri, &body).await {
                Ok(response) => return Ok(response),
                Err(failure) if attempts < self.retries && may_repeat(failure, request, &body) => {
                    attempts += 1;
                    tracing::debug!(service = %self.authority, ?failure, attempts, "trying again");
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn attempt(
        &self,
        request: &Parts,
        uri: &Uri,
        body: &Lent,
    ) -> Result<Response<Body>, Failure> {
        let mut attempt = Request::new(body.clone());
        *attempt.method_mut() = request.method.clone();
        *attempt.uri_mut() = uri.clone();
        *attempt.headers_mut() = request.headers.clone();
        if !body.held().body.is_end_stream() && !request.headers.contains_key(CONTENT_LENGTH) {
            // Said here, as the client would take a GET without a length to have no body.
            attempt.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        body.held().moved_at = Instant::now();
        let mut answer = std::pin::pin!(self.client.request(attempt));
        loop {
            let deadline = self.deadline(body);
            tokio::select! {
                answer = &mut answer => {
                    return answer.map(|r| self.received(r)).map_err(|error| failure_of(&error));
                }
                () = sleep_until(deadline) => {
                    // An upload that still moves is not silence.
                    if self.deadline(body) <= deadline {
                        return Err(Failure::TimedOut);
                    }
                }
            }
        }
    }

    /// When the service will have been silent for too long.
    fn deadline(&self, body: &Lent) -> Instant {
        let held = body.held();
        let sent = held.body.is_end_stream();
        held.moved_at + if sent { self.read_timeout } else { self.write_timeout }
    }

    fn received(&self, response: Response<hyper::body::Incoming>) -> Response<Body> {
        let (mut parts, body) = response.into_parts();
        parts.version = Version::HTTP_11;
        let timeout = self.read_timeout;
        let sleep = Box::pin(sleep_until(Instant::now() + timeout));
        Response::from_parts(parts, Body::new(Timed { body, sleep, timeout }))
    }
}

/// Nothing is sent twice that the service may have acted on, but for methods that allow it.
fn may_repeat(failure: Failure, request: &Parts, body: &Lent) -> bool {
    let repeatable = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS];
    match failure {
        Failure::Unresolved => false,
        Failure::Unconnected => !body.held().touched,
        Failure::Broken | Failure::TimedOut => {
            let whole = !body.held().touched;
            whole && repeatable.contains(&request.method)
        }
    }
}

fn failure_of(error: &hyper_util::client::legacy::Error) -> Failure {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<Unresolvable>() {
            return Failure::Unresolved;
        }
        let timed_out = cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut);
        if timed_out {
            return Failure::TimedOut;
        }
        source = cause.source();
    }
    if error.is_connect() { Failure::Unconnected } else { Failure::Broken }
}

/// Names resolved by the system, with failures that can be told from refused connections.
#[derive(Clone)]
struct Resolver(GaiResolver);

#[derive(Debug, thiserror::Error)]
#[error("the name has no address")]
struct Unresolvable(#[source] std::io::Error);

impl tower::Service<Name> for Resolver {
    type Response = <GaiResolver as tower::Service<Name>>::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context).map_err(|error| Unresolvable(error).into())
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = self.0.call(name);
        Box::pin(async move { found.await.map_err(|error| Unresolvable(error).into()) })
    }
}

/// A request's body, lent to one attempt after another until it has been touched.
#[derive(Clone)]
struct Lent(Arc<Mutex<Held>>);

struct Held {
    body: Body,
    touched: bool,
    /// When the last piece went out.
    moved_at: Instant,
}

impl Lent {
    fn new(body: Body) -> Self {
        // What is at its end already can be sent as often as needed.
        let held = Held { body, touched: false, moved_at: Instant::now() };
        Lent(Arc::new(Mutex::new(held)))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl hyper::body::Body for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut held = self.held();
        held.touched = true;
        let frame = Pin::new(&mut held.body).poll_frame(context);
        if frame.is_ready() {
            held.moved_at = Instant::now();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.held().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.held().body.size_hint()
    }
}

/// An answer's body that ends with an error when the service falls silent.
struct Timed {
    body: hyper::body::Incoming,
    sleep: Pin<Box<Sleep>>,
    timeout: Duration,
}

impl hyper::body::Body for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let next = Instant::now() + self.timeout;
            self.sleep.as_mut().reset(next);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        match self.sleep.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err("the service fell silent".into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The `Host` header of requests to a service: its port only where it is not the usual one.
pub(crate) fn host_header(service: &Service) -> HeaderValue {
    let text = match service.port {
        80 | 443 => service.host.clone(),
        port => format!("{}:{port}", service.host),
    };
    crate::headers::of_text(&text)
}
