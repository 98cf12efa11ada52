//! PostgreSQL, from Debian's package `postgresql`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Place, Server};
use crate::{debian, process};

pub struct Postgres;

const USER: &str = "expense";

impl Server for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn variable(&self) -> &'static str {
        "EXPENSE_TEST_POSTGRES"
    }

    fn install(&self) -> Result<()> {
        debian::ensure("postgresql", || program("postgres").is_ok())
    }

    fn account(&self) -> Option<&'static str> {
        Some("postgres")
    }

    fn prepare(&self, place: &Place) -> Result<()> {
        let mut initdb = place.program(&program("initdb")?);
        initdb.args(["--username", USER, "--auth", "trust", "--encoding", "UTF8"]);
        initdb.args(["--no-sync", "--pgdata", &place.path("data")]);
        process::capture(&mut initdb).map(drop)
    }

    fn command(&self, place: &Place) -> Result<Command> {
        let mut command = place.program(&program("postgres")?);
        command.args(["-D", &place.path("data"), "-p", &place.port.to_string()]);
        let sockets = format!("unix_socket_directories={}", place.dir.display());
        for setting in [
            "listen_addresses=127.0.0.1",
            &sockets,
            "max_connections=300",
            // The data lives as long as the tests do: surviving a power cut is not their subject.
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
        ] {
            command.args(["-c", setting]);
        }
        Ok(command)
    }

    fn answers(&self, place: &Place) -> Result<bool> {
        let mut ask = place.program(&program("pg_isready")?);
        ask.args(["--quiet", "--host", "127.0.0.1", "--port", &place.port.to_string()]);
        Ok(ask.status()?.success())
    }

    fn address(&self, place: &Place) -> String {
        format!("postgres://{USER}@127.0.0.1:{}", place.port)
    }

    fn stop_signal(&self) -> Signal {
        // "Fast shutdown"; a termination would wait for every client to leave.
        Signal::INT
    }
}

/// A program of the newest installed version; Debian keeps each version in a folder of its own.
fn program(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path().join("bin").join(name);
            path.is_file().then_some((version, path))
        })
        .max();
    newest
        .map(|(_, path)| path)
        .or_else(|| process::find(name))
        .with_context(|| format!("PostgreSQL's `{name}` is not on this machine"))
}
