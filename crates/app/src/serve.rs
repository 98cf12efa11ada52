//! `serve`: the services of this process, with the gateway in front of them where it runs here.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use service::{Deployment, EndpointFacts, Secrets};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::backends;
use crate::config::{Config, LogFormat, Stop, address};
use crate::edge::Edge;
use crate::services::SERVICES;
use crate::shape::Shape;

/// A server that answers; tests start one too.
pub struct Server {
    /// Where the gateway answers browsers and apps; without one, where the services answer it.
    pub public: SocketAddr,
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
        let shape = Shape::of(names);
        shape.check(&config)?;
        let gateway_file = shape.gateway.then(|| config.gateway_file()).transpose()?;
        let lock = if shape.has_database() { backends::lock(&config)? } else { None };
        let secrets = backends::secrets(&config, &shape)?;
        protect_first_sign_up(&mut config, &shape, secrets.as_ref())?;
        let stop = CancellationToken::new();
        let mut deployment = match &secrets {
            Some(secrets) => {
                Some(backends::assemble(&config, secrets.clone(), &shape, stop.clone()).await?)
            }
            None => None,
        };
        let public = listen("listen", &config.listen).await?;
        let internal = match config.internal_listen.as_str() {
            "" => None,
            text => Some(listen("internal_listen", text).await?),
        };
        let setup_link = setup_link(&config, &shape, deployment.as_ref(), &public).await?;
        let mut health = deployment.as_ref().map(Deployment::health).unwrap_or_default();
        let outside = match gateway_file {
            Some(file) => {
                let edge = Edge::new(&config, file, locals(deployment.as_ref()), secrets.as_ref())?;
                health = health.needs("keys of auth", edge.check());
                Outside::Edge(edge)
            }
            None => Outside::Services(deployment.as_ref().map(Deployment::front)),
        };
        if let Some(deployment) = &mut deployment {
            deployment.start();
        }
        let inside = deployment.as_ref().map(Deployment::router).unwrap_or_default();
        let inside = inside.merge(health.routes(stop.clone())).merge(metrics_route());
        Ok(Server {
            public: public.local_addr()?,
            internal: internal.as_ref().map(TcpListener::local_addr).transpose()?,
            setup_link,
            endpoints: deployment.iter().flat_map(Deployment::endpoints).cloned().collect(),
            stop: stop.clone(),
            running: tokio::spawn(async move {
                let parts = Parts { outside, public, inside, internal, deployment };
                let outcome = parts.run(&config.stop, stop).await;
                drop(lock);
                outcome
            }),
        })
    }

    /// Finishes the requests at hand and stops.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.await?
    }
}

/// Who answers at `listen`.
enum Outside {
    Edge(Edge),
    /// The services themselves, to a gateway elsewhere.
    Services(Option<Router>),
}

/// What runs in this process until it is told to stop.
struct Parts {
    outside: Outside,
    public: TcpListener,
    inside: Router,
    internal: Option<TcpListener>,
    deployment: Option<Deployment>,
}

impl Parts {
    /// From the stop on it is not ready and begins nothing new of its own; for a while it still
    /// takes requests, until nobody sends any more; then it finishes those at hand.
    async fn run(self, config: &Stop, stop: CancellationToken) -> anyhow::Result<()> {
        let (closing, limit) = (CancellationToken::new(), config.drain_timeout());
        let notice = async {
            stop.cancelled().await;
            tokio::time::sleep(config.notice()).await;
            closing.cancel();
        };
        let outside = async {
            match self.outside {
                Outside::Edge(edge) => {
                    edge.serve(self.public, closing.clone()).await;
                    Ok(())
                }
                Outside::Services(router) => {
                    let router = router.unwrap_or_default();
                    service::serve(self.public, router, closing.clone(), limit).await
                }
            }
        };
        let inside = async {
            match self.internal {
                Some(at) => service::serve(at, self.inside, closing.clone(), limit).await,
                None => Ok(()),
            }
        };
        let ((), outside, inside) = tokio::join!(notice, outside, inside);
        if let Some(deployment) = self.deployment {
            deployment.stop(limit).await;
        }
        Ok(outside.and(inside)?)
    }
}

