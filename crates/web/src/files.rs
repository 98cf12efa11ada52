//! The web client's files, as its build left them: already compressed, named by their content.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use crate::http::security_headers;

#[derive(RustEmbed)]
#[folder = "../../web/build"]
#[allow_missing = true]
struct Build;

/// The page that the client starts from, whatever the path.
const START_PAGE: &str = "index.html";

/// Files whose names change with their content.
const IMMUTABLE: &str = "_app/immutable/";

/// Encodings that the build has made, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The client's files with what browsers must be told about them.
#[derive(Clone)]
pub struct Files {
    find: fn(&str) -> Option<EmbeddedFile>,
    policy: HeaderValue,
}

impl Files {
    /// Those that the web build made.
    pub fn embedded() -> Files {
        Files::new(Build::get)
    }

    /// Files that a function finds by their path.
    pub(crate) fn new(find: fn(&str) -> Option<EmbeddedFile>) -> Files {
        let start = find(START_PAGE).map(|file| file.data);
        let policy = content_security_policy(start.as_deref().unwrap_or_default());
        Files { find, policy }
    }

    pub(crate) fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        let path = path.trim_start_matches('/');
        if path.starts_with("api/") || path.starts_with("internal/") {
            return plain(StatusCode::NOT_FOUND, "There is nothing at this path.\n");
        }
        let name = if path.is_empty() { START_PAGE } else { path };
        let is_page = !name.rsplit('/').next().unwrap_or_default().contains('.');
        let mut response = match (self.file(name, headers), is_page) {
            (Some(response), _) => response,
            (None, true) => match self.file(START_PAGE, headers) {
                Some(response) => response,
                None => plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The web client is not built into this server; run `make web` and build again.\n",
                ),
            },
            (None, false) => plain(StatusCode::NOT_FOUND, "There is no such file.\n"),
        };
        security_headers(response.headers_mut(), &self.policy);
        response
    }

    /// A file in the best encoding that the browser takes, or only "not changed".
    fn file(&self, name: &str, headers: &HeaderMap) -> Option<Response> {
        let plain = (self.find)(name)?;
        let etag = format!("\"{}\"", short_hash(&plain));
        let mut response = if has_etag(headers, &etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let (encoding, data) = self.encoded(name, headers).unwrap_or((None, plain.data));
            let mut response = Body::from(data.into_owned()).into_response();
            if let Some(encoding) = encoding {
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            response
        };
        let out = response.headers_mut();
        let media_type = HeaderValue::from_str(&media_type(name)).ok()?;
        out.insert(header::CONTENT_TYPE, media_type);
        out.insert(header::ETAG, HeaderValue::from_str(&etag).ok()?);
        out.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        let keep = if name.starts_with(IMMUTABLE) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        Some(response)
    }

    fn encoded(
        &self,
        name: &str,
        headers: &HeaderMap,
    ) -> Option<(Option<&'static str>, Cow<'static, [u8]>)> {
        let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
        let takes = |encoding: &str| {
            accepted.split(',').any(|one| {
                let mut parts = one.split(';').map(str::trim);
                parts.next() == Some(encoding) && parts.next() != Some("q=0")
            })
        };
        ENCODINGS.iter().filter(|(encoding, _)| takes(encoding)).find_map(|(encoding, ending)| {
            let file = (self.find)(&format!("{name}{ending}"))?;
            Some((Some(*encoding), file.data))
        })
    }
}

fn has_etag(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag))
}

fn short_hash(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash[..12])
}

fn media_type(name: &str) -> String {
    let ending = name.rsplit('.').next().unwrap_or_default();
    match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
    .to_owned()
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Only our own files, and the inline scripts that the start page was built with.
fn content_security_policy(start_page: &[u8]) -> HeaderValue {
    let page = String::from_utf8_lossy(start_page);
    let hashes: String =
        inline_scripts(&page).map(|script| format!(" 'sha256-{}'", hash_of(script))).collect();
    let policy = format!(
        "default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

fn hash_of(script: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script.as_bytes()))
}
