//! A service's log: streams of events, each numbered 1, 2, 3, … without a gap.
//!
//! A number is taken by locking the stream's row in the caller's transaction, so events of one
//! stream commit in the order of their numbers, and a reader never skips a slow commit.

use model::{Event, Instant, StreamName};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{self, Index, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, ExprTrait, FromQueryResult, QueryOrder, QueryResult,
    QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::batch::{Batch, ask_together};
use crate::db::{Db, Dialect, Tx};
use crate::error::Error;
use crate::migrate::{Migration, column, table};

/// A number that a transaction has taken in a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which life of the stream this is; restoring a backup starts another.
    pub epoch: Uuid,
    pub number: i64,
}

/// How far a stream has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StreamHead {
    pub stream: StreamName,
    pub epoch: Uuid,
    pub number: i64,
}

/// A run of events from one stream.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    pub epoch: Uuid,
    /// The newest number of the stream when the run was read.
    pub head: i64,
    pub events: Vec<Event>,
}

pub(crate) const MIGRATION: Migration = Migration {
    name: "0000_streams",
    up: |dialect| {
        vec![
            table(dialect, "stream")
                .col(column::text("name", 120).primary_key())
                .col(column::id("epoch"))
                .col(column::number("head"))
                .col(column::instant("moved_at"))
                .to_owned()
                .into(),
            Index::create().name("stream_moved").table("stream").col("moved_at").to_owned().into(),
            table(dialect, "event")
                .col(column::text("stream", 120))
                .col(column::number("number"))
                .col(column::text("kind", 60))
                .col(column::instant("at"))
                .col(column::maybe_text("cause", 64))
                .col(column::long_text(dialect, "body"))
                .primary_key(Index::create().col("stream").col("number"))
                .to_owned()
                .into(),
        ]
    },
};

pub(crate) mod stream {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "stream")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub epoch: Uuid,
        pub head: i64,
        pub moved_at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod event {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub kind: String,
        pub at: i64,
        pub cause: Option<String>,
        pub body: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}

    impl From<Model> for Event {
        fn from(row: Model) -> Event {
            Event {
                number: row.number,
                kind: row.kind,
                at: Instant(row.at),
                cause: row.cause,
                body: row.body,
            }
        }
    }
}

impl Tx {
    /// Takes the next number of a stream, and with it the lock of everything that the stream
    /// stands for. The first thing that a write does.
    pub async fn advance(&self, stream: &StreamName, now: Instant) -> Result<Place, Error> {
        let place = match self.take_next(stream, now).await? {
            Some(place) => place,
            None => self.open(stream, now).await?,
        };
        self.note_moved(stream, place.number);
        Ok(place)
    }

    async fn take_next(&self, stream: &StreamName, now: Instant) -> Result<Option<Place>, Error> {
        let mut update = sea_query::Query::update();
        update
            .table(stream::Entity)
            .value(stream::Column::Head, Expr::col(stream::Column::Head).add(1))
            .value(stream::Column::MovedAt, now.0)
            .and_where(stream::Column::Name.eq(stream.as_str()));
        if self.dialect() != Dialect::Mysql {
            update.returning(
                sea_query::Query::returning()
                    .columns([stream::Column::Epoch, stream::Column::Head]),
            );
            let row = self.conn().query_one(&update).await?;
            return Ok(match row {
                Some(row) => Some(Place {
                    epoch: row.try_get_by_index(0)?,
                    number: row.try_get_by_index(1)?,
                }),
                None => None,
            });
        }
        if self.conn().execute(&update).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let row = stream::Entity::find_by_id(stream.as_str()).one(self.conn()).await?;
        Ok(row.map(|row| Place { epoch: row.epoch, number: row.head }))
    }

    async fn open(&self, stream: &StreamName, now: Instant) -> Result<Place, Error> {
        let place = Place { epoch: Uuid::new_v4(), number: 1 };
        let row = stream::ActiveModel {
            name: Set(stream.as_str().to_owned()),
            epoch: Set(place.epoch),
            head: Set(1),
            moved_at: Set(now.0),
        };
        match stream::Entity::insert(row).exec_without_returning(self.conn()).await {
            Ok(_) => Ok(place),
            Err(error) => Err(match Error::from(error) {
                // Another transaction opened it meanwhile: trying again finds it.
                Error::Unique(_) => Error::Busy(DbErr::Custom(format!("{stream} was just opened"))),
                other => other,
            }),
        }
    }

