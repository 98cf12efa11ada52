//! What crosses a service boundary: events, API types and thin clients; a file per owner.

pub mod auth;
pub mod events;
pub mod ledger;
mod peers;
pub mod user;

pub use peers::{Answer, PeerError, Peers, Transport};
