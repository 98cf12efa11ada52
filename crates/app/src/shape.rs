//! The shape of an installation: which services run in this process, and whether they can work so.

use anyhow::ensure;

use crate::config::Config;
use crate::services::{Entry, GATEWAY, SERVICES};

/// What runs in this process; the rest, if any, runs in others.
pub struct Shape {
    pub entries: Vec<&'static Entry>,
    pub gateway: bool,
}

impl Shape {
    /// What the command line names; everything, if it names nothing.
    pub fn of(names: &[String]) -> Shape {
        let is_named = |name: &str| names.is_empty() || names.iter().any(|named| named == name);
        let entries = SERVICES.iter().filter(|entry| is_named(entry.name)).collect();
        Shape { entries, gateway: is_named(GATEWAY) }
    }

    /// Every service and no gateway: for commands that look at all of them.
    pub fn all_services() -> Shape {
        Shape { entries: SERVICES.iter().collect(), gateway: false }
    }

    pub fn runs(&self, service: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == service)
    }

    /// Whether every service runs here, so that none has to be reached elsewhere.
    pub fn is_whole(&self) -> bool {
        self.entries.len() == SERVICES.len()
    }

    pub fn has_database(&self) -> bool {
        self.entries.iter().any(|entry| entry.has_database)
    }

    /// Refuses what could only fail later, before anything is opened.
    pub fn check(&self, config: &Config) -> anyhow::Result<()> {
        if self.is_whole() {
            return Ok(());
        }
        if !self.entries.is_empty() {
            self.shares_its_back_ends(config)?;
        }
        self.reaches_the_others(config)
    }

    fn shares_its_back_ends(&self, config: &Config) -> anyhow::Result<()> {
        for (key, url, private, instead) in [
            ("bus", &config.bus, "embedded:", "kafka://HOST:PORT"),
            ("cache", &config.cache, "memory:", "redis://HOST:PORT"),
            ("database", &config.database, "sqlite:", "postgres://USER@HOST/expense_{service}"),
        ] {
            ensure!(
                !url.starts_with(private),
                "only some services would run here, and {key} = \"{url}\" is of one process alone; \
                 run all of them, or set one that processes share, such as \"{instead}\""
            );
        }
        Ok(())
    }

    fn reaches_the_others(&self, config: &Config) -> anyhow::Result<()> {
        let asked = self.entries.iter().flat_map(|entry| entry.asks.iter().copied());
        // Whoever checks tokens asks auth for the keys.
        for service in asked.chain(["auth"]) {
            ensure!(
                self.runs(service) || config.services.contains_key(service),
                "services.{service} is missing: it does not run here, and what does run asks it; \
                 set its internal address, such as services.{service} = \"http://{service}:8001\""
            );
        }
        let is_asked = |name| name == "auth" || SERVICES.iter().any(|e| e.asks.contains(&name));
        let reached = self.entries.iter().find(|entry| is_asked(entry.name));
        if let Some(entry) = reached {
            ensure!(
                !config.internal_listen.is_empty(),
                "internal_listen = \"\": other services ask {} there; set an address that they \
                 reach, such as \"0.0.0.0:8001\"",
                entry.name
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(names: &[&str]) -> Shape {
        Shape::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    /// A configuration with which every service could run alone.
    fn shared() -> Config {
        let mut config = Config::load_defaults().unwrap();
        config.database = "postgres://expense@db/expense_{service}".to_owned();
        config.bus = "kafka://bus:9092".to_owned();
        config.cache = "redis://cache:6379".to_owned();
        for entry in SERVICES {
            config.services.insert(entry.name.to_owned(), format!("http://{}:8001", entry.name));
        }
        config
    }

    #[test]
    fn everything_in_one_process_works_on_anything() {
        let defaults = Config::load_defaults().unwrap();
        shape(&[]).check(&defaults).unwrap();
        let all: Vec<&str> = SERVICES.iter().map(|entry| entry.name).collect();
        shape(&all).check(&defaults).unwrap();
        assert!(!shape(&all).gateway && shape(&[]).gateway);
    }

    #[test]
    fn each_service_works_alone_where_all_is_shared() {
        for name in SERVICES.iter().map(|entry| entry.name).chain([GATEWAY]) {
            shape(&[name]).check(&shared()).unwrap();
        }
    }

    #[test]
    fn what_is_of_one_process_alone_is_refused_by_its_key() {
        for (key, instead) in [("bus", "kafka:"), ("cache", "redis:"), ("database", "postgres:")] {
            let mut config = shared();
            let defaults = Config::load_defaults().unwrap();
            match key {
                "bus" => config.bus = defaults.bus,
                "cache" => config.cache = defaults.cache,
                _ => config.database = defaults.database,
            }
            let error = shape(&["ledger", "reporting"]).check(&config).unwrap_err().to_string();
            assert!(error.contains(&format!("{key} = ")) && error.contains(instead), "{error}");
        }
    }

    #[test]
    fn an_address_that_is_needed_and_missing_is_named() {
        let mut config = shared();
        config.services.remove("ledger");
        shape(&["auth", "user"]).check(&config).unwrap();
        let error = shape(&["reporting"]).check(&config).unwrap_err().to_string();
        assert!(error.contains("services.ledger = \"http://ledger:8001\""), "{error}");
        config.services.clear();
        let error = shape(&[GATEWAY]).check(&config).unwrap_err().to_string();
        assert!(error.contains("services.auth"), "{error}");
        config.internal_listen.clear();
        let error = shape(&["auth"]).check(&config).unwrap_err().to_string();
        assert!(error.contains("internal_listen"), "{error}");
    }
}
