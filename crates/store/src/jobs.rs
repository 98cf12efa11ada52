//! Jobs: orders that a service gives itself, written in the transaction that decides them.

use model::Instant;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Index;
use sea_orm::{Condition, DbErr, ExprTrait, PaginatorTrait, QueryOrder, QuerySelect, UpdateMany};
use uuid::Uuid;

use crate::db::{Db, Tx};
use crate::error::Error;
use crate::migrate::{Migration, column, table};

/// What becomes of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Waits until it is due.
    Ready,
    /// Is being handed to a broker, until the lease of who does that runs out.
    Sending,
    /// A broker has it, and brings it to a worker.
    Sent,
    /// A worker has it, until its lease runs out.
    Running,
    /// Failed for good and waits for a person, with the reason.
    Parked,
}

impl State {
    pub const ALL: [State; 5] =
        [State::Ready, State::Sending, State::Sent, State::Running, State::Parked];

    /// What is handed to a broker once it is due: new, or left behind by a process that ended.
    const UNSENT: [State; 3] = [State::Ready, State::Sending, State::Running];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Running => "running",
            State::Parked => "parked",
        }
    }

    fn of(text: &str) -> Result<State, Error> {
        let known = State::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| {
            Error::Refused(DbErr::Custom(format!("\"{text}\" is no state of a job")))
        })
    }
}

/// Where a job stands: its state, and the instant that belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    pub state: State,
    /// When it may be tried; for a lease, when that runs out; for what was sent, since when a worker
    /// may take it.
    pub due: Instant,
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

/// A job as its operator sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub id: Uuid,
    pub kind: String,
    pub standing: Standing,
    /// How often it was tried.
    pub attempts: i64,
    pub cause: Option<String>,
    /// Why the last attempt failed, if one did.
    pub reason: Option<String>,
}

/// What a broker's delivery of a job is good for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// The work is this worker's.
    Claimed(Job),
    /// It waits for a person, with this reason.
    Parked(String),
    /// It is done, with another worker, or comes too early and will be sent again.
    Nothing,
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
        pub due_at: i64,
        pub attempts: i64,
        pub cause: Option<String>,
        pub reason: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl job::Model {
    fn standing(&self) -> Result<Standing, Error> {
        Ok(Standing { state: State::of(&self.state)?, due: Instant(self.due_at) })
    }

    fn claimed(self) -> Job {
        let job::Model { id, kind, body, attempts, cause, .. } = self;
        Job { id, kind, body, attempts, cause }
    }

    fn listed(self) -> Result<Listed, Error> {
        let standing = self.standing()?;
        let job::Model { id, kind, attempts, cause, reason, .. } = self;
        Ok(Listed { id, kind, standing, attempts, cause, reason })
    }
}

/// A job that still stands where it was seen.
fn stands(at: Standing) -> Condition {
    Condition::all()
        .add(job::Column::State.eq(at.state.as_str()))
        .add(job::Column::DueAt.eq(at.due.0))
}

/// A job that is due and in one of these states.
fn due_in(states: &[State], now: Instant) -> Condition {
    Condition::all()
        .add(job::Column::State.is_in(states.iter().map(|state| state.as_str())))
        .add(job::Column::DueAt.lte(now.0))
}

/// A job that is still with the worker who claimed it: the count of attempts rises with each claim.
fn held(job: &Job) -> Condition {
    Condition::all()
        .add(job::Column::Id.eq(job.id))
        .add(job::Column::State.eq(State::Running.as_str()))
        .add(job::Column::Attempts.eq(job.attempts + 1))
}

fn moving(to: Standing) -> UpdateMany<job::Entity> {
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::val(to.state.as_str()))
        .col_expr(job::Column::DueAt, Expr::val(to.due.0))
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

    async fn move_job(&self, id: Uuid, from: Standing, to: Standing) -> Result<bool, Error> {
        let update = moving(to).filter(job::Column::Id.eq(id)).filter(stands(from));
        Ok(update.exec(self.conn()).await?.rows_affected == 1)
    }
}

