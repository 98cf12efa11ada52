//! Projections of the ledger's events and the reports read from them.
//!
//! Each book's events are counted once, in order, into the table `total` (see `totals`). The
//! dashboard and the reports are sums of its rows that the caller may see.

mod changes;
mod http;
mod reactions;
mod reporting;
mod store;
mod totals;
mod verify;

#[cfg(test)]
mod tests;

use ::store::Migration;
use service::{Context, Service};

/// The tables of the service.
pub const MIGRATIONS: &[Migration] = store::MIGRATIONS;

pub fn service(ctx: Context) -> anyhow::Result<Service> {
    let follower = ctx.follower(reactions::Totals);
    let reporting = reporting::Reporting::new(&ctx, follower.clone());
    let verifier = reporting.clone();
    Ok(Service::new("reporting")
        .migrations(MIGRATIONS)
        .routes(http::routes(reporting))
        .on(follower)
        .verify(move |progress| verifier.clone().verify(progress)))
}
