//! cors: which other origins may read answers, and the answer to their preflights.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use regex::Regex;

use crate::errors::Answer;
use crate::exchange::Exchange;
use crate::headers;
use crate::load::LoadError;
use crate::load::spot::Spot;

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const ANY: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

#[derive(Debug)]
pub(crate) struct Cors {
    origins: Origins,
    allow_methods: HeaderValue,
    allow_headers: Option<HeaderValue>,
    expose_headers: Option<HeaderValue>,
    credentials: bool,
    max_age: Option<HeaderValue>,
    preflight_continue: bool,
    private_network: bool,
}

#[derive(Debug)]
enum Origins {
    Any,
    /// Told to everybody, whoever asks.
    One(HeaderValue),
    List(Vec<OriginRule>),
}

#[derive(Debug)]
enum OriginRule {
    Any,
    Plain(String),
    /// Compared with the whole origin.
    Pattern(Regex),
    /// Compared with its host alone.
    HostPattern(Regex),
}

const FIELDS: &[&str] = &[
    "credentials",
    "exposed_headers",
    "headers",
    "max_age",
    "methods",
    "origins",
    "preflight_continue",
    "private_network",
];

const METHODS: [&str; 9] =
    ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

impl Cors {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let mut plugin = Cors {
            origins: Origins::Any,
            allow_methods: headers::of_text(&METHODS.join(",")),
            allow_headers: None,
            expose_headers: None,
            credentials: false,
            max_age: None,
            preflight_continue: false,
            private_network: false,
        };
        let Some(config) = config else { return Ok(plugin) };
        let fields = config.fields(FIELDS)?;
        plugin.origins = fields.read("origins", Origins::Any, Origins::parse)?;
        if let Some(methods) = fields.get("methods") {
            let known = METHODS.map(|method| (method, method));
            let methods: Vec<&str> =
                methods.list()?.iter().map(|m| m.choice(&known)).collect::<Result<_, _>>()?;
            plugin.allow_methods = headers::of_text(&methods.join(","));
        }
        plugin.allow_headers = fields.maybe("headers", joined)?.flatten();
        plugin.expose_headers = fields.maybe("exposed_headers", joined)?.flatten();
        plugin.credentials = fields.read("credentials", false, Spot::boolean)?;
        let max_age = |spot: &Spot<'_>| Ok(HeaderValue::from(spot.integer(0..=u32::MAX)?));
        plugin.max_age = fields.maybe("max_age", max_age)?;
        plugin.preflight_continue = fields.read("preflight_continue", false, Spot::boolean)?;
        plugin.private_network = fields.read("private_network", false, Spot::boolean)?;
        Ok(plugin)
    }

    /// Answers a preflight; every other request goes on.
    pub(super) fn access(&self, exchange: &mut Exchange, request: &Parts) -> Result<(), Answer> {
        let asks = |name| request.headers.contains_key(name);
        let is_preflight = request.method == Method::OPTIONS
            && asks(&ORIGIN)
            && asks(&ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight {
            return Ok(());
        }
        exchange.preflight_done = true;
        if self.preflight_continue { Ok(()) } else { Err(self.preflight(exchange, request)) }
    }

    fn preflight(&self, exchange: &Exchange, request: &Parts) -> Answer {
        let mut answer = Answer::raw(StatusCode::OK, Bytes::new(), None);
        let headers = &mut answer.headers;
        self.allow(exchange, headers);
        // A preflight is made here alone, so that one `Vary` says it all.
        if headers.contains_key(VARY) {
            headers.insert(VARY, VARY_ORIGIN);
        }
        let asked = request.headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
        if let Some(allowed) = self.allow_headers.as_ref().or(asked) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed.clone());
        }
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.allow_methods.clone());
        if let Some(max_age) = &self.max_age {
            headers.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
        let asks_private = request.headers.get(REQUEST_PRIVATE_NETWORK) == Some(&TRUE);
        if self.private_network && asks_private {
            headers.insert(ALLOW_PRIVATE_NETWORK, TRUE);
        }
        answer
    }

    pub(super) fn decorate(&self, exchange: &Exchange, answer: &mut HeaderMap) {
        if exchange.preflight_done {
            return;
        }
        self.allow(exchange, answer);
        if let Some(exposed) = &self.expose_headers {
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
    }

    /// Says who may read the answer, and whether with credentials.
    fn allow(&self, exchange: &Exchange, answer: &mut HeaderMap) {
        let allowed = self.origins.allowed(exchange.origin.as_ref());
        if !matches!(self.origins, Origins::Any) {
            answer.append(VARY, VARY_ORIGIN);
        }
        let for_all = allowed.as_ref() == Some(&ANY);
        match allowed {
            Some(origin) => answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin),
            None => answer.remove(ACCESS_CONTROL_ALLOW_ORIGIN),
        };
        match &exchange.origin {
            _ if !self.credentials => {}
            _ if !for_all => {
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
            // Browsers refuse credentials with `*`, so the one who asks is named instead.
            Some(origin) => {
                answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                answer.append(VARY, VARY_ORIGIN);
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
            None => {}
        }
    }
}

impl Origins {
    fn parse(spot: &Spot<'_>) -> Result<Self, LoadError> {
        let items = spot.list()?;
        if let [only] = items.as_slice() {
            match OriginRule::parse(only)? {
                OriginRule::Any => return Ok(Origins::Any),
                OriginRule::Plain(_) => return Ok(Origins::One(only.header_value()?)),
                OriginRule::Pattern(_) | OriginRule::HostPattern(_) => {}
            }
        }
        let mut rules: Vec<OriginRule> =
            items.iter().map(OriginRule::parse).collect::<Result<_, _>>()?;
        // A `*` in the list wins over whatever else would match.
        rules.sort_by_key(|rule| !matches!(rule, OriginRule::Any));
        Ok(if rules.is_empty() { Origins::Any } else { Origins::List(rules) })
    }

    fn allowed(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match self {
            Origins::Any => Some(ANY),
            Origins::One(origin) => Some(origin.clone()),
            Origins::List(rules) => {
                let origin = Origin::parse(origin?.to_str().ok()?);
                let rule = rules.iter().find(|rule| rule.matches(&origin))?;
                match rule {
                    OriginRule::Any => Some(ANY),
                    _ => Some(headers::of_text(&origin.normal)),
                }
            }
        }
    }
}

impl OriginRule {
    fn parse(spot: &Spot<'_>) -> Result<Self, LoadError> {
        let text = spot.text()?;
        if text == "*" {
            return Ok(OriginRule::Any);
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".:/-".contains(&b);
        if text.bytes().all(plain) {
            return Ok(OriginRule::Plain(Origin::parse(text).normal));
        }
        let whole = Regex::new(&format!("^(?:{text})$"))
            .map_err(|error| spot.wrong(format!("is no regular expression: {error}")))?;
        let of_host = !text.contains(':');
        Ok(if of_host { OriginRule::HostPattern(whole) } else { OriginRule::Pattern(whole) })
    }

    fn matches(&self, origin: &Origin<'_>) -> bool {
        match self {
            OriginRule::Any => true,
            OriginRule::Plain(plain) => *plain == origin.normal,
            OriginRule::Pattern(pattern) => pattern.is_match(&origin.normal),
            OriginRule::HostPattern(pattern) => pattern.is_match(origin.host),
        }
    }
}

/// An origin without its scheme's own port and without a trailing slash.
struct Origin<'a> {
    normal: String,
    host: &'a str,
}

impl<'a> Origin<'a> {
    fn parse(text: &'a str) -> Self {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Origin { normal: text.to_owned(), host: text };
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let own_port = matches!((scheme, port), ("http", Some("80")) | ("https", Some("443")));
        let normal = match port.filter(|_| !own_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Origin { normal, host }
    }
}

fn joined(spot: &Spot<'_>) -> Result<Option<HeaderValue>, LoadError> {
    let names = spot.list()?;
    let names: Vec<&str> = names.iter().map(|name| name.text()).collect::<Result<_, _>>()?;
    Ok((!names.is_empty()).then(|| headers::of_text(&names.join(","))))
}
