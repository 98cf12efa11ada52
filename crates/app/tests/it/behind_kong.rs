//! Kong in our gateway's place: the file that `gateway export` prints, run by an engine that holds
//! no service and reaches all of them over sockets.

use std::process::Command;
use std::sync::Arc;

use expense_tracker::config::Config;
use expense_tracker::serve::Server;
use expense_tracker::services::{Entry, SERVICES};
use gateway::{Gateway, Locals, Settings};
use reqwest::header::{ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::harness::{PASSWORD, new_book};

/// A server with the exported file in front of it.
struct BehindKong {
    server: Server,
    /// What a browser shows as the address.
    origin: String,
    _folder: tempfile::TempDir,
}

impl BehindKong {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", outside.local_addr().unwrap());
        let mut config = Config::load_defaults().unwrap();
        config.listen = "127.0.0.1:0".to_owned();
        config.internal_listen = String::new();
        config.public_url = origin.clone();
        config.database = format!("sqlite://{}", path("{service}.db"));
        config.files = format!("file://{}", path("files"));
        config.secrets = path("secrets");
        let services = SERVICES.iter().map(|entry| entry.name.to_owned()).collect::<Vec<_>>();
        let server = Server::start(config, &services).await.unwrap();
        let upstream = format!("http://{}", server.public);
        let file = gateway::Config::parse(&exported(&path("secrets"), &upstream)).unwrap();
        let clock: gateway::Clock = Arc::new(|| service::Clock::System.now());
        let kong = Gateway::new(file, Settings::default(), Locals::new(), &[], clock).unwrap();
        tokio::spawn(async move { kong.serve(outside, std::future::pending()).await });
        BehindKong { server, origin, _folder: folder }
    }

    /// What the web client sends for the first person, who comes by the link that is printed.
    fn sign_up(&self) -> Value {
        let link = self.server.setup_link.as_ref().unwrap();
        json!({
            "person": Uuid::now_v7(), "email": "clara@books.test", "password": PASSWORD,
            "client": "browser", "setup_token": link.rsplit('=').next(),
        })
    }
}

/// What the command prints for these keys, with all services at one address.
fn exported(secrets: &str, upstream: &str) -> String {
    let variable = |entry: &Entry| (format!("EXPENSE_UPSTREAMS__{}", entry.name), upstream);
    let output = Command::new(env!("CARGO_BIN_EXE_expense-tracker"))
        .args(["gateway", "export"])
        .env("EXPENSE_SECRETS", secrets)
        .envs(SERVICES.iter().map(variable))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A browser on a page of this origin: it keeps cookies and names the origin of what it sends.
struct Browser {
    http: reqwest::Client,
    site: String,
    page: String,
}

impl Browser {
    fn on(site: &str) -> Self {
        let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
        Browser { http, site: site.to_owned(), page: site.to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.http.request(method, format!("{}{path}", self.site));
        let request = request.header(ORIGIN, &self.page);
        let request = body.iter().fold(request, |request, body| request.json(body));
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, Some(body)).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_client_signs_in_reads_and_writes_behind_kong() {
    let kong = BehindKong::start().await;
    let mut browser = Browser::on(&kong.origin);
    let page = browser.http.get(&kong.origin).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("<html"), "the client's files come through");
    let (status, _) = browser.ask(Method::GET, "/api/v1/auth/me", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let session = browser.send(Method::POST, "/api/v1/auth/sign-up", kong.sign_up()).await;
    assert_eq!(session["access_token"], Value::Null, "a browser's tokens are cookies");
    let book = format!("/api/v1/ledger/books/{}", Uuid::now_v7());
    browser.send(Method::PUT, &book, new_book()).await;
    let accounts = browser.get(&format!("{book}/accounts")).await;
    let expense = json!({
        "kind": "expense", "day": "2026-11-24", "title": "Edeka",
        "amount": {"amount": "5.00", "currency": "EUR"}, "account": accounts["accounts"][0]["id"],
    });
    let entries = format!("{book}/transactions");
    browser.send(Method::POST, &entries, expense.clone()).await;
    assert_eq!(browser.get(&format!("{entries}/totals")).await["count"], 1);

    // Another site's page sends the cookies along, and is given away by its origin.
    browser.page = "http://elsewhere.test".to_owned();
    let (status, _) = browser.ask(Method::POST, &entries, Some(expense)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    browser.page = kong.origin.clone();
    assert_eq!(browser.get(&format!("{entries}/totals")).await["count"], 1);

    browser.send(Method::POST, "/api/v1/auth/refresh", json!({})).await;
    assert_eq!(browser.get("/api/v1/auth/me").await["email"], "clara@books.test");
    browser.send(Method::POST, "/api/v1/auth/sign-out", json!({})).await;
    let (status, _) = browser.ask(Method::GET, "/api/v1/auth/me", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    kong.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_set_for_the_address_that_people_type() {
    let kong = BehindKong::start().await;
    let url = format!("{}/api/v1/auth/sign-up", kong.origin);
    let request =
        reqwest::Client::new().post(url).header(ORIGIN, &kong.origin).json(&kong.sign_up());
    let answer = request.send().await.unwrap();
    let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).iter().collect();
    assert_eq!(cookies.len(), 2, "{answer:?}");
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}: `public_url` is no https");
    }
    kong.server.stop().await.unwrap();
}
