//! `serve`: the services of this process, with the gateway in front of them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use service::{Clock, Deployment, EndpointFacts, Secrets};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::config::{Config, LogFormat, address};
use crate::services::{Entry, GATEWAY, SERVICES};
use crate::{backends, document};

/// A server that answers; tests start one too.
pub struct Server {
    /// Where browsers and apps connect, if the gateway runs here.
    pub public: Option<SocketAddr>,
    /// Where other services, health checks and Prometheus connect.
    pub internal: Option<SocketAddr>,
    /// The one-time link for the first sign-up, where one is needed.
    pub setup_link: Option<String>,
    /// Every endpoint of the services here, for tests over all of them.
    pub endpoints: Vec<EndpointFacts>,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Server {
    /// Starts the named services, or all of them; answers once they are ready.
    pub async fn start(mut config: Config, names: &[String]) -> anyhow::Result<Server> {
        let (entries, with_gateway) = chosen(names);
        let gateway_file = with_gateway.then(|| config.gateway_file()).transpose()?;
        let lock = backends::lock(&config)?;
        protect_first_sign_up(&mut config)?;
        let stop = CancellationToken::new();
        let secrets = backends::secrets(&config)?;
        let gateway_keys = gateway_keys(&secrets)?;
        let mut deployment = backends::assemble(&config, secrets, &entries, stop.clone()).await?;
        let public =
            if with_gateway { Some(listen("listen", &config.listen).await?) } else { None };
        let internal = match config.internal_listen.as_str() {
            "" => None,
            text => Some(listen("internal_listen", text).await?),
        };
        let gateway = match gateway_file {
            Some(file) => Some(gateway(&config, file, locals(&deployment)?, &gateway_keys)?),
            None => None,
        };
        let setup_link = setup_link(&config, &deployment, public.as_ref()).await?;
        deployment.start();
        let (public_at, internal_at) = (local(public.as_ref())?, local(internal.as_ref())?);
        let endpoints = deployment.endpoints().to_vec();
        let router = deployment.router().merge(metrics_route());
        let stopping = stop.clone();
        let running = tokio::spawn(async move {
            let edge = async {
                if let (Some(gateway), Some(listener)) = (gateway, public) {
                    gateway.serve(listener, stopping.clone().cancelled_owned()).await;
                }
            };
            let inside = async {
                match internal {
                    Some(listener) => service::serve(listener, router, stopping.clone()).await,
                    None => Ok(()),
                }
            };
            let ((), inside) = tokio::join!(edge, inside);
            stopping.cancelled().await;
            deployment.stop().await;
            drop(lock);
            Ok(inside?)
        });
        Ok(Server {
            public: public_at,
            internal: internal_at,
            setup_link,
            endpoints,
            stop,
            running,
        })
    }

    /// Finishes the requests at hand and stops.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.await?
    }
}

/// The services that the command line names, and whether the gateway is among them.
fn chosen(names: &[String]) -> (Vec<&'static Entry>, bool) {
    if names.is_empty() {
        return (SERVICES.iter().collect(), true);
    }
    let is_named = |name: &str| names.iter().any(|named| named == name);
    let entries = SERVICES.iter().filter(|entry| is_named(entry.name)).collect();
    (entries, is_named(GATEWAY))
}

async fn listen(key: &str, text: &str) -> anyhow::Result<TcpListener> {
    let address = address(key, text)?;
    TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!("{key} = \"{text}\": {error}; stop what uses it, or set another address")
    })
}

fn local(listener: Option<&TcpListener>) -> anyhow::Result<Option<SocketAddr>> {
    Ok(listener.map(TcpListener::local_addr).transpose()?)
}

/// What the services here answer to the outside, with the API document beside the client.
fn locals(deployment: &Deployment) -> anyhow::Result<gateway::Locals> {
    let mut locals = gateway::Locals::new();
    for entry in SERVICES {
        let Some(router) = deployment.public(entry.name) else { continue };
        let router = match entry.name {
            "web" => document::routes(deployment)?.fallback_service(router),
            _ => router,
        };
        locals.insert(entry.name.to_owned(), router);
    }
    Ok(locals)
}

