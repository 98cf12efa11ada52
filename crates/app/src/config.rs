//! The configuration: read once, whole and early; a wrong value stops the start with its name.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::environment::{Environment, Given};
use crate::services::SERVICES;

/// The defaults, with an explanation of each key.
pub const DEFAULT: &str = include_str!("../../../config/default.toml");

/// The gateway's file that is built in.
pub const GATEWAY: &str = include_str!("../../../config/gateway.yml");

/// Everything that an operator can set; `config/default.toml` explains each key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: String,
    pub internal_listen: String,
    pub public_url: String,
    pub trusted_proxies: Vec<String>,
    pub database: String,
    pub bus: String,
    pub queue: String,
    pub cache: String,
    pub files: String,
    pub secrets: String,
    pub gateway: String,
    pub log: Log,
    pub stop: Stop,
    pub store: store::Config,
    pub services: BTreeMap<String, String>,
    pub upstreams: BTreeMap<String, String>,
    pub auth: auth::Config,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// How long the process takes to stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub notice_ms: u32,
    pub drain_timeout_ms: u32,
}

impl Stop {
    /// For how long requests are still taken after it is no longer ready.
    pub fn notice(&self) -> Duration {
        Duration::from_millis(u64::from(self.notice_ms))
    }

    /// How long what is under way may take after that.
    pub fn drain_timeout(&self) -> Duration {
        Duration::from_millis(u64::from(self.drain_timeout_ms))
    }
}

impl Config {
    /// The defaults, then a file, then the environment; each wins over the one before.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Config> {
        Config::load_with(file, &Environment::of_process())
    }

    /// The defaults alone, whatever the environment says.
    pub fn load_defaults() -> anyhow::Result<Config> {
        Config::load_with(None, &Environment::from_iter([]))
    }

    fn load_with(file: Option<&Path>, environment: &Environment) -> anyhow::Result<Config> {
        let variables = Variable::all(environment)?;
        let defaults: Table = toml::from_str(DEFAULT)?;
        let mut settings = defaults.clone();
        let mut config = Config::of(&settings)?;
        if let Some(path) = file {
            let named = |error: anyhow::Error| anyhow::anyhow!("{}: {error}", path.display());
            merge(&mut settings, read_file(path).map_err(named)?);
            config = Config::of(&settings).map_err(named)?;
        }
        for variable in &variables {
            let named = |error: anyhow::Error| anyhow::anyhow!("{}: {error}", variable.name);
            variable.set(&mut settings, &defaults).map_err(named)?;
            config = Config::of(&settings).map_err(named)?;
        }
        config.check().map_err(|error| name_source(&error, file, &variables))?;
        Ok(config)
    }

    fn of(settings: &Table) -> anyhow::Result<Config> {
        // Read by way of JSON, since its errors say what would be right.
        let settings = serde_json::to_value(settings)?;
        serde_path_to_error::deserialize(settings).map_err(|error| {
            let path = error.path().to_string();
            if path == "." {
                anyhow::anyhow!("{}", error.inner())
            } else {
                anyhow::anyhow!("{path}: {}", error.inner())
            }
        })
    }

    /// What a type alone can't tell.
    fn check(&self) -> anyhow::Result<()> {
        address("listen", &self.listen)?;
        if !self.internal_listen.is_empty() {
            address("internal_listen", &self.internal_listen)?;
        }
        self.public_origin()?;
        database_url(&self.database)?;
        bus::check(&self.bus)?;
        queue::check(&self.queue)?;
        cache::check(&self.cache)?;
        files::check(&self.files)?;
        for (section, addresses) in [("services", &self.services), ("upstreams", &self.upstreams)] {
            for (service, url) in addresses {
                address_of_service(section, service, url)?;
            }
        }
        for range in &self.trusted_proxies {
            range
                .parse::<gateway::AddressRange>()
                .map_err(|error| anyhow::anyhow!("trusted_proxies: {error}"))?;
        }
        self.store.check()?;
        self.auth.check()?;
        tracing_subscriber::EnvFilter::try_new(&self.log.level).map_err(|_| {
            anyhow::anyhow!(
                "log.level = \"{}\" is no level; use error, warn, info or debug",
                self.log.level
            )
        })?;
        Ok(())
    }

    /// The origin that browsers use, where it is set.
    pub fn public_origin(&self) -> anyhow::Result<Option<String>> {
        if self.public_url.is_empty() {
            return Ok(None);
        }
        let url = http_url("public_url", &self.public_url)?;
        Ok(Some(url.origin().ascii_serialization()))
    }

    /// What the gateway's file says.
    pub fn gateway_file(&self) -> anyhow::Result<gateway::Config> {
        let environment = Environment::of_process();
        let variable = |name: &str| match environment.get(name) {
            Ok(given) => Ok(given.map(|given| given.value)),
            Err(error) => Err(error.to_string()),
        };
        let file = gateway::Config::parse_with(&self.gateway_text()?, &variable);
        let mut file = file.map_err(|error| self.of_gateway(&error))?;
        file.move_services(&self.upstreams).map_err(|error| self.of_gateway(&error))?;
        // The limits of the file that is built in are those of all gateways together where these
        // share a cache. A file of the operator's own says by itself where it counts.
        if self.gateway.is_empty() && !cache::is_private(&self.cache) {
            file.share_limits(&cache::connect(&self.cache)?);
        }
        Ok(file)
    }

    /// The gateway's file as it is written: the operator's, or the one built in.
    pub fn gateway_text(&self) -> anyhow::Result<String> {
        match self.gateway.as_str() {
            "" => Ok(GATEWAY.to_owned()),
            path => std::fs::read_to_string(path).map_err(|error| self.of_gateway(&error)),
        }
    }

    /// An error with the name of the gateway's file.
    pub fn of_gateway(&self, error: &dyn std::fmt::Display) -> anyhow::Error {
        anyhow::anyhow!("gateway = \"{}\": {error}", self.gateway)
    }
}

