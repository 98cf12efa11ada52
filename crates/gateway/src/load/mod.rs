//! From the text of a declarative file to what the gateway runs, or to the place of what is wrong.
//!
//! The file is read twice: entities first, so that a reference may stand before what it names.
//! Everything outside the subset is refused; nothing is skipped in silence.

pub(crate) mod entities;
pub(crate) mod spot;
mod vault;
pub(crate) mod yaml;

use std::collections::{BTreeMap, HashSet};

use aws_lc_rs::digest;
use cache::Cache;
use uuid::Uuid;

use crate::ids;
use crate::plugins::{Attached, Plugin};
use crate::router::RouteTable;
use entities::{Consumer, JwtSecret, Route, Service};
use spot::{Fields, Spot};

/// A declarative file that can be run.
pub struct Config {
    pub(crate) services: Vec<Service>,
    pub(crate) routes: Vec<Route>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) secrets: Vec<JwtSecret>,
    pub(crate) plugins: Vec<Attached>,
    pub(crate) table: RouteTable,
    /// Tells one file from another.
    pub(crate) hash: String,
}

/// Gives the value of a variable, or says why it can't.
pub type Environment<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// What is wrong with a file, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} (line {line}, column {column}): {problem}")]
pub struct LoadError {
    /// The JSON path of the value, such as `$.services[0].routes[1].paths[0]`.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    pub problem: String,
}

/// An address for a service that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("the gateway's file has no service \"{name}\"; it has {known}")]
    UnknownService { name: String, known: String },
    #[error("\"{0}\" is no address of a service; write one such as http://ledger:8000")]
    NoAddress(String),
}

/// One line of the list of routes, for `expense-tracker routes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRow {
    pub service: String,
    pub route: String,
    /// Paths, then methods and hosts where a route has them.
    pub matches: Vec<String>,
    /// The plugins that apply to a request of this route, in the order in which they run.
    pub plugins: Vec<&'static str>,
}

const TOP_FIELDS: &[&str] = &[
    "_comment",
    "_format_version",
    "_ignore",
    "_transform",
    "consumers",
    "jwt_secrets",
    "plugins",
    "routes",
    "services",
];

impl Config {
    /// Reads a declarative file of format 3.0, as YAML or JSON.
    ///
    /// # Errors
    /// The first thing in the file that is wrong or outside the subset.
    pub fn parse(yaml: &str) -> Result<Config, LoadError> {
        Config::parse_with(yaml, &|_| Ok(None))
    }

    /// The same, with an environment that `{vault://env/…}` refers to.
    ///
    /// # Errors
    /// As [`Config::parse`], and a reference to what is not there.
    pub fn parse_with(yaml: &str, environment: Environment<'_>) -> Result<Config, LoadError> {
        let document = yaml::parse(yaml)?;
        let top = Spot::root(&document, environment).fields(TOP_FIELDS)?;
        version(&top)?;
        let mut loader = Loader::default();
        loader.entities(&top)?;
        loader.plugins_of_file(&top)?;
        loader.finish(hash(yaml))
    }

    /// Puts services at other addresses than the file has, such as `http://ledger:8000`; a path of
    /// the file stays.
    ///
    /// # Errors
    /// If the file has no such service, or it is no address.
    pub fn move_services(
        &mut self,
        addresses: &BTreeMap<String, String>,
    ) -> Result<(), AddressError> {
        for (name, address) in addresses {
            let Some(service) = self.services.iter_mut().find(|service| service.name == *name)
            else {
                let known: Vec<&str> = self.services.iter().map(|s| s.name.as_str()).collect();
                let (name, known) = (name.clone(), known.join(", "));
                return Err(AddressError::UnknownService { name, known });
            };
            (service.host, service.port) = host_and_port(address)?;
        }
        Ok(())
    }

    /// Counts what each gateway would count for itself in a cache that gateways share, as
    /// `policy: redis` does.
    pub fn share_limits(&mut self, cache: &Cache) {
        for attached in &mut self.plugins {
            if let Plugin::RateLimiting(plugin) = &mut attached.plugin {
                plugin.share(cache);
            }
        }
    }

