//! prometheus: counts requests and times, under the names that dashboards for Kong know.
//!
//! The series go to the process's recorder and are served with the service's own.

use std::time::Duration;

use super::{Passed, Shared};
use crate::exchange::Exchange;
use crate::headers::Source;
use crate::load::LoadError;
use crate::load::spot::Spot;

/// What is counted; by default nothing.
#[derive(Debug, Default)]
pub(crate) struct Prometheus {
    bandwidth_metrics: bool,
    latency_metrics: bool,
    per_consumer: bool,
    status_code_metrics: bool,
}

const FIELDS: &[&str] = &[
    "bandwidth_metrics",
    "latency_metrics",
    "per_consumer",
    "status_code_metrics",
    "upstream_health_metrics",
];

const UPSTREAM_MS: &[f64] = &[
    25.0, 50.0, 80.0, 100.0, 250.0, 400.0, 700.0, 1000.0, 2000.0, 5000.0, 10_000.0, 30_000.0,
    60_000.0,
];
const OWN_MS: &[f64] = &[
    1.0, 2.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0, 200.0, 500.0, 750.0, 1000.0,
    3000.0, 6000.0,
];

/// The upper bounds of each histogram's buckets, as dashboards for Kong expect them; whoever sets
/// up the process's recorder gives them to it.
pub const HISTOGRAMS: &[(&str, &[f64])] = &[
    ("kong_kong_latency_ms", OWN_MS),
    ("kong_request_latency_ms", UPSTREAM_MS),
    ("kong_upstream_latency_ms", UPSTREAM_MS),
];

impl Prometheus {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let Some(config) = config else { return Ok(Prometheus::default()) };
        let fields = config.fields(FIELDS)?;
        let flag = |name| fields.read(name, false, Spot::boolean);
        // It is about targets of upstreams, which are not in the subset.
        flag("upstream_health_metrics")?;
        Ok(Prometheus {
            bandwidth_metrics: flag("bandwidth_metrics")?,
            latency_metrics: flag("latency_metrics")?,
            per_consumer: flag("per_consumer")?,
            status_code_metrics: flag("status_code_metrics")?,
        })
    }

    /// Counts an answered request; one without a route is counted nowhere.
    pub(super) fn log(&self, exchange: &Exchange, passed: &Passed, shared: &Shared) {
        let Some(route) = exchange.route.map(|index| shared.config.routes[index].name.clone())
        else {
            return;
        };
        let service = exchange.service.map(|index| shared.config.services[index].name.clone());
        let service = service.unwrap_or_default();
        let consumer = self.consumer(exchange, shared);
        if self.status_code_metrics {
            let source =
                if matches!(passed.source, Source::Service(_)) { "service" } else { "kong" };
            metrics::counter!(
                "kong_http_requests_total",
                "service" => service.clone(),
                "route" => route.clone(),
                "code" => passed.status.as_str().to_owned(),
                "source" => source,
                "workspace" => "default",
                "consumer" => consumer.clone(),
            )
            .increment(1);
        }
        if self.bandwidth_metrics {
            for (direction, meter) in [("ingress", &exchange.received), ("egress", &passed.sent)] {
                metrics::counter!(
                    "kong_bandwidth_bytes",
                    "service" => service.clone(),
                    "route" => route.clone(),
                    "direction" => direction,
                    "workspace" => "default",
                    "consumer" => consumer.clone(),
                )
                .increment(meter.passed());
            }
        }
        if self.latency_metrics {
            record_times(&service, &route, exchange.started.elapsed(), passed.source);
        }
    }

    fn consumer(&self, exchange: &Exchange, shared: &Shared) -> String {
        let consumer = exchange.consumer.filter(|_| self.per_consumer);
        let username = consumer.and_then(|index| shared.config.consumers[index].username.clone());
        username.unwrap_or_default()
    }
}

fn record_times(service: &str, route: &str, total: Duration, source: Source) {
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
    if let Some(waited) = source.waited() {
        record("kong_upstream_latency_ms", waited);
    }
    record("kong_kong_latency_ms", total.saturating_sub(source.waited().unwrap_or_default()));
}
