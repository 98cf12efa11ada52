//! `services`: what `serve` can run, for people and for what deploys it.

use serde::Serialize;

use crate::services::{Entry, GATEWAY, GATEWAY_ABOUT, SERVICES};

/// One name that `serve` takes, and what a process that runs it has to be given.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    about: &'static str,
    /// Whether it is the public edge, which another gateway can stand in for.
    edge: bool,
    /// Whether it keeps data of its own.
    database: bool,
    /// Whether it keeps files.
    files: bool,
    /// The files that it reads in the folder `secrets`.
    keys: Vec<&'static str>,
    /// The settings that may hold a password, as the environment names them.
    secret_settings: Vec<&'static str>,
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
    let edge = Row {
        name: GATEWAY,
        about: GATEWAY_ABOUT,
        edge: true,
        database: false,
        files: false,
        keys: Vec::new(),
        secret_settings: Vec::new(),
    };
    SERVICES.iter().map(row).chain([edge]).collect()
}

fn row(entry: &Entry) -> Row {
    let data: &[_] = if entry.has_database { &["database", "queue"] } else { &[] };
    let files: &[_] = if entry.has_files { &["files"] } else { &[] };
    Row {
        name: entry.name,
        about: entry.about,
        edge: false,
        database: entry.has_database,
        files: entry.has_files,
        keys: [entry.keys, &["service.key"]].concat(),
        secret_settings: [&["bus", "cache"], data, files].concat(),
    }
}