/// Variables that begin like settings and are none.
const NO_SETTINGS: [&str; 4] =
    ["EXPENSE_CONFIG", "EXPENSE_TOKEN", "EXPENSE_TEST_", "EXPENSE_SECRET_"];

/// A setting in the environment: `EXPENSE_AUTH__REGISTRATION` for `registration` under `[auth]`.
struct Variable {
    setting: String,
    /// The variable that is set: this one, or that of a file.
    name: String,
    value: String,
}

impl Variable {
    /// All of an environment, in the order of their names.
    fn all(environment: &Environment) -> anyhow::Result<Vec<Variable>> {
        let mut variables = Vec::new();
        for setting in environment.names().into_iter().filter(|name| is_setting(name)) {
            if let Some(Given { variable: name, value }) = environment.get(setting)? {
                variables.push(Variable { setting: setting.to_owned(), name, value });
            }
        }
        Ok(variables)
    }

    /// The names of the sections around it, and its own.
    fn keys(&self) -> Vec<String> {
        let keys = self.setting.trim_start_matches("EXPENSE_").split("__");
        keys.map(str::to_ascii_lowercase).collect()
    }

    /// Puts it among the settings: as what its default is, and as the text that it is where that
    /// is text or there is none.
    fn set(&self, settings: &mut Table, defaults: &Table) -> anyhow::Result<()> {
        let keys = self.keys();
        let Some((last, sections)) = keys.split_last() else { return Ok(()) };
        let (mut place, mut default) = (settings, Some(defaults));
        for section in sections {
            let inner = place.entry(section).or_insert_with(|| Value::Table(Table::new()));
            place = inner.as_table_mut().with_context(|| format!("{section} is no section"))?;
            default = default.and_then(|table| table.get(section)).and_then(Value::as_table);
        }
        place.insert(last.clone(), self.read_as(default.and_then(|table| table.get(last)))?);
        Ok(())
    }

