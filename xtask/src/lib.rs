//! Automation worth typing: the services that tests need, tidiness, generated files, the whole test run.
//!
//! A library, so that a test can have servers of its own ([`services::Instance`]).

mod debian;
pub mod deny;
pub mod deploy;
pub mod generate;
mod http;
pub mod process;
pub mod services;
pub mod test;
pub mod tidy;
pub mod workspace;
