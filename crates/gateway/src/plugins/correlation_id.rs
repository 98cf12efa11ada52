//! correlation-id: one id for a request, from the client or made here, passed on and echoed.

use std::sync::atomic::{AtomicU64, Ordering};

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::exchange::Exchange;
use crate::headers;
use crate::load::LoadError;
use crate::load::spot::Spot;

#[derive(Debug)]
pub(crate) struct CorrelationId {
    header_name: HeaderName,
    generator: Generator,
    echo_downstream: bool,
    worker: Uuid,
    counter: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
enum Generator {
    Uuid,
    /// One id for this process and a number for each request.
    Counter,
    Tracker,
}

const FIELDS: &[&str] = &["echo_downstream", "generator", "header_name"];

const GENERATORS: [(&str, Generator); 3] = [
    ("uuid", Generator::Uuid),
    ("uuid#counter", Generator::Counter),
    ("tracker", Generator::Tracker),
];

impl CorrelationId {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let mut plugin = CorrelationId {
            header_name: HeaderName::from_static("kong-request-id"),
            generator: Generator::Counter,
            echo_downstream: false,
            worker: Uuid::new_v4(),
            counter: AtomicU64::new(0),
        };
        if let Some(config) = config {
            let fields = config.fields(FIELDS)?;
            let generator = fields.maybe("generator", |spot| spot.choice(&GENERATORS))?;
            plugin.generator = generator.unwrap_or(plugin.generator);
            let header_name = fields.maybe("header_name", Spot::header_name)?;
            plugin.header_name = header_name.unwrap_or(plugin.header_name);
            plugin.echo_downstream = fields.read("echo_downstream", false, Spot::boolean)?;
        }
        Ok(plugin)
    }

    pub(super) fn access(&self, exchange: &mut Exchange, request: &mut Parts) {
        let id = self.sent(&request.headers).cloned().unwrap_or_else(|| {
            let id = self.generate(exchange);
            request.headers.insert(self.header_name.clone(), id.clone());
            id
        });
        exchange.correlation = Some(id);
    }

    pub(super) fn decorate(&self, exchange: &Exchange, answer: &mut HeaderMap) {
        if self.echo_downstream {
            let id = exchange.correlation.clone().unwrap_or_else(|| self.generate(exchange));
            answer.insert(self.header_name.clone(), id);
        }
    }

    /// The client's own id: the first, unless it is blank.
    fn sent<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        headers.get(&self.header_name).filter(|id| !id.as_bytes().trim_ascii().is_empty())
    }

    fn generate(&self, exchange: &Exchange) -> HeaderValue {
        let number = || self.counter.fetch_add(1, Ordering::Relaxed) + 1;
        let id = match self.generator {
            Generator::Uuid => Uuid::new_v4().to_string(),
            Generator::Counter => format!("{}#{}", self.worker, number()),
            Generator::Tracker => self.track(exchange, number()),
        };
        headers::of_text(&id)
    }

    /// Address, port, process, connection, request and time, as Kong joins them; the connection
    /// is told by the client's port.
    fn track(&self, exchange: &Exchange, number: u64) -> String {
        let edge = exchange.edge;
        let milliseconds = exchange.now.0.div_euclid(1000);
        format!(
            "{}-{}-{}-{}-{number}-{}.{:03}",
            edge.local.ip().to_canonical(),
            edge.local.port(),
            std::process::id(),
            edge.peer.port(),
            milliseconds.div_euclid(1000),
            milliseconds.rem_euclid(1000),
        )
    }
}
