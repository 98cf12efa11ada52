//! Jobs: orders that a service gives itself, written in the transaction that decides them.

use model::Instant;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Index;
use sea_orm::{Condition, ExprTrait, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::db::{Db, Tx};
use crate::error::Error;
use crate::migrate::{Migration, column, table};

/// What becomes of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Waits until it is due.
    Ready,
    /// A worker has it, until its lease runs out.
    Running,
    /// Failed for good and waits for a person, with the reason.
    Parked,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Running => "running",
            State::Parked => "parked",
        }
    }
}

/// A job that this worker has claimed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    pub id: Uuid,
    pub kind: String,
    /// JSON of the kind's type.
    pub body: String,
    /// How often it was tried before.
    pub attempts: i64,
    pub cause: Option<String>,
}

pub(crate) const MIGRATION: Migration = Migration {
    name: "0000_jobs",
    up: |dialect| {
        vec![
            table(dialect, "job")
                .col(column::id("id").primary_key())
                .col(column::text("kind", 60))
                .col(column::long_text(dialect, "body"))
                .col(column::text("state", 10))
                .col(column::instant("due_at"))
                .col(column::number("attempts"))
                .col(column::maybe_text("cause", 64))
                .col(column::maybe_long_text(dialect, "reason"))
                .to_owned()
                .into(),
            Index::create()
                .name("job_due")
                .table("job")
                .col("state")
                .col("due_at")
                .to_owned()
                .into(),
        ]
    },
};

mod job {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "job")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub body: String,
        pub state: String,
        /// When it may be tried; for a running one, when its lease runs out.
        pub due_at: i64,
        pub attempts: i64,
        pub cause: Option<String>,
        pub reason: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl Tx {
    /// Orders a job, which exists if and only if this transaction commits.
    pub async fn enqueue(
        &self,
        id: Uuid,
        kind: &str,
        body: String,
        due: Instant,
    ) -> Result<(), Error> {
        let row = job::ActiveModel {
            id: Set(id),
            kind: Set(kind.to_owned()),
            body: Set(body),
            state: Set(State::Ready.as_str().to_owned()),
            due_at: Set(due.0),
            attempts: Set(0),
            cause: Set(self.cause().map(str::to_owned)),
            reason: Set(None),
        };
        job::Entity::insert(row).exec_without_returning(self.conn()).await?;
        self.note_enqueued();
        Ok(())
    }
}

impl Tx {
    /// Gives back the jobs whose workers are gone for good, to be done at once.
    pub(crate) async fn release_jobs(&self) -> Result<(), Error> {
        job::Entity::update_many()
            .col_expr(job::Column::State, Expr::val(State::Ready.as_str()))
            .col_expr(job::Column::DueAt, Expr::val(0))
            .filter(job::Column::State.eq(State::Running.as_str()))
            .exec(self.conn())
            .await?;
        Ok(())
    }
}

impl Db {
    /// Claims the job that has been due longest, until `lease`; also one whose worker died.
    pub async fn claim_job(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error> {
        let due = Condition::all()
            .add(job::Column::State.is_in([State::Ready.as_str(), State::Running.as_str()]))
            .add(job::Column::DueAt.lte(now.0));
        let candidates = job::Entity::find()
            .filter(due)
            .order_by_asc(job::Column::DueAt)
            .order_by_asc(job::Column::Id)
            .limit(4)
            .all(self.reader())
            .await?;
        for candidate in candidates {
            if self.claim(&candidate, lease).await? {
                return Ok(Some(Job {
                    id: candidate.id,
                    kind: candidate.kind,
                    body: candidate.body,
                    attempts: candidate.attempts,
                    cause: candidate.cause,
                }));
            }
        }
        Ok(None)
    }

    async fn claim(&self, seen: &job::Model, lease: Instant) -> Result<bool, Error> {
        let (id, state, due_at) = (seen.id, seen.state.clone(), seen.due_at);
        self.write(move |tx| {
            let state = state.clone();
            async move {
                let update = job::Entity::update_many()
                    .col_expr(job::Column::State, Expr::val(State::Running.as_str()))
                    .col_expr(job::Column::DueAt, Expr::val(lease.0))
                    .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
                    .filter(job::Column::Id.eq(id))
                    .filter(job::Column::State.eq(state))
                    .filter(job::Column::DueAt.eq(due_at));
                Ok::<_, Error>(update.exec(tx.conn()).await?.rows_affected == 1)
            }
        })
        .await
    }

    /// A job that is done leaves the table.
    pub async fn finish_job(&self, id: Uuid) -> Result<(), Error> {
        self.write(move |tx| async move {
            job::Entity::delete_by_id(id).exec(tx.conn()).await?;
            Ok::<_, Error>(())
        })
        .await
    }

    /// Puts a failed job back until it is due again, or parks it for a person to look at.
    pub async fn put_back_job(
        &self,
        id: Uuid,
        state: State,
        due: Instant,
        reason: String,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            let reason = reason.clone();
            async move {
                job::Entity::update_many()
                    .col_expr(job::Column::State, Expr::val(state.as_str()))
                    .col_expr(job::Column::DueAt, Expr::val(due.0))
                    .col_expr(job::Column::Reason, Expr::val(reason))
                    .filter(job::Column::Id.eq(id))
                    .exec(tx.conn())
                    .await?;
                Ok::<_, Error>(())
            }
        })
        .await
    }

    /// When the next job is due, if any waits.
    pub async fn next_job_due(&self) -> Result<Option<Instant>, Error> {
        let next = job::Entity::find()
            .filter(job::Column::State.ne(State::Parked.as_str()))
            .order_by_asc(job::Column::DueAt)
            .limit(1)
            .one(self.reader())
            .await?;
        Ok(next.map(|job| Instant(job.due_at)))
    }
}
