//! rate-limiting: so many requests per second, minute, … year, in windows of the UTC calendar.

use std::time::Duration;

use cache::{Away, Cache, Counter, RedisServer};
use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use model::Instant;

use super::{Attached, Shared};
use crate::errors::Answer;
use crate::exchange::Exchange;
use crate::headers;
use crate::load::LoadError;
use crate::load::entities::service_host;
use crate::load::spot::{Fields, Spot};
use crate::path;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

#[derive(Debug)]
pub(crate) struct RateLimiting {
    /// From the shortest period to the longest.
    limits: Vec<Limit>,
    limit_by: LimitBy,
    policy: Policy,
    /// What happens while the counters are away: requests pass uncounted, or none does.
    fault_tolerant: bool,
    hide_client_headers: bool,
    error_code: StatusCode,
    error_message: String,
}

/// Where requests are counted.
#[derive(Debug)]
enum Policy {
    /// By this process for itself; what is refused is not counted.
    Local,
    /// In a Redis that gateways share, this one and Kong; what is refused counts too.
    Redis(Cache),
}

#[derive(Debug)]
struct Limit {
    period: Period,
    requests: Amount,
}

#[derive(Debug)]
enum LimitBy {
    Consumer,
    Credential,
    Ip,
    Service,
    Header(HeaderName),
    Path(String),
}

const FIELDS: &[&str] = &[
    "day",
    "error_code",
    "error_message",
    "fault_tolerant",
    "header_name",
    "hide_client_headers",
    "hour",
    "limit_by",
    "minute",
    "month",
    "path",
    "policy",
    "redis",
    "second",
    "sync_rate",
    "year",
];

const REDIS_FIELDS: &[&str] =
    &["database", "host", "password", "port", "ssl", "ssl_verify", "timeout", "username"];

impl RateLimiting {
    pub(super) fn parse(spot: &Spot<'_>, config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let Some(config) = config else {
            return Err(spot.wrong("needs a `config` with a limit, such as `minute: 60`"));
        };
        let fields = config.fields(FIELDS)?;
        let error_code = fields.read("error_code", StatusCode::TOO_MANY_REQUESTS, |spot| {
            let code: u16 = spot.integer(400..=599)?;
            StatusCode::from_u16(code).map_err(|_| spot.wrong("is no status"))
        })?;
        let message = "API rate limit exceeded".to_owned();
        let owned = |spot: &Spot<'_>| Ok(spot.text()?.to_owned());
        Ok(RateLimiting {
            limits: Limit::parse_all(&fields)?,
            limit_by: LimitBy::parse(&fields)?,
            policy: Policy::parse(&fields)?,
            fault_tolerant: fields.read("fault_tolerant", true, Spot::boolean)?,
            hide_client_headers: fields.read("hide_client_headers", false, Spot::boolean)?,
            error_code,
            error_message: fields.read("error_message", message, owned)?,
        })
    }

    pub(crate) fn share(&mut self, cache: &Cache) {
        if let Policy::Local = self.policy {
            self.policy = Policy::Redis(cache.clone());
        }
    }

    pub(super) async fn access(
        &self,
        attached: &Attached,
        exchange: &mut Exchange,
        request: &Parts,
        shared: &Shared,
    ) -> Result<(), Answer> {
        let identifier = self.limit_by.identifier(exchange, request, shared);
        let whose = format!("{}:{identifier}", attached.counter_scope);
        let Ok(used) = self.count(&whose, exchange.now, shared).await else {
            return if self.fault_tolerant { Ok(()) } else { Err(Answer::unexpected()) };
        };
        let is_full = |(limit, used): (&Limit, &u64)| *used >= limit.capacity();
        let refused = self.limits.iter().zip(&used).any(is_full);
        let report = Report::of(&self.limits, &used, refused, exchange.now);
        if !self.hide_client_headers {
            exchange.limits = report.headers;
        }
        if !refused {
            return Ok(());
        }
        let answer = Answer::generic(self.error_code, self.error_message.clone());
        Err(if self.hide_client_headers {
            answer
        } else {
            answer.with(RETRY_AFTER, HeaderValue::from(report.reset))
        })
    }

    /// How many requests each window held before this one.
    async fn count(&self, whose: &str, now: Instant, shared: &Shared) -> Result<Vec<u64>, Away> {
        let counters = self.limits.iter().map(|limit| self.policy.counter(limit, whose, now));
        let counters: Vec<Counter> = counters.collect();
        match &self.policy {
            Policy::Local => shared.counters.count(&counters, now).await,
            Policy::Redis(cache) => cache.count(&counters, now).await,
        }
    }
}

