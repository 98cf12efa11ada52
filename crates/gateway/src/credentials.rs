//! Who may sign tokens: the file's keys, and the live ones that the deployment adds.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::SetupError;
use crate::jwk::{Algorithm, VerifyingKey};
use crate::load::Config;

/// A signing key that is in use now. It belongs to the one consumer of the file that has no
/// `jwt_secrets`: generated keys can't stand in a file that is the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveKey {
    pub kid: String,
    /// An Ed25519 key, as `-----BEGIN PUBLIC KEY-----`.
    pub public_key_pem: String,
}

/// What a token's key claim leads to.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) id: Uuid,
    pub(crate) key: String,
    pub(crate) consumer: usize,
    pub(crate) verifying: VerifyingKey,
    /// The secret as plugins with `secret_is_base64` read it; none if it is no base64.
    in_base64: Option<VerifyingKey>,
}

impl Credential {
    pub(crate) fn verifying_key(&self, secret_is_base64: bool) -> Option<&VerifyingKey> {
        let decoded = secret_is_base64 && self.verifying.algorithm.is_symmetric();
        if decoded { self.in_base64.as_ref() } else { Some(&self.verifying) }
    }
}

/// All credentials by their key.
#[derive(Default, Clone)]
pub(crate) struct Credentials(HashMap<String, Arc<Credential>>);

impl Credentials {
    /// Those of the file; they are taken out of it, as nothing else needs them.
    pub(crate) fn of_file(config: &mut Config) -> Self {
        let entry = |secret: crate::load::entities::JwtSecret| {
            let in_base64 = secret.verifying.with_secret_in_base64();
            let credential = Credential {
                id: secret.id,
                key: secret.key.clone(),
                consumer: secret.consumer,
                verifying: secret.verifying,
                in_base64,
            };
            (secret.key, Arc::new(credential))
        };
        Credentials(std::mem::take(&mut config.secrets).into_iter().map(entry).collect())
    }

    /// These and the live ones.
    pub(crate) fn with_live(
        &self,
        live: &[LiveKey],
        consumer: Option<usize>,
    ) -> Result<Self, SetupError> {
        let mut all = self.clone();
        if live.is_empty() {
            return Ok(all);
        }
        let consumer = consumer.ok_or(SetupError::NoConsumerForLiveKeys)?;
        for LiveKey { kid, public_key_pem } in live {
            let wrong = |problem| SetupError::LiveKey { kid: kid.clone(), problem };
            let verifying = VerifyingKey::of_pem(Algorithm::EdDSA, public_key_pem);
            let credential = Credential {
                id: Uuid::new_v4(),
                key: kid.clone(),
                consumer,
                verifying: verifying.map_err(wrong)?,
                in_base64: None,
            };
            if all.0.insert(kid.clone(), Arc::new(credential)).is_some() {
                return Err(wrong("another key has this id".into()));
            }
        }
        Ok(all)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Arc<Credential>> {
        self.0.get(key)
    }
}

/// The only consumer without keys of its own, for the live ones.
pub(crate) fn keyless_consumer(config: &Config) -> Option<usize> {
    let has_keys = |index: &usize| config.secrets.iter().any(|s| s.consumer == *index);
    let mut keyless = (0..config.consumers.len()).filter(|index| !has_keys(index));
    keyless.next().filter(|_| keyless.next().is_none())
}
