//! Sign-up: who may, and the first who does.

use ::store::Tx;
use aws_lc_rs::constant_time;
use contracts::auth::{Registration, RegistrationMode, SignUp};
use model::PersonId;
use service::{Error, Fields};

use super::{Auth, Issued, Visitor};
use crate::attempts::{self, Attempt};
use crate::email::Email;
use crate::passwords::Password;
use crate::store;

/// How a sign-up ended.
pub(crate) enum Joined {
    New(Issued),
    /// The same sign-up came again.
    Again(Issued),
}

/// A sign-up that could not be better formed.
struct Joining {
    person: PersonId,
    email: Email,
    password: Password,
}

impl Auth {
    /// Whether one can sign up now.
    pub(crate) async fn registration(&self) -> Result<Registration, Error> {
        let operator = store::operator_find(self.ctx.db().reader()).await?;
        let configured = self.config.registration;
        let mode = match (configured, operator) {
            (RegistrationMode::First, Some(_)) => RegistrationMode::Invite,
            (mode, _) => mode,
        };
        let open = mode != RegistrationMode::Invite;
        let needs_setup_token = open && operator.is_none() && self.config.setup_token.is_some();
        Ok(Registration { mode, open, needs_setup_token })
    }

    /// Makes a person; the first one of an installation is its operator.
    pub(crate) async fn sign_up(&self, body: &SignUp, visitor: &Visitor) -> Result<Joined, Error> {
        let joining = parse(body)?;
        // Before the password is hashed, so that a closed door costs nothing.
        let reader = self.ctx.db().reader();
        let standing = store::standing(reader, joining.person, &joining.email.folded()).await?;
        if let Found::Before(known) = self.door().look(standing, body.setup_token.as_deref())? {
            return self.sign_up_again(&known, &joining, visitor).await;
        }
        let person = store::Person {
            id: joining.person,
            email: joining.email.as_str().to_owned(),
            email_folded: joining.email.folded(),
            password: self.hasher.hash(joining.password.as_str()).await?,
            created_at: self.ctx.clock.now(),
        };
        match self.join(person, body.setup_token.clone()).await? {
            None => Ok(Joined::New(self.start_session(joining.person, visitor).await?)),
            Some(known) => self.sign_up_again(&known, &joining, visitor).await,
        }
    }

    /// The same sign-up again, after an answer that was lost or a page that was reloaded.
    async fn sign_up_again(
        &self,
        known: &store::Person,
        joining: &Joining,
        visitor: &Visitor,
    ) -> Result<Joined, Error> {
        let attempt = Attempt { account: &known.email_folded, address: visitor.address };
        attempts::check(&self.ctx, attempt).await?;
        let password = joining.password.as_str();
        let verified = self.hasher.verify(password, Some(&known.password)).await?;
        if !verified.right || known.email_folded != joining.email.folded() {
            attempts::failed(&self.ctx, attempt).await;
            let detail = "This person has signed up already, with another e-mail or password.";
            return Err(Error::conflict(detail));
        }
        Ok(Joined::Again(self.start_session(known.id, visitor).await?))
    }

    fn door(&self) -> Door {
        Door { mode: self.config.registration, setup_token: self.config.setup_token.clone() }
    }

    /// Makes a person; answers who had signed up with this id meanwhile.
    async fn join(
        &self,
        person: store::Person,
        presented: Option<String>,
    ) -> Result<Option<store::Person>, Error> {
        let door = self.door();
        self.ctx
            .db()
            .write(move |tx| {
                let (door, person, presented) = (door.clone(), person.clone(), presented.clone());
                async move { enter(&tx, &door, &person, presented.as_deref()).await }
            })
            .await
    }
}

/// Who may sign up, as it is configured.
#[derive(Clone)]
struct Door {
    mode: RegistrationMode,
    setup_token: Option<String>,
}

/// What a sign-up finds at the door.
enum Found {
    /// Nobody is the operator yet.
    First,
    Open,
    /// The same person has signed up before.
    Before(store::Person),
}

impl Door {
    fn look(&self, standing: store::Standing, presented: Option<&str>) -> Result<Found, Error> {
        if let Some(known) = standing.same_id {
            return Ok(Found::Before(known));
        }
        self.admit(standing.operator, presented)?;
        if standing.same_email.is_some() {
            let detail = "There is an account with this e-mail address already. Sign in instead.";
            return Err(Error::conflict(detail));
        }
        Ok(if standing.operator.is_none() { Found::First } else { Found::Open })
    }

    /// Refuses who may not sign up now.
    fn admit(&self, operator: Option<PersonId>, presented: Option<&str>) -> Result<(), Error> {
        match (self.mode, operator) {
            (RegistrationMode::Open, Some(_)) => Ok(()),
            (RegistrationMode::Open | RegistrationMode::First, None) => {
                self.check_setup_token(presented)
            }
            (RegistrationMode::First | RegistrationMode::Invite, _) => Err(Error::forbidden(
                "This server takes new people by invitation only. Ask whoever runs it.",
            )),
        }
    }

    fn check_setup_token(&self, presented: Option<&str>) -> Result<(), Error> {
        let Some(needed) = &self.setup_token else { return Ok(()) };
        let presented = presented.unwrap_or_default();
        constant_time::verify_slices_are_equal(needed.as_bytes(), presented.as_bytes()).map_err(
            |_| {
                Error::forbidden(
                    "The first sign-up needs the set-up link that the server printed when it \
                     started.",
                )
            },
        )
    }
}

/// Makes the person, unless they are there already.
async fn enter(
    tx: &Tx,
    door: &Door,
    person: &store::Person,
    presented: Option<&str>,
) -> Result<Option<store::Person>, Error> {
    let standing = store::standing(tx.conn(), person.id, &person.email_folded).await?;
    match door.look(standing, presented)? {
        Found::Before(known) => return Ok(Some(known)),
        Found::First => store::operator_insert(tx, person.id).await?,
        Found::Open => {}
    }
    store::person_insert(tx, person).await?;
    Ok(None)
}

fn parse(body: &SignUp) -> Result<Joining, Error> {
    let mut fields = Fields::default();
    let email = fields.check("email", Email::parse(&body.email));
    let Some(email) = email else { return Err(fields.into_error()) };
    let password = fields.check("password", Password::choose(&body.password, &email));
    let Some(password) = password else { return Err(fields.into_error()) };
    Ok(Joining { person: body.person, email, password })
}
