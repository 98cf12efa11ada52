//! Headers that the gateway adds, changes and removes, in both directions.

use std::net::IpAddr;

use http::header::{
    CONNECTION, CONTENT_TYPE, DATE, EXPECT, HOST, SERVER, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    VIA,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};
use model::Instant;

use crate::exchange::Exchange;
use crate::settings::{Mark, Settings};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY: HeaderName = HeaderName::from_static("proxy");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PATH: HeaderName = HeaderName::from_static("x-forwarded-path");
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-kong-request-id");
const UPSTREAM_LATENCY: HeaderName = HeaderName::from_static("x-kong-upstream-latency");
const PROXY_LATENCY: HeaderName = HeaderName::from_static("x-kong-proxy-latency");
const RESPONSE_LATENCY: HeaderName = HeaderName::from_static("x-kong-response-latency");
const UPSTREAM_STATUS: HeaderName = HeaderName::from_static("x-kong-upstream-status");

/// Names under which a plugin says who asks. Kong clears some of them, and only where jwt runs;
/// here nobody outside can set any, on any route.
const IDENTITY: [HeaderName; 8] = [
    HeaderName::from_static("x-consumer-id"),
    HeaderName::from_static("x-consumer-custom-id"),
    HeaderName::from_static("x-consumer-username"),
    HeaderName::from_static("x-consumer-groups"),
    HeaderName::from_static("x-authenticated-groups"),
    HeaderName::from_static("x-anonymous-consumer"),
    HeaderName::from_static("x-credential-identifier"),
    HeaderName::from_static("x-credential-username"),
];

/// How the service will see the request's target.
pub(crate) struct Forwarded<'a> {
    /// The path as the client sent it.
    pub(crate) path: &'a str,
    /// The host that the client asked for, without port.
    pub(crate) host: &'a str,
    /// What was cut off the path.
    pub(crate) stripped: Option<&'a str>,
    /// The `Host` header for the service.
    pub(crate) service_host: HeaderValue,
}

/// Takes away what a client must not say about itself, and names that no service should have to
/// tell from their likes: many read a dot as an underscore.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let is_plain = |name: &HeaderName| {
        name.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let odd: Vec<HeaderName> = headers.keys().filter(|name| !is_plain(name)).cloned().collect();
    for name in IDENTITY.iter().chain(&odd) {
        headers.remove(name);
    }
}

/// Makes the request's headers those that a service gets.
pub(crate) fn towards_service(
    request: &mut Parts,
    exchange: &Exchange,
    forwarded: Forwarded<'_>,
    settings: &Settings,
) {
    let headers = &mut request.headers;
    let trailers = tokens(headers, &TE).any(|token| token == "trailers");
    let upgrades = tokens(headers, &UPGRADE).any(|token| token.eq_ignore_ascii_case("websocket"));
    remove_named_by_connection(headers);
    for name in [&KEEP_ALIVE, &PROXY, &PROXY_CONNECTION, &TE, &UPGRADE, &EXPECT] {
        headers.remove(name);
    }
    headers.remove(TRANSFER_ENCODING);
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    let connection = if upgrades { "keep-alive, Upgrade" } else { "keep-alive" };
    headers.insert(CONNECTION, HeaderValue::from_static(connection));
    if upgrades {
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    headers.insert(HOST, forwarded.service_host.clone());
    append_to_list(headers, &X_FORWARDED_FOR, &exchange.edge.peer.ip().to_canonical().to_string());
    set_forwarded(headers, exchange, &forwarded);
    headers.insert(X_REAL_IP, of_ip(exchange.client));
    headers.remove(REQUEST_ID);
    if settings.sends_request_id {
        headers.insert(REQUEST_ID, of_text(&exchange.request_id));
    }
    let via = format!("{} {}", version_number(request.version), settings.server_token);
    append_to_list(headers, &VIA, &via);
    // A service is always spoken to in HTTP/1.1, whatever the client speaks.
    request.version = Version::HTTP_11;
}

/// A trusted peer's own words are kept as they are; all others are replaced.
fn set_forwarded(headers: &mut HeaderMap, exchange: &Exchange, forwarded: &Forwarded<'_>) {
    let port = exchange.edge.local.port().to_string();
    let host = forwarded.host.to_ascii_lowercase();
    let words = [
        (X_FORWARDED_PROTO, Some("http")),
        (X_FORWARDED_HOST, Some(host.as_str())),
        (X_FORWARDED_PORT, Some(port.as_str())),
        (X_FORWARDED_PATH, Some(forwarded.path)),
        (X_FORWARDED_PREFIX, forwarded.stripped),
    ];
    for (name, word) in words {
        if exchange.peer_is_trusted && headers.contains_key(&name) {
            continue;
        }
        match word {
            Some(word) => headers.insert(name, of_text(word)),
            None => headers.remove(name),
        };
    }
}

/// Removes what was meant for the gateway alone, and marks a service's answer as proxied.
pub(crate) fn from_service<B>(answer: &mut Response<B>) {
    let upgraded = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    if upgraded {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        return;
    }
    remove_named_by_connection(headers);
    for name in [&KEEP_ALIVE, &TRANSFER_ENCODING, &TRAILER, &UPGRADE] {
        headers.remove(name);
    }
    if let Some(content_type) = headers.remove(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, with_charset(content_type));
    }
}

