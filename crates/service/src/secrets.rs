//! The secrets of an installation: made on the first start, kept in files that only the owner can
//! read, never printed.
//!
//! Processes that share an installation share them: then they are given, as the same files or in
//! the environment, and none is made up.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a process knows of the keys of its installation. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Signs the tokens between services.
    pub service_key: [u8; 32],
    /// `None` where auth does not run, so that who breaks in there can't sign anybody in.
    pub auth: Option<AuthSecrets>,
}

/// The keys that only auth needs. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthSecrets {
    /// PKCS#8 of the Ed25519 key that signs access tokens.
    pub signing_key: Vec<u8>,
    /// From which refresh tokens are computed.
    pub refresh_key: [u8; 32],
    /// Mixed into every password before it is hashed.
    pub pepper: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl fmt::Debug for AuthSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthSecrets(…)")
    }
}

/// Why secrets can't be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{place} holds no key of the kind that is needed; restore it from a backup")]
    Damaged { place: String },
    #[error(
        "{path} is missing, and processes of one installation need the same; make it once with \
         `expense-tracker secrets make`, and give it to each as this file or in {variable}"
    )]
    Missing { path: PathBuf, variable: &'static str },
    #[error("the system gives no random numbers")]
    NoRandom,
}

/// One key: its file in the folder, and the variable that can stand for it, in base64.
struct Slot {
    file: &'static str,
    variable: &'static str,
    make: fn() -> Result<Vec<u8>, SecretsError>,
}

const fn random(file: &'static str, variable: &'static str) -> Slot {
    Slot { file, variable, make: || Ok(random_key()?.to_vec()) }
}

const SIGNING: Slot =
    Slot { file: "signing.key", variable: "EXPENSE_SECRET_SIGNING", make: new_signing_key };
const REFRESH: Slot = random("refresh.key", "EXPENSE_SECRET_REFRESH");
const PEPPER: Slot = random("pepper.key", "EXPENSE_SECRET_PEPPER");
const SERVICE: Slot = random("service.key", "EXPENSE_SECRET_SERVICE");

impl Secrets {
    /// Reads the secrets in a folder, making those that are not there yet.
    pub fn load_or_make(folder: &Path) -> Result<Secrets, SecretsError> {
        make_private_folder(folder)?;
        Secrets::of(true, |slot| slot.given().unwrap_or_else(|| slot.read_or_make(folder)))
    }

    /// Reads the secrets that are given, those of auth where it runs, and makes none.
    pub fn load(folder: &Path, with_auth: bool) -> Result<Secrets, SecretsError> {
        Secrets::of(with_auth, |slot| slot.given().unwrap_or_else(|| slot.read(folder)))
    }

    /// New secrets that are kept nowhere, for tests.
    pub fn random() -> Result<Secrets, SecretsError> {
        Secrets::of(true, |slot| (slot.make)())
    }

    fn of(
        with_auth: bool,
        get: impl Fn(&Slot) -> Result<Vec<u8>, SecretsError>,
    ) -> Result<Secrets, SecretsError> {
        let key = |slot: &Slot| {
            let damaged = |_| SecretsError::Damaged { place: slot.file.to_owned() };
            <[u8; 32]>::try_from(get(slot)?).map_err(damaged)
        };
        let auth = || {
            let (refresh_key, pepper) = (key(&REFRESH)?, key(&PEPPER)?);
            Ok(AuthSecrets { signing_key: get(&SIGNING)?, refresh_key, pepper })
        };
        Ok(Secrets {
            service_key: key(&SERVICE)?,
            auth: if with_auth { Some(auth()?) } else { None },
        })
    }

    /// The keys of auth.
    ///
    /// # Errors
    /// In a process that was not given them.
    pub fn auth(&self) -> anyhow::Result<&AuthSecrets> {
        self.auth.as_ref().ok_or_else(|| anyhow::anyhow!("this process has no secrets of auth"))
    }
}

impl AuthSecrets {
    /// What the first sign-up has to present: the same on every replica and after every start.
    pub fn setup_token(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.refresh_key);
        let tag = hmac::sign(&key, b"the first sign-up of this installation");
        tag.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Slot {
    /// What the environment holds, if it does.
    fn given(&self) -> Option<Result<Vec<u8>, SecretsError>> {
        let text = std::env::var(self.variable).ok()?;
        let damaged = |_| SecretsError::Damaged { place: self.variable.to_owned() };
        Some(STANDARD.decode(text.trim()).map_err(damaged))
    }

    fn read(&self, folder: &Path) -> Result<Vec<u8>, SecretsError> {
        let path = folder.join(self.file);
        match std::fs::read(&path) {
            Ok(bytes) if !bytes.is_empty() => Ok(bytes),
            Ok(_) => Err(SecretsError::Damaged { place: path.display().to_string() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(SecretsError::Missing { path, variable: self.variable })
            }
            Err(source) => Err(SecretsError::File { path, source }),
        }
    }

    fn read_or_make(&self, folder: &Path) -> Result<Vec<u8>, SecretsError> {
        match self.read(folder) {
            Err(SecretsError::Missing { path, .. }) => {
                let bytes = (self.make)()?;
                let failed = |source| SecretsError::File { path: path.clone(), source };
                write_private(&path, &bytes).map_err(failed)?;
                Ok(bytes)
            }
            read => read,
        }
    }
}

fn random_key() -> Result<[u8; 32], SecretsError> {
    let mut key = [0; 32];
    rand::fill(&mut key).map_err(|_| SecretsError::NoRandom)?;
    Ok(key)
}

fn new_signing_key() -> Result<Vec<u8>, SecretsError> {
    let random = rand::SystemRandom::new();
    let key = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8v1(&random);
    Ok(key.map_err(|_| SecretsError::NoRandom)?.as_ref().to_vec())
}

/// Whole or not at all: a half-written key would lock everybody out.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let unfinished = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

fn make_private_folder(folder: &Path) -> Result<(), SecretsError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| SecretsError::File { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_once_is_read_by_every_process_and_never_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Secrets::load(folder.path(), false).unwrap_err().to_string();
        assert!(missing.contains("service.key"), "{missing}");
        assert!(missing.contains("EXPENSE_SECRET_SERVICE"), "{missing}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let made = Secrets::load_or_make(folder.path()).unwrap();
        assert_eq!(Secrets::load(folder.path(), true).unwrap(), made);
        let other = Secrets::load(folder.path(), false).unwrap();
        assert_eq!((other.service_key, &other.auth), (made.service_key, &None));
        assert!(other.auth().is_err());
    }

    #[test]
    fn a_file_that_holds_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Secrets::load_or_make(folder.path()).unwrap();
        std::fs::write(folder.path().join("pepper.key"), "short").unwrap();
        let error = Secrets::load(folder.path(), true).unwrap_err().to_string();
        assert!(error.contains("pepper.key"), "{error}");
        Secrets::load(folder.path(), false).unwrap();
    }

    #[test]
    fn the_set_up_token_is_of_the_installation() {
        let (one, other) = (Secrets::random().unwrap(), Secrets::random().unwrap());
        let token = one.auth().unwrap().setup_token();
        assert_eq!(token, one.clone().auth().unwrap().setup_token());
        assert_ne!(token, other.auth().unwrap().setup_token());
        assert_eq!(token.len(), 32);
    }
}
