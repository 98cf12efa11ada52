//! Sessions: started at sign-in, kept by refreshing, ended by the person, by time or by reuse.

use ::store::Tx;
use model::{Caller, Instant, PersonId, SessionId};
use service::{Error, Kind};

use super::{Auth, Issued, Visitor};
use crate::config::Config;
use crate::refresh::{Chain, Presented, Verdict};
use crate::signing::ACCESS_SECONDS;
use crate::store::{self, Horizon, Session};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// An access token may be taken for so long, by whatever clock.
const LONGEST_ACCESS_SECONDS: i64 = ACCESS_SECONDS + 60;

/// What became of a presented refresh token.
enum Refreshed {
    Living(Session),
    Reused(SessionId),
    Over,
}

impl Auth {
    pub(super) async fn start_session(
        &self,
        person: PersonId,
        visitor: &Visitor,
    ) -> Result<Issued, Error> {
        let now = self.ctx.clock.now();
        let chain = Chain {
            generation: 1,
            rotated_at: now,
            answered_late: false,
            answered_late_before: false,
        };
        let session = Session {
            id: self.ctx.ids.next(),
            person,
            chain,
            revoked_at: None,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus_seconds(i64::from(self.config.session_days) * DAY_SECONDS),
            user_agent: visitor.user_agent.clone(),
        };
        let row = session.clone();
        self.ctx
            .db()
            .write(move |tx| {
                let row = row.clone();
                async move { Ok::<_, Error>(store::session_insert(&tx, &row).await?) }
            })
            .await?;
        self.issue(&session, now)
    }

    /// Answers a refresh token with the next one, as [`Chain::judge`] says.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Issued, Error> {
        let Some(presented) = self.refresh_tokens.read(token) else { return Err(over()) };
        let (now, horizon) = (self.ctx.clock.now(), self.horizon());
        let refreshed = self
            .ctx
            .db()
            .write(move |tx| async move { refresh(&tx, presented, horizon).await })
            .await?;
        match refreshed {
            Refreshed::Living(session) => self.issue(&session, now),
            Refreshed::Reused(session) => {
                tracing::warn!(
                    %session,
                    "a spent refresh token came back; the session has ended, since somebody may \
                     have copied it"
                );
                self.ended(&[session]).await;
                Err(over())
            }
            Refreshed::Over => Err(over()),
        }
    }

    pub(crate) async fn sign_out(&self, caller: Caller) -> Result<(), Error> {
        self.end(caller.session).await
    }

    /// Ends a session of the person, on whatever device.
    pub(crate) async fn end_device(&self, caller: Caller, id: SessionId) -> Result<(), Error> {
        let found = store::session_find(self.ctx.db().reader(), id).await?;
        let own =
            found.filter(|session| session.person == caller.person && session.revoked_at.is_none());
        match own {
            Some(session) => self.end(session.id).await,
            None => Err(Error::not_found("session")),
        }
    }

    async fn end(&self, id: SessionId) -> Result<(), Error> {
        let now = self.ctx.clock.now();
        self.ctx
            .db()
            .write(
                move |tx| async move { Ok::<_, Error>(store::session_revoke(&tx, id, now).await?) },
            )
            .await?;
        self.ended(&[id]).await;
        Ok(())
    }

    /// Makes the access tokens of ended sessions worthless, for as long as they would live.
    pub(super) async fn ended(&self, sessions: &[SessionId]) {
        let until = self.ctx.clock.now().plus_seconds(LONGEST_ACCESS_SECONDS);
        for session in sessions {
            self.ctx.revoke(*session, until).await;
        }
    }

    /// Makes them worthless once more: a cache may have forgotten them, as it does at a restart,
    /// and the command line ends sessions behind this server's back.
    pub(crate) async fn remember_ended_sessions(&self) -> Result<(), Error> {
        let since = self.ctx.clock.now().plus_seconds(-LONGEST_ACCESS_SECONDS);
        let ended = store::sessions_revoked_since(self.ctx.db().reader(), since).await?;
        self.ended(&ended).await;
        Ok(())
    }

    /// Forgets the sessions that are over.
    pub(crate) async fn forget_sessions(&self) -> Result<(), Error> {
        let horizon = self.horizon();
        let forgotten =
            self.ctx
                .db()
                .write(move |tx| async move {
                    Ok::<_, Error>(store::sessions_forget(&tx, horizon).await?)
                })
                .await?;
        tracing::debug!(forgotten, "sessions that were over");
        Ok(())
    }

    pub(super) fn horizon(&self) -> Horizon {
        let now = self.ctx.clock.now();
        Horizon { now, idle_since: now.plus_seconds(-idle_seconds(&self.config)) }
    }

    fn issue(&self, session: &Session, now: Instant) -> Result<Issued, Error> {
        let caller = Caller { person: session.person, session: session.id };
        let (access_token, access_expires_at) = self.signing_key.sign(caller, now)?;
        let presented = Presented { session: session.id, generation: session.chain.generation };
        let idle_until = session.last_used_at.plus_seconds(idle_seconds(&self.config));
        Ok(Issued {
            person: session.person,
            session: session.id,
            access_token,
            access_expires_at,
            refresh_token: self.refresh_tokens.issue(presented),
            refresh_expires_at: session.expires_at.min(idle_until),
        })
    }
}

fn idle_seconds(config: &Config) -> i64 {
    i64::from(config.refresh_days) * DAY_SECONDS
}

/// One answer for every token that is not good any more, whatever the reason.
fn over() -> Error {
    Error::new(Kind::Unauthenticated, "This session has ended. Please sign in again.")
}

async fn refresh(tx: &Tx, presented: Presented, horizon: Horizon) -> Result<Refreshed, Error> {
    let Some(session) = store::session_find(tx.conn(), presented.session).await? else {
        return Ok(Refreshed::Over);
    };
    let idle = session.last_used_at <= horizon.idle_since;
    if session.revoked_at.is_some() || idle || session.expires_at <= horizon.now {
        return Ok(Refreshed::Over);
    }
    match session.chain.judge(presented.generation, horizon.now) {
        Verdict::Rotate => store::session_rotate(tx, &session, horizon.now).await?,
        Verdict::RepeatLate => store::session_note_late(tx, &session, horizon.now).await?,
        Verdict::Repeat => {}
        Verdict::Reused => {
            store::session_revoke(tx, session.id, horizon.now).await?;
            return Ok(Refreshed::Reused(session.id));
        }
    }
    let after = store::session_find(tx.conn(), session.id).await?;
    Ok(after.map_or(Refreshed::Over, Refreshed::Living))
}
