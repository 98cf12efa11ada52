//! The frame: what a service is made of, and everything that all services do alike.
//!
//! A service is a value made by [`Service::new`]: its migrations, its endpoints, what it follows,
//! its jobs and its schedules. A [`Deployment`] takes the services of one process, brings their
//! databases up to date, mounts their routes on one router and runs what works in the background.

mod access;
mod body;
mod clock;
mod consume;
mod context;
mod deployment;
mod endpoint;
mod error;
mod health;
mod log;
mod observe;
mod peers;
mod relay;
mod secrets;
mod serve;
mod tokens;
mod verify;
mod work;

pub use access::{Access, Anyone, FromService, Person, Rule};
pub use body::{AtLeast, ChangeKey, IfMatch, Json, Path, Query, UploadedFile, etag};
pub use clock::{Clock, Ids};
pub use consume::{Consumer, Follower};
pub use context::{Context, Service};
pub use deployment::{Deployment, Part, Setting};
pub use endpoint::{Endpoint, EndpointFacts, Routes};
pub use error::{Error, Field, Fields, Kind, Problem};
pub use files::Files;
pub use health::Health;
pub use peers::Reach;
pub use secrets::{AuthSecrets, Secrets, SecretsError};
pub use serve::serve;
pub use tokens::{Keys, key_id, sign_access};
pub use verify::{Progress, Verified, Verifier};
pub use work::{Handler, JobHandler};

// Named by the macro `endpoint!`.
#[doc(hidden)]
pub use pastey;

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(test)]
mod tests;
