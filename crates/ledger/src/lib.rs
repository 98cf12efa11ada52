//! Books, members, accounts, categories, payees and transactions: the double-entry journal and its balances.

mod http;
mod ledger;
mod store;

#[cfg(test)]
mod tests;

use service::{Context, Service};

pub use crate::store::MIGRATIONS;

/// The ledger, ready to be deployed.
pub fn service(ctx: Context) -> anyhow::Result<Service> {
    let ledger = ledger::Ledger::new(&ctx);
    Ok(Service::new("ledger").migrations(MIGRATIONS).routes(http::routes(ledger)))
}
