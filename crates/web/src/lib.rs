//! The web client's files and the live stream.

mod files;
mod http;
mod live;

#[cfg(test)]
mod tests;

use service::{Context, Service};

/// The service: it keeps nothing, and hears what the ledger's books do.
pub fn service(ctx: Context) -> anyhow::Result<Service> {
    let live = live::Live::new(&ctx);
    let heard = live.clone();
    Ok(Service::new("web")
        .routes(http::routes(live))
        .pages(http::pages(files::Files::embedded()))
        .tap(move |notice| {
            let live = heard.clone();
            async move { live.hear(notice).await }
        }))
}
