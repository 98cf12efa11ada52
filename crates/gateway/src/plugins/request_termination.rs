//! request-termination: answers instead of the service, always or when a trigger is sent.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::errors::Answer;
use crate::load::LoadError;
use crate::load::spot::Spot;

#[derive(Debug)]
pub(crate) struct RequestTermination {
    status: StatusCode,
    message: Option<String>,
    body: Option<String>,
    content_type: Option<HeaderValue>,
    trigger: Option<String>,
}

const FIELDS: &[&str] = &["body", "content_type", "message", "status_code", "trigger"];

impl RequestTermination {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let mut plugin = RequestTermination {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: None,
            body: None,
            content_type: None,
            trigger: None,
        };
        let Some(config) = config else { return Ok(plugin) };
        let fields = config.fields(FIELDS)?;
        let owned = |spot: &Spot<'_>| Ok(spot.text()?.to_owned());
        plugin.status = fields.read("status_code", plugin.status, |spot| {
            // A status below 200 would be no final answer, so there could be none after it.
            let code: u16 = spot.integer(200..=599)?;
            StatusCode::from_u16(code).map_err(|_| spot.wrong("is no status"))
        })?;
        plugin.message = fields.maybe("message", owned)?;
        plugin.body = fields.maybe("body", owned)?;
        plugin.content_type = fields.maybe("content_type", Spot::header_value)?;
        plugin.trigger = fields.maybe("trigger", |spot| {
            spot.header_name()?;
            owned(spot)
        })?;
        if plugin.message.is_some() && (plugin.body.is_some() || plugin.content_type.is_some()) {
            return Err(config.wrong("`message` cannot be used with `content_type` or `body`"));
        }
        if plugin.content_type.is_some() && plugin.body.is_none() {
            return Err(config.wrong("`content_type` requires a `body`"));
        }
        Ok(plugin)
    }

    pub(super) fn access(&self, request: &Parts) -> Result<(), Answer> {
        match &self.trigger {
            Some(trigger) if !is_sent(trigger, request) => Ok(()),
            _ => Err(self.answer()),
        }
    }

    fn answer(&self) -> Answer {
        if let Some(body) = &self.body {
            let body = Bytes::copy_from_slice(body.as_bytes());
            return Answer::raw(self.status, body, self.content_type.clone());
        }
        match self.message.as_deref().or_else(|| stock_message(self.status)) {
            Some(message) => Answer::direct(self.status, json!({ "message": message })),
            None => Answer::raw(self.status, Bytes::new(), None),
        }
    }
}

/// A header of that name, or a query parameter with the same letters.
fn is_sent(trigger: &str, request: &Parts) -> bool {
    let parameters = request.uri.query().unwrap_or_default().split('&');
    request.headers.contains_key(trigger)
        || parameters.map(|pair| pair.split('=').next()).any(|name| name == Some(trigger))
}

fn stock_message(status: StatusCode) -> Option<&'static str> {
    Some(match status.as_u16() {
        400 => "Bad request",
        401 => "Unauthorized",
        404 => "Not found",
        405 => "Method not allowed",
        413 => "Payload too large",
        417 => "Expectation failed",
        500 => "An unexpected error occurred",
        502 => "Bad Gateway",
        503 => "Service unavailable",
        _ => return None,
    })
}