impl Policy {
    fn parse(fields: &Fields<'_>) -> Result<Self, LoadError> {
        let policies = [("local", false), ("redis", true)];
        let is_shared = fields.read("policy", false, |spot| spot.choice(&policies))?;
        check_sync_rate(fields, is_shared)?;
        let redis = fields.maybe("redis", redis_server)?;
        if !is_shared {
            return Ok(Policy::Local);
        }
        let spot = fields.required("redis")?;
        let Some(server) = redis.flatten() else {
            return Err(missing(&spot.fields(REDIS_FIELDS)?, "host"));
        };
        let cache = Cache::on_redis(&server).map_err(|error| spot.wrong(error.to_string()))?;
        Ok(Policy::Redis(cache))
    }

    /// The counter of one limit, named as Kong names it. Kong lets Redis forget it after the length
    /// of its window, which for long months is a day too early.
    fn counter(&self, limit: &Limit, whose: &str, now: Instant) -> Counter {
        let (start, end) = limit.period.around(now);
        let (milliseconds, period) = (start.0.div_euclid(1000), limit.period.name());
        let key = format!("ratelimit:{whose}:{milliseconds}:{period}");
        match self {
            Policy::Local => Counter { key, limit: limit.capacity(), until: end },
            Policy::Redis(_) => {
                let until = now.plus_seconds(limit.period.seconds());
                Counter { key, limit: u64::MAX, until }
            }
        }
    }
}

/// Where Kong keeps counters; `None` where no host is named.
fn redis_server(spot: &Spot<'_>) -> Result<Option<RedisServer>, LoadError> {
    let fields = spot.fields(REDIS_FIELDS)?;
    let host = fields.maybe("host", |spot| service_host(spot, spot.text()?))?;
    let port = fields.read("port", 6379, |spot| spot.integer(1..=65_535))?;
    let database = fields.read("database", 0, |spot| spot.integer(0..=u32::MAX))?;
    let username = fields.maybe("username", Spot::secret)?;
    let password = fields.maybe("password", Spot::secret)?;
    let milliseconds = fields.read("timeout", 2000, |spot| spot.integer(1..=2_147_483_646))?;
    let tls = fields.read("ssl", false, Spot::boolean)?;
    let is_verified = fields.read("ssl_verify", false, Spot::boolean)?;
    if tls && !is_verified {
        let problem = "TLS without a look at the certificate hides nothing from whoever stands in \
                       between; set `ssl_verify: true` too";
        return Err(spot.wrong(problem));
    }
    let patience = Duration::from_millis(milliseconds);
    Ok(host.map(|host| RedisServer { host, port, database, username, password, tls, patience }))
}

/// How many seconds Kong may be late with what it tells Redis. Here nothing is ever late, so any
/// value that Kong takes is obeyed.
fn check_sync_rate(fields: &Fields<'_>, is_shared: bool) -> Result<(), LoadError> {
    let Some(spot) = fields.get("sync_rate") else { return Ok(()) };
    let rate = spot.number()?;
    match rate.parse::<f64>() {
        Ok(-1.0) => Ok(()),
        Ok(_) if !is_shared => Err(spot.wrong("is for `policy: redis`; leave it out here")),
        Ok(seconds) if seconds >= 0.02 => Ok(()),
        _ => Err(spot.wrong(format!("{rate} must be -1, or 0.02 seconds or more"))),
    }
}

