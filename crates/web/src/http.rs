//! The live stream over server-sent events, and the client's files.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use service::{Endpoint, Person, Routes, endpoint};

use crate::files::Files;
use crate::live::{Live, Notice, Seat};

/// How often a silent stream shows that it lives; below every proxy's read time-out.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// How long one stream lasts: as long as an access token. The browser comes back by itself, with
/// the token that it has by then.
const LONGEST: Duration = Duration::from_secs(15 * 60);

pub(crate) fn routes(live: Live) -> Routes {
    let endpoints: [Endpoint<Live>; 1] = [endpoint!(listen)];
    Routes::new(live, endpoints)
}

/// What changed, as it changes
///
/// Events are called `change` and carry a `LiveChange`: which stream moved to which number, and
/// which of the ids in it this person may see. `end` comes before the server closes the stream for
/// good.
#[utoipa::path(get, path = "/api/v1/web/live", tag = "web",
    responses((status = 200, description = "A stream of events that does not end.",
        content_type = "text/event-stream", body = Notice)))]
async fn listen(
    Person(caller): Person,
    State(live): State<Live>,
) -> impl axum::response::IntoResponse {
    let seat = live.listen(caller);
    let events = Sse::new(events(live, seat)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    let headers = [
        (header::CACHE_CONTROL, "no-cache"),
        // Read by proxies that would collect the answer first.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, events)
}

fn events(live: Live, seat: Seat) -> impl Stream<Item = Result<Event, Infallible>> {
    let until = tokio::time::Instant::now() + LONGEST;
    let rest = futures::stream::unfold(Some(seat), move |seat| {
        let live = live.clone();
        async move { next_event(&live, seat?, until).await }
    });
    // Something is sent at once, so that the browser knows that the stream is open.
    let hello = futures::stream::once(async { Event::default().comment("open") });
    futures::StreamExt::map(futures::StreamExt::chain(hello, rest), Ok)
}

/// The next event, and the seat to wait on after it; `None` for it where this was the last.
async fn next_event(
    live: &Live,
    mut seat: Seat,
    until: tokio::time::Instant,
) -> Option<(Event, Option<Seat>)> {
    let stopping = live.stopping();
    loop {
        tokio::select! {
            () = stopping.cancelled() => return None,
            () = tokio::time::sleep_until(until) => return None,
            () = tokio::time::sleep(HEARTBEAT) => {
                if live.has_ended(seat.caller).await {
                    return Some((Event::default().event("end").data("session"), None));
                }
            }
            notice = seat.notices.recv() => {
                let event = Event::default().event("change").json_data(&notice?).ok()?;
                return Some((event, Some(seat)));
            }
        }
    }
}

/// The client's files; a path that names none is a page of the client, which routes by itself.
pub(crate) fn pages(files: Files) -> Router {
    Router::new().fallback(file).with_state(files)
}

async fn file(
    State(files): State<Files>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> axum::response::Response {
    files.answer(&method, uri.path(), &headers)
}

/// The headers that every page and file carries.
pub(crate) fn security_headers(headers: &mut HeaderMap, policy: &HeaderValue) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    );
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
}
