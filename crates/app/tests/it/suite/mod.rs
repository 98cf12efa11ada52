//! What every shape of the system does alike; see [`crate::harness::Shape`] for which there are.

mod bad_input;
mod first_expense;
mod imports;
pub mod live;
mod reference;
mod refusals;
mod roles;
