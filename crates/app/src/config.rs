//! The configuration: read once, whole and early; a wrong value stops the start with its name.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use config::{Environment, File, FileFormat};
use serde::{Deserialize, Serialize};

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
    pub services: BTreeMap<String, String>,
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

/// Variables that begin like settings and are none.
const NO_SETTINGS: [&str; 3] = ["EXPENSE_CONFIG", "EXPENSE_TOKEN", "EXPENSE_TEST_"];

impl Config {
    /// The defaults, then a file, then the environment; each wins over the one before.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Config> {
        Config::load_with(file, std::env::vars().collect())
    }

    /// The defaults alone, whatever the environment says.
    pub fn load_defaults() -> anyhow::Result<Config> {
        Config::load_with(None, HashMap::new())
    }

    fn load_with(
        file: Option<&Path>,
        variables: HashMap<String, String>,
    ) -> anyhow::Result<Config> {
        let settings = |name: &String, _: &mut String| {
            name.starts_with("EXPENSE_") && !NO_SETTINGS.iter().any(|other| name.starts_with(other))
        };
        let mut variables = variables;
        variables.retain(settings);
        let environment = Environment::with_prefix("EXPENSE")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .source(Some(variables));
        let mut builder =
            config::Config::builder().add_source(File::from_str(DEFAULT, FileFormat::Toml));
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        }
        let named = |error: config::ConfigError| match file {
            Some(path) => anyhow::anyhow!("{} or the environment: {error}", path.display()),
            None => anyhow::anyhow!("the environment: {error}"),
        };
        let merged: serde_json::Value = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(named)?;
        // Read by way of JSON, since its errors say what would be right.
        let config: Config = serde_path_to_error::deserialize(merged)
            .map_err(|error| anyhow::anyhow!("{}: {}", error.path(), error.inner()))?;
        config.check()?;
        Ok(config)
    }

    /// What a type alone can't tell.
    fn check(&self) -> anyhow::Result<()> {
        address("listen", &self.listen)?;
        if !self.internal_listen.is_empty() {
            address("internal_listen", &self.internal_listen)?;
        }
        self.public_origin()?;
        for (service, url) in &self.services {
            http_url(&format!("services.{service}"), url)?;
        }
        for range in &self.trusted_proxies {
            range
                .parse::<gateway::AddressRange>()
                .map_err(|error| anyhow::anyhow!("trusted_proxies: {error}"))?;
        }
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

    /// The gateway's file: the operator's, or the one built in.
    pub fn gateway_file(&self) -> anyhow::Result<String> {
        if self.gateway.is_empty() {
            return Ok(GATEWAY.to_owned());
        }
        std::fs::read_to_string(&self.gateway)
            .map_err(|error| anyhow::anyhow!("gateway = \"{}\": {error}", self.gateway))
    }
}

/// `host:port`, where the port may be 0 for any that is free.
pub fn address(key: &str, text: &str) -> anyhow::Result<std::net::SocketAddr> {
    text.parse().map_err(|_| {
        anyhow::anyhow!("{key} = \"{text}\" is no address; write one such as \"127.0.0.1:8000\"")
    })
}

fn http_url(key: &str, text: &str) -> anyhow::Result<url::Url> {
    url::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            anyhow::anyhow!(
                "{key} = \"{text}\" is no address; write one such as \"https://books.example\""
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::load_with(Some(&path), variables)
    }

    fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
        load(file, variables).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_a_whole_configuration() {
        let config = Config::load_defaults().unwrap();
        assert_eq!(config.auth, auth::Config::default(), "config/default.toml and the code agree");
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
            ("listen = ", vec!["own.toml"]),
        ] {
            let text = refusal(file, &[]);
            for word in expected {
                assert!(text.contains(word), "{file}: {text}");
            }
        }
        assert!(refusal("", &[("EXPENSE_LISTN", "x")]).contains("listn"));
    }
}
