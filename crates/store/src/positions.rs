//! How far a consumer has applied each stream, kept in the transaction of its effects.

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Index, SelectStatement};
use sea_orm::{FromQueryResult, QueryResult, QueryTrait};
use uuid::Uuid;

use crate::db::{Db, Tx};
use crate::error::Error;
use crate::migrate::{Migration, column, table};
use crate::streams::Place;
use model::StreamName;

pub(crate) const MIGRATION: Migration = Migration {
    name: "0000_positions",
    up: |dialect| {
        vec![
            table(dialect, "position")
                .col(column::text("consumer", 60))
                .col(column::text("stream", 120))
                .col(column::id("epoch"))
                .col(column::number("number"))
                .primary_key(Index::create().col("stream").col("consumer"))
                .to_owned()
                .into(),
        ]
    },
};

mod position {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "position")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub consumer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        pub epoch: Uuid,
        pub number: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl Db {
    /// Where a consumer stands in a stream; `None` before its first event.
    pub async fn position(
        &self,
        consumer: &str,
        stream: &StreamName,
    ) -> Result<Option<Place>, Error> {
        position(self.reader(), consumer, stream).await
    }
}

/// Where a consumer stands, as a connection or transaction sees it.
pub async fn position(
    conn: &impl ConnectionTrait,
    consumer: &str,
    stream: &StreamName,
) -> Result<Option<Place>, Error> {
    read(&conn.query_all(&query(consumer, stream)).await?)
}

/// Asks where a consumer stands, beside other questions.
pub fn query(consumer: &str, stream: &StreamName) -> SelectStatement {
    let key = (consumer.to_owned(), stream.as_str().to_owned());
    position::Entity::find_by_id(key).into_query()
}

/// The answer to [`query`].
pub fn read(rows: &[QueryResult]) -> Result<Option<Place>, Error> {
    let Some(row) = rows.first() else { return Ok(None) };
    let row = position::Model::from_query_result(row, "")?;
    Ok(Some(Place { epoch: row.epoch, number: row.number }))
}

impl Tx {
    /// Moves a position from where the caller found it to where it will stand.
    ///
    /// False where it stands elsewhere by now: somebody else applied the events, and the caller
    /// must apply none. Written before the effects, with a condition on the old value, so that no
    /// database applies an event twice.
    pub async fn move_position(
        &self,
        consumer: &str,
        stream: &StreamName,
        from: Option<Place>,
        to: Place,
    ) -> Result<bool, Error> {
        let Some(from) = from else { return self.first_position(consumer, stream, to).await };
        let update = position::Entity::update_many()
            .col_expr(position::Column::Number, Expr::val(to.number))
            .col_expr(position::Column::Epoch, Expr::val(to.epoch))
            .filter(position::Column::Consumer.eq(consumer))
            .filter(position::Column::Stream.eq(stream.as_str()))
            .filter(position::Column::Number.eq(from.number))
            .filter(position::Column::Epoch.eq(from.epoch));
        Ok(update.exec(self.conn()).await?.rows_affected == 1)
    }

    async fn first_position(
        &self,
        consumer: &str,
        stream: &StreamName,
        to: Place,
    ) -> Result<bool, Error> {
        let row = position::ActiveModel {
            consumer: Set(consumer.to_owned()),
            stream: Set(stream.as_str().to_owned()),
            epoch: Set(to.epoch),
            number: Set(to.number),
        };
        self.insert_if_absent(position::Entity::insert(row).into_query()).await
    }

    /// Forgets a position, so that the stream is applied from its first event again.
    pub async fn forget_position(&self, consumer: &str, stream: &StreamName) -> Result<(), Error> {
        let key = (consumer.to_owned(), stream.as_str().to_owned());
        position::Entity::delete_by_id(key).exec(self.conn()).await?;
        Ok(())
    }
}
