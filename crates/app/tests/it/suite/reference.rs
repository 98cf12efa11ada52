//! What a server says about itself: the API document, its page, health and metrics.

use serde_json::Value;

use crate::harness::{endpoints, inside};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_describes_itself_without_help_from_outside() {
    inside("it asks for health and metrics", |system| async move {
        let http = reqwest::Client::new();
        let get = async |url: String| http.get(url).send().await.unwrap();
        let document: Value =
            get(format!("{}/api/openapi.json", system.url())).await.json().await.unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        for endpoint in endpoints().await.iter().filter(|e| e.path.starts_with("/api/")) {
            let operation = &document["paths"][&endpoint.path][endpoint.method.to_lowercase()];
            assert!(operation.is_object(), "{} {}", endpoint.method, endpoint.path);
        }
        assert!(!document.to_string().contains("/internal/"));

        let page = get(format!("{}/api/docs/", system.url())).await;
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("'self'"));
        let page = page.text().await.unwrap();
        assert!(page.contains("swagger") && !page.contains("https://"), "{page}");

        let inside = system.internal("web");
        for (path, text) in [("/health/live", "live"), ("/health/ready", "ready")] {
            let answer = get(format!("{inside}{path}")).await;
            assert_eq!(answer.status(), 200);
            assert!(answer.text().await.unwrap().contains(text));
        }
        let metrics = get(format!("{inside}/metrics")).await.text().await.unwrap();
        assert!(metrics.contains("http_requests_total"), "{metrics}");
        for path in ["/metrics", "/health/ready"] {
            let outside = get(format!("{}{path}", system.url())).await.text().await.unwrap();
            assert!(!outside.contains("http_requests_total") && outside != "ready\n");
        }
        system
    })
    .await;
}
