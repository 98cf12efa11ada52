//! The chart and the Compose file as their own tools read them.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use super::checks::Checks;
use super::compose;
use super::tools::Tools;
use crate::process;
use crate::workspace::Workspace;

pub const FOLDER: &str = "deploy/helm/expense-tracker";

/// Ways to install it that differ in what is rendered.
const SHAPES: &[(&str, &[&str])] = &[
    ("with the defaults", &[]),
    ("behind Kong, with a gateway file", &["edge=kong", "gatewayFile=_format_version: \"3.0\""]),
    (
        "with everything that is off by default",
        &[
            "serviceMonitor.enabled=true",
            "ingress.enabled=true",
            "ingress.tlsSecret=certificate",
            "filesClaim=receipts",
            "defaults.autoscaling.enabled=false",
            "imagePullSecrets[0].name=registry",
        ],
    ),
];

/// Values that must be refused, with a word of the reason.
const REFUSED: &[(&str, &str)] = &[
    ("services.legder.replicas=3", "there are web"),
    ("edge=nginx", "kong"),
    ("defaults.autoscaling.minReplicas=0", "minReplicas"),
    ("secret=", "secret"),
];

pub fn check(workspace: &Workspace, tools: &Tools, checks: &mut Checks) {
    checks.run("helm finds nothing wrong with the chart", || {
        let mut lint = tools.program("helm");
        lint.args(["lint", "--strict", FOLDER]);
        process::capture(lint.current_dir(&workspace.root)).map(drop)
    });
    for (shape, values) in SHAPES {
        checks.run(&format!("rendered {shape}, each object fits its schema"), || {
            conform(tools, &render(workspace, tools, values)?)
        });
    }
    for (value, word) in REFUSED {
        checks.run(&format!("{value} is refused with the reason"), || {
            let refusal = render(workspace, tools, &[value]).err().context("it is taken")?;
            ensure!(refusal.to_string().contains(word), "{word} is not in {refusal}");
            Ok(())
        });
    }
    checks.run("Compose reads its file, which has every service", || {
        compose_names_every_service(workspace, tools)
    });
}

/// The objects of the chart as YAML.
pub fn render(workspace: &Workspace, tools: &Tools, values: &[&str]) -> Result<String> {
    let mut helm = tools.program("helm");
    helm.args(["template", "check", FOLDER, "--kube-version", "1.37.0"]);
    for value in values {
        helm.args(["--set", value]);
    }
    let printed = process::capture(helm.current_dir(&workspace.root))?;
    String::from_utf8(printed).context("it is not UTF-8")
}

fn conform(tools: &Tools, objects: &str) -> Result<()> {
    let mut command = tools.program("kubeconform");
    command.args(["-strict", "-summary", "-schema-location", &tools.schemas()]);
    // The operator of Prometheus defines it, and no package holds its schema.
    command.args(["-skip", "ServiceMonitor"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("no way in")?.write_all(objects.as_bytes())?;
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && !said.contains("Valid: 0,"), "{said}");
    Ok(())
}

fn compose_names_every_service(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let mut compose = tools.program("compose");
    compose.args(["-format", "json", "compose.yml"]);
    let printed = process::capture(compose.current_dir(workspace.root.join("deploy")))?;
    let project: serde_json::Value = serde_json::from_slice(&printed)?;
    for service in compose::services(workspace)? {
        let is_there = project["services"][&service.name].is_object();
        ensure!(is_there, "{} is not in {}", service.name, compose::FILE);
    }
    Ok(())
}
