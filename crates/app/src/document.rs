//! The API document, collected from the services, and its reference page.

use axum::Router;
use axum::routing::get;
use http::{HeaderValue, header};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// The document of this version, as `make generate` writes it.
const COMMITTED: &str = include_str!("../../../docs/openapi.json");

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// The reference page's own scripts and styles come from this server too; its styles are inline.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The document as text, the same for the same code.
pub fn text(document: &OpenApi) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(&sorted(document)?)?;
    text.push('\n');
    Ok(text)
}

/// Paths and schemas in the order of their names, whatever order services are listed in.
fn sorted(document: &OpenApi) -> anyhow::Result<serde_json::Value> {
    let mut value = serde_json::to_value(document)?;
    for pointer in ["/paths", "/components/schemas"] {
        if let Some(serde_json::Value::Object(map)) = value.pointer_mut(pointer) {
            map.sort_keys();
        }
    }
    Ok(value)
}

/// The document at `/api/openapi.json` and a page to read it at `/api/docs`: the document of all
/// services, wherever each runs.
pub fn reference() -> Router {
    let document = get(|| async { ([(header::CONTENT_TYPE, "application/json")], COMMITTED) });
    let page = Router::new()
        .merge(SwaggerUi::new("/api/docs").config(utoipa_swagger_ui::Config::from(DOCUMENT)))
        .layer(axum::middleware::map_response(async |mut response: axum::response::Response| {
            let policy = HeaderValue::from_static(POLICY);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }));
    Router::new().route(DOCUMENT, document).merge(page)
}
