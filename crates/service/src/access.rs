//! Who may call a handler: its first argument says it, and the router takes no handler without.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::handler::Handler;
use contracts::auth::ACCESS_COOKIE;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use model::{Caller, SessionId};

use crate::clock::Clock;
use crate::error::{Error, Kind};
use crate::tokens::{Keys, verify_service};

/// Who may call an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Everybody, signed in or not.
    Anyone,
    /// A person with a valid access token; what they may do is decided by the operation.
    Person,
    /// Another service of this installation.
    Service,
}

/// An extractor that lets a request through or refuses it; the first argument of every handler.
pub trait Access: Send {
    const RULE: Rule;
}

/// A handler whose first argument is an [`Access`].
pub trait Guarded<T, S>: Handler<T, S> {
    const RULE: Rule;
}

macro_rules! guarded {
    ($($argument:ident)*) => {
        impl<F, S, M, A: Access, $($argument,)*> Guarded<(M, A, $($argument,)*), S> for F
        where
            F: Handler<(M, A, $($argument,)*), S>,
        {
            const RULE: Rule = A::RULE;
        }
    };
}

guarded!();
guarded!(T1);
guarded!(T1 T2);
guarded!(T1 T2 T3);
guarded!(T1 T2 T3 T4);
guarded!(T1 T2 T3 T4 T5);
guarded!(T1 T2 T3 T4 T5 T6);

/// What the extractors need to decide; the frame lays it into every request.
#[derive(Clone)]
pub(crate) struct Gate(pub(crate) Arc<GateKeeper>);

pub(crate) struct GateKeeper {
    pub keys: Keys,
    pub cache: cache::Cache,
    pub clock: Clock,
    pub service_key: [u8; 32],
    /// `https://books.example`: the only origin that a browser's unsafe requests may come from.
    pub public_url: Option<String>,
}

/// The mark in the cache of a session that ended before its tokens did.
pub(crate) fn revoked_mark(session: SessionId) -> String {
    format!("revoked:{session}")
}

/// Lets everybody in.
pub struct Anyone;

impl Access for Anyone {
    const RULE: Rule = Rule::Anyone;
}

impl<S: Sync> FromRequestParts<S> for Anyone {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Error> {
        Ok(Anyone)
    }
}

/// A person who has signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Person(pub Caller);

impl Access for Person {
    const RULE: Rule = Rule::Person;
}

impl<S: Sync> FromRequestParts<S> for Person {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let gate = gate(parts)?;
        let Some(token) = access_token(&parts.headers) else {
            return Err(unauthenticated("Please sign in."));
        };
        let caller = gate.keys.verify(token.text).await?;
        let Some(caller) = caller else {
            return Err(unauthenticated("Please sign in again; this token is not valid any more."));
        };
        if gate.is_revoked(caller.session).await {
            return Err(unauthenticated("This session has ended. Please sign in again."));
        }
        if token.from_cookie && !is_safe(&parts.method) {
            gate.check_origin(&parts.headers)?;
        }
        Ok(Person(caller))
    }
}

/// Another service of this installation, by name.
pub struct FromService(pub String);

impl Access for FromService {
    const RULE: Rule = Rule::Service;
}

impl<S: Sync> FromRequestParts<S> for FromService {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let gate = gate(parts)?;
        let asked = parts.uri.path().split('/').nth(2).unwrap_or_default();
        let token = bearer(&parts.headers).unwrap_or_default();
        verify_service(&gate.service_key, token, asked, gate.clock.now())
            .map(FromService)
            .ok_or_else(|| unauthenticated("Only services of this installation may ask this."))
    }
}

fn gate(parts: &Parts) -> Result<Arc<GateKeeper>, Error> {
    let gate = parts.extensions.get::<Gate>().map(|gate| Arc::clone(&gate.0));
    gate.ok_or_else(|| Error::internal(anyhow::anyhow!("the router has no gate")))
}

fn unauthenticated(detail: &str) -> Error {
    Error::new(Kind::Unauthenticated, detail)
}

struct Token<'a> {
    text: &'a str,
    from_cookie: bool,
}

fn access_token(headers: &HeaderMap) -> Option<Token<'_>> {
    let from_header = bearer(headers).map(|text| Token { text, from_cookie: false });
    let from_cookie =
        || cookie(headers, ACCESS_COOKIE).map(|text| Token { text, from_cookie: true });
    from_header.or_else(from_cookie)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie in a request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

impl GateKeeper {
    /// True for a session whose tokens were made worthless. Where the cache is away and another
    /// process ended it, they are good until they expire, a quarter of an hour at most.
    pub(crate) async fn is_revoked(&self, session: SessionId) -> bool {
        self.cache.or_here().is_marked(&revoked_mark(session), self.clock.now()).await
    }

    /// A cookie travels with requests that another site's page makes; its `Origin` gives it away.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Error> {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        let expected = match &self.public_url {
            Some(url) => origin == Some(url.as_str()),
            None => origin.is_some_and(|origin| is_host_of(origin, headers)),
        };
        if expected {
            return Ok(());
        }
        let detail = match &self.public_url {
            Some(url) => format!("Requests from a browser must come from {url}."),
            None => "Requests from a browser must come from a page of this server.".to_owned(),
        };
        Err(Error::forbidden(detail))
    }
}

/// Without a `public_url`, the page's own host is the one that the request was sent to.
fn is_host_of(origin: &str, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Ok(origin) = url::Url::parse(origin) else { return false };
    let forwarded = text("x-forwarded-host").zip(text("x-forwarded-port"));
    let (host, port) = match forwarded {
        Some((host, port)) => (host, port.parse().ok()),
        None => {
            let host = text("host").unwrap_or_default();
            match host.rsplit_once(':') {
                Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
                _ => (host, None),
            }
        }
    };
    let same_port = match port {
        Some(port) => origin.port_or_known_default() == Some(port),
        // A host without a port is asked at the usual port of its scheme.
        None => origin.port().is_none(),
    };
    origin.host_str() == Some(host) && same_port
}
