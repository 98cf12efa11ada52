//! A control plane of Kubernetes as processes of this machine, with nodes that are simulated.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::checks::eventually;
use super::tools::Tools;
use crate::{debian, http, process, services};

pub const NAMESPACE: &str = "books";
const START_LIMIT: Duration = Duration::from_secs(90);
/// Whoever shows it may do anything; it lives as long as the cluster.
const TOKEN: &str = "check";

pub struct Cluster<'a> {
    tools: &'a Tools,
    folder: TempDir,
    /// In the order of their start.
    processes: Vec<u32>,
}

impl<'a> Cluster<'a> {
    /// Starts all its parts, and nodes for pods to be on.
    pub fn start(tools: &'a Tools) -> Result<Self> {
        debian::ensure("openssl", || process::find("openssl").is_some())?;
        let folder = tempfile::Builder::new().prefix("expense-tracker-cluster-").tempdir()?;
        let mut cluster = Self { tools, folder, processes: Vec::new() };
        let etcd = cluster.start_etcd()?;
        cluster.start_api_server(etcd)?;
        cluster.start_controllers()?;
        cluster.apply(&json!({"kind": "List", "apiVersion": "v1", "items": objects()}))?;
        Ok(cluster)
    }

    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut kubectl = self.client("kubectl");
        let printed = process::capture(kubectl.args(arguments))?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    /// Objects of a kind, as the API server has them.
    pub fn list(&self, kind: &str) -> Result<Vec<Value>> {
        let printed = self.kubectl(&["get", kind, "--output", "json"])?;
        let mut list: Value = serde_json::from_str(&printed)?;
        let items = list["items"].as_array_mut().context("no list")?;
        Ok(std::mem::take(items))
    }

    pub fn get(&self, kind: &str, name: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.kubectl(&["get", kind, name, "--output", "json"])?)?)
    }

    pub fn apply(&self, object: &Value) -> Result<()> {
        let mut kubectl = self.client("kubectl");
        kubectl.args(["apply", "--filename", "-"]).stdin(Stdio::piped());
        let mut child = kubectl.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        child.stdin.take().context("no way in")?.write_all(object.to_string().as_bytes())?;
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// helm or kubectl, in the namespace of the check.
    pub fn client(&self, name: &str) -> Command {
        let mut client = self.tools.program(name);
        client.env("KUBECONFIG", self.folder.path().join("kubeconfig"));
        for home in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            client.env(home, self.folder.path().join("helm"));
        }
        client
    }

    /// The store of all objects; answers its port.
    fn start_etcd(&mut self) -> Result<u16> {
        let (port, peers) = (services::free_port()?, services::free_port()?);
        let (own, peer) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peers}"));
        let data = self.path("etcd");
        self.run(
            "etcd",
            &[
                &format!("--data-dir={data}"),
                // The data lives as long as the check does.
                "--unsafe-no-fsync",
                &format!("--listen-client-urls={own}"),
                &format!("--advertise-client-urls={own}"),
                &format!("--listen-peer-urls={peer}"),
                &format!("--initial-advertise-peer-urls={peer}"),
                &format!("--initial-cluster=default={peer}"),
            ],
        )?;
        eventually(START_LIMIT, || {
            let answer = http::get(port, "/health")?;
            ensure!(answer.body.contains("true"), "{answer:?}");
            Ok(port)
        })
    }

    fn start_api_server(&mut self, etcd: u16) -> Result<()> {
        let port = services::free_port()?;
        let key = self.path("service-accounts.pem");
        process::capture(Command::new("openssl").args(["genrsa", "-out", &key, "2048"]))?;
        self.write("tokens.csv", &format!("{TOKEN},admin,admin,system:masters\n"))?;
        self.write("kubeconfig", &kubeconfig(port).to_string())?;
        let (certificates, tokens) = (self.path("api-server"), self.path("tokens.csv"));
        self.run(
            "kube-apiserver",
            &[
                &format!("--etcd-servers=http://127.0.0.1:{etcd}"),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                &format!("--secure-port={port}"),
                &format!("--cert-dir={certificates}"),
                // Nobody reaches it by a service of its own.
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--service-account-issuer=https://kubernetes.default.svc",
                &format!("--service-account-key-file={key}"),
                &format!("--service-account-signing-key-file={key}"),
                &format!("--token-auth-file={tokens}"),
                "--authorization-mode=RBAC",
            ],
        )?;
        eventually(START_LIMIT, || self.kubectl(&["get", "--raw", "/readyz"]).map(drop))
    }

    fn start_controllers(&mut self) -> Result<()> {
        let (settings, key) = (self.path("kubeconfig"), self.path("service-accounts.pem"));
        let stages = self.tools.stages().display().to_string();
        let kubeconfig = format!("--kubeconfig={settings}");
        let own = |name: &str, port: u16| {
            let certificates = self.path(name);
            [format!("--secure-port={port}"), format!("--cert-dir={certificates}")]
        };
        let manager = own("controller-manager", services::free_port()?);
        let scheduler = own("scheduler", services::free_port()?);
        self.run(
            "kube-controller-manager",
            &[
                &kubeconfig,
                &manager[0],
                &manager[1],
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
                &format!("--service-account-private-key-file={key}"),
                // Nothing here is worth waiting for as long as in a real cluster.
                "--horizontal-pod-autoscaler-sync-period=1s",
            ],
        )?;
        self.run(
            "kube-scheduler",
            &[
                &kubeconfig,
                &scheduler[0],
                &scheduler[1],
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
            ],
        )?;
        self.run("kwok", &[&kubeconfig, "--manage-all-nodes=true", &format!("--config={stages}")])
    }

    fn run(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.tools.program(name);
        command.args(arguments).current_dir(self.folder.path());
        let log = self.folder.path().join(format!("{name}.log"));
        self.processes.push(process::start_detached(&mut command, &log)?);
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.path(name), text).with_context(|| format!("can't write {name}"))
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        let mark = self.folder.path().display().to_string();
        // Whoever asks ends before whoever answers.
        for id in self.processes.iter().rev() {
            if let Err(error) = process::stop(*id, &mark, Signal::TERM) {
                eprintln!("xtask: {error:#}");
            }
        }
    }
}

fn kubeconfig(port: u16) -> Value {
    let server = format!("https://127.0.0.1:{port}");
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "check",
        "clusters": [{"name": "check", "cluster": {"server": server, "insecure-skip-tls-verify": true}}],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
        "contexts": [{
            "name": "check",
            "context": {"cluster": "check", "user": "admin", "namespace": NAMESPACE},
        }],
    })
}

/// What is there before the chart: nodes, a namespace, and the one resource of others that it uses.
fn objects() -> Vec<Value> {
    let node = |name: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        })
    };
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let monitors = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
        "spec": {
            "group": "monitoring.coreos.com",
            "scope": "Namespaced",
            "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": any},
            }],
        },
    });
    // Pods that could do more than they need are refused in it.
    let labels = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels},
    });
    vec![node("first"), node("second"), monitors, namespace]
}
