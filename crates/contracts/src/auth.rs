//! What auth offers to the other services: the keys that its tokens are signed with.

use serde::{Deserialize, Serialize};

/// Who the access tokens are from and for.
pub const ISSUER: &str = "expense-tracker";
/// The `typ` of an access token, by which no other token can be taken for one.
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The cookie that carries the access token of a browser.
pub const ACCESS_COOKIE: &str = "et_access";
/// The cookie that carries the refresh token of a browser, to auth alone.
pub const REFRESH_COOKIE: &str = "et_refresh";
/// Where the keys are published.
pub const JWKS_PATH: &str = "/api/v1/auth/jwks.json";

/// The public keys that are live now (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwks {
    pub keys: Vec<Jwk>,
}

/// One Ed25519 public key (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
    pub kid: String,
    /// The key's 32 bytes in base64url without padding.
    pub x: String,
}

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    pub iss: String,
    pub aud: String,
    /// The person.
    pub sub: model::PersonId,
    /// The session, so that revoking it ends the token too.
    pub sid: model::SessionId,
    /// Seconds since 1970.
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
}

/// How a client keeps its tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// In cookies that no script can read.
    Browser,
    /// Itself: they come in the body and are sent as `Authorization: Bearer`.
    Bearer,
}

/// A person who wants to join. No `Debug`: it holds a password.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// Made by the client, so that the same sign-up can be sent again.
    pub person: model::PersonId,
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    #[schema(format = Password, min_length = 8, max_length = 256)]
    pub password: String,
    pub client: Client,
    /// From the link that the server prints at its first start, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup_token: Option<String>,
}

/// A person who wants in. No `Debug`: it holds a password.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub email: String,
    #[schema(format = Password)]
    pub password: String,
    pub client: Client,
}

/// Asks for new tokens; a browser leaves the body empty and sends its cookie.
#[derive(Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// A session that has just been given tokens. No `Debug`: it holds them.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Session {
    pub person: model::PersonId,
    pub session: model::SessionId,
    pub access_expires_at: model::Instant,
    /// When the person has to sign in again unless the session is refreshed before.
    pub refresh_expires_at: model::Instant,
    /// Not for browsers, whose tokens are in cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Not for browsers, whose tokens are in cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// Who may sign up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// One person, who becomes the operator; afterwards it is as `invite`.
    #[default]
    First,
    /// Nobody who was not invited.
    Invite,
    /// Everybody.
    Open,
}

/// Whether one can sign up now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Registration {
    pub mode: RegistrationMode,
    pub open: bool,
    /// The next sign-up needs the token of the link that the server printed.
    pub needs_setup_token: bool,
}

/// The person who asks, as auth knows them.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Me {
    pub person: model::PersonId,
    pub email: String,
    /// Runs this server; sees no more of others' books than anybody else.
    pub operator: bool,
}

/// Where a person is signed in, the device last used first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Devices {
    pub sessions: Vec<Device>,
}

/// One session of the person who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Device {
    pub id: model::SessionId,
    pub created_at: model::Instant,
    pub last_used_at: model::Instant,
    /// What the browser or program calls itself; may be empty.
    pub user_agent: String,
    /// The session that asks.
    pub current: bool,
}

/// A new password for the person who asks. No `Debug`: it holds both.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[schema(format = Password)]
    pub current: String,
    #[schema(format = Password, min_length = 8, max_length = 256)]
    pub new: String,
}
