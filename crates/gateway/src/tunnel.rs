//! Two connections joined after an upgrade: what comes from one goes to the other.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until};

/// Passes bytes on in both directions until both have ended, or nothing came for too long.
pub(crate) async fn between(client: OnUpgrade, service: OnUpgrade, longest_silence: Duration) {
    let (Ok(client), Ok(service)) = tokio::join!(client, service) else { return };
    let (from_client, to_client) = tokio::io::split(TokioIo::new(client));
    let (from_service, to_service) = tokio::io::split(TokioIo::new(service));
    let moved_at = Mutex::new(Instant::now());
    tokio::select! {
        ended = async {
            tokio::try_join!(
                flow(from_client, to_service, &moved_at),
                flow(from_service, to_client, &moved_at),
            )
        } => if let Err(error) = ended {
            tracing::debug!(%error, "an upgraded connection broke");
        },
        () = silence(&moved_at, longest_silence) => {}
    }
}

async fn flow(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    moved_at: &Mutex<Instant>,
) -> io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        *moved_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        to.write_all(&piece[..length]).await?;
        to.flush().await?;
    }
}

/// Ends when nothing has come for so long.
async fn silence(moved_at: &Mutex<Instant>, longest: Duration) {
    loop {
        let silent_at = *moved_at.lock().unwrap_or_else(PoisonError::into_inner) + longest;
        if silent_at <= Instant::now() {
            return;
        }
        sleep_until(silent_at).await;
    }
}
