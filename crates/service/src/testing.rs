//! For tests: a deployment on new, empty back ends, with a clock that stands still, and a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use contracts::auth::{AccessClaims, ISSUER, Jwk, Jwks};
use http::{HeaderMap, Method, Request, StatusCode};
use jsonwebtoken::EncodingKey;
use model::{Instant, PersonId, SessionId};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    Clock, Context, Deployment, Ids, Keys, Part, Reach, Secrets, Service, Setting, key_id,
    sign_access,
};

/// Builds one service; given again for each database that a test runs on.
pub type Build = fn(Context) -> anyhow::Result<Service>;

/// 24 November 2026, 12:00 UTC: when tests begin.
pub const START: Instant = Instant(1_795_521_600_000_000);

/// The queue that needs nothing but the database.
const EMBEDDED: &str = "embedded:";

/// Services alone, as a test sees them.
pub struct TestDeployment {
    pub deployment: Deployment,
    pub clock: Clock,
    databases: Vec<(&'static str, store::Db)>,
    ground: Arc<Ground>,
    _folder: Arc<TempDir>,
}

/// What stays when the services end and start again.
struct Ground {
    url: String,
    queue: String,
    services: Vec<(&'static str, Build)>,
    secrets: Secrets,
    signer: Signer,
    clock: Clock,
    ids: Ids,
    files: String,
}

impl Ground {
    async fn assemble(&self, bus: bus::Bus) -> (Deployment, Vec<(&'static str, store::Db)>) {
        let setting = Setting {
            bus,
            cache: cache::connect("memory:").expect("a cache"),
            files: files::connect(&self.files).await.expect("a folder for files"),
            reach: Reach::default(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            secrets: self.secrets.clone(),
            public_url: None,
            keys: Some(Keys::fixed(&self.signer.jwks, self.clock.clone())),
        };
        let (mut parts, mut databases) = (Vec::new(), Vec::new());
        for (name, build) in &self.services {
            let db = store::connect(&self.url, name, &store::Config::default())
                .await
                .expect("a database");
            let queue = queue::connect(&self.queue, name, &db).expect("a queue");
            databases.push((*name, db.clone()));
            let asks = self.services.iter().map(|(name, _)| *name).collect();
            parts.push(Part { name, asks, store: Some((db, queue)), build: Box::new(*build) });
        }
        let deployment = Deployment::assemble(setting, parts, CancellationToken::new())
            .await
            .expect("the services start");
        (deployment, databases)
    }
}

/// What a test's request was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `null` for an empty body, text for one that is no JSON.
    pub body: Value,
}

/// Signs tokens as auth does, with the same key.
struct Signer {
    kid: String,
    key: EncodingKey,
    jwks: Jwks,
}

impl Signer {
    fn new(pkcs8: &[u8]) -> Signer {
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(pkcs8).expect("a key");
        let public = aws_lc_rs::signature::KeyPair::public_key(&pair);
        let kid = key_id(public.as_ref());
        let jwk = Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            purpose: "sig".to_owned(),
            kid: kid.clone(),
            x: base64_url(public.as_ref()),
        };
        Signer { kid, key: EncodingKey::from_ed_der(pkcs8), jwks: Jwks { keys: vec![jwk] } }
    }
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Runs a test's body on SQLite and on every server that the environment names.
///
/// `services` are built alone: whatever else they ask must be among them.
pub async fn on_each_database<F, Fut>(services: &[(&'static str, Build)], body: F)
where
    F: Fn(TestDeployment) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = tempfile::tempdir().expect("a folder");
    for url in store::testing::urls(folder.path()) {
        println!("on {}", url.split(':').next().unwrap_or_default());
        body(TestDeployment::on(&url, EMBEDDED, services).await).await;
    }
}

/// Runs services alone on SQLite.
pub async fn deploy(services: &[(&'static str, Build)]) -> TestDeployment {
    let folder = tempfile::tempdir().expect("a folder");
    let url = store::testing::urls(folder.path()).remove(0);
    let mut deployed = TestDeployment::on(&url, EMBEDDED, services).await;
    deployed._folder = Arc::new(folder);
    deployed
}

impl TestDeployment {
    /// Runs services alone on a database and a queue.
    pub async fn on(url: &str, queue: &str, services: &[(&'static str, Build)]) -> TestDeployment {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Secrets::random().expect("secrets");
        let ground = Ground {
            url: url.to_owned(),
            queue: queue.to_owned(),
            services: services.to_vec(),
            signer: Signer::new(&secrets.auth().expect("the keys of auth").signing_key),
            secrets,
            clock: Clock::manual(START),
            ids: Ids::counted(),
            files: format!("file://{}", folder.path().display()),
        };
        let bus = bus::connect("embedded:").expect("a bus");
        let (deployment, databases) = ground.assemble(bus).await;
        let clock = ground.clock.clone();
        let (ground, folder) = (Arc::new(ground), Arc::new(folder));
        TestDeployment { deployment, clock, databases, ground, _folder: folder }
    }

    /// Ends everything at once, as a crash does, and starts again on the same data.
    pub async fn crash_and_restart(&mut self, bus: bus::Bus) {
        let dead = std::mem::take(&mut self.databases);
        for (_, db) in dead {
            db.close().await;
        }
        (self.deployment, self.databases) = self.ground.assemble(bus).await;
    }

    /// Another process with the same services on the same data.
    pub async fn replica(&self, bus: bus::Bus) -> TestDeployment {
        let (deployment, databases) = self.ground.assemble(bus).await;
        TestDeployment {
            deployment,
            clock: self.clock.clone(),
            databases,
            ground: Arc::clone(&self.ground),
            _folder: Arc::clone(&self._folder),
        }
    }

    /// Follows and works until nothing is left to do.
    pub async fn settle(&self) {
        self.deployment.settle().await.expect("everything settles");
    }

    /// The database of one of the services.
    pub fn database(&self, service: &str) -> &store::Db {
        &self.databases.iter().find(|(name, _)| *name == service).expect("a service").1
    }

    /// An access token of a person, valid for 15 minutes of the deployment's clock.
    pub fn token(&self, person: PersonId) -> String {
        let now = self.clock.now().unix_seconds();
        let claims = AccessClaims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: person,
            sid: SessionId(person.0),
            iat: now,
            nbf: now,
            exp: now + 900,
        };
        sign_access(&self.ground.signer.kid, &self.ground.signer.key, &claims).expect("a token")
    }

    /// A client that speaks for a person.
    pub fn client(&self, person: PersonId) -> Client<'_> {
        Client { deployment: self, token: Some(self.token(person)) }
    }

    /// A client that has not signed in.
    pub fn stranger(&self) -> Client<'_> {
        Client { deployment: self, token: None }
    }
}

/// A new person.
pub fn person() -> PersonId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = u128::from(COUNT.fetch_add(1, Ordering::Relaxed));
    PersonId(Uuid::from_u128(0x0190_aaaa_0000_7000_8000_0000_0000_0000 | count))
}

/// Sends requests straight to the router.
#[derive(Clone)]
pub struct Client<'a> {
    deployment: &'a TestDeployment,
    token: Option<String>,
}

impl Client<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    /// A JSON request with more headers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let bytes = body.map(|body| body.to_string().into_bytes());
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if bytes.is_some() {
            all.push(("content-type", "application/json"));
        }
        self.send_bytes(method, path, &all, bytes.unwrap_or_default()).await
    }

    /// A request with any body.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body)).expect("a request");
        let router = self.deployment.deployment.router();
        let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let body = match bytes.as_ref() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes).as_ref())),
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Answer {
    /// The body, where the status is the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// The field that a problem names first, with its message.
    pub fn field(&self) -> (String, String) {
        let field = &self.body["fields"][0];
        let text = |key: &str| field[key].as_str().unwrap_or_default().to_owned();
        (text("field"), text("message"))
    }
}
