//! What a server refused, or why it could not be asked.

use serde::Deserialize;

/// What went wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was answered; says which address was asked.
    #[error("{0}")]
    Unanswered(String),
    #[error("{0}")]
    Refused(Problem),
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

/// A problem document (RFC 9457), or what the gateway says in its place.
#[derive(Debug, Clone, Deserialize)]
pub struct Problem {
    #[serde(default)]
    pub status: u16,
    #[serde(default, alias = "message")]
    pub detail: String,
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A field of the request that is wrong.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    pub field: String,
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.detail, self.status)?;
        for field in &self.fields {
            write!(f, "\n  {}: {}", field.field, field.message)?;
        }
        Ok(())
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Error {
        let asked = error.url().map(|url| url.origin().ascii_serialization());
        let asked = asked.as_deref().unwrap_or("the server");
        let what = if error.is_connect() {
            "can't be reached; is it running?"
        } else if error.is_builder() {
            "can't be asked this way:"
        } else {
            "gave no answer:"
        };
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Error::Unanswered(format!("{asked} {what} {cause}"))
    }
}

impl Error {
    pub(crate) fn refused(status: u16, body: &[u8]) -> Error {
        let read = serde_json::from_slice::<Problem>(body);
        let problem = read.unwrap_or_else(|_| Problem {
            status,
            detail: String::from_utf8_lossy(body).into_owned(),
            fields: Vec::new(),
        });
        Error::Refused(Problem { status, ..problem })
    }

    /// The status of an answer that refused.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Refused(problem) => Some(problem.status),
            _ => None,
        }
    }

    /// The names of the fields that were wrong.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Error::Refused(problem) => problem.fields.iter().map(|f| f.field.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}
