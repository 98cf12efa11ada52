//! The settings of a database on a server, with what is refused of them.

use std::time::Duration;

use anyhow::ensure;
use serde::{Deserialize, Serialize};

/// How much of a server one service takes, and for how long; of these, SQLite waits for a
/// connection alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Connections that a service of a process opens at most.
    pub connections: u32,
    /// How long a request waits for a connection, an open one or a new one.
    pub acquire_timeout_ms: u32,
    /// After how long the server ends a statement.
    pub statement_timeout_ms: u32,
    /// After how long the server ends a transaction in which nothing happens.
    pub idle_in_transaction_timeout_ms: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            connections: 10,
            acquire_timeout_ms: 5_000,
            statement_timeout_ms: 30_000,
            idle_in_transaction_timeout_ms: 60_000,
        }
    }
}

impl Config {
    /// Refuses what can't work.
    pub fn check(&self) -> anyhow::Result<()> {
        let between = |key: &str, value: u32, least: u32, most: u32| {
            ensure!(
                (least..=most).contains(&value),
                "store.{key} = {value}: it must be from {least} to {most}"
            );
            Ok(())
        };
        between("connections", self.connections, 2, 1_000)?;
        between("acquire_timeout_ms", self.acquire_timeout_ms, 10, 60_000)?;
        between("statement_timeout_ms", self.statement_timeout_ms, 10, 3_600_000)?;
        let idle = self.idle_in_transaction_timeout_ms;
        between("idle_in_transaction_timeout_ms", idle, 1_000, 3_600_000)
    }

    /// The same for work that takes as long as there is data.
    #[must_use]
    pub fn unhurried(&self) -> Config {
        Config { statement_timeout_ms: 0, idle_in_transaction_timeout_ms: 0, ..self.clone() }
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(u64::from(self.acquire_timeout_ms))
    }
}
