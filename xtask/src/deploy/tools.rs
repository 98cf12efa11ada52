//! The tools that judge the deployment files, built once through Go's module proxy and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use crate::{debian, process};

/// Programs that are modules of their own: as it is called here, its package, its version.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("helm", "helm.sh/helm/v3/cmd/helm", "v3.22.0"),
    ("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0"),
    ("compose", "github.com/compose-spec/compose-go/v2/cmd", "v2.10.2"),
    ("kwok", "sigs.k8s.io/kwok/cmd/kwok", KWOK),
];
const KWOK: &str = "v0.8.0";

/// The control plane is built as one module, which says the versions of its parts.
const CONTROL_PLANE: &str = include_str!("tools/go.mod");
const CONTROL_PLANE_PACKAGES: &[&str] = &[
    "k8s.io/kubernetes/cmd/kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-controller-manager",
    "k8s.io/kubernetes/cmd/kube-scheduler",
    "k8s.io/kubernetes/cmd/kubectl",
    "./etcd",
];

/// What makes a simulated node ready, its pods run, and its jobs end.
const STAGES: &[&str] = &[
    "node/fast/node-initialize.yaml",
    "node/heartbeat/node-heartbeat.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
];

/// A package of PyPI that holds the JSON schema of every object of Kubernetes, by version.
const SCHEMAS: &str = "kubernetes-validate==1.37.0";
const SCHEMAS_FOLDER: &str = "kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict";

const BUILD_LIMIT: Duration = Duration::from_secs(60 * 60);
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);

