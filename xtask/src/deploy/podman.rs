//! podman and buildah from Debian, with settings of our own so that they run on any machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{debian, process};

/// Package, and a file that it brings.
const PACKAGES: &[(&str, &str)] = &[
    ("podman", "/usr/bin/podman"),
    ("buildah", "/usr/bin/buildah"),
    ("runc", "/usr/sbin/runc"),
    ("netavark", "/usr/lib/podman/netavark"),
    ("aardvark-dns", "/usr/lib/podman/aardvark-dns"),
    ("iptables", "/usr/sbin/iptables"),
    ("catatonit", "/usr/libexec/podman/catatonit"),
];

/// Some machines let nobody set limits, not even to what they are, and then nothing would start.
const RUNC: &str = r#"#!/bin/sh
# runc, without the limits that podman asks for.
previous=
for argument in "$@"; do
    case $previous in
        --bundle) file=$argument/config.json ;;
        --process) file=$argument ;;
        *) file= ;;
    esac
    [ -z "$file" ] || sed -i 's/,"rlimits":\[[^]]*\]//; s/"rlimits":\[[^]]*\],//' "$file"
    previous=$argument
done
exec runc "$@"
"#;

/// The programs, and where our settings for them are.
pub struct Podman {
    settings: PathBuf,
}

impl Podman {
    /// Installs what is missing.
    pub fn install(workspace: &Workspace) -> Result<Self> {
        for (package, file) in PACKAGES {
            debian::ensure(package, || Path::new(file).exists())?;
        }
        let folder = workspace.target.join("podman");
        fs::create_dir_all(&folder)?;
        let runc = folder.join("runc");
        fs::write(&runc, RUNC).context("can't write the wrapper of runc")?;
        fs::set_permissions(&runc, fs::Permissions::from_mode(0o755))?;
        let settings = folder.join("containers.conf");
        // Neither systemd's cgroups nor its journal are on every machine.
        let text = format!(
            "[engine]\nruntime = \"{}\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n",
            runc.display()
        );
        fs::write(&settings, text).context("can't write podman's settings")?;
        Ok(Self { settings })
    }

    /// podman, or another program that reads its settings.
    pub fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command.env("CONTAINERS_CONF", &self.settings).args(arguments);
        command
    }

    /// Runs podman and gives what it printed.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let printed = process::capture(&mut self.program("podman", arguments))?;
        Ok(String::from_utf8_lossy(&printed).trim().to_owned())
    }
}

/// A container that ends with us.
pub struct Container<'a> {
    podman: &'a Podman,
    id: String,
}

impl<'a> Container<'a> {
    pub fn start(podman: &'a Podman, arguments: &[&str]) -> Result<Self> {
        let id = podman.run(&[&["run", "--detach"], arguments].concat())?;
        Ok(Self { podman, id })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Runs podman on it: `arguments` come before its id.
    pub fn ask(&self, arguments: &[&str]) -> Result<String> {
        self.podman.run(&[arguments, &[&self.id]].concat())
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.ask(&["rm", "--force", "--volumes", "--time", "5"]) {
            eprintln!("xtask: {error:#}");
        }
    }
}
