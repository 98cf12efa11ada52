//! Schedules: rows with a due time, claimed by a conditional update, so one replica runs each.

use model::Instant;
use sea_orm::ActiveValue::Set;
use sea_orm::QueryTrait;
use sea_orm::entity::prelude::*;

use crate::db::{Db, Tx};
use crate::error::Error;
use crate::migrate::{Migration, column, table};

pub(crate) const MIGRATION: Migration = Migration {
    name: "0000_schedules",
    up: |dialect| {
        vec![
            table(dialect, "schedule")
                .col(column::text("name", 60).primary_key())
                .col(column::instant("due_at"))
                .to_owned()
                .into(),
        ]
    },
};

mod schedule {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "schedule")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub due_at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl Db {
    /// When a schedule is due next; a new one is due at once.
    pub async fn schedule_due(&self, name: &str) -> Result<Option<Instant>, Error> {
        let row = schedule::Entity::find_by_id(name).one(self.reader()).await?;
        Ok(row.map(|row| Instant(row.due_at)))
    }
}

impl Tx {
    /// Takes a run of a schedule that is due, and sets the next one. False where another replica
    /// has it.
    pub async fn claim_schedule(
        &self,
        name: &str,
        seen: Option<Instant>,
        next: Instant,
    ) -> Result<bool, Error> {
        let Some(seen) = seen else {
            let row = schedule::ActiveModel { name: Set(name.to_owned()), due_at: Set(next.0) };
            return self.insert_if_absent(schedule::Entity::insert(row).into_query()).await;
        };
        let update = schedule::Entity::update_many()
            .col_expr(schedule::Column::DueAt, Expr::val(next.0))
            .filter(schedule::Column::Name.eq(name))
            .filter(schedule::Column::DueAt.eq(seen.0));
        Ok(update.exec(self.conn()).await?.rows_affected == 1)
    }
}