/// The edge in front of the services that run here; others are reached over the network.
pub fn gateway(
    config: &Config,
    file: gateway::Config,
    locals: gateway::Locals,
    keys: &[gateway::LiveKey],
) -> anyhow::Result<gateway::Gateway> {
    let ranges = config.trusted_proxies.iter().map(|range| range.parse());
    let settings = gateway::Settings {
        trusted_proxies: ranges.collect::<Result<_, _>>()?,
        ..gateway::Settings::default()
    };
    let clock: gateway::Clock = Arc::new(|| Clock::System.now());
    gateway::Gateway::new(file, settings, locals, keys, clock)
        .map_err(|error| anyhow::anyhow!("gateway = \"{}\": {error}", config.gateway))
}

/// The keys by which the edge knows the access tokens of this installation.
pub fn gateway_keys(secrets: &Secrets) -> anyhow::Result<Vec<gateway::LiveKey>> {
    let keys = auth::live_keys(secrets)?.into_iter();
    let keys =
        keys.map(|key| gateway::LiveKey { kid: key.kid, public_key_pem: key.public_key_pem });
    Ok(keys.collect())
}

/// Whoever can reach the server first could become its operator: beyond this machine, the first
/// sign-up needs a token that only the start line shows.
fn protect_first_sign_up(config: &mut Config) -> anyhow::Result<()> {
    let address = address("listen", &config.listen)?;
    if !address.ip().is_loopback() && config.auth.setup_token.is_none() {
        config.auth.setup_token = Some(uuid::Uuid::new_v4().simple().to_string());
    }
    Ok(())
}

/// The link for the first sign-up, if nobody has signed up and a token is needed.
async fn setup_link(
    config: &Config,
    deployment: &Deployment,
    public: Option<&TcpListener>,
) -> anyhow::Result<Option<String>> {
    let (Some(listener), Some(token)) = (public, &config.auth.setup_token) else { return Ok(None) };
    let Some(auth) = deployment.public("auth") else { return Ok(None) };
    let request = http::Request::get("/api/v1/auth/registration").body(axum::body::Body::empty())?;
    let response = auth.oneshot(request).await.unwrap_or_else(|never| match never {});
    let body = axum::body::to_bytes(response.into_body(), 1 << 16).await?;
    let registration: serde_json::Value = serde_json::from_slice(&body)?;
    let needed = registration["needs_setup_token"] == true;
    let base = match config.public_origin()? {
        Some(origin) => origin,
        None => format!("http://{}", listener.local_addr()?),
    };
    Ok(needed.then(|| format!("{base}/sign-up?setup={token}")))
}

/// `/metrics` in Prometheus' text form.
fn metrics_route() -> Router {
    static HANDLE: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    let installed = HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
    let render = move || async move {
        let Some(handle) = installed else { return String::new() };
        handle.run_upkeep();
        handle.render()
    };
    Router::new().route("/metrics", get(render))
}

/// The command: starts, says where, and stops on a signal.
pub async fn run(config: Config, names: &[String]) -> anyhow::Result<()> {
    start_logging(&config);
    let server = Server::start(config.clone(), names).await?;
    announce(&config, &server)?;
    stop_signal().await?;
    let _ = std::io::stdout().write_all(b"Stopping.\n");
    server.stop().await
}

fn start_logging(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log.level);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}

/// What a person needs to know now; that nobody reads it must not stop the server.
fn announce(config: &Config, server: &Server) -> anyhow::Result<()> {
    let mut text = format!("Expense Tracker {} is ready.\n", env!("CARGO_PKG_VERSION"));
    if let Some(address) = server.public {
        let url = config.public_origin()?.unwrap_or_else(|| format!("http://{address}"));
        writeln!(text, "  Open it in a browser:  {url}")?;
        writeln!(text, "  API reference:         {url}/api/docs")?;
    }
    if let Some(address) = server.internal {
        writeln!(text, "  Health and metrics:    http://{address}/health/ready, /metrics")?;
    }
    if let Some(link) = &server.setup_link {
        writeln!(text, "  The first person signs up here and becomes the operator:\n    {link}")?;
    }
    text.push_str("  Stop it with Ctrl+C.\n");
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        outcome = tokio::signal::ctrl_c() => outcome?,
    }
    Ok(())
}
