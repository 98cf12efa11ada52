//! `config check` and `config show`.

use std::path::Path;

use crate::cli::ConfigCommand;
use crate::config::{Config, DEFAULT};

pub fn run(command: &ConfigCommand, file: Option<&Path>) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Check => {
            let config = Config::load(file)?;
            let routes = gateway::Config::parse(&config.gateway_file()?)?.routes().len();
            println!("The configuration is right; the gateway has {routes} routes.");
        }
        ConfigCommand::Show { defaults: true } => print!("{DEFAULT}"),
        ConfigCommand::Show { defaults: false } => {
            print!("{}", toml::to_string(&hide_passwords(Config::load(file)?))?);
        }
    }
    Ok(())
}

/// What is printed may end in a bug report.
fn hide_passwords(mut config: Config) -> Config {
    let hidden = "HIDDEN";
    for text in [&mut config.database, &mut config.bus, &mut config.queue, &mut config.cache] {
        let Ok(mut url) = url::Url::parse(text) else { continue };
        if url.password().is_some() && url.set_password(Some(hidden)).is_ok() {
            *text = url.to_string().replace("%7B", "{").replace("%7D", "}");
        }
    }
    if config.auth.setup_token.is_some() {
        config.auth.setup_token = Some(hidden.to_owned());
    }
    config
}
