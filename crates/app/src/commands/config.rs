//! `config check` and `config show`.

use std::path::Path;

use service::Secrets;

use crate::cli::ConfigCommand;
use crate::config::{Config, DEFAULT, without_password};
use crate::edge;

pub fn run(command: &ConfigCommand, file: Option<&Path>) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Check => {
            let config = Config::load(file)?;
            let file = config.gateway_file()?;
            let routes = file.routes().len();
            // Its keys are as good as any: what is in the file decides.
            let keys = edge::own_keys(&Secrets::random()?)?;
            edge::gateway(&config, file, gateway::Locals::new(), &keys)?;
            super::print(&format!(
                "The configuration is right. Routes of the gateway: {routes}.\n"
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
    let Config { database, bus, queue, cache, files, .. } = &mut config;
    for url in [database, bus, queue, cache, files] {
        *url = without_password(url);
    }
    config
}
