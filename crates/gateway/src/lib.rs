//! The public edge: runs a Kong declarative file, and nothing else.
//!
//! `config/gateway.yml` is a file that Kong itself can run in a cluster; this crate gives it the
//! same answers in one process. Only the subset that our file needs is known; the rest is refused
//! when the file is loaded, with its place.
//!
//! A file becomes a table of routes ([`Config`]), and a request goes through these phases:
//!
//! 1. **Screened** ([`gateway`](Gateway)): bad targets, methods and doubled headers end here.
//! 2. **Routed** (`router`): methods, hosts, headers and paths as one expression per route; the
//!    highest priority wins.
//! 3. **Plugins** (`plugins`), in Kong's order, each by the narrowest setting that applies:
//!    correlation-id, cors, jwt, request-size-limiting, rate-limiting, prometheus,
//!    request-termination. The first that answers ends the way.
//! 4. **Sent**: to a service of this process by a call ([`Locals`]), to any other over HTTP
//!    (`proxy`, over `idle` connections; upgraded ones become a `tunnel`), with the same path
//!    (`uri`) and the same headers (`headers`).
//! 5. **Dressed**: what plugins and the gateway add to every answer, also to its own (`errors`).
//!
//! Where it means to differ from Kong:
//!
//! - Names that say who asks (`X-Consumer-…`, `X-Credential-…` and their like) are taken from the
//!   client's request on every route, not only where jwt runs.
//! - Counting is atomic: parallel requests can't pass a limit together. In Redis every request is
//!   counted at once, also where `sync_rate` lets Kong be late.
//! - Of a request's body 64 KiB are held to be sent again (`outgoing`); the rest streams, so a
//!   longer body without a length reaches the service chunked, and is not sent a second time.
//! - Where Kong's code fails with 500 on a strange token, the answer is 401.
//! - A message that the file configures is escaped for the form in which it is sent.
//! - Several lines of `X-Forwarded-For` are joined, where Kong keeps the first.

mod credentials;
mod errors;
mod exchange;
mod export;
mod gateway;
mod headers;
mod idle;
mod ids;
mod jwk;
mod load;
mod meter;
mod outgoing;
mod path;
mod plugins;
mod proxy;
mod router;
mod serve;
mod settings;
mod status;
mod tunnel;
mod uri;

pub use credentials::LiveKey;
pub use export::{ExportError, export};
pub use gateway::{Clock, Gateway, Locals, SetupError};
pub use load::{AddressError, Config, Environment, LoadError, RouteRow};
pub use plugins::HISTOGRAMS;
pub use settings::{AddressRange, AddressRangeError, Marks, MarksError, Settings};
pub use status::Render;
