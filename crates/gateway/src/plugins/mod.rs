//! The plugins: which of them apply to a request, in which order, and what each does.

mod correlation_id;
mod cors;
mod jwt;
mod prometheus;
mod rate_limiting;
mod request_size_limiting;
mod request_termination;

pub use prometheus::HISTOGRAMS;

use std::sync::Arc;

use axum::body::Body;
use cache::Cache;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::credentials::Credentials;
use crate::errors::Answer;
use crate::exchange::Exchange;
use crate::headers::Source;
use crate::load::spot::{Fields, Spot};
use crate::load::{Config, LoadError};
use crate::meter::Meter;

/// A plugin as the file sets it up.
#[derive(Debug)]
pub(crate) enum Plugin {
    CorrelationId(correlation_id::CorrelationId),
    Cors(cors::Cors),
    Jwt(jwt::Jwt),
    RequestSizeLimiting(request_size_limiting::RequestSizeLimiting),
    RateLimiting(rate_limiting::RateLimiting),
    Prometheus(prometheus::Prometheus),
    RequestTermination(request_termination::RequestTermination),
}

/// A plugin and the requests that it is meant for.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) plugin: Plugin,
    pub(crate) route: Option<usize>,
    pub(crate) service: Option<usize>,
    pub(crate) consumer: Option<usize>,
    /// The ids of route and service that its counters are named by; zero where it has none.
    pub(crate) counter_scope: String,
}

/// What plugins need of the gateway.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    /// What this process counts for itself.
    pub(crate) counters: Cache,
    pub(crate) credentials: Arc<Credentials>,
}

/// An answer that has been sent.
pub(crate) struct Passed {
    pub(crate) status: StatusCode,
    pub(crate) source: Source,
    pub(crate) sent: Meter,
}

/// The names of all plugins in the order in which they see a request.
const ORDER: [&str; 7] = [
    "correlation-id",
    "cors",
    "jwt",
    "request-size-limiting",
    "rate-limiting",
    "prometheus",
    "request-termination",
];

impl Plugin {
    pub(crate) fn parse(fields: &Fields<'_>) -> Result<Self, LoadError> {
        let name = fields.required("name")?.choice(&ORDER.map(|name| (name, name)))?;
        fields.maybe("tags", Spot::texts)?;
        fields.maybe("protocols", |spot| {
            let known = ["grpc", "grpcs", "http", "https"].map(|protocol| (protocol, ()));
            spot.list()?.iter().try_for_each(|protocol| protocol.choice(&known))
        })?;
        let config = fields.present("config");
        let config = config.as_ref();
        Ok(match name {
            "correlation-id" => {
                Plugin::CorrelationId(correlation_id::CorrelationId::parse(config)?)
            }
            "cors" => Plugin::Cors(cors::Cors::parse(config)?),
            "jwt" => Plugin::Jwt(jwt::Jwt::parse(config)?),
            "request-size-limiting" => Plugin::RequestSizeLimiting(
                request_size_limiting::RequestSizeLimiting::parse(config)?,
            ),
            "rate-limiting" => {
                Plugin::RateLimiting(rate_limiting::RateLimiting::parse(fields.spot(), config)?)
            }
            "prometheus" => Plugin::Prometheus(prometheus::Prometheus::parse(config)?),
            _ => {
                Plugin::RequestTermination(request_termination::RequestTermination::parse(config)?)
            }
        })
    }

    fn position(&self) -> usize {
        match self {
            Plugin::CorrelationId(_) => 0,
            Plugin::Cors(_) => 1,
            Plugin::Jwt(_) => 2,
            Plugin::RequestSizeLimiting(_) => 3,
            Plugin::RateLimiting(_) => 4,
            Plugin::Prometheus(_) => 5,
            Plugin::RequestTermination(_) => 6,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        ORDER[self.position()]
    }
}

impl Attached {
    pub(crate) const NESTED_FIELDS: &[&str] =
        &["_comment", "config", "enabled", "id", "instance_name", "name", "protocols", "tags"];
    pub(crate) const TOP_FIELDS: &[&str] = &[
        "_comment",
        "config",
        "consumer",
        "enabled",
        "id",
        "instance_name",
        "name",
        "protocols",
        "route",
        "service",
        "tags",
    ];

    /// How narrow the scope is: of several plugins of one name, the narrowest applies.
    fn rank(&self) -> usize {
        match (self.route.is_some(), self.service.is_some(), self.consumer.is_some()) {
            (true, true, true) => 0,
            (true, false, true) => 1,
            (false, true, true) => 2,
            (true, true, false) => 3,
            (false, false, true) => 4,
            (true, false, false) => 5,
            (false, true, false) => 6,
            (false, false, false) => 7,
        }
    }

