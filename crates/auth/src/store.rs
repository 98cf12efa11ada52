//! Persons with what is kept of their passwords, the operator's seat, and sessions.

use model::{Instant, PersonId, SessionId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Index};
use sea_orm::{QueryOrder, QuerySelect};
use store::{Error, Migration, Tx, column, table};

use crate::refresh::Chain;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "0001_persons_and_sessions",
    up: |dialect| {
        vec![
            table(dialect, "person")
                .col(column::id("id").primary_key())
                .col(column::text("email", 254))
                // The folded form: one account for each address, on every database alike.
                .col(column::text("email_folded", 254).unique_key())
                .col(column::text("password", 255))
                .col(column::instant("created_at"))
                .to_owned()
                .into(),
            // One row at most, whose primary key settles who of several first ones was the first.
            table(dialect, "operator")
                .col(column::number("seat").primary_key())
                .col(column::id("person"))
                .to_owned()
                .into(),
            table(dialect, "session")
                .col(column::id("id").primary_key())
                .col(column::id("person"))
                .col(column::number("generation"))
                .col(column::instant("rotated_at"))
                .col(column::flag("answered_late"))
                .col(column::flag("answered_late_before"))
                .col(column::maybe_number("revoked_at"))
                .col(column::instant("created_at"))
                .col(column::instant("last_used_at"))
                .col(column::instant("expires_at"))
                .col(column::text("user_agent", LONGEST_USER_AGENT))
                .to_owned()
                .into(),
            Index::create()
                .name("session_of_person")
                .table("session")
                .col("person")
                .to_owned()
                .into(),
            Index::create()
                .name("session_revoked")
                .table("session")
                .col("revoked_at")
                .to_owned()
                .into(),
        ]
    },
}];

/// What no backup holds: a session that was ended since would come to life with it.
pub const PASSING_TABLES: &[&str] = &["session"];

/// Longer ones are cut; what a browser calls itself has about 120 characters.
pub(crate) const LONGEST_USER_AGENT: u32 = 250;

mod person {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub email: String,
        pub email_folded: String,
        pub password: String,
        pub created_at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod operator {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "operator")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub seat: i64,
        pub person: Uuid,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod session {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person: Uuid,
        pub generation: i64,
        pub rotated_at: i64,
        pub answered_late: bool,
        pub answered_late_before: bool,
        pub revoked_at: Option<i64>,
        pub created_at: i64,
        pub last_used_at: i64,
        pub expires_at: i64,
        pub user_agent: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A person who can sign in. No `Debug`: it holds an e-mail address.
#[derive(Clone)]
pub(crate) struct Person {
    pub id: PersonId,
    pub email: String,
    pub email_folded: String,
    /// The PHC string of the password's hash.
    pub password: String,
    pub created_at: Instant,
}

impl From<person::Model> for Person {
    fn from(row: person::Model) -> Self {
        Person {
            id: row.id.into(),
            email: row.email,
            email_folded: row.email_folded,
            password: row.password,
            created_at: Instant(row.created_at),
        }
    }
}

/// One sign-in of a person on one device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Session {
    pub id: SessionId,
    pub person: PersonId,
    pub chain: Chain,
    /// When the person or a reuse ended it.
    pub revoked_at: Option<Instant>,
    pub created_at: Instant,
    pub last_used_at: Instant,
    /// When it ends however it is used.
    pub expires_at: Instant,
    pub user_agent: String,
}

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        let chain = Chain {
            generation: row.generation,
            rotated_at: Instant(row.rotated_at),
            answered_late: row.answered_late,
            answered_late_before: row.answered_late_before,
        };
        Session {
            id: row.id.into(),
            person: row.person.into(),
            chain,
            revoked_at: row.revoked_at.map(Instant),
            created_at: Instant(row.created_at),
            last_used_at: Instant(row.last_used_at),
            expires_at: Instant(row.expires_at),
            user_agent: row.user_agent,
        }
    }
}

pub(crate) async fn person_find(
    conn: &impl ConnectionTrait,
    id: PersonId,
) -> Result<Option<Person>, Error> {
    Ok(person::Entity::find_by_id(id.0).one(conn).await?.map(Person::from))
}

