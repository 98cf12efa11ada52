//! One error for two audiences: a sentence for the person, a source for the log. It becomes HTTP
//! (RFC 9457 problem+json) as the last step.

use axum::response::{IntoResponse, Response};
use contracts::PeerError;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of answer an error is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Not JSON, or not of the shape that is asked for: 400.
    Malformed,
    /// No token, or none that is valid: 401.
    Unauthenticated,
    /// A member, but not of a role that may do this: 403.
    Forbidden,
    /// Not there, or not for this person to know of: 404.
    NotFound,
    /// Another state than the request assumes: 409.
    Conflict,
    /// `If-Match` names another version than the current one: 412.
    PreconditionFailed,
    /// The body is larger than the route allows: 413.
    TooLarge,
    /// Read, but wrong: 422, with the fields that are.
    Invalid,
    /// `If-Match` is needed: 428.
    PreconditionRequired,
    /// Too many at once: 429.
    TooMany,
    /// Our fault: 500.
    Internal,
    /// Something that is needed is away for a while: 503.
    Unavailable,
}

impl Kind {
    fn status(self) -> StatusCode {
        match self {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A field of the request that is wrong, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Field {
    /// Its path in the body, the query or the headers: `amount.currency`.
    pub field: String,
    pub message: String,
}

/// An error of the frame or of a service.
#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    /// A sentence for the person.
    pub detail: String,
    pub fields: Vec<Field>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
    source: Option<anyhow::Error>,
}

impl Error {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Error {
        Error { kind, detail: detail.into(), fields: Vec::new(), retry_after: None, source: None }
    }

    /// One wrong field.
    pub fn field(field: &str, message: impl std::fmt::Display) -> Error {
        let mut fields = Fields::default();
        fields.wrong(field, message);
        fields.into_error()
    }

    pub fn not_found(what: &str) -> Error {
        Error::new(Kind::NotFound, format!("There is no such {what}, or it is not yours to see."))
    }

    pub fn forbidden(detail: impl Into<String>) -> Error {
        Error::new(Kind::Forbidden, detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Error {
        Error::new(Kind::Conflict, detail)
    }

    /// The object has moved on since the caller read it.
    pub fn stale(what: &str, current: i64) -> Error {
        let detail = format!(
            "The {what} was changed meanwhile; it is at version {current} now. Read it again."
        );
        Error::new(Kind::PreconditionFailed, detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Error {
        Error { retry_after: Some(2), ..Error::new(Kind::Unavailable, detail) }
    }

    pub fn internal(source: impl Into<anyhow::Error>) -> Error {
        let detail = "Something went wrong here. Nothing was changed; please try again.";
        Error { source: Some(source.into()), ..Error::new(Kind::Internal, detail) }
    }

    /// True where trying the same again later can't help.
    pub fn is_permanent(&self) -> bool {
        !matches!(self.kind, Kind::Internal | Kind::Unavailable | Kind::TooMany)
    }

    /// What the log should say: the sentence and everything behind it.
    pub fn full(&self) -> String {
        match &self.source {
            Some(source) => format!("{}: {source:#}", self.detail),
            None => self.detail.clone(),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.full())?;
        for Field { field, message } in &self.fields {
            write!(f, "; {field}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        let detail = match &error {
            store::Error::Unavailable(_) | store::Error::Closed => {
                "The database is away for a moment. Please try again."
            }
            store::Error::Slow(_) => {
                "The database took too long; nothing was changed. Please try again."
            }
            store::Error::Busy(_) => {
                "Others were changing the same; nothing was changed. Please try again."
            }
            _ => return Error::internal(error),
        };
        Error { source: Some(error.into()), ..Error::unavailable(detail) }
    }
}

impl store::WriteError for Error {
    fn is_transient(&self) -> bool {
        let source = self.source.as_ref().and_then(|s| s.downcast_ref::<store::Error>());
        source.is_some_and(store::Error::is_transient)
    }
}

impl From<PeerError> for Error {
    fn from(error: PeerError) -> Self {
        match error.status {
            Some(404) => Error::not_found("object"),
            _ if error.is_unavailable() => {
                let detail = format!("The service {} is away for a moment.", error.service);
                Error { source: Some(error.into()), ..Error::unavailable(detail) }
            }
            _ => Error::internal(error),
        }
    }
}

/// Collects wrong fields, so that a person hears of all of them at once.
///
/// ```
/// # use service::{Error, Fields};
/// # fn parse(body_amount: &str, body_day: &str) -> Result<(model::Money, model::Day), Error> {
/// let mut fields = Fields::default();
/// let amount = fields.check("amount", model::Money::parse(body_amount, model::Currency::EUR));
/// let day = fields.check("day", model::Day::parse(body_day));
/// let (Some(amount), Some(day)) = (amount, day) else { return Err(fields.into_error()) };
/// # Ok((amount, day))
/// # }
/// ```
#[derive(Default, Debug)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// The value, or a note of what is wrong with the field.
    pub fn check<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        outcome: Result<T, E>,
    ) -> Option<T> {
        outcome.map_err(|error| self.wrong(field, error)).ok()
    }

    pub fn wrong(&mut self, field: &str, message: impl std::fmt::Display) {
        self.0.push(Field { field: field.to_owned(), message: message.to_string() });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An error where a field was wrong.
    pub fn done(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into_error()) }
    }

    pub fn into_error(self) -> Error {
        let names: Vec<&str> = self.0.iter().map(|f| f.field.as_str()).collect();
        let detail = format!("Please check: {}. Nothing was changed.", names.join(", "));
        Error { fields: self.0, ..Error::new(Kind::Invalid, detail) }
    }
}

/// What an error looks like on the wire (RFC 9457).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// A sentence for the person.
    pub detail: String,
    /// By which operators find the request in the logs.
    #[schema(required)]
    pub request_id: Option<String>,
    pub fields: Vec<Field>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        if status.is_server_error() {
            tracing::error!(error = %self.full(), status = status.as_u16(), "request failed");
        }
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: self.detail,
            request_id: store::cause::current().map(|id| id.to_string()),
            fields: self.fields,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind == Kind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
