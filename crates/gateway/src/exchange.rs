//! One request on its way through: who sent it, what was decided, what its answer will carry.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use model::Instant;
use uuid::Uuid;

use crate::credentials::Credential;
use crate::headers;
use crate::meter::Meter;
use crate::settings::Settings;

/// The two ends of the connection that a request came over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
}

/// What the phases of one request share.
pub(crate) struct Exchange {
    pub(crate) edge: Edge,
    pub(crate) started: std::time::Instant,
    /// The wall clock, read once, so that all decisions on a request agree.
    pub(crate) now: Instant,
    pub(crate) request_id: String,
    /// Who asks: the peer, or whom a trusted peer names.
    pub(crate) client: IpAddr,
    pub(crate) peer_is_trusted: bool,
    /// Whether a trusted peer says that the client came over TLS.
    pub(crate) is_https: bool,
    pub(crate) version: Version,
    pub(crate) keep_alive: bool,
    pub(crate) accept: Option<HeaderValue>,
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) origin: Option<HeaderValue>,
    pub(crate) route: Option<usize>,
    pub(crate) service: Option<usize>,
    pub(crate) consumer: Option<usize>,
    pub(crate) credential: Option<Arc<Credential>>,
    /// Given by correlation-id; echoed if it says so.
    pub(crate) correlation: Option<HeaderValue>,
    /// Set when cors has answered, or left alone, a preflight: the answer gets nothing more.
    pub(crate) preflight_done: bool,
    /// What the client has sent.
    pub(crate) received: Meter,
    /// What rate-limiting tells the client, whoever answers.
    pub(crate) limits: Vec<(HeaderName, HeaderValue)>,
}

impl Exchange {
    pub(crate) fn begin(request: &Parts, edge: Edge, settings: &Settings, now: Instant) -> Self {
        let peer = edge.peer.ip().to_canonical();
        let peer_is_trusted = settings.trusts(peer);
        let header = |name| request.headers.get(name).cloned();
        let says_https = request.headers.get("x-forwarded-proto").is_some_and(|p| p == "https");
        Exchange {
            edge,
            started: std::time::Instant::now(),
            now,
            request_id: Uuid::new_v4().simple().to_string(),
            client: if peer_is_trusted { settings.real_ip(&request.headers, peer) } else { peer },
            peer_is_trusted,
            is_https: peer_is_trusted && says_https,
            version: request.version,
            keep_alive: keeps_alive(request.version, &request.headers),
            accept: header(ACCEPT),
            content_type: header(CONTENT_TYPE),
            origin: header(ORIGIN),
            route: None,
            service: None,
            consumer: None,
            credential: None,
            correlation: None,
            preflight_done: false,
            received: Meter::default(),
            limits: Vec::new(),
        }
    }
}

fn keeps_alive(version: Version, headers: &HeaderMap) -> bool {
    let says =
        |word: &str| headers::tokens(headers, &CONNECTION).any(|t| t.eq_ignore_ascii_case(word));
    match version {
        Version::HTTP_11 => !says("close"),
        Version::HTTP_10 => says("keep-alive"),
        _ => true,
    }
}
