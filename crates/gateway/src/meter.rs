//! Counts the bytes of a body as they pass.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use hyper::body::{Frame, SizeHint};

/// Bytes that have passed so far; clones share the count.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Adds what headers take on the wire.
    pub(crate) fn add_headers(&self, headers: &HeaderMap) {
        let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            name.as_str().len() + ": ".len() + value.len() + "\r\n".len()
        };
        self.add(headers.iter().map(line).sum());
    }

    pub(crate) fn passed(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The same body, counted. It keeps a guard until it has been sent, or has to be dropped.
    pub(crate) fn count<G: Send + Sync + Unpin + 'static>(&self, body: Body, guard: G) -> Body {
        Body::new(Metered { body, meter: self.clone(), _guard: guard })
    }
}

struct Metered<G> {
    body: Body,
    meter: Meter,
    _guard: G,
}

impl<G: Unpin> hyper::body::Body for Metered<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.meter.add(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
