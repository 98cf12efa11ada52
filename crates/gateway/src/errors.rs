//! Answers that the gateway makes itself, in the three forms that clients of Kong know.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::exchange::Exchange;
use crate::headers;

/// An answer instead of the service's.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Boxed, as an answer is also the error of every step that goes on otherwise.
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) form: Form,
}

/// How the body is made.
#[derive(Debug)]
pub(crate) enum Form {
    /// A. Exactly this JSON (jwt, request-termination).
    Direct(serde_json::Value),
    /// B. A message, in the form that `Accept` asks for (routing, limits).
    Generic(String),
    /// C. The same, after something failed on the way to the service; the answer is dressed as a
    /// proxied one, and without `Accept` the request's own type decides.
    Inside(&'static str),
    /// These bytes and this type, perhaps none.
    Raw(Bytes, Option<HeaderValue>),
}

impl Answer {
    pub(crate) fn generic(status: StatusCode, message: impl Into<String>) -> Self {
        Self::of(status, Form::Generic(message.into()))
    }

    pub(crate) fn direct(status: StatusCode, body: serde_json::Value) -> Self {
        Self::of(status, Form::Direct(body))
    }

    pub(crate) fn inside(status: StatusCode, message: &'static str) -> Self {
        Self::of(status, Form::Inside(message))
    }

    pub(crate) fn raw(status: StatusCode, body: Bytes, content_type: Option<HeaderValue>) -> Self {
        Self::of(status, Form::Raw(body, content_type))
    }

