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
    /// Held while auth is asked, so that one asks for all.
    asked: tokio::sync::Mutex<Option<Asked>>,
    clock: Clock,
}

/// What came of asking auth for its keys.
struct Asked {
    at: Instant,
    answer: Result<(), PeerError>,
}

/// What tokens said whose signature was right, by their SHA-256: to check one again costs more than
/// many a request, and a client sends the same token until it expires.
type Proven = Cache<[u8; 32], AccessClaims>;

struct Known {
    by_kid: HashMap<String, DecodingKey>,
    proven: Proven,
}

/// How many tokens are remembered; the least used goes first.
const MOST_PROVEN: u64 = 10_000;

impl Known {
    fn new(by_kid: HashMap<String, DecodingKey>) -> Known {
        Known { by_kid, proven: Cache::new(MOST_PROVEN) }
    }
}

/// An unknown key id makes us ask auth again, but not more often than this; sooner where it did not
/// answer.
const REFETCH_SECONDS: i64 = 5;
const RETRY_SECONDS: i64 = 1;

impl Asked {
    fn is_fresh(&self, now: Instant) -> bool {
        let pause = if self.answer.is_ok() { REFETCH_SECONDS } else { RETRY_SECONDS };
        now < self.at.plus_seconds(pause)
    }
}

impl Keys {
    /// Keys that auth publishes.
    pub fn published(peers: Peers, clock: Clock) -> Keys {
        Keys::new(HashMap::new(), Some(peers), clock)
    }

    /// These keys and no others.
    pub fn fixed(jwks: &Jwks, clock: Clock) -> Keys {
        Keys::new(decode(jwks), None, clock)
    }

    fn new(by_kid: HashMap<String, DecodingKey>, peers: Option<Peers>, clock: Clock) -> Keys {
        let known = RwLock::new(Known::new(by_kid));
        Keys(Arc::new(Inner { known, peers, asked: tokio::sync::Mutex::default(), clock }))
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

    /// A key, and the memory of what was proven by the keys that were known with it. While auth is
    /// away, a key that is not known yet is no reason to send a person away.
    async fn key(&self, kid: &str) -> Result<Option<(DecodingKey, Proven)>, PeerError> {
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        let Some(peers) = &self.0.peers else { return Ok(None) };
        let mut asked = self.0.asked.lock().await;
        // Whoever held the lock may have brought it.
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        let now = self.0.clock.now();
        if let Some(before) = asked.as_ref().filter(|before| before.is_fresh(now)) {
            return before.answer.clone().map(|()| None);
        }
        let answer = self.fetch(peers).await;
        *asked = Some(Asked { at: self.0.clock.now(), answer: answer.clone() });
        answer.map(|()| self.known(kid))
    }

    async fn fetch(&self, peers: &Peers) -> Result<(), PeerError> {
        let jwks: Jwks = peers.get("auth", JWKS_PATH).await?;
        let known = Known::new(decode(&jwks));
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    fn known(&self, kid: &str) -> Option<(DecodingKey, Proven)> {
        let known = self.read();
        Some((known.by_kid.get(kid)?.clone(), known.proven.clone()))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use async_trait::async_trait;
    use contracts::{Answer, Transport};

    use super::*;
    use crate::testing::START;

    /// An auth that comes and goes, and counts how often it is asked.
    #[derive(Clone, Default)]
    struct Auth {
        is_away: Arc<AtomicBool>,
        asked: Arc<AtomicUsize>,
    }

    #[async_trait]
    impl Transport for Auth {
        async fn call(
            &self,
            service: &str,
            _: &'static str,
            _: &str,
            _: Option<Vec<u8>>,
        ) -> Result<Answer, PeerError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let (service, detail) = (service.to_owned(), "refused".to_owned());
            match self.is_away.load(Ordering::SeqCst) {
                true => Err(PeerError { service, status: None, detail }),
                false => Ok(Answer { status: 200, body: b"{\"keys\":[]}".to_vec() }),
            }
        }
    }

    /// A token that looks like one of ours and is signed by nobody.
    fn of_unknown_key() -> String {
        let header = format!(r#"{{"alg":"EdDSA","typ":"{ACCESS_TOKEN_TYPE}","kid":"new"}}"#);
        format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
    }

    #[tokio::test]
    async fn while_auth_is_away_an_unknown_key_is_no_wrong_one() {
        let auth = Auth::default();
        auth.is_away.store(true, Ordering::SeqCst);
        let clock = Clock::manual(START);
        let keys = Keys::published(Peers::new(auth.clone()), clock.clone());
        let token = of_unknown_key();
        for _ in 0..3 {
            assert!(keys.verify(&token).await.unwrap_err().is_unavailable());
        }
        assert_eq!(auth.asked.load(Ordering::SeqCst), 1, "asked once a second at most");
        auth.is_away.store(false, Ordering::SeqCst);
        clock.advance_seconds(RETRY_SECONDS);
        for _ in 0..3 {
            assert_eq!(keys.verify(&token).await.unwrap(), None);
        }
        assert_eq!(auth.asked.load(Ordering::SeqCst), 2);
    }
}
