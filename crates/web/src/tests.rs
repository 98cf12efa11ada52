//! The client's files and the live stream, without a browser.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rust_embed::{EmbeddedFile, Metadata};

use crate::files::Files;

const PAGE: &str = "<html><script>start()</script><script src=\"/x.js\"></script></html>";

/// A build of three files.
fn find(name: &str) -> Option<EmbeddedFile> {
    let data = match name {
        "index.html" => PAGE,
        "_app/immutable/app.1234.js" => "plain",
        "_app/immutable/app.1234.js.br" => "brotli",
        "_app/immutable/app.1234.js.gz" => "gzip",
        _ => return None,
    };
    let metadata = Metadata::__rust_embed_new([7; 32], None, None);
    Some(EmbeddedFile { data: Cow::Borrowed(data.as_bytes()), metadata })
}

fn get(path: &str, headers: &[(header::HeaderName, &str)]) -> (StatusCode, HeaderMap) {
    let mut sent = HeaderMap::new();
    for (name, value) in headers {
        sent.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let response = Files::new(find).answer(&Method::GET, path, &sent);
    (response.status(), response.headers().clone())
}

#[test]
fn a_file_comes_in_the_best_encoding_and_may_be_kept_for_ever() {
    for (accepted, encoding) in [
        ("gzip, deflate, br", Some("br")),
        ("gzip", Some("gzip")),
        ("br;q=0, gzip", Some("gzip")),
        ("identity", None),
    ] {
        let path = "/_app/immutable/app.1234.js";
        let (status, headers) = get(path, &[(header::ACCEPT_ENCODING, accepted)]);
        assert_eq!(status, StatusCode::OK);
        let got = headers.get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap());
        assert_eq!(got, encoding, "{accepted}");
        assert!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    }
}

#[test]
fn a_page_is_asked_for_again_and_not_sent_again() {
    let (status, headers) = get("/reports/2026", &[]);
    assert_eq!(
        (status, &headers[header::CACHE_CONTROL]),
        (StatusCode::OK, &"no-cache".parse().unwrap())
    );
    let etag = headers[header::ETAG].to_str().unwrap().to_owned();
    let (status, _) = get("/", &[(header::IF_NONE_MATCH, &etag)]);
    assert_eq!(status, StatusCode::NOT_MODIFIED);
}

#[test]
fn only_the_scripts_of_the_start_page_may_run() {
    let (_, headers) = get("/", &[]);
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    // From: printf 'start()' | openssl dgst -sha256 -binary | base64
    let scripts = "script-src 'self' 'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00=';";
    assert!(policy.contains(scripts), "{policy}");
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[test]
fn what_is_no_file_and_no_page_is_not_found() {
    for path in ["/missing.js", "/internal/ledger/events", "/api/v1/nothing"] {
        assert_eq!(get(path, &[]).0, StatusCode::NOT_FOUND, "{path}");
    }
}
