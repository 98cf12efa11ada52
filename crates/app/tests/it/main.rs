//! The system's suite, in the shape of the system that this run is of, with what concerns the program
//! alone beside it.

// A test ends where something is not as it should be.
#![allow(clippy::unwrap_used)]

mod away;
mod backup;
mod behind_kong;
mod chaos;
mod harness;
mod program;
mod stopping;
mod suite;
