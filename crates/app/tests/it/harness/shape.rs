//! Which shape of the system a run is of.

use std::io::Write;

use super::split::Engines;

/// A way of running the system that the suite can be held against.
pub enum Shape {
    /// Everything in one process on embedded back ends, on SQLite and on each database server that
    /// the environment names.
    OneProcess,
    /// Each service in a process of its own on a database server, Kafka and Redis.
    Split(Engines),
    /// A deployment that runs at this address, with registration open and limits that a suite does
    /// not reach.
    Elsewhere(String),
}

impl Shape {
    /// What `EXPENSE_TEST_BASE_URL` or else `EXPENSE_TEST_SHAPE` says.
    pub fn of_this_run() -> Shape {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(url) = variable("EXPENSE_TEST_BASE_URL") {
            return Shape::Elsewhere(url.trim_end_matches('/').to_owned());
        }
        match variable("EXPENSE_TEST_SHAPE").as_deref() {
            None | Some("one-process") => Shape::OneProcess,
            Some("split-postgres") => Shape::Split(Engines::with("EXPENSE_TEST_POSTGRES")),
            Some("split-mysql") => Shape::Split(Engines::with("EXPENSE_TEST_MYSQL")),
            Some(other) => panic!(
                "EXPENSE_TEST_SHAPE = \"{other}\" is no shape; there are one-process, \
                 split-postgres and split-mysql"
            ),
        }
    }
}

/// Says something that is shown although the test passes.
pub fn say(text: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    // Not by `print`, which is kept back.
    let _ = writeln!(std::io::stderr(), "{test}: {text}");
}
