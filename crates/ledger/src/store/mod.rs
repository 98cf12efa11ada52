//! Every query of the ledger, by what it is about.

pub mod accounts;
pub mod books;
pub mod categories;
pub mod changes;
pub mod entries;
pub mod facts;
pub mod journal;
pub mod lists;
pub mod payees;
mod rows;
mod schema;
pub mod sums;

pub use schema::MIGRATIONS;
