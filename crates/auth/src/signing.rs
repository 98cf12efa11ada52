//! The key that access tokens are signed with, and its public half for those who verify them.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use contracts::auth::{AccessClaims, ISSUER, Jwk, Jwks};
use jsonwebtoken::EncodingKey;
use model::{Caller, Instant};
use service::{Error, Secrets};

/// How long an access token is good for.
pub(crate) const ACCESS_SECONDS: i64 = 15 * 60;

/// A public key that tokens may be signed with now, for a gateway that reads PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveKey {
    /// Stands in the header of a token.
    pub kid: String,
    /// `-----BEGIN PUBLIC KEY-----` …
    pub public_key_pem: String,
}

/// The public keys that access tokens may be signed with now.
pub fn live_keys(secrets: &Secrets) -> anyhow::Result<Vec<LiveKey>> {
    published_keys(&SigningKey::new(secrets)?.jwks())
}

/// The same of what auth publishes to other processes.
pub fn published_keys(jwks: &Jwks) -> anyhow::Result<Vec<LiveKey>> {
    let live = |key: &Jwk| {
        let public = URL_SAFE_NO_PAD.decode(&key.x).ok().and_then(|x| x.try_into().ok());
        let public = public.ok_or_else(|| anyhow::anyhow!("{} is no Ed25519 key", key.kid))?;
        Ok(LiveKey { kid: key.kid.clone(), public_key_pem: pem(&public) })
    };
    jwks.keys.iter().map(live).collect()
}

/// Signs access tokens.
pub(crate) struct SigningKey {
    kid: String,
    public: [u8; PUBLIC_LENGTH],
    private: EncodingKey,
}

const PUBLIC_LENGTH: usize = 32;

impl SigningKey {
    pub(crate) fn new(secrets: &Secrets) -> anyhow::Result<SigningKey> {
        let damaged = |_| anyhow::anyhow!("the signing key is no Ed25519 key in PKCS#8");
        let secret = &secrets.auth()?.signing_key;
        let pair = Ed25519KeyPair::from_pkcs8(secret).map_err(damaged)?;
        let public: [u8; PUBLIC_LENGTH] = pair.public_key().as_ref().try_into()?;
        let private = EncodingKey::from_ed_der(secret);
        Ok(SigningKey { kid: service::key_id(&public), public, private })
    }

    /// An access token of a session, and when it expires.
    pub(crate) fn sign(&self, caller: Caller, now: Instant) -> Result<(String, Instant), Error> {
        let expires_at = Instant(now.unix_seconds() * 1_000_000).plus_seconds(ACCESS_SECONDS);
        let claims = AccessClaims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: caller.person,
            sid: caller.session,
            iat: now.unix_seconds(),
            nbf: now.unix_seconds(),
            exp: expires_at.unix_seconds(),
        };
        let token = service::sign_access(&self.kid, &self.private, &claims);
        Ok((token.map_err(Error::internal)?, expires_at))
    }

    pub(crate) fn jwks(&self) -> Jwks {
        let key = Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            purpose: "sig".to_owned(),
            kid: self.kid.clone(),
            x: URL_SAFE_NO_PAD.encode(self.public),
        };
        Jwks { keys: vec![key] }
    }
}

/// The key as SubjectPublicKeyInfo (RFC 8410): a constant head, then its 32 bytes.
fn pem(public: &[u8; PUBLIC_LENGTH]) -> String {
    const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let body = STANDARD.encode([HEAD.as_slice(), public].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_id_is_that_of_rfc_8037() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let public = URL_SAFE_NO_PAD.decode(x).unwrap();
        assert_eq!(service::key_id(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_pem_verifies_what_the_key_signed() {
        use jsonwebtoken::{Algorithm, DecodingKey, Validation};
        let secrets = Secrets::random().unwrap();
        let keys = live_keys(&secrets).unwrap();
        let [key] = keys.as_slice() else { panic!("one key is live") };
        let id = uuid::Uuid::from_u128(1);
        let caller = Caller { person: id.into(), session: id.into() };
        let signing = SigningKey::new(&secrets).unwrap();
        let (token, _) = signing.sign(caller, Instant(1_795_000_000_000_000)).unwrap();
        assert_eq!(jsonwebtoken::decode_header(&token).unwrap().kid.as_ref(), Some(&key.kid));
        let public = DecodingKey::from_ed_pem(key.public_key_pem.as_bytes()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ISSUER]);
        validation.validate_exp = false;
        jsonwebtoken::decode::<AccessClaims>(&token, &public, &validation).unwrap();
    }
}
