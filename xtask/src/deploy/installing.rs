//! The chart on a control plane: installed, upgraded, scaled, rolled back, put behind Kong.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::chart::FOLDER;
use super::checks::{Checks, eventually};
use super::cluster::{Cluster, NAMESPACE};
use super::compose::{self, Service};
use super::tools::Tools;
use crate::process;
use crate::workspace::Workspace;

const RELEASE: &str = "books";
const LIMIT: Duration = Duration::from_secs(120);

pub fn check(workspace: &Workspace, tools: &Tools, checks: &mut Checks) {
    let started = checks.run("a control plane of Kubernetes starts", || {
        Ok((compose::services(workspace)?, Cluster::start(tools)?))
    });
    let Some((services, cluster)) = started else { return };
    let installed = Installed { workspace, cluster, services };
    checks.run("helm install --wait, where restricted pods alone are let in", || {
        installed.make_secret()?;
        installed.helm("install", &["serviceMonitor.enabled=true"])
    });
    checks
        .run("the databases were migrated by a job that ended", || installed.migrated().map(drop));
    checks.run("every service and the gateway have two pods that are ready", || {
        installed.services.iter().try_for_each(|service| installed.has_pods(&service.name, 2))
    });
    checks.run("each has an autoscaler, and a budget that lets one pod go", || installed.guarded());
    checks.run("a pod is given the secrets of its service and no others", || installed.entrusted());
    checks.run("an upgrade migrates again, then brings the new version and settings", || {
        let before = installed.migrated()?;
        installed
            .helm("upgrade", &["image.tag=next", "settings=public_url = \"https://books.test\""])?;
        ensure!(installed.migrated()? != before, "the job is the one of the installation");
        installed.runs("next")
    });
    checks.run("one service is scaled by a value, the others stay", || {
        installed.helm("upgrade", &["services.ledger.autoscaling.minReplicas=4"])?;
        installed.has_pods("ledger", 4)?;
        installed.has_pods("reporting", 2)
    });
    checks.run("a service without autoscaler has as many pods as kubectl says", || {
        installed.helm("upgrade", &["defaults.autoscaling.enabled=false"])?;
        let deployment = format!("deployment/{}", installed.name("user"));
        installed.cluster.kubectl(&["scale", &deployment, "--replicas=3"])?;
        installed.has_pods("user", 3)
    });
    checks.run("helm rollback brings back the version of the installation", || {
        let mut helm = installed.cluster.client("helm");
        process::capture(helm.args(["rollback", RELEASE, "1", "--wait", "--timeout=2m"]))?;
        installed.runs("0.1.0")
    });
    checks.run("Kong takes the gateway's place", || {
        installed.helm("upgrade", &["edge=kong"])?;
        installed.has_pods("kong", 2)?;
        let gateway = installed.cluster.get("deployment", &installed.name("gateway"));
        ensure!(gateway.is_err(), "the gateway is still there");
        installed.leads_to("kong")
    });
    checks.run("helm uninstall leaves no pods", || {
        let mut helm = installed.cluster.client("helm");
        process::capture(helm.args(["uninstall", RELEASE, "--wait", "--timeout=2m"]))?;
        ensure!(installed.cluster.list("deployments")?.is_empty(), "there are deployments left");
        Ok(())
    });
}

/// A release of the chart in a cluster.
struct Installed<'a> {
    workspace: &'a Workspace,
    cluster: Cluster<'a>,
    services: Vec<Service>,
}

impl Installed<'_> {
    fn name(&self, component: &str) -> String {
        format!("{RELEASE}-expense-tracker-{component}")
    }

    /// The Secret that the chart asks its operator for.
    fn make_secret(&self) -> Result<()> {
        let entries = self.services.iter().flat_map(Service::secrets);
        let entries: serde_json::Map<_, _> =
            entries.map(|entry| (entry.to_owned(), json!("secret"))).collect();
        self.cluster.apply(&json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "expense-tracker", "namespace": NAMESPACE},
            "stringData": entries,
        }))
    }

    fn helm(&self, verb: &str, values: &[&str]) -> Result<()> {
        let mut helm = self.cluster.client("helm");
        helm.args([verb, RELEASE, FOLDER, "--wait", "--timeout=2m"]);
        for value in values {
            helm.args(["--set", value]);
        }
        process::capture(helm.current_dir(&self.workspace.root)).map(drop)
    }

    /// Which job has migrated the databases.
    fn migrated(&self) -> Result<Value> {
        let job = self.cluster.get("job", &self.name("migrate"))?;
        ensure!(job["status"]["succeeded"] == 1, "{}", job["status"]);
        Ok(job["metadata"]["uid"].clone())
    }

    fn has_pods(&self, component: &str, number: u32) -> Result<()> {
        eventually(LIMIT, || {
            let deployment = self.cluster.get("deployment", &self.name(component))?;
            let status = &deployment["status"];
            let is_so = status["readyReplicas"] == number && status["replicas"] == number;
            ensure!(is_so, "{component} should have {number} pods: {status}");
            Ok(())
        })
    }

    fn guarded(&self) -> Result<()> {
        eventually(LIMIT, || {
            for Service { name, .. } in &self.services {
                let scaler = self.cluster.get("hpa", &self.name(name))?;
                let range = (&scaler["spec"]["minReplicas"], &scaler["spec"]["maxReplicas"]);
                ensure!(range == (&json!(2), &json!(6)), "{name}: {range:?}");
                let budget = self.cluster.get("pdb", &self.name(name))?;
                let allowed = &budget["status"]["disruptionsAllowed"];
                ensure!(*allowed == 1, "{name}: pods that may go: {allowed}");
            }
            Ok(())
        })
    }

    fn entrusted(&self) -> Result<()> {
        for service in &self.services {
            let deployment = self.cluster.get("deployment", &self.name(&service.name))?;
            let volumes = &deployment["spec"]["template"]["spec"]["volumes"];
            let volumes = volumes.as_array().context("no volumes")?;
            let items = volumes.iter().filter_map(|volume| volume["secret"]["items"].as_array());
            let given = items.flatten().filter_map(|item| item["key"].as_str());
            let given: BTreeSet<&str> = given.collect();
            let meant: BTreeSet<&str> = service.secrets().collect();
            ensure!(given == meant, "{} has {given:?}, and works with {meant:?}", service.name);
        }
        Ok(())
    }

    /// Every pod is of this version, once those of another have gone.
    fn runs(&self, tag: &str) -> Result<()> {
        eventually(LIMIT, || {
            let pods = self.cluster.list("pods")?;
            ensure!(!pods.is_empty(), "there are no pods");
            for pod in pods {
                let image = &pod["spec"]["containers"][0]["image"];
                let is_of_tag = image.as_str().is_some_and(|image| image.ends_with(tag));
                let is_done = pod["status"]["phase"] == "Succeeded";
                ensure!(is_of_tag || is_done, "{} runs {image}", pod["metadata"]["name"]);
            }
            Ok(())
        })
    }

    /// The outside comes in at the pods of this edge.
    fn leads_to(&self, edge: &str) -> Result<()> {
        let service = self.cluster.get("service", &format!("{RELEASE}-expense-tracker"))?;
        let selected = &service["spec"]["selector"]["app.kubernetes.io/component"];
        ensure!(*selected == edge, "the outside comes in at {selected}");
        Ok(())
    }
}
