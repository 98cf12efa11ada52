//! `config check` and `config show`.

use std::path::Path;

use crate::cli::ConfigCommand;
use crate::config::{Config, DEFAULT};

pub fn run(command: &ConfigCommand, file: Option<&Path>) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Check => {
            let config = Config::load(file)?;
            let routes = gateway::Config::parse(&config.gateway_file()?)?.routes().len();
            super::print(&format!(
                "The configuration is right; the gateway has {routes} routes.\n"
            ))?;
        }
        ConfigCommand::Show { defaults: true } => super::print(DEFAULT)?,
        ConfigCommand::Show { defaults: false } => {
            super::print(&toml::to_string(&hide_passwords(Config::load(file)?))?)?;
        }
    }
    Ok(())
}

/// What is printed may end in a bug report.
fn hide_passwords(mut config: Config) -> Config {
    for text in [&mut config.database, &mut config.bus, &mut config.queue, &mut config.cache] {
        let Ok(mut url) = url::Url::parse(text) else { continue };
        if url.password().is_some() && url.set_password(Some("HIDDEN")).is_ok() {
            *text = url.to_string().replace("%7B", "{").replace("%7D", "}");
        }
    }
    config
}
