//! `Db` and `Tx`: one way to read and write SQLite, PostgreSQL and MySQL or MariaDB, with the
//! tables that every service has: its log of events and their outbox, positions in the logs of
//! others, jobs, schedules and leases.
//!
//! Every write goes through [`Db::write`]. On PostgreSQL and MySQL it is a transaction that is
//! tried again when the database asks for it. On SQLite each file has one writer behind a fair
//! queue: closures that wait together run as savepoints of one immediate transaction and are
//! answered after its commit, so many small writes share one flush to disk.

mod batch;
pub mod cause;
mod config;
mod connect;
mod db;
pub mod dump;
mod error;
pub mod jobs;
pub mod leases;
mod migrate;
pub mod moving;
pub mod outbox;
pub mod positions;
pub mod schedules;
mod sqlite;
pub mod streams;

pub use batch::{Batch, ask_together};
pub use config::Config;
pub use connect::connect;
pub use db::{Committed, Db, Dialect, Tx};
pub use error::{Error, WriteError};
pub use migrate::{FRAME_MIGRATIONS, Migration, Step, column, print as print_migrations, table};
pub use model::Event;
pub use streams::{Place, Run, StreamHead};

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(test)]
mod tests;
