//! `config check` and `config show`.

use std::path::Path;

use crate::cli::ConfigCommand;
use crate::config::{Config, DEFAULT, without_password};

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
            super::print(&toml::to_string(&without_passwords(Config::load(file)?))?)?;
        }
    }
    Ok(())
}

fn without_passwords(mut config: Config) -> Config {
    for url in [&mut config.database, &mut config.bus, &mut config.queue, &mut config.cache] {
        *url = without_password(url);
    }
    config
}
