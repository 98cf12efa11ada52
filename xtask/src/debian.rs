//! Installs Debian packages that a check needs, or says which are missing.

use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::process;

/// Two package managers at once would wait for each other's lock and fail.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Makes sure that `package` is installed; `is_there` says whether what we want of it is.
pub fn ensure(package: &str, is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "the Debian package `{package}` is missing and only root can install it: \
             run `apt-get install {package}` as root, then try again"
        );
    }
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    eprintln!("installing the Debian package {package}");
    if install(package).is_err() {
        // Most often the machine has never fetched the lists, or has old ones.
        apt_get(&["update"]).context("can't refresh the lists of Debian packages")?;
        install(package)
            .with_context(|| format!("can't install the Debian package `{package}`"))?;
    }
    if !is_there() {
        bail!("the Debian package `{package}` is installed, yet what it should bring is not there");
    }
    Ok(())
}

fn install(package: &str) -> Result<()> {
    apt_get(&["install", "--yes", "--no-install-recommends", package])
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    // Another program may be installing something just now: its lock is waited for, in seconds.
    command.args(["-o", "DPkg::Lock::Timeout=300"]);
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    process::capture(&mut command).map(drop)
}
