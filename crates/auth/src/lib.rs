//! Credentials, sessions, tokens and keys.
//!
//! A person signs up or in with a password ([`passwords`]) and gets a session: a short access
//! token that every service checks by itself ([`signing`]), and a refresh token that only this
//! service takes ([`refresh`]).

mod attempts;
mod auth;
mod config;
mod email;
mod http;
mod passwords;
mod reactions;
mod refresh;
mod signing;
mod store;

pub use auth::{ResetError, reset_password};
pub use config::{Argon2Cost, Config};
pub use signing::{LiveKey, live_keys, published_keys};
pub use store::{MIGRATIONS, PASSING_TABLES};

use std::sync::Arc;

use service::{Context, Service};

use crate::auth::Auth;

pub fn service(ctx: Context, config: Config) -> anyhow::Result<Service> {
    Ok(assemble(Arc::new(Auth::new(ctx, config)?)))
}

fn assemble(auth: Arc<Auth>) -> Service {
    let service =
        Service::new("auth").migrations(MIGRATIONS).routes(http::routes(Arc::clone(&auth)));
    reactions::add(service, auth)
}

#[cfg(test)]
mod tests;
