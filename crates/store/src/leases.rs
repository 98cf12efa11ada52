//! Leases: rows that say who of several replicas does something now, until it ends or dies.

use model::Instant;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryTrait};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Error;
use crate::migrate::{Migration, column, table};

pub(crate) const MIGRATION: Migration = Migration {
    name: "0000_leases",
    up: |dialect| {
        vec![
            table(dialect, "lease")
                .col(column::text("name", 60).primary_key())
                .col(column::id("holder"))
                .col(column::instant("until_at"))
                .to_owned()
                .into(),
        ]
    },
};

mod lease {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "lease")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub holder: Uuid,
        pub until_at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl Tx {
    /// Takes a lease that is free or over, or lengthens one's own. False where another has it.
    pub async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        now: Instant,
        until: Instant,
    ) -> Result<bool, Error> {
        let is_free = Condition::any()
            .add(lease::Column::UntilAt.lte(now.0))
            .add(lease::Column::Holder.eq(holder));
        let update = lease::Entity::update_many()
            .col_expr(lease::Column::Holder, Expr::val(holder))
            .col_expr(lease::Column::UntilAt, Expr::val(until.0))
            .filter(lease::Column::Name.eq(name))
            .filter(is_free);
        if update.exec(self.conn()).await?.rows_affected == 1 {
            return Ok(true);
        }
        let row = lease::ActiveModel {
            name: Set(name.to_owned()),
            holder: Set(holder),
            until_at: Set(until.0),
        };
        self.insert_if_absent(lease::Entity::insert(row).into_query()).await
    }

    /// Gives back a lease, if it is still one's own.
    pub async fn return_lease(&self, name: &str, holder: Uuid) -> Result<(), Error> {
        lease::Entity::update_many()
            .col_expr(lease::Column::UntilAt, Expr::val(0))
            .filter(lease::Column::Name.eq(name))
            .filter(lease::Column::Holder.eq(holder))
            .exec(self.conn())
            .await?;
        Ok(())
    }
}
