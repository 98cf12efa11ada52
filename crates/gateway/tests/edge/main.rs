//! The gateway as the one process runs it: services called directly, keys that change, streams,
//! panics, stopping, and the file that ships.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod elsewhere;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures::StreamExt;
use gateway::{Config, Gateway, LiveKey, Locals, Settings, SetupError};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use support::{
    Edge, NOON, ONE_ROUTE, SigningKey, echoing_services, gateway_for, read_until, standing,
};

const SHIPPED: &str = include_str!("../../../../config/gateway.yml");

#[tokio::test]
async fn the_shipped_file_routes_and_guards_as_it_says() {
    routes_and_guards(&Edge::start(SHIPPED, echoing_services(), Settings::default()).await).await;
}

#[tokio::test]
async fn the_exported_file_gives_the_same_answers() {
    let key = SigningKey::new("key-1");
    let file = gateway::export(SHIPPED, &[key.live()], &BTreeMap::new()).unwrap();
    let settings = Settings::default();
    routes_and_guards(&Edge::start_with(&file, key, &[], echoing_services(), settings).await).await;
}

async fn routes_and_guards(edge: &Edge) {
    let token = edge.key.token(NOON + 900);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let cookie = format!("Cookie: et_access={token}\r\n");
    for (path, service) in [
        ("/api/v1/auth/me", "auth"),
        ("/api/v1/user/me", "user"),
        ("/api/v1/ledger/books", "ledger"),
        ("/api/v1/ledger/books/7/imports", "ledger"),
        ("/api/v1/reporting/books/7/dashboard", "reporting"),
        ("/api/v1/web/live", "web"),
    ] {
        assert_eq!(edge.get(path, "").await.status, 401, "{path} must ask for a token");
        for credentials in [&bearer, &cookie] {
            let answer = edge.get(path, credentials).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.json()["service"], service, "{path}");
            assert_eq!(answer.json()["path"], path, "the path is passed as it is");
        }
    }
    for (path, service) in [
        ("/", "web"),
        ("/settings", "web"),
        ("/api/openapi.json", "web"),
        ("/api/docs", "web"),
        ("/internal/ledger/streams", "web"),
        ("/metrics", "web"),
        ("/api/v1/auth/registration", "auth"),
        ("/api/v1/auth/jwks.json", "auth"),
        ("/api/v1/auth/sign-in", "auth"),
        ("/api/v1/auth/sign-up", "auth"),
        ("/api/v1/auth/refresh", "auth"),
    ] {
        let answer = edge.get(path, "").await;
        assert_eq!(answer.status, 200, "{path} is for everybody");
        assert_eq!(answer.json()["service"], service, "{path}");
    }
}

#[tokio::test]
async fn the_shipped_file_limits_sign_in_and_bodies() {
    let edge = Edge::start(SHIPPED, echoing_services(), Settings::default()).await;
    for left in (0..20).rev() {
        let answer = edge.get("/api/v1/auth/sign-in", "").await;
        assert_eq!(answer.header("x-ratelimit-remaining-minute"), Some(left.to_string().as_str()));
    }
    let refused = edge.get("/api/v1/auth/sign-in", "").await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert!(refused.header("x-request-id").is_some());
    assert_eq!(edge.get("/api/v1/auth/registration", "").await.status, 200);

    let bearer = format!("Authorization: Bearer {}\r\n", edge.key.token(NOON + 900));
    let large = "x".repeat(2 << 20);
    let entries = edge.ask("POST", "/api/v1/ledger/books", &bearer, &large).await;
    assert_eq!(entries.status, 413);
    let import = edge.ask("POST", "/api/v1/ledger/books/7/imports", &bearer, &large).await;
    assert_eq!(import.status, 200);
    assert_eq!(import.json()["length"], large.len());
}

#[test]
fn the_list_of_routes_says_what_applies_where() {
    let config = Config::parse(SHIPPED).unwrap();
    let row = config.routes().into_iter().find(|row| row.route == "ledger-imports").unwrap();
    assert_eq!(row.service, "ledger");
    assert_eq!(row.matches, ["~/api/v1/ledger/books/[^/]+/imports$"]);
    let plugins = ["correlation-id", "jwt", "request-size-limiting", "rate-limiting", "prometheus"];
    assert_eq!(row.plugins, plugins);
}

