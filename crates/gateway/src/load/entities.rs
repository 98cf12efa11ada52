//! Services, routes, consumers and their keys: what each may say and what it must.

use std::time::Duration;

use http::StatusCode;
use uuid::Uuid;

use super::spot::{Fields, Spot};
use super::{Config, LoadError};
use crate::jwk::{Algorithm, VerifyingKey};
use crate::{ids, path};

/// Where requests go: one of ours by name, or an HTTP server.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) path: Option<String>,
    pub(crate) retries: u16,
    pub(crate) connect_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) enabled: bool,
}

/// Which requests go to a service, and how their path changes.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) service: Option<usize>,
    pub(crate) paths: Vec<PathRule>,
    pub(crate) methods: Vec<String>,
    pub(crate) hosts: Vec<HostRule>,
    /// Header names in lower case, each with the values that match.
    pub(crate) headers: Vec<(String, Vec<String>)>,
    pub(crate) regex_priority: u32,
    pub(crate) strip_path: bool,
    pub(crate) preserve_host: bool,
    /// Whether the beginning of a body may wait for more before it is sent.
    pub(crate) request_buffering: bool,
    /// How plain HTTP is turned away, where the route is for https alone.
    pub(crate) https_only: Option<StatusCode>,
}

/// A path of a route: a prefix, decoded and normalised, or what follows `~`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PathRule {
    Prefix(String),
    Regex(String),
}

/// A host of a route, perhaps with one `*` at either end, perhaps with a port.
#[derive(Debug)]
pub(crate) struct HostRule {
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

/// Someone whom a plugin can recognise.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: Uuid,
    pub(crate) username: Option<String>,
    pub(crate) custom_id: Option<String>,
}

/// A key by which a token proves that it comes from a consumer.
#[derive(Debug)]
pub(crate) struct JwtSecret {
    pub(crate) id: Uuid,
    pub(crate) consumer: usize,
    pub(crate) key: String,
    pub(crate) verifying: VerifyingKey,
}

impl Service {
    pub(super) const FIELDS: &[&str] = &[
        "_comment",
        "connect_timeout",
        "enabled",
        "host",
        "id",
        "name",
        "path",
        "plugins",
        "port",
        "protocol",
        "read_timeout",
        "retries",
        "routes",
        "tags",
        "url",
        "write_timeout",
    ];

    pub(super) fn parse(fields: &Fields<'_>) -> Result<Self, LoadError> {
        let name = named(fields, "service")?;
        fields.maybe("tags", Spot::texts)?;
        fields.maybe("protocol", |spot| spot.choice(&[("http", ())]))?;
        let address = match fields.get("url") {
            Some(url) => Address::of_url(&url, fields)?,
            None => Address::of_fields(fields)?,
        };
        let timeout = |field| {
            let read = |spot: &Spot<'_>| spot.integer(1..=2_147_483_646);
            Ok(Duration::from_millis(fields.read(field, 60_000, read)?))
        };
        Ok(Service {
            id: fields.read("id", ids::service(&name), Spot::id)?,
            host: address.host,
            port: address.port,
            path: address.path,
            retries: fields.read("retries", 5, |spot| spot.integer(0..=32_767))?,
            connect_timeout: timeout("connect_timeout")?,
            write_timeout: timeout("write_timeout")?,
            read_timeout: timeout("read_timeout")?,
            enabled: fields.read("enabled", true, Spot::boolean)?,
            name,
        })
    }
}

/// Host, port and base path of a service.
struct Address {
    host: String,
    port: u16,
    path: Option<String>,
}

impl Address {
    fn of_fields(fields: &Fields<'_>) -> Result<Self, LoadError> {
        let host = fields.required("host")?;
        let path = fields.maybe("path", |spot| {
            let text = spot.text()?;
            service_path(spot, text)?;
            Ok(text.to_owned())
        })?;
        let port = fields.read("port", 80, |spot| spot.integer(1..=65_535))?;
        Ok(Address { host: service_host(&host, host.text()?)?, port, path })
    }

    /// The shorthand `url: http://host:port/path`.
    fn of_url(url: &Spot<'_>, fields: &Fields<'_>) -> Result<Self, LoadError> {
        for twice in ["host", "port", "path"] {
            if let Some(spot) = fields.get(twice) {
                return Err(spot.wrong(format!("`url` says it already; leave `{twice}` out")));
            }
        }
        let text = url.text()?;
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(url.wrong(format!(
                "\"{text}\" must start with http://; the gateway speaks plain HTTP to its services"
            )));
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => (&rest[..slash], Some(&rest[slash..])),
            None => (rest, None),
        };
        if authority.contains('@') {
            return Err(url.wrong("must not hold a user or a password; nothing would use them"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().ok().filter(|port| *port != 0);
                (host, port.ok_or_else(|| url.wrong("the port must be from 1 to 65535"))?)
            }
            _ => (authority, 80),
        };
        if let Some(path) = path {
            service_path(url, path)?;
        }
        Ok(Address { host: service_host(url, host)?, port, path: path.map(str::to_owned) })
    }
}

