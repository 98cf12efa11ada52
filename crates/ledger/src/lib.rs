//! Books, members, accounts, categories, payees and transactions: the double-entry journal and its balances.

mod http;
mod ledger;
mod reactions;
mod store;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
mod tests;

use service::{Context, Service};

pub use crate::store::MIGRATIONS;

/// The ledger, ready to be deployed.
pub fn service(ctx: Context) -> anyhow::Result<Service> {
    let ledger = ledger::Ledger::new(&ctx);
    let verified = ledger.clone();
    let verify = move |progress| {
        let ledger = verified.clone();
        async move { ledger.verify(progress).await }
    };
    let service = Service::new("ledger").migrations(MIGRATIONS).verify(verify);
    Ok(reactions::jobs(service, &ledger).routes(http::routes(ledger)))
}
