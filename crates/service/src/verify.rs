//! Verification: a service computes again what it shows and says whether it is equal.

use std::sync::Arc;

use futures::future::BoxFuture;
use model::StreamName;

use crate::error::Error;

/// What a verification found in one stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    pub stream: StreamName,
    /// Up to which number everything was computed again.
    pub number: i64,
    /// What is shown but should not be so, in words; empty where all is equal.
    pub differences: Vec<String>,
}

/// Hears how many of how many things are done.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Computes everything again, in read snapshots, while others may write.
pub type Verifier =
    Arc<dyn Fn(Progress) -> BoxFuture<'static, Result<Vec<Verified>, Error>> + Send + Sync>;
