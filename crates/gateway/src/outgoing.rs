//! A request's body on its way to a service: its beginning held to be sent again, the rest flowing.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::time::Instant;

/// How much of a body is held; a larger one is sent once.
pub(crate) const MOST_HELD: usize = 64 << 10;

/// A body that attempts take turns to send.
pub(crate) struct Outgoing {
    start: Bytes,
    rest: Arc<Mutex<Rest>>,
}

/// What follows the beginning, if it does not hold all.
struct Rest {
    body: Option<Body>,
    is_touched: bool,
    /// When the last piece went out.
    moved_at: Instant,
}

impl Outgoing {
    /// Reads the beginning of a body, up to so many bytes and perhaps the last piece more.
    ///
    /// # Errors
    /// If the client breaks off.
    pub(crate) async fn read_ahead(mut body: Body, most: usize) -> Result<Self, axum::Error> {
        let mut start = BytesMut::new();
        while start.len() < most && !body.is_end_stream() {
            match body.frame().await.transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => start.extend_from_slice(&data),
                // Trailers; no service is told of any.
                Some(Err(_)) => {}
                None => body = Body::empty(),
            }
        }
        let body = Some(body).filter(|body| !body.is_end_stream());
        let rest = Rest { body, is_touched: false, moved_at: Instant::now() };
        Ok(Outgoing { start: start.freeze(), rest: Arc::new(Mutex::new(rest)) })
    }

    /// The body for one attempt.
    pub(crate) fn sending(&self) -> Sending {
        self.rest().moved_at = Instant::now();
        Sending { start: self.start.clone(), rest: self.rest.clone() }
    }

    /// Whether another attempt would find all of it.
    pub(crate) fn is_whole(&self) -> bool {
        !self.rest().is_touched
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.rest().is_sent()
    }

    pub(crate) fn moved_at(&self) -> Instant {
        self.rest().moved_at
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        lock(&self.rest)
    }
}

impl Rest {
    fn is_sent(&self) -> bool {
        self.body.as_ref().is_none_or(hyper::body::Body::is_end_stream)
    }
}

/// The body as one attempt sends it.
pub(crate) struct Sending {
    start: Bytes,
    rest: Arc<Mutex<Rest>>,
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.start.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.start)))));
        }
        let mut rest = lock(&self.rest);
        let rest = &mut *rest;
        let Some(body) = &mut rest.body else { return Poll::Ready(None) };
        rest.is_touched = true;
        let frame = ready!(Pin::new(body).poll_frame(context));
        rest.moved_at = Instant::now();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.start.is_empty() && lock(&self.rest).is_sent()
    }

    fn size_hint(&self) -> SizeHint {
        let start = u64::try_from(self.start.len()).unwrap_or(u64::MAX);
        let rest = lock(&self.rest);
        let flowing = rest.body.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
        let mut hint = SizeHint::new();
        if let Some(upper) = flowing.upper() {
            hint.set_upper(start.saturating_add(upper));
        }
        hint.set_lower(start.saturating_add(flowing.lower()));
        hint
    }
}

fn lock(rest: &Mutex<Rest>) -> MutexGuard<'_, Rest> {
    rest.lock().unwrap_or_else(PoisonError::into_inner)
}
