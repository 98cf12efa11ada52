//! Persons: profiles and preferences.

mod http;
mod locale;
mod store;
mod user;

pub use store::MIGRATIONS;

use service::{Context, Service};

pub fn service(ctx: Context) -> anyhow::Result<Service> {
    Ok(Service::new("user").migrations(MIGRATIONS).routes(http::routes(ctx)))
}

#[cfg(test)]
mod tests;
