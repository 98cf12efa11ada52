//! Signing up, in and out; who one is.

use contracts::auth::{
    Client as Keeps, Devices, Me, Refresh, Registration, Session, SignIn, SignUp,
};
use model::{PersonId, SessionId};
use reqwest::Method;

use crate::{Client, Error, Precondition};

impl Client {
    /// Whether one can sign up now.
    pub async fn registration(&self) -> Result<Registration, Error> {
        self.get("/auth/registration").await
    }

    /// Signs up; answers the session and a client that carries its token.
    pub async fn sign_up(
        &self,
        person: PersonId,
        email: &str,
        password: &str,
    ) -> Result<(Session, Client), Error> {
        let body = SignUp {
            person,
            email: email.to_owned(),
            password: password.to_owned(),
            client: Keeps::Bearer,
            setup_token: None,
        };
        self.session(
            self.send(Method::POST, "/auth/sign-up", Precondition::default(), &body).await?,
        )
    }

    /// Signs in; answers the session and a client that carries its token.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<(Session, Client), Error> {
        let body = SignIn {
            email: email.to_owned(),
            password: password.to_owned(),
            client: Keeps::Bearer,
        };
        self.session(
            self.send(Method::POST, "/auth/sign-in", Precondition::default(), &body).await?,
        )
    }

    /// Exchanges a refresh token for new tokens.
    pub async fn refresh(&self, refresh_token: &str) -> Result<(Session, Client), Error> {
        let body = Refresh { refresh_token: Some(refresh_token.to_owned()) };
        self.session(
            self.send(Method::POST, "/auth/refresh", Precondition::default(), &body).await?,
        )
    }

    fn session(&self, session: Session) -> Result<(Session, Client), Error> {
        let Some(token) = session.access_token.clone() else {
            return Err(Error::Unreadable("the session came without a token".to_owned()));
        };
        let client = self.with_token(token);
        Ok((session, client))
    }

    pub async fn sign_out(&self) -> Result<(), Error> {
        self.send(Method::POST, "/auth/sign-out", Precondition::default(), &serde_json::json!({}))
            .await
    }

    pub async fn me(&self) -> Result<Me, Error> {
        self.get("/auth/me").await
    }

    pub async fn sessions(&self) -> Result<Devices, Error> {
        self.get("/auth/sessions").await
    }

    pub async fn end_session(&self, session: SessionId) -> Result<(), Error> {
        self.delete(&format!("/auth/sessions/{session}"), Precondition::default()).await
    }
}
