//! Every route refuses those who may not call it, `/internal` included.

use reqwest::Method;
use service::Rule;

use crate::harness::{Household, System, on_each_database};

/// The path of an endpoint with ids that exist in a household's book where that is possible.
fn filled(path: &str, home: &Household) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        match part {
            "{book}" => filled.push_str(&home.book.to_string()),
            "{account}" => filled.push_str(&home.cash),
            "{number}" | "{row}" => filled.push('1'),
            part if part.starts_with('{') => filled.push_str(&home.book.to_string()),
            part => filled.push_str(part),
        }
    }
    filled
}

/// A body with which a write would be tried, if it were let in.
fn body(method: &str) -> Option<&'static str> {
    (method != "GET").then_some("{}")
}

async fn without_token(system: &System, home: &Household) {
    let inside = client::Client::new(&format!("http://{}", system.internal()));
    for endpoint in system.endpoints() {
        let path = filled(&endpoint.path, home);
        let method: Method = endpoint.method.parse().unwrap();
        let (status, _) = inside.raw(method.clone(), &path, body(endpoint.method)).await.unwrap();
        match endpoint.rule {
            Rule::Anyone => assert_ne!(status, 404, "{method} {path} is there"),
            Rule::Person | Rule::Service => assert_eq!(status, 401, "{method} {path}"),
        }
        if endpoint.rule == Rule::Person {
            let (status, _) =
                system.stranger().raw(method.clone(), &path, body(endpoint.method)).await.unwrap();
            assert_eq!(status, 401, "{method} {path} through the gateway");
        }
    }
}

async fn with_a_persons_token(system: &System, home: &Household) {
    let inside = client::Client::new(&format!("http://{}", system.internal()))
        .with_token(home.client.token().unwrap());
    let internal = system.endpoints().iter().filter(|e| e.rule == Rule::Service);
    for endpoint in internal {
        let path = filled(&endpoint.path, home);
        let method: Method = endpoint.method.parse().unwrap();
        let (status, _) = inside.raw(method.clone(), &path, body(endpoint.method)).await.unwrap();
        assert_eq!(status, 401, "{method} {path} is for services alone");
        let (status, text) = home.client.raw(method, &path, None).await.unwrap();
        let refused = matches!(status, 404 | 405);
        assert!(refused, "{path} is not behind the gateway, but answered {status}: {text}");
    }
}

async fn from_another_household(system: &System, home: &Household) {
    let stranger = system.household().await;
    let of_books = system.endpoints().iter().filter(|e| e.path.contains("{book}"));
    let mut tried = 0;
    for endpoint in of_books.filter(|e| e.rule == Rule::Person) {
        let path = filled(&endpoint.path, home);
        let method: Method = endpoint.method.parse().unwrap();
        // A body that would be right comes too late to matter: who asks is decided first, or the
        // body is refused first; never is anything of the book told.
        let (status, text) =
            stranger.client.raw(method.clone(), &path, body(endpoint.method)).await.unwrap();
        let told_nothing = matches!(status, 400 | 404 | 409 | 422 | 428);
        assert!(told_nothing, "{method} {path} answered {status}: {text}");
        assert!(!text.contains("Brandt"), "{method} {path}: {text}");
        tried += 1;
    }
    assert!(tried > 15, "only {tried} endpoints have a book");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_who_may_not_call_it() {
    on_each_database(|system| async move {
        let home = system.household().await;
        without_token(&system, &home).await;
        with_a_persons_token(&system, &home).await;
        from_another_household(&system, &home).await;
        system
    })
    .await;
}