/// Where the tools are.
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Builds and fetches what is not there yet.
    pub fn get(workspace: &Workspace) -> Result<Self> {
        ensure!(
            process::find("go").is_some(),
            "the tools are built with Go 1.26 or newer, which is not on the PATH; https://go.dev/dl has it"
        );
        let tools = Self { folder: workspace.target.join("deploy-tools") };
        fs::create_dir_all(tools.folder.join("bin"))?;
        for (name, package, version) in PROGRAMS {
            tools.once(name, version, || tools.install(name, package, version))?;
        }
        tools.once("control-plane", CONTROL_PLANE, || tools.build_control_plane(workspace))?;
        tools.once("stages.yaml", KWOK, || tools.join_stages())?;
        tools.once("schemas", SCHEMAS, || tools.fetch_schemas())?;
        Ok(tools)
    }

    /// One of the programs.
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join("bin").join(name))
    }

    /// What kwok does with nodes and pods.
    pub fn stages(&self) -> PathBuf {
        self.folder.join("stages.yaml")
    }

    /// Where kubeconform finds schemas.
    pub fn schemas(&self) -> String {
        let folder = self.folder.join(SCHEMAS_FOLDER);
        format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", folder.display())
    }

    /// Does what was not done yet, or for another version.
    fn once(&self, name: &str, version: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
        let mark = self.folder.join(format!("{name}.version"));
        if fs::read_to_string(&mark).is_ok_and(|done| done == version) {
            return Ok(());
        }
        println!("making {name}, once");
        make().with_context(|| format!("can't make {name}"))?;
        fs::write(mark, version).context("can't write down what is done")
    }

    fn install(&self, name: &str, package: &str, version: &str) -> Result<()> {
        let bin = self.folder.join("bin");
        let mut go = Command::new("go");
        go.args(["install", &format!("{package}@{version}")]).env("GOBIN", &bin);
        self.build(&mut go)?;
        let built = bin.join(package.rsplit('/').next().unwrap_or(package));
        Ok(fs::rename(built, bin.join(name))?)
    }

    fn build_control_plane(&self, workspace: &Workspace) -> Result<()> {
        let mut go = Command::new("go");
        go.current_dir(workspace.root.join("xtask/src/deploy/tools"));
        go.args(["build", "-o"]).arg(self.folder.join("bin/"));
        go.args(["-ldflags", &version_flags()?]).args(CONTROL_PLANE_PACKAGES);
        self.build(&mut go)
    }

    /// Runs a build that takes minutes, with a sign of life.
    fn build(&self, go: &mut Command) -> Result<()> {
        let log = self.folder.join("build.log");
        let mut next_sign = SIGN_OF_LIFE;
        let end = process::run_logged(go, &log, BUILD_LIMIT, |elapsed| {
            if elapsed >= next_sign {
                next_sign += SIGN_OF_LIFE;
                println!("  {} min", elapsed.as_secs() / 60);
            }
        })?;
        let said = || fs::read_to_string(&log).unwrap_or_default();
        ensure!(end.is_success(), "it ended with {end}:\n{}", said());
        Ok(())
    }

    fn join_stages(&self) -> Result<()> {
        let module = format!("sigs.k8s.io/kwok@{KWOK}");
        let printed =
            process::capture(Command::new("go").args(["mod", "download", "-json", &module]))?;
        let module: serde_json::Value = serde_json::from_slice(&printed)?;
        let folder = module["Dir"].as_str().context("Go does not say where the module is")?;
        let folder = Path::new(folder).join("kustomize/stage");
        let stages = STAGES.iter().map(|stage| fs::read_to_string(folder.join(stage)));
        let stages = stages.collect::<Result<Vec<_>, _>>()?;
        fs::write(self.stages(), stages.join("\n---\n")).context("can't write them")
    }

    fn fetch_schemas(&self) -> Result<()> {
        let pip = || Command::new("python3").args(["-m", "pip", "--version"]).output();
        debian::ensure("python3-pip", || pip().is_ok_and(|asked| asked.status.success()))?;
        let wheels = self.folder.join("wheels");
        let mut fetch = Command::new("python3");
        fetch
            .args(["-m", "pip", "--quiet", "download", "--no-deps", SCHEMAS, "--dest"])
            .arg(&wheels);
        process::capture(&mut fetch)?;
        let wheel = fs::read_dir(&wheels)?.next().context("pip fetched nothing")??.path();
        let mut unpack = Command::new("python3");
        unpack.args(["-m", "zipfile", "--extract"]).arg(wheel).arg(&self.folder);
        process::capture(&mut unpack)?;
        self.point_schemas_at_their_folder()
    }

    /// They name each other by an address that only the package's own code knows.
    fn point_schemas_at_their_folder(&self) -> Result<()> {
        let folder = self.folder.join(SCHEMAS_FOLDER);
        let here = format!("\"file://{}/_definitions.json#", folder.display());
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let schema = fs::read_to_string(&path)?;
            fs::write(path, schema.replace("\"/api/_definitions.json#", &here))?;
        }
        Ok(())
    }
}

/// Helm asks the API server for its version, which a plain build does not know.
fn version_flags() -> Result<String> {
    let required =
        CONTROL_PLANE.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "));
    let version = required.and_then(|rest| rest.split(' ').next());
    let version = version.context("tools/go.mod requires no k8s.io/kubernetes")?;
    let parts: Vec<&str> = version.trim_start_matches('v').split('.').collect();
    let [major, minor, _] = parts[..] else {
        anyhow::bail!("{version} is no version of Kubernetes")
    };
    let flag = |name: &str, value: &str| format!("-X k8s.io/component-base/version.{name}={value}");
    Ok([flag("gitVersion", version), flag("gitMajor", major), flag("gitMinor", minor)].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_control_plane_is_said_once() {
        let flags = version_flags().unwrap();
        assert!(flags.contains("gitMajor=1 -X") && flags.contains("gitVersion=v1."), "{flags}");
        assert!(!flags.contains("//"), "{flags}");
    }

    #[test]
    fn what_is_made_is_made_again_for_another_version_alone() {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools { folder: folder.path().to_path_buf() };
        let mut made = 0;
        for version in ["1", "1", "2"] {
            tools
                .once("x", version, || {
                    made += 1;
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!(made, 2);
        tools.once("y", "1", || anyhow::bail!("no network")).unwrap_err();
        assert!(!folder.path().join("y.version").exists());
    }
}
