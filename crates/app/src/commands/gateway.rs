//! `gateway export`: the gateway's file as Kong loads it.

use super::print;
use crate::cli::GatewayCommand;
use crate::config::Config;
use crate::edge;

pub async fn run(config: &Config, command: &GatewayCommand) -> anyhow::Result<()> {
    let GatewayCommand::Export { output } = command;
    let keys = edge::keys_of_auth(config).await?;
    let text = gateway::export(&config.gateway_text()?, &keys, &config.upstreams);
    let text = text.map_err(|error| config.of_gateway(&error))?;
    match output {
        Some(path) => std::fs::write(path, text)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display())),
        None => print(&text),
    }
}
