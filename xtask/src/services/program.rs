//! The product itself, as a debug build left it, with an empty data folder: for browser tests.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;

use super::{Place, Server};
use crate::http;
use crate::workspace::Workspace;

pub struct Program;

impl Server for Program {
    fn name(&self) -> &'static str {
        "program"
    }

    fn variable(&self) -> &'static str {
        "BASE_URL"
    }

    fn install(&self) -> Result<()> {
        let binary = Workspace::here()?.binary();
        ensure!(binary.is_file(), "{} is missing; `cargo build` makes it", binary.display());
        Ok(())
    }

    fn account(&self) -> Option<&'static str> {
        None
    }

    fn prepare(&self, place: &Place) -> Result<()> {
        let own = Workspace::here()?.root.join("config/gateway.yml");
        let gateway = fs::read_to_string(&own).context("can't read config/gateway.yml")?;
        fs::write(place.dir.join("gateway.yml"), with_high_limits(&gateway))?;
        // Each test signs up somebody of its own.
        let settings = format!(
            "listen = \"127.0.0.1:{}\"\ninternal_listen = \"\"\ngateway = \"gateway.yml\"\n\
             [auth]\nregistration = \"open\"\n",
            place.port
        );
        fs::write(place.dir.join("settings.toml"), settings).context("can't write its settings")
    }

    fn command(&self, place: &Place) -> Result<Command> {
        // It starts in its folder, so that its data goes there.
        let mut command = place.program(&Workspace::here()?.binary());
        command.args(["--config", &place.path("settings.toml"), "serve"]);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("EXPENSE_") {
                command.env_remove(variable);
            }
        }
        Ok(command)
    }

    fn answers(&self, place: &Place) -> Result<bool> {
        // Something that needs the gateway, a service and its database.
        let answer = http::get(place.port, "/api/v1/auth/registration");
        Ok(answer.is_ok_and(|answer| answer.status == 200))
    }

    fn address(&self, place: &Place) -> String {
        format!("http://127.0.0.1:{}", place.port)
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }
}

/// All tests come from one address, which no household does.
fn with_high_limits(gateway: &str) -> String {
    let raised = gateway.lines().map(|line| match line.split_once("minute: ") {
        Some((indent, _)) if indent.trim().is_empty() => format!("{indent}minute: 1000000\n"),
        _ => format!("{line}\n"),
    });
    raised.collect()
}

#[cfg(test)]
mod tests {
    use super::with_high_limits;

    #[test]
    fn limits_are_raised_and_nothing_else() {
        let file = "# 20 a minute: few\nconfig:\n  policy: local\n  minute: 20\n";
        let raised = "# 20 a minute: few\nconfig:\n  policy: local\n  minute: 1000000\n";
        assert_eq!(with_high_limits(file), raised);
    }
}
