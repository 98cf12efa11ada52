//! `routes`: what the gateway lets through to whom, and what the services answer.

use std::fmt::Write;

use service::Rule;

use super::{endpoints, print};
use crate::config::Config;

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut text = String::from("Gateway\n");
    for row in config.gateway_file()?.routes() {
        let (matches, plugins) = (row.matches.join("  "), row.plugins.join(", "));
        writeln!(text, "  {:<12} {:<16} {matches}", row.service, row.route)?;
        writeln!(text, "  {:<12} {:<16}   {plugins}", "", "")?;
    }
    text.push_str("\nServices\n");
    let mut endpoints = endpoints().await?;
    endpoints.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    for endpoint in endpoints {
        let who = match endpoint.rule {
            Rule::Anyone => "anyone",
            Rule::Person => "signed in",
            Rule::Service => "services",
        };
        writeln!(text, "  {who:<10} {:<7} {}", endpoint.method, endpoint.path)?;
    }
    print(&text)
}