    fn of(status: StatusCode, form: Form) -> Self {
        Answer { status, headers: Box::default(), form }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn no_route() -> Self {
        Self::generic(StatusCode::NOT_FOUND, "no Route matched with those values")
    }

    pub(crate) fn no_service() -> Self {
        Self::generic(StatusCode::SERVICE_UNAVAILABLE, "no Service found with those values")
    }

    pub(crate) fn bad_request() -> Self {
        let close = HeaderValue::from_static("close");
        Self::inside(StatusCode::BAD_REQUEST, "Bad request").with(CONNECTION, close)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::inside(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    pub(crate) fn bad_gateway() -> Self {
        let message = "An invalid response was received from the upstream server";
        Self::inside(StatusCode::BAD_GATEWAY, message)
    }

    pub(crate) fn gateway_timeout() -> Self {
        Self::inside(StatusCode::GATEWAY_TIMEOUT, "The upstream server is timing out")
    }

    /// Something that the gateway itself needs is away.
    pub(crate) fn unexpected() -> Self {
        Self::generic(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred")
    }

    pub(crate) fn unresolved() -> Self {
        Self::generic(StatusCode::SERVICE_UNAVAILABLE, "name resolution failed")
    }

    /// Where the same target is to be asked for over TLS.
    pub(crate) fn use_https(status: StatusCode, host: &str, target: &str) -> Self {
        if status == StatusCode::UPGRADE_REQUIRED {
            return Self::generic(status, "Please use HTTPS protocol")
                .with(CONNECTION, HeaderValue::from_static("Upgrade"))
                .with(UPGRADE, HeaderValue::from_static("TLS/1.2, HTTP/1.1"));
        }
        let location = headers::of_text(&format!("https://{host}{target}"));
        Self::raw(status, Bytes::new(), None).with(LOCATION, location)
    }

    /// The answer as a response, still without what every response of the gateway carries.
    pub(crate) fn render(self, exchange: &Exchange) -> Response<Body> {
        let request_id = &exchange.request_id;
        let (body, content_type) = match self.form {
            Form::Direct(json) => {
                (direct_json(&json).into(), Some(HeaderValue::from_static(MediaType::Json.name())))
            }
            Form::Generic(message) => {
                let media = negotiated(exchange.accept.as_ref()).unwrap_or(MediaType::Json);
                written(media, &message, request_id)
            }
            Form::Inside(message) => {
                let media = negotiated(exchange.accept.as_ref())
                    .or_else(|| own_type(exchange.content_type.as_ref()))
                    .unwrap_or(MediaType::Plain);
                written(media, message, request_id)
            }
            Form::Raw(body, content_type) => (body, content_type.map(headers::with_charset)),
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        *response.headers_mut() = *self.headers;
        if let Some(content_type) = content_type {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        if self.status != StatusCode::NO_CONTENT {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            *response.body_mut() = Body::from(body);
        }
        response
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MediaType {
    Json,
    Html,
    Plain,
    Xml,
}

impl MediaType {
    fn name(self) -> &'static str {
        match self {
            MediaType::Json => "application/json; charset=utf-8",
            MediaType::Html => "text/html; charset=utf-8",
            MediaType::Plain => "text/plain; charset=utf-8",
            MediaType::Xml => "application/xml; charset=utf-8",
        }
    }

    /// Only these names are known, in lower case; all else means JSON.
    fn named(name: &str) -> Self {
        match name {
            "text/html" => MediaType::Html,
            "text/plain" | "text/*" => MediaType::Plain,
            "application/xml" => MediaType::Xml,
            _ => MediaType::Json,
        }
    }
}

/// The entry with the highest q decides, and only then is it looked up.
fn negotiated(accept: Option<&HeaderValue>) -> Option<MediaType> {
    let accept = accept?.to_str().unwrap_or_default();
    let mut best: Option<(u32, &str)> = None;
    for entry in accept.split(',') {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        if best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, name));
        }
    }
    best.map(|(_, name)| MediaType::named(name))
}

/// A quality value such as `0.8`; one that can't be read counts as 1.
fn thousandths(q: &str) -> u32 {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let digits = format!("{whole}{fraction:0<3.3}");
    digits.parse().map_or(1000, |weight: u32| weight.min(1000))
}

fn own_type(content_type: Option<&HeaderValue>) -> Option<MediaType> {
    let name = content_type?.to_str().unwrap_or_default();
    Some(MediaType::named(name.split(';').next().unwrap_or_default().trim()))
}

fn written(media: MediaType, message: &str, request_id: &str) -> (Bytes, Option<HeaderValue>) {
    let text = match media {
        MediaType::Json => format!(
            "{{\n  \"message\":{},\n  \"request_id\":\"{request_id}\"\n}}",
            serde_json::Value::from(message)
        ),
        MediaType::Plain => format!("{message}\nrequest_id: {request_id}\n"),
        MediaType::Html => format!(
            concat!(
                "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n",
                "    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n",
                "    <p>{}.</p>\n    <p>request_id: {}</p>\n  </body>\n</html>\n"
            ),
            for_markup(message),
            request_id
        ),
        MediaType::Xml => format!(
            concat!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n",
                "  <message>{}</message>\n  <requestid>{}</requestid>\n</error>\n"
            ),
            for_markup(message),
            request_id
        ),
    };
    (text.into(), Some(HeaderValue::from_static(media.name())))
}

/// Kong puts a configured message into the page as it is; here it stays text.
fn for_markup(message: &str) -> String {
    message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Compact JSON whose slashes are escaped, as Kong's encoder writes it.
fn direct_json(json: &serde_json::Value) -> String {
    json.to_string().replace('/', "\\/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_entry_of_accept_wins_before_it_is_looked_up() {
        let form = |accept: &'static str| negotiated(Some(&HeaderValue::from_static(accept)));
        assert_eq!(form("application/json;q=0.1, text/html;q=0.9"), Some(MediaType::Html));
        assert_eq!(form("image/png, text/plain;q=0.5"), Some(MediaType::Json));
        assert_eq!(form("text/html;q=abc, text/plain;q=0.5"), Some(MediaType::Html));
        assert_eq!(form("TEXT/HTML"), Some(MediaType::Json));
        assert_eq!(form("text/*"), Some(MediaType::Plain));
        assert_eq!(negotiated(None), None);
    }
}
