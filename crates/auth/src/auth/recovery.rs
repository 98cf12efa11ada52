//! A password replaced by another, with the sessions that this ends.

use ::store::Db;
use model::{Instant, SessionId};
use service::{Clock, Error, Secrets};

use crate::config::Config;
use crate::email::{self, Email};
use crate::passwords::{Hasher, Password};
use crate::store;

/// Why a password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    #[error("nobody here has this e-mail address")]
    NoSuchPerson,
    #[error("{0}")]
    Password(String),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Gives a person another password and ends all their sessions; says how many.
///
/// For the operator's command line. `db` is the database of auth, brought up to date. A running
/// server takes the access tokens of these sessions for at most another minute.
pub async fn reset_password(
    db: &Db,
    secrets: &Secrets,
    config: &Config,
    email: &str,
    new_password: &str,
) -> Result<usize, ResetError> {
    reset_password_at(db, secrets, config, email, new_password, Clock::System.now()).await
}

pub(crate) async fn reset_password_at(
    db: &Db,
    secrets: &Secrets,
    config: &Config,
    email: &str,
    new_password: &str,
    now: Instant,
) -> Result<usize, ResetError> {
    config.check()?;
    let found = store::person_by_email(db.reader(), &email::fold(email)).await;
    let person = found.map_err(anyhow::Error::from)?.ok_or(ResetError::NoSuchPerson)?;
    let address = Email::parse(&person.email).map_err(anyhow::Error::from)?;
    let new = Password::choose(new_password, &address)
        .map_err(|error| ResetError::Password(error.to_string()))?;
    let hash = Hasher::new(secrets, config)?.hash(new.as_str()).await;
    let hash = hash.map_err(anyhow::Error::from)?;
    let ended = replace_password(db, &person, hash, None, now).await;
    let ended = ended.map_err(anyhow::Error::from)?;
    Ok(ended.len())
}

/// Keeps another hash, and ends all sessions but one.
pub(super) async fn replace_password(
    db: &Db,
    person: &store::Person,
    hash: String,
    except: Option<SessionId>,
    now: Instant,
) -> Result<Vec<SessionId>, Error> {
    let (id, was) = (person.id, person.password.clone());
    db.write(move |tx| {
        let (was, hash) = (was.clone(), hash.clone());
        async move {
            if !store::password_replace(&tx, id, &was, &hash).await? {
                let detail = "The password was changed elsewhere at this moment. Try again.";
                return Err(Error::conflict(detail));
            }
            Ok(store::sessions_revoke(&tx, id, except, now).await?)
        }
    })
    .await
}
