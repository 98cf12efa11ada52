//! The parts of deploy/compose.yml that repeat for each service.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;
use crate::workspace::Workspace;

pub const FILE: &str = "deploy/compose.yml";

/// What `expense-tracker services --json` says of one.
#[derive(Deserialize)]
pub struct Service {
    pub name: String,
    edge: bool,
    files: bool,
    keys: Vec<String>,
    secret_settings: Vec<String>,
}

impl Service {
    /// What it is trusted with, by the names of their files.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().chain(&self.secret_settings).map(String::as_str)
    }
}

/// The one list of services.
pub fn services(workspace: &Workspace) -> Result<Vec<Service>> {
    let program = workspace.binary().display().to_string();
    let printed = process::capture(&mut workspace.command(&program, ["services", "--json"]))?;
    serde_json::from_slice(&printed).context("the list of services is not what was expected")
}

/// Prints the file as it has to be today.
pub fn print(workspace: &Workspace) -> Result<ExitCode> {
    let file = fs::read_to_string(workspace.root.join(FILE)).context("can't read it")?;
    print!("{}", render(&file, &services(workspace)?)?);
    Ok(ExitCode::SUCCESS)
}

fn render(file: &str, services: &[Service]) -> Result<String> {
    let inside = || services.iter().filter(|service| !service.edge);
    let addresses: String = inside().map(address).collect();
    let blocks: String = services.iter().map(block).collect();
    let file = with_region(file, "addresses", &addresses)?;
    with_region(&file, "services", &blocks)
}

fn address(service: &Service) -> String {
    let Service { name, .. } = service;
    format!("  EXPENSE_SERVICES__{}: http://{name}:8001\n", name.to_uppercase())
}

fn block(service: &Service) -> String {
    let Service { name, secret_settings, .. } = service;
    let frame = if service.edge { "edge" } else { "service" };
    let mut text = format!("  {name}:\n    <<: *{frame}\n    command: [serve, {name}]\n");
    text.push_str("    environment:\n      <<: *settings\n");
    for setting in secret_settings {
        let variable = setting.to_uppercase();
        text.push_str(&format!("      EXPENSE_{variable}_FILE: /run/secrets/{setting}\n"));
    }
    let secrets = service.secrets().collect::<Vec<_>>().join(", ");
    text.push_str(&format!("    secrets: [{secrets}]\n"));
    if service.files {
        text.push_str("    volumes: [\"files:/data/files\"]\n");
    }
    text
}

/// Replaces what stands between `# begin NAME` and `# end NAME`.
fn with_region(file: &str, name: &str, content: &str) -> Result<String> {
    let region = || {
        let (begin, end) = (format!("# begin {name}\n"), format!("# end {name}\n"));
        let (before, rest) = file.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some((before, begin, end, after))
    };
    let (before, begin, end, after) = region()
        .with_context(|| format!("{FILE} has no lines `# begin {name}` and `# end {name}`"))?;
    let indent = before.rsplit('\n').next().unwrap_or_default();
    Ok(format!("{before}{begin}{content}{indent}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_replaced_and_all_else_stays() {
        let file = "a:\n  # begin x\n  old\n  # end x\nb:\n";
        let new = with_region(file, "x", "  new\n").unwrap();
        assert_eq!(new, "a:\n  # begin x\n  new\n  # end x\nb:\n");
        assert_eq!(with_region(&new, "x", "  new\n").unwrap(), new);
        let error = with_region(file, "y", "").unwrap_err();
        assert!(error.to_string().contains("# begin y"), "{error}");
    }

    #[test]
    fn a_service_is_given_its_own_secrets_alone() {
        let service = Service {
            name: "ledger".to_owned(),
            edge: false,
            files: true,
            keys: vec!["service.key".to_owned()],
            secret_settings: vec!["bus".to_owned()],
        };
        let text = block(&service);
        for line in [
            "    command: [serve, ledger]",
            "      EXPENSE_BUS_FILE: /run/secrets/bus",
            "    secrets: [service.key, bus]",
            "    volumes: [\"files:/data/files\"]",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