pub(crate) async fn person_by_email(
    conn: &impl ConnectionTrait,
    folded: &str,
) -> Result<Option<Person>, Error> {
    let found = person::Entity::find().filter(person::Column::EmailFolded.eq(folded));
    Ok(found.one(conn).await?.map(Person::from))
}

/// What a sign-up meets.
pub(crate) struct Standing {
    pub operator: Option<PersonId>,
    /// Who has this e-mail address.
    pub same_email: Option<Person>,
    /// Who has this id: the same person, earlier.
    pub same_id: Option<Person>,
}

/// Reads the id last: whoever sees what the same sign-up has just left elsewhere, sees it here.
pub(crate) async fn standing(
    conn: &impl ConnectionTrait,
    id: PersonId,
    email_folded: &str,
) -> Result<Standing, Error> {
    let operator = operator_find(conn).await?;
    let same_email = person_by_email(conn, email_folded).await?;
    let same_id = person_find(conn, id).await?;
    Ok(Standing { operator, same_email, same_id })
}

/// A row that someone else has just made asks for another look, in another transaction.
pub(crate) async fn person_insert(tx: &Tx, new: &Person) -> Result<(), Error> {
    let row = person::ActiveModel {
        id: Set(new.id.0),
        email: Set(new.email.clone()),
        email_folded: Set(new.email_folded.clone()),
        password: Set(new.password.clone()),
        created_at: Set(new.created_at.0),
    };
    let inserted = person::Entity::insert(row).exec_without_returning(tx.conn()).await;
    look_again(inserted.map(drop))
}

/// Keeps another hash in place of the one that was read. False where that was changed meanwhile.
pub(crate) async fn password_replace(
    tx: &Tx,
    person: PersonId,
    was: &str,
    now: &str,
) -> Result<bool, Error> {
    let update = person::Entity::update_many()
        .col_expr(person::Column::Password, Expr::val(now))
        .filter(person::Column::Id.eq(person.0))
        .filter(person::Column::Password.eq(was));
    Ok(update.exec(tx.conn()).await?.rows_affected == 1)
}

const SEAT: i64 = 1;

pub(crate) async fn operator_find(conn: &impl ConnectionTrait) -> Result<Option<PersonId>, Error> {
    Ok(operator::Entity::find_by_id(SEAT).one(conn).await?.map(|row| row.person.into()))
}

/// Takes the operator's seat; where someone else has just taken it, asks for another look.
pub(crate) async fn operator_insert(tx: &Tx, person: PersonId) -> Result<(), Error> {
    let row = operator::ActiveModel { seat: Set(SEAT), person: Set(person.0) };
    look_again(operator::Entity::insert(row).exec_without_returning(tx.conn()).await.map(drop))
}

fn look_again(inserted: Result<(), DbErr>) -> Result<(), Error> {
    inserted.map_err(|error| match Error::from(error) {
        Error::Unique(key) => Error::Busy(DbErr::Custom(format!("just taken: {key}"))),
        other => other,
    })
}

