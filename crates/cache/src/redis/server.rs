//! Where a Redis is, and how it lets us in.

use std::fmt;
use std::time::Duration;

use redis::{Client, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo, RedisResult};

const PORT: u16 = 6379;
/// Long for a Redis in the same network, short for a person who waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// An address of Redis with its credentials, which are not shown when it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisServer {
    pub host: String,
    pub port: u16,
    /// The number of its database.
    pub database: u32,
    pub username: Option<String>,
    pub password: Option<String>,
    /// Over TLS, with a certificate for the host from an authority that this machine trusts.
    pub tls: bool,
    /// How long it may take to connect, and then to answer.
    pub patience: Duration,
}

impl RedisServer {
    /// A server at its usual port that lets anybody in.
    pub fn at(host: impl Into<String>) -> RedisServer {
        RedisServer {
            host: host.into(),
            port: PORT,
            database: 0,
            username: None,
            password: None,
            tls: false,
            patience: PATIENCE,
        }
    }

    /// Reads `redis://user:password@host:port/database`; `rediss://` stands for TLS.
    pub(crate) fn parse(text: &str) -> anyhow::Result<RedisServer> {
        read(text).map_err(|problem| {
            anyhow::anyhow!(
                "cache = \"{}://…\" {problem}; write \"redis://HOST:6379\" or \
                 \"rediss://USER:PASSWORD@HOST:6379/0\", with %-encoding for what is not a letter, \
                 a digit or one of - . _ ~ in a password",
                crate::scheme(text)
            )
        })
    }

    pub(super) fn client(&self) -> RedisResult<Client> {
        let (host, port) = (self.host.clone(), self.port);
        let address = if self.tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let mut settings = RedisConnectionInfo::default().set_db(self.database.into());
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        let settings = settings.set_skip_set_lib_name();
        Client::open(address.into_connection_info()?.set_redis_settings(settings))
    }
}

/// The library's own reader, whose errors tell nothing of what was read, and what it lets through.
fn read(text: &str) -> Result<RedisServer, String> {
    let url = url::Url::parse(text).map_err(|error| format!("is no URL ({error})"))?;
    let info = text.into_connection_info().map_err(|error| format!("is wrong ({error})"))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has parts after the database that mean nothing here".to_owned());
    }
    let settings = info.redis_settings();
    let (host, port, tls) = match info.addr() {
        ConnectionAddr::Tcp(host, port) => (host, *port, false),
        ConnectionAddr::TcpTls { host, port, .. } => (host, *port, true),
        _ => return Err("names no host".to_owned()),
    };
    let database = u32::try_from(settings.db());
    Ok(RedisServer {
        host: host.clone(),
        port,
        database: database.map_err(|_| "has no number of a database at its end".to_owned())?,
        username: settings.username().map(str::to_owned),
        password: settings.password().map(str::to_owned),
        tls,
        patience: PATIENCE,
    })
}

impl fmt::Display for RedisServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "rediss" } else { "redis" };
        write!(out, "{scheme}://{}:{}/{}", self.host, self.port, self.database)
    }
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
