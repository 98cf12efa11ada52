//! A gateway that listens, a client of it, and services that tell what reached them.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gateway::{Config, Gateway, LiveKey, Locals, Settings};
use model::Instant;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const NOON: i64 = 1_774_440_000;

pub const ONE_ROUTE: &str = "{_format_version: '3.0', services: [{name: s, host: s, routes: [{name: \
                         r, paths: [/], strip_path: false}]}]}";

/// Every service of the shipped file, telling what reached it.
pub fn echoing_services() -> Locals {
    ["auth", "user", "ledger", "reporting", "web"].into_iter().flat_map(echo_named).collect()
}

pub fn echo_named(name: &str) -> Locals {
    let service = name.to_owned();
    let echo = async move |request: Request| {
        let (parts, body) = request.into_parts();
        let length = axum::body::to_bytes(body, usize::MAX).await.unwrap().len();
        let headers: serde_json::Map<String, Value> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
            .collect();
        json!({
            "service": service,
            "path": parts.uri.path(),
            "query": parts.uri.query(),
            "length": length,
            "headers": headers,
        })
        .to_string()
    };
    Locals::from([(name.to_owned(), Router::new().fallback(any(echo)))])
}

/// A gateway that listens, and the key that its tokens are signed with.
pub struct Edge {
    pub gateway: Gateway,
    pub address: std::net::SocketAddr,
    pub key: SigningKey,
}

impl Edge {
    pub async fn start(file: &str, locals: Locals, settings: Settings) -> Self {
        let key = SigningKey::new("key-1");
        let keys = if file.contains("consumers:") { vec![key.live()] } else { Vec::new() };
        Edge::start_with(file, key, &keys, locals, settings).await
    }

    /// Tokens are signed with the key; the gateway knows it by the file or from the live ones.
    pub async fn start_with(
        file: &str,
        key: SigningKey,
        live: &[LiveKey],
        locals: Locals,
        settings: Settings,
    ) -> Self {
        let config = Config::parse(file).unwrap_or_else(|error| panic!("{error}"));
        let gateway = Gateway::new(config, settings, locals, live, standing(NOON)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = gateway.clone();
        tokio::spawn(async move { serving.serve(listener, pending()).await });
        Edge { gateway, address, key }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub async fn get(&self, path: &str, headers: &str) -> Answer {
        self.ask("GET", path, headers, "").await
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = self.connect().await;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Length: \
             {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // A body that is refused may find the connection closed.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read).await;
        Answer::parse(&String::from_utf8(read).unwrap())
    }
}

pub async fn gateway_for(file: &str, locals: Locals) -> (Gateway, TcpListener) {
    let config = Config::parse(file).unwrap();
    let made = Gateway::new(config, Settings::default(), locals, &[], standing(NOON));
    (made.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap())
}

pub fn standing(seconds: i64) -> gateway::Clock {
    let now = AtomicI64::new(seconds * 1_000_000);
    Arc::new(move || Instant(now.load(Ordering::Relaxed)))
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        Answer { status, headers: lines.map(header).collect(), body: body.to_owned() }
    }

    pub fn header(&self, wanted: &str) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

pub async fn read_until(stream: &mut TcpStream, wanted: &str) {
    let mut read = Vec::new();
    let waiting = async {
        while !String::from_utf8_lossy(&read).contains(wanted) {
            let byte = stream.read_u8().await.unwrap();
            read.push(byte);
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    assert!(in_time.is_ok(), "{wanted:?} did not come, only {:?}", String::from_utf8_lossy(&read));
}

pub struct SigningKey {
    kid: &'static str,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    pub fn new(kid: &'static str) -> Self {
        SigningKey { kid, pair: Ed25519KeyPair::generate().unwrap() }
    }

    pub fn live(&self) -> LiveKey {
        // The fixed beginning of every Ed25519 key in DER (RFC 8410), and the key.
        let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        der.extend(self.pair.public_key().as_ref());
        let digits = STANDARD.encode(der);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{digits}\n-----END PUBLIC KEY-----\n");
        LiveKey { kid: self.kid.into(), public_key_pem: pem }
    }

    pub fn token(&self, expires: i64) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid}));
        let claims = part(json!({"sub": "ann", "nbf": NOON, "exp": expires}));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}
