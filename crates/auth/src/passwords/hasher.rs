//! Argon2id with a pepper, so many at a time and so many waiting.

use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, KeyId, Params, ParamsBuilder, PasswordHasher,
    PasswordVerifier, Version,
};
use aws_lc_rs::digest;
use aws_lc_rs::rand;
use service::{Error, Kind, Secrets};
use tokio::sync::Semaphore;

use crate::config::Config;

/// Hashes and verifies passwords. Cheap to clone.
///
/// Each hash takes tens of milliseconds of a core and the memory that the configuration says, so
/// a flood of sign-ins must wait, and then be turned away, before it takes the machine.
#[derive(Clone)]
pub(crate) struct Hasher {
    inner: Arc<Inner>,
    /// One per hash that runs or waits.
    places: Arc<Semaphore>,
    /// One per hash that runs.
    turns: Arc<Semaphore>,
}

struct Inner {
    params: Params,
    pepper: [u8; 32],
    /// What the password of nobody is compared with, at the price of a real one.
    nobody: PasswordHash,
    #[cfg(test)]
    done: AtomicU64,
}

const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// What verifying a password showed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Verified {
    pub right: bool,
    /// Kept at a lower cost than today's.
    pub outdated: bool,
}

impl Hasher {
    pub(crate) fn new(secrets: &Secrets, config: &Config) -> anyhow::Result<Hasher> {
        let (cost, pepper) = (config.argon2, secrets.auth()?.pepper);
        let params = ParamsBuilder::new()
            .m_cost(cost.memory_kib)
            .t_cost(cost.iterations)
            .p_cost(cost.lanes)
            .keyid(pepper_id(&pepper)?)
            .output_len(OUTPUT_BYTES)
            .build()
            .map_err(|error| anyhow::anyhow!("auth.argon2 can't be used: {error}"))?;
        let inner = Inner {
            nobody: nobody(&params)?,
            params,
            pepper,
            #[cfg(test)]
            done: AtomicU64::new(0),
        };
        let running = usize::try_from(config.parallel_hashes)?;
        let waiting = usize::try_from(config.hash_queue)?;
        Ok(Hasher {
            inner: Arc::new(inner),
            places: Arc::new(Semaphore::new(running + waiting)),
            turns: Arc::new(Semaphore::new(running)),
        })
    }

    /// The PHC string to keep of a password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        self.in_turn(move |inner| inner.hash(&password)).await?
    }

    /// Compares a password with what is kept of it; with nothing kept, the answer is no, after the
    /// same work.
    pub(crate) async fn verify(
        &self,
        password: &str,
        kept: Option<&str>,
    ) -> Result<Verified, Error> {
        let (password, kept) = (password.to_owned(), kept.map(str::to_owned));
        self.in_turn(move |inner| inner.verify(&password, kept.as_deref())).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| crowded())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        let inner = Arc::clone(&self.inner);
        // The permits go with the work: a client that hangs up does not make room early.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work(&inner)
        });
        done.await.map_err(Error::internal)
    }

    /// How many times a password was hashed.
    #[cfg(test)]
    pub(crate) fn work_done(&self) -> u64 {
        self.inner.done.load(Ordering::SeqCst)
    }

    /// Leaves no place free, until what is returned is dropped.
    #[cfg(test)]
    pub(crate) fn crowd(&self) -> impl Drop + use<> {
        let all = u32::try_from(self.places.available_permits()).unwrap();
        Arc::clone(&self.places).try_acquire_many_owned(all).unwrap()
    }
}

impl Inner {
    fn hash(&self, password: &str) -> Result<String, Error> {
        let failed =
            |error| Error::internal(anyhow::anyhow!("a password can't be hashed: {error}"));
        self.count();
        let hash: PasswordHash =
            self.argon2()?.hash_password(password.as_bytes()).map_err(failed)?;
        Ok(hash.to_string())
    }

    fn verify(&self, password: &str, kept: Option<&str>) -> Verified {
        let readable = kept.and_then(|kept| self.readable(kept));
        let known = readable.is_some();
        let outdated = readable.as_ref().is_some_and(|(_, params)| self.asks_more_than(params));
        let hash = readable.map_or_else(|| self.nobody.clone(), |(hash, _)| hash);
        self.count();
        let same = self
            .argon2()
            .is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &hash).is_ok());
        Verified { right: same && known, outdated }
    }

    /// True where the cost was raised since; a lowered one weakens nobody's hash.
    fn asks_more_than(&self, kept: &Params) -> bool {
        kept.m_cost() < self.params.m_cost() || kept.t_cost() < self.params.t_cost()
    }

    /// A kept hash that this pepper can verify.
    fn readable(&self, kept: &str) -> Option<(PasswordHash, Params)> {
        let parsed = PasswordHash::new(kept).ok();
        let parsed = parsed.and_then(|hash| Some((Params::try_from(&hash).ok()?, hash)));
        let Some((params, hash)) = parsed else {
            tracing::error!("a kept password hash can't be read");
            return None;
        };
        if params.keyid() != self.params.keyid() {
            tracing::error!("a password was kept with another pepper; restore it from a backup");
            return None;
        }
        Some((hash, params))
    }

    fn argon2(&self) -> Result<Argon2<'_>, Error> {
        let params = self.params.clone();
        Argon2::new_with_secret(&self.pepper, Algorithm::Argon2id, Version::V0x13, params)
            .map_err(|error| Error::internal(anyhow::anyhow!("Argon2 can't be set up: {error}")))
    }

    #[cfg(test)]
    fn count(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests count the work")]
    fn count(&self) {}
}