impl Limit {
    fn parse_all(fields: &Fields<'_>) -> Result<Vec<Limit>, LoadError> {
        let mut limits: Vec<Limit> = Vec::new();
        for period in Period::ALL {
            let Some(spot) = fields.get(period.name()) else { continue };
            let requests = Amount::parse(&spot)?;
            if let Some(shorter) = limits.last().filter(|shorter| shorter.requests > requests) {
                let (long, short) = (period.name(), shorter.period.name());
                return Err(spot
                    .wrong(format!("the limit per {long} must be at least the one per {short}")));
            }
            limits.push(Limit { period, requests });
        }
        if limits.is_empty() {
            return Err(fields.spot().wrong("needs a limit, such as `minute: 60`"));
        }
        Ok(limits)
    }

    /// How many requests fit: the last one that fits may fill a fraction.
    fn capacity(&self) -> u64 {
        self.requests.thousandths.div_ceil(1000)
    }
}

impl LimitBy {
    fn parse(fields: &Fields<'_>) -> Result<Self, LoadError> {
        let header = fields.maybe("header_name", Spot::header_name)?;
        let path = fields.maybe("path", |spot| {
            let text = spot.text()?;
            let starts = text.starts_with('/');
            if starts { Ok(text.to_owned()) } else { Err(spot.wrong("should start with /")) }
        })?;
        let words = ["consumer", "credential", "ip", "service", "header", "path"];
        let word = fields
            .read("limit_by", "consumer", |spot| spot.choice(&words.map(|word| (word, word))))?;
        Ok(match word {
            "credential" => LimitBy::Credential,
            "ip" => LimitBy::Ip,
            "service" => LimitBy::Service,
            "header" => LimitBy::Header(match header {
                Some(name) => name,
                None => return Err(missing(fields, "header_name")),
            }),
            "path" => LimitBy::Path(match path {
                Some(path) => path,
                None => return Err(missing(fields, "path")),
            }),
            _ => LimitBy::Consumer,
        })
    }

    /// Whose requests are counted together; the client's address where there is nothing better.
    fn identifier(&self, exchange: &Exchange, request: &Parts, shared: &Shared) -> String {
        let found = match self {
            LimitBy::Ip => None,
            LimitBy::Consumer => {
                exchange.consumer.map(|index| shared.config.consumers[index].id.to_string())
            }
            LimitBy::Credential => exchange.credential.as_ref().map(|c| c.id.to_string()),
            LimitBy::Service => {
                exchange.service.map(|index| shared.config.services[index].id.to_string())
            }
            LimitBy::Header(name) => request
                .headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            LimitBy::Path(path) => {
                let asked = path::normalise(request.uri.path().as_bytes());
                (asked.as_deref() == Some(path.as_bytes())).then(|| path.clone())
            }
        };
        found.unwrap_or_else(|| exchange.client.to_string())
    }
}

fn missing(fields: &Fields<'_>, name: &str) -> LoadError {
    match fields.required(name) {
        Err(error) => error,
        Ok(spot) => spot.wrong("can't be used"),
    }
}

/// What the client is told about its limits.
struct Report {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Seconds until the window that binds most begins anew.
    reset: i64,
}

impl Report {
    /// The request itself counts as used, unless it is refused: then only in what is full.
    fn of(limits: &[Limit], used: &[u64], refused: bool, now: Instant) -> Self {
        let mut headers = Vec::with_capacity(limits.len() * 2 + 3);
        let mut tightest: Option<(Amount, &Limit)> = None;
        for (limit, used) in limits.iter().zip(used) {
            let left = limit.requests.minus(*used);
            let remaining = if refused { left } else { left.minus(1) };
            if tightest.as_ref().is_none_or(|(least, _)| remaining <= *least) {
                tightest = Some((remaining, limit));
            }
            let [limit_name, remaining_name] = limit.period.header_names();
            headers.push((limit_name, limit.requests.header()));
            headers.push((remaining_name, remaining.header()));
        }
        let mut reset = 1;
        if let Some((remaining, limit)) = tightest {
            let (start, _) = limit.period.around(now);
            let passed = (now.0 - start.0).div_euclid(1_000_000);
            reset = (limit.period.seconds() - passed).max(1);
            headers.push((RATE_LIMIT, limit.requests.header()));
            headers.push((RATE_REMAINING, remaining.header()));
            headers.push((RATE_RESET, HeaderValue::from(reset)));
        }
        Report { headers, reset }
    }
}

