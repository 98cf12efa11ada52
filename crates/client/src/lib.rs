//! A typed client of the HTTP API: for system tests, the command line and benchmarks.

mod auth;
mod error;
mod imports;
mod ledger;

pub use error::{Error, Problem};

use model::ChangeId;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One server, as a person or a stranger sees it. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What a write needs beside its body.
#[derive(Clone, Copy, Default)]
pub struct Precondition {
    /// The id of the change, which makes sending it again safe.
    pub change: Option<ChangeId>,
    /// The version that an edit is based on.
    pub version: Option<i64>,
}

impl Precondition {
    pub fn change(change: ChangeId) -> Self {
        Self { change: Some(change), ..Self::default() }
    }

    pub fn version(version: i64) -> Self {
        Self { version: Some(version), ..Self::default() }
    }
}

impl Client {
    /// A client that has not signed in; `base` is such as `http://127.0.0.1:8000`.
    pub fn new(base: &str) -> Client {
        Client {
            http: reqwest::Client::new(),
            base: base.trim_end_matches('/').to_owned(),
            token: None,
        }
    }

    /// The same server, for somebody with a token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Client {
        Client { token: Some(token.into()), ..self.clone() }
    }

    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Reads a path under `/api/v1`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        read(self.request(Method::GET, path).send().await?).await
    }

    /// Sends a body to a path under `/api/v1`.
    pub async fn send<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        precondition: Precondition,
        body: &B,
    ) -> Result<T, Error> {
        let request = self.request(method, path).headers(headers(precondition)).json(body);
        read(request.send().await?).await
    }

    /// Sends bytes, such as a file.
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, file: Vec<u8>) -> Result<T, Error> {
        let request = self.request(Method::POST, path);
        let kind = "application/octet-stream";
        read(request.header(CONTENT_TYPE, kind).body(file).send().await?).await
    }

    /// Removes what is at a path.
    pub async fn delete<T: DeserializeOwned>(
        &self,
        path: &str,
        precondition: Precondition,
    ) -> Result<T, Error> {
        read(self.request(Method::DELETE, path).headers(headers(precondition)).send().await?).await
    }

    /// Sends any request and gives the answer as it is, for tests of what is refused.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        precondition: Precondition,
        body: Option<&str>,
    ) -> Result<(u16, String), Error> {
        let url = format!("{}{path}", self.base);
        let mut request =
            self.signed(self.http.request(method, url)).headers(headers(precondition));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.signed(self.http.request(method, format!("{}/api/v1{path}", self.base)))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

fn headers(precondition: Precondition) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: reqwest::header::HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(change) = precondition.change {
        put(reqwest::header::HeaderName::from_static("idempotency-key"), change.to_string());
    }
    if let Some(version) = precondition.version {
        put(IF_MATCH, format!("\"{version}\""));
    }
    headers
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let status = response.status();
    let body = response.bytes().await?;
    if !status.is_success() {
        return Err(Error::refused(status.as_u16(), &body));
    }
    // An answer without a body reads as nothing.
    let body = if status == StatusCode::NO_CONTENT { b"null".as_slice() } else { &body };
    serde_json::from_slice(body).map_err(|error| Error::Unreadable(error.to_string()))
}
