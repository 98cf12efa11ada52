//! What persons do with auth: sign up, sign in, stay signed in, sign out.

mod joining;
mod recovery;
mod session;

use std::net::IpAddr;

use contracts::auth::{Device, Devices, Jwks, Me, NewPassword, SignIn};
use model::{Caller, Instant, PersonId, SessionId};
use service::{Context, Error, Fields, Kind};

use crate::attempts::{self, Attempt};
use crate::config::Config;
use crate::email::{self, Email};
use crate::passwords::{Hasher, Password};
use crate::refresh::RefreshTokens;
use crate::signing::SigningKey;
use crate::store;

pub(crate) use joining::Joined;
#[cfg(test)]
pub(crate) use recovery::reset_password_at;
pub use recovery::{ResetError, reset_password};

/// The service's operations, with what they need.
pub(crate) struct Auth {
    pub(crate) ctx: Context,
    pub(crate) config: Config,
    pub(crate) hasher: Hasher,
    refresh_tokens: RefreshTokens,
    signing_key: SigningKey,
}

/// Where a request comes from.
#[derive(Clone, Default)]
pub(crate) struct Visitor {
    pub address: Option<IpAddr>,
    pub user_agent: String,
}

/// A session with new tokens. No `Debug`: it holds them.
pub(crate) struct Issued {
    pub person: PersonId,
    pub session: SessionId,
    pub access_token: String,
    pub access_expires_at: Instant,
    pub refresh_token: String,
    pub refresh_expires_at: Instant,
}

impl Auth {
    pub(crate) fn new(ctx: Context, config: Config) -> anyhow::Result<Auth> {
        config.check()?;
        Ok(Auth {
            hasher: Hasher::new(&ctx.secrets, &config)?,
            refresh_tokens: RefreshTokens::new(&ctx.secrets.auth()?.refresh_key),
            signing_key: SigningKey::new(&ctx.secrets)?,
            config,
            ctx,
        })
    }

    /// Signs a person in. A wrong password and an unknown address take the same work and get the
    /// same answer.
    pub(crate) async fn sign_in(&self, body: &SignIn, visitor: &Visitor) -> Result<Issued, Error> {
        let folded = email::fold(&body.email);
        let attempt = Attempt { account: &folded, address: visitor.address };
        attempts::check(&self.ctx, attempt).await?;
        let person = store::person_by_email(self.ctx.db().reader(), &folded).await?;
        let kept = person.as_ref().map(|person| person.password.as_str());
        let verified = self.hasher.verify(&body.password, kept).await?;
        let Some(person) = person.filter(|_| verified.right) else {
            attempts::failed(&self.ctx, attempt).await;
            return Err(Error::new(Kind::Unauthenticated, "E-mail or password is wrong."));
        };
        if verified.outdated {
            self.keep_at_todays_cost(&person, &body.password).await?;
        }
        self.start_session(person.id, visitor).await
    }

    async fn keep_at_todays_cost(
        &self,
        person: &store::Person,
        password: &str,
    ) -> Result<(), Error> {
        let (id, was) = (person.id, person.password.clone());
        let now = self.hasher.hash(password).await?;
        self.ctx
            .db()
            .write(move |tx| {
                let (was, now) = (was.clone(), now.clone());
                async move {
                    // A password that was changed meanwhile is newer than what was typed here.
                    store::password_replace(&tx, id, &was, &now).await?;
                    Ok::<_, Error>(())
                }
            })
            .await
    }

    pub(crate) async fn me(&self, caller: Caller) -> Result<Me, Error> {
        let person = self.person(caller).await?;
        let operator = store::operator_find(self.ctx.db().reader()).await?;
        Ok(Me { person: person.id, email: person.email, operator: operator == Some(person.id) })
    }

    async fn person(&self, caller: Caller) -> Result<store::Person, Error> {
        let person = store::person_find(self.ctx.db().reader(), caller.person).await?;
        person.ok_or_else(|| Error::not_found("person"))
    }

    /// Where the person is signed in.
    pub(crate) async fn devices(&self, caller: Caller) -> Result<Devices, Error> {
        let reader = self.ctx.db().reader();
        let living = store::sessions_living(reader, caller.person, self.horizon()).await?;
        let device = |session: store::Session| Device {
            id: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            user_agent: session.user_agent,
            current: session.id == caller.session,
        };
        Ok(Devices { sessions: living.into_iter().map(device).collect() })
    }

    /// Changes the password; every other session of the person ends.
    pub(crate) async fn change_password(
        &self,
        caller: Caller,
        body: &NewPassword,
        visitor: &Visitor,
    ) -> Result<(), Error> {
        let person = self.person(caller).await?;
        let attempt = Attempt { account: &person.email_folded, address: visitor.address };
        attempts::check(&self.ctx, attempt).await?;
        let mut fields = Fields::default();
        let chosen = Email::parse(&person.email).map_err(Error::internal)?;
        let new = fields.check("new", Password::choose(&body.new, &chosen));
        if !self.hasher.verify(&body.current, Some(&person.password)).await?.right {
            attempts::failed(&self.ctx, attempt).await;
            fields.wrong("current", "this is not the present password");
        }
        let (Some(new), true) = (new, fields.is_empty()) else { return Err(fields.into_error()) };
        let ended = self.replace_password(&person, &new, Some(caller.session)).await?;
        self.ended(&ended).await;
        Ok(())
    }

    async fn replace_password(
        &self,
        person: &store::Person,
        new: &Password,
        except: Option<SessionId>,
    ) -> Result<Vec<SessionId>, Error> {
        let hash = self.hasher.hash(new.as_str()).await?;
        let now = self.ctx.clock.now();
        recovery::replace_password(self.ctx.db(), person, hash, except, now).await
    }

    pub(crate) fn jwks(&self) -> Jwks {
        self.signing_key.jwks()
    }
}
