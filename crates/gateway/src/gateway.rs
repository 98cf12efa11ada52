//! The way of a request: screened, routed, shown to the plugins, sent, and its answer dressed.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use cache::Cache;
use futures::{FutureExt, StreamExt};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Request, Response, Version};
use model::Instant;
use tower::ServiceExt;

use crate::credentials::{self, Credentials, LiveKey};
use crate::errors::{Answer, Form};
use crate::exchange::{Edge, Exchange};
use crate::headers::{self, Forwarded, Source};
use crate::load::entities::Route;
use crate::load::{Config, RouteRow};
use crate::meter::Meter;
use crate::outgoing::{MOST_HELD, Outgoing};
use crate::path;
use crate::plugins::{Passed, Plan, Shared};
use crate::proxy::{self, Failure, Upstream};
use crate::router::{Found, Question};
use crate::settings::Settings;
use crate::status::Traffic;
use crate::uri;

/// Tells the time; tests give one that they can set.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The services that run in this process, by the name that they have in the file.
pub type Locals = HashMap<String, Router>;

/// A running gateway; clones share everything.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

/// A file and a deployment that do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(
        "the live signing keys need exactly one consumer without `jwt_secrets` in the gateway's \
         file; add one, such as `- username: expense-tracker`"
    )]
    NoConsumerForLiveKeys,
    #[error("the signing key \"{kid}\" {problem}")]
    LiveKey { kid: String, problem: String },
}

/// What stays while files come and go.
struct Inner {
    settings: Arc<Settings>,
    clock: Clock,
    locals: Locals,
    counters: Cache,
    traffic: Traffic,
    running: RwLock<Arc<Running>>,
}

/// One file with the keys of the moment, as it is run.
#[derive(Clone)]
pub(crate) struct Running {
    settings: Arc<Settings>,
    shared: Shared,
    targets: Arc<[Target]>,
    /// One per route, in the order of the file.
    plans: Arc<[Plan]>,
    /// For requests that match no route.
    plan_without_route: Arc<Plan>,
    file_credentials: Credentials,
    keyless_consumer: Option<usize>,
    live_keys: Vec<LiveKey>,
}

enum Target {
    Local(Router),
    Remote(Box<Upstream>),
}

impl Gateway {
    /// Makes a gateway that runs this file.
    ///
    /// # Errors
    /// If the live keys can't be read, or no consumer of the file is there to own them.
    pub fn new(
        config: Config,
        settings: Settings,
        locals: Locals,
        live_keys: &[LiveKey],
        clock: Clock,
    ) -> Result<Gateway, SetupError> {
        let (settings, counters) = (Arc::new(settings), Cache::in_memory());
        let running = Running::new(config, live_keys, &locals, settings.clone(), counters.clone());
        let running = RwLock::new(Arc::new(running?));
        let traffic = Traffic::default();
        Ok(Gateway(Arc::new(Inner { settings, clock, locals, counters, traffic, running })))
    }

    /// Runs another file from the next request on. Requests under way end as they began, and what
    /// was counted stays counted.
    ///
    /// # Errors
    /// If no consumer of the file is there to own the live keys; the former file stays.
    pub fn reload(&self, config: Config) -> Result<(), SetupError> {
        let Inner { settings, locals, counters, .. } = &*self.0;
        self.replace(|now| {
            Running::new(config, &now.live_keys, locals, settings.clone(), counters.clone())
        })
    }

    /// Replaces the live signing keys: of those, only these are known from now on.
    ///
    /// # Errors
    /// As [`Gateway::new`]; the former keys stay.
    pub fn replace_keys(&self, live_keys: &[LiveKey]) -> Result<(), SetupError> {
        self.replace(|now| now.with_keys(live_keys))
    }

    fn replace(
        &self,
        next: impl FnOnce(&Running) -> Result<Running, SetupError>,
    ) -> Result<(), SetupError> {
        let mut running = self.0.running.write().unwrap_or_else(PoisonError::into_inner);
        *running = Arc::new(next(&running)?);
        Ok(())
    }

