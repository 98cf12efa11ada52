//! Every query of the ledger, by what it is about.

pub mod accounts;
pub mod books;
pub mod categories;
pub mod changes;
pub mod entries;
pub mod facts;
pub mod imports;
pub mod journal;
pub mod lists;
pub mod payees;
pub mod phrases;
mod rows;
mod schema;
pub mod sums;
pub mod totals;
pub mod verify;

pub use schema::MIGRATIONS;
/// What a query runs on: a pool, or a transaction.
pub use sea_orm::ConnectionTrait as Connection;

/// Runs a statement as it is written: for tests that damage what is stored.
#[cfg(test)]
pub async fn run(tx: &store::Tx, sql: &str) -> Result<(), store::Error> {
    Connection::execute_unprepared(tx.conn(), sql).await?;
    Ok(())
}
