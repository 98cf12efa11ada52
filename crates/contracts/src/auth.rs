//! What auth offers to the other services: the keys that its tokens are signed with.

use serde::{Deserialize, Serialize};

/// Who the access tokens are from and for.
pub const ISSUER: &str = "expense-tracker";
/// The `typ` of an access token, by which no other token can be taken for one.
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The cookie that carries the access token of a browser.
pub const ACCESS_COOKIE: &str = "et_access";
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