pub(crate) fn service_host(spot: &Spot<'_>, host: &str) -> Result<String, LoadError> {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let good = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(plain),
    };
    let problem =
        || format!("\"{host}\" is no host; write a name or an address, with the port in `port`");
    if good { Ok(host.to_owned()) } else { Err(spot.wrong(problem())) }
}

/// The path of a service is sent as it stands, so it must be percent-encoded.
fn service_path(spot: &Spot<'_>, path: &str) -> Result<(), LoadError> {
    if !path.starts_with('/') {
        return Err(spot.wrong("should start with /"));
    }
    if path.contains("//") {
        return Err(spot.wrong("must not have empty segments"));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@[]".contains(&b);
    if !path.bytes().all(allowed) || path::decode(path.as_bytes()).is_none() {
        let problem = format!("\"{path}\" must be percent-encoded, without query or fragment");
        return Err(spot.wrong(problem));
    }
    Ok(())
}

impl Route {
    pub(super) const FIELDS: &[&str] = &[
        "_comment",
        "headers",
        "hosts",
        "https_redirect_status_code",
        "id",
        "methods",
        "name",
        "path_handling",
        "paths",
        "plugins",
        "preserve_host",
        "protocols",
        "regex_priority",
        "request_buffering",
        "response_buffering",
        "strip_path",
        "tags",
    ];

    pub(super) fn parse(fields: &Fields<'_>, service: Option<usize>) -> Result<Self, LoadError> {
        let name = named(fields, "route")?;
        fields.maybe("tags", Spot::texts)?;
        fields.maybe("path_handling", |spot| spot.choice(&[("v0", ()), ("v1", ())]))?;
        // Answers are passed on as they come, so either value is obeyed.
        fields.maybe("response_buffering", Spot::boolean)?;
        let plain_status =
            fields.read("https_redirect_status_code", StatusCode::UPGRADE_REQUIRED, |spot| {
                spot.choice(&REDIRECTS)
            })?;
        let allows_http = fields.read("protocols", true, allows_http)?;
        let route = Route {
            id: fields.read("id", ids::route(&name), Spot::id)?,
            service,
            paths: each(fields, "paths", path_rule)?,
            methods: each(fields, "methods", method)?,
            hosts: each(fields, "hosts", host_rule)?,
            headers: fields.read("headers", Vec::new(), header_rules)?,
            regex_priority: fields.read("regex_priority", 0, |spot| spot.integer(0..=u32::MAX))?,
            strip_path: fields.read("strip_path", true, Spot::boolean)?,
            preserve_host: fields.read("preserve_host", false, Spot::boolean)?,
            request_buffering: fields.read("request_buffering", true, Spot::boolean)?,
            https_only: (!allows_http).then_some(plain_status),
            name,
        };
        let matches_something = !(route.paths.is_empty()
            && route.methods.is_empty()
            && route.hosts.is_empty()
            && route.headers.is_empty());
        if !matches_something {
            return Err(fields.spot().wrong("a route needs one of paths, methods, hosts, headers"));
        }
        Ok(route)
    }
}

fn each<T>(
    fields: &Fields<'_>,
    name: &str,
    read: impl Fn(&Spot<'_>) -> Result<T, LoadError>,
) -> Result<Vec<T>, LoadError> {
    fields.items(name)?.iter().map(read).collect()
}

/// What plain HTTP is told on a route for https alone.
const REDIRECTS: [(&str, StatusCode); 5] = [
    ("426", StatusCode::UPGRADE_REQUIRED),
    ("301", StatusCode::MOVED_PERMANENTLY),
    ("302", StatusCode::FOUND),
    ("307", StatusCode::TEMPORARY_REDIRECT),
    ("308", StatusCode::PERMANENT_REDIRECT),
];

fn allows_http(protocols: &Spot<'_>) -> Result<bool, LoadError> {
    let known = [("http", true), ("https", false)];
    let items = protocols.list()?;
    if items.is_empty() {
        return Err(protocols.wrong("must hold http, https or both"));
    }
    let flags: Vec<bool> = items.iter().map(|i| i.choice(&known)).collect::<Result<_, _>>()?;
    Ok(flags.contains(&true))
}

fn path_rule(spot: &Spot<'_>) -> Result<PathRule, LoadError> {
    let text = spot.text()?;
    if let Some(regex) = text.strip_prefix('~').filter(|regex| regex.starts_with('/')) {
        regex::Regex::new(regex).map_err(|error| {
            spot.wrong(format!("is no regular expression (Rust syntax, no look-around): {error}"))
        })?;
        return Ok(PathRule::Regex(regex.to_owned()));
    }
    if !text.starts_with('/') {
        return Err(spot.wrong("should start with / (a prefix) or ~/ (a regular expression)"));
    }
    if text.contains("//") {
        return Err(spot.wrong("must not have empty segments"));
    }
    match path::normalise(text.as_bytes()) {
        Some(normal) if normal == text.as_bytes() => Ok(PathRule::Prefix(text.to_owned())),
        Some(normal) => {
            let normal = String::from_utf8_lossy(&normal).into_owned();
            Err(spot.wrong(format!("is compared decoded and normalised; write \"{normal}\"")))
        }
        None => Err(spot.wrong("holds a percent sign that is no percent-encoding")),
    }
}

fn method(spot: &Spot<'_>) -> Result<String, LoadError> {
    let text = spot.text()?;
    let good = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'_');
    let problem = || spot.wrong(format!("\"{text}\" is no method; write it in capitals, as GET"));
    if good { Ok(text.to_owned()) } else { Err(problem()) }
}

fn host_rule(spot: &Spot<'_>) -> Result<HostRule, LoadError> {
    let text = spot.text()?;
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => {
            let port = port.parse().ok().filter(|port| *port != 0);
            (name, Some(port.ok_or_else(|| spot.wrong("the port must be from 1 to 65535"))?))
        }
        None => (text, None),
    };
    let label = name.strip_prefix("*.").or_else(|| name.strip_suffix(".*")).unwrap_or(name);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if label.is_empty() || !label.bytes().all(plain) {
        return Err(spot.wrong(format!(
            "\"{text}\" is no host; write a name, with one * as its first or last label if need be"
        )));
    }
    Ok(HostRule { name: name.to_owned(), port })
}

