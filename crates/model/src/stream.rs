//! Streams: the numbered logs that services append events to.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Instant;

/// The name of a stream: `<service>/<kind>/<id>`, such as `ledger/book/0190…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamName(Arc<str>);

impl StreamName {
    pub fn new(service: &str, kind: &str, id: Uuid) -> Self {
        Self(format!("{service}/{kind}/{id}").into())
    }

    /// A name as it came over the wire; `None` where it has not three parts with an id last.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (service, kind, id) = (parts.next()?, parts.next()?, parts.next()?);
        let shaped = !service.is_empty() && !kind.is_empty() && parts.next().is_none();
        (shaped && id.parse::<Uuid>().is_ok()).then(|| Self(text.into()))
    }

    /// A name that was checked when it was stored.
    pub fn stored(name: String) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The service that owns the stream.
    pub fn service(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Service and kind: what consumers subscribe to, such as `ledger/book`.
    pub fn family(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(family, _)| family)
    }

    /// The id at the end.
    pub fn id(&self) -> Uuid {
        self.0.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_default()
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stream that has a new number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    pub stream: StreamName,
    pub number: i64,
}

/// An event as it stands in the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Event {
    pub number: i64,
    pub kind: String,
    pub at: Instant,
    /// The id of the request behind it.
    pub cause: Option<String>,
    /// JSON of the kind's type in `contracts`.
    pub body: String,
}

/// An event with the place that it has in the world of logs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logged {
    pub stream: StreamName,
    /// Which life of the stream the number belongs to.
    pub epoch: Uuid,
    pub event: Event,
}