    fn read_as(&self, default: Option<&Value>) -> anyhow::Result<Value> {
        let text = self.value.as_str();
        match default {
            Some(Value::Integer(_)) => text.parse().map(Value::Integer).map_err(|_| {
                anyhow::anyhow!("\"{text}\" is no whole number; write one such as 32")
            }),
            Some(Value::Boolean(_)) => text
                .parse()
                .map(Value::Boolean)
                .map_err(|_| anyhow::anyhow!("\"{text}\" is neither true nor false")),
            Some(Value::Array(_)) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Ok(Value::Array(parts.map(Value::from).collect()))
            }
            Some(Value::Table(section)) => {
                let inner = section.keys().next().map_or("NAME", String::as_str);
                let example = format!("{}__{}", self.setting, inner.to_ascii_uppercase());
                anyhow::bail!("is a section; set what is in it, such as {example}")
            }
            _ => Ok(Value::from(text)),
        }
    }
}

fn is_setting(name: &str) -> bool {
    name.starts_with("EXPENSE_") && !NO_SETTINGS.iter().any(|other| name.starts_with(other))
}

fn read_file(path: &Path) -> anyhow::Result<Table> {
    let text = std::fs::read_to_string(path)?;
    Ok(toml::from_str(&text)?)
}

/// Puts what a file says over what is there, section by section.
fn merge(settings: &mut Table, over: Table) {
    for (key, value) in over {
        match (settings.get_mut(&key), value) {
            (Some(Value::Table(section)), Value::Table(over)) => merge(section, over),
            (_, value) => {
                settings.insert(key, value);
            }
        }
    }
}

/// Says of a refusal which variable or file the refused value stands in.
fn name_source(error: &anyhow::Error, file: Option<&Path>, set: &[Variable]) -> anyhow::Error {
    let text = error.to_string();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mentions = |key: &String| text.split(|c| !is_word(c)).any(|word| word == key);
    let told = set.iter().filter(|variable| variable.keys().last().is_some_and(mentions));
    let names: Vec<&str> = told.map(|variable| variable.name.as_str()).collect();
    match file {
        _ if !names.is_empty() => anyhow::anyhow!("{}: {text}", names.join(", ")),
        Some(path) => anyhow::anyhow!("{}: {text}", path.display()),
        None => anyhow::anyhow!("{text}"),
    }
}

/// `host:port`, where the port may be 0 for any that is free.
pub fn address(key: &str, text: &str) -> anyhow::Result<std::net::SocketAddr> {
    text.parse().map_err(|_| {
        anyhow::anyhow!("{key} = \"{text}\" is no address; write one such as \"127.0.0.1:8000\"")
    })
}

/// A kind that is known, and a database for each service: two that shared one would find each
/// other's tables.
fn database_url(text: &str) -> anyhow::Result<()> {
    let shown = without_password(text);
    let kinds = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];
    let kind = text.split_once("://").map(|(kind, _)| kind).filter(|kind| kinds.contains(kind));
    anyhow::ensure!(
        kind.is_some(),
        "database = \"{shown}\" is of no kind that is known here; begin it with sqlite://, \
         postgres:// or mysql://"
    );
    anyhow::ensure!(
        text.contains("{service}"),
        "database = \"{shown}\" is one for all services, and each needs its own; write {{service}} \
         where its name belongs, such as sqlite://data/{{service}}.db"
    );
    Ok(())
}

/// A URL as it may be shown: what is printed may end in a bug report.
pub fn without_password(text: &str) -> String {
    let hidden = || {
        // By its ends, since a password may hold what it should not, and then this is no URL.
        let (scheme, rest) = text.split_once("://")?;
        let (credentials, place) = rest.rsplit_once('@')?;
        let (user, _) = credentials.split_once(':')?;
        Some(format!("{scheme}://{user}:HIDDEN@{place}"))
    };
    hidden().unwrap_or_else(|| text.to_owned())
}

fn address_of_service(section: &str, service: &str, url: &str) -> anyhow::Result<()> {
    let known: Vec<&str> = SERVICES.iter().map(|entry| entry.name).collect();
    anyhow::ensure!(
        known.contains(&service),
        "{section}.{service}: there is no such service; there are {}",
        known.join(", ")
    );
    http_url(&format!("{section}.{service}"), url)?;
    Ok(())
}

fn http_url(key: &str, text: &str) -> anyhow::Result<url::Url> {
    web_address(text).ok_or_else(|| {
        anyhow::anyhow!(
            "{key} = \"{text}\" is no address; write one such as \"https://books.example\""
        )
    })
}

