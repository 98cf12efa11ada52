//! prometheus: counts requests and times, under the names that dashboards for Kong know.
//!
//! The series go to the process's recorder and are served with the service's own.

use std::time::Duration;

use http::StatusCode;

use super::Shared;
use crate::exchange::Exchange;
use crate::headers::Source;
use crate::load::LoadError;
use crate::load::spot::Spot;

#[derive(Debug)]
pub(crate) struct Prometheus {
    status_code_metrics: bool,
    latency_metrics: bool,
    per_consumer: bool,
}

const FIELDS: &[&str] = &["latency_metrics", "per_consumer", "status_code_metrics"];

impl Prometheus {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let none =
            Prometheus { status_code_metrics: false, latency_metrics: false, per_consumer: false };
        let Some(config) = config else { return Ok(none) };
        let fields = config.fields(FIELDS)?;
        let flag = |name| fields.read(name, false, Spot::boolean);
        Ok(Prometheus {
            status_code_metrics: flag("status_code_metrics")?,
            latency_metrics: flag("latency_metrics")?,
            per_consumer: flag("per_consumer")?,
        })
    }

    /// Counts an answered request; one without a route is counted nowhere.
    pub(super) fn log(
        &self,
        exchange: &Exchange,
        status: StatusCode,
        source: &Source,
        shared: &Shared,
    ) {
        let Some(route) = exchange.route.map(|index| shared.config.routes[index].name.clone())
        else {
            return;
        };
        let service = exchange.service.map(|index| shared.config.services[index].name.clone());
        let service = service.unwrap_or_default();
        if self.status_code_metrics {
            let source = if matches!(source, Source::Service(_)) { "service" } else { "kong" };
            metrics::counter!(
                "kong_http_requests_total",
                "service" => service.clone(),
                "route" => route.clone(),
                "code" => status.as_str().to_owned(),
                "source" => source,
                "workspace" => "default",
                "consumer" => self.consumer(exchange, shared),
            )
            .increment(1);
        }
        if self.latency_metrics {
            record_times(&service, &route, exchange.started.elapsed(), source);
        }
    }

    fn consumer(&self, exchange: &Exchange, shared: &Shared) -> String {
        let consumer = exchange.consumer.filter(|_| self.per_consumer);
        let username = consumer.and_then(|index| shared.config.consumers[index].username.clone());
        username.unwrap_or_default()
    }
}

fn record_times(service: &str, route: &str, total: Duration, source: &Source) {
    let record = |name: &'static str, duration: Duration| {
        let labels = [
            ("service", service.to_owned()),
            ("route", route.to_owned()),
            ("workspace", "default".to_owned()),
        ];
        let milliseconds = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
        metrics::histogram!(name, &labels).record(f64::from(milliseconds));
    };
    record("kong_request_latency_ms", total);
    match source {
        Source::Service(waited) => {
            record("kong_upstream_latency_ms", *waited);
            record("kong_kong_latency_ms", total.saturating_sub(*waited));
        }
        Source::Gateway => record("kong_kong_latency_ms", total),
    }
}
