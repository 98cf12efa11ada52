//! Auth alone: signing up and in, sessions under bad networks and thieves, hostile tokens.

mod browser;
mod hostile_tokens;
mod joining;
mod logs;
mod sessions;
mod signing_in;

use std::cell::RefCell;
use std::sync::Arc;

use contracts::auth::RegistrationMode;
use model::PersonId;
use serde_json::{Value, json};
use service::testing::{Answer, Build, TestDeployment, deploy, on_each_database, person};
use service::{Context, Service};

use crate::auth::Auth;
use crate::config::Config;

thread_local! {
    /// The operations behind the deployment of the running test, to look into.
    static LATEST: RefCell<Option<Arc<Auth>>> = const { RefCell::new(None) };
}

fn build_with(ctx: Context, config: Config) -> anyhow::Result<Service> {
    let auth = Arc::new(Auth::new(ctx, config)?);
    LATEST.set(Some(Arc::clone(&auth)));
    Ok(crate::assemble(auth))
}

fn operations() -> Arc<Auth> {
    LATEST.with_borrow(|latest| latest.clone()).expect("a deployment")
}

const OPEN: &[(&str, Build)] = &[("auth", |ctx| {
    build_with(ctx, Config { registration: RegistrationMode::Open, ..Config::default() })
})];

const FIRST: &[(&str, Build)] = &[("auth", |ctx| build_with(ctx, Config::default()))];

const PASSWORD: &str = "purple walrus";

/// Signs up a new person, whose e-mail begins with `name`.
async fn sign_up(deployment: &TestDeployment, name: &str) -> (PersonId, Value) {
    let id = person();
    let body = sign_up_body(id, name);
    let session = deployment.stranger().post("/api/v1/auth/sign-up", body).await.expect(201);
    (id, session)
}

fn sign_up_body(id: PersonId, name: &str) -> Value {
    json!({"person": id, "email": email(name), "password": PASSWORD, "client": "bearer"})
}

fn email(name: &str) -> String {
    format!("{name}@example.org")
}

async fn sign_in(deployment: &TestDeployment, name: &str, password: &str) -> Answer {
    let body = json!({"email": email(name), "password": password, "client": "bearer"});
    deployment.stranger().post("/api/v1/auth/sign-in", body).await
}

async fn refresh(deployment: &TestDeployment, token: &str) -> Answer {
    let body = json!({"refresh_token": token});
    deployment.stranger().post("/api/v1/auth/refresh", body).await
}

/// A request with the access token of a session.
async fn with_token(
    deployment: &TestDeployment,
    session: &Value,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let token = format!("Bearer {}", text(session, "access_token"));
    let headers = [("authorization", token.as_str())];
    let method = method.parse().unwrap();
    deployment.stranger().send(method, path, &headers, body).await
}

async fn get(deployment: &TestDeployment, session: &Value, path: &str) -> Answer {
    with_token(deployment, session, "GET", path, None).await
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}
