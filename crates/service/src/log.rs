//! A service's log over HTTP: how consumers read the events that they have heard of or miss.

use contracts::Peers;
use model::{Instant, StreamName};
use serde::Deserialize;
use store::{Db, Run, StreamHead};

use crate::access::FromService;
use crate::body::{Json, Query};
use crate::endpoint::{Endpoint, Routes};
use crate::error::Error;

/// At most this many heads or events are sent at once.
const LONGEST_PAGE: u64 = 1000;

/// The endpoints that every service with a database has for its own log.
pub(crate) fn routes(service: &str, db: &Db) -> Routes {
    Routes::new(
        db.clone(),
        [
            Endpoint::internal("GET", format!("/internal/{service}/streams"), moved_streams),
            Endpoint::internal("GET", format!("/internal/{service}/events"), events),
        ],
    )
}

#[derive(Deserialize)]
struct MovedQuery {
    family: String,
    since: i64,
    after: Option<String>,
}

async fn moved_streams(
    _: FromService,
    axum::extract::State(db): axum::extract::State<Db>,
    Query(query): Query<MovedQuery>,
) -> Result<Json<Vec<StreamHead>>, Error> {
    let after = query.after.as_deref().map(stream_name).transpose()?;
    let since = Instant(query.since);
    let heads = db.streams_moved_since(&query.family, since, after.as_ref(), LONGEST_PAGE).await?;
    Ok(Json(heads))
}

#[derive(Deserialize)]
struct EventsQuery {
    stream: String,
    after: i64,
    limit: u64,
}

async fn events(
    _: FromService,
    axum::extract::State(db): axum::extract::State<Db>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<Option<Run>>, Error> {
    let stream = stream_name(&query.stream)?;
    let limit = query.limit.min(LONGEST_PAGE);
    Ok(Json(db.events_after(&stream, query.after, limit).await?))
}

fn stream_name(text: &str) -> Result<StreamName, Error> {
    StreamName::parse(text)
        .ok_or_else(|| Error::field("stream", "must be SERVICE/KIND/ID, such as ledger/book/0190…"))
}

/// The logs of other services.
#[derive(Clone)]
pub(crate) struct LogClient(Peers);

impl LogClient {
    pub(crate) fn new(peers: Peers) -> Self {
        Self(peers)
    }

    /// The events of a stream after a number; `None` where its owner does not know it.
    pub(crate) async fn events(
        &self,
        stream: &StreamName,
        after: i64,
        limit: u64,
    ) -> Result<Option<Run>, Error> {
        let service = stream.service();
        let path =
            format!("/internal/{service}/events?stream={stream}&after={after}&limit={limit}");
        Ok(self.0.get(service, &path).await?)
    }

    /// The heads of a family's streams that moved since an instant, in order of their names.
    pub(crate) async fn moved_since(
        &self,
        family: &str,
        since: Instant,
        after: Option<&StreamName>,
    ) -> Result<Vec<StreamHead>, Error> {
        let service = family.split('/').next().unwrap_or_default();
        let mut path = format!("/internal/{service}/streams?family={family}&since={}", since.0);
        if let Some(after) = after {
            path.push_str(&format!("&after={after}"));
        }
        Ok(self.0.get(service, &path).await?)
    }
}
