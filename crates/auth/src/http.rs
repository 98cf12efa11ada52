//! The endpoints of auth: bodies, cookies and headers to operations and back.

use std::sync::Arc;

use ::http::header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT};
use ::http::{HeaderMap, StatusCode};
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use contracts::auth::{
    ACCESS_COOKIE, Client, Devices, Jwks, Me, NewPassword, REFRESH_COOKIE, Refresh, Registration,
    Session, SignIn, SignUp,
};
use model::{Instant, SessionId};
use service::{Anyone, Context, Endpoint, Error, Json, Path, Person, Routes, endpoint};

use crate::auth::{Auth, Issued, Joined, Visitor};
use crate::store::LONGEST_USER_AGENT;

pub(crate) fn routes(auth: Arc<Auth>) -> Routes {
    let endpoints: [Endpoint<Arc<Auth>>; 10] = [
        endpoint!(registration),
        endpoint!(sign_up),
        endpoint!(sign_in),
        endpoint!(refresh),
        endpoint!(sign_out),
        endpoint!(me),
        endpoint!(devices),
        endpoint!(end_device),
        endpoint!(change_password),
        endpoint!(jwks),
    ];
    Routes::new(auth, endpoints)
}

/// Whether one can sign up now, and what for it is needed.
#[utoipa::path(get, path = "/api/v1/auth/registration", tag = "auth",
    responses((status = 200, body = Registration)))]
async fn registration(
    _: Anyone,
    State(auth): State<Arc<Auth>>,
) -> Result<Json<Registration>, Error> {
    auth.registration().await.map(Json)
}

/// Makes a person and signs them in. The first one of an installation is its operator.
///
/// The same person, e-mail and password again is answered like the first time, with 200.
#[utoipa::path(post, path = "/api/v1/auth/sign-up", tag = "auth", request_body = SignUp,
    responses((status = 201, body = Session), (status = 200, body = Session)))]
async fn sign_up(
    _: Anyone,
    State(auth): State<Arc<Auth>>,
    headers: HeaderMap,
    Json(body): Json<SignUp>,
) -> Result<Response, Error> {
    check_page(&auth.ctx, body.client, &headers)?;
    let (status, issued) = match auth.sign_up(&body, &visitor(&headers)).await? {
        Joined::New(issued) => (StatusCode::CREATED, issued),
        Joined::Again(issued) => (StatusCode::OK, issued),
    };
    Ok((status, session(&auth.ctx, body.client, issued)).into_response())
}

/// Signs a person in.
#[utoipa::path(post, path = "/api/v1/auth/sign-in", tag = "auth", request_body = SignIn,
    responses((status = 200, body = Session)))]
async fn sign_in(
    _: Anyone,
    State(auth): State<Arc<Auth>>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, Error> {
    check_page(&auth.ctx, body.client, &headers)?;
    let issued = auth.sign_in(&body, &visitor(&headers)).await?;
    Ok(session(&auth.ctx, body.client, issued))
}

/// Gives a session new tokens. The refresh token is spent by it; the next one is in the answer.
///
/// Sent twice at once, or again after an answer that was lost, it gets the same answer. A token
/// that was spent before ends the session.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = Refresh,
    responses((status = 200, body = Session)))]
async fn refresh(
    _: Anyone,
    State(auth): State<Arc<Auth>>,
    headers: HeaderMap,
    Json(body): Json<Refresh>,
) -> Result<Response, Error> {
    if let Some(token) = body.refresh_token {
        return Ok(session(&auth.ctx, Client::Bearer, auth.refresh(&token).await?));
    }
    auth.ctx.check_origin(&headers)?;
    let token = Context::cookie(&headers, REFRESH_COOKIE).unwrap_or_default();
    Ok(session(&auth.ctx, Client::Browser, auth.refresh(token).await?))
}

/// Ends the session at once, on every server.
#[utoipa::path(post, path = "/api/v1/auth/sign-out", tag = "auth", responses((status = 204)))]
async fn sign_out(
    Person(caller): Person,
    State(auth): State<Arc<Auth>>,
) -> Result<Response, Error> {
    auth.sign_out(caller).await?;
    let cookies = Cookies::new(&auth.ctx);
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookies.cleared())).into_response())
}

/// The person who asks.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", responses((status = 200, body = Me)))]
async fn me(Person(caller): Person, State(auth): State<Arc<Auth>>) -> Result<Json<Me>, Error> {
    auth.me(caller).await.map(Json)
}