    /// Appends the event of a number that was taken.
    pub async fn emit<E: Serialize + Sync>(
        &self,
        stream: &StreamName,
        place: Place,
        kind: &str,
        now: Instant,
        body: &E,
    ) -> Result<(), Error> {
        let mut batch = self.batch();
        self.emit_with(&mut batch, stream, place, kind, now, body)?;
        self.run(batch).await
    }

    /// The same as part of a batch.
    pub fn emit_with<E: Serialize>(
        &self,
        batch: &mut Batch,
        stream: &StreamName,
        place: Place,
        kind: &str,
        now: Instant,
        body: &E,
    ) -> Result<(), Error> {
        let row = event::ActiveModel {
            stream: Set(stream.as_str().to_owned()),
            number: Set(place.number),
            kind: Set(kind.to_owned()),
            at: Set(now.0),
            cause: Set(self.cause().map(str::to_owned)),
            body: Set(serde_json::to_string(body)?),
        };
        batch.add(&event::Entity::insert(row).into_query());
        self.keep_unsent(batch, stream, place.number);
        Ok(())
    }
}

impl Tx {
    /// Gives every stream another epoch: the log was restored to an older state, and what others
    /// have applied of it may never have happened.
    pub async fn renew_epochs(&self) -> Result<(), Error> {
        for row in stream::Entity::find().all(self.conn()).await? {
            stream::Entity::update_many()
                .col_expr(stream::Column::Epoch, Expr::val(Uuid::new_v4()))
                .filter(stream::Column::Name.eq(row.name))
                .exec(self.conn())
                .await?;
        }
        Ok(())
    }
}

impl Db {
    /// The events of a stream after a number, at most `limit` of them; `None` where the stream
    /// does not exist.
    pub async fn events_after(
        &self,
        stream: &StreamName,
        after: i64,
        limit: u64,
    ) -> Result<Option<Run>, Error> {
        let events = event::Entity::find()
            .filter(event::Column::Stream.eq(stream.as_str()))
            .filter(event::Column::Number.gt(after))
            .order_by_asc(event::Column::Number)
            .limit(limit)
            .into_query();
        // The head is read first: an event that lands in between is in the next run.
        let [head, rows] = ask_together(self.reader(), [head_query(stream), events]).await?;
        let Some(head) = head_read(&head, stream)? else { return Ok(None) };
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = event::Model::from_query_result(row, "")?;
            if row.number <= head.number {
                events.push(Event::from(row));
            }
        }
        Ok(Some(Run { epoch: head.epoch, head: head.number, events }))
    }

    /// How far a stream has come.
    pub async fn stream_head(&self, stream: &StreamName) -> Result<Option<StreamHead>, Error> {
        stream_head(self.reader(), stream).await
    }

    /// The heads of a family's streams that moved since an instant, by name, after `after`.
    pub async fn streams_moved_since(
        &self,
        family: &str,
        since: Instant,
        after: Option<&StreamName>,
        limit: u64,
    ) -> Result<Vec<StreamHead>, Error> {
        let mut find = stream::Entity::find()
            .filter(stream::Column::Name.starts_with(format!("{family}/")))
            .filter(stream::Column::MovedAt.gte(since.0));
        if let Some(after) = after {
            find = find.filter(stream::Column::Name.gt(after.as_str()));
        }
        let rows = find.order_by_asc(stream::Column::Name).limit(limit).all(self.reader()).await?;
        Ok(rows
            .into_iter()
            .map(|row| StreamHead {
                stream: StreamName::stored(row.name),
                epoch: row.epoch,
                number: row.head,
            })
            .collect())
    }
}

/// How far a stream has come, as a connection or transaction sees it.
pub async fn stream_head(
    conn: &impl ConnectionTrait,
    stream: &StreamName,
) -> Result<Option<StreamHead>, Error> {
    head_read(&conn.query_all(&head_query(stream)).await?, stream)
}

/// Asks how far a stream has come, beside other questions.
pub fn head_query(stream: &StreamName) -> SelectStatement {
    stream::Entity::find_by_id(stream.as_str()).into_query()
}

/// The answer to [`head_query`].
pub fn head_read(rows: &[QueryResult], stream: &StreamName) -> Result<Option<StreamHead>, Error> {
    let Some(row) = rows.first() else { return Ok(None) };
    let row = stream::Model::from_query_result(row, "")?;
    Ok(Some(StreamHead { stream: stream.clone(), epoch: row.epoch, number: row.head }))
}
