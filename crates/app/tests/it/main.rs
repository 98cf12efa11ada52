//! The system's suite: each body runs against a whole server on every database that this run has.

// A test ends where something is not as it should be.
#![allow(clippy::unwrap_used)]

mod backup;
mod bad_input;
mod behind_kong;
mod chaos;
mod first_expense;
mod harness;
mod imports;
mod live;
mod program;
mod reference;
mod refusals;
mod roles;
mod stopping;