/// Where the person is signed in.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "auth",
    responses((status = 200, body = Devices)))]
async fn devices(
    Person(caller): Person,
    State(auth): State<Arc<Auth>>,
) -> Result<Json<Devices>, Error> {
    auth.devices(caller).await.map(Json)
}

/// Signs the person out on one device, at once.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{session}", tag = "auth",
    params(("session" = SessionId, Path)), responses((status = 204)))]
async fn end_device(
    Person(caller): Person,
    State(auth): State<Arc<Auth>>,
    Path(session): Path<SessionId>,
) -> Result<StatusCode, Error> {
    auth.end_device(caller, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the password; the person is signed out on every other device.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "auth", request_body = NewPassword,
    responses((status = 204)))]
async fn change_password(
    Person(caller): Person,
    State(auth): State<Arc<Auth>>,
    headers: HeaderMap,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, Error> {
    auth.change_password(caller, &body, &visitor(&headers)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The public keys that access tokens are signed with.
#[utoipa::path(get, path = "/api/v1/auth/jwks.json", tag = "auth",
    responses((status = 200, body = Jwks)))]
async fn jwks(_: Anyone, State(auth): State<Arc<Auth>>) -> Response {
    ([(CACHE_CONTROL, "public, max-age=60")], Json(auth.jwks())).into_response()
}

/// Cookies are only given to a page of this server.
fn check_page(ctx: &Context, client: Client, headers: &HeaderMap) -> Result<(), Error> {
    match client {
        Client::Browser => ctx.check_origin(headers),
        Client::Bearer => Ok(()),
    }
}

/// `X-Real-IP` is the gateway's word.
fn visitor(headers: &HeaderMap) -> Visitor {
    let text = |value: &::http::HeaderValue| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let most = usize::try_from(LONGEST_USER_AGENT).unwrap_or(usize::MAX);
        text.chars().filter(|c| !c.is_control()).take(most).collect::<String>()
    };
    Visitor {
        address: headers.get("x-real-ip").and_then(|ip| ip.to_str().ok()?.parse().ok()),
        user_agent: headers.get(USER_AGENT).map(text).unwrap_or_default(),
    }
}

/// Tokens in the body for a client that keeps them itself, in cookies for a browser.
fn session(ctx: &Context, client: Client, issued: Issued) -> Response {
    let in_cookies = (client == Client::Browser).then(|| Cookies::new(ctx).of(ctx, &issued));
    let in_body = client == Client::Bearer;
    let body = Session {
        person: issued.person,
        session: issued.session,
        access_expires_at: issued.access_expires_at,
        refresh_expires_at: issued.refresh_expires_at,
        access_token: in_body.then_some(issued.access_token),
        refresh_token: in_body.then_some(issued.refresh_token),
    };
    let cookies = in_cookies.into_iter().flatten();
    ([(CACHE_CONTROL, "no-store")], AppendHeaders(cookies), Json(body)).into_response()
}

/// The two cookies of a browser.
struct Cookies {
    /// Over plain HTTP a browser would not send back what is marked as secure.
    secure: bool,
}

type SetCookie = (::http::HeaderName, String);

/// The access token goes to every service, the refresh token to auth alone.
const ACCESS_PATH: &str = "/api";
const REFRESH_PATH: &str = "/api/v1/auth";

impl Cookies {
    fn new(ctx: &Context) -> Cookies {
        Cookies { secure: ctx.public_url().is_some_and(|url| url.starts_with("https://")) }
    }

    fn of(&self, ctx: &Context, issued: &Issued) -> [SetCookie; 2] {
        let now = ctx.clock.now();
        let left = |until: Instant| (until.unix_seconds() - now.unix_seconds()).max(0);
        let (access, refresh) = (left(issued.access_expires_at), left(issued.refresh_expires_at));
        [
            self.set(ACCESS_COOKIE, &issued.access_token, ACCESS_PATH, access),
            self.set(REFRESH_COOKIE, &issued.refresh_token, REFRESH_PATH, refresh),
        ]
    }

    fn cleared(&self) -> [SetCookie; 2] {
        [self.set(ACCESS_COOKIE, "", ACCESS_PATH, 0), self.set(REFRESH_COOKIE, "", REFRESH_PATH, 0)]
    }

    fn set(&self, name: &str, value: &str, path: &str, seconds: i64) -> SetCookie {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        );
        (SET_COOKIE, text)
    }
}
