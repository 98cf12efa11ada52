//! `routes`: what the gateway lets through to whom, and what the services answer.

use service::Rule;

use super::{on_scratch, scratch_folder};
use crate::config::Config;

pub async fn run(config: &Config) -> anyhow::Result<()> {
    println!("Gateway");
    for row in gateway::Config::parse(&config.gateway_file()?)?.routes() {
        println!("  {:<12} {:<16} {}", row.service, row.route, row.matches.join("  "));
        println!("  {:<12} {:<16}   {}", "", "", row.plugins.join(", "));
    }
    let folder = scratch_folder()?;
    let deployment = on_scratch(&folder).await?;
    println!("\nServices");
    let mut endpoints = deployment.endpoints().to_vec();
    endpoints.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    for endpoint in endpoints {
        let who = match endpoint.rule {
            Rule::Anyone => "anyone",
            Rule::Person => "signed in",
            Rule::Service => "services",
        };
        println!("  {who:<10} {:<7} {}", endpoint.method, endpoint.path);
    }
    deployment.stop().await;
    Ok(std::fs::remove_dir_all(folder)?)
}