pub(crate) async fn session_insert(tx: &Tx, new: &Session) -> Result<(), Error> {
    let row = session::ActiveModel {
        id: Set(new.id.0),
        person: Set(new.person.0),
        generation: Set(new.chain.generation),
        rotated_at: Set(new.chain.rotated_at.0),
        answered_late: Set(new.chain.answered_late),
        answered_late_before: Set(new.chain.answered_late_before),
        revoked_at: Set(new.revoked_at.map(|at| at.0)),
        created_at: Set(new.created_at.0),
        last_used_at: Set(new.last_used_at.0),
        expires_at: Set(new.expires_at.0),
        user_agent: Set(new.user_agent.clone()),
    };
    session::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

pub(crate) async fn session_find(
    conn: &impl ConnectionTrait,
    id: SessionId,
) -> Result<Option<Session>, Error> {
    Ok(session::Entity::find_by_id(id.0).one(conn).await?.map(Session::from))
}

/// Spends the newest token. Where another request has just spent it, asks for another look.
pub(crate) async fn session_rotate(tx: &Tx, session: &Session, now: Instant) -> Result<(), Error> {
    let update = unmoved(session)
        .col_expr(session::Column::Generation, Expr::val(session.chain.generation + 1))
        .col_expr(session::Column::RotatedAt, Expr::val(now.0))
        .col_expr(session::Column::LastUsedAt, Expr::val(now.0))
        .col_expr(session::Column::AnsweredLateBefore, Expr::val(session.chain.answered_late))
        .col_expr(session::Column::AnsweredLate, Expr::val(false))
        .filter(session::Column::AnsweredLate.eq(session.chain.answered_late));
    moved(update.exec(tx.conn()).await?.rows_affected)
}

/// Notes that the newest token was given out again after the overlap. Where the session has moved
/// on meanwhile, asks for another look.
pub(crate) async fn session_note_late(
    tx: &Tx,
    session: &Session,
    now: Instant,
) -> Result<(), Error> {
    let update = unmoved(session)
        .col_expr(session::Column::AnsweredLate, Expr::val(true))
        .col_expr(session::Column::LastUsedAt, Expr::val(now.0));
    // MySQL counts what was matched, so noting it twice at the same instant counts too.
    moved(update.exec(tx.conn()).await?.rows_affected)
}

/// The row of a session, if it still is as it was read.
fn unmoved(session: &Session) -> sea_orm::UpdateMany<session::Entity> {
    session::Entity::update_many()
        .filter(session::Column::Id.eq(session.id.0))
        .filter(session::Column::Generation.eq(session.chain.generation))
        .filter(session::Column::RevokedAt.is_null())
}

fn moved(rows: u64) -> Result<(), Error> {
    match rows {
        1 => Ok(()),
        _ => Err(Error::Busy(DbErr::Custom("the session has just moved on".to_owned()))),
    }
}

/// Ends a session, if it has not ended.
pub(crate) async fn session_revoke(tx: &Tx, id: SessionId, now: Instant) -> Result<(), Error> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::val(now.0))
        .filter(session::Column::Id.eq(id.0))
        .filter(session::Column::RevokedAt.is_null());
    update.exec(tx.conn()).await?;
    Ok(())
}

/// Ends all sessions of a person but one, and says which.
pub(crate) async fn sessions_revoke(
    tx: &Tx,
    person: PersonId,
    except: Option<SessionId>,
    now: Instant,
) -> Result<Vec<SessionId>, Error> {
    let mut living = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::Person.eq(person.0))
        .filter(session::Column::RevokedAt.is_null())
        .order_by_asc(session::Column::Id);
    if let Some(kept) = except {
        living = living.filter(session::Column::Id.ne(kept.0));
    }
    let ids: Vec<Uuid> = living.into_tuple().all(tx.conn()).await?;
    let update = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::val(now.0))
        .filter(session::Column::Id.is_in(ids.clone()));
    update.exec(tx.conn()).await?;
    Ok(ids.into_iter().map(SessionId).collect())
}

/// The sessions that were ended since an instant.
pub(crate) async fn sessions_revoked_since(
    conn: &impl ConnectionTrait,
    since: Instant,
) -> Result<Vec<SessionId>, Error> {
    let ended = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::RevokedAt.gt(since.0));
    let ids: Vec<Uuid> = ended.into_tuple().all(conn).await?;
    Ok(ids.into_iter().map(SessionId).collect())
}

/// When a session is over by itself: at its end, or when it was not used since `idle_since`.
#[derive(Clone, Copy)]
pub(crate) struct Horizon {
    pub now: Instant,
    pub idle_since: Instant,
}

/// The sessions of a person that are not over, the one last used first.
pub(crate) async fn sessions_living(
    conn: &impl ConnectionTrait,
    person: PersonId,
    horizon: Horizon,
) -> Result<Vec<Session>, Error> {
    let living = session::Entity::find()
        .filter(session::Column::Person.eq(person.0))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(horizon.now.0))
        .filter(session::Column::LastUsedAt.gt(horizon.idle_since.0))
        .order_by_desc(session::Column::LastUsedAt)
        .order_by_desc(session::Column::Id);
    Ok(living.all(conn).await?.into_iter().map(Session::from).collect())
}

/// Forgets the sessions that are over, however they ended, once they were not used since
/// `idle_since`.
pub(crate) async fn sessions_forget(tx: &Tx, horizon: Horizon) -> Result<u64, Error> {
    use sea_orm::Condition;
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(horizon.now.0))
        .add(session::Column::LastUsedAt.lte(horizon.idle_since.0));
    Ok(session::Entity::delete_many().filter(over).exec(tx.conn()).await?.rows_affected)
}
