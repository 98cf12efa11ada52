//! A service over HTTP: connections kept, attempts repeated where that is safe, silence timed out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::client::conn::{TrySendError, http1};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::idle::Idle;
use crate::load::entities::Service;
use crate::outgoing::{Outgoing, Sending};
use crate::tunnel;

/// The way to one service.
pub(crate) struct Upstream {
    idle: Idle<http1::SendRequest<Sending>>,
    authority: String,
    retries: u16,
    connect_timeout: Duration,
    write_timeout: Duration,
    read_timeout: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The name of the service has no address.
    Unresolved,
    /// Nothing was sent.
    Unsent,
    /// The connection broke, or what came was no HTTP.
    Broken,
    TimedOut,
}

impl Upstream {
    pub(crate) fn new(service: &Service) -> Self {
        Upstream {
            idle: Idle::default(),
            authority: format!("{}:{}", service.host, service.port),
            retries: service.retries,
            connect_timeout: service.connect_timeout,
            write_timeout: service.write_timeout,
            read_timeout: service.read_timeout,
        }
    }

    /// Sends the request to this target, once or more often; the answer's body is still to come.
    pub(crate) async fn send(
        &self,
        request: &Parts,
        target: &str,
        body: Outgoing,
    ) -> Result<Response<Body>, Failure> {
        let Ok(target) = target.parse::<Uri>() else { return Err(Failure::Broken) };
        let mut attempts_left = self.retries;
        loop {
            let idle = self.idle.take();
            let was_idle = idle.is_some();
            let failure = match self.attempt(idle, request, &target, &body).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            // An idle connection that the service had closed says nothing about the service.
            let is_stale = was_idle && failure != Failure::TimedOut;
            if !may_repeat(failure, request, &body) || (attempts_left == 0 && !is_stale) {
                return Err(failure);
            }
            attempts_left -= u16::from(!is_stale);
            tracing::debug!(service = %self.authority, ?failure, "trying again");
        }
    }

    async fn attempt(
        &self,
        idle: Option<http1::SendRequest<Sending>>,
        request: &Parts,
        target: &Uri,
        body: &Outgoing,
    ) -> Result<Response<Body>, Failure> {
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let sending = connection.try_send_request(attempt(request, target, body));
        let response = self.unless_silent(sending, body).await?;
        let kept = self.idle.clone();
        tokio::spawn(async move {
            // Ready again once the answer has been read to its end.
            if connection.ready().await.is_ok() {
                kept.keep(connection);
            }
        });
        Ok(self.received(response, request))
    }

    async fn connect(&self) -> Result<http1::SendRequest<Sending>, Failure> {
        let connecting = async {
            let found = lookup_host(&self.authority).await.map_err(|_| Failure::Unresolved)?;
            let addresses: Vec<_> = found.collect();
            TcpStream::connect(&*addresses).await.map_err(|_| Failure::Unsent)
        };
        let connected = timeout(self.connect_timeout, connecting).await;
        let stream = connected.map_err(|_| Failure::TimedOut)??;
        // Small requests must not wait for the acknowledgement of earlier ones.
        stream.set_nodelay(true).map_err(|_| Failure::Unsent)?;
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|_| Failure::Unsent)?;
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
    }

    /// Waits for the answer, for as long as the request moves or the service may still think.
    async fn unless_silent(
        &self,
        sending: impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Sending>>>>,
        body: &Outgoing,
    ) -> Result<Response<Incoming>, Failure> {
        let deadline = || {
            let allowed = if body.is_sent() { self.read_timeout } else { self.write_timeout };
            body.moved_at() + allowed
        };
        let mut sending = std::pin::pin!(sending);
        loop {
            let silent_at = deadline();
            tokio::select! {
                answer = &mut sending => return answer.map_err(|mut error| {
                    match error.take_message() {
                        Some(_) => Failure::Unsent,
                        None => Failure::Broken,
                    }
                }),
                () = sleep_until(silent_at) => {
                    if deadline() <= silent_at {
                        return Err(Failure::TimedOut);
                    }
                }
            }
        }
    }

    fn received(&self, mut response: Response<Incoming>, request: &Parts) -> Response<Body> {
        let client = request.extensions.get::<OnUpgrade>();
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(client) = client.cloned()
        {
            let service = hyper::upgrade::on(&mut response);
            tokio::spawn(tunnel::between(client, service, self.read_timeout));
        }
        let (mut parts, body) = response.into_parts();
        parts.version = Version::HTTP_11;
        let allowed = self.read_timeout;
        let sleep = Box::pin(sleep_until(Instant::now() + allowed));
        Response::from_parts(parts, Body::new(Timed { body, sleep, allowed }))
    }
}

/// The request as one attempt sends it.
fn attempt(request: &Parts, target: &Uri, body: &Outgoing) -> Request<Sending> {
    let mut attempt = Request::new(body.sending());
    *attempt.method_mut() = request.method.clone();
    *attempt.uri_mut() = target.clone();
    *attempt.headers_mut() = request.headers.clone();
    let has_length = request.headers.contains_key(CONTENT_LENGTH)
        || attempt.body().size_hint().exact().is_some();
    if !has_length {
        // Said here, as the client would take a GET without a length to have no body.
        attempt.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    attempt
}

/// Nothing is sent twice that the service may have acted on, but for methods that allow it.
fn may_repeat(failure: Failure, request: &Parts, body: &Outgoing) -> bool {
    let repeatable = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS];
    match failure {
        Failure::Unresolved => false,
        Failure::Unsent => body.is_whole(),
        Failure::Broken | Failure::TimedOut => {
            body.is_whole() && repeatable.contains(&request.method)
        }
    }
}

/// An answer's body that ends with an error when the service falls silent.
struct Timed {
    body: Incoming,
    sleep: Pin<Box<Sleep>>,
    allowed: Duration,
}

impl hyper::body::Body for Timed {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let next = Instant::now() + self.allowed;
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