async fn listen(key: &str, text: &str) -> anyhow::Result<TcpListener> {
    let address = address(key, text)?;
    TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!("{key} = \"{text}\": {error}; stop what uses it, or set another address")
    })
}

/// What the services here answer to the outside, by the names that the gateway's file has for them.
fn locals(deployment: Option<&Deployment>) -> gateway::Locals {
    let named = |name: &str| Some((name.to_owned(), deployment?.public(name)?));
    SERVICES.iter().filter_map(|entry| named(entry.name)).collect()
}

/// Whoever can reach the server first could become its operator: where that may be another machine,
/// the first sign-up needs a token that only the start line shows.
fn protect_first_sign_up(
    config: &mut Config,
    shape: &Shape,
    secrets: Option<&Secrets>,
) -> anyhow::Result<()> {
    let Some(auth) = secrets.and_then(|secrets| secrets.auth.as_ref()) else { return Ok(()) };
    // Without the gateway nobody here knows who reaches it.
    let is_private = shape.gateway && address("listen", &config.listen)?.ip().is_loopback();
    if !is_private && config.auth.setup_token.is_none() {
        config.auth.setup_token = Some(auth.setup_token());
    }
    Ok(())
}

/// The link for the first sign-up, if nobody has signed up and a token is needed.
async fn setup_link(
    config: &Config,
    shape: &Shape,
    deployment: Option<&Deployment>,
    public: &TcpListener,
) -> anyhow::Result<Option<String>> {
    let auth = deployment.and_then(|deployment| deployment.public("auth"));
    let (Some(auth), Some(token)) = (auth, &config.auth.setup_token) else { return Ok(None) };
    let request = http::Request::get("/api/v1/auth/registration").body(axum::body::Body::empty())?;
    let response = auth.oneshot(request).await.unwrap_or_else(|never| match never {});
    let body = axum::body::to_bytes(response.into_body(), 1 << 16).await?;
    let registration: serde_json::Value = serde_json::from_slice(&body)?;
    let needed = registration["needs_setup_token"] == true;
    let base = match config.public_origin()? {
        Some(origin) => origin,
        None if shape.gateway => format!("http://{}", public.local_addr()?),
        None => "http://ADDRESS-OF-THE-GATEWAY".to_owned(),
    };
    Ok(needed.then(|| format!("{base}/sign-up?setup={token}")))
}

/// `/metrics` in Prometheus' text form.
fn metrics_route() -> Router {
    static HANDLE: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    let installed = HANDLE.get_or_init(|| recorder().install_recorder().ok());
    let render = move || async move {
        let Some(handle) = installed else { return String::new() };
        handle.run_upkeep();
        handle.render()
    };
    Router::new().route("/metrics", get(render))
}

fn recorder() -> PrometheusBuilder {
    gateway::HISTOGRAMS.iter().fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
        let metric = Matcher::Full((*name).to_owned());
        // Refused without any bucket alone; the builder is lost then, and its defaults do.
        builder.set_buckets_for_metric(metric, buckets).unwrap_or_default()
    })
}

/// The command: starts, says where, and stops on a signal.
pub async fn run(config: Config, names: &[String]) -> anyhow::Result<()> {
    start_logging(&config);
    // Whoever reads that it is ready may ask it to stop at once.
    let terminate = signal(SignalKind::terminate())?;
    let server = Server::start(config.clone(), names).await?;
    announce(&config, &Shape::of(names), &server)?;
    stop_signal(terminate).await?;
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
fn announce(config: &Config, shape: &Shape, server: &Server) -> anyhow::Result<()> {
    let mut text = format!("Expense Tracker {} is ready.\n", env!("CARGO_PKG_VERSION"));
    let here: Vec<&str> = shape.entries.iter().map(|entry| entry.name).collect();
    if shape.gateway {
        let url = config.public_origin()?.unwrap_or_else(|| format!("http://{}", server.public));
        writeln!(text, "  Open it in a browser:  {url}")?;
        writeln!(text, "  API reference:         {url}/api/docs")?;
    } else {
        writeln!(text, "  For the gateway:       http://{} ({})", server.public, here.join(", "))?;
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

async fn stop_signal(mut terminate: Signal) -> anyhow::Result<()> {
    tokio::select! {
        _ = terminate.recv() => {}
        outcome = tokio::signal::ctrl_c() => outcome?,
    }
    Ok(())
}