#[tokio::test]
async fn a_local_service_gets_what_one_behind_a_connection_would() {
    let edge = Edge::start(SHIPPED, echoing_services(), Settings::default()).await;
    let bearer = format!("Authorization: Bearer {}\r\n", edge.key.token(NOON + 900));
    let sent = format!(
        "{bearer}X-Consumer-Username: root\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\n"
    );
    let answer = edge.get("/api/v1/ledger/books?q=1", &sent).await;
    let headers = &answer.json()["headers"];
    assert_eq!(headers["host"], "ledger:8000");
    assert_eq!(headers["x-consumer-username"], "expense-tracker");
    assert_eq!(headers["x-credential-identifier"], "key-1");
    assert_eq!(headers["x-real-ip"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-for"], "6.6.6.6, 127.0.0.1");
    assert_eq!(headers["x-forwarded-path"], "/api/v1/ledger/books");
    assert_eq!(answer.header("x-request-id"), headers["x-request-id"].as_str());
    assert_eq!(answer.json()["query"], "q=1");
    assert!(answer.header("date").is_some(), "{answer:?}");

    let public = edge.get("/", "X-Consumer-Id: root\r\nX-Anonymous-Consumer: true\r\n").await;
    assert_eq!(public.json()["headers"]["x-consumer-id"], Value::Null);
    assert_eq!(public.json()["headers"]["x-anonymous-consumer"], Value::Null);
}

#[tokio::test]
async fn a_trusted_proxy_says_who_asks() {
    let trusting =
        Settings { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Settings::default() };
    let edge = Edge::start(SHIPPED, echoing_services(), trusting).await;
    let answer = edge.get("/", "X-Real-IP: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n").await;
    assert_eq!(answer.json()["headers"]["x-real-ip"], "1.2.3.4");
    assert_eq!(answer.json()["headers"]["x-forwarded-proto"], "https");
    let limited = |who: &str| format!("X-Real-IP: {who}\r\n");
    let first = edge.get("/api/v1/auth/refresh", &limited("1.1.1.1")).await;
    let other = edge.get("/api/v1/auth/refresh", &limited("2.2.2.2")).await;
    assert_eq!(first.header("ratelimit-remaining"), Some("29"));
    assert_eq!(other.header("ratelimit-remaining"), Some("29"), "each client has its own bucket");
}

#[tokio::test]
async fn keys_change_while_the_gateway_runs() {
    let edge = Edge::start(SHIPPED, echoing_services(), Settings::default()).await;
    let next = SigningKey::new("key-2");
    let status = async |key: &SigningKey| {
        let bearer = format!("Authorization: Bearer {}\r\n", key.token(NOON + 900));
        edge.get("/api/v1/user/me", &bearer).await.status
    };
    assert_eq!(status(&next).await, 401);
    edge.gateway.replace_keys(&[edge.key.live(), next.live()]).unwrap();
    assert_eq!((status(&edge.key).await, status(&next).await), (200, 200));
    edge.gateway.replace_keys(&[next.live()]).unwrap();
    assert_eq!((status(&edge.key).await, status(&next).await), (401, 200));

    let broken = LiveKey { kid: "key-3".into(), public_key_pem: "no key".into() };
    let error = edge.gateway.replace_keys(&[broken]).unwrap_err();
    assert!(error.to_string().contains("\"key-3\" is no PEM"), "{error}");
    assert_eq!(status(&next).await, 200, "the keys before a failed change stay");
}

#[tokio::test]
async fn another_file_is_run_from_the_next_request_on() {
    let edge = Edge::start(SHIPPED, echoing_services(), Settings::default()).await;
    let moved = SHIPPED.replace("- /api/v1/user", "- /api/v2/user");
    edge.gateway.reload(Config::parse(&moved).unwrap()).unwrap();
    let bearer = format!("Authorization: Bearer {}\r\n", edge.key.token(NOON + 900));
    let service = async |path| edge.get(path, &bearer).await.json()["service"].clone();
    assert_eq!(service("/api/v2/user/me").await, "user", "the keys are those of before");
    assert_eq!(service("/api/v1/user/me").await, "web");

    let homeless = Config::parse("_format_version: \"3.0\"").unwrap();
    let refused = edge.gateway.reload(homeless).unwrap_err();
    assert!(matches!(refused, SetupError::NoConsumerForLiveKeys));
    assert_eq!(service("/api/v2/user/me").await, "user", "the file before a failed change stays");
}

#[tokio::test]
async fn a_limit_is_kept_when_another_file_comes() {
    let edge = Edge::start(SHIPPED, echoing_services(), Settings::default()).await;
    let left = async || {
        let answer = edge.get("/api/v1/auth/sign-in", "").await;
        answer.header("ratelimit-remaining").unwrap().to_owned()
    };
    assert_eq!(left().await, "19");
    edge.gateway.reload(Config::parse(SHIPPED).unwrap()).unwrap();
    assert_eq!(left().await, "18");
}

#[test]
fn live_keys_need_a_consumer_to_belong_to() {
    let config = Config::parse("_format_version: \"3.0\"").unwrap();
    let key = SigningKey::new("key-1").live();
    let made = Gateway::new(config, Settings::default(), Locals::new(), &[key], standing(NOON));
    assert!(matches!(made.err(), Some(SetupError::NoConsumerForLiveKeys)));
}

#[tokio::test]
async fn events_of_a_service_come_one_by_one() {
    let (events, mut coming) = mpsc::channel::<&'static str>(1);
    let stream = futures::stream::poll_fn(move |context| coming.poll_recv(context));
    let body = Body::from_stream(stream.map(|event| Ok::<_, std::io::Error>(Bytes::from(event))));
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let live = get(move || async move { body.lock().unwrap().take().unwrap() });
    let web = Router::new().route("/live", live);
    let edge = Edge::start(ONE_ROUTE, Locals::from([("s".into(), web)]), Settings::default()).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET /live HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    for event in ["data: first\n\n", "data: second\n\n"] {
        events.send(event).await.unwrap();
        // It arrives while the next one has not been sent: nothing waits for more.
        read_until(&mut stream, event).await;
    }
}

#[tokio::test]
async fn an_upload_reaches_the_service_while_it_is_sent() {
    let (arrived, mut arrivals) = mpsc::channel::<Bytes>(1);
    let upload = post(async move |body: Body| {
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            arrived.send(piece.unwrap()).await.unwrap();
        }
        "done"
    });
    let local = Router::new().route("/upload", upload);
    let edge =
        Edge::start(ONE_ROUTE, Locals::from([("s".into(), local)]), Settings::default()).await;
    let mut stream = edge.connect().await;
    let head = b"POST /upload HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head).await.unwrap();
    for piece in ["one", "two"] {
        stream.write_all(format!("3\r\n{piece}\r\n").as_bytes()).await.unwrap();
        assert_eq!(arrivals.recv().await.unwrap(), piece);
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    read_until(&mut stream, "done").await;
}

#[tokio::test]
async fn a_handler_that_panics_takes_down_its_own_request_alone() {
    let broken = Router::new()
        .route("/broken", get(async || -> &'static str { panic!("on purpose") }))
        .route("/well", get(async || "well"));
    let edge =
        Edge::start(ONE_ROUTE, Locals::from([("s".into(), broken)]), Settings::default()).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET /broken HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    read_until(&mut stream, "An invalid response was received from the upstream server").await;
    stream.write_all(b"GET /well HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    read_until(&mut stream, "\r\n\r\nwell").await;
}

#[tokio::test]
async fn stopping_lets_a_request_in_flight_finish() {
    let (entered, mut entries) = mpsc::channel::<()>(1);
    let (go, goes) = tokio::sync::watch::channel(false);
    let slow = get(move || {
        let (entered, mut goes) = (entered.clone(), goes.clone());
        async move {
            entered.send(()).await.unwrap();
            goes.wait_for(|go| *go).await.unwrap();
            "finished"
        }
    });
    let local = Router::new().route("/slow", slow);
    let (gateway, listener) = gateway_for(ONE_ROUTE, Locals::from([("s".into(), local)])).await;
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { stopping.await.unwrap() };
    let serving = tokio::spawn(async move { gateway.serve(listener, stopped).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    entries.recv().await.unwrap();
    stop.send(()).unwrap();
    go.send(true).unwrap();
    read_until(&mut stream, "finished").await;
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_two_readers_could_take_differently_is_refused() {
    let edge = Edge::start(SHIPPED, echoing_services(), Settings::default()).await;
    let twice = "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n";
    assert_eq!(edge.get("/", twice).await.status, 400);
    let chunked = "Transfer-Encoding: chunked\r\n";
    assert_eq!(edge.get("/", &chunked.repeat(2)).await.status, 400);
    for path in ["/..", "/a/../../b", "/%zz", "/%00"] {
        assert_eq!(edge.get(path, "").await.status, 400, "{path}");
    }
    assert_eq!(edge.ask("TRACE", "/", "", "").await.status, 405);
    assert_eq!(edge.ask("get", "/", "", "").await.status, 400);
}
