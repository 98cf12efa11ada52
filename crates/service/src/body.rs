//! What handlers take and give: bodies, paths, queries and headers, refused with the field that is
//! wrong.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use model::ChangeId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Fields, Kind};

/// A JSON body. Refused with 400 where it is no JSON, and with 422 and the field's path where a
/// value in it is wrong.
pub struct Json<T>(pub T);

/// No JSON body of ours is larger; a route that takes files uses [`UploadedFile`].
const LARGEST_JSON: usize = 1 << 20;

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value.split(';').next().is_some_and(|t| t.trim() == "application/json")
            });
        if !is_json {
            let detail = "The body must be JSON, with \"Content-Type: application/json\".";
            return Err(Error::new(Kind::Malformed, detail));
        }
        let bytes = read_body(request, LARGEST_JSON).await?;
        parse_json(&bytes).map(Json)
    }
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                Error::field(if path == "." { "body" } else { &path }, without_place(&inner))
            }
            _ => Error::new(Kind::Malformed, format!("The body is no JSON: {inner}.")),
        }
    })?;
    reader.end().map_err(|e| Error::new(Kind::Malformed, format!("The body is no JSON: {e}.")))?;
    Ok(value)
}

/// The message alone: the path says where, better than a line and column do.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

async fn read_body(request: Request, limit: usize) -> Result<Bytes, Error> {
    axum::body::to_bytes(request.into_body(), limit).await.map_err(|error| {
        use std::error::Error as _;
        let too_large = error.source().is_some_and(|e| e.is::<http_body_util::LengthLimitError>());
        if too_large {
            let detail = format!("The body may have at most {limit} bytes.");
            Error::new(Kind::TooLarge, detail)
        } else {
            Error::new(Kind::Malformed, "The body ended too early.")
        }
    })
}

/// A file sent as the body.
pub struct UploadedFile(pub Bytes);

/// The largest file that is taken.
const LARGEST_FILE: usize = 20 << 20;

impl<S: Sync> FromRequest<S> for UploadedFile {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        read_body(request, LARGEST_FILE).await.map(UploadedFile)
    }
}

/// The parameters of the path; one that can't be an id is a path that does not exist.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(_) => Err(Error::not_found("object")),
        }
    }
}

/// The query, with the parameter that is wrong named.
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs =
            serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
        match serde_path_to_error::deserialize(pairs) {
            Ok(value) => Ok(Query(value)),
            Err(error) => {
                let path = error.path().to_string();
                let field = if path == "." { "query" } else { &path };
                Err(Error::field(field, error.inner()))
            }
        }
    }
}

/// `If-Match`: the version that an edit is based on.
pub struct IfMatch(pub i64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            let detail = "Say which version you edit, with \"If-Match\" and the ETag you read.";
            return Err(Error::new(Kind::PreconditionRequired, detail));
        };
        let version = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        version.map(IfMatch).ok_or_else(|| {
            Error::field("If-Match", "must be the ETag that was read, such as \"3\" in quotes")
        })
    }
}

/// `Option<IfMatch>`: for objects that may also be written without having been read.
impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Error> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
    }
}

/// An `ETag` header for a version.
pub fn etag(version: i64) -> [(header::HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{version}\""));
    [(header::ETAG, value.unwrap_or(HeaderValue::from_static("\"0\"")))]
}

/// `Idempotency-Key`: the id of the change, which makes a retry safe. `None` where the client
/// leaves it to us.
pub struct ChangeKey(pub Option<ChangeId>);

impl<S: Sync> FromRequestParts<S> for ChangeKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(ChangeKey(None)) };
        let id = value.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok());
        match id {
            Some(id) => Ok(ChangeKey(Some(id))),
            None => Err(Error::field("Idempotency-Key", "must be a UUID, best of version 7")),
        }
    }
}

/// `?at_least=n`: answer only once the projection has applied the book's number `n`.
pub struct AtLeast(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for AtLeast {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        let found =
            url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "at_least");
        let Some((_, text)) = found else { return Ok(AtLeast(None)) };
        let mut fields = Fields::default();
        match text.parse::<u32>() {
            Ok(number) => Ok(AtLeast(Some(number.into()))),
            Err(_) => {
                fields.wrong("at_least", "must be a number that a write of this book answered");
                Err(fields.into_error())
            }
        }
    }
}

/// For paths that no endpoint has.
pub(crate) async fn no_such_path() -> Response {
    Error::new(Kind::NotFound, "There is nothing at this path.").into_response()
}

/// For paths that have endpoints, but none of this method.
pub(crate) async fn no_such_method() -> Response {
    let mut response =
        Error::new(Kind::Malformed, "This path does not take that method.").into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