    /// Every route with what it matches and which plugins apply to it.
    pub fn routes(&self) -> Vec<RouteRow> {
        let row = |(index, route): (usize, &Route)| {
            let plugins = crate::plugins::Plan::for_route(self, Some(index));
            RouteRow {
                service: route.service.map_or_else(String::new, |s| self.services[s].name.clone()),
                route: route.name.clone(),
                matches: route.describe(),
                plugins: plugins.names(self),
            }
        };
        self.routes.iter().enumerate().map(row).collect()
    }
}

fn host_and_port(address: &str) -> Result<(String, u16), AddressError> {
    let uri: Option<http::Uri> = address.parse().ok();
    let plain = uri.filter(|uri| uri.scheme_str() == Some("http") && uri.path() == "/");
    let found = plain.and_then(|uri| Some((uri.host()?.to_owned(), uri.port_u16().unwrap_or(80))));
    found.ok_or_else(|| AddressError::NoAddress(address.to_owned()))
}

fn hash(yaml: &str) -> String {
    let digest = digest::digest(&digest::SHA256, yaml.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn version(top: &Fields<'_>) -> Result<(), LoadError> {
    let spot = top.required("_format_version")?;
    let version = spot.text()?;
    if version != "3.0" {
        return Err(spot.wrong(format!("\"{version}\" is not run here; use \"3.0\"")));
    }
    // Only says that plain secrets are hashed by plugins that do; none of the subset does.
    top.maybe("_transform", Spot::boolean)?;
    Ok(())
}

#[derive(Default)]
struct Loader<'a> {
    services: Vec<Service>,
    routes: Vec<Route>,
    consumers: Vec<Consumer>,
    secrets: Vec<JwtSecret>,
    plugins: Vec<Attached>,
    /// Nested plugins, read when every entity is known.
    pending: Vec<(Spot<'a>, Scope)>,
    route_spots: Vec<Spot<'a>>,
    unique: HashSet<(&'static str, String)>,
    /// Kept for finding a dangling `anonymous`.
    anonymous: Vec<(Spot<'a>, String)>,
}

/// To which requests a plugin applies.
#[derive(Clone, Copy, Default, Debug)]
struct Scope {
    route: Option<usize>,
    service: Option<usize>,
    consumer: Option<usize>,
}

impl<'a> Loader<'a> {
    fn entities(&mut self, top: &Fields<'a>) -> Result<(), LoadError> {
        for spot in top.items("services")? {
            self.service(&spot)?;
        }
        for spot in top.items("routes")? {
            self.top_level_route(&spot)?;
        }
        for spot in top.items("consumers")? {
            self.consumer(&spot)?;
        }
        for spot in top.items("jwt_secrets")? {
            let known: Vec<_> = JwtSecret::FIELDS.iter().chain(&["consumer"]).copied().collect();
            let fields = spot.fields(&known)?;
            let consumer = self.consumer_of(&fields.required("consumer")?)?;
            self.secret(&spot, &fields, consumer)?;
        }
        Ok(())
    }

    fn service(&mut self, spot: &Spot<'a>) -> Result<(), LoadError> {
        let fields = spot.fields(Service::FIELDS)?;
        let service = Service::parse(&fields)?;
        self.claim(spot, "services with the name", &service.name)?;
        self.claim(spot, "services with the id", &service.id.to_string())?;
        let index = self.services.len();
        self.services.push(service);
        for plugin in fields.items("plugins")? {
            self.pending.push((plugin, Scope { service: Some(index), ..Scope::default() }));
        }
        for route in fields.items("routes")? {
            let fields = route.fields(Route::FIELDS)?;
            self.route(&route, &fields, Some(index))?;
        }
        Ok(())
    }

    fn top_level_route(&mut self, spot: &Spot<'a>) -> Result<(), LoadError> {
        let known: Vec<_> = Route::FIELDS.iter().chain(&["service"]).copied().collect();
        let fields = spot.fields(&known)?;
        let service = fields.maybe("service", |named| self.service_of(named))?;
        self.route(spot, &fields, service)
    }

    fn route(
        &mut self,
        spot: &Spot<'a>,
        fields: &Fields<'a>,
        service: Option<usize>,
    ) -> Result<(), LoadError> {
        let route = Route::parse(fields, service)?;
        self.claim(spot, "routes with the name", &route.name)?;
        self.claim(spot, "routes with the id", &route.id.to_string())?;
        let index = self.routes.len();
        self.routes.push(route);
        self.route_spots.push(spot.clone());
        for plugin in fields.items("plugins")? {
            self.pending.push((plugin, Scope { route: Some(index), ..Scope::default() }));
        }
        Ok(())
    }

    fn consumer(&mut self, spot: &Spot<'a>) -> Result<(), LoadError> {
        let fields = spot.fields(Consumer::FIELDS)?;
        let consumer = Consumer::parse(&fields)?;
        self.claim(spot, "consumers with the id", &consumer.id.to_string())?;
        if let Some(username) = &consumer.username {
            self.claim(spot, "consumers with the username", username)?;
        }
        if let Some(custom_id) = &consumer.custom_id {
            self.claim(spot, "consumers with the custom_id", custom_id)?;
        }
        let index = self.consumers.len();
        self.consumers.push(consumer);
        for secret in fields.items("jwt_secrets")? {
            let fields = secret.fields(JwtSecret::FIELDS)?;
            self.secret(&secret, &fields, index)?;
        }
        for plugin in fields.items("plugins")? {
            self.pending.push((plugin, Scope { consumer: Some(index), ..Scope::default() }));
        }
        Ok(())
    }

    fn secret(
        &mut self,
        spot: &Spot<'a>,
        fields: &Fields<'a>,
        consumer: usize,
    ) -> Result<(), LoadError> {
        let secret = JwtSecret::parse(fields, consumer)?;
        self.claim(spot, "jwt_secrets with the key", &secret.key)?;
        self.secrets.push(secret);
        Ok(())
    }

    fn plugins_of_file(&mut self, top: &Fields<'a>) -> Result<(), LoadError> {
        for (spot, scope) in std::mem::take(&mut self.pending) {
            let fields = spot.fields(Attached::NESTED_FIELDS)?;
            let owner = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
            let owners = [
                owner(scope.route.map(|index| self.routes[index].id)),
                owner(scope.service.map(|index| self.services[index].id)),
                owner(scope.consumer.map(|index| self.consumers[index].id)),
            ];
            self.plugin(&spot, &fields, scope, &owners)?;
        }
        for spot in top.items("plugins")? {
            let fields = spot.fields(Attached::TOP_FIELDS)?;
            let scope = Scope {
                route: fields.maybe("route", |named| self.route_of(named))?,
                service: fields.maybe("service", |named| self.service_of(named))?,
                consumer: fields.maybe("consumer", |named| self.consumer_of(named))?,
            };
            let written = |name| fields.read(name, String::new(), |s| Ok(s.text()?.to_owned()));
            let owners = [written("route")?, written("service")?, written("consumer")?];
            self.plugin(&spot, &fields, scope, &owners)?;
        }
        Ok(())
    }

    fn plugin(
        &mut self,
        spot: &Spot<'a>,
        fields: &Fields<'a>,
        scope: Scope,
        [route, service, consumer]: &[String; 3],
    ) -> Result<(), LoadError> {
        let plugin = Plugin::parse(fields)?;
        let made = ids::plugin(plugin.name(), route, service, consumer);
        let id = fields.read("id", made, Spot::id)?;
        let scope_key = format!("{}:{:?}", plugin.name(), scope);
        self.claim(spot, "plugins of this name on this scope, with", &scope_key)?;
        self.claim(spot, "plugins with the id", &id.to_string())?;
        if let Some(instance) = fields.get("instance_name") {
            self.claim(spot, "plugins with the instance_name", instance.text()?)?;
        }
        if let Plugin::Jwt(jwt) = &plugin
            && let Some(name) = &jwt.anonymous
        {
            self.anonymous.push((spot.clone(), name.clone()));
        }
        if fields.read("enabled", true, Spot::boolean)? {
            let Scope { route, service, consumer } = scope;
            let entity = |id: Option<Uuid>| id.unwrap_or_default();
            let counter_scope = format!(
                "{}:{}",
                entity(route.map(|index| self.routes[index].id)),
                entity(service.map(|index| self.services[index].id)),
            );
            self.plugins.push(Attached { plugin, route, service, consumer, counter_scope });
        }
        Ok(())
    }

    fn finish(self, hash: String) -> Result<Config, LoadError> {
        let enabled = |route: &Route| route.service.is_none_or(|s| self.services[s].enabled);
        let mut table = RouteTable::default();
        for (index, (route, spot)) in self.routes.iter().zip(&self.route_spots).enumerate() {
            if enabled(route) {
                let problem = |problem| spot.wrong(format!("can't be matched: {problem}"));
                table.add(index, route).map_err(problem)?;
            }
        }
        let config = Config {
            services: self.services,
            routes: self.routes,
            consumers: self.consumers,
            secrets: self.secrets,
            plugins: self.plugins,
            table,
            hash,
        };
        let nobody = |(_, name): &&(Spot<'_>, String)| config.consumer_named(name).is_none();
        match self.anonymous.iter().find(nobody) {
            None => Ok(config),
            Some((spot, name)) => Err(dangling(spot, "consumer", name)),
        }
    }

    /// Refuses a second entity that says to be the same.
    fn claim(&mut self, spot: &Spot<'_>, what: &'static str, key: &str) -> Result<(), LoadError> {
        if self.unique.insert((what, key.to_owned())) {
            return Ok(());
        }
        Err(spot.wrong(format!("uniqueness violation: two {what} \"{key}\"; keep one")))
    }

    fn service_of(&self, spot: &Spot<'_>) -> Result<usize, LoadError> {
        let name = spot.text()?;
        let is_it = |s: &Service| s.name == name || s.id.to_string() == name;
        let found = self.services.iter().position(is_it);
        found.ok_or_else(|| dangling(spot, "service", name))
    }

    fn route_of(&self, spot: &Spot<'_>) -> Result<usize, LoadError> {
        let name = spot.text()?;
        let is_it = |r: &Route| r.name == name || r.id.to_string() == name;
        let found = self.routes.iter().position(is_it);
        found.ok_or_else(|| dangling(spot, "route", name))
    }

    fn consumer_of(&self, spot: &Spot<'_>) -> Result<usize, LoadError> {
        let name = spot.text()?;
        let is_it = |c: &Consumer| c.username.as_deref() == Some(name) || c.id.to_string() == name;
        let found = self.consumers.iter().position(is_it);
        found.ok_or_else(|| dangling(spot, "consumer", name))
    }
}

fn dangling(spot: &Spot<'_>, what: &str, name: &str) -> LoadError {
    spot.wrong(format!("invalid reference: the file holds no {what} named \"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(yaml: &str) -> LoadError {
        match Config::parse(yaml) {
            Err(error) => error,
            Ok(_) => panic!("this file should have been refused:\n{yaml}"),
        }
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_place_and_its_nearest_kin() {
        let error = problem(concat!(
            "_format_version: \"3.0\"\n",
            "services:\n",
            "  - name: ledger\n",
            "    host: ledger\n",
            "    routes:\n",
            "      - name: ledger\n",
            "        paths: [/api/v1/ledger]\n",
            "        strip_paths: false\n",
        ));
        assert_eq!(error.path, "$.services[0].routes[0].strip_paths");
        assert_eq!((error.line, error.column), (8, 9));
        assert!(error.problem.contains("did you mean `strip_path`?"), "{error}");
    }

    #[test]
    fn a_path_that_is_not_normal_is_answered_with_the_one_that_is() {
        let error = problem(
            "{_format_version: '3.0', services: [{name: s, host: s, routes: [{name: r, paths: \
             ['/caf%C3%A9']}]}]}",
        );
        assert_eq!(error.path, "$.services[0].routes[0].paths[0]");
        assert!(error.problem.contains("/café"), "{error}");
    }

    #[test]
    fn text_that_is_no_yaml_is_refused_where_it_breaks() {
        let error = problem("_format_version: \"3.0\"\nservices: [\n");
        assert!(error.problem.contains("no YAML"), "{error}");
        assert!(error.line >= 2, "{error}");
    }

    #[test]
    fn a_reference_to_nobody_is_refused() {
        let error = problem("{_format_version: '3.0', plugins: [{name: cors, service: ledger}]}");
        assert_eq!(error.path, "$.plugins[0].service");
        assert!(error.problem.contains("no service named \"ledger\""), "{error}");
    }
}
