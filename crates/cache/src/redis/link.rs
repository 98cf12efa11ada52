//! One connection to Redis, made when it is needed and made again when it was lost.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::RedisServer;
use crate::Away;

/// Between two attempts to connect: twice as long after each that failed, up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What all who ask Redis in this process share; its answers may overtake each other.
pub(super) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    /// As it may be shown.
    server: String,
    /// Held while connecting: whoever comes then waits for the same attempt.
    state: Mutex<State>,
}

enum State {
    Up(Connection),
    Away {
        /// When to try again; whoever asks before is not kept waiting.
        retry_at: Instant,
        pause: Duration,
    },
}

#[derive(Clone)]
struct Connection {
    asked: MultiplexedConnection,
    made_at: Instant,
}

impl Link {
    pub(super) fn new(server: &RedisServer) -> anyhow::Result<Link> {
        if server.tls {
            // The program may have chosen it already.
            let _chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let patience = Some(server.patience);
        let config = AsyncConnectionConfig::new();
        Ok(Link {
            client: server.client()?,
            config: config.set_connection_timeout(patience).set_response_timeout(patience),
            server: server.to_string(),
            state: Mutex::new(State::Away { retry_at: Instant::now(), pause: SHORTEST_PAUSE }),
        })
    }

    /// Asks once, or twice where the connection was found to be closed: servers and networks close
    /// what was idle for long. The first question may have been heard, so a counter can be one
    /// ahead.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Away> {
        let mut connection = self.connection().await?;
        match command.query_async(&mut connection.asked).await {
            Err(error) if error.is_connection_dropped() => {
                self.leave(&connection, Duration::ZERO).await;
            }
            answered => return self.judge(answered, &connection).await,
        }
        let mut connection = self.connection().await?;
        let answered = command.query_async(&mut connection.asked).await;
        self.judge(answered, &connection).await
    }

    async fn connection(&self) -> Result<Connection, Away> {
        let mut state = self.state.lock().await;
        let pause = match &*state {
            State::Up(connection) => return Ok(connection.clone()),
            State::Away { retry_at, .. } if Instant::now() < *retry_at => return Err(Away),
            State::Away { pause, .. } => *pause,
        };
        match self.connect().await {
            Ok(connection) => {
                *state = State::Up(connection.clone());
                self.tell_available();
                Ok(connection)
            }
            Err(error) => {
                let longer = (pause * 2).min(LONGEST_PAUSE);
                *state = State::Away { retry_at: Instant::now() + pause, pause: longer };
                self.tell_away(&error);
                Err(Away)
            }
        }
    }

    /// A connection on which Redis has answered: one that hangs still lets itself be connected to.
    async fn connect(&self) -> RedisResult<Connection> {
        let connecting = self.client.get_multiplexed_async_connection_with_config(&self.config);
        let mut asked = connecting.await?;
        redis::cmd("PING").exec_async(&mut asked).await?;
        Ok(Connection { asked, made_at: Instant::now() })
    }

    async fn judge<T>(&self, answered: RedisResult<T>, by: &Connection) -> Result<T, Away> {
        let error = match answered {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        self.tell_away(&error);
        // An answer that it can't (out of memory, a replica) will be the same for a while.
        let pause = if error.is_io_error() { SHORTEST_PAUSE } else { LONGEST_PAUSE };
        self.leave(by, pause).await;
        Err(Away)
    }

    /// Gives a connection up, unless another has taken its place already.
    async fn leave(&self, left: &Connection, pause: Duration) {
        let mut state = self.state.lock().await;
        let is_same = matches!(&*state, State::Up(now) if now.made_at == left.made_at);
        if is_same {
            let retry_at = Instant::now() + pause;
            *state = State::Away { retry_at, pause: SHORTEST_PAUSE };
        }
    }

    fn tell_available(&self) {
        metrics::gauge!("cache_available", "server" => self.server.clone()).set(1);
        tracing::info!(server = self.server, "the cache is there");
    }

    fn tell_away(&self, error: &RedisError) {
        metrics::gauge!("cache_available", "server" => self.server.clone()).set(0);
        tracing::warn!(server = self.server, %error, "the cache is away");
    }
}
