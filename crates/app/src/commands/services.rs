//! `services`: what `serve` can run, for people and for what deploys it.

use serde::Serialize;

use crate::services::{GATEWAY, GATEWAY_ABOUT, SERVICES};

/// One name that `serve` takes.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    about: &'static str,
    /// Whether it keeps data of its own.
    database: bool,
    /// Whether it is the public edge, which another gateway can stand in for.
    edge: bool,
}

pub fn run(json: bool) -> anyhow::Result<()> {
    let rows = rows();
    if json {
        return super::print(&format!("{}\n", serde_json::to_string_pretty(&rows)?));
    }
    let lines = rows.iter().map(|row| format!("{:<10} {}\n", row.name, row.about));
    super::print(&lines.collect::<String>())
}

fn rows() -> Vec<Row> {
    let services = SERVICES.iter().map(|entry| Row {
        name: entry.name,
        about: entry.about,
        database: entry.has_database,
        edge: false,
    });
    let edge = Row { name: GATEWAY, about: GATEWAY_ABOUT, database: false, edge: true };
    services.chain([edge]).collect()
}
