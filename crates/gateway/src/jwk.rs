//! Keys that verify tokens, and the algorithms that Kong's jwt plugin knows.

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a token is signed, by its JWA name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    ES256,
    ES384,
    ES512,
    PS256,
    PS384,
    PS512,
    EdDSA,
}

/// A key bound to its algorithm, parsed once so that a request only verifies.
pub(crate) struct VerifyingKey {
    pub(crate) algorithm: Algorithm,
    material: Material,
}

enum Material {
    Secret { text: Vec<u8>, key: Box<hmac::Key> },
    Public { key: ParsedPublicKey, proven: Proven },
}

impl Algorithm {
    pub(crate) const ALL: [Algorithm; 13] = [
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::EdDSA,
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::HS256 => "HS256",
            Algorithm::HS384 => "HS384",
            Algorithm::HS512 => "HS512",
            Algorithm::RS256 => "RS256",
            Algorithm::RS384 => "RS384",
            Algorithm::RS512 => "RS512",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::ES512 => "ES512",
            Algorithm::PS256 => "PS256",
            Algorithm::PS384 => "PS384",
            Algorithm::PS512 => "PS512",
            Algorithm::EdDSA => "EdDSA",
        }
    }

    /// Which keys there are for an algorithm whose name does not tell.
    fn hint(self) -> &'static str {
        match self {
            Algorithm::EdDSA => "; use an Ed25519 key",
            Algorithm::ES256 => "; use a key on the curve P-256",
            Algorithm::ES384 => "; use a key on the curve P-384",
            Algorithm::ES512 => "; use a key on the curve P-521",
            _ => "; use an RSA key of 2048 to 8192 bits",
        }
    }

    pub(crate) fn is_symmetric(self) -> bool {
        self.hmac().is_some()
    }

    fn hmac(self) -> Option<hmac::Algorithm> {
        match self {
            Algorithm::HS256 => Some(hmac::HMAC_SHA256),
            Algorithm::HS384 => Some(hmac::HMAC_SHA384),
            Algorithm::HS512 => Some(hmac::HMAC_SHA512),
            _ => None,
        }
    }

    fn public(self) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match self {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return None,
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            Algorithm::EdDSA => &signature::ED25519,
        })
    }
}

impl VerifyingKey {
    /// A shared secret; the algorithm is one of the symmetric ones.
    pub(crate) fn of_secret(algorithm: Algorithm, secret: &[u8]) -> Self {
        let hmac = algorithm.hmac().unwrap_or(hmac::HMAC_SHA256);
        let material = Material::Secret {
            text: secret.to_owned(),
            key: Box::new(hmac::Key::new(hmac, secret)),
        };
        VerifyingKey { algorithm, material }
    }

    /// A public key as `-----BEGIN PUBLIC KEY-----`; the refusal says what would be right.
    pub(crate) fn of_pem(algorithm: Algorithm, pem: &str) -> Result<Self, String> {
        let name = algorithm.name();
        let Some(verification) = algorithm.public() else {
            return Err(format!("{name} takes a secret, no public key"));
        };
        let der = der_of(pem).ok_or("is no PEM; it must begin with -----BEGIN PUBLIC KEY-----")?;
        let key = ParsedPublicKey::new(verification, der)
            .map_err(|_| format!("is no public key for {name}{}", algorithm.hint()))?;
        Ok(VerifyingKey {
            algorithm,
            material: Material::Public { key, proven: Proven::default() },
        })
    }

    /// The key when its secret is read as base64; none if it isn't.
    pub(crate) fn with_secret_in_base64(&self) -> Option<Self> {
        let Material::Secret { text, .. } = &self.material else { return None };
        Some(Self::of_secret(self.algorithm, &STANDARD.decode(text).ok()?))
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Secret { key, .. } => hmac::verify(key, message, signature).is_ok(),
            Material::Public { key, proven } => {
                proven.or_prove(message, signature, || key.verify_sig(message, signature).is_ok())
            }
        }
    }
}

/// Signatures of one key that were right. To check one again costs more than all else that the
/// gateway does to a request, and a client sends the same token until it expires.
struct Proven(moka::sync::Cache<[u8; 32], ()>);

/// How many are remembered; the least used goes first.
const MOST_PROVEN: u64 = 10_000;

impl Default for Proven {
    fn default() -> Self {
        Proven(moka::sync::Cache::new(MOST_PROVEN))
    }
}

impl Proven {
    fn or_prove(&self, message: &[u8], signature: &[u8], prove: impl Fn() -> bool) -> bool {
        let mut context = digest::Context::new(&digest::SHA256);
        // The length, so that no byte can pass from the message to the signature unseen.
        context.update(&message.len().to_le_bytes());
        context.update(message);
        context.update(signature);
        let Ok(key) = <[u8; 32]>::try_from(context.finish().as_ref()) else { return prove() };
        if self.0.get(&key).is_some() {
            return true;
        }
        let is_right = prove();
        if is_right {
            self.0.insert(key, ());
        }
        is_right
    }
}

impl std::fmt::Debug for VerifyingKey {
    /// The algorithm alone: a secret is never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm.name())
    }
}

fn der_of(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?;
    let body = body.strip_suffix("-----END PUBLIC KEY-----")?;
    let digits: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(digits).ok()
}
