//! The image and what runs it, tried for real: on podman, and on a control plane of Kubernetes.

mod chart;
mod checks;
mod cluster;
pub mod compose;
mod image;
mod installing;
mod podman;
mod tools;

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;
use checks::Checks;
use podman::Podman;
use tools::Tools;

/// Builds the image from the release build that is there.
pub fn image(workspace: &Workspace) -> Result<ExitCode> {
    let podman = Podman::install(workspace)?;
    image::build(workspace, &podman)?;
    println!("built {}", image::NAME);
    Ok(ExitCode::SUCCESS)
}

/// Builds the image and runs it as an operator would; the last line is `N passed, M failed`.
pub fn image_check(workspace: &Workspace) -> Result<ExitCode> {
    let podman = Podman::install(workspace)?;
    let mut checks = Checks::default();
    checks.run("the image builds from a local root", || image::build(workspace, &podman));
    image::check(&podman, &mut checks);
    Ok(checks.finish())
}

/// Tries the deployment files with the tools that will read them.
pub fn check(workspace: &Workspace) -> Result<ExitCode> {
    let tools = Tools::get(workspace)?;
    let mut checks = Checks::default();
    chart::check(workspace, &tools, &mut checks);
    installing::check(workspace, &tools, &mut checks);
    Ok(checks.finish())
}