fn crowded() -> Error {
    let detail = "Too many people are signing in right now. Please try again in a moment.";
    let mut error = Error::new(Kind::TooMany, detail);
    error.retry_after = Some(2);
    error
}

/// Names the pepper in what is kept, without saying anything about it.
fn pepper_id(pepper: &[u8; 32]) -> anyhow::Result<KeyId> {
    let named = [b"pepper".as_slice(), pepper].concat();
    let digest = digest::digest(&digest::SHA256, &named);
    KeyId::new(&digest.as_ref()[..Params::MAX_KEYID_LEN])
        .map_err(|error| anyhow::anyhow!("the pepper can't be named: {error}"))
}

/// The hash of a password that nobody knows, us included.
fn nobody(params: &Params) -> anyhow::Result<PasswordHash> {
    let failed = |error| anyhow::anyhow!("the hash of nobody can't be made: {error}");
    let mut random = [0; SALT_BYTES + OUTPUT_BYTES];
    rand::fill(&mut random).map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    let (salt, output) = random.split_at(SALT_BYTES);
    Ok(PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|e| anyhow::anyhow!("{e}"))?,
        salt: Some(Salt::new(salt).map_err(failed)?),
        hash: Some(Output::new(output).map_err(failed)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Argon2Cost;

    fn hasher(secrets: &Secrets, iterations: u32) -> Hasher {
        let argon2 = Argon2Cost { iterations, ..Argon2Cost::default() };
        Hasher::new(secrets, &Config { argon2, ..Config::default() }).unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_says_how_it_was_made_and_verifies() {
        let secrets = Secrets::random().unwrap();
        let hasher = hasher(&secrets, 2);
        let kept = hasher.hash("purple walrus").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid="), "{kept}");
        assert_ne!(hasher.hash("purple walrus").await.unwrap(), kept, "the salt is new each time");
        let verify = async |password: &str| hasher.verify(password, Some(&kept)).await.unwrap();
        assert_eq!(verify("purple walrus").await, Verified { right: true, outdated: false });
        assert_eq!(verify("purple walrus ").await, Verified { right: false, outdated: false });
        assert_eq!(verify("Purple walrus").await, Verified { right: false, outdated: false });
    }

    #[tokio::test]
    async fn a_raised_cost_makes_older_hashes_outdated() {
        let secrets = Secrets::random().unwrap();
        let kept = hasher(&secrets, 2).hash("purple walrus").await.unwrap();
        let raised = hasher(&secrets, 3);
        let verified = raised.verify("purple walrus", Some(&kept)).await.unwrap();
        assert_eq!(verified, Verified { right: true, outdated: true });
        let kept = raised.hash("purple walrus").await.unwrap();
        let lowered = hasher(&secrets, 2).verify("purple walrus", Some(&kept)).await.unwrap();
        assert_eq!(lowered, Verified { right: true, outdated: false });
    }

    #[tokio::test]
    async fn without_the_pepper_the_password_is_not_enough() {
        let kept = hasher(&Secrets::random().unwrap(), 2).hash("purple walrus").await.unwrap();
        let other = hasher(&Secrets::random().unwrap(), 2);
        assert!(!other.verify("purple walrus", Some(&kept)).await.unwrap().right);
        // Nor with the other pepper's name on it, which would only be a lie.
        let renamed = {
            let name = |text: &str| {
                let from = text.find("keyid=").unwrap();
                text[from..].split('$').next().unwrap().to_owned()
            };
            let own = other.hash("purple walrus").await.unwrap();
            kept.replace(&name(&kept), &name(&own))
        };
        assert_ne!(renamed, kept);
        assert!(!other.verify("purple walrus", Some(&renamed)).await.unwrap().right);
    }

    #[tokio::test]
    async fn nobody_costs_what_somebody_does() {
        let hasher = hasher(&Secrets::random().unwrap(), 2);
        assert_eq!(Params::try_from(&hasher.inner.nobody).unwrap(), hasher.inner.params);
        for kept in [None, Some("not a hash")] {
            let before = hasher.work_done();
            assert!(!hasher.verify("purple walrus", kept).await.unwrap().right);
            assert_eq!(hasher.work_done(), before + 1);
        }
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_to_come_back() {
        let hasher = hasher(&Secrets::random().unwrap(), 2);
        let crowd = hasher.crowd();
        let error = hasher.hash("purple walrus").await.unwrap_err();
        assert_eq!((error.kind, error.retry_after), (Kind::TooMany, Some(2)));
        assert_eq!(hasher.work_done(), 0);
        drop(crowd);
        hasher.hash("purple walrus").await.unwrap();
    }

    #[tokio::test]
    async fn many_at_once_take_their_turns() {
        let hasher = hasher(&Secrets::random().unwrap(), 2);
        let crowd: Vec<_> = (0..20)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash("purple walrus").await })
            })
            .collect();
        for one in crowd {
            one.await.unwrap().unwrap();
        }
        assert_eq!(hasher.work_done(), 20);
        assert_eq!(hasher.places.available_permits(), 34);
        assert_eq!(hasher.turns.available_permits(), 2);
    }
}
