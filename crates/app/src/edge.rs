//! The edge of this process: the gateway, with the keys that auth signs with now.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use contracts::auth::{JWKS_PATH, Jwks};
use gateway::{Gateway, LiveKey, Locals};
use service::{Clock, Secrets};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::backends;
use crate::config::Config;

/// A gateway that knows, or is about to know, who may sign tokens.
pub struct Edge {
    gateway: Gateway,
    /// Where auth publishes its keys; `None` where it runs here.
    published: Option<String>,
    /// Whether there are keys yet.
    known: watch::Sender<bool>,
}

/// How long the first try to get keys is waited after, and the longest such pause.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often keys are fetched again. A new key is published long before it signs.
const REFETCH: Duration = Duration::from_secs(30);

impl Edge {
    /// The gateway in front of the services that run here; others are reached over the network.
    pub fn new(
        config: &Config,
        file: gateway::Config,
        locals: Locals,
        secrets: Option<&Secrets>,
    ) -> anyhow::Result<Edge> {
        let of_auth = secrets.filter(|secrets| secrets.auth.is_some());
        let keys = of_auth.map(own_keys).transpose()?;
        let auth = config.services.get("auth").filter(|_| keys.is_none());
        Ok(Edge {
            gateway: gateway(config, file, locals, keys.as_deref().unwrap_or_default())?,
            published: auth.map(|base| published_at(base)),
            known: watch::channel(keys.is_some()).0,
        })
    }

    /// Tells whether the edge can let anybody in yet.
    pub fn check(&self) -> impl Fn() -> std::future::Ready<Result<(), String>> + use<> {
        let known = self.known.subscribe();
        move || {
            let is_known = *known.borrow();
            let waits = || Err("auth has not told its keys yet".to_owned());
            std::future::ready(if is_known { Ok(()) } else { waits() })
        }
    }

    /// Serves until `stop`. Who connects before there are keys waits: a person whose token can't be
    /// checked yet must not be told to sign in again.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let mut known = self.known.subscribe();
        let serving = async {
            tokio::select! {
                _ = known.wait_for(|known| *known) => {}
                () = stop.cancelled() => return,
            }
            self.gateway.serve(listener, stop.clone().cancelled_owned()).await;
        };
        tokio::select! {
            () = serving => {}
            () = self.follow_keys() => {}
        }
    }

    /// Keeps the keys those that auth publishes; never ends.
    async fn follow_keys(&self) {
        let Some(url) = &self.published else { return std::future::pending().await };
        let mut pause = FIRST_PAUSE;
        loop {
            match self.fetch_keys(url).await {
                Ok(()) => {
                    self.known.send_replace(true);
                    pause = REFETCH;
                }
                Err(error) => {
                    tracing::warn!(%error, "can't ask auth for its keys; will try again");
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn fetch_keys(&self, url: &str) -> anyhow::Result<()> {
        Ok(self.gateway.replace_keys(&fetched_keys(url).await?)?)
    }
}

fn published_at(auth: &str) -> String {
    format!("{}{JWKS_PATH}", auth.trim_end_matches('/'))
}

async fn fetched_keys(url: &str) -> anyhow::Result<Vec<LiveKey>> {
    let http = reqwest::Client::builder().timeout(LONGEST_PAUSE).no_proxy().build()?;
    let answer = http.get(url).send().await?.error_for_status()?;
    let keys: Jwks = answer.json().await.with_context(|| format!("{url} gives no keys"))?;
    Ok(live(auth::published_keys(&keys)?))
}

/// The keys that auth signs with: those that it publishes, where it runs elsewhere, or those of this
/// installation.
pub async fn keys_of_auth(config: &Config) -> anyhow::Result<Vec<LiveKey>> {
    match config.services.get("auth") {
        Some(base) => fetched_keys(&published_at(base)).await,
        None => own_keys(&backends::secrets_of_auth(config)?),
    }
}

/// The gateway with these keys.
pub fn gateway(
    config: &Config,
    file: gateway::Config,
    locals: Locals,
    keys: &[LiveKey],
) -> anyhow::Result<Gateway> {
    let ranges = config.trusted_proxies.iter().map(|range| range.parse());
    let settings = gateway::Settings {
        trusted_proxies: ranges.collect::<Result<_, _>>()?,
        drain: config.stop.drain_timeout(),
        ..gateway::Settings::default()
    };
    let clock: gateway::Clock = Arc::new(|| Clock::System.now());
    Gateway::new(file, settings, locals, keys, clock)
        .map_err(|error| anyhow::anyhow!("gateway = \"{}\": {error}", config.gateway))
}

/// The keys by which the edge knows the access tokens that auth signs with these secrets.
pub fn own_keys(secrets: &Secrets) -> anyhow::Result<Vec<LiveKey>> {
    Ok(live(auth::live_keys(secrets)?))
}

fn live(keys: Vec<auth::LiveKey>) -> Vec<LiveKey> {
    let keys = keys.into_iter();
    keys.map(|key| LiveKey { kid: key.kid, public_key_pem: key.public_key_pem }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::response::IntoResponse;
    use axum::routing::get;
    use axum::{Json, Router};
    use http::StatusCode;

    use super::*;

    const FILE: &str = "
_format_version: \"3.0\"
services:
  - name: hello
    url: http://hello:8000
    routes: [{name: hello, paths: [/]}]
consumers: [{username: expense-tracker}]
";

    async fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        (listener, url)
    }

    #[tokio::test]
    async fn who_comes_before_there_are_keys_waits_and_is_answered() {
        let (auth, auth_url) = listen().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let keys = get(move || async move {
            // Away for the first times, as when it starts later.
            match count.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                _ => Json(Jwks { keys: Vec::new() }).into_response(),
            }
        });
        tokio::spawn(axum::serve(auth, Router::new().route(JWKS_PATH, keys)).into_future());

        let mut config = Config::load_defaults().unwrap();
        config.services.insert("auth".to_owned(), auth_url);
        let hello = Router::new().fallback(async || "hello");
        let file = gateway::Config::parse(FILE).unwrap();
        let edge = Edge::new(&config, file, Locals::from([("hello".to_owned(), hello)]), None);
        let (edge, (public, url)) = (edge.unwrap(), listen().await);
        let check = edge.check();
        assert!(check().await.is_err(), "nobody should be sent here yet");
        let stop = CancellationToken::new();
        let running = tokio::spawn(edge.serve(public, stop.clone()));
        let answer = reqwest::get(url).await.unwrap().text().await.unwrap();
        assert_eq!(answer, "hello");
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        assert_eq!(check().await, Ok(()));
        stop.cancel();
        running.await.unwrap();
    }
}