fn header_rules(spot: &Spot<'_>) -> Result<Vec<(String, Vec<String>)>, LoadError> {
    let mut rules = Vec::new();
    for (name, values) in spot.entries()? {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(spot.wrong(format!("\"{name}\" is no header name")));
        }
        if name.eq_ignore_ascii_case("host") {
            return Err(spot.wrong("cannot name `host`; that is what `hosts` is for"));
        }
        let texts = values.texts()?;
        if texts.is_empty() {
            return Err(values.wrong("must hold at least one value"));
        }
        rules.push((name.to_ascii_lowercase(), texts));
    }
    Ok(rules)
}

impl Consumer {
    pub(super) const FIELDS: &[&str] =
        &["_comment", "custom_id", "id", "jwt_secrets", "plugins", "tags", "username"];

    pub(super) fn parse(fields: &Fields<'_>) -> Result<Self, LoadError> {
        let owned = |spot: &Spot<'_>| Ok(spot.text()?.to_owned());
        let username = fields.maybe("username", owned)?;
        let custom_id = fields.maybe("custom_id", owned)?;
        fields.maybe("tags", Spot::texts)?;
        if username.is_none() && custom_id.is_none() {
            return Err(fields.spot().wrong("a consumer needs a `username` or a `custom_id`"));
        }
        // Kong too gives a random id where there is no name to make one from.
        let id = username.as_deref().map_or_else(Uuid::new_v4, ids::consumer);
        Ok(Consumer { id: fields.read("id", id, Spot::id)?, username, custom_id })
    }
}

impl JwtSecret {
    pub(super) const FIELDS: &[&str] =
        &["_comment", "algorithm", "id", "key", "rsa_public_key", "secret", "tags"];

    pub(super) fn parse(fields: &Fields<'_>, consumer: usize) -> Result<Self, LoadError> {
        fields.maybe("tags", Spot::texts)?;
        let key = fields.required("key")?.text()?.to_owned();
        let algorithm = fields.read("algorithm", Algorithm::HS256, |spot| {
            spot.choice(&Algorithm::ALL.map(|algorithm| (algorithm.name(), algorithm)))
        })?;
        let verifying = if algorithm.is_symmetric() {
            VerifyingKey::of_secret(algorithm, fields.required("secret")?.text()?.as_bytes())
        } else {
            let pem = fields.required("rsa_public_key")?;
            let key = VerifyingKey::of_pem(algorithm, pem.text()?);
            key.map_err(|problem| pem.wrong(problem))?
        };
        let id = fields.get("id").map_or_else(|| Ok(Uuid::new_v4()), |spot| spot.id())?;
        Ok(JwtSecret { id, consumer, key, verifying })
    }
}

/// The name of a service or route, from which its id is made.
fn named(fields: &Fields<'_>, what: &str) -> Result<String, LoadError> {
    let Some(spot) = fields.get("name") else {
        return Err(fields.spot().wrong(format!(
            "a {what} needs a `name`: ids, counters and the precedence of routes hang on it"
        )));
    };
    let name = spot.text()?;
    let good = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || ".-_~".contains(c);
    if name.chars().all(good) {
        Ok(name.to_owned())
    } else {
        Err(spot.wrong(format!("\"{name}\" may hold letters, digits and . - _ ~ alone")))
    }
}

impl Config {
    /// The consumer that a plugin or a person names by username or id.
    pub(crate) fn consumer_named(&self, name: &str) -> Option<usize> {
        self.consumers.iter().position(|consumer| {
            consumer.username.as_deref() == Some(name) || consumer.id.to_string() == name
        })
    }
}