impl Tx {
    /// Gives back the jobs whose workers or brokers are gone for good, to be done at once.
    pub(crate) async fn release_jobs(&self) -> Result<(), Error> {
        job::Entity::update_many()
            .col_expr(job::Column::State, Expr::val(State::Ready.as_str()))
            .col_expr(job::Column::DueAt, Expr::val(0))
            .filter(job::Column::State.is_not_in([State::Ready, State::Parked].map(State::as_str)))
            .exec(self.conn())
            .await?;
        Ok(())
    }
}

impl Db {
    /// Claims the job that has been due longest, until `lease`; also one whose worker died.
    pub async fn claim_job(&self, now: Instant, lease: Instant) -> Result<Option<Job>, Error> {
        let states = [State::Ready, State::Running, State::Sending, State::Sent];
        let candidates = job::Entity::find()
            .filter(due_in(&states, now))
            .order_by_asc(job::Column::DueAt)
            .order_by_asc(job::Column::Id)
            .limit(4)
            .all(self.reader())
            .await?;
        for candidate in candidates {
            if self.claim(&candidate, lease).await? {
                return Ok(Some(candidate.claimed()));
            }
        }
        Ok(None)
    }

    /// Claims a job that a broker has brought, if it is due and nobody has it.
    pub async fn claim_delivered_job(
        &self,
        id: Uuid,
        now: Instant,
        lease: Instant,
    ) -> Result<Delivered, Error> {
        // Whoever changes the row in between may leave it to be claimed still.
        loop {
            let Some(seen) = job::Entity::find_by_id(id).one(self.reader()).await? else {
                return Ok(Delivered::Nothing);
            };
            let at = seen.standing()?;
            let is_free = match at.state {
                State::Parked => return Ok(Delivered::Parked(seen.reason.unwrap_or_default())),
                State::Sending => true,
                State::Ready | State::Sent | State::Running => at.due <= now,
            };
            if is_free && self.claim(&seen, lease).await? {
                return Ok(Delivered::Claimed(seen.claimed()));
            }
            if !is_free {
                self.take_back_early(id, at).await?;
                return Ok(Delivered::Nothing);
            }
        }
    }

    /// What was brought before it is due is not with the broker any more.
    async fn take_back_early(&self, id: Uuid, at: Standing) -> Result<(), Error> {
        if at.state == State::Sent {
            self.move_jobs(vec![id], at, Standing { state: State::Ready, due: at.due }).await?;
        }
        Ok(())
    }

