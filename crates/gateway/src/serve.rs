//! Connections: accepted, served in HTTP/1 or HTTP/2, and let finish when the gateway stops.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::exchange::Edge;
use crate::gateway::Gateway;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long a client may take to send a request's head, and an idle connection stays.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How long to wait when no connection can be accepted, as when all file handles are taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Gateway {
    /// Serves until `stop` is ready, then lets requests in flight finish, for as long as
    /// [`crate::Settings::drain`] says. Who keeps a stream open for ever must end it on the same
    /// signal, or it is cut off.
    ///
    /// A connection that can't be accepted is logged, and the next one is waited for.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let server = server();
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
            };
            match accepted.and_then(|(stream, peer)| Ok((stream.local_addr()?, stream, peer))) {
                Ok((local, stream, peer)) => {
                    let connection = self.connection(&server, stream, Edge { peer, local });
                    let (gateway, connection) = (self.clone(), graceful.watch(connection));
                    connections.spawn(async move {
                        let _counted = gateway.traffic().connection();
                        finished(connection).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        let drained = tokio::time::timeout(self.settings().drain, graceful.shutdown()).await;
        if drained.is_err() {
            tracing::warn!("requests in flight took too long and were cut off");
        }
        connections.shutdown().await;
    }

    fn connection(
        &self,
        server: &Builder<TokioExecutor>,
        stream: TcpStream,
        edge: Edge,
    ) -> impl GracefulConnection<Error = BoxError> + Send + 'static {
        // Small answers must not wait for the acknowledgement of earlier ones.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "can't send small pieces at once");
        }
        let gateway = self.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let gateway = gateway.clone();
            async move {
                let answer = gateway.answer(request.map(Body::new), edge).await;
                Ok::<_, Infallible>(answer)
            }
        });
        server.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned()
    }
}

fn server() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    // An answer of a service keeps the date that it has, or has none.
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .auto_date_header(false);
    server.http2().timer(TokioTimer::new()).auto_date_header(false);
    server
}

async fn finished(connection: impl Future<Output = Result<(), BoxError>>) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection broke");
    }
}
