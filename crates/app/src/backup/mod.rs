//! The whole installation in one file, and back.
//!
//! A backup is a compressed tar: `manifest.json` in front, then the rows of each service as lines of
//! JSON, the secrets, the uploaded files, and last `SHA256SUMS` over all of it. The rows are the same
//! whatever database they come from, so a backup of one kind is restored on any other.

mod archive;
mod manifest;
mod restore;
mod take;

pub use archive::{Archive, Contents};
pub use manifest::Manifest;
pub use restore::{Restored, restore};
pub use take::{Wanted, take};

use store::Db;

use crate::backends;
use crate::config::Config;

/// Opens a database for work that takes as long as there is data.
async fn open(config: &Config, name: &str) -> anyhow::Result<Db> {
    backends::database(config, name, &config.store.unhurried()).await
}

/// Where the entries of a backup stand in it.
const SECRETS: &str = "secrets/";
const FILES: &str = "files/";