    async fn access(
        &self,
        exchange: &mut Exchange,
        request: &mut Parts,
        body: &mut Body,
        shared: &Shared,
    ) -> Result<(), Answer> {
        match &self.plugin {
            Plugin::CorrelationId(plugin) => plugin.access(exchange, request),
            Plugin::Cors(plugin) => plugin.access(exchange, request)?,
            Plugin::Jwt(plugin) => plugin.access(exchange, request, shared)?,
            Plugin::RequestSizeLimiting(plugin) => plugin.access(request, body).await?,
            Plugin::RateLimiting(plugin) => plugin.access(self, exchange, request, shared).await?,
            Plugin::RequestTermination(plugin) => plugin.access(request)?,
            Plugin::Prometheus(_) => {}
        }
        Ok(())
    }

    fn decorate(&self, exchange: &Exchange, answer: &mut HeaderMap) {
        match &self.plugin {
            Plugin::CorrelationId(plugin) => plugin.decorate(exchange, answer),
            Plugin::Cors(plugin) => plugin.decorate(exchange, answer),
            _ => {}
        }
    }
}

/// The plugins that may apply to the requests of one route: for each name, narrowest first.
///
/// Who asks is known only after authentication, so the last choice is made when a plugin's turn
/// comes.
pub(crate) struct Plan {
    candidates: [Vec<usize>; ORDER.len()],
}

impl Plan {
    /// Without a route, the plugins that apply to everything.
    pub(crate) fn for_route(config: &Config, route: Option<usize>) -> Self {
        let service = route.and_then(|index| config.routes[index].service);
        let applies = |attached: &Attached| {
            attached.route.is_none_or(|wanted| Some(wanted) == route)
                && attached.service.is_none_or(|wanted| Some(wanted) == service)
                && (route.is_some() || attached.consumer.is_none())
        };
        let mut candidates: [Vec<usize>; ORDER.len()] = Default::default();
        for (index, attached) in config.plugins.iter().enumerate() {
            if applies(attached) {
                candidates[attached.plugin.position()].push(index);
            }
        }
        for list in &mut candidates {
            list.sort_by_key(|index| config.plugins[*index].rank());
        }
        Plan { candidates }
    }

    /// Lets each plugin see the request, until one answers it.
    pub(crate) async fn access(
        &self,
        exchange: &mut Exchange,
        request: &mut Parts,
        body: &mut Body,
        shared: &Shared,
    ) -> Result<(), Answer> {
        for list in &self.candidates {
            if let Some(attached) = chosen(list, exchange, &shared.config) {
                attached.access(exchange, request, body, shared).await?;
            }
        }
        Ok(())
    }

    /// Lets each plugin add to the answer, whoever made it.
    pub(crate) fn decorate(&self, exchange: &Exchange, answer: &mut HeaderMap, shared: &Shared) {
        for (name, value) in &exchange.limits {
            prepend(answer, name, value.clone());
        }
        for list in &self.candidates {
            if let Some(attached) = chosen(list, exchange, &shared.config) {
                attached.decorate(exchange, answer);
            }
        }
    }

    /// Lets prometheus count what has passed.
    pub(crate) fn log(&self, exchange: &Exchange, passed: &Passed, shared: &Shared) {
        for list in &self.candidates {
            if let Some(Attached { plugin: Plugin::Prometheus(plugin), .. }) =
                chosen(list, exchange, &shared.config)
            {
                plugin.log(exchange, passed, shared);
            }
        }
    }

    pub(crate) fn names(&self, config: &Config) -> Vec<&'static str> {
        let first =
            |list: &Vec<usize>| list.first().map(|index| config.plugins[*index].plugin.name());
        self.candidates.iter().filter_map(first).collect()
    }
}

/// Adds a header before those of the same name that the service sent.
fn prepend(answer: &mut HeaderMap, name: &HeaderName, value: HeaderValue) {
    let sent: Vec<HeaderValue> = answer.get_all(name).iter().cloned().collect();
    answer.insert(name, value);
    for value in sent {
        answer.append(name, value);
    }
}

fn chosen<'a>(list: &[usize], exchange: &Exchange, config: &'a Config) -> Option<&'a Attached> {
    let mut attached = list.iter().map(|index| &config.plugins[*index]);
    attached.find(|a| a.consumer.is_none() || a.consumer == exchange.consumer)
}
