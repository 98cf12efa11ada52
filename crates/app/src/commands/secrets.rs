//! `secrets make`: the keys of an installation, for processes that share them.

use std::path::Path;

use service::Secrets;

use crate::cli::SecretsCommand;
use crate::config::Config;

pub fn run(config: &Config, command: &SecretsCommand) -> anyhow::Result<()> {
    let SecretsCommand::Make = command;
    Secrets::load_or_make(Path::new(&config.secrets))
        .map_err(|error| anyhow::anyhow!("secrets = \"{}\": {error}", config.secrets))?;
    super::print(&format!("The secrets are in {}; keep a copy of them.\n", config.secrets))
}
