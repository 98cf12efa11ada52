//! The table of routes: each becomes a boolean expression with a priority, and the best one wins.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

use atc_router::ast::{Type, Value};
use atc_router::context::Context;
use atc_router::router::Router;
use atc_router::schema::Schema;
use http::HeaderMap;
use uuid::Uuid;

use crate::ids;
use crate::load::entities::{HostRule, PathRule, Route};

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::default();
    schema.add_field(METHOD, Type::String);
    schema.add_field(HOST, Type::String);
    schema.add_field(PORT, Type::Int);
    schema.add_field(PATH, Type::String);
    schema.add_field("http.headers.*", Type::String);
    schema
});

const METHOD: &str = "http.method";
const HOST: &str = "http.host";
const PORT: &str = "net.dst.port";
const PATH: &str = "http.path";
const HEADER: &str = "http.headers.";

/// All routes, ready to be asked.
pub(crate) struct RouteTable {
    router: Router<'static>,
    /// The route behind each expression; a route may have several.
    routes: HashMap<Uuid, usize>,
    /// Headers that some route looks at: the name, and the field that stands for it.
    headers: Vec<(String, String)>,
}

/// What of a request decides its route.
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    /// The host as sent, without its port.
    pub(crate) host: &'a str,
    /// The port of the Host header, or that of the listener.
    pub(crate) port: u16,
    /// Normalised.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// The route of a request, with the part of its path that matched.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) route: usize,
    pub(crate) matched_path: Option<String>,
}

impl Default for RouteTable {
    fn default() -> Self {
        let router = Router::new(&SCHEMA);
        RouteTable { router, routes: HashMap::new(), headers: Vec::new() }
    }
}

impl RouteTable {
    pub(crate) fn find(&self, question: &Question<'_>) -> Option<Found> {
        let mut context = Context::new(&SCHEMA);
        context.add_value(METHOD, Value::String(question.method.to_owned()));
        context.add_value(HOST, Value::String(question.host.to_owned()));
        context.add_value(PORT, Value::Int(i64::from(question.port)));
        context.add_value(PATH, Value::String(question.path.to_owned()));
        for (name, field) in &self.headers {
            for value in question.headers.get_all(name) {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                context.add_value(field, Value::String(value));
            }
        }
        self.router.execute(&mut context);
        let mut found = context.result?;
        let route = *self.routes.get(&found.uuid)?;
        let matched_path = match found.matches.remove(PATH) {
            Some(Value::String(path)) => Some(path),
            _ => None,
        };
        Some(Found { route, matched_path })
    }

    /// Adds a route; one whose paths differ in kind or length is added once per group of paths.
    pub(crate) fn add(&mut self, index: usize, route: &Route) -> Result<(), String> {
        let groups = alike(&route.paths);
        let split = groups.len() > 1;
        for (part, paths) in groups.iter().enumerate() {
            let id = if split { ids::part_of_route(route.id, part + 1) } else { route.id };
            let priority = usize::try_from(priority(route, paths))
                .map_err(|_| "priorities of routes need a 64-bit machine")?;
            self.router.add_matcher(priority, id, &expression(route, paths))?;
            self.routes.insert(id, index);
        }
        for (name, _) in &route.headers {
            if !self.headers.iter().any(|(known, _)| known == name) {
                self.headers.push((name.clone(), header_field(name)));
            }
        }
        Ok(())
    }
}

/// Paths in groups of one kind and length, in order of appearance; one empty group without paths.
fn alike(paths: &[PathRule]) -> Vec<Vec<PathRule>> {
    let kind = |path: &PathRule| match path {
        PathRule::Prefix(prefix) => Some(prefix.len()),
        PathRule::Regex(_) => None,
    };
    let mut groups: Vec<Vec<PathRule>> = Vec::new();
    for path in paths {
        match groups.iter_mut().find(|group| kind(&group[0]) == kind(path)) {
            Some(group) => group.push(path.clone()),
            None => groups.push(vec![path.clone()]),
        }
    }
    if groups.is_empty() {
        groups.push(Vec::new());
    }
    groups
}

/// Kong's order: how many kinds of criteria, plain hosts, headers, regexes, length of the prefix.
fn priority(route: &Route, paths: &[PathRule]) -> u64 {
    let has = |criterion: bool| u64::from(criterion);
    let kinds = has(!route.methods.is_empty())
        + has(!route.hosts.is_empty())
        + has(!route.headers.is_empty())
        + has(!paths.is_empty());
    let plain_hosts = !route.hosts.is_empty() && route.hosts.iter().all(|h| !h.name.contains('*'));
    let headers = u64::try_from(route.headers.len()).map_or(255, |count| count.min(255));
    let path = match paths.first() {
        None => 0,
        Some(PathRule::Regex(_)) => 1 << 51 | u64::from(route.regex_priority) << 19,
        Some(PathRule::Prefix(prefix)) => {
            u64::try_from(prefix.len()).map_or(0x7_FFFF, |length| length.min(0x7_FFFF))
        }
    };
    kinds << 61 | has(plain_hosts) << 60 | headers << 52 | path
}

fn expression(route: &Route, paths: &[PathRule]) -> String {
    let methods = route.methods.iter().map(|method| format!("{METHOD} == {}", quoted(method)));
    let hosts = route.hosts.iter().map(host_expression);
    let paths = paths.iter().map(|path| match path {
        PathRule::Prefix(prefix) => format!("{PATH} ^= {}", quoted(prefix)),
        PathRule::Regex(regex) => format!("{PATH} ~ {}", quoted(&format!("^{regex}"))),
    });
    let mut all: Vec<String> =
        [any_of(methods), any_of(hosts), any_of(paths)].into_iter().flatten().collect();
    for (name, values) in &route.headers {
        let field = header_field(name);
        all.extend(any_of(values.iter().map(|value| match value.strip_prefix("~*") {
            Some(regex) => {
                let regex = quoted(&format!("(?i){regex}"));
                format!("any(lower({field})) ~ {regex}")
            }
            None => format!("any(lower({field})) == {}", quoted(&value.to_lowercase())),
        })));
    }
    all.join(" && ")
}

fn host_expression(host: &HostRule) -> String {
    let name = &host.name;
    let mut expression = if let Some(suffix) = name.strip_prefix('*') {
        format!("{HOST} =^ {}", quoted(suffix))
    } else if let Some(prefix) = name.strip_suffix('*') {
        format!("{HOST} ^= {}", quoted(prefix))
    } else {
        format!("{HOST} == {}", quoted(name))
    };
    if let Some(port) = host.port {
        // Writing into a string cannot fail.
        let _ = write!(expression, " && {PORT} == {port}");
    }
    format!("({expression})")
}

fn any_of(terms: impl Iterator<Item = String>) -> Option<String> {
    let terms: Vec<String> = terms.collect();
    (!terms.is_empty()).then(|| format!("({})", terms.join(" || ")))
}

fn header_field(name: &str) -> String {
    format!("{HEADER}{}", name.replace('-', "_"))
}

/// A string literal of the expression language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

impl Route {
    /// What the route matches, for a list that a person reads.
    pub(crate) fn describe(&self) -> Vec<String> {
        let paths = self.paths.iter().map(|path| match path {
            PathRule::Prefix(prefix) => prefix.clone(),
            PathRule::Regex(regex) => format!("~{regex}"),
        });
        let hosts = self.hosts.iter().map(|host| match host.port {
            Some(port) => format!("host {}:{port}", host.name),
            None => format!("host {}", host.name),
        });
        paths.chain(self.methods.iter().cloned()).chain(hosts).collect()
    }
}
