//! Every route refuses those who have not signed in, and `/internal` all persons.

use client::{Client, Precondition};
use reqwest::Method;
use service::{EndpointFacts, Rule};

use crate::harness::{Household, System, endpoints, inside};

/// What answers anybody; everything else has to know who asks.
const OPEN_TO_ANYBODY: [(&str, &str); 5] = [
    ("GET", "/api/v1/auth/jwks.json"),
    ("GET", "/api/v1/auth/registration"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/sign-in"),
    ("POST", "/api/v1/auth/sign-up"),
];

/// The path of an endpoint with ids that exist in a household's book where that is possible.
fn filled(path: &str, home: &Household) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        match part {
            "{account}" => filled.push_str(&home.cash),
            "{number}" | "{row}" => filled.push('1'),
            part if part.starts_with('{') => filled.push_str(&home.book.to_string()),
            part => filled.push_str(part),
        }
    }
    filled
}

/// The service that a path belongs to.
fn service_of(path: &str) -> &str {
    let rest = path.trim_start_matches("/api/v1/").trim_start_matches("/internal/");
    rest.split('/').next().unwrap()
}

/// The status and text of an endpoint's answer to an empty body.
async fn ask(client: &Client, endpoint: &EndpointFacts, home: &Household) -> (u16, String) {
    let method: Method = endpoint.method.parse().unwrap();
    let body = (method != Method::GET).then_some("{}");
    let path = filled(&endpoint.path, home);
    client.raw(method, &path, Precondition::default(), body).await.unwrap()
}

async fn without_token(system: &System, home: &Household) {
    for endpoint in &endpoints().await {
        let inside = Client::new(&system.internal(service_of(&endpoint.path)));
        let route = (endpoint.method, endpoint.path.as_str());
        let (status, _) = ask(&inside, endpoint, home).await;
        if endpoint.rule == Rule::Anyone {
            assert!(
                OPEN_TO_ANYBODY.contains(&route),
                "{route:?} answers anybody; list it if it may"
            );
            assert!(status < 500 && status != 404, "{route:?}: {status}");
            continue;
        }
        assert_eq!(status, 401, "{route:?}");
        if endpoint.rule == Rule::Person {
            let (status, _) = ask(&system.stranger(), endpoint, home).await;
            assert_eq!(status, 401, "{route:?} through the gateway");
        }
    }
}

async fn with_a_persons_token(system: &System, home: &Household) {
    for endpoint in endpoints().await.iter().filter(|e| e.rule == Rule::Service) {
        let path = &endpoint.path;
        let inside = Client::new(&system.internal(service_of(path)));
        let inside = inside.with_token(home.client.token().unwrap());
        let (status, _) = ask(&inside, endpoint, home).await;
        assert_eq!(status, 401, "{path} is for services alone");
        let (status, text) = ask(&home.client, endpoint, home).await;
        let refused = matches!(status, 404 | 405);
        assert!(refused, "{path} is not behind the gateway, but answered {status}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_who_may_not_call_it() {
    inside("it asks where no gateway leads", |system| async move {
        let home = system.household().await;
        without_token(&system, &home).await;
        with_a_persons_token(&system, &home).await;
        system
    })
    .await;
}