/// The address of something that speaks HTTP.
pub fn web_address(text: &str) -> Option<url::Url> {
    let url = url::Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.into()));
        Config::load_with(Some(&path), &variables.collect())
    }

    fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
        load(file, variables).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_a_whole_configuration() {
        let config = Config::load_defaults().unwrap();
        assert_eq!(config.auth, auth::Config::default(), "config/default.toml and the code agree");
        assert_eq!(config.store, store::Config::default(), "here too");
        let text = toml::to_string(&config).unwrap();
        let written: toml::Table = toml::from_str(&text).unwrap();
        let explained: toml::Table = toml::from_str(DEFAULT).unwrap();
        assert_eq!(written, explained, "every key is in config/default.toml");
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let file = "listen = \"127.0.0.1:1\"\ninternal_listen = \"127.0.0.1:2\"";
        let variables = [("EXPENSE_LISTEN", "127.0.0.1:3"), ("EXPENSE_TEST_POSTGRES", "x")];
        let config = load(file, &variables).unwrap();
        assert_eq!(config.listen, "127.0.0.1:3");
        assert_eq!(config.internal_listen, "127.0.0.1:2");
        let config = load("", &[("EXPENSE_AUTH__REGISTRATION", "open")]).unwrap();
        assert_ne!(config.auth, auth::Config::default());
    }

    #[test]
    fn a_wrong_key_or_value_is_named_with_what_would_be_right() {
        for (file, expected) in [
            ("lissten = \"127.0.0.1:1\"", vec!["lissten", "listen"]),
            ("listen = \"here\"", vec!["listen", "here", "127.0.0.1:8000"]),
            ("public_url = \"books.example\"", vec!["public_url", "https://"]),
            ("[auth]\nregistration = \"closed\"", vec!["registration", "closed", "invite"]),
            ("[log]\nformat = \"xml\"", vec!["format", "xml", "json"]),
            ("trusted_proxies = [\"10.0.0.0/99\"]", vec!["trusted_proxies", "10.0.0.0/99"]),
            ("database = \"oracle://x/{service}\"", vec!["database", "oracle", "sqlite://"]),
            ("database = \"sqlite://one.db\"", vec!["database", "one.db", "{service}"]),
            ("bus = \"kafka:\"", vec!["bus", "kafka:", "embedded:"]),
            ("bus = \"kafka://me:secret@here\"", vec!["bus", "\"here\"", "kafka://kafka:9092"]),
            ("queue = \"rabbit:\"", vec!["queue", "rabbit:", "embedded:", "amqp://"]),
            ("queue = \"amqp://a@b?prefx=c\"", vec!["queue", "prefx", "prefix"]),
            ("cache = \"redis:\"", vec!["cache", "redis:", "redis://HOST:6379"]),
            ("files = \"ftp://x\"", vec!["files", "ftp:", "file://", "s3://"]),
            ("files = \"s3://x?at=y\"", vec!["files", "at", "endpoint"]),
            ("[services]\nleger = \"http://a:1\"", vec!["services.leger", "ledger"]),
            ("[services]\nledger = \"here\"", vec!["services.ledger", "here", "https://"]),
            ("[upstreams]\nleger = \"http://a:1\"", vec!["upstreams.leger", "ledger"]),
            ("[store]\nconnections = 1", vec!["store.connections = 1", "from 2 to 1000"]),
            ("listen = 5", vec!["listen", "5", "string"]),
            ("[auth.argon2]\niterations = 1", vec!["iterations = 1", "19456 with 2"]),
            ("listen = ", vec!["own.toml"]),
        ] {
            let text = refusal(file, &[("EXPENSE_AUTH__HASH_QUEUE", "8")]);
            assert!(text.contains("own.toml: "), "{text}");
            for word in expected {
                assert!(text.contains(word), "{file}: {text}");
            }
        }
    }

    #[test]
    fn a_variable_is_read_as_what_its_setting_is() {
        let config = load(
            "",
            &[
                ("EXPENSE_AUTH__SETUP_TOKEN", "0123456789012345"),
                ("EXPENSE_SERVICES__LEDGER", "http://ledger:8001"),
                ("EXPENSE_LOG__LEVEL", "true"),
                ("EXPENSE_SECRETS", "0042"),
                ("EXPENSE_GATEWAY", " 1e3 "),
                ("EXPENSE_AUTH__ARGON2__MEMORY_KIB", "65536"),
                ("EXPENSE_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.1"),
            ],
        );
        let config = config.unwrap();
        assert_eq!(config.auth.setup_token.as_deref(), Some("0123456789012345"));
        assert_eq!(config.services["ledger"], "http://ledger:8001");
        assert_eq!((config.log.level.as_str(), config.secrets.as_str()), ("true", "0042"));
        assert_eq!(config.gateway, " 1e3 ", "text is kept as it is");
        assert_eq!(config.auth.argon2.memory_kib, 65536);
        assert_eq!(config.trusted_proxies, ["10.0.0.0/8", "192.168.0.1"]);
        let none = load("trusted_proxies = [\"::1\"]", &[("EXPENSE_TRUSTED_PROXIES", "")]);
        assert_eq!(none.unwrap().trusted_proxies, [""; 0]);
    }

    #[test]
    fn a_variable_may_name_a_file_that_holds_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        std::fs::write(&path, "redis://:s3cret@cache.example\n").unwrap();
        let path = path.to_str().unwrap();
        let config = load("", &[("EXPENSE_CACHE_FILE", path)]).unwrap();
        assert_eq!(config.cache, "redis://:s3cret@cache.example");
        for (variables, expected) in [
            (vec![("EXPENSE_CACHE_FILE", path), ("EXPENSE_CACHE", "memory:")], "both set"),
            (vec![("EXPENSE_LISTEN_FILE", path)], "EXPENSE_LISTEN_FILE: listen"),
            (vec![("EXPENSE_CACHE_FILE", "/nowhere")], "EXPENSE_CACHE_FILE = \"/nowhere\""),
        ] {
            let text = refusal("", &variables);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn a_password_is_hidden_wherever_it_stands() {
        for (url, shown) in [
            ("redis://:s3cret@host:6379/0", "redis://:HIDDEN@host:6379/0"),
            ("kafka://me:s3cret@one:1,two:2?prefix=x", "kafka://me:HIDDEN@one:1,two:2?prefix=x"),
            ("postgres://me:s/3@c#ret@host/{service}", "postgres://me:HIDDEN@host/{service}"),
            ("s3://KEY:s3cret@bucket/a?endpoint=b", "s3://KEY:HIDDEN@bucket/a?endpoint=b"),
            ("mysql://root@host:3306/x", "mysql://root@host:3306/x"),
            ("memory:", "memory:"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn a_wrong_variable_is_named_with_what_would_be_right() {
        for (name, value, expected) in [
            ("EXPENSE_LISTN", "x", vec!["listn", "listen"]),
            ("EXPENSE_LISTEN", "8000", vec!["8000", "127.0.0.1:8000"]),
            ("EXPENSE_AUTH__HASH_QUEUE", "many", vec!["many", "whole number"]),
            ("EXPENSE_AUTH__HASH_QUEUE", "-1", vec!["auth.hash_queue", "-1"]),
            ("EXPENSE_AUTH__HASH_QUEUE", "10001", vec!["auth.hash_queue", "0 to 10000"]),
            ("EXPENSE_AUTH__REGISTRATION", "closed", vec!["closed", "invite"]),
            ("EXPENSE_AUTH__ARGON2__ITERATIONS", "1", vec!["iterations = 1", "19456 with 2"]),
            ("EXPENSE_AUTH__SETUP_TOKEN", "123", vec!["auth.setup_token", "16"]),
            ("EXPENSE_LOG", "info", vec!["section", "EXPENSE_LOG__FORMAT"]),
            ("EXPENSE_LISTEN__PORT", "1", vec!["listen is no section"]),
            ("EXPENSE_TRUSTED_PROXIES", "10.0.0.0/99", vec!["10.0.0.0/99"]),
        ] {
            let right = ("EXPENSE_PUBLIC_URL", "https://books.example");
            let text = refusal("", &[right, (name, value)]);
            assert!(text.starts_with(&format!("{name}: ")), "{text}");
            for word in expected {
                assert!(text.contains(word), "{name}: {text}");
            }
        }
    }
}