    /// Claims jobs that are due and that no broker has, until `lease`, to hand them to one; also
    /// those that a broker has had since `doubted` without a worker taking them.
    pub async fn claim_unsent_jobs(
        &self,
        now: Instant,
        doubted: Instant,
        lease: Instant,
        limit: u64,
    ) -> Result<Vec<Uuid>, Error> {
        let unsent = due_in(&State::UNSENT, now);
        let candidates = job::Entity::find()
            .filter(Condition::any().add(unsent).add(due_in(&[State::Sent], doubted)))
            .order_by_asc(job::Column::DueAt)
            .order_by_asc(job::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let seen = candidates.iter().map(|job| Ok((job.id, job.standing()?)));
        let seen = seen.collect::<Result<Vec<_>, Error>>()?;
        self.write(move |tx| {
            let seen = seen.clone();
            async move {
                let mut claimed = Vec::new();
                for (id, at) in seen {
                    let sending = Standing { state: State::Sending, due: lease };
                    if tx.move_job(id, at, sending).await? {
                        claimed.push(id);
                    }
                }
                Ok::<_, Error>(claimed)
            }
        })
        .await
    }

    /// Moves jobs from one standing to another; those that stand elsewhere by now stay.
    pub async fn move_jobs(
        &self,
        ids: Vec<Uuid>,
        from: Standing,
        to: Standing,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            let ids = ids.clone();
            async move {
                let update = moving(to).filter(job::Column::Id.is_in(ids)).filter(stands(from));
                update.exec(tx.conn()).await?;
                Ok::<_, Error>(())
            }
        })
        .await
    }

    async fn claim(&self, seen: &job::Model, lease: Instant) -> Result<bool, Error> {
        let (id, at) = (seen.id, seen.standing()?);
        self.write(move |tx| async move {
            let update = moving(Standing { state: State::Running, due: lease })
                .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
                .filter(job::Column::Id.eq(id))
                .filter(stands(at));
            Ok::<_, Error>(update.exec(tx.conn()).await?.rows_affected == 1)
        })
        .await
    }

    /// Keeps a claimed job until another `lease`. False where another worker has it by now.
    pub async fn keep_job(&self, job: &Job, lease: Instant) -> Result<bool, Error> {
        let held = held(job);
        self.write(move |tx| {
            let kept = moving(Standing { state: State::Running, due: lease }).filter(held.clone());
            async move { Ok::<_, Error>(kept.exec(tx.conn()).await?.rows_affected == 1) }
        })
        .await
    }

    /// A job that is done leaves the table.
    pub async fn finish_job(&self, job: &Job) -> Result<(), Error> {
        let id = job.id;
        self.write(move |tx| async move {
            job::Entity::delete_by_id(id).exec(tx.conn()).await?;
            Ok::<_, Error>(())
        })
        .await
    }

    /// Puts a failed job back until it is due again, or parks it for a person to look at. False
    /// where another worker has it by now.
    pub async fn put_back_job(
        &self,
        job: &Job,
        to: Standing,
        reason: String,
    ) -> Result<bool, Error> {
        let held = held(job);
        self.write(move |tx| {
            let put_back = moving(to)
                .col_expr(job::Column::Reason, Expr::val(reason.clone()))
                .filter(held.clone());
            async move { Ok::<_, Error>(put_back.exec(tx.conn()).await?.rows_affected == 1) }
        })
        .await
    }

    /// When there is a job to claim next, if any waits.
    pub async fn next_job_due(&self) -> Result<Option<Instant>, Error> {
        self.first_due(job::Column::State.ne(State::Parked.as_str())).await
    }

    /// When there is a job to hand to a broker next, if any waits.
    pub async fn next_unsent_job_due(&self) -> Result<Option<Instant>, Error> {
        self.first_due(job::Column::State.is_in(State::UNSENT.map(State::as_str))).await
    }

    async fn first_due(&self, which: Expr) -> Result<Option<Instant>, Error> {
        let next = job::Entity::find()
            .filter(which)
            .order_by_asc(job::Column::DueAt)
            .limit(1)
            .one(self.reader())
            .await?;
        Ok(next.map(|job| Instant(job.due_at)))
    }
}

/// What an operator sees of jobs, and does about them.
impl Db {
    /// A page of jobs in the order of their ids, from after one of them on.
    pub async fn list_jobs(
        &self,
        only: Option<State>,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Listed>, Error> {
        let mut page = job::Entity::find().order_by_asc(job::Column::Id).limit(limit);
        if let Some(state) = only {
            page = page.filter(job::Column::State.eq(state.as_str()));
        }
        if let Some(after) = after {
            page = page.filter(job::Column::Id.gt(after));
        }
        page.all(self.reader()).await?.into_iter().map(job::Model::listed).collect()
    }

    /// Where a job stands; `None` for one that is done, or never was.
    pub async fn job_standing(&self, id: Uuid) -> Result<Option<Standing>, Error> {
        let job = job::Entity::find_by_id(id).one(self.reader()).await?;
        job.map(|job| job.standing()).transpose()
    }

    /// How many jobs wait for a person.
    pub async fn count_parked_jobs(&self) -> Result<u64, Error> {
        let parked = job::Column::State.eq(State::Parked.as_str());
        Ok(job::Entity::find().filter(parked).count(self.reader()).await?)
    }

    /// Lets one parked job, or all, begin anew. Answers how many there were.
    pub async fn replay_jobs(&self, only: Option<Uuid>, now: Instant) -> Result<u64, Error> {
        self.write(move |tx| async move {
            let mut replayed = moving(Standing { state: State::Ready, due: now })
                .col_expr(job::Column::Attempts, Expr::val(0_i64))
                .filter(job::Column::State.eq(State::Parked.as_str()));
            if let Some(id) = only {
                replayed = replayed.filter(job::Column::Id.eq(id));
            }
            let replayed = replayed.exec(tx.conn()).await?.rows_affected;
            if replayed > 0 {
                tx.note_enqueued();
            }
            Ok::<_, Error>(replayed)
        })
        .await
    }
}
