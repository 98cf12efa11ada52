//! request-size-limiting: refuses bodies that are too large before a service sees them.

use axum::body::Body;
use bytes::BytesMut;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::Body as _;

use crate::errors::Answer;
use crate::headers;
use crate::load::LoadError;
use crate::load::spot::Spot;

#[derive(Debug)]
pub(crate) struct RequestSizeLimiting {
    allowed_bytes: u64,
    require_content_length: bool,
}

const FIELDS: &[&str] = &["allowed_payload_size", "require_content_length", "size_unit"];

const MEGABYTE: u64 = 1 << 20;
const UNITS: [(&str, u64); 3] = [("megabytes", MEGABYTE), ("kilobytes", 1 << 10), ("bytes", 1)];

impl RequestSizeLimiting {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let mut plugin =
            RequestSizeLimiting { allowed_bytes: 128 * MEGABYTE, require_content_length: false };
        if let Some(config) = config {
            let fields = config.fields(FIELDS)?;
            let size = |spot: &Spot<'_>| spot.integer(0..=u64::from(u32::MAX));
            let unit = fields.read("size_unit", MEGABYTE, |spot| spot.choice(&UNITS))?;
            plugin.allowed_bytes = fields.read("allowed_payload_size", 128, size)? * unit;
            plugin.require_content_length =
                fields.read("require_content_length", false, Spot::boolean)?;
        }
        Ok(plugin)
    }

    pub(super) async fn access(&self, request: &mut Parts, body: &mut Body) -> Result<(), Answer> {
        let length = request.headers.get(CONTENT_LENGTH);
        if let Some(length) = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok()) {
            return if length > self.allowed_bytes { Err(too_large(request)) } else { Ok(()) };
        }
        let says_chunked = request.headers.contains_key(TRANSFER_ENCODING);
        // HTTP/2 needs neither length nor encoding to send a body.
        let may_have_body = says_chunked || request.version == Version::HTTP_2;
        if self.require_content_length && !may_have_body {
            let message = "A valid Content-Length header is required";
            return Err(Answer::generic(StatusCode::LENGTH_REQUIRED, message));
        }
        if says_chunked || !body.is_end_stream() {
            self.measure(request, body).await?;
        }
        Ok(())
    }

    /// Without a length there is no other way than to read the body, up to what is allowed.
    async fn measure(&self, request: &mut Parts, body: &mut Body) -> Result<(), Answer> {
        let mut read = BytesMut::new();
        let mut size = 0_u64;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Answer::bad_request())?;
            let Ok(data) = frame.into_data() else { continue };
            size = size.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            if size > self.allowed_bytes {
                return Err(too_large(request));
            }
            read.extend_from_slice(&data);
        }
        request.headers.remove(TRANSFER_ENCODING);
        request.headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
        *body = Body::from(read.freeze());
        Ok(())
    }
}

fn too_large(request: &Parts) -> Answer {
    let waits = headers::tokens(&request.headers, &EXPECT)
        .any(|expected| expected.eq_ignore_ascii_case("100-continue"));
    let status = if waits { StatusCode::EXPECTATION_FAILED } else { StatusCode::PAYLOAD_TOO_LARGE };
    Answer::generic(status, "Request size limit exceeded")
}
