//! Tokens: the access tokens of persons, checked by every service itself, and the short tokens
//! with which services speak to each other.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::auth::{ACCESS_TOKEN_TYPE, AccessClaims, ISSUER, JWKS_PATH, Jwks};
use contracts::{PeerError, Peers};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use model::{Caller, Instant};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;

/// How much two clocks may differ.
const LEEWAY_SECONDS: i64 = 5;

/// Longer tokens are refused unread; ours have about 500 characters.
const LONGEST_TOKEN: usize = 4096;

/// The public keys of access tokens, fetched from auth and kept. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    known: RwLock<Known>,
    /// `None` where the keys are given once and for all.
    peers: Option<Peers>,
    clock: Clock,
}

/// What tokens said whose signature was right, by their SHA-256: to check one again costs more than
/// many a request, and a client sends the same token until it expires.
type Proven = Cache<[u8; 32], AccessClaims>;

struct Known {
    by_kid: HashMap<String, DecodingKey>,
    proven: Proven,
    fetched_at: Option<Instant>,
}

/// How many tokens are remembered; the least used goes first.
const MOST_PROVEN: u64 = 10_000;

impl Known {
    fn new(by_kid: HashMap<String, DecodingKey>, fetched_at: Option<Instant>) -> Known {
        Known { by_kid, proven: Cache::new(MOST_PROVEN), fetched_at }
    }
}

/// An unknown key id makes us ask auth again, but not more often than this.
const REFETCH_SECONDS: i64 = 5;

impl Keys {
    /// Keys that auth publishes.
    pub fn published(peers: Peers, clock: Clock) -> Keys {
        let known = RwLock::new(Known::new(HashMap::new(), None));
        Keys(Arc::new(Inner { known, peers: Some(peers), clock }))
    }

    /// These keys and no others.
    pub fn fixed(jwks: &Jwks, clock: Clock) -> Keys {
        let known = RwLock::new(Known::new(decode(jwks), None));
        Keys(Arc::new(Inner { known, peers: None, clock }))
    }

    /// The person that a token speaks for; `None` for a token that is not valid now.
    pub async fn verify(&self, token: &str) -> Result<Option<Caller>, PeerError> {
        if token.len() > LONGEST_TOKEN {
            return Ok(None);
        }
        let Some(claims) = self.claims(token).await? else { return Ok(None) };
        let now = self.0.clock.now().unix_seconds();
        let live = claims.iss == ISSUER
            && claims.nbf <= now + LEEWAY_SECONDS
            && now < claims.exp + LEEWAY_SECONDS;
        Ok(live.then_some(Caller { person: claims.sub, session: claims.sid }))
    }

    /// What a token says, where one of the keys signed it.
    async fn claims(&self, token: &str) -> Result<Option<AccessClaims>, PeerError> {
        let print = digest::digest(&digest::SHA256, token.as_bytes());
        let Ok(print) = <[u8; 32]>::try_from(print.as_ref()) else { return Ok(None) };
        let proven = self.read().proven.clone();
        if let Some(claims) = proven.get(&print) {
            return Ok(Some(claims));
        }
        let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
        // `crit` names extensions that must be understood (RFC 7515); we know none.
        let ours = header.alg == Algorithm::EdDSA
            && header.typ.as_deref() == Some(ACCESS_TOKEN_TYPE)
            && header.crit.is_none();
        let (true, Some(kid)) = (ours, header.kid) else { return Ok(None) };
        let Some((key, proven)) = self.key(&kid).await? else { return Ok(None) };
        let validation = validation(Algorithm::EdDSA, ISSUER);
        let Ok(data) = jsonwebtoken::decode::<AccessClaims>(token, &key, &validation) else {
            return Ok(None);
        };
        proven.insert(print, data.claims.clone());
        Ok(Some(data.claims))
    }

    /// A key, and the memory of what was proven by the keys that were known with it.
    async fn key(&self, kid: &str) -> Result<Option<(DecodingKey, Proven)>, PeerError> {
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        let Some(peers) = self.0.peers.as_ref().filter(|_| self.may_fetch()) else {
            return Ok(None);
        };
        let jwks: Jwks = peers.get("auth", JWKS_PATH).await?;
        let fetched_at = Some(self.0.clock.now());
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) =
            Known::new(decode(&jwks), fetched_at);
        Ok(self.known(kid))
    }

    fn known(&self, kid: &str) -> Option<(DecodingKey, Proven)> {
        let known = self.read();
        Some((known.by_kid.get(kid)?.clone(), known.proven.clone()))
    }

    fn may_fetch(&self) -> bool {
        let fetched_at = self.read().fetched_at;
        fetched_at.is_none_or(|at| at.plus_seconds(REFETCH_SECONDS) <= self.0.clock.now())
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode(jwks: &Jwks) -> HashMap<String, DecodingKey> {
    let readable = |jwk: &contracts::auth::Jwk| {
        let key = DecodingKey::from_ed_components(&jwk.x).ok()?;
        Some((jwk.kid.clone(), key))
    };
    jwks.keys.iter().filter_map(readable).collect()
}

/// Checks signature, algorithm and audience; the times are checked against our own clock.
fn validation(algorithm: Algorithm, audience: &str) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "aud"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// The id of an Ed25519 key, computed from its 32 public bytes (RFC 7638 with RFC 8037), so that
/// every replica knows it.
pub fn key_id(public: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(public));
    encode(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
}

/// Signs an access token; auth and tests do.
pub fn sign_access(
    kid: &str,
    key: &EncodingKey,
    claims: &AccessClaims,
) -> Result<String, jsonwebtoken::errors::Error> {
    let header = Header {
        typ: Some(ACCESS_TOKEN_TYPE.to_owned()),
        kid: Some(kid.to_owned()),
        ..Header::new(Algorithm::EdDSA)
    };
    jsonwebtoken::encode(&header, claims, key)
}

/// The `typ` of a token between services.
const SERVICE_TOKEN_TYPE: &str = "service+jwt";
const SERVICE_TOKEN_SECONDS: i64 = 60;

#[derive(Serialize, Deserialize)]
struct ServiceClaims {
    /// The service that calls.
    iss: String,
    /// The service that is called.
    aud: String,
    exp: i64,
}

/// A token with which one service calls another.
pub(crate) fn sign_service(
    key: &[u8],
    from: &str,
    to: &str,
    now: Instant,
) -> Result<String, jsonwebtoken::errors::Error> {
    let header =
        Header { typ: Some(SERVICE_TOKEN_TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
    let claims = ServiceClaims {
        iss: from.to_owned(),
        aud: to.to_owned(),
        exp: now.unix_seconds() + SERVICE_TOKEN_SECONDS,
    };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key))
}

/// The service that a token speaks for, if it is valid now and meant for `to`.
pub(crate) fn verify_service(key: &[u8], token: &str, to: &str, now: Instant) -> Option<String> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.typ.as_deref() != Some(SERVICE_TOKEN_TYPE) {
        return None;
    }
    let key = DecodingKey::from_secret(key);
    let validation = validation(Algorithm::HS256, to);
    let claims = jsonwebtoken::decode::<ServiceClaims>(token, &key, &validation).ok()?.claims;
    (now.unix_seconds() < claims.exp + LEEWAY_SECONDS).then_some(claims.iss)
}
