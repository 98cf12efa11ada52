//! Serving a router on a socket until the process is to stop.

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers requests until `stop`, then finishes those at hand, for so long at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    limit: Duration,
) -> std::io::Result<()> {
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(limit).await;
    };
    let serving =
        axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        served = serving => served,
        () = late => {
            tracing::warn!("requests in flight took too long and were cut off");
            Ok(())
        }
    }
}
