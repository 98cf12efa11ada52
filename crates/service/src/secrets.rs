//! The secrets of an installation: made on the first start, kept in files that only the owner can
//! read, never printed.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;

/// Keys that services share. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// PKCS#8 of the Ed25519 key that signs access tokens.
    pub signing_key: Vec<u8>,
    /// From which refresh tokens are computed.
    pub refresh_key: [u8; 32],
    /// Mixed into every password before it is hashed.
    pub pepper: [u8; 32],
    /// Signs the tokens between services.
    pub service_key: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Why secrets can't be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} holds no key of the kind that is needed; restore it from a backup")]
    Damaged { path: PathBuf },
    #[error("the system gives no random numbers")]
    NoRandom,
}

const KEY_FILES: [&str; 3] = ["refresh.key", "pepper.key", "service.key"];

impl Secrets {
    /// Reads the secrets in a folder, making those that are not there yet.
    pub fn load_or_make(folder: &Path) -> Result<Secrets, SecretsError> {
        make_private_folder(folder)?;
        let signing_key = read_or_make(&folder.join("signing.key"), new_signing_key)?;
        let [refresh_key, pepper, service_key] = KEY_FILES.map(|name| read_key(&folder.join(name)));
        Ok(Secrets {
            signing_key,
            refresh_key: refresh_key?,
            pepper: pepper?,
            service_key: service_key?,
        })
    }

    /// New secrets that are kept nowhere, for tests.
    pub fn random() -> Result<Secrets, SecretsError> {
        Ok(Secrets {
            signing_key: new_signing_key()?,
            refresh_key: random_key()?,
            pepper: random_key()?,
            service_key: random_key()?,
        })
    }
}

fn read_key(path: &Path) -> Result<[u8; 32], SecretsError> {
    let bytes = read_or_make(path, || Ok(random_key()?.to_vec()))?;
    bytes.try_into().map_err(|_| SecretsError::Damaged { path: path.to_owned() })
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

fn read_or_make(
    path: &Path,
    make: impl Fn() -> Result<Vec<u8>, SecretsError>,
) -> Result<Vec<u8>, SecretsError> {
    let failed = |source| SecretsError::File { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) => Err(SecretsError::Damaged { path: path.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let bytes = make()?;
            write_private(path, &bytes).map_err(failed)?;
            Ok(bytes)
        }
        Err(error) => Err(failed(error)),
    }
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
