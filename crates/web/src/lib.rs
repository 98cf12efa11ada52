//! The web client's files and the live stream.

mod files;
mod http;
mod live;

#[cfg(test)]
mod tests;

use service::{Context, Service};

/// The service: it keeps nothing, and hears what the ledger's books do.
///
/// `beside` are pages that somebody else makes, such as the reference of the API.
pub fn service(ctx: Context, beside: axum::Router) -> anyhow::Result<Service> {
    let live = live::Live::new(&ctx);
    let heard = live.clone();
    Ok(Service::new("web")
        .routes(http::routes(live))
        .pages(beside.merge(http::pages(files::Files::embedded())))
        .tap("ledger/book", move |notice| {
            let live = heard.clone();
            async move { live.hear(notice).await }
        }))
}