/// A number of requests, which may have a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Amount {
    thousandths: u64,
}

impl Amount {
    fn parse(spot: &Spot<'_>) -> Result<Self, LoadError> {
        let text = spot.number()?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let thousandths = format!("{whole}{fraction:0<3}").parse().unwrap_or(0);
        if thousandths == 0 || fraction.len() > 3 || thousandths > 1_000_000_000_000_000 {
            return Err(spot.wrong("must be greater than 0, with at most three decimals"));
        }
        Ok(Amount { thousandths })
    }

    fn minus(self, requests: u64) -> Amount {
        Amount { thousandths: self.thousandths.saturating_sub(requests.saturating_mul(1000)) }
    }

    fn header(self) -> HeaderValue {
        let (whole, fraction) = (self.thousandths / 1000, self.thousandths % 1000);
        if fraction == 0 {
            return HeaderValue::from(whole);
        }
        let text = format!("{whole}.{fraction:03}");
        headers::of_text(text.trim_end_matches('0'))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

impl Period {
    const ALL: [Period; 6] =
        [Period::Second, Period::Minute, Period::Hour, Period::Day, Period::Month, Period::Year];

    fn name(self) -> &'static str {
        match self {
            Period::Second => "second",
            Period::Minute => "minute",
            Period::Hour => "hour",
            Period::Day => "day",
            Period::Month => "month",
            Period::Year => "year",
        }
    }

    /// The length that `Reset` counts with; months and years of the calendar may be longer.
    fn seconds(self) -> i64 {
        match self {
            Period::Second => 1,
            Period::Minute => 60,
            Period::Hour => 3600,
            Period::Day => 86_400,
            Period::Month => 2_592_000,
            Period::Year => 31_536_000,
        }
    }

    /// The window that holds this moment: its start and its end.
    fn around(self, now: Instant) -> (Instant, Instant) {
        if !matches!(self, Period::Month | Period::Year) {
            let length = self.seconds() * 1_000_000;
            let start = now.0 - now.0.rem_euclid(length);
            return (Instant(start), Instant(start + length));
        }
        let moment = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default();
        let day = jiff::tz::Offset::UTC.to_datetime(moment).date();
        let (first, span) = match self {
            Period::Month => (day.first_of_month(), jiff::Span::new().months(1)),
            _ => (day.first_of_year(), jiff::Span::new().years(1)),
        };
        (midnight(first), midnight(first.saturating_add(span)))
    }

    fn header_names(self) -> [HeaderName; 2] {
        let (limit, remaining) = match self {
            Period::Second => ("x-ratelimit-limit-second", "x-ratelimit-remaining-second"),
            Period::Minute => ("x-ratelimit-limit-minute", "x-ratelimit-remaining-minute"),
            Period::Hour => ("x-ratelimit-limit-hour", "x-ratelimit-remaining-hour"),
            Period::Day => ("x-ratelimit-limit-day", "x-ratelimit-remaining-day"),
            Period::Month => ("x-ratelimit-limit-month", "x-ratelimit-remaining-month"),
            Period::Year => ("x-ratelimit-limit-year", "x-ratelimit-remaining-year"),
        };
        [HeaderName::from_static(limit), HeaderName::from_static(remaining)]
    }
}

fn midnight(day: jiff::civil::Date) -> Instant {
    let moment = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
    Instant(moment.unwrap_or_default().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_the_calendar() {
        let at = |text: &str| Instant(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        let now = at("2026-02-28T23:59:59.5Z");
        let month = (at("2026-02-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
        assert_eq!(Period::Month.around(now), month);
        let year = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        assert_eq!(Period::Year.around(now), year);
        let hour = (at("2026-02-28T23:00:00Z"), at("2026-03-01T00:00:00Z"));
        assert_eq!(Period::Hour.around(now), hour);
    }
}