    /// Every route with what it matches and which plugins apply to it.
    pub fn routes(&self) -> Vec<RouteRow> {
        self.running().config().routes()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    pub(crate) fn running(&self) -> Arc<Running> {
        self.0.running.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers one request that came over a connection.
    pub(crate) async fn answer(&self, request: Request<Body>, edge: Edge) -> Response<Body> {
        let _counted = self.traffic().request();
        let running = self.running();
        let (parts, body) = request.into_parts();
        // Whoever waits to be asked for the body has not begun to send it.
        let sends_at_once = !parts.headers.contains_key(EXPECT);
        let mut exchange = Exchange::begin(&parts, edge, self.settings(), (self.0.clock)());
        exchange.received.add_headers(&parts.headers);
        let mut body = exchange.received.count(body, ());
        let outcome = running.run(&mut exchange, parts, &mut body).await;
        if outcome.is_err() && sends_at_once {
            discard(body).await;
        }
        finish(running, exchange, outcome)
    }
}

/// How much of a refused body is read, and for how long, so that a client which is still sending
/// gets to read why, and can use the connection again.
const MOST_DISCARDED: usize = 8 << 20;
const DISCARDING: Duration = Duration::from_secs(1);

async fn discard(body: Body) {
    let mut left = MOST_DISCARDED;
    let mut body = body.into_data_stream();
    let reading = async {
        while let Some(Ok(piece)) = body.next().await {
            match left.checked_sub(piece.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    // Where it takes longer, the connection ends with the answer.
    let _ = tokio::time::timeout(DISCARDING, reading).await;
}

/// A service's answer and how long it took.
struct Proxied {
    response: Response<Body>,
    waited: Duration,
}

impl Running {
    fn new(
        mut config: Config,
        live_keys: &[LiveKey],
        locals: &Locals,
        settings: Arc<Settings>,
        counters: Cache,
    ) -> Result<Self, SetupError> {
        let keyless_consumer = credentials::keyless_consumer(&config);
        let file_credentials = Credentials::of_file(&mut config);
        let targets = config.services.iter().map(|service| match locals.get(&service.name) {
            Some(router) => Target::Local(router.clone()),
            None => Target::Remote(Box::new(Upstream::new(service))),
        });
        let targets = targets.collect();
        let plans = (0..config.routes.len()).map(|index| Plan::for_route(&config, Some(index)));
        let plans = plans.collect();
        let plan_without_route = Arc::new(Plan::for_route(&config, None));
        let credentials = Arc::default();
        let running = Running {
            settings,
            targets,
            plans,
            plan_without_route,
            file_credentials,
            keyless_consumer,
            live_keys: Vec::new(),
            shared: Shared { config: Arc::new(config), counters, credentials },
        };
        running.with_keys(live_keys)
    }

    fn with_keys(&self, live_keys: &[LiveKey]) -> Result<Self, SetupError> {
        let credentials = self.file_credentials.with_live(live_keys, self.keyless_consumer)?;
        let mut next = self.clone();
        next.shared.credentials = Arc::new(credentials);
        next.live_keys = live_keys.to_vec();
        Ok(next)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    async fn run(
        &self,
        exchange: &mut Exchange,
        mut request: Parts,
        body: &mut Body,
    ) -> Result<Proxied, Answer> {
        let screened = Screened::of(&request, exchange)?;
        headers::strip(&mut request.headers);
        let found = self.route(&screened, &request, exchange)?;
        require_https(&self.shared.config.routes[found.route], exchange, &screened)?;
        let plan = &self.plans[found.route];
        plan.access(exchange, &mut request, body, &self.shared).await?;
        self.forward(exchange, &screened, &found, request, std::mem::take(body)).await
    }

    fn route(
        &self,
        screened: &Screened,
        request: &Parts,
        exchange: &mut Exchange,
    ) -> Result<Found, Answer> {
        let path = std::str::from_utf8(&screened.path).map_err(|_| Answer::no_route())?;
        let question = Question {
            method: request.method.as_str(),
            host: &screened.host,
            port: screened.port,
            path,
            headers: &request.headers,
        };
        let config = &self.shared.config;
        let found = config.table.find(&question).ok_or_else(Answer::no_route)?;
        exchange.route = Some(found.route);
        exchange.service = config.routes[found.route].service;
        Ok(found)
    }

    /// Sends the request to its service, in this process or elsewhere.
    async fn forward(
        &self,
        exchange: &Exchange,
        screened: &Screened,
        found: &Found,
        mut request: Parts,
        body: Body,
    ) -> Result<Proxied, Answer> {
        let config = &self.shared.config;
        let route = &config.routes[found.route];
        let Some(index) = route.service else { return Err(Answer::no_service()) };
        let service = &config.services[index];
        let matched = found.matched_path.as_deref().filter(|_| route.strip_path);
        let target = screened.target(service.path.as_deref(), matched);
        let own_host = request.headers.get(HOST).cloned().filter(|_| route.preserve_host);
        let forwarded = Forwarded {
            path: &screened.sent_path,
            host: &screened.asked_host,
            stripped: matched.filter(|matched| *matched != "/"),
            service_host: own_host.unwrap_or_else(|| proxy::host_header(service)),
        };
        headers::towards_service(&mut request, exchange, forwarded, &self.settings);
        let began = std::time::Instant::now();
        let response = match &self.targets[index] {
            Target::Local(router) => call(router, request, &target, body, exchange.now).await?,
            Target::Remote(upstream) => {
                let held = if route.request_buffering { MOST_HELD } else { 0 };
                let body = Outgoing::read_ahead(body, held).await;
                let body = body.map_err(|_| Answer::bad_request())?;
                upstream.send(&request, &target, body).await?
            }
        };
        Ok(Proxied { response, waited: began.elapsed() })
    }

    /// Adds what every answer carries, and what plugins say.
    fn dress(
        &self,
        exchange: &Exchange,
        outcome: Result<Proxied, Answer>,
    ) -> (Response<Body>, Source) {
        let (mut response, source) = match outcome {
            Ok(Proxied { mut response, waited }) => {
                headers::from_service(&mut response);
                (response, Source::Service(waited))
            }
            Err(answer) => {
                let tried = matches!(answer.form, Form::Inside(_)) && exchange.route.is_some();
                let mut response = answer.render(exchange);
                headers::set_date(response.headers_mut(), exchange.now);
                let source = match tried {
                    true => Source::InsteadOfService(Duration::ZERO),
                    false => Source::Gateway,
                };
                (response, source)
            }
        };
        self.plan(exchange).decorate(exchange, response.headers_mut(), &self.shared);
        headers::towards_client(&mut response, exchange, source, &self.settings);
        (response, source)
    }

    fn plan(&self, exchange: &Exchange) -> &Plan {
        exchange.route.map_or(&self.plan_without_route, |route| &self.plans[route])
    }
}

/// The answer, and its entry in the metrics once it has been sent.
fn finish(
    running: Arc<Running>,
    exchange: Exchange,
    outcome: Result<Proxied, Answer>,
) -> Response<Body> {
    let (response, source) = running.dress(&exchange, outcome);
    let sent = Meter::default();
    sent.add_headers(response.headers());
    let passed = Passed { status: response.status(), source, sent: sent.clone() };
    response.map(|body| sent.count(body, Logged { running, exchange, passed }))
}

/// Logs an exchange when its answer has been sent.
struct Logged {
    running: Arc<Running>,
    exchange: Exchange,
    passed: Passed,
}

impl Drop for Logged {
    fn drop(&mut self) {
        let plan = self.running.plan(&self.exchange);
        plan.log(&self.exchange, &self.passed, &self.running.shared);
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unresolved => Answer::unresolved(),
            Failure::Unsent | Failure::Broken => Answer::bad_gateway(),
            Failure::TimedOut => Answer::gateway_timeout(),
        }
    }
}

/// Turns plain HTTP away where the route is for https alone: the listener itself speaks no TLS, so
/// a trusted proxy in front has to say that the client does.
fn require_https(route: &Route, exchange: &Exchange, screened: &Screened) -> Result<(), Answer> {
    match route.https_only {
        Some(status) if !exchange.is_https => {
            Err(Answer::use_https(status, &screened.asked_host, &screened.sent_target()))
        }
        _ => Ok(()),
    }
}

/// Calls a service of this process, which gets what it would get over a connection.
async fn call(
    router: &Router,
    mut request: Parts,
    target: &str,
    body: Body,
    now: Instant,
) -> Result<Response<Body>, Answer> {
    request.uri = target.parse().map_err(|_| Answer::bad_request())?;
    let call = router.clone().oneshot(Request::from_parts(request, body));
    // A handler that panics must take down its own request and no connection.
    let answered = AssertUnwindSafe(call).catch_unwind().await;
    let Ok(Ok(mut response)) = answered else { return Err(Answer::bad_gateway()) };
    // Over a connection the service's own server would have written this.
    headers::set_date(response.headers_mut(), now);
    Ok(response)
}

/// A request that can be routed, and what routing needs to know of it.
struct Screened {
    /// Normalised; perhaps no UTF-8, and then on no route.
    path: Vec<u8>,
    /// As the client wrote it.
    sent_path: String,
    query: Option<String>,
    /// The host that routes are matched with, and its port.
    host: String,
    port: u16,
    /// The host of the target, if it names one; that of the header otherwise.
    asked_host: String,
}

impl Screened {
    /// Refuses what no route should ever see.
    fn of(request: &Parts, exchange: &Exchange) -> Result<Self, Answer> {
        screen_method(&request.method)?;
        screen_headers(request)?;
        let raw = request.uri.path();
        let path = path::normalise(raw.as_bytes()).ok_or_else(Answer::bad_request)?;
        let is_bad = !raw.starts_with('/') || path.contains(&0) || path::climbs_out(raw.as_bytes());
        if is_bad {
            return Err(Answer::bad_request());
        }
        let host = host_of(request).ok_or_else(Answer::bad_request)?;
        let (name, port) = split_port(&host);
        let asked_host = request.uri.host().unwrap_or(name);
        let asked_host = asked_host.strip_suffix('.').unwrap_or(asked_host).to_owned();
        let whole = request.uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Screened {
            path,
            sent_path: raw.to_owned(),
            query: whole.split_once('?').map(|(_, query)| query.to_owned()),
            port: port.unwrap_or(exchange.edge.local.port()),
            host: name.to_owned(),
            asked_host,
        })
    }

    /// As the client wrote it.
    fn sent_target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.sent_path),
            None => self.sent_path.clone(),
        }
    }

    /// The target for the service: its own path and the request's, without what was matched.
    fn target(&self, base: Option<&str>, stripped: Option<&str>) -> String {
        let rest = stripped.map(|stripped| path::escape(&self.path[stripped.len()..]));
        let mut target = uri::join(base, &path::escape(&self.path), rest.as_deref());
        if let Some(query) = &self.query {
            target.push('?');
            target.push_str(query);
        }
        target
    }
}

fn screen_method(method: &Method) -> Result<(), Answer> {
    if *method == Method::TRACE || *method == Method::CONNECT {
        return Err(Answer::method_not_allowed());
    }
    let known = |b: u8| b.is_ascii_uppercase() || b == b'-' || b == b'_';
    if method.as_str().bytes().all(known) { Ok(()) } else { Err(Answer::bad_request()) }
}

/// Headers that must stand once, as two readers of a request might each believe another.
fn screen_headers(request: &Parts) -> Result<(), Answer> {
    let count = |name| request.headers.get_all(name).iter().count();
    let single = [HOST, AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING];
    let twice = single.iter().any(|name| count(name) > 1);
    let two_lengths = count(&CONTENT_LENGTH) > 0 && count(&TRANSFER_ENCODING) > 0;
    if twice || two_lengths { Err(Answer::bad_request()) } else { Ok(()) }
}

/// The Host header, or the authority where HTTP/2 puts it; HTTP/1.0 may do without.
fn host_of(request: &Parts) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    let is_host = |host: &&str| !host.is_empty() && host.bytes().all(plain) && !host.contains("..");
    match request.headers.get(HOST) {
        Some(host) => host.to_str().ok().filter(is_host).map(str::to_owned),
        None if request.version == Version::HTTP_10 => Some(String::new()),
        None => request.uri.authority().map(ToString::to_string),
    }
}

fn split_port(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, None),
    }
}