/// Which marks an answer carries says where it was made.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// By a service, in this time.
    Service(std::time::Duration),
    /// Here, after a service was tried for so long.
    InsteadOfService(std::time::Duration),
    Gateway,
}

impl Source {
    /// How long a service took, if one was asked.
    pub(crate) fn waited(self) -> Option<std::time::Duration> {
        match self {
            Source::Service(waited) | Source::InsteadOfService(waited) => Some(waited),
            Source::Gateway => None,
        }
    }
}

/// What every answer of the gateway carries, as far as the settings want it marked.
pub(crate) fn towards_client<B>(
    answer: &mut Response<B>,
    exchange: &Exchange,
    source: Source,
    settings: &Settings,
) {
    let status = answer.status().as_u16();
    let headers = answer.headers_mut();
    let total = exchange.started.elapsed();
    let token = &settings.server_token;
    let mut mark = |mark: Mark, name: HeaderName, value: HeaderValue| {
        if settings.marks.has(mark) {
            headers.insert(name, value);
        }
    };
    if let Some(waited) = source.waited() {
        let own = total.saturating_sub(waited);
        mark(Mark::UpstreamStatus, UPSTREAM_STATUS, status.into());
        mark(Mark::UpstreamLatency, UPSTREAM_LATENCY, milliseconds(waited));
        mark(Mark::ProxyLatency, PROXY_LATENCY, milliseconds(own));
    } else {
        mark(Mark::ResponseLatency, RESPONSE_LATENCY, milliseconds(total));
    }
    mark(Mark::RequestId, REQUEST_ID, of_text(&exchange.request_id));
    if settings.marks.has(Mark::Via) && source.waited().is_some() {
        append_to_list(headers, &VIA, &format!("1.1 {token}"));
    }
    if settings.marks.has(Mark::Server) {
        headers.entry(SERVER).or_insert_with(|| of_text(token));
    }
    if exchange.version < Version::HTTP_2 {
        let connection = if exchange.keep_alive { "keep-alive" } else { "close" };
        headers.entry(CONNECTION).or_insert(HeaderValue::from_static(connection));
    } else {
        headers.remove(CONNECTION);
    }
}

/// Dates an answer that no other server has dated.
pub(crate) fn set_date(headers: &mut HeaderMap, now: Instant) {
    let moment = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default();
    let date = moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.entry(DATE).or_insert_with(|| of_text(&date));
}

/// The comma-separated words of all lines of a header.
pub(crate) fn tokens<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

pub(crate) fn of_text(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn of_ip(address: IpAddr) -> HeaderValue {
    of_text(&address.to_string())
}

fn milliseconds(duration: std::time::Duration) -> HeaderValue {
    HeaderValue::from(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn version_number(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

fn remove_named_by_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> =
        tokens(headers, &CONNECTION).filter_map(|token| token.parse().ok()).collect();
    for name in named {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
}

/// Adds one entry to a header that is a list; several lines become one.
fn append_to_list(headers: &mut HeaderMap, name: &HeaderName, entry: &str) {
    let mut list: Vec<u8> = Vec::new();
    for line in headers.get_all(name) {
        list.extend_from_slice(line.as_bytes());
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(entry.as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&list) {
        headers.insert(name, value);
    }
}

/// Text whose encoding is not said is UTF-8.
pub(crate) fn with_charset(content_type: HeaderValue) -> HeaderValue {
    const OF_TEXT: [&str; 6] = [
        "text/html",
        "text/plain",
        "text/xml",
        "text/vnd.wap.wml",
        "application/javascript",
        "application/rss+xml",
    ];
    match content_type.to_str() {
        Ok(bare) if OF_TEXT.iter().any(|text| bare.eq_ignore_ascii_case(text)) => {
            of_text(&format!("{bare}; charset=UTF-8"))
        }
        _ => content_type,
    }
}
