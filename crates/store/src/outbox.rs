//! The outbox: which events a broker has still to be told of.
//!
//! A row is written with its event and removed when the broker has it. Rows are looked for as they
//! are, and not from a number on, so that a commit that comes late is never passed over.

use std::collections::BTreeMap;

use model::{Logged, StreamName};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Index, Order, Query};
use sea_orm::{
    Condition, ConnectionTrait, ExprTrait, FromQueryResult, Iterable, QueryResult, QueryTrait,
};

use crate::batch::Batch;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::migrate::{Migration, column, table};
use crate::streams::{event, stream};

pub(crate) const MIGRATION: Migration = Migration {
    name: "0000_outbox",
    up: |dialect| {
        vec![
            table(dialect, "unsent")
                .col(column::text("stream", 120))
                .col(column::number("number"))
                .primary_key(Index::create().col("stream").col("number"))
                .to_owned()
                .into(),
        ]
    },
};

mod unsent {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "unsent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl Tx {
    /// Notes that the broker has to be told of an event, where there is one.
    pub(crate) fn keep_unsent(&self, batch: &mut Batch, stream: &StreamName, number: i64) {
        if !self.has_outbox {
            return;
        }
        let row =
            unsent::ActiveModel { stream: Set(stream.as_str().to_owned()), number: Set(number) };
        batch.add(&unsent::Entity::insert(row).into_query());
    }

    /// Forgets events that the broker has.
    pub async fn remove_sent(&self, sent: &[Logged]) -> Result<(), Error> {
        // A condition of no parts is not for a library to interpret.
        if sent.is_empty() {
            return Ok(());
        }
        let mut numbers: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for one in sent {
            numbers.entry(one.stream.as_str()).or_default().push(one.event.number);
        }
        let of_stream = |(stream, numbers): (&str, Vec<i64>)| {
            unsent::Column::Stream.eq(stream).and(unsent::Column::Number.is_in(numbers))
        };
        let all = numbers.into_iter().map(of_stream).fold(Condition::any(), Condition::add);
        unsent::Entity::delete_many().filter(all).exec(self.conn()).await?;
        Ok(())
    }
}

impl Db {
    /// Events that the broker has not been told of, at most `limit`, in order within each stream.
    pub async fn unsent(&self, limit: u64) -> Result<Vec<Logged>, Error> {
        let (of, number) = (unsent::Column::Stream, unsent::Column::Number);
        let event_of = |column: event::Column| Expr::col((event::Entity, column));
        let is_its_event = event_of(event::Column::Stream)
            .equals((unsent::Entity, of))
            .and(event_of(event::Column::Number).equals((unsent::Entity, number)));
        let is_its_stream =
            Expr::col((stream::Entity, stream::Column::Name)).equals((unsent::Entity, of));
        let select = Query::select()
            .columns(event::Column::iter().map(|column| (event::Entity, column)))
            .column((stream::Entity, stream::Column::Epoch))
            .from(unsent::Entity)
            .inner_join(event::Entity, is_its_event)
            .inner_join(stream::Entity, is_its_stream)
            .order_by((unsent::Entity, of), Order::Asc)
            .order_by((unsent::Entity, number), Order::Asc)
            .limit(limit)
            .to_owned();
        let rows = self.reader().query_all(&select).await?;
        rows.iter().map(logged).collect()
    }
}

fn logged(row: &QueryResult) -> Result<Logged, Error> {
    let event = event::Model::from_query_result(row, "")?;
    Ok(Logged {
        stream: StreamName::stored(event.stream.clone()),
        epoch: row.try_get("", "epoch")?,
        event: event.into(),
    })
}
